"""The operations: an index, and a page for each resource family."""

import inspect
import re
import sys
from collections.abc import Iterator

from checks.reference import provenance
from checks.reference.markdown import Pages, anchor, code, count, listed, page, sentence, table
from checks.reference.members import members
from checks.reference.waiting import paginators, waiters
from omics_mock.backends.region import FAMILIES
from omics_mock.deviations import ACCEPTED_ANYWAY, OUTSIDE_OUTPUT_SHAPE, UNDECLARED_ERRORS
from omics_mock.imagebuilder.dialect import ImageBuilderDialect
from omics_mock.imagebuilder.workflows import ImageWorkflows
from omics_mock.state import Family
from omics_mock.wire.model import Operation

ALL: tuple[type[Family], ...] = (*FAMILIES, ImageWorkflows)

_BEGINNING = """\
Every operation that is served, by family. A family's page has each operation's method and path, its members with the constraints
that a request is checked against, its errors, waiters and paginators, and what it does. `omics-mock operations` prints the same
list for the botocore that is installed.

The columns on the right count the tests that touch an operation, by where they have their knowledge from: the service's
`model`; what AWS has `documented`; what was `observed` at AWS; what is `inferred`, as nothing public tells. A test that touches
several operations counts for each, and one with many cases counts once. A test without a mark is about the library itself.
"""

_END = """\
## Operations that are not served

The request of any other operation is checked as usual; then the call raises `omics_mock.engine.NotServedYet`, which is a
`NotImplementedError` and not a response, so that no test passes by mistake. [Serve it yourself](../how-to/understand-errors.md)
with `omics.on`.

```python
import boto3
from omics_mock import mock_imagebuilder

with mock_imagebuilder():
    imagebuilder = boto3.client("imagebuilder", region_name="us-east-1")
    try:
        imagebuilder.list_images()
    except NotImplementedError as error:
        assert "ListImages" in str(error)
    else:
        raise AssertionError
```

```{toctree}
:hidden:
:glob:

operations/*
```
"""

_MEMBERS = ("member", "type", "required", "rule")


def pages() -> Pages:
    """The index and the page of each family."""
    families = {f"operations/{slug(family)}.md": page(title(family), *_family(family)) for family in ALL}
    return {"operations.md": page("Operations", _BEGINNING, *_index(), _END), **families}


def slug(family: type[Family]) -> str:
    """What the family's page is called."""
    return "-".join(_words(family)).lower()


def title(family: type[Family]) -> str:
    """What the family is called in prose."""
    first, *rest = _words(family)
    return " ".join((first, *(word.lower() for word in rest)))


def link(family: type[Family], operation: str, folder: str = "operations/") -> str:
    """A link to an operation on its family's page."""
    return f"[{operation}]({folder}{slug(family)}.md#{anchor(operation)})"


def _words(family: type[Family]) -> list[str]:
    return re.findall(r"S3|[A-Z][a-z]+", family.__name__)


def _index() -> Iterator[str]:
    for family in ALL:
        yield f"## {title(family)}"
        yield f"{sentence(inspect.getdoc(family) or '')} [All about them](operations/{slug(family)}.md)."
        rows = [
            (link(family, operation.name), *provenance.tally(provenance.of(operation.service, operation.name)))
            for operation in family.modelled()
        ]
        yield table(("operation", "tests", *provenance.MARKS), rows)


def _family(family: type[Family]) -> Iterator[str]:
    yield sentence(inspect.getdoc(family) or "")
    many = count(len(family.modelled()), "operation")
    client = f'boto3.client("{family.service}")'
    yield f"Client: {code(client)}. {many}; [all families](../operations.md)."
    module = inspect.getdoc(sys.modules[family.__module__]) or ""
    if source := module.partition("Source: ")[2].partition("\n\n")[0]:
        yield f"Written after: {sentence(source)}"
    for operation in family.modelled():
        yield f"## {operation.name}"
        yield from _operation(family, operation)


def _operation(family: type[Family], operation: Operation) -> Iterator[str]:
    purpose, *rules = re.split(r"(?<=\.)\s+", inspect.getdoc(getattr(family, operation.method_name)) or "", maxsplit=1)
    yield sentence(purpose)
    host = f" · host prefix {code(operation.host_prefix)}" if operation.host_prefix else ""
    request = code(f"{operation.http_method} {operation.uri}")
    yield f"{request} · answers {operation.status}{host} · in boto3 {code(operation.method_name)}"
    if rules:
        yield f"Besides: {sentence(rules[0])}"
    found = [*members(operation)]
    if found:
        rows = [(code(member.path), member.kind, "yes" if member.required else "", member.rules) for member in found]
        yield table(_MEMBERS, rows)
    else:
        yield "The request has no members."
    yield from map("\n".join, filter(None, [[*_facts(operation)]]))


def _facts(operation: Operation) -> Iterator[str]:
    errors = sorted(operation.errors.items(), key=lambda error: error[::-1])
    yield f"- errors: {', '.join(f'{code(name)} {status}' for name, status in errors)}"
    if polling := [name for name, polled in waiters(operation.service).items() if polled == operation.name]:
        yield f"- waiters: {listed(polling)}"
    if paging := [name for name, paged in paginators(operation.service).items() if paged == operation.name]:
        yield f"- paginator: {listed(paging)}"
    for text in _deviations(operation):
        yield f"- knowingly not as the model has it: {text}"
    tests, *marked = provenance.tally(provenance.of(operation.service, operation.name))
    by_mark = ", ".join(f"{number} {mark}" for mark, number in zip(provenance.MARKS, marked, strict=True) if number)
    yield f"- tests: {tests}{f' ({by_mark})' if by_mark else ''}"


def _deviations(operation: Operation) -> Iterator[str]:
    builder = operation.service == "imagebuilder"
    accepted = ImageBuilderDialect.accepted_anyway if builder else ACCEPTED_ANYWAY
    for (name, member), (form, why) in accepted.items():
        if name == operation.name:
            yield f"{code(member)} may be {code(form)}: {sentence(why)}"
    raised = ImageBuilderDialect.undeclared_errors if builder else UNDECLARED_ERRORS
    answered = ImageBuilderDialect.outside_output_shape if builder else OUTSIDE_OUTPUT_SHAPE
    for (name, what), why in (*raised.items(), *answered.items()):
        if name == operation.name:
            yield f"{code(what)}: {sentence(why)}"
