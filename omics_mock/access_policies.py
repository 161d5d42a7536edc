"""S3 access policies of sequence stores: what they may say, and whom they let in.

Source: AWS HealthOmics User Guide, "Permissions for data access using Amazon S3 URIs"; IAM User Guide, "IAM JSON policy elements".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from omics_mock.exceptions import ValidationException
from omics_mock.policies import OPERATORS, holds, like, listed

MAX_SIZE: Final = 15 * 1024
GET_OBJECT: Final = "s3:GetObject"
GET_TAGS: Final = "s3:GetObjectTagging"
LIST: Final = "s3:ListBucket"

_ACTIONS = {action.lower() for action in (GET_OBJECT, GET_TAGS, LIST)}
_ELEMENTS = {"Version", "Id", "Statement"}
_STATEMENT_ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
_REQUIRED = ("Effect", "Principal", "Action", "Resource")
_CONDITION_KEYS = {"s3:prefix", "s3:signatureversion", "s3:tlsversion", "aws:principalarn"}
_TAG_KEY = "s3:existingobjecttag/"
_PRINCIPAL_OPERATORS = {"ArnEquals", "ArnLike"}


@dataclass(frozen=True)
class Access:
    """Who wants to do what with which object, or with the access point itself. Condition keys are those of IAM."""

    action: str
    resource: str
    principal: str
    account: str
    conditions: Mapping[str, str]


def default_policy(access_point_arn: str, owner: str, store_id: str, partition: str) -> str:
    """What a new store starts with: its owner's account may read everything in it."""
    prefix = prefix_of(owner, store_id)
    principal = {"AWS": f"arn:{partition}:iam::{owner}:root"}
    granted = {
        f"{access_point_arn}/object/{prefix}*": [GET_OBJECT, GET_TAGS],
        f"{access_point_arn}/{prefix}*": [LIST],
    }
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}
        for resource, actions in granted.items()
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def prefix_of(owner: str, store_id: str) -> str:
    """What the keys of a store's objects begin with."""
    return f"{owner}/sequenceStore/{store_id}/"


# ---- what a policy may say -----------------------------------------------------------------------------------------


def check_policy(text: str, access_point_arn: str, prefix: str) -> None:
    """Refuse what is no policy, or not one a store takes. ``prefix`` is that of the store's objects."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_SIZE:
        raise _refused(f"is larger than {MAX_SIZE // 1024} KB")
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise _refused("is not valid JSON") from broken
    _check_elements(policy, "the policy", _ELEMENTS, ("Statement",))
    statements = listed(policy["Statement"])
    if not statements:
        raise _refused("has no statement")
    for statement in statements:
        _check_statement(statement, access_point_arn, prefix)


def _check_statement(statement: Any, access_point_arn: str, prefix: str) -> None:
    _check_elements(statement, "a statement", _STATEMENT_ELEMENTS, _REQUIRED)
    if statement["Effect"] not in ("Allow", "Deny"):
        raise _refused(f"has the effect {statement['Effect']!r}, which is neither Allow nor Deny")
    principal = statement["Principal"]
    if principal != "*" and not (isinstance(principal, dict) and principal):
        raise _refused('has a principal that is neither "*" nor an object')
    for named in principal.values() if isinstance(principal, dict) else ():
        _texts(named, "Principal")
    for action in _texts(statement["Action"], "Action"):
        if action.lower() not in _ACTIONS:
            raise _refused(f"may not name the action {action!r}, only {GET_OBJECT}, {GET_TAGS} and {LIST}")
    inside = (f"{access_point_arn}/object/{prefix}", f"{access_point_arn}/{prefix}")
    for resource in _texts(statement["Resource"], "Resource"):
        if resource != access_point_arn and not resource.startswith(inside):
            raise _refused(f"may not reach beyond the store: {resource!r}")
    _check_conditions(statement.get("Condition", {}))


def _check_conditions(conditions: Any) -> None:
    if not isinstance(conditions, dict) or not all(isinstance(wanted, dict) for wanted in conditions.values()):
        raise _refused("has a Condition that is not an object of operators")
    for operator, wanted in conditions.items():
        if operator.removesuffix("IfExists") not in OPERATORS:
            raise _refused(f"has the unknown condition operator {operator!r}")
        for key, values in wanted.items():
            known = key.lower() in _CONDITION_KEYS or key.lower().startswith(_TAG_KEY)
            if not known or (key.lower() == "aws:principalarn" and operator not in _PRINCIPAL_OPERATORS):
                raise _refused(f"may not use the condition key {key!r} with {operator}")
            if not all(isinstance(value, str | int | float) for value in listed(values)):
                raise _refused(f"has a condition on {key} whose value is not text")


def _check_elements(found: Any, where: str, allowed: set[str], required: tuple[str, ...]) -> None:
    if not isinstance(found, dict):
        raise _refused(f"is not a policy: {where} is not a JSON object")
    for element in found:
        if element not in allowed:
            raise _refused(f"may not have the element {element!r} in {where}")
    for element in required:
        if element not in found:
            raise _refused(f"lacks the element {element!r} in {where}")


def _texts(value: Any, element: str) -> list[str]:
    texts = listed(value)
    if not texts or not all(isinstance(text, str) for text in texts):
        raise _refused(f"has the element {element!r} without text")
    return texts


def _refused(rule: str) -> ValidationException:
    return ValidationException(f"s3AccessPolicy: the policy {rule}")


# ---- whom it lets in -----------------------------------------------------------------------------------------------


def allows(policy: str | None, access: Access) -> bool:
    """Whether a policy that passed the check lets somebody in. A denial wins; without a policy nobody gets in."""
    if policy is None:
        return False
    effects = {statement["Effect"] for statement in listed(json.loads(policy)["Statement"]) if concerns(statement, access)}
    return effects == {"Allow"}


def concerns(statement: Mapping[str, Any], access: Access) -> bool:
    """Whether a statement of a policy speaks of such an access."""
    conditions = {key.lower(): value for key, value in access.conditions.items()}
    conditions["aws:principalarn"] = _role_of(access.principal)
    resources = [access.resource]
    if access.action == LIST:  # a listing is also named by what it lists
        resources.append(f"{access.resource}/{conditions.get('s3:prefix', '')}")
    return (
        _names(statement["Principal"], access)
        and any(like(action.lower(), access.action.lower()) for action in listed(statement["Action"]))
        and any(like(pattern, resource) for pattern in listed(statement["Resource"]) for resource in resources)
        and all(
            holds(operator, conditions.get(key.lower()), listed(values))
            for operator, wanted in statement.get("Condition", {}).items()
            for key, values in wanted.items()
        )
    )


def _names(principal: Any, access: Access) -> bool:
    named = {_without_path(name) for name in listed(principal if principal == "*" else principal.get("AWS", []))}
    root = f"arn:{access.principal.split(':')[1]}:iam::{access.account}:root"
    return not named.isdisjoint(("*", access.account, root, access.principal, _role_of(access.principal)))


def _role_of(arn: str) -> str:
    """The role behind a session, without its path; of anybody else the ARN itself."""
    return re.sub(r"^arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/.*$", r"arn:\1:iam::\2:role/\3", arn)


def _without_path(arn: str) -> str:
    """A session does not tell the path of its role."""
    return re.sub(r":role/.*/", ":role/", arn)
