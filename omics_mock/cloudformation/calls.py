"""CloudFormation's calls of a service: the requests a client would send, answered by the same engine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from botocore.awsrequest import HeadersDict
from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, StructureShape
from botocore.parsers import ResponseParser, ResponseParserError, create_parser
from botocore.serialize import create_serializer

from omics_mock.backends.region import RegionState
from omics_mock.engine import Request
from omics_mock.faults import ConnectionFailure
from omics_mock.transports.moto import ServiceBackend, imagebuilder_backends, omics_backends

if TYPE_CHECKING:
    from moto.core.base_backend import BackendDict

BACKENDS: Mapping[str, BackendDict[Any]] = {"omics": omics_backends, "imagebuilder": imagebuilder_backends}
_HANDLER_ERRORS: Mapping[str, str] = {
    "AccessDeniedException": "AccessDenied",
    "ConflictException": "InvalidRequest",
    "InternalServerException": "ServiceInternalError",
    "ResourceAlreadyExistsException": "AlreadyExists",
    "ResourceNotFoundException": "NotFound",
    "ServiceQuotaExceededException": "ServiceLimitExceeded",
    "ThrottlingException": "Throttling",
}


class Refused(Exception):
    """Why something could not be done with a resource, as the stack's events tell it."""

    logical_id = ""
    resource_type = ""
    physical_id = ""
    action = "CREATE"


class Answered(Refused):
    """The service refused a request."""

    def __init__(self, message: str, handler_error: str, code: str = "") -> None:
        super().__init__(f'Resource handler returned message: "{message}" (HandlerErrorCode: {handler_error})')
        self.code = code


class _Wire(NamedTuple):
    """How requests and answers of a service look."""

    model: ServiceModel
    serializer: Any
    parser: ResponseParser


class Service:
    """A service in one account and region."""

    def __init__(self, name: str, account: str, region: str) -> None:
        self.name = name
        self.account = account
        self.region = region
        if region not in BACKENDS[name][account].regions:
            raise Refused(f"{BACKENDS[name].backend.title} is not available in region {region!r}")

    @property
    def _backend(self) -> ServiceBackend:
        backend: ServiceBackend = BACKENDS[self.name][self.account][self.region]
        return backend

    def shape(self, operation: str) -> StructureShape:
        """The members of a request."""
        shape: StructureShape | None = self._model(operation).input_shape
        return shape or StructureShape(operation, {"members": {}})

    def call(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """What the service answers, or Answered with what it refuses the request for."""
        model, state = self._model(operation), self._backend.state
        tokens = {member: state.request_ids.uuid() for member in model.idempotent_members}
        asked: Mapping[str, Any] = _wire(self.name).serializer.serialize_to_request({**tokens, **params}, model)
        body = asked["body"] or b""
        request = Request(
            asked["method"],
            asked["url_path"],
            urlencode(asked["query_string"], doseq=True),
            {name.lower(): value for name, value in asked["headers"].items()},
            body.encode() if isinstance(body, str) else body,
            self.account,
            self.region,
        )
        try:
            response = self._backend.engine().handle(request, state)
            answer = {"status_code": response.status, "headers": HeadersDict(response.headers), "body": response.body}
            parsed: dict[str, Any] = _wire(self.name).parser.parse(answer, model.output_shape)  # type: ignore[arg-type]  # may be None
        except (ConnectionFailure, ResponseParserError) as failure:
            raise Answered(str(failure), "NetworkFailure") from failure
        if response.status >= 300:
            error = parsed["Error"]
            raise Answered(error["Message"], _HANDLER_ERRORS.get(error["Code"], "InvalidRequest"), error["Code"])
        return parsed

    def settle(self, arn: str, *states: str) -> None:
        """Move a resource to the first of the states that it can come to, whatever the policy."""
        state = self._backend.state
        if not isinstance(state, RegionState):  # nothing of Image Builder's takes time
            return
        for status in states:
            try:
                state.advance(arn, status)
            except ValueError:
                continue
            return

    def _model(self, operation: str) -> OperationModel:
        model = _wire(self.name).model
        if operation not in model.operation_names:
            raise Refused(f"the installed botocore does not know {operation}")
        return model.operation_model(operation)


@cache
def _wire(service: str) -> _Wire:
    model = ServiceModel(Loader().load_service_model(service, "service-2"), service)
    return _Wire(model, create_serializer("rest-json", include_validation=False), create_parser("rest-json"))
