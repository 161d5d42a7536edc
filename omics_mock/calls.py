"""The log of what callers asked and what they were answered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import overload

from omics_mock.content import Payload, Stream


class Blob:
    """Stands for bytes in the log: their length and SHA-256, never the bytes."""

    def __init__(self, length: int, digest: Callable[[], str]) -> None:
        self.length = length
        self._digest = digest

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 in hex, made when it is asked for where that costs reading a file again."""
        return self._digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Blob) and (self.length, self.sha256) == (other.length, other.sha256)

    def __hash__(self) -> int:
        return hash(self.length)

    def __repr__(self) -> str:
        return f"Blob(length={self.length}, sha256={self.sha256!r})"


@dataclass(slots=True)
class Call:
    """One request. ``response`` is None when it failed, ``error`` is None when it did not."""

    operation: str
    params: Mapping[str, object]
    response: Mapping[str, object] | None
    error: Exception | None
    account: str
    region: str
    at: datetime
    service: str = "omics"


class Calls(list[Call]):
    """Some of the calls, in order."""

    @property
    def only(self) -> Call:
        """The one call there is; an AssertionError tells when there are none or several."""
        if len(self) != 1:
            raise AssertionError(f"expected one call, got {[call.operation for call in self]}")
        return self[0]


class CallLog(Sequence[Call]):
    """Every call in order, failed ones too."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self.limit: int | None = None
        """How many of the latest calls are kept; None: all of them."""

    def append(self, call: Call) -> None:
        self._calls.append(call)
        if self.limit is not None and len(self._calls) > self.limit:
            del self._calls[: -self.limit or None]

    def of(self, operation: str) -> Calls:
        """The calls of one operation, by its name in the API (``"StartRun"``)."""
        return Calls(call for call in self if call.operation == operation)

    @property
    def only(self) -> Call:
        """The one call there was; an AssertionError tells when there were none or several."""
        return Calls(self._calls).only

    def clear(self) -> None:
        """Forget everything recorded so far."""
        self._calls.clear()

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> list[Call]: ...
    def __getitem__(self, index: int | slice) -> Call | list[Call]:
        return self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(tuple(self._calls))

    def __reversed__(self) -> Iterator[Call]:
        return reversed(tuple(self._calls))  # it may be cleared meanwhile

    def __repr__(self) -> str:
        return f"CallLog({[call.operation for call in self._calls]})"


def without_bytes(members: Mapping[str, object]) -> Mapping[str, object]:
    """Request or response members with bytes replaced by their Blob. Blobs are members of their own, never nested."""
    if _BYTES.isdisjoint(map(type, members.values())):
        return members
    return {name: _blob(value) if type(value) in _BYTES else value for name, value in members.items()}


_BYTES = frozenset((bytes, Payload, Stream))


def _blob(value: object) -> Blob:
    match value:
        case Stream():
            section = partial(value.content.open, value.start, value.start + value.length)
            return Blob(value.length, lambda: hashlib.file_digest(section(), "sha256").hexdigest())
        case Payload():
            return Blob(len(value), value.sha256.hex)
        case bytes():
            return Blob(len(value), hashlib.sha256(value).hexdigest)
    raise TypeError(f"no bytes: {value!r}")  # pragma: no cover - it is asked for bytes only
