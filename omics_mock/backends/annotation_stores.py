"""Annotation stores, their versions and import jobs."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class AnnotationStores(Backend):
    """Annotation stores, their versions and import jobs."""

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
