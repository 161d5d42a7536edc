"""Reference stores, their import jobs and references, as a client sees them."""

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from tests.support.sequences import data
from tests.support.storage import (
    ACCOUNT,
    bucket,
    imported,
    reference,
    reference_store,
    sequence_store,
    source,
    start_import,
    start_reference_import,
    uri,
)
from tests.support.workflows import ROLE, client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

FASTA = b">one\nACGT\n"
FILES = {"a.fa": FASTA, "b.fa": FASTA * 2}
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)
MILLISECOND = timedelta(milliseconds=1)
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/mine"
NO_OBJECT = "The S3 object does not exist or is not accessible"


def answer(response: Any) -> dict[str, Any]:
    """The members of an answer, without what botocore adds."""
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 200
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def named_by(arn: str) -> dict[str, Any]:
    """The parameters that name a reference."""
    _, store, _, reference_id = arn.split(":")[-1].split("/")
    return {"referenceStoreId": store, "id": reference_id}


def job(omics: "OmicsClient", store: str, job_id: str) -> dict[str, Any]:
    return answer(omics.get_reference_import_job(referenceStoreId=store, id=job_id))


def finished(omics: "OmicsClient", store: str, *sources: Any) -> dict[str, Any]:
    """An import job that has come to its end, whichever it is."""
    job_id = start_reference_import(omics, store, *sources)
    OmicsMock.current().finish_all()
    return job(omics, store, job_id)


def statuses(omics: "OmicsClient", store: str, job_id: str, polls: int = 4) -> list[str]:
    return [job(omics, store, job_id)["status"] for _ in range(polls)]


def names(omics: "OmicsClient", store: str, **params: Any) -> list[str]:
    return [item["name"] for item in omics.list_references(referenceStoreId=store, **params)["references"]]


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return reference_store(omics)


# Stores


@pytest.mark.observed
def test_create_answers_what_the_documentation_lists(omics: "OmicsClient") -> None:
    made = answer(
        omics.create_reference_store(
            name="mine", description="all of them", sseConfig={"type": "KMS", "keyArn": KEY}, tags={"a": "b"}, clientToken="once"
        )
    )
    assert len(made["id"]) == 10
    assert made == {
        "id": made["id"],
        "arn": f"arn:aws:omics:us-east-1:{ACCOUNT}:referenceStore/{made['id']}",
        "name": "mine",
        "description": "all of them",
        "sseConfig": {"type": "KMS", "keyArn": KEY},
        "creationTime": NOW,
    }
    assert answer(omics.get_reference_store(id=made["id"])) == made
    assert answer(omics.list_reference_stores()) == {"referenceStores": [made]}
    assert omics.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"a": "b"}


@pytest.mark.observed
def test_what_was_not_given_is_not_answered(omics: "OmicsClient") -> None:
    made = answer(omics.create_reference_store(name="mine"))
    assert made.keys() == {"id", "arn", "name", "creationTime"}


def test_an_account_has_one_store_in_a_region(omics: "OmicsClient", mocked: OmicsMock) -> None:
    made = omics.create_reference_store(name="first")["id"]
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="one reference store") as refused:
        omics.create_reference_store(name="second")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    mocked.client(region="eu-west-1").create_reference_store(name="in another region")
    mocked.client(account="210987654321").create_reference_store(name="in another account")
    assert [store["name"] for store in omics.list_reference_stores()["referenceStores"]] == ["first"]
    omics.delete_reference_store(id=made)
    assert omics.create_reference_store(name="second")["id"] != made


@pytest.mark.parametrize(
    ("tags", "message"), [({"aws:mine": ""}, "reserved"), ({f"k{number}": "" for number in range(51)}, "50 tags")]
)
def test_tags_that_no_resource_can_have_make_no_store(omics: "OmicsClient", tags: dict[str, str], message: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        omics.create_reference_store(name="mine", tags=tags)
    assert omics.list_reference_stores()["referenceStores"] == []


def test_stores_are_listed_by_name_and_time_of_creation(omics: "OmicsClient") -> None:
    omics.create_reference_store(name="mine")
    fitting: list[Any] = [{}, {"name": "mine"}, {"createdAfter": NOW, "createdBefore": NOW}]
    others: list[Any] = [
        {"name": "Mine"},
        {"name": "min"},
        {"createdAfter": NOW + MILLISECOND},
        {"createdBefore": NOW - MILLISECOND},
        {"name": "mine", "createdBefore": NOW - MILLISECOND},
    ]
    assert [len(omics.list_reference_stores(filter=wanted)["referenceStores"]) for wanted in fitting] == [1, 1, 1]
    assert [omics.list_reference_stores(filter=wanted)["referenceStores"] for wanted in others] == [[]] * 5


def test_a_store_with_references_or_jobs_under_way_is_not_deleted(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    arn = omics.get_reference_store(id=store)["arn"]
    job_id = start_reference_import(omics, store, "a.fa")
    with pytest.raises(omics.exceptions.ConflictException, match="import jobs"):
        omics.delete_reference_store(id=store)
    assert statuses(omics, store, job_id)[-1] == "COMPLETED"
    with pytest.raises(omics.exceptions.ConflictException, match="not empty"):
        omics.delete_reference_store(id=store)
    omics.delete_reference(referenceStoreId=store, id=omics.list_references(referenceStoreId=store)["references"][0]["id"])
    assert answer(omics.delete_reference_store(id=store)) == {}
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.delete_reference_store(id=store)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_tags_for_resource(resourceArn=arn)
    later = reference_store(omics)
    assert omics.list_reference_import_jobs(referenceStoreId=later)["importJobs"] == []
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Reference import job .* not found"):
        job(omics, later, job_id)
    with pytest.raises(LookupError, match=job_id):
        mocked.advance(job_id, to="COMPLETED")


@pytest.mark.documented
def test_a_store_is_unknown_by_another_id_and_in_another_account_or_region(
    omics: "OmicsClient", mocked: OmicsMock, store: str
) -> None:
    other = "9" * 10
    calls: dict[str, dict[str, Any]] = {
        "get_reference_store": {},
        "delete_reference_store": {},
        "list_references": {},
        "get_reference_metadata": {"id": other},
        "get_reference": {"id": other, "partNumber": 1},
        "delete_reference": {"id": other},
        "start_reference_import_job": {"roleArn": ROLE, "sources": [{"sourceFile": uri("a.fa"), "name": "one"}]},
        "get_reference_import_job": {"id": other},
        "list_reference_import_jobs": {},
    }
    strangers = mocked.client(region="eu-west-1"), mocked.client(account="210987654321")
    for caller, store_id in [(omics, other), *((stranger, store) for stranger in strangers)]:
        for call, params in calls.items():
            name = "id" if call.endswith("reference_store") else "referenceStoreId"
            with pytest.raises(caller.exceptions.ResourceNotFoundException, match=f"Reference store {store_id} not found"):
                getattr(caller, call)(**params, **{name: store_id})


# Import jobs


@pytest.mark.observed
def test_start_answers_a_job_that_is_submitted(omics: "OmicsClient", store: str) -> None:
    sources: Any = [{"sourceFile": uri("a.fa"), "name": "one"}]
    made = answer(omics.start_reference_import_job(referenceStoreId=store, roleArn=ROLE, sources=sources))
    assert len(made["id"]) == 10
    assert made == {
        "id": made["id"],
        "referenceStoreId": store,
        "roleArn": ROLE,
        "status": "SUBMITTED",
        "creationTime": NOW,
    }


@pytest.mark.operation("GetReferenceMetadata.creationJobId")
def test_a_job_takes_one_step_per_poll_and_its_sources_with_it(omics: "OmicsClient", store: str) -> None:
    asked = {"name": "one", "sourceFile": uri("a.fa"), "description": "the first", "tags": {"a": "b"}}
    job_id = start_reference_import(omics, store, asked)
    common = {"id": job_id, "referenceStoreId": store, "roleArn": ROLE, "creationTime": NOW}
    assert job(omics, store, job_id) == {
        **common,
        "status": "SUBMITTED",
        "statusMessage": "The job is submitted and will start soon.",
        "sources": [{**asked, "status": "NOT_STARTED", "statusMessage": "The source is queued for the job."}],
    }
    assert omics.list_references(referenceStoreId=store)["references"] == []
    assert job(omics, store, job_id) == {
        **common,
        "status": "IN_PROGRESS",
        "statusMessage": "The job is currently in progress.",
        "sources": [{**asked, "status": "IN_PROGRESS", "statusMessage": "The source job is currently in progress."}],
    }
    [made] = omics.list_references(referenceStoreId=store)["references"]
    assert job(omics, store, job_id) == {
        **common,
        "status": "COMPLETED",
        "statusMessage": "The job completed successfully.",
        "completionTime": NOW,
        "sources": [{**asked, "status": "FINISHED", "referenceId": made["id"]}],
    }
    assert omics.list_tags_for_resource(resourceArn=made["arn"])["tags"] == {"a": "b"}


def test_jobs_listed_are_looked_at_too(omics: "OmicsClient", store: str) -> None:
    job_id = start_reference_import(omics, store, "a.fa")
    seen: list[Any] = [omics.list_reference_import_jobs(referenceStoreId=store)["importJobs"][0] for _ in range(3)]
    common = {"id": job_id, "referenceStoreId": store, "roleArn": ROLE, "creationTime": NOW}
    assert seen == [
        {**common, "status": "SUBMITTED"},
        {**common, "status": "IN_PROGRESS"},
        {**common, "status": "COMPLETED", "completionTime": NOW},
    ]
    assert names(omics, store) == ["a.fa"]


def test_jobs_are_listed_in_order_by_status_and_time_of_creation(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    made = []
    for name in ("one", "two", "three"):
        made.append(start_reference_import(omics, store, {"name": name, "sourceFile": uri("a.fa")}))
        mocked.clock.advance(60)
    mocked.advance(made[1], to="COMPLETED")
    mocked.lifecycle("reference_import_job", "frozen")

    def ids(**filters: Any) -> list[str]:
        wanted: Any = filters
        return [item["id"] for item in omics.list_reference_import_jobs(referenceStoreId=store, filter=wanted)["importJobs"]]

    minute = timedelta(minutes=1)
    assert ids() == made
    assert ids(status="COMPLETED") == [made[1]]
    assert ids(status="SUBMITTED") == [made[0], made[2]]
    assert ids(createdAfter=NOW + minute) == made[1:]
    assert ids(createdBefore=NOW + minute) == made[:2]
    assert ids(createdAfter=NOW + minute, createdBefore=NOW + minute, status="SUBMITTED") == []
    pages = omics.get_paginator("list_reference_import_jobs").paginate(referenceStoreId=store, PaginationConfig={"PageSize": 1})
    assert [[item["id"] for item in page["importJobs"]] for page in pages] == [[job_id] for job_id in made]


def test_a_job_follows_the_policy_of_its_kind(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    expected = {
        "observed": ["SUBMITTED", "IN_PROGRESS", "COMPLETED", "COMPLETED"],
        "immediate": ["COMPLETED"] * 4,
        "frozen": ["SUBMITTED"] * 4,
    }
    for policy, states in expected.items():
        mocked.lifecycle("reference_import_job", policy)
        job_id = start_reference_import(omics, store, {"name": policy, "sourceFile": uri("a.fa")})
        assert statuses(omics, store, job_id) == states


def test_a_job_follows_the_clock(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.lifecycle("reference_import_job", 20)
    job_id = start_reference_import(omics, store, "a.fa")
    seen = []
    for _ in range(2):
        seen += statuses(omics, store, job_id, 2)
        mocked.clock.advance(10)
    assert seen == ["SUBMITTED"] * 2 + ["IN_PROGRESS"] * 2
    mocked.clock.advance(3600)
    end = NOW + timedelta(seconds=20)
    assert job(omics, store, job_id)["completionTime"] == end
    made = omics.list_references(referenceStoreId=store)["references"][0]
    assert (made["creationTime"], made["updateTime"]) == (end, end)


def test_a_job_is_moved_by_hand(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.lifecycle("reference_import_job", "frozen")
    first, second = start_reference_import(omics, store, "a.fa"), start_reference_import(omics, store, "b.fa")
    mocked.advance(first, to="IN_PROGRESS")
    assert statuses(omics, store, first, 2) == ["IN_PROGRESS"] * 2
    assert job(omics, store, first)["sources"][0]["status"] == "IN_PROGRESS"
    mocked.finish_all()
    assert statuses(omics, store, first, 1) + statuses(omics, store, second, 1) == ["COMPLETED"] * 2
    assert names(omics, store) == ["a.fa", "b.fa"]


@pytest.mark.documented
@pytest.mark.operation("GetReferenceMetadata.creationJobId")
def test_each_source_of_a_job_becomes_a_reference(omics: "OmicsClient", store: str) -> None:
    bucket(contents=FILES)
    job_id = start_reference_import(omics, store, "a.fa", "b.fa")
    omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=job_id)
    listed = omics.list_references(referenceStoreId=store)["references"]
    assert [item["name"] for item in listed] == ["a.fa", "b.fa"]
    assert [source["referenceId"] for source in job(omics, store, job_id)["sources"]] == [item["id"] for item in listed]
    assert [item["md5"] for item in listed] == [hashlib.md5(FASTA * times).hexdigest() for times in (1, 2)]


def test_a_job_completes_with_failures_when_some_of_its_sources_fail(omics: "OmicsClient", store: str) -> None:
    bucket(name="abroad", region="eu-west-1", contents={"a.fa": FASTA})
    bucket(contents=FILES | {"text": b"no sequence"})
    ended = finished(
        omics,
        store,
        {"name": "gone", "sourceFile": uri("gone.fa")},
        "a.fa",
        {"name": "abroad", "sourceFile": "s3://abroad/a.fa"},
        "text",
    )
    assert ended["status"] == "COMPLETED_WITH_FAILURES"
    assert ended["statusMessage"] == "The job completed, but not for all of its sources."
    assert [(source["name"], source["status"], source.get("statusMessage")) for source in ended["sources"]] == [
        ("gone", "FAILED", NO_OBJECT),
        ("a.fa", "FINISHED", None),
        ("abroad", "FAILED", "S3 bucket not located in us-east-1 region"),
        ("text", "FAILED", "the file is not in FASTA format: it does not begin with >"),
    ]
    assert names(omics, store) == ["a.fa"]
    with pytest.raises(WaiterError, match="COMPLETED_WITH_FAILURES"):
        omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=ended["id"])


def test_a_job_fails_when_all_of_its_sources_fail(omics: "OmicsClient", store: str) -> None:
    bucket(contents=FILES)
    ended = finished(omics, store, {"name": "gone", "sourceFile": uri("gone.fa")})
    assert (ended["status"], ended["statusMessage"]) == ("FAILED", "The job failed for all of its sources.")
    assert ended["completionTime"] == NOW
    assert "referenceId" not in ended["sources"][0]
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=ended["id"])
    assert answer(omics.delete_reference_store(id=store)) == {}


def test_a_bucket_that_nobody_made_is_taken_to_hold_a_reference(omics: "OmicsClient") -> None:
    store = reference_store(omics)
    ended = finished(omics, store, *({"name": name, "sourceFile": f"s3://unknown/{name}.fa"} for name in ("one", "two")))
    assert ended["status"] == "COMPLETED"
    assert len({item["md5"] for item in omics.list_references(referenceStoreId=store)["references"]}) == 2


def test_a_strict_mock_wants_the_bucket_and_the_role_and_imports_one_job_at_a_time() -> None:
    with mock_omics(strict=True) as mocked:
        omics = client()
        store = reference_store(omics)
        with pytest.raises(omics.exceptions.ValidationException, match="IAM role is invalid or inaccessible"):
            start_reference_import(omics, store, "a.fa")
        role("omics.amazonaws.com", "omics")
        job_id = start_reference_import(omics, store, "a.fa")
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="one job at a time"):
            start_reference_import(omics, store, "b.fa")
        mocked.finish_all()
        [source] = job(omics, store, job_id)["sources"]
        assert (source["status"], source["statusMessage"]) == ("FAILED", NO_OBJECT)
        assert start_reference_import(omics, store, "a.fa") != job_id


def role(service: str, name: str) -> str:
    """The ARN of a role that a service may assume."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = boto3.client("iam", region_name="us-east-1")
    return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def test_a_role_must_be_of_the_account_and_trust_the_service(omics: "OmicsClient", store: str) -> None:
    start_reference_import(omics, store, "a.fa", roleArn=role("omics.amazonaws.com", "ours"))
    for wrong in (ROLE.replace(ACCOUNT, "210987654321"), role("ec2.amazonaws.com", "theirs"), f"arn:aws:iam::{ACCOUNT}:user/ann"):
        with pytest.raises(omics.exceptions.ValidationException):
            start_reference_import(omics, store, "b.fa", roleArn=wrong)
    assert len(omics.list_reference_import_jobs(referenceStoreId=store)["importJobs"]) == 1


def test_references_of_a_store_have_different_names(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match=r"sources\.2\.member\.name"):
        start_reference_import(omics, store, "a.fa", "a.fa")
    first = start_reference_import(omics, store, "a.fa")
    second = start_reference_import(omics, store, "a.fa")  # the store has none of the name yet
    mocked.finish_all()
    assert (statuses(omics, store, first, 1), statuses(omics, store, second, 1)) == (["COMPLETED"], ["FAILED"])
    assert job(omics, store, second)["sources"][0]["statusMessage"] == "The store has a reference of this name already"
    with pytest.raises(omics.exceptions.ValidationException, match=r"sources\.1\.member\.name: .*'a\.fa' already"):
        start_reference_import(omics, store, "a.fa", "b.fa")
    omics.delete_reference(referenceStoreId=store, id=omics.list_references(referenceStoreId=store)["references"][0]["id"])
    assert finished(omics, store, "a.fa")["status"] == "COMPLETED"


def test_one_bad_source_starts_no_job(omics: "OmicsClient", store: str) -> None:
    bad: list[tuple[dict[str, Any], str]] = [
        ({"tags": {"aws:mine": ""}}, "tags: .*reserved"),
        ({"tags": {f"k{number}": "" for number in range(51)}}, "tags: .*50 tags"),
        ({"sourceFile": "s3://reads/"}, "sourceFile"),
        ({"sourceFile": "https://reads/a.fa"}, "sourceFile"),
        ({"sourceFile": "s3://Reads/a.fa"}, "sourceFile"),
    ]
    for members, message in bad:
        with pytest.raises(omics.exceptions.ValidationException, match=rf"sources\.2\.member\.{message}"):
            start_reference_import(omics, store, "a.fa", {"name": "one", **members})
    assert omics.list_reference_import_jobs(referenceStoreId=store)["importJobs"] == []


@pytest.mark.model
def test_a_job_has_at_most_a_hundred_sources(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.quotas["Maximum references per reference store"] = None
    many = [{"name": f"one{number}", "sourceFile": uri("a.fa")} for number in range(101)]
    with pytest.raises(omics.exceptions.ValidationException, match="sources"):
        start_reference_import(omics, store, *many)
    start_reference_import(omics, store, *many[:100])


def test_quotas_of_references_and_jobs_are_kept(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.quotas["Maximum references per reference store"] = 2
    finished(omics, store, "a.fa")
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum references"):
        start_reference_import(omics, store, "b.fa", {"name": "another"})
    mocked.quotas["Maximum concurrent sequence or reference store import jobs"] = 1
    start_import(omics, sequence_store(omics), source("r1.fq"))  # of either kind
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="import jobs"):
        start_reference_import(omics, store, "b.fa")
    mocked.finish_all()
    start_reference_import(omics, store, "b.fa")
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="import jobs"):
        start_reference_import(omics, store, {"name": "another"})
    mocked.finish_all()
    mocked.quotas["Maximum references per reference store"] = None
    start_reference_import(omics, store, {"name": "another"})


@pytest.mark.documented
def test_an_unknown_job_is_not_found(omics: "OmicsClient", store: str) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Reference import job 1234567890 not found"):
        job(omics, store, "1234567890")


# References


@pytest.mark.operation("GetReferenceMetadata.creationJobId")
def test_a_reference_is_described_but_for_its_tags(omics: "OmicsClient") -> None:
    arn = reference(omics, "ce.fa", description="C. elegans", tags={"a": "b"})
    named = named_by(arn)
    content, index = data("ce.fa"), data("ce.fa.fai")
    [imported_by] = omics.list_reference_import_jobs(referenceStoreId=named["referenceStoreId"])["importJobs"]
    item = {
        "id": named["id"],
        "arn": f"arn:aws:omics:us-east-1:{ACCOUNT}:referenceStore/{named['referenceStoreId']}/reference/{named['id']}",
        "referenceStoreId": named["referenceStoreId"],
        "md5": hashlib.md5(content).hexdigest(),
        "status": "ACTIVE",
        "name": "ce.fa",
        "description": "C. elegans",
        "creationTime": imported_by["completionTime"],
        "updateTime": imported_by["completionTime"],
    }
    assert answer(omics.list_references(referenceStoreId=named["referenceStoreId"])) == {"references": [item]}
    assert answer(omics.get_reference_metadata(**named)) == item | {
        "creationType": "IMPORT",
        "creationJobId": imported_by["id"],
        "files": {
            "source": {"contentLength": len(content), "partSize": 104857600, "totalParts": 1},
            "index": {"contentLength": len(index), "partSize": 104857600, "totalParts": 1},
        },
    }


def test_references_are_listed_by_exact_name_checksum_and_time(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    bucket(contents=FILES)
    for file in ("a.fa", "b.fa"):
        finished(omics, store, file)
        mocked.clock.advance(60)
    minute = timedelta(minutes=1)
    assert names(omics, store) == ["a.fa", "b.fa"]
    assert names(omics, store, filter={}) == ["a.fa", "b.fa"]
    assert names(omics, store, filter={"name": "a.fa"}) == ["a.fa"]
    assert names(omics, store, filter={"name": "A.fa"}) == []
    assert names(omics, store, filter={"name": "a.f"}) == []
    assert names(omics, store, filter={"md5": hashlib.md5(FASTA * 2).hexdigest()}) == ["b.fa"]
    assert names(omics, store, filter={"md5": hashlib.md5(FASTA * 2).hexdigest(), "name": "a.fa"}) == []
    assert names(omics, store, filter={"createdAfter": NOW + minute}) == ["b.fa"]
    assert names(omics, store, filter={"createdBefore": NOW}) == ["a.fa"]
    pages = omics.get_paginator("list_references").paginate(referenceStoreId=store, PaginationConfig={"PageSize": 1})
    assert [[item["name"] for item in page["references"]] for page in pages] == [["a.fa"], ["b.fa"]]


def test_a_page_goes_on_only_with_its_own_token(omics: "OmicsClient", store: str) -> None:
    finished(omics, store, "a.fa", "b.fa")
    token = omics.list_references(referenceStoreId=store, maxResults=1)["nextToken"]
    last = omics.list_references(referenceStoreId=store, maxResults=1, nextToken=token)
    assert [item["name"] for item in last["references"]] == ["b.fa"]
    assert "nextToken" not in last
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        omics.list_references(referenceStoreId=store, nextToken="made up")
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        omics.list_reference_import_jobs(referenceStoreId=store, nextToken=token)
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        omics.list_reference_stores(nextToken=token)


def test_a_reference_is_read_whole_and_so_is_its_index(omics: "OmicsClient") -> None:
    named = named_by(reference(omics))
    whole = omics.get_reference(**named, partNumber=1)
    assert whole["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert whole["payload"].read() == data("ce.fa")
    assert omics.get_reference(**named, partNumber=1, file="SOURCE")["payload"].read() == data("ce.fa")
    assert omics.get_reference(**named, partNumber=1, file="INDEX")["payload"].read() == data("ce.fa.fai")


def test_a_reference_is_handed_out_in_parts(omics: "OmicsClient", mocked: OmicsMock) -> None:
    mocked.rules["part_size"] = 100_000
    named, content = named_by(reference(omics)), data("ce.fa")
    source = omics.get_reference_metadata(**named)["files"]["source"]
    assert source == {"contentLength": 1_060_702, "partSize": 100_000, "totalParts": 11}
    mocked.rules["part_size"] = 1  # a file keeps the parts it was cut in
    parts = [omics.get_reference(**named, partNumber=number)["payload"].read() for number in range(1, 12)]
    assert [len(part) for part in parts] == [100_000] * 10 + [60_702]
    assert b"".join(parts) == content
    section = omics.get_reference(**named, partNumber=2, range="bytes=10-19")["payload"].read()
    assert section == content[100_010:100_020]
    with pytest.raises(omics.exceptions.RangeNotSatisfiableException, match="partNumber 12") as refused:
        omics.get_reference(**named, partNumber=12)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416
    with pytest.raises(omics.exceptions.RangeNotSatisfiableException, match="partNumber 2"):
        omics.get_reference(**named, partNumber=2, file="INDEX")


def test_a_range_of_a_part_is_read(omics: "OmicsClient", store: str) -> None:
    bucket(contents=FILES)
    finished(omics, store, "a.fa")
    named = named_by(omics.list_references(referenceStoreId=store)["references"][0]["arn"])
    expected = {
        "bytes=0-3": b">one",
        "0-3": b">one",
        "bytes=5-": b"ACGT\n",
        "5-": b"ACGT\n",
        "bytes=-3": b"GT\n",
        "-3": b"GT\n",
        "bytes=-999": FASTA,
        "bytes=9-9": b"\n",
        "bytes=5-999": b"ACGT\n",
    }
    assert {wanted: omics.get_reference(**named, partNumber=1, range=wanted)["payload"].read() for wanted in expected} == expected


def test_a_range_that_is_none_or_lies_beyond_the_part_is_refused(omics: "OmicsClient", store: str) -> None:
    bucket(contents=FILES)
    finished(omics, store, "a.fa")
    named = named_by(omics.list_references(referenceStoreId=store)["references"][0]["arn"])
    for wanted in ("bytes=10-", "bytes=10-20", "bytes=3-2", "3-2", "bytes=-0", "-", "3", "1-2-3", "1,2", "0-1,3-4"):
        with pytest.raises(omics.exceptions.RangeNotSatisfiableException, match=f"range '{wanted}'"):
            omics.get_reference(**named, partNumber=1, range=wanted)


def test_a_range_in_other_words_is_no_valid_input(omics: "OmicsClient", store: str) -> None:
    for wanted in ("bytes=", "bytes=a-b", "lines=1-2", "bytes=1-2,5-6"):
        with pytest.raises(omics.exceptions.ValidationException, match="range"):
            omics.get_reference(referenceStoreId=store, id="1234567890", partNumber=1, range=wanted)


def test_a_reference_that_can_have_no_index_has_none(omics: "OmicsClient", store: str) -> None:
    bucket(contents={"packed.fa.gz": gzip.compress(FASTA, mtime=0)})
    finished(omics, store, "packed.fa.gz")
    named = named_by(omics.list_references(referenceStoreId=store)["references"][0]["arn"])
    assert omics.get_reference_metadata(**named)["files"].keys() == {"source"}
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="INDEX"):
        omics.get_reference(**named, partNumber=1, file="INDEX")


def test_what_is_in_s3_later_does_not_change_a_reference(omics: "OmicsClient", store: str) -> None:
    bucket(contents=FILES)
    job_id = start_reference_import(omics, store, "a.fa")
    bucket(contents={"a.fa": b"other"})
    assert statuses(omics, store, job_id)[-1] == "COMPLETED"
    named = named_by(omics.list_references(referenceStoreId=store)["references"][0]["arn"])
    assert omics.get_reference(**named, partNumber=1)["payload"].read() == FASTA


def test_a_deleted_reference_is_gone_with_its_tags(omics: "OmicsClient", store: str) -> None:
    finished(omics, store, "a.fa", "b.fa")
    arn = omics.list_references(referenceStoreId=store)["references"][0]["arn"]
    named = named_by(arn)
    assert answer(omics.delete_reference(**named)) == {}
    assert names(omics, store) == ["b.fa"]
    for use in (omics.get_reference_metadata, omics.delete_reference):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Reference {named['id']} not found"):
            use(**named)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_reference(**named, partNumber=1)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_tags_for_resource(resourceArn=arn)


def test_a_reference_is_kept_while_a_read_set_uses_it(omics: "OmicsClient") -> None:
    arn, sequences = reference(omics), sequence_store(omics)
    read_sets = [imported(omics, sequences, "range.bam", referenceArn=arn) for _ in range(2)]
    for read_set in read_sets:
        with pytest.raises(omics.exceptions.ConflictException, match="in use by read sets"):
            omics.delete_reference(**named_by(arn))
        omics.batch_delete_read_set(sequenceStoreId=sequences, ids=[read_set])
    omics.delete_reference(**named_by(arn))


def test_references_are_unknown_through_other_stores_and_in_other_accounts(omics: "OmicsClient", mocked: OmicsMock) -> None:
    named = named_by(reference(omics, "nucleotide_lib.fa"))
    [made] = omics.list_reference_import_jobs(referenceStoreId=named["referenceStoreId"])["importJobs"]
    for other in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
        own = reference_store(other)
        for use in (other.get_reference_metadata, other.delete_reference):
            with pytest.raises(other.exceptions.ResourceNotFoundException, match="Reference .* not found"):
                use(referenceStoreId=own, id=named["id"])
        with pytest.raises(other.exceptions.ResourceNotFoundException, match="Reference import job"):
            other.get_reference_import_job(referenceStoreId=own, id=made["id"])


def test_a_bucket_must_be_in_the_region_of_the_store(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    bucket(contents=FILES)
    west = mocked.client(region="us-west-2")
    ended = finished(west, reference_store(west), "a.fa")
    assert ended["sources"][0]["statusMessage"] == "S3 bucket not located in us-west-2 region"
