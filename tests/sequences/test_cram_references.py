"""CRAM and its reference: the right one, the wrong ones, and no server asked for any."""

import gzip
import hashlib
import threading
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pysam
import pytest

from tests.support.sequences import DATA, bgzip, converted, data, look, read, refusal, sam

pytestmark = pytest.mark.inferred

BASES = "ACGTTGCAAC" * 4
RECORDS = ["r1\t0\tone\t1\t30\t4M\t*\t0\t0\tACGT\tIIII", "r2\t0\tone\t5\t30\t4M\t*\t0\t0\tTGCA\tIIII"]
FASTA = f">one\n{BASES}\n>two\n{BASES[:20]}\n".encode()


@pytest.fixture
def cram(tmp_path: Path) -> bytes:
    """Reads on the first of two sequences."""
    (tmp_path / "one.fa").write_bytes(FASTA)
    return converted(sam(RECORDS), "wc", tmp_path, tmp_path / "one.fa")


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What htslib asks a server of reference sequences for."""
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        monkeypatch.setenv("REF_PATH", f"http://127.0.0.1:{server.server_port}/%s")
        monkeypatch.delenv("REF_CACHE", raising=False)
        yield asked
        server.shutdown()


def test_a_cram_file_is_counted_digested_and_indexed_like_samtools_does() -> None:
    found = look("CRAM", data("range.cram"), reference=data("ce.fa"))
    text = str(pysam.view("-T", str(DATA / "ce.fa"), str(DATA / "range.cram")))
    assert found.etag == {"algorithm": "CRAM_MD5up", "source1": hashlib.md5(text.encode()).hexdigest()}
    reads = [line.split("\t") for line in text.splitlines() if not int(line.split("\t")[1]) & 0x900]
    assert found.sequence_information == {
        "alignment": "ALIGNED",
        "totalReadCount": len(reads),
        "totalBaseCount": sum(len(fields[9]) for fields in reads),
    }
    assert gzip.decompress(read(found)) == gzip.decompress(data("range.cram.crai"))


@pytest.mark.parametrize("packing", ["gzip", "bgzip"])
def test_the_reference_may_be_compressed(packing: str, cram: bytes, tmp_path: Path) -> None:
    reference = gzip.compress(FASTA) if packing == "gzip" else bgzip(FASTA, tmp_path)
    found = look("CRAM", cram, reference=reference)
    assert found.sequence_information == {"alignment": "ALIGNED", "totalReadCount": 2, "totalBaseCount": 8}
    assert found.etag == look("CRAM", cram, reference=FASTA).etag


@pytest.mark.parametrize("reference", [FASTA.lower().replace(b">", b"\n>"), FASTA.replace(b"ACGT", b"acgt"), FASTA + b">more\nA\n"])
def test_case_and_further_sequences_do_not_matter(reference: bytes, cram: bytes) -> None:
    assert look("CRAM", cram, reference=reference).sequence_information["totalReadCount"] == 2


def test_a_sequence_without_reads_may_be_missing(cram: bytes) -> None:
    assert look("CRAM", cram, reference=FASTA[: FASTA.index(b">two")]).sequence_information["totalReadCount"] == 2


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (FASTA.replace(b">one", b">uno"), "the reference does not match the CRAM file: one is missing"),
        (FASTA.replace(b"ACGTTGCAAC", b"ACGTTGCAA"), "the reference does not match the CRAM file: one has another length"),
        (FASTA.replace(b"ACGTTGCAAC", b"ACGTTGCAAG"), "the reference does not match the CRAM file: one has other bases"),
        (FASTA[:-5] + b"AAAA\n", "the reference does not match the CRAM file: two has other bases"),
        (b"no FASTA", "the reference is not in FASTA format, or its lines differ in length"),
        (b">one\nACGT\nA\nACGT\n", "the reference is not in FASTA format, or its lines differ in length"),
        (b"", "the reference is not in FASTA format, or its lines differ in length"),
        (gzip.compress(FASTA)[:-1], "the compressed data is cut off or damaged"),
        (None, "the reference of the CRAM file is not known"),
    ],
)
def test_another_reference_is_refused_and_no_server_asked(
    reference: bytes | None, reason: str, cram: bytes, asked_for: list[str]
) -> None:
    assert refusal("CRAM", cram, reference=reference) == reason
    assert asked_for == []


def test_with_its_reference_no_server_is_asked_though_htslib_would(asked_for: list[str]) -> None:
    assert look("CRAM", data("range.cram"), reference=data("ce.fa")).index is not None
    assert "CHROMOSOME_I is missing" in refusal("CRAM", data("range.cram"), reference=FASTA)
    assert asked_for == []

    before = pysam.set_verbosity(0)
    try:
        with pytest.raises(OSError), pysam.AlignmentFile(str(DATA / "range.cram")) as file:
            list(file)
    finally:
        pysam.set_verbosity(before)
    assert asked_for == ["/8ede36131e0dbf3417807e48f77f3ebd"]


def test_where_the_header_has_no_digest_names_and_lengths_are_compared(tmp_path: Path) -> None:
    cram = converted(sam(RECORDS), "wc", tmp_path, options=["no_ref=1"])
    assert look("CRAM", cram, reference=FASTA.replace(b"ACGTT", b"ACGTA")).sequence_information["totalReadCount"] == 2
    assert "one has another length" in refusal("CRAM", cram, reference=FASTA.replace(b"ACGTT", b"ACGT"))


@pytest.mark.parametrize("version", ["2.1", "3.0", "3.1"])
def test_all_versions_of_cram_are_read(version: str, tmp_path: Path) -> None:
    (tmp_path / "one.fa").write_bytes(FASTA)
    cram = converted(sam(RECORDS), "wc", tmp_path, tmp_path / "one.fa", [f"version={version}"])
    assert cram[4:6] == bytes(int(part) for part in version.split("."))
    assert look("CRAM", cram, reference=FASTA).sequence_information["totalReadCount"] == 2
    assert refusal("CRAM", cram[:-1], reference=FASTA) == "the file is cut off or damaged"


def test_an_unsorted_cram_file_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "one.fa").write_bytes(FASTA)
    shuffled = converted(sam(["r0\t0\ttwo\t1\t30\t4M\t*\t0\t0\tACGT\tIIII", *RECORDS[::-1]]), "wc", tmp_path, tmp_path / "one.fa")
    assert look("CRAM", shuffled, reference=FASTA).sequence_information["totalReadCount"] == 3


def test_what_is_no_cram_file_or_is_cut_is_refused(cram: bytes) -> None:
    for content in (b"", b"CRA", b"text", data("range.bam")):
        assert refusal("CRAM", content, reference=FASTA) == "the file is not in CRAM format"
    for length in (4, 26, 300, len(cram) - 38, len(cram) - 1):
        assert refusal("CRAM", cram[:length], reference=FASTA) == "the file is cut off or damaged"
    damaged = cram[:-70] + bytes(byte ^ 0xFF for byte in cram[-70:-50]) + cram[-50:]
    assert "damaged" in refusal("CRAM", damaged, reference=FASTA)


def test_a_block_that_is_longer_than_its_container_is_refused(cram: bytes) -> None:
    block = b"\0\0\0\x7f\x7f"  # method, content type, content id, size, size once decompressed
    header = len(block).to_bytes(4, "little") + b"\0" * 6 + b"\1\0"  # of one block
    container = header + zlib.crc32(header).to_bytes(4, "little") + block
    following = cram[26:]  # where 127 bytes could be read from
    assert refusal("CRAM", cram[:26] + container + following, reference=FASTA) == "the file is cut off or damaged"


def test_without_pysam_checksums_are_checked_but_nothing_is_counted(without_pysam: None) -> None:
    content = data("range.cram")
    findings = look("CRAM", content)
    assert findings.etag["source1"] == hashlib.md5(content).hexdigest()
    assert findings.sequence_information == {"alignment": "ALIGNED"}
    assert refusal("CRAM", b"text") == "the file is not in CRAM format"
    for place in range(26, len(content) - 1, 97):
        damaged = content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :]
        assert refusal("CRAM", damaged) == "the file is cut off or damaged"
