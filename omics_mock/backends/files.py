"""Files of read sets and references: where imports read them, and how they are handed out in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from omics_mock import settings
from omics_mock.content import Content
from omics_mock.exceptions import RangeNotSatisfiableException
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.content import Stream

MAX_PARTS: Final = 10_000


def read_source(region: RegionState, uri: str, member: str, sample: Callable[[], bytes]) -> Content | str:
    """What an import finds at an S3 URI, or why it finds nothing.

    Unless strict, a bucket that nobody made is taken to hold a sample.
    """
    found = find_source(region, uri, member)
    return region.spool.keep(sample()) if found is None else found


def find_source(region: RegionState, uri: str, member: str) -> Content | str | None:
    """What an import finds at an S3 URI, or why it finds nothing; None in a bucket that nobody made, unless strict."""
    found = region.neighbours.s3_object(*rules.parse_s3_uri(uri, member, needs_key=True))
    if not found.bucket_exists and not settings.options().strict:
        return None
    if found.bucket_exists and found.bucket_region != region.region:
        return f"S3 bucket not located in {region.region} region"
    if found.body is None:
        return "The S3 object does not exist or is not accessible"
    return region.spool.keep(found.body)


class StoredFile(NamedTuple):
    """A file of a read set or a reference, by the member that describes it. All its parts but the last have the same size."""

    member: str
    content: Content
    part_size: int
    name: str | None
    """What it is called in S3, if it is there."""

    @classmethod
    def of(cls, member: str, content: Content, name: str | None = None) -> StoredFile:
        """A new file, cut as the rules say: it keeps its parts."""
        part_size = max(int(settings.frame().rules["part_size"]), -(-content.length // MAX_PARTS))
        return cls(member, content, part_size, name)

    @property
    def total_parts(self) -> int:
        """How many parts there are; an empty file has one, too."""
        return max(1, -(-self.content.length // self.part_size))

    def information(self, folder: str = "") -> dict[str, Any]:
        """How long it is, how it is cut and where it is in S3, as FileInformation."""
        return {
            "contentLength": self.content.length,
            "partSize": self.part_size,
            "totalParts": self.total_parts,
            "s3Access": None if self.name is None else {"s3Uri": f"{folder}{self.name}"},
        }

    def open_part(self, number: int, byte_range: str | None = None) -> Stream:
        """A part, or the bytes of it in a range such as ``bytes=0-99``, ``bytes=100-`` or ``0-99``."""
        if number > self.total_parts:
            raise RangeNotSatisfiableException(f"partNumber {number} is beyond the last part of the file, {self.total_parts}")
        begin = (number - 1) * self.part_size
        end = min(begin + self.part_size, self.content.length)
        if byte_range is not None:
            begin, end = _section(byte_range, begin, end)
        return self.content.open(begin, end)


def _section(byte_range: str, begin: int, end: int) -> tuple[int, int]:
    first, dash, last = byte_range.removeprefix("bytes=").partition("-")
    numbers = [text for text in (first, last) if text]
    if dash and numbers and all(text.isdecimal() for text in numbers):
        if not first:  # the last so many bytes
            start, stop = max(begin, end - int(last)), end
        else:
            start, stop = begin + int(first), min(end, begin + int(last) + 1) if last else end
        if start < stop:
            return start, stop
    raise RangeNotSatisfiableException(f"range {byte_range!r} is not one of bytes of the part, which has {end - begin}")


def described(files: Iterable[StoredFile], folder: str = "") -> dict[str, Any]:
    """What metadata say of files, in S3 or anywhere."""
    return {file.member: file.information(folder) for file in files}


def named(member: str, files: Iterable[StoredFile]) -> StoredFile | None:
    """The file that a member describes."""
    return next((file for file in files if file.member == member), None)


def put_later(region: RegionState, bucket: str, key: str, content: Content) -> None:
    """Write a file to a bucket, if there is such a bucket, once the operation is done."""
    neighbours = region.neighbours
    region.outbox.append(lambda: neighbours.put_s3_object(bucket, key, content.read()))
