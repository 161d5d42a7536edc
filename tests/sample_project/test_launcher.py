"""The launcher, tested with nothing but the public API of omics_mock: read from top to bottom, it is a tour of the library."""

import pytest

from omics_mock import OmicsMock
from tests.sample_project import launcher

NA12878 = {"name": "NA12878", "reads": "s3://reads/NA12878.fastq.gz"}
NA24385 = {"name": "NA24385", "reads": "s3://reads/NA24385.fastq.gz"}

# Every test of this file runs in a mock; code that polls with a loop of its own finds that sleeping takes no time.
pytestmark = pytest.mark.omics_mock(now="2026-03-01T08:00:00Z", skip_sleep=True)


@pytest.fixture(autouse=True)
def workflow(omics_mock: OmicsMock) -> str:
    """The workflow that the launcher looks for. ``given`` makes what a test takes for granted."""
    return str(omics_mock.given.workflow(name="germline")["id"])


def test_every_sample_gets_a_run(omics_mock: OmicsMock, workflow: str) -> None:
    answer = launcher.handler({"samples": [NA12878, NA24385]})
    assert answer["skipped"] == []
    # What was called is there to look at, with its parameters.
    first, second = omics_mock.calls.of("StartRun")
    assert (first.params["name"], second.params["name"]) == ("NA12878", "NA24385")
    assert first.params["workflowId"] == workflow
    assert first.params["parameters"] == {"reads": "s3://reads/NA12878.fastq.gz"}


def test_a_sample_that_has_a_run_is_left_alone(omics_mock: OmicsMock) -> None:
    omics_mock.given.run(name="NA12878", status="RUNNING")
    omics_mock.given.run(name="NA24385", status="FAILED")
    answer = launcher.handler({"samples": [NA12878, NA24385]})
    assert answer["skipped"] == ["NA12878"]
    assert omics_mock.calls.of("StartRun").only.params["name"] == "NA24385"


def test_without_an_active_workflow_nothing_starts(omics_mock: OmicsMock, monkeypatch: pytest.MonkeyPatch) -> None:
    omics_mock.given.workflow(name="somatic", status="FAILED")
    monkeypatch.setenv("WORKFLOW", "somatic")
    with pytest.raises(LookupError, match="no ACTIVE workflow is called somatic"):
        launcher.handler({"samples": [NA12878]})


def test_the_outputs_of_a_run_that_completes_are_where_it_says(omics_mock: OmicsMock) -> None:
    s3 = omics_mock.client("s3", "us-east-1")
    s3.create_bucket(Bucket="results")
    # What runs do can be scripted: an alignment of two hours that writes a file.
    omics_mock.plan_run(
        name="NA12878",
        tasks=[{"name": "align", "cpus": 16, "memory": 32, "seconds": 7200}],
        outputs={"vcf/NA12878.vcf": "##fileformat=VCFv4.3\n"},
    )
    before = omics_mock.clock.now()
    output = launcher.wait(launcher.handler({"samples": [NA12878]})["started"][0])
    assert (omics_mock.clock.now() - before).total_seconds() >= 7200
    key = f"{output.removeprefix('s3://results/')}/out/vcf/NA12878.vcf"
    assert s3.get_object(Bucket="results", Key=key)["Body"].read() == b"##fileformat=VCFv4.3\n"


def test_a_task_out_of_memory_is_named(omics_mock: OmicsMock) -> None:
    omics_mock.plan_run(tasks=["align", "call"], fail={"reason": "OUT_OF_MEMORY_ERROR", "task": "call"})
    (run,) = launcher.handler({"samples": [NA12878]})["started"]
    with pytest.raises(launcher.RunFailed, match=r"NA12878 FAILED: RUN_TASK_FAILED \(call: OUT_OF_MEMORY_ERROR\)"):
        launcher.wait(run)


def test_a_run_the_service_has_lost_is_started_once_more(omics_mock: OmicsMock) -> None:
    omics_mock.plan_run(when=lambda run: "runId" not in run, fail="INSTANCE_RESERVATION_FAILED")
    (run,) = launcher.handler({"samples": [NA12878]})["started"]
    output = launcher.wait(run)
    assert not output.endswith(run)
    assert omics_mock.calls.of("StartRun")[-1].params["runId"] == run


def test_a_run_that_never_ends_is_cancelled(omics_mock: OmicsMock) -> None:
    omics_mock.lifecycle("run", "frozen")
    (run,) = launcher.handler({"samples": [NA12878]})["started"]
    with pytest.raises(launcher.RunFailed, match="was cancelled after 86400 seconds"):
        launcher.wait(run)
    assert omics_mock.client().get_run(id=run)["status"] == "CANCELLED"


def test_throttled_calls_are_tried_again(omics_mock: OmicsMock) -> None:
    # A fault that nobody meets would fail the test.
    omics_mock.faults.add("StartRun", "ThrottlingException", times=2)
    (run,) = launcher.handler({"samples": [NA12878]})["started"]
    assert [call.error is None for call in omics_mock.calls.of("StartRun")] == [False, False, True]
    assert omics_mock.client().get_run(id=run)["name"] == "NA12878"


def test_a_role_that_may_not_list_runs_still_starts_them(omics_mock: OmicsMock) -> None:
    omics_mock.faults.add("ListRuns", "AccessDeniedException")
    assert len(launcher.handler({"samples": [NA12878]})["started"]) == 1


def test_the_handler_does_not_start_a_sample_twice(omics_mock: OmicsMock) -> None:
    # Both halves of a test begin from the same state.
    before = omics_mock.snapshot()
    assert len(launcher.handler({"samples": [NA12878]})["started"]) == 1
    assert launcher.handler({"samples": [NA12878]}) == {"started": [], "skipped": ["NA12878"]}
    omics_mock.restore(before)
    assert len(launcher.handler({"samples": [NA12878]})["started"]) == 1
