"""Workflows and versions, as a client sees them."""

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from tests.support.definitions import CWL_FILES, NEXTFLOW_FILES, NEXTFLOW_SCHEMA, WDL_FILES
from tests.support.workflows import ROLE, active_workflow, archive, client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

TOOL = """cwlVersion: v1.2
class: CommandLineTool
baseCommand: "true"
inputs: []
outputs: []
"""
REPOSITORY: Any = {
    "connectionArn": "arn:aws:codeconnections:us-east-1:123456789012:connection/8d1e9a4f",
    "fullRepositoryId": "genomics/pipelines",
}


def bucket(name: str, region: str = "us-east-1", **objects: bytes) -> None:
    s3 = boto3.client("s3", region_name=region)
    elsewhere: Any = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **elsewhere)
    for key, body in objects.items():
        s3.put_object(Bucket=name, Key=key, Body=body)


@pytest.mark.observed
@pytest.mark.operation("CreateWorkflow.uuid")
def test_create_answers_what_the_documentation_lists(omics: "OmicsClient") -> None:
    made: Any = omics.create_workflow(name="two", definitionZip=archive(), tags={"team": "a"})
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    del made["ResponseMetadata"]
    assert made == {
        "arn": f"arn:aws:omics:us-east-1:123456789012:workflow/{made['id']}",
        "id": made["id"],
        "status": "CREATING",
        "tags": {"team": "a"},
        "uuid": made["uuid"],
    }
    assert len(made["id"]) == 7


@pytest.mark.operation("GetWorkflow.storageType")
def test_a_workflow_is_creating_then_active_and_analysed(omics: "OmicsClient") -> None:
    content = archive()
    made = omics.create_workflow(definitionZip=content, description="as told")
    first: Any = omics.get_workflow(id=made["id"])
    assert first["status"] == "CREATING"
    assert not {"engine", "main", "digest", "name", "definition", "readme", "statusMessage"} & first.keys()
    second: Any = omics.get_workflow(id=made["id"])
    assert second["status"] == "ACTIVE"
    assert (second["engine"], second["main"]) == ("WDL", "main.wdl")
    assert second["digest"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert (second["storageType"], second["storageCapacity"], second["type"]) == ("STATIC", 1200, "PRIVATE")
    assert second["creationTime"] == datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version 1.0", "Invalid zip file"),
        (b"", "Invalid zip file"),
        (archive({"readme.txt": ""}), "no workflow file"),
        (archive({"main.wdl": "", "main.nf": ""}), "mixes engines"),
        (archive({"a.wdl": "", "b.wdl": ""}), "specify main"),
        (archive({"../main.wdl": ""}), "outside the archive"),
    ],
    ids=["text", "empty", "no definition", "two mains", "no main", "outside"],
)
def test_a_bad_archive_is_accepted_and_then_fails(omics: "OmicsClient", content: bytes, message: str) -> None:
    made = omics.create_workflow(definitionZip=content)
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter("workflow_active").wait(id=made["id"])
    failed = omics.get_workflow(id=made["id"])
    assert message in failed["statusMessage"]
    assert "engine" not in failed


@pytest.mark.members_of("CreateWorkflow")
@pytest.mark.parametrize(
    "members",
    [
        {},
        {"definitionZip": archive(), "definitionUri": "s3://bucket/key"},
        {"definitionZip": archive(), "definitionRepository": REPOSITORY},
        {"definitionUri": "https://bucket/key"},
        {"definitionUri": "s3://bucket"},
        {"definitionZip": b"x" * 5_000_000},
        {"definitionZip": archive(), "readmePath": "README.md"},
        {"definitionZip": archive(), "parameterTemplatePath": "template.json"},
        {"definitionZip": archive(), "workflowBucketOwnerId": "123456789012"},
        {"definitionZip": archive(), "readmeMarkdown": "#", "readmeUri": "s3://bucket/README.md"},
        {"definitionZip": archive(), "readmeMarkdown": "é" * 256_001},
        {"definitionZip": archive(), "parameterTemplate": {}},
        {"definitionZip": archive(), "parameterTemplate": {f"p{i}": {} for i in range(1001)}},
        {"definitionRepository": REPOSITORY, "parameterTemplate": {"a": {}}, "parameterTemplatePath": "t.json"},
        {"definitionZip": archive(), "containerRegistryMap": {}, "containerRegistryMapUri": "s3://bucket/map.json"},
        {
            "definitionZip": archive(),
            "containerRegistryMap": {"imageMappings": [{"sourceImage": "a", "destinationImage": "b"}] * 101},
        },
        {"definitionZip": archive(), "tags": {f"k{i}": "" for i in range(51)}},
        {"definitionZip": archive(), "tags": {"aws:owner": "me"}},
        {"definitionZip": archive(), "name": "n" * 600},
        {"definitionZip": archive(), "engine": "SNAKEMAKE"},
    ],
)
def test_what_the_documentation_forbids_is_refused_and_stores_nothing(omics: "OmicsClient", members: dict[str, Any]) -> None:
    with pytest.raises(omics.exceptions.ValidationException):
        omics.create_workflow(**members)
    assert omics.list_workflows()["items"] == []


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        (WDL_FILES, "samples", "main.wdl\n    workflow cohort"),
        (CWL_FILES, "bams", None),
        ({**NEXTFLOW_FILES, "nextflow_schema.json": NEXTFLOW_SCHEMA}, "input", None),
    ],
    ids=["WDL", "CWL", "Nextflow"],
)
def test_a_template_is_generated_from_the_definition(
    omics: "OmicsClient", files: dict[str, str], name: str, message: str | None
) -> None:
    extension = next(iter(files)).rpartition(".")[2]
    workflow = omics.create_workflow(definitionZip=archive(files), main=f"main.{extension}")["id"]
    assert "parameterTemplate" not in omics.get_workflow(id=workflow)
    found = omics.get_workflow(id=workflow)
    assert found["status"] == "ACTIVE"
    assert found["parameterTemplate"][name]["optional"] is False
    assert found.get("statusMessage", "").startswith(message or "")
    assert ("statusMessage" in found) == (message is not None)


@pytest.mark.documented
def test_the_template_that_is_given_stays_as_it_is(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, definitionZip=archive(WDL_FILES), main="main.wdl", parameterTemplate={"other": {}})
    assert omics.get_workflow(id=workflow)["parameterTemplate"] == {"other": {}}


def test_without_parameters_there_is_no_template(omics: "OmicsClient") -> None:
    assert "parameterTemplate" not in omics.get_workflow(id=active_workflow(omics))


@pytest.mark.documented
@pytest.mark.operation("CreateWorkflowVersion")
def test_a_version_has_the_template_of_its_own_definition(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive(CWL_FILES))
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="1")
    found = omics.get_workflow_version(workflowId=workflow, versionName="1")
    assert list(found["parameterTemplate"]) == ["bams", "prefix", "level"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"main.wdl": "version 1.0\nworkflow w {\n  call gone\n}\n"}, "(main.wdl Ln 3 Col 3) No such task/workflow: gone"),
        ({"main.wdl": 'version 1.0\nimport "https://h/a.wdl"\n'}, "(main.wdl Ln 2 Col 1) Failed to import https://h/a.wdl"),
        ({"main.cwl": "cwlVersion: v1.2\nclass: [\n"}, "main.cwl:3:1: "),
        ({"main.nf": "", "nextflow_schema.json": "{\n]"}, "nextflow_schema.json:2:1: "),
    ],
)
def test_a_definition_that_does_not_parse_fails_and_says_where(omics: "OmicsClient", files: dict[str, str], message: str) -> None:
    made = omics.create_workflow(definitionZip=archive(files))
    with pytest.raises(WaiterError, match="FAILED"):
        omics.get_waiter("workflow_active").wait(id=made["id"])
    assert omics.get_workflow(id=made["id"])["statusMessage"].startswith(message)


@pytest.mark.observed
@pytest.mark.operation("CreateWorkflow.readmeUri")
def test_definitions_and_readmes_are_read_from_s3(omics: "OmicsClient") -> None:
    content = archive({"flow.nf": "process ALIGN {\n}\n// process NO {\n"})
    bucket("definitions", zip=content, readme=b"# hello")
    made = omics.create_workflow(
        definitionUri="s3://definitions/zip", readmeUri="s3://definitions/readme", workflowBucketOwnerId="123456789012"
    )
    omics.get_waiter("workflow_active").wait(id=made["id"])
    found: Any = omics.get_workflow(id=made["id"], export=["DEFINITION", "README"])
    assert (found["engine"], found["main"]) == ("NEXTFLOW", "flow.nf")
    assert requests.get(found["definition"], timeout=5).content == content
    assert requests.get(found["readme"], timeout=5).content == b"# hello"
    buckets = boto3.client("s3", region_name="us-east-1").list_buckets()["Buckets"]
    assert [found_bucket["Name"] for found_bucket in buckets] == ["definitions"]


@pytest.mark.members_of("CreateWorkflow")
@pytest.mark.parametrize("member", ["definitionUri", "readmeUri", "containerRegistryMapUri"])
def test_a_missing_key_of_a_known_bucket_is_refused(omics: "OmicsClient", member: str) -> None:
    bucket("definitions")
    source = {} if member == "definitionUri" else {"definitionZip": archive()}
    with pytest.raises(omics.exceptions.ValidationException, match=r"S3 object not found: s3://definitions/gone\.zip"):
        omics.create_workflow(**source, **{member: "s3://definitions/gone.zip"})  # type: ignore[arg-type]  # members by name


def test_a_bucket_the_test_never_made_is_taken_on_trust(omics: "OmicsClient") -> None:
    made = omics.create_workflow(definitionUri="s3://never-made/flow.zip", engine="CWL", main="flow.cwl")
    omics.get_waiter("workflow_active").wait(id=made["id"])
    found: Any = omics.get_workflow(id=made["id"], export=["DEFINITION"])
    assert (found["engine"], found["main"]) == ("CWL", "flow.cwl")
    assert "definition" not in found
    made = omics.create_workflow(definitionUri="s3://never-made/flow.zip")
    omics.get_waiter("workflow_active").wait(id=made["id"])
    assert omics.get_workflow(id=made["id"])["engine"] == "WDL"


def test_a_strict_mock_refuses_a_bucket_the_test_never_made() -> None:
    with mock_omics(strict=True):
        omics = client()
        with pytest.raises(omics.exceptions.ValidationException, match="S3 object not found: s3://never-made/flow.zip"):
            omics.create_workflow(definitionUri="s3://never-made/flow.zip")


@pytest.mark.operation("CreateWorkflow.workflowBucketOwnerId")
def test_a_bucket_elsewhere_or_of_another_owner_is_refused(omics: "OmicsClient") -> None:
    bucket("abroad", "eu-west-1", zip=archive())
    bucket("definitions", zip=archive())
    with pytest.raises(omics.exceptions.ValidationException, match="S3 bucket not located in us-east-1 region"):
        omics.create_workflow(definitionUri="s3://abroad/zip")
    with pytest.raises(omics.exceptions.ValidationException, match="S3 access denied for s3://definitions/zip"):
        omics.create_workflow(definitionUri="s3://definitions/zip", workflowBucketOwnerId="210987654321")


@pytest.mark.operation("CreateWorkflow.definitionRepository")
def test_a_repository_is_taken_on_trust_and_described(omics: "OmicsClient") -> None:
    made = omics.create_workflow(definitionRepository=REPOSITORY, readmePath="docs/README.md", parameterTemplatePath="t.json")
    omics.get_waiter("workflow_active").wait(id=made["id"])
    found = omics.get_workflow(id=made["id"])
    assert found["definitionRepositoryDetails"] == REPOSITORY | {"providerType": "GitHub"}
    assert found["readmePath"] == "docs/README.md"


@pytest.mark.operation("CreateWorkflow.containerRegistryMap")
def test_a_registry_map_comes_inline_or_from_s3(omics: "OmicsClient") -> None:
    long = b'{"imageMappings": [{"sourceImage": "%s"}]}' % (b"x" * 751)
    mapping: Any = {
        "imageMappings": [{"sourceImage": "ubuntu", "destinationImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/u"}]
    }
    bucket(
        "definitions", good=str(mapping).replace("'", '"').encode(), bad=b"{", list=b"[]", odd=b'{"imageMappings": {}}', long=long
    )
    inline = omics.create_workflow(definitionZip=archive(), containerRegistryMap=mapping)
    read = omics.create_workflow(definitionZip=archive(), containerRegistryMapUri="s3://definitions/good")
    for made in (inline["id"], read["id"]):
        assert omics.get_workflow(id=made)["containerRegistryMap"] == mapping
    for key in ("bad", "list", "odd", "long"):
        with pytest.raises(omics.exceptions.ValidationException, match="containerRegistryMap"):
            omics.create_workflow(definitionZip=archive(), containerRegistryMapUri=f"s3://definitions/{key}")


@pytest.mark.operation("CreateWorkflow.uuid")
def test_the_same_request_id_makes_one_workflow(omics: "OmicsClient") -> None:
    first = omics.create_workflow(definitionZip=archive(), requestId="once")
    omics.get_waiter("workflow_active").wait(id=first["id"])
    again = omics.create_workflow(definitionZip=archive(), requestId="once")
    assert (again["id"], again["uuid"], again["status"]) == (first["id"], first["uuid"], "ACTIVE")
    assert len(omics.list_workflows()["items"]) == 1


def test_a_request_id_with_another_body_can_be_made_a_conflict() -> None:
    with mock_omics(rules={"request_id_reuse": "conflict"}):
        omics = client()
        omics.create_workflow(definitionZip=archive(), requestId="once")
        with pytest.raises(omics.exceptions.ConflictException, match="requestId"):
            omics.create_workflow(definitionZip=archive(), requestId="once", name="other")


@pytest.mark.operation("CreateWorkflowVersion")
def test_a_version_is_moved_by_hand_by_its_arn(mocked: OmicsMock, omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    mocked.lifecycle("workflow_version", "frozen")
    version = omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())
    mocked.advance(version["arn"], to="ACTIVE")
    assert omics.get_workflow_version(workflowId=workflow, versionName="1")["status"] == "ACTIVE"


def test_lists_filter_and_page_and_leave_out_what_get_adds(omics: "OmicsClient") -> None:
    ids = [omics.create_workflow(definitionZip=archive(), name=f"w{i % 2}")["id"] for i in range(5)]
    page = omics.list_workflows(maxResults=2)
    assert [item["id"] for item in page["items"]] == ids[:2]
    assert not {"tags", "uuid", "engine", "storageType"} & page["items"][0].keys()
    with pytest.raises(omics.exceptions.ValidationException, match="startingToken"):
        omics.list_workflows(name="w0", startingToken=page["nextToken"])
    omics.get_workflow(id=ids[1])
    omics.delete_workflow(id=ids[1])
    rest = omics.list_workflows(startingToken=page["nextToken"])
    assert [item["id"] for item in rest["items"]] == ids[2:]
    assert "nextToken" not in rest
    pages = omics.get_paginator("list_workflows").paginate(name="w0", PaginationConfig={"PageSize": 1})
    assert [item["id"] for found in pages for item in found["items"]] == ids[::2]
    assert not {item["id"] for item in omics.list_workflows(type="READY2RUN")["items"]} & set(ids)


@pytest.mark.parametrize("token", ["garbage", "!!!", "AAAA", "ÿ", "x" * 128])
def test_a_token_no_list_gave_out_is_refused(omics: "OmicsClient", token: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="startingToken"):
        omics.list_workflows(startingToken=token)


@pytest.mark.operation("UpdateWorkflow.readmeMarkdown")
def test_update_changes_what_may_change(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, name="old")
    answer = omics.update_workflow(id=workflow, name="new", description="better", storageCapacity=2400, readmeMarkdown="# now")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    found: Any = omics.get_workflow(id=workflow, export=["README"])
    assert (found["name"], found["description"], found["storageCapacity"]) == ("new", "better", 2400)
    assert requests.get(found["readme"], timeout=5).text == "# now"
    omics.update_workflow(id=workflow, storageType="DYNAMIC")
    assert "storageCapacity" not in omics.get_workflow(id=workflow)
    omics.update_workflow(id=workflow, storageType="STATIC")
    assert omics.get_workflow(id=workflow)["storageCapacity"] == 1200


@pytest.mark.operation("CreateWorkflowVersion")
def test_a_workflow_being_created_is_neither_updated_nor_deleted_nor_run(omics: "OmicsClient") -> None:
    workflow = omics.create_workflow(definitionZip=archive())["id"]
    with pytest.raises(omics.exceptions.ConflictException):
        omics.update_workflow(id=workflow, name="new")
    with pytest.raises(omics.exceptions.ConflictException):
        omics.delete_workflow(id=workflow)
    with pytest.raises(omics.exceptions.ConflictException):
        omics.start_run(workflowId=workflow, roleArn=ROLE, outputUri="s3://results/here")
    with pytest.raises(omics.exceptions.ConflictException):
        omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())


@pytest.mark.operation("ListWorkflowVersions")
def test_a_deleted_workflow_is_gone(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    assert omics.delete_workflow(id=workflow)["ResponseMetadata"]["HTTPStatusCode"] == 202
    for use in (omics.get_workflow, omics.delete_workflow, omics.update_workflow):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {workflow} not found"):
            use(id=workflow)
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_workflow_versions(workflowId=workflow)
    assert omics.list_workflows()["items"] == []


def test_a_private_workflow_is_invisible_under_other_types_and_owners(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    assert omics.get_workflow(id=workflow, type="PRIVATE", workflowOwnerId="123456789012")["id"] == workflow
    for params in ({"type": "READY2RUN"}, {"workflowOwnerId": "210987654321"}):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"Workflow {workflow} not found"):
            omics.get_workflow(id=workflow, **params)  # type: ignore[arg-type]  # members by name


@pytest.mark.documented
@pytest.mark.operation("CreateWorkflowVersion")
def test_quotas_are_kept() -> None:
    with mock_omics(quotas={"Maximum workflows": 1, "maximum workflow versions per workflow": 1}):
        omics = client()
        workflow = active_workflow(omics)
        omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException) as refused:
            omics.create_workflow(definitionZip=archive())
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException):
            omics.create_workflow_version(workflowId=workflow, versionName="2", definitionZip=archive())


def test_an_unknown_quota_or_rule_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="maximum workflows"):
        mock_omics(quotas={"Maximum wishes": 3})
    with pytest.raises(ValueError, match="undeclared_parameters"):
        mock_omics(rules={"unknown": "x"})


# Versions


@pytest.mark.observed
@pytest.mark.operation("CreateWorkflowVersion")
def test_a_version_lives_beside_its_workflow(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, name="w", description="of the workflow", accelerators="GPU")
    made: Any = omics.create_workflow_version(
        workflowId=workflow, versionName="v1.0", definitionZip=archive({"only.cwl": TOOL}), tags={"a": "b"}
    )
    assert made["arn"].endswith(f":workflow/{workflow}/version/v1.0")
    assert (made["status"], made["tags"]) == ("CREATING", {"a": "b"})
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="v1.0")
    version: Any = omics.get_workflow_version(workflowId=workflow, versionName="v1.0", export=["DEFINITION"])
    assert (version["engine"], version["main"], version["versionName"]) == ("CWL", "only.cwl", "v1.0")
    assert not {"description", "accelerators", "name", "id"} & version.keys()
    assert version["uuid"] != omics.get_workflow(id=workflow)["uuid"]
    assert requests.get(version["definition"], timeout=5).status_code == 200
    item: Any = omics.list_workflow_versions(workflowId=workflow)["items"][0]
    assert item["versionName"] == "v1.0"
    assert not {"tags", "uuid"} & item.keys()


@pytest.mark.operation("CreateWorkflowVersion")
def test_versions_are_unique_immutable_and_block_their_workflow(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())
    with pytest.raises(omics.exceptions.ConflictException, match="already exists"):
        omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())
    with pytest.raises(omics.exceptions.ConflictException):
        omics.delete_workflow_version(workflowId=workflow, versionName="1")
    with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
        omics.update_workflow_version(workflowId=workflow, versionName="1", description="d")
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="1")
    with pytest.raises(omics.exceptions.ConflictException, match="has versions"):
        omics.delete_workflow(id=workflow)
    omics.update_workflow_version(workflowId=workflow, versionName="1", description="d", storageType="DYNAMIC")
    version = omics.get_workflow_version(workflowId=workflow, versionName="1")
    assert (version["description"], version["storageType"]) == ("d", "DYNAMIC")
    omics.delete_workflow_version(workflowId=workflow, versionName="1")
    for use in (omics.get_workflow_version, omics.delete_workflow_version, omics.update_workflow_version):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Workflow version 1 not found"):
            use(workflowId=workflow, versionName="1")
    omics.delete_workflow(id=workflow)


@pytest.mark.operation("CreateWorkflowVersion")
def test_a_version_of_an_unknown_workflow_is_refused(omics: "OmicsClient") -> None:
    for use in (omics.get_workflow_version, omics.delete_workflow_version, omics.update_workflow_version):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Workflow 1234567 not found"):
            use(workflowId="1234567", versionName="1")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Workflow 1234567 not found"):
        omics.create_workflow_version(workflowId="1234567", versionName="1", definitionZip=archive())
    workflow = active_workflow(omics)
    with pytest.raises(omics.exceptions.ValidationException):
        omics.create_workflow_version(workflowId=workflow, versionName="1")


def test_ids_repeat_with_the_seed_and_differ_without() -> None:
    def first_id(seed: int | None) -> str:
        with mock_omics(seed=seed):
            return client().create_workflow(definitionZip=archive())["id"]

    assert first_id(7) == first_id(7) != first_id(8)
    assert len({first_id(None) for _ in range(3)}) > 1


def test_lifecycles_can_be_frozen_immediate_timed_or_moved_by_hand(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("workflow", "frozen")
    frozen = omics.create_workflow(definitionZip=archive())["id"]
    assert [omics.get_workflow(id=frozen)["status"] for _ in range(3)] == ["CREATING"] * 3
    mocked.advance(frozen, to="ACTIVE")
    assert omics.get_workflow(id=frozen)["status"] == "ACTIVE"
    mocked.lifecycle("workflow", "immediate")
    at_once = omics.create_workflow(definitionZip=archive())
    assert at_once["status"] == "CREATING"
    assert omics.get_workflow(id=at_once["id"])["status"] == "ACTIVE"
    mocked.lifecycle("workflow", 60)
    timed = omics.create_workflow(definitionZip=archive())["id"]
    mocked.clock.advance(59)
    assert omics.get_workflow(id=timed)["status"] == "CREATING"
    mocked.clock.advance(1)
    assert omics.get_workflow(id=timed)["status"] == "ACTIVE"
