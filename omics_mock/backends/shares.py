"""Resources offered to other accounts.

Source: AWS HealthOmics API Reference, CreateShare, AcceptShare, GetShare, ListShares, DeleteShare; User Guide, "Cross-account
resource sharing in AWS HealthOmics".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, given
from omics_mock.backends.world import Share
from omics_mock.exceptions import (
    AccessDeniedException,
    ConflictException,
    ResourceNotFoundException,
    ValidationException,
)
from omics_mock.tables import Record

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

_ARN = re.compile(r"arn:[^:]+:omics:(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>(?P<type>[^:/]+)/[^:/]+)")
_KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "workflow": ("WORKFLOW", "Maximum shares per workflow"),
    "variantStore": ("VARIANT_STORE", "Maximum shares per variant store"),
    "annotationStore": ("ANNOTATION_STORE", "Maximum shares per annotation store"),
}
_FILTERS: Final[Mapping[str, str]] = {"resourceArns": "resourceArn", "status": "status", "type": "type"}


class Shares(Backend):
    """Resources offered to other accounts."""

    operations = (
        "CreateShare",
        "AcceptShare",
        "GetShare",
        "ListShares",
        "DeleteShare",
    )

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.registry = region.world.shares(region.region)
        self.table = self.registry.table

    def create_share(self, params: Params) -> dict[str, Any]:
        """Offer a workflow or store of the account's own to another account, which has to accept it."""
        subscriber = params["principalSubscriber"]
        if not re.fullmatch("[0-9]{12}", subscriber) or subscriber == self.region.account:
            raise ValidationException(f"principalSubscriber: {subscriber!r} is not the id of another account")
        resource, kind, quota = self._own_resource(params["resourceArn"])
        with self._registry():
            others = self.registry.of(params["resourceArn"])
            if any(share["principalSubscriber"] == subscriber for share in others):
                raise ConflictException(f"{params['resourceArn']} is shared with {subscriber} already")
            if resource.status != "ACTIVE":
                raise ConflictException(f"{params['resourceArn']} is {resource.status}, not ACTIVE")
            self.check_quota(quota, len(others) + 1)
            now = settings.clock.now()
            share = Share(
                given(params, "shareName", "resourceArn", "principalSubscriber"),
                shareId=f"{self.region.ids.hex(32)}-{self.region.ids.hex(32)}",
                resourceId=resource["id"],
                ownerId=self.region.account,
                type=kind,
                creationTime=now,
                updateTime=now,
            )
            self.registry.lifecycles.enter("share", share, "PENDING")
            return dict(self.table.add(share["shareId"], share))

    def accept_share(self, params: Params) -> dict[str, Any]:
        """Take what another account offers."""
        with self._registry():
            share = self._find(params)
            if share["principalSubscriber"] != self.region.account:
                raise AccessDeniedException(f"Share {share['shareId']} can only be accepted by {share['principalSubscriber']}")
            if share.status != "PENDING":
                raise ConflictException(f"Share {share['shareId']} is {share.status}, not PENDING")
            self.registry.lifecycles.begin("share", share, ("ACTIVATING", "ACTIVE"), self._entered)
            share["updateTime"] = settings.clock.now()
            return dict(share)

    def get_share(self, params: Params) -> dict[str, Any]:
        """Everything known about a share, for either side."""
        with self._registry():
            share = self._find(params)
            self.registry.lifecycles.poll(share)
            return {"share": dict(share)}

    def list_shares(self, params: Params) -> dict[str, Any]:
        """The shares the account offers (SELF) or is offered (OTHER)."""
        side = "ownerId" if params["resourceOwner"] == "SELF" else "principalSubscriber"
        wanted = {_FILTERS[name]: values for name, values in params.get("filter", {}).items()}
        if params.get("maxResults", 1) < 1:
            raise ValidationException("maxResults must be at least 1")

        def matches(share: Share) -> bool:
            return share[side] == self.region.account and all(share[name] in values for name, values in wanted.items())

        with self._registry():
            shares, token = self.table.page(params, matches, token="nextToken")
            self.registry.lifecycles.poll(*shares)
            return {"shares": [dict(share) for share in shares], "nextToken": token}

    def delete_share(self, params: Params) -> dict[str, Any]:
        """Withdraw an offer, or give up what was accepted: the subscriber loses it at once."""
        with self._registry():
            share = self._find(params)
            if share.status in ("ACTIVATING", "DELETING"):
                raise ConflictException(f"Share {share['shareId']} is {share.status}")
            self.registry.lifecycles.begin("share", share, ("DELETING", "DELETED"), self._entered)
            return dict(share)

    def move_by_hand(self, record: Record, to: str) -> bool:
        """Shares are no account's alone: the registry moves them."""
        if not isinstance(record, Share):
            return False
        with self.registry.lock:
            self.registry.lifecycles.advance(record, to)
        return True

    def finish_all(self) -> None:
        """Let the shares under way arrive."""
        with self.registry.lock:
            self.registry.lifecycles.finish_all()

    def _own_resource(self, arn: str) -> tuple[Record, str, str]:
        """The resource with its kind and the quota on its shares."""
        named = _ARN.fullmatch(arn)
        if named is None or named["type"] not in _KINDS or not named["account"]:
            raise ValidationException(f"resourceArn: {arn} is not a private workflow, a variant store or an annotation store")
        found = next((found for family in self.region.families if (found := family.find_by_arn(named["resource"]))), None)
        if found is None or arn != self.region.arn(named["resource"]):
            raise ResourceNotFoundException(f"Resource {arn} not found")
        return found, *_KINDS[named["type"]]

    def _find(self, params: Params) -> Share:
        share = self.table.find(params["shareId"])
        if share is None or not share.concerns(self.region.account):
            raise ResourceNotFoundException(f"Share {params['shareId']} not found")
        return share

    def _entered(self, share: Record, status: str, at: datetime) -> None:
        share["updateTime"] = at
        if status == "DELETED":
            self.table.remove(share["shareId"])

    @contextmanager
    def _registry(self) -> Iterator[None]:
        """Use the registry as an operation uses its account's state."""
        with self.registry.lock:
            self.registry.lifecycles.catch_up()
            try:
                yield
            except BaseException:
                self.registry.lifecycles.discard_polls()
                raise
            self.registry.lifecycles.settle()
