"""Snapshots: whatever happens after one, to restore it brings everything back, and from there it goes on in the same way."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from omics_mock import OmicsMock, mock_omics
from omics_mock.journeys import Journey
from omics_mock.lifecycle import KINDS
from omics_mock.neighbours.moto import MotoNeighbours
from omics_mock.tables import Record, Table
from tests.support.everything import FRIEND, Client, steps
from tests.support.imagebuilder import create as create_image_workflow
from tests.support.sequences import data
from tests.support.storage import bucket, imported, objects, sequence_store
from tests.support.workflows import active_workflow, client, shared_client, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

    from omics_mock.snapshots import Snapshot

NOW = "2026-01-02T03:04:05"
POLICIES: list[Any] = ["observed", "immediate", "frozen", 60.0]


def dumped(mock: OmicsMock) -> str:
    """All there is, as text."""
    with TemporaryDirectory() as folder:
        mock.dump(folder)
        return Path(folder, "omics-mock.json").read_text(encoding="utf-8", errors="surrogatepass")


class Taken:
    """A snapshot, what there was when it was taken, and what was done since, with what there was then."""

    def __init__(self, user: Client) -> None:
        self.snapshot: Snapshot = user.mock.snapshot()
        self.memory, self.dump = user.memory, dumped(user.mock)
        self.since: list[tuple[str, int]] = []
        self.led_to = self.dump


def prepare(user: Client) -> None:
    """Something to begin with."""
    for name in ("make_workflow", "make_sequence_store", "import_read_set", "import_reference", "make_annotation_store"):
        user.take(name, 2)
    user.mock.finish_all()
    user.take("look_at_read_set_jobs", 0)


class Anything(RuleBasedStateMachine):
    """Steps of all kinds, and snapshots taken and restored at any time."""

    snapshots = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.mock = mock_omics(now=NOW)
        self.mock.start()
        self.user = Client(self.mock)
        self.live: list[Taken] = []

    def teardown(self) -> None:
        self.mock.stop()

    @initialize(policy=st.sampled_from(POLICIES))
    def begin(self, policy: Any) -> None:
        for kind in KINDS:
            self.mock.lifecycle(kind, policy)
        prepare(self.user)

    @rule(name=st.sampled_from(steps()), number=st.integers(0, 11))
    def take_a_step(self, name: str, number: int) -> None:
        self.user.take(name, number)
        for taken in self.live:
            taken.since.append((name, number))

    @rule(target=snapshots)
    def take_a_snapshot(self) -> Taken:
        taken = Taken(self.user)
        self.live.append(taken)
        return taken

    @rule(taken=snapshots)
    def restore(self, taken: Taken) -> None:
        if taken not in self.live:
            with pytest.raises(ValueError, match="this snapshot has ended"):
                self.mock.restore(taken.snapshot)
            return
        led_to = dumped(self.mock)
        self.mock.restore(taken.snapshot)
        self.user.memory = taken.memory
        assert dumped(self.mock) == taken.dump
        del self.live[self.live.index(taken) + 1 :]
        for name, number in taken.since:
            self.user.take(name, number)
        assert dumped(self.mock) == led_to

    @rule()
    def load_what_was_dumped(self) -> None:
        with TemporaryDirectory() as folder:
            self.mock.dump(folder)
            before = dumped(self.mock)
            self.mock.load(folder)
        assert dumped(self.mock) == before


Anything.TestCase.settings = settings(max_examples=5, stateful_step_count=20, deadline=None)
test_whatever_happens_is_undone_and_happens_again_in_the_same_way = Anything.TestCase


@settings(max_examples=3)
@given(st.integers(0, 10**9), st.sampled_from(POLICIES))
def test_after_much_has_happened_everything_is_as_it_was(seed: int, policy: Any) -> None:
    chance = Random(seed)
    with mock_omics(now=NOW, lifecycle=policy) as mock:
        user = Client(mock)
        prepare(user)

        def happens(most: int) -> list[tuple[str, int]]:
            happened = [(chance.choice(steps()), chance.randrange(12)) for _ in range(chance.randrange(most))]
            for name, number in happened:
                user.take(name, number)
            return happened

        happens(40)
        older = Taken(user)
        older.since, older.led_to = happens(25), dumped(mock)
        newer = Taken(user)
        newer.since, newer.led_to = happens(25), dumped(mock)
        for taken in newer, older, older:
            mock.restore(taken.snapshot)
            user.memory = taken.memory
            assert dumped(mock) == taken.dump
            for name, number in taken.since:
                user.take(name, number)
            assert dumped(mock) == taken.led_to


# ---- what belongs to it --------------------------------------------------------------------------------------------


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now=NOW) as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()


def test_a_run_that_is_undone_while_it_is_written_about_is_written_about_to_the_end() -> None:
    with mock_omics(lifecycle="immediate") as mock:
        omics: Any = shared_client()
        logs: Any = mock.client("logs")
        logs.describe_log_groups()  # else nobody reads what is written, and it is not written yet
        workflow = active_workflow(omics)
        snapshot = mock.snapshot()
        mock.plan_run(effect=lambda run, s3: mock.restore(snapshot))
        start_run(omics, workflowId=workflow)
        assert omics.list_runs()["items"] == []


def test_a_snapshot_is_restored_as_often_as_wanted_and_the_same_ids_come_again(mocked: OmicsMock, omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    snapshot = mocked.snapshot()
    began, seen = mocked.clock.now(), []
    for _ in range(3):
        run = start_run(omics, workflowId=workflow, tags={"a": "b"})
        mocked.clock.advance(60)
        seen.append((run, omics.get_run(id=run)["uuid"], mocked.clock.now()))
        omics.get_waiter("run_completed").wait(id=run)
        mocked.restore(snapshot)
        assert omics.list_runs()["items"] == []
        assert mocked.clock.now() == began
    assert len(set(seen)) == 1


def test_what_lists_look_up_is_brought_back_too(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", "immediate")
    workflow = active_workflow(omics)

    def named(name: str) -> list[str]:
        return [run["id"] for run in omics.list_runs(name=name)["items"]]

    first, other = (start_run(omics, workflowId=workflow, name=name) for name in "ab")
    for looked_before in (False, True):
        if looked_before:
            assert named("a") == [first]
        snapshot = mocked.snapshot()
        second = start_run(omics, workflowId=workflow, name="a")
        omics.delete_run(id=first)
        assert (named("a"), named("b")) == ([second], [other])
        mocked.restore(snapshot)
        assert (named("a"), named("b"), named("c")) == ([first], [other], [])
    third = start_run(omics, workflowId=workflow, name="a")
    assert named("a") == [first, third]


def test_what_is_under_way_goes_on_from_where_it_was(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics)

    def statuses() -> list[str]:
        found: list[str] = [omics.get_run(id=run)["status"]]
        while found[-1] != "COMPLETED":
            found.append(omics.get_run(id=run)["status"])
        return found

    assert omics.get_run(id=run)["status"] == "PENDING"
    snapshot = mocked.snapshot()
    first = statuses()
    assert first[0] == "STARTING"
    mocked.restore(snapshot)
    omics.cancel_run(id=run)
    mocked.restore(snapshot)
    assert statuses() == first


@pytest.mark.operation("CreateRunCache")
def test_what_a_cache_has_kept_since_is_forgotten(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", "immediate")
    workflow = active_workflow(omics)
    cache = omics.create_run_cache(cacheS3Location="s3://results/cache", cacheBehavior="CACHE_ALWAYS")["id"]

    def hits() -> set[bool]:
        run = start_run(omics, workflowId=workflow, cacheId=cache)
        return {task["cacheHit"] for task in omics.list_run_tasks(id=run)["items"]}

    snapshot = mocked.snapshot()
    assert (hits(), hits()) == ({False}, {True})
    mocked.restore(snapshot)
    assert (hits(), hits()) == ({False}, {True})


def test_all_accounts_and_regions_and_both_services_are_brought_back(mocked: OmicsMock, omics: "OmicsClient") -> None:
    friend, far, builder = mocked.client(account=FRIEND), mocked.client(region="eu-west-1"), mocked.client("imagebuilder")
    friend.create_run_group(name="before")
    omics.create_share(resourceArn=omics.get_workflow(id=active_workflow(omics))["arn"], principalSubscriber=FRIEND)
    snapshot = mocked.snapshot()
    friend.create_run_group(name="after")
    far.create_run_group(name="after")
    create_image_workflow(builder)
    [share] = friend.list_shares(resourceOwner="OTHER")["shares"]
    friend.accept_share(shareId=share["shareId"])
    mocked.restore(snapshot)
    assert [group["name"] for group in friend.list_run_groups()["items"]] == ["before"]
    assert far.list_run_groups()["items"] == []
    assert cast("Any", builder).list_workflows(owner="Self")["workflowVersionList"] == []
    assert friend.list_shares(resourceOwner="OTHER")["shares"][0]["status"] == "PENDING"


def test_settings_plans_calls_and_the_users_buckets_stay_as_they_are(mocked: OmicsMock, omics: "OmicsClient") -> None:
    bucket()
    snapshot = mocked.snapshot()
    bucket(contents={"mine": b"later"})
    mocked.quotas["Maximum run groups"] = 1
    mocked.plan_run(fail="OUT_OF_MEMORY_ERROR")
    omics.create_run_group()
    mocked.restore(snapshot)
    assert objects() == {"mine": b"later"}
    assert mocked.quotas["Maximum run groups"] == 1
    assert [call.operation for call in mocked.calls] == ["CreateRunGroup"]
    run = start_run(omics)
    mocked.finish_all()
    assert omics.get_run(id=run)["failureReason"] == "RUN_TASK_FAILED"


def test_a_request_that_comes_again_after_a_restore_is_a_new_one(mocked: OmicsMock, omics: "OmicsClient") -> None:
    snapshot = mocked.snapshot()
    first = omics.create_run_group(requestId="once", name="first")["id"]
    assert omics.create_run_group(requestId="once", name="first")["id"] == first
    mocked.restore(snapshot)
    omics.create_run_group(requestId="once", name="second")
    assert [group["name"] for group in omics.list_run_groups()["items"]] == ["second"]


def test_under_the_real_clock_only_what_was_advanced_is_taken_back() -> None:
    with mock_omics() as mock:
        snapshot = mock.snapshot()
        before = mock.clock.now()
        mock.clock.advance(timedelta(days=9))
        mock.restore(snapshot)
        assert before <= mock.clock.now() < before + timedelta(days=1)


# ---- read sets in S3 -----------------------------------------------------------------------------------------------


def place(omics: "OmicsClient", store: str, read_set: str) -> Any:
    """Bucket and key of a read set in S3."""
    uri = omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]["source1"]["s3Access"]["s3Uri"]
    alias, _, key = uri.removeprefix("s3://").partition("/")
    return {"Bucket": alias, "Key": key}


def shown(where: Any) -> dict[str, str] | None:
    """The tags of an object in S3 that can be read, or None."""
    s3 = boto3.client("s3", region_name="us-east-1")
    try:
        assert s3.get_object(**where)["Body"].read() == data("r1.fq")
    except ClientError:
        return None
    return {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(**where)["TagSet"]}


def test_read_sets_in_s3_come_and_go_with_what_is_restored(mocked: OmicsMock, omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    deleted, archived, kept = (imported(omics, store, tags={"number": f"{number}"}) for number in range(3))
    places = [place(omics, store, read_set) for read_set in (deleted, archived, kept)]
    before = [shown(where) for where in places]
    assert None not in before
    snapshot = mocked.snapshot()
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[deleted])
    mocked.advance(archived, to="ARCHIVED")
    later = place(omics, store, imported(omics, store))
    other = sequence_store(omics)
    elsewhere = place(omics, other, imported(omics, other))
    assert [shown(where) is None for where in (*places, later, elsewhere)] == [True, True, False, False, False]
    mocked.restore(snapshot)
    assert [shown(where) for where in (*places, later, elsewhere)] == [*before, None, None]
    s3 = boto3.client("s3", region_name="us-east-1")
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchBucket"):
        s3.list_objects_v2(Bucket=elsewhere["Bucket"])


@pytest.mark.operation("UpdateSequenceStore")
def test_tags_that_a_store_propagates_are_taken_back(mocked: OmicsMock, omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    where = place(omics, store, imported(omics, store, tags={"project": "one"}))
    before = shown(where)
    snapshot = mocked.snapshot()
    omics.update_sequence_store(id=store, propagatedSetLevelTags=["project"])
    mocked.finish_all()
    assert shown(where) != before
    mocked.restore(snapshot)
    assert shown(where) == before


def test_what_was_not_touched_is_not_shown_anew(mocked: OmicsMock, omics: "OmicsClient") -> None:
    store = sequence_store(omics)
    read_set = imported(omics, store)
    where, s3 = place(omics, store, read_set), boto3.client("s3", region_name="us-east-1")
    written = s3.head_object(**where)["LastModified"]
    snapshot = mocked.snapshot()
    omics.get_read_set(sequenceStoreId=store, id=read_set, partNumber=1)["payload"].read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MotoNeighbours, "offer", None)
        mocked.restore(snapshot)
    assert s3.head_object(**where)["LastModified"] == written


# ---- when it ends --------------------------------------------------------------------------------------------------


def test_to_restore_an_older_snapshot_ends_the_newer_ones(mocked: OmicsMock, omics: "OmicsClient") -> None:
    older = mocked.snapshot()
    omics.create_run_group(name="between")
    newer = mocked.snapshot()
    omics.create_run_group(name="last")
    mocked.restore(newer)
    assert len(omics.list_run_groups()["items"]) == 1
    mocked.restore(older)
    with pytest.raises(ValueError, match="this snapshot has ended: .* because one taken before it was restored"):
        mocked.restore(newer)
    assert omics.list_run_groups()["items"] == []


def test_a_snapshot_nobody_holds_leaves_the_older_one_what_it_needs(mocked: OmicsMock, omics: "OmicsClient") -> None:
    group = omics.create_run_group(name="first")["id"]
    older = mocked.snapshot()
    newer = mocked.snapshot()
    omics.update_run_group(id=group, name="second")
    del newer
    omics.update_run_group(id=group, name="third")
    mocked.snapshot()
    omics.create_run_group(name="another")
    mocked.restore(older)
    assert [found["name"] for found in omics.list_run_groups()["items"]] == ["first"]


def test_a_snapshot_ends_with_its_mock_and_with_a_reset() -> None:
    mock = mock_omics()
    with mock:
        first = mock.snapshot()
        mock.reset()
        with pytest.raises(ValueError, match="this snapshot has ended"):
            mock.restore(first)
        second = mock.snapshot()
        with mock_omics() as inner:
            inner.restore(second)
    with mock, pytest.raises(ValueError, match="this snapshot has ended"):
        mock.restore(second)


def test_without_a_mock_there_is_nothing_to_take_or_restore() -> None:
    mock = mock_omics()
    with mock:
        snapshot = mock.snapshot()
    for use in (mock.snapshot, lambda: mock.restore(snapshot), lambda: mock.dump("."), lambda: mock.load(".")):
        with pytest.raises(RuntimeError, match="no mock is active"):
            use()


def watched() -> bool:
    """Whether changes of resources are looked at."""
    return any("__setattr__" in vars(kind) for kind in (Record, Journey)) or hasattr(Table.add, "__wrapped__")


def test_nothing_is_watched_but_while_there_is_a_snapshot(mocked: OmicsMock, omics: "OmicsClient") -> None:
    assert not watched()
    snapshot = mocked.snapshot()
    assert watched()
    del snapshot
    omics.create_run_group()
    assert not watched()
    kept = mocked.snapshot()
    assert watched()
    mocked.stop()
    assert not watched()
    mocked.start()
    assert repr(kept)


# ---- what it costs, and who else is there --------------------------------------------------------------------------


def test_a_snapshot_copies_no_resources(mocked: OmicsMock, omics: "OmicsClient") -> None:
    def saved() -> int:
        snapshot = mocked.snapshot()
        return len(snapshot._mark.at_once)

    workflow = active_workflow(omics)
    mocked.lifecycle("run", "immediate")
    start_run(omics, workflowId=workflow)
    first = saved()
    for _ in range(20):
        start_run(omics, workflowId=workflow, tags={"a": "b"})
    assert saved() == first


def test_others_may_be_at_work_meanwhile() -> None:
    with mock_omics() as mock:
        user = client()
        stop = threading.Event()

        def work() -> None:
            while not stop.is_set():
                group = user.create_run_group(name="theirs", tags={"a": "b"})
                user.list_run_groups()
                with suppress(user.exceptions.ResourceNotFoundException):
                    user.update_run_group(id=group["id"], maxRuns=2)
                    user.delete_run_group(id=group["id"])

        kept = user.create_run_group(name="kept")["id"]
        snapshot = mock.snapshot()
        with ThreadPoolExecutor(4) as threads:
            others = [threads.submit(work) for _ in range(4)]
            for _ in range(50):
                mock.restore(snapshot)
                mock.snapshot()
            stop.set()
        for other in others:
            other.result()
        mock.restore(snapshot)
        assert [group["id"] for group in user.list_run_groups()["items"]] == [kept]
