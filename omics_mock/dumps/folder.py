"""The files of a dump: none of another name, and none outside its folder."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Final

from omics_mock.content import Content, Spool

_NAME: Final = re.compile("[0-9a-f]{64}")
_CHUNK: Final = 1 << 20


class Folder:
    """A folder with a dump, or for one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str | None, chunks: Iterable[bytes]) -> str:
        """Write a file, all of it or nothing; without a name, under that of its SHA-256. What it is called."""
        self.path.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with tempfile.TemporaryDirectory(dir=self.path, prefix=".omics-mock-") as apart:
            with Path(apart, "file").open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
            name = name or digest.hexdigest()
            Path(apart, "file").replace(self.path / name)  # a link of that name is replaced, not followed
        return name

    def read(self, name: str) -> bytes:
        """Read a file."""
        with self._opened(name) as file:
            return file.read()

    def put(self, chunks: Iterable[bytes]) -> str:
        """Keep bytes under their name."""
        return self.write(None, chunks)

    def get(self, name: str) -> bytes:
        """The bytes of that name."""
        found = self.read(_checked(name))
        self._check(name, hashlib.sha256(found).hexdigest())
        return found

    def get_content(self, name: str, spool: Spool) -> Content:
        """The bytes of that name, kept by a spool."""
        with self._opened(_checked(name)) as file:
            content = spool.keep_all(file)
        digest = hashlib.sha256()
        for chunk in content.chunks():
            digest.update(chunk)
        self._check(name, digest.hexdigest())
        return content

    def _opened(self, name: str) -> IO[bytes]:
        path = self.path / name
        if path.is_symlink() or not path.is_file():
            raise ValueError(f"{path} is missing or no file")
        return path.open("rb")

    def _check(self, name: str, digest: str) -> None:
        if name != digest:
            raise ValueError(f"{self.path / name} does not hold what its name says")


def _checked(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of bytes")
    return name
