"""Reference stores, their import jobs and references.

Source: AWS HealthOmics API Reference, CreateReferenceStore and its siblings; User Guide, "Creating a HealthOmics reference store",
"Deleting HealthOmics reference and sequence stores".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from omics_mock import settings
from omics_mock.backends.base import Params, fits, given
from omics_mock.backends.files import StoredFile, described, named, read_source
from omics_mock.backends.jobs import ItemFailed, Job, Jobs, under_way
from omics_mock.clock import milliseconds
from omics_mock.content import Content
from omics_mock.exceptions import (
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
    ValidationException,
)
from omics_mock.sequences import InvalidFile, inspect_reference
from omics_mock.sequences.samples import sample
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState


class Reference(Record):
    """A reference: its files, the source first."""

    files: tuple[StoredFile, ...]


@dataclass(frozen=True)
class Sources:
    """The file of each source, or why there is none."""

    role_trusts_us: bool | None
    files: tuple[Content | str, ...]


class ReferenceStores(Jobs):
    """Reference stores, their import jobs and references."""

    operations = (
        "CreateReferenceStore",
        "GetReferenceStore",
        "ListReferenceStores",
        "DeleteReferenceStore",
        "StartReferenceImportJob",
        "GetReferenceImportJob",
        "ListReferenceImportJobs",
        "GetReference",
        "GetReferenceMetadata",
        "ListReferences",
        "DeleteReference",
    )
    taggable = ("referenceStore", "referenceStore/reference")

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Record] = Table("Reference store")
        self.references: Table[Reference] = Table("Reference")
        self.jobs: Table[Job] = Table("Reference import job")

    # Stores

    def prepare_create_reference_store(self, params: Params) -> str | None:
        """Look the key up."""
        return self.key_state(params)

    def create_reference_store(self, params: Params, key_state: str | None) -> Record:
        """Make the account's one store in the region."""
        tags = params.get("tags", {})
        rules.check_tags(tags)
        self.check_key(params, key_state)
        if len(self.table):
            raise ServiceQuotaExceededException("An account can have one reference store in a region")
        store_id = self.region.ids.number(10)
        store = Record(
            given(params, "name", "description", "sseConfig"),
            id=store_id,
            arn=self.region.arn(f"referenceStore/{store_id}"),
            creationTime=milliseconds(settings.clock.now()),
            tags=tags,
        )
        for status in ("CREATING", "ACTIVE"):
            self.region.lifecycles.enter("reference_store", store, status)
        return self.table.add(store_id, store)

    def get_reference_store(self, params: Params) -> Record:
        """Everything known about a store; its tags are listed elsewhere."""
        return self.table.get(params["id"])

    def list_reference_stores(self, params: Params) -> dict[str, Any]:
        """The stores that pass the filter."""
        wanted = params.get("filter", {})
        stores, token = self.table.page(params, lambda store: fits(store, wanted), token="nextToken")
        return {"referenceStores": stores, "nextToken": token}

    def delete_reference_store(self, params: Params) -> None:
        """Remove a store without references, and with it its tags and jobs."""
        store = self.table.get(params["id"])
        store_id = store["id"]
        if self.references.count(store_id):
            raise ConflictException(f"Reference store {store_id} is not empty: delete its references first")
        if under_way(self.jobs, store_id):
            raise ConflictException(f"Reference store {store_id} has import jobs that are not done")
        self.forget_jobs(self.jobs, store_id)
        self.table.remove(store_id)
        self.region.lifecycles.end("reference_store", store)

    # Import jobs

    def prepare_start_reference_import_job(self, params: Params) -> Sources:
        """Read the sources from S3."""
        return Sources(
            self.region.neighbours.role_trusts_us(params["roleArn"]),
            tuple(
                read_source(
                    self.region,
                    source["sourceFile"],
                    f"sources.{number}.member.sourceFile",
                    partial(sample, "FASTA", source["sourceFile"]),
                )
                for number, source in enumerate(params["sources"], 1)
            ),
        )

    def start_reference_import_job(self, params: Params, sources: Sources) -> Record:
        """Queue an import: each source becomes a reference under a name of its own."""
        store_id = self.table.get(params["referenceStoreId"])["id"]
        self.check_role(params["roleArn"], sources.role_trusts_us)
        names = {reference["name"] for reference in self.references.of(store_id)}
        for number, source in enumerate(params["sources"], 1):
            rules.check_tags(source.get("tags", {}), f"sources.{number}.member.tags")
            if source["name"] in names:
                raise ValidationException(f"sources.{number}.member.name: the store has a reference {source['name']!r} already")
            names.add(source["name"])
        if settings.frame().rules["reference_imports"] == "one_at_a_time" and under_way(self.jobs, store_id):
            raise ServiceQuotaExceededException("References are imported into a store one job at a time")
        self.check_concurrency(
            "Maximum concurrent sequence or reference store import jobs", self.jobs, self.region.read_set_jobs.imports
        )
        self.check_quota("Maximum references per reference store", len(names))
        return self.begin_job(
            "reference_import_job",
            self.jobs,
            given(params, "referenceStoreId"),
            {"sources": [dict(source) for source in params["sources"]]},
            [partial(self._import, found) for found in sources.files],
            **given(params, "roleArn"),
        )

    def get_reference_import_job(self, params: Params) -> Record:
        """An import job with the state of each of its sources."""
        store = self.table.get(params["referenceStoreId"])
        return self.poll_job(self.jobs, params["id"], store["id"])

    def list_reference_import_jobs(self, params: Params) -> dict[str, Any]:
        """The import jobs of a store that pass the filter."""
        store = self.table.get(params["referenceStoreId"])
        return self.job_page(self.jobs, params, store["id"], "importJobs")

    # References

    def get_reference(self, params: Params) -> dict[str, Any]:
        """The bytes of one part of a reference or its index, or a range of that part."""
        reference, file = self._find(params), params.get("file", "SOURCE")
        found = named(file.lower(), reference.files)
        if found is None:
            raise ResourceNotFoundException(f"Reference {reference['id']} has no file {file}")
        return {"payload": found.open_part(params["partNumber"], params.get("range"))}

    def get_reference_metadata(self, params: Params) -> dict[str, Any]:
        """Everything known about a reference but its tags."""
        reference = self._find(params)
        return {**reference, "files": described(reference.files)}

    def list_references(self, params: Params) -> dict[str, Any]:
        """The references of a store that pass the filter."""
        store, wanted = self.table.get(params["referenceStoreId"]), params.get("filter", {})
        references, token = self.references.page(
            params, lambda reference: fits(reference, wanted), token="nextToken", group=store["id"]
        )
        return {"references": references, "nextToken": token}

    def delete_reference(self, params: Params) -> None:
        """Remove a reference that no read set, variant store or annotation store needs."""
        reference = self._find(params)
        if users := [found for family in self.region.families if (found := family.users_of(reference["arn"]))]:
            raise ConflictException(f"Reference {reference['id']} is in use by {' and '.join(users)}")
        self.references.remove(reference["id"])
        self.region.lifecycles.end("reference", reference)

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["referenceStore", store_id]:
                return self.table.find(store_id)
            case ["referenceStore", store_id, "reference", reference_id]:
                return self.references.find(reference_id, group=store_id)
        return None

    def by_arn(self, arn: str) -> Reference | None:
        """The reference with that ARN, if it is one of this account and region."""
        reference_id = arn.rpartition("/")[2]
        reference = self.references.find(reference_id)
        return reference if reference is not None and reference["arn"] == arn else None

    def _find(self, params: Params) -> Reference:
        store = self.table.get(params["referenceStoreId"])
        return self.references.get(params["id"], group=store["id"])

    def _import(self, found: Content | str, job: Job, item: dict[str, Any]) -> None:
        if isinstance(found, str):
            raise ItemFailed(found)
        store_id = job["referenceStoreId"]
        if any(reference["name"] == item["name"] for reference in self.references.of(store_id)):
            raise ItemFailed("The store has a reference of this name already")
        try:
            findings = inspect_reference(found, spool=self.region.spool)
        except InvalidFile as invalid:
            raise ItemFailed(str(invalid)) from invalid
        reference_id = self.region.ids.number(10, taken=self.references)
        reference = Reference(
            given(item, "name", "description"),
            id=reference_id,
            arn=self.region.arn(f"referenceStore/{store_id}/reference/{reference_id}"),
            referenceStoreId=store_id,
            md5=findings.md5,
            creationTime=job["completionTime"],
            updateTime=job["completionTime"],
            creationType="IMPORT",
            creationJobId=job["id"],
            tags=item.get("tags", {}),
        )
        files: Mapping[str, Content | None] = {"source": found, "index": findings.index}
        reference.files = tuple(StoredFile.of(member, content) for member, content in files.items() if content is not None)
        self.references.add(reference_id, reference, group=store_id)
        self.region.lifecycles.enter("reference", reference, "ACTIVE")
        item["referenceId"] = reference_id
