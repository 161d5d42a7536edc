"""Templates, and a stack made of them."""

import copy
import json
from collections.abc import Mapping
from typing import Any

BUCKET = "definitions"
DOCUMENT = "name: sample\nschemaVersion: 1.0\nsteps:\n  - name: wait_here\n    action: WaitForAction\n"
DEFINITION = f"s3://{BUCKET}/main.zip"
NETWORK = {"VpcConfig": {"SubnetIds": ["subnet-0a"], "SecurityGroupIds": ["sg-0a"]}}
SCHEMA = {"AnnotationType": "GENERIC", "Schema": [{"gene": "STRING"}, {"score": "DOUBLE"}]}

RESOURCES: Mapping[str, Any] = {
    "References": {
        "Type": "AWS::Omics::ReferenceStore",
        "Properties": {"Name": "references", "Description": "genomes", "Tags": {"team": "blue"}},
    },
    "Reads": {
        "Type": "AWS::Omics::SequenceStore",
        "Properties": {
            "Name": "reads",
            "FallbackLocation": f"s3://{BUCKET}/fallback/",
            "ETagAlgorithmFamily": "SHA256up",
            "Tags": {"team": "blue"},
        },
    },
    "Variants": {
        "Type": "AWS::Omics::VariantStore",
        "Condition": "HasReference",
        "Properties": {"Name": "variants", "Reference": {"ReferenceArn": {"Ref": "Reference"}}, "Tags": {"team": "blue"}},
    },
    "Annotations": {
        "Type": "AWS::Omics::AnnotationStore",
        "Properties": {"Name": "annotations", "StoreFormat": "TSV", "StoreOptions": {"TsvStoreOptions": SCHEMA}},
    },
    "Group": {"Type": "AWS::Omics::RunGroup", "Properties": {"Name": "group", "MaxCpus": "4", "Tags": {"team": "blue"}}},
    "Cache": {
        "Type": "AWS::Omics::RunCache",
        "Properties": {"Name": "cache", "CacheS3Location": f"s3://{BUCKET}/cache", "Tags": [{"Key": "team", "Value": "blue"}]},
    },
    "Workflow": {
        "Type": "AWS::Omics::Workflow",
        "Properties": {
            "Name": "workflow",
            "DefinitionUri": DEFINITION,
            "ParameterTemplate": {"SampleName": {"Description": "of the sample", "Optional": True}},
            "Tags": {"team": "blue"},
        },
    },
    "Version": {
        "Type": "AWS::Omics::WorkflowVersion",
        "Properties": {"WorkflowId": {"Ref": "Workflow"}, "VersionName": "v1", "DefinitionUri": DEFINITION},
    },
    "Network": {"Type": "AWS::Omics::Configuration", "Properties": {"Name": "network", "RunConfigurations": NETWORK}},
    "Image": {
        "Type": "AWS::ImageBuilder::Workflow",
        "Properties": {"Name": "image", "Version": "1.0.0", "Type": "BUILD", "Uri": f"s3://{BUCKET}/flow.yml", "Tags": {"a": "b"}},
    },
}


def template(*names: str, outputs: Mapping[str, Any] | None = None, **changes: Mapping[str, Any]) -> Any:
    """These resources, all when none are named, with other properties as changed; a property that is None is taken out."""
    resources = {name: copy.deepcopy(RESOURCES[name]) for name in names or RESOURCES}
    for name, changed in changes.items():
        properties = {**resources[name]["Properties"], **changed}
        resources[name]["Properties"] = {key: value for key, value in properties.items() if value is not None}
    return {
        "Parameters": {"Reference": {"Type": "String", "Default": ""}},
        "Conditions": {"HasReference": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Reference"}, ""]}]}},
        "Resources": resources,
        "Outputs": {name: {"Value": value} for name, value in (outputs or {}).items()},
    }


class Stack:
    """One stack, through boto3."""

    name = "genomics"

    def __init__(self, client: Any) -> None:
        self.client = client

    def create(self, text: Any, reference: str = "", **more: Any) -> str:
        """The status it ends in."""
        self.id = self.client.create_stack(StackName=self.name, **_asked(text, reference), **more)["StackId"]
        return self.status

    def update(self, text: Any, reference: str = "") -> str:
        self.client.update_stack(StackName=self.name, **_asked(text, reference))
        return self.status

    def delete(self) -> str:
        self.client.delete_stack(StackName=self.name)
        return self.status

    @property
    def status(self) -> str:
        return str(self.described["StackStatus"])

    @property
    def described(self) -> Any:
        return self.client.describe_stacks(StackName=self.id)["Stacks"][0]

    @property
    def outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.described.get("Outputs", ())}

    @property
    def ids(self) -> dict[str, str]:
        """What Ref answers, by logical id."""
        found = self.client.describe_stack_resources(StackName=self.id)["StackResources"]
        there = (resource for resource in found if resource.get("LogicalResourceId"))  # moto lists what has a false condition
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in there}

    def events(self) -> list[tuple[str, str, str]]:
        """Logical id, status and reason, the oldest first."""
        found = reversed(self.client.describe_stack_events(StackName=self.id)["StackEvents"])
        return [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", "")) for e in found]

    def reason(self, logical_id: str) -> str:
        """Why something could not be done with a resource."""
        (reason,) = (reason for name, status, reason in self.events() if name == logical_id and status.endswith("_FAILED"))
        return reason


def _asked(text: Any, reference: str) -> dict[str, Any]:
    return {"TemplateBody": json.dumps(text), "Parameters": [{"ParameterKey": "Reference", "ParameterValue": reference}]}
