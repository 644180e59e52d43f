"""Roads, posts and units come in whole or not at all; each bad row is named with its reason."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from tests.services.demo_town import STEP, write_grid
from tests.services.dispatch_desk import AT, KEY, OFFICER, open_desk, stamp

from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries, services
from anlan.kernel.places.models import RoadSnapshot
from anlan.kernel.values import Actor, BadInput, LonLat, Refused, Role

pytestmark = pytest.mark.django_db
BY = {"actor": Actor("cli", frozenset({Role.ADMINISTRATOR})), "at": AT, "recorded_at": AT}


@pytest.fixture(autouse=True)
def no_map(monkeypatch):
    monkeypatch.setattr("anlan.kernel.places.services.roads.draw_basemap", lambda *a, **k: "")


@pytest.fixture
def town():
    services.create_town(key=KEY, name="Grid", zone="UTC", country="CL", **BY)


@pytest.fixture
def desk(tmp_path):
    open_desk(tmp_path)
    return tmp_path


def file(folder, text, name="rows.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


# --- town -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"key": "San Francisco"}, "small letters, digits and dashes"),
        ({"zone": "Mars/Base"}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"name": "  "}, "1 to 120 characters"),
        ({"country": "USA"}, "two letters"),
        ({"clock_speed": 0.0}, "clock's speed"),
    ],
)
def test_faulty_town_is_refused_in_a_sentence(wrong, sentence):
    with pytest.raises(BadInput, match=sentence):
        services.create_town(**({"key": "a", "name": "A", "zone": "UTC"} | wrong | BY))
    assert queries.towns() == ()


def test_second_town_of_a_key_is_refused(town):
    with pytest.raises(BadInput, match="already"):
        services.create_town(key=KEY, name="Other", zone="UTC", **BY)


def test_country_comes_from_the_zone():
    row = services.create_town(key="sf", name="SF", zone="America/Los_Angeles", **BY)
    assert row.country == "US"


def test_unknown_town_names_the_command():
    with pytest.raises(BadInput, match="anlan town create nowhere"):
        queries.town("nowhere")


def test_real_towns_clock_is_the_wall_clock_and_cannot_be_set(town):
    later = AT + timedelta(minutes=5)
    assert queries.town(KEY).clock.at(later) == later
    with pytest.raises(BadInput, match="made-up"):
        services.set_clock(KEY, town_anchor=AT, speed=30.0, **BY)


# --- roads ----------------------------------------------------------------------------------------


def test_roads_import_says_what_came_in(town, tmp_path):
    report = services.import_roads(KEY, write_grid(tmp_path), **BY)
    assert {k: report[k] for k in ("nodes", "edges", "arcs", "cut_off_nodes", "restrictions")} == {
        "nodes": 100,
        "edges": 180,
        "arcs": 360,
        "cut_off_nodes": 0,
        "restrictions": 0,
    }
    assert report["km"] == pytest.approx(80.1, abs=0.1)


def test_faulty_roads_leave_the_old_ones(desk, tmp_path):
    before, seen = queries.snapshot_folder(KEY), ledger.last_id(KEY)
    bad = [file(tmp_path, "a,b\n1,2\n", "n.csv"), file(tmp_path, "c\n", "e.csv")]
    for files, sentence in (
        (bad, "lacks the column"),
        ([file(tmp_path, "hello", "x.osm.pbf")], "."),
        ([tmp_path / "absent.osm.pbf"], "no file"),
        ([bad[0]], "two CSV files"),
    ):
        with pytest.raises(BadInput, match=sentence):
            services.import_roads(KEY, files, **BY)
    assert (queries.snapshot_folder(KEY), ledger.last_id(KEY)) == (before, seen)
    assert [one.name for one in before.parent.iterdir() if one.is_dir()] == [before.name]


def test_roads_stay_as_they_were_when_the_swap_fails(desk, tmp_path, monkeypatch):
    before = queries.snapshot_folder(KEY)

    def cut_off(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("anlan.kernel.places.services.roads._carry_closures", cut_off)
    with pytest.raises(KeyboardInterrupt):
        services.import_roads(KEY, write_grid(tmp_path), **BY)
    assert queries.snapshot_folder(KEY) == before
    assert RoadSnapshot.objects.filter(town__key=KEY).count() == 1
    assert queries.route(KEY, origin=LonLat(0, 0), target=LonLat(STEP, 0), at=AT).time_s > 0


def test_new_roads_take_the_old_ones_place_and_keep_closures(desk, tmp_path):
    before = queries.snapshot_folder(KEY)
    services.close_street(lon=1.5 * STEP, lat=STEP, **stamp(OFFICER))
    services.import_roads(KEY, write_grid(tmp_path), **BY)
    assert queries.snapshot_folder(KEY) != before
    (closed,) = queries.closures(KEY, at=AT)
    assert closed.street == "Row 11"
    assert [one.segment for one in queries.network(KEY, at=AT).closures] == [closed.segment]


def test_stored_roads_that_nothing_names_are_swept(desk, tmp_path):
    home = queries.town_folder(KEY)
    killed = [home / name for name in (".roads-1.partial", ".basemap-1")]
    for folder in killed:
        folder.mkdir()
        os.utime(folder, (1, 1))
    under_way = home / ".basemap-2"
    under_way.mkdir()
    for _ in range(3):
        services.import_roads(KEY, write_grid(tmp_path), **BY)
    assert not any(folder.exists() for folder in killed)
    assert under_way.exists()
    stored = {one.name for one in home.iterdir() if one.name.startswith("roads-")}
    assert len(stored) == 2
    assert queries.snapshot_folder(KEY).name in stored


def test_route_has_streets_and_no_route_is_a_clear_no(desk):
    way = queries.route(KEY, origin=LonLat(0, 0), target=LonLat(3 * STEP, 0), at=AT)
    assert way.time_s == pytest.approx(3 * 444.8 / (40 / 3.6), rel=0.02)
    assert {name for name, _m, _s in way.steps} <= {"Row 0", "Row 1", "Row 2", "Row 3"} | {
        f"Column {n}" for n in range(100)
    }
    with pytest.raises(BadInput, match="longitude"):
        queries.route(KEY, origin=LonLat(200, 0), target=LonLat(0, 0), at=AT)


def test_point_in_another_country_is_refused_and_named(desk):
    here, there = LonLat(0, 0), LonLat(37.77, -12.4)
    for origin, target in ((here, there), (there, here)):
        with pytest.raises(BadInput, match=r"37\.77,-12\.4: It lies far outside the roads"):
            queries.route(KEY, origin=origin, target=target, at=AT)


def test_route_to_a_closed_street_is_refused(desk):
    services.close_street(lon=0.5 * STEP, lat=0, **stamp(OFFICER))
    with pytest.raises(Refused) as no:
        queries.route(KEY, origin=LonLat(STEP * 5, STEP * 5), target=LonLat(0.5 * STEP, 0), at=AT)
    assert no.value.code == "no_route"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"speed_factor": 1.0}, "speed factor"),
        ({"speed_factor": float("nan")}, "speed factor"),
        ({"ends_at": AT}, "end before it begins"),
        ({"lon": 3.0}, "nearest street"),
        ({"forward": False, "backward": False}, "at least one direction"),
        ({"lat": 95.0}, "no place"),
    ],
)
def test_faulty_closure_is_refused(desk, wrong, sentence):
    with pytest.raises(BadInput, match=sentence):
        services.close_street(**({"lon": STEP, "lat": STEP} | stamp(OFFICER) | wrong))
    assert queries.closures(KEY, at=AT) == ()


def test_streets_are_found_by_a_part_of_their_name(desk):
    assert [one.label for one in queries.find_street(KEY, "row 1")][:2] == ["Row 1", "Row 10"]
    assert queries.find_street(KEY, "nothing like it") == ()


def test_a_street_that_was_found_is_the_nearest_street_to_its_point(desk):
    for one in queries.find_street(KEY, "row", limit=30):
        assert queries.street_name_at(KEY, lon=one.lon, lat=one.lat, at=AT)[0] == one.label


# --- posts ----------------------------------------------------------------------------------------

POSTS = "kind,ident,lon,lat\nfire,1,0.01,0.01\n"


def test_posts_come_in_and_a_second_time_change_nothing(town, tmp_path):
    path = file(tmp_path, POSTS)
    assert services.import_posts(KEY, path, **BY)["added"] == 1
    assert services.import_posts(KEY, path, **BY)["unchanged"] == 1
    moved = file(tmp_path, POSTS.replace("0.01,0.01", "0.02,0.01"))
    assert services.import_posts(KEY, moved, **BY)["changed"] == 1
    assert [(one.ref, one.lon) for one in queries.posts(KEY)] == [("fire 1", 0.02)]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffkind,ident,lon,lat\r\nfire,1,0.01,0.01\r\n",
        "kind;ident;lon;lat\nfire;1;0,01;0,01\n",
        "KIND\tIdent\tlon\tlat\textra\nFire\t1\t0.01\t0.01\n",
    ],
)
def test_files_as_offices_save_them_are_read(town, tmp_path, text):
    services.import_posts(KEY, file(tmp_path, text), **BY)
    (post,) = queries.posts(KEY)
    assert (post.ref, post.lon, post.lat) == ("fire 1", 0.01, 0.01)


def test_bad_rows_are_named_and_the_others_taken(town, tmp_path):
    rows = "castle,1,0,0\nfire,,0,0\nfire,2,abc,0\nfire,3,0,91\nfire,1,0,0\nfire,4,nan,0\n"
    report = services.import_posts(KEY, file(tmp_path, POSTS + rows), **BY)
    assert [one["line"] for one in report["rejected"]] == [3, 4, 5, 6, 7, 8]
    assert "castle" in report["rejected"][0]["reason"]
    assert "twice" in report["rejected"][4]["reason"]
    assert (report["rows"], report["added"]) == (7, 1)


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"kind,ident\nfire,1\n", "lacks the column “lon”"),
        (b"", "lacks the column"),
        (b"\x00\x01\x02", "binary"),
        ("kind,ident,lon,lat\nfire,é,0,0\n".encode("latin-1"), "not UTF-8"),
        (b'kind,ident,lon,lat\nfire,"1,0,0\n', "not a readable CSV"),
    ],
)
def test_file_that_is_not_what_it_says_is_refused_whole(town, tmp_path, raw, sentence):
    path = tmp_path / "posts.csv"
    path.write_bytes(raw)
    seen = ledger.last_id(KEY)
    with pytest.raises(BadInput, match=sentence):
        services.import_posts(KEY, path, **BY)
    with pytest.raises(BadInput):
        services.import_posts(KEY, tmp_path / "absent.csv", **BY)
    assert (queries.posts(KEY), ledger.last_id(KEY)) == ((), seen)


def test_points_in_china_need_their_datum_named(tmp_path):
    services.create_town(key=KEY, name="苏州", zone="Asia/Shanghai", **BY)
    path = file(tmp_path, POSTS)
    with pytest.raises(BadInput, match="--datum"):
        services.import_posts(KEY, path, **BY)
    with pytest.raises(BadInput, match="convert the file to WGS-84"):
        services.import_posts(KEY, path, datum="gcj02", **BY)
    with pytest.raises(BadInput, match="no known datum"):
        services.import_posts(KEY, path, datum="mars", **BY)
    assert services.import_posts(KEY, path, datum="wgs84", **BY)["added"] == 1
    assert services.import_posts(KEY, path, datum="WGS-84", **BY)["unchanged"] == 1


def test_san_franciscos_facilities_all_come_in(shared_data, tmp_path):
    services.create_town(key=KEY, name="SF", zone="America/Los_Angeles", **BY)
    path = shared_data / "san-francisco" / "facilities.csv"
    report = services.import_posts(KEY, path, **BY)
    assert (report["rows"], report["added"], report["rejected"]) == (66, 66, [])


# --- units ----------------------------------------------------------------------------------------


def test_units_find_their_post_and_their_capabilities(desk, tmp_path):
    text = (
        "unit,kind,capabilities,post,lon,lat,on,off\n"
        "A1,engine,,fire 1,,,,\n"
        "A2,engine,engine;rescue hazmat,fire:2,,,08:00,20:00\n"
        "A3,police_car,,,0.01,0.02,,\n"
        "A4,truck,,3,,,,\n"
        "A5,support,,,,,,\n"
    )
    report = services.import_units(KEY, file(tmp_path, text), **BY)
    assert report["rejected"] == []
    assert [one["code"] for one in report["warnings"]] == ["no_place"]
    rows = {one.ident: one for one in queries.units(KEY)}
    assert rows["A1"].capabilities == ("engine", "first_response")
    assert rows["A2"].capabilities == ("engine", "rescue", "hazmat")
    assert [rows[f"A{n}"].post for n in (1, 2, 3, 4)] == ["fire 1", "fire 2", None, "fire 3"]
    assert (rows["A3"].lon, rows["A3"].lat) == (0.01, 0.02)


def test_bad_unit_rows_are_named(desk, tmp_path):
    text = (
        "unit,kind,capabilities,post,lon,lat,on,off\n"
        "E 1,engine,,,,,,\n"
        "B1,tank,,,,,,\n"
        "B2,engine,flying,,,,,\n"
        "B3,engine,,fire 99,,,,\n"
        "B4,engine,,,1,,,\n"
        "B5,engine,,,,,08:00,\n"
        "B6,engine,,,,,25:00,26:00\n"
        ",engine,,,,,,\n"
    )
    report = services.import_units(KEY, file(tmp_path, text), **BY)
    assert [one["line"] for one in report["rejected"]] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert report["added"] == 0
    assert "fire 99" in report["rejected"][3]["reason"]


def test_unit_in_another_country_is_warned_of(desk, tmp_path):
    path = file(tmp_path, "unit,kind,lon,lat\nN1,engine,0,0\nF1,engine,48.85,2.35\n")
    report = services.import_units(KEY, path, **BY)
    assert (report["added"], report["rejected"]) == (2, [])
    assert [(one["line"], one["code"]) for one in report["warnings"]] == [(3, "far_from_roads")]


def test_night_shift_passes_midnight(desk):
    noon, night, morning = AT, AT + timedelta(hours=11), AT + timedelta(hours=19, minutes=59)
    assert "N3" not in queries.on_duty(KEY, at=noon)
    assert "N3" in queries.on_duty(KEY, at=night)
    assert "N3" in queries.on_duty(KEY, at=morning)
    assert "N3" not in queries.on_duty(KEY, at=morning + timedelta(minutes=1))
