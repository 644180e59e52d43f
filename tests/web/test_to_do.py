"""What is to be done, on pages: one's own list, a case's part of it, how notices stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from tests.services import small_case as small
from tests.services.small_case import HANDLER, KEY, open_small, stamp
from tests.web.case_town import make_case_town, page, signed_in

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Notice, Task
from anlan.kernel.cases.rules.types import Space

pytestmark = pytest.mark.django_db(transaction=True)
TO_DO = f"/towns/{KEY}/to-do"


@pytest.fixture(autouse=True)
def town() -> Iterator[None]:
    with small.small_case_type():
        make_case_town()
        yield
    translation.activate("en")


def where(case_id: int) -> str:
    return f"/towns/{KEY}/cases/smallcase/{case_id}"


def ask(case_id: int, kind: str = "tell_party", **given: object) -> int:
    return Task.objects.create(case_id=case_id, kind=kind, made_at=small.AT, **given).pk


def test_ones_own_page_says_what_is_to_be_done_where_until_when_and_what_is_late():
    one = open_small()
    now = datetime.now(UTC)
    ask(one, party=1, staff_ref=HANDLER.staff_ref, due_at=now + timedelta(days=30))
    ask(one, "look_at", for_role="mediator", due_at=now - timedelta(days=2))
    shown = page(signed_in("mediator-1"), TO_DO)
    assert shown.index("Look at it") < shown.index("Tell the party another way")
    assert f'href="{where(one)}#to-do"' in shown
    assert "2 things to do · 1 late" in shown
    assert "overdue by" in shown
    assert "due in" in shown
    assert f"Small case {one}" in shown
    for name in ("mediator-2", "supervisor-1"):
        assert "You have nothing to do here just now." in page(signed_in(name), TO_DO)
    assert signed_in("crew-1").get(TO_DO).status_code == 404


def test_the_list_of_cases_leads_to_it_and_the_bar_names_it():
    one, client = open_small(), signed_in("mediator-1")
    cases_list = f"/towns/{KEY}/cases/smallcase"
    assert "thing to do" not in page(client, cases_list)
    ask(one)
    shown = page(client, cases_list)
    assert "To do: 1 thing to do" in shown
    assert shown.count(f'href="{TO_DO}"') == 2


def test_a_case_says_what_is_to_be_done_and_telling_a_party_is_said_to_be_done_there():
    one = open_small()
    number = ask(one, party=2, staff_ref=HANDLER.staff_ref)
    own = ask(one, "look_at", for_role="mediator")
    client, sent = signed_in("mediator-1"), {"client_key": "k" * 40}
    shown = page(client, where(one))
    assert "Tell the party another way" in shown
    assert "Party 2" in shown
    assert f"tasks/{number}/done" in shown
    assert f"tasks/{own}/done" not in shown, "it ends by what is done in the case"
    for _again in range(2):  # a form that is sent twice is done once
        answer = client.post(f"{where(one)}/tasks/{number}/done", sent)
        assert (answer.status_code, answer["Location"]) == (302, f"{where(one)}?done=task_done")
    shown = page(client, f"{where(one)}?done=task_done")
    assert "A party was told another way" in shown
    assert f"tasks/{number}/done" not in shown
    late = client.post(f"{where(one)}/tasks/{number}/done")
    assert (late.status_code, b"This is done already." in late.content) == (409, True)
    assert client.post(f"{where(open_small())}/tasks/{own}/done").status_code == 404
    assert client.get(f"{where(one)}/tasks/{own}/done")["Location"] == where(one)


def test_a_case_says_how_its_notices_stand_and_never_where_they_went(settings):
    settings.ANLAN_SMTP_URL = "smtp://localhost"
    one = open_small()
    with cases.acting(one, "link_made", **stamp()) as doing:
        doing.seal("contact", "wang@example.cn", space=Space.PARTY, party=1)
        cases.notify(doing, party=1, template="news")
        cases.notify(doing, party=2, template="news")
    shown = page(signed_in("mediator-1"), where(one))
    assert "wang@example.cn" not in shown
    assert "waits to be sent · by e-mail" in re.sub(r"\s+", " ", shown)
    assert "not sent: the party gave no address" in shown
    Notice.objects.filter(party=1).update(state="given_up", outcome="refused")
    assert "could not be sent" in page(signed_in("mediator-1"), where(one))


def test_all_of_it_is_chinese_in_chinese():
    one = open_small()
    ask(one, staff_ref=HANDLER.staff_ref, party=1)
    client = signed_in("mediator-1", lang="zh-hans")
    assert "1 项待办" in page(client, TO_DO)
    shown = page(client, where(one))
    for words in ("待办事项", "通知未送达，请以其他方式告知当事人", "已完成"):
        assert words in shown


def test_a_second_person_finds_there_what_waits_for_its_word_and_the_first_does_not():
    one = open_small()
    small.do(one, "take")
    small.do(one, "drop")
    shown = page(signed_in("supervisor-1"), TO_DO)
    assert "1 waits for your word" in shown
    assert "Waits for your word as a second person" in shown
    assert f'href="{where(one)}#proposals"' in shown
    assert "for your word" not in page(signed_in("mediator-1"), TO_DO)
    assert "1 waits for your word" in page(
        signed_in("supervisor-1"), f"/towns/{KEY}/cases/smallcase"
    )


def test_cases_that_wait_for_a_step_stand_there_with_when_they_are_due():
    one = open_small()
    shown = page(signed_in("mediator-1"), TO_DO)
    assert "Cases to take further" in shown
    assert f'href="{where(one)}"' in shown
    assert "mediator-1" in shown.split("Cases to take further")[1]
    assert "overdue by" in shown
