"""What makes an input invalid: the constraints that its shapes declare."""

from omics_mock.validation.constraints import Violation, empty, message, violations
from omics_mock.validation.patterns import UnknownPattern, compile_pattern

__all__ = ["UnknownPattern", "Violation", "compile_pattern", "empty", "message", "violations"]
