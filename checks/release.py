"""What a release has to be: one version everywhere, and archives that hold what they should.

`python checks/release.py` compares the versions, with `--tag v1.2.3` also with the tag that is to be released.
`python checks/release.py DIST WHEEL` looks at an sdist and the wheel made from it in the folder DIST, and compares that wheel with
WHEEL, made from the checkout.
"""

import argparse
import re
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
IN_WHEEL = ("omics_mock/__init__.py", "omics_mock/py.typed", "omics_mock/backends/ready2run.csv", ".dist-info/licenses/LICENSE")
IN_SDIST = (
    "CHANGELOG.md",
    "CITATION.cff",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "INVARIANTS.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "SECURITY.md",
    "docs/index.md",
    "noxfile.py",
    "omics_mock/py.typed",
    "pyproject.toml",
    "tests/conftest.py",
)


def versions(root: Path = ROOT) -> dict[str, str]:
    """The version that each file names. Until the first release, the changelog's is in its section Unreleased."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+\S*)\]", changelog, re.MULTILINE)
    in_the_making = re.findall(r"(\d+\.\d+\.\d+), in the making", changelog)
    citation = re.findall(r'^version: "?([^"\s]+)"?$', (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        "pyproject.toml": tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"],
        "CHANGELOG.md": next(iter((*in_the_making, *released)), "none"),
        "CITATION.cff": next(iter(citation), "none"),
    }


def is_dated(version: str, root: Path = ROOT) -> bool:
    """Whether the changelog's newest section is the version's, with the day of its release and nothing before it unreleased."""
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    entries = [section for section in sections if not re.fullmatch(r"\[Unreleased\]\s*", section)]
    return bool(entries) and re.match(rf"\[{re.escape(version)}\] - \d{{4}}-\d{{2}}-\d{{2}}\n", entries[0]) is not None


def problems(dist: Path, direct: Path) -> Iterator[str]:
    """What is wrong with the archives of a folder."""
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    with tarfile.open(sdist) as opened:
        names = [name.partition("/")[2] for name in opened.getnames()]
    yield from (f"{sdist.name} lacks {wanted}" for wanted in IN_SDIST if wanted not in names)
    yield from (f"{sdist.name} has {name}" for name in names if "__pycache__" in name or name.endswith(".pyc"))
    built, made = content(wheel), content(direct)
    yield from (f"{wheel.name} lacks {wanted}" for wanted in IN_WHEEL if not any(name.endswith(wanted) for name in built))
    yield from (f"{wheel.name} has {name}" for name in built if not name.startswith(("omics_mock/", "omics_mock-")))
    differing = sorted(name for name in {*built, *made} if built.get(name) != made.get(name))
    yield from (f"{name} of the wheel from the sdist is not that of the wheel from the checkout" for name in differing)


def content(wheel: Path) -> dict[str, bytes]:
    """The files of a wheel."""
    with ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tag")
    parser.add_argument("dist", nargs="?", type=Path)
    parser.add_argument("wheel", nargs="?", type=Path)
    asked = parser.parse_args()
    named = versions()
    found = [f"versions differ: {named}"] if len(set(named.values())) > 1 else []
    if asked.tag is not None:
        version = named["pyproject.toml"]
        found += [f"the tag {asked.tag} is not v{version}"] if asked.tag != f"v{version}" else []
        found += [] if is_dated(version) else [f"CHANGELOG.md does not begin with ## [{version}] - and a day"]
    if asked.dist is not None and asked.wheel is not None:
        found += problems(asked.dist, asked.wheel)
    if found:
        sys.exit("\n".join(found))


if __name__ == "__main__":
    main()
