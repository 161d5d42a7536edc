"""What an S3 access policy may say, and whom it lets in."""

import json
from typing import Any

import pytest

from omics_mock.access_policies import Access, allows, check_policy, default_policy
from omics_mock.exceptions import ValidationException

pytestmark = pytest.mark.documented

OWNER = "111122223333"
POINT = f"arn:aws:s3:us-east-1:900000000001:accesspoint/{OWNER}-1234567890"
PREFIX = f"{OWNER}/sequenceStore/1234567890/"
KEY = f"{PREFIX}readSet/1111111111/a.bam"
ROOT = f"arn:aws:iam::{OWNER}:root"
SESSION = f"arn:aws:sts::{OWNER}:assumed-role/reader/today"


def policy(**changes: Any) -> str:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "s3:GetObject", "Resource": f"{POINT}/object/{PREFIX}*"}
    changed = {element: value for element, value in {**statement, **changes}.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [changed]})


def get(principal: str = f"arn:aws:iam::{OWNER}:user/ann", key: str = KEY, tag: str | None = None, **conditions: str) -> Access:
    tags = {} if tag is None else {"s3:ExistingObjectTag/k": tag}
    return Access("s3:GetObject", f"{POINT}/object/{key}", principal, principal.split(":")[4], {**tags, **conditions})


def listing(prefix: str | None) -> Access:
    conditions = {} if prefix is None else {"s3:prefix": prefix}
    return Access("s3:ListBucket", POINT, f"arn:aws:iam::{OWNER}:user/ann", OWNER, conditions)


def both(*statements: str) -> str:
    return json.dumps({"Statement": [json.loads(each)["Statement"][0] for each in statements]})


# ---- what a policy may say -----------------------------------------------------------------------------------------


def test_the_default_policy_passes_its_own_check() -> None:
    check_policy(default_policy(POINT, OWNER, "1234567890", "aws"), POINT, PREFIX)


@pytest.mark.parametrize(
    "changes",
    [
        {"Sid": "readers", "Principal": "*"},
        {"Principal": {"AWS": ["*", OWNER, SESSION]}},
        {"Action": ["s3:getobject", "s3:GetObjectTagging"], "Resource": [f"{POINT}/object/{KEY}"]},
        {"Action": "s3:ListBucket", "Resource": POINT, "Condition": {"StringLike": {"s3:prefix": [f"{PREFIX}*"]}}},
        {"Condition": {"StringEqualsIfExists": {"s3:ExistingObjectTag/omics:readSetStatus": "ACTIVE"}}},
        {"Condition": {"NumericGreaterThanEquals": {"s3:TlsVersion": 1.2}}},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/*"}}},
        {"Condition": {"StringNotEquals": {"s3:signatureversion": "AWS"}}},
    ],
    ids=str,
)
def test_what_the_guide_allows_is_accepted(changes: dict[str, Any]) -> None:
    check_policy(policy(**changes), POINT, PREFIX)


@pytest.mark.inferred
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "is not valid JSON"),
        ("[" * 10_000, "is not valid JSON"),
        ("[]", "the policy is not a JSON object"),
        ("{}", "lacks the element 'Statement' in the policy"),
        ('{"Statement": []}', "has no statement"),
        ('{"Statement": "all"}', "a statement is not a JSON object"),
        ('{"Statement": [], "Comment": ""}', "may not have the element 'Comment' in the policy"),
        (policy(NotAction="s3:GetObject"), "may not have the element 'NotAction' in a statement"),
        (policy(Effect="Maybe"), "has the effect 'Maybe'"),
        (policy(Effect=None), "lacks the element 'Effect'"),
        (policy(Principal=None), "lacks the element 'Principal'"),
        (policy(Principal="somebody"), "has a principal"),
        (policy(Principal={}), "has a principal"),
        (policy(Principal={"AWS": [1]}), "has the element 'Principal' without text"),
        (policy(Action=[]), "has the element 'Action' without text"),
        (policy(Action="s3:Get*"), "may not name the action 's3:Get*'"),
        (policy(Action="s3:PutObject"), "may not name the action 's3:PutObject'"),
        (policy(Resource=f"{POINT}/object/*"), "may not reach beyond the store"),
        (policy(Resource=[f"{POINT}/object/{OWNER}/sequenceStore/9/*"]), "may not reach beyond the store"),
        (policy(Condition=[]), "has a Condition that is not an object"),
        (policy(Condition={"StringEquals": "x"}), "has a Condition that is not an object"),
        (policy(Condition={"Sounds": {"s3:prefix": "x"}}), "has the unknown condition operator 'Sounds'"),
        (policy(Condition={"StringEquals": {"aws:SourceIp": "x"}}), "may not use the condition key 'aws:SourceIp'"),
        (policy(Condition={"StringLike": {"aws:PrincipalArn": "x"}}), "may not use the condition key 'aws:PrincipalArn'"),
        (policy(Condition={"StringLike": {"s3:prefix": {}}}), "has a condition on s3:prefix whose value is not text"),
        (policy(Sid="x" * 15 * 1024), "is larger than 15 KB"),
    ],
    ids=lambda value: value[-40:],
)
def test_anything_else_is_refused_with_the_rule(text: str, rule: str) -> None:
    with pytest.raises(ValidationException) as refused:
        check_policy(text, POINT, PREFIX)
    assert refused.value.message.startswith("s3AccessPolicy: ")
    assert rule in refused.value.message


# ---- whom it lets in -----------------------------------------------------------------------------------------------


@pytest.mark.inferred
def test_the_default_policy_lets_the_owner_s_account_in_and_nobody_else() -> None:
    default = default_policy(POINT, OWNER, "1234567890", "aws")
    for principal in (f"arn:aws:iam::{OWNER}:user/ann", f"arn:aws:sts::{OWNER}:user/moto", SESSION, ROOT):
        assert allows(default, get(principal))
    assert not allows(default, get("arn:aws:iam::444455556666:user/ann"))
    assert allows(default, listing(PREFIX))
    assert allows(default, listing(f"{PREFIX}readSet/1"))
    assert not allows(default, listing(f"{OWNER}/"))
    assert not allows(default, listing(None))


def test_without_a_policy_nobody_gets_in() -> None:
    assert not allows(None, get())


@pytest.mark.parametrize(
    "named",
    [
        "*",
        {"AWS": "*"},
        {"AWS": OWNER},
        {"AWS": ROOT},
        {"AWS": SESSION},
        {"AWS": f"arn:aws:iam::{OWNER}:role/reader"},
        {"AWS": ["arn:aws:iam::444455556666:root", f"arn:aws:iam::{OWNER}:role/of/the/lab/reader"]},
    ],
    ids=str,
)
def test_a_session_is_named_in_many_ways(named: Any) -> None:
    assert allows(policy(Principal=named), get(SESSION))
    assert not allows(policy(Effect="Deny", Principal=named), get(SESSION))


@pytest.mark.parametrize(
    "named",
    [
        {"AWS": "444455556666"},
        {"AWS": f"arn:aws:iam::{OWNER}:role/read"},
        {"AWS": f"arn:aws:iam::{OWNER}:user/reader"},
        {"AWS": "arn:aws:iam::444455556666:role/reader"},
        {"Service": "omics.amazonaws.com"},
    ],
    ids=str,
)
def test_a_session_is_not_whom_it_resembles(named: Any) -> None:
    assert not allows(policy(Principal=named), get(SESSION))


def test_a_denial_wins() -> None:
    denied = policy(Effect="Deny", Resource=f"{POINT}/object/{PREFIX}readSet/1111111111/*")
    assert not allows(both(policy(), denied), get())
    assert not allows(both(denied, policy()), get())
    assert allows(both(policy(), denied), get(key=f"{PREFIX}readSet/2222222222/a.bam"))


def test_actions_ignore_case_and_resources_have_wildcards() -> None:
    assert allows(policy(Action=["s3:GETOBJECT"]), get())
    assert not allows(policy(Action="s3:GetObjectTagging"), get())
    assert allows(policy(Resource=f"{POINT}/object/{PREFIX}readSet/111111111?/*.b**m"), get())
    assert not allows(policy(Resource=f"{POINT}/object/{PREFIX}readSet/111111111?/"), get())
    assert not allows(policy(Resource=f"{POINT}/object/{PREFIX}READSET/*"), get())
    assert not allows(policy(Resource=f"{POINT}/object/{PREFIX}readSet/[0-9]*"), get())


@pytest.mark.inferred
def test_a_listing_is_named_by_the_access_point_or_by_its_prefix() -> None:
    bare = policy(Action="s3:ListBucket", Resource=POINT)
    assert allows(bare, listing(None))
    limited = policy(Action="s3:ListBucket", Resource=POINT, Condition={"StringLike": {"s3:prefix": f"{PREFIX}*"}})
    assert allows(limited, listing(PREFIX))
    assert not allows(limited, listing(OWNER))
    assert not allows(limited, listing(None))


@pytest.mark.parametrize(
    ("operator", "wanted", "passes", "fails"),
    [
        ("StringEquals", ["s1", "s2"], "s2", "S2"),
        ("StringNotEquals", ["s1", "s3"], "s2", "s3"),
        ("StringEqualsIgnoreCase", "S2", "s2", "s1"),
        ("StringNotEqualsIgnoreCase", "S3", "s2", "s3"),
        ("StringLike", "s?", "s2", "s22"),
        ("StringNotLike", ["t*", "u*"], "s2", "u"),
        ("ArnEquals", "arn:aws:s3:::*", "arn:aws:s3:::b", "arn:aws:s3:us-east-1::b"),
        ("ArnLike", "arn:*:s3:::b?", "arn:aws:s3:::b1", "b1"),
        ("ArnNotEquals", "arn:*:b", "arn:aws:s3:::b", "arn:x:b"),
        ("ArnNotLike", "arn:aws:s3:::c*", "arn:aws:s3:::b", "arn:aws:s3:::c"),
        ("NumericEquals", 1.20, "1.2", "1.3"),
        ("NumericNotEquals", ["1", "x"], "1.2", "1.0"),
        ("NumericLessThan", "1.3", "1.2", "1.3"),
        ("NumericLessThanEquals", "1.2", "1.2", "1.3"),
        ("NumericGreaterThan", "1.1", "1.2", "1.1"),
        ("NumericGreaterThanEquals", "1.2", "1.2", "one"),
        ("Bool", True, "true", "false"),
    ],
)
def test_every_operator_compares_as_it_says(operator: str, wanted: Any, passes: str, fails: str) -> None:
    limited = policy(Condition={operator: {"s3:ExistingObjectTag/k": wanted}})
    check_policy(limited, POINT, PREFIX)
    assert allows(limited, get(tag=passes))
    assert not allows(limited, get(tag=fails))
    assert allows(limited, get()) is ("Not" in operator)
    if_exists = policy(Condition={f"{operator}IfExists": {"s3:existingobjecttag/k": wanted}})
    assert allows(if_exists, get())
    assert not allows(if_exists, get(tag=fails))


def test_all_conditions_have_to_hold() -> None:
    limited = policy(
        Condition={
            "StringEquals": {"s3:ExistingObjectTag/k": "v", "s3:signatureversion": "AWS4-HMAC-SHA256"},
            "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWNER}:role/*"},
        }
    )
    signed = {"s3:signatureversion": "AWS4-HMAC-SHA256"}
    assert allows(limited, get(SESSION, tag="v", **signed))
    assert not allows(limited, get(tag="v", **signed))
    assert not allows(limited, get(SESSION, tag="w", **signed))
    assert not allows(limited, get(SESSION, tag="v"))
