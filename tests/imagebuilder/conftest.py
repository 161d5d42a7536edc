"""A client of Image Builder, and documents."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_imagebuilder


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_imagebuilder(now="2026-01-02T03:04:05.678Z") as active:
        yield active


@pytest.fixture
def builder(mocked: OmicsMock) -> Any:
    return boto3.client("imagebuilder", region_name="us-east-1")
