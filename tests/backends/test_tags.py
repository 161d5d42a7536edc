"""Tags of every kind of resource that can have them."""

from typing import TYPE_CHECKING

import pytest

from tests.support.storage import imported, reference, reference_store, sequence_store
from tests.support.workflows import active_workflow, archive, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred


def arns(omics: "OmicsClient") -> list[str]:
    workflow = active_workflow(omics)
    run = omics.get_run(id=start_run(omics, workflowId=workflow))
    return [omics.get_workflow(id=workflow)["arn"], run["arn"]]


def storage_arns(omics: "OmicsClient") -> list[str]:
    made = omics.create_sequence_store(name="store")
    read_set = omics.get_read_set_metadata(sequenceStoreId=made["id"], id=imported(omics, made["id"]))
    return [made["arn"], read_set["arn"], omics.get_reference_store(id=reference_store(omics))["arn"], reference(omics)]


def own_tags(omics: "OmicsClient", arn: str) -> dict[str, str]:
    """The tags of a resource but those of the service itself."""
    tags = omics.list_tags_for_resource(resourceArn=arn)["tags"]
    return {key: value for key, value in tags.items() if not key.startswith("aws:")}


def test_every_taggable_resource_is_tagged_by_its_arn(omics: "OmicsClient") -> None:
    for arn in arns(omics) + storage_arns(omics):
        assert own_tags(omics, arn) == {}
        assert omics.tag_resource(resourceArn=arn, tags={"a": "1", "b": ""})["ResponseMetadata"]["HTTPStatusCode"] == 204
        omics.tag_resource(resourceArn=arn, tags={"a": "2", "Ä/:": "=+-@"})
        assert own_tags(omics, arn) == {"a": "2", "b": "", "Ä/:": "=+-@"}
        removed = omics.untag_resource(resourceArn=arn, tagKeys=["a", "never there"])
        assert removed["ResponseMetadata"]["HTTPStatusCode"] == 204
        assert own_tags(omics, arn) == {"b": "", "Ä/:": "=+-@"}


@pytest.mark.documented
@pytest.mark.operation("CreateWorkflowVersion")
def test_a_version_has_tags_of_its_own(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, tags={"of": "the workflow"})
    arn = omics.create_workflow_version(workflowId=workflow, versionName="1.0", definitionZip=archive())["arn"]
    omics.tag_resource(resourceArn=arn, tags={"a": "1"})
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "1"}
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.list_tags_for_resource(resourceArn=arn.replace("1.0", "2.0"))


@pytest.mark.documented
def test_tags_show_on_the_resource(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics, tags={"from": "create"})
    omics.tag_resource(resourceArn=omics.get_workflow(id=workflow)["arn"], tags={"and": "later"})
    assert omics.get_workflow(id=workflow)["tags"] == {"from": "create", "and": "later"}


def test_fifty_tags_are_allowed_and_one_more_changes_nothing(omics: "OmicsClient") -> None:
    arn = arns(omics)[0]
    fifty = {f"k{number}": "" for number in range(50)}
    omics.tag_resource(resourceArn=arn, tags=fifty)
    omics.tag_resource(resourceArn=arn, tags={"k1": "changed"})
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="50 tags"):
        omics.tag_resource(resourceArn=arn, tags={"k50": ""})
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == fifty | {"k1": "changed"}


def test_the_namespace_of_aws_is_reserved(omics: "OmicsClient") -> None:
    arn = arns(omics)[0]
    with pytest.raises(omics.exceptions.ValidationException, match="reserved"):
        omics.tag_resource(resourceArn=arn, tags={"aws:owner": "me"})
    with pytest.raises(omics.exceptions.ValidationException, match="reserved"):
        omics.untag_resource(resourceArn=arn, tagKeys=["aws:owner"])


def test_the_service_s_own_tags_of_a_read_set_stay_as_they_are_and_do_not_count(omics: "OmicsClient") -> None:
    store, fifty = sequence_store(omics), {f"k{number}": "" for number in range(50)}
    read_set = imported(omics, store, subjectId="ann", sampleId="blood", tags=fifty)
    metadata = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    own = {"aws:omics:subjectId": "ann", "aws:omics:sampleId": "blood"}
    assert omics.list_tags_for_resource(resourceArn=metadata["arn"])["tags"] == fifty | own
    assert "tags" not in metadata
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="50 tags"):
        omics.tag_resource(resourceArn=metadata["arn"], tags={"k50": ""})
    fifty["k49"] = "changed"
    omics.tag_resource(resourceArn=metadata["arn"], tags={"k49": "changed"})
    for key in own:
        with pytest.raises(omics.exceptions.ValidationException, match="reserved"):
            omics.tag_resource(resourceArn=metadata["arn"], tags={"k0": "new", key: "another"})
        with pytest.raises(omics.exceptions.ValidationException, match="reserved"):
            omics.untag_resource(resourceArn=metadata["arn"], tagKeys=["k0", key])
    assert omics.list_tags_for_resource(resourceArn=metadata["arn"])["tags"] == fifty | own


@pytest.mark.model
def test_tags_of_storage_show_only_among_the_tags(omics: "OmicsClient") -> None:
    store, _, references, made = storage_arns(omics)
    store_id, references_id = store.rpartition("/")[2], references.rpartition("/")[2]
    for arn in (store, references, made):
        omics.tag_resource(resourceArn=arn, tags={"a": "b"})
    assert "tags" not in omics.get_sequence_store(id=store_id)
    assert "tags" not in omics.get_reference_store(id=references_id)
    assert "tags" not in omics.get_reference_metadata(referenceStoreId=references_id, id=made.rpartition("/")[2])
    assert "tags" not in omics.list_references(referenceStoreId=references_id)["references"][0]


def test_a_resource_of_a_store_is_found_through_that_store_only(omics: "OmicsClient") -> None:
    _, read_set, _, made = storage_arns(omics)
    for arn in (read_set, made):
        _, store, kind, _ = arn.split("/")
        for other in (arn.replace(store, "1234567890"), arn.replace(f"/{kind}/", "/run/"), f"{arn}/extra"):
            with pytest.raises(omics.exceptions.ResourceNotFoundException):
                omics.list_tags_for_resource(resourceArn=other)


@pytest.mark.parametrize(
    "resource",
    [
        "workflow/7654321",
        "workflow/7654321/version/1",
        "workflow/7654321/extra",
        "run/7654321",
        "runGroup/7654321",
        "sequenceStore/1234567890",
        "sequenceStore/1234567890/readSet/1234567890",
        "referenceStore/1234567890",
        "referenceStore/1234567890/reference/1234567890",
        "variantStore/mine",
    ],
)
def test_an_unknown_resource_is_not_found(omics: "OmicsClient", resource: str) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=resource):
        omics.list_tags_for_resource(resourceArn=f"arn:aws:omics:us-east-1:123456789012:{resource}")


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:omics:us-east-1:123456789012:task/1234567",
        "arn:aws:omics:us-east-1:123456789012:workflow",
        "arn:aws:s3:::bucket",
        "arn:anything",
        "workflow/1234567",
    ],
)
def test_what_can_not_be_tagged_is_refused(omics: "OmicsClient", arn: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="resourceArn"):
        omics.tag_resource(resourceArn=arn, tags={"a": "b"})


@pytest.mark.documented
def test_the_arn_of_another_account_or_region_is_not_found(omics: "OmicsClient") -> None:
    arn = arns(omics)[0]
    for other in (arn.replace("123456789012", "210987654321"), arn.replace("us-east-1", "us-west-2")):
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            omics.list_tags_for_resource(resourceArn=other)
