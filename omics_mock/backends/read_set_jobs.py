"""Jobs that import, activate and export read sets.

Source: AWS HealthOmics API Reference, StartReadSetImportJob and its siblings; User Guide, "Importing read sets", "Activating read
sets", "Exporting HealthOmics read sets".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from omics_mock import settings
from omics_mock.backends.base import Params, given
from omics_mock.backends.files import put_later, read_source
from omics_mock.backends.jobs import ItemFailed, Job, Jobs, Work, under_way
from omics_mock.backends.read_sets import DOES_NOT_EXIST, ReadSet, with_service_tags
from omics_mock.content import Content
from omics_mock.exceptions import ValidationException
from omics_mock.neighbours import S3Object
from omics_mock.sequences import InvalidFile
from omics_mock.sequences.samples import sample
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.sequence_stores import SequenceStore

NO_ACTIVATION_NEEDED = "No activation needed as read set is already in ACTIVATING or ACTIVE state."

_IMPORTED = (
    "sourceFiles",
    "sourceFileType",
    "subjectId",
    "sampleId",
    "generatedFrom",
    "referenceArn",
    "name",
    "description",
)


@dataclass(frozen=True)
class Sources:
    """The files of each source, or why there are none, by the member that names them."""

    role_trusts_us: bool | None
    files: tuple[Mapping[str, Content | str], ...]


@dataclass(frozen=True)
class Destination:
    """Where an export goes."""

    role_trusts_us: bool | None
    bucket: S3Object


class ReadSetJobs(Jobs):
    """Jobs that import, activate and export read sets."""

    operations = (
        "StartReadSetImportJob",
        "GetReadSetImportJob",
        "ListReadSetImportJobs",
        "StartReadSetActivationJob",
        "GetReadSetActivationJob",
        "ListReadSetActivationJobs",
        "StartReadSetExportJob",
        "GetReadSetExportJob",
        "ListReadSetExportJobs",
    )

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.imports: Table[Job] = Table("Read set import job")
        self.activations: Table[Job] = Table("Read set activation job")
        self.exports: Table[Job] = Table("Read set export job")
        self.busy: Counter[str] = Counter()
        """How many activations and exports under way each read set is in."""

    # Import

    def prepare_start_read_set_import_job(self, params: Params) -> Sources:
        """Read the sources from S3."""
        return Sources(
            self.region.neighbours.role_trusts_us(params["roleArn"]),
            tuple(self._read(f"sources.{number}.member", source) for number, source in enumerate(params["sources"], 1)),
        )

    def start_read_set_import_job(self, params: Params, sources: Sources) -> Record:
        """Queue an import: each source becomes a read set, unless its files turn out not to be what they are said to be."""
        store = self.region.sequence_stores.active(params["sequenceStoreId"])
        self.check_role(params["roleArn"], sources.role_trusts_us)
        described = {f"sources.{number}.member.": source for number, source in enumerate(params["sources"], 1)}
        self.region.read_sets.check_described(store, described)
        for where, source in described.items():
            if "source2" in source["sourceFiles"] and source["sourceFileType"] != "FASTQ":
                raise ValidationException(f"{where}sourceFiles.source2: only FASTQ comes in pairs, not {source['sourceFileType']}")
        self.check_concurrency(
            "Maximum concurrent sequence or reference store import jobs", self.imports, self.region.reference_stores.jobs
        )
        wanted = self.region.read_sets.table.count(store["id"]) + len(params["sources"])
        self.check_quota("Maximum read sets per sequence store", wanted)
        items = [{**given(source, *_IMPORTED), "tags": with_service_tags(source)} for source in params["sources"]]
        return self.begin_job(
            "read_set_import_job",
            self.imports,
            given(params, "sequenceStoreId"),
            {"sources": items},
            [partial(self._import, store, source, files) for source, files in zip(params["sources"], sources.files, strict=True)],
            **given(params, "roleArn"),
        )

    def get_read_set_import_job(self, params: Params) -> Record:
        """An import job with the state of each of its sources."""
        return self._get(self.imports, params)

    def list_read_set_import_jobs(self, params: Params) -> dict[str, Any]:
        """The import jobs of a store that pass the filter."""
        return self._list(self.imports, params, "importJobs")

    # Activation

    def start_read_set_activation_job(self, params: Params) -> Record:
        """Queue the return of archived read sets; those that are active stay as they are."""
        store = self.region.sequence_stores.active(params["sequenceStoreId"])
        self.check_concurrency("Maximum concurrent read set activation jobs", self.activations)
        return self.begin_job(
            "read_set_activation_job",
            self.activations,
            given(params, "sequenceStoreId"),
            {"sources": [given(source, "readSetId") for source in params["sources"]]},
            [self._reserved(store, source["readSetId"], self._activate) for source in params["sources"]],
        )

    def started(self, job: Job) -> None:
        """What an activation returns from the archive is on its way."""
        if job["id"] in self.activations:
            for item in job["sources"]:
                read_set = self.region.read_sets.table.find(item["readSetId"], group=job["sequenceStoreId"])
                if read_set is not None and read_set.status == "ARCHIVED":
                    self.region.lifecycles.enter("read_set", read_set, "ACTIVATING")
                    job.begun[read_set] = None

    def get_read_set_activation_job(self, params: Params) -> Record:
        """An activation job with the state of each of its read sets."""
        return self._get(self.activations, params)

    def list_read_set_activation_jobs(self, params: Params) -> dict[str, Any]:
        """The activation jobs of a store that pass the filter."""
        return self._list(self.activations, params, "activationJobs")

    # Export

    def prepare_start_read_set_export_job(self, params: Params) -> Destination:
        """Look at the bucket and the role."""
        neighbours = self.region.neighbours
        bucket, _ = rules.parse_s3_uri(params["destination"], "destination")
        return Destination(neighbours.role_trusts_us(params["roleArn"]), neighbours.s3_object(bucket, "", read=False))

    def start_read_set_export_job(self, params: Params, destination: Destination) -> Record:
        """Queue the copying of read sets' files to a bucket."""
        store = self.region.sequence_stores.active(params["sequenceStoreId"])
        self.check_role(params["roleArn"], destination.role_trusts_us)
        self.check_concurrency("Maximum concurrent sequence and reference store export jobs", self.exports)
        return self.begin_job(
            "read_set_export_job",
            self.exports,
            given(params, "sequenceStoreId"),
            {"readSets": [{"id": source["readSetId"]} for source in params["sources"]]},
            [
                self._reserved(store, source["readSetId"], partial(self._export, params["destination"], destination.bucket))
                for source in params["sources"]
            ],
            **given(params, "destination"),
        )

    def get_read_set_export_job(self, params: Params) -> Record:
        """An export job with the state of each of its read sets."""
        return self._get(self.exports, params)

    def list_read_set_export_jobs(self, params: Params) -> dict[str, Any]:
        """The export jobs of a store that pass the filter."""
        return self._list(self.exports, params, "exportJobs")

    # What the store's end depends on

    def under_way(self, store_id: str) -> bool:
        """Whether a job of the store is not done yet."""
        return any(under_way(table, store_id) for table in (self.imports, self.activations, self.exports))

    def forget(self, store_id: str) -> None:
        """The store is gone, and its jobs with it."""
        for table in (self.imports, self.activations, self.exports):
            self.forget_jobs(table, store_id)

    def _get(self, table: Table[Job], params: Params) -> Record:
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        return self.poll_job(table, params["id"], store["id"])

    def _list(self, table: Table[Job], params: Params, member: str) -> dict[str, Any]:
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        return self.job_page(table, params, store["id"], member)

    # What the jobs do

    def _read(self, where: str, source: Params) -> dict[str, Content | str]:
        return {
            member: read_source(self.region, uri, f"{where}.sourceFiles.{member}", partial(sample, source["sourceFileType"], uri))
            for member, uri in source["sourceFiles"].items()
        }

    def _import(
        self, store: SequenceStore, source: Params, files: Mapping[str, Content | str], job: Job, item: dict[str, Any]
    ) -> None:
        contents = {member: found for member, found in files.items() if isinstance(found, Content)}
        if missing := [found for found in files.values() if isinstance(found, str)]:
            raise ItemFailed(missing[0])
        read_sets = self.region.read_sets
        try:
            findings = read_sets.inspect(store, source, contents)
        except InvalidFile as invalid:
            raise ItemFailed(str(invalid)) from invalid
        read_set = read_sets.add(
            store,
            source,
            contents,
            _names(source["sourceFiles"]),
            tags=item["tags"],
            creationType="IMPORT",
            creationJobId=job["id"],
            creationTime=job["completionTime"],
        )
        read_sets.activate(read_set, findings)
        item["readSetId"] = read_set["id"]

    def _reserved(self, store: SequenceStore, read_set_id: str, do: Callable[[Job, ReadSet], str | None]) -> Work:
        """Work on a read set that must stay until it is done."""
        self.busy[read_set_id] += 1
        return partial(self._work_on, store, read_set_id, do)

    def _work_on(
        self, store: SequenceStore, read_set_id: str, do: Callable[[Job, ReadSet], str | None], job: Job, item: dict[str, Any]
    ) -> str | None:
        self.busy[read_set_id] -= 1
        read_set = self.region.read_sets.table.find(read_set_id, group=store["id"])
        if read_set is None:
            raise ItemFailed(DOES_NOT_EXIST)
        return do(job, read_set)

    def _activate(self, job: Job, read_set: ReadSet) -> str | None:
        if read_set in job.begun:
            del job.begun[read_set]
            self.region.read_sets.activate(read_set)
            return None
        if read_set.status in ("ACTIVE", "ACTIVATING"):
            return NO_ACTIVATION_NEEDED
        raise ItemFailed(f"The read set is {read_set.status} and can not be activated.")

    def _export(self, destination: str, bucket: S3Object, job: Job, read_set: ReadSet) -> str | None:
        if read_set.status != "ACTIVE":
            raise ItemFailed(f"The read set is {read_set.status}, not ACTIVE.")
        if settings.options().strict and not bucket.bucket_exists:
            raise ItemFailed("The bucket of the destination does not exist or is not accessible.")
        if bucket.bucket_exists and bucket.bucket_region != self.region.region:
            raise ItemFailed(f"S3 bucket not located in {self.region.region} region")
        name, prefix = rules.parse_s3_uri(destination, "destination")
        for file in read_set.files:
            put_later(self.region, name, f"{prefix}{read_set['id']}/{file.name}", file.content)
        self.region.read_sets.use(read_set)
        return None


def _names(files: Mapping[str, str]) -> dict[str, str]:
    """The files keep their names; two of the same name get the number of their source."""
    names = {member: PurePosixPath(uri).name for member, uri in files.items()}
    if len(set(names.values())) == len(names):
        return names
    numbered = {}
    for member, name in names.items():
        suffix = next((suffix for suffix in (".fastq.gz", ".fq.gz") if name.endswith(suffix)), PurePosixPath(name).suffix)
        numbered[member] = f"{name.removesuffix(suffix)}_{member}{suffix}"
    return numbered
