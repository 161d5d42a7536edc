"""Requests that each break one constraint of the service model, generated from the model itself.

``cases()`` breaks every constraint of every input once; ``boundary_cases()`` stays exactly on every bound. All other
members have the fewest valid values, so a case breaks nothing but its own constraint, as far as the shape allows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from omics_mock.imagebuilder.workflows import ImageWorkflows
from omics_mock.validation import compile_pattern
from omics_mock.wire.model import Operation, load

# Constraints of the model that the library leaves unchecked on purpose: (operation, member path, kind).
DEVIATIONS: frozenset[tuple[str, str, str]] = frozenset()

# What looks the same on the wire: an empty body and none, an empty list in the query and none, a token botocore fills in.
SAME_ON_THE_WIRE = {
    ("UploadReadSetPart", "payload", "required"),
    ("UntagResource", "tagKeys", "exactly min"),
    ("UntagResource", "tagKeys", "min"),
}


@dataclass(frozen=True)
class Case:
    """Parameters of one operation, and what the violations should say of the member at ``member_path``."""

    operation: str
    kind: str  # required, min, max, pattern, enum, union; at boundaries: exactly min, exactly max
    member_path: str
    params: dict[str, Any]
    expected_fragment: str  # of a boundary: what no violation may contain
    client_refuses: bool = False  # botocore's own validation does not let it through

    def __str__(self) -> str:
        return f"{self.operation} {self.member_path} {self.kind}"


@dataclass(frozen=True)
class Sample:
    """A string that fulfils a pattern: it grows by ``fill``, and one other character spoils it."""

    prefix: str = ""
    fill: str = ""
    suffix: str = ""
    spoil: tuple[int, str] = (0, "\a")

    def good(self, length: int) -> str:
        missing = max(0, length - len(self.prefix) - len(self.suffix))
        return self.prefix + self.fill * missing + self.suffix

    def bad(self, length: int) -> str:
        characters = list(self.good(length))
        characters[self.spoil[0]] = self.spoil[1]
        return "".join(characters)


_UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
_BUILD_ARN = "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/flow/1.0.0/1"
_WORKFLOW_ARN = (
    r"^arn:aws(?:-[a-z]+)*:imagebuilder:[a-z]{2,}(?:-[a-z]+)+-[0-9]+:(?:[0-9]{12}|aws(?:-[a-z-]+)?):"
    r"workflow/(build|test|distribution)/[a-z0-9-_]+/"
)
SAMPLES = {
    r"[^\x00]+": Sample("a", "a", spoil=(0, "\0")),
    r"^(?!aws:)[a-zA-Z0-9\s_.:/=+\-@]*$": Sample("a", "a", spoil=(0, "!")),
    r"^[0-9]+\.[0-9]+\.[0-9]+$": Sample("1.0.0", "0", spoil=(0, "x")),
    r'^[0-9a-zA-Z./_ :,{}"*-]{1,1024}$': Sample("a", "a", spoil=(0, "!")),
    r"^[0-9a-zA-Z./_ :-]{1,1024}$": Sample("a", "a", spoil=(0, "!")),  # in older models
    r"^(?!aws:)[a-zA-Z+-=._:/]+$": Sample("a", "a", spoil=(0, "!")),  # in older models
    r"^[a-zA-Z]{1,1024}$": Sample("a", "a", spoil=(0, "1")),
    r"^[-_A-Za-z-0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z-0-9]$": Sample("abc", "d", spoil=(0, "!")),
    _WORKFLOW_ARN + r"[0-9]+\.[0-9]+\.[0-9]+/[0-9]+$": Sample(_BUILD_ARN, "0", spoil=(0, "x")),
    _WORKFLOW_ARN + r"(?:[0-9]+|x)\.(?:[0-9]+|x)\.(?:[0-9]+|x)$": Sample(_BUILD_ARN[:-2], "0", spoil=(0, "x")),
    _WORKFLOW_ARN + r"(?:(?:([0-9]+|x)\.([0-9]+|x)\.([0-9]+|x))|(?:[0-9]+\.[0-9]+\.[0-9]+/[0-9]+))$": Sample(
        _BUILD_ARN, "0", spoil=(0, "x")
    ),
    **{
        rf"^arn:aws[^:]*:imagebuilder:[^:]+:(?:[0-9]{{12}}|aws(?:-[a-z-]+)?{more}):(?:image-recipe|container-recipe|"
        r"infrastructure-configuration|distribution-configuration|component|image|image-pipeline|lifecycle-policy|"
        r"workflow\/(?:build|test|distribution))/[a-z0-9-_]+"
        r"(?:/(?:(?:x|[0-9]+)\.(?:x|[0-9]+)\.(?:x|[0-9]+))(?:/[0-9]+)?)?$": Sample(_BUILD_ARN, "0", spoil=(0, "x"))
        for more in ("", "|third-party")  # older models lack it
    },
    r"$|^arn:.+": Sample("arn:x", "x"),
    r"$|^s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/?((.{1,1024})/)?": Sample("s3://bucket/a", "a", "/"),
    r"$|^s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/?((.{1,800})/)?": Sample("s3://bucket/a", "a", "/"),
    r".*arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*).*": Sample("arn:aws:omics::123456789012:x", "x"),
    r".+/.+": Sample("a/b", "b", spoil=(1, "-")),
    r"([a-z]){1}([a-z0-9_]){2,254}": Sample("abc", "d", spoil=(0, "A")),
    r"[0-9]+": Sample("1", "1", spoil=(0, "x")),
    r"[0-9]{12}": Sample("123456789012", spoil=(0, "x")),
    r"[0-9]{2}.[0-9]{2}.[0-9]": Sample("01.02.3", spoil=(0, "x")),
    r"[A-Za-z0-9][A-Za-z0-9\-\._]*": Sample("a", "a", spoil=(0, "-")),
    r"[\p{L}\p{M}\p{Z}\p{S}\p{N}\p{P}\t\n\r]+": Sample("a", "a"),
    r"[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+": Sample("a", "a"),
    r"[\p{L}||\p{N}]+": Sample("a", "a", spoil=(0, "-")),
    r"[\p{N}||\p{P}]+": Sample("1", "1", spoil=(0, "a")),
    r"[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}": Sample(_UUID, spoil=(0, "x")),
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}": Sample(_UUID, spoil=(0, "x")),
    r"[a-z0-9_]{1,255}": Sample("a", "a", spoil=(0, "A")),
    r"[a-zA-Z0-9]+": Sample("a", "a", spoil=(0, "-")),
    r"[a-zA-Z0-9_-]+": Sample("a", "a", spoil=(0, "!")),
    r"arn:([^: ]*):([^: ]*):([^: ]*):([0-9]{12}):([^: ]*)": Sample("arn:aws:omics::123456789012:x", "x"),
    r"arn:.*": Sample("arn:", "x"),
    r"arn:.+": Sample("arn:x", "x"),
    r"arn:[^:]*:s3:[^:]*:[^:]*:accesspoint/.*": Sample("arn:aws:s3:us-east-1:123456789012:accesspoint/x", "x"),
    r"arn:aws(-[\w]+)*:.+:.+:[0-9]{12}:.+": Sample("arn:aws:omics:us-east-1:123456789012:x", "x"),
    r"arn:aws(-\w+)*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[a-zA-Z0-9\/_+=.@-]+": Sample(
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:x", "x"
    ),
    r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])(/(.{0,1024}))?": Sample("s3://bucket/", "a"),
    r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/((.{1,1024}))": Sample("s3://bucket/a", "a"),
    r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/(.{1,1024})": Sample("s3://bucket/a", "a"),
    r"s3://([a-z0-9][a-z0-9-.]{1,61}[a-z0-9])/?((.{1,1024})/)?": Sample("s3://bucket/a", "a", "/"),
    r"sg-[0-9a-f]+": Sample("sg-0", "0"),
    r"sha[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+": Sample("sha2", "5"),
    r"subnet-[0-9a-f]+": Sample("subnet-0", "0"),
    r"vpc-[0-9a-f]+": Sample("vpc-0", "0"),
}


def operations() -> list[Operation]:
    """All of HealthOmics, and what is served of Image Builder."""
    return [*load("omics").operations.values(), *ImageWorkflows.modelled()]


def cases() -> list[Case]:
    """One case per constraint that an input of the installed model declares, but for the ``DEVIATIONS``."""
    made = (case for operation in operations() for case in cases_of(operation))
    return [case for case in made if (case.operation, case.member_path, case.kind) not in DEVIATIONS]


def boundary_cases() -> list[Case]:
    """One case per bound, exactly on it."""
    return [case for operation in operations() for case in boundary_cases_of(operation)]


def cases_of(operation: Operation) -> Iterator[Case]:
    """The cases of one operation."""
    for site in _sites(operation):
        for kind, value, rule, client_refuses in _breaks(site):
            fragment = f"at '{site.path}' failed to satisfy constraint: {rule}"
            yield Case(operation.name, kind, site.path, site.params(value), fragment, client_refuses)


def boundary_cases_of(operation: Operation) -> Iterator[Case]:
    """The boundary cases of one operation."""
    for site in _sites(operation):
        for kind in ("min", "max"):
            if kind in site.shape.metadata:
                bound = site.shape.metadata[kind]
                value = _sized(site.shape, bound)
                # Some patterns have no string of this length; then only the length may not be named.
                fulfilled = not isinstance(value, str) or _fulfils(site.shape, value)
                fragment = f"at '{site.path}'" + (" failed" if fulfilled else f" failed{_LENGTH}")
                yield Case(operation.name, f"exactly {kind}", site.path, site.params(value), fragment)


_LENGTH = " to satisfy constraint: Member must have length"
_MISSING = object()


@dataclass(frozen=True)
class _Site:
    """A place in an input where a value of ``shape`` goes; ``params`` are the parameters with a value there."""

    path: str
    shape: Shape
    params: Callable[[Any], dict[str, Any]]
    required: bool = False
    is_key: bool = False


def _sites(operation: Operation) -> Iterator[_Site]:
    if operation.input is not None:
        yield from _sites_in(_Site("", operation.input, lambda value: value))


def _sites_in(site: _Site) -> Iterator[_Site]:
    """The site and all that are inside of it."""
    if site.path:
        yield site
    shape = site.shape
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            in_url = member.serialization.get("location") == "uri"  # a path can not be without
            yield from _sites_in(
                _Site(
                    f"{site.path}.{name}".lstrip("."),
                    member,
                    partial(_with_member, site, shape, name),
                    required=name in shape.metadata.get("required", ()) and not in_url,
                )
            )
    elif isinstance(shape, ListShape):
        rest = [fewest(shape.member)] * (shape.metadata.get("min", 1) - 1)
        yield from _sites_in(_Site(f"{site.path}.1.member", shape.member, lambda value: site.params([value, *rest])))
    elif isinstance(shape, MapShape):
        key = fewest(shape.key)
        yield _Site(site.path, shape.key, lambda key: site.params({key: fewest(shape.value)}), is_key=True)
        yield from _sites_in(_Site(f"{site.path}.{key}.member", shape.value, lambda value: site.params({key: value})))


def _with_member(site: _Site, shape: StructureShape, name: str, value: Any) -> Any:
    return site.params(_with(shape, name, value))


def _with(shape: StructureShape, name: str, value: Any) -> dict[str, Any]:
    params = {} if shape.is_tagged_union else fewest(shape)
    if value is _MISSING:
        return {other: item for other, item in params.items() if other != name}
    return {**params, name: value}


def _breaks(site: _Site) -> Iterator[tuple[str, Any, str, bool]]:
    """How to break each constraint here: kind, value, the words of the constraint, and whether botocore sees it."""
    shape, limits = site.shape, site.shape.metadata
    by_value = shape.type_name in ("integer", "long", "float", "double")
    what = "value" if by_value else "length"
    prefix = "Map keys must satisfy constraint: [" if site.is_key else ""
    if site.required:
        yield "required", _MISSING, "Member must not be null", True
    if "min" in limits and (by_value or limits["min"] > 0):
        rule = f"Member must have {what} greater than or equal to {limits['min']}"
        yield "min", _sized(shape, limits["min"] - 1), prefix or rule, shape.type_name != "map"
    if "max" in limits:
        rule = f"Member must have {what} less than or equal to {limits['max']}"
        yield "max", _sized(shape, limits["max"] + 1), prefix or rule, False
    if "pattern" in limits:
        rule = f"Member must satisfy regular expression pattern: {limits['pattern']}"
        yield "pattern", _sample(shape).bad(limits.get("min", 1)), prefix or rule, False
    if limits.get("enum"):
        rule = f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]"
        yield "enum", "X" * max(limits.get("min", 1), 1), prefix or rule, False
    if isinstance(shape, StructureShape) and shape.is_tagged_union:
        yield "union", {}, "Member must have exactly one of the members: ", True


# --- valid values -------------------------------------------------------------------------------------------


def fewest(shape: Shape) -> Any:
    """A valid value of ``shape`` with as little in it as it allows."""
    if isinstance(shape, StructureShape):
        names = list(shape.members)[:1] if shape.is_tagged_union else shape.metadata.get("required", ())
        return {name: fewest(shape.members[name]) for name in names}
    if shape.type_name in ("boolean", "timestamp", "blob"):
        return {"boolean": True, "timestamp": datetime(2024, 5, 6, tzinfo=UTC), "blob": b"x"}[shape.type_name]
    if shape.metadata.get("enum"):
        return shape.metadata["enum"][0]
    if isinstance(shape, StringShape):
        return _sample(shape).good(shape.metadata.get("min", 1))
    return _sized(shape, shape.metadata.get("min", 0))


def _sized(shape: Shape, size: int) -> Any:
    """A value of this length, or this number; a string fulfils its pattern where one of this length can."""
    if isinstance(shape, ListShape):
        return [fewest(shape.member)] * size
    if isinstance(shape, MapShape):
        stem = fewest(shape.key)
        return {f"{stem}{index}" if index else stem: fewest(shape.value) for index in range(size)}
    if not isinstance(shape, StringShape):
        return size
    if shape.metadata.get("enum"):
        fitting = [word for word in shape.metadata["enum"] if len(word) == size]
        return fitting[0] if fitting else "X" * size
    return (_sample(shape).good(size) + "x" * size)[:size]


def _sample(shape: Shape) -> Sample:
    pattern = shape.metadata.get("pattern")
    if pattern is None:
        return Sample("a", "a")
    if pattern not in SAMPLES:
        raise LookupError(f"{shape.name}: add a sample for the new pattern {pattern!r} to {__name__}.SAMPLES")
    return SAMPLES[pattern]


def _fulfils(shape: Shape, value: str) -> bool:
    pattern, words = shape.metadata.get("pattern"), shape.metadata.get("enum")
    return (pattern is None or compile_pattern(pattern)(value)) and (not words or value in words)
