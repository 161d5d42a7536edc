"""The exceptions, with their statuses and who declares them."""

import inspect
from collections.abc import Iterable, Mapping

from checks.reference.markdown import Pages, code, page, sentence, table
from omics_mock import exceptions
from omics_mock.exceptions import OmicsError, ServiceError
from omics_mock.imagebuilder import exceptions as imagebuilder_exceptions
from omics_mock.imagebuilder.exceptions import ImageBuilderError
from omics_mock.wire.model import load

_BEGINNING = """\
boto3 sees the exceptions of the service model, with the HTTP status the model gives them. `omics_mock.exceptions` has a class for
each, all of them an `OmicsError`; `omics.calls` records them as `call.error`. A test [scripts](../how-to/inject-faults.md) any of
them for any operation that declares it.
"""

_RAISED: Mapping[str, str] = {
    "ValidationException": "the request breaks a constraint of the model or a documented rule",
    "AccessDeniedException": "moto's IAM is enforced and does not allow the operation; or the rule `analytics_closed` says so",
    "ResourceNotFoundException": "the resource does not exist in this account and region",
    "ConflictException": "the resource's present state does not allow the request",
    "RangeNotSatisfiableException": "a part beyond the last one, or a range outside the part, of a read set or reference",
    "ServiceQuotaExceededException": "a [quota](quotas.md) of the account would be exceeded",
}
_NEVER = "by a fault only"

_END = """\
botocore tries a call again after `RangeNotSatisfiableException`, `ThrottlingException`, `InternalServerException` and
`RequestTimeoutException`; the pauses in between pass on the mock's clock.

A mistake inside the library is never an answer of the service: it surfaces in the test as the Python exception it is.
"""

_IMAGEBUILDER = "## EC2 Image Builder\n\nThese are in `omics_mock.imagebuilder.exceptions`, all of them an `ImageBuilderError`."


def pages() -> Pages:
    """The page, with those of both services."""
    rows = [(*row, _RAISED.get(kind.__name__, _NEVER)) for kind in kinds(exceptions, OmicsError) for row in _rows(kind)]
    return {
        "errors.md": page(
            "Errors",
            _BEGINNING,
            table(("exception", "status", "says", "declared by", "raised by itself"), rows),
            _END,
            _IMAGEBUILDER,
            table(
                ("exception", "status", "says", "declared by"),
                [row for kind in kinds(imagebuilder_exceptions, ImageBuilderError) for row in _rows(kind)],
            ),
        )
    }


def kinds(module: object, base: type[ServiceError]) -> list[type[ServiceError]]:
    """The exceptions of a service, by status and name."""
    found = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, base) and kind is not base]
    return sorted(found, key=lambda kind: (load(kind.service).error_statuses.get(kind.__name__, 0), kind.__name__))


def _rows(kind: type[ServiceError]) -> Iterable[tuple[str, ...]]:
    service = load(kind.service)
    declaring = sum(kind.__name__ in operation.errors for operation in service.operations.values())
    says = sentence(inspect.getdoc(kind) or "").partition(" (")[0].rstrip(".")
    yield code(kind.__name__), str(service.error_statuses.get(kind.__name__, "")), says, f"{declaring} of {len(service.operations)}"
