"""How Image Builder words its refusals and treats requests that come again.

Source: EC2 Image Builder API Reference, "Errors" of CreateWorkflow, GetWorkflow, ListWorkflows, ListWorkflowBuildVersions,
DeleteWorkflow and the tag operations; message forms as seen in public reports.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from omics_mock.dialect import Dialect
from omics_mock.engine import Engine, Replay
from omics_mock.imagebuilder.exceptions import (
    AccessDeniedException,
    ForbiddenException,
    IdempotentParameterMismatchException,
    ImageBuilderError,
    InvalidPaginationTokenException,
    InvalidParameterCombinationException,
    InvalidParameterException,
    InvalidParameterValueException,
    InvalidRequestException,
    InvalidVersionNumberException,
    value_of,
)
from omics_mock.wire.model import Operation, load

if TYPE_CHECKING:
    from omics_mock.validation import Violation
    from omics_mock.validation.rules import BrokenRule

_ERRORS: Mapping[str, type[ImageBuilderError]] = {
    "semanticVersion": InvalidVersionNumberException,
    "nextToken": InvalidPaginationTokenException,
    "owner": InvalidRequestException,
    "filters": InvalidRequestException,
}
_WORKFLOW_OPERATIONS = ("CreateWorkflow", "GetWorkflow", "ListWorkflows", "ListWorkflowBuildVersions", "DeleteWorkflow")
_TAG_OPERATIONS = ("TagResource", "UntagResource", "ListTagsForResource")
_OF_THE_SERVICE = "modelled for the service, seen in answers, but in no list of these operations"


class ImageBuilderDialect(Dialect):
    """One exception for each kind of mistake; of several mistakes it names the first."""

    undeclared_errors: ClassVar = {
        **{(operation, "InvalidParameterValueException"): _OF_THE_SERVICE for operation in _WORKFLOW_OPERATIONS},
        **{(operation, "AccessDeniedException"): _OF_THE_SERVICE for operation in (*_WORKFLOW_OPERATIONS, *_TAG_OPERATIONS)},
        **{(operation, "ForbiddenException"): _OF_THE_SERVICE for operation in _TAG_OPERATIONS},
        ("CreateWorkflow", "ResourceAlreadyExistsException"): _OF_THE_SERVICE,
        ("GetWorkflow", "ResourceNotFoundException"): "infrastructure tools wait for this very error",
        ("DeleteWorkflow", "ResourceNotFoundException"): "as for GetWorkflow",
    }
    outside_output_shape: ClassVar = {
        ("GetWorkflow", "workflow.tags"): "an empty map where there are no tags; the shape says at least one",
        ("ListTagsForResource", "tags"): "as for GetWorkflow",
        ("ListWorkflows", "workflowVersionList.arn"): "wildcards in an entry by name, which older models do not know",
        ("ListWorkflowBuildVersions", "workflowSummaryList.arn"): "a build has a number, which older models do not know",
    }

    def malformed(self, operation: Operation, what: str) -> ImageBuilderError:
        return (InvalidParameterException if _is_about_tags(operation) else InvalidRequestException)(what)

    def invalid(self, operation: Operation, params: Mapping[str, Any], violations: Sequence[Violation]) -> ImageBuilderError:
        """Of the version last: that data and uri exclude each other comes before it (inferred)."""
        violation = min(violations, key=lambda violation: violation.path == "semanticVersion")
        if violation.path == "semanticVersion":
            if error := wrong_combination(params):
                return error
            return InvalidVersionNumberException(value_of("semanticVersion", f"semanticVersion {_must(violation)}"))
        error_class = _ERRORS.get(violation.path.partition(".")[0], InvalidParameterValueException)
        detail = value_of(violation.path, f"'{violation.path}' {_must(violation)}")
        return (InvalidParameterException if _is_about_tags(operation) else error_class)(detail)

    def broken(self, operation: Operation, rule: BrokenRule) -> ImageBuilderError:
        error_class = InvalidParameterException if _is_about_tags(operation) else InvalidParameterValueException
        return error_class(value_of(rule.member, rule.message))

    def denied(self, operation: Operation, message: str) -> ImageBuilderError:
        modelled = AccessDeniedException.__name__ in load("imagebuilder").error_statuses  # not in older models
        return (AccessDeniedException if modelled else ForbiddenException)(message)

    def again(self, operation: Operation, token: str, earlier: Replay, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The first answer, even if what it made is gone; whether a request is a dry run makes it no other (inferred)."""
        if {**earlier.params, "dryRun": None} != {**params, "dryRun": None}:
            raise IdempotentParameterMismatchException(f"The {token} was already used with other parameters")
        return earlier.answer


def wrong_combination(params: Mapping[str, Any]) -> ImageBuilderError | None:
    """Exactly one of ``data`` and ``uri`` is given."""
    if ("data" in params) != ("uri" in params):
        return None
    return InvalidParameterCombinationException("Exactly one of the parameters 'data' and 'uri' must be specified.")


def _is_about_tags(operation: Operation) -> bool:
    return "InvalidParameterException" in operation.errors


def _must(violation: Violation) -> str:
    words = violation.constraint.removeprefix("Member ")
    return words.replace("must satisfy regular expression pattern:", "must match pattern")


@cache
def imagebuilder_engine() -> Engine:
    """The engine of Image Builder."""
    return Engine(load("imagebuilder"), ImageBuilderDialect())
