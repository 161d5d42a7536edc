"""The mock compared with what ``OMICS_MOCK_TARGET`` names: docs/how-to/compare-with-aws.md."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.verify.compare import Comparison, leftovers, target_of

COMPARISON = pytest.StashKey[Comparison]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--verify-report", type=Path, metavar="FILE", help="write the differences there, as Markdown or .json")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[COMPARISON] = Comparison(target_of(os.environ))


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    target = config.stash[COMPARISON].target
    return [f"comparing the mock with {' '.join(filter(None, (target.kind, target.account)))} in {target.region}"] if target else []


@pytest.fixture(scope="session")
def comparison(pytestconfig: pytest.Config) -> Iterator[Comparison]:
    comparison = pytestconfig.stash[COMPARISON]
    yield comparison
    if comparison.target:
        comparison.left = leftovers(comparison.target.client)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    comparison = config.stash[COMPARISON]
    if comparison.target:
        terminalreporter.section("the mock and its target")
        terminalreporter.write_line(comparison.markdown())
        for arn in comparison.left:
            terminalreporter.write_line(f"still there, please delete it: {arn}", red=True)
        path: Path | None = config.getoption("verify_report", None)
        if path:
            path.write_text(comparison.json() if path.suffix == ".json" else comparison.markdown() + "\n", encoding="utf-8")
