"""Bytes in memory up to a limit and in a temporary file beyond it, read as if they were one string of bytes."""

import io
import os
import tempfile
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock.content import Content, Payload, Spool, Stream

FEW = 10
PIECES = st.lists(st.binary(max_size=8), max_size=6)
LIMITS = st.integers(0, 24)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[IO[bytes]]:
    """The temporary files opened during the test."""
    opened: list[IO[bytes]] = []
    open_ = tempfile.TemporaryFile

    def remembered(*args: Any, **kwargs: Any) -> IO[bytes]:
        opened.append(open_(*args, **kwargs))
        return opened[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", remembered)
    return opened


@pytest.fixture(params=["at once", "in turns"])
def io_of_the_platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows can neither read nor write at a position."""
    if request.param == "in turns":
        monkeypatch.delattr(os, "pread", raising=False)
        monkeypatch.delattr(os, "pwrite", raising=False)


def size_of(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def kept(pieces: list[bytes], limit: int) -> Content:
    spool = Spool(limit)
    return Content.joined([spool.keep(piece) for piece in pieces])


# ---- the spool -----------------------------------------------------------------------------------------------------


def test_nothing_is_written_while_there_is_room_in_memory(files: list[IO[bytes]]) -> None:
    spool = Spool(FEW)
    contents = [spool.keep(b"a" * 4), spool.keep(b"b" * 6), spool.keep(b"")]
    assert [content.read() for content in contents] == [b"aaaa", b"bbbbbb", b""]
    assert files == []


@pytest.mark.usefixtures("io_of_the_platform")
def test_what_does_not_fit_goes_to_one_temporary_file(files: list[IO[bytes]]) -> None:
    spool = Spool(FEW)
    contents = [spool.keep(bytes([number]) * 4) for number in range(5)]
    assert [content.read() for content in contents] == [bytes([number]) * 4 for number in range(5)]
    assert [size_of(file) for file in files] == [12]


def test_room_in_memory_comes_back_with_what_is_let_go(files: list[IO[bytes]]) -> None:
    spool = Spool(FEW)
    for _ in range(5):
        assert spool.keep(b"a" * FEW).read() == b"a" * FEW
    assert files == []


@pytest.mark.usefixtures("io_of_the_platform")
def test_the_file_begins_anew_once_nothing_in_it_is_in_use(files: list[IO[bytes]]) -> None:
    spool = Spool(0)
    first, second = spool.keep(b"first"), spool.keep(b"second")
    del first
    third = spool.keep(b"third")
    assert size_of(files[0]) == 16
    assert (second.read(), third.read()) == (b"second", b"third")
    del second, third
    assert spool.keep(b"last").read() == b"last"
    assert [size_of(file) for file in files] == [4]


def test_the_file_stays_for_as_long_as_anything_in_it_and_then_is_gone(files: list[IO[bytes]]) -> None:
    content = Spool(0).keep(b"kept beyond its spool")
    part = content.open(5, 11)
    del content
    assert part.read() == b"beyond"
    assert not files[0].closed
    del part
    assert files[0].closed


def test_the_file_has_no_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = Spool(0).keep(b"nameless")
    assert content.read() == b"nameless"
    if os.name == "posix":
        assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_written_takes_no_space(files: list[IO[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError("no space left on device")

    spool = Spool(0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full, raising=False)
        with suppress(OSError):
            spool.keep(b"lost")
    assert spool.keep(b"kept").read() == b"kept"
    assert size_of(files[0]) == 4


def test_a_long_write_is_made_in_as_many_goes_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, data, offset: write(descriptor, data[:3], offset))
    assert Spool(0).keep(b"more than three bytes").read() == b"more than three bytes"


def test_what_is_kept_beyond_the_limit_is_not_in_memory() -> None:
    spool = Spool(1 << 20)
    tracemalloc.start()
    try:
        contents = [spool.keep(os.urandom(1 << 20)) for _ in range(9)]
        held, _ = tracemalloc.get_traced_memory()
        assert 1 << 20 <= held < 2 << 20
        tracemalloc.reset_peak()
        assert sum(len(chunk) for content in contents for chunk in content.chunks()) == 9 << 20
        assert tracemalloc.get_traced_memory()[1] < held + (4 << 20)
    finally:
        tracemalloc.stop()


@pytest.mark.usefixtures("io_of_the_platform")
def test_many_threads_keep_and_read_at_once(files: list[IO[bytes]]) -> None:
    spool = Spool(1000)

    def use(number: int) -> bool:
        data = bytes([number % 256]) * (number % 37 + 1)
        content = spool.keep(data)
        middle = len(data) // 2
        return content.read() == data and content.read(middle) == data[middle:]

    with ThreadPoolExecutor(16) as pool:
        lasting = list(pool.map(lambda number: spool.keep(number.to_bytes(2) * 20), range(200)))
        assert all(pool.map(use, range(1500)))
    assert [content.read() for content in lasting] == [number.to_bytes(2) * 20 for number in range(200)]
    assert len(files) == 1


def test_a_file_is_kept_from_where_it_stands() -> None:
    file = io.BytesIO(b"read before, kept")
    file.seek(13)
    assert Spool(0).keep_all(file).read() == b"kept"


def test_the_digest_of_a_payload_is_made_once() -> None:
    payload = Payload(b"abc")
    assert payload.sha256.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert payload.sha256 is payload.sha256
    assert len(payload) == 3


# ---- contents and streams ------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(PIECES, LIMITS, st.integers(0, 60), st.none() | st.integers(0, 60))
def test_any_section_reads_like_that_of_bytes(pieces: list[bytes], limit: int, start: int, stop: int | None) -> None:
    content, whole = kept(pieces, limit), b"".join(pieces)
    assert content.length == len(whole)
    assert content.read(start, stop) == whole[start:stop]
    assert content.open(start, stop).length == len(whole[start:stop])
    assert b"".join(content.chunks()) == whole


def _steps() -> st.SearchStrategy[tuple[str, Any]]:
    sizes = st.none() | st.integers(-1, 20)
    return st.one_of(
        st.tuples(st.just("read"), sizes),
        st.tuples(st.just("read1"), st.integers(0, 20)),
        st.tuples(st.just("readinto"), st.integers(0, 20)),
        st.tuples(st.just("readline"), st.just(-1)),
        st.tuples(st.just("seek"), st.tuples(st.integers(0, 60), st.just(os.SEEK_SET))),
        st.tuples(st.just("seek"), st.tuples(st.integers(-60, 0), st.just(os.SEEK_END))),
        st.tuples(st.just("next"), st.none()),
    )


@settings(max_examples=60, deadline=None)
@given(PIECES, LIMITS, st.integers(0, 60), st.integers(0, 60), st.lists(_steps(), max_size=12))
def test_a_stream_does_what_a_file_of_those_bytes_does(
    pieces: list[bytes], limit: int, start: int, stop: int, steps: list[tuple[str, Any]]
) -> None:
    stream = kept(pieces, limit).open(start, stop)
    file = io.BufferedReader(io.BytesIO(b"".join(pieces)[start:stop]))

    def do(one: Any, name: str, value: Any) -> object:
        match name:
            case "seek":
                return one.seek(*value)
            case "next":
                return next(one, None)
            case "readinto":
                buffer = bytearray(value)
                return one.readinto(buffer), buffer
            case "read1":  # hands out what it likes: but in the end all of it
                return b"".join(iter(lambda: one.read1(value), b"")) if value else b""
        return getattr(one, name)(value)

    for name, value in steps:
        assert do(stream, name, value) == do(file, name, value), name
        assert stream.tell() == file.tell()
    assert stream.read() == file.read()


def test_a_stream_has_what_botocore_and_urllib3_ask_for() -> None:
    stream = kept([b"some ", b"by", b"tes"], 4).open(2, 9)
    assert stream.readable()
    assert stream.seekable()
    assert not stream.writable()
    assert stream.length == 7
    assert list(stream.stream(3)) == [b"me ", b"byt", b"e"]
    stream.seek(0)
    assert list(stream.stream(3, decode_content=False)) == [b"me ", b"byt", b"e"]
    stream.close()
    with pytest.raises(ValueError):
        stream.read()


def test_lines_are_read_across_pieces() -> None:
    assert list(kept([b"@r", b"\nAC", b"GT\n+\nI", b"III"], 3).open()) == [b"@r\n", b"ACGT\n", b"+\n", b"IIII"]


def test_streams_of_one_content_do_not_disturb_each_other() -> None:
    content = kept([b"0123", b"4567"], 4)
    one, other = content.open(), content.open(4)
    assert (one.read(2), other.read(2), one.read(4), other.read()) == (b"01", b"45", b"2345", b"67")


def test_joining_copies_nothing() -> None:
    spool = Spool(4 << 20)
    contents = [spool.keep(os.urandom(1 << 20)) for _ in range(4)]
    tracemalloc.start()
    try:
        whole = Content.joined([*contents, Content.joined(contents)])
        assert tracemalloc.get_traced_memory()[1] < 1 << 16
    finally:
        tracemalloc.stop()
    assert whole.length == 8 << 20


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("temporary")
def test_a_content_as_a_file_is_gone_afterwards() -> None:
    with kept([b"some ", b"bytes"], 100).as_file("reads.bam") as path:
        assert (path.name, path.read_bytes()) == ("reads.bam", b"some bytes")
        beside = path.with_name("reads.bam.bai")
        beside.write_bytes(b"written by a library")
    assert not path.exists()
    assert not beside.exists()


@pytest.mark.usefixtures("temporary")
def test_a_content_as_a_file_is_gone_after_an_exception_too() -> None:
    with pytest.raises(ZeroDivisionError), kept([b"bytes"], 100).as_file() as path:
        assert path.exists()
        raise ZeroDivisionError
    assert not path.exists()


def test_nothing_is_beyond_the_end() -> None:
    content = kept([b"a", b"bc"], 2)
    assert [content.read_at(at, 2) for at in (0, 2, 3, 9)] == [b"a", b"c", b"", b""]


def test_an_empty_content_reads_as_nothing() -> None:
    content = Content.joined([])
    assert (content.length, content.read(), list(content.chunks())) == (0, b"", [])
    assert isinstance(content.open(), Stream)
    assert content.open(5, 2).read() == b""
