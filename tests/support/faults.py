"""What tests of faults share."""

from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


def outcome(client: Any, call: str = "list_runs", **params: Any) -> str:
    """What a call comes to: the code of its error, or nothing."""
    try:
        getattr(client, call)(**params)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""
