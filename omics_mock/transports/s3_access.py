"""Read sets as S3 objects: who may read them is decided here, before moto's S3 answers.

The alias of a sequence store's access point is the bucket of its read sets' S3 URIs. moto keeps that bucket, but its S3 knows
neither access point aliases nor the store's policy: it lets every account read every bucket.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import parse_qs, quote, unquote
from xml.sax.saxutils import escape

from omics_mock.access_policies import GET_OBJECT, GET_TAGS, LIST, Access, allows
from omics_mock.neighbours import SERVICE_ACCOUNT
from omics_mock.neighbours.backends import backend_of

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.sequence_stores import SequenceStore

_Answer: TypeAlias = tuple[int, Mapping[str, str], Any]
_Callback: TypeAlias = Callable[[Any, str, Any], _Answer]
_States: TypeAlias = "Callable[[], Iterable[RegionState]]"

_ALIAS = "[a-z0-9-]+-s3alias"
_URL = re.compile(rf"https?://(?:({_ALIAS})\.[^/?]*|[^/?]*/({_ALIAS})(?![^/?]))/?([^?]*)\??(.*)", re.DOTALL)
_COPY_SOURCE = re.compile(rf"/?({_ALIAS})/(.+)", re.DOTALL)
_ACCESS_POINT_HOST = re.compile(
    rf"(?<=://)(?P<name>[\w-]+)-{SERVICE_ACCOUNT}(?P<kept>\.s3)-accesspoint(?:-fips)?(?:\.dualstack)?(?=\.(?P<region>[^./]+)\.)"
)
_ACCESS_POINT_ARN = re.compile(rf"arn:[^:]+:s3:(?P<region>[^:]+):{SERVICE_ACCOUNT}:accesspoint/(?P<name>[^/]+)(?P<kept>)/object")
_ACCESS_KEY = re.compile(r"(?:^AWS4-\S+ +Credential=|&X-Amz-Credential=|(^AWS |&AWSAccessKeyId=))([^/%:,&]+)")
_SECTION = re.compile(r"bytes (\d+)-(\d+)/\d+")

# What a request may carry; with any other parameter it is another operation.
_PARAMETERS = {
    GET_OBJECT: re.compile(r"partNumber|versionId"),
    GET_TAGS: re.compile(r"tagging|versionId"),
    LIST: re.compile(r"list-type|prefix|delimiter|encoding-type|max-keys|marker|start-after|continuation-token|fetch-owner"),
}
_PARAMETERS_OF_ALL = re.compile(r"x-id|x-amz-.*|response-.*|awsaccesskeyid|signature|expires", re.IGNORECASE)

_XML = {"content-type": "application/xml"}


class _Read(NamedTuple):
    """What a request wants to read of a store. No policy can allow what has no action."""

    alias: str
    key: str
    action: str | None
    prefix: str | None = None


class _Caller(NamedTuple):
    account: str
    arn: str
    signature: str


def guard(states: _States) -> None:
    """Let nobody read through moto's S3 what the policy of the sequence store does not let them read."""
    from moto.core.base_backend import BaseBackend
    from moto.s3.models import S3Backend

    def guarded(name: str) -> property:
        unguarded = getattr(BaseBackend, name).fget

        def get(backend: S3Backend) -> dict[str, _Callback]:
            callbacks = unguarded(backend).items()
            return {url: update_wrapper(partial(_answer, states, callback), callback) for url, callback in callbacks}

        return property(get)

    S3Backend.urls = guarded("urls")  # type: ignore[assignment,method-assign]  # a property of the base class
    S3Backend.url_paths = guarded("url_paths")  # type: ignore[assignment,method-assign]  # as above


def _answer(states: _States, callback: _Callback, request: Any, full_url: str, headers: Any) -> _Answer:
    copied = unquote(request.headers.get("x-amz-copy-source") or "")
    if ".s3-accesspoint" in full_url or "accesspoint/" in copied:
        url, source = _by_alias(states, _ACCESS_POINT_HOST, full_url), _by_alias(states, _ACCESS_POINT_ARN, copied)
        if (url, source) != (full_url, copied):
            return _answer_instead(request, url, source)
    reads = [
        (state, store, read)
        for read in _reads(request.method, full_url, copied)
        for state in states()
        if (store := state.sequence_stores.by_alias(read.alias)) is not None
    ]
    for state, store, read in reads:
        caller = _caller(request.headers, full_url, state)
        if not _may(caller, read, state, store):
            return _refusal(request.method, caller)
    answer = _without_moto(callback, request, full_url, headers, reads[0][0], reads[0][2]) if reads else None
    answer = answer or callback(request, full_url, headers)
    for state, _, read in reads:
        if read.action == GET_OBJECT and answer[0] < 300:
            with state.lock:
                state.read_sets.touched_through_s3(read.key)
    return answer


def _reads(method: str, full_url: str, copied: str) -> Iterator[_Read]:
    if "-s3alias" in full_url and (found := _URL.match(full_url)):
        alias, key, parameters = found[1] or found[2], unquote(found[3]), parse_qs(found[4], keep_blank_values=True)
        yield _Read(alias, key, _action(method, key, parameters), parameters.get("prefix", [None])[0])
    if source := _COPY_SOURCE.match(copied):
        yield _Read(source[1], source[2].partition("?versionId=")[0], GET_OBJECT)


def _action(method: str, key: str, parameters: Iterable[str]) -> str | None:
    if method not in ("GET", "HEAD"):
        return None
    own = [name for name in parameters if not _PARAMETERS_OF_ALL.fullmatch(name)]
    actions = (GET_OBJECT, GET_TAGS) if key else (LIST,)
    return next((action for action in actions if all(map(_PARAMETERS[action].fullmatch, own))), None)


def _may(caller: _Caller | None, read: _Read, state: RegionState, store: SequenceStore) -> bool:
    with state.lock:
        state.catch_up()
        policy, access_point = store.policy, store["s3Access"]["s3AccessPointArn"]
    state.deliver(wait=False)  # whoever delivers may be waiting for what is read here
    state.neighbours.open(read.alias)  # a store without read sets is an empty bucket
    if caller is None or read.action is None:
        return False
    offered = state.neighbours.offered(read.alias, read.key)
    conditions = {f"s3:ExistingObjectTag/{name}": value for name, value in offered.tags.items()} if offered else {}
    conditions |= {"s3:signatureversion": caller.signature, "s3:TlsVersion": "1.2"}
    if read.prefix is not None:
        conditions["s3:prefix"] = read.prefix
    resource = f"{access_point}/object/{read.key}" if read.key else access_point
    return allows(policy, Access(read.action, resource, caller.arn, caller.account, conditions))


def _without_moto(
    callback: _Callback, request: Any, full_url: str, headers: Any, state: RegionState, read: _Read
) -> _Answer | None:
    """The answer where moto's would be wrong or slow."""
    offered = state.neighbours.offered(read.alias, read.key) if request.method == "GET" else None
    if offered is None:
        return None
    if read.action == GET_TAGS:  # moto looks for them in the caller's account
        return _tagging(offered.tags)
    if not request.headers.get("range"):
        return None
    request.method = "HEAD"  # moto would read the whole object for every range of it
    status, found, _ = callback(request, full_url, headers)
    request.method = "GET"
    section = _SECTION.fullmatch(found.get("content-range", ""))
    return (status, found, offered.content.read(int(section[1]), int(section[2]) + 1)) if section else None


def _caller(headers: Mapping[str, str], full_url: str, state: RegionState) -> _Caller | None:
    """Who signed the request; None when nobody did."""
    from moto.core.base_backend import backend_lock
    from moto.iam.models import get_account_id_from

    signed = _ACCESS_KEY.search(headers.get("authorization") or full_url.replace("?", "&", 1))
    if signed is None:
        return None
    account = os.environ.get("MOTO_ACCOUNT_ID") or headers.get("x-moto-account-id") or get_account_id_from(signed[2])
    with backend_lock:  # it looks things up itself
        arn = backend_of("sts", account, state.partition).get_caller_identity(signed[2], state.region)[1]
    return _Caller(account, arn, "AWS" if signed[1] else "AWS4-HMAC-SHA256")


def _refusal(method: str, caller: _Caller | None) -> _Answer:
    message = "Access Denied" if caller is None else f"The S3 access policy of the sequence store does not let {caller.arn} do this"
    body = f"<Error><Code>AccessDenied</Code><Message>{escape(message)}</Message></Error>"
    return 403, _XML, "" if method == "HEAD" else body


def _tagging(tags: Mapping[str, str]) -> _Answer:
    shown = (f"<Tag><Key>{escape(name)}</Key><Value>{escape(value)}</Value></Tag>" for name, value in tags.items())
    return 200, _XML, f'<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>{"".join(shown)}</TagSet></Tagging>'


# ---- access points by their own name -------------------------------------------------------------------------------


def _by_alias(states: _States, access_point: re.Pattern[str], text: str) -> str:
    """The text with the alias where it names an access point of ours, and a bucket that does not exist when there is none."""

    def alias(found: re.Match[str]) -> str:
        for state in states():
            arn = f"arn:{state.partition}:s3:{found['region']}:{SERVICE_ACCOUNT}:accesspoint/{found['name']}"
            if store := state.sequence_stores.by_access_point(arn):
                return f"{store.alias}{found['kept']}"
        return f"{found['name']}-s3alias{found['kept']}"

    return access_point.sub(alias, text, count=1)


def _answer_instead(request: Any, url: str, copy_source: str) -> _Answer:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.compat import HTTPHeaders
    from moto.core.models import botocore_stubber

    headers = HTTPHeaders()
    for name, value in request.headers.items():
        if name.lower() not in ("host", "x-amz-copy-source"):
            headers[name] = value
    if copy_source:
        headers["x-amz-copy-source"] = quote(copy_source)
    body = request.get_data() if hasattr(request, "get_data") else request.body
    return botocore_stubber.process_request(AWSPreparedRequest(request.method, url, headers, body, False))  # type: ignore[return-value]  # None only for what moto does not serve, and it serves S3
