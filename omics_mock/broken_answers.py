"""Answers that arrive broken: cut off, changed on the way, or not JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from omics_mock.content import Content, Stream

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

Body: TypeAlias = bytes | Stream


class BrokenBody:
    """Base of what can happen to the body of an answer. The operation itself is served."""

    def suits(self, operation: Operation) -> bool:
        """Whether the operation's answers have a body that can break in this way."""
        return operation.output is not None and operation.status != 204

    def spoil(self, body: Body) -> Body:
        """What arrives of ``body``."""
        raise NotImplementedError  # pragma: no cover - every kind has its own


@dataclass(frozen=True)
class TruncatedBody(BrokenBody):
    """The connection ends after ``at`` bytes, half of them unless told otherwise; the whole body never arrives."""

    at: int | None = None

    def __post_init__(self) -> None:
        _check_position(self.at)

    def spoil(self, body: Body) -> Body:
        length = _length(body)
        arrived = max(0, min(length // 2 if self.at is None else self.at, length - 1))
        return body.content.open(body.start, body.start + arrived) if isinstance(body, Stream) else body[:arrived]


@dataclass(frozen=True)
class CorruptedBody(BrokenBody):
    """A bit of the byte at position ``at``, one in the middle unless told otherwise, is flipped. For downloads."""

    at: int | None = None

    def __post_init__(self) -> None:
        _check_position(self.at)

    def suits(self, operation: Operation) -> bool:
        return super().suits(operation) and _is_download(operation)

    def spoil(self, body: Body) -> Body:
        length = _length(body)
        position = min(length // 2 if self.at is None else self.at, length - 1)
        if not isinstance(body, Stream):
            return _flipped(body, position)
        return Stream(_Corrupted(body.content, body.start + position), body.start, body.start + length)


@dataclass(frozen=True)
class MalformedJson(BrokenBody):
    """The answer is ``body`` instead of JSON, a proxy's page for instance. Not for downloads."""

    body: bytes = b"<html><body>It works!</body></html>"

    def suits(self, operation: Operation) -> bool:
        return super().suits(operation) and not _is_download(operation)

    def spoil(self, body: Body) -> Body:
        return self.body


def _is_download(operation: Operation) -> bool:
    output = operation.output
    payload = None if output is None else output.serialization.get("payload")
    return output is not None and payload is not None and output.members[payload].type_name == "blob"


def _length(body: Body) -> int:
    return body.length if isinstance(body, Stream) else len(body)


def _check_position(at: int | None) -> None:
    if at is not None and at < 0:
        raise ValueError(f"at is a number of bytes, not {at!r}")


def _flipped(data: bytes, position: int) -> bytes:
    """``data`` with another byte at ``position``, if that lies in it."""
    if not 0 <= position < len(data):
        return data
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


class _Corrupted(Content):
    """A content but for one byte, without a copy of it."""

    def __init__(self, content: Content, position: int) -> None:
        super().__init__(content._pieces)
        self._position = position

    def read_at(self, position: int, size: int) -> bytes:
        return _flipped(super().read_at(position, size), self._position - position)
