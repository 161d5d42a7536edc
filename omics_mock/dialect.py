"""What the engine has to be told of a service beyond its model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from omics_mock.engine import Replay
    from omics_mock.exceptions import ServiceError
    from omics_mock.validation import Violation
    from omics_mock.validation.rules import BrokenRule
    from omics_mock.wire.model import Operation


class Dialect(ABC):
    """How a service says what every service says, and where the mock knowingly leaves its model."""

    accepted_anyway: ClassVar[Mapping[tuple[str, str], tuple[str, str]]] = {}
    """(operation, member) pairs with what is accepted beyond the shape's constraints, and why."""
    undeclared_errors: ClassVar[Mapping[tuple[str, str], str]] = {}
    """(operation, error) pairs a backend may raise although the operation does not declare the error, with the reason."""
    outside_output_shape: ClassVar[Mapping[tuple[str, str], str]] = {}
    """(operation, member) pairs whose values may break the output shape's constraints, with the reason."""

    answered_from_record: ClassVar[frozenset[str]] = frozenset()
    """The tokens whose repetition brings back a resource as it is now; the others bring back the first answer."""

    @abstractmethod
    def malformed(self, operation: Operation, what: str) -> ServiceError:
        """The request can not be read."""

    @abstractmethod
    def invalid(self, operation: Operation, params: Mapping[str, Any], violations: Sequence[Violation]) -> ServiceError:
        """The request breaks constraints of its shape."""

    @abstractmethod
    def broken(self, operation: Operation, rule: BrokenRule) -> ServiceError:
        """The request breaks a rule that no shape expresses."""

    @abstractmethod
    def denied(self, operation: Operation, message: str) -> ServiceError:
        """IAM does not let the caller do this."""

    @abstractmethod
    def again(self, operation: Operation, token: str, earlier: Replay, params: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What a request with the token of an earlier one is answered from; None to serve it as a new one."""
