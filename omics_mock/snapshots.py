"""Snapshots of all accounts and regions at one time, to be put back as often as wanted.

Like savepoints: to restore one ends those that were taken after it. Bytes are kept by reference, and what other services of moto
hold stays as it is, but for the buckets in which HealthOmics shows read sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple, Protocol

from omics_mock import journal, settings
from omics_mock.tables import Record

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from omics_mock.backends.world import World
    from omics_mock.neighbours import Neighbours, Offered
    from omics_mock.state import ServiceState


class Place(NamedTuple):
    """Where a state belongs."""

    service: str
    account: str
    region: str


class Everywhere(Protocol):
    """All accounts and regions, as the transport keeps them."""

    @property
    def world(self) -> World:
        """What the accounts have in common."""

    def states(self) -> dict[Place, ServiceState]:
        """What there is now."""

    def new_world(self) -> World:
        """What accounts without anything have in common."""

    def new_state(self, place: Place, world: World) -> ServiceState:
        """A state without anything in it; ValueError where there can be none."""

    def settle(self, world: World, states: Mapping[Place, ServiceState]) -> None:
        """This is what there is from now on; whatever there is in other places begins anew. Changes nothing when it fails."""


class Snapshot:
    """All resources of all accounts and regions at one time, with ids and clock. Opaque."""

    def __init__(self, everywhere: Everywhere) -> None:
        self._world, self._states = everywhere.world, everywhere.states()
        self._mark = journal.mark([settings.clock, self._world, *self._states.values()], self)


_one_at_a_time = RLock()


def take(everywhere: Everywhere) -> Snapshot:
    """What there is now, to be put back later."""
    with still(everywhere):
        return Snapshot(everywhere)


def restore(snapshot: Snapshot, everywhere: Everywhere) -> None:
    """Put back what there was when the snapshot was taken."""
    with _one_at_a_time:
        if not journal.is_set(snapshot._mark):
            raise ValueError("this snapshot has ended: with its mock, by a reset, or because one taken before it was restored")
        with _held(everywhere.states(), everywhere.world), _held(snapshot._states, snapshot._world):
            changed = journal.changed_since(snapshot._mark)
            before, shown = everywhere.states(), _Shown()
            shown.look(before, snapshot._states, changed)
            journal.bring_back(snapshot._mark)
            everywhere.settle(snapshot._world, snapshot._states)
            wanted = _Shown()
            wanted.look(snapshot._states, before, changed)
        wanted.replace(shown)


@contextmanager
def still(everywhere: Everywhere) -> Iterator[Mapping[Place, ServiceState]]:
    """All there is, which does not change meanwhile."""
    with _one_at_a_time:
        states = everywhere.states()
        with _held(states, everywhere.world):
            yield states


def replace(
    world: World, states: Mapping[Place, ServiceState], clock: tuple[datetime | None, timedelta], everywhere: Everywhere
) -> None:
    """Put other states in place of all there are, and set the clock. Snapshots of those stay."""
    with _one_at_a_time:
        with _held(everywhere.states(), everywhere.world):
            shown, wanted = _Shown(), _Shown()
            shown.look(everywhere.states(), {}, ())
            wanted.look(states, {}, ())
            everywhere.settle(world, states)
            settings.clock.position = clock
        wanted.replace(shown)


@contextmanager
def _held(states: Mapping[Place, ServiceState], world: World) -> Iterator[None]:
    """Nobody else changes anything meanwhile. Locks are taken in one order by all."""
    with ExitStack() as held:
        for _, state in sorted(states.items(), key=lambda item: item[0]):
            held.enter_context(state.lock)
        for _, registry in sorted(world.registries.items()):
            held.enter_context(registry.lock)
        yield


@dataclass
class _Shown:
    """What is shown of resources in S3, and who can change that."""

    files: dict[tuple[str, str], tuple[Neighbours, Offered]] = field(default_factory=dict)
    buckets: dict[str, Neighbours] = field(default_factory=dict)

    def look(self, states: Mapping[Place, ServiceState], others: Mapping[Place, ServiceState], changed: Iterable[Record]) -> None:
        """Look at what was changed; where another state was or comes, at everything."""
        some = tuple(changed)
        for place, state in states.items():
            is_the_same = others.get(place) is state
            records = some if is_the_same else [record for table in state.tables().values() for record in table]
            for family in state.families if records else ():
                self.files |= {where: (state.neighbours, file) for where, file in family.shows(records).items()}
                self.buckets |= dict.fromkeys(family.buckets(records), state.neighbours)

    def replace(self, before: _Shown) -> None:
        """Show this and no longer what was shown before."""
        for where in before.files.keys() - self.files.keys():
            before.files[where][0].withdraw(*where)
        for bucket in before.buckets.keys() - self.buckets.keys():
            before.buckets[bucket].close(bucket)
        for where, (neighbours, file) in self.files.items():
            if neighbours.offered(*where) != file:
                neighbours.offer(*where, *file)
