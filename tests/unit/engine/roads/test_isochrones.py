"""What is reached within a bound: nodes, points, streets and areas."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from tests.unit.engine.roads.drawn_towns import make_graph, network_of, oracle_ms, towns

from anlan.engine.roads import (
    Closure,
    RoadNetwork,
    Snap,
    SnapBatch,
    isochrone_areas,
    reach,
    read_csv,
)
from anlan.engine.roads.isochrones import kernels
from anlan.engine.roads.isochrones.areas import _polygons

BOUNDS = st.one_of(st.just(0.0), st.integers(0, 900).map(float), st.floats(0.0, 900.0))

WITHIN = st.floats(0.001, 0.999)  # a street's very end may be reached without a stretch of it


def on(segment: int, fraction: float) -> Snap:
    return Snap(segment, fraction, 0.0, 0.0, 0.0)


def line() -> RoadNetwork:
    """Streets of 100, 200 and 50 m in a row, the last one driven only from its start; 1 m/s."""
    streets = [(0, 1, 100.0, True, True), (1, 2, 200.0, True, True), (2, 3, 50.0, True, False)]
    return RoadNetwork.build(make_graph(4, streets))


def test_a_line_of_streets_gives_what_paper_gives():
    found = reach(line().snapshot, [on(0, 0.25)], within_s=85.0)
    assert found.node.tolist() == [0, 1]
    assert found.node_s.tolist() == [25.0, 75.0]
    assert found.arrival_s.tolist() == [25.0, 75.0, np.inf, np.inf]
    assert found.origin.tolist() == [0, 0, -1, -1]
    streets = found.streets()
    assert streets.segment.tolist() == [0, 1]
    assert streets.start.tolist() == [0.0, 0.0]
    assert streets.end.tolist() == [1.0, 0.05]


def test_a_small_bound_stays_on_the_origins_own_street():
    found = reach(line().snapshot, [on(1, 0.5), on(1, 0.55)], within_s=20.0)
    assert len(found.node) == 0
    streets = found.streets()
    assert streets.segment.tolist() == [1]
    assert streets.start == pytest.approx([0.4])
    assert streets.end == pytest.approx([0.65])
    seconds, origin = found.at([on(1, 0.5), on(1, 0.54), on(1, 0.7)])
    assert seconds.tolist() == [0.0, pytest.approx(2.0), np.inf]
    assert origin.tolist() == [0, 1, -1]


def test_driving_to_a_place_counts_one_way_streets_the_other_way():
    network = line()
    outward = reach(network.snapshot, [on(2, 0.5)], within_s=1000.0)
    assert outward.node.tolist() == [3]
    assert outward.streets().start.tolist() == [0.5]
    inward = reach(network.snapshot, [on(2, 0.5)], within_s=125.0, leaving=False)
    assert inward.node.tolist() == [2]
    assert inward.streets().segment.tolist() == [1, 2]
    assert inward.streets().start.tolist() == [0.5, 0.0]
    assert inward.streets().end.tolist() == [1.0, 0.5]


def test_the_factor_of_the_town_counts():
    network = line()
    network.set_factor(2.0)
    found = reach(network.snapshot, [on(0, 0.0)], within_s=250.0)
    assert found.node_s.tolist() == [0.0, 200.0]
    assert found.streets().end.tolist() == [1.0, 0.125]


def test_of_two_origins_at_the_same_second_the_first_counts():
    network = line()
    found = reach(network.snapshot, [on(0, 0.5), on(0, 0.5)], within_s=500.0)
    assert found.node_origin.tolist() == [0] * 4
    between = reach(network.snapshot, [on(1, 1.0), on(0, 0.0)], within_s=500.0)
    halfway = network.snapshot.times_from(on(0, 0.0), [on(1, 0.25)])
    assert between.at([on(1, 0.25)]) == (halfway, [0])


@settings(max_examples=80, deadline=None)
@given(towns(), BOUNDS, st.booleans(), st.sampled_from([1.0, 1.7]))
def test_points_are_reached_exactly_when_scipy_says_so(town, within_s, leaving, factor):
    network = network_of(town)
    network.set_factor(factor)
    network.apply_closures(town.closures)
    found = reach(network.snapshot, town.origins, within_s=within_s, leaving=leaving)
    seconds, origin = found.at(town.targets)
    for j, target in enumerate(town.targets):
        ms = np.array(
            [
                oracle_ms(town.graph, town.closures, *((o, target) if leaving else (target, o)))
                for o in town.origins
            ]
        )
        want = ms.min() * (0.001 * factor)
        if want <= within_s:
            assert (seconds[j], origin[j]) == (want, int(ms.argmin()))
        else:
            assert (seconds[j], origin[j]) == (np.inf, -1)
    matrix = (
        network.matrix(town.origins, town.targets)
        if leaving
        else network.matrix(town.targets, town.origins).T
    )
    least = matrix.min(axis=0)
    assert np.array_equal(seconds, np.where(least <= within_s, least, np.inf))


@settings(max_examples=80, deadline=None)
@given(towns(), BOUNDS, st.booleans(), st.integers(0, 30))
def test_a_sweep_of_the_town_gives_what_the_search_gives(town, within_s, leaving, room):
    """A queue of `room` places makes the search give up, where it needs more."""
    network = network_of(town)
    snapshot = network.apply_closures(town.closures)
    searched = reach(snapshot, town.origins, within_s=within_s, leaving=leaving)
    own = snapshot.corners.scratch
    own.queue = own.queue[:room]
    either = reach(snapshot, town.origins, within_s=within_s, leaving=leaving)
    own.queue = own.queue[:0]
    swept = reach(snapshot, town.origins, within_s=within_s, leaving=leaving)
    for found in (either, swept):
        assert np.array_equal(found.node, searched.node)
        assert np.array_equal(found.ms, searched.ms)
        assert np.array_equal(found.node_origin, searched.node_origin)


@settings(max_examples=60, deadline=None)
@given(towns(), BOUNDS, st.booleans(), st.lists(WITHIN, min_size=3, max_size=3))
def test_a_point_lies_on_a_reached_stretch_exactly_when_it_is_reached(
    town, within_s, leaving, fractions
):
    network = network_of(town)
    network.apply_closures(town.closures)
    found = reach(network.snapshot, town.origins, within_s=within_s, leaving=leaving)
    streets = found.streets()
    assert (streets.start < streets.end).all()
    same = streets.segment[1:] == streets.segment[:-1]
    assert (streets.start[1:][same] > streets.end[:-1][same]).all()
    points = [on(s, f) for s in range(len(town.graph.seg_from)) for f in fractions]
    wider = reach(network.snapshot, town.origins, within_s=within_s + 0.01, leaving=leaving)
    seconds, _ = wider.at(points)
    for point, second in zip(points, seconds, strict=True):
        here = streets.segment == point.segment
        inside = (streets.start[here] <= point.fraction) & (point.fraction <= streets.end[here])
        # a point's time is rounded to the millisecond, where a stretch ends is not
        if second <= within_s - 0.002:
            assert inside.any()
        if second > within_s + 0.002:
            assert not inside.any()


@settings(max_examples=60, deadline=None)
@given(towns(), BOUNDS, st.booleans())
def test_closures_never_help_and_origins_and_longer_bounds_never_hurt(town, within_s, leaving):
    network = network_of(town)

    def length_m(snapshot, origins, bound):
        found = reach(snapshot, origins, within_s=bound, leaving=leaving)
        whole = found.streets().length_m(town.graph).sum()
        assert whole <= town.graph.seg_length_m.sum(dtype=float) * (1 + 1e-9)
        return found.arrival_s, whole

    arrival, length = length_m(network.snapshot, town.origins, within_s)
    closed = network.with_closures(town.closures)
    for later, less in (
        length_m(closed, town.origins, within_s),
        length_m(network.snapshot, town.origins[:-1], within_s),
        length_m(network.snapshot, town.origins, within_s / 2),
    ):
        assert (later >= arrival).all()
        assert less <= length + 1e-6


def test_asking_less_than_was_searched_gives_what_a_smaller_search_gives():
    rng = np.random.default_rng(5)
    network = grid(rng, side=12)
    origins = [on(3, 0.2), on(90, 0.7), on(200, 0.0)]
    large = reach(network.snapshot, origins, within_s=60.0)
    for bound in (0.0, 7.3, 31.0, 60.0):
        small = reach(network.snapshot, origins, within_s=bound)
        for name in ("segment", "start", "end"):
            asked = getattr(large.streets(within_s=bound), name)
            assert np.array_equal(asked, getattr(small.streets(), name))


def test_threads_get_the_answers_that_one_alone_gets():
    network = grid(np.random.default_rng(2), side=20)
    origins = [[on(s, 0.5)] for s in range(0, 700, 7)]

    def ask(places):
        found = reach(network.snapshot, places, within_s=40.0)
        return found.arrival_s, found.streets().length_m(network.graph)

    alone = [ask(places) for places in origins]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(ask, origins))
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one[0], other[0])
        assert np.array_equal(one[1], other[1])


@pytest.mark.parametrize("within_s", [-1.0, np.inf, np.nan])
def test_a_bound_that_is_no_time_is_refused(within_s):
    with pytest.raises(ValueError, match="is no bound"):
        reach(line().snapshot, [on(0, 0.0)], within_s=within_s)


def test_streets_beyond_the_search_are_refused():
    found = reach(line().snapshot, [on(0, 0.0)], within_s=10.0)
    with pytest.raises(ValueError, match="ask for streets within that"):
        found.streets(within_s=11.0)


def grid(rng, *, side):
    """A town of side × side corners about 100 m apart, a third of its streets one-way."""
    corner = np.arange(side * side).reshape(side, side)
    pairs = [*zip(corner[:, :-1].flat, corner[:, 1:].flat, strict=True)]
    pairs += [*zip(corner[:-1].flat, corner[1:].flat, strict=True)]
    streets = [(a, b, float(rng.integers(3, 9)), True, rng.random() < 0.7) for a, b in pairs]
    graph = make_graph(side * side, streets)
    x, y = corner % side * 0.001, corner // side * 0.001
    graph.node_lon[:], graph.node_lat[:] = x.ravel(), y.ravel()
    ends = np.column_stack([graph.seg_from, graph.seg_to]).ravel()
    graph.geo_lon[:], graph.geo_lat[:] = graph.node_lon[ends], graph.node_lat[ends]
    return RoadNetwork.build(graph)


def metres(area):
    """Near the equator a degree is 111,195 m both ways."""
    return shapely.transform(area, lambda xy: xy * 111_195.0)


def test_a_street_becomes_an_area_of_its_length_and_width():
    network = RoadNetwork.build(make_graph(2, [(0, 1, 157.0, True, True)]))
    found = reach(network.snapshot, [on(0, 0.5)], within_s=200.0)
    around_m2 = 150.0 * 111.195 * np.sqrt(2) + np.pi * 75.0**2
    (fine,) = isochrone_areas(found, bounds_s=[200.0], simplify_m=0.0)
    assert metres(fine.area).area == pytest.approx(around_m2, rel=0.07)  # 69 cells
    (isochrone,) = isochrone_areas(found, bounds_s=[200.0])
    assert metres(isochrone.area).area == pytest.approx(around_m2, rel=0.1)
    assert shapely.get_num_coordinates(fine.area) > 2 * shapely.get_num_coordinates(isochrone.area)


def test_areas_are_nested_and_bands_are_disjoint():
    found = reach(grid(np.random.default_rng(4), side=15).snapshot, [on(9, 0.3)], within_s=60.0)
    bounds = [10.0, 25.0, 60.0]
    whole = isochrone_areas(found, bounds_s=bounds[::-1])
    bands = isochrone_areas(found, bounds_s=bounds, bands=True)
    assert [i.to_s for i in whole] == bounds
    assert [(i.from_s, i.to_s) for i in bands] == [(0.0, 10.0), (10.0, 25.0), (25.0, 60.0)]
    areas = [metres(i.area) for i in whole]
    rings = [metres(i.area) for i in bands]
    assert all(shapely.is_valid(a) for a in areas + rings)
    assert areas[0].area < areas[1].area < areas[2].area
    for k in (1, 2):
        assert shapely.difference(areas[k - 1], areas[k]).area < 5.0
        assert rings[k].area == pytest.approx(areas[k].area - areas[k - 1].area, abs=5.0)
        assert shapely.intersection(rings[k], rings[k - 1]).area < 5.0


def test_an_area_holds_its_streets_and_nothing_far_from_them():
    network = grid(np.random.default_rng(6), side=10)
    found = reach(network.snapshot, [on(40, 0.5)], within_s=20.0)
    (isochrone,) = isochrone_areas(found, bounds_s=[20.0], buffer_m=60.0, simplify_m=5.0)
    graph, streets = network.graph, found.streets()
    parts = []
    for s, start, end in zip(streets.segment, streets.start, streets.end, strict=True):
        shape = slice(graph.geo_ptr[s], graph.geo_ptr[s + 1])
        a, b = np.column_stack([graph.geo_lon[shape], graph.geo_lat[shape]])[[0, -1]]
        parts.append(shapely.LineString([a + start * (b - a), a + end * (b - a)]))
    lines = metres(shapely.MultiLineString(parts))
    # a cell is 20 m wide, so the outline is off by its diagonal at most, and by what is simplified
    assert shapely.covers(metres(isochrone.area), shapely.buffer(lines, 60.0 - 28.3 - 5.0))
    assert shapely.covers(shapely.buffer(lines, 60.0 + 28.3 + 5.0), metres(isochrone.area))


def test_outlines_of_drawn_cells_give_their_areas_back():
    """Parts, holes, parts in holes, cells that touch in a corner only: counted by cells."""
    for seed in range(40):
        grid = np.zeros((14, 17), np.bool_)
        share = 0.2 + 0.015 * seed
        grid[1:-1, 1:-1] = np.random.default_rng(seed).random((12, 15)) < share
        corner, ring = kernels.outline(grid)
        rings = shapely.linearrings(corner.astype(float), indices=ring)
        signed = np.where(shapely.is_ccw(rings), 1.0, -1.0)
        assert (shapely.area(shapely.polygons(rings)) * signed).sum() == grid.sum()
        whole = _polygons(grid, corner, ring, corner.astype(float))
        assert shapely.is_valid(whole).all()
        assert shapely.area(whole).sum() == grid.sum()
        for j, i in np.argwhere(grid):
            assert shapely.contains_xy(whole, i + 0.5, j + 0.5).any()


def test_nothing_reached_is_an_empty_area():
    network = line()
    network.apply_closures([Closure(2)])
    found = reach(network.snapshot, [on(2, 0.5)], within_s=60.0)
    (isochrone,) = isochrone_areas(found, bounds_s=[60.0])
    assert shapely.is_empty(isochrone.area)
    with pytest.raises(ValueError, match="buffer above 0"):
        isochrone_areas(found, bounds_s=[60.0], buffer_m=0.0)


def test_san_francisco_is_reached_as_scipy_reaches_it(shared_data):
    folder = shared_data / "san-francisco"
    graph = read_csv(folder / "roads_nodes.csv", folder / "roads_edges.csv")
    network = RoadNetwork.build(graph)
    rng = np.random.default_rng(8)
    two_way = np.flatnonzero(graph.seg_forward & graph.seg_backward & graph.main[graph.seg_from])
    nothing = np.zeros(12)
    posts = SnapBatch(rng.choice(two_way, 12).astype(np.int32), nothing, nothing, nothing, nothing)
    closures = [Closure(int(s)) for s in rng.choice(len(graph.seg_from), 400)]
    for snapshot in (network.snapshot, network.apply_closures(closures)):
        cost = snapshot.weights.cost.astype(float)
        ends = np.concatenate([graph.seg_from, graph.seg_to])
        heads = np.concatenate([graph.seg_to, graph.seg_from])
        ms = cost.T.ravel()
        order = np.lexsort((ms, heads, ends))
        order = order[ms[order] < 2.0**31 - 1]
        a, b, ms = ends[order], heads[order], ms[order]
        least = np.concatenate([[True], (a[1:] != a[:-1]) | (b[1:] != b[:-1])])
        n = len(graph.node_lon)
        arcs = csr_matrix((ms[least], (a[least], b[least])), shape=(n, n))
        open_posts = posts.take((cost[posts.segment] < 2.0**31 - 1).all(axis=1))
        for within_s in (120.0, 480.0):
            want = dijkstra(arcs, indices=graph.seg_from[open_posts.segment]) * 0.001
            found = reach(snapshot, open_posts, within_s=within_s)
            least_s = want.min(axis=0)
            near = least_s <= within_s
            assert 0 < near.sum() < n
            assert np.array_equal(found.arrival_s, np.where(near, least_s, np.inf))
            assert np.array_equal(found.origin, np.where(near, want.argmin(axis=0), -1))
            assert (np.diff(found.node) > 0).all()
