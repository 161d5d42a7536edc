"""Operations by the names that tests call them, and those that a test serves itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omics_mock.about import version

if TYPE_CHECKING:
    from omics_mock.wire.model import Operation

Handler: TypeAlias = "Callable[[dict[str, Any]], Mapping[str, Any] | None]"
"""Called with the members of a request; the answer's members, or an error of ``omics_mock.exceptions``."""

SERVICES: Final = ("omics", "imagebuilder")


def called(name: str) -> list[Operation]:
    """The operations that a name means: ``"GetRun"``, ``"imagebuilder:GetWorkflow"``, ``"*"``; HealthOmics' own come first."""
    from omics_mock.wire.model import load  # loads botocore

    wanted, _, bare = name.rpartition(":")
    known = [load(service).operations for service in SERVICES if wanted in ("", service)]
    if bare == "*":
        return [operation for operations in known for operation in operations.values()]
    found = [operations[bare] for operations in known if bare in operations]
    if not found:
        names = {known_name.lower(): known_name for operations in known for known_name in operations}
        close = [names[match] for match in get_close_matches(bare.replace("_", "").lower(), names)]
        raise ValueError(f"unknown operation {name!r}" + (f"; did you mean {', '.join(close)}?" if close else ""))
    return found


def to_be_served(name: str) -> Operation:
    """The one operation that a name means; a ValueError tells when no client could ask for it."""
    if name.rpartition(":")[2] == "*":
        raise ValueError("one operation at a time can be served by a function, not '*'")
    try:
        return called(name)[0]
    except ValueError as unknown:
        botocore = botocore_version()
        raise ValueError(f"{unknown} (botocore {botocore} has no such operation: no client can ask for it)") from unknown


def answer_of(handler: Handler, operation: Operation, params: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a test's own function answers to a request; a ValueError if the operation has no such members."""
    answer = handler(dict(params)) or {}
    members = operation.output.members if operation.output else {}
    if unknown := [member for member in answer if member not in members]:
        raise ValueError(
            f"{operation.name} does not answer {', '.join(map(str, unknown))}, as the function given to omics.on does; "
            f"it answers {', '.join(members) or 'nothing'}"
        )
    return answer


def not_served(operation: Operation) -> str:
    """What to do about an operation that AWS has and this library has not."""
    same = called(operation.name)[0] is operation
    name = operation.name if same else f"{operation.service}:{operation.name}"
    return (
        f"{operation.name} of {operation.service}, which botocore {botocore_version()} knows, is newer than omics_mock "
        f'{version()} or left out of it: upgrade omics_mock, or serve it yourself with omics.on("{name}", fn)'
    )


def botocore_version() -> str:
    """The version that knows which operations there are."""
    import botocore

    return botocore.__version__
