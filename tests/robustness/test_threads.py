"""Many threads at once: nothing is lost, nothing is mixed up, and no error comes but those that the operations declare."""

import json
import sys
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal.models import moto_api_backend

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends import batch_settings
from tests.support.storage import bucket, read_sets, sequence_store, source
from tests.support.users import CALLS, FAMILIES, LISTS, PLACES, THREADS, Answer, User, at_once, check, declared, prepared
from tests.support.workflows import ROLE, active_workflow, archive, client


@pytest.fixture(autouse=True)
def threads_take_turns_often() -> Iterator[None]:
    """Switch between threads as often as Python can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(quotas={"Maximum run groups": None, "Maximum run caches": None}) as active:
        yield active


def test_nothing_is_lost_however_many_use_all_families_at_once(mocked: OmicsMock) -> None:
    stores = prepared(mocked)
    users = [User(mocked, number, stores) for number in range(THREADS)]
    before = len(mocked.calls)
    at_once(lambda number: users[number].work())
    assert sum(user.calls for user in users) >= THREADS * CALLS
    assert {family.__name__ for family in FAMILIES} == {name for user in users for name in user.seen}
    failed = [call for call in mocked.calls[before:] if call.error is not None and call.operation != "CancelRun"]
    assert failed == []
    check(mocked, users, stores)
    mocked.finish_all()
    check(mocked, users, stores)


@pytest.mark.parametrize("reset", ["moto", "mock"])
def test_a_reset_in_the_middle_is_survived(mocked: OmicsMock, reset: str) -> None:
    stores = prepared(mocked)
    users = [User(mocked, number, stores) for number in range(THREADS)]
    over = threading.Event()

    def use(number: int) -> None:
        if number == 0:
            for _ in range(max(5, CALLS // 5)):
                mocked.snapshot()  # which a reset forgets
                mocked.reset() if reset == "mock" else moto_api_backend.reset()
            over.set()
        while not over.is_set() and users[number].calls < 10 * CALLS:  # the first may have to wait long for its turn
            for family in FAMILIES:
                declared(users[number], family)

    at_once(use, 8)
    mocked.reset()
    assert len(mocked.calls) == 0
    for account, region in PLACES:
        omics: Any = mocked.client(region=region, account=account)
        for operation, member, *_ in LISTS.values():
            assert getattr(omics, operation)()[member] == []
        assert omics.list_shares(resourceOwner="SELF")["shares"] == []


def test_a_snapshot_is_restored_while_others_are_at_work(mocked: OmicsMock) -> None:
    stores = prepared(mocked)
    kept = [User(mocked, number, stores) for number in range(4)]
    for user in kept:
        for family in FAMILIES:
            user.use(family)
    mocked.finish_all()
    snapshot = mocked.snapshot()
    others = [User(mocked, 100 + number, stores) for number in range(8)]
    over = threading.Event()

    def use(number: int) -> None:
        if number == 0:
            for _ in range(max(10, CALLS // 5)):
                mocked.restore(snapshot)
                mocked.snapshot()
            over.set()
        while not over.is_set() and others[number].calls < 10 * CALLS:  # the first may have to wait long for its turn
            for family in FAMILIES:
                declared(others[number], family)

    at_once(use, 8)
    mocked.restore(snapshot)
    check(mocked, kept, stores)


@pytest.mark.operation("StartRunBatch")
def test_a_restore_before_a_batch_begins_takes_nothing_from_it(mocked: OmicsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    omics: Any = client()
    workflow = active_workflow(omics)
    assert omics.list_batch()["items"] == []
    snapshot = mocked.snapshot()
    really_read = batch_settings.read

    def read(*args: Any) -> Any:
        found = really_read(*args)
        mocked.restore(snapshot)  # as another thread may, for nothing is locked yet
        return found

    monkeypatch.setattr(batch_settings, "read", read)
    default = {"roleArn": ROLE, "outputUri": "s3://results/batch", "workflowId": workflow}
    batch = omics.start_run_batch(defaultRunSetting=default, batchRunSettings={"inlineSettings": [{"runSettingId": "one"}]})
    mocked.finish_all()
    assert omics.get_batch(batchId=batch["id"])["runSummary"]["completedRunCount"] == 1


def test_parts_of_one_upload_come_from_many_threads(mocked: OmicsMock) -> None:
    omics: Any = client()
    store = sequence_store(omics)
    records = [f"@r{number}\nACGT\n+\nFFFF\n".encode() * 50 for number in range(64)]
    described = {"sourceFileType": "FASTQ", "subjectId": "subject", "sampleId": "sample", "name": "up"}
    upload = {"sequenceStoreId": store}
    upload["uploadId"] = omics.create_multipart_read_set_upload(**upload, **described)["uploadId"]
    parts: list[Answer] = []

    def send(number: int) -> None:
        for part in range(number, len(records), 8):
            about = {"partSource": "SOURCE1", "partNumber": part + 1}
            omics.upload_read_set_part(**upload, **about, payload=b"@was\nACGT\n+\nFFFF\n")  # and comes again
            parts.append({**about, "checksum": omics.upload_read_set_part(**upload, **about, payload=records[part])["checksum"]})

    at_once(send, 8)
    parts.sort(key=lambda part: part["partNumber"])
    read_set = omics.complete_multipart_read_set_upload(**upload, parts=parts)["readSetId"]
    mocked.finish_all()
    assert omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read() == b"".join(records)


def test_parts_of_one_read_set_are_read_by_many_threads(mocked: OmicsMock) -> None:
    omics: Any = client()
    store = sequence_store(omics)
    content = b"".join(f"@r{number:07}\n{'ACGT' * 25}\n+\n{'F' * 100}\n".encode() for number in range(2_000))
    bucket(contents={"big.fq": content})
    job = omics.start_read_set_import_job(sequenceStoreId=store, roleArn=ROLE, sources=[source("big.fq")])["id"]
    omics.get_waiter("read_set_import_job_completed").wait(sequenceStoreId=store, id=job)
    (read_set,) = read_sets(omics, store)
    files = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]
    alias, _, key = files["source1"]["s3Access"]["s3Uri"].removeprefix("s3://").partition("/")
    s3 = boto3.client("s3", region_name="us-east-1")

    def fetch(number: int) -> None:
        for turn in range(4):
            start = (number * 4 + turn) * 1_000
            payload = omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"]
            assert b"".join(payload.iter_chunks(4096)) == content
            ranged = s3.get_object(Bucket=alias, Key=key, Range=f"bytes={start}-{start + 999}")["Body"].read()
            assert ranged == content[start : start + 1_000]

    at_once(fetch, 8)


def test_the_clock_loses_no_step(mocked: OmicsMock) -> None:
    with mock_omics():
        mocked.clock.reset("2026-01-01")
        began = mocked.clock.now()
        at_once(lambda _: deque(map(mocked.clock.advance, [1] * 100)))
        assert mocked.clock.now() - began == timedelta(seconds=100 * THREADS)


def test_a_fault_happens_as_often_as_it_is_meant_to(mocked: OmicsMock) -> None:
    from tests.support.faults import ONCE, outcome

    omics = client(config=ONCE)
    fault = mocked.faults.add("ListRuns", "ThrottlingException", times=100, after=20)
    found: list[str] = []
    at_once(lambda _: found.extend(outcome(omics) for _ in range(20)))
    assert (fault.used, fault.matched) == (100, 120)
    assert Counter(found) == {"ThrottlingException": 100, "": THREADS * 20 - 100}


def test_the_log_of_calls_is_read_while_it_is_emptied(mocked: OmicsMock) -> None:
    omics: Any = client()
    over = threading.Event()

    def use(number: int) -> None:
        if number == 0:
            for _ in range(CALLS):
                mocked.calls.clear()
                omics.list_runs()
            over.set()
        while not over.is_set():
            with suppress(ClientError):
                omics.get_run(id="1234567")  # whose notes look through the log, the latest first
            assert len(mocked.calls.of("GetRun")) >= 0

    at_once(use, 8)


def test_a_request_that_comes_again_makes_nothing_twice(mocked: OmicsMock) -> None:
    omics: Any = client()
    made: list[str] = []
    at_once(lambda _: made.extend(omics.create_run_group(name="one", requestId=f"token {turn}")["id"] for turn in range(5)))
    assert len(set(made)) == 5
    assert Counter(made) == dict.fromkeys(made, THREADS)
    assert {group["id"] for group in omics.list_run_groups()["items"]} == set(made)


def test_events_come_in_the_order_of_what_happened(mocked: OmicsMock) -> None:
    sqs, events = boto3.client("sqs", region_name="us-east-1"), boto3.client("events", region_name="us-east-1")
    queue = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="runs", EventPattern='{"detail-type": ["Run Status Change"]}')
    events.put_targets(Rule="runs", Targets=[{"Id": "queue", "Arn": arn}])
    omics: Any = client()
    workflow = omics.create_workflow(definitionZip=archive())["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    runs = [omics.start_run(workflowId=workflow, roleArn=ROLE, outputUri="s3://results/here")["id"] for _ in range(8)]
    at_once(lambda _: [omics.get_run(id=run) for run in runs for _ in range(2)], 8)
    mocked.finish_all()
    told: dict[str, list[str]] = defaultdict(list)
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in found:
            event = json.loads(message["Body"])
            told[event["detail"]["runId"]].append(event["detail"]["status"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    order = ["PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED"]
    assert told == dict.fromkeys(runs, order)
