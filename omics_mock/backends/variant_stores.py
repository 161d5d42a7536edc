"""Variant stores and their import jobs.

Source: AWS HealthOmics API Reference, CreateVariantStore to ListVariantImportJobs; User Guide, "HealthOmics variant stores".
"""

from __future__ import annotations

from typing import Any

from omics_mock.annotations import FileFormat
from omics_mock.backends.analytics import Sources, Stores, check_active
from omics_mock.backends.base import Params
from omics_mock.tables import Record


class VariantStores(Stores):
    """Variant stores and their import jobs."""

    operations = (
        "CreateVariantStore",
        "GetVariantStore",
        "ListVariantStores",
        "UpdateVariantStore",
        "DeleteVariantStore",
        "StartVariantImportJob",
        "GetVariantImportJob",
        "ListVariantImportJobs",
        "CancelVariantImportJob",
    )
    taggable = ("variantStore",)
    word = "variant"

    def prepare_create_variant_store(self, params: Params) -> str | None:
        """Look the key up."""
        return self.key_state(params)

    def create_variant_store(self, params: Params, key_state: str | None) -> Record:
        """Make a store for variants found against a reference."""
        self.check_open()
        return self.add_store(params, key_state)

    def get_variant_store(self, params: Params) -> Record:
        """Everything known about a store."""
        return self.get_store(params)

    def list_variant_stores(self, params: Params) -> dict[str, Any]:
        """The stores that pass the filters."""
        return self.list_stores(params)

    def update_variant_store(self, params: Params) -> Record:
        """Change the description."""
        return self.update(self.table.get(params["name"]), params)

    def delete_variant_store(self, params: Params) -> Record:
        """Delete a store with its variants and tags; its jobs can still be read."""
        return self.delete_store(params)

    def prepare_start_variant_import_job(self, params: Params) -> Sources:
        """Look for the sources in S3."""
        return self.read_items(params)

    def start_variant_import_job(self, params: Params, sources: Sources) -> dict[str, str]:
        """Queue the import of VCF files."""
        store = self.table.get(params["destinationName"])
        check_active(store, f"Variant store {store['name']}")
        self.check_quota("Maximum files per variant store import job", len(params["items"]))
        return self.start_job(params, sources, FileFormat("VCF"), [store])

    def get_variant_import_job(self, params: Params) -> Record:
        """A job with the state of each of its items."""
        return self.get_job(params)

    def list_variant_import_jobs(self, params: Params) -> dict[str, Any]:
        """The jobs that pass the filters."""
        return self.list_jobs(params)

    def cancel_variant_import_job(self, params: Params) -> None:
        """Stop a job that is not done."""
        self.cancel_job(params)

    def find_by_arn(self, resource: str) -> Record | None:
        match resource.split("/"):
            case ["variantStore", name]:
                return self.table.find(name)
        return None
