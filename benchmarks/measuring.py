"""Costs side by side: rounds in which every way has its turn, and the ratios between them that are budgets."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

AWAITED = Path(__file__).parents[1] / "build" / "awaited.json"
"""What was measured last of clients that are awaited: the versions, and the seconds of each way by the call."""

SLACK = 1.25
"""By how much a budget may be exceeded before a run fails: machines have noisy neighbours."""

Way = Callable[[], float]
"""Does something and says what it cost, in seconds or bytes."""


@dataclass(frozen=True)
class Budget:
    """What something may cost at most, as a ratio to something else."""

    what: str
    ratios: list[float]
    target: float

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.target

    @property
    def is_exceeded(self) -> bool:
        """By more than noise."""
        return self.ratio > SLACK * self.target

    def __str__(self) -> str:
        verdict = "met" if self.is_met else "EXCEEDED" if self.is_exceeded else "missed"
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        return f"{self.what:72}{self.ratio:8.2f}  (<= {self.target:.2f}; {spread}) {verdict}"


def interleaved(ways: Mapping[str, Way], rounds: int, frozen: bool = True) -> dict[str, list[float]]:
    """What each way cost in each round, after one that warms up. Unless ``frozen``, what is there already may be collected."""
    for way in ways.values():
        way()
    costs: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    if frozen:
        gc.freeze()
    try:
        for _ in range(rounds):
            for name, way in ways.items():
                costs[name].append(way())
    finally:
        gc.unfreeze()
    return costs


def ratios(costs: Mapping[str, list[float]], one: str, other: str) -> list[float]:
    """Round by round, for the two were measured one right after the other."""
    return [ours / theirs for ours, theirs in zip(costs[one], costs[other], strict=True)]


def each(call: Callable[[], object], times: int) -> float:
    """Seconds for one call of several."""
    gc.collect()  # nobody pays for what another left behind
    began = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - began) / times


def once(work: Callable[[], object]) -> float:
    """Seconds for something that is done once."""
    gc.collect()  # as in `each`
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def row(name: str, costs: list[float], unit: str = "us") -> str:
    """A line of a table: median, least and most."""
    factor = {"us": 1e6, "ms": 1e3, "KiB": 1 / 1024}[unit]
    median, least, most = (factor * figure for figure in (statistics.median(costs), min(costs), max(costs)))
    return f"{name:52}{median:12.1f}{least:12.1f}{most:12.1f} {unit}"
