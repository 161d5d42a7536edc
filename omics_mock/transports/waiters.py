"""Waiters that poll without sleeping: the mock's clock moves instead."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore.waiter import Waiter

from omics_mock import settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def sleepless(mocked: Callable[[str], bool]) -> Iterator[None]:
    """Waiters of clients whose endpoint is ``mocked`` advance the clock by their delay between polls."""
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

    with mock.patch.object(Waiter, "wait", wait):
        yield
