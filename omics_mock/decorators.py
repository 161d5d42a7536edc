"""Entering a mock around whatever Python calls a function, and around each test of a class."""

from __future__ import annotations

import inspect
import sys
import unittest
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from omics_mock.faults import UnusedFault

if TYPE_CHECKING:
    from omics_mock.mock import OmicsMock

F = TypeVar("F", bound=Callable[..., Any])
Fresh: TypeAlias = "Callable[[], OmicsMock]"
Around = Callable[[tuple[Any, ...]], AbstractContextManager[object]]

_SET_UPS = ("setup_method", "setUp", "setup")
_TEAR_DOWNS = ("teardown_method", "tearDown", "teardown")
_OPEN = "_omics_mock_open"


def decorate(target: F, fresh: Fresh) -> F:
    """``target`` with a fresh mock around every call; if a class, around each test with set-up and tear-down."""
    if not inspect.isclass(target):
        return cast("F", _function(target, lambda args: fresh()))
    if issubclass(target, unittest.TestCase):
        _test_case(target, fresh)
    else:
        _plain_class(target, fresh)
    return target


def _function(func: Any, around: Around) -> Any:
    if isinstance(func, staticmethod | classmethod):
        return type(func)(_function(func.__func__, around))
    if not callable(func) or type(func).__name__ == "FixtureFunctionDefinition":
        raise TypeError(f"cannot decorate {func!r}; below @pytest.fixture the decorator sees the function")

    @wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        with around(args):
            return func(*args, **kwargs)

    @wraps(func)
    async def await_(*args: Any, **kwargs: Any) -> Any:
        with around(args):
            return await func(*args, **kwargs)

    @wraps(func)
    def generate(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with around(args):
            return (yield from func(*args, **kwargs))

    @wraps(func)
    async def generate_async(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with around(args):
            async with aclosing(func(*args, **kwargs)) as items:
                async for item in items:
                    yield item

    if inspect.isasyncgenfunction(func):
        return generate_async
    if inspect.isgeneratorfunction(func):
        return generate
    return await_ if inspect.iscoroutinefunction(func) else call


def _test_case(case: type[unittest.TestCase], fresh: Fresh) -> None:
    # One run is one test: set-up, the test (also an async or an inherited one), tear-down and clean-ups.
    run: Callable[..., object] = case.run

    @wraps(run)
    def run_mocked(self: unittest.TestCase, result: unittest.TestResult | None = None) -> unittest.TestResult:
        mock = fresh().start()
        try:
            reported = self.defaultTestResult() if result is None else result
            run(self, _Checked(reported, mock))
            return reported
        finally:
            mock.stop(passed=False)

    mocked = {"run": run_mocked, "debug": _function(case.debug, lambda args: fresh())}
    for name, method in mocked.items():
        setattr(case, name, method)


class _Checked:
    """A result of unittest's, to which a test that leaves faults unused has failed."""

    def __init__(self, result: unittest.TestResult, mock: OmicsMock) -> None:
        self._result = result
        self._mock = mock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802 - as unittest calls it
        try:
            self._mock.faults.check()
        except UnusedFault:
            self._result.addFailure(test, cast("Any", sys.exc_info()))
        else:
            self._result.addSuccess(test)


def _plain_class(cls: type, fresh: Fresh) -> None:
    """Wrap the methods. What a test's set-up opens stays open until its tear-down is done."""

    def is_open(instance: Any) -> bool:
        return _OPEN in vars(instance)

    def open_(instance: Any) -> None:
        vars(instance)[_OPEN] = fresh().start()

    def close(instance: Any) -> None:
        if is_open(instance):
            vars(instance).pop(_OPEN).stop(passed=False)

    def check(instance: Any) -> None:
        if is_open(instance):
            vars(instance)[_OPEN].faults.check()

    @contextmanager
    def opened(args: tuple[Any, ...]) -> Iterator[None]:
        """Around a method: open, unless the test has done so."""
        instance = args[0]
        if is_open(instance):
            yield
            return
        open_(instance)
        try:
            yield
            check(instance)
        finally:
            close(instance)

    def set_up(original: Callable[..., object] | None) -> Callable[..., None]:
        # pytest passes the test if there is a parameter for it: then it also calls the tear-down.
        def set_up_and_stay(self: Any, method: object = None) -> None:
            if not is_open(self):
                open_(self)
                if isinstance(self, unittest.TestCase):  # a mixin
                    self.addCleanup(close, self)
            try:
                if original is not None:
                    original(*((self, method) if _takes(original) > 1 else (self,)))
            except BaseException:
                close(self)
                raise
            # Called by hand: the test itself closes, unless a tear-down is to come.
            vars(self)["_omics_mock_by_hand"] = not (method or own_tear_down or isinstance(self, unittest.TestCase))

        return set_up_and_stay if original is None else wraps(original)(set_up_and_stay)

    def tear_down(original: Callable[..., object] | None) -> Callable[..., None]:
        def tear_down_and_close(self: Any, method: object = None) -> None:
            try:
                if original is not None:
                    original(*((self, method) if _takes(original) > 1 else (self,)))
            finally:
                close(self)

        return tear_down_and_close if original is None else wraps(original)(tear_down_and_close)

    @contextmanager
    def tested(args: tuple[Any, ...]) -> Iterator[None]:
        instance = args[0]
        with opened(args):
            try:
                yield
                check(instance)  # later, in the tear-down, it would not be the test that fails
            finally:
                if vars(instance).pop("_omics_mock_by_hand", False):
                    close(instance)

    own_tear_down = any(hasattr(cls, name) for name in _TEAR_DOWNS)
    for name in (*_SET_UPS, *_TEAR_DOWNS):
        wrap = set_up if name in _SET_UPS else tear_down
        original = getattr(cls, name, None)
        if inspect.isfunction(original) or name.endswith("_method"):
            setattr(cls, name, wrap(original))
    for name, member in inspect.getmembers_static(cls):
        if inspect.isfunction(member) and not name.startswith("_") and name not in (*_SET_UPS, *_TEAR_DOWNS):
            setattr(cls, name, _function(member, tested if name.startswith("test") else opened))
        elif inspect.isclass(member) and name in vars(cls) and not name.startswith("_"):
            decorate(member, fresh)


def _takes(method: Callable[..., object]) -> int:
    return len(inspect.signature(method).parameters)
