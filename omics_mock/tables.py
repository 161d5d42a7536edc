"""Where resources live: one table per kind, plain dicts with wire names, paged by cursor."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Final, Generic, TypeAlias, TypeVar

from omics_mock import cursors
from omics_mock.exceptions import ResourceNotFoundException, ValidationException


class Record(dict[str, Any]):
    """A resource under its wire names. What never goes on the wire hangs on attributes of subclasses.

    There may be many: those of subclasses of which there are many have slots, too.
    """

    __slots__ = ("group", "removed", "sequence")

    sequence: int
    """Its place in its table, set when it is added."""
    group: str
    """The part of the table it is in, often the id of what it belongs to."""
    removed: bool

    def __init__(self, *members: Any, **more: Any) -> None:
        super().__init__(*members, **more)
        self.sequence, self.group, self.removed = 0, "", False

    @property
    def status(self) -> str:
        return str(self["status"])

    def concerns(self, account: str) -> bool:
        """Whether the account has to do with it, in whose table it is."""
        return True

    def changing(self) -> None:
        """Something that hangs on it is about to change in place: a snapshot wants to know."""

    # Two resources are the same only if they are one object: records serve as keys of bookkeeping.
    __hash__ = object.__hash__  # type: ignore[assignment]  # a dict has none

    def __eq__(self, other: object) -> bool:
        return self is other


def hanging(found: object) -> dict[str, Any]:
    """What hangs on a record, or on any other object, as its attributes."""
    attributes = dict(getattr(found, "__dict__", ()))  # at one go: others may be adding some
    slots = (name for base in type(found).__mro__ for name in vars(base).get("__slots__", ()))
    return attributes | {name: getattr(found, name) for name in slots if hasattr(found, name)}


R = TypeVar("R", bound=Record)

_Group: TypeAlias = "str | tuple[str, Any]"
"""What resources are in: a part of the table, or what has one value of a member in such a part."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Table(Generic[R]):
    """The resources of one kind in one account and region, in order of creation.

    A table may be in groups: the read sets of each store. A page of a group costs a page: its start is found by bisection, and
    removing a record never moves the ones behind it. ``looked_up`` are members that never change and that lists filter by: what
    has the same value of one is a group, too. What no list has asked for yet is not in order yet.
    """

    made_again: ClassVar = frozenset(("_orders",))
    """What is made from the rest when it is asked for."""

    # The groups by the member whose values make them; without a member, the groups that resources are added to.
    _orders: Mapping[str | None, dict[_Group, _Order[R]]] = MappingProxyType({})

    def __init__(self, noun: str, looked_up: tuple[str, ...] = ()) -> None:
        self.noun = noun
        self.looked_up = looked_up
        self._records: dict[str, R] = {}
        self._next = 1

    def add(self, key: str, record: R, group: str = "", place: int | None = None) -> R:
        """Store a new resource, after all others or in a place of its group that is its own by nature."""
        record.sequence, record.group = self._next if place is None else place, group
        self._records[key] = record
        for member, groups in self._orders.items():
            groups.setdefault(_group(record, member), _Order()).insert_at(record.sequence, record)
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
        for member, groups in self._orders.items():
            order = groups[group := _group(record, member)]
            order.remove_at(record.sequence)
            if not order.left:
                del groups[group]

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
        self._records, self._orders, self._next = dict(records), {}, next_place

    def of(self, group: str) -> Iterator[R]:
        """The resources of a group, as they are now."""
        return iter([*self._order(group).after(None, newest_first=False)])

    def count(self, group: str) -> int:
        """How many resources a group has."""
        return self._order(group).left

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
        wanted: Mapping[str, Any] = _NOTHING,
    ) -> tuple[list[R], str | None]:
        """One page of the matching resources and the token of the next. What matches has at least what is ``wanted``.

        The token remembers the last resource given out, not a count, so that what is created or deleted between two pages is
        neither repeated nor lost; and it is bound to the list and filters it came from.
        """
        limit = params.get(size, default)
        filters = {name: value for name, value in params.items() if name not in (size, token)}
        binding = cursors.binding(self.noun, filters)
        page: list[R] = []
        order = self._shortest(group, wanted)
        for record in order.after(_position(params.get(token), binding, token), newest_first):
            if matches(record):
                if len(page) == limit:
                    return page, cursors.token(str(page[-1].sequence), binding)
                page.append(record)
        return page, None

    def _order(self, group: str, member: str | None = None, value: Any = None) -> _Order[R]:
        """The resources of a group; those that have a value of a member."""
        if member not in self._orders:
            self._orders = {**self._orders, member: self._in_order(member)}
        return self._orders[member].get(group if member is None else (group, value)) or _Order()

    def _shortest(self, group: str, wanted: Mapping[str, Any]) -> _Order[R]:
        """The shortest order that has all resources of a group that have what is wanted."""
        orders = [self._order(group, member, wanted[member]) for member in self.looked_up if member in wanted]
        return min(orders, key=len) if orders else self._order(group)

    def _in_order(self, member: str | None) -> dict[_Group, _Order[R]]:
        groups: dict[_Group, _Order[R]] = {}
        for record in self._records.values():
            groups.setdefault(_group(record, member), _Order()).append(record)
        for order in groups.values():
            order.sort(key=_place)
        return groups


def _group(record: Record, member: str | None) -> _Group:
    """What a resource is in, or is in because of a member's value."""
    return record.group if member is None else (record.group, record.get(member, ""))


class _Order(list[R | int]):
    """Resources in order of their places. A number is the place of one that was removed; they go when they are too many."""

    removed = 0

    @property
    def left(self) -> int:
        return len(self) - self.removed

    def insert_at(self, place: int, record: R) -> None:
        index = bisect_left(self, place, key=_place) if self and _place(self[-1]) >= place else len(self)
        if self[index : index + 1] == [place]:  # what was there before was removed
            self[index] = record
            self.removed -= 1
        else:
            self.insert(index, record)

    def remove_at(self, place: int) -> None:
        self[bisect_left(self, place, key=_place)] = place
        self.removed += 1
        if len(self) > 2 * self.left + 16:
            self[:] = [found for found in self if not isinstance(found, int)]
            self.removed = 0

    def after(self, position: int | None, newest_first: bool) -> Iterator[R]:
        if newest_first:
            start = len(self) if position is None else bisect_left(self, position, key=_place)
            following = range(start - 1, -1, -1)
        else:
            start = 0 if position is None else bisect_right(self, position, key=_place)
            following = range(start, len(self))
        return (found for found in map(self.__getitem__, following) if not isinstance(found, int))


def _place(found: Record | int) -> int:
    return found if isinstance(found, int) else found.sequence


def _position(token: str | None, binding: str, member: str) -> int | None:
    try:
        return None if token is None else int(cursors.position(token, binding))
    except ValueError as error:
        raise ValidationException(f"Invalid {member}: it was not returned by this list operation with these filters") from error
