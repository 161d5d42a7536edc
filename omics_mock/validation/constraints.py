"""The constraints that input shapes declare, compiled to one function per operation."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from omics_mock.validation.patterns import compile_pattern

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

# Paths are linked pairs (parent, segment) and become text only in a message: most values are valid.
_Path: TypeAlias = tuple[Any, str] | None
_Check: TypeAlias = "Callable[[Any, _Path, list[Violation]], None]"


class Violation(str):
    """A sentence about a value that breaks a constraint, with the place and the constraint it names."""

    __slots__ = ("constraint", "path")
    path: str
    constraint: str


@cache
def violations(operation: Operation, *accepted: tuple[str, str]) -> Callable[[Mapping[str, Any]], list[Violation]]:
    """Compile the check of ``operation``'s parameters; it returns one sentence per violation, in model order.

    ``accepted`` are members with a form (a regular expression) that is let through whatever the shape says.
    """
    if operation.input is None:
        return lambda params: []
    check = _Compiler().members(operation.input)
    forms = [(member, re.compile(form)) for member, form in accepted]

    def find(params: Mapping[str, Any]) -> list[Violation]:
        found: list[Violation] = []
        for member, form in forms:
            if form.fullmatch(params.get(member, "")):
                params = {name: value for name, value in params.items() if name != member}
        check(params, None, found)
        return found

    return find


def empty(member: str) -> Violation:
    """The violation of a member that came empty where it must have at least one character."""
    return _violation((None, member), "Member must have length greater than or equal to 1", "")


def message(violations: Sequence[str]) -> str:
    """The text of the exception that reports ``violations``."""
    count = len(violations)
    return f"{count} validation error{'' if count == 1 else 's'} detected: {'; '.join(violations)}"


def _path_text(path: _Path) -> str:
    segments: list[str] = []
    while path is not None:
        path, segment = path
        segments.append(segment)
    return ".".join(reversed(segments))


def _violation(path: _Path, constraint: str, value: str | None = None) -> Violation:
    quoted, place = "" if value is None else f" '{value}'", _path_text(path)
    violation = Violation(f"Value{quoted} at '{place}' failed to satisfy constraint: {constraint}")
    violation.path, violation.constraint = place, constraint
    return violation


def _render(value: Any) -> str:
    """As the service's own language prints values."""
    match value:
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return f"[{', '.join(map(_render, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{key}={_render(item)}' for key, item in value.items())}}}"
        case bytes():
            return f"{len(value)} bytes"
    return str(value)


class _Compiler:
    """Compiles checks; None stands for shapes that constrain nothing. Structures may be recursive."""

    def __init__(self) -> None:
        self._structures: dict[str, _Check] = {}

    def check(self, shape: Shape) -> _Check | None:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        if isinstance(shape, StringShape):
            return _string(shape)
        if shape.type_name == "blob":
            return _size(shape)
        return _number(shape)

    def members(self, shape: StructureShape) -> _Check:
        required = frozenset(shape.metadata.get("required", ()))
        members = [
            (name, name in required, check)
            for name, member in shape.members.items()
            if (check := self.check(member)) is not None or name in required
        ]

        def check_members(value: Any, path: _Path, found: list[Violation]) -> None:
            get = value.get
            for name, is_required, check in members:
                item = get(name)
                if item is None:
                    if is_required:
                        found.append(_violation((path, name), "Member must not be null"))
                elif check is not None:
                    check(item, (path, name), found)

        return check_members

    def _structure(self, shape: StructureShape) -> _Check | None:
        if shape.is_document_type:
            return None
        if shape.name not in self._structures:
            check_members: _Check
            names = tuple(shape.members)
            union = shape.is_tagged_union

            def check_structure(value: Any, path: _Path, found: list[Violation]) -> None:
                if union and sum(value.get(name) is not None for name in names) != 1:
                    rule = f"Member must have exactly one of the members: [{', '.join(names)}]"
                    found.append(_violation(path, rule, _render(value)))
                check_members(value, path, found)

            self._structures[shape.name] = check_structure
            check_members = self.members(shape)
        return self._structures[shape.name]

    def _list(self, shape: ListShape) -> _Check:
        check_size = _size(shape, sensitive=_is_sensitive(shape, shape.member))
        check_item = self.check(shape.member)

        def check_list(value: Any, path: _Path, found: list[Violation]) -> None:
            if check_size is not None:
                check_size(value, path, found)
            for index, item in enumerate(value, 1):
                if item is None:
                    found.append(_violation(((path, str(index)), "member"), "Member must not be null"))
                elif check_item is not None:
                    check_item(item, ((path, str(index)), "member"), found)

        return check_list

    def _map(self, shape: MapShape) -> _Check:
        sensitive = _is_sensitive(shape, shape.key, shape.value)
        check_size = _size(shape, sensitive=sensitive)
        key_rules = _string_rules(shape.key)
        check_item = self.check(shape.value)

        def check_map(value: Any, path: _Path, found: list[Violation]) -> None:
            if check_size is not None:
                check_size(value, path, found)
            if any(broken(key) for key in value for broken, _ in key_rules):
                rule = f"Map keys must satisfy constraint: [{', '.join(text for _, text in key_rules)}]"
                found.append(_violation(path, rule, None if sensitive else _render(value)))
            for key, item in value.items():
                if item is None:
                    found.append(_violation(((path, key), "member"), "Member must not be null"))
                elif check_item is not None:
                    check_item(item, ((path, key), "member"), found)

        return check_map


def _is_sensitive(*shapes: Shape) -> bool:
    return any(shape.metadata.get("sensitive") for shape in shapes)


def _bounds(shape: Shape) -> tuple[float, float]:
    return shape.metadata.get("min", -math.inf), shape.metadata.get("max", math.inf)


def _string_rules(shape: Shape) -> list[tuple[Callable[[str], bool], str]]:
    """What breaks each constraint of a string, with the constraint's words."""
    low, high = _bounds(shape)
    rules: list[tuple[Callable[[str], bool], str]] = []
    if high < math.inf:
        rules.append((lambda value: len(value) > high, f"Member must have length less than or equal to {high}"))
    if low > 0:
        rules.append((lambda value: len(value) < low, f"Member must have length greater than or equal to {low}"))
    if pattern := shape.metadata.get("pattern"):
        matches = compile_pattern(pattern)
        # A pattern may take long over a long value, which is wrong already.
        rules.append(
            (
                lambda value: len(value) <= high and not matches(value),
                f"Member must satisfy regular expression pattern: {pattern}",
            )
        )
    if words := shape.metadata.get("enum"):
        allowed = frozenset(words)
        rules.append((lambda value: value not in allowed, f"Member must satisfy enum value set: [{', '.join(words)}]"))
    return rules


def _string(shape: StringShape) -> _Check | None:
    rules = _string_rules(shape)
    if not rules:
        return None
    low, high = _bounds(shape)
    pattern, words = shape.metadata.get("pattern"), shape.metadata.get("enum")
    matches = compile_pattern(pattern) if pattern else None
    allowed = frozenset(words) if words else None
    sensitive = _is_sensitive(shape)

    def check_string(value: Any, path: _Path, found: list[Violation]) -> None:
        if low <= len(value) <= high and (matches is None or matches(value)) and (allowed is None or value in allowed):
            return
        for broken, rule in rules:
            if broken(value):
                found.append(_violation(path, rule, None if sensitive else value))

    return check_string


def _size(shape: Shape, *, sensitive: bool = False) -> _Check | None:
    low, high = _bounds(shape)
    if low <= 0 and high == math.inf:
        return None

    def check_size(value: Any, path: _Path, found: list[Violation]) -> None:
        size = len(value)
        if low <= size <= high:
            return
        word, bound = ("less", high) if size > high else ("greater", low)
        rule = f"Member must have length {word} than or equal to {bound}"
        found.append(_violation(path, rule, None if sensitive else _render(value)))

    return check_size


def _number(shape: Shape) -> _Check | None:
    low, high = _bounds(shape)
    if low == -math.inf and high == math.inf:
        return None
    sensitive = _is_sensitive(shape)

    def check_number(value: Any, path: _Path, found: list[Violation]) -> None:
        if low <= value <= high:
            return
        word, bound = ("less", high) if value > high else ("greater", low)
        rule = f"Member must have value {word} than or equal to {bound}"
        found.append(_violation(path, rule, None if sensitive else _render(value)))

    return check_number
