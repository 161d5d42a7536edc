"""All of a server's state as one body, there and back."""

import stat
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile, ZipInfo

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock.server import OmicsControl, OmicsServer, archive
from tests.support.servers import ask
from tests.support.workflows import start_run

ZIP = {"Content-Type": "application/zip"}


@pytest.fixture
def server() -> Iterator[OmicsServer]:
    with OmicsServer() as running:
        yield running


def client(server: OmicsServer) -> Any:
    return boto3.client("omics", **server.client_kwargs())


def test_state_is_taken_to_another_time(server: OmicsServer, tmp_path: Path) -> None:
    remote, run = OmicsControl(server.url), start_run(client(server))
    remote.dump(tmp_path / "state")
    remote.reset()
    assert client(server).list_runs()["items"] == []
    remote.load(tmp_path / "state")
    assert [item["id"] for item in client(server).list_runs()["items"]] == [run]


def test_a_body_is_what_a_state_goes_in(server: OmicsServer) -> None:
    client(server).create_run_group(name="group")
    status, headers, body = ask(server.url, "GET", "/omics-mock/state", headers={})
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    OmicsControl(server.url).reset()
    assert ask(server.url, "PUT", "/omics-mock/state", body, ZIP)[0] == 200
    assert [group["name"] for group in client(server).list_run_groups()["items"]] == ["group"]


def zipped(*entries: tuple[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as opened:
        for name, content in entries:
            opened.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return packed.getvalue()


def packed_otherwise() -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_BZIP2) as opened:
        opened.writestr("a", b"a")
    return packed.getvalue()


def link() -> bytes:
    packed, entry = BytesIO(), ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with ZipFile(packed, "w") as opened:
        opened.writestr(entry, "/etc/passwd")
    return packed.getvalue()


BROKEN = {
    "no archive": (b"no archive", "not a zip file"),
    "nothing": (b"", "not a zip file"),
    "a way out": (zipped(("../outside", b"a")), "no name of a file in it"),
    "a way out inside": (zipped(("a/../../outside", b"a")), "no name of a file in it"),
    "an absolute path": (zipped(("/outside", b"a")), "no name of a file in it"),
    "a drive": (zipped(("C:outside", b"a")), "no name of a file in it"),
    "a backslash": (zipped(("..\\outside", b"a")), "no name of a file in it"),
    "a file as a folder": (zipped(("a", b"a"), ("a/b", b"b")), "no archive of a dump"),
    "a bomb": (zipped(("zeros", bytes(64 << 20))), "too many for an archive"),
    "a link": (link(), "is a link"),
    "another packing": (packed_otherwise(), "packed in a way that is not supported"),
    "a flipped byte": (zipped(("a", b"a" * 1000)).replace(b"a\x4b", b"b\x4b", 1)[:-30], "no archive of a dump"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_archive_of_a_dump_is_refused_and_changes_nothing(server: OmicsServer, case: str) -> None:
    client(server).create_run_group(name="group")
    body, complaint = BROKEN[case]
    status, _, answered = ask(server.url, "PUT", "/omics-mock/state", body, ZIP)
    assert (status, complaint in answered.decode()) == (400, True), answered
    assert len(client(server).list_run_groups()["items"]) == 1


def test_a_damaged_state_is_refused_without_a_word_on_where_it_was_unpacked(server: OmicsServer) -> None:
    client(server).create_run_group(name="group")
    status, _, answered = ask(server.url, "PUT", "/omics-mock/state", zipped(("anything", b"a")), ZIP)
    assert status == 400
    assert b"omics-mock.json is missing or no file" in answered
    assert gettempdir().encode() not in answered
    assert len(client(server).list_run_groups()["items"]) == 1


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    for body, _ in BROKEN.values():
        with pytest.raises(ValueError, match="no archive"):
            archive.unpack(body, inside)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_files_twice_and_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(("a", b"a"), ("a", b"b"))
    with pytest.raises(ValueError, match="is there twice"):
        archive.unpack(twice, tmp_path)
    monkeypatch.setattr(archive, "MAX_ENTRIES", 1)
    with pytest.raises(ValueError, match="more than 1"):
        archive.unpack(zipped(("a", b"a"), ("b", b"b")), tmp_path)


@settings(max_examples=20)
@given(files=st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8}){0,2}\.bin", fullmatch=True), st.binary(), max_size=5))
def test_a_folder_comes_back_as_it_went(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> None:
    before, after = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("after")
    for name, content in files.items():
        (before / name).parent.mkdir(parents=True, exist_ok=True)
        (before / name).write_bytes(content)
    archive.unpack(archive.pack(before), after)
    assert {path.relative_to(after).as_posix(): path.read_bytes() for path in after.rglob("*.bin")} == files
