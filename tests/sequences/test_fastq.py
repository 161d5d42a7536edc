"""FASTQ: counted, compared in pairs, digested, and refused for every way a file can be wrong."""

import gzip
import hashlib
import tracemalloc
from pathlib import Path

import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.sequences import Findings
from tests.support.sequences import bgzip, in_two_members, look, refusal

pytestmark = pytest.mark.inferred

ONE = b"@a\nACGT\n+\nIIII\n"
TWO = ONE + b"@b\nACGTA\n+b\nIIIII\n"


def counts(findings: Findings) -> tuple[object, object]:
    information = findings.sequence_information
    return information["totalReadCount"], information["totalBaseCount"]


@pytest.mark.documented
def test_a_plain_file_is_counted_and_digested() -> None:
    found = look("FASTQ", TWO)
    assert found.sequence_information == {"alignment": "UNALIGNED", "totalReadCount": 2, "totalBaseCount": 9}
    assert found.etag == {"algorithm": "FASTQ_MD5up", "source1": hashlib.md5(TWO).hexdigest()}
    assert found.index is None


@pytest.mark.documented
@pytest.mark.parametrize("algorithm", ["md5", "sha256", "sha512"])
def test_the_etag_is_of_the_decompressed_bytes_however_they_were_packed(algorithm: str, tmp_path: Path) -> None:
    family = f"{algorithm.upper()}up"
    etag = {"algorithm": f"FASTQ_{family}", "source1": hashlib.new(algorithm, TWO).hexdigest()}
    for packed in (TWO, gzip.compress(TWO), in_two_members(TWO), bgzip(TWO, tmp_path), gzip.compress(TWO) + b"\0" * 9):
        assert look("FASTQ", packed, family=family).etag == etag


def test_bgzf_is_gzip_of_many_members(tmp_path: Path) -> None:
    found = look("FASTQ", bgzip(TWO * 50, tmp_path), strict=True)
    assert counts(found) == (100, 450)
    assert found.etag["source1"] == hashlib.md5(TWO * 50).hexdigest()


def test_a_pair_is_summed_and_has_a_digest_of_each(tmp_path: Path) -> None:
    first, second = b"@r/1 x\nAC\n+\nII\n@s\nA\n+\nI\n", b"@r/2\ty\nACG\n+\nIII\n@s 2:N\nAC\n+\nII"
    found = look("FASTQ", gzip.compress(first), second)
    assert counts(found) == (4, 8)
    assert found.etag == {
        "algorithm": "FASTQ_MD5up",
        "source1": hashlib.md5(first).hexdigest(),
        "source2": hashlib.md5(second).hexdigest(),
    }


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (TWO.rstrip(b"\n"), (2, 9)),
        (TWO + b"\n\n", (2, 9)),
        (b"\n" + ONE + b"\n" + ONE, (2, 8)),
        (TWO.replace(b"\n", b"\r\n"), (2, 9)),
        (b"@long\nAC\nGT\nA\n+\nIII\nII\n" + ONE, (2, 9)),
        (b"@at\nAC\nGT\n+\n@I\n+I\n" + ONE, (2, 8)),
        (b"@none\n\n+\n\n" + ONE, (2, 4)),
        (b"@none\n+\n" + ONE, (2, 4)),
        (b"@\nAC\n+\nII\n", (1, 2)),
    ],
)
def test_layouts_that_are_fastq(text: bytes, found: tuple[int, int]) -> None:
    assert counts(look("FASTQ", text)) == found


@pytest.mark.parametrize("before", [b"", ONE, ONE * 5000], ids=["first", "second", "much later"])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"@", "no quality values"),
        (b"@cut", "the read '@cut' has no quality values"),
        (b"@cut\n", "no quality values"),
        (b"@cut\nAC", "no quality values"),
        (b"@cut\nACG\n", "no quality values"),
        (b"@cut\nACG\n+", "has 3 bases and 0 quality values"),
        (b"@cut\nACG\n+\n", "has 3 bases and 0 quality values"),
        (b"@cut\nACG\n+\nII", "has 3 bases and 2 quality values"),
        (b"@cut\nACG\n+\nII\n" + ONE, "quality values"),
        (b"@cut\nACGTACGT\n+\nIIII\n@b\nAC\n+\nII\n", "begins with @, not with '+'"),
        (b"@over\nACG\n+\nIIII\n" + ONE, "has 3 bases and 4 quality values"),
        (b"@over\nACG\n+\nIII\nIII\n" + ONE, "begins with @, not with 'III'"),
        (b"@next\nACG\n@b\nAC\n+\nII\n", "the read '@next' has no quality values"),
        (b">fasta\nACGT\n", "begins with @, not with '>fasta'"),
        (b"junk\n" + ONE, "begins with @, not with 'junk'"),
        (bytes(range(128, 256)), "begins with @"),
    ],
)
def test_a_file_that_is_wrong_anywhere_is_refused(before: bytes, text: bytes, reason: str) -> None:
    assert reason in refusal("FASTQ", before + text)
    assert reason in refusal("FASTQ", gzip.compress(before + text, 1))


@pytest.mark.parametrize("text", [b"", b"\n\n", gzip.compress(b"")], ids=["empty", "blank", "compressed nothing"])
def test_a_file_without_reads_is_refused(text: bytes) -> None:
    assert refusal("FASTQ", text) == "the FASTQ file has no reads"


def test_only_strict_demands_compression() -> None:
    assert "compressed with gzip" in refusal("FASTQ", ONE, strict=True)
    assert "compressed with gzip" in refusal("FASTQ", gzip.compress(ONE), ONE, strict=True)
    assert counts(look("FASTQ", gzip.compress(ONE), strict=True)) == (1, 4)


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (ONE, "number of reads: 2, 1"),
        (TWO + ONE, "number of reads: 2, 3"),
        (TWO.replace(b"@b", b"@c"), "names"),
        (b"@b\nACGTA\n+b\nIIIII\n" + ONE, "names"),
        (TWO.replace(b"@b", b"@b/3"), "names"),
        (b"@a@\nACGT\n+\nIIII\n@b\nA\n+\nI\n", "names"),
        (b"junk", "begins with @"),
    ],
)
def test_a_pair_that_does_not_match_is_refused(second: bytes, reason: str) -> None:
    assert reason in refusal("FASTQ", TWO, second)


def test_names_are_compared_one_by_one() -> None:
    def named(*names: bytes) -> bytes:
        return b"".join(b"@" + name + b"\nA\n+\nI\n" for name in names)

    assert "names" in refusal("FASTQ", named(b"a@b", b"c"), named(b"a", b"b@c"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda packed: packed + b"trailing",
        lambda packed: packed[:-8] + bytes(8),
        lambda packed: packed[:12] + b"\xff\xff" + packed[14:],
        lambda packed: packed + packed[:-1],
    ],
    ids=["trailing bytes", "wrong checksum", "damaged data", "second member cut"],
)
def test_damaged_gzip_is_refused(damage: object, without_pysam: None) -> None:
    assert callable(damage)
    assert refusal("FASTQ", damage(gzip.compress(TWO))) == "the compressed data is cut off or damaged"


@given(st.binary(max_size=30).map(bytes.hex), st.data())
def test_gzip_cut_anywhere_is_refused(name: str, draw: st.DataObject) -> None:
    packed = gzip.compress(f"@{name}\nACGT\n+\nIIII\n".encode())
    refusal("FASTQ", packed[: draw.draw(st.integers(0, len(packed) - 1))])


@st.composite
def records(draw: st.DrawFn) -> tuple[bytes, int]:
    """A read's text, over any number of lines, and how many bases it has."""
    length = draw(st.integers(1, 30))
    bases = draw(st.text("ACGTNacgtn.-", min_size=length, max_size=length))
    qualities = draw(st.text([chr(code) for code in range(33, 127)], min_size=length, max_size=length))
    header = draw(st.text("abc:/@+> \t", min_size=1, max_size=8))
    widths = st.integers(1, 40)

    def wrapped(text: str) -> str:
        width = draw(widths)
        return "\n".join(text[start : start + width] for start in range(0, length, width))

    separator = draw(st.sampled_from(["+", f"+{header}"]))
    return f"@{header}\n{wrapped(bases)}\n{separator}\n{wrapped(qualities)}\n".encode(), length


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(records(), min_size=1, max_size=6))
def test_reads_over_any_number_of_lines_are_counted_as_htslib_counts_them(tmp_path: Path, reads: list[tuple[bytes, int]]) -> None:
    text = b"".join(read for read, _ in reads)
    path = tmp_path / "reads.fastq"
    path.write_bytes(text)
    with pysam.FastxFile(str(path)) as file:
        lengths = [len(read.sequence or "") for read in file]
    assert lengths == [length for _, length in reads]
    assert counts(look("FASTQ", text)) == (len(lengths), sum(lengths))


@given(st.lists(records(), min_size=1, max_size=4), st.data())
def test_a_file_cut_within_a_read_is_refused_and_cut_between_two_is_counted(
    reads: list[tuple[bytes, int]], draw: st.DataObject
) -> None:
    text = b"".join(read for read, _ in reads)
    cut = draw.draw(st.integers(0, len(text)))
    whole = 0
    while whole < len(reads) and len(b"".join(read for read, _ in reads[: whole + 1])) - 1 <= cut:
        whole += 1
    rest = text[len(b"".join(read for read, _ in reads[:whole])) : cut]
    if whole and not rest:
        assert counts(look("FASTQ", text[:cut])) == (whole, sum(length for _, length in reads[:whole]))
    else:
        refusal("FASTQ", text[:cut])


@given(st.binary(max_size=200), st.booleans())
def test_whatever_the_bytes_are_they_are_counted_or_refused(junk: bytes, packed: bool) -> None:
    refusal("FASTQ", gzip.compress(b"!" + junk) if packed else b"!" + junk)


def test_a_file_is_never_held_whole() -> None:
    text = (b"@long\n" + b"ACGT" * 2500 + b"\n+\n" + b"IIII" * 2500 + b"\n") * 1000
    packed = gzip.compress(text, 1)
    tracemalloc.start()
    try:
        look("FASTQ", packed)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(text) / 2


def test_a_line_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omics_mock.sequences.fastq._LONGEST_LINE", 3 << 20)
    assert "a line of more than 3145728 bytes" in refusal("FASTQ", gzip.compress(b"@" + bytes(5 << 20)))


def test_a_long_reason_is_shortened() -> None:
    header = b"@" + b"\xff" * 500
    assert refusal("FASTQ", header + b"\nA").endswith("...")


def test_counts_need_no_pysam(without_pysam: None) -> None:
    found = look("FASTQ", gzip.compress(TWO), TWO)
    assert counts(found) == (4, 18)
    assert found.etag["source1"] == found.etag["source2"] == hashlib.md5(TWO).hexdigest()
    assert "begins with @" in refusal("FASTQ", b">fasta\nACGT\n")
