"""Resources offered to other accounts."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class Shares(Backend):
    """Resources offered to other accounts."""

    operations = (
        "CreateShare",
        "AcceptShare",
        "GetShare",
        "ListShares",
        "DeleteShare",
    )
