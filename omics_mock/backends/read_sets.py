"""Read sets."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class ReadSets(Backend):
    """Read sets."""

    operations = (
        "GetReadSet",
        "GetReadSetMetadata",
        "ListReadSets",
        "BatchDeleteReadSet",
    )
