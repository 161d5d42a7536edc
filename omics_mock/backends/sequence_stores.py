"""Sequence stores."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class SequenceStores(Backend):
    """Sequence stores."""

    operations = (
        "CreateSequenceStore",
        "GetSequenceStore",
        "ListSequenceStores",
        "UpdateSequenceStore",
        "DeleteSequenceStore",
    )
    taggable = ("sequenceStore",)
