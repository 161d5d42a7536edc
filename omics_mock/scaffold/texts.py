"""The Python that a contributor begins with: the method and its tests."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from omics_mock.scaffold.examples import broken, smallest
from omics_mock.scaffold.families import noun

if TYPE_CHECKING:
    from botocore.model import Shape

    from omics_mock.wire.model import Operation

_WIDTH = 132
_IN_TROUBLE = (
    "CallRateLimitExceededException",
    "InternalServerException",
    "RequestTimeoutException",
    "ServiceException",
    "ServiceUnavailableException",
    "ThrottlingException",
)
"""What no request brings about: only a fault does."""
_TITLES = {"omics": "AWS HealthOmics", "imagebuilder": "EC2 Image Builder"}


def source(operation: Operation) -> str:
    """Where AWS says what the operation does."""
    return f"{_TITLES[operation.service]} API Reference, {operation.name}"


# ---- the method ------------------------------------------------------------------------------------------------------


def method(operation: Operation, owner: str, known: Collection[str]) -> str:
    """The method of a backend class that says it is still to be written. ``known`` are the names that its module has."""
    docstring = (
        f"To be written: what {operation.name} does, in one sentence.",
        "",
        f"Input: {', '.join(_inputs(operation)) or 'nothing'}.",
        f"Output: {', '.join(_outputs(operation)) or 'nothing'}.",
        f"Errors: {', '.join(operation.errors) or 'none'}.",
        f"Source: {source(operation)}.",
    )
    lines = [line for part in docstring for line in textwrap.wrap(part, _WIDTH - 8, subsequent_indent="    ") or [""]]
    lines[0] = f'"""{lines[0]}'
    body = (
        *lines,
        '"""',
        "from omics_mock.engine import NotServedYet",
        "",
        f'raise NotServedYet("{owner}.{operation.method_name} is not written yet")',
    )
    head = f"def {operation.method_name}(self, params: Params) -> {_answer(operation, known)}:"
    return textwrap.indent("\n".join((head, *(f"    {line}".rstrip() for line in body))), "    ") + "\n"


def _answer(operation: Operation, known: Collection[str]) -> str:
    """A record, of which the members of the output are taken; a page of them; or nothing."""
    members = operation.output.members if operation.output else {}
    if not members:
        return "None"
    return "Record" if "Record" in known and "nextToken" not in members else "dict[str, Any]"


def _inputs(operation: Operation) -> Iterator[str]:
    if operation.input is not None:
        for member, shape in operation.input.members.items():
            yield _described(member, shape, member in operation.input.required_members)


def _outputs(operation: Operation) -> Iterator[str]:
    if operation.output is not None:
        yield from operation.output.members


def _described(member: str, shape: Shape, required: bool) -> str:
    where = "in the path" if shape.serialization.get("location") == "uri" else ""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    size = f"{least or 0} to {most}" if most is not None else f"{least} or more" if least else ""
    facts = ("required" if required else "", where, size, "see its enum" if shape.metadata.get("enum") else "")
    return f"{member} ({', '.join(fact for fact in (shape.type_name, *facts) if fact)})"


# ---- its tests -------------------------------------------------------------------------------------------------------


def tests(operation: Operation, owner: str, marks: Collection[str]) -> str:
    """A module of tests that fail until they and the operation are written. ``marks`` are those that the suite knows."""
    client = {"omics": "omics", "imagebuilder": "builder"}[operation.service]
    wrong = list(broken(operation))
    trouble = [error for error in operation.errors if error in _IN_TROUBLE]
    asked = _literal(smallest(operation.input))
    begin = (
        f'"""{operation.name}: to be written.\n\nSource: {source(operation)}.\n"""',
        _imports(any((wrong, trouble))),
        f'pytestmark = pytest.mark.operation("{_named(operation)}")',
        f'ASKED: dict[str, Any] = {asked}\n"""The least a request has. Let it name what a test has made."""',
    )
    documented = [
        _success(operation, owner, client),
        *(_refusal(operation, error, client) for error in operation.errors if error not in _IN_TROUBLE),
    ]
    modelled = [*([_trouble(operation, trouble)] if trouble else []), *([_constraints(operation, wrong)] if wrong else [])]
    functions = (*_marked("documented", documented, marks), *_marked("model", modelled, marks))
    return "\n\n\n".join(("\n\n".join(begin), *functions)) + "\n"


def _named(operation: Operation) -> str:
    return operation.name if operation.service == "omics" else f"{operation.service}:{operation.name}"


def _imports(refusals: bool) -> str:
    lines = ["from typing import Any", "", "import pytest"]
    if refusals:
        lines += ["from botocore.exceptions import ClientError", ""]
        lines += ["from omics_mock import OmicsMock", "from tests.support.workflows import unchecked_client"]
    return "\n".join(lines)


def _marked(mark: str, functions: Iterable[str], marks: Collection[str]) -> Iterator[str]:
    """The functions with the mark that says what they are held against, where the suite has such marks."""
    yield from (f"@pytest.mark.{mark}\n{function}" if mark in marks else function for function in functions)


def _success(operation: Operation, owner: str, client: str) -> str:
    return f"""\
def test_it_answers_and_changes_what_it_should({client}: Any) -> None:
    answer = {client}.{operation.method_name}(**ASKED)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == {operation.status}
    pytest.fail("to be written: what {owner}.{operation.method_name} answers and changes")"""


def _refusal(operation: Operation, error: str, client: str) -> str:
    """A test that nothing but the error passes."""
    about = noun(operation.name)
    thing = f"{'an' if about[0] in 'aeiou' else 'a'}_{about.replace(' ', '_').lower()}"
    name = {
        "AccessDeniedException": "who_has_no_permission_is_refused",
        "ConflictException": f"{thing}_whose_state_forbids_it_is_refused",
        "ResourceNotFoundException": f"an_unknown_{thing.partition('_')[2]}_is_refused",
        "ServiceQuotaExceededException": "what_is_beyond_a_quota_is_refused",
        "ValidationException": "what_only_the_service_can_tell_to_be_wrong_is_refused",
    }.get(error, f"it_refuses_with_{_snake(error)}")
    return f"""\
def test_{name}({client}: Any) -> None:
    # Make what brings it about; where the documents know no such condition, delete this test.
    with pytest.raises({client}.exceptions.{error}, match="to be written: the message"):
        {client}.{operation.method_name}(**ASKED)"""


def _trouble(operation: Operation, errors: Iterable[str]) -> str:
    listed = ", ".join(f'"{error}"' for error in errors)
    return f"""\
@pytest.mark.parametrize("error", [{listed}])
def test_it_works_again_when_the_service_does(mocked: OmicsMock, error: str) -> None:
    client = unchecked_client("{operation.service}")
    mocked.faults.add("{operation.service}:{operation.name}", error)
    with pytest.raises(ClientError, match=error):
        client.{operation.method_name}(**ASKED)
    client.{operation.method_name}(**ASKED)"""


def _constraints(operation: Operation, wrong: Iterable[tuple[str, Any]]) -> str:
    rows = "".join(f'        ("{member}", {_literal(value)}),\n' for member, value in wrong)
    return f"""\
@pytest.mark.parametrize(
    ("member", "value"),
    [
{rows}    ],
)
def test_what_the_model_does_not_allow_is_refused(mocked: OmicsMock, member: str, value: Any) -> None:
    asked = {{name: given for name, given in {{**ASKED, member: value}}.items() if given is not None}}
    with pytest.raises(ClientError, match=f"'{{member}}' failed to satisfy constraint"):
        unchecked_client("{operation.service}").{operation.method_name}(**asked)
    pytest.fail("to be written: that nothing has changed")"""


def _literal(value: Any, indent: str = "") -> str:
    """A value as the formatter writes it, one item a line."""
    deeper = indent + "    "
    if isinstance(value, dict) and value:
        items = (f"{deeper}{_literal(key)}: {_literal(item, deeper)},\n" for key, item in value.items())
        return "{\n" + "".join(items) + indent + "}"
    if isinstance(value, list) and value:
        return "[\n" + "".join(f"{deeper}{_literal(item, deeper)},\n" for item in value) + indent + "]"
    if isinstance(value, str):
        return f'"x" * {len(value)}' if set(value) == {"x"} and len(value) > 1 else json.dumps(value)
    return f'b"{value.decode()}"' if isinstance(value, bytes) else repr(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
