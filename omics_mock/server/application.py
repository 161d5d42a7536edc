"""What moto's server lacks: our services by their hosts, whole bodies or a refusal, and an orderly end."""

from __future__ import annotations

import json
import re
import socket
import warnings
from contextlib import suppress
from io import BytesIO
from threading import Condition
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from omics_mock.server.addresses import prefixes
from omics_mock.server.control import PREFIX, Control

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what moto would warn of is said below
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
except ImportError as missing:
    raise ImportError('the server needs more packages: pip install "omics-mock[server]"') from missing

import moto.moto_server.werkzeug_app as moto_application
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

_MotoHandler = WSGIRequestHandler
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from omics_mock.mock import OmicsMock

else:
    _MotoHandler = getattr(moto_application, "MotoRequestHandler", WSGIRequestHandler)  # newer motos have one

SERVICES = ("omics", "imagebuilder")
MAX_BODY = 5 << 30
"""The largest body that is read: the largest part of a read set or object."""

_CHUNK = 1 << 20
_DIGITS = 18
_PATIENCE = 2.0  # seconds that clients have to fetch their answers when the server stops
_CREDENTIAL_SCOPE = re.compile(r"(?<![^/])[^/]++/[^/]++/[^/]++/([^/]++)/aws4_request")
_NEVER_SENT = re.compile(r"application/x-www-form-urlencoded|multipart/|(application|text)/xml|text/html", re.IGNORECASE)


def application(omics: OmicsMock) -> WSGIApplication:
    """All that the server answers, as a WSGI application."""
    dispatch, control = _Dispatcher(create_backend_app), Control(omics)

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            body = _body(environ)
        except _Refused as refused:
            return _message(start_response, refused.status, str(refused))
        path: str = environ.get("PATH_INFO", "")
        if path.startswith(PREFIX):
            name = path.removeprefix(PREFIX)
            status, media_type, answered = control.answer(environ["REQUEST_METHOD"], name, environ, body)
            return _answer(start_response, status, media_type, answered)
        signed = environ.get("HTTP_AUTHORIZATION", "")
        if signed.startswith("AWS4-HMAC-SHA256") and not _CREDENTIAL_SCOPE.search(signed):
            return _message(start_response, "400 Bad Request", "Authorization has no credential with a scope")
        if body and _service(environ) and _NEVER_SENT.match(environ.get("CONTENT_TYPE", "")):
            return _message(start_response, "415 Unsupported Media Type", "the body is JSON or bytes, of another content type")
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = BytesIO(body), str(len(body))
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        answers: Iterable[bytes] = dispatch(environ, start_response)
        return answers

    return answer


class _Refused(Exception):
    """No request that can be answered."""

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


def _body(environ: WSGIEnvironment) -> bytes:
    """The whole body, however it is framed; what arrives in part only is refused."""
    announced = None if environ.get("wsgi.input_terminated") else _content_length(environ)
    try:
        body = b"".join(_parts(environ["wsgi.input"], MAX_BODY + 1 if announced is None else announced))
    except (OSError, ValueError) as broken:
        raise _Refused("400 Bad Request", f"the body is broken: {broken}") from broken
    if len(body) > MAX_BODY:
        raise _too_large()
    if announced is not None and len(body) < announced:
        raise _Refused("400 Bad Request", f"the body ends {announced - len(body)} bytes too early")
    return body


def _content_length(environ: WSGIEnvironment) -> int:
    announced = environ.get("CONTENT_LENGTH") or "0"
    if not announced.isascii() or not announced.isdigit() or len(announced) > _DIGITS:
        raise _Refused("400 Bad Request", f"Content-Length {announced[:100]!r} is no number of bytes")
    if int(announced) > MAX_BODY:
        raise _too_large()
    return int(announced)


def _too_large() -> _Refused:
    return _Refused("413 Content Too Large", f"a body has at most {MAX_BODY} bytes")


def _parts(stream: IO[bytes], length: int) -> Iterator[bytes]:
    while length > 0 and (part := stream.read(min(_CHUNK, length))):
        yield part
        length -= len(part)


def _message(start_response: StartResponse, status: str, message: str) -> list[bytes]:
    return _answer(start_response, status, "application/json", json.dumps({"message": message}).encode())


def _answer(start_response: StartResponse, status: str, media_type: str, body: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", media_type), ("Content-Length", str(len(body)))])
    return [body]


# ---- which service is meant ----------------------------------------------------------------------------------------


def _service(environ: WSGIEnvironment) -> str:
    """Which of our services a request is for; nothing if it is for another one."""
    signed = environ.get("HTTP_AUTHORIZATION") or "".join(parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", ()))
    if signed:
        scope = _CREDENTIAL_SCOPE.search(signed)
        return scope[1] if scope and scope[1] in SERVICES else ""
    host = str(environ.get("HTTP_HOST", ""))
    if host.startswith(tuple(prefix + "omics" for prefix in prefixes())):
        return "omics"
    found = re.match(r"(omics|imagebuilder)(?:-fips)?\.[^.]+\.(?:amazonaws|api)\.", host)
    return found[1] if found else ""


class _Dispatcher(DomainDispatcherApplication):
    """moto's, which takes every request that is not signed in a header for one of S3."""

    def infer_service_region_host(self, environ: dict[str, Any], path: str) -> str | None:
        """The host of the service that is meant."""
        ours = _service(environ)
        return f"{ours}.us-east-1.amazonaws.com" if ours else super().infer_service_region_host(environ, path)


# ---- the sockets ---------------------------------------------------------------------------------------------------


class HttpServer(ThreadedWSGIServer):
    """A thread for each connection. When it stops, those under way are answered, and no thread is left."""

    daemon_threads = False

    def __init__(self, listener: socket.socket, answer: WSGIApplication, verbose: bool) -> None:
        host, port = listener.getsockname()[:2]
        self._connections: set[socket.socket] = set()
        self._closed = Condition()
        super().__init__(host, port, answer, _TalkingHandler if verbose else _Handler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._closed:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._closed:
            self._connections.discard(request)
            self._closed.notify_all()
        super().shutdown_request(request)

    def stop(self) -> None:
        """Accept and read nothing more. Who does not fetch an answer is not waited for long."""
        self.shutdown()
        self._hang_up(socket.SHUT_RD)
        with self._closed:
            self._closed.wait_for(lambda: not self._connections, _PATIENCE)
        self._hang_up(socket.SHUT_RDWR)

    def _hang_up(self, how: int) -> None:
        with self._closed:
            for connection in self._connections:
                with suppress(OSError):  # the client was faster
                    connection.shutdown(how)


class _TalkingHandler(_MotoHandler):
    """Writes a line for every request."""

    def parse_request(self) -> bool:
        """Refuse a target that nobody could make an address of."""
        if not super().parse_request():
            return False
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(400)
            return False
        return True

    def connection_dropped(self, *_: Any) -> None:
        """Hang up: werkzeug would wait for the next request."""
        self.close_connection = True

    def log_error(self, *_: Any) -> None:
        """Refusals go to whoever asked."""


class _Handler(_TalkingHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """The log of calls says it all."""
