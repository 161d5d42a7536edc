"""The states that a test can have resources given in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_CREATED: Final = ("CREATING", "ACTIVE", "FAILED")
_STORE: Final = (*_CREATED, "DELETING")
_JOB: Final = ("SUBMITTED", "IN_PROGRESS", "COMPLETED", "COMPLETED_WITH_FAILURES", "FAILED")
_BATCH: Final = ("CREATING", "PENDING", "SUBMITTING", "INPROGRESS", "PROCESSED", "FAILED", "STOPPING", "CANCELLED")

STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "workflow": _CREATED,
    "workflow_version": _CREATED,
    "run": ("PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED", "FAILED", "CANCELLED"),
    "run_batch": (*_BATCH, "RUNS_DELETING", "RUNS_DELETED", "RUNS_DELETE_FAILED"),
    "configuration": ("CREATING", "ACTIVE", "DELETING"),
    "sequence_store": ("CREATING", "ACTIVE", "UPDATING"),
    "read_set": ("PROCESSING_UPLOAD", "UPLOAD_FAILED", "ACTIVE", "ARCHIVED", "ACTIVATING"),
    "read_set_import_job": _JOB,
    "read_set_export_job": _JOB,
    "read_set_activation_job": _JOB,
    "reference_import_job": _JOB,
    "variant_store": _STORE,
    "variant_import_job": (*_JOB, "CANCELLED"),
    "annotation_store": _STORE,
    "annotation_store_version": _STORE,
    "annotation_import_job": ("SUBMITTED", "IN_PROGRESS", "COMPLETED", "FAILED", "CANCELLED"),
    "share": ("PENDING", "ACTIVATING", "ACTIVE", "DELETING"),
}
"""What a resource can be given in, by its kind. The kinds that are not here have no states."""


def check_status(kind: str, status: str) -> None:
    """Refuse a state that the kind does not have."""
    if status not in STATES[kind]:
        raise ValueError(f"status {status!r} is none of a {kind}'s; it has {', '.join(STATES[kind])}")
