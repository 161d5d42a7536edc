"""The behaviour that users of Image Builder's workflows rely on, through boto3."""

from typing import Any

import boto3
import pytest

from omics_mock import OmicsMock
from tests.support.imagebuilder import ARN, DOCUMENT, create, document, refused, versions

pytestmark = pytest.mark.inferred


@pytest.mark.observed
@pytest.mark.operation("imagebuilder:CreateWorkflow.latestVersionReferences")
def test_a_first_build_has_number_one_and_four_references_to_the_latest(builder: Any) -> None:
    made = builder.create_workflow(name="My Flow", semanticVersion="1.0.0", type="BUILD", data=DOCUMENT)
    assert made["workflowBuildVersionArn"] == f"{ARN}/1.0.0/1"
    assert made["latestVersionReferences"] == {
        "latestVersionArn": f"{ARN}/x.x.x",
        "latestMajorVersionArn": f"{ARN}/1.x.x",
        "latestMinorVersionArn": f"{ARN}/1.0.x",
        "latestPatchVersionArn": f"{ARN}/1.0.0",
    }
    assert len(made["clientToken"]) == 36
    got = builder.get_workflow(workflowBuildVersionArn=made["workflowBuildVersionArn"])
    assert got["latestVersionReferences"] == made["latestVersionReferences"]


def test_something_new_is_the_next_build_and_nothing_new_exists_already(builder: Any) -> None:
    first = create(builder)
    with refused("ResourceAlreadyExistsException", saying=f"The following resource 'Workflow' already exists: '{first}'."):
        create(builder, tags={"only": "tags"}, changeDescription="and this")
    assert create(builder, name="my_flow", data=document("# changed")) == f"{ARN}/1.0.0/2"
    assert create(builder, name="MY-FLOW", data=document("# changed"), description="other") == f"{ARN}/1.0.0/3"
    spellings = [
        item["name"] for item in builder.list_workflow_build_versions(workflowVersionArn=f"{ARN}/1.0.0")["workflowSummaryList"]
    ]
    assert spellings == ["MY-FLOW", "my_flow", "My Flow"]
    assert create(builder, type="TEST").endswith(":workflow/test/my-flow/1.0.0/1")


def test_a_client_token_makes_one_build_however_often_it_is_sent(builder: Any) -> None:
    first = create(builder, clientToken="once")
    assert create(builder, clientToken="once") == first
    assert len(builder.list_workflow_build_versions(workflowVersionArn=f"{ARN}/1.0.0")["workflowSummaryList"]) == 1
    with refused("IdempotentParameterMismatchException"):
        create(builder, clientToken="once", data=document("# changed"))
    builder.delete_workflow(workflowBuildVersionArn=first)
    assert create(builder, clientToken="once") == first  # the answer as it was
    assert builder.list_workflows()["workflowVersionList"] == []


@pytest.mark.observed
@pytest.mark.operation("imagebuilder:CreateWorkflow.dryRun")
def test_a_dry_run_stores_nothing_and_tells_the_real_mistakes(builder: Any) -> None:
    with refused("DryRunOperationException", 412, saying="Request would have succeeded"):
        create(builder, dryRun=True, clientToken="once")
    with refused("InvalidParameterValueException", saying="'data'"):
        create(builder, dryRun=True, data="steps: []")
    with refused("InvalidVersionNumberException"):
        create(builder, dryRun=True, version="1.0")
    assert builder.list_workflows()["workflowVersionList"] == []
    assert create(builder, clientToken="once").endswith("/1")


def test_the_document_comes_inline_or_from_s3(builder: Any) -> None:
    for wrong in ({"data": DOCUMENT, "uri": "s3://documents/flow.yml"}, {}):
        with refused("InvalidParameterCombinationException"):
            builder.create_workflow(name="My Flow", semanticVersion="1.0.0", type="BUILD", **wrong)
    with refused("InvalidParameterValueException", saying="The value supplied for parameter 'uri' is not valid."):
        create(builder, uri="s3://documents/flow.yml")
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="documents")
    with refused("InvalidParameterValueException", saying="'uri'"):
        create(builder, uri="s3://documents/flow.yml")
    s3.put_object(Bucket="documents", Key="flow.yml", Body=DOCUMENT.encode())
    s3.put_object(Bucket="documents", Key="latin.yml", Body=b"\xe9")
    for uri in ("https://documents/flow.yml", "s3://documents", "s3://documents/latin.yml"):
        with refused("InvalidParameterValueException", saying="'uri'"):
            create(builder, uri=uri)
    got = builder.get_workflow(workflowBuildVersionArn=create(builder, uri="s3://documents/flow.yml"))["workflow"]
    assert got["data"] == DOCUMENT
    assert "uri" not in got


def test_version_numbers_are_three_numbers_below_two_to_the_thirty(builder: Any) -> None:
    for version in ("1.0", "1.0.x", "1.0.1073741824", "1.0.0/1", f"{'9' * 5000}.0.0"):
        with refused("InvalidVersionNumberException", saying="The value supplied for parameter 'semanticVersion' is not valid. "):
            create(builder, version=version)
    with refused("InvalidParameterCombinationException", saying="Exactly one of the parameters 'data' and 'uri'"):
        builder.create_workflow(name="My Flow", semanticVersion="one", type="BUILD")
    with refused("InvalidVersionNumberException", saying=r"semanticVersion must match pattern ^[0-9]+\.[0-9]+\.[0-9]+$"):
        create(builder, version="1.0")
    assert create(builder, version="2021.01.01") == f"{ARN}/2021.01.01/1"
    assert create(builder, version="1.0.1073741823") == f"{ARN}/1.0.1073741823/1"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"data": "steps: ["}, "is not valid YAML"),
        ({"data": "- a list"}, "must be a mapping"),
        ({"data": DOCUMENT.replace("1.0", "2.0")}, "Invalid schema version. Supported versions include: 1.0."),
        ({"data": "schemaVersion: 1.0"}, "must have a list of steps"),
        ({"data": document("  - name: wait_here", "    action: WaitForAction")}, "'wait_here' is not unique"),
        ({"data": DOCUMENT.replace("WaitForAction", "InvokeBash")}, "Unsupported action InvokeBash."),
        (
            {"data": DOCUMENT.replace("WaitForAction", "ExecuteComponents"), "type": "DISTRIBUTION"},
            "for workflow type DISTRIBUTION",
        ),
        ({"data": DOCUMENT.replace("WaitForAction", "DistributeImage")}, "for workflow type BUILD"),
    ],
)
def test_a_document_that_is_none_is_refused(builder: Any, params: dict[str, str], told: str) -> None:
    with refused("InvalidParameterValueException", saying="The value supplied for parameter 'data' is not valid. "):
        create(builder, **params)
    with refused("InvalidParameterValueException", saying=told):
        create(builder, **params)


def test_a_workflow_is_found_by_build_version_and_wildcards_numerically(builder: Any) -> None:
    for version in ("1.9.0", "1.10.0", "1.2.3", "2.0.0"):
        create(builder, version=version)
    create(builder, version="1.10.0", data=document("# changed"))
    found = {
        wanted: builder.get_workflow(workflowBuildVersionArn=f"{ARN}/{wanted}")["workflow"]["arn"].removeprefix(f"{ARN}/")
        for wanted in ("1.10.0/1", "1.10.0", "1.x.x", "x.x.x", "1.2.x")
    }
    assert found == {
        "1.10.0/1": "1.10.0/1",
        "1.10.0": "1.10.0/2",
        "1.x.x": "1.10.0/2",
        "x.x.x": "2.0.0/1",
        "1.2.x": "1.2.3/1",
    }
    for wildcard in ("x.2.x", "1.x.8", "x.x.1"):
        with refused("InvalidParameterValueException", saying="'workflowBuildVersionArn'"):
            builder.get_workflow(workflowBuildVersionArn=f"{ARN}/{wildcard}")
    with refused("InvalidParameterValueException", saying="'workflowBuildVersionArn' must match pattern ^arn:aws"):
        builder.get_workflow(workflowBuildVersionArn="arn:aws:imagebuilder:us-east-1:123456789012:image/x/1.0.0/1")
    for missing in ("3.x.x", "1.10.0/3", "1.0.0"):
        with refused("ResourceNotFoundException", 404):
            builder.get_workflow(workflowBuildVersionArn=f"{ARN}/{missing}")


def test_workflows_are_listed_by_version_filtered_and_paged(builder: Any) -> None:
    create(builder, name="pre-one", description="kept")
    create(builder, name="pre-one", version="1.10.0", data=document("# changed"))
    create(builder, name="pre-one", version="1.9.0")
    create(builder, name="a pre", type="TEST")
    create(builder, name="pre-one", description="kept", data=document("# again"))
    everything = [("a pre", "1.0.0"), ("pre-one", "1.0.0"), ("pre-one", "1.9.0"), ("pre-one", "1.10.0")]
    listed = builder.list_workflows()
    assert versions(listed) == everything
    assert listed["workflowVersionList"][1] == {
        "arn": ARN.replace("my-flow", "pre-one/1.0.0"),
        "name": "pre-one",
        "version": "1.0.0",
        "type": "BUILD",
        "owner": "123456789012",
        "description": "kept",
        "dateCreated": "2026-01-02T03:04:05.678Z",
    }

    def filtered(*filters: tuple[str, list[str]], **params: Any) -> list[tuple[str, str]]:
        return versions(builder.list_workflows(filters=[{"name": name, "values": values} for name, values in filters], **params))

    assert filtered(("type", ["TEST"])) == everything[:1]
    assert filtered(("description", ["kept"])) == everything[1:2]
    assert filtered(("version", ["1.9.0", "1.10.0"])) == everything[2:]
    assert filtered(("version", ["1.0.0"]), ("name", ["pre-one"])) == everything[1:2]
    assert filtered(("name", ["PRE-ONE"])) == []
    with refused("InvalidRequestException"):
        filtered(("platform", ["Linux"]))
    with refused("InvalidRequestException"):
        builder.list_workflows(filters=[{"name": "type"}])
    by_name = builder.list_workflows(byName=True)
    assert versions(by_name) == [("a pre", "1.0.0"), ("pre-one", "1.10.0")]
    assert by_name["workflowVersionList"][1]["arn"] == ARN.replace("my-flow", "pre-one/x.x.x")
    with refused("InvalidRequestException"):
        filtered(("version", ["1.0.0"]), byName=True)

    assert versions(builder.list_workflows(owner="Self")) == everything
    for owner in ("Shared", "ThirdParty", "Somebody"):
        with refused("InvalidRequestException"):
            builder.list_workflows(owner=owner)


@pytest.mark.operation("imagebuilder:CreateWorkflow.dryRun")  # older models let no asterisk into a filter
def test_a_filter_of_names_may_give_a_part(builder: Any) -> None:
    for name in ("pre-one", "a pre", "other"):
        create(builder, name=name)

    def named(value: str) -> list[str]:
        listed = builder.list_workflows(filters=[{"name": "name", "values": [value]}])
        return [item["name"] for item in listed["workflowVersionList"]]

    assert named("pre*") == ["pre-one"]
    assert named("*pre*") == ["a pre", "pre-one"]
    assert named("p.e*") == []
    with refused("InvalidRequestException"):
        builder.list_workflows(filters=[{"name": "Name", "values": ["pre*"]}])


@pytest.mark.operation("imagebuilder:CreateWorkflow.dryRun")  # older models do not know this owner
def test_the_marketplace_has_no_workflows(builder: Any) -> None:
    assert builder.list_workflows(owner="AWSMarketplace")["workflowVersionList"] == []


def test_amazon_s_own_workflows_are_listed_and_read_but_not_deleted(builder: Any) -> None:
    listed = builder.list_workflows(owner="Amazon")["workflowVersionList"]
    assert len(listed) == 10
    assert {item["owner"] for item in listed} == {"Amazon"}
    arn = "arn:aws:imagebuilder:us-east-1:aws:workflow/build/build-image"
    got = builder.get_workflow(workflowBuildVersionArn=f"{arn}/x.x.x")["workflow"]
    assert (got["arn"], got["version"], got["tags"]) == (f"{arn}/1.0.3/1", "1.0.3", {})
    assert "ImageId" in got["data"]
    builds = builder.list_workflow_build_versions(workflowVersionArn=f"{arn}/1.x.x")["workflowSummaryList"]
    assert [build["arn"] for build in builds] == [got["arn"]]
    with refused("ForbiddenException", 403):
        builder.delete_workflow(workflowBuildVersionArn=got["arn"])
    assert create(builder, name="build-image").startswith("arn:aws:imagebuilder:us-east-1:123456789012:")
    assert versions(builder.list_workflows()) == [("build-image", "1.0.0")]


def test_a_page_has_twenty_five_entries(builder: Any) -> None:
    for number in range(26):
        create(builder, version=f"1.0.{number}")
    first = builder.list_workflows()
    assert len(first["workflowVersionList"]) == 25
    builder.delete_workflow(workflowBuildVersionArn=f"{ARN}/1.0.24/1")
    rest = builder.list_workflows(nextToken=first["nextToken"])
    assert versions(rest) == [("My Flow", "1.0.25")]
    assert "nextToken" not in rest
    for token in ("garbage", "é", first["nextToken"][:-2]):
        with refused("InvalidPaginationTokenException"):
            builder.list_workflows(nextToken=token)
    with refused("InvalidPaginationTokenException"):
        builder.list_workflows(nextToken=first["nextToken"], owner="Self")
    with refused("InvalidPaginationTokenException"):
        builder.list_workflow_build_versions(nextToken=first["nextToken"], workflowVersionArn=f"{ARN}/1.0.0")


@pytest.mark.model
@pytest.mark.operation("imagebuilder:CreateWorkflow.dryRun")  # older models have no paginator
def test_builds_are_paged_through(builder: Any) -> None:
    for number in range(25):
        create(builder, version=f"1.0.{number}")
    pages = builder.get_paginator("list_workflow_build_versions").paginate(
        workflowVersionArn=f"{ARN}/x.x.x", PaginationConfig={"PageSize": 7}
    )
    assert [len(page["workflowSummaryList"]) for page in pages] == [7, 7, 7, 4]


def test_builds_are_listed_newest_first(builder: Any) -> None:
    create(builder, tags={"team": "genomics"}, changeDescription="first")
    create(builder, version="1.0.1", kmsKeyId="alias/any")
    create(builder, data=document("# changed"))

    def listed(**params: str) -> list[str]:
        items = builder.list_workflow_build_versions(**params)["workflowSummaryList"]
        return [item["arn"].removeprefix(f"{ARN}/") for item in items]

    assert listed(workflowVersionArn=f"{ARN}/1.0.0") == ["1.0.0/2", "1.0.0/1"]
    assert listed(workflowVersionArn=f"{ARN}/1.x.x") == ["1.0.0/2", "1.0.1/1", "1.0.0/1"]
    assert listed(workflowVersionArn=f"{ARN}/2.x.x") == []
    with refused("InvalidParameterValueException"):
        listed(workflowVersionArn=f"{ARN}/x.0.x")
    items = builder.list_workflow_build_versions(workflowVersionArn=f"{ARN}/1.0.0")["workflowSummaryList"]
    assert items[1]["tags"] == {"team": "genomics"}
    assert items[1]["changeDescription"] == "first"
    assert not {"tags", "changeDescription", "description", "data", "state"} & items[0].keys()


@pytest.mark.observed
@pytest.mark.operation("imagebuilder:CreateWorkflow.dryRun")  # older models want an ARN
def test_without_an_arn_all_builds_are_listed(builder: Any) -> None:
    made = [create(builder), create(builder, name="other")]
    items = builder.list_workflow_build_versions()["workflowSummaryList"]
    assert [item["arn"] for item in items] == made[::-1]


def test_builds_are_deleted_one_by_one(builder: Any) -> None:
    first, second = create(builder), create(builder, data=document("# changed"))
    for arn in (f"{ARN}/1.0.0", f"{ARN}/x.x.x"):
        with refused("InvalidParameterValueException"):
            builder.delete_workflow(workflowBuildVersionArn=arn)
    assert builder.delete_workflow(workflowBuildVersionArn=second)["workflowBuildVersionArn"] == second
    for call in (builder.get_workflow, builder.delete_workflow):
        with refused("ResourceNotFoundException", 404):
            call(workflowBuildVersionArn=second)
    assert builder.get_workflow(workflowBuildVersionArn=f"{ARN}/x.x.x")["workflow"]["arn"] == first
    assert create(builder, data=document("# other")) == second  # the highest number left, and one
    for arn in (first, second):
        builder.delete_workflow(workflowBuildVersionArn=arn)
    assert builder.list_workflows()["workflowVersionList"] == []
    assert create(builder) == first


def test_tags_belong_to_a_build(builder: Any) -> None:
    arn = create(builder, tags={"a": "1", "b": "2"})
    other = create(builder, data=document("# changed"))
    builder.tag_resource(resourceArn=arn, tags={"b": "3", "c": ""})
    builder.untag_resource(resourceArn=arn, tagKeys=["a", "never"])
    assert builder.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "3", "c": ""}
    assert builder.get_workflow(workflowBuildVersionArn=arn)["workflow"]["tags"] == {"b": "3", "c": ""}
    assert builder.list_tags_for_resource(resourceArn=other)["tags"] == {}
    with refused("InvalidParameterException"):
        builder.tag_resource(resourceArn=arn, tags={"aws:mine": ""})
    with refused("InvalidParameterValueException", saying="'tags'"):
        create(builder, name="other", tags={"aws:mine": ""})
    with refused("InvalidParameterException"):
        builder.untag_resource(resourceArn=arn, tagKeys=["aws:mine"])
    builder.tag_resource(resourceArn=arn, tags={f"k{number}": "" for number in range(48)})
    with refused("InvalidParameterException"):
        builder.tag_resource(resourceArn=arn, tags={"one-more": ""})
    with refused("InvalidParameterException"):
        builder.list_tags_for_resource(resourceArn="arn:aws:s3:::bucket")
    for unknown in (f"{ARN}/1.0.0", f"{ARN}/x.x.x", ARN, f"{ARN}/1.0.0/9"):
        with refused("ResourceNotFoundException", 404):
            builder.list_tags_for_resource(resourceArn=unknown)


def test_the_parameters_of_a_document_are_shown_with_their_defaults_as_texts(builder: Any) -> None:
    data = document(
        "parameters:",
        "  - {name: wait, type: boolean, default: true, description: To wait or not}",
        "  - {name: count, type: integer, default: 5}",
        "  - {name: names, type: stringList, default: [a, b]}",
        "  - {name: text}",
    )
    got = builder.get_workflow(workflowBuildVersionArn=create(builder, data=data))["workflow"]
    assert got["parameters"] == [
        {"name": "wait", "type": "boolean", "defaultValue": ["true"], "description": "To wait or not"},
        {"name": "count", "type": "integer", "defaultValue": ["5"]},
        {"name": "names", "type": "stringList", "defaultValue": ["a", "b"]},
        {"name": "text", "type": "string"},
    ]
    assert "parameters" not in builder.get_workflow(workflowBuildVersionArn=create(builder))["workflow"]


@pytest.mark.parametrize(("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("sa-east-1", "aws")])
def test_regions_and_accounts_are_apart_and_partitions_are_named(
    mocked: OmicsMock, builder: Any, region: str, partition: str
) -> None:
    arn = create(builder)
    there: Any = mocked.client("imagebuilder", region=region)
    theirs: Any = mocked.client("imagebuilder", account="210987654321")
    for elsewhere in (there, theirs):
        assert elsewhere.list_workflows()["workflowVersionList"] == []
        with refused("ResourceNotFoundException", 404):
            elsewhere.get_workflow(workflowBuildVersionArn=arn)
    assert create(there) == f"arn:{partition}:imagebuilder:{region}:123456789012:workflow/build/my-flow/1.0.0/1"
    assert create(theirs).startswith("arn:aws:imagebuilder:us-east-1:210987654321:")
