"""Versions of annotation stores, as a client sees them."""

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock
from omics_mock.settings import Manual
from tests.support.analytics import GENERIC, active, create, ended, generic, job, start, version
from tests.support.sequences import data
from tests.support.storage import bucket
from tests.support.workflows import unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

OWN: Any = {"tsvVersionOptions": {"annotationType": "GENERIC", "schema": [{"only": "INT"}]}}
OF_STORE: Any = {"tsvVersionOptions": GENERIC["tsvStoreOptions"]}


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return generic(omics)


def answer(response: Any) -> Any:
    assert response.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return response


def get(omics: "OmicsClient", store: str, name: str) -> Any:
    return answer(omics.get_annotation_store_version(name=store, versionName=name))


def versions(omics: "OmicsClient", store: str, **params: Any) -> list[tuple[str, str]]:
    pages = omics.get_paginator("list_annotation_store_versions").paginate(name=store, **params)
    return [(found["versionName"], found["status"]) for page in pages for found in page["annotationStoreVersions"]]


def delete(omics: "OmicsClient", store: str, *names: str, **params: Any) -> Any:
    return answer(omics.delete_annotation_store_versions(name=store, versions=list(names), **params))["errors"]


# ---- the first version ---------------------------------------------------------------------------------------------


def test_a_store_comes_with_a_version_of_its_name_or_another(omics: "OmicsClient") -> None:
    made = create(
        omics, "annotation", storeFormat="TSV", storeOptions=GENERIC, description="of the store", tags={"of": "the store"}
    )
    assert made["versionName"] == "mine"
    first = get(omics, "mine", "mine")
    assert first == {
        "storeId": made["id"],
        "id": made["id"],
        "status": "CREATING",
        "versionArn": "arn:aws:omics:us-east-1:123456789012:annotationStore/mine/version/mine",
        "name": "mine",
        "versionName": "mine",
        "description": "",
        "creationTime": made["creationTime"],
        "updateTime": made["creationTime"],
        "tags": {},
        "versionOptions": OF_STORE,
        "statusMessage": "",
        "versionSizeBytes": 0,
    }
    assert create(omics, "annotation", name="other", versionName="first")["versionName"] == "first"
    assert "versionOptions" not in get(omics, "other", "first")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Annotation store version other/other not found"):
        get(omics, "other", "other")


def test_the_first_version_becomes_active_with_its_store(omics: "OmicsClient", mocked: OmicsMock) -> None:
    create(omics, "annotation", storeFormat="TSV", storeOptions=GENERIC)
    assert versions(omics, "mine") == [("mine", "CREATING")]
    assert (omics.get_annotation_store(name="mine")["status"], versions(omics, "mine")) == ("ACTIVE", [("mine", "ACTIVE")])
    mocked.lifecycle("annotation_store", "frozen")
    made = create(omics, "annotation", name="frozen", storeFormat="TSV", storeOptions=GENERIC)
    assert [get(omics, "frozen", "frozen")["status"] for _ in range(3)] == ["CREATING"] * 3
    mocked.advance(made["id"], to="ACTIVE")
    assert get(omics, "frozen", "frozen")["status"] == "ACTIVE"
    made = create(omics, "annotation", name="bad", storeFormat="TSV", storeOptions=GENERIC)
    mocked.advance(made["id"], to="FAILED")
    assert get(omics, "bad", "bad")["status"] == "FAILED"


def test_the_first_version_can_take_longer_than_its_store(omics: "OmicsClient", mocked: OmicsMock) -> None:
    mocked.lifecycle("annotation_store_version", "frozen")
    generic(omics)
    with pytest.raises(omics.exceptions.ValidationException, match="version mine/mine is CREATING, not ACTIVE"):
        start(omics, "annotation")
    mocked.advance(get(omics, "mine", "mine")["versionArn"], to="ACTIVE")
    start(omics, "annotation")
    mocked.lifecycle("annotation_store_version", 60)
    generic(omics, name="timed")
    assert get(omics, "timed", "timed")["status"] == "CREATING"
    mocked.clock.advance(60)
    assert get(omics, "timed", "timed")["status"] == "ACTIVE"


# ---- create, read, update ------------------------------------------------------------------------------------------


def test_a_version_shows_all_that_was_given(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    store_id = omics.get_annotation_store(name=store)["id"]
    params: Any = {"versionOptions": OWN, "description": "as told", "tags": {"team": "a"}}
    made = answer(omics.create_annotation_store_version(name=store, versionName="second", **params))
    created = {
        "id": made["id"],
        "storeId": store_id,
        "name": store,
        "versionName": "second",
        "status": "CREATING",
        "versionOptions": OWN,
        "creationTime": mocked.clock.now(),
    }
    assert made == created
    assert made["id"] != store_id
    found = get(omics, store, "second")
    assert found == created | params | {
        "updateTime": mocked.clock.now(),
        "versionArn": f"arn:aws:omics:us-east-1:123456789012:annotationStore/{store}/version/second",
        "statusMessage": "",
        "versionSizeBytes": 0,
    }
    item: Any = omics.list_annotation_store_versions(name=store)["annotationStoreVersions"][0]
    assert item.keys() == found.keys() - {"tags", "versionOptions"}
    assert omics.get_annotation_store(name=store)["numVersions"] == 2


def test_a_version_has_the_options_of_its_store_unless_it_has_its_own(omics: "OmicsClient", store: str) -> None:
    version(omics, store, "same")
    version(omics, store, "own", versionOptions=OWN)
    assert get(omics, store, "same")["versionOptions"] == OF_STORE
    bucket(contents={"numbers": b"1\n2\n", "rows": b"a\t1\t1\ttrue\n"})
    outcome = {
        (name, file): ended(omics, "annotation", start(omics, "annotation", file, versionName=name))["status"]
        for name in ("same", "own")
        for file in ("numbers", "rows")
    }
    assert outcome == {
        ("same", "numbers"): "FAILED",
        ("same", "rows"): "COMPLETED",
        ("own", "numbers"): "COMPLETED",
        ("own", "rows"): "FAILED",
    }


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"versionName": "Second"}, "versionName"),
        ({"versionName": "my-version"}, "versionName"),
        ({"name": "My-Store"}, "'name' failed to satisfy"),
        ({"versionOptions": {}}, "versionOptions"),
        ({"versionOptions": {"tsvVersionOptions": {"schema": [{}]}}}, "schema"),
        ({"versionOptions": {"tsvVersionOptions": {"schema": [{"a": "INT", "b": "INT"}]}}}, "schema"),
        ({"versionOptions": {"tsvVersionOptions": {"schema": [{"a": "INT"}, {"a": "INT"}]}}}, "named twice"),
        ({"versionOptions": {"tsvVersionOptions": {"formatToHeader": {"XX": "a"}}}}, "formatToHeader"),
        ({"tags": {"aws:mine": ""}}, "tags"),
        ({"name": "of_gff", "versionOptions": OWN}, "versionOptions: a version of a store of GFF files has none"),
    ],
)
def test_what_the_documentation_forbids_makes_no_version(omics: "OmicsClient", store: str, params: Any, message: str) -> None:
    if params.get("name") == "of_gff":
        active(omics, "annotation", name="of_gff")
    unchecked: Any = unchecked_client()
    with pytest.raises(unchecked.exceptions.ValidationException, match=message):
        unchecked.create_annotation_store_version(**{"name": store, "versionName": "second", **params})
    assert versions(omics, store) == [(store, "ACTIVE")]


def test_a_version_needs_a_store_that_is_active_and_a_name_of_its_own(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.lifecycle("annotation_store", "frozen")
    create(omics, "annotation", name="slow", storeFormat="TSV", storeOptions=GENERIC)
    with pytest.raises(omics.exceptions.ConflictException, match="Annotation store slow is CREATING, not ACTIVE"):
        omics.create_annotation_store_version(name="slow", versionName="second")
    for name in (store, version(omics, store, "second")):
        with pytest.raises(omics.exceptions.ConflictException, match=f"version {name} already exists in {store}"):
            omics.create_annotation_store_version(name=store, versionName=name)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Annotation store none not found"):
        omics.create_annotation_store_version(name="none", versionName="second")
    assert omics.get_annotation_store(name=store)["numVersions"] == 2


def test_the_number_of_versions_is_limited_if_the_test_wants_so(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.quotas["Maximum versions per annotation store"] = 2
    version(omics, store, "second")
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum versions per annotation store"):
        version(omics, store, "third")


def test_new_customers_make_no_versions_either(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.rules["analytics_closed"] = "closed"
    with pytest.raises(omics.exceptions.AccessDeniedException, match="Unable to determine service/operation"):
        version(omics, store, "second")


@pytest.mark.observed
def test_ids_of_versions_have_the_form_of_their_stores(omics: "OmicsClient", mocked: OmicsMock) -> None:
    mocked.rules["analytics_id_form"] = "hex12"
    name = generic(omics)
    version(omics, name, "second")
    assert [len(get(omics, name, each)[member]) for each in (name, "second") for member in ("id", "storeId")] == [12] * 4
    assert len(omics.update_annotation_store_version(name=name, versionName="second")["storeId"]) == 12
    assert omics.list_annotation_store_versions(name=name)["annotationStoreVersions"]


def test_an_update_changes_the_description_only(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    version(omics, store, "second", description="of old")
    before = get(omics, store, "second")
    mocked.clock.advance(60)
    updated = answer(omics.update_annotation_store_version(name=store, versionName="second", description="of late"))
    changed = {"description": "of late", "updateTime": mocked.clock.now()}
    assert get(omics, store, "second") == before | changed
    kept = ("storeId", "id", "status", "name", "versionName", "creationTime")
    assert updated == {member: before[member] for member in kept} | changed
    for missing, message in (("third", "Annotation store version mine/third not found"), ("a/b", "not found")):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=message):
            omics.update_annotation_store_version(name=store, versionName=missing)
    delete(omics, store, "second")
    with pytest.raises(omics.exceptions.ValidationException, match="DELETING"):
        omics.update_annotation_store_version(name=store, versionName="second")


def test_versions_are_listed_newest_first_by_status_and_paged(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    mocked.lifecycle("annotation_store_version", "frozen")
    for name in ("second", "third"):
        omics.create_annotation_store_version(name=store, versionName=name)
    generic(omics, name="other")
    listed = [("third", "CREATING"), ("second", "CREATING"), (store, "ACTIVE")]
    assert versions(omics, store) == listed
    assert versions(omics, store, PaginationConfig={"PageSize": 1}) == listed
    assert versions(omics, store, filter={"status": "ACTIVE"}) == listed[2:]
    assert versions(omics, store, filter={"status": "FAILED"}) == []
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Annotation store none not found"):
        versions(omics, "none")
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        omics.list_annotation_store_versions(name=store, nextToken="garbage")


@pytest.mark.documented
def test_a_version_has_tags_of_its_own(omics: "OmicsClient", store: str) -> None:
    version(omics, store, "second", tags={"from": "create"})
    arn = get(omics, store, "second")["versionArn"]
    omics.tag_resource(resourceArn=arn, tags={"and": "later"})
    assert get(omics, store, "second")["tags"] == {"from": "create", "and": "later"}
    assert omics.get_annotation_store(name=store)["tags"] == get(omics, store, store)["tags"] == {}
    for unknown in (arn.replace("second", "third"), arn.replace(f"Store/{store}", "Store/none")):
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            omics.list_tags_for_resource(resourceArn=unknown)


def test_a_version_moves_as_the_policy_of_its_kind_says(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    def polled(policy: Any, name: str) -> list[str]:
        mocked.lifecycle("annotation_store_version", policy)
        made = omics.create_annotation_store_version(name=store, versionName=name)
        return [made["status"], *(get(omics, store, name)["status"] for _ in range(3))]

    assert polled("observed", "observed") == ["CREATING", "CREATING", "ACTIVE", "ACTIVE"]
    assert polled("immediate", "immediate") == ["CREATING", "ACTIVE", "ACTIVE", "ACTIVE"]
    assert polled(Manual(2), "manual") == ["CREATING", "CREATING", "CREATING", "ACTIVE"]
    assert polled("frozen", "frozen") == ["CREATING"] * 4
    mocked.advance(get(omics, store, "frozen")["id"], to="FAILED")
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter("annotation_store_version_created").wait(name=store, versionName="frozen")
    assert get(omics, store, "frozen")["statusMessage"]


# ---- delete --------------------------------------------------------------------------------------------------------


def test_a_deleted_version_is_deleting_and_then_gone(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    version(omics, store, "second")
    assert delete(omics, store, "second", "second") == []
    assert delete(omics, store, "second") == []
    with pytest.raises(omics.exceptions.ConflictException, match="already exists"):
        version(omics, store, "second")
    assert omics.get_annotation_store(name=store)["numVersions"] == 2
    omics.get_waiter("annotation_store_version_deleted").wait(name=store, versionName="second")
    assert omics.get_annotation_store(name=store)["numVersions"] == 1
    assert delete(omics, store, store) == []
    mocked.finish_all()
    assert versions(omics, store) == []
    assert omics.get_annotation_store(name=store)["numVersions"] == 0


def test_versions_that_can_not_be_deleted_are_named_and_the_others_go(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    for name in ("second", "third"):
        version(omics, store, name)
    running = start(omics, "annotation", versionName="third")
    assert delete(omics, store, "my_version", "third", "second") == [
        {"versionName": "my_version", "message": "Version with versionName: my_version was not found."},
        {"versionName": "third", "message": "version has an inflight import running"},
    ]
    assert versions(omics, store) == [("third", "ACTIVE"), ("second", "DELETING"), (store, "ACTIVE")]
    assert delete(omics, store, "third", force=True) == []
    assert job(omics, "annotation", running)["status"] == "CANCELLED"
    mocked.finish_all()
    assert versions(omics, store) == [(store, "ACTIVE")]


def test_versions_of_a_store_that_is_not_active_stay(omics: "OmicsClient", mocked: OmicsMock) -> None:
    create(omics, "annotation", storeFormat="TSV", storeOptions=GENERIC)
    with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
        delete(omics, "mine", "mine")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Annotation store none not found"):
        delete(omics, "none", "mine")


@pytest.mark.documented
def test_one_to_ten_versions_are_deleted_at_a_time(omics: "OmicsClient", store: str) -> None:
    names = [f"version{number}" for number in range(11)]
    unchecked: Any = unchecked_client()
    for many in ([], names):
        with pytest.raises(unchecked.exceptions.ValidationException, match="versions"):
            delete(unchecked, store, *many)
    assert len(delete(omics, store, *names[1:])) == 10


# ---- import --------------------------------------------------------------------------------------------------------


def test_an_import_goes_into_the_version_that_is_named_else_the_first(omics: "OmicsClient") -> None:
    name = active(omics, "annotation", versionName="first")
    version(omics, name, "second")
    bucket("gff_file.gff")
    size = len(data("gff_file.gff"))
    for target, named in (("first", {}), ("second", {"versionName": "second"}), ("second", {"versionName": "second"})):
        assert ended(omics, "annotation", start(omics, "annotation", "gff_file.gff", **named))["versionName"] == target
    sizes = [get(omics, name, each)["versionSizeBytes"] for each in ("first", "second")]
    assert sizes == [size, 2 * size]
    assert omics.get_annotation_store(name=name)["storeSizeBytes"] == 3 * size
    delete(omics, name, "second")
    omics.get_waiter("annotation_store_version_deleted").wait(name=name, versionName="second")
    assert omics.get_annotation_store(name=name)["storeSizeBytes"] == size


def test_without_the_first_version_an_import_goes_into_the_only_one(omics: "OmicsClient", mocked: OmicsMock, store: str) -> None:
    for name in ("second", "third"):
        version(omics, store, name)
    delete(omics, store, store)
    with pytest.raises(omics.exceptions.ValidationException, match="DELETING"):
        start(omics, "annotation")
    mocked.finish_all()
    with pytest.raises(omics.exceptions.ValidationException, match="versionName must be specified"):
        start(omics, "annotation")
    delete(omics, store, "third")
    mocked.finish_all()
    assert job(omics, "annotation", start(omics, "annotation"))["versionName"] == "second"
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Annotation store version mine/third not found"):
        start(omics, "annotation", versionName="third")
    omics.create_annotation_store_version(name=store, versionName="fourth")
    with pytest.raises(omics.exceptions.ValidationException, match="CREATING"):
        start(omics, "annotation", versionName="fourth")
