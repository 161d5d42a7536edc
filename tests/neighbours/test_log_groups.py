"""The log group that HealthOmics writes to, in moto's CloudWatch Logs."""

import gzip
import importlib
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock import OmicsMock, mock_omics
from omics_mock.neighbours import LogEvent
from omics_mock.neighbours.log_groups import LogGroup, put
from omics_mock.transports.moto import states
from tests.support.logs import GROUP, logs_client, messages, said, streams
from tests.support.workflows import client, start_run

pytestmark = pytest.mark.inferred

ACCOUNT, REGION = "123456789012", "us-east-1"
THEN = datetime(2019, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)  # long before what PutLogEvents takes
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True, scope="module")
def moto_has_loaded_logs() -> None:
    """As it has where somebody uses a logs client."""
    importlib.import_module("moto.logs.models")


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now="2026-01-02T03:04:05.678901") as active:
        yield active


def write(events: Sequence[LogEvent], stream: str = "run/1") -> None:
    put(ACCOUNT, REGION, stream, events)


@pytest.mark.usefixtures("mocked")
def test_events_are_written_by_their_times_whenever_that_is() -> None:
    write([(THEN + SECOND, "second"), (THEN, "first"), (THEN + SECOND, "third")])
    write([(THEN + 2 * SECOND, "fourth")])
    assert messages("run/1") == ["first", "second", "third", "fourth"]
    [stream] = logs_client().describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["firstEventTimestamp"] == 1557126489123
    assert stream["lastEventTimestamp"] == 1557126491123
    assert stream["arn"].endswith(":log-group:/aws/omics/WorkflowLog:log-stream:run/1")


@settings(max_examples=20)
@given(st.timedeltas(timedelta(), timedelta(days=10_000)))
def test_times_keep_their_milliseconds(since: timedelta) -> None:
    at = datetime(2000, 1, 1, tzinfo=UTC) + since
    with mock_omics():
        write([(at, "told")])
        [stream] = logs_client().describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["lastEventTimestamp"] == int(at.timestamp()) * 1000 + at.microsecond // 1000


@pytest.mark.usefixtures("mocked")
def test_a_stream_is_made_with_its_first_event() -> None:
    write([])
    assert streams() == {}
    write([(THEN, "told")])
    write([], "run/2")
    assert streams() == {"run/1": ["told"]}


@pytest.mark.usefixtures("mocked")
def test_a_group_that_is_there_already_is_kept() -> None:
    logs = logs_client()
    logs.create_log_group(logGroupName=GROUP, tags={"kept": "for good"})
    logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
    write([(THEN, "told")])
    [group] = logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]
    assert group["retentionInDays"] == 7


@pytest.mark.usefixtures("mocked")
def test_events_are_found_by_what_they_say() -> None:
    write([(THEN, '{"runStatus":"RUNNING"}'), (THEN + SECOND, '{"runStatus":"FAILED"}')])
    write([(THEN, "FAILED to map")], "run/1/task/2")
    found = logs_client().filter_log_events(logGroupName=GROUP, filterPattern="FAILED")["events"]
    assert {(event["logStreamName"], event["message"]) for event in found} == {
        ("run/1", '{"runStatus":"FAILED"}'),
        ("run/1/task/2", "FAILED to map"),
    }


def subscribe() -> Any:
    """A Kinesis stream that receives what is written to the group."""
    kinesis = boto3.client("kinesis", region_name=REGION)
    kinesis.create_stream(StreamName="heard", ShardCount=1)
    arn = kinesis.describe_stream(StreamName="heard")["StreamDescription"]["StreamARN"]
    logs = logs_client()
    logs.create_log_group(logGroupName=GROUP)
    logs.put_subscription_filter(
        logGroupName=GROUP, filterName="all", filterPattern="", destinationArn=arn, roleArn="arn:aws:iam::123456789012:role/logs"
    )
    return kinesis


@pytest.mark.usefixtures("mocked")
def test_subscription_filters_receive_what_runs_write() -> None:
    kinesis = subscribe()
    start_run(client())
    shard = kinesis.get_shard_iterator(StreamName="heard", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON")
    records = kinesis.get_records(ShardIterator=shard["ShardIterator"])["Records"]
    assert ["CREATING_RUN" in gzip.decompress(record["Data"]).decode() for record in records] == [True]


@pytest.mark.usefixtures("mocked")
def test_a_destination_that_is_gone_is_no_trouble_for_runs() -> None:
    subscribe().delete_stream(StreamName="heard")
    assert said(start_run(client())) == ["CREATING_RUN"]


def test_every_account_and_region_has_a_group_of_its_own(mocked: OmicsMock) -> None:
    start_run(client("eu-west-1"))
    mocked.finish_all()
    assert streams() == {}
    europe = boto3.client("logs", region_name="eu-west-1")
    assert len(europe.describe_log_streams(logGroupName=GROUP)["logStreams"]) == 5


# Before anybody can read


def test_nothing_is_put_into_words_before_it_can_be_read(mocked: OmicsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def logged(number: int) -> Iterator[tuple[str, list[LogEvent]]]:
        asked.append(number)
        yield "run/1", [(THEN, str(number))]

    group = LogGroup(ACCOUNT, REGION)
    with monkeypatch.context() as unloaded:
        unloaded.delitem(sys.modules, "moto.logs.models")
        for number in range(3):
            group.put(partial(logged, number))
        assert asked == []
    group.put(lambda: logged(3))
    group.write()
    assert asked == [0, 1, 2, 3]
    assert messages("run/1") == ["0", "1", "2", "3"]


def test_a_reset_forgets_what_nobody_could_read(mocked: OmicsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as unloaded:
        unloaded.delitem(sys.modules, "moto.logs.models")
        start_run(client())
        mocked.reset()
        run = start_run(client())
    for state in states():
        state.neighbours.show_log_events()
    assert streams().keys() == {f"run/{run}"}


def test_runs_that_have_ended_can_be_read_about_by_a_client_made_afterwards() -> None:
    code = """
        import sys
        from omics_mock import mock_omics
        from tests.support.logs import messages, read_manifest, said
        from tests.support.workflows import client, start_run

        for first in ("CREATING_RUN", "CREATING_RUN"):
            with mock_omics() as mocked:
                omics = client()
                run = start_run(omics)
                mocked.advance(run, to="RUNNING")
                loaded = "moto.logs.models" in sys.modules
                omics.cancel_run(id=run)
                mocked.finish_all()
                assert said(run)[0] == first
                assert said(run)[-1] == "RUN_CANCELLED"
                print(loaded, said(run).count("CREATING_RUN"), len(read_manifest(run)[1]))
                other = start_run(omics)
                assert said(other) == ["CREATING_RUN"]
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert (done.stdout.splitlines(), done.stderr) == (["False 1 2", "True 1 2"], "")
