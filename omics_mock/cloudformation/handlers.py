"""Creating, updating and deleting a resource as CloudFormation does: it waits until the service is done with it.

Source: AWS CloudFormation User Guide, "Update behaviors of stack resources"; the handlers of AWS's open-source providers of
``AWS::Omics`` resources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from omics_mock.cloudformation.calls import Answered, Refused, Service
from omics_mock.cloudformation.properties import attribute, members, tags
from omics_mock.cloudformation.resource_types import ResourceType

_POLICY = "S3AccessPolicy"  # a property that has operations of its own


class Handler:
    """What is done with the resources of one type in one account and region."""

    def __init__(self, kind: ResourceType, account: str, region: str) -> None:
        self._kind = kind
        self._service = Service(kind.service, account, region)

    def create(self, properties: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        """Make a resource: what it is found by, and its attributes. What can not be finished is taken away again."""
        answer = self._call("Create", self._members("Create", _in_the_request(properties)))
        key = {member: answer[member] for member in self._kind.key.split()}
        try:
            attributes = self.attributes(key)
            self.put_policy(key, {}, properties)
        except Refused:
            with suppress(Refused):
                self.delete(key)
            raise
        return key, attributes

    def update(self, key: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Change in place what differs."""
        changed = {name: value for name, value in after.items() if before.get(name) != value}
        changed |= {name: value for name, value in self._kind.emptied.items() if name in before and name not in after}
        if wanted := {name: value for name, value in _in_the_request(changed).items() if name != "Tags"}:
            self._call("Update", {**self._members("Update", wanted), **key})

    def put_policy(self, key: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Put another S3 access policy, or take it away."""
        if before.get(_POLICY) == after.get(_POLICY):
            return
        access_point = {"s3AccessPointArn": self.attributes(key)["S3AccessPointArn"]}
        if _POLICY in after:
            self._service.call("PutS3AccessPolicy", {**access_point, "s3AccessPolicy": json.dumps(after[_POLICY])})
        else:
            self._service.call("DeleteS3AccessPolicy", access_point)

    def tag(self, key: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Change the tags that differ; those that others have set stay."""
        old, new = (tags(properties.get("Tags", {})) for properties in (before, after))
        if old == new:
            return
        arn = _arn(self._get(key))
        if changed := {name: value for name, value in new.items() if old.get(name) != value}:
            self._service.call("TagResource", {"resourceArn": arn, "tags": changed})
        if gone := [name for name in old if name not in new]:
            self._service.call("UntagResource", {"resourceArn": arn, "tagKeys": gone})

    def delete(self, key: Mapping[str, str]) -> None:
        """Delete a resource, which may be gone already."""
        try:
            self._call("Delete", key)
            left = self._get(key)
        except Answered as refusal:
            if refusal.code != "ResourceNotFoundException":
                raise
            return
        if left.get("status") == "DELETING":  # else it is gone at once, or a test answers for the service
            self._service.settle(_arn(left), "DELETED")

    def attributes(self, key: Mapping[str, str]) -> dict[str, Any]:
        """The attributes of a resource that the service is done with."""
        found = self._get(key)
        if found.get("status", "CREATING") in ("CREATING", "UPDATING"):  # older models do not show every status
            self._service.settle(_arn(found), "ACTIVE", "FAILED")
            found = self._get(key) if "status" in found else found
        if found.get("status", "ACTIVE") != "ACTIVE":
            raise Answered(found.get("statusMessage") or f"The resource is {found['status']}", "NotStabilized")
        return {name: attribute(self._kind, name, found) for name in {*self._kind.attributes, self._kind.identifier}}

    def _members(self, verb: str, properties: Mapping[str, Any]) -> dict[str, Any]:
        operation = verb + self._kind.noun
        return members(self._kind, operation, self._service.shape(operation), properties)

    def _get(self, key: Mapping[str, str]) -> dict[str, Any]:
        return self._call("Get", key)

    def _call(self, verb: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return self._service.call(verb + self._kind.noun, params)


def _arn(found: Mapping[str, Any]) -> str:
    arn: str = found.get("arn") or found.get("storeArn") or found["workflow"]["arn"]  # Image Builder's answer has more in it
    return arn


def _in_the_request(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != _POLICY}
