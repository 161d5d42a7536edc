"""How a batch of runs grows: ten times the runs should cost about ten times the time and the memory.

`make bench` prints the ratios. Both sizes are measured round by round, one right after the other. The time has Python's garbage
collection in it, which looks at all that lives and so weighs more with more runs. The memory is the peak of what Python
allocates, in a process of its own.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import boto3

from benchmarks.calls import archive
from omics_mock import mock_omics

SMALL, LARGE = 1_000, 10_000
ROUNDS = 3
TARGET = 12.0

Timed = Callable[[str, Callable[[], object]], None]


def prepare(runs: int) -> tuple[Any, dict[str, Any]]:
    """A client and a request for a batch whose settings are in S3."""
    s3: Any = boto3.client("s3", region_name="us-east-1")
    omics: Any = boto3.client("omics", region_name="us-east-1")
    for bucket in ("settings", "results"):
        s3.create_bucket(Bucket=bucket)
    settings = [
        {
            "runSettingId": f"sample-{number}",
            "name": f"Sample {number}",
            "parameters": {"name": f"s3://settings/sample-{number}.fastq"},
            "runTags": {"patient": f"{number}"},
        }
        for number in range(runs)
    ]
    s3.put_object(Bucket="settings", Key="runs.json", Body=json.dumps(settings).encode())
    workflow = omics.create_workflow(definitionZip=archive(), engine="WDL")["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    default = {"workflowId": workflow, "roleArn": "arn:aws:iam::123456789012:role/omics", "outputUri": "s3://results/here"}
    return omics, {"defaultRunSetting": default, "batchRunSettings": {"s3UriSettings": "s3://settings/runs.json"}}


def live(runs: int, timed: Timed) -> None:
    """Everything a batch goes through."""
    with mock_omics(rules={"undeclared_parameters": "accept"}):
        omics, request = prepare(runs)
        made: dict[str, Any] = {}
        timed("start", lambda: made.update(omics.start_run_batch(**request)))
        batch = {"batchId": made["id"]}

        def progress(end: str) -> None:
            while omics.get_batch(**batch)["status"] != end:
                pass

        def listed(operation: str, **filters: Any) -> Callable[[], None]:
            def walk() -> None:
                for _ in omics.get_paginator(operation).paginate(**filters):
                    pass

            return walk

        def mapped() -> None:
            for number in range(0, runs, 10):
                omics.list_runs_in_batch(**batch, runSettingId=f"sample-{number}")

        timed("progress", lambda: progress("PROCESSED"))
        timed("list rows", listed("list_runs_in_batch", **batch))
        timed("list rows by status", listed("list_runs_in_batch", **batch, submissionStatus="SUCCESS"))
        timed("list rows by none's status", listed("list_runs_in_batch", **batch, submissionStatus="FAILED"))
        timed("find a tenth by id", mapped)
        timed("list runs by batch", listed("list_runs", **batch))
        timed("list runs by status", listed("list_runs", status="COMPLETED"))
        timed("list runs by no name", listed("list_runs", name="nobody's"))
        timed("list batches", listed("list_batch", status="PROCESSED"))
        timed("delete runs", lambda: omics.delete_run_batch(**batch))
        timed("until deleted", lambda: progress("RUNS_DELETED"))


def compare() -> None:
    took: dict[str, dict[int, list[float]]] = {}
    for _ in range(ROUNDS):
        for runs in (SMALL, LARGE):
            total = 0.0

            def timed(phase: str, work: Callable[[], object], runs: int = runs) -> None:
                nonlocal total
                gc.collect()  # each phase pays for its own garbage
                began = time.perf_counter()
                work()
                seconds = time.perf_counter() - began
                total += seconds
                took.setdefault(phase, {}).setdefault(runs, []).append(seconds)

            live(runs, timed)
            took.setdefault("all", {}).setdefault(runs, []).append(total)
    print(f"{'':28}{SMALL:>9,}{LARGE:>9,} runs")
    for phase, seconds in took.items():
        small, large = (statistics.median(seconds[runs]) for runs in (SMALL, LARGE))
        print(f"{phase:28}{small:9.3f}{large:9.3f} s {large / small:6.1f} times (<= {TARGET})")


def peak(runs: int) -> int:
    """The most that Python held at a time, in bytes, beyond what it held before the batch."""
    held = 0

    def started(phase: str, work: Callable[[], object]) -> None:
        nonlocal held
        if phase == "start":
            tracemalloc.start()
        work()
        held = max(held, tracemalloc.get_traced_memory()[1])

    live(runs, started)
    return held


def measured_peak(runs: int) -> int:
    command = [sys.executable, "-m", "benchmarks.batches", str(runs)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    if len(sys.argv) > 1:
        print(peak(int(sys.argv[1])))
        return
    compare()
    small, large = measured_peak(SMALL), measured_peak(LARGE)
    print(f"{'peak memory':28}{small / 1e6:9.1f}{large / 1e6:9.1f} MB {large / small:5.1f} times (<= {TARGET})")


if __name__ == "__main__":
    main()
