"""Tokens that continue a list: where the last page ended, bound to the list and filters it came from."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any


class InvalidToken(ValueError):
    """The token was not given out by this list with these filters."""


def binding(*parts: Any) -> str:
    """A digest of what a token is bound to."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def token(position: str, bound_to: str) -> str:
    """The token that says ``position``."""
    return base64.urlsafe_b64encode(f"{bound_to}:{position}".encode()).decode().rstrip("=")


def position(given: str, bound_to: str) -> str:
    """What a token says."""
    try:
        text = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise InvalidToken(given) from error
    found, _, said = text.partition(":")
    if found != bound_to or token(said, bound_to) != given:
        raise InvalidToken(given)
    return said
