"""Waiters wait on the mock's clock."""

import time
from datetime import timedelta
from typing import Any

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import CapacityNotAvailableError, ClientError, WaiterError
from botocore.loaders import Loader
from botocore.retries.bucket import Clock, TokenBucket
from moto import mock_aws

from omics_mock import OmicsMock, mock_omics
from tests.support.storage import reference, reference_store, start_reference_import

WAITERS: dict[str, Any] = Loader().load_service_model("omics", "waiters-2")["waiters"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    really_sleep = time.sleep

    def sleep(seconds: float) -> None:
        assert seconds == 0, f"slept {seconds} seconds"
        really_sleep(0)

    monkeypatch.setattr(time, "sleep", sleep)


def successful(name: str) -> dict[str, Any]:
    """An answer the waiter stops at, built from its model."""
    acceptor = next(a for a in WAITERS[name]["acceptors"] if a["state"] == "success")
    if acceptor["matcher"] == "error":
        raise ClientError({"Error": {"Code": acceptor["expected"]}}, WAITERS[name]["operation"])
    assert acceptor["matcher"] == "path", acceptor
    return {acceptor["argument"]: acceptor["expected"]}


@pytest.mark.parametrize("name", sorted(WAITERS))
def test_every_waiter_advances_the_clock_between_its_polls(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_omics(now="2026-01-01") as omics:
        client = omics.client()
        polls = 0

        def answer(operation: str, params: object) -> dict[str, Any]:
            nonlocal polls
            polls += 1
            assert operation == WAITERS[name]["operation"]
            return successful(name) if polls == 3 else {}

        monkeypatch.setattr(client, "_make_api_call", answer)
        began = omics.clock.now()
        waiter = client.get_waiter(client.meta.method_to_api_mapping and boto_name(name))  # type: ignore[call-overload]  # any waiter
        waiter.wait()
        assert omics.clock.now() - began == timedelta(seconds=2 * WAITERS[name]["delay"])


def boto_name(name: str) -> str:
    import botocore

    return botocore.xform_name(name)


@mock_omics(now="2026-01-01")
def test_the_caller_s_own_delay_and_attempts_count(wdl: bytes) -> None:
    omics = OmicsMock.current()
    omics.lifecycle("workflow", "frozen")
    client = omics.client()
    workflow = client.create_workflow(name="hello", definitionZip=wdl)["id"]
    began = omics.clock.now()
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        client.get_waiter("workflow_active").wait(id=workflow, WaiterConfig={"Delay": 7, "MaxAttempts": 4})
    assert omics.clock.now() - began == timedelta(seconds=21)
    assert len(omics.calls.of("GetWorkflow")) == 4


def test_waiters_do_not_sleep_under_plain_mock_aws(wdl: bytes) -> None:
    with mock_aws():
        client = boto3.client("omics", region_name="us-east-1")
        workflow = client.create_workflow(name="hello", definitionZip=wdl)["id"]
        client.get_waiter("workflow_active").wait(id=workflow)
        assert client.get_workflow(id=workflow)["status"] == "ACTIVE"


@mock_omics
def test_a_waiter_follows_a_policy_of_seconds(wdl: bytes) -> None:
    omics = OmicsMock.current()
    omics.lifecycle("workflow", 10)
    client = omics.client()
    workflow = client.create_workflow(name="hello", definitionZip=wdl)["id"]
    client.get_waiter("workflow_active").wait(id=workflow)
    assert client.get_workflow(id=workflow)["status"] == "ACTIVE"


@mock_omics
def test_waiters_of_other_services_keep_sleeping() -> None:
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="bucket")
    with pytest.raises(AssertionError, match="slept 1 seconds"):
        s3.get_waiter("object_exists").wait(Bucket="bucket", Key="a", WaiterConfig={"Delay": 1})


@mock_omics
def test_a_call_of_another_service_that_is_tried_again_keeps_sleeping() -> None:
    s3: Any = boto3.client("s3", region_name="us-east-1")
    s3.meta.events.register_first("needs-retry.s3", lambda **_: 7)
    with pytest.raises(AssertionError, match="slept 7 seconds"):
        s3.list_buckets()


@mock_omics(now="2026-01-01")
def test_who_would_rather_not_wait_for_capacity_is_told() -> None:
    began = OmicsMock.current().clock.now()
    bucket: Any = TokenBucket(max_rate=1, clock=Clock())
    with pytest.raises(CapacityNotAvailableError):
        bucket.acquire(100, block=False)
    assert (OmicsMock.current().clock.now() - began).total_seconds() < 50


@mock_omics
def test_botocore_finds_the_rest_of_the_module_time() -> None:
    theirs: Any = botocore.endpoint
    assert theirs.time.monotonic is time.monotonic


@mock_omics
def test_a_waiter_can_be_used_from_several_threads(wdl: bytes) -> None:
    from concurrent.futures import ThreadPoolExecutor

    client = OmicsMock.current().client()
    workflows = [client.create_workflow(name="hello", definitionZip=wdl)["id"] for _ in range(8)]
    waiter = client.get_waiter("workflow_active")
    with ThreadPoolExecutor(4) as pool:
        for waiting in [pool.submit(waiter.wait, id=workflow) for workflow in workflows]:
            waiting.result()
    assert {item["status"] for item in client.list_workflows()["items"]} == {"ACTIVE"}


@pytest.mark.parametrize(("options", "attempts"), [({"mode": "standard"}, 3), ({"mode": "standard", "total_max_attempts": 1}, 1)])
def test_a_call_that_is_tried_again_moves_the_clock_instead_of_sleeping(options: Any, attempts: int) -> None:
    with mock_omics(now="2026-01-01") as omics:
        client: Any = omics.client(config=Config(retries=options))
        arn = reference(client, "nucleotide_lib.fa")
        _, store, _, reference_id = arn.split("/")
        began = omics.clock.now()
        with pytest.raises(client.exceptions.RangeNotSatisfiableException) as refused:
            client.get_reference(referenceStoreId=store, id=reference_id, partNumber=2)
        assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == attempts - 1
        calls = omics.calls.of("GetReference")
        assert len({str(call.error) for call in calls}) == 1
        assert len(calls) == attempts
        assert (omics.clock.now() > began) == (attempts > 1)
        assert client.get_reference(referenceStoreId=store, id=reference_id, partNumber=1)["payload"].read()


@mock_omics(now="2026-01-01")
def test_the_waiter_of_a_reference_import_takes_the_time_of_two_pauses() -> None:
    omics = OmicsMock.current()
    client = omics.client()
    store = reference_store(client)
    job = start_reference_import(client, store, {"name": "one"})
    began = omics.clock.now()
    client.get_waiter("reference_import_job_completed").wait(referenceStoreId=store, id=job)
    assert omics.clock.now() - began == timedelta(seconds=60)
