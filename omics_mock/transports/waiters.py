"""Waiters that poll, and calls that are tried again, without sleeping: the mock's clock moves instead."""

from __future__ import annotations

import copy
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore import endpoint
from botocore.endpoint import Endpoint
from botocore.exceptions import CapacityNotAvailableError, WaiterError
from botocore.retries.bucket import TokenBucket
from botocore.waiter import Waiter

from omics_mock import settings
from omics_mock.transports.explaining import annotate_wait
from omics_mock.transports.replacing import Replaced

if TYPE_CHECKING:
    from collections.abc import Callable


def sleepless(mocked: Callable[[str], bool]) -> Replaced:
    """Whatever a client whose endpoint is ``mocked`` would wait for passes on the mock's clock."""
    pauses = _Pauses(mocked)
    return Replaced(
        (Waiter, "wait", _waiting(mocked)),
        (endpoint, "time", pauses),
        (Endpoint, "_send_request", pauses.noting_the_endpoint()),
        (TokenBucket, "acquire", pauses.acquiring()),
    )


def _waiting(mocked: Callable[[str], bool]) -> Callable[..., None]:
    """``Waiter.wait``, but that it advances the clock by its delay between polls."""
    really_wait: Callable[..., None] = Waiter.wait

    def wait(self: Waiter, **kwargs: Any) -> None:
        waiter = awake(self, mocked, kwargs)
        if waiter is self:
            return really_wait(self, **kwargs)
        try:
            return really_wait(waiter, **kwargs)
        except WaiterError as error:
            annotate_wait(error, self.name)
            raise

    return wait


def awake(waiter: Waiter, mocked: Callable[[str], bool], arguments: dict[str, Any]) -> Waiter:
    """The waiter to wait with: if its client is mocked, one that advances the clock between polls, and is told not to sleep."""
    poll: Callable[..., Any] = waiter._operation_method  # type: ignore[attr-defined]  # the stubs leave out what is private
    # botocore wraps the client's method; a user's own Waiter may hold the method itself.
    client = getattr(getattr(poll, "_client_method", poll), "__self__", None)
    endpoint = getattr(getattr(client, "meta", None), "endpoint_url", None)
    if endpoint is None or not mocked(endpoint):
        return waiter

    config = dict(arguments.get("WaiterConfig", {}))
    model: Any = waiter.config
    delay: float = config.get("Delay", model.delay)
    arguments["WaiterConfig"] = {**config, "Delay": 0}
    polled = False

    def poll_later(**params: Any) -> Any:
        nonlocal polled
        if polled:
            settings.clock.advance(delay)
        polled = True
        return poll(**params)

    of_its_own = copy.copy(waiter)  # the waiter itself may be in use by another thread
    of_its_own._operation_method = poll_later  # type: ignore[attr-defined]  # the stubs leave out what is private
    return of_its_own


class _Pauses:
    """Stands for the module ``time`` where botocore pauses before it tries a call again."""

    def __init__(self, mocked: Callable[[str], bool]) -> None:
        self._mocked = mocked
        self._trying = threading.local()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        if self._is_mocked():
            settings.clock.advance(seconds)
        else:
            time.sleep(seconds)

    def noting_the_endpoint(self) -> Callable[..., Any]:
        """``Endpoint._send_request``, within which every pause is made."""
        really_send_request: Callable[..., Any] = Endpoint._send_request  # type: ignore[attr-defined]  # the stubs leave out what is private

        def send_request(endpoint: Endpoint, *args: Any, **kwargs: Any) -> Any:
            before = getattr(self._trying, "host", "")  # a call may be made to sign another one
            self._trying.host = endpoint.host
            try:
                return really_send_request(endpoint, *args, **kwargs)
            finally:
                self._trying.host = before

        return send_request

    def acquiring(self) -> Callable[..., bool]:
        """``TokenBucket.acquire``, by which the adaptive retry mode slows a client down that was throttled."""
        really_acquire: Callable[..., bool] = TokenBucket.acquire

        def acquire(bucket: TokenBucket, amount: float = 1, block: bool = True) -> bool:
            if not block or not self._is_mocked():
                return really_acquire(bucket, amount, block)
            try:
                return really_acquire(bucket, amount, block=False)
            except CapacityNotAvailableError:
                settings.clock.advance((amount - bucket.available_capacity) / bucket.max_rate)
                return True  # the tokens came meanwhile, and are spent

        return acquire

    def _is_mocked(self) -> bool:
        return self._mocked(getattr(self._trying, "host", ""))
