"""Which family an operation belongs to: the one of the operation that is most like it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from omics_mock.backends.region import FAMILIES
from omics_mock.imagebuilder.workflows import ImageWorkflows

if TYPE_CHECKING:
    from omics_mock.state import Family
    from omics_mock.wire.model import Operation

_WORD = re.compile(r"[A-Z]{1,30}[0-9]*+(?=[A-Z][a-z]|$)|[A-Z][a-z]*[0-9]*")


def families_of(service: str) -> tuple[type[Family], ...]:
    """The families of a service."""
    known: tuple[type[Family], ...] = (*FAMILIES, ImageWorkflows)
    return tuple(family for family in known if family.service == service)


def nearest(operation: Operation) -> list[type[Family]]:
    """The families with the operations that are most like this one: one, or several between which nothing decides."""
    likeness = {
        family: max((_likeness(operation, other) for other in family.modelled() if other.name != operation.name), default=0)
        for family in families_of(operation.service)
    }
    most = max(likeness.values(), default=0)
    return [family for family, found in likeness.items() if found == most] if most else []


def words(name: str) -> list[str]:
    """The words of an operation's name, each in the singular: ``["List", "Run", "Cache"]``."""
    return [_singular(word) for word in _WORD.findall(name)]


def noun(name: str) -> str:
    """What an operation is about, as a sentence has it: ``run cache``."""
    return " ".join(word if word.isupper() else word.lower() for word in words(name)[1:]) or "resource"


def _likeness(one: Operation, other: Operation) -> float:
    """How much two operations share. A path that both begin with tells more than words, and a host only between equals."""
    path = _shared(_segments(one), _segments(other))
    about, about_other = words(one.name)[1:], words(other.name)[1:]
    same_words = len(set(about) & set(about_other)) / len(set(about) | set(about_other)) if about and about_other else 0
    return 0 if not (path or same_words) else path + 2 * same_words + 0.1 * (one.host_prefix == other.host_prefix)


def _segments(operation: Operation) -> list[str]:
    """The parts of a path, whatever its labels are called. One that is the operation's name says nothing."""
    parts = [re.sub(r"\{[^{}]*\}", "{}", part) for part in operation.uri.strip("/").split("/")]
    return [] if parts == [operation.name] else parts


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts both begin with."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("ches"):
        return word[:-2] if word != "Caches" else "Cache"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
