"""VCF: its header and the columns of its records always, the records themselves with pysam."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from omics_mock.annotations.lines import lines
from omics_mock.content import Content
from omics_mock.sequences import InvalidFile, htslib

_COLUMNS = ["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"]
_UNREADABLE = "the VCF file is damaged: its header or a record can not be read"

SAMPLE = b"##fileformat=VCFv4.2\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n1\t1\t.\tA\tC\t.\t.\t.\n"
"""The smallest file with a record."""


def check(content: Content) -> None:
    """Raise InvalidFile for a file that is no VCF, is cut or damaged."""
    rows = lines(content)
    if not next(rows, "").startswith("##fileformat=VCF"):
        raise InvalidFile("the file is not in VCF format: it does not begin with ##fileformat=VCF")
    _check_columns(rows)
    if htslib.available():
        _check_records(content)


def _check_columns(rows: Iterator[str]) -> None:
    """htslib takes a record that ends before its last columns."""
    header = next((row for row in rows if not row.startswith("##")), "").rstrip("\r\n").split("\t")
    if header[: len(_COLUMNS)] != _COLUMNS:
        raise InvalidFile("the VCF file is cut off or damaged: no line with the names of its columns follows its header")
    for number, row in enumerate(rows, 1):
        if row.strip() and (found := row.count("\t") + 1) != len(header):
            raise InvalidFile(f"the VCF file is cut off or damaged: record {number} has {found} of {len(header)} columns")


def _check_records(content: Content) -> None:
    import pysam

    with tempfile.TemporaryDirectory(prefix="omics-mock-") as folder:
        path = Path(folder, "variants.vcf")
        with path.open("w", encoding="utf-8", newline="") as text:  # pysam can not read what is compressed but not by bgzip
            text.writelines(line for line in lines(content) if line.strip())
        with htslib.quiet(), htslib.refusing(_UNREADABLE), pysam.VariantFile(str(path)) as records:
            for _ in records:
                pass
