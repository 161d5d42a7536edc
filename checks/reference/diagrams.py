"""States and the ways between them as SVG: columns from the first state to the last, long ways past the columns between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.sax.saxutils import escape

Way: TypeAlias = tuple[str, str]
Place: TypeAlias = tuple[int, str]
"""A column, and the state that is there or that a way past it leads to."""

_CHARACTER, _PADDING, _HEIGHT = 7.4, 22, 30
_BETWEEN_COLUMNS, _BETWEEN_ROWS, _MARGIN = 44, 18, 12

# Boxes bring their own background, and what is outside them is legible on white and on black: no theme is the wrong one.
_STYLE = """\
.state{fill:#1d4e89;stroke:none}
.end{fill:#4b5563}
text{fill:#fff;font:600 12px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;text-anchor:middle}
path{fill:none;stroke:#7b8794;stroke-width:1.6}
.asked{stroke-dasharray:5 4}
marker path{fill:#7b8794;stroke:none}"""

_POINTED = ' marker-end="url(#arrow)"'
_ARROW = """\
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M0 0L8 4L0 8z"/></marker></defs>"""


@dataclass(frozen=True)
class _Drawing:
    columns: Sequence[Sequence[str]]
    lefts: Sequence[float]
    widths: Sequence[float]
    rows: Mapping[Place, int]

    def middle(self, column: int, state: str) -> float:
        return _MARGIN + self.rows[column, state] * (_HEIGHT + _BETWEEN_ROWS) + _HEIGHT / 2

    @property
    def size(self) -> tuple[float, float]:
        return (
            self.lefts[-1] + self.widths[-1] + _MARGIN,
            (max(self.rows.values()) + 1) * (_HEIGHT + _BETWEEN_ROWS) - _BETWEEN_ROWS + 2 * _MARGIN,
        )


def svg(title: str, description: str, main: Sequence[str], ways: Mapping[Way, bool], ends: Iterable[str]) -> str:
    """The drawing. ``main`` is the line along the top; a way is dashed where it is true that it has to be asked for."""
    columns = _columns(main, ways)
    drawing = _laid_out(main, columns, ways)
    width, height = drawing.size
    name = "".join(character if character.isalnum() else "-" for character in title.lower())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"',
        f'role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-desc">{escape(description)}</desc>',
        f"<style>{_STYLE}</style>",
        _ARROW,
        *dict.fromkeys(piece for way, asked in ways.items() for piece in _pieces(drawing, columns, way, asked)),
        *(_box(drawing, state, column, state in ends) for state, column in columns.items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _columns(main: Sequence[str], ways: Mapping[Way, bool]) -> dict[str, int]:
    """In which column each state is: behind all that lead to it, but for ways back."""
    forward = _without_ways_back(main, ways)
    columns = {state: 0 for way in ways for state in way} | {state: number for number, state in enumerate(main)}
    for _ in columns:  # as often as the longest way can be long
        for before, after in forward:
            columns[after] = max(columns[after], columns[before] + 1)
    return columns


def _without_ways_back(main: Sequence[str], ways: Iterable[Way]) -> list[Way]:
    after: defaultdict[str, list[str]] = defaultdict(list)
    for start, end in ways:
        after[start].append(end)
    kept: list[Way] = []
    done: set[str] = set()

    def visit(state: str, around: tuple[str, ...]) -> None:
        for following in sorted(after[state], key=lambda state: state not in main):
            if following not in (*around, state):
                kept.append((state, following))
                if following not in done:
                    visit(following, (*around, state))
        done.add(state)

    for state in (*main, *(start for start, _ in ways)):
        if state not in done:
            visit(state, ())
    return kept


def _laid_out(main: Sequence[str], columns: Mapping[str, int], ways: Collection[Way]) -> _Drawing:
    """The main line along the top; below it the others, and the ways that pass a column, near where they come from."""
    count = max(columns.values()) + 1
    held: list[dict[str, float]] = [{} for _ in range(count)]  # with the column that each comes from
    for state, column in columns.items():
        held[column][state] = min((columns[start] for start, end in ways if end == state), default=column)
    for start, end in ways:
        for column in range(columns[start] + 1, columns[end]):
            held[column].setdefault(end, columns[start])
    rows: dict[Place, int] = {}
    for column, here in enumerate(held):
        free = 1
        for state in sorted(here, key=lambda state: (rows.get((column - 1, state), 99), columns[state] != column, state)):
            if state in main and columns[state] == column:
                rows[column, state] = 0
            else:
                before = [rows[column - 1, start] for start, end in ways if end == state and columns[start] == column - 1]
                rows[column, state] = free = max(free, rows.get((column - 1, state), 0), min(before, default=0))
                free += 1
    widths = [
        max((len(state) for state in columns if columns[state] == column), default=0) * _CHARACTER + _PADDING
        for column in range(count)
    ]
    lefts = [_MARGIN + sum(widths[:column]) + column * _BETWEEN_COLUMNS for column in range(count)]
    return _Drawing([list(here) for here in held], lefts, widths, rows)


def _pieces(drawing: _Drawing, columns: Mapping[str, int], way: Way, asked: bool) -> Iterator[str]:
    """The pieces of a way, from column to column: where two ways go on together, they have the same pieces."""
    start, end = way
    first, last = columns[start], columns[end]
    kind = ' class="asked"' if asked else ""
    if first >= last:
        yield f'<path{kind} d="{_back(drawing, first, start, last, end)}"{_POINTED}/>'
        return
    x, y = drawing.lefts[first] + drawing.widths[first], drawing.middle(first, start)
    for column in range(first + 1, last + 1):
        to_x, to_y = drawing.lefts[column], drawing.middle(column, end)
        bend, gap = (to_x - x) / 2, 2 * (column == last)
        piece = f"M{x:.0f} {y:.0f}C{x + bend:.0f} {y:.0f} {to_x - bend:.0f} {to_y:.0f} {to_x - gap:.0f} {to_y:.0f}"
        yield f'<path{kind} d="{piece}"{_POINTED if column == last else ""}/>'
        x, y = to_x + drawing.widths[column], to_y
        if column < last:
            yield f'<path{kind} d="M{to_x:.0f} {y:.0f}H{x:.0f}"/>'


def _back(drawing: _Drawing, first: int, start: str, last: int, end: str) -> str:
    """From the upper or lower side of one box to the opposite side of an earlier one."""
    x, y = drawing.lefts[first] + drawing.widths[first] / 2, drawing.middle(first, start)
    to_x, to_y = drawing.lefts[last] + drawing.widths[last] / 2, drawing.middle(last, end)
    up = y > to_y
    y, to_y = y + (-_HEIGHT if up else _HEIGHT) / 2, to_y + (_HEIGHT / 2 + 2 if up else -_HEIGHT / 2 - 2)
    return f"M{x:.0f} {y:.0f}C{x:.0f} {(y + to_y) / 2:.0f} {to_x:.0f} {(y + to_y) / 2:.0f} {to_x:.0f} {to_y:.0f}"


def _box(drawing: _Drawing, state: str, column: int, is_end: bool) -> str:
    x, y, width = drawing.lefts[column], drawing.middle(column, state), drawing.widths[column]
    return (
        f'<rect class="{"end" if is_end else "state"}" x="{x:.0f}" y="{y - _HEIGHT / 2:.0f}" width="{width:.0f}" '
        f'height="{_HEIGHT}" rx="{15 if is_end else 5}"/>'
        f'<text x="{x + width / 2:.0f}" y="{y + 4:.0f}">{state}</text>'
    )
