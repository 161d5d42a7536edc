"""One switch for each point where the sources are silent or contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = str | int


@dataclass(frozen=True)
class Rule:
    """A switch: what it decides, and why that is open."""

    default: Value
    values: tuple[str, ...]
    decides: str
    why: str
    source: str
    strict: str | None = None
    """Its side under ``strict=True``; none where neither side refuses more than the other."""
    largest: int = 0
    """Of a rule that is a number of bytes."""

    def check(self, name: str, value: Value) -> None:
        """A ValueError tells what the rule can be."""
        if self.largest:
            if type(value) is not int or not 1 <= value <= self.largest:
                raise ValueError(f"rule {name!r} is a number of bytes from 1 to {self.largest}, not {value!r}")
        elif value not in self.values:
            raise ValueError(f"rule {name!r} is one of {', '.join(self.values)}, not {value!r}")


_API = "AWS HealthOmics API Reference"
_GUIDE = "AWS HealthOmics User Guide"


def _choice(default: str, other: str, decides: str, why: str, source: str, strict: str | None = None) -> Rule:
    return Rule(default, (default, other), decides, why, source, strict)


RULES: Mapping[str, Rule] = {
    "undeclared_parameters": _choice(
        "refuse",
        "accept",
        "run parameters that the workflow's template does not name",
        "The reference says that they are not allowed; runs have been seen to start with them and to fail in the engine.",
        f"{_API}, StartRun",
        strict="refuse",
    ),
    "request_id_reuse": _choice(
        "original",
        "conflict",
        "a requestId that comes again with another body: the resource made at first, or a ConflictException",
        "The reference says what a token is for, not what happens when it comes with something else.",
        f"{_API}, StartRun, CreateWorkflow",
        strict="conflict",
    ),
    "run_storage_type": _choice(
        "STATIC",
        "DYNAMIC",
        "the storageType of a workflow or run that names none",
        "The reference calls STATIC the default; the guide says that runs get dynamic storage unless they ask for static.",
        f'{_API}, StartRun; {_GUIDE}, "Run storage types in HealthOmics workflows"',
    ),
    "storage_capacity": _choice(
        "as_asked",
        "rounded_up",
        "the storageCapacity that is answered for a run with static storage: as asked for, or the next multiple of 1,200 GiB",
        "The guide says that the service rounds up what it provides; whether GetRun tells the rounded number is not said.",
        f'{_GUIDE}, "Run storage types in HealthOmics workflows"',
    ),
    "run_priority": _choice(
        "larger_first",
        "smaller_first",
        "which priority lets a run wait less; one of 0, or none, is behind all others either way",
        "The reference calls 1 the highest priority; the console and the pages on batches say that a larger number comes first.",
        f'{_API}, StartRun; {_GUIDE}, "Batch runs"',
    ),
    "rerun_id": _choice(
        "source",
        "own",
        "GetRun's runId: the run that was run again, absent otherwise, or the run's own id",
        "The member's description is no more than \"the run's ID\", which its id is as well.",
        f"{_API}, GetRun",
    ),
    "delete_failed_run": _choice(
        "accept",
        "refuse",
        "whether a run that has FAILED can be deleted",
        "The reference names COMPLETED, FAILED and CANCELLED as states to delete in; the guide names COMPLETED and CANCELED only.",
        f'{_API}, DeleteRun; {_GUIDE}, "Deleting runs"',
        strict="refuse",
    ),
    "aligned_references": _choice(
        "any",
        "one",
        "how many references the aligned read sets (BAM, CRAM) of a sequence store can have",
        "The reference speaks of one reference for the aligned read sets of a store; an example of the guide imports against two.",
        f'{_API}, StartReadSetImportJob; {_GUIDE}, "Importing read sets"',
        strict="one",
    ),
    "propagated_tag_keys": _choice(
        "unlimited",
        "five",
        "how many propagatedSetLevelTags a sequence store can have",
        "The fixed quotas allow five keys; the shape of the member allows fifty.",
        f'{_GUIDE}, "HealthOmics fixed size quotas"',
        strict="five",
    ),
    "reference_imports": _choice(
        "concurrent",
        "one_at_a_time",
        "whether a reference store takes an import job while it has another one under way",
        "The reference says that references can only be imported one at a time into a store; a quota counts concurrent jobs.",
        f'{_API}, StartReferenceImportJob; {_GUIDE}, "HealthOmics service quotas"',
        strict="one_at_a_time",
    ),
    "missing_read_set_code": _choice(
        "ResourceNotFoundException",
        "",
        "the code that BatchDeleteReadSet gives for a read set that does not exist",
        "The member is to hold an error code; the command line's example shows an empty text.",
        "AWS CLI Command Reference, omics batch-delete-read-set",
    ),
    "analytics_closed": _choice(
        "open",
        "closed",
        "whether the account is refused new variant and annotation stores and versions, as AWS refuses new customers",
        "It depends on whether the account has used these stores before.",
        f'{_GUIDE}, "Variant store and annotation store availability change"',
    ),
    "analytics_id_form": _choice(
        "uuid",
        "hex12",
        "ids of variant and annotation stores and versions: in the documented form, or the twelve hex digits seen in AWS",
        "The shape of the member is a UUID's; ids seen in accounts are shorter.",
        f"{_API}, CreateVariantStore",
    ),
    "part_size": Rule(
        104_857_600,
        (),
        "the bytes in a part of a read set or reference imported from now on",
        "Answers of the service show 100 MiB; smaller parts let a test read several of them from a small file.",
        f"{_API}, GetReadSetMetadata",
        largest=5_368_709_120,
    ),
}
"""Every rule by its name."""


class Rules(MutableMapping[str, Value]):
    """The rules of one mock: what was chosen in it or around it, else the strict side if it is strict, else the default."""

    def __init__(self, strict: bool = False, outer: Rules | None = None, chosen: Mapping[str, Value] | None = None) -> None:
        self._strict = strict
        self.chosen: dict[str, Value] = dict(outer.chosen if outer else {})
        for name, value in (chosen or {}).items():
            self[name] = value

    def __getitem__(self, name: str) -> Value:
        rule = RULES[name]
        usual = rule.strict if self._strict and rule.strict is not None else rule.default
        return self.chosen.get(name, usual)

    def __setitem__(self, name: str, value: Value) -> None:
        if name not in RULES:
            raise ValueError(f"unknown rule {name!r}; known: {', '.join(sorted(RULES))}")
        RULES[name].check(name, value)
        self.chosen[name] = value

    def __delitem__(self, name: str) -> None:
        del self.chosen[name]

    def __iter__(self) -> Iterator[str]:
        return iter(RULES)

    def __len__(self) -> int:
        return len(RULES)

    def __repr__(self) -> str:
        return f"Rules({dict(self)})"
