"""A template as aws-cdk-lib 2.275.0 synthesises it from its L1 constructs; checks/cdk_stack.py holds the two against each other."""

import json
from pathlib import Path
from typing import Any

import pytest

from omics_mock import OmicsMock
from tests.cloudformation.templates import Stack
from tests.support.storage import start_reference_import

pytestmark = pytest.mark.inferred

TEMPLATE = json.loads(Path(__file__).with_name("cdk_template.json").read_text(encoding="utf-8"))


@pytest.mark.operation(
    "CreateConfiguration", "CreateRunCache", "CreateWorkflowVersion", "CreateSequenceStore.propagatedSetLevelTags"
)
def test_a_template_of_cdk_is_deployed_through_change_sets_and_destroyed(mocked: OmicsMock, omics: Any, stack: Stack) -> None:
    ssm: Any = mocked.client("ssm", "us-east-1")
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="28", Type="String")

    def deploy(kind: str, **parameters: str) -> str:
        made = stack.client.create_change_set(
            StackName="Genomics",
            ChangeSetName=f"cdk-deploy-{kind}".lower(),
            ChangeSetType=kind,
            TemplateBody=json.dumps(TEMPLATE),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )
        stack.client.execute_change_set(ChangeSetName=made["Id"])
        stack.id, stack.name = made["StackId"], "Genomics"
        return stack.status

    assert deploy("CREATE") == "CREATE_COMPLETE", stack.events()
    store = stack.ids["References"]
    mocked.lifecycle("reference_import_job", "immediate")
    start_reference_import(omics, store, {"sourceFile": "s3://anywhere/genome.fa", "name": "genome"})
    reference = omics.list_references(referenceStoreId=store)["references"][0]
    assert deploy("UPDATE", Reference=reference["arn"]) == "UPDATE_COMPLETE", stack.events()

    made = stack.ids
    assert set(made) == set(TEMPLATE["Resources"])
    version = omics.get_workflow_version(workflowId=made["Workflow"], versionName="v1")
    assert (version["status"], version["tags"]) == ("ACTIVE", {"team": "blue"})
    assert omics.get_variant_store(name="variants")["status"] == "ACTIVE"
    assert omics.get_sequence_store(id=made["Reads"])["propagatedSetLevelTags"] == ["team"]

    omics.delete_variant_store(name="variants")
    mocked.finish_all()
    omics.delete_reference(id=reference["id"], referenceStoreId=store)
    assert stack.delete() == "DELETE_COMPLETE", stack.events()
    assert omics.list_workflows()["items"] == []
