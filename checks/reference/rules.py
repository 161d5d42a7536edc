"""The rules: one switch for each point where the sources are silent or contradict each other."""

from collections.abc import Iterator

from checks.reference.markdown import Pages, code, listed, page
from omics_mock.rules import RULES, Rule

_BEGINNING = """\
One switch for each point where the sources are silent or contradict each other. `mock_omics(rules={"part_size": 1024})` chooses;
`omics.rules` is the same, live. What an inner mock chooses ends with it. `strict=True` takes the side named under "strict" unless
a rule is chosen; a rule without one has no side that refuses more. An unknown rule or value is a `ValueError` that lists the
known ones. [Inferred decisions](inferred.md) lists what has no switch.
"""


def pages() -> Pages:
    """The page as the rules have it."""
    sections = (part for name, rule in sorted(RULES.items()) for part in (f"## `{name}`", *_section(rule)))
    return {"rules.md": page("Rules", _BEGINNING, *sections)}


def side(value: object) -> str:
    """One of a rule's values."""
    return code(value) if value != "" else '`""`'


def _section(rule: Rule) -> Iterator[str]:
    yield f"Decides {rule.decides}."
    yield "\n".join(_facts(rule))


def _facts(rule: Rule) -> Iterator[str]:
    values = f"any number of bytes up to {rule.largest:,}" if rule.largest else ", ".join(map(side, rule.values))
    yield f"- values: {values}"
    yield f"- default: {side(rule.default)}"
    if rule.strict is not None:
        yield f"- strict: {listed([rule.strict])}"
    yield f"- why: {rule.why}"
    yield f"- source: {rule.source}"
