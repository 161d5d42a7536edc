"""Runs and tasks, as a client sees them."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from tests.support.definitions import NEXTFLOW_FILES, WDL_FILES
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred


def statuses(omics: "OmicsClient", run: str, polls: int = 6) -> list[str]:
    return [omics.get_run(id=run)["status"] for _ in range(polls)]


def keys(bucket: str) -> list[str]:
    return [
        found["Key"] for found in boto3.client("s3", region_name="us-east-1").list_objects_v2(Bucket=bucket).get("Contents", [])
    ]


@pytest.mark.operation("StartRun.networkingMode")
def test_start_answers_what_the_documentation_lists(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    made: Any = omics.start_run(workflowId=workflow, roleArn=ROLE, outputUri="s3://results/here//", tags={"a": "b"})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    del made["ResponseMetadata"]
    assert made == {
        "arn": f"arn:aws:omics:us-east-1:123456789012:run/{made['id']}",
        "id": made["id"],
        "status": "PENDING",
        "tags": {"a": "b"},
        "uuid": made["uuid"],
        "runOutputUri": f"s3://results/here/{made['id']}",
        "networkingMode": "RESTRICTED",
    }


@pytest.mark.operation("GetRun.outputUriPrefixMode")
def test_a_run_takes_one_step_per_poll_and_members_appear_with_its_state(omics: "OmicsClient") -> None:
    run = start_run(omics, name="r", priority=3)
    seen: dict[str, Any] = {}
    for status in ("PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED"):
        seen[status] = omics.get_run(id=run)
        assert seen[status]["status"] == status
    assert ["startTime" in found for found in seen.values()] == [False, False, True, True, True]
    assert ["stopTime" in found for found in seen.values()] == [False] * 4 + [True]
    for found in seen.values():
        assert (found["logLevel"], found["retentionMode"], found["storageType"]) == ("ALL", "RETAIN", "STATIC")
        assert (found["outputUriPrefixMode"], found["networkingMode"]) == ("SERVICE_DEFINED", "RESTRICTED")
        assert (found["name"], found["priority"], found["storageCapacity"]) == ("r", 3, 1200)
        assert found["uuid"]
        assert found["workflowUuid"]
        assert found["logLocation"]["runLogStream"].endswith(f":log-group:/aws/omics/WorkflowLog:log-stream:run/{run}")
        assert not {"cacheId", "runGroupId", "failureReason", "workflowOwnerId", "runId", "batchId", "definition"} & found.keys()
    assert "engineLogStream" not in seen["RUNNING"]["logLocation"]
    assert seen["COMPLETED"]["logLocation"]["engineLogStream"].endswith(f"run/{run}/engine")
    assert statuses(omics, run, 2) == ["COMPLETED", "COMPLETED"]


@pytest.mark.operation("CreateWorkflowVersion")
def test_all_six_waiters_end_without_sleeping(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="1")
    run = start_run(omics, workflowId=workflow)
    omics.get_waiter("run_running").wait(id=run)
    for task in omics.list_run_tasks(id=run)["items"]:
        omics.get_waiter("task_running").wait(id=run, taskId=task["taskId"])
        omics.get_waiter("task_completed").wait(id=run, taskId=task["taskId"])
    omics.get_waiter("run_completed").wait(id=run)


@pytest.mark.observed
def test_a_task_has_its_members_as_its_state_implies(omics: "OmicsClient") -> None:
    run = start_run(omics)
    omics.get_waiter("run_running").wait(id=run)
    tasks: Any = omics.list_run_tasks(id=run)["items"]
    assert [(task["name"], task["status"]) for task in tasks] == [("second", "PENDING"), ("first", "PENDING")]
    task_id = tasks[0]["taskId"]
    seen: dict[str, Any] = {}
    for status in ("STARTING", "RUNNING", "STOPPING", "COMPLETED"):
        seen[status] = omics.get_run_task(id=run, taskId=task_id)
        assert seen[status]["status"] == status
        assert (seen[status]["cpus"], seen[status]["memory"], seen[status]["gpus"]) == (1, 1, 0)
        assert seen[status]["instanceType"] == "omics.c.large"
        assert not {"cacheHit", "cacheS3Uri", "imageDetails", "failureReason"} & seen[status].keys()
    assert ["startTime" in found for found in seen.values()] == [False, True, True, True]
    assert ["stopTime" in found for found in seen.values()] == [False, False, False, True]
    assert seen["RUNNING"]["logStream"].endswith(f":log-stream:run/{run}/task/{task_id}")
    assert seen["RUNNING"]["startTime"].microsecond % 1000 == 0
    assert omics.list_run_tasks(id=run, status="FAILED")["items"] == []
    assert not {"logStream", "statusMessage"} & omics.list_run_tasks(id=run)["items"][0].keys()


def test_polling_tasks_moves_their_run_on(omics: "OmicsClient") -> None:
    run = start_run(omics)
    for _ in range(20):
        omics.list_run_tasks(id=run)
    assert omics.get_run(id=run)["status"] == "COMPLETED"


@pytest.mark.observed
def test_tasks_are_listed_newest_first_and_paged(omics: "OmicsClient") -> None:
    names = "abcde"
    text = "".join(f"process {name} {{\n}}\n" for name in names)
    run = start_run(omics, workflowId=active_workflow(omics, definitionZip=archive({"main.nf": text})))
    omics.get_waiter("run_completed").wait(id=run)
    pages = omics.get_paginator("list_run_tasks").paginate(id=run, PaginationConfig={"PageSize": 2})
    assert "".join(task["name"] for page in pages for task in page["items"]) == names[::-1]


@pytest.mark.operation("GetRunTask.imageDetails")
def test_tasks_have_the_size_and_image_that_the_definition_asks_for(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, definitionZip=archive(WDL_FILES), main="main.wdl")
    samples = [{"id": name, "reads": f"s3://reads/{name}.fq"} for name in "ab"]
    run = start_run(omics, workflowId=workflow, parameters={"samples": samples, "reference": "s3://genomes/hg38.fa"})
    omics.get_waiter("run_completed").wait(id=run)
    tasks: Any = [omics.get_run_task(id=run, taskId=item["taskId"]) for item in omics.list_run_tasks(id=run)["items"]]
    assert [(task["name"], task["cpus"], task["memory"], task["gpus"], task["instanceType"]) for task in tasks] == [
        ("summary", 2, 2, 1, "omics.g4dn.xlarge"),
        ("bwa", 4, 12, 0, "omics.m.xlarge"),
        ("bwa", 4, 12, 0, "omics.m.xlarge"),
    ]
    assert tasks[1]["imageDetails"]["image"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/bwa:1"
    assert "imageDetails" not in tasks[0]


@pytest.mark.documented
@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"samples": []}, "missing required reference"), ({"samples": [], "reference": "r", "other": 1}, "other not defined")],
)
def test_parameters_are_held_against_the_generated_template(omics: "OmicsClient", parameters: dict[str, Any], message: str) -> None:
    workflow = active_workflow(omics, definitionZip=archive(WDL_FILES), main="main.wdl")
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        start_run(omics, workflowId=workflow, parameters=parameters)


def test_a_task_that_fits_on_no_instance_fails_the_run(omics: "OmicsClient") -> None:
    huge = active_workflow(omics, definitionZip=archive({"main.nf": "process HUGE {\n  cpus 500\n}\n"}))
    run = start_run(omics, workflowId=huge)
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter("run_completed").wait(id=run)
    found = omics.get_run(id=run)
    assert found["failureReason"] == "INVALID_TASK_RESOURCE_VALUE"
    assert found["statusMessage"].startswith("The requested GPU, CPU, or memory is either too high")
    assert found["statusMessage"].endswith("for task HUGE.")
    assert omics.list_run_tasks(id=run)["items"] == []


@pytest.mark.documented
@pytest.mark.operation("StartRun.engineSettings")
def test_the_version_of_nextflow_is_the_one_that_is_pinned(omics: "OmicsClient") -> None:
    workflow, parameters = active_workflow(omics, definitionZip=archive(NEXTFLOW_FILES)), {"genome": "hg38"}
    pinned = start_run(omics, workflowId=workflow, parameters=parameters)
    wanted = start_run(omics, workflowId=workflow, parameters=parameters, engineSettings={"engineVersion": "25.10.0"})
    assert [omics.get_run(id=run)["engineVersion"] for run in (pinned, wanted)] == ["24.10.8", "25.10.0"]
    assert "engineVersion" not in omics.get_run(id=start_run(omics))


def test_an_unknown_run_or_task_is_refused(omics: "OmicsClient") -> None:
    run = start_run(omics)
    for use in (omics.get_run, omics.cancel_run, omics.delete_run, omics.list_run_tasks):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Run 12345 not found"):
            use(id="12345")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Run 12345 not found"):
        omics.get_run_task(id="12345", taskId="1")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Task 1 not found"):
        omics.get_run_task(id=run, taskId="1")


@pytest.mark.parametrize("polls", [0, 1, 2, 3])
def test_a_cancelled_run_ends_cancelled_and_stays_listed(omics: "OmicsClient", polls: int) -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="results")
    run = start_run(omics)
    before = statuses(omics, run, polls)
    omics.cancel_run(id=run)
    expected = ["CANCELLED"] if not before else ["STOPPING", "CANCELLED"]
    assert statuses(omics, run, len(expected)) == expected
    found = omics.get_run(id=run)
    assert "stopTime" in found
    assert ("startTime" in found) == (polls >= 2)
    assert [task["status"] for task in omics.list_run_tasks(id=run)["items"]] == (["CANCELLED"] * 2 if polls >= 2 else [])
    assert [item["status"] for item in omics.list_runs(status="CANCELLED")["items"]] == ["CANCELLED"]
    assert keys("results") == [f"here/{run}/"]
    with pytest.raises(omics.exceptions.ConflictException):
        omics.cancel_run(id=run)


def test_cancelling_a_stopping_run_changes_nothing(omics: "OmicsClient") -> None:
    run = start_run(omics)
    assert statuses(omics, run, 3)[-1] == "RUNNING"
    omics.cancel_run(id=run)
    omics.cancel_run(id=run)
    assert statuses(omics, run, 2) == ["STOPPING", "CANCELLED"]


@pytest.mark.model
def test_waiters_treat_a_cancelled_run_as_the_service_does(omics: "OmicsClient") -> None:
    run = start_run(omics)
    omics.cancel_run(id=run)
    with pytest.raises(WaiterError, match="CANCELLED"):
        omics.get_waiter("run_running").wait(id=run)
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        omics.get_waiter("run_completed").wait(id=run)


def test_only_an_ended_run_can_be_deleted_and_then_it_is_gone(omics: "OmicsClient") -> None:
    run = start_run(omics)
    with pytest.raises(omics.exceptions.ConflictException, match="PENDING"):
        omics.delete_run(id=run)
    omics.get_waiter("run_completed").wait(id=run)
    with pytest.raises(omics.exceptions.ConflictException, match="COMPLETED"):
        omics.cancel_run(id=run)
    assert omics.delete_run(id=run)["ResponseMetadata"]["HTTPStatusCode"] == 202
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_run(id=run)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_run_tasks(id=run)
    assert omics.list_runs()["items"] == []


@pytest.mark.operation("StartRun.outputUriPrefixMode")
def test_a_run_leaves_its_marker_and_engine_log_in_the_output_bucket(omics: "OmicsClient") -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="results")
    run = start_run(omics, outputUri="s3://results/")
    assert keys("results") == [f"{run}/"]
    omics.get_waiter("run_completed").wait(id=run)
    assert keys("results") == [f"{run}/", f"{run}/logs/engine.log", f"{run}/logs/outputs.json"]
    flat = start_run(omics, outputUri="s3://results/flat", outputUriPrefixMode="NONE_WITH_OVERWRITE")
    assert omics.get_run(id=flat)["runOutputUri"] == "s3://results/flat"
    assert "flat/" in keys("results")


def test_lists_filter_with_and(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, name="w")
    first = start_run(omics, workflowId=workflow, name="a")
    start_run(omics, workflowId=workflow, name="b")
    assert [item["id"] for item in omics.list_runs(name="a", status="PENDING")["items"]] == [first]
    assert omics.list_runs(name="a", status="FAILED")["items"] == []
    assert omics.list_runs(runGroupId="1234567")["items"] == []
    item: Any = omics.list_runs()["items"][0]
    assert item["workflowId"] == workflow
    assert not {"tags", "uuid", "workflowType", "roleArn"} & item.keys()


@pytest.mark.members_of("StartRun")
@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"outputUri": "https://results"}, "outputUri"),
        ({"outputUri": "results"}, "outputUri"),
        ({"cacheBehavior": "CACHE_ALWAYS"}, "cacheId"),
        ({"networkingMode": "VPC"}, "configurationName"),
        ({"sessionPolicy": "{"}, "sessionPolicy"),
        ({"sessionPolicy": "[]"}, "sessionPolicy"),
        ({"parameters": "text"}, "parameters must be a JSON object"),
        ({"parameters": ["list"]}, "parameters must be a JSON object"),
        ({"parameters": {"big": "x" * 256_000}}, "256,000"),
        ({"engineSettings": []}, "engineSettings"),
        ({"tags": {f"k{i}": "" for i in range(51)}}, "50 tags"),
        ({"tags": {"AWS:x": ""}}, "aws:"),
        ({"priority": 100_001}, "priority"),
        ({"name": ""}, "name"),
        ({"name": "n" * 600}, "name"),
        ({"workflowId": "w1234567"}, "workflowId"),
        ({"roleArn": "role"}, "roleArn"),
    ],
)
def test_what_the_documentation_forbids_is_refused_and_starts_nothing(
    mocked: OmicsMock, members: dict[str, Any], message: str
) -> None:
    omics = unchecked_client()
    workflow = active_workflow(omics)
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        start_run(omics, **{"workflowId": workflow, **members})
    assert omics.list_runs()["items"] == []


def test_a_run_needs_a_workflow_or_a_run(omics: "OmicsClient") -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="workflowId or runId"):
        omics.start_run(roleArn=ROLE, outputUri="s3://results")


@pytest.mark.members_of("StartRun")
@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"workflowId": "7654321"}, "Workflow 7654321 not found"),
        ({"runId": "7654321"}, "Run 7654321 not found"),
        ({"workflowVersionName": "9"}, "Workflow version 9 not found"),
        ({"workflowType": "READY2RUN"}, "Workflow .* not found"),
        ({"workflowOwnerId": "210987654321"}, "Workflow .* not found"),
        ({"runGroupId": "7654321"}, "RunGroup 7654321 not found"),
        ({"cacheId": "7654321"}, "RunCache 7654321 not found"),
        ({"networkingMode": "VPC", "configurationName": "net"}, "Configuration net not found"),
    ],
)
def test_what_a_run_refers_to_must_exist(omics: "OmicsClient", members: dict[str, Any], message: str) -> None:
    workflow = active_workflow(omics)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=message):
        start_run(omics, **{"workflowId": workflow, **members})


@pytest.mark.observed
def test_parameters_are_held_against_the_template(omics: "OmicsClient") -> None:
    template = {"reads": {"description": "FASTQ"}, "depth": {"optional": True}}
    workflow = active_workflow(omics, parameterTemplate=template)
    with pytest.raises(omics.exceptions.ValidationException, match="missing required reads"):
        start_run(omics, workflowId=workflow, parameters={"depth": 3})
    with pytest.raises(omics.exceptions.ValidationException, match="other not defined in the parameter template"):
        start_run(omics, workflowId=workflow, parameters={"reads": "r", "other": 1})
    given = {"reads": {"nested": [1, 2.5, None, True, "ü"]}, "depth": "types are never checked"}
    assert omics.get_run(id=start_run(omics, workflowId=workflow, parameters=given))["parameters"] == given


@pytest.mark.observed
def test_undeclared_parameters_can_be_accepted() -> None:
    with mock_omics(rules={"undeclared_parameters": "accept"}) as active:
        omics = client()
        workflow = active_workflow(omics, parameterTemplate={"reads": {}})
        start_run(omics, workflowId=workflow, parameters={"reads": "r", "other": 1})
        active.rules["undeclared_parameters"] = "refuse"
        with pytest.raises(omics.exceptions.ValidationException):
            start_run(omics, workflowId=workflow, parameters={"reads": "r", "other": 1})


@pytest.mark.operation("CreateWorkflowVersion", "CreateWorkflow.storageType")
def test_storage_comes_from_the_run_then_the_version_then_the_workflow(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, storageCapacity=2400)
    omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive(), storageType="DYNAMIC")
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="1")

    def storage(**params: Any) -> tuple[str, int | None]:
        found = omics.get_run(id=start_run(omics, workflowId=workflow, **params))
        return found["storageType"], found.get("storageCapacity")

    assert storage() == ("STATIC", 2400)
    assert storage(storageCapacity=10) == ("STATIC", 10)
    assert storage(storageType="DYNAMIC", storageCapacity=10) == ("DYNAMIC", None)
    assert storage(workflowVersionName="1") == ("DYNAMIC", None)
    assert storage(workflowVersionName="1", storageType="STATIC") == ("STATIC", 1200)
    OmicsMock.current().quotas["Maximum static run storage capacity per run"] = 9_600
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="static run storage"):
        storage(storageCapacity=9601)


def test_a_run_is_duplicated_with_its_settings_but_not_its_role_output_or_tags(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, parameterTemplate={"reads": {}})
    settings: Any = {"name": "first", "parameters": {"reads": "r"}, "priority": 7, "logLevel": "OFF", "retentionMode": "REMOVE"}
    first = start_run(omics, workflowId=workflow, tags={"a": "b"}, storageCapacity=2400, **settings)
    again: Any = omics.get_run(id=start_run(omics, runId=first, outputUri="s3://elsewhere/x", priority=8))
    assert again["runId"] == first
    assert again["workflowId"] == workflow
    assert {name: again[name] for name in settings} == settings | {"priority": 8}
    assert (again["storageCapacity"], again["tags"]) == (2400, {})
    assert again["outputUri"] == "s3://elsewhere/x"
    assert "logLocation" not in again
    replaced = start_run(omics, runId=first, parameters={"reads": "other"})
    assert omics.get_run(id=replaced)["parameters"] == {"reads": "other"}
    omics.delete_workflow(id=workflow)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {workflow} not found"):
        start_run(omics, runId=first)
    assert omics.get_run(id=first)["workflowId"] == workflow


@pytest.mark.documented
def test_the_same_request_id_starts_one_run(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    assert len({start_run(omics, workflowId=workflow, requestId="once") for _ in range(2)}) == 1
    assert len(omics.list_runs()["items"]) == 1


def test_the_oldest_removable_run_gives_way_at_the_ceiling() -> None:
    with mock_omics(quotas={"Maximum runs (active or inactive)": 2}):
        omics = client()
        workflow = active_workflow(omics)
        kept = start_run(omics, workflowId=workflow)
        removable = start_run(omics, workflowId=workflow, retentionMode="REMOVE")
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException):
            start_run(omics, workflowId=workflow)
        omics.get_waiter("run_completed").wait(id=removable)
        newest = start_run(omics, workflowId=workflow)
        assert [item["id"] for item in omics.list_runs()["items"]] == [kept, newest]


def test_runs_give_way_oldest_first_and_only_those_that_may() -> None:
    with mock_omics(quotas={"Maximum runs (active or inactive)": 4}):
        omics = client()
        workflow = active_workflow(omics)
        modes: Any = ("REMOVE", "RETAIN", "REMOVE", "REMOVE")
        runs = [start_run(omics, workflowId=workflow, retentionMode=mode) for mode in modes]
        for run in runs[1:]:
            omics.get_waiter("run_completed").wait(id=run)
        for gone in (runs[2], runs[3]):  # the first has not ended
            start_run(omics, workflowId=workflow)
            with pytest.raises(omics.exceptions.ResourceNotFoundException):
                omics.get_run(id=gone)
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum runs"):
            start_run(omics, workflowId=workflow, retentionMode="REMOVE")
        omics.delete_run(id=runs[1])
        start_run(omics, workflowId=workflow)
        assert len(omics.list_runs()["items"]) == 4


@pytest.mark.observed
def test_what_a_run_leaves_behind_outlives_it_when_it_gives_way() -> None:
    with mock_omics(quotas={"Maximum runs (active or inactive)": 1}):
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="results")
        omics = client()
        workflow = active_workflow(omics)
        old = start_run(omics, workflowId=workflow, retentionMode="REMOVE")
        omics.get_waiter("run_completed").wait(id=old)
        new = start_run(omics, workflowId=workflow)
        assert set(keys("results")) == {
            f"here/{old}/",
            f"here/{old}/logs/engine.log",
            f"here/{old}/logs/outputs.json",
            f"here/{new}/",
        }


NEWER: dict[str, Any] = {
    "scratchStorageMode": "LOCAL",
    "sessionPolicy": '{\n\t"Version": "2012-10-17",\r\n\t"Statement": []\n}',
    "outputUriPrefixMode": "NONE_WITH_OVERWRITE",
}


@pytest.mark.documented
@pytest.mark.members_of("StartRun")
@pytest.mark.parametrize("member", NEWER)
def test_newer_members_are_shown_as_given_and_taken_over_by_a_duplicate(omics: "OmicsClient", member: str) -> None:
    wanted = {member: NEWER[member]}
    first = start_run(omics, **wanted)
    for run in (first, start_run(omics, runId=first)):
        assert {member: omics.get_run(id=run)[member]} == wanted  # type: ignore[literal-required]  # members by name
    plain = omics.get_run(id=start_run(omics))
    assert plain.get(member) == ("SERVICE_DEFINED" if member == "outputUriPrefixMode" else None)


@pytest.mark.model
@pytest.mark.members_of("StartRun")
@pytest.mark.parametrize(
    "members",
    [
        {"networkingMode": "PUBLIC"},
        {"scratchStorageMode": "REMOTE"},
        {"outputUriPrefixMode": "NONE"},
        {"sessionPolicy": '{"Statement": "%s"}' % ("x" * 2048)},
        {"sessionPolicy": ""},
        {"configurationName": "a b", "networkingMode": "VPC"},
    ],
)
def test_newer_members_have_their_bounds(mocked: OmicsMock, members: dict[str, Any]) -> None:
    omics = unchecked_client()
    with pytest.raises(omics.exceptions.ValidationException, match=f"at '{next(iter(members))}' failed to satisfy"):
        start_run(omics, **members)
    assert omics.list_runs()["items"] == []


@pytest.mark.operation("StartRun.outputUriPrefixMode")
@pytest.mark.parametrize(("output", "shown"), [("s3://results", "s3://results"), ("s3://results/a/b/", "s3://results/a/b")])
def test_without_a_prefix_of_its_own_a_run_writes_where_it_is_told(omics: "OmicsClient", output: str, shown: str) -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="results")
    run = start_run(omics, outputUri=output, outputUriPrefixMode="NONE_WITH_OVERWRITE")
    omics.get_waiter("run_completed").wait(id=run)
    assert omics.get_run(id=run)["runOutputUri"] == shown
    assert f"{shown}/logs/engine.log".removeprefix("s3://results/") in keys("results")


@pytest.mark.documented
@pytest.mark.operation("StartRun.engineSettings")
def test_only_nextflow_keeps_engine_settings(omics: "OmicsClient") -> None:
    wanted: Any = {"engineVersion": "25.10.0", "profile": "test"}
    nextflow = active_workflow(omics, definitionZip=archive({"main.nf": "process A {\n}"}))
    assert omics.get_run(id=start_run(omics, workflowId=nextflow, engineSettings=wanted))["engineSettings"] == wanted
    assert "engineSettings" not in omics.get_run(id=start_run(omics, engineSettings=wanted))


def test_the_definition_is_exported_only_on_request(omics: "OmicsClient") -> None:
    run = start_run(omics)
    assert "definition" not in omics.get_run(id=run)
    url = omics.get_run(id=run, export=["DEFINITION"])["definition"]
    assert requests.get(url, timeout=5).content == archive()


def test_inputs_in_s3_are_digested_and_must_lie_in_the_region(omics: "OmicsClient") -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="inputs")
    etag = s3.put_object(Bucket="inputs", Key="r1.fq", Body=b"@r\nA\n+\nI\n")["ETag"].strip('"')
    s3.create_bucket(Bucket="abroad", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    parameters: Any = {"reads": ["s3://inputs/r1.fq", "s3://inputs/gone.fq", "s3://never-made/x"]}
    assert omics.get_run(id=start_run(omics, parameters=parameters))["resourceDigests"] == {"s3://inputs/r1.fq": f"etag:{etag}"}
    with pytest.raises(omics.exceptions.ValidationException, match="S3 bucket not located in us-east-1 region"):
        start_run(omics, parameters={"reads": "s3://abroad/r1.fq"})
    with pytest.raises(omics.exceptions.ValidationException, match="S3 bucket not located in us-east-1 region"):
        start_run(omics, outputUri="s3://abroad/out")


@pytest.mark.observed
def test_a_role_the_service_may_not_assume_is_refused(omics: "OmicsClient") -> None:
    iam = boto3.client("iam", region_name="us-east-1")

    def role(service: str) -> str:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return str(iam.create_role(RoleName=service.split(".")[0], AssumeRolePolicyDocument=policy)["Role"]["Arn"])

    start_run(omics, roleArn=role("omics.amazonaws.com"))
    with pytest.raises(omics.exceptions.ValidationException, match="IAM role is invalid or inaccessible"):
        start_run(omics, roleArn=role("ec2.amazonaws.com"))


def test_a_strict_mock_wants_role_bucket_and_inputs_to_exist() -> None:
    with mock_omics(strict=True):
        omics = client()
        workflow = active_workflow(omics)
        with pytest.raises(omics.exceptions.ValidationException, match="IAM role is invalid or inaccessible"):
            start_run(omics, workflowId=workflow)
        statement = {"Effect": "Allow", "Principal": {"Service": ["omics.amazonaws.com"]}, "Action": "sts:AssumeRole"}
        iam = boto3.client("iam", region_name="us-east-1")
        iam.create_role(RoleName="omics", AssumeRolePolicyDocument=json.dumps({"Statement": [statement]}))
        with pytest.raises(omics.exceptions.ValidationException, match="s3://results/here"):
            start_run(omics, workflowId=workflow)
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="results")
        with pytest.raises(omics.exceptions.ValidationException, match="S3 object not found: s3://results/gone"):
            start_run(omics, workflowId=workflow, parameters={"reads": "s3://results/gone"})
        start_run(omics, workflowId=workflow)


def test_a_run_finishes_on_the_clock_at_once_or_by_hand() -> None:
    with mock_omics(lifecycle=40, now="2026-01-01") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        run = start_run(omics)
        seen = []
        for _ in range(5):
            seen.append(omics.get_run(id=run)["status"])
            mocked.clock.advance(10)
        assert seen == ["PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED"]
        found = omics.get_run(id=run)
        assert (found["stopTime"] - found["startTime"]).total_seconds() == 20
        mocked.lifecycle("run", "frozen")
        by_hand = start_run(omics)
        mocked.advance(by_hand, to="RUNNING")
        assert statuses(omics, by_hand, 3) == ["RUNNING"] * 3
        mocked.finish_all()
        assert omics.get_run(id=by_hand)["status"] == "COMPLETED"
        assert {task["status"] for task in omics.list_run_tasks(id=by_hand)["items"]} == {"COMPLETED"}
        mocked.lifecycle("run", "immediate")
        assert omics.get_run(id=start_run(omics))["status"] == "COMPLETED"


def test_a_run_waits_for_tasks_with_a_policy_of_their_own(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("task", "frozen")
    run = start_run(omics)
    assert statuses(omics, run, 8)[2:] == ["RUNNING"] * 6
    mocked.advance(run, to="COMPLETED")
    assert omics.get_run(id=run)["status"] == "COMPLETED"


def test_a_task_is_moved_by_hand_apart_from_its_run(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("task", "frozen")
    run = start_run(omics)
    omics.get_waiter("run_running").wait(id=run)
    first = omics.list_run_tasks(id=run)["items"][-1]["taskId"]
    mocked.advance(first, to="COMPLETED")
    assert [task["status"] for task in omics.list_run_tasks(id=run)["items"]] == ["PENDING", "COMPLETED"]


@pytest.mark.documented
def test_runs_of_one_region_and_account_are_unknown_in_another(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics)
    for other in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.get_run(id=run)
