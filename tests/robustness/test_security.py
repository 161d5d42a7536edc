"""What the page about security says and no other test holds."""

import ast
import http.client
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import omics_mock
from omics_mock.server import OmicsServer
from tests.support.servers import SIGNED, ask

PACKAGE = Path(omics_mock.__file__).parent
ROOT = PACKAGE.parent
PAGE = ROOT / "docs" / "explanation" / "security.md"
UNSAFE = {"pickle", "marshal", "shelve", "dill", "subprocess", "eval", "exec", "os.system"}
UNSAFE |= {"yaml.load", "yaml.load_all", "yaml.unsafe_load", "yaml.full_load"}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_is_unpickled_evaluated_or_loaded_unsafely(path: Path) -> None:
    used = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                used |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module)):
                used.add(module)
            case ast.Call(func=called):
                used.add(ast.unparse(called))
    assert used & UNSAFE == set()


def answered_to_a_page(server: OmicsServer) -> tuple[int, http.client.HTTPMessage]:
    status, headers, _ = ask(server.url, "GET", "/runGroup", headers={**SIGNED, "Origin": "https://elsewhere.example"})
    return status, headers


def test_web_pages_may_use_the_services() -> None:
    with OmicsServer() as server:
        status, headers = answered_to_a_page(server)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "https://elsewhere.example")


def test_the_server_listens_to_nobody_else_by_default() -> None:
    with OmicsServer() as server:
        assert urlsplit(server.url).hostname == "127.0.0.1"
        assert not server.reachable_from_outside


def test_the_tests_that_the_page_names_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 15
    assert {name for name in named if f"def {name}(" not in tests} == set()
    assert [path for path in re.findall(r"`(tests/[\w/]+\.py)`", text) if not (ROOT / path).is_file()] == []
