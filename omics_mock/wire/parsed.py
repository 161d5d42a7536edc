"""What botocore makes of a response, straight from the answer that the response would carry."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.utils import parse_timestamp

from omics_mock.wire.serializer import copy_json, iso8601

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

_Step: TypeAlias = Callable[[Any], Any]


Read: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


@cache
def reader(operation: Operation) -> Read | None:
    """Makes a copy of an answer, in the types that botocore would give it; None where only the response itself can tell.

    The second argument is what comes before the members.
    """
    output = operation.output
    if output is None or operation.status == 204:
        return lambda answer, first: {**first}
    located = any("location" in member.serialization for member in output.members.values())
    return None if located or "payload" in output.serialization else _Readers().members(output)


class _Readers:
    """Compiles readers of values; None stands for values that are read as they are."""

    def __init__(self) -> None:
        self._structures: dict[str, _Step] = {}

    def members(self, shape: StructureShape) -> Read:
        readers = [(name, read) for name, member in shape.members.items() if (read := self._value(member)) is not None]

        def read_members(value: Mapping[str, Any], first: Mapping[str, Any]) -> dict[str, Any]:
            result = {**first, **value}
            for name, read in readers:
                if name in result:
                    result[name] = read(result[name])
            return result

        return read_members

    def _value(self, shape: Shape) -> _Step | None:
        if isinstance(shape, StructureShape):
            return copy_json if shape.is_document_type else self._structure(shape)
        if isinstance(shape, ListShape):
            read = self._value(shape.member)
            return list if read is None else _read_list(read)
        if isinstance(shape, MapShape):
            read = self._value(shape.value)
            return dict if read is None else _read_map(read)
        if shape.type_name == "timestamp":
            return read_moment if shape.serialization.get("timestampFormat") == "iso8601" else _read_seconds
        return None

    def _structure(self, shape: StructureShape) -> _Step:
        if shape.name not in self._structures:
            read_members: Read
            self._structures[shape.name] = lambda value: read_members(value, {})
            read_members = self.members(shape)
        return self._structures[shape.name]


def _read_list(read: _Step) -> _Step:
    return lambda value: [read(item) for item in value]


def _read_map(read: _Step) -> _Step:
    return lambda value: {key: read(item) for key, item in value.items()}


def read_moment(moment: datetime) -> datetime:
    """What botocore reads where ``moment`` was written: dateutil takes UTC for the local time where that is called so."""
    return _read_moment(moment, time.tzname)


@lru_cache(16)
def _read_moment(moment: datetime, zones: tuple[str, str]) -> datetime:
    if "UTC" in zones and len(set(zones)) > 1:
        return parse_timestamp(iso8601(moment))
    return moment.astimezone(UTC).replace(tzinfo=_zone(zones))


@cache
def _zone(_: tuple[str, str]) -> tzinfo | None:
    return parse_timestamp("2000-01-01T00:00:00Z").tzinfo


def _read_seconds(moment: datetime) -> datetime:
    return parse_timestamp(str(round(moment.timestamp(), 3)))
