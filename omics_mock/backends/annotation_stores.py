"""Annotation stores, their versions and import jobs.

Source: AWS HealthOmics API Reference, CreateAnnotationStore to UpdateAnnotationStoreVersion; User Guide, "Creating and managing
annotation stores", "Starting annotation import jobs", "Creating annotation store versions".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from omics_mock.backends import annotation_options
from omics_mock.backends.analytics import Sources, Store, Stores, check_active
from omics_mock.backends.base import Params, given
from omics_mock.exceptions import ConflictException, ValidationException
from omics_mock.tables import Record, Table
from omics_mock.validation import rules

if TYPE_CHECKING:
    from omics_mock.backends.region import RegionState
    from omics_mock.journeys import Ready


class AnnotationStores(Stores):
    """Annotation stores, their versions and import jobs. A store is made with its first version, whose id is the store's."""

    operations = (
        "CreateAnnotationStore",
        "GetAnnotationStore",
        "ListAnnotationStores",
        "UpdateAnnotationStore",
        "DeleteAnnotationStore",
        "CreateAnnotationStoreVersion",
        "GetAnnotationStoreVersion",
        "ListAnnotationStoreVersions",
        "UpdateAnnotationStoreVersion",
        "DeleteAnnotationStoreVersions",
        "StartAnnotationImportJob",
        "GetAnnotationImportJob",
        "ListAnnotationImportJobs",
        "CancelAnnotationImportJob",
    )
    taggable = ("annotationStore", "annotationStore/version")
    word = "annotation"

    def __init__(self, region: RegionState) -> None:
        super().__init__(region)
        self.versions: Table[Store] = Table("Annotation store version")

    # Stores

    def prepare_create_annotation_store(self, params: Params) -> str | None:
        """Look the key up."""
        return self.key_state(params)

    def create_annotation_store(self, params: Params, key_state: str | None) -> Record:
        """Make a store with its first version, which has the store's name unless it is given another."""
        self.check_open()
        annotation_options.check_store(params)
        store = self.add_store(params, key_state, **given(params, "storeFormat", "storeOptions"), numVersions=0)
        store["versionName"] = params.get("versionName", store["name"])
        first = {"versionName": store["versionName"]}
        self._add_version(store, first, store["id"], ready=partial(self._first_ready, store))
        return store

    def get_annotation_store(self, params: Params) -> Record:
        """Everything known about a store."""
        return self.get_store(params)

    def list_annotation_stores(self, params: Params) -> dict[str, Any]:
        """The stores that pass the filters."""
        return self.list_stores(params)

    def update_annotation_store(self, params: Params) -> Record:
        """Change the description."""
        return self.update(self.table.get(params["name"]), params)

    def delete_annotation_store(self, params: Params) -> Record:
        """Delete a store with its versions, annotations and tags; its jobs can still be read."""
        store = self.delete_store(params)
        for version in self.versions.of(store["id"]):
            self.region.lifecycles.forget(version)
            version["status"] = store.status
        return store

    def check_deletable(self, store: Store) -> None:
        """Nothing is under way in the store, and it has no versions but one."""
        super().check_deletable(store)
        if sum(version.status != "DELETING" for version in self.versions.of(store["id"])) > 1:
            raise ConflictException(f"Annotation store {store['name']} has several versions: delete them first, or it by force")

    def remove(self, store: Store) -> None:
        """The store is gone, and its versions with it."""
        for version in self.versions.of(store["id"]):
            self.versions.remove(_key(version))
        super().remove(store)

    def entered(self, record: Record, status: str, at: datetime) -> None:
        """The first version goes with its store."""
        super().entered(record, status, at)
        if "storeArn" in record:
            for version in self.versions.of(record["id"]):
                if not self.move_by_hand(version, status):
                    self.region.lifecycles.follow(version, at)

    # Versions

    def create_annotation_store_version(self, params: Params) -> Record:
        """Add a version to a store, to import into beside the others; its options are the store's unless it has its own."""
        self.check_open()
        rules.check_tags(params.get("tags", {}))
        store, name = self.table.get(params["name"]), params["versionName"]
        annotation_options.check_version(store, params)
        if self._find_version(store, name):
            raise ConflictException(f"Annotation store version {name} already exists in {store['name']}")
        if store.status != "ACTIVE":
            raise ConflictException(f"Annotation store {store['name']} is {store.status}, not ACTIVE")
        self.check_quota("Maximum versions per annotation store", self.versions.count(store["id"]) + 1)
        return self._add_version(store, params, self.new_id())

    def get_annotation_store_version(self, params: Params) -> Record:
        """Everything known about a version."""
        store, version = self._get_version(params)
        self.region.lifecycles.poll(version, store)
        return version

    def list_annotation_store_versions(self, params: Params) -> dict[str, Any]:
        """The versions of a store that pass the filter."""
        store = self.table.get(params["name"])
        self.region.lifecycles.poll(store)
        return self.listed(self.versions, params, "annotationStoreVersions", group=store["id"])

    def update_annotation_store_version(self, params: Params) -> Record:
        """Change the description."""
        return self.update(self._get_version(params)[1], params)

    def delete_annotation_store_versions(self, params: Params) -> dict[str, Any]:
        """Delete what can be deleted, and say of the rest why not; by force also what is imported into."""
        store = self.table.get(params["name"])
        if store.status != "ACTIVE":
            raise ConflictException(f"Annotation store {store['name']} is {store.status}, not ACTIVE")
        errors = []
        for name in dict.fromkeys(params["versions"]):
            version = self._find_version(store, name)
            if version is None:
                errors.append({"versionName": name, "message": f"Version with versionName: {name} was not found."})
            elif self.imports_into(version) and not params.get("force"):
                errors.append({"versionName": name, "message": "version has an inflight import running"})
            elif version.status != "DELETING":
                self.cancel(self.imports_into(version))
                self.delete("annotation_store_version", version, partial(self._remove_version, store, version))
        return {"errors": errors}

    def _first_ready(self, store: Store, at: datetime) -> datetime | None:
        """The first version becomes ACTIVE after its store."""
        return at if store.status == "ACTIVE" else None

    def _add_version(self, store: Store, params: Params, version_id: str, ready: Ready | None = None) -> Store:
        name = params["versionName"]
        version = self.new(
            params,
            id=version_id,
            storeId=store["id"],
            name=store["name"],
            versionName=name,
            versionArn=f"{store['storeArn']}/version/{name}",
            versionOptions=annotation_options.of_version(store, params),
            versionSizeBytes=0,
        )
        self.begin("annotation_store_version", version, ready)
        store["numVersions"] += 1
        return self.versions.add(_key(version), version, group=store["id"])

    def _remove_version(self, store: Store, version: Store) -> None:
        self.versions.remove(_key(version))
        store["numVersions"] -= 1
        store["storeSizeBytes"] -= version["versionSizeBytes"]

    def _get_version(self, params: Params) -> tuple[Store, Store]:
        """A version that is named in a request, after its store."""
        store = self.table.get(params["name"])
        return store, self.versions.get(_key(params), group=store["id"])

    def _find_version(self, store: Store, name: str) -> Store | None:
        return self.versions.find(_key({"name": store["name"], "versionName": name}), group=store["id"])

    # Import jobs

    def prepare_start_annotation_import_job(self, params: Params) -> Sources:
        """Look for the source in S3."""
        return self.read_items(params)

    def start_annotation_import_job(self, params: Params, sources: Sources) -> dict[str, str]:
        """Queue the import of a file of the store's format into a version."""
        if len(params["items"]) > 1:
            raise ValidationException("items: an annotation import job has one item")
        store = self.table.get(params["destinationName"])
        version = self._target(store, params)
        check_active(store, f"Annotation store {store['name']}")
        check_active(version, f"Annotation store version {_key(version)}")
        options = annotation_options.of_import(store, params)
        files = annotation_options.file_format(store, version, options)
        described = {"versionName": version["versionName"], "formatOptions": options}
        return self.start_job(params, sources, files, [store, version], **described)

    def get_annotation_import_job(self, params: Params) -> Record:
        """A job with the state of its item."""
        return self.get_job(params)

    def list_annotation_import_jobs(self, params: Params) -> dict[str, Any]:
        """The jobs that pass the filters."""
        return self.list_jobs(params)

    def cancel_annotation_import_job(self, params: Params) -> None:
        """Stop a job that is not done."""
        self.cancel_job(params)

    def _target(self, store: Store, params: Params) -> Store:
        """The version that is named, else the first one, else the only one."""
        if "versionName" in params:
            return self._get_version({"name": store["name"], **given(params, "versionName")})[1]
        versions = list(self.versions.of(store["id"]))
        for version in versions:
            if version["id"] == store["id"] or len(versions) == 1:
                return version
        raise ValidationException(f"versionName must be specified: the first version of {store['name']} is deleted")

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["annotationStore", name]:
                return self.table.find(name)
            case ["annotationStore", name, "version", version] if name in self.table:
                return self._find_version(self.table.get(name), version)
        return None


def _key(version: Mapping[str, Any]) -> str:
    """What a version is called among those of all stores."""
    return f"{version['name']}/{version['versionName']}"
