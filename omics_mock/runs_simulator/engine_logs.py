"""What workflow engines write about a run: one table of lines for each engine.

Source: AWS HealthOmics User Guide, "Monitoring HealthOmics with CloudWatch Logs"; engine logs that users show in public reports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from omics_mock.backends.run_records import Run, Task

Lines = Mapping[str, tuple[str, ...]]
"""What is written when a state is entered."""

_OUT_OF_MEMORY: Final = 137

_OF_RUNS: Final[Mapping[str, Lines]] = {
    "WDL": {
        "RUNNING": (
            '{time} (MainThread) NOTICE wdl.w:{workflow} workflow start :: name: "{workflow}", source: "{main}", dir: "{dir}"',
        ),
        "COMPLETED": ("{time} (MainThread) NOTICE wdl.w:{workflow} done",),
        "FAILED": ('{time} (MainThread) ERROR wdl.w:{workflow} workflow {workflow} failed :: dir: "{dir}", error: "{reason}"',),
        "CANCELLED": ('{time} (MainThread) NOTICE wdl.w:{workflow} workflow {workflow} cancelled :: dir: "{dir}"',),
    },
    "NEXTFLOW": {
        "RUNNING": (
            "N E X T F L O W  ~  version {version}",
            "Launching `{main}` [{nickname}] DSL2 - revision: {revision}",
        ),
        "COMPLETED": ("Nextflow engine completed",),
        "FAILED": ("ERROR ~ {reason}", "Nextflow engine failed"),
        "CANCELLED": ("Nextflow engine cancelled",),
    },
    "CWL": {
        "RUNNING": ("INFO [workflow {workflow}] start",),
        "COMPLETED": ("INFO [workflow {workflow}] completed success", "INFO Final process status is success"),
        "FAILED": (
            "ERROR [workflow {workflow}] {reason}",
            "WARNING [workflow {workflow}] completed permanentFail",
            "WARNING Final process status is permanentFail",
        ),
        "CANCELLED": ("WARNING [workflow {workflow}] cancelled",),
    },
}
_NOTICE: Final = "{time} (TaskPool_{place}) NOTICE wdl.w:{workflow}.t:call-{name}"
_ERROR: Final = "{time} (TaskPool_{place}) ERROR wdl.w:{workflow}.t:call-{name}"
_OF_TASKS: Final[Mapping[str, Lines]] = {
    "WDL": {
        "RUNNING": (
            _NOTICE + ' task setup :: name: "{name}", dir: "{dir}/call-{name}"',
            _NOTICE + ' task running :: id: "{taskId}", instance: "{instanceType}"',
        ),
        "COMPLETED": (_NOTICE + " done",),
        "FAILED": (
            _ERROR + ' task {name} ({taskId}) failed :: dir: "{dir}/call-{name}", exit_status: {exit_code}, error: "{reason}"',
        ),
        "CANCELLED": (_NOTICE + ' task {name} ({taskId}) terminated :: error: "Terminated"',),
    },
    "NEXTFLOW": {
        "RUNNING": ("[{hash}] Submitted process > {name}",),
        "COMPLETED": ("[{hash}] Completed process > {name}",),
        "FAILED": (
            "[{hash}] NOTE: Process `{name}` terminated with an error exit status ({exit_code})",
            "ERROR ~ Error executing process > '{name}'",
        ),
        "CANCELLED": ("[{hash}] Cancelled process > {name}",),
    },
    "CWL": {
        "RUNNING": ("INFO [step {name}] start", "INFO [job {name}] running on {instanceType}"),
        "COMPLETED": ("INFO [job {name}] completed success",),
        "FAILED": (
            "ERROR [job {name}] exited with status: {exit_code}",
            "WARNING [job {name}] completed permanentFail",
        ),
        "CANCELLED": ("WARNING [job {name}] terminated",),
    },
}
_ADJECTIVES: Final = ("amazing", "berserk", "curious", "distracted", "elegant", "friendly", "jolly", "prickly")
_SURNAMES: Final = ("avogadro", "curie", "franklin", "goodall", "hopper", "mendel", "mirzakhani", "sanger")


def engine_log(run: Run) -> str:
    """The engine log of a run that has ended, as it is exported."""
    events = [(run["startTime"], line) for line in of_run(run, "RUNNING")] if "startTime" in run else []
    for task in run.tasks:
        if "startTime" in task:
            events += [(task["startTime"], line) for line in of_task(task, "RUNNING")]
        events += [(task["stopTime"], line) for line in of_task(task, task.status)]
    events.sort(key=lambda event: event[0])
    return "".join(f"{line}\n" for line in (*(line for _, line in events), *of_run(run, run.status)))


def of_run(run: Run, status: str) -> Iterator[str]:
    """What is written when the run enters a state."""
    lines = _of(_OF_RUNS, run).get(status, ())
    facts = _facts(run, run["startTime"] if status == "RUNNING" else run.get("stopTime")) if lines else {}
    return (_line(line, facts) for line in lines)


def of_task(task: Task, status: str) -> Iterator[str]:
    """What is written when the task enters a state."""
    run = task.run
    lines = _of(_OF_TASKS, run).get(status, ())
    if not lines:
        return iter(())
    digest = _digest(task["uuid"])
    facts = {
        **_facts(run, task["startTime" if status == "RUNNING" else "stopTime"]),
        **task,
        "place": task.sequence - 1,
        "hash": f"{digest[:2]}/{digest[2:8]}",
        "exit_code": exit_code(task),
        "reason": _reason(task),
    }
    return (_line(line, facts) for line in lines)


def exit_code(task: Task) -> int:
    """What a task that failed exited with."""
    return _OUT_OF_MEMORY if task.get("failureReason") == "OUT_OF_MEMORY_ERROR" else 1


def _of(engines: Mapping[str, Lines], run: Run) -> Lines:
    return engines.get(run.engine, engines["WDL"])  # WDL_LENIENT is the same engine


def _facts(run: Run, at: datetime | None) -> dict[str, Any]:
    digest = _digest(run["uuid"])
    main = run.main or "main"
    return {
        "time": f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}" if at else "",
        "workflow": "_".join((run.get("workflowName") or main.rpartition("/")[2].partition(".")[0]).split()),
        "main": main,
        "dir": f"/mnt/workflow/{run['id']}",
        "reason": _reason(run),
        "version": run.get("engineVersion") or "24.10.8",
        "nickname": f"{_ADJECTIVES[int(digest[0], 16) % 8]}_{_SURNAMES[int(digest[1], 16) % 8]}",
        "revision": _digest(run.get("digest") or run["workflowId"])[:10],
    }


def _reason(record: Run | Task) -> str:
    return str(record.get("statusMessage") or record.get("failureReason") or "Terminated")


def _line(template: str, facts: Mapping[str, Any]) -> str:
    return " ".join(template.format_map(facts).splitlines())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
