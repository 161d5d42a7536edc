"""Runs and tasks as they are kept, with what never goes on the wire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from omics_mock.backends.workflows import Workflow
from omics_mock.neighbours import S3Object
from omics_mock.runs_simulator.failures import Failure
from omics_mock.runs_simulator.plans import Script, ScriptedTask
from omics_mock.tables import Record, Table

LINE: Final = ("PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED")
TERMINAL: Final = frozenset(("COMPLETED", "FAILED", "CANCELLED"))


class Run(Record):
    """A run, with what it was asked for and what it is made of."""

    __slots__ = ("archive", "around", "asked", "cancelled", "failure", "script", "tasks", "urgency", "workflow")

    asked: Mapping[str, Any]
    script: Script
    failure: Failure | None
    """What it ends with, unless it is cancelled."""
    workflow: Workflow
    """As it was when the run was started."""
    around: Surroundings
    archive: bytes | None
    tasks: Table[Task]
    cancelled: bool
    urgency: float
    """What its priority means for its place in line, the smallest first."""

    def __init__(self, *members: Any, **more: Any) -> None:
        super().__init__(*members, **more)
        self.failure, self.archive, self.cancelled, self.urgency = None, None, False, 0

    @property
    def resources(self) -> Mapping[str, int]:
        """What its tasks take together."""
        return self.script.resources

    @property
    def ended(self) -> bool:
        """Whether it is in a state that it does not leave."""
        return self.status in TERMINAL

    @property
    def engine(self) -> str:
        """What interprets its definition; WDL where nobody could look."""
        return str(self.workflow.get("engine") or "WDL")

    @property
    def main(self) -> str:
        """The main file of its definition, if anybody knows."""
        return str(self.workflow.get("main") or "")

    @property
    def template(self) -> Mapping[str, Any]:
        """The parameter template of its workflow."""
        found: Mapping[str, Any] = self.workflow.get("parameterTemplate") or {}
        return found

    @property
    def fails_early(self) -> bool:
        """Whether it is known to end before its tasks do."""
        return self.failure is not None and self.failure.stage != "export"


class Task(Record):
    """A task of a run: one attempt at what the run wants done."""

    __slots__ = ("attempt", "run", "script", "takes_time")

    run: Run
    script: ScriptedTask
    attempt: int
    takes_time: bool
    """Whether it runs for a while, whoever moves it on."""

    def __init__(self, *members: Any, **more: Any) -> None:
        super().__init__(*members, **more)
        self.attempt, self.takes_time = 0, False

    @property
    def failure(self) -> Failure | None:
        """What it ends with."""
        return Failure("SERVICE_ERROR") if self.attempt < self.script.lost_attempts else self.script.failure

    @property
    def log(self) -> tuple[str, ...]:
        """The lines it writes itself."""
        return self.script.log

    @property
    def metrics(self) -> Mapping[str, float]:
        """What it is measured to use, where the test says so."""
        return self.script.metrics

    @property
    def never_runs(self) -> bool:
        """Whether it fails before it runs."""
        return self.failure is not None and self.failure.stage == "import"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the neighbours know of a run's inputs, output and role."""

    inputs: tuple[S3Object, ...]
    output: S3Object
    role_trusts_us: bool | None
