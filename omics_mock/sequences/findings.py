"""What looking into a read set's files yields."""

from __future__ import annotations

from dataclasses import dataclass

from omics_mock.content import Content

_LONGEST_REASON = 127


class InvalidFile(Exception):
    """The file is not what it should be; the text says why, in at most 127 characters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason if len(reason) <= _LONGEST_REASON else f"{reason[: _LONGEST_REASON - 3]}...")


@dataclass(frozen=True)
class Findings:
    """What a read set's metadata say of its content."""

    etag: dict[str, str]
    sequence_information: dict[str, object]
    index: Content | None
