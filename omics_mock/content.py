"""Bytes that may be many: in memory up to a limit, in a temporary file beyond it, read without a copy of the whole."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import weakref
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import IO

MEMORY_LIMIT = 32 * 1024 * 1024
"""How many bytes of one account and region stay in memory."""

_CHUNK = 1024 * 1024
_START = (0,)  # most files are one piece


class Payload:
    """The raw body of a request. Its digest is made once, however many want it."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __len__(self) -> int:
        return len(self.data)

    @cached_property
    def sha256(self) -> bytes:
        """The SHA-256 digest."""
        return hashlib.sha256(self.data).digest()


class Spool:
    """Keeps bytes, in memory while there is room and else in one temporary file without a name.

    The file goes when the spool and everything kept in it are gone, and with the process at the latest. Its space is used anew
    once nothing in it is in use.
    """

    def __init__(self, limit: int = MEMORY_LIMIT) -> None:
        self._room = limit
        self._lock = Lock()
        self._file: IO[bytes] | None = None
        self._end = self._in_use = 0
        # Pieces go at any time, also while the lock is held: they only leave a note.
        self._returned: deque[tuple[int, bool]] = deque()

    def keep(self, data: bytes) -> Content:
        """Keep ``data``."""
        with self._lock:
            while self._returned:
                length, in_file = self._returned.popleft()
                if in_file:
                    self._in_use -= length
                else:
                    self._room += length
            if len(data) <= self._room:
                self._room -= len(data)
                return Content([_Piece(self._returned, data, len(data))])
            file = self._opened()
            if not self._in_use:
                self._end = 0
                file.truncate(0)
            offset, self._end = self._end, self._end + len(data)
            self._in_use += len(data)
            piece = _Piece(self._returned, self, len(data), offset)  # gives its space back also when it can not be written
            if not hasattr(os, "pwrite"):
                file.seek(offset)
                file.write(data)
        if hasattr(os, "pwrite"):
            _write(file.fileno(), data, offset)
        return Content([piece])

    def keep_all(self, file: IO[bytes]) -> Content:
        """Keep what is left to read in ``file``."""
        return Content.joined([self.keep(chunk) for chunk in iter(lambda: file.read(8 * _CHUNK), b"")])

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of the temporary file."""
        assert self._file is not None
        if hasattr(os, "pread"):
            return os.pread(self._file.fileno(), size, offset)
        with self._lock:
            self._file.seek(offset)
            return self._file.read(size)

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="omics-mock-", buffering=0)  # noqa: SIM115 - closed with the spool
            weakref.finalize(self, self._file.close)
        return self._file


def _write(descriptor: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(descriptor, view, offset)
        view, offset = view[written:], offset + written


class _Piece:
    """Bytes that were kept in one go."""

    __slots__ = ("_bytes", "_offset", "_returned", "length")

    def __init__(self, returned: deque[tuple[int, bool]], kept: bytes | Spool, length: int, offset: int = 0) -> None:
        self._returned = returned
        self._bytes = kept
        self._offset = offset
        self.length = length

    def read(self, start: int, size: int) -> bytes:
        if isinstance(self._bytes, Spool):
            return self._bytes.read(self._offset + start, min(size, self.length - start))
        return self._bytes[start : start + size]

    def __del__(self) -> None:
        self._returned.append((self.length, isinstance(self._bytes, Spool)))


class Content:
    """A file's bytes, in the pieces they came in. Immutable."""

    __slots__ = ("_pieces", "_starts")

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self._pieces = tuple(piece for piece in pieces if piece.length)
        before_the_last = self._pieces[:-1]
        self._starts = tuple(accumulate((piece.length for piece in before_the_last), initial=0)) if before_the_last else _START

    @classmethod
    def joined(cls, contents: Sequence[Content]) -> Content:
        """One after the other, without copying any."""
        return cls([piece for content in contents for piece in content._pieces])

    @property
    def length(self) -> int:
        """The number of bytes."""
        return self._starts[-1] + self._pieces[-1].length if self._pieces else 0

    def read_at(self, position: int, size: int) -> bytes:
        """Some of the bytes from ``position`` on, at most ``size``; none only at the end."""
        if position >= self.length:
            return b""
        index = bisect_right(self._starts, position) - 1
        return self._pieces[index].read(position - self._starts[index], size)

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """The bytes from ``start`` up to ``stop``."""
        return self.open(start, stop).read()

    def open(self, start: int = 0, stop: int | None = None) -> Stream:
        """Read from ``start`` up to ``stop``, piece by piece."""
        return Stream(self, start, self.length if stop is None else min(stop, self.length))

    def chunks(self) -> Iterator[bytes]:
        """All bytes in portions of a size that is quick to work on."""
        stream = self.open()
        return iter(lambda: stream.read(_CHUNK), b"")

    @contextmanager
    def as_file(self, name: str = "content") -> Iterator[Path]:
        """A named file with these bytes, for libraries that want one; gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="omics-mock-") as folder:
            path = Path(folder, name)
            with path.open("wb") as file:
                file.writelines(self.chunks())
            yield path


class Stream(io.BufferedReader):
    """Reads a section of a content. Has what botocore asks of a response's body, too."""

    def __init__(self, content: Content, start: int, stop: int) -> None:
        self.content, self.start, self.length = content, start, max(0, stop - start)
        super().__init__(_Section(content, start, self.length))

    def stream(self, size: int = _CHUNK, **_: object) -> Iterator[bytes]:
        """What is left, in portions."""
        return iter(lambda: self.read(size), b"")


class _Section(io.RawIOBase):
    def __init__(self, content: Content, start: int, length: int) -> None:
        self._content, self._start, self._length = content, start, length
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # only ever given a memoryview
        chunk = self._some(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def readall(self) -> bytes:
        whole = io.BytesIO()  # hands out what it holds without another copy
        whole.writelines(iter(lambda: self._some(_CHUNK), b""))
        return whole.getvalue()

    def _some(self, size: int) -> bytes:
        size = min(size, _CHUNK, self._length - self._position)
        chunk = self._content.read_at(self._start + self._position, size) if size > 0 else b""
        self._position += len(chunk)
        return chunk
