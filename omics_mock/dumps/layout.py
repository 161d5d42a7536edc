"""JSON to be read by people: one resource on a line."""

from __future__ import annotations

import json
from typing import Any

_DEPTH = 7  # place by place, family by family, table by table


def laid_out(found: Any, depth: int = 0) -> str:
    """JSON with what is above resources on lines of its own."""
    if depth == _DEPTH or not found or not isinstance(found, dict | list):
        return json.dumps(found, ensure_ascii=False)
    if isinstance(found, dict):
        entries = [f"{json.dumps(key, ensure_ascii=False)}: {laid_out(value, depth + 1)}" for key, value in found.items()]
    else:
        entries = [laid_out(value, depth + 1) for value in found]
    begin, end = "{}" if isinstance(found, dict) else "[]"
    inner = "\n" + "  " * (depth + 1)
    return f"{begin}{inner}{f',{inner}'.join(entries)}\n{'  ' * depth}{end}" + ("" if depth else "\n")
