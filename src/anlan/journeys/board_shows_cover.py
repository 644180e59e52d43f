"""The board shows cover: dispatch says where units are and which are free, coverage judges.

Asked for by boards, never by a dispatch. Boards of a town share one answer, worked out at most
every two seconds, by one of them; the others get the last one meanwhile, with its time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from anlan.areas.coverage.queries.live import (
    CellNow,
    LiveCover,
    UnitNow,
    cells_not_reached,
    live_cover,
)
from anlan.areas.coverage.rules.live import ANEW_AFTER, OLD_AFTER, WITHIN_MIN
from anlan.areas.dispatch import queries as dispatch
from anlan.areas.dispatch.rules import goal_s, levels_of
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import TownState


@dataclass
class _Shared:
    """The last answer for a town and some minutes, and what it was worked out from."""

    working: threading.Lock = field(default_factory=threading.Lock)
    cover: LiveCover | None = None
    worked_at: datetime | None = None


_shared: dict[tuple[str, int | None], _Shared] = {}

#: kind of post → the incident group by whose goal of travel it is judged
_GROUP = {"fire": "fire", "ambulance": "medical", "police": "police"}
#: intervals of a goal that cover may be told by, the first that the town has
_INTERVALS = ("travel", "dispatch_to_scene", "response")


def cover_now(
    town_key: str, *, at: datetime, recorded_at: datetime, minutes: int | None = None
) -> LiveCover:
    """Give how the town is covered; `at` is the town's time, `recorded_at` the real one.

    Without `minutes` each service is told by the town's own goal. The answer's own
    `seen_id` and `at` say how old it is. BadInput where the town has no roads.
    """
    state = places.town_state(town_key)
    key = (f"{town_key}/{state.folder}", minutes)
    shared = _shared.setdefault(key, _Shared())
    if shared.cover is not None and _good_still(shared, state, recorded_at):
        return shared.cover
    wait = shared.cover is None
    if not shared.working.acquire(blocking=wait):
        assert shared.cover is not None
        return shared.cover
    try:
        if shared.cover is None or not _good_still(shared, state, recorded_at):
            within = {kind: minutes or goal_min(state, kind=kind) for kind in _GROUP}
            shared.cover = live_cover(state, _units(state, at=at), at=at, minutes=within)
            shared.worked_at = recorded_at
        return shared.cover
    finally:
        shared.working.release()


def gaps_now(
    town_key: str, *, kind: str, at: datetime, minutes: int | None = None
) -> tuple[CellNow, ...]:
    """Give the cells that a service does not reach in time now, for the map."""
    state = places.town_state(town_key)
    within = minutes or goal_min(state, kind=kind)
    return cells_not_reached(state, _units(state, at=at), kind=kind, at=at, minutes=within)


def goal_min(state: TownState, *, kind: str) -> int:
    """Give the minutes within which the town wants the first unit of a service to arrive."""
    levels = levels_of(state.town.level_profiles)
    for interval in _INTERVALS:
        goal = goal_s(levels, interval=interval, group=_GROUP[kind], priority=1)
        if goal is not None:
            return max(1, round(goal / 60))
    return WITHIN_MIN


def _good_still(shared: _Shared, state: TownState, recorded_at: datetime) -> bool:
    """Say whether the last answer still serves: just worked out, or nothing has happened since."""
    if shared.cover is None or shared.worked_at is None:
        return False
    age = recorded_at - shared.worked_at
    if age < ANEW_AFTER:
        return True
    return shared.cover.seen_id == state.seen_id and age < OLD_AFTER


def _units(state: TownState, *, at: datetime) -> tuple[UnitNow, ...]:
    return tuple(
        UnitNow(
            ident=one.ident,
            capabilities=one.capabilities,
            lon=one.lon,
            lat=one.lat,
            home_lon=one.home_lon,
            home_lat=one.home_lat,
            home=one.home,
            covering=one.covering,
            there=one.there,
            free=one.free,
            on_duty=one.on_duty,
            leaves_soon=one.leaves_soon,
        )
        for one in dispatch.standing_units(state, at=at)
    )
