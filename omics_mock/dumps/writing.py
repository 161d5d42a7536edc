"""From the objects of states to JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import FunctionType, MethodType
from typing import Any, Final

from omics_mock import exceptions
from omics_mock.backends.run_groups import Pool
from omics_mock.backends.run_records import Run
from omics_mock.content import Content
from omics_mock.dumps.folder import Folder
from omics_mock.dumps.known import (
    CONSTRUCTED,
    FIXTURES,
    FUNCTIONS,
    METHODS,
    VALUES,
    Json,
    attributes_of,
    default_of,
    fields_of,
    is_derived,
)
from omics_mock.ids import Ids
from omics_mock.journeys import Journey
from omics_mock.runs_simulator.course import Course
from omics_mock.runs_simulator.plans import Script
from omics_mock.snapshots import Place
from omics_mock.state import Family, ServiceState
from omics_mock.tables import Record, Table, hanging

_PLAIN: Final = frozenset((str, int, float, bool, type(None)))


class Encoder:
    """Writes objects of the states at these places."""

    def __init__(self, places: Mapping[ServiceState, Place], kept: Folder) -> None:
        self._places = places
        self._kept = kept
        self._numbers: dict[int, int] = {}
        self._named: dict[int, tuple[object, str]] = {}  # bytes that have a name already
        self._written: dict[int, object] = {}  # what is filled where it was written first

    def value(self, found: Any) -> Json:
        """Anything that a resource can have."""
        kind = type(found)
        if kind in _PLAIN:
            return found
        if kind is dict:
            return self._mapping(found)
        if kind is list:
            return [self.value(item) for item in found]
        if issubclass(kind, Record):
            return self._record(found)
        if kind.__name__ in VALUES and kind is VALUES[kind.__name__]:
            return {"$": kind.__name__, **self._differing(found)}
        match found:
            case datetime():
                return {"$time": found.isoformat()}
            case timedelta():
                return {"$microseconds": found // timedelta.resolution}
            case bytes():
                return {"$bytes": self._bytes(found, (found,))}
            case Content():
                return {"$content": self._bytes(found, found.chunks())}
            case Counter():
                return {"$counter": self._mapping(found)}
            case tuple():
                return {"$tuple": [self.value(item) for item in found]}
            case Table():
                return {"$": "Table", "noun": found.noun, **self._table(found)}
            case Journey():
                return self._once(found) or {"$": "Journey", "#": self._number(found), **self._differing(found)}
            case Pool():
                return {"$": "Pool", **self.filled(found)}
            case exceptions.OmicsError():
                return {"$error": found.code, "message": found.message}
        if callable(found):
            return self._function(found)
        raise ValueError(f"what is no data can not be dumped: {found!r}")  # pragma: no cover - it would be a mistake of ours

    def filled(self, fixture: Any) -> dict[str, Json]:
        """What has come into something that a constructor made."""
        self._written[id(fixture)] = fixture
        return {name: written for name, found in vars(fixture).items() if (written := self._filling(fixture, name, found))}

    def _filling(self, fixture: object, name: str, found: Any) -> Json:
        if is_derived(type(fixture), name) or id(found) in self._written:
            return None
        match found:
            case Ids():
                return found.position
            case Table():
                self._written[id(found)] = found
                return self._table(found) if len(found) or found.next_place > 1 else None
            case dict():
                return self._mapping(found)
        if isinstance(found, FIXTURES):
            return self.filled(found)
        return None if isinstance(found, CONSTRUCTED) or callable(found) else self.value(found)

    def _mapping(self, found: Mapping[Any, Any]) -> Json:
        if all(type(key) is str and key[:1] != "$" for key in found):
            return {key: self.value(value) for key, value in found.items()}
        return {"$map": [[self.value(key), self.value(value)] for key, value in found.items()]}

    def _table(self, table: Table[Any]) -> dict[str, Json]:
        return {"next": table.next_place, "records": {key: self.value(record) for key, record in table.records.items()}}

    def _record(self, record: Record) -> Json:
        if reference := self._once(record):
            return reference
        kind, number = type(record), self._number(record)
        kept = {name: found for name, found in hanging(record).items() if not is_derived(kind, name)}
        if undeclared := kept.keys() - attributes_of(kind):  # pragma: no cover - it would be a mistake of ours
            raise TypeError(f"{kind.__name__} does not declare {', '.join(sorted(undeclared))}")
        if isinstance(record, Run):
            kept["script"] = _without_code(record)
        members = {name: self.value(value) for name, value in record.items()}
        return {
            "$": kind.__name__,
            "#": number,
            "members": members,
            "kept": {name: self.value(value) for name, value in sorted(kept.items())},
        }

    def _once(self, found: object) -> Json:
        number = self._numbers.get(id(found))
        return None if number is None else {"$ref": number}

    def _number(self, found: object) -> int:
        return self._numbers.setdefault(id(found), len(self._numbers) + 1)

    def _differing(self, found: Any) -> dict[str, Json]:
        values = {name: (getattr(found, name), default_of(field)) for name, field in fields_of(type(found)).items()}
        return {name: self.value(value) for name, (value, default) in values.items() if default is MISSING or value != default}

    def _bytes(self, found: object, chunks: Iterable[bytes]) -> str:
        if id(found) not in self._named:
            self._named[id(found)] = found, self._kept.put(chunks)
        return self._named[id(found)][1]

    def _function(self, found: Any) -> Json:
        match found:
            case partial(func=function, args=arguments, keywords={}):
                return {"$partial": self._function(function), "arguments": [self.value(argument) for argument in arguments]}
            case MethodType(__self__=Family() | Course() as owner) if found.__name__ in METHODS.get(type(owner).__name__, ()):
                return {"$method": f"{type(owner).__name__}.{found.__name__}", "of": list(self._places[owner.region])}
            case FunctionType() if found in FUNCTIONS.values():
                return {"$function": next(name for name, function in FUNCTIONS.items() if function is found)}
        raise ValueError(f"code can not be dumped: {found!r}")  # pragma: no cover - the code of plans is refused before


def _without_code(run: Run) -> Script:
    """A run that has ended needs its plan no longer; one that is under way may need what only its process has."""
    if run.ended:
        return replace(run.script, outputs={}, effect=None)
    if run.script.effect is not None:
        raise ValueError(f"run {run['id']} is {run.status} and has a plan with an effect: it can be dumped when it has ended")
    if any(_has_path(output) for output in run.script.outputs.values()):
        raise ValueError(f"run {run['id']} is {run.status} and has a plan with files: it can be dumped when it has ended")
    return run.script


def _has_path(output: object) -> bool:
    return isinstance(output, Path) or (isinstance(output, list | tuple) and any(isinstance(item, Path) for item in output))
