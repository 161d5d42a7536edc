"""Every test of behaviour says once where its knowledge of the service comes from."""

from collections.abc import Iterator
from pathlib import Path

from checks.reference.provenance import MARKS, read

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


def behaviour() -> Iterator[Path]:
    """The modules whose tests say what the service does."""
    for folder in FOLDERS:
        yield from sorted((TESTS / folder).rglob("test_*.py"))
    for module in MODULES:
        yield TESTS / module


def test_every_test_of_behaviour_has_exactly_one_source() -> None:
    wrong = [
        f"{test.path}::{test.name}: {' and '.join(test.marks) or 'no mark'}"
        for path in behaviour()
        for test in read(path.read_text(encoding="utf-8"), path.relative_to(TESTS.parent).as_posix())
        if len(test.marks) != 1
    ]
    assert not wrong, "\n".join([f"one mark of {', '.join(MARKS)} is needed, on the test, its class or its module, by", *wrong])
