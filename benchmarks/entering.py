"""What a test costs before and around its calls: imports, entering and leaving, clients, and a typical test from end to end."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from benchmarks.measuring import Budget, Way, each, interleaved, once, ratios, row
from omics_mock import mock_omics
from omics_mock.transports.under_pytest import isolate, make_clients_cheap

ROUNDS, CALLS = 15, 10


def enter(mock: Callable[[], Any]) -> Way:
    def measure() -> float:
        def come_and_go() -> None:
            with mock():
                pass

        return each(come_and_go, 20)  # so often that the collector goes through its generations for what each leaves behind

    return measure


def typical_test() -> None:
    """As the fixtures ``omics_mock`` and ``omics_client`` do it."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch)
        with mock_omics() as mock:
            client = mock.client()
            for _ in range(CALLS):
                client.list_runs()


def plain_moto() -> None:
    """A test of AWS Batch, as moto's documentation has it."""
    with mock_aws():
        client = boto3.client("batch", region_name="us-east-1")
        for _ in range(CALLS):
            client.describe_job_queues()


def shared(work: Callable[[], Any]) -> Way:
    """With what the plugin's fixtures share."""

    def measure() -> float:
        with pytest.MonkeyPatch.context() as patch:
            make_clients_cheap(patch)
            work()
            return once(work)

    return measure


def in_fixture() -> None:
    with mock_omics() as mock:
        mock.client()


def moto_client() -> float:
    """moto has every test make a session of its own."""
    with mock_aws():
        return once(lambda: boto3.client("batch", region_name="us-east-1"))


def fixture_client() -> float:
    with pytest.MonkeyPatch.context() as patch:
        make_clients_cheap(patch)
        in_fixture()
        with mock_omics() as mock:
            return once(mock.client)


def further_client() -> float:
    with pytest.MonkeyPatch.context() as patch:
        make_clients_cheap(patch)
        with mock_omics() as mock:
            mock.client()
            return each(mock.client, 5)


def python(code: str) -> Way:
    """In a process of its own."""
    return lambda: once(lambda: subprocess.run([sys.executable, "-c", code], check=True, capture_output=True))


def starting_pytest(*arguments: str) -> Way:
    folder = tempfile.mkdtemp()
    Path(folder, "test_nothing.py").write_text("def test_nothing(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, folder]
    return lambda: once(lambda: subprocess.run(command, check=True, capture_output=True, cwd=folder))


FIRST_CALL = """
import time, boto3
from omics_mock import mock_omics
with mock_omics():
    client = boto3.client("omics", region_name="us-east-1")
    began = time.perf_counter()
    client.list_runs()
    print(time.perf_counter() - began)
"""


def first_call() -> float:
    return float(subprocess.run([sys.executable, "-c", FIRST_CALL], check=True, capture_output=True, text=True).stdout)


def main() -> list[Budget]:
    """Print the table and answer the budgets."""
    for imports in (enter(mock_omics), enter(mock_aws), typical_test, plain_moto):  # which are paid once for a run of pytest
        imports()
    costs = interleaved(
        {
            "enter and leave mock_omics": enter(mock_omics),
            "enter and leave moto.mock_aws": enter(mock_aws),
            "a client in the plugin's fixture": fixture_client,
            "a further client of the same session": further_client,
            "a client under plain moto": moto_client,
            "a typical test": shared(typical_test),
            "a typical test of another service, plain moto": lambda: once(plain_moto),
        },
        ROUNDS,
        frozen=False,  # collections are most of what entering moto costs in a process that has much in it
    )
    costs |= interleaved({"the first call of a process": first_call}, 3)
    costs |= interleaved({"import omics_mock": python("import omics_mock"), "python": python("")}, 5)
    costs |= interleaved({"pytest": starting_pytest("-p", "no:omics_mock"), "pytest with the plugin": starting_pytest()}, 5)
    print(f"\n{'around the calls':52}{'median':>12}{'least':>12}{'most':>12}")
    for name, cost in costs.items():
        print(row(name, cost, "ms"))

    def budget(what: str, one: str, target: float) -> Budget:
        others = {"enter": "enter and leave moto.mock_aws", "a typical": "a typical test of another service, plain moto"}
        other = next((name for begins, name in others.items() if one.startswith(begins)), "a client under plain moto")
        return Budget(what, ratios(costs, one, other), target)

    return [
        budget("entering and leaving / moto's", "enter and leave mock_omics", 0.1),
        budget("a client in the fixture / plain moto's", "a client in the plugin's fixture", 1 / 6),
        budget("a further client / plain moto's", "a further client of the same session", 1 / 20),
        budget("a typical test / plain moto's", "a typical test", 1 / 6),
        Budget("starting pytest with the plugin / without", ratios(costs, "pytest with the plugin", "pytest"), 1.05),
    ]


if __name__ == "__main__":
    for budget in main():
        print(budget)
