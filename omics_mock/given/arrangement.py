"""How resources are given: asked of the engine with what is missing filled in, moved on by hand, and shown."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from omics_mock import settings
from omics_mock.lifecycle import NotAhead
from omics_mock.sequences.samples import sample

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

Bytes: TypeAlias = "bytes | Sequence[bytes]"
"""The content of a file, or of the two files of paired FASTQ."""

Definition: TypeAlias = "Mapping[str, str | bytes] | bytes"
"""The files of a workflow definition, by their names, or a zip archive of them."""

_WDL: Final = """version 1.0
workflow main {
  call work
  output { File result = work.result }
}
task work {
  command { echo done > result.txt }
  output { File result = "result.txt" }
}
"""


def archive(definition: Definition | None) -> bytes:
    """A zip archive of the files; of a WDL workflow of one task if there is nothing else."""
    if isinstance(definition, bytes):
        return definition
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, text in ({"main.wdl": _WDL} if definition is None else definition).items():
            opened.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # the same bytes every time
    return content.getvalue()


class Arrangement:
    """One account and region, to arrange resources in."""

    def __init__(self, region: str | None = None, account: str | None = None) -> None:
        import boto3

        from omics_mock.transports.identity import signed_by

        self.region = region or boto3._get_default_session().region_name or "us-east-1"
        self.account = account or signed_by("omics", {}, "", self.region)[0]

    # ---- asking ------------------------------------------------------------------------------------------------------

    def _create(self, operation: str, members: Mapping[str, Any], **defaults: object) -> dict[str, Any]:
        """Ask for something with these members and, where they are missing, with others.

        Those that are functions are called with the request so far, once nothing else is wrong with it.
        """
        asked = deepcopy(dict(members))
        _check(operation, {name: value for name, value in {**defaults, **asked}.items() if not callable(value)})
        for name, value in defaults.items():
            if name not in asked:
                asked[name] = value(asked) if callable(value) else value
        return asked | self._do(operation, asked)

    def _do(self, operation: str, members: Mapping[str, Any], account: str | None = None) -> dict[str, Any]:
        """What an operation answers, in this account or another."""
        from omics_mock.backends.dialect import omics_engine

        return omics_engine().call(operation, members, self._state(account))

    def _listed(self, operation: str, member: str, **where: str) -> list[dict[str, Any]]:
        """All that a List operation answers."""
        page = self._do(operation, where)
        found: list[dict[str, Any]] = page[member]
        while "nextToken" in page:
            page = self._do(operation, {**where, "nextToken": page["nextToken"]})
            found += page[member]
        return found

    def _move(self, id_or_arn: str, to: str) -> None:
        """Move a resource on, as far as it goes: it may come to another end, which shows when it is looked at."""
        with suppress(NotAhead):
            self._state().advance(id_or_arn, to)

    def _shown(self, operation: str, status: str | None = None, /, **named: str) -> dict[str, Any]:
        """What a Get operation answers, which is in that status."""
        answer = self._do(operation, named)
        found = answer.get("status", status)
        if status not in (None, found):
            what = ", ".join(f"{name} {value}" for name, value in named.items())
            raise ValueError(f"status: what {operation} shows of {what} is {found}, not {status}. {_why(answer)}".rstrip())
        return answer

    def _shown_after(self, id_or_arn: str, status: str, operation: str, *, by: str = "", **named: str) -> dict[str, Any]:
        """The same, moved on to that status before, or to one ``by`` which it comes there."""
        self._move(id_or_arn, by or status)
        return self._shown(operation, status, **named)

    @contextmanager
    def _resting(self, kind: str) -> Iterator[None]:
        """Meanwhile nothing of that kind moves but by hand."""
        chosen = settings.frame().lifecycles
        before = chosen.get(kind)
        chosen[kind] = "frozen"
        try:
            yield
        finally:
            chosen.pop(kind)
            if before is not None:
                chosen[kind] = before

    def _state(self, account: str | None = None) -> RegionState:
        """All there is here, or in another account."""
        from omics_mock.transports.moto import active, omics_backends

        if not active():
            raise RuntimeError("no mock is active")
        return omics_backends[account or self.account][self.region].state

    # ---- what resources need -----------------------------------------------------------------------------------------

    def _name(self, kind: str) -> str:
        """A name that nothing else has."""
        return f"{kind}_{self._state().request_ids.hex(8)}"

    def _role(self, *_: object) -> str:
        """The ARN of a role that the service may assume: made where it is not assumed to be fine."""
        from omics_mock.neighbours import arranged

        state = self._state()
        arn = f"arn:{state.partition}:iam::{self.account}:role/{arranged.ROLE}"
        trusts_us = state.neighbours.role_trusts_us(arn)
        if not (trusts_us or (trusts_us is None and not settings.options().strict)):
            arranged.make_role(self.account, state.partition)
        return arn

    def _place(self, key: str, content: bytes | None = None) -> str:
        """The S3 URI of a key in a bucket of the service's own, with that content."""
        from omics_mock.neighbours import arranged

        state = self._state()
        bucket = f"omics-mock-given-{self.region}-{self.account}"
        arranged.open_bucket(bucket, self.region, state.partition)
        if content is not None:
            state.neighbours.put_s3_object(bucket, key, content)
        return f"s3://{bucket}/{key}"

    def _network(self, *_: object) -> dict[str, Any]:
        """Settings for runs in a VPC: one that exists where any is not assumed to be fine."""
        from omics_mock.neighbours import arranged

        subnet, group = "subnet-0123456789abcdef0", "sg-0123456789abcdef0"
        if settings.options().strict:
            subnet, group = arranged.network(self.account, self.region)
        return {"vpcConfig": {"subnetIds": [subnet], "securityGroupIds": [group]}}


def files_of(content: Bytes | None, file_type: str, name: str) -> list[bytes]:
    """The one or two files of a read set; a small sample if there is nothing else."""
    if content is None:
        return [sample(file_type, name)]
    return [content] if isinstance(content, bytes) else list(content)


def parted(members: Mapping[str, Any], *names: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members of those names, and the others."""
    return (
        {name: value for name, value in members.items() if name in names},
        {name: value for name, value in members.items() if name not in names},
    )


def items_for(status: str, good: Callable[[], Any], bad: Callable[[], Any]) -> list[Any]:
    """What a job has to work on to come to that status."""
    match status:
        case "FAILED":
            return [bad()]
        case "COMPLETED_WITH_FAILURES":
            return [good(), bad()]
    return [good()]


def _why(answer: Mapping[str, Any]) -> str:
    """What a resource says of its status, and what a job says of what it worked on."""
    items: Sequence[Mapping[str, Any]] = next(
        (answer[member] for member in ("sources", "items", "readSets") if member in answer), []
    )
    said = [answer.get("failureReason"), answer.get("statusMessage"), *(item.get("statusMessage") for item in items)]
    return " ".join(filter(None, said))


def _check(operation: str, members: Mapping[str, Any]) -> None:
    """Refuse what boto3 or the service would refuse, before anything is made. What is missing is not missed yet."""
    from botocore.exceptions import ParamValidationError
    from botocore.validate import ParamValidator

    from omics_mock.backends.dialect import omics_engine

    engine = omics_engine()
    modelled = engine.service.operations.get(operation)
    if modelled is None or modelled.input is None:
        raise NotImplementedError(f"the installed botocore does not know {operation}")
    known = modelled.input.members
    for name, value in members.items():
        if name not in known:
            raise ParamValidationError(report=f'Unknown parameter in input: "{name}", must be one of: {", ".join(known)}')
        found = ParamValidator().validate(value, known[name])
        if found.has_errors():
            raise ParamValidationError(report=f"{name}: {found.generate_report()}")
    if wrong := [text for text in engine.violations(modelled)(members) if _member(text) in members]:
        raise engine.dialect.invalid(modelled, members, wrong)


def _member(violation: str) -> str:
    """The member of the request that a violation is in."""
    return violation.partition(" at '")[2].partition("'")[0].partition(".")[0]
