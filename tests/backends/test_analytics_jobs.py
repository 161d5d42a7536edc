"""What the import jobs of variant stores and annotation stores have in common, as a client sees it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from omics_mock.settings import Manual
from tests.support.analytics import (
    FILES,
    WORDS,
    active,
    answer,
    call,
    create,
    delete,
    ended,
    generic,
    get,
    job,
    jobs,
    seen,
    start,
    stores,
)
from tests.support.sequences import data
from tests.support.storage import bucket, uri
from tests.support.workflows import ROLE, client, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

LINE = ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]

either = pytest.mark.parametrize("word", WORDS)


def good_file(word: str) -> str:
    file = FILES["VCF" if word == "variant" else "GFF"]
    bucket(file)
    return file


# ---- import jobs ---------------------------------------------------------------------------------------------------


@either
def test_a_job_takes_one_step_per_poll_and_its_items_go_with_it(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    store, file = active(omics, word), good_file(word)
    started = start(omics, word, file)
    made = mocked.clock.now()
    found = [answer(found) for found in seen(omics, word, started)]
    own = {} if word == "variant" else {"versionName": "mine"}
    first = {
        "id": started,
        "destinationName": store,
        "roleArn": ROLE,
        "status": "SUBMITTED",
        "statusMessage": "",
        "creationTime": made,
        "updateTime": made,
        "items": [{"source": uri(file), "jobStatus": "SUBMITTED"}],
        "runLeftNormalization": False,
        **own,
    }
    assert found[0] == first
    assert [(each["status"], [item["jobStatus"] for item in each["items"]]) for each in found] == [
        (status, [status]) for status in LINE
    ]
    assert found[2].keys() == first.keys() | {"completionTime"}
    assert found[2]["completionTime"] == made
    assert answer(job(omics, word, started)) == found[2]
    listed = jobs(omics, word)[0]
    assert listed == {member: value for member, value in found[2].items() if member not in ("items", "statusMessage")}


@pytest.mark.documented
@either
def test_a_job_echoes_what_it_was_asked(omics: "OmicsClient", word: str) -> None:
    active(omics, word)
    asked: Any = {"runLeftNormalization": True, "annotationFields": {"VEP": "CSQ"}}
    found = job(omics, word, start(omics, word, **asked))
    assert {member: found[member] for member in asked} == asked
    assert {member: jobs(omics, word)[0][member] for member in asked} == asked


@either
def test_a_store_grows_by_what_is_imported(omics: "OmicsClient", word: str) -> None:
    active(omics, word)
    file = good_file(word)
    size = len(data(file))
    for times in (1, 2):
        assert ended(omics, word, start(omics, word, file))["status"] == "COMPLETED"
        assert get(omics, word)["storeSizeBytes"] == stores(omics, word)[0]["storeSizeBytes"] == times * size


@either
def test_a_store_that_is_not_ready_takes_no_job(omics: "OmicsClient", word: str) -> None:
    create(omics, word)
    for status in ("CREATING", "DELETING"):
        with pytest.raises(omics.exceptions.ValidationException, match=f"store mine is {status}, not ACTIVE") as refused:
            start(omics, word)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        delete(omics, word, force=True)
    assert jobs(omics, word) == []


@either
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"items": []}, "items"),
        ({"items": [{"source": "https://bucket/key"}]}, "source"),
        ({"items": [{"source": "s3://bucket"}]}, "source"),
        ({"destinationName": "My-Store"}, "destinationName"),
        ({"roleArn": "someone"}, "roleArn"),
        ({"roleArn": "arn:aws:iam::210987654321:role/theirs"}, "role"),
        ({"annotationFields": {"VEP": "a" * 22}}, "annotationFields"),
    ],
)
def test_what_the_documentation_forbids_starts_no_job(
    omics: "OmicsClient", mocked: OmicsMock, word: str, params: Any, message: str
) -> None:
    active(omics, word)
    unchecked: Any = unchecked_client()
    with pytest.raises(unchecked.exceptions.ValidationException, match=message):
        start(unchecked, word, **params)
    assert jobs(omics, word) == []


@either
def test_jobs_are_listed_newest_first_by_store_status_and_id_and_paged(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word)
    active(omics, word, name="other")
    mocked.lifecycle(f"{word}_import_job", "frozen")
    ids = [start(omics, word), start(omics, word, store="other"), start(omics, word)]
    mocked.advance(ids[2], to="IN_PROGRESS")

    def listed(**params: Any) -> list[int]:
        return [ids.index(found["id"]) for found in jobs(omics, word, **params)]

    assert listed() == [2, 1, 0]
    assert listed(filter={"storeName": "mine"}) == [2, 0]
    assert listed(filter={"storeName": "mine", "status": "SUBMITTED"}) == [0]
    assert listed(filter={"storeName": "nobodys"}) == []
    assert listed(filter={"status": "SUBMITTED"}, ids=[ids[1], ids[2]]) == [1]
    lister: Any = f"list_{word}_import_jobs"
    pages: Any = list(omics.get_paginator(lister).paginate(PaginationConfig={"PageSize": 2}))
    assert [[ids.index(found["id"]) for found in page[f"{word}ImportJobs"]] for page in pages] == [[2, 1], [0]]
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        listed(nextToken="garbage")


@either
def test_a_job_under_way_can_be_cancelled(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word)
    file = good_file(word)

    def cancel(started: str) -> Any:
        return answer(call(omics, word, "cancel", "import_job", jobId=started))

    for polls in (0, 1):
        started = start(omics, word, file)
        for _ in range(polls):
            job(omics, word, started)
        assert cancel(started) == {}
        found = job(omics, word, started)
        assert (found["status"], found["items"][0]["jobStatus"]) == ("CANCELLED", "CANCELLED")
        assert found["completionTime"] == found["updateTime"] == mocked.clock.now()
        assert cancel(started) == {}
        waiter: Any = f"{word}_import_job_created"
        omics.get_waiter(waiter).wait(jobId=started)  # takes it for a success
    assert get(omics, word)["storeSizeBytes"] == 0
    bucket(contents={"bad": b"bad"})
    for source, status in ((file, "COMPLETED"), ("bad", "FAILED")):
        done = ended(omics, word, start(omics, word, source))
        with pytest.raises(omics.exceptions.ValidationException, match=f"{status} and can not be cancelled"):
            cancel(done["id"])


@either
def test_a_job_moves_as_the_policy_of_its_kind_says(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word)

    def polled(policy: Any) -> list[str]:
        mocked.lifecycle(f"{word}_import_job", policy)
        started = start(omics, word)
        return [job(omics, word, started)["status"] for _ in range(4)]

    assert polled("observed") == [*LINE, "COMPLETED"]
    assert polled("immediate") == ["COMPLETED"] * 4
    assert polled(Manual(2)) == ["SUBMITTED", "SUBMITTED", "IN_PROGRESS", "IN_PROGRESS"]
    assert polled("frozen") == ["SUBMITTED"] * 4
    assert polled(60) == ["SUBMITTED"] * 4
    mocked.clock.advance(30)
    assert jobs(omics, word)[0]["status"] == "IN_PROGRESS"
    mocked.clock.advance(100)
    done = jobs(omics, word)[0]
    assert (done["status"], done["completionTime"] - done["creationTime"]) == ("COMPLETED", timedelta(seconds=60))
    mocked.lifecycle(f"{word}_import_job", "frozen")
    started = start(omics, word)
    for status in LINE[1:]:
        mocked.advance(started, to=status)
        assert job(omics, word, started)["status"] == status
    assert ended(omics, word, _finished(mocked, start(omics, word)))["status"] == "COMPLETED"


def _finished(mocked: OmicsMock, started: str) -> str:
    mocked.finish_all()
    return started


@either
def test_a_running_import_protects_its_store_unless_by_force(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word)
    started = start(omics, word)
    with pytest.raises(omics.exceptions.ConflictException, match="import under way"):
        delete(omics, word)
    assert delete(omics, word, force=True) == {"status": "DELETING"}
    assert job(omics, word, started)["status"] == "CANCELLED"
    mocked.finish_all()
    assert job(omics, word, started)["destinationName"] == "mine"
    assert [found["id"] for found in jobs(omics, word, filter={"storeName": "mine"})] == [started]
    active(omics, word)
    ended(omics, word, start(omics, word))
    assert delete(omics, word) == {"status": "DELETING"}


def test_jobs_under_way_are_counted_over_both_kinds_of_stores(omics: "OmicsClient", mocked: OmicsMock) -> None:
    for word in WORDS:
        active(omics, word)
    quota = "Maximum concurrent variant or annotation store import jobs"
    mocked.quotas[quota] = 2
    first, second = start(omics, "variant"), start(omics, "annotation")
    for word in WORDS:
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match=quota):
            start(omics, word)
    omics.cancel_annotation_import_job(jobId=second)
    start(omics, "variant")
    ended(omics, "variant", first)
    start(omics, "annotation")


# ---- files ---------------------------------------------------------------------------------------------------------


@either
@pytest.mark.parametrize(
    ("file", "contents", "why"),
    [
        ("gone", {}, "does not exist"),
        ("bad", {"bad": b"\x00\xff"}, "the file is not"),
        ("empty", {"empty": b""}, "the file is not in"),
        ("cut.gz", {"cut.gz": b"\x1f\x8b\x08\x00"}, "cut off or damaged"),
    ],
)
def test_a_file_that_can_not_be_read_fails_its_job(
    omics: "OmicsClient", word: str, file: str, contents: dict[str, bytes], why: str
) -> None:
    active(omics, word)
    bucket(contents=contents)
    done = ended(omics, word, start(omics, word, file))
    assert (done["status"], done["items"][0]["jobStatus"]) == ("FAILED", "FAILED")
    assert why in done["statusMessage"]
    assert uri(file) in done["statusMessage"]
    assert "completionTime" in done
    waiter: Any = f"{word}_import_job_created"
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter(waiter).wait(jobId=done["id"])
    assert get(omics, word)["storeSizeBytes"] == 0


@either
def test_a_bucket_of_another_region_fails_the_job(omics: "OmicsClient", word: str) -> None:
    active(omics, word)
    bucket(name="faraway", region="eu-west-1", contents={"x": b""})
    done = ended(omics, word, start(omics, word, items=[{"source": "s3://faraway/x"}]))
    assert done["status"] == "FAILED"
    assert "not located in us-east-1" in done["statusMessage"]


@either
def test_a_bucket_nobody_made_holds_a_good_file_unless_strict(omics: "OmicsClient", word: str) -> None:
    active(omics, word)
    assert ended(omics, word, start(omics, word))["status"] == "COMPLETED"
    assert get(omics, word)["storeSizeBytes"] > 0
    with mock_omics(strict=True):
        trust = '{"Statement": [{"Effect": "Allow", "Principal": {"Service": "omics.amazonaws.com"}, "Action": "sts:AssumeRole"}]}'
        with pytest.raises(omics.exceptions.ValidationException, match="role"):
            start(omics, word)
        boto3.client("iam").create_role(RoleName="omics", AssumeRolePolicyDocument=trust)
        done = ended(omics, word, start(omics, word))
    assert done["status"] == "FAILED"
    assert "does not exist" in done["statusMessage"]


def test_every_kind_has_its_policy_in_the_general_option() -> None:
    with mock_omics(lifecycle="immediate"):
        omics = client()
        name = generic(omics)
        assert get(omics, "annotation", name)["status"] == "ACTIVE"
        assert job(omics, "annotation", start(omics, "annotation"))["status"] == "COMPLETED"
        delete(omics, "annotation")
        assert stores(omics, "annotation") == []
