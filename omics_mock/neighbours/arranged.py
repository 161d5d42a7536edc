"""What resources need of moto's other services when a test has them given: made so that the test does not come across it."""

from __future__ import annotations

import json
from typing import Any, Final

from omics_mock.neighbours import SERVICE_ACCOUNT
from omics_mock.neighbours.backends import backend_of

ROLE: Final = "omics-mock-given"

_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "omics.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def open_bucket(name: str, region: str, partition: str) -> None:
    """Make a bucket that anybody may use, unless it is there. It is the service's: no caller lists it."""
    s3 = backend_of("s3", SERVICE_ACCOUNT, partition)
    if name not in s3.buckets:
        s3.create_bucket(name, region)
        resources = [f"arn:{partition}:s3:::{name}", f"arn:{partition}:s3:::{name}/*"]
        statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": resources}
        s3.put_bucket_policy(name, json.dumps({"Version": "2012-10-17", "Statement": [statement]}).encode())


def make_role(account: str, partition: str) -> None:
    """Make a role that the service may assume."""
    described: dict[str, Any] = {"permissions_boundary": None, "description": "", "tags": [], "max_session_duration": "3600"}
    backend_of("iam", account, partition).create_role(ROLE, json.dumps(_TRUST), "/", **described)


def network(account: str, region: str) -> tuple[str, str]:
    """A subnet, unless the test says otherwise of the default VPC that every account has, and the security group of its VPC."""
    ec2 = backend_of("ec2", account, region)
    subnet = next(iter(ec2.describe_subnets()), None)
    if subnet is None:
        raise ValueError("runConfigurations must be specified: the account has no subnet")
    return subnet.id, ec2.get_security_group_from_name("default", subnet.vpc_id).id
