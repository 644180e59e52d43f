"""Mediation: at a party's request, by each party's own will, its words apart from the other's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import CLEAR, JOB, KEY, PARTS, WAY, ask, confirm, offered, walk

from anlan.areas.mediation import queries, services
from anlan.areas.mediation.models import Agreement, Session
from anlan.areas.mediation.rules import PartyWords
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases.models import Case, CaseEvent, Notice, Party
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Forbidden, Refused

pytestmark = pytest.mark.django_db(transaction=True)


BEFORE_ASKED = ("confirmed", "chosen", "assigned", "accepted")


@pytest.fixture
def desk():
    return scene.make_desk()


def refused(code):
    """Expect a refusal by its code."""
    return pytest.raises(Refused, check=lambda said: said.code == code)


# --- the way -------------------------------------------------------------------------------------


def test_a_dispute_goes_from_the_request_to_an_agreement_that_is_carried_out(desk):
    one = walk(desk, "agreed")
    desk.do(one, "plan_follow_up", values={"due_on": "2026-04-01"})
    desk.do(one, "follow_up", values={"performed": "yes"})
    desk.do(one, "finish", result="settled")
    row = desk.row(one)
    assert (row.state, row.result) == ("closed", "settled")
    assert row.erase_on.isoformat() == "2029-03-02"


def test_a_request_is_one_write_and_keeps_each_party_apart(desk):
    one = ask(desk)
    words = desk.words(one, "clerk")
    assert words["p1"]["request"] == ["金丝雀: the wall"]
    assert words["p1"]["name"] == ["金丝雀 Silva"]
    assert words["p2"] == {"name": ["金丝雀 Costa"]}
    assert CaseEvent.objects.filter(case_id=one).count() == 1


def test_the_desk_sees_a_case_no_more_once_a_mediator_has_it(desk):
    one = walk(desk, "accepted")
    with pytest.raises(Forbidden):
        desk.words(one, "clerk")


# --- intake --------------------------------------------------------------------------------------


def test_violence_at_home_is_never_mediated_and_nothing_is_written_down(desk):
    with refused("violence_at_home"):
        ask(desk, violence_at_home=True)
    assert not Case.objects.exists()


def test_nobody_opens_a_mediation_without_a_party_that_asks(desk):
    with refused("not_asked_for"):
        ask(desk, asked_for=False)
    with pytest.raises(Forbidden):
        services.take_request(scene.intake(), **desk.stamp(JOB))
    with pytest.raises(Forbidden):
        ask(desk, "supervisor")
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"category": "beliefs"}, {"source": "camera"}, {"difficulty": "x"}, {"office": "nowhere"}],
)
def test_a_request_of_no_listed_kind_is_not_taken(desk, wrong):
    with pytest.raises(BadInput):
        ask(desk, **wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"request": "x" * 4001}, "申请事项最多4000个字符"),
        ({"category": "beliefs"}, "“beliefs”不在以下选项之中"),
        ({"other": PartyWords("  ")}, "请填写对方的姓名"),
    ],
)
def test_what_can_not_be_taken_down_is_said_in_the_readers_language(desk, wrong, said):
    with translation.override("zh-hans"), pytest.raises(BadInput, match=said):
        ask(desk, **wrong)


def test_only_who_asked_confirms(desk):
    one = ask(desk)
    with refused("not_the_asker"):
        desk.do(one, "confirm", "clerk", party=2)
    desk.do(one, "confirm", desk.link(one, 1))
    assert desk.state(one) == "confirmed"


def test_a_request_that_nobody_confirms_lapses_after_seven_days_and_not_before(desk):
    one = ask(desk)
    opened = desk.row(one, "clerk").opened_at
    desk.at = opened + scene.timedelta(days=7) - scene.timedelta(minutes=5)
    assert queries.lapsed_requests(KEY, at=desk.at) == []
    with refused("early"):
        services.let_lapse(one, **desk.stamp(JOB))
    desk.at = opened + scene.timedelta(days=7)
    assert queries.lapsed_requests(KEY, at=desk.at) == [one]
    services.let_lapse(one, **desk.stamp(JOB))
    assert desk.row(one, "supervisor").result == "not_confirmed"


def test_a_confirmed_request_never_lapses(desk):
    one = walk(desk, "confirmed")
    desk.at += scene.timedelta(days=30)
    assert queries.lapsed_requests(KEY, at=desk.at) == []
    with refused("wrong_state"):
        services.let_lapse(one, **desk.stamp(JOB))


# --- tiers, mediators, recusal -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difficulty", "fits", "too_low"),
    [("simple", "v-1", None), ("ordinary", "t-1", "v-1"), ("hard", "c-1", "t-1")],
)
def test_a_case_goes_to_a_tier_that_is_high_enough(desk, difficulty, fits, too_low):
    one = walk(desk, "confirmed", difficulty=difficulty, office=fits)
    if too_low:
        with refused("tier_too_low"):
            desk.do(one, "give_to_office", "clerk", values={"office": too_low})
    desk.do(one, "give_to_office", "clerk", values={"office": fits})
    assert desk.row(one, "supervisor").office == fits


def test_a_mediator_is_one_of_the_cases_own_office(desk):
    one = walk(desk, "chosen")
    for who in ("of_town", "clerk"):
        with refused("not_of_office"):
            desk.do(one, "assign", "supervisor", values={"mediator": desk.actors[who].staff_ref})


def test_nobody_mediates_with_an_interest(desk):
    one = walk(desk, "assigned")
    with refused("has_interest"):
        desk.do(one, "accept", values={"no_interest": False})
    assert desk.state(one) == "assigned"


@pytest.mark.parametrize("state", ["assigned", "mediating", "drafted"])
def test_who_steps_aside_is_out_of_the_case_for_good(desk, state):
    one = walk(desk, state)
    desk.do(one, "step_aside")
    assert desk.state(one) == "chosen"
    with refused("no_such_case"):
        desk.row(one)
    with refused("recused"):
        desk.do(one, "assign", "supervisor", values={"mediator": desk.actors["mediator"].staff_ref})
    with refused("no_such_case"):
        desk.do(one, "take", values={"no_interest": True})
    desk.do(one, "take", "second", values={"no_interest": True})
    assert desk.row(one, "second").state == "accepted"


@pytest.mark.parametrize("state", ["assigned", "mediating", "drafted"])
def test_a_party_refuses_a_mediator_and_is_asked_no_reason(desk, state):
    one = walk(desk, state)
    by = 1 if state in BEFORE_ASKED else 2  # the other side has no link before it was asked
    desk.do(one, "refuse_mediator", desk.link(one, by))
    with refused("recused"):
        desk.do(one, "assign", "supervisor", values={"mediator": desk.actors["mediator"].staff_ref})
    with refused("no_such_case"):
        desk.row(one)
    event = cases.events_of(one)[-1]
    assert (event.reason, event.values, event.party) == ("", {}, by)


def test_another_mediator_of_the_office_sees_the_case_and_opens_nothing(desk):
    one = walk(desk, "accepted")
    assert desk.row(one, "second").state == "accepted"
    with pytest.raises(Forbidden):
        desk.words(one, "second")
    with refused("not_mediator"):
        desk.do(one, "talk", "second", values=CLEAR, party=1)
    with refused("not_restricted"):
        desk.do(one, "unrestrict")
    desk.do(one, "restrict")
    with refused("no_such_case"):
        desk.row(one, "second")
    with refused("restricted"):
        desk.do(one, "restrict")
    desk.do(one, "unrestrict")
    assert desk.row(one, "second").state == "accepted"


@pytest.mark.parametrize("way", ["step_aside", "refuse_mediator"])
def test_a_hidden_case_that_loses_its_mediator_is_shown_to_the_office_again(desk, way):
    """Nobody would see it otherwise, and nobody could name another mediator."""
    one = walk(desk, "accepted")
    desk.do(one, "restrict")
    if way == "step_aside":
        desk.do(one, way)
    else:
        desk.do(one, way, desk.link(one, 1))
    assert desk.state(one) == "chosen"
    desk.do(one, "assign", "supervisor", values={"mediator": desk.actors["second"].staff_ref})


def test_a_hidden_case_stays_hidden_while_a_second_mediator_has_it(desk):
    one = walk(desk, "accepted")
    desk.do(one, "add_helper", values=scene.helper(desk))
    desk.do(one, "restrict")
    desk.do(one, "step_aside")
    assert desk.row(one, "second").state == "chosen"
    with refused("no_such_case"):
        desk.row(one, "clerk")


# --- each party's own will -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "party", "way"),
    [
        *((state, 1, "staff") for state in WAY[1:]),
        *((state, 1, "link") for state in WAY[1:]),
        # The other side is asked first, and says no instead of withdrawing until it has agreed.
        *((state, 2, "link") for state in WAY[1:] if state not in BEFORE_ASKED),
    ],
)
def test_a_party_withdraws_at_any_time_and_then_only_an_end_is_left(desk, state, party, way):
    one = walk(desk, state)
    if state in {"accepted", "inviting", "mediating", "drafted"}:
        starts = (desk.at + scene.timedelta(days=2)).isoformat()
        desk.do(
            one,
            "book_alone",
            party=1,
            values={
                "held_at": "room",
                "room": desk.room,
                "starts": starts,
                "minutes": 60,
            },
        )
    at_desk = "clerk" if state in BEFORE_ASKED[:3] else "mediator"
    no = "refuse" if (state, party) == ("inviting", 2) else "withdraw"
    desk.do(one, no, desk.link(one, party) if way == "link" else at_desk, party=party)
    assert desk.state(one) == "stopped"
    assert not Session.objects.filter(case_id=one, state="booked").exists()
    for who in ("clerk", "mediator", "supervisor"):
        for code, refusal in offered(desk, one, who).items():
            action = scene.MEDIATION.action(code)
            if refusal is None:
                assert action.target in (None, "closed"), code
                assert action.code in {
                    "end_after_no",
                    "refer_out",
                    "write_note",
                    "set_contact",
                    "cancel_session",
                    *(("ask_court",) if state == "agreed" else ()),
                }
    said = {"refuse": "refused", "withdraw": "withdrawn"}[no]
    result = "agreed_only" if state == "agreed" else said
    told = {"told_routes": True, "no_court": state == "agreed"}
    desk.do(one, "end_after_no", "supervisor", values=told, result=result)
    assert desk.row(one, "supervisor").result == result


def test_who_did_not_agree_says_no_and_only_who_agreed_withdraws(desk):
    one = walk(desk, "inviting")
    for party, its in ((1, "withdraw"), (2, "refuse")):
        link = desk.link(one, party)
        row = next(r for r in cases.links_of(one) if r.actor == link)
        may = {e.action.code for e in cases.follow(row, at=desk.at).actions if not e.refusal}
        assert may & {"withdraw", "refuse"} == {its}
    with refused("not_agreed"):
        desk.do(one, "withdraw", party=2)
    never_asked = walk(desk, "accepted")
    with refused("not_asked_yet"):
        desk.do(never_asked, "withdraw", party=2)


def test_an_agreement_that_holds_is_not_undone_by_a_later_no(desk):
    one = walk(desk, "agreed")
    desk.do(one, "withdraw", desk.link(one, 1))
    with refused("wrong_result"):
        desk.do(one, "end_after_no", values={"told_routes": True}, result="withdrawn")
    told = {"told_routes": True, "no_court": True}
    desk.do(one, "end_after_no", values=told, result="agreed_only")
    assert [each.state for each in queries.agreements_of(one)] == ["in_force"]


def test_a_no_to_the_follow_up_leaves_the_parties_their_days_to_ask_the_court(desk):
    one = walk(desk, "agreed")
    due = {row.code: row.due_at for row in cases.clocks_of(one) if row.running}["judicial"]
    desk.at += timedelta(days=3)
    desk.do(one, "withdraw", desk.link(one, 1))
    assert {row.code: row.due_at for row in cases.clocks_of(one) if row.running}["judicial"] == due
    told = {"told_routes": True}
    with refused("court_days"):
        desk.do(one, "end_after_no", values=told, result="agreed_only")
    day = desk.at.date().isoformat()
    desk.do(one, "ask_court", values={"applied_on": day, "all_ask": True})
    desk.do(one, "note_court", values={"court_answer": "confirmed"})
    desk.do(one, "end_after_no", values=told, result="agreed_only")
    late = walk(desk, "agreed")
    desk.do(late, "withdraw", desk.link(late, 2))
    desk.at += timedelta(days=40)
    with refused("too_late"):
        day = desk.at.date().isoformat()
        desk.do(late, "ask_court", values={"applied_on": day, "all_ask": True})
    desk.do(late, "end_after_no", values=told, result="agreed_only")


def test_a_sign_found_after_the_agreement_lets_a_case_end_at_once(desk):
    one = walk(desk, "agreed")
    desk.do(one, "talk", values=CLEAR | {"afraid": True}, party=1)
    desk.do(one, "withdraw", desk.link(one, 1))
    assert offered(desk, one)["ask_court"] == "not_suitable"
    desk.do(one, "end_after_no", values={"told_routes": True}, result="agreed_only")


def test_a_case_ends_by_the_no_that_was_said(desk):
    told = {"told_routes": True}
    one = walk(desk, "mediating")
    desk.do(one, "withdraw", desk.link(one, 1))
    with refused("wrong_result"):
        desk.do(one, "end_after_no", values=told, result="refused")
    desk.do(one, "end_after_no", values=told, result="withdrawn")
    other = walk(desk, "inviting")
    desk.do(other, "refuse", desk.link(other, 2), party=2)
    with refused("wrong_result"):
        desk.do(other, "end_after_no", values=told, result="withdrawn")
    desk.do(other, "end_after_no", values=told, result="refused")


@pytest.mark.parametrize("seen", ["partly", "no"])
def test_what_is_not_carried_out_is_not_settled(desk, seen):
    one = walk(desk, "agreed")
    desk.do(one, "follow_up", values={"performed": seen})
    with refused("wrong_result"):
        desk.do(one, "finish", result="settled")
    desk.do(one, "follow_up", values={"performed": "yes"})
    with refused("wrong_result"):
        desk.do(one, "finish", result="not_performed")
    desk.do(one, "finish", result="settled")


def test_the_court_is_asked_after_the_agreement_once_and_answers_then(desk):
    one = walk(desk, "agreed")
    day = desk.at.date().isoformat()
    before = (desk.at.date() - timedelta(days=1)).isoformat()
    with refused("court_not_asked"):
        desk.do(one, "note_court", values={"court_answer": "confirmed"})
    with refused("before_agreement"):
        desk.do(one, "ask_court", values={"applied_on": before, "all_ask": True})
    after = (desk.at.date() + timedelta(days=1)).isoformat()
    with refused("in_the_future"):
        desk.do(one, "ask_court", values={"applied_on": after, "all_ask": True})
    desk.do(one, "ask_court", values={"applied_on": day, "all_ask": True})
    with refused("asked_already"):
        desk.do(one, "ask_court", values={"applied_on": day, "all_ask": True})
    desk.do(one, "note_court", values={"court_answer": "confirmed"})
    with refused("answered"):
        desk.do(one, "note_court", values={"court_answer": "refused"})
    with refused("asked_already"):
        desk.do(one, "ask_court", values={"applied_on": day, "all_ask": True})


def test_a_follow_up_is_planned_for_a_day_to_come(desk):
    one = walk(desk, "agreed")
    before = (desk.at.date() - timedelta(days=1)).isoformat()
    with refused("in_the_past"):
        desk.do(one, "plan_follow_up", values={"due_on": before})
    desk.do(one, "plan_follow_up", values={"due_on": desk.at.date().isoformat()})


def test_a_party_who_said_no_is_not_made_to_say_yes(desk):
    one = walk(desk, "inviting")
    desk.do(one, "refuse", desk.link(one, 2))
    assert Party.objects.get(case_id=one, number=2).consent == "refused"
    with refused("wrong_state"):
        desk.do(one, "consent", party=2)


def test_nothing_joint_begins_before_all_have_agreed(desk):
    one = walk(desk, "inviting")
    with refused("no_consent"):
        desk.do(one, "start")
    desk.do(one, "consent", desk.link(one, 2))
    with refused("not_talked"):
        desk.do(one, "start")
    desk.do(one, "talk", values=CLEAR, party=2)
    desk.do(one, "start")
    assert desk.state(one) == "mediating"


def test_a_party_that_comes_later_shuts_the_joint_room_until_it_agrees(desk):
    one = walk(desk, "mediating")
    desk.do(one, "say_to_all", desk.link(one, 2), texts={"joint_words": "hello"})
    desk.do(one, "add_party", values={"party_role": "third"}, texts={"name": "金丝雀 third"})
    with refused("no_consent"):
        desk.do(one, "say_to_all", desk.link(one, 2), texts={"joint_words": "again"})
    with refused("not_asked_yet"):
        desk.do(one, "consent", party=3)
    desk.do(one, "ask_party", party=3)
    desk.do(one, "consent", party=3)
    desk.do(one, "talk", values=CLEAR, party=3)
    desk.do(one, "say_to_all", desk.link(one, 3), texts={"joint_words": "I am here"})
    assert desk.words(one)[""]["joint_words"] == ["hello", "I am here"]


def test_a_minor_comes_with_a_guardian_who_is_no_party(desk):
    one = walk(desk, "accepted")
    child = {"party_role": "third", "minor": True}
    with refused("guardian_is_party"):
        desk.do(one, "add_party", values=child | {"guardian": 2}, texts={"name": "child"})
    for wrong in (child, {"party_role": "third", "guardian": 2}):  # none could be added later
        with pytest.raises(BadInput, match="guardian"):
            desk.do(one, "add_party", values=wrong, texts={"name": "child"})
    desk.do(one, "add_party", values={"party_role": "guardian"}, texts={"name": "aunt"})
    desk.do(one, "add_party", values=child | {"guardian": 3}, texts={"name": "child"})
    desk.do(one, "talk", values=CLEAR, party=1)
    Party.objects.filter(case_id=one, number=3).update(left_at=desk.at)
    with refused("no_guardian"):
        desk.do(one, "invite")


def test_a_minor_who_asks_is_taken_with_its_guardian(desk):
    asker = PartyWords("金丝雀 child", minor=True, guardian_name="金丝雀 aunt")
    one = ask(desk, asker=asker)
    parties = cases.parties_of(one)
    assert [(each.role, each.guardian) for each in parties] == [
        ("guardian", None),
        ("asker", 1),
        ("other", None),
    ]
    desk.do(one, "confirm", desk.link(one, 1))  # the guardian may
    assert desk.state(one) == "confirmed"
    with pytest.raises(BadInput, match="guardian"):
        ask(desk, asker=PartyWords("child", minor=True))


# --- the private talk ----------------------------------------------------------------------------

SIGN = CLEAR | {"afraid": True}


def test_a_talk_that_was_not_private_does_not_count(desk):
    one = walk(desk, "accepted")
    with refused("not_alone"):
        desk.do(one, "talk", values=CLEAR | {"was_alone": False}, party=1)
    with refused("not_talked"):
        desk.do(one, "invite")


def test_a_sign_of_coercion_shuts_all_that_is_joint(desk):
    one = walk(desk, "mediating")
    desk.do(one, "talk", values=SIGN, party=2)
    for action in ("draft_agreement", "agree_orally", "say_to_all"):
        assert offered(desk, one)[action] == "not_suitable"
    with refused("no_help_offered"):
        desk.do(one, "find_unsuitable", values={"help_offered": False})
    desk.do(one, "find_unsuitable", values={"help_offered": True})
    assert desk.row(one).result == "not_suitable"


def test_a_later_word_does_not_take_a_sign_away(desk):
    one = walk(desk, "accepted")
    desk.do(one, "talk", values=SIGN, party=1)
    desk.do(one, "talk", values=CLEAR, party=1)
    with refused("not_suitable"):
        desk.do(one, "invite")


def test_a_sign_stands_when_the_case_is_taken_up_again_and_it_can_not_end_as_failed(desk):
    """Nor may it go to the court together: it shows at the follow-up, and one way on is open."""
    one = walk(desk, "agreed")
    desk.do(one, "talk", values=SIGN, party=2)
    may = offered(desk, one)
    assert (may["ask_court"], may["change_agreement"]) == ("not_suitable", "not_suitable")
    assert may["refer_out"] is None
    assert leads_on(desk, one, "mediator") == {"plan_follow_up", "follow_up", "refer_out"}
    desk.do(one, "finish", result="settled")
    desk.do(one, "not_fixed", desk.link(one, 1))
    desk.do(one, "take", "second", values={"no_interest": True})
    for party in (1, 2):
        desk.do(one, "talk", "second", values=CLEAR, party=party)
    may = offered(desk, one, "second")
    assert (may["invite"], may["fail"], may["find_unsuitable"]) == (*["not_suitable"] * 2, None)


def leads_on(desk, one, who) -> set[str]:
    stamp = desk.stamp(who)
    del stamp["recorded_at"]
    return {each.action.code for each in cases.actions_of(one, **stamp) if each.leads_on}


@pytest.mark.parametrize("who", ["clerk", "second", "supervisor"])
@pytest.mark.parametrize("state", ["accepted", "inviting", "drafted", "agreed"])
def test_what_is_next_tells_of_a_sign_nobody_but_who_handles_the_case(desk, state, who):
    one = walk(desk, state)
    before, known = leads_on(desk, one, who), leads_on(desk, one, "mediator")
    desk.do(one, "talk", values=SIGN, party=1)
    assert leads_on(desk, one, who) - {"talk"} == before - {"talk"}
    assert leads_on(desk, one, "mediator") != known


def test_a_case_that_was_not_suitable_is_not_taken_up_again(desk):
    one = walk(desk, "accepted")
    desk.do(one, "talk", values=SIGN, party=1)
    desk.do(one, "find_unsuitable", values={"help_offered": True})
    with refused("not_reopened"):
        desk.do(one, "not_fixed", desk.link(one, 2))


# --- sessions ------------------------------------------------------------------------------------


def session(desk, one, *, days=1, who="mediator", **more):
    starts = (scene.AT + scene.timedelta(days=days)).isoformat()
    given = {"held_at": "room", "room": desk.room, "minutes": 60}
    values = given | {"starts": starts} | more
    return desk.do(one, "book_session", who, values=values)


def test_a_room_and_a_mediator_are_booked_once_at_a_time(desk):
    one, two = walk(desk, "mediating"), walk(desk, "mediating")
    session(desk, one)
    with refused("room_taken"):
        session(desk, two)
    with refused("mediator_taken"):
        desk.do(
            two,
            "book_session",
            values={
                "held_at": "online",
                "starts": (scene.AT + scene.timedelta(days=1, minutes=59)).isoformat(),
                "minutes": 30,
            },
            texts={"online_link": "https://example.org/金丝雀"},
        )
    session(desk, two, starts=(scene.AT + scene.timedelta(days=1, minutes=60)).isoformat())
    booked = queries.calendar(
        KEY,
        actor=desk.actors["mediator"],
        since=scene.AT,
        until=scene.AT + scene.timedelta(days=9),
    )
    assert [each.case_id for each in booked] == [one, two]
    assert not queries.calendar(
        KEY, actor=desk.actors["of_town"], since=scene.AT, until=scene.AT + scene.timedelta(days=9)
    )


def test_a_session_is_moved_held_and_attended(desk):
    one = walk(desk, "mediating")
    session(desk, one)
    later = (scene.AT + scene.timedelta(days=2)).isoformat()
    desk.do(one, "move_session", values={"session": 1, "starts": later, "minutes": 90})
    desk.at = scene.AT + scene.timedelta(days=2, hours=2)
    desk.do(one, "note_attendance", values={"session": 1, "came": True}, party=1)
    desk.do(one, "note_attendance", values={"session": 1, "came": False}, party=2)
    desk.do(one, "hold_session", values={"session": 1, "outcome": "go_on"})
    held = queries.sessions_of(one)[0]
    assert (held.state, held.came) == ("held", {1: True, 2: False})
    assert (held.ends_at - held.starts_at).seconds == 90 * 60
    with refused("no_session"):
        desk.do(one, "cancel_session", values={"session": 1})


def test_a_joint_session_waits_for_consent_and_one_alone_does_not(desk):
    one = walk(desk, "inviting")
    with refused("no_consent"):
        session(desk, one)
    alone(desk, one)
    with refused("in_the_past"):
        alone(desk, one, days=-1)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("https://meet.example.org/x", True),
        ("Tencent 123-456-789", True),
        ("not a link", False),
        ("https://", False),
        ("12", False),
        ("", False),
    ],
)
def test_an_online_session_is_booked_with_what_leads_to_its_room(desk, link, said):
    one = walk(desk, "mediating")
    starts = (scene.AT + scene.timedelta(days=1)).isoformat()
    asked = {"values": {"held_at": "online", "starts": starts, "minutes": 60}}
    if link:
        asked["texts"] = {"online_link": link}
    if said:
        desk.do(one, "book_session", **asked)
    else:
        with pytest.raises(BadInput, match="web address"):
            desk.do(one, "book_session", **asked)
    assert len(queries.sessions_of(one)) == said


def alone(desk, one, *, days=1, party=1):
    starts = (scene.AT + scene.timedelta(days=days)).isoformat()
    where = {"held_at": "online", "starts": starts, "minutes": 60}
    texts = {"own_link": "https://meet.example/金丝雀-alone"}
    return desk.do(one, "book_alone", values=where, texts=texts, party=party)


def test_a_session_alone_names_its_party_and_its_link_is_sealed_in_that_partys_space(desk):
    one = walk(desk, "mediating")
    with pytest.raises(BadInput, match="which party"):
        alone(desk, one, party=None)
    alone(desk, one)
    with pytest.raises(BadInput, match="session_kind"):  # what is booked for all is with all
        session(desk, one, session_kind="separate")
    words = desk.words(one)
    assert words["p1"]["own_link"] == ["https://meet.example/金丝雀-alone"]
    assert "金丝雀-alone" not in repr({**words, "p1": {}})
    (row,) = queries.sessions_of(one)
    assert (row.kind, row.party) == ("separate", 1)
    desk.at = row.ends_at
    with refused("no_session"):
        desk.do(one, "note_attendance", values={"session": 1, "came": True}, party=2)
    desk.do(one, "note_attendance", values={"session": 1, "came": True}, party=1)


def test_what_the_police_referred_is_mediated_twice_at_most(desk):
    one = walk(desk, "mediating", source="police")
    for days in (1, 2):
        session(desk, one, days=days)
        desk.at = scene.AT + timedelta(days=days, hours=1)
        desk.do(one, "hold_session", values={"session": days, "outcome": "no_agreement"})
    with refused("police_tries"):
        session(desk, one, days=3)


# --- the agreement -------------------------------------------------------------------------------


def test_an_agreement_without_one_of_its_parts_is_no_agreement(desk):
    one = walk(desk, "mediating")
    for part in PARTS:
        with pytest.raises(BadInput):
            desk.do(one, "draft_agreement", texts=PARTS | {part: "  "})
        with refused("part_empty"):
            desk.do(one, "draft_agreement", texts=PARTS | {part: "."})
    assert desk.state(one) == "mediating"


def test_nobody_confirms_what_was_not_read_to_them(desk):
    one = walk(desk, "drafted")
    with refused("not_read_back"):
        confirm(desk, one, 1)
    with refused("not_read"):
        desk.do(
            one,
            "confirm_agreement",
            desk.link(one, 1),
            values={"version": 1, "has_read": False},
        )
    with refused("not_confirmed"):
        desk.do(one, "sign")


def test_a_change_asks_every_party_anew(desk):
    one = walk(desk, "drafted")
    confirm(desk, one, 1, who=desk.link(one, 1))
    desk.do(one, "draft_agreement", texts=PARTS | {"terms_part": "other terms"})
    with refused("changed_text"):
        confirm(desk, one, 2, who=desk.link(one, 2))
    confirm(desk, one, 2, version=2, who=desk.link(one, 2))
    with refused("not_confirmed"):
        desk.do(one, "sign")
    confirm(desk, one, 1, version=2, who=desk.link(one, 1))
    desk.do(one, "sign")
    text = services.open_agreement(one, **desk.stamp())
    assert (text.row.version, text.parts["terms_part"], text.intact) == (2, "other terms", True)
    assert services.open_agreement(one, version=1, **desk.stamp()).intact


def test_an_agreement_holds_until_its_successor_is_signed(desk):
    one = walk(desk, "agreed")
    desk.do(one, "change_agreement", values={"all_ask": True}, texts=PARTS)
    assert [each.state for each in queries.agreements_of(one)] == ["in_force", "draft"]
    for party in (1, 2):
        confirm(desk, one, party, version=2, who=desk.link(one, party))
    desk.do(one, "sign")
    assert [each.state for each in queries.agreements_of(one)] == ["replaced", "in_force"]


def test_a_text_that_was_altered_no_longer_fits_its_seal(desk):
    one = walk(desk, "drafted")
    first = Agreement.objects.get(case_id=one)
    Agreement.objects.filter(pk=first.pk).update(texts=first.texts[:-1])
    assert not services.open_agreement(one, **desk.stamp()).intact


ORAL = {
    "parties_part": "Silva and Costa, both of Rua das Flores",
    "terms_part": "the wall comes down",
    "how_part": "by May",
}


def test_an_oral_agreement_is_recorded_and_holds(desk):
    one = walk(desk, "mediating")
    desk.do(
        one,
        "agree_orally",
        values={"all_heard": True},
        texts=ORAL,
    )
    row = queries.agreements_of(one)[0]
    assert (row.form, row.state, len(row.confirmations)) == ("oral", "in_force", 2)
    assert offered(desk, one)["ask_court"] == "oral_only", "before anything was filled in"
    with refused("oral_only"):
        desk.do(one, "ask_court", values={"applied_on": "2026-03-03", "all_ask": True})
    court = services.open_dossier(one, agreement_alone=True, **desk.stamp())
    assert court.agreements[0].parts["parties_part"] == "Silva and Costa, both of Rua das Flores"


def test_an_oral_agreement_is_heard_by_each_and_each_is_told(desk):
    one = walk(desk, "mediating", other=PartyWords("B", "13800000002"))
    words = ORAL
    nameless = {code: text for code, text in ORAL.items() if code != "parties_part"}
    with pytest.raises(BadInput, match="Who agrees"):
        desk.do(one, "agree_orally", values={"all_heard": True}, texts=nameless)
    with refused("not_all_heard"):
        desk.do(one, "agree_orally", values={"all_heard": False}, texts=words)
    desk.do(one, "agree_orally", values={"all_heard": True}, texts=words)
    assert Notice.objects.filter(case_id=one, template="news", party=2).count() == 1


def test_an_unfixed_matter_begins_anew_with_everyone_asked_again(desk):
    one = walk(desk, "agreed")
    desk.do(one, "finish", result="settled")
    desk.do(one, "rate", desk.link(one, 2), values={"satisfaction": "bad"})
    desk.do(one, "not_fixed", desk.link(one, 2))
    assert desk.state(one) == "chosen"
    assert [each.consent for each in cases.parties_of(one)] == ["not_asked", "given"]
    desk.do(one, "take", "second", values={"no_interest": True})
    with refused("not_talked"):
        desk.do(one, "invite", "second")


def test_a_matter_taken_up_again_asks_the_other_side_again_before_it_agrees(desk):
    """It was asked once; whether it would take part anew it was not."""
    one = walk(desk, "agreed")
    desk.do(one, "finish", result="settled")
    desk.do(one, "not_fixed", desk.link(one, 1))
    desk.do(one, "take", "second", values={"no_interest": True})
    for who in (desk.link(one, 2), "second"):
        with refused("not_asked_yet"):
            desk.do(one, "consent", who, party=2)
    desk.do(one, "hear", desk.link(one, 2), texts={"account": "what I think"})  # it knows the case
    desk.do(one, "talk", "second", values=CLEAR, party=1)
    desk.do(one, "invite", "second")
    desk.do(one, "consent", desk.link(one, 2))
    assert [each.consent for each in cases.parties_of(one)] == ["given", "given"]


# --- the dossier ---------------------------------------------------------------------------------


def test_a_dossier_holds_no_notes_and_no_other_partys_words(desk):
    one = walk(desk, "mediating")
    desk.do(one, "write_note", texts={"note": "SECRET-NOTE"})
    desk.do(one, "hear", desk.link(one, 1), texts={"account": "FIRST-OWN"})
    desk.do(one, "hear", desk.link(one, 2), texts={"account": "SECOND-OWN"})
    desk.do(one, "say_to_all", texts={"joint_words": "FOR-ALL"})
    told = repr(services.open_dossier(one, party=2, **desk.stamp()))
    assert "FOR-ALL" in told
    assert "SECOND-OWN" in told
    for secret in ("SECRET-NOTE", "FIRST-OWN", "afraid"):
        assert secret not in told
    assert "SECOND-OWN" not in repr(services.open_dossier(one, **desk.stamp()))


def test_a_dossier_is_written_without_the_keys_of_what_it_leaves_out(desk, monkeypatch):
    one = walk(desk, "drafted")
    opened, real = [], sealing.open_one

    def watched(case_ref, *, spaces, **more):
        opened.append(set(spaces))
        return real(case_ref, spaces=spaces, **more)

    monkeypatch.setattr(sealing, "open_one", watched)
    services.open_dossier(one, party=2, **desk.stamp())
    services.open_agreement(one, **desk.stamp())
    ref = f"mediation:{one}"
    assert opened == [{ref, f"{ref}:p2"}, {ref}]


def test_a_supervisor_opens_a_dossier_for_review_with_its_entry(desk):
    one = walk(desk, "drafted")
    with pytest.raises(Forbidden):
        services.open_dossier(one, **desk.stamp("supervisor"))
    dossier = services.open_dossier(one, purpose=Purpose.REVIEW, **desk.stamp("supervisor"))
    assert dossier.agreements[0].intact
