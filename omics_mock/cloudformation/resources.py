"""The models of our types of resources, as moto's CloudFormation looks for them.

moto collects the direct subclasses of ``CloudFormationModel`` once, when it needs them first, and remembers them in three caches.
This has been so in 5.0.14, 5.1.22 and 5.2.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

from moto.cloudformation import models as stacks
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.core.common_models import CloudFormationModel

from omics_mock.cloudformation.calls import Refused
from omics_mock.cloudformation.handlers import Handler
from omics_mock.cloudformation.properties import check, with_tags
from omics_mock.cloudformation.resource_types import RESOURCE_TYPES, ResourceType


@dataclass
class Update:
    """An update of a stack under way."""

    undo: list[Callable[[], object]] = field(default_factory=list)
    cleanup: list[Resource] = field(default_factory=list)
    """What is deleted once everything else has succeeded."""
    replaced: int = 0
    failed: dict[str, Refused] = field(default_factory=dict)
    """By logical id: moto tries again what has failed."""


update_under_way: ContextVar[Update | None] = ContextVar("update_under_way", default=None)


class Resource:
    """A resource of a stack."""

    kind: ClassVar[ResourceType]

    def __new__(cls, *_: object) -> Resource:
        return object.__new__(cls)  # moto's own would list it on the dashboard, where the service's records are already

    def __init__(
        self,
        logical_id: str,
        handler: Handler,
        properties: Mapping[str, Any],
        stack_tags: Mapping[str, str],
        key: Mapping[str, str],
        attributes: Mapping[str, Any],
    ) -> None:
        self.logical_resource_id = logical_id
        self.handler = handler
        self.properties = properties
        self.stack_tags = stack_tags
        self.key = key
        self.attributes = attributes
        self.retained = False
        self.failure: Refused | None = None

    # What moto asks of the class

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.kind.name

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.kind.attributes

    @classmethod
    def create_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str, **kwargs: Any
    ) -> Resource:
        """Make the resource with the tags of its stack and its own."""
        properties, logical_id = cloudformation_json["Properties"], kwargs["LogicalId"]
        stack = stacks.cloudformation_backends[account_id][region_name].stacks.get(kwargs["StackId"])
        with _telling(logical_id, cls.kind, "CREATE"):
            made = cls._create(logical_id, properties, dict(stack.tags) if stack else {}, account_id, region_name)
        made.retained = _is_retained(cloudformation_json, "DeletionPolicy")
        return made

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: Mapping[str, Any],
        account_id: str,
        region_name: str,
    ) -> Resource | Absent:
        """Change the resource in place, or make another one in its place."""
        if original_resource is None:
            return Absent()
        properties, logical_id = cloudformation_json["Properties"], original_resource.logical_resource_id
        update = update_under_way.get() or Update()
        if logical_id in update.failed:
            raise update.failed[logical_id]
        try:
            with _telling(logical_id, cls.kind, "UPDATE"):
                if isinstance(original_resource, Absent):
                    resource = cls._create(logical_id, properties, {}, account_id, region_name)
                elif not isinstance(original_resource, cls):
                    raise Refused(
                        f"Update of resource type is not permitted. The new template modifies resource type of: {logical_id}"
                    )
                else:
                    resource = original_resource._updated(properties, update, account_id, region_name)
        except Refused as refused:
            refused.physical_id = original_resource.physical_resource_id
            update.failed[logical_id] = refused
            raise
        if resource.key != getattr(original_resource, "key", resource.key):
            update.replaced += 1
            if not _is_retained(cloudformation_json, "UpdateReplacePolicy"):
                update.cleanup.append(original_resource)
        resource.retained = _is_retained(cloudformation_json, "DeletionPolicy")
        return resource

    @classmethod
    def delete_from_cloudformation_json(
        cls, resource_name: str, cloudformation_json: Mapping[str, Any], account_id: str, region_name: str
    ) -> None:
        """Nothing: every resource that was made has a ``delete`` of its own."""

    # What moto asks of a resource

    @property
    def physical_resource_id(self) -> str:
        """What Ref answers."""
        return str(self.attributes[self.kind.identifier])

    def get_cfn_attribute(self, attribute_name: str) -> Any:
        """What Fn::GetAtt answers."""
        if attribute_name not in self.kind.attributes:
            raise UnformattedGetAttTemplateException
        return self.attributes[attribute_name]

    def is_created(self) -> bool:
        return True

    def delete(self, account_id: str, region_name: str) -> None:
        """Delete it; in an update that is left for the end, so that nothing is lost if the update fails."""
        update = update_under_way.get()
        if update is not None:
            if not self.retained:  # what moto looks at only when the whole stack is deleted
                update.cleanup.append(self)
            return
        self.failure = None
        try:
            with _telling(self.logical_resource_id, self.kind, "DELETE"):
                self.handler.delete(self.key)
        except Refused as refused:
            refused.physical_id, self.failure = self.physical_resource_id, refused
            raise

    # How it is done

    @classmethod
    def _create(
        cls, logical_id: str, properties: Mapping[str, Any], stack_tags: Mapping[str, str], account: str, region: str
    ) -> Resource:
        check(cls.kind, properties, logical_id)
        handler = Handler(cls.kind, account, region)
        key, attributes = handler.create(with_tags(properties, stack_tags))
        if (update := update_under_way.get()) is not None:
            update.undo.append(partial(handler.delete, key))
        return cls(logical_id, handler, properties, stack_tags, key, attributes)

    def _updated(self, properties: Mapping[str, Any], update: Update, account: str, region: str) -> Resource:
        check(self.kind, properties, self.logical_resource_id)
        if all(self.properties.get(name) == properties.get(name) for name in self.kind.fixed.split()):
            return self._changed(properties, update)
        name = properties.get(self.kind.identifier)
        if name is not None and name == self.properties[self.kind.identifier]:
            raise Refused(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {name} and update the stack again."
            )
        return self._create(self.logical_resource_id, properties, self.stack_tags, account, region)

    def _changed(self, properties: Mapping[str, Any], update: Update) -> Resource:
        if properties == self.properties:
            return self
        before, after = (with_tags(found, self.stack_tags) for found in (self.properties, properties))
        for step in (self.handler.update, self.handler.put_policy, self.handler.tag):
            step(self.key, before, after)
            update.undo.append(partial(step, self.key, after, before))
        attributes = self.handler.attributes(self.key)
        return type(self)(self.logical_resource_id, self.handler, properties, self.stack_tags, self.key, attributes)


class Absent:
    """Stands for a resource whose condition is false when moto wants to change it."""

    logical_resource_id = physical_resource_id = ""

    is_created = CloudFormationModel.is_created  # asked when a custom resource answers

    def delete(self, account_id: str, region_name: str) -> None:
        """Nothing is there."""


def _is_retained(text: Mapping[str, Any], policy: str) -> bool:
    return text.get(policy) == "Retain"


@contextmanager
def _telling(logical_id: str, kind: ResourceType, action: str) -> Iterator[None]:
    """Note on a refusal what it is about."""
    try:
        yield
    except Refused as refused:
        refused.logical_id, refused.resource_type, refused.action = logical_id, kind.name, action
        raise


def register() -> None:
    """Let moto's CloudFormation find our types of resources."""
    for kind in RESOURCE_TYPES:
        name = kind.name.removeprefix("AWS::").replace("::", "")
        # moto knows them only as subclasses, which Python forgets when nobody else has them.
        globals()[name] = type(name, (Resource, CloudFormationModel), {"kind": kind, "__module__": __name__})
    for known in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        known.cache_clear()
