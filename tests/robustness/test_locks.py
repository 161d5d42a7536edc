"""The order of the locks: what a thread holds when it takes another, asks a neighbour or delivers, so that none waits for ever."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_api._internal.models import moto_api_backend

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.region import RegionState
from omics_mock.imagebuilder.state import ImageBuilderState
from omics_mock.transports.moto import states
from omics_mock.wire.model import Operation, load
from tests.support import everything
from tests.support.locks import ACCOUNT, SHARES, Watch, Watched, watched_locks
from tests.support.storage import imported, sequence_store
from tests.support.workflows import active_workflow, client, start_run, unchecked_client

PATIENCE = 20.0  # seconds, of which threads that do not wait for one another need none


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watched_locks() as seen:
        yield seen


@pytest.fixture
def mocked(watch: Watch) -> Iterator[OmicsMock]:
    with mock_omics() as active:
        yield active


def smallest(operation: Operation) -> dict[str, Any]:
    """Members that a request can not be without: those in its path."""
    members = operation.input.members if operation.input else {}
    return {name: "1234567890" for name, shape in members.items() if shape.serialization.get("location") == "uri"}


def look_around(mock: OmicsMock) -> None:
    """A resource of most kinds in the states that tests want them in, looked at with every Get and List there is."""
    given = mock.given
    for make in (given.workflow, given.run_group, given.run_cache, given.reference, given.read_set, given.variant_store):
        with suppress(NotImplementedError):  # older botocores do not know all of them
            make()
    given.annotation_store(storeFormat="GFF")
    given.share()
    omics: Any = mock.client(region="us-east-1")
    run = given.run(status="COMPLETED")
    omics.get_run_task(id=run["id"], taskId=omics.list_run_tasks(id=run["id"])["items"][0]["taskId"])
    omics.delete_run(id=run["id"])


def test_no_operation_takes_locks_out_of_order_or_asks_a_neighbour_under_one(
    watch: Watch, mocked: OmicsMock, tmp_path: Path
) -> None:
    someone = everything.Client(mocked)
    events = boto3.client("events", region_name="us-east-1")
    events.put_rule(Name="all", EventPattern='{"source": ["aws.omics"]}')
    logs = boto3.client("logs", region_name="us-east-1")
    logs.create_log_group(logGroupName="arn")
    events.put_targets(Rule="all", Targets=[{"Id": "log", "Arn": "arn:aws:logs:us-east-1:123456789012:log-group:arn"}])
    for number in range(4):
        for name in everything.steps():
            if not name.startswith(("delete", "end")) or number > 1:
                someone.take(name, number)
        if number == 1:
            snapshot = mocked.snapshot()
            mocked.dump(tmp_path)
    look_around(mocked)
    mocked.restore(snapshot)
    mocked.load(tmp_path)
    for service, owners in (("omics", RegionState.owners), ("imagebuilder", ImageBuilderState.owners)):
        asking, operations = unchecked_client(service), load(service).operations
        for name in owners.keys() & operations.keys() - {call.operation for call in mocked.calls if call.service == service}:
            with suppress(ClientError):
                getattr(asking, operations[name].method_name)(**smallest(operations[name]))
        assert {call.operation for call in mocked.calls if call.service == service} == owners.keys() & operations.keys()
    mocked.finish_all()
    moto_api_backend.reset()

    names = " ".join(watch.taken)
    assert "omics of 210987654321 in us-east-1" in names
    assert "imagebuilder of" in names
    assert "shares of us-east-1" in names
    assert {"journal", "snapshots", "moto's backends", "S3 of the service", "logs"} <= set(watch.taken)
    watch.check()


def test_a_reset_waits_for_no_account(watch: Watch, mocked: OmicsMock) -> None:
    someone = everything.Client(mocked)
    for name in everything.steps():
        someone.take(name, 1)
    mocked.snapshot()
    ours = {lock for lock in watch.taken if lock.startswith(("omics of", "imagebuilder of", "shares of", "delivery of"))}
    assert len(ours) > 5
    for reset in (moto_api_backend.reset, mocked.reset):
        watch.taken.clear()
        reset()
        assert ours.isdisjoint(watch.taken)


# ---- the watch itself ----------------------------------------------------------------------------------------------


def test_the_watch_sees_a_circle() -> None:
    watch = Watch()
    first, second, third = (Watched(watch, name, name) for name in ("first", "second", "third"))
    for outer, inner in ((first, second), (second, third), (first, third)):
        with outer, inner:
            pass
    watch.check()
    with third, first:
        pass
    assert set(watch.cycle()) == {"first", "second", "third"}
    with pytest.raises(AssertionError, match="second"):
        watch.check()


def test_the_watch_sees_an_account_locked_under_the_shares() -> None:
    watch = Watch()
    with Watched(watch, "shares", SHARES), Watched(watch, "account", ACCOUNT):
        pass
    with pytest.raises(AssertionError, match="account is taken while shares is held"):
        watch.check()


def test_the_watch_sees_a_neighbour_asked_under_a_lock(watch: Watch, mocked: OmicsMock) -> None:
    client().list_runs()
    state = next(iter(states()))
    with state.lock:
        state.neighbours.s3_object("bucket", "key", read=False)
        watch.check()
        state.neighbours.s3_object("bucket", "key")
    with pytest.raises(AssertionError, match="s3_object is called while"):
        watch.check()


# ---- threads that could wait for one another -----------------------------------------------------------------------


def in_time(*calls: Callable[[], object]) -> list[object]:
    """What calls of as many threads come to; a failure when they do not end."""
    found: list[object] = []

    def run(call: Callable[[], object]) -> None:
        found.append(call())

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "threads wait for one another"
    assert len(found) == len(calls)
    return found


def test_effects_of_two_regions_may_use_each_others_region() -> None:
    with mock_omics(lifecycle="immediate") as mock:
        regions = ("us-east-1", "eu-west-1")
        users = {region: client(region) for region in regions}
        both = threading.Barrier(2)
        made = dict.fromkeys(regions, "")

        def effect(run: dict[str, Any], s3: Any) -> None:
            here = run["arn"].split(":")[3]
            there = next(region for region in regions if region != here)
            both.wait(PATIENCE)
            made[here] = users[there].create_run_group(name=here, tags={"from": here})["id"]

        mock.plan_run(effect=effect)
        workflows = {region: active_workflow(users[region]) for region in regions}
        in_time(*(partial(start_run, users[region], workflowId=workflows[region]) for region in regions))
        for here, there in (regions, regions[::-1]):
            assert [group["id"] for group in users[there].list_run_groups()["items"]] == [made[here]]


def test_an_effect_may_download_a_read_set_with_many_threads(tmp_path: Path) -> None:
    with mock_omics(lifecycle="immediate") as mock:
        omics = client()
        store = sequence_store(omics)
        read_set = imported(omics, store, "r1.fq")
        files: Any = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]
        bucket, _, key = files["source1"]["s3Access"]["s3Uri"].removeprefix("s3://").partition("/")

        def effect(run: dict[str, Any], s3: Any) -> None:
            s3.download_file(bucket, key, str(tmp_path / "r1.fq"))

        mock.plan_run(effect=effect)
        workflow = active_workflow(omics)
        (run,) = in_time(lambda: start_run(omics, workflowId=workflow))
        assert omics.get_run(id=str(run))["status"] == "COMPLETED"
        whole = omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read()
        assert (tmp_path / "r1.fq").read_bytes() == whole


def test_who_sees_a_run_completed_finds_its_outputs(tmp_path: Path) -> None:
    with mock_omics(lifecycle="immediate") as mock:
        omics, s3 = client(), boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="results")
        written, seen = threading.Event(), threading.Event()

        def effect(run: dict[str, Any], s3: Any) -> None:
            written.set()
            seen.wait(0.2)  # long enough for the other to look, if it does not wait
            s3.put_object(Bucket="results", Key="done", Body=b"")

        mock.plan_run(effect=effect)
        workflow = active_workflow(omics)
        with ThreadPoolExecutor(1) as pool:
            started = pool.submit(start_run, omics, workflowId=workflow)
            assert written.wait(PATIENCE)
            assert [run["status"] for run in omics.list_runs()["items"]] == ["COMPLETED"]
            assert s3.head_object(Bucket="results", Key="done")
            seen.set()
            started.result()
