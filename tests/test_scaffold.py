"""``omics-mock new-operation``: from a model's operation to one that is served."""

import json
import os
import shutil
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from botocore.model import ServiceModel

from omics_mock import cli
from omics_mock.engine import NotServedYet
from omics_mock.scaffold import NothingToBegin, plan, plans, texts
from omics_mock.scaffold.examples import broken, smallest
from omics_mock.scaffold.families import families_of, nearest, words
from omics_mock.state import Family
from omics_mock.validation import violations
from omics_mock.wire.model import Operation, load
from tests.test_own_operations import newer_model

ROOT = Path(__file__).parents[1]
SERVED = [
    pytest.param(family, operation, id=f"{operation.service}:{operation.name}")
    for service in ("omics", "imagebuilder")
    for family in families_of(service)
    for operation in family.modelled()
]
TESTS = "tests/backends/test_pause_run.py"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what a contributor has, but for the tests of what is there already."""
    root = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "test_*.py", "data", "sample_project")
    for folder in ("omics_mock", "tests"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Where botocore looks first, and finds a HealthOmics with PauseRun."""
    path = tmp_path / "models" / "omics" / "2022-11-28" / "service-2.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(newer_model()), encoding="utf-8")
    return path


def python(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in a checkout, with a botocore that knows PauseRun."""
    environment = {**os.environ, "PYTHONPATH": str(checkout), "AWS_DATA_PATH": str(checkout.parent / "models")}
    command = [sys.executable, "-W", "ignore", *arguments]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def run_tests(checkout: Path) -> str:
    """What pytest says of the tests that were begun."""
    plugin = ("-p", "no:omics_mock", "-p", "omics_mock.pytest_plugin", "-p", "no:cacheprovider")
    return python(checkout, "-m", "pytest", *plugin, "-q", TESTS).stdout


# ---- the journey -----------------------------------------------------------------------------------------------------

PAUSED = """
import boto3
from omics_mock import mock_omics

with mock_omics() as mocked:
    client = boto3.client("omics", region_name="us-east-1")
    print(client.pause_run(id=mocked.given.run(status="RUNNING")["id"], reason="lunch")["status"])
"""


def test_an_operation_goes_from_the_model_to_being_served(checkout: Path, model: Path) -> None:
    written = python(checkout, "-m", "omics_mock", "new-operation", "PauseRun", "--write")
    assert (written.returncode, written.stderr) == (0, "")
    assert written.stdout.startswith(f"wrote omics_mock/backends/runs.py\nwrote {TESTS}\n\nWhat is left to do:\n\n1. ")
    with pytest.raises(NothingToBegin, match=f"PauseRun is begun already, with {TESTS}"):
        plan("PauseRun", model=model, root=checkout)

    # It does not pretend: whoever calls it is told, and its tests fail.
    failed = run_tests(checkout)
    assert "6 failed" in failed
    assert "passed" not in failed
    assert "NotServedYet: Runs.pause_run is not written yet" in failed
    assert "to be written: that nothing has changed" in failed

    write_the_method(checkout)
    assert python(checkout, "-c", PAUSED).stdout == "PAUSED for lunch\n"


def write_the_method(checkout: Path) -> None:
    module = checkout / "omics_mock/backends/runs.py"
    before, _, after = module.read_text(encoding="utf-8").partition("        from omics_mock.engine import NotServedYet\n")
    body = '        return Record(self.table.get(params["id"]), status=f"PAUSED for {params[\'reason\']}")\n'
    module.write_text(before + body + after.partition('is not written yet")\n')[2], encoding="utf-8")


def test_nothing_is_written_unless_it_is_asked_for(
    checkout: Path, model: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("omics_mock.scaffold.plan", partial(plan, root=checkout))
    assert cli.main(["new-operation", "PauseRun", "--model", str(model)]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("\n\nNothing is written yet: --write does it.\n")
    assert '+        "PauseRun",\n' in shown
    assert f"--- /dev/null\n+++ b/{TESTS}\n" in shown
    assert not (checkout / TESTS).exists()


def test_the_begun_files_are_as_the_house_has_them(checkout: Path, model: Path) -> None:
    begun = plan("PauseRun", model=model, root=checkout)
    begun.write()
    for name in begun.files:
        compile((checkout / name).read_text(encoding="utf-8"), name, "exec")
    if find_spec("ruff") is not None:  # it is a tool of development, which the tests do without
        for check in (["check"], ["format", "--check"]):
            ruff = [sys.executable, "-m", "ruff", *check, "--no-cache", *begun.files]
            found = subprocess.run(ruff, cwd=checkout, capture_output=True, text=True, check=False)
            assert found.returncode == 0, found.stdout


def test_the_tests_carry_the_marks_that_the_suite_has(checkout: Path, model: Path) -> None:
    (operation,) = (found for found in [plans._operation("PauseRun", "omics", model)])
    marked = texts.tests(operation, "Runs", {"documented", "model"})
    assert marked.count("@pytest.mark.documented\ndef test_") == 3
    assert marked.count("@pytest.mark.model\n@pytest.mark.parametrize") == 1
    assert "mark.documented" not in texts.tests(operation, "Runs", {"operation"})


def test_a_step_tells_how_botocore_gets_the_model(checkout: Path, model: Path) -> None:
    left = plan("PauseRun", model=model, root=checkout).left()
    assert "1. Until botocore has PauseRun: copy the model to FOLDER/omics/2022-11-28/service-2.json" in left
    for file in ("CHANGELOG.md", "docs/reference/operations.md", "docs/reference/lifecycles.md", TESTS):
        assert file in left


# ---- whatever the model has ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("family", "operation"), SERVED)
def test_the_family_of_an_operation_is_found_from_its_neighbours(family: type[Family], operation: Operation) -> None:
    assert nearest(operation) == [family]


@pytest.mark.parametrize("name", sorted(load("omics").operations))
def test_the_examples_are_what_the_model_allows_and_what_it_does_not(name: str) -> None:
    operation = load("omics").operations[name]
    asked = smallest(operation.input)
    assert violations(operation)(asked) == []
    for member, wrong in broken(operation):
        changed = {given: value for given, value in {**asked, member: wrong}.items() if value is not None}
        assert {violation.path for violation in violations(operation)(changed)} == {member}


@pytest.mark.parametrize(("family", "operation"), SERVED)
def test_every_operation_could_have_begun_so(family: type[Family], operation: Operation) -> None:
    compile(texts.tests(operation, family.__name__, ()), operation.name, "exec")
    method = texts.method(operation, family.__name__, {"Record"})
    begun: dict[str, Any] = {"Params": object, "Record": object, "Any": Any}
    exec(compile(f"class Begun:\n{method}", operation.name, "exec"), begun)
    written = getattr(begun["Begun"], operation.method_name)
    assert "NotServedYet" in written.__code__.co_names
    with pytest.raises(NotServedYet, match=f"{family.__name__}.{operation.method_name} is not written yet"):
        written(None, {})
    assert f"{operation.name} does" in method
    assert all(error in method for error in operation.errors)
    assert max(map(len, method.splitlines())) <= 132


def test_an_operation_of_image_builder_belongs_to_its_workflows(checkout: Path) -> None:
    begun = plan("ListWorkflowExecutions", service="imagebuilder", root=checkout)
    tests = begun.files["tests/imagebuilder/test_list_workflow_executions.py"]
    assert 'pytestmark = pytest.mark.operation("imagebuilder:ListWorkflowExecutions")' in tests
    assert "def list_workflow_executions(self, params: Params)" in begun.files["omics_mock/imagebuilder/workflows.py"]
    assert plan("ListComponents", "imagebuilder", family="ImageWorkflows", root=checkout).files


# ---- what cannot begin -----------------------------------------------------------------------------------------------


def test_an_unknown_operation_lists_names_that_are_close(checkout: Path) -> None:
    with pytest.raises(NothingToBegin, match=r"botocore [\d.]+ knows no operation 'StartRuns' of omics; did you mean StartRun"):
        plan("StartRuns", root=checkout)
    with pytest.raises(NothingToBegin, match="did you mean GetRunTask, GetRun"):
        plan("get_run_task", root=checkout)
    with pytest.raises(NothingToBegin, match=r"'Paint' of omics; a newer model goes with --model service-2.json"):
        plan("Paint", root=checkout)
    with pytest.raises(NothingToBegin, match="try --service imagebuilder"):
        plan("ListComponents", root=checkout)


@pytest.mark.parametrize(
    ("name", "method", "module"),
    [
        ("GetRun", "Runs.get_run", "omics_mock/backends/runs.py"),
        ("CancelVariantImportJob", "VariantStores.cancel_variant_import_job", "omics_mock/backends/variant_stores.py"),
    ],
)
def test_what_is_served_names_its_place(checkout: Path, name: str, method: str, module: str) -> None:
    with pytest.raises(NothingToBegin, match=f"{name} is served already, by {method}: {module}:") as refusal:
        plan(name, root=checkout)
    line = int(str(refusal.value).rpartition(":")[2])
    assert f"def {method.partition('.')[2]}(" in (ROOT / module).read_text(encoding="utf-8").splitlines()[line - 1]


def test_what_is_no_checkout_says_that_it_takes_a_clone(tmp_path: Path) -> None:
    with pytest.raises(NothingToBegin, match="is no checkout of omics-mock: clone the repository"):
        plan("GetRun", root=tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "another"\n', encoding="utf-8")
    with pytest.raises(NothingToBegin, match="is no checkout of omics-mock"):
        plan("GetRun", root=tmp_path)


def test_a_family_can_be_named_and_must_exist(checkout: Path, model: Path) -> None:
    assert "omics_mock/backends/run_batches.py" in plan("PauseRun", model=model, family="RunBatches", root=checkout).files
    with pytest.raises(NothingToBegin, match="unknown family 'Pauses'; known: Workflows, Runs,"):
        plan("PauseRun", model=model, family="Pauses", root=checkout)


def test_an_operation_like_nothing_else_needs_its_family_named(checkout: Path, model: Path) -> None:
    strange: dict[str, Any] = newer_model()
    strange["operations"]["PaintPicture"] = {"name": "PaintPicture", "http": {"method": "POST", "requestUri": "/picture"}}
    model.write_text(json.dumps(strange), encoding="utf-8")
    with pytest.raises(NothingToBegin, match="PaintPicture is like nothing that is served: choose with --family"):
        plan("PaintPicture", model=model, root=checkout)
    begun = plan("PaintPicture", model=model, family="Tags", root=checkout)
    assert "def paint_picture(self, params: Params) -> None:" in begun.files["omics_mock/backends/tags.py"]


def test_an_operation_like_several_families_needs_one_named(checkout: Path, model: Path) -> None:
    strange: dict[str, Any] = newer_model()
    path = "/sequencestore/{id}/picture"
    strange["operations"]["PaintPicture"] = {"name": "PaintPicture", "http": {"method": "POST", "requestUri": path}}
    model.write_text(json.dumps(strange), encoding="utf-8")
    with pytest.raises(NothingToBegin, match=r"PaintPicture could be of \w+( or \w+)+: choose with --family"):
        plan("PaintPicture", model=model, root=checkout)


def test_a_family_that_declares_its_operations_in_another_way_is_left_to_the_contributor(checkout: Path, model: Path) -> None:
    module = checkout / "omics_mock/backends/runs.py"
    declared = module.read_text(encoding="utf-8").replace("    operations = (", "    operations = tuple(NAMES) or (")
    module.write_text(declared, encoding="utf-8")
    with pytest.raises(NothingToBegin, match="Runs declares its operations in a way of its own: add PauseRun by hand"):
        plan("PauseRun", model=model, root=checkout)


def test_the_words_of_a_name_are_in_the_singular() -> None:
    assert words("ListBatchesAndRunPolicies") == ["List", "Batch", "And", "Run", "Policy"]


def test_the_example_for_a_pattern_that_python_can_not_read_is_left_to_the_contributor() -> None:
    shapes = {
        "Input": {"type": "structure", "required": ["name"], "members": {"name": {"shape": "Name"}}},
        "Name": {"type": "string", "pattern": "(?<broken"},
    }
    operations = {"Op": {"name": "Op", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Input"}}}
    model = ServiceModel({"metadata": {"protocol": "rest-json"}, "operations": operations, "shapes": shapes}, "test")
    assert smallest(model.operation_model("Op").input_shape) == {"name": "example"}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"operations": {"GetRun": {}}, "shapes": {}, "metadata": {}}'])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "service-2.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NothingToBegin, match=r"service-2\.json is no model of a service"):
        plan("GetRun", model=path, root=ROOT)


def test_the_command_fails_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["new-operation", "PauseRun", "--model", str(tmp_path / "none.json")]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("omics-mock: ")
    assert told.err.endswith("none.json: No such file or directory\n")
