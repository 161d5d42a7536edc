"""With moto's access control on, a caller may do what the policies say, on the resources and with the tags they say."""

import json
import re
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from moto.core import set_initial_no_auth_action_count

from omics_mock import OmicsMock, mock_omics
from omics_mock.authorization import NEW, RESOURCES, needs, role_paths
from omics_mock.backends.region import RegionState
from omics_mock.imagebuilder.state import ImageBuilderState
from omics_mock.wire.model import load
from tests.support.constraint_cases import fewest
from tests.support.storage import imported, sequence_store
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run

HERE = "arn:aws:omics:us-east-1:123456789012"
UNKNOWN = "7654321"
PASS = {"Action": "iam:PassRole", "Resource": ROLE}
OPERATIONS = load("omics").operations


def policy(*statements: dict[str, Any]) -> str:
    full = [{"Effect": "Allow", "Resource": "*", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": full})


def ann(*statements: dict[str, Any], service: str = "omics", region: str = "us-east-1") -> Any:
    """A client of a user with these statements."""
    iam = boto3.client("iam")
    iam.create_user(UserName="ann")
    permit(*statements)
    return signing(iam.create_access_key(UserName="ann")["AccessKey"], service, region)


def permit(*statements: dict[str, Any]) -> None:
    """From now on this is what the user may do."""
    boto3.client("iam").put_user_policy(UserName="ann", PolicyName="own", PolicyDocument=policy(*statements))


def signing(key: Any, service: str = "omics", region: str = "us-east-1") -> Any:
    names = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey", "aws_session_token": "SessionToken"}
    credentials: Any = {name: key[member] for name, member in names.items() if member in key}
    return boto3.client(service, region_name=region, **credentials)  # type: ignore[call-overload]  # any service


@set_initial_no_auth_action_count(0)
def outcome(call: Callable[..., Any], **params: Any) -> str:
    """What comes of a call under access control: its error, or what it was denied."""
    try:
        call(**params)
    except call.__self__.exceptions.ClientError as error:  # type: ignore[attr-defined]  # the method of a client
        answer = error.response
        if answer["Error"]["Code"] != "AccessDeniedException":
            return str(answer["Error"]["Code"])
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403
        who, _, what = answer["Error"]["Message"].partition(" is not authorized to perform: ")
        assert who.startswith("User: arn:aws:")
        return str(what)
    return "done"


# ---- resources -----------------------------------------------------------------------------------------------------


@mock_omics
def test_a_user_sees_the_runs_the_policy_names() -> None:
    mine, other = start_run(client()), start_run(client())
    omics = ann({"Action": ["omics:GetRun", "omics:List*"], "Resource": f"{HERE}:run/{mine}"})
    assert outcome(omics.get_run, id=mine) == "done"
    assert outcome(omics.list_run_tasks, id=mine) == "done"
    assert outcome(omics.get_run, id=other) == f"omics:GetRun on resource: {HERE}:run/{other}"
    assert outcome(omics.delete_run, id=mine) == f"omics:DeleteRun on resource: {HERE}:run/{mine}"
    assert outcome(omics.list_runs) == "omics:ListRuns"  # which is about no resource


@mock_omics
def test_who_is_denied_does_not_learn_what_exists_and_changes_nothing() -> None:
    run = start_run(client())
    omics = ann({"Action": "omics:ListRuns"})
    for id_ in (run, UNKNOWN):
        assert outcome(omics.delete_run, id=id_) == f"omics:DeleteRun on resource: {HERE}:run/{id_}"
    assert [found["id"] for found in client().list_runs()["items"]] == [run]
    assert [call.error is None for call in OmicsMock.current().calls if call.operation == "DeleteRun"] == [False, False]


@mock_omics
def test_who_does_not_sign_is_denied() -> None:
    nobody: Any = boto3.client("omics", region_name="us-east-1", config=Config(signature_version=UNSIGNED))
    with pytest.raises(nobody.exceptions.AccessDeniedException, match="Missing Authentication Token"):
        set_initial_no_auth_action_count(0)(nobody.list_runs)()
    assert nobody.list_runs()["items"] == []


@mock_omics
def test_who_is_allowed_learns_what_does_not_exist() -> None:
    omics = ann({"Action": "omics:*", "Resource": f"{HERE}:run/*"})
    assert outcome(omics.get_run, id=UNKNOWN) == "ResourceNotFoundException"
    assert outcome(omics.get_run, id="not-an-id") == "ValidationException"
    permit({"Action": "omics:ListRuns"})
    assert outcome(omics.get_run, id="not-an-id").startswith("omics:GetRun on resource")


@mock_omics
def test_an_action_needs_every_resource_it_is_on() -> None:
    store = sequence_store(client())
    read_set = imported(client(), store)
    arn = f"{HERE}:sequenceStore/{store}"
    params = {"sequenceStoreId": store, "id": read_set}
    get = ann({"Action": "omics:GetReadSetMetadata", "Resource": [arn, f"{arn}/readSet/{read_set}"]}).get_read_set_metadata
    assert outcome(get, **params) == "done"
    permit({"Action": "omics:GetReadSetMetadata", "Resource": arn})
    assert outcome(get, **params) == f"omics:GetReadSetMetadata on resource: {arn}/readSet/{read_set}"
    permit({"Action": "omics:GetReadSetMetadata", "Resource": f"{arn}/*"})
    assert outcome(get, **params) == f"omics:GetReadSetMetadata on resource: {arn}"


@mock_omics
def test_a_denial_wins_wherever_it_stands() -> None:
    run = start_run(client())
    omics = ann({"Action": "*"}, {"Effect": "Deny", "NotAction": "omics:List*", "Resource": f"{HERE}:run/{run}"})
    assert outcome(omics.get_run, id=run) == f"omics:GetRun on resource: {HERE}:run/{run}"
    assert outcome(omics.list_run_tasks, id=run) == "done"
    assert outcome(omics.get_run, id=UNKNOWN) == "ResourceNotFoundException"


@mock_omics
def test_the_policies_of_groups_and_managed_ones_count() -> None:
    iam = boto3.client("iam")
    omics = ann({"Action": "omics:ListRuns"})
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=policy({"Action": "omics:ListRunGroups"}))
    iam.add_user_to_group(GroupName="readers", UserName="ann")
    managed = iam.create_policy(PolicyName="managed", PolicyDocument=policy({"Action": "omics:ListSequenceStores"}))
    iam.attach_user_policy(UserName="ann", PolicyArn=managed["Policy"]["Arn"])
    calls = (omics.list_runs, omics.list_run_groups, omics.list_sequence_stores, omics.list_workflows)
    assert [outcome(call) for call in calls] == ["done", "done", "done", "omics:ListWorkflows"]


@mock_omics
def test_a_session_of_a_role_may_do_what_the_role_may() -> None:
    iam, sts = boto3.client("iam"), boto3.client("sts", region_name="us-east-1")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=policy())["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=policy({"Action": "omics:ListRuns"}))
    omics = signing(sts.assume_role(RoleArn=role, RoleSessionName="now")["Credentials"])
    assert outcome(omics.list_runs) == "done"
    assert outcome(omics.list_run_groups) == "omics:ListRunGroups"


@mock_omics
def test_resources_are_those_of_the_region_of_the_request() -> None:
    omics = ann({"Action": "omics:GetRun", "Resource": f"{HERE}:run/*"}, region="us-west-2")
    western = HERE.replace("us-east-1", "us-west-2")
    assert outcome(omics.get_run, id=UNKNOWN) == f"omics:GetRun on resource: {western}:run/{UNKNOWN}"


# ---- starting runs -------------------------------------------------------------------------------------------------


@mock_omics
def test_a_run_needs_its_workflow_and_its_group_and_the_role_passed() -> None:
    workflow = active_workflow(client())
    group = client().create_run_group()["id"]
    run: Any = {"workflowId": workflow, "runGroupId": group, "roleArn": ROLE, "outputUri": "s3://results/", "requestId": "1"}
    steps = [f"{HERE}:run/*", f"{HERE}:workflow/{workflow}", f"{HERE}:runGroup/{group}"]
    omics = ann({"Action": "omics:ListRuns"})
    for allowed, missing in enumerate(steps):
        permit(PASS, {"Action": "omics:StartRun", "Resource": steps[:allowed] or "arn:aws:s3:::none"})
        assert outcome(omics.start_run, **run) == f"omics:StartRun on resource: {missing}"
    permit({"Action": "omics:StartRun", "Resource": steps})
    assert outcome(omics.start_run, **run) == f"iam:PassRole on resource: {ROLE}"
    permit(PASS, {"Action": "omics:StartRun", "Resource": steps})
    assert outcome(omics.start_run, **run) == "done"


@pytest.mark.parametrize(
    ("passing", "passes"),
    [
        (PASS, True),
        ({**PASS, "Resource": "arn:aws:iam::123456789012:role/*"}, True),
        ({**PASS, "Resource": f"{ROLE}-of-others"}, False),
        ({**PASS, "Condition": {"StringEquals": {"iam:PassedToService": "omics.amazonaws.com"}}}, True),
        ({**PASS, "Condition": {"StringLike": {"iam:PassedToService": ["ec2.*", "omics.*"]}}}, True),
        ({**PASS, "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}, False),
        ({**PASS, "Condition": {"StringNotEquals": {"iam:PassedToService": "omics.amazonaws.com"}}}, False),
    ],
)
@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if role_paths(operation)])
def test_whoever_names_a_role_has_to_pass_it_to_the_service(name: str, passing: dict[str, Any], passes: bool) -> None:
    operation: Any = OPERATIONS[name]
    params = fewest(operation.input)
    (params if "roleArn" in params else params["defaultRunSetting"])["roleArn"] = ROLE
    with mock_omics():
        omics = ann({"Action": "omics:*"}, passing)
        said = outcome(getattr(omics, operation.method_name), **params)
    assert (said != f"iam:PassRole on resource: {ROLE}") is passes
    assert not passes or not said.startswith(("iam:", "omics:"))


def test_the_roles_are_passed_where_the_documentation_says() -> None:
    jobs = {f"Start{kind}ImportJob" for kind in ("ReadSet", "Reference", "Variant", "Annotation")}
    passing = {name for name, operation in OPERATIONS.items() if role_paths(operation)}
    assert passing == ({*jobs, "StartReadSetExportJob", "StartRun", "StartRunBatch"} & OPERATIONS.keys())


# ---- tags ----------------------------------------------------------------------------------------------------------


@mock_omics
def test_a_creation_with_tags_needs_them_to_be_allowed_twice() -> None:
    tagged: Any = {"name": "hello", "definitionZip": archive(), "tags": {"team": "a"}}
    condition = {"StringEquals": {"aws:RequestTag/team": "a"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}
    create = {"Action": "omics:CreateWorkflow", "Condition": condition}
    tag = {"Action": "omics:TagResource", "Resource": f"{HERE}:workflow/*"}
    omics = ann(create)
    assert outcome(omics.create_workflow, **tagged) == f"omics:TagResource on resource: {HERE}:workflow/*"
    permit(create, tag)
    assert outcome(omics.create_workflow, **tagged) == "done"
    for tags in ({}, {"team": "b"}, {"team": "a", "other": ""}):
        assert outcome(omics.create_workflow, **{**tagged, "tags": tags}) == "omics:CreateWorkflow"
    permit({"Action": "omics:CreateWorkflow"})
    assert outcome(omics.create_workflow, **{**tagged, "tags": {}}) == "done"


@mock_omics
def test_the_tags_of_a_resource_decide() -> None:
    mine, other = (client().create_run_group(tags={"team": team}, requestId=team)["id"] for team in "ab")
    omics = ann({"Action": "omics:*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "a"}}})
    assert outcome(omics.get_run_group, id=mine) == "done"
    for id_ in (other, UNKNOWN):
        assert outcome(omics.get_run_group, id=id_) == f"omics:GetRunGroup on resource: {HERE}:runGroup/{id_}"
    arn = f"{HERE}:runGroup/{mine}"
    assert outcome(omics.tag_resource, resourceArn=arn, tags={"team": "b"}) == "done"
    assert outcome(omics.untag_resource, resourceArn=arn, tagKeys=["team"]) == f"omics:UntagResource on resource: {arn}"


@mock_omics
def test_tags_may_be_limited_to_some_keys() -> None:
    arn = client().create_run_group(tags={"team": "a"})["arn"]
    limited = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    omics = ann({"Action": ["omics:TagResource", "omics:UntagResource"], "Resource": arn, "Condition": limited})
    assert outcome(omics.tag_resource, resourceArn=arn, tags={"team": "b"}) == "done"
    assert outcome(omics.tag_resource, resourceArn=arn, tags={"cost": "b"}) == f"omics:TagResource on resource: {arn}"
    assert outcome(omics.untag_resource, resourceArn=arn, tagKeys=["cost"]) == f"omics:UntagResource on resource: {arn}"
    assert outcome(omics.untag_resource, resourceArn=arn, tagKeys=["team"]) == "done"


@mock_omics
def test_a_condition_nobody_here_understands_neither_allows_nor_denies() -> None:
    vpn = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    omics = ann({"Action": "omics:ListRuns", "Condition": vpn}, {"Action": "omics:ListRunGroups"})
    assert outcome(omics.list_runs) == "omics:ListRuns"
    permit({"Action": "omics:ListRunGroups"}, {"Effect": "Deny", "Action": "omics:*", "Condition": vpn})
    assert outcome(omics.list_run_groups) == "done"


@mock_omics
def test_the_region_of_a_request_may_be_a_condition() -> None:
    omics = ann({"Action": "omics:*", "Condition": {"StringEquals": {"aws:RequestedRegion": "us-west-2"}}})
    assert outcome(omics.list_runs) == "omics:ListRuns"


# ---- the table -----------------------------------------------------------------------------------------------------


def test_every_operation_has_its_row() -> None:
    assert OPERATIONS.keys() <= RESOURCES["omics"].keys()
    assert set(ImageBuilderState.owners) == RESOURCES["imagebuilder"].keys()
    with_tags = {name for name, operation in OPERATIONS.items() if operation.input and "tags" in operation.input.members}
    assert with_tags - {"TagResource"} == NEW.keys() & OPERATIONS.keys()


@pytest.mark.operation("StartRun.configurationName", "StartRunBatch", "CreateConfiguration", "GetBatch")
@pytest.mark.parametrize("service", RESOURCES)
def test_every_row_is_about_members_of_its_operation(service: str) -> None:
    operations = load(service).operations
    made = [(name, (template,)) for name, template in NEW.items() if service == "omics"]
    for name, templates in (*RESOURCES[service].items(), *made):
        assert name in operations
        for path in re.findall(r"\{([^}]*)\}", "".join(templates)):
            shape: Any = operations[name].input
            for member in path.split("."):
                assert member in shape.members, (name, path)
                shape = shape.members[member]


def arns(operation: str, params: dict[str, Any]) -> list[str]:
    """The resources an operation's own action is on."""
    needed = needs(OPERATIONS[operation], params, RegionState("123456789012", "us-east-1"))
    return [need.resource for need in needed if need.action == f"omics:{operation}"]


@pytest.mark.parametrize(
    ("name", "params", "resources"),
    [
        ("GetRunTask", {"id": "1", "taskId": "2"}, [f"{HERE}:run/1", f"{HERE}:task/2"]),
        ("GetWorkflow", {"id": "1", "type": "READY2RUN"}, ["arn:aws:omics:us-east-1::workflow/1"]),
        ("GetWorkflow", {"id": "1", "workflowOwnerId": "2"}, ["arn:aws:omics:us-east-1:2:workflow/1"]),
        ("StartRun", {"workflowId": "1", "workflowType": "READY2RUN"}, [f"{HERE}:run/*", "arn:aws:omics:us-east-1::workflow/1"]),
        ("StartRun", {"runId": "1"}, [f"{HERE}:run/*"]),
        (
            "StartRun",
            {"workflowId": "1", "runGroupId": "2", "cacheId": "3", "configurationName": "4"},
            [f"{HERE}:{part}" for part in ("run/*", "workflow/1", "runGroup/2", "runCache/3", "configuration/4")],
        ),
        (
            "DeleteAnnotationStoreVersions",
            {"name": "a", "versions": ["b", "c"]},
            [f"{HERE}:annotationStore/a{rest}" for rest in ("", "/version/b", "/version/c")],
        ),
        ("StartAnnotationImportJob", {"destinationName": "a"}, [f"{HERE}:annotationStore/a"]),
        ("StartVariantImportJob", {}, ["*"]),
        ("TagResource", {"resourceArn": "arn:aws:omics:us-east-1:1:run/1"}, ["arn:aws:omics:us-east-1:1:run/1"]),
        ("ListTagsForResource", {"resourceArn": "arn:aws:omics:us-east-1:1:run/1"}, ["*"]),
        ("CreateShare", {"resourceArn": f"{HERE}:workflow/1"}, ["*"]),
    ],
)
def test_resources_are_named_by_members(name: str, params: dict[str, Any], resources: list[str]) -> None:
    assert arns(name, params) == resources


@pytest.mark.operation("GetS3AccessPolicy")
def test_an_access_policy_is_about_the_store_of_its_access_point() -> None:
    access_point = "arn:aws:s3:us-east-1:900000000001:accesspoint/123456789012-34"
    assert arns("GetS3AccessPolicy", {"s3AccessPointArn": access_point}) == [f"{HERE}:sequenceStore/34"]
    assert arns("GetS3AccessPolicy", {"s3AccessPointArn": "nonsense"}) == ["*"]


@pytest.mark.operation("StartRunBatch")
def test_a_batch_is_about_what_its_runs_have_in_common() -> None:
    default = {"workflowId": "1", "workflowOwnerId": "2", "cacheId": "3", "roleArn": ROLE}
    expected = [f"{HERE}:run/*", f"{HERE}:runBatch/*", "arn:aws:omics:us-east-1:2:workflow/1", f"{HERE}:runCache/3"]
    assert arns("StartRunBatch", {"defaultRunSetting": default}) == expected


@pytest.mark.operation("CreateConfiguration")
def test_a_configuration_for_a_vpc_needs_it_to_be_seen() -> None:
    state = RegionState("123456789012", "us-east-1")
    params = {"name": "vpc", "runConfigurations": {"vpcConfig": {"subnetIds": ["subnet-1"]}}, "tags": {"a": "b"}}
    needed = [(need.action, need.resource) for need in needs(OPERATIONS["CreateConfiguration"], params, state)]
    assert needed == [
        ("omics:CreateConfiguration", "*"),
        ("omics:TagResource", f"{HERE}:configuration/vpc"),
        ("ec2:DescribeSubnets", "*"),
        ("ec2:DescribeSecurityGroups", "*"),
    ]


# ---- Image Builder -------------------------------------------------------------------------------------------------


@mock_omics
def test_image_builder_workflows_are_named_by_their_arns() -> None:
    arn = "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/mine/1.0.0/1"
    builder = ann({"Action": "imagebuilder:*", "Resource": arn}, service="imagebuilder")
    assert outcome(builder.get_workflow, workflowBuildVersionArn=arn) == "ResourceNotFoundException"
    with pytest.raises(builder.exceptions.ClientError, match=re.escape(f"imagebuilder:GetWorkflow on resource: {arn}2")):
        set_initial_no_auth_action_count(0)(builder.get_workflow)(workflowBuildVersionArn=f"{arn}2")
