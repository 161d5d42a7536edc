"""What the pytest plugin changes while tests run: the environment of a mock, what makes clients dear, and the guard."""

from __future__ import annotations

import os
import re
import sys
from functools import cache
from inspect import CO_VARKEYWORDS
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from omics_mock.transports.import_hook import after_import

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from botocore.endpoint import Endpoint
    from botocore.loaders import Loader
    from botocore.model import OperationModel

# What botocore and boto3 read of the environment for credentials, region, endpoints, transport and retries.
_READ = re.compile(
    r"""
    AWS_(
        ACCESS_KEY_ID | SECRET_ACCESS_KEY | SESSION_TOKEN | SECURITY_TOKEN | CREDENTIAL_(EXPIRATION|FILE) | BEARER_TOKEN_\w+
        | (DEFAULT_)?PROFILE | CONFIG_FILE | SHARED_CREDENTIALS_FILE | (DEFAULT_)?REGION | DEFAULTS_MODE | DATA_PATH
        | ROLE_ARN | ROLE_SESSION_NAME | WEB_IDENTITY_TOKEN_FILE | CONTAINER_(AUTHORIZATION|CREDENTIALS)_\w+
        | (EC2_)?METADATA_\w+ | IMDS_USE_IPV6 | CA_BUNDLE | CSM_ENABLED
        | ENDPOINT_URL\w* | IGNORE_CONFIGURED_ENDPOINT_URLS | ENDPOINT_DISCOVERY_ENABLED | ACCOUNT_ID_ENDPOINT_MODE
        | USE_(DUALSTACK|FIPS)_ENDPOINT | STS_REGIONAL_ENDPOINTS | DISABLE_HOST_PREFIX_INJECTION
        | S3_(US_EAST_1_REGIONAL_ENDPOINT | USE_ARN_REGION | DISABLE_EXPRESS_SESSION_AUTH | DISABLE_MULTIREGION_ACCESS_POINTS)
        | AUTH_SCHEME_PREFERENCE | SIGV4A_SIGNING_REGION_SET | RETRY_MODE | MAX_ATTEMPTS
        | (REQUEST|RESPONSE)_CHECKSUM_\w+ | REQUEST_MIN_COMPRESSION_SIZE_BYTES | DISABLE_REQUEST_COMPRESSION
    )
    | BOTO_CONFIG
    """,
    re.VERBOSE,
)

# The keys are set although the mock sets its own: whatever the test does to them, `patch` knows what they were.
_INSTEAD = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "BOTO_CONFIG": os.devnull,
}


def isolate(patch: pytest.MonkeyPatch) -> None:
    """Put aside, until ``patch`` is undone, what the developer has set up for AWS."""
    import boto3

    patch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in tuple(os.environ):
        if _READ.fullmatch(name):
            patch.delenv(name)
    for name, value in _INSTEAD.items():
        patch.setenv(name, value)


def mocked() -> bool:
    """Whether a mock is active, without importing what would tell."""
    transport = sys.modules.get("omics_mock.transports.moto")
    return transport is not None and bool(transport.active())


# ---- clients ---------------------------------------------------------------------------------------------------------


def make_clients_cheap(patch: pytest.MonkeyPatch) -> None:
    """moto wants a new session for every test: let each of them find done what comes out the same for all."""
    share_loader(patch)
    share_event_names(patch)
    look_at_handlers(patch)


def share_loader(patch: pytest.MonkeyPatch) -> None:
    """Let the sessions made inside mocks share what botocore reads from its data files."""
    from botocore import session

    create = session.create_loader
    shared = cache(create)

    def create_loader(search_path_string: str | None = None) -> Loader:
        return (shared if mocked() else create)(search_path_string)

    patch.setattr(session, "create_loader", create_loader)


def share_event_names(patch: pytest.MonkeyPatch) -> None:
    """Let sessions and clients share the names that events go by: each would work them out anew for all it registers."""
    from botocore.hooks import EventAliaser
    from botocore.utils import EVENT_ALIASES

    really_init: Callable[..., None] = EventAliaser.__init__
    names: dict[str, str] = {}

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        really_init(self, *args, **kwargs)
        if getattr(self, "_alias_name_cache", None) == {} and self._event_aliases == EVENT_ALIASES:
            self._alias_name_cache = names

    patch.setattr(EventAliaser, "__init__", init)


def look_at_handlers(patch: pytest.MonkeyPatch) -> None:
    """Let botocore see at a glance that a handler takes keywords: for each of hundreds it would build the whole signature."""
    from botocore import hooks

    build_and_look: Callable[[Any], object] | None = getattr(hooks, "accepts_kwargs", None)
    if build_and_look is None:  # pragma: no cover - this botocore does it in another way
        return

    def accepts_kwargs(handler: Any) -> object:
        function = handler.__func__ if type(handler) is MethodType else handler
        if type(function) is FunctionType and not function.__dict__:  # where a signature of its own would be
            return function.__code__.co_flags & CO_VARKEYWORDS
        return build_and_look(handler)

    patch.setattr(hooks, "accepts_kwargs", accepts_kwargs)


# ---- the guard -------------------------------------------------------------------------------------------------------


class RequestOutsideMockError(RuntimeError):
    """A request of HealthOmics or Image Builder would have gone to AWS."""


_GUARDED = ("omics", "imagebuilder")
_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn")


def guard(patch: pytest.MonkeyPatch, place: Callable[[], str]) -> None:
    """Refuse what botocore would send to HealthOmics or Image Builder at AWS outside a mock; ``place`` names the test."""

    def install() -> None:
        from botocore.endpoint import Endpoint

        really_make = Endpoint.make_request

        # Ahead of credentials, which a test may lack, and of retries.
        def make_request(self: Endpoint, operation_model: OperationModel, request_dict: dict[str, Any]) -> Any:
            host = urlsplit(request_dict["url"]).hostname or ""
            if operation_model.service_model.service_name in _GUARDED and host.endswith(_AWS) and not mocked():
                raise RequestOutsideMockError(
                    f"{place()}: {operation_model.name} would have been sent to {host}, for no mock is active. Enter one by the "
                    "fixture omics_mock or omics_client, by @pytest.mark.omics_mock, or by mock_omics."
                )
            return really_make(self, operation_model, request_dict)

        patch.setattr(Endpoint, "make_request", make_request)

    after_import("botocore.endpoint", install)
