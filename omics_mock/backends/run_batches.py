"""Run batches: many runs of one workflow.

Source: HealthOmics service model, StartRunBatch and its siblings; User Guide, "Batch runs in HealthOmics".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.backends import batch_settings, run_settings
from omics_mock.backends.base import Backend, Params, fits, given
from omics_mock.backends.batch_settings import BatchSettings, Row
from omics_mock.backends.dialect import refusal
from omics_mock.backends.run_records import Run
from omics_mock.exceptions import ConflictException, OmicsError, ValidationException
from omics_mock.neighbours import S3Object
from omics_mock.tables import Record, Table
from omics_mock.validation import rules
from omics_mock.validation.rules import BrokenRule

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

LINE: Final = ("CREATING", "PENDING", "SUBMITTING", "INPROGRESS", "PROCESSED")
_CANCELLABLE = ("PENDING", "SUBMITTING", "INPROGRESS")
_RUNS_DELETABLE = ("PROCESSED", "CANCELLED")
_DELETABLE = ("PROCESSED", "FAILED", "CANCELLED", "RUNS_DELETE_FAILED", "RUNS_DELETED")
_WAITS_FOR_RUNS = ("INPROGRESS", "STOPPING")
_BATCH_FILTERS = ("status", "name", "runGroupId")
_ROW_FILTERS = ("submissionStatus", "runSettingId", "runId")
_VERBS = ("Start", "Cancel", "Delete")
_SUBMISSIONS = tuple(f"{outcome}{verb}SubmissionCount" for verb in _VERBS for outcome in ("successful", "failed"))
_RUN_STATES = ("PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED", "DELETED", "FAILED", "CANCELLED")


class Batch(Record):
    """A batch, with a row for each of its runs."""

    caller: str
    failure: str | None
    """Why it will fail as a whole."""
    rows: Table[Row]
    waiting: Sequence[Row]
    """Those that are not submitted yet."""
    started: dict[str, Row]
    """The rows that have a run, by its id."""
    submissions: Counter[str]

    @property
    def running(self) -> list[Run]:
        """Its runs that have not ended."""
        return [row.run for row in self.started.values() if not (row.run.removed or row.run.ended)]

    @property
    def summaries(self) -> dict[str, dict[str, int]]:
        """What came of the submissions, and where the runs are."""
        states = Counter("DELETED" if row.run.removed else row.run.status for row in self.started.values())
        submissions = {"pendingStartSubmissionCount": len(self.waiting), **{name: self.submissions[name] for name in _SUBMISSIONS}}
        return {
            "submissionSummary": submissions,
            "runSummary": {f"{state.lower()}RunCount": states[state] for state in _RUN_STATES},
        }


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
        self.table: Table[Batch] = Table("Batch")
        self._sources: dict[Batch, S3Object] = {}  # of batches CREATING: the settings that must not change

    def prepare_start_run_batch(self, params: Params) -> BatchSettings:
        """Read the settings of the runs, and look at the S3 objects and the role they name."""
        return batch_settings.read(params, self.region.neighbours)

    def start_run_batch(self, params: Params, runs: BatchSettings) -> Record:
        """Queue a batch. What is wrong with one run fails that run; what is wrong with a file of settings fails the batch later."""
        default, tags = params["defaultRunSetting"], params.get("tags", {})
        self._check_default(default, runs.role_trusts_us)
        rules.check_tags(tags)
        if runs.source is not None and not runs.source.exists:
            raise ValidationException(f"S3 object not found: {runs.source.uri}")
        if runs.source is None and runs.failure is not None:
            raise ValidationException(runs.failure)

        batch = Batch(given(default, "workflowId", "runGroupId"), name=params.get("batchName"), defaultRunSetting=default)
        batch["id"] = self.region.ids.number(7, taken=self.table)
        batch["creationTime"] = batch["createdAt"] = settings.clock.now()
        batch.update(
            arn=self.region.arn(f"runBatch/{batch['id']}"),
            uuid=self.region.ids.uuid(),
            totalRuns=runs.total,
            tags=dict(tags),
        )
        batch.caller, batch.failure = self.region.caller, runs.failure
        batch.rows, batch.started, batch.submissions = Table("Run"), {}, Counter()
        batch.waiting = [batch.rows.add(row["runSettingId"], row) for row in (setting.row() for setting in runs.runs)]
        if runs.source is not None:
            self._sources[batch] = runs.source
        self._set_out(batch, *LINE)
        return self.table.add(batch["id"], batch)

    def prepare_get_batch(self, params: Params) -> None:
        """Look whether the settings in S3 are still those that were read."""
        for batch, source in tuple(self._sources.items()):
            now = self.region.neighbours.s3_object(*rules.parse_s3_uri(source.uri, "s3UriSettings"), read=False)
            if failure := batch_settings.changed(source, now):  # else another thread may be setting one
                batch.failure = batch.failure or failure

    def get_batch(self, params: Params, _: None) -> dict[str, Any]:
        """Everything known about a batch, but for the settings of its runs."""
        batch = self.table.get(params["batchId"])
        self._poll(batch)
        return {**batch, **batch.summaries}

    prepare_list_batch = prepare_get_batch

    def list_batch(self, params: Params, _: None) -> dict[str, Any]:
        """The batches, those of one status, name or run group if it is given."""
        rules.check_at_most_one(params, *_BATCH_FILTERS)
        wanted = given(params, *_BATCH_FILTERS)
        batches, token = self.table.page(params, lambda batch: fits(batch, wanted), size="maxItems")
        for batch in batches:
            self._poll(batch)
        return {"items": batches, "nextToken": token}

    def list_runs_in_batch(self, params: Params) -> dict[str, Any]:
        """The settings of a batch, with the runs started for them."""
        batch = self.table.get(params["batchId"])
        rules.check_at_most_one(params, *_ROW_FILTERS)
        row = batch.rows.find(params.get("runSettingId")) or batch.started.get(params.get("runId", ""))
        if row is not None and "startingToken" not in params:
            return {"runs": [row]}
        wanted = given(params, *_ROW_FILTERS)
        rows, token = batch.rows.page(params, lambda row: fits(row, wanted), size="maxItems")
        return {"runs": rows, "nextToken": token}

    def cancel_run_batch(self, params: Params) -> None:
        """Start no more runs, and cancel those that were started."""
        batch = self._get(params, "cancelled", _CANCELLABLE)
        batch.waiting = ()
        self._set_out(batch, "STOPPING", "CANCELLED")
        for run_id, row in batch.started.items():
            _submit(batch, row, "Cancel", self.region.runs.cancel_run, {"id": run_id})

    def delete_run_batch(self, params: Params) -> None:
        """Delete the runs of a batch that is done. The batch itself stays."""
        batch = self._get(params, "emptied of its runs", _RUNS_DELETABLE)
        self._set_out(batch, "RUNS_DELETING", "RUNS_DELETED")
        for run_id, row in batch.started.items():
            _submit(batch, row, "Delete", self.region.runs.delete_run, {"id": run_id})

    def delete_batch(self, params: Params) -> None:
        """Forget a batch that is done. Its runs stay."""
        self.table.remove(self._get(params, "deleted", _DELETABLE)["id"])

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])

    def _get(self, params: Params, done: str, states: Sequence[str]) -> Batch:
        """The batch, in one of the states in which that can be done to it."""
        batch = self.table.get(params["batchId"])
        if batch.status not in states:
            raise ConflictException(f"Batch {batch['id']} is {batch.status}: it can be {done} when it is {' or '.join(states)}")
        return batch

    def _check_default(self, default: Params, role_trusts_us: bool | None) -> None:
        """What all runs have in common is checked at once."""
        if default.get("workflowType") == "READY2RUN":
            raise ValidationException("Ready2Run workflows can not be run in batches")
        workflow = self.region.runs.workflow_of(default)
        self.region.runs.check_references(default)
        if workflow.status != "ACTIVE":
            raise ConflictException(f"Workflow {default['workflowId']} is {workflow.status}, not ACTIVE")
        run_settings.check_members({**default, "tags": default.get("runTags", {})})
        self.check_role(default["roleArn"], role_trusts_us)

    # What happens to a batch

    def _set_out(self, batch: Batch, *line: str) -> None:
        self.region.lifecycles.forget(batch)
        self.region.lifecycles.begin("run_batch", batch, line, self._entered, ready=partial(self._ready, batch))

    def _poll(self, batch: Batch) -> None:
        """Looking at a batch moves its runs on, and itself unless it waits for them."""
        running = batch.running
        self.region.runs.poll(*running)
        if not running or batch.status not in _WAITS_FOR_RUNS:
            self.region.lifecycles.poll(batch)

    def _ready(self, batch: Batch, at: datetime) -> datetime | None:
        """When the batch may go on: once everything is submitted it waits for its runs."""
        if batch.status not in _WAITS_FOR_RUNS:
            return at
        for run in batch.running:
            self.region.lifecycles.follow(run, at)
        return None if batch.running else max((row.run["stopTime"] for row in batch.started.values()), default=at)

    def _entered(self, batch: Record, status: str, at: datetime) -> None:
        assert isinstance(batch, Batch)
        match status:
            case "PENDING":
                self._sources.pop(batch, None)
                if batch.failure is not None:
                    batch.waiting = ()
                    batch.update(status="FAILED", failureReason=batch.failure, failedTime=at)
                    self.region.lifecycles.turn(batch, [], at)
            case "SUBMITTING":
                self._start(batch, -(-len(batch.waiting) // 2), at)
            case "INPROGRESS":
                self._start(batch, len(batch.waiting), at)
                batch["submittedTime"] = at
            case "PROCESSED":
                batch["processedTime"] = at
            case "RUNS_DELETED" if batch.submissions["failedDeleteSubmissionCount"]:
                batch["status"] = "RUNS_DELETE_FAILED"

    def _start(self, batch: Batch, count: int, at: datetime) -> None:
        """Start the next so many runs."""
        now, batch.waiting = batch.waiting[:count], batch.waiting[count:]
        for row in now:
            _submit(batch, row, "Start", self._start_run, batch, row, at)
            del row.asked, row.around

    def _start_run(self, batch: Batch, row: Row, at: datetime) -> None:
        if isinstance(row.around, OmicsError):
            raise row.around
        run = self.region.runs.start_run(row.asked, row.around, batch["id"])
        assert isinstance(run, Run)
        run.update(startedBy=batch.caller, creationTime=at)
        row.update(runId=run["id"], runInternalUuid=run["uuid"], runArn=run["arn"])
        row.run = run
        batch.started[run["id"]] = row


def _submit(batch: Batch, row: Row, verb: str, send: Callable[..., None], *request: Any) -> None:
    """Send a request about the run of a row, and note what came of it."""
    kind = "" if verb == "Start" else f"{verb.upper()}_"
    try:
        send(*request)
    except (OmicsError, BrokenRule) as broken:
        refused = refusal(broken)
        row.update(submissionStatus=f"{kind}FAILED", submissionFailureReason=refused.code, submissionFailureMessage=refused.message)
        batch.submissions[f"failed{verb}SubmissionCount"] += 1
    else:
        row.update(submissionStatus=f"{kind}SUCCESS", submissionFailureReason=None, submissionFailureMessage=None)
        batch.submissions[f"successful{verb}SubmissionCount"] += 1
