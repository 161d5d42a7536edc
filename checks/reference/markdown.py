"""What pages are made of."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

Pages: TypeAlias = Mapping[str, str]
"""The text of files, by their paths below docs/reference."""

GENERATED = "<!-- Written from the code by `python -m checks.reference`: change that, not this. -->\n\n"


def page(title: str, *parts: str) -> str:
    """A whole page: parts are paragraphs, tables and sections."""
    return GENERATED + "\n\n".join((f"# {title}", *(part.strip() for part in parts if part.strip()))) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table whose columns of nothing but numbers stand to the right."""
    cells = [[str(cell) for cell in row] for row in rows]
    numbers = [all(re.fullmatch(r"[\d,]*", row[column]) for row in cells) for column in range(len(header))]
    lines = [header, ["---:" if number else "---" for number in numbers], *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def code(value: object) -> str:
    """Something literal, fit for a table's cell."""
    text = str(value).replace("|", r"\|")
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def listed(values: Iterable[object]) -> str:
    """Literal things, one after the other."""
    return ", ".join(map(code, values))


def sentence(text: str) -> str:
    """Prose of a docstring as Markdown in a cell: on one line, with literals as such."""
    return re.sub(r"``(.+?)``", r"`\1`", " ".join(text.split())).replace("|", r"\|")


def anchor(heading: str) -> str:
    """What a code host and the site call the heading in a link."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-")


def count(many: int, noun: str) -> str:
    """So many of something."""
    return f"{many:,} {noun}{'' if many == 1 else 's'}"
