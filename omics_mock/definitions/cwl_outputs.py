"""What the outputs of a CWL process are made of: their sources are followed through steps to the bindings of tools."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, MutableSequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from omics_mock.definitions.contents import Content, File, Given, Joined, Repeated, joined
from omics_mock.definitions.declared import Output, Scatter

_MAX_STEPS: Final = 10_000
_MAX_DEPTH: Final = 60
_REFERENCE = re.compile(r"\$\(inputs\.(\w+)\)")
_FILES: Final = ("File", "Directory", "stdout", "stderr")
_ZEROS: Final[dict[str, Content]] = {"int": 0, "long": 0, "float": 0.0, "double": 0.0, "boolean": False, "string": ""}

ProcessOf = Callable[[Any], Any]
ScattersOf = Callable[[Any, Any], Iterator[Scatter]]


class _Unknown(Exception):
    """Only a run settles it."""


@dataclass(eq=False)
class _Frame:
    """A process as one step runs it; the main process is run by no step."""

    process: Any
    step: Any = None
    caller: _Frame | None = None

    @cached_property
    def steps(self) -> dict[str, Any]:
        return {step.id: step for step in self.process.steps}

    @cached_property
    def inputs(self) -> dict[str, Any]:
        return {name_of(found.id): found for found in self.process.inputs}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        return {name_of(found.id): found for found in self.process.outputs}

    @cached_property
    def given(self) -> dict[str, Any]:
        return {name_of(found.id): found for found in self.step.in_}


class Outputs:
    """The outputs of the main process."""

    def __init__(self, main: Any, process_of: ProcessOf, scatters_of: ScattersOf) -> None:
        self.main, self.process_of, self.scatters_of = main, process_of, scatters_of
        self.frames: dict[tuple[_Frame, str], _Frame] = {}
        self.left = _MAX_STEPS

    def __iter__(self) -> Iterator[Output]:
        frame = _Frame(self.main)
        for found in self.main.outputs:
            name = name_of(found.id)
            yield Output(name, kind_of(found.type_), self._output(found, frame, name, 0))

    def _output(self, found: Any, frame: _Frame, name: str, depth: int) -> Content:
        """What an output is; where only a run settles it, what its type says. A file that nobody can name has the output's name."""
        self.left -= 1
        if self.left < 0 or depth > _MAX_DEPTH:
            return self._typical(found.type_, name)
        try:
            if hasattr(frame.process, "steps"):
                content = self._of_sources(found, frame, name, depth)
            else:
                content = self._of_binding(found, frame, name)
        except _Unknown:
            return self._typical(found.type_, name)
        return self._fitted(content, found.type_, name)

    def _of_sources(self, found: Any, frame: _Frame, name: str, depth: int) -> Content:
        sources = [found.outputSource] if isinstance(found.outputSource, str) else found.outputSource or []
        if not sources:
            raise _Unknown
        if len(sources) == 1 or getattr(found, "pickValue", None) in ("first_non_null", "the_only_non_null"):
            return self._of_source(sources[0], frame, name, depth)
        return tuple(self._of_source(source, frame, name, depth) for source in sources)

    def _of_source(self, source: str, frame: _Frame, name: str, depth: int) -> Content:
        step_id, _, output = source.rpartition("/")
        if (step := frame.steps.get(step_id)) is None:
            return self._input(name_of(source), frame, depth + 1)
        if (frame, step_id) not in self.frames:
            process = self.process_of(step.run) if isinstance(step.run, str) else step.run
            self.frames[frame, step_id] = _Frame(process, step, frame)
        inside = self.frames[frame, step_id]
        if output not in inside.outputs:
            raise _Unknown
        content = self._output(inside.outputs[output], inside, name, depth + 1)
        scatters = tuple(self.scatters_of(frame.process, step)) if step.scatter else ()
        if step.scatterMethod != "nested_crossproduct":
            return Repeated(content, scatters) if scatters else content
        for scatter in reversed(scatters):
            content = Repeated(content, (scatter,))
        return content

    def _of_binding(self, found: Any, frame: _Frame, name: str) -> Content:
        if found.type_ in ("stdout", "stderr"):
            return self._text(getattr(frame.process, found.type_, None), frame)
        binding = getattr(found, "outputBinding", None)
        globs = binding.glob if binding is not None else None
        pattern = self._text(globs[0] if isinstance(globs, MutableSequence) and globs else globs, frame)
        if isinstance(pattern, str):
            if "?" in pattern or "[" in pattern:
                raise _Unknown
            pattern = pattern.replace("*", name)
        return pattern

    def _text(self, text: Any, frame: _Frame) -> str | Given | Joined:
        """A text in which only inputs are referred to."""
        if not isinstance(text, str):
            raise _Unknown
        parts = _REFERENCE.split(text)
        if any("$(" in part or "${" in part for part in parts[::2]):
            raise _Unknown
        return joined(self._input(part, frame, 0) if at % 2 else part for at, part in enumerate(parts) if part)

    def _input(self, name: str, frame: _Frame, depth: int) -> Content:
        self.left -= 1
        declared = frame.inputs.get(name)
        if declared is None or self.left < 0 or depth > _MAX_DEPTH:
            raise _Unknown
        default = _literal(declared.default)
        if frame.caller is None:
            return Given(name, default)
        if (given := frame.given.get(name)) is None:
            return default
        scattered = [frame.step.scatter] if isinstance(frame.step.scatter, str) else frame.step.scatter or []
        if given.valueFrom is not None or given.id in scattered:
            raise _Unknown
        if given.source is None:
            return default if given.default is None else _literal(given.default)
        if isinstance(given.source, str) and given.source.rpartition("/")[0] not in frame.caller.steps:
            return self._input(name_of(given.source), frame.caller, depth + 1)
        raise _Unknown

    # Types

    def _typical(self, kind: Any, name: str, depth: int = 0) -> Content:
        """What is of that type."""
        self.left -= 1
        if self.left < 0 or depth > _MAX_DEPTH:
            return None
        if isinstance(kind, MutableSequence):
            return self._typical(_present(kind), name, depth + 1)
        if isinstance(kind, str):
            return File(name, name) if kind in _FILES else _ZEROS.get(kind)
        if (items := getattr(kind, "items", None)) is not None:
            return Repeated(self._typical(items, name, depth + 1))
        if fields := getattr(kind, "fields", None):
            return {name_of(field.name): self._typical(field.type_, name, depth + 1) for field in fields}
        symbols = getattr(kind, "symbols", None)
        return name_of(symbols[0]) if symbols else None

    def _fitted(self, content: Content, kind: Any, name: str) -> Content:
        """A content as one of that type: a text that is a file's path becomes the file."""
        present = _present(kind) if isinstance(kind, MutableSequence) else kind
        items = getattr(present, "items", None)
        if items is not None and isinstance(content, str | Given | Joined):
            return Repeated(self._fitted(content, items, name))
        if items is not None and isinstance(content, tuple):
            return tuple(self._fitted(each, items, name) for each in content)
        if items is not None and isinstance(content, Repeated):
            return Repeated(self._fitted(content.item, items, name), content.over)
        if present in _FILES and isinstance(content, str | Given | Joined):
            return File(content, name)
        if isinstance(content, File | Repeated | Given) or (content is None and present is not kind):
            return content
        return self._typical(kind, name)


def kind_of(found: Any) -> str:
    """A type in CWL's shorthand."""
    if isinstance(found, str):
        return "File" if found in ("stdout", "stderr") else found
    if isinstance(found, MutableSequence):
        kinds = [kind_of(each) for each in found if each != "null"]
        return "|".join(kinds) + ("?" if len(kinds) < len(found) else "")
    items = getattr(found, "items", None)
    return str(found.type_) if items is None else f"{kind_of(items)}[]"


def name_of(uri: str) -> str:
    """The last part of an identifier."""
    return re.split(r"[#/]", uri)[-1]


def _present(kinds: Any) -> Any:
    return next((kind for kind in kinds if kind != "null"), "null")


def _literal(value: Any) -> Content:
    return value if isinstance(value, bool | int | float | str) else None
