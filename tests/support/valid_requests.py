"""Requests that keep every constraint of the model, mostly about what there is, so that they come to what a service does."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from hypothesis import strategies as st

from omics_mock.validation import compile_pattern
from omics_mock.wire.model import Operation
from tests.support.analytics import GENERIC
from tests.support.constraint_cases import SAMPLES
from tests.support.imagebuilder import DOCUMENT
from tests.support.populated import Found
from tests.support.shape_strategies import json_values, moments, text
from tests.support.storage import BUCKET, uri
from tests.support.workflows import ROLE, archive

_ABOUT: Final = (
    (r"(Get|Update|Delete)Workflow", "Workflow", {"id": "id"}),
    (r"(CreateWorkflow|ListWorkflow)Versions?", "Workflow", {"workflowId": "id"}),
    (r"(Get|Update|Delete)WorkflowVersion", "Workflow version", {"workflowId": "workflowId", "versionName": "versionName"}),
    (r"(Get|Cancel|Delete)Run|ListRunTasks", "Run", {"id": "id"}),
    (r"GetRunTask", "Task", {"id": "id", "taskId": "taskId"}),
    (r"\w+RunGroup", "RunGroup", {"id": "id"}),
    (r"\w+RunCache", "RunCache", {"id": "id"}),
    (r"(Get|Delete)Batch|\w+RunBatch|ListRunsInBatch", "Batch", {"batchId": "id"}),
    (r"(Get|Delete)Configuration", "Configuration", {"name": "name"}),
    (r"\w+ReferenceStore", "Reference store", {"id": "id"}),
    (r"(Get|Delete)Reference(Metadata)?", "Reference", {"referenceStoreId": "referenceStoreId", "id": "id"}),
    (r"GetReferenceImportJob", "Reference import job", {"referenceStoreId": "referenceStoreId", "id": "id"}),
    (r"\w+SequenceStore", "Sequence store", {"id": "id"}),
    (r"\w+S3AccessPolicy", "Sequence store", {"s3AccessPointArn": "s3Access.s3AccessPointArn"}),
    (r"GetReadSet(Metadata)?", "Read set", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    (r"GetReadSetImportJob", "Read set import job", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    (r"GetReadSetActivationJob", "Read set activation job", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    (r"GetReadSetExportJob", "Read set export job", {"sequenceStoreId": "sequenceStoreId", "id": "id"}),
    (
        r"(Abort|Complete)MultipartReadSetUpload|UploadReadSetPart|ListReadSetUploadParts",
        "Upload",
        {"sequenceStoreId": "sequenceStoreId", "uploadId": "uploadId"},
    ),
    (r"(Create|List)MultipartReadSetUploads?|ListReadSets|ListReadSet\w+Jobs", "Sequence store", {"sequenceStoreId": "id"}),
    (r"ListReferences|\w+ReferenceImportJobs?", "Reference store", {"referenceStoreId": "id"}),
    (r"(Get|Update|Delete)VariantStore", "Variant store", {"name": "name"}),
    (r"(Get|Cancel)VariantImportJob", "Variant import job", {"jobId": "id"}),
    (r"StartVariantImportJob", "Variant store", {"destinationName": "name"}),
    (r"(Get|Update|Delete)AnnotationStore|(Create|List)AnnotationStoreVersions?", "Annotation store", {"name": "name"}),
    (r"(Get|Update)AnnotationStoreVersion", "Annotation store version", {"name": "name", "versionName": "versionName"}),
    (r"DeleteAnnotationStoreVersions", "Annotation store version", {"name": "name", "versions": "[versionName]"}),
    (r"(Get|Cancel)AnnotationImportJob", "Annotation import job", {"jobId": "id"}),
    (r"StartAnnotationImportJob", "Annotation store", {"destinationName": "name"}),
    (r"(Get|Accept|Delete)Share", "Share", {"shareId": "shareId"}),
)
"""By operation, what it is about, and the members of the request that name it with those of the resource."""


_WITH_TAGS: Final = (
    "Workflow",
    "Workflow version",
    "Run",
    "RunGroup",
    "RunCache",
    "Batch",
    "Configuration",
    "Reference store",
    "Reference",
    "Sequence store",
    "Read set",
    "Variant store",
    "Annotation store",
)

_NAMED: Final[Mapping[str, tuple[str, str]]] = {
    "workflowId": ("Workflow", "id"),
    "runGroupId": ("RunGroup", "id"),
    "cacheId": ("RunCache", "id"),
    "configurationName": ("Configuration", "name"),
    "workflowVersionName": ("Workflow version", "versionName"),
    "runId": ("Run", "id"),
    "batchId": ("Batch", "id"),
    "sequenceStoreId": ("Sequence store", "id"),
    "referenceStoreId": ("Reference store", "id"),
    "readSetId": ("Read set", "id"),
    "referenceArn": ("Reference", "arn"),
    "workflowVersionArn": ("Image workflow", "arn"),
    "workflowBuildVersionArn": ("Image workflow", "arn"),
}
"""Members that name something else, wherever they are, and what."""

_TYPICAL: Final[Mapping[str, tuple[Any, ...]]] = {
    "roleArn": (ROLE,),
    "outputUri": ("s3://results/here", f"s3://{BUCKET}"),
    "cacheS3Location": ("s3://results/cache", f"s3://{BUCKET}/cache"),
    "destination": ("s3://results/exported/",),
    "source1": (uri("r1.fq"), uri("missing.fq")),
    "sourceFile": (uri("ce.fa"), uri("missing.fa")),
    "source": (uri("index.vcf"), uri("gff_file.gff"), "s3://elsewhere/file"),
    "sourceFileType": ("FASTQ",),
    "definitionZip": (archive(), archive({"main.nf": "process a { script: 'b' }"}), b"no archive"),
    "definitionUri": (uri("flow.zip"),),
    "parameterTemplatePath": (uri("template.json"), "template.json"),
    "readmeUri": (uri("readme.md"),),
    "s3UriSettings": (uri("runs.json"),),
    "keyArn": ("arn:aws:kms:us-east-1:123456789012:key/0f8fad5b-d9cb-469f-a165-70867728950e",),
    "containerRegistryMapUri": (uri("template.json"),),
    "generatedFrom": ("elsewhere",),
    "engine": ("WDL",),
    "main": ("main.wdl",),
    "principalSubscriber": ("111122223333", "210987654321"),
    "workflowOwnerId": ("123456789012",),
    "s3AccessPolicy": (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}]}',
    ),
    "storeOptions": (GENERIC,),
    "semanticVersion": ("1.0.0", "1.0.2"),
    "data": (DOCUMENT, DOCUMENT + "# again\n"),
    "range": ("bytes=0-9", "bytes=5-"),
    "workflowType": ("PRIVATE",),
    "partNumber": (1, 2),
}
"""Values that lead somewhere."""


_MOSTLY = st.sampled_from((*[True] * 7, False))


@st.composite
def valid_requests(draw: st.DrawFn, operation: Operation, found: Found) -> dict[str, Any]:
    """Requests of an operation that break no constraint; most of them are about something that is there."""
    if operation.input is None:
        return {}
    params: dict[str, Any] = draw(_members(operation.input, found, fewer=draw(_MOSTLY)))
    if draw(_MOSTLY):
        params |= draw(_addresses(operation, found))
    if draw(_MOSTLY):
        _complete(operation.name, params, found)
    return params


def _complete(operation: str, params: dict[str, Any], found: Found) -> None:
    """Add and leave out what makes a request whole beyond what its shape says."""
    if operation in ("CreateWorkflow", "CreateWorkflowVersion") and "semanticVersion" not in params:
        for source in ("definitionUri", "definitionRepository", "parameterTemplatePath", "readmePath", "readmeUri"):
            params.pop(source, None)
        params.setdefault("definitionZip", archive())
    elif "semanticVersion" in params:
        params.pop("uri", None)
        params.setdefault("data", DOCUMENT)
    elif operation == "CreateAnnotationStore":
        params |= {"storeFormat": "VCF", "reference": {"referenceArn": found["Reference"][0]["arn"]}}
        params.pop("storeOptions", None)
    elif operation == "StartRun":
        params.setdefault("workflowId", next(flow["id"] for flow in found["Workflow"] if flow["status"] == "ACTIVE"))
        for member in ("runId", "workflowOwnerId", "workflowVersionName"):
            params.pop(member, None)
    elif operation == "StartAnnotationImportJob":
        params["items"] = params["items"][:1]
    elif operation == "CompleteMultipartReadSetUpload":
        params |= found["Part"][0]
    elif operation == "StartRunBatch":
        _complete("StartRun", params["defaultRunSetting"], found)


def _addresses(operation: Operation, found: Found) -> st.SearchStrategy[dict[str, Any]]:
    """The members that name what the operation is about."""
    members = operation.input.members if operation.input else {}
    if "resourceArn" in members and operation.service == "imagebuilder":
        return st.sampled_from([{"resourceArn": build["arn"]} for build in found["Image workflow"]])
    if "resourceArn" in members:
        shared = operation.name == "CreateShare"
        kinds = ("Workflow", "Variant store", "Annotation store") if shared else _WITH_TAGS
        arns = [record.get("arn") or record.get("storeArn") for kind in kinds for record in found.get(kind, ())]
        return st.sampled_from([{"resourceArn": arn} for arn in arns if arn])
    for pattern, kind, names in _ABOUT if operation.service == "omics" else ():
        if re.fullmatch(pattern, operation.name) and set(names) <= set(members) and found.get(kind):
            chosen = st.sampled_from(found[kind])
            return chosen.map(partial(_named_by, names))
    if operation.name == "BatchDeleteReadSet":
        return st.sampled_from(found["Read set"]).map(
            lambda read_set: {"sequenceStoreId": read_set["sequenceStoreId"], "ids": [read_set["id"]]}
        )
    if re.fullmatch("StartReadSet(Activation|Export)Job", operation.name):
        return st.sampled_from(found["Read set"]).map(
            lambda read_set: {"sequenceStoreId": read_set["sequenceStoreId"], "sources": [{"readSetId": read_set["id"]}]}
        )
    return st.just({})


def _named_by(names: Mapping[str, str], record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _member(record, path) for name, path in names.items()}


def _member(record: Mapping[str, Any], path: str) -> Any:
    if path.startswith("["):
        return [record[path.strip("[]")]]
    value: Any = record
    for name in path.split("."):
        value = value[name]
    return value


# ---- values of shapes ------------------------------------------------------------------------------------------------


def _members(shape: StructureShape, found: Found, *, fewer: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Structures with their required members and some, or few, of the others; a union has exactly one member."""
    values = {name: _named(name, member, found) for name, member in shape.members.items()}
    if shape.is_tagged_union:
        return st.one_of([st.fixed_dictionaries({name: value}) for name, value in values.items()])
    required = {
        name
        for name, member in shape.members.items()
        if name in shape.metadata.get("required", ()) or member.serialization.get("location") == "uri"
    }
    always = st.fixed_dictionaries({name: values[name] for name in values if name in required})
    others = {name: value for name, value in values.items() if name not in required and name not in ("nextToken", "startingToken")}
    if not others:
        return always
    names = st.lists(st.sampled_from(sorted(others)), unique=True, max_size=2 if fewer else 6)
    optional = names.flatmap(lambda chosen: st.fixed_dictionaries({name: others[name] for name in chosen}))
    return st.tuples(always, optional).map(lambda both: both[0] | both[1])


def _named(name: str, shape: Shape, found: Found) -> st.SearchStrategy[Any]:
    """Values of a member: what it usually is, or anything that its shape allows."""
    candidates: list[Any] = []
    if name in _TYPICAL and (shape.type_name != "string" or isinstance(_TYPICAL[name][0], str)):
        candidates = [value for value in _TYPICAL[name] if _fits(shape, value)]
    elif name in _NAMED and found.get(_NAMED[name][0]):
        kind, member = _NAMED[name]
        candidates = [record[member] for record in found[kind]]
    anything = _values(shape, found)
    return _MOSTLY.flatmap(lambda usual: st.sampled_from(candidates) if usual else anything) if candidates else anything


def _fits(shape: Shape, value: Any) -> bool:
    words = shape.metadata.get("enum")
    return not words or value in words


def _values(shape: Shape, found: Found) -> st.SearchStrategy[Any]:
    limits = shape.metadata
    low, high = limits.get("min", 0), limits.get("max", 1 << 31)
    if isinstance(shape, StructureShape):
        return st.dictionaries(text, json_values, max_size=2) if shape.is_document_type else _members(shape, found)
    if isinstance(shape, ListShape):
        return st.lists(_named(shape.member.name, shape.member, found), min_size=low, max_size=min(high, low + 2))
    if isinstance(shape, MapShape):
        return st.dictionaries(_values(shape.key, found), _values(shape.value, found), min_size=low, max_size=min(high, low + 2))
    if isinstance(shape, StringShape):
        return _strings(shape)
    match shape.type_name:
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            return st.one_of(st.integers(low, min(high, low + 10)), st.integers(low, high))
        case "float" | "double":
            return st.floats(max(low, -1e9), min(high, 1e9))
        case "blob":
            return st.binary(min_size=1, max_size=64)
        case "timestamp":
            return moments
    raise TypeError(shape.type_name)


def _strings(shape: StringShape) -> st.SearchStrategy[str]:
    limits = shape.metadata
    if limits.get("enum"):
        return st.sampled_from(limits["enum"])
    low, high = limits.get("min", 0), limits.get("max", 1 << 16)
    pattern = limits.get("pattern")
    if pattern is None:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=low, max_size=min(high, low + 12))
    matches = compile_pattern(pattern)

    def fits(value: str) -> bool:
        return low <= len(value) <= high and matches(value)

    lengths = st.one_of(st.integers(low, min(high, low + 12)), st.sampled_from((low, min(high, 2_000))))
    regular = lengths.map(SAMPLES[pattern].good).filter(fits)
    if r"\p{" in pattern:
        printable = st.text(st.characters(categories=("L", "M", "S", "N", "P", "Zs")), min_size=max(low, 1), max_size=min(high, 12))
        return st.one_of(regular, printable.filter(fits))
    return st.one_of(regular, st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True).filter(fits))
