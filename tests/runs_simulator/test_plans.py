"""What a test plans is what runs do."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import WaiterError

from omics_mock import OmicsMock, mock_omics
from tests.support.workflows import active_workflow, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now=NOON) as mocked:
        yield mocked


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return mocked.client(region="us-east-1")


def finished(omics: "OmicsClient", **params: Any) -> Any:
    run = start_run(omics, **params)
    for _ in range(8):
        omics.get_run(id=run)
    return omics.get_run(id=run)


def tasks_of(omics: "OmicsClient", run: str) -> Any:
    return omics.list_run_tasks(id=run)["items"][::-1]


def names(omics: "OmicsClient", **params: Any) -> list[str]:
    return [task["name"] for task in tasks_of(omics, finished(omics, **params)["id"])]


def test_planned_tasks_take_the_place_of_the_definition_s(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(tasks=["index", {"name": "align", "cpus": 15, "memory": 30, "seconds": 3600}, {"name": "call", "gpus": 1}])
    found = [
        (task["name"], task["cpus"], task["memory"], task["gpus"], task["instanceType"], task["stopTime"] - task["startTime"])
        for task in tasks_of(omics, finished(omics)["id"])
    ]
    assert found == [
        ("index", 1, 1, 0, "omics.c.large", timedelta(seconds=1)),
        ("align", 15, 30, 0, "omics.c.4xlarge", timedelta(hours=1)),
        ("call", 1, 1, 1, "omics.g4dn.xlarge", timedelta(seconds=1)),
    ]


def test_tasks_of_the_definition_are_adjusted_by_name(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(tasks={"second": {"memory": 8, "status": "CANCELLED"}})
    found = [(task["name"], task["memory"], task["status"]) for task in tasks_of(omics, finished(omics)["id"])]
    assert found == [("first", 1, "COMPLETED"), ("second", 8, "CANCELLED")]


def test_a_task_that_is_planned_to_fail_fails_its_run(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(tasks=[{"name": "a", "status": "FAILED"}])
    assert finished(omics)["failureReason"] == "RUN_TASK_FAILED"


def test_a_run_that_fails_for_a_reason_of_its_own_keeps_it_when_a_task_fails_too(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(fail="WORKFLOW_RUN_FAILED", tasks=[{"name": "a", "status": "FAILED"}])
    assert finished(omics)["failureReason"] == "WORKFLOW_RUN_FAILED"


@pytest.mark.parametrize("how", ["waiter", "poll", "poll tasks", "by hand"])
def test_whoever_moves_a_run_on_lets_the_time_of_its_tasks_pass(mocked: OmicsMock, omics: "OmicsClient", how: str) -> None:
    mocked.plan_run(tasks=[{"name": "a", "seconds": 7200}, {"name": "b", "seconds": 3600}])
    run = start_run(omics)
    if how == "waiter":
        omics.get_waiter("run_completed").wait(id=run)
    elif how == "by hand":
        mocked.finish_all()
    else:
        for _ in range(9):
            omics.get_run(id=run) if how == "poll" else omics.list_run_tasks(id=run)
            if how != "poll" and not omics.list_run_tasks(id=run)["items"]:
                omics.get_run(id=run)
    found = omics.get_run(id=run)
    assert timedelta(hours=2) <= found["stopTime"] - found["startTime"] < timedelta(hours=2, minutes=5)
    assert found["stopTime"] <= mocked.clock.now()
    lasting = (2, 2) if how == "poll tasks" else (2, 1)  # in one look both go on to when the first is done
    for task, hours in zip(tasks_of(omics, run), lasting, strict=True):
        assert timedelta(hours=hours) <= task["stopTime"] - task["startTime"] < timedelta(hours=hours, minutes=5)


def test_without_anybody_s_doing_tasks_take_their_time_by_the_clock(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", 40)
    mocked.plan_run(tasks=[{"name": "a", "seconds": 3600}, "b"])
    run, start = start_run(omics), mocked.clock.now()
    mocked.clock.advance(600)
    assert omics.get_run(id=run)["status"] == "RUNNING"
    mocked.clock.advance(3600)
    found = omics.get_run(id=run)
    assert (found["status"], found["stopTime"] - found["startTime"]) == ("COMPLETED", timedelta(seconds=3600 + 10))
    task = tasks_of(omics, run)[0]
    assert task["stopTime"] - task["startTime"] == timedelta(seconds=3600)
    assert mocked.clock.now() == start + timedelta(seconds=4200)


def test_tasks_that_have_a_policy_of_their_own_take_their_time_too(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", 40)
    mocked.lifecycle("task", 4)
    mocked.plan_run(tasks=[{"name": "a", "seconds": 100}])
    run = start_run(omics)
    mocked.clock.advance(1000)
    assert omics.get_run(id=run)["status"] == "COMPLETED"
    task = tasks_of(omics, run)[0]
    assert task["stopTime"] - task["startTime"] >= timedelta(seconds=100)
    assert task["stopTime"] - task["startTime"] < timedelta(seconds=110)


@pytest.mark.parametrize("policy", ["immediate", "observed", 60])
def test_a_run_whose_tasks_take_longer_than_its_group_allows_times_out(policy: Any) -> None:
    with mock_omics(now=NOON, lifecycle=policy) as mocked:
        omics = mocked.client(region="us-east-1")
        mocked.lifecycle("workflow", "immediate")
        mocked.plan_run(tasks=[{"name": "short", "seconds": 30}, {"name": "long", "seconds": 7200}])
        group = omics.create_run_group(maxDuration=60)["id"]
        run = start_run(omics, runGroupId=group)
        if policy == 60:
            mocked.clock.advance(10_000)
        for _ in range(8):
            found = omics.get_run(id=run)
        assert (found["status"], found["failureReason"]) == ("FAILED", "RUN_TIMED_OUT")
        assert found["statusMessage"] == "Run timeout after 60 minutes."
        assert timedelta(hours=1) <= found["stopTime"] - found["startTime"] < timedelta(hours=1, seconds=70)
        assert [task["status"] for task in tasks_of(omics, run)] == ["COMPLETED", "CANCELLED"]


def test_a_failing_task_cuts_short_those_that_take_longer(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(
        tasks=[{"name": "long", "seconds": 900}, {"name": "middle", "seconds": 60}, {"name": "short", "seconds": 5}],
        fail={"reason": "OUT_OF_MEMORY_ERROR", "task": "middle"},
    )
    run = finished(omics)
    assert [task["status"] for task in tasks_of(omics, run["id"])] == ["CANCELLED", "FAILED", "COMPLETED"]
    assert run["stopTime"] - run["startTime"] == timedelta(seconds=60)


@pytest.mark.parametrize("way", ["id", "name", "arn"])
def test_a_plan_is_for_the_runs_of_its_workflow(mocked: OmicsMock, omics: "OmicsClient", way: str) -> None:
    meant: Any = omics.get_workflow(id=active_workflow(omics, name="meant"))
    mocked.plan_run(workflow=meant[way], tasks=["planned"])
    assert names(omics, workflowId=meant["id"]) == ["planned"]
    assert names(omics, workflowId=active_workflow(omics, name="other")) == ["first", "second"]


def test_a_plan_is_for_runs_that_match_all_it_says(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(name="a", parameters={"n": 1}, when=lambda run: run["priority"] > 3 and "runId" not in run, tasks=["planned"])
    fitting: Any = {"name": "a", "parameters": {"n": 1, "m": 2}, "priority": 4}
    assert names(omics, **fitting) == ["planned"]
    others: Any = ({"name": "b"}, {"parameters": {"n": 2}}, {"parameters": {}}, {"priority": 3})
    for other in others:
        assert names(omics, **{**fitting, **other}) == ["first", "second"]


def test_the_latest_plan_counts_and_an_inner_mock_s_ends_with_it(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(tasks=["old"])
    mocked.plan_run(tasks=["new"])
    assert names(omics) == ["new"]
    with mock_omics() as inner:
        inner.plan_run(name="mine", tasks=["inner"])
        assert (names(omics, name="mine"), names(omics)) == (["inner"], ["new"])
    assert names(omics, name="mine") == ["new"]
    mocked.reset()
    assert names(omics) == ["first", "second"]


@pytest.mark.operation("GetRunTask.cacheHit")
def test_planned_cache_hits_are_hits(mocked: OmicsMock, omics: "OmicsClient") -> None:
    cache: Any = {"cacheId": omics.create_run_cache(cacheS3Location="s3://caches/here")["id"]}
    mocked.plan_run(cache_hits=["second"])
    first, second = tasks_of(omics, finished(omics, **cache)["id"])
    assert (first["cacheHit"], second["cacheHit"]) == (False, True)
    assert second["cacheS3Uri"].startswith("s3://caches/here/")
    mocked.plan_run(cache_hits=True)
    assert all(task["cacheHit"] for task in tasks_of(omics, finished(omics, **cache)["id"]))
    with pytest.raises(ValueError, match="has no cache; start it with a cacheId"):
        start_run(omics)


def test_an_effect_gets_the_run_and_the_mocked_s3(mocked: OmicsMock) -> None:
    omics = mocked.client(region="eu-west-1", account="111122223333")
    s3: Any = mocked.client("s3", "eu-west-1", account="111122223333")
    s3.create_bucket(Bucket="results", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def write(run: dict[str, Any], s3: Any) -> None:
        assert omics.get_run(id=run["id"])["status"] in ("STOPPING", "COMPLETED")
        s3.put_object(Bucket="results", Key=f"here/{run['id']}/out/mine.txt", Body=run["name"].encode())

    mocked.plan_run(effect=write)
    run = finished(omics, name="n", roleArn="arn:aws:iam::111122223333:role/r")
    assert s3.get_object(Bucket="results", Key=f"here/{run['id']}/out/mine.txt")["Body"].read() == b"n"


def test_an_effect_that_fails_shows_where_the_run_is_looked_at(mocked: OmicsMock, omics: "OmicsClient") -> None:
    def stumble(run: dict[str, Any], s3: object) -> None:
        raise ZeroDivisionError("in the test's own code")

    mocked.plan_run(effect=stumble)
    with pytest.raises(ZeroDivisionError):
        finished(omics)


def test_a_cancelled_run_has_no_effect(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(effect=lambda run, s3: pytest.fail("a cancelled run exports nothing"))
    run = start_run(omics)
    mocked.advance(run, to="RUNNING")
    omics.cancel_run(id=run)
    with pytest.raises(WaiterError):
        omics.get_waiter("run_running").wait(id=run)
    assert omics.get_run(id=run)["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"tasks": [{"cpus": 1}]}, "a task has a name of 1 to 128 characters, not None"),
        ({"tasks": [{"name": "a", "cpu": 1}]}, "'a' has unknown cpu; known: name, cpus"),
        ({"tasks": [{"name": "a", "cpus": 0}]}, "cpus of 'a' is a whole number from 1, not 0"),
        ({"tasks": [{"name": "a", "memory": 1.5}]}, "memory of 'a' is a whole number from 1, not 1.5"),
        ({"tasks": [{"name": "a", "seconds": -1}]}, "seconds of 'a' is a number from 0, not -1"),
        ({"tasks": [{"name": "a", "status": "DONE"}]}, "status of 'a' is COMPLETED, FAILED or CANCELLED, not 'DONE'"),
        ({"tasks": [{"name": "a", "metrics": {"cpu": 1}}]}, "'a' has unknown metrics cpu; known: cpusReserved"),
        ({"retries": -1}, "retries: a whole number from 0, not -1"),
    ],
)
def test_what_no_run_can_do_is_refused_when_it_is_planned(mocked: OmicsMock, plan: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        mocked.plan_run(**plan)


@pytest.mark.parametrize("plan", [{"tasks": {"third": {}}}, {"retries": {"third": 1}}])
def test_a_task_the_run_does_not_have_is_refused_when_it_starts(mocked: OmicsMock, omics: "OmicsClient", plan: Any) -> None:
    mocked.plan_run(**plan)
    with pytest.raises(ValueError, match="the run has no task third; it has first, second"):
        start_run(omics)
