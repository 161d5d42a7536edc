"""aiobotocore's clients, and with them aioboto3's: the same transports, awaited.

moto's hook answers botocore only: aiobotocore would await what it returns. So the hook steps aside for such requests, and they
are handed to moto where aiobotocore would send them.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cached_property
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Self
from unittest import mock

from aiobotocore import endpoint
from aiobotocore.awsrequest import AioAWSResponse
from aiobotocore.client import AioBaseClient
from aiobotocore.endpoint import AioEndpoint
from aiobotocore.retries.bucket import AsyncTokenBucket
from aiobotocore.signers import AioRequestSigner
from aiobotocore.waiter import AIOWaiter
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import CapacityNotAvailableError
from moto.core.botocore_stubber import BotocoreStubber

from omics_mock import settings
from omics_mock.engine import Response
from omics_mock.transports.direct import after_attempt, as_bytes, failed, is_only_attempt
from omics_mock.transports.serving import answering
from omics_mock.transports.waiters import awake

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

    from omics_mock.transports.direct import Direct
    from omics_mock.transports.sockets import Answer

_AWAITED = "omics_mock_awaited"
_trying: ContextVar[str] = ContextVar("trying", default="")
"""The endpoint of the call that is being made."""


@contextmanager
def serving_aiobotocore(direct: Direct, answer: Answer, mocked: Callable[[str], bool], fake_credentials: bool) -> Iterator[None]:
    """Serve aiobotocore's clients as boto3's are served: HealthOmics directly where that is exact, all else through moto."""
    with ExitStack() as patches:

        def patch(owner: object, name: str, replacement: object) -> None:
            patches.enter_context(mock.patch.object(owner, name, replacement))

        patch(AioBaseClient, "_make_request", _making_requests(direct))
        patch(AioEndpoint, "create_request", _creating_requests())
        patch(AioEndpoint, "_send", _sending(answer))
        patch(AioEndpoint, "_send_request", _noting_the_endpoint())
        patch(BotocoreStubber, "__call__", _not_awaited())
        patch(AIOWaiter, "wait", _waiting(mocked))
        patch(endpoint, "asyncio", _Asyncio(mocked))
        if hasattr(endpoint, "AnyioEndpoint"):  # pragma: no branch - a version of aiobotocore
            patch(endpoint.AnyioEndpoint, "_sleep", AioEndpoint._sleep)
        patch(AsyncTokenBucket, "acquire", _acquiring(mocked))
        if fake_credentials:
            patch(AioRequestSigner, "get_auth_instance", _authenticating())
        yield


# ---- calls -----------------------------------------------------------------------------------------------------------


def _making_requests(direct: Direct) -> Callable[..., Any]:
    really_make_request = AioBaseClient._make_request

    async def make_request(client: Any, model: Any, request: dict[str, Any], context: dict[str, Any]) -> Any:
        call = direct.call(client, model, request, context)
        if call is None:
            return await really_make_request(client, model, request, context)
        try:
            access_key = (await client._request_signer._credentials.get_frozen_credentials()).access_key
            request["body"] = as_bytes(await _read(request["body"]))
            answered = direct.serve(call, access_key, request["body"])
        except Exception as error:
            await client.meta.events.emit(failed(model), exception=error, context=context)
            raise
        if isinstance(answered, Response):
            with answering(answered):
                return await really_make_request(client, model, request, context)
        http, parsed = answered
        answered = _awaitable(http), parsed
        if is_only_attempt(client):
            await client.meta.events.emit(**after_attempt(client, model, request, answered))
        parsed["ResponseMetadata"]["RetryAttempts"] = 0
        return answered

    return make_request


def _creating_requests() -> Callable[..., Any]:
    really_create_request = AioEndpoint.create_request

    async def create_request(endpoint: AioEndpoint, *args: Any, **kwargs: Any) -> Any:
        request = await really_create_request(endpoint, *args, **kwargs)
        setattr(request, _AWAITED, True)
        return request

    return create_request


def _not_awaited() -> Callable[..., Any]:
    """moto's hook, for requests that botocore makes."""
    really_answer = BotocoreStubber.__call__

    def answer(stubber: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **kwargs: Any) -> AWSResponse | None:
        return None if hasattr(request, _AWAITED) else really_answer(stubber, event_name, request, **kwargs)

    return answer


def _sending(answer: Answer) -> Callable[..., Any]:
    """``AioEndpoint._send``, but that moto answers. That takes no time worth an await."""
    really_send = AioEndpoint._send

    async def send(endpoint: AioEndpoint, request: AWSPreparedRequest) -> Any:
        vars(request).pop(_AWAITED, None)
        if hasattr(request.body, "read") or isinstance(request.body, bytearray):
            request.body = as_bytes(await _read(request.body))
        answered = answer(request)
        return await really_send(endpoint, request) if answered is None else _awaitable(answered)

    return send


async def _read(body: Any) -> Any:
    """The bytes of a payload, also of one that has to be awaited."""
    content = body.read() if hasattr(body, "read") else body
    return await content if isawaitable(content) else content


def _authenticating() -> Callable[..., Any]:
    really_authenticate = AioRequestSigner.get_auth_instance

    async def get_auth_instance(signer: AioRequestSigner, *args: Any, **kwargs: Any) -> Any:
        auth = await really_authenticate(signer, *args, **kwargs)
        if getattr(auth, "credentials", auth) is None:
            auth.credentials = ReadOnlyCredentials("FOOBARKEY", "FOOBARSECRET", None)
        return auth

    return get_auth_instance


# ---- answers ---------------------------------------------------------------------------------------------------------


def _awaitable(answered: AWSResponse) -> Any:
    """An answer of moto or of the direct transport, to be awaited."""
    return AioAWSResponse(answered.url, answered.status_code, answered.headers, _Raw(answered))


class _Raw:
    """What aiohttp would have: a response whose body is read from ``content``."""

    def __init__(self, answered: AWSResponse) -> None:
        self.url = answered.url
        self._answered = answered

    @cached_property
    def content(self) -> _Content:
        file: Any = self._answered.raw
        return _Content(file if isinstance(file, io.BufferedReader) else io.BufferedReader(file))

    async def read(self) -> bytes:
        return self._answered.content

    def close(self) -> None:
        self.content.close()

    release = close

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        self.close()


class _Content:
    """The part of ``aiohttp.StreamReader`` that reads."""

    def __init__(self, file: Any) -> None:
        self._file = file

    async def read(self, size: int = -1) -> bytes:
        found: bytes = b"" if self._file.closed else self._file.read(size)
        return found

    async def iter_chunked(self, size: int) -> AsyncIterator[bytes]:
        while chunk := await self.read(size):
            yield chunk

    def at_eof(self) -> bool:
        return self._file.closed or not self._file.peek(1)

    def close(self) -> None:
        self._file.close()


# ---- time ------------------------------------------------------------------------------------------------------------


def _waiting(mocked: Callable[[str], bool]) -> Callable[..., Any]:
    really_wait = AIOWaiter.wait

    async def wait(waiter: AIOWaiter, **kwargs: Any) -> Any:
        return await really_wait(awake(waiter, mocked, kwargs), **kwargs)

    return wait


def _noting_the_endpoint() -> Callable[..., Any]:
    really_send_request = AioEndpoint._send_request

    async def send_request(endpoint: AioEndpoint, *args: Any, **kwargs: Any) -> Any:
        before = _trying.set(endpoint.host)
        try:
            return await really_send_request(endpoint, *args, **kwargs)
        finally:
            _trying.reset(before)

    return send_request


class _Asyncio:
    """Stands for the module ``asyncio`` where aiobotocore pauses before it tries a call again."""

    def __init__(self, mocked: Callable[[str], bool]) -> None:
        self._mocked = mocked

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    async def sleep(self, seconds: float) -> None:
        if self._mocked(_trying.get()):
            settings.clock.advance(seconds)
        else:
            await asyncio.sleep(seconds)


def _acquiring(mocked: Callable[[str], bool]) -> Callable[..., Any]:
    """``AsyncTokenBucket.acquire``, by which the adaptive retry mode slows a client down that was throttled."""
    really_acquire = AsyncTokenBucket.acquire

    async def acquire(bucket: Any, amount: float = 1, block: bool = True) -> bool:
        if not block or not mocked(_trying.get()):
            return bool(await really_acquire(bucket, amount, block))
        try:
            return bool(await really_acquire(bucket, amount, block=False))
        except CapacityNotAvailableError:
            settings.clock.advance((amount - bucket.available_capacity) / bucket.max_rate)
            return True

    return acquire
