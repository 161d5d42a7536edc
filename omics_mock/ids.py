"""Identifiers in AWS's shapes, repeatable from a seed."""

from __future__ import annotations

import random
import string
from base64 import b64decode, b64encode
from collections.abc import Container
from struct import Struct
from typing import Final

_POSITION: Final = Struct("<625I")


class Ids:
    """One sequence of identifiers. The same seed and scope give the same sequence; seed None gives another each time."""

    def __init__(self, seed: int | None, *scope: str) -> None:
        self._random = random.Random() if seed is None else random.Random(":".join((str(seed), *scope)))

    @property
    def position(self) -> str:
        """Where the sequence is, as text."""
        _, numbers, _ = self._random.getstate()
        return b64encode(_POSITION.pack(*numbers)).decode()

    @position.setter
    def position(self, text: str) -> None:
        self._random.setstate((self._random.VERSION, _POSITION.unpack(b64decode(text)), None))

    def number(self, digits: int = 7, taken: Container[str] = ()) -> str:
        """A decimal id of that many digits that is not taken yet."""
        while True:
            number = str(self._random.randrange(10 ** (digits - 1), 10**digits))
            if number not in taken:
                return number

    def uuid(self) -> str:
        """Hex in the 8-4-4-4-12 form; like the service's own, not bound to a UUID version."""
        digits = self._random.getrandbits(128).to_bytes(16, "big").hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def hex(self, digits: int) -> str:
        """That many lower-case hex digits."""
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def alphanumeric(self, characters: int) -> str:
        """That many lower-case letters and digits."""
        return "".join(self._random.choices(string.ascii_lowercase + string.digits, k=characters))
