"""Rules about the code itself that no linter knows."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "omics_mock"
GENERATED = {".git", ".venv", ".nox", ".hypothesis", ".import_linter_cache", "__pycache__", "build", "dist"}

TIME_AND_CHANCE = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "uuid.uuid4", "uuid.uuid1"}
TIME_AND_CHANCE |= {"time", "random", "secrets", "uuid"}


def files() -> Iterator[Path]:
    """What belongs to the repository: what git tracks or would, or everything that no tool generated."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        listed = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
    for name in listed:
        path = ROOT / name
        parts = set(path.relative_to(ROOT).parts)
        if path.is_file() and not GENERATED & parts and not any(part.endswith("_cache") for part in parts):
            yield path


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (PACKAGE / folder).rglob("*.py"))


@pytest.mark.parametrize("module", ["omics_mock", "omics_mock.exceptions", "omics_mock.settings", "omics_mock.clock"])
def test_importing_loads_neither_botocore_nor_moto(module: str) -> None:
    heavy = {"boto3", "botocore", "moto", "requests", "responses"}
    code = f"import {module}, sys; print(*sorted({heavy} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []


@pytest.mark.parametrize("path", modules("backends", "imagebuilder"), ids=lambda path: path.stem)
def test_backends_name_no_http_status(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    statuses = {200, 201, 202, 204, 400, 402, 403, 404, 405, 408, 409, 416, 429, 500}
    # A size such as 500 << 10 is no status.
    sizes = {node.left for node in ast.walk(tree) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift)}
    numbers = [
        f"line {node.lineno}: {node.value}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and type(node.value) is int and node.value in statuses and node not in sizes
    ]
    assert numbers == []


@pytest.mark.parametrize("path", modules("backends", "definitions", "imagebuilder"), ids=lambda path: path.stem)
def test_only_the_clock_and_the_ids_know_time_and_chance(path: Path) -> None:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name in TIME_AND_CHANCE]
        elif isinstance(node, ast.ImportFrom) and node.module in TIME_AND_CHANCE:
            found.append(str(node.module))
        elif isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            found += [name for suffix in TIME_AND_CHANCE if "." in suffix and name.endswith(suffix)]
    assert found == []


def test_no_file_names_a_place_on_someones_machine() -> None:
    # Spelt in pieces, so that this file does not hold what it looks for.
    places = ["/" + "work/", "/" + "home/", "/" + "Users/", "/" + "root/", "shared/" + "spec", "shared/" + "design"]
    places += ["shared/" + "reference", "shared/" + "data"]
    found = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {place}" for place in places if place in text]
    assert found == []
