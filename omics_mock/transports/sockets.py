"""The last line before the network: what botocore would send is answered by the mock instead.

Clients made before the mock's library was imported lack its event hook, and so do clients with hooks of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.credentials import ReadOnlyCredentials
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner

Answer = Callable[[AWSPreparedRequest], AWSResponse | None]


@contextmanager
def intercepted(answer: Answer, fake_credentials: bool) -> Iterator[None]:
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

    with ExitStack() as patches:
        patches.enter_context(mock.patch.object(URLLib3Session, "send", send))
        if fake_credentials:
            patches.enter_context(mock.patch.object(RequestSigner, "get_auth_instance", get_auth_instance))
        yield
