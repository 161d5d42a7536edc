"""Texts that make a regular expression try everything: its own characters, repeated, before an end that does not match."""

import re
from collections.abc import Iterator
from itertools import islice
from re import _constants as constants  # what the standard library parses patterns into
from re import _parser as parser
from typing import Any

TAILS = ("\0", "!", "\n", "")
_BY_CATEGORY = {
    constants.CATEGORY_DIGIT: "1",
    constants.CATEGORY_SPACE: " ",
    constants.CATEGORY_WORD: "a",
    constants.CATEGORY_NOT_DIGIT: "a",
    constants.CATEGORY_NOT_SPACE: "a",
    constants.CATEGORY_NOT_WORD: " ",
}


def texts(pattern: str, flags: int, length: int) -> Iterator[str]:
    """Texts of at most that length, for every repetition in the pattern and for every character of it."""
    parsed = parser.parse(pattern, flags)
    begun = dict.fromkeys((prefix, pumped) for prefix, pumped in _pumps(list(parsed), "") if pumped)
    whole = _example(list(parsed))
    begun.update(dict.fromkeys(("", character) for character in {*whole, *" \ta1\"'\\{(/:-_.@%*"}))
    begun["", whole or "a"] = None
    for prefix, pumped in begun:
        room = max(0, length - len(prefix) - 1)
        for tail in TAILS:
            yield (prefix + pumped * (room // len(pumped)) + tail)[:length]


def _pumps(items: list[Any], prefix: str) -> Iterator[tuple[str, str]]:
    """What leads to a repetition, and what it repeats."""
    for item in items:
        kind, argument = item
        if kind in (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT):
            _, most, body = argument
            if most > 1:
                for example in _examples(list(body)):
                    yield prefix, example
                    yield prefix + _example(items[items.index(item) :])[:50], example
            yield from _pumps(list(body), prefix)
        elif kind is constants.SUBPATTERN:
            yield from _pumps(list(argument[3]), prefix)
        elif kind is constants.ATOMIC_GROUP:
            yield from _pumps(list(argument), prefix)
        elif kind is constants.BRANCH:
            for branch in argument[1]:
                yield from _pumps(list(branch), prefix)
        elif kind in (constants.ASSERT, constants.ASSERT_NOT):
            yield from _pumps(list(argument[1]), prefix)
        prefix += _example([item])


def _examples(items: list[Any]) -> list[str]:
    """Some texts that match; one for each choice at the outermost."""
    if len(items) == 1:
        kind, argument = items[0]
        if kind is constants.BRANCH:
            return [_example(list(branch)) for branch in argument[1]]
        if kind is constants.SUBPATTERN:
            return _examples(list(argument[3]))
        if kind is constants.IN:
            return list(islice(_members(argument), 4))
    return [_example(items)]


def _example(items: list[Any]) -> str:
    """A text that matches, as far as that is simple."""
    return "".join(_one(kind, argument) for kind, argument in items)


def _one(kind: Any, argument: Any) -> str:
    match kind:
        case constants.LITERAL:
            return chr(int(argument))
        case constants.NOT_LITERAL:
            return "b" if argument == ord("a") else "a"
        case constants.ANY:
            return "a"
        case constants.IN:
            return next(_members(argument), "a")
        case constants.MAX_REPEAT | constants.MIN_REPEAT | constants.POSSESSIVE_REPEAT:
            fewest: int = argument[0]
            return _example(list(argument[2])) * max(1, min(fewest, 20))
        case constants.SUBPATTERN:
            return _example(list(argument[3]))
        case constants.ATOMIC_GROUP:
            return _example(list(argument))
        case constants.BRANCH:
            return _example(list(argument[1][0]))
    return ""


def _members(argument: list[Any]) -> Iterator[str]:
    if argument[0][0] is constants.NEGATE:
        negated = re.compile("[^" + "".join(re.escape(character) for character in _members(argument[1:])) + "]")
        yield from (character for character in "a1 -/:" if negated.match(character))
        return
    for kind, found in argument:
        if kind is constants.LITERAL:
            yield chr(found)
        elif kind is constants.RANGE:
            yield chr(found[0])
        elif kind is constants.CATEGORY:
            yield _BY_CATEGORY[found]
