"""Configurations: network settings for runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omics_mock.backends.base import Backend
from omics_mock.tables import Record, Table

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


class Configurations(Backend):
    """Configurations: network settings for runs."""

    operations = (
        "CreateConfiguration",
        "GetConfiguration",
        "ListConfigurations",
        "DeleteConfiguration",
    )
    taggable = ("configuration",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Record] = Table("Configuration")

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])
