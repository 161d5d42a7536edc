"""Reading what HealthOmics wrote to CloudWatch Logs, with a real client."""

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

GROUP = "/aws/omics/WorkflowLog"
MANIFEST = re.compile(r"^manifest/run/(\d+)/([a-f0-9-]+)$")


def logs_client() -> Any:
    return boto3.client("logs", region_name="us-east-1")


def streams(prefix: str = "") -> dict[str, list[str]]:
    """The messages of each stream whose name begins so; every stream has events, and says when the last one was."""
    logs = logs_client()
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        return {}
    found = {}
    for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=GROUP):
        for stream in page["logStreams"]:
            name = stream["logStreamName"]
            if name.startswith(prefix):
                events = logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True)["events"]
                assert stream["firstEventTimestamp"] == events[0]["timestamp"]
                assert stream["lastEventTimestamp"] == events[-1]["timestamp"]
                found[name] = [event["message"] for event in events]
    return found


def messages(stream: str) -> list[str]:
    return streams(stream)[stream]


def said(run: str) -> list[str]:
    """What the stream of a run says, in its own short words."""
    return [json.loads(message)["logMessage"] for message in messages(f"run/{run}")]


def named_streams(omics: "OmicsClient", run: str) -> set[str]:
    """The streams that GetRun and GetRunTask name, by the last part of their ARNs."""
    found: Any = omics.get_run(id=run)
    tasks: list[Any] = [omics.get_run_task(id=run, taskId=task["taskId"]) for task in omics.list_run_tasks(id=run)["items"]]
    arns = [*found.get("logLocation", {}).values(), *(task["logStream"] for task in tasks if "logStream" in task)]
    return {arn.partition(":log-stream:")[2] for arn in arns}


def read_manifest(run: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A run and its tasks as tools that compute costs read them: strictly."""
    [(name, events)] = streams(f"manifest/run/{run}/").items()
    match = MANIFEST.match(name)
    assert match is not None
    first, *tasks = [json.loads(event) for event in events]
    assert (match[1], match[2]) == (first["arn"].rpartition("/")[2], first["uuid"])
    assert first["arn"].split(":")[5] == f"run/{run}"
    assert "cpus" not in first
    for entry in (first, *tasks):
        check_entry(entry)
    for task in tasks:
        assert re.fullmatch(r"task/\d+", task["arn"].split(":")[5])
        assert task["run"] == first["arn"]
        assert min(task["cpus"], task["memory"]) >= 1
        assert task["instanceType"].startswith("omics.")
    return first, tasks


def check_entry(entry: dict[str, Any]) -> None:
    """Nothing is null, times are times, and what was used is less than what was reserved."""
    assert not any(value is None for value in entry.values())
    times = {name: datetime.strptime(entry[name], "%Y-%m-%dT%H:%M:%S.%fZ") for name in entry if name.endswith("Time")}  # noqa: DTZ007 - as the tools read them
    assert "creationTime" in times
    metrics = entry["metrics"]
    if {"startTime", "stopTime"} <= times.keys():
        assert metrics["runningSeconds"] == (times["stopTime"] - times["startTime"]).total_seconds()
    for average in [name for name in metrics if "Average" in name]:
        most, reserved = (metrics[average.replace("Average", word)] for word in ("Maximum", "Reserved"))
        assert 0 <= metrics[average] <= most <= reserved
