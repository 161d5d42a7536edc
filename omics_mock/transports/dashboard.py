"""What moto's dashboard shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omics_mock.state import ServiceState


class Shown:
    """One kind of resource on moto's dashboard, read from the states whenever it is looked at."""

    def __init__(self, states: Callable[[], Iterable[ServiceState]], kind: str) -> None:
        self._states = states
        self._kind = kind

    @property
    def instances_tracked(self) -> list[SimpleNamespace]:
        found = []
        for state in self._states():
            with state.lock:
                for record in filter(lambda record: record.concerns(state.account), state.records().get(self._kind, ())):
                    shown = json.loads(json.dumps(record, default=_text))
                    found.append(SimpleNamespace(**shown, account=state.account, region=state.region))
        return found

    @instances_tracked.setter
    def instances_tracked(self, _: object) -> None:
        """moto empties its own book-keeping here; there is none."""

    instances = instances_tracked  # its name before moto 5.1.9


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
