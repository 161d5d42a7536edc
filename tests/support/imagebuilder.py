"""Documents and shortcuts that tests of Image Builder share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

DOCUMENT = """\
name: sample
schemaVersion: 1.0
steps:
  - name: wait_here
    action: WaitForAction
"""
ARN = "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/my-flow"


def create(builder: Any, name: str = "My Flow", version: str = "1.0.0", **params: Any) -> str:
    """The ARN of the build made of the shortest document, which tells by its description which one it is."""
    if not {"data", "uri"} & params.keys():
        params["data"] = DOCUMENT
    made = builder.create_workflow(**{"name": name, "semanticVersion": version, "type": "BUILD", **params})
    return str(made["workflowBuildVersionArn"])


def document(*lines: str) -> str:
    """A document with other lines at its end."""
    return DOCUMENT + "\n".join(lines)


@contextmanager
def refused(code: str, status: int = 400, *, saying: str = "") -> Iterator[None]:
    """The call inside is refused like this."""
    with pytest.raises(ClientError) as caught:
        yield
    error, metadata = caught.value.response["Error"], caught.value.response["ResponseMetadata"]
    assert (error["Code"], metadata["HTTPStatusCode"]) == (code, status), error["Message"]
    assert saying in error["Message"]


def versions(listed: Any) -> list[tuple[str, str]]:
    """Name and version of each entry."""
    return [(item["name"], item["version"]) for item in listed["workflowVersionList"]]
