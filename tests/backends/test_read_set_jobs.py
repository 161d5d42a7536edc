"""Jobs that import, activate and export read sets, as a client sees them."""

import gzip
import json
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import WaiterError
from moto.moto_api import state_manager

from omics_mock import OmicsMock, mock_omics
from omics_mock.clock import milliseconds
from omics_mock.settings import Manual
from tests.support.sequences import data
from tests.support.storage import (
    BUCKET,
    bucket,
    imported,
    objects,
    read_sets,
    reference,
    sequence_store,
    source,
    start_import,
    uploaded,
    uri,
)
from tests.support.workflows import ROLE, client, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

KINDS = ("import", "activation", "export")
UNKNOWN = "1234567890"
LINE = ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]


def start(omics: "OmicsClient", kind: str, store: str, *read_sets: str, **params: Any) -> Any:
    """The answer to the start of a job; an import is of one FASTQ file."""
    sources: Any = [{"readSetId": read_set} for read_set in read_sets]
    match kind:
        case "import":
            own = {"roleArn": ROLE, "sources": [source("r1.fq")]}
        case "activation":
            own = {"sources": sources}
        case _:
            own = {"roleArn": ROLE, "sources": sources, "destination": "s3://results/"}
    return getattr(omics, f"start_read_set_{kind}_job")(**{"sequenceStoreId": store, **own, **params})


def get(omics: "OmicsClient", kind: str, store: str, job: str) -> Any:
    return getattr(omics, f"get_read_set_{kind}_job")(sequenceStoreId=store, id=job)


def listed(omics: "OmicsClient", kind: str, store: str, **params: Any) -> Any:
    return getattr(omics, f"list_read_set_{kind}_jobs")(sequenceStoreId=store, **params)[f"{kind}Jobs"]


def ended(omics: "OmicsClient", kind: str, store: str, job: str) -> Any:
    """A job at its end, and what came of its items."""
    for _ in LINE:
        found = get(omics, kind, store, job)
    return found


def items(found: Any) -> Any:
    return found["sources"] if "sources" in found else found["readSets"]


def said(omics: "OmicsClient", kind: str, store: str, job: str) -> list[tuple[str, str | None]]:
    return [(item["status"], item.get("statusMessage")) for item in items(ended(omics, kind, store, job))]


def files_of(omics: "OmicsClient", store: str, read_set: str) -> Any:
    found: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]
    return {member: file["s3Access"]["s3Uri"].rpartition("/")[2] for member, file in found.items()}


@pytest.fixture
def store(omics: "OmicsClient") -> str:
    return sequence_store(omics)


@pytest.fixture
def archived(mocked: OmicsMock, omics: "OmicsClient", store: str) -> str:
    read_set = imported(omics, store)
    mocked.advance(read_set, to="ARCHIVED")
    return read_set


# ---- what all jobs have in common ----------------------------------------------------------------------------------


@pytest.mark.observed
@pytest.mark.parametrize("kind", KINDS)
def test_start_answers_what_the_documentation_lists(omics: "OmicsClient", store: str, kind: str) -> None:
    made = start(omics, kind, store, UNKNOWN)
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    own = {"import": {"roleArn": ROLE}, "activation": {}, "export": {"destination": "s3://results/"}}[kind]
    common = {"id": made["id"], "sequenceStoreId": store, "status": "SUBMITTED", "creationTime": made["creationTime"]}
    assert made == common | own
    assert len(made["id"]) == 10
    assert made["id"].isdecimal()


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_takes_one_step_per_poll_and_its_items_go_with_it(omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    job = start(omics, kind, store, imported(omics, store))["id"]
    seen = [get(omics, kind, store, job) for _ in range(4)]
    assert [(found["status"], found["statusMessage"]) for found in seen] == [
        ("SUBMITTED", "The job is submitted and will start soon."),
        ("IN_PROGRESS", "The job is currently in progress."),
        ("COMPLETED", "The job completed successfully."),
        ("COMPLETED", "The job completed successfully."),
    ]
    assert [items(found)[0]["status"] for found in seen] == ["NOT_STARTED", "IN_PROGRESS", "FINISHED", "FINISHED"]
    assert [items(found)[0]["statusMessage"] for found in seen[:2]] == [
        "The source is queued for the job.",
        "The source job is currently in progress.",
    ]
    assert ["completionTime" in found for found in seen] == [False, False, True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_lists_say_less_than_get_and_move_jobs_on_as_well(omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    start(omics, kind, store, imported(omics, store))
    seen = [listed(omics, kind, store)[-1] for _ in LINE]
    assert [found["status"] for found in seen] == LINE
    own = {"import": {"roleArn"}, "activation": set(), "export": {"destination"}}[kind]
    assert seen[0].keys() == {"id", "sequenceStoreId", "status", "creationTime"} | own
    assert seen[-1].keys() == seen[0].keys() | {"completionTime"}


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_are_filtered_by_status_and_time_bounds_inclusive(
    mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str
) -> None:
    jobs = []
    for _ in range(3):
        jobs.append(start(omics, kind, store, UNKNOWN))
        mocked.clock.advance(60)
    mocked.advance(jobs[1]["id"], to="IN_PROGRESS")
    mocked.lifecycle(f"read_set_{kind}_job", "frozen")
    first, second, third = (job["id"] for job in jobs)
    middle = jobs[1]["creationTime"]
    moment = timedelta(microseconds=1)

    def found(**wanted: Any) -> list[str]:
        return [job["id"] for job in listed(omics, kind, store, filter=wanted)]

    assert found() == [first, second, third]
    assert found(status="SUBMITTED") == [first, third]
    assert found(status="IN_PROGRESS", createdAfter=middle, createdBefore=middle) == [second]
    assert found(status="COMPLETED") == []
    assert found(createdAfter=middle) == [second, third]
    assert found(createdAfter=middle + moment) == [third]
    assert found(createdBefore=middle) == [first, second]
    assert found(createdBefore=middle - moment) == [first]


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_are_paged_in_order_of_creation(omics: "OmicsClient", store: str, kind: str) -> None:
    jobs = [start(omics, kind, store, UNKNOWN)["id"] for _ in range(3)]
    name: Any = f"list_read_set_{kind}_jobs"
    pages = list(omics.get_paginator(name).paginate(sequenceStoreId=store, PaginationConfig={"PageSize": 1}))
    assert [[job["id"] for job in page[f"{kind}Jobs"]] for page in pages] == [[job] for job in jobs]
    assert ["nextToken" in page for page in pages] == [True, True, False]
    with pytest.raises(omics.exceptions.ValidationException, match="nextToken"):
        listed(omics, kind, store, nextToken="garbage")


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_is_known_in_its_own_store_account_and_region_only(
    mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str
) -> None:
    other = sequence_store(omics)
    job = start(omics, kind, store, UNKNOWN)["id"]
    refused = omics.exceptions.ResourceNotFoundException
    for elsewhere, known in ((other, job), (store, UNKNOWN)):
        with pytest.raises(refused, match=f"Read set {kind} job {known} not found"):
            get(omics, kind, elsewhere, known)
    assert listed(omics, kind, other) == []
    strangers = (mocked.client(region="eu-west-1"), mocked.client(account="210987654321"))
    for stranger, unknown in ((omics, UNKNOWN), *((stranger, store) for stranger in strangers)):
        for use in (lambda *ids: get(*ids, job), listed, lambda *ids: start(*ids, UNKNOWN)):
            with pytest.raises(stranger.exceptions.ResourceNotFoundException, match=f"Sequence store {unknown} not found"):
                use(stranger, kind, unknown)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_token_starts_one_job_and_answers_as_before(omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    read_set = imported(omics, store)
    before = len(listed(omics, kind, store))
    first = start(omics, kind, store, read_set, clientToken="once")
    assert ended(omics, kind, store, first["id"])["status"] == "COMPLETED"
    again = start(omics, kind, store, read_set, clientToken="once")
    assert (again["id"], again["status"], again["creationTime"]) == (first["id"], "SUBMITTED", first["creationTime"])
    assert len(listed(omics, kind, store)) == before + 1
    assert len(read_sets(omics, store)) == (2 if kind == "import" else 1)
    other = sequence_store(omics)
    assert start(omics, kind, other, read_set, clientToken="once")["id"] != first["id"]
    changed: Any = {"sources": [source("r1.fq", name="other")] if kind == "import" else [{"readSetId": UNKNOWN}]}
    with pytest.raises(omics.exceptions.ValidationException, match="clientToken"):
        start(omics, kind, store, read_set, clientToken="once", **changed)


@pytest.mark.parametrize(
    ("kind", "quota"),
    [
        ("import", "Maximum concurrent sequence or reference store import jobs"),
        ("activation", "Maximum concurrent read set activation jobs"),
        ("export", "Maximum concurrent sequence and reference store export jobs"),
    ],
)
def test_jobs_under_way_can_be_limited_in_an_account(mocked: OmicsMock, omics: "OmicsClient", kind: str, quota: str) -> None:
    stores = [sequence_store(omics), sequence_store(omics)]
    mocked.quotas[quota] = 2
    job, _ = (start(omics, kind, store, UNKNOWN)["id"] for store in stores)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match=quota):
        start(omics, kind, stores[0], UNKNOWN)
    ended(omics, kind, stores[0], job)
    start(omics, kind, stores[0], UNKNOWN)


def test_a_store_that_is_not_ready_takes_no_job(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("sequence_store", "frozen")
    store = sequence_store(omics)
    for kind in KINDS:
        with pytest.raises(omics.exceptions.ValidationException, match="CREATING"):
            start(omics, kind, store, UNKNOWN)


# ---- how they move -------------------------------------------------------------------------------------------------


def seen(omics: "OmicsClient", kind: str, store: str, job: str, polls: int = 4) -> list[str]:
    return [get(omics, kind, store, job)["status"] for _ in range(polls)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_moves_as_the_policy_of_its_kind_says(mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    bucket(name="results")
    read_set = imported(omics, store)
    name = f"read_set_{kind}_job"

    def polled(policy: Any) -> list[str]:
        mocked.lifecycle(name, policy)
        return seen(omics, kind, store, start(omics, kind, store, read_set)["id"])

    assert polled("observed") == [*LINE, "COMPLETED"]
    assert polled("immediate") == ["COMPLETED"] * 4
    assert polled("frozen") == ["SUBMITTED"] * 4
    assert polled(Manual(2)) == ["SUBMITTED", "SUBMITTED", "IN_PROGRESS", "IN_PROGRESS"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_can_take_as_long_as_a_test_wants(mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    read_set = imported(omics, store)
    mocked.lifecycle(f"read_set_{kind}_job", 60)
    made = start(omics, kind, store, read_set)
    assert seen(omics, kind, store, made["id"]) == ["SUBMITTED"] * 4
    mocked.clock.advance(30)
    assert seen(omics, kind, store, made["id"]) == ["IN_PROGRESS"] * 4
    mocked.clock.advance(100)
    found = get(omics, kind, store, made["id"])
    assert found["status"] == "COMPLETED"
    assert found["completionTime"] - made["creationTime"] == timedelta(seconds=60)


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_is_moved_by_hand(mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    read_set = imported(omics, store)
    mocked.lifecycle(f"read_set_{kind}_job", "frozen")
    job = start(omics, kind, store, read_set)["id"]
    mocked.advance(job, to="IN_PROGRESS")
    assert seen(omics, kind, store, job, 2) == ["IN_PROGRESS"] * 2
    mocked.advance(job, to="COMPLETED")
    assert seen(omics, kind, store, job, 2) == ["COMPLETED"] * 2
    mocked.lifecycle(f"read_set_{kind}_job", "observed")
    jobs = [start(omics, kind, store, read_set)["id"] for _ in range(3)]
    mocked.finish_all()
    assert {get(omics, kind, store, job)["status"] for job in jobs} == {"COMPLETED"}


def test_the_state_manager_of_moto_steers_jobs(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    read_set = imported(omics, store)
    for kind in KINDS:
        model = f"omics::read_set_{kind}_job"
        try:
            state_manager.set_transition(model, {"progression": "manual", "times": 2})
            job = start(omics, kind, store, read_set)["id"]
            assert seen(omics, kind, store, job) == ["SUBMITTED", "SUBMITTED", "IN_PROGRESS", "IN_PROGRESS"]
            state_manager.set_transition(model, {"progression": "immediate"})
            assert seen(omics, kind, store, start(omics, kind, store, read_set)["id"], 1) == ["COMPLETED"]
        finally:
            state_manager.unset_transition(model)


def test_waiters_end_without_sleeping(omics: "OmicsClient", store: str, archived: str) -> None:
    bucket("r1.fq")
    jobs = {kind: start(omics, kind, store, archived)["id"] for kind in KINDS}
    for kind, job in jobs.items():
        name: Any = f"read_set_{kind}_job_completed"
        omics.get_waiter(name).wait(sequenceStoreId=store, id=job)


@pytest.mark.parametrize("kind", KINDS)
def test_a_waiter_raises_for_a_job_that_did_not_do_all(omics: "OmicsClient", store: str, kind: str) -> None:
    bucket("r1.fq")
    good = imported(omics, store)
    name: Any = f"read_set_{kind}_job_completed"
    some: Any = {"sources": [source("r1.fq"), source("gone.fq")]} if kind == "import" else {}
    none: Any = {"sources": [source("gone.fq"), source("gone.fq")]} if kind == "import" else {}
    partly, not_at_all = start(omics, kind, store, good, UNKNOWN, **some)["id"], start(omics, kind, store, UNKNOWN, **none)["id"]
    with pytest.raises(WaiterError, match="COMPLETED_WITH_FAILURES"):
        omics.get_waiter(name).wait(sequenceStoreId=store, id=partly)
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter(name).wait(sequenceStoreId=store, id=not_at_all)
    found = get(omics, kind, store, partly)
    assert (found["status"], [item["status"] for item in items(found)]) == ("COMPLETED_WITH_FAILURES", ["FINISHED", "FAILED"])
    assert found["statusMessage"]
    found = get(omics, kind, store, not_at_all)
    assert (found["status"], {item["status"] for item in items(found)}) == ("FAILED", {"FAILED"})
    assert found["statusMessage"]
    assert "completionTime" in found


# ---- import --------------------------------------------------------------------------------------------------------


@pytest.mark.observed
@pytest.mark.operation("GetReadSetMetadata.creationJobId")
def test_an_import_makes_an_active_read_set_of_each_source(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq", "r2.fq")
    described: Any = {"generatedFrom": "a sequencer", "description": "as told", "tags": {"team": "a"}}
    job = start_import(omics, store, source("r1.fq", "r2.fq", **described), source("r2.fq"))
    before: Any = omics.get_read_set_import_job(sequenceStoreId=store, id=job)["sources"]
    assert before[0] == {
        "sourceFiles": {"source1": uri("r1.fq"), "source2": uri("r2.fq")},
        "sourceFileType": "FASTQ",
        "status": "NOT_STARTED",
        "statusMessage": "The source is queued for the job.",
        "subjectId": "subject",
        "sampleId": "sample",
        "name": "r1.fq",
        **described,
        "tags": {"team": "a", "aws:omics:sampleId": "sample", "aws:omics:subjectId": "subject"},
    }
    assert read_sets(omics, store) == []
    after: Any = ended(omics, "import", store, job)["sources"]
    first, second = (item["readSetId"] for item in after)
    assert after[0] == {name: value for name, value in before[0].items() if name != "statusMessage"} | {
        "status": "FINISHED",
        "readSetId": first,
    }
    assert read_sets(omics, store) == [first, second]
    found: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=first)
    assert (found["status"], found["creationType"], found["creationJobId"]) == ("ACTIVE", "IMPORT", job)
    assert found["creationTime"] == milliseconds(mocked.clock.now())


@pytest.mark.documented
@pytest.mark.parametrize(
    ("files", "file_type", "kept"),
    [
        (["r1.fq"], "FASTQ", {"source1": "r1.fq"}),
        (["example.fastq.gz"], "FASTQ", {"source1": "example.fastq.gz"}),
        (["r1.fq", "r2.fq"], "FASTQ", {"source1": "r1.fq", "source2": "r2.fq"}),
        (["range.bam"], "UBAM", {"source1": "range.bam"}),
        (["range.bam"], "BAM", {"source1": "range.bam", "index": "range.bam.bai"}),
        (["range.cram"], "CRAM", {"source1": "range.cram", "index": "range.cram.crai"}),
    ],
    ids=["FASTQ", "FASTQ in gzip", "FASTQ in a pair", "UBAM", "BAM", "CRAM"],
)
def test_every_type_of_file_is_imported_with_the_files_it_has(
    omics: "OmicsClient", store: str, files: list[str], file_type: str, kept: dict[str, str]
) -> None:
    aligned = {"referenceArn": reference(omics)} if file_type in ("BAM", "CRAM") else {}
    read_set = imported(omics, store, *files, sourceFileType=file_type, **aligned)
    assert files_of(omics, store, read_set) == kept
    found = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    assert found["fileType"] == file_type
    assert found.get("referenceArn") == aligned.get("referenceArn")
    for number, file in enumerate(files, 1):
        name: Any = f"SOURCE{number}"
        assert omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1, file=name)["payload"].read() == data(file)


@pytest.mark.parametrize(
    ("sources", "kept"),
    [
        (["1/r.fastq.gz", "2/r.fastq.gz"], ["r_source1.fastq.gz", "r_source2.fastq.gz"]),
        (["1/r.fq.gz", "2/r.fq.gz"], ["r_source1.fq.gz", "r_source2.fq.gz"]),
        (["1/r.fq", "2/r.fq"], ["r_source1.fq", "r_source2.fq"]),
        (["1/r", "2/r"], ["r_source1", "r_source2"]),
        (["a/r_1.fastq.gz", "b/r_2.fastq.gz"], ["r_1.fastq.gz", "r_2.fastq.gz"]),
    ],
)
def test_two_sources_of_one_name_are_numbered(omics: "OmicsClient", store: str, sources: list[str], kept: list[str]) -> None:
    bucket(contents=dict(zip(sources, (data("r1.fq"), data("r2.fq")), strict=True)))
    job = start_import(omics, store, source(*sources))
    assert ended(omics, "import", store, job)["status"] == "COMPLETED"
    assert list(files_of(omics, store, read_sets(omics, store)[0]).values()) == kept


def test_a_source_can_go_without_a_name(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    nameless = source("r1.fq")
    del nameless["name"]
    job = start_import(omics, store, nameless)
    assert "name" not in ended(omics, "import", store, job)["sources"][0]
    [found] = omics.list_read_sets(sequenceStoreId=store)["readSets"]
    assert "name" not in found


def test_tags_of_a_source_go_to_its_read_set_with_those_of_the_service(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store, tags={"team": "a"})
    found = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    tags = omics.list_tags_for_resource(resourceArn=found["arn"])["tags"]
    assert tags == {"team": "a", "aws:omics:sampleId": "sample", "aws:omics:subjectId": "subject"}
    assert "tags" not in found
    assert "tags" not in omics.list_read_sets(sequenceStoreId=store)["readSets"][0]


def test_the_tags_of_the_service_do_not_count(omics: "OmicsClient", store: str) -> None:
    full = {f"key{number}": "" for number in range(50)}
    read_set = imported(omics, store, tags=full)
    arn = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["arn"]
    assert len(omics.list_tags_for_resource(resourceArn=arn)["tags"]) == 52


def test_a_source_that_breaks_a_rule_is_refused_by_its_number_and_nothing_starts(omics: "OmicsClient", store: str) -> None:
    unchecked = unchecked_client()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"sourceFileType": "BAM"}, "referenceArn must be specified for BAM"),
        ({"sourceFileType": "CRAM"}, "referenceArn must be specified for CRAM"),
        ({"tags": {f"key{number}": "" for number in range(51)}}, "50 tags"),
        ({"tags": {"aws:team": "a"}}, "aws:"),
        ({"sourceFiles": {"source1": "s3://reads"}}, "source1"),
        ({"sourceFiles": {"source1": "reads/r1.fq"}}, "source1"),
        ({"sourceFileType": "VCF"}, "sourceFileType"),
        ({"name": ""}, "name"),
        ({"description": "d" * 256}, "description"),
        ({"subjectId": "s" * 128}, "subjectId"),
        ({"sampleId": "tab\t"}, "sampleId"),
        ({"referenceArn": "reference"}, "referenceArn"),
    ]
    for changes, message in cases:
        with pytest.raises(unchecked.exceptions.ValidationException, match=message) as caught:
            start_import(unchecked, store, source("r1.fq"), source("r1.fq", **changes))
        assert "sources.2.member" in str(caught.value)
    assert listed(omics, "import", store) == []


def test_only_fastq_comes_in_pairs(omics: "OmicsClient", store: str) -> None:
    for file_type in ("BAM", "CRAM", "UBAM"):
        pair = source("1.bam", "2.bam", sourceFileType=file_type, referenceArn="arn:aws:omics:us-east-1:123456789012:reference")
        with pytest.raises(omics.exceptions.ValidationException, match=r"sources\.1\.member\.sourceFiles\.source2: only FASTQ"):
            start_import(omics, store, pair)


@pytest.mark.model
def test_one_job_imports_up_to_a_hundred_sources(omics: "OmicsClient", store: str) -> None:
    sources = [source(f"{number}.fq", sourceFiles={"source1": f"s3://unknown/{number}"}) for number in range(101)]
    with pytest.raises(omics.exceptions.ValidationException, match="sources"):
        start_import(omics, store, *sources)
    job = start_import(omics, store, *sources[:100])
    found = ended(omics, "import", store, job)
    assert [item["name"] for item in found["sources"]] == [f"{number}.fq" for number in range(100)]
    assert len(read_sets(omics, store)) == 100


@pytest.mark.model
def test_an_import_without_sources_is_refused(store: str) -> None:
    unchecked = unchecked_client()
    with pytest.raises(unchecked.exceptions.ValidationException, match="sources"):
        start_import(unchecked, store)


def test_a_source_fails_whose_reference_is_not_of_this_account_and_region(omics: "OmicsClient", store: str) -> None:
    bucket("range.bam", "range.cram", "r1.fq")
    arn = reference(omics, "nucleotide_lib.fa")
    store_arn, _, reference_id = arn.partition("/reference/")
    wrong = [
        f"{store_arn}/reference/{UNKNOWN}",
        store_arn,
        f"arn:aws:omics:us-east-1:123456789012:referenceStore/{UNKNOWN}/reference/{reference_id}",
        arn.replace("123456789012", "210987654321"),
        arn.replace("us-east-1", "eu-west-1"),
        f"arn:of:something/{reference_id}",
    ]
    files = {"BAM": "range.bam", "CRAM": "range.cram", "UBAM": "range.bam", "FASTQ": "r1.fq"}
    sources = [source(file, sourceFileType=kind, referenceArn=arn) for kind, file in files.items() for arn in wrong]
    job = start_import(omics, store, *sources)
    assert set(said(omics, "import", store, job)) == {("FAILED", "The reference does not exist in this account and region")}
    assert read_sets(omics, store) == []


def test_a_source_fails_whose_files_are_not_what_they_should_be(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq", name="abroad", region="eu-west-1")
    bucket("r1.fq", "range.bam", "error_trunc_at_qual.fastq")
    made = {"text.fq": b"no reads at all", "empty.fq": b"", "cut.bam": data("range.bam")[:-28], "one.fq": b"@r1\nA\n+\nI\n"}
    bucket(contents=made)
    failing = [
        (source("gone.fq"), "does not exist"),
        (source("r1.fq", "gone.fq"), "does not exist"),
        (source("r1.fq", sourceFiles={"source1": "s3://abroad/r1.fq"}), "not located in us-east-1"),
        (source("text.fq"), "FASTQ"),
        (source("empty.fq"), "no reads"),
        (source("error_trunc_at_qual.fastq"), "quality"),
        (source("range.bam", sourceFileType="FASTQ"), "FASTQ"),
        (source("r1.fq", "one.fq"), "number of reads"),
        (source("r1.fq", sourceFileType="UBAM"), "not in BAM format"),
        (source("cut.bam", sourceFileType="UBAM"), "cut off"),
    ]
    job = start_import(omics, store, source("r1.fq"), *(bad for bad, _ in failing))
    found = ended(omics, "import", store, job)
    assert found["status"] == "COMPLETED_WITH_FAILURES"
    assert [item["status"] for item in found["sources"]] == ["FINISHED"] + ["FAILED"] * len(failing)
    for item, (_, message) in zip(found["sources"][1:], failing, strict=True):
        assert message in item["statusMessage"]
        assert "readSetId" not in item
    assert len(read_sets(omics, store)) == 1


def test_a_bucket_that_nobody_made_holds_a_sample_of_any_type(omics: "OmicsClient", store: str) -> None:
    arn = reference(omics, "nucleotide_lib.fa")
    sources = [
        source(name, sourceFiles={"source1": f"s3://never-made/{name}"}, sourceFileType=name.partition(".")[0], referenceArn=arn)
        for name in ("FASTQ", "UBAM", "BAM", "CRAM", "FASTQ.again")
    ]
    job = start_import(omics, store, *sources)
    assert said(omics, "import", store, job) == [("FINISHED", None)] * 5
    bodies = [
        omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read()
        for read_set in read_sets(omics, store)
    ]
    assert gzip.decompress(bodies[0]).startswith(b"@")
    assert len(set(bodies)) == 5


def test_the_same_sample_is_found_every_time(omics: "OmicsClient", store: str) -> None:
    pair = source("r", sourceFiles={"source1": "s3://never-made/1.fastq.gz", "source2": "s3://never-made/2.fastq.gz"})
    for _ in range(2):
        assert said(omics, "import", store, start_import(omics, store, pair)) == [("FINISHED", None)]
    first, second = (read_set["etag"] for read_set in omics.list_read_sets(sequenceStoreId=store)["readSets"])
    assert first == second


def test_what_is_imported_is_what_the_bucket_held_when_the_job_started(omics: "OmicsClient", store: str) -> None:
    bucket("r1.fq")
    job = start_import(omics, store, source("r1.fq"))
    bucket(contents={"r1.fq": b"overwritten"})
    assert said(omics, "import", store, job) == [("FINISHED", None)]


def test_a_role_has_to_be_one_of_the_account_that_trusts_the_service(omics: "OmicsClient", store: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = boto3.client("iam", region_name="us-east-1")
    ec2 = iam.create_role(RoleName="ec2", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    for arn in ("arn:aws:iam::210987654321:role/omics", "arn:aws:iam::123456789012:user/omics", "arn:aws:s3:::reads/role", ec2):
        for kind in ("import", "export"):
            with pytest.raises(omics.exceptions.ValidationException, match="IAM role is invalid or inaccessible"):
                start(omics, kind, store, UNKNOWN, roleArn=arn)
            assert listed(omics, kind, store) == []


def trusted_role() -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": "omics.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = boto3.client("iam", region_name="us-east-1")
    return str(iam.create_role(RoleName="omics", AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def test_a_strict_mock_wants_role_and_buckets_to_exist_and_fastq_to_be_compressed() -> None:
    with mock_omics(strict=True):
        omics = client()
        store = sequence_store(omics)
        bucket("r1.fq", "example.fastq.gz")
        for kind in ("import", "export"):
            with pytest.raises(omics.exceptions.ValidationException, match="IAM role is invalid or inaccessible"):
                start(omics, kind, store, UNKNOWN)
        trusted_role()
        unknown = source("r1.fq", sourceFiles={"source1": "s3://never-made/r1.fq"})
        job = start_import(omics, store, source("r1.fq"), unknown, source("example.fastq.gz"))
        assert [status for status, _ in said(omics, "import", store, job)] == ["FAILED", "FAILED", "FINISHED"]
        [read_set] = read_sets(omics, store)
        [(status, message)] = said(omics, "export", store, start(omics, "export", store, read_set)["id"])
        assert (status, message) == ("FAILED", "The bucket of the destination does not exist or is not accessible.")


def test_a_strict_mock_wants_one_reference_for_all_aligned_read_sets_of_a_store() -> None:
    with mock_omics(strict=True):
        trusted_role()
        omics = client()
        store, other_store = sequence_store(omics), sequence_store(omics)
        one, other = reference(omics), reference(omics, "nucleotide_lib.fa")
        bucket("range.bam", "example.fastq.gz")
        aligned = [source("range.bam", referenceArn=arn) for arn in (one, other)]
        # What is not aligned does not count.
        imported(omics, store, "example.fastq.gz", referenceArn=other)
        with pytest.raises(omics.exceptions.ValidationException, match=r"sources\.2\.member\.referenceArn: .* one reference"):
            start_import(omics, store, *aligned)
        start_import(omics, store, aligned[0], aligned[0], source("example.fastq.gz", referenceArn=other))
        mock = OmicsMock.current()
        mock.finish_all()
        with pytest.raises(omics.exceptions.ValidationException, match=r"sources\.1\.member\.referenceArn: .* one reference"):
            start_import(omics, store, aligned[1])
        with pytest.raises(omics.exceptions.ValidationException, match="referenceArn: .* one reference"):
            omics.create_multipart_read_set_upload(
                sequenceStoreId=store, sourceFileType="BAM", subjectId="s", sampleId="s", name="n", referenceArn=other
            )
        start_import(omics, other_store, aligned[1])


def test_aligned_read_sets_of_a_store_may_have_several_references_otherwise(omics: "OmicsClient", store: str) -> None:
    one, other = reference(omics), reference(omics, "nucleotide_lib.fa")
    bucket("range.bam")
    job = start_import(omics, store, *(source("range.bam", referenceArn=arn) for arn in (one, other)))
    assert said(omics, "import", store, job) == [("FINISHED", None)] * 2


def test_the_read_sets_of_a_store_can_be_limited(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    mocked.quotas["Maximum read sets per sequence store"] = 2
    imported(omics, store)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="read sets per sequence store"):
        start_import(omics, store, source("r1.fq"), source("r1.fq"))
    imported(omics, store)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException):
        start_import(omics, store, source("r1.fq"))
    imported(omics, sequence_store(omics))


# ---- activation ----------------------------------------------------------------------------------------------------


def status(omics: "OmicsClient", store: str, read_set: str) -> str:
    return omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["status"]


def test_activation_brings_a_read_set_back_as_it_was(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store, "r1.fq", "r2.fq")
    before: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    mocked.advance(read_set, to="ARCHIVED")
    archived: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    job = start(omics, "activation", store, read_set)["id"]
    seen = []
    for _ in LINE:
        found = get(omics, "activation", store, job)
        seen.append((found["status"], status(omics, store, read_set)))
    assert seen == [("SUBMITTED", "ACTIVATING"), ("IN_PROGRESS", "ACTIVE"), ("COMPLETED", "ACTIVE")]
    after: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    for found in (before, archived, after):
        del found["ResponseMetadata"]
    assert archived == before | {"status": "ARCHIVED"}
    assert after == before
    assert omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read() == data("r1.fq")
    [item] = get(omics, "activation", store, job)["sources"]
    assert item == {"readSetId": read_set, "status": "FINISHED"}


@pytest.mark.documented
def test_what_is_not_used_for_thirty_days_is_archived(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    made = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["creationTime"]
    mocked.clock.advance(made + timedelta(days=30) - mocked.clock.now() - timedelta(milliseconds=1))
    assert status(omics, store, read_set) == "ACTIVE"
    mocked.clock.advance(timedelta(milliseconds=2))
    assert status(omics, store, read_set) == "ARCHIVED"
    job = start(omics, "activation", store, read_set)["id"]
    assert ended(omics, "activation", store, job)["status"] == "COMPLETED"
    mocked.clock.advance(timedelta(days=29))
    assert status(omics, store, read_set) == "ACTIVE"
    mocked.clock.advance(timedelta(days=1))
    assert status(omics, store, read_set) == "ARCHIVED"


NO_NEED = "No activation needed as read set is already in ACTIVATING or ACTIVE state."


@pytest.mark.observed
def test_what_is_active_needs_no_activation(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    job = start(omics, "activation", store, read_set)["id"]
    assert said(omics, "activation", store, job) == [("FINISHED", NO_NEED)]
    assert get(omics, "activation", store, job)["status"] == "COMPLETED"
    assert status(omics, store, read_set) == "ACTIVE"


@pytest.mark.observed
def test_what_another_job_is_activating_needs_no_activation(
    mocked: OmicsMock, omics: "OmicsClient", store: str, archived: str
) -> None:
    mocked.lifecycle("read_set_activation_job", "frozen")
    first, second = (start(omics, "activation", store, archived)["id"] for _ in range(2))
    mocked.advance(first, to="IN_PROGRESS")
    assert status(omics, store, archived) == "ACTIVATING"
    mocked.advance(second, to="COMPLETED")
    assert get(omics, "activation", store, second)["sources"][0]["statusMessage"] == NO_NEED
    assert status(omics, store, archived) == "ACTIVATING"
    mocked.advance(first, to="COMPLETED")
    assert status(omics, store, archived) == "ACTIVE"


def test_a_read_set_named_twice_is_activated_once(omics: "OmicsClient", store: str, archived: str) -> None:
    job = start(omics, "activation", store, archived, archived)["id"]
    assert said(omics, "activation", store, job) == [("FINISHED", None), ("FINISHED", NO_NEED)]


@pytest.mark.parametrize("kind", ["activation", "export"])
def test_read_sets_that_are_not_there_fail(mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str) -> None:
    elsewhere = imported(omics, sequence_store(omics))
    gone = imported(omics, store)
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[gone])
    job = start(omics, kind, store, UNKNOWN, elsewhere, gone)["id"]
    assert said(omics, kind, store, job) == [("FAILED", "The specified readset does not exist.")] * 3
    assert get(omics, kind, store, job)["status"] == "FAILED"


@pytest.mark.parametrize(
    ("kind", "message"),
    [("activation", "The read set is {} and can not be activated."), ("export", "The read set is {}, not ACTIVE.")],
)
def test_read_sets_that_were_never_active_fail(
    mocked: OmicsMock, omics: "OmicsClient", store: str, kind: str, message: str
) -> None:
    mocked.lifecycle("read_set", "frozen")
    processing, failed = uploaded(omics, store, data("r1.fq")), uploaded(omics, store, b"no reads")
    mocked.advance(failed, to="UPLOAD_FAILED")
    job = start(omics, kind, store, processing, failed)["id"]
    states = ("PROCESSING_UPLOAD", "UPLOAD_FAILED")
    assert said(omics, kind, store, job) == [("FAILED", message.format(state)) for state in states]
    assert [status(omics, store, read_set) for read_set in (processing, failed)] == list(states)


@pytest.mark.model
def test_one_job_activates_up_to_twenty_read_sets(omics: "OmicsClient", store: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="sources"):
        start(omics, "activation", store, *[UNKNOWN] * 21)
    start(omics, "activation", store, *[UNKNOWN] * 20)


@pytest.mark.model
def test_one_job_exports_up_to_a_hundred_read_sets(omics: "OmicsClient", store: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="sources"):
        start(omics, "export", store, *[UNKNOWN] * 101)
    start(omics, "export", store, *[UNKNOWN] * 100)


# ---- export --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("destination", "prefix"),
    [("s3://results", ""), ("s3://results/", ""), ("s3://results/a/b/", "a/b/"), ("s3://results/a//", "a//")],
)
def test_an_export_writes_the_files_of_each_read_set_below_the_destination(
    omics: "OmicsClient", store: str, destination: str, prefix: str
) -> None:
    bucket(name="results")
    arn = reference(omics)
    pair, aligned = imported(omics, store, "r1.fq", "r2.fq"), imported(omics, store, "range.bam", referenceArn=arn)
    job = start(omics, "export", store, pair, aligned, destination=destination)["id"]
    assert objects("results") == {}
    found = ended(omics, "export", store, job)
    assert (found["status"], found["destination"]) == ("COMPLETED", destination)
    assert found["readSets"] == [{"id": pair, "status": "FINISHED"}, {"id": aligned, "status": "FINISHED"}]
    assert "roleArn" not in found
    written = objects("results")
    index = omics.get_read_set(sequenceStoreId=store, id=aligned, partNumber=1, file="INDEX")["payload"].read()
    assert written == {
        f"{prefix}{pair}/r1.fq": data("r1.fq"),
        f"{prefix}{pair}/r2.fq": data("r2.fq"),
        f"{prefix}{aligned}/range.bam": data("range.bam"),
        f"{prefix}{aligned}/range.bam.bai": index,
    }


@pytest.mark.model
def test_a_destination_is_a_bucket_or_a_prefix_that_ends_in_a_slash(omics: "OmicsClient", store: str) -> None:
    for destination in ("s3://results/a", "results/", "s3://UPPER/", "s3://r/", "s3://resULTS/", "https://results/"):
        with pytest.raises(omics.exceptions.ValidationException, match="destination"):
            start(omics, "export", store, UNKNOWN, destination=destination)
    assert listed(omics, "export", store) == []


def test_an_archived_read_set_can_not_be_exported(omics: "OmicsClient", store: str, archived: str) -> None:
    bucket(name="results")
    job = start(omics, "export", store, archived)["id"]
    assert said(omics, "export", store, job) == [("FAILED", "The read set is ARCHIVED, not ACTIVE.")]
    assert objects("results") == {}


def test_an_export_to_a_bucket_that_nobody_made_is_taken_for_done(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    job = start(omics, "export", store, read_set)["id"]
    assert said(omics, "export", store, job) == [("FINISHED", None)]


def test_an_export_stays_in_its_region(omics: "OmicsClient", store: str) -> None:
    bucket(name="results", region="eu-west-1")
    read_set = imported(omics, store)
    job = start(omics, "export", store, read_set)["id"]
    assert said(omics, "export", store, job) == [("FAILED", "S3 bucket not located in us-east-1 region")]
    assert objects("results") == {}


def test_exporting_keeps_a_read_set_from_the_archive(mocked: OmicsMock, omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    mocked.clock.advance(timedelta(days=20))
    ended(omics, "export", store, start(omics, "export", store, read_set)["id"])
    mocked.clock.advance(timedelta(days=20))
    assert status(omics, store, read_set) == "ACTIVE"


def finish(mocked: OmicsMock, omics: "OmicsClient", store: str, job: str) -> None:
    mocked.advance(job, to="COMPLETED")


def later(mocked: OmicsMock, omics: "OmicsClient", store: str, job: str) -> None:
    mocked.clock.advance(60)
    omics.list_sequence_stores()


def later_with_a_refusal(mocked: OmicsMock, omics: "OmicsClient", store: str, job: str) -> None:
    mocked.clock.advance(60)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_sequence_store(id=UNKNOWN)


@pytest.mark.parametrize("move", [finish, later, later_with_a_refusal, lambda mocked, *_: mocked.finish_all()])
def test_an_export_is_written_whoever_moves_its_job_on(
    mocked: OmicsMock, omics: "OmicsClient", store: str, move: Callable[[OmicsMock, "OmicsClient", str, str], None]
) -> None:
    bucket(name="results")
    read_set = imported(omics, store)
    mocked.lifecycle("read_set_export_job", 60)
    move(mocked, omics, store, start(omics, "export", store, read_set)["id"])
    assert objects("results") == {f"{read_set}/r1.fq": data("r1.fq")}


def test_a_read_set_keeps_its_bytes_whatever_becomes_of_its_source(omics: "OmicsClient", store: str) -> None:
    read_set = imported(omics, store)
    bucket(contents={"r1.fq": b"changed"})
    assert omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read() == data("r1.fq")
    assert objects(BUCKET) == {"r1.fq": b"changed"}
