"""Run groups: shared limits on runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omics_mock.backends.base import Backend
from omics_mock.tables import Record, Table

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


class RunGroups(Backend):
    """Run groups: shared limits on runs."""

    operations = (
        "CreateRunGroup",
        "GetRunGroup",
        "ListRunGroups",
        "UpdateRunGroup",
        "DeleteRunGroup",
    )
    taggable = ("runGroup",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Record] = Table("RunGroup")

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])
