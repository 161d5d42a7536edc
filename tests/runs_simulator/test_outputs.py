"""What a completed run leaves at its output location."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock.definitions.analysis import analyse
from omics_mock.definitions.contents import File, Given, Joined, Repeated
from omics_mock.definitions.declared import Declared, Output, Scatter
from omics_mock.runs_simulator.outputs import outputs
from tests.support.definitions import NEXTFLOW_FILES
from tests.support.workflows import archive

pytestmark = pytest.mark.inferred

HERE = "s3://results/here/1234567"
BAMS = Declared(
    outputs=(
        Output("bams", "Array[File]", Repeated(File("out.bam", "bams"), (Scatter(2, "samples"),))),
        Output("table", "File?", File(Joined((Given("id", "all"), ".txt")), "table")),
        Output("count", "Int", 0),
        Output("sample", "Sample", {"reads": File("r.fq", "r"), "id": ""}),
        Output("two", "Array[File]", (File("a.txt", "a"), File("b.txt", "b"))),
    ),
    name="cohort",
)


def written(
    engine: str = "WDL",
    declared: Declared | None = BAMS,
    parameters: Mapping[str, Any] | None = None,
    supplied: Mapping[str, object] | None = None,
) -> dict[str, bytes]:
    found = list(outputs(HERE, engine, declared, parameters or {}, supplied))
    assert len({key for key, _ in found}) == len(found)
    return dict(found)


def manifest(objects: Mapping[str, bytes]) -> Any:
    return json.loads(objects["logs/outputs.json"])


def test_every_declared_output_has_its_folder() -> None:
    objects = written(parameters={"samples": [1, 2, 3], "id": "NA1"})
    assert list(objects) == [
        "out/bams/0/out.bam",
        "out/bams/1/out.bam",
        "out/bams/2/out.bam",
        "out/table/NA1.txt",
        "out/sample/reads/r.fq",
        "out/two/0/a.txt",
        "out/two/1/b.txt",
        "logs/outputs.json",
    ]
    assert manifest(objects) == {
        "cohort.bams": [f"{HERE}/out/bams/{index}/out.bam" for index in range(3)],
        "cohort.table": f"{HERE}/out/table/NA1.txt",
        "cohort.count": 0,
        "cohort.sample": {"reads": f"{HERE}/out/sample/reads/r.fq", "id": ""},
        "cohort.two": [f"{HERE}/out/two/0/a.txt", f"{HERE}/out/two/1/b.txt"],
    }


def test_the_content_is_the_same_every_time_and_tells_the_outputs_apart() -> None:
    assert written() == written()
    files = [body for key, body in written().items() if key.startswith("out/")]
    assert len(set(files)) == len(files)
    assert b"bams[1]" in written()["out/bams/1/out.bam"]


def test_what_the_test_supplies_is_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.bam"
    path.write_bytes(b"BAM\x01")
    supplied = {
        "bams": [b"one", "two", path, {"a": 1}],
        "table": ["x", 1],
        "count": 7,
        "sample": {"reads": "ACGT", "id": "s"},
        "two": ["A", "B", "C"],
        "extra/report.html": "<p>",
    }
    objects = written(supplied=supplied)
    assert {key: body for key, body in objects.items() if key != "logs/outputs.json"} == {
        "out/bams/0/out.bam": b"one",
        "out/bams/1/out.bam": b"two",
        "out/bams/2/mine.bam": b"BAM\x01",
        "out/bams/3/out.bam": b'{\n  "a": 1\n}',
        "out/table/all.txt": b'[\n  "x",\n  1\n]',
        "out/sample/reads/r.fq": b"ACGT",
        "out/two/0/a.txt": b"A",
        "out/two/1/b.txt": b"B",
        "out/two/2/b.txt": b"C",
        "out/extra/report.html": b"<p>",
    }
    found = manifest(objects)
    assert found["cohort.count"] == 7
    assert found["cohort.sample"]["id"] == "s"
    assert len(found) == 5  # what is only a file is no output


def test_an_output_may_be_absent() -> None:
    objects = written(supplied={"table": None, "bams": [], "sample": None, "two": None})
    assert list(objects) == ["logs/outputs.json"]
    assert manifest(objects) == {
        "cohort.bams": [],
        "cohort.table": None,
        "cohort.count": 0,
        "cohort.sample": None,
        "cohort.two": None,
    }


@pytest.mark.parametrize(
    ("supplied", "error", "message"),
    [
        ({"/etc/x": "a"}, ValueError, "/etc/x"),
        ({"a/../../x": "a"}, ValueError, "relative path"),
        ({"a//b": "a"}, ValueError, "a//b"),
        ({"": "a"}, ValueError, "output ''"),
        ({"bams": b"a"}, TypeError, r"output bams is an array: a list is needed, not bytes"),
        ({"bams": [["a"], object()]}, TypeError, "output bams: .*object is not JSON serializable"),
        ({"bams": [[b"a"]]}, TypeError, r"output bams\[0\]: .*bytes is not JSON serializable"),
        ({"count": b"7"}, TypeError, "output count: .*bytes"),
        ({"count": float("nan")}, ValueError, "output count: "),
        ({"sample": ["a"]}, TypeError, "output sample has members: a mapping is needed, not list"),
        ({"else": {1, 2}}, TypeError, "output else: "),
    ],
    ids=range(11),
)
def test_what_can_not_be_an_output_is_refused_by_name(supplied: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        written(supplied=supplied)


def test_nothing_is_read_or_made_before_it_is_asked_for(tmp_path: Path) -> None:
    found = outputs(HERE, "WDL", BAMS, {}, {"table": tmp_path / "gone.txt"})
    with pytest.raises(FileNotFoundError, match=r"gone\.txt"):
        list(found)


def test_cwl_describes_its_files() -> None:
    tables = Output("tables", "File[]", Repeated(File("t.txt"), (Scatter(None, "bams"),)))
    declared = Declared(outputs=(tables, Output("joined", "File?", File("joined"))))
    objects = written("CWL", declared, {"bams": [1, 2]}, {"joined": "abc"})
    assert list(objects) == ["out/tables/0/t.txt", "out/tables/1/t.txt", "out/joined/joined", "logs/outputs.json"]
    found = manifest(objects)
    assert found["joined"] == {
        "location": f"{HERE}/out/joined/joined",
        "basename": "joined",
        "class": "File",
        "size": 3,
        "checksum": "sha1$a9993e364706816aba3e25717850c26c9cd0d89d",
    }
    assert [table["class"] for table in found["tables"]] == ["File", "File"]


@pytest.mark.documented
def test_nextflow_publishes_files_and_has_no_manifest() -> None:
    star = "process STAR {\n  publishDir 'star'\n  output:\n  path 'Log.out'\n  path 'Aligned.bam'\n"
    files = NEXTFLOW_FILES | {"modules/star/main.nf": NEXTFLOW_FILES["modules/star/main.nf"].replace("process STAR {\n", star)}
    declared = analyse(archive(files)).declared
    objects = written("NEXTFLOW", declared, supplied={"star/Log.out": b"log", "multiqc/report.html": "<p>"})
    assert list(objects) == ["pubdir/star/Log.out", "pubdir/star/Aligned.bam", "pubdir/multiqc/report.html"]
    assert objects["pubdir/star/Log.out"] == b"log"


def test_a_workflow_that_nobody_can_look_into_has_what_is_supplied() -> None:
    assert written("WDL", None, supplied={"a.txt": "a"}) == {"out/a.txt": b"a", "logs/outputs.json": b"{}"}


@given(st.integers(0, 1 << 50), st.integers(0, 1 << 50))
def test_a_run_never_writes_more_than_can_be_borne(outer: int, inner: int) -> None:
    many = tuple(Output(f"o{n}", "", Repeated(Repeated(0, (Scatter(inner),)), (Scatter(outer),))) for n in range(3))
    found = manifest(written(declared=Declared(outputs=many)))
    assert sum(len(items) for rows in found.values() for items in rows) <= 10_000
