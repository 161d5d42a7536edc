"""The event buses of moto's EventBridge.

PutEvents is for events of the caller's own and makes their envelope anew, so that what comes from a service goes to the rules.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from omics_mock.neighbours.backends import undisturbed

if TYPE_CHECKING:
    from moto.events.models import Archive, EventsBackend, Rule


def has_rules(account: str, region: str) -> bool:
    """Whether anybody receives what comes to the default bus."""
    events = _backend(account, region)
    return events is not None and bool(events.event_buses["default"].rules)


def put(event: Mapping[str, Any]) -> None:
    """Hand an event in its envelope to the default bus of its account and region."""
    taken_in = datetime.fromisoformat(event["time"]).timestamp()  # moto formats it for each target
    _put({**event, "time": taken_in}, event["account"], event["region"], "default", forwards=True)


def _put(event: Any, account: str, region: str, bus: str, *, forwards: bool) -> None:
    rules, archives = _rules_and_archives(account, region, bus)
    for rule in rules:
        if rule.event_pattern.get_pattern() and rule.state != "DISABLED" and rule.event_pattern.matches_event(event):
            archive = next((archive for archive in archives if archive.rule is rule), None)
            if archive is not None:
                archive.events.append(_with_ingestion(event))
                continue
            for target in tuple(rule.targets):
                _, _, _, in_region, of_account, resource = target["Arn"].split(":", 5)
                if not resource.startswith("event-bus/"):
                    _send(event, rule, target)
                elif forwards:  # what a bus has from another one goes no further
                    _put(event, of_account, in_region, resource.removeprefix("event-bus/"), forwards=False)


@undisturbed
def _rules_and_archives(account: str, region: str, bus: str) -> tuple[Sequence[Rule], Sequence[Archive]]:
    events = _backend(account, region)
    if events is None or bus not in events.event_buses:
        return (), ()
    return tuple(events.event_buses[bus].rules.values()), tuple(events.archives.values())


def _send(event: Any, rule: Rule, target: dict[str, Any]) -> None:
    """Give an event to one target, complete unless the target transforms it; moto's default template leaves the account out."""
    from moto.core import exceptions
    from werkzeug.exceptions import HTTPException

    alone = copy.copy(rule)
    alone.targets = [target]
    transforms = "InputTransformer" in target
    lost = (HTTPException, NotImplementedError, getattr(exceptions, "ServiceException", HTTPException))
    try:
        alone.send_to_targets(_with_ingestion(event) if transforms else event, transforms)
    except lost:  # a queue that is gone, or a target that moto does not deliver to: nobody hears of it
        return


def _with_ingestion(event: Any) -> Any:
    return {**event, "ingestion-time": event["time"]}


def _backend(account: str, region: str) -> EventsBackend | None:
    """EventBridge in an account and region, if it is there already: nobody has made a rule in any other."""
    if "moto.events.models" not in sys.modules:
        return None
    from moto.backends import get_backend

    accounts: Any = get_backend("events")
    found: EventsBackend | None = accounts.get(account, {}).get(region)
    return found
