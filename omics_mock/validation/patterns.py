r"""The patterns of a service model, as predicates.

They are written for Java: a value matches as a whole, ``\w`` and its like are ASCII, and classes may name Unicode
categories (``\p{L}``), which :mod:`re` does not know. Classes with categories become a look at each character.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Callable

# A literal, then one class of categories and single characters, repeated: [\p{L}||\p{N}\t]+
_CATEGORIES = re.compile(r"(?P<literal>[A-Za-z0-9_:/ -]*)\[(?P<members>(?:\\p\{[A-Z]\}|\\[tnr]|\|)+)\](?P<repeat>[+*])")
_ESCAPES = {r"\t": "\t", r"\n": "\n", r"\r": "\r"}
_JAVA_ONLY = re.compile(r"&&|\[\[|\\[pPQEhHRXGkz]")
_MAY_HAVE_LINE_ENDS = re.compile(r"\\[nsSDW]|\[\^|\n")

# A quick yes for whole strings. Each is exact in what it accepts; what it refuses is looked at closely.
_QUICK: dict[frozenset[str], Callable[[str], bool]] = {
    frozenset("LMZSNP"): str.isprintable,
    frozenset("LN"): str.isalnum,
}


class UnknownPattern(ValueError):
    """A pattern uses a construct that has no translation here."""


@cache
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """A predicate that is true of the strings which match ``pattern`` as a whole."""
    if found := _CATEGORIES.fullmatch(pattern):
        return _categories(found["literal"], found["members"], allow_empty=found["repeat"] == "*")
    if _JAVA_ONLY.search(pattern):
        raise UnknownPattern(f"no translation for the pattern {pattern!r}")
    try:
        match = re.compile(pattern, re.ASCII).fullmatch
    except re.error as error:
        raise UnknownPattern(f"no translation for the pattern {pattern!r}: {error}") from None
    if "." in pattern and not _MAY_HAVE_LINE_ENDS.search(pattern):
        # Else .+/.+ would look for a way around the end of a line from each slash of a long text.
        return lambda text: "\n" not in text and match(text) is not None
    return lambda text: match(text) is not None


def _categories(literal: str, members: str, *, allow_empty: bool) -> Callable[[str], bool]:
    majors = frozenset(re.findall(r"\\p\{([A-Z])\}", members))
    singles = frozenset(_ESCAPES.get(single, single) for single in re.findall(r"\\[tnr]|\|", members))
    quick: Callable[[str], bool] = _QUICK.get(majors, lambda text: False)

    def matches(text: str) -> bool:
        if literal:
            if not text.startswith(literal):
                return False
            text = text[len(literal) :]
        if not text:
            return allow_empty
        return quick(text) or all(category(character)[0] in majors or character in singles for character in text)

    return matches
