"""Definition archives: read in memory, within limits, never extracted to disk.

Engine and main file are found as the HealthOmics User Guide describes ("Creating a private workflow"); the task list is read
from the definition's text.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

MAX_ENTRIES = 10_000
MAX_TOTAL_SIZE = 1 << 30  # a repository of a definition may have 1 GiB
MAX_FILE_SIZE = 100 << 20
MAX_RATIO = 200  # text rarely packs better than 20 to 1
_RATIO_MATTERS_FROM = 1 << 20

ENGINES = {".wdl": "WDL", ".nf": "NEXTFLOW", ".cwl": "CWL"}
SUFFIXES = {"WDL": ".wdl", "WDL_LENIENT": ".wdl", "NEXTFLOW": ".nf", "CWL": ".cwl"}

_WDL_COMMENT = re.compile(r"#.*")
_WDL_TASK = re.compile(r"^[ \t]*task[ \t]+(\w+)\s*\{", re.MULTILINE)
_NEXTFLOW_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_NEXTFLOW_PROCESS = re.compile(r"^[ \t]*process[ \t]+['\"]?(\w+)['\"]?\s*\{", re.MULTILINE)
_CWL_TOOL = re.compile(r"['\"]?class['\"]?\s*:\s*['\"]?(?:CommandLineTool|ExpressionTool)\b")


class InvalidDefinition(Exception):
    """The definition can not become a workflow; the text is what the workflow's statusMessage says."""


@dataclass(frozen=True)
class Definition:
    """What was found in an archive."""

    engine: str
    main: str
    tasks: tuple[str, ...]
    digest: str


_known: dict[tuple[str, str | None, str | None], Definition] = {}
_KNOWN_AT_MOST = 256


def read(archive: bytes, engine: str | None, main: str | None) -> Definition:
    """Look into a definition archive. Raises InvalidDefinition with the reason when it can not become a workflow."""
    # A test suite uses the same few archives over and over.
    digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
    key = digest, engine, main
    if key not in _known:
        if len(_known) == _KNOWN_AT_MOST:
            _known.clear()
        _known[key] = _read(archive, engine, main, digest)
    return _known[key]


def _read(archive: bytes, engine: str | None, main: str | None, digest: str) -> Definition:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            names = _checked_names(opened)
            engine, main = _engine_and_main(names, engine, main)
            texts = {name: _text(opened, name) for name in names if PurePosixPath(name).suffix == SUFFIXES[engine]}
    except (
        zipfile.BadZipFile,
        IndexError,  # of a damaged name in a header
        zlib.error,
        EOFError,
        NotImplementedError,
        UnicodeDecodeError,
        RuntimeError,
        ValueError,
    ) as error:
        raise InvalidDefinition("Invalid zip file") from error
    return Definition(engine, main, tuple(dict.fromkeys(_tasks(engine, texts))), digest)


def _checked_names(archive: zipfile.ZipFile) -> list[str]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise InvalidDefinition(f"Invalid zip file: more than {MAX_ENTRIES} entries")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL_SIZE:
        raise InvalidDefinition(f"Invalid zip file: more than {MAX_TOTAL_SIZE} bytes when unpacked")
    for entry in entries:
        name = entry.filename
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name) or re.match(r"[A-Za-z]:", name):
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} lies outside the archive")
        if entry.flag_bits & 0x1:
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} is encrypted")
        if entry.file_size > MAX_FILE_SIZE:
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} has more than {MAX_FILE_SIZE} bytes")
        if entry.file_size > _RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} is packed more than {MAX_RATIO} to 1")
    return [entry.filename for entry in entries if not entry.is_dir()]


def _text(archive: zipfile.ZipFile, name: str) -> str:
    # No entry is read beyond the size it declares, which was checked.
    return archive.read(name).decode("utf-8-sig", "replace")


def _engine_and_main(names: list[str], engine: str | None, main: str | None) -> tuple[str, str]:
    found = sorted({ENGINES[suffix] for name in names if (suffix := PurePosixPath(name).suffix) in ENGINES})
    if engine is None:
        if len(found) > 1:
            raise InvalidDefinition(f"The definition mixes engines ({', '.join(found)}): specify engine")
        if not found:
            raise InvalidDefinition(f"The definition has no workflow file ({', '.join(ENGINES)})")
        engine = found[0]
    if main is not None:
        if main not in names:
            raise InvalidDefinition(f"The main file {main} is not in the definition")
        return engine, main
    suffix = SUFFIXES[engine]
    candidates = [name for name in names if PurePosixPath(name).suffix == suffix]
    top_level = [name for name in candidates if "/" not in name]
    if len(candidates) == 1:
        return engine, candidates[0]
    if f"main{suffix}" in top_level:
        return engine, f"main{suffix}"
    if len(top_level) == 1:
        return engine, top_level[0]
    if not candidates:
        raise InvalidDefinition(f"The definition has no {suffix} file for engine {engine}")
    if top_level:
        raise InvalidDefinition(f"Multiple {suffix} files at the top level ({', '.join(top_level)}): specify main")
    raise InvalidDefinition(f"Multiple {suffix} files and none at the top level: specify main")


def _tasks(engine: str, texts: dict[str, str]) -> Iterator[str]:
    for name, text in texts.items():
        if engine == "NEXTFLOW":
            yield from _NEXTFLOW_PROCESS.findall(_NEXTFLOW_COMMENT.sub("", text))
        elif engine == "CWL":
            if _CWL_TOOL.search(text):
                yield PurePosixPath(name).stem
        else:
            yield from _WDL_TASK.findall(_WDL_COMMENT.sub("", text))
