"""``make bench``: every table and budget. Writes docs/performance.md; ends with 1 if a budget is exceeded by more than noise."""

from __future__ import annotations

import io
import platform
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

from benchmarks import calls, entering, growth
from benchmarks.measuring import Budget

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "performance.md"
BEGINS, ENDS = "<!-- numbers: made by `make bench` -->", "<!-- end of the numbers -->"


class _Twice(io.StringIO):
    """Shows what it keeps."""

    def write(self, text: str) -> int:
        print(text, end="", file=sys.__stdout__, flush=True)
        return super().write(text)


def page_with(numbers: str) -> str:
    """The page, with other numbers."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n```text\n{numbers.strip()}\n```\n\n{ENDS}{after}"


def main() -> int:
    """Measure everything."""
    parts: tuple[Callable[[], list[Budget]], ...] = (calls.main, entering.main, growth.main)
    with redirect_stdout(_Twice()) as shown:
        used = ", ".join(f"{name} {version(name)}" for name in ("moto", "boto3", "botocore", "responses"))
        print(f"Python {platform.python_version()}, {used}")
        budgets = [budget for part in parts for budget in part()]
        print("\nratios, median of the rounds")
        for budget in budgets:
            print(budget)
    if "--write" in sys.argv:
        PAGE.write_text(page_with(shown.getvalue()), encoding="utf-8")
    exceeded = [budget.what for budget in budgets if budget.is_exceeded]
    for what in exceeded:
        print(f"over budget: {what}", file=sys.stderr)
    return 1 if exceeded else 0


if __name__ == "__main__":
    sys.exit(main())
