"""What the active mocks were asked for: a stack of options, innermost last, and the one clock they share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from omics_mock.calls import CallLog
from omics_mock.clock import Clock
from omics_mock.faults import Faults
from omics_mock.rules import Rules, Value

if TYPE_CHECKING:
    from omics_mock.operations import Handler
    from omics_mock.runs_simulator.plans import RunPlan
    from omics_mock.wire.model import Operation


@dataclass(frozen=True)
class Manual:
    """A resource steps after every ``times`` polls."""

    times: int = 1


Policy: TypeAlias = str | float | Manual
"""``"observed"``, ``"immediate"``, ``"frozen"``, Manual, or seconds from creation to the terminal state."""

POLICIES = ("observed", "immediate", "frozen")

QUOTAS: Mapping[str, int] = {
    "maximum workflows": 1_000,
    "maximum workflow versions per workflow": 1_000,
    "maximum runs (active or inactive)": 100_000,
    "maximum static run storage capacity per run": 9_600,
    "maximum run duration": 604_800,
    "maximum concurrent active runs using static run storage": 10,
    "maximum concurrent active runs using dynamic run storage": 50,
    "maximum active gpus": 12,
    "maximum run groups": 1_000,
    "maximum run caches": 1_000,
    "maximum configurations": 10,
    "maximum shares per workflow": 100,
    "maximum shares per variant store": 10,
    "maximum shares per annotation store": 10,
    "maximum sequence stores": 20,
    "maximum read sets per sequence store": 1_000_000,
    "maximum references per reference store": 50,
    "maximum concurrent sequence or reference store import jobs": 5,
    "maximum concurrent sequence and reference store export jobs": 5,
    "maximum concurrent read set activation jobs": 25,
    "maximum variant stores": 10,
    "maximum annotation stores": 10,
    "maximum versions per annotation store": 10,
    "maximum concurrent variant or annotation store import jobs": 5,
    "maximum files per variant store import job": 1_000,
}
"""Limits of a fresh account by the name the quotas page gives them, in lower case."""

FIXED_QUOTAS = frozenset(
    (
        "maximum workflow versions per workflow",
        "maximum run groups",
        "maximum run caches",
        "maximum files per variant store import job",
    )
)
"""Those that always apply. All others are there for a test to set, as AWS raises them on request."""


_UNSET_QUOTAS = {name: limit if name in FIXED_QUOTAS else None for name, limit in QUOTAS.items()}


def checked_policy(policy: Policy) -> Policy:
    """``policy`` itself, or a ValueError that lists what there is."""
    if isinstance(policy, Manual) or policy in POLICIES:
        return policy
    if isinstance(policy, int | float) and not isinstance(policy, bool) and policy >= 0:
        return float(policy)
    raise ValueError(f"lifecycle {policy!r} is not one of {', '.join(POLICIES)} or a number of seconds")


class _Quotas(dict[str, int | None]):
    """Limits by name, case ignored; an unknown name is an error that lists the known ones."""

    def __setitem__(self, name: str, limit: int | None) -> None:
        if name.lower() not in QUOTAS:
            raise ValueError(f"unknown quota {name!r}; known: {', '.join(sorted(QUOTAS))}")
        super().__setitem__(name.lower(), limit)

    def __getitem__(self, name: str) -> int | None:
        return super().__getitem__(name.lower())


@dataclass(frozen=True)
class Options:
    """The options of one mock, as ``mock_omics`` takes them."""

    lifecycle: Policy = "observed"
    seed: int | None = 0
    now: datetime | str | None = None
    strict: bool = False
    rules: Mapping[str, Value] = field(default_factory=dict)
    quotas: Mapping[str, int | None] = field(default_factory=dict)
    skip_sleep: bool = False
    direct: bool | None = None
    config: object = None


class Frame:
    """One active mock's live settings: its options, and what was changed or recorded since it was entered."""

    def __init__(self, options: Options, outer: Frame | None = None) -> None:
        checked_policy(options.lifecycle)
        self.options = options
        self.calls = CallLog()
        self.faults: Faults = Faults(clock, outer.faults if outer else None)
        self.lifecycles: dict[str, Policy] = {}
        self.plans: list[RunPlan] = []
        self.handlers: dict[Operation, Handler] = dict(outer.handlers if outer else {})
        self.rules: Rules = Rules(options.strict, outer.rules if outer else None, options.rules)
        self.quotas: dict[str, int | None] = _Quotas(outer.quotas if outer else _UNSET_QUOTAS)
        for quota, limit in options.quotas.items():
            self.quotas[quota] = limit

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Undo what is set meanwhile."""
        mappings: tuple[dict[Any, Any], ...] = self.lifecycles, self.rules.chosen, self.quotas, self.handlers
        before, plans, faults = [dict(mapping) for mapping in mappings], [*self.plans], [*self.faults]
        try:
            yield
        finally:
            for mapping, original in zip(mappings, before, strict=True):
                mapping.clear()
                mapping.update(original)
            self.plans[:] = plans
            self.faults.keep_only(faults)


clock = Clock()
at_reset: list[Callable[[], None]] = []
"""What else is to be done when all begins anew."""
_DEFAULTS = Options()
_frames: list[Frame] = [Frame(_DEFAULTS)]


def frame() -> Frame:
    """The innermost active mock's settings; the defaults when only ``moto.mock_aws`` is active."""
    return _frames[-1]


def plans() -> Iterator[RunPlan]:
    """What is planned for runs, the latest word of the innermost mock first."""
    return (plan for frame in reversed(_frames) for plan in reversed(frame.plans))


def options() -> Options:
    """The innermost active options."""
    return _frames[-1].options


def depth() -> int:
    """How many of our mocks are active."""
    return len(_frames) - 1


def seed() -> int | None:
    """The seed of the outermost mock: ids belong to it."""
    return _frames[min(1, len(_frames) - 1)].options.seed


def push(entered: Options) -> Frame:
    """Make ``entered`` the active options. The outermost mock sets the clock; an inner one may not want another clock or seed."""
    if depth():
        outermost = _frames[1].options
        for name in ("seed", "now"):
            wanted = getattr(entered, name)
            if wanted not in (getattr(_DEFAULTS, name), getattr(outermost, name)):
                raise ValueError(f"{name}={wanted!r} differs from the outermost mock's, which ids and clock belong to")
    new = Frame(entered, _frames[-1] if depth() else None)
    if not depth():
        reset(entered)
    _frames.append(new)
    return new


def pop() -> Frame:
    """Undo the latest push."""
    if not depth():
        raise RuntimeError("no mock is active")
    left = _frames.pop()
    if not depth():
        reset(_DEFAULTS)
    return left


def reset(outermost: Options | None = None) -> None:
    """Put the clock back to the outermost mock's start, and forget what plain ``mock_aws`` recorded."""
    clock.reset((outermost or _frames[min(1, len(_frames) - 1)].options).now)
    _frames[0] = Frame(_DEFAULTS)
    for forget in at_reset:
        forget()
