"""What a case's page offers: what is next first, the rest by subject, things by their names."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from tests.services import hazard_round
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import KEY, Desk, walk
from tests.web.case_town import signed_in

from anlan.areas.hazards.models import Premises
from anlan.areas.hazards.queries import named
from anlan.areas.mediation.services import create_room
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries import open_cases_of
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import add_document, add_member, make_link
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.staff.queries import actor_for
from anlan.kernel.values import Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk():
    yield scene.make_desk()
    translation.activate("en")  # a page in Chinese leaves its language to the thread


def read(client: Client, one: int, kind: str = "mediation", town: str = KEY) -> str:
    answer = client.get(f"/towns/{town}/cases/{kind}/{one}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def next_of(text: str) -> list[str]:
    """Give the actions that the page marks as next, by code."""
    ends = '<div class="case-group"|<details class="action later|</section>'
    found = re.search(rf'<div class="case-next".*?(?={ends})', text, re.DOTALL)
    return [] if found is None else re.findall(r'id="do-(\w+)"', found[0])


def offered_by(text: str) -> set[str]:
    return set(re.findall(r'<details class="action" name="action" id="do-(\w+)"', text))


def refused_by(text: str) -> set[str]:
    return set(re.findall(r'<dd id="no-(\w+)">', text))


def choices(text: str, field: str) -> list[str]:
    """Give the names that a drop-down offers, without its empty first."""
    found = re.search(rf'<select name="[\w-]+"[^>]*id="{field}"[^>]*>.*?</select>', text, re.DOTALL)
    assert found is not None, field
    return re.findall(r"<option value=\"[^\"]+\"[^>]*>([^<]+)</option>", found[0])


def book(desk: Desk, one: int, *, days: int = 7) -> None:
    starts = (scene.AT + timedelta(days=days)).isoformat()
    asked = {"held_at": "room", "room": desk.room}
    desk.do(one, "book_session", values={**asked, "starts": starts, "minutes": 60})


# --- what is next, and what makes sense ----------------------------------------------------------


def test_what_leads_on_comes_first_and_changes_with_the_case(desk):
    one, client = walk(desk, "accepted"), signed_in("mediator")
    text = read(client, one)
    assert next_of(text) == ["talk"]
    assert "Speak to party 1 alone first." in text[text.index("not-now") :]
    desk.do(one, "talk", values=scene.CLEAR, party=1)
    assert next_of(read(client, one)) == ["invite"]
    desk.do(one, "invite")
    assert next_of(read(client, one)) == ["talk", "consent"]
    desk.do(one, "consent", party=2)
    desk.do(one, "talk", values=scene.CLEAR, party=2)
    assert next_of(read(client, one)) == ["start"]


SIGN = scene.CLEAR | {"afraid": True}


@pytest.mark.parametrize("state", ["accepted", "inviting", "mediating", "drafted"])
def test_after_a_sign_the_one_next_step_is_to_end_it_as_not_suitable(desk, state):
    one = walk(desk, state)
    desk.do(one, "add_helper", values=scene.helper(desk))
    warned = {"en": "showed a sign of fear", "zh-hans": "单独谈话显示有恐惧"}
    for lang, words in warned.items():
        assert words not in read(signed_in("mediator", lang=lang), one)
    assert "find_unsuitable" not in next_of(read(signed_in("mediator"), one))
    desk.do(one, "talk", values=SIGN, party=1)
    for lang, words in warned.items():
        for name in ("mediator", "second"):
            assert words in read(signed_in(name, lang=lang), one)
        assert words not in read(signed_in("supervisor", lang=lang), one)
        client = Client()
        client.cookies["django_language"] = lang
        parties = (1, 2) if state != "accepted" else (1,)
        for party in parties:
            page = client.get(f"/follow/{make_link(one, party=party, **desk.stamp())}/")
            assert words not in page.content.decode()
    text = read(signed_in("mediator"), one)
    assert next_of(text) == ["find_unsuitable"]
    assert "of fear, violence or pressure: Party 1" in text
    desk.do(one, "find_unsuitable", values={"help_offered": True})
    assert warned["en"] not in read(signed_in("mediator"), one)


def test_each_action_stands_once_and_under_the_types_headings(desk):
    one = walk(desk, "accepted")
    text = read(signed_in("mediator"), one)
    both = re.findall(r'id="(?:do|no)-(\w+)"', text)
    assert len(both) == len(set(both))
    assert not offered_by(text) & refused_by(text)
    headings = re.findall(r'<h3 id="actions-\d+">([^<]+)</h3>', text)
    assert headings[0] == "Request and parties"
    assert headings[-1] == "Ending it"
    zh = read(signed_in("mediator", lang="zh-hans"), one)
    assert "下一步" in zh
    assert "申请与当事人" in zh


def test_one_fold_holds_what_is_refused_each_sentence_once(desk):
    text = read(signed_in("mediator"), walk(desk, "accepted"))
    fold = text[text.index('id="not-now"') :]
    said = re.findall(r"<dt>([^<]+)</dt>", fold)
    assert len(said) == len(set(said))
    assert {"unrestrict", "move_session", "extend_court_mediation"} <= refused_by(fold)


def test_a_mediator_without_a_part_in_the_case_is_offered_nothing_of_its_parties(desk):
    one = walk(desk, "chosen")
    text = read(signed_in("second"), one)
    shut = {"withdraw", "refuse", "refer_out", "consent", "hear", "set_contact", "add_party"}
    assert not shut & offered_by(text)
    assert next_of(text) == ["take"]
    assert 'id="add-document"' not in text
    assert "Only the mediator of this case does this." in text
    with pytest.raises(Exception, match="Only the mediator"):
        desk.do(one, "withdraw", "second", party=1)
    at_desk = offered_by(read(signed_in("clerk"), one))
    assert {"withdraw", "refer_out", "hear"} <= at_desk


def test_a_party_who_agreed_is_not_asked_again(desk):
    one = walk(desk, "inviting")
    client = signed_in("mediator")
    assert choices(read(client, one), "consent-party") == ["Party 2 · Other party"]
    path = f"/towns/{KEY}/cases/mediation/{one}/do/consent"
    again = client.post(path, {"party": "1", "version": Case.objects.get(pk=one).version})
    assert again.status_code == 409
    assert "Party 1 has agreed already." in again.content.decode()
    desk.do(one, "consent", party=2)
    assert "consent" in refused_by(read(client, one))


def test_sessions_are_moved_cancelled_and_noted_only_where_there_are_some(desk):
    one, client = walk(desk, "mediating"), signed_in("mediator")
    of_sessions = {"move_session", "cancel_session", "hold_session", "note_attendance"}
    assert not of_sessions & offered_by(read(client, one))
    book(desk, one)
    text = read(client, one)
    assert of_sessions <= offered_by(text)
    assert text.count("Book a session") == 2, "one form: its heading and its button"
    assert text.count("Session booked") == 1, "its event says that it was done"
    desk.do(one, "cancel_session", values={"session": 1})
    assert not of_sessions & offered_by(read(client, one))


def test_a_hazard_and_a_disclosure_follow_the_same_rule():
    hazard_round.make_town()
    finder = hazard_round.member("inspector-1", Role.INSPECTOR)
    hazard_round.member("inspector-2", Role.INSPECTOR)
    one = hazard_round.open_one(finder)
    mine = read(signed_in("inspector-1"), one, "hazard", hazard_round.KEY)
    assert next_of(mine) == ["serve_order"]
    assert "say_more" in refused_by(mine), "there is no party yet"
    assert {"take", "join"} <= refused_by(mine)
    other = read(signed_in("inspector-2"), one, "hazard", hazard_round.KEY)
    assert "join" in offered_by(other)


def test_what_waits_for_its_second_person_is_not_next_once_more():
    hazard_round.make_town()
    finder = hazard_round.member("inspector-1", Role.INSPECTOR)
    hazard_round.member("supervisor-1", Role.SUPERVISOR)
    one = hazard_round.open_one(finder)
    hazard_round.do(one, "stop_use", finder, values={"danger": "gas"})
    hazard_round.order(one, actor=finder)
    hazard_round.fix(one, finder)
    hazard_round.verify(one)
    of_supervisor = signed_in("supervisor-1"), one, "hazard", hazard_round.KEY
    assert next_of(read(*of_supervisor)) == ["permit_resume"]
    hazard_round.do(one, "permit_resume", finder, texts={"permission": "may be used"})
    text = read(*of_supervisor)
    assert next_of(text) == []
    assert "permit_resume" in refused_by(text)
    assert "agree to what waits for a second person, or decline it" in text
    mine = read(signed_in("inspector-1"), one, "hazard", hazard_round.KEY)
    assert "permit_resume" not in offered_by(mine)
    assert "or decline it" not in mine, "nobody agrees for himself"


def test_a_decision_says_what_was_decided_and_how():
    hazard_round.make_town()
    finder = hazard_round.member("inspector-1", Role.INSPECTOR)
    hazard_round.member("supervisor-1", Role.SUPERVISOR)
    one, said = hazard_round.open_one(finder), []
    for who, agree in (("inspector-1", "no"), ("supervisor-1", "no"), ("supervisor-1", "yes")):
        waits = hazard_round.do(one, "dismiss", finder, result="no_hazard").proposal
        path = f"/towns/{hazard_round.KEY}/cases/hazard/{one}/proposals/{waits}"
        text = (
            signed_in(who)
            .post(path, {"agree": agree, "reason": "other_way"}, follow=True)
            .content.decode()
        )
        said += re.findall(r'<p class="done">(.*?)</p>', text)
    assert said == [
        "Taken back: End without an order.",
        "Declined: End without an order.",
        "Agreed. Ended without an order.",
    ]


# --- things by their names -----------------------------------------------------------------------


def test_sessions_and_rooms_are_chosen_by_name_in_both_languages(desk):
    one = walk(desk, "mediating")
    stamp = {"actor": scene.CLI, "at": desk.at, "recorded_at": desk.at, "town_key": KEY}
    create_room(office_ident="t-1", ident="r-9", name="大调解室", **stamp)
    book(desk, one)
    text = read(signed_in("mediator"), one)
    assert choices(text, "move_session-field-session") == ["Session 1, Mon 9 Mar 10:00, Room 1"]
    own_first = ["Room 1 · Office v-1", "大调解室 · Office t-1"]
    assert choices(text, "book_session-field-room") == own_first
    assert "Room: Room 1 · Office v-1" in text, "and the story says the name, not a number"
    zh = read(signed_in("mediator", lang="zh-hans"), one)
    assert choices(zh, "hold_session-field-session") == ["第1次会谈，3月9日（周一）10:00，Room 1"]
    assert not re.search(r'<input type="number" name="field-(room|session|version)"', text + zh)


def test_a_thing_that_the_story_names_often_is_looked_up_once(desk):
    one = walk(desk, "mediating")
    book(desk, one)
    desk.at = scene.AT + timedelta(days=7)
    client, asked = signed_in("mediator"), []
    for times in (1, 4):
        for _ in range(times):
            desk.do(one, "note_attendance", values={"session": 1, "came": True}, party=1)
        with CaptureQueriesContext(connection) as caught:
            assert "Session: Session 1, Mon 9 Mar 10:00" in read(client, one)
        asked.append(len(caught))
    assert asked[1] <= asked[0]


def test_the_one_version_that_waits_stands_there_already(desk):
    one = walk(desk, "drafted")
    text = read(signed_in("mediator"), one)
    (version,) = choices(text, "read_back-field-version")
    assert version.startswith("Version 1, written Mon 2 Mar ")
    assert re.search(r'<option value="1" selected>Version 1', text)


def test_a_session_that_is_there_no_more_is_refused_in_the_rules_own_sentence(desk):
    one = walk(desk, "mediating")
    book(desk, one)
    client = signed_in("mediator")
    path = f"/towns/{KEY}/cases/mediation/{one}/do/cancel_session"
    for wrong, status, said in (("7", 409, "no such booked session"), ("x", 422, "choose again")):
        answer = client.post(path, {"field-session": wrong})
        assert answer.status_code == status
        assert said in answer.content.decode()


def test_a_mediator_is_named_among_those_who_may_the_least_loaded_first(desk):
    busy = [walk(desk, "accepted") for _ in range(2)]
    stamp = {"actor": scene.CLI, "at": desk.at, "recorded_at": desk.at}
    for name in ("third", "away"):
        staff.create_staff(username=name, **stamp)
        staff.grant_role(town_key=KEY, username=name, role=Role.MEDIATOR, **stamp)
        add_member("v-1", username=name, town_key=KEY, **stamp)
    one = walk(desk, "chosen")
    third = actor_for(Staff.objects.get(username="third"), KEY)
    desk.do(one, "take", third, values={"no_interest": True})
    desk.do(one, "step_aside", third)
    text = read(signed_in("supervisor"), one)
    named_so = ["away · 0 open cases", "second · 0 open cases", "mediator · 2 open cases"]
    assert choices(text, "assign-field-mediator") == named_so, "no clerk, nobody of another office"
    mediator = desk.actors["mediator"].staff_ref
    counted = open_cases_of([mediator], town_key=KEY, type="mediation")
    assert counted == {mediator: len(busy)}
    zh = read(signed_in("supervisor", lang="zh-hans"), one)
    assert "mediator · 在办2件" in choices(zh, "assign-field-mediator")
    path = f"/towns/{KEY}/cases/mediation/{one}/do/assign"
    wrong = {"field-mediator": desk.actors["of_town"].staff_ref}
    answer = signed_in("supervisor").post(path, wrong)
    assert answer.status_code == 409
    assert "works at this case's office" in unescape(answer.content.decode())


def test_a_second_mediator_is_neither_the_first_nor_there_already(desk):
    one = walk(desk, "accepted")
    text = read(signed_in("mediator"), one)
    assert choices(text, "add_helper-field-mediator") == ["second · 0 open cases"]
    desk.do(one, "add_helper", values=scene.helper(desk))
    assert (desk.actors["second"].staff_ref, Part.HELPER.value) in set(
        Case.objects.get(pk=one).staff.values_list("staff_ref", "part")
    )
    text = read(signed_in("mediator"), one)
    assert choices(text, "add_helper-field-mediator") == []
    assert "Nobody else mediates at this office: an administrator adds somebody" in text
    assert "该调解组织没有其他调解员" in read(signed_in("mediator", lang="zh-hans"), one)


def test_offices_are_those_of_a_tier_that_fits_and_that_have_not_the_case_already(desk):
    one = walk(desk, "confirmed")
    text = read(signed_in("clerk"), one)
    assert choices(text, "give_to_office-field-office") == [
        f"Office {k}" for k in ("c-1", "t-1", "v-1")
    ]
    desk.do(one, "give_to_office", "clerk", values={"office": "t-1"})
    of_supervisor = read(signed_in("supervisor"), one)
    assert choices(of_supervisor, "give_to_office-field-office") == ["Office c-1", "Office v-1"]
    assert "Office: Office t-1" in of_supervisor
    desk.do(one, "sort", "supervisor", values={"category": "house", "difficulty": "hard"})
    hard = choices(read(signed_in("supervisor"), one), "give_to_office-field-office")
    assert hard == ["Office c-1"]


def test_premises_are_named_and_a_long_register_is_searched(monkeypatch):
    hazard_round.make_town()
    finder = hazard_round.member("inspector-1", Role.INSPECTOR)
    one = hazard_round.open_one(finder)
    hazard_round.register("s-2", name="South school")
    client = signed_in("inspector-1")
    text = read(client, one, "hazard", hazard_round.KEY)
    assert choices(text, "correct-field-premises") == ["North school · s-1", "South school · s-2"]
    assert "North school · s-1" in text[text.index('class="case-facts"') : text.index("case-main")]
    monkeypatch.setattr(named, "MOST_LISTED", 1)
    text = read(client, one, "hazard", hazard_round.KEY)
    assert 'list="correct-field-premises-names"' in text
    path = f"/towns/{hazard_round.KEY}/cases/hazard/{one}/do/correct"
    for typed in ("s-2", "South school", "South school · s-2"):
        assert client.post(path, {"field-premises": typed}).status_code == 302
        south = Premises.objects.get(ident="s-2").pk
        assert Case.objects.get(pk=one).answers["premises"] == south
    lost = client.post(path, {"field-premises": "no such place"})
    assert lost.status_code == 422
    assert "“no such place” is not in the list" in unescape(lost.content.decode())


def test_the_api_says_the_same_choices_and_answers_a_wrong_one_clearly(desk):
    one = walk(desk, "mediating")
    book(desk, one)
    client = signed_in("mediator")
    path = f"/api/towns/{KEY}/cases/mediation/{one}"
    actions = {each["code"]: each for each in client.get(path).json()["actions"]}
    (session,) = actions["cancel_session"]["asks"]
    assert session["field"] == "session"
    assert session["choices"] == [{"value": 1, "label": "Session 1, Mon 9 Mar 10:00, Room 1"}]
    assert (actions["hold_session"]["leads_on"], actions["hold_session"]["group"]) == (
        True,
        "talks",
    )
    assert actions["invite"]["asks"] == []
    helper = actions["add_helper"]["asks"][0]["choices"]
    assert helper == [{"value": desk.actors["second"].staff_ref, "label": "second · 0 open cases"}]
    wrong = {"action": "cancel_session", "values": {"session": 9}, "client_key": "a" * 32}
    answer = client.post(
        f"{path}/act",
        json.dumps(wrong),
        content_type="application/json",
        headers={"X-CSRFToken": "a" * 32},
    )
    assert answer.status_code == 409
    assert answer.json()["sentence"] == "There is no such booked session."


def test_a_partys_page_calls_its_actions_by_its_own_words(desk):
    one = walk(desk, "inviting")
    address = f"/follow/{make_link(one, party=2, **desk.stamp())}"
    for lang, words in (("en", "I agree to take part"), ("zh-hans", "我同意参加调解")):
        client = Client()
        client.cookies["django_language"] = lang
        text = client.get(address).content.decode()
        assert f"<summary>{words}</summary>" in text
    assert "Write down how a party sees it" not in text
    staff_page = read(signed_in("mediator"), one)
    assert "<summary>Agree to take part</summary>" in staff_page


# --- documents -----------------------------------------------------------------------------------


def test_a_document_says_its_kind_number_size_day_and_role_unopened(desk):
    one = walk(desk, "accepted")
    given = {"data": b"a paper", "name": "secret name.txt", "kind": "proof", "space": Space.CASE}
    for _ in range(2):
        add_document(one, **given, **desk.stamp())
    text = read(signed_in("mediator"), one)
    assert "secret name" not in text
    part = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", text[text.index('class="case-documents"') :])
    )
    assert "Proof 1" in part
    assert re.search(
        r"Proof 2 .*? TXT · 7\sbytes · 2026-03-02 \d\d:\d\d · mediator \(mediator\)", part
    )


def test_whoever_steps_aside_lands_on_the_list_and_reads_that_it_is_done(desk):
    one = walk(desk, "accepted")
    client, at = signed_in("mediator"), f"/towns/{KEY}/cases/mediation"
    answer = client.post(f"{at}/{one}/do/step_aside")
    assert (answer.status_code, answer["Location"]) == (302, f"{at}?done=step_aside")
    assert client.get(f"{at}/{one}").status_code == 404
    landed = client.get(answer["Location"])
    assert landed.status_code == 200
    assert "Mediator stepped aside." in landed.content.decode()


def test_who_reads_a_row_of_answers_stands_once(desk):
    text = read(signed_in("mediator"), walk(desk, "accepted"))
    form = text.split('id="do-talk"')[1].split("</details>")[0]
    assert form.count("no party reads them") == 1
