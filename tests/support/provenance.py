"""Where tests have their knowledge of the service from: their marks, read from the files without running them."""

import ast
from collections.abc import Iterator, Sequence

SOURCES = ("inferred", "observed", "documented", "model")
"""The marks, from the weakest source to the strongest."""


def marks_of_tests(source: str) -> Iterator[tuple[str, list[str]]]:
    """The name of each test of a module, with its nearest marks: its own, else its class's, else its module's."""
    yield from _marks_in(ast.parse(source).body, [])


def _marks_in(body: Sequence[ast.stmt], around: list[str], prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    around = _marks(_pytestmark(body)) or around
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _marks_in(node.body, _marks(node.decorator_list) or around, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            yield f"{prefix}{node.name}", _marks(node.decorator_list) or around


def _pytestmark(body: Sequence[ast.stmt]) -> list[ast.expr]:
    for node in body:
        if isinstance(node, ast.Assign) and any(isinstance(name, ast.Name) and name.id == "pytestmark" for name in node.targets):
            return node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
    return []


def _marks(expressions: list[ast.expr]) -> list[str]:
    named = [expression.func if isinstance(expression, ast.Call) else expression for expression in expressions]
    return [source for name in named for source in SOURCES if ast.unparse(name) == f"pytest.mark.{source}"]
