"""aiobotocore's clients for tests that do not await: their coroutines run on a loop in the background."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from inspect import iscoroutine
from types import MethodType
from typing import Any

import boto3
from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@contextmanager
def background() -> Iterator[Run]:
    """Runs coroutines from any thread, also from one that has a loop of its own, and within such a coroutine."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        if threading.current_thread() is thread:
            return driven(coroutine)
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    try:
        yield run
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def driven(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What comes of a coroutine that waits for nothing, as those of mocked clients do."""
    try:
        while coroutine.send(None) is None:
            pass
    except StopIteration as done:
        return done.value
    raise RuntimeError(f"{coroutine} waits for something")


def client_of(run: Run, session: boto3.Session, service: str, arguments: dict[str, Any]) -> Any:
    """What ``session`` would make, of aiobotocore."""
    arguments = {name: value for name, value in arguments.items() if value is not None}
    arguments.setdefault("region_name", session.region_name)
    credentials = session.get_credentials()
    if credentials is not None and "aws_access_key_id" not in arguments:
        keys = credentials.get_frozen_credentials()
        arguments |= {
            "aws_access_key_id": keys.access_key,
            "aws_secret_access_key": keys.secret_key,
            "aws_session_token": keys.token,
        }
    if "config" in arguments:
        arguments["config"] = AioConfig().merge(arguments["config"])
    awaited: AioSession = vars(session).setdefault("_awaited", AioSession())  # whose clients raise the same exceptions
    return Adapter(run, run(awaited.create_client(service, **arguments).__aenter__()))


class Adapter:
    """A client, waiter, paginator or body that looks like boto3's."""

    def __init__(self, run: Run, adapted: Any) -> None:
        self._run = run
        self._adapted = adapted

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._adapted, name)
        return self._awaited(found) if callable(found) and not isinstance(found, type) else found

    def _awaited(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(adapter: Adapter, *args: Any, **kwargs: Any) -> Any:
            return adapter._plain(method(*args, **kwargs))

        return MethodType(call, self)

    def _plain(self, value: Any) -> Any:
        if iscoroutine(value):
            value = self._run(value)
        if isinstance(value, dict):
            return {name: self._plain(item) if hasattr(item, "iter_chunks") else item for name, item in value.items()}
        adapted = any(hasattr(value, name) for name in ("__aiter__", "wait", "paginate", "iter_chunks"))
        return Adapter(self._run, value) if adapted else value

    def __iter__(self) -> Iterator[Any]:
        items = self._adapted.__aiter__()

        async def after() -> tuple[Any, ...]:
            try:
                return (await items.__anext__(),)
            except StopAsyncIteration:
                return ()

        while found := self._run(after()):
            yield found[0]

    def __enter__(self) -> "Adapter":
        return self

    def __exit__(self, *exception: object) -> None:
        self._run(self._adapted.__aexit__(*exception))
