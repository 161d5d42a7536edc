"""Read sets, as a client sees them."""

import gzip
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from omics_mock import OmicsMock, mock_omics
from omics_mock.clock import milliseconds
from tests.support.sequences import data
from tests.support.storage import (
    bucket,
    imported,
    read_sets,
    reference,
    sequence_store,
    source,
    start_import,
    uploaded,
)
from tests.support.workflows import ROLE, client, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

UNKNOWN = "1234567890"
NO_REFERENCE = "arn:aws:omics:us-east-1:123456789012:referenceStore/1234567890/reference/1234567890"


def metadata(omics: "OmicsClient", store: str, read_set: str) -> Any:
    found: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    del found["ResponseMetadata"]
    return found


def status(omics: "OmicsClient", store: str, read_set: str) -> str:
    return str(metadata(omics, store, read_set)["status"])


def part(omics: "OmicsClient", store: str, read_set: str, number: int = 1, **params: Any) -> bytes:
    return omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=number, **params)["payload"].read()


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return sequence_store(omics)


# ---- metadata ------------------------------------------------------------------------------------------------------


@pytest.mark.operation("GetReadSetMetadata.creationJobId")
def test_metadata_of_a_pair_say_all_that_is_known_but_its_tags(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq", "r2.fq")
    job = start_import(omics, store, source("r1.fq", "r2.fq", description="as told", generatedFrom="a sequencer", tags={"a": "b"}))
    mocked.finish_all()
    [read_set] = read_sets(omics, store)
    s3_uri = f"{omics.get_sequence_store(id=store)['s3Access']['s3Uri']}readSet/{read_set}/"
    first, second = data("r1.fq"), data("r2.fq")
    bases = sum(len(line) for file in (first, second) for line in file.decode().splitlines()[1::4])
    assert metadata(omics, store, read_set) == {
        "id": read_set,
        "arn": f"arn:aws:omics:us-east-1:123456789012:sequenceStore/{store}/readSet/{read_set}",
        "sequenceStoreId": store,
        "subjectId": "subject",
        "sampleId": "sample",
        "status": "ACTIVE",
        "name": "r1.fq",
        "description": "as told",
        "fileType": "FASTQ",
        "creationTime": milliseconds(mocked.clock.now()),
        "creationType": "IMPORT",
        "creationJobId": job,
        "sequenceInformation": {
            "totalReadCount": 2 * len(first.splitlines()) // 4,
            "totalBaseCount": bases,
            "generatedFrom": "a sequencer",
            "alignment": "UNALIGNED",
        },
        "etag": {
            "algorithm": "FASTQ_MD5up",
            "source1": hashlib.md5(first).hexdigest(),
            "source2": hashlib.md5(second).hexdigest(),
        },
        "files": {
            f"source{number}": {
                "totalParts": 1,
                "partSize": 104857600,
                "contentLength": len(content),
                "s3Access": {"s3Uri": f"{s3_uri}r{number}.fq"},
            }
            for number, content in enumerate((first, second), 1)
        },
    }


@pytest.mark.documented
def test_metadata_of_an_alignment_have_its_index_and_reference(omics: "OmicsClient", store: str) -> None:
    arn = reference(omics)
    read_set = imported(omics, store, "range.bam", referenceArn=arn)
    found = metadata(omics, store, read_set)
    assert found["referenceArn"] == arn
    assert found["files"].keys() == {"source1", "index"}
    assert found["etag"].keys() == {"algorithm", "source1"}
    assert found["etag"]["algorithm"] == "BAM_MD5up"
    assert found["sequenceInformation"]["alignment"] == "ALIGNED"
    assert found["sequenceInformation"]["totalReadCount"] > 0
    index = part(omics, store, read_set, file="INDEX")
    assert index.startswith(b"BAI\1")
    assert found["files"]["index"]["contentLength"] == len(index)
    assert found["files"]["index"]["s3Access"]["s3Uri"] == f"{found['files']['source1']['s3Access']['s3Uri']}.bai"


@pytest.mark.documented
@pytest.mark.parametrize(("family", "length"), [("MD5up", 32), ("SHA256up", 64), ("SHA512up", 128)])
def test_the_algorithm_of_an_etag_is_the_file_type_s_in_the_family_of_the_store(
    omics: "OmicsClient", family: Any, length: int
) -> None:
    store = sequence_store(omics, eTagAlgorithmFamily=family)
    arn = reference(omics)
    bucket("range.bam", "range.cram", "r1.fq", contents={"packed.fastq.gz": gzip.compress(data("r1.fq"))})
    sources = [
        source("r1.fq"),
        source("packed.fastq.gz"),
        source("range.bam", sourceFileType="UBAM"),
        source("range.bam", referenceArn=arn),
        source("range.cram", referenceArn=arn),
    ]
    start_import(omics, store, *sources)
    OmicsMock.current().finish_all()
    plain, packed, ubam, bam, cram = (found["etag"] for found in omics.list_read_sets(sequenceStoreId=store)["readSets"])
    assert (
        plain
        == packed
        == {
            "algorithm": f"FASTQ_{family}",
            "source1": hashlib.new(family[:-2].lower(), data("r1.fq")).hexdigest(),
        }
    )
    assert ubam == bam
    assert (bam["algorithm"], cram["algorithm"]) == (f"BAM_{family}", f"CRAM_{family}")
    for etag in (bam, cram):
        assert len(etag["source1"]) == length


def test_a_read_set_is_known_in_its_own_store_only(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set, other = imported(omics, store), sequence_store(omics)
    refused = omics.exceptions.ResourceNotFoundException
    for use in (metadata, part):
        for elsewhere, known in ((other, read_set), (store, UNKNOWN)):
            with pytest.raises(refused, match=f"Read set {known} not found"):
                use(omics, elsewhere, known)
        with pytest.raises(refused, match=f"Sequence store {UNKNOWN} not found"):
            use(omics, UNKNOWN, read_set)
        for abroad in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
            with pytest.raises(abroad.exceptions.ResourceNotFoundException):
                use(abroad, store, read_set)
    with pytest.raises(refused, match=f"Sequence store {UNKNOWN} not found"):
        omics.list_read_sets(sequenceStoreId=UNKNOWN)
    assert read_sets(omics, other) == []


# ---- lists ---------------------------------------------------------------------------------------------------------


@pytest.mark.model
def test_an_item_of_a_list_says_what_metadata_say_but_for_files_and_job(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store, description="as told", generatedFrom="a sequencer")
    whole = metadata(omics, store, read_set)
    item: Any = omics.list_read_sets(sequenceStoreId=store)["readSets"][0]
    assert item == {name: value for name, value in whole.items() if name not in ("files", "creationJobId")}


def test_read_sets_pass_a_filter_with_all_its_members(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    arn = reference(omics)
    bucket("range.bam")
    plain = imported(omics, store, name="a", sampleId="s1", generatedFrom="one")
    aligned = imported(omics, store, "range.bam", name="b", sampleId="s2", subjectId="other", referenceArn=arn)
    mocked.lifecycle("read_set", "frozen")
    processing = uploaded(omics, store, data("r1.fq"))
    archived = imported(omics, store, name="a", sampleId="s2")
    mocked.advance(archived, to="ARCHIVED")
    times = {read_set: metadata(omics, store, read_set)["creationTime"] for read_set in (plain, aligned, processing, archived)}
    assert sorted(set(times.values())) == list(times.values())
    moment = timedelta(microseconds=1)

    def found(**members: Any) -> list[str]:
        wanted: Any = members
        return [item["id"] for item in omics.list_read_sets(sequenceStoreId=store, filter=wanted)["readSets"]]

    assert found() == [plain, aligned, processing, archived]
    assert found(name="a") == [plain, archived]
    assert found(name="A") == []
    assert found(name="a", sampleId="s2") == [archived]
    assert found(sampleId="s2", subjectId="other") == [aligned]
    assert found(status="ARCHIVED") == [archived]
    assert found(status="PROCESSING_UPLOAD") == [processing]
    assert found(status="ACTIVE", referenceArn="") == [plain]
    assert found(referenceArn=arn) == [aligned]
    assert found(referenceArn="") == [plain, processing, archived]
    assert found(referenceArn=NO_REFERENCE) == []
    assert found(generatedFrom="one") == [plain]
    assert found(creationType="UPLOAD") == [processing]
    assert found(creationType="IMPORT", name="b") == [aligned]
    assert found(createdAfter=times[aligned], createdBefore=times[processing]) == [aligned, processing]
    assert found(createdAfter=times[aligned] + moment, createdBefore=times[processing] - moment) == []


@pytest.mark.model
def test_a_filter_that_breaks_a_rule_is_refused(store: str) -> None:
    unchecked = unchecked_client()
    broken = {"status": "GONE", "creationType": "COPY", "referenceArn": "reference", "name": "n" * 128}
    for member, value in broken.items():
        wanted: Any = {member: value}
        with pytest.raises(unchecked.exceptions.ValidationException, match=member):
            unchecked.list_read_sets(sequenceStoreId=store, filter=wanted)


def test_pages_go_on_where_they_were_whatever_happens_between_them(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    start_import(omics, store, *(source("r1.fq", name=f"{number}") for number in range(5)))
    OmicsMock.current().finish_all()
    ids = read_sets(omics, store)
    first = omics.list_read_sets(sequenceStoreId=store, maxResults=2)
    omics.batch_delete_read_set(sequenceStoreId=store, ids=ids[1:3])
    newest = imported(omics, store)
    second = omics.list_read_sets(sequenceStoreId=store, maxResults=2, nextToken=first["nextToken"])
    third = omics.list_read_sets(sequenceStoreId=store, maxResults=2, nextToken=second["nextToken"])
    assert [[item["id"] for item in page["readSets"]] for page in (first, second, third)] == [ids[:2], ids[3:], [newest]]
    assert "nextToken" not in third
    other = sequence_store(omics)
    refused = omics.exceptions.ValidationException
    changes: Any = ({"sequenceStoreId": other}, {"filter": {"name": "1"}}, {"nextToken": "garbage"})
    for changed in changes:
        with pytest.raises(refused, match="nextToken"):
            omics.list_read_sets(**{"sequenceStoreId": store, "nextToken": first["nextToken"], **changed})
    with pytest.raises(refused, match="maxResults"):
        omics.list_read_sets(sequenceStoreId=store, maxResults=101)


def test_a_paginator_gathers_what_a_filter_lets_pass(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    start_import(omics, store, *(source("r1.fq", sampleId=f"{number % 2}") for number in range(6)))
    OmicsMock.current().finish_all()
    ids = read_sets(omics, store)
    pages = omics.get_paginator("list_read_sets").paginate(
        sequenceStoreId=store, filter={"sampleId": "1"}, PaginationConfig={"PageSize": 1}
    )
    assert [[item["id"] for item in page["readSets"]] for page in pages] == [[ids[1]], [ids[3]], [ids[5]]]


# ---- reading -------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_parts() -> Iterator["OmicsClient"]:
    with mock_omics(rules={"part_size": 500}, skip_sleep=True):
        yield client(config=Config(retries={"total_max_attempts": 1}))


def test_a_file_comes_in_parts_of_one_size_but_for_the_last(in_parts: "OmicsClient") -> None:
    store = sequence_store(in_parts)
    read_set = imported(in_parts, store, "range.bam", referenceArn=reference(in_parts))
    files = metadata(in_parts, store, read_set)["files"]
    content = data("range.bam")
    assert (files["source1"]["partSize"], files["source1"]["totalParts"]) == (500, -(-len(content) // 500))
    assert (files["index"]["partSize"], files["index"]["totalParts"]) == (500, -(-files["index"]["contentLength"] // 500))
    parts = [part(in_parts, store, read_set, number) for number in range(1, files["source1"]["totalParts"] + 1)]
    assert b"".join(parts) == content
    assert {len(found) for found in parts[:-1]} == {500}
    assert parts[2] == content[1000:1500]
    for file, beyond in (("SOURCE1", files["source1"]["totalParts"] + 1), ("INDEX", files["index"]["totalParts"] + 1)):
        with pytest.raises(in_parts.exceptions.RangeNotSatisfiableException, match=f"partNumber {beyond}") as caught:
            part(in_parts, store, read_set, beyond, file=file)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


def test_a_file_that_fills_its_last_part_has_no_part_beyond(in_parts: "OmicsClient") -> None:
    store = sequence_store(in_parts)
    exact = b"@four\n" + b"A" * 495 + b"\n+\n" + b"I" * 495 + b"\n"
    assert len(exact) == 1000
    bucket(contents={"exact.fq": exact})
    start_import(in_parts, store, source("exact.fq"))
    OmicsMock.current().finish_all()
    [read_set] = read_sets(in_parts, store)
    assert metadata(in_parts, store, read_set)["files"]["source1"]["totalParts"] == 2
    assert part(in_parts, store, read_set, 2) == exact[500:]
    with pytest.raises(in_parts.exceptions.RangeNotSatisfiableException):
        part(in_parts, store, read_set, 3)


def test_a_file_has_ten_thousand_parts_at_most() -> None:
    with mock_omics(rules={"part_size": 1}) as mocked:
        omics = client()
        store = sequence_store(omics)
        read_set = imported(omics, store, "range.bam", sourceFileType="UBAM")
        found = metadata(omics, store, read_set)["files"]["source1"]
        assert (found["partSize"], found["totalParts"]) == (2, -(-len(data("range.bam")) // 2))
        mocked.rules["part_size"] = 1000
        assert metadata(omics, store, read_set)["files"]["source1"] == found
        assert len(part(omics, store, imported(omics, store))) == 1000


def test_retries_of_a_part_beyond_the_end_are_all_answered_alike() -> None:
    with mock_omics(skip_sleep=True) as mocked:
        omics = client(config=Config(retries={"mode": "standard"}))
        store = sequence_store(omics)
        read_set = imported(omics, store)
        with pytest.raises(omics.exceptions.RangeNotSatisfiableException):
            part(omics, store, read_set, 2)
        assert [str(call.error) for call in mocked.calls.of("GetReadSet")] == [
            "partNumber 2 is beyond the last part of the file, 1"
        ] * 3


def test_the_first_source_is_read_unless_another_file_is_named(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store, "r1.fq", "r2.fq")
    assert part(omics, store, read_set) == part(omics, store, read_set, file="SOURCE1") == data("r1.fq")
    assert part(omics, store, read_set, file="SOURCE2") == data("r2.fq")
    answer = omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert list(answer["payload"].iter_lines()) == data("r1.fq").splitlines()


def test_a_file_that_a_read_set_lacks_is_not_found(omics: "OmicsClient", store: str) -> None:
    single, unaligned = imported(omics, store), imported(omics, store, "range.bam", sourceFileType="UBAM")
    for read_set, file in ((single, "SOURCE2"), (single, "INDEX"), (unaligned, "INDEX")):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"{read_set} has no file {file}"):
            part(omics, store, read_set, file=file)


@pytest.mark.model
def test_a_part_or_file_that_can_not_be_is_refused(omics: "OmicsClient", store: str) -> None:
    read_set, unchecked = imported(omics, store), unchecked_client()
    wrong: list[Any] = [{"partNumber": 0}, {"partNumber": 10_001}, {"file": "SOURCE3"}]
    for params in wrong:
        with pytest.raises(unchecked.exceptions.ValidationException, match=next(iter(params))):
            unchecked.get_read_set(**{"sequenceStoreId": store, "id": read_set, "partNumber": 1, **params})


def test_only_an_active_read_set_can_be_read(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    archived = imported(omics, store)
    mocked.lifecycle("read_set", "frozen")
    failed, processing = uploaded(omics, store, b"no reads"), uploaded(omics, store, data("r1.fq"))
    mocked.advance(failed, to="UPLOAD_FAILED")
    mocked.advance(archived, to="ARCHIVED")
    for read_set, state in ((archived, "ARCHIVED"), (processing, "PROCESSING_UPLOAD"), (failed, "UPLOAD_FAILED")):
        with pytest.raises(omics.exceptions.ConflictException, match=f"is {state}, not ACTIVE"):
            part(omics, store, read_set)
        assert status(omics, store, read_set) == state
    mocked.lifecycle("read_set_activation_job", "frozen")
    job = omics.start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": archived}])["id"]
    mocked.advance(job, to="IN_PROGRESS")
    with pytest.raises(omics.exceptions.ConflictException, match="is ACTIVATING, not ACTIVE"):
        part(omics, store, archived)


def test_what_is_being_read_is_read_to_its_end_though_deleted(in_parts: "OmicsClient") -> None:
    store = sequence_store(in_parts)
    read_set = imported(in_parts, store)
    payload = in_parts.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"]
    assert payload.read(10) == data("r1.fq")[:10]
    in_parts.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    assert payload.read() == data("r1.fq")[10:500]


def test_many_threads_read_at_once(in_parts: "OmicsClient") -> None:
    store = sequence_store(in_parts)
    read_set = imported(in_parts, store, "range.bam", sourceFileType="UBAM")
    total = metadata(in_parts, store, read_set)["files"]["source1"]["totalParts"]
    with ThreadPoolExecutor(16) as pool:
        parts = pool.map(lambda number: part(in_parts, store, read_set, number + 1), range(total))
        assert b"".join(parts) == data("range.bam")


# ---- the archive ---------------------------------------------------------------------------------------------------


def read(omics: "OmicsClient", store: str, read_set: str) -> None:
    part(omics, store, read_set)


def read_through_s3(omics: "OmicsClient", store: str, read_set: str) -> None:
    s3_object(metadata(omics, store, read_set)["files"]["source1"]["s3Access"]["s3Uri"])


def look(omics: "OmicsClient", store: str, read_set: str) -> None:
    metadata(omics, store, read_set)
    omics.list_read_sets(sequenceStoreId=store)


def fail_to_read(omics: "OmicsClient", store: str, read_set: str) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        part(omics, store, read_set, file="INDEX")


def s3_object(uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return boto3.client("s3", region_name="us-east-1").get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.mark.parametrize(
    ("use", "after"), [(read, "ACTIVE"), (read_through_s3, "ACTIVE"), (look, "ARCHIVED"), (fail_to_read, "ARCHIVED")]
)
def test_reading_keeps_a_read_set_from_the_archive_but_looking_does_not(
    mocked: OmicsMock, omics: "OmicsClient", store: str, use: Any, after: str
) -> None:
    read_set, unused = imported(omics, store), imported(omics, store)
    mocked.clock.advance(timedelta(days=20))
    use(omics, store, read_set)
    mocked.clock.advance(timedelta(days=20))
    assert [status(omics, store, one) for one in (read_set, unused)] == [after, "ARCHIVED"]


def test_the_archive_takes_what_was_used_longest_ago_first(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    ids = [imported(omics, store) for _ in range(4)]
    for read_set in (ids[2], ids[0], ids[2]):
        mocked.clock.advance(timedelta(days=1))
        part(omics, store, read_set)
    mocked.clock.advance(timedelta(days=27))
    assert [status(omics, store, one) for one in ids] == ["ACTIVE", "ARCHIVED", "ACTIVE", "ARCHIVED"]
    mocked.clock.advance(timedelta(days=2))
    assert [status(omics, store, one) for one in ids] == ["ARCHIVED", "ARCHIVED", "ACTIVE", "ARCHIVED"]
    mocked.clock.advance(timedelta(days=1))
    assert status(omics, store, ids[2]) == "ARCHIVED"


def test_the_archive_is_not_open_through_s3(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    uri = metadata(omics, store, read_set)["files"]["source1"]["s3Access"]["s3Uri"]
    assert s3_object(uri) == data("r1.fq")
    s3 = boto3.client("s3", region_name="us-east-1")
    mocked.advance(read_set, to="ARCHIVED")
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchKey"):
        s3_object(uri)
    omics.start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": read_set}])
    mocked.finish_all()
    assert s3_object(uri) == data("r1.fq")


def test_the_archive_is_closed_by_the_call_it_refuses(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    uri = metadata(omics, store, read_set)["files"]["source1"]["s3Access"]["s3Uri"]
    s3 = boto3.client("s3", region_name="us-east-1")
    mocked.clock.advance(timedelta(days=30))
    with pytest.raises(omics.exceptions.ConflictException, match="ARCHIVED"):
        part(omics, store, read_set)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchKey"):
        s3_object(uri)


def test_only_what_is_active_can_be_archived_by_hand(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    mocked.advance(metadata(omics, store, read_set)["arn"], to="ARCHIVED")
    mocked.advance(read_set, to="ARCHIVED")
    assert status(omics, store, read_set) == "ARCHIVED"
    with pytest.raises(ValueError, match="ACTIVE is not ahead of ARCHIVED"):
        mocked.advance(read_set, to="ACTIVE")
    with pytest.raises(LookupError):
        mocked.advance(UNKNOWN, to="ARCHIVED")


# ---- deletion ------------------------------------------------------------------------------------------------------


def test_deleted_read_sets_are_gone_and_there_is_nothing_to_say(omics: "OmicsClient", store: str) -> None:
    read_set, kept = imported(omics, store), imported(omics, store)
    found = metadata(omics, store, read_set)
    answer: Any = omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "errors" not in answer
    assert read_sets(omics, store) == [kept]
    refused = omics.exceptions.ResourceNotFoundException
    with pytest.raises(refused):
        metadata(omics, store, read_set)
    with pytest.raises(refused):
        part(omics, store, read_set)
    with pytest.raises(refused):
        omics.list_tags_for_resource(resourceArn=found["arn"])
    s3 = boto3.client("s3", region_name="us-east-1")
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchKey"):
        s3_object(found["files"]["source1"]["s3Access"]["s3Uri"])


def test_what_can_not_be_deleted_is_named_and_the_rest_is_deleted(omics: "OmicsClient", store: str) -> None:
    first, second = imported(omics, store), imported(omics, store)
    elsewhere_store = sequence_store(omics)
    elsewhere = imported(omics, elsewhere_store)
    answer = omics.batch_delete_read_set(sequenceStoreId=store, ids=[first, UNKNOWN, elsewhere, second, first, UNKNOWN])
    missing = {"code": "ResourceNotFoundException", "message": "The specified readset does not exist."}
    assert answer["errors"] == [{"id": UNKNOWN, **missing}, {"id": elsewhere, **missing}]
    assert (read_sets(omics, store), read_sets(omics, elsewhere_store)) == ([], [elsewhere])
    again = omics.batch_delete_read_set(sequenceStoreId=store, ids=[first])
    assert again["errors"] == [{"id": first, **missing}]


def test_a_read_set_that_is_busy_stays(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    for kind in ("read_set", "read_set_activation_job", "read_set_export_job"):
        mocked.lifecycle(kind, "frozen")
    exporting, activating = imported(omics, store), imported(omics, store)
    processing = uploaded(omics, store, data("r1.fq"))
    mocked.advance(activating, to="ARCHIVED")
    jobs = [
        omics.start_read_set_export_job(
            sequenceStoreId=store, destination="s3://results", roleArn=ROLE, sources=[{"readSetId": exporting}]
        )["id"],
        omics.start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": activating}])["id"],
    ]
    busy = [exporting, activating, processing]
    for _ in range(2):
        errors = omics.batch_delete_read_set(sequenceStoreId=store, ids=busy)["errors"]
        assert [(error["id"], error["code"]) for error in errors] == [(read_set, "ConflictException") for read_set in busy]
        for job in jobs:
            mocked.advance(job, to="IN_PROGRESS")
    assert read_sets(omics, store) == [exporting, activating, processing]
    mocked.finish_all()
    assert "errors" not in omics.batch_delete_read_set(sequenceStoreId=store, ids=busy)
    assert read_sets(omics, store) == []


def test_what_is_archived_or_failed_can_be_deleted(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    archived = imported(omics, store)
    mocked.advance(archived, to="ARCHIVED")
    failed = uploaded(omics, store, b"no reads")
    mocked.finish_all()
    assert [status(omics, store, one) for one in (archived, failed)] == ["ARCHIVED", "UPLOAD_FAILED"]
    assert "errors" not in omics.batch_delete_read_set(sequenceStoreId=store, ids=[archived, failed])
    omics.delete_sequence_store(id=store)


@pytest.mark.model
def test_ids_that_break_a_rule_are_refused_and_nothing_is_deleted(omics: "OmicsClient", store: str) -> None:
    read_set, unchecked = imported(omics, store), unchecked_client()
    for ids in ([], [read_set] * 101, [read_set, "12345"], [read_set, "abcdefghij"], [read_set, "1" * 37]):
        with pytest.raises(unchecked.exceptions.ValidationException, match="ids"):
            unchecked.batch_delete_read_set(sequenceStoreId=store, ids=ids)
    assert read_sets(omics, store) == [read_set]


@pytest.mark.documented
def test_a_hundred_read_sets_are_deleted_in_one_go(omics: "OmicsClient", store: str) -> None:
    ids = [f"{number:010}" for number in range(100)]
    assert len(omics.batch_delete_read_set(sequenceStoreId=store, ids=ids)["errors"]) == 100
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Sequence store {UNKNOWN} not found"):
        omics.batch_delete_read_set(sequenceStoreId=UNKNOWN, ids=ids)


# ---- tags ----------------------------------------------------------------------------------------------------------


def test_a_read_set_is_tagged_but_the_tags_of_the_service_stay(omics: "OmicsClient", store: str) -> None:
    arn = metadata(omics, store, imported(omics, store))["arn"]
    omics.tag_resource(resourceArn=arn, tags={f"key{number}": "" for number in range(50)})
    refused = omics.exceptions.ValidationException
    with pytest.raises(omics.exceptions.ClientError, match="50 tags"):
        omics.tag_resource(resourceArn=arn, tags={"one": "more"})
    with pytest.raises(refused, match="aws:"):
        omics.tag_resource(resourceArn=arn, tags={"aws:omics:sampleId": "other"})
    with pytest.raises(refused, match="aws:"):
        omics.untag_resource(resourceArn=arn, tagKeys=["aws:omics:sampleId"])
    omics.untag_resource(resourceArn=arn, tagKeys=[f"key{number}" for number in range(50)])
    tags = omics.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == {"aws:omics:sampleId": "sample", "aws:omics:subjectId": "subject"}
