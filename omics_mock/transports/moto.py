"""moto's interceptor: the only module that knows how moto hands out requests, and joins its other features."""

from __future__ import annotations

import re
import sys
from contextlib import ExitStack
from functools import cache, lru_cache, partial
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar

import moto
import moto.core.models as core
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto import backend_index
from moto import settings as moto_settings
from moto.core import botocore_stubber
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.botocore_stubber import BotocoreStubber, MockRawResponse
from moto.core.config import default_user_config, mock_credentials, passthrough_service, passthrough_url, service_whitelisted
from moto.core.custom_responses_mock import CallbackResponse
from moto.core.model_instances import model_data
from moto.moto_api import recorder, state_manager
from moto.moto_api._internal.models import moto_api_backend

from omics_mock import cloudformation, lifecycle, settings
from omics_mock.backends.dialect import omics_engine
from omics_mock.backends.region import FAMILIES, RegionState
from omics_mock.backends.world import World
from omics_mock.content import Stream
from omics_mock.engine import Engine
from omics_mock.imagebuilder.dialect import imagebuilder_engine
from omics_mock.imagebuilder.state import ImageBuilderState
from omics_mock.imagebuilder.workflows import ImageWorkflows
from omics_mock.state import Family, ServiceState, host_pattern
from omics_mock.transports import s3_access
from omics_mock.transports.backends import Backends
from omics_mock.transports.dashboard import Shown
from omics_mock.transports.direct import Direct, serving_boto3
from omics_mock.transports.explaining import UNKNOWN, explaining
from omics_mock.transports.import_hook import after_import
from omics_mock.transports.replacing import Replaced
from omics_mock.transports.serving import serve
from omics_mock.transports.sockets import intercepted
from omics_mock.transports.waiters import sleepless
from omics_mock.wire.model import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from omics_mock.transports.serving import Answer


SERVICE = "omics"


served_at: set[str] = set()
"""Where servers of this process listen: what their clients would wait for passes on the mock's clock too."""

# botocore lists no HealthOmics in China and GovCloud; code that is meant to run there can be tested all the same.
_MORE_REGIONS = ["cn-north-1", "cn-northwest-1", "us-gov-east-1", "us-gov-west-1"]


class ServiceBackend(BaseBackend):
    """What moto keeps for one account and region: our state, which it resets with its own."""

    service: ClassVar[str]
    title: ClassVar[str]
    families: ClassVar[tuple[type[Family], ...]]
    state: ServiceState

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.state = self.new_state()
        if self.service not in model_data:
            model_data[self.service] = {kind: Shown(partial(_states, self.service), kind) for kind in self.state.records()}

    @staticmethod
    def engine() -> Engine:
        """What answers the service's requests."""
        raise NotImplementedError  # pragma: no cover - every service has its own

    def new_state(self) -> ServiceState:
        """A state without anything in it."""
        raise NotImplementedError  # pragma: no cover - every service has its own

    def reset(self) -> None:
        """Start with a new state."""
        # Another thread may be inside an operation: it finishes on the old state, whose lock is not waited for.
        self.state = self.new_state()

    # moto would derive these from the layout of its own packages, and once for every call.
    @property
    def url_bases(self) -> list[str]:
        """The hosts."""
        return _bases(self.service)

    @property
    def urls(self) -> dict[str, Callable[[Any, str, Any], Any]]:
        """The callback by host, in process."""
        return _urls(self.service)

    @property
    def url_paths(self) -> dict[str, Callable[[Any, str, Any], Any]]:
        """The callback by path, for moto's proxy."""
        return {"/.*": _serving(self.service)}

    @property
    def flask_paths(self) -> dict[str, Callable[[Any, str, Any], Any]]:
        """The callback by path, for moto's server."""
        return {"/<path:route>": _serving(self.service)}


class OmicsBackend(ServiceBackend):
    """HealthOmics in one account and region."""

    service = SERVICE
    title = "AWS HealthOmics"
    families = FAMILIES
    engine = staticmethod(omics_engine)
    state: RegionState

    def new_state(self) -> RegionState:
        return RegionState(self.account_id, self.region_name, omics_backends.world)


class ImageBuilderBackend(ServiceBackend):
    """EC2 Image Builder in one account and region."""

    service = "imagebuilder"
    title = "EC2 Image Builder"
    families = (ImageWorkflows,)
    engine = staticmethod(imagebuilder_engine)

    def new_state(self) -> ImageBuilderState:
        return ImageBuilderState(self.account_id, self.region_name)


class _OmicsBackends(Backends[OmicsBackend]):
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


omics_backends = _OmicsBackends(OmicsBackend, SERVICE, _MORE_REGIONS)
omics_backends.world = World(omics_backends.state_of)
imagebuilder_backends = Backends(ImageBuilderBackend, "ec2")  # botocore lists no regions of Image Builder: it is where EC2 is

_backends: Mapping[str, BackendDict[Any]] = {
    OmicsBackend.service: omics_backends,
    ImageBuilderBackend.service: imagebuilder_backends,
}


@cache
def _bases(service: str) -> list[str]:
    prefixes = (operation.host_prefix for operation in load(service).operations.values())  # of all: botocore may be newer than us
    bases = [host_pattern(service, prefix) for prefix in prefixes]
    # A bucket may be called "omics": its host is S3's.
    return [rf"(?!https?://[^/.]+\.s3[.-]){base}" for base in dict.fromkeys([*bases, host_pattern(service)])]


@cache
def _urls(service: str) -> dict[str, Callable[[Any, str, Any], Any]]:
    return dict.fromkeys(_bases(service), _serving(service))


@cache
def _serving(service: str) -> Callable[[Any, str, Any], Answer]:
    """moto's callback for a service."""

    def serve_service(request: Any, full_url: str, headers: Any) -> Answer:
        return serve(_backends[service], request, full_url, headers)

    return serve_service


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    return [(service, re.compile(base)) for service in _backends for base in _bases(service)]


def install() -> None:
    """Let moto serve our services from now on, also inside a mock that is active already. Safe to call again."""
    if getattr(sys.modules.get(f"moto.{SERVICE}"), "omics_backends", None) is omics_backends:
        return
    for service, backends in _backends.items():
        module = ModuleType(f"moto.{service}")
        module.__spec__ = ModuleSpec(module.__name__, None)
        module.__dict__[f"{service}_backends"] = backends
        sys.modules[module.__name__] = module
        moto.__dict__[service] = module
    backend_index.backend_url_patterns[:0] = _patterns()  # the first match wins
    for kind in lifecycle.KINDS:
        state_manager.register_default_transition(f"{SERVICE}::{kind}", _NOT_OVERRIDDEN)
    lifecycle.external_policy = _chosen_through_moto
    after_import("moto.s3.models", lambda: s3_access.guard(states))
    after_import("moto.logs.models", _show_log_events)
    cloudformation.install()
    if "aiobotocore.client" not in sys.modules:
        after_import("aiobotocore.client", _serve_aiobotocore)
    _follow_moto()


def active() -> bool:
    """Whether a mock is active in this process."""
    return core.botocore_stubber.enabled


def reset() -> None:
    """Empty every service, as ``POST /moto-api/reset`` does."""
    moto_api_backend.reset()


def states() -> Iterator[RegionState]:
    """HealthOmics in all accounts and regions used so far."""
    return _states(SERVICE)


def _show_log_events() -> None:
    for state in states():
        state.neighbours.show_log_events()


def _states(service: str) -> Iterator[Any]:
    for account in tuple(_backends[service].values()):
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

    BotocoreStubber.enabled = property(get, set_)  # type: ignore[assignment]  # an attribute becomes a property
    if active():
        _entered()
        _serve_through_requests()


def _entered() -> None:
    if not settings.depth():
        settings.push(settings.Options())  # plain mock_aws: a mock with the default options
        _while_active.callback(settings.pop)
    _while_active.enter_context(Replaced((botocore_stubber, "MockRawResponse", _raw_response)))
    _while_active.enter_context(intercepted(_answer, mock_credentials()))
    _while_active.enter_context(sleepless(_serves))
    _while_active.enter_context(explaining(_unserved))
    _while_active.enter_context(serving_boto3(_direct))
    if "aiobotocore.client" in sys.modules:
        _serve_aiobotocore()
    omics_backends[core.DEFAULT_ACCOUNT_ID]  # now moto knows that there is something to reset


def _serve_aiobotocore() -> None:
    if active():  # aiobotocore may come before any mock
        from omics_mock.transports.aio import serving_aiobotocore  # which imports aiobotocore

        _while_active.enter_context(serving_aiobotocore(_direct, _answer, _serves, mock_credentials()))


def _raw_response(body: Any) -> Any:
    """What botocore reads a response from: moto would copy a stream."""
    return body if isinstance(body, Stream) else MockRawResponse(body)


def _serve_through_requests() -> None:
    """moto registers its patterns with ``responses`` when it starts: too early for ours."""
    callback = getattr(core.botocore_stubber, "process_prepared_request", core.botocore_stubber.process_request)
    for method in core.RESPONSES_METHODS:
        for _, pattern in _patterns():
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
        return AWSResponse(url, 404, HTTPHeaders(), MockRawResponse(UNKNOWN))
    if answered is not None or passthrough_url(url) or not _AWS_HOST.match(url):
        return answered
    services = (service for service, pattern in backend_index.backend_url_patterns if pattern.match(url))
    if any(map(passthrough_service, services)):
        return None
    return AWSResponse(url, 404, HTTPHeaders(), MockRawResponse(UNKNOWN))


def _serves(endpoint: str) -> bool:
    if endpoint.rstrip("/") in served_at:
        return True
    services = (service for service, pattern in _patterns() if pattern.match(endpoint))
    return any(not passthrough_service(service) for service in services) and not passthrough_url(endpoint)


def _unserved(service: str, endpoint: str) -> str:
    """What to say of a request that moto answers with UNKNOWN."""
    if any(pattern.match(f"{endpoint}/") for _, pattern in backend_index.backend_url_patterns):
        return f"moto {moto.__version__} mocks {service}, but not this operation"
    return (
        f"moto {moto.__version__} does not mock {service}, and omics_mock adds {' and '.join(_backends)} only: stub the client "
        f"(botocore.stub.Stubber), or let the service through with the config of mock_omics"
    )


def _is_ours_alone(service: str, url: str) -> bool:
    """Whether moto would hand us a request to the URL, and does nothing else with it."""
    return (
        _is_for(service, url[: url.find("/", 8) + 1])
        and not recorder._user_enabled
        and moto_settings.INITIAL_NO_AUTH_ACTION_COUNT == _NEVER
        and _is_mocked(service, url)
    )


_NEVER = float("inf")


def _is_mocked(service: str, url: str) -> bool:
    """Whether moto's user has not let the service or the URL through."""
    asked = default_user_config.get("core", {})
    if asked.get("service_whitelist") is None and not any(asked.get("passthrough", {}).values()):
        return True
    return service_whitelisted(service) and not passthrough_service(service) and not passthrough_url(url.partition("?")[0])


@lru_cache(16)
def _is_for(service: str, origin: str) -> bool:
    """Whether a host is the service's."""
    return any(pattern.match(origin) for name, pattern in _patterns() if name == service)


_direct = Direct(_backends, _is_ours_alone)


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
