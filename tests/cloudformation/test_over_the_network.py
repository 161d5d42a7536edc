"""Stacks deployed through the server, as the programs of platform teams deploy them."""

from typing import Any

import boto3
import pytest

from omics_mock.server import OmicsServer
from tests.cloudformation import test_stacks as in_process
from tests.cloudformation.templates import BUCKET, Stack
from tests.support.imagebuilder import DOCUMENT
from tests.support.storage import bucket
from tests.support.workflows import archive

pytestmark = pytest.mark.inferred


@in_process.ALL_TYPES
def test_all_ten_types_come_and_go_over_the_network_too() -> None:
    with OmicsServer(lifecycle="frozen") as server:

        def client(service: str) -> Any:
            make: Any = boto3.client  # the stubs want to know the service
            return make(service, **server.client_kwargs())

        bucket(name=BUCKET, contents={"main.zip": archive(), "flow.yml": DOCUMENT.encode()})
        stack = Stack(client("cloudformation"))
        in_process.test_all_ten_types_are_created_updated_read_back_and_deleted(
            server.omics, client("omics"), client("imagebuilder"), stack
        )
