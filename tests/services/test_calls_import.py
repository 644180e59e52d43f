"""A call log comes in whole or not at all; what it implies of units is marked as inferred."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from anlan.areas.dispatch.queries import recommend
from anlan.engine.roads import RoadGraph
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places import queries
from anlan.kernel.places.models import (
    DutyPeriod,
    LoggedCall,
    LoggedResponse,
    Post,
    RoadSnapshot,
    Town,
    Unit,
)
from anlan.kernel.places.queries.calls import logged_period
from anlan.kernel.places.services.calls import calibrate, import_calls
from anlan.kernel.values import Actor, BadInput, Forbidden, Role

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADMINISTRATOR = Actor("cli", frozenset({Role.ADMINISTRATOR}))
ROW = {
    "call_number": "1001",
    "unit_id": "E07",
    "call_type": "Alarms",
    "watch_date": "2020-04-07",
    "received": "2020-04-07T09:00:00",
    "entry": "2020-04-07T09:01:00",
    "dispatch": "2020-04-07T09:02:00",
    "response": "2020-04-07T09:03:00",
    "on_scene": "2020-04-07T09:07:00",
    "transport": "",
    "hospital": "",
    "available": "2020-04-07T09:30:00",
    "final_priority": "3",
    "als_unit": "true",
    "unit_type": "ENGINE",
    "unit_sequence": "1",
    "lat": "37.7605",
    "lon": "-122.4201",
    "block": "SECRET LANE 12",
}
HEADINGS = list(ROW)


@pytest.fixture
def town(db, settings, tmp_path) -> Town:
    """A town of one straight street of two blocks, with fire post 7 at its west end."""
    settings.ANLAN_DATA = tmp_path
    town = Town.objects.create(
        key="sf",
        name="Test",
        zone="America/Los_Angeles",
        clock_real_anchor=AT,
        clock_town_anchor=AT,
        created_at=AT,
    )
    lon = np.array([-122.43, -122.42, -122.41])
    lat = np.array([37.76, 37.76, 37.76])
    graph = RoadGraph(
        node_lon=lon,
        node_lat=lat,
        main=np.ones(3, bool),
        seg_from=np.array([0, 1], np.int32),
        seg_to=np.array([1, 2], np.int32),
        seg_length_m=np.array([880, 880], np.float32),
        seg_forward=np.ones(2, bool),
        seg_backward=np.ones(2, bool),
        seg_speed_kmh=np.array([40, 40], np.float32),
        seg_name=np.array([0, 0], np.int32),
        seg_class=np.array([0, 0], np.int32),
        seg_source=np.array([1, 2]),
        geo_ptr=np.array([0, 2, 4]),
        geo_lon=np.array([lon[0], lon[1], lon[1], lon[2]]),
        geo_lat=np.array([37.76] * 4),
        restrictions=np.zeros((0, 3), np.int64),
        names=("Long Street",),
        classes=("street",),
    )
    graph.save(tmp_path / "towns" / "sf" / "roads-1" / "graph.npz")
    RoadSnapshot.objects.create(
        town=town,
        folder="roads-1",
        nodes=3,
        edges=2,
        arcs=4,
        km=1.8,
        cut_off_nodes=0,
        restrictions=0,
        west=-122.43,
        south=37.76,
        east=-122.41,
        north=37.76,
        source="csv",
        attribution="file",
        active=True,
        imported_at=AT,
    )
    Post.objects.create(town=town, ident="7", kind="fire", name="7", lon=-122.429, lat=37.76)
    return town


def log_file(folder: Path, *rows: dict[str, str], headings=HEADINGS, text: str = "") -> Path:
    path = folder / "calls.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, headings, extrasaction="ignore")
        writer.writeheader()
        writer.writerows([ROW | row for row in rows])
        stream.write(text)
    return path


def bring_in(path: Path, *, mapping="sf-fire", actor=ADMINISTRATOR):
    return import_calls("sf", path, mapping=mapping, actor=actor, at=AT, recorded_at=AT)


def codes(report) -> dict[str, int]:
    return report["warning_counts"]


def test_rows_become_calls_responses_and_units(town, tmp_path):
    second = {"unit_id": "T07", "unit_type": "TRUCK", "als_unit": "false", "unit_sequence": "2"}
    report = bring_in(log_file(tmp_path, {}, second))
    assert (report["rows"], report["calls"], report["units"]) == (2, 1, 2)
    call = LoggedCall.objects.get()
    assert (call.number, call.type, call.points) == ("1001", "fire_alarm", "block")
    assert call.received_at == datetime(2020, 4, 7, 16, 0, tzinfo=UTC)
    answers = list(call.responses.order_by("sequence").values_list("unit__ident", "on_scene_at"))
    assert answers == [(ident, datetime(2020, 4, 7, 16, 7, tzinfo=UTC)) for ident in ("E07", "T07")]


def test_importing_twice_adds_nothing(town, tmp_path):
    path = log_file(tmp_path, {}, {"call_number": "1002"}, {"unit_id": "XX1", "unit_type": "?"})
    first = bring_in(path)
    tables = (LoggedCall, LoggedResponse, Unit, DutyPeriod)
    before = [list(table.objects.order_by("pk").values()) for table in tables]
    second = bring_in(path)
    assert [list(table.objects.order_by("pk").values()) for table in tables[:3]] == before[:3]
    assert DutyPeriod.objects.count() == len(before[3])
    assert first["added"]["calls"] == 2
    assert set(second["added"].values()) == {0}
    assert (second["rows"], second["calls"], second["units"]) == (3, 2, 2)


def test_only_rows_without_number_time_or_place_are_rejected(town, tmp_path):
    report = bring_in(
        log_file(
            tmp_path,
            {"call_number": ""},
            {"call_number": "2", "received": "soon"},
            {"call_number": "3", "lat": ""},
            {"call_number": "4", "lon": "-222"},
            {"call_number": "5", "unit_id": ""},
            {"call_number": "6", "call_type": "Dragon", "unit_type": "CARPET", "unit_id": "Z1"},
        )
    )
    assert [note["line"] for note in report["rejected"]] == [2, 3, 4, 5]
    assert all(note["reason"] for note in report["rejected"])
    assert set(LoggedCall.objects.values_list("number", flat=True)) == {"5", "6"}
    assert codes(report) == {"no_unit": 1, "unknown_type": 1, "unknown_unit_kind": 1}
    assert LoggedCall.objects.get(number="6").type == "other"
    assert Unit.objects.get(ident="Z1").kind == "other"


def test_dirty_rows_are_kept_and_reported_with_their_line(town, tmp_path):
    report = bring_in(
        log_file(
            tmp_path,
            {"on_scene": "2020-04-07T09:02:30"},
            {
                "call_number": "1002",
                "dispatch": "2020-04-07T09:10:00",
                "response": "",
                "on_scene": "",
            },
            {"call_number": "1003", "unit_id": "E08", "lat": "37.9"},
            {"call_number": "1004", "unit_id": "E09", "on_scene": "noonish"},
            {},
            {"call_number": "1005", "unit_id": "E10", "on_scene": "9999-12-31T23:00:00"},
        )
    )
    noted = {(note["line"], note["code"]) for note in report["warnings"]}
    assert noted == {
        (2, "times_out_of_order"),
        (3, "unit_on_two_calls"),
        (4, "off_roads"),
        (4, "unknown_post"),
        (5, "unreadable_time"),
        (5, "unknown_post"),
        (6, "row_twice"),
        (7, "unreadable_time"),  # in UTC it lies beyond every calendar
        (7, "unknown_post"),
    }
    assert LoggedCall.objects.count() == LoggedResponse.objects.count() == 5


def test_units_the_town_lacks_are_inferred_and_those_it_has_are_left(town, tmp_path):
    own = Unit.objects.create(town=town, ident="T7", kind="rescue", capabilities=["rescue"])
    bring_in(log_file(tmp_path, {}, {"unit_id": "T07"}, {"unit_id": "55", "unit_type": "MEDIC"}))
    engine, medic = Unit.objects.get(ident="E07"), Unit.objects.get(ident="55")
    assert (engine.kind, engine.inferred, str(engine.post)) == ("engine", True, "fire 7")
    assert set(engine.capabilities) == {"engine", "first_response", "als"}
    assert (medic.kind, medic.inferred, medic.post) == ("ambulance_als", True, None)
    own.refresh_from_db()
    assert (own.kind, own.inferred) == ("rescue", False)
    assert LoggedResponse.objects.filter(unit=own).count() == 1
    assert not DutyPeriod.objects.filter(unit=own).exists()


def test_unit_without_a_post_stands_where_it_last_became_free(town, tmp_path):
    for ident, lon in (("A", -122.411), ("B", -122.4295)):
        Post.objects.create(town=town, ident=ident, kind="hospital", name="", lon=lon, lat=37.76)
    later = {name: text.replace("04-07", "04-08") for name, text in ROW.items() if "04-07" in text}
    later |= {"call_number": "2", "lon": "-122.4150"}
    medic = {"unit_id": "55", "unit_type": "MEDIC"}
    bring_in(
        log_file(
            tmp_path,
            {"unit_id": "RC5", **later},
            {"unit_id": "RC5", "lon": "-122.4250"},
            {**medic, **later, "hospital": "2020-04-08T09:20:00"},
            {"unit_id": "QRV2", **later, "available": ""},
            {},
        )
    )
    stands = dict(Unit.objects.values_list("ident", "lon"))
    assert stands == {"RC5": -122.415, "55": -122.411, "QRV2": None, "E07": None}
    found = recommend("sf", lon=-122.415, lat=37.76, type="medical", at=AT)
    assert "55" in {unit.unit for plan in found.plans for unit in plan.units}
    assert {unit.lon for unit in logged_period("sf").units if unit.post is None} == {None}


def test_inferred_duty_runs_from_first_to_last_row_of_a_watch(town, tmp_path):
    later = {
        "call_number": "1002",
        "dispatch": "2020-04-07T20:00:00",
        "response": "",
        "on_scene": "",
        "available": "2020-04-07T21:00:00",
    }
    next_watch = {
        "call_number": "1003",
        "watch_date": "2020-04-08",
        "dispatch": "2020-04-08T10:00:00",
        "response": "",
        "on_scene": "",
        "available": "2020-04-08T10:20:00",
    }
    bring_in(log_file(tmp_path, {}, later, next_watch))
    spans = DutyPeriod.objects.order_by("starts_at").values_list("starts_at", "ends_at", "inferred")
    assert [(end - start, inferred) for start, end, inferred in spans] == [
        (timedelta(hours=11, minutes=58), True),
        (timedelta(minutes=20), True),
    ]


def test_inferred_duty_speaks_of_the_logs_days_only(town, tmp_path):
    bring_in(log_file(tmp_path, {}, {"call_number": "9", "unit_id": "55", "unit_type": "MEDIC"}))
    bring_in(
        log_file(
            tmp_path,
            {
                "call_number": "10",
                "unit_id": "55",
                "watch_date": "2020-04-08",
                "dispatch": "2020-04-08T10:00:00",
                "response": "",
                "on_scene": "",
                "available": "2020-04-08T10:20:00",
            },
        )
    )
    between = datetime(2020, 4, 8, 0, 0, tzinfo=UTC)
    assert queries.on_duty("sf", at=datetime(2020, 4, 7, 16, 10, tzinfo=UTC)) == {"E07", "55"}
    assert queries.on_duty("sf", at=between) == set()
    assert queries.on_duty("sf", at=AT) == {"E07", "55"}
    place = {"lon": -122.4201, "lat": 37.76, "type": "outside_fire"}
    assert recommend("sf", at=between, **place).status == "none"
    assert recommend("sf", at=AT, **place).status == "full"


def test_publisher_headings_old_and_new_read_like_the_renamed_ones(town, tmp_path):
    names = {
        "call_number": "Call Number",
        "unit_id": "Unit ID",
        "call_type": "Call Type",
        "watch_date": "Watch Date",
        "received": "Received DtTm",
        "entry": "Entry DtTm",
        "dispatch": "Dispatch DtTm",
        "response": "Response DtTm",
        "on_scene": "On Scene DtTm",
        "transport": "Transport DtTm",
        "hospital": "Hospital DtTm",
        "available": "Available DtTm",
        "final_priority": "Final Priority",
        "als_unit": "ALS Unit",
        "unit_type": "Unit Type",
        "unit_sequence": "Unit sequence in call dispatch",
    }

    def restyled(number: str, place: dict[str, str]) -> dict[str, str]:
        row = {}
        for ours, theirs in names.items():
            value = ROW[ours]
            if "T09" in value:
                value = datetime.fromisoformat(value).strftime("%m/%d/%Y %I:%M:%S %p")
            row[theirs] = value
        return row | {"Call Number": number, "Watch Date": "04/07/2020"} | place

    for number, heading, point in (
        ("2", "case_location", "POINT (-122.4201 37.7605)"),
        ("3", "Location", "(37.7605, -122.4201)"),
    ):
        row = restyled(number, {heading: point})
        report = bring_in(log_file(tmp_path, row, headings=list(row)), mapping="datasf-fire")
        assert (report["calls"], report["rejected"]) == (1, [])
    bring_in(log_file(tmp_path, {}))
    fields = ("type", "priority", "received_at", "entered_at", "lon", "lat", "points")
    assert LoggedCall.objects.count() == 3
    assert len(set(LoggedCall.objects.values_list(*fields))) == 1
    assert len(set(LoggedResponse.objects.values_list("unit", "watch_on", "on_scene_at"))) == 1


def test_columns_the_mapping_does_not_name_are_never_stored(town, tmp_path):
    bring_in(log_file(tmp_path, {}))
    from django.apps import apps

    stored = [
        str(list(model.objects.values())) for model in apps.get_models() if model._meta.managed
    ]
    assert any("1001" in rows for rows in stored)
    assert not any("SECRET" in rows for rows in stored)


def test_exact_points_are_moved_to_the_middle_of_their_block(town, tmp_path):
    shipped = Path("src/anlan/catalogue/mappings/sf-fire.toml")
    text = (Path(__file__).parents[2] / shipped).read_text("utf-8")
    mapping = tmp_path / "mine.toml"
    mapping.write_text(
        text.replace('points = "block"', 'points = "exact"').replace('"sf-fire"', '"mine"'), "utf-8"
    )
    bring_in(log_file(tmp_path, {}), mapping=str(mapping))
    call = LoggedCall.objects.get()
    assert (call.lon, call.lat, call.points) == (-122.425, 37.76, "exact")
    RoadSnapshot.objects.update(active=False)
    with pytest.raises(BadInput, match="roads import sf"):
        bring_in(log_file(tmp_path, {"call_number": "9"}), mapping=str(mapping))
    assert LoggedCall.objects.count() == 1


def test_hour_that_comes_twice_is_read_in_order_and_said(town, tmp_path):
    report = bring_in(
        log_file(
            tmp_path,
            {
                "received": "2020-11-01T01:58:00",
                "entry": "2020-11-01T01:59:00",
                "dispatch": "2020-11-01T01:01:00",
                "response": "",
                "on_scene": "",
                "available": "2020-11-01T02:30:00",
            },
        )
    )
    answer = LoggedResponse.objects.get()
    assert answer.dispatched_at - answer.call.received_at == timedelta(minutes=3)
    assert codes(report) == {"clock_change": 1}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "lacks the heading"),
        (b"a,b\n1,2\n", "lacks the heading call_number"),
        (",".join(HEADINGS).encode() + b"\n", "no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a CSV"),
        (b"\xff\xfe\x00call", "not a CSV"),
    ],
)
def test_file_that_is_no_log_is_refused_and_nothing_is_written(town, tmp_path, content, sentence):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=sentence):
        bring_in(path)
    with pytest.raises(BadInput, match="can't be read"):
        bring_in(tmp_path / "absent.csv")
    assert not LoggedCall.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_semicolons_and_a_byte_order_mark_are_read(town, tmp_path):
    path = log_file(tmp_path, {})
    text = "\ufeff" + path.read_text("utf-8").replace(",", ";")
    path.write_text(text, "utf-8")
    assert bring_in(path)["calls"] == 1


def test_broken_ledger_leaves_nothing_of_an_import(town, tmp_path, monkeypatch):
    from anlan.kernel.ledger.services import Write

    def fail(*args, **options):
        raise RuntimeError("ledger is broken")

    monkeypatch.setattr(Write, "record", fail)
    with pytest.raises(RuntimeError):
        bring_in(log_file(tmp_path, {}))
    assert not any(
        table.objects.exists() for table in (LoggedCall, LoggedResponse, Unit, DutyPeriod)
    )


@pytest.mark.parametrize("role", list(Role))
def test_only_administrators_import_and_calibrate(town, tmp_path, role):
    actor = Actor("staff:1", frozenset({role}))
    if role is Role.ADMINISTRATOR:
        assert bring_in(log_file(tmp_path, {}), actor=actor)["calls"] == 1
        return
    with pytest.raises(Forbidden):
        bring_in(log_file(tmp_path, {}), actor=actor)
    with pytest.raises(Forbidden):
        calibrate("sf", actor=actor, at=AT, recorded_at=AT)
    assert not LoggedCall.objects.exists()


def test_factor_is_fitted_from_trips_that_began_at_a_post(town, tmp_path):
    start = datetime.fromisoformat("2020-04-07T08:00:00")
    rows = []
    for number in range(40):
        at = start + timedelta(hours=number)
        stamp = {
            name: (at + timedelta(seconds=seconds)).isoformat()
            for name, seconds in {
                "received": 0,
                "entry": 30,
                "dispatch": 60,
                "response": 120,
                "on_scene": 120 + 158,
                "available": 1200,
            }.items()
        }
        rows.append({"call_number": f"{number}", "lon": "-122.419", "lat": "37.76"} | stamp)
    bring_in(log_file(tmp_path, *rows[:20]))
    with pytest.raises(BadInput, match="20 trips"):
        calibrate("sf", actor=ADMINISTRATOR, at=AT, recorded_at=AT)
    bring_in(log_file(tmp_path, *rows))
    report = calibrate("sf", actor=ADMINISTRATOR, at=AT, recorded_at=AT)
    free_flow_s = 880 / 40_000 * 3600  # one block at 40 km/h
    assert report["n"] == 40
    assert report["factor"] == pytest.approx(158 / free_flow_s, rel=0.01)
    assert queries.town("sf").factor == report["factor"]
    again = calibrate("sf", actor=ADMINISTRATOR, at=AT, recorded_at=AT)
    assert again["factor"] == report["factor"]


def test_san_francisco_fortnight_imports_whole(town, shared_data):
    path = shared_data / "san-francisco" / "calls_2020-04.csv"
    report = bring_in(path)
    assert (report["rows"], report["calls"], report["units"]) == (10_410, 5_292, 199)
    assert (report["added"]["calls"], report["added"]["responses"]) == (5_292, 10_410)
    assert report["rejected"] == []
    assert codes(report)["unit_on_two_calls"] == 17
