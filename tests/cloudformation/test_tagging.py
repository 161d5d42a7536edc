"""Our resources in moto's Resource Groups Tagging API."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from omics_mock import OmicsMock
from tests.support.imagebuilder import create

pytestmark = pytest.mark.inferred


@pytest.fixture
def tagging(mocked: OmicsMock) -> Any:
    return mocked.client("resourcegroupstaggingapi", "us-east-1")


@pytest.fixture
def group(omics: Any) -> str:
    return str(omics.create_run_group(name="group", tags={"team": "blue", "stage": "test"})["arn"])


@pytest.fixture
def store(omics: Any) -> str:
    return str(omics.create_reference_store(name="store", tags={"team": "red"})["arn"])


def found(tagging: Any, **filters: Any) -> dict[str, dict[str, str]]:
    listed = tagging.get_resources(**filters)["ResourceTagMappingList"]
    return {resource["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in resource["Tags"]} for resource in listed}


def test_resources_are_listed_with_their_tags(tagging: Any, omics: Any, builder: Any, group: str, store: str) -> None:
    build = create(builder, tags={"team": "blue"})
    omics.create_run_group(name="without tags")
    assert found(tagging) == {group: {"team": "blue", "stage": "test"}, store: {"team": "red"}, build: {"team": "blue"}}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"TagFilters": [{"Key": "team"}]}, {"runGroup", "referenceStore"}),
        ({"TagFilters": [{"Key": "team", "Values": ["red", "green"]}]}, {"referenceStore"}),
        ({"TagFilters": [{"Key": "team"}, {"Key": "stage", "Values": ["test"]}]}, {"runGroup"}),
        ({"TagFilters": [{"Key": "none"}]}, set()),
        ({"ResourceTypeFilters": ["omics"]}, {"runGroup", "referenceStore"}),
        ({"ResourceTypeFilters": ["omics:runGroup"]}, {"runGroup"}),
        ({"ResourceTypeFilters": ["s3"]}, set()),
    ],
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
@pytest.mark.usefixtures("group", "store")
def test_filters_choose_among_them(tagging: Any, filters: Any, names: set[str]) -> None:
    assert {arn.split(":")[5].split("/")[0] for arn in found(tagging, **filters)} == names


@pytest.mark.usefixtures("group", "store")
def test_keys_and_values_are_listed(tagging: Any) -> None:
    assert sorted(tagging.get_tag_keys()["TagKeys"]) in (["stage", "team"], ["stage", "team", "team"])
    assert sorted(tagging.get_tag_values(Key="team")["TagValues"]) == ["blue", "red"]
    assert tagging.get_tag_values(Key="stage")["TagValues"] == ["test"]


def test_buckets_and_run_groups_are_listed_together(mocked: OmicsMock, tagging: Any, group: str) -> None:
    s3: Any = mocked.client("s3", "us-east-1")
    s3.put_bucket_tagging(Bucket="definitions", Tagging={"TagSet": [{"Key": "team", "Value": "blue"}]})
    assert set(found(tagging, TagFilters=[{"Key": "team", "Values": ["blue"]}])) == {"arn:aws:s3:::definitions", group}


def test_tags_are_changed_by_the_service_itself(mocked: OmicsMock, tagging: Any, omics: Any, group: str) -> None:
    missing = "arn:aws:omics:us-east-1:123456789012:runGroup/1234567"
    failed = tagging.tag_resources(ResourceARNList=[group, missing], Tags={"new": "1"})["FailedResourcesMap"]
    assert omics.list_tags_for_resource(resourceArn=group)["tags"] == {"team": "blue", "stage": "test", "new": "1"}
    assert set(failed) == {missing}
    assert failed[missing]["StatusCode"] == 404
    assert len(mocked.calls.of("TagResource")) == 2


def test_tags_are_taken_away_where_moto_serves_that(tagging: Any, omics: Any, group: str) -> None:
    from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

    if hasattr(ResourceGroupsTaggingAPIBackend, "untag_resources"):
        tagging.untag_resources(ResourceARNList=[group], TagKeys=["stage"])
        assert omics.list_tags_for_resource(resourceArn=group)["tags"] == {"team": "blue"}
    else:
        with pytest.raises((ClientError, NotImplementedError)):
            tagging.untag_resources(ResourceARNList=[group], TagKeys=["stage"])


def test_other_accounts_do_not_see_them(mocked: OmicsMock, group: str) -> None:
    other: Any = mocked.client("resourcegroupstaggingapi", "us-east-1", account="111122223333")
    assert group not in found(other)
