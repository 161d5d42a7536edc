"""The rows of resource types against the resource schemas that cfn-lint ships, and what moto is told of them."""

import importlib
import subprocess
import sys
import warnings
from importlib.metadata import version
from typing import Any

import pytest

from omics_mock.cloudformation.resource_types import RESOURCE_TYPES, ResourceType
from omics_mock.wire.model import load

pytestmark = pytest.mark.inferred

# moto 5.1.22 wants an older cfn-lint, whose schemas have less in them.
NEW_SCHEMAS = tuple(map(int, version("cfn-lint").split(".")[:2])) >= (1, 58)
BY_NAME = {kind.name: kind for kind in RESOURCE_TYPES}


@pytest.fixture(scope="module")
def schemas() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cfn-lint's own
        cfnlint = importlib.import_module("cfnlint.schema")  # which has no types
    return cfnlint.PROVIDER_SCHEMA_MANAGER


def schema_of(schemas: Any, kind: ResourceType) -> Any:
    return schemas.get_resource_schema("us-east-1", kind.name).schema


def names(pointers: list[str]) -> set[str]:
    return {pointer.removeprefix("/properties/").replace("/", ".") for pointer in pointers}


@pytest.mark.documented
@pytest.mark.parametrize("kind", RESOURCE_TYPES, ids=str)
def test_the_rows_say_what_the_schemas_say(schemas: Any, kind: ResourceType) -> None:
    if not NEW_SCHEMAS and kind.name not in schemas.get_resource_types("us-east-1"):
        return
    schema = schema_of(schemas, kind)
    read_only, properties = names(schema["readOnlyProperties"]), set(schema["properties"])
    if not NEW_SCHEMAS:
        assert properties <= kind.properties | kind.attributes
        return
    fixed = names(schema.get("createOnlyProperties", []))
    if "update" not in schema["handlers"]:
        fixed = properties - read_only
    elif schema["tagging"]["tagUpdatable"]:
        fixed -= {"Tags"}
    assert kind.attributes == read_only
    assert kind.properties == properties - read_only
    assert set(kind.fixed.split()) == fixed
    assert set(kind.required.split()) == set(schema.get("required") or ())
    assert {kind.identifier} == names(schema["primaryIdentifier"])
    tags = schema["properties"]["Tags"]
    form = tags.get("type") or schema["definitions"][tags["$ref"].rpartition("/")[2]]["type"]
    assert kind.tags is {"object": dict, "array": list}[form]


@pytest.mark.documented
def test_every_type_that_there_is_has_a_row(schemas: Any) -> None:
    listed = set(schemas.get_resource_types("us-east-1"))
    there = {name for name in listed if name.startswith("AWS::Omics::")} | {"AWS::ImageBuilder::Workflow"}
    assert there == set(BY_NAME) if NEW_SCHEMAS else there <= set(BY_NAME)


@pytest.mark.model
@pytest.mark.operation("CreateConfiguration", "UpdateWorkflow.readmeMarkdown", "CreateWorkflow.readmeUri")
@pytest.mark.parametrize("kind", RESOURCE_TYPES, ids=str)
def test_every_property_has_its_place_in_the_api(kind: ResourceType) -> None:
    operations = load(kind.service).operations
    for verb, properties in (("Create", kind.properties), ("Update", kind.changeable.split())):
        for name in set(properties) - {"S3AccessPolicy", "Tags"}:
            shape: Any = operations[f"{verb}{kind.noun}"].input
            for member in kind.path(name):
                assert member in shape.members, f"{verb}{kind.noun} {name}"
                shape = shape.members[member]


def test_neither_importing_nor_using_the_mock_loads_motos_cloudformation() -> None:
    """It needs packages that moto alone does not."""
    code = """
import sys, boto3
from omics_mock import mock_omics
with mock_omics():
    boto3.client("omics", region_name="us-east-1").list_runs()
parts = "moto.cloudformation", "moto.resourcegroups", "omics_mock.cloudformation."
print(*(name for name in sys.modules if name.startswith(parts)))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


@pytest.mark.parametrize("first", ["moto.cloudformation", "omics_mock.transports.moto"])
def test_the_order_of_imports_does_not_matter(first: str) -> None:
    code = f"""
import importlib, boto3, json
importlib.import_module({first!r})
from omics_mock import mock_omics
text = {{"Resources": {{"Group": {{"Type": "AWS::Omics::RunGroup"}}}}}}
with mock_omics() as mocked:
    stacks = boto3.client("cloudformation", region_name="us-east-1")
    stacks.create_stack(StackName="s", TemplateBody=json.dumps(text))
    print(stacks.describe_stacks()["Stacks"][0]["StackStatus"], len(mocked.client().list_run_groups()["items"]))
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "CREATE_COMPLETE 1\n"
