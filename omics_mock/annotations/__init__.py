"""What variant and annotation stores import: VCF, GFF and TSV files, checked as far as an import would notice.

pysam, the extra ``sequences``, reads the records of VCF. Without it their columns are counted all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from omics_mock.annotations import gff, tsv, vcf
from omics_mock.content import Content
from omics_mock.sequences import InvalidFile

__all__ = ["FileFormat", "InvalidFile"]


@dataclass(frozen=True)
class FileFormat:
    """The format of a store's files under the service's name for it; of TSV also the columns, and how a job reads them."""

    name: str
    schema: Sequence[Mapping[str, str]] = ()
    read_options: Mapping[str, Any] = field(default_factory=dict)

    def check(self, content: Content) -> None:
        """Raise InvalidFile for a file of another format or a damaged one."""
        match self.name:
            case "VCF":
                vcf.check(content)
            case "GFF":
                gff.check(content)
            case _:
                tsv.check(content, self.schema, self.read_options)

    def sample(self) -> bytes:
        """A small file that passes the check: it stands for sources in buckets that nobody made."""
        match self.name:
            case "VCF":
                return vcf.SAMPLE
            case "GFF":
                return gff.SAMPLE
        return tsv.sample(self.schema, self.read_options)
