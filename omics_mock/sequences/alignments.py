"""BAM, unaligned BAM and CRAM: their containers always, what is in them with pysam.

Inferred, as the documentation does not say it: a read is counted once, however many secondary and supplementary records it has,
and its bases are those of its primary record. Whether the records are aligned is not looked at: the file's type says so. A file
that is not sorted by coordinate is accepted and has no index.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from omics_mock.content import Content, Spool
from omics_mock.sequences import cram_layout, cram_references, htslib
from omics_mock.sequences.etags import etag, new_digest
from omics_mock.sequences.findings import Findings, InvalidFile
from omics_mock.sequences.packing import BGZF_END, is_bgzf, unpacked

_NOT_PRIMARY = 0x100 | 0x800


def inspect(file_type: str, source: Content, *, family: str, reference: Content | None, spool: Spool) -> Findings:
    """Look into a BAM, UBAM or CRAM file. Raises InvalidFile."""
    _check_container(file_type, source)
    counts: dict[str, object] = {}
    index = None
    digest = new_digest(family)
    if htslib.available():
        with source.as_file("reads.cram" if file_type == "CRAM" else "reads.bam") as path, htslib.quiet():
            htslib.check(path)
            fasta = cram_references.unpack(reference, path) if file_type == "CRAM" else None
            counts = _counts(path, digest, fasta)
            index = None if file_type == "UBAM" else htslib.index(path, spool)
    else:
        for chunk in source.chunks():
            digest.update(chunk)
    alignment = "UNALIGNED" if file_type == "UBAM" else "ALIGNED"
    return Findings(etag(file_type, family, digest.hexdigest()), {"alignment": alignment, **counts}, index)


def _check_container(file_type: str, source: Content) -> None:
    if file_type == "CRAM":
        if source.read(0, 4) != b"CRAM":
            raise InvalidFile("the file is not in CRAM format")
        cram_layout.check(source)
    elif not is_bgzf(source) or not next(unpacked(source), b"").startswith(b"BAM\1"):
        raise InvalidFile("the file is not in BAM format")
    elif source.read(source.length - len(BGZF_END)) != BGZF_END:
        raise InvalidFile("the BAM file is cut off: the block that ends it is missing")


def _counts(path: Path, digest: hashlib._Hash, fasta: Path | None) -> dict[str, object]:
    """How many reads and bases there are; every record goes into ``digest`` as a line of SAM."""
    import pysam

    reads = bases = 0
    with (
        htslib.refusing(f"{htslib.DAMAGED}, or does not match its reference" if fasta else htslib.DAMAGED),
        pysam.AlignmentFile(str(path), check_sq=False, reference_filename=str(fasta) if fasta else None) as file,
    ):
        for record in file:
            digest.update(record.to_string().encode() + b"\n")
            if not record.flag & _NOT_PRIMARY:
                reads += 1
                bases += record.query_length
    return {"totalReadCount": reads, "totalBaseCount": bases}
