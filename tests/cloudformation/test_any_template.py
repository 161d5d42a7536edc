"""Whatever is in a template and wherever it fails: all of it is made, or nothing."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omics_mock import mock_omics
from tests.cloudformation.templates import BUCKET, DOCUMENT, Stack, template
from tests.support.storage import bucket
from tests.support.workflows import archive

pytestmark = pytest.mark.inferred

NAMES = ("References", "Reads", "Annotations", "Group", "Workflow", "Image")
LISTS: Mapping[str, tuple[str, str, str]] = {
    "References": ("omics", "list_reference_stores", "referenceStores"),
    "Reads": ("omics", "list_sequence_stores", "sequenceStores"),
    "Annotations": ("omics", "list_annotation_stores", "annotationStores"),
    "Group": ("omics", "list_run_groups", "items"),
    "Workflow": ("omics", "list_workflows", "items"),
    "Image": ("imagebuilder", "list_workflows", "workflowVersionList"),
}
subsets = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)


@settings(max_examples=8)
@given(first=subsets, then=subsets, broken=st.sampled_from(NAMES))
def test_a_stack_is_made_and_changed_as_a_whole(first: list[str], then: list[str], broken: str) -> None:
    with mock_omics(lifecycle="frozen") as mocked:
        bucket(name=BUCKET, contents={"main.zip": archive(), "flow.yml": DOCUMENT.encode()})
        stack = Stack(mocked.client("cloudformation", "us-east-1"))

        def there() -> set[str]:
            found: set[str] = set()
            for name, (service, operation, member) in LISTS.items():
                client: Any = mocked.client(service, "us-east-1")
                found |= {name} if getattr(client, operation)()[member] else set()
            return found

        status = stack.create(template(*first, **_wrong(broken, first)))
        assert status == ("ROLLBACK_COMPLETE" if broken in first else "CREATE_COMPLETE")
        assert there() == (set() if broken in first else set(first))
        if broken not in first:
            fails = broken in then
            if fails or set(then) != set(first):
                status = stack.update(template(*then, **_wrong(broken, then)))
                assert status == ("UPDATE_ROLLBACK_COMPLETE" if fails else "UPDATE_COMPLETE")
            assert there() == set(first if fails else then)
        assert stack.delete() == "DELETE_COMPLETE"
        assert there() == set()


def _wrong(broken: str, names: list[str]) -> dict[str, Any]:
    return {broken: {"Colour": "red"}} if broken in names else {}
