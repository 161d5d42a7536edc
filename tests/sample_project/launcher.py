"""A launcher as teams write it: a handler that starts a run for each sample, and a step that waits for a run and reports.

It knows nothing of the mock.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

omics: Any = boto3.client("omics", region_name="us-east-1", config=Config(retries={"mode": "standard", "max_attempts": 4}))

POLL_SECONDS = 60
GIVE_UP_AFTER = 24 * 3600
WORTH_ANOTHER_TRY = {"SERVICE_ERROR", "INSTANCE_RESERVATION_FAILED"}


class RunFailed(Exception):
    """A run did not complete; the text says why, and which task is to blame."""


@dataclass(frozen=True)
class Sample:
    """One sample of a sequencing run."""

    name: str
    reads: str


def handler(event: dict[str, Any], context: object = None) -> dict[str, list[str]]:
    """The Lambda function: start a run for every sample that has none yet."""
    workflow = _workflow(os.environ.get("WORKFLOW", "germline"))
    started, skipped = [], []
    for entry in event["samples"]:
        sample = Sample(**entry)
        if any(run["status"] not in ("FAILED", "CANCELLED") for run in _runs(sample.name)):
            skipped.append(sample.name)
        else:
            started.append(start(workflow, sample))
    return {"started": started, "skipped": skipped}


def start(workflow: str, sample: Sample) -> str:
    """Start the run of a sample."""
    run = omics.start_run(
        workflowId=workflow,
        name=sample.name,
        roleArn="arn:aws:iam::123456789012:role/omics-run",
        parameters={"reads": sample.reads},
        outputUri="s3://results/germline",
        storageType="DYNAMIC",
        tags={"sample": sample.name},
    )
    return str(run["id"])


def wait(run_id: str) -> str:
    """Wait for a run, start it once more if the service is to blame, and return where its outputs are. Raises RunFailed."""
    tries = 2
    while True:
        run = _poll(run_id)
        if run["status"] == "COMPLETED":
            return str(run["runOutputUri"])
        if run.get("failureReason") in WORTH_ANOTHER_TRY and (tries := tries - 1):
            run_id = omics.start_run(runId=run_id, roleArn=run["roleArn"], outputUri=run["outputUri"])["id"]
            continue
        raise RunFailed(_why(run))


def _poll(run_id: str) -> Any:
    waited = 0
    while waited <= GIVE_UP_AFTER:
        run = omics.get_run(id=run_id)
        if run["status"] in ("COMPLETED", "FAILED", "CANCELLED"):
            return run
        time.sleep(POLL_SECONDS)
        waited += POLL_SECONDS
    omics.cancel_run(id=run_id)
    raise RunFailed(f"run {run_id} was cancelled after {GIVE_UP_AFTER} seconds")


def _why(run: Any) -> str:
    failed = omics.list_run_tasks(id=run["id"], status="FAILED")["items"]
    tasks = [omics.get_run_task(id=run["id"], taskId=task["taskId"]) for task in failed]
    blamed = ", ".join(f"{task['name']}: {task.get('failureReason', 'unknown')}" for task in tasks)
    return f"{run['name']} {run['status']}: {run.get('failureReason', 'no reason')}" + (f" ({blamed})" if blamed else "")


def _workflow(name: str) -> str:
    pages = omics.get_paginator("list_workflows").paginate(type="PRIVATE", name=name)
    active = [item["id"] for page in pages for item in page["items"] if item["status"] == "ACTIVE"]
    if not active:
        raise LookupError(f"no ACTIVE workflow is called {name}")
    return str(active[-1])


def _runs(name: str) -> Iterator[Any]:
    try:
        for page in omics.get_paginator("list_runs").paginate(name=name):
            yield from page["items"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise  # a role that may not list runs still may start them
