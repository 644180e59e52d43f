"""What the reader of OpenStreetMap extracts keeps, cuts and refuses."""

from __future__ import annotations

import numpy as np
import pytest

from anlan.engine.roads import UnreadableRoads, read_osm
from anlan.engine.roads.osm_tags import barrier_stops, direction, driving

STREET = {"highway": "residential"}


def read(town, **how):
    return read_osm(town.write(), **how)


def ends(graph):
    """Give each segment's ends by longitude, in thousandths of a degree."""
    mil = np.rint(graph.node_lon * 1000).astype(int)
    return sorted(zip(mil[graph.seg_from].tolist(), mil[graph.seg_to].tolist(), strict=True))


def test_ways_are_cut_at_junctions_only(osm_town):
    town = osm_town(
        ways=[(10, [1, 2, 3, 4], {**STREET, "name": "中关村大街"}), (11, [3, 7], STREET)]
    )
    graph = read(town)
    assert ends(graph) == [(1, 3), (3, 4), (3, 7)]
    first = int(np.argmin(graph.node_lon[graph.seg_from] + graph.node_lon[graph.seg_to]))
    assert graph.names[graph.seg_name[first]] == "中关村大街"
    assert graph.seg_source[first] == 10
    shape = slice(graph.geo_ptr[first], graph.geo_ptr[first + 1])
    assert np.allclose(graph.geo_lon[shape], [0.001, 0.002, 0.003])
    # 0.002° of longitude at the equator, with a kink of 0.0001° there and back
    assert graph.seg_length_m[first] == pytest.approx(2 * 111.195 * np.hypot(1, 0.1), rel=1e-3)


def test_a_way_that_crosses_itself_is_cut_there(osm_town):
    graph = read(osm_town(ways=[(10, [1, 2, 3, 4, 2], STREET)]))
    assert ends(graph) == [(1, 2), (2, 2)]


@pytest.mark.parametrize(
    ("tags", "along_against"),
    [
        ({}, (True, True)),
        ({"oneway": "yes"}, (True, False)),
        ({"oneway": "-1"}, (False, True)),
        ({"junction": "roundabout"}, (True, False)),
        ({"junction": "roundabout", "oneway": "-1"}, (False, True)),
        ({"highway": "motorway"}, (True, False)),
        ({"highway": "motorway", "oneway": "no"}, (True, True)),
        ({"highway": "motorway_link"}, (True, True)),
        ({"oneway": "reversible"}, (False, False)),
    ],
)
def test_directions(tags, along_against):
    tags = {"highway": "residential", **tags}
    assert direction(tags, road_class=tags["highway"]) == along_against


def test_one_way_streets_are_read_as_such(osm_town):
    town = osm_town(
        ways=[(10, [1, 2], {**STREET, "oneway": "yes"}), (11, [2, 3], {**STREET, "oneway": "-1"})]
    )
    graph = read(town)
    by_way = dict(zip(graph.seg_source.tolist(), range(2), strict=True))
    assert (graph.seg_forward[by_way[10]], graph.seg_backward[by_way[10]]) == (True, False)
    assert (graph.seg_forward[by_way[11]], graph.seg_backward[by_way[11]]) == (False, True)


@pytest.mark.parametrize(
    ("tags", "is_open"),
    [
        ({"highway": "service"}, True),
        ({"highway": "service", "access": "no"}, False),
        ({"highway": "service", "access": "private"}, False),
        ({"highway": "service", "access": "private", "emergency": "yes"}, True),
        ({"highway": "service", "access": "no", "motor_vehicle": "yes"}, True),
        ({"highway": "service", "access": "yes", "motor_vehicle": "no"}, False),
        ({"highway": "residential", "access": "destination"}, True),
        ({"highway": "residential", "vehicle": "no"}, False),
        ({"highway": "residential", "area": "yes"}, False),
        ({"highway": "footway"}, False),
        ({"highway": "pedestrian"}, False),
        ({"highway": "pedestrian", "emergency": "yes"}, True),
        ({"highway": "construction"}, False),
        ({"railway": "rail"}, False),
        ({"route": "ferry"}, False),
        ({"route": "ferry", "motor_vehicle": "yes"}, True),
        ({"route": "ferry", "motor_vehicle": "no"}, False),
    ],
)
def test_access(tags, is_open):
    assert (driving(tags, country=None) is not None) == is_open


@pytest.mark.parametrize(
    ("tags", "stops"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "gate"}, True),
        ({"barrier": "gate", "access": "yes"}, False),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "gate", "emergency": "yes", "access": "private"}, False),
        ({"barrier": "toll_booth"}, False),
        ({"barrier": "kerb"}, False),
        ({"barrier": "lift_gate", "motor_vehicle": "destination"}, False),
    ],
)
def test_barriers(tags, stops):
    assert barrier_stops(tags) == stops


def test_a_bollard_breaks_the_way_and_cuts_off_what_lies_behind(osm_town):
    town = osm_town(ways=[(10, [1, 2, 3, 4], STREET), (11, [1, 5], STREET), (12, [1, 6], STREET)])
    whole = read(town).summary()
    town.barriers[3] = {"barrier": "bollard"}
    broken = read(town).summary()
    assert (whole.nodes, whole.edges, whole.cut_off_nodes) == (4, 3, 0)
    # the two sides of the bollard are two ends that do not meet
    assert (broken.nodes, broken.edges, broken.cut_off_nodes) == (6, 4, 2)


def test_a_barrier_on_a_junction_parts_every_street_there(osm_town):
    town = osm_town(
        ways=[(10, [1, 2, 3], STREET), (11, [2, 5], STREET)], barriers={2: {"barrier": "block"}}
    )
    assert read(town).summary().nodes == 6


def test_a_ferry_with_a_duration_takes_that_long(osm_town):
    ferry = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:20"}
    town = osm_town(ways=[(10, [1, 2, 3], ferry), (11, [2, 5], STREET)])
    graph = read(town)
    crossing = graph.seg_source == 10
    assert crossing.sum() == 2
    assert graph.travel_ms()[crossing].sum() == pytest.approx(20 * 60_000, abs=5)


def test_limits_and_classes_give_speeds(osm_town):
    town = osm_town(
        ways=[
            (10, [1, 2], {**STREET, "maxspeed": "30 mph"}),
            (11, [2, 3], STREET),
            (12, [3, 4], {"highway": "primary", "maxspeed": "signals"}),
        ]
    )
    general = speeds_by_way(read(town))
    chinese = speeds_by_way(read(town, country="CN"))
    assert general[10] == chinese[10] == pytest.approx(30 * 1.609344 * 0.9)
    assert (general[11], general[12], chinese[12]) == (30, 65, 50)


def speeds_by_way(graph):
    return dict(zip(graph.seg_source.tolist(), graph.seg_speed_kmh.tolist(), strict=True))


def test_restrictions_are_counted_and_kept(osm_town):
    town = osm_town(
        ways=[(10, [1, 2], STREET), (11, [2, 3], STREET), (12, [2, 5], STREET)],
        relations=[
            (
                1,
                [("w", 10, "from"), ("n", 2, "via"), ("w", 11, "to")],
                {"type": "restriction", "restriction": "no_left_turn"},
            ),
            (
                2,
                [("w", 10, "from"), ("w", 12, "via"), ("w", 11, "to")],
                {"type": "restriction", "restriction": "no_u_turn"},
            ),
            (3, [("n", 2, "via")], {"type": "restriction", "restriction": "no_exit"}),
            (4, [("w", 10, "from")], {"type": "restriction", "restriction:hgv": "no_left_turn"}),
            (5, [("w", 10, "")], {"type": "route", "route": "bus"}),
        ],
    )
    graph = read(town)
    assert graph.summary().restrictions == 3
    via = graph.restrictions[:, 1]
    assert graph.node_lon[via[0]] == pytest.approx(0.002)
    assert graph.restrictions[:, [0, 2]].tolist() == [[10, 11], [10, 11], [0, 0]]
    assert via[1] == -1
    assert graph.restriction_via_ways == ((), (12,), ())
    assert graph.restriction_kinds == ("no_left_turn", "no_u_turn", "no_exit")


def test_points_cut_away_by_the_extract_leave_a_gap(osm_town):
    town = osm_town(ways=[(10, [1, 2, 3, 4, 5], STREET)], missing=frozenset({3}))
    assert ends(read(town)) == [(1, 2), (4, 5)]


def test_a_text_file_is_refused(tmp_path):
    path = tmp_path / "roads.osm.pbf"
    path.write_text("node_id,lon,lat\n1,0,0\n")
    with pytest.raises(
        UnreadableRoads, match=r"no whole OpenStreetMap extract .*download it again"
    ):
        read_osm(path)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.99])
def test_a_cut_off_file_is_refused(osm_town, share):
    path = osm_town(ways=[(10, [1, 2, 3], STREET)]).write()
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UnreadableRoads, match="town"):
        read_osm(path)


def test_an_extract_without_roads_is_refused(osm_town):
    path = osm_town(ways=[(10, [1, 2], {"building": "yes"})]).write()
    with pytest.raises(UnreadableRoads, match="holds no roads"):
        read_osm(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableRoads, match="does not exist"):
        read_osm(tmp_path / "no.osm.pbf")


def test_a_country_must_be_two_letters(osm_town):
    with pytest.raises(UnreadableRoads, match="two letters"):
        read(osm_town(ways=[(10, [1, 2], STREET)]), country="China")
