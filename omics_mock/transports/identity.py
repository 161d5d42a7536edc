"""Who calls, and whether moto's IAM lets them."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import moto.core.models as core
from moto.core.responses import BaseResponse
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from omics_mock.exceptions import ServiceError
    from omics_mock.wire.model import Operation

Denied: TypeAlias = "Callable[[Operation, str], ServiceError]"


def account_of(service: str, headers: Mapping[str, str], access_key: str, region: str) -> str:
    """The account a request is for."""
    account = os.environ.get("MOTO_ACCOUNT_ID") or headers.get("x-moto-account-id")
    if "moto.iam.models" in sys.modules:  # else nobody has keys, and importing it is slow
        from moto.iam.models import get_account_id_from, mark_account_as_visited

        account = account or get_account_id_from(access_key)
        mark_account_as_visited(account, access_key, service, region)
    return account or core.DEFAULT_ACCOUNT_ID


def caller_of(account: str, access_key: str, region: str) -> str:
    """The ARN of whoever signed a request; nothing when only the default can be told."""
    if "moto.sts.models" not in sys.modules:
        return ""
    from moto.sts.models import sts_backends

    arn: str = sts_backends[account][get_partition(region)].get_caller_identity(access_key, region)[1]
    return arn


def gate(service: str, denied: Denied, request: Any, full_url: str, headers: Any) -> Callable[[Operation], None]:
    """moto's IAM, asked once the operation is known."""

    def authorise(operation: Operation) -> None:
        response = _Asking(service)
        response.action = operation.name
        try:
            response.setup_class(request, full_url, headers, use_raw_body=True)
            response._authenticate_and_authorize_normal_action()
        except HTTPException as refused:
            raise denied(operation, str(getattr(refused, "message", refused.description))) from refused
        except KeyError as missing:
            raise denied(operation, f"Missing Authentication Token: {missing}") from missing

    return authorise


class _Asking(BaseResponse):
    action = ""

    def _get_action(self) -> str:
        return self.action

    def setup_class(self, request: Any, full_url: str, headers: Any, use_raw_body: bool = True) -> None:  # type: ignore[override]
        super().setup_class(request, full_url, headers, use_raw_body=use_raw_body)
        self.data = {}  # without a body moto would take the headers for it, and the signature would not match
