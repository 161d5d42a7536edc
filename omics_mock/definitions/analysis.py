"""The analysis of a definition, by the parser of its language where that is installed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import import_module

from omics_mock.definitions import names
from omics_mock.definitions.archive import Archive, InvalidDefinition
from omics_mock.definitions.declared import Declared

_PARSERS = {"WDL": "wdl", "WDL_LENIENT": "wdl", "CWL": "cwl", "NEXTFLOW": "nextflow"}
_LIBRARIES = {"WDL", "cwl_utils"}


@dataclass(frozen=True)
class Definition:
    """What was found in an archive."""

    engine: str
    main: str
    digest: str
    declared: Declared


_known: dict[tuple[str, str | None, str | None], Definition | InvalidDefinition] = {}
_KNOWN_AT_MOST = 256


def analyse(archive: bytes, engine: str | None = None, main: str | None = None) -> Definition:
    """Look into a definition archive. Raises InvalidDefinition with the reason when it can not become a workflow."""
    # A test suite uses the same few archives over and over.
    digest = f"sha256:{hashlib.sha256(archive).hexdigest()}"
    key = digest, engine, main
    if key not in _known:
        if len(_known) >= _KNOWN_AT_MOST:
            _known.clear()
        _known[key] = _analyse(archive, engine, main, digest)
    known = _known[key]
    if isinstance(known, InvalidDefinition):
        raise InvalidDefinition(str(known))
    return known


def _analyse(content: bytes, engine: str | None, main: str | None, digest: str) -> Definition | InvalidDefinition:
    try:
        archive = Archive(content, engine, main)
        return Definition(archive.engine, archive.main, digest, _declared(archive))
    except InvalidDefinition as invalid:
        return InvalidDefinition(str(invalid))  # without the frames, which would keep the archive alive


def _declared(archive: Archive) -> Declared:
    try:
        parser = import_module(f"omics_mock.definitions.{_PARSERS[archive.engine]}")
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in _LIBRARIES:
            raise
        parser = names
    declared: Declared = parser.analyse(archive)
    return declared
