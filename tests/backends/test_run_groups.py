"""Run groups and the account's quotas: who runs when, and for how long."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.settings import Manual, Policy
from tests.support.workflows import active_workflow, archive, client, start_run, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

STATIC_RUNS = "Maximum concurrent active runs using static run storage"
DYNAMIC_RUNS = "Maximum concurrent active runs using dynamic run storage"
WAITING_OR_DONE = ("PENDING", "COMPLETED", "FAILED", "CANCELLED")
ONE_TASK = {"main.nf": "process ONLY {\n}"}


@pytest.fixture
def on_the_clock() -> Iterator[OmicsMock]:
    """Runs take 40 seconds: 10 each of PENDING, STARTING, RUNNING and STOPPING."""
    with mock_omics(lifecycle=40, now="2026-01-01") as active:
        active.lifecycle("workflow", "immediate")
        yield active


def run_group(omics: "OmicsClient", **members: Any) -> str:
    return omics.create_run_group(**members)["id"]


def runs_of(omics: "OmicsClient", group: str, number: int, **members: Any) -> list[str]:
    workflow = members.pop("workflowId", None) or active_workflow(omics)
    return [start_run(omics, workflowId=workflow, runGroupId=group, **members) for _ in range(number)]


def statuses(omics: "OmicsClient", runs: Iterable[str]) -> list[str]:
    return [omics.get_run(id=run)["status"] for run in runs]


def active(omics: "OmicsClient", runs: list[str]) -> list[int]:
    """Which of the runs are under way at one moment, by their place."""
    under_way = {item["id"] for item in omics.list_runs()["items"] if item["status"] not in WAITING_OR_DONE}
    return [place for place, run in enumerate(runs) if run in under_way]


# The resource


@pytest.mark.observed
def test_create_answers_arn_id_and_tags(omics: "OmicsClient") -> None:
    made: Any = omics.create_run_group(name="lab", maxRuns=2, tags={"a": "b"})
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert made == {
        "id": made["id"],
        "arn": f"arn:aws:omics:us-east-1:123456789012:runGroup/{made['id']}",
        "tags": {"a": "b"},
    }
    assert len(made["id"]) == 7
    assert omics.create_run_group()["tags"] == {}


@pytest.mark.observed
def test_get_answers_only_the_limits_that_are_set(mocked: OmicsMock, omics: "OmicsClient") -> None:
    made = omics.create_run_group()
    found: Any = omics.get_run_group(id=made["id"])
    del found["ResponseMetadata"]
    assert found == {"id": made["id"], "arn": made["arn"], "creationTime": mocked.clock.now(), "tags": {}}
    limits: Any = {"name": "lab", "maxCpus": 1, "maxGpus": 100_000, "maxRuns": 3, "maxDuration": 4}
    full: Any = omics.get_run_group(id=run_group(omics, **limits))
    assert {member: full[member] for member in limits} == limits


def test_groups_are_listed_by_name_in_pages_and_without_tags(omics: "OmicsClient") -> None:
    ids = [run_group(omics, name=f"g{number % 2}", maxRuns=number + 1, tags={"a": "b"}) for number in range(5)]
    page: Any = omics.list_run_groups(maxResults=2)
    assert [item["id"] for item in page["items"]] == ids[:2]
    assert set(page["items"][0]) == {"id", "arn", "name", "maxRuns", "creationTime"}
    pages = omics.get_paginator("list_run_groups").paginate(name="g0", PaginationConfig={"PageSize": 1})
    assert [item["id"] for found in pages for item in found["items"]] == ids[::2]
    assert omics.list_run_groups(name="g")["items"] == []
    with pytest.raises(omics.exceptions.ValidationException, match="startingToken"):
        omics.list_run_groups(name="g0", startingToken=page["nextToken"])


@pytest.mark.documented
def test_an_update_changes_what_it_gives_and_nothing_else(omics: "OmicsClient") -> None:
    group = run_group(omics, name="before", maxRuns=1, maxCpus=2)
    assert omics.update_run_group(id=group, name="after", maxCpus=3)["ResponseMetadata"]["HTTPStatusCode"] == 202
    found: Any = omics.get_run_group(id=group)
    assert (found["name"], found["maxRuns"], found["maxCpus"]) == ("after", 1, 3)
    assert not {"maxGpus", "maxDuration"} & found.keys()


@pytest.mark.model
@pytest.mark.parametrize("member", ["maxRuns", "maxCpus", "maxGpus", "maxDuration"])
@pytest.mark.parametrize("value", [0, 100_001])
def test_a_limit_is_from_1_to_100000(mocked: OmicsMock, member: str, value: int) -> None:
    omics: Any = unchecked_client()
    group = run_group(omics, **{member: 7})
    for change in (omics.create_run_group, partial(omics.update_run_group, id=group)):
        with pytest.raises(omics.exceptions.ValidationException, match=f"Value '{value}' at '{member}'"):
            change(**{member: value})
    assert omics.get_run_group(id=group)[member] == 7
    assert len(omics.list_run_groups()["items"]) == 1


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": ""}, "name"),
        ({"name": "n" * 129}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"tags": {"aws:a": ""}}, "aws:"),
        ({"tags": {f"k{number}": "" for number in range(51)}}, "50 tags"),
    ],
)
def test_a_name_or_tag_that_is_none_is_refused(mocked: OmicsMock, members: dict[str, Any], message: str) -> None:
    omics = unchecked_client()
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        omics.create_run_group(**members)
    assert omics.list_run_groups()["items"] == []


def test_a_deleted_group_is_gone_but_its_runs_keep_its_id(omics: "OmicsClient") -> None:
    group = run_group(omics)
    [run] = runs_of(omics, group, 1)
    omics.get_waiter("run_completed").wait(id=run)
    assert omics.delete_run_group(id=group)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert omics.get_run(id=run)["runGroupId"] == group
    assert [item["id"] for item in omics.list_runs(runGroupId=group)["items"]] == [run]
    assert omics.list_run_groups()["items"] == []
    for gone in (omics.get_run_group, omics.update_run_group, omics.delete_run_group):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"RunGroup {group} not found"):
            gone(id=group)
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"RunGroup {group} not found"):
        start_run(omics, runGroupId=group)


@pytest.mark.parametrize("status", ["PENDING", "STARTING", "RUNNING", "STOPPING"])
def test_a_group_with_a_run_under_way_is_not_deleted(mocked: OmicsMock, omics: "OmicsClient", status: str) -> None:
    mocked.lifecycle("run", "frozen")
    group = run_group(omics)
    [run] = runs_of(omics, group, 1)
    mocked.advance(run, to=status)
    with pytest.raises(omics.exceptions.ConflictException, match="active runs"):
        omics.delete_run_group(id=group)
    mocked.advance(run, to="COMPLETED")
    omics.delete_run_group(id=group)


@pytest.mark.documented
def test_groups_are_tagged_by_their_arn(omics: "OmicsClient") -> None:
    arn = omics.create_run_group(tags={"a": "b"})["arn"]
    omics.tag_resource(resourceArn=arn, tags={"c": "d"})
    omics.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    assert omics.get_run_group(id=arn.split("/")[-1])["tags"] == {"c": "d"}


@pytest.mark.documented
def test_the_number_of_groups_is_limited_whatever_a_test_sets(mocked: OmicsMock, omics: "OmicsClient") -> None:
    assert mocked.quotas["Maximum run groups"] == 1000
    mocked.quotas["Maximum run groups"] = 1
    kept = run_group(omics)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum run groups"):
        run_group(omics)
    omics.delete_run_group(id=kept)
    run_group(omics)


@pytest.mark.documented
def test_the_same_request_id_makes_one_group(omics: "OmicsClient") -> None:
    assert len({omics.create_run_group(requestId="once")["id"] for _ in range(2)}) == 1


@pytest.mark.documented
def test_groups_of_one_region_and_account_are_unknown_in_another(mocked: OmicsMock, omics: "OmicsClient") -> None:
    group = run_group(omics, name="here")
    for other in (mocked.client(region="eu-west-1"), mocked.client(account="210987654321")):
        assert other.list_run_groups()["items"] == []
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.get_run_group(id=group)


# Who runs when


@pytest.mark.parametrize("pause", [1, 10, 1000])
def test_two_at_a_time_run_in_order_of_priority_then_of_age(on_the_clock: OmicsMock, pause: int) -> None:
    omics = client()
    group, workflow = run_group(omics, maxRuns=2), active_workflow(omics)
    wanted: list[dict[str, Any]] = [{}, {"priority": 5}, {"priority": 0}, {"priority": 5}, {"priority": 100}]
    runs = [start_run(omics, workflowId=workflow, runGroupId=group, **members) for members in wanted]
    began = on_the_clock.clock.now()
    while on_the_clock.clock.now() < began + timedelta(seconds=200):
        omics.list_run_groups()
        on_the_clock.clock.advance(pause)
    found = [omics.get_run(id=run) for run in runs]
    assert [run["status"] for run in found] == ["COMPLETED"] * 5
    # The first two start after ten seconds, the others as soon as one before them has ended.
    assert [(run["startTime"] - began).total_seconds() for run in found] == [50, 20, 80, 50, 20]
    assert [(run["stopTime"] - began).total_seconds() for run in found] == [70, 40, 100, 70, 40]


def test_polled_runs_take_turns_and_one_that_ends_starts_the_next(omics: "OmicsClient") -> None:
    group, workflow = run_group(omics, maxRuns=2), active_workflow(omics)
    runs = [start_run(omics, workflowId=workflow, runGroupId=group, priority=priority) for priority in (1, 4, 2, 5, 3)]
    rounds = [tuple(active(omics, runs)) for _ in range(20)]
    assert [together for together, _ in groupby(rounds)] == [(), (1, 3), (2, 4), (0,), ()]
    assert set(statuses(omics, runs)) == {"COMPLETED"}


def test_a_list_shows_runs_that_take_turns_in_each_of_their_states(omics: "OmicsClient") -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=2), 4)
    seen: dict[str, dict[str, None]] = {run: {} for run in runs}
    for _ in range(20):
        for item in omics.list_runs()["items"]:
            seen[item["id"]][item["status"]] = None
    for found in seen.values():
        assert list(found) == ["PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED"]


def test_every_polled_run_is_seen_running_however_many_wait_for_it(omics: "OmicsClient") -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=1), 4)
    seen: dict[str, list[str]] = {run: [] for run in runs}
    for _ in range(30):
        for run, status in zip(runs, statuses(omics, runs), strict=True):
            seen[run].append(status)
    for found in seen.values():
        assert "RUNNING" in found
        assert found[-1] == "COMPLETED"


def test_a_run_that_ends_by_hand_starts_the_next(mocked: OmicsMock, omics: "OmicsClient") -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=2), 5)
    assert statuses(omics, runs) == ["PENDING"] * 5
    assert active(omics, runs) == [0, 1]
    mocked.advance(runs[0], to="COMPLETED")
    assert active(omics, runs) == [1, 2]


@pytest.mark.parametrize("at_once", [1, 2])
@pytest.mark.parametrize("waiter", ["run_running", "run_completed"])
def test_a_waiter_on_the_last_of_five_runs_ends(omics: "OmicsClient", at_once: int, waiter: Any) -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=at_once), 5)
    omics.get_waiter(waiter).wait(id=runs[-1])
    assert statuses(omics, runs[:3]) == ["COMPLETED"] * 3


@pytest.mark.parametrize(("policy", "polls"), [("immediate", 3), (Manual(1), 15), (Manual(2), 30)], ids=str)
def test_polling_the_last_of_three_runs_moves_those_before_it_by_their_policy(
    mocked: OmicsMock, omics: "OmicsClient", policy: Policy, polls: int
) -> None:
    mocked.lifecycle("run", policy)
    runs = runs_of(omics, run_group(omics, maxRuns=1), 3)
    for _ in range(polls):
        omics.get_run(id=runs[-1])
    assert statuses(omics, runs) == ["COMPLETED"] * 3


def test_a_loop_over_nothing_but_waiting_runs_ends(omics: "OmicsClient") -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=1), 5)
    for _ in range(20):
        if not omics.list_runs(status="PENDING")["items"]:
            break
    assert "PENDING" not in statuses(omics, runs)


def test_looking_for_the_tasks_of_a_waiting_run_moves_it_too(omics: "OmicsClient") -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=1), 3)
    for _ in range(15):
        omics.list_run_tasks(id=runs[-1])
    assert set(statuses(omics, runs)) == {"COMPLETED"}


@pytest.mark.documented
@pytest.mark.parametrize("which", [0, 1])
def test_cancelling_a_run_or_one_that_waits_lets_the_next_go_on(omics: "OmicsClient", which: int) -> None:
    runs = runs_of(omics, run_group(omics, maxRuns=1), 3)
    for _ in range(2):
        assert len(active(omics, runs)) <= 1
    omics.cancel_run(id=runs[which])
    for _ in range(10):
        assert len(active(omics, runs)) <= 1
    assert statuses(omics, [runs[which]]) == ["CANCELLED"]
    for run in runs:
        if run != runs[which]:
            omics.get_waiter("run_completed").wait(id=run)


@pytest.mark.parametrize("member", ["maxRuns", "maxCpus"])
def test_raising_a_limit_lets_waiting_runs_start(omics: "OmicsClient", member: str) -> None:
    workflow = active_workflow(omics, definitionZip=archive(ONE_TASK))
    group = run_group(omics, **{member: 1})
    runs = runs_of(omics, group, 4, workflowId=workflow)
    assert statuses(omics, runs) == ["PENDING"] * 4
    assert active(omics, runs) == [0]
    omics.update_run_group(id=group, **{member: 3})  # type: ignore[arg-type]  # members by name
    assert active(omics, runs) == [0, 1, 2]


def test_raising_a_limit_lets_a_great_many_runs_start_now(on_the_clock: OmicsMock) -> None:
    omics = client()
    group = run_group(omics, maxRuns=1)
    runs = runs_of(omics, group, 300)
    on_the_clock.clock.advance(15)
    assert active(omics, runs[:5]) == [0]
    omics.update_run_group(id=group, maxRuns=1000)
    on_the_clock.clock.advance(10)
    found = [item for page in omics.get_paginator("list_runs").paginate() for item in page["items"]]
    assert {item["status"] for item in found} == {"RUNNING"}
    assert [item["startTime"] for item in found[1:]] == [on_the_clock.clock.now()] * 299


def test_runs_share_the_processors_of_their_group(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)  # of two tasks with a processor each
    runs = runs_of(omics, run_group(omics, maxCpus=5), 4, workflowId=workflow)
    statuses(omics, runs)
    assert active(omics, runs) == [0, 1]


def test_a_run_that_wants_more_than_there_is_runs_alone(omics: "OmicsClient") -> None:
    runs = runs_of(omics, run_group(omics, maxCpus=1), 2)
    statuses(omics, runs)
    assert active(omics, runs) == [0]
    omics.get_waiter("run_completed").wait(id=runs[1])


def test_only_runs_that_use_gpus_wait_for_them(omics: "OmicsClient") -> None:
    group = run_group(omics, maxGpus=1)
    gpu = active_workflow(omics, definitionZip=archive(ONE_TASK), accelerators="GPU")
    runs = runs_of(omics, group, 2, workflowId=gpu, priority=1) + runs_of(omics, group, 1)
    statuses(omics, runs)
    assert active(omics, runs) == [0]
    omics.get_waiter("run_running").wait(id=runs[0])
    task = omics.list_run_tasks(id=runs[0])["items"][0]
    assert (task["gpus"], task["instanceType"]) == (1, "omics.g4dn.xlarge")
    omics.get_waiter("run_completed").wait(id=runs[2])


def test_a_run_of_the_service_s_own_processors_does_not_wait_for_gpus(omics: "OmicsClient") -> None:
    group = run_group(omics, maxGpus=1)
    gpu = active_workflow(omics, accelerators="GPU")
    runs = runs_of(omics, group, 1, workflowId=gpu) + runs_of(omics, group, 2)
    statuses(omics, runs)
    assert active(omics, runs) == [0, 1, 2]


@pytest.mark.documented
def test_groups_do_not_hold_each_other_up(omics: "OmicsClient") -> None:
    groups = [run_group(omics, maxRuns=1) for _ in range(2)]
    runs = [run for group in groups for run in runs_of(omics, group, 2)] + [start_run(omics)]
    statuses(omics, runs)
    assert active(omics, runs) == [0, 2, 4]


@pytest.mark.documented
def test_a_run_is_duplicated_into_the_group_of_the_first(omics: "OmicsClient") -> None:
    group = run_group(omics, maxRuns=1)
    [first] = runs_of(omics, group, 1)
    again = start_run(omics, runId=first)
    statuses(omics, [first, again])
    assert active(omics, [first, again]) == [0]
    assert omics.get_run(id=again)["runGroupId"] == group


# The account's quotas


def test_without_a_quota_set_any_number_of_runs_is_active(omics: "OmicsClient") -> None:
    workflow = active_workflow(omics)
    runs = [start_run(omics, workflowId=workflow) for _ in range(60)]
    statuses(omics, runs)
    assert len(active(omics, runs)) == 60


@pytest.mark.documented
def test_each_kind_of_storage_has_a_quota_of_its_own() -> None:
    with mock_omics(quotas={STATIC_RUNS: 1, DYNAMIC_RUNS: 2}):
        omics = client()
        workflow = active_workflow(omics)
        kinds = ["STATIC"] * 3 + ["DYNAMIC"] * 4
        runs = [start_run(omics, workflowId=workflow, storageType=kind) for kind in kinds]
        statuses(omics, runs)
        assert active(omics, runs) == [0, 3, 4]
        omics.get_waiter("run_completed").wait(id=runs[2])
        omics.get_waiter("run_completed").wait(id=runs[6])


@pytest.mark.documented
def test_an_account_s_quota_counts_across_its_groups(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.quotas[STATIC_RUNS] = 2
    groups = [run_group(omics, maxRuns=2) for _ in range(3)]
    runs = [run for group in groups for run in runs_of(omics, group, 1)] + [start_run(omics)]
    abroad = mocked.client(region="eu-west-1")
    elsewhere = start_run(abroad)
    statuses(omics, runs)
    assert active(omics, runs) == [0, 1]
    assert statuses(abroad, [elsewhere] * 2) == ["PENDING", "STARTING"]
    for run in reversed(runs):
        omics.get_waiter("run_completed").wait(id=run)


def test_gpus_are_counted_across_the_account() -> None:
    with mock_omics(quotas={"Maximum active GPUs": 3}):
        omics = client()
        gpu = active_workflow(omics, accelerators="GPU")  # of two tasks
        runs = [start_run(omics, workflowId=gpu) for _ in range(2)] + [start_run(omics, storageType="DYNAMIC")]
        statuses(omics, runs)
        assert active(omics, runs) == [0, 2]


def test_runs_wait_for_a_quota_of_nothing_until_it_is_raised(on_the_clock: OmicsMock) -> None:
    omics = client()
    on_the_clock.quotas[STATIC_RUNS] = 0
    runs = [start_run(omics) for _ in range(2)]
    on_the_clock.clock.advance(1000)
    assert statuses(omics, runs) == ["PENDING", "PENDING"]
    on_the_clock.finish_all()
    assert statuses(omics, runs) == ["PENDING", "PENDING"]
    on_the_clock.quotas[STATIC_RUNS] = None
    raised = on_the_clock.clock.now()
    on_the_clock.clock.advance(30)
    found = [omics.get_run(id=run) for run in runs]
    assert [run["status"] for run in found] == ["STARTING"] * 2
    on_the_clock.clock.advance(30)
    assert {omics.get_run(id=run)["stopTime"] for run in runs} == {raised + timedelta(seconds=60)}


def test_a_batch_of_runs_fills_slots_as_they_become_free(on_the_clock: OmicsMock) -> None:
    omics = client()
    on_the_clock.quotas[STATIC_RUNS] = 2
    workflow = active_workflow(omics)
    began = on_the_clock.clock.now()
    early = start_run(omics, workflowId=workflow)
    on_the_clock.clock.advance(25)
    late = [start_run(omics, workflowId=workflow) for _ in range(3)]
    urgent = start_run(omics, workflowId=workflow, priority=9)
    on_the_clock.clock.advance(500)
    stops = [(omics.get_run(id=run)["stopTime"] - began).total_seconds() for run in (early, urgent, *late)]
    assert stops == [40, 65, 70, 95, 100]


# How long a run may take


def timed_out(omics: "OmicsClient", run: str, minutes: int) -> None:
    found = omics.get_run(id=run)
    assert (found["status"], found["failureReason"]) == ("FAILED", "RUN_TIMED_OUT")
    assert found["statusMessage"] == f"Run timeout after {minutes} minutes."


def test_the_limit_itself_is_not_too_long(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", "frozen")
    [run] = runs_of(omics, run_group(omics, maxDuration=5), 1)
    mocked.advance(run, to="RUNNING")
    mocked.clock.advance(300)
    assert statuses(omics, [run]) == ["RUNNING"]
    mocked.clock.advance(0.001)
    assert statuses(omics, [run]) == ["STOPPING"]
    assert {task["status"] for task in omics.list_run_tasks(id=run)["items"]} == {"CANCELLED"}
    mocked.advance(run, to="FAILED")
    timed_out(omics, run, 5)


def test_a_polled_run_fails_once_its_time_is_up(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("task", "frozen")
    [run] = runs_of(omics, run_group(omics, maxDuration=5), 1)
    assert statuses(omics, [run] * 4)[-1] == "RUNNING"
    mocked.clock.advance(301)
    assert statuses(omics, [run] * 2) == ["STOPPING", "FAILED"]
    timed_out(omics, run, 5)
    with pytest.raises(omics.exceptions.ConflictException):
        omics.cancel_run(id=run)


@pytest.mark.parametrize("pause", [100, 4000])
def test_a_run_on_the_clock_fails_when_its_time_is_up_and_makes_room(pause: int) -> None:
    with mock_omics(lifecycle=800, now="2026-01-01") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        runs = runs_of(omics, run_group(omics, maxDuration=1, maxRuns=1), 2)
        began = mocked.clock.now()
        while mocked.clock.now() < began + timedelta(seconds=2000):
            omics.list_runs()
            mocked.clock.advance(pause)
        found = [omics.get_run(id=run) for run in runs]
        # Each is RUNNING for a minute and STOPPING for 200 seconds.
        assert [(run["startTime"] - began).total_seconds() for run in found] == [400, 860]
        assert [(run["stopTime"] - began).total_seconds() for run in found] == [660, 1120]
        for run in runs:
            timed_out(omics, run, 1)


def test_a_run_within_its_time_completes() -> None:
    with mock_omics(lifecycle=240, now="2026-01-01") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        [run] = runs_of(omics, run_group(omics, maxDuration=1), 1)
        mocked.clock.advance(100_000)
        assert statuses(omics, [run]) == ["COMPLETED"]


def test_tasks_that_take_too_long_time_their_run_out() -> None:
    with mock_omics(lifecycle=40, now="2026-01-01") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        mocked.lifecycle("task", 400)
        group, workflow = run_group(omics, maxDuration=2), active_workflow(omics)
        [limited] = runs_of(omics, group, 1, workflowId=workflow)
        free = start_run(omics, workflowId=workflow)
        began = mocked.clock.now()
        mocked.clock.advance(1000)
        timed_out(omics, limited, 2)
        stops = [(omics.get_run(id=run)["stopTime"] - began).total_seconds() for run in (limited, free)]
        assert stops == [150, 430]


@pytest.mark.parametrize(("quota", "minutes"), [(90, 2), (600, 5), (None, 5)])
def test_the_shorter_of_the_group_s_and_the_account_s_limit_counts(quota: int | None, minutes: int) -> None:
    with mock_omics(lifecycle="frozen", now="2026-01-01", quotas={"Maximum run duration": quota}) as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        [run] = runs_of(omics, run_group(omics, maxDuration=5), 1)
        mocked.advance(run, to="RUNNING")
        mocked.clock.advance(301)
        mocked.finish_all()
        timed_out(omics, run, minutes)


@pytest.mark.documented
def test_the_account_s_limit_counts_without_a_group() -> None:
    with mock_omics(lifecycle="frozen", now="2026-01-01", quotas={"maximum run duration": 604_800}) as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        run = start_run(omics)
        mocked.advance(run, to="RUNNING")
        mocked.clock.advance(timedelta(days=7, seconds=1))
        omics.list_runs()
        mocked.advance(run, to="FAILED")
        timed_out(omics, run, 10_080)


def test_a_limit_does_not_reach_back_to_runs_that_are_running(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", "frozen")
    group = run_group(omics)
    [run] = runs_of(omics, group, 1)
    mocked.advance(run, to="RUNNING")
    omics.update_run_group(id=group, maxDuration=1)
    mocked.clock.advance(1000)
    assert statuses(omics, [run]) == ["RUNNING"]


# However runs move


def test_runs_that_are_done_at_once_never_wait() -> None:
    with mock_omics(lifecycle="immediate"):
        omics = client()
        runs = runs_of(omics, run_group(omics, maxRuns=1, maxDuration=1), 4)
        assert statuses(omics, runs) == ["COMPLETED"] * 4


def test_runs_that_are_done_at_once_wait_for_one_that_is_not(mocked: OmicsMock, omics: "OmicsClient") -> None:
    group, workflow = run_group(omics, maxRuns=1), active_workflow(omics)
    mocked.lifecycle("run", "frozen")
    [slow] = runs_of(omics, group, 1, workflowId=workflow)
    mocked.advance(slow, to="RUNNING")
    mocked.lifecycle("run", "immediate")
    quick = runs_of(omics, group, 300, workflowId=workflow)
    assert statuses(omics, quick[:2]) == ["PENDING", "PENDING"]
    mocked.advance(slow, to="COMPLETED")
    assert {item["status"] for page in omics.get_paginator("list_runs").paginate() for item in page["items"]} == {"COMPLETED"}


def test_frozen_runs_wait_for_the_test_and_for_their_group(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", "frozen")
    runs = runs_of(omics, run_group(omics, maxRuns=1), 2)
    mocked.advance(runs[0], to="RUNNING")
    with pytest.raises(ValueError, match="it is PENDING now and does not come to RUNNING"):
        mocked.advance(runs[1], to="RUNNING")
    mocked.advance(runs[0], to="COMPLETED")
    assert statuses(omics, runs) == ["COMPLETED", "PENDING"]
    mocked.advance(runs[1], to="RUNNING")
    assert statuses(omics, runs) == ["COMPLETED", "RUNNING"]


@pytest.mark.parametrize("lifecycle", ["observed", "frozen", 40])
def test_everything_can_be_finished_by_hand(lifecycle: Any) -> None:
    with mock_omics(lifecycle=lifecycle) as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        group, workflow = run_group(omics, maxRuns=1), active_workflow(omics)
        runs = [start_run(omics, workflowId=workflow, runGroupId=group, priority=priority) for priority in range(5)]
        mocked.finish_all()
        assert statuses(omics, runs) == ["COMPLETED"] * 5
        omics.delete_run_group(id=group)
