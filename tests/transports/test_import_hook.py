"""Steps that run right after a module was imported for the first time."""

import importlib
import importlib.resources
import importlib.util
import sys
from functools import partial
from pathlib import Path

import pytest

from omics_mock.transports.import_hook import after_import


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = "a_package_to_be_watched"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").write_text("value = 1\n")
    (tmp_path / name / "data.txt").write_text("data")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return name


def test_the_step_runs_once_when_the_module_is_there(package: str) -> None:
    seen: list[int] = []
    finders = len(sys.meta_path)
    after_import(package, lambda: seen.append(sys.modules[package].value))
    assert seen == []
    module = importlib.import_module(package)
    assert seen == [1]
    assert importlib.resources.files(package).joinpath("data.txt").read_text() == "data"
    importlib.reload(module)
    assert seen == [1]
    assert len(sys.meta_path) == finders


def test_several_steps_may_wait_for_one_module(package: str) -> None:
    seen: list[int] = []
    finders = len(sys.meta_path)
    for number in (1, 2, 3):
        after_import(package, partial(seen.append, number))
    importlib.import_module(package)
    assert sorted(seen) == [1, 2, 3]
    assert len(sys.meta_path) == finders


def test_a_module_that_is_found_twice_before_it_is_loaded_is_loaded_twice(package: str) -> None:
    seen: list[int] = []
    finders = len(sys.meta_path)
    after_import(package, lambda: seen.append(1))
    specs = [importlib.util.find_spec(package), importlib.util.find_spec(package)]
    for spec in specs:
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.value == 1
    assert seen == [1, 1]
    assert len(sys.meta_path) == finders


def test_the_step_runs_at_once_for_a_module_that_is_loaded() -> None:
    seen: list[str] = []
    after_import("sys", lambda: seen.append("now"))
    assert seen == ["now"]


def test_a_module_that_is_not_installed_stays_missing() -> None:
    finders = list(sys.meta_path)
    try:
        after_import("no_such_package_anywhere", lambda: pytest.fail("it cannot have been imported"))
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("no_such_package_anywhere")
    finally:
        sys.meta_path[:] = finders


def test_a_module_that_fails_to_load_may_be_tried_again(package: str, tmp_path: Path) -> None:
    seen: list[str] = []
    (tmp_path / package / "__init__.py").write_text("raise RuntimeError('not today')\n")
    after_import(package, lambda: seen.append("loaded"))
    with pytest.raises(RuntimeError):
        importlib.import_module(package)
    (tmp_path / package / "__init__.py").write_text("value = 'tomorrow'\n")
    importlib.invalidate_caches()
    importlib.import_module(package)
    assert seen == ["loaded"]
