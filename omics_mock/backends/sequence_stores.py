"""Sequence stores.

Source: AWS HealthOmics API Reference, CreateSequenceStore and its siblings; User Guide, "Creating a HealthOmics sequence store".
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from omics_mock import lifecycle, settings
from omics_mock.access_policies import default_policy
from omics_mock.backends.base import Backend, Params, fits, given
from omics_mock.clock import milliseconds
from omics_mock.exceptions import ConflictException, ValidationException
from omics_mock.neighbours import SERVICE_ACCOUNT
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

MAX_PROPAGATED_TAGS: Final = 5


class SequenceStore(Record):
    """A sequence store, and what S3 knows of it."""

    alias: str
    """The access point alias: the bucket of the store's S3 URIs."""
    policy: str | None
    policy_time: datetime


class SequenceStores(Backend):
    """Sequence stores."""

    operations = (
        "CreateSequenceStore",
        "GetSequenceStore",
        "ListSequenceStores",
        "UpdateSequenceStore",
        "DeleteSequenceStore",
    )
    taggable = ("sequenceStore",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[SequenceStore] = Table("Sequence store")
        self._by_alias: dict[str, SequenceStore] = {}

    def prepare_create_sequence_store(self, params: Params) -> str | None:
        """Look the key up."""
        return self.key_state(params)

    def create_sequence_store(self, params: Params, key_state: str | None) -> Record:
        """Make a store, its S3 access point and the policy that lets the owner's account in."""
        tags = params.get("tags", {})
        rules.check_tags(tags)
        self.check_key(params, key_state)
        _check_members(params)
        self.check_quota("Maximum sequence stores", len(self.table) + 1)
        now, store_id = milliseconds(settings.clock.now()), self.region.ids.number(10, taken=self.table)
        store = SequenceStore(
            given(params, "name", "description", "sseConfig", "fallbackLocation"),
            id=store_id,
            arn=self.region.arn(f"sequenceStore/{store_id}"),
            eTagAlgorithmFamily=params.get("eTagAlgorithmFamily", "MD5up"),
            propagatedSetLevelTags=params.get("propagatedSetLevelTags", []),
            creationTime=now,
            updateTime=now,
            tags=tags,
        )
        self._give_access(store)
        _set_locations(store, params)
        self._turn(store, ("CREATING", "ACTIVE"))
        return self.table.add(store_id, store)

    def get_sequence_store(self, params: Params) -> Record:
        """Everything known about a store; its tags are listed elsewhere."""
        store = self.table.get(params["id"])
        self.region.lifecycles.poll(store)
        return store

    def list_sequence_stores(self, params: Params) -> dict[str, Any]:
        """The stores that pass the filter."""
        wanted = params.get("filter", {})
        stores, token = self.table.page(params, lambda store: fits(store, wanted), token="nextToken")
        self.region.lifecycles.poll(*stores)
        return {"sequenceStores": stores, "nextToken": token}

    def update_sequence_store(self, params: Params) -> Record:
        """Change what is given; an empty location is taken away. New propagated tags have to reach the store's read sets first."""
        store = self.table.get(params["id"])
        _check_active(store)
        _check_members(params)
        before = store["propagatedSetLevelTags"]
        now = milliseconds(settings.clock.now())
        store.update(given(params, "name", "description", "propagatedSetLevelTags"), updateTime=now)
        _set_locations(store, params)
        if store["propagatedSetLevelTags"] == before or not self.region.read_sets.table.count(store["id"]):
            self.region.lifecycles.tell("sequence_store", store, "UPDATING")
        else:
            self._turn(store, ("UPDATING", "ACTIVE"))
            for read_set in self.region.read_sets.table.of(store["id"]):
                self.region.read_sets.tagged(read_set)
        return store

    def delete_sequence_store(self, params: Params) -> None:
        """Remove an empty store, and with it its tags, its policy, its jobs and what is being uploaded."""
        store = self.table.get(params["id"])
        _check_active(store)
        if self.region.read_sets.table.count(store["id"]):
            raise ConflictException(f"Sequence store {store['id']} is not empty: delete its read sets first")
        if self.region.read_set_jobs.under_way(store["id"]):
            raise ConflictException(f"Sequence store {store['id']} has jobs that are not done")
        self.region.read_set_jobs.forget(store["id"])
        self.region.read_set_uploads.forget(store["id"])
        self.table.remove(store["id"])
        self.region.lifecycles.end("sequence_store", store)
        del self._by_alias[store.alias]
        neighbours = self.region.neighbours
        self.region.outbox.append(lambda: neighbours.close(store.alias))

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["sequenceStore", store_id]:
                return self.table.find(store_id)
        return None

    def buckets(self, records: Collection[Record]) -> set[str]:
        return {store.alias for record in records if (store := self.table.find(record.get("id"))) is record}

    def by_alias(self, alias: str) -> SequenceStore | None:
        """The store behind the bucket of an S3 URI."""
        return self._by_alias.get(alias)

    def by_access_point(self, arn: str) -> SequenceStore | None:
        """The store behind an S3 access point."""
        return next((store for store in self.table if store["s3Access"]["s3AccessPointArn"] == arn), None)

    def active(self, store_id: str) -> SequenceStore:
        """The store, ready to take read sets in."""
        store = self.table.get(store_id)
        if store.status != "ACTIVE":  # the operations that need this declare no conflict
            raise ValidationException(f"Sequence store {store_id} is {store.status}, not ACTIVE")
        return store

    def _give_access(self, store: SequenceStore) -> None:
        owner, store_id = self.region.account, store["id"]
        store.alias = f"{owner}-{store_id[:7]}-{self.region.ids.alphanumeric(34)}-s3alias"
        access_point = f"arn:{self.region.partition}:s3:{self.region.region}:{SERVICE_ACCOUNT}:accesspoint/{owner}-{store_id}"
        store["s3Access"] = {"s3Uri": f"s3://{store.alias}/{owner}/sequenceStore/{store_id}/", "s3AccessPointArn": access_point}
        store.policy = default_policy(access_point, owner, store_id, self.region.partition)
        store.policy_time = store["creationTime"]
        self._by_alias[store.alias] = store

    def _turn(self, store: SequenceStore, line: Sequence[str]) -> None:
        """Stores are ready at once, unless a test wants to see them on their way."""
        if lifecycle.policy_of("sequence_store") == "immediate":
            for status in line:
                self.region.lifecycles.enter("sequence_store", store, status)
        else:
            self.region.lifecycles.begin("sequence_store", store, line, self._entered)

    def _entered(self, store: Record, status: str, at: datetime) -> None:
        """Nothing follows from it."""


def _check_active(store: SequenceStore) -> None:
    if store.status != "ACTIVE":
        raise ConflictException(f"Sequence store {store['id']} is {store.status}, not ACTIVE")


def _check_members(params: Params) -> None:
    keys = params.get("propagatedSetLevelTags", [])
    if settings.frame().rules["propagated_tag_keys"] == "five" and len(keys) > MAX_PROPAGATED_TAGS:
        raise ValidationException(f"propagatedSetLevelTags can have at most {MAX_PROPAGATED_TAGS} keys")
    for member, location in _locations(params).items():
        if location:
            rules.parse_s3_uri(location, member)  # the shape's pattern lets some through that name no bucket


def _locations(params: Params) -> dict[str, str]:
    return {**given(params, "fallbackLocation"), **given(params.get("s3AccessConfig", {}), "accessLogLocation")}


def _set_locations(store: SequenceStore, params: Params) -> None:
    """An empty text clears a location."""
    locations = _locations(params)
    if "fallbackLocation" in locations:
        store["fallbackLocation"] = locations["fallbackLocation"] or None
    if "accessLogLocation" in locations:
        store["s3Access"] = {**store["s3Access"], "accessLogLocation": locations["accessLogLocation"] or None}
