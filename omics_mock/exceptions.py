"""The exceptions services answer with, HealthOmics' among them. Backends raise them; the engine puts them on the wire.

Names and meanings: AWS HealthOmics API Reference, "Errors" of each operation. Statuses are read from botocore's model.
"""

from __future__ import annotations

from typing import ClassVar


class ServiceError(Exception):
    """Base of every error a service answers with. ``message`` is the text the caller sees."""

    service: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """The error's name on the wire."""
        return type(self).__name__

    @property
    def status(self) -> int:
        """The HTTP status the service model gives this error."""
        from omics_mock.wire.model import load

        return load(self.service).error_statuses[self.code]


class OmicsError(ServiceError):
    """Base of every error HealthOmics answers with."""

    service = "omics"


class ValidationException(OmicsError):
    """The input breaks a constraint of the service (400)."""


class AccessDeniedException(OmicsError):
    """The caller may not do this (403)."""


class ResourceNotFoundException(OmicsError):
    """The resource does not exist in this account and region (404)."""


class NotSupportedOperationException(OmicsError):
    """The operation is not available for this resource (405)."""


class RequestTimeoutException(OmicsError):
    """The request took too long (408)."""


class ConflictException(OmicsError):
    """The resource's present state does not allow the request (409)."""


class RangeNotSatisfiableException(OmicsError):
    """The requested range lies outside the file (416)."""


class ServiceQuotaExceededException(OmicsError):
    """The request would exceed a quota of the account (402)."""


class ThrottlingException(OmicsError):
    """Too many requests (429)."""


class InternalServerException(OmicsError):
    """The service failed (500)."""
