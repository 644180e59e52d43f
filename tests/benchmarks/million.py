"""Travel times on a million nodes: sixteen tiles of Porto side by side, joined by streets."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.sparse.csgraph import dijkstra
from tests.benchmarks.harness import SHARED, Figure, Section, busy_note, time_each
from tests.benchmarks.roads import PORTO, Draw, Peer

from anlan.engine.roads import Closure, RoadGraph, RoadNetwork, Snap, reach, read_osm
from anlan.engine.roads.graph import main_part, path_lengths_m
from anlan.engine.roads.warming import warm

KEY = "roads_million"
TITLE = "Travel times: a million nodes"
ACROSS = 4
JOINS = 12  # streets from one tile to the next
QUESTIONS = 60


def run() -> Section:
    """This will measure what is aimed at for a large graph."""
    if not PORTO.is_file():
        note = f"Nothing was measured: {PORTO.relative_to(SHARED.parent)} is absent."
        return Section(KEY, TITLE, [], [note])
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder))


def _run(folder: Path) -> Section:
    warm()
    graph = stitched(read_osm(PORTO), across=ACROSS)
    began = time.perf_counter()
    network = RoadNetwork.build(graph, cache_dir=folder)
    built_s = time.perf_counter() - began
    began = time.perf_counter()
    network = RoadNetwork.build(graph, cache_dir=folder)
    again_s = time.perf_counter() - began
    draw = Draw(network)
    targets = [draw.one() for _ in range(QUESTIONS)]
    peer = Peer(network)
    peer.check(network, targets[:2], draw.many(2000))
    theirs = time_each(peer.to_all, targets[:5], warm_up=1)
    figures = [
        Figure("order and hierarchy made; read from the cache", f"{built_s:.1f} / {again_s:.1f} s")
    ]
    for count in (1_000, 10_000, 50_000):
        cases = [(target, draw.many(count)) for target in targets]
        took = time_each(lambda case: network.times_to(case[0], case[1]), cases)
        figures.append(
            Figure(
                f"{count:,} units to one incident",
                str(took),
                "p50 ≤ 10 ms, stretch 5",
                took.p50_ms <= 10,
                f"scipy {theirs}",
                theirs.cpu_p50_ms / took.cpu_p50_ms,
            )
        )
    figures += [_closure(network, draw, targets), *_isochrones(network, targets, peer)]
    summary = graph.summary()
    notes = [
        f"The graph: {summary.nodes:,} nodes, {summary.arcs:,} drivable directions: Porto "
        f"{ACROSS} × {ACROSS} times, {JOINS} streets between two tiles. scipy's Dijkstra costs the "
        "same for any number of units; sampled answers were equal to the millisecond.",
        *busy_note(),
    ]
    return Section(KEY, TITLE, figures, notes)


def _closure(network: RoadNetwork, draw: Draw, targets: list[Snap]) -> Figure:
    units = draw.many(1_000)

    def close_and_ask(target: Snap) -> None:
        network.apply_closures([Closure(target.segment)])
        network.times_to(targets[0], units)

    took = time_each(close_and_ask, targets)
    network.apply_closures([])
    return Figure(
        "closure and fresh answer for 1,000 units", str(took), "p50 ≤ 15 ms", took.p50_ms <= 15
    )


def _isochrones(network: RoadNetwork, targets: list[Snap], peer: Peer) -> list[Figure]:
    figures = []
    for minutes, aim_ms in ((5, 0.14), (10, 0.76), (30, 6.7)):
        bound = 60.0 * minutes
        nodes: list[int] = []

        def ask(origin: Snap, bound: float = bound, nodes: list[int] = nodes) -> None:
            nodes.append(len(reach(network.snapshot, [origin], within_s=bound).node))

        took = time_each(ask, targets)
        start = int(network.graph.seg_from[targets[0].segment])
        theirs = time_each(
            lambda _, bound=bound, start=start: dijkstra(
                peer.forward, indices=start, limit=bound * 1000.0
            ),
            range(3),
            warm_up=1,
        )
        figures.append(
            Figure(
                f"isochrone of {minutes} min: {np.median(nodes):,.0f} nodes (median)",
                str(took),
                f"p50 ≤ {aim_ms} ms",
                took.p50_ms <= aim_ms,
                f"scipy, with that limit {theirs}",
                theirs.cpu_p50_ms / took.cpu_p50_ms,
            )
        )
    return figures


def stitched(graph: RoadGraph, *, across: int) -> RoadGraph:
    """This will lay `across` × `across` copies of a town side by side and join neighbours.

    From each copy streets lead from the main part's outermost nodes to the next one's.
    """
    n, points, copies = len(graph.node_lon), len(graph.geo_lon), across * across
    tile = np.arange(copies)
    east = tile % across * (np.ptp(graph.geo_lon) + 0.001)
    north = tile // across * (np.ptp(graph.geo_lat) + 0.001)

    def moved(values: np.ndarray, by: np.ndarray) -> np.ndarray:
        return (values[None, :] + by[:, None]).ravel()

    lon, lat = moved(graph.node_lon, east), moved(graph.node_lat, north)
    start, end = _joins(graph, across)
    k = len(start)
    nodes = np.column_stack([start, end]).ravel()
    seg_from = np.concatenate([moved(graph.seg_from, tile * n), start]).astype(np.int32)
    seg_to = np.concatenate([moved(graph.seg_to, tile * n), end]).astype(np.int32)
    forward = np.append(np.tile(graph.seg_forward, copies), np.ones(k, np.bool_))
    backward = np.append(np.tile(graph.seg_backward, copies), np.ones(k, np.bool_))
    join_m = path_lengths_m(lon[nodes], lat[nodes], 2 * np.arange(k + 1))
    join_ptr = copies * points + 2 * np.arange(1, k + 1)
    return replace(
        graph,
        node_lon=lon,
        node_lat=lat,
        main=main_part(len(lon), seg_from, seg_to, forward, backward),
        seg_from=seg_from,
        seg_to=seg_to,
        seg_length_m=np.append(np.tile(graph.seg_length_m, copies), join_m).astype(np.float32),
        seg_forward=forward,
        seg_backward=backward,
        seg_speed_kmh=np.append(np.tile(graph.seg_speed_kmh, copies), np.full(k, 50.0)).astype(
            np.float32
        ),
        seg_name=np.append(np.tile(graph.seg_name, copies), np.zeros(k, np.int32)),
        seg_class=np.append(np.tile(graph.seg_class, copies), np.zeros(k, np.int32)),
        seg_source=np.append(np.tile(graph.seg_source, copies), np.full(k, -1)),
        geo_ptr=np.concatenate([[0], moved(graph.geo_ptr[1:], tile * points), join_ptr]),
        geo_lon=np.append(moved(graph.geo_lon, east), lon[nodes]),
        geo_lat=np.append(moved(graph.geo_lat, north), lat[nodes]),
    )


def _joins(graph: RoadGraph, across: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the (start, end) nodes of the streets between neighbouring tiles."""
    n, main = len(graph.node_lon), np.flatnonzero(graph.main)

    def outermost(values: np.ndarray) -> np.ndarray:
        return main[np.argsort(values[main], kind="stable")[:JOINS]]

    west, east = outermost(graph.node_lon), outermost(-graph.node_lon)
    south, north = outermost(graph.node_lat), outermost(-graph.node_lat)
    start, end = [], []
    for tile in range(across * across):
        if tile % across < across - 1:
            start.append(tile * n + east)
            end.append((tile + 1) * n + west)
        if tile // across < across - 1:
            start.append(tile * n + north)
            end.append((tile + across) * n + south)
    return np.concatenate(start), np.concatenate(end)
