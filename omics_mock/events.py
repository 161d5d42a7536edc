"""The events HealthOmics sends to EventBridge when resources change status: one line says what is told of a kind of resource.

Source: AWS HealthOmics User Guide, "Using EventBridge with AWS HealthOmics", "Batch runs in HealthOmics"; the event schemas that
EventBridge's registry has for the source ``aws.omics``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from omics_mock.ids import Ids
from omics_mock.tables import Record

Event = dict[str, Any]
"""An event in its envelope, as a rule's target receives it."""

Facts = Callable[[Any, str], Mapping[str, Any]]
"""What is known of a record, beyond its own members; the text is what ARNs of its account and region begin with."""


@dataclass(frozen=True)
class Told:
    """What is told of a kind of resource. In both lists ``word=name`` gives something a word of its own."""

    what: str
    fields: str
    statuses: str
    resource: str = "{arn}"
    facts: Facts = lambda record, arn: record

    def words(self) -> Mapping[str, str]:
        """What each status is called."""
        return {name: word for word, name in _pairs(self.statuses)}


@cache
def _pairs(listed: str) -> tuple[tuple[str, str], ...]:
    return tuple((word, name or word) for word, _, name in (entry.partition("=") for entry in listed.split()))


def _of_task(task: Any, arn: str) -> Mapping[str, Any]:
    run = task.run
    about_run = {"runArn": run["arn"], "runUuid": run["uuid"], "runId": run["id"], "runName": run.get("name")}
    return {**run, **about_run, **task, "arn": f"{arn}task/{task['taskId']}"}


def _of_workflow(workflow: Record, arn: str) -> Mapping[str, Any]:
    return {**workflow, "workflowVersionName": workflow.get("versionName", "")}


def _of_batch(batch: Any, arn: str) -> Mapping[str, Any]:
    default, counts = batch["defaultRunSetting"], batch.summaries
    *place, account, _ = arn.split(":")
    owner = default.get("workflowOwnerId", account)
    workflow = ":".join((*place, owner, f"workflow/{batch['workflowId']}"))
    version = default.get("workflowVersionName")
    return {
        **batch,
        **counts["submissionSummary"],
        **counts["runSummary"],
        "failureReason": "VALIDATION_EXCEPTION" if "failureReason" in batch else None,
        "failureMessage": batch.get("failureReason"),
        "workflowArn": workflow,
        "workflowVersionArn": version and f"{workflow}/version/{version}",
        "workflowOwnerId": owner,
        "runCache": default.get("cacheId"),
        "runCacheBehavior": default.get("cacheBehavior"),
    }


def _of_import(job: Any, arn: str) -> Mapping[str, Any]:
    store = job.into[0]
    return {**job, "storeId": store["id"], "storeName": store["name"], "arn": f"{arn}{store['name']}/{job['id']}"}


def _of_share(share: Record, arn: str) -> Mapping[str, Any]:
    return {**share, "of": share["type"].replace("_", " ").title()}


_RUN = "PENDING STARTING RUNNING STOPPING COMPLETED DELETED FAILED CANCELLED"
_JOB = "SUBMITTED IN_PROGRESS COMPLETED FAILED COMPLETED_WITH_FAILURES"
_STORE = "CREATED=CREATING UPDATED=UPDATING ACTIVE DELETED"
_WORKFLOW = "CREATION_SUCCESS=ACTIVE CREATION_FAILURE=FAILED DELETION_SUCCESS=DELETED"
_BATCH = "CREATING PENDING SUBMITTING INPROGRESS STOPPING CANCELLED PROCESSED FAILED RUNS_DELETING RUNS_DELETED RUNS_DELETE_FAILED"
_ANALYTICS = "CREATING CREATED=ACTIVE UPDATING UPDATED DELETING DELETED CREATION_FAILED=FAILED"
_IMPORT = "SUBMITTED IN_PROGRESS CANCELLED COMPLETED FAILED COMPLETED_WITH_FAILURES"

_BATCH_FIELDS = """arn batchId=id status uuid batchName=name totalRuns failureReason failureMessage
    successfulStartSubmissionCount failedStartSubmissionCount pendingStartSubmissionCount
    pendingRunCount startingRunCount runningRunCount stoppingRunCount
    completedRunCount failedRunCount cancelledRunCount deletedRunCount
    workflowId workflowArn workflowVersionArn workflowOwnerId runCache runCacheBehavior"""
_IN_SEQUENCE_STORE = "id sequenceStoreId status statusMessage", _JOB, "{prefix}sequenceStore/{sequenceStoreId}"
_ANALYTICS_STORE = "arn=storeArn status storeId=id storeName=name", _ANALYTICS, "{storeArn}"
_ANALYTICS_IMPORT = "arn jobId=id status storeId storeName", _IMPORT, "{arn}", _of_import

TOLD: Final[Mapping[str, Told]] = {
    "run": Told("Run", "arn status uuid runId=id runName=name runOutputUri workflowId workflowName", _RUN),
    "task": Told("Task", "arn status runArn runUuid runId runName workflowId workflowName", _RUN, facts=_of_task),
    "workflow": Told("Workflow", "arn status workflowVersionName workflowUuid=uuid", _WORKFLOW, facts=_of_workflow),
    "workflow_version": Told("Workflow", "arn status workflowVersionName workflowUuid=uuid", _WORKFLOW, facts=_of_workflow),
    "run_batch": Told("RunBatch", _BATCH_FIELDS, _BATCH, facts=_of_batch),
    "read_set_import_job": Told("Read Set Import Job", *_IN_SEQUENCE_STORE),
    "read_set_export_job": Told("Read Set Export Job", *_IN_SEQUENCE_STORE),
    "read_set_activation_job": Told("Read Set Activation Job", *_IN_SEQUENCE_STORE),
    "read_set": Told(
        "Read Set",
        "arn creationJobId sequenceStoreId id status statusMessage",
        "PROCESSING_UPLOAD UPLOAD_FAILED ACTIVE ARCHIVED ACTIVATING DELETED",
    ),
    "reference_import_job": Told(
        "Reference Import Job", "id referenceStoreId status statusMessage", _JOB, "{prefix}referenceStore/{referenceStoreId}"
    ),
    "reference": Told("Reference", "arn creationJobId id referenceStoreId status", "ACTIVE DELETED"),
    "reference_store": Told("Reference Store", "arn id status", _STORE),
    "sequence_store": Told("Sequence Store", "arn id status", _STORE),
    "variant_store": Told("Variant Store", *_ANALYTICS_STORE),
    "annotation_store": Told("Annotation Store", *_ANALYTICS_STORE),
    "variant_import_job": Told("Variant Import Job", *_ANALYTICS_IMPORT),
    "annotation_import_job": Told("Annotation Import Job", *_ANALYTICS_IMPORT),
    "share": Told(
        "{of} Share",
        "shareId shareName resourceArn ownerId principalSubscriber status",
        "PENDING ACTIVATING ACTIVE DELETING DELETED FAILED",
        "{resourceArn}",
        _of_share,
    ),
}
"""What is told of each kind of resource. Of S3 access policies nothing is: no public text says when."""


class Events:
    """What there is to tell, until it is on its way: the listener of lifecycles.

    ``arn`` is what ARNs of the account and region begin with; nothing is made while nobody awaits it.
    """

    def __init__(self, arn: str, ids: Ids, awaited: Callable[[], bool] = lambda: True) -> None:
        self._arn = arn
        self._ids = ids
        self._awaited = awaited
        self.told: list[Event] = []

    def __len__(self) -> int:
        return len(self.told)

    def __call__(self, kind: str, record: Record, status: str, at: datetime, place: int) -> None:
        told = TOLD.get(kind)
        if told is None or not self._awaited():
            return
        word = told.words().get(status)
        if word is not None:
            self.told[place:place] = self._events(told, record, word, at)

    def take(self) -> list[Event]:
        """What there is to tell, which is forgotten."""
        taken, self.told = self.told, []
        return taken

    def _events(self, told: Told, record: Record, word: str, at: datetime) -> list[Event]:
        facts = {**told.facts(record, self._arn), "status": word, "prefix": self._arn}
        detail = {"omicsVersion": "1.0.0"}
        detail |= {field: str(facts[name]) for field, name in _pairs(told.fields) if facts.get(name) is not None}
        *_, region, account, _ = self._arn.split(":")
        # Both sides of a share are told (inferred from that a subscriber can watch what is shared with it).
        accounts = [facts["ownerId"], facts["principalSubscriber"]] if "principalSubscriber" in facts else [account]
        return [
            {
                "version": "0",
                "id": self._ids.uuid(),
                "detail-type": f"{told.what.format_map(facts)} Status Change",
                "source": "aws.omics",
                "account": account,
                "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "region": region,
                "resources": [told.resource.format_map(facts)],
                "detail": detail,
            }
            for account in accounts
        ]
