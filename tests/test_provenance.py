"""Every test of behaviour says once where its knowledge of the service comes from."""

from collections.abc import Iterator
from pathlib import Path

from tests.support.provenance import SOURCES, marks_of_tests

TESTS = Path(__file__).parent
FOLDERS = (
    "annotations",
    "backends",
    "cloudformation",
    "definitions",
    "imagebuilder",
    "neighbours",
    "runs_simulator",
    "sequences",
    "validation",
)
MODULES = (
    "test_access_policies.py",
    "test_events.py",
    "test_every_constraint_on_the_wire.py",
    "test_every_error.py",
    "test_policies.py",
    "test_storage_checklist.py",
    "test_stories.py",
)

MARKED = """
import pytest

pytestmark = [pytest.mark.operation("GetRun"), pytest.mark.inferred]


def test_of_the_module(): ...


@pytest.mark.parametrize("n", [1])
@pytest.mark.model
async def test_of_its_own(n): ...


@pytest.mark.observed
@pytest.mark.documented("https://docs.aws.amazon.com/omics/")
def test_of_two_sources(): ...


@pytest.mark.observed
class TestDecorated:
    def test_of_the_class(self): ...


class TestAssigned:
    pytestmark = pytest.mark.documented

    def test_of_the_class(self): ...

    @pytest.mark.model
    def test_of_its_own(self): ...


def not_a_test(): ...
"""


def behaviour() -> Iterator[Path]:
    """The modules whose tests say what the service does."""
    for folder in FOLDERS:
        yield from sorted((TESTS / folder).rglob("test_*.py"))
    for module in MODULES:
        yield TESTS / module


def test_every_test_of_behaviour_has_exactly_one_source() -> None:
    wrong = [
        f"{path.relative_to(TESTS.parent)}::{test}: {' and '.join(marks) or 'no mark'}"
        for path in behaviour()
        for test, marks in marks_of_tests(path.read_text(encoding="utf-8"))
        if len(marks) != 1
    ]
    assert not wrong, "\n".join([f"one mark of {', '.join(SOURCES)} is needed, on the test, its class or its module, by", *wrong])


def test_the_nearest_marks_of_a_test_count() -> None:
    assert dict(marks_of_tests(MARKED)) == {
        "test_of_the_module": ["inferred"],
        "test_of_its_own": ["model"],
        "test_of_two_sources": ["observed", "documented"],
        "TestDecorated::test_of_the_class": ["observed"],
        "TestAssigned::test_of_the_class": ["documented"],
        "TestAssigned::test_of_its_own": ["model"],
    }
    assert dict(marks_of_tests("def test_unmarked(): ...")) == {"test_unmarked": []}
