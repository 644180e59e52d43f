"""Premises are things; inspections go by risk and date; what fails opens a case, once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from tests.services import hazard_round as scene
from tests.services.demo_town import write_grid
from tests.services.hazard_round import (
    CHECKER,
    CLERK,
    FINDER,
    KEY,
    OWN_FORM,
    SUPERVISOR,
    row,
    stamp,
)
from tests.unit.gateways import hostile

from anlan.areas.hazards import queries
from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.models import Failure, Inspection, Premises
from anlan.areas.hazards.rules.preplans import Fact
from anlan.gateways import content
from anlan.gateways.content import checker
from anlan.jobs.inspections import look_once
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, Document, Task
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places import services as places
from anlan.kernel.places.models import RoadSnapshot, Town
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = scene.AT.date()
LATER = TODAY + timedelta(days=30)


@pytest.fixture(autouse=True)
def town(settings, tmp_path, monkeypatch):
    settings.ANLAN_DATA = tmp_path / "data"
    monkeypatch.setattr(content, "look_into", lambda data: content.Checked(*checker.check(data)))
    scene.make_town()


# --- the register --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("class_code", "name"),
    [
        ("dwelling", "12 Flower Street"),
        ("Home", "Mrs Silva"),
        ("shop", "Residence of the Silva family"),
        ("shop", "张家住宅"),
        ("stair", "Flat 3B"),
        ("stair", "302室"),
    ],
)
def test_a_dwelling_cannot_be_registered(class_code, name):
    with pytest.raises(Refused) as refused:
        scene.register(class_code=class_code, name=name)
    assert refused.value.code == "dwelling"
    assert not Premises.objects.exists()


def test_the_common_parts_of_a_building_can_be_registered():
    scene.register(class_code="stair", name="幸福小区住宅楼 3 号楼楼梯间")
    assert queries.one_premises("s-1", town_key=KEY).class_code == "stair"


def test_a_class_that_is_not_listed_is_refused():
    with pytest.raises(Refused, match="no listed class"):
        scene.register(class_code="villa")


@pytest.mark.parametrize("actor", [CLERK, scene.DISPATCHER])
def test_the_register_is_kept_by_inspectors_and_planners(actor):
    with pytest.raises(Forbidden):
        hazards.register_premises("s-1", **(scene.SCHOOL | stamp(actor)))
    hazards.register_premises("s-1", **(scene.SCHOOL | stamp(SUPERVISOR)))
    assert Premises.objects.count() == 1


def test_an_import_takes_things_and_says_line_by_line_why_not_the_rest(tmp_path):
    file = tmp_path / "premises.csv"
    file.write_text(
        "ident,class,name,lon,lat,risk\n"
        "a-1,school,North school,0.01,0.01,high\n"
        "a-2,dwelling,12 Flower Street,0.01,0.01,low\n"
        "a-3,shop,Corner shop,0.01,0.01,frightful\n"
        "a-4,depot,Timber depot,0.01,0.01,major\n",
        encoding="utf-8",
    )
    report = hazards.import_premises(
        KEY, file, datum="wgs84", **{k: v for k, v in stamp().items() if k != "town_key"}
    )
    assert (report["rows"], report["added"]) == (4, 2)
    assert [one["line"] for one in report["rejected"]] == [3, 4]
    assert "home" in report["rejected"][0]["reason"]
    assert [one.ident for one in queries.premises(KEY)] == ["a-1", "a-4"]


def test_premises_far_outside_the_towns_roads_are_refused_with_which_number_is_which(tmp_path):
    places.import_roads(KEY, write_grid(tmp_path), datum="wgs84", **by_cli())
    RoadSnapshot.objects.update(west=-71.0, south=-33.6, east=-70.5, north=-33.3)
    here = {"lon": -70.7, "lat": -33.45}
    swapped = {"lon": -33.45, "lat": -70.7}
    scene.register(**here)
    named = r"Longitude -33.45, latitude -70.7 .* longitudes -71.0 and -70.5 .* look swapped"
    with pytest.raises(BadInput, match=named):
        scene.register("s-2", **swapped)
    with pytest.raises(BadInput, match="look swapped"):
        hazards.correct_premises("s-1", **(scene.SCHOOL | swapped | stamp()))
    with pytest.raises(BadInput, match=r"latitudes -33.6 and -33.3\.$"):
        scene.register("s-2", lon=120.1, lat=30.2)
    file = tmp_path / "p.csv"
    file.write_text(
        "ident,class,name,lon,lat,risk\n"
        "a-1,depot,Depot,-70.7,-33.45,low\na-2,depot,Depot,-33.45,-70.7,low\n",
        encoding="utf-8",
    )
    report = hazards.import_premises(KEY, file, datum="wgs84", **by_cli())
    assert (report["added"], [one["line"] for one in report["rejected"]]) == (1, [3])
    assert "look swapped" in report["rejected"][0]["reason"]


def by_cli():
    return {"actor": scene.CLI, "at": scene.AT, "recorded_at": scene.AT}


def test_ended_premises_have_no_planned_inspection_and_keep_their_history():
    scene.register()
    scene.inspect()
    scene.plan()
    hazards.end_premises("s-1", **stamp())
    assert queries.planned_inspections(KEY) == []
    history = queries.inspections_of(Premises.objects.get().pk)
    assert sorted(one.called_off_for for one in history) == ["", "premises_ended"]
    with pytest.raises(BadInput):
        scene.plan()


def test_premises_are_corrected_and_keep_their_history():
    scene.register()
    scene.inspect()
    hazards.correct_premises("s-1", **(scene.SCHOOL | {"risk": "major", "lon": 0.02} | stamp()))
    one = queries.one_premises("s-1", town_key=KEY)
    assert (one.risk, one.lon, one.name) == ("major", 0.02, "North school")
    assert one.inspected_at is not None
    assert LedgerEntry.objects.get(action="premises.corrected").subject == f"premises:{one.id}"
    with pytest.raises(Refused) as refused:
        hazards.correct_premises("s-1", **(scene.SCHOOL | {"name": "Mr Wang"} | stamp()))
    assert refused.value.code == "dwelling"
    with pytest.raises(Forbidden):
        hazards.correct_premises("s-1", **(scene.SCHOOL | stamp(CLERK)))


def test_premises_that_were_taken_off_come_back_with_their_history():
    number = scene.register()
    scene.inspect()
    hazards.end_premises("s-1", **stamp())
    assert scene.register(name="New school") == number
    one = queries.one_premises("s-1", town_key=KEY)
    assert (one.name, one.ended_on, one.inspected_at) == ("New school", None, scene.AT)
    with pytest.raises(Refused, match="already"):
        scene.register()


# --- pre-plans -----------------------------------------------------------------------------------


def facts_on(day):
    number = Premises.objects.get(ident="s-1").pk
    return [one.what for one in queries.facts_of(number, on=day)]


def test_a_crew_warning_expires_after_ninety_days_and_an_entrance_after_a_year():
    scene.register()
    hazards.state_fact("s-1", fact=Fact("access", "main_entrance"), **stamp())
    hazards.state_fact("s-1", fact=Fact("warning", "weak_floor"), **stamp())
    assert facts_on(TODAY + timedelta(days=89)) == ["weak_floor", "main_entrance"]
    assert facts_on(TODAY + timedelta(days=90)) == ["main_entrance"]
    assert facts_on(TODAY + timedelta(days=365)) == []


def test_stating_a_fact_again_renews_it_rather_than_doubling_it():
    scene.register()
    for days in (0, 60):
        hazards.state_fact("s-1", fact=Fact("warning", "weak_floor"), **stamp(days=days))
    assert facts_on(TODAY + timedelta(days=100)) == ["weak_floor"]


@pytest.mark.parametrize(
    "fact",
    [
        Fact("warning", "violent_resident"),
        Fact("people", "main_entrance"),
        Fact("goods", "un_goods"),
        Fact("goods", "un_goods", un_number="12A3"),
        Fact("goods", "un_goods", un_number="0000"),
        Fact("goods", "un_goods", un_number="0003"),
        Fact("goods", "un_goods", un_number="1000"),
        Fact("goods", "un_goods", un_number="9999"),
        Fact("goods", "un_goods", un_number="١٢٠٣"),
        Fact("", ""),
        Fact("access", "stair", side="somewhere"),
        Fact("access", "stair", floor=999),
        Fact("access", "stair", distance_m=-1),
        Fact("access", "stair", amount="bulk"),
        Fact("goods", "timber", un_number="1203"),
    ],
)
def test_a_pre_plan_holds_listed_physical_facts_only(fact):
    scene.register()
    with pytest.raises(Refused):
        hazards.state_fact("s-1", fact=fact, **stamp())
    assert facts_on(TODAY) == []


def test_goods_are_named_by_their_un_number():
    scene.register()
    fact = Fact("goods", "un_goods", side="rear", floor=-1, un_number="1203", amount="large")
    hazards.state_fact("s-1", fact=fact, **stamp())
    number = Premises.objects.get().pk
    stated = queries.facts_of(number, on=TODAY)[0]
    assert (stated.un_number, stated.amount, stated.floor) == ("1203", "large", -1)
    hazards.remove_fact(stated.id, **stamp())
    assert facts_on(TODAY) == []


def test_crews_see_what_is_near_and_in_force_the_nearest_first():
    scene.register()
    scene.register("s-2", lon=0.0105)
    scene.register("s-3", lon=0.02)
    scene.register("s-4", lon=0.0101)  # near, and nothing is known of it
    for ident in ("s-1", "s-2", "s-3"):
        hazards.state_fact(ident, fact=Fact("warning", "gas_cylinders"), **stamp())

    def near(day):
        return queries.preplans_near(KEY, lon=0.01, lat=0.01, on=day)

    assert [(one.ident, one.distance_m) for one in near(TODAY)] == [("s-1", 0), ("s-2", 56)]
    assert near(TODAY + timedelta(days=90)) == ()


def test_crews_see_which_hazards_are_open_there_and_not_those_that_are_fixed():
    scene.register()
    case = scene.open_one()

    def kinds():
        return [
            one.open_hazards for one in queries.preplans_near(KEY, lon=0.01, lat=0.01, on=TODAY)
        ]

    assert kinds() == [("exit_blocked",)]
    scene.order(case)
    scene.fix(case)
    scene.verify(case)
    assert kinds() == []


# --- plans ---------------------------------------------------------------------------------------


def due():
    return {one.ident: one for one in queries.next_inspections(KEY)}


def test_inspections_are_due_by_class_and_risk():
    scene.register("high", risk="high")
    scene.register("low", risk="low")
    assert due()["high"].due_on == date(2026, 4, 2)
    for ident in ("high", "low"):
        scene.inspect(ident)
    assert due()["high"].due_on == date(2026, 6, 2)
    assert due()["low"].due_on == date(2027, 3, 2)


def test_every_second_inspection_of_a_place_busy_at_evenings_is_outside_office_hours():
    scene.register("h-1", class_code="hotel", name="Harbour hotel")
    found = []
    for month in range(4):
        found.append(due()["h-1"].outside_hours)
        scene.inspect("h-1", days=30 * month)
    assert found == [False, True, False, True]


def test_the_job_plans_what_is_due_within_a_month_once():
    scene.register()
    scene.register("s-2", risk="low")
    assert hazards.plan_due_inspections(**stamp(scene.JOB, days=1)) == 2
    assert hazards.plan_due_inspections(**stamp(scene.JOB, days=1)) == 0
    assert [one.ident for one in queries.planned_inspections(KEY)] == ["s-1", "s-2"]


@pytest.fixture
def few_at_a_time(monkeypatch):
    """Plan two inspections a transaction."""
    monkeypatch.setattr("anlan.areas.hazards.services.planning.BATCH", 2)


def test_somebody_else_writes_while_thousands_are_planned(few_at_a_time):
    for n in range(5):
        scene.register(f"s-{n}")
    seen = []

    def meanwhile(done: int, of: int) -> None:
        seen.append((done, of, len(queries.planned_inspections(KEY))))
        with ThreadPoolExecutor(1) as another:
            another.submit(write_and_hang_up, f"new-{done}").result(timeout=60)

    assert hazards.plan_due_inspections(**stamp(scene.JOB, days=1), progress=meanwhile) == 5
    assert seen == [(2, 5, 2), (4, 5, 4), (5, 5, 5)]
    assert Premises.objects.filter(ident__startswith="new").count() == 3
    actions = LedgerEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions)[-6:] == ["inspections.planned", "premises.registered"] * 3


def write_and_hang_up(ident: str) -> None:
    try:
        scene.register(ident, days=1)
    finally:
        connection.close()


def test_planning_that_was_ended_midway_goes_on_where_it_stood(few_at_a_time):
    for n in range(5):
        scene.register(f"s-{n}")

    def end(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        hazards.plan_due_inspections(**stamp(scene.JOB, days=1), progress=end)
    assert len(queries.planned_inspections(KEY)) == 2
    assert hazards.plan_due_inspections(**stamp(scene.JOB, days=1)) == 3
    assert hazards.plan_due_inspections(**stamp(scene.JOB, days=1)) == 0
    assert len({one.ident for one in queries.planned_inspections(KEY)}) == 5


def test_what_somebody_plans_or_ends_meanwhile_is_not_planned_again(few_at_a_time):
    for n in range(5):
        scene.register(f"s-{n}")

    def meanwhile(done: int, of: int) -> None:
        if done == 2:
            scene.plan("s-2")
            hazards.end_premises("s-3", **stamp())

    assert hazards.plan_due_inspections(**stamp(scene.JOB, days=1), progress=meanwhile) == 3
    assert len(queries.planned_inspections(KEY)) == 4


def test_first_inspections_of_one_days_register_are_spread_and_the_gravest_come_first():
    for n in range(12):
        scene.register(f"l-{n}", risk="low")
        scene.register(f"h-{n}", risk="high")
    scene.register("r-1")
    scene.inspect("r-1", days=-59)  # on 2 January: due on 2 April, and not put off
    hazards.plan_due_inspections(**stamp(scene.JOB, days=3))
    days = {one.ident: one.due_on for one in queries.planned_inspections(KEY)}
    of = Counter(days.values())
    assert days["r-1"] == date(2026, 4, 2)
    assert of == {date(2026, 4, 2): 10, date(2026, 4, 3): 10, date(2026, 4, 7): 5}  # a holiday
    assert max(days[f"h-{n}"] for n in range(12)) <= min(days[f"l-{n}"] for n in range(12))


def test_an_inspection_is_called_off_for_a_listed_reason_only():
    scene.register()
    number = scene.plan()
    with pytest.raises(Refused, match="why"):
        hazards.call_off_inspection(number, reason="the owner asked nicely", **stamp())
    hazards.call_off_inspection(number, reason="works", until=LATER, **stamp())
    assert queries.planned_inspections(KEY) == []
    with pytest.raises(Refused, match="called off"):
        hazards.record_inspection(number, answers=scene.answers(), **stamp())


def test_what_was_called_off_is_not_planned_before_its_day_and_says_why():
    scene.register(days=-40)
    number = scene.plan()
    for until in (None, TODAY):
        with pytest.raises(Refused, match="day from which"):
            hazards.call_off_inspection(number, reason="works", until=until, **stamp())
    hazards.call_off_inspection(number, reason="works", until=date(2026, 3, 20), **stamp())
    assert due()["s-1"].due_on == date(2026, 3, 20)
    hazards.plan_due_inspections(**stamp(scene.JOB))
    assert queries.planned_inspections(KEY)[0].due_on == date(2026, 3, 20)
    off = queries.inspection(number, town_key=KEY)
    assert (off.called_off_for, off.called_off_until) == ("works", date(2026, 3, 20))


def test_one_that_was_done_together_with_another_counts_as_done():
    scene.register()
    hazards.call_off_inspection(scene.plan(), reason="moved", **stamp())
    assert due()["s-1"].due_on == date(2026, 6, 2)


def test_inspections_are_due_on_working_days_and_never_planned_for_a_day_that_is_over():
    scene.register(days=10)  # 12 March: a month on is Sunday 12 April
    assert due()["s-1"].due_on == date(2026, 4, 13)
    scene.register("s-2", days=-31)
    assert due()["s-2"].due_on == date(2026, 2, 28)  # a Saturday that China works in 2026
    hazards.plan_due_inspections(**stamp(scene.JOB, days=5))  # a Saturday
    (planned,) = [one for one in queries.planned_inspections(KEY) if one.ident == "s-2"]
    assert planned.due_on == date(2026, 3, 9)


def test_of_one_day_the_riskiest_is_due_first():
    for risk in ("low", "major", "high"):
        scene.register(risk, risk=risk)
    assert [one.risk for one in queries.next_inspections(KEY)] == ["major", "high", "low"]


def test_an_inspection_is_moved_for_a_reason_and_its_first_day_stays():
    scene.register()
    inspector = scene.member("insp", Role.INSPECTOR)
    number = scene.plan()
    hazards.assign_inspection(number, inspector=inspector.staff_ref, **stamp(SUPERVISOR))
    with pytest.raises(Refused, match="planned there for 2026-03-02 already"):
        scene.plan(days=3)
    moved = {"due_on": LATER, "outside_hours": True}
    with pytest.raises(Refused, match="why it is moved"):
        hazards.move_inspection(number, reason="", **moved, **stamp())
    with pytest.raises(Refused, match="from today on"):
        hazards.move_inspection(number, reason="weather", **moved, **stamp(days=40))
    hazards.move_inspection(number, reason="weather", **moved, **stamp())
    moved["due_on"] += timedelta(days=1)
    hazards.move_inspection(number, reason="no_inspector", **moved, **stamp(days=1))
    one = queries.inspection(number, town_key=KEY)
    assert (one.first_due_on, one.due_on) == (TODAY, LATER + timedelta(days=1))
    assert (one.inspector_ref, one.outside_hours) == (inspector.staff_ref, True)
    told = LedgerEntry.objects.filter(action="inspection.moved").order_by("pk")
    assert [each.reason_code for each in told] == ["weather", "no_inspector"]


def test_an_inspection_is_given_to_an_inspector():
    scene.register()
    number = scene.plan()
    inspector = scene.member("insp", Role.INSPECTOR)
    hazards.assign_inspection(number, inspector=inspector.staff_ref, **stamp(SUPERVISOR))
    assert [one.id for one in queries.planned_inspections(KEY, inspector=inspector.staff_ref)] == [
        number
    ]
    with pytest.raises(BadInput):
        hazards.assign_inspection(number, inspector="staff:999999", **stamp(SUPERVISOR))


# --- checklists filled in ------------------------------------------------------------------------


def test_a_failed_item_opens_a_case_and_asks_that_the_owner_is_told():
    scene.register()
    (case,) = scene.inspect(exits="blocked")
    found = row(case)
    assert (found.state, found.answers["kind"]) == ("found", "exit_blocked")
    assert found.handler == FINDER.staff_ref
    assert Failure.objects.get().case_id == case
    assert [one.kind for one in Task.objects.filter(case_id=case)] == ["tell_owner"]


def test_items_of_one_kind_make_one_case_and_others_their_own():
    scene.register()
    cases = scene.inspect(alarm="faulty", extinguishers="absent", wiring="unsafe")
    assert sorted(row(one).answers["kind"] for one in cases) == ["fire_gear", "wiring"]


def test_nothing_failed_opens_nothing():
    scene.register()
    assert scene.inspect() == ()
    assert Case.objects.count() == 0


def test_imminent_danger_at_an_inspection_stops_the_use_at_once():
    scene.register()
    (case,) = scene.inspect(gas="danger")
    assert (row(case).state, row(case).answers["danger"]) == ("stopped", "gas")


def test_what_is_known_already_is_not_opened_again():
    scene.register()
    (first,) = scene.inspect(exits="blocked")
    (second,) = scene.inspect(exits="partly", days=10)
    assert second == first
    scene.order(first)
    scene.fix(first)
    scene.verify(first)
    (third,) = scene.inspect(exits="blocked", days=20, actor=CHECKER)
    assert third != first


def test_an_offline_form_arrives_once_however_often_it_is_sent():
    scene.register()
    number = scene.plan()
    filled = scene.answers(exits="blocked")
    given = {"answers": filled, "client_key": "offline-1"}
    first = hazards.record_inspection(number, **given, **stamp())
    entries = LedgerEntry.objects.count()
    again = hazards.record_inspection(number, **given, **stamp(days=1))
    assert again == first
    assert (Case.objects.count(), LedgerEntry.objects.count()) == (1, entries)


def at(days: float):
    return scene.AT + timedelta(days=days)


def test_a_form_counts_from_when_it_was_filled_in_not_from_when_it_arrived():
    scene.register()
    number = scene.plan()
    filled = {"answers": scene.answers(), "filled_at": at(1)}
    hazards.record_inspection(number, **filled, **stamp(days=9))
    assert queries.inspection(number, town_key=KEY).done_at == at(1)
    assert queries.one_premises("s-1", town_key=KEY).inspected_at == at(1)
    assert due()["s-1"].due_on == date(2026, 6, 3)


@pytest.mark.parametrize(("said", "kept"), [(-400, 0), (5, 2), (1, 1)])
def test_a_senders_clock_is_believed_between_the_planning_and_now(said, kept):
    scene.register()
    number = scene.plan()
    filled = {"answers": scene.answers(), "filled_at": at(said)}
    hazards.record_inspection(number, **filled, **stamp(days=2))
    assert Inspection.objects.get().filled_at == at(kept)


@pytest.mark.parametrize(("year", "kept"), [(1, 0), (9999, 2)])
def test_a_senders_clock_may_stand_anywhere_in_a_town_whose_clock_runs_fast(year, kept):
    scene.register()
    number = scene.plan()
    Town.objects.update(clock_speed=600)
    filled = {"answers": scene.answers(), "filled_at": datetime(year, 1, 2, tzinfo=UTC)}
    hazards.record_inspection(number, **filled, **stamp(days=2))
    assert Inspection.objects.get().filled_at == at(kept)


def test_a_form_filled_in_before_the_call_off_is_taken_and_one_after_it_is_named():
    scene.register()
    number = scene.plan()
    hazards.call_off_inspection(number, reason="works", until=LATER, **stamp(SUPERVISOR, days=2))
    filled = {"answers": scene.answers(gas="danger"), "client_key": "offline-1"}
    with pytest.raises(Refused, match="North school"):
        hazards.record_inspection(number, filled_at=at(3), **filled, **stamp(days=4))
    for _again in range(2):
        (case,) = hazards.record_inspection(number, filled_at=at(1), **filled, **stamp(days=4))
    assert row(case).state == "stopped"
    done = queries.inspection(number, town_key=KEY)
    assert (done.done_at, done.called_off_at) == (at(1), None)


def test_a_form_beside_a_colleagues_opens_what_failed_and_takes_its_photo():
    scene.register()
    number = scene.plan()
    hazards.record_inspection(number, answers=scene.answers(), **stamp(CHECKER, days=1))
    filled = {"answers": scene.answers(exits="blocked"), "client_key": "offline-1"}
    with pytest.raises(Refused, match="is done already"):
        hazards.record_inspection(number, answers=filled["answers"], **stamp(days=2))
    for _again in range(2):
        (case,) = hazards.record_inspection(number, filled_at=at(1), **filled, **stamp(days=2))
    assert Inspection.objects.count() == 2
    assert Failure.objects.get().case_id == case
    hazards.add_photo(number, question="exits", data=hostile.picture(), **stamp(days=2))
    assert Document.objects.get().case_id == case
    with pytest.raises(Refused, match="is done already"):
        hazards.record_inspection(
            number, answers=scene.answers(), filled_at=at(1), **stamp(CHECKER, days=3)
        )


def test_cases_missing_after_a_broken_line_are_opened_when_the_form_comes_again(monkeypatch):
    scene.register()
    number = scene.plan()
    given = {"answers": scene.answers(exits="blocked", gas="danger"), "client_key": "offline-1"}
    whole = "anlan.areas.hazards.services.inspections.open_cases"
    with monkeypatch.context() as broken:
        broken.setattr(whole, lambda *_args, **_more: (_ for _ in ()).throw(OSError("line")))
        with pytest.raises(OSError, match="line"):
            hazards.record_inspection(number, **given, **stamp())
    assert Case.objects.count() == 0
    cases = hazards.record_inspection(number, **given, **stamp())
    assert sorted(row(one).state for one in cases) == ["found", "stopped"]


def test_the_job_opens_cases_that_are_missing_and_leaves_stopping_to_a_person(monkeypatch):
    scene.register()
    number = scene.plan()
    with monkeypatch.context() as broken:
        broken.setattr("anlan.areas.hazards.services.inspections.open_cases", lambda *_a, **_m: ())
        hazards.record_inspection(number, answers=scene.answers(gas="danger"), **stamp())
    assert hazards.open_cases_of_failures(**stamp(scene.JOB)) == 1
    assert hazards.open_cases_of_failures(**stamp(scene.JOB)) == 0
    case = Case.objects.get()
    assert (case.state, case.answers["imminent"]) == ("found", True)


def erase(case_id, *, days):
    """Let everything be done that ends a hazard, and its time be over."""
    scene.order(case_id)
    scene.fix(case_id)
    scene.verify(case_id)
    scene.do(case_id, "close", CHECKER)
    job = scene.stamp(Actor("job:seal_cases", frozenset()), days=days)
    cases.erase_case(case_id, reason="kept_long_enough", **job)


def test_what_failed_is_not_opened_again_when_its_case_was_erased(settings, tmp_path):
    settings.ANLAN_ERASURES_FILE = tmp_path / "erased.jsonl"
    scene.register()
    (case,) = scene.inspect(exits="blocked")
    erase(case, days=800)
    assert Failure.objects.get().case_id is None
    assert hazards.open_cases_of_failures(**stamp(scene.JOB, days=801)) == 0
    assert Case.objects.count() == 1
    (again,) = scene.inspect(days=802, exits="blocked")
    assert [one.case_id for one in Failure.objects.order_by("pk")] == [None, again]


def test_what_was_found_is_opened_though_the_premises_left_the_register_since(monkeypatch):
    scene.register()
    number = scene.plan()
    with monkeypatch.context() as broken:
        broken.setattr("anlan.areas.hazards.services.inspections.open_cases", lambda *_a, **_m: ())
        hazards.record_inspection(number, answers=scene.answers(exits="blocked"), **stamp())
    hazards.end_premises("s-1", **stamp())
    assert hazards.open_cases_of_failures(**stamp(scene.JOB)) == 1
    assert Failure.objects.get().case_id == Case.objects.get().pk
    with pytest.raises(BadInput, match="register"):
        scene.open_one(source="inspection", kind="wiring")


def test_a_hazard_that_the_desk_opened_meanwhile_takes_what_failed(monkeypatch):
    scene.register()
    number = scene.plan()
    with monkeypatch.context() as broken:
        broken.setattr("anlan.areas.hazards.services.inspections.open_cases", lambda *_a, **_m: ())
        hazards.record_inspection(number, answers=scene.answers(exits="blocked"), **stamp())
    meanwhile = scene.open_one()
    hazards.open_cases_of_failures(**stamp(scene.JOB))
    assert (Failure.objects.get().case_id, Failure.objects.get().opened) == (meanwhile, True)
    assert Case.objects.count() == 1


def test_a_checklist_that_is_kept_is_answered_so_though_a_case_is_refused(monkeypatch):
    scene.register()
    number = scene.plan()
    open_case = cases.open_case

    def refuses_gas(*one, asked, **more):
        if asked.values["kind"] == "gas":
            raise Refused("Not now.", code="changed")
        return open_case(*one, asked=asked, **more)

    filled = scene.answers(exits="blocked", gas="danger")
    with monkeypatch.context() as broken:
        broken.setattr(cases, "open_case", refuses_gas)
        assert len(hazards.record_inspection(number, answers=filled, **stamp())) == 1
    assert Inspection.objects.get().done_at is not None
    hazards.open_cases_of_failures(**stamp(scene.JOB))
    assert Case.objects.count() == 2


def test_a_town_that_refuses_keeps_no_other_from_its_inspections(monkeypatch):
    from anlan.areas.hazards import services
    from anlan.kernel.places import services as places

    by_cli = {"actor": scene.CLI, "at": scene.AT, "recorded_at": scene.AT}
    places.create_town(key="abc", name="Abc", zone="Asia/Shanghai", country="CN", **by_cli)
    scene.register(days=-40)
    plans = services.plan_due_inspections

    def refuses_one(*, town_key, **more):
        if town_key == "abc":
            raise BadInput("There are no premises of this number in the register.")
        return plans(town_key=town_key, **more)

    monkeypatch.setattr(services, "plan_due_inspections", refuses_one)
    assert look_once(real_now=scene.AT)["planned"] == 1


@pytest.mark.parametrize(
    "change", [{"exits": "a bit"}, {"exits": None}, {"residents": "good"}, {"alarm": "clear"}]
)
def test_each_answer_comes_from_its_list(change):
    scene.register()
    number = scene.plan()
    filled = {k: v for k, v in (scene.answers() | change).items() if v is not None}
    with pytest.raises(Refused):
        hazards.record_inspection(number, answers=filled, **stamp())
    assert Inspection.objects.get().done_at is None


def test_only_an_inspector_fills_a_checklist_in():
    scene.register()
    number = scene.plan()
    with pytest.raises(Forbidden):
        hazards.record_inspection(number, answers=scene.answers(), **stamp(CLERK))


# --- what is asked is data within limits ---------------------------------------------------------


def propose(raw=OWN_FORM, actor=FINDER):
    return hazards.propose_checklist(raw, **stamp(actor))


def decide(actor, *, agree=True):
    hazards.decide_checklist("fire_general", agree=agree, **stamp(actor))


def test_a_changed_form_is_asked_only_when_a_second_person_agreed():
    scene.register()
    propose()
    assert queries.form_of_class(KEY, "school").number == 0
    with pytest.raises(Refused, match="second person"):
        decide(FINDER)
    decide(CHECKER)
    assert queries.form_of_class(KEY, "school").number == 1
    assert [one.code for one in queries.form_of_class(KEY, "school").questions] == ["gate"]
    assert queries.form_of_class(KEY, "hotel").number == 0


def test_a_declined_form_is_never_asked_and_the_next_has_another_number():
    propose()
    decide(CHECKER, agree=False)
    assert queries.form_of_class(KEY, "school").number == 0
    assert propose() == 2


def test_a_planned_inspection_keeps_its_form_when_that_changes():
    scene.register()
    number = scene.plan()
    propose()
    decide(CHECKER)
    hazards.record_inspection(number, answers=scene.answers(), **stamp())
    assert Inspection.objects.get().checklist_number == 0


def test_a_form_that_asks_about_people_is_not_even_proposed():
    hostile = OWN_FORM | {
        "questions": [
            OWN_FORM["questions"][0]
            | {"code": "q", "label": {"en": "Who lives on each floor?", "zh": "每层住户姓名"}}
        ]
    }
    with pytest.raises(BadInput, match="asks about people"):
        propose(hostile)
    assert queries.proposed_forms(KEY) == []


def test_the_register_is_given_whole_or_page_by_page(monkeypatch):
    for n in range(7):
        scene.register(f"x-{n}")
    every = [one.ident for one in queries.premises(KEY)]
    assert len(every) == len(set(every)) >= 7
    paged, after = [], ""
    while page := queries.premises(KEY, after=after, most=2):
        paged += [one.ident for one in page]
        after = page[-1].ident
    assert paged == every


@pytest.mark.parametrize("seed", range(4))
def test_what_is_due_first_is_the_beginning_of_what_is_due(seed):
    draw, held = random.Random(seed), random.Random(seed)
    for n in range(16):
        asked = {
            "class_code": draw.choice(("school", "hotel")),
            "risk": draw.choice(("low", "high")),
        }
        scene.register(f"y-{n}", days=-draw.randrange(60), **asked)
        one = Premises.objects.get(ident=f"y-{n}")
        for _time in range(draw.randrange(3)):
            done = scene.stamp()["at"] - timedelta(days=draw.randrange(400))
            Inspection.objects.create(premises=one, due_on=done.date(), done_at=done)
        if held.random() < 0.4:
            until = TODAY + timedelta(days=held.randrange(-300, 300))
            Inspection.objects.create(
                premises=one, due_on=TODAY, called_off_at=scene.AT, called_off_until=until
            )
    scene.fill_days()
    scene.plan("y-0")
    every = queries.next_inspections(KEY)
    assert len(every) == 15
    assert {one.outside_hours for one in every} == {False, True}
    assert [one.due_on for one in every] == sorted(one.due_on for one in every)
    for most in range(16):
        assert queries.next_inspections(KEY, most=most) == every[:most]
