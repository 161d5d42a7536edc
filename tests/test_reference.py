"""The reference pages that are written from the code, and the links of the site."""

import re
from pathlib import Path

import pytest

from checks.links import broken
from checks.reference import command_line, events, plugin, provenance, quotas, rules
from checks.reference.diagrams import svg
from checks.reference.markdown import Pages, table
from checks.reference.members import members
from omics_mock.wire.model import load

PAGES = Path(__file__).parents[1] / "docs" / "reference"


@pytest.mark.parametrize("module", [command_line, events, plugin, quotas, rules], ids=lambda module: module.__name__)
def test_a_page_about_the_library_alone_is_as_the_code_has_it(module: type[object]) -> None:
    """Those that also depend on botocore's version are compared where that is the newest: by nox -s docs."""
    pages: Pages = getattr(module, "pages")()  # noqa: B009  # a module is no type with members
    for path, text in pages.items():
        assert (PAGES / path).read_text(encoding="utf-8") == text, "write it again: python -m checks.reference"


MARKED = """
import pytest

pytestmark = [pytest.mark.operation("GetRun"), pytest.mark.documented("https://docs.aws.amazon.com/omics/")]


def test_a_run_is_there(omics):
    assert omics.get_run(id="1")


@pytest.mark.inferred("nothing tells")
class TestLists:
    def test_runs_are_paged(self, omics):
        assert [*omics.get_paginator("list_runs").paginate()]

    @pytest.mark.model
    def test_starting_needs_a_role(self, omics, mock):
        mock.faults.add("StartRun", "ThrottlingException")


@pytest.mark.inferred
def test_tags_are_refused(omics, mocked):
    mocked(rules={"part_size": 1}).tag_resource()
"""


@pytest.fixture
def marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, provenance.Test]:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_marked.py").write_text(MARKED, encoding="utf-8")
    monkeypatch.setattr(provenance, "TESTS", folder)
    return {test.name: test for test in provenance.tests.__wrapped__()}


def test_the_nearest_mark_of_a_test_counts(marked: dict[str, provenance.Test]) -> None:
    assert {name: test.mark for name, test in marked.items()} == {
        "test_a_run_is_there": "documented",
        "test_runs_are_paged": "inferred",
        "test_starting_needs_a_role": "model",
        "test_tags_are_refused": "inferred",
    }
    assert provenance.tally([*marked.values()]) == [4, 1, 1, 0, 2]


def test_a_test_touches_what_it_calls_and_names(marked: dict[str, provenance.Test]) -> None:
    assert {name: {operation for _, operation in test.operations} for name, test in marked.items()} == {
        "test_a_run_is_there": {"GetRun"},
        "test_runs_are_paged": {"ListRuns"},
        "test_starting_needs_a_role": {"StartRun"},
        "test_tags_are_refused": {"TagResource"},
    }


def test_a_test_says_a_sentence_and_which_switch_it_is_about(marked: dict[str, provenance.Test]) -> None:
    assert marked["test_tags_are_refused"].sentence == "Tags are refused."
    assert marked["test_tags_are_refused"].rules == ("part_size",)


def test_members_within_others_have_rows_with_their_rules() -> None:
    found = {member.path: member for member in members(load("omics").operations["StartReadSetImportJob"])}
    assert found["sources"].required
    assert found["sources[].subjectId"].rules.startswith("1 to 127 characters; matches ")
    assert found["sources[].sourceFileType"].kind == "enum"
    assert found["sequenceStoreId"].kind == "string in the path"


def test_a_drawing_has_every_state_once_and_every_way(tmp_path: Path) -> None:
    ways = {("A", "B"): False, ("B", "C"): False, ("A", "C"): True, ("C", "B"): True}
    drawn = svg("States of a kind", "A to B", ["A", "B", "C"], ways, {"C"})
    assert [drawn.count(f">{state}</text>") for state in "ABC"] == [1, 1, 1]
    assert drawn.count("marker-end") == len(ways)
    assert len(re.findall(r'class="asked" d="[^"]+" marker-end', drawn)) == 2
    assert "<desc" in drawn


def test_columns_of_numbers_stand_to_the_right() -> None:
    assert table(("what", "many"), [("a", 1_000), ("b", "2,000")]).splitlines()[1] == "| --- | ---: |"


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text('<a href="other.html#there">a</a><a href="#here" id="here">b</a>', encoding="utf-8")
    (tmp_path / "other.html").write_text(
        '<p id="there"></p><a href="gone.html">c</a><a href="index.html#gone">d</a>', encoding="utf-8"
    )
    assert [*broken(tmp_path)] == ["other.html: gone.html is no file", "other.html: index.html#gone is no place in it"]
