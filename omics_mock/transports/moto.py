"""moto's interceptor: the only module that knows how moto hands out requests, and joins its other features."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import lru_cache
from importlib.machinery import ModuleSpec
from io import BytesIO
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from unittest import mock
from urllib.parse import unquote

import moto
import moto.core.models as core
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto import backend_index
from moto import settings as moto_settings
from moto.core import botocore_stubber
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.config import default_user_config, mock_credentials, passthrough_service, passthrough_url
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.model_instances import model_data
from moto.core.responses import BaseResponse
from moto.moto_api import state_manager
from moto.moto_api._internal.models import moto_api_backend
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from omics_mock import lifecycle, settings
from omics_mock.backends.base import hosts_without_prefix
from omics_mock.backends.region import FAMILIES, RegionState
from omics_mock.backends.world import World
from omics_mock.content import Stream
from omics_mock.engine import Request, omics_engine
from omics_mock.exceptions import AccessDeniedException
from omics_mock.transports import s3_access
from omics_mock.transports.import_hook import after_import
from omics_mock.transports.sockets import intercepted
from omics_mock.transports.waiters import sleepless
from omics_mock.wire.router import NoRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from omics_mock.wire.model import Operation

SERVICE = "omics"

_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
_outside: dict[str, str | None] = {}  # what they were before the outermost of our mocks

# botocore lists no HealthOmics in China and GovCloud; code that is meant to run there can be tested all the same.
_MORE_REGIONS = ["cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"]

_Answer: TypeAlias = "tuple[int, dict[str, str], bytes | Iterator[bytes]]"


class UnknownRegionError(LookupError):
    """The request is for a region without HealthOmics."""


class OmicsBackend(BaseBackend):
    """What moto keeps for one account and region: our state, which it resets with its own."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.state = RegionState(account_id, region_name, omics_backends.world)
        if SERVICE not in model_data:
            model_data[SERVICE] = {kind: _Shown(kind) for kind in self.state.tables()}

    def reset(self) -> None:
        """Start with a new state."""
        # Another thread may be inside an operation: it finishes on the old state, whose lock is not waited for.
        self.state = RegionState(self.account_id, self.region_name, omics_backends.world)

    # moto would derive these from the layout of its own packages, and once for every call.
    @property
    def url_bases(self) -> list[str]:
        """The hosts."""
        return _bases()

    @property
    def urls(self) -> dict[str, Callable[[Any, str, Any], Any]]:
        """The callback by host, in process."""
        return _urls()

    @property
    def url_paths(self) -> dict[str, Callable[[Any, str, Any], Any]]:
        """The callback by path, for moto's proxy."""
        return {"/.*": serve}

    @property
    def flask_paths(self) -> dict[str, Callable[[Any, str, Any], Any]]:
        """The callback by path, for moto's server."""
        return {"/<path:route>": serve}


class _OmicsBackends(BackendDict[OmicsBackend]):
    """All accounts and regions; what they have in common starts anew with them."""

    world: World

    def clear(self) -> None:
        super().clear()
        self.world = World(self.state_of)
        settings.reset()

    def state_of(self, account: str, region: str) -> RegionState | None:
        """The state of an account that has been used in the region."""
        backend = dict.get(dict.get(self, account, {}), region)
        return None if backend is None else backend.state


omics_backends = _OmicsBackends(OmicsBackend, SERVICE, additional_regions=_MORE_REGIONS)
omics_backends.world = World(omics_backends.state_of)


@lru_cache(1)
def _bases() -> list[str]:
    bases = [base for family in FAMILIES for base in family.url_bases()]
    # A bucket may be called "omics": its host is S3's.
    return [rf"(?!https?://[^/.]+\.s3[.-]){base}" for base in dict.fromkeys([*bases, hosts_without_prefix()])]


@lru_cache(1)
def _urls() -> dict[str, Callable[[Any, str, Any], Any]]:
    return dict.fromkeys(_bases(), serve)


@lru_cache(1)
def _patterns() -> list[re.Pattern[str]]:
    return [re.compile(base) for base in _bases()]


def install() -> None:
    """Let moto serve HealthOmics from now on, also inside a mock that is active already. Safe to call again."""
    if getattr(sys.modules.get(f"moto.{SERVICE}"), "omics_backends", None) is omics_backends:
        return
    module = ModuleType(f"moto.{SERVICE}")
    module.__spec__ = ModuleSpec(module.__name__, None)
    module.__dict__["omics_backends"] = omics_backends
    sys.modules[module.__name__] = module
    moto.__dict__[SERVICE] = module
    backend_index.backend_url_patterns[:0] = [(SERVICE, pattern) for pattern in _patterns()]  # the first match wins
    for kind in lifecycle.KINDS:
        state_manager.register_default_transition(f"{SERVICE}::{kind}", _NOT_OVERRIDDEN)
    lifecycle.external_policy = _chosen_through_moto
    after_import("moto.s3.models", lambda: s3_access.guard(states))
    _follow_moto()


@contextmanager
def mocking(config: Any = None) -> Iterator[None]:
    """``moto.mock_aws``, leaving environment and configuration as they were even where moto does not."""
    mocked = moto.mock_aws(config=config)
    outer_config = dict(default_user_config)
    environment = {} if active() else {name: os.environ.get(name) for name in _CREDENTIALS}
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
        if active():
            for name, value in inside.items():
                os.environ.setdefault(name, value)  # the outermost mock may be stopped before the inner one
            live_config = cast("dict[str, object]", default_user_config)
            live_config.clear()
            live_config.update(outer_config)
        else:
            for name, original in _outside.items():
                os.environ.pop(name, None) if original is None else os.environ.update({name: original})
            _outside.clear()


def active() -> bool:
    """Whether a mock is active in this process."""
    return core.botocore_stubber.enabled


def reset() -> None:
    """Empty every service, as ``POST /moto-api/reset`` does."""
    moto_api_backend.reset()


def states() -> Iterator[RegionState]:
    """The states of all accounts and regions used so far."""
    for account in tuple(omics_backends.values()):
        for backend in tuple(account.values()):
            yield backend.state


# ---- being active --------------------------------------------------------------------------------------------------

_while_active = ExitStack()


def _follow_moto() -> None:
    """moto is active while its stubber's ``enabled`` is true, whoever started it: watch that attribute."""

    def get(stubber: BotocoreStubber) -> bool:
        return bool(vars(stubber)["enabled"])

    def set_(stubber: BotocoreStubber, enabled: bool) -> None:
        changed = stubber is core.botocore_stubber and vars(stubber).get("enabled", False) != enabled
        vars(stubber)["enabled"] = enabled
        if changed:
            (_entered if enabled else _while_active.close)()

    BotocoreStubber.enabled = property(get, set_)  # type: ignore[assignment]
    if active():
        _entered()
        _serve_through_requests()


def _entered() -> None:
    if not settings.depth():
        settings.push(settings.Options())  # plain mock_aws: a mock with the default options
        _while_active.callback(settings.pop)
    _while_active.enter_context(mock.patch.object(botocore_stubber, "MockRawResponse", _raw_response))
    _while_active.enter_context(intercepted(_answer, mock_credentials()))
    _while_active.enter_context(sleepless(_serves))
    omics_backends[core.DEFAULT_ACCOUNT_ID]  # now moto knows that there is something to reset


def _raw_response(body: Any) -> Any:
    """What botocore reads a response from: moto would copy a stream."""
    return body if isinstance(body, Stream) else MockRawResponse(body)


def _serve_through_requests() -> None:
    """moto registers its patterns with ``responses`` when it starts: too early for ours."""
    callback = getattr(core.botocore_stubber, "process_prepared_request", core.botocore_stubber.process_request)
    for method in core.RESPONSES_METHODS:
        for pattern in _patterns():
            core.responses_mock.add(CallbackResponse(method=method, url=pattern, callback=callback))


_AWS_HOST = re.compile(r"https?://[^/]+\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws|api\.amazonwebservices\.com\.cn)(?:[:/]|$)")


def _answer(request: AWSPreparedRequest) -> AWSResponse | None:
    """What moto answers. None only for hosts outside AWS and for what the user lets through."""
    url = str(request.url).partition("?")[0]
    try:
        answered = core.botocore_stubber("before-send", request)
    except NotImplementedError:
        if _AWS_HOST.match(url):
            raise
        # Not all of an instance's metadata is mocked; botocore asks when it finds no credentials, and takes this for an answer.
        return AWSResponse(url, 404, HTTPHeaders(), MockRawResponse("Not yet implemented"))
    if answered is not None or passthrough_url(url) or not _AWS_HOST.match(url):
        return answered
    services = (service for service, pattern in backend_index.backend_url_patterns if pattern.match(url))
    if any(map(passthrough_service, services)):
        return None
    return AWSResponse(url, 404, HTTPHeaders(), MockRawResponse("Not yet implemented"))


def _serves(endpoint: str) -> bool:
    return any(pattern.match(endpoint) for pattern in _patterns()) and not (
        passthrough_service(SERVICE) or passthrough_url(endpoint)
    )


# ---- one request ---------------------------------------------------------------------------------------------------

_HOST = re.compile(r"(?:^|-)omics(?:-fips)?\.([^.:]+)\.")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/]*/([^/]+)/")


def serve(request: Any, full_url: str, headers: Any) -> _Answer:
    """moto's callback, for every kind of request object its versions and its server have handed out."""
    raw = getattr(request, "environ", {}).get("RAW_URI") or full_url  # full_url is decoded in older servers
    raw, _, query = raw.partition("#")[0].partition("?")
    query = query or str(full_url).partition("#")[0].partition("?")[2]  # in process, RAW_URI is the path alone
    host = ""
    if not raw.startswith("/"):
        host, _, raw = raw.partition("://")[2].partition("/")
        raw = f"/{raw}"
    found: Mapping[str, str] = request.headers  # of whatever type, its look-ups ignore case
    host = host or found.get("host", "")
    credential = _CREDENTIAL.search(found.get("authorization", "") or unquote(query))
    access_key, scope = credential.groups() if credential else ("", "us-east-1")
    region = _region(host) or scope
    account = _account(found, access_key, region)
    gate = None
    if float("inf") > moto_settings.INITIAL_NO_AUTH_ACTION_COUNT:
        gate = _gate(request, full_url, headers)
    body, caller = _body(request, keep=gate is not None), _caller(account, access_key, region)
    asked = Request(request.method, raw, query, found, body, account, region, caller, gate)
    state = _backend(account, region).state
    try:
        response = omics_engine().handle(asked, state)
    except NoRoute as unknown:
        if getattr(request, "from_wsgi_server", False):  # nobody on this side to read an exception
            body = json.dumps({"message": str(unknown)}).encode()
            return 404, {"x-amzn-ErrorType": "UnknownOperationException"}, body
        raise
    answered = response.body
    if isinstance(answered, Stream) and getattr(request, "from_wsgi_server", False):
        return response.status, response.headers, answered.stream()
    return response.status, response.headers, answered


@lru_cache(64)
def _region(host: str) -> str:
    found = _HOST.search(host)
    return found[1] if found else ""


def _body(request: Any, keep: bool) -> bytes:
    """The whole body, which only moto's IAM may want to read again."""
    if not hasattr(request, "get_data"):
        body = request.body
    elif isinstance(request.environ["wsgi.input"], BytesIO) and not keep:
        # The request is in reference cycles, so what it holds stays for long: take the body, which may be large, out of it.
        body, request.environ["wsgi.input"] = request.environ["wsgi.input"], BytesIO()
    else:
        body = request.get_data()
    if hasattr(body, "read"):
        body = body.read()
    return body.encode() if isinstance(body, str) else bytes(body or b"")


def _account(headers: Mapping[str, str], access_key: str, region: str) -> str:
    account = os.environ.get("MOTO_ACCOUNT_ID") or headers.get("x-moto-account-id")
    if "moto.iam.models" in sys.modules:  # else nobody has keys, and importing it is slow
        from moto.iam.models import get_account_id_from, mark_account_as_visited

        account = account or get_account_id_from(access_key)
        mark_account_as_visited(account, access_key, SERVICE, region)
    return account or core.DEFAULT_ACCOUNT_ID


def _caller(account: str, access_key: str, region: str) -> str:
    if "moto.sts.models" not in sys.modules:
        return ""
    from moto.sts.models import sts_backends

    arn: str = sts_backends[account][get_partition(region)].get_caller_identity(access_key, region)[1]
    return arn


def _backend(account: str, region: str) -> OmicsBackend:
    regions: AccountSpecificBackend[OmicsBackend] = omics_backends[account]
    if region not in regions and not moto_settings.allow_unknown_region():
        raise UnknownRegionError(
            f"AWS HealthOmics is not available in region {region!r}, only in {', '.join(sorted(regions.regions))}. "
            "Set MOTO_ALLOW_NONEXISTENT_REGION=true to use it anyway."
        )
    return regions[region]


def _gate(request: Any, full_url: str, headers: Any) -> Callable[[Operation], None]:
    """moto's IAM, asked once the operation is known."""

    def authorise(operation: Operation) -> None:
        response = _Asking(SERVICE)
        response.action = operation.name
        try:
            response.setup_class(request, full_url, headers, use_raw_body=True)
            response._authenticate_and_authorize_normal_action()
        except HTTPException as refused:
            raise AccessDeniedException(str(getattr(refused, "message", refused.description))) from refused
        except KeyError as missing:
            raise AccessDeniedException(f"Missing Authentication Token: {missing}") from missing

    return authorise


class _Asking(BaseResponse):
    action = ""

    def _get_action(self) -> str:
        return self.action

    def setup_class(self, request: Any, full_url: str, headers: Any, use_raw_body: bool = True) -> None:  # type: ignore[override]
        super().setup_class(request, full_url, headers, use_raw_body=use_raw_body)
        self.data = {}  # without a body moto would take the headers for it, and the signature would not match


# ---- moto's other ways in ------------------------------------------------------------------------------------------

_NOT_OVERRIDDEN: dict[str, Any] = {"progression": "manual", "times": 1}


def _chosen_through_moto(kind: str) -> settings.Policy | None:
    """What the user set through moto's state manager."""
    transition = state_manager.get_transition(f"{SERVICE}::{kind}")
    if transition is _NOT_OVERRIDDEN:
        return None
    match transition["progression"]:
        case "manual":
            return settings.Manual(int(transition.get("times", 1)))
        case "time":
            return float(transition["seconds"])
        case "immediate":
            return "immediate"
        case other:
            raise ValueError(f"{SERVICE}::{kind}: unknown progression {other!r}; known: immediate, manual, time")


class _Shown:
    """One kind of resource on moto's dashboard, read from the tables whenever it is looked at."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    @property
    def instances_tracked(self) -> list[SimpleNamespace]:
        found = []
        for state in states():
            with state.lock:
                for record in state.tables().get(self._kind, ()):
                    shown = json.loads(json.dumps(record, default=_text))
                    found.append(SimpleNamespace(**shown, account=state.account, region=state.region))
        return found

    @instances_tracked.setter
    def instances_tracked(self, _: object) -> None:
        """moto empties its own book-keeping here; there is none."""

    instances = instances_tracked  # its name before moto 5.1.9


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
