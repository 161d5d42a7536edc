"""What the outputs of a workflow are made of, as far as its definition says; some of it a run's parameters settle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from omics_mock.definitions.declared import MAX_TIMES, Scatter, product

_MAX_NAME = 255
_MAX_TEXT = 1_000

Content: TypeAlias = (
    "bool | int | float | str | File | Repeated | Given | Joined | tuple[Content, ...] | Mapping[str, Content] | None"
)
"""A value: a file, an array, a struct, or what JSON can say of it."""


@dataclass(frozen=True)
class Given:
    """The value of a parameter of the run, or its default."""

    parameter: str
    default: Content = None


@dataclass(frozen=True)
class Joined:
    """A text of several parts."""

    parts: tuple[Content, ...]


@dataclass(frozen=True)
class File:
    """A file: what its path is, and what it is called when that says nothing."""

    path: str | Given | Joined
    otherwise: str = "file"

    def name(self, parameters: Mapping[str, Any]) -> str:
        """What it is called in a run with these parameters."""
        name = (text(self.path, parameters) or "").rstrip("/").rpartition("/")[2]
        fits = name.isprintable() and len(name.encode(errors="replace")) <= _MAX_NAME
        return name if fits and name not in ("", ".", "..") else self.otherwise


@dataclass(frozen=True)
class Repeated:
    """An array with as many items as what it is repeated over; one where nobody can know."""

    item: Content
    over: tuple[Scatter, ...] = ()

    def times(self, parameters: Mapping[str, Any]) -> int:
        """How many, for a run with these parameters."""
        return min(product(self.over, parameters), MAX_TIMES)


def joined(parts: Iterable[Content]) -> str | Joined:
    """A text of these parts."""
    every = tuple(parts)
    return "".join(map(str, every)) if all(isinstance(part, str) for part in every) else Joined(every)


def text(content: Content, parameters: Mapping[str, Any]) -> str | None:
    """A content as text, when it is one and not too long."""
    match content:
        case Given():
            given = parameters.get(content.parameter)
            found = text(content.default, {}) if given is None else _scalar(given)
        case Joined():
            found = ""
            for part in content.parts:
                if (more := text(part, parameters)) is None or len(found) > _MAX_TEXT:
                    return None
                found += more
        case _:
            found = _scalar(content)
    return found if found is None or len(found) <= _MAX_TEXT else None


def _scalar(value: object) -> str | None:
    match value:
        case bool():
            return str(value).lower()
        case str() | int() | float():
            return str(value)
        case File(str(path)):
            return path
    return None
