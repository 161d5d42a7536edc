"""Every error an operation of these families declares is reached by a condition here, or only by fault injection."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.core import set_initial_no_auth_action_count

from omics_mock import OmicsMock, mock_omics
from omics_mock.backends.annotation_stores import AnnotationStores
from omics_mock.backends.configurations import Configurations
from omics_mock.backends.read_set_jobs import ReadSetJobs
from omics_mock.backends.read_set_uploads import ReadSetUploads
from omics_mock.backends.read_sets import ReadSets
from omics_mock.backends.reference_stores import ReferenceStores
from omics_mock.backends.run_caches import RunCaches
from omics_mock.backends.run_groups import RunGroups
from omics_mock.backends.runs import Runs
from omics_mock.backends.s3_access_policies import S3AccessPolicies
from omics_mock.backends.sequence_stores import SequenceStores
from omics_mock.backends.tags import Tags
from omics_mock.backends.variant_stores import VariantStores
from omics_mock.backends.workflows import Workflows
from omics_mock.wire.model import load
from tests.support.analytics import active, create, generic
from tests.support.constraint_cases import fewest
from tests.support.storage import imported, reference, reference_store, sequence_store, source
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run, unchecked_client

pytestmark = pytest.mark.inferred

AROUND_RUNS = (RunGroups, RunCaches, Configurations)
STORAGE = (ReferenceStores, SequenceStores, ReadSets, ReadSetJobs, ReadSetUploads, S3AccessPolicies)
ANALYTICS = (VariantStores, AnnotationStores)
OPERATIONS = [
    operation for family in (Workflows, Runs, *AROUND_RUNS, Tags, *STORAGE, *ANALYTICS) for operation in family.modelled()
]
ONLY_BY_FAULT = {"InternalServerException", "NotSupportedOperationException", "RequestTimeoutException", "ThrottlingException"}
"""What the service answers when it is in trouble, or where it does not offer a thing: no request of a client's makes it so."""

# Errors that operations declare because all do; the documentation knows no condition for them.
WITHOUT_CONDITION = {
    "ConflictException": {
        "CreateWorkflow",  # but for a request id that comes again: a rule of the mock, tested with the workflows
        "GetWorkflow",
        "ListWorkflows",
        "GetWorkflowVersion",
        "ListWorkflowVersions",
        "GetRun",
        "ListRuns",
        "GetRunTask",
        "ListRunTasks",
        "CreateRunGroup",
        "GetRunGroup",
        "ListRunGroups",
        "UpdateRunGroup",
        "CreateRunCache",
        "GetRunCache",
        "ListRunCaches",
        "UpdateRunCache",
        "GetConfiguration",
        "ListConfigurations",
        "ListTagsForResource",
        "TagResource",
        "UntagResource",
    },
    "ResourceNotFoundException": {
        "CreateWorkflow",
        "ListWorkflows",
        "ListRuns",
        "CreateRunGroup",
        "ListRunGroups",
        "CreateRunCache",
        "ListRunCaches",
        "ListConfigurations",
        "ListVariantStores",
        "ListVariantImportJobs",
        "ListAnnotationStores",
        "ListAnnotationImportJobs",
    },
    "ServiceQuotaExceededException": {
        operation.name for operation in OPERATIONS if "ServiceQuotaExceededException" in operation.errors
    }
    - {
        "CreateWorkflow",
        "CreateWorkflowVersion",
        "StartRun",
        "TagResource",
        "CreateRunGroup",
        "CreateRunCache",
        "CreateConfiguration",
        "CreateReferenceStore",
        "CreateSequenceStore",
        "CompleteMultipartReadSetUpload",
        "StartReadSetActivationJob",
        "StartReadSetExportJob",
        "StartReadSetImportJob",
        "StartReferenceImportJob",
        "CreateVariantStore",
        "CreateAnnotationStore",
        "CreateAnnotationStoreVersion",
        "StartVariantImportJob",
        "StartAnnotationImportJob",
    },
}

UNKNOWN_ARN = "arn:aws:omics:us-east-1:123456789012:run/1234567"
ACCESS_POINT = "arn:aws:s3:us-east-1:900000000001:accesspoint/123456789012-1234567890"
VPC = {"subnetIds": ["subnet-01234567"], "securityGroupIds": ["sg-01234567"]}
QUOTAS = {
    "Maximum workflows": 1,
    "Maximum workflow versions per workflow": 0,
    "Maximum runs (active or inactive)": 0,
    "Maximum run groups": 0,
    "Maximum run caches": 0,
    "Maximum configurations": 0,
    "Maximum sequence stores": 1,
    "Maximum read sets per sequence store": 1,
    "Maximum references per reference store": 1,
    "Maximum concurrent read set activation jobs": 0,
    "Maximum concurrent sequence and reference store export jobs": 0,
    "Maximum variant stores": 1,
    "Maximum annotation stores": 1,
    "Maximum versions per annotation store": 1,
    "Maximum concurrent variant or annotation store import jobs": 0,
}
UNKNOWN_REFERENCE = "arn:aws:omics:us-east-1:123456789012:referenceStore/1234567890/reference/1234567890"


def not_found(name: str) -> dict[str, Any]:
    """Valid parameters that name nothing that exists."""
    unknown: dict[str, Any] = {
        "id": "1234567890",
        "workflowId": "1234567",
        "taskId": "1234567",
        "versionName": "one",
        "resourceArn": UNKNOWN_ARN,
        "s3AccessPointArn": ACCESS_POINT,
        "sequenceStoreId": "1234567890",
        "referenceStoreId": "1234567890",
        "uploadId": "1234567890",
    }
    shape = load("omics").operations[name].input
    assert shape is not None
    extra: dict[str, dict[str, Any]] = {
        "StartRun": {"roleArn": ROLE, "outputUri": "s3://results"},
        "CreateRunCache": {"cacheS3Location": "s3://caches"},
        "CreateConfiguration": {"runConfigurations": {"vpcConfig": VPC}},
        "CreateWorkflowVersion": {"definitionZip": archive()},
        "TagResource": {"tags": {}},
        "UntagResource": {"tagKeys": ["a"]},
        "PutS3AccessPolicy": {"s3AccessPolicy": "{}"},
        "UploadReadSetPart": {"payload": b"x"},
        "CreateVariantStore": {"reference": {"referenceArn": UNKNOWN_REFERENCE}},
        "CreateAnnotationStore": {"reference": {"referenceArn": UNKNOWN_REFERENCE}},
        "StartVariantImportJob": {"roleArn": ROLE},
        "StartAnnotationImportJob": {"roleArn": ROLE},
    }
    needed = {**fewest(shape), **{member: value for member, value in unknown.items() if member in shape.members}}
    return {**needed, **extra.get(name, {})}


def conflict(omics: Any, name: str) -> dict[str, Any]:
    """A resource whose state forbids the operation."""
    if name in IN_STORAGE:
        return conflict_in_storage(omics, name)
    if name in AROUND_A_RUN:
        return conflict_around_a_run(omics, name)
    if name in IN_ANALYTICS:
        return conflict_in_analytics(omics, name)
    if name in ("CancelRun", "DeleteRun"):
        run = start_run(omics)
        if name == "CancelRun":
            omics.cancel_run(id=run)
        return {"id": run}
    workflow = omics.create_workflow(definitionZip=archive())["id"]
    match name:
        case "StartRun":
            return {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://results"}
        case "UpdateWorkflow" | "DeleteWorkflow":
            return {"id": workflow}
    omics.get_waiter("workflow_active").wait(id=workflow)
    version = {"workflowId": workflow, "versionName": "1"}
    omics.create_workflow_version(**version, definitionZip=archive())
    return version | ({"definitionZip": archive()} if name == "CreateWorkflowVersion" else {})


def conflict_around_a_run(omics: Any, name: str) -> dict[str, Any]:
    """A group or cache with an active run, a configuration that is there already or not ready."""
    match name:
        case "DeleteRunGroup":
            group = omics.create_run_group()["id"]
            start_run(omics, runGroupId=group)
            return {"id": group}
        case "DeleteRunCache":
            cache = omics.create_run_cache(cacheS3Location="s3://caches")["id"]
            start_run(omics, cacheId=cache)
            return {"id": cache}
    omics.create_configuration(name="net", runConfigurations={})
    return {"name": "net", "runConfigurations": {}}


def conflict_in_storage(omics: Any, name: str) -> dict[str, Any]:
    """A store that is not empty or not ready, a reference in use, an archived read set."""
    if name == "UpdateSequenceStore":
        OmicsMock.current().lifecycle("sequence_store", "frozen")
        return {"id": sequence_store(omics)}
    if name == "DeleteReferenceStore":
        reference(omics)
        return {"id": reference_store(omics)}
    store = sequence_store(omics)
    if name == "DeleteReference":
        arn = reference(omics)
        imported(omics, store, "range.bam", referenceArn=arn)
        return {"referenceStoreId": reference_store(omics), "id": arn.split("/")[-1]}
    read_set = imported(omics, store)
    if name == "DeleteSequenceStore":
        return {"id": store}
    OmicsMock.current().advance(read_set, to="ARCHIVED")
    return {"sequenceStoreId": store, "id": read_set, "partNumber": 1}


def conflict_in_analytics(omics: Any, name: str) -> dict[str, Any]:
    """A name that is taken, a store that is not ready."""
    word = "variant" if "Variant" in name else "annotation"
    if name == "CreateAnnotationStoreVersion":
        return {"name": generic(omics), "versionName": "mine"}
    create(omics, word)
    return not_found(name) | {"name": "mine"}


def quota(omics: Any, name: str) -> dict[str, Any]:
    """One more than the quota allows."""
    if name in IN_STORAGE:
        return quota_in_storage(omics, name)
    if name in AROUND_A_RUN:
        return not_found(name)
    if name in IN_ANALYTICS:
        return quota_in_analytics(omics, name)
    workflow = active_workflow(omics)
    match name:
        case "TagResource":
            arn = omics.get_workflow(id=workflow)["arn"]
            omics.tag_resource(resourceArn=arn, tags={f"key{number}": "" for number in range(50)})
            return {"resourceArn": arn, "tags": {"one": "more"}}
        case "CreateWorkflow":
            return {"definitionZip": archive()}
        case "CreateWorkflowVersion":
            return {"workflowId": workflow, "versionName": "1", "definitionZip": archive()}
    return {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://results"}


def quota_in_storage(omics: Any, name: str) -> dict[str, Any]:
    """One more than the quota allows."""
    params = not_found(name)
    if name in ("CreateReferenceStore", "StartReferenceImportJob"):
        store = reference_store(omics)
        sources = [{"sourceFile": "s3://anywhere/x.fa", "name": name} for name in ("one", "two")]
        return params | {"referenceStoreId": store, "roleArn": ROLE, "sources": sources}
    params |= {"sequenceStoreId": sequence_store(omics)}
    read_set = imported(omics, params["sequenceStoreId"]) if name != "CreateSequenceStore" else ""
    match name:
        case "StartReadSetImportJob":
            params |= {"roleArn": ROLE, "sources": [source("r1.fq")]}
        case "StartReadSetActivationJob" | "StartReadSetExportJob":
            params |= {"roleArn": ROLE, "destination": "s3://anywhere/", "sources": [{"readSetId": read_set}]}
        case "CompleteMultipartReadSetUpload":
            where = {"sequenceStoreId": params["sequenceStoreId"]}
            described = {"sourceFileType": "FASTQ", "subjectId": "s", "sampleId": "s", "name": "n"}
            where["uploadId"] = omics.create_multipart_read_set_upload(**where, **described)["uploadId"]
            part: dict[str, Any] = {"partSource": "SOURCE1", "partNumber": 1}
            checksum = omics.upload_read_set_part(**where, **part, payload=b"@r\nA\n+\nI\n")["checksum"]
            return {**where, "parts": [{**part, "checksum": checksum}]}
    return params


def quota_in_analytics(omics: Any, name: str) -> dict[str, Any]:
    """One more than the quota allows."""
    if name == "CreateAnnotationStoreVersion":
        return {"name": generic(omics), "versionName": "other"}
    active(omics, "variant" if "Variant" in name else "annotation")
    return not_found(name) | {"destinationName": "mine", "versionName": "mine", "name": "other"}


def beyond(omics: Any, name: str) -> dict[str, Any]:
    """A part after the last one."""
    if name == "GetReference":
        reference_id = reference(omics).split("/")[-1]
        return {"referenceStoreId": reference_store(omics), "id": reference_id, "partNumber": 2}
    store = sequence_store(omics)
    return {"sequenceStoreId": store, "id": imported(omics, store), "partNumber": 2}


AROUND_A_RUN = {name for family in AROUND_RUNS for name in family.operations}
IN_ANALYTICS = {name for family in ANALYTICS for name in family.operations}
IN_STORAGE = {name for family in STORAGE for name in family.operations}
BLANKED = (
    "id",
    "workflowId",
    "taskId",
    "startingToken",
    "nextToken",
    "resourceArn",
    "name",
    "sequenceStoreId",
    "referenceStoreId",
    "s3AccessPointArn",
    "destinationName",
    "jobId",
)
CONDITIONS: dict[str, Callable[[Any, str], dict[str, Any]]] = {
    "ResourceNotFoundException": lambda omics, name: not_found(name),
    "ConflictException": conflict,
    "ServiceQuotaExceededException": quota,
    "RangeNotSatisfiableException": beyond,
    "ValidationException": lambda omics, name: {
        **not_found(name),
        **dict.fromkeys(BLANKED, ""),
    },
}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_declared_error_has_its_condition(operation: Any) -> None:
    for error in operation.errors:
        if error in ONLY_BY_FAULT or error == "AccessDeniedException" or operation.name in WITHOUT_CONDITION.get(error, ()):
            continue
        quotas = QUOTAS if error == "ServiceQuotaExceededException" else {}
        with mock_omics(quotas=quotas, strict=error == "ResourceNotFoundException"):
            omics: Any = unchecked_client()
            params = CONDITIONS[error](omics, operation.name)
            call = getattr(omics, operation.method_name)
            with pytest.raises(getattr(omics.exceptions, error)) as refused:
                call(**{member: value for member, value in params.items() if member in operation.input.members})
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == operation.errors[error]
            assert refused.value.response["Error"]["Message"]


@pytest.mark.observed
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_operation_is_denied_to_a_caller_without_permission(operation: Any) -> None:
    @set_initial_no_auth_action_count(0)
    def denied(omics: Any) -> None:
        with pytest.raises(omics.exceptions.AccessDeniedException, match=f"omics:{operation.name}"):
            getattr(omics, operation.method_name)(**fewest(operation.input))

    with mock_omics():
        iam: Any = OmicsMock.current().client("iam")
        iam.create_user(UserName="ann")
        key = iam.create_access_key(UserName="ann")["AccessKey"]
        denied(client(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]))


@pytest.mark.model
def test_what_is_listed_as_without_condition_is_declared() -> None:
    declared = {operation.name: operation.errors for operation in OPERATIONS}
    for error, names in WITHOUT_CONDITION.items():
        assert {name for name in names & declared.keys() if error not in declared[name]} == set(), error
