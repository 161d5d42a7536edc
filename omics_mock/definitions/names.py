"""What the text of a definition says to somebody without a parser: the names of its tasks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from omics_mock.definitions.archive import SUFFIXES, Archive
from omics_mock.definitions.declared import Declared, PlannedTask

_WDL_COMMENT = re.compile(r"#.*")
_WDL_TASK = re.compile(r"^[ \t]*task[ \t]+(\w+)\s*\{", re.MULTILINE)
_CWL_TOOL = re.compile(r"['\"]?class['\"]?\s*:\s*['\"]?(?:CommandLineTool|ExpressionTool)\b")


def analyse(archive: Archive) -> Declared:
    """The tasks, each of the size that tasks have when they ask for none."""
    return Declared(tuple(PlannedTask(name) for name in dict.fromkeys(_names(archive))))


def _names(archive: Archive) -> Iterator[str]:
    for file in archive.names:
        if PurePosixPath(file).suffix != SUFFIXES[archive.engine]:
            continue
        text = archive.source(file)
        if archive.engine == "CWL":
            if _CWL_TOOL.search(text):
                yield PurePosixPath(file).stem
        else:
            yield from _WDL_TASK.findall(_WDL_COMMENT.sub("", text))
