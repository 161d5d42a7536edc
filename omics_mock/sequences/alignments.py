"""BAM, unaligned BAM and CRAM: their containers always, what is in them with pysam.

Inferred, as the documentation does not say it: a read is counted once, however many secondary and supplementary records it has,
and its bases are those of its primary record. Whether the records are aligned is not looked at: the file's type says so. A file
that is not sorted by coordinate is accepted and has no index.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from omics_mock.content import Content, Spool
from omics_mock.sequences import cram_references, htslib
from omics_mock.sequences.etags import etag, new_digest
from omics_mock.sequences.findings import Findings, InvalidFile
from omics_mock.sequences.packing import BGZF_END, is_bgzf, unpacked

_CRAM_ENDS = tuple(
    bytes.fromhex(container)
    for container in (
        "0b000000ffffffff0fe0454f460000000001000001000606010001000100",  # version 2.1
        "0f000000ffffffff0fe0454f4600000000010005bdd94f0001000606010001000100ee63014b",  # versions 3.0 and 3.1
    )
)
_NOT_PRIMARY = 0x100 | 0x800


def inspect(file_type: str, source: Content, *, family: str, reference: Content | None, spool: Spool) -> Findings:
    """Look into a BAM, UBAM or CRAM file. Raises InvalidFile."""
    if file_type == "CRAM":
        _check_cram(source)
    else:
        _check_bam(source)
    counts: dict[str, object] = {}
    index = None
    digest = new_digest(family)
    if not htslib.available():
        for chunk in source.chunks():
            digest.update(chunk)
    elif file_type == "CRAM":
        if reference is None:
            raise InvalidFile("the reference of the CRAM file is not known")
        with source.as_file("reads.cram") as path, htslib.quiet():
            counts = _counts(path, digest, cram_references.unpack(reference, path))
            index = htslib.index(path, spool)
    else:
        with source.as_file("reads.bam") as path, htslib.quiet():
            counts = _counts(path, digest)
            if file_type == "BAM":
                index = htslib.index(path, spool)
    alignment = "UNALIGNED" if file_type == "UBAM" else "ALIGNED"
    return Findings(etag(file_type, family, digest.hexdigest()), {"alignment": alignment, **counts}, index)


def _check_bam(source: Content) -> None:
    if not is_bgzf(source) or not next(unpacked(source), b"").startswith(b"BAM\1"):
        raise InvalidFile("the file is not in BAM format")
    if not _ends_with(source, (BGZF_END,)):
        raise InvalidFile("the BAM file is cut off: the block that ends it is missing")


def _check_cram(source: Content) -> None:
    if source.read(0, 4) != b"CRAM":
        raise InvalidFile("the file is not in CRAM format")
    if htslib.available() and not _ends_with(source, _CRAM_ENDS):
        raise InvalidFile("the CRAM file is cut off: the container that ends it is missing")


def _ends_with(source: Content, ends: tuple[bytes, ...]) -> bool:
    return source.read(max(0, source.length - max(map(len, ends)))).endswith(ends)


def _counts(path: Path, digest: hashlib._Hash, fasta: Path | None = None) -> dict[str, object]:
    """How many reads and bases there are; every record goes into ``digest`` as a line of SAM."""
    import pysam

    damage = "the CRAM file is damaged, or its reference does not match" if fasta else "the BAM file is cut off or damaged"
    reads = bases = 0
    htslib.check(path, damage)
    with (
        htslib.refusing(damage),
        pysam.AlignmentFile(str(path), check_sq=False, reference_filename=str(fasta) if fasta else None) as file,
    ):
        for record in file:
            digest.update(record.to_string().encode() + b"\n")
            if not record.flag & _NOT_PRIMARY:
                reads += 1
                bases += record.query_length
    return {"totalReadCount": reads, "totalBaseCount": bases}
