"""Every Python example of the README and the docs runs as it stands; every command named there exists."""

import asyncio
import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def examples(page: Path, language: str = "python") -> str:
    """The page's blocks in a language as one file, on the lines they have in the page."""
    text = page.read_text(encoding="utf-8")
    module = ""
    for block in FENCE.finditer(text):
        if block["language"] == language:
            first = text.count("\n", 0, block.start("code"))
            module += "\n" * (first - module.count("\n")) + block["code"]
    return module


def for_pytest(page: Path) -> bool:
    """Whether the examples are tests that only pytest can run, with fixtures and markers."""
    return "import pytest\n" in examples(page)


def needs_aiobotocore(page: Path) -> bool:
    """Whether the page is about aiobotocore, which has an environment of its own."""
    return "from aiobotocore" in examples(page)


@pytest.mark.parametrize("page", [page for page in PAGES if for_pytest(page)], ids=name)
def test_the_examples_of_the_page_run_under_pytest(page: Path, pytester: pytest.Pytester) -> None:
    pytester.makepyprojecttoml(examples(page, "toml"))
    pytester.makepyfile(test_page=examples(page))
    plugin = ("-p", "no:omics_mock", "-p", "omics_mock.pytest_plugin")  # the one of this folder, wherever one is installed
    result = pytester.runpytest_inprocess(*plugin, "-p", "no:asyncio", "-p", "no:cacheprovider", "--strict-markers", "-rA")
    passed = re.findall(r"^PASSED \S+::(\w+)", result.stdout.str(), re.MULTILINE)
    assert result.parseoutcomes() == {"passed": len(passed)}
    assert set(passed) == set(re.findall(r"def (test_\w+)", examples(page)))  # every one of them, in each of its cases


EXECUTED = [page for page in PAGES if examples(page) and not for_pytest(page) and not needs_aiobotocore(page)]


@pytest.mark.parametrize("page", EXECUTED, ids=name)
def test_the_examples_of_the_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_page(page, tmp_path, monkeypatch)


def run_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    namespace: dict[str, Any] = {"__name__": page.stem}
    exec(compile(examples(page), str(page), "exec"), namespace)
    for found in list(namespace.values()):
        if inspect.isfunction(found) and found.__name__.startswith("test_"):
            run(found)
        elif inspect.isclass(found) and found.__name__.startswith("Test"):
            for method in (m for m in dir(found) if m.startswith("test_")):
                run(getattr(found(), method))


def run(test: Callable[[], Any]) -> None:
    answer = test()
    if inspect.isawaitable(answer):

        async def finish() -> None:
            await answer

        asyncio.run(finish())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_links_of_the_page_lead_somewhere(page: Path) -> None:
    targets = [urlsplit(link["target"]) for link in LINK.finditer(page.read_text(encoding="utf-8"))]
    missing = [target.path for target in targets if not target.scheme and not (page.parent / target.path).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_the_make_targets_of_the_page_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = " ".join(re.findall(r"`[^`\n]+`|^make \w+", page.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", code)) <= targets
