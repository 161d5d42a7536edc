r"""Patterns: every one of the models is known, and means what an engine that knows ``\p{..}`` says."""

import re
import sys
import time
from collections.abc import Iterator
from functools import cache
from typing import Any
from unicodedata import category

import pytest
import regex
from botocore.loaders import Loader
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock.validation import UnknownPattern, compile_pattern
from tests.support.constraint_cases import SAMPLES

pytestmark = pytest.mark.model


def patterns_of(service: str) -> list[str]:
    shapes: dict[str, Any] = Loader().load_service_model(service, "service-2")["shapes"]
    return sorted({shape["pattern"] for shape in shapes.values() if "pattern" in shape})


OMICS = patterns_of("omics")
WITH_CATEGORIES = [pattern for pattern in OMICS if r"\p" in pattern]
ANY = r"[\p{L}||\p{M}||\p{Z}||\p{S}||\p{N}||\p{P}]+"
every_pattern = pytest.mark.parametrize("pattern", [*OMICS, *patterns_of("imagebuilder")])


@cache
def reference(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.V0 | regex.ASCII if r"\p" not in pattern else regex.V0)


def assigned() -> Iterator[str]:
    """Every code point below the supplementary planes that Unicode assigns, and a sample of those above."""
    for plane in (range(0x10000), range(0x10000, sys.maxunicode + 1, 61)):
        yield from (chr(point) for point in plane if category(chr(point)) not in ("Cn", "Cs"))


@every_pattern
def test_every_pattern_of_the_models_is_known(pattern: str) -> None:
    compile_pattern(pattern)


@pytest.mark.parametrize("pattern", WITH_CATEGORIES)
def test_single_characters_match_as_they_do_for_the_reference(pattern: str) -> None:
    prefix = "sha" if pattern.startswith("sha") else ""
    ours, theirs = compile_pattern(pattern), reference(pattern).fullmatch
    characters = list(assigned())
    assert len(characters) > 50_000
    assert [ascii(c) for c in characters if ours(prefix + c) != (theirs(prefix + c) is not None)] == []


assigned_text = st.text(st.characters(exclude_categories=["Cn", "Cs"])) | st.text("aé٣|_-. :/\t\n\x00\u00a0\u2028٠")


@every_pattern
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_text_matches_as_it_does_for_the_reference(pattern: str, data: st.DataObject) -> None:
    matching = st.nothing() if r"\p" in pattern else st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True)
    text = data.draw(assigned_text | matching)
    for candidate in (text, f"sha{text}", f"arn:{text}", f"s3://{text}"):
        assert compile_pattern(pattern)(candidate) == (reference(pattern).fullmatch(candidate) is not None)


@pytest.mark.parametrize("pattern", OMICS)
def test_the_sample_of_a_pattern_matches_and_its_spoilt_form_does_not(pattern: str) -> None:
    for length in (1, 20, 60):
        assert compile_pattern(pattern)(SAMPLES[pattern].good(length))
        assert not compile_pattern(pattern)(SAMPLES[pattern].bad(length))


@pytest.mark.parametrize("text", ["a", "a b", "a|b", "é", "naïve 🧬", "\u00a0", "日本", "a" * 300, "𐍈", "\u0301"])
def test_ordinary_text_matches(text: str) -> None:
    assert compile_pattern(ANY)(text)


@pytest.mark.parametrize("text", ["", "\n", "a\n", "a\tb", "\x00", "\u200b", "\ud800", "\ue000", "\u0378", "\x7f"])
def test_control_format_surrogate_private_and_unassigned_characters_do_not(text: str) -> None:
    assert not compile_pattern(ANY)(text)


def test_listed_escapes_match() -> None:
    assert compile_pattern(r"[\p{L}\t\n\r]+")("a\t\n\r")
    assert not compile_pattern(r"[\p{L}]+")("a\t")


def test_a_star_matches_nothing_too() -> None:
    assert compile_pattern(r"[\p{L}]*")("")
    assert compile_pattern(r"x-[\p{L}]*")("x-")


@pytest.mark.inferred
def test_a_pattern_matches_whole_values_in_ascii() -> None:
    digits = compile_pattern(r"^\d+$")
    assert digits("12")
    assert not any(map(digits, ["12\n", "a12", "٣"]))


@pytest.mark.inferred
@pytest.mark.parametrize("pattern", [r"\p{L}+", r"[^\p{L}]+", r"[\p{Lu}]+", r"[a-z&&[^b]]", r"\Qa\E", r"(", r"[\p{L}a]+"])
def test_an_unknown_construct_is_refused(pattern: str) -> None:
    with pytest.raises(UnknownPattern, match="no translation for the pattern"):
        compile_pattern(pattern)


@pytest.mark.inferred
@every_pattern
def test_no_pattern_takes_long_over_the_longest_value(pattern: str) -> None:
    matches = compile_pattern(pattern)
    start = time.perf_counter()
    for piece in ("a", "arn:", ":", "s3://a/", "1.", "a:arn:"):
        matches((piece * 2000)[:2000] + "\n")
    assert time.perf_counter() - start < 1
