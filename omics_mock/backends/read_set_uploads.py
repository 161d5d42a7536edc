"""Multipart uploads of read sets."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class ReadSetUploads(Backend):
    """Multipart uploads of read sets."""

    operations = (
        "CreateMultipartReadSetUpload",
        "UploadReadSetPart",
        "ListReadSetUploadParts",
        "ListMultipartReadSetUploads",
        "CompleteMultipartReadSetUpload",
        "AbortMultipartReadSetUpload",
    )
