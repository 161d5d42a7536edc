"""Definitions in WDL."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.definitions.analysis import analyse
from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.definitions.declared import PlannedTask, Scatter
from tests.definitions.conftest import Look
from tests.support.definitions import WDL_FILES
from tests.support.workflows import WDL, archive

pytestmark = pytest.mark.inferred


def test_calls_become_tasks_of_the_size_they_ask_for(look: Look) -> None:
    assert look(WDL_FILES).declared.tasks == (
        PlannedTask(
            "bwa", 4, 12, 0, "123456789012.dkr.ecr.us-east-1.amazonaws.com/bwa:1", (Scatter(length=None, parameter="samples"),)
        ),
        PlannedTask("summary", 2, 2, 1),
    )


@pytest.mark.documented
def test_the_input_section_becomes_the_template(look: Look) -> None:
    assert look(WDL_FILES).declared.parameters == {
        "samples": {"optional": False, "description": "One for each person"},
        "reference": {"optional": False, "description": "FASTA, indexed"},
        "note": {"optional": True, "description": ""},
        "threads": {"optional": True, "description": ""},
        "report": {"optional": True, "description": ""},
    }


@pytest.mark.observed
def test_outputs_and_an_outline_are_known(look: Look) -> None:
    declared = look(WDL_FILES).declared
    assert declared.name == "cohort"
    assert [(output.name, output.kind) for output in declared.outputs] == [("bams", "Array[File]"), ("table", "File?")]
    assert declared.message == "\n".join(
        (
            "main.wdl",
            "    workflow cohort",
            "        scatter sample",
            "            call align.bwa",
            "        if",
            "            call align.stats as summary",
            "    align : align.wdl",
            "        task bwa",
            "        task stats",
            "        types : types.wdl",
            "    types : types.wdl",
        )
    )


@pytest.mark.observed
def test_a_document_without_version_is_warned_of(look: Look) -> None:
    found = look({"main.wdl": "workflow w {\n Int count\n Int twice = 2\n call t\n}\ntask t {\n command { }\n}\n"}).declared
    assert "MissingVersion, document should declare WDL version; draft-2 assumed" in (found.message or "")
    assert {name: entry["optional"] for name, entry in (found.parameters or {}).items()} == {"count": False, "twice": True}


def test_a_document_of_tasks_only_has_these(look: Look) -> None:
    found = look({"main.wdl": "version 1.0\ntask t {\n command { }\n runtime { cpu: 3 gpu: true }\n}\n"}).declared
    assert found.tasks == (PlannedTask("t", 3, 1, 1),)
    assert found.parameters is None


@pytest.mark.parametrize(
    ("over", "scatter"),
    [
        ("names", Scatter(None, "names")),
        ("range(length(names))", Scatter(None, "names")),
        ("defaults", Scatter(2, "defaults")),
        ("range(n)", Scatter(3)),
        ("[1, 2, 3, 4]", Scatter(4)),
        ("here", Scatter(2)),
        ('read_lines("names.txt")', Scatter()),
        ("range(4000000000)", Scatter(4_000_000_000)),
    ],
)
def test_the_length_of_a_scatter_is_known_where_it_can_be(look: Look, over: str, scatter: Scatter) -> None:
    text = f"""version 1.0
workflow w {{
  input {{ Array[String] names  Array[Int] defaults = [1, 2]  Int n = 3 }}
  Array[Int] here = [5, 6]
  scatter (x in {over}) {{ call t }}
}}
task t {{ command {{ }} }}
"""
    (task,) = look({"main.wdl": text}).declared.tasks
    assert task.scatters == (scatter,)


@pytest.mark.parametrize(
    ("asked", "cpus", "memory"),
    [
        ('cpu: "2" memory: "4 GB"', 2, 4),
        ("cpu: 0 memory: 8589934592", 1, 8),
        ('cpu: n memory: "~{n}GB"', 1, 1),
        ("cpu: select_first([n, 8])", 8, 1),
        ('cpu: "many" memory: "much"', 1, 1),
        ("cpu: ceil(size(file)) + 2", 1, 1),
        ("cpu: 9223372036854775807 * 9223372036854775807", 1, 1),
    ],
)
def test_what_can_only_be_known_at_run_time_is_the_default(look: Look, asked: str, cpus: int, memory: int) -> None:
    text = f"version 1.0\ntask t {{\n input {{ Int? n  File file }}\n command {{ }}\n runtime {{ {asked} }}\n}}\n"
    (task,) = look({"main.wdl": text}).declared.tasks
    assert (task.cpus, task.memory) == (cpus, memory)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"main.wdl": "version 1.0\nworkflow w {\n  call {\n}\n"}, r"\(main\.wdl Ln 3 Col 8\) Unexpected token"),
        ({"main.wdl": "version 1.0\nworkflow w {\n  call gone\n}\n"}, r"\(main\.wdl Ln 3 Col 3\) No such task/workflow: gone"),
        ({"main.wdl": 'version 1.0\nworkflow w {\n  Int a = "x"\n  Int b = c\n}\n'}, r"Ln 4 Col 11\) Unknown identifier c"),
        ({"main.wdl": 'version 1.0\nimport "a.wdl"\n', "a.wdl": "version 1.0\n\ntask {"}, r"\(a\.wdl Ln 3 Col 6\) Unexpected"),
        ({"main.wdl": 'version 1.0\nimport "gone.wdl"\n'}, r"\(main\.wdl Ln 2 Col 1\) .*gone\.wdl is not in the definition"),
        ({"main.wdl": 'version 1.0\nimport "http://h/a.wdl"\n'}, r"\(main\.wdl Ln 2 Col 1\) .*http://h/a\.wdl lies outside"),
        ({"main.wdl": 'version 1.0\nimport "file:///etc/a.wdl"\n'}, r"\(main\.wdl Ln 2 Col 1\) .*lies outside"),
        ({"main.wdl": 'version 1.0\nimport "/etc/a.wdl" as a\n'}, r"\(main\.wdl Ln 2 Col 1\) .*lies outside"),
        ({"main.wdl": 'version 1.0\n\nimport "../a.wdl"\n'}, r"\(main\.wdl Ln 3 Col 1\) .*lies outside"),
        ({"main.wdl": 'version 1.0\nimport "main.wdl" as me\n'}, r"main\.wdl Ln 2 Col 1\) .*circular imports"),
        ({"main.wdl": "version 1.0\nworkflow w {\n  Array[Int] x = " + "[" * 3000 + "]" * 3000 + "\n}"}, r"main\.wdl Ln 1"),
        ({"main.wdl": "version 1.0\nworkflow w {" + "".join(f"Int number_{i} = {i} " for i in range(2001)) + "}"}, "2000 decl"),
    ],
    ids=range(12),
)
def test_what_is_wrong_is_named_with_file_and_line(look: Look, files: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        look(files, main="main.wdl")


@pytest.mark.parametrize(("asked", "image"), [('["one:1", "two:2"]', "one:1"), ("[]", None)])
def test_of_several_images_the_first_is_used(look: Look, asked: str, image: str | None) -> None:
    (task,) = look({"main.wdl": f"version 1.1\ntask t {{ command {{ }} runtime {{ container: {asked} }} }}"}).declared.tasks
    assert task.image == image


def test_a_long_document_is_read_as_a_short_one_is(look: Look) -> None:
    comment = "#" * (33 << 10)
    found = look({"main.wdl": f"version 1.0\n{comment}\ntask a {{ command {{ }} }}\ntask b {{ command {{ }} }}\n"}).declared
    assert [task.name for task in found.tasks] == ["a", "b"]


def test_a_lenient_registration_is_easy_on_optional_values(look: Look) -> None:
    text = "version 1.0\nworkflow w {\n  input { Int? n }\n  call t { input: n = n }\n}\n"
    text += "task t {\n  input { Int n }\n  command { }\n}\n"
    with pytest.raises(InvalidDefinition, match=r"Ln 4 .*Expected Int instead of Int\?"):
        look({"main.wdl": text}, "WDL")
    assert look({"main.wdl": text}, "WDL_LENIENT").engine == "WDL_LENIENT"


def test_subworkflows_that_multiply_are_refused(look: Look) -> None:
    files = {
        f"w{i}.wdl": f'version 1.0\nimport "w{i + 1}.wdl" as next\nworkflow w {{ {calls} output {{ }} }}'
        for i in range(8)
        for calls in [" ".join(f"call next.w as c{n}" for n in range(20))]
    }
    with pytest.raises(InvalidDefinition, match="more than 10000 calls"):
        look({**files, "w8.wdl": "version 1.0\nworkflow w { output { } }"}, main="w0.wdl")


def test_tasks_that_subworkflows_multiply_are_counted(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    """Declarations between the calls count for nothing."""
    monkeypatch.setattr("omics_mock.definitions.wdl.MAX_CALLS", 100)
    task = "task t { command { } }"
    outer, inner = (" ".join(f"call {name} as c{n} Int i{n} = {n}" for n in range(11)) for name in ("a.w", "t"))
    files = {
        "main.wdl": f'version 1.0\nimport "a.wdl" as a\nworkflow w {{ {outer} output {{ }} }}',
        "a.wdl": f"version 1.0\nworkflow w {{ {inner} output {{ }} }} {task}",
    }
    with pytest.raises(InvalidDefinition, match="more than 100 calls"):
        look(files, main="main.wdl")


async def test_an_event_loop_may_be_running() -> None:
    await asyncio.sleep(0)
    assert analyse(archive({"main.wdl": WDL + "# in a loop\n"})).declared.tasks


FRAGMENTS = [
    "version 1.0\n",
    "workflow w {",
    "task t {",
    "}",
    "input {",
    "Int x = ",
    "~{",
    '"',
    "<<<",
    "call t",
    "1",
    " ",
    "\n",
    "scatter (i in x) {",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(lambda parts: "".join(parts).encode())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.binary(max_size=200), TEXTS))
def test_any_bytes_are_a_definition_or_refused(look: Look, content: bytes) -> None:
    try:
        look({"main.wdl": content})
    except InvalidDefinition as refused:
        if "main.wdl Ln " not in str(refused):
            raise
