"""How resources move through their states: one declarative line each, walked by polls, by the clock or by the test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import Protocol

from omics_mock import settings
from omics_mock.journeys import Entered, Journey, Ready
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


class NotAhead(ValueError):
    """A resource does not come to the state it is to be moved to."""


class Listener(Protocol):
    """Is told of every state a resource enters."""

    def __len__(self) -> int:
        """How much it remembers of what it was told."""

    def __call__(self, kind: str, record: Record, status: str, at: datetime, place: int) -> None:
        """A resource is in another state; the place is where that belongs in the order of what it was told."""


class _Nobody:
    """Listens to nothing."""

    def __len__(self) -> int:
        return 0

    def __call__(self, *_: object) -> None:
        """Nothing comes of it."""


class Lifecycles:
    """The journeys of one account and region."""

    def __init__(self, listener: Listener | None = None) -> None:
        self._listener = _Nobody() if listener is None else listener
        self._entering: datetime | None = None  # when the state was entered whose consequences are being drawn
        self._moving: dict[Record, Journey] = {}
        self._polled: dict[Record, Sequence[Record]] = {}  # with what each of them waits for
        self._answers = 0
        self._agenda: list[tuple[datetime, int, Journey]] = []  # a heap of what is due when
        self._entries = 0
        self._begun: list[Journey] = []
        self._under_way: Counter[str] = Counter()  # by kind, so that a call need not look at every resource
        self._by_hand = False
        self.by_clock = False

    def begin(
        self,
        kind: str,
        record: Record,
        line: Sequence[str],
        entered: Entered,
        ready: Ready | None = None,
        lingers: str = "",
        at: datetime | None = None,
        takes: Mapping[str, timedelta] | None = None,
    ) -> None:
        """Put a resource into the first state of its line; under every policy the create call answers that one.

        What it ``takes`` in a state passes whatever the policy: whoever moves it on meanwhile moves the clock on with it.
        """
        record["status"] = line[0]
        journey = Journey(
            kind,
            record,
            list(line[1:]),
            entered,
            at or settings.clock.now(),
            len(line) - 1,
            ready=ready,
            lingers=lingers,
            takes=takes or {},
        )
        self._moving[record] = journey
        self._begun.append(journey)
        self._under_way[kind] += 1
        self.tell(kind, record, line[0], at)
        self._plan(journey, policy_of(kind), settings.clock.now())

    def enter(self, kind: str, record: Record, status: str, at: datetime | None = None) -> None:
        """Put a resource into a state that no line leads to, unless it is in it already."""
        if record.get("status") != status:
            record["status"] = status
            self.tell(kind, record, status, at)

    def end(self, kind: str, record: Record) -> None:
        """The resource is deleted."""
        self.forget(record)
        self.tell(kind, record, "DELETED")

    def tell(self, kind: str, record: Record, status: str, at: datetime | None = None, place: int | None = None) -> None:
        """Tell the listener what has happened to a resource."""
        time = at or self._entering or settings.clock.now()
        self._listener(kind, record, status, time, len(self._listener) if place is None else place)

    def turn(self, record: Record, line: Sequence[str], at: datetime | None = None) -> None:
        """Leave the present line for another, from its first state on: a cancelled run."""
        journey = self._moving[record]
        journey.ahead, journey.ready, journey.until = list(line), None, None
        self._step(journey, at or settings.clock.now())

    def journeys(self) -> tuple[Journey, ...]:
        """What is on its way."""
        return tuple(self._moving.values())

    def until(self, record: Record) -> datetime | None:
        """Until when a resource is in its present state, if that is known."""
        journey = self._moving.get(record)
        return journey.until if journey else None

    def limit(self, record: Record, until: datetime, late: Entered) -> None:
        """Tell when the resource is in its present state for longer than that."""
        journey = self._moving[record]
        journey.limit = until, late
        self._enter(until + timedelta.resolution, journey)

    def forget(self, record: Record) -> None:
        """The resource is gone."""
        self._polled.pop(record, None)
        if journey := self._moving.pop(record, None):
            self._under_way[journey.kind] -= 1

    def poll(self, *records: Record, waits_for: Sequence[Record] = ()) -> None:
        """These are in the answer under way; they step once it is made.

        What they wait for goes to its end if it was not polled itself since they were polled last, or else nobody who polls
        only what waits would ever see it move.
        """
        self._polled.update(dict.fromkeys(records, waits_for))

    def look_again(self, record: Record) -> None:
        """Before the answer: leave a state that lingers if it was seen already."""
        journey = self._moving.get(record)
        if journey is not None and journey.seen:
            self._polled_step(journey, settings.clock.now())

    def settle(self) -> None:
        """The answer is made: what was polled steps, and what was begun under ``immediate`` arrives."""
        polled, self._polled = self._polled, {}
        self._answers += 1
        if not self._moving:
            return
        now = settings.clock.now()
        looks = [
            (journey, journey.looked, len(journey.ahead), waits_for)
            for record, waits_for in polled.items()
            if (journey := self._moving.get(record))
        ]
        for journey, _, ahead, _ in looks:
            journey.looked = self._answers
            if len(journey.ahead) == ahead:  # else another one's step has released it just now
                self._polled_step(journey, now)
        for _, looked, _, waits_for in looks:
            for record in waits_for:
                self._unwatched_step(record, looked, now)
        self._arrive(now)

    def _entered(self, journey: Journey, status: str, at: datetime) -> None:
        """Draw the consequences of a state, which may be another state, then tell of it, before what it led to."""
        place, around, self._entering = len(self._listener), self._entering, at
        try:
            journey.entered(journey.record, status, at)
        finally:
            self._entering = around
        self.tell(journey.kind, journey.record, journey.record.status, at, place)

    def _arrive(self, now: datetime) -> None:
        """What was begun under ``immediate`` arrives, and what was begun by that, too."""
        while self._begun:
            begun, self._begun = self._begun, []
            for journey in begun:
                if policy_of(journey.kind) == "immediate":
                    self._walk(journey, now)

    def follow_together(self, records: Sequence[Record], at: datetime) -> None:
        """The resource these belong to wants to step: what follows it goes as far as it can before time passes."""
        outside, self.by_clock = self.by_clock, True
        try:
            for record in records:
                journey = self._moving.get(record)
                if journey is not None and journey.until is None and self._follows(journey):
                    self._walk(journey, journey.since if outside else at)  # by the clock, what takes time began when it could
        finally:
            self.by_clock = outside

    def follow(self, record: Record, at: datetime) -> None:
        """The resource this one belongs to wants to step: step as this one's own policy says, or else to the end."""
        journey = self._moving.get(record)
        if journey is not None:
            if self._follows(journey):
                self._walk(journey, at)
            else:
                self._polled_step(journey, at)

    def _follows(self, journey: Journey) -> bool:
        return self._by_hand or own_policy_of(journey.kind) is None

    def release(self, record: Record, at: datetime) -> None:
        """Nothing is in the resource's way any more: if it was held up, it goes on now."""
        journey = self._moving.get(record)
        if journey is None or not journey.held_up:
            return
        policy = policy_of(journey.kind)
        if policy == "immediate":
            self._walk(journey, at)
        elif policy != "frozen":
            self._step(journey, at)

    def discard_polls(self) -> None:
        """The answer failed: nothing was seen, so nothing steps."""
        self._polled.clear()
        self._begun.clear()

    def catch_up(self) -> None:
        """Do what the clock says is due, one thing after the other in the order of their times."""
        if not self._moving and not self._begun:
            return
        now, self.by_clock = settings.clock.now(), True
        try:
            self._catch_up(now)
        finally:
            self.by_clock = False
        self._arrive(now)

    def _catch_up(self, now: datetime) -> None:
        moved = True
        while moved:
            policies = {kind: policy_of(kind) for kind, number in self._under_way.items() if number}
            clocked = {kind: policy for kind, policy in policies.items() if isinstance(policy, float)}
            for journey in self._moving.values() if clocked else ():
                if journey.kind in clocked:
                    self._plan(journey, clocked[journey.kind], now)
            moved = False
            while self._agenda and self._agenda[0][0] <= now:
                when, _, journey = heappop(self._agenda)
                moved |= self._keep(journey, when, now)

    def advance(self, record: Record, to: str) -> None:
        """Move one resource by hand until it is in that state."""
        journey = self._moving.get(record)
        ahead = journey.ahead if journey else []
        if to not in (record.get("status"), *ahead):
            raise NotAhead(f"{to} is not ahead of {record.get('status', 'it')}; ahead: {', '.join(ahead) or 'nothing'}")
        self._by_hand = True
        try:
            while journey is not None and to in journey.ahead and self._step(journey, settings.clock.now()):
                pass
            if record["status"] != to:
                raise NotAhead(f"it is {record['status']} now and does not come to {to}")
        finally:
            self._by_hand = False

    def finish_all(self) -> None:
        """Move everything to its terminal state, but for what a quota of nothing holds up for good."""
        self._by_hand = True
        try:
            while sum(self._walk(journey, settings.clock.now()) for journey in tuple(self._moving.values())):
                pass
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

    def _unwatched_step(self, record: Record, looked: int, now: datetime) -> None:
        journey = self._moving.get(record)
        if journey is not None and journey.looked < looked:
            if policy_of(journey.kind) == "observed":
                self._walk(journey, now)
            else:
                self._polled_step(journey, now)

    def _plan(self, journey: Journey, policy: Policy, now: datetime) -> None:
        """Put the next step of what goes by the clock on the agenda, if it is due."""
        due = journey.due(policy, now)
        if due is not None and due <= now:
            self._enter(due, journey)

    def _enter(self, when: datetime, journey: Journey) -> None:
        heappush(self._agenda, (when, self._entries, journey))
        self._entries += 1

    def _keep(self, journey: Journey, when: datetime, now: datetime) -> bool:
        """Do what is on the agenda, if it still applies; whether anything moved."""
        if self._moving.get(journey.record) is not journey:
            return False
        if journey.limit is not None and when > journey.limit[0]:
            until, late = journey.limit
            late(journey.record, journey.record.status, until)
            return True
        return when == journey.due(policy_of(journey.kind), now) and self._step(journey, when) is not None

    def _walk(self, journey: Journey, at: datetime) -> bool:
        """Step as far as it goes; whether it went at all."""
        moved = False
        while entered := self._step(journey, at):
            moved, at = True, entered
        return moved

    def _step(self, journey: Journey, at: datetime) -> datetime | None:
        if journey.until is not None and not self.by_clock:
            self._pass_time(journey, journey.until)
        entered = journey.step(at, at if self.by_clock else None, self._entered)
        if entered is None:
            if journey.again is not None:
                self._enter(journey.again, journey)
            return None
        if not journey.ahead:
            self.forget(journey.record)
        elif isinstance(policy := policy_of(journey.kind), float):
            journey.since = entered - journey.time_of(policy, journey.steps - len(journey.ahead))
            self._plan(journey, policy, settings.clock.now())
        return entered

    def _pass_time(self, journey: Journey, until: datetime) -> None:
        """Move the clock on to when a state has taken its time. What is due meanwhile is done on the way."""
        self.by_clock = True
        try:
            while journey.until == until and self._agenda and self._agenda[0][0] <= until:
                when, _, due = heappop(self._agenda)
                settings.clock.reach(when)
                self._keep(due, when, when)
        finally:
            self.by_clock = False
        if journey.until == until:
            settings.clock.reach(until)
