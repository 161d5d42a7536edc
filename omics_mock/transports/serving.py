"""One request, from what moto hands out to the engine and back."""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote

from botocore import exceptions
from moto import settings as moto_settings
from moto.core.base_backend import BackendDict

from omics_mock.content import Stream
from omics_mock.engine import NotServedYet, Request, Response
from omics_mock.explanations import notes
from omics_mock.faults import ConnectionFailure
from omics_mock.transports.explaining import remember
from omics_mock.transports.identity import gate, signed_by
from omics_mock.wire.router import NoRoute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from omics_mock.transports.moto import ServiceBackend

Answer: TypeAlias = "tuple[int, dict[str, str], bytes | Iterator[bytes]]"

_HOST = r"(?:^|-){service}(?:-fips)?\.([^.:]+)\.(?:amazonaws|api)\."
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]*/([^/]+)/")


_prepared: ContextVar[Response | None] = ContextVar("prepared", default=None)


@contextmanager
def answering(response: Response) -> Iterator[None]:
    """The next request is answered with ``response``: the direct transport has done what it asks for."""
    before = _prepared.set(response)
    try:
        yield
    finally:
        _prepared.reset(before)


class UnknownRegionError(LookupError):
    """The request is for a region without the service."""


def serve(backends: BackendDict[ServiceBackend], request: Any, full_url: str, headers: Any) -> Answer:
    """Answer moto, for every kind of request object its versions and its server have handed out."""
    if "SERVER_SOFTWARE" not in getattr(request, "environ", ()):
        try:
            response, backend = _served(backends, request, full_url, headers)
        except ConnectionFailure as failure:
            raise as_botocore_sees(failure, full_url) from failure
        if response.refused is not None:
            everywhere = [other.state for regions in tuple(backends.values()) for other in tuple(regions.values())]
            remember(response.headers["x-amzn-RequestId"], notes(response.refused, backend.state, everywhere))
        return response.status, response.headers, response.body
    # Over the network nobody reads an exception.
    try:
        response, _ = _served(backends, request, full_url, headers)
    except ConnectionFailure as failure:
        raise ConnectionResetError(str(failure)) from failure  # for which werkzeug closes the connection
    except NoRoute as unknown:
        return _refusal(404, "UnknownOperationException", str(unknown))
    except NotServedYet as unknown:
        return _refusal(501, "UnknownOperationException", str(unknown))
    except UnknownRegionError as unknown:
        return _refusal(400, "UnknownRegionException", str(unknown))
    except Exception as mistake:
        logging.getLogger("omics_mock").exception("%s %s", request.method, full_url)
        return _refusal(501, "OmicsMockException", f"{type(mistake).__name__}: {mistake}")  # clients do not try that again
    body = response.body
    return response.status, response.headers, body.stream() if isinstance(body, Stream) else body


def _refusal(status: int, kind: str, message: str) -> Answer:
    return status, {"content-type": "application/json", "x-amzn-ErrorType": kind}, json.dumps({"message": message}).encode()


def _served(backends: BackendDict[ServiceBackend], request: Any, full_url: str, headers: Any) -> tuple[Response, ServiceBackend]:
    service = backends.backend.service
    raw = getattr(request, "environ", {}).get("RAW_URI") or full_url  # full_url is decoded in older servers
    host, path, query = split(raw)
    query = query or str(full_url).partition("#")[0].partition("?")[2]  # in process, RAW_URI is the path alone
    found: Mapping[str, str] = request.headers  # of whatever type, its look-ups ignore case
    host = host or found.get("host", "")
    credential = _CREDENTIAL.search(found.get("authorization", "") or unquote(query))
    access_key, scope = credential.groups() if credential else ("", "us-east-1")
    region = region_of(service, host) or scope
    account, caller = signed_by(service, found, access_key, region)
    backend, authorise = backend_of(backends, account, region), None
    if float("inf") > moto_settings.INITIAL_NO_AUTH_ACTION_COUNT:
        authorise = gate(backend.state, backend.engine().dialect.denied, request, full_url, headers)
    body = _body(request, keep=authorise is not None)
    if (prepared := _prepared.get()) is not None:
        _prepared.set(None)
        return prepared, backend
    asked = Request(request.method, path, query, found, body, account, region, caller, authorise)
    return backend.engine().handle(asked, backend.state), backend


def as_botocore_sees(failure: ConnectionFailure, url: str) -> exceptions.BotoCoreError:
    """What botocore raises when the connection to ``url`` fails in this way."""
    kind: type[exceptions.BotoCoreError] = getattr(exceptions, failure.seen_as)
    return kind(endpoint_url=url, error=failure)


@lru_cache(256)
def split(url: str) -> tuple[str, str, str]:
    """Host, path and query of a URL, which may be a path alone."""
    path, _, query = url.partition("#")[0].partition("?")
    if path.startswith("/"):
        return "", path, query
    host, _, path = path.partition("://")[2].partition("/")
    return host, f"/{path}", query


@lru_cache(64)
def region_of(service: str, host: str) -> str:
    """The region in the name of a host."""
    found = re.search(_HOST.format(service=service), host)
    return found[1] if found else ""


def _body(request: Any, keep: bool) -> bytes:
    """The whole body, which only moto's IAM may want to read again."""
    if not hasattr(request, "get_data"):
        body = request.body  # pragma: no cover - an older moto
    elif isinstance(request.environ["wsgi.input"], BytesIO) and not keep:
        # The request is in reference cycles, so what it holds stays for long: take the body, which may be large, out of it.
        body, request.environ["wsgi.input"] = request.environ["wsgi.input"], BytesIO()
    else:
        body = request.get_data()
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def backend_of(backends: BackendDict[ServiceBackend], account: str, region: str) -> ServiceBackend:
    """What a service keeps in an account and region; UnknownRegionError where it is not."""
    # What is there already is found without the locks that moto takes to make what is not.
    regions = backends.get(account) or backends[account]
    if (found := regions.get(region)) is not None:
        return found
    if region not in regions and not moto_settings.allow_unknown_region():
        raise UnknownRegionError(
            f"{backends.backend.title} is not available in region {region!r}, only in {', '.join(sorted(regions.regions))}. "
            "Set MOTO_ALLOW_NONEXISTENT_REGION=true to use it anyway."
        )
    return regions[region]
