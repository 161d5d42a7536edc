"""Definition archives: read in memory, within limits, never extracted to disk.

Engine and main file are found as the HealthOmics User Guide describes ("Creating a private workflow").
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Final

MAX_ENTRIES = 10_000
MAX_TOTAL_SIZE = 1 << 30  # a repository of a definition may have 1 GiB
MAX_FILE_SIZE = 100 << 20
MAX_SOURCE = 2 << 20  # what is parsed, a file counting as often as it is imported
MAX_RATIO = 200  # text rarely packs better than 20 to 1
_RATIO_MATTERS_FROM = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of others more is unpacked than is asked for
_AT_LEAST = 1 << 10  # what opening a file costs, however small it is

ENGINES: Final = {".wdl": "WDL", ".nf": "NEXTFLOW", ".cwl": "CWL"}
SUFFIXES: Final = {"WDL": ".wdl", "WDL_LENIENT": ".wdl", "NEXTFLOW": ".nf", "CWL": ".cwl"}


class InvalidDefinition(Exception):
    """The definition can not become a workflow; the text is what the workflow's statusMessage says."""


class Archive:
    """An archive with an engine and a main file."""

    def __init__(self, content: bytes, engine: str | None, main: str | None) -> None:
        with _invalid_when_damaged():
            self._opened = zipfile.ZipFile(io.BytesIO(content))
            names = _checked_names(self._opened)
        self.names = dict.fromkeys(names)
        self.engine, self.main = _engine_and_main(names, engine, main)
        self._left = MAX_SOURCE

    def source(self, name: str) -> str:
        """The text of a file that is to be parsed."""
        # No entry is read beyond the size it declares, which was checked; nor unpacked, as all of it would be by read(name).
        with _invalid_when_damaged(), self._opened.open(name) as entry:
            text = entry.read(self._opened.getinfo(name).file_size).decode("utf-8-sig", "replace")
        self._left -= max(len(text), _AT_LEAST)
        if self._left < 0:
            raise InvalidDefinition(f"The definition has more than {MAX_SOURCE} characters of source")
        return text

    def resolve(self, importer: str, reference: str) -> str:
        """The name of the file that another one refers to. Nothing outside the archive is ever looked at."""
        name = posixpath.normpath(posixpath.join(posixpath.dirname(importer), reference))
        if name.startswith(("/", "../")) or name == ".." or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference):
            raise InvalidDefinition(f"{reference} lies outside the definition")
        return name

    def imported(self, importer: str, reference: str) -> str:
        """The same of a file that has to be there."""
        name = self.resolve(importer, reference)
        if name not in self.names:
            raise InvalidDefinition(f"{reference} is not in the definition")
        return name


@contextmanager
def _invalid_when_damaged() -> Iterator[None]:
    try:
        yield
    except (
        zipfile.BadZipFile,
        IndexError,  # of a damaged name in a header
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise InvalidDefinition("Invalid zip file") from error


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
        if entry.compress_type not in _METHODS:
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} is packed in a way that is not supported")
        if entry.file_size > MAX_FILE_SIZE:
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} has more than {MAX_FILE_SIZE} bytes")
        if entry.file_size > _RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise InvalidDefinition(f"Invalid zip file: the entry {name!r} is packed more than {MAX_RATIO} to 1")
    return [entry.filename for entry in entries if not entry.is_dir()]


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
