"""gzip and its blocked kind, BGZF, taken apart as a stream."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from omics_mock.content import Content
from omics_mock.sequences.findings import InvalidFile

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every BGZF file; without it the file was cut."""

_PORTION = 1 << 17


def is_gzip(content: Content) -> bool:
    """Whether the content begins like gzip."""
    return content.read(0, 2) == b"\x1f\x8b"


def is_bgzf(content: Content) -> bool:
    """Whether the content begins like BGZF: gzip with one extra field, named BC, which holds the length of the block."""
    start = content.read(0, 16)
    return start.startswith(b"\x1f\x8b\x08\x04") and start.endswith(b"\x06\x00BC\x02\x00")


def unpacked(content: Content) -> Iterator[bytes]:
    """The content in portions, decompressed where it is gzip. Raises InvalidFile at a place where that is cut or damaged."""
    if not is_gzip(content):
        yield from content.chunks()
        return
    try:
        with gzip.GzipFile(fileobj=content.open()) as file:
            yield from iter(lambda: file.read(_PORTION), b"")
    except (EOFError, OSError, zlib.error) as error:
        raise InvalidFile("the compressed data is cut off or damaged") from error
