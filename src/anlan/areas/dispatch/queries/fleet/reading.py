"""Reading units anew into their columns: status, incident, place, who is signed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from django.db.models import QuerySet

from anlan.areas.dispatch.models import Incident, UnitState
from anlan.areas.dispatch.queries.fleet.columns import I8, STATUS_INDEX, Bools, Fleet
from anlan.areas.dispatch.rules import UnitStatus, stands_at
from anlan.kernel.staff import queries as staff

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork


def fetch(held: Fleet, idents: Iterable[str], network: RoadNetwork) -> None:
    """Read status, incident and place of these units, and snap those that moved."""
    pks = {held.pk_of[ident]: held.row_of[ident] for ident in idents}
    if not pks:
        return
    take_states(held, pks, UnitState.objects.filter(unit_id__in=list(pks)))
    snap(held, np.array(sorted(pks.values()), np.int64), network)


def take_states(held: Fleet, pks: dict[int, int], chosen: QuerySet[UnitState]) -> None:
    """Put the stored states into the rows that `pks` names, in one query."""
    for unit_id, status, incident_id, priority, *place in chosen.values_list(*_STATE_COLUMNS):
        row = pks.get(unit_id)
        if row is None:
            continue
        held.status[row] = STATUS_INDEX[status]
        held.incident[row] = incident_id or 0
        held.incident_priority[row] = priority or 0
        _take_place(held, row, UnitStatus(status), *place)


_STATE_COLUMNS = (
    "unit_id",
    "status",
    "incident_id",
    "incident__priority",
    "since",
    "lon",
    "lat",
    "position_at",
    "covering__kind",
    "covering__ident",
    "covering__lon",
    "covering__lat",
)


def _take_place(
    held: Fleet,
    row: int,
    status: UnitStatus,
    since: datetime,
    lon: float | None,
    lat: float | None,
    position_at: datetime | None,
    kind: str | None,
    ident: str | None,
    *covered: float,
) -> None:
    """Put where a unit stands, and which area it counts for, into its row."""
    home = (float(held.home_lon[row]), float(held.home_lat[row]))
    position = None if lon is None or lat is None else (lon, lat)
    point = home if position is None else position
    held.covering[row] = ""
    if kind is not None:
        held.covering[row] = f"{kind} {ident}"
        standing = stands_at(
            status=status,
            since=since,
            position=position,
            position_at=position_at,
            covering=(covered[0], covered[1]),
            home=home,
        )
        point = home if standing is None else standing
    held.lon[row], held.lat[row] = point
    if len(held.home_area):
        held.area[row] = area_now(held, row)


def area_now(held: Fleet, row: int) -> int:
    """Give the area that a unit counts for: of the post it stands by at, else its own."""
    post = held.covering[row]
    if not post:
        return int(held.home_area[row])
    for place, area in enumerate(held.areas):
        able = held.capability_bits[row] & held.area_capability[place]
        if area.post == post and able:
            return place
    return -1


def fetch_priorities(held: Fleet, incidents: list[int]) -> None:
    """Follow changed priorities of the incidents that units are on."""
    touched = np.flatnonzero(np.isin(held.incident, incidents))
    if not len(touched):
        return
    priority = dict(
        Incident.objects.filter(pk__in=held.incident[touched].tolist()).values_list(
            "pk", "priority"
        )
    )
    for row in touched:
        held.incident_priority[row] = priority.get(int(held.incident[row]), 0)


def signed_in_now(held: Fleet, town_key: str) -> Bools:
    """Tell which units have a crew signed in."""
    marks = np.zeros(len(held.keys), np.bool_)
    for ident in staff.units_with_open_shift(town_key):
        if ident in held.row_of:
            marks[held.row_of[ident]] = True
    return marks


def snap(held: Fleet, rows: I8, network: RoadNetwork) -> None:
    """Put these units on the streets, where they have a place."""
    rows = rows[np.isfinite(held.lon[rows])]
    if not len(rows):
        return
    snaps = network.snap_many(held.lon[rows], held.lat[rows])
    for name, column in (
        ("segment", snaps.segment),
        ("fraction", snaps.fraction),
        ("snap_lon", snaps.lon),
        ("snap_lat", snaps.lat),
        ("snap_m", snaps.distance_m),
    ):
        fresh = getattr(held, name).copy()  # an answer under way keeps the columns it began with
        fresh[rows] = column
        setattr(held, name, fresh)
