"""A folder that ``OmicsMock.dump`` wrote as one body: a zip archive, and back."""

from __future__ import annotations

import shutil
import stat
import zlib
from io import BytesIO
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MAX_ENTRIES = 100_000
MAX_SIZE = 8 << 30
MAX_RATIO = 100
_SMALL = 16 << 20  # what an archive may become however small it is


def pack(folder: Path) -> bytes:
    """The files of a folder as an archive."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return packed.getvalue()


def unpack(body: bytes, folder: Path) -> None:
    """Write the files of an archive to a folder; a ValueError says what no archive of a dump has, and then nothing is written."""
    try:
        with ZipFile(BytesIO(body)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(entries, len(body))
            for entry in entries:
                path = folder / entry.filename
                path.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(entry) as packed, path.open("xb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)  # no more than the entry says it has
    # IndexError: of an entry without a name
    except (BadZipFile, IndexError, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as broken:
        raise ValueError(f"the state is no archive of a dump: {broken}") from broken


def _check(entries: list[ZipInfo], length: int) -> None:
    if len(entries) > MAX_ENTRIES:
        raise ValueError(f"it has {len(entries)} files, more than {MAX_ENTRIES}")
    size = sum(entry.file_size for entry in entries)
    if size > min(MAX_SIZE, max(_SMALL, MAX_RATIO * length)):
        raise ValueError(f"it would become {size} bytes, too many for an archive of {length}")
    names = set()
    for entry in entries:
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):  # of others more is unpacked than is asked for
            raise ValueError(f"{entry.filename!r:.200} is packed in a way that is not supported")
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename:
            raise ValueError(f"{entry.filename!r:.200} is no name of a file in it")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ValueError(f"{entry.filename!r:.200} is a link")
        if path in names:
            raise ValueError(f"{entry.filename!r:.200} is there twice")
        names.add(path)
