"""A world with every kind of resource in every state, and requests of any operation about what is in it."""

from typing import Any

from omics_mock import OmicsMock
from omics_mock.given import STATES
from omics_mock.transports import moto as transport
from omics_mock.wire.model import load
from tests.support.analytics import GENERIC
from tests.support.imagebuilder import create
from tests.support.storage import bucket
from tests.support.workflows import archive

ACCOUNT = "123456789012"
FRIEND = "111122223333"
"""The account that shares are made for."""


class Found(dict[str, list[dict[str, Any]]]):
    """The members of what there is, by its kind."""

    def __repr__(self) -> str:
        return "what there is"  # hypothesis shows it, and it is long


_NEEDS = {
    "workflow_version": "CreateWorkflowVersion",
    "run_cache": "CreateRunCache",
    "run_batch": "StartRunBatch",
    "configuration": "CreateConfiguration",
}
"""What older botocores may lack."""


def populate(mock: OmicsMock) -> Found:
    """Make some of everything, and tell what there is."""
    bucket(
        "r1.fq",
        "ce.fa",
        "index.vcf",
        "gff_file.gff",
        contents={"flow.zip": archive(), "template.json": b"{}", "readme.md": b"#", "runs.json": b"[]"},
    )
    for kind, states in STATES.items():
        if known(kind):
            for status in states:
                if status != "UPDATING" or "UpdateSequenceStore" in load("omics").operations:
                    getattr(mock.given, kind)(status)
    for kind in ("run_group", "run_cache", "upload"):
        if known(kind):
            getattr(mock.given, kind)()
    for group in range(2):
        mock.given.run_group(name=f"group {group}", maxRuns=group + 1)
    mock.given.annotation_store(storeFormat="TSV", storeOptions=GENERIC)
    mock.given.sequence_store()  # one that is empty
    builder = mock.client("imagebuilder", region="us-east-1")
    for version in ("1.0.0", "1.0.1"):
        create(builder, version=version)
    return found()


def populate_sparsely(mock: OmicsMock) -> Found:
    """One of most things."""
    bucket("r1.fq", "ce.fa", contents={"flow.zip": archive()})
    run = mock.given.run(runGroupId=mock.given.run_group()["id"])
    mock.given.run("RUNNING", workflowId=run["workflowId"])
    mock.given.read_set()
    mock.given.upload()
    mock.given.variant_import_job()
    mock.given.annotation_import_job("SUBMITTED")
    mock.given.share("PENDING")
    create(mock.client("imagebuilder", region="us-east-1"))
    return found()


def known(kind: str) -> bool:
    """Whether the installed botocore knows of such things."""
    return _NEEDS.get(kind, "CreateWorkflow") in load("omics").operations


def found() -> Found:
    """The members of all there is in the first account and region."""
    state = transport.omics_backends[ACCOUNT]["us-east-1"].state
    builds = transport.imagebuilder_backends[ACCOUNT]["us-east-1"].state
    records = {**state.records(), **builds.records()}
    there = Found({kind: [dict(record) for record in table] for kind, table in records.items()})
    there["Task"] = [{"id": run["id"], "taskId": task} for run in state.runs.table for task in run.tasks.records]
    there["Part"] = [
        {"sequenceStoreId": upload["sequenceStoreId"], "uploadId": upload["uploadId"], "parts": _parts(upload)}
        for upload in state.read_set_uploads.table
    ]
    return there


def _parts(upload: Any) -> list[dict[str, Any]]:
    """What the request that completes an upload lists."""
    return [{name: part[name] for name in ("partNumber", "partSource", "checksum")} for part in upload.parts]
