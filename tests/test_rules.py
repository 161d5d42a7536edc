"""Both sides of every rule, seen through a client."""

import re
from typing import Any

import pytest

from omics_mock import OmicsMock, mock_omics
from omics_mock.rules import RULES
from tests.support.analytics import create
from tests.support.storage import (
    bucket,
    imported,
    reference,
    reference_store,
    sequence_store,
    source,
    start_import,
    start_reference_import,
)
from tests.support.workflows import ROLE, active_workflow, archive, client, start_run

THIRTEEN_HUNDRED = 1_300


def refusal(call: Any, **params: Any) -> str:
    """The error's code, or nothing when there was none."""
    try:
        call(**params)
    except client().exceptions.ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def undeclared_parameters() -> str:
    omics = client()
    workflow = active_workflow(omics, parameterTemplate={"known": {"optional": True}})
    started: Any = {"workflowId": workflow, "roleArn": ROLE, "outputUri": "s3://results/here"}
    return refusal(omics.start_run, **started, parameters={"unknown": 1})


def request_id_reuse() -> str:
    omics = client()
    asked: Any = {"definitionZip": archive(), "requestId": "same"}
    omics.create_workflow(name="one", **asked)
    return refusal(omics.create_workflow, name="two", **asked)


def run_storage_type() -> str:
    omics = client()
    run = omics.get_run(id=start_run(omics))
    workflow = omics.get_workflow(id=run["workflowId"])
    assert workflow.get("storageType", run["storageType"]) == run["storageType"]
    return run["storageType"]


def storage_capacity() -> int:
    omics = client()
    return omics.get_run(id=start_run(omics, storageType="STATIC", storageCapacity=THIRTEEN_HUNDRED))["storageCapacity"]


def run_priority() -> list[int]:
    """The priorities of three runs in the order in which they start, one at a time."""
    omics = client()
    workflow, group = active_workflow(omics), omics.create_run_group(maxRuns=1)["id"]
    start_run(omics, workflowId=workflow, runGroupId=group)
    waiting = {start_run(omics, workflowId=workflow, runGroupId=group, priority=priority): priority for priority in (5, 0, 1)}
    OmicsMock.current().finish_all()
    started = sorted(waiting, key=lambda run: omics.get_run(id=run)["startTime"])
    return [waiting[run] for run in started]


def rerun_id() -> tuple[bool, bool]:
    """Whether the runId of a first run is its own, and that of a second one the first's."""
    omics = client()
    first = start_run(omics)
    again = start_run(omics, runId=first)
    return omics.get_run(id=first).get("runId") == first, omics.get_run(id=again)["runId"] == first


def delete_failed_run() -> str:
    omics, mocked = client(), OmicsMock.current()
    mocked.plan_run(fail="WORKFLOW_RUN_FAILED")
    run = start_run(omics)
    mocked.finish_all()
    assert omics.get_run(id=run)["status"] == "FAILED"
    return refusal(omics.delete_run, id=run)


def aligned_references() -> str:
    omics = client()
    store = sequence_store(omics)
    bucket("ex1.bam", "range.bam")
    arns = [reference(omics, name=name) for name in ("one", "two")]
    sources = [source(file, referenceArn=arn) for file, arn in zip(("ex1.bam", "range.bam"), arns, strict=True)]
    return refusal(lambda: start_import(omics, store, *sources))


def propagated_tag_keys() -> str:
    return refusal(client().create_sequence_store, name="store", propagatedSetLevelTags=list("abcdef"))


def reference_imports() -> str:
    omics = client()
    store = reference_store(omics)
    start_reference_import(omics, store, {"name": "one"})
    return refusal(lambda: start_reference_import(omics, store, {"name": "two"}))


def missing_read_set_code() -> str:
    omics = client()
    [error] = omics.batch_delete_read_set(sequenceStoreId=sequence_store(omics), ids=["1234567890"])["errors"]
    return error["code"]


def analytics_closed() -> str:
    return refusal(lambda: create(client(), "variant"))


def analytics_id_form() -> str:
    return re.sub("[0-9a-f]", "x", create(client(), "variant")["id"])


def part_size() -> int:
    omics = client()
    store = sequence_store(omics)
    read_set = imported(omics, store)
    return omics.get_read_set_metadata(sequenceStoreId=store, id=read_set)["files"]["source1"]["partSize"]


REFUSED = "ValidationException"
SIDES: dict[str, tuple[Any, dict[str | int, Any]]] = {
    "undeclared_parameters": (undeclared_parameters, {"refuse": REFUSED, "accept": ""}),
    "request_id_reuse": (request_id_reuse, {"original": "", "conflict": "ConflictException"}),
    "run_storage_type": (run_storage_type, {"STATIC": "STATIC", "DYNAMIC": "DYNAMIC"}),
    "storage_capacity": (storage_capacity, {"as_asked": THIRTEEN_HUNDRED, "rounded_up": 2_400}),
    "run_priority": (run_priority, {"larger_first": [5, 1, 0], "smaller_first": [1, 5, 0]}),
    "rerun_id": (rerun_id, {"source": (False, True), "own": (True, True)}),
    "delete_failed_run": (delete_failed_run, {"accept": "", "refuse": "ConflictException"}),
    "aligned_references": (aligned_references, {"any": "", "one": REFUSED}),
    "propagated_tag_keys": (propagated_tag_keys, {"unlimited": "", "five": REFUSED}),
    "reference_imports": (reference_imports, {"concurrent": "", "one_at_a_time": "ServiceQuotaExceededException"}),
    "missing_read_set_code": (missing_read_set_code, {"ResourceNotFoundException": "ResourceNotFoundException", "": ""}),
    "analytics_closed": (analytics_closed, {"open": "", "closed": "AccessDeniedException"}),
    "analytics_id_form": (analytics_id_form, {"uuid": "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx", "hex12": "x" * 12}),
    "part_size": (part_size, {104_857_600: 104_857_600, 1_024: 1_024}),
}
NEEDS = {"propagated_tag_keys": "CreateSequenceStore.propagatedSetLevelTags"}


def case(name: str, *more: Any) -> Any:
    return pytest.param(name, *more, marks=pytest.mark.operation(NEEDS.get(name, "GetRun")))


CASES = [case(name, value) for name, (_, sides) in SIDES.items() for value in sides]


def test_every_side_of_every_rule_is_tested() -> None:
    assert SIDES.keys() == RULES.keys()
    for name, rule in RULES.items():
        assert set(SIDES[name][1]) == set(rule.values) or rule.largest
        assert rule.default in SIDES[name][1]
        assert rule.strict is None or rule.strict in rule.values


@pytest.mark.parametrize(("name", "value"), CASES, ids=str)
def test_a_rule_is_kept_on_both_sides(name: str, value: str | int) -> None:
    look, sides = SIDES[name]
    with mock_omics(rules={name: value}):
        assert look() == sides[value]


@pytest.mark.parametrize("name", list(map(case, sorted(SIDES))))
def test_a_rule_has_its_default_side(name: str) -> None:
    look, sides = SIDES[name]
    with mock_omics() as omics:
        assert omics.rules[name] == RULES[name].default
        assert look() == sides[RULES[name].default]


@pytest.mark.parametrize("name", sorted(name for name, rule in RULES.items() if rule.strict is not None))
def test_a_strict_mock_takes_the_strict_side_unless_the_rule_is_chosen(name: str) -> None:
    rule = RULES[name]
    (other,) = set(rule.values) - {rule.strict}
    with mock_omics(strict=True) as strict:
        assert strict.rules[name] == rule.strict
        with mock_omics(strict=True, rules={name: other}) as chosen:
            assert chosen.rules[name] == other
        strict.rules[name] = other
        with mock_omics(strict=True) as inner:
            assert inner.rules[name] == other, "the mock around it has chosen"
        del strict.rules[name]
        assert strict.rules[name] == rule.strict
    with mock_omics(strict=True, rules={}) as strict, mock_omics() as lenient:
        assert lenient.rules[name] == rule.default
        assert dict(strict.rules)[name] == rule.strict


def test_strictness_is_seen_through_a_client() -> None:
    with mock_omics(strict=True):
        assert request_id_reuse() == "ConflictException"
    with mock_omics(strict=True, rules={"request_id_reuse": "original"}):
        assert request_id_reuse() == ""


def test_runs_that_wait_already_keep_their_places_when_the_rule_changes() -> None:
    with mock_omics() as mocked:
        omics = client()
        workflow, group = active_workflow(omics), omics.create_run_group(maxRuns=1)["id"]
        runs = [start_run(omics, workflowId=workflow, runGroupId=group, priority=priority) for priority in (1, 2, 3)]
        mocked.rules["run_priority"] = "smaller_first"
        mocked.finish_all()
        assert {omics.get_run(id=run)["status"] for run in runs} == {"COMPLETED"}


def test_an_unknown_rule_is_an_error_that_lists_the_known_ones() -> None:
    with mock_omics() as omics:
        for wrong in ({"part_sise": 1}, {"run_priority": "none"}):
            with pytest.raises(ValueError, match="run_priority|larger_first"):
                mock_omics(rules=wrong)
            with pytest.raises(ValueError, match="run_priority|larger_first"):
                omics.rules.update(wrong)
        assert "larger_first" in repr(omics.rules)
