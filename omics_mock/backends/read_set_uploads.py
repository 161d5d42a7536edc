"""Read sets uploaded in parts.

Source: AWS HealthOmics API Reference, CreateMultipartReadSetUpload and its siblings; User Guide, "Direct upload to a HealthOmics
sequence store".
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from omics_mock import settings
from omics_mock.backends.base import Backend, Params, fits
from omics_mock.backends.files import put_later
from omics_mock.backends.read_sets import ReadSet, with_service_tags
from omics_mock.clock import milliseconds
from omics_mock.content import Content, Payload
from omics_mock.exceptions import ValidationException
from omics_mock.sequences import InvalidFile
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState

MAX_PART_SIZE: Final = 104_857_600  # documented as 100 MB; clients cut files at 100 MiB

_SUFFIXES: Final[Mapping[str, str]] = {"BAM": "bam", "UBAM": "bam", "CRAM": "cram"}


class Part(Record):
    """A part of an upload."""

    content: Content


class Upload(Record):
    """A read set in the making, and its parts so far, grouped by the file they belong to."""

    parts: Table[Part]


@dataclass(frozen=True)
class Received:
    """A part's bytes and their checksum."""

    content: Content
    checksum: str


class ReadSetUploads(Backend):
    """Read sets uploaded in parts."""

    operations = (
        "CreateMultipartReadSetUpload",
        "UploadReadSetPart",
        "ListReadSetUploadParts",
        "ListMultipartReadSetUploads",
        "CompleteMultipartReadSetUpload",
        "AbortMultipartReadSetUpload",
    )

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.table: Table[Upload] = Table("Upload")

    def create_multipart_read_set_upload(self, params: Params) -> Record:
        """Begin an upload; its read set gets an id when it is completed."""
        store = self.region.sequence_stores.active(params["sequenceStoreId"])
        self.region.read_sets.check_described(store, {"": params})
        if "referenceArn" in params and self.region.reference_stores.by_arn(params["referenceArn"]) is None:
            raise ValidationException(f"referenceArn: {params['referenceArn']} is no reference of this account and region")
        upload = Upload({name: value for name, value in params.items() if name != "clientToken"})
        upload.update(uploadId=self.region.ids.number(10, taken=self.table), creationTime=settings.clock.now())
        upload.parts = Table("Part")
        return self.table.add(upload["uploadId"], upload, group=store["id"])

    def prepare_upload_read_set_part(self, params: Params) -> Received:
        """Keep the bytes and hash them, while other parts do the same."""
        payload: Payload = params["payload"]
        if not 1 <= len(payload) <= MAX_PART_SIZE:
            raise ValidationException(f"payload: a part has 1 to {MAX_PART_SIZE} bytes, not {len(payload)}")
        self._find(params)
        return Received(self.region.spool.keep(payload.data), base64.b64encode(payload.sha256).decode())

    def upload_read_set_part(self, params: Params, received: Received) -> dict[str, Any]:
        """Take a part, in place of an earlier one with its number."""
        upload, source, number = self._find(params), params["partSource"], params["partNumber"]
        if source == "SOURCE2" and upload["sourceFileType"] != "FASTQ":
            raise ValidationException(f"partSource: only FASTQ comes in pairs, not {upload['sourceFileType']}")
        key, now = f"{source}/{number}", settings.clock.now()
        part = upload.parts.find(key) or upload.parts.add(
            key, Part(partNumber=number, partSource=source, creationTime=now), group=source, place=number
        )
        part.content = received.content
        part.update(partSize=received.content.length, checksum=received.checksum, lastUpdatedTime=now)
        return {"checksum": received.checksum}

    def list_read_set_upload_parts(self, params: Params) -> dict[str, Any]:
        """The parts of one file so far, by their numbers."""
        upload, wanted = self._find(params), params.get("filter", {})
        parts, token = upload.parts.page(params, lambda part: fits(part, wanted), token="nextToken", group=params["partSource"])
        return {"parts": parts, "nextToken": token}

    def list_multipart_read_set_uploads(self, params: Params) -> dict[str, Any]:
        """The uploads that are neither completed nor aborted."""
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        uploads, token = self.table.page(params, token="nextToken", group=store["id"])
        return {"uploads": uploads, "nextToken": token}

    def complete_multipart_read_set_upload(self, params: Params) -> dict[str, Any]:
        """Make a read set of all parts, which have to be listed with their checksums; what is in it is looked at next."""
        upload = self._find(params)
        contents = _assembled(upload, params["parts"])
        store = self.region.sequence_stores.active(params["sequenceStoreId"])
        self.check_quota("Maximum read sets per sequence store", self.region.read_sets.table.count(store["id"]) + 1)
        read_set = self.region.read_sets.add(
            store,
            upload,
            contents,
            _names(upload, contents),
            tags=with_service_tags(upload),
            creationType="UPLOAD",
            creationJobId=upload["uploadId"],
            creationTime=milliseconds(settings.clock.now()),
        )
        self.table.remove(upload["uploadId"])
        self.region.lifecycles.begin("read_set", read_set, ("PROCESSING_UPLOAD", "ACTIVE"), partial(self._processed, upload))
        return {"readSetId": read_set["id"]}

    def abort_multipart_read_set_upload(self, params: Params) -> None:
        """Discard an upload and its parts."""
        self.table.remove(self._find(params)["uploadId"])

    def forget(self, store_id: str) -> None:
        """The store is gone, and its uploads with it."""
        for upload in self.table.of(store_id):
            self.table.remove(upload["uploadId"])

    def _find(self, params: Params) -> Upload:
        store = self.region.sequence_stores.table.get(params["sequenceStoreId"])
        return self.table.get(params["uploadId"], group=store["id"])

    def _processed(self, upload: Upload, read_set: Record, status: str, at: datetime) -> None:
        """Look into the files; bad ones fail the read set and go to the store's fallback location."""
        read_sets = self.region.read_sets
        read_set = read_sets.table.get(read_set["id"])
        try:
            if status == "UPLOAD_FAILED":
                raise InvalidFile("The upload could not be processed")
            contents = {file.member: file.content for file in read_set.files}
            read_sets.activate(read_set, read_sets.inspect(read_set.store, upload, contents))
        except InvalidFile as invalid:
            read_set.update(status="UPLOAD_FAILED", statusMessage=str(invalid))
            self._fall_back(read_set)

    def _fall_back(self, read_set: ReadSet) -> None:
        location = read_set.store.get("fallbackLocation")
        if location is not None:
            bucket, prefix = rules.parse_s3_uri(location, "fallbackLocation")
            for file in read_set.files:
                put_later(self.region, bucket, f"{prefix}{read_set['id']}/{file.name}", file.content)


def _assembled(upload: Upload, listed: list[Params]) -> dict[str, Content]:
    """The files, if the list names each part once, with its checksum, and leaves none out."""
    named = Counter((part["partSource"], part["partNumber"]) for part in listed)
    twice = [f"{source} {number}" for (source, number), times in named.items() if times > 1]
    if twice:
        raise ValidationException(f"parts: {', '.join(twice)} listed more than once")
    for part in listed:
        uploaded = upload.parts.find(f"{part['partSource']}/{part['partNumber']}")
        if uploaded is None:
            raise ValidationException(f"parts: {part['partSource']} part {part['partNumber']} was not uploaded")
        if uploaded["checksum"] != part["checksum"]:
            raise ValidationException(
                f"parts: the checksum of {part['partSource']} part {part['partNumber']} is not that of the upload"
            )
    contents = {}
    for source in ("SOURCE1", "SOURCE2"):
        parts = list(upload.parts.of(source))
        missing = [str(part["partNumber"]) for part in parts if (source, part["partNumber"]) not in named]
        if missing:
            raise ValidationException(f"parts: {source} {', '.join(missing)} uploaded but not listed")
        if [part["partNumber"] for part in parts] != list(range(1, len(parts) + 1)):
            raise ValidationException(f"parts: the parts of {source} are not numbered from 1 without a gap")
        if parts:
            contents[source.lower()] = Content.joined([part.content for part in parts])
    if "source1" not in contents:
        raise ValidationException("parts: SOURCE1 has no part")
    return contents


def _names(upload: Upload, contents: Mapping[str, Content]) -> dict[str, str]:
    if upload["sourceFileType"] == "FASTQ":
        return {member: f"{upload['name']}_{member}.fastq.gz" for member in contents}
    return {"source1": f"{upload['name']}.{_SUFFIXES[upload['sourceFileType']]}"}
