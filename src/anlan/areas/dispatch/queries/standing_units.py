"""All units of a town with where they stand and whether they are free: what cover is told from.

Read from the columns that recommendations keep in memory: no query for each unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.areas.dispatch.queries import fleet as fleets
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import TownState

#: A unit whose hours end within this time goes off shift soon.
SOON = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class StandingUnit:
    """A unit as cover sees it; posts are references ("fire 7"), points None where unknown.

    `home_lon`, `home_lat` is where it stands when nothing is on; `there` says that it is not on its
    way back, or to the post that it stands by at. `free` and `on_duty` are as for recommendations;
    `leaves_soon` says that its hours end shortly.
    """

    ident: str
    capabilities: frozenset[str]
    lon: float | None
    lat: float | None
    home_lon: float | None
    home_lat: float | None
    home: str | None
    covering: str | None
    there: bool
    free: bool
    on_duty: bool
    leaves_soon: bool


def standing_units(state: TownState, *, at: datetime) -> tuple[StandingUnit, ...]:
    """Give all units as they are now, in the order of their idents."""
    held = fleets.fleet(state, places.network_of(state, at=at))
    zone = state.town.tz
    with held.lock:
        duty = held.on_duty(at, zone).tolist()
        free = fleets.free_mask(held).tolist()
        ends = (held.scheduled(at, zone) & ~held.scheduled(at + SOON, zone)).tolist()
        there = (held.status == fleets.STATUS_INDEX["available"]).tolist()
        place = [_known(one) for one in (held.lon, held.lat, held.home_lon, held.home_lat)]
        bits = held.capability_bits.tolist()
        covering = list(held.covering)
    can = {
        mask: frozenset(n for bit, n in enumerate(held.vocabulary) if mask >> bit & 1)
        for mask in set(bits)
    }
    return tuple(
        StandingUnit(
            ident=ident,
            capabilities=can[bits[row]],
            lon=place[0][row],
            lat=place[1][row],
            home_lon=place[2][row],
            home_lat=place[3][row],
            home=held.posts[row] or None,
            covering=covering[row] or None,
            there=there[row],
            free=free[row],
            on_duty=duty[row],
            leaves_soon=ends[row],
        )
        for row, ident in enumerate(held.keys)
    )


def _known(degrees: fleets.F8) -> list[float | None]:
    return [None if math.isnan(one) else one for one in degrees.tolist()]
