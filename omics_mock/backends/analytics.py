"""What variant stores and annotation stores have in common: how they come and go, and the jobs that import into them.

Source: AWS HealthOmics API Reference, CreateVariantStore, StartVariantImportJob and their siblings; User Guide, "HealthOmics
analytics", "Deleting HealthOmics variant and annotation stores".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from omics_mock import settings
from omics_mock.annotations import FileFormat, InvalidFile
from omics_mock.backends.base import Backend, Params, fits, given
from omics_mock.backends.files import find_source
from omics_mock.content import Content
from omics_mock.exceptions import (
    AccessDeniedException,
    ConflictException,
    ResourceNotFoundException,
    ValidationException,
)
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.journeys import Ready

UNDER_WAY: Final = frozenset(("SUBMITTED", "IN_PROGRESS"))

_REFERENCE = re.compile(r"arn:[^:]+:omics:[^:]*:[0-9]{12}:referenceStore/[0-9]+/reference/[0-9]+")
_GONE: Final = "DELETED"  # no status of the service's: nobody finds the record any more when it enters it


class Store(Record):
    """A variant store, an annotation store or a version of one."""

    def grow(self, size: int) -> None:
        """So many bytes were imported."""
        member = "storeSizeBytes" if "storeSizeBytes" in self else "versionSizeBytes"
        self[member] += size


class ImportJob(Record):
    """An import: what was found at each source, how it is read, and what grows by it."""

    files: Sequence[Content | str | None]
    format: FileFormat
    into: Sequence[Store]


@dataclass(frozen=True)
class Sources:
    """The file of each source, why there is none, or None in a bucket that nobody made."""

    role_trusts_us: bool | None
    files: tuple[Content | str | None, ...]


class Stores(Backend):
    """Stores under their names, and their import jobs. ``word`` begins the names of all that is theirs."""

    word: ClassVar[str]

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Store] = Table(f"{self.word.capitalize()} store")
        self.jobs: Table[ImportJob] = Table(f"{self.word.capitalize()} import job")

    # Stores

    def check_open(self) -> None:
        """AWS gives these stores only to accounts that had some before they were closed to new customers."""
        if settings.frame().rules["analytics_closed"] == "closed":
            raise AccessDeniedException("Unable to determine service/operation name to be authorized")

    def add_store(self, params: Params, key_state: str | None, **members: Any) -> Store:
        """Make a store under the name that is given, or one made up."""
        rules.check_tags(params.get("tags", {}))
        self.check_key(params, key_state)
        self.check_quota(f"Maximum {self.word} stores", len(self.table) + 1)
        name = params.get("name")
        if name in self.table:
            raise ConflictException(f"{self.table.noun} {name} already exists")
        self._check_reference(params)
        name = name or f"{self.word}_store_{self.region.ids.hex(12)}"
        store = self.new(
            params,
            **given(params, "reference"),
            **members,
            id=self.new_id(),
            name=name,
            storeArn=self.region.arn(f"{self.word}Store/{name}"),
            storeSizeBytes=0,
            sseConfig=params.get("sseConfig", {"type": "KMS"}),
        )
        self.begin(f"{self.word}_store", store)
        return self.table.add(name, store)

    def new(self, params: Params, **members: Any) -> Store:
        """A record with what stores and versions have in common."""
        now = settings.clock.now()
        return Store(
            members,
            description=params.get("description", ""),
            tags=params.get("tags", {}),
            statusMessage="",
            creationTime=now,
            updateTime=now,
        )

    def get_store(self, params: Params) -> Store:
        """A store, which goes on when it was looked at."""
        store = self.table.get(params["name"])
        self.region.lifecycles.poll(store)
        return store

    def list_stores(self, params: Params) -> dict[str, Any]:
        """The stores that pass the filters, the newest first."""
        return self.listed(self.table, params, f"{self.word}Stores")

    def listed(self, table: Table[Any], params: Params, member: str, group: str = "") -> dict[str, Any]:
        """One page of a table, the newest first; what is on it goes on."""
        ids, wanted = params.get("ids"), dict(params.get("filter", {}))
        if "storeName" in wanted:
            wanted["destinationName"] = wanted.pop("storeName")
        page, token = table.page(
            params,
            lambda record: (ids is None or record["id"] in ids) and fits(record, wanted),
            token="nextToken",
            newest_first=True,
            group=group,
        )
        self.region.lifecycles.poll(*page)
        return {member: page, "nextToken": token}

    def update(self, record: Store, params: Params) -> Store:
        """Change the description if one is given."""
        if record.status == "DELETING":  # an update declares no conflict
            raise ValidationException(f"{record.get('versionArn', record.get('storeArn'))} is DELETING and can not be updated")
        record.update(given(params, "description"), updateTime=settings.clock.now())
        if "storeArn" in record:  # of versions nothing is told
            for status in ("UPDATING", "UPDATED"):
                self.region.lifecycles.tell(f"{self.word}_store", record, status)
        return record

    def delete_store(self, params: Params) -> Store:
        """Delete a store with all that is in it; by force also when it is in use, which cancels its imports."""
        store = self.table.get(params["name"])
        if store.status != "DELETING":
            if not params.get("force"):
                self.check_deletable(store)
            self.cancel(self.imports_into(store))
            self.delete(f"{self.word}_store", store, partial(self.remove, store))
        return store

    def remove(self, store: Store) -> None:
        """The store is gone, and what was left of its shares."""
        self.table.remove(store["name"])
        self.region.world.shares(self.region.region).end(store["storeArn"])

    def check_deletable(self, store: Store) -> None:
        """Nothing is under way in the store."""
        if store.status not in ("ACTIVE", "FAILED"):
            raise ConflictException(f"{self.table.noun} {store['name']} is {store.status}: delete it by force or later")
        if self.region.world.shares(self.region.region).of(store["storeArn"]):
            raise ConflictException(f"{self.table.noun} {store['name']} is shared: delete its shares first, or it by force")
        if self.imports_into(store):
            raise ConflictException(f"{self.table.noun} {store['name']} has an import under way: delete it by force or later")

    def users_of(self, reference_arn: str) -> str:
        reference = {"referenceArn": reference_arn}
        return f"{self.word} stores" if any(store.get("reference") == reference for store in self.table) else ""

    def move_by_hand(self, record: Record, to: str) -> bool:
        """What is being created can be made to fail."""
        if isinstance(record, Store) and (record.status, to) == ("CREATING", "FAILED"):
            record["statusMessage"] = "It could not be created."
            self.region.lifecycles.turn(record, ["FAILED"])
            return True
        return False

    # How stores and versions move

    def begin(self, kind: str, record: Store, ready: Ready | None = None) -> None:
        """Let a store or version be created."""
        self.region.lifecycles.begin(kind, record, ("CREATING", "ACTIVE"), self.entered, ready)

    def entered(self, record: Record, status: str, at: datetime) -> None:
        """A store or version has another status."""
        record["updateTime"] = at

    def delete(self, kind: str, record: Store, remove: Callable[[], None]) -> None:
        """Let a store or version go; it is there until it is gone."""
        record["updateTime"] = settings.clock.now()
        self.region.lifecycles.forget(record)
        self.region.lifecycles.begin(kind, record, ("DELETING", _GONE), partial(self._gone, remove))

    def _gone(self, remove: Callable[[], None], record: Record, status: str, at: datetime) -> None:
        remove()

    def new_id(self) -> str:
        """The id of a new store or version."""
        ids = self.region.ids
        return ids.hex(12) if settings.frame().rules["analytics_id_form"] == "hex12" else ids.uuid()

    def _check_reference(self, params: Params) -> None:
        arn = params.get("reference", {}).get("referenceArn")
        if arn is not None:
            if not _REFERENCE.fullmatch(arn):
                raise ValidationException(f"reference.referenceArn: {arn} is not the ARN of a reference")
            if self.region.reference_stores.by_arn(arn) is None:
                raise ResourceNotFoundException(f"Reference {arn} not found")

    # Import jobs

    def read_items(self, params: Params) -> Sources:
        """Look for the sources in S3, and for the role in IAM."""
        return Sources(
            self.region.neighbours.role_trusts_us(params["roleArn"]),
            tuple(
                find_source(self.region, item["source"], f"items.{number}.member.source")
                for number, item in enumerate(params["items"], 1)
            ),
        )

    def start_job(
        self, params: Params, sources: Sources, files: FileFormat, into: Sequence[Store], **members: Any
    ) -> dict[str, str]:
        """Queue an import; whether its files are any good shows when it is done."""
        self.check_role(params["roleArn"], sources.role_trusts_us)
        families: tuple[Stores, ...] = (self.region.variant_stores, self.region.annotation_stores)
        running = sum(job.status in UNDER_WAY for family in families for job in family.jobs)
        self.check_quota("Maximum concurrent variant or annotation store import jobs", running + 1)
        now = settings.clock.now()
        job = ImportJob(
            given(params, "destinationName", "roleArn", "annotationFields"),
            **members,
            id=self.region.ids.uuid(),
            items=[{"source": item["source"], "jobStatus": "SUBMITTED"} for item in params["items"]],
            runLeftNormalization=params.get("runLeftNormalization", False),
            statusMessage="",
            creationTime=now,
            updateTime=now,
        )
        job.files, job.format, job.into = sources.files, files, into
        self.region.lifecycles.begin(f"{self.word}_import_job", job, ("SUBMITTED", "IN_PROGRESS", "COMPLETED"), self._job_entered)
        self.jobs.add(job["id"], job)
        return {"jobId": job["id"]}

    def get_job(self, params: Params) -> ImportJob:
        """A job, which goes on when it was looked at."""
        job = self.jobs.get(params["jobId"])
        self.region.lifecycles.poll(job)
        return job

    def cancel_job(self, params: Params) -> None:
        """Stop a job that is not done; to cancel it twice changes nothing."""
        job = self.jobs.get(params["jobId"])
        if job.status not in UNDER_WAY | {"CANCELLED"}:  # a cancellation declares no conflict
            raise ValidationException(f"{self.jobs.noun} {job['id']} is {job.status} and can not be cancelled")
        if job.status in UNDER_WAY:
            self.cancel([job])

    def list_jobs(self, params: Params) -> dict[str, Any]:
        """The jobs that pass the filters, the newest first."""
        return self.listed(self.jobs, params, f"{self.word}ImportJobs")

    def imports_into(self, record: Store) -> list[ImportJob]:
        """The jobs under way into a store or version."""
        return [job for job in self.jobs if job.status in UNDER_WAY and record in job.into]

    def cancel(self, jobs: Iterable[ImportJob]) -> None:
        """Stop jobs that are under way."""
        for job in jobs:
            self.region.lifecycles.turn(job, ["CANCELLED"])

    def _job_entered(self, job: Record, status: str, at: datetime) -> None:
        assert isinstance(job, ImportJob)
        job["updateTime"] = at
        if status == "COMPLETED":
            self._import(job)
        else:
            for item in job["items"]:
                item["jobStatus"] = status
        if status != "IN_PROGRESS":
            job["completionTime"], job.files = at, ()

    def _import(self, job: ImportJob) -> None:
        for item, found in zip(job["items"], job.files, strict=True):
            try:
                size = self._read(job.format, found).length
            except InvalidFile as invalid:
                item.update(jobStatus="FAILED", statusMessage=str(invalid))
            else:
                item["jobStatus"] = "COMPLETED"
                for record in job.into:
                    record.grow(size)
        if failed := [item for item in job["items"] if item["jobStatus"] == "FAILED"]:
            job["status"] = "FAILED" if len(failed) == len(job["items"]) else "COMPLETED_WITH_FAILURES"
            what = f"{len(failed)} of {len(job['items'])} items could not be imported"
            job["statusMessage"] = f"{what}. {failed[0]['source']}: {failed[0]['statusMessage']}"

    def _read(self, files: FileFormat, found: Content | str | None) -> Content:
        if isinstance(found, str):
            raise InvalidFile(found)
        content = self.region.spool.keep(files.sample()) if found is None else found
        files.check(content)
        return content


def check_active(record: Store, what: str) -> None:
    """An import needs what it goes into; to start one declares no conflict."""
    if record.status != "ACTIVE":
        raise ValidationException(f"{what} is {record.status}, not ACTIVE")
