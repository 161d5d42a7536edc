"""One request in, one response out. The only place that knows the order of the steps."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from omics_mock import operations, settings, validation
from omics_mock.calls import Call, without_bytes
from omics_mock.content import Stream
from omics_mock.exceptions import ServiceError
from omics_mock.faults import ConnectionFailure, unbroken
from omics_mock.validation.rules import BrokenRule
from omics_mock.wire.model import Operation, Service
from omics_mock.wire.parser import parser
from omics_mock.wire.readers import MalformedRequest
from omics_mock.wire.router import EmptyLabel
from omics_mock.wire.serializer import project, serialize

if TYPE_CHECKING:
    from botocore.model import StructureShape

    from omics_mock.dialect import Dialect
    from omics_mock.state import ServiceState


class NotServedYet(NotImplementedError):
    """The operation exists in AWS but not in this version of the library."""


class UndeclaredError(AssertionError):
    """A backend raised an error its operation does not declare: a mistake in this library."""


@dataclass(slots=True)
class Request:
    """What came over the wire. ``path`` and ``query`` are raw; header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    account: str
    region: str
    caller: str = ""
    authorise: Callable[[Operation, Mapping[str, Any]], None] | None = None


class Refused(NamedTuple):
    """What was refused, and why."""

    operation: Operation
    params: Mapping[str, Any]
    error: ServiceError


@dataclass(slots=True)
class Response:
    """What goes back. ``refused`` stays on this side: it is for explaining an error in process."""

    status: int
    headers: dict[str, str]
    body: bytes | Stream
    refused: Refused | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a request: an answer, or an error of the service. ``arriving`` says what a fault makes of the body."""

    operation: Operation
    headers: dict[str, str]
    answer: dict[str, Any] | None
    error: ServiceError | None = None
    arriving: Callable[[bytes | Stream], bytes | Stream] = unbroken
    params: Mapping[str, Any] = field(default_factory=dict)


class Replay(NamedTuple):
    """What a request with a token asked for, made and was answered; no answer where the record tells it."""

    params: Mapping[str, Any]
    record: Any
    answer: Mapping[str, Any]


class Engine:
    """Serves the operations of one service model from the state of an account and region."""

    def __init__(self, service: Service, dialect: Dialect) -> None:
        self.service = service
        self.dialect = dialect

    def handle(self, request: Request, state: ServiceState) -> Response:
        """Answer a request over the wire."""
        return self.respond(self.serve(request, state))

    def serve(self, request: Request, state: ServiceState) -> Outcome:
        """Do what a request asks for. Mistakes of ours surface as themselves."""
        headers = {"content-type": "application/json", "x-amzn-RequestId": state.request_ids.uuid()}
        try:
            operation, labels = self.service.router.match(request.method, request.path)
        except EmptyLabel as empty:
            refused = self.dialect.invalid(empty.operation, {}, [validation.empty(empty.member)])
            self._record(empty.operation, {}, None, refused, state)
            return Outcome(empty.operation, headers, None, refused)
        params: dict[str, Any] = {}
        arriving: Callable[[bytes | Stream], bytes | Stream] = unbroken
        try:
            try:
                params = parser(operation)(labels, request.query, request.headers, request.body)
                arriving = settings.frame().faults.strike(operation, params, state.account, state.region)
                if request.authorise is not None:
                    request.authorise(operation, params)
                if violations := self.violations(operation)(params):
                    raise self.dialect.invalid(operation, params, violations)
                answer = self._serve(operation, params, request.caller, state)
            except MalformedRequest as malformed:
                raise self.dialect.malformed(operation, str(malformed)) from malformed
            except BrokenRule as broken:
                raise self.dialect.broken(operation, broken) from broken
        except ServiceError as error:
            if error.code not in operation.errors and (operation.name, error.code) not in self.dialect.undeclared_errors:
                raise UndeclaredError(f"{operation.name} does not declare {error.code}: {error.message}") from error
            self._record(operation, params, None, error, state)
            return Outcome(operation, headers, None, error, arriving, params)
        except ConnectionFailure as failure:
            self._record(operation, params, None, failure, state)
            raise
        self._record(operation, params, answer, None, state)
        return Outcome(operation, headers, answer, None, arriving)

    def respond(self, outcome: Outcome) -> Response:
        """The outcome as it goes over the wire."""
        if outcome.error is not None:
            response = self._refusal(outcome.error, outcome.headers)
            response.refused = Refused(outcome.operation, outcome.params, outcome.error)
        else:
            own_headers, body = serialize(outcome.operation, outcome.answer or {})
            response = Response(outcome.operation.status, outcome.headers | own_headers, body)
        response.body = outcome.arriving(response.body)
        return response

    def call(self, name: str, params: Mapping[str, Any], state: ServiceState) -> dict[str, Any]:
        """Do what an operation does for whoever arranges a test, and answer what it answers.

        No fault strikes, nobody asks IAM and no call is recorded; nothing was looked at, so nothing moves on by it.
        """
        operation = self.service.operations.get(name)
        if operation is None:
            raise NotImplementedError(f"the installed botocore does not know {name}")
        asked = dict(params)
        if (token := _token_member(operation)) is not None:
            asked.setdefault(token, state.request_ids.uuid())
        try:
            if violations := self.violations(operation)(asked):
                raise self.dialect.invalid(operation, asked, violations)
            return self._serve(operation, asked, "", state, looks=False)
        except BrokenRule as broken:
            raise self.dialect.broken(operation, broken) from broken

    @cache  # noqa: B019  # there is one engine for each service
    def violations(self, operation: Operation) -> Callable[[Mapping[str, Any]], list[validation.Violation]]:
        """What is wrong with the members of a request, as far as the model tells."""
        accepted = ((member, form) for (name, member), (form, _) in self.dialect.accepted_anyway.items() if name == operation.name)
        return validation.violations(operation, *accepted)

    def _serve(
        self, operation: Operation, params: dict[str, Any], caller: str, state: ServiceState, looks: bool = True
    ) -> dict[str, Any]:
        if looks and (handler := settings.frame().handlers.get(operation)) is not None:
            return project(operation, operations.answer_of(handler, operation, params))
        backend = state.backend_of(operation.name)
        method = getattr(backend, operation.method_name, None)
        if method is None:
            raise NotServedYet(operations.not_served(operation))
        prepare = getattr(backend, f"prepare_{operation.method_name}", None)
        # What a call makes stays: to look through all there is while it makes much finds nothing.
        with _UNTOUCHED if operation.http_method == "GET" else _nothing_collected:
            try:
                # Neighbours have locks of their own, so what they know is looked up before ours is taken.
                prepared = () if prepare is None else (prepare(params),)
                with state.lock:
                    state.caller = caller or state.default_caller
                    state.catch_up()
                    return self._answer(operation, params, partial(method, params, *prepared), state, looks)
            finally:
                state.deliver()

    def _answer(
        self,
        operation: Operation,
        params: dict[str, Any],
        serve: Callable[[], Mapping[str, Any] | None],
        state: ServiceState,
        looks: bool,
    ) -> dict[str, Any]:
        try:
            answer = self._replay(operation, params, state)
            if answer is None:
                record = serve()
                answer = project(operation, record or {})
                self._remember(operation, params, record, answer, state)
        except BaseException:
            state.discard()
            raise
        if looks:
            state.lifecycles.settle()
        else:
            state.lifecycles.discard_polls()
        state.post()
        return answer

    def _replay(self, operation: Operation, params: Mapping[str, Any], state: ServiceState) -> dict[str, Any] | None:
        """The answer to a request that comes again, if the service takes it for one."""
        member = _token_member(operation)
        earlier = None if member is None else state.replays.get(_replay_key(operation, member, params))
        if member is None or earlier is None:
            return None
        again = self.dialect.again(operation, member, earlier, params)
        return None if again is None else project(operation, again)

    def _remember(
        self, operation: Operation, params: dict[str, Any], record: Any, answer: dict[str, Any], state: ServiceState
    ) -> None:
        member = _token_member(operation)
        if member is not None and member in params:
            kept = {} if member in self.dialect.answered_from_record else answer
            state.replays[_replay_key(operation, member, params)] = Replay(params, record, kept)

    def _refusal(self, error: ServiceError, headers: dict[str, str]) -> Response:
        body = json.dumps({"message": error.message}).encode()
        return Response(self.service.error_statuses[error.code], headers | {"x-amzn-ErrorType": error.code}, body)

    @staticmethod
    def _record(
        operation: Operation,
        params: dict[str, Any],
        answer: dict[str, Any] | None,
        error: Exception | None,
        state: ServiceState,
    ) -> None:
        asked = without_bytes(params) if _has_bytes(operation.input) else params
        answered = without_bytes(answer) if answer is not None and _has_bytes(operation.output) else answer
        call = Call(operation.name, asked, answered, error, state.account, state.region, settings.clock.now(), operation.service)
        settings.frame().calls.append(call)


class _NothingCollected:
    """Python's automatic garbage collection is off while any thread is inside."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._collects = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._collects = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._collects and not self._inside:
                gc.enable()


_nothing_collected = _NothingCollected()
_UNTOUCHED = nullcontext()


@cache
def _has_bytes(shape: StructureShape | None) -> bool:
    """Whether a request or an answer may carry bytes, which are members of their own, never nested."""
    return shape is not None and any(member.type_name == "blob" for member in shape.members.values())


@cache
def _token_member(operation: Operation) -> str | None:
    """The member whose repetition means that a request was sent again."""
    members = operation.input.members if operation.input else {}
    marked = (name for name, shape in members.items() if shape.metadata.get("idempotencyToken"))
    return next(marked, "clientToken" if "clientToken" in members else None)


def _replay_key(operation: Operation, member: str, params: Mapping[str, Any]) -> tuple[Any, ...]:
    """A token counts within an operation and the resource in its path."""
    return operation.name, params.get(member), *(params[label] for label in _labels(operation))


@cache
def _labels(operation: Operation) -> tuple[str, ...]:
    members = operation.input.members if operation.input else {}
    return tuple(name for name, shape in members.items() if shape.serialization.get("location") == "uri")
