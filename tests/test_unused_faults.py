"""Faults that are not used fail the test, and those of nested mocks go together."""

import time
import unittest
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from omics_mock import (
    Latency,
    MalformedJson,
    OmicsMock,
    UnusedFault,
    mock_omics,
)
from tests.support.faults import ONCE, outcome

pytest_plugins = ["pytester"]


# ---- unused faults ---------------------------------------------------------------------------------------------------


def test_an_unused_fault_fails_the_block_and_says_what_was_called() -> None:
    environment = time.sleep
    with pytest.raises(UnusedFault) as raised, mock_omics() as omics:
        client = omics.client(config=ONCE)
        omics.faults.add("GetRun", "ThrottlingException", region="eu-west-1")
        omics.faults.add("ListRuns", "ThrottlingException", times=3, after=1)
        omics.faults.add("ListRuns", "ValidationException", times=None, when=lambda asked: "name" in asked)
        client.list_workflows()
        assert [outcome(client) for _ in range(3)] == ["", "ThrottlingException", "ThrottlingException"]
    assert str(raised.value).splitlines() == [
        "3 faults not used up:",
        "  GetRun: ThrottlingException (region='eu-west-1') was used 0 of 1 times, with 0 matching calls",
        "  ListRuns: ThrottlingException (after=1) was used 2 of 3 times, with 3 matching calls",
        "  ListRuns: ValidationException (when=...) was used 0 times, with 0 matching calls",
        "called: ListWorkflows (1), ListRuns (3)",
    ]
    assert isinstance(raised.value, AssertionError)
    with pytest.raises(RuntimeError, match="no mock is active"):
        OmicsMock.current()
    assert time.sleep is environment


def test_an_optional_fault_may_stay_unused() -> None:
    with mock_omics() as omics:
        omics.faults.add("ListRuns", "ThrottlingException", optional=True)
        omics.faults.add("ListRuns", MalformedJson, times=None, optional=True)


def test_a_used_fault_is_forgotten_about() -> None:
    with mock_omics() as omics:
        once = omics.faults.add("ListRuns", "ThrottlingException")
        always = omics.faults.add("ListRunGroups", Latency(1), times=None)
        assert (len(omics.faults), list(omics.faults), once in omics.faults) == (2, [once, always], True)
        client = omics.client()
        client.list_runs()
        client.list_run_groups()
        assert (once.used, always.used) == (1, 1)


@pytest.mark.parametrize("forget", [lambda omics: omics.faults.clear(), lambda omics: omics.reset()])
def test_faults_can_be_taken_back(forget: Any) -> None:
    with mock_omics() as omics:
        omics.faults.add("ListRuns", "ThrottlingException", times=None)
        forget(omics)
        assert len(omics.faults) == 0
        assert outcome(omics.client(config=ONCE)) == ""


def test_another_failure_of_the_test_hides_unused_faults() -> None:
    with pytest.raises(ZeroDivisionError), mock_omics() as omics:
        omics.faults.add("ListRuns", "ThrottlingException")
        raise ZeroDivisionError


def test_a_check_can_be_made_at_any_time() -> None:
    with mock_omics() as omics:
        omics.faults.add("ListRuns", "ThrottlingException")
        with pytest.raises(UnusedFault, match="called: nothing"):
            omics.faults.check()
        assert outcome(omics.client(config=ONCE)) == "ThrottlingException"
        omics.faults.check()


@pytest.mark.parametrize(("passed", "fails"), [(None, True), (True, True), (False, False)])
def test_stop_checks_unless_the_test_failed(passed: bool | None, fails: bool) -> None:
    omics = mock_omics().start()
    omics.faults.add("ListRuns", "ThrottlingException")
    if not fails:
        omics.stop(passed=passed)
        return
    with pytest.raises(UnusedFault):
        omics.stop(passed=passed)
    omics = mock_omics().start()
    omics.faults.add("ListRuns", "ThrottlingException")
    with pytest.raises(ZeroDivisionError):
        try:
            raise ZeroDivisionError
        finally:
            omics.stop()


async def test_the_async_block_fails_too() -> None:
    with pytest.raises(UnusedFault):
        async with mock_omics() as omics:
            omics.faults.add("ListRuns", "ThrottlingException")


def fail(omics: OmicsMock | None = None) -> None:
    (omics or OmicsMock.current()).faults.add("ListRuns", "ThrottlingException")


async def test_decorated_functions_of_every_kind_fail() -> None:
    @mock_omics
    def function() -> None:
        fail()

    @mock_omics
    async def coroutine() -> None:
        fail()

    @mock_omics
    def generator() -> Iterator[None]:
        fail()
        yield

    @mock_omics
    def failing() -> None:
        fail()
        raise ZeroDivisionError

    with pytest.raises(UnusedFault):
        function()
    with pytest.raises(UnusedFault):
        await coroutine()
    with pytest.raises(UnusedFault):
        list(generator())
    with pytest.raises(ZeroDivisionError):
        failing()


def test_a_test_case_fails_by_itself() -> None:
    @mock_omics
    class Case(unittest.TestCase):
        def setUp(self) -> None:
            self.addCleanup(outcome, OmicsMock.current().client(config=ONCE), "list_run_groups")

        def test_unused(self) -> None:
            fail()

        def test_used_by_a_clean_up(self) -> None:
            OmicsMock.current().faults.add("ListRunGroups", "ThrottlingException")

        def test_failing(self) -> None:
            fail()
            raise ZeroDivisionError

        def test_failing_in_a_part(self) -> None:
            fail()
            with self.subTest():
                raise ZeroDivisionError

        @unittest.expectedFailure
        def test_expected_to_fail(self) -> None:
            fail()
            raise ZeroDivisionError

        def test_skipped(self) -> None:
            fail()
            self.skipTest("later")

        @unittest.skip("later")
        def test_never_run(self) -> None:
            fail()

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert [test.id().rpartition(".")[2] for test, _ in result.failures] == ["test_unused"]
    assert "called: ListRunGroups (1)" in result.failures[0][1]
    assert len(result.errors) == 2
    assert all("ZeroDivisionError" in text for _, text in result.errors)
    assert (len(result.expectedFailures), len(result.skipped)) == (1, 2)
    assert result.testsRun in (6, 7)  # Python 3.12.1 alone does not count what is never run
    with pytest.raises(UnusedFault):
        Case("test_unused").debug()


def test_an_async_test_case_fails_by_itself() -> None:
    @mock_omics
    class Case(unittest.IsolatedAsyncioTestCase):
        async def test_unused(self) -> None:
            fail()

    result = unittest.TestResult()
    Case("test_unused").run(result)
    assert (len(result.failures), len(result.errors)) == (1, 0)


def test_plain_classes_fail_in_the_test_and_not_in_its_tear_down(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from omics_mock import OmicsMock, mock_omics

        def fail():
            OmicsMock.current().faults.add("ListRuns", "ThrottlingException")

        @mock_omics
        class TestPlain:
            def test_unused(self):
                fail()

        @mock_omics
        class TestWithSetUp:
            def setup_method(self):
                fail()

            def teardown_method(self):
                pass

            def test_unused(self):
                pass

            def test_used(self):
                with pytest.raises(Exception, match="Rate exceeded"):
                    from botocore.config import Config
                    OmicsMock.current().client(config=Config(retries={"total_max_attempts": 1})).list_runs()

            def test_failing(self):
                raise ZeroDivisionError
        """
    )
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function")
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(["E*UnusedFault*", "E*UnusedFault*", "E*ZeroDivisionError*"])
    with pytest.raises(RuntimeError):
        OmicsMock.current()


# ---- nested mocks ----------------------------------------------------------------------------------------------------


def test_an_inner_mock_has_faults_of_its_own_before_those_around_it() -> None:
    with mock_omics() as outer:
        client = outer.client(config=ONCE)
        outer.faults.add("ListRuns", "InternalServerException", times=2)
        late = outer.faults.add("ListRuns", "AccessDeniedException", after=4)
        with pytest.raises(UnusedFault, match="GetRun"), mock_omics() as inner:
            inner.faults.add("ListRuns", "ThrottlingException")
            inner.faults.add("GetRun", "ThrottlingException")
            assert [outcome(client), outcome(client)] == ["ThrottlingException", "InternalServerException"]
            assert (len(inner.faults), len(outer.faults)) == (2, 2)
        assert [outcome(client) for _ in range(4)] == ["InternalServerException", "", "AccessDeniedException", ""]
        assert (late.used, late.matched) == (1, 5)


def test_one_mock_entered_twice_checks_each_time() -> None:
    twice = mock_omics()
    with twice:
        twice.faults.add("ListRuns", "ThrottlingException")
        with twice:
            assert len(twice.faults) == 0
            assert outcome(twice.client(config=ONCE)) == "ThrottlingException"
            twice.faults.add("ListRunGroups", "ThrottlingException", optional=True)
        assert [fault.operation for fault in twice.faults] == ["ListRuns"]


def test_faults_work_under_plain_mock_aws() -> None:
    with mock_aws():
        OmicsMock.current().faults.add("ListRuns", "ThrottlingException")
        assert outcome(boto3.client("omics", region_name="us-east-1", config=ONCE)) == "ThrottlingException"
    with mock_aws():
        assert len(OmicsMock.current().faults) == 0
