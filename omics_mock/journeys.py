"""One resource on its way through its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from omics_mock import settings
from omics_mock.settings import Policy
from omics_mock.tables import Record

Entered = Callable[[Record, str, datetime], None]
Ready = Callable[[datetime], datetime | None]


@dataclass(eq=False)
class Journey:
    """One resource on its way: what lies ahead, since when, and whom to tell about each state it enters."""

    kind: str
    record: Record
    ahead: list[str]
    entered: Entered
    since: datetime
    steps: int
    polls: int = 0
    ready: Ready | None = None
    """When the next state can be entered at the earliest, or None: not yet. A run waits for its tasks."""
    lingers: str = ""
    """The state that is left only when somebody looks again, so that what happens within it can be seen and cut short."""
    seen: bool = False
    held_up: bool = False
    """It was due, but could not enter the next state."""
    looked: int = 0
    """At which of the answers it was polled last."""
    limit: tuple[datetime, Entered] | None = None
    """Until when it may be in its present state, and whom to tell when it is for longer."""
    takes: Mapping[str, timedelta] = field(default_factory=dict)
    """How long it is in a state at least."""
    until: datetime | None = None
    """Until when it is in its present state at least."""
    again: datetime | None = None
    """When it may go on, if it was held up and that is known."""

    def step(self, at: datetime, by: datetime | None, enter: Callable[[Journey, str, datetime], None]) -> datetime | None:
        """Enter the next state, if that can be by then, or else by now; the time at which it did."""
        self.seen = False
        if not self.ahead:
            return None
        line, earliest = self.ahead, self._earliest(at)
        if self.ahead is not line:  # meanwhile it was turned
            return settings.clock.now()
        was_held_up, self.held_up, self.again = self.held_up, False, None
        if earliest is None or earliest > (by or settings.clock.now()):
            self.held_up, self.again = True, earliest
            return None
        self.limit = None
        self.record["status"] = status = self.ahead.pop(0)
        entered = earliest if was_held_up else max(at, earliest)
        self.until = entered + self.takes[status] if status in self.takes else None
        enter(self, status, entered)
        return entered

    def _earliest(self, at: datetime) -> datetime | None:
        earliest = at if self.ready is None else self.ready(at)
        if earliest is None or self.until is None:
            return earliest
        return self.until if self.held_up else max(earliest, self.until)

    def due(self, policy: Policy, now: datetime) -> datetime | None:
        """When the next state is due by the clock. What was held up is due at once, unless it is known when it may go on."""
        if not isinstance(policy, float):
            return None
        if self.held_up:
            return self.again or now
        return self.since + self.time_of(policy, self.steps - len(self.ahead) + 1)

    def time_of(self, seconds: float, steps: int) -> timedelta:
        """How long so many of its steps take, when all of them take so many seconds."""
        return timedelta(seconds=seconds * steps / self.steps)
