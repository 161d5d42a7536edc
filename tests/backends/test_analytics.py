"""What variant stores and annotation stores have in common, as a client sees it."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError
from moto.moto_api import state_manager

from omics_mock import OmicsMock, mock_omics
from omics_mock.settings import Manual
from tests.support.analytics import WORDS, active, answer, any_reference, call, create, delete, get, job, jobs, start, stores
from tests.support.storage import reference
from tests.support.workflows import unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

UNKNOWN = "0f8fad5b-d9cb-469f-a165-70867728950e"

either = pytest.mark.parametrize("word", WORDS)


# ---- stores --------------------------------------------------------------------------------------------------------


@either
def test_a_store_that_is_refused_takes_no_name_of_those_that_are_made_up(word: str) -> None:
    def made_up(times_refused: int) -> str:
        with mock_omics(seed=1) as mock:
            omics: Any = mock.client("omics")
            make = partial(getattr(omics, f"create_{word}_store"), **({"storeFormat": "GFF"} if word == "annotation" else {}))
            reference_arn = any_reference(omics)["referenceArn"]
            for _ in range(times_refused):
                with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Reference"):
                    make(reference={"referenceArn": reference_arn.replace("omics:us-east-1", "omics:eu-west-1")})
            name: str = make(reference={"referenceArn": reference_arn})["name"]
            return name

    assert made_up(0) == made_up(2)


@either
def test_a_store_shows_all_that_was_given_and_a_default_for_the_rest(omics: "OmicsClient", word: str) -> None:
    used = any_reference(omics)
    key = "arn:aws:kms:us-east-1:123456789012:key/mine"
    described: Any = {"description": "as told", "tags": {"team": "a"}, "sseConfig": {"type": "KMS", "keyArn": key}}
    made = answer(create(omics, word, reference=used, **described))
    own = {} if word == "variant" else {"storeFormat": "GFF"}
    created = {
        "id": made["id"],
        "name": "mine",
        "status": "CREATING",
        "creationTime": made["creationTime"],
        "reference": used,
        **own,
    }
    assert made == created | ({} if word == "variant" else {"versionName": "mine"})
    common = created | {
        "updateTime": made["creationTime"],
        "storeArn": f"arn:aws:omics:us-east-1:123456789012:{word}Store/mine",
        "statusMessage": "",
        "storeSizeBytes": 0,
    }
    counted = {} if word == "variant" else {"numVersions": 1}
    assert get(omics, word) == common | counted | described
    plain = answer(create(omics, word, reference=used, name="plain"))
    found = get(omics, word, "plain")
    assert (found["description"], found["tags"], found["sseConfig"]) == ("", {}, {"type": "KMS"})
    listed = stores(omics, word, ids=[plain["id"]])
    assert listed[0].keys() == common.keys() | {"description", "sseConfig"}


@either
def test_names_are_made_up_and_ids_are_of_the_documented_form(omics: "OmicsClient", word: str) -> None:
    own: Any = {"storeFormat": "GFF"} if word == "annotation" else {}
    made = [call(omics, word, "create", reference=any_reference(omics), **own) for _ in range(2)]
    first, second = ((store["name"], store["id"]) for store in made)
    assert first != second
    for name, store_id in (first, second):
        assert get(omics, word, name)["id"] == store_id
        assert name.startswith(f"{word}_store_")
        assert len(store_id) == 36


@pytest.mark.observed
@either
def test_ids_can_have_the_form_that_is_seen_in_aws(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    mocked.rules["analytics_id_form"] = "hex12"
    name = active(omics, word)
    found = get(omics, word)["id"]
    assert len(found) == 12
    assert int(found, 16)
    assert stores(omics, word, ids=[found])[0]["name"] == name
    assert len(start(omics, word)) == 36


@either
def test_a_name_is_taken_until_its_store_is_gone(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word)
    with pytest.raises(omics.exceptions.ConflictException, match=f"{word.capitalize()} store mine already exists") as refused:
        create(omics, word)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    delete(omics, word)
    with pytest.raises(omics.exceptions.ConflictException):
        create(omics, word)
    waiter: Any = f"{word}_store_deleted"
    omics.get_waiter(waiter).wait(name="mine")
    create(omics, word)
    create(mocked.client(region="eu-west-1"), word)
    other, *_ = {*WORDS} - {word}
    create(omics, other)


@pytest.mark.model
@either
@pytest.mark.parametrize("name", ["Mine", "my-store", "1st", "ab", "a" * 256, "with space", "ünder"])
def test_a_name_is_of_lower_case_letters_digits_and_underscores(word: str, name: str) -> None:
    with mock_omics():
        omics = unchecked_client()
        with pytest.raises(omics.exceptions.ValidationException, match="'name' failed to satisfy"):
            create(omics, word, name=name, reference={"referenceArn": "arn:x"})


@either
def test_a_reference_has_to_be_one_of_the_callers_account_and_region(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    arn = reference(omics)
    for unknown in (arn[:-1] + "x", "arn:aws:omics:us-east-1:123456789012:referenceStore/1234567890", "arn:x"):
        with pytest.raises(omics.exceptions.ValidationException, match="reference.referenceArn"):
            create(omics, word, reference={"referenceArn": unknown})
    strangers = (mocked.client(region="eu-west-1"), mocked.client(account="210987654321"))
    gone = arn.rpartition("/")[0] + "/1234567890"
    for caller, missing in ((omics, gone), (omics, arn.replace("us-east-1", "us-west-2")), *((other, arn) for other in strangers)):
        with pytest.raises(caller.exceptions.ResourceNotFoundException, match="Reference .* not found"):
            create(caller, word, reference={"referenceArn": missing})
    assert stores(omics, word) == []


@either
def test_a_reference_stays_as_long_as_a_store_needs_it(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    arn = any_reference(omics)["referenceArn"]
    active(omics, word)
    _, store, _, reference_id = arn.split("/")
    with pytest.raises(omics.exceptions.ConflictException, match=f"in use by {word} stores"):
        omics.delete_reference(referenceStoreId=store, id=reference_id)
    delete(omics, word)
    with pytest.raises(omics.exceptions.ConflictException):
        omics.delete_reference(referenceStoreId=store, id=reference_id)
    mocked.finish_all()
    omics.delete_reference(referenceStoreId=store, id=reference_id)


@either
def test_an_update_changes_the_description_only(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word, description="of old")
    before = get(omics, word)
    mocked.clock.advance(60)
    updated = answer(call(omics, word, "update", name="mine", description="of late"))
    kept = ("id", "name", "reference", "creationTime", *(() if word == "variant" else ("storeFormat",)))
    changed = {"status": "ACTIVE", "description": "of late", "updateTime": mocked.clock.now()}
    assert updated == {member: before[member] for member in kept} | changed
    assert get(omics, word) == before | changed
    assert call(omics, word, "update", name="mine")["description"] == "of late"
    assert call(omics, word, "update", name="mine", description="")["description"] == ""
    delete(omics, word)
    with pytest.raises(omics.exceptions.ValidationException, match="DELETING"):
        call(omics, word, "update", name="mine", description="too late")


@either
def test_stores_are_listed_newest_first_by_id_and_status_and_paged(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    used = any_reference(omics)
    ids = [create(omics, word, name=name, reference=used)["id"] for name in ("one", "two", "three")]
    mocked.lifecycle(f"{word}_store", "frozen")
    mocked.advance(ids[1], to="ACTIVE")

    def names(**params: Any) -> list[str]:
        return [store["name"] for store in stores(omics, word, **params)]

    assert names() == ["three", "two", "one"]
    assert names(ids=[ids[0], UNKNOWN, ids[2]]) == ["three", "one"]
    assert names(ids=[UNKNOWN]) == []
    assert names(filter={"status": "ACTIVE"}) == ["two"]
    assert names(filter={"status": "CREATING"}, ids=ids[:2]) == ["one"]
    lister: Any = f"list_{word}_stores"
    pages: Any = list(omics.get_paginator(lister).paginate(PaginationConfig={"PageSize": 1}))
    assert [[store["name"] for store in page[f"{word}Stores"]] for page in pages] == [["three"], ["two"], ["one"]]
    assert ["nextToken" in page for page in pages] == [True, True, False]
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        names(nextToken="garbage")


@either
def test_stores_and_jobs_are_known_in_their_own_account_and_region_only(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    started = start(omics, word, store=active(omics, word))
    for stranger in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
        unknown = stranger.exceptions.ResourceNotFoundException
        for verb in ("get", "update", "delete"):
            with pytest.raises(unknown, match=f"{word.capitalize()} store mine not found"):
                call(stranger, word, verb, name="mine")
        with pytest.raises(unknown, match=f"{word.capitalize()} store mine not found"):
            start(stranger, word)
        for verb in ("get", "cancel"):
            with pytest.raises(unknown, match=f"{word.capitalize()} import job {started} not found"):
                call(stranger, word, verb, "import_job", jobId=started)
        assert stores(stranger, word) == jobs(stranger, word) == []
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Any/Name not found"):
        call(omics, word, "get", name="Any/Name")
    for bad in ("", "garbage", UNKNOWN.upper()):
        with pytest.raises(omics.exceptions.ValidationException):
            job(omics, word, bad)


@either
def test_a_store_can_be_tagged_by_its_arn(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word, tags={"from": "create"})
    arn = get(omics, word)["storeArn"]
    omics.tag_resource(resourceArn=arn, tags={"and": "later"})
    assert get(omics, word)["tags"] == omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"from": "create", "and": "later"}
    omics.untag_resource(resourceArn=arn, tagKeys=["from"])
    assert get(omics, word)["tags"] == {"and": "later"}
    with pytest.raises(omics.exceptions.ValidationException, match="tags"):
        create(omics, word, name="other", tags={"aws:mine": ""})
    delete(omics, word)
    mocked.finish_all()
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_tags_for_resource(resourceArn=arn)


@pytest.mark.observed
@either
def test_new_customers_are_refused_if_the_test_wants_so(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    mocked.rules["analytics_closed"] = "closed"
    with pytest.raises(omics.exceptions.AccessDeniedException, match="Unable to determine service/operation name to be authorized"):
        create(omics, word, reference={"referenceArn": "arn:x"})
    assert stores(omics, word) == []


@either
def test_the_number_of_stores_is_limited_if_the_test_wants_so(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    used = any_reference(omics)
    for name in "abcdefghijkl":
        create(omics, word, name=name * 3, reference=used)
    mocked.quotas[f"Maximum {word} stores"] = 12
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match=f"Maximum {word} stores"):
        create(omics, word, reference=used)


# ---- how stores move -----------------------------------------------------------------------------------------------


@either
def test_a_store_moves_as_the_policy_of_its_kind_says(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    used = any_reference(omics)

    def polled(policy: Any, name: str, polls: int = 3) -> list[str]:
        mocked.lifecycle(f"{word}_store", policy)
        assert create(omics, word, name=name, reference=used)["status"] == "CREATING"
        return [get(omics, word, name)["status"] for _ in range(polls)]

    assert polled("observed", "observed") == ["CREATING", "ACTIVE", "ACTIVE"]
    assert polled("immediate", "immediate") == ["ACTIVE"] * 3
    assert polled("frozen", "frozen") == ["CREATING"] * 3
    assert polled(Manual(2), "manual") == ["CREATING", "CREATING", "ACTIVE"]
    assert polled(60, "timed") == ["CREATING"] * 3
    mocked.clock.advance(60)
    found = get(omics, word, "timed")
    assert (found["status"], found["updateTime"] - found["creationTime"]) == ("ACTIVE", timedelta(seconds=60))
    model = f"omics::{word}_store"
    with mock_omics():
        state_manager.set_transition(model, {"progression": "manual", "times": 3})
        try:
            create(omics, word, name="steered", reference=used)
            assert [get(omics, word, "steered")["status"] for _ in range(4)] == ["CREATING"] * 3 + ["ACTIVE"]
        finally:
            state_manager.unset_transition(model)


@either
def test_a_deleted_store_is_deleting_and_then_gone(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    active(omics, word)
    assert delete(omics, word) == {"status": "DELETING"}
    assert delete(omics, word) == {"status": "DELETING"}
    assert [store["name"] for store in stores(omics, word, filter={"status": "DELETING"})] == ["mine"]
    assert stores(omics, word) == []
    for verb in ("get", "delete"):
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            call(omics, word, verb, name="mine")
    mocked.lifecycle(f"{word}_store", "immediate")
    active(omics, word)
    assert delete(omics, word) == {"status": "DELETING"}
    assert stores(omics, word) == []
    mocked.lifecycle(f"{word}_store", 60)
    create(omics, word)
    mocked.clock.advance(60)
    delete(omics, word)
    mocked.clock.advance(59)
    assert get(omics, word)["status"] == "DELETING"
    mocked.clock.advance(1)
    assert stores(omics, word) == []
    mocked.lifecycle(f"{word}_store", "frozen")
    made = create(omics, word)
    mocked.advance(made["id"], to="ACTIVE")
    delete(omics, word)
    assert [get(omics, word)["status"] for _ in range(3)] == ["DELETING"] * 3
    mocked.advance(made["id"], to="DELETED")
    assert stores(omics, word) == []


@either
def test_a_store_that_is_being_created_is_deleted_by_force_only(omics: "OmicsClient", word: str) -> None:
    create(omics, word)
    with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
        delete(omics, word)
    assert delete(omics, word, force=True) == {"status": "DELETING"}
    waiter: Any = f"{word}_store_deleted"
    omics.get_waiter(waiter).wait(name="mine")


@either
def test_a_store_can_be_made_to_fail(omics: "OmicsClient", mocked: OmicsMock, word: str) -> None:
    create(omics, word)
    mocked.advance(get(omics, word)["storeArn"], to="ACTIVE")
    made = create(omics, word, name="bad")
    mocked.advance(made["id"], to="FAILED")
    found = get(omics, word, "bad")
    assert found["status"] == "FAILED"
    assert found["statusMessage"]
    waiter: Any = f"{word}_store_created"
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter(waiter).wait(name="bad")
    with pytest.raises(omics.exceptions.ValidationException, match="FAILED, not ACTIVE"):
        start(omics, word, store="bad")
    assert delete(omics, word, "bad")["status"] == "DELETING"
