"""What EventBridge hears of HealthOmics, received through real rules."""

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.events import TOLD
from tests.support import analytics, storage
from tests.support.workflows import ROLE, active_workflow, archive, client, shared_client, start_run

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

NOW = "2026-01-02T03:04:05.678901"
OWNER, FRIEND = "123456789012", "210987654321"
RUN = ["PENDING", "STARTING", "RUNNING", "STOPPING", "COMPLETED"]


@pytest.fixture
def mocked() -> Iterator[OmicsMock]:
    with mock_omics(now=NOW) as active:
        yield active


@pytest.fixture
def omics(mocked: OmicsMock) -> "OmicsClient":
    return shared_client()


def local(service: Any) -> Any:
    return boto3.client(service, "us-east-1")


class Queue:
    """A queue, and a rule that sends events to it."""

    def __init__(self, pattern: Any = None, clients: Callable[[str], Any] = local) -> None:
        self.sqs, self.events = clients("sqs"), clients("events")
        self.url = self.sqs.create_queue(QueueName="heard")["QueueUrl"]
        self.arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["aws.omics"], **(pattern or {})}))
        self.events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": self.arn}])

    def heard(self, what: str = "") -> list[Any]:
        """The events since the last time, those about one kind of resource if it is named."""
        events = []
        while messages := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                events.append(json.loads(message["Body"]))
        return [event for event in events if not what or event["detail-type"] == f"{what} Status Change"]

    def statuses(self, what: str) -> list[str]:
        return [event["detail"]["status"] for event in self.heard(what)]


def of(detail: Any) -> set[str]:
    return set(detail) - {"omicsVersion", "status"}


# Runs and what belongs to them


@pytest.mark.documented
def test_a_run_tells_what_the_documentation_shows(omics: "OmicsClient") -> None:
    queue = Queue()
    workflow = active_workflow(omics, name="workflow name")
    run: Any = omics.start_run(workflowId=workflow, roleArn=ROLE, outputUri="s3://bucket/run-output", name="run name")
    [event] = queue.heard("Run")
    assert event == {
        "version": "0",
        "id": event["id"],
        "detail-type": "Run Status Change",
        "source": "aws.omics",
        "account": "123456789012",
        "time": "2026-01-02T03:04:08Z",  # the waiter took three seconds of the mock's clock
        "region": "us-east-1",
        "resources": [run["arn"]],
        "detail": {
            "omicsVersion": "1.0.0",
            "arn": run["arn"],
            "status": "PENDING",
            "uuid": run["uuid"],
            "runId": run["id"],
            "runName": "run name",
            "runOutputUri": f"s3://bucket/run-output/{run['id']}",
            "workflowId": workflow,
            "workflowName": "workflow name",
        },
    }
    assert [len(part) for part in event["id"].split("-")] == [8, 4, 4, 4, 12]


@pytest.mark.documented
def test_a_run_and_its_tasks_are_heard_of_in_order(omics: "OmicsClient") -> None:
    queue = Queue()
    run = start_run(omics)
    omics.get_waiter("run_completed").wait(id=run)
    omics.delete_run(id=run)
    heard = queue.heard()
    about_run = [event["detail"]["status"] for event in heard if event["detail-type"] == "Run Status Change"]
    assert about_run == [*RUN, "DELETED"]
    tasks: dict[str, list[str]] = {}
    for event in heard:
        if event["detail-type"] == "Task Status Change":
            tasks.setdefault(event["detail"]["arn"], []).append(event["detail"]["status"])
    assert list(tasks.values()) == [RUN, RUN]
    kinds = [(event["detail-type"].split()[0], event["detail"]["status"]) for event in heard]
    assert kinds.index(("Run", "RUNNING")) < kinds.index(("Task", "PENDING"))
    assert len({event["id"] for event in heard}) == len(heard)


@pytest.mark.documented
def test_a_task_names_its_run(omics: "OmicsClient") -> None:
    queue = Queue({"detail-type": ["Task Status Change"]})
    run: Any = omics.start_run(workflowId=active_workflow(omics, name="w"), roleArn=ROLE, outputUri="s3://results", name="r")
    omics.get_waiter("run_running").wait(id=run["id"])
    event = queue.heard()[0]
    task = event["detail"]["arn"].rpartition("/")[2]
    assert omics.get_run_task(id=run["id"], taskId=task)["taskId"] == task
    assert event["resources"] == [event["detail"]["arn"]] == [f"arn:aws:omics:us-east-1:{OWNER}:task/{task}"]
    assert of(event["detail"]) == {"arn", "runArn", "runUuid", "runId", "runName", "workflowId", "workflowName"}
    assert (event["detail"]["runArn"], event["detail"]["runUuid"]) == (run["arn"], run["uuid"])


@pytest.mark.documented
@pytest.mark.parametrize(("polls", "expected"), [(1, ["STARTING", "STOPPING", "CANCELLED"]), (0, ["CANCELLED"])])
def test_a_cancelled_run_is_heard_of(omics: "OmicsClient", polls: int, expected: list[str]) -> None:
    queue = Queue()
    run = start_run(omics)
    for _ in range(polls):
        omics.get_run(id=run)
    omics.cancel_run(id=run)
    for _ in range(3):
        omics.get_run(id=run)
    assert queue.statuses("Run") == ["PENDING", *expected]


@pytest.mark.documented
@pytest.mark.operation("CreateRunGroup")
def test_a_run_that_fails_is_never_said_to_be_completed(mocked: OmicsMock, omics: "OmicsClient") -> None:
    mocked.lifecycle("run", 600.0)
    queue = Queue()
    group = omics.create_run_group(maxDuration=1)["id"]
    start_run(omics, runGroupId=group)
    mocked.clock.advance(600)
    omics.list_runs()
    assert queue.statuses("Run")[-2:] == ["STOPPING", "FAILED"]


@pytest.mark.parametrize(("text", "word"), [("version 1.0\nworkflow w {}", "CREATION_SUCCESS"), (None, "CREATION_FAILURE")])
def test_a_workflow_comes_and_goes(omics: "OmicsClient", text: str | None, word: str) -> None:
    queue = Queue()
    content = b"no archive" if text is None else archive({"main.wdl": text})
    workflow: Any = omics.create_workflow(definitionZip=content)
    uuid = omics.get_workflow(id=workflow["id"]).get("uuid")
    omics.get_workflow(id=workflow["id"])
    omics.delete_workflow(id=workflow["id"])
    created, deleted = queue.heard("Workflow")
    assert (created["detail"]["status"], deleted["detail"]["status"]) == (word, "DELETION_SUCCESS")
    assert created["resources"] == [workflow["arn"]]
    assert of(created["detail"]) == {"arn", "workflowVersionName", "workflowUuid"}
    assert created["detail"]["workflowVersionName"] == ""
    assert uuid in (None, created["detail"]["workflowUuid"])


@pytest.mark.operation("CreateWorkflowVersion")
def test_a_workflow_version_names_itself(omics: "OmicsClient") -> None:
    queue = Queue()
    workflow = active_workflow(omics)
    queue.heard()
    version: Any = omics.create_workflow_version(workflowId=workflow, versionName="v1", definitionZip=archive())
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="v1")
    omics.delete_workflow_version(workflowId=workflow, versionName="v1")
    heard = queue.heard("Workflow")
    assert [event["detail"]["status"] for event in heard] == ["CREATION_SUCCESS", "DELETION_SUCCESS"]
    assert [event["detail"]["workflowVersionName"] for event in heard] == ["v1", "v1"]
    assert heard[0]["resources"] == [version["arn"]]


def batch_of(omics: Any, runs: int = 2, **params: Any) -> Any:
    default = {"workflowId": active_workflow(omics, name="w"), "roleArn": ROLE, "outputUri": "s3://results"}
    settings = {"inlineSettings": [{"runSettingId": f"run{number}"} for number in range(runs)]}
    return omics.start_run_batch(**{"batchName": "b", "defaultRunSetting": default, "batchRunSettings": settings, **params})


@pytest.mark.documented
@pytest.mark.operation("StartRunBatch")
def test_a_batch_counts_its_runs_and_says_everything_in_text(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queue = Queue()
    batch = batch_of(omics)
    mocked.finish_all()
    heard = queue.heard("RunBatch")
    assert [event["detail"]["status"] for event in heard] == ["CREATING", "PENDING", "SUBMITTING", "INPROGRESS", "PROCESSED"]
    detail = heard[-1]["detail"]
    assert all(isinstance(value, str) for event in heard for value in event["detail"].values())
    assert (detail["batchId"], detail["batchName"], detail["totalRuns"]) == (batch["id"], "b", "2")
    assert (detail["successfulStartSubmissionCount"], detail["completedRunCount"], detail["pendingRunCount"]) == ("2", "2", "0")
    assert detail["workflowArn"] == f"arn:aws:omics:us-east-1:{OWNER}:workflow/{detail['workflowId']}"
    assert (heard[0]["resources"], detail["workflowOwnerId"]) == ([batch["arn"]], OWNER)
    assert not {"failureReason", "failureMessage", "workflowVersionArn", "runCache"} & detail.keys()
    omics.delete_run_batch(batchId=batch["id"])
    mocked.finish_all()
    assert queue.statuses("RunBatch") == ["RUNS_DELETING", "RUNS_DELETED"]


@pytest.mark.documented
@pytest.mark.operation("StartRunBatch")
def test_a_batch_that_fails_as_a_whole_says_why(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queue = Queue()
    storage.bucket(contents={"settings.json": b"not JSON"})
    batch = batch_of(omics, batchRunSettings={"s3UriSettings": storage.uri("settings.json")})
    mocked.finish_all()
    created, failed = queue.heard("RunBatch")
    assert (created["detail"]["status"], failed["detail"]["status"]) == ("CREATING", "FAILED")
    assert failed["detail"]["failureReason"] == "VALIDATION_EXCEPTION"
    assert failed["detail"]["failureMessage"] == omics.get_batch(batchId=batch["id"])["failureReason"]


@pytest.mark.documented
@pytest.mark.operation("StartRunBatch")
def test_a_cancelled_batch_is_heard_of(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queue = Queue()
    batch = batch_of(omics)
    omics.get_batch(batchId=batch["id"])
    omics.cancel_run_batch(batchId=batch["id"])
    mocked.finish_all()
    assert queue.statuses("RunBatch") == ["CREATING", "PENDING", "STOPPING", "CANCELLED"]


# Storage


def test_a_read_set_is_heard_of_in_all_its_states(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queue, store = Queue(), storage.sequence_store(omics)
    read_set = storage.imported(omics, store)
    imported = queue.heard("Read Set Import Job")
    mocked.clock.advance(31 * 86_400)
    job = omics.start_read_set_activation_job(sequenceStoreId=store, sources=[{"readSetId": read_set}])["id"]
    omics.get_waiter("read_set_activation_job_completed").wait(sequenceStoreId=store, id=job)
    activated = queue.heard()
    omics.batch_delete_read_set(sequenceStoreId=store, ids=[read_set])
    [deleted] = queue.heard("Read Set")

    assert [event["detail"]["status"] for event in imported] == ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]
    assert imported[0]["resources"] == [f"arn:aws:omics:us-east-1:{OWNER}:sequenceStore/{store}"]
    assert of(imported[0]["detail"]) == {"id", "sequenceStoreId", "statusMessage"}
    states = [event for event in activated if event["detail-type"] == "Read Set Status Change"]
    assert [event["detail"]["status"] for event in states] == ["ARCHIVED", "ACTIVATING", "ACTIVE"]
    assert (states[0]["time"], states[1]["time"]) == ("2026-02-01T03:04:35Z", "2026-02-02T03:05:05Z")
    jobs = [event for event in activated if event["detail-type"] == "Read Set Activation Job Status Change"]
    assert [event["detail"]["status"] for event in jobs] == ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]
    assert deleted["detail"] == {
        "omicsVersion": "1.0.0",
        "arn": f"arn:aws:omics:us-east-1:{OWNER}:sequenceStore/{store}/readSet/{read_set}",
        "creationJobId": imported[0]["detail"]["id"],
        "sequenceStoreId": store,
        "id": read_set,
        "status": "DELETED",
    }
    assert deleted["resources"] == [deleted["detail"]["arn"]]


@pytest.mark.documented
def test_an_imported_read_set_is_active_at_once(omics: "OmicsClient") -> None:
    queue = Queue()
    storage.imported(omics, storage.sequence_store(omics))
    assert queue.statuses("Read Set") == ["ACTIVE"]


@pytest.mark.documented
@pytest.mark.parametrize(("content", "expected"), [(b"@r\nACGT\n+\nFFFF\n", "ACTIVE"), (b"no reads", "UPLOAD_FAILED")])
def test_an_uploaded_read_set_is_processed_first(omics: "OmicsClient", content: bytes, expected: str) -> None:
    queue, store = Queue(), storage.sequence_store(omics)
    read_set = storage.uploaded(omics, store, content)
    omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)
    heard = queue.heard("Read Set")
    assert [event["detail"]["status"] for event in heard] == ["PROCESSING_UPLOAD", expected]
    assert ("statusMessage" in heard[1]["detail"]) == (expected == "UPLOAD_FAILED")


def test_an_export_that_fails_says_so(omics: "OmicsClient") -> None:
    queue, store = Queue(), storage.sequence_store(omics)
    job = omics.start_read_set_export_job(
        sequenceStoreId=store, destination="s3://elsewhere/", roleArn=ROLE, sources=[{"readSetId": "1234567890"}]
    )["id"]
    for _ in range(3):
        omics.get_read_set_export_job(sequenceStoreId=store, id=job)
    heard = queue.heard("Read Set Export Job")
    assert [event["detail"]["status"] for event in heard] == ["SUBMITTED", "IN_PROGRESS", "FAILED"]
    assert [event["detail"]["id"] for event in heard] == [job] * 3


def test_references_their_store_and_their_imports_are_heard_of(omics: "OmicsClient") -> None:
    queue = Queue()
    arn = storage.reference(omics)
    _, store, _, reference = arn.split(":")[5].split("/")
    omics.delete_reference(referenceStoreId=store, id=reference)
    omics.delete_reference_store(id=store)
    heard = queue.heard()

    def about(what: str) -> list[Any]:
        return [event for event in heard if event["detail-type"] == f"{what} Status Change"]

    stores, jobs, references = about("Reference Store"), about("Reference Import Job"), about("Reference")
    assert [event["detail"]["status"] for event in stores] == ["CREATED", "ACTIVE", "DELETED"]
    assert [event["detail"]["status"] for event in jobs] == ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]
    assert [event["detail"]["status"] for event in references] == ["ACTIVE", "DELETED"]
    assert of(stores[0]["detail"]) == {"arn", "id"}
    assert of(jobs[0]["detail"]) == {"id", "referenceStoreId", "statusMessage"}
    assert jobs[0]["resources"] == stores[0]["resources"] == [f"arn:aws:omics:us-east-1:{OWNER}:referenceStore/{store}"]
    assert (references[0]["resources"], references[0]["detail"]["creationJobId"]) == ([arn], jobs[0]["detail"]["id"])


@pytest.mark.operation("UpdateSequenceStore")
@pytest.mark.parametrize("policy", [None, 60.0])
def test_a_sequence_store_is_heard_of(mocked: OmicsMock, omics: "OmicsClient", policy: float | None) -> None:
    if policy is not None:
        mocked.lifecycle("sequence_store", policy)
    queue, store = Queue(), storage.sequence_store(omics)
    mocked.clock.advance(60)
    omics.update_sequence_store(id=store, name="other")
    omics.delete_sequence_store(id=store)
    heard = queue.heard("Sequence Store")
    assert [event["detail"]["status"] for event in heard] == ["CREATED", "ACTIVE", "UPDATED", "DELETED"]
    assert heard[0]["detail"]["id"] == store
    assert (heard[0]["time"] == heard[1]["time"]) == (policy is None)


# Analytics and shares


@pytest.mark.parametrize("word", analytics.WORDS)
def test_variants_and_annotations_are_heard_of(mocked: OmicsMock, omics: "OmicsClient", word: str) -> None:
    queue = Queue()
    store = analytics.active(omics, word)
    analytics.call(omics, word, "update", name=store, description="new")
    done, cancelled = analytics.start(omics, word), analytics.start(omics, word)
    analytics.ended(omics, word, done)
    analytics.call(omics, word, "cancel", "import_job", jobId=cancelled)
    analytics.delete(omics, word)
    mocked.finish_all()
    heard = queue.heard()

    stores = [event for event in heard if event["detail-type"] == f"{word.capitalize()} Store Status Change"]
    said = ["CREATING", "CREATED", "UPDATING", "UPDATED", "DELETING", "DELETED"]
    assert [event["detail"]["status"] for event in stores] == said
    assert of(stores[0]["detail"]) == {"arn", "storeId", "storeName"}
    assert stores[0]["resources"] == [f"arn:aws:omics:us-east-1:{OWNER}:{word}Store/{store}"]
    jobs = [event["detail"] for event in heard if event["detail-type"] == f"{word.capitalize()} Import Job Status Change"]
    assert [job["status"] for job in jobs if job["jobId"] == done] == ["SUBMITTED", "IN_PROGRESS", "COMPLETED"]
    assert [job["status"] for job in jobs if job["jobId"] == cancelled] == ["SUBMITTED", "CANCELLED"]
    assert (jobs[0]["storeName"], jobs[0]["storeId"]) == (store, stores[0]["detail"]["storeId"])
    assert jobs[0]["arn"] == f"arn:aws:omics:us-east-1:{OWNER}:{store}/{done}"


@pytest.mark.documented
def test_a_store_that_can_not_be_created_is_heard_of(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queue = Queue()
    mocked.advance(analytics.create(omics, "variant")["id"], to="FAILED")
    assert queue.statuses("Variant Store") == ["CREATING", "CREATION_FAILED"]


def shared(omics: "OmicsClient", kind: str) -> Any:
    """The ARN of a resource to share."""
    if kind == "Workflow":
        return omics.get_workflow(id=active_workflow(omics)).get("arn")
    word = kind.split()[0].lower()
    return analytics.get(omics, word, analytics.active(omics, word))["storeArn"]


@pytest.mark.parametrize("kind", ["Workflow", "Variant Store", "Annotation Store"])
def test_both_sides_of_a_share_hear_of_it(mocked: OmicsMock, omics: "OmicsClient", kind: str) -> None:
    friend: Any = mocked.client("omics", "us-east-1", FRIEND)
    queues = [Queue(clients=lambda service, side=side: mocked.client(service, "us-east-1", side)) for side in (OWNER, FRIEND)]  # type: ignore[misc]  # no type is inferred for a lambda with defaults
    arn = shared(omics, kind)
    share: Any = omics.create_share(resourceArn=arn, principalSubscriber=FRIEND, shareName="s")["shareId"]
    friend.accept_share(shareId=share)
    friend.get_share(shareId=share)
    omics.delete_share(shareId=share)
    omics.get_share(shareId=share)
    both = [queue.heard(f"{kind} Share") for queue in queues]
    for account, heard in zip((OWNER, FRIEND), both, strict=True):
        said = ["PENDING", "ACTIVATING", "ACTIVE", "DELETING", "DELETED"]
        assert [event["detail"]["status"] for event in heard] == said
        assert {event["account"] for event in heard} == {account}
        assert heard[0]["resources"] == [arn]
        assert heard[0]["detail"] == {
            "omicsVersion": "1.0.0",
            "shareId": share,
            "shareName": "s",
            "resourceArn": arn,
            "ownerId": OWNER,
            "principalSubscriber": FRIEND,
            "status": "PENDING",
        }


def test_a_share_ends_with_what_is_shared(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queue = Queue()
    omics.create_share(resourceArn=shared(omics, "Variant Store"), principalSubscriber=FRIEND)
    analytics.delete(omics, "variant", force=True)
    mocked.finish_all()
    assert queue.statuses("Variant Store Share") == ["PENDING", "DELETED"]


# Rules and targets


@pytest.mark.documented
def test_a_rule_chooses_by_kind_and_status(omics: "OmicsClient") -> None:
    queue = Queue({"detail-type": ["Run Status Change"], "detail": {"status": ["COMPLETED", "FAILED"]}})
    run = start_run(omics)
    omics.get_waiter("run_completed").wait(id=run)
    [event] = queue.heard()
    assert (event["detail"]["runId"], event["detail"]["status"]) == (run, "COMPLETED")


def test_a_disabled_rule_and_a_schedule_hear_nothing(omics: "OmicsClient") -> None:
    queue = Queue()
    queue.events.disable_rule(Name="rule")
    queue.events.put_rule(Name="clockwork", ScheduleExpression="rate(5 minutes)")
    queue.events.put_targets(Rule="clockwork", Targets=[{"Id": "queue", "Arn": queue.arn}])
    start_run(omics)
    assert queue.heard() == []


def test_a_log_group_and_an_archive_keep_events(omics: "OmicsClient") -> None:
    queue = Queue({"detail-type": ["Run Status Change"]})
    logs: Any = boto3.client("logs", "us-east-1")
    logs.create_log_group(logGroupName="/aws/events/omics")
    target = f"arn:aws:logs:us-east-1:{OWNER}:log-group:/aws/events/omics"
    queue.events.put_targets(Rule="rule", Targets=[{"Id": "logs", "Arn": target}])
    bus = f"arn:aws:events:us-east-1:{OWNER}:event-bus/default"
    queue.events.create_archive(ArchiveName="kept", EventSourceArn=bus, EventPattern='{"detail-type": ["Run Status Change"]}')
    start_run(omics)
    [heard] = queue.heard()
    [logged] = logs.filter_log_events(logGroupName="/aws/events/omics")["events"]
    assert json.loads(logged["message"]) == heard
    kept: Any = queue.events.describe_archive(ArchiveName="kept")
    assert kept["EventCount"] == 1
    destination = {"Arn": bus}
    hours = {"EventStartTime": 0, "EventEndTime": 1}
    queue.events.start_replay(ReplayName="again", EventSourceArn=kept["ArchiveArn"], Destination=destination, **hours)
    [replayed] = queue.heard()
    assert (replayed["replay-name"], replayed["detail"]) == ("again", heard["detail"])


@pytest.mark.optional_tool
def test_a_target_can_have_events_transformed(omics: "OmicsClient") -> None:
    pytest.importorskip("jsonpath_ng")
    queue = Queue({"detail-type": ["Run Status Change"]})
    paths = {"run": "$.detail.runId", "time": "$.time"}
    transformer = {"InputPathsMap": paths, "InputTemplate": '{"run": "<run>", "time": <time>}'}
    queue.events.put_targets(Rule="rule", Targets=[{"Id": "queue", "Arn": queue.arn, "InputTransformer": transformer}])
    run = start_run(omics)
    assert queue.heard() == [{"run": run, "time": "2026-01-02T03:04:08Z"}]


def test_events_go_on_to_another_bus_as_they_are_and_no_further(mocked: OmicsMock, omics: "OmicsClient") -> None:
    theirs: Any = mocked.client("events", "eu-west-1", FRIEND)
    there = Queue({"detail-type": ["Run Status Change"]}, lambda service: mocked.client(service, "eu-west-1", FRIEND))
    here: Any = boto3.client("events", "us-east-1")
    for events, bus in (here, f"eu-west-1:{FRIEND}"), (theirs, f"us-east-1:{OWNER}"):
        events.put_rule(Name="onwards", EventPattern='{"source": ["aws.omics"]}')
        target = {"Id": "bus", "Arn": f"arn:aws:events:{bus}:event-bus/default"}
        events.put_targets(Rule="onwards", Targets=[target])
    start_run(omics)
    [event] = there.heard()
    assert (event["account"], event["region"]) == (OWNER, "us-east-1")


def test_a_target_that_is_gone_or_unknown_to_moto_keeps_no_other_from_hearing(omics: "OmicsClient") -> None:
    queue = Queue({"detail-type": ["Run Status Change"]})
    function = f"arn:aws:lambda:us-east-1:{OWNER}:function:handler"
    gone = queue.arn.replace("heard", "gone")
    logs = f"arn:aws:logs:us-east-1:{OWNER}:log-group:/gone"
    arns = {"a": function, "b": gone, "c": logs, "d": f"arn:aws:events:us-west-2:{OWNER}:event-bus/none", "z": queue.arn}
    queue.events.remove_targets(Rule="rule", Ids=["queue"])
    queue.events.put_targets(Rule="rule", Targets=[{"Id": name, "Arn": arn} for name, arn in arns.items()])
    start_run(omics)
    assert len(queue.heard()) == 1


def test_other_accounts_and_regions_hear_nothing(mocked: OmicsMock, omics: "OmicsClient") -> None:
    queues = [
        Queue(clients=lambda service, region=region, side=side: mocked.client(service, region, side))  # type: ignore[misc]  # as above
        for region, side in (("us-west-2", OWNER), ("us-east-1", FRIEND))
    ]
    start_run(omics)
    assert [queue.heard() for queue in queues] == [[], []]


def test_a_refused_call_is_not_heard_of(omics: "OmicsClient") -> None:
    queue = Queue()
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        start_run(omics, workflowId="1234567")
    assert queue.heard() == []


# Time


def test_after_a_reset_nobody_hears_and_a_new_rule_does(mocked: OmicsMock) -> None:
    Queue()
    mocked.reset()
    queue = Queue({"detail-type": ["Run Status Change"]})
    start_run(client())
    assert queue.statuses("Run") == ["PENDING"]


@pytest.mark.parametrize(("policy", "expected"), [("immediate", RUN), ("frozen", ["PENDING"])])
def test_every_state_passed_through_is_heard_of_whatever_the_pace(policy: Any, expected: list[str]) -> None:
    with mock_omics(now=NOW) as mocked:
        omics = client()
        workflow, queue = active_workflow(omics), Queue()
        mocked.lifecycle("run", policy)
        run = start_run(omics, workflowId=workflow)
        omics.get_run(id=run)
        assert queue.statuses("Run") == expected


def test_events_bear_the_time_at_which_a_state_was_entered(mocked: OmicsMock, omics: "OmicsClient") -> None:
    workflow, queue = active_workflow(omics), Queue()
    mocked.lifecycle("run", 40.0)
    run = start_run(omics, workflowId=workflow)
    mocked.clock.advance(3600)
    omics.get_run(id=run)
    heard = queue.heard()
    runs = [event["time"][-6:-1] for event in heard if event["detail-type"] == "Run Status Change"]
    assert runs == ["04:08", "04:18", "04:28", "04:38", "04:48"]
    tasks = {event["time"][-6:-1] for event in heard if event["detail-type"] == "Task Status Change"}
    assert tasks <= {"04:28", "04:38"}


def test_events_do_not_change_the_ids_of_anything_else() -> None:
    made = []
    for listening in (False, True):
        with mock_omics(now=NOW):
            if listening:
                Queue()
            run = start_run(client())
            made.append((run, client().get_run(id=run)["creationTime"]))
    assert made[0] == made[1]


def test_every_kind_that_moves_is_told_of_but_for_those_without_events() -> None:
    from omics_mock.lifecycle import KINDS

    assert KINDS - TOLD.keys() == {"configuration", "annotation_store_version"}
