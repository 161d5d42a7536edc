"""The workflows that the service itself publishes, ready to run.

Source: User Guide, "Ready2Run workflows"; the catalogue's ids, publishers and durations, in minutes, are those of public listings.
"""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

_PUBLISHED = datetime(2023, 5, 15, tzinfo=UTC)


@cache
def catalogue() -> tuple[dict[str, Any], ...]:
    """What Get and List answer of each workflow, but for its ARN."""
    text = resources.files("omics_mock.backends").joinpath("ready2run.csv").read_text(encoding="utf-8")
    return tuple(
        {
            "id": row.pop("id"),
            "name": row.pop("name"),
            "status": "ACTIVE",
            "type": "READY2RUN",
            "creationTime": _PUBLISHED,
            "metadata": {**row, "version": "1.0"},
        }
        for row in csv.DictReader(text.splitlines())
    )
