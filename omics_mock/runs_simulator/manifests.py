"""The manifest of a run that has ended: what it and its tasks were, asked for and used.

Source: AWS HealthOmics User Guide, "Monitoring HealthOmics with CloudWatch Logs", and what the tools read that analyse manifests.
What is used is not documented with values: it follows from the names, stays below what is reserved and is the same every time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from omics_mock.clock import milliseconds
from omics_mock.definitions.instances import CATALOGUE, Instance

if TYPE_CHECKING:
    from omics_mock.backends.run_records import Run, Task
    from omics_mock.tables import Record

_INSTANCES: Final = {instance.name: instance for instance in CATALOGUE}
_MEASURED_FROM: Final = timedelta(hours=2)
"""Of a run with dynamic storage that took less, the service reports no storage."""

_LARGEST_DYNAMIC: Final = 1_200
_OF_RUN: Final = (
    "arn",
    "creationTime",
    "digest",
    "failureReason",
    "name",
    "outputUri",
    "parameters",
    "resourceDigests",
    "roleArn",
    "startTime",
    "startedBy",
    "status",
    "statusMessage",
    "stopTime",
    "storageCapacity",
    "storageType",
    "uuid",
    "workflowType",
)
_OF_TASK: Final = (
    "cpus",
    "creationTime",
    "failureReason",
    "gpus",
    "instanceType",
    "memory",
    "name",
    "startTime",
    "status",
    "statusMessage",
    "stopTime",
    "uuid",
)


def manifest(run: Run) -> list[dict[str, Any]]:
    """The run, then its tasks in the order of their creation. What is not known is left out."""
    return [_run(run), *(_task(run, task) for task in run.tasks)]


def task_arn(run: Run, task: Task) -> str:
    """The ARN of a task, which no operation answers."""
    return _arn(run, f"task/{task['taskId']}")


def storage(run: Run) -> dict[str, float]:
    """The storage a run had reserved and used, in GiB."""
    reserved = float(run.get("storageCapacity") or 0)
    if run["storageType"] == "STATIC":
        most, average = _used(reserved, run, "storage")
    else:  # nothing is reserved beforehand: it grows to what is used
        measured = _running(run) >= _MEASURED_FROM
        reserved = most = (reserved or round(_LARGEST_DYNAMIC * _share(run, "storage"))) if measured else 0.0
        average = most * _share(run, "average storage")
    return {"storageReservedGiB": reserved, "storageMaximumGiB": round(most, 2), "storageAverageGiB": round(average, 2)}


def _run(run: Run) -> dict[str, Any]:
    return _written(
        run,
        _OF_RUN,
        engine=run.engine,
        main=run.main or None,
        parameterTemplate=run.template or None,
        workflow=_workflow_arn(run),
        metrics={**storage(run), "runningSeconds": _running(run).total_seconds()},
    )


def _task(run: Run, task: Task) -> dict[str, Any]:
    image = task.get("imageDetails") or {}
    return _written(
        task,
        _OF_TASK,
        arn=task_arn(run, task),
        image=image.get("image"),
        imageDigest=image.get("imageDigest") or (f"sha256:{_digest(image['image'])}" if image else None),
        run=run["arn"],
        workflow=_workflow_arn(run),
        metrics={**_metrics(task), **task.metrics},
    )


def _metrics(task: Task) -> dict[str, float]:
    """A task has the whole of its instance, and uses some of what it asked for."""
    asked = Instance(task["cpus"], task["memory"], task["gpus"], "")
    instance = _INSTANCES.get(task["instanceType"], asked)
    cpus, memory = _used(task["cpus"], task, "cpus"), _used(task["memory"], task, "memory")
    return {
        "cpusReserved": instance.cpus,
        "cpusMaximum": round(cpus[0], 3),
        "cpusAverage": round(cpus[1], 3),
        "gpusReserved": instance.gpus,
        "memoryReservedGiB": instance.memory,
        "memoryMaximumGiB": round(memory[0], 3),
        "memoryAverageGiB": round(memory[1], 3),
        "runningSeconds": _running(task).total_seconds(),
    }


def _used(available: float, record: Record, what: str) -> tuple[float, float]:
    """The most that was used at a time, and the average."""
    most = available * _share(record, what)
    return most, most * _share(record, f"average {what}")


def _share(record: Record, what: str) -> float:
    """From a third to nine tenths, as the record's name decides."""
    drawn = int(_digest(f"{what} of {record.get('name', '')}")[:8], 16) / 2**32
    return 1 / 3 + drawn * (9 / 10 - 1 / 3)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _running(record: Record) -> timedelta:
    """How long it ran: no time at all if it never started."""
    if "startTime" not in record:
        return timedelta()
    return milliseconds(record["stopTime"]) - milliseconds(record["startTime"])


def _written(record: Record, members: tuple[str, ...], **more: Any) -> dict[str, Any]:
    """What is known, in the order of the names."""
    known: Mapping[str, Any] = {**{member: record.get(member) for member in members}, **more}
    return {
        name: _time(value) if isinstance(value, datetime) else value for name, value in sorted(known.items()) if value is not None
    }


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def _workflow_arn(run: Run) -> str:
    """The ARN of the workflow, which belongs to its owner; to nobody if it is one of the service's own."""
    owner = "" if run["workflowType"] == "READY2RUN" else run.get("workflowOwnerId")
    return _arn(run, f"workflow/{run['workflowId']}", owner)


def _arn(run: Run, resource: str, owner: str | None = None) -> str:
    arn, partition, service, region, account, _ = run["arn"].split(":", 5)
    return ":".join((arn, partition, service, region, account if owner is None else owner, resource))
