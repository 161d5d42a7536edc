"""How resources move through their states: one declarative line each, walked by polls, by the clock or by the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from omics_mock import settings
from omics_mock.settings import Manual, Policy
from omics_mock.tables import Record

KINDS = frozenset(
    (
        "run",
        "task",
        "workflow",
        "workflow_version",
        "run_batch",
        "configuration",
        "sequence_store",
        "read_set",
        "read_set_import_job",
        "read_set_export_job",
        "read_set_activation_job",
        "reference_import_job",
        "variant_store",
        "variant_import_job",
        "annotation_store",
        "annotation_store_version",
        "annotation_import_job",
        "share",
    )
)
"""Every kind of resource that moves by itself."""

AT_ONCE = frozenset(("sequence_store",))
"""Kinds that are ready at once unless a policy is chosen for them in particular."""

external_policy: Callable[[str], Policy | None] | None = None
"""Set by a transport that has a policy store of its own (moto's state manager)."""


def own_policy_of(kind: str) -> Policy | None:
    """What was asked for this kind in particular: the innermost mock's word, else the transport's."""
    chosen = settings.frame().lifecycles.get(kind)
    if chosen is None and external_policy is not None:
        chosen = external_policy(kind)
    return None if chosen is None else settings.checked_policy(chosen)


def policy_of(kind: str) -> Policy:
    """What was asked for this kind, else the mock's general policy."""
    chosen = own_policy_of(kind)
    if chosen is None:
        return "immediate" if kind in AT_ONCE else settings.checked_policy(settings.options().lifecycle)
    return chosen


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

    def step(self, at: datetime) -> None:
        """Enter the next state."""
        self.seen = False
        earliest = at if self.ready is None else self.ready(at)
        if earliest is not None and self.ahead:
            self.record["status"] = self.ahead.pop(0)
            self.entered(self.record, self.record.status, max(at, earliest))


class Lifecycles:
    """The journeys of one account and region."""

    def __init__(self) -> None:
        self._moving: dict[Record, Journey] = {}
        self._polled: dict[Record, None] = {}
        self._begun: list[Journey] = []
        self._under_way: Counter[str] = Counter()  # by kind, so that a call need not look at every resource
        self._by_hand = False

    def begin(
        self,
        kind: str,
        record: Record,
        line: Sequence[str],
        entered: Entered,
        ready: Ready | None = None,
        lingers: str = "",
        at: datetime | None = None,
    ) -> None:
        """Put a resource into the first state of its line; under every policy the create call answers that one."""
        record["status"] = line[0]
        journey = Journey(
            kind, record, list(line[1:]), entered, at or settings.clock.now(), len(line) - 1, ready=ready, lingers=lingers
        )
        self._moving[record] = journey
        self._begun.append(journey)
        self._under_way[kind] += 1

    def turn(self, record: Record, line: Sequence[str]) -> None:
        """Leave the present line for another, from its first state on: a cancelled run."""
        journey = self._moving[record]
        journey.ahead, journey.ready = list(line), None
        journey.since, journey.steps = settings.clock.now(), len(line)
        journey.step(journey.since)
        self._forget_if_arrived(journey)

    def forget(self, record: Record) -> None:
        """The resource is gone."""
        self._polled.pop(record, None)
        if journey := self._moving.pop(record, None):
            self._under_way[journey.kind] -= 1

    def poll(self, *records: Record) -> None:
        """These are in the answer under way; they step once it is made."""
        self._polled.update(dict.fromkeys(records))

    def look_again(self, record: Record) -> None:
        """Before the answer: leave a state that lingers if it was seen already."""
        journey = self._moving.get(record)
        if journey is not None and journey.seen:
            self._polled_step(journey, settings.clock.now())

    def settle(self) -> None:
        """The answer is made: what was polled steps, and what was begun under ``immediate`` arrives."""
        polled, self._polled = self._polled, {}
        begun, self._begun = self._begun, []
        now = settings.clock.now()
        for journey in [self._moving[record] for record in polled if record in self._moving]:
            self._polled_step(journey, now)
        for journey in begun:
            if policy_of(journey.kind) == "immediate":
                self._walk(journey, now)

    def follow(self, record: Record, at: datetime) -> None:
        """The resource this one belongs to wants to step: step as this one's own policy says, or else to the end."""
        journey = self._moving.get(record)
        if journey is not None:
            if self._by_hand or own_policy_of(journey.kind) is None:
                self._walk(journey, at)
            else:
                self._polled_step(journey, at)

    def discard_polls(self) -> None:
        """The answer failed: nothing was seen, so nothing steps."""
        self._polled.clear()
        self._begun.clear()

    def catch_up(self) -> None:
        """Let resources whose policy is a number of seconds reach the state the clock says."""
        for kind, count in tuple(self._under_way.items()):
            if count and isinstance(policy := policy_of(kind), float):
                now = settings.clock.now()
                for journey in tuple(self._moving.values()):
                    if journey.kind == kind:
                        self._catch_up(journey, policy, now)

    def advance(self, record: Record, to: str) -> None:
        """Move one resource by hand until it is in that state."""
        journey = self._moving.get(record)
        ahead = journey.ahead if journey else []
        if to not in (record.get("status"), *ahead):
            raise ValueError(f"{to} is not ahead of {record.get('status', 'it')}; ahead: {', '.join(ahead) or 'nothing'}")
        self._by_hand = True
        try:
            while journey is not None and to in journey.ahead:
                before = len(journey.ahead)
                self._step(journey, settings.clock.now())
                if len(journey.ahead) == before:
                    break
            if record["status"] != to:
                raise ValueError(f"it is {record['status']} now and does not come to {to}")
        finally:
            self._by_hand = False

    def finish_all(self) -> None:
        """Move everything to its terminal state."""
        self._by_hand = True
        try:
            while moving := tuple(self._moving.values()):
                for journey in moving:
                    self._walk(journey, settings.clock.now())
        finally:
            self._by_hand = False

    def _polled_step(self, journey: Journey, now: datetime) -> None:
        policy = policy_of(journey.kind)
        if policy == "observed":
            if journey.record.status == journey.lingers and not journey.seen:
                journey.seen = True
            else:
                self._step(journey, now)
        elif policy == "immediate":
            self._walk(journey, now)
        elif isinstance(policy, Manual):
            journey.polls += 1
            if journey.polls >= policy.times:
                journey.polls = 0
                self._step(journey, now)

    def _catch_up(self, journey: Journey, seconds: float, now: datetime) -> None:
        while journey.ahead:
            done = journey.steps - len(journey.ahead)
            due = journey.since + timedelta(seconds=seconds * (done + 1) / journey.steps)
            before = len(journey.ahead)
            if due > now:
                return
            self._step(journey, due)
            if len(journey.ahead) == before:
                return

    def _walk(self, journey: Journey, at: datetime) -> None:
        while journey.ahead:
            before = len(journey.ahead)
            self._step(journey, at)
            if len(journey.ahead) == before:
                return

    def _step(self, journey: Journey, at: datetime) -> None:
        journey.step(at)
        self._forget_if_arrived(journey)

    def _forget_if_arrived(self, journey: Journey) -> None:
        if not journey.ahead:
            self.forget(journey.record)
