"""A mock with the bucket that the templates name."""

from collections.abc import Iterator
from typing import Any

import pytest

from omics_mock import OmicsMock, mock_omics
from tests.cloudformation.templates import BUCKET, Stack
from tests.support.imagebuilder import DOCUMENT
from tests.support.storage import bucket
from tests.support.workflows import archive


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    """Nothing moves by itself: CloudFormation waits for everything all the same."""
    with mock_omics(lifecycle="frozen") as active:
        bucket(name=BUCKET, contents={"main.zip": archive(), "bad.zip": archive({"a.txt": "none"}), "flow.yml": DOCUMENT.encode()})
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> Any:
    return mocked.client("omics", "us-east-1")


@pytest.fixture
def builder(mocked: OmicsMock) -> Any:
    return mocked.client("imagebuilder", "us-east-1")


@pytest.fixture
def stack(mocked: OmicsMock) -> Stack:
    return Stack(mocked.client("cloudformation", "us-east-1"))
