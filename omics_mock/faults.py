"""Faults that a test scripts: errors of the service, latency, lost connections, broken answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias

from omics_mock.broken_answers import Body, BrokenBody
from omics_mock.calls import without_bytes
from omics_mock.exceptions import ServiceError
from omics_mock.operations import called

if TYPE_CHECKING:
    from omics_mock.clock import Clock
    from omics_mock.wire.model import Operation

When: TypeAlias = Callable[[Mapping[str, object]], object]

_EXCEPTIONS = {"omics": "omics_mock.exceptions", "imagebuilder": "omics_mock.imagebuilder.exceptions"}
"""Where the exceptions of each service are."""

_MESSAGES = {
    "AccessDeniedException": "User is not authorized to perform this action",
    "CallRateLimitExceededException": "Rate exceeded",
    "ConflictException": "The request conflicts with the state of the resource",
    "InternalServerException": "An unexpected error occurred. Try the request again.",
    "RequestTimeoutException": "The request timed out",
    "ResourceNotFoundException": "The resource was not found",
    "ServiceException": "An unexpected error occurred",
    "ServiceQuotaExceededException": "The request exceeds a service quota",
    "ServiceUnavailableException": "The service is unavailable at the moment",
    "ThrottlingException": "Rate exceeded",
    "TooManyRequestsException": "Rate exceeded",
}


class UnusedFault(AssertionError):
    """A fault that was meant to happen did not, or not as often as it was meant to."""


@dataclass(frozen=True)
class Latency:
    """The answer takes ``seconds``, on the mock's clock."""

    seconds: float

    def __post_init__(self) -> None:
        if self.seconds < 0:
            raise ValueError(f"a latency is a number of seconds, not {self.seconds!r}")


class ConnectionFailure(Exception):
    """No answer comes, and the operation is not served.

    ``kind`` is ``"refused"``, ``"timeout"`` (while connecting), ``"read_timeout"``, ``"reset"`` or ``"closed"``.
    """

    KINDS: Mapping[str, str] = {
        "refused": "EndpointConnectionError",
        "timeout": "ConnectTimeoutError",
        "read_timeout": "ReadTimeoutError",
        "reset": "ConnectionClosedError",
        "closed": "ConnectionClosedError",
    }
    """What botocore raises for each kind."""

    def __init__(self, kind: str = "reset") -> None:
        if kind not in self.KINDS:
            raise ValueError(f"unknown connection failure {kind!r}; known: {', '.join(self.KINDS)}")
        super().__init__(kind)
        self.kind = kind

    @property
    def seen_as(self) -> str:
        """The name of the exception that botocore raises."""
        return self.KINDS[self.kind]

    def __repr__(self) -> str:
        return f"ConnectionFailure({self.kind!r})"


@dataclass(frozen=True)
class _Modelled:
    """An error that the service's model has."""

    code: str
    service: str | None = None
    """Which service's, where the test says so."""

    def __str__(self) -> str:
        return self.code

    def is_declared_by(self, operation: Operation) -> bool:
        return self.code in operation.errors and self.service in (None, operation.service)

    def error(self, operation: Operation, message: str | None) -> ServiceError:
        known = getattr(import_module(_EXCEPTIONS[operation.service]), self.code, None)
        kind: type[ServiceError] = known or type(self.code, (ServiceError,), {"service": operation.service})
        return kind(_MESSAGES.get(self.code, f"{operation.name} failed") if message is None else message)


Effect: TypeAlias = _Modelled | Latency | ConnectionFailure | BrokenBody
Error: TypeAlias = str | type[Exception] | ServiceError | Latency | ConnectionFailure | BrokenBody | type[BrokenBody]
"""What ``add`` takes: an exception by name, class or instance, or one of the classes of this module and their like."""


@dataclass(eq=False)
class Fault:
    """One scripted fault: ``used`` says how often it has happened, ``matched`` how many calls it was meant for."""

    operation: str
    effect: Effect
    times: int | None
    after: int
    when: When | None
    account: str | None
    region: str | None
    message: str | None
    optional: bool
    strikes: frozenset[Operation] = field(repr=False)
    used: int = field(default=0, init=False)
    matched: int = field(default=0, init=False)

    @property
    def is_spent(self) -> bool:
        """Whether it will not happen again."""
        return self.used == self.times

    @property
    def is_unused(self) -> bool:
        """Whether it was meant to happen, or to happen more often."""
        return not self.optional and self.used < (self.times or 1)

    @property
    def is_due(self) -> bool:
        """Whether it happens to the call that was matched last."""
        return self.matched > self.after and not self.is_spent

    def matches(self, operation: Operation, params: Mapping[str, Any], account: str, region: str) -> bool:
        """Whether it is meant for such a call."""
        return (
            operation in self.strikes
            and self.account in (None, account)
            and self.region in (None, region)
            and not self.is_spent
            and (self.when is None or bool(self.when(without_bytes(params))))
        )

    def __str__(self) -> str:
        limits = [f"{name}={value!r}" for name in ("after", "account", "region") if (value := getattr(self, name))]
        limits += ["when=..."] if self.when else []
        name = f"{self.operation}: {self.effect}" + (f" ({', '.join(limits)})" if limits else "")
        wanted = "" if self.times is None else f" of {self.times}"
        return f"{name} was used {self.used}{wanted} times, with {self.matched} matching calls"


class Faults(Collection[Fault]):
    """The faults of one mock, in the order they were added. Those of the mocks around it happen too, after its own."""

    def __init__(self, clock: Clock, outer: Faults | None = None) -> None:
        self._clock = clock
        self._outer = outer
        self._faults: list[Fault] = []
        self._called: Counter[str] = Counter()
        self._lock = Lock()

    def add(
        self,
        operation: str,
        error: Error,
        times: int | None = 1,
        after: int = 0,
        when: When | None = None,
        account: str | None = None,
        region: str | None = None,
        message: str | None = None,
        optional: bool = False,
    ) -> Fault:
        """Let calls of ``operation`` (``"GetRun"``; ``"*"`` for every one) meet ``error``.

        The first ``after`` matching calls go through, then ``times`` of them fail (None: all of them). ``when`` is asked with
        the parameters of the request. A fault that is not used up fails the test, unless it is ``optional``.
        """
        if times is not None and times < 1:
            raise ValueError(f"times is at least 1, or None for every call, not {times!r}")
        if after < 0:
            raise ValueError(f"after is a number of calls, not {after!r}")
        effect, text = _effect(error)
        if message is not None and not isinstance(effect, _Modelled):
            raise ValueError(f"{effect} has no message: only errors of the service have one")
        strikes = _operations(operation, effect)
        fault = Fault(operation, effect, times, after, when, account, region, message or text, optional, strikes)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget them all, used or not."""
        with self._lock:
            self._faults.clear()
            self._called.clear()

    def keep_only(self, faults: Collection[Fault]) -> None:
        """Forget all but these, and what was called."""
        with self._lock:
            self._faults[:] = [fault for fault in self._faults if fault in faults]
            self._called.clear()

    @property
    def any_left(self) -> bool:
        """Whether a fault may still happen, one of the mocks around included."""
        here = bool(self._faults) and not all(fault.is_spent for fault in self._faults)
        return here or (self._outer is not None and self._outer.any_left)

    def check(self) -> None:
        """Raise UnusedFault if one that is not optional has not happened as often as it was meant to."""
        if unused := [fault for fault in self if fault.is_unused]:
            lines = "".join(f"\n  {fault}" for fault in unused)
            called = ", ".join(f"{name} ({count})" for name, count in self._called.items())
            raise UnusedFault(f"{len(unused)} fault{'s' * (len(unused) > 1)} not used up:{lines}\ncalled: {called or 'nothing'}")

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def __contains__(self, fault: object) -> bool:
        return fault in self._faults

    def __repr__(self) -> str:
        return f"Faults({[str(fault) for fault in self]})"

    # ---- for the engine ----------------------------------------------------------------------------------------------

    def strike(self, operation: Operation, params: Mapping[str, Any], account: str, region: str) -> Callable[[Body], Body]:
        """Let the fault happen that is due, if one is: raise its error, or say what becomes of the answer's body."""
        if not self._faults and self._outer is None:
            return unbroken
        fault = self._due(operation, params, account, region, free=True)
        if fault is None:
            return unbroken
        match fault.effect:
            case _Modelled() as modelled:
                error = modelled.error(operation, fault.message)
                error.add_note(f"omics.faults made this happen: {fault}")
                raise error
            case ConnectionFailure(kind=kind):
                raise ConnectionFailure(kind)
            case Latency(seconds):
                self._clock.advance(seconds)
            case BrokenBody() as broken:  # pragma: no branch - there is no other effect
                return broken.spoil
        return unbroken

    def _due(self, operation: Operation, params: Mapping[str, Any], account: str, region: str, free: bool) -> Fault | None:
        """The first fault that is due. Every fault counts the calls it matches, also those that another one happens to."""
        due = None
        if self._faults:
            matching = [fault for fault in self if fault.matches(operation, params, account, region)]
            with self._lock:
                self._called[operation.name] += 1
                for fault in matching:
                    if fault.is_spent:  # by another thread, since it was asked
                        continue
                    fault.matched += 1
                    if free and fault.is_due:
                        due, free = fault, False
                        fault.used += 1
        around = None if self._outer is None else self._outer._due(operation, params, account, region, free)
        return due or around


def unbroken(body: Body) -> Body:
    """The body as it is."""
    return body


def _effect(error: Error) -> tuple[Effect, str | None]:
    """What is meant, and the message that came with it."""
    match error:
        case Latency() | ConnectionFailure() | BrokenBody():
            return error, None
        case ServiceError():
            return _Modelled(error.code, error.service), error.message
        case type() if issubclass(error, ConnectionFailure | BrokenBody):
            return error(), None
        case type() if issubclass(error, ServiceError):
            return _Modelled(error.__name__, error.service), None
        case type() if issubclass(error, Exception):
            name = error.__name__  # an exception of a client, or botocore's own
        case str():
            name = error
        case _:
            raise TypeError(f"{error!r} is no exception, latency, connection failure or broken body")
    kinds = {seen_as: kind for kind, seen_as in ConnectionFailure.KINDS.items()}
    return (ConnectionFailure(kinds[name]) if name in kinds else _Modelled(name)), None


def _operations(name: str, effect: Effect) -> frozenset[Operation]:
    """The operations that are meant and that the effect suits; a ValueError says what is wrong."""
    found, every = called(name), name.rpartition(":")[2] == "*"
    suited = [operation for operation in found if _suits(effect, operation)]
    if suited:
        return frozenset(suited if every else suited[:1])
    if isinstance(effect, _Modelled):
        declared = sorted({error for operation in found for error in operation.errors})
        raise ValueError(f"{name} does not declare {effect}; it declares {', '.join(declared)}")
    raise ValueError(f"{name} has no answer that {effect} could break")


def _suits(effect: Effect, operation: Operation) -> bool:
    match effect:
        case _Modelled():
            return effect.is_declared_by(operation)
        case BrokenBody():
            return effect.suits(operation)
    return True
