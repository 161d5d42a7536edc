"""What the accounts of one region have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING

from omics_mock import settings
from omics_mock.events import Events
from omics_mock.ids import Ids
from omics_mock.lifecycle import Lifecycles
from omics_mock.tables import Record, Table

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


class Share(Record):
    """A resource of one account offered to another."""

    def concerns(self, account: str) -> bool:
        """Whether the account offers it or is offered it."""
        return account in (self["ownerId"], self["principalSubscriber"])


class ShareRegistry:
    """The shares of a region, between all accounts.

    Its lock may be taken while an account's is held, and nothing is locked while it is held.
    """

    def __init__(self, region: str) -> None:
        self.lock = RLock()
        self.table: Table[Share] = Table("Share")
        self.events = Events(f"arn:aws:omics:{region}::", Ids(settings.seed(), region, "events of shares"))
        self.lifecycles = Lifecycles(self.events)

    def of(self, resource_arn: str) -> list[Share]:
        """The shares of a resource."""
        with self.lock:
            return [share for share in self.table if share["resourceArn"] == resource_arn]

    def end(self, resource_arn: str) -> None:
        """The resource is gone, and its shares with it."""
        with self.lock:
            for share in self.of(resource_arn):
                self.table.remove(share["shareId"])
                self.lifecycles.end("share", share)

    def lets(self, subscriber: str, resource_arn: str) -> bool:
        """Whether an account may use a resource of another's."""
        with self.lock:
            self.lifecycles.catch_up()
            return any(share["principalSubscriber"] == subscriber and share.status == "ACTIVE" for share in self.of(resource_arn))


class World:
    """All accounts."""

    def __init__(self, state_of: Callable[[str, str], RegionState | None] = lambda account, region: None) -> None:
        self.state_of = state_of
        """The state of an account in a region, if the account has done anything there."""
        self._shares: dict[str, ShareRegistry] = {}

    @property
    def registries(self) -> Mapping[str, ShareRegistry]:
        """The shares of the regions that have been asked for theirs."""
        return self._shares

    def shares(self, region: str) -> ShareRegistry:
        """The shares of a region."""
        return self._shares.get(region) or self._shares.setdefault(region, ShareRegistry(region))
