"""All accounts and regions of all our services, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from omics_mock.backends.region import RegionState
from omics_mock.backends.world import World
from omics_mock.imagebuilder.state import ImageBuilderState
from omics_mock.snapshots import Place
from omics_mock.transports import moto as transport
from omics_mock.transports.serving import backend_of

if TYPE_CHECKING:
    from omics_mock.state import ServiceState


class MotoEverywhere:
    """What moto's backends of our services hold while a mock is active."""

    def __init__(self) -> None:
        if not transport.active():
            raise RuntimeError("no mock is active")

    @property
    def world(self) -> World:
        """What the accounts have in common."""
        return transport.omics_backends.world

    def states(self) -> dict[Place, ServiceState]:
        """What there is now."""
        return {
            Place(service, account, region): backend.state
            for service, accounts in transport._backends.items()
            for account, regions in tuple(accounts.items())
            for region, backend in tuple(regions.items())
        }

    def new_world(self) -> World:
        """What accounts without anything have in common."""
        return World(transport.omics_backends.state_of)

    def new_state(self, place: Place, world: World) -> ServiceState:
        """A state without anything in it; ValueError where there can be none."""
        match place.service:
            case RegionState.service:
                return RegionState(place.account, place.region, world)
            case ImageBuilderState.service:
                return ImageBuilderState(place.account, place.region)
        raise ValueError(f"no service is called {place.service!r}")

    def settle(self, world: World, states: Mapping[Place, ServiceState]) -> None:
        """This is what there is from now on; whatever there is in other places begins anew."""
        places = {**self.states(), **states}
        backends = {place: backend_of(transport._backends[place.service], place.account, place.region) for place in places}
        transport.omics_backends.world = world
        for place, backend in backends.items():
            backend.state = states.get(place) or backend.new_state()
