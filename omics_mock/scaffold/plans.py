"""What ``omics-mock new-operation`` is going to do, and doing it."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches, unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from omics_mock.operations import SERVICES, botocore_version
from omics_mock.scaffold import texts
from omics_mock.scaffold.families import families_of, nearest, words
from omics_mock.wire.model import Operation, described, load

if TYPE_CHECKING:
    from omics_mock.state import Family

ROOT: Final = Path(__file__).parents[2]
"""The checkout that this module is in, if it is in one."""

_TEST_FOLDERS: Final = {"omics": "tests/backends", "imagebuilder": "tests/imagebuilder"}


class NothingToBegin(ValueError):
    """Why there is no operation to begin."""


@dataclass(frozen=True)
class Plan:
    """The files that a begun operation changes or adds, each with its new text, and what is left to do by hand."""

    root: Path
    files: Mapping[str, str]
    steps: Sequence[str]

    def patch(self) -> str:
        """The files as a patch to the checkout."""
        return "\n".join(line for name in self.files for line in self._patch(name))

    def left(self) -> str:
        """What is left to do."""
        return "\n".join(("What is left to do:", "", *(f"{number}. {step}" for number, step in enumerate(self.steps, 1))))

    def write(self) -> None:
        """Do it."""
        for name, text in self.files.items():
            (self.root / name).write_text(text, encoding="utf-8")

    def _patch(self, name: str) -> Iterator[str]:
        path = self.root / name
        before = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        was = f"a/{name}" if path.exists() else "/dev/null"
        return unified_diff(before, self.files[name].splitlines(), was, f"b/{name}", lineterm="")


def plan(name: str, service: str = "omics", model: Path | None = None, family: str | None = None, root: Path = ROOT) -> Plan:
    """How to begin an operation that botocore, or the file ``model``, knows and the library does not serve."""
    project = _project(root)
    operation = _operation(name, service, model)
    tests = f"{_TEST_FOLDERS[service]}/test_{operation.method_name}.py"
    if (root / tests).exists():
        raise NothingToBegin(f"{operation.name} is begun already, with {tests}")
    _check_unserved(operation)
    owner = _family(operation, family)
    module = _file(owner)
    marks = {marker.partition(":")[0].partition("(")[0] for marker in project["tool"]["pytest"]["ini_options"]["markers"]}
    source = (root / module).read_text(encoding="utf-8")
    files = {
        module: _with_operation(source, owner, operation),
        tests: texts.tests(operation, owner.__name__, marks),
    }
    return Plan(root, files, tuple(_steps(operation, owner.__name__, module, tests, model)))


# ---- what there is ---------------------------------------------------------------------------------------------------


def _project(root: Path) -> dict[str, Any]:
    """The project that the folder is a checkout of."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except FileNotFoundError:
        project = {}
    if project.get("project", {}).get("name") != "omics-mock" or not (root / "tests").is_dir():
        raise NothingToBegin(f"{root} is no checkout of omics-mock: clone the repository, and run this in it after `make test`")
    return project


def _operation(name: str, service: str, path: Path | None) -> Operation:
    if path is None:
        known, where = load(service).operations, f"botocore {botocore_version()}"
    else:
        known, where = _operations(service, path), str(path)
    if name not in known:
        names = {operation.lower(): operation for operation in known}
        close = [names[match] for match in get_close_matches(name.replace("_", "").lower(), names)]
        elsewhere = [other for other in SERVICES if path is None and other != service and name in load(other).operations]
        advice = f"; did you mean {', '.join(close)}?" if close else "; a newer model goes with --model service-2.json"
        raise NothingToBegin(
            f"{where} knows no operation {name!r} of {service}{f'; try --service {elsewhere[0]}' if elsewhere else advice}"
        )
    return known[name]


def _operations(service: str, path: Path) -> Mapping[str, Operation]:
    """The operations of a model in botocore's format, in a file of its own."""
    try:
        return described(service, json.loads(path.read_text(encoding="utf-8"))).operations
    except OSError as missing:
        raise NothingToBegin(f"{path}: {missing.strerror}") from missing
    except (ValueError, LookupError, TypeError, AttributeError) as wrong:
        raise NothingToBegin(f"{path} is no model of a service as botocore has it (service-2.json): {wrong!r}") from wrong


def _check_unserved(operation: Operation) -> None:
    for family in families_of(operation.service):
        for base in family.__mro__:
            if operation.name in family.operations and operation.method_name in vars(base):
                where = f"{_file(base)}:{vars(base)[operation.method_name].__code__.co_firstlineno}"
                raise NothingToBegin(f"{operation.name} is served already, by {family.__name__}.{operation.method_name}: {where}")


def _file(cls: type) -> str:
    """Where a class is in a checkout."""
    return cls.__module__.replace(".", "/") + ".py"


def _family(operation: Operation, name: str | None) -> type[Family]:
    families = {family.__name__: family for family in families_of(operation.service)}
    found = nearest(operation) if name is None else [families[name]] if name in families else []
    if len(found) == 1:
        return found[0]
    if name is not None:
        problem = f"unknown family {name!r}"
    elif found:
        problem = f"{operation.name} could be of {' or '.join(family.__name__ for family in found)}: choose with --family"
    else:
        problem = f"{operation.name} is like nothing that is served: choose with --family, or begin a family of its own"
    raise NothingToBegin(f"{problem}; known: {', '.join(families)}")


# ---- what is added to it ---------------------------------------------------------------------------------------------


def _with_operation(source: str, owner: type[Family], operation: Operation) -> str:
    """The module of a family with one more operation: declared last, and its method after the one of the others that comes last."""
    tree = ast.parse(source)
    known = {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    (body,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == owner.__name__)
    methods = [node for node in body.body if isinstance(node, ast.FunctionDef)]
    served = [node for node in methods if node.name in {other.method_name for other in owner.modelled()}]
    lines = source.splitlines(keepends=True)
    last = served[-1].end_lineno if served else body.end_lineno
    assert last is not None
    lines[last:last] = ["\n", texts.method(operation, owner.__name__, known)]
    _declare(lines, body, operation.name)
    return "".join(lines)


def _declare(lines: list[str], body: ast.ClassDef, name: str) -> None:
    """Add an operation to the ``operations`` of a class, in the lines of its module."""
    declared = (node.value for node in body.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations")
    names = next((value for value in declared if isinstance(value, ast.Tuple) and value.elts), None)
    if names is None or names.elts[-1].end_lineno is None:
        raise NothingToBegin(f"{body.name} declares its operations in a way of its own: add {name} by hand")
    last, row = names.elts[-1], names.elts[-1].end_lineno - 1
    indent = " " * (body.col_offset + 8)
    if names.lineno == last.lineno:  # all in one line: one in each, as the formatter does when there are many
        first = lines[row]
        listed = "".join(f"{indent}{ast.unparse(element)}\n" for element in names.elts)
        listed = listed.replace("'", '"').replace("\n", ",\n")
        lines[row] = f'{first[: names.col_offset]}(\n{listed}{indent}"{name}",\n{indent[:-4]}){first[names.end_col_offset :]}'
    else:
        lines[row] = f'{lines[row]}{indent}"{name}",\n'


def _steps(operation: Operation, owner: str, module: str, tests: str, model: Path | None) -> Iterator[str]:
    if model is not None:
        folder = "FOLDER/" + "/".join((operation.service, load(operation.service).api_version, "service-2.json"))
        yield f"Until botocore has {operation.name}: copy the model to {folder}, and set AWS_DATA_PATH=FOLDER for what follows."
    yield f"{module}: write {owner}.{operation.method_name} from {texts.source(operation)}; look at the methods around it."
    yield (
        f"{module}: declare what is new: a Table for a new kind of resource, with its row of states for lifecycles.begin; "
        f"prepare_{operation.method_name} if S3, a role or a key has to be looked at."
    )
    yield f"{tests}: write the tests; they fail until then. `python -m pytest {tests}`"
    if operation.service == "omics":
        yield f"tests/backends/test_declared_errors.py: how each error of {operation.name} comes about, or that no document says."
    about = " ".join(words(operation.name)[1:]).lower()
    yield f"docs/reference/operations.md: {operation.name} in the row about {about or owner}."
    if any(member in ("status", "state") for member in (operation.output.members if operation.output else ())):
        yield "docs/reference/lifecycles.md: states that are new."
    yield f"CHANGELOG.md, Unreleased, Added: a line about {operation.name}."
    yield "`make format`, then `make test`."
