"""Stacks of HealthOmics and Image Builder resources through boto3: created, updated, read back and deleted."""

import json
from datetime import datetime
from typing import Any

import pytest

from omics_mock import OmicsMock
from tests.cloudformation.templates import DEFINITION, NETWORK, RESOURCES, Stack, template
from tests.support.storage import bucket, start_reference_import

pytestmark = pytest.mark.inferred

ALL_TYPES = pytest.mark.operation("CreateConfiguration", "CreateRunCache", "CreateWorkflowVersion", "UpdateSequenceStore")
OUTPUTS = {
    "AccessPoint": {"Fn::GetAtt": ["Reads", "S3AccessPointArn"]},
    "Location": {"Fn::Sub": "${Reads.S3Uri}"},
    "Latest": {"Fn::GetAtt": ["Image", "LatestVersion.Major"]},
    "WorkflowArn": {"Fn::GetAtt": ["Workflow", "Arn"]},
    "WorkflowStatus": {"Fn::GetAtt": ["Workflow", "Status"]},
    "Made": {"Fn::GetAtt": ["Group", "CreationTime"]},
    "Size": {"Fn::GetAtt": ["Annotations", "StoreSizeBytes"]},
}


def a_reference(mocked: OmicsMock, omics: Any, store: str) -> Any:
    mocked.lifecycle("reference_import_job", "immediate")
    start_reference_import(omics, store, {"sourceFile": "s3://anywhere/genome.fa", "name": "genome"})
    return omics.list_references(referenceStoreId=store)["references"][0]


@ALL_TYPES
def test_all_ten_types_are_created_updated_read_back_and_deleted(mocked: OmicsMock, omics: Any, builder: Any, stack: Stack) -> None:
    assert stack.create(template(outputs=OUTPUTS), Tags=[{"Key": "stage", "Value": "test"}]) == "CREATE_COMPLETE"

    # A variant store needs a reference, which the stack's own store has only now.
    reference = a_reference(mocked, omics, stack.ids["References"])
    assert stack.update(template(outputs=OUTPUTS), reference["arn"]) == "UPDATE_COMPLETE"
    made = stack.ids
    assert set(made) == set(RESOURCES)

    # Ref and GetAtt are what the services answer.
    workflow = omics.get_workflow(id=made["Workflow"])
    store = omics.get_sequence_store(id=made["Reads"])
    build = builder.get_workflow(workflowBuildVersionArn=made["Image"])
    assert omics.get_reference_store(id=made["References"])["description"] == "genomes"
    assert (store["eTagAlgorithmFamily"], store["fallbackLocation"]) == ("SHA256up", "s3://definitions/fallback/")
    assert omics.get_variant_store(name=made["Variants"])["reference"]["referenceArn"] == reference["arn"]
    assert omics.get_annotation_store(name=made["Annotations"])["storeOptions"]["tsvStoreOptions"]["schema"][0] == {
        "gene": "STRING"
    }
    assert omics.get_run_group(id=made["Group"])["maxCpus"] == 4
    assert omics.get_run_cache(id=made["Cache"].rpartition("/")[2])["arn"] == made["Cache"]
    assert workflow["parameterTemplate"] == {"SampleName": {"description": "of the sample", "optional": True}}
    version = omics.get_workflow_version(workflowId=made["Workflow"], versionName="v1")
    assert (version["arn"], version["status"]) == (made["Version"], "ACTIVE")
    assert omics.get_configuration(name=made["Network"])["runConfigurations"]["vpcConfig"]["subnetIds"] == ["subnet-0a"]
    assert build["workflow"]["tags"] == {"stage": "test", "a": "b"}
    outputs = stack.outputs
    assert datetime.fromisoformat(outputs.pop("Made")) == omics.get_run_group(id=made["Group"])["creationTime"]
    assert outputs == {
        "AccessPoint": store["s3Access"]["s3AccessPointArn"],
        "Location": store["s3Access"]["s3Uri"],
        "Latest": build["latestVersionReferences"]["latestMajorVersionArn"],
        "WorkflowArn": workflow["arn"],
        "WorkflowStatus": "ACTIVE",
        "Size": "0",
    }
    assert workflow["tags"] == {"stage": "test", "team": "blue"}

    # In place where the schemas allow it, else by another one.
    changes: dict[str, Any] = {
        "Reads": {"Description": "of 2026", "FallbackLocation": None, "Tags": {"team": "red"}},
        "Variants": {"Description": "called", "Tags": None},
        "Annotations": {"Description": "known"},
        "Group": {"MaxCpus": 8, "MaxGpus": 2},
        "Cache": {"CacheBehavior": "CACHE_ALWAYS", "Tags": []},
        "Workflow": {"Main": "main.wdl"},
        "Version": {"Description": "first"},
        "Image": {"Version": "1.1.0"},
    }
    assert stack.update(template(outputs=OUTPUTS, **changes), reference["arn"]) == "UPDATE_COMPLETE"
    now = stack.ids
    assert {name for name in now if now[name] != made[name]} == {"Workflow", "Version", "Image"}
    store = omics.get_sequence_store(id=now["Reads"])
    assert (store["description"], store.get("fallbackLocation")) == ("of 2026", None)
    assert omics.list_tags_for_resource(resourceArn=store["arn"])["tags"] == {"stage": "test", "team": "red"}
    variants = omics.get_variant_store(name="variants")
    assert (variants["description"], variants["tags"]) == ("called", {"stage": "test"})
    assert omics.get_annotation_store(name="annotations")["description"] == "known"
    group = omics.get_run_group(id=now["Group"])
    assert (group["maxCpus"], group["maxGpus"]) == (8, 2)
    cache = omics.get_run_cache(id=now["Cache"].rpartition("/")[2])
    assert (cache["cacheBehavior"], cache["tags"]) == ("CACHE_ALWAYS", {"stage": "test"})
    assert [found["id"] for found in omics.list_workflows()["items"]] == [now["Workflow"]]
    assert omics.get_workflow_version(workflowId=now["Workflow"], versionName="v1")["description"] == "first"
    assert [found["version"] for found in builder.list_workflows()["workflowVersionList"]] == ["1.1.0"]
    assert stack.outputs["WorkflowArn"] == omics.get_workflow(id=now["Workflow"])["arn"]

    # All of it goes with the stack, but for a store that is not empty.
    assert stack.delete() == "DELETE_FAILED"
    assert "is not empty" in stack.reason("References")
    assert set(stack.ids) == {"References", "Variants"} or set(stack.ids) == {"References"}
    omics.delete_reference(id=reference["id"], referenceStoreId=now["References"])
    assert stack.delete() == "DELETE_COMPLETE"
    assert stack.outputs["WorkflowArn"].endswith(now["Workflow"])
    left = [
        omics.list_reference_stores()["referenceStores"],
        omics.list_sequence_stores()["sequenceStores"],
        omics.list_variant_stores()["variantStores"],
        omics.list_annotation_stores()["annotationStores"],
        omics.list_run_groups()["items"],
        omics.list_run_caches()["items"],
        omics.list_workflows()["items"],
        omics.list_configurations()["items"],
        builder.list_workflows()["workflowVersionList"],
    ]
    assert not any(left)


def test_a_change_set_creates_and_updates_a_stack(omics: Any, stack: Stack) -> None:
    for kind, cpus in (("CREATE", 4), ("UPDATE", 8)):
        text = json.dumps(template("Group", Group={"MaxCpus": cpus}))
        made = stack.client.create_change_set(StackName="genomics", ChangeSetName="set", ChangeSetType=kind, TemplateBody=text)
        stack.client.execute_change_set(ChangeSetName=made["Id"])
        stack.id = made["StackId"]
        assert stack.status == f"{kind}_COMPLETE"
        assert [group["maxCpus"] for group in omics.list_run_groups()["items"]] == [cpus]


def test_a_change_set_that_fails_is_rolled_back(omics: Any, stack: Stack) -> None:
    text = json.dumps(template("Group", "Workflow", Workflow={"Engine": "BASH"}))
    made = stack.client.create_change_set(StackName="genomics", ChangeSetName="set", ChangeSetType="CREATE", TemplateBody=text)
    stack.client.execute_change_set(ChangeSetName=made["Id"])
    stack.id = made["StackId"]
    assert stack.status == "ROLLBACK_COMPLETE"
    assert omics.list_run_groups()["items"] == []


@pytest.mark.operation("CreateSequenceStore.s3AccessConfig")
def test_the_policy_and_the_log_location_of_a_store_come_and_go(omics: Any, stack: Stack) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["s3:GetObject"]}
    policy: Any = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": "*"}]}
    stack.create(template("Reads", Reads={"AccessLogLocation": "s3://definitions/logs/"}))
    access = omics.get_sequence_store(id=stack.ids["Reads"])["s3Access"]
    assert access["accessLogLocation"] == "s3://definitions/logs/"
    owner, store = access["s3Uri"].split("/")[3], stack.ids["Reads"]
    policy["Statement"][0]["Resource"] = f"{access['s3AccessPointArn']}/object/{owner}/sequenceStore/{store}/*"
    assert stack.update(template("Reads", Reads={"S3AccessPolicy": policy})) == "UPDATE_COMPLETE", stack.events()
    found = omics.get_s3_access_policy(s3AccessPointArn=access["s3AccessPointArn"])
    assert json.loads(found["s3AccessPolicy"]) == policy
    assert "accessLogLocation" not in omics.get_sequence_store(id=store)["s3Access"]
    assert stack.update(template("Reads")) == "UPDATE_COMPLETE"
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_s3_access_policy(s3AccessPointArn=access["s3AccessPointArn"])


def test_tags_that_others_have_set_stay(omics: Any, stack: Stack) -> None:
    stack.create(template("Group"))
    arn = omics.get_run_group(id=stack.ids["Group"])["arn"]
    omics.tag_resource(resourceArn=arn, tags={"mine": "yes"})
    stack.update(template("Group", Group={"Tags": {"team": "red", "new": 1}}))
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"mine": "yes", "team": "red", "new": "1"}


def test_an_image_workflow_with_other_data_becomes_the_next_build(builder: Any, stack: Stack) -> None:
    stack.create(template("Image"))
    other = "name: other\nschemaVersion: 1.0\nsteps:\n  - name: here\n    action: WaitForAction\n"
    stack.update(template("Image", Image={"Uri": None, "Data": other}))
    assert stack.ids["Image"].endswith("/1.0.0/2")
    builds = builder.list_workflow_build_versions(workflowVersionArn=stack.ids["Image"].rpartition("/")[0])
    assert [found["arn"] for found in builds["workflowSummaryList"]] == [stack.ids["Image"]]


def test_a_resource_taken_out_of_the_template_is_deleted(omics: Any, stack: Stack) -> None:
    stack.create(template("Group", "Workflow"))
    assert stack.update(template("Group")) == "UPDATE_COMPLETE"
    assert omics.list_workflows()["items"] == []
    assert len(omics.list_run_groups()["items"]) == 1
    assert stack.update(template("Group", "Workflow")) == "UPDATE_COMPLETE"
    assert [found["id"] for found in omics.list_workflows()["items"]] == [stack.ids["Workflow"]]


def test_a_renamed_store_is_replaced(omics: Any, stack: Stack) -> None:
    stack.create(template("Annotations"))
    stack.update(template("Annotations", Annotations={"Name": "others"}))
    assert [store["name"] for store in omics.list_annotation_stores()["annotationStores"]] == ["others"]


@pytest.mark.operation("CreateConfiguration")
def test_a_configuration_never_changes(omics: Any, stack: Stack) -> None:
    stack.create(template("Network"))
    assert stack.update(template("Network", Network={"Description": "another"})) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Rename network and update the stack again" in stack.reason("Network")
    assert stack.update(template("Network", Network={"Name": "other", "RunConfigurations": NETWORK})) == "UPDATE_COMPLETE"
    assert [found["name"] for found in omics.list_configurations()["items"]] == ["other"]


def test_resources_refer_to_those_of_other_services(omics: Any, stack: Stack) -> None:
    text = template("Group")
    text["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::Sub": "of-${Group}"}}}
    assert stack.create(text) == "CREATE_COMPLETE"
    assert stack.ids["Topic"].endswith(f":of-{stack.ids['Group']}")


def test_what_is_to_be_retained_is_left_alone(omics: Any, stack: Stack) -> None:
    text = template("Group", "Workflow", "Annotations")
    for resource in text["Resources"].values():
        resource.update(DeletionPolicy="Retain", UpdateReplacePolicy="Retain")
    stack.create(text)
    text["Resources"]["Annotations"]["Properties"]["Name"] = "others"
    del text["Resources"]["Workflow"]
    assert stack.update(text) == "UPDATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    assert len(omics.list_workflows()["items"]) == len(omics.list_run_groups()["items"]) == 1
    assert {store["name"] for store in omics.list_annotation_stores()["annotationStores"]} == {"annotations", "others"}


def test_a_resource_whose_condition_is_false_is_not_there(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    stack.create(template("References", "Variants"))
    later = template("References", "Variants", Variants={"Description": "later"})
    assert stack.update(later) == "UPDATE_COMPLETE"
    assert omics.list_variant_stores()["variantStores"] == []
    reference = a_reference(mocked, omics, stack.ids["References"])
    assert stack.update(later, reference["arn"]) == "UPDATE_COMPLETE"
    assert omics.get_variant_store(name="variants")["description"] == "later"


@pytest.mark.parametrize("policy", ["observed", "immediate", 60.0])
def test_cloudformation_waits_whatever_the_lifecycle(mocked: OmicsMock, omics: Any, stack: Stack, policy: Any) -> None:
    for kind in ("workflow", "annotation_store", "sequence_store"):
        mocked.lifecycle(kind, policy)
    assert stack.create(template("Reads", "Annotations", "Workflow")) == "CREATE_COMPLETE"
    assert omics.list_workflows()["items"][0]["status"] == "ACTIVE"
    assert omics.get_annotation_store(name="annotations")["status"] == "ACTIVE"
    assert omics.get_sequence_store(id=stack.ids["Reads"])["arn"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert omics.list_annotation_stores()["annotationStores"] == []


def test_stacks_of_other_services_are_as_moto_makes_them(stack: Stack) -> None:
    text = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "topic"}}}}
    made = stack.client.create_stack(StackName="genomics", TemplateBody=json.dumps(text))
    stack.id = made["StackId"]
    assert stack.status == "CREATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"


def test_each_region_has_its_own(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    bucket(name="elsewhere", region="eu-west-1")
    there = Stack(mocked.client("cloudformation", "eu-west-1"))
    assert there.create(template("Group")) == "CREATE_COMPLETE"
    assert omics.list_run_groups()["items"] == []
    assert len(mocked.client("omics", "eu-west-1").list_run_groups()["items"]) == 1


def test_the_calls_are_recorded_as_any_others(mocked: OmicsMock, stack: Stack) -> None:
    stack.create(template("Workflow"))
    assert mocked.calls.of("CreateWorkflow")[0].params["definitionUri"] == DEFINITION
