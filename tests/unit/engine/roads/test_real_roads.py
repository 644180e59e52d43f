"""Real files of ../shared/data: what they hold, and exact times on San Francisco."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from anlan.engine.roads import Closure, RoadNetwork, SnapBatch, read_csv, read_osm


@pytest.fixture(scope="module")
def san_francisco(shared_data):
    folder = shared_data / "san-francisco"
    return read_csv(folder / "roads_nodes.csv", folder / "roads_edges.csv")


def test_san_francisco_has_the_streets_its_source_says(san_francisco):
    summary = san_francisco.summary()
    assert (summary.nodes, summary.edges, summary.cut_off_nodes) == (9396, 15586, 48)
    assert summary.km == pytest.approx(1956, abs=1)


@pytest.mark.parametrize(
    ("name", "main", "restrictions", "street"),
    [
        ("porto", (61_500, 63_000), 357, "Rua de Santa Catarina"),
        ("heidelberg", (10_000, 12_000), 476, "Plöck"),
        ("liechtenstein", (3_200, 3_600), 3, "Landstrasse"),
        ("tsinghua_drive", (560, 700), 0, "清华西路"),
    ],
)
def test_extracts_import(shared_data, name, main, restrictions, street):
    graph = read_osm(shared_data / "osm" / f"{name}.osm.pbf")
    assert main[0] < graph.main.sum() < main[1]
    assert graph.summary().restrictions == restrictions
    assert street in graph.names


def test_san_francisco_is_exact_against_scipy(san_francisco):
    graph = san_francisco
    network = RoadNetwork.build(graph)
    rng = np.random.default_rng(11)
    check_nodes(network, rng)
    network.apply_closures([Closure(int(s)) for s in rng.choice(len(graph.seg_from), 60)])
    check_nodes(network, rng)
    slowed = [Closure(int(s), speed_factor=0.3) for s in rng.choice(len(graph.seg_from), 900)]
    network.apply_closures(slowed)  # enough to customize anew
    check_nodes(network, rng)


def check_nodes(network, rng):
    """Compare times between starts of open two-way streets, where a snap is a node."""
    graph, cost = network.graph, network.snapshot.weights.cost.astype(float)
    limit = float(2**31 - 1)
    tail = np.concatenate([graph.seg_from, graph.seg_to])
    head = np.concatenate([graph.seg_to, graph.seg_from])
    ms = cost.T.ravel()
    order = np.lexsort((ms, head, tail))
    order = order[ms[order] < limit]
    tail, head, ms = tail[order], head[order], ms[order]
    least = np.concatenate([[True], (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])])
    n = len(graph.node_lon)
    arcs = csr_matrix((ms[least], (tail[least], head[least])), shape=(n, n))
    open_both = np.flatnonzero((cost < limit).all(axis=1) & graph.main[graph.seg_from])
    points = at_starts(rng.choice(open_both, 700))
    few = points.take(np.arange(5))
    want = dijkstra(arcs, indices=graph.seg_from[few.segment])[:, graph.seg_from[points.segment]]
    assert np.array_equal(network.matrix(few, points), want * 0.001)
    for i in range(5):
        assert np.array_equal(network.times_from(few[i], points), want[i] * 0.001)
        assert np.array_equal(network.times_from(few[i], points[:50]), want[i, :50] * 0.001)
        route = network.route(few[i], points[600])
        assert route.time_s == want[i, 600] * 0.001
        assert route.length_m > 0


def at_starts(segments):
    nothing = np.zeros(len(segments))
    return SnapBatch(segments.astype(np.int32), nothing, nothing, nothing, nothing)
