"""What a batch asks of each of its runs: read, merged and looked up before the batch is made.

Source: HealthOmics service model, StartRunBatch; User Guide, "Batch runs in HealthOmics".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any, Final, NamedTuple

from omics_mock.backends.base import Params
from omics_mock.backends.dialect import refusal
from omics_mock.backends.run_records import Run, Surroundings
from omics_mock.exceptions import OmicsError, ValidationException
from omics_mock.neighbours import Neighbours, S3Object
from omics_mock.tables import Record
from omics_mock.validation import message, rules, violations
from omics_mock.validation.rules import BrokenRule
from omics_mock.wire.model import load
from omics_mock.wire.parser import parser
from omics_mock.wire.readers import MalformedRequest

MAX_RUNS: Final = 100_000
_MERGED = ("parameters", "runTags")


class Row(Record):
    """One run setting, and what came of the latest request for its run."""

    asked: Params
    """The StartRun request."""
    around: Surroundings | OmicsError
    """What the neighbours know of it, or why it will be refused."""
    run: Run


class Setting(NamedTuple):
    """What becomes a row under the lock: a snapshot may be restored before."""

    asked: Params
    around: Surroundings | OmicsError

    def row(self) -> Row:
        """The record of the batch."""
        row = Row(runSettingId=self.asked["requestId"])
        row.asked, row.around = self
        return row


@dataclass(frozen=True)
class BatchSettings:
    """The settings of a batch's runs, or what is wrong with them as a whole."""

    total: int
    failure: str | None
    runs: Sequence[Setting]
    source: S3Object | None
    """The object they were read from, unless they came with the request."""
    role_trusts_us: bool | None


def read(params: Params, neighbours: Neighbours) -> BatchSettings:
    """Read the settings a StartRunBatch request has or points to, and look up what each run refers to, everything once."""
    default, given = params["defaultRunSetting"], params["batchRunSettings"]
    source = None
    if "s3UriSettings" in given:
        source = neighbours.s3_object(*rules.parse_s3_uri(given["s3UriSettings"], "s3UriSettings", needs_key=True))
        entries, source = _entries(source.body or b""), replace(source, body=None)
    else:
        entries = given["inlineSettings"]
    failure = _failure(entries)
    s3_object, role_trusts_us = cache(partial(neighbours.s3_object, read=False)), cache(neighbours.role_trusts_us)
    runs = [] if failure else [_setting(merge(default, entry), s3_object, role_trusts_us) for entry in entries]
    return BatchSettings(len(entries), failure, runs, source, role_trusts_us(default["roleArn"]))


def merge(default: Params, entry: Params) -> dict[str, Any]:
    """The StartRun request of one run. Parameters and tags come from both, the run's own first; all else is replaced."""
    asked = {**default, **entry}
    for member in _MERGED:
        ours, own = default.get(member), entry.get(member)
        if isinstance(ours, dict) and isinstance(own, dict):
            asked[member] = {**ours, **own}
    asked["tags"], asked["requestId"] = asked.pop("runTags", {}), asked.pop("runSettingId")
    return asked


def changed(source: S3Object, now: S3Object) -> str | None:
    """What is wrong with settings that were replaced after they had been read."""
    if source.etag == now.etag:
        return None
    etags = f'"{source.etag}" but was: "{now.etag or ""}"'
    return f"Expected s3UriConfigs etag: {etags}. s3UriConfigs have changed since calling StartRunBatch"


def _entries(content: bytes) -> list[Params]:
    """The entries of a file, which has the form of the inline settings; none if it has another."""
    operation = load("omics").operations["StartRunBatch"]
    try:
        members = parser(operation)({}, "", {}, b'{"batchRunSettings": {"inlineSettings": %s}}' % content)
    except MalformedRequest:
        return []
    entries: list[Params] = members["batchRunSettings"].get("inlineSettings", [])
    return entries if all(entry and "runSettingId" in entry for entry in entries) else []


def _failure(entries: Sequence[Params]) -> str | None:
    total, unique = len(entries), len({entry["runSettingId"] for entry in entries})
    if not entries:
        return "Invalid JSON format in run configurations"
    if total > MAX_RUNS:
        return f"Batch has {total} runs but {MAX_RUNS} runs is the max."
    return None if unique == total else f"Expected {total} unique runSettingIds but there were {unique}"


def _setting(asked: Params, s3_object: Callable[[str, str], S3Object], role_trusts_us: Callable[[str], bool | None]) -> Setting:
    try:
        if "outputUri" not in asked:
            raise ValidationException("outputUri must be specified for the batch or for the run")
        if violated := violations(load("omics").operations["StartRun"])(asked):
            raise ValidationException(message(violated))
        inputs = tuple(s3_object(*location) for location in dict.fromkeys(rules.find_s3_uris(asked.get("parameters"))))
        output = s3_object(*rules.parse_s3_uri(asked["outputUri"], "outputUri"))
        if output.bucket_owner not in (None, asked.get("outputBucketOwnerId", output.bucket_owner)):
            raise ValidationException(f"outputUri: {output.uri} does not belong to the account {asked['outputBucketOwnerId']}")
        return Setting(asked, Surroundings(inputs, output, role_trusts_us(asked["roleArn"])))
    except (OmicsError, BrokenRule) as refused:
        return Setting(asked, refusal(refused))
