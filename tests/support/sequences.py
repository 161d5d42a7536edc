"""Sequence files made for tests, and the short way to have them looked into."""

import gzip
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pysam
import pytest

from omics_mock.content import Content, Spool
from omics_mock.sequences import Findings, InvalidFile, ReferenceFindings, inspect, inspect_reference

DATA = Path(__file__).parents[1] / "data"


def data(name: str) -> bytes:
    """A file of tests/data."""
    return (DATA / name).read_bytes()


def kept(content: bytes, portion: int = 1 << 16) -> Content:
    """A content in several pieces, the way uploads come."""
    spool = Spool()
    return Content.joined([spool.keep(content[start : start + portion]) for start in range(0, len(content), portion)])


def look(file_type: str, *sources: bytes, family: str = "MD5up", reference: bytes | None = None, strict: bool = False) -> Findings:
    return inspect(
        file_type,
        [kept(source) for source in sources],
        family=family,
        reference=None if reference is None else kept(reference),
        spool=Spool(),
        strict=strict,
    )


def look_at_reference(source: bytes) -> ReferenceFindings:
    return inspect_reference(kept(source), spool=Spool())


def refusal(file_type: str, *sources: bytes, reference: bytes | None = None, strict: bool = False) -> str:
    """Why files are refused; the reason fits where it goes and names no temporary file. FASTA stands for a reference."""
    with pytest.raises(InvalidFile) as caught:
        if file_type == "FASTA":
            look_at_reference(*sources)
        else:
            look(file_type, *sources, reference=reference, strict=strict)
    reason = str(caught.value)
    assert 0 < len(reason) <= 127
    assert tempfile.gettempdir() not in reason
    assert "omics-mock-" not in reason
    return reason


def read(findings: Findings | ReferenceFindings) -> bytes:
    """The index that was found."""
    assert findings.index is not None
    return findings.index.read()


def sam(
    records: Sequence[str], header: Sequence[str] = ("@HD\tVN:1.6\tSO:coordinate", "@SQ\tSN:one\tLN:40", "@SQ\tSN:two\tLN:20")
) -> bytes:
    return "".join(f"{line}\n" for line in (*header, *records)).encode()


def converted(text: bytes, mode: str, folder: Path, reference: Path | None = None, options: Sequence[str] = ()) -> bytes:
    """SAM as BAM (mode "wb") or CRAM ("wc")."""
    source, target = folder / "from.sam", folder / "to"
    source.write_bytes(text)
    with (
        pysam.AlignmentFile(str(source), check_sq=False) as alignments,
        pysam.AlignmentFile(
            str(target),
            mode,
            template=alignments,
            reference_filename=None if reference is None else str(reference),
            format_options=[option.encode() for option in options],  # type: ignore[misc] # older pysam takes bytes only
        ) as written,
    ):
        for record in alignments:
            written.write(record)
    return target.read_bytes()


def bgzip(content: bytes, folder: Path) -> bytes:
    """BGZF in blocks of a hundred bytes."""
    target = folder / "packed.gz"
    with pysam.BGZFile(str(target), "wb") as packed:
        for start in range(0, len(content), 100):
            packed.write(content[start : start + 100])
            packed.flush()
    return target.read_bytes()


def in_two_members(content: bytes) -> bytes:
    middle = len(content) // 2
    return gzip.compress(content[:middle]) + gzip.compress(content[middle:])
