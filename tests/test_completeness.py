"""Every operation of the installed model has one home and is served."""

from collections import Counter

import pytest

from omics_mock.backends.base import Backend
from omics_mock.backends.region import FAMILIES
from omics_mock.wire.model import load

OPERATIONS = load("omics").operations


def owners(operation: str) -> list[type[Backend]]:
    return [family for family in FAMILIES if operation in family.operations]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_has_exactly_one_family(operation: str) -> None:
    assert len(owners(operation)) == 1, f"{operation} is owned by {owners(operation)}"


def test_every_operation_is_served() -> None:
    missing = {
        name for name, operation in OPERATIONS.items() if not any(hasattr(family, operation.method_name) for family in owners(name))
    }
    assert missing == set()


def test_no_operation_is_only_begun() -> None:
    """What `omics-mock new-operation` writes raises NotServedYet; a method that is written does not."""
    begun = {
        operation.name
        for family in FAMILIES
        for operation in family.modelled()
        if "NotServedYet" in getattr(family, operation.method_name).__code__.co_names
    }
    assert begun == set()


def test_no_family_names_an_operation_twice() -> None:
    named = Counter(name for family in FAMILIES for name in family.operations)
    assert [name for name, times in named.items() if times > 1] == []


def test_paths_and_hosts_of_every_family_come_from_the_model() -> None:
    for family in FAMILIES:
        served = [name for names in family.url_paths().values() for name in names]
        assert sorted(served) == sorted(name for name in family.operations if name in OPERATIONS)
        assert all(base.startswith("https?://") for base in family.url_bases())
