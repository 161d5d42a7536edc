"""Runs and their tasks.

Source: AWS HealthOmics API Reference, StartRun, GetRun, ListRuns, CancelRun, DeleteRun, GetRunTask, ListRunTasks; User Guide,
"Starting a run", "Run retention mode".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from omics_mock import settings
from omics_mock.backends import run_settings
from omics_mock.backends.base import Backend, Params, equal, given
from omics_mock.backends.run_records import TERMINAL, Run, Surroundings, Task
from omics_mock.backends.workflows import Workflow
from omics_mock.exceptions import ConflictException, ServiceQuotaExceededException, ValidationException
from omics_mock.runs_simulator.course import Course
from omics_mock.runs_simulator.plans import script_for
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

# What a run takes over from the run it duplicates; role, output and tags are always its own.
_DUPLICATED = (
    "workflowId",
    "workflowType",
    "workflowVersionName",
    "name",
    "cacheId",
    "cacheBehavior",
    "runGroupId",
    "priority",
    "parameters",
    "storageCapacity",
    "storageType",
    "logLevel",
    "retentionMode",
    "networkingMode",
    "scratchStorageMode",
    "configurationName",
    "sessionPolicy",
    "engineSettings",
    "outputUriPrefixMode",
)
_USES = ("cacheId", "configurationName")
_OF_THE_WORKFLOW = ("workflowType", "workflowVersionName")
_ECHOED = (
    "name",
    "cacheId",
    "runGroupId",
    "priority",
    "parameters",
    "roleArn",
    "outputUri",
    "workflowVersionName",
    "scratchStorageMode",
    "sessionPolicy",
    "configurationName",
)


class Runs(Backend):
    """Runs and their tasks."""

    operations = ("StartRun", "GetRun", "ListRuns", "CancelRun", "DeleteRun", "GetRunTask", "ListRunTasks")
    taggable = ("run",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Run] = Table("Run", looked_up=("name", "runGroupId", "batchId"))
        self._course = Course(region)
        self._under_way: defaultdict[tuple[str, str], dict[Run, None]] = defaultdict(dict)

    def prepare_start_run(self, params: Params) -> Surroundings:
        """Look at the S3 objects and the role the request names."""
        neighbours = self.region.neighbours
        if "outputUri" not in params:  # older service models leave it optional
            raise ValidationException("outputUri must be specified")  # pragma: no cover - depends on the version of botocore
        source = self.table.find(params.get("runId"))
        parameters = params.get("parameters", source.asked.get("parameters", {}) if source else {})
        return Surroundings(
            tuple(neighbours.s3_object(*location, read=False) for location in dict.fromkeys(rules.find_s3_uris(parameters))),
            neighbours.s3_object(*rules.parse_s3_uri(params["outputUri"], "outputUri"), read=False),
            neighbours.role_trusts_us(params["roleArn"]),
        )

    def start_run(self, params: Params, around: Surroundings, batch_id: str | None = None) -> Record:
        """Queue a run of a workflow, or of what an earlier run ran."""
        asked = self._with_defaults(params)
        workflow = self.workflow_of(asked)
        configuration = self.check_references(asked)
        if workflow.status != "ACTIVE":
            raise ConflictException(f"Workflow {asked['workflowId']} is {workflow.status}, not ACTIVE")
        run_settings.check_members(asked)
        if workflow["type"] == "READY2RUN":
            run_settings.check_ready2run(asked)
        run_settings.check_parameters(asked.get("parameters"), workflow.get("parameterTemplate"))
        self._check_surroundings(asked, around)
        storage = run_settings.storage_of(asked, workflow)
        self.check_quota("Maximum static run storage capacity per run", storage.get("storageCapacity", 0))
        self._make_room()

        run = Run(given(asked, *_ECHOED), **storage)
        run.asked, run.workflow, run.around, run.tasks = asked, workflow, around, Table("Task")
        run["id"] = self.region.ids.number(7, taken=self.table)
        run.update(
            arn=self.region.arn(f"run/{run['id']}"),
            uuid=self.region.ids.uuid(),
            workflowId=workflow.get("id", workflow.get("workflowId")),
            workflowType=asked.get("workflowType", "PRIVATE"),
            workflowUuid=workflow.get("uuid"),
            workflowName=self.region.workflows.find(*_named(asked)).get("name"),
            digest=workflow.get("digest"),
            accelerators=workflow.get("accelerators"),
            runId=params.get("runId", run["id"] if settings.frame().rules["rerun_id"] == "own" else None),
            logLevel=asked.get("logLevel", "ALL"),
            retentionMode=asked.get("retentionMode", "RETAIN"),
            networkingMode=asked.get("networkingMode", "RESTRICTED"),
            outputUriPrefixMode=asked.get("outputUriPrefixMode", "SERVICE_DEFINED"),
            engineSettings=asked.get("engineSettings") if workflow.get("engine") == "NEXTFLOW" else None,
            engineVersion=run_settings.engine_version(asked, workflow),
            resourceDigests={found.uri: f"etag:{found.etag}" for found in around.inputs if found.etag},
            startedBy=self.region.caller,
            creationTime=settings.clock.now(),
            tags=dict(asked.get("tags", {})),
        )
        run["runOutputUri"] = run["outputUri"].rstrip("/")
        if run["outputUriPrefixMode"] == "SERVICE_DEFINED":
            run["runOutputUri"] += f"/{run['id']}"
        if run["logLevel"] != "OFF":
            run["logLocation"] = {"runLogStream": self.region.log_stream(f"run/{run['id']}")}
        if asked.get("workflowOwnerId", self.region.account) != self.region.account:
            run["workflowOwnerId"] = asked["workflowOwnerId"]
        else:  # nobody sees the definition of another account's workflow
            run.archive = workflow.archive
        run.script = script_for(settings.plans(), run, workflow, run_settings.planned_tasks(asked, workflow))
        if "cacheId" in asked:
            cache = self.region.run_caches.table.get(asked["cacheId"])
            run["cacheBehavior"] = asked.get("cacheBehavior", cache["cacheBehavior"])
        if configuration is not None:
            run["configuration"] = given(configuration, "name", "arn", "uuid")
            run["vpcConfig"] = configuration["runConfigurations"]["vpcConfig"]
        self._course.begin(run)
        for use in _USES:
            if use in run:
                self._under_way[use, run[use]][run] = None
        if batch_id is not None:
            run["batchId"] = batch_id
        self.table.add(run["id"], run)
        self.region.run_groups.queue(run)
        return run

    def get_run(self, params: Params) -> Record | dict[str, Any]:
        """Everything known about a run; its definition only on export."""
        run = self.table.get(params["id"])
        self.region.lifecycles.look_again(run)
        self.poll(run)
        if "DEFINITION" not in params.get("export", ()) or run.archive is None:
            return run
        key, content, neighbours = f"{run['uuid']}/definition.zip", run.archive, self.region.neighbours
        self.region.outbox.append(lambda: neighbours.publish(key, content))
        return {**run, "definition": neighbours.presigned_url(key)}

    def list_runs(self, params: Params) -> dict[str, Any]:
        """The runs that match every filter given."""
        filters = given(params, "name", "runGroupId", "status", "batchId")
        items, token = self.table.page(params, equal(filters), wanted=filters)
        self.poll(*items)
        return {"items": items, "nextToken": token}

    def cancel_run(self, params: Params) -> None:
        """Stop a run that has not ended. It stays listed as CANCELLED, without outputs."""
        run = self.table.get(params["id"])
        if run.status in TERMINAL:
            raise ConflictException(f"Run {run['id']} is {run.status}: it can not be cancelled")
        if run.status == "PENDING":
            self.region.lifecycles.turn(run, ["CANCELLED"])
        elif run.status != "STOPPING":
            run.cancelled = True
            self.region.lifecycles.turn(run, ["STOPPING", "CANCELLED"])

    def delete_run(self, params: Params) -> None:
        """Forget a run that has ended; its outputs and logs stay."""
        run = self.table.get(params["id"])
        if run.status not in TERMINAL:
            raise ConflictException(f"Run {run['id']} is {run.status}: it can be deleted once it has ended")
        if run.status == "FAILED" and settings.frame().rules["delete_failed_run"] == "refuse":
            raise ConflictException(f"Run {run['id']} is FAILED: only what is COMPLETED or CANCELLED can be deleted")
        self._remove(run)

    def get_run_task(self, params: Params) -> Record:
        """Everything known about a task."""
        run = self.table.get(params["id"])
        task = run.tasks.get(params["taskId"])
        self._poll_through(run, [task])
        return task

    def list_run_tasks(self, params: Params) -> dict[str, Any]:
        """The tasks of a run, the newest first."""
        run = self.table.get(params["id"])
        items, token = run.tasks.page(params, lambda task: params.get("status") in (None, task.status), newest_first=True)
        self._poll_through(run, items)
        return {"items": items, "nextToken": token}

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["run", run_id]:
                return self.table.find(run_id)
        return None

    # What StartRun goes through

    def _with_defaults(self, params: Params) -> Params:
        """The request, completed by the run it duplicates."""
        if "runId" not in params:
            if "workflowId" not in params:
                raise ValidationException("workflowId or runId must be specified")
            return params
        source = self.table.get(params["runId"])
        if "workflowOwnerId" in source:
            raise ValidationException(f"Run {source['id']} is of a workflow shared by another account: it can not be run again")
        defaults = given(source.asked, *_DUPLICATED)
        if "workflowId" in params:  # version and type belong to the workflow they were given with
            defaults = {name: value for name, value in defaults.items() if name not in _OF_THE_WORKFLOW}
        if params.get("networkingMode") == "RESTRICTED":
            defaults.pop("configurationName", None)
        return {**defaults, **params}

    def workflow_of(self, asked: Params) -> Workflow:
        """The workflow or version that is asked for."""
        workflow_id, *owner = _named(asked)
        if "workflowVersionName" not in asked or asked.get("workflowType") == "READY2RUN":
            return self.region.workflows.find(workflow_id, *owner)
        return self.region.workflows.find_version(workflow_id, asked["workflowVersionName"], *owner)

    def check_references(self, asked: Params) -> Record | None:
        """Group, cache and configuration exist and are ready; the configuration."""
        if "runGroupId" in asked:
            self.region.run_groups.table.get(asked["runGroupId"])
        if "cacheId" in asked:
            self.region.run_caches.table.get(asked["cacheId"])
        if "configurationName" not in asked:
            return None
        configuration = self.region.configurations.table.get(asked["configurationName"])
        if configuration.status != "ACTIVE":
            raise ValidationException(f"Configuration {configuration['name']} is {configuration.status}, not ACTIVE")
        if "vpcConfig" not in configuration["runConfigurations"]:
            raise ValidationException(f"Configuration {configuration['name']} has no VPC settings")
        return configuration

    def _check_surroundings(self, asked: Params, around: Surroundings) -> None:
        strict, vpc = settings.options().strict, asked.get("networkingMode") == "VPC"
        self.check_role(asked["roleArn"], around.role_trusts_us)
        for found in (around.output, *around.inputs):
            if found.bucket_exists and found.bucket_region != self.region.region and not vpc:
                raise ValidationException(f"S3 bucket not located in {self.region.region} region")
            is_object = found is not around.output and not found.uri.endswith("/")
            there = found.exists or found.is_folder if is_object else found.bucket_exists
            if strict and not there:
                raise ValidationException(f"S3 object not found: {found.uri}")

    def _make_room(self) -> None:
        """At the ceiling the oldest ended run that asked for removal gives way."""
        quota = "Maximum runs (active or inactive)"
        try:
            self.check_quota(quota, len(self.table) + 1)
        except ServiceQuotaExceededException:
            removable = (run for run in self.table if run["retentionMode"] == "REMOVE" and run.status in TERMINAL)
            oldest = next(removable, None)
            if oldest is None:
                raise
            self._remove(oldest)

    def _remove(self, run: Run) -> None:
        self.table.remove(run["id"])
        self.region.lifecycles.end("run", run)

    # What happens to a run

    def poll(self, *runs: Run) -> None:
        """Looking at runs moves them on, and with those that wait what they wait for."""
        self.region.lifecycles.poll(*runs)
        for last in self.region.run_groups.last_in_line(runs):
            self.region.lifecycles.poll(last, waits_for=self.region.run_groups.in_the_way(last))

    def _poll_through(self, run: Run, tasks: list[Task]) -> None:
        """Looking at tasks moves them on, and their run while it has none that is under way."""
        self.region.lifecycles.poll(*tasks)
        if all(task.status in TERMINAL for task in run.tasks):
            self.poll(run)

    def under_way(self, member: str, value: str) -> Collection[Run]:
        """The runs that have not ended and have that cache or configuration."""
        return self._under_way[member, value].keys()

    def ended(self, run: Run) -> None:
        """A run uses its cache and its configuration no longer."""
        for use in _USES:
            self._under_way[use, run.get(use, "")].pop(run, None)


def _named(asked: Params) -> tuple[str, str | None, str | None]:
    """Id, type and owner of the workflow that is asked for."""
    return asked["workflowId"], asked.get("workflowType"), asked.get("workflowOwnerId")
