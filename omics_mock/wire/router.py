"""From an HTTP method and a raw path to an operation and its labels."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from omics_mock.wire.model import Operation

_LABEL = re.compile(r"\{([^}]+)\}")
_ANY = ""
"""Where a path begins with a label."""


class NoRoute(LookupError):
    """No operation answers this request; the text says what would."""


class UnknownPath(NoRoute):
    """No operation of any method has this path."""


class MethodNotAllowed(NoRoute):
    """The path exists, but not with this method; ``allowed`` lists the methods it has."""

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class EmptyLabel(NoRoute):
    """The path leaves a label empty; ``member`` is the input member it stands for."""

    def __init__(self, message: str, operation: Operation, member: str) -> None:
        super().__init__(message)
        self.operation = operation
        self.member = member


class Router:
    """All the routes of a service; ``match`` tries those of a method that begin alike in one regular expression."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        # Literal segments before labels, so that /runs/latest wins over /runs/{id}.
        self._operations = sorted(operations, key=lambda operation: _LABEL.sub("\U0010ffff", operation.uri))
        alike: dict[tuple[str, str], list[Operation]] = {}
        for operation in self._operations:
            alike.setdefault((operation.http_method, _first_segment(operation.uri)), []).append(operation)
        self._alike: Mapping[tuple[str, str], _Alike] = {key: _Alike(operations) for key, operations in alike.items()}
        self.match: Callable[[str, str], tuple[Operation, Mapping[str, str]]] = lru_cache(256)(self._match)
        """The operation and its labels, of a method and a raw path; who polls asks for the same one again and again."""

    def _match(self, http_method: str, raw_path: str) -> tuple[Operation, Mapping[str, str]]:
        # Labels are percent-decoded only now, so that %2F stays inside a label.
        for first in (_first_segment(raw_path), _ANY):
            alike = self._alike.get((http_method, first))
            found = alike.match(raw_path) if alike else None
            if alike is not None and found is not None:
                operation, labels = alike.routes[found.lastindex or 0]
                return operation, {label: unquote(found[group]) for label, group in labels}
        raise self._explain(http_method, raw_path)

    def _explain(self, http_method: str, raw_path: str) -> NoRoute:
        for operation in self._operations:
            empty = re.fullmatch(_pattern(operation.uri, repeat="*"), raw_path)
            if empty and operation.http_method == http_method:
                member = _labels(operation.uri)[empty.groups().index("")]
                message = f"{http_method} {raw_path}: the label {member!r} of {operation.name} is empty"
                return EmptyLabel(message, operation, member)
        there = [operation for operation in self._operations if re.fullmatch(_pattern(operation.uri), raw_path)]
        if there:
            known = ", ".join(f"{operation.http_method} {operation.uri} ({operation.name})" for operation in there)
            allowed = tuple(operation.http_method for operation in there)
            return MethodNotAllowed(f"{http_method} {raw_path}: no such operation; this path has {known}", allowed)
        first = raw_path.split("/")[1:2]
        near = sorted({operation.uri for operation in self._operations if operation.uri.split("/")[1:2] == first})
        hint = f"; paths that begin alike: {', '.join(near)}" if near else ""
        return UnknownPath(f"{http_method} {raw_path}: no operation has this path{hint}")


class _Alike:
    """Routes of one HTTP method: which one matched tells the number of the last group, an empty one."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.routes: dict[int, tuple[Operation, tuple[tuple[str, int], ...]]] = {}
        alternatives = []
        last = 0
        for operation in operations:
            labels = tuple((label, last + number) for number, label in enumerate(_labels(operation.uri), 1))
            last += len(labels) + 1
            self.routes[last] = operation, labels
            alternatives.append(_pattern(operation.uri) + "()")
        self.match = re.compile("|".join(alternatives)).fullmatch


def _first_segment(path: str) -> str:
    first = path[: path.find("/", 1) + 1 or len(path)]
    return _ANY if "{" in first else first


def _labels(uri: str) -> tuple[str, ...]:
    return tuple(label.removesuffix("+") for label in _LABEL.findall(uri))


def _pattern(uri: str, repeat: str = "+") -> str:
    parts = _LABEL.split(uri)  # literal, label, literal, label, ... literal
    return "".join(
        re.escape(part) if index % 2 == 0 else f"(.{repeat})" if part.endswith("+") else f"([^/]{repeat})"
        for index, part in enumerate(parts)
    )
