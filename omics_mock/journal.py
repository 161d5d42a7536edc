"""What objects were like before they changed, so that changes can be undone.

A mark saves the containers that are no resource's at once: copies of a few dicts and lists. Resources, their journeys and tables
are saved by whoever changes them first after the latest mark: while there is a mark, the methods that change them save them
before they do. What only hangs on a resource, such as a list of its rows, is saved with it.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from functools import cache, wraps
from random import Random
from threading import RLock
from typing import Any, Final, TypeAlias

from omics_mock import settings
from omics_mock.content import Content, Spool
from omics_mock.journeys import Journey
from omics_mock.tables import Record, Table, hanging

_CHANGES: Final[dict[type, tuple[str, ...]]] = {
    Record: (
        "__setitem__",
        "__delitem__",
        "__ior__",
        "__setattr__",
        "__delattr__",
        "changing",
        "clear",
        "pop",
        "popitem",
        "setdefault",
        "update",
    ),
    Journey: ("__setattr__", "__delattr__"),
    Table: ("add", "remove"),
}
"""Who is saved when it changes, and the methods that change it."""

_NOT_SAVED: Final = (*_CHANGES, Content, Spool, tuple, Exception)  # immutable, or shared with what comes later

_Saved: TypeAlias = "dict[int, tuple[object, Any]]"
"""Objects with what was in them, by their identity."""


class Mark:
    """A point to which everything can be brought back for as long as its holder lives."""

    def __init__(self, roots: Iterable[object], holder: object) -> None:
        self._holder = weakref.ref(holder)
        self.at_once: _Saved = {}
        self.changed: _Saved = {}
        self.made: dict[int, Record] = {}
        """Resources that are new since: nothing that is brought back knows of them, so they stay as they are."""
        for root in roots:
            _save(root, self.at_once)

    @property
    def is_wanted(self) -> bool:
        """Whether anybody can still ask for it."""
        return self._holder() is not None


_marks: list[Mark] = []
_lock = RLock()  # taken while locks of states are held, never the other way round


def mark(roots: Iterable[object], holder: object) -> Mark:
    """Set a mark. Nothing may change meanwhile."""
    with _lock:
        _forget_unwanted()
        made = Mark(roots, holder)
        if not _marks:
            _watch()
        _marks.append(made)
        return made


def is_set(wanted: Mark) -> bool:
    """Whether there still is a way back to the mark."""
    return wanted in _marks


def changed_since(wanted: Mark) -> list[Record]:
    """The resources that were made or changed since the mark."""
    later = _marks[_marks.index(wanted) :]
    found = {key: cell for made in later for key, (cell, _) in made.changed.items()}
    for made in later:
        found |= made.made
    return [cell for cell in found.values() if isinstance(cell, Record)]


def bring_back(wanted: Mark) -> None:
    """Undo everything since the mark, which stays; marks that were set later are gone. Nothing else may change meanwhile."""
    with _lock:
        place = _marks.index(wanted)
        for made in reversed(_marks[place:]):
            for cell, content in made.changed.values():
                _put_back(cell, content)
        for cell, content in wanted.at_once.values():
            _put_back(cell, content)
        wanted.changed, wanted.made = {}, {}
        del _marks[place + 1 :]


def forget() -> None:
    """There is no way back any more."""
    with _lock:
        if _marks:
            _marks.clear()
            _stop_watching()


settings.at_reset.append(forget)


def _forget_unwanted() -> None:
    """What was saved for a mark that nobody can ask for any more is what was there at the mark before it, too."""
    for earlier, made in reversed([*zip([None, *_marks], _marks, strict=False)]):
        if not made.is_wanted:
            if earlier is not None:
                earlier.changed = made.changed | earlier.changed
                earlier.made |= made.made
            _marks.remove(made)
            if not _marks:
                _stop_watching()


# ---- noticing changes ----------------------------------------------------------------------------------------------

_unwatched: list[tuple[type, str, Any]] = []  # the methods as they were, where a class has them itself


def _watch() -> None:
    for kind, names in _CHANGES.items():
        for name in names:
            _unwatched.append((kind, name, vars(kind).get(name)))
            setattr(kind, name, _saving_first(getattr(kind, name)))
    _unwatched.append((Record, "__init__", vars(Record).get("__init__")))
    setattr(Record, "__init__", _noting(Record.__init__))  # noqa: B010 - mypy minds an assignment


def _stop_watching() -> None:
    while _unwatched:
        kind, name, method = _unwatched.pop()
        if method is None:
            delattr(kind, name)
        else:
            setattr(kind, name, method)


def _saving_first(change: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(change)
    def method(cell: object, *args: Any, **members: Any) -> Any:
        latest = _marks[-1:]  # one look: another thread may be forgetting them
        if latest and id(cell) not in latest[0].changed and id(cell) not in latest[0].made:
            _save_before_change(cell)
        return change(cell, *args, **members)

    return method


def _noting(begin: Callable[..., None]) -> Callable[..., None]:
    @wraps(begin)
    def method(cell: Record, *args: Any, **members: Any) -> None:
        for latest in _marks[-1:]:  # first: making it is no change of it
            latest.made[id(cell)] = cell
        begin(cell, *args, **members)

    return method


def _save_before_change(cell: object) -> None:
    with _lock:
        if _marks and not _marks[-1].is_wanted:
            _forget_unwanted()
        if _marks:
            _save(cell, _marks[-1].changed)


# ---- saving and putting back ---------------------------------------------------------------------------------------


def _save(cell: object, into: _Saved) -> None:
    """Save an object with all that is saved when it is."""
    left = [cell]
    while left:
        cell = left.pop()
        if id(cell) not in into:
            into[id(cell)] = cell, (content := _content(cell))
            if not isinstance(cell, Random):
                left += _parts(*content)


def _content(cell: object) -> Any:
    if isinstance(cell, Random):
        return cell.getstate()
    # Each copied at one go: others may be making parts that are made when somebody asks for them.
    items: Any = dict(cell) if isinstance(cell, dict) else list(cell) if isinstance(cell, list | set) else ()
    return items, _attributes(cell)


def _parts(*content: Any) -> Iterator[object]:
    """What is saved together with what has this content: items and attributes."""
    for held in content:
        values = held.values() if isinstance(held, dict) else held
        kinds = set(filter(_is_saved_with_others, set(map(type, values))))  # of ten thousand of a kind only the kind is looked at
        if kinds:
            yield from (part for part in values if type(part) in kinds)


def _attributes(cell: object) -> dict[str, Any]:
    """What hangs on an object, but for what it makes again."""
    attributes = hanging(cell)
    for name in getattr(cell, "made_again", ()):
        attributes.pop(name, None)
    return attributes


@cache
def _is_saved_with_others(kind: type) -> bool:
    """Whether objects of a class have content of their own that changes without a word."""
    frozen = getattr(getattr(kind, "__dataclass_params__", None), "frozen", False)
    if issubclass(kind, _NOT_SAVED) or frozen:
        return False
    return issubclass(kind, dict | list | set | Random) or kind.__module__.startswith("omics_mock.")


def _put_back(cell: object, content: Any) -> None:
    if isinstance(cell, Random):
        cell.setstate(content)
        return
    items, attributes = content
    if isinstance(cell, Record):  # whose own methods are watched
        dict.clear(cell)
        dict.update(cell, items)
    elif isinstance(cell, dict | set):
        cell.clear()
        cell.update(items)
    elif isinstance(cell, list):
        cell[:] = items
    for name, value in attributes.items():  # first: others ask a state for its lock, and the clock for the time, without any lock
        object.__setattr__(cell, name, value)
    for name in hanging(cell).keys() - attributes.keys():
        object.__delattr__(cell, name)
