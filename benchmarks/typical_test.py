"""What a test costs from end to end, next to one of another service under plain moto: ``python -m benchmarks.typical_test``.

A typical test enters the mock, makes a client and calls it ten times. Ours does what the pytest plugin's fixtures do, theirs has
``mock_aws`` as in the documentation of moto. Rounds are interleaved; compare the ratio rather than the milliseconds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import boto3
import pytest
from moto import mock_aws

from omics_mock import mock_omics
from omics_mock.transports.under_pytest import isolate, share_loader

ROUNDS, CALLS = 15, 10
TARGET = 1 / 3


def ours() -> None:
    """As the fixtures ``omics_mock`` and ``omics_client`` do it."""
    with pytest.MonkeyPatch.context() as patch:
        isolate(patch)
        with mock_omics() as mock:
            client = mock.client()
            for _ in range(CALLS):
                client.list_runs()


def plain_moto() -> None:
    """A test of AWS Batch."""
    with mock_aws():
        client = boto3.client("batch", region_name="us-east-1")
        for _ in range(CALLS):
            client.describe_job_queues()


def seconds(test: Callable[[], None]) -> float:
    """How long a test takes."""
    start = time.perf_counter()
    test()
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    taken: dict[str, list[float]] = {"omics_mock": [], "moto, another service": []}
    ours()  # imports are paid once for a run of pytest
    plain_moto()
    for _ in range(ROUNDS):
        with pytest.MonkeyPatch.context() as shared:
            share_loader(shared)
            ours()  # and so are the models
            taken["omics_mock"].append(seconds(ours))
        taken["moto, another service"].append(seconds(plain_moto))
    for name, times in taken.items():
        print(f"{name:24} {statistics.median(times) * 1e3:7.1f} ms  ({min(times) * 1e3:.1f} to {max(times) * 1e3:.1f})")
    ratio = statistics.median(taken["omics_mock"]) / statistics.median(taken["moto, another service"])
    print(f"ratio {ratio:.2f} (<= {TARGET:.2f})")


if __name__ == "__main__":
    main()
