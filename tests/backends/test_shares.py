"""Resources offered to other accounts, seen from both sides."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.storage import reference
from tests.support.workflows import ROLE, active_workflow, archive, client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = pytest.mark.inferred

OWNER, SUBSCRIBER, STRANGER = "123456789012", "210987654321", "333333333333"


@pytest.fixture
def friend(mocked: OmicsMock) -> Any:
    return mocked.client(region="us-east-1", account=SUBSCRIBER)


@pytest.fixture
def arn(omics: "OmicsClient") -> str:
    return omics.get_workflow(id=active_workflow(omics, name="align"))["arn"]


def offered(omics: Any, arn: str, **params: str) -> str:
    share: str = omics.create_share(**{"resourceArn": arn, "principalSubscriber": SUBSCRIBER, **params})["shareId"]
    return share


def accepted(omics: Any, friend: Any, arn: str) -> str:
    share = offered(omics, arn)
    friend.accept_share(shareId=share)
    while friend.get_share(shareId=share)["share"]["status"] != "ACTIVE":
        pass
    return share


def listed(omics: Any, owner: str, **params: Any) -> list[str]:
    return [share["shareId"] for share in omics.list_shares(resourceOwner=owner, **params)["shares"]]


@pytest.mark.operation("GetRun.workflowOwnerId", "GetWorkflow.uuid")
def test_a_workflow_is_shared_used_and_lost(mocked: OmicsMock, omics: Any, friend: Any) -> None:
    workflow = active_workflow(omics, name="align", tags={"of": "owner"})
    arn = omics.get_workflow(id=workflow)["arn"]
    theirs = {"id": workflow, "workflowOwnerId": OWNER}

    offer = omics.create_share(resourceArn=arn, principalSubscriber=SUBSCRIBER, shareName="align_for_you")
    assert (offer["status"], offer["shareName"]) == ("PENDING", "align_for_you")
    share = offer["shareId"]
    assert listed(friend, "OTHER") == listed(omics, "SELF") == [share]
    assert listed(friend, "SELF") == listed(omics, "OTHER") == []
    with pytest.raises(friend.exceptions.ResourceNotFoundException, match=f"Workflow {workflow} not found"):
        friend.get_workflow(**theirs)

    assert friend.accept_share(shareId=share)["status"] == "ACTIVATING"
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.get_workflow(**theirs)
    assert [friend.get_share(shareId=share)["share"]["status"] for _ in range(2)] == ["ACTIVATING", "ACTIVE"]
    details = omics.get_share(shareId=share)["share"]
    assert (details["ownerId"], details["principalSubscriber"], details["resourceId"]) == (OWNER, SUBSCRIBER, workflow)

    assert friend.get_workflow(**theirs)["arn"] == arn
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.get_workflow(id=workflow)
    assert friend.list_workflows()["items"] == []
    with pytest.raises(friend.exceptions.ValidationException, match="export"):
        friend.get_workflow(**theirs, export=["DEFINITION"])
    for change in (friend.update_workflow, friend.delete_workflow):
        with pytest.raises(friend.exceptions.ResourceNotFoundException):
            change(id=workflow)
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.tag_resource(resourceArn=arn, tags={"mine": "now"})
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.create_share(resourceArn=arn, principalSubscriber=STRANGER)

    role = ROLE.replace(OWNER, SUBSCRIBER)
    asked = {"roleArn": role, "outputUri": "s3://results/here"}
    run = friend.start_run(workflowId=workflow, workflowOwnerId=OWNER, **asked)["id"]
    found = friend.get_run(id=run, export=["DEFINITION"])
    assert (found["workflowOwnerId"], found["workflowId"], found["workflowUuid"]) == (
        OWNER,
        workflow,
        omics.get_workflow(id=workflow)["uuid"],
    )
    assert "definition" not in found
    assert found["arn"].split(":")[4] == SUBSCRIBER
    assert omics.list_runs()["items"] == []
    with pytest.raises(friend.exceptions.ValidationException, match="run again"):
        friend.start_run(runId=run, **asked)

    with pytest.raises(omics.exceptions.ConflictException, match="shared"):
        omics.delete_workflow(id=workflow)
    assert omics.delete_share(shareId=share)["status"] == "DELETING"
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.get_workflow(**theirs)
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.start_run(workflowId=workflow, workflowOwnerId=OWNER, **asked)
    assert friend.get_share(shareId=share)["share"]["status"] == "DELETING"
    with pytest.raises(friend.exceptions.ResourceNotFoundException):
        friend.get_share(shareId=share)
    friend.get_waiter("run_completed").wait(id=run)
    omics.delete_workflow(id=workflow)


@pytest.mark.operation("ListWorkflowVersions")
def test_versions_of_a_shared_workflow_are_shared_too(omics: Any, friend: Any, arn: str) -> None:
    workflow = arn.rpartition("/")[2]
    omics.create_workflow_version(workflowId=workflow, versionName="1", definitionZip=archive())
    omics.get_waiter("workflow_version_active").wait(workflowId=workflow, versionName="1")
    accepted(omics, friend, arn)
    theirs = {"workflowId": workflow, "workflowOwnerId": OWNER}
    assert [item["versionName"] for item in friend.list_workflow_versions(**theirs)["items"]] == ["1"]
    assert friend.get_workflow_version(**theirs, versionName="1")["status"] == "ACTIVE"
    with pytest.raises(friend.exceptions.ValidationException, match="export"):
        friend.get_workflow_version(**theirs, versionName="1", export=["DEFINITION"])
    asked = {"roleArn": ROLE.replace(OWNER, SUBSCRIBER), "outputUri": "s3://results"}
    run = friend.start_run(**theirs, workflowVersionName="1", **asked)["id"]
    assert friend.get_run(id=run)["workflowVersionName"] == "1"


def test_only_the_subscriber_accepts_and_only_once(mocked: OmicsMock, omics: Any, friend: Any, arn: str) -> None:
    share = offered(omics, arn)
    with pytest.raises(omics.exceptions.AccessDeniedException, match=SUBSCRIBER):
        omics.accept_share(shareId=share)
    stranger = mocked.client(region="us-east-1", account=STRANGER)
    for call in (stranger.accept_share, stranger.get_share, stranger.delete_share):
        with pytest.raises(stranger.exceptions.ResourceNotFoundException):
            call(shareId=share)
    friend.accept_share(shareId=share)
    for _ in range(3):
        with pytest.raises(friend.exceptions.ConflictException, match="not PENDING"):
            friend.accept_share(shareId=share)
        friend.get_share(shareId=share)


@pytest.mark.parametrize("by", ["owner", "subscriber"])
def test_either_side_ends_a_share(omics: Any, friend: Any, arn: str, by: str) -> None:
    share = accepted(omics, friend, arn)
    ending: Any = omics if by == "owner" else friend
    assert ending.delete_share(shareId=share)["status"] == "DELETING"
    assert ending.get_share(shareId=share)["share"]["status"] == "DELETING"
    with pytest.raises(ending.exceptions.ResourceNotFoundException):
        ending.get_share(shareId=share)
    assert listed(omics, "SELF") == listed(friend, "OTHER") == []
    assert offered(omics, arn) != share


def test_a_share_under_way_can_not_be_ended(omics: Any, friend: Any, arn: str) -> None:
    share = offered(omics, arn)
    friend.accept_share(shareId=share)
    with pytest.raises(omics.exceptions.ConflictException, match="ACTIVATING"):
        omics.delete_share(shareId=share)
    for _ in range(2):
        omics.get_share(shareId=share)
    omics.delete_share(shareId=share)
    with pytest.raises(friend.exceptions.ConflictException, match="DELETING"):
        friend.delete_share(shareId=share)


@pytest.mark.parametrize("subscriber", [OWNER, "12345", "21098765432x", "arn:aws:iam::210987654321:root"])
def test_a_subscriber_is_another_account(omics: Any, arn: str, subscriber: str) -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="principalSubscriber"):
        offered(omics, arn, principalSubscriber=subscriber)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda arn: arn.replace(OWNER, SUBSCRIBER), "ResourceNotFoundException"),
        (lambda arn: arn.replace("us-east-1", "eu-west-1"), "ResourceNotFoundException"),
        (lambda arn: arn[:-7] + "9999999", "ResourceNotFoundException"),
        (lambda arn: arn + "/version/1", "ValidationException"),
        (lambda arn: arn.replace(OWNER, ""), "ValidationException"),
        (lambda arn: arn.replace("workflow", "sequenceStore"), "ValidationException"),
        (lambda arn: arn.replace("workflow", "run"), "ValidationException"),
        (lambda arn: arn.replace("omics", "s3"), "ValidationException"),
        (lambda arn: "workflow", "ValidationException"),
    ],
)
def test_only_workflows_and_analytics_stores_of_the_caller_are_shared(
    omics: Any, arn: str, change: Callable[[str], str], error: str
) -> None:
    with pytest.raises(getattr(omics.exceptions, error), match=change(arn)):
        offered(omics, change(arn))


def test_a_resource_is_shared_with_an_account_once_and_when_it_is_active(omics: Any, arn: str) -> None:
    offered(omics, arn)
    with pytest.raises(omics.exceptions.ConflictException, match="already"):
        offered(omics, arn)
    offered(omics, arn, principalSubscriber=STRANGER)
    made = omics.create_workflow(definitionZip=archive())
    with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
        offered(omics, made["arn"])


def test_the_number_of_shares_can_be_limited(mocked: OmicsMock, omics: Any, arn: str) -> None:
    mocked.quotas["Maximum shares per workflow"] = 1
    offered(omics, arn)
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="shares per workflow"):
        offered(omics, arn, principalSubscriber=STRANGER)


def test_shares_are_filtered_and_paged(omics: Any, friend: Any) -> None:
    arns = [omics.get_workflow(id=active_workflow(omics, name=f"w{number}"))["arn"] for number in range(3)]
    shares = [offered(omics, arn) for arn in arns]
    friend.accept_share(shareId=shares[0])
    pages = omics.get_paginator("list_shares").paginate(resourceOwner="SELF", PaginationConfig={"PageSize": 1})
    assert [share["shareId"] for page in pages for share in page["shares"]] == shares
    assert listed(friend, "OTHER", filter={"status": ["PENDING"]}) == shares[1:]
    assert listed(friend, "OTHER", filter={"resourceArns": arns[:2], "status": ["ACTIVE", "PENDING"]}) == shares[:2]
    assert listed(friend, "OTHER", filter={"type": ["VARIANT_STORE"]}) == []
    assert listed(friend, "OTHER", filter={"type": ["WORKFLOW", "VARIANT_STORE"]}) == shares
    with pytest.raises(omics.exceptions.ValidationException, match="maxResults"):
        omics.list_shares(resourceOwner="SELF", maxResults=0)


@pytest.mark.parametrize(
    ("lifecycle", "seen"),
    [
        ("observed", ["ACTIVATING", "ACTIVE"]),
        ("immediate", ["ACTIVE", "ACTIVE"]),
        ("frozen", ["ACTIVATING", "ACTIVATING"]),
        (60, ["ACTIVATING", "ACTIVATING"]),
    ],
)
def test_a_share_follows_its_lifecycle(
    mocked: OmicsMock, omics: Any, friend: Any, arn: str, lifecycle: Any, seen: list[str]
) -> None:
    mocked.lifecycle("share", lifecycle)
    share = offered(omics, arn)
    assert omics.get_share(shareId=share)["share"]["status"] == "PENDING"
    assert friend.accept_share(shareId=share)["status"] == "ACTIVATING"
    assert [omics.get_share(shareId=share)["share"]["status"] for _ in range(2)] == seen
    if lifecycle == 60:
        mocked.clock.advance(timedelta(minutes=1))
        assert omics.get_share(shareId=share)["share"]["status"] == "ACTIVE"


def test_a_share_is_moved_by_hand(mocked: OmicsMock, omics: Any, friend: Any, arn: str) -> None:
    mocked.lifecycle("share", "frozen")
    first = offered(omics, arn)
    friend.accept_share(shareId=first)
    mocked.advance(first, to="ACTIVE")
    assert omics.get_share(shareId=first)["share"]["status"] == "ACTIVE"
    omics.delete_share(shareId=first)
    mocked.finish_all()
    with pytest.raises(omics.exceptions.ResourceNotFoundException):
        omics.get_share(shareId=first)


def test_shares_stay_in_their_region_and_go_with_a_reset(mocked: OmicsMock, omics: Any, arn: str) -> None:
    share = offered(omics, arn)
    elsewhere: Any = mocked.client(region="eu-west-1")
    assert listed(elsewhere, "SELF") == []
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        elsewhere.get_share(shareId=share)
    mocked.reset()
    assert listed(omics, "SELF") == []


def test_a_workflow_of_an_account_nobody_used_is_not_found() -> None:
    with mock_omics():
        omics: Any = client()
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Workflow 1234567 not found"):
            omics.start_run(workflowId="1234567", workflowOwnerId=STRANGER, roleArn=ROLE, outputUri="s3://results")


@pytest.mark.parametrize(("family", "kind"), [("variant", "VARIANT_STORE"), ("annotation", "ANNOTATION_STORE")])
def test_a_store_is_shared_and_takes_its_shares_with_it(mocked: OmicsMock, omics: Any, friend: Any, family: str, kind: str) -> None:
    options = {"storeFormat": "VCF"} if family == "annotation" else {}
    getattr(omics, f"create_{family}_store")(name="mine", reference={"referenceArn": reference(omics)}, **options)
    omics.get_waiter(f"{family}_store_created").wait(name="mine")
    store = getattr(omics, f"get_{family}_store")(name="mine")
    share = accepted(omics, friend, store["storeArn"])
    assert friend.get_share(shareId=share)["share"]["resourceId"] == store["id"]
    assert listed(friend, "OTHER", filter={"type": [kind]}) == [share]
    mocked.quotas[f"Maximum shares per {family} store"] = 1
    with pytest.raises(omics.exceptions.ServiceQuotaExceededException):
        offered(omics, store["storeArn"], principalSubscriber=STRANGER)
    with pytest.raises(omics.exceptions.ConflictException, match="shared"):
        getattr(omics, f"delete_{family}_store")(name="mine")
    getattr(omics, f"delete_{family}_store")(name="mine", force=True)
    omics.get_waiter(f"{family}_store_deleted").wait(name="mine")
    assert listed(friend, "OTHER") == listed(omics, "SELF") == []
