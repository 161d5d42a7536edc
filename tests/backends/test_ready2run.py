"""The service's own workflows: who sees them, what a run of one may ask for, and what nobody may do to them."""

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock
from tests.support.workflows import active_workflow, archive, client, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

ESMFOLD, STARSOLO = "1830181", "2174942"
ARN = f"arn:aws:omics:us-east-1::workflow/{ESMFOLD}"
OTHER_ACCOUNT = "210987654321"


def started(omics: "OmicsClient", **members: Any) -> Any:
    """A run of a Ready2Run workflow, as Get answers it."""
    return omics.get_run(id=start_run(omics, **{"workflowId": ESMFOLD, "workflowType": "READY2RUN", **members}))


def listed(omics: "OmicsClient", **members: Any) -> list[Any]:
    pages = omics.get_paginator("list_workflows").paginate(type="READY2RUN", **members)
    return [item for page in pages for item in page["items"]]


@pytest.mark.observed
def test_the_catalogue_has_36_workflows(omics: "OmicsClient") -> None:
    found = {item["id"]: item for item in listed(omics)}
    assert len(found) == 36
    starsolo = found[STARSOLO]
    assert starsolo.pop("creationTime").isoformat() == "2023-05-15T00:00:00+00:00"
    assert starsolo == {
        "arn": f"arn:aws:omics:us-east-1::workflow/{STARSOLO}",
        "id": STARSOLO,
        "name": "scRNAseq with STARsolo",
        "status": "ACTIVE",
        "type": "READY2RUN",
        "metadata": {"licensed": "false", "publisher": "nf-core", "estimatedDuration": "150", "version": "1.0"},
    }
    for item in found.values():
        assert item["arn"].endswith(f"::workflow/{item['id']}")
        assert item["metadata"]["licensed"] == str("Sentieon" in item["name"]).lower()
        assert int(item["metadata"]["estimatedDuration"]) > 0


def test_the_catalogue_is_paged_and_filtered_by_name(omics: "OmicsClient") -> None:
    assert listed(omics, PaginationConfig={"PageSize": 7}) == listed(omics)
    assert [item["id"] for item in listed(omics, name="ESMFold for up to 800 residues")] == [ESMFOLD]
    assert listed(omics, name="ESMFold") == []


def test_own_workflows_and_the_catalogue_are_listed_apart(omics: "OmicsClient") -> None:
    own = active_workflow(omics)
    assert [item["id"] for item in omics.list_workflows()["items"]] == [own]
    assert [item["id"] for item in omics.list_workflows(type="PRIVATE")["items"]] == [own]
    assert own not in {item["id"] for item in listed(omics)}
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {own} not found"):
        omics.get_workflow(id=own, type="READY2RUN")


@pytest.mark.observed
def test_a_workflow_is_found_only_by_its_type(omics: "OmicsClient") -> None:
    found = omics.get_workflow(id=ESMFOLD, type="READY2RUN")
    assert (found["arn"], found["type"], found["status"]) == (ARN, "READY2RUN", "ACTIVE")
    assert found["metadata"]["publisher"] == "Meta Research"
    for members in ({}, {"type": "PRIVATE"}):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {ESMFOLD} not found"):
            omics.get_workflow(id=ESMFOLD, **members)  # type: ignore[arg-type]  # members by name


@pytest.mark.operation("GetWorkflow.workflowOwnerId")
def test_a_workflow_of_the_service_has_no_owner(omics: "OmicsClient") -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {ESMFOLD} not found"):
        omics.get_workflow(id=ESMFOLD, type="READY2RUN", workflowOwnerId=OTHER_ACCOUNT)


def test_a_definition_is_not_exported(omics: "OmicsClient") -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="export"):
        omics.get_workflow(id=ESMFOLD, type="READY2RUN", export=["DEFINITION"])


@pytest.mark.operation("CreateWorkflowVersion")
def test_a_workflow_has_no_versions_and_gets_none(omics: "OmicsClient") -> None:
    assert omics.list_workflow_versions(workflowId=ESMFOLD, type="READY2RUN")["items"] == []
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Workflow version 1 not found"):
        omics.get_workflow_version(workflowId=ESMFOLD, versionName="1", type="READY2RUN")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {ESMFOLD} not found"):
        omics.list_workflow_versions(workflowId=ESMFOLD)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {ESMFOLD} not found"):
        omics.create_workflow_version(workflowId=ESMFOLD, versionName="1", definitionZip=archive())


def test_a_workflow_is_not_updated_deleted_or_tagged(omics: "OmicsClient") -> None:
    before = omics.get_workflow(id=ESMFOLD, type="READY2RUN")
    for change in (
        lambda: omics.update_workflow(id=ESMFOLD, name="mine"),
        lambda: omics.delete_workflow(id=ESMFOLD),
        lambda: omics.tag_resource(resourceArn=ARN, tags={"a": "b"}),
        lambda: omics.untag_resource(resourceArn=ARN, tagKeys=["a"]),
        lambda: omics.list_tags_for_resource(resourceArn=ARN),
        lambda: omics.tag_resource(resourceArn=ARN.replace("::", ":123456789012:"), tags={"a": "b"}),
    ):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=ESMFOLD):
            change()
    after = omics.get_workflow(id=ESMFOLD, type="READY2RUN")
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}


def test_a_run_of_one_completes(omics: "OmicsClient") -> None:
    found = started(omics, parameters={"fasta_path": "s3://never-made/x.fasta"})
    assert (found["workflowId"], found["workflowType"]) == (ESMFOLD, "READY2RUN")
    assert (found["storageType"], found["storageCapacity"]) == ("STATIC", 1200)
    assert found["parameters"] == {"fasta_path": "s3://never-made/x.fasta"}
    assert not {"workflowUuid", "digest", "runGroupId", "cacheId", "workflowOwnerId"} & found.keys()
    omics.get_waiter("run_completed").wait(id=found["id"])
    [task] = omics.list_run_tasks(id=found["id"])["items"]
    assert task["status"] == "COMPLETED"
    assert omics.list_runs()["items"][0]["workflowId"] == ESMFOLD


@pytest.mark.model
@pytest.mark.operation("StartRunBatch")  # with it lists of runs got the names of workflows
def test_a_list_of_runs_names_the_workflow(omics: "OmicsClient") -> None:
    started(omics)
    assert omics.list_runs()["items"][0]["workflowName"] == "ESMFold for up to 800 residues"


@pytest.mark.observed
@pytest.mark.parametrize("members", [{}, {"workflowType": "PRIVATE"}])
def test_a_run_needs_the_type_with_the_id(omics: "OmicsClient", members: dict[str, Any]) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {ESMFOLD} not found"):
        start_run(omics, workflowId=ESMFOLD, **members)
    assert omics.list_runs()["items"] == []


@pytest.mark.members_of("StartRun")
@pytest.mark.parametrize(
    "members",
    [
        {"storageCapacity": 1200},
        {"storageType": "STATIC"},
        {"workflowVersionName": "1"},
        {"cacheBehavior": "CACHE_ALWAYS"},
    ],
)
def test_what_belongs_to_own_workflows_is_refused(omics: "OmicsClient", members: dict[str, Any]) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match=next(iter(members))):
        started(omics, **members)
    assert omics.list_runs()["items"] == []


def test_a_run_of_one_does_not_join_a_group(omics: "OmicsClient") -> None:
    group = omics.create_run_group(maxRuns=1)["id"]
    with pytest.raises(omics.exceptions.ValidationException, match="runGroupId can not be specified for a Ready2Run workflow"):
        started(omics, runGroupId=group)
    omics.delete_run_group(id=group)


@pytest.mark.operation("CreateRunCache")
def test_a_run_of_one_does_not_use_a_cache(omics: "OmicsClient") -> None:
    cache = omics.create_run_cache(cacheS3Location="s3://caches")["id"]
    with pytest.raises(omics.exceptions.ValidationException, match="cacheId can not be specified for a Ready2Run workflow"):
        started(omics, cacheId=cache)
    omics.delete_run_cache(id=cache)


@pytest.mark.observed
def test_dynamic_storage_may_be_named(omics: "OmicsClient") -> None:
    found = started(omics, storageType="DYNAMIC")
    assert found["storageType"] == "DYNAMIC"
    assert "storageCapacity" not in found


def test_a_run_of_one_is_duplicated(omics: "OmicsClient") -> None:
    first = started(omics, name="first")
    again = omics.get_run(id=start_run(omics, runId=first["id"]))
    assert (again["workflowId"], again["workflowType"], again["name"]) == (ESMFOLD, "READY2RUN", "first")
    with pytest.raises(omics.exceptions.ValidationException, match="storageCapacity"):
        start_run(omics, runId=first["id"], storageCapacity=2400)


def test_an_own_workflow_takes_the_place_of_the_service_s_in_a_duplicate(omics: "OmicsClient") -> None:
    first, own = started(omics), active_workflow(omics)
    again = omics.get_run(id=start_run(omics, runId=first["id"], workflowId=own))
    assert (again["workflowId"], again["workflowType"]) == (own, "PRIVATE")


@pytest.mark.observed
def test_the_catalogue_is_the_same_in_another_region_and_account(mocked: OmicsMock, omics: "OmicsClient") -> None:
    here = [(item["id"], item["name"], item["metadata"]) for item in listed(omics)]
    abroad, other = client("eu-west-1"), mocked.client(account=OTHER_ACCOUNT)
    for elsewhere in (abroad, other):
        assert [(item["id"], item["name"], item["metadata"]) for item in listed(elsewhere)] == here
    assert abroad.get_workflow(id=ESMFOLD, type="READY2RUN")["arn"] == ARN.replace("us-east-1", "eu-west-1")
    run = started(other, roleArn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/omics")
    assert run["arn"].startswith(f"arn:aws:omics:us-east-1:{OTHER_ACCOUNT}:run/")


@pytest.mark.observed
def test_an_input_of_one_must_lie_in_the_region(omics: "OmicsClient") -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(
        Bucket="abroad", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    with pytest.raises(omics.exceptions.ValidationException, match="S3 bucket not located in us-east-1 region"):
        started(omics, parameters={"fasta_path": "s3://abroad/x.fasta"})
