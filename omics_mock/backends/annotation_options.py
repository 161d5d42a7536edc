"""Which options go with which format of an annotation store: rules that the shapes of the options do not tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from omics_mock import settings
from omics_mock.annotations import FileFormat
from omics_mock.backends.base import Params
from omics_mock.exceptions import ValidationException
from omics_mock.tables import Record

_HEADERS: Final = frozenset(("CHR", "START", "END", "REF", "ALT", "POS"))
_IMPORT_OPTIONS: Final[Mapping[str, str]] = {"TSV": "tsvOptions", "VCF": "vcfOptions"}


def check_store(params: Params) -> None:
    """Only TSV has options, and only generic annotations need no reference."""
    store_format = params["storeFormat"]
    if "storeOptions" in params and store_format != "TSV":
        raise ValidationException(f"storeOptions: a store of {store_format} files has none")
    options = params.get("storeOptions", {}).get("tsvStoreOptions", {})
    if "reference" not in params and options.get("annotationType") != "GENERIC":
        raise ValidationException(f"reference must be specified for {store_format}, unless it is TSV of annotationType GENERIC")
    _check_columns(options, "storeOptions.tsvStoreOptions")


def check_version(store: Record, params: Params) -> None:
    """Only versions of TSV stores have options."""
    if "versionOptions" in params and store["storeFormat"] != "TSV":
        raise ValidationException(f"versionOptions: a version of a store of {store['storeFormat']} files has none")
    _check_columns(params.get("versionOptions", {}).get("tsvVersionOptions", {}), "versionOptions.tsvVersionOptions")


def of_version(store: Record, params: Params) -> dict[str, Any] | None:
    """The options of a version: those of its store unless it has its own."""
    of_store = store.get("storeOptions", {}).get("tsvStoreOptions")
    options: dict[str, Any] | None = params.get("versionOptions", None if of_store is None else {"tsvVersionOptions": of_store})
    return options


def of_import(store: Record, params: Params) -> dict[str, Any] | None:
    """The options of an import: empty ones where none are given, and none at all for GFF."""
    member = _IMPORT_OPTIONS.get(store["storeFormat"])
    options: dict[str, Any] | None = params.get("formatOptions", {member: {}} if member else None)
    if options is not None and member not in options:
        raise ValidationException(f"formatOptions: {', '.join(options)} does not go with a store of {store['storeFormat']} files")
    return options


def file_format(store: Record, version: Record, options: Mapping[str, Any] | None) -> FileFormat:
    """How the files of an import are read."""
    columns = (version.get("versionOptions") or {}).get("tsvVersionOptions", {}).get("schema", ())
    return FileFormat(store["storeFormat"], columns, (options or {}).get("tsvOptions", {}).get("readOptions", {}))


def _check_columns(options: Mapping[str, Any], member: str) -> None:
    columns = [name for column in options.get("schema", ()) for name in column]
    headers = options.get("formatToHeader", {})
    if len(set(columns)) < len(columns):
        raise ValidationException(f"{member}.schema: a column is named twice")
    if columns and (unknown := sorted(set(headers.values()) - set(columns))):
        raise ValidationException(f"{member}.formatToHeader: the schema has no column {', '.join(unknown)}")
    if settings.options().strict and "annotationType" in options:
        needed = _HEADERS & set(options["annotationType"].split("_"))
        if headers.keys() != needed:
            raise ValidationException(f"{member}.formatToHeader: {options['annotationType']} needs {sorted(needed)}")
