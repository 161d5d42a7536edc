"""The exceptions Image Builder answers with. Statuses are read from botocore's model."""

from __future__ import annotations

from omics_mock.exceptions import ServiceError


class ImageBuilderError(ServiceError):
    """Base of every error Image Builder answers with."""

    service = "imagebuilder"


class AccessDeniedException(ImageBuilderError):
    """IAM does not let the caller do this."""


class DryRunOperationException(ImageBuilderError):
    """The request was a trial, and would have succeeded."""


class ForbiddenException(ImageBuilderError):
    """The caller may not do this to the resource."""


class IdempotentParameterMismatchException(ImageBuilderError):
    """The token was used before with other parameters."""


class InvalidPaginationTokenException(ImageBuilderError):
    """The token does not continue this list."""


class InvalidParameterCombinationException(ImageBuilderError):
    """The parameters exclude each other, or one is missing."""


class InvalidParameterException(ImageBuilderError):
    """A parameter of a tag operation is invalid."""


class InvalidParameterValueException(ImageBuilderError):
    """The value of a parameter is invalid."""

    @classmethod
    def of(cls, parameter: str, detail: str) -> InvalidParameterValueException:
        """In the service's words."""
        return cls(value_of(parameter, detail))


class InvalidRequestException(ImageBuilderError):
    """The request is not one the service can serve."""


class InvalidVersionNumberException(ImageBuilderError):
    """The version number does not follow the rules of semantic versions."""


class ResourceAlreadyExistsException(ImageBuilderError):
    """The resource exists already."""


class ResourceNotFoundException(ImageBuilderError):
    """The resource does not exist in this account and region."""


def value_of(parameter: str, detail: str) -> str:
    """How the service begins what it says of a value."""
    return f"The value supplied for parameter '{parameter}' is not valid. {detail}"
