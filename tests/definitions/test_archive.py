"""Definition archives: what is found, what is refused, and nothing ever unpacked to disk."""

import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock.definitions.archive import Archive, InvalidDefinition
from tests.support.workflows import archive

pytestmark = pytest.mark.inferred


def encrypted() -> bytes:
    """An archive whose one entry says it is encrypted."""
    content = bytearray(archive())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    return bytes(content)


def packed_otherwise() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as opened:
        opened.writestr("main.wdl", "version 1.0")
    return packed.getvalue()


def lying() -> bytes:
    """An archive whose directory declares less than its entry holds."""
    text = b"task a {\ntask b {\n" * 250
    content = bytearray(archive({"main.wdl": text}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = content.index(signature) + offset
        content[start : start + 4] = (9).to_bytes(4, "little")
        crc = zlib.crc32(text[:9]).to_bytes(4, "little")
        content[start - 8 : start - 4] = crc
    return bytes(content)


def read(content: bytes, engine: str | None = None, main: str | None = None) -> tuple[str, str]:
    found = Archive(content, engine, main)
    return found.engine, found.main


@pytest.mark.documented
@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"only.wdl": ""}, ("WDL", "only.wdl")),
        ({"deep/down/only.cwl": ""}, ("CWL", "deep/down/only.cwl")),
        ({"main.wdl": "", "other.wdl": "", "readme.md": ""}, ("WDL", "main.wdl")),
        ({"flow.nf": "", "modules/a.nf": ""}, ("NEXTFLOW", "flow.nf")),
    ],
)
def test_engine_and_main_are_found(files: dict[str, str], found: tuple[str, str]) -> None:
    assert read(archive(files)) == found


def test_no_entry_is_read_beyond_the_size_it_declares() -> None:
    assert Archive(lying(), None, None).source("main.wdl") == "task a {\n"


@pytest.mark.documented
def test_the_caller_decides_between_engines_and_mains() -> None:
    content = archive({"a.wdl": "", "b.wdl": "", "main.nf": ""})
    assert read(content, "WDL_LENIENT", "b.wdl") == ("WDL_LENIENT", "b.wdl")
    assert read(content, "NEXTFLOW", None) == ("NEXTFLOW", "main.nf")


@pytest.mark.parametrize(
    ("importer", "reference", "name"),
    [("main.wdl", "tasks/a.wdl", "tasks/a.wdl"), ("flows/x.wdl", "../tasks/a.wdl", "tasks/a.wdl"), ("d/x", "./y", "d/y")],
)
def test_references_lead_from_file_to_file(importer: str, reference: str, name: str) -> None:
    assert Archive(archive(), None, None).resolve(importer, reference) == name


@pytest.mark.parametrize(
    "reference", ["../a.wdl", "x/../../a.wdl", "..", "/etc/passwd", "file:///etc/passwd", "http://host/a.wdl", "HTTPS://host/a.wdl"]
)
def test_no_reference_leads_outside(reference: str) -> None:
    with pytest.raises(InvalidDefinition, match="outside the definition"):
        Archive(archive(), None, None).resolve("main.wdl", reference)


def test_only_so_much_is_parsed_however_often_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omics_mock.definitions.archive.MAX_SOURCE", 2500)
    opened = Archive(archive(), None, None)
    for _ in range(2):
        opened.source("main.wdl")
    with pytest.raises(InvalidDefinition, match="more than 2500 characters"):
        opened.source("main.wdl")


@pytest.mark.parametrize(
    ("content", "engine", "main", "message"),
    [
        (b"not a zip", None, None, "^Invalid zip file$"),
        (archive()[:-30], None, None, "^Invalid zip file$"),
        (encrypted(), None, None, "is encrypted"),
        (packed_otherwise(), None, None, "packed in a way that is not supported"),
        (archive({"/etc/main.wdl": ""}), None, None, "outside the archive"),
        (archive({"a/../../main.wdl": ""}), None, None, "outside the archive"),
        (archive({"..\\main.wdl": ""}), None, None, "outside the archive"),
        (archive({"C:main.wdl": ""}), None, None, "outside the archive"),
        (archive({"main.wdl": b"\0" * (8 << 20)}), None, None, "packed more than 200 to 1"),
        (archive({}), None, None, "no workflow file"),
        (archive({"a.wdl": "", "b.cwl": ""}), None, None, r"mixes engines \(CWL, WDL\)"),
        (archive({"a.wdl": "", "b.wdl": ""}), None, None, "specify main"),
        (archive({"x/a.wdl": "", "x/b.wdl": ""}), None, None, "none at the top level"),
        (archive(), "CWL", None, "no .cwl file"),
        (archive(), None, "other.wdl", "other.wdl is not in the definition"),
    ],
)
def test_what_can_not_become_a_workflow_says_why(content: bytes, engine: str | None, main: str | None, message: str) -> None:
    with pytest.raises(InvalidDefinition, match=message):
        read(content, engine, main)


def test_an_archive_of_too_many_entries_or_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = archive({f"f{number}.wdl": "" for number in range(5)})
    monkeypatch.setattr("omics_mock.definitions.archive.MAX_ENTRIES", 4)
    with pytest.raises(InvalidDefinition, match="more than 4 entries"):
        read(many, None, None)
    monkeypatch.setattr("omics_mock.definitions.archive.MAX_TOTAL_SIZE", 10)
    with pytest.raises(InvalidDefinition, match="more than 10 bytes"):
        read(archive({"main.wdl": "x" * 11}), None, None)
    monkeypatch.setattr("omics_mock.definitions.archive.MAX_TOTAL_SIZE", 100)
    monkeypatch.setattr("omics_mock.definitions.archive.MAX_FILE_SIZE", 10)
    with pytest.raises(InvalidDefinition, match="more than 10 bytes"):
        read(archive({"main.wdl": "x" * 11}), None, None)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_damaged_archive_is_read_or_refused_but_never_crashes(junk: bytes, at: int) -> None:
    whole = archive()
    damaged = whole[:at] + junk + whole[at + len(junk) :]
    try:
        assert read(damaged)[0] == "WDL"
    except InvalidDefinition:
        with zipfile.ZipFile(io.BytesIO(whole)) as intact:
            assert intact.testzip() is None
