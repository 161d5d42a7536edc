"""The ways a test's clients can reach the mock, for ``--transport``: tests that know one way of calling prove them all."""

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from threading import Thread
from typing import Any

import boto3
import pytest
from botocore.config import Config

SERVICES = ("omics", "imagebuilder")

Make = Callable[..., Any]


@contextmanager
def clients_made_by(make: Callable[[boto3.Session, Make, str, dict[str, Any]], Any]) -> Iterator[None]:
    """Let ``make`` make the clients of our services. It gets the session, how it makes clients, the service and the arguments."""
    really_make: Make = boto3.Session.client

    def client(session: boto3.Session, service_name: str, region_name: str | None = None, **kwargs: Any) -> Any:
        arguments = {"region_name": region_name, **kwargs}
        if service_name not in SERVICES:
            return really_make(session, service_name, **arguments)
        return make(session, really_make, service_name, arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(boto3.Session, "client", client)
        yield


@contextmanager
def interceptor() -> Iterator[None]:
    """boto3's clients make HTTP requests, and moto intercepts them."""
    import_module("moto")  # with it comes what intercepts it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["omics_mock.transports.direct"].Direct, "call", lambda *_: None)
        yield


@contextmanager
def aiobotocore() -> Iterator[None]:
    """aiobotocore's clients, behind an adapter that looks like boto3's."""
    from tests.support.aio import background, client_of

    with background() as run, clients_made_by(lambda session, _, service, arguments: client_of(run, session, service, arguments)):
        yield


@contextmanager
def server() -> Iterator[None]:
    """boto3's clients go over HTTP, to a server that serves whatever mock is active in this process."""
    from omics_mock import OmicsMock
    from omics_mock.server.application import HttpServer, application
    from omics_mock.transports import moto as transport

    with socket.create_server(("127.0.0.1", 0)) as listener:
        http = HttpServer(listener, application(OmicsMock()), False)
    url = f"http://127.0.0.1:{http.server_address[1]}"

    def make(session: boto3.Session, really_make: Make, service: str, arguments: dict[str, Any]) -> Any:
        if arguments.get("endpoint_url"):
            return really_make(session, service, **arguments)
        config = (arguments.get("config") or Config()).merge(Config(inject_host_prefix=False))
        return really_make(session, service, **{**arguments, "endpoint_url": url, "config": config})

    transport.install()
    transport.served_at.add(url)
    thread = Thread(target=http.serve_forever, args=(0.05,), name="server of the tests")
    thread.start()
    try:
        with clients_made_by(make):
            yield
    finally:
        http.stop()
        thread.join()
        http.server_close()
        transport.served_at.discard(url)


TRANSPORTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "boto3": nullcontext,
    "interceptor": interceptor,
    "aio": aiobotocore,
    "server": server,
}
"""By name, what makes the tests' clients go that way while it is entered."""
