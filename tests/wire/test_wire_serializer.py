"""Responses: what a record says of the output's members, in the form that botocore reads."""

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.wire.model import Operation, load
from omics_mock.wire.serializer import iso8601, project, serialize
from tests.support.shape_strategies import structures

OMICS = load("omics").operations
NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)


def operation(status: int = 200, **shapes: Any) -> Operation:
    description = {
        "metadata": {"protocol": "rest-json"},
        "operations": {
            "Op": {"name": "Op", "http": {"method": "GET", "requestUri": "/"}, "output": {"shape": "Output"}},
        },
        "shapes": {
            "Text": {"type": "string"},
            "Integer": {"type": "integer"},
            "Double": {"type": "double"},
            "Boolean": {"type": "boolean"},
            "Blob": {"type": "blob"},
            "Moment": {"type": "timestamp"},
            **shapes,
        },
    }
    output = ServiceModel(description, "test").operation_model("Op").output_shape
    return Operation("Op", "op", "GET", "/", status, "", None, output, {})


def body(operation: Operation, record: dict[str, Any]) -> Any:
    raw = serialize(operation, project(operation, record))[1]
    assert isinstance(raw, bytes)
    return json.loads(raw)


# --- projection -----------------------------------------------------------------------------------------------


def test_only_members_that_say_something_are_projected() -> None:
    record = {"id": "1", "status": None, "secret": object(), "startTime": NOON, "tags": {"a": "b", "c": None}}
    assert project(OMICS["GetRun"], record) == {"id": "1", "startTime": NOON, "tags": {"a": "b"}}


def test_false_and_empty_values_say_something() -> None:
    record: dict[str, Any] = {"name": "", "storageCapacity": 0, "tags": {}}
    assert project(OMICS["GetRun"], record) == record


def test_nested_structures_lists_and_maps_are_projected_too() -> None:
    template = {"p": {"description": "d", "optional": None, "internal": 1}}
    assert project(OMICS["GetWorkflow"], {"parameterTemplate": template}) == {"parameterTemplate": {"p": {"description": "d"}}}
    assert project(OMICS["ListRuns"], {"items": [{"id": "1", "x": 2}, None]}) == {"items": [{"id": "1"}]}


def test_a_projection_shares_nothing_that_can_change() -> None:
    record: dict[str, Any] = {"parameters": {"a": [{"b": 1}]}, "tags": {"k": "v"}}
    projected = project(OMICS["GetRun"], record)
    projected["parameters"]["a"][0]["b"] = 2
    projected["tags"]["k"] = "w"
    assert record == {"parameters": {"a": [{"b": 1}]}, "tags": {"k": "v"}}


def test_a_document_keeps_its_nulls() -> None:
    record = {"parameters": {"a": None, "b": [None]}}
    assert body(OMICS["GetRun"], record) == record


def test_an_empty_union_is_omitted() -> None:
    get = OMICS["GetAnnotationStore"]
    assert project(get, {"id": "1", "storeOptions": {}, "reference": {"referenceArn": None}}) == {"id": "1"}
    assert project(get, {"reference": {"referenceArn": "arn:x"}}) == {"reference": {"referenceArn": "arn:x"}}


def test_a_payload_is_passed_through_untouched() -> None:
    stream = io.BytesIO(b"reads")
    projected = project(OMICS["GetReadSet"], {"payload": stream})
    assert projected["payload"] is stream
    assert serialize(OMICS["GetReadSet"], projected) == ({"content-type": "application/octet-stream"}, stream)
    assert serialize(OMICS["GetReadSet"], {"payload": b"reads"})[1] == b"reads"
    assert serialize(OMICS["GetReadSet"], {})[1] == b""


# --- serialization --------------------------------------------------------------------------------------------


def test_a_recursive_shape_is_written() -> None:
    tree = {"type": "structure", "members": {"at": {"shape": "Moment"}, "next": {"shape": "Output"}}}
    record = {"at": NOON, "next": {"at": NOON, "next": {"at": NOON}}}
    seconds = NOON.timestamp()
    assert body(operation(Output=tree), record) == {"at": seconds, "next": {"at": seconds, "next": {"at": seconds}}}


def test_a_recursive_shape_without_timestamps_is_written_as_it_is() -> None:
    tree = {"type": "structure", "members": {"name": {"shape": "Text"}, "next": {"shape": "Output"}}}
    record = {"name": "a", "next": {"name": "b"}}
    assert body(operation(Output=tree), record) == record


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOON, "2024-05-06T12:00:00.000Z"),
        (NOON.replace(microsecond=120_000), "2024-05-06T12:00:00.120Z"),
        (NOON.replace(microsecond=120_001), "2024-05-06T12:00:00.120001Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2024-05-06T12:00:00.000Z"),
    ],
)
def test_timestamps_are_in_utc_and_as_precise_as_they_need_be(moment: datetime, text: str) -> None:
    assert iso8601(moment) == text
    assert body(OMICS["GetRun"], {"startTime": moment}) == {"startTime": text}


def test_a_timestamp_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        iso8601(NOON.replace(tzinfo=None))


def test_members_are_written_where_and_as_the_model_says() -> None:
    members = {
        "seconds": {"shape": "Moment"},
        "http": {"shape": "Moment", "timestampFormat": "rfc822"},
        "blobs": {"shape": "Blobs"},
        "moments": {"shape": "Moments"},
        "infinite": {"shape": "Double"},
        "renamed": {"shape": "Text", "locationName": "wireName"},
        "size": {"shape": "Integer", "location": "header", "locationName": "X-Size"},
        "flag": {"shape": "Boolean", "location": "header", "locationName": "X-Flag"},
        "date": {"shape": "Moment", "location": "header", "locationName": "Date"},
        "code": {"shape": "Integer", "location": "statusCode"},
    }
    everything = operation(
        Output={"type": "structure", "members": members},
        Blobs={"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Blob"}},
        Moments={"type": "list", "member": {"shape": "Moment"}},
    )
    record = {
        "seconds": NOON.replace(microsecond=500_000),
        "http": NOON,
        "blobs": {"b": b"hi"},
        "moments": [NOON],
        "infinite": float("inf"),
        "renamed": "x",
        "size": 3,
        "flag": True,
        "date": NOON,
        "code": 200,
    }
    headers, raw = serialize(everything, project(everything, record))
    assert isinstance(raw, bytes)
    assert headers == {
        "content-type": "application/json",
        "X-Size": "3",
        "X-Flag": "true",
        "Date": "Mon, 06 May 2024 12:00:00 GMT",
    }
    assert json.loads(raw) == {
        "seconds": NOON.timestamp() + 0.5,
        "http": "Mon, 06 May 2024 12:00:00 GMT",
        "blobs": {"b": "aGk="},
        "moments": [NOON.timestamp()],
        "infinite": "Infinity",
        "wireName": "x",
    }


def test_a_structure_payload_is_the_whole_body() -> None:
    payload = operation(
        Output={"type": "structure", "members": {"inner": {"shape": "Inner"}}, "payload": "inner"},
        Inner={"type": "structure", "members": {"at": {"shape": "Moment"}}},
    )
    assert body(payload, {"inner": {"at": NOON}}) == {"at": NOON.timestamp()}
    assert body(payload, {}) == {}


@pytest.mark.parametrize(("value", "written"), [(float("nan"), "NaN"), (float("-inf"), "-Infinity"), (1.5, 1.5)])
def test_numbers_that_json_has_not_are_written_by_name(value: float, written: object) -> None:
    numbers = operation(Output={"type": "structure", "members": {"number": {"shape": "Double"}}})
    assert body(numbers, {"number": value}) == {"number": written}


def test_a_header_that_has_nothing_to_say_is_left_out() -> None:
    header = {"shape": "Text", "location": "header", "locationName": "X-Note"}
    noted = operation(Output={"type": "structure", "members": {"note": header}})
    assert "X-Note" not in serialize(noted, project(noted, {"note": None}))[0]
    assert serialize(noted, project(noted, {"note": "a"}))[0]["X-Note"] == "a"


def test_text_of_any_language_is_written() -> None:
    assert body(OMICS["GetRun"], {"name": "é🧬\ud800"}) == {"name": "é🧬\ud800"}


@pytest.mark.parametrize(
    ("name", "raw"),
    [("CancelRun", b""), ("TagResource", b""), ("DeleteReference", b"{}"), ("GetRun", b"{}")],
)
def test_an_operation_without_output_has_an_empty_body_and_an_empty_output_is_an_object(name: str, raw: bytes) -> None:
    headers, written = serialize(OMICS[name], project(OMICS[name], {"id": None}))
    assert written == raw
    assert headers == ({"content-type": "application/json"} if raw else {})


# --- whatever is written, botocore reads ----------------------------------------------------------------------

model_of = cache(botocore.session.get_session().get_service_model)


@cache
def outputs(service_name: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    model = model_of(service_name)
    names = [name for name in model.operation_names if model.operation_model(name).output_shape]
    return st.sampled_from(names).flatmap(lambda name: st.tuples(st.just(name), record_of(model, name)))


@cache
def record_of(model: ServiceModel, name: str) -> st.SearchStrategy[dict[str, Any]]:
    shape = model.operation_model(name).output_shape
    assert shape is not None
    return structures(shape)


@pytest.mark.parametrize("service_name", ["omics", "imagebuilder"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_botocore_reads_back_whatever_is_written(service_name: str, data: st.DataObject) -> None:
    name, record = data.draw(outputs(service_name))
    operation = load(service_name).operations[name]
    assert project(operation, record | {"internal": object()}) == record
    headers, body = serialize(operation, record)
    if operation.output is None or "payload" in operation.output.serialization:
        assert body == record.get("payload", b"")
        return
    response = {"status_code": operation.status, "headers": headers, "body": body}
    shape = model_of(service_name).operation_model(name).output_shape
    assert shape is not None
    read = create_parser("rest-json").parse(response, shape)
    read.pop("ResponseMetadata")
    assert read == record
