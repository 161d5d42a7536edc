"""Every error an operation of these families declares is reached by a condition here, or only by fault injection."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.core import set_initial_no_auth_action_count

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.runs import Runs
from omics_mock.backends.tags import Tags
from omics_mock.backends.workflows import Workflows
from omics_mock.wire.model import load
from tests.support.constraint_cases import fewest
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run, unchecked_client

OPERATIONS = [operation for family in (Workflows, Runs, Tags) for operation in family.modelled()]
ONLY_BY_FAULT = {"InternalServerException", "RequestTimeoutException", "ThrottlingException"}
"""What the service answers when it is in trouble: no request of a client's makes it so."""

# Errors that operations declare because all do; the documentation knows no condition for them.
WITHOUT_CONDITION = {
    "ConflictException": {
        "CreateWorkflow",  # but for a request id that comes again: a rule of the mock, tested with the workflows
        "GetWorkflow",
        "ListWorkflows",
        "GetWorkflowVersion",
        "ListWorkflowVersions",
        "GetRun",
        "ListRuns",
        "GetRunTask",
        "ListRunTasks",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
    },
    "ResourceNotFoundException": {"CreateWorkflow", "ListWorkflows", "ListRuns"},
    "ServiceQuotaExceededException": {operation.name for operation in OPERATIONS}
    - {"CreateWorkflow", "CreateWorkflowVersion", "StartRun"},
}

UNKNOWN_ARN = "arn:aws:omics:us-east-1:123456789012:run/1234567"
QUOTAS = {"Maximum workflows": 1, "Maximum workflow versions per workflow": 0, "Maximum runs (active or inactive)": 0}


def not_found(name: str) -> dict[str, Any]:
    """Valid parameters that name nothing that exists."""
    ids = {"id": "1234567", "workflowId": "1234567", "taskId": "1234567", "versionName": "1", "resourceArn": UNKNOWN_ARN}
    shape = load("omics").operations[name].input
    assert shape is not None
    known = {member: value for member, value in ids.items() if member in shape.members}
    extra: dict[str, dict[str, Any]] = {
        "StartRun": {"roleArn": ROLE, "outputUri": "s3://results"},
        "CreateWorkflowVersion": {"definitionZip": archive()},
        "TagResource": {"tags": {}},
        "UntagResource": {"tagKeys": ["a"]},
    }
    return known | extra.get(name, {})


def conflict(omics: Any, name: str) -> dict[str, Any]:
    """A resource whose state forbids the operation."""
    if name in ("CancelRun", "DeleteRun"):
        run = start_run(omics)
        if name == "CancelRun":
            omics.cancel_run(id=run)
        return {"id": run}
    workflow = omics.create_workflow(definitionZip=archive())["id"]
    match name:
        case "StartRun":
            return {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://results"}
        case "UpdateWorkflow" | "DeleteWorkflow":
            return {"id": workflow}
    omics.get_waiter("workflow_active").wait(id=workflow)
    version = {"workflowId": workflow, "versionName": "1"}
    omics.create_workflow_version(**version, definitionZip=archive())
    return version | ({"definitionZip": archive()} if name == "CreateWorkflowVersion" else {})


def quota(omics: Any, name: str) -> dict[str, Any]:
    """One more than the quota allows."""
    workflow = active_workflow(omics)
    match name:
        case "CreateWorkflow":
            return {"definitionZip": archive()}
        case "CreateWorkflowVersion":
            return {"workflowId": workflow, "versionName": "1", "definitionZip": archive()}
    return {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://results"}


CONDITIONS: dict[str, Callable[[Any, str], dict[str, Any]]] = {
    "ResourceNotFoundException": lambda omics, name: not_found(name),
    "ConflictException": conflict,
    "ServiceQuotaExceededException": quota,
    "ValidationException": lambda omics, name: {
        **not_found(name),
        **dict.fromkeys(("id", "workflowId", "taskId", "startingToken", "resourceArn", "name"), ""),
    },
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_declared_error_has_its_condition(operation: Any) -> None:
    for error in operation.errors:
        if error in ONLY_BY_FAULT or error == "AccessDeniedException" or operation.name in WITHOUT_CONDITION.get(error, ()):
            continue
        with mock_omics(quotas=QUOTAS if error == "ServiceQuotaExceededException" else {}):
            omics: Any = unchecked_client()
            params = CONDITIONS[error](omics, operation.name)
            call = getattr(omics, operation.method_name)
            with pytest.raises(getattr(omics.exceptions, error)) as refused:
                call(**{member: value for member, value in params.items() if member in operation.input.members})
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == operation.errors[error]
            assert refused.value.response["Error"]["Message"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_operation_is_denied_to_a_caller_without_permission(operation: Any) -> None:
    @set_initial_no_auth_action_count(0)
    def denied(omics: Any) -> None:
        with pytest.raises(omics.exceptions.AccessDeniedException, match=f"omics:{operation.name}"):
            getattr(omics, operation.method_name)(**fewest(operation.input))

    with mock_omics():
        iam: Any = OmicsMock.current().client("iam")
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        denied(client(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]))


def test_what_is_listed_as_without_condition_is_declared() -> None:
    declared = {operation.name: operation.errors for operation in OPERATIONS}
    for error, names in WITHOUT_CONDITION.items():
        assert {name for name in names & declared.keys() if error not in declared[name]} == set(), error
