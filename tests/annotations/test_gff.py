"""GFF files are read feature by feature."""

import gzip

import pytest

from omics_mock.annotations import FileFormat, InvalidFile
from tests.support.sequences import data, kept

pytestmark = pytest.mark.inferred

GFF = FileFormat("GFF")
VERSION = b"##gff-version 3\n"
FEATURE = b"1\thavana\tgene\t10\t20\t.\t+\t.\tID=one\n"


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidFile) as caught:
        GFF.check(kept(content, 100))
    return str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        data("gff_file.gff"),
        gzip.compress(data("gff_file.gff")),
        VERSION,
        FEATURE,
        VERSION + FEATURE,
        (VERSION + FEATURE).replace(b"\n", b"\r\n"),
        b"# a comment\n\n" + FEATURE + b"###\n" + FEATURE,
        FEATURE.replace(b"10\t20", b"10\t10"),
        FEATURE.rstrip(b"\n"),
        VERSION + FEATURE + FEATURE.rstrip(b"\n"),
        VERSION + FEATURE + b"##FASTA\n>1\nACGT\n",
        VERSION + FEATURE + b">1\nACGT",
        VERSION + b"# no line end",
        GFF.sample(),
    ],
)
def test_features_or_a_version_line_make_a_file(content: bytes) -> None:
    GFF.check(kept(content))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither a version line nor a feature"),
        (b"# a comment\n", "neither a version line nor a feature"),
        (b">1\nACGT\n", "neither a version line nor a feature"),
        (b"\xff", "not text in the encoding utf-8"),
        (VERSION + b"1\thavana\tgene\t10\t20\t.\t+\t.\n", "line 2 has 8 of 9 columns"),
        (VERSION + FEATURE + FEATURE.replace(b"\t", b" "), "line 3 has 1 of 9 columns"),
        (VERSION + FEATURE.replace(b"one", b"one;Parent=two") + FEATURE.rstrip(b"\n"), "cut off: line 3"),
        (FEATURE.replace(b"10\t20", b"20\t10"), "line 1 of the GFF file has no positions from start to end: '20' to '10'"),
        (FEATURE.replace(b"10\t20", b"ten\t20"), "'ten' to '20'"),
        (FEATURE.replace(b"10\t20", b"0\t20"), "'0' to '20'"),
        (FEATURE.replace(b"10\t20", b"1\t" + b"9" * 5000), "no positions from start to end: '1' to '999"),
        (gzip.compress(VERSION + FEATURE)[:-5], "compressed data is cut off or damaged"),
    ],
)
def test_what_is_cut_or_of_another_format_is_refused(content: bytes, why: str) -> None:
    assert why in refusal(content)


@pytest.mark.parametrize("missing", [40, 60, 80, 2809])
def test_a_real_file_that_is_cut_is_refused(missing: int) -> None:
    content = data("gff_file.gff")
    assert "cut off" in refusal(content[:-missing])
