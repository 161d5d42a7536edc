"""The roles of moto's IAM, as the service that is to assume them sees them.

Source: AWS HealthOmics User Guide, "Cross-service confused deputy prevention"; IAM User Guide, "AWS service principals".
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from omics_mock.neighbours.backends import backend_of
from omics_mock.policies import Found, Need, conditions, listed, statements, verdict

_PRINCIPAL = "omics.amazonaws.com"
_OF_SERVICES = "/aws-service-role/"  # made by moto itself, not by the user
_SOURCE_ARN = "aws:sourcearn"


def trusts_us(role_arn: str, account: str, region: str, partition: str) -> bool | None:
    """Whether a role lets the service in when it works for an account in a region; None when nobody ever made a role there."""
    if "moto.iam.models" not in sys.modules:
        return None
    roles = tuple(backend_of("iam", account, partition).roles.values())  # others may be making some
    made = [role for role in roles if not role.path.startswith(_OF_SERVICES)]
    role = next((role for role in made if role.arn == role_arn), None)
    if role is None:
        return False if made else None
    policy = _policy(role.assume_role_policy_document)
    prefix = f"arn:{partition}:omics:{region}:{account}:"
    return any(_lets_in(policy, account, source) for source in _sources(policy, prefix))


def lets_us(policy: str | dict[str, Any], action: str) -> bool:
    """Whether the policy of somebody's resource lets the service do that."""
    return bool(verdict([_policy(policy)], Need(action), _PRINCIPAL))


def _lets_in(policy: Mapping[str, Any], account: str, source_arn: str) -> bool:
    context: Mapping[str, Found] = {"aws:sourceaccount": account, _SOURCE_ARN: source_arn}
    return bool(verdict([policy], Need("sts:AssumeRole", context=context), _PRINCIPAL))


def _sources(policy: Mapping[str, Any], prefix: str) -> Iterator[str]:
    """What the service may be working on: a run to be, and for each pattern of a condition something in this region that fits."""
    yield f"{prefix}run/1234567"
    for statement in statements(policy):
        for _, key, patterns in conditions(statement):
            if key == _SOURCE_ARN:
                resources = (str(pattern).split(":", 5)[-1] for pattern in listed(patterns))
                yield from (prefix + resource.replace("*", "").replace("?", "0") for resource in resources)


def _policy(document: str | dict[str, Any] | None) -> Mapping[str, Any]:
    try:
        policy = json.loads(document) if isinstance(document, str) else document
    except ValueError:  # moto takes what is no policy
        policy = None
    return policy if isinstance(policy, dict) else {}
