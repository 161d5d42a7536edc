"""S3 access policies of sequence stores."""

from __future__ import annotations

from omics_mock.backends.base import Backend


class S3AccessPolicies(Backend):
    """S3 access policies of sequence stores."""

    operations = (
        "GetS3AccessPolicy",
        "PutS3AccessPolicy",
        "DeleteS3AccessPolicy",
    )
