"""Routes: every operation of the models finds itself, and what finds nothing is told why."""

import re
from urllib.parse import quote

import pytest

from omics_mock.wire.model import Operation, Service, load
from omics_mock.wire.router import EmptyLabel, MethodNotAllowed, Router, UnknownPath

OMICS = load("omics")
every_operation = pytest.mark.parametrize(
    ("service", "operation"),
    [(service, operation) for service in (OMICS, load("imagebuilder")) for operation in service.operations.values()],
    ids=lambda value: value.name,
)


def operation(method: str, uri: str) -> Operation:
    return Operation(f"{method} {uri}", "", method, uri, 200, "", None, None, {})


@every_operation
def test_every_operation_routes_to_itself(service: Service, operation: Operation) -> None:
    labels = {label: f"arn:aws:x/{index} é%" for index, label in enumerate(re.findall(r"{(.+?)}", operation.uri))}
    path = operation.uri
    for label, value in labels.items():
        path = path.replace(f"{{{label}}}", quote(value, safe=""))
    assert service.router.match(operation.http_method, path) == (operation, labels)


def test_an_encoded_slash_stays_inside_its_label() -> None:
    found, labels = OMICS.router.match("GET", "/tags/arn%3Aaws%3Aomics%3Aus-east-1%3A123456789012%3Arun%2F1")
    assert (found.name, labels) == ("ListTagsForResource", {"resourceArn": "arn:aws:omics:us-east-1:123456789012:run/1"})


def test_an_encoded_percent_sign_is_decoded_once() -> None:
    assert OMICS.router.match("GET", "/run/%252F")[1] == {"id": "%2F"}


@pytest.mark.parametrize("path", ["/", "", "/nothing", "/run/1/", "/run/1/task/2/3", "//run/1", "/Run/1"])
def test_an_unknown_path_is_refused_readably(path: str) -> None:
    with pytest.raises(UnknownPath, match="no operation has this path"):
        OMICS.router.match("GET", path)


def test_an_unknown_path_names_paths_that_begin_alike() -> None:
    with pytest.raises(UnknownPath, match=r"GET /run/1/tasks: .*/run/{id}/task/{taskId}"):
        OMICS.router.match("GET", "/run/1/tasks")


@pytest.mark.parametrize(
    ("method", "path", "member", "name"),
    [
        ("GET", "/workflow/", "id", "GetWorkflow"),
        ("GET", "/run//task", "id", "ListRunTasks"),
        ("GET", "/run/1/task/", "taskId", "GetRunTask"),
        ("DELETE", "/runGroup/", "id", "DeleteRunGroup"),
    ],
)
def test_an_empty_label_is_named(method: str, path: str, member: str, name: str) -> None:
    with pytest.raises(EmptyLabel, match=rf"{method} {path}: the label '{member}' of {name} is empty") as caught:
        OMICS.router.match(method, path)
    assert (caught.value.member, caught.value.operation.name) == (member, name)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "get", ""])
def test_a_wrong_method_is_refused_with_what_the_path_has(method: str) -> None:
    with pytest.raises(MethodNotAllowed, match=r"GET /run/{id} \(GetRun\)") as caught:
        OMICS.router.match(method, "/run/1")
    assert sorted(caught.value.allowed) == ["DELETE", "GET"]


def test_a_literal_wins_over_a_label_but_only_for_its_own_method() -> None:
    special, one = operation("POST", "/batch/cancel"), operation("POST", "/batch/{id}")
    read = operation("GET", "/batch/{id}")
    for order in ([special, one, read], [read, one, special]):
        router = Router(order)
        assert router.match("POST", "/batch/cancel") == (special, {})
        assert router.match("POST", "/batch/1") == (one, {"id": "1"})
        assert router.match("GET", "/batch/cancel") == (read, {"id": "cancel"})


def test_a_greedy_label_takes_slashes() -> None:
    greedy = operation("GET", "/{Bucket}/{Key+}/acl")
    assert Router([greedy]).match("GET", "/b/a/b%20c/acl") == (greedy, {"Bucket": "b", "Key": "a/b c"})
    with pytest.raises(EmptyLabel, match="'Key'"):
        Router([greedy]).match("GET", "/b//acl")


def test_regular_expression_characters_in_a_path_are_literal() -> None:
    with pytest.raises(UnknownPath):
        Router([operation("GET", "/a.b")]).match("GET", "/aXb")
