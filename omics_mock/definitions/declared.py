"""What a workflow definition declares, whatever language it is written in."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from omics_mock.definitions.archive import InvalidDefinition
from omics_mock.definitions.instances import instance_for

if TYPE_CHECKING:
    from omics_mock.definitions.contents import Content

MAX_PARAMETERS: Final = 1_000
MAX_NAME: Final = 128
MAX_DESCRIPTION: Final = 256
MAX_IMAGE: Final = 750
MAX_CALLS: Final = 10_000
MAX_TIMES: Final = 1_000

_GIBIBYTES: Final = {"B": 2**-30, "K": 2**-20, "M": 2**-10, "G": 1, "T": 2**10, "P": 2**20}
_AMOUNT = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)[\s.]*(?:([KMGTP])i?B?|B)\b", re.IGNORECASE)
_BYTES = re.compile(r"\d{1,15}")


@dataclass(frozen=True)
class Scatter:
    """What a task is repeated over: so many items, or as many as a parameter of the run has."""

    length: int | None = None
    parameter: str | None = None

    def times(self, parameters: Mapping[str, Any]) -> int:
        """How often, for a run with these parameters; once where nobody can know."""
        given = parameters.get(self.parameter) if self.parameter else None
        length = len(given) if isinstance(given, list) else self.length
        return 1 if length is None else length


@dataclass(frozen=True)
class PlannedTask:
    """A task as the definition asks for it."""

    name: str
    cpus: int = 1
    memory: int = 1
    """In GiB."""
    gpus: int = 0
    image: str | None = None
    scatters: tuple[Scatter, ...] = ()

    @property
    def instance(self) -> str | None:
        """The instance type it runs on; none has everything."""
        return instance_for(self.cpus, self.memory, self.gpus)

    def times(self, parameters: Mapping[str, Any]) -> int:
        """How many of it a run with these parameters has."""
        return min(product(self.scatters, parameters), MAX_TIMES)


def product(scatters: Iterable[Scatter], parameters: Mapping[str, Any]) -> int:
    """How often scatters within each other repeat something."""
    return math.prod(scatter.times(parameters) for scatter in scatters)


@dataclass(frozen=True)
class Output:
    """An output of the workflow, the type it has in its language, and what it is made of."""

    name: str
    kind: str
    content: Content = None


@dataclass(frozen=True)
class Declared:
    """What the text of a definition says."""

    tasks: tuple[PlannedTask, ...] = ()
    parameters: Mapping[str, Mapping[str, Any]] | None = None
    """The parameter template, when there is anything to put into one."""
    outputs: tuple[Output, ...] = ()
    message: str | None = None
    """What the workflow's statusMessage says although nothing is wrong."""
    engine_version: str | None = None
    """The version of Nextflow it asks for, or the range of them, in Nextflow's words."""
    name: str | None = None
    """What a WDL workflow is called in its document."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the workflow."""

    name: str
    optional: bool
    description: str | None = None


def template(parameters: Iterable[Parameter]) -> dict[str, dict[str, Any]] | None:
    """The parameter template; none for a workflow without parameters."""
    found: dict[str, dict[str, Any]] = {}
    for parameter in parameters:
        if len(parameter.name) > MAX_NAME or len(found) == MAX_PARAMETERS:
            raise InvalidDefinition(f"A workflow has at most {MAX_PARAMETERS} parameters with names of {MAX_NAME} characters")
        entry: dict[str, Any] = {"optional": parameter.optional}
        if parameter.description is not None:  # the service takes no control characters, line ends among them
            entry["description"] = " ".join(parameter.description.split())[:MAX_DESCRIPTION]
        found[parameter.name] = entry
    return found or None


def gibibytes(text: str) -> int | None:
    """An amount of memory such as ``4 GB``, ``4.GB`` or ``512 MiB``, rounded up; bytes when it has no unit."""
    if amount := _AMOUNT.search(text):
        return whole(float(amount[1]) * _GIBIBYTES[(amount[2] or "B").upper()])
    return whole(int(text) * _GIBIBYTES["B"]) if _BYTES.fullmatch(text) else None


def image(value: object) -> str | None:
    """The URI of a container image, when it is one that the API can give."""
    return value if isinstance(value, str) and 0 < len(value) <= MAX_IMAGE else None


def whole(number: float) -> int:
    """As the API gives cpus and memory: whole, and at least one."""
    return max(1, math.ceil(number))


def whole_or_one(number: object) -> int:
    """The same of what may be no number at all."""
    return whole(number) if isinstance(number, int | float) and math.isfinite(number) else 1
