"""Definition archives: what is found, what is refused, and nothing ever unpacked to disk."""

import hashlib
import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omics_mock.definitions.archive import Definition, InvalidDefinition, read
from tests.support.workflows import archive


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def encrypted() -> bytes:
    """An archive whose one entry says it is encrypted."""
    content = bytearray(archive())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    return bytes(content)


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


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"only.wdl": ""}, ("WDL", "only.wdl", ())),
        ({"deep/down/only.cwl": "class: Workflow"}, ("CWL", "deep/down/only.cwl", ())),
        ({"main.wdl": "", "other.wdl": "", "readme.md": ""}, ("WDL", "main.wdl", ())),
        ({"flow.nf": "", "modules/a.nf": "process A {\n}"}, ("NEXTFLOW", "flow.nf", ("A",))),
        ({"a.wdl": "task one {\n}\n  task two{\n}\n#task three {\n"}, ("WDL", "a.wdl", ("one", "two"))),
        ({"main.nf": "process A {\n}\n/*\nprocess B {\n}*/\n"}, ("NEXTFLOW", "main.nf", ("A",))),
        ({"main.cwl": "class: Workflow", "tool.cwl": "class: CommandLineTool"}, ("CWL", "main.cwl", ("tool",))),
    ],
)
def test_engine_main_and_tasks_are_found(files: dict[str, str], found: tuple[str, str, tuple[str, ...]]) -> None:
    engine, main, tasks = found
    assert read(archive(files), None, None) == Definition(engine, main, tasks, digest(archive(files)))


def test_no_entry_is_read_beyond_the_size_it_declares() -> None:
    assert read(lying(), None, None).tasks == ("a",)


def test_the_caller_decides_between_engines_and_mains() -> None:
    content = archive({"a.wdl": "task t {", "b.wdl": "", "main.nf": ""})
    assert read(content, "WDL_LENIENT", "b.wdl") == Definition("WDL_LENIENT", "b.wdl", ("t",), digest(content))
    assert read(content, "NEXTFLOW", None).main == "main.nf"


@pytest.mark.parametrize(
    ("content", "engine", "main", "message"),
    [
        (b"not a zip", None, None, "^Invalid zip file$"),
        (archive()[:-30], None, None, "^Invalid zip file$"),
        (encrypted(), None, None, "is encrypted"),
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
        assert read(damaged, None, None).engine == "WDL"
    except InvalidDefinition:
        with zipfile.ZipFile(io.BytesIO(whole)) as intact:
            assert intact.testzip() is None
