"""Tags of every taggable resource.

Source: AWS HealthOmics API Reference, TagResource, UntagResource, ListTagsForResource; User Guide, "Tagging resources".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omics_mock.backends.base import Backend, Params
from omics_mock.exceptions import OmicsError, ResourceNotFoundException, ValidationException
from omics_mock.tables import Record
from omics_mock.validation import rules


class Tags(Backend):
    """Resolves an ARN through the families and changes the tags of what it finds."""

    operations = ("TagResource", "UntagResource", "ListTagsForResource")

    def tag_resource(self, params: Params) -> None:
        """Add tags or change their values."""
        family, resource = self._find(params["resourceArn"])
        rules.check_tags(params["tags"], existing=resource["tags"])
        resource["tags"] = {**resource["tags"], **params["tags"]}
        family.tagged(resource)

    def untag_resource(self, params: Params) -> None:
        """Take tags away; keys the resource does not have are ignored."""
        family, resource = self._find(params["resourceArn"])
        rules.check_tag_keys(params["tagKeys"])
        resource["tags"] = {key: value for key, value in resource["tags"].items() if key not in params["tagKeys"]}
        family.tagged(resource)

    def list_tags_for_resource(self, params: Params) -> dict[str, Any]:
        """The tags of a resource."""
        return {"tags": self._find(params["resourceArn"])[1]["tags"]}

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """The tags of whatever an ARN names; none when that is nothing that has tags."""
        try:
            tags: Mapping[str, str] = self._find(arn)[1]["tags"]
        except OmicsError:
            return {}
        return tags

    def _find(self, arn: str) -> tuple[Backend, Record]:
        resource = _resource_part(arn)
        kind, *inner = resource.split("/")[::2]
        families = {kind: family for family in self.region.families for kind in family.taggable}
        family = families.get("/".join((kind, *inner)), families.get(kind))
        if family is None or "/" not in resource:
            raise ValidationException(f"resourceArn: {arn} is not the ARN of a HealthOmics resource that can be tagged")
        found = family.find_by_arn(resource) if arn == self.region.arn(resource) else None
        if found is None:
            raise ResourceNotFoundException(f"Resource {arn} not found")
        return family, found


def _resource_part(arn: str) -> str:
    match arn.split(":", 5):
        case ["arn", _, "omics", _, _, resource]:
            return resource
    raise ValidationException(f"resourceArn: {arn} is not the ARN of a HealthOmics resource")
