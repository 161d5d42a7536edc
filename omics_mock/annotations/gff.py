"""GFF: features in nine columns."""

from __future__ import annotations

import re

from omics_mock.annotations.lines import lines
from omics_mock.content import Content
from omics_mock.sequences import InvalidFile

_COLUMNS = 9
_POSITION = re.compile(r"[0-9]{1,18}")

SAMPLE = b"##gff-version 3\n1\tsample\tgene\t1\t9\t.\t+\t.\tID=sample\n"
"""The smallest file with a feature."""


def check(content: Content) -> None:
    """Raise InvalidFile for a file that is no GFF or is cut; it needs a version line or a feature."""
    recognised, last = False, ""
    for number, line in enumerate(lines(content), 1):
        if line.startswith(("##FASTA", ">")):  # what follows are sequences
            break
        recognised |= line.startswith("##gff-version")
        if line.strip() and not line.startswith("#"):
            _check_feature(line, number)
            if not line.endswith("\n") and _attributes(line) < _attributes(last):
                raise InvalidFile(f"the GFF file is cut off: line {number}, the last one, has no end and lacks attributes")
            recognised, last = True, line
    if not recognised:
        raise InvalidFile("the file is not in GFF format: it has neither a version line nor a feature")


def _check_feature(line: str, number: int) -> None:
    columns = line.split("\t")
    if len(columns) != _COLUMNS:
        raise InvalidFile(f"the file is not in GFF format or cut off: line {number} has {len(columns)} of {_COLUMNS} columns")
    start, end = columns[3:5]
    if not (_POSITION.fullmatch(start) and _POSITION.fullmatch(end) and 1 <= int(start) <= int(end)):
        raise InvalidFile(f"line {number} of the GFF file has no positions from start to end: {start!r} to {end!r}")


def _attributes(feature: str) -> set[str]:
    """The names in the last column."""
    return {attribute.partition("=")[0].strip() for attribute in feature.rpartition("\t")[2].split(";")}
