"""The container images of tasks: where they are pulled from, and what may be wrong with that.

Source: AWS HealthOmics User Guide, "Container images for private workflows", "Run failure reasons".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from omics_mock.neighbours import Image
from omics_mock.neighbours.registry import parse

_DOCKER_HUB: Final = ("docker.io", "index.docker.io", "registry-1.docker.io")
_ROOT: Final = "ROOT"
"""What stands in a mapping for no prefix at all."""


class Resolved(NamedTuple):
    """The image that is pulled, and the one the definition names when that is another."""

    image: str
    source: str | None = None


class _Parts(NamedTuple):
    """An image as docker reads it: ``ubuntu:22.04`` is ``docker.io``, ``library/ubuntu`` and ``:22.04``."""

    registry: str
    repository: str
    version: str


def resolve(image: str, registry_map: Mapping[str, Any] | None, account: str, region: str) -> Resolved:
    """Redirect an image as the workflow's container registry map says; what it says of one image comes first."""
    registry_map, parts = registry_map or {}, _parts(image)
    for mapping in registry_map.get("imageMappings", ()):
        source = mapping.get("sourceImage", "")
        if "destinationImage" in mapping and (source == image or _tagged(_parts(source)) == _tagged(parts)):
            return Resolved(mapping["destinationImage"], image)
    upstream = [(_prefix(mapping, "upstreamRepositoryPrefix"), mapping) for mapping in registry_map.get("registryMappings", ())]
    for prefix, mapping in sorted(upstream, key=lambda each: -len(each[0])):  # the one that says most of the repository counts
        if _registry(mapping.get("upstreamRegistryUrl", "")) == parts.registry and parts.repository.startswith(prefix):
            repository = _prefix(mapping, "ecrRepositoryPrefix") + parts.repository.removeprefix(prefix)
            registry = f"{mapping.get('ecrAccountId', account)}.dkr.ecr.{region}.amazonaws.com"
            return Resolved(f"{registry}/{repository}{parts.version}", image)
    return Resolved(image)


def image_details(resolved: Resolved, found: Image | None) -> dict[str, str]:
    """What GetRunTask says of the image of a task."""
    details = {"image": resolved.image, "imageDigest": image_digest(resolved.image, found)}
    return details if resolved.source is None else details | {"sourceImage": resolved.source}


def image_digest(image: str, found: Image | None) -> str:
    """The digest that ECR or the URI itself knows, else one that is the same for the same URI."""
    if found is not None and found.digest is not None:
        return found.digest
    _, _, digest = image.rpartition("@")
    return digest if digest.startswith("sha256:") else f"sha256:{hashlib.sha256(image.encode()).hexdigest()}"


def image_failure(image: str, found: Image | None, strict: bool) -> tuple[str, dict[str, str]] | None:
    """Why a task can not have its image, as the code of the failure and what its message is about; only looked at when strict."""
    if not strict:
        return None
    code = None
    if parse(image) is None:
        code = "INVALID_ECR_IMAGE_URI"
    elif found is None or not found.admits_us:
        code = "ECR_PERMISSION_ERROR"
    elif found.digest is None:
        code = "IMAGE_VERIFICATION_FAILURE"
    return None if code is None else (code, {"image": image})


def _parts(image: str) -> _Parts:
    name, at, digest = image.partition("@")
    folder, slash, last = name.rpartition("/")
    last, colon, tag = last.partition(":")
    registry, _, repository = (folder + slash + last).partition("/")
    if not repository or not ("." in registry or ":" in registry or registry == "localhost"):
        registry, repository = _DOCKER_HUB[0], folder + slash + last
    registry = _registry(registry)
    if registry == _DOCKER_HUB[0] and "/" not in repository:
        repository = f"library/{repository}"
    return _Parts(registry, repository, colon + tag + at + digest)


def _tagged(parts: _Parts) -> _Parts:
    return parts if parts.version else parts._replace(version=":latest")


def _registry(url: str) -> str:
    host = url.partition("://")[2] or url
    host = host.rstrip("/")
    return _DOCKER_HUB[0] if host in _DOCKER_HUB else host


def _prefix(mapping: Mapping[str, Any], member: str) -> str:
    prefix = mapping.get(member, _ROOT).strip("/")
    return "" if prefix in ("", _ROOT) else f"{prefix}/"
