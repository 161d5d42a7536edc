"""Configurations, with subnets that EC2 knows and with such that nobody made, and the runs that use them."""

import re
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.workflows import ROLE, active_workflow, client, start_run, unchecked_client

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

pytestmark = [pytest.mark.operation("CreateConfiguration"), pytest.mark.inferred]

SUBNET, GROUP = "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
VPC: Any = {"subnetIds": [SUBNET], "securityGroupIds": [GROUP]}
OTHER_ACCOUNT = "210987654321"


def configuration(omics: "OmicsClient", name: str = "net", vpc: dict[str, Any] | None = VPC, **members: Any) -> str:
    settings: Any = {} if vpc is None else {"vpcConfig": vpc}
    omics.create_configuration(name=name, runConfigurations=settings, **members)
    return name


def active_configuration(omics: "OmicsClient", name: str = "net", vpc: dict[str, Any] | None = VPC) -> str:
    configuration(omics, name, vpc)
    assert [omics.get_configuration(name=name)["status"] for _ in range(2)] == ["CREATING", "ACTIVE"]
    return name


def vpc_id(omics: "OmicsClient", name: str) -> str:
    return omics.get_configuration(name=name)["runConfigurations"]["vpcConfig"]["vpcId"]


class Network:
    """A VPC of EC2's with subnets, by their Availability Zones, and a security group."""

    def __init__(self, zones: str = "ab") -> None:
        ec2 = boto3.client("ec2", region_name="us-east-1")
        self.id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets = [
            self.subnet(ec2, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")
            for number, zone in enumerate(zones)
        ]
        self.group = ec2.create_security_group(GroupName="g", Description="d", VpcId=self.id)["GroupId"]

    def subnet(self, ec2: Any, **members: Any) -> str:
        return str(ec2.create_subnet(VpcId=self.id, **members)["Subnet"]["SubnetId"])

    @property
    def settings(self) -> dict[str, Any]:
        return {"subnetIds": self.subnets, "securityGroupIds": [self.group]}


# The resource


@pytest.mark.documented
def test_create_answers_everything_and_get_the_same(mocked: OmicsMock, omics: "OmicsClient") -> None:
    made: Any = omics.create_configuration(
        name="prod-net_1.0", description="d", runConfigurations={"vpcConfig": VPC}, tags={"a": "b"}
    )
    assert made.pop("ResponseMetadata")["HTTPStatusCode"] == 201
    assert made == {
        "name": "prod-net_1.0",
        "arn": "arn:aws:omics:us-east-1:123456789012:configuration/prod-net_1.0",
        "uuid": made["uuid"],
        "description": "d",
        "status": "CREATING",
        "runConfigurations": {"vpcConfig": {**VPC, "vpcId": made["runConfigurations"]["vpcConfig"]["vpcId"]}},
        "creationTime": mocked.clock.now(),
        "tags": {"a": "b"},
    }
    for status in ("CREATING", "ACTIVE", "ACTIVE"):
        found: Any = omics.get_configuration(name="prod-net_1.0")
        del found["ResponseMetadata"]
        assert found == made | {"status": status}


def test_ec2_is_not_loaded_to_look_for_a_subnet(omics: "OmicsClient", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "moto.ec2.models", raising=False)
    active_configuration(omics)
    assert "moto.ec2.models" not in sys.modules


@pytest.mark.documented
def test_a_configuration_may_be_of_nothing(omics: "OmicsClient") -> None:
    made = omics.create_configuration(name="nothing", runConfigurations={})
    assert (made["runConfigurations"], made["tags"]) == ({}, {})
    assert "description" not in made


def test_configurations_are_listed_ten_a_page(omics: "OmicsClient") -> None:
    names = [configuration(omics, f"c{number}", tags={"a": "b"}) for number in range(12)]
    page = omics.list_configurations()
    assert [item["name"] for item in page["items"]] == names[:10]
    assert set(page["items"][0]) == {"name", "arn", "status", "creationTime"}
    assert [item["name"] for item in omics.list_configurations(startingToken=page["nextToken"])["items"]] == names[10:]
    pages = list(omics.get_paginator("list_configurations").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(found["items"]) for found in pages] == [5, 5, 2]
    wrong: Any
    for wrong in ({"maxResults": 11}, {"startingToken": "garbage"}):
        with pytest.raises(omics.exceptions.ValidationException, match=next(iter(wrong))):
            omics.list_configurations(**wrong)


def test_a_list_shows_descriptions_and_moves_what_it_shows(omics: "OmicsClient") -> None:
    configuration(omics, description="d")
    seen = [omics.list_configurations()["items"][0] for _ in range(2)]
    assert [(item["description"], item["status"]) for item in seen] == [("d", "CREATING"), ("d", "ACTIVE")]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": "-net"}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "n" * 129}, "name"),
        ({"name": ""}, "name"),
        ({"description": "d" * 257}, "description"),
        ({"tags": {f"k{number}": "" for number in range(51)}}, "50 tags"),
        ({"tags": {"aws:a": ""}}, "aws:"),
        ({"vpc": {}}, "subnetIds must not be empty"),
        ({"vpc": {**VPC, "subnetIds": []}}, "subnetIds must not be empty"),
        ({"vpc": {**VPC, "securityGroupIds": []}}, "securityGroupIds must not be empty"),
        ({"vpc": {"subnetIds": [SUBNET]}}, "securityGroupIds must not be empty"),
        ({"vpc": {**VPC, "subnetIds": [f"subnet-{number:08x}" for number in range(17)]}}, "subnetIds"),
        ({"vpc": {**VPC, "securityGroupIds": [f"sg-{number:08x}" for number in range(6)]}}, "securityGroupIds"),
        ({"vpc": {**VPC, "subnetIds": ["net-01234567"]}}, "subnetIds"),
        ({"vpc": {**VPC, "securityGroupIds": [SUBNET]}}, "securityGroupIds"),
        ({"vpc": {**VPC, "vpcOwnerAccountId": "1234"}}, "vpcOwnerAccountId"),
    ],
)
def test_what_makes_no_configuration_is_refused(mocked: OmicsMock, members: dict[str, Any], message: str) -> None:
    omics = unchecked_client()
    with pytest.raises(omics.exceptions.ValidationException, match=message):
        configuration(omics, **members)
    assert omics.list_configurations()["items"] == []


@pytest.mark.model
def test_the_longest_name_and_the_fullest_lists_are_accepted(omics: "OmicsClient") -> None:
    full = {
        "subnetIds": [f"subnet-{number:08x}" for number in range(16)],
        "securityGroupIds": [f"sg-{number:08x}" for number in range(5)],
        "vpcOwnerAccountId": OTHER_ACCOUNT,
    }
    name = configuration(omics, "n" * 128, full)
    found = omics.get_configuration(name=name)["runConfigurations"]["vpcConfig"]
    assert found == full | {"vpcId": found["vpcId"]}


def test_a_name_is_taken_until_its_configuration_is_gone(omics: "OmicsClient") -> None:
    name = active_configuration(omics)
    with pytest.raises(omics.exceptions.ConflictException, match="Configuration net already exists"):
        configuration(omics, name)
    omics.delete_configuration(name=name)
    with pytest.raises(omics.exceptions.ConflictException, match="Configuration net already exists"):
        configuration(omics, name)
    assert omics.get_configuration(name=name)["status"] == "DELETING"
    configuration(omics, name)


def test_a_deleted_configuration_is_deleting_then_gone(omics: "OmicsClient") -> None:
    name = active_configuration(omics)
    assert omics.delete_configuration(name=name)["ResponseMetadata"]["HTTPStatusCode"] == 202
    with pytest.raises(omics.exceptions.ConflictException, match="DELETING"):
        omics.delete_configuration(name=name)
    assert omics.get_configuration(name=name)["status"] == "DELETING"
    for use in (omics.get_configuration, omics.delete_configuration):
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match="Configuration net not found"):
            use(name=name)
    assert omics.list_configurations()["items"] == []


def test_a_configuration_in_the_making_is_not_deleted(omics: "OmicsClient") -> None:
    name = configuration(omics)
    with pytest.raises(omics.exceptions.ConflictException, match="CREATING"):
        omics.delete_configuration(name=name)


@pytest.mark.parametrize("lifecycle", ["immediate", "frozen", 60])
def test_configurations_move_as_they_are_told_to(lifecycle: Any) -> None:
    with mock_omics(lifecycle=lifecycle, now="2026-01-01") as mocked:
        omics = client()
        name = configuration(omics)
        mocked.clock.advance(30)
        before = {"immediate": "ACTIVE"}.get(lifecycle, "CREATING")
        assert [omics.get_configuration(name=name)["status"] for _ in range(3)] == [before] * 3
        mocked.clock.advance(30)
        if lifecycle == "frozen":
            mocked.advance(omics.get_configuration(name=name)["arn"], to="ACTIVE")
        assert omics.get_configuration(name=name)["status"] == "ACTIVE"
        omics.delete_configuration(name=name)
        mocked.finish_all()
        assert omics.list_configurations()["items"] == []


@pytest.mark.documented
def test_configurations_are_tagged_by_their_arn(omics: "OmicsClient") -> None:
    arn = omics.create_configuration(name="net", runConfigurations={}, tags={"a": "b"})["arn"]
    omics.tag_resource(resourceArn=arn, tags={"c": "d"})
    omics.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert omics.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    assert omics.get_configuration(name="net")["tags"] == {"c": "d"}


@pytest.mark.documented
def test_the_number_of_configurations_is_limited_when_a_test_says_so() -> None:
    with mock_omics(quotas={"Maximum configurations": 10}):
        omics = client()
        for number in range(10):
            configuration(omics, f"c{number}")
        with pytest.raises(omics.exceptions.ServiceQuotaExceededException, match="Maximum configurations"):
            configuration(omics, "one-more")


@pytest.mark.documented
def test_the_same_request_id_makes_one_configuration(omics: "OmicsClient") -> None:
    uuids = {omics.create_configuration(name="net", runConfigurations={}, requestId="once")["uuid"] for _ in range(2)}
    assert len(uuids) == 1
    assert len(omics.list_configurations()["items"]) == 1


@pytest.mark.documented
def test_configurations_of_one_region_and_account_are_unknown_in_another(mocked: OmicsMock, omics: "OmicsClient") -> None:
    configuration(omics)
    for other in (mocked.client(region="eu-west-1"), mocked.client(account=OTHER_ACCOUNT)):
        assert other.list_configurations()["items"] == []
        with pytest.raises(other.exceptions.ResourceNotFoundException):
            other.get_configuration(name="net")
        configuration(other)


# Networks


def test_the_vpc_of_subnets_that_nobody_made_stays_the_same(omics: "OmicsClient") -> None:
    subnets = [SUBNET, "subnet-00000001"]
    made_up = vpc_id(omics, configuration(omics, "a", {**VPC, "subnetIds": subnets}))
    assert re.fullmatch("vpc-[0-9a-f]{17}", made_up)
    assert vpc_id(omics, configuration(omics, "b", {**VPC, "subnetIds": subnets[::-1]})) == made_up
    assert vpc_id(omics, configuration(omics, "c")) != made_up
    assert vpc_id(omics, "a") == made_up


def test_subnets_that_exist_are_of_one_vpc_and_each_of_another_zone(omics: "OmicsClient") -> None:
    one, other = Network("aba"), Network("c")
    good = {**one.settings, "subnetIds": one.subnets[:2]}
    assert vpc_id(omics, configuration(omics, "good", good)) == one.id
    # One that nobody made is taken to fit.
    assert vpc_id(omics, configuration(omics, "mixed", {**good, "subnetIds": [SUBNET, *good["subnetIds"]]})) == one.id
    with pytest.raises(omics.exceptions.ValidationException, match="one subnet in an Availability Zone"):
        configuration(omics, "bad", one.settings)
    with pytest.raises(omics.exceptions.ValidationException, match="one VPC"):
        configuration(omics, "bad", {**good, "subnetIds": [*good["subnetIds"], *other.subnets]})
    with pytest.raises(omics.exceptions.ValidationException, match="one VPC"):
        configuration(omics, "bad", {**good, "securityGroupIds": [other.group]})
    assert [item["name"] for item in omics.list_configurations()["items"]] == ["good", "mixed"]


def test_a_strict_mock_wants_subnets_and_groups_to_exist_where_they_are_used() -> None:
    with mock_omics(strict=True) as mocked:
        omics, theirs = client(), mocked.client(account=OTHER_ACCOUNT)
        network = Network()
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"subnetIds: {SUBNET} not found"):
            configuration(omics, vpc={**network.settings, "subnetIds": [*network.subnets, SUBNET]})
        with pytest.raises(omics.exceptions.ResourceNotFoundException, match=f"securityGroupIds: {GROUP} not found"):
            configuration(omics, vpc={**network.settings, "securityGroupIds": [GROUP]})
        configuration(omics, vpc=network.settings)
        for elsewhere in (client("eu-west-1"), theirs):
            with pytest.raises(elsewhere.exceptions.ResourceNotFoundException, match="not found"):
                configuration(elsewhere, vpc=network.settings)
        shared = network.settings | {"vpcOwnerAccountId": "123456789012"}
        assert vpc_id(theirs, configuration(theirs, vpc=shared)) == network.id


# Runs in a VPC


def run_in(omics: "OmicsClient", name: str, **members: Any) -> Any:
    """What StartRun answers of a run in that network."""
    members |= {"workflowId": active_workflow(omics), "networkingMode": "VPC", "configurationName": name}
    return omics.start_run(roleArn=ROLE, outputUri="s3://results", **members)


@pytest.mark.documented
def test_a_run_shows_the_network_it_was_started_in(mocked: OmicsMock, omics: "OmicsClient") -> None:
    name = active_configuration(omics)
    made = omics.get_configuration(name=name)
    started = run_in(omics, name)
    identity = {"name": name, "arn": made["arn"], "uuid": made["uuid"]}
    assert (started["networkingMode"], started["configuration"]) == ("VPC", identity)
    shown = VPC | {"vpcId": vpc_id(omics, name)}
    found = omics.get_run(id=started["id"])
    assert (found["networkingMode"], found["configuration"], found["vpcConfig"]) == ("VPC", identity, shown)
    mocked.finish_all()
    omics.delete_configuration(name=name)
    mocked.finish_all()
    active_configuration(omics, vpc={**VPC, "subnetIds": ["subnet-00000001"]})
    assert omics.get_run(id=started["id"])["configuration"] == identity
    assert omics.get_run(id=started["id"])["vpcConfig"] == shown


def test_a_run_without_a_configuration_shows_no_network(omics: "OmicsClient") -> None:
    found = omics.get_run(id=start_run(omics, networkingMode="RESTRICTED"))
    assert found["networkingMode"] == "RESTRICTED"
    assert not {"configuration", "vpcConfig"} & found.keys()


@pytest.mark.parametrize("status", ["CREATING", "DELETING"])
def test_a_run_wants_its_configuration_to_be_active(omics: "OmicsClient", status: str) -> None:
    name = configuration(omics) if status == "CREATING" else active_configuration(omics)
    if status == "DELETING":
        omics.delete_configuration(name=name)
    with pytest.raises(omics.exceptions.ValidationException, match=f"Configuration net is {status}, not ACTIVE"):
        run_in(omics, name)
    assert omics.list_runs()["items"] == []


def test_a_configuration_without_a_vpc_is_of_no_use_to_a_run(omics: "OmicsClient") -> None:
    with pytest.raises(omics.exceptions.ValidationException, match="has no VPC settings"):
        run_in(omics, active_configuration(omics, vpc=None))


def test_a_configuration_goes_with_the_networking_mode_of_a_vpc_only(omics: "OmicsClient") -> None:
    name = active_configuration(omics)
    for members in ({"configurationName": name}, {"configurationName": name, "networkingMode": "RESTRICTED"}):
        with pytest.raises(omics.exceptions.ValidationException, match="only be specified together"):
            start_run(omics, **members)


@pytest.mark.parametrize("status", ["PENDING", "STARTING", "RUNNING", "STOPPING"])
def test_a_configuration_in_use_is_not_deleted(mocked: OmicsMock, omics: "OmicsClient", status: str) -> None:
    name = active_configuration(omics)
    mocked.lifecycle("run", "frozen")
    run = run_in(omics, name)["id"]
    mocked.advance(run, to=status)
    with pytest.raises(omics.exceptions.ConflictException, match="Configuration net is used by active runs"):
        omics.delete_configuration(name=name)
    assert omics.get_configuration(name=name)["status"] == "ACTIVE"
    mocked.advance(run, to="COMPLETED")
    omics.delete_configuration(name=name)


@pytest.mark.documented
def test_a_cancelled_run_lets_its_configuration_go(omics: "OmicsClient") -> None:
    name = active_configuration(omics)
    omics.cancel_run(id=run_in(omics, name)["id"])
    omics.delete_configuration(name=name)


def test_a_run_is_duplicated_in_its_network_or_out_of_it(omics: "OmicsClient") -> None:
    name = active_configuration(omics)
    first = run_in(omics, name)["id"]
    assert omics.get_run(id=start_run(omics, runId=first))["configuration"]["name"] == name
    assert omics.get_run(id=start_run(omics, runId=first, networkingMode="VPC"))["configuration"]["name"] == name
    assert "configuration" not in omics.get_run(id=start_run(omics, runId=first, networkingMode="RESTRICTED"))


@pytest.mark.observed
def test_a_run_in_a_vpc_may_use_buckets_of_other_regions(omics: "OmicsClient") -> None:
    boto3.client("s3", region_name="us-east-1").create_bucket(
        Bucket="abroad", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    parameters: Any = {"reads": "s3://abroad/r1.fq"}
    run_in(omics, active_configuration(omics), parameters=parameters)
    with pytest.raises(omics.exceptions.ValidationException, match="S3 bucket not located in us-east-1 region"):
        start_run(omics, parameters=parameters)
