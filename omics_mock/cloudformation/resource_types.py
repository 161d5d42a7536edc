"""What CloudFormation knows of each type of resource: one row each.

Source: the CloudFormation resource schemas of ``AWS::Omics::*`` and ``AWS::ImageBuilder::Workflow``, as published by AWS and
shipped with cfn-lint. ``fixed`` are the properties that only a replacement changes: createOnlyProperties, without the tags where
tagging.tagUpdatable says that they change in place, and all properties where the schema has no update handler.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

_NOTHING: Mapping[str, Any] = MappingProxyType({})


def member_of(property_name: str) -> str:
    """What a property is called in the service's API: ``StoreFormat`` is ``storeFormat``."""
    return property_name[:1].lower() + property_name[1:]


@dataclass(frozen=True)
class ResourceType:
    """One type of resource. Names are separated by blanks; dots lead into structures of the API."""

    name: str
    identifier: str
    """The property that Ref answers: the primaryIdentifier."""
    read_only: str
    """What Fn::GetAtt answers."""
    required: str = ""
    fixed: str = ""
    changeable: str = ""
    key: str = "id"
    """The members by which the API's operations find it, as the answer to its creation has them."""
    members: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Where a property or attribute is called something else in the API, or is deeper in a request or answer."""
    emptied: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    """What takes a property away in an update; the API leaves alone what a request does not have."""
    tags: type = dict
    """Most types have their tags as a map, one has a list of keys and values."""

    @cached_property
    def service(self) -> str:
        """The service as boto3 calls it."""
        return self.name.split("::")[1].lower()

    @cached_property
    def noun(self) -> str:
        """What the API's operations end with."""
        return self.name.rpartition(":")[2]

    @cached_property
    def properties(self) -> frozenset[str]:
        """What a template can say."""
        return frozenset((*self.fixed.split(), *self.changeable.split()))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """What Fn::GetAtt answers."""
        return frozenset(self.read_only.split())

    def path(self, name: str) -> list[str]:
        """Where a property is in a request, and an attribute in an answer."""
        return self.members.get(name, member_of(name)).split(".")


_DEFINITION = (
    "Accelerators ContainerRegistryMap ContainerRegistryMapUri DefinitionRepository DefinitionUri Engine Main ParameterTemplate "
    "ParameterTemplatePath WorkflowBucketOwnerId readmePath readmeUri"
)
_ANALYTICS = "CreationTime Id Status StatusMessage StoreArn StoreSizeBytes UpdateTime"

RESOURCE_TYPES = (
    ResourceType(
        "AWS::Omics::ReferenceStore",
        identifier="ReferenceStoreId",
        read_only="Arn CreationTime ReferenceStoreId",
        required="Name",
        fixed="Description Name SseConfig Tags",
        members={"ReferenceStoreId": "id"},
    ),
    ResourceType(
        "AWS::Omics::SequenceStore",
        identifier="SequenceStoreId",
        read_only="Arn CreationTime S3AccessPointArn S3Uri SequenceStoreId Status StatusMessage UpdateTime",
        required="Name",
        fixed="ETagAlgorithmFamily SseConfig",
        changeable="AccessLogLocation Description FallbackLocation Name PropagatedSetLevelTags S3AccessPolicy Tags",
        members={
            "AccessLogLocation": "s3AccessConfig.accessLogLocation",
            "S3AccessPointArn": "s3Access.s3AccessPointArn",
            "S3Uri": "s3Access.s3Uri",
            "SequenceStoreId": "id",
        },
        emptied={"AccessLogLocation": "", "FallbackLocation": "", "PropagatedSetLevelTags": ()},
    ),
    ResourceType(
        "AWS::Omics::VariantStore",
        identifier="Name",
        read_only=_ANALYTICS,
        required="Name Reference",
        fixed="Name Reference SseConfig",
        changeable="Description Tags",
        key="name",
        emptied={"Description": ""},
    ),
    ResourceType(
        "AWS::Omics::AnnotationStore",
        identifier="Name",
        read_only=_ANALYTICS,
        required="Name StoreFormat",
        fixed="Name Reference SseConfig StoreFormat StoreOptions",
        changeable="Description Tags",
        key="name",
        emptied={"Description": ""},
    ),
    ResourceType(
        "AWS::Omics::RunGroup",
        identifier="Id",
        read_only="Arn CreationTime Id",
        changeable="MaxCpus MaxDuration MaxGpus MaxRuns Name Tags",
    ),
    ResourceType(
        "AWS::Omics::RunCache",
        identifier="Arn",
        read_only="Arn CreationTime Id Status",
        fixed="CacheBucketOwnerId CacheS3Location",
        changeable="CacheBehavior Description Name Tags",
        tags=list,
    ),
    ResourceType(
        "AWS::Omics::Workflow",
        identifier="Id",
        read_only="Arn CreationTime Id Status Type Uuid",
        fixed=f"{_DEFINITION} StorageCapacity",
        changeable="Description Name StorageType Tags readmeMarkdown",
    ),
    ResourceType(
        "AWS::Omics::WorkflowVersion",
        identifier="Arn",
        read_only="Arn CreationTime Status Type Uuid",
        required="VersionName WorkflowId",
        fixed=f"{_DEFINITION} VersionName WorkflowId",
        changeable="Description StorageCapacity StorageType Tags readmeMarkdown",
        key="workflowId versionName",
    ),
    ResourceType(
        "AWS::Omics::Configuration",
        identifier="Name",
        read_only="Arn CreationTime Status Uuid",
        required="Name RunConfigurations",
        fixed="Description Name RunConfigurations Tags",
        key="name",
    ),
    ResourceType(
        "AWS::ImageBuilder::Workflow",
        identifier="Arn",
        read_only="Arn LatestVersion LatestVersion.Arn LatestVersion.Major LatestVersion.Minor LatestVersion.Patch",
        required="Name Type Version",
        fixed="ChangeDescription Data Description KmsKeyId Name Type Uri Version",
        changeable="Tags",
        key="workflowBuildVersionArn",
        members={
            "Arn": "workflow.arn",
            "LatestVersion": "latestVersionReferences",
            "LatestVersion.Arn": "latestVersionReferences.latestVersionArn",
            "LatestVersion.Major": "latestVersionReferences.latestMajorVersionArn",
            "LatestVersion.Minor": "latestVersionReferences.latestMinorVersionArn",
            "LatestVersion.Patch": "latestVersionReferences.latestPatchVersionArn",
            "Version": "semanticVersion",
        },
    ),
)
"""Every type of resource."""
