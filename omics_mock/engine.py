"""One request in, one response out. The only place that knows the order of the steps."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from omics_mock import settings, validation
from omics_mock.calls import Call, without_bytes
from omics_mock.content import Stream
from omics_mock.deviations import UNDECLARED_ERRORS
from omics_mock.exceptions import ConflictException, OmicsError, ValidationException
from omics_mock.wire.model import Operation, Service, load
from omics_mock.wire.parser import MalformedRequest, parser
from omics_mock.wire.router import EmptyLabel
from omics_mock.wire.serializer import project, serialize

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


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
    authorise: Callable[[Operation], None] | None = None


@dataclass(slots=True)
class Response:
    """What goes back."""

    status: int
    headers: dict[str, str]
    body: bytes | Stream


class Replay(NamedTuple):
    """What a request with a token asked for, made and was answered."""

    params: Mapping[str, Any]
    record: Any
    answer: Mapping[str, Any]


class Engine:
    """Serves the operations of one service model from the state of an account and region."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def handle(self, request: Request, state: RegionState) -> Response:
        """Answer a request. Errors of the service become responses; mistakes of ours surface as themselves."""
        headers = {"content-type": "application/json", "x-amzn-RequestId": state.request_ids.uuid()}
        try:
            operation, labels = self.service.router.match(request.method, request.path)
        except EmptyLabel as empty:
            rule = "failed to satisfy constraint: Member must have length greater than or equal to 1"
            return self._refusal(ValidationException(validation.message([f"Value '' at '{empty.member}' {rule}"])), headers)
        params: dict[str, Any] = {}
        try:
            try:
                params = parser(operation)(labels, request.query, request.headers, request.body)
            except MalformedRequest as malformed:
                raise ValidationException(str(malformed)) from malformed
            if request.authorise is not None:
                request.authorise(operation)
            if violations := validation.violations(operation)(params):
                raise ValidationException(validation.message(violations))
            answer = self._serve(operation, params, request, state)
        except OmicsError as error:
            if error.code not in operation.errors and (operation.name, error.code) not in UNDECLARED_ERRORS:
                raise UndeclaredError(f"{operation.name} does not declare {error.code}: {error.message}") from error
            self._record(operation, params, None, error, state)
            return self._refusal(error, headers)
        self._record(operation, params, answer, None, state)
        own_headers, body = serialize(operation, answer)
        return Response(operation.status, headers | own_headers, body)

    def _serve(self, operation: Operation, params: dict[str, Any], request: Request, state: RegionState) -> dict[str, Any]:
        backend = state.backend_of(operation.name)
        method = getattr(backend, operation.method_name, None)
        if method is None:
            raise NotServedYet(f"omics_mock does not serve {operation.name} yet")
        # Neighbours have locks of their own, so what they know is looked up before ours is taken.
        prepare = getattr(backend, f"prepare_{operation.method_name}", None)
        prepared = () if prepare is None else (prepare(params),)
        collects = gc.isenabled()
        gc.disable()  # what a call makes stays: to look through all there is while it makes much finds nothing
        try:
            with state.lock:
                state.caller = request.caller or state.default_caller
                state.catch_up()
                answer = self._answer(operation, params, partial(method, params, *prepared), state)
        finally:
            state.deliver()
            if collects:
                gc.enable()
        return answer

    @staticmethod
    def _answer(
        operation: Operation, params: dict[str, Any], serve: Callable[[], Mapping[str, Any] | None], state: RegionState
    ) -> dict[str, Any]:
        try:
            answer = _replay(operation, params, state)
            if answer is None:
                record = serve()
                answer = project(operation, record or {})
                _remember(operation, params, record, answer, state)
        except BaseException:
            state.lifecycles.discard_polls()
            state.outbox.clear()
            raise
        state.lifecycles.settle()
        state.post()
        return answer

    def _refusal(self, error: OmicsError, headers: dict[str, str]) -> Response:
        body = json.dumps({"message": error.message}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return Response(self.service.error_statuses[error.code], headers | {"x-amzn-ErrorType": error.code}, body)

    @staticmethod
    def _record(
        operation: Operation,
        params: dict[str, Any],
        answer: dict[str, Any] | None,
        error: OmicsError | None,
        state: RegionState,
    ) -> None:
        asked, answered = without_bytes(params), None if answer is None else without_bytes(answer)
        call = Call(operation.name, asked, answered, error, state.account, state.region, settings.clock.now())
        settings.frame().calls.append(call)


@cache
def _token_member(operation: Operation) -> str | None:
    """The member whose repetition means that a request was sent again."""
    members = operation.input.members if operation.input else {}
    marked = (name for name, shape in members.items() if shape.metadata.get("idempotencyToken"))
    return next(marked, "clientToken" if "clientToken" in members else None)


def _replay(operation: Operation, params: Mapping[str, Any], state: RegionState) -> dict[str, Any] | None:
    """The answer to a request that comes again, unless what it made is gone."""
    member = _token_member(operation)
    earlier = None if member is None else state.replays.get(_replay_key(operation, member, params))
    if earlier is None or getattr(earlier.record, "removed", False):
        return None
    if earlier.params != params:
        if "ConflictException" not in operation.errors:
            raise ValidationException(f"{member} was already used with other parameters")
        if settings.frame().rules["request_id_reuse"] == "conflict":
            raise ConflictException(f"{member} was already used with other parameters")
    # A clientToken brings back the first answer as it was; a requestId the resource as it is now (inferred).
    return dict(earlier.answer) if member == "clientToken" else project(operation, earlier.record)


def _remember(operation: Operation, params: dict[str, Any], record: Any, answer: dict[str, Any], state: RegionState) -> None:
    member = _token_member(operation)
    if member is not None and member in params:
        state.replays[_replay_key(operation, member, params)] = Replay(params, record, answer)


def _replay_key(operation: Operation, member: str, params: Mapping[str, Any]) -> tuple[Any, ...]:
    """A token counts within an operation and the resource in its path."""
    return operation.name, params.get(member), *(params[label] for label in _labels(operation))


@cache
def _labels(operation: Operation) -> tuple[str, ...]:
    members = operation.input.members if operation.input else {}
    return tuple(name for name, shape in members.items() if shape.serialization.get("location") == "uri")


@cache
def omics_engine() -> Engine:
    """The engine of HealthOmics."""
    return Engine(load("omics"))
