"""The manifests of runs, as tools that compute costs and efficiency read them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.run_records import Run, Task
from omics_mock.backends.workflows import Workflow
from omics_mock.clock import Clock
from omics_mock.definitions.declared import PlannedTask
from omics_mock.definitions.instances import CATALOGUE
from omics_mock.runs_simulator.manifests import manifest
from omics_mock.runs_simulator.plans import ScriptedTask
from omics_mock.tables import Table
from tests.support.logs import check_entry, read_manifest
from tests.support.workflows import active_workflow, archive, shared_client, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/align:1"
NEXTFLOW = f"""
process map {{
  cpus 6
  memory '20 GB'
  container '{IMAGE}'
  script: 'true'
}}
process sort {{
  accelerator 1, type: 'nvidia-tesla-t4-a10g'
  container '{IMAGE}'
  script: 'true'
}}
workflow {{ map(); sort() }}
"""
RUN = """arn creationTime digest engine main metrics name outputUri parameterTemplate parameters resourceDigests roleArn startTime
    startedBy status stopTime storageCapacity storageType uuid workflow workflowType"""
TASK = """arn cpus creationTime gpus image imageDigest instanceType memory metrics name run startTime status stopTime uuid
    workflow"""
OF_RUN = "arn digest name outputUri parameters resourceDigests roleArn startedBy status storageCapacity uuid workflowType"
OF_TASK = "name cpus memory gpus instanceType status"
TASK_METRICS = """cpusReserved cpusMaximum cpusAverage gpusReserved memoryReservedGiB memoryMaximumGiB memoryAverageGiB
    runningSeconds"""
RUN_METRICS = "storageReservedGiB storageMaximumGiB storageAverageGiB runningSeconds"


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now="2026-01-02T03:04:05.678901") as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()


def finished_run(mocked: OmicsMock, omics: "OmicsClient", hours: float = 1, **members: Any) -> str:
    """A run whose tasks, one of them large and one with a GPU, take that long."""
    workflow = active_workflow(omics, definitionZip=archive({"main.nf": NEXTFLOW}), parameterTemplate={"sample": {}})
    run = start_run(omics, workflowId=workflow, **{"name": "first", "parameters": {"sample": "NA12878"}, **members})
    mocked.advance(run, to="RUNNING")
    for task in omics.list_run_tasks(id=run)["items"]:
        mocked.advance(task["taskId"], to="RUNNING")
    mocked.clock.advance(3600 * hours)
    mocked.finish_all()
    return run


@pytest.mark.observed
def test_it_has_every_key_that_is_read(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run, tasks = read_manifest(finished_run(mocked, omics))
    assert run.keys() == set(RUN.split())
    assert run["metrics"].keys() == set(RUN_METRICS.split())
    assert [task["name"] for task in tasks] == ["map", "sort"]
    for task in tasks:
        assert task.keys() == set(TASK.split())
        assert task["metrics"].keys() == set(TASK_METRICS.split())


@pytest.mark.observed
def test_it_says_what_the_operations_say(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run, tasks = read_manifest(finished_run(mocked, omics))
    found: Any = omics.get_run(id=run["arn"].rpartition("/")[2])
    workflow: Any = omics.get_workflow(id=found["workflowId"])
    for member in OF_RUN.split():
        assert run[member] == found[member]
    assert (run["engine"], run["main"], run["workflow"]) == ("NEXTFLOW", "main.nf", workflow["arn"])
    assert run["parameterTemplate"] == workflow["parameterTemplate"]
    for task in tasks:
        shown: Any = omics.get_run_task(id=found["id"], taskId=task["arn"].rpartition("/")[2])
        for member in OF_TASK.split():
            assert task[member] == shown[member]
        assert task["workflow"] == workflow["arn"]
        assert task["image"] == IMAGE
        assert task["imageDigest"].startswith("sha256:")


def test_a_task_has_its_whole_instance_for_as_long_as_it_runs(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run, [large, gpu] = read_manifest(finished_run(mocked, omics, hours=1.5))
    assert (large["cpus"], large["memory"], large["instanceType"]) == (6, 20, "omics.m.2xlarge")
    assert (large["metrics"]["cpusReserved"], large["metrics"]["memoryReservedGiB"]) == (8, 32)
    assert [task["metrics"]["gpusReserved"] for task in (large, gpu)] == [0, 1]
    assert [entry["metrics"]["runningSeconds"] for entry in (run, large, gpu)] == [5400, 5400, 5400]
    assert 0 < large["metrics"]["cpusAverage"] <= large["metrics"]["cpusMaximum"] <= 6
    assert 0 < large["metrics"]["memoryAverageGiB"] <= large["metrics"]["memoryMaximumGiB"] <= 20


def test_the_same_run_uses_the_same_every_time(mocked: OmicsMock, omics: "OmicsClient") -> None:
    first, second = (read_manifest(finished_run(mocked, omics)) for _ in range(2))
    assert first[0]["uuid"] != second[0]["uuid"]
    assert [entry["metrics"] for entry in (first[0], *first[1])] == [entry["metrics"] for entry in (second[0], *second[1])]


def test_what_the_test_says_was_used_counts(mocked: OmicsMock, omics: "OmicsClient", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Task, "metrics", {"cpusMaximum": 1.5, "cpusAverage": 0.25})
    _, tasks = read_manifest(finished_run(mocked, omics))
    assert {(task["metrics"]["cpusMaximum"], task["metrics"]["cpusAverage"]) for task in tasks} == {(1.5, 0.25)}
    assert {task["metrics"]["runningSeconds"] for task in tasks} == {3600}


@pytest.mark.documented
@pytest.mark.parametrize("hours", [1.9, 2.1])
def test_dynamic_storage_is_reported_of_runs_from_two_hours(mocked: OmicsMock, omics: "OmicsClient", hours: float) -> None:
    run, _ = read_manifest(finished_run(mocked, omics, hours, storageType="DYNAMIC"))
    storage = [run["metrics"][name] for name in RUN_METRICS.split()[:3]]
    assert run["storageType"] == "DYNAMIC"
    assert all(used > 0 for used in storage) if hours > 2 else storage == [0, 0, 0]


def test_static_storage_is_what_was_asked_for(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run, _ = read_manifest(finished_run(mocked, omics, storageType="STATIC", storageCapacity=2400))
    assert run["metrics"]["storageReservedGiB"] == run["storageCapacity"] == 2400
    assert run["metrics"]["storageMaximumGiB"] > 0


def test_a_run_that_never_started_ran_for_no_time(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics)
    omics.cancel_run(id=run)
    found, tasks = read_manifest(run)
    assert "startTime" not in found
    assert "name" not in found
    assert found["metrics"]["runningSeconds"] == 0
    assert tasks == []


@pytest.mark.observed
def test_a_run_that_fails_says_why(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(fail={"reason": "WORKFLOW_RUN_FAILED", "message": "Workflow run failed."})
    run = start_run(omics)
    mocked.finish_all()
    found, _ = read_manifest(run)
    assert (found["status"], found["failureReason"], found["statusMessage"]) == (
        "FAILED",
        "WORKFLOW_RUN_FAILED",
        "Workflow run failed.",
    )


def test_the_services_own_workflows_belong_to_no_account(mocked: OmicsMock, omics: "OmicsClient") -> None:
    [esmfold] = omics.list_workflows(type="READY2RUN", name="ESMFold for up to 800 residues")["items"]
    run = start_run(omics, workflowId=esmfold["id"], workflowType="READY2RUN", parameters={"fasta_path": "s3://b-1/a.fa"})
    mocked.finish_all()
    found, tasks = read_manifest(run)
    assert {entry["workflow"] for entry in (found, *tasks)} == {esmfold["arn"]}


@given(st.sampled_from(CATALOGUE), st.text(), st.data())
def test_no_task_uses_more_than_it_asks_for(instance: Any, name: str, data: st.DataObject) -> None:
    now = Clock().now()
    run = Run(id="1", arn="arn:aws:omics:us-east-1:123456789012:run/1", workflowId="2", workflowType="PRIVATE", uuid="u")
    run.update(storageType="STATIC", storageCapacity=1200, status="COMPLETED", creationTime=now, startTime=now, stopTime=now)
    task = Task(taskId="3", name=name, gpus=instance.gpus, instanceType=instance.name, status="COMPLETED", creationTime=now)
    task.update(cpus=data.draw(st.integers(1, instance.cpus)), memory=data.draw(st.integers(1, instance.memory)))
    run.workflow, run.tasks = Workflow(), Table("Task")
    task.script = ScriptedTask(PlannedTask(name))
    run.tasks.add("3", task)
    for entry in manifest(run):
        check_entry(entry)
    metrics = manifest(run)[1]["metrics"]
    assert metrics["cpusMaximum"] <= task["cpus"]
    assert metrics["memoryMaximumGiB"] <= task["memory"]
