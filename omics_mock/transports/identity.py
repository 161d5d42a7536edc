"""Who calls, and whether moto's IAM lets them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import moto.core.models as core
from moto.core.base_backend import backend_lock
from moto.core.responses import BaseResponse
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from omics_mock.authorization import needs
from omics_mock.neighbours.backends import backend_of
from omics_mock.policies import Need, verdict

if TYPE_CHECKING:
    from omics_mock.exceptions import ServiceError
    from omics_mock.state import ServiceState
    from omics_mock.wire.model import Operation

Denied: TypeAlias = "Callable[[Operation, str], ServiceError]"
Authorise: TypeAlias = "Callable[[Operation, Mapping[str, Any]], None]"

_CONTROLLED = "moto's access control is on (set_initial_no_auth_action_count, INITIAL_NO_AUTH_ACTION_COUNT)"


def signed_by(service: str, headers: Mapping[str, str], access_key: str, region: str) -> tuple[str, str]:
    """The account a request is for, and the ARN of whoever signed it; no ARN when only the default can be told."""
    account = os.environ.get("MOTO_ACCOUNT_ID") or headers.get("x-moto-account-id")
    if not _may_be_known(access_key):
        return account or core.DEFAULT_ACCOUNT_ID, ""
    from moto.iam.models import get_account_id_from, mark_account_as_visited

    with backend_lock:  # a reset may be emptying what this looks up
        account = account or get_account_id_from(access_key)
        mark_account_as_visited(account, access_key, service, region)
        sts = backend_of("sts", account, get_partition(region))
        return account, sts.get_caller_identity(access_key, region)[1]


def _may_be_known(access_key: str) -> bool:
    """Whether the key may be one that moto's IAM or STS gave somebody. As long as nobody uses them, they are not even imported."""
    if any(access_key in given for given in _kept("moto.iam.models", "iam_backends", "access_keys")):
        return True
    return any(_kept("moto.sts.models", "sts_backends", "assumed_roles"))


def _kept(module: str, backends: str, member: str) -> list[Any]:
    """A member of what moto keeps of a service in all accounts and partitions that have been used.

    This takes no lock, as every call asks it: one that is being reset has nothing for a moment, its dictionary included.
    """
    accounts: Mapping[str, Mapping[str, Any]] = getattr(sys.modules.get(module), backends, {})
    used = (backend for account in tuple(accounts.values()) for backend in tuple(account.values()))
    return [vars(backend).get(member, ()) for backend in used]


def gate(state: ServiceState, denied: Denied, request: Any, full_url: str, headers: Any) -> Authorise:
    """moto's IAM, asked once the operation and its members are known: it tells who calls, and with which policies."""

    def authorise(operation: Operation, params: Mapping[str, Any]) -> None:
        response = _Asking(state.service)
        response.action = operation.name
        signed_with: list[Any] = []
        try:
            response.setup_class(request, full_url, headers, use_raw_body=True)
            response._authenticate_and_authorize_action(cast("type", partial(_Asked, signed_with.append)))
        except HTTPException as failed:
            error = denied(operation, str(getattr(failed, "message", failed.description)))
            error.add_note(f"{_CONTROLLED}: calls are to be signed with keys made through the mock's IAM or STS")
            raise error from failed
        except KeyError as missing:
            raise denied(operation, f"Missing Authentication Token: {missing}") from missing
        for access_key in signed_with:  # none before moto's access control sets in
            if refused := refusal(access_key, needs(operation, params, state)):
                error = denied(operation, refused)
                error.add_note(f"{_CONTROLLED}: no policy of {access_key.arn} allows this, or one of them denies it")
                raise error

    return authorise


def refusal(access_key: Any, needed: Iterable[Need]) -> str:
    """What IAM says to a caller who lacks a permission; nothing to one who has them all.

    moto's own evaluation knows neither conditions nor resources as IAM does, so only the policies are taken from it.
    """
    from moto.iam.access_control import IAMPolicy

    policies = [IAMPolicy(policy)._policy_json for policy in access_key.collect_policies()]
    for need in needed:
        if not verdict(policies, need):
            resource = "" if need.resource == "*" else f" on resource: {need.resource}"
            return f"User: {access_key.arn} is not authorized to perform: {need.action}{resource}"
    return ""


class _Asked:
    """What moto makes of a request to check its signature; the key it was signed with is passed on."""

    def __init__(self, signed_with: Callable[[Any], None], **request: Any) -> None:
        from moto.iam.access_control import IAMRequest

        self._signed_with = signed_with
        self._request = IAMRequest(**request)

    def check_signature(self) -> None:
        self._request.check_signature()

    def check_action_permitted(self, resource: str) -> None:
        self._signed_with(self._request._access_key)


class _Asking(BaseResponse):
    action = ""

    def _get_action(self) -> str:
        return self.action

    def setup_class(self, request: Any, full_url: str, headers: Any, use_raw_body: bool = True) -> None:  # type: ignore[override]  # newer moto has other defaults
        super().setup_class(request, full_url, headers, use_raw_body=use_raw_body)
        self.data = {}  # without a body moto would take the headers for it, and the signature would not match
