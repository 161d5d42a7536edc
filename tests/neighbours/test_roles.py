"""Which roles of moto's IAM let the service in."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.workflows import ROLE, active_workflow, client, start_run

pytestmark = pytest.mark.observed

ACCOUNT = "123456789012"
REFUSED = "IAM role is invalid or inaccessible"


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics() as active:
        yield active


def role(*statements: dict[str, Any], name: str = "omics") -> str:
    """The ARN of a role whose statements let the service in, unless they say otherwise."""
    usual = {"Effect": "Allow", "Principal": {"Service": "omics.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**usual, **statement} for statement in statements]})
    return str(boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=policy)["Role"]["Arn"])


def trusts(role_arn: str, region: str = "us-east-1") -> bool:
    """Whether a run can be started with the role."""
    omics = client(region)
    workflow = active_workflow(omics)
    try:
        start_run(omics, workflowId=workflow, roleArn=role_arn)
    except omics.exceptions.ValidationException as refused:
        message = refused.response["Error"]["Message"]
    else:
        return True
    assert message == REFUSED
    return False


def source(operator: str, *patterns: str, account: str | None = None) -> dict[str, Any]:
    """A condition on what the service works on, and on its account if one is named."""
    accounts = {} if account is None else {"StringEquals": {"aws:SourceAccount": account}}
    return {"Condition": {operator: {"aws:SourceArn": list(patterns)}, **accounts}}


@pytest.mark.parametrize(
    ("statement", "trusted"),
    [
        ({}, True),
        ({"Principal": {"Service": ["ec2.amazonaws.com", "omics.amazonaws.com"]}}, True),
        ({"Principal": "*"}, True),
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, False),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}, False),
        ({"Action": ["sts:AssumeRole", "sts:TagSession"]}, True),
        ({"Action": "sts:AssumeRoleWithWebIdentity"}, False),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}, True),
        ({"Condition": {"StringEquals": {"AWS:sourceaccount": ["210987654321", ACCOUNT]}}}, True),
        ({"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}, False),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceAccount": "210987654321"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:SourceAccount": "210987654321"}}}, True),
        ({"Condition": {"StringLike": {"aws:SourceAccount": "1234*"}}}, True),
        (source("ArnLike", f"arn:aws:omics:us-east-1:{ACCOUNT}:*", account=ACCOUNT), True),
        (source("ArnLike", f"arn:aws:omics:us-east-1:{ACCOUNT}:run/*"), True),
        (source("ArnLike", f"arn:aws:omics:us-east-1:{ACCOUNT}:sequenceStore/*"), True),
        (source("ArnLikeIfExists", f"arn:aws:omics:*:{ACCOUNT}:run/123????"), True),
        (source("ArnEquals", f"arn:aws:omics:us-west-2:{ACCOUNT}:*", f"arn:aws:omics:us-east-1:{ACCOUNT}:*"), True),
        (source("ArnLike", f"arn:aws:omics:us-west-2:{ACCOUNT}:*"), False),
        (source("ArnLike", "arn:aws:omics:us-east-1:210987654321:*"), False),
        (source("ArnLike", f"arn:aws:omics:us-east-1:{ACCOUNT}:*", account="210987654321"), False),
        (source("ArnLike", "arn:aws:omics:*"), False),  # parts of an ARN are compared one by one
        (source("StringLike", "arn:aws:omics:*"), True),
        (source("StringEquals", f"arn:aws:omics:us-east-1:{ACCOUNT}:run/7654321"), True),
        (source("StringEquals", f"arn:aws:omics:us-east-1:{ACCOUNT}:run/*"), False),  # no run is called so
        (source("ArnNotLike", f"arn:aws:omics:us-east-1:{ACCOUNT}:*"), False),
        ({"Condition": {"StringEquals": {"sts:ExternalId": "secret"}}}, False),
        ({"Condition": None}, True),
    ],
)
def test_a_role_lets_the_service_in_as_its_trust_policy_says(mocked: OmicsMock, statement: dict[str, Any], trusted: bool) -> None:
    assert trusts(role(statement)) is trusted


def test_a_denial_wins(mocked: OmicsMock) -> None:
    assert not trusts(role({}, {"Effect": "Deny"}, name="all"))
    abroad = {"Effect": "Deny", "Condition": {"StringNotLike": {"aws:SourceArn": "arn:aws:omics:us-west-2:*"}}}
    assert not trusts(role({}, abroad, name="abroad"))
    assert trusts(role({}, {"Effect": "Deny", "Principal": {"Service": "ec2.amazonaws.com"}}, name="others"))


def test_a_role_is_for_the_regions_its_conditions_name(mocked: OmicsMock) -> None:
    western = role(source("ArnLike", f"arn:aws:omics:us-west-2:{ACCOUNT}:*"))
    assert trusts(western, "us-west-2")
    assert not trusts(western, "us-east-1")


@pytest.mark.inferred
def test_a_role_that_nobody_made_is_missing_once_the_account_has_roles(mocked: OmicsMock) -> None:
    assert trusts(ROLE)
    boto3.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
    assert trusts(ROLE)
    role({}, name="another")
    assert not trusts(ROLE)
    assert trusts(role({}))


@pytest.mark.inferred
def test_what_is_no_policy_trusts_nobody(mocked: OmicsMock) -> None:
    iam = boto3.client("iam")
    for name, document in {"text": "some-role", "list": "[]", "string": '{"Statement": "all"}'}.items():
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
        assert not trusts(made["Arn"])
