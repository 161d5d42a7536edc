"""Reference stores, their import jobs and references."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class ReferenceStores(Backend):
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
    taggable = ("referenceStore",)
