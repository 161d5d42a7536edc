"""The course of runs: which tasks they begin, when they are done, what they leave behind and how they end."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from omics_mock.backends import run_settings
from omics_mock.backends.run_records import LINE, TERMINAL, Run, Task
from omics_mock.clock import milliseconds
from omics_mock.definitions.declared import MAX_NAME, PlannedTask
from omics_mock.definitions.instances import CATALOGUE
from omics_mock.runs_simulator.engine_logs import engine_log
from omics_mock.runs_simulator.failures import Failure
from omics_mock.runs_simulator.images import image_details, resolve
from omics_mock.runs_simulator.imports import import_failure, role_failure
from omics_mock.runs_simulator.logs import RunLogs, is_told
from omics_mock.runs_simulator.outputs import outputs
from omics_mock.runs_simulator.plans import ScriptedTask, scripted, told
from omics_mock.settings import QUOTAS
from omics_mock.tables import Record
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

NOMINAL_SECONDS: Final = 1
"""What a task takes of which nobody says how long it takes: tools that compute costs and efficiency divide by it."""

_GPU_INSTANCES = ", ".join(instance.name for instance in CATALOGUE if instance.gpus)


class Course:
    """What happens to the runs of an account and region while they move through their states."""

    def __init__(self, region: RegionState) -> None:
        self.region = region
        self.logs = RunLogs(region)

    def begin(self, run: Run) -> None:
        """Put a run that was just made on its way."""
        self._put(run, "", b"")
        self.region.lifecycles.begin("run", run, LINE, self._entered, ready=partial(self._ready, run), lingers="RUNNING")
        self.logs.run_entered(run, run.status, run["creationTime"])

    # The run

    def _entered(self, record: Record, status: str, at: datetime) -> None:
        assert isinstance(record, Run)
        run = record
        if status == "COMPLETED" and run.failure is not None:
            run["status"] = status = "FAILED"
        match status:
            case "STARTING":
                run.failure = role_failure(self.region, run) or run.script.failure
            case "RUNNING":
                run["startTime"] = milliseconds(at)
                self._limit(run, at)
                run.failure = run.failure or import_failure(self.region, run)
                if run.failure is None or run.failure.stage != "import":
                    for script in run.script.tasks:
                        self._begin_task(run, script, at)
            case "STOPPING":
                self._end_tasks(run, at)
                if run.failure is None and not run.cancelled:
                    self._export(run)
            case "COMPLETED" | "FAILED" | "CANCELLED":  # pragma: no branch - there are no other states
                self._end(run, status, at)
        self.logs.run_entered(run, status, at)
        self.region.run_groups.moved(run, at)

    def _ready(self, run: Run, at: datetime) -> datetime | None:
        """When the run may go on: it waits for room in its group, then for its tasks."""
        if run.status == "PENDING":
            return at if self.region.run_groups.may_start(run) else None
        return self._tasks_done(run, at) if run.status == "RUNNING" else at

    def _limit(self, run: Run, at: datetime) -> None:
        """See to it that the run fails when it takes longer than it may."""
        limit = self.region.run_groups.time_limit(run)
        if limit is not None:
            self.region.lifecycles.limit(run, at + limit, self._time_out)

    def _time_out(self, record: Record, status: str, at: datetime) -> None:
        assert isinstance(record, Run)
        record.failure = Failure("RUN_TIMED_OUT")
        self.region.lifecycles.turn(record, ["STOPPING", "FAILED"], at)

    def _end(self, run: Run, status: str, at: datetime) -> None:
        self._end_tasks(run, at)  # of a run that never came to STOPPING
        run["stopTime"] = at
        if status == "FAILED" and run.failure is not None:
            run["failureReason"], run["statusMessage"] = run.failure.reason, run.failure.says(**self._facts(run))
        if is_told(run, status):
            stream = self.region.log_stream(f"run/{run['id']}/engine")
            run["logLocation"] = run["logLocation"] | {"engineLogStream": stream}
        if status != "CANCELLED":
            self._put(run, "logs/engine.log", engine_log(run).encode())
        self.region.run_caches.keep(run)
        self.region.runs.ended(run)

    def _export(self, run: Run) -> None:
        """Write what the run has made, if it may."""
        bucket, prefix = rules.parse_s3_uri(run["runOutputUri"], "runOutputUri")
        neighbours, outbox = self.region.neighbours, self.region.outbox
        there = neighbours.s3_object(bucket, "", read=False).bucket_exists
        if run.around.output.bucket_exists and not neighbours.may_write(bucket, prefix, run["roleArn"]):
            run.failure = Failure("EXPORT_FAILED")
            return
        if there:
            outbox.append(partial(self._write_outputs, run))
        if run.script.effect is not None:
            outbox.append(partial(run.script.effect, told(run)))

    def _write_outputs(self, run: Run) -> None:
        declared = None if run.workflow.definition is None else run.workflow.definition.declared
        for name, content in outputs(run["runOutputUri"], run.engine, declared, run.get("parameters", {}), run.script.outputs):
            bucket, key = self._location(run, name)
            self.region.neighbours.put_s3_object(bucket, key, content)

    def _put(self, run: Run, name: str, content: bytes) -> None:
        bucket, key = self._location(run, name)
        if key:
            self.region.outbox.append(partial(self.region.neighbours.put_s3_object, bucket, key, content))

    def _location(self, run: Run, name: str) -> tuple[str, str]:
        bucket, prefix = rules.parse_s3_uri(run["runOutputUri"], "runOutputUri")
        return bucket, "/".join(part for part in (prefix.rstrip("/"), name) if part or prefix)

    def _facts(self, run: Run, task: Task | None = None) -> dict[str, object]:
        """What messages say of a run and its task."""
        script = (run.script.tasks or (scripted(PlannedTask("main")),))[0] if task is None else task.script
        limit = self.region.run_groups.time_limit(run)
        seconds = QUOTAS["maximum run duration"] if limit is None else limit.total_seconds()
        return {
            "id": script.asked.name if task is None else task["taskId"],
            "name": script.asked.name,
            "image": script.asked.image or "none",
            "size": "95 GiB" if script.asked.gpus else "45 GiB",
            "seconds": round(script.seconds or seconds),
            "minutes": round(seconds / 60),
            "uri": next((known.uri for known in run.around.inputs), run["outputUri"]),
            "stream": self.region.log_stream(f"run/{run['id']}/engine"),
            "region": self.region.region,
            "instances": _GPU_INSTANCES,
            "version": run_settings.unknown_engine_version(run.asked, run.workflow) or run.get("engineVersion") or "unknown",
            "latest": run_settings.LATEST_NEXTFLOW,
        }

    # Its tasks

    def _begin_task(self, run: Run, script: ScriptedTask, at: datetime, attempt: int = 0) -> None:
        asked = script.asked
        task = Task(
            name=asked.name[:MAX_NAME],
            cpus=asked.cpus,
            memory=asked.memory,
            gpus=asked.gpus,
            instanceType=asked.instance,
            imageDetails=self._image_details(run, asked.image) if asked.image else None,
            uuid=self.region.ids.uuid(),
            creationTime=at,
        )
        task["taskId"] = self.region.ids.number(7, taken=run.tasks)
        task.run, task.script, task.attempt = run, script, attempt
        self.region.run_caches.look_up(run, task)
        line = [status for status in LINE[:-1] if status != "RUNNING" or not task.never_runs]
        takes = timedelta(seconds=self._seconds(script))
        task.takes_time = bool(takes)
        outcome = script.status if task.failure is None else "FAILED"
        self.region.lifecycles.begin(
            "task", task, [*line, outcome], self._task_entered, at=at, takes={"RUNNING": takes} if takes else None
        )
        run.tasks.add(task["taskId"], task)
        self.logs.task_entered(run, task, task.status, at)

    def _seconds(self, script: ScriptedTask) -> float:
        """How long a task runs at least. Unless the clock alone moves its run, it is not done before it began."""
        if script.seconds is not None:
            return script.seconds
        return 0 if self.region.lifecycles.by_clock else NOMINAL_SECONDS

    def _image_details(self, run: Run, image: str) -> dict[str, str]:
        resolved = resolve(image, run.workflow.get("containerRegistryMap"), self.region.account, self.region.region)
        return image_details(resolved, self.region.neighbours.image(resolved.image))

    def _task_entered(self, record: Record, status: str, at: datetime) -> None:
        assert isinstance(record, Task)
        task, run = record, record.run
        if status == "RUNNING":
            task["startTime"] = milliseconds(at)
        elif status in TERMINAL:
            task["stopTime"] = milliseconds(at)
        if status in ("RUNNING", "FAILED") and is_told(run, status):
            task["logStream"] = self.region.log_stream(f"run/{run['id']}/task/{task['taskId']}")
        if status == "FAILED" and task.failure is not None:
            task["failureReason"], task["statusMessage"] = task.failure.reason, task.failure.says(**self._facts(run, task))
            if task.attempt < task.script.lost_attempts:
                self._begin_task(run, task.script, at, task.attempt + 1)
            elif run.failure is None:
                run.failure = Failure("RUN_TASK_FAILED")
        self.logs.task_entered(run, task, status, at)

    def _tasks_done(self, run: Run, at: datetime) -> datetime | None:
        """When the run's tasks were done, so that it may leave RUNNING; None while nobody knows."""
        lifecycles, followed = self.region.lifecycles, set[Task]()
        while left := [task for task in run.tasks if task.status not in TERMINAL and task not in followed]:
            lifecycles.follow_together([task for task in left if task.takes_time], at)
            for task in sorted(left, key=lambda task: task.script.seconds or 0):
                if run.fails_early:
                    break
                lifecycles.follow(task, at)
            followed.update(left)
        if run.fails_early:
            return max((task["stopTime"] for task in run.tasks if task.status == "FAILED"), default=at)
        if unfinished := [task for task in followed if task.status not in TERMINAL]:
            return min((time for task in unfinished if (time := lifecycles.until(task)) is not None), default=None)
        return max((task["stopTime"] for task in run.tasks), default=at)

    def _end_tasks(self, run: Run, at: datetime) -> None:
        """Only a run that is cut short leaves tasks behind."""
        for task in run.tasks:
            if task.status not in TERMINAL:
                self.region.lifecycles.turn(task, ["CANCELLED"], at)
