"""Who mediates a case, and who is a party to it: named, replaced, refused, taken out; the tier."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import CLEAR, ask, offered, walk
from tests.services.test_mediation import alone, refused

from anlan.areas.mediation import queries
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases import services
from anlan.kernel.cases.models import Case, Notice, Task
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Forbidden

pytestmark = pytest.mark.django_db(transaction=True)
IN_WORK = ("accepted", "inviting", "mediating", "drafted")


@pytest.fixture
def desk():
    return scene.make_desk()


def named(desk, who="second"):
    return {"mediator": desk.actors[who].staff_ref}


def parts(one) -> set[tuple[str, str]]:
    rows = Case.objects.get(pk=one).staff.filter(until__isnull=True)
    return set(rows.values_list("staff_ref", "part"))


# --- a mediator who falls ill --------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("state", IN_WORK)
def test_a_supervisor_names_another_mediator_while_a_case_is_in_work(desk, state, hidden):
    one = walk(desk, state)
    if hidden:
        desk.do(one, "restrict")
    alone(desk, one, days=3)
    with refused("has_it"):
        desk.do(one, "assign", "supervisor", values=named(desk, "mediator"))
    desk.do(one, "assign", "supervisor", values=named(desk))
    assert desk.state(one) == "assigned"
    assert [each.state for each in queries.sessions_of(one)] == ["cancelled"]
    with refused("no_such_case") if hidden else pytest.raises(Forbidden):
        desk.words(one, "mediator")
    with refused("has_interest"):
        desk.do(one, "accept", "second", values={"no_interest": False})
    desk.do(one, "accept", "second", values={"no_interest": True})
    assert desk.words(one, "second")["p1"]["request"]


def test_a_supervisor_sees_that_a_hidden_case_is_there_and_opens_nothing_of_it(desk):
    one = walk(desk, "mediating")
    number = services.add_document(
        one,
        data=b"a letter",
        name="letter.txt",
        kind="proof",
        space=Space.CASE,
        **desk.stamp(),
    )
    supervisor = desk.actors["supervisor"]
    assert Purpose.REVIEW in cases.purposes_of(one, actor=supervisor)
    desk.do(one, "restrict")
    assert desk.row(one, "supervisor").confidentiality == "restricted"
    assert cases.purposes_of(one, actor=supervisor) == ()
    with refused("restricted"):
        desk.words(one, "supervisor", Purpose.REVIEW)
    with refused("restricted"):
        services.open_document(number, purpose=Purpose.REVIEW, **desk.stamp("supervisor"))
    for who in ("clerk", "second", "of_town"):
        with refused("no_such_case"):
            desk.row(one, who)
    assert desk.words(one)["p1"]["request"]


# --- who helps, who goes on with it --------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "action", "who"),
    [("mediating", "add_helper", "mediator"), ("agreed", "replace_mediator", "supervisor")],
)
def test_who_helps_or_goes_on_with_a_case_has_declared_to_stand_apart(desk, state, action, who):
    one = walk(desk, state)
    with refused("has_interest"):
        desk.do(one, action, who, values=named(desk) | {"they_declared": False})
    desk.do(one, action, who, values=scene.helper(desk))
    event = cases.events_of(one)[-1]
    assert event.values["they_declared"] is True


@pytest.mark.parametrize("state", ["accepted", "drafted", "agreed"])
def test_a_second_mediator_leaves_and_the_case_goes_on(desk, state):
    one = walk(desk, state)
    assert offered(desk, one, "second")["leave_case"] == "not_mediator"
    desk.do(one, "add_helper", values=scene.helper(desk))
    if state != "agreed":
        with refused("steps_aside"):
            desk.do(one, "leave_case")
    desk.do(one, "leave_case", "second")
    assert desk.state(one) == state
    with refused("no_such_case"):
        desk.row(one, "second")
    with refused("recused"):
        desk.do(one, "add_helper", values=scene.helper(desk))


@pytest.mark.parametrize("state", ["mediating", "agreed"])
def test_a_party_refuses_the_second_mediator_alone(desk, state):
    one = walk(desk, state)
    with refused("no_helper"):
        desk.do(one, "refuse_helper", desk.link(one, 2))
    desk.do(one, "add_helper", values=scene.helper(desk))
    desk.do(one, "refuse_helper", desk.link(one, 2))
    assert desk.state(one) == state
    assert parts(one) == {
        (desk.actors["mediator"].staff_ref, "handler"),
        (desk.actors["second"].staff_ref, "refused"),
    }
    event = cases.events_of(one)[-1]
    assert (event.reason, event.values, event.party) == ("", {}, 2)


@pytest.mark.parametrize("way", ["leave_case", "refuse_afterwards"])
def test_after_an_agreement_another_takes_up_what_the_mediator_left(desk, way):
    one = walk(desk, "agreed")
    desk.do(one, "plan_follow_up", values={"due_on": "2026-04-01"})
    desk.do(one, way, desk.link(one, 1) if way == "refuse_afterwards" else "mediator")
    assert desk.state(one) == "agreed"
    with refused("no_such_case"):
        desk.row(one)
    desk.do(one, "replace_mediator", "supervisor", values=scene.helper(desk))
    desk.do(one, "follow_up", "second", values={"performed": "yes"})
    desk.do(one, "finish", "second", result="settled")


def test_what_was_to_be_done_goes_to_who_goes_on_with_it(desk):
    one = walk(desk, "agreed")
    desk.do(one, "plan_follow_up", values={"due_on": "2026-04-01"})
    desk.do(one, "replace_mediator", "supervisor", values=scene.helper(desk))
    task = Task.objects.get(case_id=one, kind="follow_up")
    assert task.staff_ref == desk.actors["second"].staff_ref


# --- the tier ------------------------------------------------------------------------------------


HARD = {"category": "neighbours", "difficulty": "hard"}


def test_a_request_is_taken_by_an_office_of_a_tier_that_fits(desk):
    with refused("tier_too_low"):
        ask(desk, difficulty="hard")
    assert not Case.objects.exists()
    ask(desk, difficulty="hard", office="c-1")


@pytest.mark.parametrize(
    ("state", "action", "who", "values"),
    [
        ("chosen", "take", "mediator", {"no_interest": True}),
        ("chosen", "assign", "supervisor", None),
        ("assigned", "accept", "mediator", {"no_interest": True}),
    ],
)
def test_a_case_that_turns_out_hard_is_given_on_and_not_taken_below(
    desk, state, action, who, values
):
    one = walk(desk, state)
    desk.do(one, "sort", "supervisor", values=HARD)
    assert offered(desk, one, who)[action] == "tier_too_low"
    with refused("tier_too_low"):
        desk.do(one, action, who, values=values or named(desk))
    desk.do(one, "give_to_office", "supervisor", values={"office": "c-1"})
    assert (desk.state(one), desk.row(one, "supervisor").office) == ("chosen", "c-1")
    assert all(part == "helper" for _ref, part in parts(one))


@pytest.mark.parametrize("state", ["accepted", "inviting"])
def test_a_mediator_gives_on_what_turns_out_too_hard_for_the_office(desk, state):
    one = walk(desk, state)
    desk.do(one, "add_helper", values=scene.helper(desk))
    desk.do(one, "restrict")
    alone(desk, one)
    desk.do(one, "sort", values=HARD)
    with refused("not_mediator"):
        desk.do(one, "give_to_office", "second", values={"office": "c-1"})
    desk.do(one, "give_to_office", values={"office": "c-1"})
    row = desk.row(one, "supervisor")
    assert (row.state, row.office, row.confidentiality) == ("chosen", "c-1", "normal")
    assert parts(one) == set()
    assert [each.state for each in queries.sessions_of(one)] == ["cancelled"]


# --- a party added by mistake --------------------------------------------------------------------


def test_a_party_added_by_mistake_is_taken_out_and_the_talks_go_on(desk):
    one = walk(desk, "mediating")
    third = {"name": "金丝雀 third", "contact": "13800000003"}
    desk.do(one, "add_party", values={"party_role": "third"}, texts=third)
    alone(desk, one, party=3)
    alone(desk, one, days=2, party=2)
    with refused("no_consent"):
        desk.do(one, "say_to_all", texts={"joint_words": "hello"})
    desk.do(one, "remove_party", party=3, reason="mistake")
    desk.do(one, "say_to_all", texts={"joint_words": "hello"})
    assert [each.state for each in queries.sessions_of(one)] == ["cancelled", "booked"]
    with refused("party_left"):
        desk.do(one, "hear", party=3, texts={"account": "what it said"})
    for action, texts in (("hear", {"account": "mine"}), ("say_to_all", {"joint_words": "mine"})):
        with refused("party_left"):
            desk.do(one, action, desk.link(one, 3), texts=texts)
    with refused("party_left"):
        services.make_link(one, party=3, **desk.stamp())
    desk.do(one, "fail", values={"told_routes": True})
    assert not Notice.objects.filter(case_id=one, party=3, template="ended").exists()


def test_neither_who_asked_nor_a_guardian_who_is_needed_is_taken_out(desk):
    one = walk(desk, "accepted")
    desk.do(one, "add_party", values={"party_role": "guardian"}, texts={"name": "aunt"})
    child = {"party_role": "third", "minor": True, "guardian": 3}
    desk.do(one, "add_party", values=child, texts={"name": "child"})
    with refused("asker"):
        desk.do(one, "remove_party", party=1, reason="mistake")
    with refused("guardian_needed"):
        desk.do(one, "remove_party", party=3, reason="mistake")
    desk.do(one, "remove_party", party=4, reason="twice")
    desk.do(one, "remove_party", party=3, reason="no_part")
    desk.do(one, "talk", values=CLEAR, party=1)
    desk.do(one, "invite")


def test_nobody_is_taken_out_while_an_agreement_waits(desk):
    one = walk(desk, "drafted")
    desk.at += timedelta(hours=1)
    with refused("wrong_state"):
        desk.do(one, "remove_party", party=2, reason="no_part")
