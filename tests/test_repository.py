"""What the files around the package say is true of it, and of each other."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from checks.release import IN_SDIST, is_dated, versions

ROOT = Path(__file__).parents[1]
DECISIONS = sorted((ROOT / "docs/explanation/decisions").glob("0*.md"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS = {contract["name"] for contract in PROJECT["tool"]["importlinter"]["contracts"]}

# ---- what enforces what ----------------------------------------------------------------------------------------------


def rules(page: Path) -> list[str]:
    """What a page calls enforced, with all that enforces it: the items of a list, or the end of a decision."""
    text = page.read_text(encoding="utf-8")
    if page in DECISIONS:
        return [text.partition("## Enforced by\n")[2]]
    return re.split(r"^\d+\. ", text.replace("\n## ", "\n0. "), flags=re.MULTILINE)[2:]


def missing(rule: str) -> list[str]:
    """What is said to enforce a rule, and does not exist."""
    enforced = re.sub(r"\s+", " ", rule)
    contracts = set(re.findall(r'the import contract "([^"]+)"', enforced))
    found = [f"contract {name}" for name in contracts - CONTRACTS]
    for file, _, test in (named.partition("::") for named in re.findall(r"`((?:tests|checks)/[^`]+)`", enforced)):
        path = ROOT / file
        if not path.is_file():
            found.append(file)
        elif test and test not in {node.name for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef)}:
            found.append(f"{file}::{test}")
    return found if contracts or re.search(r"`(?:tests|checks)/", enforced) else ["anything at all"]


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [ROOT / "INVARIANTS.md", *DECISIONS], ids=lambda page: page.name)
def test_what_enforces_a_rule_exists(page: Path) -> None:
    found = {rule.splitlines()[0]: missing(rule) for rule in rules(page) if "nforced by" in rule or page in DECISIONS}
    assert found
    assert {rule: names for rule, names in found.items() if names} == {}


def test_every_invariant_has_something_that_enforces_it() -> None:
    text = (ROOT / "INVARIANTS.md").read_text(encoding="utf-8")
    numbered = re.findall(r"^\d+\. ", text, flags=re.MULTILINE)
    assert len(numbered) == text.count("*Enforced by:*") > 0


def test_a_rule_without_anything_behind_it_is_found() -> None:
    assert missing("A wish. *Enforced by:* good will") == ["anything at all"]
    assert missing("*Enforced by:* `tests/none.py::test_it`, `tests/test_repository.py::test_none`") == [
        "tests/none.py",
        "tests/test_repository.py::test_none",
    ]
    assert missing('*Enforced by:* the import contract "Peace"') == ["contract Peace"]


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_has_its_four_parts_and_is_listed(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences", "Enforced by"]
    number, _, title = text.splitlines()[0].removeprefix("# ").partition(". ")
    listed = (page.parent / "index.md").read_text(encoding="utf-8")
    assert f"{number}. [{title}]({page.name})" in listed


def test_nothing_is_loaded_that_could_run_code() -> None:
    dangerous = {"dill", "jsonpickle", "marshal", "pickle", "shelve"}
    found = []
    for path in (ROOT / "omics_mock").rglob("*.py"):
        for node in ast.walk(parsed(path)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [node.func.id] if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else []
            found += [f"{path.name}: {name}" for name in names if name.partition(".")[0] in {*dangerous, "eval", "exec"}]
    assert found == []


def test_make_test_fails_on_skips_and_warnings() -> None:
    assert "-m pytest --fail-on-skip" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert PROJECT["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


# ---- a release -------------------------------------------------------------------------------------------------------


def test_there_is_one_version() -> None:
    assert set(versions().values()) == {PROJECT["project"]["version"]}


@pytest.mark.parametrize(
    ("changelog", "version", "dated"),
    [
        ("## [Unreleased]\n\nThe first version, 1.2.0, in the making.\n", "1.2.0", False),
        ("## [Unreleased]\n\n## [1.2.0] - 2026-01-31\n\n### Added\n\n## [1.1.0] - 2025-01-31\n", "1.2.0", True),
        ("## [1.2.0] - 2026-01-31\n", "1.2.0", True),
        ("## [Unreleased]\n\n- more\n\n## [1.2.0] - 2026-01-31\n", "1.2.0", False),
        ("## [1.2.0]\n", "1.2.0", False),
    ],
)
def test_a_version_is_released_when_the_changelog_has_its_day(tmp_path: Path, changelog: str, version: str, dated: bool) -> None:
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n{changelog}", encoding="utf-8")
    (tmp_path / "CITATION.cff").write_text('version: "1.2.0"\n', encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.2.0"\n', encoding="utf-8")
    assert set(versions(tmp_path).values()) == {version}
    assert is_dated(version, tmp_path) is dated


def test_what_the_sdist_must_hold_is_here_and_included() -> None:
    included = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    for name in IN_SDIST:
        assert (ROOT / name).is_file()
        assert name == "pyproject.toml" or f"/{name.partition('/')[0]}" in included


# ---- GitHub ----------------------------------------------------------------------------------------------------------

GITHUB = sorted((ROOT / ".github").rglob("*.yml"))


@pytest.mark.parametrize("path", GITHUB, ids=lambda path: path.name)
def test_what_github_reads_is_yaml(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


@pytest.mark.parametrize("path", sorted((ROOT / ".github/workflows").glob("*.yml")), ids=lambda path: path.name)
def test_a_workflow_may_do_nothing_that_a_job_does_not_ask_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert "secrets." not in text
    # Whoever opens a pull request chooses the names in it: they are not put into a script.
    scripts = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert [script for script in scripts if "${{" in script] == []
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert re.fullmatch(r"[\w.-]+(/[\w.-]+)+@(v\d+|release/v\d+|[0-9a-f]{40})", step.get("uses", "a/b@v1"))


def test_every_python_that_the_package_names_is_tested() -> None:
    ci = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    named = [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", name)]
    assert ci["jobs"]["test"]["strategy"]["matrix"]["python"] == named


def test_the_forms_ask_for_the_marks_that_tests_carry() -> None:
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/fidelity.yml").read_text(encoding="utf-8"))
    (asked,) = (field for field in form["body"] if field.get("id") == "provenance")
    marks = [option.partition(":")[0] for option in asked["attributes"]["options"]]
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert marks == re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)


@pytest.mark.parametrize("name", ["bug", "feature", "fidelity"])
def test_a_form_has_fields_with_labels(name: str) -> None:
    form = yaml.safe_load((ROOT / f".github/ISSUE_TEMPLATE/{name}.yml").read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= form.keys()
    assert all(field["attributes"]["label"] for field in form["body"])
