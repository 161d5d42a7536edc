"""The log of what callers asked and what they were answered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload


@dataclass(frozen=True, slots=True)
class Blob:
    """Stands for bytes in the log: their length and SHA-256, never the bytes."""

    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Call:
    """One request. ``response`` is None when it failed, ``error`` is None when it did not."""

    operation: str
    params: Mapping[str, object]
    response: Mapping[str, object] | None
    error: Exception | None
    account: str
    region: str
    at: datetime


class CallLog(Sequence[Call]):
    """Every call in order, failed ones too."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def append(self, call: Call) -> None:
        self._calls.append(call)

    def of(self, operation: str) -> list[Call]:
        """The calls of one operation, by its name in the API (``"StartRun"``)."""
        return [call for call in self._calls if call.operation == operation]

    @property
    def only(self) -> Call:
        """The one call there was; an AssertionError tells when there were none or several."""
        if len(self._calls) != 1:
            raise AssertionError(f"expected one call, got {[call.operation for call in self._calls]}")
        return self._calls[0]

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

    def __repr__(self) -> str:
        return f"CallLog({[call.operation for call in self._calls]})"


def without_bytes(members: Mapping[str, object]) -> Mapping[str, object]:
    """Request or response members with bytes replaced by their Blob. Blobs are members of their own, never nested."""
    if bytes not in map(type, members.values()):
        return members
    return {
        name: Blob(len(value), hashlib.sha256(value).hexdigest()) if isinstance(value, bytes) else value
        for name, value in members.items()
    }
