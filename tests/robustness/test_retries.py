"""What clients do about faults: each of botocore's retry modes, and readers that go on where a download broke off."""

import hashlib
import io
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError, EndpointConnectionError, IncompleteReadError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock import ConnectionFailure, CorruptedBody, Latency, OmicsMock, TruncatedBody, mock_omics
from tests.support.storage import imported, sequence_store, uploaded

MODES = ["legacy", "standard", "adaptive"]
PASSING = ["ThrottlingException", "InternalServerException", *(ConnectionFailure(kind) for kind in ConnectionFailure.KINDS)]
"""What is worth another attempt, in every mode."""
LASTING = ["ValidationException", "ConflictException", "ResourceNotFoundException", "AccessDeniedException"]


@pytest.fixture
def mocked(monkeypatch: pytest.MonkeyPatch) -> Iterator[OmicsMock]:
    def awake(seconds: float) -> None:
        assert seconds == 0, f"slept {seconds} seconds"

    monkeypatch.setattr(time, "sleep", awake)
    with mock_omics(now="2026-01-01") as active:
        yield active


def client_of(mock: OmicsMock, mode: Any, attempts: int = 5) -> Any:
    return mock.client(config=Config(retries={"mode": mode, "total_max_attempts": attempts}))


@pytest.mark.parametrize("mode", MODES)
@given(faults=st.lists(st.sampled_from(PASSING), min_size=1, max_size=6), attempts=st.integers(1, 5))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_goes_wrong_is_tried_again_until_the_attempts_are_used_up(
    mocked: OmicsMock, mode: str, faults: list[Any], attempts: int
) -> None:
    mocked.reset()
    client = client_of(mocked, mode, attempts)
    for fault in faults:
        mocked.faults.add("ListRuns", fault, optional=True)
    # Each fault strikes one call, the first that was added first.
    made = min(len(faults) + 1, attempts)
    if len(faults) < attempts:
        assert client.list_runs()["ResponseMetadata"]["RetryAttempts"] == len(faults)
    elif isinstance(last := faults[attempts - 1], ConnectionFailure):
        with pytest.raises(getattr(exceptions, last.seen_as)):
            client.list_runs()
    else:
        with pytest.raises(ClientError, match=last) as refused:
            client.list_runs()
        assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == attempts - 1
    assert len(mocked.calls.of("ListRuns")) == made


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", LASTING)
def test_what_would_fail_again_is_not_tried_again(mocked: OmicsMock, mode: str, error: str) -> None:
    mocked.faults.add("GetRun", error)
    with pytest.raises(ClientError, match=error):
        client_of(mocked, mode).get_run(id="1234567")
    assert len(mocked.calls) == 1
    assert mocked.clock.now().isoformat() == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(("mode", "longest"), [("legacy", 2.0), ("standard", 1.0)])
@pytest.mark.parametrize("fault", ["ThrottlingException", ConnectionFailure("reset")])
def test_the_pauses_between_attempts_grow_and_pass_on_the_mock_s_clock(
    mocked: OmicsMock, mode: str, longest: float, fault: Any
) -> None:
    client = client_of(mocked, mode)
    mocked.faults.add("ListRuns", fault, times=4)
    client.list_runs()
    at = [call.at for call in mocked.calls]
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(at)]
    assert len(pauses) == 4
    assert all(0 <= pause <= longest * 2**number for number, pause in enumerate(pauses)), pauses
    assert sum(pauses) > 0
    assert mocked.clock.now() == at[-1]


def test_the_standard_mode_stops_trying_again_when_a_client_has_failed_too_often(mocked: OmicsMock) -> None:
    """It has a quota of 500, of which another attempt takes some; how much depends on botocore's version."""
    client = client_of(mocked, "standard", 3)
    mocked.faults.add("ListRuns", ConnectionFailure("read_timeout"), times=None)
    calls = []
    for _ in range(30):
        mocked.calls.clear()
        with pytest.raises(ReadTimeoutError):
            client.list_runs()
        calls.append(len(mocked.calls))
    assert calls[0] == 3
    assert calls[-1] == 1
    assert 2 < sum(calls) - len(calls) <= 100
    assert calls == sorted(calls, reverse=True)


def test_the_adaptive_mode_s_limit_holds_for_all_threads_of_a_client(mocked: OmicsMock) -> None:
    client = client_of(mocked, "adaptive", 2)
    mocked.faults.add("ListRuns", "ThrottlingException", times=4)
    with ThreadPoolExecutor(4) as pool:
        for call in [pool.submit(client.list_runs) for _ in range(4)]:
            with suppress(client.exceptions.ThrottlingException):
                call.result()
    began = mocked.clock.now()
    with ThreadPoolExecutor(4) as pool:
        for call in [pool.submit(client.list_runs) for _ in range(40)]:
            call.result()
    assert (mocked.clock.now() - began).total_seconds() > 1
    assert Counter(call.error is None for call in mocked.calls) == {True: len(mocked.calls) - 4, False: 4}


@pytest.mark.parametrize("mode", MODES)
def test_latency_and_errors_add_up(mocked: OmicsMock, mode: str) -> None:
    client = client_of(mocked, mode)
    mocked.faults.add("ListRuns", Latency(5), times=2)
    mocked.faults.add("ListRuns", "ThrottlingException")
    began = mocked.clock.now()
    for _ in range(3):
        client.list_runs()
    took = (mocked.clock.now() - began).total_seconds()
    assert 10 <= took < 20
    assert len(mocked.calls) == 4


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", ["ThrottlingException", ConnectionFailure("reset"), ConnectionFailure("timeout")])
def test_a_payload_that_is_read_from_a_file_is_sent_again_from_its_beginning(mocked: OmicsMock, mode: str, fault: Any) -> None:
    client = client_of(mocked, mode)
    content = b"@r1\nACGT\n+\nFFFF\n" * 1_000
    store = sequence_store(client)
    described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "up"}
    upload = {"sequenceStoreId": store}
    upload["uploadId"] = client.create_multipart_read_set_upload(**upload, **described)["uploadId"]
    mocked.faults.add("UploadReadSetPart", fault, times=2)
    part: Any = {"partSource": "SOURCE1", "partNumber": 1}
    part["checksum"] = client.upload_read_set_part(**upload, **part, payload=io.BytesIO(content))["checksum"]
    assert len(mocked.calls.of("UploadReadSetPart")) == 3
    read_set = client.complete_multipart_read_set_upload(**upload, parts=[part])["readSetId"]
    mocked.finish_all()
    assert client.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read() == content


@pytest.mark.parametrize("mode", MODES)
def test_what_was_made_is_not_made_again_when_its_answer_gets_lost(mocked: OmicsMock, mode: str) -> None:
    client = client_of(mocked, mode)
    mocked.faults.add("CreateRunGroup", ConnectionFailure("read_timeout"), times=2)
    made = client.create_run_group(name="one")
    assert [group["id"] for group in client.list_run_groups()["items"]] == [made["id"]]
    assert len({str(call.params["requestId"]) for call in mocked.calls.of("CreateRunGroup")}) == 1


# ---- downloads -----------------------------------------------------------------------------------------------------


def download(client: Any, store: str, read_set: str, attempts: int) -> bytes:
    """A part of a read set, as transfer managers fetch it: in chunks into a file, from the beginning when it breaks off."""
    for attempt in range(attempts):
        file = io.BytesIO()
        payload = client.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"]
        try:
            while chunk := payload.read(1 << 10):
                file.write(chunk)
        except IncompleteReadError:
            if attempt == attempts - 1:
                raise
            continue
        return file.getvalue()
    raise AssertionError("there is at least one attempt")


@pytest.fixture
def stored(mocked: OmicsMock) -> tuple[Any, str, str, bytes]:
    client = client_of(mocked, "standard")
    content = b"".join(f"@r{number:05}\nACGTACGT\n+\nFFFFFFFF\n".encode() for number in range(500))
    store = sequence_store(client)
    read_set = uploaded(client, store, content)
    mocked.finish_all()
    return client, store, read_set, content


@pytest.mark.parametrize("lengths", [[0], [1], [1_000, 5_000], [None, 0, 10**9]])
def test_a_reader_fetches_a_download_again_that_broke_off(
    mocked: OmicsMock, stored: tuple[Any, str, str, bytes], lengths: list[int | None]
) -> None:
    client, store, read_set, content = stored
    for length in lengths:
        mocked.faults.add("GetReadSet", TruncatedBody(length))
    assert download(client, store, read_set, len(lengths) + 1) == content
    assert len(mocked.calls.of("GetReadSet")) == len(lengths) + 1


def test_a_reader_gives_up_in_the_end(mocked: OmicsMock, stored: tuple[Any, str, str, bytes]) -> None:
    client, store, read_set, _ = stored
    mocked.faults.add("GetReadSet", TruncatedBody(), times=3)
    with pytest.raises(IncompleteReadError):
        download(client, store, read_set, 3)


@given(position=st.integers(0, 20_000))
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reader_that_compares_digests_sees_a_corrupted_download(
    mocked: OmicsMock, stored: tuple[Any, str, str, bytes], position: int
) -> None:
    client, store, read_set, content = stored
    position = min(position, len(content) - 1)
    mocked.faults.add("GetReadSet", CorruptedBody(position))
    arrived = download(client, store, read_set, 1)
    assert hashlib.md5(arrived).digest() != hashlib.md5(content).digest()
    assert [at for at, (came, was) in enumerate(zip(arrived, content, strict=True)) if came != was] == [position]
    assert download(client, store, read_set, 1) == content


def test_every_thread_of_a_transfer_gets_over_its_own_faults(mocked: OmicsMock, stored: tuple[Any, str, str, bytes]) -> None:
    _, store, read_set, content = stored
    client = client_of(mocked, "standard", 9)
    for fault in (TruncatedBody(100), "ThrottlingException", ConnectionFailure("reset"), TruncatedBody()):
        mocked.faults.add("GetReadSet", fault, times=4)
    with ThreadPoolExecutor(8) as pool:
        for found in [pool.submit(download, client, store, read_set, 9) for _ in range(16)]:
            assert found.result() == content


def test_a_client_without_retries_sees_every_fault(mocked: OmicsMock) -> None:
    client = client_of(mocked, "standard", 1)
    store = sequence_store(client)
    read_set = imported(client, store)
    mocked.faults.add("GetReadSet", ConnectionFailure("refused"))
    mocked.faults.add("GetReadSet", "ThrottlingException")
    with pytest.raises(EndpointConnectionError):
        client.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)
    with pytest.raises(client.exceptions.ThrottlingException):
        client.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)
    assert client.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read()
