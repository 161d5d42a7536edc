"""Workflow definitions in WDL, parsed and type-checked by miniwdl."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import WDL
from WDL import Env, Expr, Tree, Value, Walker

from omics_mock.definitions.archive import Archive, InvalidDefinition
from omics_mock.definitions.declared import (
    MAX_CALLS,
    Declared,
    Parameter,
    PlannedTask,
    Scatter,
    gibibytes,
    image,
    template,
    whole_or_one,
)
from omics_mock.definitions.wdl_outputs import Outputs
from omics_mock.definitions.wdl_values import Values, declarations_of, given_to, inputs_of, value_of, values_of

_LARGE: Final = 32 << 10
_MAX_DECLARED: Final = 2_000
_INDICES = re.compile(r"range\(length\((\w+)\)\)")
_UNVERSIONED = "MissingVersion, document should declare WDL version; draft-2 assumed"


def analyse(archive: Archive) -> Declared:
    """What the main document and its imports declare."""
    document = _load(archive)
    workflow = document.workflow
    message = "\n".join(_outline(document, archive.main))
    if workflow is None:
        return Declared(tuple(_task(task.name, task, Env.Bindings(), ()) for task in document.tasks), message=message)
    inputs = inputs_of(workflow)
    plan = _Plan(workflow, inputs)
    return Declared(
        tuple(plan.tasks()),
        template(_parameter(workflow, declaration) for declaration in inputs.values()),
        tuple(Outputs(workflow, plan.scatter)),
        message,
        name=str(workflow.name),
    )


class _Reader:
    """Documents from the archive, as far as the type-checker can be trusted with them."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.reached: dict[str, int] = {}
        self.calls = 0

    async def read(self, uri: str, path: list[str], importer: Tree.Document | None) -> Tree.ReadSourceResult:
        name = self.archive.imported(importer.pos.abspath, uri) if importer else uri
        text = self.archive.source(name)
        self._count(name, uri, importer)
        if len(text) > _LARGE:
            _check_size(WDL.parse_document(text), name)
        return Tree.ReadSourceResult(source_text=text, abspath=name)

    def _count(self, name: str, uri: str, importer: Tree.Document | None) -> None:
        """Bound the calls of subworkflows' subworkflows: the type-checker walks all of them."""
        self.reached[name] = 1
        if importer:
            namespaces = {imported.namespace for imported in importer.imports if imported.uri == uri}
            calls = sum(call.callee_id[0] in namespaces for call in _calls(importer.workflow.body if importer.workflow else ()))
            self.reached[name] = self.reached[importer.pos.abspath] * max(1, calls)
        self.calls += self.reached[name]
        if self.calls > MAX_CALLS:
            raise InvalidDefinition(f"The workflow makes more than {MAX_CALLS} calls")


def _calls(body: Iterable[Any]) -> Iterator[Tree.Call]:
    for node in body:
        if isinstance(node, Tree.Call):
            yield node
        elif isinstance(node, Tree.WorkflowSection):
            yield from _calls(node.body)


def _load(archive: Archive) -> Tree.Document:
    loading = WDL.load_async(archive.main, check_quant=archive.engine == "WDL", read_source=_Reader(archive).read)
    try:
        # It never has anything to wait for, so it needs no event loop: the caller may have one running.
        loading.send(None)
    except StopIteration as finished:
        document: Tree.Document = finished.value
        return document
    except Exception as error:
        raise InvalidDefinition("\n".join(_reasons(error, archive.main))) from error
    finally:
        loading.close()
    raise AssertionError("miniwdl waits for something")  # pragma: no cover - it would be a mistake of ours


def _check_size(document: Tree.Document, name: str) -> None:
    """The type-checker takes a time that grows with the square of what a task or workflow declares."""
    sections: list[Tree.Task | Tree.Workflow] = [*document.tasks]
    if document.workflow:
        sections.append(document.workflow)
    for section in sections:
        left: list[Any] = [section]
        declared = 0
        while left:
            node = left.pop()
            declared += isinstance(node, Tree.WorkflowNode)
            left += [child for child in node.children if not isinstance(child, Expr.Base)]
        if declared > _MAX_DECLARED:
            raise InvalidDefinition(
                f"({name} Ln {section.pos.line} Col 1) {section.name} has more than {_MAX_DECLARED} declarations"
            )


def _reasons(error: BaseException, main: str) -> Iterator[str]:
    """What is wrong, with file and line; of what is wrong with an imported document, what is wrong in there."""
    if isinstance(error, WDL.Error.MultipleValidationErrors):
        for each in error.exceptions:
            yield from _reasons(each, main)
    elif isinstance(error, WDL.Error.ImportError) and isinstance(
        error.__cause__,
        WDL.Error.ImportError | WDL.Error.SyntaxError | WDL.Error.ValidationError | WDL.Error.MultipleValidationErrors,
    ):
        yield from _reasons(error.__cause__, main)
    elif isinstance(position := getattr(error, "pos", None), WDL.SourcePosition):
        cause = f": {error.__cause__}" if isinstance(error, WDL.Error.ImportError) and error.__cause__ else ""
        yield f"({position.abspath} Ln {position.line} Col {position.column}) {error}{cause}"
    elif isinstance(error, InvalidDefinition):
        yield str(error)
    else:
        yield f"({main} Ln 1 Col 1) The document can not be read: {type(error).__name__}"


def _parameter(workflow: Tree.Workflow, declaration: Tree.Decl) -> Parameter:
    described = workflow.parameter_meta.get(declaration.name, "")
    if isinstance(described, Mapping):
        described = described.get("description", described.get("help", ""))
    optional = declaration.type.optional or declaration.expr is not None
    return Parameter(declaration.name, optional, described if isinstance(described, str) else "")


# The outline


def _outline(document: Tree.Document, name: str) -> Iterator[str]:
    """As `miniwdl check` prints it."""
    Walker.MarkCalled()(document)
    yield name.rpartition("/")[2]
    if document.wdl_version is None:
        yield f"    (Ln 1, Col 1) {_UNVERSIONED}"
    yield from _document_outline(document, 1, document.workflow is not None)


def _document_outline(document: Tree.Document, level: int, show_called: bool) -> Iterator[str]:
    indent = "    " * level
    if document.workflow:
        yield f"{indent}workflow {document.workflow.name}{_not_called(document.workflow, show_called)}"
        yield from _body_outline(document.workflow.body, level + 1)
    for task in sorted(document.tasks, key=lambda task: (not _called(task), task.name)):
        yield f"{indent}task {task.name}{_not_called(task, show_called)}"
    for imported in sorted(document.imports, key=lambda imported: imported.namespace):
        yield f"{indent}{imported.namespace} : {imported.uri.rpartition('/')[2]}"
        assert imported.doc is not None  # once all is loaded
        yield from _document_outline(imported.doc, level + 1, show_called)


def _body_outline(body: list[Any], level: int) -> Iterator[str]:
    indent = "    " * level
    for node in body:
        if isinstance(node, Tree.Call):
            alias = "" if node.name == node.callee_id[-1] else f" as {node.name}"
            yield f"{indent}call {'.'.join(node.callee_id)}{alias}"
        elif isinstance(node, Tree.WorkflowSection):
            yield f"{indent}scatter {node.variable}" if isinstance(node, Tree.Scatter) else f"{indent}if"
            yield from _body_outline(node.body, level + 1)


def _called(node: Tree.Task | Tree.Workflow) -> bool:
    return bool(getattr(node, "called", False))


def _not_called(node: Tree.Task | Tree.Workflow, show_called: bool) -> str:
    return " (not called)" if show_called and not _called(node) else ""


# The tasks


class _Plan:
    """The tasks that calls of a workflow and its subworkflows make."""

    def __init__(self, workflow: Tree.Workflow, inputs: Mapping[str, Tree.Decl]) -> None:
        self.workflow, self.inputs = workflow, inputs
        self.calls = 0

    def tasks(self) -> Iterator[PlannedTask]:
        yield from self._workflow(self.workflow, Env.Bindings(), ())

    def _workflow(self, workflow: Tree.Workflow, given: Values, scatters: tuple[Scatter, ...]) -> Iterator[PlannedTask]:
        version = workflow.effective_wdl_version
        values = values_of(declarations_of(workflow), given, version)
        yield from self._body(workflow, workflow.body, values, scatters)

    def _body(
        self, workflow: Tree.Workflow, body: list[Any], values: Values, scatters: tuple[Scatter, ...]
    ) -> Iterator[PlannedTask]:
        for node in body:
            if isinstance(node, Tree.Scatter):
                yield from self._body(workflow, node.body, values, (*scatters, self.scatter(workflow, node, values)))
            elif isinstance(node, Tree.Conditional):
                yield from self._body(workflow, node.body, values, scatters)
            elif isinstance(node, Tree.Call):
                yield from self._call(workflow, node, values, scatters)

    def _call(
        self, workflow: Tree.Workflow, call: Tree.Call, values: Values, scatters: tuple[Scatter, ...]
    ) -> Iterator[PlannedTask]:
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise InvalidDefinition(f"The workflow makes more than {MAX_CALLS} calls")
        given = given_to(call, values, workflow.effective_wdl_version)
        if isinstance(call.callee, Tree.Workflow):
            yield from self._workflow(call.callee, given, scatters)
        else:
            assert isinstance(call.callee, Tree.Task)
            yield _task(call.name, call.callee, given, scatters)

    def scatter(self, workflow: Tree.Workflow, scatter: Tree.Scatter, values: Values) -> Scatter:
        """What a section is repeated over."""
        expression = scatter.expr
        text = str(expression)
        name = indices[1] if (indices := _INDICES.fullmatch(text)) else text
        known = next((found.value for found in values if found.name == name), None)
        length = len(known.value) if isinstance(known, Value.Array) else None
        if isinstance(expression, Expr.Array):
            length = len(expression.items)
        elif isinstance(expression, Expr.Apply) and expression.function_name == "range":
            count = value_of(expression.arguments[0], values, workflow.effective_wdl_version)
            length = count.value if isinstance(count, Value.Int) else length
        of_the_run = workflow is self.workflow and name in self.inputs
        return Scatter(length, str(name) if of_the_run else None)


def _task(name: str, task: Tree.Task, given: Values, scatters: tuple[Scatter, ...]) -> PlannedTask:
    values = values_of([*(task.inputs or ()), *task.postinputs], given, task.effective_wdl_version)

    def asked(*members: str) -> Any:
        found = (value_of(task.runtime[member], values, task.effective_wdl_version) for member in members if member in task.runtime)
        value = next(found, None)
        if isinstance(value, Value.Array):
            value = value.value[0] if value.value else None
        return None if value is None else value.value

    gpus = asked("gpuCount", "acceleratorCount")
    return PlannedTask(
        name,
        _number(asked("cpu")),
        gibibytes(str(asked("memory"))) or 1,
        _number(gpus) if gpus else int(asked("gpu") is True),
        image(asked("docker", "container")),
        scatters,
    )


def _number(value: object) -> int:
    try:
        return whole_or_one(float(value) if isinstance(value, str) else value)
    except ValueError:
        return 1
