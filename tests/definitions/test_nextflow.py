"""Definitions in Nextflow."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.definitions.contents import File
from omics_mock.definitions.declared import PlannedTask
from tests.definitions.conftest import Look
from tests.support.definitions import NEXTFLOW_FILES, NEXTFLOW_SCHEMA

pytestmark = pytest.mark.inferred


def test_included_processes_become_tasks_with_directives_and_selectors(look: Look) -> None:
    assert look(NEXTFLOW_FILES).declared.tasks == (
        PlannedTask("FASTQC", 6, 36, 0, "biocontainers/fastqc:0.12.1"),
        PlannedTask("FASTQC_TRIMMED", 6, 36, 0, "biocontainers/fastqc:0.12.1"),
        PlannedTask("STAR", 16, 32, 1, "star:2.7"),
    )


@pytest.mark.documented
def test_the_schema_beside_main_becomes_the_template(look: Look) -> None:
    assert look({**NEXTFLOW_FILES, "nextflow_schema.json": NEXTFLOW_SCHEMA}).declared.parameters == {
        "outdir": {"optional": False},
        "input": {"optional": False, "description": "Samplesheet"},
        "genome": {"optional": True},
    }


@pytest.mark.documented
def test_without_a_schema_params_are_optional_when_they_have_a_default(look: Look) -> None:
    assert look(NEXTFLOW_FILES).declared.parameters == {
        "extra": {"optional": True},
        "input": {"optional": True},
        "outdir": {"optional": True},
        "genome": {"optional": False},
    }


def test_typed_params_are_declared_in_the_script(look: Look) -> None:
    text = "params {\n    input: Path\n    save: Boolean = false\n    level: Integer?\n}\n"
    assert look({"main.nf": text}).declared.parameters == {
        "input": {"optional": False},
        "save": {"optional": True},
        "level": {"optional": True},
    }


@pytest.mark.parametrize("wanted", ["!24.10.8", "25.10.0", "!>=24.04.0"])
def test_the_version_that_is_asked_for_is_known(look: Look, wanted: str) -> None:
    config = f"manifest.nextflowVersion = '1.0'\nmanifest {{\n  nextflowVersion = '{wanted}'\n}}\n"
    assert look({"main.nf": "", "nextflow.config": config}).declared.engine_version == wanted


@pytest.mark.documented
def test_a_pipeline_in_dsl_1_needs_the_version_that_knows_it(look: Look) -> None:
    assert look({"main.nf": "nextflow.enable.dsl = 1\n"}).declared.engine_version == "22.04.0"
    assert look({"main.nf": "nextflow.enable.dsl = 2\n"}).declared.engine_version is None


PUBLISHING = """process A {
    publishDir "${params.outdir}/qc", mode: 'copy'
    input:
    path 'not_this.txt'
    output:
    path 'report.html', emit: report
    tuple val(meta), path("logs/a.log")
    path "*.bam"
    file "${meta.id}.txt"
    script:
    'path "nor_this.txt"'
}
process B {
    publishDir path: '/mnt/workflow/pubdir/b', pattern: '*.txt'
    output:
    path('b.txt')
    path('b.bam')
}
process C {
    output: path('c.txt')
}
process D {
    output:
    path 'd.txt'
}
"""


def test_files_that_are_named_are_published(look: Look) -> None:
    config = "process {\n  withName: D { publishDir = [path: { \"${params.outdir}/d\" }, mode: 'copy'] }\n}\n"
    found = look({"main.nf": PUBLISHING, "nextflow.config": config}).declared.outputs
    assert [output.name for output in found] == ["qc/report.html", "qc/logs/a.log", "b/b.txt", "d/d.txt"]
    assert found[1].content == File("qc/logs/a.log", "a.log")


def test_what_is_not_published_is_no_output(look: Look) -> None:
    text = "process A {\n  output:\n  path 'a.txt'\n}\n"
    settings = "", "process.publishDir = [path: 'x', enabled: false]\n", "process.publishDir = [path: 'x', enabled: true]\n"
    found = [look({"main.nf": text, "nextflow.config": setting}).declared.outputs for setting in settings]
    assert [[output.name for output in outputs] for outputs in found] == [[], [], ["x/a.txt"]]


def test_settings_of_all_processes_give_way_to_their_own(look: Look) -> None:
    found = look(
        {"main.nf": "process A {\n  cpus 4\n}\nprocess B {\n}\n", "nextflow.config": "process.cpus = 2\nprocess.memory = '3 GB'"}
    )
    assert found.declared.tasks == (PlannedTask("A", 4, 3), PlannedTask("B", 2, 3))


def test_what_is_included_and_not_there_has_no_tasks(look: Look) -> None:
    found = look({"main.nf": "include { A } from './gone'\nprocess B {\n}\n"}).declared
    assert [task.name for task in found.tasks] == ["B"]


def test_what_is_no_group_of_a_schema_declares_nothing(look: Look) -> None:
    schema = '{"properties": {"a": {}}, "allOf": ["b", {"properties": {"c": {}}}]}'
    assert look({"main.nf": "", "nextflow_schema.json": schema}).declared.parameters == {
        "a": {"optional": True},
        "c": {"optional": True},
    }


def test_a_schema_that_is_no_map_declares_nothing(look: Look) -> None:
    assert look({"main.nf": "", "nextflow_schema.json": "[]"}).declared.parameters in (None, {})


@pytest.mark.documented
def test_what_the_linter_finds_does_not_keep_the_workflow_from_working(look: Look) -> None:
    declared = look({"main.nf": "process A {\n  script:\n  'x'\n}\nworkflow {\n  A(\n}\n"}).declared
    found = json.loads(declared.message or "")
    assert found["errors"] == [{"filename": "main.nf", "startLine": 7, "startColumn": 1, "message": "Unexpected '}'"}]
    assert found["summary"]["filesWithErrors"] == 1
    assert [task.name for task in declared.tasks] == ["A"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"nextflow_schema.json": '{\n"properties": ]}'}, r"nextflow_schema\.json:2:15: Expecting value"),
        ({"nextflow_schema.json": '{"properties": []}'}, r"nextflow_schema\.json:1:1: properties is a map"),
        ({"nextflow_schema.json": "[" * 100_000 + "1"}, "packed more|can not be read"),
        ({"main.nf": "\ninclude { A } from '../a'"}, r"main\.nf:2: \.\./a lies outside the definition"),
        ({"main.nf": "include { A } from '/etc/a'"}, r"main\.nf:1: /etc/a lies outside the definition"),
        ({"main.nf": "include { A } from 'https://h/a.nf'"}, r"main\.nf:1: https://h/a\.nf lies outside the definition"),
        ({"nextflow.config": "\n\nincludeConfig 'http://h/a.config'"}, r"nextflow\.config:3: http://h/a\.config lies outside"),
    ],
    ids=range(7),
)
def test_what_is_wrong_is_named_with_file_and_line(look: Look, files: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        look({"main.nf": "", **files})


@pytest.mark.parametrize(
    "part",
    [
        *("params {\n", "process A {\n", "/*", "'''", '"\\', "'", "{", "withName: a {", "include { A", "includeConfig '"),
        *("params.a", "x: ", " ", "\n", "process {\nwithLabel: ", "process A\n", "include {A} from 'm'\n"),
        *("output: path 'a'\n", 'process A {\npublishDir path: "a\noutput:\npath "', "publishDir path: '"),
    ],
)
def test_reading_takes_a_time_in_proportion_to_the_text(look: Look, part: str) -> None:
    noise = "".join(f"// {random.Random(line).random()}\n" for line in range(5000))  # so that the archive is not refused unread
    text = noise + part * (200_000 // len(part))
    files = {"main.nf": text, "nextflow.config": text, "m.nf": "process A {\n}\n"}
    assert look(files, main="main.nf").engine == "NEXTFLOW"


FRAGMENTS = [
    "process A {\n",
    "}\n",
    "params {\n",
    "a = 1\n",
    "params.",
    "x",
    "include { A } from '",
    "./main",
    "'\n",
    '"',
    "/*",
    "*/",
    "'''",
    "withName: ",
    "script:\n",
    "cpus 3\n",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(lambda parts: "".join(parts).encode())
ANY = st.one_of(st.binary(max_size=200), TEXTS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(ANY, ANY, ANY)
def test_any_bytes_are_a_definition_or_refused(look: Look, main: bytes, config: bytes, schema: bytes) -> None:
    try:
        look({"main.nf": main, "nextflow.config": config, "nextflow_schema.json": schema})
    except InvalidDefinition as refused:
        if ":" not in str(refused):
            raise
