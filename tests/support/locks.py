"""Locks that say who takes which while holding which others. ``pytest -p tests.support.locks`` watches those of all tests."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from itertools import pairwise
from typing import Any

import moto.core.base_backend
import pytest

from omics_mock import journal, snapshots
from omics_mock.backends.world import ShareRegistry
from omics_mock.dumps import known, writing
from omics_mock.neighbours import log_groups, own_buckets
from omics_mock.neighbours.moto import MotoNeighbours
from omics_mock.state import ServiceState

ACCOUNT, SHARES, DELIVERY = "account", "shares", "delivery"

CALLABLE_UNDER_A_LOCK = {"may_write", "presigned_url", "awaits_events", "image", "role_trusts_us"}
"""Neighbours that are only looked at. ``s3_object`` is one as long as it does not read."""


class Watch:
    """What was seen of the locks: which were taken, which while others were held, and what is wrong with that."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.edges: dict[tuple[str, str], str] = {}
        self.wrong: list[str] = []
        self._own = threading.local()

    @property
    def held(self) -> list["Watched"]:
        """What this thread holds, in the order in which it was taken."""
        if not hasattr(self._own, "held"):
            self._own.held = []
        found: list[Watched] = self._own.held
        return found

    @property
    def of_ours(self) -> list[str]:
        """The names of those that no neighbour may be called under."""
        return [lock.name for lock in self.held if lock.kind in (ACCOUNT, SHARES)]

    def note(self, lock: "Watched") -> None:
        """A lock is about to be taken."""
        self.taken.append(lock.name)
        if lock in self.held:
            return
        for outer in self.held:
            if (outer.name, lock.name) not in self.edges:
                self.edges[outer.name, lock.name] = _where()
            if outer.kind == SHARES and lock.kind == ACCOUNT:
                self.wrong.append(f"{lock.name} is taken while {outer.name} is held: {_where()}")

    def cycle(self) -> list[str]:
        """Locks that are taken in a circle, which is how threads come to wait for one another; none if there is no such."""
        following: dict[str, list[str]] = {}
        for outer, inner in self.edges:
            following.setdefault(outer, []).append(inner)
        done, path = set[str](), list[str]()

        def found(name: str) -> list[str]:
            if name in path:
                return [*path[path.index(name) :], name]
            if name in done:
                return []
            path.append(name)
            circle = next((circle for inner in following.get(name, ()) if (circle := found(inner))), [])
            path.pop()
            done.add(name)
            return circle

        return next((circle for name in tuple(following) if (circle := found(name))), [])

    def check(self) -> None:
        """Fail if threads could come to wait for one another, or a neighbour was called at the wrong time."""
        assert not self.wrong, "\n".join(self.wrong)
        circle = self.cycle()
        assert not circle, "\n".join(f"{pair}: {self.edges[pair]}" for pair in pairwise(circle))


class Watched:
    """A lock that is watched."""

    def __init__(self, watch: Watch, name: str, kind: str, lock: Any = None) -> None:
        self._watch, self.name, self.kind = watch, name, kind
        self._lock = threading.RLock() if lock is None else lock

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if blocking:  # nobody waits for a lock that is only tried
            self._watch.note(self)
        got: bool = self._lock.acquire(blocking, timeout)
        if got:
            self._watch.held.append(self)
        return got

    def release(self) -> None:
        held = self._watch.held
        del held[len(held) - 1 - held[::-1].index(self)]
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def _where() -> str:
    """Who calls, without the frames of this module."""
    frame: Any = sys._getframe(1)
    places: list[str] = []
    while frame is not None and len(places) < 6:
        name: str = frame.f_globals.get("__name__", "")
        if name.startswith(("omics_mock", "moto")):
            places.append(f"{name}:{frame.f_lineno}")
        frame = frame.f_back
    return " < ".join(places)


@contextmanager
def watched_locks() -> Iterator[Watch]:
    """Watch the locks of all states that are made meanwhile, and those that they have in common."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:

        def replacing(kind: type, *named: tuple[str, str, str]) -> None:
            really_init: Callable[..., None] = vars(kind)["__init__"]

            @wraps(really_init)
            def init(self: Any, *args: Any) -> None:
                really_init(self, *args)
                for attribute, lock_kind, name in named:
                    setattr(self, attribute, Watched(watch, name.format(self=self, where=args[0]), lock_kind))

            patch.setattr(kind, "__init__", init)

        place = "{self.service} of {self.account} in {self.region}"
        replacing(ServiceState, ("lock", ACCOUNT, place), ("_delivering", DELIVERY, f"delivery of {place}"))
        replacing(ShareRegistry, ("lock", SHARES, "shares of {where}"))
        for module, attribute, name in (
            (journal, "_lock", "journal"),
            (snapshots, "_one_at_a_time", "snapshots"),
            (own_buckets, "changing", "S3 of the service"),
            (log_groups, "_writing", "logs"),
            (moto.core.base_backend, "backend_lock", "moto's backends"),
        ):
            patch.setattr(module, attribute, Watched(watch, name, name, getattr(module, attribute)))
        for name in (name for name in vars(MotoNeighbours) if not name.startswith("_")):
            if name not in CALLABLE_UNDER_A_LOCK:
                patch.setattr(MotoNeighbours, name, _outside_of_locks(watch, getattr(MotoNeighbours, name)))
        patch.setattr(writing, "CONSTRUCTED", (*known.CONSTRUCTED, Watched))  # no more to be dumped than any lock
        really_post = ServiceState.post

        def post(state: ServiceState) -> None:
            held: list[Any] = watch.held
            if state.lock not in held:
                watch.wrong.append(f"what is for the neighbours is posted without the lock of {state.account}: {_where()}")
            really_post(state)

        patch.setattr(ServiceState, "post", post)
        yield watch


def _outside_of_locks(watch: Watch, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def called(self: MotoNeighbours, *args: Any, **kwargs: Any) -> Any:
        only_looks = method.__name__ == "s3_object" and kwargs.get("read") is False
        if watch.of_ours and not only_looks:
            watch.wrong.append(f"{method.__name__} is called while {watch.of_ours} are held: {_where()}")
        return method(self, *args, **kwargs)

    return called


@pytest.fixture(autouse=True)
def locks_are_taken_in_order() -> Iterator[None]:
    """Active with ``-p tests.support.locks`` alone."""
    with watched_locks() as watch:
        yield
    watch.check()
