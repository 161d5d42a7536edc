"""The log group of moto's CloudWatch Logs that HealthOmics writes to.

What nobody can see yet is not written yet, nor even put into words: until moto's service is loaded, nobody can read a log.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from omics_mock.neighbours import LogEvent, Logged

GROUP: Final = "/aws/omics/WorkflowLog"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_writing = threading.RLock()  # moto's streams have no lock of their own


class LogGroup:
    """The group in one account and region, with what is not written to it yet."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region
        self._unwritten: deque[Logged] = deque()

    def put(self, logged: Logged) -> None:
        """Write events, after all that were put before."""
        self._unwritten.append(logged)
        if _models() is not None:
            self.write()

    def write(self) -> None:
        """Write what is not written yet: moto's service is loaded now."""
        with _writing:
            while self._unwritten:
                for stream, events in self._unwritten.popleft()():
                    put(self._account, self._region, stream, events)


def put(account: str, region: str, stream: str, events: Sequence[LogEvent]) -> None:
    """Write events to a stream of the group; both are made when needed, and no stream is made without an event."""
    if not events:
        return
    from moto.core.base_backend import backend_lock

    with backend_lock:  # as in backend_of, which would import a module that is just being imported
        logs = _models().logs_backends[account][region]
        logs.ensure_log_group(GROUP)
        logs.ensure_log_stream(GROUP, stream)
        group = logs.groups[GROUP]
    written = [{"timestamp": (at - _EPOCH) // _MILLISECOND, "message": message} for at, message in sorted(events, key=_time)]
    try:
        # One step below PutLogEvents, which refuses what is two weeks old: the mock's clock may show any time.
        group.put_log_events(stream, written)
    except _lost():  # the destination of a subscription filter is gone: nobody hears of it there
        return


def _time(event: LogEvent) -> datetime:
    return event[0]


def _models() -> Any:
    """moto's module, once it has its backends."""
    models = sys.modules.get("moto.logs.models")
    return models if hasattr(models, "logs_backends") else None


def _lost() -> tuple[type[Exception], ...]:
    from moto.core import exceptions
    from werkzeug.exceptions import HTTPException

    return HTTPException, NotImplementedError, getattr(exceptions, "ServiceException", HTTPException)
