"""Run caches: where runs keep the outputs of completed tasks for later runs.

Source: AWS HealthOmics API Reference, CreateRunCache and its siblings; User Guide, "Call caching for HealthOmics runs".
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, given
from omics_mock.exceptions import ConflictException, ValidationException
from omics_mock.neighbours import S3Object
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.run_records import Run, Task

_MANIFEST_VERSION: Final = 2


class RunCache(Record):
    """A run cache, with the S3 URI of each entry by what the entry is the result of."""

    entries: dict[str, str]


class RunCaches(Backend):
    """Run caches."""

    operations = (
        "CreateRunCache",
        "GetRunCache",
        "ListRunCaches",
        "UpdateRunCache",
        "DeleteRunCache",
    )
    taggable = ("runCache",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[RunCache] = Table("RunCache")

    def prepare_create_run_cache(self, params: Params) -> S3Object:
        """Look at the bucket."""
        bucket, _ = rules.parse_s3_uri(params["cacheS3Location"], "cacheS3Location")
        return self.region.neighbours.s3_object(bucket, "", read=False)

    def create_run_cache(self, params: Params, bucket: S3Object) -> Record:
        """Make a cache at a place in S3 that stays the same for good."""
        owner, tags = params.get("cacheBucketOwnerId", self.region.account), params.get("tags", {})
        _check_bucket(bucket, owner)
        rules.check_tags(tags)
        self.check_quota("Maximum run caches", len(self.table) + 1)
        cache_id = self.region.ids.number(7, taken=self.table)
        cache = RunCache(
            given(params, "name", "description"),
            id=cache_id,
            arn=self.region.arn(f"runCache/{cache_id}"),
            status="ACTIVE",
            cacheBehavior=params.get("cacheBehavior", "CACHE_ON_FAILURE"),
            cacheBucketOwnerId=owner,
            cacheS3Uri=f"{params['cacheS3Location'].rstrip('/')}/{self.region.ids.uuid()}/",
            creationTime=settings.clock.now(),
            tags=dict(tags),
        )
        cache.entries = {}
        return self.table.add(cache_id, cache)

    def get_run_cache(self, params: Params) -> Record:
        """Everything known about a cache."""
        return self.table.get(params["id"])

    def list_run_caches(self, params: Params) -> dict[str, Any]:
        """All caches."""
        items, token = self.table.page(params)
        return {"items": items, "nextToken": token}

    def update_run_cache(self, params: Params) -> None:
        """Change name, description or behaviour; runs that have started keep the behaviour they started with."""
        self.table.get(params["id"]).update(given(params, "name", "description", "cacheBehavior"))

    def delete_run_cache(self, params: Params) -> None:
        """Forget a cache that no active run uses. What it holds in S3 stays."""
        cache = self.table.get(params["id"])
        if self.region.runs.under_way("cacheId", cache["id"]):
            raise ConflictException(f"Run cache {cache['id']} is used by active runs: wait until they have ended, or cancel them")
        self.table.remove(cache["id"])

    def find_by_arn(self, resource: str) -> Record | None:
        return self.table.find(resource.partition("/")[2])

    # What caches mean for runs

    def look_up(self, run: Run, task: Task) -> None:
        """Note on a task whether its result is in the run's cache."""
        cache = self.table.find(run.get("cacheId"))
        if cache is None:
            return
        found = cache.entries.get(_key(run, task["name"]))
        if task.script.cache_hit is not None:  # the test knows better
            found = (found or self._entry(cache, run, task)[1]) if task.script.cache_hit else None
        task.update(cacheHit=found is not None, cacheS3Uri=found)

    def keep(self, run: Run) -> None:
        """A run has ended: keep the results of its completed tasks, if the cache is to do that."""
        cache = self.table.find(run.get("cacheId"))
        if cache is None or (run["cacheBehavior"] == "CACHE_ON_FAILURE" and run.status == "COMPLETED"):
            return
        cache.changing()
        for task in run.tasks:
            if task.status == "COMPLETED" and not task["cacheHit"]:
                task["cacheS3Uri"] = cache.entries[_key(run, task["name"])] = self._write(cache, run, task)

    def _entry(self, cache: RunCache, run: Run, task: Task) -> tuple[str, str]:
        """The id of a new entry, and its URI."""
        entry = self.region.ids.uuid()
        return entry, f"{cache['cacheS3Uri']}{run['id']}/{task['taskId']}/{entry}/"

    def _write(self, cache: RunCache, run: Run, task: Task) -> str:
        """An entry and its manifest; the URI of the entry."""
        entry, uri = self._entry(cache, run, task)
        manifest = {
            "arn": f"{cache['arn']}/cacheEntry/{entry}",
            "s3uri": uri,
            "taskArn": self.region.arn(f"task/{task['taskId']}"),
            "workDir": "",
            "files": [],
            "nextflowContext": {},
            "otherOutputs": {},
            "version": _MANIFEST_VERSION,
        }
        bucket, key = rules.parse_s3_uri(f"{uri}{entry}.json", "cacheS3Uri")
        neighbours, content = self.region.neighbours, json.dumps(manifest).encode()
        self.region.outbox.append(lambda: neighbours.put_s3_object(bucket, key, content))
        return uri


def _check_bucket(bucket: S3Object, owner: str) -> None:
    if bucket.bucket_owner not in (None, owner):
        raise ValidationException(f"cacheS3Location: {bucket.uri} does not belong to the account {owner}")
    if settings.options().strict and not bucket.bucket_exists:
        raise ValidationException(f"cacheS3Location: {bucket.uri} does not exist or is not accessible")


def _key(run: Run, task: str) -> str:
    """What makes a task's result the same: the definition, the task and the inputs."""
    inputs = json.dumps([run.get("digest") or run.get("workflowUuid"), task, run.get("parameters", {})], sort_keys=True)
    return hashlib.sha256(inputs.encode()).hexdigest()
