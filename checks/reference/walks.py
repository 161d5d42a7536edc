"""How resources move, as the mock is seen to do it: every kind is given in every state, asked for, moved on and deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache, partialmethod
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError, ParamValidationError

from omics_mock import mock_omics
from omics_mock.backends.base import Backend
from omics_mock.backends.region import FAMILIES
from omics_mock.engine import Engine
from omics_mock.exceptions import OmicsError
from omics_mock.given import STATES
from omics_mock.lifecycle import Lifecycles
from omics_mock.tables import Record
from omics_mock.wire.model import Operation, load

BY_HAND = "by hand"
ITSELF = ""

# What can be asked of a resource of each kind that may put it into another state.
_REQUESTS: Mapping[str, str] = {
    "workflow": "DeleteWorkflow",
    "workflow_version": "DeleteWorkflowVersion",
    "run": "CancelRun DeleteRun",
    "run_batch": "CancelRunBatch DeleteRunBatch DeleteBatch",
    "configuration": "DeleteConfiguration",
    "sequence_store": "DeleteSequenceStore",
    "read_set": "BatchDeleteReadSet",
    "variant_store": "DeleteVariantStore",
    "variant_import_job": "CancelVariantImportJob",
    "annotation_store": "DeleteAnnotationStore",
    "annotation_store_version": "DeleteAnnotationStoreVersions",
    "annotation_import_job": "CancelAnnotationImportJob",
    "share": "DeleteShare",
    "reference_store": "DeleteReferenceStore",
    "reference": "DeleteReference",
}
_A_MONTH = 31 * 86_400
_FAILING_TASK = "OUT_OF_MEMORY_ERROR"


@dataclass
class Kind:
    """What was seen of one kind of resource."""

    lines: list[Sequence[str]] = field(default_factory=list)
    """The lines of states that its resources were sent along."""
    moves: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    """From which state to which, and by which operations, by itself or by hand; from ``""`` when it is made."""
    polled_by: set[str] = field(default_factory=set)


@cache
def seen() -> Mapping[str, Kind]:
    """Every kind of resource, as it was seen to move."""
    kinds: defaultdict[str, Kind] = defaultdict(Kind)
    with _watched(kinds):
        for kind, states in STATES.items():
            for state in states:
                for operation in (None, *_REQUESTS.get(kind, "").split()):
                    _walk(kind, state, operation)
        for kind in ("reference_store", "reference"):  # which are there at once
            _walk(kind, None, _REQUESTS[kind])
        _walk("run", "FAILED", None, fail=_FAILING_TASK)
        for kind, states in STATES.items():
            _look(kind, states[0])
    return kinds


def _walk(kind: str, state: str | None, operation: str | None, **members: object) -> None:
    """Put one into a state, ask something of it, and let time pass."""
    with mock_omics(lifecycle="frozen") as omics:
        resource: dict[str, Any] = getattr(omics.given, kind)(*filter(None, (state,)), **members)
        if operation is not None:
            with suppress(OmicsError):
                omics.given._do(operation, _members(operation, resource))
        omics.finish_all()
        omics.clock.advance(_A_MONTH)
        omics.given._do("ListRunGroups", {})  # any request finds what time has done


def _look(kind: str, state: str) -> None:
    """Ask for everything that can be asked about one."""
    with mock_omics(lifecycle="frozen") as omics:
        omics.lifecycle(kind, "frozen")  # also what is ready at once
        resource: dict[str, Any] = {"resourceOwner": "SELF", **getattr(omics.given, kind)(state)}
        client = omics.client()
        if kind == "run":
            client.list_run_tasks(id=resource["id"])  # of a run that has none yet
            omics.advance(resource["arn"], to="RUNNING")
            resource["taskId"] = client.list_run_tasks(id=resource["id"])["items"][0]["taskId"]
        for name, operation in load("omics").operations.items():
            if name.startswith(("Get", "List")):
                with suppress(ClientError, ParamValidationError, KeyError):
                    getattr(client, operation.method_name)(**_members(name, resource))


def _members(operation: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    """What the operation demands, taken from what Get answers of the resource; a KeyError if it is about something else."""
    shape = load("omics").operations[operation].input
    required: Sequence[str] = shape.metadata.get("required", ()) if shape else ()
    lists = {"ids": "id", "versions": "versionName"}
    return {
        name: [resource[lists[name]]] if name in lists else resource[name] if name in resource else resource[_ID[name]]
        for name in required
    }


_ID = {"batchId": "id", "jobId": "id"}
"""What some requests call the id."""


@contextmanager
def _watched(kinds: defaultdict[str, Kind]) -> Iterator[None]:
    """Meanwhile, note what happens to resources, and why."""
    asked: list[str] = []
    states: dict[Record, str] = {}
    tell, begin, poll, answer = Lifecycles.tell, Lifecycles.begin, Lifecycles.poll, Engine._answer

    def told(self: Lifecycles, kind: str, record: Record, status: str, *place: Any) -> None:
        before = states.get(record, "")
        if status != before:
            kinds[kind].moves[before, status].add(asked[-1] if asked else ITSELF)
            states[record] = status
        tell(self, kind, record, status, *place)

    def begun(self: Lifecycles, kind: str, record: Record, line: Sequence[str], *rest: Any, **named: Any) -> None:
        kinds[kind].lines.append(tuple(line))
        begin(self, kind, record, line, *rest, **named)

    def polled(self: Lifecycles, *records: Record, **named: Any) -> None:
        for journey in self.journeys():
            if journey.record in records and asked:
                kinds[journey.kind].polled_by.add(asked[-1])
        poll(self, *records, **named)

    def answered(self: Engine, operation: Operation, params: Any, serve: Callable[[], Any], *rest: Any) -> dict[str, Any]:
        return answer(self, operation, params, lambda: because_of(operation.name, serve), *rest)

    def moved(self: Backend, move: Callable[..., bool], record: Record, to: str) -> bool:
        found: bool = because_of(BY_HAND, move, self, record, to)
        return found

    def because_of(cause: str, do: Callable[..., Any], *arguments: Any) -> Any:
        asked.append(cause)
        try:
            return do(*arguments)
        finally:
            asked.pop()

    with ExitStack() as watching:
        watching.enter_context(mock.patch.multiple(Lifecycles, tell=told, begin=begun, poll=polled))
        watching.enter_context(mock.patch.object(Engine, "_answer", answered))
        for kind in {base for family in FAMILIES for base in family.__mro__ if "move_by_hand" in vars(base)}:
            move = partialmethod(moved, vars(kind)["move_by_hand"])
            watching.enter_context(mock.patch.object(kind, "move_by_hand", move))
        yield
