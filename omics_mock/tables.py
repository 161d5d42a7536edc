"""Where resources live: one table per kind, plain dicts with wire names, paged by cursor."""

from __future__ import annotations

import base64
import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from omics_mock.exceptions import ResourceNotFoundException, ValidationException


class Record(dict[str, Any]):
    """A resource under its wire names. What never goes on the wire hangs on attributes of subclasses."""

    sequence = 0  # its place in its table, set when it is added

    @property
    def status(self) -> str:
        return str(self["status"])

    # Two resources are the same only if they are one object: records serve as keys of bookkeeping.
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


R = TypeVar("R", bound=Record)


class Table(Generic[R]):
    """The resources of one kind in one account and region, in order of creation.

    A page costs a page: its start is found by bisection, and removing a record never moves the ones behind it.
    """

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._records: dict[str, R] = {}
        self._order: list[int] = []
        self._keys: dict[int, str] = {}
        self._next = 1

    def add(self, key: str, record: R) -> R:
        """Store a new resource."""
        record.sequence = self._next
        self._records[key] = record
        self._keys[self._next] = key
        self._order.append(self._next)
        self._next += 1
        return record

    def find(self, key: str | None) -> R | None:
        return None if key is None else self._records.get(key)

    def get(self, key: str) -> R:
        """The resource, or the service's not-found error."""
        record = self._records.get(key)
        if record is None:
            raise ResourceNotFoundException(f"{self.noun} {key} not found")
        return record

    def remove(self, key: str) -> None:
        record = self._records.pop(key)
        del self._keys[record.sequence]
        if len(self._order) > 2 * len(self._keys) + 16:
            self._order = sorted(self._keys)

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
    ) -> tuple[list[R], str | None]:
        """One page of the matching resources and the token of the next.

        The token remembers the last resource given out, not a count, so that what is created or deleted between two pages is
        neither repeated nor lost; and it is bound to the list and filters it came from.
        """
        limit = params.get(size, default)
        filters = {name: value for name, value in params.items() if name not in (size, token)}
        binding = hashlib.sha256(json.dumps([self.noun, filters], sort_keys=True, default=str).encode()).hexdigest()[:16]
        page: list[R] = []
        for record in self._after(_position(params.get(token), binding), newest_first):
            if matches(record):
                if len(page) == limit:
                    return page, _token(page[-1].sequence, binding)
                page.append(record)
        return page, None

    def _after(self, position: int | None, newest_first: bool) -> Iterator[R]:
        order = self._order
        if newest_first:
            start = len(order) if position is None else bisect_left(order, position)
            sequences: Iterator[int] = (order[index] for index in range(start - 1, -1, -1))
        else:
            start = 0 if position is None else bisect_right(order, position)
            sequences = (order[index] for index in range(start, len(order)))
        for sequence in sequences:
            if sequence in self._keys:
                yield self._records[self._keys[sequence]]


def _token(position: int, binding: str) -> str:
    return base64.urlsafe_b64encode(f"{binding}:{position}".encode()).decode().rstrip("=")


def _position(token: str | None, binding: str) -> int | None:
    if token is None:
        return None
    try:
        text = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True).decode("ascii")
        bound_to, _, position = text.partition(":")
        if bound_to == binding and position.isdecimal() and _token(int(position), binding) == token:
            return int(position)
    except ValueError:
        pass
    raise ValidationException("Invalid startingToken: it was not returned by this list operation with these filters")
