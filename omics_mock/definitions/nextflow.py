"""Workflow definitions in Nextflow, which no library parses: what a reading of their text can know.

Parameters come from `nextflow_schema.json`, else from the script and its configuration. Tasks are the processes of the main script
and those that it and its modules include, with what their directives and the configuration's selectors say in numbers; closures are
read as the first number in them, selectors as names. Profiles, conditions and scripts are not evaluated.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from omics_mock.definitions.archive import Archive, InvalidDefinition
from omics_mock.definitions.declared import Declared, Output, Parameter, PlannedTask, gibibytes, image, template, whole
from omics_mock.definitions.nextflow_outputs import files_of, published

_SCHEMA: Final = "nextflow_schema.json"
_CONFIG: Final = "nextflow.config"
_QUOTED = re.compile(
    # What is not closed goes on to the end, so that no part of a text is read twice.
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)"
    r"|'(?:\\.|[^'\\\n])*'?|\"(?:\\.|[^\"\\])*(?:\"|\\?\Z)",
    re.DOTALL,
)
_BRACKETS = re.compile(r"[()\[\]{}]")
_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_PROCESS: Final = r"^[ \t]*process[ \t]+['\"]?(\w+)['\"]?\s*\{"
_BODY = re.compile(r"^[ \t]*(?:input|output|script|shell|exec|when|stub)[ \t]*:", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*include[ \t]*\{([^{}]*)\}\s*from[ \t]*['\"](\w*)", re.MULTILINE)
_INCLUDED = re.compile(r"(\w+)(?:[ \t]+as[ \t]+(\w+))?")
_INCLUDE_CONFIG = re.compile(r"^[ \t]*includeConfig[ \t]*+(?:\([ \t]*)?'", re.MULTILINE)
_BLOCK: Final = r"^[ \t]*{}[ \t]*\{{"
_ANY_BLOCK: Final = r"^[ \t]*\w+[ \t]*\{"
_SETTING = re.compile(
    r"(?:^|(?<=[{;]))[ \t]*(?:process\.)?(cpus|memory|accelerator|container|label|publishDir)\b[ \t]*+=?[ \t]*(?=[^\s=])",
    re.MULTILINE,
)
_SELECTOR: Final = r"(withLabel|withName)[ \t]*:[ \t]*['\"]?([\w|:. ]{1,500}?)['\"]?[ \t]*\{"
_ASSIGNED = re.compile(r"\bparams\.(\w+)[ \t]*=(?!=)")
_USED = re.compile(r"\bparams\.(\w+)\b(?!\s*\()(?!\.\w+\b(?!\s*\())")
_DECLARED = re.compile(r"^[ \t]*(\w+)[ \t]*(?::[ \t]*+[\w<>, ]{1,100}?(\??)[ \t]*)?(=(?!=)|$)", re.MULTILINE)
_VERSION = re.compile(r"\bnextflowVersion[ \t]*=[ \t]*['\"]")
_DSL1 = re.compile(r"^[ \t]*nextflow\.(?:enable\.dsl|preview\.dsl)[ \t]*=[ \t]*1\b", re.MULTILINE)
_MAX_VERSION: Final = 100


@dataclass
class Script:
    """A file, and its code: the same text without comments, and without anything but words in its strings."""

    name: str
    text: str
    code: str = field(init=False)
    closing: dict[int, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.code = _QUOTED.sub(_masked, self.text)
        opened: list[int] = []
        for brace in re.finditer(r"[{}]", self.code):
            if brace[0] == "{":
                opened.append(brace.start())
            elif opened:
                self.closing[opened.pop()] = brace.start()

    def line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def blocks(self, pattern: str, start: int = 0, end: int | None = None) -> Iterator[tuple[re.Match[str], tuple[int, int]]]:
        """Where the pattern, which ends with a brace, is found, and what the brace and its counterpart enclose."""
        last = start
        for found in re.compile(pattern, re.MULTILINE).finditer(self.code, start, len(self.code) if end is None else end):
            if found.start() >= last:
                last = self.closing.get(found.end() - 1, len(self.code))
                yield found, (found.end(), last)

    def without(self, spans: Iterable[tuple[int, int]]) -> None:
        """Forget the code there."""
        kept, last = [], 0
        for start, end in spans:
            kept += [self.code[last:start], re.sub(r"[^\n]", " ", self.code[start:end])]
            last = end
        self.code = "".join([*kept, self.code[last:]])

    def string(self, at: int) -> str:
        """The text in quotes that starts there."""
        quoted = _QUOTED.match(self.text, at)
        return quoted[0].strip("'\"") if quoted else ""

    def settings(self, start: int, end: int) -> dict[str, str]:
        """The directives or settings in that part."""
        found = {}
        for setting in _SETTING.finditer(self.code, start, end):
            value = setting.end()
            quoted = _QUOTED.match(self.text, value) if setting[1] != "publishDir" else None  # which has options beside its path
            line_end = self.code.find("\n", value, end)
            found[setting[1]] = quoted[0] if quoted else self.text[value : end if line_end < 0 else line_end]
        return found

    def unbalanced(self) -> tuple[int, str] | None:
        """The first bracket that nothing opens or closes, and what is wrong with it."""
        opened: list[re.Match[str]] = []
        for bracket in _BRACKETS.finditer(self.code):
            if bracket[0] in _CLOSING:
                opened.append(bracket)
            elif not opened or _CLOSING[opened.pop()[0]] != bracket[0]:
                return bracket.start(), f"Unexpected '{bracket[0]}'"
        return (opened[-1].start(), f"'{opened[-1][0]}' is never closed") if opened else None


def _masked(quoted: re.Match[str]) -> str:
    if quoted[0].startswith("/"):
        return re.sub(r"[^\n]", " ", quoted[0])
    return quoted[0][0] + re.sub(r"\W", "_", quoted[0][1:-1]) + quoted[0][1:][-1:]


def analyse(archive: Archive) -> Declared:
    """What scripts, configuration and schema of a pipeline declare."""
    scripts = _Scripts(archive)
    configuration = list(_configuration(archive))
    processes = {found.name: found for found in scripts.processes(archive.main)}
    settings = _Settings(configuration)
    beside = posixpath.join(posixpath.dirname(archive.main), _SCHEMA)
    if beside in archive.names:
        parameters = _of_schema(archive.source(beside), beside)
    else:
        parameters = _of_text(scripts.read(archive.main), configuration)
    return Declared(
        tuple(_task(process, settings) for process in processes.values()),
        template(parameters),
        tuple({found.name: found for process in processes.values() for found in _outputs(process, settings)}.values()),
        _lint([*scripts.known.values(), *configuration]),
        _version(scripts.read(archive.main), configuration),
    )


# Scripts


@dataclass(frozen=True)
class _Process:
    name: str
    directives: Mapping[str, str]
    labels: tuple[str, ...]
    files: tuple[str, ...]
    """What its output section names."""


class _Scripts:
    """The scripts of an archive, each read once."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.known: dict[str, Script] = {}
        self._own: dict[str, dict[str, _Process]] = {}

    def read(self, name: str) -> Script:
        if name not in self.known:
            self.known[name] = Script(name, self.archive.source(name))
        return self.known[name]

    def processes(self, main: str) -> Iterator[_Process]:
        """Those of the main script, and of the others those that are included."""
        left: list[tuple[str, dict[str, str] | None]] = [(main, None)]
        seen: set[str] = set()
        while left:
            name, wanted = left.pop(0)
            script = self.read(name)
            own = self.own(script)
            if wanted is None or not own.keys() >= set(wanted.values()):
                # A workflow is included, and with it what it is made of.
                wanted = {} if name in seen else {process: process for process in own}
            for alias, process in wanted.items():
                yield replace(own[process], name=alias)
            if name not in seen:
                seen.add(name)
                left += self._includes(script)

    def own(self, script: Script) -> dict[str, _Process]:
        if script.name not in self._own:
            self._own[script.name] = {found.name: found for found in _processes(script)}
        return self._own[script.name]

    def _includes(self, script: Script) -> Iterator[tuple[str, dict[str, str]]]:
        for found in _INCLUDE.finditer(script.code):
            path = script.string(found.start(2) - 1)
            if path.startswith("plugin/"):
                continue
            try:
                name = self.archive.resolve(script.name, path)
            except InvalidDefinition as invalid:
                raise InvalidDefinition(f"{script.name}:{script.line(found.start(2))}: {invalid}") from invalid
            for candidate in (name, f"{name}.nf", f"{name}/main.nf"):
                if candidate in self.archive.names:
                    yield candidate, {each[2] or each[1]: each[1] for each in _INCLUDED.finditer(found[1])}
                    break


def _processes(script: Script) -> Iterator[_Process]:
    for found, (start, end) in script.blocks(_PROCESS):
        body = _BODY.search(script.code, start, end)
        head = start, body.start() if body else end
        labels = [script.string(label.end()) for label in _SETTING.finditer(script.code, *head) if label[1] == "label"]
        yield _Process(found[1], script.settings(*head), tuple(labels), tuple(files_of(script, start, end)))


# Configuration


def _configuration(archive: Archive) -> Iterator[Script]:
    """The configuration beside the main script and what it includes, without what only profiles say."""
    left, seen = [posixpath.join(posixpath.dirname(archive.main), _CONFIG)], set()
    while left:
        name = left.pop(0)
        if name in seen or name not in archive.names:
            continue
        seen.add(name)
        script = Script(name, archive.source(name))
        script.without(inside for _, inside in script.blocks(_BLOCK.format("profiles")))
        for found in _INCLUDE_CONFIG.finditer(script.code):
            try:
                left.append(archive.resolve(name, script.string(found.end() - 1)))
            except InvalidDefinition as invalid:
                raise InvalidDefinition(f"{name}:{script.line(found.end())}: {invalid}") from invalid
        yield script


class _Settings:
    """What the configuration says of all processes, and of those with a label or a name."""

    def __init__(self, configuration: list[Script]) -> None:
        self.of_all: dict[str, str] = {}
        self.selected: dict[str, dict[str, dict[str, str]]] = {"withLabel": {}, "withName": {}}
        for script in configuration:
            for _, inside in list(script.blocks(_BLOCK.format("process"))):
                selectors = list(script.blocks(_SELECTOR, *inside))
                for selector, selected in selectors:
                    for name in script.text[slice(*selector.span(2))].split("|"):
                        key = name.strip().rpartition(":")[2]
                        self.selected[selector[1]].setdefault(key, {}).update(script.settings(*selected))
                script.without(selected for _, selected in selectors)
                self.of_all.update(script.settings(*inside))
            for dotted in _DOTTED.finditer(script.code):
                self.of_all[dotted[1]] = script.text[dotted.end() :].split("\n", 1)[0]

    def of(self, process: _Process) -> Iterator[Mapping[str, str]]:
        """What counts for a process, the strongest first."""
        yield self.selected["withName"].get(process.name, {})
        for label in process.labels:
            yield self.selected["withLabel"].get(label, {})
        yield process.directives
        yield self.of_all


_DOTTED = re.compile(r"^[ \t]*process\.(cpus|memory|accelerator|container|publishDir)[ \t]*=[ \t]*", re.MULTILINE)


def _task(process: _Process, settings: _Settings) -> PlannedTask:
    layers = list(settings.of(process))

    def first(member: str, read: Any) -> Any:
        values = (read(layer[member]) for layer in layers if member in layer)
        return next((value for value in values if value is not None), None)

    return PlannedTask(
        process.name,
        first("cpus", _count) or 1,
        first("memory", gibibytes) or 1,
        first("accelerator", _count) or 0,
        image(first("container", _image)),
    )


def _count(value: str) -> int | None:
    number = re.search(r"\b\d{1,9}\b", value)
    return whole(int(number[0])) if number else None


def _image(value: str) -> str | None:
    """A literal; of a choice the last, which is the one for Docker by convention."""
    if "${" in value:
        choices = re.findall(r"'([^']*)'", value)
        return choices[-1] if choices else None
    return value.strip("'\"") if value.startswith(("'", '"')) else None


def _outputs(process: _Process, settings: _Settings) -> Iterator[Output]:
    publishing = (layer["publishDir"] for layer in settings.of(process) if "publishDir" in layer)
    if process.files and (setting := next(publishing, None)) is not None:
        yield from published(process.files, setting)


def _version(main: Script, configuration: list[Script]) -> str | None:
    """The last word on it; pipelines in DSL 1 need the one version that knows it."""
    if _DSL1.search(main.code):
        return "22.04.0"
    for script in configuration:
        wanted = [script.string(found.end() - 1) for found in _VERSION.finditer(script.code)]
        if wanted:
            return wanted[-1][:_MAX_VERSION]
    return None


# Parameters


def _of_schema(text: str, name: str) -> Iterator[Parameter]:
    try:
        schema = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidDefinition(f"{name}:{error.lineno}:{error.colno}: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise InvalidDefinition(f"{name}:1:1: the schema can not be read") from error
    for group in _groups(schema):
        properties, required = group.get("properties", {}), group.get("required", [])
        if not isinstance(properties, dict) or not isinstance(required, list):
            raise InvalidDefinition(f"{name}:1:1: properties is a map and required a list in a schema")
        for parameter, described in properties.items():
            description = described.get("description") if isinstance(described, dict) else None
            yield Parameter(parameter, parameter not in required, description if isinstance(description, str) else None)


def _groups(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for member in ("$defs", "definitions", "allOf"):
        groups = schema.get(member, ())
        for group in groups.values() if isinstance(groups, dict) else groups if isinstance(groups, list) else ():
            if isinstance(group, dict):
                yield group


def _of_text(main: Script, configuration: list[Script]) -> Iterator[Parameter]:
    """Those with a default are optional; those only used are not."""
    found: dict[str, bool] = {}
    for script in (main, *configuration):
        found.update(dict.fromkeys(_ASSIGNED.findall(script.code), True))
        for _, (start, end) in script.blocks(_BLOCK.format("params")):
            for name, nullable, assigned in _top_level(script, start, end):
                found[name] = found.get(name, False) or bool(nullable or assigned)
    for name in _USED.findall(main.code):
        found.setdefault(name, False)
    yield from (Parameter(name, optional) for name, optional in found.items())


def _top_level(script: Script, start: int, end: int) -> Iterator[tuple[str, str, str]]:
    """The declarations in a block, but for those in blocks inside."""
    code = script.code[start:end]
    nested = Script(script.name, code)
    nested.without((found.start(), end + 1) for found, (_, end) in nested.blocks(_ANY_BLOCK))
    yield from _DECLARED.findall(nested.code)


# The linter's word


def _lint(scripts: list[Script]) -> str | None:
    """The advisory in the service's form, when there is something to say; it never keeps a workflow from becoming ACTIVE."""
    errors = []
    for script in scripts:
        if (found := script.unbalanced()) is not None:
            column = found[0] - script.text.rfind("\n", 0, found[0])
            place = {"filename": script.name, "startLine": script.line(found[0]), "startColumn": column}
            errors.append({**place, "message": found[1]})
    if not errors:
        return None
    summary = {"errors": len(errors), "filesWithErrors": len(errors), "filesWithoutErrors": len(scripts) - len(errors)}
    summary |= {"filesFormatted": 0, "warnings": 0, "filesWithWarnings": 0, "filesWithoutWarnings": len(scripts)}
    advisory = "The definition has errors that may keep a run from completing."
    return json.dumps({"advisory": advisory, "summary": summary, "errors": errors, "warnings": []})
