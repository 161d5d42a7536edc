"""From a record to the response of an operation: the members of its output shape, then headers and body."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StructureShape

from omics_mock.content import Stream

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

_Step: TypeAlias = Callable[[Any], Any]

_encode_json = json.JSONEncoder(separators=(",", ":")).encode


def project(operation: Operation, record: Mapping[str, Any]) -> dict[str, Any]:
    """A deep copy of what ``record`` says about the members of the operation's output; None says nothing."""
    return _projector(operation)(record)


def serialize(operation: Operation, projected: Mapping[str, Any]) -> tuple[dict[str, str], bytes | Stream]:
    """The headers and the body of the response that carries ``projected``.

    The body is empty for an operation without output and for status 204; an output without members is ``{}``.
    """
    return _serializer(operation)(projected)


# --- projection ---------------------------------------------------------------------------------------------


@cache
def _projector(operation: Operation) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    if operation.output is None:
        return lambda record: {}
    return _Copies().members(operation.output)


def copy_json(value: Any) -> Any:
    """A deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: copy_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy_json(item) for item in value]
    return value


class _Copies:
    """Compiles copies of values; None stands for values that need no copy. A copy of None leaves the value out."""

    def __init__(self) -> None:
        self._structures: dict[str, _Step] = {}

    def copy(self, shape: Shape) -> _Step | None:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return None

    def members(self, shape: StructureShape) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        copies = {name: self.copy(member) for name, member in shape.members.items()}
        deep = tuple((name, copy) for name, copy in copies.items() if copy is not None)

        def copy_members(record: Mapping[str, Any]) -> dict[str, Any]:
            get = record.get
            result = {name: value for name in copies if (value := get(name)) is not None}
            for name, copy in deep:
                if name in result:
                    if (value := copy(result[name])) is None:
                        del result[name]
                    else:
                        result[name] = value
            return result

        return copy_members

    def _structure(self, shape: StructureShape) -> _Step:
        if shape.is_document_type:
            return copy_json
        if shape.name not in self._structures:
            copy_members: Callable[[Mapping[str, Any]], dict[str, Any]]
            # The service omits a union that has no member; botocore refuses to read one.
            self._structures[shape.name] = (
                (lambda value: copy_members(value) or None) if shape.is_tagged_union else (lambda value: copy_members(value))
            )
            copy_members = self.members(shape)
        return self._structures[shape.name]

    def _list(self, shape: ListShape) -> _Step:
        copy = self.copy(shape.member)
        if copy is None:
            return lambda value: [item for item in value if item is not None]
        return lambda value: [made for item in value if item is not None and (made := copy(item)) is not None]

    def _map(self, shape: MapShape) -> _Step:
        copy = self.copy(shape.value)
        if copy is None:
            return lambda value: {key: item for key, item in value.items() if item is not None}
        return lambda value: {key: made for key, item in value.items() if item is not None and (made := copy(item)) is not None}


# --- serialization ------------------------------------------------------------------------------------------


@cache
def _serializer(operation: Operation) -> Callable[[Mapping[str, Any]], tuple[dict[str, str], bytes | Stream]]:
    output = operation.output
    if output is None or operation.status == 204:
        return lambda projected: ({}, b"")
    encodings = _Encodings()
    payload = output.serialization.get("payload")
    headers_of = [
        (name, member.serialization.get("name", name), _header_text(member))
        for name, member in output.members.items()
        if member.serialization.get("location") == "header"
    ]
    body_members = {name: member for name, member in output.members.items() if "location" not in member.serialization}
    raw_payload = payload is not None and output.members[payload].type_name in ("blob", "string")
    content_type = "application/octet-stream" if raw_payload else "application/json"
    encode_payload = None if payload is None or raw_payload else encodings.encoding(output.members[payload])
    encode_body = encodings.members(body_members)
    not_in_body = output.members.keys() - body_members.keys()

    def serialize_output(projected: Mapping[str, Any]) -> tuple[dict[str, str], bytes | Stream]:
        headers = {"content-type": content_type}
        for name, header, text in headers_of:
            if name in projected:
                headers[header] = text(projected[name])
        if payload is not None:
            value = projected.get(payload)
            if isinstance(value, Stream):
                return headers | {"content-length": str(value.length)}, value
            if raw_payload:
                return headers, value.encode() if isinstance(value, str) else b"" if value is None else value
            value = {} if value is None else encode_payload(value) if encode_payload else value
            return headers, _encode_json(value).encode()
        body: Mapping[str, Any] = encode_body(projected) if encode_body else projected
        if not_in_body:
            body = {name: value for name, value in body.items() if name not in not_in_body}
        return headers, _encode_json(body).encode()

    return serialize_output


class _Encodings:
    """Compiles what makes a value JSON; None stands for values that are JSON already, the most of them."""

    def __init__(self) -> None:
        self._structures: dict[str, _Step] = {}

    def encoding(self, shape: Shape) -> _Step | None:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            encode = self.encoding(shape.member)
            return None if encode is None else _encode_list(encode)
        if isinstance(shape, MapShape):
            encode = self.encoding(shape.value)
            return None if encode is None else _encode_map(encode)
        match shape.type_name:
            case "blob":
                return lambda value: base64.b64encode(value).decode()
            case "timestamp":
                return _timestamp(shape, "unixtimestamp")
            case "float" | "double":
                return _json_float
        return None

    def members(self, members: Mapping[str, Shape]) -> _Step | None:
        special = [
            (name, member.serialization.get("name", name), encode)
            for name, member in members.items()
            if (encode := self.encoding(member)) is not None or "name" in member.serialization
        ]
        if not special:
            return None

        def encode_members(value: Mapping[str, Any]) -> dict[str, Any]:
            result = dict(value)
            for name, wire_name, encode in special:
                if name in result:
                    item = result.pop(name) if wire_name != name else result[name]
                    result[wire_name] = encode(item) if encode else item
            return result

        return encode_members

    def _structure(self, shape: StructureShape) -> _Step | None:
        if shape.is_document_type:
            return None
        if shape.name not in self._structures:
            made: _Step | None = None
            # Stands in while the members are compiled; only a recursive shape ever calls it.
            self._structures[shape.name] = lambda value: made(value) if made else value
            made = self.members(shape.members)
            if made is None:
                self._structures[shape.name] = _unchanged
        step = self._structures[shape.name]
        return None if step is _unchanged else step


def _encode_list(encode: _Step) -> _Step:
    return lambda value: [encode(item) for item in value]


def _encode_map(encode: _Step) -> _Step:
    return lambda value: {key: encode(item) for key, item in value.items()}


def _unchanged(value: Any) -> Any:
    return value  # pragma: no cover - a mark, which is never called


def _json_float(value: float) -> float | str:
    if value != value:
        return "NaN"
    return value if abs(value) != float("inf") else "Infinity" if value > 0 else "-Infinity"


def _timestamp(shape: Shape, default_format: str) -> Callable[[datetime], Any]:
    match shape.serialization.get("timestampFormat", default_format).lower():
        case "iso8601":
            return iso8601
        case "rfc822":
            return lambda moment: format_datetime(moment.astimezone(UTC), usegmt=True)
        case _:
            return lambda moment: round(moment.timestamp(), 3)


def iso8601(moment: datetime) -> str:
    """``2024-05-06T07:08:09.123Z``: in UTC, to the millisecond, or to the microsecond where there is one."""
    if moment.tzinfo is not UTC:
        if moment.tzinfo is None:
            raise ValueError(f"a timestamp needs a time zone: {moment!r}")
        moment = moment.astimezone(UTC)
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return moment.isoformat(timespec=precision)[:-6] + "Z"


def _header_text(shape: Shape) -> Callable[[Any], str]:
    match shape.type_name:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "timestamp":
            to_text = _timestamp(shape, "rfc822")
            return lambda value: str(to_text(value))
    return str
