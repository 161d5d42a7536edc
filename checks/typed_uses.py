"""What users write, for type checkers: mypy --strict and pyright pass it without a cast. Nobody runs it."""

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, assert_type

import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.exceptions import ValidationException

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient
    from mypy_boto3_s3 import S3Client


@mock_omics
def decorated(name: str, *, priority: int = 1) -> list[str]:
    """Keeps its signature."""
    return [name] * priority


@mock_omics(lifecycle="immediate", seed=7, now="2026-01-01T00:00:00Z", strict=True, rules={"part_size": 1024})
async def decorated_with_options(name: str) -> int:
    """Keeps it, too."""
    return len(name)


@mock_omics
class TestOfAClass:
    """Stays the class it is."""

    answer = 42

    def test_it(self) -> None:
        """Nothing to do."""


@pytest.fixture
@mock_omics(quotas={"Maximum workflows": 3})
def fixture() -> Iterator[OmicsMock]:
    """A fixture that is a generator."""
    omics = OmicsMock.current()
    yield omics
    omics.finish_all()


@pytest.fixture
async def async_fixture() -> AsyncIterator[OmicsMock]:
    """An asynchronous one."""
    async with mock_omics() as omics:
        yield omics


assert_type(decorated("a", priority=2), list[str])
assert_type(TestOfAClass.answer, int)
kept: Callable[[str], object] = decorated_with_options


def uses() -> None:
    """The control object."""
    with mock_omics() as omics:
        assert_type(omics, OmicsMock)
        client: OmicsClient = omics.client(region="eu-west-1", account="111122223333")
        s3: S3Client = omics.client("s3")
        assert_type(omics.clock.now(), datetime)
        omics.clock.advance(60)
        omics.lifecycle("run", "frozen")
        omics.rules["undeclared_parameters"] = "accept"
        omics.quotas["Maximum workflows"] = None
        omics.plan_run(
            name="a",
            tasks=[{"name": "align", "cpus": 4, "seconds": 60, "log": ["started"]}, "call"],
            outputs={"bam": b"", "report": {"coverage": 31.5}, "tables": [b"", b""]},
            fail={"reason": "OUT_OF_MEMORY_ERROR", "task": "call"},
            retries={"align": 1},
            when=lambda run: bool(run["name"]),
            effect=lambda run, mocked: mocked.put_object(Bucket="b", Key=str(run["id"]), Body=b""),
        )
        omics.faults.add("GetRun", "ThrottlingException", times=2, optional=True)
        call = omics.calls.of("StartRun").only
        assert_type(call.operation, str)
        parameters: Any = call.params["parameters"]
        snapshot = omics.snapshot()
        omics.restore(snapshot)
        run: dict[str, Any] = omics.given.run(status="RUNNING", name="a")
        omics.advance(run["id"], to="STOPPING")
        client.get_run(id=run["id"])
        s3.list_buckets()
        print(parameters)


def test_with_fixtures(omics_mock: OmicsMock, omics_client: "OmicsClient") -> None:
    """As the plugin's fixtures are annotated."""
    with pytest.raises(ValidationException):
        omics_mock.reset()
    omics_client.list_runs()
