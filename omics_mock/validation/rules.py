"""Documented rules that a shape cannot express. Each names the member and the rule."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MAX_TAGS = 50
_S3_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?", re.DOTALL)


class BrokenRule(ValueError):
    """A value of a member breaks a rule. Which exception says so is the service's affair."""

    def __init__(self, member: str, message: str) -> None:
        super().__init__(message)
        self.member = member
        self.message = message


class TooMany(BrokenRule):
    """A value would take what is there already beyond a limit."""


class S3Location(NamedTuple):
    """The two halves of an S3 URI."""

    bucket: str
    key: str


def check_tags(tags: Mapping[str, str], member: str = "tags", existing: Mapping[str, str] | None = None) -> None:
    """At most 50 tags on a resource, none in the namespace reserved for AWS.

    Too many in a request that makes a resource are invalid; too many together with ``existing`` ones exceed a quota.
    """
    for key in tags:
        if key.lower().startswith("aws:"):
            raise BrokenRule(member, f"{member}: the key {key!r} must not start with aws:, which is reserved for AWS")
    own = [key for key in {**(existing or {}), **tags} if not key.startswith("aws:")]  # the service's own do not count
    if len(own) > MAX_TAGS:
        error = BrokenRule if existing is None else TooMany
        raise error(member, f"{member}: a resource can have at most {MAX_TAGS} tags")


def check_tag_keys(keys: list[str]) -> None:
    """Tags in the namespace reserved for AWS can not be removed either."""
    for key in keys:
        if key.lower().startswith("aws:"):
            raise BrokenRule("tagKeys", f"tagKeys: the key {key!r} must not start with aws:, which is reserved for AWS")


def check_exactly_one(params: Mapping[str, Any], *members: str) -> None:
    """Exactly one of the members is given."""
    given = [member for member in members if member in params]
    if len(given) != 1:
        raise BrokenRule(members[0], f"Exactly one of {', '.join(members)} must be specified, but got {', '.join(given) or 'none'}")


def check_at_most_one(params: Mapping[str, Any], *members: str) -> None:
    """No two of the members are given."""
    given = [member for member in members if member in params]
    if len(given) > 1:
        raise BrokenRule(given[1], f"At most one of {', '.join(members)} can be specified, but got {', '.join(given)}")


def check_only_with(params: Mapping[str, Any], required: str, *members: str) -> None:
    """The members make sense only beside the required one."""
    for member in members:
        if member in params and required not in params:
            raise BrokenRule(member, f"{member} can only be specified together with {required}")


def parse_s3_uri(uri: str, member: str, needs_key: bool = False) -> S3Location:
    """Bucket and key of an S3 URI."""
    match = _S3_URI.fullmatch(uri)
    if match is None or (needs_key and not match[2]):
        form = "s3://bucket/key" if needs_key else "s3://bucket/prefix"
        raise BrokenRule(member, f"{member}: {uri!r} is not an S3 URI of the form {form}, with a valid bucket name")
    return S3Location(match[1], match[2] or "")


def is_s3_uri(text: str) -> bool:
    """Whether a text is an S3 URI, of a bucket or of something in it."""
    return _S3_URI.fullmatch(text) is not None


def find_s3_uris(value: object) -> Iterator[S3Location]:
    """Every S3 URI with a key among the strings of a JSON value."""
    if isinstance(value, str):
        match = _S3_URI.fullmatch(value)
        if match is not None and match[2]:
            yield S3Location(match[1], match[2])
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from find_s3_uris(item)


def check_json_object(text: str, member: str) -> None:
    """The member's text is a JSON object, as a policy document is."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BrokenRule(member, f"{member} is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise BrokenRule(member, f"{member} must be a JSON object")


def check_size(value: str | bytes, limit: int, member: str, unit: str) -> None:
    """The member is no larger than the limit, in bytes; ``unit`` is how the documentation writes that limit."""
    size = len(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
    if size > limit:
        raise BrokenRule(member, f"{member} has {size} bytes, more than the {unit} allowed")
