"""Every answer of the hierarchy against scipy's Dijkstra on the same weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from anlan.engine.roads import Closure, NoRoute, RoadNetwork, Snap
from anlan.engine.roads.graph import RoadGraph, assemble
from anlan.engine.roads.hierarchy import Weights, build_shape


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
    from anlan.engine.roads.network import _open_cost

    weights = Weights.of(build_shape(town.graph, town.order), _open_cost(town.graph))
    return RoadNetwork(town.graph, weights, factor=1.0)


def oracle_ms(graph: RoadGraph, closures: list[Closure], a: Snap, b: Snap) -> float:
    """Give the ms from a to b by scipy alone: both points become nodes of a graph of their own."""
    n = len(graph.node_lon)
    best: dict[tuple[int, int], int] = {}

    def add(tail, head, ms):
        best[tail, head] = min(ms, best.get((tail, head), ms))

    for s in range(len(graph.seg_from)):
        drivable = (graph.seg_forward[s], graph.seg_backward[s])
        for side in (0, 1):
            free = max(round(float(graph.seg_length_m[s]) * 1000), 1)
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


def expected(town: Town, closures: list[Closure]) -> np.ndarray:
    return np.array(
        [[oracle_ms(town.graph, closures, a, b) for b in town.targets] for a in town.origins]
    )


def check_all(asked, town: Town, closures: list[Closure]) -> None:
    """Compare every kind of answer, exactly."""
    want = expected(town, closures) * 0.001
    assert np.array_equal(asked.matrix(town.origins, town.targets), want)
    wider = asked.matrix(town.origins * 20, town.targets * 17)  # over 16 lanes
    assert np.array_equal(wider, np.tile(want, (20, 17)))
    for j, target in enumerate(town.targets):
        assert np.array_equal(asked.times_to(target, town.origins), want[:, j])
        # over the share from which all nodes are swept
        assert np.array_equal(asked.times_to(target, town.origins * 4), np.tile(want[:, j], 4))
    for i, origin in enumerate(town.origins):
        assert np.array_equal(asked.times_from(origin, town.targets), want[i])
        for j, target in enumerate(town.targets):
            check_route(asked, origin, target, want[i, j])


def check_route(asked, origin, target, want) -> None:
    if np.isinf(want):
        with pytest.raises(NoRoute, match="No open street"):
            asked.route(origin, target)
        return
    route = asked.route(origin, target)
    assert route.time_s == want
    assert sum(step.time_s for step in route.steps) == pytest.approx(want)
    assert len(route.lon) == len(route.lat) >= 2


@settings(max_examples=50, deadline=None)
@given(towns())
def test_open_streets_give_exact_times(town):
    check_all(network_of(town), town, [])


@settings(max_examples=50, deadline=None)
@given(towns())
def test_closures_give_exact_times_one_after_another(town):
    network = network_of(town)
    network.apply_closures(town.closures)
    check_all(network, town, town.closures)
    network.apply_closures(town.later)
    check_all(network, town, town.later)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_closing_never_shortens_and_opening_restores(town):
    network = network_of(town)
    before = network.matrix(town.origins, town.targets)
    network.apply_closures(town.closures)
    assert (network.matrix(town.origins, town.targets) >= before).all()
    network.apply_closures([])
    assert np.array_equal(network.matrix(town.origins, town.targets), before)


@pytest.mark.parametrize("seed", range(8))
def test_repaired_weights_equal_weights_made_anew(seed):
    """On a grid of 100 corners, closures by direction; each arc is compared, not only answers."""
    rng = np.random.default_rng(seed)
    side = 10
    corner = np.arange(side * side).reshape(side, side)
    pairs = [*zip(corner[:, :-1].flat, corner[:, 1:].flat, strict=True)]
    pairs += [*zip(corner[:-1].flat, corner[1:].flat, strict=True)]
    streets = [(a, b, float(rng.integers(1, 9)), True, rng.random() < 0.7) for a, b in pairs]
    network = RoadNetwork.build(make_graph(side * side, streets))
    for _ in range(12):
        closures = [
            Closure(int(s), *side_named, speed_factor=float(rng.choice([0.0, 0.5])))
            for s in rng.choice(len(pairs), 6)
            for side_named in [((True, False), (False, True), (True, True))[rng.integers(3)]]
        ]
        weights = network.apply_closures(closures).weights
        anew = Weights.of(weights.shape, weights.cost)
        assert np.array_equal(weights.U, anew.U)
        assert np.array_equal(weights.D, anew.D)
