"""What a call costs next to the alternatives, printed side by side: ``python benchmarks/compare.py``.

Rounds are interleaved, so that a noisy machine disturbs every way alike; compare the ratios rather than the microseconds.
"""

from __future__ import annotations

import gc
import io
import json
import statistics
import time
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.stub import ANY, Stubber
from moto import mock_aws
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from omics_mock import mock_omics
from omics_mock.transports import moto as transport

ROUNDS, CALLS, WARM_UP = 15, 60, 30
TARGET = 1.25

Call = Callable[[], object]
Answer = tuple[int, dict[str, str], Any]


def archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("main.wdl", "version 1.0\nworkflow hello { input { String name } }\n" + "# a comment\n" * 40)
    return data.getvalue()


def client(service: str = "omics") -> Any:
    session = boto3.Session("a", "b", region_name="us-east-1")
    return session.client(service)  # type: ignore[call-overload]


def prepare(omics: Any) -> dict[str, Call]:
    """A workflow and a run with most members, and the three calls that are measured."""
    zipped = archive()
    workflow = omics.create_workflow(
        name="hello", description="A workflow", definitionZip=zipped, engine="WDL", tags={"team": "a"}
    )["id"]
    for _ in range(3):
        omics.get_workflow(id=workflow)
    run = omics.start_run(
        workflowId=workflow,
        roleArn="arn:aws:iam::123456789012:role/omics",
        name="first",
        outputUri="s3://some-bucket/outputs",
        parameters={"name": "world"},
        priority=10,
        storageCapacity=1200,
        logLevel="ALL",
        tags={"team": "a"},
    )["id"]
    omics.get_waiter("run_completed").wait(id=run)
    return {
        "CreateWorkflow": lambda: omics.create_workflow(name="hello", definitionZip=zipped),
        "GetWorkflow": lambda: omics.get_workflow(id=workflow),
        "GetRun": lambda: omics.get_run(id=run),
    }


def captured(omics: Any, call: Call) -> Answer:
    """What goes over the wire in answer to a call."""
    answers: list[Answer] = []
    serve = transport._serving(transport.SERVICE)

    def listen(*request: Any) -> Answer:
        answers.append(serve(*request))
        return answers[-1]

    with replaced_callback(listen):
        call()
    return answers[0]


class replaced_callback:  # noqa: N801
    """moto's callback for our hosts, exchanged for another."""

    def __init__(self, callback: Callable[..., Any]) -> None:
        self.callback = callback

    def __enter__(self) -> None:
        self.before = dict(transport._urls(transport.SERVICE))
        transport._urls(transport.SERVICE).update(dict.fromkeys(self.before, self.callback))

    def __exit__(self, *_: object) -> None:
        transport._urls(transport.SERVICE).update(self.before)


def timed(call: Call) -> float:
    gc.collect()  # nobody pays for what another left behind
    began = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - began) / CALLS * 1e6


def through(callback: Callable[..., Any], call: Call) -> Callable[[], float]:
    def measure() -> float:
        with replaced_callback(callback):
            return timed(call)

    return measure


def main() -> None:
    with mock_omics(now="2026-01-01") as mock:
        ways: dict[tuple[str, str], Callable[[], float]] = {}
        omics = client()
        for name, call in prepare(omics).items():
            status, headers, body = captured(omics, call)
            ways["omics_mock", name] = lambda call=call: timed(call)  # type: ignore[misc]
            ways["moto's interceptor, constant answer", name] = through(lambda *_, answer=(status, headers, body): answer, call)

            floor = client()
            floor.meta.events._emitter.unregister("before-send", botocore_stubber)
            floor.meta.events.register_first(
                "before-send.omics",
                lambda request, answer=(status, headers, body), **_: AWSResponse(
                    request.url, answer[0], answer[1], MockRawResponse(answer[2])
                ),
            )
            calls = {
                "CreateWorkflow": lambda c: c.create_workflow(name="hello", definitionZip=archive_),
                "GetWorkflow": lambda c: c.get_workflow(id="1234567"),
                "GetRun": lambda c: c.get_run(id="1234567"),
            }
            ways["floor: before-send, constant answer", name] = lambda c=floor, go=calls[name]: timed(lambda: go(c))  # type: ignore[misc]

            stubbed = client()
            parsed = json.loads(body)
            ways["botocore's Stubber", name] = stubber(stubbed, name, parsed, calls[name])

        batch = client("batch")
        ways["moto: batch DescribeJobQueues", "GetWorkflow"] = lambda: timed(batch.describe_job_queues)
        states = client("stepfunctions")
        machine = states.create_state_machine(
            name="m",
            definition='{"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}',
            roleArn="arn:aws:iam::123456789012:role/a",
        )["stateMachineArn"]
        ways["moto: stepfunctions DescribeStateMachine", "GetWorkflow"] = lambda: timed(
            lambda: states.describe_state_machine(stateMachineArn=machine)
        )

        results: dict[tuple[str, str], list[float]] = {way: [] for way in ways}
        gc.freeze()
        for number in range(ROUNDS + 1):
            for way, measure in ways.items():
                took = measure()
                if number:  # the first round warms up
                    results[way].append(took)
            mock.calls.clear()
    show(results)
    show_tests()


archive_ = archive()


def stubber(omics: Any, name: str, answer: dict[str, Any], go: Callable[[Any], object]) -> Callable[[], float]:
    method = {"CreateWorkflow": "create_workflow", "GetWorkflow": "get_workflow", "GetRun": "get_run"}[name]
    answer = {key: value for key, value in answer.items() if not key.lower().endswith("time")}
    expected = {"CreateWorkflow": {"name": "hello", "definitionZip": ANY}}.get(name, {"id": "1234567"})

    def measure() -> float:
        with Stubber(omics) as stub:
            for _ in range(CALLS):
                stub.add_response(method, answer, expected)
            return timed(lambda: go(omics))

    return measure


def show(results: dict[tuple[str, str], list[float]]) -> None:
    medians = {way: statistics.median(took) for way, took in results.items()}
    names = ["CreateWorkflow", "GetWorkflow", "GetRun"]
    print(f"{'microseconds per call, median':44}" + "".join(f"{name:>16}" for name in names))
    for way in sorted({way for way, _ in medians}, key=lambda way: min(v for (w, _), v in medians.items() if w == way)):
        print(f"{way:44}" + "".join(f"{medians[way, n]:16.0f}" if (way, n) in medians else " " * 16 for n in names))
    print(f"{f'omics_mock / constant answer (<= {TARGET})':44}", end="")
    for name in names:
        # The two are measured one right after the other: the median of the rounds' ratios is steadier than a ratio of medians.
        pairs = zip(results["omics_mock", name], results["moto's interceptor, constant answer", name], strict=True)
        print(f"{statistics.median(ours / constant for ours, constant in pairs):16.2f}", end="")
    print()


def show_tests() -> None:
    """Entering and leaving, which every test pays."""
    took: dict[str, list[float]] = {"moto.mock_aws": [], "mock_omics": []}
    for _ in range(30):
        for name, enter in (("moto.mock_aws", mock_aws), ("mock_omics", mock_omics)):
            began = time.perf_counter()
            with enter():
                pass
            took[name].append((time.perf_counter() - began) * 1e3)
    print()
    for name, milliseconds in took.items():
        print(f"{'enter and leave ' + name:44}{statistics.median(milliseconds):13.2f} ms")


if __name__ == "__main__":
    main()
