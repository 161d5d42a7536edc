"""HealthOmics ETags: digests of what a file means, the same however it is compressed."""

from __future__ import annotations

import hashlib
from sys import intern


def new_digest(family: str) -> hashlib._Hash:
    """An empty digest of a store's eTagAlgorithmFamily: MD5up, SHA256up or SHA512up."""
    return hashlib.new(family.removesuffix("up").lower(), usedforsecurity=False)


def etag(file_type: str, family: str, *digests: str) -> dict[str, str]:
    """The wire shape of an ETag. The service has no algorithm named after UBAM: it uses those of BAM."""
    kind = "BAM" if file_type == "UBAM" else file_type
    return {"algorithm": intern(f"{kind}_{family}")} | dict(zip(("source1", "source2"), digests, strict=False))
