"""The direct transport: a client's call goes to the engine before botocore makes an HTTP request of it.

It sets in when the handlers of before-call have had their say, is exact or steps aside, and then the call goes on to moto's
interceptor. A refusal goes on as well, with its answer made: botocore may want to try again.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from unittest import mock

from botocore import UNSIGNED, handlers
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.client import BaseClient
from botocore.history import get_global_history_recorder

from omics_mock import settings
from omics_mock.engine import Outcome, Request, Response
from omics_mock.transports.identity import signed_by
from omics_mock.transports.serving import answering, backend_of, region_of, split
from omics_mock.wire.model import load
from omics_mock.wire.parsed import Read, reader

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from moto.core.base_backend import BackendDict

    from omics_mock.transports.moto import ServiceBackend
    from omics_mock.wire.model import Operation

Answered: TypeAlias = tuple[AWSResponse, dict[str, Any]]

SKIPPED = (
    "request-created",
    "choose-signer",
    "before-sign",
    "before-send",
    "response-received",
    "needs-retry",
    "before-parse",
)
"""The events of botocore that do not happen on the direct way."""

_history: Any = get_global_history_recorder()
_OWN = frozenset(("botocore", "aiobotocore", "moto"))
_BUILT_IN = frozenset(id(entry[1]) for entry in handlers.BUILTIN_HANDLERS if entry[1] is not handlers.disable_signing)
_SIGNED = frozenset((None, "v4", "v4-unsigned-body"))


_Served: TypeAlias = "tuple[Operation, Read]"


class Call(NamedTuple):
    """A call that the direct transport serves."""

    operation: Operation
    request: Mapping[str, Any]
    """What botocore has made of the parameters: method, url, headers and body."""
    headers: Mapping[str, str]
    """The headers, by lower-case names."""
    read: Read
    """Makes what the client returns of an answer."""


class Direct:
    """Decides which calls it serves, and serves them. ``is_ours`` tells whether moto would hand us what is sent to a URL."""

    def __init__(self, backends: Mapping[str, BackendDict[ServiceBackend]], is_ours: Callable[[str, str], bool]) -> None:
        self._backends = backends
        self._is_ours = is_ours

    def call(
        self, client: BaseClient, model: OperationModel, request: Mapping[str, Any], context: Mapping[str, Any]
    ) -> Call | None:
        """The call, if it is wanted and comes to the same whether it goes over the wire or not."""
        frame, service = settings.frame(), model.service_model.service_name
        if frame.options.direct is False or service not in self._backends or (served := _served(client, model)) is None:
            return None
        if (
            not self._is_ours(service, request["url"])
            or frame.faults.any_left
            or _history._enabled
            or not _is_signed(client, context)
            or not _is_sendable(request["body"])
            or (headers := _plain(request["headers"])) is None
        ):
            return None
        operation, read = served
        return Call(operation, request, headers, read)

    def serve(self, call: Call, access_key: str, body: bytes) -> Answered | Response:
        """Do what is asked for. A refusal is returned as it goes over the wire."""
        host, path, query = split(call.request["url"])
        service = call.operation.service
        region = region_of(service, host)
        account, caller = signed_by(service, call.headers, access_key, region)
        backend = backend_of(self._backends[service], account, region)
        asked = Request(call.request["method"], path, query, call.headers, body, account, region, caller)
        engine = backend.engine()
        outcome = engine.serve(asked, backend.state)
        if outcome.error is not None:
            return engine.respond(outcome)
        http = _Unsent(call.request["url"], outcome, engine.respond)
        return http, call.read(outcome.answer or {}, _metadata(outcome))


class _Unsent(AWSResponse):
    """A response that is written only if somebody looks at it."""

    def __init__(self, url: str, outcome: Outcome, respond: Callable[[Outcome], Response]) -> None:
        self.url, self.status_code = url, outcome.operation.status
        self._outcome, self._respond = outcome, respond

    @cached_property
    def headers(self) -> Any:  # type: ignore[override]  # which is set there
        """The headers, whose names ignore case."""
        return HeadersDict(self._outcome.headers)

    @cached_property
    def raw(self) -> Any:
        """What botocore would read the body from."""
        return io.BytesIO()

    @cached_property
    def content(self) -> Any:
        """The body."""
        return self._respond(self._outcome).body


def _metadata(outcome: Outcome) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in outcome.headers.items()}
    metadata = {
        "RequestId": outcome.headers["x-amzn-RequestId"],
        "HTTPStatusCode": outcome.operation.status,
        "HTTPHeaders": headers,
    }
    return {"ResponseMetadata": metadata}


def as_bytes(body: Any) -> bytes:
    """A payload that botocore takes."""
    return body.encode() if isinstance(body, str) else bytes(body or b"")


# ---- what it can not honour ------------------------------------------------------------------------------------------


def _is_signed(client: BaseClient, context: Mapping[str, Any]) -> bool:
    """Whether the request would carry a signature with somebody's key."""
    signer: Any = client._request_signer  # type: ignore[attr-defined]  # the stubs leave out what is private
    return signer._credentials is not None and signer._signature_version is not UNSIGNED and context.get("auth_type") in _SIGNED


def _is_sendable(body: Any) -> bool:
    return isinstance(body, _BODIES) or (hasattr(body, "read") and hasattr(body, "seek"))


_BODIES = bytes, bytearray, str


def _plain(headers: Mapping[str, Any]) -> dict[str, str] | None:
    """The headers by lower-case names, if they arrive as they are sent."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        if type(value) is not str or not value.isascii() or not value.isprintable() or value != value.strip():
            return None
        found[name.lower()] = value
    return found


def _shape(shape: Any) -> Any:
    return None if shape is None else shape._shape_model


def _served(client: BaseClient, model: OperationModel) -> _Served | None:
    """The operation that the client means, if it and nobody else reads its answers as our model has them."""
    endpoint: Any = client._endpoint  # type: ignore[attr-defined]  # the stubs leave out what is private
    if endpoint._response_parser_factory._defaults:
        return None
    emitter: Any = getattr(client.meta.events, "_emitter", client.meta.events)
    found: dict[object, _Served | None] = emitter._lookup_cache  # a new one whenever a handler comes or goes
    key = type(endpoint), model.name
    if key not in found:
        operation = load(model.service_model.service_name).operations.get(model.name)
        read = None if operation is None else reader(operation)
        alike = operation is not None and _shape(model.output_shape) == _shape(operation.output)
        unheard = _is_unheard(emitter, model) and key[0].__module__.partition(".")[0] in _OWN
        found[key] = (operation, read) if operation is not None and read is not None and alike and unheard else None
    return found[key]


def _is_unheard(emitter: Any, model: OperationModel) -> bool:
    """Whether all that handles the skipped events is botocore's, aiobotocore's or moto's own."""
    service = model.service_model.service_id.hyphenize()
    events = (f"{event}.{service}.{model.name}" for event in SKIPPED)
    return all(_is_own(handler) for event in events for handler in emitter._handlers.prefix_search(event))


def _is_own(handler: Any) -> bool:
    if id(handler) in _BUILT_IN:
        return True
    owner = type(getattr(handler, "__self__", handler)).__module__
    return owner.partition(".")[0] in _OWN and not owner.endswith((".monitoring", ".adaptive"))  # these count what is sent


# ---- boto3 -----------------------------------------------------------------------------------------------------------


@contextmanager
def serving_boto3(direct: Direct) -> Iterator[None]:
    """Serve the calls of boto3's clients directly, unless the innermost mock does not want it."""
    really_make_request: Callable[..., Answered] = BaseClient._make_request  # type: ignore[attr-defined]  # the stubs leave out what is private

    def make_request(client: BaseClient, model: OperationModel, request: dict[str, Any], context: dict[str, Any]) -> Answered:
        call = direct.call(client, model, request, context)
        if call is None:
            return really_make_request(client, model, request, context)
        try:
            access_key = client._request_signer._credentials.get_frozen_credentials().access_key  # type: ignore[attr-defined]  # as above
            body = request["body"]
            if type(body) is not bytes:
                body = request["body"] = as_bytes(body.read() if hasattr(body, "read") else body)
            answered = direct.serve(call, access_key, body)
        except Exception as error:
            client.meta.events.emit(failed(model), exception=error, context=context)
            raise
        if isinstance(answered, Response):
            with answering(answered):
                return really_make_request(client, model, request, context)
        if is_only_attempt(client):
            client.meta.events.emit(**after_attempt(client, model, request, answered))
        answered[1]["ResponseMetadata"]["RetryAttempts"] = 0
        return answered

    with mock.patch.object(BaseClient, "_make_request", make_request):
        yield


def is_only_attempt(client: BaseClient) -> bool:
    """Whether the client's retry handler leaves its mark on an answer, as the last one it would take."""
    retries: Any = client.meta.config.retries  # type: ignore[attr-defined]  # as above
    return retries is not None and retries.get("total_max_attempts") == 1


def after_attempt(client: BaseClient, model: OperationModel, request: Mapping[str, Any], answered: Any) -> dict[str, Any]:
    """What a client's retry handler is told."""
    return {
        "event_name": f"needs-retry.{model.service_model.service_id.hyphenize()}.{model.name}",
        "response": answered,
        "endpoint": client._endpoint,  # type: ignore[attr-defined]  # as above
        "operation": model,
        "attempts": 1,
        "caught_exception": None,
        "request_dict": request,
    }


def failed(model: OperationModel) -> str:
    """The event of a call that got no answer."""
    return f"after-call-error.{model.service_model.service_id.hyphenize()}.{model.name}"
