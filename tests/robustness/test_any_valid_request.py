"""Whatever is asked of any operation within its constraints: an answer of its shape, or an error that it declares."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from omics_mock import OmicsMock, mock_omics
from omics_mock.wire.model import Operation, load
from tests.conftest import ENGINES
from tests.support.constraint_cases import operations
from tests.support.populated import FRIEND, Found, populate
from tests.support.valid_requests import valid_requests
from tests.support.workflows import unchecked_client

POLICIES = ("frozen", "observed", "immediate", 60.0)
NOW = "2026-01-02T03:04:05"


class World:
    """A mock with some of everything in it, which can be put back."""

    def __init__(self, mock: OmicsMock) -> None:
        self.mock = mock
        self.found: Found = populate(mock)
        self.snapshot = mock.snapshot()
        self.clients: dict[str, Any] = {service: unchecked_client(service) for service in ENGINES}
        self.friend: Any = mock.client(region="us-east-1", account=FRIEND)

    def client_for(self, operation: Operation) -> Any:
        """Shares are accepted by who they are made for."""
        return self.friend if operation.name == "AcceptShare" else self.clients[operation.service]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with mock_omics(now=NOW, seed=1, lifecycle="frozen") as mock:
        yield World(mock)


def ended(world: World, operation: Operation, params: dict[str, Any]) -> str:
    """What a request comes to: the name of its error, or nothing."""
    try:
        answer: Any = getattr(world.client_for(operation), operation.method_name)(**params)
    except ClientError as refused:
        answer = refused.response
    status, error = answer["ResponseMetadata"]["HTTPStatusCode"], answer.get("Error")
    if error is None:
        assert status == operation.status
        return ""
    code: str = error["Code"]
    assert code in operation.errors or (operation.name, code) in ENGINES[operation.service]().dialect.undeclared_errors
    assert status == load(operation.service).error_statuses[code]
    assert error["Message"]
    return code


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.service}:{operation.name}")
def test_a_valid_request_is_answered_or_refused_as_modelled(world: World, operation: Operation, examples: int) -> None:
    @settings(max_examples=examples, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))
    @given(valid_requests(operation, world.found), st.sampled_from(POLICIES))
    def ask(params: dict[str, Any], policy: Any) -> None:
        world.mock.restore(world.snapshot)
        with mock_omics(lifecycle=policy):
            event(ended(world, operation, params) or "answered")

    ask()
