"""Resources that a test begins with, as boto3 sees them afterwards."""

import gzip
import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from hypothesis import given as having
from hypothesis import settings as example_settings
from hypothesis import strategies as st
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

from omics_mock import OmicsMock, mock_omics
from omics_mock.exceptions import ServiceQuotaExceededException, ValidationException
from omics_mock.given import STATES, Given
from omics_mock.lifecycle import KINDS
from omics_mock.settings import Policy
from omics_mock.wire.model import load
from tests.support.sequences import data
from tests.support.storage import objects
from tests.support.workflows import WDL, archive, shared_client

OPERATIONS = load("omics").operations
GETS: Mapping[str, tuple[str, dict[str, str]]] = {
    "workflow": ("get_workflow", {"id": "id"}),
    "workflow_version": ("get_workflow_version", {"workflowId": "workflowId", "versionName": "versionName"}),
    "run": ("get_run", {"id": "id"}),
    "run_group": ("get_run_group", {"id": "id"}),
    "run_cache": ("get_run_cache", {"id": "id"}),
    "run_batch": ("get_batch", {"batchId": "id"}),
    "configuration": ("get_configuration", {"name": "name"}),
    "reference_store": ("get_reference_store", {"id": "id"}),
    "reference": ("get_reference_metadata", {"referenceStoreId": "referenceStoreId", "id": "id"}),
    "sequence_store": ("get_sequence_store", {"id": "id"}),
    "read_set": ("get_read_set_metadata", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    "read_set_import_job": ("get_read_set_import_job", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    "read_set_export_job": ("get_read_set_export_job", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    "read_set_activation_job": ("get_read_set_activation_job", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    "reference_import_job": ("get_reference_import_job", {"referenceStoreId": "referenceStoreId", "id": "id"}),
    "variant_store": ("get_variant_store", {"name": "name"}),
    "variant_import_job": ("get_variant_import_job", {"jobId": "id"}),
    "annotation_store": ("get_annotation_store", {"name": "name"}),
    "annotation_store_version": ("get_annotation_store_version", {"name": "name", "versionName": "versionName"}),
    "annotation_import_job": ("get_annotation_import_job", {"jobId": "id"}),
    "share": ("get_share", {"shareId": "shareId"}),
    "upload": ("list_multipart_read_set_uploads", {"sequenceStoreId": "sequenceStoreId"}),
}
NEEDED = {
    "workflow_version": ("CreateWorkflowVersion",),
    "run_cache": ("CreateRunCache",),
    "run_batch": ("StartRunBatch",),
    "configuration": ("CreateConfiguration",),
}


def needed(kind: str, status: str | None = None) -> tuple[str, ...]:
    return ("UpdateSequenceStore", "GetSequenceStore.status") if status == "UPDATING" else NEEDED.get(kind, ())


EVERY = [
    pytest.param(kind, status, marks=pytest.mark.operation(*needed(kind, status)))
    for kind in GETS
    for status in STATES.get(kind, (None,))
]


def make(given: Given, kind: str, status: str | None, **members: Any) -> dict[str, Any]:
    made: dict[str, Any] = getattr(given, kind)(**members, **({} if status is None else {"status": status}))
    return made


def seen(omics: Any, kind: str, made: Mapping[str, Any]) -> dict[str, Any]:
    """What boto3 gets to see of it."""
    method, named = GETS[kind]
    answer = getattr(omics, method)(**{member: made[name] for member, name in named.items()})
    answer.pop("ResponseMetadata")
    if kind == "upload":
        return next(found for found in answer["uploads"] if found["uploadId"] == made["uploadId"])
    found: dict[str, Any] = answer["share"] if kind == "share" else answer
    return found


def to_milliseconds(value: Any) -> Any:
    """Some times travel in milliseconds."""
    if isinstance(value, dict):
        return {name: to_milliseconds(item) for name, item in value.items()}
    if isinstance(value, list):
        return [to_milliseconds(item) for item in value]
    return round(value.timestamp(), 3) if hasattr(value, "timestamp") else value


@pytest.mark.parametrize(("policy", "strict"), [("observed", True), ("immediate", False), ("frozen", True), (60, False)])
@pytest.mark.parametrize(("kind", "status"), EVERY)
def test_what_is_given_is_what_the_first_look_shows(kind: str, status: str | None, policy: Policy, strict: bool) -> None:
    with mock_omics(lifecycle=policy, strict=strict, now="2025-01-31T12:00:00") as omics:
        client = shared_client()
        made = make(omics.given, kind, status)
        client.list_run_groups()  # somebody does something else
        assert made.get("status", status) == status or kind in ("reference", "run_cache")
        assert to_milliseconds(seen(client, kind, made)) == to_milliseconds(made)
        assert all(time <= omics.clock.now() for time in made.values() if hasattr(time, "timestamp"))


@pytest.mark.parametrize("kind", sorted(KINDS - {"task"}))  # tasks come with their run
def test_every_kind_with_a_lifecycle_can_be_given_in_its_states(kind: str) -> None:
    assert STATES[kind]
    assert callable(getattr(Given, kind))


def test_users_see_nothing_but_the_kinds() -> None:
    assert {name for name in vars(Given()) | dict.fromkeys(dir(Given)) if not name.startswith("_")} == {*GETS, "region", "account"}


@pytest.mark.parametrize("operation", sorted(name for name in OPERATIONS if name.startswith(("Create", "Start"))))
def test_everything_that_can_be_made_can_be_given(operation: str) -> None:
    kind = xform_name(operation).partition("_")[2].replace("multipart_read_set_upload", "upload")
    assert kind in GETS
    assert callable(getattr(Given, kind))


@pytest.mark.parametrize("kind", sorted(STATES))
def test_the_states_are_states_of_the_model(kind: str) -> None:
    operation = {"run_batch": "GetBatch", "read_set": "GetReadSetMetadata"}.get(
        kind, "Get" + "".join(word.capitalize() for word in kind.split("_"))
    )
    modelled = OPERATIONS.get(operation)
    shape: Any = modelled and modelled.output
    shape = shape and (shape.members["share"] if kind == "share" else shape)
    known = shape.members["status"].enum if shape and "status" in shape.members else STATES[kind]
    # An older model may not have the newest states.
    assert set(STATES[kind]) - {"ACTIVATING", "UPLOAD_FAILED", "PROCESSING_UPLOAD"} <= set(known)


@pytest.mark.parametrize("kind", sorted(STATES))
def test_a_state_of_no_such_kind_is_refused_with_those_there_are(kind: str) -> None:
    with mock_omics() as omics:
        with pytest.raises(ValueError, match=STATES[kind][-1]):
            make(omics.given, kind, "HAPPY")
        assert omics.client().list_workflows()["items"] == []


@having(
    chosen=st.lists(st.sampled_from([(kind, status) for kind, status in STATES.items() if not NEEDED.get(kind)]), max_size=4),
    draw=st.data(),
)
@example_settings(max_examples=15)
def test_what_was_given_before_stays_as_it_was(chosen: list[tuple[str, tuple[str, ...]]], draw: st.DataObject) -> None:
    with mock_omics(lifecycle="frozen") as omics:
        statuses = [(kind, draw.draw(st.sampled_from([one for one in states if one != "UPDATING"]))) for kind, states in chosen]
        made = [make(omics.given, kind, status) for kind, status in statuses]
        shown = [seen(omics.client(), kind, one) for (kind, _), one in zip(statuses, made, strict=True)]
        assert to_milliseconds(shown) == to_milliseconds(made)


# ---- nobody takes it for the code under test ---------------------------------------------------------------------------


@mock_omics
def test_calls_and_faults_know_nothing_of_what_is_given() -> None:
    omics = OmicsMock.current()
    fault = omics.faults.add("StartRun", "ThrottlingException", optional=True)
    run = omics.given.run()
    assert list(omics.calls) == []
    assert fault.used == 0
    omics.client().start_run(workflowId=run["workflowId"], roleArn=run["roleArn"], outputUri=run["outputUri"])
    assert fault.used == 1


@mock_omics
@set_initial_no_auth_action_count(0)
def test_iam_is_not_asked_about_what_is_given() -> None:
    omics = OmicsMock.current()
    run = omics.given.run()
    assert run["status"] == "COMPLETED"
    with pytest.raises(ClientError):
        omics.client().get_run(id=run["id"])


@pytest.mark.parametrize("strict", [False, True])
def test_no_bucket_appears_among_the_callers(strict: bool) -> None:
    with mock_omics(strict=strict) as omics:
        omics.given.run()
        omics.given.read_set()
        s3: Any = omics.client("s3")
        assert s3.list_buckets()["Buckets"] == []


def test_no_role_is_made_unless_it_is_missed() -> None:
    for strict, own_role in ((False, False), (True, False), (False, True)):
        with mock_omics(strict=strict) as omics:
            iam: Any = omics.client("iam")
            if own_role:
                iam.create_role(RoleName="mine", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
            omics.given.run()
            omics.given.run()
            roles = [role["RoleName"] for role in iam.list_roles()["Roles"] if not role["Path"].startswith("/aws-service-role/")]
            assert sorted(roles) == ["mine"] * own_role + ["omics-mock-given"] * (strict or own_role)


# ---- in-between states -------------------------------------------------------------------------------------------------


def statuses(omics: OmicsMock, run: Mapping[str, Any], times: int) -> list[str]:
    client = omics.client()
    return [client.get_run(id=run["id"])["status"] for _ in range(times)]


def test_what_is_given_in_between_goes_on_as_the_policy_says() -> None:
    seen = {}
    policies: list[Policy] = ["observed", "immediate", "frozen"]
    for policy in policies:
        with mock_omics(lifecycle=policy) as omics:
            seen[policy] = statuses(omics, omics.given.run(status="STARTING"), 3)
    assert seen == {
        "observed": ["STARTING", "RUNNING", "STOPPING"],
        "immediate": ["STARTING", "COMPLETED", "COMPLETED"],
        "frozen": ["STARTING"] * 3,
    }


def test_what_is_given_by_the_clock_is_in_its_state_for_as_long_as_any() -> None:
    with mock_omics(lifecycle=60, now="2025-01-31T12:00:00") as omics:
        run = omics.given.run(status="RUNNING")
        found = []
        for _ in range(3):
            found += statuses(omics, run, 1)
            omics.clock.advance(15)
        assert found == ["RUNNING", "STOPPING", "COMPLETED"]


def test_a_given_run_can_be_cancelled_and_finished() -> None:
    with mock_omics(lifecycle="immediate") as omics:
        run, other = omics.given.run(status="RUNNING"), omics.given.run(status="PENDING")
        omics.client().cancel_run(id=run["id"])
        omics.finish_all()
        assert statuses(omics, run, 1) + statuses(omics, other, 1) == ["CANCELLED", "COMPLETED"]


def test_the_policy_chosen_for_a_kind_is_still_chosen_afterwards() -> None:
    with mock_omics() as omics:
        omics.lifecycle("share", "immediate")
        assert omics.given.share(status="ACTIVATING")["status"] == "ACTIVATING"
        omics.given.sequence_store(status="CREATING")
        assert omics.client().create_sequence_store(name="mine").get("status", "ACTIVE") == "ACTIVE"
        assert omics._live.lifecycles == {"share": "immediate"}


# ---- workflows and runs ------------------------------------------------------------------------------------------------


@mock_omics
def test_a_completed_run_has_times_tasks_logs_and_outputs() -> None:
    omics = OmicsMock.current()
    run = omics.given.run()
    [task] = omics.client().list_run_tasks(id=run["id"])["items"]
    assert run["startTime"] <= task["startTime"] < task["stopTime"] <= run["stopTime"] <= omics.clock.now()
    assert task["status"] == "COMPLETED"
    logs: Any = omics.client("logs")
    streams = logs.describe_log_streams(logGroupName="/aws/omics/WorkflowLog")["logStreams"]
    assert f"run/{run['id']}/engine" in [stream["logStreamName"] for stream in streams]
    bucket, _, prefix = run["outputUri"].removeprefix("s3://").partition("/")
    assert {f"{prefix}/{run['id']}/logs/engine.log", f"{prefix}/{run['id']}/out/result/result.txt"} <= objects(bucket).keys()


@mock_omics(strict=True)
def test_outputs_go_where_they_are_wanted() -> None:
    omics = OmicsMock.current()
    s3: Any = omics.client("s3")
    s3.create_bucket(Bucket="mine")
    run = omics.given.run(outputUri="s3://mine/runs")
    assert f"runs/{run['id']}/logs/outputs.json" in objects("mine")


@mock_omics
def test_tasks_are_where_their_run_is() -> None:
    omics = OmicsMock.current()
    omics.lifecycle("task", "frozen")
    found = {}
    for status in STATES["run"]:
        run = omics.given.run(status=status)
        found[status] = [task["status"] for task in omics.client().list_run_tasks(id=run["id"])["items"]]
    assert found == {
        "PENDING": [],
        "STARTING": [],
        "RUNNING": ["PENDING"],
        "STOPPING": ["COMPLETED"],
        "COMPLETED": ["COMPLETED"],
        "FAILED": ["COMPLETED"],
        "CANCELLED": ["CANCELLED"],
    }


@mock_omics
def test_a_run_fails_for_the_reason_given() -> None:
    omics = OmicsMock.current()
    assert omics.given.run(status="FAILED")["failureReason"] == "WORKFLOW_RUN_FAILED"
    assert omics.given.run(status="FAILED", fail="ASSUME_ROLE_FAILED")["failureReason"] == "ASSUME_ROLE_FAILED"
    run = omics.given.run(status="FAILED", fail={"reason": "OUT_OF_MEMORY_ERROR", "task": "work", "message": "too big"})
    [listed] = omics.client().list_run_tasks(id=run["id"])["items"]
    task = omics.client().get_run_task(id=run["id"], taskId=listed["taskId"])
    assert (run["failureReason"], task["failureReason"], task["statusMessage"]) == (
        "RUN_TASK_FAILED",
        "OUT_OF_MEMORY_ERROR",
        "too big",
    )
    assert omics.given.run()["status"] == "COMPLETED"


@mock_omics
def test_plans_hold_for_given_runs() -> None:
    omics = OmicsMock.current()
    omics.plan_run(name="big", tasks=["sort", "merge"], fail="OUT_OF_MEMORY_ERROR")
    run = omics.given.run(status="FAILED", name="big")
    tasks = [task["name"] for task in omics.client().list_run_tasks(id=run["id"])["items"]]
    assert run["failureReason"] == "RUN_TASK_FAILED"
    assert sorted(tasks) == ["merge", "sort"]
    other = omics.given.run(status="FAILED", name="big", fail="EXPORT_FAILED")
    assert other["failureReason"] == "EXPORT_FAILED"
    assert len(omics.client().list_run_tasks(id=other["id"])["items"]) == 2


@mock_omics
def test_what_is_wrong_with_a_plan_is_not_hidden() -> None:
    omics = OmicsMock.current()
    omics.plan_run(effect=lambda run, s3: int("none"))
    with pytest.raises(ValueError, match="invalid literal"):
        omics.given.run()


@mock_omics
def test_a_run_that_ends_otherwise_is_an_error_that_says_why() -> None:
    omics = OmicsMock.current()
    with pytest.raises(ValueError, match="FAILED, not COMPLETED. EXPORT_FAILED The export failed"):
        omics.given.run(fail="EXPORT_FAILED")
    with pytest.raises(ValueError, match="unknown reason 'BAD_LUCK'"):
        omics.given.run(fail="BAD_LUCK")


@pytest.mark.parametrize(
    ("members", "error", "names"),
    [
        ({"colour": "red"}, ParamValidationError, "colour"),
        ({"priority": "high"}, ParamValidationError, "priority"),
        ({"roleArn": "nobody in particular"}, ValidationException, "roleArn"),
        ({"tags": {"aws:mine": "x"}}, ValidationException, "tags"),
    ],
)
def test_wrong_members_are_refused_by_name(members: dict[str, Any], error: type[Exception], names: str) -> None:
    with mock_omics() as omics:
        workflow = omics.given.workflow()
        with pytest.raises(error, match=names):
            omics.given.run(**members, workflowId=workflow["id"])
        if error is ParamValidationError or names == "roleArn":
            with pytest.raises(error, match=names):
                omics.given.run(**members)
        assert len(omics.client().list_workflows()["items"]) == 1
        assert omics.client().list_runs()["items"] == []


def test_what_is_handed_in_stays_the_callers() -> None:
    with mock_omics(lifecycle="frozen") as omics:
        parameters = {"names": ["a"]}
        workflow = omics.given.workflow(parameterTemplate={"names": {}})
        run = omics.given.run(status="PENDING", workflowId=workflow["id"], parameters=parameters)
        parameters["names"].append("b")
        run["parameters"]["names"].append("c")
        assert omics.client().get_run(id=run["id"])["parameters"] == {"names": ["a"]}


@mock_omics
def test_workflows_have_the_definition_given() -> None:
    given = OmicsMock.current().given
    for definition in ({"main.wdl": WDL}, archive()):
        workflow = given.workflow(definition=definition)
        assert workflow["engine"] == "WDL"
        run = given.run(workflowId=workflow["id"])
        assert len(OmicsMock.current().client().list_run_tasks(id=run["id"])["items"]) == 2
    assert given.workflow(definitionUri="s3://anywhere/it.zip", engine="CWL")["engine"] == "CWL"
    assert given.workflow(definition={"main.wdl": "workflow"}, status="FAILED")["statusMessage"]
    with pytest.raises(TypeError, match="definitionZip"):
        given.workflow(definition={"main.wdl": WDL}, definitionZip=b"")


@mock_omics
def test_quotas_hold_for_what_is_given() -> None:
    omics = OmicsMock.current()
    omics.quotas["maximum workflows"] = 1
    omics.given.workflow()
    with pytest.raises(ServiceQuotaExceededException):
        omics.given.workflow()


@pytest.mark.operation("StartRunBatch")
@mock_omics
def test_the_settings_of_a_batch_need_not_be_complete() -> None:
    omics = OmicsMock.current()
    batch = omics.given.run_batch(
        defaultRunSetting={"name": "mine"}, batchRunSettings={"inlineSettings": [{"runSettingId": "a"}]}, batchName="b"
    )
    [row] = omics.client().list_runs_in_batch(batchId=batch["id"])["runs"]
    assert omics.client().get_run(id=row["runId"])["name"] == "mine"
    assert (batch["totalRuns"], batch["name"]) == (1, "b")


# ---- sequences ---------------------------------------------------------------------------------------------------------


def content_of(omics: Any, read_set: Mapping[str, Any], file: str = "SOURCE1") -> bytes:
    part = omics.get_read_set(sequenceStoreId=read_set["sequenceStoreId"], id=read_set["id"], partNumber=1, file=file)
    content: bytes = part["payload"].read()
    return content


@pytest.mark.parametrize("strict", [False, True])
def test_read_sets_and_references_have_the_bytes_given(strict: bool) -> None:
    with mock_omics(strict=strict) as omics:
        client, fasta = omics.client(), b">one\nACGT\n"
        reference = omics.given.reference(content=fasta)
        part = client.get_reference(referenceStoreId=reference["referenceStoreId"], id=reference["id"], partNumber=1)
        assert part["payload"].read() == fasta
        first, second = gzip.compress(data("r1.fq")), gzip.compress(data("r2.fq"))
        assert content_of(client, omics.given.read_set(content=first)) == first
        pair = omics.given.read_set(content=[first, second])
        assert content_of(client, pair, "SOURCE2") == second
        assert pair["sequenceInformation"]["totalReadCount"]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("file_type", ["FASTQ", "BAM", "UBAM", "CRAM"])
def test_read_sets_of_every_type_can_be_given(file_type: str, strict: bool) -> None:
    with mock_omics(strict=strict) as omics:
        read_sets = [omics.given.read_set(status, sourceFileType=file_type) for status in STATES["read_set"]]
        assert {read_set["fileType"] for read_set in read_sets} == {file_type}
        assert len({read_set["sequenceStoreId"] for read_set in read_sets}) == 1
        assert len(omics.client().list_reference_stores()["referenceStores"]) == (file_type in ("BAM", "CRAM"))


@mock_omics
def test_content_that_is_not_what_it_is_said_to_be_is_an_error() -> None:
    given = OmicsMock.current().given
    with pytest.raises(ValueError, match="FASTA"):
        given.reference(content=b"nothing")
    with pytest.raises(ValueError, match="FASTQ"):
        given.read_set(content=b"nothing")
    with pytest.raises(TypeError, match="sourceFile"):
        given.reference(content=b">a\nA\n", sourceFile="s3://b/k")


@mock_omics
def test_a_given_upload_can_be_completed() -> None:
    omics = OmicsMock.current()
    upload = omics.given.upload(content=data("r1.fq"), name="mine")
    where = {"sequenceStoreId": upload["sequenceStoreId"], "uploadId": upload["uploadId"]}
    parts: Any = omics.client().list_read_set_upload_parts(**where, partSource="SOURCE1")["parts"]
    listed: Any = [{name: part[name] for name in ("partNumber", "partSource", "checksum")} for part in parts]
    omics.client().complete_multipart_read_set_upload(**where, parts=listed)
    assert omics.client().list_read_sets(sequenceStoreId=upload["sequenceStoreId"])["readSets"][0]["name"] == "mine"


def test_an_upload_is_found_among_many() -> None:
    with mock_omics() as omics:
        first, *_, last = [omics.given.upload(name=f"u{number}") for number in range(101)]
        assert (first["name"], last["name"]) == ("u0", "u100")


@pytest.mark.operation("CreateConfiguration")
def test_a_configuration_needs_a_subnet() -> None:
    with mock_omics(strict=True) as omics:
        ec2: Any = omics.client("ec2")
        for subnet in ec2.describe_subnets()["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        with pytest.raises(ValueError, match="runConfigurations must be specified: the account has no subnet"):
            omics.given.configuration()


@mock_omics
def test_sources_of_imports_need_not_be_complete() -> None:
    given = OmicsMock.current().given
    job = given.read_set_import_job(sources=[{"name": "a"}, {"name": "b", "sampleId": "mine"}])
    assert [(source["name"], source["sampleId"]) for source in job["sources"]] == [("a", "sample"), ("b", "mine")]
    job = given.reference_import_job(sources=[{"name": "hg38", "description": "y"}])
    assert [(source["name"], source["description"]) for source in job["sources"]] == [("hg38", "y")]
    with pytest.raises(ParamValidationError, match="colour"):
        given.read_set(colour="red")


@mock_omics
def test_there_is_one_reference_store() -> None:
    given = OmicsMock.current().given
    store = given.reference_store(name="mine")
    assert given.reference_store() == store
    assert given.reference()["referenceStoreId"] == store["id"]
    with pytest.raises(ServiceQuotaExceededException):
        given.reference_store(name="another")


# ---- analytics and shares ----------------------------------------------------------------------------------------------


@mock_omics
def test_annotations_of_every_format_can_be_imported() -> None:
    given = OmicsMock.current().given
    schema: Any = [{"chrom": "STRING"}, {"start": "LONG"}]
    options = {"tsvStoreOptions": {"annotationType": "GENERIC", "schema": schema}}
    stores = [
        given.annotation_store(),
        given.annotation_store(storeFormat="GFF"),
        given.annotation_store(storeFormat="TSV", storeOptions=options),
    ]
    for store in stores:
        assert given.annotation_import_job(destinationName=store["name"])["status"] == "COMPLETED"


@mock_omics
def test_a_share_is_accepted_by_the_account_it_is_for() -> None:
    omics = OmicsMock.current()
    share = omics.given.share(principalSubscriber="999988887777")
    found: Any = omics.client(account="999988887777").list_shares(resourceOwner="OTHER")["shares"]
    assert [(one["shareId"], one["status"]) for one in found] == [(share["shareId"], "ACTIVE")]


# ---- where -------------------------------------------------------------------------------------------------------------


@mock_omics
def test_resources_can_be_given_to_another_region_and_account() -> None:
    omics = OmicsMock.current()
    run = omics.given(region="eu-west-1", account="111122223333").run()
    assert run["arn"].startswith("arn:aws:omics:eu-west-1:111122223333:run/")
    assert omics.client(region="eu-west-1", account="111122223333").get_run(id=run["id"])["status"] == "COMPLETED"
    assert omics.client().list_runs()["items"] == []
    assert omics.given(account="111122223333").region == "us-east-1"


def test_resources_can_be_given_under_plain_moto() -> None:
    with mock_aws():
        run = OmicsMock.current().given.run(status="RUNNING")
        assert OmicsMock.current().client().get_run(id=run["id"])["status"] == "RUNNING"


@pytest.mark.parametrize(("kind", "operation"), [("run_group", "CreateRunGroup"), ("share", "AcceptShare")])
def test_what_an_older_botocore_does_not_know_can_not_be_given(kind: str, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(cast("dict[str, object]", OPERATIONS), operation)
    with mock_omics() as omics, pytest.raises(NotImplementedError, match=f"the installed botocore does not know {operation}"):
        getattr(omics.given, kind)()


def test_nothing_is_given_outside_a_mock() -> None:
    with mock_omics() as omics:
        pass
    with pytest.raises(RuntimeError, match="no mock is active"):
        omics.given.workflow()
