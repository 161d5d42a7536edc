"""Properties of a template as members of a request, and members of an answer as attributes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from omics_mock.cloudformation.calls import Refused
from omics_mock.cloudformation.resource_types import ResourceType, member_of
from omics_mock.wire.serializer import iso8601

if TYPE_CHECKING:
    from collections.abc import Callable

_NUMBERS: Mapping[str, Callable[[Any], Any]] = {"integer": int, "long": int, "float": float, "double": float}
_JSON: Mapping[type, str] = {dict: "JSONObject", list: "JSONArray", bool: "Boolean", int: "Integer", float: "Number"}
_TRUTH = {"true": True, "false": False}


def check(kind: ResourceType, properties: Mapping[str, Any], logical_id: str) -> None:
    """Refuse properties that the type does not have, and the lack of those it needs."""
    wrong = [f"#: extraneous key [{name}] is not permitted" for name in properties if name not in kind.properties]
    wrong += [f"#: required key [{name}] not found" for name in kind.required.split() if name not in properties]
    given = properties.get("Tags", kind.tags())
    if not isinstance(given, kind.tags):
        wrong.append(f"#/Tags: expected type: {_JSON[kind.tags]}, found: {_found(given)}")
    elif isinstance(given, list) and not all(isinstance(tag, dict) and tag.keys() == {"Key", "Value"} for tag in given):
        wrong.append("#/Tags: every tag has a [Key] and a [Value]")
    if wrong:
        raise Refused(f"Properties validation failed for resource {logical_id} with message:\n" + "\n".join(wrong))


def members(kind: ResourceType, operation: str, shape: StructureShape, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What a request says for the properties."""
    request: dict[str, Any] = {}
    for name, value in properties.items():
        *outer, member = kind.path(name)
        inner, within = request, shape
        for step in outer:
            within = _member(within, step, operation)
            inner = inner.setdefault(step, {})
        inner[member] = _converted(_member(within, member, operation), value, name)
    return request


def attribute(kind: ResourceType, name: str, answer: Mapping[str, Any]) -> Any:
    """What Fn::GetAtt answers, from the answer to the service's Get."""
    if name == "LatestVersion":
        return {part: attribute(kind, f"{name}.{part}", answer) for part in ("Arn", "Major", "Minor", "Patch")}
    value: Any = answer
    for member in kind.path(name):
        value = value.get(member, "") if isinstance(value, Mapping) else ""  # older models of the service know less
    return iso8601(value) if isinstance(value, datetime) else str(value)


def tags(given: Any) -> dict[str, str]:
    """Tags, which most types have as a map and some as a list of keys and values."""
    pairs: Iterable[tuple[str, Any]] = (
        given.items() if isinstance(given, Mapping) else ((tag["Key"], tag["Value"]) for tag in given)
    )
    return {key: _text(value) for key, value in pairs}


def with_tags(properties: Mapping[str, Any], stack_tags: Mapping[str, str]) -> dict[str, Any]:
    """The properties with the tags that a resource has from its stack; its own come first."""
    every = {**stack_tags, **tags(properties.get("Tags", {}))}
    return {**properties, "Tags": every} if every else dict(properties)


def _member(shape: Shape, member: str, operation: str) -> Any:
    known = shape.members if isinstance(shape, StructureShape) else {}
    if member not in known:
        raise Refused(f"the installed botocore does not know {operation}.{member}")
    return known[member]


def _converted(shape: Shape, value: Any, path: str) -> Any:
    """The value under the names and in the types of the API; CloudFormation takes ``"4"`` for a number and 4 for a text."""
    match shape, value:
        case StructureShape(), Mapping():
            if unknown := [name for name in value if member_of(name) not in shape.members]:
                raise Refused(f"Properties validation failed: #/{path}: extraneous key [{unknown[0]}] is not permitted")
            found = {name: member_of(name) for name in value}
            return {found[name]: _converted(shape.members[found[name]], item, f"{path}/{name}") for name, item in value.items()}
        case MapShape(), Mapping():
            return {key: _converted(_inner(shape.value), item, f"{path}/{key}") for key, item in value.items()}
        case ListShape(), list() | tuple():
            return [_converted(_inner(shape.member), item, f"{path}/{number}") for number, item in enumerate(value)]
        case (StructureShape() | MapShape(), _):
            raise Refused(f"Properties validation failed: #/{path}: expected type: JSONObject, found: {_found(value)}")
        case (ListShape(), _):
            raise Refused(f"Properties validation failed: #/{path}: expected type: JSONArray, found: {_found(value)}")
    if shape.type_name in _NUMBERS and isinstance(value, str | float):
        return _number(shape.type_name, value)
    if shape.type_name == "boolean":
        return _TRUTH.get(value, value)
    return _text(value) if shape.type_name == "string" else value


def _inner(shape: Shape | None) -> Shape:
    assert shape is not None
    return shape


def _found(value: Any) -> str:
    return _JSON.get(type(value), "String")


def _number(type_name: str, value: str | float) -> Any:
    try:
        number = float(value)
        return _NUMBERS[type_name](number) if number.is_integer() or type_name in ("float", "double") else value
    except ValueError:
        return value  # the service says what it is not


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value
