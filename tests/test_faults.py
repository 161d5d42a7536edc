"""Faults on the wire, scripted by the test."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.retries import bucket
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Request

import omics_mock
from omics_mock import (
    ConflictException,
    ConnectionFailure,
    CorruptedBody,
    Latency,
    MalformedJson,
    OmicsMock,
    ThrottlingException,
    TruncatedBody,
    mock_omics,
)
from omics_mock.imagebuilder import exceptions as imagebuilder_exceptions
from omics_mock.transports.moto import omics_backends
from tests.support.faults import ONCE, outcome

CONNECTION_ERRORS = [
    ("refused", exceptions.EndpointConnectionError),
    ("timeout", exceptions.ConnectTimeoutError),
    ("read_timeout", exceptions.ReadTimeoutError),
    ("reset", exceptions.ConnectionClosedError),
    ("closed", exceptions.ConnectionClosedError),
]


@pytest.fixture(autouse=True)
def sleepless(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        assert seconds == 0, f"slept {seconds} seconds"

    monkeypatch.setattr(time, "sleep", sleep)
    # botocore's way to slow a throttled client down
    monkeypatch.setattr(bucket, "threading", SimpleNamespace(Lock=threading.Lock, Condition=Impatient))


class Impatient(threading.Condition):
    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is None, f"waited {timeout} seconds"
        return super().wait()


@pytest.fixture
def omics() -> Iterator[OmicsMock]:
    with mock_omics(now="2026-01-01") as omics:
        yield omics


# ---- errors of the service -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "status"),
    [("ThrottlingException", 429), ("InternalServerException", 500), ("AccessDeniedException", 403), ("ValidationException", 400)],
)
def test_an_error_arrives_as_the_service_sends_it(omics: OmicsMock, error: str, status: int) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("ListRuns", error, message="as scripted")
    with pytest.raises(getattr(client.exceptions, error)) as raised:
        client.list_runs()
    answer = raised.value.response
    assert answer["Error"] == {"Code": error, "Message": "as scripted"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert outcome(client) == ""
    failed, served = omics.calls
    assert isinstance(failed.error, getattr(omics_mock, error))
    assert (failed.response, served.error) == (None, None)


def test_an_error_is_named_by_class_or_instance_too(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("ListRuns", ThrottlingException)
    omics.faults.add("ListRuns", ThrottlingException("calm down"))
    omics.faults.add("ListRuns", client.exceptions.ThrottlingException, message="slower still")
    messages = []
    for _ in range(3):
        with pytest.raises(client.exceptions.ThrottlingException) as raised:
            client.list_runs()
        messages.append(raised.value.response["Error"]["Message"])
    assert messages == ["Rate exceeded", "calm down", "slower still"]


def test_a_failed_call_changes_nothing(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("CreateSequenceStore", "InternalServerException")
    omics.faults.add("CreateSequenceStore", ConnectionFailure("closed"))
    assert outcome(client, "create_sequence_store", name="store") == "InternalServerException"
    with pytest.raises(exceptions.ConnectionClosedError):
        client.create_sequence_store(name="store")
    assert client.list_sequence_stores()["sequenceStores"] == []


def test_a_fault_comes_before_the_request_is_looked_at(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("GetWorkflow", "ThrottlingException")
    assert outcome(client, "get_workflow", id="not a number") == "ThrottlingException"
    assert outcome(client, "get_workflow", id="not a number") == "ValidationException"


@pytest.mark.parametrize(
    ("operation", "error", "words"),
    [
        ("CreateSequenceStore", "ConflictException", "does not declare ConflictException; it declares AccessDeniedException, Int"),
        ("CreateSequenceStore", ConflictException, "does not declare ConflictException"),
        ("ListRuns", imagebuilder_exceptions.ForbiddenException, "does not declare ForbiddenException"),
        ("ListRuns", KeyError, "does not declare KeyError"),
        ("*", "NoSuchException", r"\* does not declare NoSuchException"),
        ("list_runs", "ThrottlingException", r"unknown operation 'list_runs'; did you mean ListRuns"),
        ("imagebuilder:StartRun", Latency(1), "unknown operation 'imagebuilder:StartRun'"),
        ("Fly", Latency(1), "unknown operation 'Fly'$"),
        ("DeleteRun", TruncatedBody(), "DeleteRun has no answer that"),
        ("ListRuns", CorruptedBody(), "ListRuns has no answer that"),
        ("GetReadSet", MalformedJson(), "GetReadSet has no answer that"),
    ],
)
def test_a_fault_that_cannot_be_is_refused(omics: OmicsMock, operation: str, error: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        omics.faults.add(operation, error)
    assert len(omics.faults) == 0


@pytest.mark.parametrize("options", [{"times": 0}, {"after": -1}])
def test_counts_that_make_no_sense_are_refused(omics: OmicsMock, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        omics.faults.add("ListRuns", "ThrottlingException", **options)  # type: ignore[arg-type]  # options by name
    assert len(omics.faults) == 0


def test_what_is_no_fault_is_refused(omics: OmicsMock) -> None:
    with pytest.raises(ValueError, match="only errors of the service have one"):
        omics.faults.add("ListRuns", Latency(1), message="slow")
    with pytest.raises(TypeError, match="3 is no exception"):
        omics.faults.add("ListRuns", 3)  # type: ignore[arg-type]  # refused by types too
    for wrong in (lambda: Latency(-1), lambda: TruncatedBody(-1), lambda: CorruptedBody(-1), lambda: ConnectionFailure("broken")):
        with pytest.raises(ValueError):
            wrong()


# ---- which calls -----------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.none() | st.integers(1, 3), st.integers(0, 4)), max_size=3), st.integers(0, 8))
def test_each_fault_lets_some_calls_through_and_then_the_first_that_is_due_happens(
    faults: list[tuple[int | None, int]], calls: int
) -> None:
    with mock_omics() as omics:
        client = omics.client(config=ONCE)
        for number, (times, after) in enumerate(faults):
            omics.faults.add("ListRuns", "ValidationException", times, after, message=str(number), optional=True)
        left = [times for times, _ in faults]
        for call in range(calls):
            expected = next((n for n, (_, after) in enumerate(faults) if call >= after and left[n] != 0), None)
            if expected is None:
                client.list_runs()
                continue
            with pytest.raises(ClientError) as raised:
                client.list_runs()
            assert raised.value.response["Error"]["Message"] == str(expected)
            times = left[expected]
            left[expected] = None if times is None else times - 1
        for fault, (times, _), rest in zip(omics.faults, faults, left, strict=True):
            assert times is None or rest is None or fault.used == times - rest


def test_a_predicate_chooses_by_what_is_asked(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("CreateSequenceStore", "ServiceQuotaExceededException", when=lambda asked: asked["name"] == "big")
    assert outcome(client, "create_sequence_store", name="small") == ""
    assert outcome(client, "create_sequence_store", name="big") == "ServiceQuotaExceededException"
    assert outcome(client, "create_sequence_store", name="big") == ""


def test_a_mistake_in_a_predicate_surfaces_as_itself(omics: OmicsMock) -> None:
    omics.faults.add("ListRuns", "ThrottlingException", when=lambda asked: asked["nmae"], optional=True)
    with pytest.raises(KeyError, match="nmae"):
        omics.client().list_runs()


def test_a_fault_that_is_used_up_while_a_predicate_looks_at_a_call_does_not_happen_again(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    outcomes: list[str] = []

    def curious(params: object) -> bool:
        if not outcomes:
            outcomes.append("asked")
            outcomes.append(outcome(client))
        return False

    omics.faults.add("ListRuns", "ThrottlingException")
    omics.faults.add("ListRuns", "InternalServerException", when=curious, optional=True)
    outcomes.append(outcome(client))
    assert outcomes == ["asked", "ThrottlingException", ""]


def test_a_predicate_sees_bytes_as_the_log_does(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("CreateWorkflow", "ThrottlingException", when=lambda asked: asked["definitionZip"].length == 3)  # type: ignore[attr-defined]  # a Blob, among members of any type
    assert outcome(client, "create_workflow", name="one", definitionZip=b"zip") == "ThrottlingException"


def test_account_and_region_choose_too(omics: OmicsMock) -> None:
    elsewhere, other, here = (
        omics.client(region="eu-west-1", config=ONCE),
        omics.client(account="111122223333", config=ONCE),
        omics.client(config=ONCE),
    )
    omics.faults.add("ListRuns", "ThrottlingException", region="eu-west-1")
    omics.faults.add("ListRuns", "InternalServerException", account="111122223333")
    assert [outcome(client) for client in (here, elsewhere, other, here)] == [
        "",
        "ThrottlingException",
        "InternalServerException",
        "",
    ]


def test_a_star_stands_for_every_operation(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("*", "ThrottlingException", times=None)
    assert {outcome(client, call) for call in ("list_runs", "list_workflows", "list_run_groups")} == {"ThrottlingException"}
    # Image Builder's operations do not declare it.
    assert outcome(omics.client("imagebuilder", config=ONCE), "list_workflows") == ""


def test_faults_of_image_builder(omics: OmicsMock) -> None:
    builder = omics.client("imagebuilder", config=ONCE)
    omics.faults.add("ListWorkflows", "ServiceUnavailableException")  # HealthOmics' ListWorkflows has no such error
    assert outcome(omics.client(), "list_workflows") == ""
    with pytest.raises(ClientError) as raised:
        builder.list_workflows()  # type: ignore[attr-defined]  # its stubs are not installed
    assert raised.value.response["Error"]["Code"] == "ServiceUnavailableException"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    omics.faults.add("ListWorkflows", imagebuilder_exceptions.ForbiddenException)
    assert outcome(builder, "list_workflows") == "ForbiddenException"
    omics.faults.add("ListWorkflows", Latency(1))
    omics.faults.add("imagebuilder:ListWorkflows", Latency(10))
    began = omics.clock.now()
    builder.list_workflows()  # type: ignore[attr-defined]  # its stubs are not installed
    assert omics.clock.now() - began == timedelta(seconds=10)
    omics.client().list_workflows()
    assert omics.clock.now() - began == timedelta(seconds=11)


def test_an_exact_number_of_calls_from_many_threads_fails(omics: OmicsMock) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("ListRuns", "ThrottlingException", times=7, after=5)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda _: outcome(client), range(40)))
    assert sorted(outcomes) == [""] * 33 + ["ThrottlingException"] * 7


# ---- latency and connections -----------------------------------------------------------------------------------------


def test_latency_passes_on_the_mock_s_clock(omics: OmicsMock) -> None:
    client = omics.client()
    omics.faults.add("CreateSequenceStore", Latency(2.5))
    began = omics.clock.now()
    created = client.create_sequence_store(name="store")["creationTime"]
    assert omics.clock.now() - began == created - began == timedelta(seconds=2.5)


@pytest.mark.parametrize(("kind", "raised"), CONNECTION_ERRORS)
def test_a_connection_fails_as_botocore_reports_it(omics: OmicsMock, kind: str, raised: type[Exception]) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("ListRuns", ConnectionFailure(kind))
    with pytest.raises(raised, match=r"https://workflows-omics\.us-east-1\.amazonaws\.com/run"):
        client.list_runs()
    assert isinstance(omics.calls.only.error, ConnectionFailure)
    assert omics.calls.only.response is None


def test_clients_made_before_the_mock_meet_faults_too() -> None:
    client = boto3.client("omics", region_name="us-east-1", config=ONCE)
    with mock_omics() as omics:
        omics.faults.add("ListRuns", ConnectionFailure("refused"))
        omics.faults.add("ListRuns", "ThrottlingException")
        with pytest.raises(exceptions.EndpointConnectionError):
            client.list_runs()
        assert outcome(client) == "ThrottlingException"


def test_over_the_network_a_lost_connection_is_one_that_the_server_drops(omics: OmicsMock) -> None:
    served = {"SERVER_SOFTWARE": "a server"}  # as WSGI servers mark what they serve
    asked = Request.from_values("/run", "https://workflows-omics.us-east-1.amazonaws.com", environ_base=served)
    omics.faults.add("ListRuns", ConnectionFailure("read_timeout"))
    serve = omics_backends["123456789012"]["us-east-1"].flask_paths["/<path:route>"]
    with pytest.raises(ConnectionResetError):
        serve(asked, asked.url, asked.headers)


@pytest.mark.parametrize("raised", sorted({error for _, error in CONNECTION_ERRORS}, key=str))
def test_a_connection_failure_can_be_named_as_botocore_does(omics: OmicsMock, raised: type[Exception]) -> None:
    client = omics.client(config=ONCE)
    omics.faults.add("ListRuns", raised)
    omics.faults.add("ListRuns", raised.__name__)
    for _ in range(2):
        with pytest.raises(raised):
            client.list_runs()


@pytest.mark.parametrize(("kind", "raised"), CONNECTION_ERRORS)
@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_lost_connections_are_tried_again(omics: OmicsMock, mode: Any, kind: str, raised: type[Exception]) -> None:
    client = omics.client(config=Config(retries={"mode": mode, "total_max_attempts": 3}))
    omics.faults.add("ListRuns", ConnectionFailure(kind), times=2)
    assert client.list_runs()["ResponseMetadata"]["RetryAttempts"] == 2
    omics.faults.add("ListRuns", ConnectionFailure(kind), times=3)
    with pytest.raises(raised):
        client.list_runs()


# ---- retries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["ThrottlingException", "InternalServerException"])
@pytest.mark.parametrize(("mode", "attempts"), [("legacy", 5), ("standard", 3), ("adaptive", 3)])
def test_each_retry_mode_tries_as_often_as_it_does_by_default(omics: OmicsMock, mode: Any, attempts: int, error: str) -> None:
    client = omics.client(config=Config(retries={"mode": mode}))
    omics.faults.add("ListRuns", error, times=attempts - 1)
    began = omics.clock.now()
    assert client.list_runs()["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert omics.clock.now() > began
    omics.faults.add("ListRuns", error, times=attempts)
    with pytest.raises(ClientError, match=rf"reached max retries: {attempts - 1}") as raised:
        client.list_runs()
    assert raised.value.response["Error"]["Code"] == error
    calls = omics.calls.of("ListRuns")
    assert len(calls) == 2 * attempts
    assert [call.at for call in calls] == sorted(call.at for call in calls)


def test_the_adaptive_mode_slows_a_throttled_client_down_on_the_mock_s_clock(omics: OmicsMock) -> None:
    client = omics.client(config=Config(retries={"mode": "adaptive", "total_max_attempts": 2}))
    omics.faults.add("ListRuns", "ThrottlingException")
    client.list_runs()
    began = omics.clock.now()
    for _ in range(5):
        client.list_runs()
    assert omics.clock.now() - began > timedelta(seconds=1)
