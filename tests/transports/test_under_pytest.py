"""What the clients of a run of pytest share, and what stays each client's own."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore import compat, hooks, session
from botocore.hooks import EventAliaser, HierarchicalEmitter

from omics_mock import mock_omics
from omics_mock.transports.under_pytest import make_clients_cheap


@pytest.fixture
def cheap() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        make_clients_cheap(patch)
        yield


def takes(**kwargs: object) -> None:
    """A handler."""


def takes_none(event_name: str) -> None:
    """No handler."""


@functools.wraps(takes)
def poses(event_name: str) -> None:
    """Says that it is one."""


def with_signature(function: Any, signature: str) -> Any:
    function.__signature__ = signature
    return function


class Handler:
    """Handlers of all kinds."""

    def __call__(self, **kwargs: object) -> None: ...

    def method(self, **kwargs: object) -> None: ...

    def no_handler(self, event_name: str) -> None: ...

    @classmethod
    def of_class(cls, **kwargs: object) -> None: ...

    @staticmethod
    def fixed(**kwargs: object) -> None: ...

    partial = functools.partialmethod(method, event_name="")


HANDLERS: dict[str, Callable[..., Any]] = {
    "function": takes,
    "function without": takes_none,
    "wrapped": poses,
    "lambda": lambda **kwargs: None,
    "lambda without": lambda event_name: None,
    "object": Handler(),
    "method": Handler().method,
    "method without": Handler().no_handler,
    "class method": Handler.of_class,
    "static method": Handler.fixed,
    "partial": functools.partial(takes, event_name=""),
    "partial method": Handler().partial,
    "class": Handler,
    "decorated": functools.cache(takes),
    "built in": print,
    "signature of its own": with_signature(lambda event_name: None, "broken"),
}


def verdict(look: Callable[[Any], object], handler: object) -> object:
    try:
        return bool(look(handler))
    except TypeError as error:
        return str(error)


@pytest.mark.parametrize("kind", HANDLERS)
def test_a_handler_is_one_where_botocore_says_so(cheap: None, kind: str) -> None:
    look: Callable[[Any], object] = vars(hooks)["accepts_kwargs"]
    original: Callable[[Any], object] = vars(compat)["accepts_kwargs"]
    assert look is not original
    assert verdict(look, HANDLERS[kind]) == verdict(original, HANDLERS[kind])


def test_what_takes_no_keywords_is_refused_as_ever(cheap: None) -> None:
    register: Callable[..., None] = session.Session().register
    with pytest.raises(ValueError, match=r"must accept keyword arguments"):
        register("before-call", takes_none)


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("before-call.logs.GetQueryResults", "before-call.cloudwatch-logs.GetQueryResults"),
        ("before-call.omics.ListRuns", "before-call.omics.ListRuns"),
        ("creating-client-class.elb", "creating-client-class.elastic-load-balancing"),
    ],
)
def test_an_event_goes_by_the_name_that_botocore_gives_it(cheap: None, name: str, known_as: str) -> None:
    heard: list[str] = []
    for _ in range(2):
        events = EventAliaser(HierarchicalEmitter())
        events.register(name, lambda event_name, **_: heard.append(event_name))
        events.emit(name)
    assert heard == [known_as, known_as]


def test_names_of_somebody_s_own_are_not_shared(cheap: None) -> None:
    heard: list[str] = []
    for alias in ("one", "other"):
        events: Any = EventAliaser(HierarchicalEmitter(), {"alias": alias})
        events.register("before-call.alias", lambda event_name, **_: heard.append(event_name))
        events.emit("before-call.alias")
    assert heard == ["before-call.one", "before-call.other"]


def test_handlers_stay_with_their_client(cheap: None) -> None:
    calls: list[str] = []
    with mock_omics() as mock:
        one, other = mock.client(), mock.client()
        one.meta.events.register("before-call.omics.ListRuns", lambda **_: calls.append("one"))
        other.list_runs()
        boto3.Session().client("omics", "us-east-1").list_runs()
        assert calls == []
        one.list_runs()
        assert calls == ["one"]


def test_classes_stay_with_their_session(cheap: None) -> None:
    class Extended:
        """What a session adds to its clients."""

    def extend(base_classes: list[type], **_: object) -> None:
        base_classes.insert(0, Extended)

    with mock_omics():
        extending, plain = boto3.Session(), boto3.Session()
        extending.events.register("creating-client-class.omics", extend)
        assert isinstance(extending.client("omics", "us-east-1"), Extended)
        one, other = plain.client("omics", "us-east-1"), plain.client("omics", "us-east-1")
        assert not isinstance(one, Extended)
        anyone: Any = type(one)
        anyone.list_runs = None
        assert other.list_runs()["items"] == []


def test_botocore_is_left_as_it_was() -> None:
    owners: tuple[Any, ...] = (hooks, session, EventAliaser)
    before = [dict(vars(owner)) for owner in owners]
    with pytest.MonkeyPatch.context() as patch:
        make_clients_cheap(patch)
        assert [dict(vars(owner)) for owner in owners] != before
    assert [dict(vars(owner)) for owner in owners] == before
