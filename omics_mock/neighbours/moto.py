"""HealthOmics' neighbours as moto mocks them."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from omics_mock.neighbours import S3Object

if TYPE_CHECKING:
    from moto.s3.models import FakeBucket, S3Backend

SERVICE_ACCOUNT = "900000000001"
"""Owns what the service itself keeps in S3: no caller lists its buckets, and moto's reset empties it."""

_EXPIRES = 900


class MotoNeighbours:
    """moto's other services, seen by one account from one region."""

    def __init__(self, account: str, region: str, partition: str) -> None:
        self._account = account
        self._region = region
        self._partition = partition
        self._own_bucket = f"healthomics-{region}-{account}"

    def s3_object(self, bucket: str, key: str, *, read: bool = True) -> S3Object:
        uri = f"s3://{bucket}/{key}"
        found = self._bucket(bucket)
        if found is None:
            return S3Object(uri)
        stored = self._s3(found.account_id).get_object(bucket, key) if key else None
        owner, region = found.account_id, found.region_name
        if stored is None or not hasattr(stored, "value"):  # a delete marker has no value
            return S3Object(uri, region, owner)
        return S3Object(uri, region, owner, stored.value if read else None, stored.etag.strip('"'))

    def put_s3_object(self, bucket: str, key: str, body: bytes) -> None:
        found = self._bucket(bucket)
        if found is not None:
            self._s3(found.account_id).put_object(bucket, key, body)

    def publish(self, key: str, body: bytes) -> None:
        s3 = self._s3(SERVICE_ACCOUNT)
        if self._own_bucket not in s3.buckets:
            s3.create_bucket(self._own_bucket, self._region)
        s3.put_object(self._own_bucket, key, body)

    def presigned_url(self, key: str) -> str:
        from botocore.auth import S3SigV4QueryAuth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        suffix = "amazonaws.com.cn" if self._partition == "aws-cn" else "amazonaws.com"
        request = AWSRequest("GET", f"https://{self._own_bucket}.s3.{self._region}.{suffix}/{key}")
        S3SigV4QueryAuth(Credentials("AKIAHEALTHOMICSMOCK0", "secret"), "s3", self._region, _EXPIRES).add_auth(request)
        return str(request.url)

    def role_trusts_us(self, role_arn: str) -> bool | None:
        if "moto.iam.models" not in sys.modules:  # nobody can have made a role
            return None
        iam = _backend("iam")[self._account][self._partition]
        role = next((role for role in iam.roles.values() if role.arn == role_arn), None)
        return None if role is None else _trusts_us(role.assume_role_policy_document)

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

    def _s3(self, account: str) -> S3Backend:
        return _backend("s3")[account][self._partition]  # type: ignore[no-any-return]


def _backend(service: str) -> Any:
    from moto.backends import get_backend

    return get_backend(service)  # type: ignore[call-overload]


def _trusts_us(document: str | dict[str, Any] | None) -> bool:
    policy = json.loads(document) if isinstance(document, str) else document or {}
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else [principal]
        allowed = services if isinstance(services, list) else [services]
        if statement.get("Effect") == "Allow" and {"omics.amazonaws.com", "*"} & set(allowed):
            return True
    return False
