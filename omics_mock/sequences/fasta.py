"""FASTA: the reference sequences that reads are aligned to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from omics_mock.content import Content, Spool
from omics_mock.sequences import htslib
from omics_mock.sequences.findings import InvalidFile
from omics_mock.sequences.packing import unpacked


@dataclass(frozen=True)
class ReferenceFindings:
    """What a reference's metadata say of its content: the MD5 of the file as it came, and the .fai index where there can be one.

    There can be none without pysam, of plain gzip, which can not be read from the middle, and where the lines of a sequence
    differ in length.
    """

    md5: str
    index: Content | None


def inspect_reference(source: Content, *, spool: Spool) -> ReferenceFindings:
    """Look into a FASTA file, which may be compressed. Raises InvalidFile when it is none."""
    start = b""
    for portion in unpacked(source):  # to the end, as compressed data may be damaged anywhere
        start = start or portion.lstrip()[:1]
    if start != b">":
        raise InvalidFile("the file is not in FASTA format: it does not begin with >")
    md5 = hashlib.md5(usedforsecurity=False)
    for chunk in source.chunks():
        md5.update(chunk)
    return ReferenceFindings(md5.hexdigest(), _index(source, spool))


def _index(source: Content, spool: Spool) -> Content | None:
    if not htslib.available():
        return None
    with source.as_file("reference.fa") as path, htslib.quiet():
        return htslib.index(path, spool)
