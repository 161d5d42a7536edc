"""The ways a test's clients can reach the mock, for ``--transport``: tests that know one way of calling prove them all."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from typing import Any

import boto3
import pytest

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
def direct_boto3() -> Iterator[None]:
    """boto3's clients are served without HTTP wherever that is exact."""
    import_module("moto")  # with it comes what intercepts it
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules["omics_mock.transports.direct"], "BOTO3_BY_DEFAULT", True)
        yield


@contextmanager
def aiobotocore() -> Iterator[None]:
    """aiobotocore's clients, behind an adapter that looks like boto3's."""
    from tests.support.aio import background, client_of

    with background() as run, clients_made_by(lambda session, _, service, arguments: client_of(run, session, service, arguments)):
        yield


TRANSPORTS: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "boto3": nullcontext,
    "direct": direct_boto3,
    "aio": aiobotocore,
}
"""By name, what makes the tests' clients go that way while it is entered."""
