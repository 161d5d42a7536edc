"""What CloudWatch Logs has to read about runs."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.run_records import Run, Task
from omics_mock.runs_simulator.engine_logs import engine_log
from omics_mock.runs_simulator.failures import Failure
from omics_mock.transports.moto import states
from tests.support.logs import GROUP, logs_client, messages, named_streams, read_manifest, said, streams
from tests.support.storage import bucket
from tests.support.workflows import active_workflow, shared_client, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

BEGUN = ["CREATING_RUN", "STARTING_RUN", "SET_WORKFLOW_TIMEOUT", "RUNNING_WORKFLOW"]
TASKS = [f"{what}_TASK" for what in ("STARTING", "RUNNING")]
ENDED = ["STOPPING_RUN", "MAX_FILE_SYSTEM_USAGE", "ENGINE_LOG_GENERATED"]
LOG_STREAM = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/omics/WorkflowLog:log-stream:"


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now="2026-01-02T03:04:05.678901") as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()


def record(run: str) -> Run:
    [state] = states()
    return state.runs.table.get(run)


def running(omics: "OmicsClient", **members: Any) -> str:
    run = start_run(omics, **members)
    omics.get_waiter("run_running").wait(id=run)
    return run


def fail(mocked: OmicsMock, run: str, reason: str = "RUN_TASK_FAILED") -> Task:
    """The first task of a run that is RUNNING fails, and with it the run."""
    [state] = states()
    found = record(run)
    task = next(iter(found.tasks))
    mocked.advance(task["taskId"], to="RUNNING")
    with state.lock:
        task["failureReason"], task["statusMessage"] = reason, "it did not work"
        state.lifecycles.turn(task, ["FAILED"])
        found.failure = Failure("RUN_TASK_FAILED", "a task did not work")
        state.post()
    state.deliver()
    mocked.finish_all()
    return task


# The stream of a run


def test_the_stream_of_a_run_says_what_happens_to_it_in_order(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics)
    mocked.finish_all()
    assert said(run) == [*BEGUN, *TASKS, *TASKS, "TASK_COMPLETED", "TASK_COMPLETED", *ENDED, "RUN_COMPLETED"]


@pytest.mark.observed
def test_its_events_have_the_recorded_form(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = running(omics)
    task = fail(mocked, run)["taskId"]
    found = {json.loads(message)["logMessage"]: message for message in reversed(messages(f"run/{run}"))}
    about = f"with name: first and taskId: {task}"
    assert found["CREATING_RUN"] == ('{"runStatus":"PENDING","logMessage":"CREATING_RUN","message":"Creating your workflow run."}')
    assert found["SET_WORKFLOW_TIMEOUT"] == (
        '{"runStatus":"STARTING","logMessage":"SET_WORKFLOW_TIMEOUT",'
        '"message":"Your workflow will be timed out after: 10080 minutes."}'
    )
    assert found["STARTING_TASK"] == (
        f'{{"runStatus":"RUNNING","logMessage":"STARTING_TASK","message":"Starting workflow run task {about}"}}'
    )
    about = f"name: first and taskId: {task}"
    assert found["RUNNING_TASK"] == (
        f'{{"runStatus":"RUNNING","logMessage":"RUNNING_TASK","message":"Running workflow run task: {about}"}}'
    )
    assert found["TASK_FAILED"] == (
        f'{{"runStatus":"RUNNING","logMessage":"TASK_FAILED","message":"Workflow run task: {about} failed."}}'
    )
    assert found["RUN_FAILED"] == '{"runStatus":"FAILED","logMessage":"RUN_FAILED","message":"Workflow run failed."}'
    assert json.loads(found["ENGINE_LOG_GENERATED"])["message"] == f"Engine log stream: {LOG_STREAM}run/{run}/engine"


@pytest.mark.observed
def test_each_input_is_imported_once(mocked: OmicsMock, omics: "OmicsClient") -> None:
    bucket(name="reads", contents={"1.fq": b"@1", "2.fq": b"@2"})
    workflow = active_workflow(omics, parameterTemplate={"reads": {}, "reference": {}})
    inputs = {"reads": ["s3://reads/1.fq", "s3://reads/2.fq", "s3://reads/1.fq"], "reference": "s3://elsewhere/hg38.fa"}
    run = start_run(omics, workflowId=workflow, parameters=inputs)
    mocked.finish_all()
    found = [json.loads(message)["message"] for message in messages(f"run/{run}")]
    uris = ["s3://reads/1.fq", "s3://reads/2.fq", "s3://elsewhere/hg38.fa"]
    assert [message for message in found if "workflow run input" in message] == [
        *(f"Importing your workflow run input: {uri}" for uri in uris),
        *(f"Completed import of workflow run input: {uri}" for uri in uris),
    ]


def test_inputs_that_can_not_be_imported_are_not_said_to_be(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.plan_run(fail="IMPORT_FAILED")
    run = start_run(omics, parameters={"reads": "s3://reads/1.fq"})
    mocked.finish_all()
    assert said(run) == [*BEGUN, "IMPORTING_FILES", *ENDED, "RUN_FAILED"]


def test_the_time_limit_is_that_of_the_group_when_the_run_starts(mocked: OmicsMock, omics: "OmicsClient") -> None:
    group = omics.create_run_group(maxDuration=1200)["id"]
    run = start_run(omics, runGroupId=group)
    mocked.advance(run, to="STARTING")
    omics.update_run_group(id=group, maxDuration=60)
    mocked.finish_all()
    assert "timed out after: 1200 minutes." in messages(f"run/{run}")[2]


def test_a_run_that_is_cancelled_says_so(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = running(omics)
    omics.cancel_run(id=run)
    mocked.finish_all()
    assert said(run) == [*BEGUN, *["TASK_CANCELLED"] * 2, *ENDED, "RUN_CANCELLED"]
    assert read_manifest(run)[0]["status"] == "CANCELLED"


def test_events_have_the_time_of_what_they_tell(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics)
    mocked.advance(run, to="RUNNING")
    mocked.clock.advance(3600)
    mocked.finish_all()
    logs, found = logs_client(), omics.get_run(id=run)
    events = logs.get_log_events(logGroupName=GROUP, logStreamName=f"run/{run}", startFromHead=True)["events"]
    times = {json.loads(event["message"])["logMessage"]: event["timestamp"] for event in events}
    assert times["CREATING_RUN"] == int(found["creationTime"].timestamp() * 1000)
    assert times["RUNNING_WORKFLOW"] == round(found["startTime"].timestamp() * 1000)
    assert times["RUN_COMPLETED"] - times["RUNNING_WORKFLOW"] == 3_601_000
    assert times["RUN_COMPLETED"] == max(times.values())


def test_dynamic_storage_has_no_size_to_tell_of(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics, storageType="DYNAMIC")
    mocked.finish_all()
    assert "MAX_FILE_SYSTEM_USAGE" not in said(run)


@pytest.mark.parametrize("capacity", [0, 1200, 2400])
def test_what_the_file_system_held_is_what_the_manifest_has(mocked: OmicsMock, omics: "OmicsClient", capacity: int) -> None:
    run = start_run(omics, storageType="STATIC", storageCapacity=capacity)
    mocked.finish_all()
    [usage] = [json.loads(message)["message"] for message in messages(f"run/{run}") if "MAX_FILE_SYSTEM_USAGE" in message]
    metrics = read_manifest(run)[0]["metrics"]
    match = re.fullmatch(r"Max file system usage \(Size, Used, Used %\): (\d+)GiB (\d+)GiB (\d+)%", usage)
    assert match is not None
    size, most, share = map(int, match.groups())
    assert (size, most) == (capacity, round(metrics["storageMaximumGiB"]))
    assert share * size / 100 == pytest.approx(most, abs=size / 100)


# The streams of tasks


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every task writes something itself."""
    monkeypatch.setattr(Task, "log", ("aligning", "", "aligned"))


@pytest.mark.observed
@pytest.mark.usefixtures("talkative")
def test_a_task_that_succeeds_says_so_after_what_it_wrote_itself(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = start_run(omics)
    mocked.finish_all()
    tasks = [omics.get_run_task(id=run, taskId=task["taskId"]) for task in omics.list_run_tasks(id=run)["items"]]
    assert len(tasks) == 2
    for task in tasks:
        assert messages(task["logStream"].removeprefix(LOG_STREAM)) == ["Task started", "aligning", "aligned", "Task succeeded"]


@pytest.mark.parametrize(("reason", "code"), [("OUT_OF_MEMORY_ERROR", 137), ("RUN_TASK_FAILED", 1)])
@pytest.mark.usefixtures("talkative")
def test_a_task_that_fails_ends_with_its_exit_code(mocked: OmicsMock, omics: "OmicsClient", reason: str, code: int) -> None:
    run = running(omics)
    task = fail(mocked, run, reason)["taskId"]
    assert messages(f"run/{run}/task/{task}") == [
        "Task started",
        "aligning",
        "aligned",
        f"Task failed with exit code {code}",
    ]


def test_a_task_that_is_cancelled_before_it_starts_has_no_stream(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = running(omics)
    started, _ = record(run).tasks
    mocked.advance(started["taskId"], to="RUNNING")
    omics.cancel_run(id=run)
    mocked.finish_all()
    assert streams(f"run/{run}/task/") == {f"run/{run}/task/{started['taskId']}": ["Task started", "Task cancelled"]}


# The engine's stream


@pytest.mark.parametrize("engine", ["WDL", "CWL", "NEXTFLOW"])
@pytest.mark.parametrize("how", ["COMPLETED", "FAILED", "CANCELLED"])
def test_the_engine_tells_of_tasks_and_outcome_as_it_is_exported(
    mocked: OmicsMock, omics: "OmicsClient", engine: Any, how: str
) -> None:
    workflow = omics.create_workflow(name="align", definitionUri="s3://nowhere/a.zip", engine=engine)["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    run = running(omics, workflowId=workflow)
    if how == "FAILED":
        fail(mocked, run)
    elif how == "CANCELLED":
        omics.cancel_run(id=run)
    mocked.finish_all()
    assert omics.get_run(id=run)["status"] == how
    lines = messages(f"run/{run}/engine")
    assert "".join(f"{line}\n" for line in lines) == engine_log(record(run))
    assert any("main" in line for line in lines[1:-1])  # the name of the task
    assert (how == "FAILED") == any("ERROR" in line for line in lines)
    assert not any("{" in line or "None" in line for line in lines)


@pytest.mark.observed
def test_nextflow_is_launched_as_recorded(mocked: OmicsMock, omics: "OmicsClient") -> None:
    workflow = omics.create_workflow(definitionUri="s3://nowhere/a.zip", engine="NEXTFLOW", main="sarek/main.nf")["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    run = running(omics, workflowId=workflow)
    fail(mocked, run)
    lines = messages(f"run/{run}/engine")
    assert lines[1].startswith("Launching `sarek/main.nf` [")
    assert "] DSL2 - revision: " in lines[1]
    assert lines[-1] == "Nextflow engine failed"


# The lenient engine came to the model together with registry maps.
@pytest.mark.parametrize(
    "engine", ["WDL", pytest.param("WDL_LENIENT", marks=pytest.mark.operation("CreateWorkflow.containerRegistryMap"))]
)
def test_miniwdl_names_the_call_that_failed(mocked: OmicsMock, omics: "OmicsClient", engine: str) -> None:
    run = start_run(omics, workflowId=active_workflow(omics, engine=engine))
    omics.get_waiter("run_running").wait(id=run)
    task = fail(mocked, run, "OUT_OF_MEMORY_ERROR")
    [line, _] = [line for line in messages(f"run/{run}/engine") if " ERROR " in line]
    assert line == (
        f"{task['stopTime']:%Y-%m-%d %H:%M:%S}.678 (TaskPool_0) ERROR wdl.w:main.t:call-first "
        f"task first ({task['taskId']}) failed :: "
        f'dir: "/mnt/workflow/{run}/call-first", exit_status: 137, error: "it did not work"'
    )


# Levels


def test_every_stream_that_is_named_is_there(mocked: OmicsMock, omics: "OmicsClient") -> None:
    finished, cancelled = start_run(omics), start_run(omics)
    omics.cancel_run(id=cancelled)
    mocked.finish_all()
    for run in finished, cancelled:
        assert named_streams(omics, run) == set(streams(f"run/{run}"))


@pytest.mark.documented
def test_level_off_writes_nothing(mocked: OmicsMock, omics: "OmicsClient") -> None:
    run = running(omics, logLevel="OFF")
    fail(mocked, run)
    assert streams() == {}


@pytest.mark.parametrize("level", ["FATAL", "ERROR"])
@pytest.mark.usefixtures("talkative")
def test_the_levels_between_tell_of_failures_only(mocked: OmicsMock, omics: "OmicsClient", level: Any) -> None:
    run = running(omics, logLevel=level)
    task = fail(mocked, run)["taskId"]
    read_manifest(run)
    assert said(run) == ["TASK_FAILED", "RUN_FAILED"]
    assert streams("run/").keys() == {f"run/{run}", f"run/{run}/engine", f"run/{run}/task/{task}"}
    assert messages(f"run/{run}/task/{task}") == ["aligning", "aligned", "Task failed with exit code 1"]
    assert all(" ERROR " in line for line in messages(f"run/{run}/engine"))


@pytest.mark.parametrize("level", ["FATAL", "ERROR"])
def test_the_levels_between_have_only_the_manifest_of_what_succeeds(mocked: OmicsMock, omics: "OmicsClient", level: Any) -> None:
    run = start_run(omics, logLevel=level)
    mocked.finish_all()
    assert streams().keys() == {f"manifest/run/{run}/{omics.get_run(id=run)['uuid']}"}


# Run caches


@pytest.mark.operation("CreateRunCache", "StartRun.cacheId")
def test_a_cache_has_a_stream_of_what_runs_do_with_it(mocked: OmicsMock, omics: "OmicsClient") -> None:
    cache: Any = omics.create_run_cache(cacheS3Location="s3://caches/deep", cacheBehavior="CACHE_ALWAYS")
    uri = omics.get_run_cache(id=cache["id"])["cacheS3Uri"]
    stream = f"runCache/{cache['id']}/{uri.split('/')[-2]}"
    workflow = active_workflow(omics)
    first = start_run(omics, workflowId=workflow, cacheId=cache["id"])
    mocked.finish_all()
    second = start_run(omics, workflowId=workflow, cacheId=cache["id"])
    mocked.finish_all()
    events = [json.loads(message) for message in messages(stream)]
    assert [(event["logMessage"], event["runId"]) for event in events] == [
        *[("CACHE_MISS", first)] * 2,
        *[("CACHE_ENTRY_CREATED", first)] * 2,
        *[("CACHE_HIT", second)] * 2,
    ]
    made, used = events[2], events[4]
    assert made["cacheEntryUri"] == used["cacheEntryUri"]
    assert made["cacheEntryUri"].startswith(f"{uri}{first}/{made['taskId']}/")
    assert made["taskArn"] == f"arn:aws:omics:us-east-1:123456789012:task/{made['taskId']}"
    assert "cacheEntryUri" not in events[0]


@pytest.mark.operation("CreateRunCache", "StartRun.cacheId")
def test_a_run_that_logs_errors_only_says_nothing_of_its_cache(mocked: OmicsMock, omics: "OmicsClient") -> None:
    cache = omics.create_run_cache(cacheS3Location="s3://caches/deep")["id"]
    start_run(omics, cacheId=cache, logLevel="ERROR")
    mocked.finish_all()
    assert not [stream for stream in streams() if stream.startswith("runCache/")]
