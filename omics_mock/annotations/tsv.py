"""TSV: rows whose columns and types are those of a store's schema."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from omics_mock.annotations.lines import lines
from omics_mock.content import Content
from omics_mock.sequences import InvalidFile

Schema = Sequence[Mapping[str, str]]

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(([0-9]++(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?|nan|inf|infinity)", re.IGNORECASE)
_ONE_CHARACTER: Final = "\x1f"  # stands for a separator of several, which csv does not take


def _is_decimal(value: str) -> bool:
    return _DECIMAL.fullmatch(value) is not None


_IS_A: Final[Mapping[str, Callable[[str], bool]]] = {
    "STRING": lambda value: True,
    "INT": lambda value: _is_whole(value, 32),
    "LONG": lambda value: _is_whole(value, 64),
    "FLOAT": _is_decimal,
    "DOUBLE": _is_decimal,
    "BOOLEAN": lambda value: value.lower() in ("true", "false"),
}


def check(content: Content, schema: Schema, options: Mapping[str, Any]) -> None:
    """Raise InvalidFile for rows that are not of the schema. A value that is empty is null, whatever the type."""
    types = [kind for column in schema for kind in column.values()]
    width = len(types)
    for number, row in enumerate(_rows(content, options), 1):
        width = width or len(row)
        if len(row) != width:
            raise InvalidFile(f"row {number} of the TSV file has {len(row)} columns instead of {width}")
        if number == 1 and options.get("header"):
            continue
        for value, kind in zip(row, types, strict=False):
            if value and not _IS_A[kind](value):
                raise InvalidFile(f"row {number} of the TSV file has {value!r} in a column of type {kind}")


def sample(schema: Schema, options: Mapping[str, Any]) -> bytes:
    """A row, after a header if there is to be one."""
    names = [name for column in schema for name in column]
    row = ["true" if kind == "BOOLEAN" else "1" for column in schema for kind in column.values()]
    rows = [names, row] if options.get("header") else [row]
    return "".join(_separator(options).join(row) + options.get("lineSep", "\n") for row in rows).encode()


def _rows(content: Content, options: Mapping[str, Any]) -> Iterator[list[str]]:
    """The rows that are neither empty nor comments."""
    separator, end = _separator(options), options.get("lineSep", "\n")
    text = (line.removesuffix(end) + "\n" for line in lines(content, options.get("encoding", "utf-8"), end))
    if len(separator) > 1:
        several, separator = separator, _ONE_CHARACTER
        text = (line.replace(several, separator) for line in text)
    if comment := options.get("comment"):
        text = (line for line in text if not line.startswith(comment))
    try:
        rows = csv.reader(text, delimiter=separator, quotechar=options.get("quote", '"'), escapechar=options.get("escape"))
        yield from filter(None, rows)
    except (csv.Error, TypeError, ValueError) as error:
        raise InvalidFile(f"the TSV file can not be read with these options: {error}") from error


def _separator(options: Mapping[str, Any]) -> str:
    return str(options.get("sep", "\t")).replace(r"\t", "\t")  # some write it as two characters


def _is_whole(value: str, bits: int) -> bool:
    limit = 1 << (bits - 1)
    return _WHOLE.fullmatch(value) is not None and len(value) < 32 and -limit <= int(value) < limit
