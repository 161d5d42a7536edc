"""The last line before the network: what botocore would send is answered by the mock instead.

Clients made before the mock's library was imported lack its event hook, and so do clients with hooks of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

from omics_mock.transports.replacing import Replaced

Answer = Callable[[AWSPreparedRequest], AWSResponse | None]


def intercepted(answer: Answer, fake_credentials: bool) -> Replaced:
    """Let ``answer`` see every request first; None lets it pass. Clients without credentials get fake ones."""
    really_send: Callable[..., AWSResponse] = URLLib3Session.send
    really_authenticate: Callable[..., Any] = RequestSigner.get_auth_instance

    def send(self: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
        answered = answer(request)
        return really_send(self, request) if answered is None else answered

    def get_auth_instance(self: RequestSigner, *args: Any, **kwargs: Any) -> Any:
        auth = really_authenticate(self, *args, **kwargs)
        if getattr(auth, "credentials", auth) is None:
            auth.credentials = ReadOnlyCredentials("FOOBARKEY", "FOOBARSECRET", None)
        return auth

    signing = (RequestSigner, "get_auth_instance", get_auth_instance if fake_credentials else really_authenticate)
    return Replaced((URLLib3Session, "send", send), signing)
