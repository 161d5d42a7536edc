"""Workflows, and what runs them, given in any state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from omics_mock import settings
from omics_mock.given.arrangement import Arrangement, Definition, archive
from omics_mock.given.states import check_status
from omics_mock.neighbours import SERVICE_ACCOUNT
from omics_mock.runs_simulator.failures import Failure, parsed
from omics_mock.runs_simulator.plans import RunPlan

_SOURCES: Final = frozenset(("definitionZip", "definitionUri", "definitionRepository"))


class GivenRuns(Arrangement):
    """Makes workflows and versions, runs, and what runs are in."""

    def workflow(self, status: str = "ACTIVE", *, definition: Definition | None = None, **members: Any) -> dict[str, Any]:
        """A workflow: of the definition's files or zip archive, else of one WDL task. FAILED: its definition can not be read."""
        check_status("workflow", status)
        made = self._create("CreateWorkflow", _defined(status, definition, members), name="workflow")
        return self._shown_after(made["arn"], status, "GetWorkflow", id=made["id"])

    def workflow_version(self, status: str = "ACTIVE", *, definition: Definition | None = None, **members: Any) -> dict[str, Any]:
        """A version of a workflow, which is made too unless ``workflowId`` is given; its definition is like a workflow's."""
        check_status("workflow_version", status)
        defaults = {"versionName": self._name("version"), "workflowId": self._workflow}
        made = self._create("CreateWorkflowVersion", _defined(status, definition, members), **defaults)
        named = {"workflowId": made["workflowId"], "versionName": made["versionName"]}
        return self._shown_after(made["arn"], status, "GetWorkflowVersion", **named)

    def run(self, status: str = "COMPLETED", *, fail: str | Mapping[str, str] | None = None, **members: Any) -> dict[str, Any]:
        """A run, of a new workflow unless ``workflowId`` or ``runId`` is given; its tasks are where it is.

        FAILED: for the reason given by ``fail``, as ``plan_run`` takes it, or by the plan that is meant for the run, else
        WORKFLOW_RUN_FAILED. CANCELLED: while it was RUNNING. Its outputs and logs go to a bucket that no caller lists unless
        ``outputUri`` is given.
        """
        check_status("run", status)
        failure = parsed(fail) or (Failure("WORKFLOW_RUN_FAILED") if status == "FAILED" else None)
        with _failing(failure, insist=fail is not None):
            made = self._create("StartRun", members, **self._needs_of(members))
        if status == "CANCELLED":
            self._move(made["arn"], "RUNNING")
            self._do("CancelRun", {"id": made["id"]})
        return self._shown_after(made["arn"], status, "GetRun", id=made["id"], by="COMPLETED" if status == "FAILED" else status)

    def run_group(self, **members: Any) -> dict[str, Any]:
        """A run group, without limits unless they are given."""
        return self._shown("GetRunGroup", id=self._create("CreateRunGroup", members, name="group")["id"])

    def run_cache(self, **members: Any) -> dict[str, Any]:
        """A run cache, in a bucket that no caller lists unless ``cacheS3Location`` is given."""
        defaults = {} if "cacheS3Location" in members else {"cacheBucketOwnerId": SERVICE_ACCOUNT}
        made = self._create("CreateRunCache", members, name="cache", cacheS3Location=lambda _: self._place("cache"), **defaults)
        return self._shown("GetRunCache", id=made["id"])

    def run_batch(self, status: str = "PROCESSED", **members: Any) -> dict[str, Any]:
        """A batch of two runs; ``defaultRunSetting`` need not be complete.

        FAILED: its settings are no JSON. STOPPING, CANCELLED: once its runs were started. RUNS_DELETE_FAILED: one of them was
        deleted before.
        """
        check_status("run_batch", status)
        setting = dict(members.get("defaultRunSetting", {}))
        needs = {name: need(setting) for name, need in self._needs_of(setting).items() if name not in setting}
        runs: dict[str, Any] = {"inlineSettings": [{"runSettingId": "first"}, {"runSettingId": "second"}]}
        if status == "FAILED":
            runs = {"s3UriSettings": self._place(self._name("settings"), b"no JSON")}
        asked = {**members, "defaultRunSetting": {**needs, **setting}}
        made = self._create("StartRunBatch", asked, batchName="batch", batchRunSettings=runs)
        self._lead_batch(made["id"], made["arn"], status)
        by = {"FAILED": "PENDING", "RUNS_DELETE_FAILED": "RUNS_DELETED"}.get(status, status)
        return self._shown_after(made["arn"], status, "GetBatch", batchId=made["id"], by=by)

    def configuration(self, status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
        """A configuration with network settings. DELETING: once it was ACTIVE."""
        check_status("configuration", status)
        made = self._create("CreateConfiguration", members, name=self._name("configuration"), runConfigurations=self._network)
        if status == "DELETING":
            self._move(made["arn"], "ACTIVE")
            self._do("DeleteConfiguration", {"name": made["name"]})
        return self._shown_after(made["arn"], status, "GetConfiguration", name=made["name"])

    def _workflow(self, *_: object) -> str:
        return str(self.workflow()["id"])

    def _needs_of(self, asked: Mapping[str, Any]) -> dict[str, Callable[[Any], str]]:
        """What a run can not do without: something to run, a role and a place for what comes of it."""
        needs: dict[str, Callable[[Any], str]] = {"roleArn": self._role, "outputUri": lambda _: self._place("runs")}
        return needs if {"workflowId", "runId"} & asked.keys() else {"workflowId": self._workflow, **needs}

    def _lead_batch(self, batch_id: str, arn: str, status: str) -> None:
        """Ask for what leads a batch off its line."""
        batch = {"batchId": batch_id}
        if status in ("STOPPING", "CANCELLED"):
            self._move(arn, "INPROGRESS")
            self._do("CancelRunBatch", batch)
        elif status.startswith("RUNS_"):
            self._move(arn, "PROCESSED")
            if status == "RUNS_DELETE_FAILED":
                [first, *_] = self._do("ListRunsInBatch", batch)["runs"]
                self._do("DeleteRun", {"id": first["runId"]})
            self._do("DeleteRunBatch", batch)


def _defined(status: str, definition: Definition | None, members: Mapping[str, Any]) -> dict[str, Any]:
    """The members with a definition, in one form or another."""
    if definition is None and _SOURCES & members.keys():
        return dict(members)
    if definition is None and status == "FAILED":
        definition = b"no zip archive"
    return dict(definitionZip=archive(definition), **members)


@contextmanager
def _failing(failure: Failure | None, insist: bool) -> Iterator[None]:
    """Runs that are started meanwhile fail; what is planned for them holds, but for the failure if that is insisted on."""
    plans = settings.frame().plans
    before = len(plans)
    if failure is not None:
        known = reversed(list(settings.plans()))
        failing = (replace(plan, failure=failure if insist else plan.failure or failure) for plan in known)
        plans += [RunPlan(failure=failure), *failing]
    try:
        yield
    finally:
        del plans[before:]
