"""S3 access policies, as a client sees them."""

import json
from typing import TYPE_CHECKING

import pytest

from omics_mock import OmicsMock
from tests.support.workflows import client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = [pytest.mark.inferred, pytest.mark.operation("PutS3AccessPolicy")]


@pytest.fixture
def access_point(omics: "OmicsClient") -> str:
    return omics.create_sequence_store(name="reads")["s3Access"]["s3AccessPointArn"]


def granting(access_point: str, **changes: object) -> str:
    account, store = access_point.rpartition("/")[2].split("-")
    resource = f"{access_point}/object/{account}/sequenceStore/{store}/*"
    statement = {"Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "s3:GetObject", "Resource": resource}
    return json.dumps({"Statement": {**statement, **changes}})


@pytest.mark.documented
def test_a_new_store_lets_its_owner_s_account_in(omics: "OmicsClient", access_point: str) -> None:
    found = omics.get_s3_access_policy(s3AccessPointArn=access_point)
    store = omics.get_sequence_store(id=found["storeId"])
    assert found["s3AccessPointArn"] == access_point == store["s3Access"]["s3AccessPointArn"]
    assert found["storeType"] == "SEQUENCE_STORE"
    assert found["updateTime"] == store["creationTime"]
    inside = f"123456789012/sequenceStore/{store['id']}/*"
    assert json.loads(found["s3AccessPolicy"]) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": actions,
                "Resource": resource,
            }
            for actions, resource in (
                (["s3:GetObject", "s3:GetObjectTagging"], f"{access_point}/object/{inside}"),
                (["s3:ListBucket"], f"{access_point}/{inside}"),
            )
        ],
    }


@pytest.mark.documented
def test_a_policy_is_replaced_as_a_whole(omics: "OmicsClient", mocked: OmicsMock, access_point: str) -> None:
    before = omics.get_s3_access_policy(s3AccessPointArn=access_point)
    mocked.clock.advance(60)
    wanted = granting(access_point)
    put = omics.put_s3_access_policy(s3AccessPointArn=access_point, s3AccessPolicy=wanted)
    assert (put["s3AccessPointArn"], put["storeId"], put["storeType"]) == (access_point, before["storeId"], "SEQUENCE_STORE")
    found = omics.get_s3_access_policy(s3AccessPointArn=access_point)
    assert found["s3AccessPolicy"] == wanted
    assert (found["updateTime"] - before["updateTime"]).total_seconds() == 60


def test_a_deleted_policy_is_not_found_until_another_is_put(omics: "OmicsClient", access_point: str) -> None:
    for _ in range(2):
        omics.delete_s3_access_policy(s3AccessPointArn=access_point)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="has no access policy"):
        omics.get_s3_access_policy(s3AccessPointArn=access_point)
    omics.put_s3_access_policy(s3AccessPointArn=access_point, s3AccessPolicy=granting(access_point))
    assert omics.get_s3_access_policy(s3AccessPointArn=access_point)["s3AccessPolicy"] == granting(access_point)


def test_a_policy_that_breaks_a_rule_is_refused_and_the_old_one_stays(omics: "OmicsClient", access_point: str) -> None:
    before = omics.get_s3_access_policy(s3AccessPointArn=access_point)["s3AccessPolicy"]
    for broken in ("no policy", granting(access_point, Action="s3:*"), granting(access_point, Sid="x" * 15_360)):
        with pytest.raises(omics.exceptions.ValidationException, match="s3AccessPolicy: the policy"):
            omics.put_s3_access_policy(s3AccessPointArn=access_point, s3AccessPolicy=broken)
    assert omics.get_s3_access_policy(s3AccessPointArn=access_point)["s3AccessPolicy"] == before


@pytest.mark.documented
def test_another_region_or_account_does_not_know_the_access_point(omics: "OmicsClient", access_point: str) -> None:
    unknown = [access_point[:-1], access_point.replace("900000000001", "123456789012"), "arn:aws:s3:us-east-1::accesspoint/x"]
    for elsewhere, arn in [(omics, each) for each in unknown] + [(client("us-west-2"), access_point)]:
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            elsewhere.get_s3_access_policy(s3AccessPointArn=arn)
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            elsewhere.put_s3_access_policy(s3AccessPointArn=arn, s3AccessPolicy=granting(access_point))
        with pytest.raises(omics.exceptions.ResourceNotFoundException):
            elsewhere.delete_s3_access_policy(s3AccessPointArn=arn)


def test_the_access_point_goes_with_its_store(omics: "OmicsClient", access_point: str) -> None:
    omics.delete_sequence_store(id=access_point.rpartition("-")[2])
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_s3_access_policy(s3AccessPointArn=access_point)
