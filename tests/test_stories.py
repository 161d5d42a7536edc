"""What people build around runs, tested from end to end as they would test it."""

import json
from typing import Any
from urllib.parse import unquote_plus

import boto3
import pytest

from omics_mock import OmicsMock, mock_omics
from tests.support.workflows import ROLE, archive

pytestmark = pytest.mark.observed

WDL = """version 1.0
workflow germline {
  input { File reads  File reference = "s3://genomes/hg38.fa" }
  call align { input: reads = reads, reference = reference }
  call call_variants { input: bam = align.bam }
  output { File vcf = call_variants.vcf }
}
task align {
  input { File reads  File reference }
  command { bwa mem ~{reference} ~{reads} > out.bam }
  output { File bam = "out.bam" }
  runtime { cpu: 16  memory: "32 GiB"  docker: "123456789012.dkr.ecr.us-east-1.amazonaws.com/bwa:1" }
}
task call_variants {
  input { File bam }
  command { call ~{bam} > calls.vcf }
  output { File vcf = "calls.vcf" }
  runtime { cpu: 4  memory: "32 GiB"  docker: "123456789012.dkr.ecr.us-east-1.amazonaws.com/gatk:4" }
}
"""


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def germline(omics: Any) -> str:
    workflow = omics.create_workflow(name="germline", definitionZip=archive({"main.wdl": WDL}))["id"]
    omics.get_waiter("workflow_active").wait(id=workflow)
    return str(workflow)


def bodies(queue: str) -> list[Any]:
    messages: Any = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


# ---- a run for every upload ------------------------------------------------------------------------------------------


def start_on_upload(event: dict[str, Any], context: object) -> list[str]:
    """The user's handler: a run of the germline workflow for every FASTQ file that was uploaded."""
    omics: Any = boto3.client("omics")
    workflow = next(found["id"] for found in omics.list_workflows(name="germline")["items"])
    started = []
    for record in event["Records"]:
        bucket, key = record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"])
        run = omics.start_run(
            workflowId=workflow,
            roleArn=ROLE,
            name=key.rpartition("/")[2].removesuffix(".fastq.gz"),
            parameters={"reads": f"s3://{bucket}/{key}"},
            outputUri="s3://results/germline",
            storageType="DYNAMIC",
        )
        started.append(run["id"])
    return started


@mock_omics(now="2026-03-01T12:00:00Z")
def test_an_upload_starts_a_run_and_its_completion_is_told_to_a_queue() -> None:
    s3: Any = boto3.client("s3")
    sqs: Any = boto3.client("sqs")
    events: Any = boto3.client("events")
    omics: Any = boto3.client("omics")
    uploads, done = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("uploads", "done"))
    arns = {
        url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        for url in (uploads, done)
    }
    for bucket in ("reads", "results", "genomes"):
        s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket="genomes", Key="hg38.fa", Body=b">chr1\nACGT\n")
    s3.put_bucket_notification_configuration(
        Bucket="reads",
        NotificationConfiguration={"QueueConfigurations": [{"QueueArn": arns[uploads], "Events": ["s3:ObjectCreated:*"]}]},
    )
    pattern = {"source": ["aws.omics"], "detail-type": ["Run Status Change"], "detail": {"status": ["COMPLETED", "FAILED"]}}
    events.put_rule(Name="runs-that-ended", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="runs-that-ended", Targets=[{"Id": "done", "Arn": arns[done]}])
    workflow = germline(omics)

    s3.put_object(Bucket="reads", Key="2026/NA12878.fastq.gz", Body=b"@r1\nACGT\n+\nIIII\n")
    (notification,) = [body for body in bodies(uploads) if "Records" in body]
    (run,) = start_on_upload(notification, None)
    omics.get_waiter("run_completed").wait(id=run)

    (event,) = bodies(done)
    arn = f"arn:aws:omics:us-east-1:123456789012:run/{run}"
    found = omics.get_run(id=run)
    assert (event.pop("id"), event.pop("time")) != ("", "")
    assert event == {
        "version": "0",
        "detail-type": "Run Status Change",
        "source": "aws.omics",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {
            "omicsVersion": "1.0.0",
            "arn": arn,
            "status": "COMPLETED",
            "uuid": found["uuid"],
            "runId": run,
            "runName": "NA12878",
            "runOutputUri": f"s3://results/germline/{run}",
            "workflowId": workflow,
            "workflowName": "germline",
        },
    }
    written = {found["Key"] for found in s3.list_objects_v2(Bucket="results")["Contents"]}
    assert {f"germline/{run}/logs/engine.log", f"germline/{run}/logs/outputs.json", f"germline/{run}/out/vcf/calls.vcf"} <= written
    outputs = json.loads(s3.get_object(Bucket="results", Key=f"germline/{run}/logs/outputs.json")["Body"].read())
    assert outputs == {"germline.vcf": f"s3://results/germline/{run}/out/vcf/calls.vcf"}


# ---- why did it fail? ------------------------------------------------------------------------------------------------


def diagnose(run: str) -> str:
    """The user's tool: one line on why a run failed, from GetRun, ListRunTasks and the logs."""
    omics: Any = boto3.client("omics")
    logs: Any = boto3.client("logs")
    found = omics.get_run(id=run)
    if found["status"] != "FAILED":
        return f"run {run} is {found['status']}"
    (failed,) = omics.list_run_tasks(id=run, status="FAILED")["items"]
    task = omics.get_run_task(id=run, taskId=failed["taskId"])
    group, _, stream = task["logStream"].partition(":log-group:")[2].partition(":log-stream:")
    last = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"][-1]["message"]
    run_stream = found["logLocation"]["runLogStream"].rpartition(":log-stream:")[2]
    told = [
        json.loads(event["message"])["logMessage"]
        for event in logs.get_log_events(logGroupName=group, logStreamName=run_stream, startFromHead=True)["events"]
    ]
    return f"{found['failureReason']} <- {task['name']}: {task['failureReason']} ({task['memory']} GiB): {last}; run: {told[-1]}"


@pytest.mark.inferred
@mock_omics
def test_a_task_out_of_memory_is_diagnosed_from_the_api_and_the_logs_alone() -> None:
    omics: Any = boto3.client("omics")
    mocked = OmicsMock.current()
    mocked.plan_run(
        name="NA12878",
        tasks={"call_variants": {"log": ["INFO reading out.bam", "java.lang.OutOfMemoryError: Java heap space"]}},
        fail={"reason": "OUT_OF_MEMORY_ERROR", "task": "call_variants"},
    )
    run = omics.start_run(
        workflowId=germline(omics),
        roleArn=ROLE,
        name="NA12878",
        parameters={"reads": "s3://reads/NA12878.fastq.gz"},
        outputUri="s3://results/germline",
    )["id"]
    mocked.finish_all()
    said = diagnose(run)
    assert said.startswith("RUN_TASK_FAILED <- call_variants: OUT_OF_MEMORY_ERROR (32 GiB): ")
    assert "137" in said
    assert said.endswith("; run: RUN_FAILED")


# ---- what did it cost? -----------------------------------------------------------------------------------------------

PRICES = {"omics.c.4xlarge": 0.9792, "omics.r.xlarge": 0.3402}
"""US dollars for an hour."""


def costs(run: str) -> dict[str, float]:
    """The user's tool: what each task of a run cost, from the manifest alone."""
    logs: Any = boto3.client("logs")
    group = "/aws/omics/WorkflowLog"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"manifest/run/{run}/")["logStreams"]
    told = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)["events"]
    manifest = sorted((json.loads(event["message"]) for event in told), key=lambda entry: entry["creationTime"])
    assert "cpus" not in manifest[0]
    return {
        task["name"]: round(task["metrics"]["runningSeconds"] / 3600 * PRICES[task["instanceType"]], 4) for task in manifest[1:]
    }


@mock_omics
def test_the_cost_of_each_task_is_computed_from_the_manifest() -> None:
    omics: Any = boto3.client("omics")
    OmicsMock.current().plan_run(tasks={"align": {"seconds": 7200}, "call_variants": {"seconds": 1800}})
    run = omics.start_run(
        workflowId=germline(omics),
        roleArn=ROLE,
        parameters={"reads": "s3://reads/NA12878.fastq.gz"},
        outputUri="s3://results/germline",
    )["id"]
    omics.get_waiter("run_completed").wait(id=run)
    assert costs(run) == {"align": pytest.approx(2 * 0.9792, rel=0.05), "call_variants": pytest.approx(0.5 * 0.3402, rel=0.05)}
