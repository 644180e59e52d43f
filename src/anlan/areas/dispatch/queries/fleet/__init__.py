"""All units of a town by column, kept per process and brought up to date from the ledger.

A recommendation looks at every unit, and a query for thousands of rows alone takes longer than the
whole answer may. So the columns stay in memory; each look reads the ledger's entries since the last
one (usually none) and fetches anew only the units that they name.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from anlan.areas.dispatch.queries.fleet.building import build
from anlan.areas.dispatch.queries.fleet.columns import (
    F8,
    I8,
    STATUS_INDEX,
    STATUSES,
    Bools,
    Fleet,
    free_mask,
    snaps_off_closed,
)
from anlan.areas.dispatch.queries.fleet.reading import fetch, fetch_priorities, signed_in_now
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import TownState

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork

__all__ = [
    "F8",
    "I8",
    "STATUSES",
    "STATUS_INDEX",
    "Bools",
    "Fleet",
    "fleet",
    "free_mask",
    "snaps_off_closed",
]

_REBUILD_AFTER = 2000
_MOST_FETCHED = 500
_WHOLE = frozenset(
    {"units.imported", "posts.imported", "calls.imported", "posts.sited", "town.created"}
)
_SHIFTS = frozenset({"shift.opened", "shift.closed"})

_fleets: dict[str, Fleet] = {}
_building = threading.Lock()


def fleet(state: TownState, network: RoadNetwork) -> Fleet:
    """Give a town's units as they are at a state of the town, or later."""
    town_key, latest = state.town.key, state.seen_id
    folder = places.town_folder(town_key) / state.folder
    held = _fleets.get(town_key)
    if held is not None and held.folder == folder and held.seen_id >= latest:
        return held
    with _building:
        held = _fleets.get(town_key)
        usable = held is not None and held.folder == folder
        if not usable or held is None or not _catch_up(held, town_key, network):
            held = build(town_key, network, folder)
            _fleets[town_key] = held
    return held


def _catch_up(held: Fleet, town_key: str, network: RoadNetwork) -> bool:
    """Bring the columns up to date; False when they must be built anew."""
    entries = ledger.entries_after(town_key, held.seen_id, limit=_REBUILD_AFTER)
    actions = {one.action for one in entries}
    if len(entries) >= _REBUILD_AFTER or actions & _WHOLE or len(held.keys) == 0:
        return False
    named = {ref for one in entries for ref in one.references}
    idents = {ref[5:] for ref in named if ref.startswith("unit:")}
    incidents = [int(ref[9:]) for ref in named if ref.startswith("incident:")]
    if not idents <= held.row_of.keys() or len(idents) > _MOST_FETCHED:
        return False
    with held.lock:
        fetch(held, idents, network)
        fetch_priorities(held, incidents)
        if actions & _SHIFTS:
            held.signed_in = signed_in_now(held, town_key)
        if entries:
            held.seen_id = entries[-1].id
    return True
