"""What can not be done: the stack is rolled back, and its events tell why."""

import json
from typing import Any, NoReturn

import pytest

from omics_mock import ConnectionFailure, OmicsMock
from tests.cloudformation.templates import BUCKET, DEFINITION, Stack, template

pytestmark = pytest.mark.inferred

WRONG = [
    ({"Speed": "high"}, "#: extraneous key [Speed] is not permitted"),
    ({"Arn": "arn:aws:omics:us-east-1:123456789012:workflow/1"}, "#: extraneous key [Arn] is not permitted"),
    ({"Engine": "BASH"}, "Member must satisfy enum value set"),
    ({"DefinitionUri": f"s3://{BUCKET}/none.zip"}, "none.zip"),
    ({"DefinitionUri": f"s3://{BUCKET}/bad.zip"}, "NotStabilized"),
    ({"DefinitionUri": None}, "HandlerErrorCode: InvalidRequest"),
    ({"StorageCapacity": "much"}, "HandlerErrorCode: InvalidRequest"),
    ({"ParameterTemplate": "none"}, "#/ParameterTemplate: expected type: JSONObject"),
    ({"ParameterTemplate": {"a": {"Kind": "x"}}}, "#/ParameterTemplate/a: extraneous key [Kind] is not permitted"),
    ({"Tags": {"aws:a": "b"}}, "aws:"),
    ({"Tags": {"aws:a": True}}, "aws:"),
    ({"Tags": [{"Key": "a", "Value": "b"}]}, "#/Tags: expected type: JSONObject, found: JSONArray"),
]


@pytest.mark.parametrize(("changes", "reason"), WRONG, ids=[str(changes) for changes, _ in WRONG])
def test_a_stack_that_can_not_be_created_leaves_nothing(omics: Any, stack: Stack, changes: Any, reason: str) -> None:
    outputs = {"Arn": {"Fn::GetAtt": ["Workflow", "Arn"]}, "Group": {"Ref": "Group"}}
    assert stack.create(template("Group", "Workflow", outputs=outputs, Workflow=changes)) == "ROLLBACK_COMPLETE"
    assert reason in stack.reason("Workflow")
    assert [(name, status) for name, status, _ in stack.events()] == [
        ("genomics", "CREATE_IN_PROGRESS"),
        ("Workflow", "CREATE_FAILED"),
        ("genomics", "ROLLBACK_IN_PROGRESS"),
        ("genomics", "ROLLBACK_COMPLETE"),
    ]
    assert stack.outputs == {}
    assert stack.ids == {}
    assert omics.list_run_groups()["items"] == []
    assert omics.list_workflows()["items"] == []
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_property_that_is_needed_is_named(stack: Stack) -> None:
    stack.create(template("Reads", Reads={"Name": None}))
    assert stack.reason("Reads").endswith("#: required key [Name] not found")


@pytest.mark.operation("CreateRunCache")
@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"team": "blue"}, "#/Tags: expected type: JSONArray, found: JSONObject"),
        ([{"Key": "team"}], "#/Tags: every tag has a [Key]"),
    ],
    ids=str,
)
def test_the_tags_of_a_run_cache_are_a_list(stack: Stack, tags: Any, reason: str) -> None:
    stack.create(template("Cache", Cache={"Tags": tags}))
    assert reason in stack.reason("Cache")


def test_a_list_is_no_text(stack: Stack) -> None:
    options = {"TsvStoreOptions": {"Schema": "gene"}}
    stack.create(template("Annotations", Annotations={"StoreOptions": options}))
    assert "#/StoreOptions/TsvStoreOptions/Schema: expected type: JSONArray, found: String" in stack.reason("Annotations")


def test_a_connection_that_fails_is_a_failure_of_the_network(mocked: OmicsMock, stack: Stack) -> None:
    mocked.faults.add("CreateRunGroup", ConnectionFailure("reset"))
    stack.create(template("Group"))
    assert stack.reason("Group").endswith("(HandlerErrorCode: NetworkFailure)")


def test_what_an_older_botocore_does_not_know_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    from omics_mock.cloudformation.calls import _wire

    model = _wire("omics").model
    request = model.operation_model("CreateRunGroup").input_shape
    assert request is not None
    with monkeypatch.context() as older:
        older.delitem(request.members, "maxCpus")
        stack.create(template("Group"))
    assert stack.reason("Group") == "the installed botocore does not know CreateRunGroup.maxCpus"
    again = Stack(stack.client)
    again.name = "again"
    monkeypatch.setattr(model, "operation_names", [])
    again.create(template("Group"))
    assert again.reason("Group") == "the installed botocore does not know CreateRunGroup"


def test_a_property_from_an_attribute_that_there_is_not_is_refused(omics: Any, stack: Stack) -> None:
    text = template("Group", "Workflow", Workflow={"Name": {"Fn::GetAtt": ["Group", "Size"]}})
    with pytest.raises(stack.client.exceptions.ClientError, match="does not support attribute type Size"):
        stack.create(text)


def refused(mocked: OmicsMock, operation: str, times: int | None = None) -> None:
    mocked.faults.add(operation, "ConflictException", times, message="In use")


def test_what_can_not_be_rolled_back_is_said(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    refused(mocked, "DeleteRunGroup")
    assert stack.create(template("Group", "Workflow", Workflow={"Engine": "BASH"})) == "ROLLBACK_FAILED"
    assert len(omics.list_run_groups()["items"]) == 1


def test_an_update_that_can_not_be_rolled_back_says_so(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    stack.create(template("Annotations"))
    refused(mocked, "DeleteRunGroup")
    update = template("Annotations", "Group", "Workflow", Workflow={"Engine": "BASH"})
    assert stack.update(update) == "UPDATE_ROLLBACK_FAILED"
    assert [reason for _, status, reason in stack.events() if status == "UPDATE_ROLLBACK_FAILED" and "In use" in reason]
    assert len(omics.list_run_groups()["items"]) == 1


def test_what_another_service_can_not_roll_back_is_said_too(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(*_: object) -> NoReturn:
        raise RuntimeError("The topic is stuck")

    stack.create(template("Group"))
    update = template("Group", "Workflow", Workflow={"Engine": "BASH"})
    update["Resources"] = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "topic"}}, **update["Resources"]}
    monkeypatch.setattr("moto.sns.models.Topic.delete", stuck)
    assert stack.update(update) == "UPDATE_ROLLBACK_FAILED"
    assert [reason for _, status, reason in stack.events() if status == "UPDATE_ROLLBACK_FAILED" and "is stuck" in reason]


def test_what_an_update_can_not_clean_up_is_left(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    stack.create(template("Annotations", "Group"))
    refused(mocked, "DeleteRunGroup")
    assert stack.update(template("Annotations")) == "UPDATE_COMPLETE"
    assert "In use" in stack.reason("Group")
    assert len(omics.list_run_groups()["items"]) == 1


def test_what_an_update_takes_out_is_deleted_in_whatever_order_that_can_be_done(
    mocked: OmicsMock, omics: Any, stack: Stack
) -> None:
    stack.create(template("Annotations", "Group", "Workflow"))
    refused(mocked, "DeleteRunGroup", 1)
    assert stack.update(template("Annotations")) == "UPDATE_COMPLETE"
    assert omics.list_run_groups()["items"] == []
    assert omics.list_workflows()["items"] == []


@pytest.mark.parametrize("new", [(), ("Workflow",)], ids=["of nothing else", "of a workflow too"])
def test_an_update_that_moto_refuses_leaves_nothing_of_ours(omics: Any, stack: Stack, new: tuple[str, ...]) -> None:
    stack.create(template("Group"))
    update = template("Group", *new)
    update["Resources"]["Broken"] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["Group", "Size"]}}}
    with pytest.raises(stack.client.exceptions.ClientError, match="does not support attribute type Size"):
        stack.update(update)
    assert [group["maxCpus"] for group in omics.list_run_groups()["items"]] == [4]
    assert omics.list_workflows()["items"] == []


@pytest.mark.operation("CreateWorkflowVersion")
def test_a_version_can_not_be_replaced_under_its_name(omics: Any, stack: Stack) -> None:
    stack.create(template("Workflow", "Version"))
    assert stack.update(template("Workflow", "Version", Version={"Main": "main.wdl"})) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Workflow version v1 already exists" in stack.reason("Version")
    assert stack.update(template("Workflow", "Version", Version={"VersionName": "v2"})) == "UPDATE_COMPLETE"
    (version,) = omics.list_workflow_versions(workflowId=stack.ids["Workflow"])["items"]
    assert version["versionName"] == "v2"


def test_the_reason_is_what_the_service_says(mocked: OmicsMock, stack: Stack) -> None:
    mocked.faults.add("CreateRunGroup", "ThrottlingException", message="Slow down")
    stack.create(template("Group"))
    assert stack.reason("Group") == 'Resource handler returned message: "Slow down" (HandlerErrorCode: Throttling)'


def test_a_second_store_of_the_name_is_a_conflict(omics: Any, stack: Stack) -> None:
    options: Any = {"tsvStoreOptions": {"annotationType": "GENERIC", "schema": [{"gene": "STRING"}]}}
    omics.create_annotation_store(name="annotations", storeFormat="TSV", storeOptions=options)
    assert stack.create(template("Group", "Annotations")) == "ROLLBACK_COMPLETE"
    assert "already exists" in stack.reason("Annotations")
    assert len(omics.list_annotation_stores()["annotationStores"]) == 1  # not the stack's
    assert omics.list_run_groups()["items"] == []


def test_an_image_workflow_that_is_there_already_is_refused(builder: Any, stack: Stack) -> None:
    stack.create(template("Image"))
    again = Stack(stack.client)
    again.name = "again"
    assert again.create(template("Image")) == "ROLLBACK_COMPLETE"
    assert "HandlerErrorCode: AlreadyExists" in again.reason("Image")
    assert builder.get_workflow(workflowBuildVersionArn=stack.ids["Image"])["workflow"]["name"] == "image"


def test_resources_of_other_services_are_rolled_back_too(mocked: OmicsMock, stack: Stack) -> None:
    text = template("Workflow", Workflow={"Engine": "BASH"})
    text["Resources"] = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "topic"}}, **text["Resources"]}
    stack.create(text)
    sns: Any = mocked.client("sns", "us-east-1")
    assert sns.list_topics()["Topics"] == []


def test_an_export_of_what_can_not_be_made_is_not_there(stack: Stack) -> None:
    text = template("Workflow", Workflow={"Engine": "BASH"})
    text["Outputs"]["Id"] = {"Value": {"Ref": "Workflow"}, "Export": {"Name": "workflow"}}
    assert stack.create(text) == "ROLLBACK_COMPLETE"
    assert next(status for _, status, _ in stack.events()) == "CREATE_IN_PROGRESS"
    assert stack.client.list_exports()["Exports"] == []


def test_an_export_of_what_was_made_goes_with_the_stack(omics: Any, stack: Stack) -> None:
    text = template("Group", "Workflow", Workflow={"Engine": "BASH"})
    text["Outputs"]["Id"] = {"Value": {"Ref": "Group"}, "Export": {"Name": "group"}}
    assert stack.create(text) == "ROLLBACK_COMPLETE"
    assert stack.client.list_exports()["Exports"] == []
    assert omics.list_run_groups()["items"] == []


def test_an_output_of_an_attribute_that_there_is_not_is_refused(omics: Any, stack: Stack) -> None:
    with pytest.raises(stack.client.exceptions.ClientError, match="does not support attribute type Size"):
        stack.create(template("Group", outputs={"Size": {"Fn::GetAtt": ["Group", "Size"]}}))
    assert omics.list_run_groups()["items"] == []


UPDATES = [
    ({"MaxCpus": 0}, "Member must have value greater than or equal to 1"),
    ({"Speed": 1}, "#: extraneous key [Speed] is not permitted"),
    ({"MaxCpus": 8, "Tags": {"aws:a": "b"}}, "aws:"),
]


@pytest.mark.parametrize(("changes", "reason"), UPDATES, ids=[str(changes) for changes, _ in UPDATES])
def test_an_update_that_fails_changes_nothing(mocked: OmicsMock, omics: Any, stack: Stack, changes: Any, reason: str) -> None:
    text = template("Annotations", "Workflow", "Group", outputs={"Id": {"Ref": "Workflow"}})
    stack.create(text)
    before, outputs = stack.ids, stack.outputs
    others: Any = {"Annotations": {"Description": "another"}, "Workflow": {"Main": "main.wdl"}}
    update = template("Annotations", "Workflow", "Group", "Image", Group=changes, **others)
    update["Resources"]["Topic"] = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "topic"}}
    assert stack.update(update) == "UPDATE_ROLLBACK_COMPLETE"
    assert reason in stack.reason("Group")
    assert [(name, status) for name, status, _ in stack.events()][-4:] == [
        ("genomics", "UPDATE_IN_PROGRESS"),
        ("Group", "UPDATE_FAILED"),
        ("genomics", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("genomics", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert (stack.ids, stack.outputs) == (before, outputs)
    assert omics.get_annotation_store(name="annotations")["description"] == ""
    assert [found["id"] for found in omics.list_workflows()["items"]] == [before["Workflow"]]
    group = omics.get_run_group(id=before["Group"])
    assert (group["maxCpus"], group["tags"]) == (4, {"team": "blue"})
    image: Any = mocked.client("imagebuilder", "us-east-1")
    assert image.list_workflows()["workflowVersionList"] == []
    sns: Any = mocked.client("sns", "us-east-1")
    assert sns.list_topics()["Topics"] == []
    assert len(mocked.calls.of("UpdateRunGroup")) < 4  # moto's attempts do not all reach the service

    # The stack can be used as before.
    assert stack.update(template("Annotations", "Workflow", "Group", Group={"MaxGpus": 3})) == "UPDATE_COMPLETE"
    assert omics.get_run_group(id=before["Group"])["maxGpus"] == 3
    assert stack.delete() == "DELETE_COMPLETE"


def test_what_a_failed_update_took_out_is_still_there(omics: Any, stack: Stack) -> None:
    stack.create(template("Group", "Workflow"))
    assert stack.update(template("Group", Group={"MaxCpus": 0})) == "UPDATE_ROLLBACK_COMPLETE"
    assert [found["id"] for found in omics.list_workflows()["items"]] == [stack.ids["Workflow"]]


@pytest.mark.parametrize("changes", [{"StoreFormat": "GFF", "StoreOptions": None}, {"SseConfig": {"Type": "KMS"}}], ids=str)
def test_a_named_store_can_not_be_replaced(omics: Any, stack: Stack, changes: Any) -> None:
    stack.create(template("Annotations"))
    assert stack.update(template("Annotations", Annotations=changes)) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reason("Annotations") == (
        "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
        "Rename annotations and update the stack again."
    )
    assert omics.get_annotation_store(name="annotations")["storeFormat"] == "TSV"


def test_a_replacement_that_the_service_refuses_is_rolled_back(omics: Any, stack: Stack) -> None:
    """An account has one reference store in a region, so that another one can not be made beside it."""
    stack.create(template("References"))
    assert stack.update(template("References", References={"Name": "other"})) == "UPDATE_ROLLBACK_COMPLETE"
    assert "HandlerErrorCode: ServiceLimitExceeded" in stack.reason("References")
    assert [store["name"] for store in omics.list_reference_stores()["referenceStores"]] == ["references"]


def test_a_resource_can_not_become_one_of_another_type(omics: Any, stack: Stack) -> None:
    stack.create(template("Group"))
    text = template("Group", "Workflow")
    text["Resources"] = {"Group": text["Resources"]["Workflow"]}
    assert stack.update(text) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reason("Group").startswith("Update of resource type is not permitted.")
    assert len(omics.list_run_groups()["items"]) == 1


def test_a_stack_with_a_store_that_is_not_empty_is_not_deleted(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    stack.create(template("Reads", "Group", outputs={"Group": {"Ref": "Group"}}))
    store, group = stack.ids["Reads"], stack.ids["Group"]
    upload = {"sourceFileType": "FASTQ", "subjectId": "s", "sampleId": "s", "generatedFrom": "g", "name": "r"}
    made = omics.create_multipart_read_set_upload(sequenceStoreId=store, **upload)["uploadId"]
    part: Any = {"sequenceStoreId": store, "uploadId": made, "partSource": "SOURCE1", "partNumber": 1}
    checksum = omics.upload_read_set_part(**part, payload=b"@r\nA\n+\nI\n")["checksum"]
    parts = [{"partNumber": 1, "partSource": "SOURCE1", "checksum": checksum}]
    read_set = omics.complete_multipart_read_set_upload(sequenceStoreId=store, uploadId=made, parts=parts)["readSetId"]
    mocked.finish_all()

    assert stack.delete() == "DELETE_FAILED"
    assert "is not empty: delete its read sets first" in stack.reason("Reads")
    assert stack.ids == {"Reads": store}
    assert stack.outputs == {"Group": group}
    assert omics.list_run_groups()["items"] == []  # and it is not made again by looking at the stack

    omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    assert stack.delete() == "DELETE_COMPLETE"
    assert omics.list_sequence_stores()["sequenceStores"] == []


def test_what_is_gone_already_is_no_obstacle(omics: Any, stack: Stack) -> None:
    stack.create(template("Group", outputs={"Group": {"Ref": "Group"}}))
    omics.delete_run_group(id=stack.ids["Group"])
    assert stack.delete() == "DELETE_COMPLETE"
    assert set(stack.outputs) == {"Group"}
    assert omics.list_run_groups()["items"] == []


def test_a_deletion_that_the_test_answers_itself_is_taken_for_done(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    stack.create(template("Group"))
    mocked.on("DeleteRunGroup", lambda asked: None)
    assert stack.delete() == "DELETE_COMPLETE"
    assert len(omics.list_run_groups()["items"]) == 1


def test_a_nested_stack_that_fails_takes_the_outer_one_with_it(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    inner = template("Workflow", Workflow={"Engine": "BASH"})
    s3.put_object(Bucket=BUCKET, Key="inner.json", Body=json.dumps(inner))
    text = template("Group")
    url = f"https://s3.amazonaws.com/{BUCKET}/inner.json"
    text["Resources"]["Inner"] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    assert stack.create(text) == "ROLLBACK_COMPLETE"
    assert "enum" in stack.reason("Workflow")
    assert omics.list_run_groups()["items"] == []
    assert [found["StackName"] for found in stack.client.describe_stacks()["Stacks"]] == ["genomics"]


def test_a_nested_stack_that_can_not_be_deleted_keeps_the_outer_one(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    s3.put_object(Bucket=BUCKET, Key="inner.json", Body=json.dumps(template("Group")))
    text = template("Workflow")
    url = f"https://s3.amazonaws.com/{BUCKET}/inner.json"
    text["Resources"]["Inner"] = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}
    stack.create(text)
    refused(mocked, "DeleteRunGroup")
    assert stack.delete() == "DELETE_FAILED"
    assert len(omics.list_run_groups()["items"]) == 1
    mocked.faults.clear()
    assert stack.delete() == "DELETE_COMPLETE"
    assert omics.list_run_groups()["items"] == []


def test_a_region_without_the_service_is_named(mocked: OmicsMock) -> None:
    there = Stack(mocked.client("cloudformation", "eu-north-1"))
    assert there.create(template("Group")) == "ROLLBACK_COMPLETE"
    assert there.reason("Group") == "AWS HealthOmics is not available in region 'eu-north-1'"


def test_a_definition_in_a_bucket_that_nobody_made_is_taken_for_granted(stack: Stack) -> None:
    """As in CreateWorkflow: only ``strict`` asks for the bucket."""
    changed = {"DefinitionUri": DEFINITION.replace(BUCKET, "nobodys")}
    assert stack.create(template("Workflow", Workflow=changed)) == "CREATE_COMPLETE"
