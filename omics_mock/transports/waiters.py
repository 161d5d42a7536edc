"""Waiters that poll, and calls that are tried again, without sleeping: the mock's clock moves instead."""

from __future__ import annotations

import copy
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore import endpoint
from botocore.endpoint import Endpoint
from botocore.waiter import Waiter

from omics_mock import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def sleepless(mocked: Callable[[str], bool]) -> Iterator[None]:
    """Whatever a client whose endpoint is ``mocked`` would wait for passes on the mock's clock."""
    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(Waiter, "wait", _waiting(mocked)))
        pauses = _Pauses(mocked)
        patches.enter_context(mock.patch.object(endpoint, "time", pauses))
        patches.enter_context(mock.patch.object(Endpoint, "_needs_retry", pauses.noting_the_endpoint()))
        yield


def _waiting(mocked: Callable[[str], bool]) -> Callable[..., None]:
    """``Waiter.wait``, but that it advances the clock by its delay between polls."""
    really_wait: Callable[..., None] = Waiter.wait

    def wait(self: Waiter, **kwargs: Any) -> None:
        poll: Callable[..., Any] = self._operation_method  # type: ignore[attr-defined]
        # botocore wraps the client's method; a user's own Waiter may hold the method itself.
        client = getattr(getattr(poll, "_client_method", poll), "__self__", None)
        endpoint = getattr(getattr(client, "meta", None), "endpoint_url", None)
        if endpoint is None or not mocked(endpoint):
            return really_wait(self, **kwargs)

        config = dict(kwargs.pop("WaiterConfig", {}))
        model: Any = self.config
        delay: float = config.get("Delay", model.delay)
        polled = False

        def poll_later(**params: Any) -> Any:
            nonlocal polled
            if polled:
                settings.clock.advance(delay)
            polled = True
            return poll(**params)

        awake = copy.copy(self)  # the waiter itself may be in use by another thread
        awake._operation_method = poll_later  # type: ignore[attr-defined]
        return really_wait(awake, **kwargs, WaiterConfig={**config, "Delay": 0})

    return wait


class _Pauses:
    """Stands for the module ``time`` where botocore pauses before it tries a call again."""

    def __init__(self, mocked: Callable[[str], bool]) -> None:
        self._mocked = mocked
        self._trying = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        if self._mocked(getattr(self._trying, "host", "")):
            settings.clock.advance(seconds)
        else:
            time.sleep(seconds)

    def noting_the_endpoint(self) -> Callable[..., bool]:
        """``Endpoint._needs_retry``, which pauses if it finds that a retry is needed."""
        really_needs_retry: Callable[..., bool] = Endpoint._needs_retry  # type: ignore[attr-defined]

        def needs_retry(endpoint: Endpoint, *args: Any, **kwargs: Any) -> bool:
            self._trying.host = endpoint.host
            return really_needs_retry(endpoint, *args, **kwargs)

        return needs_retry
