"""A workflow and a run from upload to output, told on standard output."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

WDL = """\
version 1.0

workflow count_reads {
    input {
        File reads
        String sample = "unnamed"
    }
    call trim { input: reads = reads }
    call count { input: reads = trim.trimmed, sample = sample }
    output {
        File report = count.report
    }
}

task trim {
    input { File reads }
    command <<< zcat ~{reads} | awk 'NR % 4 == 2 { print substr($0, 1, 100) }' > trimmed.txt >>>
    output { File trimmed = "trimmed.txt" }
    runtime { cpu: 2  memory: "4 GiB" }
}

task count {
    input {
        File reads
        String sample
    }
    command <<< echo "~{sample} $(wc -l < ~{reads})" > report.txt >>>
    output { File report = "report.txt" }
    runtime { cpu: 1  memory: "2 GiB" }
}
"""


def demo() -> None:
    """Show a workflow and a run from upload to output, and what is refused on the way."""
    import boto3

    from omics_mock import mock_omics

    began = time.perf_counter()
    with mock_omics():
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        _story(session.client("omics"), session.client("s3"))
    print(f"\nDone in {time.perf_counter() - began:.2f} s, and no request left this process.")


def _story(omics: Any, s3: Any) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as definition:
        definition.writestr("main.wdl", WDL)

    _chapter("A workflow, its definition uploaded to the mocked S3")
    s3.create_bucket(Bucket="my-genomics-bucket")
    s3.put_object(Bucket="my-genomics-bucket", Key="count-reads.zip", Body=archive.getvalue())
    s3.put_object(Bucket="my-genomics-bucket", Key="sample-1.fastq.gz", Body=b"the reads")
    workflow = omics.create_workflow(
        name="count-reads",
        definitionUri="s3://my-genomics-bucket/count-reads.zip",
        parameterTemplate={"reads": {"description": "FASTQ file"}, "sample": {"optional": True}},
        tags={"team": "genomics"},
    )
    _show("create_workflow", workflow, "id", "arn", "status")
    omics.get_waiter("workflow_active").wait(id=workflow["id"])
    _show("get_workflow", omics.get_workflow(id=workflow["id"]), "status", "engine", "main", "digest")

    _chapter("A run of it, waited for without a second of sleep")
    run = omics.start_run(
        workflowId=workflow["id"],
        name="sample-1",
        roleArn="arn:aws:iam::123456789012:role/omics-run",
        parameters={"reads": "s3://my-genomics-bucket/sample-1.fastq.gz", "sample": "sample-1"},
        outputUri="s3://my-genomics-bucket/results",
        tags={"team": "genomics"},
    )
    _show("start_run", run, "id", "arn", "status")
    omics.get_waiter("run_completed").wait(id=run["id"])
    _show("get_run", omics.get_run(id=run["id"]), "status", "startTime", "stopTime", "runOutputUri")
    for task in omics.list_run_tasks(id=run["id"])["items"]:
        _show("list_run_tasks", task, "name", "status", "cpus", "memory")

    _chapter("Tags")
    omics.tag_resource(resourceArn=run["arn"], tags={"sample": "1"})
    _show("list_tags_for_resource", omics.list_tags_for_resource(resourceArn=run["arn"]), "tags")

    _chapter("What HealthOmics refuses, the mock refuses")
    _refused(lambda: omics.get_workflow(id="wfl-12345"))
    _refused(lambda: omics.get_workflow(id="7654321"))
    _refused(lambda: omics.cancel_run(id=run["id"]))


def _chapter(title: str) -> None:
    print(f"\n{title}")


def _show(call: str, answer: Any, *members: str) -> None:
    print(f"  {call}: " + ", ".join(f"{member}={answer[member]}" for member in members if member in answer))


def _refused(call: Callable[[], object]) -> None:
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        print(f"  {error}")
    else:
        raise AssertionError("this should have been refused")  # pragma: no cover - a mistake of ours
