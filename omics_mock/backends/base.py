"""What the backend classes of all families have in common."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from omics_mock import settings
from omics_mock.exceptions import ServiceQuotaExceededException, ValidationException
from omics_mock.state import Family
from omics_mock.tables import Record

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

Params = Mapping[str, Any]
"""The members of a request under their wire names, checked against the model."""

_ROLE = re.compile(r"arn:[^:]+:iam::([0-9]{12}):role/.+")
_KEY = re.compile(r"arn:[^:]+:kms:([^:]+):[0-9]{12}:(?:key|alias)/.+")
_BOUNDS: Mapping[str, tuple[str, Callable[[datetime, datetime], bool]]] = {
    "createdAfter": ("creationTime", operator.ge),
    "createdBefore": ("creationTime", operator.le),
    "updatedAfter": ("updateTime", operator.ge),
    "updatedBefore": ("updateTime", operator.le),
}


def given(params: Params, *members: str) -> dict[str, Any]:
    """Those of the members that the request has."""
    return {member: params[member] for member in members if member in params}


def fits(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a record passes a filter: all of its members, bounds of time inclusive, the rest equal. An empty text: without."""
    for member, value in wanted.items():
        if member in _BOUNDS:
            time, compare = _BOUNDS[member]
            if not compare(record[time], value):
                return False
        elif record.get(member, "") != value:
            return False
    return True


def equal(wanted: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a record has all of these members, each with its value. It is asked of every resource there is."""

    def is_equal(record: Mapping[str, Any]) -> bool:
        for member, value in wanted.items():  # noqa: SIM110 - twice as fast as all(...)
            if record.get(member) != value:
                return False
        return True

    return is_equal


class Backend(Family):
    """One resource family of HealthOmics in one account and region."""

    service = "omics"
    region: RegionState
    taggable: ClassVar[tuple[str, ...]] = ()
    """The resource types of this family that carry tags, as they begin the resource part of an ARN."""

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)

    def find_by_arn(self, resource: str) -> Record | None:
        """The record behind the resource part of one of the family's ARNs."""
        return None

    def check_quota(self, quota: str, wanted: int) -> None:
        """Refuse what would take the account beyond a quota."""
        limit = settings.frame().quotas[quota]
        if limit is not None and wanted > limit:
            raise ServiceQuotaExceededException(f"{quota}: {wanted} would exceed the account's limit of {limit}")

    def check_role(self, role_arn: str, trusts_us: bool | None) -> None:
        """The role is one of the caller's account and trusts the service; unless strict, a role nobody made is taken to do so."""
        role = _ROLE.fullmatch(role_arn)
        assumable = trusts_us if trusts_us is not None else not settings.options().strict
        if role is None or role[1] != self.region.account or not assumable:
            raise ValidationException("IAM role is invalid or inaccessible")

    def key_state(self, params: Params) -> str | None:
        """What KMS knows of the key that is to encrypt a store."""
        arn = params.get("sseConfig", {}).get("keyArn", "")
        return self.region.neighbours.kms_key(arn) if _KEY.fullmatch(arn) else None

    def check_key(self, params: Params, state: str | None) -> None:
        """The key is one of the region and can be used; unless strict, a key nobody made is taken to be usable."""
        arn = params.get("sseConfig", {}).get("keyArn")
        if arn is None:
            return
        key = _KEY.fullmatch(arn)
        if key is None or key[1] != self.region.region:
            raise ValidationException(f"sseConfig.keyArn: {arn} is not the ARN of a KMS key in {self.region.region}")
        if state is None and settings.options().strict:
            raise ValidationException(f"sseConfig.keyArn: the KMS key {arn} does not exist")
        if state not in (None, "Enabled"):
            raise ValidationException(f"sseConfig.keyArn: the KMS key {arn} is in the state {state} and can not be used")

    def users_of(self, reference_arn: str) -> str:
        """What the family's resources that need the reference are called; empty when none does."""
        return ""

    def tagged(self, record: Record) -> None:
        """The tags of one of the family's resources have changed."""

    def move_by_hand(self, record: Record, to: str) -> bool:
        """Put one of the family's resources into a state that no lifecycle leads to. False when that is none of it."""
        return False

    def finish_all(self) -> None:
        """Move what the account's own lifecycles do not move to its terminal state."""
