"""What dumps are made of: the objects of states as JSON.

Resources stand under their wire names, once each: ``#`` is a resource's number, ``$ref`` refers to it. ``$`` says what anything
else is that JSON does not have. Only the classes and functions listed here are written, and only they are made from a dump.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache, cached_property
from inspect import get_annotations
from threading import RLock
from typing import Any, Final, TypeAlias

from omics_mock import exceptions
from omics_mock.annotations import FileFormat
from omics_mock.backends import analytics, jobs, read_set_uploads, reference_stores, run_batches, run_records, workflows
from omics_mock.backends.batch_settings import Row
from omics_mock.backends.files import StoredFile
from omics_mock.backends.read_sets import ReadSet
from omics_mock.backends.run_caches import RunCache
from omics_mock.backends.run_groups import Pool
from omics_mock.backends.sequence_stores import SequenceStore
from omics_mock.backends.world import Share, ShareRegistry, World
from omics_mock.content import Spool
from omics_mock.definitions.analysis import Definition
from omics_mock.definitions.contents import File, Given, Joined, Repeated
from omics_mock.definitions.declared import Declared, Output, PlannedTask, Scatter
from omics_mock.engine import Replay
from omics_mock.events import Events
from omics_mock.imagebuilder.workflows import Build
from omics_mock.lifecycle import Lifecycles
from omics_mock.neighbours import S3Object
from omics_mock.runs_simulator.course import Course
from omics_mock.runs_simulator.failures import Failure
from omics_mock.runs_simulator.logs import RunLogs
from omics_mock.runs_simulator.plans import Script, ScriptedTask
from omics_mock.state import Family, ServiceState
from omics_mock.tables import Record

Json: TypeAlias = Any
"""What JSON has."""

RECORDS: Final[Mapping[str, type[Record]]] = {
    kind.__name__: kind
    for kind in (
        Record,
        workflows.Workflow,
        run_records.Run,
        run_records.Task,
        run_batches.Batch,
        Row,
        RunCache,
        SequenceStore,
        ReadSet,
        jobs.Job,
        read_set_uploads.Upload,
        read_set_uploads.Part,
        reference_stores.Reference,
        analytics.Store,
        analytics.ImportJob,
        Share,
        Build,
    )
}
VALUES: Final[Mapping[str, type[Any]]] = {
    kind.__name__: kind
    for kind in (
        S3Object,
        StoredFile,
        run_records.Surroundings,
        Script,
        ScriptedTask,
        PlannedTask,
        Scatter,
        Output,
        File,
        Given,
        Joined,
        Repeated,
        Declared,
        Definition,
        Failure,
        FileFormat,
        Replay,
    )
}
ERRORS: Final[Mapping[str, type[exceptions.OmicsError]]] = {kind.__name__: kind for kind in exceptions.OmicsError.__subclasses__()}
FUNCTIONS: Final[Mapping[str, Callable[..., None]]] = {"analysis_done": workflows.analysis_done}
METHODS: Final[Mapping[str, frozenset[str]]] = {
    "AnnotationStores": frozenset(("entered", "_first_ready", "_gone", "_job_entered", "_remove_version", "remove")),
    "Configurations": frozenset(("_entered",)),
    "Course": frozenset(("_entered", "_ready", "_task_entered", "_time_out")),
    "ReadSetJobs": frozenset(("_activate", "_export", "_import", "_job_entered", "_work_on")),
    "ReadSetUploads": frozenset(("_processed",)),
    "ReferenceStores": frozenset(("_import", "_job_entered")),
    "RunBatches": frozenset(("_entered", "_ready")),
    "SequenceStores": frozenset(("_entered",)),
    "Shares": frozenset(("_entered",)),
    "VariantStores": frozenset(("entered", "_gone", "_job_entered", "remove")),
}
"""What journeys and jobs call when they go on, by whose it is."""

FIXTURES: Final = (Family, Course, RunLogs, Lifecycles, Events, ShareRegistry, Pool)  # made by constructors, and then filled
CONSTRUCTED: Final = (ServiceState, World, Spool, str, type(RLock()))  # what constructors give them, for good


class Unknown(ValueError):
    """A dump has something that this version does not know."""


@cache
def attributes_of(kind: type[Record]) -> frozenset[str]:
    """What hangs on records of a class."""
    bases = [base for base in kind.__mro__ if issubclass(base, Record)]
    declared = {name for base in bases for name in get_annotations(base)}
    defaults = {name for base in bases for name, value in vars(base).items() if isinstance(value, int | str | None)}
    return frozenset(name for name in declared | defaults if not name.startswith("_"))


def is_derived(kind: type, name: str) -> bool:
    """Whether an attribute is made from others when it is asked for."""
    return any(isinstance(vars(base).get(name), cached_property) for base in kind.__mro__)


def fields_of(kind: type) -> Mapping[str, Field[Any] | None]:
    """What a value consists of."""
    if is_dataclass(kind):
        return {field.name: field for field in fields(kind)}
    return dict.fromkeys(kind._fields)  # type: ignore[attr-defined]  # a named tuple


def default_of(field: Field[Any] | None) -> Any:
    """What a field has when nothing is said, or MISSING."""
    if field is None:
        return MISSING
    return field.default if field.default_factory is MISSING else field.default_factory()
