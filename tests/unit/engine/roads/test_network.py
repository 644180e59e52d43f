"""Snapping, closures, snapshots, routes and the cache, on a town small enough to check by hand."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest

from anlan.engine.roads import Closure, NoRoute, RoadNetwork, Snap, SnapBatch, kernels
from anlan.engine.roads.graph import assemble
from anlan.engine.roads.warming import warm

NAMES = ["South Street", "East Street", "North Street", "West Street", "Spur"]


def square_town(*, spur_forward=True, spur_backward=True, east_backward=True):
    """A square of four streets of 1,000 m at 36 km/h (100 s each), and a spur to the north-east.

    Nodes 0 to 3 run anticlockwise from (0, 0); segment i leads from node i to i + 1; segment 4 is
    the spur from node 2 to node 4, 500 m (50 s).
    """
    side = 0.009
    lon = np.array([0, side, side, 0, side * 1.5])
    lat = np.array([0, 0, side, side, side])
    start, end = np.array([0, 1, 2, 3, 2]), np.array([1, 2, 3, 0, 4])
    corners = np.column_stack([start, end]).ravel()
    return assemble(
        node_lon=lon,
        node_lat=lat,
        seg_from=start,
        seg_to=end,
        seg_length_m=[1000, 1000, 1000, 1000, 500],
        seg_forward=[True, True, True, True, spur_forward],
        seg_backward=[True, east_backward, True, True, spur_backward],
        seg_speed_kmh=[36.0] * 5,
        seg_names=NAMES,
        seg_classes=["residential"] * 5,
        seg_source=[100, 101, 102, 103, 104],
        geo_ptr=np.arange(0, 11, 2),
        geo_lon=lon[corners],
        geo_lat=lat[corners],
    )


def at(segment, fraction):
    return Snap(segment, fraction, 0.0, 0.0, 0.0)


@pytest.fixture
def town():
    return RoadNetwork.build(square_town())


def test_times_worked_on_paper(town):
    middle = at(0, 0.5)
    origins = [at(0, 0.25), at(1, 0.5), at(2, 0.5), at(4, 1.0)]
    # along South Street; half East + half South; half North + West + half South or by East; spur
    assert town.times_to(middle, origins).tolist() == [25.0, 100.0, 200.0, 200.0]
    assert town.times_from(middle, origins).tolist() == [25.0, 100.0, 200.0, 200.0]


def test_one_way_streets_are_respected_at_the_ends_and_between():
    town = RoadNetwork.build(square_town(east_backward=False))
    # from the middle of East Street down to its start: round by North, West, South
    assert town.times_to(at(1, 0.0), [at(1, 0.5)]).tolist() == [350.0]
    assert town.times_to(at(1, 0.5), [at(1, 0.0)]).tolist() == [50.0]
    # behind oneself on the same one-way street: once round
    assert town.times_to(at(1, 0.25), [at(1, 0.75)]).tolist() == [350.0]


def test_times_are_multiplied_by_the_factor(town):
    plain = town.times_to(at(0, 0.5), [at(2, 0.5)])
    town.set_factor(1.85)
    assert town.factor == 1.85
    assert town.times_to(at(0, 0.5), [at(2, 0.5)]) == pytest.approx(plain * 1.85)
    assert town.matrix([at(2, 0.5)], [at(0, 0.5)])[0, 0] == pytest.approx(plain[0] * 1.85)
    assert town.route(at(2, 0.5), at(0, 0.5)).time_s == town.times_to(at(0, 0.5), [at(2, 0.5)])[0]


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_a_senseless_factor_is_refused(town, factor):
    with pytest.raises(ValueError, match="factor"):
        town.set_factor(factor)
    with pytest.raises(ValueError, match="factor"):
        RoadNetwork.build(square_town(), factor=factor)


# ------------------------------------------------------------------ snapping


def test_a_place_is_snapped_to_the_nearest_edge_not_node(town):
    snap = town.snap(0.0045, -0.001)  # below the middle of South Street
    assert snap.segment == 0
    assert snap.fraction == pytest.approx(0.5)
    assert (snap.lon, snap.lat) == (pytest.approx(0.0045), pytest.approx(0.0))
    assert snap.distance_m == pytest.approx(111.2, abs=0.1)


def test_many_places_are_snapped_as_one_by_one(town):
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(-0.005, 0.02, 50), rng.uniform(-0.005, 0.015, 50)
    many = town.snap_many(lon, lat)
    assert len(many) == 50
    assert list(many) == [town.snap(x, y) for x, y in zip(lon, lat, strict=True)]
    assert list(SnapBatch.of(list(many))) == list(many)
    assert list(many[3:5]) == [many[3], many[4]]


def test_the_distance_is_the_least_to_any_street(town):
    rng = np.random.default_rng(6)
    graph = town.graph
    for lon, lat in zip(rng.uniform(0, 0.02, 30), rng.uniform(0, 0.01, 30), strict=True):
        share = np.linspace(0, 1, 2001)
        away = []
        for a, b in zip(graph.seg_from, graph.seg_to, strict=True):
            x = graph.node_lon[a] + share * (graph.node_lon[b] - graph.node_lon[a])
            y = graph.node_lat[a] + share * (graph.node_lat[b] - graph.node_lat[a])
            away.append(np.hypot(x - lon, y - lat).min() * 111_195)
        assert town.snap(lon, lat).distance_m == pytest.approx(min(away), abs=0.5)


def test_nothing_is_snapped_outside_the_main_part():
    town = RoadNetwork.build(square_town(spur_backward=False))  # no way back from the spur's end
    assert town.graph.summary().cut_off_nodes == 1
    snap = town.snap(0.0135, 0.009)  # the end of the spur
    assert snap.segment != 4
    assert snap.distance_m > 400


@pytest.mark.parametrize(("lon", "lat"), [(200, 0), (0, 91), (float("nan"), 0)])
def test_what_is_no_place_is_refused(town, lon, lat):
    with pytest.raises(ValueError, match="is no place"):
        town.snap(lon, lat)


def test_segments_near_a_place_come_nearest_first(town):
    assert town.segments_near(0.0088, 0.0002, radius_m=100).tolist() in ([0, 1], [1, 0])
    assert town.segments_near(0.0045, 0.0001, radius_m=100).tolist() == [0]
    assert town.segments_near(1.0, 1.0, radius_m=100).tolist() == []


# ------------------------------------------------------------------ closures


def test_a_closed_street_is_driven_around_and_opening_restores(town):
    origins = [at(1, 0.0), at(1, 1.0), at(3, 0.5)]
    before = town.times_to(at(0, 0.0), origins)
    assert before.tolist() == [100.0, 200.0, 50.0]
    town.apply_closures([Closure(0)])
    # South Street is closed, but its end at node 0 is still a corner of West Street
    assert town.times_to(at(3, 1.0), origins).tolist() == [300.0, 200.0, 50.0]
    town.apply_closures([])
    assert town.times_to(at(0, 0.0), origins).tolist() == before.tolist()


def test_a_slowed_street_takes_as_much_longer(town):
    town.apply_closures([Closure(0, speed_factor=0.5)])
    assert town.times_to(at(0, 1.0), [at(0, 0.0)]).tolist() == [200.0]
    town.apply_closures([Closure(0, backward=False, speed_factor=0.5)])
    assert town.times_to(at(0, 1.0), [at(0, 0.0)]).tolist() == [200.0]
    assert town.times_to(at(0, 0.0), [at(0, 1.0)]).tolist() == [100.0]


def test_of_two_closures_on_a_street_the_slower_counts(town):
    town.apply_closures([Closure(0), Closure(0, speed_factor=0.5)])
    assert town.times_to(at(0, 0.6), [at(0, 0.4)]).tolist() == [np.inf]


def test_a_point_on_a_closed_street_leaves_by_the_open_direction_only(town):
    town.apply_closures([Closure(0, backward=False)])
    # forward is closed: back to node 0, then round by West, North and East
    assert town.times_to(at(1, 0.0), [at(0, 0.5)]).tolist() == [350.0]
    assert town.times_to(at(0, 0.25), [at(0, 0.5)]).tolist() == [25.0]


def test_a_point_on_a_street_closed_both_ways_is_out_of_reach(town):
    town.apply_closures([Closure(0)])
    assert town.times_to(at(0, 0.5), [at(2, 0.5), at(0, 0.4)]).tolist() == [np.inf, np.inf]
    assert np.isinf(town.matrix([at(2, 0.5)], [at(0, 0.5)])).all()
    with pytest.raises(NoRoute, match="No open street leads"):
        town.route(at(2, 0.5), at(0, 0.5))


def test_closing_the_only_way_cuts_off(town):
    town.apply_closures([Closure(4)])
    assert town.times_to(at(0, 0.0), [at(4, 1.0)]).tolist() == [np.inf]


def test_a_what_if_leaves_the_town_as_it_is(town):
    what_if = town.with_closures([Closure(0)])
    assert np.isinf(what_if.times_to(at(0, 0.5), [at(2, 0.5)])).all()
    assert town.closures == ()
    assert town.times_to(at(0, 0.5), [at(2, 0.5)]).tolist() == [200.0]


def test_a_snapshot_keeps_its_state(town):
    snapshot = town.snapshot
    town.apply_closures([Closure(0)])
    assert snapshot.times_to(at(0, 0.5), [at(2, 0.5)]).tolist() == [200.0]
    assert np.isinf(town.times_to(at(0, 0.5), [at(2, 0.5)])).all()


@pytest.mark.parametrize(
    "closure",
    [Closure(5), Closure(-1), Closure(0, speed_factor=-0.1), Closure(0, speed_factor=float("nan"))],
)
def test_a_senseless_closure_is_refused_and_changes_nothing(town, closure):
    town.apply_closures([Closure(3)])
    before = town.snapshot
    with pytest.raises(ValueError, match=r"no street segment|no slow-down"):
        town.apply_closures([Closure(1), closure])
    assert town.snapshot is before


def test_queries_during_closures_see_one_whole_state(town):
    """Two streets close together; a query that saw one of them open would give another time."""
    closed = [Closure(0), Closure(1)]
    origins = [at(3, 0.1), at(2, 0.3), at(4, 0.5)] * 30
    target = at(3, 0.9)
    states = set()
    for closures in ([], closed):
        snapshot = town.with_closures(closures)
        states.add(tuple(snapshot.times_to(target, origins)))
    half = town.with_closures([Closure(0)])
    assert len(states) == 2 or tuple(half.times_to(target, origins)) in states
    seen: list[tuple[float, ...]] = []
    stop = threading.Event()

    def ask():
        while not stop.is_set():
            seen.append(tuple(town.times_to(target, origins)))
            seen.append(tuple(town.matrix(origins, [target], threads=1)[:, 0]))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(300):
        town.apply_closures(closed if i % 2 else [])
    stop.set()
    for thread in threads:
        thread.join()
    assert len(seen) > 8
    assert set(seen) <= states


# ------------------------------------------------------------------ routes


def test_a_route_tells_its_streets_in_order(town):
    route = town.route(at(0, 0.5), at(4, 0.5))
    assert [step.name for step in route.steps] == ["South Street", "East Street", "Spur"]
    assert [step.length_m for step in route.steps] == [500, 1000, 250]
    assert [step.time_s for step in route.steps] == [50, 100, 25]
    assert (route.time_s, route.length_m) == (175, 1750)
    assert np.allclose(route.lon, [0.0045, 0.009, 0.009, 0.01125])
    assert np.allclose(route.lat, [0.0, 0.0, 0.009, 0.009])


def test_a_route_against_the_shape_is_drawn_backward(town):
    route = town.route(at(0, 0.75), at(0, 0.25))
    assert np.allclose(route.lon, [0.00675, 0.00225])
    assert (route.time_s, route.length_m) == (50, 500)


def test_a_route_to_where_one_stands_takes_no_time(town):
    route = town.route(at(0, 0.5), at(0, 0.5))
    assert (route.time_s, route.length_m, len(route.lon)) == (0, 0, 2)


# ------------------------------------------------------------------ numbers at the edge


def test_very_long_times_are_out_of_reach_and_do_not_wrap():
    graph = square_town()
    graph.seg_length_m[:] = 4e6  # 4,000 km at 36 km/h: 4.6 days a street, 24.8 days are the limit
    town = RoadNetwork.build(graph)
    town.apply_closures([Closure(i, speed_factor=0.2) for i in range(5)])
    assert town.times_to(at(0, 0.0), [at(0, 0.5)])[0] == 4e6 / 10 / 0.2 / 2
    assert town.times_to(at(0, 0.0), [at(2, 0.0)])[0] == np.inf
    assert np.isinf(town.matrix([at(2, 0.0)], [at(0, 0.0)])).all()
    with pytest.raises(NoRoute):
        town.route(at(2, 0.0), at(0, 0.0))


def test_no_origins_give_no_times(town):
    assert town.times_to(at(0, 0.5), []).shape == (0,)
    assert town.matrix([], [at(0, 0.5)]).shape == (0, 1)
    assert town.matrix([at(0, 0.5)], []).shape == (1, 0)


# ------------------------------------------------------------------ cache and warming


def test_the_cached_hierarchy_gives_the_same_times(tmp_path):
    graph = square_town()
    labels: list[str] = []
    first = RoadNetwork.build(graph, cache_dir=tmp_path)
    again = RoadNetwork.build(graph, cache_dir=tmp_path, progress=lambda say, _: labels.append(say))
    assert "reading the hierarchy" in labels
    assert "ordering the nodes" not in labels
    points = [at(i, 0.3) for i in range(5)]
    assert np.array_equal(first.matrix(points, points), again.matrix(points, points))


def test_a_damaged_cache_is_made_anew(tmp_path):
    RoadNetwork.build(square_town(), cache_dir=tmp_path)
    (cached,) = tmp_path.iterdir()
    cached.write_bytes(cached.read_bytes()[:100])
    town = RoadNetwork.build(square_town(), cache_dir=tmp_path)
    assert town.times_to(at(0, 0.5), [at(2, 0.5)]).tolist() == [200.0]
    assert cached.stat().st_size > 100


def test_another_topology_has_another_cache(tmp_path):
    RoadNetwork.build(square_town(), cache_dir=tmp_path)
    RoadNetwork.build(square_town(spur_forward=False, spur_backward=False), cache_dir=tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_warming_compiles_all_that_a_town_needs(town):
    labels: list[tuple[str, float]] = []
    warm(progress=lambda say, share: labels.append((say, share)))
    compiled = signatures()
    town.apply_closures([Closure(0)])
    points = town.snap_many([0.001, 0.008, 0.0], [0.0, 0.004, 0.0])
    town.times_to(points[0], points)
    town.times_from(points[0], points[:0])
    town.matrix(points, points)
    town.apply_closures([])
    town.route(points[0], points[1])
    assert signatures() == compiled
    for entry in ("all_to_one", "some_to_one", "matrix_block", "unpack", "update", "fill_in"):
        assert compiled[entry] == 1
    assert labels[-1][1] == 1.0


def signatures():
    """Count the compiled forms of each kernel."""
    return {
        name: len(kernel.signatures)
        for name in dir(kernels)
        if hasattr(kernel := getattr(kernels, name), "signatures")
    }


def test_a_state_that_somebody_holds_is_never_written_over(town):
    """The arrays of a replaced state are used again, but not while it is held."""
    origins = [at(i, 0.5) for i in range(5)]
    held = []
    for i in range(12):
        snapshot = town.apply_closures([Closure(i % 5, speed_factor=0.5)])
        if i % 3 == 0:
            held.append((snapshot, snapshot.matrix(origins, origins)))
        del snapshot
    for snapshot, times in held:
        assert np.array_equal(snapshot.matrix(origins, origins), times)


def test_importing_the_package_does_not_load_numba():
    code = (
        "import sys; from anlan.engine.roads import RoadGraph, UnreadableRoads; "
        "sys.exit(any(m in sys.modules for m in ('numba', 'osmium', 'pymetis', 'scipy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
