"""The same seed and the same calls give the same ids, uuids and times, on every Python and platform."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from freezegun import freeze_time

from omics_mock import mock_omics
from omics_mock.ids import Ids
from tests.support.storage import imported, sequence_store
from tests.support.workflows import active_workflow, client, start_run

ROOT = Path(__file__).parents[1]


def identifiers() -> list[str]:
    """Of resources of several kinds, in the order in which they are made."""
    omics = client()
    workflow = omics.get_workflow(id=active_workflow(omics))
    run = omics.get_run(id=start_run(omics, workflowId=workflow["id"]))
    share = omics.create_share(resourceArn=workflow["arn"], principalSubscriber="111122223333")["shareId"]
    store = omics.get_sequence_store(id=sequence_store(omics))
    abroad = client("eu-west-1").create_run_group()["arn"]
    request = omics.list_runs()["ResponseMetadata"]["RequestId"]
    return [workflow["arn"], run["arn"], run["uuid"], share, store["arn"], abroad, request]


GOLDEN = {
    0: [
        "arn:aws:omics:us-east-1:123456789012:workflow/8037678",
        "arn:aws:omics:us-east-1:123456789012:run/8859359",
        "dadf94fa-23e9-777f-2b64-74274df807aa",
        "3b57ea6495dc95e5fd710be15ab43070-2f248ec5dad0d1844d3259c62c3df327",
        "arn:aws:omics:us-east-1:123456789012:sequenceStore/2792276237",
        "arn:aws:omics:eu-west-1:123456789012:runGroup/9096961",
        "d0236063-656d-1bfa-f9a9-2af1f675aca3",
    ],
    7: [
        "arn:aws:omics:us-east-1:123456789012:workflow/2395966",
        "arn:aws:omics:us-east-1:123456789012:run/6980314",
        "719649b6-ab30-7445-b71a-26915b941274",
        "2e30c73809b4121c324da4e7b76fb3f3-c6f7318eb6fb2af3efde1d7d0090cb3b",
        "arn:aws:omics:us-east-1:123456789012:sequenceStore/7052747742",
        "arn:aws:omics:eu-west-1:123456789012:runGroup/5509428",
        "7c181e8a-bde6-e769-6657-163b343007d4",
    ],
}
"""By seed. Whoever has to change these breaks the snapshots and expectations of other people's tests."""

SEQUENCE = ["4103916", "8616924240", "23e9777f-2b64-7427-4df8-07aa77ec9ffc", "5ab4dadf94fa", "9ikguepj0hocsdgkb3oglzcjk29vvhcz1z"]


def test_the_ids_of_a_seed_are_these() -> None:
    for seed, golden in GOLDEN.items():
        with mock_omics(seed=seed):
            assert identifiers() == golden
    with mock_omics():
        assert identifiers() == GOLDEN[0]


def test_the_sequences_of_a_seed_are_these() -> None:
    ids = Ids(0, "123456789012", "us-east-1")
    assert [ids.number(), ids.number(10), ids.uuid(), ids.hex(12), ids.alphanumeric(34)] == SEQUENCE


def test_a_mock_without_a_seed_is_another_each_time() -> None:
    seen = set()
    for _ in range(3):
        with mock_omics(seed=None):
            seen.add(tuple(identifiers()))
    assert len(seen) == 3


def test_what_another_account_or_region_does_changes_no_ids() -> None:
    with mock_omics() as omics:
        omics.client(region="eu-central-1").create_run_group()
        omics.client(account="111122223333").create_run_group()
        assert identifiers() == GOLDEN[0]


# ---- the same answers ------------------------------------------------------------------------------------------------


def answers() -> str:
    """All that a longer story was answered, under a pinned clock."""
    with mock_omics(seed=7, now="2026-01-02T03:04:05") as omics:
        workflow = active_workflow(client(), tags={name: name for name in "edcba"})
        run = start_run(client(), workflowId=workflow, parameters={name: name for name in "zyx"}, tags={"b": "1", "a": "2"})
        client().get_waiter("run_completed").wait(id=run)
        client().get_run(id=run)
        client().list_run_tasks(id=run)
        store = sequence_store(client())
        read_set = imported(client(), store)
        client().get_read_set_metadata(sequenceStoreId=store, id=read_set)
        logs: Any = omics.client("logs")
        group = "/aws/omics/WorkflowLog"
        streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
        names = [stream["logStreamName"] for stream in streams]
        events = [logs.get_log_events(logGroupName=group, logStreamName=name)["events"] for name in names]
        lines = [[event["timestamp"], event["message"]] for stream in events for event in stream]
        calls = [[call.operation, chosen(call.params), call.response, call.at] for call in omics.calls]
        return json.dumps([calls, names, lines], default=str)


def chosen(params: Mapping[str, object]) -> dict[str, object]:
    """Without the tokens, which botocore draws anew for every request."""
    return {name: value for name, value in params.items() if name not in ("requestId", "clientToken")}


def test_the_order_of_hashes_changes_nothing() -> None:
    code = "from tests.test_determinism import answers; print(answers())"
    told = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT), "TZ": zone},
        ).stdout.strip()
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]
    assert told[0] == told[1] == answers()


def test_a_pinned_clock_gives_the_same_times() -> None:
    assert answers() == answers()
    with mock_omics(now="2026-01-02T03:04:05"):
        run = client().get_run(id=start_run(client()))
        assert run["creationTime"] == datetime(
            2026, 1, 2, 3, 4, 8, tzinfo=UTC
        )  # a waiter has waited three seconds for the workflow


# ---- other clocks ----------------------------------------------------------------------------------------------------


def created() -> datetime:
    return client().get_run_group(id=client().create_run_group()["id"])["creationTime"]


def test_the_mock_follows_freezegun() -> None:
    with freeze_time("2020-02-29 12:00:00") as frozen, mock_omics() as omics:
        assert created() == datetime(2020, 2, 29, 12, tzinfo=UTC)
        frozen.tick(timedelta(hours=1))
        assert created() == datetime(2020, 2, 29, 13, tzinfo=UTC)
        omics.clock.advance(60)
        assert created() == datetime(2020, 2, 29, 13, 1, tzinfo=UTC)


def test_the_mock_follows_time_machine() -> None:
    with mock_omics() as omics, time_machine.travel("2020-02-29 12:00:00+00:00", tick=False) as traveller:
        assert created() == datetime(2020, 2, 29, 12, tzinfo=UTC)
        traveller.shift(3600)
        assert created() == datetime(2020, 2, 29, 13, tzinfo=UTC)
        omics.clock.advance(60)
        assert created() == datetime(2020, 2, 29, 13, 1, tzinfo=UTC)


@pytest.mark.parametrize("clock", [freeze_time, time_machine.travel], ids=["freezegun", "time-machine"])
def test_seconds_pass_on_other_clocks_too(clock: Any) -> None:
    with mock_omics() as omics:
        omics.lifecycle("workflow", "immediate")
        omics.lifecycle("run", 600.0)
        workflow = active_workflow(client())
        with clock("2030-01-01T00:00:00+00:00", tick=False):
            run = start_run(client(), workflowId=workflow)
            assert client().get_run(id=run)["status"] == "PENDING"
        with clock("2030-01-01T00:10:00+00:00", tick=False):
            found = client().get_run(id=run)
        assert found["status"] == "COMPLETED"
        assert found["stopTime"] == datetime(2030, 1, 1, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize("clock", [freeze_time, time_machine.travel], ids=["freezegun", "time-machine"])
def test_a_pinned_clock_stays_pinned_under_other_clocks(clock: Any) -> None:
    with clock("2020-01-01"), mock_omics(now="2026-01-02"):
        assert created() == datetime(2026, 1, 2, tzinfo=UTC)
