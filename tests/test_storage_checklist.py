"""What the storage families promise, one short test for each promise."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.config import Config
from botocore.exceptions import WaiterError

from omics_mock import InternalServerException, OmicsMock, mock_omics
from tests.support.sequences import data
from tests.support.storage import (
    bucket,
    imported,
    read_sets,
    reference,
    reference_store,
    sequence_store,
    source,
    start_import,
)
from tests.support.workflows import ROLE, active_workflow, client, shared_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

UNKNOWN = "1234567890"


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(lifecycle="immediate", skip_sleep=True) as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return sequence_store(omics)


@contextmanager
def refused(omics: "OmicsClient", code: str, status: int, message: str | None = None) -> Iterator[None]:
    with pytest.raises(omics.exceptions.ClientError, match=message) as caught:
        yield
    response: Any = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def metadata(omics: "OmicsClient", store: str, read_set: str) -> Any:
    return omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)


def part(omics: "OmicsClient", store: str, read_set: str, number: int = 1, **params: Any) -> bytes:
    return omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=number, **params)["payload"].read()


def upload(omics: "OmicsClient", store: str, **params: Any) -> Any:
    """The answer to the start of an upload, and what its parts name it by."""
    described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "up"}
    made = omics.create_multipart_read_set_upload(**{"sequenceStoreId": store, **described, **params})
    return made, {"sequenceStoreId": store, "uploadId": made["uploadId"]}


def put(omics: "OmicsClient", ids: Any, content: bytes, number: int = 1) -> Any:
    answer = omics.upload_read_set_part(**ids, partSource="SOURCE1", partNumber=number, payload=content)
    return {"partNumber": number, "partSource": "SOURCE1", "checksum": answer["checksum"]}


# ---- stores --------------------------------------------------------------------------------------------------------


@pytest.mark.documented
@pytest.mark.operation("UpdateSequenceStore")
def test_a_store_is_created_read_listed_updated_and_deleted(omics: "OmicsClient") -> None:
    store = omics.create_sequence_store(name="store")["id"]
    assert omics.get_sequence_store(id=store)["name"] == "store"
    [item] = omics.list_sequence_stores()["sequenceStores"]
    assert item["id"] == store
    assert not {"s3Access", "propagatedSetLevelTags"} & item.keys()
    assert omics.update_sequence_store(id=store, description="as told")["description"] == "as told"
    omics.delete_sequence_store(id=store)
    assert omics.list_sequence_stores()["sequenceStores"] == []


@pytest.mark.documented
@pytest.mark.operation("UpdateSequenceStore")
def test_the_etag_family_is_md5_unless_chosen_and_stays(omics: "OmicsClient", store: str) -> None:
    assert omics.get_sequence_store(id=store)["eTagAlgorithmFamily"] == "MD5up"
    before = metadata(omics, store, imported(omics, store))["etag"]
    url = f"https://control-storage-omics.us-east-1.amazonaws.com/sequencestore/{store}"
    assert requests.patch(url, json={"eTagAlgorithmFamily": "SHA512up"}, timeout=5).json()["eTagAlgorithmFamily"] == "MD5up"
    assert metadata(omics, store, read_sets(omics, store)[0])["etag"] == before
    assert before["algorithm"] == "FASTQ_MD5up"


@pytest.mark.observed
@pytest.mark.operation("PutS3AccessPolicy")
def test_uri_and_access_point_of_a_store_have_the_form_of_the_model_and_name_its_policy(omics: "OmicsClient", store: str) -> None:
    access: Any = omics.get_sequence_store(id=store)["s3Access"]
    alias = re.fullmatch(rf"s3://([a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9])/123456789012/sequenceStore/{store}/", access["s3Uri"])
    assert alias
    assert len(alias[1]) == 63
    assert re.fullmatch(rf"arn:aws:s3:us-east-1:\d{{12}}:accesspoint/123456789012-{store}", access["s3AccessPointArn"])
    assert omics.get_s3_access_policy(s3AccessPointArn=access["s3AccessPointArn"])["storeId"] == store


@pytest.mark.operation("UpdateSequenceStore")
def test_a_fallback_location_is_a_bucket_or_a_prefix_that_ends_in_a_slash(omics: "OmicsClient", store: str) -> None:
    with refused(omics, "ValidationException", 400, "fallbackLocation"):
        omics.update_sequence_store(id=store, fallbackLocation="s3://bucket/prefix")
    for accepted in ("s3://bucket/prefix/", "s3://bucket"):
        assert omics.update_sequence_store(id=store, fallbackLocation=accepted)["fallbackLocation"] == accepted
    assert "fallbackLocation" not in omics.update_sequence_store(id=store, fallbackLocation="")


def test_only_an_empty_store_can_be_deleted_and_its_tags_go_with_it(omics: "OmicsClient") -> None:
    made = omics.create_sequence_store(name="store", tags={"a": "b"})
    read_set = imported(omics, made["id"])
    with refused(omics, "ConflictException", 409):
        omics.delete_sequence_store(id=made["id"])
    omics.batch_delete_read_set(sequenceStoreId=made["id"], ids=[read_set])
    assert omics.delete_sequence_store(id=made["id"])["ResponseMetadata"]["HTTPStatusCode"] == 200
    with refused(omics, "ResourceNotFoundException", 404):
        omics.list_tags_for_resource(resourceArn=made["arn"])


@pytest.mark.documented
@pytest.mark.operation("UpdateSequenceStore")
def test_a_store_with_read_sets_is_updating_while_its_propagated_keys_change(
    mocked: OmicsMock, omics: "OmicsClient", store: str
) -> None:
    mocked.lifecycle("sequence_store", "observed")
    imported(omics, store)
    changed = omics.update_sequence_store(id=store, propagatedSetLevelTags=["team"])
    seen = [changed["status"]] + [omics.get_sequence_store(id=store)["status"] for _ in range(2)]
    assert seen == ["UPDATING", "UPDATING", "ACTIVE"]


def test_an_account_has_one_reference_store_in_a_region(mocked: OmicsMock, omics: "OmicsClient") -> None:
    store = omics.create_reference_store(name="one")["id"]
    with refused(omics, "ServiceQuotaExceededException", 402):
        omics.create_reference_store(name="two")
    mocked.client(region="eu-west-1").create_reference_store(name="two")
    omics.delete_reference_store(id=store)
    omics.create_reference_store(name="two")


# ---- read sets and jobs --------------------------------------------------------------------------------------------


@pytest.mark.observed
@pytest.mark.operation("GetReadSetMetadata.creationJobId")
def test_an_import_is_submitted_and_ends_with_active_read_sets(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    mocked.lifecycle("read_set_import_job", "observed")
    bucket("r1.fq")
    made = omics.start_read_set_import_job(sequenceStoreId=store, roleArn=ROLE, sources=[source("r1.fq")])  # type: ignore[list-item]  # the stubs want the shape by name
    assert made["status"] == "SUBMITTED"
    omics.get_waiter("read_set_import_job_completed").wait(sequenceStoreId=store, id=made["id"])
    [item] = omics.get_read_set_import_job(sequenceStoreId=store, id=made["id"])["sources"]
    found = metadata(omics, store, item["readSetId"])
    assert (found["status"], found["creationType"], found["creationJobId"]) == ("ACTIVE", "IMPORT", made["id"])


def test_a_job_that_could_not_do_all_of_it_says_so_and_its_waiter_raises(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    waiter = omics.get_waiter("read_set_import_job_completed")
    for sources, outcome in (
        ([source("r1.fq"), source("gone.fq")], "COMPLETED_WITH_FAILURES"),
        ([source("gone.fq"), source("gone.fq")], "FAILED"),
    ):
        job = start_import(omics, store, *sources)
        assert omics.get_read_set_import_job(sequenceStoreId=store, id=job)["status"] == outcome
        with pytest.raises(WaiterError, match=outcome):
            waiter.wait(sequenceStoreId=store, id=job)


@pytest.mark.model
def test_lists_that_are_too_long_are_refused(omics: "OmicsClient", store: str) -> None:
    with refused(omics, "ValidationException", 400, "sources"):
        start_import(omics, store, *[source("r1.fq")] * 101)
    with refused(omics, "ValidationException", 400, "sources"):
        omics.start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": UNKNOWN}] * 21)
    with refused(omics, "ValidationException", 400, "ids"):
        omics.batch_delete_read_set(sequenceStoreId=store, ids=[UNKNOWN] * 101)


@pytest.mark.documented
def test_the_files_and_the_etag_of_a_read_set_are_those_of_its_type(omics: "OmicsClient", store: str) -> None:
    bam = metadata(omics, store, imported(omics, store, "range.bam", referenceArn=reference(omics)))
    pair = metadata(omics, store, imported(omics, store, "r1.fq", "r2.fq"))
    unaligned = metadata(omics, store, imported(omics, store, "range.bam", sourceFileType="UBAM"))
    assert bam["files"].keys() == {"source1", "index"}
    assert pair["files"].keys() == {"source1", "source2"}
    assert unaligned["etag"]["algorithm"] == "BAM_MD5up"


def test_a_file_is_read_in_parts(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.rules["part_size"] = 500
    read_set = imported(omics, store)
    content = data("r1.fq")
    information = metadata(omics, store, read_set)["files"]["source1"]
    total = -(-len(content) // 500)
    assert (information["partSize"], information["totalParts"], information["contentLength"]) == (500, total, len(content))
    assert [part(omics, store, read_set, number) for number in range(1, total + 1)] == [
        content[start : start + 500] for start in range(0, len(content), 500)
    ]
    with refused(omics, "RangeNotSatisfiableException", 416):
        part(omics, store, read_set, total + 1)
    with refused(omics, "ResourceNotFoundException", 404):
        part(omics, store, read_set, file="INDEX")


def test_an_archived_read_set_is_not_read_until_it_is_activated(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    before = metadata(omics, store, read_set)
    mocked.advance(read_set, to="ARCHIVED")
    with refused(omics, "ConflictException", 409):
        part(omics, store, read_set)
    assert metadata(omics, store, read_set)["status"] == "ARCHIVED"

    def activate() -> Any:
        job = omics.start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": read_set}])["id"]
        return omics.get_read_set_activation_job(sequenceStoreId=store, id=job)["sources"][0]

    assert activate()["status"] == "FINISHED"
    after = metadata(omics, store, read_set)
    assert (after["status"], after["files"], after["etag"]) == ("ACTIVE", before["files"], before["etag"])
    no_need = "No activation needed as read set is already in ACTIVATING or ACTIVE state."
    assert activate() == {"readSetId": read_set, "status": "FINISHED", "statusMessage": no_need}


@pytest.mark.documented
def test_deletion_says_what_it_could_not_delete_and_else_nothing(omics: "OmicsClient", store: str) -> None:
    first, second = imported(omics, store), imported(omics, store)
    answer: Any = omics.batch_delete_read_set(sequenceStoreId=store, ids=[first, UNKNOWN])
    assert [error["id"] for error in answer["errors"]] == [UNKNOWN]
    answer = omics.batch_delete_read_set(sequenceStoreId=store, ids=[second])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert "errors" not in answer


def test_a_job_is_not_found_through_another_store(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    job, other = start_import(omics, store, source("r1.fq")), sequence_store(omics)
    with refused(omics, "ResourceNotFoundException", 404):
        omics.get_read_set_import_job(sequenceStoreId=other, id=job)


@pytest.mark.model
def test_an_export_goes_to_a_prefix_that_ends_in_a_slash_and_does_not_tell_its_role(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    params: Any = {"sequenceStoreId": store, "roleArn": ROLE, "sources": [{"readSetId": read_set}]}
    with refused(omics, "ValidationException", 400, "destination"):
        omics.start_read_set_export_job(**params, destination="s3://results/prefix")
    made = omics.start_read_set_export_job(**params, destination="s3://results/prefix/")
    found = omics.get_read_set_export_job(sequenceStoreId=store, id=made["id"])
    assert [item["id"] for item in found["readSets"]] == [read_set]
    assert not {"roleArn"} & (made.keys() | found.keys())


def test_read_sets_are_filtered_and_paged(omics: "OmicsClient", store: str) -> None:
    arn = reference(omics)
    plain = imported(omics, store, name="plain")
    aligned = imported(omics, store, "range.bam", referenceArn=arn)
    made = metadata(omics, store, aligned)["creationTime"]

    def found(**members: Any) -> list[str]:
        wanted: Any = members
        pages = omics.get_paginator("list_read_sets").paginate(
            sequenceStoreId=store, filter=wanted, PaginationConfig={"PageSize": 1}
        )
        return [item["id"] for page in pages for item in page["readSets"]]

    assert found() == found(status="ACTIVE") == found(creationType="IMPORT") == [plain, aligned]
    assert found(name="plain") == found(referenceArn="") == [plain]
    assert found(referenceArn=arn) == found(createdAfter=made, createdBefore=made) == [aligned]
    assert found(status="ARCHIVED") == found(creationType="UPLOAD") == []


@pytest.mark.documented
def test_a_token_that_comes_again_makes_nothing(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    assert len({start_import(omics, store, source("r1.fq"), clientToken="once") for _ in range(2)}) == 1
    assert len(read_sets(omics, store)) == 1
    assert len({sequence_store(omics, clientToken="once") for _ in range(2)}) == 1


# ---- uploads -------------------------------------------------------------------------------------------------------


def test_an_upload_needs_a_name_and_if_aligned_a_reference_and_tells_no_read_set(store: str) -> None:
    omics = client(config=Config(parameter_validation=False))
    with refused(omics, "ValidationException", 400, "name"):
        omics.create_multipart_read_set_upload(
            sequenceStoreId=store, sourceFileType="FASTQ", subjectId="subject", sampleId="sample"
        )
    with refused(omics, "ValidationException", 400, "referenceArn"):
        upload(omics, store, sourceFileType="BAM")
    made, _ = upload(omics, store, tags={"a": "b"})
    assert made["tags"] == {"a": "b"}
    assert "readSetId" not in made


@pytest.mark.observed
def test_a_part_put_again_replaces_the_first_and_parts_are_listed_by_source(omics: "OmicsClient", store: str) -> None:
    _, ids = upload(omics, store)
    put(omics, ids, b"first")
    put(omics, ids, b"replaced")
    [found] = omics.list_read_set_upload_parts(**ids, partSource="SOURCE1")["parts"]
    checksum = base64.b64encode(hashlib.sha256(b"replaced").digest()).decode()
    assert (found["partSize"], found["checksum"]) == (8, checksum)
    assert omics.list_read_set_upload_parts(**ids, partSource="SOURCE2")["parts"] == []
    unchecked = client(config=Config(parameter_validation=False))
    with refused(unchecked, "ValidationException", 400, "partSource"):
        unchecked.list_read_set_upload_parts(**ids)


def test_completing_takes_all_parts_as_they_were_put(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    mocked.lifecycle("read_set", "observed")
    _, ids = upload(omics, store)
    parts = [put(omics, ids, b"@r\nACGT\n", 1), put(omics, ids, b"+\nIIII\n", 2)]
    for wrong in ([parts[0], {**parts[1], "checksum": "wrong"}], parts[:1]):
        with refused(omics, "ValidationException", 400):
            omics.complete_multipart_read_set_upload(**ids, parts=wrong)
        assert len(omics.list_multipart_read_set_uploads(sequenceStoreId=store)["uploads"]) == 1
    read_set = omics.complete_multipart_read_set_upload(**ids, parts=parts)["readSetId"]
    assert omics.list_multipart_read_set_uploads(sequenceStoreId=store)["uploads"] == []
    assert [metadata(omics, store, read_set)["status"] for _ in range(2)] == ["PROCESSING_UPLOAD", "ACTIVE"]


def test_an_aborted_upload_is_gone_and_a_part_has_a_limit(omics: "OmicsClient", store: str) -> None:
    _, ids = upload(omics, store)
    largest = bytes(104_857_600)
    uploaded = put(omics, ids, largest)
    with refused(omics, "ValidationException", 400, "104857601"):
        put(omics, ids, largest + b"\0")
    omics.abort_multipart_read_set_upload(**ids)
    with refused(omics, "ResourceNotFoundException", 404):
        put(omics, ids, b"part")
    with refused(omics, "ResourceNotFoundException", 404):
        omics.complete_multipart_read_set_upload(**ids, parts=[uploaded])
    with refused(omics, "ResourceNotFoundException", 404):
        omics.list_read_set_upload_parts(**ids, partSource="SOURCE1")


# ---- references ----------------------------------------------------------------------------------------------------


@pytest.mark.observed
def test_a_reference_is_found_by_its_exact_name_with_its_digest_and_index(omics: "OmicsClient") -> None:
    arn = reference(omics)
    store = reference_store(omics)
    [found] = omics.list_references(referenceStoreId=store, filter={"name": "ce.fa"})["references"]
    assert omics.list_references(referenceStoreId=store, filter={"name": "ce."})["references"] == []
    assert found["arn"] == arn
    whole: Any = omics.get_reference_metadata(referenceStoreId=store, id=found["id"])
    assert whole["md5"] == hashlib.md5(data("ce.fa")).hexdigest()
    assert whole["files"].keys() == {"source", "index"}


def test_what_is_in_use_can_not_be_deleted(omics: "OmicsClient", store: str) -> None:
    arn = reference(omics)
    references = reference_store(omics)
    reference_id = arn.rpartition("/")[2]
    read_set = imported(omics, store, "range.bam", referenceArn=arn)
    with refused(omics, "ConflictException", 409):
        omics.delete_reference(referenceStoreId=references, id=reference_id)
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    with refused(omics, "ConflictException", 409):
        omics.delete_reference_store(id=references)
    omics.delete_reference(referenceStoreId=references, id=reference_id)
    omics.delete_reference_store(id=references)


def test_a_reference_is_read_whole_by_index_by_range_and_not_beyond_its_end(omics: "OmicsClient") -> None:
    reference_id = reference(omics).rpartition("/")[2]
    ids: Any = {"referenceStoreId": reference_store(omics), "id": reference_id}

    def read(number: int = 1, **params: Any) -> bytes:
        return omics.get_reference(**ids, partNumber=number, **params)["payload"].read()

    assert read() == read(file="SOURCE") == data("ce.fa")
    assert read(file="INDEX") == data("ce.fa.fai")
    assert read(range="bytes=10-19") == read(range="10-19") == data("ce.fa")[10:20]
    with refused(omics, "RangeNotSatisfiableException", 416):
        read(2)


# ---- policies, tags, errors ----------------------------------------------------------------------------------------


@pytest.mark.operation("PutS3AccessPolicy")
def test_a_policy_is_there_from_the_start_until_it_is_replaced_or_deleted(omics: "OmicsClient", store: str) -> None:
    access_point: Any = {"s3AccessPointArn": omics.get_sequence_store(id=store)["s3Access"]["s3AccessPointArn"]}
    default = omics.get_s3_access_policy(**access_point)["s3AccessPolicy"]
    first, *_ = json.loads(default)["Statement"]
    replaced = json.dumps({"Version": "2012-10-17", "Statement": [first]})
    omics.put_s3_access_policy(**access_point, s3AccessPolicy=replaced)
    assert omics.get_s3_access_policy(**access_point)["s3AccessPolicy"] == replaced
    with refused(omics, "ValidationException", 400, "s3AccessPolicy"):
        omics.put_s3_access_policy(**access_point, s3AccessPolicy="no JSON")
    omics.delete_s3_access_policy(**access_point)
    with refused(omics, "ResourceNotFoundException", 404):
        omics.get_s3_access_policy(**access_point)


def test_shares_are_of_workflows_and_stores_seen_and_ended_by_both_sides(
    mocked: OmicsMock, omics: "OmicsClient", store: str
) -> None:
    friend: Any = mocked.client(region="us-east-1", account="210987654321")
    with refused(omics, "ValidationException", 400, "resourceArn"):
        omics.create_share(resourceArn=omics.get_sequence_store(id=store)["arn"], principalSubscriber="210987654321")
    for ended_by in (omics, friend):
        arn = omics.get_workflow(id=active_workflow(omics))["arn"]
        share = omics.create_share(resourceArn=arn, principalSubscriber="210987654321")["shareId"]
        assert [found["shareId"] for found in omics.list_shares(resourceOwner="SELF")["shares"]] == [share]
        assert [found["shareId"] for found in friend.list_shares(resourceOwner="OTHER")["shares"]] == [share]
        assert omics.list_shares(resourceOwner="OTHER")["shares"] == friend.list_shares(resourceOwner="SELF")["shares"] == []
        with refused(omics, "AccessDeniedException", 403):
            omics.accept_share(shareId=share)
        friend.accept_share(shareId=share)
        with refused(friend, "ConflictException", 409):
            friend.accept_share(shareId=share)
        assert ended_by.delete_share(shareId=share)["status"] == "DELETING"
        assert omics.list_shares(resourceOwner="SELF")["shares"] == []


def test_tags_are_merged_limited_reserved_and_never_among_the_metadata(omics: "OmicsClient", store: str) -> None:
    found = metadata(omics, store, imported(omics, store, tags={"a": "b"}))
    arn = found["arn"]
    answer: Any = omics.tag_resource(resourceArn=arn, tags={"a": "c", "d": "e"})
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    tags = omics.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {key: value for key, value in tags.items() if not key.startswith("aws:")} == {"a": "c", "d": "e"}
    omics.tag_resource(resourceArn=arn, tags={f"key{number}": "" for number in range(48)})
    with refused(omics, "ServiceQuotaExceededException", 402, "50 tags"):
        omics.tag_resource(resourceArn=arn, tags={"one": "more"})
    with refused(omics, "ValidationException", 400, "aws:"):
        omics.tag_resource(resourceArn=arn, tags={"aws:a": "b"})
    omics.untag_resource(resourceArn=arn, tagKeys=["absent"])
    assert "tags" not in metadata(omics, store, found["id"])


def test_errors_that_are_tried_again_arrive_as_what_they_are(
    mocked: OmicsMock, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    omics = client(config=Config(retries={"mode": "standard"}))
    read_set = imported(omics, store)
    with pytest.raises(omics.exceptions.RangeNotSatisfiableException):
        part(omics, store, read_set, 2)
    assert len(mocked.calls.of("GetReadSet")) == 3

    def broken(self: object, params: object) -> None:
        raise InternalServerException("try again")

    monkeypatch.setattr("omics_mock.backends.read_sets.ReadSets.get_read_set_metadata", broken)
    with pytest.raises(omics.exceptions.InternalServerException, match="try again"):
        metadata(omics, store, read_set)
    assert len(mocked.calls.of("GetReadSetMetadata")) == 3
