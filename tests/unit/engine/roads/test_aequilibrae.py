"""What the reader of AequilibraE projects keeps and refuses."""

from __future__ import annotations

import sqlite3
import struct

import pytest

from anlan.engine.roads import UnreadableRoads, read_aequilibrae

POINT, LINE = 1, 2


def spatialite(kind, points):
    """Frame a geometry as SpatiaLite stores it (little-endian, SRID 4326)."""
    xs, ys = zip(*points, strict=True)
    frame = struct.pack("<BBi4dB", 0, 1, 4326, min(xs), min(ys), max(xs), max(ys), 0x7C)
    body = struct.pack("<i", kind)
    if kind == LINE:
        body += struct.pack("<i", len(points))
    return frame + body + b"".join(struct.pack("<2d", *p) for p in points) + b"\xfe"


NODES = [(1, 0, 0.0), (2, 0, 0.001), (3, 0, 0.002), (9, 1, 0.0)]
LINKS = [
    (10, 1, 2, 0, 111.0, "residential", "Calle Uno", None, None),
    (11, 2, 3, 1, 111.0, "primary", None, 60.0, 50.0),
    (12, 2, 3, -1, 111.0, "default", "", -1.0, 0.0),
    (13, 9, 1, 0, 5.0, "centroid_connector", "", None, None),
]


@pytest.fixture
def project(tmp_path):
    """Give a writer of a project database with the given links."""

    def write(nodes=NODES, links=LINKS, shape=lambda a, b: spatialite(LINE, [(a, 0), (b, 0)])):
        path = tmp_path / "project_database.sqlite"
        path.unlink(missing_ok=True)
        database = sqlite3.connect(path)
        database.execute("CREATE TABLE nodes (node_id, is_centroid, geometry)")
        database.execute(
            "CREATE TABLE links (link_id, a_node, b_node, direction, distance, link_type, name, "
            "speed_ab, speed_ba, geometry)"
        )
        lon = {n: x for n, _, x in nodes}
        for n, centroid, x in nodes:
            database.execute(
                "INSERT INTO nodes VALUES (?, ?, ?)", (n, centroid, spatialite(POINT, [(x, 0)]))
            )
        for link in links:
            blob = shape(lon.get(link[1], 0), lon.get(link[2], 0))
            database.execute("INSERT INTO links VALUES (?,?,?,?,?,?,?,?,?,?)", (*link, blob))
        database.commit()
        database.close()
        return path

    return write


def test_centroids_and_connectors_are_left_out(project):
    graph = read_aequilibrae(project())
    summary = graph.summary()
    assert (summary.nodes, summary.edges, summary.cut_off_nodes) == (3, 3, 0)
    assert graph.seg_source.tolist() == [10, 11, 12]


def test_directions_speeds_names_and_shapes_are_read(project):
    graph = read_aequilibrae(project())
    assert graph.seg_forward.tolist() == [True, True, False]
    assert graph.seg_backward.tolist() == [True, False, True]
    assert graph.seg_speed_kmh.tolist() == [30, 50, 30]
    assert graph.names[graph.seg_name[0]] == "Calle Uno"
    assert graph.geo_lon.tolist() == [0.0, 0.001, 0.001, 0.002, 0.001, 0.002]


def test_a_country_changes_the_class_defaults(project):
    links = [(10, 1, 2, 0, 111.0, "primary", "", None, None)]
    assert read_aequilibrae(project(links=links)).seg_speed_kmh[0] == 65
    assert read_aequilibrae(project(links=links), country="CL").seg_speed_kmh[0] == 50


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"links": [(10, 1, 77, 0, 1.0, "road", "", None, None)]}, "link 10 names a node"),
        ({"links": [(10, 1, 2, 0, -1.0, "road", "", None, None)]}, "link 10 has the distance -1.0"),
        ({"links": [(10, 1, 2, 0, None, "road", "", None, None)]}, "link 10 has the distance None"),
        ({"links": []}, "holds no roads"),
        ({"shape": lambda a, b: b"junk"}, "a geometry is damaged"),
        ({"shape": lambda a, b: None}, "a geometry is damaged"),
        ({"shape": lambda a, b: spatialite(POINT, [(a, 0)])}, "a geometry is no LineString"),
        (
            {"shape": lambda a, b: spatialite(LINE, [(a, 0), (float("nan"), 0)])},
            "a geometry has no numbers",
        ),
    ],
)
def test_a_damaged_project_is_refused(project, change, sentence):
    with pytest.raises(UnreadableRoads, match=sentence):
        read_aequilibrae(project(**change))


def test_another_database_is_refused(tmp_path):
    path = tmp_path / "other.sqlite"
    sqlite3.connect(path).execute("CREATE TABLE cats (name)")
    with pytest.raises(UnreadableRoads, match="no AequilibraE project database"):
        read_aequilibrae(path)


def test_a_text_file_is_refused(tmp_path):
    path = tmp_path / "project_database.sqlite"
    path.write_text("no database at all, just words" * 100)
    with pytest.raises(UnreadableRoads, match="no AequilibraE project database"):
        read_aequilibrae(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableRoads, match="does not exist"):
        read_aequilibrae(tmp_path / "no.sqlite")
