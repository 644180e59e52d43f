"""A supervisor sees who opened which words, when and why; never the words, and nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from tests.databases import unguarded
from tests.services import small_case as small
from tests.services.small_case import CLI, HANDLER, KEY, do, open_small, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
BY_CLI = {"actor": CLI, "at": small.AT, "recorded_at": small.AT}
DAY = small.AT.date().isoformat()
PAGE = f"/towns/{KEY}/openings?from={DAY}&to={DAY}"


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type():
        small.make_town()
        yield


def signed_in(name: str, role: Role) -> Client:
    staff.create_staff(username=name, **BY_CLI)
    staff.grant_role(town_key=KEY, username=name, role=role, **BY_CLI)
    client = Client()
    client.force_login(Staff.objects.get(username=name))
    return client


def opened_case() -> int:
    one = open_small()
    do(one, "hear", texts={"own_words": "word-of-one"}, party=1)
    cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER))
    return one


def shown(client: Client, more: str = "") -> str:
    answer = client.get(PAGE + more)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_opening_stands_at_the_hour_of_the_town():
    opened_case()  # at 12:00 UTC; the town goes by Shanghai
    page = shown(signed_in("so-1", Role.SUPERVISOR))
    assert f"{DAY} 20:00" in page
    assert f"{DAY} 12:00" not in page


def test_a_supervisor_sees_which_part_was_opened_and_why_but_never_the_words():
    one = opened_case()
    page = shown(signed_in("so-1", Role.SUPERVISOR))
    assert f"smallcase:{one}" in page
    assert "common words, notes, words of party 1" in page
    assert "to work on this case" in page
    assert "word-of-one" not in page


def test_a_party_that_opened_its_own_is_told_as_one_and_not_by_its_links_number():
    one = open_small()
    token = cases.make_link(one, party=1, **stamp(HANDLER))
    link = queries.link_of(token)
    cases.open_by_link(link, token, at=small.AT, recorded_at=small.AT)
    page = shown(signed_in("so-1", Role.SUPERVISOR))
    assert "a party, by its link" in page
    assert f"link:{link.id}" not in page


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.SUPERVISOR])
def test_nobody_else_reads_it(role):
    assert signed_in("x-1", role).get(PAGE).status_code == 403


def test_who_is_not_signed_in_is_asked_to():
    assert Client().get(PAGE).status_code == 302


def test_the_list_is_narrowed_by_case_purpose_and_period():
    one, two = opened_case(), opened_case()
    supervisor = signed_in("so-1", Role.SUPERVISOR)
    narrowed = shown(supervisor, f"&case=smallcase:{one}")
    assert f"smallcase:{one}</" in narrowed
    assert f"smallcase:{two}</" not in narrowed
    assert "Nothing was opened in this period." in shown(supervisor, "&purpose=review")
    before = (small.AT.date() - timedelta(days=1)).isoformat()
    answer = supervisor.get(f"/towns/{KEY}/openings?from={before}&to={before}")
    assert "Nothing was opened in this period." in answer.content.decode()
    assert supervisor.get(f"/towns/{KEY}/openings?from=x&to=9999-99-99&before=y").status_code == 200


def test_what_went_past_the_budget_is_named_and_can_be_asked_for_alone(settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 1
    opened_case()
    two = open_small()
    cases.open_words(two, purpose=Purpose.REVIEW, **stamp(small.SUPERVISOR))
    with pytest.raises(Refused):
        cases.open_words(two, purpose=Purpose.REVIEW, **stamp(small.SUPERVISOR))
    page = shown(signed_in("so-1", Role.SUPERVISOR), "&over=1")
    assert "Past what a person opens in an hour, below: 1. Ask why." in page
    assert f"smallcase:{two}</" in page
    assert page.count('<th scope="row">') == 1


def test_an_opening_is_still_listed_once_its_case_is_erased():
    one = opened_case()
    with unguarded():
        Opening.objects.all().delete()  # as erasing does; the ledger keeps the entry
    page = shown(signed_in("so-1", Role.SUPERVISOR))
    assert f"smallcase:{one}" in page
    assert "not noted" in page


def test_older_openings_are_on_farther_pages(monkeypatch):
    monkeypatch.setattr("anlan.web.oversight.openings.SHOWN", 1)
    one, two = opened_case(), opened_case()
    supervisor = signed_in("so-1", Role.SUPERVISOR)
    first = shown(supervisor)
    assert f"smallcase:{two}</" in first
    assert f"smallcase:{one}</" not in first
    older = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert f"smallcase:{one}</" in supervisor.get(older).content.decode()
