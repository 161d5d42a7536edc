"""CRAM's containers and blocks, as far as it takes to hold them against their checksums.

htslib checks a checksum only after it has believed the lengths before it: one damaged byte can cost it gigabytes and a minute.

Source: CRAM format specification, versions 3.0 and 3.1, "File structure", "Container header structure", "Block structure".
"""

from __future__ import annotations

import zlib
from typing import IO

from omics_mock.content import Content
from omics_mock.sequences import htslib
from omics_mock.sequences.findings import InvalidFile

_DEFINITION = 26  # bytes: magic, version, file id
_CHUNK = 1 << 20


def check(content: Content) -> None:
    """Raise InvalidFile where a checksum is wrong or a length leads beyond the end. Before version 3 there are no checksums."""
    file = content.open()
    if _exactly(file, _DEFINITION)[4] < 3:
        return
    while start := file.read(4):
        header = _Checked(file, start)
        length = int.from_bytes(start, "little")
        for _ in range(4):  # reference, its start and span, number of records
            header.itf8()
        for _ in range(2):  # record counter, number of bases
            header.ltf8()
        header.itf8()  # number of blocks
        for _ in range(header.itf8()):  # landmarks
            header.itf8()
        header.end()
        end = file.tell() + length
        while file.tell() < end:
            block = _Checked(file, _exactly(file, 2))  # method, content type
            block.itf8()  # content id
            size = block.itf8()
            block.itf8()  # size once decompressed
            if file.tell() + size > end:
                raise _damaged()
            block.skip(size)
            block.end()


class _Checked:
    """Reads numbers while it adds up the checksum of all that was read."""

    def __init__(self, file: IO[bytes], start: bytes) -> None:
        self._file = file
        self._sum = zlib.crc32(start)

    def itf8(self) -> int:
        """An integer in one to five bytes; the first one's leading ones tell in how many."""
        first = self._read(1)[0]
        more = min(4, _leading_ones(first))
        rest = int.from_bytes(self._read(more), "big")
        if more == 4:  # of the last byte only four bits count
            return (first & 0x0F) << 28 | rest >> 8 << 4 | rest & 0x0F
        return (first & (0x7F >> more)) << 8 * more | rest

    def ltf8(self) -> None:
        """The same in one to nine bytes, which nothing here wants to know."""
        self._read(_leading_ones(self._read(1)[0]))

    def skip(self, size: int) -> None:
        """What is not looked at is in the checksum all the same."""
        while size:
            size -= len(self._read(min(size, _CHUNK)))

    def end(self) -> None:
        """Here is the checksum."""
        if int.from_bytes(_exactly(self._file, 4), "little") != self._sum:
            raise _damaged()

    def _read(self, size: int) -> bytes:
        data = _exactly(self._file, size)
        self._sum = zlib.crc32(data, self._sum)
        return data


def _leading_ones(byte: int) -> int:
    return 8 - (byte ^ 0xFF).bit_length()


def _exactly(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise _damaged()
    return data


def _damaged() -> InvalidFile:
    return InvalidFile(htslib.DAMAGED)
