"""Batches of runs, as a client sees them."""

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.storage import bucket, uri
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = [pytest.mark.operation("StartRunBatch"), pytest.mark.inferred]

SETTINGS = uri("runs.json")
ENDED = {"PROCESSED", "FAILED", "CANCELLED", "RUNS_DELETED", "RUNS_DELETE_FAILED"}


def start_batch(omics: "OmicsClient", runs: Any = 3, default: Any = None, **params: Any) -> str:
    """The id of a batch just started: of so many equal runs, of these settings, or of those at an S3 URI."""
    if isinstance(runs, int):
        runs = [{"runSettingId": f"sample-{number}"} for number in range(runs)]
    common: Any = {"roleArn": ROLE, "outputUri": "s3://results/here", **(default or {})}
    if "workflowId" not in common:
        common["workflowId"] = active_workflow(omics)
    given: Any = {"s3UriSettings" if isinstance(runs, str) else "inlineSettings": runs}
    return omics.start_run_batch(defaultRunSetting=common, batchRunSettings=given, **params)["id"]


def statuses(omics: "OmicsClient", batch: str, polls: int) -> list[str]:
    return [omics.get_batch(batchId=batch)["status"] for _ in range(polls)]


def when(omics: "OmicsClient", batch: str, *states: str) -> Any:
    """Poll the batch until it is in one of the states."""
    for _ in range(50):
        found = omics.get_batch(batchId=batch)
        if found["status"] in states:
            return found
    raise AssertionError(f"{batch} stays {found['status']}")


def rows(omics: "OmicsClient", batch: str, **filters: Any) -> list[Any]:
    pages = omics.get_paginator("list_runs_in_batch").paginate(batchId=batch, **filters)
    return [row for page in pages for row in page["runs"]]


def counts(summary: Any) -> dict[str, int]:
    return {name: count for name, count in summary.items() if count}


def settings_file(content: Any) -> str:
    bucket(contents={"runs.json": content if isinstance(content, bytes) else json.dumps(content).encode()})
    return SETTINGS


# Starting


@pytest.mark.documented
def test_start_answers_what_the_documentation_lists(omics: "OmicsClient") -> None:
    made: Any = omics.start_run_batch(
        batchName="cohort",
        tags={"a": "b"},
        defaultRunSetting={"workflowId": active_workflow(omics), "roleArn": ROLE},
        batchRunSettings={"inlineSettings": [{"runSettingId": "only"}]},
    )
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    arn = f"arn:aws:omics:us-east-1:123456789012:runBatch/{made['id']}"
    assert made == {"id": made["id"], "arn": arn, "status": "CREATING", "uuid": made["uuid"], "tags": {"a": "b"}}


def test_a_batch_takes_one_step_per_poll_and_its_runs_do_so_with_it(omics: "OmicsClient") -> None:
    default = {"workflowId": active_workflow(omics), "roleArn": ROLE, "outputUri": "s3://results", "runTags": {"a": "b"}}
    batch = start_batch(omics, 3, default, batchName="cohort")
    seen: list[Any] = [omics.get_batch(batchId=batch) for _ in range(10)]
    assert [(found["status"], counts(found["submissionSummary"]), counts(found["runSummary"])) for found in seen] == [
        ("CREATING", {"pendingStartSubmissionCount": 3}, {}),
        ("PENDING", {"pendingStartSubmissionCount": 3}, {}),
        ("SUBMITTING", {"pendingStartSubmissionCount": 1, "successfulStartSubmissionCount": 2}, {"pendingRunCount": 2}),
        ("INPROGRESS", {"successfulStartSubmissionCount": 3}, {"pendingRunCount": 1, "startingRunCount": 2}),
        ("INPROGRESS", {"successfulStartSubmissionCount": 3}, {"startingRunCount": 1, "runningRunCount": 2}),
        ("INPROGRESS", {"successfulStartSubmissionCount": 3}, {"runningRunCount": 3}),
        ("INPROGRESS", {"successfulStartSubmissionCount": 3}, {"runningRunCount": 1, "stoppingRunCount": 2}),
        ("INPROGRESS", {"successfulStartSubmissionCount": 3}, {"stoppingRunCount": 1, "completedRunCount": 2}),
        ("INPROGRESS", {"successfulStartSubmissionCount": 3}, {"completedRunCount": 3}),
        ("PROCESSED", {"successfulStartSubmissionCount": 3}, {"completedRunCount": 3}),
    ]
    for found in seen:
        assert (found["name"], found["totalRuns"], found["tags"]) == ("cohort", 3, {})
        assert found["defaultRunSetting"] == default
        assert (len(found["submissionSummary"]), len(found["runSummary"])) == (7, 8)
        assert ("submittedTime" in found) == (found["status"] in {"INPROGRESS", "PROCESSED"})
        assert ("processedTime" in found) == (found["status"] == "PROCESSED")
        assert not {"failedTime", "failureReason"} & found.keys()
    assert statuses(omics, batch, 2) == ["PROCESSED", "PROCESSED"]


def test_listing_batches_polls_them_and_reading_their_rows_does_not(omics: "OmicsClient") -> None:
    batch = start_batch(omics)
    assert [omics.list_batch()["items"][0]["status"] for _ in range(3)] == ["CREATING", "PENDING", "SUBMITTING"]
    assert [len(rows(omics, batch, submissionStatus="SUCCESS")) for _ in range(3)] == [3, 3, 3]
    run = rows(omics, batch)[0]["runId"]
    assert omics.get_run(id=run)["status"] == "STARTING"


@pytest.mark.documented
def test_runs_know_their_batch_but_have_none_of_its_tags(omics: "OmicsClient") -> None:
    batch = start_batch(omics, 2, tags={"of": "the batch"})
    start_run(omics)
    when(omics, batch, "INPROGRESS")
    listed: Any = omics.list_runs(batchId=batch)["items"]
    assert [item["batchId"] for item in listed] == [batch, batch]
    assert {item["id"] for item in listed} == {row["runId"] for row in rows(omics, batch)}
    run: Any = omics.get_run(id=listed[0]["id"])
    assert (run["batchId"], run["tags"], "parameters" in run) == (batch, {}, False)


@pytest.mark.documented
@pytest.mark.operation("StartRun.engineSettings")
def test_parameters_and_tags_are_merged_and_everything_else_is_replaced(omics: "OmicsClient") -> None:
    default: Any = {
        "workflowId": active_workflow(omics, definitionZip=archive({"main.nf": "process A {\n}"})),
        "name": "common",
        "priority": 1,
        "outputUri": "s3://results/common",
        "parameters": {"reference": "r", "version": "v1", "nested": {"kept": False}},
        "runTags": {"project": "p", "version": "1"},
        "engineSettings": {"profile": "docker", "engineVersion": "25.10.0"},
        "logLevel": "OFF",
        "retentionMode": "REMOVE",
        "storageType": "DYNAMIC",
    }
    own: Any = {
        "runSettingId": "own",
        "name": "special",
        "priority": 2,
        "outputUri": "s3://results/special/",
        "parameters": {"reads": "x", "version": "v2", "nested": {}},
        "runTags": {"patient": "1", "version": "2"},
        "engineSettings": {"profile": "test"},
    }
    batch = start_batch(omics, [{"runSettingId": "plain"}, own], default)
    when(omics, batch, "INPROGRESS")
    plain, special = (omics.get_run(id=row["runId"]) for row in rows(omics, batch))
    for name in ("name", "priority", "parameters", "engineSettings", "outputUri", "logLevel", "retentionMode", "storageType"):
        assert plain[name] == default[name]
    assert plain["tags"] == default["runTags"]
    assert special["parameters"] == {"reference": "r", "reads": "x", "version": "v2", "nested": {}}
    assert special["tags"] == {"project": "p", "patient": "1", "version": "2"}
    for name in ("name", "priority", "outputUri", "engineSettings"):
        assert special[name] == own[name]  # type: ignore[literal-required]  # members by name
    assert (special["logLevel"], special["retentionMode"]) == ("OFF", "REMOVE")


def test_runs_are_started_by_who_started_the_batch(mocked: OmicsMock, omics: "OmicsClient") -> None:
    batch = start_batch(omics, 1)
    user: Any = boto3.client("iam").create_user(UserName="other") and boto3.client("iam").create_access_key(UserName="other")
    keys = {"aws_access_key_id": user["AccessKey"]["AccessKeyId"], "aws_secret_access_key": "secret"}
    when(client(**keys), batch, "INPROGRESS")
    assert omics.get_run(id=rows(omics, batch)[0]["runId"])["startedBy"].endswith("user/moto")


@pytest.mark.observed
def test_inputs_in_s3_are_digested_for_every_run(omics: "OmicsClient") -> None:
    bucket(contents={"ref.fa": b">r\nA\n", "1.fq": b"@r\nA\n+\nI\n"})
    batch = start_batch(
        omics,
        [{"runSettingId": "1", "parameters": {"reads": [uri("1.fq")]}}, {"runSettingId": "2"}],
        {"parameters": {"reference": uri("ref.fa")}},
    )
    when(omics, batch, "INPROGRESS")
    digested = [omics.get_run(id=row["runId"])["resourceDigests"].keys() for row in rows(omics, batch)]
    assert digested == [{uri("ref.fa"), uri("1.fq")}, {uri("ref.fa")}]


# What is refused at once


@pytest.mark.parametrize(
    ("default", "message"),
    [
        ({"workflowType": "READY2RUN"}, "Ready2Run"),
        ({"workflowType": "READY2RUN", "workflowId": "9500764"}, "Ready2Run"),
        ({"cacheBehavior": "CACHE_ALWAYS"}, "cacheId"),
        ({"networkingMode": "VPC"}, "configurationName"),
        ({"sessionPolicy": "{"}, "sessionPolicy"),
        ({"parameters": []}, "parameters must be a JSON object"),
        ({"runTags": {"aws:a": ""}}, "reserved"),
        ({"roleArn": "arn:aws:iam::210987654321:role/theirs"}, "IAM role is invalid or inaccessible"),
        ({"roleArn": "role"}, "roleArn"),
        ({"priority": 100_001}, "defaultRunSetting.priority"),
    ],
)
def test_a_common_setting_that_no_run_can_have_is_refused(mocked: OmicsMock, default: dict[str, Any], message: str) -> None:
    omics = unchecked_client()
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        start_batch(omics, 1, {"workflowId": active_workflow(omics), **default})
    assert omics.list_batch()["items"] == []


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ([], "inlineSettings"),
        ([{"runSettingId": f"{number}"} for number in range(101)], "inlineSettings"),
        ([{"runSettingId": "a"}, {"runSettingId": "b"}, {"runSettingId": "a"}], "Expected 3 unique runSettingIds but there were 2"),
        ([{"name": "without an id"}], "runSettingId"),
        ([{"runSettingId": "a", "priority": -1}], "priority"),
        ("s3://never-made/runs.json", "S3 object not found: s3://never-made/runs.json"),
        (uri("gone.json"), "S3 object not found"),
        ("https://reads/runs.json", "s3UriSettings"),
        ("s3://reads", "s3UriSettings"),
    ],
)
def test_settings_that_can_not_be_read_are_refused(mocked: OmicsMock, runs: Any, message: str) -> None:
    omics = unchecked_client()
    bucket()
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        start_batch(omics, runs)
    assert omics.list_batch()["items"] == []


@pytest.mark.model
def test_settings_come_either_inline_or_from_s3(mocked: OmicsMock) -> None:
    omics = unchecked_client()
    default: Any = {"workflowId": active_workflow(omics), "roleArn": ROLE}
    wrong: list[Any] = [{}, {"inlineSettings": [{"runSettingId": "a"}], "s3UriSettings": SETTINGS}]
    for given in wrong:
        with pytest.raises(omics.exceptions.ValidationException, match="exactly one"):
            omics.start_run_batch(defaultRunSetting=default, batchRunSettings=given)


def test_a_batch_can_have_fifty_tags(omics: "OmicsClient") -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="50 tags"):
        start_batch(omics, 1, tags={f"k{number}": "" for number in range(51)})


@pytest.mark.parametrize(
    ("default", "message"),
    [
        ({"workflowId": "7654321"}, "Workflow 7654321 not found"),
        ({"workflowId": "9500764"}, "Workflow 9500764 not found"),
        ({"workflowVersionName": "9"}, "Workflow version 9 not found"),
        ({"workflowOwnerId": "210987654321"}, "Workflow .* not found"),
        ({"runGroupId": "7654321"}, "RunGroup 7654321 not found"),
        ({"cacheId": "7654321"}, "RunCache 7654321 not found"),
        ({"networkingMode": "VPC", "configurationName": "net"}, "Configuration net not found"),
    ],
)
def test_what_the_runs_refer_to_must_exist(omics: "OmicsClient", default: dict[str, Any], message: str) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=message):
        start_batch(omics, 1, {"workflowId": active_workflow(omics), **default})
    assert omics.list_batch()["items"] == []


def test_the_workflow_must_be_active(omics: "OmicsClient") -> None:
    workflow = omics.create_workflow(definitionZip=archive())["id"]
    with pytest.raises(omics.exceptions.ConflictException, match="CREATING, not ACTIVE"):
        start_batch(omics, 1, {"workflowId": workflow})


@pytest.mark.documented
def test_the_same_request_id_starts_one_batch(omics: "OmicsClient") -> None:
    default = {"workflowId": active_workflow(omics)}
    first = start_batch(omics, settings_file([{"runSettingId": "a"}]), default, requestId="once")
    boto3.client("s3", region_name="us-east-1").delete_object(Bucket="reads", Key="runs.json")
    assert start_batch(omics, SETTINGS, default, requestId="once") == first
    assert len(omics.list_batch()["items"]) == 1


# Settings in S3


@pytest.mark.documented
def test_settings_from_s3_are_those_of_inline_settings(omics: "OmicsClient") -> None:
    runs = [{"runSettingId": f"s{number:03}", "parameters": {"n": number}, "name": None} for number in range(150)]
    batch = start_batch(omics, settings_file(runs))
    found = when(omics, batch, "INPROGRESS")
    assert (found["totalRuns"], found["submissionSummary"]["successfulStartSubmissionCount"]) == (150, 150)
    listed = rows(omics, batch)
    assert [row["runSettingId"] for row in listed] == [run["runSettingId"] for run in runs]
    assert omics.get_run(id=listed[77]["runId"])["parameters"] == {"n": 77}


MALFORMED = "Invalid JSON format in run configurations"


@pytest.mark.parametrize(
    ("content", "total", "reason"),
    [
        pytest.param([{"runSettingId": f"{n}"} for n in range(100_001)], 100_001, "Batch has 100001 runs", id="too many"),
        pytest.param([{"runSettingId": f"{n % 49}"} for n in range(50)], 50, "Expected 50 unique", id="duplicates"),
        pytest.param(b'[{"runSettingId": "a"}', 0, MALFORMED, id="cut off"),
        pytest.param(b"", 0, MALFORMED, id="empty"),
        pytest.param(b"\xff", 0, MALFORMED, id="not UTF-8"),
        pytest.param([], 0, MALFORMED, id="no runs"),
        pytest.param(None, 0, MALFORMED, id="null"),
        pytest.param({"runSettingId": "a"}, 0, MALFORMED, id="an object"),
        pytest.param([None], 0, MALFORMED, id="null for a run"),
        pytest.param(["a"], 0, MALFORMED, id="a string for a run"),
        pytest.param([{"name": "a"}], 0, MALFORMED, id="without an id"),
        pytest.param([{"runSettingId": 1}], 0, MALFORMED, id="a number for an id"),
        pytest.param([{"runSettingId": "a", "priority": "high"}], 0, MALFORMED, id="a string for a number"),
    ],
)
def test_a_file_that_holds_no_settings_fails_the_batch(omics: "OmicsClient", content: Any, total: int, reason: str) -> None:
    batch = start_batch(omics, settings_file(content))
    assert statuses(omics, batch, 1) == ["CREATING"]
    found: Any = omics.get_batch(batchId=batch)
    assert (found["status"], found["totalRuns"]) == ("FAILED", total)
    assert reason in found["failureReason"]
    assert found["failedTime"] == found["creationTime"]
    assert (counts(found["submissionSummary"]), rows(omics, batch), omics.list_runs()["items"]) == ({}, [], [])
    omics.delete_batch(batchId=batch)


@pytest.mark.documented
def test_the_reasons_of_failed_batches_are_worded_as_the_service_words_them(omics: "OmicsClient") -> None:
    def reason(content: Any) -> str:
        return str(when(omics, start_batch(omics, settings_file(content)), "FAILED")["failureReason"])

    assert reason([{"runSettingId": f"{n}"} for n in range(100_001)]) == "Batch has 100001 runs but 100000 runs is the max."
    assert reason([{"runSettingId": f"{n % 49}"} for n in range(50)]) == "Expected 50 unique runSettingIds but there were 49"


@pytest.mark.documented
@pytest.mark.parametrize("poll", ["get_batch", "list_batch"])
def test_settings_changed_after_the_call_fail_the_batch(omics: "OmicsClient", poll: str) -> None:
    batch = start_batch(omics, settings_file([{"runSettingId": "a"}]))
    s3 = boto3.client("s3", region_name="us-east-1")
    before = s3.head_object(Bucket="reads", Key="runs.json")["ETag"]
    after = s3.put_object(Bucket="reads", Key="runs.json", Body=b"[]")["ETag"]
    getattr(omics, poll)(**{"batchId": batch} if poll == "get_batch" else {})
    found = omics.get_batch(batchId=batch)
    assert found["status"] == "FAILED"
    changed = "s3UriConfigs have changed since calling StartRunBatch"
    assert found["failureReason"] == f"Expected s3UriConfigs etag: {before} but was: {after}. {changed}"
    assert (found["totalRuns"], counts(found["submissionSummary"]), omics.list_runs()["items"]) == (1, {}, [])


def test_settings_deleted_after_the_call_fail_the_batch(omics: "OmicsClient") -> None:
    batch = start_batch(omics, settings_file([{"runSettingId": "a"}]))
    boto3.client("s3", region_name="us-east-1").delete_object(Bucket="reads", Key="runs.json")
    assert 'but was: "".' in when(omics, batch, "FAILED")["failureReason"]


def test_settings_may_be_written_again_as_they_were_or_changed_once_the_batch_is_made(omics: "OmicsClient") -> None:
    batch = start_batch(omics, settings_file([{"runSettingId": "a"}]))
    settings_file([{"runSettingId": "a"}])
    assert statuses(omics, batch, 2) == ["CREATING", "PENDING"]
    settings_file([])
    assert when(omics, batch, *ENDED)["status"] == "PROCESSED"


# Runs that can not be started


@pytest.mark.parametrize(
    ("setting", "reason", "message"),
    [
        ({"outputUri": "results"}, "ValidationException", "outputUri"),
        ({"outputUri": "s3://abroad/x"}, "ValidationException", "S3 bucket not located in us-east-1 region"),
        ({"outputUri": "s3://reads/x", "outputBucketOwnerId": "210987654321"}, "ValidationException", "does not belong"),
        ({"parameters": {"other": 1}}, "ValidationException", "other not defined in the parameter template"),
        ({"parameters": {"n": "s3://abroad/x"}}, "ValidationException", "S3 bucket not located in us-east-1 region"),
        ({"parameters": ["list"]}, "ValidationException", "parameters must be a JSON object"),
        ({"engineSettings": "text"}, "ValidationException", "engineSettings must be a JSON object"),
        ({"runTags": {"aws:a": ""}}, "ValidationException", "reserved"),
        ({"priority": 100_001}, "ValidationException", "1 validation error detected: Value '100001' at 'priority'"),
        ({"name": "n" * 129}, "ValidationException", "'name' failed to satisfy constraint"),
    ],
)
def test_a_run_that_is_refused_fails_alone(omics: "OmicsClient", setting: dict[str, Any], reason: str, message: str) -> None:
    bucket(name="abroad", region="eu-west-1")
    workflow = active_workflow(omics, parameterTemplate={"n": {"optional": True}})
    runs = [{"runSettingId": "good"}, {"runSettingId": "bad", **setting}, {"runSettingId": "fine"}]
    batch = start_batch(omics, settings_file(runs), {"workflowId": workflow})
    found = when(omics, batch, *ENDED)
    assert found["status"] == "PROCESSED"
    assert counts(found["submissionSummary"]) == {"successfulStartSubmissionCount": 2, "failedStartSubmissionCount": 1}
    assert [row["submissionStatus"] for row in rows(omics, batch)] == ["SUCCESS", "FAILED", "SUCCESS"]
    [row] = rows(omics, batch, submissionStatus="FAILED")
    assert message in row.pop("submissionFailureMessage")
    assert row == {"runSettingId": "bad", "submissionStatus": "FAILED", "submissionFailureReason": reason}
    assert len(omics.list_runs()["items"]) == 2


def test_a_batch_none_of_whose_runs_can_start_is_processed_nevertheless(omics: "OmicsClient") -> None:
    default: Any = {"workflowId": active_workflow(omics), "roleArn": ROLE}
    made = omics.start_run_batch(defaultRunSetting=default, batchRunSettings={"inlineSettings": [{"runSettingId": "a"}]})
    assert statuses(omics, made["id"], 5)[-2:] == ["INPROGRESS", "PROCESSED"]
    assert "outputUri must be specified" in rows(omics, made["id"])[0]["submissionFailureMessage"]


def test_what_disappears_before_submission_fails_the_runs(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    batch = start_batch(omics, 2, {"workflowId": workflow})
    omics.delete_workflow(id=workflow)
    when(omics, batch, "PROCESSED")
    assert {row["submissionFailureReason"] for row in rows(omics, batch)} == {"ResourceNotFoundException"}


@pytest.mark.documented
def test_a_quota_holds_for_runs_of_batches() -> None:
    with mock_omics(quotas={"Maximum runs (active or inactive)": 2}):
        omics = client()
        batch = start_batch(omics, 3)
        when(omics, batch, "PROCESSED")
        assert [row.get("submissionFailureReason") for row in rows(omics, batch)] == [None, None, "ServiceQuotaExceededException"]


@pytest.mark.documented
def test_a_batch_waits_for_room_in_its_run_group(omics: "OmicsClient") -> None:
    group = omics.create_run_group(maxRuns=1)["id"]
    start_run(omics, runGroupId=group)
    batch = start_batch(omics, 3, {"runGroupId": group})
    found = when(omics, batch, "PROCESSED")
    assert counts(found["runSummary"]) == {"completedRunCount": 3}


# Cancelling and deleting


@pytest.mark.parametrize(("polls", "started"), [(1, 0), (2, 2), (3, 3), (5, 3)])
def test_a_cancelled_batch_starts_no_more_runs_and_stops_those_it_has(omics: "OmicsClient", polls: int, started: int) -> None:
    batch = start_batch(omics, 3)
    statuses(omics, batch, polls)
    answer: Any = omics.cancel_run_batch(batchId=batch)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert statuses(omics, batch, 1) == ["STOPPING"]
    found = when(omics, batch, "CANCELLED")
    sent = {"successfulStartSubmissionCount": started, "successfulCancelSubmissionCount": started}
    assert counts(found["submissionSummary"]) == counts(sent)
    assert counts(found["runSummary"]) == counts({"cancelledRunCount": started})
    assert [row.get("submissionStatus") for row in rows(omics, batch)] == ["CANCEL_SUCCESS"] * started + [None] * (3 - started)
    assert [run["status"] for run in omics.list_runs()["items"]] == ["CANCELLED"] * started
    assert ("submittedTime" in found, "processedTime" in found) == (polls >= 3, False)


def test_a_run_that_has_ended_can_not_be_cancelled_with_its_batch(mocked: OmicsMock, omics: "OmicsClient") -> None:
    batch = start_batch(omics, 2)
    mocked.advance(batch, "INPROGRESS")
    mocked.advance(rows(omics, batch)[0]["runId"], "COMPLETED")
    omics.cancel_run_batch(batchId=batch)
    found = when(omics, batch, "CANCELLED")
    assert counts(found["runSummary"]) == {"completedRunCount": 1, "cancelledRunCount": 1}
    assert found["submissionSummary"]["failedCancelSubmissionCount"] == 1
    [row] = rows(omics, batch, submissionStatus="CANCEL_FAILED")
    assert (row["submissionFailureReason"], row["runId"]) == ("ConflictException", rows(omics, batch)[0]["runId"])


def test_a_batch_is_cancelled_when_its_runs_are(mocked: OmicsMock, omics: "OmicsClient") -> None:
    batch = start_batch(omics, 1)
    mocked.lifecycle("run", "frozen")
    mocked.advance(batch, "INPROGRESS")
    run = rows(omics, batch)[0]["runId"]
    mocked.advance(run, "RUNNING")
    omics.cancel_run_batch(batchId=batch)
    assert statuses(omics, batch, 3) == ["STOPPING"] * 3
    mocked.advance(run, "CANCELLED")
    assert statuses(omics, batch, 2) == ["STOPPING", "CANCELLED"]


@pytest.mark.documented
@pytest.mark.parametrize("first", ["PROCESSED", "CANCELLED"])
def test_the_runs_of_a_batch_are_deleted_and_the_batch_stays(omics: "OmicsClient", first: str) -> None:
    batch = start_batch(omics, 2)
    when(omics, batch, "INPROGRESS")
    if first == "CANCELLED":
        omics.cancel_run_batch(batchId=batch)
    when(omics, batch, first)
    run = rows(omics, batch)[0]["runId"]
    assert omics.delete_run_batch(batchId=batch)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert statuses(omics, batch, 2) == ["RUNS_DELETING", "RUNS_DELETED"]
    found = omics.get_batch(batchId=batch)
    assert counts(found["runSummary"]) == {"deletedRunCount": 2}
    assert found["submissionSummary"]["successfulDeleteSubmissionCount"] == 2
    assert found["submissionSummary"]["successfulCancelSubmissionCount"] == (2 if first == "CANCELLED" else 0)
    assert [row["submissionStatus"] for row in rows(omics, batch)] == ["DELETE_SUCCESS"] * 2
    assert omics.list_runs(batchId=batch)["items"] == []
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_run(id=run)


def test_a_run_that_can_not_be_deleted_is_told(omics: "OmicsClient") -> None:
    batch = start_batch(omics, 2)
    when(omics, batch, "PROCESSED")
    omics.delete_run(id=rows(omics, batch)[1]["runId"])
    assert counts(omics.get_batch(batchId=batch)["runSummary"]) == {"completedRunCount": 1, "deletedRunCount": 1}
    omics.delete_run_batch(batchId=batch)
    assert statuses(omics, batch, 2) == ["RUNS_DELETING", "RUNS_DELETE_FAILED"]
    assert [row["submissionStatus"] for row in rows(omics, batch)] == ["DELETE_SUCCESS", "DELETE_FAILED"]
    assert rows(omics, batch)[1]["submissionFailureReason"] == "ResourceNotFoundException"


def test_a_deleted_batch_leaves_its_runs(omics: "OmicsClient") -> None:
    batch = start_batch(omics, 1)
    when(omics, batch, "PROCESSED")
    run = rows(omics, batch)[0]["runId"]
    assert omics.delete_batch(batchId=batch)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert omics.list_batch()["items"] == []
    assert omics.get_run(id=run)["batchId"] == batch
    gone = (omics.get_batch, omics.list_runs_in_batch, omics.cancel_run_batch, omics.delete_run_batch, omics.delete_batch)
    for use in gone:
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Batch {batch} not found"):
            use(batchId=batch)


ALLOWED = {
    "cancel_run_batch": {"PENDING", "SUBMITTING", "INPROGRESS"},
    "delete_run_batch": {"PROCESSED", "CANCELLED"},
    "delete_batch": {"PROCESSED", "FAILED", "CANCELLED", "RUNS_DELETE_FAILED", "RUNS_DELETED"},
}


@pytest.mark.parametrize("operation", ALLOWED)
def test_what_can_be_done_to_a_batch_depends_on_its_state(mocked: OmicsMock, omics: "OmicsClient", operation: str) -> None:
    workflow = active_workflow(omics)

    def advanced(to: str) -> str:
        batch = start_batch(omics, 1, {"workflowId": workflow})
        mocked.advance(batch, to)
        return batch

    def then(method: Any, batch: str, to: str = "") -> str:
        method(batchId=batch)
        if to:
            mocked.advance(batch, to)
        return batch

    in_line = ("CREATING", "PENDING", "SUBMITTING", "INPROGRESS", "PROCESSED")
    batches = {state: advanced(state) for state in in_line} | {
        "STOPPING": then(omics.cancel_run_batch, advanced("INPROGRESS")),
        "CANCELLED": then(omics.cancel_run_batch, advanced("INPROGRESS"), "CANCELLED"),
        "RUNS_DELETING": then(omics.delete_run_batch, advanced("PROCESSED")),
        "RUNS_DELETED": then(omics.delete_run_batch, advanced("PROCESSED"), "RUNS_DELETED"),
        "FAILED": start_batch(omics, settings_file([]), {"workflowId": workflow}),
    }
    when(omics, batches["FAILED"], "FAILED")
    refused = set()
    for batch in batches.values():
        try:
            getattr(omics, operation)(batchId=batch)
        except omics.exceptions.ConflictException as conflict:
            refused.add(conflict.response["Error"]["Message"].split()[3].rstrip(":"))
    assert refused == batches.keys() - ALLOWED[operation]


# Lists


def test_batches_are_filtered_by_one_member_and_paged(omics: "OmicsClient") -> None:
    group = omics.create_run_group(maxRuns=5)["id"]
    workflow = active_workflow(omics)
    made = [
        start_batch(omics, 1, {"workflowId": workflow}, batchName="a"),
        start_batch(omics, 1, {"workflowId": workflow, "runGroupId": group}, batchName="b"),
        start_batch(omics, 1, {"workflowId": workflow}),
    ]

    def found(**filters: Any) -> list[str]:
        return [item["id"] for item in omics.list_batch(**filters)["items"]]

    assert found(status="CREATING") == made
    assert found(name="a") == made[:1]
    assert found(runGroupId=group) == made[1:2]
    assert found(status="FAILED") == found(name="c") == found(runGroupId="7654321") == []
    first: Any = omics.list_batch(maxItems=2)
    item = first["items"][0]
    expected = {"id": made[0], "name": "a", "totalRuns": 1, "workflowId": workflow}
    assert {name: item[name] for name in expected} == expected
    assert item.keys() - expected.keys() == {"status", "createdAt"}
    assert found(maxItems=2, startingToken=first["nextToken"]) == made[2:]
    with pytest.raises(omics.exceptions.ValidationException, match="At most one of .* got status, name"):
        omics.list_batch(status="FAILED", name="a")
    with pytest.raises(omics.exceptions.ValidationException, match="startingToken"):
        omics.list_batch(name="a", startingToken=first["nextToken"])


def test_rows_are_filtered_by_one_member_and_paged(omics: "OmicsClient") -> None:
    batch = start_batch(omics, settings_file([{"runSettingId": f"{number:03}"} for number in range(120)]))
    assert rows(omics, batch) == [{"runSettingId": f"{number:03}"} for number in range(120)]
    when(omics, batch, "PENDING")
    first: Any = omics.list_runs_in_batch(batchId=batch)
    assert len(first["runs"]) == 100
    assert Counter(row.get("submissionStatus") for row in rows(omics, batch)) == {"SUCCESS": 60, None: 60}
    row = first["runs"][7]
    run = omics.get_run(id=row["runId"])
    assert row == {
        "runSettingId": "007",
        "runId": run["id"],
        "runArn": run["arn"],
        "runInternalUuid": run["uuid"],
        "submissionStatus": "SUCCESS",
    }
    assert rows(omics, batch, runSettingId="007") == rows(omics, batch, runId=run["id"]) == [row]
    assert (
        rows(omics, batch, runSettingId="x") == rows(omics, batch, runId="1") == rows(omics, batch, submissionStatus="FAILED") == []
    )
    assert len(rows(omics, batch, submissionStatus="SUCCESS", maxItems=7)) == 60
    with pytest.raises(omics.exceptions.ValidationException, match="At most one of .* got submissionStatus, runId"):
        omics.list_runs_in_batch(batchId=batch, submissionStatus="SUCCESS", runId="1")
    for filters in ({}, {"submissionStatus": "SUCCESS"}, {"runSettingId": "007"}, {"runId": run["id"]}):
        with pytest.raises(omics.exceptions.ValidationException, match="startingToken"):
            omics.list_runs_in_batch(batchId=start_batch(omics, 1), startingToken=first["nextToken"], **filters)  # type: ignore[arg-type]  # members by name


@pytest.mark.parametrize("operation", ["get_batch", "list_runs_in_batch", "cancel_run_batch", "delete_run_batch", "delete_batch"])
def test_an_unknown_batch_is_not_found(omics: "OmicsClient", operation: str) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Batch 1234567 not found"):
        getattr(omics, operation)(batchId="1234567")


@pytest.mark.documented
def test_batches_of_one_region_and_account_are_unknown_in_another(mocked: OmicsMock, omics: "OmicsClient") -> None:
    batch = start_batch(omics)
    for other in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
        assert other.list_batch()["items"] == []
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.get_batch(batchId=batch)


@pytest.mark.documented
def test_a_batch_is_tagged_by_its_arn(omics: "OmicsClient") -> None:
    batch = start_batch(omics, 1, tags={"a": "1"})
    arn = omics.get_batch(batchId=batch)["arn"]
    omics.tag_resource(resourceArn=arn, tags={"b": "2"})
    omics.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == omics.get_batch(batchId=batch)["tags"] == {"b": "2"}


# How batches move


def test_a_batch_is_done_at_once_under_immediate() -> None:
    with mock_omics(lifecycle="immediate"):
        omics = client()
        made: Any = omics.start_run_batch(
            defaultRunSetting={"workflowId": active_workflow(omics), "roleArn": ROLE, "outputUri": "s3://results"},
            batchRunSettings={"inlineSettings": [{"runSettingId": f"{number}"} for number in range(5)]},
        )
        assert made["status"] == "CREATING"
        found: Any = omics.get_batch(batchId=made["id"])
        assert (found["status"], counts(found["runSummary"])) == ("PROCESSED", {"completedRunCount": 5})
        omics.delete_run_batch(batchId=made["id"])
        assert statuses(omics, made["id"], 1) == ["RUNS_DELETED"]
        failed = start_batch(omics, settings_file([]))
        assert statuses(omics, failed, 1) == ["FAILED"]


def test_a_batch_takes_as_long_as_the_clock_says() -> None:
    with mock_omics(lifecycle=40, now="2026-01-01") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        batch = start_batch(omics, 3)
        seen = []
        for _ in range(5):
            seen += statuses(omics, batch, 1)
            mocked.clock.advance(10)
        assert seen == ["CREATING", "PENDING", "SUBMITTING", "INPROGRESS", "PROCESSED"]
        found: Any = omics.get_batch(batchId=batch)
        times = [found[name] - found["creationTime"] for name in ("submittedTime", "processedTime")]
        assert [time.total_seconds() for time in times] == [30, 40]
        at_once = start_batch(omics, 3, {"workflowId": found["defaultRunSetting"]["workflowId"]})
        mocked.clock.advance(1000)
        assert statuses(omics, at_once, 1) == ["PROCESSED"]
        for row in rows(omics, at_once):
            run = omics.get_run(id=row["runId"])
            assert run["creationTime"] <= run["startTime"] <= run["stopTime"]
        changed = start_batch(omics, settings_file([{"runSettingId": "a"}]))
        settings_file([])
        mocked.clock.advance(10)
        found = omics.get_batch(batchId=changed)
        assert (found["status"], (found["failedTime"] - found["creationTime"]).total_seconds()) == ("FAILED", 10)


def test_a_frozen_batch_is_moved_by_hand() -> None:
    with mock_omics(lifecycle="frozen") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        first, second = start_batch(omics, 3), start_batch(omics, 1)
        assert statuses(omics, first, 3) == ["CREATING"] * 3
        mocked.advance(first, to="SUBMITTING")
        found: Any = omics.get_batch(batchId=first)
        assert (found["status"], counts(found["runSummary"])) == ("SUBMITTING", {"pendingRunCount": 2})
        mocked.advance(found["arn"], to="PROCESSED")
        assert counts(omics.get_batch(batchId=first)["runSummary"]) == {"completedRunCount": 3}
        mocked.finish_all()
        assert statuses(omics, second, 1) == ["PROCESSED"]


@pytest.mark.parametrize("policy", ["observed", "immediate", 10])
def test_a_batch_waits_for_runs_with_a_policy_of_their_own(policy: Any) -> None:
    with mock_omics(lifecycle=policy) as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        mocked.lifecycle("run", "frozen")
        batch = start_batch(omics, 2)
        mocked.clock.advance(100)
        statuses(omics, batch, 3)
        assert statuses(omics, batch, 3) == ["INPROGRESS"] * 3
        for row in rows(omics, batch):
            mocked.advance(row["runId"], to="COMPLETED")
        statuses(omics, batch, 1)
        assert statuses(omics, batch, 1) == ["PROCESSED"]
