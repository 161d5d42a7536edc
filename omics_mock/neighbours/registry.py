"""The private repositories of moto's ECR."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from moto.ecr.models import Image, Repository

_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_URI = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)"
    rf"/(?P<repository>{_PART}(?:/{_PART})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>sha256:[0-9a-f]{{64}}))?",
    re.ASCII,
)


class Reference(NamedTuple):
    """What the URI of an image in a private repository says."""

    account: str
    region: str
    repository: str
    tag: str | None
    digest: str | None


class Found(NamedTuple):
    """A repository, and the digest of the image if it is there."""

    reference: Reference
    repository: Repository
    digest: str | None


def parse(uri: str) -> Reference | None:
    """Read the URI of an image in a private repository; None for any other text."""
    found = _URI.fullmatch(uri)
    return Reference(**found.groupdict()) if found else None


def find(uri: str) -> Found | None:
    """Look an image up; None when there is no such repository."""
    if (reference := parse(uri)) is None or "moto.ecr.models" not in sys.modules:
        return None
    from moto.backends import get_backend

    accounts: Any = get_backend("ecr")
    registry = accounts.get(reference.account, {}).get(reference.region)  # nobody has made a repository in any other
    repository = registry and registry.repositories.get(reference.repository)
    if not repository:
        return None
    image = next((image for image in tuple(repository.images) if _is_meant(image, reference)), None)
    return Found(reference, repository, None if image is None else image.get_image_digest())


def _is_meant(image: Image, reference: Reference) -> bool:
    if reference.digest is not None:  # it counts, whatever tag stands beside it
        return bool(image.get_image_digest() == reference.digest)
    return (reference.tag or "latest") in image.image_tags
