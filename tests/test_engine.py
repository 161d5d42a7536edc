"""One request in, one response out: raw requests and the call log."""

import json

import pytest
import requests

from omics_mock import OmicsMock, mock_omics
from omics_mock.calls import Blob
from omics_mock.engine import NotServedYet, UndeclaredError
from omics_mock.exceptions import RangeNotSatisfiableException
from tests.support.workflows import archive, client

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


@mock_omics
def test_an_operation_not_served_yet_says_its_name() -> None:
    with pytest.raises(NotServedYet, match="CreateVariantStore"):
        client().create_variant_store(reference={"referenceArn": "arn:aws:omics:us-east-1:123456789012:x"})


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
