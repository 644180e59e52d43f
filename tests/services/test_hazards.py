"""A hazard is found, ordered, fixed and rechecked by another; it can't be closed unverified."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.services import hazard_round as scene
from tests.services.hazard_round import (
    CHECKER,
    FINDER,
    KEY,
    SUPERVISOR,
    agree,
    do,
    fix,
    open_one,
    order,
    row,
    stamp,
    verify,
)
from tests.unit.gateways import hostile

from anlan.areas.hazards import queries
from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.models import HazardFacts
from anlan.areas.hazards.rules import guards
from anlan.areas.hazards.rules.hazard import HAZARD
from anlan.areas.hazards.rules.reports import Told
from anlan.areas.hazards.services import reports
from anlan.areas.oversight.rules import DISCLOSURE
from anlan.gateways import content
from anlan.gateways.content import checker
from anlan.kernel.cases import queries as case_queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, Document, FollowLink, Notice, Task
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.types import FieldKind, Space
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town(settings, tmp_path, monkeypatch):
    settings.ANLAN_DATA = tmp_path / "data"
    monkeypatch.setattr(content, "look_into", lambda data: content.Checked(*checker.check(data)))
    scene.make_town()


def refusals(case_id, actor):
    """Give each action's code with the sentence's code, "" where it can be done."""
    found = case_queries.actions_of(case_id, town_key=KEY, actor=actor, at=scene.AT)
    return {one.action.code: one.refusal.code if one.refusal else "" for one in found}


def test_a_hazard_goes_from_found_to_closed():
    one = open_one()
    order(one)
    fix(one)
    verify(one)
    do(one, "close", CHECKER)
    ended = row(one)
    assert (ended.state, ended.result) == ("closed", "fixed")
    assert ended.erase_on == date(2028, 3, 2)


@pytest.mark.parametrize("far", [0, 1, 2])
def test_a_hazard_cannot_be_closed_unverified(far):
    one = open_one()
    for step in (order, fix)[:far]:
        step(one)
    for actor in (FINDER, CHECKER, SUPERVISOR):
        with pytest.raises(Refused):
            do(one, "close", actor)
    assert row(one).ended_at is None


def test_whoever_fixed_it_may_not_verify_it_and_another_may():
    one = open_one()
    order(one)
    fix(one, CHECKER)
    with pytest.raises(Forbidden, match="fixed"):
        verify(one, CHECKER)
    with pytest.raises(Forbidden, match="order"):
        verify(one, FINDER)
    assert refusals(one, CHECKER)["recheck_passed"] == "fixer_may_not_verify"
    assert refusals(one, SUPERVISOR)["recheck_passed"] == ""
    verify(one, SUPERVISOR)
    assert row(one).state == "verified"


def test_a_recheck_needs_a_photo_or_says_why_there_is_none():
    one = open_one()
    order(one)
    fix(one)
    with pytest.raises(Refused, match="photo"):
        do(one, "recheck_passed", CHECKER)
    verify(one)
    assert row(one).answers["no_photo"] == "nothing_to_see"


def add_photo(case_id, actor, *, days=0.0, party=None):
    cases.add_document(
        case_id,
        data=hostile.picture(),
        name="a.jpg",
        kind="after",
        space=Space.CASE if party is None else Space.PARTY,
        party=party,
        **stamp(actor, days=days),
    )


def test_an_owners_photo_and_one_of_an_earlier_recheck_do_not_stand_for_the_rechecks_own():
    one = open_one()
    do(one, "add_party", values={"party_role": "owner"}, texts={"name": "School board"})
    order(one)
    fix(one)
    add_photo(one, FINDER)
    do(one, "recheck_failed", CHECKER, days=1, values={"remedy_by": "2026-04-01"})
    fix(one, days=2)
    owner, number = link_of(one, "owner")
    add_photo(one, owner, days=3, party=number)
    with pytest.raises(Refused, match="photo"):
        do(one, "recheck_passed", CHECKER, days=3)
    add_photo(one, SUPERVISOR, days=3)
    do(one, "recheck_passed", CHECKER, days=3)
    assert row(one).state == "verified"


def recheck(case_id, actor=CHECKER, *, passed=True, photo=None, key=None, **asked):
    return hazards.record_recheck(
        case_id, passed=passed, photo=photo, asked=Asked(**asked), client_key=key, **stamp(actor)
    )


def kinds(case_id):
    return list(Document.objects.filter(case_id=case_id).values_list("kind", flat=True))


@pytest.mark.parametrize("actor", [CHECKER, SUPERVISOR], ids=["inspector", "supervisor"])
def test_a_recheck_takes_its_photo_with_it_once_however_often_it_is_sent(actor):
    one = open_one()
    order(one)
    fix(one)
    picture = hostile.picture()
    for _again in range(2):
        recheck(one, actor, photo=picture, key="r-1")
    assert (row(one).state, kinds(one)) == ("verified", ["after"])
    assert "no_photo" not in row(one).answers


def test_a_photo_of_what_is_not_fixed_is_no_photo_of_afterwards():
    one = open_one()
    order(one)
    fix(one)
    recheck(one, passed=False, photo=hostile.picture(), values={"remedy_by": "2026-04-01"})
    assert (row(one).state, kinds(one)) == ("ordered", ["before"])
    fix(one)
    with pytest.raises(Refused, match="photo"):
        recheck(one)


def test_nothing_is_kept_of_who_may_not_recheck_and_of_what_is_no_picture():
    one = open_one()
    order(one)
    fix(one)
    with pytest.raises(Refused, match="another person"):
        recheck(one, FINDER, photo=hostile.picture())
    with pytest.raises(Refused):
        recheck(one, scene.DISPATCHER, photo=hostile.picture())
    with pytest.raises(BadInput, match="JPEG"):
        recheck(one, photo=b"%PDF-1.7 a photo, they say")
    assert (row(one).state, kinds(one)) == ("fixed", [])


def test_photos_are_opened_beside_each_other_by_who_works_on_the_case_in_one_opening():
    one = open_one()
    order(one)
    fix(one)
    recheck(one, passed=False, photo=hostile.picture(), values={"remedy_by": "2026-04-01"})
    fix(one)
    recheck(one, photo=hostile.picture("PNG"))
    opened = hazards.open_photos(one, **stamp())
    assert [each.media_type for each in opened.before] == ["image/jpeg"]
    assert [each.media_type for each in opened.after] == ["image/png"]
    assert Opening.objects.filter(case_ref=f"hazard:{one}").count() == 1
    with pytest.raises(Forbidden):
        hazards.open_photos(one, **stamp(CHECKER))


def test_a_failed_recheck_orders_anew_until_another_day():
    one = open_one()
    order(one)
    fix(one)
    do(one, "recheck_failed", CHECKER, values={"remedy_by": "2026-04-01"})
    assert row(one).state == "ordered"
    assert HazardFacts.objects.get(case_id=one).remedy_by == date(2026, 4, 1)


def test_imminent_danger_stops_use_at_once_and_no_clock_runs():
    one = open_one()
    do(one, "stop_use", values={"danger": "gas"})
    assert row(one).state == "stopped"
    assert [each for each in case_queries.clocks_of(one) if each.running] == []
    assert row(one).answers["control"] == "use_stopped"


def test_a_stopped_use_is_resumed_by_written_permission_of_two_after_the_recheck():
    one = open_one()
    do(one, "stop_use", values={"danger": "gas"})
    order(one)
    with pytest.raises(Refused, match="written permission"):
        do(one, "set_control", values={"control": "watch"})
    fix(one)
    with pytest.raises(Refused):
        do(one, "permit_resume", CHECKER, texts={"permission": "may be used"})
    verify(one)
    with pytest.raises(Refused, match="interim measure"):
        do(one, "close", CHECKER)
    with pytest.raises(BadInput):
        do(one, "permit_resume", CHECKER)
    waiting = do(one, "permit_resume", CHECKER, texts={"permission": "may be used"})
    with pytest.raises(Refused) as own:
        agree(waiting, CHECKER)
    assert own.value.code == "own_proposal"
    agree(waiting)
    assert "control" not in row(one).answers
    do(one, "close", CHECKER)
    assert row(one).state == "closed"


def test_a_measure_in_force_keeps_a_case_from_being_dismissed():
    one = open_one()
    do(one, "set_control", values={"control": "cordon"})
    with pytest.raises(Refused, match="interim measure"):
        do(one, "dismiss", result="no_hazard")


def test_a_case_ends_without_an_order_only_with_a_second_person():
    one = open_one()
    waiting = do(one, "dismiss", result="passed_on", values={"passed_to": "power"})
    assert row(one).state == "found"
    agree(waiting)
    assert (row(one).state, row(one).result) == ("dismissed", "passed_on")


@pytest.mark.parametrize("second", [CHECKER, SUPERVISOR])
def test_nobody_agrees_to_an_opinion_or_a_permission_that_was_not_read(second):
    one = open_one()
    do(one, "call_major", texts={"finding": "a whole school behind one door"})
    waiting = do(one, "give_opinion", values={"grade": "major"}, texts={"opinion": "it may fall"})
    with pytest.raises(Refused) as said:
        cases.decide(waiting.proposal, agree=True, **stamp(second))
    assert said.value.code == "not_read"
    assert row(one).state == "weighed"
    agree(waiting, second)
    assert row(one).state == "found"


def test_whatever_a_second_person_agrees_to_with_words_is_read_first():
    for kind in (HAZARD, DISCLOSURE):
        worded = {one.code for one in kind.fields if one.kind is FieldKind.WORDS}
        waits = [one for one in kind.actions if one.second and worded.intersection(one.requires)]
        assert waits
        assert [one.code for one in waits if not one.second_reads] == []


def test_a_major_hazard_is_judged_by_two_within_seven_working_days():
    one = open_one()
    do(one, "call_major", texts={"finding": "cracks"})
    clock = next(each for each in case_queries.clocks_of(one) if each.code == "major_opinion")
    # asked on Monday 2 March 2026 in Shanghai: the seventh working day after it is Wednesday 11
    assert clock.due_at == datetime(2026, 3, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    waiting = do(one, "give_opinion", values={"grade": "major"}, texts={"opinion": "it is major"})
    assert row(one).state == "weighed"
    agree(waiting, CHECKER)
    assert row(one).answers["grade"] == "major"


def test_nobody_alone_serves_an_order_as_major():
    one = open_one()
    with pytest.raises(Refused, match="have it judged first"):
        order(one, grade="major")
    do(one, "call_major", texts={"finding": "a whole school behind one door"})
    agree(do(one, "give_opinion", values={"grade": "major"}, texts={"opinion": "it is"}))
    with pytest.raises(Refused, match="Two people have judged"):
        order(one, grade="ordinary")
    order(one, grade="major")
    assert row(one).state == "ordered"


def test_an_order_is_raised_to_major_by_two_and_by_nobody_alone():
    one = open_one()
    order(one)
    waiting = do(one, "find_major", texts={"opinion": "it is major"})
    assert row(one).answers["grade"] == "ordinary"
    with pytest.raises((Refused, Forbidden)):
        agree(waiting, FINDER)
    agree(waiting)
    assert (row(one).state, row(one).answers["grade"]) == ("ordered", "major")
    with pytest.raises(Refused, match="found it major already"):
        do(one, "find_major", texts={"opinion": "again"})


def test_an_order_is_handed_to_somebody_or_posted_at_the_place():
    one = open_one()
    with pytest.raises(Refused, match="Nobody is named who answers"):
        order(one, served="handed")
    do(one, "add_party", values={"party_role": "owner"}, texts={"name": "The school"})
    order(one, served="handed")
    assert row(one).state == "ordered"


@pytest.mark.parametrize(("action", "code"), [("found", "serve_order"), ("fixed", "recheck")])
def test_serving_and_rechecking_are_due_on_the_third_working_day(action, code):
    one = open_one()
    if action == "fixed":
        order(one, days=3)
        fix(one, days=3)  # Thursday 5 March
    clock = next(each for each in case_queries.clocks_of(one) if each.code == code and each.running)
    last = date(2026, 3, 5) if action == "found" else date(2026, 3, 10)
    assert clock.due_at == datetime.combine(
        last + timedelta(days=1), datetime.min.time(), tzinfo=ZoneInfo("Asia/Shanghai")
    )


def test_an_order_whose_day_has_passed_is_overdue_and_one_in_time_is_not():
    one = open_one()
    order(one, by="2026-03-04")
    on_the_day, after = scene.AT + timedelta(days=2), scene.AT + timedelta(days=3)

    def late(at):
        return [each.what for each in queries.overdue_hazards(KEY, actor=FINDER, at=at)]

    assert late(on_the_day) == []
    assert late(after) == ["fix_by"]
    fix(one, days=3)
    assert late(after) == []


def test_an_orders_day_is_a_clock_that_moves_with_it_and_ends_when_it_is_said_to_be_fixed():
    one = open_one()
    order(one)  # until 20 March
    zone = ZoneInfo("Asia/Shanghai")

    def remedy():
        found = [each for each in case_queries.clocks_of(one) if each.code == "fix_by"]
        return [(each.running, each.due_at and each.due_at.astimezone(zone)) for each in found]

    def midnight(month, day):
        return datetime(2026, month, day, tzinfo=zone)

    assert remedy() == [(True, midnight(3, 21))]
    agree(do(one, "extend_remedy", values={"remedy_by": "2026-04-05"}, reason="parts"))
    assert remedy() == [(True, midnight(4, 6))]  # the Qingming holiday moves nothing
    assert not row(one).overdue(midnight(4, 5))
    assert row(one).overdue(midnight(4, 6))
    fix(one)
    assert [running for running, _due in remedy()] == [False]
    do(one, "recheck_failed", CHECKER, values={"remedy_by": "2026-05-04"})
    assert (True, midnight(5, 5)) in remedy()


def test_overdue_lists_only_what_an_actor_may_see():
    open_one()
    at = scene.AT + timedelta(days=30)
    assert [one.what for one in queries.overdue_hazards(KEY, actor=FINDER, at=at)] == [
        "serve_order"
    ]
    assert queries.overdue_hazards(KEY, actor=scene.DISPATCHER, at=at) == []


def test_more_time_needs_a_reason_and_a_second_person():
    one = open_one()
    order(one)
    with pytest.raises(BadInput, match="reason"):
        do(one, "extend_remedy", values={"remedy_by": "2026-04-20"})
    waiting = do(one, "extend_remedy", values={"remedy_by": "2026-04-20"}, reason="parts")
    assert HazardFacts.objects.get(case_id=one).remedy_by == date(2026, 3, 20)
    agree(waiting)
    assert HazardFacts.objects.get(case_id=one).remedy_by == date(2026, 4, 20)


def test_more_time_is_a_later_day_and_a_stopped_use_waits_for_none():
    one = open_one()
    order(one)
    for day in ("2026-03-20", "2026-03-10"):
        with pytest.raises(BadInput, match="2026-03-20"):
            do(one, "extend_remedy", values={"remedy_by": day}, reason="parts")
    do(one, "stop_use", values={"danger": "fire"})
    assert queries.hazard(one, town_key=KEY).remedy_by is None
    assert "remedy_by" not in row(one).answers


@pytest.mark.parametrize("day", ["2026-03-01", "2027-03-20"])
def test_an_order_is_to_be_kept_from_today_within_a_year(day):
    one = open_one()
    with pytest.raises(BadInput, match="day"):
        order(one, by=day)
    assert row(one).state == "found"


def test_not_fixed_reopens_a_closed_case():
    one = open_one()
    order(one)
    fix(one)
    verify(one)
    do(one, "close", CHECKER)
    do(one, "not_fixed")
    again = row(one)
    assert (again.state, again.ended_at, again.erase_on) == ("found", None, None)
    assert HazardFacts.objects.get(case_id=one).verified_at is None


def test_a_supervisor_gives_it_to_an_inspector_and_to_nobody_else():
    one = open_one(SUPERVISOR)
    inspector = scene.member("insp", scene.Role.INSPECTOR)
    clerk = scene.member("clerk", scene.Role.CLERK)
    with pytest.raises(BadInput, match="inspector"):
        do(one, "assign", SUPERVISOR, values={"inspector": clerk.staff_ref})
    do(one, "assign", SUPERVISOR, values={"inspector": inspector.staff_ref})
    assert row(one).handler == inspector.staff_ref
    with pytest.raises(Refused, match="handles"):
        do(one, "take", FINDER)


def test_an_order_is_served_only_when_somebody_handles_it():
    one = open_one(SUPERVISOR)
    with pytest.raises(Refused, match="take it"):
        order(one)
    do(one, "take", FINDER)
    order(one)
    assert row(one).state == "ordered"


def test_the_owner_reads_the_order_and_never_who_reported_it():
    school = scene.register()
    told = Told("thing", "exit_blocked", premises="s-1", words="金丝雀 reporter", name="Ms Li")
    made = hazards.report_hazard(told, town_key=KEY, at=scene.AT, recorded_at=scene.AT)
    do(made.case_id, "take")
    do(
        made.case_id,
        "add_party",
        values={"party_role": "owner", "party_kind": "firm"},
        texts={"name": "School board"},
    )
    order(made.case_id)
    spaces = cases.open_words(made.case_id, purpose=Purpose.HANDLING, **stamp()).spaces
    assert [text.text for text in spaces[""]] == ["Clear the exit."]
    assert [text.text for text in spaces["p2"]] == ["School board"]
    assert {text.text for text in spaces["p1"]} == {"金丝雀 reporter", "Ms Li"}
    assert row(made.case_id).answers["premises"] == school


def test_a_part_that_is_new_is_no_second_opening_to_who_reads_the_others():
    scene.register()
    told = Told("thing", "exit_blocked", premises="s-1", words="locked", name="Ms Li")
    made = hazards.report_hazard(told, town_key=KEY, at=scene.AT, recorded_at=scene.AT)
    do(made.case_id, "take")
    cases.open_words(made.case_id, purpose=Purpose.HANDLING, **stamp())
    owner = {"party_role": "owner", "party_kind": "firm"}
    do(made.case_id, "add_party", values=owner, texts={"name": "School board"})
    for _again in range(2):
        spaces = cases.open_words(made.case_id, purpose=Purpose.HANDLING, **stamp()).spaces
        assert {"p1", "p2"} <= set(spaces)
    rows = Opening.objects.filter(actor_ref=FINDER.staff_ref).order_by("pk")
    assert [each.parts for each in rows] == [["joint", "notes", "p1"], ["p2"]]
    seen = case_queries.follow(case_queries.link_of(made.token), at=scene.AT).openings
    assert [each.parts for each in seen if each.role == "inspector"] == [("joint", "notes", "own")]


def offices(*made, tier="town"):
    """Make offices, each with an inspector; gives who works at the first."""
    actors = []
    for ident in made:
        cases.create_office(ident=ident, name=ident, tier=tier, **stamp(scene.CLI))
        actors.append(scene.member(f"at-{ident}", scene.Role.INSPECTOR))
        cases.add_member(ident, username=f"at-{ident}", **stamp(scene.CLI))
    return actors[0]


def test_what_an_inspection_finds_lies_with_the_office_of_who_inspected():
    offices("a-1")
    theirs = offices("v-9", tier="village")
    scene.register()
    (found,) = scene.inspect(actor=theirs, exits="blocked")
    assert row(found).office == "v-9"


def test_a_job_that_opens_what_an_inspection_found_gives_it_to_the_same_office(monkeypatch):
    offices("a-1")
    theirs = offices("v-9", tier="village")
    scene.register()
    module = "anlan.areas.hazards.services.inspections.open_cases"
    with monkeypatch.context() as broken:
        broken.setattr(module, lambda *_one, **_more: ())
        scene.inspect(actor=theirs, exits="blocked")
    hazards.open_cases_of_failures(**stamp(scene.JOB))
    assert row(Case.objects.get().pk).office == "v-9"


def test_a_residents_report_lies_with_the_towns_inspection_office_and_is_found_there():
    scene.register()
    cases.create_office(ident="a-0", name="No inspector", tier="town", **stamp(scene.CLI))
    offices("v-1", tier="village")
    offices("c-1", tier="county")
    offices("t-2")
    made = report()
    assert row(made.case_id).office == "t-2"
    late = scene.AT + timedelta(days=30)

    def overdue(office):
        rows = queries.overdue_hazards(KEY, actor=FINDER, at=late, office=office)
        return [(one.case_id, one.office) for one in rows]

    assert (overdue("t-2"), overdue("v-1")) == ([(made.case_id, "t-2")], [])


def test_a_town_without_an_inspection_office_opens_its_hazards_all_the_same():
    scene.register()
    assert row(report().case_id).office == ""


def report(**more):
    given = {"about": "thing", "kind": "exit_blocked", "premises": "s-1", "words": "locked"} | more
    return hazards.report_hazard(Told(**given), town_key=KEY, at=scene.AT, recorded_at=scene.AT)


def test_the_same_hazard_reported_again_is_followed_not_opened_again():
    scene.register()
    first, second = report(), report(words="still locked")
    assert (first.known, second.known) == (False, True)
    assert second.case_id == first.case_id
    assert (first.party, second.party) == (1, 2)
    assert report(kind="wiring").case_id != first.case_id


def test_a_hazard_that_is_back_after_its_recheck_is_a_case_of_its_own():
    """Who reports it then is no party of the case that closes as fixed."""
    scene.register()
    first = report()
    do(first.case_id, "take")
    order(first.case_id)
    fix(first.case_id)
    verify(first.case_id)
    again = report(words="blocked again")
    assert (again.known, again.case_id != first.case_id) == (False, True)
    do(first.case_id, "close", CHECKER)
    assert row(again.case_id).state == "found"


def test_two_who_report_it_at_one_moment_are_of_one_case(monkeypatch):
    scene.register()
    first = report()
    looks = iter([None])  # the second looks before the first has written
    known = reports.known_hazard
    monkeypatch.setattr(
        reports, "known_hazard", lambda *one, **more: next(looks, known(*one, **more))
    )
    second = report(words="I saw it too")
    assert (second.case_id, second.known) == (first.case_id, True)


def in_danger():
    return [one.case_id for one in queries.hazards_in_danger(KEY, actor=FINDER)]


def tasks(case_id):
    found = Task.objects.filter(case_id=case_id, done_at__isnull=True).order_by("pk")
    return list(found.values_list("kind", "staff_ref", "for_role"))


def test_that_somebody_could_be_hurt_is_listed_first_and_asked_to_be_looked_at_at_once():
    scene.register()
    made = report(imminent=True)
    assert in_danger() == [made.case_id]
    assert tasks(made.case_id) == [("look_now", "", "inspector")]
    do(made.case_id, "take")
    assert queries.hazard(made.case_id, town_key=KEY).in_danger
    assert tasks(made.case_id) == [("look_now", FINDER.staff_ref, "")], "taken isn't looked at"
    do(made.case_id, "stop_use", values={"danger": "fire"})
    assert tasks(made.case_id) == []
    assert (in_danger(), queries.hazard(made.case_id, town_key=KEY).in_danger) == ([], False)


def test_a_known_hazard_becomes_imminent_by_one_more_report_and_never_less_so():
    scene.register()
    first = report()
    do(first.case_id, "take")
    report(imminent=True)
    report()
    assert row(first.case_id).answers["imminent"] is True
    assert (in_danger(), tasks(first.case_id)) == (
        [first.case_id],
        [("look_now", FINDER.staff_ref, "")],
    )
    with pytest.raises(Forbidden, match="no less dangerous"):
        do(
            first.case_id,
            "report_too",
            reports.PUBLIC,
            values={"party_role": "reporter", "imminent": False},
        )
    order(first.case_id)
    assert tasks(first.case_id) == []


def leads_on(case_id, actor=FINDER):
    found = case_queries.actions_of(case_id, town_key=KEY, actor=actor, at=scene.AT)
    return [one.action.code for one in found if one.leads_on and one.refusal is None]


def test_an_inspector_who_opens_a_danger_is_asked_to_look_until_it_is_looked_at():
    one = open_one(imminent=True)
    assert tasks(one) == [("look_now", FINDER.staff_ref, "")]
    assert leads_on(one) == ["look", "stop_use", "set_control", "serve_order"]
    do(one, "look", values={"imminent": True})
    assert (tasks(one), in_danger()) == ([], [one])
    assert leads_on(one) == ["stop_use", "set_control", "serve_order"], "the danger stands"
    do(one, "set_control", values={"control": "cordon"})
    assert "stop_use" in leads_on(one)
    do(one, "look", values={"imminent": False})
    assert (in_danger(), leads_on(one)) == ([], ["serve_order"])


@pytest.mark.parametrize(
    ("what", "values"), [("set_control", {"control": "cordon"}), ("look", {"imminent": False})]
)
def test_looking_at_once_ends_by_what_somebody_who_looked_does(what, values):
    scene.register()
    made = report(imminent=True)
    do(
        made.case_id,
        "assign",
        SUPERVISOR,
        values={"inspector": scene.member("inspector-9", scene.Role.INSPECTOR).staff_ref},
    )
    assert [kind for kind, *_who in tasks(made.case_id)] == ["look_now"]
    do(made.case_id, what, SUPERVISOR, values=values)
    assert tasks(made.case_id) == []


def test_a_correction_says_that_somebody_could_be_hurt_or_that_nobody_could():
    scene.register()
    made = report()
    do(made.case_id, "correct", values={"imminent": True})
    assert ("look_now", "", "inspector") in tasks(made.case_id)
    do(made.case_id, "correct", values={"imminent": False})
    assert tasks(made.case_id) == [("look_at", "", "inspector")]


def test_a_recheck_is_to_be_done_by_another_inspector_or_else_a_supervisor():
    one = open_one()
    order(one)
    fix(one)
    assert tasks(one) == [("recheck", "", "supervisor")], "the town has no other inspector"
    do(one, "recheck_failed", CHECKER, values={"remedy_by": "2026-04-01"})
    assert tasks(one) == []
    scene.member("inspector-9", scene.Role.INSPECTOR)
    fix(one)
    assert tasks(one) == [("recheck", "", "inspector")]
    verify(one)
    assert tasks(one) == []


def test_what_is_to_be_done_by_a_clock_is_due_with_it():
    one = open_one()
    order(one)
    fix(one)

    def to_do():
        (task,) = case_queries.tasks_of(one)
        (clock,) = [each for each in case_queries.clocks_of(one) if each.running]
        assert task.due_at == clock.due_at is not None
        return task.kind, clock.code

    assert to_do() == ("recheck", "recheck")
    verify(one)
    do(one, "not_fixed", CHECKER)
    assert to_do() == ("look_at", "serve_order")
    late = scene.AT + timedelta(days=30)
    assert case_queries.to_do(town_key=KEY, actor=FINDER, at=late).late == 1


def test_who_may_not_recheck_is_not_asked_to():
    orderer, fixer, other = (
        scene.member(f"inspector-{name}", Role.INSPECTOR) for name in ("a", "b", "c")
    )
    one = open_one(orderer)
    order(one, actor=orderer)
    fix(one, fixer)

    def asked(actor):
        return [each.kind for each in case_queries.open_tasks(town_key=KEY, actor=actor)]

    assert [asked(each) for each in (orderer, fixer, other)] == [[], [], ["recheck"]]
    assert case_queries.to_do(town_key=KEY, actor=fixer, at=scene.AT).open == 0


def test_the_desk_says_of_an_open_hazard_that_somebody_could_be_hurt():
    scene.register()
    first = report()
    hazards.join_known(first.case_id, texts={}, imminent=True, **stamp(scene.CLERK))
    assert in_danger() == [first.case_id]
    assert len(case_queries.parties_of(first.case_id)) == 1, "nobody reported it"


def test_a_well_known_hazard_still_becomes_imminent_and_each_report_is_counted(monkeypatch):
    monkeypatch.setattr(guards, "MOST_REPORTERS", 2)
    scene.register()
    told = Told("thing", "exit_blocked", premises="s-1", words="locked", imminent=True)
    first, _second = report(), report()
    for _again in range(2):
        third = hazards.report_hazard(
            told, town_key=KEY, at=scene.AT, recorded_at=scene.AT, client_key="third"
        )
        assert (third.case_id, third.party, third.token) == (first.case_id, 0, "")
    assert len(case_queries.parties_of(first.case_id)) == 2
    assert in_danger() == [first.case_id]
    done = [one.action for one in case_queries.events_of(first.case_id)]
    assert done.count("count_report") == 1


def test_reopening_asks_who_handles_it_to_look_again():
    one = open_one()
    order(one)
    fix(one)
    verify(one)
    do(one, "not_fixed")
    assert tasks(one) == [("look_at", FINDER.staff_ref, "")]
    order(one)
    assert tasks(one) == []


def test_a_report_that_is_sent_again_is_one_report():
    scene.register()
    told = Told("thing", "exit_blocked", premises="s-1", words="locked")
    stamp_ = {"town_key": KEY, "at": scene.AT, "recorded_at": scene.AT}
    for key in ("k-1", "k-2"):
        first = hazards.report_hazard(told, client_key=key, **stamp_)
        again = hazards.report_hazard(told, client_key=key, **stamp_)
        assert (again.case_id, again.party, again.token) == (first.case_id, first.party, "")
        assert first.token
    assert len(case_queries.parties_of(first.case_id)) == 2


def test_a_report_without_premises_keeps_the_cell_alone_in_clear():
    one = report(premises="", lon=0.0123456, lat=0.0654321)
    case = Case.objects.get(pk=one.case_id)
    assert len(case.cell) == 15
    assert "0.0123" not in repr(Case.objects.filter(pk=one.case_id).values().get())
    do(one.case_id, "take")
    spaces = cases.open_words(one.case_id, purpose=Purpose.HANDLING, **stamp()).spaces
    assert "0.012346,0.065432" in [text.text for text in spaces["p1"]]


@pytest.mark.parametrize(
    ("about", "says"), [("person", "no reports about people"), ("home", "inside a home")]
)
def test_a_report_about_a_person_or_a_home_is_turned_to_what_serves(about, says):
    scene.register()
    with pytest.raises(Refused, match=says):
        report(about=about)
    assert Case.objects.count() == 0


def test_a_report_without_a_place_is_asked_for_one():
    with pytest.raises(Refused, match="where"):
        report(premises="")
    with pytest.raises(Refused, match="where"):
        report(premises="", lon=999.0, lat=0.0)
    assert report(premises="", spot="behind the market").known is False


def test_who_reported_it_is_to_be_told_when_it_is_fixed():
    scene.register()
    one = report().case_id
    do(one, "take")
    order(one)
    fix(one)
    verify(one)
    kinds = Task.objects.filter(case_id=one, done_at__isnull=True).values_list("kind", flat=True)
    assert list(kinds) == ["tell_party"]
    do(one, "tell_party", party=1, texts={"told": "It is fixed."}, actor=CHECKER)
    assert not Task.objects.filter(case_id=one, done_at__isnull=True).exists()


def test_who_handles_what_is_reopened_looks_at_it_again_and_has_done_so_by_acting():
    scene.register()
    one = report().case_id
    do(one, "take")
    scene.agree(do(one, "dismiss", result="no_hazard"))

    def to_look_at():
        found = Task.objects.filter(case_id=one, kind="look_at", done_at__isnull=True)
        return list(found.values_list("staff_ref", "for_role"))

    assert to_look_at() == []
    do(one, "not_fixed", actor=CHECKER)
    assert to_look_at() == [(scene.FINDER.staff_ref, "")]
    order(one)
    assert to_look_at() == []


def test_the_owner_is_sent_its_own_link_and_told_of_the_order_and_the_end(settings):
    settings.ANLAN_SMS_URL = "https://sms.example"
    one = open_one()
    do(
        one,
        "add_party",
        values={"party_role": "owner", "party_kind": "firm"},
        texts={"name": "School board", "contact": "+86 138 0000 0000"},
    )
    order(one)
    fix(one)
    verify(one)
    do(one, "close", CHECKER)
    told = Notice.objects.filter(case_id=one).order_by("pk").values_list("template", flat=True)
    assert list(told) == ["link", "answer_wanted", "news", "ended"]
    assert FollowLink.objects.filter(case_id=one, party=1).count() == 1


def link_of(case_id, role):
    """Give a link of a party as the actor behind its page."""
    party = next(each for each in case_queries.parties_of(case_id) if each.role == role)
    cases.make_link(case_id, party=party.number, **stamp(CLERK_WHO_SEES))
    link = FollowLink.objects.filter(case_id=case_id, party=party.number).latest("pk")
    return Actor(f"link:{link.pk}", frozenset()), party.number


CLERK_WHO_SEES = Actor("cli", frozenset())


def test_only_the_owners_link_says_that_it_is_fixed_and_only_another_verifies_it():
    scene.register()
    made = report()
    do(made.case_id, "take")
    do(made.case_id, "add_party", values={"party_role": "owner"}, texts={"name": "School board"})
    order(made.case_id)
    reporter, number = link_of(made.case_id, "reporter")
    with pytest.raises(Forbidden, match="answers for the place"):
        do(made.case_id, "owner_says_fixed", reporter, party=number)
    owner, number = link_of(made.case_id, "owner")
    do(made.case_id, "owner_says_fixed", owner, party=number)
    assert row(made.case_id).state == "fixed"
    with pytest.raises(Forbidden):
        do(made.case_id, "recheck_passed", owner)
    verify(made.case_id)
    do(made.case_id, "party_says_not_fixed", reporter, party=1, texts={"report": "still locked"})
    assert row(made.case_id).state == "found"


def test_a_use_that_was_stopped_by_mistake_is_resumed_when_two_withdrew_the_order():
    one = open_one()
    do(one, "stop_use", values={"danger": "gas"})
    with pytest.raises(Refused):
        do(one, "permit_resume", texts={"permission": "may be used"})
    order(one)
    agree(do(one, "withdraw_order", reason="wrong_finding"))
    with pytest.raises(Refused, match="interim measure"):
        do(one, "dismiss", result="no_hazard")
    agree(do(one, "permit_resume", texts={"permission": "may be used"}))
    agree(do(one, "dismiss", result="no_hazard"))
    assert (row(one).state, row(one).result) == ("dismissed", "no_hazard")


def test_a_stop_by_mistake_is_lifted_by_two_in_writing_and_leaves_nothing_behind():
    one = open_one()
    do(one, "stop_use", values={"danger": "gas"})
    with pytest.raises(BadInput, match="reason"):
        do(one, "lift_stop", texts={"permission": "may be used"})
    asked = {"texts": {"permission": "may be used"}, "reason": "by_mistake"}
    waiting = do(one, "lift_stop", **asked)
    with pytest.raises(Refused):
        agree(waiting, FINDER)
    agree(waiting)
    assert row(one).state == "found"
    assert not {"control", "danger", "imminent"} & row(one).answers.keys()
    assert queries.hazard(one, town_key=KEY).control == ""
    agree(do(one, "dismiss", result="no_hazard"))


def test_what_was_stopped_without_an_order_and_is_not_fixed_stays_stopped():
    one = open_one()
    do(one, "stop_use", values={"danger": "gas"})
    fix(one)
    with pytest.raises(Refused, match="No order stands"):
        do(one, "recheck_failed", CHECKER, values={"remedy_by": "2026-04-01"})
    recheck(one, passed=False, values={"remedy_by": "2026-04-01"})
    assert (row(one).state, "remedy_by" in row(one).answers) == ("stopped", False)
    order(one)
    fix(one)
    with pytest.raises(Refused, match="An order stands"):
        do(one, "still_stopped", CHECKER)
    recheck(one, passed=False, values={"remedy_by": "2026-04-01"})
    assert row(one).state == "ordered"


def test_the_longest_overdue_come_first_however_few_are_asked_for():
    late = [open_one() for _ in range(4)]
    at = scene.AT + timedelta(days=30)
    order(late[2], days=1, by="2026-03-05")
    every = queries.overdue_hazards(KEY, actor=FINDER, at=at)
    assert len(every) == queries.count_overdue(KEY, actor=FINDER, at=at) == 4
    assert [one.due_at for one in every] == sorted(one.due_at for one in every)
    assert queries.overdue_hazards(KEY, actor=FINDER, at=at, most=2) == every[:2]


def test_a_longer_list_of_overdue_asks_the_database_no_more(django_assert_num_queries):
    at = scene.AT + timedelta(days=30)
    open_one()
    with CaptureQueriesContext(connection) as few:
        queries.overdue_hazards(KEY, actor=FINDER, at=at)
    for _ in range(5):
        order(open_one(), by="2026-03-05")
    with django_assert_num_queries(len(few)):
        assert len(queries.overdue_hazards(KEY, actor=FINDER, at=at)) == 6
