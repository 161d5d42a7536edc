"""Moving a large file: a read set in parts with many threads, beside moto's S3 and beside an interceptor that keeps nothing.

`make bench` prints the ratios. The file is gzip FASTQ, made here; every byte that comes back is compared.
"""

from __future__ import annotations

import gzip
import hashlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.calls import replaced_callback
from omics_mock import mock_omics

SIZE = 300_000_000
PART = 8 * 1024 * 1024
THREADS = 8
ROUNDS = 5
MEMORY_TARGET, THROUGHPUT_TARGET = 1.15, 2.0


def make_fastq(path: Path) -> None:
    """gzip may have many members: one of random-looking reads, again and again."""
    digits = hashlib.shake_256(b"reads").digest(30_000_000)
    bases, quality = digits.translate(b"ACGT" * 64), digits.translate(bytes(33 + byte % 40 for byte in range(256)))
    reads = (b"@%d\n%b\n+\n%b\n" % (at, bases[at : at + 150], quality[at : at + 150]) for at in range(0, len(digits), 150))
    member = gzip.compress(b"".join(reads), 1, mtime=0)
    with path.open("wb") as file:
        while file.tell() < SIZE:
            file.write(member)


class Source:
    """The file on disk, by parts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.numbers = range(1, -(-path.stat().st_size // PART) + 1)

    def part(self, number: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek((number - 1) * PART)
            return file.read(PART)

    def check(self, number: int, body: Any) -> None:
        with self.path.open("rb") as file:
            file.seek((number - 1) * PART)
            for chunk in body.iter_chunks(256 * 1024):
                if chunk != file.read(len(chunk)):
                    raise AssertionError(f"part {number} came back changed")
            if number == self.numbers[-1] and file.read(1):
                raise AssertionError("the end is missing")


def in_threads(work: Callable[[int], Any], numbers: Iterable[int]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, numbers))


def client(service: Any) -> Any:
    return boto3.client(service, region_name="us-east-1", config=Config(max_pool_connections=THREADS))


class ReadSets:
    """Through omics_mock."""

    def __init__(self, source: Source) -> None:
        self.source, self.omics = source, client("omics")
        self.store = self.omics.create_sequence_store(name="bench")["id"]
        self.read_set = ""

    def upload(self) -> None:
        described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "bench"}
        where = {"sequenceStoreId": self.store}
        where["uploadId"] = self.omics.create_multipart_read_set_upload(**where, **described)["uploadId"]

        def send(number: int) -> dict[str, Any]:
            part = {"partNumber": number, "partSource": "SOURCE1"}
            answer = self.omics.upload_read_set_part(**where, **part, payload=self.source.part(number))
            return {**part, "checksum": answer["checksum"]}

        parts = in_threads(send, self.source.numbers)
        self.read_set = self.omics.complete_multipart_read_set_upload(**where, parts=parts)["readSetId"]

    def process(self) -> None:
        while self.omics.get_read_set_metadata(sequenceStoreId=self.store, id=self.read_set)["status"] != "ACTIVE":
            pass

    def download(self) -> None:
        where = {"sequenceStoreId": self.store, "id": self.read_set}
        in_threads(
            lambda number: self.source.check(number, self.omics.get_read_set(**where, partNumber=number)["payload"]),
            self.source.numbers,
        )

    def delete(self) -> None:
        self.omics.batch_delete_read_set(sequenceStoreId=self.store, ids=[self.read_set])


class Objects:
    """Through moto's S3."""

    def __init__(self, source: Source) -> None:
        self.source, self.s3 = source, client("s3")
        self.s3.create_bucket(Bucket="bench")

    def upload(self) -> None:
        where = {"Bucket": "bench", "Key": "reads.fastq.gz"}
        where["UploadId"] = self.s3.create_multipart_upload(**where)["UploadId"]

        def send(number: int) -> dict[str, Any]:
            answer = self.s3.upload_part(**where, PartNumber=number, Body=self.source.part(number))
            return {"PartNumber": number, "ETag": answer["ETag"]}

        parts = in_threads(send, self.source.numbers)
        self.s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})

    def download(self) -> None:
        def fetch(number: int) -> None:
            section = f"bytes={(number - 1) * PART}-{number * PART - 1}"
            self.source.check(number, self.s3.get_object(Bucket="bench", Key="reads.fastq.gz", Range=section)["Body"])

        in_threads(fetch, self.source.numbers)

    def delete(self) -> None:
        self.s3.delete_object(Bucket="bench", Key="reads.fastq.gz")


def compare(path: Path) -> None:
    """Time both ways, one right after the other in each round."""
    source = Source(path)
    took: dict[str, list[float]] = {}

    def timed(name: str, work: Callable[[], None]) -> None:
        began = time.perf_counter()
        work()
        took.setdefault(name, []).append(time.perf_counter() - began)

    with mock_omics(rules={"part_size": PART}):
        read_sets, objects = ReadSets(source), Objects(source)
        for _ in range(ROUNDS):
            timed("upload", read_sets.upload)
            timed("S3 upload", objects.upload)
            timed("processing", read_sets.process)
            timed("download", read_sets.download)
            timed("S3 download", objects.download)
            read_sets.delete()
            objects.delete()
    megabytes = path.stat().st_size / 1e6
    for name, seconds in took.items():
        print(f"{name:14}{statistics.median(seconds):8.2f} s {megabytes / statistics.median(seconds):8.0f} MB/s")
    for name in ("upload", "download"):
        ratio = statistics.median(s3 / ours for ours, s3 in zip(took[name], took[f"S3 {name}"], strict=True))
        print(f"{name}: {ratio:.2f} times moto's S3 (>= {THROUGHPUT_TARGET})")


def peak(path: Path, constant: bool) -> int:
    """Upload and download once; the peak of the process's memory in bytes."""
    source = Source(path)
    with mock_omics(rules={"part_size": PART}):
        read_sets = ReadSets(source)
        if not constant:
            read_sets.upload()
            read_sets.process()
            read_sets.download()
        else:
            part = source.part(1)
            source.check = lambda number, body: [None for _ in body.iter_chunks(256 * 1024)]  # type: ignore[method-assign,assignment]  # a cheaper check

            def answer(request: Any, *_: Any) -> tuple[int, dict[str, str], bytes]:
                if request.method == "GET" and "/metadata" not in request.url:
                    return 200, {"content-length": str(len(part))}, part
                return 200, {}, b'{"checksum": "x", "uploadId": "1234567890", "readSetId": "1234567890", "status": "ACTIVE"}'

            with replaced_callback(answer):
                read_sets.upload()
                read_sets.process()
                read_sets.download()
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says begins with the parent's peak on Linux
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measured_peak(path: Path, way: str) -> int:
    """In a process of its own."""
    command = [sys.executable, "-m", "benchmarks.transfers", str(path), way]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    if len(sys.argv) > 1:
        print(peak(Path(sys.argv[1]), sys.argv[2] == "constant"))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reads.fastq.gz")
        make_fastq(path)
        compare(path)
        peaks = [(measured_peak(path, "ours"), measured_peak(path, "constant")) for _ in range(3)]
        ours, constant = (statistics.median(side) for side in zip(*peaks, strict=True))
        ratio = statistics.median(ours / constant for ours, constant in peaks)
        print(
            f"peak memory {ours / 1e6:.0f} MB, {ratio:.2f} times a constant callback's {constant / 1e6:.0f} MB (<= {MEMORY_TARGET})"
        )


if __name__ == "__main__":
    main()
