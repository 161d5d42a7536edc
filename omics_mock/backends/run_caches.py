"""Run caches: outputs of tasks kept for later runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omics_mock.backends.base import Backend
from omics_mock.tables import Record, Table

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


class RunCaches(Backend):
    """Run caches: outputs of tasks kept for later runs."""

    operations = (
        "CreateRunCache",
        "GetRunCache",
        "ListRunCaches",
        "UpdateRunCache",
        "DeleteRunCache",
    )
    taggable = ("runCache",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Record] = Table("RunCache")

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])
