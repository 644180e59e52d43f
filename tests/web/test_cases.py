"""The pages of cases: who sees what, acting by form, and never a lost word."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from unittest.mock import Mock

import pytest
from django.utils import translation
from tests.services import small_case as small
from tests.services.small_case import CLERK, HANDLER, SUPERVISOR, do, open_small, stamp
from tests.web.case_town import ACCOUNTS, make_case_town, page, signed_in

from anlan.kernel.cases import queries, registry
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, CaseClock
from anlan.kernel.ledger.models import ClientWrite, LedgerEntry
from anlan.kernel.sealing.models import CaseKey, Opening, SealedText
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import BadInput

pytestmark = pytest.mark.django_db(transaction=True)
LIST = f"/towns/{small.KEY}/cases/smallcase"
NUMBER = "00000000-0000-4000-8000-000000000001"  # what a page draws at random
READERS = {"clerk-1", "mediator-1", "mediator-2", "supervisor-1"}


@pytest.fixture(autouse=True)
def town() -> Iterator[None]:
    with small.small_case_type():
        make_case_town()
        yield
    translation.activate("en")  # a page in Chinese leaves its language to the thread


def form(case_id: int, **more: object) -> dict[str, object]:
    """Give what a form of the case's page sends beside its fields."""
    row = Case.objects.get(pk=case_id)
    seen = queries.events_of(case_id)[-1].seq
    return {"client_key": NUMBER, "version": row.version, "seen": seen} | more


def shown(text: str) -> str:
    """Give a page's text without marks."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


# --- who sees what -------------------------------------------------------------------------------


def test_a_list_is_for_those_whose_role_reads_it():
    for name, _role in ACCOUNTS.values():
        status = signed_in(name).get(LIST).status_code
        assert status == (200 if name in READERS else 404), name


def test_a_case_of_others_is_not_there():
    one = open_small()
    for name in ("mediator-2", "admin-1"):
        assert signed_in(name).get(f"{LIST}/{one}").status_code == 404
        assert signed_in(name).post(f"{LIST}/{one}/do/take", form(one)).status_code == 404
        assert signed_in(name).post(f"{LIST}/{one}/open").status_code == 404
    for name in ("clerk-1", "mediator-1", "supervisor-1"):
        assert signed_in(name).get(f"{LIST}/{one}").status_code == 200


def test_a_case_under_another_type_or_town_is_not_there():
    one = open_small()
    client = signed_in("mediator-1")
    for path in (f"/towns/{small.KEY}/cases/mediation/{one}", f"/towns/none/cases/smallcase/{one}"):
        assert client.get(path).status_code == 404


def test_whoever_is_not_signed_in_is_sent_to_sign_in(client):
    one = open_small()
    for path in (LIST, f"{LIST}/{one}", f"/towns/{small.KEY}/offices"):
        assert client.get(path)["Location"].startswith("/accounts/login/")


def test_lists_and_unopened_cases_hold_no_words():
    one = open_small()
    do(one, "note", texts={"words": "金丝雀 said so"})
    for path in (LIST, f"{LIST}/{one}"):
        assert "金丝雀" not in page(signed_in("mediator-1"), path)
    assert not Opening.objects.exists()


# --- the list ------------------------------------------------------------------------------------


def test_a_list_is_filtered_and_counted_by_state():
    first, second = open_small(), open_small()
    do(first, "take")
    client = signed_in("mediator-1")
    assert "all 2" in shown(page(client, LIST))
    taken = page(client, LIST, state="working")
    assert f'href="{LIST}/{first}"' in taken
    assert f'href="{LIST}/{second}"' not in taken
    assert "No case fits" in page(client, LIST, office="nowhere")
    assert f'href="{LIST}/{second}"' in page(client, LIST, mine="1", state="asked")


def test_a_list_says_how_long_there_is_and_marks_what_is_overdue_by_a_word():
    one = open_small()
    now = datetime.now(UTC)
    CaseClock.objects.filter(case_id=one).update(due_at=now + timedelta(days=2, hours=1))
    soon = shown(page(signed_in("mediator-1"), LIST))
    assert re.search("due in (2|3) days", soon)
    CaseClock.objects.filter(case_id=one).update(due_at=now - timedelta(days=3))
    late = page(signed_in("mediator-1"), LIST, overdue="1")
    assert "overdue by" in shown(late)
    assert f'href="{LIST}/{one}"' in late


def test_a_closed_office_is_named_beside_the_cases_that_it_ended():
    one = open_small()
    do(one, "take")
    do(one, "finish", result="good")
    (office,) = queries.offices(small.KEY)
    cases.close_office(office.ident, **stamp(small.CLI))
    listed = shown(page(signed_in("supervisor-1"), LIST))
    assert office.name in listed
    assert office.ident not in listed


def test_a_long_list_goes_on_where_its_page_ended():
    made = [open_small(**stamp(CLERK, days=n / 100)) for n in range(52)]
    client = signed_in("mediator-1")
    first = page(client, LIST)
    assert f'href="{LIST}/{made[-1]}"' in first
    assert f'href="{LIST}/{made[0]}"' not in first
    older = unescape(re.findall(r'rel="next" href="([^"]+)"', first)[0])
    rest = page(client, older)
    assert f'href="{LIST}/{made[0]}"' in rest
    assert "Older ones" not in rest


# --- acting --------------------------------------------------------------------------------------


def test_an_action_is_done_by_its_form_and_said():
    one = open_small()
    answer = signed_in("mediator-1").post(f"{LIST}/{one}/do/take", form(one))
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}/{one}?done=take")
    assert '<p class="done">take.</p>' in page(signed_in("mediator-1"), answer["Location"])
    assert Case.objects.get(pk=one).state == "working"


def test_what_is_impossible_stands_behind_one_fold_with_the_sentence_why():
    one = open_small()
    text = page(signed_in("mediator-1"), f"{LIST}/{one}")
    fold = re.search(r'<details class="action later".*?</details>', text, re.DOTALL)
    assert fold is not None
    reason = re.search(r"<dt>([^<]+)</dt>(?:<dd[^>]+>[^<]+</dd>)*<dd id=\"no-finish\">", fold[0])
    assert reason is not None
    assert "“asked”" in unescape(reason[1])
    assert "/do/finish" not in text


def test_what_lacks_is_said_beside_its_field_and_nothing_typed_is_lost():
    one = open_small()
    sent = form(one, **{"field-colour": "purple", "reason": "better"})
    answer = signed_in("mediator-1").post(f"{LIST}/{one}/do/paint", sent)
    text = answer.content.decode()
    assert answer.status_code == 422
    found = re.search(r'<select name="field-colour"[^>]*>', text)
    assert found is not None
    assert 'aria-invalid="true"' in found[0]
    assert "autofocus" in found[0]
    assert re.search(r'<option value="better" selected>', text)
    assert Case.objects.get(pk=one).answers == {}
    lacking = signed_in("mediator-1").post(f"{LIST}/{one}/do/note", form(one))
    assert lacking.status_code == 422
    assert "Fill in “words”" in unescape(lacking.content.decode())


def test_two_people_on_one_case_never_lose_a_word():
    one = open_small()
    sent = form(one, **{"field-words": "what the clerk typed <b> & more"})
    do(one, "take", HANDLER)
    entries = LedgerEntry.objects.count()
    answer = signed_in("clerk-1").post(f"{LIST}/{one}/do/note", sent)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "what the clerk typed &lt;b&gt; &amp; more</textarea>" in text
    assert "take · mediator-1" in shown(text)
    assert LedgerEntry.objects.count() == entries
    again = re.search(r'action="[^"]+/do/note".*?</form>', text, re.DOTALL)
    assert again is not None
    fresh = dict(re.findall(r'name="(client_key|version|seen)" value="([^"]+)"', again[0]))
    done = signed_in("clerk-1").post(f"{LIST}/{one}/do/note", sent | fresh)
    assert done.status_code == 302
    assert SealedText.objects.filter(field="words").count() == 1


def test_a_form_that_is_sent_twice_is_done_once_and_one_that_was_changed_is_not_dropped():
    one = open_small()
    client = signed_in("mediator-1")
    sent = form(one, **{"field-words": "once"})
    for _ in range(2):
        assert client.post(f"{LIST}/{one}/do/note", sent).status_code == 302
    assert SealedText.objects.filter(field="words").count() == 1
    back = client.post(f"{LIST}/{one}/do/note", sent | {"field-words": "changed after Back"})
    assert back.status_code == 409
    assert "changed after Back" in back.content.decode()


def test_no_key_is_kept_that_is_a_hash_of_words_alone():
    one = open_small()
    client = signed_in("mediator-1")
    sent = form(one, **{"field-words": "guess me"})
    client.post(f"{LIST}/{one}/do/note", sent | {"client_key": "short"})
    assert not ClientWrite.objects.filter(actor_ref="staff:2").exists()
    client.post(f"{LIST}/{one}/do/note", form(one, **{"field-words": "guess me"}))
    row = ClientWrite.objects.get(actor_ref="staff:2")
    for kept in (row.client_key, row.payload_hash):
        assert kept != hashlib.sha256(b"guess me").hexdigest()[: len(kept)]


def test_a_sealed_or_erased_case_offers_no_door_and_says_why():
    one = open_small()
    Case.objects.filter(pk=one).update(sealed_at=small.AT)
    sealed = page(signed_in("mediator-1"), f"{LIST}/{one}")
    assert "its words are with the custodians" in sealed
    assert f"{LIST}/{one}/open" not in sealed
    Case.objects.filter(pk=one).update(erased_at=small.AT)
    erased = page(signed_in("mediator-1"), f"{LIST}/{one}")
    assert "its words and names are gone" in erased
    assert f"{LIST}/{one}/do/" not in erased


def test_a_write_without_the_token_is_refused():
    one = open_small()
    client = signed_in("mediator-1")
    client.handler.enforce_csrf_checks = True
    assert client.post(f"{LIST}/{one}/do/take", form(one)).status_code == 403
    assert Case.objects.get(pk=one).state == "asked"


def test_an_action_about_a_party_asks_which():
    one = open_small()
    client = signed_in("mediator-1")
    lacking = client.post(f"{LIST}/{one}/do/hear", form(one, **{"field-own_words": "x"}))
    assert "Say which party" in lacking.content.decode()
    told = form(one, party="2", **{"field-own_words": "for the second"})
    assert client.post(f"{LIST}/{one}/do/hear", told).status_code == 302
    assert queries.events_of(one)[-1].party == 2


def test_an_ending_asks_how_it_ends():
    one = open_small()
    do(one, "take")
    client = signed_in("mediator-1")
    assert client.post(f"{LIST}/{one}/do/finish", form(one)).status_code == 422
    assert client.post(f"{LIST}/{one}/do/finish", form(one, result="good")).status_code == 302
    assert Case.objects.get(pk=one).result == "good"


# --- second persons ------------------------------------------------------------------------------


def test_who_changed_a_case_in_another_window_of_its_own_is_told_that():
    one = open_small()
    handler = signed_in("mediator-1")
    first_window = form(one)
    note = {"field-words": "from one window"}
    assert handler.post(f"{LIST}/{one}/do/note", form(one) | note).status_code == 302
    late = handler.post(f"{LIST}/{one}/do/note", first_window | {"field-words": "from the other"})
    said = shown(late.content.decode())
    assert late.status_code == 409
    assert "You changed this case yourself meanwhile" in said
    assert "Somebody else" not in said
    other = signed_in("clerk-1").post(f"{LIST}/{one}/do/note", first_window | note)
    assert "You changed" not in shown(other.content.decode())


def test_what_needs_a_second_person_waits_and_is_decided_by_another():
    one = open_small()
    handler, supervisor = signed_in("mediator-1"), signed_in("supervisor-1")
    proposed = handler.post(f"{LIST}/{one}/do/drop", form(one))
    assert proposed["Location"] == f"{LIST}/{one}?done=drop&waits=1"
    said = page(handler, proposed["Location"])
    assert "Proposed: drop. It waits for a second person" in said
    assert '<p class="done">drop.' not in said
    waiting = queries.proposals_of(one)[0].id
    own = page(handler, f"{LIST}/{one}")
    assert "nobody agrees for himself" in own
    assert f"{LIST}/{one}/proposals/{waiting}" in own
    assert '<button name="agree" value="no">Take it back</button>' in own
    assert "Take it back" not in page(supervisor, f"{LIST}/{one}")
    refused = handler.post(f"{LIST}/{one}/proposals/{waiting}", {"agree": "yes"})
    assert refused.status_code == 409
    agreed = supervisor.post(f"{LIST}/{one}/proposals/{waiting}", {"agree": "yes"})
    assert agreed.status_code == 302
    assert Case.objects.get(pk=one).state == "done"
    late = supervisor.post(f"{LIST}/{one}/proposals/{waiting}", {"agree": "no"})
    assert late.status_code == 409


def test_a_proposal_that_can_t_be_carried_out_any_more_says_so_on_the_page(monkeypatch):
    one = open_small()
    waits = do(one, "drop").proposal
    gone = Mock(side_effect=BadInput("There is no such office any more."))
    monkeypatch.setattr(cases, "decide", gone)
    answer = signed_in("supervisor-1").post(f"{LIST}/{one}/proposals/{waits}", {"agree": "yes"})
    assert answer.status_code == 409
    assert "There is no such office any more." in answer.content.decode()


def test_a_declined_proposal_changes_nothing():
    one, handler = open_small(), signed_in("mediator-1")
    handler.post(f"{LIST}/{one}/do/drop", form(one))
    waiting = queries.proposals_of(one)[0].id
    supervisor, where = signed_in("supervisor-1"), f"{LIST}/{one}/proposals/{waiting}"
    unsaid = supervisor.post(where, {"agree": "no"})
    assert unsaid.status_code == 409
    assert "Say why you decline" in unsaid.content.decode()
    supervisor.post(where, {"agree": "no", "reason": "too_wide"})
    assert Case.objects.get(pk=one).state == "asked"
    assert queries.proposals_of(one) == []
    story = page(handler, f"{LIST}/{one}").partition('id="timeline"')[2]
    assert "A second person declined: drop" in story
    assert "it goes further than needed" in story
    told = page(handler, f"/towns/{small.KEY}/to-do")
    assert "Declined by a second person" in told
    assert "it goes further than needed" in told


# --- words ---------------------------------------------------------------------------------------


def test_a_handler_opens_the_words_once_and_sees_each_space_apart():
    one = open_small()
    do(one, "note", texts={"words": "for all <i>"})
    do(one, "jot", texts={"secret": "for handlers"})
    client = signed_in("mediator-1")
    answer = client.post(f"{LIST}/{one}/open", {"purpose": "handling"})
    assert answer["Location"] == f"{LIST}/{one}#words"
    text = page(client, f"{LIST}/{one}")
    order = [text.index(word) for word in ("for all &lt;i&gt;", "金丝雀 one", "for handlers")]
    assert len(re.findall(r'class="space space-(case|party|notes)"', text)) == 4
    assert Opening.objects.count() == 1
    assert order[0] < order[2]
    client.post(f"{LIST}/{one}/hide")
    assert "金丝雀 one" not in page(client, f"{LIST}/{one}")


def test_without_its_keys_the_page_says_what_to_do_and_enters_no_opening():
    one = open_small()
    client = signed_in("mediator-1")
    CaseKey.objects.update(wrapped=b"")
    answer = client.post(f"{LIST}/{one}/open", {"purpose": "handling"})
    assert answer.status_code == 503
    assert "run: anlan keys restore FILE" in shown(answer.content.decode())
    assert "<nav" in answer.content.decode()  # a page of the house, no bare error
    assert not Opening.objects.exists()


def test_words_that_were_shown_go_with_their_keys_and_the_page_stays():
    one = open_small()
    client = signed_in("mediator-1")
    client.post(f"{LIST}/{one}/open", {"purpose": "handling"})
    assert "金丝雀 one" in page(client, f"{LIST}/{one}")
    CaseKey.objects.update(wrapped=b"")
    assert "金丝雀 one" not in page(client, f"{LIST}/{one}")


def test_words_shown_in_one_session_are_not_shown_in_another():
    one = open_small()
    signed_in("mediator-1").post(f"{LIST}/{one}/open", {"purpose": "handling"})
    assert "金丝雀" not in page(signed_in("mediator-1"), f"{LIST}/{one}")


def test_a_review_shows_once_and_never_the_notes():
    one = open_small()
    do(one, "jot", texts={"secret": "for handlers"})
    client = signed_in("supervisor-1")
    answer = client.post(f"{LIST}/{one}/open", {"purpose": "review"})
    assert (answer.status_code, answer["Cache-Control"]) == (
        200,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )
    assert "金丝雀 one" in answer.content.decode()
    assert "for handlers" not in answer.content.decode()
    assert "金丝雀" not in page(client, f"{LIST}/{one}")
    assert client.post(f"{LIST}/{one}/open", {"purpose": "live_incident"}).status_code == 409
    assert client.post(f"{LIST}/{one}/open", {"purpose": "curiosity"}).status_code == 422
    assert Opening.objects.count() == 1


def test_who_no_longer_handles_it_is_shown_nothing_more():
    one = open_small()
    client = signed_in("mediator-1")
    client.post(f"{LIST}/{one}/open", {"purpose": "handling"})
    from anlan.kernel.cases.models import CaseStaff

    CaseStaff.objects.filter(case_id=one).update(until=small.AT)
    assert client.get(f"{LIST}/{one}").status_code == 404


# --- languages, the ways between pages -----------------------------------------------------------


def test_the_pages_speak_chinese():
    one = open_small()
    client = signed_in("mediator-1", lang="zh-hans")
    assert "asked（中）" in page(client, LIST)
    text = page(client, f"{LIST}/{one}")
    assert "您可以做什么" in text
    lacking = client.post(f"{LIST}/{one}/do/note", form(one)).content.decode()
    assert "请填写“words（中）”" in unescape(lacking)


def test_one_bar_leads_to_what_a_role_may_see_and_nothing_else():
    home = {name: signed_in(name).get("/")["Location"] for name, _ in ACCOUNTS.values()}
    assert home["mediator-1"] == home["clerk-1"] == f"/towns/{small.KEY}/cases"
    assert home["crew-1"] == f"/towns/{small.KEY}/board"
    assert home["planner-1"] == f"/towns/{small.KEY}/coverage"
    bar = page(signed_in("supervisor-1"), LIST)
    for there in ("board", "coverage", "cases/smallcase"):
        assert f'href="/towns/{small.KEY}/{there}"' in bar
    assert f"/towns/{small.KEY}/offices" not in bar
    assert f"/towns/{small.KEY}/board" not in page(signed_in("clerk-1"), LIST)


def test_a_role_that_sees_one_kind_of_case_begins_there_and_one_that_sees_none_is_told(monkeypatch):
    only = registry.case_type(small.SMALL.code)
    monkeypatch.setattr(registry, "_types", {only.code: registry.registered(only.code)})
    home = f"/towns/{small.KEY}/cases"
    assert signed_in("mediator-1").get(home)["Location"] == LIST
    assert "see no cases" in page(signed_in("inspector-1"), home)


def test_a_mediator_at_the_board_is_shown_the_way_to_its_cases():
    answer = signed_in("mediator-1").get(f"/towns/{small.KEY}/board")
    assert answer.status_code == 403
    assert f'href="/towns/{small.KEY}/cases"' in answer.content.decode()


def test_an_address_typed_with_a_slash_at_its_end_leads_to_its_page():
    one = open_small()
    client = signed_in("mediator-1")
    for path in (f"/towns/{small.KEY}/cases", LIST, f"{LIST}/{one}", OFFICES):
        assert client.get(f"{path}/")["Location"] == path
    assert client.get(f"{LIST}/?mine=1")["Location"] == f"{LIST}?mine=1"
    assert client.post(f"{LIST}/").status_code == 405


def test_a_closed_page_says_what_is_so():
    nobody = Staff.objects.create(username="guest-1", created_at=small.AT)
    assert nobody.is_active
    for lang, none, other in (
        ("en", "no role in this town", "administrators"),
        ("zh-hans", "没有角色", "管理员"),
    ):
        told = signed_in("guest-1", lang=lang).get(LIST)
        assert (told.status_code, none in told.content.decode()) == (403, True)
        shut = signed_in("mediator-1", lang=lang).get(OFFICES).content.decode()
        assert other in shut
        assert none not in shut
    plan = signed_in("clerk-1").get(f"/towns/{small.KEY}/coverage")
    assert "No role that you hold in this town opens this page" in plan.content.decode()


# --- offices -------------------------------------------------------------------------------------

OFFICES = f"/towns/{small.KEY}/offices"


def test_offices_are_for_administrators():
    made = {"do": "create", "ident": "t-1", "name": "Town office", "tier": "town"}
    for name, _role in ACCOUNTS.values():
        client, may = signed_in(name), name == "admin-1"
        assert client.get(OFFICES).status_code == (200 if may else 403), name
        assert client.post(OFFICES, made).status_code == (302 if may else 403), name


def test_an_office_is_made_and_peopled():
    client = signed_in("admin-1")
    client.post(OFFICES, {"do": "create", "ident": "t-1", "name": "镇调解中心", "tier": "town"})
    client.post(OFFICES, {"do": "add", "office": "t-1", "username": "mediator-2"})
    assert "镇调解中心" in page(client, OFFICES)
    assert queries.office_members(small.KEY)["t-1"] == ("mediator-2",)
    client.post(OFFICES, {"do": "remove", "office": "t-1", "username": "mediator-2"})
    assert "t-1" not in queries.office_members(small.KEY)


def test_an_office_s_name_and_telephone_are_changed_together():
    client = signed_in("admin-1")
    new = {"do": "change", "office": "v-1", "name": "新村调委会", "telephone": " 0816-555 0107 "}
    assert client.post(OFFICES, new).status_code == 302
    (one,) = queries.offices(small.KEY)
    assert (one.name, one.telephone, one.tier) == ("新村调委会", "0816-555 0107", "village")
    wrong = client.post(OFFICES, {**new, "name": "x", "telephone": "call me"})
    assert wrong.status_code == 422
    assert "digits, spaces and dashes" in wrong.content.decode()
    assert 'value="call me"' in wrong.content.decode(), "what was typed stays"
    assert queries.offices(small.KEY) == [one]


WRONG_OFFICES: list[dict[str, str]] = [
    {"do": "create", "ident": "a b", "name": "x", "tier": "town"},
    {"do": "create", "ident": "v-1", "name": "x", "tier": "town"},
    {"do": "create", "ident": "t-2", "name": "x", "tier": "moon"},
    {"do": "add", "office": "v-1", "username": "nobody"},
    {"do": "add", "office": "none", "username": "clerk-1"},
    {"do": "create", "ident": "t-3", "name": "x", "tier": "town", "telephone": "mailto:x"},
    {"do": "change", "office": "v-1", "name": " ", "telephone": ""},
    {"do": "change", "office": "none", "name": "x", "telephone": ""},
    {"do": "burn"},
]


def test_an_office_is_closed_once_no_open_case_lies_there():
    client = signed_in("admin-1")
    one = open_small(office="v-1")
    shut = client.post(OFFICES, {"do": "close", "office": "v-1"})
    assert shut.status_code == 422
    assert "give them to another one first" in shut.content.decode()
    assert [each.ident for each in queries.offices(small.KEY)] == ["v-1"]
    Case.objects.filter(pk=one).update(ended_at=small.AT)
    assert client.post(OFFICES, {"do": "close", "office": "v-1"}).status_code == 302
    assert queries.offices(small.KEY) == []
    assert queries.offices_of("staff:1", town_key=small.KEY) == []
    again = client.post(OFFICES, {"do": "close", "office": "v-1"})
    assert again.status_code == 422
    with pytest.raises(BadInput):
        open_small(office="v-1")
    nobody = signed_in("supervisor-1").post(OFFICES, {"do": "close", "office": "v-1"})
    assert nobody.status_code == 403


def test_an_office_that_cannot_be_made_is_said_in_both_languages():
    speakers = [signed_in("admin-1", lang=lang) for lang in ("en", "zh-hans")]
    for wrong in WRONG_OFFICES:
        answers = [one.post(OFFICES, wrong) for one in speakers]
        assert [one.status_code for one in answers] == [422, 422], wrong
        said = [re.findall(r'role="alert">([^<]+)<', one.content.decode()) for one in answers]
        assert said[0] != said[1], wrong


def test_supervisors_see_that_a_restricted_case_is_there_and_open_no_words_of_it():
    one = open_small()
    assert "purpose" in signed_in("supervisor-1").get(f"{LIST}/{one}").content.decode()
    Case.objects.filter(pk=one).update(confidentiality="restricted")
    text = page(signed_in("supervisor-1"), f"{LIST}/{one}")
    assert "restricted" in text
    assert "so that it can change hands" in text
    assert "so that it can change hands" not in page(signed_in("mediator-1"), f"{LIST}/{one}")
    assert "purpose" not in signed_in("supervisor-1").get(f"{LIST}/{one}").content.decode()
    assert "restricted" in page(signed_in("mediator-1"), f"{LIST}/{one}")
    assert SUPERVISOR.staff_ref == "staff:4"
