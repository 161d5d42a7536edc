"""Requests that nobody would send who means well: valid ones that were tampered with, and noise."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

from omics_mock.wire.model import Operation

DEEP: Final = 100_000


@dataclass(frozen=True)
class Raw:
    """A request as it goes over the wire."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __repr__(self) -> str:
        body = self.body if len(self.body) < 300 else self.body[:150] + b" ... " + self.body[-100:]
        return f"{self.method} {self.path[:200]!r} ? {self.query[:200]!r} {str(self.headers)[:200]} {body!r}"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))  # hypothesis would print the fields, however long


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def as_sent(operation: Operation, params: Mapping[str, Any]) -> Raw:
    """What botocore makes of a request."""
    made: Any = create_serializer("rest-json", False).serialize_to_request(
        dict(params), _model(operation.service).operation_model(operation.name)
    )
    body = made["body"]
    headers = {"content-type": "application/json", **{name.lower(): str(value) for name, value in made["headers"].items()}}
    return Raw(made["method"], made["url_path"], urlencode(made["query_string"], doseq=True), headers, _bytes(body))


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)


# ---- tampering -------------------------------------------------------------------------------------------------------

_ESCAPES: Final = (
    "%00",
    "%ff",
    "%zz",
    "%",
    "%2F",
    "%2f..%2f",
    "%C3%28",
    "%ed%a0%80",
    "%c0%ae",
    "%0d%0aX-A:%20b",
    "%25",
    "+",
    ";",
    "é",
)
_NUMBERS: Final = ("NaN", "-1", "0", "1e9", "9" * 30, "1.5", "true", "٣", "", " 1", "0x10", "-0", "2147483648")
_JSON: Final = (
    *("null", "true", "false", "-1", "0", "1.5", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1e-400", "-0.0", "1E+2"),
    *("9" * 30, "9" * 5_000, "-" + "9" * 400, "9223372036854775808", "253402300800", "1e18", "01", "1.", ".5", "0x1"),
    *(
        '""',
        '"\\ud800"',
        '"\\udfff\\ud800"',
        '"\\u0000"',
        '"a\\u0000b"',
        '"\\x"',
        '"\n"',
        '"\ufeff"',
        '"\u202e"',
        f'"{"a" * 70_000}"',
    ),
    *("[]", "{}", "[null]", '{"": null}', '{"a": 1, "a": 2}', "[{}]", "[[]]", '{"__proto__": {}}', '{"$ref": 1}', '{"$map": []}'),
    *(
        '"NaN"',
        '"2026-01-01"',
        '"s3://"',
        '"s3://bucket/" ',
        '"arn:aws:omics:::"',
        '"../../etc"',
        '"%s{}$(x)`"',
        "'a'",
        "undefined",
    ),
    *("[" * 90 + "]" * 90, "[" * 120 + "]" * 120, "[" * 400 + "]" * 400, '{"a":' * 150 + "1" + "}" * 150),
)
_HEADERS: Final = {
    "content-type": ("text/plain", "application/json; charset=utf-16", "", "application/octet-stream", "\x7f", "a" * 5_000),
    "range": (
        "bytes=",
        "bytes=9-1",
        "bytes=0-0,1-1",
        "bytes=-0",
        "items=1-2",
        "bytes=" + "9" * 4_000 + "-",
        "bytes=--1",
        "é",
        "bytes=0-1\t",
    ),
    "host": ("omics", "é", "a" * 2_000, "omics.us-east-1.amazonaws.com.evil"),
    "x-amz-date": ("never", "20260101T000000Z"),
    "accept": ("*/*", "text/xml"),
    "expect": ("miracles",),
    "x-amz-content-sha256": ("UNSIGNED-PAYLOAD", "junk"),
    "content-encoding": ("gzip", "aws-chunked", "br"),
}


def tampered(raw: Raw, random: Random) -> Raw:
    """A request with something changed in it."""
    change: Callable[[Raw, Random], Raw] = random.choice(
        (_method, _path, _query, _headers, _body, _body, _tree, _tree, _tree, _tree)
    )
    return change(raw, random)


def _method(raw: Raw, random: Random) -> Raw:
    return replace(raw, method=random.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "BREW", "get", "")))


def _path(raw: Raw, random: Random) -> Raw:
    segments = raw.path.split("/")
    at = random.randrange(len(segments))
    match random.randrange(6):
        case 0:
            segments[at] = random.choice(_ESCAPES) * random.choice((1, 3))
        case 1:
            segments[at] += random.choice(_ESCAPES)
        case 2:
            del segments[at]
        case 3:
            segments.insert(at, random.choice(("", ".", "..", "a", "%2e%2e")))
        case 4:
            segments[at] = random.choice(("a", "1", "%41", "/")) * random.choice((37, 1_000, 30_000))
        case _:
            segments[at] = (
                "".join(chr(random.randrange(33, 127)) for _ in range(random.randrange(1, 40))).replace("#", "").replace("?", "")
            )
    return replace(raw, path="/".join(segments) or "/")


def _query(raw: Raw, random: Random) -> Raw:
    names = [
        "maxResults",
        "startingToken",
        "nextToken",
        "partNumber",
        "partSource",
        "file",
        "force",
        "type",
        "export",
        "tagKeys",
        "status",
    ]
    names += [pair.partition("=")[0] for pair in raw.query.split("&") if pair]
    values = (*_NUMBERS, *_ESCAPES, "a" * 30_000, "ACTIVE")
    pairs = [
        random.choice(names) + random.choice(("=", "=", "=", "", "==")) + random.choice(values)
        for _ in range(random.randrange(1, 4))
    ]
    if random.random() < 0.1:
        pairs *= 2_000
    return replace(raw, query="&".join([*filter(None, raw.query.split("&")), *pairs]))


def _headers(raw: Raw, random: Random) -> Raw:
    name = random.choice(sorted(_HEADERS))
    return replace(raw, headers={**raw.headers, name: random.choice(_HEADERS[name])})


def _body(raw: Raw, random: Random) -> Raw:
    """Another text altogether, or the same with bytes changed."""
    body = raw.body
    at = random.randrange(len(body) + 1)
    return replace(
        raw,
        body=random.choice(
            (
                lambda: body[:at],
                lambda: body[:at] + random.randbytes(random.randrange(1, 5)) + body[at:],
                lambda: body[:at] + random.randbytes(2) + body[at + 2 :],
                lambda: body + body,
                lambda: body + b" x",
                lambda: b"\xef\xbb\xbf" + body,
                lambda: body.decode(errors="replace").encode("utf-16"),
                lambda: b"",
                lambda: b" \n\t",
                lambda: b"\0" * 10,
                lambda: random.randbytes(random.randrange(200)),
                lambda: random.choice(_JSON).encode(errors="surrogatepass"),
                lambda: b"[" * DEEP,
                lambda: b'{"a":' * DEEP,
                lambda: b"[" * DEEP + b"]" * DEEP,
                lambda: b'{"name":' + b"[" * DEEP + b"]" * DEEP + b"}",
                lambda: b'{"name": "a", ' * 3 + b"}",
                lambda: b"{" + b",".join(b'"k%d": %d' % (number, number) for number in range(5_000)) + b"}",
                lambda: b'{"unknown": "' + b"a" * 300_000 + b'"}',
            )
        )(),
    )


def _tree(raw: Raw, random: Random) -> Raw:
    """The same JSON with other values in it."""
    try:
        document = json.loads(raw.body or b"{}")
    except (ValueError, RecursionError):
        return _body(raw, random)
    for _ in range(random.randrange(1, 3)):
        document = _with_another(document, random)
    text = json.dumps(document)
    for number, value in enumerate(_JSON):
        text = text.replace(f'"@{number}@"', value)
    if random.random() < 0.1:  # every name comes twice
        text = text[:-1] + ("," if len(text) > 2 else "") + text[1:]
    return replace(raw, body=text.encode(errors="surrogatepass"))


def _with_another(value: Any, random: Random) -> Any:
    hostile = f"@{random.randrange(len(_JSON))}@"
    if isinstance(value, dict):
        key = random.choice([*value, random.choice(("", "name", "tags", "\ud800", "a" * 300, "\0", "description", "filter"))])
        return {**value, key: _with_another(value[key], random) if key in value and random.random() < 0.5 else hostile}
    if isinstance(value, list) and value and random.random() < 0.5:
        at = random.randrange(len(value))
        return [*value[:at], _with_another(value[at], random), *value[at + 1 :]]
    return hostile if not isinstance(value, list) else random.choice((hostile, value * 2, [*value, hostile], [hostile] * 200))
