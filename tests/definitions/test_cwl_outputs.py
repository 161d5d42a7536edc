"""What outputs of CWL processes are made of."""

import json
from typing import Any

import pytest

from omics_mock.definitions.contents import Content, File, Given, Joined, Repeated
from omics_mock.definitions.declared import Output, Scatter
from tests.definitions.conftest import Look
from tests.support.definitions import CWL_FILES

pytestmark = pytest.mark.inferred


def tool(kind: Any, binding: dict[str, Any] | None = None, **members: Any) -> str:
    output = {"type": kind} | ({} if binding is None else {"outputBinding": binding})
    inputs = {"prefix": {"type": "string", "default": "p"}}
    made = {"cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": "x", "inputs": inputs, "outputs": {"x": output}}
    return json.dumps(made | members)


def test_sources_are_followed_to_the_tools_of_steps(look: Look) -> None:
    assert look(CWL_FILES).declared.outputs == (
        Output("tables", "File[]", Repeated(File("tables", "tables"), (Scatter(parameter="bams"),))),
        Output("joined", "File?", File("joined", "joined")),
    )


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        (tool("File", {"glob": "dir/out.bam"}), File("dir/out.bam", "x")),
        (tool("File", {"glob": "*.bam"}), File("x.bam", "x")),
        (tool("File", {"glob": "a?.bam"}), File("x", "x")),
        (tool("File", {"glob": "$(inputs.prefix).bam"}), File(Joined((Given("prefix", "p"), ".bam")), "x")),
        (tool("File", {"glob": "$(inputs.prefix.length).bam"}), File("x", "x")),
        (tool("File", {"glob": "$(inputs.gone).bam"}), File("x", "x")),
        (tool(["null", "File"]), File("x", "x")),
        (tool({"type": "array", "items": "File"}), Repeated(File("x", "x"))),
        (tool("stdout", stdout="said.txt"), File("said.txt", "x")),
        (tool("stdout"), File("x", "x")),
        (tool("stderr", stderr="$(runtime.cores).txt"), File("x", "x")),
        (tool(["null", "File"], {"glob": "maybe.txt"}), File("maybe.txt", "x")),
        (tool({"type": "array", "items": "File"}, {"glob": "*.txt"}), Repeated(File("x.txt", "x"))),
        (tool("int", {"glob": "n.txt", "loadContents": True, "outputEval": "$(1)"}), 0),
        (tool("string", {"glob": "n.txt"}), ""),
        (tool("boolean", {"outputEval": "$(true)"}), False),
        (tool({"type": "enum", "symbols": ["a", "b"]}), "a"),
        (
            tool({"type": "record", "name": "r", "fields": {"bam": {"type": "File"}, "n": {"type": "long"}}}),
            {"bam": File("x", "x"), "n": 0},
        ),
    ],
    ids=range(18),
)
def test_what_a_tool_says_of_an_output_is_known(look: Look, main: str, expected: Content) -> None:
    (found,) = look({"main.cwl": main}).declared.outputs
    assert found.content == expected


def flow(output: dict[str, Any], step: dict[str, Any] | None = None, **inputs: Any) -> dict[str, str]:
    made = {"run": "t.cwl", "in": {}, "out": ["x"], **(step or {})}
    features = "ScatterFeature", "StepInputExpression", "MultipleInputFeature"
    return {
        "main.cwl": json.dumps(
            {
                "cwlVersion": "v1.2",
                "class": "Workflow",
                "requirements": {f"{feature}Requirement": {} for feature in features},
                "inputs": inputs,
                "outputs": {"o": output},
                "steps": {"s": made},
            }
        ),
        "t.cwl": tool("File", {"glob": "$(inputs.prefix).bam"}),
    }


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (flow({"type": "File", "outputSource": "s/x"}), File("p.bam", "o")),
        (
            flow({"type": "File", "outputSource": "s/x"}, {"in": {"prefix": "id"}}, id="string"),
            File(Joined((Given("id"), ".bam")), "o"),
        ),
        (flow({"type": "File", "outputSource": "s/x"}, {"in": {"prefix": {"default": "d"}}}), File("d.bam", "o")),
        (flow({"type": "File", "outputSource": "s/x"}, {"in": {"prefix": {"valueFrom": "$(1)"}}}), File("o", "o")),
        (
            flow({"type": "File[]", "outputSource": "s/x"}, {"in": {"prefix": "ids"}, "scatter": "prefix"}, ids="string[]"),
            Repeated(File("o", "o"), (Scatter(None, "ids"),)),
        ),
        (flow({"type": "File[]", "outputSource": ["s/x", "f"]}, f="File"), (File("p.bam", "o"), File(Given("f"), "o"))),
        (flow({"type": "File", "outputSource": ["s/x", "f"], "pickValue": "first_non_null"}, f="File"), File("p.bam", "o")),
        (flow({"type": "int", "outputSource": "n"}, n={"type": "int", "default": 3}), Given("n", 3)),
        (flow({"type": "File"}), File("o", "o")),
        (flow({"type": "File", "outputSource": "s/y"}, {"out": ["x", "y"]}), File("o", "o")),
        (
            flow({"type": "File", "outputSource": "s/x"}, {"in": {"prefix": {"source": ["a", "b"]}}}, a="string", b="string"),
            File("o", "o"),
        ),
        (flow({"type": "File[]", "outputSource": ["s/x", "s/x"]}), (File("p.bam", "o"), File("p.bam", "o"))),
    ],
    ids=range(12),
)
def test_steps_and_their_inputs_are_followed(look: Look, files: dict[str, str], expected: Content) -> None:
    (found,) = look(files).declared.outputs
    assert found.content == expected


def test_only_so_many_sources_are_followed(look: Look) -> None:
    (found,) = look(flow({"type": "File[]", "outputSource": ["s/x"] * 5_001})).declared.outputs
    assert found.content == (*[File("p.bam", "o")] * 4_999, None, None)


@pytest.mark.parametrize(("method", "nested"), [("flat_crossproduct", False), ("nested_crossproduct", True)])
def test_a_cross_product_is_as_deep_as_it_says(look: Look, method: str, nested: bool) -> None:
    step = {"in": {"prefix": "a", "other": "b"}, "scatter": ["prefix", "other"], "scatterMethod": method}
    files = flow({"type": "Any", "outputSource": "s/x"}, step, a="string[]", b="string[]")
    (found,) = look(files).declared.outputs
    item, a, b = File("o", "o"), Scatter(None, "a"), Scatter(None, "b")
    assert found.content == (Repeated(Repeated(item, (b,)), (a,)) if nested else Repeated(item, (a, b)))
