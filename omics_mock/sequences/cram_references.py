"""The reference that a CRAM file needs to be decoded: held against what the file's header says of it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from omics_mock.content import Content
from omics_mock.sequences import htslib
from omics_mock.sequences.findings import InvalidFile
from omics_mock.sequences.packing import unpacked

if TYPE_CHECKING:
    from pysam import FastaFile

_ONLY_REFERENCE_NAMES = b"required_fields=0x4"  # older pysam takes no str, whatever the stubs say
_BASES_AT_ONCE = 1 << 20


def unpack(reference: Content | None, cram: Path) -> Path:
    """Write the reference next to the CRAM file. Raises InvalidFile when it is another one than the file was made with.

    A sequence may be missing from it when no record lies on it. Where one does, htslib would go and ask a server for the
    sequence: it is never given a reason to.
    """
    import pysam

    if reference is None:
        raise InvalidFile("the reference of the CRAM file is not known")
    fasta = cram.with_name("reference.fa")
    with fasta.open("wb") as file:
        file.writelines(unpacked(reference))
    with (
        htslib.refusing(),
        pysam.AlignmentFile(str(cram), check_sq=False, format_options=[_ONLY_REFERENCE_NAMES]) as alignments,  # type: ignore[list-item]  # older pysam takes bytes only
    ):
        needed = {record.reference_name for record in alignments}
        expected = [_fields(line) for line in str(alignments.header).splitlines() if line.startswith("@SQ\t")]
    with (
        htslib.refusing("the reference is not in FASTA format, or its lines differ in length"),
        pysam.FastaFile(str(fasta)) as sequences,
    ):
        for sequence in expected:
            if sequence["SN"] in sequences:
                _check(sequence, sequences)
            elif sequence["SN"] in needed:
                raise _mismatch(sequence["SN"], "is missing")
    return fasta


def _fields(line: str) -> dict[str, str]:
    return {field[:2]: field[3:] for field in line.split("\t")[1:]}


def _check(expected: dict[str, str], sequences: FastaFile) -> None:
    name, length = expected["SN"], int(expected["LN"])
    if sequences.get_reference_length(name) != length:
        raise _mismatch(name, "has another length")
    if "M5" in expected:
        digest = hashlib.md5(usedforsecurity=False)
        for start in range(0, length, _BASES_AT_ONCE):
            digest.update(sequences.fetch(name, start, min(start + _BASES_AT_ONCE, length)).upper().encode())
        if digest.hexdigest() != expected["M5"].lower():
            raise _mismatch(name, "has other bases")


def _mismatch(name: str, what: str) -> InvalidFile:
    return InvalidFile(f"the reference does not match the CRAM file: {name} {what}")
