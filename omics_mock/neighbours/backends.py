"""What moto keeps of its other services."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def undisturbed(method: Callable[P, T]) -> Callable[P, T]:
    """Wait for a reset of moto's: it takes everything that a service keeps away before it makes it anew.

    moto makes what is missing and then looks it up, too: no reset may come in between.
    """

    @wraps(method)
    def waiting(*args: P.args, **kwargs: P.kwargs) -> T:
        from moto.core.base_backend import backend_lock

        with backend_lock:
            return method(*args, **kwargs)

    return waiting


@undisturbed
def backend_of(service: str, account: str, place: str) -> Any:
    """What a service keeps of an account in a region, or in a partition if it has no regions."""
    from moto.backends import get_backend

    return get_backend(service)[account][place]  # type: ignore[call-overload]  # any service
