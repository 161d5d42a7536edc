"""What clients have to be told to find a server.

Every operation of HealthOmics is called at a host of its family: clients put ``workflows-``, ``storage-`` and the like before the
name they are given, unless they are told not to.
"""

from __future__ import annotations

REGION = "us-east-1"


def environment(url: str) -> dict[str, str]:
    """The variables that point AWS's clients at a server, for every service."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
    }


def host_names(host: str = "omics.localhost") -> list[str]:
    """The names to be resolved for clients that can not leave the prefixes away: ``host`` itself and with each of them."""
    return [host, *(f"{prefix}{host}" for prefix in prefixes())]


def prefixes() -> list[str]:
    """What clients put before a host's name."""
    from omics_mock.wire.model import load

    return sorted({operation.host_prefix for operation in load("omics").operations.values()} - {""})
