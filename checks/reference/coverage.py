"""How much of what there is is there: counted in the code, against botocore's model and CloudFormation's schemas."""

import importlib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from checks.reference import provenance, walks
from checks.reference.errors import kinds
from checks.reference.markdown import Pages, code, listed, page, table
from checks.reference.operations import ALL
from checks.reference.waiting import paginators, waiters
from omics_mock import exceptions
from omics_mock.cloudformation.resource_types import RESOURCE_TYPES
from omics_mock.events import TOLD
from omics_mock.exceptions import ServiceError
from omics_mock.imagebuilder import exceptions as imagebuilder_exceptions
from omics_mock.lifecycle import KINDS
from omics_mock.operations import SERVICES, botocore_version
from omics_mock.validation import violations
from omics_mock.wire.model import Operation, load
from tests.support.constraint_cases import Case, cases_of

ROOT = Path(__file__).parents[2]

_CLIENTS = (
    # client, what runs it, how it is used
    ("boto3", "tests/backends", "boto3.md"),
    ("aiobotocore", "tests/aio/test_aiobotocore.py", "aiobotocore.md"),
    ("aioboto3", "tests/aio/test_aioboto3.py", "aiobotocore.md"),
    ("AWS CLI", "checks/aws_cli.py", "aws-cli.md"),
    ("AWS SDK for JavaScript", "checks/javascript.py", "javascript.md"),
    ("the transfer manager of aws-healthomics-tools", "checks/transfer_manager.py", ""),
    ("AWS CDK", "tests/cloudformation/test_cdk.py", "terraform-and-cdk.md"),
    ("Terraform", "", "terraform-and-cdk.md"),
    ("AWS SDK for Java", "", "java-and-go.md"),
    ("AWS SDK for Go", "", "java-and-go.md"),
)

_BEGINNING = """\
What is there of what there is, counted in the code against botocore {version}. The numbers are counted again by the project's
checks, which fail when they are not these. HealthOmics is covered as a whole; of EC2 Image Builder, the workflow resource is. An
error without a class of its own can still be [scripted](../how-to/inject-faults.md) by its name.
"""

_CONSTRAINTS = """\
## Constraints of requests

One request is made to break each constraint of the served operations' model; so many of them are refused for it.
"""

_EVENTS = "## Events\n\nOf the states that resources of a kind are in, so many are told as [events](events.md)."

_CLOUDFORMATION = """\
## CloudFormation

Of the resource types that cfn-lint's schemas have. [Use CloudFormation](../how-to/use-cloudformation.md) shows them at work.
"""

_TESTS = """\
## Where tests have their knowledge from

Tests of both services, each counted once. A test without a mark is about the library itself.
"""


def pages() -> Pages:
    """The page."""
    return {"coverage.md": page("Coverage", *_parts())}


def _parts() -> Iterator[str]:
    services = [_of_service(service) for service in SERVICES]
    yield _BEGINNING.format(version=botocore_version())
    yield table(("what", "AWS HealthOmics", "EC2 Image Builder"), [(what, *numbers) for (what, *numbers) in _across(services)])
    yield _CONSTRAINTS
    yield table(("constraint", *SERVICES), _constraints())
    yield _EVENTS
    yield table(("kind", "states"), _events())
    yield _CLOUDFORMATION
    yield table(("service", "types", "which"), _resource_types())
    yield "## Clients"
    run = sum(bool(run) for _, run, _ in _CLIENTS)
    yield f"{run} of {len(_CLIENTS)} are run against the mock by the project's tests and checks."
    yield table(("client", "run by", "how to"), _clients())
    yield _TESTS
    total, *marked = provenance.tally([*provenance.tests()])
    yield table(("tests", *provenance.MARKS, "without a mark"), [(total, *marked, total - sum(marked))])


def _across(services: list[dict[str, str]]) -> Iterable[tuple[str, ...]]:
    return ((what, *(service[what] for service in services)) for what in services[0])


def _of_service(service: str) -> dict[str, str]:
    model = load(service)
    served = {name for name in model.operations if name in _served(service)}
    module = exceptions if service == "omics" else imagebuilder_exceptions
    known = {kind.__name__ for kind in kinds(module, ServiceError)}
    declared = [(name, error) for name in served for error in model.operations[name].errors]
    polled, paged = waiters(service).values(), paginators(service).values()
    return {
        "operations served": _of(served, model.operations),
        "exceptions with a class": _of(known & set(model.error_statuses), model.error_statuses),
        "declared errors with a class of their own": _of([error for _, error in declared if error in known], declared),
        "waiters": _of([name for name in polled if name in served], polled),
        "paginators": _of([name for name in paged if name in served], paged),
        "operations that tests name": _of([name for name in served if provenance.of(service, name)], served),
    }


def _of(some: Iterable[object], there: Iterable[object]) -> str:
    return f"{len([*some]):,} of {len([*there]):,}"


def _served(service: str) -> dict[str, Operation]:
    found = [operation for family in ALL if family.service == service for operation in family.modelled()]
    return {operation.name: operation for operation in found}


def _constraints() -> Iterator[tuple[str, ...]]:
    there: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    for service in SERVICES:
        for operation in _served(service).values():
            for case in cases_of(operation):
                there[case.kind, service] += 1
                refused[case.kind, service] += _is_refused(case, operation)
    for kind in sorted({kind for kind, _ in there}):
        yield kind, *(f"{refused[kind, service]:,} of {there[kind, service]:,}" for service in SERVICES)
    yield "all", *(f"{_all(refused, service):,} of {_all(there, service):,}" for service in SERVICES)


def _all(counted: Counter[tuple[str, str]], service: str) -> int:
    return sum(number for (_, counted_service), number in counted.items() if counted_service == service)


def _is_refused(case: Case, operation: Operation) -> bool:
    return any(case.expected_fragment in violation for violation in violations(operation)(case.params))


def _events() -> Iterator[tuple[str, str]]:
    for kind in sorted(KINDS | TOLD.keys()):
        states = {state for move in walks.seen()[kind].moves for state in move if state}
        told = TOLD[kind].words().keys() if kind in TOLD else set()
        yield code(kind), f"{len(states & told)} of {len(states)}"


def _resource_types() -> Iterator[tuple[str, str, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cfn-lint's own
        there = importlib.import_module("cfnlint.schema").PROVIDER_SCHEMA_MANAGER.get_resource_types("us-east-1")
    for prefix in ("AWS::Omics::", "AWS::ImageBuilder::"):
        names = sorted(kind.name for kind in RESOURCE_TYPES if kind.name.startswith(prefix))
        every = [name for name in there if name.startswith(prefix)]
        yield code(prefix.rstrip(":")), _of(names, every), listed(name.removeprefix(prefix) for name in names)


def _clients() -> Iterator[tuple[str, str, str]]:
    for client, run, page_name in _CLIENTS:
        if run and not (ROOT / run).exists():
            raise FileNotFoundError(f"{client} is said to be run by {run}")
        yield (
            client,
            code(run) if run else "not run",
            f"[{page_name.removesuffix('.md')}](../how-to/clients/{page_name})" if page_name else "",
        )
