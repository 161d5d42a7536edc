"""moto's own words for every kind of resource: its state manager, its dashboard, its recorder."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from moto.moto_api import recorder, state_manager

from omics_mock import OmicsMock, mock_omics
from omics_mock.lifecycle import KINDS
from tests.support import storage
from tests.support.analytics import active, create, start
from tests.support.storage import (
    bucket,
    imported,
    reference_store,
    sequence_store,
    source,
    start_import,
    start_reference_import,
    uploaded,
)
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run

Status = Callable[[], str]


@pytest.fixture
def omics() -> Iterator[OmicsMock]:
    """Everything is ready at once, but what the test has a transition for."""
    with mock_omics(lifecycle="immediate", now="2026-01-02") as active_mock:
        yield active_mock


def run() -> Status:
    made = start_run(client())
    return lambda: client().get_run(id=made)["status"]


def task() -> Status:
    """Of a run that does not move by itself; looking at the dashboard does not move the task."""
    mocked = OmicsMock.current()
    mocked.lifecycle("run", "frozen")
    made = start_run(client())
    mocked.advance(made, to="RUNNING")
    first = dashboard()["Task"][0]["taskId"]
    return lambda: client().get_run_task(id=made, taskId=first)["status"]


def workflow() -> Status:
    made = client().create_workflow(definitionZip=archive())["id"]
    return lambda: client().get_workflow(id=made)["status"]


def workflow_version() -> Status:
    named: Any = {"workflowId": active_workflow(client()), "versionName": "v1"}
    client().create_workflow_version(**named, definitionZip=archive())
    return lambda: client().get_workflow_version(**named)["status"]


def run_batch() -> Status:
    common: Any = {"workflowId": active_workflow(client()), "roleArn": ROLE, "outputUri": "s3://results/here"}
    settings: Any = {"inlineSettings": [{"runSettingId": "only"}]}
    made = client().start_run_batch(defaultRunSetting=common, batchRunSettings=settings)["id"]
    return lambda: client().get_batch(batchId=made)["status"]


def configuration() -> Status:
    client().create_configuration(name="net", runConfigurations={})
    return lambda: client().get_configuration(name="net")["status"]


def in_sequence_store() -> Status:
    made = sequence_store(client())
    return lambda: client().get_sequence_store(id=made)["status"]


def read_set() -> Status:
    store = sequence_store(client())
    made = uploaded(client(), store, b"@r1\nACGT\n+\nFFFF\n")
    return lambda: client().get_read_set_metadata(sequenceStoreId=store, id=made)["status"]


def read_set_import_job() -> Status:
    store = sequence_store(client())
    bucket("r1.fq")
    made = start_import(client(), store, source("r1.fq"))
    return lambda: client().get_read_set_import_job(sequenceStoreId=store, id=made)["status"]


def read_set_export_job() -> Status:
    store = sequence_store(client())
    made = imported(client(), store)
    bucket(name="results")
    sources: Any = [{"readSetId": made}]
    job = client().start_read_set_export_job(sequenceStoreId=store, destination="s3://results/", roleArn=ROLE, sources=sources)[
        "id"
    ]
    return lambda: client().get_read_set_export_job(sequenceStoreId=store, id=job)["status"]


def read_set_activation_job() -> Status:
    store = sequence_store(client())
    made = imported(client(), store)
    OmicsMock.current().advance(made, to="ARCHIVED")
    job = client().start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": made}])["id"]
    return lambda: client().get_read_set_activation_job(sequenceStoreId=store, id=job)["status"]


def reference_import_job() -> Status:
    store = reference_store(client())
    job = start_reference_import(client(), store, {"name": "one"})
    return lambda: client().get_reference_import_job(referenceStoreId=store, id=job)["status"]


def variant_store() -> Status:
    create(client(), "variant")
    return lambda: client().get_variant_store(name="mine")["status"]


def variant_import_job() -> Status:
    active(client(), "variant")
    job = start(client(), "variant")
    return lambda: client().get_variant_import_job(jobId=job)["status"]


def annotation_store() -> Status:
    create(client(), "annotation")
    return lambda: client().get_annotation_store(name="mine")["status"]


def annotation_store_version() -> Status:
    active(client(), "annotation")
    client().create_annotation_store_version(name="mine", versionName="second")
    return lambda: client().get_annotation_store_version(name="mine", versionName="second")["status"]


def annotation_import_job() -> Status:
    active(client(), "annotation")
    job = start(client(), "annotation")
    return lambda: client().get_annotation_import_job(jobId=job)["status"]


def share() -> Status:
    arn = client().get_workflow(id=active_workflow(client()))["arn"]
    made = client().create_share(resourceArn=arn, principalSubscriber="111122223333")["shareId"]
    OmicsMock.current().client(account="111122223333").accept_share(shareId=made)
    return lambda: client().get_share(shareId=made)["share"]["status"]


MAKERS: dict[str, tuple[Callable[[], Status], str, str]] = {
    "run": (run, "PENDING", "COMPLETED"),
    "task": (task, "PENDING", "COMPLETED"),
    "workflow": (workflow, "CREATING", "ACTIVE"),
    "workflow_version": (workflow_version, "CREATING", "ACTIVE"),
    "run_batch": (run_batch, "CREATING", "PROCESSED"),
    "configuration": (configuration, "CREATING", "ACTIVE"),
    "sequence_store": (in_sequence_store, "CREATING", "ACTIVE"),
    "read_set": (read_set, "PROCESSING_UPLOAD", "ACTIVE"),
    "read_set_import_job": (read_set_import_job, "SUBMITTED", "COMPLETED"),
    "read_set_export_job": (read_set_export_job, "SUBMITTED", "COMPLETED"),
    "read_set_activation_job": (read_set_activation_job, "SUBMITTED", "COMPLETED"),
    "reference_import_job": (reference_import_job, "SUBMITTED", "COMPLETED"),
    "variant_store": (variant_store, "CREATING", "ACTIVE"),
    "variant_import_job": (variant_import_job, "SUBMITTED", "COMPLETED"),
    "annotation_store": (annotation_store, "CREATING", "ACTIVE"),
    "annotation_store_version": (annotation_store_version, "CREATING", "ACTIVE"),
    "annotation_import_job": (annotation_import_job, "SUBMITTED", "COMPLETED"),
    "share": (share, "ACTIVATING", "ACTIVE"),
}
NEEDS = {
    "configuration": "CreateConfiguration",
    "run_batch": "StartRunBatch",
    "sequence_store": "GetSequenceStore.status",
    "workflow_version": "CreateWorkflowVersion",
}
EVERY = [pytest.param(kind, marks=pytest.mark.operation(NEEDS.get(kind, "GetRun"))) for kind in sorted(MAKERS)]


@pytest.fixture
def transition(kind: str) -> Iterator[Callable[[dict[str, Any]], None]]:
    yield lambda chosen: state_manager.set_transition(f"omics::{kind}", chosen)
    state_manager.unset_transition(f"omics::{kind}")


def test_every_kind_is_here() -> None:
    assert MAKERS.keys() == KINDS
    with mock_omics():
        pass  # moto hears of the kinds with the first mock
    assert {f"omics::{kind}" for kind in KINDS} <= set(state_manager.get_registered_models())


@pytest.mark.parametrize("kind", EVERY)
def test_a_kind_steps_after_as_many_polls_as_it_is_told(kind: str, omics: OmicsMock, transition: Any) -> None:
    make, first, last = MAKERS[kind]
    transition({"progression": "manual", "times": 2})
    status = make()
    shown = [status() for _ in range(12)]
    assert shown[:2] == [first] * 2
    assert shown[2] != first
    assert shown[-1] == last


@pytest.mark.parametrize("kind", EVERY)
def test_a_kind_takes_the_seconds_that_it_is_told(kind: str, omics: OmicsMock, transition: Any) -> None:
    make, first, last = MAKERS[kind]
    transition({"progression": "time", "seconds": 600})
    status = make()
    assert [status() for _ in range(3)] == [first] * 3
    omics.clock.advance(599)
    assert status() != last
    omics.clock.advance(1)
    assert status() == last


@pytest.mark.parametrize("kind", EVERY)
def test_a_kind_is_ready_at_once_when_it_is_told(kind: str, transition: Any) -> None:
    make, _, last = MAKERS[kind]
    with mock_omics(lifecycle="observed") as observed:
        transition({"progression": "immediate"})
        status = make()
        if kind == "run_batch":  # it waits for its runs, which are observed
            observed.finish_all()
        assert status() == last


def test_an_unknown_progression_is_an_error(omics: OmicsMock) -> None:
    state_manager.set_transition("omics::run", {"progression": "sideways"})
    try:
        with pytest.raises(ValueError, match="known: immediate, manual, time"):
            start_run(client())
    finally:
        state_manager.unset_transition("omics::run")


# ---- the dashboard ---------------------------------------------------------------------------------------------------


def dashboard() -> Any:
    answer = requests.get("http://motoapi.amazonaws.com/moto-api/data.json", timeout=5)
    return answer.json()["omics"]


def something_of_everything() -> None:
    for kind, (make, _, _) in MAKERS.items():
        if kind not in ("configuration", "run_batch", "annotation_store", "variant_store"):  # theirs are there already
            make()
            if kind == "variant_import_job":
                client().delete_variant_store(name="mine", force=True)
            if kind in ("annotation_store_version", "annotation_import_job"):
                client().delete_annotation_store(name="mine", force=True)
    active(client(), "variant")
    active(client(), "annotation")
    client().create_annotation_store_version(name="mine", versionName="second")


@pytest.mark.operation("CreateWorkflowVersion")
def test_the_dashboard_shows_every_kind_of_resource(omics: OmicsMock) -> None:
    something_of_everything()
    shown = dashboard()
    empty = {kind for kind, found in shown.items() if not found}
    assert empty == {"Batch", "Configuration", "RunCache", "RunGroup", "Upload"}
    runs = client().list_runs()["items"]
    assert [(run["id"], run["arn"], run["status"]) for run in runs] == [
        (run["id"], run["arn"], run["status"]) for run in shown["Run"]
    ]
    tasks = [task["taskId"] for run in runs for task in client().list_run_tasks(id=run["id"])["items"]]
    assert sorted(task["taskId"] for task in shown["Task"]) == sorted(tasks)
    assert [version["versionName"] for version in shown["Workflow version"]] == ["v1"]


def test_the_dashboard_shows_a_share_to_the_accounts_that_it_concerns(omics: OmicsMock) -> None:
    share()
    omics.client(account="444455556666").list_runs()
    assert [shown["account"] for shown in dashboard()["Share"]] == ["123456789012", "111122223333"]


def test_the_dashboard_moves_nothing_on(omics: OmicsMock) -> None:
    with mock_omics(lifecycle="observed"):
        made = start_run(client())
        assert [dashboard()["Run"][0]["status"] for _ in range(3)] == ["PENDING"] * 3
        assert client().get_run(id=made)["status"] == "PENDING"


# ---- the recorder ----------------------------------------------------------------------------------------------------


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "recording"
    monkeypatch.setattr(recorder, "_location", str(path))
    yield path
    recorder.stop_recording()


def timeless(shown: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Without times: waiters moved the clock on, which no recording holds."""
    return {
        kind: [{member: value for member, value in record.items() if not member.endswith("Time")} for record in records]
        for kind, records in shown.items()
    }


@pytest.mark.parametrize("lifecycle", ["immediate", "observed"])
def test_a_replayed_recording_makes_the_same_state(lifecycle: str, recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # While moto 5.1 records, S3 keeps nothing of what is written: let imports be from a bucket that nobody made.
    monkeypatch.setattr(storage, "bucket", lambda *files, **members: storage.BUCKET)
    with mock_omics(lifecycle=lifecycle, now="2026-01-02") as omics:
        recorder.start_recording()
        read_set_export_job()()
        read_set()()
        status = run()
        assert [status() for _ in range(20)][-1] == "COMPLETED"
        workflow()()
        share()()
        boto3.client("omics", region_name="eu-west-1").create_run_group(name="grüppchen", tags={"a b": "c/d"})
        recorder.stop_recording()
        before = timeless(dashboard())
        kinds = {kind for kind, found in before.items() if found}
        assert kinds >= {"Run", "Task", "Read set", "Read set export job", "Share", "RunGroup"}
        omics.reset()
        assert not any(dashboard().values())
        recorder.replay_recording()
        assert timeless(dashboard()) == before


def test_a_recording_holds_what_was_asked(recording: Path) -> None:
    with mock_omics():
        recorder.start_recording()
        client().create_run_group(name="one")
        recorder.stop_recording()
        client().create_run_group(name="two")
        [entry] = map(json.loads, recording.read_text(encoding="utf-8").splitlines())
        assert (entry["method"], entry["url"]) == ("POST", "https://workflows-omics.us-east-1.amazonaws.com/runGroup")
