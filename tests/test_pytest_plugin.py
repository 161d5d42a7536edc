"""The pytest plugin, seen from the tests of its users."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.endpoint import Endpoint

from omics_mock.calls import CallLog

ROOT = Path(__file__).parents[1]

# Whether the plugin is installed or not, it is this one and it is there once.
PLUGIN = ("-p", "no:omics_mock", "-p", "omics_mock.pytest_plugin", "-p", "no:cacheprovider")

PRELUDE = """
import os, unittest
import boto3, botocore, pytest
from moto import mock_aws
from omics_mock import OmicsMock, mock_omics

def create(name="align"):
    client = boto3.client("omics")
    workflow = client.create_workflow(name=name, definitionUri="s3://bucket/align.zip")
    return client.get_workflow(id=workflow["id"])

def names():
    return [item["name"] for item in boto3.client("omics").list_workflows()["items"]]

def operations(mock):
    return [call.operation for call in mock.calls]
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run these tests with the plugin, in this process."""

    def run_tests(source: str, *arguments: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{ini}")
        pytester.makepyfile(test_it=f"{PRELUDE}\n{source}")
        return pytester.runpytest_inprocess(*PLUGIN, "--strict-markers", "-W", "error", *arguments)

    return run_tests


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    def environment() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}

    def patched() -> tuple[object, ...]:
        return boto3.DEFAULT_SESSION, botocore.session.create_loader, Endpoint.make_request, CallLog.append

    before = environment(), patched()
    yield
    assert (environment(), patched()) == before


# ---- fixtures and the marker -----------------------------------------------------------------------------------------


def test_every_test_has_a_mock_and_a_client_of_its_own(run: Run) -> None:
    result = run("""
@pytest.mark.parametrize("turn", [1, 2])
def test_fixtures(omics_mock, omics_client, turn):
    assert isinstance(omics_mock, OmicsMock) and OmicsMock.current() is omics_mock
    assert omics_client.meta.region_name == "us-east-1"
    assert omics_client.list_workflows()["items"] == []
    create()
    assert operations(omics_mock) == ["ListWorkflows", "CreateWorkflow", "GetWorkflow"]

def test_everything_else_is_mocked_too(omics_mock):
    boto3.client("s3").create_bucket(Bucket="genomes")
    assert len(boto3.client("s3").list_buckets()["Buckets"]) == 1

def test_afterwards_nothing_is():
    with pytest.raises(RuntimeError, match="no mock is active"):
        OmicsMock.current()
""")
    result.assert_outcomes(passed=4)


def test_the_closest_marker_wins_and_all_are_merged(run: Run) -> None:
    result = run(
        """
pytestmark = pytest.mark.omics_mock(
    rules={"part_size": 1, "request_id_reuse": "conflict"}, quotas={"Maximum shares per workflow": 1}
)

def seen(mock):
    return mock.rules["part_size"], mock.quotas["maximum shares per workflow"], create()["status"]

def test_module_over_ini(omics_mock):
    assert seen(omics_mock) == (1, 1, "CREATING")

@pytest.mark.omics_mock(rules={"part_size": 2}, lifecycle="immediate")
class TestClass:
    def test_class_over_module(self, omics_mock):
        assert seen(omics_mock) == (2, 1, "ACTIVE")

    @pytest.mark.omics_mock(quotas={"MAXIMUM SHARES PER WORKFLOW": 3}, lifecycle="frozen")
    @pytest.mark.omics_mock(rules={"part_size": 3})
    def test_function_over_class(self, omics_mock):
        assert seen(omics_mock) == (3, 3, "CREATING")
        assert omics_mock.rules["request_id_reuse"] == "conflict"
""",
        ini="omics_mock_lifecycle = frozen",
    )
    result.assert_outcomes(passed=3)


def test_the_marker_alone_mocks_a_test(run: Run) -> None:
    result = run("""
@pytest.fixture(autouse=True)
def made():
    return create("from the fixture")

@pytest.mark.omics_mock(lifecycle="immediate")
def test_function(made):
    assert names() == ["from the fixture"] and made["status"] == "ACTIVE"

@pytest.mark.omics_mock
class TestClass:
    def test_method(self):
        assert names() == ["from the fixture"]

@pytest.mark.omics_mock
class TestCase(unittest.TestCase):
    def setUp(self):
        create("from setUp")

    def test_method(self):
        assert names() == ["from the fixture", "from setUp"]
""")
    result.assert_outcomes(passed=3)


def test_a_test_case_may_use_the_fixture_by_name(run: Run) -> None:
    result = run("""
@pytest.mark.usefixtures("omics_mock")
class TestCase(unittest.TestCase):
    def setUp(self):
        create()

    def test_one(self):
        assert names() == ["align"]

    def test_another(self):
        assert operations(OmicsMock.current()) == ["CreateWorkflow", "GetWorkflow"]
""")
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_async_tests_and_fixtures_are_mocked(run: Run, mode: str) -> None:
    result = run(
        """
import asyncio, pytest_asyncio

@pytest_asyncio.fixture
async def made(omics_client):
    await asyncio.sleep(0)
    yield create("from the fixture")
    assert names() == ["from the fixture", "from the test"]

@pytest.mark.asyncio
async def test_it(omics_mock, made):
    await asyncio.sleep(0)
    create("from the test")
    assert len(omics_mock.calls) == 4
""",
        ini=f"asyncio_mode = {mode}",
    )
    result.assert_outcomes(passed=1)


def test_other_ways_in_nest_in_the_fixture(run: Run) -> None:
    result = run("""
def test_blocks(omics_mock):
    create("outer")
    with mock_omics(lifecycle="immediate") as inner, mock_aws():
        assert create("inner")["status"] == "ACTIVE"
        assert operations(inner) == ["CreateWorkflow", "GetWorkflow"]
    assert names() == ["outer", "inner"]

@mock_aws
@mock_omics
def test_decorators(omics_client):
    create()
    assert omics_client.list_workflows()["items"][0]["name"] == "align"
""")
    result.assert_outcomes(passed=2)


# ---- options ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (
            "@pytest.mark.omics_mock(speed=1)\ndef test_a(): pass",
            "test_it.py::test_a: @pytest.mark.omics_mock: *no option speed; it has*",
        ),
        ("@pytest.mark.omics_mock(7)\nclass TestA:\n    def test_a(self): pass", "test_it.py::TestA: *options by keyword, not 7"),
        (
            "pytestmark = pytest.mark.omics_mock(lifecycle='slow')\ndef test_a(): pass",
            "test_it.py: *lifecycle 'slow' is not one of*",
        ),
        ("@pytest.mark.omics_mock(rules={'speed': 1})\ndef test_a(): pass", "test_it.py::test_a: *unknown rule 'speed'; known*"),
    ],
    ids=["option", "positional", "value", "rule"],
)
def test_a_wrong_marker_is_a_usage_error_that_says_where(run: Run, source: str, error: str) -> None:
    result = run(f"def test_b(): pass\n{source}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {error}"])
    result.assert_outcomes()


@pytest.mark.parametrize(
    ("ini", "error"),
    [
        ("omics_mock_lifecycle = slow", "the ini options of omics_mock: lifecycle 'slow' is not one of*"),
        ("omics_mock_seed = 1.5", "omics_mock_seed is a number or random, not '1.5'"),
    ],
)
def test_a_wrong_ini_option_is_a_usage_error(run: Run, ini: str, error: str) -> None:
    result = run("def test_a(): pass", ini=ini)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {error}"])


def test_the_seed_comes_from_the_ini_file(run: Run) -> None:
    source = """
ids = []

@pytest.mark.parametrize("turn", [1, 2])
def test_fixture(omics_mock, turn):
    ids.append(create()["id"])

def test_ids():
    with mock_omics(seed=5) as omics:
        ids.append(omics.client().create_workflow(name="align", definitionUri="s3://bucket/align.zip")["id"])
    assert len(set(ids)) == DIFFERENT
"""
    run(source.replace("DIFFERENT", "1"), ini="omics_mock_seed = 5").assert_outcomes(passed=3)
    run(source.replace("DIFFERENT", "3"), ini="omics_mock_seed = random").assert_outcomes(passed=3)


def test_lifecycle_and_strictness_from_the_ini_file(run: Run) -> None:
    result = run(
        """
@pytest.mark.omics_mock(strict=False)
def test_seconds(omics_mock):
    workflow = create()
    assert workflow["status"] == "CREATING"
    omics_mock.clock.advance(100)
    assert boto3.client("omics").get_workflow(id=workflow["id"])["status"] == "ACTIVE"

def test_strict(omics_client):
    with pytest.raises(omics_client.exceptions.ValidationException, match="S3 object not found"):
        create()
""",
        ini="omics_mock_lifecycle = 100\nomics_mock_strict = true",
    )
    result.assert_outcomes(passed=2)


# ---- the calls of a failed test --------------------------------------------------------------------------------------


def test_the_calls_of_a_failed_test_are_in_its_report(run: Run) -> None:
    result = run("""
def test_fixture(omics_client):
    create()
    boto3.client("omics", "eu-west-1").list_workflows()
    with pytest.raises(omics_client.exceptions.ResourceNotFoundException):
        omics_client.get_workflow(id="7654321")
    boto3.client("imagebuilder").list_workflows()
    assert False, "on purpose"
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- omics calls -*",
            "CreateWorkflow(name='align', definitionUri='s3://bucket/align.zip') -> id='*', status='CREATING'*",
            "GetWorkflow(id='*') -> *name='align'*",
            "ListWorkflows() in 123456789012 eu-west-1 -> 0 items",
            "GetWorkflow(id='7654321') -> ResourceNotFoundException: *",
            "imagebuilder ListWorkflows() -> *",
        ],
        consecutive=True,
    )


def test_whatever_mocked_the_test_its_calls_are_shown(run: Run) -> None:
    result = run("""
@mock_omics
def test_decorated():
    boto3.client("omics", "us-east-1").list_workflows(name="in the decorated test")
    assert False

def test_block():
    with mock_aws(), pytest.raises(ZeroDivisionError):
        boto3.client("omics", "us-east-1").list_workflows(name="in the block")
        1 / 0
    assert False

@pytest.fixture
def broken(omics_client):
    omics_client.list_workflows(name="in the fixture")
    assert False

def test_error(broken):
    pass

@pytest.mark.omics_mock
def test_that_passes():
    boto3.client("omics").list_workflows(name="nobody needs to see")

def test_without_calls():
    assert False
""")
    result.assert_outcomes(failed=3, errors=1, passed=1)
    for name in ("in the decorated test", "in the block", "in the fixture"):
        result.stdout.fnmatch_lines([f"ListWorkflows(name='{name}') -> 0 items"])
    assert str(result.stdout).count("- omics calls -") == 3
    result.stdout.no_fnmatch_line("*nobody needs to see') ->*")


def test_of_many_calls_the_last_are_shown(run: Run) -> None:
    result = run("""
def test_it(omics_client):
    for number in range(60):
        omics_client.list_workflows(name=f"number {number}")
    omics_client.create_workflow(name="align", definitionZip=b"x" * 1_000, tags={"long": "tag" * 80})
    assert False
""")
    shown = result.outlines
    assert "(11 earlier calls left out)" in shown
    assert "ListWorkflows(name='number 11') -> 0 items" in shown
    assert "ListWorkflows(name='number 10') -> 0 items" not in shown
    (created,) = (line for line in shown if line.startswith("CreateWorkflow("))
    assert "definitionZip=Blob(length=1000" in created
    assert len(created) < 300


# ---- the guard -------------------------------------------------------------------------------------------------------

OUTSIDE = """
class Reached(Exception):
    pass

session = boto3.Session(region_name="us-east-1")

def client(service, **config):
    client = session.client(service, config=botocore.config.Config(retries=config))

    def reach(**_):
        raise Reached

    client.meta.events.register("before-sign", reach)  # nothing gets further than this
    return client
"""


def test_a_request_outside_a_mock_is_an_error_that_names_the_test(run: Run) -> None:
    result = run(
        f"""{OUTSIDE}
@pytest.mark.parametrize("service", ["omics", "imagebuilder"])
@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_it(service, mode):
    guarded, attempts = client(service, mode=mode, total_max_attempts=5), []
    guarded.meta.events.register("needs-retry", lambda **_: attempts.append(1))
    try:
        guarded.list_workflows()
    finally:
        assert not attempts

@pytest.fixture(scope="module")
def made_too_early():
    client("omics").list_runs()

def test_fixture(made_too_early, omics_mock):
    pass

def test_mocked(omics_client):
    assert omics_client.list_runs()["items"] == []

def test_mocked_in_another_way():
    with mock_aws():
        assert boto3.client("omics", "us-east-1").list_runs()["items"] == []
""",
        ini="omics_mock_guard = true",
    )
    result.assert_outcomes(failed=4, errors=1, passed=2)
    result.stdout.fnmatch_lines(
        [
            "E *RequestOutsideMockError: test_it.py::test_fixture: ListRuns would have been sent to *",
            "E *Error: test_it.py::test_it[[]legacy-omics[]]: ListWorkflows would have been sent to workflows-omics.*",
            "E *RequestOutsideMockError: test_it.py::test_it[[]standard-imagebuilder[]]: ListWorkflows would have *",
        ]
    )


def test_a_request_while_tests_are_collected_is_an_error_that_names_the_module(run: Run) -> None:
    result = run(f"{OUTSIDE}\nclient('omics').list_runs()\ndef test_it(): pass", ini="omics_mock_guard = true")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *RequestOutsideMockError: collecting test_it.py: ListRuns would have been sent to *"])


@pytest.mark.parametrize("guard", [True, False])
def test_what_is_none_of_the_guards_business_passes(run: Run, guard: bool) -> None:
    result = run(
        f"""{OUTSIDE}
def test_other_service():
    with pytest.raises(Reached):
        client("sqs").list_queues()

def test_server_of_ones_own(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true")
    with pytest.raises(Reached):
        client("imagebuilder").list_workflows()

@pytest.mark.skipif({guard}, reason="guarded")
def test_unguarded():
    with pytest.raises(Reached):
        client("omics").list_runs()
""",
        ini=f"omics_mock_guard = {guard}",
    )
    result.assert_outcomes(passed=2 if guard else 3, skipped=1 if guard else 0)


# ---- the developer's own AWS -----------------------------------------------------------------------------------------


@pytest.fixture
def developer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> boto3.Session:
    """Somebody with so much set up for AWS that no client of theirs would reach a mock."""
    config = tmp_path / "config"
    config.write_text("[default]\nregion = eu-west-1\nendpoint_url = http://127.0.0.1:9\n[profile me]\nca_bundle = /none\n")
    (tmp_path / "credentials").write_text("[me]\naws_access_key_id = mine\naws_secret_access_key = secret\n")
    for name, value in {
        "AWS_PROFILE": "me",
        "AWS_DEFAULT_PROFILE": "nobody",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_SESSION_TOKEN": "mine",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_OMICS": "http://127.0.0.1:9",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/mine",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/none",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9",
        "AWS_CA_BUNDLE": "/none",
        "AWS_MAX_ATTEMPTS": "none",
        "AWS_DATA_PATH": str(tmp_path),
        "AWS_BATCH_JOB_ID": "of the code under test",
    }.items():
        monkeypatch.setenv(name, value)
    session = boto3.Session("mine", "secret", region_name="eu-central-1", profile_name="me")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)
    return session


@pytest.mark.usefixtures("developer")
def test_what_a_developer_has_set_up_for_aws_does_not_matter(run: Run) -> None:
    result = run("""
pytestmark = pytest.mark.omics_mock(strict=True)

def test_clients(omics_client):
    assert boto3.client("omics").meta.endpoint_url == omics_client.meta.endpoint_url == "https://omics.us-east-1.amazonaws.com"
    assert boto3.client("omics").list_workflows()["items"] == []
    credentials = boto3.Session().get_credentials()
    assert credentials.access_key == "FOOBARKEY" and credentials.token is None
    boto3.client("s3").create_bucket(Bucket="genomes")

def test_the_code_under_test_has_its_own_settings(omics_mock):
    assert os.environ["AWS_BATCH_JOB_ID"] == "of the code under test"

def test_a_test_may_choose(omics_mock, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert omics_mock.client().meta.region_name == boto3.client("omics").meta.region_name == "eu-west-2"

def test_nothing_of_that_stays(omics_client):
    assert omics_client.meta.region_name == "us-east-1"

def test_what_a_test_does_to_the_keys_is_undone(monkeypatch, omics_mock):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    monkeypatch.setenv("AWS_PROFILE", "another")
    os.environ["AWS_DEFAULT_REGION"] = "eu-west-2"
""")
    result.assert_outcomes(passed=5)


def test_outside_mocks_the_developers_aws_is_there(run: Run, developer: boto3.Session) -> None:
    result = run("""
@pytest.fixture
def afterwards():
    yield
    assert os.environ["AWS_PROFILE"] == "me"
    assert boto3.DEFAULT_SESSION.region_name == "eu-central-1"

def test_before():
    assert os.environ["AWS_PROFILE"] == "me"
    assert boto3.DEFAULT_SESSION.region_name == "eu-central-1"

def test_mocked(afterwards, monkeypatch, omics_mock):
    assert "AWS_PROFILE" not in os.environ
    monkeypatch.setenv("AWS_PROFILE", "inside")

def test_after():
    assert os.environ["AWS_PROFILE"] == "me"
    assert boto3.DEFAULT_SESSION.region_name == "eu-central-1"
""")
    result.assert_outcomes(passed=3)


# ---- what it costs ---------------------------------------------------------------------------------------------------


def test_clients_inside_mocks_share_what_botocore_reads(run: Run) -> None:
    result = run("""
def loader():
    return botocore.session.get_session().get_component("data_loader")

seen = []

def test_fixture(omics_mock):
    seen.append(loader())

@mock_omics
def test_decorator():
    seen.append(loader())

def test_plain_moto():
    with mock_aws():
        assert [loader()] * 2 == seen

def test_outside_a_mock():
    assert loader() not in seen
""")
    result.assert_outcomes(passed=4)


def test_until_a_mock_is_used_nothing_is_imported(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\nomics_mock_guard = true")
    pytester.makepyfile(
        """
        import sys, pytest

        def test_nothing_is_imported():
            heavy = {"boto3", "botocore", "moto", "requests", "responses", "omics_mock.mock", "omics_mock.settings"}
            assert not heavy & sys.modules.keys()

        def test_then_it_is(request):
            client = request.getfixturevalue("omics_client")
            assert client.list_workflows()["items"] == []
            assert "moto" in sys.modules

        def test_the_guard_was_waiting():
            import boto3
            with pytest.raises(RuntimeError, match="test_the_guard_was_waiting: ListRuns would have been sent"):
                boto3.client("omics", "us-east-1").list_runs()
        """
    )
    result = pytester.runpytest_subprocess(*PLUGIN, "-W", "error", "-p", "no:asyncio", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=3)


def test_without_the_plugin_the_mock_works_all_the_same(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(f"""{PRELUDE}
@mock_omics
def test_decorated():
    assert boto3.client("omics", "us-east-1").list_workflows()["items"] == []

def test_fixture(omics_mock):
    pass
""")
    result = pytester.runpytest_inprocess("-p", "no:omics_mock", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *fixture 'omics_mock' not found"])


def test_another_plugin_may_stop_pytest_before_this_one_begins(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    raise pytest.UsageError("not today")
""")
    result = run("def test_nothing(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: not today"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_fault_that_a_test_did_not_use_fails_it_unless_it_failed_already(run: Run) -> None:
    result = run(
        """
def test_unused(omics_mock):
    omics_mock.faults.add("GetRun", "ThrottlingException")

def test_failed(omics_mock):
    omics_mock.faults.add("GetRun", "ThrottlingException")
    assert False, "its own failure"

def test_used(omics_mock, omics_client):
    omics_mock.faults.add("ListRuns", "AccessDeniedException")
    with pytest.raises(omics_client.exceptions.AccessDeniedException):
        omics_client.list_runs()
"""
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*UnusedFault: 1 fault not used up*", "*GetRun: *was used 0 of 1 times*", "*its own failure*"])


def test_a_server_is_there_for_its_test_and_takes_the_same_options(run: Run) -> None:
    result = run(
        """
@pytest.mark.omics_mock(seed=7, lifecycle="immediate")
def test_it(omics_server):
    client = boto3.client("omics", **omics_server.client_kwargs())
    made = client.create_workflow(name="over the network", definitionUri="s3://bucket/align.zip")
    assert client.get_workflow(id=made["id"])["status"] == "ACTIVE"
    assert operations(omics_server.omics) == ["CreateWorkflow", "GetWorkflow"]

def test_unused(omics_server):
    omics_server.omics.faults.add("GetRun", "ThrottlingException")
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*UnusedFault: 1 fault not used up*"])
