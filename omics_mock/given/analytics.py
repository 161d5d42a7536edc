"""Variant stores, annotation stores and their imports, given in any state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omics_mock.annotations import FileFormat
from omics_mock.backends.annotation_options import file_format
from omics_mock.given.arrangement import items_for
from omics_mock.given.sequences import GivenSequences
from omics_mock.given.states import check_status
from omics_mock.tables import Record


class GivenAnalytics(GivenSequences):
    """Makes variant stores, annotation stores and versions, and imports into them."""

    def variant_store(self, status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
        """A variant store for the first reference, which is made if there is none. DELETING: once it was ACTIVE."""
        check_status("variant_store", status)
        made = self._create("CreateVariantStore", members, name=self._name("variants"), reference=self._reference)
        return self._store("Variant", made["name"], status)

    def annotation_store(self, status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
        """An annotation store of VCF files; else like a variant store."""
        check_status("annotation_store", status)
        defaults = {"name": self._name("annotations"), "storeFormat": "VCF", "reference": self._reference}
        made = self._create("CreateAnnotationStore", members, **defaults)
        return self._store("Annotation", made["name"], status)

    def annotation_store_version(self, status: str = "ACTIVE", **members: Any) -> dict[str, Any]:
        """A version, beside the first, of a store that is made unless its ``name`` is given. DELETING: once it was ACTIVE."""
        check_status("annotation_store_version", status)
        defaults = {"versionName": self._name("version"), "name": lambda _: self.annotation_store()["name"]}
        made = self._create("CreateAnnotationStoreVersion", members, **defaults)
        version = {"name": made["name"], "versionName": made["versionName"]}
        arn = self._shown("GetAnnotationStoreVersion", **version)["versionArn"]
        if status == "DELETING":
            self._move(arn, "ACTIVE")
            self._do("DeleteAnnotationStoreVersions", {"name": made["name"], "versions": [made["versionName"]]})
        return self._shown_after(arn, status, "GetAnnotationStoreVersion", **version)

    def variant_import_job(self, status: str = "COMPLETED", **members: Any) -> dict[str, Any]:
        """An import of a small VCF file, into a new store unless ``destinationName`` is given.

        Failures: of a file that does not exist. CANCELLED: while it was IN_PROGRESS.
        """
        check_status("variant_import_job", status)
        return self._import("Variant", status, members, lambda _: self.variant_store()["name"])

    def annotation_import_job(self, status: str = "COMPLETED", **members: Any) -> dict[str, Any]:
        """An import of a small file of the store's format; else like a variant import job."""
        check_status("annotation_import_job", status)
        return self._import("Annotation", status, members, lambda _: self.annotation_store()["name"])

    def _reference(self, *_: object) -> dict[str, str]:
        return {"referenceArn": self._reference_arn()}

    def _store(self, word: str, name: str, status: str) -> dict[str, Any]:
        arn = self._shown(f"Get{word}Store", name=name)["storeArn"]
        if status == "DELETING":
            self._move(arn, "ACTIVE")
            self._do(f"Delete{word}Store", {"name": name})
        return self._shown_after(arn, status, f"Get{word}Store", name=name)

    def _import(self, word: str, status: str, members: Mapping[str, Any], store: Callable[[Any], str]) -> dict[str, Any]:
        def items(asked: Mapping[str, Any]) -> list[dict[str, str]]:
            missing = {"source": self._place("missing.vcf")}
            return items_for(
                status, lambda: {"source": self._place(self._name("items"), self._sample(word, asked))}, lambda: missing
            )

        defaults = {"destinationName": store, "roleArn": self._role, "items": items}
        job = self._create(f"Start{word}ImportJob", members, **defaults)["jobId"]
        if status == "CANCELLED":
            self._move(job, "IN_PROGRESS")
            self._do(f"Cancel{word}ImportJob", {"jobId": job})
        by = status if status in ("SUBMITTED", "IN_PROGRESS", "CANCELLED") else "COMPLETED"
        return self._shown_after(job, status, f"Get{word}ImportJob", jobId=job, by=by)

    def _sample(self, word: str, asked: Mapping[str, Any]) -> bytes:
        """A small file of the format of what is imported into."""
        if word == "Variant":
            return FileFormat("VCF").sample()
        store = self._shown("GetAnnotationStore", name=asked["destinationName"])
        [first, *_] = self._listed("ListAnnotationStoreVersions", "annotationStoreVersions", name=store["name"])[::-1]
        named = {"name": store["name"], "versionName": asked.get("versionName", first["versionName"])}
        version = self._shown("GetAnnotationStoreVersion", **named)
        return file_format(Record(store), Record(version), asked.get("formatOptions")).sample()
