"""What HealthOmics reads and writes in other services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class S3Object:
    """The outcome of looking an S3 object up: which of its bucket and itself exist, and what it holds."""

    uri: str
    bucket_region: str | None = None
    bucket_owner: str | None = None
    body: bytes | None = None
    etag: str | None = None

    @property
    def bucket_exists(self) -> bool:
        return self.bucket_region is not None

    @property
    def exists(self) -> bool:
        return self.body is not None or self.etag is not None


class Neighbours(Protocol):
    """The other services as one account sees them. Never called while a lock of ours is held."""

    def s3_object(self, bucket: str, key: str, *, read: bool = True) -> S3Object:
        """Look an object up; its bytes only if asked for."""

    def put_s3_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object if the bucket exists."""

    def publish(self, key: str, body: bytes) -> None:
        """Put something of the service's own where a presigned URL finds it."""

    def presigned_url(self, key: str) -> str:
        """The URL of something published; callable under a lock, for it only signs."""

    def role_trusts_us(self, role_arn: str) -> bool | None:
        """Whether the service may assume the role; None when there is no such role."""
