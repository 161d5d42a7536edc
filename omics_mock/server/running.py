"""The server in a thread of this process."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from ipaddress import ip_address
from threading import Thread
from typing import TYPE_CHECKING, Self, TypedDict, Unpack

from omics_mock.mock import MockOptions, OmicsMock
from omics_mock.server.addresses import REGION, environment

if TYPE_CHECKING:
    from types import TracebackType

    from botocore.config import Config

LOG_LIMIT = 10_000
"""How many calls a server remembers unless told otherwise."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # where a server is reached that listens at all of a machine's addresses


class ClientKwargs(TypedDict):
    """What a boto3 client of a server is made with."""

    endpoint_url: str
    region_name: str
    aws_access_key_id: str
    aws_secret_access_key: str
    config: Config


class OmicsServer:
    """moto's server with HealthOmics and Image Builder in it: one endpoint for every service.

    While it runs, it is a ``mock_omics`` with a door: it takes the same options, nests with other mocks in the same way, and serves
    the resources they see. ``omics`` steers it from within, OmicsControl from other processes.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        log_limit: int | None = LOG_LIMIT,
        verbose: bool = False,
        **options: Unpack[MockOptions],
    ) -> None:
        if log_limit is not None and log_limit < 0:
            raise ValueError(f"log_limit is a number of calls, or None for all of them, not {log_limit!r}")
        self.omics = OmicsMock(**options)
        self._address = host, port
        self._log_limit = log_limit
        self._verbose = verbose
        self._url = ""
        self._reachable_from_outside = False
        self._running: ExitStack | None = None

    def __repr__(self) -> str:
        return f"<OmicsServer {self._url if self._running else 'not running'}>"

    @property
    def url(self) -> str:
        """Where it listens, ``http://127.0.0.1:49731`` for instance."""
        if self._running is None:
            raise RuntimeError("the server is not running")
        return self._url

    @property
    def reachable_from_outside(self) -> bool:
        """Whether other machines may reach it."""
        return self._reachable_from_outside

    @property
    def environment(self) -> dict[str, str]:
        """The variables for programs that are to use it."""
        return environment(self.url)

    def client_kwargs(self, region: str = REGION) -> ClientKwargs:
        """What to make boto3 clients with: ``boto3.client("omics", **server.client_kwargs())``."""
        from botocore.config import Config

        return {
            "endpoint_url": self.url,
            "region_name": region,
            "aws_access_key_id": "testing",
            "aws_secret_access_key": "testing",
            "config": Config(inject_host_prefix=False, s3={"addressing_style": "path"}),
        }

    def start(self) -> Self:
        """Listen. Raises OSError at once if that is impossible at the host and port."""
        from omics_mock.server.application import HttpServer, application
        from omics_mock.transports import moto as transport

        if self._running is not None:
            raise RuntimeError("the server is running already")
        with ExitStack() as started:
            with _listener(*self._address) as listener:
                server = HttpServer(listener, application(self.omics), self._verbose)
            started.callback(server.server_close)
            self.omics.start()
            self.omics.calls.limit = self._log_limit
            host, bound_port = server.server_address[:2]
            self._url = _url(str(host), bound_port)
            self._reachable_from_outside = not ip_address(str(host)).is_loopback
            transport.served_at.add(self._url)
            started.callback(transport.served_at.discard, self._url)
            thread = Thread(target=server.serve_forever, args=(0.05,), name=f"omics-mock {self._url}")
            thread.start()
            started.callback(thread.join)
            started.callback(server.stop)
            self._running = started.pop_all()
        return self

    def stop(self, *, passed: bool | None = None) -> None:
        """Answer what was asked already, and end. Faults that were not used are an UnusedFault, as with ``OmicsMock.stop``."""
        if self._running is None:
            raise RuntimeError("stop() without start()")
        running, self._running = self._running, None
        running.close()
        self.omics.stop(passed=passed)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop(passed=kind is None)


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128)


def _url(host: str, port: int) -> str:
    reached = _EVERYWHERE.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
