"""Lists a page at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from omics_mock import cursors
from omics_mock.imagebuilder.exceptions import InvalidPaginationTokenException

DEFAULT_SIZE: Final = 25

T = TypeVar("T")


def page(kind: str, params: Mapping[str, Any], rows: Iterable[tuple[list[Any], T]]) -> tuple[list[T], str | None]:
    """One page of the rows in the order of their keys, and the token of the next, which says the last key given out."""
    bound_to = cursors.binding(kind, {name: value for name, value in params.items() if name not in ("maxResults", "nextToken")})
    try:
        after = json.loads(cursors.position(params["nextToken"], bound_to)) if "nextToken" in params else []
    except cursors.InvalidToken:
        raise InvalidPaginationTokenException("nextToken was not returned by this list operation with these filters") from None
    ordered = sorted((row for row in rows if row[0] > after), key=lambda row: row[0])
    size = params.get("maxResults", DEFAULT_SIZE)
    last = ordered[:size][-1:] if len(ordered) > size else []
    return [item for _, item in ordered[:size]], cursors.token(json.dumps(last[0][0]), bound_to) if last else None
