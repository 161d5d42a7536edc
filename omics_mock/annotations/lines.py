"""Lines of text files, which may be compressed."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from omics_mock.content import Content
from omics_mock.sequences import InvalidFile
from omics_mock.sequences.packing import unpacked

_LONGEST_LINE = 64 << 20


def lines(content: Content, encoding: str = "utf-8", separator: str = "\n") -> Iterator[str]:
    """The lines with what ends them, which the last one may lack. Raises InvalidFile at a place that can not be read."""
    begun: list[str] = []  # of a line, put together only when it ends: else a long one would be copied again and again
    length, edge = 0, ""
    try:
        for portion in codecs.iterdecode(unpacked(content), encoding):
            begun.append(portion)
            length, edge = length + len(portion), edge + portion
            if separator in edge:
                *whole, rest = "".join(begun).split(separator)
                begun, length, edge = [rest], len(rest), rest
                yield from (line + separator for line in whole)
            if length > _LONGEST_LINE:
                raise InvalidFile(f"the file has a line of more than {_LONGEST_LINE} characters")
            edge = edge[len(edge) - len(separator) + 1 :] if len(edge) >= len(separator) else edge
    except (LookupError, UnicodeError) as error:
        raise InvalidFile(f"the file is not text in the encoding {encoding}") from error
    if length:
        yield "".join(begun)
