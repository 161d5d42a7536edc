"""Every constraint of every input of the installed model, broken one at a time."""

from collections import Counter

import botocore
import pytest

from omics_mock.validation import violations
from omics_mock.wire.model import Operation
from tests.support.constraint_cases import DEVIATIONS, boundary_cases_of, cases, cases_of, fewest, operations

pytestmark = pytest.mark.model

OPERATIONS = operations()
IN_KNOWN_MODEL = {"min": 391, "max": 427, "pattern": 279, "required": 88, "enum": 72, "union": 6}
KNOWN_BOTOCORE = (1, 44, 5)

every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.service}-{operation.name}")


@every_operation
def test_the_fewest_valid_parameters_violate_nothing(operation: Operation) -> None:
    assert violations(operation)(fewest(operation.input) if operation.input else {}) == []


@every_operation
def test_each_broken_constraint_names_its_member(operation: Operation) -> None:
    find = violations(operation)
    missed = [
        f"{case}: expected {case.expected_fragment!r} in {find(case.params)}"
        for case in cases_of(operation)
        if not any(case.expected_fragment in violation for violation in find(case.params))
    ]
    assert missed == []


@every_operation
def test_a_broken_constraint_is_reported_of_its_member_alone(operation: Operation) -> None:
    find = violations(operation)
    strays = {
        f"{case}: {violation}"
        for case in cases_of(operation)
        for violation in find(case.params)
        if f"at '{case.member_path}'" not in violation
    }
    assert strays == set()


@every_operation
def test_values_exactly_on_a_bound_are_valid(operation: Operation) -> None:
    find = violations(operation)
    refused = [
        f"{case}: {violation}"
        for case in boundary_cases_of(operation)
        for violation in find(case.params)
        if case.expected_fragment in violation
    ]
    assert refused == []


def test_the_cases_cover_the_whole_model() -> None:
    counts = Counter(case.kind for case in cases())
    print(dict(counts))  # noqa: T201  # shown when the test fails
    assert counts.keys() >= IN_KNOWN_MODEL.keys() - {"union"}
    if tuple(map(int, botocore.__version__.split(".")[:3])) >= KNOWN_BOTOCORE:
        assert {kind: counts[kind] for kind in IN_KNOWN_MODEL if counts[kind] < IN_KNOWN_MODEL[kind]} == {}


def test_every_deviation_is_one_from_a_case() -> None:
    made = {(case.operation, case.member_path, case.kind) for operation in OPERATIONS for case in cases_of(operation)}
    assert made >= DEVIATIONS
