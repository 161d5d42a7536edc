"""References, read sets, their stores and jobs, given in any state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Final

from omics_mock.content import Payload
from omics_mock.given.arrangement import Arrangement, Bytes, files_of, items_for, parted
from omics_mock.given.states import check_status

_PART: Final = 104_857_600
_NOBODY: Final = "0000000000"
_ALIGNED: Final = frozenset(("BAM", "CRAM"))
_NOTHING: Final[Mapping[str, Any]] = {}


class GivenSequences(Arrangement):
    """Makes reference stores and sequence stores, what is in them, and the jobs that bring it there and back."""

    # ---- references --------------------------------------------------------------------------------------------------

    def reference_store(self, **members: Any) -> dict[str, Any]:
        """The reference store that is there already if nothing is asked of it, or else a new one: there can be one."""
        stores = self._do("ListReferenceStores", {})["referenceStores"]
        made = stores[0] if stores and not members else self._create("CreateReferenceStore", members, name="references")
        return self._shown("GetReferenceStore", id=made["id"])

    def reference(self, *, content: bytes | None = None, **members: Any) -> dict[str, Any]:
        """An ACTIVE reference of these bytes, or of a small FASTA file.

        Its members are those of a source of StartReferenceImportJob, with ``referenceStoreId`` and ``roleArn``.
        """
        asked, source = parted(members, "referenceStoreId", "roleArn")
        job = self.reference_import_job(**asked, sources=[self._reference_source(source, content)])
        made = _made_by(job["id"], self._state().reference_stores.references)
        return self._shown("GetReferenceMetadata", referenceStoreId=job["referenceStoreId"], id=made)

    def reference_import_job(self, status: str = "COMPLETED", **members: Any) -> dict[str, Any]:
        """An import of a small FASTA file; ``sources`` need not be complete. Failures: of a source that does not exist."""
        check_status("reference_import_job", status)
        made = self._create(
            "StartReferenceImportJob",
            _completed(members, self._reference_source),
            referenceStoreId=lambda _: self.reference_store()["id"],
            roleArn=self._role,
            sources=lambda _: items_for(
                status, self._reference_source, lambda: self._reference_source({"sourceFile": self._place("missing.fa")})
            ),
        )
        store = {"referenceStoreId": made["referenceStoreId"]}
        return self._shown_after(made["id"], status, "GetReferenceImportJob", **store, id=made["id"], by=_end(status))

    def _reference_arn(self) -> str:
        """The ARN of the first reference, made if there is none."""
        known = self._do("ListReferences", {"referenceStoreId": self.reference_store()["id"]})["references"]
        return str(known[0]["arn"] if known else self.reference()["arn"])

    def _reference_source(self, asked: Mapping[str, Any] = _NOTHING, content: bytes | None = None) -> dict[str, Any]:
        name = asked.get("name") or self._name("reference")
        if content is None and "sourceFile" in asked:
            return {"name": name, **asked}
        [file] = files_of(content, "FASTA", name)
        return dict(sourceFile=self._place(f"{name}.fa", file), **{"name": name, **asked})

    # ---- sequence stores ---------------------------------------------------------------------------------------------

    def sequence_store(self, status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
        """A sequence store. UPDATING: it propagates tags from now on, and the read set that it has does not have them yet."""
        check_status("sequence_store", status)
        tags, others = parted(members, "propagatedSetLevelTags")
        with self._resting("sequence_store"):
            made = self._create("CreateSequenceStore", others if status == "UPDATING" else members, name="sequences")
            if status == "UPDATING":
                self._move(made["arn"], "ACTIVE")
                self.read_set(sequenceStoreId=made["id"])
                self._do("UpdateSequenceStore", {"id": made["id"], "propagatedSetLevelTags": ["given"], **tags})
            return self._shown_after(made["arn"], status, "GetSequenceStore", id=made["id"])

    def _sequence_store(self, *_: object) -> str:
        """The id of the first ACTIVE store, made if there is none."""
        known = (store["id"] for store in self._state().sequence_stores.table if store.status == "ACTIVE")
        return str(next(known, None) or self.sequence_store()["id"])

    # ---- read sets ---------------------------------------------------------------------------------------------------

    def read_set(self, status: str = "ACTIVE", *, content: Bytes | None = None, **members: Any) -> dict[str, Any]:
        """A read set of these bytes (two files for paired FASTQ), or of a small FASTQ file; in a store that there is, or a new one.

        It is imported: its members are those of a source of StartReadSetImportJob, with ``sequenceStoreId`` and ``roleArn``.
        PROCESSING_UPLOAD and UPLOAD_FAILED: it is uploaded, with the members of CreateMultipartReadSetUpload.
        """
        check_status("read_set", status)
        if status in ("PROCESSING_UPLOAD", "UPLOAD_FAILED"):
            return self._uploaded(status, content, members)
        asked, source = parted(members, "sequenceStoreId", "roleArn")
        job = self.read_set_import_job(**asked, sources=[self._source(source, content)])
        read_set = {"sequenceStoreId": job["sequenceStoreId"], "id": _made_by(job["id"], self._state().read_sets.table)}
        arn = self._shown("GetReadSetMetadata", **read_set)["arn"]
        if status != "ACTIVE":
            self._move(arn, "ARCHIVED")
        if status == "ACTIVATING":
            self.read_set_activation_job(
                "IN_PROGRESS", sequenceStoreId=read_set["sequenceStoreId"], sources=[{"readSetId": read_set["id"]}]
            )
        return self._shown("GetReadSetMetadata", status, **read_set)

    def upload(self, *, content: Bytes | None = None, **members: Any) -> dict[str, Any]:
        """An upload with all parts of these bytes, or of a small file, that is not completed yet.

        It is what ListMultipartReadSetUploads has of it.
        """
        made = self._create("CreateMultipartReadSetUpload", self._described(members), sequenceStoreId=self._sequence_store)
        upload = {"sequenceStoreId": made["sequenceStoreId"], "uploadId": made["uploadId"]}
        for source, file in enumerate(files_of(content, made["sourceFileType"], made["uploadId"]), 1):
            for number, start in enumerate(range(0, len(file), _PART), 1):
                part = {"partSource": f"SOURCE{source}", "partNumber": number, "payload": Payload(file[start : start + _PART])}
                self._do("UploadReadSetPart", {**upload, **part})
        listed = self._listed("ListMultipartReadSetUploads", "uploads", sequenceStoreId=made["sequenceStoreId"])
        return next(found for found in listed if found["uploadId"] == made["uploadId"])

    def read_set_import_job(self, status: str = "COMPLETED", **members: Any) -> dict[str, Any]:
        """An import of a small FASTQ file; ``sources`` need not be complete. Failures: of a file that does not exist."""
        check_status("read_set_import_job", status)
        asked = _completed(members, self._source)
        missing = {"sourceFiles": {"source1": self._place("missing.fastq")}}
        return self._job(
            "ReadSetImport",
            status,
            asked,
            roleArn=self._role,
            sources=lambda _: items_for(status, self._source, lambda: self._source(missing)),
        )

    def read_set_export_job(self, status: str = "COMPLETED", **members: Any) -> dict[str, Any]:
        """An export of a read set, to a bucket that no caller lists. Failures: of a read set that does not exist."""
        check_status("read_set_export_job", status)
        defaults = {"roleArn": self._role, "destination": lambda _: self._place("exports/")}
        return self._job("ReadSetExport", status, members, **defaults, sources=partial(self._read_sets, status, "ACTIVE"))

    def read_set_activation_job(self, status: str = "COMPLETED", **members: Any) -> dict[str, Any]:
        """An activation of an ARCHIVED read set. Failures: of a read set that does not exist."""
        check_status("read_set_activation_job", status)
        return self._job("ReadSetActivation", status, members, sources=partial(self._read_sets, status, "ARCHIVED"))

    def _job(self, kind: str, status: str, members: Mapping[str, Any], **defaults: object) -> dict[str, Any]:
        made = self._create(f"Start{kind}Job", members, sequenceStoreId=self._sequence_store, **defaults)
        job = {"sequenceStoreId": made["sequenceStoreId"], "id": made["id"]}
        return self._shown_after(made["id"], status, f"Get{kind}Job", **job, by=_end(status))

    def _read_sets(self, status: str, needed: str, asked: Mapping[str, Any]) -> list[dict[str, str]]:
        """The sources of a job on read sets of a store that comes to that status."""

        def read_set() -> dict[str, str]:
            return {"readSetId": self.read_set(needed, sequenceStoreId=asked["sequenceStoreId"])["id"]}

        return items_for(status, read_set, lambda: {"readSetId": _NOBODY})

    def _described(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """What has to be said of a read set, where it is not."""
        described = {
            "name": self._name("read_set"),
            "subjectId": "subject",
            "sampleId": "sample",
            "sourceFileType": "FASTQ",
            **asked,
        }
        if described["sourceFileType"] in _ALIGNED and "referenceArn" not in asked:
            described["referenceArn"] = self._reference_arn()
        return described

    def _source(self, asked: Mapping[str, Any] = _NOTHING, content: Bytes | None = None) -> dict[str, Any]:
        source = self._described(asked)
        if content is None and "sourceFiles" in asked:
            return source
        name, file_type = source["name"], source["sourceFileType"]
        files = enumerate(files_of(content, file_type, name), 1)
        placed = {f"source{number}": self._place(f"{name}_{number}.{file_type}", file) for number, file in files}
        return dict(sourceFiles=placed, **source)

    def _uploaded(self, status: str, content: Bytes | None, members: Mapping[str, Any]) -> dict[str, Any]:
        upload = self.upload(content=content, **members)
        where = {"sequenceStoreId": upload["sequenceStoreId"], "uploadId": upload["uploadId"]}
        parts = [
            {name: part[name] for name in ("partNumber", "partSource", "checksum")}
            for source in ("SOURCE1", "SOURCE2")
            for part in self._listed("ListReadSetUploadParts", "parts", **where, partSource=source)
        ]
        made = self._do("CompleteMultipartReadSetUpload", {**where, "parts": parts})["readSetId"]
        read_set = {"sequenceStoreId": upload["sequenceStoreId"], "id": made}
        return self._shown_after(self._shown("GetReadSetMetadata", **read_set)["arn"], status, "GetReadSetMetadata", **read_set)


def _completed(members: Mapping[str, Any], complete: Callable[[Mapping[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """The members with the sources filled in."""
    if not isinstance(members.get("sources"), list):
        return dict(members)
    return {**members, "sources": [complete(source) for source in members["sources"]]}


def _end(status: str) -> str:
    """What a job has to be moved to, whatever its end."""
    return status if status in ("SUBMITTED", "IN_PROGRESS") else "COMPLETED"


def _made_by(job: str, records: Iterable[Mapping[str, Any]]) -> str:
    """The id of what a job has made."""
    return next(str(record["id"]) for record in records if record["creationJobId"] == job)
