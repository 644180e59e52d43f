"""Where the gaps are: area cells of which calls, people or streets are not reached in time."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import h3
import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.reach import Arrival, Field, Places
from anlan.areas.coverage.queries.rows import Gap

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph

F8 = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Cell:
    """What one cell holds and loses, gathered from its places."""

    calls: int = 0
    calls_of: int = 0
    people: float = 0.0
    people_of: float = 0.0
    area_km2: float = 0.0
    seconds: list[float] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    others_s: list[float] = field(default_factory=list)


def gaps(
    found: Field,
    graph: RoadGraph,
    *,
    calls: Arrival,
    people: Arrival,
    area: Arrival,
    counted: npt.NDArray[np.bool_],
    limit_s: float,
) -> tuple[Gap, ...]:
    """List the cells of which something is not reached, what loses most first.

    Calls count before people, people before area; of equals the cell's number decides. `counted`
    marks the calls that the question is about.
    """
    cells: defaultdict[str, _Cell] = defaultdict(_Cell)
    for at in np.flatnonzero(counted).tolist():
        one = cells[found.calls.points.cell[found.calls.point[at]]]
        one.calls_of += 1
        if calls.first_s[at] > limit_s:
            one.calls += 1
            one.others_s.append(float(calls.first_s[at]))
    known = len(people.first_s) > 0
    late = people.first_s > limit_s
    for at, weight in enumerate(found.at_people.points.weight.tolist()):
        one = cells[found.at_people.points.cell[at]]
        one.people_of += weight
        if late[at]:
            one.people += weight
            one.others_s.append(float(people.first_s[at]))
    for at in np.flatnonzero(area.first_s > limit_s).tolist():
        one = cells[found.at_area.points.cell[at]]
        one.area_km2 += float(found.at_area.points.weight[at])
        one.seconds.append(float(area.first_s[at]))
        one.places.append(at)
    lost = {key: one for key, one in cells.items() if _is_lost(one)}
    order = sorted(
        lost, key=lambda key: (-lost[key].calls, -lost[key].people, -lost[key].area_km2, key)
    )
    return tuple(_gap(key, lost[key], found, graph, area=area, people_known=known) for key in order)


def _is_lost(one: _Cell) -> bool:
    """Say whether a cell loses anything that its row would not show as nothing."""
    return bool(one.calls) or round(one.people) > 0 or round(one.area_km2, 2) > 0


def _gap(
    key: str, one: _Cell, found: Field, graph: RoadGraph, *, area: Arrival, people_known: bool
) -> Gap:
    middle = _middle(one, found, key)
    lat, lon = h3.cell_to_latlng(key)
    nearest = None
    late_s = one.seconds or one.others_s  # places on the grid tell of the whole cell
    minutes, worst = _minutes(float(np.median(late_s))), _minutes(max(late_s))
    if middle is not None:
        lon, lat = (float(axis[middle]) for axis in (found.ground.area.lon, found.ground.area.lat))
        post = int(area.post[middle])
        nearest = found.posts[post].ref if post >= 0 else None
    return Gap(
        cell=key,
        lon=round(lon, 6),
        lat=round(lat, 6),
        street="" if middle is None else _street(one, found.at_area, graph, first=middle),
        nearest=nearest,
        minutes=minutes,
        worst_minutes=worst,
        calls=one.calls,
        calls_of=one.calls_of,
        people=round(one.people, 1) if people_known else None,
        people_of=round(one.people_of, 1) if people_known else None,
        area_km2=round(one.area_km2, 3),
    )


def _minutes(seconds: float) -> float | None:
    return round(seconds / 60, 1) if np.isfinite(seconds) else None


def _middle(one: _Cell, found: Field, key: str) -> int | None:
    """Give the place in the middle of those late; with none late, the nearest to the cell's."""
    if one.places:
        return one.places[int(np.argsort(one.seconds, kind="stable")[len(one.seconds) // 2])]
    mine = [at for at, cell in enumerate(found.at_area.points.cell) if cell == key]
    return mine[len(mine) // 2] if mine else None


def _street(one: _Cell, area: Places, graph: RoadGraph, *, first: int) -> str:
    """Give the street's name at the middle place, else any name among the places late."""
    for at in [first, *one.places]:
        name = graph.names[int(graph.seg_name[area.segment[at]])]
        if name:
            return name
    return ""
