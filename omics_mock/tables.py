"""Where resources live: one table per kind, plain dicts with wire names, paged by cursor."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from omics_mock import cursors
from omics_mock.exceptions import ResourceNotFoundException, ValidationException


class Record(dict[str, Any]):
    """A resource under its wire names. What never goes on the wire hangs on attributes of subclasses."""

    sequence = 0  # its place in its table, set when it is added
    group = ""  # the part of the table it is in, often the id of what it belongs to
    removed = False

    @property
    def status(self) -> str:
        return str(self["status"])

    def concerns(self, account: str) -> bool:
        """Whether the account has to do with it, in whose table it is."""
        return True

    def changing(self) -> None:
        """Something that hangs on it is about to change in place: a snapshot wants to know."""

    # Two resources are the same only if they are one object: records serve as keys of bookkeeping.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """The resources of one kind in one account and region, in order of creation.

    A table may be in groups: the read sets of each store. A page of a group costs a page: its start is found by bisection, and
    removing a record never moves the ones behind it.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._records: dict[str, R] = {}
        self._groups: dict[str, _Order] = defaultdict(_Order)
        self._next = 1

    def add(self, key: str, record: R, group: str = "", place: int | None = None) -> R:
        """Store a new resource, after all others or in a place of its group that is its own by nature."""
        record.sequence, record.group = self._next if place is None else place, group
        self._records[key] = record
        self._groups[group].insert(record.sequence, key)
        self._next += 1
        return record

    def find(self, key: str | None, group: str | None = None) -> R | None:
        record = None if key is None else self._records.get(key)
        return None if record is None or group not in (None, record.group) else record

    def get(self, key: str, group: str | None = None) -> R:
        """The resource, or the service's not-found error; also when it is in another group."""
        record = self.find(key, group)
        if record is None:
            raise ResourceNotFoundException(f"{self.noun} {key} not found")
        return record

    def remove(self, key: str) -> None:
        record = self._records.pop(key)
        record.removed = True
        self._groups[record.group].remove(record.sequence)

    @property
    def records(self) -> Mapping[str, R]:
        """The resources by their keys, in order of creation."""
        return self._records

    @property
    def next_place(self) -> int:
        """The place of the resource that is added next."""
        return self._next

    def refill(self, records: Mapping[str, R], next_place: int) -> None:
        """Take these resources in place of all there are, in the places and groups they had."""
        self._records, self._next = dict(records), next_place
        self._groups.clear()
        for key, record in records.items():
            self._groups[record.group].insert(record.sequence, key)

    def of(self, group: str) -> Iterator[R]:
        """The resources of a group, as they are now."""
        return iter([self._records[key] for key in self._groups[group].after(None, newest_first=False)])

    def count(self, group: str) -> int:
        """How many resources a group has."""
        return len(self._groups[group].keys)

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __iter__(self) -> Iterator[R]:
        return iter(tuple(self._records.values()))

    def __len__(self) -> int:
        return len(self._records)

    def page(
        self,
        params: Mapping[str, Any],
        matches: Callable[[R], bool] = lambda record: True,
        *,
        size: str = "maxResults",
        token: str = "startingToken",
        default: int = 100,
        newest_first: bool = False,
        group: str = "",
    ) -> tuple[list[R], str | None]:
        """One page of the matching resources and the token of the next.

        The token remembers the last resource given out, not a count, so that what is created or deleted between two pages is
        neither repeated nor lost; and it is bound to the list and filters it came from.
        """
        limit = params.get(size, default)
        filters = {name: value for name, value in params.items() if name not in (size, token)}
        binding = cursors.binding(self.noun, filters)
        page: list[R] = []
        order = self._groups[group]
        for key in order.after(_position(params.get(token), binding, token), newest_first):
            record = self._records[key]
            if matches(record):
                if len(page) == limit:
                    return page, cursors.token(str(page[-1].sequence), binding)
                page.append(record)
        return page, None


class _Order:
    """The keys of a group in order of creation, by the number each was given."""

    def __init__(self) -> None:
        self.keys: dict[int, str] = {}
        self._numbers: list[int] = []

    def insert(self, number: int, key: str) -> None:
        self.keys[number] = key
        index = bisect_left(self._numbers, number)
        if self._numbers[index : index + 1] != [number]:  # what was there before may have left its number
            self._numbers.insert(index, number)

    def remove(self, number: int) -> None:
        del self.keys[number]
        if len(self._numbers) > 2 * len(self.keys) + 16:
            self._numbers = sorted(self.keys)

    def after(self, position: int | None, newest_first: bool) -> Iterator[str]:
        numbers = self._numbers
        if newest_first:
            start = len(numbers) if position is None else bisect_left(numbers, position)
            following: Iterator[int] = (numbers[index] for index in range(start - 1, -1, -1))
        else:
            start = 0 if position is None else bisect_right(numbers, position)
            following = (numbers[index] for index in range(start, len(numbers)))
        for number in following:
            if number in self.keys:
                yield self.keys[number]


def _position(token: str | None, binding: str, member: str) -> int | None:
    try:
        return None if token is None else int(cursors.position(token, binding))
    except ValueError as error:
        raise ValidationException(f"Invalid {member}: it was not returned by this list operation with these filters") from error
