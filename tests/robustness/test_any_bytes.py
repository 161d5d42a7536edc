"""Whatever comes in: refused as the model says, within bounds, and nothing has changed; or done, and all can still be looked at."""

import json
import re
import socket
from collections.abc import Iterator
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from omics_mock import mock_omics
from omics_mock.content import Stream
from omics_mock.engine import Request, Response
from omics_mock.server import OmicsServer
from omics_mock.transports import moto as transport
from omics_mock.wire.model import Operation, load
from omics_mock.wire.router import NoRoute
from tests.conftest import ENGINES
from tests.support.bounds import using_at_most, within
from tests.support.constraint_cases import operations
from tests.support.hostile_http import DEEP, Raw, as_sent, tampered
from tests.support.populated import ACCOUNT, Found, populate_sparsely
from tests.support.servers import SIGNED
from tests.support.valid_requests import valid_requests
from tests.test_snapshots import dumped

NOW = "2026-01-02T03:04:05"
REGION = "us-east-1"
SECONDS = 1.0


class World:
    """A mock with one of most things in it, which can be put back."""

    def __init__(self, mock: Any) -> None:
        self.mock = mock
        self.found = populate_sparsely(mock)
        self.snapshot = mock.snapshot()
        self.before = self.looks()

    def looks(self) -> str:
        """All there is, but for how many requests there have been."""
        return re.sub(r'"request_ids": [^\n]*', "", dumped(self.mock))

    def answer(self, service: str, raw: Raw) -> Response | None:
        """What the engine answers; nothing where no operation has the path."""
        backends: Any = transport._backends[service]
        asked = Request(raw.method, raw.path, raw.query, raw.headers, raw.body, ACCOUNT, REGION)
        try:
            return ENGINES[service]().handle(asked, backends[ACCOUNT][REGION].state)
        except NoRoute:
            return None


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with mock_omics(now=NOW, seed=1, lifecycle="frozen") as mock:
        yield World(mock)


@st.composite
def hostile(draw: st.DrawFn, operation: Operation, there: Found) -> Raw:
    """Requests of an operation that were tampered with once or more."""
    raw = as_sent(operation, draw(valid_requests(operation, there)))
    random = Random(draw(st.integers(0, 1 << 32)))
    for _ in range(random.randrange(1, 4)):
        raw = tampered(raw, random)
    return raw


def check(service: str, answer: Response) -> None:
    """It is an answer, or an error of the model with a message."""
    if answer.status < 400:
        return
    assert answer.status < 500
    statuses = load(service).error_statuses
    assert statuses[answer.headers["x-amzn-ErrorType"]] == answer.status
    assert isinstance(answer.body, bytes)
    message = json.loads(answer.body)["message"]
    assert message
    assert "Traceback" not in message


@pytest.mark.parametrize("operation", operations(), ids=lambda operation: f"{operation.service}:{operation.name}")
def test_a_tampered_request_changes_nothing_or_is_done(world: World, operation: Operation, examples: int) -> None:
    @settings(max_examples=max(1, examples // 2), phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))
    @given(hostile(operation, world.found))
    def ask(raw: Raw) -> None:
        world.mock.restore(world.snapshot)
        with within(SECONDS, str(raw)):
            answer = world.answer(operation.service, raw)
        if answer is None or answer.status >= 400:
            event("no route" if answer is None else "refused")
            assert world.looks() == world.before
            if answer is not None:
                check(operation.service, answer)
            return
        event("done")
        if isinstance(answer.body, Stream):
            answer.body.read()
        else:
            assert answer.status == 204 or isinstance(json.loads(answer.body or b"{}"), dict)
        world.mock.finish_all()
        look_at_everything(world)

    ask()


def look_at_everything(world: World) -> None:
    """All that there is can be listed, and dumped."""
    for operation in operations():
        if operation.name.startswith("List") and "{" not in operation.uri:
            params = {"resourceOwner": "SELF"} if operation.name == "ListShares" else {}
            if operation.input is not None and not params.keys() >= set(operation.input.required_members):
                continue  # of something, which older models say in the query
            answer = world.answer(operation.service, as_sent(operation, params))
            assert answer is not None
            assert answer.status == 200
            assert isinstance(answer.body, bytes)
            json.loads(answer.body)
    dumped(world.mock)


@settings(suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(("GET", "POST", "PUT", "DELETE", "PATCH", "\0")),
    st.text(max_size=30).map(lambda path: "/" + path),
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=5).map(str.lower), st.text(max_size=5), max_size=2),
    st.binary(max_size=50),
)
def test_noise_is_no_request(world: World, method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
    for service in ENGINES:
        answer = world.answer(service, Raw(method, path, query, headers, body))
        if answer is not None:
            check(service, answer)


BIG = {
    "deep": b'{"parameters": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep unknown": b'{"unknown": ' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "long": b'{"name": "' + b"a" * (4 << 20) + b'"}',
    "wide": b'{"tags": {' + b",".join(b'"k%d": "v"' % number for number in range(100_000)) + b"}}",
    "many": b'{"parameters": [' + b"1," * 500_000 + b"1]}",
    "many digits": b'{"storageCapacity": ' + b"9" * (1 << 20) + b"}",
}


@pytest.mark.parametrize("case", BIG)
def test_a_big_body_costs_little_more_than_itself(world: World, case: str) -> None:
    raw = Raw("POST", "/run", headers={"content-type": "application/json"}, body=BIG[case])
    world.mock.restore(world.snapshot)
    with within(2.0, case):
        answer = world.answer("omics", raw)
    assert answer is not None
    check("omics", answer)
    assert answer.status == 400
    with using_at_most(100, case):
        world.answer("omics", raw)
    assert world.looks() == world.before


# ---- over the network ------------------------------------------------------------------------------------------------


def as_bytes(raw: Raw, signed: bool) -> bytes:
    """A request as a client would write it who does not look at what it writes."""
    target = raw.path + (f"?{raw.query}" if raw.query else "")
    headers = {
        "Host": "omics",
        **(SIGNED if signed else {}),
        **raw.headers,
        "Content-Length": str(len(raw.body)),
        "Connection": "close",
    }
    head = [f"{raw.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(head).encode(errors="surrogatepass") + raw.body


def exchanged(server: OmicsServer, sent: bytes) -> bytes:
    """All that a server answers to these bytes."""
    address = urlsplit(server.url)
    answered = b""
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        try:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(1 << 16):
                answered += part
        except TimeoutError:
            raise
        except OSError:  # it had read enough
            pass
    return answered


@pytest.fixture(scope="module")
def server(world: World) -> Iterator[OmicsServer]:
    world.mock.restore(world.snapshot)
    with OmicsServer() as running:
        yield running


def test_the_server_outlives_whatever_is_sent(server: OmicsServer, world: World, examples: int) -> None:
    every = st.sampled_from([operation for operation in operations() if operation.service == "omics"])

    @settings(max_examples=40 * examples, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck))
    @given(every.flatmap(lambda operation: hostile(operation, world.found)), st.booleans())
    def send(raw: Raw, signed: bool) -> None:
        answered = exchanged(server, as_bytes(raw, signed))
        status = answered.split(b" ", 2)[1] if answered.startswith(b"HTTP/") else b"hung up"
        event(status.decode())
        assert b"OmicsMockException" not in answered
        assert not (status.startswith(b"5") and signed and "host" not in raw.headers), answered[:2_000]

    send()
    assert exchanged(server, as_bytes(Raw("GET", "/runGroup"), signed=True)).startswith(b"HTTP/1.1 200")


def test_the_server_outlives_noise(server: OmicsServer, examples: int) -> None:
    whole = as_bytes(Raw("POST", "/runGroup", headers={"content-type": "application/json"}, body=b'{"name": "a"}'), signed=True)

    @settings(max_examples=20 * examples, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, len(whole)), st.binary(max_size=8), st.integers(0, 8))
    def send(at: int, noise: bytes, left_out: int) -> None:
        answered = exchanged(server, whole[:at] + noise + whole[at + left_out :])
        assert b"OmicsMockException" not in answered  # whatever else is said of what is for another service now

    send()
    assert exchanged(server, as_bytes(Raw("GET", "/runGroup"), signed=True)).startswith(b"HTTP/1.1 200")
