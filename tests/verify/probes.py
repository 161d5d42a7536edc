"""Calls that cost nothing: what they make is free, and most of them are refused.

A probe makes the same calls wherever it goes. It names what each refusal should be called; the rest is compared.
"""

import pytest

from tests.support.workflows import archive
from tests.verify.compare import Probe, Witness

INVALID, MISSING = "ValidationException", "ResourceNotFoundException"
UNKNOWN, UNKNOWN_STORE = "9999999", "9999999999"
ROLE, BUCKET = "arn:aws:iam::123456789012:role/omics-mock-verify-none", "s3://omics-mock-verify-none"


def run_groups(see: Witness) -> None:
    group = see("create_run_group", name=see.name, maxCpus=4)["id"]
    see("get_run_group", id=group)
    for limits, refusal in (({"maxRuns": 2}, ""), ({}, ""), ({"maxRuns": 0}, INVALID)):
        see("update_run_group", refusal, id=group, **limits)
    see("get_run_group", id=group)
    see("delete_run_group", id=group)
    for operation in ("get_run_group", "update_run_group", "delete_run_group"):
        see(operation, MISSING, id=group)
    for cpus in (4, 4, 8):
        see("create_run_group", name=see.name, maxCpus=cpus, requestId=see.suffix)
    see("list_run_groups", name=see.name)


def refused_run_groups(see: Witness) -> None:
    for name in (see.name.ljust(129, "x"), f"{see.name}\n", ""):
        see("create_run_group", INVALID, name=name)
    for key in ("x" * 129, "aws:key"):
        see("create_run_group", INVALID, name=see.name, tags={key: ""})
    see("create_run_group", INVALID, name=see.name, maxCpus=0)
    see("create_run_group", INVALID, name=see.name, maxCpus=100_001, maxRuns=-1)


def unknown_ids(see: Witness) -> None:
    for operation in (
        "get_run_group",
        "delete_run_group",
        "get_workflow",
        "delete_workflow",
        "get_run",
        "cancel_run",
        "delete_run",
    ):
        for wrong, refusal in ((UNKNOWN, MISSING), ("abc", INVALID), ("1" * 19, INVALID)):
            see(operation, refusal, id=wrong)
    for operation in ("get_sequence_store", "delete_sequence_store", "get_reference_store", "delete_reference_store"):
        for wrong, refusal in ((UNKNOWN_STORE, MISSING), ("abc", INVALID)):
            see(operation, refusal, id=wrong)
    see("list_run_tasks", MISSING, id=UNKNOWN)
    see("list_read_sets", MISSING, sequenceStoreId=UNKNOWN_STORE)
    see("list_references", MISSING, referenceStoreId=UNKNOWN_STORE)


def pages(see: Witness) -> None:
    for _ in range(2):
        see("create_run_group", name=see.name)
    token = see("list_run_groups", name=see.name, maxResults=1)["nextToken"]
    see("list_run_groups", name=see.name, maxResults=1, startingToken=token)
    see("list_run_groups", INVALID, name=f"{see.name}-other", startingToken=token)
    see("list_run_groups", name=f"{see.name}-other")
    for operation in ("list_run_groups", "list_workflows", "list_runs"):
        see(operation, INVALID, startingToken="no token")
        for size in (0, 101):
            see(operation, INVALID, maxResults=size)
    see("list_sequence_stores", INVALID, nextToken="no token")
    see("list_runs", INVALID, status="NONE")


def tags(see: Witness) -> None:
    arn = see("create_run_group", name=see.name)["arn"]
    for wanted in ({"one": "1", "two": ""}, {"one": "2"}):
        see("tag_resource", resourceArn=arn, tags=wanted)
    see("untag_resource", resourceArn=arn, tagKeys=["two", "none"])
    see("list_tags_for_resource", resourceArn=arn)
    for wanted in ({"aws:key": "value"}, {"x" * 129: ""}, {"key": "x" * 257}):
        see("tag_resource", INVALID, resourceArn=arn, tags=wanted)
    for wrong, refusal in (("nonsense", INVALID), (arn.rpartition("/")[0] + f"/{UNKNOWN}", MISSING)):
        see("tag_resource", refusal, resourceArn=wrong, tags={"key": "value"})
        see("untag_resource", refusal, resourceArn=wrong, tagKeys=["key"])
        see("list_tags_for_resource", refusal, resourceArn=wrong)


def workflows(see: Witness) -> None:
    for content in (archive(), b"This is no archive."):
        workflow = see("create_workflow", name=see.name, definitionZip=content)["id"]
        see.wait("get_workflow", id=workflow)
        see("get_workflow", id=workflow)
        see("list_workflows", name=see.name)
        see("update_workflow", id=workflow, description="Compared")
        see("delete_workflow", id=workflow)
        see.wait("get_workflow", id=workflow)
        see("get_workflow", MISSING, id=workflow)
    see("start_run", MISSING, workflowId=workflow, roleArn=ROLE, outputUri=BUCKET, name=see.name)


def refused_workflows_and_runs(see: Witness) -> None:
    workflow = {"name": see.name, "definitionZip": archive()}
    see("create_workflow", INVALID, name=see.name)
    for wrong in (
        {"name": see.name.ljust(129, "x")},
        {"engine": "NONE"},
        {"definitionUri": f"{BUCKET}/a.zip"},
        {"storageCapacity": -1},
    ):
        see("create_workflow", INVALID, **{**workflow, **wrong})
    run = {"workflowId": UNKNOWN, "roleArn": ROLE, "outputUri": BUCKET, "name": see.name}
    see("start_run", INVALID, **{member: value for member, value in run.items() if member != "roleArn"})
    for wrong in ({"roleArn": "nonsense"}, {"outputUri": "nonsense"}, {"name": see.name.ljust(129, "x")}, {"priority": -1}):
        see("start_run", INVALID, **{**run, **wrong})
    for member in ("workflowType", "storageType", "logLevel"):
        see("start_run", INVALID, **{**run, member: "NONE"})


def sequence_stores(see: Witness) -> None:
    store = see("create_sequence_store", name=see.name, description="Compared")["id"]
    see.wait("get_sequence_store", id=store)
    see("get_sequence_store", id=store)
    see("list_sequence_stores", filter={"name": see.name})
    see("list_read_sets", sequenceStoreId=store)
    see("get_read_set_metadata", MISSING, sequenceStoreId=store, id=UNKNOWN_STORE)
    for wrong in ({}, {"name": see.name.ljust(128, "x")}, {"name": see.name, "sseConfig": {"type": "NONE"}}):
        see("create_sequence_store", INVALID, **wrong)
    see("delete_sequence_store", id=store)
    see.wait("get_sequence_store", id=store)
    see("get_sequence_store", MISSING, id=store)


def reference_stores(see: Witness) -> None:
    store = see("create_reference_store", name=see.name)["id"]
    see("get_reference_store", id=store)
    see("list_reference_stores", filter={"name": see.name})
    see("list_references", referenceStoreId=store)
    see("get_reference_metadata", MISSING, referenceStoreId=store, id=UNKNOWN_STORE)
    see("create_reference_store", "ServiceQuotaExceededException", name=f"{see.name}-2")
    see("delete_reference_store", id=store)
    see("get_reference_store", MISSING, id=store)


def run_caches(see: Witness) -> None:
    see("get_run_cache", MISSING, id=UNKNOWN)
    see("create_run_cache", INVALID, name=see.name, cacheS3Location="nonsense")
    if see.bucket:
        cache = see("create_run_cache", name=see.name, cacheS3Location=f"s3://{see.bucket}/{see.name}")["id"]
        see("get_run_cache", id=cache)
        see("update_run_cache", id=cache, cacheBehavior="CACHE_ALWAYS")
        see("delete_run_cache", id=cache)
        see("get_run_cache", MISSING, id=cache)


EVERYWHERE: tuple[Probe, ...] = (
    *(run_groups, refused_run_groups, unknown_ids, pages, tags),
    *(workflows, refused_workflows_and_runs, sequence_stores, reference_stores),
)
PROBES = [
    *(pytest.param(probe, id=probe.__name__) for probe in EVERYWHERE),
    pytest.param(run_caches, id="run_caches", marks=pytest.mark.operation("CreateRunCache")),
]
