"""From the parts of an HTTP request to the parameters of an operation, by the member names of the model."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias
from urllib.parse import unquote_to_bytes

from botocore.model import ListShape, MapShape, Shape, StructureShape

from omics_mock.content import Payload
from omics_mock.wire.readers import (
    Bad,
    MalformedRequest,
    Reader,
    json_reader,
    kind,
    read_document,
    text_reader,
)

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

Parser: TypeAlias = Callable[[Mapping[str, str], str, Mapping[str, str], bytes], dict[str, Any]]


@cache
def parser(operation: Operation) -> Parser:
    """Compile the reader of ``operation``'s requests: labels, raw query, lower-cased headers and body."""
    if operation.input is None:
        return lambda labels, raw_query, headers, body: {}
    compiler = _Compiler()
    labels_of: list[tuple[str, str, Reader]] = []
    query_of: dict[str, tuple[str, bool, Reader]] = {}
    headers_of: list[tuple[str, str, Reader]] = []
    for name, member in operation.input.members.items():
        wire_name = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                labels_of.append((wire_name, name, text_reader(member, "iso8601")))
            case "querystring" if isinstance(member, ListShape):
                query_of[wire_name] = (name, True, text_reader(member.member, "iso8601"))
            case "querystring":
                query_of[wire_name] = (name, False, text_reader(member, "iso8601"))
            case "header":
                headers_of.append((wire_name.lower(), name, text_reader(member, "rfc822")))
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
                        raise Bad("is given more than once in the query")
                    else:
                        params[name] = read(value)
        except Bad as bad:
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
            raise MalformedRequest(f"the body must be a JSON object, not {kind(document)}")
        return read(document)

    return read_body


def _named(name: str, read: Reader, value: Any) -> Any:
    try:
        return read(value)
    except Bad as bad:
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


class _Compiler:
    """Compiles readers of JSON values; structures are remembered by name, so that shapes may be recursive."""

    def __init__(self) -> None:
        self._structures: dict[str, Reader] = {}

    def reader(self, shape: Shape) -> Reader:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return json_reader(shape)

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
                    except Bad as bad:
                        bad.path.insert(0, name)
                        raise
            return result

        return read_members

    def _structure(self, shape: StructureShape) -> Reader:
        if shape.is_document_type:
            return read_document
        if shape.name not in self._structures:
            read_members: Callable[[dict[str, Any]], dict[str, Any]]

            def read_structure(value: Any) -> Any:
                if type(value) is not dict:
                    raise Bad(f"must be an object, not {kind(value)}")
                return read_members(value)

            self._structures[shape.name] = read_structure
            read_members = self.members(shape.members)
        return self._structures[shape.name]

    def _list(self, shape: ListShape) -> Reader:
        read = self.reader(shape.member)

        def read_list(value: Any) -> Any:
            if type(value) is not list:
                raise Bad(f"must be an array, not {kind(value)}")
            result = []
            for item in value:
                try:
                    # null stays, for validation to say that it must not be
                    result.append(None if item is None else read(item))
                except Bad as bad:
                    bad.path[:0] = [str(len(result) + 1), "member"]
                    raise
            return result

        return read_list

    def _map(self, shape: MapShape) -> Reader:
        read = self.reader(shape.value)

        def read_map(value: Any) -> Any:
            if type(value) is not dict:
                raise Bad(f"must be an object, not {kind(value)}")
            result = {}
            for key, item in value.items():
                try:
                    result[key] = None if item is None else read(item)
                except Bad as bad:
                    bad.path[:0] = [key, "member"]
                    raise
            return result

        return read_map


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
