"""Seconds by road from where units stand to the cells: worked out once for each place.

Most units stand at their posts, so a look at a town works out only the few that moved.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.live.demand import LiveDemand
from anlan.kernel.places import queries as places

if TYPE_CHECKING:
    from anlan.engine.roads import Closure, RoadNetwork, SnapBatch

F4 = npt.NDArray[np.float32]
Point = tuple[float, float]

MOST_PLACES = 4000
MOST_KEPT = 12


class TimesToCells:
    """Free-flow seconds to each cell from places, on streets as they were when it was made."""

    def __init__(
        self, network: RoadNetwork, demand: LiveDemand, *, closures: tuple[Closure, ...]
    ) -> None:
        self._streets = network.with_closures(closures)
        self._network = network
        self._cells = network.snap_many(demand.lon, demand.lat)
        self._rows: OrderedDict[Point, F4] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, points: Sequence[Point]) -> F4:
        """Give seconds from each point to each cell, shape (points, cells), inf where no way."""
        with self._lock:
            fresh = [one for one in dict.fromkeys(points) if one not in self._rows]
            if fresh:
                self._measure(fresh)
            for one in points:
                self._rows.move_to_end(one)
            found = [self._rows[one] for one in points]
            while len(self._rows) > MOST_PLACES:
                self._rows.popitem(last=False)
        return np.vstack(found) if found else np.empty((0, len(self._cells)), np.float32)

    def _measure(self, points: Sequence[Point]) -> None:
        snaps = off_closed(self._network, points, closed=places.closed_segments(self._streets))
        seconds = self._streets.matrix(snaps, self._cells) / self._streets.factor
        for point, row in zip(points, seconds.astype(np.float32), strict=True):
            self._rows[point] = row


def off_closed(
    network: RoadNetwork, points: Sequence[Point], *, closed: frozenset[int] | None = None
) -> SnapBatch:
    """Put points on the streets; those on a closed street at its open end."""
    from anlan.engine.roads import SnapBatch

    snaps = network.snap_many([one[0] for one in points], [one[1] for one in points])
    shut = places.closed_segments(network) if closed is None else closed
    if not shut or not np.isin(snaps.segment, list(shut)).any():
        return snaps
    return SnapBatch.of([places.open_end(network, one) for one in snaps])


_kept: OrderedDict[tuple[object, ...], tuple[LiveDemand, TimesToCells]] = OrderedDict()
_lock = threading.Lock()


def times_to_cells(
    folder: Path,
    network: RoadNetwork,
    demand: LiveDemand,
    *,
    kind: str,
    open_streets: bool = False,
) -> TimesToCells:
    """Give the times on the streets as they are, or all open; kept while the same are closed."""
    closures = () if open_streets else network.closures
    key = (folder, kind, closures)
    with _lock:
        held = _kept.get(key)
        if held is None or held[0] is not demand:
            held = _kept[key] = (demand, TimesToCells(network, demand, closures=closures))
        _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return held[1]
