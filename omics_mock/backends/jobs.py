"""What the storage families' jobs have in common: items that are worked on one by one, and an outcome made of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, fits
from omics_mock.clock import milliseconds
from omics_mock.tables import Record, Table

LINE: Final = ("SUBMITTED", "IN_PROGRESS", "COMPLETED")
TERMINAL: Final = frozenset(("COMPLETED", "FAILED", "COMPLETED_WITH_FAILURES"))

# As the service words them, but for the two about failures, which no public text shows (inferred).
_MESSAGES: Final[Mapping[str, str]] = {
    "SUBMITTED": "The job is submitted and will start soon.",
    "IN_PROGRESS": "The job is currently in progress.",
    "COMPLETED": "The job completed successfully.",
    "COMPLETED_WITH_FAILURES": "The job completed, but not for all of its sources.",
    "FAILED": "The job failed for all of its sources.",
}
_QUEUED: Final = "The source is queued for the job."
_IN_PROGRESS: Final = "The source job is currently in progress."


class ItemFailed(Exception):
    """One item of a job can not be done; the text becomes its status message."""


Work = Callable[["Job", dict[str, Any]], str | None]
"""Does one item of a job, adding to it what came of it; returns what there is to say of it, or raises ItemFailed."""


class Job(Record):
    """A job; its items are in one of its members, and there is something to do for each of them."""

    listed: str
    """The member with its items."""
    work: Sequence[Work] = ()
    begun: dict[Record, None]
    """The resources that have left a state because of it."""


class Jobs(Backend):
    """A family with jobs."""

    def begin_job(
        self,
        kind: str,
        table: Table[Job],
        parent: Mapping[str, str],
        items: Mapping[str, Sequence[dict[str, Any]]],
        work: Sequence[Work],
        **members: Any,
    ) -> Job:
        """Put a job in line. ``parent`` is the member that names its store, ``items`` the one with what it works on."""
        [(member, listed)] = items.items()
        [store_id] = parent.values()
        job = Job(parent, **members, creationTime=milliseconds(settings.clock.now()))
        job["id"] = self.region.ids.number(10, taken=table)
        job[member], job.listed, job.work, job.begun = listed, member, work, {}
        for item in listed:
            item.update(status="NOT_STARTED", statusMessage=_QUEUED)
        job["statusMessage"] = _MESSAGES[LINE[0]]
        self.region.lifecycles.begin(kind, job, LINE, self._job_entered)
        return table.add(job["id"], job, group=store_id)

    def started(self, job: Job) -> None:
        """A job is in progress."""

    def _job_entered(self, job: Record, status: str, at: datetime) -> None:
        assert isinstance(job, Job)
        items = job[job.listed]
        if status == "IN_PROGRESS":
            for item in items:
                item.update(status=status, statusMessage=_IN_PROGRESS)
            self.started(job)
        else:
            job["completionTime"] = milliseconds(at)
            for item, do in zip(items, job.work, strict=True):
                _do(job, item, do)
            job.work = ()
            job["status"] = _outcome({item["status"] for item in items})
        job["statusMessage"] = _MESSAGES[job.status]

    def poll_job(self, table: Table[Job], job_id: str, store_id: str) -> Job:
        """A job of a store, which goes on when it was looked at."""
        job = table.get(job_id, group=store_id)
        self.region.lifecycles.poll(job)
        return job

    def job_page(self, table: Table[Job], params: Params, store_id: str, member: str) -> dict[str, Any]:
        """One page of a store's jobs, which go on when they were looked at."""
        wanted = params.get("filter", {})
        jobs, token = table.page(params, lambda job: fits(job, wanted), token="nextToken", group=store_id)
        self.region.lifecycles.poll(*jobs)
        return {member: jobs, "nextToken": token}

    def check_concurrency(self, quota: str, *tables: Table[Job]) -> None:
        """One more job under way is within the quota."""
        self.check_quota(quota, 1 + sum(job.status not in TERMINAL for table in tables for job in table))

    def forget_jobs(self, table: Table[Job], store_id: str) -> None:
        """The store is gone, and its jobs with it."""
        for job in table.of(store_id):
            table.remove(job["id"])
            self.region.lifecycles.forget(job)


def under_way(table: Table[Job], store_id: str) -> bool:
    """Whether a job of the store is not done yet."""
    return any(job.status not in TERMINAL for job in table.of(store_id))


def _do(job: Job, item: dict[str, Any], work: Work) -> None:
    try:
        said = work(job, item)
    except ItemFailed as failed:
        item.update(status="FAILED", statusMessage=str(failed))
    else:
        item.update(status="FINISHED", statusMessage=said)


def _outcome(statuses: set[str]) -> str:
    if statuses == {"FINISHED"}:
        return "COMPLETED"
    return "FAILED" if statuses == {"FAILED"} else "COMPLETED_WITH_FAILURES"
