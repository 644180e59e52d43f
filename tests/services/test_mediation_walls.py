"""Walls of a mediation: what one side says, or a private talk shows, reaches nobody else."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import connection
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import CLEAR, KEY, walk
from tests.services.test_mediation import refused

from anlan.areas.mediation.queries import figures, sessions_of_party
from anlan.areas.mediation.rules.fields import SAFE, SIGNS
from anlan.areas.mediation.rules.sessions import check_session
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import FollowLink, Notice
from anlan.kernel.cases.queries import facts_of
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services.links import spaces_of
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff.services import grant_role
from anlan.kernel.values import Actor, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
SIGN = CLEAR | {"afraid": True}
CANARY = "金丝雀-canary"
LINK = {"online_link": "https://meet.example/all"}


@pytest.fixture
def desk():
    return scene.make_desk()


def clear_rows() -> str:
    """Give everything that stands in the database, as it stands."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
            found += [repr(row) for row in cursor.fetchall()]
    return "\n".join(found)


# --- the private talk ----------------------------------------------------------------------------


def test_answers_of_a_private_talk_stand_in_no_row(desk):
    one = walk(desk, "accepted")
    given = {"values": SIGN, "texts": {"talk_notes": CANARY}, "party": 1, "client_key": "k-1"}
    desk.do(one, "talk", **given)
    assert CANARY not in clear_rows()
    event = queries.events_of(one)[-1]
    assert not {*SIGNS, *SAFE} & {*event.values}
    for row in (desk.row(one), *queries.parties_of(one)):
        assert not {*SIGNS, *SAFE} & {*row.answers}
    for entry in LedgerEntry.objects.filter(action="mediation.talk"):
        assert not {*SIGNS, *SAFE} & {*entry.fields}


def test_only_who_handles_the_case_opens_a_private_talk(desk):
    one = walk(desk, "accepted")
    desk.do(one, "talk", values=SIGN, texts={"talk_notes": CANARY}, party=1)
    assert desk.words(one)["notes"]["talk_notes"] == [CANARY]
    review = desk.words(one, "supervisor", Purpose.REVIEW)
    assert CANARY not in repr(review)
    assert "afraid" not in repr(review)


@pytest.mark.parametrize("party", [1, 2])
def test_a_partys_own_actions_read_the_same_whatever_the_other_was_asked(desk, party):
    """One case with a sign, one without: a party's link is told the same of both."""
    told = []
    for answers in (CLEAR, SIGN):
        one = walk(desk, "drafted")
        desk.do(one, "talk", values=answers, party=3 - party)
        told.append(_told_by_link(desk, one, party))
    calm, coerced = told
    assert set(coerced) == set(calm)
    differ = {code for code in calm if calm[code] != coerced[code]}
    # Joint words and a confirmation wait; the sentence names the mediator and no reason.
    assert differ <= {"say_to_all", "confirm_agreement"}
    assert {coerced[code] for code in differ} <= {"ask_mediator"}


def _told_by_link(desk, one, party) -> dict[str, str]:
    link, found = desk.link(one, party), {}
    scene.opens(desk, one, link)
    for action in scene.MEDIATION.actions:
        if action.by_party and action.code not in {"withdraw", "refuse", "refuse_mediator"}:
            values = {"version": 1, "has_read": True} if action.code == "confirm_agreement" else {}
            texts = {code: "words" for code in action.requires if code not in values}
            found[action.code] = "done"
            try:
                desk.do(one, action.code, link, values=values, texts=texts)
            except Refused as said:
                found[action.code] = said.code
    return found


def test_a_case_ends_as_not_suitable_without_saying_why(desk):
    one = walk(desk, "accepted")
    desk.do(one, "talk", values=SIGN, party=1)
    desk.do(one, "find_unsuitable", values={"help_offered": True})
    event = queries.events_of(one)[-1]
    assert (event.reason, event.values) == ("", {"help_offered": True})
    entry = LedgerEntry.objects.get(action="mediation.find_unsuitable")
    assert entry.reason_code == "not_suitable"
    public = scene.MEDIATION.state("closed").public
    assert "suitable" not in public.en


# --- who hears what ------------------------------------------------------------------------------


def test_the_other_side_hears_nothing_before_it_is_asked(desk):
    """Not even that a case has ended: the notice alone would tell that somebody asked."""
    asker = scene.PartyWords("A", "13800000001")
    other = scene.PartyWords("B", "13800000002")
    ends = {
        "find_unsuitable": {"values": {"help_offered": True}},
        "fail": {"values": {"told_routes": True}},
        "refer_out": {"values": {"partner": "court", "party_agrees": True}, "party": 1},
    }
    for action, asked in ends.items():
        one = walk(desk, "accepted", asker=asker, other=other)
        desk.do(one, action, **asked)
        told = Notice.objects.filter(case_id=one)
        assert {each.party for each in told} == {1}, action
        assert "ended" in {each.template for each in told}


def test_the_other_side_is_asked_with_a_link_and_told_after_that(desk):
    one = walk(desk, "mediating", other=scene.PartyWords("B", "13800000002"))
    assert Notice.objects.get(case_id=one, party=2).template == "invited"
    desk.do(one, "fail", values={"told_routes": True})
    assert Notice.objects.filter(case_id=one, party=2, template="ended").exists()


def test_who_is_added_later_hears_nothing_before_it_is_asked_itself(desk):
    one = walk(desk, "mediating", other=scene.PartyWords("B", "13800000002"))
    words = {"name": "N", "contact": "13800000003"}
    desk.do(one, "add_party", values={"party_role": "third"}, texts=words)
    desk.do(one, "talk", values=CLEAR, party=3)
    told = Notice.objects.filter(case_id=one, party=3)
    with refused("not_asked_yet"):
        cases.make_link(one, party=3, **desk.stamp())
    with refused("asked"):
        desk.do(one, "ask_party", party=2)
    desk.do(one, "ask_party", party=3)
    assert [each.template for each in told] == ["invited"]
    with refused("asked"):
        desk.do(one, "ask_party", party=3)
    link = queries.link_of(cases.make_link(one, party=3, **desk.stamp()))
    facts = queries.follow(link, at=desk.at).facts
    assert len(queries.happened(link, facts)) == 1, "its page begins where it was asked"


def test_an_end_is_told_to_nobody_who_was_added_and_not_asked(desk):
    one = walk(desk, "mediating")
    words = {"name": "N", "contact": "13800000003"}
    desk.do(one, "add_party", values={"party_role": "third"}, texts=words)
    desk.do(one, "fail", values={"told_routes": True})
    assert not Notice.objects.filter(case_id=one, party=3).exists()


def test_another_mediator_asks_nobody_again_who_agreed(desk):
    one = walk(desk, "mediating", other=scene.PartyWords("B", "13800000002"))
    links = FollowLink.objects.filter(case_id=one, party=2).count()
    desk.do(one, "step_aside")
    desk.do(one, "take", "second", values={"no_interest": True})
    desk.do(one, "invite", "second")
    assert Notice.objects.filter(case_id=one, party=2, template="invited").count() == 1
    assert FollowLink.objects.filter(case_id=one, party=2).count() == links
    desk.do(one, "start", "second")


def test_one_sides_words_open_for_that_side_and_the_mediator(desk):
    one = walk(desk, "mediating")
    desk.do(one, "hear", desk.link(one, 1), texts={"account": CANARY})
    with pytest.raises(Refused):
        desk.do(one, "hear", desk.link(one, 1), texts={"account": "for 2"}, party=2)
    words = desk.words(one)
    assert words["p1"]["account"] == [CANARY]
    assert "account" not in words.get("p2", {})
    assert CANARY not in repr(words.get("", {}))


def _reads(desk, one, party) -> str:
    """Give whatever a party's new link shows and opens of its case."""
    token = cases.make_link(one, party=party, **desk.stamp())
    link = queries.link_of(token)
    stamp = desk.stamp(link.actor)
    opened = cases.open_by_link(link, token, at=stamp["at"], recorded_at=stamp["recorded_at"])
    papers = queries.documents_of_party(one, party=party)
    return repr((opened, papers, sessions_of_party(one, party=party)))


def test_who_joins_later_reads_what_is_for_all_only_once_it_agreed(desk):
    """And who says no never does; who agreed once keeps what it could read, withdrawn or not."""
    for answer in ("consent", "refuse"):
        one = walk(desk, "mediating")
        desk.do(one, "say_to_all", desk.link(one, 1), texts={"joint_words": CANARY})
        starts = (desk.at + scene.timedelta(days=2)).isoformat()
        when = {"starts": starts, "minutes": 60}
        desk.do(one, "book_session", values={"held_at": "online", **when}, texts=LINK)
        paper = {"data": b"a plan", "name": "n.txt", "kind": "proof", "space": Space.CASE}
        cases.add_document(one, **paper, **desk.stamp())
        third = {"values": {"party_role": "third"}, "texts": {"name": "N"}}
        desk.do(one, "add_party", **third)
        said = (CANARY, "joint", "proof")
        read = _reads(desk, one, 2)
        assert all(word in read for word in said)
        desk.do(one, "ask_party", party=3)
        read = _reads(desk, one, 3)
        assert not any(word in read for word in said)
        desk.do(one, answer, "mediator", party=3)
        read = _reads(desk, one, 3)
        assert [word in read for word in said] == [answer == "consent"] * 3
        if answer == "consent":
            desk.do(one, "withdraw", "mediator", party=3)
        row = FollowLink.objects.filter(case_id=one, party=3).latest("pk")
        assert (f"mediation:{one}" in spaces_of(row)) is (answer == "consent")


# --- two at once ---------------------------------------------------------------------------------


def test_two_mediators_on_one_case_lose_no_word(desk):
    one = walk(desk, "mediating")
    desk.do(one, "add_helper", values=scene.helper(desk))
    seen = desk.row(one).version
    desk.do(one, "write_note", "second", texts={"note": "second"}, expected_version=seen)
    with refused("changed"):
        desk.do(one, "write_note", texts={"note": "first"}, expected_version=seen)
    desk.do(one, "write_note", texts={"note": "first"}, expected_version=seen + 1)
    assert desk.words(one)["notes"]["note"] == ["second", "first"]


def test_a_party_withdraws_while_the_mediator_signs_and_the_no_holds(desk):
    one = walk(desk, "drafted")
    for party in (1, 2):
        scene.confirm(desk, one, party, who=desk.link(one, party))
    seen = desk.row(one).version
    desk.do(one, "withdraw", desk.link(one, 2))
    with pytest.raises(Refused):
        desk.do(one, "sign", expected_version=seen)
    assert desk.state(one) == "stopped"


# --- guards, one by one --------------------------------------------------------------------------


def test_every_action_is_refused_to_whom_it_is_not_for(desk):
    """Each action for a mediator of another office and a job: a sentence, and nothing changed."""
    for state in ("asked", "mediating", "agreed"):
        one = walk(desk, state)
        before = desk.row(one, "supervisor")
        for action in scene.MEDIATION.actions:
            for who in ("of_town", scene.JOB):
                if action.by_job and who is scene.JOB:
                    continue
                with pytest.raises(Refused):
                    desk.do(one, action.code, who)
        assert desk.row(one, "supervisor") == before


def test_a_session_without_place_or_link_is_not_booked(desk):
    one = walk(desk, "mediating")
    facts = facts_of(one, town_key=KEY, actor=desk.actors["mediator"], at=desk.at)
    for held_at in ("room", "online"):
        with pytest.raises(Refused):
            check_session(facts, Asked(values={"held_at": held_at}), desk.actors["mediator"])


# --- figures -------------------------------------------------------------------------------------


def test_what_was_confirmed_is_counted_by_kind_and_tier(desk):

    walk(desk, "chosen")
    walk(desk, "confirmed", category="house")
    scene.ask(desk)
    dropped = scene.ask(desk)
    desk.do(dropped, "drop_request", desk.link(dropped, 1))
    year = (date(2026, 1, 1), date(2027, 1, 1))
    counted = figures.count_mediations(KEY, *year)
    assert counted == {("neighbours", "village"): 1, ("house", "village"): 1}
    assert figures.count_mediations(KEY, date(2026, 4, 1), date(2026, 7, 1)) == {}


def test_answers_on_satisfaction_are_counted_once_a_party(desk):
    one = walk(desk, "agreed")
    desk.do(one, "finish", result="settled")
    for word in ("bad", "good"):
        desk.do(one, "rate", desk.link(one, 2), values={"satisfaction": word})
    year = (date(2026, 1, 1), date(2027, 1, 1))
    assert figures.count_satisfied(KEY, *year) == {("good",): 1}


@pytest.mark.parametrize("told_first", [True, False])
def test_what_staff_were_told_is_counted_apart_and_never_in_place_of_a_partys_own_word(
    desk, told_first
):
    one = walk(desk, "agreed")
    desk.do(one, "finish", result="settled")
    told = {"party": 1, "values": {"satisfaction": "very_good"}}
    year = (date(2026, 1, 1), date(2027, 1, 1))
    if told_first:
        desk.do(one, "rate", "clerk", **told)
        assert figures.count_satisfied(KEY, *year) == {}
        assert figures.count_satisfied_told(KEY, *year) == {("very_good",): 1}
    desk.do(one, "rate", desk.link(one, 1), values={"satisfaction": "very_bad"})
    with refused("said_itself"):
        desk.do(one, "rate", "clerk", **told)
    assert figures.count_satisfied(KEY, *year) == {("very_bad",): 1}
    assert figures.count_satisfied_told(KEY, *year) == {}


def test_who_mediated_enters_no_rating_not_even_as_a_clerk(desk):
    by_cli = {"actor": scene.CLI, "at": scene.AT, "recorded_at": scene.AT}
    for name in ("mediator", "second"):
        grant_role(town_key=KEY, username=name, role=Role.CLERK, **by_cli)
    both = {
        name: Actor(one.staff_ref, one.roles | {Role.CLERK}) for name, one in desk.actors.items()
    }
    one = walk(desk, "agreed")
    desk.do(one, "add_helper", values=scene.helper(desk))
    desk.do(one, "finish", result="settled")
    for name in ("mediator", "second"):
        with refused("is_rated"):
            desk.do(one, "rate", both[name], party=1, values={"satisfaction": "very_good"})
    with refused("role_missing"):
        desk.do(one, "rate", party=1, values={"satisfaction": "very_good"})
    desk.do(one, "rate", "clerk", party=1, values={"satisfaction": "good"})


def test_a_request_that_came_to_nothing_is_not_rated(desk):
    one = scene.ask(desk)
    desk.do(one, "drop_request", desk.link(one, 1))
    with refused("not_mediated"):
        desk.do(one, "rate", desk.link(one, 1), values={"satisfaction": "bad"})


# --- before the other side is asked --------------------------------------------------------------


@pytest.mark.parametrize("state", ["confirmed", "chosen", "accepted"])
@pytest.mark.parametrize("action", ["consent", "refuse"])
def test_nobody_answers_for_the_other_side_before_it_was_asked(desk, state, action):
    one = walk(desk, state)
    who = "mediator" if state == "accepted" else "clerk"
    for actor in (who, desk.link(one, 2)):
        with refused("not_asked_yet"):
            desk.do(one, action, actor, party=2)
    assert queries.parties_of(one)[1].consent == "not_asked"
    with refused("agreed_already"):  # who asked has agreed: it can only withdraw
        desk.do(one, action, who, party=1)
    desk.do(one, "withdraw", who, party=1)


def test_a_link_of_who_was_not_asked_adds_no_document_either(desk):
    one = walk(desk, "accepted")
    sent = {"data": b"words", "name": "a.txt", "kind": "proof", "space": Space.PARTY}
    for party in (1, 2):
        link = desk.link(one, party)
        if party == 1:
            assert cases.add_document(one, **sent, **desk.stamp(link))
        else:
            with refused("not_asked_yet"):
                cases.add_document(one, **sent, **desk.stamp(link))


def test_the_other_side_gets_no_link_before_it_was_asked_and_one_after(desk):
    one = walk(desk, "accepted")
    with refused("not_asked_yet"):
        cases.make_link(one, party=2, **desk.stamp())
    assert cases.make_link(one, party=1, **desk.stamp())
    scene.STEPS["inviting"](desk, one)
    assert cases.make_link(one, party=2, **desk.stamp())


def test_no_link_that_is_nobodys_is_drawn_before_the_other_side_was_asked(desk):
    one = walk(desk, "accepted")
    with refused("not_asked_yet"):
        cases.make_link(one, party=None, **desk.stamp())
    scene.STEPS["inviting"](desk, one)
    assert cases.make_link(one, party=None, **desk.stamp())


@pytest.mark.parametrize("action", ["withdraw", "hear", "refuse_mediator", "set_contact"])
def test_a_link_of_who_was_not_asked_does_nothing_as_its_page_offers_nothing(desk, action):
    one = walk(desk, "accepted")
    link = desk.link(one, 2)
    row = next(each for each in queries.links_of(one) if each.actor == link)
    assert queries.follow(row, at=desk.at).actions == ()
    texts = {"hear": {"account": "mine"}, "set_contact": {"contact": "13900000000"}}
    with refused("not_asked_yet"):
        desk.do(one, action, link, texts=texts.get(action, {}))
    assert desk.state(one) == "accepted"


def test_what_is_the_applicants_alone_is_neither_offered_to_the_other_side_nor_taken_from_it(desk):
    one = scene.ask(desk)
    for action in ("confirm", "drop_request"):
        with refused("not_this_party"):
            desk.do(one, action, desk.link(one, 2))
    desk.link(one, 1)
    offered = {}
    for row in queries.links_of(one):
        actions = queries.follow(row, at=desk.at).actions
        offered[row.party] = {each.action.code for each in actions}
    assert {"confirm", "drop_request"} <= offered[1]
    assert offered[2] == set()


# --- an agreement that was never opened ----------------------------------------------------------


def test_a_party_confirms_by_its_link_only_what_it_opened_since_it_was_written(desk):
    one = walk(desk, "mediating")
    token = cases.make_link(one, party=1, **desk.stamp())
    link = queries.link_of(token)

    def opens():
        stamp = desk.stamp(link.actor)
        cases.open_by_link(link, token, at=stamp["at"], recorded_at=stamp["recorded_at"])

    def confirms(version):
        said = {"version": version, "has_read": True}
        desk.do(one, "confirm_agreement", link.actor, values=said)

    opens()  # before there was an agreement
    for version in (1, 2):
        desk.do(one, "draft_agreement", texts=scene.PARTS)
        with refused("not_opened"):
            confirms(version)
        opens()  # within the half day, and noted again: there is something new
        confirms(version)
    opens()
    assert Opening.objects.filter(actor_ref=link.actor.staff_ref).count() == 3


@pytest.mark.parametrize("begun", [timedelta(0), timedelta(minutes=-1)])
def test_what_was_committed_after_a_party_opened_was_not_read_whatever_the_clocks_say(desk, begun):
    one = walk(desk, "mediating")
    token = cases.make_link(one, party=1, **desk.stamp())
    link = queries.link_of(token)
    stamp = desk.stamp(link.actor)
    when = {"at": stamp["at"], "recorded_at": stamp["recorded_at"]}
    cases.open_by_link(link, token, **when)
    moment = when["at"] + begun
    drafts = desk.stamp() | {"at": moment, "recorded_at": moment}
    cases.apply(one, "draft_agreement", asked=Asked(texts=scene.PARTS), **drafts)

    def confirms():
        said = {"version": 1, "has_read": True}
        desk.do(one, "confirm_agreement", link.actor, values=said)

    with refused("not_opened"):
        confirms()
    cases.open_by_link(link, token, **when)  # and is entered: there is something new
    assert Opening.objects.filter(actor_ref=link.actor.staff_ref).count() == 2
    confirms()


def test_a_document_of_ones_own_is_no_reading_of_the_agreement(desk):
    one = walk(desk, "mediating")
    token = cases.make_link(one, party=1, **desk.stamp())
    link = queries.link_of(token)
    desk.do(one, "draft_agreement", texts=scene.PARTS)
    number = cases.add_document(
        one,
        data=b"a letter to this party alone",
        name="letter.txt",
        kind="proof",
        space=Space.PARTY,
        party=1,
        **desk.stamp(),
    )

    def confirms():
        said = {"version": 1, "has_read": True}
        desk.do(one, "confirm_agreement", link.actor, values=said)

    stamp = desk.stamp(link.actor)
    when = {"at": stamp["at"], "recorded_at": stamp["recorded_at"]}
    cases.open_document_by_link(link, token, number, **when)
    with refused("not_opened"):
        confirms()
    cases.open_by_link(link, token, **when)
    confirms()


@pytest.mark.parametrize("action", ["talk", "book_alone"])
def test_nobody_is_met_before_who_asked_was_spoken_to_alone(desk, action):
    """Whoever is in danger at home is heard before the other side could learn of the case."""
    one = walk(desk, "accepted")
    starts = (desk.at + timedelta(days=3)).isoformat()
    where = {"held_at": "room", "room": desk.room, "starts": starts, "minutes": 30}
    values = {"talk": CLEAR, "book_alone": where}[action]
    with refused("not_talked"):
        desk.do(one, action, values=values, party=2)
    desk.do(one, action, values=values, party=1)
    desk.do(one, "talk", values=CLEAR, party=1)
    if action == "book_alone":
        values = where | {"starts": (desk.at + timedelta(days=4)).isoformat()}
    desk.do(one, action, values=values, party=2)
