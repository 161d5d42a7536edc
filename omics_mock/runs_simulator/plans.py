"""What a test wants runs to do, and for which runs it wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict

from omics_mock.definitions.declared import MAX_NAME, PlannedTask
from omics_mock.runs_simulator.failures import Failure
from omics_mock.runs_simulator.outputs import check_supplied

if TYPE_CHECKING:
    from pathlib import Path

METRICS: Final = (
    "cpusReserved",
    "cpusMaximum",
    "cpusAverage",
    "gpusReserved",
    "memoryReservedGiB",
    "memoryMaximumGiB",
    "memoryAverageGiB",
    "runningSeconds",
)
"""What a manifest measures of a task."""

_SIZES: Final = ("cpus", "memory", "gpus", "image")

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Supplied: TypeAlias = "bytes | Path | Json | Sequence[bytes | Path]"
"""An output: content of a file, a file, or a JSON value; a list of them for an array."""

Effect = Callable[[dict[str, Any]], None]
"""Called when a run has written its outputs, with what GetRun answers."""


class TaskPlan(TypedDict, total=False):
    """A task as a test wants it. Only the name is needed."""

    name: str
    cpus: int
    memory: int
    gpus: int
    image: str
    seconds: float
    status: Literal["COMPLETED", "FAILED", "CANCELLED"]
    metrics: Mapping[str, float]
    log: Sequence[str]


@dataclass(frozen=True)
class ScriptedTask:
    """A task and what happens to it."""

    asked: PlannedTask
    seconds: float | None = None
    """How long it runs at least; None: nobody says."""
    status: str = "COMPLETED"
    failure: Failure | None = None
    lost_attempts: int = 0
    """How many attempts the service loses before the one that counts."""
    cache_hit: bool | None = None
    """Whether its result is in the run's cache; None: as the cache says."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    log: tuple[str, ...] = ()


scripted = cache(ScriptedTask)
"""A task of which the test says nothing."""


@dataclass(frozen=True)
class Script:
    """What happens in a run."""

    tasks: tuple[ScriptedTask, ...]
    failure: Failure | None = None
    """Of the run itself, not by a task."""
    outputs: Mapping[str, Supplied] = field(default_factory=dict)
    effect: Effect | None = None

    @cached_property
    def resources(self) -> Mapping[str, int]:
        """What the tasks of a run take together."""
        asked = [task.asked for task in self.tasks]
        return {"runs": 1, "cpus": sum(task.cpus for task in asked), "gpus": sum(task.gpus for task in asked)}


@dataclass(frozen=True)
class RunPlan:
    """What runs do for which this is planned."""

    workflow: str | None = None
    name: str | None = None
    parameters: Mapping[str, Any] | None = None
    when: Callable[[dict[str, Any]], bool] | None = None
    tasks: Sequence[TaskPlan | str] | Mapping[str, TaskPlan] | None = None
    outputs: Mapping[str, Supplied] = field(default_factory=dict)
    failure: Failure | None = None
    retries: int | Mapping[str, int] = 0
    cache_hits: bool | Iterable[str] = ()
    effect: Effect | None = None

    def __post_init__(self) -> None:
        check_supplied(self.outputs)
        for entry in self._entries():
            _check(entry)
        for count in self.retries.values() if isinstance(self.retries, Mapping) else [self.retries]:
            if type(count) is not int or count < 0:
                raise ValueError(f"retries: a whole number from 0, not {count!r}")

    def matches(self, run: Mapping[str, Any], workflow: Mapping[str, Any]) -> bool:
        """Whether it is meant for a run of that workflow."""
        given = run.get("parameters", {})
        return (
            self.workflow in (None, run["workflowId"], workflow.get("name"), workflow.get("arn"))
            and self.name in (None, run.get("name"))
            and all(name in given and given[name] == value for name, value in (self.parameters or {}).items())
            and (self.when is None or bool(self.when(told(run))))
        )

    def script(self, declared: Iterable[PlannedTask]) -> Script:
        """What happens in a run whose definition declares those tasks."""
        tasks = list(self._tasks(declared))
        failure = self.failure
        if failure is not None and failure.of_task:
            place = self._place(tasks, failure.task)
            tasks[place] = replace(tasks[place], failure=failure, status="FAILED")
            failure = None
        return Script(tuple(tasks), failure, self.outputs, self.effect)

    def _tasks(self, declared: Iterable[PlannedTask]) -> Iterator[ScriptedTask]:
        if self.tasks is None or isinstance(self.tasks, Mapping):
            planned = [(task, (self.tasks or {}).get(task.name, TaskPlan())) for task in declared]
        else:
            planned = [(PlannedTask(entry["name"]), entry) for entry in self._entries()]
        names = {task.name for task, _ in planned}
        hits = names if self.cache_hits is True else set(self.cache_hits or ())
        retries = self.retries if isinstance(self.retries, Mapping) else dict.fromkeys(names, self.retries)
        adjusted = self.tasks if isinstance(self.tasks, Mapping) else ()
        if unknown := sorted({*hits, *retries, *adjusted} - names):
            raise ValueError(f"plan_run: the run has no task {', '.join(unknown)}; it has {', '.join(sorted(names)) or 'none'}")
        for task, entry in planned:
            status = entry.get("status", "COMPLETED")
            sizes: dict[str, Any] = {name: value for name, value in entry.items() if name in _SIZES}
            yield ScriptedTask(
                replace(task, **sizes),
                entry.get("seconds"),
                status,
                Failure("RUN_TASK_FAILED") if status == "FAILED" else None,
                retries.get(task.name, 0),
                task.name in hits if hits else None,
                entry.get("metrics", {}),
                tuple(entry.get("log", ())),
            )

    def _place(self, tasks: Sequence[ScriptedTask], name: str | None) -> int:
        names = [task.asked.name for task in tasks]
        if name is None and names:
            return 0
        if name is None or name not in names:
            raise ValueError(f"fail: the run has no task {name!r}; it has {', '.join(names) or 'none'}")
        return names.index(name)

    def _entries(self) -> Iterator[TaskPlan]:
        if isinstance(self.tasks, Mapping):
            yield from ({**entry, "name": name} for name, entry in self.tasks.items())  # type: ignore[misc]  # a TaskPlan with a name is one
        else:
            yield from (TaskPlan(name=entry) if isinstance(entry, str) else entry for entry in self.tasks or ())


def told(run: Mapping[str, Any]) -> dict[str, Any]:
    """What the test's own functions are told of a run: what GetRun would answer."""
    return {member: value for member, value in run.items() if value is not None}


def _check(entry: TaskPlan) -> None:
    name = entry.get("name")
    if not isinstance(name, str) or not 0 < len(name) <= MAX_NAME:
        raise ValueError(f"tasks: a task has a name of 1 to {MAX_NAME} characters, not {name!r}")
    if unknown := sorted(set(entry) - set(TaskPlan.__annotations__)):
        raise ValueError(f"tasks: {name!r} has unknown {', '.join(unknown)}; known: {', '.join(TaskPlan.__annotations__)}")
    for member, least in (("cpus", 1), ("memory", 1), ("gpus", 0)):
        value = entry.get(member, least)
        if type(value) is not int or value < least:
            raise ValueError(f"tasks: {member} of {name!r} is a whole number from {least}, not {value!r}")
    if not entry.get("seconds", 0) >= 0:
        raise ValueError(f"tasks: seconds of {name!r} is a number from 0, not {entry['seconds']!r}")
    if entry.get("status", "COMPLETED") not in ("COMPLETED", "FAILED", "CANCELLED"):
        raise ValueError(f"tasks: status of {name!r} is COMPLETED, FAILED or CANCELLED, not {entry['status']!r}")
    if unknown := sorted(set(entry.get("metrics", {})) - set(METRICS)):
        raise ValueError(f"tasks: {name!r} has unknown metrics {', '.join(unknown)}; known: {', '.join(METRICS)}")


def script_for(
    plans: Iterable[RunPlan], run: Mapping[str, Any], workflow: Mapping[str, Any], declared: tuple[PlannedTask, ...]
) -> Script:
    """What happens in a run: what the first plan that is meant for it says, else what its definition does."""
    plan = next((plan for plan in plans if plan.matches(run, workflow)), None)
    if plan is not None and plan.cache_hits and "cacheId" not in run:
        raise ValueError(f"cache_hits: run {run['id']} has no cache; start it with a cacheId")
    return _as_declared(declared) if plan is None else plan.script(declared)


@lru_cache(100)
def _as_declared(declared: tuple[PlannedTask, ...]) -> Script:
    """The script of all runs whose definition declares those tasks and of which the test says nothing."""
    return Script(tuple(map(scripted, declared)))
