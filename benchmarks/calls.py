"""What a call costs next to the alternatives: each operation over the ways there are to answer it in a test."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.stub import Stubber
from moto.core.botocore_stubber import MockRawResponse
from moto.core.models import botocore_stubber

from benchmarks.measuring import AWAITED, Budget, Way, each, interleaved, ratios, row
from omics_mock import mock_omics
from omics_mock.transports import moto as transport

ROLE = "arn:aws:iam::123456789012:role/omics"
PART = 8 * 1024 * 1024
READ_SET = 100 * 1024 * 1024

Answer = tuple[int, dict[str, str], Any]
Call = Callable[[Any], object]


def archive() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("main.wdl", "version 1.0\nworkflow hello { input { String name } }\n" + "# a comment\n" * 40)
    return data.getvalue()


def client(service: str = "omics") -> Any:
    session = boto3.Session("a", "b", region_name="us-east-1")
    return session.client(service)  # type: ignore[call-overload]  # any service


def small_calls(omics: Any) -> dict[str, Call]:
    """The calls that carry little, on resources with most members."""
    zipped = archive()
    workflow = omics.create_workflow(name="hello", definitionZip=zipped, engine="WDL", tags={"team": "a"})["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    asked = {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://some-bucket/outputs", "parameters": {"name": "world"}}
    more = {"name": "first", "priority": 10, "storageCapacity": 1200, "logLevel": "ALL", "tags": {"team": "a"}}
    run, *_ = [omics.start_run(**asked, **more)["id"] for _ in range(100)]
    omics.get_waiter("run_completed").wait(id=run)
    store = omics.create_sequence_store(name="reads")["id"]
    sample = {"sourceFileType": "FASTQ", "subjectId": "s", "sampleId": "s", "name": "n", "generatedFrom": "a lane"}
    sources = [{**sample, "sourceFiles": {"source1": f"s3://reads/{n}.fastq"}, "tags": {"a": "b"}} for n in range(100)]

    def start_import(client: Any) -> None:
        client.start_read_set_import_job(sequenceStoreId=store, roleArn=ROLE, sources=sources)

    return {
        "CreateWorkflow": lambda client: client.create_workflow(name="hello", definitionZip=zipped),
        "GetRun": lambda client: client.get_run(id=run),
        "ListRuns, 100": lambda client: client.list_runs(maxResults=100),
        "StartReadSetImportJob, 100": start_import,
    }


def large_calls(omics: Any) -> dict[str, Call]:
    """The calls that carry bytes."""
    part = bytes(range(256)) * (PART // 256)
    store = omics.create_sequence_store(name="large")["id"]
    described = {"sourceFileType": "FASTQ", "subjectId": "s", "sampleId": "s", "name": "n"}
    upload = {
        "sequenceStoreId": store,
        "uploadId": omics.create_multipart_read_set_upload(sequenceStoreId=store, **described)["uploadId"],
        "partSource": "SOURCE1",
    }
    s3: Any = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="reads")
    read = b"@r\n" + b"ACGT" * 64 + b"\n+\n" + b"IIII" * 64 + b"\n"
    s3.put_object(Bucket="reads", Key="large.fastq", Body=read * (READ_SET // len(read)))
    job = omics.start_read_set_import_job(
        sequenceStoreId=store, roleArn=ROLE, sources=[{**described, "sourceFiles": {"source1": "s3://reads/large.fastq"}}]
    )["id"]
    omics.get_waiter("read_set_import_job_completed").wait(sequenceStoreId=store, id=job)
    (read_set,) = omics.list_read_sets(sequenceStoreId=store)["readSets"]
    where = {"sequenceStoreId": store, "id": read_set["id"]}
    parts = -(-READ_SET // PART)

    def get(client: Any) -> None:
        for number in range(1, parts + 1):
            for _ in client.get_read_set(**where, partNumber=number)["payload"].iter_chunks(1024 * 1024):
                pass

    return {
        "UploadReadSetPart, 8 MiB": lambda client: client.upload_read_set_part(**upload, partNumber=1, payload=part),
        "GetReadSet, 100 MiB": get,
    }


def answer_of(omics: Any, call: Call) -> Answer:
    """What goes over the wire in answer to a call."""
    answers: list[Answer] = []
    serve = transport._serving(transport.SERVICE)

    def listen(*request: Any) -> Answer:
        answers.append(serve(*request))
        return answers[-1]

    with replaced_callback(listen), mock_omics(direct=False):
        call(omics)
    return answers[0]


@contextmanager
def replaced_callback(callback: Callable[..., Any]) -> Iterator[None]:
    """moto's callback for our hosts, exchanged for another."""
    urls = transport._urls(transport.SERVICE)
    before = dict(urls)
    urls.update(dict.fromkeys(before, callback))
    try:
        yield
    finally:
        urls.update(before)


def as_http(headers: dict[str, str]) -> Any:
    found: Any = HTTPHeaders()
    for name, value in headers.items():
        found[name] = value
    return found


def ways(omics: Any, name: str, call: Call, times: int) -> dict[str, Way]:
    """Every way to answer a call, with what botocore does for it; next to one another those that are compared."""
    status, headers, body = answer_of(omics, call)

    def through_interceptor(callback: Callable[..., Any] | None = None) -> Way:
        def measure() -> float:
            with mock_omics(direct=False):
                if callback is None:
                    return each(lambda: call(omics), times)
                with replaced_callback(callback):
                    return each(lambda: call(omics), times)

        return measure

    found: dict[str, Way] = {"omics_mock": lambda: each(lambda: call(omics), times)}
    if isinstance(body, bytes) and name in ("CreateWorkflow", "GetRun"):  # the others' answers need times
        found |= {
            "botocore's Stubber": stubbed(call, shown(body), times),
            "... and its add_response": stubbed(call, shown(body), times, True),
        }
    found["omics_mock, interceptor"] = through_interceptor()
    if not isinstance(body, bytes):  # a stream is read once
        return found
    found["moto's interceptor, constant answer"] = through_interceptor(lambda *_: (status, headers, body))
    sender = client()
    sender.meta.events._emitter.unregister("before-send", botocore_stubber)
    sender.meta.events.register_first(
        "before-send.omics", lambda request, **_: AWSResponse(request.url, status, as_http(headers), MockRawResponse(body))
    )
    # A handler of before-send makes the direct transport step aside; it is given nothing to step aside for.
    found["floor: before-send, constant answer"] = lambda: each(lambda: call(sender), times)
    if "part" not in name.lower():
        floor = client()
        http, answer = AWSResponse("", status, as_http(headers), MockRawResponse(body)), shown(body)
        floor.meta.events.register_first("before-call.omics", lambda **_: (http, dict(answer)))
        found["floor: before-call, constant answer"] = lambda: each(lambda: call(floor), times)
    return found


def shown(body: bytes) -> dict[str, Any]:
    """An answer as a test would write it down, without its times."""
    return {key: value for key, value in json.loads(body).items() if not key.lower().endswith("time")}


def stubbed(call: Call, answer: dict[str, Any], times: int, responses_too: bool = False) -> Way:
    """botocore's Stubber, which checks the answer that it is given and the parameters of the call."""
    omics = client()
    asked: list[tuple[str, dict[str, Any]]] = []

    class Asked:
        """Notes what the call asks for."""

        def __getattr__(self, method: str) -> Callable[..., Any]:
            return lambda **params: asked.append((method, params))

    call(Asked())
    ((method, params),) = asked
    stubber = Stubber(omics)

    def add() -> None:
        stubber.add_response(method, answer, None if "definitionZip" in params or "sources" in params else params)

    def both() -> None:
        add()
        call(omics)

    def measure() -> float:
        with stubber:
            if responses_too:
                return each(both, times)
            for _ in range(times):
                add()
            return each(lambda: call(omics), times)

    return measure


def other_services() -> dict[str, Way]:
    """Calls of services that moto itself mocks."""
    batch, states, queues = client("batch"), client("stepfunctions"), client("sqs")
    definition = '{"StartAt": "a", "States": {"a": {"Type": "Succeed"}}}'
    machine = states.create_state_machine(name="m", definition=definition, roleArn=ROLE)["stateMachineArn"]
    queues.create_queue(QueueName="q")
    return {
        "moto: batch DescribeJobQueues": lambda: each(batch.describe_job_queues, 30),
        "moto: stepfunctions DescribeStateMachine": lambda: each(
            lambda: states.describe_state_machine(stateMachineArn=machine), 30
        ),
        "moto: sqs GetQueueUrl": lambda: each(lambda: queues.get_queue_url(QueueName="q"), 30),
    }


def over_the_network() -> tuple[list[float], list[float]]:
    """GetRun through a server of this machine, and moto's SQS through the same one, call by call."""
    from omics_mock.server import OmicsServer

    with OmicsServer(lifecycle="immediate") as server:
        omics: Any = boto3.client("omics", **server.client_kwargs())
        queues: Any = boto3.client("sqs", **server.client_kwargs())
        queues.create_queue(QueueName="q")
        call = small_calls(omics)["GetRun"]
        costs = interleaved(
            {"ours": lambda: each(lambda: call(omics), 10), "sqs": lambda: each(lambda: queues.get_queue_url(QueueName="q"), 10)},
            rounds=7,
        )
    return costs["ours"], costs["sqs"]


def awaited() -> dict[str, dict[str, list[float]]]:
    """The ways of aiobotocore, whose botocore is another one."""
    if not AWAITED.exists():
        return {}
    found = json.loads(AWAITED.read_text(encoding="utf-8"))
    print(found["versions"], "in an environment of their own")
    return dict(found["costs"])


def main() -> list[Budget]:
    """Print the tables and answer the budgets."""
    budgets, others = [], awaited()
    with mock_omics(now="2026-01-01", lifecycle="immediate", rules={"part_size": PART}) as mock:
        omics = client()
        plans = [(name, call, 30, 41) for name, call in small_calls(omics).items()]
        plans += [(name, call, 1, 5) for name, call in large_calls(omics).items()]
        for name, call, times, rounds in plans:
            if "Import" in name or "ListRuns" in name:
                times, rounds = 5, 7
            way_of = ways(omics, name, call, times)

            def cleared(way: Way) -> Way:
                def measure() -> float:
                    mock.calls.clear()
                    return way()

                return measure

            costs = interleaved({key: cleared(way) for key, way in way_of.items()}, rounds)
            print(f"\n{name:52}{'median':>12}{'least':>12}{'most':>12}")
            for way, cost in sorted(costs.items(), key=lambda item: min(item[1])):
                print(row(way, cost))
            for way, cost in others.get(name, {}).items():
                print(row(way, cost))
            if name in ("GetRun", "CreateWorkflow"):
                over_constant = ratios(costs, "omics_mock, interceptor", "moto's interceptor, constant answer")
                budgets.append(Budget(f"{name} through the interceptor / with a constant answer", over_constant, 1.15))
            if name == "GetRun":
                budgets.append(Budget("GetRun / a stubbed call", ratios(costs, "omics_mock", "botocore's Stubber"), 1.4))
                both = ratios(costs, "omics_mock", "... and its add_response")
                budgets.append(Budget("GetRun / a stubbed call and its add_response", both, 1.4))
        print(f"\n{'other services':52}{'median':>12}{'least':>12}{'most':>12}")
        for way, cost in interleaved(other_services(), 7).items():
            print(row(way, cost))
    ours, queues = over_the_network()
    print(row("omics_mock's server: GetRun", ours))
    print(row("omics_mock's server: sqs GetQueueUrl, by moto", queues))
    return budgets


if __name__ == "__main__":
    for budget in main():
        print(budget)
