"""Hypothesis strategies of the values that a shape of the model can carry over the wire."""

from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(text, inner, max_size=2),
    max_leaves=4,
)
moments = st.integers(0, 4_000_000_000_000).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))


def values(shape: Shape, *, in_url: bool = False) -> st.SearchStrategy[Any]:
    """Values of ``shape``, whatever its constraints; in a URL, labels and list items are not empty."""
    if isinstance(shape, StructureShape):
        return structures(shape)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.member, in_url=in_url), min_size=int(in_url), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(text, values(shape.value), max_size=2)
    match shape.type_name:
        case "string":
            return text.filter(bool) if in_url else text
        case "integer" | "long":
            return st.integers(-(2**31), 2**31 - 1)
        case "boolean":
            return st.booleans()
        case "float" | "double":
            return st.floats(allow_nan=False, allow_infinity=False)
        case "blob":
            return st.binary(max_size=8)
        case "timestamp" if shape.serialization.get("timestampFormat") == "iso8601":
            return moments
        case "timestamp":  # in whole seconds, as botocore writes them
            return moments.map(lambda moment: moment.replace(microsecond=0))
    raise TypeError(shape.type_name)


def structures(shape: StructureShape) -> st.SearchStrategy[dict[str, Any]]:
    """Structures with their required members and some of the others; a union has exactly one member."""
    if shape.is_document_type:
        return st.dictionaries(text, json_values, max_size=2)
    if shape.is_tagged_union:
        return st.one_of([st.fixed_dictionaries({name: values(member)}) for name, member in shape.members.items()])
    required = {
        name
        for name, member in shape.members.items()
        if name in shape.metadata.get("required", ()) or member.serialization.get("location") == "uri"
    }
    members = {name: _member(member) for name, member in shape.members.items()}
    return st.fixed_dictionaries(
        {name: strategy for name, strategy in members.items() if name in required},
        optional={name: strategy for name, strategy in members.items() if name not in required},
    )


def _member(member: Shape) -> st.SearchStrategy[Any]:
    location = member.serialization.get("location")
    if location == "header":
        return st.text("abcXYZ019=-", min_size=1)
    return values(member, in_url=location in ("uri", "querystring"))
