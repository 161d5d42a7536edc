"""Answers are read without a response as botocore reads them in one."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import ServiceModel
from botocore.parsers import RestJSONParser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.wire.model import Operation, load
from omics_mock.wire.parsed import reader
from omics_mock.wire.serializer import project, serialize
from tests.support.shape_strategies import moments, structures

READABLE = [operation for operation in load("omics").operations.values() if reader(operation) is not None]


def over_http(operation: Operation, answer: dict[str, Any]) -> dict[str, Any]:
    headers, body = serialize(operation, answer)
    response = {"status_code": operation.status, "headers": headers, "body": body, "context": {"operation_name": operation.name}}
    botocore: Any = RestJSONParser()
    read: dict[str, Any] = botocore.parse(response, operation.output)
    del read["ResponseMetadata"]
    return read


@pytest.fixture(params=["UTC", "Europe/Berlin", "Europe/London", "Africa/Abidjan", "UTC0SUMMER"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize("operation", READABLE, ids=lambda operation: operation.name)
def test_an_answer_of_any_operation_is_read_alike(operation: Operation) -> None:
    @settings(max_examples=10, suppress_health_check=list(HealthCheck))
    @given(structures(operation.output) if operation.output else st.just({}))
    def compare(record: dict[str, Any]) -> None:
        answer = project(operation, record)
        read = reader(operation)
        assert read is not None
        assert repr(read(answer, {})) == repr(over_http(operation, answer))

    compare()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=moments)
def test_times_are_read_alike_wherever_the_test_runs(zone: None, moment: Any) -> None:
    operation = load("omics").operations["GetRunGroup"]
    read = reader(operation)
    assert read is not None
    answer = {"creationTime": moment}
    assert repr(read(answer, {})) == repr(over_http(operation, answer))
    assert read(answer, {}) == over_http(operation, answer)


def test_downloads_can_only_be_read_in_their_response() -> None:
    assert {operation.name for operation in load("omics").operations.values()} - {operation.name for operation in READABLE} == {
        "GetReadSet",
        "GetReference",
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moment=moments)
def test_times_in_seconds_are_read_alike_wherever_the_test_runs(zone: None, moment: Any) -> None:
    model = {
        "metadata": {"protocol": "rest-json"},
        "operations": {"Op": {"name": "Op", "http": {"method": "GET", "requestUri": "/"}, "output": {"shape": "Output"}}},
        "shapes": {
            "Output": {"type": "structure", "members": {"moment": {"shape": "Moment"}}},
            "Moment": {"type": "timestamp"},
        },
    }
    output = ServiceModel(model, "test").operation_model("Op").output_shape
    operation = Operation("Op", "op", "GET", "/", 200, "", None, output, {})
    read = reader(operation)
    assert read is not None
    answer = {"moment": moment}
    assert repr(read(answer, {})) == repr(over_http(operation, answer))
