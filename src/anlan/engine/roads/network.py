"""Travel times on a town's streets as they are now: the engine's front door."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from anlan.engine.roads import kernels
from anlan.engine.roads.corners import Corners
from anlan.engine.roads.graph import F8, I4, Progress, RoadGraph
from anlan.engine.roads.hierarchy import INF, Scratch, SearchGraph, Weights, Workshop, shape_of
from anlan.engine.roads.routing import NoRoute, Route, describe, find_pieces
from anlan.engine.roads.snapping import Snap, SnapBatch, StreetIndex

__all__ = ["Closure", "NoRoute", "RoadNetwork", "RoadSnapshot"]

# From so many points for each square root of nodes on, sweeping every node in memory order beats
# settling only the paths that are needed (measured: 1,000 of 63,000 nodes, 4,000 of 1,000,000).
SWEEP_ALL_FROM = 4.0


@dataclass(frozen=True, slots=True)
class Closure:
    """A street closed (`speed_factor` 0) or slowed (0.5: half the speed), by direction."""

    segment: int
    forward: bool = True
    backward: bool = True
    speed_factor: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class RoadSnapshot:
    """One state of the streets: all answers from it agree, whatever closes meanwhile.

    Times are seconds, inf where no open way leads. A point on a street that is closed in one
    direction leaves and is reached by the other; closed in both, it can't be reached at all.
    """

    graph: RoadGraph
    weights: Weights
    factor: float
    closures: tuple[Closure, ...]
    _scratch: Scratch
    corners: Corners

    @property
    def scale(self) -> float:
        """This will give seconds, as they are told, for each stored millisecond."""
        return 0.001 * self.factor

    def times_to(self, target: Snap, origins: Sequence[Snap]) -> F8:
        """This will give seconds from each origin to the target, shape (origins,)."""
        return self._one_to_many(target, origins, leaving=False)

    def times_from(self, origin: Snap, targets: Sequence[Snap]) -> F8:
        """This will give seconds from the origin to each target, shape (targets,)."""
        return self._one_to_many(origin, targets, leaving=True)

    def _one_to_many(self, one: Snap, many: Sequence[Snap], *, leaving: bool) -> F8:
        batch = SnapBatch.of(many)
        shape, scratch = self.weights.shape, self._scratch
        up, down = self.toward(leaving=leaving)
        streets = (shape.ways, self.weights.cost)
        arcs = (up.ptr, up.head, up.weight, down.ptr, down.head, down.weight, shape.parent)
        out = np.empty(len(batch))
        points = (one.segment, one.fraction, batch.segment, batch.fraction, leaving)
        if len(batch) > SWEEP_ALL_FROM * math.sqrt(shape.nodes):
            kernels.all_to_one(one.segment, one.fraction, leaving, *streets, *arcs, scratch.dist)
        else:
            kernels.some_to_one(
                one.segment,
                one.fraction,
                batch.segment,
                leaving,
                *streets,
                *arcs,
                scratch.dist,
                scratch.marks,
            )
        kernels.read_points(*points, *streets, scratch.dist, self.scale, out)
        return out

    def toward(self, *, leaving: bool, pruned: bool = False) -> tuple[SearchGraph, SearchGraph]:
        """This will give the arcs to climb from one point, and those to sweep down to the many."""
        up, down = self.weights.pruned if pruned else self.weights.search
        return (up, down) if leaving else (down, up)

    def matrix(
        self, origins: Sequence[Snap], targets: Sequence[Snap], *, threads: int | None = None
    ) -> F8:
        """This will give seconds from each origin to each target, shape (origins, targets)."""
        rows, cols = SnapBatch.of(origins), SnapBatch.of(targets)
        if len(rows) <= len(cols):
            out = np.empty((len(rows), len(cols)))
            self._fill(rows, cols, out, leaving=True, threads=threads)
            return out
        turned = np.empty((len(cols), len(rows)))
        self._fill(cols, rows, turned, leaving=False, threads=threads)
        return turned.T

    def _fill(
        self, rows: SnapBatch, cols: SnapBatch, out: F8, *, leaving: bool, threads: int | None
    ) -> None:
        """Fill `out` in blocks of rows, several at once (the kernels let go of the lock)."""
        shape, cost = self.weights.shape, self.weights.cost
        up, down = self.toward(leaving=leaving, pruned=True)
        chosen = kernels.select(shape.ways[cols.segment].ravel(), shape.parent)
        place, ptr, head, weight = kernels.restrict(chosen, down.ptr, down.head, down.weight)
        columns = kernels.column_ends(cols.segment, cols.fraction, leaving, shape.ways, cost, place)

        def fill(first: int) -> None:
            kernels.matrix_block(
                first,
                rows.segment,
                rows.fraction,
                columns,
                leaving,
                shape.ways,
                cost,
                up.ptr,
                up.head,
                up.weight,
                shape.parent,
                place,
                ptr,
                head,
                weight,
                self.scale,
                out,
            )

        blocks = range(0, len(rows), kernels.LANES)
        if len(blocks) <= 1:
            for first in blocks:
                fill(first)
        else:
            with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
                list(pool.map(fill, blocks))
        ends = (rows.segment, rows.fraction, cols.segment, cols.fraction)
        kernels.go_straight(*ends, leaving, cost, self.scale, out)

    def route(self, origin: Snap, target: Snap) -> Route:
        """This will give the quickest way; its time equals `times_to`. Raises NoRoute."""
        return describe(self.graph, find_pieces(self.weights, origin, target), scale=self.scale)


class RoadNetwork:
    """This will answer travel times on a town's streets and take closures in milliseconds.

    Safe in threads: a query keeps the snapshot it began with; closures put a whole new one in
    its place. A caller who needs several answers from one state takes `snapshot` once.
    """

    def __init__(self, graph: RoadGraph, weights: Weights, *, factor: float) -> None:
        _check_factor(factor)
        self.graph = graph
        self._streets = StreetIndex(graph)
        self._open = weights
        self._workshop = Workshop(weights)
        self._writing = threading.Lock()
        self._snapshot = RoadSnapshot(
            graph, weights, factor, (), Scratch(weights.shape.nodes), Corners(graph)
        )

    @classmethod
    def build(
        cls,
        graph: RoadGraph,
        *,
        factor: float = 1.0,
        cache_dir: Path | None = None,
        progress: Progress | None = None,
    ) -> RoadNetwork:
        """This will make the hierarchy, or read its shape from `cache_dir`, and weigh it."""
        tell = progress or (lambda label, share: None)
        shape = shape_of(graph, cache_dir=cache_dir, progress=progress)
        tell("weighing the streets", 0.7)
        weights = Weights.of(shape, _open_cost(graph))
        _ = weights.pruned
        network = cls(graph, weights, factor=factor)
        tell("weighing the streets", 1.0)
        return network

    @property
    def snapshot(self) -> RoadSnapshot:
        """This will give the state of this moment, for several answers that agree."""
        return self._snapshot

    @property
    def factor(self) -> float:
        """This will give observed over free-flow time; every answer is multiplied by it."""
        return self._snapshot.factor

    @property
    def closures(self) -> tuple[Closure, ...]:
        """This will give the closures in force."""
        return self._snapshot.closures

    def snap(self, lon: float, lat: float) -> Snap:
        """This will give the nearest drivable street of the main part, closed or not."""
        return self._streets.snap_many(lon, lat)[0]

    def snap_many(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> SnapBatch:
        """This will snap many places at once."""
        return self._streets.snap_many(lon, lat)

    def segments_near(self, lon: float, lat: float, *, radius_m: float) -> I4:
        """This will give the segments within a radius, nearest first."""
        return self._streets.near(lon, lat, radius_m=radius_m)

    def apply_closures(self, closures: Sequence[Closure]) -> RoadSnapshot:
        """This will put these closures in force instead of those before, and give the new state.

        Where two name one direction, the slower counts. Raises ValueError and changes nothing
        when a segment does not exist or a speed factor is not from 0 to 1.
        """
        with self._writing:
            old = self._snapshot
            self._snapshot = self._changed(old, closures)
            self._workshop.retire(old.weights, _segments(old.closures))
            return self._snapshot

    def with_closures(self, closures: Sequence[Closure]) -> RoadSnapshot:
        """This will give the state as it would be, without putting it in force."""
        with self._writing:
            return self._changed(self._snapshot, closures)

    def set_factor(self, factor: float) -> None:
        """This will take another calibration factor from now on."""
        _check_factor(factor)
        with self._writing:
            now = self._snapshot
            self._snapshot = RoadSnapshot(
                now.graph, now.weights, factor, now.closures, now._scratch, now.corners
            )

    def _changed(self, now: RoadSnapshot, closures: Sequence[Closure]) -> RoadSnapshot:
        wanted = tuple(closures)
        _check_closures(wanted, len(self.graph.seg_from))
        weights = self._open
        if wanted:
            costs = _slowed_costs(self._open.cost, wanted)
            weights = self._workshop.make(now.weights, _segments(now.closures), costs)
        return RoadSnapshot(self.graph, weights, now.factor, wanted, now._scratch, now.corners)

    def times_to(self, target: Snap, origins: Sequence[Snap]) -> F8:
        """This will give seconds from each origin to the target, inf where unreachable."""
        return self._snapshot.times_to(target, origins)

    def times_from(self, origin: Snap, targets: Sequence[Snap]) -> F8:
        """This will give seconds from the origin to each target, inf where unreachable."""
        return self._snapshot.times_from(origin, targets)

    def matrix(
        self, origins: Sequence[Snap], targets: Sequence[Snap], *, threads: int | None = None
    ) -> F8:
        """This will give seconds, shape (origins, targets), inf where unreachable."""
        return self._snapshot.matrix(origins, targets, threads=threads)

    def route(self, origin: Snap, target: Snap) -> Route:
        """This will give the quickest way with shape and street names; raises NoRoute."""
        return self._snapshot.route(origin, target)


def _open_cost(graph: RoadGraph) -> npt.NDArray[np.uint32]:
    """Give (ms along, ms against) of each segment, INF where it may not be driven."""
    ms = np.minimum(graph.travel_ms(), INF)
    return np.column_stack(
        [np.where(graph.seg_forward, ms, INF), np.where(graph.seg_backward, ms, INF)]
    ).astype(np.uint32)


def _segments(closures: Sequence[Closure]) -> frozenset[int]:
    return frozenset(closure.segment for closure in closures)


def _slowed_costs(
    open_cost: npt.NDArray[np.uint32], closures: Sequence[Closure]
) -> dict[int, tuple[int, int]]:
    """Give (ms along, ms against) of each segment named; of two closures the slower counts."""
    costs: dict[int, tuple[int, int]] = {}
    for closure in closures:
        free = open_cost[closure.segment].tolist()
        along, against = costs.get(closure.segment, free)
        if closure.forward:
            along = max(along, _slowed_ms(free[0], closure.speed_factor))
        if closure.backward:
            against = max(against, _slowed_ms(free[1], closure.speed_factor))
        costs[closure.segment] = (along, against)
    return costs


def _slowed_ms(ms: int, speed_factor: float) -> int:
    return min(round(ms / speed_factor), INF) if speed_factor > 0 else INF


def _check_closures(closures: Sequence[Closure], segments: int) -> None:
    for closure in closures:
        if not 0 <= closure.segment < segments:
            raise ValueError(f"There is no street segment {closure.segment} in this town.")
        if not 0.0 <= closure.speed_factor <= 1.0:
            raise ValueError(
                f"A speed factor of {closure.speed_factor:g} is no slow-down; give 0 (closed) to 1."
            )


def _check_factor(factor: float) -> None:
    if not 0.01 <= factor <= 100.0:
        raise ValueError(f"A travel time factor of {factor:g} makes no sense; give 0.01 to 100.")
