"""Where calls are expected at this hour: by area cells of 0.1 km², from the log or from people."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h3
import numpy as np
import numpy.typing as npt
from django.db.models import Max

from anlan.areas.coverage.queries.demand import Points, calls_of, ground, log_of
from anlan.areas.coverage.queries.rows import Speeds
from anlan.areas.coverage.queries.speeds import speeds
from anlan.areas.coverage.rules.coverage import COUNTS
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import LoggedCall
from anlan.kernel.places.queries.call_pattern import call_pattern
from anlan.kernel.places.queries.state import TownState

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph, RoadNetwork

F8 = npt.NDArray[np.float64]

RESOLUTION = 9
HOURS = 24
WINDOW_H = 2
"""Calls up to so many hours earlier or later in the day tell where calls of an hour come from."""
LEAST_CALLS = 200
"""With fewer calls of a kind in the log, people tell where calls are expected."""


@dataclass(frozen=True, slots=True, eq=False)
class LiveDemand:
    """Cells with a point each, where its calls or people are on average.

    `per_hour[h, i]` calls are expected in cell i in the local hour h of a day.
    """

    cells: tuple[str, ...]
    lon: F8
    lat: F8
    per_hour: F8
    source: str


_demands: dict[tuple[Path, str], tuple[object, LiveDemand]] = {}
_speeds: dict[Path, tuple[object, Speeds]] = {}
_lock = threading.Lock()


def live_speeds(state: TownState, *, network: RoadNetwork) -> Speeds:
    """Give the town's speeds by hour, kept until calls, roads or its factor change.

    A street that closes leaves them as they are: fitting anew would hold up the boards.
    """
    folder = places.town_folder(state.town.key)
    mark = (*_log_mark(state), state.town.factor)
    held = _speeds.get(folder)
    if held is not None and held[0] == mark:
        return held[1]
    with _lock:
        held = _speeds.get(folder)
        if held is None or held[0] != mark:
            held = _speeds[folder] = (mark, speeds(state, network=network))
        return held[1]


def _log_mark(state: TownState) -> tuple[str, int | None]:
    """Give what changes when roads or calls come in."""
    newest = LoggedCall.objects.filter(town_id=state.town.id).aggregate(id=Max("pk"))["id"]
    return state.folder, newest


def live_demand(state: TownState, *, kind: str, graph: RoadGraph) -> LiveDemand:
    """Give where calls for a kind of post are expected, kept until calls or roads come in."""
    folder = places.town_folder(state.town.key)
    mark = _log_mark(state)
    held = _demands.get((folder, kind))
    if held is not None and held[0] == mark:
        return held[1]
    with _lock:
        held = _demands.get((folder, kind))
        if held is None or held[0] != mark:
            found = _by_calls(state, kind) or _by_people(state, kind, graph)
            held = _demands[folder, kind] = (mark, found)
        return held[1]


def _by_calls(state: TownState, kind: str) -> LiveDemand | None:
    log = log_of(state)
    calls = calls_of(log, kind=kind, zone=state.town.tz)
    if len(calls) < LEAST_CALLS:
        return None
    days = max((log.received_s[-1] - log.received_s[0]) / 86_400, 1.0)
    by_hour = np.zeros((HOURS, len(calls.points)))
    np.add.at(by_hour, (calls.hour, calls.point), 1.0)
    near = sum(np.roll(by_hour, step, axis=0) for step in range(-WINDOW_H, WINDOW_H + 1))
    expected = np.asarray(near) / (days * (2 * WINDOW_H + 1))
    return _gathered(calls.points, expected, source="log")


def _by_people(state: TownState, kind: str, graph: RoadGraph) -> LiveDemand:
    """Take calls to come where people are, as often as the measured pattern says."""
    land = ground(state, graph=graph)
    pattern = call_pattern()
    whole = sum(pattern.types.values())
    ours = sum(share for code, share in pattern.types.items() if code in COUNTS[kind]) / whole
    people = land.people.weight
    week = pattern.rate_per_hour(float(people.sum())).reshape(7, HOURS).mean(axis=0)
    share = people / max(float(people.sum()), 1.0)
    source = "people" if land.people_source == "zones" else "streets"
    return _gathered(land.people, np.outer(week * ours, share), source=source)


def _gathered(points: Points, expected: F8, *, source: str) -> LiveDemand:
    """Gather points into cells; a cell's point is the weighted middle of its points."""
    names = [
        h3.latlng_to_cell(lat, lon, RESOLUTION)
        for lon, lat in zip(points.lon.tolist(), points.lat.tolist(), strict=True)
    ]
    cells, cell = np.unique(np.array(names, "U15"), return_inverse=True)
    weight = expected.sum(axis=0)
    mass = np.bincount(cell, weight, len(cells))
    kept = mass > 0
    per_hour = np.vstack([np.bincount(cell, row, len(cells)) for row in expected])
    with np.errstate(invalid="ignore"):
        lon = np.bincount(cell, weight * points.lon, len(cells)) / mass
        lat = np.bincount(cell, weight * points.lat, len(cells)) / mass
    return LiveDemand(
        cells=tuple(cells[kept].tolist()),
        lon=np.ascontiguousarray(lon[kept]),
        lat=np.ascontiguousarray(lat[kept]),
        per_hour=np.ascontiguousarray(per_hour[:, kept]),
        source=source,
    )
