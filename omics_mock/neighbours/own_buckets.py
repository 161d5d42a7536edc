"""Buckets of the service's own, in which it shows its files. What nobody has looked at is not made an object of yet."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from moto.core.utils import utcnow
from moto.s3.models import FakeBucket, FakeKey, S3Backend
from moto.s3.utils import _VersionedKeyStore

from omics_mock.content import Content
from omics_mock.neighbours import SERVICE_ACCOUNT, Offered

changing = threading.RLock()  # moto's S3 has no lock of its own; a reset takes this one after moto's for all backends


class _Unwritten(NamedTuple):
    """What is to be an object, and since when."""

    content: Content
    tagging: str
    """Its tags, as in S3's header of this name."""
    since: datetime

    @property
    def tags(self) -> dict[str, str]:
        """Its tags by their keys."""
        return dict(parse_qsl(self.tagging, keep_blank_values=True, errors="surrogatepass"))


class OwnBucket(FakeBucket):
    """A bucket that is filled when somebody looks into it: a hundred thousand read sets need not be as many of moto's keys."""

    __module__ = FakeBucket.__module__  # moto lists its resources by the module, and forgets them at a reset
    is_created = FakeBucket.is_created

    def __init__(self, name: str, region: str, s3: S3Backend) -> None:
        self._s3 = s3
        self._unwritten: dict[str, _Unwritten] = {}
        super().__init__(name, SERVICE_ACCOUNT, region)

    @property
    def keys(self) -> _VersionedKeyStore:
        """The objects, as moto looks at them."""
        if self._unwritten:
            with changing:
                for key, unwritten in self._unwritten.items():
                    self._write(key, unwritten)
                self._unwritten.clear()
        return self._written

    @keys.setter
    def keys(self, keys: _VersionedKeyStore) -> None:
        self._written = keys

    def offer(self, key: str, content: Content, tags: Mapping[str, str]) -> None:
        """Show a file. Its bytes are not copied."""
        with changing:
            self._unwritten[key] = _Unwritten(content, urlencode(tags, errors="surrogatepass"), utcnow())

    def withdraw(self, key: str) -> None:
        """Show it no longer."""
        with changing:
            self._unwritten.pop(key, None)
            if (shown := self._written.get(key)) is not None:
                self._s3.tagger.delete_all_tags_for_resource(shown.arn)
                self._written.pop(key)

    def withdraw_all(self) -> None:
        """Show nothing any more."""
        with changing:
            for key in (*self._unwritten, *self._written):
                self.withdraw(key)

    def retag(self, key: str, tags: Mapping[str, str]) -> None:
        """Give what is shown other tags."""
        with changing:
            if (unwritten := self._unwritten.get(key)) is not None:
                self._unwritten[key] = unwritten._replace(tagging=urlencode(tags, errors="surrogatepass"))
            elif (shown := self._written.get(key)) is not None:
                self._tag(shown, tags)

    def offered(self, key: str) -> Offered | None:
        """What is shown under a key."""
        if (unwritten := self._unwritten.get(key)) is not None:
            return Offered(unwritten.content, unwritten.tags)
        shown = self._written.get(key)
        file: object = getattr(shown, "_value_buffer", None)
        if not isinstance(file, _SharedFile) or file.content is None:
            return None
        return Offered(file.content, self._s3.tagger.get_tag_dict_for_resource(shown.arn))

    def _write(self, key: str, unwritten: _Unwritten) -> None:
        shown = FakeKey(key, b"", SERVICE_ACCOUNT, self.region_name, version_id="null", bucket_name=self.name)
        shown._value_buffer.close()
        shown._value_buffer = _SharedFile(unwritten.content)  # type: ignore[assignment]  # as much of a file as moto asks for
        shown.contentsize = unwritten.content.length
        shown.last_modified = unwritten.since
        self._tag(shown, unwritten.tags)
        self._written.setlist(key, [shown])

    def _tag(self, key: FakeKey, tags: Mapping[str, str]) -> None:
        self._s3.tagger.delete_all_tags_for_resource(key.arn)
        self._s3.tagger.tag_resource(key.arn, self._s3.tagger.convert_dict_to_tags_input(dict(tags)))


class _SharedFile:
    """A content as one of moto's keys reads it: several threads at once, each from the start, and not all with the key's lock."""

    def __init__(self, content: Content) -> None:
        self.content: Content | None = content
        self._streams = threading.local()

    def seek(self, offset: int) -> None:
        if self.content is None:
            raise ValueError("the object is gone")
        self._streams.own = self.content.open(offset)

    def read(self, size: int = -1) -> bytes:
        found: bytes = self._streams.own.read(size)
        return found

    def close(self) -> None:
        """Let the bytes go: moto remembers every key until it is reset."""
        self.content = None
        self._streams = threading.local()
