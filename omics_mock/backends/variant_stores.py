"""Variant stores and their import jobs."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class VariantStores(Backend):
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
