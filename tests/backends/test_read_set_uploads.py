"""Read sets uploaded in parts, as a client sees them."""

import base64
import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from moto.moto_api import state_manager

from omics_mock import OmicsMock, mock_omics
from omics_mock.clock import milliseconds
from omics_mock.settings import Manual
from tests.support.sequences import data
from tests.support.storage import bucket, objects, read_sets, reference, sequence_store, uploaded
from tests.support.workflows import client, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

UNKNOWN = "1234567890"


class Upload:
    """One upload and the parts that were put."""

    def __init__(self, omics: "OmicsClient", store: str, file_type: str = "FASTQ", **params: Any) -> None:
        self.omics, self.store = omics, store
        described = {"sourceFileType": file_type, "subjectId": "subject", "sampleId": "sample", "name": "up"}
        self.made: Any = omics.create_multipart_read_set_upload(**{"sequenceStoreId": store, **described, **params})
        self.ids: Any = {"sequenceStoreId": store, "uploadId": self.made["uploadId"]}
        self.parts: Any = []

    def put(self, content: Any, number: int = 1, source: Any = "SOURCE1") -> Any:
        answer = self.omics.upload_read_set_part(**self.ids, partSource=source, partNumber=number, payload=content)
        self.parts = [part for part in self.parts if (part["partSource"], part["partNumber"]) != (source, number)]
        self.parts.append({"partNumber": number, "partSource": source, "checksum": answer["checksum"]})
        return answer

    def listed(self, source: Any = "SOURCE1", **params: Any) -> Any:
        return self.omics.list_read_set_upload_parts(**self.ids, partSource=source, **params)["parts"]

    def complete(self, parts: Any = None) -> str:
        listed = self.parts if parts is None else parts
        return self.omics.complete_multipart_read_set_upload(**self.ids, parts=listed)["readSetId"]

    def abort(self) -> Any:
        return self.omics.abort_multipart_read_set_upload(**self.ids)

    def is_open(self) -> bool:
        uploads = self.omics.list_multipart_read_set_uploads(sequenceStoreId=self.store).get("uploads", [])
        return self.made["uploadId"] in [upload["uploadId"] for upload in uploads]


def metadata(omics: "OmicsClient", store: str, read_set: str) -> Any:
    found: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    del found["ResponseMetadata"]
    return found


def statuses(omics: "OmicsClient", store: str, read_set: str, polls: int = 3) -> list[str]:
    return [metadata(omics, store, read_set)["status"] for _ in range(polls)]


def content(omics: "OmicsClient", store: str, read_set: str, file: Any = "SOURCE1") -> bytes:
    return omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1, file=file)["payload"].read()


def digest(part: bytes) -> str:
    return base64.b64encode(hashlib.sha256(part).digest()).decode()


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return sequence_store(omics)


# ---- beginning -----------------------------------------------------------------------------------------------------


@pytest.mark.observed
def test_create_answers_what_was_asked_and_no_read_set(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    described: Any = {"generatedFrom": "a sequencer", "description": "as told", "tags": {"a": "b"}, "clientToken": "once"}
    made = Upload(omics, store, **described).made
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    del described["clientToken"]
    assert made == {
        "sequenceStoreId": store,
        "uploadId": made["uploadId"],
        "sourceFileType": "FASTQ",
        "subjectId": "subject",
        "sampleId": "sample",
        "name": "up",
        "creationTime": mocked.clock.now(),
        **described,
    }
    assert len(made["uploadId"]) == 10
    assert made["uploadId"].isdecimal()
    assert omics.list_multipart_read_set_uploads(sequenceStoreId=store)["uploads"] == [made]
    assert read_sets(omics, store) == []


@pytest.mark.model
def test_an_upload_needs_a_name_and_what_an_import_needs(store: str) -> None:
    omics = unchecked_client()
    params = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "up"}
    for missing in params:
        some: Any = {name: value for name, value in params.items() if name != missing}
        with pytest.raises(omics.exceptions.ValidationException, match=missing):
            omics.create_multipart_read_set_upload(sequenceStoreId=store, **some)


def test_an_upload_that_breaks_a_rule_is_refused(omics: "OmicsClient", store: str) -> None:
    cases: list[tuple[Any, str]] = [
        ({"sourceFileType": "BAM"}, "referenceArn must be specified for BAM"),
        ({"sourceFileType": "CRAM"}, "referenceArn must be specified for CRAM"),
        ({"tags": {f"key{number}": "" for number in range(51)}}, "50 tags"),
        ({"tags": {"aws:a": "b"}}, "aws:"),
        ({"sourceFileType": "VCF"}, "sourceFileType"),
        ({"name": "n" * 128}, "name"),
    ]
    for params, message in cases:
        with pytest.raises(omics.exceptions.ValidationException, match=message):
            Upload(omics, store, **params)
    assert omics.list_multipart_read_set_uploads(sequenceStoreId=store)["uploads"] == []


def test_the_reference_of_an_upload_is_one_of_this_account_and_region(omics: "OmicsClient", store: str) -> None:
    arn = reference(omics, "nucleotide_lib.fa")
    for wrong in (f"{arn[:-10]}{UNKNOWN}", arn.replace("123456789012", "210987654321"), arn.replace("us-east-1", "eu-west-1")):
        for file_type in ("BAM", "FASTQ"):
            with pytest.raises(omics.exceptions.ValidationException, match="referenceArn: .* is no reference"):
                Upload(omics, store, file_type, referenceArn=wrong)
    assert Upload(omics, store, "BAM", referenceArn=arn).made["referenceArn"] == arn
    assert "referenceArn" not in Upload(omics, store, "UBAM").made


def test_the_same_token_begins_one_upload_unless_that_is_over(omics: "OmicsClient", store: str) -> None:
    first, again = (Upload(omics, store, clientToken="once") for _ in range(2))
    assert again.made["uploadId"] == first.made["uploadId"]
    with pytest.raises(omics.exceptions.ValidationException, match="clientToken"):
        Upload(omics, store, clientToken="once", name="other")
    assert Upload(omics, sequence_store(omics), clientToken="once").made["uploadId"] != first.made["uploadId"]
    first.abort()
    assert Upload(omics, store, clientToken="once").made["uploadId"] != first.made["uploadId"]


def test_a_store_that_is_not_ready_takes_no_upload(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("sequence_store", "frozen")
    with pytest.raises(omics.exceptions.ValidationException, match="CREATING"):
        Upload(omics, sequence_store(omics))


# ---- parts ---------------------------------------------------------------------------------------------------------


@pytest.mark.observed
def test_a_part_is_answered_with_its_checksum(omics: "OmicsClient", store: str, tmp_path: Path) -> None:
    upload = Upload(omics, store)
    path = tmp_path / "part"
    path.write_bytes(b"from a file")
    with path.open("rb") as file:
        payloads: list[tuple[Any, bytes]] = [(b"bytes", b"bytes"), (io.BytesIO(b"stream"), b"stream"), (file, b"from a file")]
        for number, (payload, part) in enumerate(payloads, 1):
            assert upload.put(payload, number)["checksum"] == digest(part)
    assert [part["partSize"] for part in upload.listed()] == [5, 6, 11]


@pytest.mark.observed
def test_bytes_go_through_as_they_are(omics: "OmicsClient", store: str) -> None:
    every = bytes(range(256)) * 4 + b"\r\n0\r\n\r\n" + b'{"json": 1}'
    assert Upload(omics, store).put(every)["checksum"] == digest(every)


def test_parts_are_listed_in_order_of_their_numbers_and_by_source(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    upload = Upload(omics, store)
    numbers = [10_000, 2, 11, 1, 3]
    for number in numbers:
        mocked.clock.advance(1)
        upload.put(b"x" * number, number)
    upload.put(b"other", 7, "SOURCE2")
    assert [part["partNumber"] for part in upload.listed()] == sorted(numbers)
    assert [part["partNumber"] for part in upload.listed("SOURCE2")] == [7]
    now = mocked.clock.now()
    assert upload.listed("SOURCE2") == [
        {
            "partNumber": 7,
            "partSize": 5,
            "partSource": "SOURCE2",
            "checksum": digest(b"other"),
            "creationTime": now,
            "lastUpdatedTime": now,
        }
    ]
    pages = list(
        omics.get_paginator("list_read_set_upload_parts").paginate(
            **upload.ids, partSource="SOURCE1", PaginationConfig={"PageSize": 2}
        )
    )
    assert [[part["partNumber"] for part in page["parts"]] for page in pages] == [[1, 2], [3, 11], [10_000]]
    times = {part["partNumber"]: part["creationTime"] for part in upload.listed()}
    assert [part["partNumber"] for part in upload.listed(filter={"createdAfter": times[1], "createdBefore": times[1]})] == [1]
    assert [part["partNumber"] for part in upload.listed(filter={"createdBefore": times[11]})] == [2, 11, 10_000]
    unchecked = unchecked_client()
    with pytest.raises(unchecked.exceptions.ValidationException, match="partSource"):
        unchecked.list_read_set_upload_parts(**upload.ids)


def test_a_part_put_again_takes_the_place_of_the_first(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    upload = Upload(omics, store)
    upload.put(b"@r\nA", 1)
    upload.put(b"\n+\nI\n", 2)
    [before, _] = upload.listed()
    mocked.clock.advance(60)
    upload.put(b"@r\nACGT\n+\n", 1)
    upload.put(b"IIII\n", 2)
    [after, _] = upload.listed()
    assert (after["partSize"], after["checksum"]) == (10, digest(b"@r\nACGT\n+\n"))
    assert after["creationTime"] == before["creationTime"]
    assert after["lastUpdatedTime"] - before["lastUpdatedTime"] == timedelta(seconds=60)
    read_set = upload.complete()
    mocked.finish_all()
    assert content(omics, store, read_set) == b"@r\nACGT\n+\nIIII\n"


def test_a_part_that_can_not_be_is_refused(omics: "OmicsClient", store: str) -> None:
    upload, unchecked = Upload(omics, store), unchecked_client()
    wrong: list[Any] = [{"partNumber": 0}, {"partNumber": 10_001}, {"partSource": "SOURCE3"}, {"payload": b""}]
    for params in wrong:
        with pytest.raises(unchecked.exceptions.ValidationException, match=next(iter(params))):
            unchecked.upload_read_set_part(**{**upload.ids, "partSource": "SOURCE1", "partNumber": 1, "payload": b"part", **params})
    assert upload.listed() == []


def test_only_fastq_has_a_second_source(omics: "OmicsClient", store: str) -> None:
    arn = reference(omics, "nucleotide_lib.fa")
    for file_type in ("BAM", "CRAM", "UBAM"):
        upload = Upload(omics, store, file_type, referenceArn=arn)
        with pytest.raises(omics.exceptions.ValidationException, match=f"only FASTQ comes in pairs, not {file_type}"):
            upload.put(b"part", source="SOURCE2")


@pytest.mark.observed
def test_a_part_that_came_without_a_client_is_kept(omics: "OmicsClient", store: str) -> None:
    upload = Upload(omics, store)
    url = f"https://storage-omics.us-east-1.amazonaws.com/sequencestore/{store}/upload/{upload.made['uploadId']}/part"
    answer = requests.put(url, params={"partNumber": "1", "partSource": "SOURCE1"}, data=b"part", timeout=5)
    assert answer.json() == {"checksum": digest(b"part")}
    assert [part["partSize"] for part in upload.listed()] == [4]


# ---- completing ----------------------------------------------------------------------------------------------------


def test_an_upload_becomes_a_read_set_that_is_processed_first(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    upload = Upload(omics, store, generatedFrom="a sequencer", description="as told", tags={"a": "b"})
    first, second = data("r1.fq"), data("r2.fq")
    for source, file in (("SOURCE1", first), ("SOURCE2", second)):
        for number, start in enumerate(range(0, len(file), 400), 1):
            upload.put(file[start : start + 400], number, source)
    upload.parts.reverse()
    read_set = upload.complete()
    assert not upload.is_open()
    found = metadata(omics, store, read_set)
    files = found.pop("files")
    assert found.pop("creationJobId", upload.made["uploadId"]) == upload.made["uploadId"]
    assert found == {
        "id": read_set,
        "arn": f"arn:aws:omics:us-east-1:123456789012:sequenceStore/{store}/readSet/{read_set}",
        "sequenceStoreId": store,
        "subjectId": "subject",
        "sampleId": "sample",
        "status": "PROCESSING_UPLOAD",
        "name": "up",
        "description": "as told",
        "fileType": "FASTQ",
        "creationTime": milliseconds(mocked.clock.now()),
        "creationType": "UPLOAD",
    }
    assert {member: (file["contentLength"], file["s3Access"]["s3Uri"].rpartition("/")[2]) for member, file in files.items()} == {
        "source1": (len(first), "up_source1.fastq.gz"),
        "source2": (len(second), "up_source2.fastq.gz"),
    }
    after = metadata(omics, store, read_set)
    assert after["status"] == "ACTIVE"
    assert after["files"] == files
    assert after["etag"] == {
        "algorithm": "FASTQ_MD5up",
        "source1": hashlib.md5(first).hexdigest(),
        "source2": hashlib.md5(second).hexdigest(),
    }
    assert after["sequenceInformation"]["generatedFrom"] == "a sequencer"
    assert content(omics, store, read_set) == first
    assert content(omics, store, read_set, "SOURCE2") == second
    tags = omics.list_tags_for_resource(resourceArn=after["arn"])["tags"]
    assert tags == {"a": "b", "aws:omics:sampleId": "sample", "aws:omics:subjectId": "subject"}


@pytest.mark.parametrize(
    ("file_type", "file", "kept"),
    [
        ("BAM", "range.bam", {"source1": "up.bam", "index": "up.bam.bai"}),
        ("UBAM", "range.bam", {"source1": "up.bam"}),
        ("CRAM", "range.cram", {"source1": "up.cram", "index": "up.cram.crai"}),
        ("FASTQ", "r1.fq", {"source1": "up_source1.fastq.gz"}),
    ],
)
def test_every_type_of_file_is_uploaded_under_the_name_of_its_read_set(
    mocked: OmicsMock, omics: "OmicsClient", store: str, file_type: str, file: str, kept: dict[str, str]
) -> None:
    aligned = {"referenceArn": reference(omics)} if file_type in ("BAM", "CRAM") else {}
    for name in ("up", "a folder/of its/up"):
        upload = Upload(omics, store, file_type, name=name, **aligned)
        upload.put(data(file))
        read_set = upload.complete()
        mocked.finish_all()
        found = metadata(omics, store, read_set)
        folder = f"{omics.get_sequence_store(id=store)['s3Access']['s3Uri']}readSet/{read_set}/{name.removesuffix('up')}"
        uris = {member: information["s3Access"]["s3Uri"] for member, information in found["files"].items()}
        assert uris == {member: f"{folder}{ending}" for member, ending in kept.items()}
        assert found.get("referenceArn") == aligned.get("referenceArn")
        assert content(omics, store, read_set) == data(file)


def started(omics: "OmicsClient", store: str) -> Upload:
    """An upload with two parts of the first source and one of the second."""
    upload = Upload(omics, store)
    upload.put(b"@r\nACGT\n", 1)
    upload.put(b"+\nIIII\n", 2)
    upload.put(b"@r\nACGT\n+\nIIII\n", 1, "SOURCE2")
    return upload


def test_a_list_of_parts_that_is_not_that_of_the_upload_is_refused_and_changes_nothing(omics: "OmicsClient", store: str) -> None:
    upload = started(omics, store)
    first, second, mate = upload.parts
    cases: list[tuple[Any, str]] = [
        ([], "uploaded but not listed"),
        ([first, second], "SOURCE2 1 uploaded but not listed"),
        ([first, mate], "SOURCE1 2 uploaded but not listed"),
        ([first, second, mate, first], "SOURCE1 1 listed more than once"),
        ([first, second, mate, {**first, "checksum": "x"}], "SOURCE1 1 listed more than once"),
        ([first, second, mate, {**first, "partNumber": 3}], "SOURCE1 part 3 was not uploaded"),
        ([first, second, mate, {**first, "partSource": "SOURCE2", "partNumber": 2}], "SOURCE2 part 2 was not uploaded"),
        ([{**first, "checksum": second["checksum"]}, second, mate], "checksum of SOURCE1 part 1 is not that of the upload"),
        ([first, second, {**mate, "checksum": "wrong"}], "checksum of SOURCE2 part 1 is not that of the upload"),
        ([{**first, "checksum": hashlib.sha256(b"@r\nACGT\n").hexdigest()}, second, mate], "checksum"),
        ([{**first, "checksum": "c" * 101}, second, mate], "checksum"),
        ([{**first, "partNumber": 10_001}, second, mate], "partNumber"),
        ([{**first, "partSource": "SOURCE3"}, second, mate], "partSource"),
    ]
    for parts, message in cases:
        with pytest.raises(omics.exceptions.ValidationException, match=message):
            upload.complete(parts)
        assert upload.is_open()
        assert read_sets(omics, store) == []
    upload.complete([mate, second, first])


def test_parts_are_numbered_from_one_without_a_gap(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    upload = Upload(omics, store)
    refused = omics.exceptions.ValidationException
    with pytest.raises(refused, match="SOURCE1 has no part"):
        upload.complete([])
    upload.put(b"@r\nACGT\n+\nIIII\n", 1, "SOURCE2")
    with pytest.raises(refused, match="SOURCE1 has no part"):
        upload.complete()
    upload.put(b"+\nIIII\n", 3)
    with pytest.raises(refused, match="SOURCE1 are not numbered from 1 without a gap"):
        upload.complete()
    upload.put(b"@r\n", 1)
    with pytest.raises(refused, match="SOURCE1 are not numbered from 1 without a gap"):
        upload.complete()
    upload.put(b"ACGT\n", 2)
    read_set = upload.complete()
    mocked.finish_all()
    assert content(omics, store, read_set) == b"@r\nACGT\n+\nIIII\n"


@pytest.mark.parametrize("end", ["complete", "abort"])
def test_an_upload_that_is_over_is_not_known_any_more(omics: "OmicsClient", store: str, end: str) -> None:
    upload = started(omics, store)
    getattr(upload, end)()
    assert not upload.is_open()
    assert len(read_sets(omics, store)) == (1 if end == "complete" else 0)
    for use in (lambda: upload.put(b"part"), upload.listed, upload.complete, upload.abort):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Upload {upload.made['uploadId']} not found"):
            use()


@pytest.mark.model
def test_aborting_answers_nothing_and_leaves_other_uploads_alone(omics: "OmicsClient", store: str) -> None:
    upload, other = started(omics, store), started(omics, store)
    answer = upload.abort()
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    assert answer == {}
    assert other.is_open()
    other.complete()


def test_uploads_are_listed_in_order_and_paged(omics: "OmicsClient", store: str) -> None:
    ids = [Upload(omics, store, name=f"{number}").made["uploadId"] for number in range(5)]
    pages = list(
        omics.get_paginator("list_multipart_read_set_uploads").paginate(sequenceStoreId=store, PaginationConfig={"PageSize": 2})
    )
    assert [[upload["uploadId"] for upload in page["uploads"]] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        omics.list_multipart_read_set_uploads(sequenceStoreId=store, nextToken="garbage")


def test_an_upload_is_known_in_its_own_store_account_and_region_only(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    upload, other = started(omics, store), sequence_store(omics)
    refused = omics.exceptions.ResourceNotFoundException
    for ids in ({"sequenceStoreId": other, "uploadId": upload.made["uploadId"]}, {"sequenceStoreId": store, "uploadId": UNKNOWN}):
        stranger = started(omics, store)
        stranger.ids = ids
        for use in (lambda: stranger.put(b"part"), stranger.listed, stranger.complete, stranger.abort):  # noqa: B023 - used at once
            with pytest.raises(refused, match=f"Upload {ids['uploadId']} not found"):
                use()
    with pytest.raises(refused, match=f"Sequence store {UNKNOWN} not found"):
        Upload(omics, UNKNOWN)
    with pytest.raises(refused, match=f"Sequence store {UNKNOWN} not found"):
        omics.list_multipart_read_set_uploads(sequenceStoreId=UNKNOWN)
    for upload.omics in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
        for use in (lambda: upload.put(b"part"), upload.listed, upload.complete, upload.abort, upload.is_open):
            with pytest.raises(upload.omics.exceptions.ResourceNotFoundException, match="Sequence store"):
                use()
    upload.omics = omics
    assert upload.is_open()


def test_uploads_go_with_their_store(omics: "OmicsClient", store: str) -> None:
    upload = started(omics, store)
    omics.delete_sequence_store(id=store)
    for use in (lambda: upload.put(b"part"), upload.listed, upload.complete, upload.abort):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Sequence store {store} not found"):
            use()


def test_the_read_sets_of_a_store_can_be_limited(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    mocked.quotas["Maximum read sets per sequence store"] = 1
    first, second = started(omics, store), started(omics, store)
    first.complete()
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="read sets per sequence store"):
        second.complete()
    assert second.is_open()


# ---- processing ----------------------------------------------------------------------------------------------------

FAILING = {
    "text called BAM": ("UBAM", b"no alignments at all", "not in BAM format"),
    "text called FASTQ": ("FASTQ", b"no reads at all", "FASTQ"),
    "cut FASTQ": ("FASTQ", data("error_trunc_at_qual.fastq"), "quality"),
    "cut gzip": ("FASTQ", data("example.fastq.gz")[:-20], "cut off or damaged"),
    "cut BAM": ("UBAM", data("range.bam")[:-28], "cut off"),
}


@pytest.mark.parametrize(("file_type", "file", "message"), FAILING.values(), ids=FAILING.keys())
def test_an_upload_that_is_not_what_it_should_be_fails_and_falls_back(
    omics: "OmicsClient", file_type: str, file: bytes, message: str
) -> None:
    bucket(name="fallback")
    store = sequence_store(omics, fallbackLocation="s3://fallback/failed/uploads/")
    upload = Upload(omics, store, file_type)
    upload.put(file[:10], 1)
    upload.put(file[10:], 2)
    read_set = upload.complete()
    assert statuses(omics, store, read_set) == ["PROCESSING_UPLOAD", "UPLOAD_FAILED", "UPLOAD_FAILED"]
    found = metadata(omics, store, read_set)
    assert message in found["statusMessage"]
    assert not {"etag", "sequenceInformation"} & found.keys()
    [item] = omics.list_read_sets(sequenceStoreId=store, filter={"status": "UPLOAD_FAILED"})["readSets"]
    assert item["statusMessage"] == found["statusMessage"]
    name = "up.bam" if file_type == "UBAM" else "up_source1.fastq.gz"
    assert objects("fallback") == {f"failed/uploads/{read_set}/{name}": file}
    assert not upload.is_open()


def test_both_files_of_a_pair_fall_back(mocked: OmicsMock, omics: "OmicsClient") -> None:
    bucket(name="fallback")
    store = sequence_store(omics, fallbackLocation="s3://fallback")
    upload = Upload(omics, store)
    upload.put(data("r1.fq"))
    upload.put(data("r2.fq") * 2, source="SOURCE2")
    read_set = upload.complete()
    mocked.finish_all()
    found = metadata(omics, store, read_set)
    assert (found["status"], "number of reads" in found["statusMessage"]) == ("UPLOAD_FAILED", True)
    assert objects("fallback") == {
        f"{read_set}/up_source1.fastq.gz": data("r1.fq"),
        f"{read_set}/up_source2.fastq.gz": data("r2.fq") * 2,
    }


@pytest.mark.parametrize("location", [None, "s3://never-made/"])
def test_an_upload_fails_without_a_place_to_fall_back_to(mocked: OmicsMock, omics: "OmicsClient", location: str | None) -> None:
    store = sequence_store(omics, **({"fallbackLocation": location} if location else {}))
    upload = Upload(omics, store)
    upload.put(b"no reads")
    read_set = upload.complete()
    mocked.finish_all()
    assert metadata(omics, store, read_set)["status"] == "UPLOAD_FAILED"


def test_an_upload_whose_reference_went_meanwhile_fails(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    arn = reference(omics, "nucleotide_lib.fa")
    upload = Upload(omics, store, "BAM", referenceArn=arn)
    upload.put(data("range.bam"))
    _, reference_store, _, reference_id = arn.split("/")
    omics.delete_reference(referenceStoreId=reference_store, id=reference_id)
    read_set = upload.complete()
    mocked.finish_all()
    assert metadata(omics, store, read_set)["statusMessage"] == "The reference does not exist in this account and region"


def test_a_read_set_is_processed_as_the_policy_of_its_kind_says(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    def polled(policy: Any) -> list[str]:
        mocked.lifecycle("read_set", policy)
        return statuses(omics, store, uploaded(omics, store, data("r1.fq")))

    assert polled("observed") == ["PROCESSING_UPLOAD", "ACTIVE", "ACTIVE"]
    assert polled("immediate") == ["ACTIVE"] * 3
    assert polled("frozen") == ["PROCESSING_UPLOAD"] * 3
    assert polled(Manual(2)) == ["PROCESSING_UPLOAD"] * 2 + ["ACTIVE"]
    mocked.lifecycle("read_set", 60)
    read_set = uploaded(omics, store, data("r1.fq"))
    mocked.clock.advance(59)
    assert statuses(omics, store, read_set) == ["PROCESSING_UPLOAD"] * 3
    mocked.clock.advance(1)
    assert statuses(omics, store, read_set, 1) == ["ACTIVE"]


def test_lists_move_uploads_on_as_well(omics: "OmicsClient", store: str) -> None:
    uploaded(omics, store, data("r1.fq"))
    seen = [omics.list_read_sets(sequenceStoreId=store)["readSets"][0]["status"] for _ in range(2)]
    assert seen == ["PROCESSING_UPLOAD", "ACTIVE"]


def test_the_state_manager_of_moto_steers_uploads(omics: "OmicsClient", store: str) -> None:
    try:
        state_manager.set_transition("omics::read_set", {"progression": "manual", "times": 3})
        assert statuses(omics, store, uploaded(omics, store, data("r1.fq")), 4) == ["PROCESSING_UPLOAD"] * 3 + ["ACTIVE"]
    finally:
        state_manager.unset_transition("omics::read_set")


def test_processing_is_ended_by_hand_well_or_badly(mocked: OmicsMock, omics: "OmicsClient") -> None:
    bucket(name="fallback")
    store = sequence_store(omics, fallbackLocation="s3://fallback/")
    mocked.lifecycle("read_set", "frozen")
    active, failed, finished = (uploaded(omics, store, data("r1.fq")) for _ in range(3))
    mocked.advance(active, to="ACTIVE")
    mocked.advance(failed, to="UPLOAD_FAILED")
    assert objects("fallback") == {f"{failed}/up_source1.fastq.gz": data("r1.fq")}
    mocked.finish_all()
    assert [statuses(omics, store, read_set, 1) for read_set in (active, failed, finished)] == [
        ["ACTIVE"],
        ["UPLOAD_FAILED"],
        ["ACTIVE"],
    ]
    assert metadata(omics, store, failed)["statusMessage"] == "The upload could not be processed"
    with pytest.raises(ValueError, match="UPLOAD_FAILED"):
        mocked.advance(active, to="UPLOAD_FAILED")


def test_processing_that_fails_does_not_come_to_its_end_by_hand(mocked: OmicsMock, omics: "OmicsClient") -> None:
    bucket(name="fallback")
    store = sequence_store(omics, fallbackLocation="s3://fallback/")
    upload = Upload(omics, store)
    upload.put(b"no reads")
    read_set = upload.complete()
    with pytest.raises(ValueError, match="it is UPLOAD_FAILED now and does not come to ACTIVE"):
        mocked.advance(read_set, to="ACTIVE")
    omics.list_sequence_stores()
    assert objects("fallback") == {f"{read_set}/up_source1.fastq.gz": b"no reads"}


# ---- many at once --------------------------------------------------------------------------------------------------


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(64) as pool:
        yield pool


def test_many_threads_put_the_parts_of_one_upload(threads: ThreadPoolExecutor) -> None:
    with mock_omics(lifecycle="immediate") as mocked:
        omics = client()
        store = sequence_store(omics)
        upload = Upload(omics, store)
        records = [f"@r{number}\n{'ACGT' * 20}\n+\n{'I' * 80}\n".encode() for number in range(128)]
        list(threads.map(lambda number: upload.put(records[number], number + 1), range(128)))
        read_set = upload.complete(
            [
                {"partNumber": part["partNumber"], "partSource": "SOURCE1", "checksum": part["checksum"]}
                for page in omics.get_paginator("list_read_set_upload_parts").paginate(**upload.ids, partSource="SOURCE1")
                for part in page["parts"]
            ]
        )
        assert content(omics, store, read_set) == b"".join(records)
        assert metadata(omics, store, read_set)["sequenceInformation"]["totalReadCount"] == 128
        assert len(mocked.calls.of("UploadReadSetPart")) == 128


def test_of_many_threads_that_complete_an_upload_one_succeeds(
    omics: "OmicsClient", store: str, threads: ThreadPoolExecutor
) -> None:
    upload = started(omics, store)

    def complete(_: int) -> str | None:
        try:
            return upload.complete()
        except omics.exceptions.ResourceNotFoundException:
            return None

    made = [read_set for read_set in threads.map(complete, range(16)) if read_set]
    assert made == read_sets(omics, store)
    assert len(made) == 1


def test_aborting_while_parts_arrive_leaves_nothing(omics: "OmicsClient", store: str, threads: ThreadPoolExecutor) -> None:
    upload = Upload(omics, store)

    def put(number: int) -> bool:
        try:
            upload.abort() if number == 32 else upload.put(b"part", number)
        except omics.exceptions.ResourceNotFoundException:
            return False
        return True

    outcomes = list(threads.map(put, range(1, 65)))
    assert outcomes[31]
    assert not upload.is_open()
    assert not put(1)
    assert read_sets(omics, store) == []
