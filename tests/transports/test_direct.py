"""The direct transport comes to the same as moto's interceptor, or steps aside."""

import inspect
import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import botocore.endpoint
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.handlers import disable_signing
from botocore.history import get_global_history_recorder
from botocore.stub import Stubber
from moto.core import set_initial_no_auth_action_count
from moto.moto_api import recorder

from omics_mock import mock_omics
from omics_mock.engine import Engine, Request, Response
from omics_mock.mock import OmicsMock
from omics_mock.transports.direct import SKIPPED
from tests.support.workflows import active_workflow, client, start_run

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_omics import OmicsClient


HANDLED = [event for event in SKIPPED if event != "before-parse" or "before-parse" in inspect.getsource(botocore.endpoint)]
"""Older versions of botocore have no before-parse."""


@pytest.fixture
def over_http(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that come over HTTP."""
    paths: list[str] = []
    handle: Callable[..., Response] = Engine.handle

    def note(engine: Engine, request: Request, state: Any) -> Response:
        paths.append(request.path)
        return handle(engine, request, state)

    monkeypatch.setattr(Engine, "handle", note)
    return paths


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(direct=True) as omics:
        yield omics


# ---- who is served ---------------------------------------------------------------------------------------------------


def test_it_serves_boto3_if_it_is_asked_to(over_http: list[str]) -> None:
    with mock_omics(direct=True):
        made = client().create_run_group(name="mine")
    assert over_http == []
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201


def test_it_can_be_switched_off(over_http: list[str]) -> None:
    with mock_omics(direct=False):
        client().list_runs()
    assert over_http == ["/run"]


def test_an_inner_mock_has_its_own_say(over_http: list[str]) -> None:
    with mock_omics(direct=True), mock_omics(direct=False):
        client().list_runs()
    assert over_http == ["/run"]


def test_image_builder_is_served_as_well(mocked: OmicsMock, over_http: list[str]) -> None:
    assert boto3.client("imagebuilder", region_name="us-east-1").list_workflows(owner="Self")["workflowVersionList"] == []
    assert over_http == []


def test_other_services_are_not_its_business(mocked: OmicsMock) -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="results")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["results"]


def test_both_ways_lead_to_one_state(over_http: list[str]) -> None:
    with mock_omics(direct=True):
        made = client().create_run_group(name="mine")
        with mock_omics(direct=False):
            assert client().get_run_group(id=made["id"])["name"] == "mine"
    assert len(over_http) == 1


def test_a_file_is_uploaded_from_where_it_stands(mocked: OmicsMock, over_http: list[str]) -> None:
    omics = client()
    store = omics.create_sequence_store(name="reads")["id"]
    upload = omics.create_multipart_read_set_upload(
        sequenceStoreId=store, sourceFileType="FASTQ", subjectId="s", sampleId="s", name="n"
    )["uploadId"]
    file = io.BytesIO(b"not this@read\nA\n+\nI\n")
    file.seek(len(b"not this"))
    omics.upload_read_set_part(sequenceStoreId=store, uploadId=upload, partSource="SOURCE1", partNumber=1, payload=file)
    parts = omics.list_read_set_upload_parts(sequenceStoreId=store, uploadId=upload, partSource="SOURCE1")["parts"]
    assert [part["partSize"] for part in parts] == [len(b"@read\nA\n+\nI\n")]
    assert over_http == []


# ---- answers ---------------------------------------------------------------------------------------------------------


def test_answers_are_copies(mocked: OmicsMock, over_http: list[str]) -> None:
    omics = client()
    workflow = active_workflow(omics, tags={"a": "b"}, parameterTemplate={"first": {"optional": True}})
    run = start_run(omics, workflowId=workflow, parameters={"first": ["x", {"deep": []}]})
    for ask in (lambda: omics.get_workflow(id=workflow), lambda: omics.get_run(id=run)):
        answer: Any = ask()
        for member in ("tags", "parameterTemplate", "parameters", "statusMessage"):
            if isinstance(answer.get(member), dict):
                answer[member].clear()
    assert omics.get_workflow(id=workflow)["tags"] == {"a": "b"}
    assert omics.get_workflow(id=workflow)["parameterTemplate"] == {"first": {"optional": True}}
    changed: Any = omics.get_run(id=run)
    changed["parameters"]["first"][1]["deep"].append("changed")
    assert omics.get_run(id=run)["parameters"] == {"first": ["x", {"deep": []}]}
    assert all(call.response["parameters"] == {"first": ["x", {"deep": []}]} for call in mocked.calls.of("GetRun") if call.response)
    assert over_http == []


def test_handlers_of_the_call_itself_are_asked(mocked: OmicsMock, over_http: list[str]) -> None:
    omics = client()
    seen: list[Any] = []
    omics.meta.events.register("before-call.omics", lambda params, **_: seen.append(params["url_path"]))
    omics.meta.events.register("after-call.omics", lambda http_response, **_: seen.append(http_response))
    omics.list_runs()
    path, http = seen
    assert (path, http.status_code, http.headers["content-type"]) == ("/run", 200, "application/json")
    assert (http.content, http.text) == (b'{"items":[]}', '{"items":[]}')
    assert over_http == []


def test_a_stubber_answers_first(mocked: OmicsMock) -> None:
    omics = client()
    with Stubber(omics) as stubber:
        stubber.add_response("list_runs", {"items": [{"name": "stubbed"}]})
        assert [run["name"] for run in omics.list_runs()["items"]] == ["stubbed"]


def test_a_refusal_runs_once_and_looks_as_it_does_over_http(mocked: OmicsMock) -> None:
    omics = client()
    with pytest.raises(omics.exceptions.ResourceNotFoundException) as refused:
        omics.get_run(id="1234567")
    assert refused.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-errortype"] == "ResourceNotFoundException"
    assert len(mocked.calls.of("GetRun")) == 1


def test_the_account_of_a_client_counts(mocked: OmicsMock, over_http: list[str]) -> None:
    friend: Any = mocked.client(account="222222222222")
    assert friend.create_run_group(name="theirs")["arn"].split(":")[4] == "222222222222"
    assert client().list_run_groups()["items"] == []
    assert over_http == []


def test_what_goes_wrong_on_our_side_is_told_to_the_handlers(mocked: OmicsMock) -> None:
    omics = client("ap-east-1")
    seen: list[Exception] = []
    omics.meta.events.register("after-call-error.omics", lambda exception, **_: seen.append(exception))
    with pytest.raises(LookupError, match="not available in region 'ap-east-1'") as error:
        omics.list_runs()
    assert seen == [error.value]


# ---- stepping aside --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", HANDLED)
def test_it_steps_aside_for_a_handler_of_the_client(mocked: OmicsMock, over_http: list[str], event: str) -> None:
    omics = client()
    omics.list_runs()
    heard: list[str] = []
    omics.meta.events.register(f"{event}.omics", lambda **event: heard.append(event["event_name"]))
    omics.list_runs()
    assert heard == [f"{event}.omics.ListRuns"]
    assert over_http == ["/run"]


@pytest.mark.parametrize("event", HANDLED)
def test_it_steps_aside_for_a_handler_of_the_session(mocked: OmicsMock, over_http: list[str], event: str) -> None:
    session = botocore.session.get_session()
    heard: list[str] = []
    session.register(event, lambda **event: heard.append(event["event_name"]))
    session.create_client("omics", region_name="us-east-1").list_runs()  # type: ignore[attr-defined]  # botocore's sessions make clients of no type
    assert heard == [f"{event}.omics.ListRuns"]
    assert over_http == ["/run"]


def test_it_is_back_when_the_handler_is_gone(mocked: OmicsMock, over_http: list[str]) -> None:
    omics = client()

    def handler(**_: object) -> None: ...

    omics.meta.events.register("before-send.omics.ListRuns", handler)
    omics.get_paginator("list_run_groups").paginate().build_full_result()
    omics.meta.events.unregister("before-send.omics.ListRuns", handler)
    omics.list_runs()
    assert over_http == []


def unsigned() -> "OmicsClient":
    return client(config=Config(signature_version=UNSIGNED))


def signing_disabled() -> "OmicsClient":
    omics = client()
    omics.meta.events.register("choose-signer.omics.*", disable_signing)
    return omics


def without_credentials() -> "OmicsClient":
    omics: Any = client()
    omics._request_signer._credentials = None
    made: OmicsClient = omics
    return made


def reading_in_its_own_way() -> "OmicsClient":
    session = botocore.session.get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=str)
    omics: OmicsClient = session.create_client("omics", region_name="us-east-1")  # type: ignore[assignment]  # as above
    return omics


@pytest.mark.parametrize("make", [unsigned, signing_disabled, without_credentials, reading_in_its_own_way])
def test_it_steps_aside_for_clients_that_sign_or_read_otherwise(
    mocked: OmicsMock, over_http: list[str], make: Callable[[], "OmicsClient"]
) -> None:
    omics = make()
    assert omics.create_run_group(name="mine")["id"]
    assert omics.list_run_groups()["items"][0]["name"] == "mine"
    assert over_http == ["/runGroup", "/runGroup"]


def test_it_steps_aside_when_moto_records(mocked: OmicsMock, over_http: list[str], tmp_path: "Path", monkeypatch: Any) -> None:
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    recorder.start_recording()
    try:
        client().list_runs()
    finally:
        recorder.stop_recording()
    assert over_http == ["/run"]
    assert (tmp_path / "recording").exists()


def test_it_steps_aside_when_botocore_records(mocked: OmicsMock, over_http: list[str]) -> None:
    history: Any = get_global_history_recorder()
    history.enable()
    try:
        client().list_runs()
    finally:
        history.disable()
    assert over_http == ["/run"]


@set_initial_no_auth_action_count(0)
def test_it_steps_aside_for_iam(mocked: OmicsMock, over_http: list[str]) -> None:
    with pytest.raises(ClientError, match="security token"):
        client(aws_access_key_id="AKIAUNKNOWN", aws_secret_access_key="x").list_runs()
    assert over_http == ["/run"]


def test_it_steps_aside_for_a_fault(mocked: OmicsMock, over_http: list[str]) -> None:
    mocked.faults.add("ListRuns", "ThrottlingException")
    assert client().list_runs()["ResponseMetadata"]["RetryAttempts"] == 1
    assert over_http == ["/run", "/run"]
    client().list_runs()
    assert len(over_http) == 2


def test_it_steps_aside_for_a_fault_of_a_mock_around() -> None:
    with mock_omics() as outer, mock_omics(direct=True):
        outer.faults.add("ListRuns", "ThrottlingException")
        assert client().list_runs()["ResponseMetadata"]["RetryAttempts"] == 1


def test_what_is_passed_through_goes_to_the_network() -> None:
    config = {"core": {"mock_credentials": True, "passthrough": {"services": ["omics"]}}}
    with mock_omics(direct=True, config=config), pytest.raises(HTTPClientError, match="reached the network"):
        client(config=Config(retries={"max_attempts": 0})).list_runs()


def test_what_is_not_whitelisted_is_refused() -> None:
    from moto.core.exceptions import ServiceNotWhitelisted

    with mock_omics(direct=True, config={"core": {"service_whitelist": ["s3"]}}), pytest.raises(ServiceNotWhitelisted):
        client().list_runs()


def test_a_custom_endpoint_is_not_mocked(mocked: OmicsMock) -> None:
    omics = client(endpoint_url="http://localhost:1", config=Config(retries={"max_attempts": 0}, inject_host_prefix=False))
    with pytest.raises(HTTPClientError, match="reached the network"):
        omics.list_runs()


def test_it_steps_aside_for_what_does_not_arrive_as_it_is_sent(mocked: OmicsMock, over_http: list[str]) -> None:
    omics = client()

    def add_header(params: dict[str, Any], **_: object) -> None:
        params["headers"]["X-Note"] = " padded "

    omics.meta.events.register("before-call.omics", add_header)
    omics.list_runs()
    assert over_http == ["/run"]


def test_it_steps_aside_for_a_payload_that_can_be_read_only_once(mocked: OmicsMock, over_http: list[str]) -> None:
    class Once:
        def __init__(self, content: bytes) -> None:
            self._portions = [content]

        def __iter__(self) -> Iterator[bytes]:
            return iter(self._portions)

        def read(self, size: int = -1) -> bytes:
            return self._portions.pop() if self._portions else b""

    assert over_http == []
    omics: Any = client()
    store = omics.create_sequence_store(name="store")["id"]
    upload = omics.create_multipart_read_set_upload(
        sequenceStoreId=store, sourceFileType="FASTQ", subjectId="s", sampleId="s", name="n"
    )["uploadId"]
    assert over_http == []
    omics.upload_read_set_part(
        sequenceStoreId=store, uploadId=upload, partSource="SOURCE1", partNumber=1, payload=Once(b"@r\nA\n+\nI\n")
    )
    assert len(over_http) == 1
    (part,) = omics.list_read_set_upload_parts(sequenceStoreId=store, uploadId=upload, partSource="SOURCE1")["parts"]
    assert part["partSize"] == 9


def test_a_handler_of_the_answer_finds_nothing_left_to_read(mocked: OmicsMock, over_http: list[str]) -> None:
    left: list[bytes] = []
    omics = client()
    omics.meta.events.register("after-call.omics", lambda http_response, **_: left.append(http_response.raw.read()))
    omics.list_runs()
    assert (left, over_http) == ([b""], [])


def test_all_is_as_it_was_afterwards() -> None:
    before: Any = BaseClient._make_request  # type: ignore[attr-defined]  # the stubs leave out what is private
    with mock_omics(direct=True):
        assert before is not BaseClient._make_request  # type: ignore[attr-defined]  # as above
    assert before is BaseClient._make_request  # type: ignore[attr-defined]  # as above
