"""What the whole test suite shares: no skip goes unnoticed, and older botocores are tested with what they know."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
from botocore.loaders import create_loader
from hypothesis import settings

# Now, or every test that runs pytest itself would import these anew.
from omics_mock import engine
from omics_mock.backends.dialect import omics_engine
from omics_mock.imagebuilder.dialect import imagebuilder_engine
from omics_mock.transports import moto as transport_of_moto
from omics_mock.validation import violations
from omics_mock.wire.model import Operation
from omics_mock.wire.serializer import project
from tests.support.transports import TRANSPORTS

transport_of_moto.install()  # as whoever enters a mock first does: tests run in any order

pytest_plugins = ["pytester"]

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

ENGINES = {"omics": omics_engine, "imagebuilder": imagebuilder_engine}

# They pin an older botocore, so they have environments of their own.
collect_ignore = ["aio"] if find_spec("aiobotocore") is None else ["aio/test_aioboto3.py"] if find_spec("aioboto3") is None else []

missing_operations: set[str] = set()
skipped: list[str] = []


@pytest.fixture(autouse=True, scope="session")
def transport(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every client that a test makes goes the way that ``--transport`` names."""
    with TRANSPORTS[request.config.getoption("--transport")]():
        yield


@pytest.fixture(autouse=True)
def answers_fit_their_shape() -> Iterator[None]:
    """Every answer given in any test keeps the constraints of its output shape, but for the listed deviations."""

    def projected(operation: Operation, record: Mapping[str, Any]) -> dict[str, Any]:
        answer = project(operation, record)
        for violation in violations(answer_of(operation))(answer):
            path = re.sub(r"\.[^.]+\.member", "", violation.partition(" at '")[2].partition("'")[0])
            deviations = ENGINES[operation.service]().dialect.outside_output_shape
            assert (operation.name, path) in deviations, f"{operation.name}: {violation}"
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "project", projected)
        yield


@cache
def answer_of(operation: Operation) -> Operation:
    """The operation with its output in place of its input, to be checked the same way."""
    return replace(operation, input=operation.output)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fail-on-skip", action="store_true", help="fail when a test was skipped, optional tools apart")
    parser.addoption("--transport", choices=TRANSPORTS, default="boto3", help="the way of the tests' clients to the mock")
    parser.addoption("--differential-examples", type=int, default=2, help="how often both ways are compared, for each operation")
    parser.addoption("--robust-examples", type=int, default=5, help="how long trouble is searched for in tests/robustness")


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes may have the time in them when they are compressed: the ids of tests are the same in every process."""
    return argname if isinstance(val, bytes) and not val.isascii() else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of operations and members that the installed botocore does not have."""
    known = {*known_to_botocore("omics"), *(f"imagebuilder:{name}" for name in known_to_botocore("imagebuilder"))}
    missing = {item: set(needed_by(item)) - known for item in items}
    missing_operations.update(*missing.values())
    if gone := [item for item in items if missing[item]]:
        config.hook.pytest_deselected(items=gone)
        items[:] = [item for item in items if not missing[item]]


def known_to_botocore(service: str) -> Iterator[str]:
    """The operations of a service, and the members of each (``"StartRun.cacheId"``)."""
    model = create_loader(os.environ.get("AWS_DATA_PATH")).load_service_model(service, "service-2")
    for name, operation in model["operations"].items():
        yield name
        for side in ("input", "output"):
            shape = model["shapes"].get(operation.get(side, {}).get("shape"), {})
            yield from (f"{name}.{member}" for member in shape.get("members", ()))


def needed_by(item: pytest.Item) -> Iterator[str]:
    """The operations and members (``"StartRun.cacheId"``, ``"imagebuilder:CreateWorkflow.dryRun"``) that a test is about."""
    for marker in item.iter_markers("operation"):
        yield from marker.args
    for marker in item.iter_markers("members_of"):
        params = item.callspec.params if isinstance(item, pytest.Function) else {}
        members: Any = params.get("members", {params.get("member"): None})
        yield from (f"{marker.args[0]}.{member}" for member in members)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and "optional_tool" not in report.keywords and not hasattr(report, "wasxfail"):
        skipped.append(report.nodeid)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.append(report.nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A process of pytest-xdist has ended: what it could not test is said once for all."""
    missing_operations.update(getattr(node, "workeroutput", {}).get("missing_operations", ()))


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["missing_operations"] = sorted(missing_operations)
    if session.config.getoption("--fail-on-skip") and skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if missing_operations:
        terminalreporter.write_line(f"not tested, as this botocore lacks them: {', '.join(sorted(missing_operations))}")
    if skipped and config.getoption("--fail-on-skip"):
        terminalreporter.write_line(f"skipped, which fails this run: {', '.join(skipped)}", red=True)
