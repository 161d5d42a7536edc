"""The service model as the rest of the package uses it, read from the installed botocore."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from botocore import xform_name
from botocore.loaders import create_loader
from botocore.model import ServiceModel, StructureShape

from omics_mock.wire.router import Router

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One operation of a service. It hashes by identity, so compiled closures are cached per operation."""

    name: str
    method_name: str
    http_method: str
    uri: str
    status: int
    host_prefix: str
    input: StructureShape | None
    output: StructureShape | None
    errors: Mapping[str, int]
    service: str = ""


@dataclass(frozen=True, eq=False)
class Service:
    """One service: its operations by name, and the HTTP status of every exception."""

    name: str
    service_id: str
    endpoint_prefix: str
    api_version: str
    operations: Mapping[str, Operation]
    error_statuses: Mapping[str, int]

    @cached_property
    def router(self) -> Router:
        """Finds the operation of a request; built on first use."""
        return Router(self.operations.values())


@cache
def load(name: str) -> Service:
    """The newest model of the service ``name`` (as in ``boto3.client(name)``) in botocore, or where it looks first."""
    return described(name, create_loader(os.environ.get("AWS_DATA_PATH")).load_service_model(name, "service-2"))


def described(name: str, description: Mapping[str, Any]) -> Service:
    """The service that a model in botocore's format describes."""
    model = ServiceModel(description, name)
    statuses = {shape_name: _status(shape) for shape_name, shape in description["shapes"].items() if shape.get("exception")}
    metadata = description["metadata"]
    return Service(
        name=name,
        service_id=metadata["serviceId"],
        endpoint_prefix=metadata["endpointPrefix"],
        api_version=metadata["apiVersion"],
        operations={operation: _operation(operation, model, raw, statuses) for operation, raw in description["operations"].items()},
        error_statuses=statuses,
    )


def _operation(name: str, model: ServiceModel, raw: Mapping[str, Any], statuses: Mapping[str, int]) -> Operation:
    operation = model.operation_model(name)
    return Operation(
        name=name,
        method_name=xform_name(name),
        http_method=raw["http"]["method"],
        uri=raw["http"]["requestUri"],
        status=raw["http"].get("responseCode", 200),
        host_prefix=raw.get("endpoint", {}).get("hostPrefix", ""),
        input=operation.input_shape,
        output=operation.output_shape,
        errors={error["shape"]: statuses[error["shape"]] for error in raw.get("errors", ())},
        service=model.service_name,
    )


def _status(exception: Mapping[str, Any]) -> int:
    status: int = exception.get("error", {}).get("httpStatusCode", 500 if exception.get("fault") else 400)
    return status
