"""Which permissions a request needs: its action on which resources, the tags it brings, and the role it passes.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS HealthOmics" and "... for Amazon EC2 Image
Builder"; AWS HealthOmics User Guide, "Identity-based policies", "Service roles".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from omics_mock.policies import Found, Need

if TYPE_CHECKING:
    from omics_mock.state import ServiceState
    from omics_mock.wire.model import Operation

_STORE: Final = "sequenceStore/{sequenceStoreId}"
_REFERENCES: Final = "referenceStore/{referenceStoreId}"
_VERSION: Final = "annotationStore/{name}/version/{versionName}"

_OMICS: Final[Mapping[tuple[str, ...], str]] = {
    (): """
        AcceptShare CreateShare DeleteShare GetShare ListShares ListTagsForResource
        CancelAnnotationImportJob GetAnnotationImportJob ListAnnotationImportJobs
        CancelVariantImportJob GetVariantImportJob ListVariantImportJobs
        CreateAnnotationStore CreateConfiguration CreateReferenceStore CreateRunCache CreateRunGroup CreateSequenceStore
        CreateVariantStore CreateWorkflow
        ListAnnotationStores ListBatch ListConfigurations ListReferenceStores ListRunCaches ListRunGroups ListRuns
        ListSequenceStores ListVariantStores ListWorkflows
    """,
    ("{resourceArn}",): "TagResource UntagResource",
    ("workflow/{id}",): "DeleteWorkflow GetWorkflow UpdateWorkflow",
    ("workflow/{workflowId}",): "CreateWorkflowVersion ListWorkflowVersions",
    ("workflow/{workflowId}", "workflow/{workflowId}/version/{versionName}"): """
        DeleteWorkflowVersion GetWorkflowVersion UpdateWorkflowVersion
    """,
    ("run/{id}",): "CancelRun DeleteRun GetRun ListRunTasks",
    ("run/{id}", "task/{taskId}"): "GetRunTask",
    (
        "run/*",
        "workflow/{workflowId}",
        "runGroup/{runGroupId}",
        "runCache/{cacheId}",
        "configuration/{configurationName}",
    ): "StartRun",
    (
        "run/*",
        "runBatch/*",
        "workflow/{defaultRunSetting.workflowId}",
        "runGroup/{defaultRunSetting.runGroupId}",
        "runCache/{defaultRunSetting.cacheId}",
    ): "StartRunBatch",
    ("runBatch/{batchId}",): "CancelRunBatch DeleteBatch GetBatch ListRunsInBatch",
    ("run/*", "runBatch/{batchId}"): "DeleteRunBatch",
    ("runGroup/{id}",): "DeleteRunGroup GetRunGroup UpdateRunGroup",
    ("runCache/{id}",): "DeleteRunCache GetRunCache UpdateRunCache",
    ("configuration/{name}",): "DeleteConfiguration GetConfiguration",
    ("referenceStore/{id}",): "DeleteReferenceStore GetReferenceStore",
    (_REFERENCES,): "GetReferenceImportJob ListReferenceImportJobs ListReferences StartReferenceImportJob",
    (_REFERENCES, f"{_REFERENCES}/reference/{{id}}"): "DeleteReference GetReference GetReferenceMetadata",
    ("sequenceStore/{id}",): "DeleteSequenceStore GetSequenceStore UpdateSequenceStore",
    ("sequenceStore/{s3AccessPointArn}",): "DeleteS3AccessPolicy GetS3AccessPolicy PutS3AccessPolicy",
    (_STORE,): """
        AbortMultipartReadSetUpload BatchDeleteReadSet CompleteMultipartReadSetUpload CreateMultipartReadSetUpload
        GetReadSetActivationJob GetReadSetExportJob GetReadSetImportJob
        ListMultipartReadSetUploads ListReadSetActivationJobs ListReadSetExportJobs ListReadSetImportJobs ListReadSetUploadParts
        ListReadSets StartReadSetActivationJob StartReadSetExportJob StartReadSetImportJob UploadReadSetPart
    """,
    (_STORE, f"{_STORE}/readSet/{{id}}"): "GetReadSet GetReadSetMetadata",
    ("variantStore/{name}",): "DeleteVariantStore GetVariantStore UpdateVariantStore",
    ("variantStore/{destinationName}",): "StartVariantImportJob",
    ("annotationStore/{name}",): """
        CreateAnnotationStoreVersion DeleteAnnotationStore GetAnnotationStore ListAnnotationStoreVersions UpdateAnnotationStore
    """,
    (_VERSION,): "GetAnnotationStoreVersion UpdateAnnotationStoreVersion",
    ("annotationStore/{name}", "annotationStore/{name}/version/{versions}"): "DeleteAnnotationStoreVersions",
    ("annotationStore/{destinationName}", "annotationStore/{destinationName}/version/{versionName}"): "StartAnnotationImportJob",
}
_IMAGEBUILDER: Final[Mapping[tuple[str, ...], str]] = {
    (): "ListWorkflows",
    ("workflow/*",): "CreateWorkflow",
    ("{workflowBuildVersionArn}",): "DeleteWorkflow GetWorkflow",
    ("{workflowVersionArn}",): "ListWorkflowBuildVersions",
    ("{resourceArn}",): "ListTagsForResource TagResource UntagResource",
}
RESOURCES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    service: {operation: templates for templates, operations in table.items() for operation in operations.split()}
    for service, table in {"omics": _OMICS, "imagebuilder": _IMAGEBUILDER}.items()
}
"""By service and operation the resources an action is on, as the last part of their ARNs, over members of the request.

One whose member the request does not have is none of it; without any, the action is on ``*``.
"""

NEW: Final[Mapping[str, str]] = {
    "CreateAnnotationStore": "annotationStore/{name}",
    "CreateAnnotationStoreVersion": _VERSION,
    "CreateConfiguration": "configuration/{name}",
    "CreateMultipartReadSetUpload": f"{_STORE}/readSet/*",
    "CreateReferenceStore": "referenceStore/*",
    "CreateRunCache": "runCache/*",
    "CreateRunGroup": "runGroup/*",
    "CreateSequenceStore": "sequenceStore/*",
    "CreateVariantStore": "variantStore/{name}",
    "CreateWorkflow": "workflow/*",
    "CreateWorkflowVersion": "workflow/{workflowId}/version/{versionName}",
    "StartRun": "run/*",
    "StartRunBatch": "runBatch/*",
}
"""What an operation with tags makes: tagging it is an action of its own."""

_VPC_ACTIONS: Final = ("ec2:DescribeSubnets", "ec2:DescribeSecurityGroups")
_PASSED_TO: Final = "omics.amazonaws.com"
_MEMBER = re.compile(r"\{([\w.]+)\}")
_STORE_OF_ACCESS_POINT = re.compile(r"arn:.*:accesspoint/\d+-(\d+)")


def needs(operation: Operation, params: Mapping[str, Any], state: ServiceState) -> Iterator[Need]:
    """Everything a request needs to be allowed. Nothing of it says whether what the request is about exists."""
    own = {"aws:requestedregion": state.region, "aws:securetransport": "true", "aws:tagkeys": None, "iam:passedtoservice": None}
    context: Mapping[str, Found] = {**own, **_tag_context(params)}
    templates = RESOURCES[operation.service].get(operation.name, ())
    arns = [arn for template in templates for arn in _arns(template, params, state)]
    for arn in arns or ["*"]:
        yield Need(f"{operation.service}:{operation.name}", arn, {**context, **_tags("aws:resourcetag", state.tags_of(arn))})
    if operation.name in NEW and params.get("tags"):
        new = _MEMBER.sub(lambda member: "".join(_values(params, member[1])) or "*", NEW[operation.name])
        yield Need(f"{operation.service}:TagResource", state.arn(new), context)
    for path in role_paths(operation):
        for role in _values(params, path):
            yield Need("iam:PassRole", role, {**own, "iam:passedtoservice": _PASSED_TO})
    if _values(params, "runConfigurations.vpcConfig"):
        yield from (Need(action, "*", own) for action in _VPC_ACTIONS)


@cache
def role_paths(operation: Operation) -> tuple[str, ...]:
    """Where the input of an operation has a role for the service, also one level down."""
    members = operation.input.members if operation.input else {}
    inner = (f"{name}.roleArn" for name, shape in members.items() if "roleArn" in getattr(shape, "members", ()))
    return (*(name for name in members if name == "roleArn"), *inner)


def _arns(template: str, params: Mapping[str, Any], state: ServiceState) -> Iterable[str]:
    """The ARNs a template stands for: several when a member is a list, none when it is missing."""
    resources = [template]
    for member in _MEMBER.findall(template):
        resources = [resource.replace(f"{{{member}}}", value) for resource in resources for value in _values(params, member)]
    if template.startswith("workflow/"):
        return [_workflow_arn(resource, _beside(template, params), state) for resource in resources]
    return [resource if resource.startswith("arn:") else state.arn(resource) for resource in resources]


def _workflow_arn(resource: str, beside: Mapping[str, Any], state: ServiceState) -> str:
    """A workflow of the service's own belongs to no account, a shared one to the account that is named."""
    ready = "READY2RUN" in (beside.get("type"), beside.get("workflowType"))
    owner = "" if ready else beside.get("workflowOwnerId", state.account)
    return f"arn:{state.partition}:{state.service}:{state.region}:{owner}:{resource}"


def _beside(template: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The members next to the one a template names."""
    outer = re.search(r"\{(\w+)\.", template)
    return params.get(outer[1], {}) if outer else params


def _values(params: Mapping[str, Any], path: str) -> list[Any]:
    found: Any = params
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if path == "s3AccessPointArn":
        store = _STORE_OF_ACCESS_POINT.fullmatch(str(found))
        return [store[1]] if store else []
    return found if isinstance(found, list) else [] if found is None else [found]


def _tag_context(params: Mapping[str, Any]) -> dict[str, Found]:
    tags = params.get("tags") or {}
    keys = [*tags, *(params.get("tagKeys") or ())]
    return {**_tags("aws:requesttag", tags), **({"aws:tagkeys": keys} if keys else {})}


def _tags(key: str, tags: Mapping[str, str]) -> dict[str, Found]:
    return {f"{key}/{name.lower()}": value for name, value in tags.items()}
