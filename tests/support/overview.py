"""All that the lists and Get operations show, looked at from within: nothing moves on by it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from omics_mock.backends.dialect import omics_engine
from omics_mock.exceptions import ResourceNotFoundException
from omics_mock.transports import moto as transport
from omics_mock.wire.model import load

Shown: TypeAlias = "dict[tuple[str, ...], dict[str, Any]]"
"""What is shown of the resources of one kind, by what names them."""
Overview: TypeAlias = "dict[str, Shown]"


class Kind(NamedTuple):
    """How resources of a kind are listed and shown."""

    lists: str
    items: str
    gets: str
    named: Mapping[str, str]
    """The members that name one in a request, with those of the list's items."""
    parent: str = ""
    within: Mapping[str, str] = {}
    """The members of the list's request, with those of what they are in."""
    where: Mapping[str, str] = {}
    tagged: str = ""
    """The member with the ARN that tags are asked for with."""
    ends: tuple[str, ...] = ()
    """The states that nothing leads out of."""


_JOB_ENDS: Final = ("COMPLETED", "COMPLETED_WITH_FAILURES", "FAILED", "CANCELLED")
_STORE: Final = {"sequenceStoreId": "id"}
_IN_STORE: Final = {"sequenceStoreId": "sequenceStoreId", "id": "id"}
_REFERENCES: Final = {"referenceStoreId": "id"}
_IN_REFERENCES: Final = {"referenceStoreId": "referenceStoreId", "id": "id"}

KINDS: Final[Mapping[str, Kind]] = {
    "workflow": Kind(
        "ListWorkflows", "items", "GetWorkflow", {"id": "id"}, where={"type": "PRIVATE"}, tagged="arn", ends=("FAILED",)
    ),
    "version": Kind(
        "ListWorkflowVersions",
        "items",
        "GetWorkflowVersion",
        {"workflowId": "workflowId", "versionName": "versionName"},
        "workflow",
        {"workflowId": "id"},
        tagged="arn",
        ends=("FAILED",),
    ),
    "run": Kind("ListRuns", "items", "GetRun", {"id": "id"}, tagged="arn", ends=("COMPLETED", "FAILED", "CANCELLED", "DELETED")),
    "task": Kind(
        "ListRunTasks", "items", "GetRunTask", {"taskId": "taskId"}, "run", {"id": "id"}, ends=("COMPLETED", "FAILED", "CANCELLED")
    ),
    "group": Kind("ListRunGroups", "items", "GetRunGroup", {"id": "id"}, tagged="arn"),
    "cache": Kind("ListRunCaches", "items", "GetRunCache", {"id": "id"}, tagged="arn"),
    "batch": Kind("ListBatch", "items", "GetBatch", {"batchId": "id"}, ends=("FAILED",)),
    "configuration": Kind("ListConfigurations", "items", "GetConfiguration", {"name": "name"}, tagged="arn"),
    "reference store": Kind("ListReferenceStores", "referenceStores", "GetReferenceStore", {"id": "id"}, tagged="arn"),
    "reference": Kind(
        "ListReferences", "references", "GetReferenceMetadata", _IN_REFERENCES, "reference store", _REFERENCES, tagged="arn"
    ),
    "reference import": Kind(
        "ListReferenceImportJobs",
        "importJobs",
        "GetReferenceImportJob",
        _IN_REFERENCES,
        "reference store",
        _REFERENCES,
        ends=_JOB_ENDS,
    ),
    "store": Kind("ListSequenceStores", "sequenceStores", "GetSequenceStore", {"id": "id"}, tagged="arn"),
    "read set": Kind(
        "ListReadSets", "readSets", "GetReadSetMetadata", _IN_STORE, "store", _STORE, tagged="arn", ends=("UPLOAD_FAILED",)
    ),
    "import": Kind("ListReadSetImportJobs", "importJobs", "GetReadSetImportJob", _IN_STORE, "store", _STORE, ends=_JOB_ENDS),
    "activation": Kind(
        "ListReadSetActivationJobs", "activationJobs", "GetReadSetActivationJob", _IN_STORE, "store", _STORE, ends=_JOB_ENDS
    ),
    "export": Kind("ListReadSetExportJobs", "exportJobs", "GetReadSetExportJob", _IN_STORE, "store", _STORE, ends=_JOB_ENDS),
    "upload": Kind("ListMultipartReadSetUploads", "uploads", "", {"uploadId": "uploadId"}, "store", _STORE),
    "variants": Kind("ListVariantStores", "variantStores", "GetVariantStore", {"name": "name"}, tagged="storeArn"),
    "variant import": Kind("ListVariantImportJobs", "variantImportJobs", "GetVariantImportJob", {"jobId": "id"}, ends=_JOB_ENDS),
    "annotations": Kind("ListAnnotationStores", "annotationStores", "GetAnnotationStore", {"name": "name"}, tagged="storeArn"),
    "annotation version": Kind(
        "ListAnnotationStoreVersions",
        "annotationStoreVersions",
        "GetAnnotationStoreVersion",
        {"name": "name", "versionName": "versionName"},
        "annotations",
        {"name": "name"},
        tagged="versionArn",
    ),
    "annotation import": Kind(
        "ListAnnotationImportJobs", "annotationImportJobs", "GetAnnotationImportJob", {"jobId": "id"}, ends=_JOB_ENDS
    ),
    "share": Kind("ListShares", "shares", "GetShare", {"shareId": "shareId"}, where={"resourceOwner": "SELF"}),
}


def ask(account: str, region: str, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """What an operation answers."""
    return omics_engine().call(operation, params, transport.omics_backends[account][region].state)


def listed(account: str, region: str, kind: Kind, params: Mapping[str, Any], size: int) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    members = load("omics").operations[kind.lists].input
    assert members is not None
    token = "startingToken" if "startingToken" in members.members else "nextToken"
    most = "maxItems" if "maxItems" in members.members else "maxResults"
    size = min(size, members.members[most].metadata.get("max", size))
    asked: dict[str, Any] = {**params, most: size}
    page = ask(account, region, kind.lists, asked)
    items: list[dict[str, Any]] = page[kind.items]
    while "nextToken" in page:
        assert len(page[kind.items]) == size
        page = ask(account, region, kind.lists, {**asked, token: page["nextToken"]})
        items += page[kind.items]
    return items


def overview(account: str, region: str, size: int) -> Overview:
    """Everything, with pages of that size. Each is in its list once, and shown as it is listed."""
    seen: Overview = {}
    for name, kind in KINDS.items():
        if kind.lists in load("omics").operations:
            shown: Shown = {}
            for where in _places(kind, seen):
                for item in listed(account, region, kind, {**kind.where, **where}, size):
                    key = tuple(dict.fromkeys((*where.values(), *(str(item[member]) for member in kind.named.values()))))
                    assert key not in shown, f"{name} {key} is listed more than once"
                    shown[key] = _detail(account, region, kind, where, item)
            seen[name] = shown
    return seen


def _places(kind: Kind, seen: Overview) -> Iterator[dict[str, str]]:
    if not kind.parent:
        yield {}
    for parent in seen[kind.parent].values() if kind.parent else ():
        yield {member: parent[of_parent] for member, of_parent in kind.within.items()}


def _detail(account: str, region: str, kind: Kind, where: Mapping[str, str], item: dict[str, Any]) -> dict[str, Any]:
    """What is shown of one, which is what its list has of it, with its tags."""
    detail = dict(item)
    if kind.gets:
        names = {member: item[of_item] for member, of_item in kind.named.items()}
        detail = ask(account, region, kind.gets, names if kind.gets != "GetRunTask" else {**where, **names})
        detail = detail.get("share", detail)
    differing = {name for name in item.keys() & detail.keys() if item[name] != detail[name]}
    assert not differing, f"{kind.lists} and {kind.gets} differ in {differing}: {item} {detail}"
    if kind.tagged:
        tags = ask(account, region, "ListTagsForResource", {"resourceArn": {**item, **detail}[kind.tagged]})["tags"]
        assert tags == detail.get("tags", tags)
        detail["tags"] = tags
    return {**item, **detail}


def is_found(account: str, region: str, operation: str, params: Mapping[str, Any]) -> bool:
    """Whether an operation finds what it is asked about."""
    try:
        ask(account, region, operation, params)
    except ResourceNotFoundException:
        return False
    return True
