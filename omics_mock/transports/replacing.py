"""Putting something else in the place of attributes for a while."""

from __future__ import annotations

from typing import Self


class Replaced:
    """What ``unittest.mock.patch`` does with attributes of the owners' own, at a tenth of the time: a context, or start, stop."""

    def __init__(self, *replacements: tuple[object, str, object]) -> None:
        self._replacements = replacements
        self._originals: list[tuple[object, str, object]] = []

    def start(self) -> None:
        """Put them in place."""
        self._originals += [(owner, name, vars(owner)[name]) for owner, name, _ in self._replacements]
        for replacement in self._replacements:
            setattr(*replacement)

    def stop(self) -> None:
        """Put back what was there, if they were put in place."""
        while self._originals:
            setattr(*self._originals.pop())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
