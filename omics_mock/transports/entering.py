"""Entering moto's mock, without what of it takes long, and leaving everything as it was."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import boto3
import moto
import moto.core.models as core
from moto import backend_index
from moto.core import custom_responses_mock
from moto.core.config import default_user_config, mock_credentials
from requests.adapters import HTTPAdapter

from omics_mock.transports.replacing import Replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_outside: dict[str, str | None] = {}  # what they were before the outermost of our mocks
_NAMED_GROUP = re.compile(r"\(\?P<\w+>")


@contextmanager
def mocking(config: Any = None) -> Iterator[None]:
    """``moto.mock_aws``, leaving environment and configuration as they were even where moto does not."""
    mocked = moto.mock_aws(config=config)
    _make_quick(mocked)
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


# ---- what of it takes long -------------------------------------------------------------------------------------------


def _make_quick(mocked: Any) -> None:
    """Let a mock of moto's begin with few callbacks, and without looking up by name what is at hand."""
    if hasattr(mocked, "_default_session_mock"):  # pragma: no branch - else this moto does it in another way
        mocked._default_session_mock = Replaced((boto3, "DEFAULT_SESSION", None))
    if type(mocked) is not core.MockAWS or not {"_enable_patching", "_disable_patching"} <= vars(core.MockAWS).keys():
        return  # pragma: no cover - a mode that does not patch, or another moto
    really_enable, really_disable = mocked._enable_patching, mocked._disable_patching

    def enable(*args: Any, **kwargs: Any) -> None:
        _start_responses()
        with _few_patterns(), _known_version():
            really_enable(*args, **kwargs)

    def disable(*args: Any, **kwargs: Any) -> None:
        with _known_version():
            really_disable(*args, **kwargs)

    vars(mocked).update(_enable_patching=enable, _disable_patching=disable)


def _start_responses() -> None:
    """As its ``start`` does it, which does nothing when it finds this done."""
    responses: Any = core.responses_mock
    usual = vars(responses).get("target") == "requests.adapters.HTTPAdapter.send" and hasattr(responses, "unbound_on_send")
    if usual and vars(responses).get("_patcher", ...) is None:  # pragma: no branch - else it does it in another way
        responses._patcher = Replaced((HTTPAdapter, "send", responses.unbound_on_send()))
        responses._patcher.start()


def _few_patterns() -> Replaced:
    """moto would register a callback for each pattern and method, more than a thousand: one pattern for all of them does."""
    whole = _whole(backend_index.backend_url_patterns)
    if whole is None:
        return Replaced()
    return Replaced((backend_index, "backend_url_patterns", [("any", whole)]))


def _known_version() -> Replaced:
    """moto would compare the version of responses at every reset."""
    if _is_new is None:  # pragma: no cover - this moto does not
        return Replaced()
    return Replaced((custom_responses_mock, "is_responses_0_17_x", _is_new))


_really_is_new: Any = getattr(custom_responses_mock, "is_responses_0_17_x", None)
_is_new = _really_is_new and cache(_really_is_new)
_latest: list[Any] = [[], None]  # patterns, and what stands for them all


def _whole(patterns: list[tuple[str, re.Pattern[str]]]) -> re.Pattern[str] | None:
    if _latest[0] != patterns:  # quick: they are the same objects
        _latest[:] = [*patterns], _any_of(tuple(pattern for _, pattern in patterns))
    whole: re.Pattern[str] | None = _latest[1]
    return whole


def _any_of(patterns: tuple[re.Pattern[str], ...]) -> re.Pattern[str] | None:
    """What matches if any of the patterns does; None for patterns that can not be put together."""
    if any(pattern.flags != re.UNICODE for pattern in patterns):
        return None
    return re.compile("|".join(f"(?:{_NAMED_GROUP.sub('(?:', pattern.pattern)})" for pattern in patterns))
