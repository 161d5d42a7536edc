"""Clients of aiobotocore are served in process, as boto3's are, and see what those see."""

import asyncio
import io
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn

import aiobotocore.client
import aiobotocore.endpoint
import boto3
import pytest
from aiobotocore.config import AioConfig
from aiobotocore.retries.bucket import AsyncTokenBucket
from aiobotocore.session import get_session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import CapacityNotAvailableError, ClientError, EndpointConnectionError, NoCredentialsError, WaiterError
from botocore.retries.bucket import Clock
from moto.core import set_initial_no_auth_action_count
from moto.moto_api import recorder

from omics_mock import mock_omics
from omics_mock.engine import Engine, Request, Response
from omics_mock.mock import OmicsMock
from omics_mock.transports.direct import SKIPPED
from tests.support.workflows import ROLE, archive


def client(service: str = "omics", **kwargs: Any) -> AbstractAsyncContextManager[Any]:
    made: AbstractAsyncContextManager[Any] = get_session().create_client(service, **{"region_name": "us-east-1", **kwargs})
    return made


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **_: object) -> NoReturn:
        raise AssertionError(f"something reached the network: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", refuse)


@pytest.fixture(params=[None, False], ids=["direct", "over HTTP"])
def mocked(request: pytest.FixtureRequest, no_network: None) -> Iterator[OmicsMock]:
    with mock_omics(direct=request.param) as omics:
        yield omics


@pytest.fixture
async def omics(mocked: OmicsMock) -> AsyncIterator[Any]:
    async with client() as made:
        yield made


@pytest.fixture
def over_http(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that come over HTTP."""
    paths: list[str] = []
    handle: Callable[..., Response] = Engine.handle

    def note(engine: Engine, request: Request, state: Any) -> Response:
        paths.append(request.path)
        return handle(engine, request, state)

    monkeypatch.setattr(Engine, "handle", note)
    return paths


# ---- both ways -------------------------------------------------------------------------------------------------------


async def test_both_kinds_of_client_see_one_state(omics: Any) -> None:
    theirs = boto3.client("omics", region_name="us-east-1")
    made = await omics.create_run_group(name="awaited")
    assert theirs.get_run_group(id=made["id"])["name"] == "awaited"
    theirs.update_run_group(id=made["id"], name="plain")
    answer = await omics.get_run_group(id=made["id"])
    expected: Any = theirs.get_run_group(id=made["id"])
    for one in (answer, expected):
        del one["ResponseMetadata"]["RequestId"], one["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"]
    assert (answer, repr(answer)) == (expected, repr(expected))


async def test_errors_are_those_of_the_client(mocked: OmicsMock, omics: Any) -> None:
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Run 1234567 not found") as refused:
        await omics.get_run(id="1234567")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert len(mocked.calls.of("GetRun")) == 1


async def test_waiters_take_no_time(mocked: OmicsMock, omics: Any) -> None:
    workflow = (await omics.create_workflow(definitionZip=archive()))["id"]
    await omics.get_waiter("workflow_active").wait(id=workflow)
    run = (await omics.start_run(workflowId=workflow, roleArn=ROLE, outputUri="s3://results/here"))["id"]
    before, started = mocked.clock.now(), time.monotonic()
    await omics.get_waiter("run_completed").wait(id=run)
    assert time.monotonic() - started < 10
    assert (mocked.clock.now() - before).total_seconds() > 60
    assert (await omics.get_run(id=run))["status"] == "COMPLETED"


async def test_a_waiter_gives_up_as_usual(mocked: OmicsMock, omics: Any) -> None:
    mocked.lifecycle("run", "frozen")
    workflow = (await omics.create_workflow(definitionZip=archive()))["id"]
    await omics.get_waiter("workflow_active").wait(id=workflow)
    run = (await omics.start_run(workflowId=workflow, roleArn=ROLE, outputUri="s3://results/here"))["id"]
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        await omics.get_waiter("run_completed").wait(id=run, WaiterConfig={"Delay": 100, "MaxAttempts": 3})


async def test_pages_are_turned(omics: Any) -> None:
    for name in ("a", "b", "c"):
        await omics.create_run_group(name=name)
    pages = [page async for page in omics.get_paginator("list_run_groups").paginate(PaginationConfig={"PageSize": 2})]
    assert [len(page["items"]) for page in pages] == [2, 1]


class AsyncFile:
    """What aiofiles opens, for instance."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    async def read(self, size: int = -1) -> bytes:
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


READS = b"@read\nACGT\n+\nIIII\n" * 300


async def uploaded(omics: Any, payload: Any) -> tuple[str, str]:
    """A sequence store, and a read set in it that came in one part."""
    store = (await omics.create_sequence_store(name="reads"))["id"]
    upload = await omics.create_multipart_read_set_upload(
        sequenceStoreId=store, sourceFileType="FASTQ", subjectId="s", sampleId="s", name="n"
    )
    of = {"sequenceStoreId": store, "uploadId": upload["uploadId"]}
    part = await omics.upload_read_set_part(**of, partSource="SOURCE1", partNumber=1, payload=payload)
    parts = [{"partNumber": 1, "partSource": "SOURCE1", "checksum": part["checksum"]}]
    return store, (await omics.complete_multipart_read_set_upload(**of, parts=parts))["readSetId"]


@pytest.mark.parametrize("payload", [bytes, bytearray, io.BytesIO, AsyncFile])
async def test_parts_of_every_kind_are_uploaded_and_read_again(
    mocked: OmicsMock, omics: Any, payload: Callable[[bytes], Any]
) -> None:
    store, read_set = await uploaded(omics, payload(READS))
    theirs = boto3.client("omics", region_name="us-east-1")
    mocked.finish_all()
    kept = theirs.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read()
    answer = await omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)
    assert await answer["payload"].read() == kept
    body = (await omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1))["payload"]
    async with body:
        portions = [portion async for portion in body.iter_chunks(1000)]
    assert b"".join(portions) == kept
    assert {len(portion) for portion in portions[:-1]} <= {1000}


async def test_a_throttled_call_is_tried_again_without_waiting(mocked: OmicsMock) -> None:
    mocked.faults.add("ListRuns", "ThrottlingException", times=2)
    async with client(config=AioConfig(retries={"mode": "standard"})) as omics:
        started, before = time.monotonic(), mocked.clock.now()
        assert (await omics.list_runs())["ResponseMetadata"]["RetryAttempts"] == 2
    assert time.monotonic() - started < 10
    assert len(mocked.calls.of("ListRuns")) == 3
    assert mocked.clock.now() > before


async def test_a_lost_connection_is_what_aiobotocore_raises(mocked: OmicsMock) -> None:
    mocked.faults.add("ListRuns", EndpointConnectionError)
    async with client(config=AioConfig(retries={"total_max_attempts": 1})) as omics:
        with pytest.raises(EndpointConnectionError):
            await omics.list_runs()


async def test_the_adaptive_mode_does_not_wait_either(mocked: OmicsMock) -> None:
    mocked.faults.add("ListRuns", "ThrottlingException", times=2)
    async with client(config=AioConfig(retries={"mode": "adaptive"})) as omics:
        for _ in range(5):
            await omics.list_runs()


async def test_a_call_that_may_be_tried_once_says_that_it_was_the_last_attempt(mocked: OmicsMock) -> None:
    async with client(config=AioConfig(retries={"mode": "standard", "total_max_attempts": 1})) as omics:
        answered = (await omics.list_runs())["ResponseMetadata"]
    theirs: Any = boto3.client("omics", "us-east-1", config=Config(retries={"mode": "standard", "total_max_attempts": 1}))
    expected = theirs.list_runs()["ResponseMetadata"]
    assert {name: answered.get(name) for name in ("RetryAttempts", "MaxAttemptsReached")} == {
        name: expected.get(name) for name in ("RetryAttempts", "MaxAttemptsReached")
    }


async def test_other_services_keep_pausing(mocked: OmicsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    def again(attempts: int, **_: object) -> float | None:
        return 7.5 if attempts == 1 else None

    monkeypatch.setattr(asyncio, "sleep", pause)
    before = mocked.clock.now()
    async with client("s3") as s3:
        s3.meta.events.register_first("needs-retry.s3", again)
        await s3.list_buckets()
    assert pauses == [7.5]
    assert (mocked.clock.now() - before).total_seconds() < 7


async def test_who_would_rather_not_wait_for_capacity_is_told(mocked: OmicsMock) -> None:
    bucket: Any = AsyncTokenBucket(max_rate=1, clock=Clock())
    before = mocked.clock.now()
    with pytest.raises(CapacityNotAvailableError):
        await bucket.acquire(100, block=False)
    assert (mocked.clock.now() - before).total_seconds() < 50


async def test_aiobotocore_finds_the_rest_of_asyncio(mocked: OmicsMock) -> None:
    theirs: Any = aiobotocore.endpoint
    assert theirs.asyncio.gather is asyncio.gather


@pytest.mark.parametrize("fakes", [True, False])
@pytest.mark.parametrize("direct", [None, False])
async def test_a_client_without_credentials_is_served_if_moto_gives_some(
    no_network: None, monkeypatch: pytest.MonkeyPatch, fakes: bool, direct: bool | None
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    async with client() as omics:
        with mock_omics(direct=direct, config={"core": {"mock_credentials": fakes}}):
            if fakes:
                assert (await omics.list_runs())["items"] == []
            else:
                with pytest.raises(NoCredentialsError):
                    await omics.list_runs()


async def test_other_services_are_served_by_moto(mocked: OmicsMock) -> None:
    async with client("s3") as s3:
        await s3.create_bucket(Bucket="results")
        await s3.put_object(Bucket="results", Key="a", Body=b"hello")
        body = (await s3.get_object(Bucket="results", Key="a"))["Body"]
        assert await body.read() == b"hello"
        body = (await s3.get_object(Bucket="results", Key="a"))["Body"]
        async with getattr(body, "raw_stream", body) as raw:  # aiobotocore 2's body stands for aiohttp's answer
            assert not raw.content.at_eof()
            assert [portion async for portion in raw.content.iter_chunked(2)] == [b"he", b"ll", b"o"]
        assert raw.content.at_eof()
        with pytest.raises(ClientError, match="NoSuchKey"):
            await s3.get_object(Bucket="results", Key="b")
    assert boto3.client("s3", region_name="us-east-1").get_object(Bucket="results", Key="a")["Body"].read() == b"hello"


async def test_what_moto_does_not_mock_stays_in_the_process(mocked: OmicsMock) -> None:
    async with client("braket") as braket:
        with pytest.raises(ClientError, match="404|Not yet implemented"):
            await braket.search_devices(filters=[])


async def test_unsigned_clients_are_served(mocked: OmicsMock) -> None:
    async with client(config=AioConfig(signature_version=UNSIGNED)) as omics:
        assert (await omics.list_runs())["items"] == []


async def test_clients_at_the_same_time(omics: Any) -> None:
    await asyncio.gather(*(omics.create_run_group(name=f"group {number}") for number in range(50)))
    assert len((await omics.list_run_groups(maxResults=100))["items"]) == 50


@pytest.mark.parametrize("event", SKIPPED)
async def test_handlers_are_asked(mocked: OmicsMock, over_http: list[str], event: str) -> None:
    heard: list[str] = []

    async def handler(event_name: str, **_: object) -> None:
        heard.append(event_name)

    async with client() as omics:
        omics.meta.events.register(f"{event}.omics", handler)
        await omics.list_runs()
    assert heard == [f"{event}.omics.ListRuns"]
    assert over_http == ["/run"]


async def test_iam_has_its_say(mocked: OmicsMock) -> None:
    user = boto3.client("iam")
    user.create_user(UserName="reader")
    key = user.create_access_key(UserName="reader")["AccessKey"]
    policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "omics:ListRuns", "Resource": "*"}}'
    user.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=policy)
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}

    @set_initial_no_auth_action_count(0)
    def ask() -> tuple[Any, Exception | None]:
        async def both() -> tuple[Any, Exception | None]:
            async with client(**keys) as omics:
                listed = await omics.list_runs()
                try:
                    await omics.create_run_group(name="mine")
                except ClientError as error:
                    return listed, error
                return listed, None

        return asyncio.run(both())

    listed, refused = await asyncio.to_thread(ask)
    assert listed["items"] == []
    assert "is not authorized to perform: omics:CreateRunGroup" in str(refused)


async def test_the_recorder_records(mocked: OmicsMock, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    async with client() as omics:
        recorder.start_recording()
        try:
            await omics.list_runs()
        finally:
            recorder.stop_recording()
    assert (tmp_path / "recording").exists()


# ---- the direct way --------------------------------------------------------------------------------------------------


async def test_calls_do_not_go_over_http(no_network: None, over_http: list[str]) -> None:
    with mock_omics():
        async with client() as omics:
            await omics.create_run_group(name="mine")
            await omics.list_run_groups()
    assert over_http == []


async def test_what_goes_wrong_on_our_side_is_told_to_the_handlers(no_network: None) -> None:
    seen: list[Exception] = []
    with mock_omics():
        async with client(region_name="ap-east-1") as omics:
            omics.meta.events.register("after-call-error.omics", lambda exception, **_: seen.append(exception))
            with pytest.raises(LookupError, match="not available in region 'ap-east-1'") as error:
                await omics.list_runs()
    assert seen == [error.value]


async def test_a_client_made_before_the_mock_is_served(no_network: None) -> None:
    keys = {"aws_access_key_id": "AKIAREAL", "aws_secret_access_key": "real"}
    async with client(**keys) as omics:
        with mock_omics():
            assert (await omics.list_runs())["items"] == []


async def test_all_is_as_it_was_afterwards() -> None:
    def seams() -> list[object]:
        owners: list[Any] = [aiobotocore.client.AioBaseClient, aiobotocore.endpoint.AioEndpoint, aiobotocore.endpoint]
        return [value for owner in owners for value in vars(owner).values()]

    before = seams()
    with mock_omics():
        assert seams() != before
    assert seams() == before
