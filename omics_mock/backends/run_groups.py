"""Run groups: shared limits on runs.

Source: AWS HealthOmics API Reference, CreateRunGroup and its siblings; User Guide, "HealthOmics run groups".
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, given
from omics_mock.exceptions import ConflictException
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.run_records import Run

_UNITS: Final[Mapping[str, str]] = {"maxRuns": "runs", "maxCpus": "cpus", "maxGpus": "gpus"}
_GPUS: Final = "Maximum active GPUs"
_ACTIVE_RUNS: Final[Mapping[str, str]] = {
    "STATIC": "Maximum concurrent active runs using static run storage",
    "DYNAMIC": "Maximum concurrent active runs using dynamic run storage",
}
_LIMITS = ("maxCpus", "maxGpus", "maxRuns", "maxDuration")


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
        self._lines: defaultdict[str, list[tuple[float, int, Run]]] = defaultdict(list)
        self._active: defaultdict[str, Pool] = defaultdict(Pool)  # by line
        self._of_storage: defaultdict[str, Pool] = defaultdict(Pool)
        self._everywhere = Pool()
        self._starting = False

    def create_run_group(self, params: Params) -> Record:
        """Make a group; a limit that is not given does not limit."""
        tags = params.get("tags", {})
        rules.check_tags(tags)
        self.check_quota("Maximum run groups", len(self.table) + 1)
        group_id = self.region.ids.number(7, taken=self.table)
        group = Record(
            given(params, "name", *_LIMITS),
            id=group_id,
            arn=self.region.arn(f"runGroup/{group_id}"),
            creationTime=settings.clock.now(),
            tags=dict(tags),
        )
        return self.table.add(group_id, group)

    def get_run_group(self, params: Params) -> Record:
        """Everything known about a group."""
        return self.table.get(params["id"])

    def list_run_groups(self, params: Params) -> dict[str, Any]:
        """The groups, those of one name if it is given."""
        items, token = self.table.page(params, lambda group: params.get("name") in (None, group.get("name")))
        return {"items": items, "nextToken": token}

    def update_run_group(self, params: Params) -> None:
        """Change what is given. Runs that wait may have room now."""
        group = self.table.get(params["id"])
        group.update(given(params, "name", *_LIMITS))
        self._start_waiting(settings.clock.now())

    def delete_run_group(self, params: Params) -> None:
        """Forget a group none of whose runs is under way. Its runs keep its id."""
        group = self.table.get(params["id"])
        if self._lines[group["id"]] or self._active[group["id"]].runs:
            raise ConflictException(f"Run group {group['id']} has active runs: wait until they have ended, or cancel them")
        self.table.remove(group["id"])

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])

    # What groups and quotas mean for runs

    def queue(self, run: Run) -> None:
        """A run waits for its turn: the one of the higher priority first, then the older."""
        priority = run.get("priority", 0)
        smaller_first = settings.frame().rules["run_priority"] == "smaller_first"
        run.urgency = -priority if not smaller_first else -1 / priority if priority else 0
        insort(self._lines[_line_of(run)], (*_rank(run), run))

    def moved(self, run: Run, at: datetime) -> None:
        """A run has entered another state; when it has left its line, or ended, there may be room for others."""
        line = self._lines[_line_of(run)]
        place = bisect_left(line, _rank(run))
        waited = line[place : place + 1] and line[place][2] is run
        if waited:
            del line[place]
        for pool in self._active[_line_of(run)], self._of_storage[run["storageType"]], self._everywhere:
            if run.ended:
                pool.leave(run)
            elif waited:
                pool.enter(run)
        if waited or run.ended:
            self._start_waiting(at)

    def may_start(self, run: Run) -> bool:
        """Whether the run is the first in line, and there is room for it in its group and in the account."""
        limits = self._limits(run)
        return not limits or (self._lines[_line_of(run)][0][2] is run and all(limit.has_room for limit in limits))

    def in_the_way(self, run: Run) -> list[Run]:
        """The runs that a waiting run waits for: those that take its room and those before it in line."""
        if run.status != "PENDING" or self.may_start(run):
            return []
        line = self._lines[_line_of(run)]
        taking = dict.fromkeys(other for limit in self._limits(run) for other in limit.pool.runs)
        return [*taking, *(before for _, _, before in line[: bisect_left(line, _rank(run))])]

    def last_in_line(self, runs: Iterable[Run]) -> Collection[Run]:
        """Of those of the runs that wait, the one of each line that all others of it are before."""
        waiting = [run for run in runs if run["status"] == "PENDING"]
        return {_line_of(run): run for run in sorted(waiting, key=_rank)}.values() if waiting else ()

    def time_limit(self, run: Run) -> timedelta | None:
        """How long the run may take: what its group says, in minutes, and the account's quota, in seconds."""
        group: Mapping[str, Any] = self.table.find(run.get("runGroupId")) or {}
        quota = settings.frame().quotas["Maximum run duration"]
        limits = [timedelta(minutes=group["maxDuration"])] if "maxDuration" in group else []
        return min([*limits, *([] if quota is None else [timedelta(seconds=quota)])], default=None)

    def _start_waiting(self, at: datetime) -> None:
        """Let runs that were held up go on as far as there is room now, until none of them made room for others."""
        if self._starting:
            return
        self._starting = True
        try:
            while any(self._start_first(line, at) for line in self._lines.values()):
                pass
        finally:
            self._starting = False

    def _start_first(self, line: list[tuple[float, int, Run]], at: datetime) -> bool:
        """Let the first of a line go on, one after the other; whether any did."""
        length = len(line)
        while line:
            first = line[0][2]
            self.region.lifecycles.release(first, at)
            if first.status == "PENDING":
                break
        return len(line) < length

    def _limits(self, run: Run) -> list[_Limit]:
        """What limits the run: its group's settings and the account's quotas, as far as they are set."""
        quotas = settings.frame().quotas
        group: Mapping[str, Any] = self.table.find(run.get("runGroupId")) or {}
        limits = [
            _Limit(group[member], unit, run, self._active[_line_of(run)]) for member, unit in _UNITS.items() if member in group
        ]
        gpus, runs = quotas[_GPUS], quotas[_ACTIVE_RUNS[run["storageType"]]]
        if gpus is not None:
            limits.append(_Limit(gpus, "gpus", run, self._everywhere))
        if runs is not None:
            limits.append(_Limit(runs, "runs", run, self._of_storage[run["storageType"]]))
        return limits


def _line_of(run: Run) -> str:
    """Runs wait in the line of their group; without one, where the quota for their kind of storage is all there is."""
    return str(run.get("runGroupId", run["storageType"]))


def _rank(run: Run) -> tuple[float, int]:
    return run.urgency, run.sequence


class Pool:
    """Active runs, and how much they take together."""

    def __init__(self) -> None:
        self.runs: dict[Run, None] = {}
        self.taken: Counter[str] = Counter()

    def enter(self, run: Run) -> None:
        self.runs[run] = None
        self.taken.update(run.resources)

    def leave(self, run: Run) -> None:
        if run in self.runs:
            del self.runs[run]
            self.taken.subtract(run.resources)


@dataclass(frozen=True)
class _Limit:
    """So much of a unit may be taken at a time by the runs of a pool."""

    allowed: int
    unit: str
    run: Run
    pool: Pool

    @property
    def has_room(self) -> bool:
        """Whether the run fits in. One that asks for more than is allowed runs alone."""
        wanted, taken = self.run.resources[self.unit], self.pool.taken[self.unit]
        return wanted == 0 or wanted + taken <= self.allowed or taken == 0 < self.allowed
