"""What a sequence file contains: FASTQ, BAM, CRAM and FASTA.

pysam, the extra ``sequences``, decodes alignments and builds indexes. Without it files are still checked as far as their
containers go, but there is no index, an alignment file has no counts, and its ETag is made of the bytes of the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from omics_mock.content import Content, Spool
from omics_mock.sequences import alignments, fastq
from omics_mock.sequences.fasta import ReferenceFindings, inspect_reference
from omics_mock.sequences.findings import Findings, InvalidFile

__all__ = ["Findings", "InvalidFile", "ReferenceFindings", "inspect", "inspect_reference"]


def inspect(
    file_type: str,
    sources: Sequence[Content],
    *,
    family: str,
    reference: Content | None,
    spool: Spool,
    strict: bool = False,
) -> Findings:
    """Look into the source files of a read set: one, or two of paired FASTQ. Raises InvalidFile when they are not ``file_type``.

    ``family`` is the store's eTagAlgorithmFamily. ``strict`` refuses FASTQ that is not compressed.
    """
    if file_type == "FASTQ":
        return fastq.inspect(sources, family=family, strict=strict)
    return alignments.inspect(file_type, sources[0], family=family, reference=reference, spool=spool)
