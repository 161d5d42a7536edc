"""BAM, unaligned BAM and CRAM: counted, digested, indexed and refused."""

import gzip
import hashlib
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.sequences import InvalidFile
from tests.support.sequences import DATA, bgzip, converted, data, look, read, refusal, sam

pytestmark = pytest.mark.inferred

RECORDS = (
    "r1\t0\tone\t1\t30\t4M\t*\t0\t0\tACGT\tIIII\tNM:i:0",
    "r1\t2048\tone\t9\t30\t2H2M\t*\t0\t0\tGT\tII",
    "r2\t256\tone\t11\t30\t5M\t*\t0\t0\tACGTA\tIIIII",
    "r2\t16\ttwo\t2\t30\t5M\t*\t0\t0\tACGTA\tIIIII",
    "r3\t4\t*\t0\t0\t*\t*\t0\t0\tACG\tIII",
    "r4\t4\t*\t0\t0\t*\t*\t0\t0\t*\t*",
)
COUNTS = {"totalReadCount": 4, "totalBaseCount": 4 + 5 + 3}
LINES = "".join(f"{record}\n" for record in RECORDS).encode()


def unaligned(folder: Path) -> bytes:
    """Two reads of three bases without any sequence to be aligned to."""
    with pysam.AlignmentFile(str(folder / "unaligned.bam"), "wb", header={"HD": {"VN": "1.6"}}) as file:
        for name in ("r1", "r2"):
            record = pysam.AlignedSegment(file.header)
            record.query_name, record.flag, record.query_sequence = name, 4, "ACG"
            file.write(record)
    return (folder / "unaligned.bam").read_bytes()


@pytest.mark.parametrize("algorithm", ["md5", "sha256", "sha512"])
def test_a_bam_file_is_counted_by_primary_records_and_digested_as_sam(algorithm: str, tmp_path: Path) -> None:
    found = look("BAM", converted(sam(RECORDS), "wb", tmp_path), family=f"{algorithm.upper()}up")
    assert found.sequence_information == {"alignment": "ALIGNED", **COUNTS}
    assert found.etag == {"algorithm": f"BAM_{algorithm.upper()}up", "source1": hashlib.new(algorithm, LINES).hexdigest()}


@pytest.mark.parametrize("name", ["ex1.bam", "range.bam"])
def test_real_bam_files_are_counted_and_digested_as_samtools_does(name: str) -> None:
    found = look("BAM", data(name))
    primary = str(pysam.flagstat(str(DATA / name))).splitlines()[1].split(" ")
    assert found.sequence_information["totalReadCount"] == int(primary[0])
    with pysam.AlignmentFile(str(DATA / name), check_sq=False) as file:
        lengths = [len(record.query_sequence or "") for record in file if not (record.is_secondary or record.is_supplementary)]
    assert found.sequence_information["totalBaseCount"] == sum(lengths)
    assert found.etag["source1"] == hashlib.md5(str(pysam.view(str(DATA / name))).encode()).hexdigest()


@pytest.mark.documented
def test_the_index_of_a_bam_file_finds_its_records(tmp_path: Path) -> None:
    assert read(look("BAM", data("range.bam"))) == data("range.bam.bai")
    (tmp_path / "ex1.bam").write_bytes(data("ex1.bam"))
    (tmp_path / "ex1.bam.bai").write_bytes(read(look("BAM", data("ex1.bam"))))
    with pysam.AlignmentFile(str(tmp_path / "ex1.bam"), check_sq=False) as file:
        assert file.count("chr1") + file.count("chr2") == 3270


def test_an_unsorted_bam_file_is_accepted_without_index(tmp_path: Path) -> None:
    shuffled = converted(sam([RECORDS[2], RECORDS[0], RECORDS[3]]), "wb", tmp_path)
    found = look("BAM", shuffled)
    assert found.index is None
    assert found.sequence_information["totalReadCount"] == 2


def test_a_sequence_too_long_for_a_bai_index_is_accepted_without_one(tmp_path: Path) -> None:
    header = ["@HD\tVN:1.6\tSO:coordinate", f"@SQ\tSN:one\tLN:{1 << 30}"]
    found = look("BAM", converted(sam([f"r\t0\tone\t{(1 << 29) + 5}\t30\t4M\t*\t0\t0\tACGT\tIIII"], header), "wb", tmp_path))
    assert found.index is None
    assert found.sequence_information["totalReadCount"] == 1


@pytest.mark.documented
def test_an_unaligned_bam_file_needs_no_sequences_and_has_the_etag_of_a_bam_file(tmp_path: Path) -> None:
    content = unaligned(tmp_path)
    found = look("UBAM", content, family="SHA256up")
    assert found.sequence_information == {"alignment": "UNALIGNED", "totalReadCount": 2, "totalBaseCount": 6}
    assert found.etag["algorithm"] == "BAM_SHA256up"
    assert found.etag == look("BAM", content, family="SHA256up").etag
    assert found.index is None


def test_an_unaligned_bam_file_may_have_aligned_records(tmp_path: Path) -> None:
    found = look("UBAM", converted(sam(RECORDS), "wb", tmp_path))
    assert found.sequence_information == {"alignment": "UNALIGNED", **COUNTS}
    assert found.index is None


def test_a_bam_file_may_have_no_records(tmp_path: Path) -> None:
    found = look("BAM", converted(sam([]), "wb", tmp_path))
    assert found.sequence_information == {"alignment": "ALIGNED", "totalReadCount": 0, "totalBaseCount": 0}
    assert found.etag["source1"] == hashlib.md5().hexdigest()
    assert found.index is not None


@pytest.mark.documented
def test_the_etag_does_not_depend_on_header_and_compression(tmp_path: Path) -> None:
    one = look("BAM", converted(sam(RECORDS), "wb", tmp_path))
    other = look("BAM", converted(b"@CO\tno matter\n" + sam(RECORDS), "wb0", tmp_path))
    assert one.etag == other.etag


@pytest.mark.parametrize("file_type", ["BAM", "UBAM"])
@pytest.mark.parametrize("extra", ["with pysam", "without"])
def test_what_is_no_bam_file_is_refused(file_type: str, extra: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    real = data("ex1.bam")
    strange = bgzip(b"SAM\1 and more", tmp_path)
    if extra == "without":
        request.getfixturevalue("without_pysam")
    for content in (b"", b"\x1f", b"some text", sam(RECORDS), data("range.cram"), strange, gzip.compress(b"BAM\1"), real[1:]):
        assert refusal(file_type, content) == "the file is not in BAM format"
    for length in (len(real) - 1, len(real) - 28, 100_000):
        assert refusal(file_type, real[:length]) == "the BAM file is cut off: the block that ends it is missing"
    for length in (20, 100):
        assert refusal(file_type, real[:length]) == "the compressed data is cut off or damaged"


def test_a_damaged_bam_file_is_refused(tmp_path: Path) -> None:
    real, end = data("ex1.bam"), data("ex1.bam")[-28:]
    reason = "the file is cut off or damaged"
    assert refusal("BAM", real[:90_000] + end) == reason
    assert refusal("BAM", real[:90_000] + bytes(20) + real[90_020:]) == reason
    assert refusal("BAM", real[:16] + b"\0\0" + real[18:]) == reason
    assert refusal("BAM", bgzip(b"BAM\1" + bytes(20), tmp_path)) == reason
    assert refusal("BAM", bgzip(b"BAM\1" + b"\xff" * 20, tmp_path)) == reason


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("file_type", ["BAM", "CRAM"])
def test_however_a_file_is_damaged_it_is_read_or_refused(file_type: str, seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    small = tmp_path / f"small.{file_type}"
    if not small.exists():
        (tmp_path / "one.fa").write_text(">one\n" + "ACGT" * 10 + "\n>two\n" + "ACGT" * 5 + "\n")
        small.write_bytes(converted(sam(RECORDS), f"w{file_type[0].lower()}", tmp_path, tmp_path / "one.fa"))
    content = bytearray(small.read_bytes())
    for _ in range(chance.randint(1, 3)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    try:
        look(file_type, bytes(content), reference=(tmp_path / "one.fa").read_bytes())
    except InvalidFile:
        refusal(file_type, bytes(content), reference=(tmp_path / "one.fa").read_bytes())


def test_files_are_looked_into_from_several_threads() -> None:
    def digest(name: str) -> str:
        return look("BAM", data(name)).etag["source1"] + hashlib.md5(read(look("BAM", data(name)))).hexdigest()

    names = ["ex1.bam", "range.bam"] * 4
    expected = [digest(name) for name in names]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(digest, names)) == expected


def test_the_verbosity_of_htslib_is_as_before() -> None:
    before = pysam.set_verbosity(2)
    try:
        refusal("BAM", data("ex1.bam")[:90_000] + data("ex1.bam")[-28:])
        assert pysam.get_verbosity() == 2
    finally:
        pysam.set_verbosity(before)


@pytest.mark.parametrize(
    ("file_type", "name", "alignment"),
    [("BAM", "range.bam", "ALIGNED"), ("UBAM", "range.bam", "UNALIGNED"), ("CRAM", "range.cram", "ALIGNED")],
)
def test_without_pysam_there_are_no_counts_and_no_index(file_type: str, name: str, alignment: str, without_pysam: None) -> None:
    found = look(file_type, data(name), family="SHA512up")
    assert found.sequence_information == {"alignment": alignment}
    assert found.etag == {
        "algorithm": f"{name[6:].upper()}_SHA512up",
        "source1": hashlib.sha512(data(name)).hexdigest(),
    }
    assert found.index is None
