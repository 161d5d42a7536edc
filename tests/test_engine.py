"""One request in, one response out: raw requests and the call log."""

import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.dialect import omics_engine
from omics_mock.backends.run_groups import RunGroups
from omics_mock.calls import Blob
from omics_mock.engine import NotServedYet, UndeclaredError
from omics_mock.exceptions import RangeNotSatisfiableException, ValidationException
from omics_mock.transports.moto import omics_backends
from tests.support.storage import reference_store, sequence_store, source, start_import
from tests.support.workflows import ROLE, archive, client

HOST = "https://workflows-omics.us-east-1.amazonaws.com"


@mock_omics
def test_an_answer_carries_a_request_id_and_json() -> None:
    answer = requests.post(f"{HOST}/workflow", json={"requestId": "a", "definitionUri": "s3://bucket/key"}, timeout=5)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert len(answer.headers["x-amzn-RequestId"]) == 36
    assert answer.json()["status"] == "CREATING"


@mock_omics
def test_a_refusal_carries_type_and_message() -> None:
    answer = requests.get(f"{HOST}/workflow/1234567", timeout=5)
    assert answer.status_code == 404
    assert answer.headers["x-amzn-ErrorType"] == "ResourceNotFoundException"
    assert answer.json() == {"message": "Workflow 1234567 not found"}


def test_a_call_for_nothing_in_particular_is_refused_and_recorded(omics_mock: OmicsMock) -> None:
    answer = requests.get(f"{HOST}/workflow/", timeout=5)
    assert answer.status_code == 400
    assert "'id' failed to satisfy constraint: Member must have length greater than or equal to 1" in answer.json()["message"]
    assert omics_mock.calls.only.operation == "GetWorkflow"
    assert isinstance(omics_mock.calls.only.error, ValidationException)


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b"{", ""),
        (b"[]", ""),
        (b'"text"', ""),
        (b'{"name": "\xff"}', ""),
        (b"\xff\xfe", ""),
        (b'{"requestId": "a", "name": 5}', "name"),
        (b'{"requestId": "a", "storageCapacity": "5"}', "storageCapacity"),
        (b'{"requestId": "a", "storageCapacity": 1.5}', "storageCapacity"),
        (b'{"requestId": "a", "storageCapacity": true}', "storageCapacity"),
        (b'{"requestId": "a", "storageCapacity": NaN}', ""),
        (b'{"requestId": "a", "tags": []}', "tags"),
        (b'{"requestId": "a", "tags": {"k": 1}}', "tags"),
        (b'{"requestId": "a", "definitionZip": "not base64!"}', "definitionZip"),
        (b'{"requestId": "a", "parameterTemplate": {"p": {"optional": "yes"}}}', "optional"),
        (b'{"a":' * 100_000, ""),
        (b"", "requestId"),
    ],
)
@mock_omics
def test_a_body_that_is_not_what_the_model_says_is_a_clean_400_and_stores_nothing(body: bytes, named: str) -> None:
    answer = requests.post(f"{HOST}/workflow", data=body, timeout=5)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert named in answer.json()["message"]
    assert requests.get(f"{HOST}/workflow", timeout=5).json() == {"items": []}


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/workflow?maxResults=ten", "maxResults"),
        ("/workflow?maxResults=1.0", "maxResults"),
        ("/workflow?maxResults=0", "maxResults"),
        ("/workflow?maxResults=101", "maxResults"),
        ("/workflow?type=SHARED", "type"),
        ("/workflow?startingToken=garbage", "startingToken"),
        ("/workflow/", "id"),
        ("/workflow/abc", "id"),
        ("/workflow/1234567?export=ALL", "export"),
        ("/run//task", "id"),
    ],
)
@mock_omics
def test_a_bad_path_or_query_is_refused_by_name(path: str, named: str) -> None:
    answer = requests.get(HOST + path, timeout=5)
    assert (answer.status_code, answer.headers["x-amzn-ErrorType"]) == (400, "ValidationException")
    assert named in answer.json()["message"]


@pytest.mark.parametrize("direct", [True, False])
def test_a_text_that_is_no_unicode_is_refused_readably(direct: bool) -> None:
    with mock_omics(direct=direct) as mocked, pytest.raises(ClientError, match="Value '\ud83e' at 'name' failed") as refused:
        mocked.client("omics").create_run_group(name="\ud83e")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@mock_omics
def test_an_operation_not_served_yet_says_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(RunGroups, "list_run_groups")
    with pytest.raises(NotServedYet, match="ListRunGroups"):
        client().list_run_groups()


def test_every_call_is_recorded_failed_ones_too_but_never_bytes() -> None:
    content = archive()
    with mock_omics(now="2026-01-01") as mocked:
        omics = client(region="eu-west-1")
        made = omics.create_workflow(definitionZip=content)
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            omics.get_run(id="1234567")
    first, second = mocked.calls
    assert (first.operation, first.region, first.account, first.error) == ("CreateWorkflow", "eu-west-1", "123456789012", None)
    blob = first.params["definitionZip"]
    assert isinstance(blob, Blob)
    assert blob.length == len(content)
    assert first.response is not None
    assert first.response["id"] == made["id"]
    assert mocked.calls.of("GetRun") == [second]
    assert (second.response, str(second.error)) == (None, "Run 1234567 not found")
    assert second.at == mocked.clock.now() or second.at.year == 2026
    with pytest.raises(AssertionError, match="expected one call"):
        _ = mocked.calls.only
    mocked.calls.clear()
    assert len(mocked.calls) == 0


def test_bytes_sent_and_received_are_recorded_by_length_and_digest() -> None:
    content = b"@read\nACGT\n+\nIIII\n"
    with mock_omics(lifecycle="immediate", rules={"part_size": 12}) as mocked:
        omics = client()
        store = sequence_store(omics)
        upload: Any = {"sequenceStoreId": store}
        upload["uploadId"] = omics.create_multipart_read_set_upload(
            **upload, sourceFileType="FASTQ", subjectId="subject", sampleId="sample", name="up"
        )["uploadId"]
        for payload in (content, b""):
            with suppress(omics.exceptions.ValidationException):
                checksum = omics.upload_read_set_part(**upload, partSource="SOURCE1", partNumber=1, payload=payload)["checksum"]
        parts: Any = [{"partSource": "SOURCE1", "partNumber": 1, "checksum": checksum}]
        read_set: Any = {"sequenceStoreId": store}
        read_set["id"] = omics.complete_multipart_read_set_upload(**upload, parts=parts)["readSetId"]
        for number in (1, 2):
            omics.get_read_set(**read_set, partNumber=number)["payload"].read()
        omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set["id"]])
    sent = [call.params["payload"] for call in mocked.calls.of("UploadReadSetPart")]
    received = [call.response["payload"] for call in mocked.calls.of("GetReadSet") if call.response is not None]
    for blob, expected in zip([*sent, *received], [content, b"", content[:12], content[12:]], strict=True):
        assert isinstance(blob, Blob)
        assert (blob.length, blob.sha256) == (len(expected), hashlib.sha256(expected).hexdigest())
    assert mocked.calls.of("UploadReadSetPart")[1].error is not None
    assert sent[0] != received[0]


def test_a_mistake_of_a_backend_surfaces_as_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def undeclared(self: object, params: object) -> None:
        raise RangeNotSatisfiableException("not an error of GetRun")

    def broken(self: object, params: object) -> None:
        raise ZeroDivisionError

    with mock_omics():
        omics = client()
        monkeypatch.setattr("omics_mock.backends.runs.Runs.get_run", undeclared)
        with pytest.raises(UndeclaredError, match="GetRun does not declare RangeNotSatisfiableException"):
            omics.get_run(id="1234567")
        monkeypatch.setattr("omics_mock.backends.runs.Runs.get_run", broken)
        with pytest.raises(ZeroDivisionError):
            omics.get_run(id="1234567")


def test_a_refused_call_changes_no_state(mocked_twice: list[str]) -> None:
    assert mocked_twice[0] == mocked_twice[1]


@pytest.fixture
def mocked_twice() -> list[str]:
    """The state after a good call, without and with refused ones before it."""

    def made(refused: int) -> str:
        with mock_omics(now="2026-01-01") as mocked:
            for _ in range(refused):
                answer = requests.post(f"{HOST}/workflow", json={"name": ""}, timeout=5)
                assert answer.status_code == 400
            mocked.client().create_workflow(definitionZip=archive())
            return json.dumps(mocked.client().list_workflows()["items"], default=str)

    return [made(0), made(3)]


def test_the_same_request_made_by_many_threads_makes_one_resource_each() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with mock_omics(), ThreadPoolExecutor(8) as pool:
        omics = OmicsMock.current().client()
        made = list(pool.map(lambda number: omics.create_workflow(definitionUri="s3://bucket/key")["id"], range(200)))
        pages = omics.get_paginator("list_workflows").paginate()
        assert sorted(made) == sorted(item["id"] for page in pages for item in page["items"])
        assert len(set(made)) == 200


# Requests that come again


@mock_omics
def test_a_client_token_brings_back_the_first_answer_unchanged() -> None:
    omics = client()
    store = reference_store(omics)

    def start() -> dict[str, object]:
        sources: Any = [{"sourceFile": "s3://bucket/one.fa", "name": "one"}]
        job = omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE, sources=sources, clientToken="once")
        return {name: value for name, value in job.items() if name != "ResponseMetadata"}

    first = start()
    OmicsMock.current().finish_all()
    OmicsMock.current().clock.advance(60)
    assert start() == first  # although the name is taken by now
    [job] = omics.list_reference_import_jobs(referenceStoreId=store)["importJobs"]
    assert (first["status"], job["status"]) == ("SUBMITTED", "COMPLETED")


@pytest.mark.operation("UpdateSequenceStore")
@mock_omics
def test_an_update_that_comes_again_undoes_nothing() -> None:
    omics = client()
    store = sequence_store(omics)
    first = omics.update_sequence_store(id=store, name="one", clientToken="once")
    omics.update_sequence_store(id=store, name="two")
    assert omics.update_sequence_store(id=store, name="one", clientToken="once")["updateTime"] == first["updateTime"]
    assert omics.get_sequence_store(id=store)["name"] == "two"


@mock_omics
def test_a_client_token_with_other_parameters_is_refused() -> None:
    omics = client()
    made = omics.create_sequence_store(name="one", clientToken="once")
    with pytest.raises(omics.exceptions.ValidationException, match="clientToken was already used with other parameters"):
        omics.create_sequence_store(name="two", clientToken="once")
    assert omics.create_sequence_store(name="one", clientToken="once")["id"] == made["id"]
    assert [store["id"] for store in omics.list_sequence_stores()["sequenceStores"]] == [made["id"]]


@mock_omics
def test_a_client_token_is_free_again_when_what_it_made_is_gone() -> None:
    omics = client()
    first = omics.create_reference_store(name="one", clientToken="once")["id"]
    assert omics.create_reference_store(name="one", clientToken="once")["id"] == first  # a second store would be refused
    omics.delete_reference_store(id=first)
    second = omics.create_reference_store(name="two", clientToken="once")["id"]
    assert second != first
    with pytest.raises(omics.exceptions.ValidationException):
        omics.create_reference_store(name="one", clientToken="once")


@mock_omics
def test_a_client_token_counts_within_its_operation_store_account_and_region() -> None:
    omics = client()
    token: Any = {"clientToken": "once"}
    first, second = sequence_store(omics, name="one", **token), sequence_store(omics, name="two")
    omics.create_reference_store(name="one", **token)
    jobs = {start_import(omics, store, source("r1.fq"), **token) for store in (first, second)}
    assert len(jobs) == 2
    assert start_import(omics, first, source("r1.fq"), **token) in jobs
    for other in (client(region="eu-west-1"), OmicsMock.current().client(account="210987654321")):
        assert sequence_store(other, name="another", **token) != first


@mock_omics
def test_a_refused_request_leaves_its_client_token_free() -> None:
    omics = client()
    with pytest.raises(omics.exceptions.ValidationException):
        omics.create_sequence_store(name="one", tags={"aws:mine": ""}, clientToken="once")
    omics.create_sequence_store(name="one", tags={"mine": ""}, clientToken="once")


@mock_omics
def test_what_is_arranged_is_checked_as_a_request_is() -> None:
    state = omics_backends["123456789012"]["us-east-1"].state
    with pytest.raises(ValidationException, match="at 'name' failed to satisfy constraint"):
        omics_engine().call("CreateRunGroup", {"name": ""}, state)
    assert client().list_run_groups()["items"] == []


@mock_omics
def test_the_log_shows_operations_and_equal_bytes_count_once() -> None:
    omics = client()
    for name in ("one", "two"):
        omics.create_workflow(name=name, definitionZip=archive())
    calls = OmicsMock.current().calls
    assert repr(calls) == "CallLog(['CreateWorkflow', 'CreateWorkflow'])"
    assert len({call.params["definitionZip"] for call in calls}) == 1
