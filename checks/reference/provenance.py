"""Where the tests have their knowledge from: the marks on them, and the operations that they touch. Read, not run."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

from omics_mock.operations import SERVICES
from omics_mock.rules import RULES
from omics_mock.wire.model import load

TESTS = Path(__file__).parents[2] / "tests"
MARKS = ("model", "documented", "observed", "inferred")
"""From the service's model; from AWS's documents; seen at AWS; from neither, so concluded."""

_Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Test:
    """One test function, with all its cases."""

    name: str
    path: str
    marks: tuple[str, ...]
    """Those nearest to it, which should be one: its own, else its class's, else its module's."""
    operations: frozenset[tuple[str, str]]
    """(service, operation) pairs that it names or calls."""
    rules: tuple[str, ...]
    """The switches that it names."""

    @property
    def mark(self) -> str | None:
        """Where its knowledge is from; None for a test of the library itself."""
        return self.marks[0] if self.marks else None

    @property
    def sentence(self) -> str:
        """What it says of the service."""
        words = self.name.removeprefix("test_").replace("_", " ")
        return words[:1].upper() + words[1:] + "."


@cache
def tests() -> tuple[Test, ...]:
    """Every test of the project."""
    return tuple(test for path in sorted(TESTS.rglob("test_*.py")) for test in _tests_in(path))


def of(service: str, operation: str) -> list[Test]:
    """The tests that touch an operation."""
    return [test for test in tests() if (service, operation) in test.operations]


def tally(found: list[Test]) -> list[int]:
    """How many there are, and how many of them have each mark."""
    return [len(found), *(sum(test.mark == mark for test in found) for mark in MARKS)]


def _tests_in(path: Path) -> Iterator[Test]:
    yield from read(path.read_text(encoding="utf-8"), path.relative_to(TESTS.parent).as_posix())


def read(source: str, place: str) -> Iterator[Test]:
    """The tests of a module."""
    module = ast.parse(source)
    names = _names("imagebuilder" if "imagebuilder" in place else "omics")
    yield from _tests_of(module, place, _marks_of(_assigned(module)), names)


def _tests_of(
    parent: ast.Module | ast.ClassDef, place: str, around: tuple[str, ...], names: Mapping[str, tuple[str, str]]
) -> Iterator[Test]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            inner = _marks_of(node.decorator_list) or _marks_of(_assigned(node)) or around
            yield from _tests_of(node, place, inner, names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            said = set(_words(node))
            yield Test(
                name=node.name,
                path=place,
                marks=_marks_of(node.decorator_list) or around,
                operations=frozenset(names[word] for word in said if word in names),
                rules=tuple(sorted(said & RULES.keys())),
            )


def _assigned(parent: ast.Module | ast.ClassDef) -> list[ast.expr]:
    """The marks in the parent's ``pytestmark``."""
    for node in parent.body:
        if isinstance(node, ast.Assign) and any(isinstance(name, ast.Name) and name.id == "pytestmark" for name in node.targets):
            return node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
    return []


def _marks_of(marks: list[ast.expr]) -> tuple[str, ...]:
    return tuple(name for mark in marks if (name := _mark_name(mark)) in MARKS)


def _mark_name(mark: ast.expr) -> str | None:
    """The ``model`` of ``pytest.mark.model`` or ``pytest.mark.model(...)``."""
    named = mark.func if isinstance(mark, ast.Call) else mark
    is_mark = isinstance(named, ast.Attribute) and isinstance(named.value, ast.Attribute) and named.value.attr == "mark"
    return named.attr if is_mark and isinstance(named, ast.Attribute) else None


def _words(test: _Definition) -> Iterator[str]:
    """What a test calls or names: ``client.start_run``, ``"StartRun"``, ``get_paginator("list_runs")``, a waiter."""
    for node in ast.walk(test):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value.partition(":")[2] or node.value.partition(".")[0]


@cache
def _names(first: str) -> Mapping[str, tuple[str, str]]:
    """What operations are called in tests; those of the service that the tests are about go before those of another."""
    names = {}
    for service in sorted(SERVICES, key=lambda service: service == first):
        for operation in load(service).operations.values():
            if service == "omics" or service == first:
                names[operation.name] = names[operation.method_name] = service, operation.name
    return names
