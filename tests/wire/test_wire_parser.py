"""Requests: what botocore writes is read back, and what no client should write is refused by name."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore.model import ServiceModel
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.wire.model import Operation, load
from omics_mock.wire.parser import parser
from omics_mock.wire.readers import MalformedRequest
from tests.support.shape_strategies import structures

MODEL: dict[str, Any] = {
    "metadata": {"protocol": "rest-json"},
    "operations": {"Op": {"name": "Op", "http": {"method": "POST", "requestUri": "/{id}"}, "input": {"shape": "Input"}}},
    "shapes": {
        "Input": {
            "type": "structure",
            "members": {
                "id": {"shape": "Text", "location": "uri", "locationName": "id"},
                "size": {"shape": "Integer", "location": "querystring", "locationName": "max-size"},
                "ratio": {"shape": "Double", "location": "querystring", "locationName": "ratio"},
                "flag": {"shape": "Boolean", "location": "querystring", "locationName": "flag"},
                "since": {"shape": "Moment", "location": "querystring", "locationName": "since"},
                "words": {"shape": "Words", "location": "querystring", "locationName": "word"},
                "range": {"shape": "Text", "location": "header", "locationName": "Range"},
                "date": {"shape": "Moment", "location": "header", "locationName": "Date"},
                "text": {"shape": "Text"},
                "integer": {"shape": "Integer"},
                "double": {"shape": "Double"},
                "boolean": {"shape": "Boolean"},
                "blob": {"shape": "Blob"},
                "moment": {"shape": "Moment"},
                "iso": {"shape": "Iso"},
                "list": {"shape": "Words"},
                "map": {"shape": "Map"},
                "tree": {"shape": "Tree"},
                "document": {"shape": "Document"},
                "renamed": {"shape": "Text", "locationName": "wireName"},
            },
        },
        "Text": {"type": "string"},
        "Integer": {"type": "integer"},
        "Double": {"type": "double"},
        "Boolean": {"type": "boolean"},
        "Blob": {"type": "blob"},
        "Moment": {"type": "timestamp"},
        "Iso": {"type": "timestamp", "timestampFormat": "iso8601"},
        "Words": {"type": "list", "member": {"shape": "Text"}},
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Integer"}},
        "Tree": {"type": "structure", "members": {"leaf": {"shape": "Integer"}, "trees": {"shape": "Trees"}}},
        "Trees": {"type": "list", "member": {"shape": "Tree"}},
        "Document": {"type": "structure", "members": {}, "document": True},
    },
}


def operation(model: Mapping[str, Any] = MODEL) -> Operation:
    shape = ServiceModel(model, "test").operation_model("Op").input_shape
    return Operation("Op", "op", "POST", "/{id}", 200, "", shape, None, {})


parse_all = parser(operation())


def parse(body: Any = b"", query: str = "", **headers: str) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    params = parse_all({"id": "1"}, query, headers, raw)
    assert params.pop("id") == "1"
    return params


def test_an_empty_request_has_only_its_label() -> None:
    assert parse() == parse({}) == {}


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"text": "é\n", "integer": -3, "boolean": False}, {"text": "é\n", "integer": -3, "boolean": False}),
        ({"double": 1}, {"double": 1}),
        ({"double": 1.5}, {"double": 1.5}),
        ({"double": "Infinity"}, {"double": float("inf")}),
        ({"blob": "aGk="}, {"blob": b"hi"}),
        ({"moment": 1.5}, {"moment": datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)}),
        ({"iso": "2024-05-06T07:08:09.123Z"}, {"iso": datetime(2024, 5, 6, 7, 8, 9, 123_000, tzinfo=UTC)}),
        ({"iso": "2024-05-06T07:08:09+02:00"}, {"iso": datetime(2024, 5, 6, 5, 8, 9, tzinfo=UTC)}),
        ({"tree": {"trees": [{"trees": [{"leaf": 1}]}]}}, {"tree": {"trees": [{"trees": [{"leaf": 1}]}]}}),
        ({"document": {"a": [1, None, {"b": 1.5}]}}, {"document": {"a": [1, None, {"b": 1.5}]}}),
        ({"document": "any JSON"}, {"document": "any JSON"}),
        ({"wireName": "x"}, {"renamed": "x"}),
        ({"unknown": 1, "renamed": 2, "text": "x"}, {"text": "x"}),
        ({"text": None, "tree": {"leaf": None}}, {"tree": {}}),
        ({"list": ["a", None], "map": {"k": None}}, {"list": ["a", None], "map": {"k": None}}),
    ],
)
def test_a_body_is_read_by_the_model(value: Any, read: dict[str, Any]) -> None:
    assert parse(value) == read


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("max-size=3&flag=true&ratio=1.5e3", {"size": 3, "flag": True, "ratio": 1500.0}),
        ("word=a%20b&word=c%2Bd&word=e+f", {"words": ["a b", "c+d", "e f"]}),
        ("ratio=-Infinity", {"ratio": float("-inf")}),
        ("word=", {"words": [""]}),
        ("since=2024-05-06T07%3A08%3A09Z", {"since": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)}),
        ("size=3&other&=&", {}),
    ],
)
def test_a_query_is_read_by_the_model(query: str, read: dict[str, Any]) -> None:
    assert parse(query=query) == read


def test_headers_are_read_by_the_model() -> None:
    date = "Mon, 06 May 2024 07:08:09 GMT"
    assert parse(range="bytes=0-1", date=date, host="x") == {
        "range": "bytes=0-1",
        "date": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not valid JSON"),
        (b"{'text': 1}", "not valid JSON"),
        (b'{"text": "x"} x', "not valid JSON"),
        (b'{"text": "\xff"}', "not UTF-8"),
        (b'\xef\xbb\xbf{"text": "x"}', "not valid JSON"),
        (b"[]", "must be a JSON object, not an array"),
        (b'"text"', "must be a JSON object, not a string"),
        (b"null", "must be a JSON object, not null"),
        (b'{"double": NaN}', "NaN is not JSON"),
        (b'{"document": {"a": -Infinity}}', "-Infinity is not JSON"),
        (b'{"double": 1e999}', "out of range"),
        (b'{"integer": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"text": ' + b"[" * 200_000, "nested too deep"),
        (b'{"document": ' + b"[" * 400 + b"]" * 400 + b"}", "'document' is nested too deep"),
        (b'{"text": 5}', "'text' must be a string, not a number"),
        (b'{"text": {}}', "'text' must be a string, not an object"),
        (b'{"integer": "5"}', "'integer' must be an integer, not a string"),
        (b'{"integer": 1.5}', "'integer' must be an integer, not 1.5"),
        (b'{"integer": true}', "'integer' must be an integer, not a boolean"),
        (b'{"double": "5"}', "'double' must be a number, not a string"),
        (b'{"double": false}', "'double' must be a number, not a boolean"),
        (b'{"boolean": "true"}', "'boolean' must be a boolean, not a string"),
        (b'{"boolean": 1}', "'boolean' must be a boolean, not a number"),
        (b'{"blob": "a"}', "'blob' is not valid base64"),
        (b'{"blob": "aGk=!"}', "'blob' is not valid base64"),
        ('{"blob": "é"}'.encode(), "'blob' is not valid base64"),
        (b'{"blob": 1}', "'blob' must be a base64 string, not a number"),
        (b'{"moment": "2024-05-06T07:08:09Z"}', "'moment' must be a number, not a string"),
        (b'{"moment": 1e300}', "'moment' is not a timestamp"),
        (b'{"iso": 5}', "'iso' must be an ISO 8601 timestamp string, not a number"),
        (b'{"iso": "yesterday"}', "'iso' is not an ISO 8601 timestamp: 'yesterday'"),
        (b'{"iso": "2024-05-06"}', "'iso' is not an ISO 8601 timestamp"),
        (b'{"list": "a"}', "'list' must be an array, not a string"),
        (b'{"list": ["a", 1]}', "'list.2.member' must be a string, not a number"),
        (b'{"map": []}', "'map' must be an object, not an array"),
        (b'{"map": {"k": "v"}}', "'map.k.member' must be an integer, not a string"),
        (b'{"tree": 1}', "'tree' must be an object, not a number"),
        (b'{"tree": {"trees": [{}, {"leaf": "x"}]}}', "'tree.trees.2.member.leaf' must be an integer, not a string"),
        (b'{"wireName": 1}', "'renamed' must be a string"),
    ],
)
def test_a_malformed_body_is_refused_by_name(body: bytes, told: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse(body)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("max-size=x", "'size' must be an integer, not 'x'"),
        ("max-size=", "'size' must be an integer, not ''"),
        ("max-size=1.0", "'size' must be an integer, not '1.0'"),
        ("max-size=%D9%A3", "'size' must be an integer"),
        ("max-size=1&max-size=1", "'size' is given more than once in the query"),
        ("ratio=1e", "'ratio' must be a number, not '1e'"),
        ("flag=True", "'flag' must be true or false, not 'True'"),
        ("since=now", "'since' is not an ISO 8601 timestamp: 'now'"),
        ("word=%FF", "not UTF-8"),
    ],
)
def test_a_malformed_query_is_refused_by_name(query: str, told: str) -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse(query=query)
    assert told in str(caught.value)


def test_a_malformed_header_is_refused_by_name() -> None:
    with pytest.raises(MalformedRequest, match="'date' is not an HTTP date: 'noon'"):
        parse(date="noon")


def test_an_operation_without_input_reads_nothing() -> None:
    nothing = Operation("Op", "op", "GET", "/", 200, "", None, None, {})
    assert parser(nothing)({}, "a=b", {}, b"{") == {}


def test_an_operation_without_body_members_ignores_the_body() -> None:
    assert parser(load("omics").operations["GetRun"])({"id": "1"}, "", {}, b"not JSON") == {"id": "1"}


def test_a_streaming_payload_stays_bytes() -> None:
    upload = parser(load("omics").operations["UploadReadSetPart"])
    labels = {"sequenceStoreId": "1", "uploadId": "2"}
    params = upload(labels, "partNumber=3&partSource=SOURCE1", {}, b"\xff\x00")
    assert params.pop("payload").data == b"\xff\x00"
    assert params == labels | {"partNumber": 3, "partSource": "SOURCE1"}
    assert upload(labels, "", {}, b"")["payload"].data == b""


@pytest.mark.parametrize("payload", ["Tree", "Text"])
def test_a_payload_of_another_type_is_the_whole_body(payload: str) -> None:
    members = {"payload": {"shape": payload}, "id": {"shape": "Text", "location": "uri", "locationName": "id"}}
    shapes = MODEL["shapes"] | {"Input": {"type": "structure", "members": members, "payload": "payload"}}
    read = parser(operation({**MODEL, "shapes": shapes}))
    body, value = (b'{"leaf": 1}', {"leaf": 1}) if payload == "Tree" else (b"as it is", "as it is")
    assert read({"id": "1"}, "", {}, body) == {"id": "1", "payload": value}
    if payload == "Tree":
        assert read({"id": "1"}, "", {}, b"") == {"id": "1"}
        with pytest.raises(MalformedRequest, match=r"'payload\.leaf' must be an integer"):
            read({"id": "1"}, "", {}, b'{"leaf": "x"}')


# --- whatever botocore writes ---------------------------------------------------------------------------------


model_of = cache(botocore.session.get_session().get_service_model)


@cache
def inputs(service_name: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    model = model_of(service_name)
    return st.sampled_from(model.operation_names).flatmap(lambda name: st.tuples(st.just(name), params_of(model, name)))


@cache
def params_of(model: ServiceModel, name: str) -> st.SearchStrategy[dict[str, Any]]:
    shape = model.operation_model(name).input_shape
    assert shape is not None
    return structures(shape)


@pytest.mark.parametrize("service_name", ["omics", "imagebuilder"])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_botocore_writes_is_read_back(service_name: str, data: st.DataObject) -> None:
    name, params = data.draw(inputs(service_name))
    serializer = create_serializer("rest-json", include_validation=False)
    request = serializer.serialize_to_request(params, model_of(service_name).operation_model(name))
    headers = {key.lower(): value for key, value in request["headers"].items()}
    query = urlencode(request["query_string"], doseq=True)
    operation, labels = load(service_name).router.match(request["method"], request["url_path"])
    assert operation.name == name
    read = parser(operation)(labels, query, headers, request["body"])
    if "payload" in read:
        assert read.pop("payload").data == params.pop("payload", b"")
    assert read == params
