"""What HealthOmics writes to CloudWatch Logs about runs: a stream for the run, its engine, each task, its cache and its manifest.

Source: AWS HealthOmics User Guide, "Monitoring HealthOmics with CloudWatch Logs", "Call caching for HealthOmics runs"; run logs
that users show in public reports. Inferred: what is written when a run or task completes or is cancelled, and how a cache event
looks.

``logLevel`` ALL writes everything, OFF nothing. FATAL and ERROR write what is about failures: that a task failed, with the lines it
wrote itself, that the run failed, and the manifest. A stream begins with its first event, so none is empty.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from omics_mock import settings
from omics_mock.neighbours import LogEvent, Logged
from omics_mock.runs_simulator import engine_logs
from omics_mock.runs_simulator.failures import IMPORT_FAILED
from omics_mock.runs_simulator.manifests import manifest, storage, task_arn
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.run_records import Run, Task

CacheEvent: TypeAlias = Literal["CACHE_ENTRY_CREATED", "CACHE_HIT", "CACHE_MISS"]

_COMPACT: Final = json.JSONEncoder(separators=(",", ":"))
_ENDED: Final = ("COMPLETED", "FAILED", "CANCELLED")
_CACHE_MESSAGES: Final = {
    "CACHE_ENTRY_CREATED": "Created a cache entry for workflow run task",
    "CACHE_HIT": "Using a cache entry for workflow run task",
    "CACHE_MISS": "No cache entry found for workflow run task",
}


class RunLogs:
    """The logs of the runs in one account and region. Each state is noted as it is entered, and put into words when it is read."""

    def __init__(self, region: RegionState) -> None:
        self._region = region

    def run_entered(self, run: Run, status: str, at: datetime) -> None:
        """A run is in another state, and its record says so."""
        if run["logLevel"] == "OFF":
            return
        minutes = self._minutes(run) if status == "STARTING" else 0
        self._put(_RunEntered(run, status, at, minutes))
        if status in _ENDED and "cacheId" in run:
            for task in run.tasks:
                if task.get("cacheS3Uri") and not task.get("cacheHit"):
                    self.cache_entry(run, task, "CACHE_ENTRY_CREATED", at)

    def task_entered(self, run: Run, task: Task, status: str, at: datetime) -> None:
        """A task is in another state, and its record says so."""
        if run["logLevel"] == "OFF":
            return
        if status != "PENDING":
            self._put(_TaskEntered(task, status, at, run.status))
        elif task.get("cacheHit") is not None:
            self.cache_entry(run, task, "CACHE_HIT" if task["cacheHit"] else "CACHE_MISS", at)

    def cache_entry(self, run: Run, task: Task, event: CacheEvent, at: datetime) -> None:
        """A task's result was looked up in the run's cache, or put there."""
        cache = self._region.run_caches.table.find(run.get("cacheId"))
        if cache is not None and run["logLevel"] == "ALL":
            uuid = cache["cacheS3Uri"].rstrip("/").rpartition("/")[2]
            self._put(_CacheUsed(f"runCache/{cache['id']}/{uuid}", task, event, at))

    def _put(self, logged: Logged) -> None:
        self._region.outbox.append(partial(self._region.neighbours.put_log_events, logged))

    def _minutes(self, run: Run) -> int:
        """How long the run may take: by the quota if nobody has set a limit."""
        limit = self._region.run_groups.time_limit(run)
        return round((settings.QUOTAS["maximum run duration"] if limit is None else limit.total_seconds()) / 60)


Streams: TypeAlias = Iterator[tuple[str, list[LogEvent]]]


@dataclass(slots=True)
class _RunEntered:
    """A run has entered a state. There may be very many of these: they hold what changes later, and the run."""

    run: Run
    status: str
    at: datetime
    minutes: int

    def __call__(self) -> Streams:
        run, stream = self.run, f"run/{self.run['id']}"
        if is_told(run, self.status):
            yield stream, _events(self.at, (_run_event(self.status, *said) for said in self._said()))
            yield f"{stream}/engine", _events(self.at, engine_logs.of_run(run, self.status))
        if self.status in _ENDED:
            yield f"manifest/{stream}/{run['uuid']}", _events(self.at, map(_json, manifest(run)))

    def _said(self) -> Iterator[tuple[str, str]]:
        match self.status:
            case "PENDING":
                yield "CREATING_RUN", "Creating your workflow run."
            case "STARTING":
                yield "STARTING_RUN", "Provisioning infrastructure for your workflow run."
                yield "SET_WORKFLOW_TIMEOUT", f"Your workflow will be timed out after: {self.minutes} minutes."
            case "RUNNING":
                yield "RUNNING_WORKFLOW", "Your workflow is now running."
                for uri in _inputs(self.run):
                    yield "IMPORTING_FILES", f"Importing your workflow run input: {uri}"
                for uri in () if _import_failed(self.run) else _inputs(self.run):
                    yield "IMPORT_COMPLETED", f"Completed import of workflow run input: {uri}"
            case "STOPPING":
                yield "STOPPING_RUN", "Deprovisioning infrastructure for your workflow run."
                if self.run["storageType"] == "STATIC":
                    yield "MAX_FILE_SYSTEM_USAGE", _usage(self.run)
                if "startTime" in self.run:
                    yield "ENGINE_LOG_GENERATED", f"Engine log stream: {self.run['logLocation']['runLogStream']}/engine"
            case ended:
                yield f"RUN_{ended}", f"Workflow run {ended.lower()}."


@dataclass(slots=True)
class _TaskEntered:
    """A task has entered a state."""

    task: Task
    status: str
    at: datetime
    run_status: str

    def __call__(self) -> Streams:
        task, run = self.task, self.task.run
        if not is_told(run, self.status):
            return
        stream = f"run/{run['id']}"
        yield stream, _events(self.at, (_run_event(self.run_status, *said) for said in self._said()))
        yield f"{stream}/engine", _events(self.at, engine_logs.of_task(task, self.status))
        yield f"{stream}/task/{task['taskId']}", _events(self.at, self._own())

    def _said(self) -> Iterator[tuple[str, str]]:
        name, task_id = self.task["name"], self.task["taskId"]
        match self.status:
            case "STARTING":
                yield "STARTING_TASK", f"Starting workflow run task with name: {name} and taskId: {task_id}"
            case "RUNNING":
                yield "RUNNING_TASK", f"Running workflow run task: name: {name} and taskId: {task_id}"
            case "COMPLETED" | "FAILED" | "CANCELLED" as ended:
                yield f"TASK_{ended}", f"Workflow run task: name: {name} and taskId: {task_id} {ended.lower()}."

    def _own(self) -> Iterator[str]:
        """What is in the stream of the task itself, which one that was cancelled before it started does not have."""
        match self.status:
            case "RUNNING":
                yield "Task started"
            case "COMPLETED":
                yield from filter(None, self.task.log)
                yield "Task succeeded"
            case "FAILED":
                yield from filter(None, self.task.log)
                yield f"Task failed with exit code {engine_logs.exit_code(self.task)}"
            case "CANCELLED" if "startTime" in self.task:
                yield from filter(None, self.task.log)
                yield "Task cancelled"


@dataclass(slots=True)
class _CacheUsed:
    """A task and the run cache had to do with each other."""

    stream: str
    task: Task
    event: CacheEvent
    at: datetime

    def __call__(self) -> Streams:
        task, run = self.task, self.task.run
        said = {
            "logMessage": self.event,
            "message": f"{_CACHE_MESSAGES[self.event]}: name: {task['name']} and taskId: {task['taskId']}",
            "runId": run["id"],
            "runArn": run["arn"],
            "taskId": task["taskId"],
            "taskArn": task_arn(run, task),
        }
        if self.event != "CACHE_MISS":
            said["cacheEntryUri"] = task["cacheS3Uri"]
        yield self.stream, [(self.at, _json(said))]


def is_told(run: Run, status: str) -> bool:
    """Whether the run's log level lets this be told of it, its engine or a task."""
    return run["logLevel"] == "ALL" or (status == "FAILED" and run["logLevel"] != "OFF")


def _inputs(run: Run) -> Iterable[str]:
    """The files the run imports."""
    named = (f"s3://{bucket}/{key}" for bucket, key in rules.find_s3_uris(run.get("parameters", {})))
    return dict.fromkeys((*named, *run.get("resourceDigests", ())))


def _import_failed(run: Run) -> bool:
    return run.failure is not None and run.failure.reason in IMPORT_FAILED


def _usage(run: Run) -> str:
    used = storage(run)
    size, most = used["storageReservedGiB"], used["storageMaximumGiB"]
    share = most / size if size else 0
    return f"Max file system usage (Size, Used, Used %): {size:.0f}GiB {most:.0f}GiB {share:.0%}"


def _run_event(status: str, log_message: str, message: str) -> str:
    return _json({"runStatus": status, "logMessage": log_message, "message": message})


def _events(at: datetime, messages: Iterable[str]) -> list[LogEvent]:
    return [(at, message) for message in messages]


def _json(content: dict[str, Any]) -> str:
    return _COMPACT.encode(content)
