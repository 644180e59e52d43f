"""What the reader of CSV road files keeps and refuses."""

from __future__ import annotations

import pytest

from anlan.engine.roads import RoadGraph, UnreadableRoads, read_csv

NODES = "node_id,lon,lat\na,0,0\nb,0.001,0\nc,0.002,0\nd,0.003,0\n"
HEAD = "edge_id,from_node,to_node,length_m,oneway,name,road_class,speed_kmh,geometry\n"
EDGES = (
    HEAD
    + '1,a,b,111,B,Main Street,street,50,"LINESTRING(0 0,0.0005 0.0001,0.001 0)"\n'
    + "2,b,c,111,F,,street,,\n"
    + "3,b,c,222,T,Back Lane,,36,\n"
    + "4,c,d,0,F,,,,\n"
)


@pytest.fixture
def read(tmp_path):
    """Give a reader of two texts."""

    def read_texts(nodes=NODES, edges=EDGES):
        (tmp_path / "nodes.csv").write_text(nodes, encoding="utf-8")
        (tmp_path / "edges.csv").write_text(edges, encoding="utf-8")
        return read_csv(tmp_path / "nodes.csv", tmp_path / "edges.csv")

    return read_texts


def test_directions_speeds_names_and_shapes_are_read(read):
    graph = read()
    assert graph.seg_forward.tolist() == [True, True, False, True]
    assert graph.seg_backward.tolist() == [True, False, True, False]
    assert graph.seg_speed_kmh.tolist() == [50, 30, 36, 30]
    assert [graph.names[i] for i in graph.seg_name] == ["Main Street", "", "Back Lane", ""]
    assert graph.geo_ptr.tolist() == [0, 3, 5, 7, 9]
    assert graph.geo_lon[3:5].tolist() == [0.001, 0.002]
    assert graph.travel_ms().tolist() == [7992, 13320, 22200, 1]


def test_what_no_way_leads_back_from_is_cut_off(read):
    summary = read().summary()
    assert (summary.nodes, summary.edges, summary.arcs) == (4, 4, 5)
    assert summary.cut_off_nodes == 1
    assert summary.km == 0.4


def test_a_stored_graph_is_the_same_graph(read, tmp_path):
    graph = read()
    graph.save(tmp_path / "town" / "roads.npz")
    again = RoadGraph.load(tmp_path / "town" / "roads.npz")
    for name in RoadGraph.__dataclass_fields__:
        mine, theirs = getattr(graph, name), getattr(again, name)
        assert (mine == theirs) if isinstance(mine, tuple) else (mine == theirs).all(), name
        assert isinstance(mine, tuple) or mine.dtype == theirs.dtype
    assert [p.name for p in (tmp_path / "town").iterdir()] == ["roads.npz"]


@pytest.mark.parametrize("content", [b"", b"not a graph", b"PK\x03\x04 broken"])
def test_a_damaged_store_is_refused(tmp_path, content):
    (tmp_path / "roads.npz").write_bytes(content)
    with pytest.raises(UnreadableRoads, match="import the roads again"):
        RoadGraph.load(tmp_path / "roads.npz")


def test_a_cut_off_store_is_refused(read, tmp_path):
    path = tmp_path / "roads.npz"
    read().save(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableRoads, match="import the roads again"):
        RoadGraph.load(path)


def test_a_store_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableRoads, match="import the roads first"):
        RoadGraph.load(tmp_path / "roads.npz")


@pytest.mark.parametrize(
    ("edge", "sentence"),
    [
        ("5,a,z,10,B,,,,", "line 2: to_node 'z' is not among the nodes"),
        ("5,a,b,-1,B,,,,", "line 2: length_m is '-1'"),
        ("5,a,b,nan,B,,,,", "line 2: length_m is 'nan'"),
        ("5,a,b,inf,B,,,,", "line 2: length_m is 'inf'"),
        ("5,a,b,,B,,,,", "line 2: length_m is ''"),
        ("5,a,b,10,X,,,,", "line 2: oneway is 'X'"),
        ("5,a,b,10,,,,,", "line 2: oneway is ''"),
        ("5,a,b,10,B,,,0,", "line 2: speed_kmh is '0'"),
        ("x,a,b,10,B,,,,", "line 2: edge_id is 'x'"),
        ("5,a,b,10,B,,,,POINT(0 0)", "line 2: geometry is no WKT LINESTRING"),
        ("5,a,b,10,B,,,,LINE", "line 2: geometry is no WKT LINESTRING"),
        ('5,a,b,10,B,,,,"LINESTRING(0 0,500000 1)"', "convert the file to WGS-84"),
        ("5,a,b,10,B,,,,,extra", "more fields than headings"),
        ("5,a", "line 2: to_node '' is not among the nodes"),
    ],
)
def test_a_wrong_edge_is_refused_with_its_line(read, edge, sentence):
    with pytest.raises(UnreadableRoads) as refusal:
        read(edges=f"{HEAD}{edge}\n")
    assert sentence in str(refusal.value)
    assert str(refusal.value).startswith("edges.csv")


@pytest.mark.parametrize(
    ("nodes", "sentence"),
    [
        ("node_id,lon\na,0\n", "lacks the column lat"),
        ("", "lacks the column node_id"),
        ("node_id,lon,lat\n", "holds no nodes"),
        ("node_id,lon,lat\na,200,0\n", "line 2: lon is '200'"),
        ("node_id,lon,lat\na,nan,0\n", "line 2: lon is 'nan'"),
        ("node_id,lon,lat\na,0,0\na,1,1\n", "line 3: node a is there twice"),
    ],
)
def test_wrong_nodes_are_refused(read, nodes, sentence):
    with pytest.raises(UnreadableRoads, match=sentence):
        read(nodes=nodes)


def test_edges_without_rows_are_refused(read):
    with pytest.raises(UnreadableRoads, match="holds no edges"):
        read(edges=HEAD)


def test_a_file_that_is_no_text_is_refused(read, tmp_path):
    read()
    (tmp_path / "nodes.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(UnreadableRoads, match="can't be read as CSV in UTF-8"):
        read_csv(tmp_path / "nodes.csv", tmp_path / "edges.csv")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableRoads, match=r"no\.csv can't be read"):
        read_csv(tmp_path / "no.csv", tmp_path / "no.csv")
