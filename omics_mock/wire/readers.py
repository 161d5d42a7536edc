"""Readers of single values, as JSON and as text, by the type the model gives them."""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from botocore.model import Shape

Reader: TypeAlias = Callable[[Any], Any]

_MAX_DOCUMENT_DEPTH = 128  # well below what copying and encoding a document can recurse
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


class MalformedRequest(ValueError):
    """The request can not be read as the operation's input; the text names the member and the rule."""


class Bad(Exception):
    """A value breaks a rule; the readers around it add where."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.path: list[str] = []


def kind(value: Any) -> str:
    """What a JSON value is called."""
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


def json_reader(shape: Shape) -> Reader:
    """How a scalar is read from JSON."""
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
    raise TypeError(f"{shape.name}: no reader for the type {shape.type_name!r}")  # pragma: no cover - botocore has no other types


def _read_string(value: Any) -> str:
    if type(value) is not str:
        raise Bad(f"must be a string, not {kind(value)}")
    return value


def _read_integer(value: Any) -> int:
    if type(value) is not int:  # not isinstance: a boolean is no number
        raise Bad(f"must be an integer, not {value if type(value) is float else kind(value)}")
    return value


def _read_float(value: Any) -> float:
    if type(value) is float or type(value) is int:
        return value
    if type(value) is str and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    raise Bad(f"must be a number, not {kind(value)}")


def _read_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Bad(f"must be a boolean, not {kind(value)}")
    return value


def _read_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise Bad(f"must be a base64 string, not {kind(value)}")
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError as error:
        raise Bad(f"is not valid base64: {error}") from None


def read_document(value: Any) -> Any:
    """A value of any kind, if it is not nested too deep."""
    _check_depth(value, _MAX_DOCUMENT_DEPTH)
    return value


def _check_depth(value: Any, room: int) -> None:
    if isinstance(value, dict | list):
        if room == 0:
            raise Bad("is nested too deep")
        for child in value.values() if isinstance(value, dict) else value:
            _check_depth(child, room - 1)


# --- timestamps ---------------------------------------------------------------------------------------------


def _timestamp_reader(shape: Shape, default_format: str) -> Reader:
    match shape.serialization.get("timestampFormat", default_format).lower():
        case "iso8601":
            return _read_iso8601
        case "rfc822":
            return _read_rfc822
        case _:
            return _read_unix_seconds


def _read_iso8601(value: Any) -> datetime:
    if type(value) is not str:
        raise Bad(f"must be an ISO 8601 timestamp string, not {kind(value)}")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no time zone")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Bad(f"is not an ISO 8601 timestamp: {value!r}") from None


def _read_rfc822(value: Any) -> datetime:
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Bad(f"is not an HTTP date: {value!r}") from None


def _read_unix_seconds(value: Any) -> datetime:
    try:
        return datetime.fromtimestamp(_read_float(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise Bad(f"is not a timestamp in seconds: {value!r}") from None


# --- text ---------------------------------------------------------------------------------------------------


def text_reader(shape: Shape, timestamp_format: str) -> Reader:
    """How a scalar is read from a label, the query or a header."""
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
    raise TypeError(f"{shape.name}: no reader of text for the type {shape.type_name!r}")  # pragma: no cover - no others are there


def _same_text(text: Any) -> str:
    return str(text)


def _integer_of_text(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise Bad(f"must be an integer, not {text!r}")
    return int(text)


def _float_of_text(text: str) -> float:
    if text in _NOT_FINITE:
        return _NOT_FINITE[text]
    if not _NUMBER.fullmatch(text):
        raise Bad(f"must be a number, not {text!r}")
    return float(text)


def _boolean_of_text(text: str) -> bool:
    if text not in ("true", "false"):
        raise Bad(f"must be true or false, not {text!r}")
    return text == "true"
