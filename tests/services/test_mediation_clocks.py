"""Every clock of a mediation against an example worked by hand, across holidays and summer time.

2 March 2026 is a Monday. In China 15 to 23 February are free (14 and 28 February, both Saturdays,
are worked), 4 to 6 April, and 1 to 5 May.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.services import mediation_desk as scene
from tests.services.test_mediation import refused, session

from anlan.kernel.cases import queries
from anlan.kernel.values import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    return scene.make_desk()


def clocks(one):
    """Give the running clocks: {code: the last day}, or the moment for one in hours."""
    return {
        each.code: each.how.get("ends_on") or each.due_at
        for each in queries.clocks_of(one)
        if each.running
    }


def test_a_request_waits_seven_days_to_the_hour(desk):
    one = scene.ask(desk)
    assert clocks(one) == {"unconfirmed": desk.at + timedelta(days=7)}


def test_seven_days_are_as_long_when_the_clocks_change():
    desk = scene.make_desk(
        datetime(2026, 3, 25, 10, tzinfo=UTC), zone="Europe/Lisbon", country="PT"
    )
    one = scene.ask(desk)
    assert clocks(one)["unconfirmed"] == desk.at + timedelta(hours=168)  # 11:00 by the new clock


def test_a_mediator_is_named_within_three_working_days(desk):
    assert clocks(scene.walk(desk, "confirmed")) == {"assignment": "2026-03-05"}
    assert "assignment" not in clocks(scene.walk(desk, "assigned"))


@pytest.mark.parametrize(
    ("state", "code", "ends"),
    [
        ("confirmed", "court_choose", "2026-03-04"),
        ("chosen", "court_appoint", "2026-03-05"),
        ("assigned", "court_accept", "2026-03-05"),
        ("accepted", "court_ask", "2026-03-05"),
    ],
)
def test_what_a_court_referred_goes_at_the_courts_pace(desk, state, code, ends):
    one = scene.walk(desk, state, source="court")
    running = clocks(one)
    assert running.pop(code) == ends
    assert set(running) <= {"court_mediation"}
    assert code not in clocks(scene.walk(desk, state))


def test_the_courts_days_skip_the_spring_festival():
    desk = scene.make_desk(datetime(2026, 2, 13, 2, tzinfo=UTC))  # a Friday
    one = scene.walk(desk, "confirmed", source="court")
    assert clocks(one)["court_choose"] == "2026-02-24"  # the 14th is worked, then the 24th


def test_a_month_is_extended_when_all_ask(desk):
    one = scene.walk(desk, "accepted")
    assert clocks(one) == {"mediation": "2026-04-02"}
    asked = {"values": {"all_ask": True}, "reason": "near"}
    with refused("not_all_ask"):
        desk.do(one, "extend_mediation", **(asked | {"values": {"all_ask": False}}))
    desk.do(one, "extend_mediation", **asked)
    assert clocks(one) == {"mediation": "2026-05-06"}  # 2 May is free, and so on until the 5th
    desk.do(one, "extend_mediation", **asked)
    assert clocks(one) == {"mediation": "2026-06-02"}
    with pytest.raises(Refused):
        desk.do(one, "extend_mediation", **asked)


def test_the_month_goes_on_while_another_mediator_is_looked_for(desk):
    one = scene.walk(desk, "mediating")
    desk.at += timedelta(days=5)
    desk.do(one, "step_aside")
    desk.at += timedelta(days=5)
    assert clocks(one)["mediation"] == "2026-04-02"


def test_a_court_waits_thirty_days_and_thirty_more(desk):
    one = scene.walk(desk, "inviting", source="court")
    assert clocks(one) == {"court_mediation": "2026-04-01"}
    desk.do(one, "extend_court_mediation", values={"all_ask": True}, reason="proof")
    assert clocks(one) == {"court_mediation": "2026-05-06"}  # 1 May is free


def test_after_fifteen_days_arbitration_is_open(desk):
    assert clocks(scene.ask(desk, category="labour"))["labour"] == "2026-03-17"


def test_fifteen_days_that_end_in_the_festival_end_after_it():
    desk = scene.make_desk(datetime(2026, 2, 6, 2, tzinfo=UTC))
    one = scene.walk(desk, "accepted", category="labour")
    assert clocks(one) == {"labour": "2026-02-24"}


def test_sorting_a_case_anew_turns_its_clocks(desk):
    one = scene.walk(desk, "accepted")
    desk.do(one, "sort", values={"category": "labour", "difficulty": "simple"})
    assert list(clocks(one)) == ["labour"]


def test_the_police_try_again_within_seven_working_days(desk):
    one = scene.walk(desk, "mediating", source="police")
    session(desk, one)
    assert "police_second" not in clocks(one)
    desk.at += timedelta(days=1)
    desk.do(one, "hold_session", values={"session": 1, "outcome": "no_agreement"})
    assert clocks(one)["police_second"] == "2026-03-12"


def test_the_court_is_asked_within_thirty_days_of_the_agreement():
    desk = scene.make_desk(datetime(2026, 3, 5, 2, tzinfo=UTC))
    one = scene.walk(desk, "agreed")
    assert clocks(one) == {"judicial": "2026-04-07"}  # 4 April is free, and so on until the 6th
    with refused("too_late"):
        desk.do(one, "ask_court", values={"applied_on": "2026-04-08", "all_ask": True})
    desk.at = datetime(2026, 4, 7, 2, tzinfo=UTC)
    desk.do(one, "ask_court", values={"applied_on": "2026-04-07", "all_ask": True})
    assert clocks(one) == {}


def test_a_clock_ends_at_midnight_by_the_towns_clock():
    desk = scene.make_desk(datetime(2026, 3, 5, 2, tzinfo=UTC), zone="Europe/Lisbon", country="PT")
    one = scene.walk(desk, "agreed")
    due = {each.code: each.due_at for each in queries.clocks_of(one) if each.running}
    # 4 April is a Saturday, the 5th Easter; the 6th is worked, in summer time.
    assert due == {"judicial": datetime(2026, 4, 6, 23, tzinfo=UTC)}
