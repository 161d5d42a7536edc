"""What IAM policies of every kind have in common: how a statement is matched with what somebody wants to do.

Source: IAM User Guide, "IAM JSON policy elements", "Policy evaluation logic", "Multivalued context keys".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

Found: TypeAlias = "str | Sequence[str] | None"
"""What a request has for a condition key; None for a key that is known, and that it does not have."""

_TAGS = ("aws:requesttag/", "aws:resourcetag/")


@dataclass(frozen=True)
class Need:
    """An action on a resource that a request needs to be allowed, and its condition keys in lower case."""

    action: str
    resource: str = "*"
    context: Mapping[str, Found] = field(default_factory=dict)


def verdict(policies: Iterable[Mapping[str, Any]], need: Need, principal: str | None = None) -> bool | None:
    """True when allowed, False when denied, which wins, and None when no statement says anything.

    Of a role's trust policy only the statements about the principal count.
    """
    effects = {
        statement.get("Effect")
        for policy in policies
        for statement in statements(policy)
        if (principal is None or _is_for(statement, principal)) and _is_about(statement, need)
    }
    return None if not effects & {"Allow", "Deny"} else "Deny" not in effects


def statements(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy."""
    return (statement for statement in listed(policy.get("Statement", [])) if isinstance(statement, dict))


def conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The operators of a statement, with the key of each in lower case and what is wanted of it."""
    for operator, wanted in (statement.get("Condition") or {}).items():
        yield from ((operator, key.lower(), values) for key, values in wanted.items())


def listed(value: Any) -> list[Any]:
    """What may stand alone or in a list, as a list."""
    return value if isinstance(value, list) else [value]


def _is_about(statement: Mapping[str, Any], need: Need) -> bool:
    return (
        _covers(statement, "Action", need.action, lambda wanted, found: like(wanted.lower(), found.lower()))
        and _covers(statement, "Resource", need.resource, like)
        and all(_applies(operator, key, listed(values), need.context) for operator, key, values in conditions(statement))
    )


def _covers(statement: Mapping[str, Any], element: str, found: str, matches: Callable[[str, str], bool]) -> bool:
    if f"Not{element}" in statement:
        return not any(matches(wanted, found) for wanted in listed(statement[f"Not{element}"]))
    return any(matches(wanted, found) for wanted in listed(statement.get(element, "*")))  # a trust policy names no resource


def _applies(operator: str, key: str, wanted: list[Any], context: Mapping[str, Found]) -> bool:
    """Nobody can tell for a key, an operator or a variable we do not know: the statement counts neither for nor against."""
    known = (key in context or key.startswith(_TAGS)) and is_known(operator)
    return known and not any("${" in str(value) for value in wanted) and holds(operator, context.get(key), wanted)


def _is_for(statement: Mapping[str, Any], principal: str) -> bool:
    named = statement.get("Principal", {})
    return not {principal, "*"}.isdisjoint(listed(named.get("Service", []) if isinstance(named, dict) else named))


# ---- conditions ----------------------------------------------------------------------------------------------------


def is_known(operator: str) -> bool:
    """Whether a condition operator, with whatever is put before or after it, is one of those that are understood."""
    return _plain(operator) in OPERATORS or operator == "Null"


def holds(operator: str, found: Found, wanted: list[Any]) -> bool:
    """Whether a condition is met by what a request has for its key."""
    texts = [value if isinstance(value, str) else json.dumps(value) for value in wanted]
    if operator == "Null":
        return str(found is None).lower() in [text.lower() for text in texts]
    test, negated = OPERATORS[_plain(operator)]
    met = [negated != any(test(text, value) for text in texts) for value in ([found] if isinstance(found, str) else found or ())]
    if operator.startswith("ForAllValues:"):
        return all(met)
    if operator.startswith("ForAnyValue:"):
        return any(met)
    if not met:
        return negated or operator.endswith("IfExists")
    return all(met) if negated else any(met)


def _plain(operator: str) -> str:
    return operator.removeprefix("ForAllValues:").removeprefix("ForAnyValue:").removesuffix("IfExists")


@lru_cache(256)
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = [re.escape(part).replace(r"\?", ".") for part in re.split(r"\*+", pattern)]
    if len(parts) == 1:
        return re.compile(parts[0], re.DOTALL)
    first, *middle, last = parts
    # The first place where a part fits is as good as any: to try no other keeps the time in bounds.
    return re.compile(first + "".join(f"(?>.*?{part})" for part in middle) + ".*" + last, re.DOTALL)


def like(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern in which ``*`` and ``?`` stand for others."""
    return _pattern(pattern).fullmatch(text) is not None


def arn_like(pattern: str, arn: str) -> bool:
    """Whether an ARN fits a pattern part by part."""
    wanted, found = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(found) and all(map(like, wanted, found))


def _numeric(test: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def compare(wanted: str, found: str) -> bool:
        try:
            return test(float(found), float(wanted))
        except ValueError:
            return False

    return compare


_Operator = tuple[Callable[[str, str], bool], bool]
"""How a wanted value is compared with the one found, and whether none may match."""

OPERATORS: Final[Mapping[str, _Operator]] = {
    "StringEquals": (str.__eq__, False),
    "StringNotEquals": (str.__eq__, True),
    "StringEqualsIgnoreCase": (lambda wanted, found: wanted.lower() == found.lower(), False),
    "StringNotEqualsIgnoreCase": (lambda wanted, found: wanted.lower() == found.lower(), True),
    "StringLike": (like, False),
    "StringNotLike": (like, True),
    "ArnEquals": (arn_like, False),
    "ArnLike": (arn_like, False),
    "ArnNotEquals": (arn_like, True),
    "ArnNotLike": (arn_like, True),
    "NumericEquals": (_numeric(float.__eq__), False),
    "NumericNotEquals": (_numeric(float.__eq__), True),
    "NumericLessThan": (_numeric(float.__lt__), False),
    "NumericLessThanEquals": (_numeric(float.__le__), False),
    "NumericGreaterThan": (_numeric(float.__gt__), False),
    "NumericGreaterThanEquals": (_numeric(float.__ge__), False),
    "Bool": (lambda wanted, found: wanted.lower() == found.lower(), False),
}
