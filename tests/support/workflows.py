"""Definitions and shortcuts that tests of workflows and runs share."""

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

ROLE = "arn:aws:iam::123456789012:role/omics"
WDL = """version 1.0
workflow two {
  call first
  call second
}
task first { command { echo 1 } }
# task not_this_one { command { } }
task second { command { echo 2 } }
"""


def archive(files: Mapping[str, str | bytes] | None = None) -> bytes:
    """A zip archive of the files; of one WDL workflow with two tasks when none are given."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in ({"main.wdl": WDL} if files is None else files).items():
            opened.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # the same bytes every time
    return content.getvalue()


def client(region: str = "us-east-1", **kwargs: Any) -> "OmicsClient":
    """An unmodified client."""
    return _session().client("omics", region_name=region, **kwargs)


@cache
def shared_client() -> "OmicsClient":
    """One for tests that only call it: making one takes longer than most of them."""
    return client()


@cache
def _session() -> boto3.Session:
    """One for all tests: making a session takes longer than most of them."""
    return boto3.Session()


def unchecked_client(service: str = "omics") -> Any:
    """A client that sends whatever it is given."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return _session().client(service, region_name="us-east-1", config=config)  # type: ignore[call-overload]  # any service


def active_workflow(omics: "OmicsClient", **params: Any) -> str:
    """The id of a workflow that is ACTIVE."""
    made = omics.create_workflow(**{"definitionZip": archive(), **params})
    omics.get_waiter("workflow_active").wait(id=made["id"])
    return made["id"]


def start_run(omics: "OmicsClient", **params: Any) -> str:
    """The id of a run just started."""
    if not {"workflowId", "runId"} & params.keys():
        params["workflowId"] = active_workflow(omics)
    return omics.start_run(**{"roleArn": ROLE, "outputUri": "s3://results/here", **params})["id"]
