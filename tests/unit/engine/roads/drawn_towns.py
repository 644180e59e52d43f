"""Towns drawn by hypothesis, and the time between two points by scipy alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from anlan.engine.roads import Closure, RoadNetwork, Snap
from anlan.engine.roads.graph import RoadGraph, assemble
from anlan.engine.roads.hierarchy import Weights, build_shape
from anlan.engine.roads.network import _open_cost


@dataclass
class Town:
    """A drawn graph, its order of contraction, closures and points on its streets."""

    graph: RoadGraph
    order: np.ndarray
    closures: list[Closure]
    later: list[Closure]
    origins: list[Snap]
    targets: list[Snap]


def make_graph(n, streets) -> RoadGraph:
    """Build a graph from (from, to, length in m, forward, backward) at 3.6 km/h: 1 m is 1 s."""
    start, end, length, forward, backward = (np.array(c) for c in zip(*streets, strict=True))
    lon, lat = np.arange(n) * 0.001, np.arange(n) % 3 * 0.001
    return assemble(
        node_lon=lon,
        node_lat=lat,
        seg_from=start,
        seg_to=end,
        seg_length_m=length,
        seg_forward=forward,
        seg_backward=backward,
        seg_speed_kmh=np.full(len(start), 3.6),
        seg_names=[f"street {i}" for i in range(len(start))],
        seg_classes=["street"] * len(start),
        seg_source=np.arange(len(start)),
        geo_ptr=np.arange(0, 2 * len(start) + 1, 2),
        geo_lon=lon[np.column_stack([start, end]).ravel()],
        geo_lat=lat[np.column_stack([start, end]).ravel()],
    )


@st.composite
def towns(draw) -> Town:
    """Small digraphs with one-ways, parallel streets, loops, pieces apart and no length."""
    n = draw(st.integers(2, 12))
    node = st.integers(0, n - 1)
    way = st.sampled_from([(True, True), (True, False), (False, True), (False, False)])
    length = st.one_of(st.just(0.0), st.integers(1, 30).map(float), st.floats(0, 500, width=32))
    streets = draw(st.lists(st.tuples(node, node, length, way), min_size=1, max_size=30))
    graph = make_graph(n, [(a, b, w, *d) for a, b, w, d in streets])
    segment = st.integers(0, len(streets) - 1)
    fraction = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0, 1, width=32))
    points = st.lists(
        st.builds(Snap, segment, fraction, st.just(0.0), st.just(0.0), st.just(0.0)),
        min_size=1,
        max_size=6,
    )
    closure = st.builds(
        Closure, segment, st.booleans(), st.booleans(), st.sampled_from([0.0, 0.5, 0.07, 1.0])
    )
    return Town(
        graph=graph,
        order=np.array(draw(st.permutations(range(n))), np.int32),
        closures=draw(st.lists(closure, max_size=6)),
        later=draw(st.lists(closure, max_size=6)),
        origins=draw(points),
        targets=draw(points),
    )


def network_of(town: Town) -> RoadNetwork:
    """Build with the drawn order, so that bad orders are tried too."""
    weights = Weights.of(build_shape(town.graph, town.order), _open_cost(town.graph))
    return RoadNetwork(town.graph, weights, factor=1.0)


def oracle_ms(graph: RoadGraph, closures: list[Closure], a: Snap, b: Snap) -> float:
    """Give the ms from a to b by scipy alone: both points become nodes of a graph of their own."""
    n = len(graph.node_lon)
    best: dict[tuple[int, int], int] = {}

    def add(tail, head, ms):
        best[tail, head] = min(ms, best.get((tail, head), ms))

    # The street's own ms are the graph's: exactly half a ms (1.3125 m) each would round its way.
    street_ms = graph.travel_ms().tolist()
    for s in range(len(graph.seg_from)):
        drivable = (graph.seg_forward[s], graph.seg_backward[s])
        for side in (0, 1):
            free = street_ms[s]
            assert abs(free - max(float(graph.seg_length_m[s]) * 1000, 1)) <= 0.51
            slowest = min(
                (
                    c.speed_factor
                    for c in closures
                    if c.segment == s and (c.forward, c.backward)[side]
                ),
                default=1.0,
            )
            if not drivable[side] or slowest == 0:
                continue
            ms = round(free / slowest)
            ends = (int(graph.seg_from[s]), int(graph.seg_to[s]))
            tail, head = ends if side == 0 else ends[::-1]
            add(tail, head, ms)
            # how far a point is along this direction of travel
            along = {
                name: np.rint(p.fraction * ms) if side == 0 else ms - np.rint(p.fraction * ms)
                for name, p in ((n, a), (n + 1, b))
                if p.segment == s
            }
            if n in along:
                add(n, head, ms - along[n])
            if n + 1 in along:
                add(tail, n + 1, along[n + 1])
            ahead = b.fraction >= a.fraction if side == 0 else b.fraction <= a.fraction
            if len(along) == 2 and ahead:
                add(n, n + 1, np.rint(abs(b.fraction - a.fraction) * ms))
    if not best:
        return np.inf
    keys = np.array(list(best))
    # scipy drops arcs of weight 0 in no format but dense, so all weights stay explicit here
    arcs = csr_matrix(
        (np.array(list(best.values()), float), (keys[:, 0], keys[:, 1])), shape=(n + 2, n + 2)
    )
    return float(dijkstra(arcs, indices=n)[n + 1])
