"""Which units to send and why: by road time as the streets are now, in the reader's words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.services.demo_town import STEP
from tests.services.dispatch_desk import (
    AT,
    CLI,
    CREW_E1,
    KEY,
    OFFICER,
    call,
    open_desk,
    send,
    stamp,
    tell,
)

from anlan.areas.dispatch import queries, services
from anlan.kernel.places import services as places
from anlan.kernel.values import BadInput

pytestmark = pytest.mark.django_db

# District 2's one engine stands nearer than District 1's two.
LAST_ENGINE = """unit,kind,capabilities,post,on,off
E3,engine,,fire 2,,
E7,engine,,fire 1,,
E8,engine,,fire 1,,
"""


def ask(type="vehicle_fire", *, x=2.0, y=1.0, at=AT, **more):
    return queries.recommend(KEY, lon=x * STEP, lat=y * STEP, type=type, at=at, **more)


def units_of(found):
    return [one.unit for one in found.plans[0].units]


@pytest.fixture
def desk(tmp_path):
    open_desk(tmp_path)


def test_nearest_engine_by_road_with_its_reason(desk):
    found = ask()
    assert found.status == "full"
    assert units_of(found) == ["E1"]
    (unit,) = found.plans[0].units
    assert unit.travel_s == pytest.approx(444.8 / (40 / 3.6), rel=0.05)
    assert unit.reason == "E1, 40 s by road; the nearest by road"


def test_last_engine_of_a_district_is_passed_over_and_named(tmp_path):
    open_desk(tmp_path, units=LAST_ENGINE)
    found = ask(x=2.6)
    assert units_of(found) == ["E7"] or units_of(found) == ["E8"]
    reason = found.plans[0].units[0].reason
    assert "E3 is" in reason
    assert "but is the last engine in District 2" in reason
    assert found.plans[0].breaks_cover == ()


def test_reasons_are_in_the_readers_language_and_name_no_english_capability(desk):
    with translation.override("zh-hans"):
        found = ask(type="hazmat_spill")
    assert "危化处置" in found.missing[0].sentence


def test_closed_street_changes_the_answer_and_falls_away_by_the_clock(desk):
    assert units_of(ask()) == ["E1"]
    open_s = ask().plans[0].units[0].travel_s
    end_at = AT + timedelta(hours=1)
    places.close_street(lon=1.5 * STEP, lat=1.0 * STEP, ends_at=end_at, **stamp(OFFICER))
    closed = {one.unit: one.travel_s for plan in ask().plans for one in plan.units}
    assert closed["E1"] > open_s
    after = ask(at=end_at)
    assert units_of(after) == ["E1"]
    assert after.plans[0].units[0].travel_s == pytest.approx(open_s)


def test_incident_on_the_street_that_it_closes_still_gets_its_units(desk):
    places.close_street(lon=2.5 * STEP, lat=STEP, **stamp(OFFICER))
    found = ask(x=2.4)
    assert (found.status, units_of(found)) == ("full", ["E1"])
    assert found.plans[0].units[0].travel_s == pytest.approx(40, rel=0.05)
    assert any("open end" in note for note in found.notes)


def test_station_on_a_closed_street_still_sends_its_engine(tmp_path):
    open_desk(tmp_path, units=f"unit,kind,lon,lat\nE1,engine,{1.5 * STEP},{STEP}\n")
    places.close_street(lon=1.5 * STEP, lat=STEP, **stamp(OFFICER))
    found = ask(x=4.0)
    assert units_of(found) == ["E1"]
    row = send(call(x=4.0), "E1")
    assert row.units == ("E1",)
    assert queries.units_on_board(KEY, at=AT, idents=["E1"])[0].eta_at is not None


def test_slowed_street_lengthens_the_way_over_it(desk):
    open_s = ask().plans[0].units[0].travel_s
    places.close_street(lon=1.5 * STEP, lat=1.0 * STEP, speed_factor=0.8, **stamp(OFFICER))
    slowed = ask().plans[0].units[0]
    assert (slowed.unit, slowed.travel_s) == ("E1", pytest.approx(open_s / 0.8, rel=0.01))


def test_lifted_closure_is_gone_at_once(desk):
    before = ask().plans[0].units[0].travel_s
    row = places.close_street(lon=1.5 * STEP, lat=1.0 * STEP, **stamp(OFFICER))
    assert ask().plans[0].units[0].travel_s > before
    places.lift_closure(row.id, **stamp(OFFICER, seconds=5))
    assert ask().plans[0].units[0].travel_s == pytest.approx(before)


def test_off_shift_unit_is_not_sent_and_is_the_next_best(desk):
    tell("M2", "out_of_service")
    found = ask(type="medical")
    assert (found.status, found.plans) == ("none", ())
    sentence = found.missing[0].sentence
    assert "ask for mutual aid" in sentence
    assert "M2 is out of service" in sentence
    assert "N3 is off shift" in sentence


def test_night_unit_is_recommended_at_night(desk):
    assert units_of(ask(type="medical", x=8, y=8, at=AT + timedelta(hours=10))) == ["N3"]


def test_crew_that_signed_in_is_on_duty_outside_its_hours(desk, django_user_model):
    from anlan.kernel.staff import services as staff

    new = staff.create_staff(username="7001", actor=CLI, at=AT, recorded_at=AT)
    crew = type(CREW_E1)(new.staff_ref, CREW_E1.roles)
    staff.open_shift(town_key=KEY, actor=crew, at=AT, recorded_at=AT, unit="N3")
    assert units_of(ask(type="medical", x=8, y=8)) == ["N3"]


def test_busy_units_are_passed_over_and_said(desk):
    send(call(x=1.0), "E1")
    tell("E1", "on_scene")
    found = ask()
    assert units_of(found) == ["E2"]
    assert any(one.unit == "E1" and "is busy" in one.sentence for one in found.not_sent)


def test_recommendation_follows_every_status_and_position(tmp_path):
    open_desk(tmp_path, made_up=True)
    assert units_of(ask(x=8, y=1)) == ["E2"]
    services.report_positions([("E3", 8 * STEP, 1 * STEP)], **stamp())
    assert units_of(ask(x=8, y=1)) == ["E3"]
    row = send(call(x=8), "E3")
    tell("E3", "on_scene")
    assert units_of(ask(x=8, y=1)) == ["E2"]
    services.close_incident(row.id, **stamp(seconds=60))
    assert units_of(ask(x=8, y=1)) == ["E3"]


def test_unit_on_a_lesser_incident_is_offered_for_a_graver_one(tmp_path):
    open_desk(tmp_path, units="unit,kind,post\nE1,engine,fire 1\n")
    lesser = send(call(type="public_assist"), "E1")
    found = ask(type="gas_leak")
    assert "E1" in units_of(found)
    assert "diverted from a lesser incident" in found.plans[0].units[0].reason
    services.triage_incident(lesser.id, priority=1, **stamp(seconds=5))
    assert ask(type="gas_leak").plans == ()


def test_needs_already_on_the_incident_are_not_asked_again(desk):
    row = send(call(type="structure_fire"), "E1", "E2", "T1")
    needs = dict(queries.recommend_for(row.id, town_key=KEY, at=AT).needs)
    assert needs == {"engine": 1, "command": 1, "als": 1}


def test_incident_with_all_it_needs_asks_for_nobody(desk):
    row = send(call(), "E1")
    found = queries.recommend_for(row.id, town_key=KEY, at=AT)
    assert (found.status, found.plans) == ("full", ())
    assert "already" in found.notes[0]


def test_higher_alarm_asks_for_more(desk):
    first, second = ask(alarm_level=1).needs, ask(alarm_level=2).needs
    assert dict(first) == {"engine": 1}
    assert dict(second) == {"engine": 2, "command": 1}


def test_place_off_the_roads_is_said(desk):
    found = ask(x=2.0, y=-1.0)
    assert "off the nearest street" in found.notes[0]


def test_unknown_type_and_level_are_refused(desk):
    with pytest.raises(BadInput, match="no incident type"):
        ask(type="petition")
    with pytest.raises(BadInput, match="alarm level"):
        ask(alarm_level=0)


def test_town_without_units_answers_with_what_is_missing(tmp_path):
    open_desk(tmp_path, units="unit,kind,post\nP1,police_car,fire 1\n")
    found = ask()
    assert (found.status, found.plans) == ("none", ())
    assert "No unit of this town can do this (engine)" in found.missing[0].sentence
    assert "P1" not in found.missing[0].sentence, "a police car is no help for an engine"


LADDER_AND_MEDIC_MISSING = """unit,kind,post,on,off
P7,police_car,fire 1,,
E1,engine,fire 1,,
E2,engine,fire 1,,
E3,engine,fire 2,,
E4,engine,fire 2,,
C1,chief,fire 1,,
A3,ambulance_bls,fire 2,,
"""


def test_what_is_missing_names_only_a_unit_that_can_do_part_of_it(tmp_path):
    open_desk(tmp_path, units=LADDER_AND_MEDIC_MISSING)
    missing = {one.capability: one.sentence for one in ask(type="structure_fire").missing}
    assert (
        missing["truck"] == "No unit of this town can do this (ladder truck): ask for mutual aid."
    )
    assert "A3 (Ambulance (BLS)) is free, " in missing["als"]
    assert missing["als"].endswith(" and can do part of it (basic life support).")
    with translation.override("zh-hans"):
        missing = {one.capability: one.sentence for one in ask(type="structure_fire").missing}
    assert "P7" not in missing["truck"]
    assert "A3" in missing["als"]
    assert "基础生命支持" in missing["als"]


def test_towns_own_run_card_replaces_the_shipped_one(desk, tmp_path):
    file = tmp_path / "cards.toml"
    file.write_text(
        '[[cards]]\ntype = "vehicle_fire"\nlevels = [[{ capability = "truck", count = 1 }]]\n'
    )
    by_cli = {"actor": CLI, "at": AT, "recorded_at": AT}
    report = services.import_run_cards(KEY, file, **by_cli)
    assert (report["cards"], report["types"]) == (1, ["vehicle_fire"])
    assert units_of(ask()) == ["E1"], "nobody agreed yet"
    services.decide_run_cards(report["change"], agree=True, **stamp(OFFICER))
    assert units_of(ask()) == ["T1"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("not toml [", "is not TOML"),
        ("", "no \\[\\[cards\\]\\]"),
        (
            '[[cards]]\ntype = "vehicle_fire"\nlevels = [[{ capability = "tank", count = 1 }]]',
            "unknown capability 'tank'",
        ),
        (
            '[[cards]]\ntype = "petition"\nlevels = [[{ capability = "truck", count = 1 }]]',
            "'petition', which the catalogue does not have",
        ),
        (
            '[[cards]]\ntype = "medical"\nlevels = [[{ capability = "als", count = 0 }]]',
            "whole number from 1",
        ),
        ('[[cards]]\ntype = "medical"\nlevels = 3', "needs 1 to 5 levels"),
    ],
)
def test_faulty_run_cards_are_refused_whole(desk, tmp_path, text, sentence):
    file = tmp_path / "cards.toml"
    file.write_text(text)
    with pytest.raises(BadInput, match=sentence):
        services.import_run_cards(KEY, file, actor=CLI, at=AT, recorded_at=AT)
    assert units_of(ask()) == ["E1"]


def test_recommendation_asks_no_query_for_each_unit(tmp_path):
    many = "".join(f"E{n},engine,fire {1 + n % 3}\n" for n in range(300))
    open_desk(tmp_path, units="unit,kind,post\n" + many)
    ask()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        ask(type="structure_fire")
    assert len(seen) <= 8


def test_duty_in_memory_is_the_duty_in_the_database(desk):
    from anlan.areas.dispatch.queries import fleet as fleets
    from anlan.kernel.places import queries as place_queries
    from anlan.kernel.places.models import DutyPeriod, Unit

    hour = timedelta(hours=1)
    for ident, first, last in (("E1", 1, 3), ("E1", 5, 6), ("N3", 0, 2), ("T1", 2, 30)):
        unit = Unit.objects.get(ident=ident)
        DutyPeriod.objects.create(unit=unit, starts_at=AT + first * hour, ends_at=AT + last * hour)
    state = place_queries.town_state(KEY)
    held = fleets.fleet(state, place_queries.network_of(state, at=AT))
    answers = set()
    for half_hours in range(-2, 70):
        at = AT + half_hours * hour / 2
        duty = held.on_duty(at, state.town.tz)
        in_memory = {key for key, on in zip(held.keys, duty, strict=True) if on}
        assert in_memory == place_queries.on_duty(KEY, at=at), at
        answers.add(frozenset(in_memory))
    assert len(answers) > 4


def test_unit_without_a_post_covers_the_area_where_it_stands(tmp_path):
    beside = f"E9,engine,{4.1 * STEP},{1.0 * STEP}\n"
    open_desk(tmp_path, units=f"unit,kind,lon,lat\nE8,engine,{1.4 * STEP},{STEP}\n" + beside)
    found = ask(x=4.1, y=1.0)
    thin = {plan.units[0].unit: plan.breaks_cover for plan in found.plans}
    assert thin == {"E9": ("District 2",), "E8": ("District 1",)}
