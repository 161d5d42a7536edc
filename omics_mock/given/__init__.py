"""Resources in whatever state a test begins with, each in one line, made through the same code as the API."""

from __future__ import annotations

from typing import Any, Final

from omics_mock.given.analytics import GivenAnalytics
from omics_mock.given.runs import GivenRuns
from omics_mock.given.states import STATES, check_status

__all__ = ["STATES", "Given"]

_SUBSCRIBERS: Final = ("111122223333", "444455556666")


class Given(GivenRuns, GivenAnalytics):
    """Makes resources in any state. Call it for another region or account.

    Every method takes the members of the request that makes the resource, under their wire names, and fills in what is missing,
    with the resources that it needs. It answers what the Get operation answers, times as datetimes; to be given moves nothing on.
    No fault strikes meanwhile, IAM is not asked, and ``calls`` shows nothing of it.

    A state that a kind does not have, or that the resource does not come to, is a ValueError; wrong members are refused as boto3
    or the service refuses them.
    """

    def __call__(self, region: str | None = None, account: str | None = None) -> Given:
        """The same for another region or account."""
        return Given(region or self.region, account or self.account)

    def share(self, status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
        """The details of a share, of a new workflow unless ``resourceArn`` is given, with an account made up if need be."""
        check_status("share", status)
        subscriber = next(account for account in _SUBSCRIBERS if account != self.account)
        with self._resting("share"):
            defaults = {"resourceArn": lambda _: self.workflow()["arn"], "principalSubscriber": subscriber}
            made = self._create("CreateShare", members, **defaults)
            share = {"shareId": made["shareId"]}
            if status != "PENDING":
                self._do("AcceptShare", share, account=made["principalSubscriber"])
            if status in ("ACTIVE", "DELETING"):
                self._move(share["shareId"], "ACTIVE")
            if status == "DELETING":
                self._do("DeleteShare", share)
            shown: dict[str, Any] = self._do("GetShare", share)["share"]
            return shown
