"""VCF files are read as far as an import would notice."""

import gzip
from pathlib import Path

import pytest

from omics_mock.annotations import FileFormat, InvalidFile
from tests.support.sequences import bgzip, data, in_two_members, kept

pytestmark = pytest.mark.inferred

VCF = FileFormat("VCF")
HEADER = b"##fileformat=VCFv4.3\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
RECORD = b"1\t7\t.\tA\tC\t.\t.\t.\n"

both_ways = pytest.mark.usefixtures("pysam_or_not")


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidFile) as caught:
        VCF.check(kept(content, 100))
    return str(caught.value)


@both_ways
def test_a_real_file_passes_plain_or_compressed(tmp_path: Path) -> None:
    content = data("index.vcf")
    for packed in (content, gzip.compress(content), in_two_members(content), bgzip(content, tmp_path)):
        VCF.check(kept(packed))


@both_ways
@pytest.mark.parametrize(
    "content",
    [
        HEADER,
        HEADER + RECORD,
        HEADER + RECORD.rstrip(),
        HEADER + RECORD + b"\n",
        (HEADER + RECORD).replace(b"\n", b"\r\n"),
        HEADER.replace(b"##contig=<ID=1>\n", b"") + RECORD,
        HEADER + b"1\t7\trs1\tA\tC,<DEL>\t30\tq10\tDP=3;X\n",
        HEADER.rstrip() + b"\tFORMAT\tone\ttwo\n" + RECORD.rstrip() + b"\tGT:DP\t0/1:3\t.|.\n",
        VCF.sample(),
    ],
)
def test_what_the_specification_allows_passes(content: bytes) -> None:
    VCF.check(kept(content))


@both_ways
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "does not begin with ##fileformat=VCF"),
        (RECORD, "does not begin with ##fileformat=VCF"),
        (b"BCF\2\2\0\0\0", "does not begin with ##fileformat=VCF"),
        (b"\xff\xfe\n", "not text in the encoding utf-8"),
        (b"##fileformat=VCFv4.3\n", "no line with the names of its columns"),
        (HEADER[:-10], "no line with the names of its columns"),
        (HEADER.replace(b"\t", b" "), "no line with the names of its columns"),
        (HEADER + RECORD + b"1\t7\t.\tA\tC\t.\t.\n", "record 2 has 7 of 8 columns"),
        (HEADER + RECORD.rstrip() + b"\tGT\t0/1\n", "record 1 has 10 of 8 columns"),
        (HEADER.rstrip() + b"\tFORMAT\tone\n" + RECORD, "record 1 has 8 of 10 columns"),
        (gzip.compress(HEADER + RECORD * 100)[:-20], "compressed data is cut off or damaged"),
    ],
)
def test_what_is_cut_or_of_another_format_is_refused(content: bytes, why: str) -> None:
    assert why in refusal(content)


@both_ways
@pytest.mark.parametrize("part", [4, 3, 2])
def test_a_real_file_that_is_cut_is_refused(part: int) -> None:
    content = data("index.vcf")
    assert "cut off or damaged: record" in refusal(content[: len(content) * (part - 1) // part])
    assert "cut off" in refusal(gzip.compress(content)[: -(len(content) // 100)])


def test_what_only_the_records_tell_needs_pysam(pysam_or_not: bool) -> None:
    for damaged in (
        HEADER + RECORD.replace(b"7", b"seven"),
        HEADER.rstrip() + b"\tFORMAT\ta\ta\n" + RECORD.rstrip() + b"\tGT\t.\t.\n",
    ):
        if pysam_or_not:
            assert "header or a record can not be read" in refusal(damaged)
        else:
            VCF.check(kept(damaged))
