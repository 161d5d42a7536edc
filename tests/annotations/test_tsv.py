"""Rows are read against a schema, with the options of a job."""

import gzip
from typing import Any

import pytest

from omics_mock.annotations import FileFormat, InvalidFile
from tests.support.sequences import kept

pytestmark = pytest.mark.inferred


def of(*types: str, **options: Any) -> FileFormat:
    return FileFormat("TSV", [{f"column{number}": kind} for number, kind in enumerate(types)], options)


def refusal(expected: FileFormat, content: bytes) -> str:
    with pytest.raises(InvalidFile) as caught:
        expected.check(kept(content, 10))
    return str(caught.value)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("STRING", ["", "a", "1", '"quoted"', "ü"], []),
        ("INT", ["", "0", "-1", "+1", "2147483647", "-2147483648"], ["2147483648", "-2147483649", "1.0", "1_0", " 1", "x", "٣"]),
        ("LONG", ["9223372036854775807", "-9223372036854775808"], ["9223372036854775808", "1e3", "9" * 5000]),
        ("FLOAT", ["", "1", "-1.5", ".5", "5.", "1e-3", "2.E5", "NaN", "-Infinity", "inf"], ["x", "1,5", "1_0", "e5", "."]),
        ("DOUBLE", ["1e400", "0.1"], ["1.2.3", "true"]),
        ("BOOLEAN", ["", "true", "False", "TRUE"], ["1", "yes", "t"]),
    ],
)
def test_values_are_of_the_type_of_their_column(kind: str, good: list[str], bad: list[str]) -> None:
    for value in good:
        of("STRING", kind).check(kept(f"a\t{value}\n".encode()))
    for value in bad:
        assert "row 2 of the TSV file has" in refusal(of("STRING", kind), f"a\t\na\t{value}\n".encode())


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"", {}),
        (b"a\t1\n\nb\t2", {}),
        (b"a\t1\r\nb\t2\r\n", {}),
        (gzip.compress(b"a\t1\n"), {}),
        (b"a,1\n", {"sep": ","}),
        (b"a\t1\n", {"sep": r"\t"}),
        (b"a::1\nb::2\n", {"sep": "::"}),
        (b"a\t1|b\t2|", {"lineSep": "|"}),
        (b"a\t1||b\t2", {"lineSep": "||"}),
        (b"name\tnumber\na\t1\n", {"header": True}),
        (b"#a comment with\ttabs\tin it\na\t1\n", {"comment": "#"}),
        (b"'a\tb'\t1\n", {"quote": "'"}),
        (b'"a\tb"\t"1"\n', {}),
        (b'"line\nbreak"\t1\n', {}),
        (b'"a\\"\tb"\t1\n', {"escape": "\\"}),
        ("ä\t1\n".encode("latin-1"), {"encoding": "ISO-8859-1"}),
        ("ä\t1\n".encode("utf-16"), {"encoding": "utf-16"}),
        (b'"a"\t1\n', {"quoteAll": True, "escapeQuotes": True}),
    ],
)
def test_rows_are_taken_apart_as_the_options_say(content: bytes, options: dict[str, Any]) -> None:
    of("STRING", "LONG", **options).check(kept(content, 3))


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (b"a\n", {}, "row 1 of the TSV file has 1 columns instead of 2"),
        (b"a\t1\nb\t2\t3\n", {}, "row 2 of the TSV file has 3 columns instead of 2"),
        (b"name\n", {"header": True}, "row 1 of the TSV file has 1 columns instead of 2"),
        (b"a\t1\n", {"sep": ","}, "1 columns instead of 2"),
        (b"#a comment\na\t1\n", {}, "row 1"),
        (b"a\t1\nb\t2\rc\t3\n", {}, "can not be read with these options"),
        (b"a\t1\n", {"sep": "\n"}, "TSV file"),
        (b"a\t" + b"1" * 200_000, {}, "can not be read with these options"),
        (b"\xe4\t1\n", {}, "not text in the encoding utf-8"),
        (b"a\t1\n", {"encoding": "none"}, "not text in the encoding none"),
        (gzip.compress(b"a\t1\n")[:-5], {}, "compressed data is cut off or damaged"),
    ],
)
def test_what_is_not_as_the_options_say_is_refused(content: bytes, options: dict[str, Any], why: str) -> None:
    assert why in refusal(of("STRING", "LONG", **options), content)


def test_without_a_schema_rows_are_of_one_width() -> None:
    of().check(kept(b"a\tb\nc\td\n"))
    assert "row 2 of the TSV file has 1 columns instead of 2" in refusal(of(), b"a\tb\nc\n")


@pytest.mark.parametrize("options", [{}, {"header": True, "sep": "::"}, {"lineSep": ";"}])
def test_a_sample_passes_its_own_check(options: dict[str, Any]) -> None:
    for types in ((), ("STRING", "INT", "LONG", "FLOAT", "DOUBLE", "BOOLEAN")):
        files = of(*types, **options)
        files.check(kept(files.sample()))


def test_a_line_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omics_mock.annotations.lines._LONGEST_LINE", 100)
    assert "more than 100 characters" in refusal(of("STRING"), b"a" * 101)
