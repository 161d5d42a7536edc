"""Sequence stores, as a client sees them."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.storage import ACCOUNT, imported, sequence_store, source, start_import
from tests.support.workflows import client
from tests.test_snapshots import dumped

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
MINUTE = timedelta(minutes=1)
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mine"

whole_model = pytest.mark.operation("UpdateSequenceStore", "CreateSequenceStore.status")


def answer(response: Any) -> dict[str, Any]:
    """The members of an answer, without what botocore adds."""
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def get(omics: "OmicsClient", store: str) -> dict[str, Any]:
    return answer(omics.get_sequence_store(id=store))


def names(omics: "OmicsClient", **filters: Any) -> list[str]:
    wanted: Any = filters
    return [item["name"] for item in omics.list_sequence_stores(filter=wanted)["sequenceStores"]]


# Create, get, list


def test_a_store_is_made_found_listed_and_deleted(omics: "OmicsClient") -> None:
    made = answer(omics.create_sequence_store(name="mine", description="all of them", tags={"a": "b"}))
    assert made["arn"] == f"arn:aws:omics:us-east-1:{ACCOUNT}:sequenceStore/{made['id']}"
    assert len(made["id"]) == 10
    assert (made["name"], made["description"], made["creationTime"]) == ("mine", "all of them", NOW)
    assert made.items() <= get(omics, made["id"]).items()
    [item] = omics.list_sequence_stores()["sequenceStores"]
    assert {name: made[name] for name in ("id", "arn", "name", "description", "creationTime")}.items() <= item.items()
    assert not {"s3Access", "propagatedSetLevelTags", "tags"} & item.keys()
    assert omics.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"a": "b"}
    assert answer(omics.delete_sequence_store(id=made["id"])) == {}
    assert omics.list_sequence_stores()["sequenceStores"] == []
    for use in (omics.get_sequence_store, omics.delete_sequence_store):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Sequence store {made['id']} not found"):
            use(id=made["id"])
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_tags_for_resource(resourceArn=made["arn"])


@whole_model
def test_answers_have_what_the_documentation_lists(omics: "OmicsClient") -> None:
    given: Any = {
        "name": "mine",
        "description": "all of them",
        "sseConfig": {"type": "KMS", "keyArn": KEY},
        "eTagAlgorithmFamily": "SHA512up",
        "fallbackLocation": "s3://elsewhere/failed/",
        "propagatedSetLevelTags": ["project", "withdrawn"],
    }
    made = answer(omics.create_sequence_store(**given, s3AccessConfig={"accessLogLocation": "s3://logs/here/"}, tags={"a": "b"}))
    alias = made["s3Access"]["s3Uri"].split("/")[2]
    assert made == {
        **given,
        "id": made["id"],
        "arn": f"arn:aws:omics:us-east-1:{ACCOUNT}:sequenceStore/{made['id']}",
        "creationTime": NOW,
        "status": "ACTIVE",
        "s3Access": {
            "s3Uri": f"s3://{alias}/{ACCOUNT}/sequenceStore/{made['id']}/",
            "s3AccessPointArn": f"arn:aws:s3:us-east-1:900000000001:accesspoint/{ACCOUNT}-{made['id']}",
            "accessLogLocation": "s3://logs/here/",
        },
    }
    assert get(omics, made["id"]) == made | {"updateTime": NOW}
    listed = {name: value for name, value in made.items() if name not in ("s3Access", "propagatedSetLevelTags")}
    assert answer(omics.list_sequence_stores()) == {"sequenceStores": [listed | {"updateTime": NOW}]}


@whole_model
def test_what_was_not_given_has_its_default_or_is_not_answered(omics: "OmicsClient") -> None:
    made = answer(omics.create_sequence_store(name="mine", sseConfig={"type": "KMS"}))
    assert (made["eTagAlgorithmFamily"], made["propagatedSetLevelTags"], made["status"]) == ("MD5up", [], "ACTIVE")
    assert made["sseConfig"] == {"type": "KMS"}
    assert not {"description", "fallbackLocation", "statusMessage", "updateTime", "tags"} & made.keys()
    assert made["s3Access"].keys() == {"s3Uri", "s3AccessPointArn"}
    plain = answer(omics.create_sequence_store(name="plain", fallbackLocation="", s3AccessConfig={"accessLogLocation": ""}))
    assert plain.keys() == made.keys() - {"sseConfig"}
    assert plain["s3Access"].keys() == made["s3Access"].keys()


@pytest.mark.observed
@whole_model
def test_a_store_has_an_alias_of_the_length_of_a_bucket_name(omics: "OmicsClient") -> None:
    made = [omics.create_sequence_store(name="same") for _ in range(2)]
    aliases = {store["s3Access"]["s3Uri"].split("/")[2] for store in made}
    assert len(aliases) == 2
    for store in made:
        assert re.match(rf"s3://{ACCOUNT}-{store['id'][:7]}-[a-z0-9]{{34}}-s3alias/", store["s3Access"]["s3Uri"])
    assert {len(alias) for alias in aliases} == {63}


@pytest.mark.documented
@whole_model
def test_arns_are_of_the_region_s_partition(mocked: OmicsMock) -> None:
    made = mocked.client(region="cn-north-1").create_sequence_store(name="mine")
    assert made["arn"].startswith("arn:aws-cn:omics:cn-north-1:")
    assert made["s3Access"]["s3AccessPointArn"].startswith("arn:aws-cn:s3:cn-north-1:")


def test_several_stores_may_have_one_name(omics: "OmicsClient") -> None:
    assert sequence_store(omics, name="same") != sequence_store(omics, name="same")
    assert names(omics) == ["same", "same"]


@pytest.mark.members_of("CreateSequenceStore")
@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"tags": {"aws:mine": ""}}, "tags: .*reserved"),
        ({"tags": {f"k{number}": "" for number in range(51)}}, "50 tags"),
        ({"fallbackLocation": "s3://elsewhere/failed"}, "fallbackLocation"),
        ({"fallbackLocation": "elsewhere"}, "fallbackLocation"),
        ({"s3AccessConfig": {"accessLogLocation": "s3://logs/here"}}, "accessLogLocation"),
        ({"propagatedSetLevelTags": [f"k{number}" for number in range(51)]}, "propagatedSetLevelTags"),
        ({"eTagAlgorithmFamily": "MD4up"}, "eTagAlgorithmFamily"),
        ({"sseConfig": {"type": "AES"}}, "sseConfig"),
    ],
)
def test_what_the_documentation_forbids_makes_no_store(omics: "OmicsClient", members: dict[str, Any], message: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        sequence_store(omics, **members)
    assert names(omics) == []


def test_a_store_that_is_refused_leaves_nothing_behind() -> None:
    def state_after(times_refused: int) -> str:
        with mock_omics(seed=1, now="2026-01-01") as mock:
            omics = mock.client("omics")
            for _ in range(times_refused):
                with pytest.raises(omics.exceptions.ValidationException, match="fallbackLocation"):
                    sequence_store(omics, fallbackLocation="s3://the_bucket/")
            sequence_store(omics, clientToken="once")
            return re.sub('"request_ids": [^\n]*', "", dumped(mock))

    assert state_after(0) == state_after(2)


@pytest.mark.model
def test_a_location_is_a_bucket_or_a_folder_in_one(omics: "OmicsClient") -> None:
    for location in ("s3://elsewhere", "s3://elsewhere/", "s3://elsewhere/a/b/"):
        assert get(omics, sequence_store(omics, fallbackLocation=location))["fallbackLocation"] == location


@whole_model
def test_five_propagated_tags_are_enough_for_a_strict_mock() -> None:
    six = [f"k{number}" for number in range(6)]
    with mock_omics(strict=True):
        omics = client()
        store = sequence_store(omics, propagatedSetLevelTags=six[:5])
        with pytest.raises(omics.exceptions.ValidationException, match="at most 5 keys"):
            sequence_store(omics, propagatedSetLevelTags=six)
        with pytest.raises(omics.exceptions.ValidationException, match="at most 5 keys"):
            omics.update_sequence_store(id=store, propagatedSetLevelTags=six, name="other")
        assert get(omics, store)["name"] == "store"
    with mock_omics():
        omics = client()
        assert get(omics, sequence_store(omics, propagatedSetLevelTags=six))["propagatedSetLevelTags"] == six


def test_stores_are_listed_by_exact_name_and_time_of_creation_and_paged(omics: "OmicsClient", mocked: OmicsMock) -> None:
    for name in ("one", "two", "three"):
        sequence_store(omics, name=name)
        mocked.clock.advance(60)
    assert names(omics) == ["one", "two", "three"]
    assert names(omics, name="two") == ["two"]
    assert names(omics, name="Two") == names(omics, name="tw") == []
    assert names(omics, createdAfter=NOW + MINUTE) == ["two", "three"]
    assert names(omics, createdBefore=NOW + MINUTE) == ["one", "two"]
    assert names(omics, createdAfter=NOW + MINUTE, createdBefore=NOW + MINUTE, name="two") == ["two"]
    assert names(omics, createdAfter=NOW + MINUTE, name="one") == []
    pages = omics.get_paginator("list_sequence_stores").paginate(PaginationConfig={"PageSize": 1})
    assert [[item["name"] for item in page["sequenceStores"]] for page in pages] == [["one"], ["two"], ["three"]]
    token = omics.list_sequence_stores(maxResults=1)["nextToken"]
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        omics.list_sequence_stores(nextToken=token, filter={"name": "two"})


@whole_model
def test_stores_are_listed_by_status_and_time_of_update(omics: "OmicsClient", mocked: OmicsMock) -> None:
    first = sequence_store(omics, name="first")
    mocked.lifecycle("sequence_store", "frozen")
    sequence_store(omics, name="second")
    mocked.clock.advance(60)
    omics.update_sequence_store(id=first)
    assert names(omics, status="ACTIVE") == names(omics, updatedAfter=NOW + MINUTE) == ["first"]
    assert names(omics, status="CREATING") == names(omics, updatedBefore=NOW) == ["second"]
    assert names(omics, updatedAfter=NOW, updatedBefore=NOW + MINUTE) == ["first", "second"]
    assert names(omics, status="CREATING", updatedAfter=NOW + MINUTE) == []


def test_the_quota_of_stores_is_kept_per_region(omics: "OmicsClient", mocked: OmicsMock) -> None:
    mocked.quotas["Maximum sequence stores"] = 2
    first, _ = sequence_store(omics), sequence_store(omics)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum sequence stores") as refused:
        sequence_store(omics)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    sequence_store(mocked.client(region="eu-west-1"))
    omics.delete_sequence_store(id=first)
    sequence_store(omics)


@pytest.mark.documented
def test_a_store_is_unknown_by_another_id_and_in_another_account_or_region(omics: "OmicsClient", mocked: OmicsMock) -> None:
    store = sequence_store(omics)
    strangers = mocked.client(region="eu-west-1"), mocked.client(account="210987654321")
    for caller, store_id in [(omics, "9" * 10), *((stranger, store) for stranger in strangers)]:
        for call in ("get_sequence_store", "delete_sequence_store", "update_sequence_store"):
            if hasattr(caller, call):
                with pytest.raises(caller.exceptions.ResourceNotFoundException, match=f"Sequence store {store_id} not found"):
                    getattr(caller, call)(id=store_id)
        assert len(caller.list_sequence_stores()["sequenceStores"]) == (caller is omics)


# Update


@whole_model
def test_an_update_changes_what_is_given_and_nothing_else(omics: "OmicsClient", mocked: OmicsMock) -> None:
    store = sequence_store(
        omics,
        description="of old",
        fallbackLocation="s3://elsewhere/",
        propagatedSetLevelTags=["a"],
        s3AccessConfig={"accessLogLocation": "s3://logs/"},
        sseConfig={"type": "KMS"},
        eTagAlgorithmFamily="SHA256up",
    )
    expected = get(omics, store)

    def update(**members: Any) -> dict[str, Any]:
        mocked.clock.advance(60)
        expected["updateTime"] += MINUTE
        found = answer(omics.update_sequence_store(id=store, **members))
        assert found == get(omics, store)
        return found

    assert update() == expected
    assert update(name="new") == expected | {"name": "new"}
    expected |= {"name": "new", "description": "of late", "fallbackLocation": "s3://nowhere", "propagatedSetLevelTags": ["b", "c"]}
    assert update(description="of late", fallbackLocation="s3://nowhere", propagatedSetLevelTags=["b", "c"]) == expected
    assert update(s3AccessConfig={}) == expected
    expected["s3Access"] = {**expected["s3Access"], "accessLogLocation": "s3://logs/new/"}
    assert update(s3AccessConfig={"accessLogLocation": "s3://logs/new/"}) == expected
    expected["propagatedSetLevelTags"] = []
    assert update(propagatedSetLevelTags=[]) == expected
    del expected["fallbackLocation"]
    assert update(fallbackLocation="") == expected
    del expected["s3Access"]["accessLogLocation"]
    assert update(s3AccessConfig={"accessLogLocation": ""}) == expected
    no_bucket = {"fallbackLocation": "s3://the_bucket/", "name": "not taken either"}  # the shape's pattern lets it through
    for members in ({"fallbackLocation": "s3://b/p"}, {"name": "n" * 128}, no_bucket):
        with pytest.raises(omics.exceptions.ValidationException, match=next(iter(members))):
            omics.update_sequence_store(id=store, **members)  # type: ignore[arg-type]  # members by name
    assert get(omics, store) == expected


@whole_model
def test_new_propagated_tags_keep_a_store_with_read_sets_updating(omics: "OmicsClient", mocked: OmicsMock) -> None:
    store = sequence_store(omics, propagatedSetLevelTags=["a"])
    mocked.lifecycle("sequence_store", "observed")
    assert omics.update_sequence_store(id=store, propagatedSetLevelTags=["a", "b"])["status"] == "ACTIVE"  # it is empty
    imported(omics, store)
    assert omics.update_sequence_store(id=store, propagatedSetLevelTags=["a", "b"], name="new")["status"] == "ACTIVE"
    assert omics.update_sequence_store(id=store, propagatedSetLevelTags=["b"])["status"] == "UPDATING"
    with pytest.raises(omics.exceptions.ConflictException, match="UPDATING"):
        omics.update_sequence_store(id=store, name="newer")
    with pytest.raises(omics.exceptions.ConflictException, match="UPDATING"):
        omics.delete_sequence_store(id=store)
    assert [get(omics, store)["status"] for _ in range(2)] == ["UPDATING", "ACTIVE"]
    assert omics.update_sequence_store(id=store, propagatedSetLevelTags=[])["status"] == "UPDATING"
    assert [omics.list_sequence_stores()["sequenceStores"][0]["status"] for _ in range(2)] == ["UPDATING", "ACTIVE"]


@whole_model
def test_a_store_is_active_at_once_unless_its_kind_has_a_policy() -> None:
    with mock_omics(lifecycle="frozen") as mocked:
        omics = client()
        store = sequence_store(omics)
        assert get(omics, store)["status"] == "ACTIVE"
        imported_nothing = start_import(omics, store, source("r1.fq"))
        assert omics.get_read_set_import_job(sequenceStoreId=store, id=imported_nothing)["status"] == "SUBMITTED"
        mocked.lifecycle("sequence_store", "observed")
        made = omics.create_sequence_store(name="seen")
        assert made["status"] == "CREATING"
        with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
            omics.update_sequence_store(id=made["id"])
        with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
            omics.delete_sequence_store(id=made["id"])
        with pytest.raises(omics.exceptions.ValidationException, match="CREATING"):
            start_import(omics, made["id"], source("r1.fq"))
        assert [get(omics, made["id"])["status"] for _ in range(2)] == ["CREATING", "ACTIVE"]
        mocked.lifecycle("sequence_store", "immediate")
        assert omics.create_sequence_store(name="ready")["status"] == "ACTIVE"


@whole_model
def test_a_store_follows_the_clock_or_the_test(omics: "OmicsClient", mocked: OmicsMock) -> None:
    mocked.lifecycle("sequence_store", 60)
    timed = sequence_store(omics)
    mocked.clock.advance(59)
    assert get(omics, timed)["status"] == "CREATING"
    mocked.clock.advance(1)
    assert get(omics, timed)["status"] == "ACTIVE"
    mocked.lifecycle("sequence_store", "frozen")
    by_hand = omics.create_sequence_store(name="by hand")
    assert [get(omics, by_hand["id"])["status"] for _ in range(3)] == ["CREATING"] * 3
    mocked.advance(by_hand["arn"], to="ACTIVE")
    assert get(omics, by_hand["id"])["status"] == "ACTIVE"
    omics.delete_sequence_store(id=by_hand["id"])


# Delete


@pytest.mark.parametrize("status", ["ACTIVE", "ARCHIVED"])
def test_a_store_with_read_sets_is_not_deleted(omics: "OmicsClient", mocked: OmicsMock, status: str) -> None:
    store = sequence_store(omics)
    read_set = imported(omics, store)
    mocked.advance(read_set, to=status)
    with pytest.raises(omics.exceptions.ConflictException, match="not empty"):
        omics.delete_sequence_store(id=store)
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    omics.delete_sequence_store(id=store)
    assert omics.list_sequence_stores()["sequenceStores"] == []


def test_a_store_with_jobs_under_way_is_not_deleted_and_takes_them_with_it_later(omics: "OmicsClient", mocked: OmicsMock) -> None:
    store = sequence_store(omics)
    job = start_import(omics, store, source("r1.fq"))
    with pytest.raises(omics.exceptions.ConflictException, match="jobs"):
        omics.delete_sequence_store(id=store)
    mocked.finish_all()
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[omics.list_read_sets(sequenceStoreId=store)["readSets"][0]["id"]])
    omics.delete_sequence_store(id=store)
    later = sequence_store(omics)
    assert omics.list_read_set_import_jobs(sequenceStoreId=later)["importJobs"] == []
    for gone in (store, later):
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            omics.get_read_set_import_job(sequenceStoreId=gone, id=job)
    with pytest.raises(LookupError, match=job):
        mocked.advance(job, to="COMPLETED")


def test_what_is_being_uploaded_is_dropped_with_its_store(omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    upload: Any = {"sourceFileType": "FASTQ", "subjectId": "s", "sampleId": "s", "name": "reads"}
    upload_id = omics.create_multipart_read_set_upload(sequenceStoreId=store, **upload)["uploadId"]
    omics.delete_sequence_store(id=store)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.abort_multipart_read_set_upload(sequenceStoreId=store, uploadId=upload_id)


@pytest.mark.operation("GetS3AccessPolicy", "CreateSequenceStore.s3Access")
def test_what_s3_knows_of_a_store_is_gone_with_it(omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    access = omics.get_sequence_store(id=store)["s3Access"]
    read_set = imported(omics, store)
    file = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]["source1"]["s3Access"]["s3Uri"]
    alias, _, key = file.removeprefix("s3://").partition("/")
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.get_object(Bucket=alias, Key=key)
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=alias, Key=key)
    omics.delete_sequence_store(id=store)
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket=alias)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_s3_access_policy(s3AccessPointArn=access["s3AccessPointArn"])
