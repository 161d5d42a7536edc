"""How runs fail: by plan, with every reason there is, and by themselves."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from omics_mock.runs_simulator.failures import REASONS
from tests.support.storage import bucket, imported, reference, sequence_store
from tests.support.workflows import ROLE, active_workflow, archive, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.documented

OF_TASKS = sorted(reason for reason, known in REASONS.items() if known.of_task)
OF_RUNS = sorted(reason for reason, known in REASONS.items() if known.of_run)
TRUST: Any = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "omics.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics() as mocked:
        yield mocked


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return mocked.client(region="us-east-1")


def failed(omics: "OmicsClient", run: str) -> Any:
    """The run, which is to fail."""
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter("run_completed").wait(id=run)
    return omics.get_run(id=run)


def tasks_of(omics: "OmicsClient", run: str) -> Any:
    return [omics.get_run_task(id=run, taskId=task["taskId"]) for task in omics.list_run_tasks(id=run)["items"][::-1]]


def test_there_are_25_reasons() -> None:
    assert len(REASONS) == 25


@pytest.mark.inferred
@pytest.mark.parametrize("reason", OF_RUNS)
def test_a_run_fails_for_every_reason_of_runs(mocked: OmicsMock, omics: "OmicsClient", reason: str) -> None:
    mocked.plan_run(fail=reason)
    run = start_run(omics, parameters={"reads": "s3://reads/a.fastq.gz"})
    found = failed(omics, run)
    assert found["failureReason"] == reason
    assert found["statusMessage"].startswith(REASONS[reason].message.partition("{")[0])
    assert not re.search(r"[{}]|None", found["statusMessage"])
    assert found["startTime"] <= found["stopTime"]
    statuses = {task["status"] for task in tasks_of(omics, run)}
    assert statuses == {"import": set(), "tasks": {"CANCELLED"}, "export": {"COMPLETED"}}[REASONS[reason].stage]


@pytest.mark.inferred
@pytest.mark.parametrize("reason", OF_TASKS)
def test_a_task_fails_for_every_reason_of_tasks_and_its_run_with_it(mocked: OmicsMock, omics: "OmicsClient", reason: str) -> None:
    mocked.plan_run(fail={"reason": reason, "task": "second"})
    run = start_run(omics)
    found = failed(omics, run)
    assert found["failureReason"] == "RUN_TASK_FAILED"
    assert "GetRunTask" in found["statusMessage"]
    first, second = tasks_of(omics, run)
    never_ran = REASONS[reason].stage == "import"  # and so the other one, which runs for a moment, is cut short
    assert first["status"] == ("CANCELLED" if never_ran else "COMPLETED")
    assert (second["status"], second["failureReason"]) == ("FAILED", reason)
    assert second["statusMessage"].startswith(REASONS[reason].message.partition("{")[0])
    assert not re.search(r"[{}]|None", second["statusMessage"])
    assert ("{id}" in REASONS[reason].message) == (second["taskId"] in second["statusMessage"])
    assert ("startTime" in second) != never_ran


@pytest.mark.inferred
def test_what_only_happens_to_tasks_happens_to_the_first_unless_another_is_named(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(fail="OUT_OF_MEMORY_ERROR")
    run = start_run(omics)
    assert failed(omics, run)["failureReason"] == "RUN_TASK_FAILED"
    assert [(task["name"], task["status"]) for task in tasks_of(omics, run)] == [("first", "FAILED"), ("second", "CANCELLED")]


@pytest.mark.inferred
def test_a_failure_says_what_the_test_wants_it_to_say(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(name="run", fail={"reason": "WORKFLOW_RUN_FAILED", "message": "check JSON input"})
    mocked.plan_run(name="task", fail={"reason": "RUN_TASK_FAILED", "task": "first", "message": "exit 3"})
    assert failed(omics, start_run(omics, name="run"))["statusMessage"] == "check JSON input"
    run = start_run(omics, name="task")
    failed(omics, run)
    assert tasks_of(omics, run)[0]["statusMessage"] == "exit 3"


def test_a_failure_waits_for_its_state(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(fail="EXPORT_FAILED")
    run = start_run(omics)
    seen = [omics.get_run(id=run)["status"] for _ in range(6)]
    assert list(dict.fromkeys(seen)) == ["PENDING", "STARTING", "RUNNING", "STOPPING", "FAILED"]


@pytest.mark.inferred
@pytest.mark.parametrize(
    ("fail", "said"),
    [
        ("OOM", "unknown reason 'OOM'; known: ALL_PROFILES"),
        ({"message": "m"}, "the reason is missing"),
        ({"reason": "SERVICE_ERROR", "at": "x"}, "unknown at"),
        ({"reason": "EXPORT_FAILED", "task": "x"}, "EXPORT_FAILED is a failure of a run, not of its task 'x'"),
    ],
)
def test_a_failure_there_is_not_is_refused_when_it_is_planned(mocked: OmicsMock, fail: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        mocked.plan_run(fail=fail)


@pytest.mark.inferred
def test_a_failure_of_a_task_that_the_run_does_not_have_is_refused_when_it_starts(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(fail={"reason": "RUN_TASK_FAILED", "task": "third"})
    with pytest.raises(ValueError, match="the run has no task 'third'; it has first, second"):
        start_run(omics)
    assert omics.list_runs()["items"] == []


@pytest.mark.inferred
def test_an_input_that_is_not_in_its_bucket_is_not_found(mocked: OmicsMock, omics: "OmicsClient") -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    s3.create_bucket(Bucket="reads")
    s3.put_object(Bucket="reads", Key="there/a.fq", Body=b"@r")
    found = failed(omics, start_run(omics, parameters={"reads": ["s3://reads/there/a.fq", "s3://reads/gone.fq"]}))
    assert found["failureReason"] == "INPUT_URI_NOT_FOUND"
    assert "s3://reads/gone.fq" in found["statusMessage"]
    for fine in ("s3://reads/there/a.fq", "s3://reads/there", "s3://nobody-made-this/a.fq"):
        omics.get_waiter("run_completed").wait(id=start_run(omics, parameters={"reads": fine}))


@pytest.mark.parametrize(("change", "reason"), [("delete", "INPUT_URI_NOT_FOUND"), ("write", "MODIFIED_INPUT_RESOURCE")])
def test_an_input_that_changes_after_the_start_fails_the_run(
    mocked: OmicsMock, omics: "OmicsClient", change: str, reason: str
) -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    s3.create_bucket(Bucket="reads")
    s3.put_object(Bucket="reads", Key="a.fq", Body=b"@r")
    run = start_run(omics, parameters={"reads": "s3://reads/a.fq"})
    if change == "delete":
        s3.delete_object(Bucket="reads", Key="a.fq")
    else:
        s3.put_object(Bucket="reads", Key="a.fq", Body=b"@other")
    assert failed(omics, run)["failureReason"] == reason


def test_what_is_in_a_store_of_somebody_else_is_taken_to_be_there(omics: "OmicsClient") -> None:
    uri = "omics://111122223333.storage.us-east-1.amazonaws.com/1234567890/readSet/1234567890/source1"
    omics.get_waiter("run_completed").wait(id=start_run(omics, parameters={"reads": uri}))


@pytest.mark.parametrize("uri", ["s3://No_Bucket/x", "omics://reads/1"])
def test_an_input_that_is_no_uri_fails_the_run(omics: "OmicsClient", uri: str) -> None:
    found = failed(omics, start_run(omics, parameters={"reads": uri}))
    assert (found["failureReason"], uri in found["statusMessage"]) == ("INVALID_URI_INPUT", True)


def test_a_role_that_is_gone_when_the_run_begins_can_not_be_assumed(mocked: OmicsMock, omics: "OmicsClient") -> None:
    iam: Any = mocked.client("iam")
    role = iam.create_role(RoleName="omics", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    assert role == ROLE
    run = start_run(omics)
    iam.delete_role(RoleName="omics")
    assert failed(omics, run)["failureReason"] == "ASSUME_ROLE_FAILED"


def test_an_output_bucket_that_is_gone_can_not_be_exported_to(mocked: OmicsMock, omics: "OmicsClient") -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    s3.create_bucket(Bucket="results")
    run = start_run(omics)
    for key in s3.list_objects_v2(Bucket="results").get("Contents", []):
        s3.delete_object(Bucket="results", Key=key["Key"])
    s3.delete_bucket(Bucket="results")
    assert failed(omics, run)["failureReason"] == "EXPORT_FAILED"


@pytest.mark.inferred
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ({"Effect": "Deny", "Principal": "*"}, "EXPORT_FAILED"),
        ({"Effect": "Deny", "Principal": {"AWS": ROLE}}, "EXPORT_FAILED"),
        ({"Effect": "Deny", "Principal": {"AWS": f"{ROLE}-of-others"}}, None),
        ({"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}, None),
        ({"Effect": "Deny", "Principal": "*", "Condition": {"StringNotEquals": {"s3:x-amz-acl": "private"}}}, None),
    ],
)
def test_the_policy_of_the_output_bucket_counts(
    mocked: OmicsMock, omics: "OmicsClient", statement: dict[str, Any], reason: str | None
) -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    s3.create_bucket(Bucket="results")
    entry = {"Action": "s3:Put*", "Resource": "arn:aws:s3:::results/*", **statement}
    s3.put_bucket_policy(Bucket="results", Policy=json.dumps({"Version": "2012-10-17", "Statement": [entry]}))
    run = start_run(omics)
    if reason is None:
        omics.get_waiter("run_completed").wait(id=run)
    else:
        assert failed(omics, run)["failureReason"] == reason


@pytest.mark.inferred
def test_the_bucket_of_another_account_needs_its_permission(mocked: OmicsMock, omics: "OmicsClient") -> None:
    others: Any = mocked.client("s3", "us-east-1", account="111122223333")
    others.create_bucket(Bucket="results")
    assert failed(omics, start_run(omics))["failureReason"] == "EXPORT_FAILED"
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::results/*"}
    others.put_bucket_policy(Bucket="results", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    omics.get_waiter("run_completed").wait(id=start_run(omics))


def test_the_service_s_lost_attempts_are_tried_again(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(retries={"second": 2})
    run = start_run(omics)
    omics.get_waiter("run_completed").wait(id=run)
    tasks = tasks_of(omics, run)
    assert [(task["name"], task["status"], task.get("failureReason")) for task in tasks] == [
        ("first", "COMPLETED", None),
        ("second", "FAILED", "SERVICE_ERROR"),
        ("second", "FAILED", "SERVICE_ERROR"),
        ("second", "COMPLETED", None),
    ]
    assert len({task["taskId"] for task in tasks}) == 4


def test_a_task_too_large_for_any_instance_fails_the_run(mocked: OmicsMock, omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, definitionZip=archive({"main.nf": "process HUGE {\n  cpus 500\n}\n"}))
    assert failed(omics, start_run(omics, workflowId=workflow))["failureReason"] == "INVALID_TASK_RESOURCE_VALUE"


@pytest.mark.parametrize("alias", [False, True], ids=["omics", "s3"])
def test_a_read_set_that_is_not_active_is_no_input(mocked: OmicsMock, omics: "OmicsClient", alias: bool) -> None:
    store = sequence_store(omics)
    read_set = imported(omics, store)
    files: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]
    uri = f"omics://123456789012.storage.us-east-1.amazonaws.com/{store}/readSet/{read_set}/source1"
    if alias:
        uri = files["source1"]["s3Access"]["s3Uri"]
    omics.get_waiter("run_completed").wait(id=start_run(omics, parameters={"reads": [uri]}))
    mocked.advance(read_set, to="ARCHIVED")
    assert failed(omics, start_run(omics, parameters={"reads": [uri]}))["failureReason"] == "INACTIVE_OMICS_STORAGE_RESOURCE"
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    assert failed(omics, start_run(omics, parameters={"reads": [uri]}))["failureReason"] == "INPUT_URI_NOT_FOUND"


def test_a_reference_that_is_not_there_is_no_input(omics: "OmicsClient") -> None:
    *_, store, _, key = (arn := reference(omics)).split("/")
    assert "reference" in arn
    uri = f"omics://123456789012.storage.us-east-1.amazonaws.com/{store}/reference/{key}/source"
    omics.get_waiter("run_completed").wait(id=start_run(omics, parameters={"genome": uri}))
    gone = start_run(omics, parameters={"genome": uri.replace(key, "1234567890")})
    assert failed(omics, gone)["failureReason"] == "INPUT_URI_NOT_FOUND"


@pytest.fixture
def strict() -> Iterator["OmicsClient"]:
    with mock_omics(strict=True) as mocked:
        iam: Any = mocked.client("iam")
        iam.create_role(RoleName="omics", AssumeRolePolicyDocument=json.dumps(TRUST))
        bucket(name="results")
        yield mocked.client(region="us-east-1")


@pytest.mark.inferred
@pytest.mark.operation("CreateWorkflow.containerRegistryMap")
def test_an_image_that_is_not_in_ecr_fails_a_strict_run(strict: "OmicsClient") -> None:
    registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
    upstream: Any = {"registryMappings": [{"upstreamRegistryUrl": "docker.io", "ecrRepositoryPrefix": "hub"}]}

    def run_of(image: str, **params: Any) -> str:
        script = f"process A {{\n  container '{image}'\n}}\n"
        workflow = active_workflow(strict, definitionZip=archive({"main.nf": script}), **params)
        return start_run(strict, workflowId=workflow)

    assert failed(strict, run_of("ubuntu:24.04"))["failureReason"] == "INVALID_ECR_IMAGE_URI"
    assert failed(strict, run_of("ubuntu:24.04", containerRegistryMap=upstream))["failureReason"] == "ECR_PERMISSION_ERROR"
    ecr: Any = boto3.client("ecr", region_name="us-east-1")
    ecr.create_repository(repositoryName="hub/library/ubuntu")
    assert failed(strict, run_of("ubuntu:24.04", containerRegistryMap=upstream))["failureReason"] == "IMAGE_VERIFICATION_FAILURE"
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    put = ecr.put_image(repositoryName="hub/library/ubuntu", imageManifest=json.dumps(manifest), imageTag="24.04")["image"]
    run = run_of("ubuntu:24.04", containerRegistryMap=upstream)
    strict.get_waiter("run_completed").wait(id=run)
    (task,) = tasks_of(strict, run)
    assert task["imageDetails"] == {
        "image": f"{registry}/hub/library/ubuntu:24.04",
        "imageDigest": put["imageId"]["imageDigest"],
        "sourceImage": "ubuntu:24.04",
    }


@pytest.mark.operation("StartRun.engineSettings")
def test_a_version_of_nextflow_that_there_is_not_fails_the_run(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, definitionZip=archive({"main.nf": "process A {\n}\n"}))
    found = failed(omics, start_run(omics, workflowId=workflow, engineSettings={"engineVersion": "19.01.0"}))
    assert found["failureReason"] == "WORKFLOW_VER_VALIDATION_FAILED"
    assert "Nextflow version: 19.01.0. The latest supported version is 26.04.0." in found["statusMessage"]
