"""The members of a request, each with what the service's model demands of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from botocore.model import ListShape, MapShape, Shape, StructureShape

from checks.reference.markdown import code, listed
from omics_mock.wire.model import Operation


@dataclass(frozen=True)
class Member:
    """One member, by its path: ``items[].source`` is in each item of a list, ``tags{}`` a value of a map, ``tags{key}`` its key."""

    path: str
    kind: str
    """Its type, with its place in the request if that is not the body."""
    required: bool
    shape: Shape

    @property
    def rules(self) -> str:
        """What its value has to be like, in words."""
        return "; ".join(constraints(self.shape))


def members(operation: Operation) -> Iterator[Member]:
    """Every member of the request, those within others too."""
    if operation.input is not None:
        yield from _of(operation.input, "", ())


def constraints(shape: Shape) -> Iterator[str]:
    """The constraints of a value's shape, in words."""
    facts = shape.metadata
    if isinstance(shape, StructureShape) and shape.is_tagged_union:
        yield f"exactly one of {listed(shape.members)}"
    if "min" in facts or "max" in facts:
        unit = _UNITS.get(shape.type_name, "")
        yield f"{_bounds(facts.get('min'), facts.get('max'))}{unit}"
    if pattern := facts.get("pattern"):
        yield f"matches {code(pattern)}"
    if words := facts.get("enum"):
        yield f"one of {listed(words)}"


_UNITS = {"string": " characters", "list": " items", "map": " entries", "blob": " bytes"}


def _bounds(low: int | None, high: int | None) -> str:
    if high is None:
        return f"at least {low:,}"
    return f"at most {high:,}" if low is None else f"{low:,} to {high:,}"


def _of(shape: StructureShape, before: str, around: tuple[str, ...]) -> Iterator[Member]:
    for name, member in shape.members.items():
        place = "" if before else _PLACES.get(member.serialization.get("location", ""), "")
        yield from _with_content(f"{before}{name}", member, name in shape.metadata.get("required", ()), place, around)


def _with_content(path: str, shape: Shape, required: bool, place: str, around: tuple[str, ...]) -> Iterator[Member]:
    yield Member(path, f"{_kind(shape)}{place}", required, shape)
    if isinstance(shape, StructureShape) and shape.name not in around:  # some contain themselves
        yield from _of(shape, f"{path}.", (*around, shape.name))
    elif isinstance(shape, ListShape):
        yield from _content(f"{path}[]", shape.member, around)
    elif isinstance(shape, MapShape):
        yield from _content(f"{path}{{key}}", shape.key, around)
        yield from _content(f"{path}{{}}", shape.value, around)


def _content(path: str, shape: Shape, around: tuple[str, ...]) -> Iterator[Member]:
    """What lists and maps hold; a plain value that can be anything is not worth a row."""
    if isinstance(shape, StructureShape | ListShape | MapShape) or any(constraints(shape)):
        yield from _with_content(path, shape, False, "", around)


_PLACES = {"uri": " in the path", "querystring": " in the query", "header": " in a header"}


def _kind(shape: Shape) -> str:
    if isinstance(shape, StructureShape):
        return "document" if shape.is_document_type else "union" if shape.is_tagged_union else "structure"
    return "enum" if shape.metadata.get("enum") else str(shape.type_name)
