"""The stack of tests/cloudformation/cdk_template.json, synthesised from the CDK's own constructs: ``cdk_stack.py FILE [--write]``.

Compares what the CDK makes of it with the file, so that the tests deploy what the CDK deploys. Needs aws-cdk-lib and Node.js.
"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_imagebuilder as imagebuilder
from aws_cdk import aws_omics as omics

DATA = """name: sample
schemaVersion: 1.0
steps:
  - name: wait_here
    action: WaitForAction
"""


class Genomics(cdk.Stack):
    """All ten resource types."""

    def __init__(self, scope: cdk.App) -> None:
        super().__init__(scope, "Genomics", description="Genomics", analytics_reporting=False)
        team = {"team": "blue"}
        bucket = cdk.CfnParameter(self, "Bucket", type="String", default="definitions")
        reference = cdk.CfnParameter(self, "Reference", type="String", default="")
        has_reference = cdk.CfnCondition(
            self, "HasReference", expression=cdk.Fn.condition_not(cdk.Fn.condition_equals(reference.value_as_string, ""))
        )
        definition = f"s3://{bucket.value_as_string}/main.zip"

        omics.CfnReferenceStore(self, "References", name="references", tags=team)
        reads = omics.CfnSequenceStore(
            self, "Reads", name="reads", e_tag_algorithm_family="MD5up", propagated_set_level_tags=["team"], tags=team
        )
        reads.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
        variants = omics.CfnVariantStore(
            self, "Variants", name="variants", reference={"referenceArn": reference.value_as_string}, tags=team
        )
        variants.cfn_options.condition = has_reference
        omics.CfnAnnotationStore(
            self,
            "Annotations",
            name="annotations",
            store_format="TSV",
            store_options={"tsvStoreOptions": {"annotationType": "GENERIC", "schema": [{"gene": "STRING"}, {"score": "DOUBLE"}]}},
            tags=team,
        )
        omics.CfnRunGroup(self, "Group", name="group", max_cpus=4, max_runs=2, tags=team)
        omics.CfnRunCache(
            self,
            "Cache",
            name="cache",
            cache_behavior="CACHE_ON_FAILURE",
            cache_s3_location=f"s3://{bucket.value_as_string}/cache",
            tags=[cdk.CfnTag(key="team", value="blue")],
        )
        workflow = omics.CfnWorkflow(
            self,
            "Workflow",
            name="workflow",
            engine="WDL",
            definition_uri=definition,
            parameter_template={"sample": {"description": "name of the sample", "optional": True}},
            tags=team,
        )
        version = omics.CfnWorkflowVersion(
            self, "Version", workflow_id=workflow.attr_id, version_name="v1", definition_uri=definition, tags=team
        )
        version.add_dependency(workflow)
        omics.CfnConfiguration(
            self,
            "Network",
            name="network",
            run_configurations={"vpcConfig": {"securityGroupIds": ["sg-0a"], "subnetIds": ["subnet-0a"]}},
            tags=team,
        )
        image = imagebuilder.CfnWorkflow(self, "Image", name="image", version="1.0.0", type="BUILD", data=DATA, tags=team)

        cdk.CfnOutput(self, "WorkflowArn", value=workflow.attr_arn, export_name="Genomics:WorkflowArn")
        cdk.CfnOutput(self, "ReadsUri", value=reads.attr_s3_uri)
        cdk.CfnOutput(self, "LatestImage", value=cdk.Token.as_string(image.get_att("LatestVersion.Arn")))


def synthesised() -> Any:
    """The template."""
    with TemporaryDirectory() as folder:
        app = cdk.App(outdir=folder, context={"aws:cdk:enable-path-metadata": True})  # as its command line does
        Genomics(app)
        app.synth()
        return json.loads((Path(folder) / "Genomics.template.json").read_text(encoding="utf-8"))


if __name__ == "__main__":
    file, template = Path(sys.argv[1]), synthesised()
    if "--write" in sys.argv:
        file.write_text(json.dumps(template, indent=1) + "\n", encoding="utf-8")
    elif json.loads(file.read_text(encoding="utf-8")) != template:
        sys.exit(f"{file} is not what the CDK synthesises; write it anew with --write")
