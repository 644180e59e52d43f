"""Documents on a case's page: added by form, handed out as downloads that run nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation
from tests.services import small_case as small
from tests.services.small_case import HANDLER, do, open_small, stamp
from tests.services.test_case_documents import here
from tests.unit.gateways import hostile
from tests.web.case_town import make_case_town, page, signed_in

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Document
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import documents
from anlan.kernel.sealing.models import CaseKey

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "合同 of 金丝雀".encode()


@pytest.fixture(autouse=True)
def town(settings, tmp_path, monkeypatch) -> Iterator[None]:
    settings.ANLAN_DATA = tmp_path
    monkeypatch.setattr(documents.content, "look_into", here)
    with small.small_case_type():
        make_case_town()
        yield
    translation.activate("en")


def where(case_id: int) -> str:
    return f"/towns/{small.KEY}/cases/smallcase/{case_id}"


def send(client: Client, case_id: int, data: bytes = TEXT, **more: object):
    file = SimpleUploadedFile("../合同.png", data, content_type="image/png")
    sent = {"file": file, "kind": "paper", "space": "p2", "client_key": "k"} | more
    return client.post(f"{where(case_id)}/documents", sent)


def added(case_id: int, *, space: Space = Space.CASE, party: int | None = None) -> int:
    given = {"data": TEXT, "name": "合同.html", "kind": "paper", "space": space, "party": party}
    return cases.add_document(case_id, **given, **stamp(HANDLER))


def test_a_file_sent_by_form_is_added_where_it_was_put():
    one = open_small()
    answer = send(signed_in("mediator-1"), one)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"{where(one)}?done=document_added#documents",
    )
    assert Document.objects.get(case_id=one).space == "p2"


def test_the_list_shows_no_name_before_the_words_were_opened():
    one = open_small()
    added(one)
    client = signed_in("mediator-1")
    assert "合同" not in page(client, where(one))
    client.post(f"{where(one)}/open", {"purpose": "handling"})
    shown = page(client, where(one))
    assert shown.count("合同.html") == 1, "with its document, and not among the words again"


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_a_document_is_a_download_that_runs_nothing(lang):
    one = open_small()
    document = added(one)
    client = signed_in("mediator-1", lang=lang)
    answer = client.post(f"{where(one)}/documents/{document}", {"purpose": "handling"})
    assert (answer.status_code, answer.content) == (200, TEXT)
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%90%88")
    assert answer["Content-Disposition"].endswith(".txt")
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"].startswith("no-store")
    assert client.get(f"{where(one)}/documents/{document}")["Location"] == where(one)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        ({"data": b"<svg onload='x()'>"}, 422, "not taken"),
        ({"data": hostile.pdf_locked()}, 422, "password"),
        ({"space": "notes2"}, 422, "who may see"),
        ({"space": "p9"}, 422, "which party"),
        ({"kind": "secret"}, 422, "what kind"),
        ({"file": ""}, 422, "Choose a file"),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(sent, status, said):
    one = open_small()
    answer = send(signed_in("mediator-1"), one, **sent)
    assert answer.status_code == status
    assert said in answer.content.decode()
    assert Document.objects.count() == 0


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"data": b"<svg>"}, "file"), ({"kind": "secret"}, "kind"), ({"space": "p9"}, "space")],
)
def test_a_refused_upload_comes_back_to_its_case_with_the_sentence_by_the_field(sent, field):
    one = open_small()
    client = signed_in("mediator-1")
    client.post(f"{where(one)}/open", {"purpose": "handling"})
    text = send(client, one, **{"kind": "order", "space": "p2", **sent}).content.decode()
    assert '<details class="action" id="add-document" open>' in text
    assert f'role="alert" id="document-{field}-fault"' in text
    assert text.count("autofocus") == 1
    assert re.search(rf'id="document-{field}"[^>]*aria-invalid="true"', text)
    assert "金丝雀 one" in text, "words that were open stay open"
    assert 'id="do-take"' in text
    if field != "kind":
        assert '<option value="order" selected>' in text
    if field != "space":
        assert '<option value="p2" selected>' in text


def test_what_a_document_is_and_who_may_see_it_is_chosen_and_an_upload_says_that_it_is_done():
    one = open_small()
    client = signed_in("mediator-1")
    client.post(f"{where(one)}/open", {"purpose": "handling"})
    form = page(client, where(one)).partition('id="add-document"')[2]
    for field in ("kind", "space"):
        first = form.partition(f'id="document-{field}"')[2].partition("</option>")[0]
        assert first.endswith('required><option value="">–'), field
        assert "Choose" in send(client, one, **{field: ""}).content.decode()
    assert Document.objects.count() == 0
    for lang, said in (("en", "A document was added."), ("zh-hans", "添加了文件。")):
        client.cookies["django_language"] = lang
        done = send(client, one, client_key=lang)
        text = client.get(done["Location"]).content.decode()
        assert said in text.partition('id="documents"')[2]
        assert text.count(said) == 1


def test_a_documents_number_stays_when_another_is_removed_and_counts_its_own_space():
    one = open_small()
    first = added(one)
    for space, party in ((Space.CASE, None), (Space.PARTY, 2), (Space.CASE, None)):
        added(one, space=space, party=party)
    client = signed_in("mediator-1")
    asked = {"reason": "wrong_file", "client_key": "k"}
    assert client.post(f"{where(one)}/documents/{first}/remove", asked).status_code == 302
    rows = re.findall(r'<strong id="document-\d+">([^<]+)</strong>', page(client, where(one)))
    assert rows == ["paper 2", "paper 1", "paper 3"]


def test_a_file_above_the_limit_is_not_taken_up_and_never_touches_the_disk(settings, tmp_path):
    settings.ANLAN_UPLOAD_MB = 1
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1_100_000
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")
    one = open_small()
    answer = send(signed_in("mediator-1"), one, b"a" * 1_200_000)
    assert (answer.status_code, "at most 1 MB" in answer.content.decode()) == (422, True)


def test_an_upload_that_is_taken_stays_in_memory(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "nowhere")
    one = open_small()
    assert send(signed_in("mediator-1"), one, b"a" * 6_000_000).status_code == 302


def test_who_may_not_see_the_case_or_the_document_finds_nothing():
    one, other = open_small(), open_small()
    document = added(one)
    notes = added(one, space=Space.NOTES)
    for name in ("mediator-2", "admin-1", "crew-1"):
        client = signed_in(name)
        for path in ("documents", f"documents/{document}", f"documents/{document}/remove"):
            assert client.post(f"{where(one)}/{path}").status_code == 404
    supervisor = signed_in("supervisor-1")
    asked = {"purpose": "review"}
    assert supervisor.post(f"{where(one)}/documents/{document}", asked).content == TEXT
    assert supervisor.post(f"{where(one)}/documents/{notes}", asked).status_code == 404
    wrong_case = signed_in("mediator-1").post(f"{where(other)}/documents/{document}", asked)
    assert wrong_case.status_code == 404
    nobody = Client().post(f"{where(one)}/documents/{document}", asked)
    assert nobody.status_code == 302
    assert "/accounts/login" in nobody["Location"]


def test_without_its_keys_a_document_is_not_handed_out_and_the_page_says_what_to_do():
    one = open_small()
    document = added(one)
    CaseKey.objects.update(wrapped=b"")
    path = f"{where(one)}/documents/{document}"
    answer = signed_in("mediator-1").post(path, {"purpose": "handling"})
    assert answer.status_code == 422
    assert "anlan keys restore FILE" in answer.content.decode()


def test_removing_asks_a_reason_and_takes_it_off_the_list():
    one = open_small()
    document = added(one)
    client = signed_in("mediator-1")
    path = f"{where(one)}/documents/{document}/remove"
    assert client.post(path, {"reason": "", "client_key": "k"}).status_code == 422
    assert client.post(path, {"reason": "wrong_file", "client_key": "k"}).status_code == 302
    shown = page(client, where(one))
    assert f"documents/{document}" not in shown
    assert "A document was removed" in shown


def test_an_ended_case_offers_no_adding_and_says_why():
    one = open_small()
    added(one)
    do(one, "take")
    do(one, "finish", result="good")
    shown = page(signed_in("mediator-1"), where(one))
    assert 'enctype="multipart/form-data"' not in shown
    assert "This case has ended; reopen it first." in shown
    assert "/remove" not in shown


def test_the_page_is_chinese_in_chinese():
    one = open_small()
    added(one)
    shown = page(signed_in("mediator-1", lang="zh-hans"), where(one))
    for word in ("添加文件", "谁可以查看", "未经病毒扫描", "下载"):
        assert word in shown


def test_another_file_under_the_same_form_is_refused_and_the_same_one_added_once():
    one = open_small()
    client = signed_in("mediator-1")
    key = {"client_key": "d0f8c2a7b3a94d6f9a1e5c7b2d4f6a8c"}
    for _again in range(2):
        assert send(client, one, TEXT, **key).status_code == 302
    refused = send(client, one, TEXT + b" and more", **key)
    assert refused.status_code == 409
    assert "something else in it" in refused.content.decode()
    assert Document.objects.filter(case_id=one).count() == 1
