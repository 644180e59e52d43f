"""A party adds documents by its link: to its own part, of the kinds that parties add."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.services import small_case as small
from tests.services.small_case import do, open_small, stamp
from tests.services.test_case_documents import here

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Document
from anlan.kernel.cases.services import documents

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "收据 of 金丝雀".encode()


@pytest.fixture(autouse=True)
def town(settings, tmp_path, monkeypatch) -> Iterator[None]:
    settings.ANLAN_DATA = tmp_path / "data"
    settings.ANLAN_DATA.mkdir()
    cache.clear()
    monkeypatch.setattr(documents.content, "look_into", here)
    with small.small_case_type():
        small.make_town()
        yield


def browser() -> Client:
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = "en"
    return client


def address(case_id: int, party: int | None = 1) -> str:
    return f"/follow/{cases.make_link(case_id, party=party, **stamp())}/"


def send(where: str, data: bytes = TEXT, **more: object):
    sent = {"file": SimpleUploadedFile("收据.txt", data), "kind": "paper", "client_key": "a1"}
    return browser().post(f"{where}documents", sent | more)


def test_a_party_adds_to_its_own_part_and_opens_it_again():
    one = open_small()
    mine, other = address(one, 1), address(one, 2)
    assert "Add a document" in browser().get(mine).content.decode()
    assert send(mine).status_code == 302
    row = Document.objects.get(case_id=one)
    assert (row.space, row.added_by[:5]) == ("p1", "link:")
    answer = browser().post(f"{mine}documents/{row.pk}")
    assert (answer.status_code, answer.content) == (200, TEXT)
    assert browser().post(f"{other}documents/{row.pk}").content != TEXT


def test_a_document_says_what_it_is_before_its_name_is_opened_and_its_name_once_after():
    where = address(open_small())
    send(where)
    closed = browser().get(where).content.decode()
    assert "收据" not in closed
    assert ">paper 1</button>" in closed
    assert "added by you, by this link" in closed
    opened = browser().post(f"{where}words").content.decode()
    assert opened.count("收据.txt") == 1


def test_the_same_form_twice_adds_one():
    where = address(open_small())
    assert [send(where).status_code, send(where).status_code] == [302, 302]
    assert Document.objects.count() == 1


def test_kinds_of_staff_and_files_that_are_not_taken_are_refused_in_a_sentence():
    where = address(open_small())
    for more, status, said in (
        ({"kind": "order"}, 409, "no documents of this kind"),
        ({"data": b"<svg>"}, 422, "not taken"),
        ({"file": ""}, 422, "Choose a file"),
    ):
        answer = send(where, **more)
        text = answer.content.decode()
        assert (answer.status_code, said in text) == (status, True), said
        assert '<details class="own-action" id="add-document" open>' in text
        assert "Where it stands" in text, "the party's page itself, with the sentence by the field"
    assert Document.objects.count() == 0


def test_a_link_without_a_party_and_an_ended_case_offer_no_adding():
    one = open_small()
    bare, own = address(one, None), address(one)
    assert "Add a document" not in browser().get(bare).content.decode()
    assert send(bare).status_code == 409
    do(one, "take")
    do(one, "finish", result="good")
    assert "Add a document" not in browser().get(own).content.decode()
    assert "ended" in send(own).content.decode()
    assert Document.objects.count() == 0
