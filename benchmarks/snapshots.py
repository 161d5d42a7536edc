"""What a snapshot and its restoration cost among many runs, in calls of GetRun.

`make bench` prints the ratio. Between the two a test does a little: it starts a run and looks at it until it has ended, tags an
old one and deletes another. Dumping and loading the same runs is timed as well.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from benchmarks.calls import archive
from omics_mock import OmicsMock, mock_omics

RUNS = 10_000
ROUNDS = 21
TARGET = 25.0


def prepare(omics: Any) -> dict[str, str]:
    """Runs that have ended, with tasks, tags and logs; the request that starts one of them."""
    workflow = omics.create_workflow(definitionZip=archive(), engine="WDL")["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    request = {
        "workflowId": workflow,
        "roleArn": "arn:aws:iam::123456789012:role/omics",
        "outputUri": "s3://results/here",
        "parameters": {"name": "s3://reads/sample.fastq"},
    }
    for number in range(RUNS):
        omics.start_run(**request, name=f"run {number}", tags={"patient": f"{number}"})
    return request


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def use(mock: OmicsMock, omics: Any, request: dict[str, str], old: list[dict[str, Any]]) -> None:
    """What a test may do."""
    run = omics.start_run(**request)
    while omics.get_run(id=run["id"])["status"] != "COMPLETED":
        pass
    omics.tag_resource(resourceArn=old[0]["arn"], tags={"seen": "yes"})
    omics.delete_run(id=old[1]["id"])


def main() -> None:
    with mock_omics(lifecycle="immediate", rules={"undeclared_parameters": "accept"}) as mock:
        omics: Any = boto3.client("omics", region_name="us-east-1")
        request = prepare(omics)
        old = omics.list_runs()["items"]
        get_run = statistics.median(seconds(lambda: omics.get_run(id=old[0]["id"])) for _ in range(20 * ROUNDS))
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            snapshot = mock.snapshot()
            taken = time.perf_counter() - began
            use(mock, omics, request, old)
            took.append((taken, seconds(lambda snapshot=snapshot: mock.restore(snapshot))))  # type: ignore[misc]  # no type is inferred for a lambda with defaults
            assert omics.get_run(id=old[1]["id"])["tags"] == {"patient": "1"}
        snapshot_took, restore_took = (statistics.median(column) for column in zip(*took, strict=True))
        both = snapshot_took + restore_took
        print(f"snapshot and restore among {RUNS:,} runs: {1e3 * snapshot_took:.2f} and {1e3 * restore_took:.2f} ms")
        print(f"GetRun: {1e3 * get_run:.2f} ms; both together cost {both / get_run:.1f} of it (<= {TARGET})")
        with tempfile.TemporaryDirectory() as folder:
            dump_took, load_took = seconds(lambda: mock.dump(folder)), seconds(lambda: mock.load(folder))
            size = Path(folder, "omics-mock.json").stat().st_size
            print(f"dump and load: {dump_took:.1f} and {load_took:.1f} s, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
