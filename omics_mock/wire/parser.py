"""From the parts of an HTTP request to the parameters of an operation, by the member names of the model."""

from __future__ import annotations

import binascii
import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias
from urllib.parse import unquote_to_bytes

from botocore.model import ListShape, MapShape, Shape, StructureShape

from omics_mock.content import Payload

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

Parser: TypeAlias = Callable[[Mapping[str, str], str, Mapping[str, str], bytes], dict[str, Any]]
_Reader: TypeAlias = Callable[[Any], Any]

_MAX_DOCUMENT_DEPTH = 128  # well below what copying and encoding a document can recurse
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class MalformedRequest(ValueError):
    """The request can not be read as the operation's input; the text names the member and the rule."""


class _Bad(Exception):
    """A value breaks a rule; the readers around it add where."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.path: list[str] = []


@cache
def parser(operation: Operation) -> Parser:
    """Compile the reader of ``operation``'s requests: labels, raw query, lower-cased headers and body."""
    if operation.input is None:
        return lambda labels, raw_query, headers, body: {}
    compiler = _Compiler()
    labels_of: list[tuple[str, str, _Reader]] = []
    query_of: dict[str, tuple[str, bool, _Reader]] = {}
    headers_of: list[tuple[str, str, _Reader]] = []
    for name, member in operation.input.members.items():
        wire_name = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                labels_of.append((wire_name, name, _text_reader(member, "iso8601")))
            case "querystring" if isinstance(member, ListShape):
                query_of[wire_name] = (name, True, _text_reader(member.member, "iso8601"))
            case "querystring":
                query_of[wire_name] = (name, False, _text_reader(member, "iso8601"))
            case "header":
                headers_of.append((wire_name.lower(), name, _text_reader(member, "rfc822")))
    read_body = _body_reader(operation.input, compiler)

    def parse(labels: Mapping[str, str], raw_query: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        name = ""
        try:
            params = read_body(body) if read_body else {}
            for wire_name, name, read in labels_of:
                params[name] = read(labels[wire_name])
            for wire_name, name, read in headers_of:
                if wire_name in headers:
                    params[name] = read(headers[wire_name])
            if raw_query and query_of:
                for key, value in _pairs(raw_query):
                    if key not in query_of:
                        continue
                    name, many, read = query_of[key]
                    if many:
                        params.setdefault(name, []).append(read(value))
                    elif name in params:
                        raise _Bad("is given more than once in the query")
                    else:
                        params[name] = read(value)
        except _Bad as bad:
            raise MalformedRequest(f"'{'.'.join(bad.path) or name}' {bad.rule}") from None
        return params

    return parse


# --- the body -----------------------------------------------------------------------------------------------


def _body_reader(shape: StructureShape, compiler: _Compiler) -> Callable[[bytes], dict[str, Any]] | None:
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[payload]
        if member.type_name == "blob":
            return lambda body: {payload: Payload(body)}
        if member.type_name == "string":
            return lambda body: {payload: _decode(body)}
        read_payload = compiler.reader(member)
        return lambda body: {payload: _named(payload, read_payload, _load(body))} if body else {}
    members = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    if not members:
        return None
    read = compiler.members(members)

    def read_body(body: bytes) -> dict[str, Any]:
        document = _load(body) if body else {}
        if type(document) is not dict:
            raise MalformedRequest(f"the body must be a JSON object, not {_kind(document)}")
        return read(document)

    return read_body


def _named(name: str, read: _Reader, value: Any) -> Any:
    try:
        return read(value)
    except _Bad as bad:
        bad.path.insert(0, name)
        raise


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"the body is not UTF-8: {error}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text} is out of range")
    return value


_load_json = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def _load(body: bytes) -> Any:
    text = _decode(body)
    try:
        return _load_json(text)
    except RecursionError:
        raise MalformedRequest("the body is nested too deep") from None
    except ValueError as error:
        raise MalformedRequest(f"the body is not valid JSON: {error}") from None


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


class _Compiler:
    """Compiles readers of JSON values; structures are remembered by name, so that shapes may be recursive."""

    def __init__(self) -> None:
        self._structures: dict[str, _Reader] = {}

    def reader(self, shape: Shape) -> _Reader:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        match shape.type_name:
            case "string" | "character":
                return _read_string
            case "integer" | "long" | "short" | "byte":
                return _read_integer
            case "boolean":
                return _read_boolean
            case "float" | "double":
                return _read_float
            case "blob":
                return _read_blob
            case "timestamp":
                return _timestamp_reader(shape, "unixtimestamp")
        raise TypeError(f"{shape.name}: no reader for the type {shape.type_name!r}")

    def members(self, members: Mapping[str, Shape]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        readers = {member.serialization.get("name", name): (name, self.reader(member)) for name, member in members.items()}
        known = readers.get

        def read_members(value: dict[str, Any]) -> dict[str, Any]:
            result = {}
            for key, item in value.items():
                if item is not None and (entry := known(key)) is not None:
                    name, read = entry
                    try:
                        result[name] = read(item)
                    except _Bad as bad:
                        bad.path.insert(0, name)
                        raise
            return result

        return read_members

    def _structure(self, shape: StructureShape) -> _Reader:
        if shape.is_document_type:
            return _read_document
        if shape.name not in self._structures:
            read_members: Callable[[dict[str, Any]], dict[str, Any]]

            def read_structure(value: Any) -> Any:
                if type(value) is not dict:
                    raise _Bad(f"must be an object, not {_kind(value)}")
                return read_members(value)

            self._structures[shape.name] = read_structure
            read_members = self.members(shape.members)
        return self._structures[shape.name]

    def _list(self, shape: ListShape) -> _Reader:
        read = self.reader(shape.member)

        def read_list(value: Any) -> Any:
            if type(value) is not list:
                raise _Bad(f"must be an array, not {_kind(value)}")
            result = []
            for item in value:
                try:
                    # null stays, for validation to say that it must not be
                    result.append(None if item is None else read(item))
                except _Bad as bad:
                    bad.path[:0] = [str(len(result) + 1), "member"]
                    raise
            return result

        return read_list

    def _map(self, shape: MapShape) -> _Reader:
        read = self.reader(shape.value)

        def read_map(value: Any) -> Any:
            if type(value) is not dict:
                raise _Bad(f"must be an object, not {_kind(value)}")
            result = {}
            for key, item in value.items():
                try:
                    result[key] = None if item is None else read(item)
                except _Bad as bad:
                    bad.path[:0] = [key, "member"]
                    raise
            return result

        return read_map


def _read_string(value: Any) -> str:
    if type(value) is not str:
        raise _Bad(f"must be a string, not {_kind(value)}")
    return value


def _read_integer(value: Any) -> int:
    if type(value) is not int:  # not isinstance: a boolean is no number
        raise _Bad(f"must be an integer, not {value if type(value) is float else _kind(value)}")
    return value


def _read_float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return value
    if type(value) is str and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    raise _Bad(f"must be a number, not {_kind(value)}")


def _read_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise _Bad(f"must be a boolean, not {_kind(value)}")
    return value


def _read_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise _Bad(f"must be a base64 string, not {_kind(value)}")
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError as error:
        raise _Bad(f"is not valid base64: {error}") from None


def _read_document(value: Any) -> Any:
    _check_depth(value, _MAX_DOCUMENT_DEPTH)
    return value


def _check_depth(value: Any, room: int) -> None:
    if isinstance(value, dict | list):
        if room == 0:
            raise _Bad("is nested too deep")
        for child in value.values() if isinstance(value, dict) else value:
            _check_depth(child, room - 1)


# --- timestamps ---------------------------------------------------------------------------------------------


def _timestamp_reader(shape: Shape, default_format: str) -> _Reader:
    match shape.serialization.get("timestampFormat", default_format).lower():
        case "iso8601":
            return _read_iso8601
        case "rfc822":
            return _read_rfc822
        case _:
            return _read_unix_seconds


def _read_iso8601(value: Any) -> datetime:
    if type(value) is not str:
        raise _Bad(f"must be an ISO 8601 timestamp string, not {_kind(value)}")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Bad(f"is not an ISO 8601 timestamp: {value!r}") from None


def _read_rfc822(value: Any) -> datetime:
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise _Bad(f"is not an HTTP date: {value!r}") from None


def _read_unix_seconds(value: Any) -> datetime:
    try:
        return datetime.fromtimestamp(_read_float(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise _Bad(f"is not a timestamp in seconds: {value!r}") from None


# --- labels, query and headers ------------------------------------------------------------------------------


def _pairs(raw_query: str) -> list[tuple[str, str]]:
    split = (pair.partition("=") for pair in raw_query.split("&") if pair)
    return [(_unquote(key), _unquote(value)) for key, _, value in split]


def _unquote(text: str) -> str:
    if "%" not in text and "+" not in text:
        return text
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise MalformedRequest(f"the query is not UTF-8: {text!r}") from None


def _text_reader(shape: Shape, timestamp_format: str) -> _Reader:
    match shape.type_name:
        case "string":
            return _same_text
        case "integer" | "long":
            return _integer_of_text
        case "float" | "double":
            return _float_of_text
        case "boolean":
            return _boolean_of_text
        case "timestamp":
            read = _timestamp_reader(shape, timestamp_format)
            return (lambda text: read(_float_of_text(text))) if read is _read_unix_seconds else read
    raise TypeError(f"{shape.name}: no reader of text for the type {shape.type_name!r}")


def _same_text(text: Any) -> str:
    return str(text)


def _integer_of_text(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise _Bad(f"must be an integer, not {text!r}")
    return int(text)


def _float_of_text(text: str) -> float:
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    if not _NUMBER.fullmatch(text):
        raise _Bad(f"must be a number, not {text!r}")
    return float(text)


def _boolean_of_text(text: str) -> bool:
    if text not in ("true", "false"):
        raise _Bad(f"must be true or false, not {text!r}")
    return text == "true"
