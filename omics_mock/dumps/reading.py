"""From JSON to the objects of states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from omics_mock.backends.run_groups import Pool
from omics_mock.content import Content, Spool
from omics_mock.dumps.folder import Folder
from omics_mock.dumps.known import (
    ERRORS,
    FIXTURES,
    FUNCTIONS,
    METHODS,
    RECORDS,
    VALUES,
    Json,
    Unknown,
    attributes_of,
    default_of,
    fields_of,
    is_derived,
)
from omics_mock.ids import Ids
from omics_mock.journeys import Journey
from omics_mock.runs_simulator.course import Course
from omics_mock.snapshots import Place
from omics_mock.state import Family, ServiceState
from omics_mock.tables import Record, Table


class Decoder:
    """Makes the objects of the states at these places anew."""

    def __init__(self, states: Mapping[Place, ServiceState], kept: Folder) -> None:
        self._states = states
        self._kept = kept
        self._spool = Spool()
        self._numbered: dict[int, Any] = {}
        self._contents: dict[str, Content] = {}
        self._tables: list[tuple[Table[Any], dict[str, Any], int]] = []

    def kept_by(self, spool: Spool) -> None:
        """Bytes from now on are kept by this spool."""
        self._spool, self._contents = spool, {}

    def value(self, found: Json) -> Any:
        """What ``Encoder.value`` wrote."""
        if isinstance(found, list):
            return [self.value(item) for item in found]
        if not isinstance(found, dict):
            return found
        match found:
            case {"$ref": number}:
                return self._numbered[number]
            case {"$time": text}:
                return datetime.fromisoformat(text)
            case {"$microseconds": number}:
                return timedelta(microseconds=number)
            case {"$bytes": name}:
                return self._kept.get(name)
            case {"$content": name}:
                if name not in self._contents:
                    self._contents[name] = self._kept.get_content(name, self._spool)
                return self._contents[name]
            case {"$counter": counts}:
                return Counter(self.value(counts))
            case {"$tuple": items}:
                return tuple(self.value(item) for item in items)
            case {"$map": pairs}:
                return {self.value(key): self.value(value) for key, value in pairs}
            case {"$error": code, "message": text}:
                return _known(ERRORS, code)(str(text))
            case {"$partial": _} | {"$method": _} | {"$function": _}:
                return self._function(found)
            case {"$": kind, **rest}:
                return self._object(kind, rest)
        return {key: self.value(value) for key, value in found.items()}

    def fill(self, fixture: Any, found: Mapping[str, Json]) -> None:
        """Put back what ``Encoder.filled`` wrote."""
        for name, written in found.items():
            if name not in vars(fixture) or is_derived(type(fixture), name):
                raise Unknown(f"{type(fixture).__name__}.{name}")
            match vars(fixture)[name]:
                case Ids() as ids:
                    ids.position = written
                case Table() as table:
                    self._fill_table(table, written)
                case dict() as mapping:
                    mapping.update(self.value(written))
                case list() as items:
                    items[:] = self.value(written)
                case part if isinstance(part, FIXTURES):
                    self.fill(part, written)
                case bool() | int() | float() | None:
                    setattr(fixture, name, self.value(written))
                case _:  # what only constructors give
                    raise Unknown(f"{type(fixture).__name__}.{name}")

    def finish(self) -> None:
        """Everything is there: put the records of tables in order."""
        for table, records, next_place in self._tables:
            table.refill(records, next_place)

    def _object(self, kind: str, found: dict[str, Json]) -> Any:
        match kind:
            case "Table":
                table: Table[Any] = Table(found["noun"])
                self._fill_table(table, found)
                return table
            case "Pool":
                pool = Pool()
                self.fill(pool, found)
                return pool
            case "Journey":
                return self._journey(**found)
        if kind in RECORDS:
            return self._record(RECORDS[kind], found)
        return _known(VALUES, kind)(**{name: self.value(value) for name, value in found.items()})

    def _fill_table(self, table: Table[Any], found: Mapping[str, Json]) -> None:
        records = {key: self.value(record) for key, record in found["records"].items()}
        if not all(isinstance(record, Record) for record in records.values()):
            raise TypeError(f"{table.noun}: a table has records")
        self._tables.append((table, records, found["next"]))

    def _record(self, kind: type[Record], found: Mapping[str, Json]) -> Record:
        record = self._numbered[found["#"]] = kind()
        record.update({name: self.value(value) for name, value in found["members"].items()})
        for name, value in found["kept"].items():
            if name not in attributes_of(kind):
                raise Unknown(f"{kind.__name__}.{name}")
            setattr(record, name, self.value(value))
        return record

    def _journey(self, **found: Json) -> Journey:
        journey = self._numbered[found.pop("#")] = Journey.__new__(Journey)
        known = fields_of(Journey)
        for name in found.keys() - known.keys():
            raise Unknown(f"Journey.{name}")
        for name, field in known.items():
            setattr(journey, name, self.value(found[name]) if name in found else default_of(field))
        return journey

    def _function(self, found: Json) -> Callable[..., Any]:
        match found:
            case {"$partial": function, "arguments": arguments}:
                return partial(self._function(function), *(self.value(argument) for argument in arguments))
            case {"$method": str(name), "of": [service, account, region]}:
                owner, _, method = name.partition(".")
                if method not in _known(METHODS, owner):
                    raise Unknown(name)
                of = _owners(self._states[Place(service, account, region)])
                called: Callable[..., Any] = getattr(of[owner], method)
                return called
            case {"$function": name}:
                return FUNCTIONS[name] if name in FUNCTIONS else _known({}, name)
        raise Unknown("a function")


def _owners(state: ServiceState) -> dict[str, object]:
    """Whose methods are called, by the names of their classes."""
    parts = (part for family in state.families for part in (family, *vars(family).values()))
    return {type(part).__name__: part for part in parts if isinstance(part, Family | Course)}


def _known(known: Mapping[str, Any], name: str) -> Any:
    if name not in known:
        raise Unknown(name)
    return known[name]
