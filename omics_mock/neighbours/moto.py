"""HealthOmics' neighbours as moto mocks them."""

from __future__ import annotations

import sys
import threading
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
from omics_mock.neighbours.backends import backend_of
from omics_mock.neighbours.log_groups import LogGroup

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket, FakeKey, S3Backend

    from omics_mock.content import Content

_EXPIRES = 900
_changing = threading.RLock()  # moto's S3 has no lock of its own


class MotoNeighbours:
    """moto's other services, seen by one account from one region."""

    def __init__(self, account: str, region: str, partition: str) -> None:
        self._account = account
        self._region = region
        self._partition = partition
        self._own_bucket = f"healthomics-{region}-{account}"
        self._log_group = LogGroup(account, region)

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

    def may_write(self, bucket: str, key: str, role_arn: str) -> bool:
        found = self._bucket(bucket)
        if found is None:
            return True  # pragma: no cover - only asked about buckets that are there, which somebody may delete meanwhile
        access = Access("s3:PutObject", f"arn:{self._partition}:s3:::{bucket}/{key}", role_arn, self._account, {})
        return bucket_policies.may(access, found.policy, found.account_id)

    def put_s3_object(self, bucket: str, key: str, body: bytes) -> None:
        found = self._bucket(bucket)
        if found is not None:
            self._s3(found.account_id).put_object(bucket, key, body)

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

    def open(self, bucket: str) -> None:
        s3 = self._s3(SERVICE_ACCOUNT)
        with _changing:
            if bucket not in s3.buckets:
                s3.create_bucket(bucket, self._region)

    def close(self, bucket: str) -> None:
        s3 = self._s3(SERVICE_ACCOUNT)
        with _changing:
            if bucket in s3.buckets:
                for key in tuple(s3.buckets[bucket].keys):
                    self.withdraw(bucket, key)
                s3.delete_bucket(bucket)

    def offer(self, bucket: str, key: str, content: Content, tags: Mapping[str, str]) -> None:
        from moto.s3.models import FakeKey

        shown = FakeKey(key, b"", SERVICE_ACCOUNT, self._region, version_id="null", bucket_name=bucket)
        shown._value_buffer.close()
        shown._value_buffer = _SharedFile(content)  # type: ignore[assignment]
        shown.contentsize = content.length
        s3 = self._s3(SERVICE_ACCOUNT)
        with _changing:
            self.open(bucket)
            _set_tags(s3, shown, tags)
            s3.buckets[bucket].keys.setlist(key, [shown])

    def withdraw(self, bucket: str, key: str) -> None:
        s3 = self._s3(SERVICE_ACCOUNT)
        with _changing:
            shown = self._shown(bucket, key)
            if shown is not None:
                s3.tagger.delete_all_tags_for_resource(shown.arn)
                s3.buckets[bucket].keys.pop(key)

    def retag(self, bucket: str, key: str, tags: Mapping[str, str]) -> None:
        with _changing:
            shown = self._shown(bucket, key)
            if shown is not None:
                _set_tags(self._s3(SERVICE_ACCOUNT), shown, tags)

    def offered(self, bucket: str, key: str) -> Offered | None:
        shown = self._shown(bucket, key)
        file: object = getattr(shown, "_value_buffer", None)
        if shown is None or not isinstance(file, _SharedFile) or file.content is None:
            return None
        return Offered(file.content, self._s3(SERVICE_ACCOUNT).tagger.get_tag_dict_for_resource(shown.arn))

    def awaits_events(self) -> bool:
        return event_bus.has_rules(self._account, self._region)

    def put_event(self, event: Mapping[str, Any]) -> None:
        event_bus.put(event)

    def put_log_events(self, logged: Logged) -> None:
        self._log_group.put(logged)

    def show_log_events(self) -> None:
        self._log_group.write()

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

    def image(self, uri: str) -> Image | None:
        found = registry.find(uri)
        if found is None:
            return None
        policy = found.repository.policy
        admitted = found.reference.account == self._account or (policy is not None and roles.lets_us(policy, "ecr:BatchGetImage"))
        return Image(found.digest, admitted and found.reference.region == self._region)

    def role_trusts_us(self, role_arn: str) -> bool | None:
        return roles.trusts_us(role_arn, self._account, self._region, self._partition)

    def kms_key(self, arn: str) -> str | None:
        return keys.state_of(arn)

    def _bucket(self, name: str) -> FakeBucket | None:
        if "moto.s3.models" not in sys.modules:
            return None
        # Bucket names are global within a partition, whoever owns them.
        accounts = _backend("s3")
        for account in tuple(accounts):
            found = accounts[account][self._partition].buckets.get(name)
            if found is not None:
                return found  # type: ignore[no-any-return]
        return None

    def _shown(self, bucket: str, key: str) -> FakeKey | None:
        found = self._s3(SERVICE_ACCOUNT).buckets.get(bucket)
        return None if found is None else found.keys.get(key)

    def _s3(self, account: str) -> S3Backend:
        found: S3Backend = backend_of("s3", account, self._partition)
        return found


def _has_below(bucket: FakeBucket, folder: str) -> bool:
    prefix = folder and f"{folder.rstrip('/')}/"
    return any(key.startswith(prefix) for key in tuple(bucket.keys))


class _SharedFile:
    """A content as one of moto's keys reads it: several threads at once, each from the start, and not all with the key's lock."""

    def __init__(self, content: Content) -> None:
        self.content: Content | None = content
        self._streams = threading.local()

    def seek(self, offset: int) -> None:
        if self.content is None:
            raise ValueError("the object is gone")
        self._streams.own = self.content.open(offset)

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._streams.own.read(size)
        return found

    def close(self) -> None:
        """Let the bytes go: moto remembers every key until it is reset."""
        self.content = None
        self._streams = threading.local()


def _set_tags(s3: S3Backend, key: FakeKey, tags: Mapping[str, str]) -> None:
    s3.tagger.delete_all_tags_for_resource(key.arn)
    s3.tagger.tag_resource(key.arn, s3.tagger.convert_dict_to_tags_input(dict(tags)))


def _backend(service: str) -> Any:
    from moto.backends import get_backend

    return get_backend(service)  # type: ignore[call-overload]
