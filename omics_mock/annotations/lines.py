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
    rest = ""
    try:
        for portion in codecs.iterdecode(unpacked(content), encoding):
            *whole, rest = (rest + portion).split(separator)
            if len(rest) > _LONGEST_LINE:
                raise InvalidFile(f"the file has a line of more than {_LONGEST_LINE} characters")
            yield from (line + separator for line in whole)
    except (LookupError, UnicodeError) as error:
        raise InvalidFile(f"the file is not text in the encoding {encoding}") from error
    if rest:
        yield rest
