"""What every service keeps of one account and region, and the families its operations are divided into."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from threading import RLock, local
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from omics_mock import settings
from omics_mock.ids import Ids
from omics_mock.lifecycle import Lifecycles
from omics_mock.tables import Record, Table
from omics_mock.wire.model import Operation, load

if TYPE_CHECKING:
    from omics_mock.engine import Replay
    from omics_mock.neighbours import Neighbours, Offered

F = TypeVar("F", bound="Family")


class Family:
    """One resource family of a service in one account and region.

    A subclass declares its operations and has a method for each; a method takes the request's members and returns the record
    the answer is projected from. ``prepare_<operation>`` looks things up in neighbouring services beforehand.
    """

    service: ClassVar[str]
    operations: ClassVar[tuple[str, ...]] = ()

    def __init__(self, region: ServiceState) -> None:
        self.region = region

    @classmethod
    def modelled(cls) -> list[Operation]:
        """The family's operations, as far as the installed botocore knows them."""
        known = load(cls.service).operations
        return [known[name] for name in cls.operations if name in known]

    @classmethod
    def url_bases(cls) -> list[str]:
        """Host patterns of the family, derived from the model's host prefixes."""
        prefixes = dict.fromkeys(operation.host_prefix for operation in cls.modelled())
        return [host_pattern(cls.service, prefix) for prefix in prefixes]

    @classmethod
    def url_paths(cls) -> dict[str, list[str]]:
        """Path patterns of the family, in moto's notation, with the operations each serves."""
        paths: dict[str, list[str]] = {}
        for operation in cls.modelled():
            pattern = "{0}" + re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", operation.uri) + "$"
            paths.setdefault(pattern, []).append(operation.name)
        return paths

    def shows(self, records: Collection[Record]) -> Mapping[tuple[str, str], Offered]:
        """What those of the records that are the family's show in buckets of the service's own, by bucket and key."""
        return {}

    def buckets(self, records: Collection[Record]) -> set[str]:
        """The buckets of the service's own that those of the records that are the family's stand for."""
        return set()


@cache
def host_pattern(service: str, prefix: str = "") -> str:
    """The hosts of a service; without a prefix, those of clients that do not inject any."""
    host = re.escape(prefix) + load(service).endpoint_prefix
    return rf"https?://{host}(?:-fips)?\.([^./]+)\.(?:amazonaws\.com(?:\.cn)?|api\.(?:aws|amazonwebservices\.com\.cn))"


class _ThisThread(local):
    delivers = False


_this_thread = _ThisThread()


class ServiceState:
    """Everything a service knows in one account and region.

    ``lock`` is held around an operation and the making of its answer; ``outbox`` collects what goes to neighbours afterwards.
    """

    service: ClassVar[str]
    owners: ClassVar[Mapping[str, type[Family]]]
    """Which family owns an operation."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.lock = RLock()
        self.lifecycles = Lifecycles()
        self.replays: dict[tuple[Any, ...], Replay] = {}
        self.outbox: list[Callable[[], None]] = []
        self._deliveries: deque[Callable[[], None]] = deque()
        self._delivering = RLock()
        self.caller = self.default_caller
        self.ids = Ids(settings.seed(), account, region)
        self.request_ids = Ids(settings.seed(), account, region, "requests")
        self._backends: dict[type[Family], Family] = {}

    @cached_property
    def partition(self) -> str:
        """The AWS partition the region belongs to."""
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(self.region.rsplit("-", 2)[0], "aws")

    @cached_property
    def default_caller(self) -> str:
        """Who calls when the transport cannot tell: the identity moto's STS answers with."""
        return f"arn:{self.partition}:sts::{self.account}:user/moto"

    @cached_property
    def neighbours(self) -> Neighbours:
        """The other services, as this account sees them from this region."""
        from omics_mock.neighbours.moto import MotoNeighbours

        # One for all threads: it keeps log events that nobody could read so far.
        made: Neighbours = vars(self).setdefault("neighbours", MotoNeighbours(self.account, self.region, self.partition))
        return made

    def arn(self, resource: str) -> str:
        """The ARN of a resource of ours, from its last part (``"workflow/1234567"``)."""
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{resource}"

    @property
    def families(self) -> Sequence[Family]:
        """The families of the service."""
        return [self._family(family) for family in dict.fromkeys(self.owners.values())]

    def backend_of(self, operation: str) -> Family | None:
        """The backend that owns an operation, if any does."""
        owner = self.owners.get(operation)
        return None if owner is None else self._backends.get(owner) or self._family(owner)

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """The tags of a resource of this account and region; none when there is no such resource."""
        return {}

    def tables(self) -> Mapping[str, Table[Any]]:
        """Every table by the kind of resource it holds."""
        attributes = (value for backend in self.families for value in tuple(vars(backend).values()))  # others may be adding some
        return {table.noun: table for table in attributes if isinstance(table, Table)}

    def records(self) -> Mapping[str, Iterable[Record]]:
        """Every resource by its kind."""
        return self.tables()

    def catch_up(self) -> None:
        """Do what the clock says is due."""

    def post(self) -> None:
        """The operation stands, and so does what it has for the neighbours. Called while the lock is held."""
        self._deliveries.extend(self.outbox)
        self.outbox.clear()

    def discard(self) -> None:
        """The operation failed: nobody saw anything, and nothing is for the neighbours."""
        self.lifecycles.discard_polls()
        self.outbox.clear()

    def deliver(self, wait: bool = True) -> None:
        """Deliver what was posted, in order. Called after the lock is released.

        While another thread delivers, this one waits until that is done. If it must not wait, the other one delivers all.
        """
        # What is delivered may call us: two threads that deliver for two states would wait for one another.
        while self._delivering.acquire(blocking=wait and not _this_thread.delivers):
            outside, _this_thread.delivers = _this_thread.delivers, True
            try:
                while self._deliveries:
                    self._deliveries.popleft()()
            finally:
                _this_thread.delivers = outside
                self._delivering.release()
            if not self._deliveries:  # pragma: no branch - nobody left us something in between: a race of threads
                return

    def _family(self, family: type[F]) -> F:
        backend = self._backends.get(family)
        if backend is None:
            backend = self._backends.setdefault(family, family(self))
        return backend  # type: ignore[return-value]  # it is kept under its own type
