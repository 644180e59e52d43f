"""A unit stands by at another post: where it counts, who is told, and what ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services.dispatch_desk import (
    AT,
    DISPATCHER,
    KEY,
    OFFICER,
    STEP,
    call,
    open_desk,
    send,
    stamp,
    tell,
)

from anlan.areas.dispatch import queries, services
from anlan.gateways import paging
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places import queries as places
from anlan.kernel.values import Refused

pytestmark = pytest.mark.django_db

FIRE_1, FIRE_3 = (STEP, STEP), (8 * STEP, 8 * STEP)


@pytest.fixture
def desk(tmp_path):
    open_desk(tmp_path, made_up=True)


def move(unit="E1", post="fire 3", *, actor=DISPATCHER, seconds=0.0, **more):
    return services.move_up_unit(unit, post=post, **stamp(actor, seconds=seconds), **more)


def back(unit="E1", *, seconds=60.0):
    return services.end_move_up(unit, **stamp(seconds=seconds))


def standing(unit="E1", *, seconds=0.0):
    at = AT + timedelta(seconds=seconds)
    found = queries.standing_units(places.town_state(KEY), at=at)
    return next(one for one in found if one.ident == unit)


def board(unit="E1", *, seconds=0.0):
    return queries.units_on_board(KEY, at=AT + timedelta(seconds=seconds), idents=[unit])[0]


def point(row):
    return row.lon, row.lat


def test_a_unit_drives_to_the_post_and_stands_there_when_it_says_so(desk):
    row = move()
    assert (row.covering, row.status, row.since) == ("fire 3", "returning", AT)
    # 14 blocks of 444.8 m at 40 km/h
    assert row.eta_at == AT + timedelta(seconds=round(14 * 444.8 / (40 / 3.6)))
    assert point(row) == pytest.approx(FIRE_1)
    there = tell("E1", "available", seconds=600)
    assert point(there) == pytest.approx(FIRE_3)
    assert (there.covering, there.eta_at) == ("fire 3", None)


def test_the_board_and_recommendations_see_it_at_the_same_place(desk):
    standing()  # the fleet stands in memory before anything moves
    for seconds, act in enumerate(
        (
            lambda: move(),
            lambda: tell("E1", "available", seconds=600),
            lambda: services.report_positions([("E1", 3 * STEP, STEP)], **stamp(seconds=700)),
            lambda: tell("E1", "returning", seconds=800),
            lambda: tell("E1", "available", seconds=900),
            lambda: back(seconds=1000),
        )
    ):
        act()
        assert point(standing()) == pytest.approx(point(board())), f"step {seconds}"
        assert standing().covering == board().covering, f"step {seconds}"


def test_a_position_told_before_it_came_does_not_hold_it_back(desk):
    move()
    services.report_positions([("E1", 5 * STEP, STEP)], **stamp(seconds=100))
    assert point(board()) == pytest.approx((5 * STEP, STEP))
    assert point(tell("E1", "available", seconds=600)) == pytest.approx(FIRE_3)
    services.report_positions([("E1", 7 * STEP, STEP)], **stamp(seconds=700))
    assert point(board()) == pytest.approx((7 * STEP, STEP))


def test_a_unit_that_covers_a_post_is_recommended_from_there(desk):
    near_3 = {"x": 8.0, "y": 8.0}
    services.set_unit_status("E3", status="out_of_service", **stamp())
    first = queries.recommend_for(call(**near_3).id, town_key=KEY, at=AT)
    assert [one.unit for one in first.plans[0].units] == ["E2"]
    move()
    tell("E1", "available", seconds=600)
    later = queries.recommend_for(call(**near_3).id, town_key=KEY, at=AT + timedelta(seconds=601))
    assert later.plans[0].units[0].unit == "E1"
    assert later.plans[0].units[0].travel_s < 1.0


def test_a_unit_that_covers_a_post_counts_for_its_area(desk):
    """Without E3, sending E1 away from District 3 leaves that district thin, and not its own."""
    services.set_unit_status("E3", status="out_of_service", **stamp())
    move()
    tell("E1", "available", seconds=600)
    at = AT + timedelta(seconds=601)
    plan = queries.recommend_for(call(x=8.0, y=8.0).id, town_key=KEY, at=at).plans[0]
    assert plan.breaks_cover == ("District 3",)
    back(seconds=700)
    tell("E1", "available", seconds=1300)
    at = AT + timedelta(seconds=1301)
    plan = queries.recommend_for(call(x=1.0, y=1.0).id, town_key=KEY, at=at).plans[0]
    assert plan.breaks_cover == ("District 1",)


def test_going_back_is_a_drive_home(desk):
    move()
    tell("E1", "available", seconds=600)
    row = back(seconds=700)
    assert (row.covering, row.status, row.eta_at) == (None, "returning", None)
    assert row.since == AT + timedelta(seconds=700)


def test_sending_it_to_an_incident_ends_the_move_up(desk):
    move()
    send(call(), "E1")
    assert board().covering is None
    assert "unit.move_up_ended" in LedgerEntry.objects.values_list("action", flat=True)


@pytest.mark.parametrize("status", ["out_of_service", "off_duty"])
def test_leaving_service_ends_the_move_up(desk, status):
    move()
    assert tell("E1", status, seconds=60).covering is None
    assert LedgerEntry.objects.latest("id").fields == ["status", "covering"]


def test_it_may_move_on_to_a_third_post(desk):
    move()
    assert move(post="fire 2", seconds=60).covering == "fire 2"


@pytest.mark.parametrize(
    ("prepare", "unit", "post", "code"),
    [
        (lambda: send(call(), "E1"), "E1", "fire 3", "unit_busy"),
        (lambda: tell("E1", "out_of_service"), "E1", "fire 3", "unit_out_of_service"),
        (lambda: None, "N3", "fire 1", "unit_off_duty"),
        (lambda: tell("E1", "off_duty"), "E1", "fire 3", "unit_off_duty"),
        (lambda: move(), "E1", "fire 3", "moved_up_already"),
        (lambda: None, "E1", "fire 1", "own_post"),
        (lambda: None, "E1", "fire 9", "no_such_post"),
        (lambda: None, "E9", "fire 1", "no_unit"),
    ],
)
def test_who_cannot_move_up_is_told_why(desk, prepare, unit, post, code):
    prepare()
    before = LedgerEntry.objects.count()
    with pytest.raises(Refused) as refusal:
        move(unit, post, seconds=30)
    assert refusal.value.code == code
    assert LedgerEntry.objects.count() == before


def test_a_unit_that_covers_nothing_is_not_sent_back(desk):
    with pytest.raises(Refused, match="E1 stands by at no other post"):
        back()


def test_the_crew_is_paged_by_codes_when_it_is_to_drive(
    desk, monkeypatch, settings, django_capture_on_commit_callbacks
):
    sent = []
    monkeypatch.setattr(paging, "call_out", lambda page, **how: sent.append(page))
    with django_capture_on_commit_callbacks(execute=True):
        move()
    with django_capture_on_commit_callbacks(execute=True):
        back()
    told = [(page.unit, page.type, page.post, page.incident) for page in sent]
    assert told == [("E1", "move_up", "fire 3", ""), ("E1", "move_up_ended", "fire 1", "")]


def test_two_desks_move_a_unit_once(desk):
    move(client_key="tap")
    again = services.move_up_unit("E1", post="fire 3", client_key="tap", **stamp(seconds=5))
    assert again.since == AT
    with pytest.raises(Refused, match="already"):
        move(actor=OFFICER)


def test_who_goes_off_shift_soon_is_known(desk):
    """N3 works from 20:00 to 08:00."""
    at = AT.replace(hour=7, minute=30)
    soon = {
        one.ident: one.leaves_soon for one in queries.standing_units(places.town_state(KEY), at=at)
    }
    assert soon == {"E1": False, "E2": False, "E3": False, "T1": False, "M2": False, "N3": True}
