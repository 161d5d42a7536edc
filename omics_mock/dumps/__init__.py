"""All resources of all accounts and regions in a folder: readable JSON, and the bytes of files beside it.

The bytes are named by their SHA-256. A dump is data: nothing in it is run, and no name in it leads out of the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from omics_mock import settings, snapshots
from omics_mock.about import version
from omics_mock.backends.world import World
from omics_mock.dumps.folder import Folder
from omics_mock.dumps.known import Json, Unknown
from omics_mock.dumps.layout import laid_out
from omics_mock.dumps.reading import Decoder
from omics_mock.dumps.writing import Encoder
from omics_mock.snapshots import Everywhere, Place
from omics_mock.state import ServiceState

FORMAT: Final = 1
"""The version of what is written. It grows when older versions of this library can not read it any more."""

FILE: Final = "omics-mock.json"

_MISTAKES = (ArithmeticError, AttributeError, LookupError, RecursionError, StopIteration, TypeError, ValueError)


def dump(path: Path, everywhere: Everywhere) -> None:
    """Write all there is to a folder."""
    folder = Folder(path)
    with snapshots.still(everywhere) as states:
        written = _written(everywhere.world, states, everywhere, folder)
    text = laid_out({"format": FORMAT, "omics_mock": version(), **written})
    folder.write(FILE, [text.encode("utf-8", "surrogatepass")])


def load(path: Path, everywhere: Everywhere) -> None:
    """Put what was dumped in place of all there is; nothing changes if that fails."""
    folder = Folder(path)
    found = _parsed(folder)
    try:
        clock, world, states = _read(found, everywhere, folder)
        snapshots.replace(world, states, clock, everywhere)
    except Unknown as unknown:
        written_by = f"it was written by omics_mock {found.get('omics_mock')}"
        raise ValueError(f"{path / FILE} has {unknown}, which omics_mock {version()} does not know: {written_by}") from unknown
    except _MISTAKES as mistake:
        raise ValueError(f"{path / FILE} is damaged: {type(mistake).__name__}: {mistake}") from mistake


# ---- writing -------------------------------------------------------------------------------------------------------


def _written(world: World, states: Mapping[Place, ServiceState], everywhere: Everywhere, folder: Folder) -> dict[str, Json]:
    fresh_world = everywhere.new_world()
    fresh = {place: everywhere.new_state(place, fresh_world) for place in states}
    shares, places = _resources(world, states, folder)
    untouched_shares, untouched_places = _resources(fresh_world, fresh, folder)
    pinned, advanced = settings.clock.position
    return {
        "clock": {"pinned": pinned and pinned.isoformat(), "advanced": advanced // timedelta.resolution},
        "shares": {region: found for region, found in shares.items() if found != untouched_shares.get(region)},
        "places": [found for place, found in places.items() if found != untouched_places[place]],
    }


def _resources(world: World, states: Mapping[Place, ServiceState], folder: Folder) -> tuple[dict[str, Json], dict[Place, Json]]:
    """The shares by region, and what else there is by account and region."""
    encoder = Encoder({state: place for place, state in states.items()}, folder)
    families = {place: state.families for place, state in sorted(states.items(), key=lambda item: item[0])}
    shares = {region: encoder.filled(registry) for region, registry in sorted(world.registries.items())}
    places = {}
    for place, of_place in families.items():
        state = states[place]
        resources = {type(family).__name__: filled for family in of_place if (filled := encoder.filled(family))}
        places[place] = {
            **place._asdict(),
            "resources": resources,
            "lifecycles": encoder.filled(state.lifecycles),
            "replays": [encoder.value([key, replay]) for key, replay in state.replays.items()],
            "ids": state.ids.position,
            "request_ids": state.request_ids.position,
        }
    return shares, places


# ---- reading -------------------------------------------------------------------------------------------------------


def _parsed(folder: Folder) -> dict[str, Any]:
    path = folder.path / FILE
    try:
        found = json.loads(folder.read(FILE).decode("utf-8", "surrogatepass"))
    except (ValueError, RecursionError) as mistake:
        raise ValueError(f"{path} is damaged: {mistake}") from mistake
    if not isinstance(found, dict) or type(found.get("format")) is not int:
        raise ValueError(f"{path} is no dump of omics_mock")
    if found["format"] > FORMAT:
        needed = f"it was written by omics_mock {found.get('omics_mock')} in format {found['format']}"
        raise ValueError(f"{path} needs a newer omics_mock: {needed}, and omics_mock {version()} reads formats up to {FORMAT}")
    return found


def _read(
    found: Json, everywhere: Everywhere, folder: Folder
) -> tuple[tuple[datetime | None, timedelta], World, dict[Place, ServiceState]]:
    pinned, advanced = found["clock"]["pinned"], timedelta(microseconds=found["clock"]["advanced"])
    clock = pinned and datetime.fromisoformat(pinned), advanced
    world, states = everywhere.new_world(), dict[Place, ServiceState]()
    for entry in found["places"]:
        place = Place(*(str(entry[name]) for name in Place._fields))
        states[place] = everywhere.new_state(place, world)
    decoder = Decoder(states, folder)
    for region, entry in found["shares"].items():
        decoder.fill(world.shares(region), entry)
    for entry, state in zip(found["places"], states.values(), strict=True):
        if hasattr(state, "spool"):
            decoder.kept_by(state.spool)
        families = {type(family).__name__: family for family in state.families}
        for name, resources in entry["resources"].items():
            if name not in families:
                raise Unknown(name)
            decoder.fill(families[name], resources)
        decoder.fill(state.lifecycles, entry["lifecycles"])
        state.replays.update(decoder.value(replay) for replay in entry["replays"])
        state.ids.position, state.request_ids.position = entry["ids"], entry["request_ids"]
    decoder.finish()
    return clock, world, states
