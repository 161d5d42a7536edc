"""What the mock knows of an error and AWS would not say: for the notes of an exception, never for its message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.lifecycle import KINDS, policy_of
from omics_mock.tables import Record, Table, hanging

if TYPE_CHECKING:
    from omics_mock.engine import Refused
    from omics_mock.journeys import Journey
    from omics_mock.state import ServiceState

_NOT_FOUND = re.compile(r"(?P<noun>\w[\w ]*) (?P<key>\S+) not found|The resource with ARN '(?P<arn>.*)' was not found\.")
_KEYS: Final = ("taskId", "shareId", "uploadId", "id", "arn", "versionName", "name")
_HANDLES: Final = ("taskId", "shareId", "id", "arn", "storeArn", "versionArn")
"""What a resource is known by to its table, and to ``omics.advance``."""
_LISTED: Final = 5


def notes(refused: Refused, here: ServiceState, everywhere: Iterable[ServiceState]) -> list[str]:
    """What there is to say of a refusal, which whoever made it may have noted already."""
    if noted := getattr(refused.error, "__notes__", None):
        return list(noted)
    match refused.error.code:
        case "ResourceNotFoundException":
            return list(_missing(refused, here, everywhere))
        case "ConflictException":
            return list(_in_the_way(refused, here))
    return []


def of_waiting(waiter: str, answer: Mapping[str, Any]) -> list[str]:
    """What there is to say when a waiter (``"run_running"``) has not seen what it waits for, from the last answer it got."""
    kind = max((kind for kind in KINDS if waiter.startswith(f"{kind}_")), key=len, default=None)
    if kind is None or "status" not in answer:
        return []
    policy, seen = policy_of(kind), f"the last answer said {answer['status']}"
    why = {
        "immediate": "under it no answer says what comes between the first state and the last",
        "frozen": "under it a resource stays as it is until omics.advance(...) or omics.finish_all()",
    }
    because = f": {why[policy]}" if policy in ("immediate", "frozen") else ""
    return [f'{seen}; the lifecycle of "{kind}" is {policy!r}{because}']


# ---- what is not found ---------------------------------------------------------------------------------------------


def _missing(refused: Refused, here: ServiceState, everywhere: Iterable[ServiceState]) -> Iterator[str]:
    named = _NOT_FOUND.fullmatch(refused.error.message)
    if named is None:
        return
    tables = _tables(here, refused.params)
    key, noun = named["key"] or named["arn"], named["noun"] or next(iter(tables))
    name, place = key.rpartition("/")[2] if key.startswith("arn:") else key, _place(here)
    if noun in tables:
        known = [record for record in tables[noun] if record.concerns(here.account)]
        listed = _listed(tables[noun], known, refused.params)
        yield f"this mock has {_plural(noun)} {listed} in {place}" if known else f"this mock has no {_plural(noun)} yet in {place}"
    for other, table in tables.items():
        record = table.find(name)
        if record is not None and other == noun and record.group:
            yield f"{name} belongs to {record.group}"
        elif record is not None and other != noun:
            yield f"{name} is a {_spoken(other)} here"
    for state in everywhere:
        found = [table.find(name) for table in state.tables().values()] if state is not here else []
        if any(record.concerns(state.account) for record in found if record is not None):
            yield f"{name} exists in {_place(state)}"
    if deleted := _deletion(name, here):
        yield deleted
    if key.startswith("arn:") and (owner := key.split(":")[3:5]) != [here.region, here.account]:
        yield f"the ARN is of {'/'.join(reversed(owner))}, and the call of {place}"


def _tables(here: ServiceState, params: Mapping[str, Any]) -> dict[str, Table[Any]]:
    """The tables by noun, with those that belong to a resource which the request names."""
    tables = dict(here.tables())
    owners = [record for table in tables.values() for value in _texts(params) if (record := table.find(value)) is not None]
    within = {table.noun: table for owner in owners for table in hanging(owner).values() if isinstance(table, Table)}
    return {**within, **tables}


def _listed(table: Table[Any], records: list[Record], params: Mapping[str, Any]) -> str:
    named = set(_texts(params))
    nearest = sorted(records, key=lambda record: record.group not in named)
    keys = [_key(table, record) + _of(record, named) for record in islice(nearest, _LISTED)]
    more = len(records) - len(keys)
    return ", ".join(keys) + (f" and {more} more" if more else "")


def _of(record: Record, named: set[str]) -> str:
    apart = record.group and record.group not in named and not record.get("arn", "").startswith(f"{record.group}/")
    return f" (of {record.group})" if apart else ""


def _key(table: Table[Any], record: Record) -> str:
    return next((str(record[member]) for member in _KEYS if member in record and table.find(record[member]) is record), "?")


def _deletion(key: str, here: ServiceState) -> str | None:
    """When a resource was deleted, as far as the innermost mock has seen."""
    for call in reversed(settings.frame().calls):
        deletes = "Delete" in call.operation and call.error is None and (call.account, call.region) == (here.account, here.region)
        kept: Any = (call.response or {}).get("errors") or ()
        if deletes and key in _texts(call.params) and not any(key in error.values() for error in kept):
            return f"{key} was deleted by {call.operation} at {call.at.isoformat(timespec='seconds')}"
    return None


# ---- what is in the wrong state ------------------------------------------------------------------------------------


def _in_the_way(refused: Refused, here: ServiceState) -> Iterator[str]:
    tables = _tables(here, refused.params)
    keys = {value for value in _texts(refused.params) if any(value in table for table in tables.values())}
    meant = [record for table in tables.values() for key in keys if (record := table.find(key)) is not None]
    journeys = here.lifecycles.journeys()
    moving = [journey for journey in journeys if any(journey.record is record for record in meant)]
    moving = moving or [journey for journey in journeys if not keys.isdisjoint(_texts(journey.record))]
    yield from map(_move_on, moving[:_LISTED])
    if len(moving) > _LISTED:
        yield f"{len(moving) - _LISTED} more are under way"
    for noun, table in tables.items():
        kind = _spoken(noun).replace(" ", "_")
        for record in meant if kind in KINDS and not moving else ():
            if _key(table, record) != "?" and f" {record.get('status')}" in refused.error.message:
                hold = f'omics.lifecycle("{kind}", "frozen")'
                yield f"nothing lies ahead of {record['status']}; {hold} holds what is made afterwards in its first state"


def _move_on(journey: Journey) -> str:
    handle = next(journey.record[member] for member in _HANDLES if member in journey.record)
    ahead = journey.ahead or ["nothing"]
    return (
        f'{journey.kind} {handle} is {journey.record.status} and the lifecycle of "{journey.kind}" {policy_of(journey.kind)!r}; '
        f'ahead: {", ".join(ahead)}. Move it on with omics.advance("{handle}", to="{ahead[-1]}") or omics.finish_all()'
    )


# ---- words ---------------------------------------------------------------------------------------------------------


def _texts(members: Mapping[str, Any]) -> Iterator[str]:
    """The values that are texts, also those in lists."""
    for value in tuple(members.values()):  # others may be changing a resource
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))


def _place(state: ServiceState) -> str:
    return f"{state.account}/{state.region}"


def _spoken(noun: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", noun).lower()


def _plural(noun: str) -> str:
    return _spoken(noun) + ("es" if noun.endswith("ch") else "s")
