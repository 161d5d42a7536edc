"""Every link within a built site leads to a file and, if it names one, to a place in it: ``python -m checks.links FOLDER``."""

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class _Page(HTMLParser):
    """What a page links to, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "id" or (tag == "a" and name == "name")):
                self.places.add(value)
            elif value and name in ("href", "src"):
                self.links.add(value)


def broken(site: Path) -> Iterator[str]:
    """The links that lead nowhere, each with the page it is on. What is outside the site is not asked for."""
    for path in sorted(site.rglob("*.html")):
        for link in sorted(_read(path).links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                yield f"{path.relative_to(site)}: {link} is no file"
            elif parts.fragment and target.suffix == ".html" and not _is_there(unquote(parts.fragment), target):
                yield f"{path.relative_to(site)}: {link} is no place in it"


@cache
def _read(path: Path) -> _Page:
    return _Page(path.read_text(encoding="utf-8"))


def _is_there(place: str, path: Path) -> bool:
    return place in _read(path).places


if __name__ == "__main__":
    found = [*broken(Path(sys.argv[1]).resolve())]
    sys.exit("\n".join(found) or 0)
