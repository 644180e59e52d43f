"""A party's own page: its case by a link, in both languages, and nothing of anybody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.core.cache import cache
from django.test import Client
from tests.databases import unguarded
from tests.services import custody as desk
from tests.services import small_case as small
from tests.services.small_case import HANDLER, do, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing.models import CaseKey, Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput
from anlan.web.follow import entering

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town(settings, tmp_path):
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"
    cache.clear()
    with small.small_case_type():
        small.make_town()
        yield


def browser(lang="en") -> Client:
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = lang
    return client


def followed(case_id=None, party=1):
    one = small.open_small() if case_id is None else case_id
    token = cases.make_link(one, party=party, **stamp())
    return one, f"/follow/{token}/"


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_party_sees_where_its_case_stands_without_an_account_and_opens_nothing_by_looking():
    one, address = followed()
    do(one, "note", texts={"words": "金丝雀 common"})
    page = text_of(browser().get(address))
    assert f"<h1>Small case {one}</h1>" in page
    assert "we have it" in page
    assert "due by 2026-03-09" in page or "was due by 2026-03-09" in page
    assert "金丝雀" not in page
    assert not Opening.objects.exists()
    assert not LedgerEntry.objects.filter(action="sealing.opened").exists()


def test_a_party_reads_which_office_has_its_case_and_where_to_call_it():
    one, address = followed()
    (office,) = queries.offices(small.KEY)
    said = text_of(browser().get(address))
    assert office.name in said
    assert "tel:" not in said
    cases.change_office(
        office.ident, name=office.name, telephone="0816 555-0107", **stamp(small.CLI)
    )
    said = text_of(browser("zh-hans").get(address))
    assert 'href="tel:0816555-0107">0816 555-0107' in said
    do(one, "take")
    do(one, "finish", result="good")
    assert "tel:" not in text_of(browser().get(address)), "nobody handles it any more"


def test_an_address_without_its_last_stroke_leads_there_at_once():
    _one, address = followed()
    answer = browser().get(address.rstrip("/"))
    assert "we have it" in text_of(answer)
    assert answer["Referrer-Policy"] == "no-referrer"


def test_asking_opens_its_own_and_the_common_words_and_never_the_others_nor_the_notes():
    one, address = followed()
    do(one, "note", texts={"words": "common-word"})
    do(one, "hear", texts={"own_words": "word-of-one"}, party=1)
    do(one, "hear", texts={"own_words": "word-of-two"}, party=2)
    do(one, "jot", texts={"secret": "word-of-notes"})
    client = browser()
    page = text_of(client.post(address + "words"))
    assert "common-word" in page
    assert "word-of-one" in page
    assert "word-of-two" not in page
    assert "word-of-notes" not in page
    assert "You, by this link" in text_of(client.get(address))


def test_a_sealed_case_opens_by_its_link_all_the_same_and_says_who_holds_it():
    desk.set_custodians()
    one = desk.ended_case()
    _one, address = followed(one)
    desk.seal(one)
    page = text_of(browser().post(address + "words"))
    assert "金丝雀 of one" in page
    assert "金丝雀 of two" not in page
    assert "court, notary, ombud" in page
    assert "can no longer open it" in page


def test_without_its_keys_the_page_says_so_and_enters_no_opening():
    _one, address = followed()
    CaseKey.objects.update(wrapped=b"")
    answer = browser().post(address + "words")
    assert answer.status_code == 503
    assert "put back without its keys" in answer.content.decode()
    assert "we have it" in answer.content.decode()
    assert not Opening.objects.exists()


def test_a_document_without_its_keys_says_so_on_the_page(monkeypatch):
    _one, address = followed()
    missing = BadInput("This database was put back without its keys; run: anlan keys restore FILE")
    monkeypatch.setattr(cases, "open_document_by_link", Mock(side_effect=missing))
    answer = browser().post(address + "documents/1")
    assert answer.status_code == 503
    assert "put back without its keys" in answer.content.decode()
    assert "we have it" in answer.content.decode()


def test_a_link_drawn_after_sealing_says_on_its_page_what_stays_shut():
    desk.set_custodians()
    one = desk.ended_case()
    desk.seal(one)
    _one, address = followed(one)
    page = text_of(browser().get(address))
    assert "sealed away before this link was made" in page
    assert "court, notary, ombud" in page
    assert "生成本链接之前已经封存" in text_of(browser("zh-hans").get(address))
    _other, earlier = followed(small.open_small())
    assert "sealed away before" not in text_of(browser().get(earlier))


def test_without_custodians_the_page_says_that_the_service_keeps_the_case():
    _one, address = followed()
    assert "stays with the service" in text_of(browser().get(address))


def test_who_opened_stands_as_role_and_purpose_and_never_as_a_name():
    one, address = followed()
    cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER))
    page = text_of(browser().get(address))
    assert "A mediator · to work on your case" in page
    assert "staff:" not in page


def test_a_party_acts_for_itself_by_a_form_and_a_second_tap_does_it_once():
    one, address = followed(party=2)
    client = browser()
    key = re.search(r'name="client_key" value="(\w+)"', text_of(client.get(address)))[1]
    sent = {"client_key": key, "field-own_words": "I agree 金丝雀"}
    for _ in range(2):
        answer = client.post(address + "do/hear", sent)
        assert answer.status_code == 302
    assert [event.action for event in queries.events_of(one)].count("hear") == 1
    spaces = cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER)).spaces
    assert [text.text for text in spaces["p2"]][-1] == "I agree 金丝雀"


def test_a_party_cannot_name_another_party_in_a_form():
    one, address = followed(party=2)
    sent = {"field-own_words": "as if by one", "party": "1"}
    assert browser().post(address + "do/hear", sent).status_code == 302
    spaces = cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER)).spaces
    assert "as if by one" not in [text.text for text in spaces["p1"]]
    assert "as if by one" in [text.text for text in spaces["p2"]]


@pytest.mark.parametrize("action", ["take", "finish", "paint", "drop", "nonsense"])
def test_what_only_staff_may_do_is_not_offered_and_not_done(action):
    one, address = followed()
    answer = browser().post(address + f"do/{action}", {"reason": "better"})
    assert answer.status_code == 409
    assert Case.objects.get(pk=one).state == "asked"
    assert f"/do/{action}" not in text_of(browser().get(address))


def test_what_was_typed_stays_when_something_lacks():
    _one, address = followed()
    answer = browser().post(address + "do/note", {"field-words": ""})
    assert answer.status_code == 422
    assert "Fill in “words”." in answer.content.decode()


def test_every_answer_is_kept_by_nobody_and_tells_no_other_site():
    _one, address = followed()
    client = browser()
    answers = [
        client.get(address),
        client.post(address + "words"),
        client.post(address + "do/nonsense"),
        client.get("/follow/wrong/"),
    ]
    for answer in answers:
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("token", ["wrong", "a" * 26, "a" * 3000, "％00", "..", "<script>"])
def test_a_wrong_token_is_one_sentence(token):
    answer = browser().get(f"/follow/{token}/")
    assert answer.status_code == 404
    page = answer.content.decode()
    assert "leads to no case" in page or "nothing at this address" in page
    assert "<script>" not in page.replace('<script type="module"', "")


def test_an_erased_case_an_ended_link_and_a_wrong_one_are_told_alike():
    one, address = followed()
    other, second = followed()
    cases.end_link(queries.links_of(other)[0].id, **stamp())
    desk.make_due(one, stamp()["at"])
    cases.erase_case(one, reason="kept_long_enough", **stamp(desk.SEALER))
    told = {browser().get(each).content for each in (address, second, "/follow/wrong/")}
    assert len(told) == 1


def test_who_tries_many_wrong_tokens_has_to_wait(monkeypatch):
    monkeypatch.setattr(entering, "MOST_MISSES", 3)
    _one, address = followed()
    client = browser()
    for _ in range(3):
        assert client.get("/follow/wrong/").status_code == 404
        cache.clear()  # the next one comes to another process of the server
    assert client.get("/follow/wrong/").status_code == 429
    assert Client(REMOTE_ADDR="192.0.2.7").get("/follow/wrong/").status_code == 404
    assert client.get(address).status_code == 200  # a link that leads somewhere still does


def test_a_party_ends_its_own_link_after_being_asked():
    _one, address = followed()
    client = browser()
    assert "End this link for good?" in text_of(client.post(address + "end"))
    assert client.get(address).status_code == 200
    assert "has ended" in text_of(client.post(address + "end", {"sure": "yes"}))
    assert client.get(address).status_code == 404


def test_the_page_speaks_both_languages_and_remembers_the_choice():
    _one, address = followed()
    client = browser()
    english = text_of(client.get(address))
    answer = client.get(address + "language/zh-hans")
    assert answer["Location"] == address.rstrip("/")
    chinese = text_of(client.get(address))
    assert '<html lang="zh-hans"' in chinese
    assert "we have it（中）" in chinese
    assert "Who opened your data" in english
    assert "Who opened your data" not in chinese
    assert "查阅" in chinese


def test_a_party_opens_a_document_of_its_own_and_not_anothers():
    one, address = followed(party=1)
    _one, of_two = followed(one, party=2)
    given = {"data": b"plain words", "name": "note.txt", "kind": "paper"}
    own = cases.add_document(one, **given, space=Space.PARTY, party=1, **stamp())
    hidden = cases.add_document(one, **given, space=Space.NOTES, **stamp())
    answer = browser().post(f"{address}documents/{own}")
    assert (answer.status_code, answer.content) == (200, b"plain words")
    assert answer["Content-Disposition"].startswith("attachment")
    for where, number in ((of_two, own), (address, hidden), (address, 999_999)):
        assert browser().post(f"{where}documents/{number}").status_code == 409


def test_a_document_opens_by_the_link_after_sealing():
    desk.set_custodians()
    one, address = followed()
    given = {"data": b"plain words", "name": "note.txt", "kind": "paper"}
    own = cases.add_document(one, **given, space=Space.PARTY, party=1, **stamp())
    do(one, "take")
    do(one, "finish", result="good")
    desk.seal(one)
    assert browser().post(f"{address}documents/{own}").content == b"plain words"


def test_a_page_needs_no_cookie_and_sets_none_by_looking():
    _one, address = followed()
    client = Client(enforce_csrf_checks=True)
    answer = client.get(address)
    assert not answer.cookies
    assert client.post(address + "words", headers={"origin": "null"}).status_code == 200


def test_words_with_markup_are_shown_as_words():
    one, address = followed()
    do(one, "note", texts={"words": "<script>alert(1)</script>"})
    assert "<script>alert" not in text_of(browser().post(address + "words"))


def test_opening_is_covered_for_half_a_day():
    one, address = followed()
    client = browser()
    for _ in range(3):
        client.post(address + "words")
    assert Opening.objects.filter(case_ref=f"smallcase:{one}").count() == 1
    with unguarded():
        Opening.objects.update(recorded_at=datetime.now(UTC) - timedelta(hours=13))
    client.post(address + "words")
    assert Opening.objects.count() == 2


def test_a_long_word_without_a_space_breaks_on_a_narrow_screen():
    styles = (Path(__file__).parents[2] / "frontend/src/shell.css").read_text(encoding="utf-8")
    rule = re.search(r"\.sheet blockquote \{([^}]*)\}", styles)
    assert rule is not None
    assert "overflow-wrap: anywhere" in rule[1]


def test_a_party_reads_what_of_its_case_was_opened_and_not_of_the_others():
    one, address = followed()
    do(one, "hear", texts={"own_words": "word-of-one"}, party=1)
    do(one, "hear", texts={"own_words": "word-of-two"}, party=2)
    theirs, ours = (
        cases.add_document(
            one,
            data=b"words",
            name="a.txt",
            kind="paper",
            space=Space.PARTY,
            party=number,
            **stamp(HANDLER),
        )
        for number in (2, 1)
    )
    cases.open_document(theirs, purpose=Purpose.HANDLING, **stamp(HANDLER))
    assert "Nobody yet." in text_of(browser().get(address))  # another party's, and nothing else
    cases.open_document(ours, purpose=Purpose.HANDLING, **stamp(HANDLER))
    assert "to work on your case: a document" in text_of(browser().get(address))
    cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER))
    page = text_of(browser().get(address))
    told = "what all parties may read, the handlers&#x27; notes, your own words"
    assert f"to work on your case: {told}" in page
    who = page.split('id="who"')[1].split("</section>")[0]  # a link drawn at random may hold "p2"
    assert "p2" not in who
    assert "您自己的内容" in text_of(browser("zh-hans").get(address))
