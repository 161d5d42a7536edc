"""The instance types tasks run on, and the one the service takes.

Source: AWS HealthOmics User Guide, "Compute and memory requirements for HealthOmics tasks".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

_SIZES: Final = {
    "large": 2,
    "xlarge": 4,
    "2xlarge": 8,
    "4xlarge": 16,
    "8xlarge": 32,
    "12xlarge": 48,
    "16xlarge": 64,
    "24xlarge": 96,
    "32xlarge": 128,
    "48xlarge": 192,
}
_GPUS: Final = {"xlarge": 1, "2xlarge": 1, "4xlarge": 1, "8xlarge": 1, "12xlarge": 4, "16xlarge": 1, "24xlarge": 4}
_FAMILIES: Final = {"c": 2, "m": 4, "r": 8}
_GPU_FAMILIES: Final = {"g4dn": 4, "g5": 4, "g6": 4, "g6e": 8}
"""GiB of memory for each vCPU."""


class Instance(NamedTuple):
    """An instance type and what it has."""

    cpus: int
    memory: int
    gpus: int
    name: str


def _catalogue() -> Iterator[Instance]:
    for family, ratio in _FAMILIES.items():
        for size, cpus in _SIZES.items():
            yield Instance(cpus, cpus * ratio, 0, f"omics.{family}.{size}")
    for family, ratio in _GPU_FAMILIES.items():
        for size, gpus in _GPUS.items():
            yield Instance(_SIZES[size], _SIZES[size] * ratio, gpus, f"omics.{family}.{size}")


CATALOGUE: Final = tuple(sorted(_catalogue(), key=lambda instance: instance[:3]))


@cache
def instance_for(cpus: int, memory: int, gpus: int = 0) -> str | None:
    """The smallest instance type with at least that much; none has everything."""
    fitting = (
        instance.name
        for instance in CATALOGUE
        if instance.cpus >= cpus and instance.memory >= memory and instance.gpus >= gpus and bool(instance.gpus) == bool(gpus)
    )
    return next(fitting, None)
