"""What a run that completes leaves at its output location.

Source: AWS HealthOmics User Guide, "Workflow outputs".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from omics_mock.definitions.contents import Content, File, Given, Joined, Repeated, text
from omics_mock.definitions.declared import Declared

_MAX_VALUES: Final = 10_000
_OWN: Final = object()
"""Stands for what the test did not supply."""


def check_supplied(supplied: Mapping[str, object]) -> None:
    """Refuse what can be an output of no workflow. Raises ValueError or TypeError naming it."""
    for name, value in supplied.items():
        if {"", ".", ".."} & set(name.split("/")):
            raise ValueError(f"output {name!r} must be the name of an output, or the relative path of a file without '..'")
        _check(value, name)


def _check(value: object, name: str) -> None:
    match value:
        case bytes() | Path():
            return
        case list() | tuple():
            for each in value:
                _check(each, name)
        case Mapping():
            for each in value.values():
                _check(each, name)
        case _:
            _json(value, name)


def outputs(
    location: str,
    engine: str,
    declared: Declared | None,
    parameters: Mapping[str, Any],
    supplied: Mapping[str, object] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """The objects to write: the key of each below the run's output location, and its bytes.

    What the test supplies by the name of a declared output fills it; what it supplies by any other name is a file beside them.
    Raises ValueError or TypeError naming the output when that can not be.
    """
    supplied = supplied or {}
    check_supplied(supplied)
    declared = declared or Declared()
    found = {output.name: output for output in declared.outputs}
    nextflow = engine == "NEXTFLOW"
    writer = _Writer(location.rstrip("/"), "pubdir" if nextflow else "out", engine == "CWL", parameters)
    values: dict[str, Any] = {}
    for name, output in found.items():
        if nextflow:
            writer.put(name, _bytes(supplied[name], name) if name in supplied else _made_up(name))
        else:
            writer.left -= 1
            values[name] = writer.value(output.content, (name,), supplied.get(name, _OWN))
        yield from writer.written()
    for name, value in supplied.items():
        if name not in found:
            writer.put(name, _bytes(value, name))
            yield from writer.written()
    if not nextflow:
        prefix = f"{declared.name}." if declared.name and engine != "CWL" else ""
        manifest = {prefix + name: value for name, value in values.items()}
        yield "logs/outputs.json", json.dumps(manifest, indent=2).encode()


class _Writer:
    """Values of outputs, and the files that are part of them."""

    def __init__(self, location: str, folder: str, cwl: bool, parameters: Mapping[str, Any]) -> None:
        self.location, self.folder, self.cwl, self.parameters = location, folder, cwl, parameters
        self.left = _MAX_VALUES
        self._written: list[tuple[str, bytes]] = []

    def written(self) -> Iterator[tuple[str, bytes]]:
        """The files since the last time."""
        yield from self._written
        self._written.clear()

    def put(self, path: str, body: bytes) -> str:
        """Write a file; its URI."""
        key = f"{self.folder}/{path}"
        self._written.append((key, body))
        return f"{self.location}/{key}"

    def value(self, content: Content, at: tuple[str, ...], supplied: object) -> Any:
        """The value of an output, or of the part of one, as the manifest has it."""
        match content:
            case File():
                return self._file(content, at, supplied)
            case Repeated() | tuple():
                return self._array(content, at, supplied)
            case Mapping():
                return self._members(content, at, supplied)
        if supplied is not _OWN:
            return _json(supplied, _named(at))
        match content:
            case Given():
                given = self.parameters.get(content.parameter)
                return self.value(content.default, at, _OWN) if given is None else given
            case Joined():
                return text(content, self.parameters) or ""
        return content

    def _file(self, file: File, at: tuple[str, ...], supplied: object) -> Any:
        if supplied is None:
            return None
        name = supplied.name if isinstance(supplied, Path) else file.name(self.parameters)
        body = _made_up(_named(at)) if supplied is _OWN else _bytes(supplied, _named(at))
        location = self.put("/".join((*at, name)), body)
        if not self.cwl:
            return location
        digest = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        return {"location": location, "basename": name, "class": "File", "size": len(body), "checksum": f"sha1${digest}"}

    def _array(self, array: Repeated | tuple[Content, ...], at: tuple[str, ...], supplied: object) -> list[Any] | None:
        if supplied is None:
            return None
        if supplied is _OWN:
            items: Iterable[tuple[Content, object]] = (
                ((array.item, _OWN) for _ in range(array.times(self.parameters)))
                if isinstance(array, Repeated)
                else ((item, _OWN) for item in array)
            )
        elif isinstance(supplied, list | tuple):
            items = ((_item(array, index), each) for index, each in enumerate(supplied))
        else:
            raise TypeError(f"output {_named(at)} is an array: a list is needed, not {type(supplied).__name__}")
        values = []
        for index, (content, each) in enumerate(items):
            self.left -= 1
            if self.left < 0 and each is _OWN:
                break
            values.append(self.value(content, (*at, str(index)), each))
        return values

    def _members(self, members: Mapping[str, Content], at: tuple[str, ...], supplied: object) -> dict[str, Any] | None:
        if supplied is None:
            return None
        if supplied is _OWN:
            supplied = dict.fromkeys(members, _OWN)
        if not isinstance(supplied, Mapping):
            raise TypeError(f"output {_named(at)} has members: a mapping is needed, not {type(supplied).__name__}")
        every = dict.fromkeys(members, _OWN) | dict(supplied)
        self.left -= len(every)
        return {str(name): self.value(members.get(name), (*at, str(name)), each) for name, each in every.items()}


def _item(array: Repeated | tuple[Content, ...], index: int) -> Content:
    """What an item of an array is; of one that has fewer, the same as the last."""
    if isinstance(array, Repeated):
        return array.item
    return array[min(index, len(array) - 1)] if array else File(f"{index}", f"{index}")


def _named(at: tuple[str, ...]) -> str:
    return at[0] + "".join(f"[{part}]" for part in at[1:])


def _made_up(name: str) -> bytes:
    return f"Output {name} of a mocked run\n".encode()


def _bytes(value: object, name: str) -> bytes:
    match value:
        case bytes():
            return value
        case str():
            return value.encode()
        case Path():
            return value.read_bytes()
    return json.dumps(_json(value, name), indent=2).encode()


def _json(value: object, name: str) -> Any:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise type(error)(f"output {name}: {error}") from error
