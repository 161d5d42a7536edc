"""Notes on the errors that a call in process ends with. What is on the wire stays as it is.

Source: PEP 678, which pytest and tracebacks show below an exception's message.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import ClientError, WaiterError
from botocore.parsers import ResponseParserError

from omics_mock import explanations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

UNKNOWN = "Not yet implemented"
"""What moto answers to a request that is for none of its services."""


class _Latest(threading.local):
    """A call in process is served by the thread that makes it: the latest refusal is the one its error tells of."""

    request_id = ""
    notes: tuple[str, ...] = ()


_latest = _Latest()


def remember(request_id: str, notes: Iterable[str]) -> None:
    """Keep what there is to say of a refusal for the error that the caller is about to see."""
    _latest.request_id, _latest.notes = request_id, tuple(notes)


def annotate(error: Exception, answer: Mapping[str, Any]) -> None:
    """Note what there is to say of the refusal that an error tells of."""
    if answer.get("ResponseMetadata", {}).get("RequestId") == _latest.request_id:
        for note in _latest.notes:
            error.add_note(note)


def annotate_wait(error: WaiterError, waiter: str) -> None:
    """Note why a waiter may not have seen what it waited for."""
    answer: Mapping[str, Any] = error.last_response
    annotate(error, answer)
    for note in explanations.of_waiting(xform_name(waiter), answer):
        error.add_note(note)


@contextmanager
def explaining(unserved: Callable[[str, str], str]) -> Iterator[None]:
    """Let errors say more. ``unserved``: of a request to this endpoint of a service, which moto does not place."""
    really_call: Callable[..., Any] = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave out what is private

    def make_api_call(client: BaseClient, operation_name: str, api_params: Any) -> Any:
        try:
            return really_call(client, operation_name, api_params)
        except ClientError as error:
            if error.response.get("Error", {}).get("Message") == UNKNOWN:
                answer: Any = {**error.response, "Error": {**error.response["Error"], "Message": _about(client, unserved)}}
                raise ClientError(answer, operation_name) from None
            annotate(error, error.response)
            raise
        except ResponseParserError as error:  # of a service that speaks XML
            if UNKNOWN in str(error):
                error.add_note(_about(client, unserved))
            raise

    with mock.patch.object(BaseClient, "_make_api_call", make_api_call):
        yield


def _about(client: BaseClient, unserved: Callable[[str, str], str]) -> str:
    return unserved(client.meta.service_model.service_name, client.meta.endpoint_url)
