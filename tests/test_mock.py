"""Entering, leaving and steering the mock."""

import asyncio
import inspect
import io
import os
import time
import unittest
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from omics_mock import OmicsMock, mock_omics, settings

pytest_plugins = ["pytester"]


def zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.wdl", "version 1.0\nworkflow hello { input { String name } }\n")
    return archive.getvalue()


def client() -> Any:
    return boto3.client("omics", region_name="us-east-1")


def create(name: str = "hello") -> str:
    workflow: str = client().create_workflow(name=name, definitionZip=zipped())["id"]
    return workflow


def names() -> list[str]:
    return [item["name"] for item in client().list_workflows()["items"]]


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    environment = dict(os.environ)
    session = boto3.DEFAULT_SESSION
    yield
    assert settings.depth() == 0
    assert {k: v for k, v in os.environ.items() if k.startswith("AWS")} == {
        k: v for k, v in environment.items() if k.startswith("AWS")
    }
    assert boto3.DEFAULT_SESSION is session
    with pytest.raises(RuntimeError, match="no mock is active"):
        OmicsMock.current()


# ---- every form of entering ------------------------------------------------------------------------------------------


def test_each_call_of_a_decorated_function_starts_empty() -> None:
    @mock_omics
    def work(name: str, *, times: int = 1) -> list[str]:
        """Works."""
        for _ in range(times):
            create(name)
        return names()

    assert work("a", times=2) == ["a", "a"]
    assert work("b") == ["b"]
    assert (work.__name__, work.__doc__) == ("work", "Works.")
    assert list(inspect.signature(work).parameters) == ["name", "times"]


def test_a_decorated_function_may_call_itself() -> None:
    @mock_omics
    def descend(depth: int) -> list[str]:
        create(str(depth))
        return descend(depth - 1) if depth else names()

    assert sorted(descend(2)) == ["0", "1", "2"]


@mock_omics(lifecycle="immediate")
def test_options_reach_a_decorated_function() -> None:
    assert client().get_workflow(id=create())["status"] == "ACTIVE"


@mock_omics()
async def test_a_coroutine_function_is_mocked_while_it_runs() -> None:
    await asyncio.sleep(0)
    create()
    assert names() == ["hello"]
    assert inspect.iscoroutinefunction(test_a_coroutine_function_is_mocked_while_it_runs)


@pytest.fixture
@mock_omics
def fixture_that_returns() -> str:
    return create()


@pytest.fixture
@mock_omics(seed=3)
def fixture_that_yields(tmp_path: object) -> Iterator[str]:
    yield create("from the fixture")
    assert names() == ["from the fixture"]


@pytest.fixture
@mock_omics
async def fixture_that_yields_later() -> AsyncIterator[str]:
    await asyncio.sleep(0)
    yield create("from the fixture")
    await asyncio.sleep(0)
    assert names() == ["from the fixture"]


def test_a_fixture_function_is_mocked_while_it_runs(fixture_that_returns: str) -> None:
    assert fixture_that_returns.isdecimal()


def test_a_generator_fixture_is_mocked_until_its_test_ends(fixture_that_yields: str) -> None:
    assert names() == ["from the fixture"]


async def test_an_async_generator_fixture_is_mocked_until_its_test_ends(fixture_that_yields_later: str) -> None:
    assert names() == ["from the fixture"]


def test_static_and_class_methods_are_decorated_below_or_above() -> None:
    class Tools:
        @mock_omics
        @staticmethod
        def first() -> list[str]:
            create()
            return names()

        @classmethod
        @mock_omics
        def second(cls) -> list[str]:
            create()
            return names()

    assert Tools.first() == Tools().second() == ["hello"]


def test_decorating_a_fixture_from_above_says_what_to_do() -> None:
    with pytest.raises(TypeError, match=r"below @pytest\.fixture"):
        mock_omics(fixture_that_returns)


async def test_the_async_context_manager() -> None:
    async with mock_omics() as omics:
        create()
        assert [call.operation for call in omics.calls] == ["CreateWorkflow"]


def test_start_reset_and_stop() -> None:
    omics = mock_omics()
    assert omics.start() is omics
    create()
    omics.reset()
    assert names() == []
    omics.stop()
    assert [call.operation for call in omics.calls] == ["ListWorkflows"]
    with pytest.raises(RuntimeError, match="without start"):
        omics.stop()


# ---- classes ---------------------------------------------------------------------------------------------------------


def outcome(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    return result


def test_a_test_case_shares_its_state_with_set_up_and_tear_down() -> None:
    seen: list[tuple[str, list[str]]] = []

    class Base(unittest.TestCase):
        def setUp(self) -> None:
            self.addCleanup(lambda: seen.append(("clean-up", names())))
            create("from setUp")
            OmicsMock.current().clock.advance(60)
            self.began = OmicsMock.current().clock.now()

        def tearDown(self) -> None:
            seen.append(("tear-down", names()))

        def test_inherited(self) -> None:
            assert OmicsMock.current().clock.now() >= self.began
            create("inherited")

    @mock_omics
    class Case(Base):
        def test_own(self) -> None:
            create("own")

    result = outcome(Case)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])
    assert sorted(seen, key=lambda entry: entry[1][1]) == [
        ("tear-down", ["from setUp", "inherited"]),
        ("clean-up", ["from setUp", "inherited"]),
        ("tear-down", ["from setUp", "own"]),
        ("clean-up", ["from setUp", "own"]),
    ]


def test_an_async_test_case_is_mocked() -> None:
    @mock_omics(lifecycle="immediate")
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            self.workflow = create()

        async def test_it(self) -> None:
            await asyncio.sleep(0)
            assert client().get_workflow(id=self.workflow)["status"] == "ACTIVE"

    result = outcome(Case)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


def test_a_plain_class_works_without_a_test_runner() -> None:
    class Base:
        def setup_method(self) -> None:
            create("from set-up")

        def test_inherited(self) -> list[str]:
            return names()

    @mock_omics
    class Case(Base):
        constant = 1

        def test_own(self) -> list[str]:
            return [*self.helper(), str(len(OmicsMock.current().calls))]

        def helper(self) -> list[str]:
            return names()

        @staticmethod
        def untouched() -> int:
            return settings.depth()

    case: Any = Case()
    case.setup_method()
    assert case.test_own() == ["from set-up", "2"]
    case.setup_method()
    assert case.test_inherited() == ["from set-up"]
    assert case.helper() == []
    assert case.untouched() == 0
    assert Case.constant == 1


def test_set_up_and_tear_down_may_be_called_twice() -> None:
    @mock_omics
    class Case:
        def setup_method(self) -> None:
            create("from set-up")

        def teardown_method(self) -> None:
            seen.append(settings.depth())

        def test_it(self) -> list[str]:
            self.setup_method()
            found = names()
            self.teardown_method()
            return found

        class Within:
            def test_it(self) -> list[str]:
                return names()

    seen: list[int] = []
    case = Case()
    case.setup_method()
    assert case.test_it() == ["from set-up", "from set-up"]
    assert settings.depth() == 0
    case.teardown_method()
    assert seen == [1, 0]
    assert Case.Within().test_it() == []


def test_a_decorated_mixin_is_mocked_until_the_test_ends() -> None:
    @mock_omics
    class Mixin:
        def setUp(self) -> None:
            create("mixed in")

    class Case(Mixin, unittest.TestCase):
        def test_it(self) -> None:
            assert names() == ["mixed in"]

    result = outcome(Case)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])


def test_a_set_up_that_fails_leaves_nothing_behind() -> None:
    @mock_omics
    class Case:
        def setup_method(self) -> None:
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        Case().setup_method()
    assert settings.depth() == 0


def test_classes_under_pytest(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import unittest, boto3, pytest
        from omics_mock import mock_omics, OmicsMock, settings

        def client():
            return boto3.client("omics", region_name="us-east-1")

        def calls():
            return [call.operation for call in OmicsMock.current().calls]

        class Base:
            def test_inherited(self):
                client().list_workflows()
                assert calls() == ["ListRuns", "GetWorkflow", "ListWorkflows"]

        @mock_omics
        class TestPlain(Base):
            def setup_method(self, method):
                assert method.__name__.startswith("test_")
                client().list_runs()

            @pytest.fixture(autouse=True)
            def used(self):
                with pytest.raises(Exception):
                    client().get_workflow(id="1234567")
                yield
                client().list_workflows()

            def test_own(self):
                assert calls() == ["ListRuns", "GetWorkflow"]

            async def test_async(self):
                assert calls() == ["ListRuns", "GetWorkflow"]

            def teardown_method(self):
                assert calls()[-1] == "ListWorkflows"

        @mock_omics
        class TestWithoutSetUp:
            @pytest.fixture
            def listed(self):
                client().list_runs()
                yield
                client().list_runs()

            @pytest.mark.parametrize("number", [1, 2])
            def test_it(self, listed, number):
                assert calls() == ["ListRuns"]

        @mock_omics
        class TestCase(unittest.TestCase):
            def setUp(self):
                client().list_runs()

            def test_it(self):
                assert calls() == ["ListRuns"]

            @unittest.skip("not today")
            def test_skipped(self):
                raise AssertionError

        def test_nothing_is_mocked_afterwards():
            assert settings.depth() == 0
        """
    )
    options = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=7, skipped=1)


# ---- nesting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("outer", "inner"), [(mock_aws, mock_omics), (mock_omics, mock_aws), (mock_omics, mock_omics)])
def test_nested_mocks_share_their_resources(outer: Callable[[], Any], inner: Callable[[], Any]) -> None:
    with outer():
        create("outer")
        OmicsMock.current().clock.advance(3600)
        then = OmicsMock.current().clock.now()
        with inner():
            assert OmicsMock.current().clock.now() >= then
            create("inner")
            assert names() == ["outer", "inner"]
        assert OmicsMock.current().clock.now() >= then
        assert names() == ["outer", "inner"]
    with outer():
        assert names() == []


def test_the_options_of_an_inner_mock_end_with_it() -> None:
    with mock_omics() as outer:
        with mock_omics(lifecycle="immediate") as inner:
            assert OmicsMock.current() is inner
            assert client().get_workflow(id=create())["status"] == "ACTIVE"
            assert len(inner.calls) == 2
        assert OmicsMock.current() is outer
        assert len(outer.calls) == 0
        assert client().get_workflow(id=create())["status"] == "CREATING"


@pytest.mark.parametrize("outer", [mock_aws, mock_omics])
def test_an_inner_mock_cannot_have_another_seed_or_clock(outer: Callable[[], Any]) -> None:
    with outer():
        for options in ({"seed": 5}, {"now": "2020-01-01"}):
            with pytest.raises(ValueError, match="outermost"):
                mock_omics(**options).start()


def test_moto_s_own_decorator_combines_with_ours() -> None:
    @mock_aws
    @mock_omics(lifecycle="immediate")
    def work() -> str:
        status: str = client().get_workflow(id=create())["status"]
        return status

    assert work() == "ACTIVE"


def test_mocks_may_be_stopped_in_another_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION)  # moto restores it only in the usual order
    first, second = mock_omics().start(), mock_omics().start()
    first.stop()
    create()
    second.stop()


# ---- leaving everything as it was ------------------------------------------------------------------------------------


def test_an_exception_restores_state_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    with pytest.raises(ZeroDivisionError), mock_omics():
        create()
        assert os.environ["AWS_ACCESS_KEY_ID"] == "FOOBARKEY"
        _ = 1 / 0
    assert (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]) == ("", "mine")
    with mock_omics():
        assert names() == []


def test_a_test_may_delete_the_fake_credentials() -> None:
    with mock_omics():
        del os.environ["AWS_ACCESS_KEY_ID"]
    with mock_omics():
        assert names() == []


def test_the_environment_s_region_and_session_stay_untouched() -> None:
    with mock_omics() as omics:
        assert "AWS_DEFAULT_REGION" not in os.environ
        assert omics.client().meta.region_name == "us-east-1"


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lifecicle": "immediate"}, TypeError, "no option lifecicle; it has lifecycle, seed, now"),
        ({"lifecycle": "sometimes"}, ValueError, "observed, immediate, frozen"),
        ({"rules": {"nonsense": "x"}}, ValueError, "unknown rule 'nonsense'; known: "),
        ({"quotas": {"Maximum nonsense": 1}}, ValueError, "unknown quota"),
        ({"now": "yesterday"}, ValueError, "yesterday"),
    ],
)
def test_a_wrong_option_is_refused_readably(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        mock_omics(**options).start()


def test_options_go_by_keyword() -> None:
    with pytest.raises(TypeError, match="by keyword"):
        mock_omics("immediate")  # type: ignore[call-overload]  # refused by types too


# ---- steering --------------------------------------------------------------------------------------------------------


def test_the_current_mock_is_there_under_plain_mock_aws() -> None:
    with mock_aws():
        create()
        omics = OmicsMock.current()
        assert omics.calls.only.operation == "CreateWorkflow"
        assert omics.calls.of("CreateWorkflow").only is omics.calls.only
        with pytest.raises(AssertionError, match="expected one call"):
            _ = omics.calls.of("GetWorkflow").only
        omics.lifecycle("workflow", "immediate")
        assert client().get_workflow(id=create())["status"] == "ACTIVE"


def test_ids_repeat_with_the_seed() -> None:
    def one(**options: Any) -> str:
        with mock_omics(**options):
            return create()

    assert one() == one() == one(seed=0)
    assert one() != one(seed=7)


def test_the_clock_can_be_pinned_and_advanced() -> None:
    with mock_omics(now="2026-01-01") as omics:
        omics.clock.advance(timedelta(days=1))
        assert client().get_workflow(id=create())["creationTime"] == datetime(2026, 1, 2, tzinfo=UTC)
        omics.reset()
        assert omics.clock.now() == datetime(2026, 1, 1, tzinfo=UTC)


@mock_omics(lifecycle="frozen")
def test_resources_are_moved_by_hand() -> None:
    omics = OmicsMock.current()
    east, west = omics.client(), omics.client(region="us-west-2")
    first = east.create_workflow(name="first", definitionZip=zipped())
    second = west.create_workflow(name="second", definitionZip=zipped())
    omics.advance(first["id"], to="ACTIVE")
    assert east.get_workflow(id=first["id"])["status"] == "ACTIVE"
    assert west.get_workflow(id=second["id"])["status"] == "CREATING"
    omics.finish_all()
    assert west.get_workflow(id=second["id"])["status"] == "ACTIVE"
    with pytest.raises(LookupError, match="7654321"):
        omics.advance("7654321", to="ACTIVE")


@mock_omics
def test_lifecycles_are_chosen_by_kind() -> None:
    omics = OmicsMock.current()
    omics.lifecycle("workflow", "frozen")
    workflow = create()
    assert {client().get_workflow(id=workflow)["status"] for _ in range(3)} == {"CREATING"}
    with pytest.raises(ValueError, match="known: .*workflow_version"):
        omics.lifecycle("wrkflow", "frozen")
    with pytest.raises(ValueError, match="observed"):
        omics.lifecycle("workflow", "sometimes")


def test_rules_and_quotas_are_live() -> None:
    with mock_omics() as omics:
        omics.quotas["Maximum workflows"] = 1
        create()
        with pytest.raises(client().exceptions.ServiceQuotaExceededException):
            create()
        with pytest.raises(ValueError, match="known"):
            omics.rules["nonsense"] = "x"


def test_a_mock_that_never_ran_says_so() -> None:
    with pytest.raises(RuntimeError, match="never started"):
        _ = mock_omics().calls


def test_skipping_sleep_moves_the_clock_instead() -> None:
    real = time.sleep, asyncio.sleep
    with mock_omics(skip_sleep=True, now="2026-01-01") as omics:
        began = time.monotonic()
        time.sleep(3600)
        assert asyncio.run(asyncio.sleep(1800, "done")) == "done"
        assert time.monotonic() - began < 5
        assert omics.clock.now() == datetime(2026, 1, 1, 1, 30, tzinfo=UTC)
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
    assert (time.sleep, asyncio.sleep) == real
