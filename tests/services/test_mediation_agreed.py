"""What follows an agreement: a change given up, follow-ups, the court's days; tries before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import PARTS, walk
from tests.services.test_mediation import refused, session
from tests.services.test_mediation_clocks import clocks

from anlan.areas.mediation import queries
from anlan.kernel.cases.models import Task

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = {"told_routes": True}


@pytest.fixture
def desk():
    return scene.make_desk()


# --- an agreement that is not changed after all --------------------------------------------------


@pytest.mark.parametrize("talking", [False, True])
def test_a_change_that_not_all_confirm_leaves_the_agreement_and_the_courts_days_as_they_were(
    desk, talking
):
    one = walk(desk, "agreed")
    before = clocks(one)
    desk.at += timedelta(days=3)
    desk.do(one, "change_agreement", values={"all_ask": True}, texts=PARTS)
    desk.at += timedelta(days=2)
    if talking:
        desk.do(one, "back_to_talks")
    with refused("in_force"):
        desk.do(one, "fail", values=TOLD)
    desk.do(one, "keep_agreement")
    assert desk.state(one) == "agreed"
    assert [each.state for each in queries.agreements_of(one)] == ["in_force", "replaced"]
    assert clocks(one) == before == {"judicial": "2026-04-01"}
    late, last = (desk.at.date().replace(month=4, day=day).isoformat() for day in (2, 1))
    with refused("too_late"):
        desk.do(one, "ask_court", values={"applied_on": late, "all_ask": True})
    desk.at = datetime(2026, 4, 1, 2, tzinfo=UTC)
    desk.do(one, "ask_court", values={"applied_on": last, "all_ask": True})


def test_an_agreement_that_is_changed_has_days_of_its_own(desk):
    one = walk(desk, "agreed")
    desk.at += timedelta(days=3)
    desk.do(one, "change_agreement", values={"all_ask": True}, texts=PARTS)
    for party in (1, 2):
        scene.confirm(desk, one, party, version=2, who=desk.link(one, party))
    desk.do(one, "sign")
    assert clocks(one) == {"judicial": "2026-04-07"}  # 4 April is free, and so on until the 6th


def test_there_is_nothing_to_leave_before_an_agreement_holds(desk):
    one = walk(desk, "drafted")
    with refused("no_agreement"):
        desk.do(one, "keep_agreement")
    desk.do(one, "fail", values=TOLD)


def test_a_matter_taken_up_again_in_vain_ends_by_its_agreement(desk):
    one = walk(desk, "agreed")
    desk.do(one, "finish", result="settled")
    desk.do(one, "not_fixed", desk.link(one, 2))
    desk.do(one, "take", "second", values={"no_interest": True})
    with refused("in_force"):
        desk.do(one, "fail", "second", values=TOLD)
    desk.do(one, "keep_agreement", "second")
    desk.do(one, "finish", "second", result="not_performed", values={"no_court": True})


# --- follow-ups and the end ----------------------------------------------------------------------


def test_a_follow_up_ends_the_one_that_was_due_first_and_no_other(desk):
    one = walk(desk, "agreed")
    for day in ("2026-05-04", "2026-04-01"):
        desk.do(one, "plan_follow_up", values={"due_on": day})
    desk.do(one, "follow_up", values={"performed": "partly"})
    open_tasks = Task.objects.filter(case_id=one, kind="follow_up", done_at__isnull=True)
    left = open_tasks.get()
    assert left.due_at.astimezone(UTC).date().isoformat() == "2026-05-04"
    desk.do(one, "follow_up", values={"performed": "yes"})
    assert not open_tasks.exists()


def test_the_courts_days_are_not_ended_without_a_word(desk):
    one = walk(desk, "agreed")
    with refused("court_days"):
        desk.do(one, "finish", result="not_performed")
    with refused("court_days"):
        desk.do(one, "finish", result="not_performed", values={"no_court": False})
    desk.do(one, "finish", result="not_performed", values={"no_court": True})


def test_after_the_courts_days_or_once_it_was_asked_nobody_is_asked_about_the_court(desk):
    late = walk(desk, "agreed")
    asked = walk(desk, "agreed")
    day = desk.at.date().isoformat()
    desk.do(asked, "ask_court", values={"applied_on": day, "all_ask": True})
    desk.do(asked, "finish", result="not_performed")
    desk.at = datetime(2026, 4, 1, 16, 1, tzinfo=UTC)  # 2 April in Shanghai
    desk.do(late, "finish", result="not_performed")


# --- what is counted before ----------------------------------------------------------------------


def hold(desk, one, number, outcome):
    session(desk, one, days=number)
    desk.at = scene.AT + timedelta(days=number, hours=1)
    desk.do(one, "hold_session", values={"session": number, "outcome": outcome})


def test_only_tries_that_failed_are_counted_in_what_the_police_referred(desk):
    one = walk(desk, "mediating", source="police")
    for number, outcome in ((1, "go_on"), (2, "go_on"), (3, "no_agreement"), (4, "go_on")):
        hold(desk, one, number, outcome)
    hold(desk, one, 5, "no_agreement")
    with refused("police_tries"):
        session(desk, one, days=6)


def test_tries_are_counted_anew_when_a_matter_is_taken_up_again(desk):
    one = walk(desk, "mediating", source="police")
    hold(desk, one, 1, "no_agreement")
    hold(desk, one, 2, "no_agreement")
    desk.do(one, "fail", values=TOLD)
    desk.do(one, "not_fixed", party=1)
    for state in ("assigned", "accepted", "inviting", "mediating"):
        scene.STEPS[state](desk, one)
    assert "police_second" not in clocks(one)
    hold(desk, one, 3, "no_agreement")
    assert "police_second" in clocks(one)
    session(desk, one, days=4)


def test_labours_days_count_from_the_request_whenever_it_is_sorted(desk):
    one = walk(desk, "accepted")
    desk.at += timedelta(days=10)
    labour = {"category": "labour", "difficulty": "simple"}
    desk.do(one, "sort", values=labour)
    assert clocks(one) == {"labour": "2026-03-17"}
    desk.do(one, "sort", values=labour | {"category": "house"})
    desk.at += timedelta(days=1)
    desk.do(one, "fail", values=TOLD)
    desk.do(one, "not_fixed", party=1)  # asked for anew, on the 13th
    desk.do(one, "sort", "supervisor", values=labour)
    assert clocks(one)["labour"] == "2026-03-30"  # 28 March is a Saturday
