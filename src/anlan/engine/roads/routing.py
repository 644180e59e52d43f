"""A route: the streets between two points, with their shape, names and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anlan.engine.roads import kernels
from anlan.engine.roads.graph import F8, METRES_PER_DEGREE, RoadGraph
from anlan.engine.roads.hierarchy import INF, Weights
from anlan.engine.roads.snapping import Snap


class NoRoute(Exception):
    """No drivable way leads from one point to the other; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Step:
    """A stretch along one street name ("" where the street has none)."""

    name: str
    length_m: float
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A way to drive: its points in driving order, and its steps, which add up to the whole."""

    time_s: float
    length_m: float
    lon: F8
    lat: F8
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a segment, driven from one fraction of its shape to another."""

    segment: int
    start: float
    end: float
    ms: int


def find_pieces(weights: Weights, a: Snap, b: Snap) -> list[Piece]:
    """This will give the quickest way as pieces of segments; raises NoRoute."""
    cost = weights.cost
    direct = kernels.straight(cost, a.segment, a.fraction, b.fraction) if _same(a, b) else INF
    around, first, arcs, last = _meet(weights, a, b)
    if min(direct, around) >= INF:
        raise NoRoute("No open street leads from the first point to the second.")
    if direct <= around:
        return [Piece(a.segment, a.fraction, b.fraction, int(direct))]
    pieces = [_end_piece(a, first, kernels.leave(cost, a.segment, a.fraction), leaving=True)]
    for i in _unpack(weights, arcs).tolist():
        segment, against = i >> 1, i & 1
        pieces.append(
            Piece(segment, float(against), float(1 - against), int(cost[segment, against]))
        )
    pieces.append(_end_piece(b, last, kernels.enter(cost, b.segment, b.fraction), leaving=False))
    return pieces


def _same(a: Snap, b: Snap) -> bool:
    return a.segment == b.segment


def _end_piece(snap: Snap, side: int, costs: tuple[int, int], *, leaving: bool) -> Piece:
    """Give the part of a street between a point and its start (side 0) or end (side 1)."""
    inner, outer = snap.fraction, float(side)
    start, end = (inner, outer) if leaving else (outer, inner)
    return Piece(snap.segment, start, end, int(costs[side]))


def _meet(weights: Weights, a: Snap, b: Snap) -> tuple[int, int, list[tuple[int, bool]], int]:
    """Search upward from both points: (ms, side left, arcs as driven, side entered)."""
    out = _Climb(weights, a, leaving=True)
    back = _Climb(weights, b, leaving=False)
    total = np.minimum(out.dist.astype(np.int64) + back.dist.astype(np.int64), INF)
    top = int(np.argmin(total))
    if total[top] >= INF:
        return INF, 0, [], 0
    rise, first = out.trace(top)
    fall, last = back.trace(top)
    arcs = [(arc, True) for arc in reversed(rise)] + [(arc, False) for arc in fall]
    return int(total[top]), first, arcs, last


class _Climb:
    """One upward search that remembers its way."""

    def __init__(self, weights: Weights, snap: Snap, *, leaving: bool) -> None:
        shape = weights.shape
        self.dist = np.full(shape.nodes, INF, np.uint32)
        self.via = np.full(shape.nodes, -1, np.int32)
        self.prev = np.full(shape.nodes, -1, np.int32)
        at = kernels.ends(weights.cost, snap.segment, snap.fraction, leaving)
        kernels.climb_keeping(
            shape.ways[snap.segment],
            np.array(at, np.int64),
            shape.ptr,
            shape.up,
            weights.U if leaving else weights.D,
            shape.parent,
            self.dist,
            self.via,
            self.prev,
        )

    def trace(self, node: int) -> tuple[list[int], int]:
        """Give the arcs from a node back down to the seed, and which side of the street it was."""
        arcs: list[int] = []
        while self.via[node] >= 0:
            arcs.append(int(self.via[node]))
            node = int(self.prev[node])
        return arcs, -1 - int(self.via[node])


def _unpack(weights: Weights, arcs: Sequence[tuple[int, bool]]) -> npt.NDArray[np.int32]:
    shape = weights.shape
    return np.asarray(
        kernels.unpack(
            np.array([arc for arc, _ in arcs], np.int32),
            np.array([rising for _, rising in arcs], np.bool_),
            shape.in_ptr,
            shape.in_list,
            shape.ways,
            weights.cost,
            shape.dn_ptr,
            shape.dn_tail,
            shape.dn_arc,
            shape.tail,
            shape.up,
            weights.U,
            weights.D,
        )
    )


def describe(graph: RoadGraph, pieces: Sequence[Piece], *, scale: float) -> Route:
    """This will draw the pieces and sum them by street name; `scale` is seconds per stored ms."""
    shapes = [piece_shape(graph, p) for p in pieces]
    lon = np.concatenate([s[0] for s in shapes])
    lat = np.concatenate([s[1] for s in shapes])
    fresh = np.ones(len(lon), np.bool_)
    fresh[1:] = (lon[1:] != lon[:-1]) | (lat[1:] != lat[:-1])
    fresh[-1] |= fresh.sum() < 2  # a route to where one stands keeps both its points
    steps: list[tuple[str, float, int]] = []
    for piece in pieces:
        length_m = float(graph.seg_length_m[piece.segment]) * abs(piece.end - piece.start)
        name = graph.names[graph.seg_name[piece.segment]]
        if length_m == 0.0 and piece.ms == 0 and len(pieces) > 1:
            continue
        if steps and steps[-1][0] == name:
            length_m, ms = length_m + steps[-1][1], piece.ms + steps[-1][2]
            steps[-1] = (name, length_m, ms)
        else:
            steps.append((name, length_m, piece.ms))
    return Route(
        time_s=sum(p.ms for p in pieces) * scale,
        length_m=sum(step[1] for step in steps),
        lon=lon[fresh],
        lat=lat[fresh],
        steps=tuple(Step(name, length_m, ms * scale) for name, length_m, ms in steps),
    )


def piece_shape(graph: RoadGraph, piece: Piece) -> tuple[F8, F8]:
    """This will give the points of a part of a segment, in driving order."""
    low, high = sorted((piece.start, piece.end))
    here = slice(graph.geo_ptr[piece.segment], graph.geo_ptr[piece.segment + 1])
    lon, lat = graph.geo_lon[here], graph.geo_lat[here]
    if (low, high) != (0.0, 1.0):
        lon, lat = _cut(lon, lat, low, high)
    return (lon, lat) if piece.start <= piece.end else (lon[::-1], lat[::-1])


def _cut(lon: F8, lat: F8, low: float, high: float) -> tuple[F8, F8]:
    east = np.diff(lon) * np.cos(np.radians(lat[:1]))
    run = np.concatenate([[0.0], np.cumsum(np.hypot(east, np.diff(lat)) * METRES_PER_DEGREE)])
    whole = run[-1] or 1.0
    inner = (run > low * whole) & (run < high * whole)
    at = np.concatenate([[low * whole], run[inner], [high * whole]])
    return np.interp(at, run, lon), np.interp(at, run, lat)
