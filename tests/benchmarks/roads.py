"""Travel times on a town's graph, beside scipy's Dijkstra on the same weights."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from tests.benchmarks.harness import SHARED, Figure, Section, Times, busy_note, time_each
from tests.benchmarks.routing_peers import COUNTS, Cases, beside

from anlan.engine.roads import (
    Closure,
    RoadGraph,
    RoadNetwork,
    Snap,
    SnapBatch,
    isochrone_areas,
    reach,
    read_osm,
)
from anlan.engine.roads.warming import warm

KEY = "roads"
TITLE = "Travel times: Porto"
PORTO = SHARED / "osm" / "porto.osm.pbf"
QUESTIONS = 300


def run() -> Section:
    """This will measure all that is aimed at for a town's roads."""
    if not PORTO.is_file():
        note = f"Nothing was measured: ../shared/data/osm/{PORTO.name} is absent."
        return Section(KEY, TITLE, [], [note])
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder))


def _run(folder: Path) -> Section:
    warm()
    began = time.perf_counter()
    graph = read_osm(PORTO)
    read_s = time.perf_counter() - began
    network = RoadNetwork.build(graph, cache_dir=folder)
    draw = Draw(network)
    network.times_to(draw.one(), draw.many(1000))
    first_answer_s = time.perf_counter() - began
    graph.save(folder / "roads.npz")
    targets = [draw.one() for _ in range(QUESTIONS)]
    peer = Peer(network)
    peer_time = time_each(peer.to_all, targets[:30])
    peer.check(network, targets[:3], draw.many(2000))
    cases = Cases(
        draw.many(60), {n: draw.many(n) for n in COUNTS}, draw.many(200), draw.many(50_000)
    )
    others = beside(network, cases, PORTO, folder)
    figures = [
        *_questions(network, draw, targets, peer_time),
        *_closures(network, draw, targets, peer),
        _matrix(network, draw, peer),
        *_isochrones(network, targets, peer),
        *others.figures,
        Figure(
            "extract to first answer, kernels compiled",
            f"{first_answer_s:.1f} s (reading {read_s:.1f} s)",
            "≤ 20 s",
            first_answer_s <= 20,
        ),
        *_stored(folder),
    ]
    summary = graph.summary()
    notes = [
        f"The graph: {summary.nodes:,} nodes, {summary.edges:,} street segments, "
        f"{summary.arcs:,} drivable directions; units and incidents stand at random points along "
        "streets and every batch of units is new, as it is when units drive.",
        "The peer is scipy's Dijkstra from the incident on the reversed graph to all nodes, which "
        "costs the same for any number of units; sampled answers were equal to the millisecond.",
        *others.notes,
        TRIED,
        *busy_note(),
    ]
    return Section(KEY, TITLE, figures, notes)


class Draw:
    """This will draw random points along the streets of the main part."""

    def __init__(self, network: RoadNetwork, *, seed: int = 7) -> None:
        graph = network.graph
        usable = (graph.seg_forward | graph.seg_backward) & graph.main[graph.seg_from]
        self._segments = np.flatnonzero(usable & graph.main[graph.seg_to]).astype(np.int32)
        self._random = np.random.default_rng(seed)

    def many(self, count: int) -> SnapBatch:
        """This will draw points as one batch."""
        nothing = np.zeros(count)
        segments = self._random.choice(self._segments, count)
        return SnapBatch(segments, self._random.random(count), nothing, nothing, nothing)

    def one(self) -> Snap:
        """This will draw one point."""
        return self.many(1)[0]


class Peer:
    """scipy's Dijkstra on the network's present weights."""

    def __init__(self, network: RoadNetwork) -> None:
        graph, cost = network.graph, network.snapshot.weights.cost
        self._cost = cost
        self._graph = graph
        along, against = graph.seg_forward, graph.seg_backward
        tail = np.concatenate([graph.seg_from[along], graph.seg_to[against]])
        head = np.concatenate([graph.seg_to[along], graph.seg_from[against]])
        ms = np.concatenate([cost[along, 0], cost[against, 1]]).astype(float)
        order = np.lexsort((ms, head, tail))
        tail, head, ms = tail[order], head[order], ms[order]
        least = np.concatenate([[True], (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])])
        n = len(graph.node_lon)
        self.reversed = csr_matrix((ms[least], (head[least], tail[least])), shape=(n, n))
        self.forward = self.reversed.T.tocsr()

    def to_all(self, target: Snap) -> np.ndarray:
        """This will give ms from every node to the start of the target's street."""
        return dijkstra(self.reversed, indices=int(self._graph.seg_from[target.segment]))

    def check(self, network: RoadNetwork, targets: list[Snap], origins: SnapBatch) -> None:
        """This will compare node-to-node answers exactly, or stop the benchmark."""
        two_way = self._graph.seg_forward & self._graph.seg_backward
        chosen = origins.take(two_way[origins.segment])
        at_start = SnapBatch(
            chosen.segment,
            np.zeros(len(chosen)),
            chosen.lon,
            chosen.lat,
            chosen.distance_m,
        )
        for target in targets:
            if not two_way[target.segment]:
                continue
            want = self.to_all(target)[self._graph.seg_from[chosen.segment]]
            end = Snap(target.segment, 0.0, 0.0, 0.0, 0.0)
            got = network.times_to(end, at_start) * 1000.0
            if not np.array_equal(np.rint(got), want):
                raise AssertionError(
                    "The hierarchy and scipy disagree; no figure is worth a thing."
                )


def _questions(network: RoadNetwork, draw: Draw, targets: list[Snap], peer: Times) -> list[Figure]:
    figures = []
    for count, aim_ms in ((100, None), (1_000, 0.5), (10_000, 2.0)):
        cases = [(target, draw.many(count)) for target in targets]
        took = time_each(lambda case: network.times_to(case[0], case[1]), cases)
        figures.append(
            Figure(
                f"{count:,} units to one incident",
                str(took),
                f"p99 ≤ {aim_ms} ms" if aim_ms else "",
                took.p99_ms <= aim_ms if aim_ms else None,
                f"scipy {peer}",
                peer.cpu_p50_ms / took.cpu_p50_ms,
            )
        )
    cases = [(target, draw.one()) for target in targets]
    took = time_each(lambda case: network.route(case[1], case[0]), cases)
    figures.append(Figure("a route with shape and names", str(took)))
    return figures


def _closures(network: RoadNetwork, draw: Draw, targets: list[Snap], peer: Peer) -> list[Figure]:
    units = draw.many(1000)

    def close(target: Snap) -> None:
        network.apply_closures([Closure(target.segment)])

    closing = time_each(close, targets)
    asking = time_each(lambda t: network.times_to(t, units), targets)

    def close_and_ask(target: Snap) -> None:
        network.apply_closures([Closure(target.segment)])
        network.times_to(targets[0], units)

    whole = time_each(close_and_ask, targets)

    def again(target: Snap) -> None:
        csr_matrix((peer.reversed.data, peer.reversed.indices, peer.reversed.indptr))
        peer.to_all(target)

    rebuilt = time_each(again, targets[:30])
    network.apply_closures([])
    return [
        Figure(
            "a street closed (new state in force)", str(closing), "p50 ≤ 1 ms", closing.p50_ms <= 1
        ),
        Figure("1,000 units after a closure", str(asking)),
        Figure(
            "closure and fresh answer for 1,000 units",
            str(whole),
            "p50 ≤ 1 ms",
            whole.p50_ms <= 1,
            f"scipy {rebuilt}",
            rebuilt.cpu_p50_ms / whole.cpu_p50_ms,
        ),
    ]


def _matrix(network: RoadNetwork, draw: Draw, peer: Peer) -> Figure:
    rows, cols = draw.many(200), draw.many(50_000)
    took = time_each(lambda _: network.matrix(rows, cols), range(7), warm_up=1)
    starts = network.graph.seg_from[rows.segment[:16]]
    theirs = time_each(lambda _: dijkstra(peer.forward, indices=starts), range(2), warm_up=0)
    pairs_s = 200 * 50_000 / took.p50_ms * 1e3
    return Figure(
        "matrix 200 × 50,000",
        f"{took} ({pairs_s / 1e6:.0f} M pairs/s)",
        "≥ 100 M pairs/s",
        pairs_s >= 100e6,
        f"scipy {theirs.p50_ms * 200 / 16:,.0f} ms (16 rows, scaled)",
        theirs.cpu_p50_ms * 200 / 16 / took.cpu_p50_ms,
    )


def _isochrones(network: RoadNetwork, targets: list[Snap], peer: Peer) -> list[Figure]:
    figures = []
    for minutes, aim_ms in ((5, 0.14), (10, 0.76), (30, 6.7)):
        bound = 60.0 * minutes
        nodes: list[int] = []

        def ask(origin: Snap, bound: float = bound, nodes: list[int] = nodes) -> None:
            nodes.append(len(reach(network.snapshot, [origin], within_s=bound).node))

        def theirs(origin: Snap, bound: float = bound) -> None:
            start = int(network.graph.seg_from[origin.segment])
            dijkstra(peer.forward, indices=start, limit=bound * 1000.0)

        took, beside_us = time_each(ask, targets), time_each(theirs, targets)
        figures.append(
            Figure(
                f"isochrone of {minutes} min: {np.median(nodes):,.0f} nodes (median)",
                str(took),
                f"p50 ≤ {aim_ms} ms",
                took.p50_ms <= aim_ms,
                f"scipy, with that limit {beside_us}",
                beside_us.cpu_p50_ms / took.cpu_p50_ms,
            )
        )
    found = [reach(network.snapshot, [target], within_s=600.0) for target in targets[:12]]
    drawn = time_each(lambda one: isochrone_areas(one, bounds_s=[300.0, 600.0]), found)
    return [*figures, Figure("areas of 5 and 10 min around one post, drawn", str(drawn))]


TRIED = (
    "Tried for the aims: unsigned indices and pruned arcs in sweeps, arcs taken by twos (halved a "
    "sweep), bits for what few units need, settled in memory order, repairing the arrays of a "
    "state that nobody holds instead of copying, tiles for writing a matrix; for isochrones "
    "buckets for a heap, and a sweep of the town where more than a seventh of it is reached. "
    "Starting a process costs the import of numba and its first call, before any street is read; "
    "a server pays that once, at start."
)

READY = """
import sys, time
began = time.perf_counter()
from pathlib import Path
from anlan.engine.roads import RoadGraph, RoadNetwork
from anlan.engine.roads.warming import warm
warm()
loaded = time.perf_counter()
folder = Path(sys.argv[1])
network = RoadNetwork.build(RoadGraph.load(folder / "roads.npz"), cache_dir=folder)
point = network.snap(float(sys.argv[2]), float(sys.argv[3]))
network.times_to(point, [point] * 10)
print(time.perf_counter() - loaded, loaded - began)
"""


def _stored(folder: Path) -> list[Figure]:
    """Time a fresh process from its first import to its first answer, kernels compiled."""
    graph = RoadGraph.load(folder / "roads.npz")
    place = [str(graph.node_lon[graph.main][0]), str(graph.node_lat[graph.main][0])]
    # with Python's own .pyc files, as an installation has them
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    took = []
    for _ in range(4):
        words = [sys.executable, "-c", READY, str(folder), *place]
        told = subprocess.run(
            words, env=environment, check=True, capture_output=True, text=True
        ).stdout
        took.append([float(part) for part in told.split()])
    ready_s, import_s = np.median(took[1:], axis=0)
    return [
        Figure(
            "a stored town ready to answer, kernels loaded",
            f"{ready_s:.2f} s (median of 3)",
            "≤ 1 s",
            bool(ready_s <= 1.0),
        ),
        Figure(
            "before it, in a new process: imports and loading compiled kernels", f"{import_s:.2f} s"
        ),
    ]
