"""What the whole test suite shares: no skip goes unnoticed, and older botocores are tested with what they know."""

from collections.abc import Iterator

import pytest
from botocore.loaders import Loader

missing_operations: set[str] = set()
skipped: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="fail when a test was skipped, optional tools apart")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of operations that the installed botocore does not have."""
    known = Loader().load_service_model("omics", "service-2")["operations"]
    missing = {item: {m.args[0] for m in item.iter_markers("operation")} - known.keys() for item in items}
    missing_operations.update(*missing.values())
    if gone := [item for item in items if missing[item]]:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if not missing[item]]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "optional_tool" not in report.keywords and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.append(report.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    if session.config.getoption("--fail-on-skip") and skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if missing_operations:
        terminalreporter.write_line(f"not tested, as this botocore lacks them: {', '.join(sorted(missing_operations))}")
    if skipped and config.getoption("--fail-on-skip"):
        terminalreporter.write_line(f"skipped, which fails this run: {', '.join(skipped)}", red=True)
