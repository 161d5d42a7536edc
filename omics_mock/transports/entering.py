"""Entering moto's mock, without what of it takes long, and leaving everything as it was."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import moto
import moto.core.models as core
from moto import backend_index
from moto.core.config import default_user_config, mock_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_outside: dict[str, str | None] = {}  # what they were before the outermost of our mocks
_NAMED_GROUP = re.compile(r"\(\?P<\w+>")


@contextmanager
def mocking(config: Any = None) -> Iterator[None]:
    """``moto.mock_aws``, leaving environment and configuration as they were even where moto does not."""
    mocked = moto.mock_aws(config=config)
    _register_few(mocked)
    outer_config = dict(default_user_config)
    environment = {} if core.botocore_stubber.enabled else {name: os.environ.get(name) for name in _CREDENTIALS}
    mocked.start()
    fakes = mock_credentials()
    if fakes:
        _outside.update(environment)
    try:
        yield
    finally:
        if fakes:
            for name in _CREDENTIALS:
                os.environ.setdefault(name, "")  # moto deletes them, and stumbles if the test has done so
        inside = {name: os.environ[name] for name in _CREDENTIALS} if fakes else {}
        mocked.stop()
        if core.botocore_stubber.enabled:
            for name, value in inside.items():
                os.environ.setdefault(name, value)  # the outermost mock may be stopped before the inner one
            live_config = cast("dict[str, object]", default_user_config)
            live_config.clear()
            live_config.update(outer_config)
        else:
            for name, original in _outside.items():
                os.environ.pop(name, None) if original is None else os.environ.update({name: original})
            _outside.clear()


def _register_few(mocked: Any) -> None:
    """moto would register a callback for each pattern and method, more than a thousand: one pattern for all of them does."""
    really_enable = getattr(mocked, "_enable_patching", None)
    whole = _whole(backend_index.backend_url_patterns)
    if really_enable is None or whole is None:  # pragma: no cover - this moto does it in another way
        return

    def enable(*args: Any, **kwargs: Any) -> None:
        with mock.patch.object(backend_index, "backend_url_patterns", [("any", whole)]):
            really_enable(*args, **kwargs)

    mocked._enable_patching = enable


_latest: list[Any] = [[], None]  # patterns, and what stands for them all


def _whole(patterns: list[tuple[str, re.Pattern[str]]]) -> re.Pattern[str] | None:
    if _latest[0] != patterns:  # quick: they are the same objects
        _latest[:] = [*patterns], _any_of(tuple(pattern for _, pattern in patterns))
    whole: re.Pattern[str] | None = _latest[1]
    return whole


def _any_of(patterns: tuple[re.Pattern[str], ...]) -> re.Pattern[str] | None:
    """What matches if any of the patterns does; None for patterns that can not be put together."""
    if any(pattern.flags != re.UNICODE for pattern in patterns):  # pragma: no cover - no pattern of moto's has flags
        return None
    return re.compile("|".join(f"(?:{_NAMED_GROUP.sub('(?:', pattern.pattern)})" for pattern in patterns))
