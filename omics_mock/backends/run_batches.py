"""Run batches: many runs of one workflow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omics_mock.backends.base import Backend
from omics_mock.tables import Record, Table

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


class RunBatches(Backend):
    """Run batches: many runs of one workflow."""

    operations = (
        "StartRunBatch",
        "GetBatch",
        "ListBatch",
        "ListRunsInBatch",
        "CancelRunBatch",
        "DeleteRunBatch",
        "DeleteBatch",
    )
    taggable = ("runBatch",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Record] = Table("Batch")

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])
