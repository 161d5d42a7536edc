"""What is seen of a service, and what two of them differ in."""

import json
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from omics_mock import mock_omics
from omics_mock.about import version

PREFIX = "omics-mock-verify-"
_UNDER_WAY = ("CREATING", "UPDATING", "DELETING")
_NORMAL = {
    r"arn:[\w-]+:(iam|sts)::\d+:[^\s'\"]+": "PRINCIPAL",
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}": "UUID",
    r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)": "TIME",
    r"\d{7,}": "ID",  # account numbers too
}


@dataclass(frozen=True)
class Seen:
    """What came of one call. ``refusal`` is what the probe expects: an exception's name, or nothing."""

    operation: str
    refusal: str
    status: int
    code: str = ""
    message: str = ""
    members: Mapping[str, str] = field(default_factory=dict)


class Witness:
    """Makes calls, writes down what came of them, and lets ``undo`` delete what they made, by whatever name."""

    def __init__(self, client: Any, bucket: str, undo: ExitStack) -> None:
        self.client, self.bucket, self.undo = client, bucket, undo
        self.suffix = uuid4().hex[:12]
        self.name = PREFIX + self.suffix
        self.seen: list[Seen] = []

    def __call__(self, operation: str, refusal: str = "", /, **params: Any) -> Mapping[str, Any]:
        _, _, kind = operation.partition("create_")
        if kind:
            params = {"tags": {"made-by": "omics-mock-verify"}, **params}
        # What a refusal lacks is made up: a probe makes the same calls wherever it goes.
        answer: dict[str, Any] = defaultdict(lambda: "9999999999")
        outcome: dict[str, Any]
        try:
            answer |= getattr(self.client, operation)(**params)
        except ClientError as error:
            said, status = error.response["Error"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            outcome = {"code": said["Code"], "message": self.normal(said["Message"])}
        else:
            status = answer.pop("ResponseMetadata")["HTTPStatusCode"]
            outcome = {"members": dict(self.members(answer))}
            if kind and "id" in answer:
                self.undo.callback(self.delete, kind, answer["id"])
        self.seen.append(Seen(self.client.meta.method_to_api_mapping[operation], refusal, status, **outcome))
        return answer

    def wait(self, operation: str, **params: Any) -> None:
        """Until nothing is under way any more, or for two minutes."""
        with suppress(ClientError):
            for _ in range(60):
                if getattr(self.client, operation)(**params).get("status") not in _UNDER_WAY:
                    break
                time.sleep(2)

    def delete(self, kind: str, made: str) -> None:
        with suppress(BotoCoreError, ClientError):  # deleted by the probe already; otherwise the last look finds it
            self.wait(f"get_{kind}", id=made)
            getattr(self.client, f"delete_{kind}")(id=made)

    def members(self, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
        """Where there are members, and of which type; or their value, where that is no chance."""
        match value:
            case dict():
                if path:
                    yield path, "object"
                for name, member in value.items():
                    yield from self.members(member, f"{path}.{name}" if path else name)
            case list():
                yield path, f"list of {len(value)}"
                for item in value:
                    yield from self.members(item, f"{path}[]")
            case bool():
                yield path, str(value)
            case str() if re.fullmatch(r"[A-Z][A-Z0-9_]+|arn:.+", value):
                yield path, self.normal(value)
            case _:
                yield path, type(value).__name__

    def normal(self, text: str) -> str:
        """The text without what is different each time, and without what tells whose account it was."""
        text = text.replace(self.suffix, "SUFFIX")
        text = text.replace(self.bucket, "BUCKET") if self.bucket else text
        for pattern, name in _NORMAL.items():
            text = re.sub(pattern, name, text)
        return text


Probe = Callable[[Witness], None]


def observe(probe: Probe, client: Any, bucket: str) -> list[Seen]:
    """What a probe sees. Whatever it made is deleted, the latest first, however it ends."""
    with ExitStack() as undo:
        witness = Witness(client, bucket, undo)
        probe(witness)
    return witness.seen


def observe_the_mock(probe: Probe, region: str, bucket: str) -> list[Seen]:
    """What a probe sees of a mock of its own."""
    with mock_omics(skip_sleep=True):
        return observe(probe, client(region_name=region), bucket)


def client(session: boto3.Session | None = None, **kwargs: Any) -> Any:
    """A client that sends whatever it is given, and waits when it is throttled."""
    config = Config(parameter_validation=False, retries={"mode": "standard", "max_attempts": 8})
    return (session or boto3.Session()).client("omics", **{**kwargs, "config": config.merge(kwargs.get("config", Config()))})


def leftovers(client: Any, prefix: str = PREFIX) -> list[str]:
    """What there is whose name begins like that."""
    found = []
    for operation in ("list_run_groups", "list_run_caches", "list_workflows", "list_sequence_stores", "list_reference_stores"):
        pages = client.get_paginator(operation).paginate() if hasattr(client, operation) else ()
        items = (item for page in pages for members in page.values() if isinstance(members, list) for item in members)
        found += [item["arn"] for item in items if item.get("name", "").startswith(prefix) and item.get("status") != "DELETING"]
    return found


# ---- what the mock is compared with ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    client: Any
    kind: str
    region: str
    bucket: str
    account: str = ""


def target_of(environ: Mapping[str, str]) -> Target | None:
    """What the environment names; a UsageError if it is an account that may not be meant."""
    named, bucket = environ.get("OMICS_MOCK_TARGET", ""), environ.get("OMICS_MOCK_TARGET_BUCKET", "")
    if not named:
        return None
    if named.startswith(("http://", "https://")):
        there: Any = {"endpoint_url": named, "aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        direct = client(region_name="us-east-1", config=Config(inject_host_prefix=False), **there)
        return Target(direct, "a server", "us-east-1", bucket)
    if named != "aws":
        raise pytest.UsageError(f"OMICS_MOCK_TARGET is aws or the URL of a server, not {named!r}")
    if environ.get("CI"):
        raise pytest.UsageError("OMICS_MOCK_TARGET=aws makes and deletes things in an account, which is nothing for CI")
    session = boto3.Session()
    if not session.region_name:
        raise pytest.UsageError("OMICS_MOCK_TARGET=aws needs a region: set AWS_DEFAULT_REGION")
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except (BotoCoreError, ClientError) as error:
        raise pytest.UsageError(f"OMICS_MOCK_TARGET=aws: AWS does not say whose credentials these are: {error}") from None
    if environ.get("OMICS_MOCK_TARGET_ACCOUNT") != account:
        raise pytest.UsageError(
            f"these are credentials of account {account}: if you mean it, set OMICS_MOCK_TARGET_ACCOUNT={account}"
        )
    return Target(client(session), "AWS", session.region_name, bucket, account)


# ---- differences -----------------------------------------------------------------------------------------------------


class Difference(NamedTuple):
    probe: str
    operation: str
    what: str
    mock: str
    target: str


def differences(probe: str, mock: list[Seen], target: list[Seen]) -> list[Difference]:
    """What two services differ in, call by call. Of an answer and a refusal the members are not compared."""
    found = []
    for number, (ours, theirs) in enumerate(zip(mock, target, strict=True), 1):
        pairs = {what: (str(getattr(ours, what)), str(getattr(theirs, what))) for what in ("status", "code", "message")}
        if ours.code == theirs.code == "":
            names = sorted({*ours.members, *theirs.members})
            pairs |= {f"member {name}": (ours.members.get(name, ""), theirs.members.get(name, "")) for name in names}
        place = f"{probe}, call {number}"
        found += [Difference(place, ours.operation, what, *pair) for what, pair in pairs.items() if pair[0] != pair[1]]
    return found


@dataclass
class Comparison:
    target: Target | None
    compared: int = 0
    found: list[Difference] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def heading(self) -> str:
        where = f"{self.target.kind}, {self.target.region}" if self.target else "nothing"
        versions = f"omics-mock {version()}, botocore {botocore.__version__}"
        return f"{self.compared} calls of the mock and {where}, {datetime.now(UTC).date()}, {versions}"

    def markdown(self) -> str:
        rows = [Difference._fields, ("---",) * len(Difference._fields), *self.found]
        table = ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") or "(none)" for cell in row) + " |" for row in rows]
        return "\n".join(
            [self.heading(), "", *(table if self.found else ["No differences." if self.compared else "Nothing was compared."])]
        )

    def json(self) -> str:
        return json.dumps({"about": self.heading(), "differences": [one._asdict() for one in self.found]}, indent=2)
