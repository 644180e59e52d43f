"""Mediation's own pages: a request taken, an agreement read aloud, the dossier, sessions, rooms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation
from tests.services import mediation_desk as scene
from tests.services.mediation_desk import KEY, ask, walk

from anlan.areas.mediation.queries import agreements_of, rooms
from anlan.areas.mediation.rules.fields import PARTNERS
from anlan.areas.oversight.services import take_disclosure
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries import clocks_of, links_of, parties_of
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import add_document, make_link
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff.models import Staff
from anlan.kernel.staff.services import create_staff, grant_role
from anlan.kernel.values import Actor, Role
from anlan.web.cases.forms import MomentField

pytestmark = pytest.mark.django_db(transaction=True)
OWN = f"/towns/{KEY}/mediation"
REQUEST = {
    "client_key": "k-1",
    "violence_at_home": "no",
    "asked_for": "yes",
    "source": "desk",
    "category": "house",
    "difficulty": "simple",
    "office": "v-1",
    "asker_name": "金丝雀 Silva",
    "asker_contact": "13800000000",
    "asker_kind": "person",
    "asker_minor": "no",
    "request": "the roof",
    "other_name": "金丝雀 Costa",
    "other_kind": "person",
}


@pytest.fixture
def desk():
    yield scene.make_desk()
    translation.activate("en")


def signed_in(name: str, language: str = "en") -> Client:
    client = Client()
    client.cookies["django_language"] = language
    client.force_login(
        Staff.objects.get(username=name),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def shown(response) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def dispatcher() -> Client:
    create_staff(username="desk-1", actor=scene.CLI, at=scene.AT, recorded_at=scene.AT)
    grant_role(
        town_key=KEY,
        username="desk-1",
        role=Role.DISPATCHER,
        actor=scene.CLI,
        at=scene.AT,
        recorded_at=scene.AT,
    )
    return signed_in("desk-1")


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_clerk_takes_a_request(desk, language):
    client = signed_in("clerk", language)
    assert client.get(f"{OWN}/new").status_code == 200
    made = client.post(f"{OWN}/new", REQUEST)
    one = Case.objects.get()
    assert made["Location"] == f"/towns/{KEY}/cases/mediation/{one.pk}?done=opened"
    page = client.get(made["Location"])
    assert page.status_code == 200
    assert {"en": "The case is opened", "zh-hans": "案件已受理"}[language] in page.content.decode()
    assert "金丝雀" not in page.content.decode()  # nothing is opened by looking


def test_violence_at_home_keeps_nothing_but_the_sentence(desk):
    answer = signed_in("clerk").post(f"{OWN}/new", REQUEST | {"violence_at_home": "yes"})
    assert answer.status_code == 409
    assert "Violence at home is not mediated" in shown(answer)
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("language", "sentence"), [("en", "Violence at home is not mediated"), ("zh-hans", "家庭暴力")]
)
@pytest.mark.parametrize("query", ["", "?incident=1"])
def test_violence_at_home_is_answered_before_anything_else_and_nothing_typed_comes_back(
    desk, language, sentence, query
):
    client = signed_in("clerk", language)
    typed = {"violence_at_home": "yes", "asker_name": "金丝雀 Silva", "request": "the roof"}
    answer = client.post(f"{OWN}/new{query}", typed)  # all else is left open
    assert answer.status_code == 409
    page = answer.content.decode()
    assert sentence in shown(answer)
    assert "金丝雀" not in page
    assert "the roof" not in page
    assert 'class="error"' not in page
    assert '<option value="yes" selected' not in page
    assert not Case.objects.exists()


def test_what_lacks_is_said_beside_its_field_and_the_rest_stays(desk):
    answer = signed_in("clerk").post(f"{OWN}/new", REQUEST | {"category": ""})
    assert answer.status_code == 422
    assert "Fill in “Kind of dispute”." in shown(answer)
    assert "the roof" in answer.content.decode()


@pytest.mark.parametrize("known", ["other_contact", "other_address"])
def test_what_is_known_of_the_other_side_is_kept_though_its_name_is_not(desk, known):
    sent = REQUEST | {"other_name": "", known: "红色的门，三楼"}
    assert signed_in("clerk").post(f"{OWN}/new", sent).status_code == 302
    words = desk.words(Case.objects.get().pk, "clerk")
    assert words["p2"] == {known.removeprefix("other_"): ["红色的门，三楼"]}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"asker_minor": ""}, "Fill in “Is this party under age?”."),
        ({"asker_minor": "yes"}, "give the guardian's name"),
        ({"asker_guardian_contact": "13800000000"}, "say that this party is under age"),
        ({"other_guardian_name": "Aunt"}, "say that this party is under age"),
        ({"other_name": "", "other_minor": "yes", "other_guardian_name": "Aunt"}, "Say of the"),
    ],
)
def test_nothing_that_was_typed_of_a_minor_or_its_guardian_is_dropped(desk, typed, said):
    answer = signed_in("clerk").post(f"{OWN}/new", REQUEST | typed)
    assert answer.status_code == 422
    assert said in shown(answer)
    assert not Case.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("field", ["asker_contact", "other_contact", "other_guardian_contact"])
@pytest.mark.parametrize("typed", ["@@", "12", "ana@example"])
def test_a_contact_by_which_nobody_is_reached_is_said_beside_its_field(
    desk, language, field, typed
):
    minor = {"other_minor": "yes", "other_guardian_name": "Aunt"}
    answer = signed_in("clerk", language).post(f"{OWN}/new", REQUEST | minor | {field: typed})
    assert answer.status_code == 422
    beside = answer.content.decode().split(f'id="id_{field}_error"')[1].split("</div>")[0]
    assert {"en": "no phone number or e-mail", "zh-hans": "不是电话号码或邮箱"}[language] in beside
    assert not Case.objects.exists()


def test_a_request_without_the_other_side_is_taken_once_that_is_said(desk):
    nobody = {name: text for name, text in REQUEST.items() if name != "other_name"}
    client = signed_in("clerk")
    answer = client.post(f"{OWN}/new", nobody)
    assert answer.status_code == 422
    assert "or that nothing is known yet" in shown(answer)
    assert not Case.objects.exists()
    assert client.post(f"{OWN}/new", nobody | {"other_unknown": "on"}).status_code == 302
    assert [one.role for one in parties_of(Case.objects.get().pk)] == ["asker"]


@pytest.mark.parametrize("reader", ["clerk", "mediator"])
def test_a_form_brought_back_and_changed_makes_a_second_case_only_on_purpose(desk, reader):
    client = signed_in(reader)
    first = REQUEST | {"client_key": "a-page's-own-random-number-of-32-letters"}
    assert client.post(f"{OWN}/new", first).status_code == 302
    assert client.post(f"{OWN}/new", first).status_code == 302  # the same again is the same case
    one = Case.objects.get()
    again = client.post(f"{OWN}/new", first | {"request": "the roof and the gutter"})
    assert again.status_code == 409
    assert Case.objects.count() == 1
    assert "This form was sent before" in shown(again)
    assert f'href="/towns/{KEY}/cases/mediation/{one.pk}"' in again.content.decode()
    assert "the roof and the gutter" in again.content.decode()  # no word is lost
    new = re.search(r'name="client_key" value="([^"]+)"', again.content.decode())[1]
    other = first | {"request": "the roof and the gutter", "client_key": new}
    assert client.post(f"{OWN}/new", other).status_code == 302
    assert Case.objects.count() == 2


def test_a_minor_is_taken_with_its_guardian_from_the_form(desk):
    minor = {
        "other_minor": "yes",
        "other_guardian_name": "Aunt",
        "other_guardian_contact": "555 0199",
    }
    assert signed_in("clerk").post(f"{OWN}/new", REQUEST | minor).status_code == 302
    parties = parties_of(Case.objects.get().pk)
    assert [(one.role, one.minor, one.guardian) for one in parties] == [
        ("asker", False, None),
        ("guardian", False, None),
        ("other", True, 2),
    ]


def test_each_page_is_for_its_own_roles(desk):
    one = walk(desk, "drafted")
    may = {
        f"{OWN}/new": {"clerk", "mediator"},
        f"{OWN}/sessions": {"clerk", "mediator", "supervisor"},
        f"{OWN}/counts": {"supervisor"},
        f"{OWN}/rooms": {"clerk", "mediator", "supervisor"},
    }
    for name in ("clerk", "mediator", "supervisor"):
        client = signed_in(name)
        for path, allowed in may.items():
            assert (client.get(path).status_code == 200) is (name in allowed), (name, path)
        opened = {"mediator": 200, "supervisor": 200, "clerk": 409}[name]
        assert client.post(f"{OWN}/{one}/agreement").status_code == opened, name
        assert client.get(f"{OWN}/{one}/agreement")["Location"].endswith(f"/cases/mediation/{one}")
    stranger = dispatcher()
    assert stranger.get(f"{OWN}/sessions").status_code == 404
    assert stranger.post(f"{OWN}/{one}/dossier").status_code == 404
    assert stranger.get(f"{OWN}/new").status_code == 403
    absent = stranger.get(f"{OWN}/new?incident=1")
    assert (absent.status_code, "case-form" in absent.content.decode()) == (409, False)
    assert Client().get(f"{OWN}/new")["Location"].startswith("/accounts/login/")


def test_an_agreement_is_read_back_and_confirmed_from_one_page(desk):
    one = walk(desk, "drafted")
    client = signed_in("mediator")
    page = client.post(f"{OWN}/{one}/agreement")
    assert "金丝雀 words" in page.content.decode()
    act = f"/towns/{KEY}/cases/mediation/{one}/do"
    said = {"party": "1", "field-version": "1"}
    heard = client.post(f"{act}/read_back", said | {"client_key": "h-1"})
    assert heard.status_code == 302, shown(heard)[:600]
    confirmed = client.post(
        f"{act}/confirm_agreement", said | {"client_key": "c-1", "field-has_read": "yes"}
    )
    assert confirmed.status_code == 302, shown(confirmed)[:600]
    assert agreements_of(one)[0].confirmations[0].confirmed_at is not None


def test_the_agreement_in_force_is_read_while_a_change_of_it_waits(desk):
    one = walk(desk, "agreed")
    texts = scene.PARTS | {"terms_part": "SECOND-TERMS"}
    desk.do(one, "change_agreement", values={"all_ask": True}, texts=texts)
    client = signed_in("mediator")
    page = client.get(f"/towns/{KEY}/cases/mediation/{one}").content.decode()
    offered = re.findall(r'<input type="hidden" name="version" value="(\d)">', page)
    assert offered == ["1", "2"]
    first, second = (client.post(f"{OWN}/{one}/agreement", {"version": n}) for n in offered)
    assert scene.PARTS["terms_part"] in shown(first)
    assert "SECOND-TERMS" not in shown(first)
    assert "SECOND-TERMS" in shown(second)
    assert client.post(f"{OWN}/{one}/agreement", {"version": "7"}).status_code == 409


@pytest.mark.parametrize("state", ["drafted", "agreed"])
def test_a_new_version_begins_with_the_words_of_the_one_before(desk, state):
    one = walk(desk, state)
    client = signed_in("mediator")
    page = client.post(f"{OWN}/{one}/agreement").content.decode()
    code = {"drafted": "draft_agreement", "agreed": "change_agreement"}[state]
    form = page.split(f'/do/{code}"')[1].split("</form>")[0]
    words = dict(re.findall(r'<textarea name="(field-\w+)"[^>]*>\s*([^<]*)</textarea>', form))
    assert {f"field-{part}": unescape(text) for part, text in scene.PARTS.items()} == {
        name: unescape(text) for name, text in words.items()
    }
    sent = words | {"field-all_ask": "yes"} if state == "agreed" else words
    done = client.post(f"/towns/{KEY}/cases/mediation/{one}/do/{code}", sent)
    assert done.status_code == 302
    assert [each.version for each in agreements_of(one)] == [1, 2]


@pytest.mark.parametrize(("language", "word"), [("en", "Not in force"), ("zh", "未生效")])
def test_a_dossier_says_that_an_unconfirmed_draft_is_not_in_force(desk, language, word):
    one = walk(desk, "drafted")
    desk.do(one, "fail", values={"told_routes": True})
    sent = {"language": language, "as": "html"}
    assert word in signed_in("mediator").post(f"{OWN}/{one}/dossier", sent).content.decode()


def test_the_form_shows_the_version_that_waits(desk):
    case = walk(desk, "drafted")
    page = signed_in("mediator").get(f"/towns/{KEY}/cases/mediation/{case}")
    inputs = page.content.decode().split("<input")
    fields = [part for part in inputs if 'name="field-version"' in part]
    assert fields
    assert all('value="1"' in part for part in fields)


def test_a_list_says_what_a_dispute_is_about_and_not_of_a_restricted_one(desk):
    one = walk(desk, "mediating")
    client = signed_in("mediator")
    assert "Neighbours" in shown(client.get(f"/towns/{KEY}/cases/mediation"))
    desk.do(one, "restrict")
    page = shown(client.get(f"/towns/{KEY}/cases/mediation"))
    assert "About" in page
    assert "Neighbours" not in page


def test_a_session_is_booked_from_the_cases_own_panel(desk):
    one = walk(desk, "mediating")
    client = signed_in("mediator")
    page = client.get(f"/towns/{KEY}/cases/mediation/{one}")
    assert "Room 1" in shown(page)
    short = {"field-held_at": "online", "field-starts": "2099-03-04T10:00", "field-minutes": "-5"}
    wrong = client.post(f"/towns/{KEY}/cases/mediation/{one}/do/book_session", short)
    assert "Write a whole number from 15 to" in shown(wrong)
    booked = client.post(
        f"/towns/{KEY}/cases/mediation/{one}/do/book_session",
        {
            "client_key": "b-1",
            "field-held_at": "room",
            "field-room": str(desk.room),
            "field-starts": "2099-03-04T10:00",
            "field-minutes": "60",
        },
    )
    assert booked.status_code == 302, shown(booked)[:800]
    assert "10:00–11:00" in shown(client.get(f"{OWN}/sessions?from=2099-03-01"))
    alone = client.post(
        f"/towns/{KEY}/cases/mediation/{one}/do/book_alone",
        {
            "client_key": "b-2",
            "party": "2",
            "field-held_at": "room",
            "field-room": str(desk.room),
            "field-starts": "2099-03-04T14:00",
            "field-minutes": "30",
        },
    )
    assert alone.status_code == 302, shown(alone)[:800]
    assert "One party alone · Party 2 ·" in shown(client.get(f"{OWN}/sessions?from=2099-03-01"))


@pytest.mark.parametrize(("language", "word"), [("en", "What is agreed"), ("zh", "协议内容")])
def test_a_dossier_comes_in_both_languages_and_holds_no_notes(desk, language, word):
    one = walk(desk, "agreed")
    desk.do(one, "write_note", texts={"note": "SECRET-NOTE"})
    desk.do(one, "hear", desk.link(one, 1), texts={"account": "FIRST-OWN"})
    desk.do(one, "hear", desk.link(one, 2), texts={"account": "SECOND-OWN"})
    before = Opening.objects.count()
    sent = {"language": language, "party": "2", "as": "html"}
    page = signed_in("mediator").post(f"{OWN}/{one}/dossier", sent)
    text = page.content.decode()
    assert Opening.objects.count() == before + 1
    for there in (word, "SECOND-OWN", "SHA-256"):
        assert there in text
    private = scene.MEDIATION.label_of_done(scene.MEDIATION.action("talk"))
    for absent in ("SECRET-NOTE", "FIRST-OWN", "afraid", private.en, private.zh, "13800000000"):
        assert absent not in text
    assert "no-store" in page["Cache-Control"]
    assert "attachment" in page["Content-Disposition"]


NOT_TOLD = {
    "find_unsuitable": {"values": {"help_offered": True}},
    "refer_out": {"values": {"partner": "womens_federation", "party_agrees": True}, "party": 1},
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("action", [*NOT_TOLD])
def test_a_dossier_says_of_such_an_end_that_it_has_ended_and_no_more(desk, language, action):
    """What one party said alone, and where it was referred to, the other may never read there."""
    one = walk(desk, "mediating")
    desk.do(one, action, **NOT_TOLD[action])
    sent = {"language": language, "party": "2", "as": "html"}
    text = signed_in("mediator").post(f"{OWN}/{one}/dossier", sent).content.decode()
    partner = next(each for each in PARTNERS if each.code == "womens_federation").label
    result = scene.MEDIATION.result(desk.row(one).result).label
    what = scene.MEDIATION.label_of_done(scene.MEDIATION.action(action))
    for label in (partner, result, what, scene.MEDIATION.field("partner").label):
        assert label.en not in text.replace("&#x27;", "'")
        assert label.zh not in text
    public = scene.MEDIATION.state("closed").public
    assert {"en": public.en, "zh": public.zh}[language] in text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_dossier_names_an_end_that_every_party_was_part_of(desk, language):
    one = walk(desk, "mediating")
    desk.do(one, "fail", values={"told_routes": True})
    sent = {"language": language, "party": "2", "as": "html"}
    text = signed_in("mediator").post(f"{OWN}/{one}/dossier", sent).content.decode()
    label = scene.MEDIATION.result("failed").label
    assert {"en": label.en, "zh": label.zh}[language] in text


ENDS_WITHOUT = {
    "fail": {"values": {"told_routes": True}},
    "find_unsuitable": {"values": {"help_offered": True}},
    "withdraw": {"party": 1},
}


def test_a_partys_page_reads_the_same_after_every_end_without_an_agreement(desk):
    """Which sentence, which steps, what it may do: none tells that it was found not suitable."""
    told = {}
    for action, asked in ENDS_WITHOUT.items():
        one = walk(desk, "mediating")
        client, address = page_of(desk, one, 2)
        desk.do(one, action, **asked)
        if action == "withdraw":
            desk.at += timedelta(days=2)
            end = {"values": {"told_routes": True}, "result": "withdrawn"}
            desk.do(one, "end_after_no", **end)
        page = client.get(address).content.decode()
        ended = shown_dates(page)
        assert "go to arbitration" in page
        told[action] = (re.findall(r"/do/(\w+)", page), [label for label, _when in ended])
        assert ended[0][1] == ended[-1][1], "it stands so since its last step"
    assert told["find_unsuitable"] == told["fail"] == told["withdraw"]
    assert "rate" in told["fail"][0]


def test_a_partys_rating_is_read_by_it_and_by_nobody_on_the_staff(desk):
    one = walk(desk, "agreed")
    desk.do(one, "rate", desk.link(one, 2), values={"satisfaction": "very_bad"})
    for who in ("mediator", "clerk", "supervisor"):
        page = signed_in(who).get(f"/towns/{KEY}/cases/mediation/{one}").content.decode()
        page = page.partition('id="parties"')[2].partition('"case-side"')[0]  # no form's choices
        assert "Said how satisfied" in page
        assert "Very bad" not in page
        at = f"/api/towns/{KEY}/cases/mediation/{one}"
        client = signed_in(who)
        assert "satisfaction" not in client.get(at).json()["parties"][1]["answers"]
        assert client.get(f"{at}/timeline").json()[-1]["values"] == {}
    client, address = page_of(desk, one, 2)
    client.post(f"{address}do/rate", {"field-satisfaction": "very_bad", "client_key": "r1"})
    assert "Very bad" in shown(client.get(address))


@pytest.mark.parametrize(
    ("language", "holds", "over", "right", "court"),
    [
        (
            "en",
            "has been in force since {since}",
            "It stays in force",
            "You may together ask the court to confirm your agreement, up to and on {until}.",
            "the court enforce it",
        ),
        (
            "zh-hans",
            "自{since}起生效",
            "调解虽已结束",
            "可自愿共同申请司法确认，{until}截止（含当日）。",
            "强制执行",
        ),
    ],
)
def test_after_a_withdrawal_both_parties_read_that_the_agreement_holds_and_what_a_court_adds(
    language, holds, over, right, court
):
    desk = scene.make_desk(datetime.now(UTC) - timedelta(hours=1))
    one = walk(desk, "agreed")
    day = desk.at.astimezone(ZoneInfo("Asia/Shanghai")).date()
    judicial = next(each for each in clocks_of(one) if each.code == "judicial")
    holds = holds.format(since=day)
    right = right.format(until=judicial.how["ends_on"])
    pages = [page_of(desk, one, party, language) for party in (1, 2)]
    for client, address in pages:
        page = shown(client.get(address))
        assert all(word in page for word in (holds, right, court))
        assert over not in page
        assert not re.search("due by|应于", page)
    desk.do(one, "withdraw", desk.link(one, 1))
    for client, address in pages:
        assert all(word in shown(client.get(address)) for word in (holds, over, right, court))
    desk.do(one, "ask_court", values={"applied_on": day.isoformat(), "all_ask": True})
    for client, address in pages:
        page = shown(client.get(address))
        assert right not in page
        assert court not in page
    desk.do(one, "end_after_no", values={"told_routes": True}, result="agreed_only")
    for client, address in pages:
        assert all(word in shown(client.get(address)) for word in (holds, over))


@pytest.mark.parametrize(
    ("language", "erased"), [("en", "erased after 7 days"), ("zh-hans", "7日后删除")]
)
def test_a_request_is_taken_back_only_by_who_is_sure_and_is_not_rated_then(desk, language, erased):
    one = ask(desk)
    client = Client()
    client.cookies["django_language"] = language
    address = f"/follow/{make_link(one, party=1, **desk.stamp('clerk'))}/"
    form = client.get(address).content.decode().split("/do/drop_request")[1].split("</form>")[0]
    assert erased in form
    assert 'name="sure"' in form
    assert client.post(f"{address}do/drop_request", {}).status_code == 422
    assert desk.state(one) == "asked"
    assert client.post(f"{address}do/drop_request", {"sure": "on"}).status_code == 302
    page = client.get(address).content.decode()
    assert desk.state(one) == "closed"
    assert "/do/rate" not in page


@pytest.mark.parametrize(
    ("starts", "hints"),
    [
        ("2098-12-24T10:00:00+08:00", []),  # a Wednesday
        ("2098-12-25T03:00:00+08:00", ["at night"]),
        ("2098-12-27T14:00:00+08:00", ["not a working day"]),
        ("2098-12-27T21:30:00+08:00", ["at night", "not a working day"]),
    ],
)
def test_a_session_at_an_unusual_hour_is_booked_with_a_hint(desk, starts, hints):
    one = walk(desk, "mediating")
    when = {"starts": starts, "minutes": 60}
    desk.do(one, "book_session", values={"held_at": "room", "room": desk.room, **when})
    page = shown(signed_in("mediator").get(f"/towns/{KEY}/cases/mediation/{one}"))
    panel = page.split("Sessions")[1].split("Agreement")[0]
    assert [hint for hint in ("at night", "not a working day") if hint in panel] == hints


def test_who_is_in_no_agreement_reads_of_none(desk):
    one = walk(desk, "agreed")
    desk.do(one, "finish", result="settled")
    desk.do(one, "not_fixed", desk.link(one, 1))
    desk.do(one, "add_party", "clerk", values={"party_role": "third"}, texts={"name": "Third"})
    scene.STEPS["assigned"](desk, one)
    scene.STEPS["accepted"](desk, one)
    scene.STEPS["inviting"](desk, one)
    client, address = page_of(desk, one, 3)
    assert "has been in force" not in shown(client.get(address))
    client, address = page_of(desk, one, 1)
    assert "has been in force since 2026-03-02" in shown(client.get(address))


def shown_dates(page: str) -> list[tuple[str, str]]:
    """Give what a party's page says of where its case stands, and of each step, with its moment."""
    since = r'<p><strong>([^<]*)</strong> <span class="muted small">since ([^<]*)</span>'
    step = r'<li>([^<]*) <span class="muted small">([^<]*)</span></li>'
    steps = page.split("How it came here")[1].split("</ol>")[0]
    return re.findall(since, page) + re.findall(step, steps)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("party", ["", "1", "2"])
def test_no_dossier_says_that_somebody_was_seen_alone(desk, language, party):
    """Neither in its sessions nor in its events; a party may show its dossier to anyone."""
    one = walk(desk, "mediating")
    when = {"starts": "2099-03-04T10:00:00+08:00", "minutes": 60}
    desk.do(
        one,
        "book_alone",
        values={"held_at": "online", **when},
        texts={"own_link": "https://meet.example/alone"},
        party=1,
    )
    later = {"starts": "2099-03-09T10:00:00+08:00", "minutes": 60}
    desk.do(one, "move_session", values={"session": 1, **later})
    desk.at = datetime(2099, 3, 9, 4, tzinfo=UTC)
    desk.do(one, "hold_session", values={"session": 1, "outcome": "go_on"})
    sent = {"language": language, "party": party, "as": "html"}
    text = signed_in("mediator").post(f"{OWN}/{one}/dossier", sent).content.decode()
    said = [scene.MEDIATION.action(code).label for code in ("move_session", "hold_session")]
    for label in (*said, scene.MEDIATION.action("book_alone").label):
        assert label.en not in text
        assert label.zh not in text
    for absent in ("alone", "单独会谈", "meet.example", "2099-03"):
        assert absent not in text
    joint = {"held_at": "room", "room": desk.room, **when, "starts": "2099-04-04T10:00:00+08:00"}
    desk.do(one, "book_session", values=joint)
    text = signed_in("mediator").post(f"{OWN}/{one}/dossier", sent).content.decode()
    assert "2099-04-04" in text


def test_a_dossier_is_printed(desk):
    one = walk(desk, "agreed")
    page = signed_in("mediator").post(f"{OWN}/{one}/dossier", {"language": "zh", "as": "pdf"})
    kind = page["Content-Type"]
    if kind.startswith("text/html"):
        pytest.skip("The system lacks Pango, so the dossier came as a page.")
    assert page.content.startswith(b"%PDF-")


def _texts_of_pages(page: str) -> list[str]:
    """Give what stands on each printed page, margins too, without blanks."""
    weasyprint = pytest.importorskip(
        "weasyprint", reason="The system lacks Pango.", exc_type=OSError
    )

    def texts(box) -> str:
        own = getattr(box, "text", None)
        return own if isinstance(own, str) else "".join(map(texts, getattr(box, "children", ())))

    pages = weasyprint.HTML(string=page).render().pages
    return ["".join(texts(one._page_box).split()) for one in pages]


@pytest.mark.parametrize("lines", [3, 12, 24, 28, 70])
def test_signatures_stand_below_the_last_lines_and_each_page_says_what_it_belongs_to(desk, lines):
    one = walk(desk, "drafted")
    how = "\n".join(f"LINE-{each} transfer" for each in range(lines))
    desk.do(one, "draft_agreement", texts=scene.PARTS | {"how_part": how})
    for party in (1, 2):
        desk.do(one, "read_back", values={"version": 2}, party=party)
        scene.confirm(desk, one, party, version=2)
    desk.do(one, "sign")
    client, sent = signed_in("mediator"), {"language": "zh", "as": "html", "holds": "agreement"}
    court = client.post(f"{OWN}/{one}/dossier", sent).content.decode()
    file = client.post(f"{OWN}/{one}/dossier", sent | {"holds": ""}).content.decode()
    sha = re.search("SHA-256 ([0-9a-f]{64})", court)[1]
    foot = f"人民调解{one}·调解协议，第2版·SHA-256{sha[:12]}"
    pages = _texts_of_pages(court)
    assert pages[0].startswith("人民调解协议书")
    assert all(foot in each for each in pages)
    signed = next(each for each in pages if "盖章" in each)
    assert all(word in signed for word in (f"LINE-{lines - 1}", sha, "当事人1", "当事人2"))
    whole = _texts_of_pages(file)
    assert foot not in whole[0]
    assert [foot in each for each in whole] == [
        any(word in each for word in ("LINE-", "人民调解协议书")) for each in whole
    ]


def test_a_party_takes_its_own_agreement_home_by_its_link(desk):
    one = walk(desk, "drafted")
    pages = [page_of(desk, one, party, language) for party, language in ((1, "en"), (2, "zh-hans"))]
    client, address = pages[0]
    assert "Download the agreement" not in shown(client.get(address))
    assert "No agreement holds" in shown(client.post(f"{address}agreement"))
    scene.STEPS["agreed"](desk, one)
    desk.do(one, "finish", result="settled")
    for client, address in pages:
        assert "/agreement" in client.get(address).content.decode()
        paper = client.post(f"{address}agreement")
        assert paper.status_code == 200
        assert paper["Content-Disposition"].startswith("attachment")
        assert paper["Cache-Control"] == "no-store, private"
        if not paper.content.startswith(b"%PDF-"):
            assert "金丝雀 words" in paper.content.decode()
    opened = Opening.objects.filter(case_ref=f"mediation:{one}", role="party")
    assert {each.actor_ref for each in opened} == {
        each.actor.staff_ref for each in links_of(one)[-2:]
    }


def test_an_administrator_makes_and_closes_rooms(desk):
    create_staff(username="admin-1", actor=scene.CLI, at=scene.AT, recorded_at=scene.AT)
    grant_role(
        town_key=KEY,
        username="admin-1",
        role=Role.ADMINISTRATOR,
        actor=scene.CLI,
        at=scene.AT,
        recorded_at=scene.AT,
    )
    client = signed_in("admin-1")
    new = {"do": "create", "client_key": "r-1", "office": "v-1", "ident": "r-9", "name": "Blue"}
    assert client.post(f"{OWN}/rooms", new).status_code == 302
    assert client.post(f"{OWN}/rooms", new | {"client_key": "r-2"}).status_code == 422
    made = next(one for one in rooms(KEY) if one.ident == "r-9")
    chinese = shown(signed_in("admin-1", "zh-hans").get(f"{OWN}/rooms"))
    assert "停用" in chinese
    assert "结案" not in chinese, "a room is no case"
    closing = {"do": "close", "client_key": "r-3", "room": str(made.id)}
    assert client.post(f"{OWN}/rooms", closing).status_code == 302
    assert [one.ident for one in rooms(KEY)] == ["r-1"]


def test_rooms_are_reached_from_where_they_are_needed_and_set_up_by_administrators_alone(desk):
    for name in ("clerk", "mediator", "supervisor"):
        client = signed_in(name)
        assert f"{OWN}/rooms" in client.get(f"/towns/{KEY}/cases/mediation").content.decode()
        assert 'value="create"' not in client.get(f"{OWN}/rooms").content.decode()
        assert client.post(f"{OWN}/rooms", {"do": "create"}).status_code == 403
    create_staff(username="admin-1", actor=scene.CLI, at=scene.AT, recorded_at=scene.AT)
    given = {"actor": scene.CLI, "at": scene.AT, "recorded_at": scene.AT}
    grant_role(town_key=KEY, username="admin-1", role=Role.ADMINISTRATOR, **given)
    page = signed_in("admin-1").get(f"/towns/{KEY}/offices").content.decode()
    assert f"{OWN}/rooms" in page


def test_a_supervisor_counts_what_was_confirmed(desk):
    walk(desk, "chosen")
    ask(desk)
    page = shown(signed_in("supervisor").get(f"{OWN}/counts?period=2026"))
    assert re.search(r"Neighbours 1 0 0 0 1", page)
    assert signed_in("supervisor").get(f"{OWN}/counts?period=2026-03").status_code == 404


@pytest.mark.parametrize("year", ["0000", "0001", "9999"])
def test_a_day_at_the_calendars_ends_is_no_day(desk, year):
    client = signed_in("supervisor")
    for day in ("01-01", "12-31"):
        assert client.get(f"{OWN}/sessions?from={year}-{day}").status_code == 200
        for zone in ("Asia/Shanghai", "America/Santiago"):
            with pytest.raises(ValidationError):
                MomentField(zone=ZoneInfo(zone)).clean(f"{year}-{day}T00:00")
    for period in (year, f"{year}Q1", f"{year}Q4"):
        assert client.get(f"{OWN}/counts?period={period}").status_code == 404


def page_of(desk, one, party, language="en"):
    client = Client()
    client.cookies["django_language"] = language
    return client, f"/follow/{make_link(one, party=party, **desk.stamp())}/"


@pytest.mark.parametrize(
    ("language", "state", "sentence"),
    [
        ("en", "mediating", "the mediation is then ended"),
        ("en", "agreed", "The agreement that is in force stays in force."),
        ("zh-hans", "agreed", "已生效的协议继续有效"),
    ],
)
def test_a_party_withdraws_by_its_link_only_when_it_says_that_it_is_sure(
    desk, language, state, sentence
):
    one = walk(desk, state)
    client, address = page_of(desk, one, 2, language)
    before = client.get(address)
    assert sentence in shown(before)
    tick = r'<label class="tick" for="withdraw-sure"><input type="checkbox"'
    assert re.search(tick, before.content.decode()), "its words beside the tick, not above it"
    assert client.post(f"{address}do/withdraw", {}).status_code == 422
    assert desk.state(one) == state
    assert client.post(f"{address}do/withdraw", {"sure": "on"}).status_code == 302
    assert desk.state(one) == "stopped"


@pytest.mark.parametrize(
    ("language", "seal", "document"),
    [
        ("en", "Seal of the agreement (SHA-256)", "Proof 1: n.txt"),
        ("zh-hans", "协议校验值", "证据材料 1：n.txt"),
    ],
)
def test_a_partys_page_names_what_is_sealed_in_words(desk, language, seal, document):
    one = walk(desk, "drafted")
    add_document(
        one, data=b"plain words", name="n.txt", kind="proof", space=Space.CASE, **desk.stamp()
    )
    client, address = page_of(desk, one, 1, language)
    page = client.post(f"{address}words").content.decode()
    assert seal in page
    assert document in page
    assert page.count("n.txt") == 1, "with its document, and not among the words again"
    assert "agreement_hash" not in page
    assert "document_name" not in page


def test_a_party_does_not_read_when_the_other_opened_its_words(desk):
    one = walk(desk, "mediating")
    first, of_one = page_of(desk, one, 1)
    second, of_two = page_of(desk, one, 2)
    desk.words(one)
    second.post(f"{of_two}words")
    page = shown(first.get(of_one))
    assert "by its link" not in page
    assert "A mediator · to work on your case" in page
    assert "You, by this link" in shown(second.get(of_two))


def test_the_notes_of_a_private_talk_say_with_whom_it_was(desk):
    one = walk(desk, "mediating")
    for party in (1, 2):
        notes = {"talk_notes": f"TALK-{party}"}
        desk.do(one, "talk", values=scene.CLEAR, texts=notes, party=party)
    desk.do(one, "write_note", texts={"note": "A-NOTE"})
    client = signed_in("mediator")
    address = f"/towns/{KEY}/cases/mediation/{one}"
    client.post(f"{address}/open", {"purpose": "handling"})
    text = shown(client.get(address))
    for party, role in ((1, "Party who asked"), (2, "Other party")):
        before = text[: text.index(f"TALK-{party}")]
        assert f"Party {party} · {role} · Notes of the private talk" in before[-120:], before[-200:]
    before = text[: text.index("A-NOTE")]
    assert "Party" not in before[-60:]


@pytest.mark.parametrize(
    ("language", "ask", "now", "preparing"),
    [
        (
            "en",
            "A mediation was asked for.",
            "Please confirm your request",
            "We are preparing",
        ),
        ("zh-hans", "已提出调解申请。", "请确认您的申请", "正在准备"),
    ],
)
def test_a_party_reads_of_the_case_from_when_it_heard_of_it_and_each_line_once(
    desk, language, ask, now, preparing
):
    one = walk(desk, "mediating")
    for party in (1, 2):
        client = Client()
        client.cookies["django_language"] = language
        page = shown(client.get(f"/follow/{make_link(one, party=party, **desk.stamp())}/"))
        assert (ask in page) is (party == 1)
        assert now not in page, "it is asked that no more"
        assert page.count(preparing) == 1


# --- sessions on a party's page ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("with you alone", "called off", "changed on", "online")),
        ("zh-hans", ("仅与您单独会谈", "已取消", "改期", "线上")),
    ],
)
def test_a_party_reads_of_its_sessions_and_nothing_of_the_other_sides(desk, language, said):
    alone, called_off, changed, online = said
    one = walk(desk, "mediating")
    hours = {"minutes": 60}

    def at(day):
        return {"starts": f"2099-03-0{day}T10:00:00+08:00", **hours}

    room = {"held_at": "room", "room": desk.room}
    desk.do(one, "book_session", values={**room, **at(2)})
    link = {"online_link": "https://meet.example/all"}
    desk.do(one, "book_session", values={"held_at": "online", **at(3)}, texts=link)
    own = {"own_link": "https://meet.example/own"}
    desk.do(one, "book_alone", values={"held_at": "online", **at(4)}, texts=own, party=1)
    pages = []
    for party in (1, 2):
        address = f"/follow/{make_link(one, party=party, **desk.stamp())}/"
        client = Client()
        client.cookies["django_language"] = language
        before, after = shown(client.get(address)), shown(client.post(address + "words"))
        assert "2099-03-02 10:00–11:00 · Room 1" in before
        assert f"2099-03-03 10:00–11:00 · {online}" in before
        assert "meet.example" not in before
        assert "meet.example/all" in after
        assert (
            '<a href="https://meet.example/all"' in client.post(address + "words").content.decode()
        )
        pages.append((client, address, before, after))
    (_client, _address, before, after), (client, address, others, others_after) = pages
    assert f"2099-03-04 10:00–11:00 · {online} · {alone}" in before
    assert "meet.example/own" in after
    for page in (others, others_after):
        for absent in ("2099-03-04", "meet.example/own", alone):
            assert absent not in page
    assert called_off not in others
    assert changed not in others
    others = shown(client.get(address))
    desk.do(one, "move_session", values={"session": 3, **at(7)})  # theirs alone
    desk.do(one, "cancel_session", values={"session": 3})
    assert shown(client.get(address)) == others
    desk.do(one, "move_session", values={"session": 2, **at(6)})
    desk.do(one, "cancel_session", values={"session": 1})
    told = shown(client.get(address))
    assert f"2099-03-06 10:00–11:00 · {online}" in told
    assert changed in told
    assert called_off in told


@pytest.mark.parametrize(
    ("language", "who"),
    [("en", "Party 2 · Other party, by its link"), ("zh-hans", "，经其链接")],
)
def test_each_reads_which_party_wrote_by_its_link_by_role_and_never_by_name(desk, language, who):
    one = walk(desk, "mediating")
    desk.do(one, "say_to_all", desk.link(one, 2), texts={"joint_words": "FOR-ALL"})
    mediator = signed_in("mediator")
    mediator.cookies["django_language"] = language
    client, address = page_of(desk, one, 1, language)
    given = {"language": language[:2], "as": "html"}
    pages = [
        mediator.post(
            f"/towns/{KEY}/cases/mediation/{one}/open", {"purpose": "handling"}, follow=True
        ),
        client.post(f"{address}words"),
        mediator.post(f"{OWN}/{one}/dossier", given),
    ]
    for page in pages:
        text = page.content.decode()
        at = text.index("FOR-ALL")
        assert who in text[at - 300 : at], text[at - 300 : at]
        assert "a party, by its link" not in text
    assert (
        who
        in mediator.get(f"/towns/{KEY}/cases/mediation/{one}")
        .content.decode()
        .partition('id="timeline"')[2]
    )


def opened_for_an_authority(desk, one: int) -> tuple[Client, str]:
    taken = take_disclosure(
        f"mediation:{one}",
        authority="court",
        basis="court_order",
        basis_words="12 C 34/26",
        **desk.stamp("supervisor"),
    )
    done = desk.do(taken, "grant", "supervisor", texts={"finding": "it names it"})
    second = Actor("staff:999", frozenset({Role.ADMINISTRATOR}))
    cases.open_words(taken, purpose=Purpose.DECIDING, **desk.stamp(second))
    now = datetime.now(UTC)  # by the page's clock: a grant of March holds no more
    stamp = desk.stamp(second) | {"at": now, "recorded_at": now}
    cases.decide(done.proposal, agree=True, **stamp)
    return signed_in("supervisor"), f"/towns/{KEY}/disclosures/{taken}/open"


def test_what_is_opened_for_an_authority_is_named_and_an_agreement_that_gave_way_is_marked(desk):
    one = walk(desk, "drafted")
    desk.do(one, "draft_agreement", texts=scene.PARTS)
    client, address = opened_for_an_authority(desk, one)
    page = shown(client.post(address))
    assert "Seal of the agreement (SHA-256)" in page
    assert "Who agrees" in page
    assert re.search(r"agreement, version 1 replaced", page)
    assert re.search(r"agreement, version 2 to be confirmed", page)
    for code in ("parties_part", "agreement_hash", "online_link"):
        assert code not in page
    client.cookies["django_language"] = "zh-hans"
    assert "当事人基本情况" in shown(client.post(address))


def test_the_page_of_a_disclosure_opened_without_its_form_leads_to_the_disclosure(desk):
    client, address = opened_for_an_authority(desk, walk(desk, "drafted"))
    before = Opening.objects.count()
    answer = client.get(address)
    assert answer.status_code == 302
    assert "/cases/disclosure/" in answer["Location"]
    assert Opening.objects.count() == before


def test_a_hard_request_is_offered_the_offices_whose_tier_fits(desk):
    client = signed_in("clerk")
    blank = client.get(OWN + "/new").content.decode()
    offered = re.findall(r'<option value="(\w-1)" data-tier="(\w+)">([^<]+)', blank)
    assert [(ident, tier) for ident, tier, _name in offered] == [
        ("v-1", "village"),  # its own first
        ("c-1", "county"),
        ("t-1", "town"),
    ]
    assert offered[1][2] == "Office c-1 · county"
    low = client.post(OWN + "/new", REQUEST | {"difficulty": "hard"})
    assert low.status_code == 422
    assert "A hard case goes to an office of the county. Choose Office c-1." in shown(low)
    page = low.content.decode()
    assert 'value="c-1"' in page
    assert 'value="v-1"' not in page
    fits = REQUEST | {"difficulty": "hard", "office": "c-1", "client_key": "k-2"}
    assert client.post(OWN + "/new", fits).status_code == 302


def test_after_a_sign_who_handles_the_case_reads_what_is_still_booked_for_all(desk):
    one = walk(desk, "mediating")
    for day in (4, 5):
        when = {"starts": f"2099-03-0{day}T10:00:00+08:00", "minutes": 60}
        desk.do(one, "book_session", values={"held_at": "room", "room": desk.room, **when})
    desk.do(one, "cancel_session", values={"session": 2})
    address = f"/towns/{KEY}/cases/mediation/{one}"
    words = "Call off what is booked for all parties:"
    assert words not in shown(signed_in("mediator").get(address))
    desk.do(one, "talk", values=scene.CLEAR | {"afraid": True}, party=1)
    page = signed_in("mediator").get(address).content.decode()
    warned = page.partition(words)[2].partition("</p>")[0]
    assert "2099-03-04 10:00" in warned
    assert "2099-03-05" not in warned
    assert words not in shown(signed_in("second").get(address))


@pytest.mark.parametrize(("language", "word"), [("en", "It is up to you"), ("zh-hans", "由您决定")])
def test_a_party_reads_first_what_it_is_asked_with_its_way_out_beside(desk, language, word):
    """And who is asked to take part reads that it may say no, before it says anything."""

    def asked(one: int, party: int) -> tuple[list[str], str]:
        client, address = (
            signed_in("clerk", language),
            make_link(one, party=party, **desk.stamp("clerk")),
        )
        text = client.get(f"/follow/{address}/").content.decode()
        first = text.split('id="now"')[1].split("</section>")[0] if 'id="now"' in text else ""
        return re.findall(r"/do/(\w+)", first), shown(client.get(f"/follow/{address}/"))

    new = scene.ask(desk)
    assert asked(new, 1)[0] == ["confirm", "drop_request"]
    inviting = walk(desk, "inviting")
    offered, page = asked(inviting, 2)
    assert offered == ["consent", "refuse"]
    assert word in page
    assert asked(inviting, 1)[0] == []
    assert word not in asked(inviting, 1)[1]
    assert asked(walk(desk, "mediating"), 2)[0] == []
    assert asked(walk(desk, "drafted"), 2)[0] == ["confirm_agreement"]
    drafted = walk(desk, "drafted")
    client, address = page_of(desk, drafted, 2)
    assert "Read the agreement before you confirm it" in shown(client.get(address))
    assert "Read the agreement before" not in shown(client.post(address + "words"))


def agreement_of(page: str) -> tuple[str, str]:
    """Give what a party's page shows of its agreement at once, and what is folded below it."""
    part = page.partition('aria-labelledby="agreement"')[2].partition("</section>")[0]
    open_, fold, folded = part.partition("<details")
    return open_, fold + folded


@pytest.mark.parametrize(
    ("language", "now", "then"),
    [
        ("en", ("Version 2, written", "to be confirmed"), ("Version 1, written", "replaced")),
        ("zh-hans", ("第2版", "待确认"), ("第1版", "已被替代")),
    ],
)
def test_a_party_reads_the_version_that_it_is_to_confirm_alone_and_above_its_form(
    desk, language, now, then
):
    one = walk(desk, "mediating")
    for sum_ in ("2000", "9000"):
        desk.do(one, "draft_agreement", texts=scene.PARTS | {"terms_part": f"SUM-{sum_}"})
    client, address = page_of(desk, one, 2, language)
    before = client.get(address).content.decode()
    assert f'action="{address.rstrip("/")}/words#agreement"' in agreement_of(before)[0]
    assert "SUM-" not in before
    page = client.post(f"{address}words").content.decode()
    counts, folded = agreement_of(page)
    assert "SUM-9000" in counts
    assert "SUM-2000" not in counts
    assert "SUM-2000" in folded
    assert all(word in counts for word in now)
    assert all(word in folded for word in then)
    assert page.index("SUM-9000") < page.index("/do/confirm_agreement")
    assert page.count("SUM-9000") == page.count("SUM-2000") == 1, "not among the words again"


def test_the_version_in_force_counts_while_no_other_waits(desk):
    one = walk(desk, "agreed")
    asked = {"values": {"all_ask": True}, "texts": scene.PARTS | {"terms_part": "SUM-9000"}}
    desk.do(one, "change_agreement", **asked)
    client, address = page_of(desk, one, 1)
    counts, folded = agreement_of(client.post(f"{address}words").content.decode())
    assert "SUM-9000" in counts
    assert "in force since" in folded
    desk.do(one, "keep_agreement")
    counts, folded = agreement_of(client.post(f"{address}words").content.decode())
    assert "in force since" in counts
    assert "confirmed by you" in counts
    assert "SUM-9000" in folded
    assert "Not in force: replaced before every party confirmed it." in folded
    desk.do(one, "withdraw", party=2)
    assert "Version 1" in agreement_of(client.post(f"{address}words").content.decode())[0]


def test_no_version_is_to_be_confirmed_while_the_talks_go_on(desk):
    one = walk(desk, "drafted")
    desk.do(one, "back_to_talks")
    client, address = page_of(desk, one, 1)
    counts, folded = agreement_of(client.post(f"{address}words").content.decode())
    assert "Version 1" not in counts
    assert "Not in force: not every party confirmed it." in folded


def test_a_party_that_came_later_reads_no_version_before_its_yes(desk):
    one = walk(desk, "drafted")
    desk.do(one, "back_to_talks")
    desk.do(one, "add_party", values={"party_role": "third"}, texts={"name": "N"})
    desk.do(one, "ask_party", party=3)
    client, address = page_of(desk, one, 3)
    assert agreement_of(client.post(f"{address}words").content.decode()) == ("", "")


def test_an_earlier_contact_is_folded_below_the_one_that_holds(desk):
    one = walk(desk, "mediating")
    for contact in ("13811111111", "13822222222"):
        desk.do(one, "set_contact", texts={"contact": contact}, party=1)
    desk.do(one, "hear", texts={"account": "FIRST"}, party=1)
    desk.do(one, "hear", texts={"account": "SECOND"}, party=1)
    client, address = page_of(desk, one, 1)
    page = client.post(f"{address}words").content.decode()
    own, _fold, earlier = page.partition("Your own words")[2].partition("replaced since")
    earlier = earlier.partition("</details>")[0]
    assert "13822222222" in own
    assert "FIRST" in own
    assert "SECOND" in own
    assert "13811111111" in earlier
    assert "13811111111" not in own


@pytest.mark.parametrize(
    ("language", "agreed", "confirmed", "own", "staff"),
    [
        (
            "en",
            "Agreed to take part",
            "Agreement confirmed · Version 1, written",
            "You, by this link",
            "written down by a member of staff",
        ),
        ("zh-hans", "已同意参加调解", "已确认协议 · 第1版", "您本人", "由工作人员记录"),
    ],
)
def test_a_party_reads_what_it_did_and_when_and_not_what_others_did(
    desk, language, agreed, confirmed, own, staff
):
    one = walk(desk, "inviting")
    client, address = page_of(desk, one, 2, language)
    first, of_one = page_of(desk, one, 1, language)
    assert agreed not in shown(client.get(address))
    assert client.post(f"{address}do/consent").status_code == 302
    page = shown(client.get(address))
    assert page.count(agreed) == 2, "under where it stands, and in how it came here"
    assert own in page.partition(agreed)[2][:40]
    assert agreed not in shown(first.get(of_one))
    desk.do(one, "talk", values=scene.CLEAR, party=2)
    assert shown(client.get(address)) == page, "of a talk alone nothing is told"
    desk.do(one, "start")
    desk.do(one, "draft_agreement", texts=scene.PARTS)
    desk.do(one, "read_back", values={"version": 1}, party=2)
    scene.confirm(desk, one, 2)
    page = shown(client.get(address))
    assert page.count(confirmed) == 2
    assert staff in page.partition(confirmed)[2][:80]
    assert confirmed not in shown(first.get(of_one))


def test_what_was_entered_of_a_party_before_it_was_asked_is_not_told(desk):
    one = walk(desk, "accepted")
    desk.do(one, "hear", texts={"account": "HEARD-EARLY"}, party=2)
    scene.STEPS["inviting"](desk, one)
    client, address = page_of(desk, one, 2)
    assert "Written down how a party sees it" not in shown(client.get(address))
    desk.do(one, "hear", texts={"account": "HEARD-LATE"}, party=2)
    assert "Written down how a party sees it" in shown(client.get(address))


def test_what_a_party_did_to_nobody_in_particular_is_its_own_act_alone(desk):
    one = walk(desk, "mediating")
    client, address = page_of(desk, one, 2)
    first, of_one = page_of(desk, one, 1)
    sent = {"field-joint_words": "TO-ALL"}
    assert client.post(f"{address}do/say_to_all", sent).status_code == 302
    assert "Written to all" in shown(client.get(address))
    assert "Written to all" not in shown(first.get(of_one))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ("Kind of dispute: Neighbours", "a mediator of Office v-1", "costs you nothing")),
        ("zh-hans", ("纠纷类别：邻里", "Office v-1的调解员", "不收取任何费用")),
    ],
)
def test_who_is_asked_reads_what_about_and_by_whom_and_nothing_of_who_asked(desk, language, told):
    one = walk(desk, "inviting")
    desk.do(one, "hear", texts={"account": "ASKER-SAYS"}, party=1)
    client, address = page_of(desk, one, 2, language)
    page = shown(client.get(address))
    opened = shown(client.post(f"{address}words"))
    for word in told:
        assert word in page
    for absent in ("Silva", "the wall", "13800000000", "ASKER-SAYS"):
        assert absent not in page
        assert absent not in opened
    assert "/do/hear" in client.get(address).content.decode(), "by which it may ask first"
    asker, of_one = page_of(desk, one, 1, language)
    assert told[2] not in shown(asker.get(of_one)), "it is asked nothing"
    assert client.post(f"{address}do/consent").status_code == 302
    assert told[2] not in shown(client.get(address)), "it has answered"


@pytest.mark.parametrize(
    ("state", "said", "action", "offered"),
    [
        ("mediating", ("withdraw", {}), "end_after_no", ["withdrawn"]),
        ("inviting", ("refuse", {}), "end_after_no", ["refused"]),
        ("agreed", ("withdraw", {}), "end_after_no", ["agreed_only"]),
        ("agreed", ("follow_up", {"performed": "yes"}), "finish", ["settled"]),
        ("agreed", ("follow_up", {"performed": "partly"}), "finish", ["not_performed"]),
        ("agreed", None, "finish", ["settled", "not_performed"]),
    ],
)
def test_an_end_offers_the_results_that_fit_and_has_the_only_one_chosen(
    desk, state, said, action, offered
):
    one = walk(desk, state)
    if said is not None:
        no = said[0] in ("withdraw", "refuse")
        desk.do(one, said[0], values=said[1], party=2 if no else None)
    page = signed_in("mediator").get(f"/towns/{KEY}/cases/mediation/{one}").content.decode()
    form = page.split(f'/do/{action}"')[1].split("</form>")[0]
    results = form.split('name="result"')[1].split("</select>")[0]
    assert [code for code in re.findall(r'value="(\w*)"', results) if code] == offered
    chosen = re.findall(r'value="(\w+)" selected', results)
    assert chosen == (offered if len(offered) == 1 else [])
    whole = signed_in("mediator").get(f"/api/towns/{KEY}/cases/mediation/{one}").json()
    asks = next(each["asks"] for each in whole["actions"] if each["code"] == action)
    choices = next(each["choices"] for each in asks if each["field"] == "result")
    assert [each["value"] for each in choices] == offered


def test_a_dossier_holds_no_offer_and_prints_the_agreement_alone(desk):
    one = walk(desk, "mediating")
    for sum_ in ("2000", "9000"):
        desk.do(one, "draft_agreement", texts=scene.PARTS | {"terms_part": f"SUM-{sum_}"})
    desk.do(one, "say_to_all", texts={"joint_words": "FOR-ALL"})
    mediator = signed_in("mediator")

    def dossier(**more: str) -> str:
        sent = {"language": "en", "as": "html"} | more
        return mediator.post(f"{OWN}/{one}/dossier", sent).content.decode()

    waits = dossier()
    assert waits.index("SUM-9000") < waits.index("version 1"), "what is to be confirmed first"
    assert "SUM-2000" not in waits
    assert "No agreement holds" in dossier(holds="agreement")
    for party in (1, 2):
        desk.do(one, "read_back", values={"version": 2}, party=party)
        scene.confirm(desk, one, party, version=2)
    desk.do(one, "sign")
    asked = {"values": {"all_ask": True}, "texts": scene.PARTS | {"terms_part": "SUM-5000"}}
    desk.do(one, "change_agreement", **asked)
    page = dossier()
    assert page.index("SUM-9000") < page.index("SUM-5000") < page.index("version 1")
    desk.do(one, "keep_agreement")
    page = dossier()
    assert "SUM-9000" in page
    assert "FOR-ALL" in page
    assert page.count("Words for all") == 1
    assert "You have agreed" not in page
    assert "The parties agreed" in page
    assert "SUM-5000" not in page
    assert page.count("Its words are not in this file") == 2
    alone = dossier(holds="agreement", party="1")
    assert "SUM-9000" in alone
    for absent in ("version 1", "version 3", "FOR-ALL", "the wall", "What happened</h2>"):
        assert absent not in alone
    panel = mediator.get(f"/towns/{KEY}/cases/mediation/{one}").content.decode()
    assert 'name="holds"' in panel
