"""The fixtures of module and session scope: shared by tests, yet for every test as their set-up left them."""

import pytest

from tests.test_pytest_plugin import PRELUDE, Run, nothing_stays, run

__all__ = ["nothing_stays", "run"]

SCOPES = pytest.mark.parametrize("scope", ["module", "session"])


@SCOPES
def test_what_a_test_makes_is_gone_for_the_next(run: Run, scope: str) -> None:
    result = run(f"""
@pytest.fixture(scope="module")
def made(omics_client_{scope}):
    assert omics_client_{scope}.meta.region_name == "us-east-1"
    return create("from the set-up")["id"]

@pytest.mark.parametrize("turn", [1, 2, 3])
def test_it(omics_mock_{scope}, made, turn):
    assert OmicsMock.current() is omics_mock_{scope}
    assert names() == ["from the set-up"]
    create("from a test")
    boto3.client("omics").delete_workflow(id=made)
    omics_mock_{scope}.clock.advance(3600)

def test_only_its_own_calls_are_there(omics_mock_{scope}, made):
    boto3.client("omics").list_runs()
    assert operations(omics_mock_{scope}) == ["ListRuns"]
""")
    result.assert_outcomes(passed=4)


def test_function_fixtures_belong_to_their_test(run: Run) -> None:
    result = run("""
@pytest.fixture(autouse=True)
def made(omics_mock_module):
    create("for one test")

@pytest.mark.parametrize("turn", [1, 2])
def test_it(turn):
    assert names() == ["for one test"]
""")
    result.assert_outcomes(passed=2)


def test_what_a_later_module_sets_up_stays_for_its_tests(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_later=f"""{PRELUDE}
@pytest.fixture(scope="module")
def made(omics_mock_session):
    create("for the later module")

@pytest.mark.parametrize("turn", [1, 2])
def test_it(made, turn):
    assert names() == ["for the later module"]
    create()
"""
    )
    run("def test_it(omics_mock_session):\n    create()").assert_outcomes(passed=3)


def test_the_mock_of_a_test_nests_in_that_of_its_module(run: Run) -> None:
    result = run("""
@pytest.fixture(scope="module")
def made(omics_mock_module):
    create("outer")

@pytest.mark.omics_mock(lifecycle="immediate")
def test_inner(omics_mock_module, made, omics_mock):
    assert create("inner")["status"] == "ACTIVE"
    assert operations(omics_mock) == ["CreateWorkflow", "GetWorkflow"]
    assert operations(omics_mock_module) == []

@pytest.mark.omics_mock(lifecycle="immediate")
def test_marked(omics_mock_module, made):
    assert names() == ["outer"]
    assert create()["status"] == "ACTIVE"

def test_outer(omics_mock_module, made):
    assert create()["status"] == "CREATING"
    assert names() == ["outer", "align"]
""")
    result.assert_outcomes(passed=3)


def test_the_markers_of_a_module_are_those_of_its_mock(run: Run) -> None:
    result = run("""
pytestmark = pytest.mark.omics_mock(lifecycle="immediate", seed=7)

def test_it(omics_mock_module):
    assert create()["status"] == "ACTIVE"
    assert operations(omics_mock_module) == ["CreateWorkflow", "GetWorkflow"]
""")
    result.assert_outcomes(passed=1)


def test_the_developers_environment_is_put_aside_for_the_module(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    result = run("""
@pytest.fixture(scope="module")
def region(omics_mock_module):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield

def test_module(region, omics_client):
    assert omics_client.meta.region_name == "eu-west-1"
    assert "AWS_PROFILE" not in os.environ
""")
    result.assert_outcomes(passed=1)


def test_a_failed_test_shows_its_own_calls(run: Run) -> None:
    result = run("""
@pytest.fixture(scope="module")
def made(omics_client_module):
    create("in the set-up")

def test_one(made):
    pass

def test_two(made):
    boto3.client("omics").list_runs()
    assert False
""")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["ListRuns() -> 0 items"])
    result.stdout.no_fnmatch_line("CreateWorkflow*")


@SCOPES
def test_a_shared_server_forgets_what_a_test_did(run: Run, scope: str) -> None:
    result = run(f"""
@pytest.fixture(scope="module")
def client(omics_server_{scope}):
    return boto3.client("omics", **omics_server_{scope}.client_kwargs())

@pytest.mark.parametrize("turn", [1, 2])
def test_it(omics_server_{scope}, client, turn):
    assert client.list_workflows()["items"] == []
    client.create_workflow(name="a", definitionUri="s3://bucket/align.zip")
    assert operations(omics_server_{scope}.omics) == ["ListWorkflows", "CreateWorkflow"]
    omics_server_{scope}.omics.lifecycle("run", "frozen")
""")
    result.assert_outcomes(passed=2)
