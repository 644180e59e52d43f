"""What lies within a bound of the nearest origin.

A search on the streets themselves (Dijkstra 1959) whose cost follows what is reached, not the
town; where that is a good part of the town, one sweep of the hierarchy (PHAST) for all origins
together. Both give the same, and the times of `RoadSnapshot.times_from` to the millisecond.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.corners import CornerScratch
from anlan.engine.roads.graph import F8, I4, RoadGraph
from anlan.engine.roads.hierarchy import INF, U4
from anlan.engine.roads.isochrones import kernels
from anlan.engine.roads.network import RoadSnapshot
from anlan.engine.roads.snapping import Snap, SnapBatch


@dataclass(frozen=True, slots=True, eq=False)
class StreetPieces:
    """Stretches of streets: of `segment[i]` from fraction `start[i]` to `end[i]`, start < end.

    Sorted by segment, then start; pieces of one segment neither overlap nor touch.
    """

    segment: I4
    start: F8
    end: F8

    def __len__(self) -> int:
        return len(self.segment)

    def take(self, chosen: npt.NDArray) -> StreetPieces:
        """This will give the chosen pieces (numbers or a mask), in that order."""
        return StreetPieces(self.segment[chosen], self.start[chosen], self.end[chosen])

    def length_m(self, graph: RoadGraph) -> F8:
        """This will give the metres of each piece."""
        return graph.seg_length_m[self.segment].astype(np.float64) * (self.end - self.start)


@dataclass(frozen=True, eq=False)
class Reach:
    """What is reached within `within_s` seconds from (or, not `leaving`, to) the nearest origin.

    `node` holds the k graph nodes reached, by number; `ms` their free-flow milliseconds, shape
    (k,); `node_origin` which origin comes first (of several at the same millisecond the lowest).
    The snapshot's factor counts in every time in seconds.
    """

    snapshot: RoadSnapshot
    origins: SnapBatch
    within_s: float
    leaving: bool
    node: I4
    ms: U4
    node_origin: I4

    @cached_property
    def node_s(self) -> F8:
        """This will give the seconds of the nodes reached, shape (k,)."""
        return np.asarray(self.ms * self.snapshot.scale)

    @cached_property
    def arrival_s(self) -> F8:
        """This will give the seconds of every node, shape (n,); inf beyond the bound."""
        whole = np.full(len(self.snapshot.graph.node_lon), np.inf)
        whole[self.node] = self.node_s
        return whole

    @cached_property
    def origin(self) -> I4:
        """This will give the origin that comes first to every node, shape (n,); -1 beyond."""
        whole = np.full(len(self.snapshot.graph.node_lon), -1, np.int32)
        whole[self.node] = self.node_origin
        return whole

    def at(self, points: Sequence[Snap]) -> tuple[F8, I4]:
        """This will give points' (seconds, origin that comes first), each of shape (points,).

        Beyond the bound inf and -1. Within it the seconds equal the least of `matrix`.
        """
        batch, graph = SnapBatch.of(points), self.snapshot.graph
        streets = self.snapshot.weights.cost
        ms = np.empty(len(batch), np.int64)
        by = np.empty(len(batch), np.int32)
        with self._laid(self.node, self.ms) as known:
            known.first[self.node] = self.node_origin
            kernels.read_points(
                batch.segment,
                batch.fraction,
                self.leaving,
                graph.seg_from,
                graph.seg_to,
                streets,
                known.dist,
                known.first,
                ms,
                by,
            )
        kernels.read_straight(
            batch.segment,
            batch.fraction,
            self.origins.segment,
            self.origins.fraction,
            np.argsort(self.origins.segment, kind="stable"),
            self.leaving,
            streets,
            ms,
            by,
        )
        beyond = ms > _whole_ms(self.within_s, self.snapshot.scale)
        by[beyond] = -1
        return np.where(beyond, np.inf, ms * self.snapshot.scale), by

    def streets(self, *, within_s: float | None = None) -> StreetPieces:
        """This will give the stretches reached, those only partly reached cut at the bound.

        `within_s` asks for a smaller bound than that of the search. A stretch's end is not
        rounded to the millisecond, a point's time is.
        """
        bound = self.within_s if within_s is None else within_s
        if not 0.0 <= bound <= self.within_s:
            raise ValueError(
                f"The search went {self.within_s:g} s far; ask for streets within that, "
                f"not {bound:g} s."
            )
        whole, limit = _whole_ms(bound, self.snapshot.scale), bound / self.snapshot.scale
        ptr, out, head = self.snapshot.corners.streets
        near = self.ms <= whole
        node = self.node[near]
        room = int((ptr[node + 1] - ptr[node]).sum())
        with self._laid(node, self.ms[near]) as known:
            parts = kernels.pieces(
                node,
                max(limit, float(whole)),
                self.leaving,
                self.snapshot.weights.cost.reshape(-1),
                ptr,
                out,
                head,
                known.dist,
                room,
            )
        return _joined([parts, *self._beside_origins(limit)])

    @contextmanager
    def _laid(self, node: I4, ms: U4) -> Iterator[CornerScratch]:
        """Put nodes' ms into this thread's arrays for a while."""
        known = self.snapshot.corners.scratch
        try:
            kernels.lay(node, ms, known.dist)
            yield known
        finally:
            kernels.forget(node, len(node), known.dist)

    def _beside_origins(self, limit: float) -> list[tuple[I4, F8, F8]]:
        """Give what is reached of the origins' own streets without leaving them."""
        segment, at = self.origins.segment, self.origins.fraction
        ahead, back = (0, 1) if self.leaving else (1, 0)
        far = self.snapshot.weights.cost[segment].astype(np.float64)
        far = np.where(far < INF, limit / far, 0.0)
        return [
            (segment, at, np.minimum(at + far[:, ahead], 1.0)),
            (segment, np.maximum(at - far[:, back], 0.0), at),
        ]


def reach(
    snapshot: RoadSnapshot, origins: Sequence[Snap], *, within_s: float, leaving: bool = True
) -> Reach:
    """This will find all that is reached within a bound from whichever origin comes first.

    `leaving`: from the origins, as units drive out; else to them, as to a hospital. Raises
    ValueError for a bound that is no time.
    """
    if not 0.0 <= within_s < np.inf:
        raise ValueError(f"{within_s:g} s is no bound; give a number of seconds from 0 on.")
    batch = SnapBatch.of(origins)
    limit = _whole_ms(within_s, snapshot.scale)
    found = _spread(snapshot, batch, limit, leaving=leaving)
    if found is None:
        found = _swept(snapshot, batch, limit, leaving=leaving)
    node, ms, first = found
    return Reach(
        snapshot=snapshot,
        origins=batch,
        within_s=float(within_s),
        leaving=leaving,
        node=node,
        ms=ms,
        node_origin=first,
    )


Found = tuple[I4, U4, I4]


def _spread(
    snapshot: RoadSnapshot, origins: SnapBatch, limit: int, *, leaving: bool
) -> Found | None:
    """Search on the streets; None where so much is reached that a sweep costs less."""
    graph, own = snapshot.graph, snapshot.corners.scratch
    count = kernels.spread(
        origins.segment,
        origins.fraction,
        leaving,
        limit,
        graph.seg_from,
        graph.seg_to,
        snapshot.weights.cost,
        snapshot.weights.cost.reshape(-1),
        *snapshot.corners.streets,
        own.dist,
        own.first,
        own.bucket,
        own.queue,
        own.found,
    )
    if count < 0:
        return None
    node = np.sort(own.found[:count])
    ms, first = own.dist[node], own.first[node]
    kernels.forget(node, count, own.dist)
    return node, ms, first


def _swept(snapshot: RoadSnapshot, origins: SnapBatch, limit: int, *, leaving: bool) -> Found:
    """Sweep the whole town by the hierarchy and keep what lies within the bound."""
    shape, keys = snapshot.weights.shape, snapshot.corners.scratch.keys
    up, down = snapshot.toward(leaving=leaving)
    arcs = (up.ptr, up.head, up.weight, down.ptr, down.head, down.weight, shape.parent)
    ends = (origins.segment, origins.fraction, leaving, shape.ways, snapshot.weights.cost)
    kernels.sweep_keys(*ends, *arcs, keys)
    node, ms, first = kernels.collect(limit, shape.rank, keys)
    return node, ms, first


def _whole_ms(within_s: float, scale: float) -> int:
    """Give the most whole milliseconds whose seconds, as they are told, lie within the bound."""
    ms = int(min(within_s / scale, INF - 1.0))
    while (ms + 1) * scale <= within_s and ms + 1 < INF:
        ms += 1
    while ms > 0 and ms * scale > within_s:
        ms -= 1
    return ms


def _joined(parts: Sequence[tuple[I4, F8, F8]]) -> StreetPieces:
    """Sort pieces and join those of one segment that overlap or touch."""
    segment, start, end = (np.concatenate([part[k] for part in parts]) for k in range(3))
    some = end > start
    segment, start, end = segment[some], start[some], end[some]
    order = np.lexsort((start, segment))
    segment, start, end = segment[order], start[order], end[order]
    count = kernels.merge(segment, start, end)
    return StreetPieces(segment[:count].copy(), start[:count].copy(), end[:count].copy())
