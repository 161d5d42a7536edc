"""Our resources in moto's Resource Groups Tagging API.

Up to 5.1 moto lists the services it looks into one by one in the methods of its backend, later it asks backends that have a mixin.
The methods themselves have the same names in 5.0.14, 5.1.22 and 5.2.5, so they are what is extended here. Only ``untag_resources``
is missing in 5.0.14, where moto does not serve UntagResources at all.

Source: Resource Groups Tagging API Reference, GetResources, TagResources, UntagResources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import wraps
from typing import Any, NamedTuple

from moto.resourcegroupstaggingapi import models

from omics_mock.cloudformation.calls import BACKENDS, Answered, Refused, Service

Method = Callable[..., Any]


class Tagged(NamedTuple):
    """A resource of ours with its tags."""

    arn: str
    tags: Mapping[str, str]

    @property
    def resource_type(self) -> str:
        """As filters name it: ``omics:workflow``."""
        _, _, service, _, _, resource = self.arn.split(":", 5)
        return f"{service}:{resource.partition('/')[0]}"

    def fits(self, filters: Iterable[Mapping[str, Any]], types: Sequence[str], arns: Sequence[str]) -> bool:
        """Whether it passes all filters of tags, and one of each of the lists that are not empty."""
        return (
            all(f["Key"] in self.tags and (not f.get("Values") or self.tags[f["Key"]] in f["Values"]) for f in filters)
            and (not types or self.resource_type in types or self.resource_type.partition(":")[0] in types)
            and (not arns or self.arn in arns)
        )


def extend() -> None:
    """Show our resources from now on."""
    backend: Any = models.ResourceGroupsTaggingAPIBackend
    backend._get_resources_generator = _with_resources(backend._get_resources_generator)
    backend._get_tag_keys_generator = _with_keys(backend._get_tag_keys_generator)
    backend._get_tag_values_generator = _with_values(backend._get_tag_values_generator)
    backend.tag_resources = _tagging("TagResource", "tags", backend.tag_resources)
    if hasattr(backend, "untag_resources"):  # pragma: no branch - older versions of moto
        backend.untag_resources = _tagging("UntagResource", "tagKeys", backend.untag_resources)


def _with_resources(theirs: Method) -> Method:
    @wraps(theirs)
    def resources(backend: Any, tag_filters: Any = None, resource_type_filters: Any = None, **more: Any) -> Iterator[Any]:
        yield from theirs(backend, tag_filters=tag_filters, resource_type_filters=resource_type_filters, **more)
        for found in _tagged(backend):
            if found.fits(tag_filters or (), resource_type_filters or (), more.get("resource_arn_list") or ()):
                yield _as_moto_has_it(found)

    return resources


def _with_keys(theirs: Method) -> Method:
    @wraps(theirs)
    def keys(backend: Any) -> Iterator[str]:
        yield from theirs(backend)
        for found in _tagged(backend):
            yield from found.tags

    return keys


def _with_values(theirs: Method) -> Method:
    @wraps(theirs)
    def values(backend: Any, tag_key: str) -> Iterator[str]:
        yield from theirs(backend, tag_key)
        for found in _tagged(backend):
            if tag_key in found.tags:
                yield found.tags[tag_key]

    return values


def _tagging(operation: str, member: str, theirs: Method) -> Method:
    """moto calls both with keywords: the ARNs first, then the tags or their keys."""

    @wraps(theirs)
    def change(backend: Any, **asked: Any) -> dict[str, dict[str, Any]]:
        (arns_name, arns), (changes_name, changes) = asked.items()
        ours = [arn for arn in arns if _service_of(arn) in BACKENDS]
        others = [arn for arn in arns if arn not in ours]
        failed: dict[str, dict[str, Any]] = theirs(backend, **{arns_name: others, changes_name: changes}) if others else {}
        for arn in ours:
            try:
                service = Service(_service_of(arn), backend.account_id, backend.region_name)
                service.call(operation, {"resourceArn": arn, member: changes})
            except Refused as refused:
                failed[arn] = _failure(refused)
        return failed

    return change


def _failure(refused: Refused) -> dict[str, Any]:
    status = 404 if isinstance(refused, Answered) and refused.code == "ResourceNotFoundException" else 400
    return {"StatusCode": status, "ErrorCode": "InvalidParameterException", "ErrorMessage": str(refused)}


def _tagged(backend: Any) -> Iterator[Tagged]:
    """Whatever of ours has tags in the account and region."""
    for backends in BACKENDS.values():
        ours = dict.get(dict.get(backends, backend.account_id, {}), backend.region_name)
        if ours is not None:
            with ours.state.lock:
                records = [record for table in ours.state.tables().values() for record in table]
                records += [version for record in records for version in getattr(record, "versions", ())]
                found = [Tagged(_arn(record), dict(record["tags"])) for record in records if record.get("tags") and _arn(record)]
            yield from found


def _arn(record: Mapping[str, Any]) -> str:
    return record.get("arn") or record.get("storeArn") or record.get("versionArn") or ""


def _service_of(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") >= 5 else ""


def _as_moto_has_it(found: Tagged) -> Any:
    """In newer versions an object of moto's, in older ones what goes on the wire."""
    if hasattr(models, "TaggedResource"):
        return models.TaggedResource(found.arn, dict(found.tags), found.resource_type)
    tags = [{"Key": key, "Value": value} for key, value in found.tags.items()]  # pragma: no cover - older versions of moto
    return {"ResourceARN": found.arn, "Tags": tags}  # pragma: no cover - as above
