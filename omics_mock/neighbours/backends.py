"""What moto keeps of its other services."""

from __future__ import annotations

from typing import Any


def backend_of(service: str, account: str, place: str) -> Any:
    """What a service keeps of an account in a region, or in a partition if it has no regions."""
    from moto.backends import get_backend
    from moto.core.base_backend import backend_lock

    with backend_lock:  # moto makes what is missing and then looks it up: a reset may come in between
        return get_backend(service)[account][place]  # type: ignore[call-overload]  # any service
