"""Definitions in CWL."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.definitions.contents import File
from omics_mock.definitions.declared import Output, PlannedTask, Scatter
from tests.definitions.conftest import Look
from tests.support.definitions import CWL_FILES, CWL_TOOL

pytestmark = pytest.mark.inferred

PACKED = {
    "cwlVersion": "v1.2",
    "$graph": [
        {
            "class": "CommandLineTool",
            "id": "#echo",
            "baseCommand": "echo",
            "inputs": [{"id": "#echo/word", "type": "string"}],
            "outputs": [],
        },
        {
            "class": "Workflow",
            "id": "#main",
            "requirements": [{"class": "ScatterFeatureRequirement"}],
            "inputs": [
                {"id": "#main/words", "type": {"type": "array", "items": "string"}, "default": ["a", "b"]},
                {"id": "#main/others", "type": ["null", "File"]},
            ],
            "outputs": [],
            "steps": [
                {
                    "id": "#main/say",
                    "run": "#echo",
                    "scatter": "#main/say/word",
                    "in": [{"id": "#main/say/word", "source": "#main/words"}],
                    "out": [],
                }
            ],
        },
    ],
}


def test_steps_become_tasks_of_the_size_their_tools_ask_for(look: Look) -> None:
    assert look(CWL_FILES).declared.tasks == (
        PlannedTask("each", 4, 10, 0, "samtools:1", (Scatter(parameter="bams"),)),
        PlannedTask("cat", 2, 2, 1),
    )


@pytest.mark.documented
def test_inputs_become_the_template_and_outputs_are_known(look: Look) -> None:
    declared = look(CWL_FILES).declared
    assert declared.parameters == {
        "bams": {"optional": False, "description": "Aligned reads"},
        "prefix": {"optional": True, "description": ""},
        "level": {"optional": True, "description": ""},
    }
    assert [(output.name, output.kind) for output in declared.outputs] == [("tables", "File[]"), ("joined", "File?")]


def test_a_packed_definition_is_read_from_its_main(look: Look) -> None:
    declared = look({"packed.cwl": json.dumps(PACKED)}).declared
    assert declared.tasks == (PlannedTask("say", scatters=(Scatter(2, "words"),)),)
    assert declared.parameters == {
        "words": {"optional": True, "description": ""},
        "others": {"optional": True, "description": ""},
    }


def test_a_tool_alone_is_a_workflow_of_one_task(look: Look) -> None:
    declared = look({"stats.cwl": CWL_TOOL}).declared
    assert [task.name for task in declared.tasks] == ["stats"]
    assert declared.outputs == (Output("table", "File", File("table", "table")),)


@pytest.mark.documented
@pytest.mark.parametrize("version", ["v1.0", "v1.1", "v1.2"])
def test_every_version_is_read(look: Look, version: str) -> None:
    assert look({name: text.replace("v1.2", version) for name, text in CWL_FILES.items()}).declared.tasks[0].cpus == 4


def test_schemas_are_imported_from_the_archive(look: Look) -> None:
    text = CWL_TOOL.replace("requirements:\n", "requirements:\n  SchemaDefRequirement:\n    types: [{$import: types/pair.yml}]\n")
    pair = "type: record\nname: pair\nfields:\n  left: File\n"
    assert look({"main.cwl": text, "types/pair.yml": pair}).declared.tasks[0].cpus == 4
    with pytest.raises(InvalidDefinition, match=r"main\.cwl:6:1: types/pair\.yml is not in the definition"):
        look({"main.cwl": text})
    with pytest.raises(InvalidDefinition, match=r"types/pair\.yml:2:1: http://h/x\.yml lies outside the definition"):
        look({"main.cwl": text, "types/pair.yml": "type: record\nfields: {$import: 'http://h/x.yml'}\n"})


def workflow(*steps: Mapping[str, object], **members: object) -> str:
    made = {"cwlVersion": "v1.2", "class": "Workflow", "inputs": {}, "outputs": {}, "steps": steps}
    named = [{"id": f"s{number}", "in": {}, "out": [], **step} for number, step in enumerate(steps)]
    return json.dumps(made | {"steps": named} | members)


def test_steps_that_subworkflows_multiply_are_counted(look: Look) -> None:
    requirements: Mapping[str, object] = {"SubworkflowFeatureRequirement": {}}
    files = {
        "main.cwl": workflow(*[{"run": "inner.cwl"}] * 101, requirements=requirements),
        "inner.cwl": workflow(*[{"run": "tool.cwl"}] * 100),
        "tool.cwl": CWL_TOOL,
    }
    with pytest.raises(InvalidDefinition, match="The workflow has more than 10000 steps"):
        look(files, main="main.cwl")


def test_an_operation_is_no_task(look: Look) -> None:
    """It only says what somebody will write."""
    operation = {"class": "Operation", "inputs": {}, "outputs": {}}
    found = look({"main.cwl": workflow({"run": operation}, {"run": "tool.cwl"}), "tool.cwl": CWL_TOOL}, main="main.cwl")
    assert [task.name for task in found.declared.tasks] == ["s1"]


def test_what_another_step_makes_is_scattered_over_once_it_is_known(look: Look) -> None:
    made = {"word": {"type": "string[]", "outputBinding": {"outputEval": "$([])"}}}
    maker = {"class": "CommandLineTool", "baseCommand": "x", "inputs": {}, "outputs": made}
    taker = {"class": "CommandLineTool", "baseCommand": "x", "inputs": {"word": "string"}, "outputs": {}}
    main = workflow(
        {"run": maker, "out": ["word"]},
        {"run": taker, "in": {"word": "s0/word"}, "scatter": "word"},
        requirements={"ScatterFeatureRequirement": {}, "InlineJavascriptRequirement": {}},
    )
    assert [task.scatters for task in look({"main.cwl": main}).declared.tasks] == [(), (Scatter(),)]


def test_hints_that_the_parser_does_not_know_count_too(look: Look) -> None:
    hints = [{"class": "http://arvados.org/cwl#CUDARequirement", "cudaDeviceCountMin": 2}]
    tool = {"cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": "x", "inputs": {}, "outputs": {}}
    main = json.dumps({**tool, "hints": hints})
    (task,) = look({"main.cwl": main}).declared.tasks
    assert task.gpus == 2


FLOW = CWL_FILES["main.cwl"]
DEEP = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [{', '.join([f'*a{i}'] * 9)}]\n" for i in range(20))


@pytest.mark.parametrize(
    ("main", "message"),
    [
        (FLOW.replace("tools/stats", "tools/gone"), r"main\.cwl:15:1: tools/gone\.cwl is not in the definition"),
        (FLOW.replace("tools/stats", "../stats"), r"main\.cwl:15:1: \.\./stats\.cwl lies outside the definition"),
        (FLOW.replace("tools/stats", "/etc/stats"), r"main\.cwl:15:1: /etc/stats\.cwl lies outside the definition"),
        (FLOW.replace("tools/stats", "http://h/stats"), r"main\.cwl:15:1: http://h/stats\.cwl lies outside the definition"),
        (FLOW.replace("tools/stats", "file:///stats"), r"main\.cwl:15:1: file:///stats\.cwl lies outside the definition"),
        (FLOW.replace("tools/stats", "main"), r"main\.cwl:1:1: the workflow runs itself"),
        (FLOW.replace("scatter: bam", " scatter: bam"), r"main\.cwl:16:13: mapping values are not allowed here"),
        (FLOW.replace("outputs:", "outpts:"), r"main\.cwl:10:1:\s+\* invalid field `outpts`"),
        (FLOW.replace("v1.2", "v9"), r"main\.cwl:1:1: Version error"),
        (json.dumps(PACKED).replace('"#main"', '"#other"'), r"main\.cwl:1:1: there is no process #main"),
        ("cwlVersion: v1.2\nclass: &a [*a]\n", r"main\.cwl:\d+:\d+:"),
        (DEEP, r"main\.cwl:1:1: the document is too large or nested too deeply"),
        ("[" * 2000, r"main\.cwl:1:1: the document is too large or nested too deeply"),
        ("cwlVersion: v1.2\nclass: !!python/object:os.system x\n", r"main\.cwl:\d+:\d+:"),
        ("- " * 2000, r"main\.cwl:1:1: the document is too large or nested too deeply"),
        ("", r"main\.cwl:1:1: a CWL document is a map"),
    ],
    ids=range(16),
)
def test_what_is_wrong_is_named_with_file_and_line(look: Look, main: str, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        look({**CWL_FILES, "main.cwl": main})


FRAGMENTS = [
    "cwlVersion: v1.2\n",
    "class: Workflow\n",
    "steps:\n",
    "inputs:\n",
    "outputs: []\n",
    "  a:\n",
    "    run: ",
    "main.cwl\n",
    "&a ",
    "*a ",
    "[",
    "]",
    "{",
    "}",
    "? ",
    "- ",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=20).map(lambda parts: "".join(parts).encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.binary(max_size=200), TEXTS))
def test_any_bytes_are_a_definition_or_refused(look: Look, content: bytes) -> None:
    try:
        look({"main.cwl": content})
    except InvalidDefinition as refused:
        if "main.cwl:" not in str(refused):
            raise
