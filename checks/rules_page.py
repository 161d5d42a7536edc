"""Write docs/reference/rules.md from the rules themselves. The tests tell when it is to be written again."""

from collections.abc import Iterator
from pathlib import Path

from omics_mock.rules import RULES, Rule

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "rules.md"

BEGINNING = """\
# Rules

One switch for each point where the sources are silent or contradict each other. `mock_omics(rules={"part_size": 1024})` chooses;
`omics.rules` is the same, live. What an inner mock chooses ends with it. `strict=True` takes the side named under "strict" unless
a rule is chosen; a rule without one has no side that refuses more. An unknown rule or value is a `ValueError` that lists the
known ones. `python -m checks.rules_page` writes this page.
"""


def page() -> str:
    """The page as the rules have it."""
    return BEGINNING + "".join(f"\n## `{name}`\n\n" + "\n".join(_lines(rule)) + "\n" for name, rule in sorted(RULES.items()))


def _lines(rule: Rule) -> Iterator[str]:
    values = f"any number of bytes up to {rule.largest:,}" if rule.largest else ", ".join(map(_code, rule.values))
    yield f"Decides {rule.decides}.\n"
    yield f"- values: {values}"
    yield f"- default: {_code(rule.default)}"
    if rule.strict is not None:
        yield f"- strict: {_code(rule.strict)}"
    yield f"- why: {rule.why}"
    yield f"- source: {rule.source}"


def _code(value: object) -> str:
    return f"`{value}`" if value != "" else '`""`'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
