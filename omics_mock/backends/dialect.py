"""How HealthOmics words its refusals and treats requests that come again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from omics_mock import deviations, settings, validation
from omics_mock.dialect import Dialect
from omics_mock.engine import Engine, Replay
from omics_mock.exceptions import (
    AccessDeniedException,
    ConflictException,
    OmicsError,
    ServiceQuotaExceededException,
    ValidationException,
)
from omics_mock.validation.rules import BrokenRule, TooMany
from omics_mock.wire.model import Operation, load

if TYPE_CHECKING:
    from omics_mock.validation import Violation


class OmicsDialect(Dialect):
    """One exception for whatever is wrong with the input, which names every violation."""

    accepted_anyway = deviations.ACCEPTED_ANYWAY
    undeclared_errors = deviations.UNDECLARED_ERRORS
    outside_output_shape = deviations.OUTSIDE_OUTPUT_SHAPE
    answered_from_record = frozenset(("requestId",))  # while a clientToken brings back the first answer as it was (inferred)

    def malformed(self, operation: Operation, what: str) -> OmicsError:
        return ValidationException(what)

    def invalid(self, operation: Operation, params: Mapping[str, Any], violations: Sequence[Violation]) -> OmicsError:
        return ValidationException(validation.message(violations))

    def broken(self, operation: Operation, rule: BrokenRule) -> OmicsError:
        return refusal(rule)

    def denied(self, operation: Operation, message: str) -> OmicsError:
        return AccessDeniedException(message)

    def again(self, operation: Operation, token: str, earlier: Replay, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if getattr(earlier.record, "removed", False):
            return None
        if earlier.params != params:
            if "ConflictException" not in operation.errors:
                raise ValidationException(f"{token} was already used with other parameters")
            if settings.frame().rules["request_id_reuse"] == "conflict":
                raise ConflictException(f"{token} was already used with other parameters")
        answer: Mapping[str, Any] = earlier.record if token in self.answered_from_record else earlier.answer
        return answer


def refusal(error: OmicsError | BrokenRule) -> OmicsError:
    """What HealthOmics answers with."""
    if isinstance(error, BrokenRule):
        return (ServiceQuotaExceededException if isinstance(error, TooMany) else ValidationException)(error.message)
    return error


@cache
def omics_engine() -> Engine:
    """The engine of HealthOmics."""
    return Engine(load("omics"), OmicsDialect())
