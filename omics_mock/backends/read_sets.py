"""Read sets.

Source: AWS HealthOmics API Reference, GetReadSet, GetReadSetMetadata, ListReadSets, BatchDeleteReadSet; User Guide, "HealthOmics
storage", "Accessing HealthOmics read sets with Amazon S3 URIs", "HealthOmics ETags and data provenance".
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from omics_mock import sequences, settings
from omics_mock.backends.base import Backend, Params, fits, given
from omics_mock.backends.files import StoredFile, described, named
from omics_mock.content import Content
from omics_mock.exceptions import ConflictException, ResourceNotFoundException, ValidationException
from omics_mock.neighbours import Offered
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.backends.sequence_stores import SequenceStore

ALIGNED: Final = frozenset(("BAM", "CRAM"))
ARCHIVED_AFTER: Final = timedelta(days=30)
DOES_NOT_EXIST: Final = "The specified readset does not exist."

_DESCRIBED = ("name", "description", "subjectId", "sampleId", "referenceArn", "generatedFrom")


class ReadSet(Record):
    """A read set: its files, and when it was last used."""

    __slots__ = ("files", "store", "used")

    store: SequenceStore
    files: tuple[StoredFile, ...]
    used: datetime


class ReadSets(Backend):
    """Read sets."""

    operations = (
        "GetReadSet",
        "GetReadSetMetadata",
        "ListReadSets",
        "BatchDeleteReadSet",
    )
    taggable = ("sequenceStore/readSet",)

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[ReadSet] = Table("Read set", looked_up=("name", "sampleId", "subjectId"))
        self.using: Counter[str] = Counter()
        """How many read sets are aligned to a reference, by its ARN."""
        self._in_order_of_use: OrderedDict[ReadSet, None] = OrderedDict()  # the ACTIVE ones

    def get_read_set(self, params: Params) -> dict[str, Any]:
        """The bytes of one part of one file, as they were ingested."""
        read_set = self._find(params)
        if read_set.status != "ACTIVE":
            raise ConflictException(f"Read set {read_set['id']} is {read_set.status}, not ACTIVE")
        file = params.get("file", "SOURCE1")
        found = named(file.lower(), read_set.files)
        if found is None:
            raise ResourceNotFoundException(f"Read set {read_set['id']} has no file {file}")
        part = found.open_part(params["partNumber"])
        self.use(read_set)
        return {"payload": part}

    def get_read_set_metadata(self, params: Params) -> dict[str, Any]:
        """Everything known about a read set but its tags."""
        read_set = self._find(params)
        self.region.lifecycles.poll(read_set)
        return {**read_set, "files": described(read_set.files, _folder(read_set))}

    def list_read_sets(self, params: Params) -> dict[str, Any]:
        """The read sets of a store that pass the filter."""
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        wanted = params.get("filter", {})
        read_sets, token = self.table.page(
            params, lambda read_set: fits(read_set, wanted), token="nextToken", group=store["id"], wanted=wanted
        )
        self.region.lifecycles.poll(*read_sets)
        return {"readSets": read_sets, "nextToken": token}

    def batch_delete_read_set(self, params: Params) -> dict[str, Any]:
        """Delete what can be deleted, and say of the rest why not."""
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        errors = []
        for read_set_id in dict.fromkeys(params["ids"]):
            read_set = self.table.find(read_set_id, group=store["id"])
            if read_set is None:
                code = settings.frame().rules["missing_read_set_code"]
                errors.append({"id": read_set_id, "code": code, "message": DOES_NOT_EXIST})
            elif read_set.status in ("PROCESSING_UPLOAD", "ACTIVATING") or self.region.read_set_jobs.busy[read_set_id]:
                message = f"The read set is in use: its status is {read_set.status}."
                errors.append({"id": read_set_id, "code": "ConflictException", "message": message})
            else:
                self._remove(read_set)
        return {"errors": errors or None}

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["sequenceStore", store_id, "readSet", read_set_id]:
                return self.table.find(read_set_id, group=store_id)
        return None

    def users_of(self, reference_arn: str) -> str:
        return "read sets" if self.using[reference_arn] else ""

    def tagged(self, record: Record) -> None:
        """Tags whose keys the store propagates are on the objects in S3 as well."""
        assert isinstance(record, ReadSet)
        if record.status == "ACTIVE":
            tags, neighbours = _object_tags(record), self.region.neighbours
            for key, _ in _in_s3(record):
                self.region.outbox.append(partial(neighbours.retag, record.store.alias, key, tags))

    def move_by_hand(self, record: Record, to: str) -> bool:
        """An ACTIVE read set can be ARCHIVED before its time, and an upload made to fail."""
        if isinstance(record, ReadSet):
            match record.status, to:
                case "ACTIVE", "ARCHIVED":
                    self._archive(record, settings.clock.now())
                    return True
                case "PROCESSING_UPLOAD", "UPLOAD_FAILED":
                    self.region.lifecycles.turn(record, ["UPLOAD_FAILED"])
                    return True
        return False

    def shows(self, records: Collection[Record]) -> dict[tuple[str, str], Offered]:
        stores = self.region.sequence_stores.table
        found = [read_set for record in records if (read_set := self.table.find(record.get("id"))) is record]
        for store in records:
            if stores.find(store.get("id")) is store:
                found += self.table.of(store["id"])
        return {
            (read_set.store.alias, key): Offered(file.content, _object_tags(read_set))
            for read_set in dict.fromkeys(found)
            if read_set.status == "ACTIVE"
            for key, file in _in_s3(read_set)
        }

    # What other families do with read sets

    def check_described(self, store: SequenceStore, described: Mapping[str, Params]) -> None:
        """Rules for what is said of read sets to be, by where it is said, whether they are imported or uploaded."""
        one_only = settings.frame().rules["aligned_references"] == "one"
        references = self._references(store) if one_only else set()
        for where, asked in described.items():
            rules.check_tags(asked.get("tags", {}), f"{where}tags")
            if asked["sourceFileType"] in ALIGNED:
                if "referenceArn" not in asked:
                    raise ValidationException(f"{where}referenceArn must be specified for {asked['sourceFileType']}")
                references.add(asked["referenceArn"])
                if one_only and len(references) > 1:
                    raise ValidationException(f"{where}referenceArn: all aligned read sets of a store have one reference")

    def inspect(self, store: SequenceStore, asked: Mapping[str, Any], contents: Mapping[str, Content]) -> sequences.Findings:
        """Look into files that are to become a read set; InvalidFile tells what is wrong with them."""
        reference = None
        if "referenceArn" in asked:
            reference = self.region.reference_stores.by_arn(asked["referenceArn"])
            if reference is None:
                raise sequences.InvalidFile("The reference does not exist in this account and region")
        return sequences.inspect(
            asked["sourceFileType"],
            [contents[name] for name in ("source1", "source2") if name in contents],
            family=store["eTagAlgorithmFamily"],
            reference=None if reference is None else reference.files[0].content,
            spool=self.region.spool,
            strict=settings.options().strict,
        )

    def add(
        self,
        store: SequenceStore,
        asked: Mapping[str, Any],
        contents: Mapping[str, Content],
        names: Mapping[str, str],
        **members: Any,
    ) -> ReadSet:
        """A new read set of files that have these names in S3, and with its tags among other members."""
        read_set_id = self.region.ids.number(10, taken=self.table)
        read_set = ReadSet(
            given(asked, *_DESCRIBED),
            id=read_set_id,
            arn=self.region.arn(f"sequenceStore/{store['id']}/readSet/{read_set_id}"),
            sequenceStoreId=store["id"],
            fileType=asked["sourceFileType"],
            **members,
        )
        read_set.store = store
        read_set.files = tuple(StoredFile.of(member, content, names[member]) for member, content in contents.items())
        self.using[read_set.get("referenceArn", "")] += 1
        return self.table.add(read_set_id, read_set, group=store["id"])

    def activate(self, read_set: ReadSet, findings: sequences.Findings | None = None) -> None:
        """Open a read set to readers; once, with what was found in it."""
        if findings is not None:
            generated_from = given(read_set, "generatedFrom")
            read_set.update(etag=findings.etag, sequenceInformation={**findings.sequence_information, **generated_from})
            if findings.index is not None:
                [source] = read_set.files
                name = f"{source.name}.{'crai' if read_set['fileType'] == 'CRAM' else 'bai'}"
                read_set.files = (source, StoredFile.of("index", findings.index, name))
        self.region.lifecycles.enter("read_set", read_set, "ACTIVE")
        self.use(read_set)
        tags, neighbours = _object_tags(read_set), self.region.neighbours
        for key, file in _in_s3(read_set):
            self.region.outbox.append(partial(neighbours.offer, read_set.store.alias, key, file.content, tags))

    def use(self, read_set: ReadSet) -> None:
        """Note that an ACTIVE read set was used, which keeps it from the archive."""
        read_set.used = settings.clock.now()
        self._in_order_of_use[read_set] = None
        self._in_order_of_use.move_to_end(read_set)

    def touched_through_s3(self, key: str) -> None:
        """Reading an object through S3 is use, too."""
        match key.split("/"):
            case [_, "sequenceStore", store_id, "readSet", read_set_id, *_]:  # pragma: no branch - nobody puts other objects there
                read_set = self.table.find(read_set_id, group=store_id)
                if read_set is not None and read_set.status == "ACTIVE":  # else it was archived or deleted meanwhile
                    self.use(read_set)

    def archive_unused(self) -> None:
        """Archive what was not used for thirty days."""
        while self._in_order_of_use:
            oldest = next(iter(self._in_order_of_use))
            archived = oldest.used + ARCHIVED_AFTER
            if settings.clock.now() < archived:
                return
            self._archive(oldest, archived)

    def _find(self, params: Params) -> ReadSet:
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        return self.table.get(params["id"], group=store["id"])

    def _references(self, store: SequenceStore) -> set[str]:
        return {read_set["referenceArn"] for read_set in self.table.of(store["id"]) if read_set["fileType"] in ALIGNED}

    def _archive(self, read_set: ReadSet, at: datetime) -> None:
        self._close(read_set)
        self.region.lifecycles.enter("read_set", read_set, "ARCHIVED", at)

    def _remove(self, read_set: ReadSet) -> None:
        self._close(read_set)
        self.using[read_set.get("referenceArn", "")] -= 1
        self.table.remove(read_set["id"])
        self.region.lifecycles.end("read_set", read_set)

    def _close(self, read_set: ReadSet) -> None:
        """No longer open to readers."""
        self._in_order_of_use.pop(read_set, None)
        neighbours = self.region.neighbours
        for key, _ in _in_s3(read_set):
            self.region.outbox.append(partial(neighbours.withdraw, read_set.store.alias, key))


def with_service_tags(asked: Mapping[str, Any]) -> dict[str, str]:
    """The given tags and those the service adds."""
    return {
        **asked.get("tags", {}),
        "aws:omics:sampleId": asked["sampleId"],
        "aws:omics:subjectId": asked["subjectId"],
    }


def _object_tags(read_set: ReadSet) -> dict[str, str]:
    return {
        "omics:sampleId": read_set["sampleId"],
        "omics:subjectId": read_set["subjectId"],
        "omics:readSetStatus": "ACTIVE",
        **given(read_set["tags"], *read_set.store["propagatedSetLevelTags"]),
    }


def _folder(read_set: ReadSet) -> str:
    """Where a read set's files are, as an S3 URI."""
    return f"{read_set.store['s3Access']['s3Uri']}readSet/{read_set['id']}/"


def _in_s3(read_set: ReadSet) -> Iterator[tuple[str, StoredFile]]:
    """A read set's files by their S3 keys."""
    folder = rules.parse_s3_uri(_folder(read_set), "s3Uri").key
    return ((f"{folder}{file.name}", file) for file in read_set.files)
