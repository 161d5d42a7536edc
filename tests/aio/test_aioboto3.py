"""aioboto3's sessions, clients and resources are those of aiobotocore."""

from typing import Any

import aioboto3
import boto3

from omics_mock import mock_omics
from tests.support.workflows import archive


@mock_omics
async def test_its_clients_share_the_state_of_boto3_s() -> None:
    session: Any = aioboto3.Session(region_name="us-east-1")
    async with session.client("omics") as omics:
        workflow = (await omics.create_workflow(name="awaited", definitionZip=archive()))["id"]
        await omics.get_waiter("workflow_active").wait(id=workflow)
    assert boto3.client("omics", region_name="us-east-1").get_workflow(id=workflow)["name"] == "awaited"


@mock_omics
async def test_its_resources_are_served_by_moto() -> None:
    session: Any = aioboto3.Session(region_name="us-east-1")
    async with session.resource("s3") as s3:
        bucket = await s3.create_bucket(Bucket="results")
        await bucket.put_object(Key="a", Body=b"hello")
        assert [found.key async for found in bucket.objects.all()] == ["a"]
        assert await (await (await s3.Object("results", "a")).get())["Body"].read() == b"hello"
