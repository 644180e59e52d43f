"""How the town is covered now by its free units, where it is weakest, and which moves would help.

Worked out from where free units are, the calls that are expected at this hour, and the streets as
they are. docs/method/live-cover.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from anlan.areas.coverage.queries.live.demand import live_demand, live_speeds
from anlan.areas.coverage.queries.live.rows import (
    AreaCover,
    CellNow,
    LiveCover,
    Move,
    ServiceCover,
    UnderWay,
    UnitNow,
)
from anlan.areas.coverage.queries.live.service import ServiceNow, Speed
from anlan.areas.coverage.queries.live.times import times_to_cells
from anlan.areas.coverage.rules import live as rules
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import TownState
from anlan.kernel.places.queries.areas import COVERS_WITH

__all__ = [
    "AreaCover",
    "CellNow",
    "LiveCover",
    "Move",
    "ServiceCover",
    "UnderWay",
    "UnitNow",
    "cells_not_reached",
    "live_cover",
]


def live_cover(
    state: TownState, units: Sequence[UnitNow], *, at: datetime, minutes: Mapping[str, int]
) -> LiveCover:
    """Tell how each service that has posts and units covers the town at a town time.

    `minutes` says for each kind of post within how many minutes of travel a call is covered.
    Raises BadInput where they are none that cover is told by.
    """
    services = _services(state, units, at=at, minutes=minutes)
    network = places.network_of(state, at=at)
    return LiveCover(
        seen_id=state.seen_id,
        at=at,
        source=services[0].demand.source if services else "",
        speeds=live_speeds(state, network=network).source,
        services=tuple(one.told(network) for one in services),
    )


def cells_not_reached(
    state: TownState, units: Sequence[UnitNow], *, kind: str, at: datetime, minutes: int
) -> tuple[CellNow, ...]:
    """Give the area cells that a service does not reach in time now, for the map."""
    services = _services(state, units, at=at, minutes={kind: minutes})
    return services[0].cells_not_reached() if services else ()


def _services(
    state: TownState, units: Sequence[UnitNow], *, at: datetime, minutes: Mapping[str, int]
) -> list[ServiceNow]:
    network = places.network_of(state, at=at)
    folder = places.town_folder(state.town.key) / state.folder
    hour = at.astimezone(state.town.tz).hour
    told = live_speeds(state, network=network).hours[hour]
    posts = places.posts(state.town.key)
    found = []
    for kind, capability in COVERS_WITH.items():
        ours = [one for one in posts if one.kind == kind]
        crewed = any(capability in one.capabilities for one in units)
        if not ours or not crewed or kind not in minutes:
            continue
        demand = live_demand(state, kind=kind, graph=network.graph)
        now = times_to_cells(folder, network, demand, kind=kind)
        usual = times_to_cells(folder, network, demand, kind=kind, open_streets=True)
        service = ServiceNow(
            kind=kind,
            capability=capability,
            posts=ours,
            units=units,
            demand=demand,
            weight=demand.per_hour[hour],
            now=now,
            usual=usual,
            speed=Speed(told.factor, told.fixed_s),
            minutes=rules.check_within(minutes[kind]),
        )
        found.append(service)
    return found
