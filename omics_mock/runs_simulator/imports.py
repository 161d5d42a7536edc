"""What keeps a run from getting its inputs and images, as the service finds it out once the run has started."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from omics_mock import settings
from omics_mock.backends import run_settings
from omics_mock.runs_simulator.failures import Failure, message
from omics_mock.runs_simulator.images import image_failure, resolve
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.run_records import Run
    from omics_mock.neighbours import S3Object

_OMICS_URI: Final = re.compile(
    r"omics://([0-9]{12})\.storage\.([a-z0-9-]+)\.amazonaws\.com/([0-9]{10,36})/(readSet|reference)/([0-9]{10,36})"
    r"(?:/(?:source[12]?|index))?"
)
_KEY_OF_READ_SET: Final = re.compile(r"[0-9]{12}/sequenceStore/([0-9]{10,36})/readSet/([0-9]{10,36})/.+", re.DOTALL)


def role_failure(region: RegionState, run: Run) -> Failure | None:
    """The role is looked at again when the run begins: it may be gone, or trust another service by now."""
    trusts_us = region.neighbours.role_trusts_us(run["roleArn"])
    gone = trusts_us is None and run.around.role_trusts_us is True
    return Failure("ASSUME_ROLE_FAILED") if gone or trusts_us is False else None


def import_failure(region: RegionState, run: Run) -> Failure | None:
    """The first thing that is wrong with what a run needs before it has tasks."""
    return next(_failures(region, run), None)


def _failures(region: RegionState, run: Run) -> Iterator[Failure]:
    if version := run_settings.unknown_engine_version(run.asked, run.workflow):
        yield _failure("WORKFLOW_VER_VALIDATION_FAILED", version=version, latest=run_settings.LATEST_NEXTFLOW)
    for task in run.script.tasks:
        if task.asked.instance is None:
            yield _failure("INVALID_TASK_RESOURCE_VALUE", id=task.asked.name)
    for image in dict.fromkeys(task.asked.image for task in run.script.tasks if settings.options().strict):
        if image is not None:
            yield from _of_image(region, run, image)
    for uri in _uris(run.get("parameters")):
        yield from _of_omics_uri(region, uri) if uri.startswith("omics:") else _of_s3_uri(uri)
    for known in run.around.inputs:
        yield from _of_object(region, known)


def _of_image(region: RegionState, run: Run, image: str) -> Iterator[Failure]:
    pulled = resolve(image, run.workflow.get("containerRegistryMap"), region.account, region.region).image
    if wrong := image_failure(pulled, region.neighbours.image(pulled), strict=True):
        code, facts = wrong
        yield _failure(code, **facts)


def _uris(value: object) -> Iterator[str]:
    """Every string of a JSON value that points into S3 or into a store."""
    if isinstance(value, str):
        if value.startswith(("s3://", "omics://")):
            yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _uris(item)


def _of_s3_uri(uri: str) -> Iterator[Failure]:
    if not rules.is_s3_uri(uri):
        yield _failure("INVALID_URI_INPUT", uri=uri)


def _of_omics_uri(region: RegionState, uri: str) -> Iterator[Failure]:
    parts = _OMICS_URI.fullmatch(uri)
    if parts is None:
        yield _failure("INVALID_URI_INPUT", uri=uri)
        return  # pragma: no cover - nobody asks for more than the first failure
    account, place, store, kind, key = parts.groups()
    if (account, place) != (region.account, region.region):
        return  # nobody here can tell
    if kind == "reference":
        if region.reference_stores.references.find(key, store) is None:
            yield _failure("INPUT_URI_NOT_FOUND", uri=uri)
    else:
        yield from _of_read_set(region, store, key, uri)


def _of_read_set(region: RegionState, store: str, key: str, uri: str) -> Iterator[Failure]:
    read_set = region.read_sets.table.find(key, store)
    if read_set is None:
        yield _failure("INPUT_URI_NOT_FOUND", uri=uri)
    elif read_set.status != "ACTIVE":
        yield _failure("INACTIVE_OMICS_STORAGE_RESOURCE")


def _of_object(region: RegionState, known: S3Object) -> Iterator[Failure]:
    """An object may never have been there, be gone, or be another one than when the run was started."""
    bucket, key = rules.parse_s3_uri(known.uri, "parameters")
    if region.sequence_stores.by_alias(bucket) is not None and (parts := _KEY_OF_READ_SET.fullmatch(key)):
        yield from _of_read_set(region, parts[1], parts[2], known.uri)
        return
    if not known.bucket_exists:
        return
    now = region.neighbours.s3_object(bucket, key, read=False)
    if not now.exists and not now.is_folder:
        yield _failure("INPUT_URI_NOT_FOUND", uri=known.uri)
    elif now.etag != known.etag:
        yield _failure("MODIFIED_INPUT_RESOURCE", uri=known.uri)


def _failure(code: str, **facts: object) -> Failure:
    return Failure(code, message(code, **facts))
