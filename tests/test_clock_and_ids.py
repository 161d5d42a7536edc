"""The clock and the ids."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from omics_mock.clock import Clock, milliseconds
from omics_mock.ids import Ids


def test_a_pinned_clock_moves_only_when_advanced() -> None:
    clock = Clock()
    clock.reset("2026-01-01T00:00:00")
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.advance(1.5)
    clock.advance(timedelta(minutes=1))
    assert clock.now() == datetime(2026, 1, 1, 0, 1, 1, 500_000, UTC)
    with pytest.raises(ValueError, match="only moves forward"):
        clock.advance(-1)


def test_a_clock_follows_the_real_one_unless_pinned() -> None:
    clock = Clock()
    clock.advance(3600)
    assert timedelta(minutes=59) < clock.now() - datetime.now(UTC) <= timedelta(hours=1)
    clock.reset()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_pinned_instant_is_read_in_its_own_zone() -> None:
    clock = Clock()
    clock.reset(datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    assert milliseconds(datetime(2026, 1, 1, microsecond=678_901, tzinfo=UTC)).microsecond == 678_000


def test_ids_have_the_shapes_of_the_service_and_are_never_taken_twice() -> None:
    ids = Ids(0, "123456789012", "us-east-1")
    seven = ids.number()
    assert len(seven) == 7
    assert seven.isdecimal()
    assert [len(part) for part in ids.uuid().split("-")] == [8, 4, 4, 4, 12]
    assert len(ids.hex(12)) == 12
    assert {ids.number(1, taken="2345678") for _ in range(50)} == {"1", "9"}


def test_seed_and_scope_make_the_sequence() -> None:
    def first(seed: int | None, *scope: str) -> str:
        return Ids(seed, *scope).uuid()

    assert first(1, "a") == first(1, "a")
    assert len({first(1, "a"), first(2, "a"), first(1, "b"), first(None), first(None)}) == 5
