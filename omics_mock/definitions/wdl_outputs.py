"""What the outputs of a WDL workflow are made of: their expressions are followed through calls and sections to those of tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from WDL import Env, Expr, Tree, Type, Value

from omics_mock.definitions.contents import Content, File, Given, Joined, Repeated, joined
from omics_mock.definitions.declared import Output, Scatter
from omics_mock.definitions.wdl_values import MAX_TEXT, Values, declarations_of, given_to, inputs_of, size_of, value_of, values_of

_MAX_STEPS: Final = 10_000
_MAX_DEPTH: Final = 60
_STREAMS: Final = ("stdout", "stderr")

ScatterOf = Callable[[Tree.Workflow, Tree.Scatter, Values], Scatter]


class _Unknown(Exception):
    """Only a run settles it."""


@dataclass(eq=False)
class _Frame:
    """A workflow or task as one call makes it; of the run's workflow there is no call."""

    callee: Tree.Workflow | Tree.Task
    values: Values
    call: Tree.Call | None = None
    caller: _Frame | None = None

    @property
    def version(self) -> str:
        return str(self.callee.effective_wdl_version)

    @cached_property
    def inputs(self) -> Mapping[str, Tree.Decl]:
        if isinstance(self.callee, Tree.Workflow):
            return inputs_of(self.callee)
        return {found.name: found for found in self.callee.inputs or self.callee.postinputs}

    @cached_property
    def outputs(self) -> Mapping[str, Tree.Decl]:
        return {found.name: found for found in self.callee.outputs or ()}


class Outputs:
    """The outputs of a workflow."""

    def __init__(self, workflow: Tree.Workflow, scatter_of: ScatterOf) -> None:
        self.workflow, self.scatter_of = workflow, scatter_of
        self.frame = _Frame(workflow, values_of(declarations_of(workflow), Env.Bindings(), workflow.effective_wdl_version))
        self.frames: dict[tuple[_Frame, str], _Frame] = {}
        self.left = _MAX_STEPS

    def __iter__(self) -> Iterator[Output]:
        for found in self.workflow.effective_outputs:
            yield Output(found.name, str(found.value), self._output(found, found.name))

    def _output(self, found: Env.Binding[Type.Base], name: str) -> Content:
        if isinstance(found.info, Tree.Decl):
            return self._declared(found.info, self.frame, name, 0)
        # Without an output section every output of a call is one, and says itself what is not known.
        return self._referred(found.info, name, self.frame, name, 0)

    def _declared(self, declaration: Tree.Decl, frame: _Frame, name: str, depth: int) -> Content:
        """What is declared; where only a run settles it, what its type says. A file that nobody can name has the output's name."""
        try:
            content = self._content(declaration.expr, frame, name, depth)
        except _Unknown:
            return self._typical(declaration.type, name)
        return self._fitted(content, declaration.type, name)

    def _content(self, expression: Expr.Base | None, frame: _Frame, name: str, depth: int) -> Content:
        self.left -= 1
        if expression is None or self.left < 0 or depth > _MAX_DEPTH:
            raise _Unknown

        def of(part: Expr.Base | None) -> Content:
            return self._content(part, frame, name, depth + 1)

        match expression:
            case Expr.Get(member=None):
                return of(expression.expr)
            case Expr.Get():
                whole = of(expression.expr)
                if isinstance(whole, Mapping) and expression.member and expression.member in whole:
                    return whole[expression.member]
                raise _Unknown
            case Expr.Ident():
                return self._referred(expression.referee, expression.name, frame, name, depth + 1)
            case Expr.Array():
                return tuple(self._item(each, frame, name, depth + 1) for each in expression.items)
            case Expr.Pair():
                return {"left": of(expression.left), "right": of(expression.right)}
            case Expr.Struct():
                return {member: self._item(each, frame, name, depth + 1) for member, each in expression.members.items()}
            case Expr.IfThenElse():
                condition = self._value(expression.condition, frame)
                return of(expression.alternative if condition is not None and not condition.value else expression.consequent)
            case Expr.Apply(function_name="select_all", arguments=[some]):
                return of(some)
            case Expr.Apply(function_name="select_first", arguments=[Expr.Array() as some, *_]) if some.items:
                return of(some.items[0])
            case Expr.Apply(function_name=function) if function in _STREAMS:
                return File(f"{function}.txt", name)
            case Expr.Apply(function_name="glob", arguments=[pattern]):
                return Repeated(File(_matching(of(pattern), name), name))
            case Expr.Apply(function_name="_add" | "_interpolation_add") if isinstance(expression.type, Type.String):
                return joined(of(each) for each in expression.arguments)
            case Expr.String() if type(expression) is Expr.String and _is_plain(expression):
                return joined(part if isinstance(part, str) else of(part.expr) for part in expression.parts[1:-1])
        if (value := self._value(expression, frame)) is None:
            raise _Unknown
        return _frozen(value.json)

    def _value(self, expression: Expr.Base, frame: _Frame) -> Value.Base | None:
        self.left -= size_of(expression)
        return value_of(expression, frame.values, frame.version)

    def _item(self, expression: Expr.Base, frame: _Frame, name: str, depth: int) -> Content:
        try:
            return self._content(expression, frame, name, depth)
        except _Unknown:
            return self._typical(expression.type, name)

    def _referred(self, node: Any, path: str, frame: _Frame, name: str, depth: int) -> Content:
        match node:
            case Tree.Decl() if frame.inputs.get(node.name) is node:
                return self._input(node, frame, name, depth)
            case Tree.Decl():
                return self._content(node.expr, frame, name, depth)
            case Tree.Call():
                return self._of_call(node, path.rpartition(".")[2], frame, name, depth)
            case Tree.Gather():
                inner = node.referee
                if isinstance(inner, Tree.Decl):
                    content = self._declared(inner, frame, name, depth)
                else:
                    content = self._referred(inner, path, frame, name, depth)
                if isinstance(node.section, Tree.Scatter) and isinstance(frame.callee, Tree.Workflow):
                    return Repeated(content, (self.scatter_of(frame.callee, node.section, frame.values),))
                return content
        raise _Unknown  # one item of what is scattered over

    def _input(self, declaration: Tree.Decl, frame: _Frame, name: str, depth: int) -> Content:
        default = None if declaration.expr is None else self._item(declaration.expr, frame, name, depth)
        if frame.call is None or frame.caller is None:
            return Given(declaration.name, default)
        if declaration.name in frame.call.inputs:
            return self._content(frame.call.inputs[declaration.name], frame.caller, name, depth)
        if declaration.expr is None and not declaration.type.optional:
            raise _Unknown
        return default

    def _of_call(self, call: Tree.Call, output: str, frame: _Frame, name: str, depth: int) -> Content:
        inside = self._called(call, frame)
        if depth > _MAX_DEPTH or output not in inside.outputs:
            raise _Unknown
        return self._declared(inside.outputs[output], inside, name, depth + 1)

    def _called(self, call: Tree.Call, frame: _Frame) -> _Frame:
        key = frame, call.name
        if key not in self.frames:
            callee = call.callee
            assert callee is not None
            given = given_to(call, frame.values, frame.version)
            declared = (
                declarations_of(callee) if isinstance(callee, Tree.Workflow) else [*(callee.inputs or ()), *callee.postinputs]
            )
            self.frames[key] = _Frame(callee, values_of(declared, given, callee.effective_wdl_version), call, frame)
        return self.frames[key]

    # Types

    def _typical(self, kind: Type.Base, name: str, depth: int = 0) -> Content:
        """What is of that type."""
        self.left -= 1
        match kind:
            case _ if self.left < 0 or depth > _MAX_DEPTH:
                return None
            case Type.File() | Type.Directory():
                return File(name, name)
            case Type.Array():
                return Repeated(self._typical(kind.item_type, name, depth + 1))
            case Type.Pair():
                pair = {"left": kind.left_type, "right": kind.right_type}
                return {side: self._typical(each, name, depth + 1) for side, each in pair.items()}
            case Type.StructInstance():
                return {member: self._typical(each, name, depth + 1) for member, each in (kind.members or {}).items()}
            case Type.Map() | Type.Object():
                return {}
            case Type.Boolean():
                return False
            case Type.Int():
                return 0
            case Type.Float():
                return 0.0
        return ""

    def _fitted(self, content: Content, kind: Type.Base, name: str) -> Content:
        """A content as one of that type: a text that is a file's path becomes the file."""
        match kind, content:
            case _, None:
                return None if kind.optional else self._typical(kind, name)
            case Type.File() | Type.Directory(), str() | Given() | Joined():
                return File(content, name)
            case Type.Array(), tuple():
                return tuple(self._fitted(each, kind.item_type, name) for each in content)
            case Type.Array(), Repeated():
                return Repeated(self._fitted(content.item, kind.item_type, name), content.over)
            case Type.Array(item_type=Type.File() | Type.Directory()), Given():
                length = len(content.default) if isinstance(content.default, tuple) else None
                return Repeated(File(name, name), (Scatter(length, content.parameter),))
            case Type.Map(), Mapping():
                return {key: self._fitted(each, kind.item_type[1], name) for key, each in content.items()}
            case Type.Pair() | Type.StructInstance(), Mapping():
                members = {"left": kind.left_type, "right": kind.right_type} if isinstance(kind, Type.Pair) else kind.members or {}
                return {key: self._fitted(each, members[key], name) for key, each in content.items() if key in members}
            case Type.String(), File():
                return content.path
        return content


def _is_plain(text: Expr.String) -> bool:
    """Whether its parts are short, and the same in the document and in the text."""
    return all(
        (len(part) <= MAX_TEXT and "\\" not in part) if isinstance(part, str) else not part.options for part in text.parts[1:-1]
    )


def _matching(pattern: Content, name: str) -> str:
    """The name of a file that a pattern finds: what it leaves open is the output's name."""
    return pattern.replace("*", name) if isinstance(pattern, str) else name


def _frozen(value: Any) -> Content:
    match value:
        case list():
            return tuple(_frozen(each) for each in value)
        case dict():
            return {str(key): _frozen(each) for key, each in value.items()}
    return value  # type: ignore[no-any-return]  # of JSON only scalars are left
