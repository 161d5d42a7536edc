"""Every test of a backend runs inside a mock of its own, with a real client."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.workflows import shared_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now="2026-01-02T03:04:05.678901") as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()
