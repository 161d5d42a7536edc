"""FASTQ: reads and bases counted, pairs compared, whatever does not parse refused; in one pass and without pysam.

pysam's FastxFile passes in silence over what stands between two records, takes a header for qualities when the qualities before
it are too few, and can not tell a read without bases from one that is cut. A file that is to be refused for such things needs a
stricter reader.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from omics_mock.content import Content
from omics_mock.sequences.etags import etag, new_digest
from omics_mock.sequences.findings import Findings, InvalidFile
from omics_mock.sequences.packing import is_gzip, unpacked

_LONGEST_LINE = 64 << 20
_NO_BASES = (b"+", b"@", b">")
"""What a line of bases does not begin with."""


def inspect(sources: Sequence[Content], *, family: str, strict: bool) -> Findings:
    """Look into one FASTQ file or a pair. Raises InvalidFile."""
    paired = len(sources) > 1
    tallies = [_tally(source, family, strict, paired) for source in sources]
    if len({tally.reads for tally in tallies}) > 1:
        raise InvalidFile("the paired files differ in their number of reads: " + ", ".join(str(tally.reads) for tally in tallies))
    if len({tally.names for tally in tallies}) > 1:
        raise InvalidFile("the paired files differ in the names of their reads")
    return Findings(
        etag("FASTQ", family, *(tally.digest for tally in tallies)),
        {
            "alignment": "UNALIGNED",
            "totalReadCount": sum(tally.reads for tally in tallies),
            "totalBaseCount": sum(tally.bases for tally in tallies),
        },
        None,
    )


@dataclass(frozen=True)
class _Tally:
    reads: int
    bases: int
    digest: str
    names: str  # a digest of all of them


def _tally(source: Content, family: str, strict: bool, paired: bool) -> _Tally:
    if strict and not is_gzip(source):
        raise InvalidFile("a FASTQ file has to be compressed with gzip")
    digest, names = new_digest(family), hashlib.sha256()
    reads = bases = 0

    def digested() -> Iterator[bytes]:
        for portion in unpacked(source):
            digest.update(portion)
            yield portion

    for headers, length in _reads(_batches(digested())):
        reads += len(headers)
        bases += length
        if paired:
            names.update(b"".join(_name(header) + b"\n" for header in headers))
    if not reads:
        raise InvalidFile("the FASTQ file has no reads")
    return _Tally(reads, bases, digest.hexdigest(), names.hexdigest())


def _name(header: bytes) -> bytes:
    """What both reads of a pair are called: the header up to the first blank, without the number of the mate."""
    name = header.split(None, 1)[0]
    return name[:-2] if name.endswith((b"/1", b"/2")) else name


def _batches(portions: Iterator[bytes]) -> Iterator[list[bytes]]:
    """All lines, some at a time: a multiple of four, but for the last ones."""
    lines: list[bytes] = []
    begun: list[bytes] = []  # of a line, put together only when it ends: else a long one would be copied again and again
    length = 0
    for portion in portions:
        begun.append(portion)
        length += len(portion)
        if b"\n" in portion:
            lines += b"".join(begun).split(b"\n")
            begun = [lines.pop()]
            length = len(begun[0])
            whole = len(lines) // 4 * 4
            yield lines[:whole]
            del lines[:whole]
        if length > _LONGEST_LINE:
            raise InvalidFile(f"the FASTQ file has a line of more than {_LONGEST_LINE} bytes")
    yield [*lines, b"".join(begun)] if length else lines


def _reads(batches: Iterator[list[bytes]]) -> Iterator[tuple[Sequence[bytes], int]]:
    """The headers and the number of bases of some reads after the other."""
    for batch in batches:
        headers, sequences, separators, qualities = (batch[place::4] for place in range(4))
        lengths = [len(line.rstrip()) for line in sequences]
        if (
            len(headers) == len(qualities)
            and all(line.startswith(b"@") for line in headers)
            and not any(line.startswith(_NO_BASES) for line in sequences)
            and all(line.startswith(b"+") for line in separators)
            and lengths == [len(line.rstrip()) for line in qualities]
        ):
            yield headers, sum(lengths)
        else:
            yield from _reads_of_any_layout(chain(batch, chain.from_iterable(batches)))


def _reads_of_any_layout(lines: Iterator[bytes]) -> Iterator[tuple[Sequence[bytes], int]]:
    """Reads that may take several lines, or have blank lines between them; slower, and the one to say what is wrong."""
    for header in lines:
        if header.startswith(b"@"):
            length = _sequence_length(header, lines)
            if (found := _quality_length(length, lines)) != length:
                raise InvalidFile(f"the read {_shown(header)} has {length} bases and {found} quality values")
            yield [header], length
        elif header.strip():
            raise InvalidFile(f"a read in FASTQ begins with @, not with {_shown(header)}")


def _sequence_length(header: bytes, lines: Iterator[bytes]) -> int:
    length = 0
    for line in lines:
        if line.startswith(b"+"):
            return length
        if line.startswith(_NO_BASES):
            break
        length += len(line.rstrip())
    raise InvalidFile(f"the read {_shown(header)} has no quality values")


def _quality_length(bases: int, lines: Iterator[bytes]) -> int:
    length = 0
    while length < bases and (line := next(lines, None)) is not None:
        length += len(line.rstrip())
    return length


def _shown(line: bytes) -> str:
    return repr(line[:40].rstrip())[1:]
