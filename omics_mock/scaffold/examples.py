"""Requests that the model allows, and requests that break one of its constraints each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from omics_mock.validation import UnknownPattern, compile_pattern, violations

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

_UUID: Final = "0f8fad5b-d9cb-469f-a165-70867728950e"
_TEXTS: Final = (
    "1234567",
    "1234567890",
    "example",
    "arn:aws:iam::123456789012:role/example",
    "s3://example/key",
    "s3://example/",
    "arn:aws:omics:us-east-1:123456789012:run/1234567",
    "arn:aws:omics:us-east-1:123456789012:referenceStore/1234567890/reference/1234567890",
    "arn:aws:omics:us-east-1:123456789012:sequenceStore/1234567890/readSet/1234567890",
    "arn:aws:s3:us-east-1:123456789012:accesspoint/example",
    "arn:aws:kms:us-east-1:123456789012:key/" + _UUID,
    "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/example/1.0.0/1",
    "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/example/1.0.0",
    "subnet-01234567",
    "sg-01234567",
    "1.0.0",
    "123456789012",
    _UUID,
    "a" * 64,
)
_WRONG: Final = ("!", "no such thing", "")
_LONG: Final = 4096


def smallest(shape: StructureShape | None) -> dict[str, Any]:
    """The members that a structure can not be without; of a union, the first one."""
    if shape is None:
        return {}
    needed = shape.required_members or list(shape.members)[: bool(shape.metadata.get("union"))]
    return {member: _example(shape.members[member]) for member in needed}


def broken(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Members with a value that breaks a constraint of the model, and nothing else; None stands for a member left out."""
    if operation.input is None:
        return
    asked, check = smallest(operation.input), violations(operation)
    for member, shape in operation.input.members.items():
        in_path = shape.serialization.get("location") == "uri"
        if member in operation.input.required_members and not in_path and not shape.metadata.get("idempotencyToken"):
            yield member, None
        for candidates in _wrong(shape):
            wrongs = (wrong for wrong in candidates if wrong != "" or not in_path)  # an empty label is another path
            refused = (wrong for wrong in wrongs if {found.path for found in check({**asked, member: wrong})} == {member})
            yield from ((member, wrong) for wrong in islice(refused, 1))


def _wrong(shape: Shape) -> Iterator[tuple[Any, ...]]:
    """For each of its constraints some values, of which one may break it."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if isinstance(shape, StringShape):
        yield ("x" * (most + 1),) if most is not None and most <= _LONG else ()
        yield _WRONG if least or shape.enum or "pattern" in shape.metadata else ()
    elif shape.type_name in ("integer", "long"):
        yield (most + 1,) if most is not None else ()
        yield (least - 1,) if least is not None else ()


def _example(shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return smallest(shape)
    least = int(shape.metadata.get("min", 0))
    if isinstance(shape, ListShape):
        return [_example(shape.member) for _ in range(max(least, 1))]
    if isinstance(shape, MapShape):
        return {_example(shape.key): _example(shape.value)} if least else {}
    if isinstance(shape, StringShape):
        return shape.enum[0] if shape.enum else _text(shape.metadata, least)
    simple: Mapping[str, Any] = {"boolean": True, "blob": b"content", "timestamp": "2026-01-01T00:00:00Z", "double": float(least)}
    return simple.get(shape.type_name, least or 1)


def _text(metadata: Mapping[str, Any], least: int) -> str:
    """The first text that is as the model wants it; where none is, one for the contributor to replace."""
    try:
        fits = compile_pattern(metadata["pattern"]) if "pattern" in metadata else lambda _: True
    except UnknownPattern:
        return "example"
    most = metadata.get("max", float("inf"))
    return next((text for text in _TEXTS if fits(text) and least <= len(text) <= most), "x" * max(least, 1))
