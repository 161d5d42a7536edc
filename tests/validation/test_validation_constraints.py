"""Violations: which constraints are broken, in which words, at which path."""

import time
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.model import ServiceModel

from omics_mock.validation import message, violations
from omics_mock.wire.model import Operation, load

pytestmark = pytest.mark.inferred

OMICS = load("omics").operations


def operation(**shapes: Any) -> Operation:
    description = {
        "metadata": {"protocol": "rest-json"},
        "operations": {
            "Op": {"name": "Op", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Input"}},
        },
        "shapes": {
            "Text": {"type": "string"},
            "Word": {"type": "string", "min": 2, "max": 4, "pattern": "[a-z]*"},
            "Secret": {"type": "string", "min": 8, "sensitive": True},
            "Color": {"type": "string", "enum": ["RED", "BLUE"]},
            "Count": {"type": "integer", "min": 1, "max": 5},
            "Ratio": {"type": "double", "min": 0},
            "Data": {"type": "blob", "max": 3},
            "Document": {"type": "structure", "members": {}, "document": True},
            **shapes,
        },
    }
    return Operation("Op", "op", "POST", "/", 200, "", ServiceModel(description, "t").operation_model("Op").input_shape, None, {})


def found(params: dict[str, Any], required: tuple[str, ...] = (), **members: Any) -> Sequence[str]:
    """The violations of an input whose members have the shapes of these names, or these new shapes."""
    shapes = {f"{name}Shape": shape for name, shape in members.items() if isinstance(shape, dict)}
    refs = {name: {"shape": f"{name}Shape" if f"{name}Shape" in shapes else shape} for name, shape in members.items()}
    model = operation(Input={"type": "structure", "required": list(required), "members": refs}, **shapes)
    return violations(model)(params)


def structure(required: tuple[str, ...] = (), **members: str) -> dict[str, Any]:
    shapes = {name: {"shape": shape} for name, shape in members.items()}
    return {"type": "structure", "members": shapes, "required": list(required)}


@pytest.mark.model
def test_valid_parameters_violate_nothing() -> None:
    assert found({"w": "abc", "n": 5, "c": "RED", "x": 1}, w="Word", n="Count", c="Color") == []
    assert found({}, w="Word") == []


@pytest.mark.model
def test_an_operation_without_input_violates_nothing() -> None:
    assert violations(Operation("Op", "op", "GET", "/", 200, "", None, None, {}))({"a": 1}) == []


@pytest.mark.parametrize(
    ("shape", "value", "told"),
    [
        ("Word", "abcde", "Value 'abcde' at 'm' failed to satisfy constraint: Member must have length less than or equal to 4"),
        ("Word", "a", "Value 'a' at 'm' failed to satisfy constraint: Member must have length greater than or equal to 2"),
        ("Word", "A1", "Value 'A1' at 'm' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]*"),
        ("Color", "red", "Value 'red' at 'm' failed to satisfy constraint: Member must satisfy enum value set: [RED, BLUE]"),
        ("Count", 0, "Value '0' at 'm' failed to satisfy constraint: Member must have value greater than or equal to 1"),
        ("Count", 6, "Value '6' at 'm' failed to satisfy constraint: Member must have value less than or equal to 5"),
        ("Ratio", -0.5, "Value '-0.5' at 'm' failed to satisfy constraint: Member must have value greater than or equal to 0"),
        ("Secret", "hush", "Value at 'm' failed to satisfy constraint: Member must have length greater than or equal to 8"),
        ("Data", b"1234", "Value '4 bytes' at 'm' failed to satisfy constraint: Member must have length less than or equal to 3"),
    ],
)
def test_a_broken_constraint_is_told_in_full(shape: str, value: Any, told: str) -> None:
    assert found({"m": value}, m=shape) == [told]


@pytest.mark.parametrize("params", [{}, {"m": None}])
def test_a_missing_required_member_must_not_be_null(params: dict[str, Any]) -> None:
    assert found(params, ("m",), m="Text") == ["Value at 'm' failed to satisfy constraint: Member must not be null"]


def test_a_value_may_break_several_constraints() -> None:
    told = found({"m": "A"}, m="Word")
    assert [violation.partition("constraint: ")[2] for violation in told] == [
        "Member must have length greater than or equal to 2",
        "Member must satisfy regular expression pattern: [a-z]*",
    ]


def test_length_counts_code_points() -> None:
    word = {"type": "string", "max": 2}
    assert found({"m": "🧬🧬"}, m=word) == []
    assert len(found({"m": "e\u0301\u0301"}, m=word)) == 1


def test_a_value_that_is_too_long_is_not_matched_with_its_pattern() -> None:
    slow = {"type": "string", "max": 30, "pattern": "(a+)+b"}
    start = time.perf_counter()
    assert len(found({"m": "a" * 10_000}, m=slow)) == 1
    assert time.perf_counter() - start < 1


def test_items_of_lists_are_counted_from_one() -> None:
    words = {"type": "list", "member": {"shape": "Word"}, "max": 2}
    assert found({"m": ["ab", "AB"]}, m=words) == [
        "Value 'AB' at 'm.2.member' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]*"
    ]
    assert found({"m": ["ab", "cd", "ef"]}, m=words) == [
        "Value '[ab, cd, ef]' at 'm' failed to satisfy constraint: Member must have length less than or equal to 2"
    ]


def test_values_of_maps_are_named_by_their_key() -> None:
    words = {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Word"}, "min": 1}
    assert found({"m": {"k": "a"}}, m=words) == [
        "Value 'a' at 'm.k.member' failed to satisfy constraint: Member must have length greater than or equal to 2"
    ]
    assert found({"m": {}}, m=words) == [
        "Value '{}' at 'm' failed to satisfy constraint: Member must have length greater than or equal to 1"
    ]


def test_booleans_are_told_as_the_service_writes_them() -> None:
    flags = {"type": "list", "member": {"shape": "FlagShape"}, "max": 1}
    assert found({"f": [True, False]}, f=flags, Flag={"type": "boolean"}) == [
        "Value '[true, false]' at 'f' failed to satisfy constraint: Member must have length less than or equal to 1"
    ]


def test_keys_of_maps_are_told_with_all_that_they_must_satisfy() -> None:
    keyed = {"type": "map", "key": {"shape": "Word"}, "value": {"shape": "Text"}}
    assert found({"m": {"ab": "x", "C": "y", "D": "z"}}, m=keyed) == [
        (
            "Value '{ab=x, C=y, D=z}' at 'm' failed to satisfy constraint: Map keys must satisfy constraint: "
            "[Member must have length less than or equal to 4, Member must have length greater than or equal to 2, "
            "Member must satisfy regular expression pattern: [a-z]*]"
        )
    ]


def test_null_items_must_not_be_null() -> None:
    texts = {"type": "list", "member": {"shape": "Text"}}
    by_key = {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}}
    assert found({"l": ["a", None], "m": {"k": None}}, l=texts, m=by_key) == [
        "Value at 'l.2.member' failed to satisfy constraint: Member must not be null",
        "Value at 'm.k.member' failed to satisfy constraint: Member must not be null",
    ]


def test_sensitive_items_are_not_shown_by_what_holds_them() -> None:
    secrets = {"type": "list", "member": {"shape": "Secret"}, "max": 1}
    assert found({"m": ["password", "password"]}, m=secrets) == [
        "Value at 'm' failed to satisfy constraint: Member must have length less than or equal to 1"
    ]


@pytest.mark.parametrize("value", [{}, {"a": "x", "b": "y"}])
def test_a_union_has_exactly_one_member(value: dict[str, str]) -> None:
    union = structure(a="Text", b="Text") | {"union": True}
    assert found({"m": {"a": "x", "b": None}}, m=union) == []
    (told,) = found({"m": value}, m=union)
    assert told.endswith("at 'm' failed to satisfy constraint: Member must have exactly one of the members: [a, b]")


@pytest.mark.model
def test_documents_are_not_looked_into() -> None:
    assert found({"m": {"anything": None}}, m="Document") == []


def test_recursive_shapes_are_checked_all_the_way_down() -> None:
    tree = structure(word="Word", next="mShape")
    assert found({"m": {"next": {"next": {"word": "A1"}}}}, m=tree) == [
        "Value 'A1' at 'm.next.next.word' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]*"
    ]


@pytest.mark.model
def test_labels_headers_and_queries_are_checked_too() -> None:
    get = violations(OMICS["GetReference"])
    told = get({"id": "x" * 10, "referenceStoreId": "1234567890", "partNumber": 0, "range": "abc"})
    assert [violation.split("'")[3] for violation in told] == ["id", "range", "partNumber"]


def test_one_violation_is_counted_in_the_singular() -> None:
    told = violations(OMICS["CreateWorkflow"])({})
    assert message(told) == (
        "1 validation error detected: Value at 'requestId' failed to satisfy constraint: Member must not be null"
    )


@pytest.mark.observed
def test_several_violations_are_counted_and_joined() -> None:
    template = {"joint_mutect2": {"description": "x" * 257}, "other": {"description": "a\nb"}}
    told = violations(OMICS["CreateWorkflow"])({"requestId": "r", "engine": "MAKE", "parameterTemplate": template})
    text = message(told)
    assert text.startswith("3 validation errors detected: Value 'MAKE' at 'engine' failed to satisfy constraint: ")
    assert "; Value 'xxx" in text
    assert "' at 'parameterTemplate.joint_mutect2.member.description' failed to satisfy constraint: Member must" in text
