"""Run caches: what they keep of a run's tasks, and for which later runs."""

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.workflows import WDL, active_workflow, archive, client, start_run, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = [pytest.mark.operation("CreateRunCache"), pytest.mark.inferred]

OTHER_ACCOUNT = "210987654321"


@pytest.fixture
def bucket(mocked: OmicsMock) -> str:
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="caches")
    return "caches"


def run_cache(omics: "OmicsClient", **members: Any) -> str:
    return omics.create_run_cache(**{"cacheS3Location": "s3://caches/deep", **members})["id"]


def finished_run(omics: "OmicsClient", **members: Any) -> str:
    run = start_run(omics, **members)
    omics.get_waiter("run_completed").wait(id=run)
    return run


def failed_run(mocked: OmicsMock, omics: "OmicsClient", cache: str, workflow: str) -> str:
    """A run that takes too long: its first task has completed by then, its second has not."""
    mocked.lifecycle("task", "frozen")
    group = omics.create_run_group(maxDuration=1)["id"]
    run = start_run(omics, workflowId=workflow, cacheId=cache, runGroupId=group)
    omics.get_waiter("run_running").wait(id=run)
    complete_first_task(mocked, omics, run)
    mocked.clock.advance(300)
    for _ in range(2):
        omics.get_run(id=run)
    assert omics.get_run(id=run)["status"] == "FAILED"
    mocked.lifecycle("task", "observed")
    return run


def complete_first_task(mocked: OmicsMock, omics: "OmicsClient", run: str) -> None:
    mocked.advance(omics.list_run_tasks(id=run)["items"][-1]["taskId"], to="COMPLETED")


def tasks(omics: "OmicsClient", run: str) -> dict[str, Any]:
    """The tasks of a run by their names, oldest first, with all that Get answers."""
    listed = reversed(omics.list_run_tasks(id=run)["items"])
    return {task["name"]: omics.get_run_task(id=run, taskId=task["taskId"]) for task in listed}


def hits(omics: "OmicsClient", run: str) -> list[bool]:
    return [task["cacheHit"] for task in tasks(omics, run).values()]


def keys(bucket: str) -> list[str]:
    found = boto3.client("s3", region_name="us-east-1").list_objects_v2(Bucket=bucket, Prefix="deep/")
    return [item["Key"] for item in found.get("Contents", [])]


# The resource


@pytest.mark.observed
def test_create_answers_an_active_cache(omics: "OmicsClient") -> None:
    made: Any = omics.create_run_cache(cacheS3Location="s3://caches", tags={"a": "b"})
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert made == {
        "id": made["id"],
        "arn": f"arn:aws:omics:us-east-1:123456789012:runCache/{made['id']}",
        "status": "ACTIVE",
        "tags": {"a": "b"},
    }


@pytest.mark.parametrize("location", ["s3://caches/deep", "s3://caches/deep/", "s3://caches/deep//"])
def test_get_answers_everything_and_the_place_of_this_cache_alone(mocked: OmicsMock, omics: "OmicsClient", location: str) -> None:
    made = omics.create_run_cache(cacheS3Location=location)
    found: Any = omics.get_run_cache(id=made["id"])
    bucket, folder, own, rest = found["cacheS3Uri"].removeprefix("s3://").split("/")
    assert (bucket, folder, len(own), rest) == ("caches", "deep", 36, "")
    del found["ResponseMetadata"], found["cacheS3Uri"]
    assert found == {
        "id": made["id"],
        "arn": made["arn"],
        "status": "ACTIVE",
        "cacheBehavior": "CACHE_ON_FAILURE",
        "cacheBucketOwnerId": "123456789012",
        "creationTime": mocked.clock.now(),
        "tags": {},
    }
    other = omics.get_run_cache(id=run_cache(omics, cacheS3Location=location, name="n", description="d"))
    assert (other["name"], other["description"]) == ("n", "d")
    assert own not in other["cacheS3Uri"]


@pytest.mark.observed
def test_a_cache_may_be_a_whole_bucket(omics: "OmicsClient") -> None:
    uri = omics.get_run_cache(id=run_cache(omics, cacheS3Location="s3://caches"))["cacheS3Uri"]
    assert len(uri) == len("s3://caches/") + 36 + 1


def test_caches_are_listed_in_pages_and_without_what_get_adds(omics: "OmicsClient") -> None:
    ids = [run_cache(omics, name=f"c{number}", description="d", tags={"a": "b"}) for number in range(3)]
    page = omics.list_run_caches(maxResults=2)
    assert set(page["items"][0]) == {"id", "arn", "name", "status", "cacheBehavior", "cacheS3Uri", "creationTime"}
    rest = omics.list_run_caches(maxResults=2, startingToken=page["nextToken"])
    assert [item["id"] for found in (page, rest) for item in found["items"]] == ids
    with pytest.raises(omics.exceptions.ValidationException, match="startingToken"):
        omics.list_run_caches(startingToken="garbage")


@pytest.mark.documented
def test_an_update_changes_name_description_and_behaviour(omics: "OmicsClient") -> None:
    cache = run_cache(omics, name="before", description="d")
    before: Any = omics.get_run_cache(id=cache)
    answer = omics.update_run_cache(id=cache, name="after", cacheBehavior="CACHE_ALWAYS")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    after: Any = omics.get_run_cache(id=cache)
    del before["ResponseMetadata"], after["ResponseMetadata"]
    assert after == before | {"name": "after", "cacheBehavior": "CACHE_ALWAYS"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"cacheS3Location": "caches/deep"}, "cacheS3Location"),
        ({"cacheS3Location": "https://caches"}, "cacheS3Location"),
        ({"cacheS3Location": "s3://CACHES"}, "cacheS3Location"),
        ({"cacheS3Location": "s3://"}, "cacheS3Location"),
        ({"cacheBehavior": "CACHE_NEVER"}, "cacheBehavior"),
        ({"cacheBucketOwnerId": "1234"}, "cacheBucketOwnerId"),
        ({"description": "d" * 257}, "description"),
        ({"name": ""}, "name"),
        ({"tags": {f"k{number}": "" for number in range(51)}}, "50 tags"),
    ],
)
def test_what_makes_no_cache_is_refused(mocked: OmicsMock, members: dict[str, Any], message: str) -> None:
    omics = unchecked_client()
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        run_cache(omics, **members)
    assert omics.list_run_caches()["items"] == []


def test_an_unknown_cache_is_refused(omics: "OmicsClient") -> None:
    for use in (omics.get_run_cache, omics.update_run_cache, omics.delete_run_cache):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="RunCache 12345 not found"):
            use(id="12345")
    with pytest.raises(omics.exceptions.ResourceNotFoundException, match="RunCache 12345 not found"):
        start_run(omics, cacheId="12345")


@pytest.mark.parametrize("status", ["PENDING", "STARTING", "RUNNING", "STOPPING"])
def test_a_cache_with_an_active_run_is_not_deleted(mocked: OmicsMock, omics: "OmicsClient", status: str) -> None:
    mocked.lifecycle("run", "frozen")
    cache = run_cache(omics)
    run = start_run(omics, cacheId=cache)
    mocked.advance(run, to=status)
    with pytest.raises(omics.exceptions.ConflictException, match="active runs"):
        omics.delete_run_cache(id=cache)
    mocked.advance(run, to="COMPLETED")
    omics.delete_run_cache(id=cache)


def test_a_deleted_cache_leaves_its_data_and_its_runs(omics: "OmicsClient", bucket: str) -> None:
    cache = run_cache(omics, cacheBehavior="CACHE_ALWAYS")
    workflow = active_workflow(omics)
    run = finished_run(omics, cacheId=cache, workflowId=workflow)
    kept = keys(bucket)
    assert kept
    assert omics.delete_run_cache(id=cache)["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert omics.list_run_caches()["items"] == []
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_run_cache(id=cache)
    assert omics.get_run(id=run)["cacheId"] == cache
    assert keys(bucket) == kept
    # A new cache in the same place does not take them up.
    new = run_cache(omics, cacheBehavior="CACHE_ALWAYS")
    assert hits(omics, finished_run(omics, cacheId=new, workflowId=workflow)) == [False, False]


@pytest.mark.documented
def test_caches_are_tagged_by_their_arn(omics: "OmicsClient") -> None:
    arn = omics.create_run_cache(cacheS3Location="s3://caches", tags={"a": "b"})["arn"]
    omics.tag_resource(resourceArn=arn, tags={"c": "d"})
    omics.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    assert omics.get_run_cache(id=arn.split("/")[-1])["tags"] == {"c": "d"}


@pytest.mark.documented
def test_the_number_of_caches_is_limited_whatever_a_test_sets(mocked: OmicsMock, omics: "OmicsClient") -> None:
    assert mocked.quotas["Maximum run caches"] == 1000
    mocked.quotas["Maximum run caches"] = 1
    kept = run_cache(omics)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum run caches"):
        run_cache(omics)
    omics.delete_run_cache(id=kept)
    run_cache(omics)


@pytest.mark.documented
def test_the_same_request_id_makes_one_cache(omics: "OmicsClient") -> None:
    assert len({run_cache(omics, requestId="once") for _ in range(2)}) == 1


@pytest.mark.documented
def test_caches_of_one_region_and_account_are_unknown_in_another(mocked: OmicsMock, omics: "OmicsClient") -> None:
    cache = run_cache(omics)
    for other in (mocked.client(region="eu-west-1"), mocked.client(account=OTHER_ACCOUNT)):
        assert other.list_run_caches()["items"] == []
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.get_run_cache(id=cache)


def test_a_bucket_belongs_to_the_account_that_the_cache_is_told(mocked: OmicsMock, omics: "OmicsClient") -> None:
    theirs: Any = mocked.client("s3", account=OTHER_ACCOUNT)
    theirs.create_bucket(Bucket="caches")
    with pytest.raises(omics.exceptions.ValidationException, match="does not belong to the account 123456789012"):
        run_cache(omics)
    cache = run_cache(omics, cacheBucketOwnerId=OTHER_ACCOUNT, cacheBehavior="CACHE_ALWAYS")
    assert omics.get_run_cache(id=cache)["cacheBucketOwnerId"] == OTHER_ACCOUNT
    finished_run(omics, cacheId=cache)
    assert theirs.list_objects_v2(Bucket="caches")["KeyCount"] == 2


def test_an_own_bucket_is_not_another_account_s(omics: "OmicsClient", bucket: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match=f"does not belong to the account {OTHER_ACCOUNT}"):
        run_cache(omics, cacheBucketOwnerId=OTHER_ACCOUNT)


def test_a_strict_mock_wants_the_bucket_to_exist() -> None:
    with mock_omics(strict=True):
        omics = client()
        with pytest.raises(omics.exceptions.ValidationException, match="cacheS3Location: s3://caches/ does not exist"):
            run_cache(omics)
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="caches")
        run_cache(omics)


# What a run finds and leaves


@pytest.mark.documented
def test_a_run_without_a_cache_says_nothing_of_one(omics: "OmicsClient") -> None:
    run = start_run(omics)
    omics.get_waiter("run_completed").wait(id=run)
    assert not {"cacheId", "cacheBehavior"} & omics.get_run(id=run).keys()
    for task in tasks(omics, run).values():
        assert not {"cacheHit", "cacheS3Uri"} & task.keys()


def test_the_second_of_two_equal_runs_finds_what_the_first_left(omics: "OmicsClient") -> None:
    cache, workflow = run_cache(omics, cacheBehavior="CACHE_ALWAYS"), active_workflow(omics)
    parameters = {"reads": ["a", "b"], "depth": 30}
    first = finished_run(omics, cacheId=cache, workflowId=workflow, parameters=parameters)
    second = finished_run(omics, cacheId=cache, workflowId=workflow, parameters=dict(reversed(parameters.items())))
    left, found = tasks(omics, first), tasks(omics, second)
    place = omics.get_run_cache(id=cache)["cacheS3Uri"]
    for name, task in left.items():
        assert (task["cacheHit"], found[name]["cacheHit"]) == (False, True)
        assert task["cacheS3Uri"].startswith(f"{place}{first}/{task['taskId']}/")
        assert found[name]["cacheS3Uri"] == task["cacheS3Uri"]
    listed = {task["taskId"]: task for task in omics.list_run_tasks(id=second)["items"]}
    assert all(task["cacheHit"] for task in listed.values())
    for run in (first, second):
        answered = omics.get_run(id=run)
        assert (answered["cacheId"], answered["cacheBehavior"]) == (cache, "CACHE_ALWAYS")


def test_what_the_first_run_has_not_left_yet_is_not_found(omics: "OmicsClient") -> None:
    cache, workflow = run_cache(omics, cacheBehavior="CACHE_ALWAYS"), active_workflow(omics)
    first = start_run(omics, workflowId=workflow, cacheId=cache)
    omics.get_waiter("run_running").wait(id=first)
    second = finished_run(omics, cacheId=cache, workflowId=workflow)
    assert hits(omics, second) == [False, False]
    assert all("cacheS3Uri" not in task for task in tasks(omics, first).values())


def test_the_same_definition_hits_from_another_workflow_too(omics: "OmicsClient") -> None:
    cache = run_cache(omics, cacheBehavior="CACHE_ALWAYS")
    finished_run(omics, cacheId=cache, workflowId=active_workflow(omics))
    assert hits(omics, finished_run(omics, cacheId=cache, workflowId=active_workflow(omics))) == [True, True]


def test_other_parameters_another_definition_or_another_cache_miss(omics: "OmicsClient") -> None:
    cache, workflow = run_cache(omics, cacheBehavior="CACHE_ALWAYS"), active_workflow(omics)
    finished_run(omics, cacheId=cache, workflowId=workflow, parameters={"depth": 1})
    changed = active_workflow(omics, definitionZip=archive({"main.wdl": WDL.replace("echo 1", "echo 3")}))
    elsewhere = run_cache(omics, cacheBehavior="CACHE_ALWAYS")
    for members in (
        {"workflowId": workflow, "parameters": {"depth": 2}},
        {"workflowId": workflow},
        {"workflowId": changed, "parameters": {"depth": 1}},
        {"workflowId": workflow, "parameters": {"depth": 1}, "cacheId": elsewhere},
    ):
        assert hits(omics, finished_run(omics, **{"cacheId": cache, **members})) == [False, False]
    assert hits(omics, finished_run(omics, cacheId=cache, workflowId=workflow, parameters={"depth": 1})) == [True, True]


def test_workflows_without_a_readable_definition_share_nothing(omics: "OmicsClient") -> None:
    cache = run_cache(omics, cacheBehavior="CACHE_ALWAYS")
    first, second = (omics.create_workflow(definitionUri="s3://never-made/x.zip")["id"] for _ in range(2))
    OmicsMock.current().finish_all()
    found = [hits(omics, finished_run(omics, cacheId=cache, workflowId=workflow)) for workflow in (first, second, first)]
    assert found == [[False], [False], [True]]


@pytest.mark.documented
def test_entries_have_a_manifest_in_the_bucket(omics: "OmicsClient", bucket: str) -> None:
    cache = run_cache(omics, cacheBehavior="CACHE_ALWAYS")
    run = finished_run(omics, cacheId=cache)
    found = tasks(omics, run).values()
    entries = [task["cacheS3Uri"] for task in found]
    names = [entry.removesuffix("/").rpartition("/")[2] for entry in entries]
    wanted = {f"{entry.removeprefix('s3://caches/')}{name}.json" for entry, name in zip(entries, names, strict=True)}
    assert set(keys(bucket)) == wanted
    s3 = boto3.client("s3", region_name="us-east-1")
    arn = omics.get_run_cache(id=cache)["arn"]
    for task, entry, name in zip(found, entries, names, strict=True):
        body = s3.get_object(Bucket=bucket, Key=f"{entry.removeprefix('s3://caches/')}{name}.json")["Body"].read()
        assert json.loads(body) == {
            "arn": f"{arn}/cacheEntry/{name}",
            "s3uri": entry,
            "taskArn": f"arn:aws:omics:us-east-1:123456789012:task/{task['taskId']}",
            "workDir": "",
            "files": [],
            "nextflowContext": {},
            "otherOutputs": {},
            "version": 2,
        }
    finished_run(omics, cacheId=cache)
    assert set(keys(bucket)) == wanted


@pytest.mark.documented
@pytest.mark.parametrize("behavior", [None, "CACHE_ON_FAILURE"])
def test_a_cache_on_failure_keeps_nothing_of_a_run_that_completes(omics: "OmicsClient", bucket: str, behavior: str | None) -> None:
    cache, workflow = run_cache(omics, **({"cacheBehavior": behavior} if behavior else {})), active_workflow(omics)
    assert omics.get_run(id=finished_run(omics, cacheId=cache, workflowId=workflow))["cacheBehavior"] == "CACHE_ON_FAILURE"
    assert hits(omics, finished_run(omics, cacheId=cache, workflowId=workflow)) == [False, False]
    assert keys(bucket) == []


@pytest.mark.documented
@pytest.mark.parametrize("behavior", ["CACHE_ON_FAILURE", "CACHE_ALWAYS"])
def test_completed_tasks_of_a_failed_run_are_kept_and_found(
    mocked: OmicsMock, omics: "OmicsClient", bucket: str, behavior: str
) -> None:
    cache, workflow = run_cache(omics, cacheBehavior=behavior), active_workflow(omics)
    failed = failed_run(mocked, omics, cache, workflow)
    assert [task["status"] for task in tasks(omics, failed).values()] == ["COMPLETED", "CANCELLED"]
    assert ["cacheS3Uri" in task for task in tasks(omics, failed).values()] == [True, False]
    assert len(keys(bucket)) == 1
    again = finished_run(omics, cacheId=cache, workflowId=workflow)
    assert hits(omics, again) == [True, False]
    third = finished_run(omics, cacheId=cache, workflowId=workflow)
    assert hits(omics, third) == [True, behavior == "CACHE_ALWAYS"]


@pytest.mark.documented
def test_completed_tasks_of_a_cancelled_run_are_kept(mocked: OmicsMock, omics: "OmicsClient", bucket: str) -> None:
    mocked.lifecycle("task", "frozen")
    cache, workflow = run_cache(omics), active_workflow(omics)
    run = start_run(omics, workflowId=workflow, cacheId=cache)
    omics.get_waiter("run_running").wait(id=run)
    complete_first_task(mocked, omics, run)
    omics.cancel_run(id=run)
    omics.get_run(id=run)
    assert omics.get_run(id=run)["status"] == "CANCELLED"
    assert len(keys(bucket)) == 1
    mocked.lifecycle("task", "observed")
    assert hits(omics, finished_run(omics, cacheId=cache, workflowId=workflow)) == [True, False]


@pytest.mark.documented
def test_a_run_has_its_own_behaviour_if_it_names_one(omics: "OmicsClient", bucket: str) -> None:
    cache, workflow = run_cache(omics), active_workflow(omics)
    always = finished_run(omics, cacheId=cache, workflowId=workflow, cacheBehavior="CACHE_ALWAYS")
    assert omics.get_run(id=always)["cacheBehavior"] == "CACHE_ALWAYS"
    assert omics.get_run_cache(id=cache)["cacheBehavior"] == "CACHE_ON_FAILURE"
    assert len(keys(bucket)) == 2
    assert hits(omics, finished_run(omics, cacheId=cache, workflowId=workflow)) == [True, True]


def test_an_update_leaves_runs_that_have_started_as_they_are(omics: "OmicsClient", bucket: str) -> None:
    cache, workflow = run_cache(omics), active_workflow(omics)
    run = start_run(omics, workflowId=workflow, cacheId=cache)
    omics.update_run_cache(id=cache, cacheBehavior="CACHE_ALWAYS")
    omics.get_waiter("run_completed").wait(id=run)
    assert omics.get_run(id=run)["cacheBehavior"] == "CACHE_ON_FAILURE"
    assert keys(bucket) == []
    assert omics.get_run(id=start_run(omics, workflowId=workflow, cacheId=cache))["cacheBehavior"] == "CACHE_ALWAYS"


@pytest.mark.documented
def test_a_run_is_duplicated_with_its_cache(omics: "OmicsClient") -> None:
    cache = run_cache(omics)
    first = finished_run(omics, cacheId=cache, cacheBehavior="CACHE_ALWAYS")
    again = start_run(omics, runId=first)
    omics.get_waiter("run_completed").wait(id=again)
    assert omics.get_run(id=again)["cacheBehavior"] == "CACHE_ALWAYS"
    assert hits(omics, again) == [True, True]


@pytest.mark.parametrize("lifecycle", ["observed", "immediate", "frozen", 40])
def test_runs_use_caches_however_they_move(lifecycle: Any) -> None:
    with mock_omics(lifecycle=lifecycle, now="2026-01-01") as mocked:
        omics = client()
        mocked.lifecycle("workflow", "immediate")
        cache, workflow = run_cache(omics, cacheBehavior="CACHE_ALWAYS"), active_workflow(omics)
        for expected in (False, True):
            run = start_run(omics, workflowId=workflow, cacheId=cache)
            mocked.finish_all()
            assert hits(omics, run) == [expected] * 2
        omics.delete_run_cache(id=cache)
