"""What expressions of WDL come to before anything has run: only what is small, and reads no files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import WDL
from WDL import Env, Expr, Tree, Value

_MAX_NODES: Final = 200
MAX_TEXT: Final = 200
_MAX_NUMBER: Final = 1 << 63
_FUNCTIONS = re.compile(
    "_(add|interpolation_add|sub|mul|div|rem|negate|land|lor|at|get|eqeq|neq|lte?|gte?)"
    "|ceil|floor|round|min|max|length|defined|select_(first|all)"
)
"""What is safe to evaluate: neither files nor anything that grows."""

_NO_VALUE: Final = (
    WDL.Error.RuntimeError,
    # What the evaluation of an expression that is only wrong at run time may end with as well.
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    TypeError,
    ValueError,
)

Values = Env.Bindings[Value.Base]


def values_of(declarations: Iterable[Tree.Decl], given: Values, version: str) -> Values:
    """What is known of declarations before anything has run: what is given, and defaults."""
    values = given
    for declaration in declarations:
        if values.has_binding(declaration.name):
            continue
        if declaration.expr is not None:
            value = value_of(declaration.expr, values, version)
        else:
            value = Value.Null() if declaration.type.optional else None
        if value is not None:
            values = values.bind(declaration.name, value)
    return values


def declarations_of(workflow: Tree.Workflow) -> list[Tree.Decl]:
    """Inputs and other declarations outside of its sections."""
    return [*(workflow.inputs or ()), *(node for node in workflow.body if isinstance(node, Tree.Decl))]


def inputs_of(workflow: Tree.Workflow) -> dict[str, Tree.Decl]:
    """The inputs of a workflow; documents without an input section have them among the other declarations."""
    found = declarations_of(workflow)
    return {each.name: each for each in (found if workflow.inputs is None else workflow.inputs)}


def given_to(call: Tree.Call, values: Values, version: str) -> Values:
    """What is known of a call's inputs."""
    given: Values = Env.Bindings()
    for name, expression in call.inputs.items():
        value = value_of(expression, values, version)
        if value is not None:
            given = given.bind(name, value)
    return given


def value_of(expression: Expr.Base, values: Values, version: str) -> Value.Base | None:
    """The value of an expression, when it is small and can be known beforehand."""
    if not _is_tame(expression):
        return None
    try:
        value = expression.eval(values, WDL.StdLib.Base(version, write_dir="-"))
    except _NO_VALUE:
        return None
    match value:
        case Value.String():
            return value if len(value.value) <= MAX_TEXT else None
        case Value.Int() | Value.Float():
            return value if abs(value.value) < _MAX_NUMBER else None
        case _:
            return value


def size_of(expression: Expr.Base) -> int:
    """How much there is to evaluate."""
    return sum(1 for _ in islice(_nodes(expression), _MAX_NODES + 1))


def _is_tame(expression: Expr.Base) -> bool:
    return size_of(expression) <= _MAX_NODES and all(
        _FUNCTIONS.fullmatch(node.function_name) for node in _nodes(expression) if isinstance(node, Expr.Apply)
    )


def _nodes(expression: Expr.Base) -> Iterator[Expr.Base]:
    left = [expression]
    while left:
        node = left.pop()
        yield node
        left += [child for child in node.children if isinstance(child, Expr.Base)]
