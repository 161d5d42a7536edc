"""The waiters and paginators that boto3 has for the operations."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader


@cache
def waiters(service: str) -> Mapping[str, str]:
    """The operation that each waiter polls, by the waiter's name in boto3."""
    model: dict[str, Any] = Loader().load_service_model(service, "waiters-2")
    return {xform_name(name): waiter["operation"] for name, waiter in sorted(model["waiters"].items())}


@cache
def paginators(service: str) -> Mapping[str, str]:
    """The operation of each paginator, by its name in boto3."""
    model: dict[str, Any] = Loader().load_service_model(service, "paginators-1")
    return {xform_name(operation): operation for operation in sorted(model["pagination"])}
