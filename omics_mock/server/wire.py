"""What the control paths carry: scripts for runs, faults and calls as JSON, with bytes as ``{"base64": ...}``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from omics_mock.broken_answers import CorruptedBody, MalformedJson, TruncatedBody
from omics_mock.calls import Blob, Call
from omics_mock.exceptions import ServiceError
from omics_mock.faults import ConnectionFailure, Error, Fault, Latency

Types: TypeAlias = "tuple[type, ...]"

NUMBER: Types = (int, float)
TEXT: Types = (str,)

FAULT: Mapping[str, Types] = {
    "operation": TEXT,
    "error": (str, dict),
    "times": (int, type(None)),
    "after": (int,),
    "account": (str, type(None)),
    "region": (str, type(None)),
    "message": (str, type(None)),
    "optional": (bool,),
}
PLAN: Mapping[str, Types] = {
    "workflow": TEXT,
    "name": TEXT,
    "parameters": (dict,),
    "tasks": (list, dict),
    "outputs": (dict,),
    "fail": (str, dict),
    "retries": (int, dict),
    "cache_hits": (bool, list),
}
_TASK: Mapping[str, Types] = {
    "name": TEXT,
    "cpus": (int,),
    "memory": (int,),
    "gpus": (int,),
    "image": TEXT,
    "seconds": NUMBER,
    "status": TEXT,
    "metrics": (dict,),
    "log": (list,),
}
_NAMES = {
    type(None): "null",
    bool: "true or false",
    str: "text",
    dict: "an object",
    list: "a list",
    int: "a whole number",
    float: "a number",
}


def checked(body: Any, types: Mapping[str, Types], *required: str, what: str = "the body") -> dict[str, Any]:
    """``body`` if it is an object of such members; a ValueError says what is wrong."""
    if not isinstance(body, dict):
        raise ValueError(f"{what} is a JSON object")
    if unknown := sorted(body.keys() - types.keys()):
        raise ValueError(f"{what} has unknown {', '.join(unknown)}; known: {', '.join(types)}")
    if missing := [name for name in required if name not in body]:
        raise ValueError(f"{what} lacks {', '.join(missing)}")
    for name, value in body.items():
        allowed = types[name]
        if type(value) not in allowed:  # True is no number
            raise ValueError(f"{name} of {what} is {' or '.join(_NAMES[kind] for kind in allowed)}, not {value!r:.100}")
    return body


# ---- plans -----------------------------------------------------------------------------------------------------------


def plan(body: Any) -> dict[str, Any]:
    """The arguments of ``plan_run``."""
    members = checked(body, PLAN, what="a plan")
    tasks = members.get("tasks", [])
    for task in tasks.values() if isinstance(tasks, dict) else tasks:
        if not isinstance(task, str):
            log = checked(task, _TASK, what="a task").get("log", [])
            if not all(isinstance(line, str) for line in log):
                raise ValueError("log of a task is a list of texts")
    return members | {"outputs": {name: _supplied(value) for name, value in members.get("outputs", {}).items()}}


def plan_to_json(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The body for the arguments of ``plan_run``; what was not given is left out."""
    body = {name: value for name, value in arguments.items() if value is not None}
    if "outputs" in body:
        body["outputs"] = {name: _supplied_to_json(value) for name, value in body["outputs"].items()}
    if not isinstance(hits := body.get("cache_hits", False), bool):
        body["cache_hits"] = list(hits)
    return body


def _supplied(value: Any) -> Any:
    if isinstance(value, list):
        return [_supplied(entry) for entry in value]
    if isinstance(value, dict) and list(value) == ["base64"]:
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, TypeError) as broken:
            raise ValueError(f"outputs: no base64: {broken}") from broken
    return value


def _supplied_to_json(value: Any) -> Any:
    match value:
        case bytes():
            return {"base64": base64.b64encode(value).decode()}
        case Path():  # of the client's machine
            return _supplied_to_json(value.read_bytes())
        case list() | tuple():
            return [_supplied_to_json(entry) for entry in value]
    return value


# ---- faults ----------------------------------------------------------------------------------------------------------


def fault(body: Any) -> dict[str, Any]:
    """The arguments of ``faults.add``."""
    members = checked(body, FAULT, "operation", "error", what="a fault")
    return members | {"error": _error(members["error"])}


def _error(given: str | dict[str, Any]) -> Error:
    if isinstance(given, str):
        return given
    match list(given.items()):
        case [("latency", int() | float() as seconds)]:
            return Latency(seconds)
        case [("connection", str(kind))]:
            return ConnectionFailure(kind)
        case [("truncated", int() | None as at)]:
            return TruncatedBody(at)
        case [("corrupted", int() | None as at)]:
            return CorruptedBody(at)
        case [("malformed", str(text))]:
            return MalformedJson(text.encode())
    raise ValueError(
        'error of a fault is the name of an exception, or one of {"latency": seconds}, {"connection": kind}, '
        '{"truncated": position or null}, {"corrupted": position or null} and {"malformed": text}'
    )


def error_to_json(error: Error) -> str | dict[str, Any]:
    """The member ``error`` for what ``faults.add`` takes."""
    match error:
        case str():
            return error
        case Latency(seconds):
            return {"latency": seconds}
        case ConnectionFailure(kind=kind):
            return {"connection": kind}
        case TruncatedBody(at):
            return {"truncated": at}
        case CorruptedBody(at):
            return {"corrupted": at}
        case MalformedJson(body):
            return {"malformed": body.decode()}
        case ServiceError():
            return error.code
        case type() if issubclass(error, ConnectionFailure | TruncatedBody | CorruptedBody | MalformedJson):
            return error_to_json(error())
        case type():
            return error.__name__
    raise TypeError(f"{error!r} is no exception, latency, connection failure or broken body")


def fault_to_json(fault: Fault) -> dict[str, Any]:
    """A fault and what has become of it."""
    return {
        "operation": fault.operation,
        "times": fault.times,
        "used": fault.used,
        "matched": fault.matched,
        "unused": fault.is_unused,
        "says": str(fault),
    }


# ---- calls -----------------------------------------------------------------------------------------------------------


def call_to_json(call: Call) -> dict[str, Any]:
    """A call; bytes as their length and SHA-256."""
    error = call.error
    return {
        "service": call.service,
        "operation": call.operation,
        "params": _plain(call.params),
        "response": None if call.response is None else _plain(call.response),
        "error": None if error is None else {"code": getattr(error, "code", type(error).__name__), "message": str(error)},
        "account": call.account,
        "region": call.region,
        "at": call.at.isoformat(),
    }


def _plain(value: Any) -> Any:
    match value:
        case None | str() | bool() | int() | float():
            return value
        case Blob():
            return {"length": value.length, "sha256": value.sha256}
        case datetime():
            return value.isoformat()
        case Mapping():
            return {str(name): _plain(entry) for name, entry in value.items()}
        case Sequence() | set() | frozenset():
            return [_plain(entry) for entry in value]
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    return str(value)
