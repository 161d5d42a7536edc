"""The latest calls of a test, as text for the report of its failure."""

from __future__ import annotations

from collections import deque
from reprlib import Repr
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omics_mock.calls import Call

SHOWN = 50

_short = Repr()
_short.maxstring = _short.maxother = 60
_short.maxlevel = 2

_TOKENS = ("clientToken", "requestId")  # as a rule botocore made them up


class RecordedCalls:
    """The calls since the test began, of which the last are kept, whichever mocks they were made in."""

    def __init__(self) -> None:
        self._last: deque[Call] = deque(maxlen=SHOWN)
        self._count = 0

    def add(self, call: Call) -> None:
        self._last.append(call)
        self._count += 1

    def clear(self) -> None:
        """Begin with the next test."""
        self._last.clear()
        self._count = 0

    def __str__(self) -> str:
        """A line for each call; nothing if there was none."""
        left_out = self._count - len(self._last)
        omitted = [f"({left_out} earlier calls left out)"] if left_out else []
        return "\n".join([*omitted, *map(line, tuple(self._last))])


def line(call: Call) -> str:
    """What was asked and what came of it: ``GetRun(id='1234567') -> status='RUNNING'``."""
    members = ", ".join(f"{name}={_short.repr(value)}" for name, value in call.params.items() if name not in _TOKENS)
    service = "" if call.service == "omics" else f"{call.service} "
    elsewhere = "" if (call.account, call.region) == ("123456789012", "us-east-1") else f" in {call.account} {call.region}"
    outcome = ", ".join(_told(call)) or "done"
    return f"{service}{call.operation}({members}){elsewhere} -> {outcome}"


def _told(call: Call) -> Iterator[str]:
    if call.error is not None:
        yield f"{type(call.error).__name__}: {call.error}"
    for name, value in (call.response or {}).items():
        if name in ("id", "name", "status", "statusMessage") and call.params.get(name) != value:
            yield f"{name}={_short.repr(value)}"
        elif isinstance(value, list):
            yield f"{len(value)} {name}"
