"""FASTA references: digested, indexed, refused."""

import gzip
import hashlib
from pathlib import Path

import pytest

from tests.support.sequences import bgzip, data, look_at_reference, read, refusal

pytestmark = pytest.mark.inferred

FASTA = b">one first\nACGT\nACGT\nAC\n>two\nGG\n"
FAI = b"one\t10\t11\t4\t5\ntwo\t2\t29\t2\t3\n"


@pytest.mark.documented
def test_the_md5_is_of_the_file_as_it_is_and_the_index_tells_where_lines_are() -> None:
    found = look_at_reference(FASTA)
    assert found.md5 == hashlib.md5(FASTA).hexdigest()
    assert read(found) == FAI


@pytest.mark.documented
def test_an_index_made_elsewhere_is_the_same() -> None:
    assert read(look_at_reference(data("ce.fa"))) == data("ce.fa.fai")


def test_bgzip_has_an_index_and_plain_gzip_has_none(tmp_path: Path) -> None:
    packed = bgzip(FASTA + b">long\n" + b"ACGT\n" * 500, tmp_path)
    found = look_at_reference(packed)
    assert found.md5 == hashlib.md5(packed).hexdigest()
    assert look_at_reference(gzip.compress(FASTA)).index is None
    assert look_at_reference(gzip.compress(FASTA)).md5 == hashlib.md5(gzip.compress(FASTA)).hexdigest()
    assert read(found) == FAI + b"long\t2000\t38\t4\t5\n"


@pytest.mark.parametrize(
    "content",
    [
        b">a\nACGT\nAC\nACGT\n",
        b">a\nACGT\n\nACGT\n",
        b">a\n",
        b">a",
        b" \n>a\nACGT\n",
    ],
    ids=["lines of differing length", "a blank line", "no bases", "no end of line", "a blank before"],
)
def test_what_htslib_can_not_index_is_accepted_without_index(content: bytes) -> None:
    assert look_at_reference(content).index is None


def test_blank_lines_may_lead_and_lines_end_as_on_windows() -> None:
    assert read(look_at_reference(b"\n\n>a\nAC\n")) == b"a\t2\t5\t2\t3\n"
    assert read(look_at_reference(b">a\r\nAC\r\n")) == b"a\t2\t4\t2\t4\n"


@pytest.mark.parametrize("extra", ["with pysam", "without"])
@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"ACGT\n", b"@a\nAC\n+\nII\n", b"##gff\n>a\nA\n", gzip.compress(b""), gzip.compress(b"text")]
)
def test_what_is_no_fasta_is_refused(content: bytes, extra: str, request: pytest.FixtureRequest) -> None:
    if extra == "without":
        request.getfixturevalue("without_pysam")
    assert refusal("FASTA", content) == "the file is not in FASTA format: it does not begin with >"


def test_damaged_compression_is_refused(without_pysam: None) -> None:
    packed = gzip.compress(FASTA * 100_000, 1)
    assert refusal("FASTA", packed[:-3]) == "the compressed data is cut off or damaged"
    assert refusal("FASTA", packed[:-8] + bytes(8)) == "the compressed data is cut off or damaged"


def test_without_pysam_there_is_no_index(without_pysam: None) -> None:
    found = look_at_reference(FASTA)
    assert (found.md5, found.index) == (hashlib.md5(FASTA).hexdigest(), None)
