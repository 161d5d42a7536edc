"""Raw requests to a server, and the shortest way to what it answers."""

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from omics_mock.server import OmicsServer

SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/omics/aws4_request, Signature=none"}


def ask(
    url: str, method: str, path: str, body: object = None, headers: Mapping[str, str] = SIGNED
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Status, headers and body of one answer. A body that is not bytes is sent as JSON."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        connection.request(method, path, content, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def control(server: OmicsServer, method: str, name: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """Status and JSON of a control path's answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, _, answered = ask(server.url, method, f"/omics-mock/{name}", body, named)
    return status, json.loads(answered)


def send(server: OmicsServer, request: bytes) -> bytes:
    """The first line of what a server answers to these bytes, after which nothing more comes."""
    address = urlsplit(server.url)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.readline()
