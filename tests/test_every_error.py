"""Every error that an operation declares reaches boto3 as the class and with the status that the model gives it."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from omics_mock import mock_omics
from omics_mock.wire.model import Operation, load
from tests.support.workflows import unchecked_client

pytestmark = pytest.mark.model

OPERATIONS = [operation for service in ("omics", "imagebuilder") for operation in load(service).operations.values()]


def smallest(operation: Operation) -> dict[str, Any]:
    """Members that a request can not be without: those in its path."""
    members = operation.input.members if operation.input else {}
    return {name: "1234567890" for name, shape in members.items() if shape.serialization.get("location") == "uri"}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.service}:{operation.name}")
def test_every_declared_error_is_seen_as_the_model_has_it(operation: Operation) -> None:
    client = unchecked_client(operation.service)
    statuses = load(operation.service).error_statuses
    with mock_omics() as mock:
        for error in sorted(operation.errors):
            mock.faults.add(f"{operation.service}:{operation.name}", error, message="as scripted")
            with pytest.raises(ClientError) as seen:
                getattr(client, operation.method_name)(**smallest(operation))
            assert type(seen.value) is getattr(client.exceptions, error)
            response = seen.value.response
            assert (response["Error"]["Code"], response["Error"]["Message"]) == (error, "as scripted")
            assert response["ResponseMetadata"]["HTTPStatusCode"] == statuses[error]
        assert len(mock.calls) == len(operation.errors)
