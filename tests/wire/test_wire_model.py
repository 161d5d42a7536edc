"""The service model as the package reads it."""

from typing import Any

import botocore.session
import pytest

from omics_mock.wire.model import load


def test_the_model_is_loaded_once() -> None:
    assert load("omics") is load("omics")


def test_the_service_says_who_it_is() -> None:
    omics = load("omics")
    assert (omics.name, omics.service_id, omics.endpoint_prefix, omics.api_version) == (
        "omics",
        "Omics",
        "omics",
        "2022-11-28",
    )


@pytest.mark.parametrize("name", ["omics", "imagebuilder"])
def test_the_operations_are_those_of_botocore(name: str) -> None:
    model = botocore.session.get_session().get_service_model(name)
    service = load(name)
    assert service.operations.keys() == set(model.operation_names)
    for operation in service.operations.values():
        theirs: Any = model.operation_model(operation.name)
        assert operation.status == theirs.http.get("responseCode", 200)
        assert operation.host_prefix == (theirs.endpoint or {}).get("hostPrefix", "")
        assert operation.errors == {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in theirs.error_shapes}
        assert operation.errors.items() <= service.error_statuses.items()


def test_an_operation_says_what_the_model_says() -> None:
    create = load("omics").operations["CreateWorkflow"]
    assert (create.method_name, create.http_method, create.uri) == ("create_workflow", "POST", "/workflow")
    assert (create.status, create.host_prefix) == (201, "workflows-")
    assert create.errors["ServiceQuotaExceededException"] == 402
