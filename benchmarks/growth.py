"""How calls cost as the state grows, and what a resource takes in memory."""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

from benchmarks.calls import ROLE, archive, client
from benchmarks.measuring import Budget, each, interleaved, once
from omics_mock import OmicsMock, mock_omics
from omics_mock.transports.moto import omics_backends

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 7
KIB = 1024


def engine_call(name: str, params: dict[str, Any]) -> dict[str, Any]:
    """What a call does, without botocore around it: a hundred thousand are to be made."""
    backend = omics_backends["123456789012"]["us-east-1"]
    return backend.engine().call(name, params, backend.state)


def request(omics: Any) -> dict[str, Any]:
    workflow = omics.create_workflow(definitionZip=archive(), engine="WDL")["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    return {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://results/here", "parameters": {"name": "s3://reads/a.fastq"}}


def at_size(mock: OmicsMock, omics: Any, asked: dict[str, Any], size: int) -> dict[str, list[float]]:
    """What each call costs among that many runs, next to a call whose cost does not depend on them."""
    run = omics.list_runs()["items"][-1]["id"]
    middle = page_token(omics, size // 200)
    group = omics.create_run_group()["id"]
    omics.start_run(**asked, runGroupId=group)

    def cleared(call: Callable[[], object], times: int) -> Callable[[], float]:
        def measure() -> float:
            mock.calls.clear()
            return each(call, times)

        return measure

    def there_and_back() -> None:
        mock.restore(mock.snapshot())

    costs = interleaved(
        {
            "GetRunGroup, to compare with": cleared(lambda: omics.get_run_group(id=group), 30),
            "StartRun": cleared(lambda: omics.start_run(**asked), 10),
            "GetRun": cleared(lambda: omics.get_run(id=run), 30),
            "ListRuns, the first page": cleared(lambda: omics.list_runs(maxResults=100), 5),
            "ListRuns, a page in the middle": cleared(lambda: omics.list_runs(maxResults=100, startingToken=middle), 5),
            "ListRuns, a page of a status": cleared(lambda: omics.list_runs(maxResults=100, status="PENDING"), 5),
            "ListRuns, a name that one has": cleared(lambda: omics.list_runs(name="run 7"), 5),
        },
        ROUNDS,
    )
    # What changes first after a snapshot copies the table it is in: nothing else is measured meanwhile.
    return costs | interleaved({"snapshot and restore": lambda: once(there_and_back)}, ROUNDS)


def page_token(omics: Any, page: int) -> str:
    token: dict[str, str] = {}
    for _ in range(page):
        token = {"startingToken": omics.list_runs(maxResults=100, **token)["nextToken"]}
    return token["startingToken"]


def taken(make: Callable[[int], None], count: int) -> float:
    """Bytes for each of that many resources."""
    make(10)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    make(count)
    gc.collect()
    bytes_taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return bytes_taken / count


def memory() -> dict[str, float]:
    """Bytes for a run with one task and for a read set without bytes."""
    with mock_omics(lifecycle="immediate", rules={"undeclared_parameters": "accept"}) as mock:
        omics = client()
        asked = request(omics)
        store = omics.create_sequence_store(name="reads")["id"]
        sample = {"sourceFileType": "FASTQ", "subjectId": "s", "sampleId": "s", "sourceFiles": {"source1": "s3://reads/1.fastq"}}

        def runs(count: int) -> None:
            for number in range(count):
                omics.start_run(**asked, name=f"run {number}")
            mock.calls.clear()

        def read_sets(count: int) -> None:
            for start in range(0, count, 100):
                sources = [{**sample, "name": f"read set {start + number}"} for number in range(min(100, count))]
                omics.start_read_set_import_job(sequenceStoreId=store, roleArn=ROLE, sources=sources)
            mock.calls.clear()

        found = {"a run with one task": taken(runs, 1_000), "a read set without bytes": taken(read_sets, 2_000)}
        (task,) = omics.list_run_tasks(id=omics.list_runs()["items"][0]["id"])["items"]
        assert task["status"] == "COMPLETED"
        assert len(omics.list_read_sets(sequenceStoreId=store, maxResults=100)["readSets"]) == 100
        return found


def main() -> list[Budget]:
    """Print the tables and answer the budgets."""
    costs: dict[int, dict[str, list[float]]] = {}
    with mock_omics(rules={"undeclared_parameters": "accept"}) as mock:
        omics = client()
        asked = request(omics)
        mock.lifecycle("run", "frozen")
        made = 0
        for size in SIZES:
            for number in range(made, size):
                engine_call("StartRun", {**asked, "name": f"run {number}"})
            made = size
            costs[size] = at_size(mock, omics, asked, size)
    print(f"\n{'microseconds among so many runs, median':44}" + "".join(f"{size:>12,}" for size in SIZES))
    for name in costs[SIZES[0]]:
        print(f"{name:44}" + "".join(f"{statistics.median(costs[size][name]) * 1e6:12.0f}" for size in SIZES))

    def growth(name: str) -> list[float]:
        """How the cost next to the other call's grew."""
        small, large = (
            [cost / floor for cost, floor in zip(costs[size][name], next(iter(costs[size].values())), strict=True)]
            for size in (SIZES[0], SIZES[-1])
        )
        return [cost / statistics.median(small) for cost in large]

    flat = (
        "StartRun",
        "GetRun",
        "ListRuns, the first page",
        "ListRuns, a page in the middle",
        "ListRuns, a page of a status",
        "ListRuns, a name that one has",
    )
    budgets = [Budget(f"{name}: among {SIZES[-1]:,} runs / among {SIZES[0]:,}", growth(name), 1.2) for name in flat]
    largest = costs[10_000]
    in_calls = [cost / statistics.median(largest["GetRun"]) for cost in largest["snapshot and restore"]]
    budgets.append(Budget("snapshot and restore among 10,000 runs / GetRun", in_calls, 25))
    command = [
        sys.executable,
        "-m",
        "benchmarks.growth",
        "memory",
    ]  # alone: nothing has loaded moto's logs
    sizes: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for name, taken_by_one in sizes.items():
        print(f"{name:44}{taken_by_one / KIB:12.1f} KiB")
    budgets.append(Budget("memory of a run with one task / 6 KiB", [sizes["a run with one task"] / (6 * KIB)], 1))
    budgets.append(Budget("memory of a read set without bytes / 3 KiB", [sizes["a read set without bytes"] / (3 * KIB)], 1))
    return budgets


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        print(json.dumps(memory()))
    else:
        print(*main(), sep="\n")
