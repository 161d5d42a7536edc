"""What moto keeps of a service, by account and region."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar, cast, overload

from moto.core import base_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict, BaseBackend

B = TypeVar("B", bound=BaseBackend)


class Backends(BackendDict[B]):
    """The backends of a service, wherever botocore says that it is, and in these regions."""

    def __init__(self, backend: type[B], service: str, more_regions: Sequence[str] = ()) -> None:
        regions = cast("list[str]", _Regions(backend, service, more_regions))
        super().__init__(backend, service, use_boto3_regions=False, additional_regions=regions)

    def __getitem__(self, account_id: str) -> AccountSpecificBackend[B]:
        with base_backend.backend_lock:  # moto makes what is missing and then looks it up: a reset may come in between
            return super().__getitem__(account_id)


class _Regions(Sequence[str]):
    """The names of regions. moto would ask botocore for them in every test, and keep what it asked for long after the mock."""

    def __init__(self, backend: type[BaseBackend], service: str, more: Sequence[str]) -> None:
        self._asked = service, "", backend, True, [*more]

    @cached_property
    def _names(self) -> list[str]:
        found: AccountSpecificBackend[Any] = AccountSpecificBackend(*self._asked)
        return found.regions

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        return self._names[index]  # pragma: no cover - every sequence has it; moto goes through them all

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
