"""What users hold: ``mock_omics`` to enter the mock, ``OmicsMock`` to steer it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, TypeVar, Unpack, overload
from unittest import mock

from omics_mock import settings
from omics_mock.decorators import decorate

if TYPE_CHECKING:
    from datetime import datetime
    from types import TracebackType

    from botocore.client import BaseClient
    from mypy_boto3_omics import OmicsClient
    from mypy_boto3_s3 import S3Client

    from omics_mock.calls import CallLog
    from omics_mock.clock import Clock
    from omics_mock.faults import Faults
    from omics_mock.given import Given
    from omics_mock.operations import Handler
    from omics_mock.rules import Value
    from omics_mock.runs_simulator.plans import Supplied, TaskPlan
    from omics_mock.snapshots import Snapshot

F = TypeVar("F", bound=Callable[..., object])


class MockOptions(TypedDict, total=False):
    """The options of ``mock_omics``, all by keyword."""

    lifecycle: settings.Policy
    seed: int | None
    now: datetime | str | None
    strict: bool
    rules: Mapping[str, Value]
    quotas: Mapping[str, int | None]
    skip_sleep: bool
    direct: bool | None
    config: Mapping[str, object] | None


_OPTIONS = tuple(field.name for field in fields(settings.Options))
_active: list[OmicsMock] = []


class OmicsMock:
    """AWS HealthOmics, and every other service moto knows, mocked while active.

    A decorator for functions, coroutine functions, fixtures and test classes; a context manager, also an async one; or
    ``start()`` and ``stop()``.
    """

    def __init__(self, **options: Unpack[MockOptions]) -> None:
        if unknown := sorted(set(options) - set(_OPTIONS)):
            raise TypeError(f"mock_omics has no option {', '.join(unknown)}; it has {', '.join(_OPTIONS)}")
        self._given = options
        self._options = settings.Options(**options)
        settings.Frame(self._options)  # complains now, not when it is entered
        self._frame: settings.Frame | None = None
        self._running: list[tuple[ExitStack, settings.Frame]] = []

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._given.items())
        return f"<OmicsMock({given}) {'active' if self._running else 'not active'}>"

    # ---- entering and leaving ----------------------------------------------------------------------------------------

    def __call__(self, func: F) -> F:
        """Decorate a function or class: every call, or every test, gets a mock of its own with these options."""
        return decorate(func, lambda: OmicsMock(**self._given))

    def start(self) -> Self:
        """Begin mocking. Inside an active mock: with these options until ``stop``, on the same resources."""
        from omics_mock.transports import moto as transport
        from omics_mock.transports.entering import mocking

        transport.install()
        with ExitStack() as entered:
            frame = settings.push(self._options)
            entered.callback(settings.pop)
            _active.append(self)
            entered.callback(_active.remove, self)
            entered.enter_context(mocking(self._options.config))
            if self._options.skip_sleep:
                entered.enter_context(_sleeping_skipped())
            self._frame = frame
            self._running.append((entered.pop_all(), frame))
        return self

    def stop(self, *, passed: bool | None = None) -> None:
        """End what the latest ``start`` began.

        If the test ``passed`` so far, faults that it did not use are an UnusedFault, raised when everything is as it was.
        Unless told, it passed if no exception is being handled.
        """
        if not self._running:
            raise RuntimeError("stop() without start()")
        entered, frame = self._running.pop()
        entered.close()
        if self._running:
            self._frame = self._running[-1][1]
        if sys.exception() is None if passed is None else passed:
            frame.faults.check()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop(passed=kind is None)

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop(passed=kind is None)

    @classmethod
    def current(cls) -> OmicsMock:
        """The innermost active mock, also inside decorated functions and under plain ``moto.mock_aws``."""
        if _active:
            return _active[-1]
        transport = sys.modules.get("omics_mock.transports.moto")
        if transport is None or not transport.active():
            raise RuntimeError("no mock is active")
        plain = cls()
        plain._frame = settings.frame()
        return plain

    def reset(self) -> None:
        """Empty every mocked service, forget the calls, faults and lifecycles of this mock, and put the clock back."""
        from omics_mock.transports import moto as transport

        live = self._live
        transport.reset()
        settings.reset()
        live.calls.clear()
        live.faults.clear()
        live.lifecycles.clear()
        live.plans.clear()
        live.handlers.clear()

    def snapshot(self) -> Snapshot:
        """All resources of all accounts and regions as they are now, with ids and clock, for ``restore``.

        It costs little however much there is. It does not hold what moto's other services have.
        """
        from omics_mock import snapshots
        from omics_mock.transports.everywhere import MotoEverywhere

        return snapshots.take(MotoEverywhere())

    def restore(self, snapshot: Snapshot) -> None:
        """Put back what there was at a snapshot, as often as wanted. This ends the snapshots that were taken after it.

        Raises ValueError for a snapshot that has ended: so, by a reset, or with its mock.
        """
        from omics_mock import snapshots
        from omics_mock.transports.everywhere import MotoEverywhere

        snapshots.restore(snapshot, MotoEverywhere())

    def dump(self, folder: str | PathLike[str]) -> None:
        """Write all resources of all accounts and regions, with ids and clock, to a folder: readable JSON, and bytes beside it.

        Raises ValueError for what can not be written: a run under way that has a plan with an ``effect`` or files as outputs.
        """
        from omics_mock import dumps
        from omics_mock.transports.everywhere import MotoEverywhere

        dumps.dump(Path(folder), MotoEverywhere())

    def load(self, folder: str | PathLike[str]) -> None:
        """Put what ``dump`` wrote in place of all there is.

        Raises ValueError, and changes nothing, for a damaged dump and for one of a newer version.
        """
        from omics_mock import dumps
        from omics_mock.transports.everywhere import MotoEverywhere

        dumps.load(Path(folder), MotoEverywhere())

    # ---- looking and steering ----------------------------------------------------------------------------------------

    @property
    def _live(self) -> settings.Frame:
        if self._frame is None:
            raise RuntimeError("this mock was never started")
        return self._frame

    @property
    def calls(self) -> CallLog:
        """Every call of HealthOmics and Image Builder in order, failed ones too. Still there after the mock has ended."""
        return self._live.calls

    @property
    def faults(self) -> Faults:
        """The errors, delays and broken answers that calls are to meet: ``faults.add("GetRun", "ThrottlingException")``."""
        return self._live.faults

    @property
    def given(self) -> Given:
        """Resources in whatever state a test begins with: ``given.run(status="FAILED")``, one method for each kind."""
        from omics_mock.given import Given

        return Given()

    @property
    def clock(self) -> Clock:
        """The mock's clock."""
        return settings.clock

    @property
    def rules(self) -> MutableMapping[str, Value]:
        """The switches for disputed points, live."""
        return self._live.rules

    @property
    def quotas(self) -> MutableMapping[str, int | None]:
        """The limits of an account, live."""
        return self._live.quotas

    def lifecycle(self, kind: str, policy: settings.Policy) -> None:
        """Choose how resources of one kind (``"run"``, ``"workflow"`` ...) move through their states."""
        from omics_mock.lifecycle import KINDS

        if kind not in KINDS:
            raise ValueError(f"unknown kind {kind!r}; known: {', '.join(sorted(KINDS))}")
        self._live.lifecycles[kind] = settings.checked_policy(policy)

    def advance(self, id_or_arn: str, to: str) -> None:
        """Move one resource, of whatever account and region, to a state ahead of it."""
        from omics_mock.transports.moto import states

        if not any(state.advance(id_or_arn, to) for state in states()):
            raise LookupError(f"no resource has the id or ARN {id_or_arn!r}")

    def finish_all(self) -> None:
        """Move every resource to its terminal state."""
        from omics_mock.transports.moto import states

        for state in states():
            state.finish_all()

    def plan_run(
        self,
        *,
        workflow: str | None = None,
        name: str | None = None,
        parameters: Mapping[str, object] | None = None,
        when: Callable[[dict[str, Any]], bool] | None = None,
        tasks: Sequence[TaskPlan | str] | Mapping[str, TaskPlan] | None = None,
        outputs: Mapping[str, Supplied] | None = None,
        fail: str | Mapping[str, str] | None = None,
        retries: int | Mapping[str, int] = 0,
        cache_hits: bool | Iterable[str] = (),
        effect: Callable[[dict[str, Any], S3Client], object] | None = None,
    ) -> None:
        """Script what runs do that are started from now on. Of several plans for a run the latest counts.

        It is for the runs that match all that is given: ``workflow`` (id, name or ARN), ``name`` of the run, ``parameters`` (those
        named have these values), ``when`` (called with the run). Without any of them it is for every run.

        ``tasks``: names or mappings of name, cpus, memory (GiB), gpus, image, seconds, status, metrics and log, in place of the
        definition's; or a mapping by name of what is to be different. ``outputs``: by the name of an output or a path below the
        run's outputs: bytes, text, a Path, a JSON value, or a list of them. ``fail``: a failureReason, or a mapping of reason,
        message and task. ``retries``: how many attempts of each task, or of those named, the service loses first. ``cache_hits``:
        the tasks whose results the run's cache has, or True. ``effect``: called with the run and an S3 client of the mock when the
        run has written its outputs.

        Raises ValueError or TypeError for what no run can do, at the latest when a run is started that it is for.
        """
        from omics_mock.runs_simulator.failures import parsed
        from omics_mock.runs_simulator.plans import RunPlan

        def with_s3(run: dict[str, Any]) -> None:
            _, _, _, region, account, _ = run["arn"].split(":", 5)
            s3: Any = self.client("s3", region, account)
            if effect is not None:  # pragma: no branch - for mypy
                effect(run, s3)

        plan = RunPlan(
            workflow,
            name,
            parameters,
            when,
            tasks,
            outputs or {},
            parsed(fail),
            retries,
            cache_hits,
            with_s3 if effect is not None else None,
        )
        self._live.plans.append(plan)

    def on(self, operation: str, fn: Handler | None) -> None:
        """Serve an operation with a function of the test's own: one the library does not know yet, or in place of its own answer.

        ``fn`` is called with the request's members, which are checked already, and answers the response's, or raises an
        exception of ``omics_mock.exceptions``. None gives the operation back. A ValueError tells when botocore has no such
        operation either.
        """
        from omics_mock.operations import to_be_served

        meant = to_be_served(operation)
        if fn is None:
            self._live.handlers.pop(meant, None)
        elif callable(fn):
            self._live.handlers[meant] = fn
        else:
            raise TypeError(f"{operation} is served by a function, not {fn!r}")

    @overload
    def client(
        self,
        service: Literal["omics"] = "omics",
        region: str | None = None,
        account: str | None = None,
        **kwargs: object,
    ) -> OmicsClient: ...
    @overload
    def client(
        self, service: Literal["s3"], region: str | None = None, account: str | None = None, **kwargs: object
    ) -> S3Client: ...
    @overload
    def client(self, service: str, region: str | None = None, account: str | None = None, **kwargs: object) -> BaseClient: ...
    def client(
        self, service: str = "omics", region: str | None = None, account: str | None = None, **kwargs: Any
    ) -> OmicsClient | BaseClient:
        """A boto3 client, in us-east-1 if no region is configured, for another account if asked."""
        import boto3

        session = boto3._get_default_session()
        region = kwargs.pop("region_name", None) or region or session.region_name or "us-east-1"
        client: BaseClient = session.client(service, region_name=region, **kwargs)  # type: ignore[call-overload]  # any service
        if account is not None:
            header = account

            def for_account(params: dict[str, Any], **_: object) -> None:
                params["headers"]["x-moto-account-id"] = header

            client.meta.events.register("before-call", for_account)
        return client


@contextmanager
def _sleeping_skipped() -> Iterator[None]:
    """``time.sleep`` and ``asyncio.sleep`` advance the clock instead of waiting."""
    import asyncio

    let_others_run = asyncio.sleep

    def sleep(seconds: float) -> None:
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        settings.clock.advance(seconds)

    async def sleep_async(delay: float, result: object = None) -> object:
        settings.clock.advance(max(delay, 0))
        await let_others_run(0)
        return result

    with mock.patch("time.sleep", sleep), mock.patch("asyncio.sleep", sleep_async):
        yield


@overload
def mock_omics(func: F, /) -> F: ...
@overload
def mock_omics(**options: Unpack[MockOptions]) -> OmicsMock: ...
def mock_omics(func: Any = None, /, **options: Any) -> Any:
    """Mock AWS HealthOmics and all that moto mocks, as a decorator or a context manager."""
    if func is None:
        return OmicsMock(**options)
    if options or not (callable(func) or isinstance(func, staticmethod | classmethod)):
        raise TypeError(f"mock_omics takes its options by keyword, not {func!r}")
    return OmicsMock()(func)


mock_imagebuilder = mock_omics
"""The same under the name that users of EC2 Image Builder look for."""
