"""Use the installed package as a stranger would: no checkout, no tests, none of the development tools."""

import importlib.util
import json
import sys
from io import BytesIO
from zipfile import ZipFile

from omics_mock import mock_omics

for tool in ("pytest", "mypy", "hypothesis"):
    if importlib.util.find_spec(tool):
        sys.exit(f"the environment is not empty: {tool} is installed")

import boto3  # noqa: E402 - after the mock, as the order must not matter

archive = BytesIO()
with ZipFile(archive, "w") as definition:
    definition.writestr("main.nf", "process ALIGN {\n}\nworkflow { ALIGN() }\n")

with mock_omics():
    session = boto3.Session("test", "test", region_name="eu-west-1")
    omics, s3 = session.client("omics"), session.client("s3")
    s3.create_bucket(Bucket="stranger", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="stranger", Key="definition.zip", Body=archive.getvalue())
    workflow = omics.create_workflow(name="stranger", definitionUri="s3://stranger/definition.zip", requestId="w")
    omics.get_waiter("workflow_active").wait(id=workflow["id"])
    role = "arn:aws:iam::123456789012:role/omics"
    run = omics.start_run(workflowId=workflow["id"], roleArn=role, outputUri="s3://stranger/out", requestId="r")
    omics.get_waiter("run_completed").wait(id=run["id"])
    print(json.dumps({"workflow": workflow["arn"], "run": omics.get_run(id=run["id"])["status"]}))
