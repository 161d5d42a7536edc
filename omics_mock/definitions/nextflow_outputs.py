"""What the processes of a Nextflow pipeline publish, where the text names a file: no patterns, nothing that a run fills in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from omics_mock.definitions.contents import File
from omics_mock.definitions.declared import Output

if TYPE_CHECKING:
    from omics_mock.definitions.nextflow import Script

_SECTION = re.compile(r"^[ \t]*(input|output|script|shell|exec|when|stub|topic)[ \t]*:", re.MULTILINE)
_FILE = re.compile(r"\b(?:path|file)[ \t]*+(?:\([ \t]*)?(?=['\"])")
_FOLDER = re.compile(r"(?:[(\[ \t]*|.*?\bpath[ \t]*:[ \t]*\{?[ \t]*)(['\"])(.*?)\1")
_PATTERN = re.compile(r"\bpattern[ \t]*:[ \t]*(['\"])([^'\"{}]*)\1")
_MAX_SETTING: Final = 1_000
_PUBLISHED: Final = "/mnt/workflow/pubdir"


def files_of(script: Script, start: int, end: int) -> Iterator[str]:
    """The files that the output section of a process names."""
    sections = list(_SECTION.finditer(script.code, start, end))
    ends = [*(section.start() for section in sections[1:]), end]
    for section, ends_at in zip(sections, ends, strict=False):
        if section[1] == "output":
            for found in _FILE.finditer(script.code, section.end(), ends_at):
                file = script.string(found.end())
                if not set(file) & set("*?[]{}$\\") and _segments(file):
                    yield "/".join(_segments(file))


def published(files: Iterable[str], setting: str) -> Iterator[Output]:
    """Those files, as a setting of `publishDir` has them published."""
    if re.search(r"\benabled[ \t]*:[ \t]*false\b", setting):
        return
    folder = _FOLDER.match(setting[:_MAX_SETTING])
    path = _segments(folder[2].removeprefix(_PUBLISHED)) if folder else []
    pattern = _PATTERN.search(setting[:_MAX_SETTING])
    for file in files:
        if pattern is None or fnmatchcase(file, pattern[2]):
            name = "/".join((*path, file))
            yield Output(name, "path", File(name, file.rpartition("/")[2]))


def _segments(path: str) -> list[str]:
    """The parts of a path, without those that only a run knows."""
    return [part for part in path.split("/") if part not in ("", ".", "..") and "$" not in part and part.isprintable()]
