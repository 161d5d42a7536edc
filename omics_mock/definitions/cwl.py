"""Workflow definitions in CWL, read by cwl-utils."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence
from itertools import accumulate
from typing import Any, Final
from urllib.parse import urldefrag, urljoin

from cwl_utils.parser import cwl_v1_2, load_document_by_yaml
from schema_salad.fetcher import Fetcher
from schema_salad.utils import yaml_no_ts

from omics_mock.definitions.archive import Archive, InvalidDefinition
from omics_mock.definitions.cwl_outputs import Outputs, name_of
from omics_mock.definitions.declared import (
    MAX_CALLS,
    Declared,
    Parameter,
    PlannedTask,
    Scatter,
    image,
    template,
    whole,
    whole_or_one,
)

_BASE: Final = "http://archive.invalid/"  # where the parser believes the archive to be; nothing is ever asked for there
_MAX_NODES: Final = 100_000
_MAX_DEPTH: Final = 100
_TOO_LARGE: Final = "the document is too large or nested too deeply"
_REFERENCES: Final = ("run", "$import", "$include", "$mixin", "$schemas")
_PLACE = re.compile(re.escape(_BASE) + r"([^\s:]+):(\d+):(\d+):\s*")
_WORKFLOW: Final = "Workflow"


def analyse(archive: Archive) -> Declared:
    """What the main process and those it runs declare."""
    try:
        return _analyse(archive)
    except InvalidDefinition:
        raise
    except Exception as error:
        raise InvalidDefinition(_reason(error, archive.main)) from error


def _analyse(archive: Archive) -> Declared:
    documents = _Documents(archive)
    main = documents.process(_BASE + archive.main)
    plan = _Plan(documents, main)
    return Declared(
        tuple(plan.tasks(archive.main)),
        template(_parameter(found) for found in main.inputs),
        tuple(Outputs(main, documents.process, plan.scatters)),
    )


def _reason(error: Exception, main: str) -> str:
    """What is wrong, with file and line."""
    text = str(error)
    if mark := getattr(error, "problem_mark", None):
        return f"{mark.name.removeprefix(_BASE)}:{mark.line + 1}:{mark.column + 1}: {getattr(error, 'problem', None) or text}"
    if isinstance(error, RecursionError):
        return f"{main}:1:1: {_TOO_LARGE}"
    text = text.replace(_BASE, "")
    return text if re.search(r":\d+:\d+:", text) else f"{main}:1:1: {text}"


def _parameter(found: Any) -> Parameter:
    kinds = found.type_ if isinstance(found.type_, MutableSequence) else [found.type_]
    return Parameter(name_of(found.id), found.default is not None or "null" in kinds, found.label or "")


# Documents


class _Files(Fetcher):
    """The archive, to a parser that would otherwise look at disk and network."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive

    def fetch_text(self, url: str, content_types: list[str] | None = None) -> str:
        return self.archive.source(urldefrag(url).url.removeprefix(_BASE))

    def check_exists(self, url: str) -> bool:
        return True  # what is missing was noticed before

    def urljoin(self, base_url: str, url: str) -> str:
        return urljoin(base_url, url)


class _Documents:
    """The processes of the archive's files, each file parsed once."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.files: dict[str, dict[str, Any]] = {}

    def process(self, uri: str) -> Any:
        file, fragment = urldefrag(uri)
        if file not in self.files:
            self.files[file] = self._load(file)
        processes = self.files[file]
        if not fragment and len(processes) == 1:
            return next(iter(processes.values()))
        if (found := processes.get(f"{file}#{fragment or 'main'}")) is None:
            raise InvalidDefinition(f"{file.removeprefix(_BASE)}:1:1: there is no process #{fragment or 'main'}")
        return found

    def _load(self, uri: str) -> dict[str, Any]:
        name = uri.removeprefix(_BASE)
        document = self._yaml(name)
        if not isinstance(document, MutableMapping):
            raise InvalidDefinition(f"{name}:1:1: a CWL document is a map")
        options = cwl_v1_2.LoadingOptions(  # type: ignore[attr-defined]  # which the module does not export
            fetcher=_Files(self.archive), fileuri=uri, baseuri=uri
        )
        loaded = load_document_by_yaml(document, uri, options, load_all=True)
        processes = loaded if isinstance(loaded, MutableSequence) else [loaded]
        return {process.id: process for process in processes}

    def _yaml(self, name: str) -> Any:
        """A document whose references, and those of what it imports, stay inside the archive and are there."""
        left, seen, document = [name], {name}, None
        while left:
            file = left.pop()
            text = self.archive.source(file)
            found = _parsed(text, file)
            document = found if file == name else document
            for line, key, reference in _references(found):
                try:
                    target = self.archive.imported(file, reference)
                except InvalidDefinition as invalid:
                    raise InvalidDefinition(f"{file}:{line}:1: {invalid}") from invalid
                if key in ("$import", "$mixin") and target not in seen:
                    seen.add(target)
                    left.append(target)
        return document


def _parsed(text: str, file: str) -> Any:
    # The YAML scanner looks at all open brackets for every token.
    if max(accumulate(1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", text)), default=0) > _MAX_DEPTH:
        raise InvalidDefinition(f"{file}:1:1: {_TOO_LARGE}")
    try:
        document = yaml_no_ts().load(text)
    except Exception as error:
        if mark := getattr(error, "problem_mark", None):
            mark.name = _BASE + file
        raise
    _check_size(document, file)
    return document


def _check_size(document: Any, file: str) -> None:
    """Aliases may make a small text a huge or endless document."""
    left, nodes = [(document, 0)], 0
    while left:
        node, depth = left.pop()
        nodes += 1
        if nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise InvalidDefinition(f"{file}:1:1: {_TOO_LARGE}")
        if isinstance(node, MutableMapping):
            left += [(each, depth + 1) for pair in node.items() for each in pair]
        elif isinstance(node, MutableSequence):
            left += [(each, depth + 1) for each in node]


def _references(node: Any) -> Iterator[tuple[int, str, str]]:
    """The files a document refers to, each with its line and the key it is the value of."""
    if isinstance(node, MutableMapping):
        for key, value in node.items():
            for reference in value if isinstance(value, MutableSequence) else [value]:
                if key in _REFERENCES and isinstance(reference, str) and (file := reference.partition("#")[0]):
                    lines = getattr(node, "lc", None)
                    yield (lines.key(key)[0] + 1 if lines and key in lines.data else 1), key, file
            yield from _references(value)
    elif isinstance(node, MutableSequence):
        for value in node:
            yield from _references(value)


# The tasks


class _Plan:
    """The tasks that the steps of a workflow and its subworkflows make."""

    def __init__(self, documents: _Documents, main: Any) -> None:
        self.documents, self.main = documents, main
        self.steps = 0

    def tasks(self, file: str) -> Iterator[PlannedTask]:
        if _class(self.main) == _WORKFLOW:
            yield from self._workflow(self.main, (), (), 0)
        else:
            name = urldefrag(self.main.id).fragment
            yield _task(name_of(name) if name else file.rpartition("/")[2].rpartition(".")[0], self.main, (), ())

    def _workflow(
        self, workflow: Any, inherited: tuple[Any, ...], scatters: tuple[Scatter, ...], depth: int
    ) -> Iterator[PlannedTask]:
        if depth > _MAX_DEPTH:
            raise InvalidDefinition(f"{urldefrag(workflow.id).url.removeprefix(_BASE)}:1:1: the workflow runs itself")
        for step in workflow.steps:
            self.steps += 1
            if self.steps > MAX_CALLS:
                raise InvalidDefinition(f"The workflow has more than {MAX_CALLS} steps")
            process = self.documents.process(step.run) if isinstance(step.run, str) else step.run
            levels = (step, workflow, *inherited)
            over = (*scatters, *self.scatters(workflow, step))
            if _class(process) == _WORKFLOW:
                yield from self._workflow(process, levels, over, depth + 1)
            elif _class(process) in ("CommandLineTool", "ExpressionTool"):
                yield _task(name_of(step.id), process, levels, over)

    def scatters(self, workflow: Any, step: Any) -> Iterator[Scatter]:
        """What a step is repeated over."""
        over = [step.scatter] if isinstance(step.scatter, str) else step.scatter or []
        inputs = {found.id: found for found in workflow.inputs}
        for scattered in over:
            sources = [found.source for found in step.in_ if name_of(found.id) == name_of(scattered)]
            source = inputs.get(sources[0]) if sources and isinstance(sources[0], str) else None
            if source is None:
                yield Scatter()
            else:
                length = len(source.default) if isinstance(source.default, MutableSequence) else None
                yield Scatter(length, name_of(source.id) if workflow is self.main else None)
            if step.scatterMethod in (None, "dotproduct"):
                return  # all have the same length


def _class(process: Any) -> str:
    return type(process).__name__


def _task(name: str, process: Any, levels: tuple[Any, ...], scatters: tuple[Scatter, ...]) -> PlannedTask:
    resources = _requirement("ResourceRequirement", process, levels)
    container = _requirement("DockerRequirement", process, levels)
    cuda = _requirement("CUDARequirement", process, levels)
    mebibytes = _number(resources("ramMin") or resources("ramMax"))
    gpus = cuda("cudaDeviceCountMin") or cuda("cudaDeviceCount") or (cuda("class") and 1)
    return PlannedTask(
        name,
        whole_or_one(_number(resources("coresMin") or resources("coresMax"))),
        1 if mebibytes is None else whole(mebibytes / 1024),
        whole_or_one(_number(gpus)) if gpus else 0,
        image(container("dockerPull")),
        scatters,
    )


def _number(value: Any) -> float | None:
    """A number; what is an expression can only be known at run time."""
    return value if isinstance(value, int | float) and 0 <= value < 1 << 40 else None


class _Requirement:
    """A requirement or hint, whether the parser knows its class or not."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def __call__(self, member: str) -> Any:
        if isinstance(self.found, Mapping):
            return self.found.get(member)
        return getattr(self.found, member, None)


def _requirement(name: str, process: Any, levels: tuple[Any, ...]) -> _Requirement:
    """The one that counts: the innermost, and any requirement before any hint."""
    every = (process, *levels)
    for found in [each for level in every for each in level.requirements or ()] + [
        each for level in every for each in level.hints or ()
    ]:
        kind = found.get("class", "") if isinstance(found, Mapping) else _class(found)
        if re.split(r"[:/#]", str(kind))[-1] == name:
            return _Requirement(found)
    return _Requirement(None)
