"""What the languages share: templates, sizes, instances, and what is left without a parser."""

import sys

import pytest

from omics_mock.definitions import analysis
from omics_mock.definitions.analysis import analyse
from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.definitions.declared import Parameter, PlannedTask, Scatter, gibibytes, template
from omics_mock.definitions.instances import CATALOGUE, instance_for
from tests.support.definitions import CWL_FILES, WDL_FILES
from tests.support.workflows import archive

pytestmark = pytest.mark.inferred


def test_a_template_has_names_and_what_is_optional_and_said_of_them() -> None:
    found = template([Parameter("a", False), Parameter("b", True, ""), Parameter("c", False, "two\n lines" + "x" * 300)])
    assert found == {
        "a": {"optional": False},
        "b": {"optional": True, "description": ""},
        "c": {"optional": False, "description": ("two lines" + "x" * 300)[:256]},
    }
    assert template([]) is None


def test_a_template_has_its_limits() -> None:
    with pytest.raises(InvalidDefinition, match="at most 1000 parameters"):
        template(Parameter(f"p{number}", True) for number in range(1001))
    with pytest.raises(InvalidDefinition, match="128 characters"):
        template([Parameter("p" * 129, True)])


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("4 GB", 4),
        ("4.GB", 4),
        ("1.5GiB", 2),
        ("512 MB", 1),
        ("2048MiB", 2),
        ("1 TB", 1024),
        ("8589934592", 8),
        ("1000000 B", 1),
        ("72.GB * task.attempt", 72),
        ("{ 2 * 36.GB }", 36),
        ("None", None),
        ("params.memory", None),
        ("", None),
    ],
)
def test_memory_is_given_in_whole_gibibytes(text: str, amount: int | None) -> None:
    assert gibibytes(text) == amount


def test_a_task_is_repeated_as_the_parameters_say() -> None:
    task = PlannedTask("t", scatters=(Scatter(2), Scatter(None, "names")))
    assert task.times({"names": ["a", "b", "c"]}) == 6
    assert task.times({"names": []}) == 0
    assert task.times({}) == 2
    assert task.times({"names": ["a"] * 5000}) == 1000


@pytest.mark.parametrize(
    ("cpus", "memory", "gpus", "instance"),
    [
        (1, 1, 0, "omics.c.large"),
        (2, 4, 0, "omics.c.large"),
        (2, 5, 0, "omics.m.large"),
        (2, 16, 0, "omics.r.large"),
        (3, 8, 0, "omics.c.xlarge"),
        (192, 384, 0, "omics.c.48xlarge"),
        (1, 1536, 0, "omics.r.48xlarge"),
        (1, 1, 1, "omics.g4dn.xlarge"),
        (4, 32, 1, "omics.g6e.xlarge"),
        (1, 1, 2, "omics.g4dn.12xlarge"),
        (193, 1, 0, None),
        (1, 1537, 0, None),
        (1, 1, 5, None),
    ],
)
def test_the_smallest_instance_with_enough_is_taken(cpus: int, memory: int, gpus: int, instance: str | None) -> None:
    assert instance_for(cpus, memory, gpus) == instance


@pytest.mark.documented
def test_the_catalogue_has_what_the_user_guide_lists() -> None:
    assert len(CATALOGUE) == 3 * 10 + 4 * 7


@pytest.fixture
def without_parsers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where neither extra is installed."""
    for name in [name for name in sys.modules if name in ("omics_mock.definitions.wdl", "omics_mock.definitions.cwl")]:
        monkeypatch.delitem(sys.modules, name)
    for library in ("WDL", "cwl_utils"):
        for name in [name for name in sys.modules if name.partition(".")[0] == library]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.setattr(analysis, "_known", {})


@pytest.mark.usefixtures("without_parsers")
def test_without_the_extras_tasks_are_known_by_name_only() -> None:
    wdl = analyse(archive({**WDL_FILES, "README.md": "task none {\n"}), None, "main.wdl").declared
    assert wdl.tasks == (PlannedTask("bwa"), PlannedTask("stats"))
    cwl = analyse(archive(CWL_FILES)).declared
    assert cwl.tasks == (PlannedTask("stats"), PlannedTask("cat"))
    assert (wdl.parameters, cwl.parameters) == (None, None)


@pytest.mark.usefixtures("without_parsers")
def test_a_parser_that_is_not_installed_in_whole_is_not_taken_for_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "omics_mock.definitions.wdl_outputs", None)
    monkeypatch.setattr(analysis, "_PARSERS", {**analysis._PARSERS, "WDL": "wdl_outputs"})
    with pytest.raises(ModuleNotFoundError, match=r"omics_mock\.definitions\.wdl_outputs"):
        analyse(archive(WDL_FILES), None, "main.wdl")


def test_an_archive_is_analysed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "_known", {})
    content, broken = archive(WDL_FILES), archive({"main.wdl": "version 1.0\nbroken"})
    first = analyse(content, None, "main.wdl")
    with pytest.raises(InvalidDefinition, match="Ln 2"):
        analyse(broken)
    monkeypatch.setattr(analysis, "_declared", None)
    assert analyse(content, None, "main.wdl") is first
    with pytest.raises(InvalidDefinition, match="Ln 2"):
        analyse(broken)
