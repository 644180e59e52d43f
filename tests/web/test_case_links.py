"""Links as staff hand them out: shown once, for their own parties, by who handles the case."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from tests.services import small_case as small
from tests.web.case_town import make_case_town, page, signed_in

from anlan.kernel.cases import queries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def address():
    with small.small_case_type():
        make_case_town()
        yield f"/towns/{small.KEY}/cases/smallcase/{small.open_small()}/links"


def test_a_link_is_shown_once_and_leads_the_party_to_its_case(address):
    client = signed_in("mediator-1")
    made = client.post(address, {"party": "2"}).content.decode()
    path = re.search(r"<code>https?://[^/]+(/follow/[a-z2-7]{26})</code>", made)[1]
    assert "we have it" in Client().get(path).content.decode()
    assert path not in page(client, address)
    assert queries.link_of(path.removeprefix("/follow/")).party == 2


def test_a_second_tap_makes_no_second_link_and_says_so(address):
    client = signed_in("mediator-1")
    sent = {"party": "1", "client_key": "00000000-0000-4000-8000-000000000001"}
    client.post(address, sent)
    assert "shown then" in client.post(address, sent).content.decode()
    assert page(client, address).count("End this link") == 1


def test_a_lost_link_is_ended(address):
    client = signed_in("mediator-1")
    made = client.post(address, {"party": "1"}).content.decode()
    path = re.search(r"(/follow/[a-z2-7]{26})", made)[1]
    number = re.search(r"/links/(\d+)/end", made)[1]
    assert client.post(f"{address}/{number}/end").status_code == 302
    assert Client().get(path).status_code == 404
    assert client.post(f"{address}/999999/end").status_code == 404


def test_who_neither_handles_nor_takes_cases_hands_out_no_link(address):
    assert signed_in("supervisor-1").post(address, {"party": "1"}).status_code == 409
    seen = signed_in("supervisor-1").get(address).content.decode()
    assert "Who handles this case, or a clerk" in seen
    assert 'name="party"' not in seen
    assert signed_in("mediator-2").post(address, {"party": "1"}).status_code == 404
    assert signed_in("planner-1").get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_the_page_speaks_chinese(address):
    assert "生成链接" in page(signed_in("mediator-1", lang="zh-hans"), address)


def test_a_link_for_nobody_chosen_is_not_drawn_and_the_page_asks_for_whom(address):
    answer = signed_in("mediator-1").post(address, {"party": ""})
    assert answer.status_code == 422
    assert "Choose for whom the link is." in answer.content.decode()
    assert "/follow/" not in answer.content.decode()
