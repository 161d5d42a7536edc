"""The state of one account and region: the family backends and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from itertools import chain

from omics_mock import settings
from omics_mock.backends.annotation_stores import AnnotationStores
from omics_mock.backends.base import Backend
from omics_mock.backends.configurations import Configurations
from omics_mock.backends.read_set_jobs import ReadSetJobs
from omics_mock.backends.read_set_uploads import ReadSetUploads
from omics_mock.backends.read_sets import ReadSets
from omics_mock.backends.reference_stores import ReferenceStores
from omics_mock.backends.run_batches import RunBatches
from omics_mock.backends.run_caches import RunCaches
from omics_mock.backends.run_groups import RunGroups
from omics_mock.backends.runs import Runs
from omics_mock.backends.s3_access_policies import S3AccessPolicies
from omics_mock.backends.sequence_stores import SequenceStores
from omics_mock.backends.shares import Shares
from omics_mock.backends.tags import Tags
from omics_mock.backends.variant_stores import VariantStores
from omics_mock.backends.workflows import Workflows
from omics_mock.backends.world import World
from omics_mock.content import Spool
from omics_mock.events import Events
from omics_mock.ids import Ids
from omics_mock.lifecycle import Lifecycles
from omics_mock.state import ServiceState
from omics_mock.tables import Record

FAMILIES: tuple[type[Backend], ...] = (
    Workflows,
    Runs,
    RunGroups,
    RunCaches,
    RunBatches,
    Configurations,
    ReferenceStores,
    SequenceStores,
    ReadSets,
    ReadSetJobs,
    ReadSetUploads,
    S3AccessPolicies,
    VariantStores,
    AnnotationStores,
    Shares,
    Tags,
)

OWNERS: Mapping[str, type[Backend]] = {name: family for family in FAMILIES for name in family.operations}
"""Which family owns an operation."""


_IDENTIFIERS = ("id", "arn", "taskId", "shareId", "storeArn", "versionArn")


class RegionState(ServiceState):
    """Everything HealthOmics knows in one account and region."""

    service = "omics"
    owners = OWNERS

    def __init__(self, account: str, region: str, world: World | None = None) -> None:
        super().__init__(account, region)
        self.world = world or World()
        self.events = Events(self.arn(""), Ids(settings.seed(), account, region, "events"), lambda: self.neighbours.awaits_events())
        self.lifecycles = Lifecycles(self.events)
        self.spool = Spool()

    def log_stream(self, stream: str) -> str:
        """The ARN of a stream in the service's log group."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:/aws/omics/WorkflowLog:log-stream:{stream}"

    @property
    def families(self) -> list[Backend]:
        return [self._family(family) for family in FAMILIES]

    @cached_property
    def workflows(self) -> Workflows:
        return self._family(Workflows)

    @cached_property
    def runs(self) -> Runs:
        return self._family(Runs)

    @cached_property
    def run_groups(self) -> RunGroups:
        return self._family(RunGroups)

    @cached_property
    def run_caches(self) -> RunCaches:
        return self._family(RunCaches)

    @cached_property
    def reference_stores(self) -> ReferenceStores:
        return self._family(ReferenceStores)

    @cached_property
    def sequence_stores(self) -> SequenceStores:
        return self._family(SequenceStores)

    @cached_property
    def read_sets(self) -> ReadSets:
        return self._family(ReadSets)

    @cached_property
    def read_set_jobs(self) -> ReadSetJobs:
        return self._family(ReadSetJobs)

    @cached_property
    def read_set_uploads(self) -> ReadSetUploads:
        return self._family(ReadSetUploads)

    @cached_property
    def variant_stores(self) -> VariantStores:
        return self._family(VariantStores)

    @cached_property
    def annotation_stores(self) -> AnnotationStores:
        return self._family(AnnotationStores)

    @cached_property
    def configurations(self) -> Configurations:
        return self._family(Configurations)

    def tags_of(self, arn: str) -> Mapping[str, str]:
        with self.lock:
            return self._family(Tags).tags_of(arn)

    def records(self) -> Mapping[str, Iterable[Record]]:
        """Every resource by its kind, also those that belong to one of another kind alone."""
        versions = (version for workflow in self.workflows.table for version in workflow.versions)
        tasks = (task for run in self.runs.table for task in run.tasks)
        return {**self.tables(), "Workflow version": versions, "Task": tasks}

    def find(self, id_or_arn: str) -> Record | None:
        """The resource with that id or ARN, whatever its kind."""
        within = chain.from_iterable(self.records().values())
        return next((record for record in within if id_or_arn in map(record.get, _IDENTIFIERS)), None)

    def catch_up(self) -> None:
        """Do what the clock says is due."""
        self.lifecycles.catch_up()
        self.read_sets.archive_unused()
        self.post()

    def advance(self, id_or_arn: str, to: str) -> bool:
        """Move a resource by hand; False when this account and region does not have it."""
        try:
            with self.lock:
                try:
                    self.catch_up()
                    record = self.find(id_or_arn)
                    if record is not None and not any(family.move_by_hand(record, to) for family in self.families):
                        self.lifecycles.advance(record, to)
                finally:  # what it went through on the way has happened, wherever it ended
                    self.post()
        finally:
            self.deliver()
        return record is not None

    def finish_all(self) -> None:
        """Move every resource to its terminal state."""
        with self.lock:
            self.catch_up()
            self.lifecycles.finish_all()
            for family in self.families:
                family.finish_all()
            self.post()
        self.deliver()

    def post(self) -> None:
        """What has changed is told after what it was about is where it belongs."""
        if self.outbox:
            super().post()
        shares = self.world.shares(self.region)
        if self.events.told or shares.events.told:
            with shares.lock:
                told = [*self.events.take(), *shares.events.take()]
            self.outbox.extend(partial(self.neighbours.put_event, event) for event in told)
            super().post()

    def discard(self) -> None:
        super().discard()
        self.events.take()
