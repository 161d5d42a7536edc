"""What a document must be, in general and in strict mocks, and the versions of names and numbers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock import mock_imagebuilder
from omics_mock.imagebuilder import managed
from omics_mock.imagebuilder.documents import declared_parameters
from omics_mock.imagebuilder.exceptions import InvalidParameterValueException
from omics_mock.imagebuilder.versions import normalised
from tests.support.imagebuilder import DOCUMENT, create, document, refused

pytestmark = pytest.mark.inferred

STEP = DOCUMENT.partition("steps:\n")[2]


def fault(data: str, *, workflow_type: str = "BUILD", strict: bool = False) -> str:
    """What is said of the document; nothing when it is accepted."""
    try:
        declared_parameters(data, workflow_type, strict)
    except InvalidParameterValueException as refusal:
        return refusal.message.removeprefix("The value supplied for parameter 'data' is not valid. ")
    return ""


def step(action: str = "WaitForAction", **members: Any) -> str:
    """A document of one step."""
    named = {name.rstrip("_"): value for name, value in members.items()}
    return f"schemaVersion: 1.0\nsteps: [{ {'name': 'one', 'action': action, **named} }]"


@pytest.mark.parametrize(
    "data",
    [
        DOCUMENT,
        DOCUMENT.replace("1.0", "'1.0'"),
        '{"schemaVersion": "1.0", "steps": [{"name": "one", "action": "WaitForAction", "onFailure": "Continue"}]}',
        document("parameters:"),
        document("parameters: []"),
    ],
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_plain_document_is_accepted(data: str, strict: bool) -> None:
    assert fault(data, strict=strict) == ""


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("", "must be a mapping"),
        ("a: &a [*a]\n" + DOCUMENT.replace("1.0", "1"), "Invalid schema version"),
        ("[" * 5_000, "is not valid YAML"),
        ("schemaVersion: 2026-13-45", "is not valid YAML"),
        (f"a: &a {dict.fromkeys(range(1_000), 0)}\nb: {{<<: [{', '.join(['*a'] * 11)}]}}", "mappings are merged too often"),
        ("schemaVersion: !!python/object:os.system {}", "is not valid YAML"),
        ("\0", "is not valid YAML"),
        ("? [a]\n: b", "is not valid YAML"),
        ("schemaVersion: 1.0\nsteps: []", "list of steps"),
        ("schemaVersion: 1.0\nsteps: {one: two}", "list of steps"),
        ("schemaVersion: 1.0\nsteps: [one]", "Step 1 must have a name and an action."),
        ("schemaVersion: 1.0\nsteps: [{name: one, action: [WaitForAction]}]", "Step 1 must have a name and an action."),
        (step(onFailure="Retry"), "onFailure must be Abort or Continue."),
        (step("CollectImageScanFindings"), "for workflow type BUILD"),
        (document("parameters: {}x"), "is not valid YAML"),
        (document("parameters: text"), "must be a list"),
        (document("parameters: [text]"), "must have a name"),
        (document("parameters: [{name: ''}]"), "must have a name"),
        (document("parameters: [{name: a, type: number}]"), "must be one of string, integer, boolean, stringList"),
        (document(f"parameters: [{{name: a, description: {'x' * 1_025}}}]"), "at most 1024 characters"),
    ],
)
def test_what_is_always_refused(data: str, told: str) -> None:
    assert told in fault(data)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (f"schemaVersion: 1.0\nsteps: {[{'name': f'one{n}', 'action': 'WaitForAction'} for n in range(16)]}", "more than 15"),
        (document(f"parameters: {[{'name': f'p{n}'} for n in range(26)]}"), "26 parameters, more than 25"),
        (document(f"outputs: {[{'name': f'p{n}', 'value': ''} for n in range(26)]}"), "26 outputs, more than 25"),
        (document("outputs: [{name: a}]"), "each with a name and a value"),
        (document("outputs: text"), "each with a name and a value"),
        (step(name="a step!"), "Invalid step name 'a step!'. Allowed characters are combinations of"),
        (step(description=""), "1 to 1024"),
        (step(rollbackEnabled="no"), "rollbackEnabled"),
        (step(timeoutSeconds=0), "timeoutSeconds must be a number from 1 to 604800."),
        (step(timeoutSeconds=604_801), "timeoutSeconds"),
        (step(timeoutSeconds="60"), "timeoutSeconds"),
        (step("RunCommand", inputs={"instanceId": "i"}), "needs the inputs instanceId, documentName"),
        (step("CreateImage"), "needs the inputs instanceId"),
        (step(inputs="text"), "as a mapping"),
        (step(if_={"value": 1}), "if must be"),
        (step(if_={"numberEquals": 1, "stringEquals": "1", "value": 1}), "if must be"),
        (step(if_="$.parameters.go"), "if must be"),
        (step(if_={"and": []}), "if must be"),
        (step(if_={"not": {"almostEquals": 1, "value": 1}}), "if must be"),
        (step(inputs={"a.$": "$.parameters.none"}), "$.parameters.none refers to nothing"),
        (step(inputs={"a.$": "$.stepOutputs.one.b"}), "$.stepOutputs.one refers to nothing that is declared before it"),
        (document("outputs: [{name: a, value: $.stepOutputs.none}]"), "$.stepOutputs.none refers to nothing"),
        ("schemaVersion: 1.0\nsteps:\n  - name: one\n    action: WaitForAction\n    if: &a {not: *a}", "nested too deep"),
    ],
)
def test_what_only_strict_mocks_refuse(data: str, told: str) -> None:
    assert fault(data) == ""
    assert told in fault(data, strict=True)


@pytest.mark.parametrize(
    "data",
    [
        step("CreateImage", inputs={"instanceId.$": "i"}, timeoutSeconds=259_200),
        step(rollbackEnabled=False, if_={"and": [{"not": {"booleanEquals": True, "value": 1}}]}),
        document("outputs: [{name: a, value: $.stepOutputs.wait_here.b}]"),
        document(
            "  - {name: two_, action: WaitForAction, inputs: {a: $.parameters.p, b: $.stepOutputs.wait_here}}",
            "parameters: [{name: p}]",
        ),
        "a: &a [*a]\n" + DOCUMENT,
    ],
)
def test_what_strict_mocks_accept(data: str) -> None:
    assert fault(data, strict=True) == ""


def test_containers_are_not_distributed_with_images() -> None:
    steps = [
        {"name": f"{action}_", "action": action, "inputs": {"instanceId": "i"}}
        for action in ("DistributeContainerImage", "DistributeImage")
    ]
    data = f"schemaVersion: 1.0\nsteps: {steps}"
    assert "can not be combined with DistributeImage" in fault(data, workflow_type="DISTRIBUTION", strict=True)
    assert fault(data, workflow_type="DISTRIBUTION") == ""


@pytest.mark.parametrize("workflow", tuple(managed.workflows()), ids=lambda workflow: workflow["name"])
def test_amazons_own_documents_are_beyond_reproach(workflow: dict[str, str]) -> None:
    assert fault(workflow["data"], workflow_type=workflow["type"], strict=True) == ""


@given(st.one_of(st.text(), st.text("[]{}:,-&*! \n'\"#|>?%@`a1."), st.builds(DOCUMENT.__add__, st.text(" \n-:[]{}&*a"))))
def test_no_text_breaks_the_reader(data: str) -> None:
    assert isinstance(fault(data, strict=True), str)


@pytest.mark.documented
@pytest.mark.parametrize(("name", "form"), [("My_Work Flow", "my-work-flow"), ("a--b", "a--b"), ("ABC", "abc")])
def test_names_are_normalised(name: str, form: str) -> None:
    assert normalised(name) == form


def test_a_strict_mock_is_strict_through_boto3() -> None:
    with mock_imagebuilder(strict=True) as mocked:
        builder = mocked.client("imagebuilder")
        with refused("InvalidParameterValueException", saying="Invalid step name"):
            create(builder, data=DOCUMENT.replace("wait_here", "wait here"))
        with refused("InvalidParameterValueException", saying="'kmsKeyId'"):
            create(builder, kmsKeyId="1234")
        create(builder, kmsKeyId="arn:aws:kms:us-east-1:123456789012:alias/mine")
