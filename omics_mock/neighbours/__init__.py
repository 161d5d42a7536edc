"""What HealthOmics reads and writes in other services."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from omics_mock.content import Content

SERVICE_ACCOUNT = "900000000001"
"""Owns what the service itself keeps in S3: no caller lists its buckets, and a reset empties it."""

LogEvent: TypeAlias = tuple[datetime, str]
"""When it happened and what is to be read."""

Logged: TypeAlias = Callable[[], Iterable[tuple[str, Sequence[LogEvent]]]]
"""Puts into words what there is to log: streams and the events each of them gets."""


@dataclass(frozen=True, slots=True)
class S3Object:
    """The outcome of looking an S3 object up: which of its bucket and itself exist, and what it holds."""

    uri: str
    bucket_region: str | None = None
    bucket_owner: str | None = None
    body: bytes | None = None
    etag: str | None = None
    is_folder: bool = False
    """Whether there are objects below it, when there is none of that name."""

    @property
    def bucket_exists(self) -> bool:
        return self.bucket_region is not None

    @property
    def exists(self) -> bool:
        return self.body is not None or self.etag is not None


class Offered(NamedTuple):
    """A file shown as an object of a bucket of the service's own."""

    content: Content
    tags: dict[str, str]


@dataclass(frozen=True)
class Network:
    """The subnets and security groups that exist: their VPCs, and the Availability Zones of the subnets, by their ids."""

    vpcs: Mapping[str, str]
    zones: Mapping[str, str]


@dataclass(frozen=True)
class Image:
    """An image of a private repository that ECR has: its digest if it is there itself, and whether the service may pull it."""

    digest: str | None
    admits_us: bool


class Neighbours(Protocol):
    """The other services as one account sees them. Never called while a lock of ours is held, but for what only looks."""

    def s3_object(self, bucket: str, key: str, *, read: bool = True) -> S3Object:
        """Look an object up; its bytes only if asked for. Callable under a lock when they are not."""

    def may_write(self, bucket: str, key: str, role_arn: str) -> bool:
        """Whether the bucket lets a role of this account write there; callable under a lock, for it only looks."""

    def put_s3_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object if the bucket exists."""

    def publish(self, key: str, body: bytes) -> None:
        """Put something of the service's own where a presigned URL finds it."""

    def presigned_url(self, key: str) -> str:
        """The URL of something published; callable under a lock, for it only signs."""

    def awaits_events(self) -> bool:
        """Whether the account has rules for events in this region; callable under a lock, for it only looks."""

    def put_event(self, event: Mapping[str, Any]) -> None:
        """Hand an event to the default bus of the account and region it names."""

    def put_log_events(self, logged: Logged) -> None:
        """Write to the streams of the service's log group, in the order of the calls; called back once somebody can read them."""

    def show_log_events(self) -> None:
        """Write what nobody could read so far."""

    def network(self, subnets: Sequence[str], security_groups: Sequence[str], owner: str | None) -> Network:
        """Look subnets and security groups up, also among those of an account that shares its VPC."""

    def image(self, uri: str) -> Image | None:
        """Look a container image up; None when ECR has no such repository. Callable under a lock, for it only looks."""

    def role_trusts_us(self, role_arn: str) -> bool | None:
        """Whether the service may assume the role here; None when the account has no roles at all to tell by.

        Callable under a lock, for it only looks.
        """

    def kms_key(self, arn: str) -> str | None:
        """The state of a KMS key, in KMS's words; None when there is no such key."""

    def open(self, bucket: str) -> None:
        """Make a bucket of the service's own in this region, unless it is there."""

    def close(self, bucket: str) -> None:
        """Take such a bucket away with all that is in it."""

    def offer(self, bucket: str, key: str, content: Content, tags: Mapping[str, str]) -> None:
        """Show a file as an object of such a bucket, made when needed. Its bytes are not copied."""

    def withdraw(self, bucket: str, key: str) -> None:
        """Show it no longer."""

    def retag(self, bucket: str, key: str, tags: Mapping[str, str]) -> None:
        """Give what is offered other tags."""

    def offered(self, bucket: str, key: str) -> Offered | None:
        """What is shown there, if anything."""
