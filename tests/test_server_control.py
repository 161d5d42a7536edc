"""The control paths, by hand and through OmicsControl."""

import inspect
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock import (
    ConnectionFailure,
    CorruptedBody,
    Latency,
    MalformedJson,
    OmicsMock,
    ThrottlingException,
    TruncatedBody,
    UnusedFault,
    ValidationException,
)
from omics_mock.calls import Call
from omics_mock.faults import Error, Faults
from omics_mock.server import OmicsControl, OmicsServer, wire
from omics_mock.server.client import RemoteFaults
from tests.support.faults import outcome
from tests.support.servers import ask, control
from tests.support.workflows import archive, start_run

TYPED = {"Content_Type": "application/json"}


@pytest.fixture(scope="module")
def running() -> Iterator[OmicsServer]:
    with OmicsServer(now="2026-01-01T00:00:00Z") as server:
        yield server


@pytest.fixture
def server(running: OmicsServer) -> Iterator[OmicsServer]:
    yield running
    running.omics.reset()


@pytest.fixture
def remote(server: OmicsServer) -> OmicsControl:
    return OmicsControl(server.url)


@pytest.fixture
def omics(server: OmicsServer) -> Any:
    return boto3.client("omics", **server.client_kwargs())


def test_a_control_says_where_it_steers() -> None:
    assert repr(OmicsControl("http://localhost:4500/")) == "OmicsControl('http://localhost:4500')"


def test_health_says_version_and_time(remote: OmicsControl, server: OmicsServer) -> None:
    assert remote.health().keys() == {"status", "version", "now"}
    assert remote.clock.now() == server.omics.clock.now()


def test_reset_forgets_everything(remote: OmicsControl, omics: Any) -> None:
    omics.create_run_group(name="group")
    boto3.client("s3", **client_kwargs(remote)).create_bucket(Bucket="bucket")
    remote.faults.add("GetRun", "ThrottlingException")
    remote.clock.advance(100)
    remote.reset()
    assert omics.list_run_groups()["items"] == []
    assert boto3.client("s3", **client_kwargs(remote)).list_buckets()["Buckets"] == []
    assert [call.operation for call in remote.calls] == ["ListRunGroups"]
    assert remote.clock.now().isoformat() == "2026-01-01T00:00:00+00:00"
    remote.faults.check()


def client_kwargs(remote: OmicsControl) -> Any:
    return {"endpoint_url": remote.url, "region_name": "us-east-1"}


def test_the_clock_is_advanced(remote: OmicsControl) -> None:
    before = remote.clock.now()
    remote.clock.advance(90.5)
    remote.clock.advance(timedelta(hours=1))
    assert remote.clock.now() - before == timedelta(hours=1, seconds=90.5)
    with pytest.raises(ValueError, match="-1"):
        remote.clock.advance(-1)


def test_resources_are_moved_by_hand(remote: OmicsControl, omics: Any) -> None:
    remote.lifecycle("run", "frozen")
    run = start_run(omics)
    remote.advance(run, to="RUNNING")
    assert omics.get_run(id=run)["status"] == "RUNNING"
    remote.finish_all()
    assert omics.get_run(id=run)["status"] == "COMPLETED"
    with pytest.raises(LookupError, match="no resource has the id or ARN '99'"):
        remote.advance("99", to="RUNNING")
    with pytest.raises(ValueError, match="unknown kind"):
        remote.lifecycle("cloud", "frozen")
    remote.lifecycle("workflow", 3600)
    workflow = omics.create_workflow(name="w", definitionZip=archive())["id"]
    omics.get_workflow(id=workflow)
    assert omics.get_workflow(id=workflow)["status"] == "CREATING"


# ---- calls -----------------------------------------------------------------------------------------------------------


def test_calls_are_listed_with_bytes_as_digests(remote: OmicsControl, omics: Any) -> None:
    omics.create_workflow(name="w", definitionZip=archive())
    outcome(omics, "get_run", id="7654321")
    created, failed = remote.calls
    assert created.service == "omics"
    assert created.account == "123456789012"
    assert created.region == "us-east-1"
    assert created.at == remote.clock.now()
    digest: Any = created.params["definitionZip"]
    assert digest["length"] == len(archive())
    assert len(digest["sha256"]) == 64
    assert created.response is not None
    assert created.response["status"] == "CREATING"
    assert failed.response is None
    assert getattr(failed.error, "code", "") == "ResourceNotFoundException"
    assert "7654321" in str(failed.error)
    assert len(remote.calls.of("GetRun")) == 1
    remote.calls.clear()
    assert list(remote.calls) == []
    omics.list_runs()
    assert remote.calls.only.operation == "ListRuns"


def test_what_json_has_no_word_for_is_told_as_text() -> None:
    params = {"fault": Latency(2.5), "path": Path("a/b"), "several": {"a"}}
    call = Call("GetRun", params, None, None, "123456789012", "us-east-1", datetime(2026, 1, 1, tzinfo=UTC))
    assert wire.call_to_json(call)["params"] == {"fault": {"seconds": 2.5}, "path": "a/b", "several": ["a"]}


def test_calls_of_one_operation_are_asked_for(server: OmicsServer, omics: Any) -> None:
    omics.list_runs()
    omics.list_run_groups()
    status, body = control(server, "GET", "calls?operation=ListRuns")
    assert (status, [call["operation"] for call in body["calls"]]) == (200, ["ListRuns"])
    assert control(server, "GET", "calls?colour=red")[0] == 400


# ---- faults ----------------------------------------------------------------------------------------------------------


def test_faults_happen_and_unused_ones_are_told(remote: OmicsControl, omics: Any) -> None:
    remote.faults.add("ListRuns", "ThrottlingException", times=6, message="slow down")
    remote.faults.add("GetRun", ThrottlingException, after=1)
    remote.faults.add("ListRunGroups", ValidationException("no"), optional=True)
    with pytest.raises(ClientError, match="slow down"):
        omics.list_runs()
    with pytest.raises(UnusedFault, match="2 faults not used up") as unused:
        remote.faults.check()
    assert "ListRunGroups" not in str(unused.value)
    with pytest.raises(ClientError, match="no"):
        omics.list_run_groups()
    remote.faults.clear()
    remote.faults.check()


@pytest.mark.parametrize(
    "error",
    [Latency(2.5), ConnectionFailure("timeout"), TruncatedBody(), TruncatedBody(7), CorruptedBody(3), MalformedJson(b"<html>")],
    ids=repr,
)
def test_every_kind_of_fault_arrives(error: Error, server: OmicsServer, remote: OmicsControl) -> None:
    remote.faults.add("GetReadSet" if isinstance(error, CorruptedBody) else "GetRun", error, optional=True)
    (fault,) = server.omics.faults
    assert repr(fault.effect) == repr(error)


def test_a_class_of_fault_stands_for_its_plainest_one() -> None:
    assert wire.error_to_json(ConnectionFailure) == {"connection": "reset"}
    assert wire.error_to_json(ThrottlingException) == "ThrottlingException"


def test_what_is_no_fault_is_refused_before_it_is_sent(server: OmicsServer, remote: OmicsControl) -> None:
    no_fault: Any = 500
    with pytest.raises(TypeError, match="500 is no exception, latency, connection failure or broken body"):
        remote.faults.add("GetRun", no_fault)
    assert list(server.omics.faults) == []


def test_wrong_faults_are_refused_and_add_nothing(server: OmicsServer, remote: OmicsControl) -> None:
    with pytest.raises(ValueError, match="did you mean GetRun"):
        remote.faults.add("GetRunn", "ThrottlingException")
    for body, complaint in {
        '{"operation": "GetRun"}': "a fault lacks error",
        '{"operation": "GetRun", "error": {"latency": "long"}}': "error of a fault is",
        '{"operation": "GetRun", "error": {"latency": 1, "connection": "reset"}}': "error of a fault is",
        '{"operation": "GetRun", "error": {"latency": -1}}': "number of seconds",
        '{"operation": "GetRun", "error": "ThrottlingException", "times": true}': "times of a fault is a whole number or null",
        '{"operation": "GetRun", "error": "ThrottlingException", "when": "always"}': "a fault has unknown when",
        '{"operation": "GetRun", "error": "ThrottlingException", "times": 0}': "times is at least 1",
    }.items():
        status, answered = control(server, "POST", "faults", body.encode(), **TYPED)
        assert status == 400, body
        assert complaint in answered["message"]
    assert list(server.omics.faults) == []


# ---- plans -----------------------------------------------------------------------------------------------------------


def test_runs_are_scripted(remote: OmicsControl, omics: Any, tmp_path: Path) -> None:
    s3 = boto3.client("s3", **client_kwargs(remote))
    s3.create_bucket(Bucket="results")
    report = tmp_path / "report.txt"
    report.write_text("from a file")
    remote.plan_run(
        name="scripted",
        tasks=[{"name": "align", "cpus": 8, "log": ["aligning"]}, "call"],
        outputs={
            "calls.bin": b"\x00\xff",
            "text.txt": "text",
            "report.txt": report,
            "json": {"base64": 1, "b": 2},
        },
        retries={"align": 1},
    )
    remote.plan_run(name="lost", fail={"reason": "OUT_OF_MEMORY_ERROR", "task": "first"})
    run, lost = (start_run(omics, name=name, outputUri="s3://results/out") for name in ("scripted", "lost"))
    remote.finish_all()
    assert [task["name"] for task in omics.list_run_tasks(id=run)["items"] if task["status"] == "COMPLETED"] == ["align", "call"]
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket="results", Prefix=f"out/{run}/")["Contents"]]
    found = {key.rpartition("/")[2]: s3.get_object(Bucket="results", Key=key)["Body"].read() for key in keys}
    assert found["calls.bin"] == b"\x00\xff"
    assert found["text.txt"] == b"text"
    assert found["report.txt"] == b"from a file"
    assert omics.get_run(id=lost)["failureReason"] == "RUN_TASK_FAILED"


@pytest.mark.parametrize("hits", [True, ["align"], ("align",), {"align"}], ids=str)
def test_tasks_found_in_the_cache_are_named_in_any_way(hits: Any) -> None:
    body = json.loads(json.dumps(wire.plan_to_json({"cache_hits": hits})))
    assert body == {"cache_hits": True if hits is True else ["align"]}


def test_wrong_plans_are_refused(server: OmicsServer, remote: OmicsControl) -> None:
    with pytest.raises(ValueError, match="retries: a whole number from 0"):
        remote.plan_run(retries=-1)
    for body, complaint in {
        "[]": "a plan is a JSON object",
        '{"effect": "rm -rf"}': "a plan has unknown effect",
        '{"tasks": [7]}': "a task is a JSON object",
        '{"tasks": {"a": {"colour": "red"}}}': "a task has unknown colour",
        '{"tasks": [{"name": "a", "log": [1]}]}': "log of a task is a list of texts",
        '{"tasks": [{"name": "a", "cpus": "many"}]}': "cpus of a task is a whole number",
        '{"outputs": {"a": {"base64": "?"}}}': "no base64",
        '{"outputs": {"a": {"base64": 1}}}': "no base64",
        '{"fail": "NO_REASON"}': "NO_REASON",
        '{"name": ' + "[" * 100_000: "recursion",
    }.items():
        status, answered = control(server, "POST", "plan-run", body.encode(), **TYPED)
        assert status == 400, body[:80]
        assert complaint in answered["message"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@settings(max_examples=30)
@given(outputs=st.dictionaries(st.text(), st.binary() | json_values | st.lists(st.binary(), max_size=3), max_size=4))
def test_outputs_arrive_as_they_were_given(outputs: Mapping[str, Any]) -> None:
    sent = json.loads(json.dumps(wire.plan_to_json({"outputs": outputs})))
    assert wire.plan(sent)["outputs"] == outputs


# ---- who is let in, and how ------------------------------------------------------------------------------------------


def test_web_pages_can_not_steer_the_mock(server: OmicsServer) -> None:
    for method, name in (("POST", "reset"), ("GET", "calls"), ("GET", "nothing")):
        status, body = control(server, method, name, Origin="http://evil.example")
        assert (status, body) == (403, {"message": "web pages can not steer the mock"})


@pytest.mark.parametrize(
    ("method", "name", "status"),
    [
        ("GET", "nothing", 404),
        ("GET", "", 404),
        ("GET", "../etc/passwd", 404),
        ("GET", "reset", 405),
        ("PUT", "calls", 405),
        ("POST", "reset", 200),
    ],
)
def test_paths_and_methods_are_what_they_are(server: OmicsServer, method: str, name: str, status: int) -> None:
    assert control(server, method, name)[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 400),
        (b'{"seconds": 1, "id": "1"}', 400),
        (b'{"id": "1"}', 400),
        (b'{"seconds": "1"}', 400),
        (b'{"seconds": NaN}', 400),
        (b'{"seconds": true}', 400),
        (b'{"id": "1", "to": "RUNNING"}', 404),
        (b"\xff", 400),
        (b'{"seconds": 1}', 200),
    ],
)
def test_bodies_are_checked(server: OmicsServer, body: bytes, status: int) -> None:
    before = server.omics.clock.now()
    assert control(server, "POST", "advance", body, **TYPED)[0] == status
    assert (server.omics.clock.now() > before) == (status == 200)


def test_a_body_is_json_and_says_so(server: OmicsServer) -> None:
    status, _, _ = ask(server.url, "POST", "/omics-mock/advance", b'{"seconds": 1}', {"Content-Type": "text/plain"})
    assert status == 415


def test_nothing_listens_any_more() -> None:
    with OmicsServer() as server:
        url = server.url
    with pytest.raises(OSError, match="refused"):
        OmicsControl(url).health()


# ---- the same verbs --------------------------------------------------------------------------------------------------


def test_what_can_be_steered_from_afar_is_spelt_as_at_home() -> None:
    for afar, home in ((OmicsControl, OmicsMock), (RemoteFaults, Faults)):
        for name in ("advance", "finish_all", "lifecycle", "plan_run", "reset", "add", "clear", "check"):
            if hasattr(afar, name):
                there = set(inspect.signature(getattr(home, name)).parameters)
                here = set(inspect.signature(getattr(afar, name)).parameters)
                assert there - here <= {"when", "effect"}
                assert here <= there
