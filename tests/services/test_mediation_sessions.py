"""Sessions of a mediation: what is booked for all, and what has begun."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import CLEAR, KEY, walk
from tests.services.test_mediation import SIGN, alone, refused, session

from anlan.areas.mediation import queries
from anlan.kernel.cases.queries import facts_of, offers_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    return scene.make_desk()


def states(one) -> list[str]:
    return [each.state for each in queries.sessions_of(one)]


# --- while nothing joint is offered --------------------------------------------------------------


def move(desk, one, number=1):
    later = (scene.AT + timedelta(days=3)).isoformat()
    desk.do(one, "move_session", values={"session": number, "starts": later, "minutes": 60})


def test_what_is_booked_for_all_is_called_off_and_not_moved_after_a_sign(desk):
    one = walk(desk, "mediating")
    session(desk, one)
    alone(desk, one, days=2)
    desk.do(one, "talk", values=SIGN, party=2)
    with refused("not_suitable"):
        move(desk, one)
    move(desk, one, 2)  # of a meeting with one party alone nothing joint comes
    desk.do(one, "cancel_session", values={"session": 1})
    assert states(one) == ["cancelled", "booked"]


def test_what_is_booked_for_all_waits_for_who_joined_later(desk):
    one = walk(desk, "mediating")
    session(desk, one)
    desk.do(one, "add_party", values={"party_role": "third"}, texts={"name": "金丝雀 third"})
    with refused("no_consent"):
        move(desk, one)
    desk.do(one, "ask_party", party=3)
    desk.do(one, "consent", party=3)
    desk.do(one, "talk", values=CLEAR, party=3)
    move(desk, one)


# --- what has begun ------------------------------------------------------------------------------


def test_nothing_is_noted_of_a_session_before_it_begins(desk):
    one = walk(desk, "mediating")
    assert scene.offered(desk, one)["hold_session"] == "no_session", "none that could begin"
    session(desk, one)
    facts = facts_of(one, town_key=KEY, actor=desk.actors["mediator"], at=desk.at)
    for action, values in (
        ("hold_session", {"session": 1, "outcome": "no_agreement"}),
        ("note_attendance", {"session": 1, "came": True}),
    ):
        party = 1 if action == "note_attendance" else None
        with refused("not_begun"):
            desk.do(one, action, values=values, party=party)
        assert scene.offered(desk, one)[action] == "not_begun"
        kind = scene.MEDIATION.action(action)
        assert offers_of(scene.MEDIATION, kind, facts)["session"].rows == ()
    session(desk, one, days=2)
    desk.at = scene.AT + timedelta(days=1)
    with refused("not_begun"):
        desk.do(one, "hold_session", values={"session": 2, "outcome": "no_agreement"})
    with refused("not_begun"):
        desk.do(one, "note_attendance", values={"session": 2, "came": True}, party=1)
    desk.do(one, "note_attendance", values={"session": 1, "came": True}, party=1)
    desk.do(one, "hold_session", values={"session": 1, "outcome": "no_agreement"})


@pytest.mark.parametrize("way", ["sign", "withdraw"])
def test_a_session_that_took_place_is_never_called_off(desk, way):
    """Signed at the table, or left in anger: how it went and who came is noted all the same."""
    one = walk(desk, "drafted")
    session(desk, one)
    session(desk, one, days=9)
    desk.at = scene.AT + timedelta(days=1, minutes=20)
    if way == "sign":
        scene.STEPS["agreed"](desk, one)
    else:
        desk.do(one, "withdraw", desk.link(one, 2))
    desk.do(one, "note_attendance", values={"session": 1, "came": True}, party=1)
    desk.do(one, "hold_session", values={"session": 1, "outcome": "agreement"})
    if way == "sign":
        desk.do(one, "finish", result="settled")
    assert states(one) == ["held", "cancelled"]


def test_a_session_that_began_and_was_not_noted_is_not_called_off_at_the_end(desk):
    one = walk(desk, "mediating")
    session(desk, one)
    desk.at = scene.AT + timedelta(days=2)
    desk.do(one, "fail", values={"told_routes": True})
    assert states(one) == ["booked"]
