"""Write the reference pages, or tell with ``--check`` which of them are stale."""

import re
import sys
from pathlib import Path

from checks.reference import command_line, coverage, errors, events, inferred, lifecycles, operations, plugin, quotas, rules
from checks.reference.markdown import GENERATED, Pages

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
_VERSION = re.compile(r"botocore \d[\w.]*")


def all_pages() -> Pages:
    """Every generated file, by its path below docs/reference."""
    modules = (operations, lifecycles, events, quotas, rules, inferred, errors, plugin, command_line, coverage)
    return {path: text for module in modules for path, text in module.pages().items()}


def stale(pages: Pages) -> list[str]:
    """What is not as the code has it, or is there although the code has it no longer; botocore's version alone is no matter."""
    wrong = [path for path, text in pages.items() if _without_version(_read(path)) != _without_version(text)]
    return sorted([*wrong, *(path for path in _generated() if path not in pages)])


def write(pages: Pages) -> None:
    """Put every page in its place, and remove those that the code no longer has."""
    for path, text in pages.items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text, encoding="utf-8")
    for path in _generated():
        if path not in pages:
            (FOLDER / path).unlink()


def _generated() -> list[str]:
    files = [path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.*")]
    return [path for path in files if _read(path).startswith(GENERATED.strip())]


def _read(path: str) -> str:
    return (FOLDER / path).read_text(encoding="utf-8") if (FOLDER / path).exists() else ""


def _without_version(text: str) -> str:
    return _VERSION.sub("botocore", text)


def main(arguments: list[str]) -> int:
    """Write, or check."""
    pages = all_pages()
    if arguments != ["--check"]:
        write(pages)
        return 0
    wrong = stale(pages)
    if wrong:
        print("Stale: python -m checks.reference writes these anew:", *wrong, sep="\n  ", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
