"""HealthOmics' neighbours as moto mocks them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omics_mock.access_policies import Access
from omics_mock.neighbours import (
    SERVICE_ACCOUNT,
    Image,
    Logged,
    Network,
    Offered,
    S3Object,
    bucket_policies,
    event_bus,
    keys,
    registry,
    roles,
)
from omics_mock.neighbours.backends import backend_of, undisturbed
from omics_mock.neighbours.log_groups import LogGroup

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket, S3Backend

    from omics_mock.content import Content
    from omics_mock.neighbours.own_buckets import OwnBucket

_EXPIRES = 900


class MotoNeighbours:
    """moto's other services, seen by one account from one region."""

    def __init__(self, account: str, region: str, partition: str) -> None:
        self._account = account
        self._region = region
        self._partition = partition
        self._own_bucket = f"healthomics-{region}-{account}"
        self._log_group = LogGroup(account, region)

    @undisturbed
    def s3_object(self, bucket: str, key: str, *, read: bool = True) -> S3Object:
        uri = f"s3://{bucket}/{key}"
        found = self._bucket(bucket)
        if found is None:
            return S3Object(uri)
        stored = self._s3(found.account_id).get_object(bucket, key) if key else None
        owner, region = found.account_id, found.region_name
        # A delete marker has no value; asking an object for it would read it all.
        if stored is None or not hasattr(type(stored), "value"):
            return S3Object(uri, region, owner, is_folder=_has_below(found, key))
        return S3Object(uri, region, owner, stored.value if read else None, stored.etag.strip('"'))

    @undisturbed
    def may_write(self, bucket: str, key: str, role_arn: str) -> bool:
        found = self._bucket(bucket)
        if found is None:
            return False
        access = Access("s3:PutObject", f"arn:{self._partition}:s3:::{bucket}/{key}", role_arn, self._account, {})
        return bucket_policies.may(access, found.policy, found.account_id)

    def put_s3_object(self, bucket: str, key: str, body: bytes) -> None:
        found = self._bucket(bucket)
        if found is None:
            return
        try:  # a reset is not kept waiting: S3 may notify somebody who waits for others in turn
            self._s3(found.account_id).put_object(bucket, key, body)
        except Exception:
            if self._bucket(bucket) is found:
                raise

    @undisturbed
    def publish(self, key: str, body: bytes) -> None:
        self.open(self._own_bucket)
        self._s3(SERVICE_ACCOUNT).put_object(self._own_bucket, key, body)

    def presigned_url(self, key: str) -> str:
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        suffix = "amazonaws.com.cn" if self._partition == "aws-cn" else "amazonaws.com"
        request = AWSRequest("GET", f"https://{self._own_bucket}.s3.{self._region}.{suffix}/{key}")
        S3SigV4QueryAuth(Credentials("AKIAHEALTHOMICSMOCK0", "secret"), "s3", self._region, _EXPIRES).add_auth(request)
        return str(request.url)

    @undisturbed
    def open(self, bucket: str) -> None:
        self._opened(bucket)

    @undisturbed
    def close(self, bucket: str) -> None:
        if (found := self._own(bucket)) is not None:
            found.withdraw_all()
            self._s3(SERVICE_ACCOUNT).delete_bucket(bucket)

    @undisturbed
    def offer(self, bucket: str, key: str, content: Content, tags: Mapping[str, str]) -> None:
        self._opened(bucket).offer(key, content, tags)

    @undisturbed
    def withdraw(self, bucket: str, key: str) -> None:
        if (found := self._own(bucket)) is not None:
            found.withdraw(key)

    @undisturbed
    def retag(self, bucket: str, key: str, tags: Mapping[str, str]) -> None:
        if (found := self._own(bucket)) is not None:
            found.retag(key, tags)

    @undisturbed
    def offered(self, bucket: str, key: str) -> Offered | None:
        found = self._own(bucket)
        return None if found is None else found.offered(key)

    @undisturbed
    def awaits_events(self) -> bool:
        return event_bus.has_rules(self._account, self._region)

    def put_event(self, event: Mapping[str, Any]) -> None:
        event_bus.put(event)

    def put_log_events(self, logged: Logged) -> None:
        self._log_group.put(logged)

    def show_log_events(self) -> None:
        self._log_group.write()

    @undisturbed
    def network(self, subnets: Sequence[str], security_groups: Sequence[str], owner: str | None) -> Network:
        if "moto.ec2.models" not in sys.modules:  # nobody can have made any
            return Network({}, {})
        # Only those that are there already: moto takes long to make one, with its images and instance types.
        accounts = [_backend("ec2").get(account, {}) for account in {self._account, owner or self._account}]
        backends = [ec2 for regions in accounts if (ec2 := regions.get(self._region)) is not None]
        known = [found for ec2 in backends for found in ec2.describe_subnets() if found.id in subnets]
        groups = [found for ec2 in backends for found in ec2.describe_security_groups() if found.id in security_groups]
        return Network(
            {found.id: found.vpc_id for found in (*known, *groups)},
            {found.id: found.availability_zone for found in known},
        )

    @undisturbed
    def image(self, uri: str) -> Image | None:
        found = registry.find(uri)
        if found is None:
            return None
        policy = found.repository.policy
        admitted = found.reference.account == self._account or (policy is not None and roles.lets_us(policy, "ecr:BatchGetImage"))
        return Image(found.digest, admitted and found.reference.region == self._region)

    @undisturbed
    def role_trusts_us(self, role_arn: str) -> bool | None:
        return roles.trusts_us(role_arn, self._account, self._region, self._partition)

    @undisturbed
    def kms_key(self, arn: str) -> str | None:
        return keys.state_of(arn)

    @undisturbed
    def _bucket(self, name: str) -> FakeBucket | None:
        if "moto.s3.models" not in sys.modules:
            return None
        # Bucket names are global within a partition, whoever owns them.
        accounts = _backend("s3")
        for account in tuple(accounts):
            found: FakeBucket | None = accounts[account][self._partition].buckets.get(name)
            if found is not None:
                return found
        return None

    def _own(self, bucket: str) -> OwnBucket | None:
        from omics_mock.neighbours.own_buckets import OwnBucket

        found = self._s3(SERVICE_ACCOUNT).buckets.get(bucket)
        return found if isinstance(found, OwnBucket) else None

    def _opened(self, bucket: str) -> OwnBucket:
        from omics_mock.neighbours.own_buckets import OwnBucket, changing

        s3 = self._s3(SERVICE_ACCOUNT)
        with changing:
            found = s3.buckets.get(bucket)
            if not isinstance(found, OwnBucket):
                found = s3.buckets[bucket] = OwnBucket(bucket, self._region, s3)
        return found

    def _s3(self, account: str) -> S3Backend:
        found: S3Backend = backend_of("s3", account, self._partition)
        return found


def _has_below(bucket: FakeBucket, folder: str) -> bool:
    prefix = folder and f"{folder.rstrip('/')}/"
    return any(key.startswith(prefix) for key in tuple(bucket.keys))


def _backend(service: str) -> Any:
    from moto.backends import get_backend

    return get_backend(service)  # type: ignore[call-overload]  # any service
