"""Operations that a test serves itself, among them ones that are newer than this library."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore.exceptions import ClientError, ParamValidationError
from moto import mock_aws
from werkzeug import Request

from omics_mock import OmicsMock, mock_omics
from omics_mock.engine import NotServedYet
from omics_mock.exceptions import ConflictException, ThrottlingException
from omics_mock.transports.moto import imagebuilder_backends
from tests.support.workflows import client, unchecked_client

ROOT = Path(__file__).parents[1]


def test_a_known_operation_is_served_by_the_test() -> None:
    asked = []

    def get_run(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        return {"id": params["id"], "status": "RUNNING", "tags": {"made": "up"}}

    with mock_omics() as omics:
        omics.on("GetRun", get_run)
        answer = client().get_run(id="123", export=["DEFINITION"])
        assert (answer["id"], answer["status"], answer["tags"]) == ("123", "RUNNING", {"made": "up"})
        assert asked == [{"id": "123", "export": ["DEFINITION"]}]
        call = omics.calls.only
        assert (call.operation, call.params, call.response) == ("GetRun", asked[0], {**get_run(asked[0])})
        client().list_runs()


def test_the_function_sees_only_what_is_valid() -> None:
    def fail(params: dict[str, Any]) -> dict[str, Any]:
        raise AssertionError("it was asked")

    with mock_omics() as omics:
        omics.on("GetRun", fail)
        with pytest.raises(ClientError, match="failed to satisfy constraint"):
            unchecked_client().get_run(id="no digits")
        omics.faults.add("GetRun", "ThrottlingException", times=None)
        with pytest.raises(ClientError, match="ThrottlingException"):
            unchecked_client().get_run(id="123")


def test_the_function_may_refuse_as_the_service_does() -> None:
    def busy(params: dict[str, Any]) -> dict[str, Any]:
        raise ConflictException("The run is busy")

    with mock_omics() as omics:
        omics.on("CancelRun", busy)
        with pytest.raises(client().exceptions.ConflictException, match="The run is busy"):
            client().cancel_run(id="1")
        assert isinstance(omics.calls.only.error, ConflictException)


def test_a_function_may_answer_nothing_and_bytes() -> None:
    with mock_omics() as omics:
        omics.on("CancelRun", lambda params: None)
        assert client().cancel_run(id="1")["ResponseMetadata"]["HTTPStatusCode"] == 202
        omics.on("GetReference", lambda params: {"payload": b"ACGT"})
        assert client().get_reference(referenceStoreId="1234567890", id="1234567890", partNumber=1)["payload"].read() == b"ACGT"


def test_an_answer_the_operation_does_not_have_is_a_mistake() -> None:
    with mock_omics() as omics:
        omics.on("ListRuns", lambda params: {"runs": []})
        with pytest.raises(ValueError, match=r"ListRuns does not answer runs, .* it answers items, nextToken"):
            client().list_runs()


def test_the_functions_may_call_the_mock() -> None:
    def on_the_way(params: dict[str, Any]) -> None:
        client().create_run_group(name="made on the way")

    with mock_omics() as omics:
        omics.on("CancelRun", on_the_way)
        client().cancel_run(id="1")
        assert [group["name"] for group in client().list_run_groups()["items"]] == ["made on the way"]
        assert [call.operation for call in omics.calls] == ["CreateRunGroup", "CancelRun", "ListRunGroups"]


def test_what_an_inner_mock_serves_ends_with_it() -> None:
    def names(mark: str) -> Any:
        return lambda params: {"items": [{"name": mark}]}

    def shown() -> list[str]:
        return [run["name"] for run in client().list_runs()["items"]]

    with mock_omics() as outer:
        outer.on("ListRuns", names("outer"))
        with mock_omics() as inner:
            assert shown() == ["outer"]
            inner.on("ListRuns", names("inner"))
            assert shown() == ["inner"]
            inner.on("ListRuns", None)
            assert shown() == []
        assert shown() == ["outer"]
        outer.reset()
        assert shown() == []
        outer.on("ListRuns", None)


def test_plain_mock_aws_has_it_too() -> None:
    with mock_aws():
        OmicsMock.current().on("ListRuns", lambda params: {"items": [{"id": "7"}]})
        assert client().list_runs()["items"] == [{"id": "7"}]
    with mock_aws():
        assert client().list_runs()["items"] == []


def test_of_two_operations_with_one_name_healthomics_is_meant() -> None:
    with mock_omics() as omics:
        builder: Any = omics.client("imagebuilder")
        omics.on("ListWorkflows", lambda params: {"items": [{"name": "omics"}]})
        assert client().list_workflows()["items"][0]["name"] == "omics"
        assert builder.list_workflows()["workflowVersionList"] == []
        omics.on("imagebuilder:ListWorkflows", lambda params: {"workflowVersionList": [{"name": "builder"}]})
        assert builder.list_workflows()["workflowVersionList"][0]["name"] == "builder"


def test_what_image_builder_lacks_can_be_served() -> None:
    with mock_omics() as omics:
        builder: Any = omics.client("imagebuilder")
        with pytest.raises(NotServedYet, match=r'omics\.on\("ListComponents", fn\)'):
            builder.list_components()
        omics.on("ListComponents", lambda params: {"componentVersionList": [{"name": "mine"}]})
        assert builder.list_components()["componentVersionList"][0]["name"] == "mine"


@pytest.mark.parametrize(
    ("operation", "fn", "wrong", "message"),
    [
        ("PauseRun", print, ValueError, rf"unknown operation 'PauseRun'.* \(botocore {botocore.__version__} has no such"),
        ("get_run", print, ValueError, "did you mean GetRun"),
        ("*", print, ValueError, "one operation at a time"),
        ("GetRun", {"id": "1"}, TypeError, "served by a function"),
    ],
)
def test_what_nobody_could_ask_for_is_an_error(operation: str, fn: Any, wrong: type[Exception], message: str) -> None:
    with mock_omics() as omics, pytest.raises(wrong, match=message):
        omics.on(operation, fn)


def test_botocore_checks_first() -> None:
    with mock_omics() as omics, pytest.raises(ParamValidationError):
        omics.on("GetRun", lambda params: {})
        client().get_run()


def test_over_the_network_an_operation_that_is_not_served_says_so() -> None:
    with mock_omics():
        url = "https://imagebuilder.us-east-1.amazonaws.com"
        served = {"SERVER_SOFTWARE": "a server"}  # as WSGI servers mark what they serve
        asked = Request.from_values("/ListComponents", url, method="POST", data=b"{}", environ_base=served)
        serve = imagebuilder_backends["123456789012"]["us-east-1"].flask_paths["/<path:route>"]
        status, headers, body = serve(asked, asked.url, asked.headers)
    assert (status, headers["x-amzn-ErrorType"]) == (501, "UnknownOperationException")
    assert "ListComponents of imagebuilder" in json.loads(body)["message"]


# ---- a model that is newer than the library --------------------------------------------------------------------------

NEWER = """
import boto3, json, sys
from botocore.exceptions import ClientError
from omics_mock import mock_omics
from omics_mock.engine import NotServedYet
from omics_mock.exceptions import ConflictException

said = []
with mock_omics() as omics:
    client = omics.client()
    try:
        client.pause_run(id="123", reason="lunch")
    except NotServedYet as error:
        said.append(str(error))

    def pause(params):
        if params["id"] == "404":
            raise ConflictException("It is paused")
        return {"status": "PAUSED by " + params["reason"]}

    omics.on("PauseRun", pause)
    said.append(client.pause_run(id="123", reason="lunch")["status"])
    for asked in ({"id": "404", "reason": "a"}, {"id": "123", "reason": "x" * 9}):
        try:
            client.pause_run(**asked)
        except ClientError as error:
            said.append(str(error))
    said.append([call.operation for call in omics.calls])
    omics.faults.add("PauseRun", "ConflictException", optional=True)
print(json.dumps(said))
"""


def newer_model() -> Any:
    """botocore's model of HealthOmics with one more operation, on a host of its own."""
    folder = Path(botocore.__file__).parent / "data" / "omics" / "2022-11-28"
    compressed = folder / "service-2.json.gz"
    model = json.loads(
        gzip.decompress(compressed.read_bytes()) if compressed.exists() else (folder / "service-2.json").read_bytes()
    )
    model["operations"]["PauseRun"] = {
        "name": "PauseRun",
        "http": {"method": "POST", "requestUri": "/run/{id}/pause", "responseCode": 200},
        "input": {"shape": "PauseRunRequest"},
        "output": {"shape": "PauseRunResponse"},
        "errors": [{"shape": "ConflictException"}, {"shape": "ValidationException"}],
        "endpoint": {"hostPrefix": "pauses-"},
    }
    model["shapes"]["PauseReason"] = {"type": "string", "max": 8}
    model["shapes"]["PauseRunRequest"] = {
        "type": "structure",
        "required": ["id"],
        "members": {"id": {"shape": "RunId", "location": "uri", "locationName": "id"}, "reason": {"shape": "PauseReason"}},
    }
    model["shapes"]["PauseRunResponse"] = {"type": "structure", "members": {"status": {"shape": "String"}}}
    model["shapes"].setdefault("String", {"type": "string"})
    return model


def test_an_operation_newer_than_the_library_routes_and_can_be_served(tmp_path: Path) -> None:
    folder = tmp_path / "omics" / "2022-11-28"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(newer_model()), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", NEWER],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(AWS_DATA_PATH=str(tmp_path)),
    )
    assert ran.returncode == 0, ran.stderr
    unserved, paused, conflict, invalid, operations = json.loads(ran.stdout)
    assert f"PauseRun of omics, which botocore {botocore.__version__} knows, is newer than omics_mock" in unserved
    assert 'serve it yourself with omics.on("PauseRun", fn)' in unserved
    assert paused == "PAUSED by lunch"
    assert conflict == "An error occurred (ConflictException) when calling the PauseRun operation: It is paused"
    assert "Member must have length less than or equal to 8" in invalid
    assert operations == ["PauseRun"] * 3


def environment(**more: str) -> dict[str, str]:
    import os

    path = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    return {**os.environ, "PYTHONPATH": path, **more}


def test_throttling_from_a_function_is_tried_again() -> None:
    answers = iter([ThrottlingException("slow down"), None])

    def sometimes(params: dict[str, Any]) -> dict[str, Any]:
        if (error := next(answers)) is not None:
            raise error
        return {"items": []}

    with mock_omics() as omics:
        omics.on("ListRuns", sometimes)
        assert client().list_runs()["ResponseMetadata"]["RetryAttempts"] == 1
