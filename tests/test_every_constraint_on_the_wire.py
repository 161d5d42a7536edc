"""Every constraint of every input, broken by a real client whose own checks are off."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from omics_mock import mock_omics
from omics_mock.engine import NotServedYet
from omics_mock.wire.model import Operation
from tests.support.constraint_cases import SAME_ON_THE_WIRE, Case, boundary_cases_of, cases_of, operations
from tests.support.workflows import unchecked_client

pytestmark = pytest.mark.model

every_operation = pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.service}-{operation.name}")

# What Image Builder says of a member; of all others InvalidParameterValueException, in tag operations InvalidParameterException.
IMAGE_BUILDER_ERRORS = {
    "semanticVersion": "InvalidVersionNumberException",
    "nextToken": "InvalidPaginationTokenException",
    "owner": "InvalidRequestException",
    "filters": "InvalidRequestException",
}
DOCUMENT = "schemaVersion: 1.0\nsteps: [{name: wait, action: WaitForAction}]"


@pytest.fixture(scope="module")
def unchecked() -> Iterator[Any]:
    with mock_omics():
        yield {service: unchecked_client(service) for service in ("omics", "imagebuilder")}


def refusal(unchecked: Any, operation: Operation, case: Case) -> str:
    """The code and message of the answer; empty when it was not refused."""
    try:
        getattr(unchecked[operation.service], operation.method_name)(**with_document(operation, case.params))
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{status} {refused.response['Error']['Code']}: {refused.response['Error']['Message']}"
    except NotServedYet:
        pass
    return ""


def with_document(operation: Operation, params: dict[str, Any]) -> dict[str, Any]:
    """Image Builder looks at some members only once it has a document."""
    needs_one = operation.service == "imagebuilder" and operation.name == "CreateWorkflow"
    return {"data": DOCUMENT, **params} if needs_one else params


def expected(operation: Operation, case: Case) -> tuple[str, str]:
    """How the answer begins, and what it says of the member."""
    if operation.service == "omics":
        return "400 ValidationException: ", case.expected_fragment
    code = IMAGE_BUILDER_ERRORS.get(case.member_path.partition(".")[0], "InvalidParameterValueException")
    code = "InvalidParameterException" if code not in operation.errors and "tag" in operation.name.lower() else code
    rule = case.expected_fragment.partition(" failed to satisfy constraint: ")[2].removeprefix("Member ")
    rule = rule.replace("must satisfy regular expression pattern:", "must match pattern")
    return f"400 {code}: The value supplied for parameter '{case.member_path}' is not valid. ", rule


def tellable(operation: Operation, case: Case) -> bool:
    """Whether the case differs from a valid request once botocore has put it on the wire."""
    member = operation.input.members.get(case.member_path) if operation.input else None
    filled_in = case.kind == "required" and member is not None and bool(member.metadata.get("idempotencyToken"))
    return not filled_in and (case.operation, case.member_path, case.kind) not in SAME_ON_THE_WIRE


@every_operation
def test_each_broken_constraint_is_refused_on_the_wire_by_name(unchecked: Any, operation: Operation) -> None:
    wrong = []
    for case in [case for case in cases_of(operation) if tellable(operation, case)]:
        answer = refusal(unchecked, operation, case)
        beginning, rule = expected(operation, case)
        if not answer.startswith(beginning) or rule not in answer:
            wrong.append(f"{case}: {answer}")
    assert wrong == []


@every_operation
def test_values_on_a_bound_are_not_refused_on_the_wire(unchecked: Any, operation: Operation) -> None:
    answers = [(case, refusal(unchecked, operation, case)) for case in boundary_cases_of(operation) if tellable(operation, case)]
    assert [f"{case}: {answer}" for case, answer in answers if case.expected_fragment in answer] == []
