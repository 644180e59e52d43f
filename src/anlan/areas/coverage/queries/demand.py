"""What coverage is measured on: calls at block midpoints, people by area, cells with streets.

No home stands here: a call's point is the middle of its block (the log keeps no other), people are
figures on street nodes, and area is H3 cells that a street runs through.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import h3
import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.rules.coverage import COUNTS
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import made_up_calls
from anlan.kernel.places.queries.calls import LoggedPeriod, logged_period
from anlan.kernel.places.queries.roads import CELL_RESOLUTION
from anlan.kernel.places.queries.state import TownState

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph

F8 = npt.NDArray[np.float64]
I4 = npt.NDArray[np.int32]

FINEST = 10  # 0.015 km² on average
MOST_CELLS = 20_000
STEP_M = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Places with a weight each; `cell[i]` is the area cell (0.74 km²) of place i."""

    lon: F8
    lat: F8
    weight: F8
    cell: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.lon)


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """The calls of the log that count for a kind: `point[i]` indexes `points`, `hour` is local.

    `of_log[i]` is the call's place in the log.
    """

    points: Points
    point: I4
    of_log: I4
    hour: I4
    left_out: int
    first_on: str | None
    last_on: str | None

    def __len__(self) -> int:
        return len(self.point)


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A town's area and people: `cells` (H3 at `resolution`) each weigh `points.weight` km²."""

    cells: tuple[str, ...]
    resolution: int
    area: Points
    people: Points
    people_source: str


_grounds: dict[Path, tuple[object, Ground]] = {}
_logs: dict[Path, tuple[object, LoggedPeriod]] = {}
_lock = threading.Lock()


def ground(state: TownState, *, graph: RoadGraph) -> Ground:
    """Give a town's area and people, kept until its roads or its people change."""
    folder = places.town_folder(state.town.key)
    mark = (state.folder, _people_mark(folder))
    with _lock:
        held = _grounds.get(folder)
        if held is None or held[0] != mark:
            held = (mark, _ground(state.town.key, graph))
            _grounds[folder] = held
        return held[1]


def log_of(state: TownState) -> LoggedPeriod:
    """Give a town's whole log, kept until calls come in."""
    folder = places.town_folder(state.town.key)
    with _lock:
        held = _logs.get(folder)
        if held is None or held[0] is not state.epoch:
            held = (state.epoch, logged_period(state.town.key))
            _logs[folder] = held
        return held[1]


def calls_of(log: LoggedPeriod, *, kind: str, zone: ZoneInfo) -> Calls:
    """Give the calls by which posts of a kind are judged, with what was left out counted."""
    counted = np.array([one in COUNTS[kind] for one in log.types], bool)
    lon, lat = log.lon[counted], log.lat[counted]
    spots, point, times = np.unique(
        np.column_stack([lon, lat]), axis=0, return_inverse=True, return_counts=True
    )
    at = [datetime.fromtimestamp(s, zone) for s in log.received_s[counted].tolist()]
    return Calls(
        points=_points(spots[:, 0], spots[:, 1], times.astype(np.float64)),
        point=point.ravel().astype(np.int32),
        of_log=np.flatnonzero(counted).astype(np.int32),
        hour=np.array([one.hour for one in at], np.int32),
        left_out=int((~counted).sum()),
        first_on=at[0].date().isoformat() if at else None,
        last_on=at[-1].date().isoformat() if at else None,
    )


def _people_mark(folder: Path) -> int:
    path = folder / made_up_calls.DEMAND_FILE
    return path.stat().st_mtime_ns if path.is_file() else 0


def _ground(town_key: str, graph: RoadGraph) -> Ground:
    cells, resolution = _street_cells(graph)
    middle = np.array([h3.cell_to_latlng(cell) for cell in cells]).reshape(-1, 2)
    size = np.array([h3.cell_area(cell, unit="km^2") for cell in cells])
    people, source = _people(town_key, graph)
    return Ground(
        cells=cells,
        resolution=resolution,
        area=_points(middle[:, 1], middle[:, 0], size),
        people=people,
        people_source=source,
    )


def _points(lon: F8, lat: F8, weight: F8) -> Points:
    cells = tuple(
        h3.latlng_to_cell(y, x, CELL_RESOLUTION)
        for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    )
    return Points(
        lon=np.ascontiguousarray(lon), lat=np.ascontiguousarray(lat), weight=weight, cell=cells
    )


def _people(town_key: str, graph: RoadGraph) -> tuple[Points, str]:
    """Give people on street nodes: as the town was made with, else guessed by streets."""
    from anlan.engine.siting.demand import people_by_streets

    folder = places.town_folder(town_key)
    if (folder / made_up_calls.DEMAND_FILE).is_file():
        lon, lat, people = made_up_calls.demand(town_key)
        note = places.town(town_key).made_up_note
        return _points(lon, lat, people), "streets" if note.startswith("guessed") else "zones"
    guess = people_by_streets(graph)
    return _points(guess.lon, guess.lat, guess.people), "streets" if len(guess) else "none"


def _street_cells(graph: RoadGraph) -> tuple[tuple[str, ...], int]:
    """Give the cells that streets of the main net run through, at the finest size not too many.

    With those inside a block. A larger town gets larger cells.
    """
    lon, lat = _along_streets(graph)
    found = {
        h3.latlng_to_cell(y, x, FINEST) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    }
    resolution = FINEST
    while len(found) > MOST_CELLS and resolution > CELL_RESOLUTION - 1:
        resolution -= 1
        found = {h3.cell_to_parent(cell, resolution) for cell in found}
    return tuple(sorted(found | _enclosed(found))), resolution


def _enclosed(found: set[str]) -> set[str]:
    """Give the cells without a street that have streets on four sides or more: inside a block."""
    sides = Counter(near for cell in found for near in h3.grid_ring(cell, 1))
    return {cell for cell, count in sides.items() if count >= 4 and cell not in found}


def _along_streets(graph: RoadGraph) -> tuple[F8, F8]:
    """Give points along the streets of the main net, at most `STEP_M` apart."""
    driven = graph.main[graph.seg_from] & (graph.seg_forward | graph.seg_backward)
    count = np.diff(graph.geo_ptr)
    of = np.repeat(np.arange(len(count)), count)
    first, last = graph.geo_lon[:-1], graph.geo_lon[1:]
    low, high = graph.geo_lat[:-1], graph.geo_lat[1:]
    leg = (of[:-1] == of[1:]) & driven[of[:-1]]
    first, last, low, high = first[leg], last[leg], low[leg], high[leg]
    east = (last - first) * np.cos(np.radians(low))
    metres = np.hypot(east, high - low) * 111_195.0
    pieces = np.maximum(np.ceil(metres / STEP_M).astype(np.int64), 1)
    which = np.repeat(np.arange(len(pieces)), pieces)
    step = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    share = (step + 0.5) / pieces[which]
    return first[which] + share * (last - first)[which], low[which] + share * (high - low)[which]
