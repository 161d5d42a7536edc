"""The pytest plugin: fixtures, a marker, ini options, the calls of a failed test in its report, and a guard.

Until a test uses a mock, nothing else of this package is imported, and neither botocore nor moto.
PYTEST_DONT_REWRITE, for there are no assertions in it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from omics_mock.transports.import_hook import after_import

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient
    from pluggy import Result

    from omics_mock.mock import OmicsMock
    from omics_mock.recorded_calls import RecordedCalls
    from omics_mock.server import OmicsServer

M = TypeVar("M", bound="OmicsMock | OmicsServer")

MARKER = "omics_mock"
_OUTSIDE_TESTS = "outside any test"


@dataclass
class _Run:
    """What one run of pytest knows of itself."""

    patch: pytest.MonkeyPatch = field(default_factory=pytest.MonkeyPatch)
    place: str = _OUTSIDE_TESTS
    calls: RecordedCalls | None = None
    isolated: bool = False
    active: list[OmicsMock] = field(default_factory=list)
    """The mocks that fixtures and the marker have entered."""
    wider: list[tuple[OmicsMock, Mapping[str, Any]]] = field(default_factory=list)
    """Those of module and session scope among them, with their options."""

    def follow_mocks(self) -> None:
        """Record the calls, and make clients cheap. Comes with the first mock, when all of this is imported anyway."""
        from omics_mock.calls import Call, CallLog
        from omics_mock.recorded_calls import RecordedCalls
        from omics_mock.transports.under_pytest import make_clients_cheap

        recorded = self.calls = RecordedCalls()
        append = CallLog.append

        def append_and_record(log: CallLog, call: Call) -> None:
            append(log, call)
            recorded.add(call)

        self.patch.setattr(CallLog, "append", append_and_record)
        make_clients_cheap(self.patch)


_RUN = pytest.StashKey[_Run]()


# ---- options ---------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options: what mocks are like where no marker says otherwise, and the guard."""
    parser.addini("omics_mock_lifecycle", "lifecycle of the mocks: observed, immediate, frozen or seconds", "string", default="")
    parser.addini("omics_mock_seed", "seed of the mocks' ids: a number, or random", "string", default="")
    parser.addini("omics_mock_strict", "mocks assume nothing that the test did not create", "bool", default=False)
    parser.addini("omics_mock_guard", "requests to AWS HealthOmics outside a mock are errors", "bool", default=False)


def _ini_options(config: pytest.Config) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if lifecycle := config.getini("omics_mock_lifecycle"):
        options["lifecycle"] = _number(lifecycle, float)
    if seed := config.getini("omics_mock_seed"):
        options["seed"] = None if seed == "random" else _number(seed, int)
        if isinstance(options["seed"], str):
            raise pytest.UsageError(f"omics_mock_seed is a number or random, not {seed!r}")
    if config.getini("omics_mock_strict"):
        options["strict"] = True
    return options


def _number(text: str, kind: type[float] | type[int]) -> float | str:
    try:
        return kind(text)
    except ValueError:
        return text


def _options(node: pytest.Item | pytest.Collector) -> dict[str, Any]:
    """The options for a mock around ``node``: of its markers the closest wins, and any wins over the ini options."""
    options = _ini_options(node.config)
    for marker in reversed([*node.iter_markers(MARKER)]):
        for name, value in marker.kwargs.items():
            merged = name in ("rules", "quotas")
            options[name] = {**options.get(name, {}), **value} if merged else value
    return options


def _check(options: Mapping[str, Any], place: str) -> None:
    from omics_mock.mock import OmicsMock

    try:
        OmicsMock(**options)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{place}: {error}") from None


# ---- the run ---------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and wait for the first mock."""
    config.addinivalue_line("markers", f"{MARKER}(**options): mock AWS HealthOmics for the test, with the options of mock_omics")
    run = config.stash[_RUN] = _Run()
    after_import("omics_mock.transports.moto", run.follow_mocks)
    if config.getini("omics_mock_guard"):
        from omics_mock.transports.under_pytest import guard

        guard(run.patch, lambda: run.place)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave botocore as it was."""
    if run := config.stash.get(_RUN, None):  # none where another plugin stopped pytest early
        run.patch.undo()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse options that do not exist, before any test runs."""
    if options := _ini_options(session.config):
        _check(options, "the ini options of omics_mock")
    checked = set()
    for item in session.items:
        for node, marker in item.iter_markers_with_node(MARKER):
            place = f"{node.nodeid}: @pytest.mark.{MARKER}"
            if marker.args:
                raise pytest.UsageError(f"{place} takes its options by keyword, not {marker.args[0]!r}")
            if node not in checked:
                _check(marker.kwargs, place)
        checked.update(item.listchain()[:-1])


def pytest_collectstart(collector: pytest.Collector) -> None:
    """From here on modules are imported."""
    collector.config.stash[_RUN].place = f"collecting {collector.nodeid}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """From here on it is this test that makes the calls."""
    run = item.config.stash[_RUN]
    run.place = item.nodeid
    if run.calls:
        run.calls.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that passed, but for faults it did not use, has failed."""
    result = yield
    for mock in item.config.stash[_RUN].active:
        mock.faults.check()
    return result


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Result[pytest.TestReport], None]:
    """Show the calls of a test that failed."""
    report = (yield).get_result()
    calls = str(item.config.stash[_RUN].calls or "")
    if report.failed and calls:
        report.sections.append(("omics calls", calls))


# ---- fixtures --------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _omics_mock_restored(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test finds the mocks of wider scope as their own set-up left them: autouse, so ahead of the test's other fixtures."""
    wider = request.config.stash[_RUN].wider
    if not wider:
        yield
        return
    with ExitStack() as kept:
        for mock, _ in wider:
            mock.calls.clear()
            kept.enter_context(mock._live.kept())
        before = mock.snapshot()
        yield
        mock.restore(before)


@pytest.fixture(autouse=True)
def _omics_mock_marked(request: pytest.FixtureRequest, _omics_mock_restored: None) -> None:
    """The marker alone is enough, but where a mock of wider scope has the same options already."""
    if request.node.get_closest_marker(MARKER):
        wider = request.config.stash[_RUN].wider
        if not wider or wider[-1][1] != _options(request.node):
            request.getfixturevalue("omics_mock")


@contextmanager
def _isolated(run: _Run, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The developer's environment put aside by the outermost mock: inside it, what is set is set by the test."""
    if run.isolated:
        yield
        return
    from omics_mock.transports.under_pytest import isolate

    isolate(patch)
    run.isolated = True
    try:
        yield
    finally:
        run.isolated = False


@contextmanager
def _entered(run: _Run, entered: OmicsMock | OmicsServer, mock: OmicsMock) -> Iterator[None]:
    entered.start()
    run.active.append(mock)
    try:
        yield
    finally:
        run.active.remove(mock)
        entered.stop(passed=False)  # what its faults have to say was asked when the test had passed


@contextmanager
def _of_wider_scope(request: pytest.FixtureRequest, kind: type[M]) -> Iterator[M]:
    """A mock or a server that tests share."""
    run, options = request.config.stash[_RUN], _options(request.node)
    with pytest.MonkeyPatch.context() as patch, _isolated(run, patch):
        made: Any = kind(**options)
        mock = getattr(made, "omics", made)
        with _entered(run, made, mock):
            run.wider.append((mock, options))
            try:
                yield made
            finally:
                run.wider.remove((mock, options))


# The test's own `monkeypatch`: one that was there first would otherwise put the environment back in the wrong order.
@pytest.fixture
def omics_mock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[OmicsMock]:
    """A mock of AWS HealthOmics, and of all that moto mocks, for one test: an OmicsMock."""
    from omics_mock.mock import OmicsMock

    run, mock = request.config.stash[_RUN], OmicsMock(**_options(request.node))
    with _isolated(run, monkeypatch), _entered(run, mock, mock):
        yield mock


@pytest.fixture(scope="module")
def omics_mock_module(request: pytest.FixtureRequest) -> Iterator[OmicsMock]:
    """A mock for a module. What its tests do is undone after each; what fixtures of module scope made stays."""
    from omics_mock.mock import OmicsMock

    with _of_wider_scope(request, OmicsMock) as mock:
        yield mock


@pytest.fixture(scope="session")
def omics_mock_session(request: pytest.FixtureRequest) -> Iterator[OmicsMock]:
    """A mock from its first use until the tests end. What tests do is undone after each; what wider fixtures made stays."""
    from omics_mock.mock import OmicsMock

    with _of_wider_scope(request, OmicsMock) as mock:
        yield mock


@pytest.fixture
def omics_client(omics_mock: OmicsMock) -> OmicsClient:
    """A boto3 client inside ``omics_mock``, in us-east-1 unless the test has chosen a region."""
    return omics_mock.client()


@pytest.fixture(scope="module")
def omics_client_module(omics_mock_module: OmicsMock) -> OmicsClient:
    """A boto3 client inside ``omics_mock_module``."""
    return omics_mock_module.client()


@pytest.fixture(scope="session")
def omics_client_session(omics_mock_session: OmicsMock) -> OmicsClient:
    """A boto3 client inside ``omics_mock_session``."""
    return omics_mock_session.client()


# ---- servers ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def omics_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[OmicsServer]:
    """A running OmicsServer for one test, with ``url`` and ``client_kwargs()``."""
    from omics_mock.server import OmicsServer

    run, server = request.config.stash[_RUN], OmicsServer(**_options(request.node))
    with _isolated(run, monkeypatch), _entered(run, server, server.omics):
        yield server


@pytest.fixture(scope="module")
def omics_server_module(request: pytest.FixtureRequest) -> Iterator[OmicsServer]:
    """A running OmicsServer for a module. What its tests do is undone after each."""
    from omics_mock.server import OmicsServer

    with _of_wider_scope(request, OmicsServer) as server:
        yield server


@pytest.fixture(scope="session")
def omics_server_session(request: pytest.FixtureRequest) -> Iterator[OmicsServer]:
    """A running OmicsServer until the tests end; each xdist worker has its own. What tests do is undone after each."""
    from omics_mock.server import OmicsServer

    with _of_wider_scope(request, OmicsServer) as server:
        yield server
