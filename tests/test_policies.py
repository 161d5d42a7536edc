"""How statements of policies are matched, whoever they are of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock.policies import Need, holds, is_known, verdict

pytestmark = pytest.mark.documented

RUN = "arn:aws:omics:us-east-1:123456789012:run/1234567"
NEED = Need("omics:GetRun", RUN, {"aws:resourcetag/team": "a", "aws:tagkeys": ("x", "y"), "iam:passedtoservice": None})


def said(*statements: dict[str, Any], need: Need = NEED) -> bool | None:
    return verdict([{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", **one} for one in statements]}], need)


@pytest.mark.inferred
@pytest.mark.parametrize(
    ("statement", "counts"),
    [
        ({}, True),
        ({"Action": "omics:getrun"}, True),
        ({"Action": ["omics:List*", "omics:Get?un"]}, True),
        ({"Action": "omics:Get"}, False),
        ({"NotAction": "omics:Get*"}, False),
        ({"NotAction": ["omics:Delete*"]}, True),
        ({"Resource": RUN}, True),
        ({"Resource": [RUN.replace("1234567", "*")]}, True),
        ({"Resource": RUN.replace("1234567", "7654321")}, False),
        ({"Resource": RUN.replace("us-east-1", "us.east.1")}, False),
        ({"NotResource": "arn:aws:omics:*:*:run/*"}, False),
        ({"NotResource": "arn:aws:omics:*:*:workflow/*"}, True),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/Team": ["b", "a"]}}}, True),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/team": "b"}}}, False),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/other": "b"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:ResourceTag/other": "b"}}}, True),
        ({"Condition": {"StringEqualsIfExists": {"aws:ResourceTag/other": "b"}}}, True),
        ({"Condition": {"StringEquals": {"aws:ResourceTag/team": "a", "aws:ResourceTag/other": "b"}}}, False),
        ({"Condition": {"Null": {"aws:ResourceTag/other": "true", "aws:ResourceTag/team": False}}}, True),
        ({"Condition": {"Null": {"aws:ResourceTag/team": "true"}}}, False),
        ({"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["x", "y", "z"]}}}, True),
        ({"Condition": {"ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}}, False),
        ({"Condition": {"ForAnyValue:StringLike": {"aws:TagKeys": ["z", "?"]}}}, True),
        ({"Condition": {"ForAnyValue:StringEquals": {"iam:PassedToService": "a"}}}, False),
        ({"Condition": {"ForAllValues:StringEquals": {"iam:PassedToService": "a"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}, False),
        ({"Condition": {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}}, False),
        ({"Condition": {"DateLessThan": {"aws:ResourceTag/team": "2026-01-01"}}}, False),
    ],
)
def test_a_statement_counts_when_all_of_its_elements_fit(statement: dict[str, Any], counts: bool) -> None:
    assert said(statement) is (True if counts else None)
    assert said({}, {**statement, "Effect": "Deny"}) is not counts


def test_without_a_statement_nothing_is_said() -> None:
    assert said() is None
    assert verdict([], NEED) is None
    assert verdict([{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}], NEED) is True


@given(st.lists(st.sampled_from(["a", "b", "c"])), st.lists(st.sampled_from(["a", "b", "c"]), min_size=1))
def test_sets_of_values_are_compared_as_sets(found: list[str], wanted: list[str]) -> None:
    assert holds("ForAllValues:StringEquals", found, wanted) == (set(found) <= set(wanted))
    assert holds("ForAnyValue:StringEquals", found, wanted) == bool(set(found) & set(wanted))
    assert holds("ForAllValues:StringNotEquals", found, wanted) == (not set(found) & set(wanted))
    assert is_known("ForAllValues:StringNotEqualsIfExists")
