"""The mock's clock: the only place that asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import Lock


class Clock:
    """Follows the real clock, or stands at a pinned instant; either way plus whatever was advanced. All times are UTC."""

    def __init__(self) -> None:
        self._pinned: datetime | None = None
        self._advanced = timedelta()
        self._moving = Lock()

    def now(self) -> datetime:
        """The present instant of the mock, aware, in UTC."""
        return (self._pinned or datetime.now(UTC)) + self._advanced

    def advance(self, by: float | timedelta) -> None:
        """Move time forward by seconds or a timedelta. Never backwards."""
        step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        if step < timedelta():
            raise ValueError(f"the clock only moves forward, not by {step}")
        with self._moving:
            self._advanced += step

    def reach(self, instant: datetime) -> None:
        """Move time forward to an instant, unless it is there already."""
        with self._moving:
            self._advanced += max(instant - self.now(), timedelta())

    @property
    def position(self) -> tuple[datetime | None, timedelta]:
        """Where it is pinned, if it is, and how far it was advanced."""
        return self._pinned, self._advanced

    @position.setter
    def position(self, position: tuple[datetime | None, timedelta]) -> None:
        self._pinned, self._advanced = position

    def reset(self, now: datetime | str | None = None) -> None:
        """Forget what was advanced and pin the clock to ``now`` (datetime or ISO text), or let it follow the real one."""
        instant = datetime.fromisoformat(now) if isinstance(now, str) else now
        if instant is not None:
            instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
        self._pinned, self._advanced = instant, timedelta()


@lru_cache(16)  # a run and its tasks keep the same ones
def milliseconds(instant: datetime) -> datetime:
    """``instant`` in the precision the service keeps some of its times in."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
