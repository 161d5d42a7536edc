"""Every file of tests/data goes in by upload and by import and comes back as it was; or is refused both ways."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pysam
import pytest

from omics_mock import mock_omics
from tests.support.sequences import DATA, data
from tests.support.storage import bucket, imported, read_sets, reference, reference_store, sequence_store, source, start_import
from tests.support.workflows import client

PART = 5_000

READ_SETS = {
    "example.fastq.gz": "FASTQ",
    "r1.fq": "FASTQ",
    "r2.fq": "FASTQ",
    "tricky.fastq": "FASTQ",
    "range.bam": "BAM",
    "ex1.bam": "BAM",
    "range.cram": "CRAM",
}
REFERENCES = ("ce.fa", "nucleotide_lib.fa")
GENERATED = {"range.bam.bai": "range.bam", "range.cram.crai": "range.cram"}
"""Indexes the service makes by itself, and of what."""
REFUSED = {"error_trunc_at_qual.fastq": "FASTQ", "index.vcf": "FASTQ", "gff_file.gff": "BAM", "ce_1000.sam": "UBAM"}
"""Files that are cut, or of no kind a store takes: text alignments go in once they are BAM."""


@pytest.fixture
def omics() -> Iterator[Any]:
    with mock_omics(rules={"part_size": PART}):
        yield client()


def uploaded(omics: Any, store: str, content: bytes, file_type: str, **described: str) -> str:
    where = {"sequenceStoreId": store}
    described = {"sourceFileType": file_type, "subjectId": "subject", "sampleId": "sample", "name": "reads", **described}
    where["uploadId"] = omics.create_multipart_read_set_upload(**where, **described)["uploadId"]
    parts = []
    for number, start in enumerate(range(0, len(content), PART), 1):
        part = {"partNumber": number, "partSource": "SOURCE1"}
        checksum = omics.upload_read_set_part(**where, **part, payload=content[start : start + PART])["checksum"]
        parts.append({**part, "checksum": checksum})
    read_set: str = omics.complete_multipart_read_set_upload(**where, parts=parts)["readSetId"]
    while omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["status"] == "PROCESSING_UPLOAD":
        pass
    return read_set


def in_parts(omics: Any, store: str, read_set: str, file: str = "source1") -> bytes:
    where = {"sequenceStoreId": store, "id": read_set}
    total = omics.get_read_set_metadata(**where)["files"][file]["totalParts"]
    parts = (omics.get_read_set(**where, file=file.upper(), partNumber=number)["payload"] for number in range(1, total + 1))
    return b"".join(part.read() for part in parts)


def through_s3(omics: Any, store: str, read_set: str, file: str = "source1") -> bytes:
    files = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]
    name, _, key = files[file]["s3Access"]["s3Uri"].removeprefix("s3://").partition("/")
    content: bytes = boto3.client("s3", region_name="us-east-1").get_object(Bucket=name, Key=key)["Body"].read()
    return content


def counts(path: Path, file_type: str) -> tuple[int, int]:
    """Reads and bases as samtools and its relatives count them."""
    if file_type == "FASTQ":
        with pysam.FastxFile(str(path)) as reads:
            lengths = [len(read.sequence or "") for read in reads]
        return len(lengths), sum(lengths)
    with pysam.AlignmentFile(str(path), reference_filename=str(DATA / "ce.fa"), check_sq=False) as alignments:
        lengths = [read.query_length for read in alignments if not (read.is_secondary or read.is_supplementary)]
    return len(lengths), sum(lengths)


@pytest.mark.operation("GetReadSetMetadata.etag", "CreateSequenceStore.s3Access")
@pytest.mark.parametrize(("file", "file_type"), READ_SETS.items())
def test_a_read_set_comes_back_whichever_way_it_went_in(omics: Any, file: str, file_type: str) -> None:
    store, content = sequence_store(omics), data(file)
    described = {} if file_type == "FASTQ" else {"referenceArn": reference(omics)}
    ways = [imported(omics, store, file, **described), uploaded(omics, store, content, file_type, **described)]
    found = []
    for read_set in ways:
        metadata = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
        assert metadata["status"] == "ACTIVE"
        assert metadata["files"]["source1"]["contentLength"] == len(content)
        assert in_parts(omics, store, read_set) == through_s3(omics, store, read_set) == content
        found.append((metadata["etag"], metadata["sequenceInformation"]))
    assert found[0] == found[1]
    information = found[0][1]
    assert (information["totalReadCount"], information["totalBaseCount"]) == counts(DATA / file, file_type)
    assert information["alignment"] == ("UNALIGNED" if file_type == "FASTQ" else "ALIGNED")


@pytest.mark.operation("CreateSequenceStore.s3Access")
@pytest.mark.parametrize(("index", "file"), GENERATED.items())
def test_an_index_is_the_one_htslib_makes(omics: Any, index: str, file: str) -> None:
    store = sequence_store(omics)
    read_set = imported(omics, store, file, referenceArn=reference(omics))
    assert in_parts(omics, store, read_set, "index") == through_s3(omics, store, read_set, "index")
    made, expected = in_parts(omics, store, read_set, "index"), data(index)
    assert (gzip.decompress(made), gzip.decompress(expected)) if index.endswith("crai") else made == expected


@pytest.mark.parametrize("file", REFERENCES)
def test_a_reference_comes_back_part_by_part(omics: Any, file: str) -> None:
    where = {"referenceStoreId": reference_store(omics), "id": reference(omics, file).split("/")[-1]}
    files = omics.get_reference_metadata(**where)["files"]
    for member, expected in {"source": data(file), "index": data("ce.fa.fai") if file == "ce.fa" else None}.items():
        if member in files:
            numbers = range(1, files[member]["totalParts"] + 1)
            parts = (omics.get_reference(**where, file=member.upper(), partNumber=number)["payload"].read() for number in numbers)
            came = b"".join(parts)
            assert expected is None or came == expected


def test_a_text_of_alignments_goes_in_as_bam(omics: Any, tmp_path: Path) -> None:
    path = tmp_path / "ce_1000.bam"
    pysam.view("-b", "-o", str(path), str(DATA / "ce_1000.sam"), catch_stdout=False)
    store = sequence_store(omics)
    read_set = uploaded(omics, store, path.read_bytes(), "BAM", referenceArn=reference(omics))
    assert in_parts(omics, store, read_set) == path.read_bytes()
    information = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["sequenceInformation"]
    assert (information["totalReadCount"], information["totalBaseCount"]) == counts(DATA / "ce_1000.sam", "BAM")


@pytest.mark.parametrize(("file", "file_type"), REFUSED.items())
def test_a_file_that_is_not_what_it_should_be_is_refused_both_ways(omics: Any, file: str, file_type: str) -> None:
    store = sequence_store(omics)
    described = {"referenceArn": reference(omics)} if file_type == "BAM" else {}
    bucket(file)
    job = start_import(omics, store, source(file, sourceFileType=file_type, **described))
    statuses = [omics.get_read_set_import_job(sequenceStoreId=store, id=job)["status"] for _ in range(3)]
    assert statuses[-1] == "FAILED"
    [item] = omics.get_read_set_import_job(sequenceStoreId=store, id=job)["sources"]
    assert (item["status"], bool(item["statusMessage"])) == ("FAILED", True)
    assert read_sets(omics, store) == []

    read_set = uploaded(omics, store, data(file), file_type, **described)
    metadata = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    assert metadata["status"] == "UPLOAD_FAILED"


def test_no_file_is_left_out() -> None:
    told_of = {*READ_SETS, *REFERENCES, *GENERATED, *REFUSED, "ce.fa.fai"}
    assert {path.name for path in DATA.iterdir() if not path.name.startswith(("LICENSE", "README"))} == told_of
