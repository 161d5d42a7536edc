"""Whatever is asked for: the direct transport and moto's interceptor answer alike, and leave the same behind."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omics_mock import mock_omics
from omics_mock.wire.model import Operation, load
from tests.support.analytics import generic
from tests.support.constraint_cases import fewest, operations
from tests.support.shape_strategies import structures
from tests.support.workflows import ROLE, active_workflow, archive, start_run, unchecked_client

OPERATIONS = {service: load(service).operations for service in ("omics", "imagebuilder")}
AT_ONCE = 9

Calls = tuple[tuple[str, str, dict[str, Any]], ...]


def made_ready(omics: Any) -> dict[str, str]:
    """Resources to ask for: the values of the members that name them."""
    workflow = active_workflow(omics, name="flow", tags={"a": "b"}, parameterTemplate={"first": {"optional": True}})
    if "CreateWorkflowVersion" in OPERATIONS["omics"]:  # older versions of botocore have no such thing
        omics.create_workflow_version(workflowId=workflow, versionName="v1", definitionZip=archive())
    group = omics.create_run_group(name="group")["id"]
    run = start_run(omics, workflowId=workflow, name="run", runGroupId=group, parameters={"first": [1, 2.5, {"deep": None}]})
    sequences = omics.create_sequence_store(name="reads")
    upload = omics.create_multipart_read_set_upload(
        sequenceStoreId=sequences["id"], sourceFileType="FASTQ", subjectId="s", sampleId="s", name="n"
    )
    references = omics.create_reference_store(name="references")["id"]
    generic(omics, name="annotations")
    return {
        "workflowId": workflow,
        "versionName": "v1",
        "runId": run,
        "runGroupId": group,
        "sequenceStoreId": sequences["id"],
        "referenceStoreId": references,
        "uploadId": upload["uploadId"],
        "name": "annotations",
        "resourceArn": sequences["arn"],
        "roleArn": ROLE,
    }


IDS = {"RunGroup": "runGroupId", "SequenceStore": "sequenceStoreId", "ReferenceStore": "referenceStoreId", "Run": "runId"}


def asking_for(operation: Operation, ready: Mapping[str, str]) -> dict[str, Any]:
    """A request that keeps the constraints, for what is there where that is possible."""
    if operation.input is None:
        return {}
    params: dict[str, Any] = fewest(operation.input)
    params |= {name: value for name, value in ready.items() if name in operation.input.members}
    if "id" in params:
        kinds = (member for kind, member in IDS.items() if operation.name.endswith((kind, f"{kind}Tasks")))
        params["id"] = ready[next(kinds, "workflowId")]
    return params


@st.composite
def requests(draw: st.DrawFn, operation: Operation, ready: Mapping[str, str]) -> dict[str, Any]:
    """Requests of an operation: valid ones, such with other members, and any at all."""
    valid = asking_for(operation, ready)
    if operation.input is None:
        return valid
    others: dict[str, Any] = draw(structures(operation.input))
    match draw(st.sampled_from(("valid", "with others", "any"))):
        case "valid":
            return valid
        case "with others":
            return others | {name: value for name, value in valid.items() if draw(st.booleans())}
    return others


def outcome(clients: Mapping[str, Any], operation: Operation, params: dict[str, Any]) -> Any:
    """What the caller gets, with the types of all that is in it."""
    try:
        answer = getattr(clients[operation.service], operation.method_name)(**params)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the same both ways
        return operation.name, type(error).__name__, str(error), typed(getattr(error, "response", None))
    return operation.name, typed(answer)


def without_tokens(params: Mapping[str, Any]) -> dict[str, Any]:
    """botocore makes them up where the test gives none."""
    return {name: value for name, value in params.items() if name not in ("clientToken", "requestId")}


def typed(value: Any) -> Any:
    if isinstance(value, dict):
        return "dict", [(name, typed(item)) for name, item in value.items()]
    if isinstance(value, list):
        return "list", [typed(item) for item in value]
    if hasattr(value, "read"):
        return type(value), value.read()
    return type(value), repr(value)


def transcript(calls: Calls, direct: bool) -> list[Any]:
    """What is answered to the calls, and then told about all there is, in a mock of its own."""
    with mock_omics(seed=1, now="2024-05-06T07:08:09.123456Z", direct=direct) as mocked:
        clients = {service: unchecked_client(service) for service in OPERATIONS}
        made_ready(clients["omics"])
        answers = [outcome(clients, OPERATIONS[service][name], params) for service, name, params in calls]
        log = [(call.operation, typed(without_tokens(call.params)), typed(call.response), str(call.error)) for call in mocked.calls]
        lists = [operation for operation in OPERATIONS["omics"].values() if operation.name.startswith("List")]
        with mock_omics(direct=False):
            left = [outcome(clients, operation, {}) for operation in lists]
    return [*answers, *log, *left]


@pytest.fixture(scope="module")
def ready() -> dict[str, str]:
    with mock_omics(seed=1):
        return made_ready(unchecked_client())


def portions() -> list[list[Operation]]:
    """All operations, some at a time, far ones together."""
    every = operations()
    count = -(-len(every) // AT_ONCE)
    return [every[start::count] for start in range(count)]


@pytest.mark.parametrize("portion", portions(), ids=lambda portion: portion[0].name)
def test_both_ways_come_to_the_same(request: pytest.FixtureRequest, ready: dict[str, str], portion: list[Operation]) -> None:
    each = [st.tuples(st.just(operation.service), st.just(operation.name), requests(operation, ready)) for operation in portion]
    examples: int = request.config.getoption("--differential-examples")

    @settings(max_examples=examples, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.tuples(*each))
    def compare(calls: Calls) -> None:
        over_http, direct = transcript(calls, direct=False), transcript(calls, direct=True)
        for one, other in zip(over_http, direct, strict=True):
            assert one == other

    run: Callable[[], None] = compare
    run()
