"""A supervisor takes an authority's request in; once two agreed, its one case opens on a page."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from tests.services import custody, hazard_round
from tests.services import small_case as small
from tests.services.small_case import CLI, KEY, do, open_small

from anlan.areas.dispatch.models import Incident
from anlan.areas.dispatch.services import create_incident as take_call
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.sealing.models import Opening
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role
from anlan.web.oversight import disclosures

pytestmark = pytest.mark.django_db(transaction=True)
BY_CLI = {"actor": CLI, "at": small.AT, "recorded_at": small.AT}
NEW = f"/towns/{KEY}/disclosures/new"


@pytest.fixture(autouse=True)
def case():
    with small.small_case_type():
        small.make_town()
        one = open_small()
        do(one, "note", texts={"words": "what was said"})
        yield f"smallcase:{one}"


def text_of(answer) -> str:
    body = answer.content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def signed_in(name: str, role: Role) -> Client:
    staff.create_staff(username=name, **BY_CLI)
    staff.grant_role(town_key=KEY, username=name, role=role, **BY_CLI)
    client = Client()
    client.force_login(Staff.objects.get(username=name))
    return client


def form(case: str, **more: str) -> dict[str, str]:
    basis = {"authority": "court", "basis": "court_order", "basis_words": "12 C 34/26"}
    kind, number = case.split(":")
    return {"kind": kind, "number": number, **basis, **more}


def test_a_request_is_taken_granted_by_two_and_opened(case):
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    page = first.post(NEW, form(case), follow=True)
    number = Case.objects.get(type="disclosure").pk
    at = f"/towns/{KEY}/cases/disclosure/{number}"
    early = first.post(f"/towns/{KEY}/disclosures/{number}/open")
    assert (early.status_code, "what was said" in early.content.decode()) == (409, False)
    assert "Opened for a disclosure" not in early.content.decode()
    assert page.status_code == 200
    granted = first.post(f"{at}/do/grant", {"field-finding": "it names this case"})
    assert granted.status_code == 302
    proposal = Case.objects.get(pk=number).proposals.get().pk
    blind = second.post(f"{at}/proposals/{proposal}", {"agree": "yes"})
    assert (blind.status_code, "nobody agrees" in blind.content.decode()) == (409, True)
    assert case not in second.get(at).content.decode()
    read = second.post(f"{at}/open", {"purpose": "deciding"}).content.decode()
    for said in (case, "12 C 34/26", "it names this case", "order of a court"):
        assert said in read
    assert "what was said" not in read
    second.post(f"{at}/proposals/{proposal}", {"agree": "yes"})
    assert Case.objects.get(pk=number).state == "granted"
    opened = first.post(f"/towns/{KEY}/disclosures/{number}/open")
    assert "what was said" in opened.content.decode()
    assert "2026-03-02 20:00" in opened.content.decode()  # the town goes by Shanghai
    assert "no-store" in opened["Cache-Control"]


def granted_on_its_page(first: Client, second: Client, case: str) -> int:
    first.post(NEW, form(case))
    number = Case.objects.filter(type="disclosure").latest("pk").pk
    at = f"/towns/{KEY}/cases/disclosure/{number}"
    first.post(f"{at}/do/grant", {"field-finding": "it names this case"})
    second.post(f"{at}/open", {"purpose": "deciding"})
    proposal = Case.objects.get(pk=number).proposals.get().pk
    second.post(f"{at}/proposals/{proposal}", {"agree": "yes"})
    return number


def test_what_is_opened_is_a_paper_that_says_whose_by_what_right_and_who_granted_it(case):
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    number = granted_on_its_page(first, second, case)
    answer = first.post(f"/towns/{KEY}/disclosures/{number}/open")
    page = text_of(answer)
    for said in (
        f"Small case {case.partition(':')[2]}",
        f"Disclosure {number}",
        "Who asks court",
        "Legal basis order of a court",
        "12 C 34/26",
        "proposed by: supervisor; agreed to by: administrator",
        "the parties read of it from now on",
        "The case State",
        "what was said",
    ):
        assert said in page, said
    assert "so-1" not in answer.content.decode().partition('class="paper"')[2]  # roles, no names
    assert "default-src" in answer["Content-Security-Policy"]  # the site's own
    body = answer.content.decode()
    _before, _head, second_party = body.partition("Party 2 · ")
    assert "<blockquote>金丝雀 two</blockquote>" in second_party  # each name below its own party
    assert "金丝雀 one" not in second_party
    before = Opening.objects.filter(case_ref=case).count()
    file = first.post(f"/towns/{KEY}/disclosures/{number}/open", {"as": "pdf"})
    assert file["Content-Disposition"].startswith(f'attachment; filename="disclosure-{number}.')
    assert "sandbox" in file["Content-Security-Policy"]
    assert Opening.objects.filter(case_ref=case).count() == before + 1


def test_a_hazards_paper_says_how_it_stands_of_which_kind_and_at_which_premises():
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    number = granted_on_its_page(first, second, f"hazard:{hazard_round.open_one()}")
    page = text_of(first.post(f"/towns/{KEY}/disclosures/{number}/open"))
    stands = page.partition("The case State")[2]
    for said in ("Opened 2026-03-02", "Kind of hazard Exit", "Premises North school · s-1"):
        assert said in stands, said


def test_the_party_reads_which_kind_of_authority_asked_and_on_which_basis(case):
    number = int(case.split(":")[1])
    token = cases.make_link(number, party=1, **small.stamp())
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    disclosure = granted_on_its_page(first, second, case)
    first.post(f"/towns/{KEY}/disclosures/{disclosure}/open")
    told = text_of(Client().get(f"/follow/{token}"))
    assert "for an authority that asked by law (court, order of a court)" in told


def test_of_two_cases_that_were_named_the_page_says_which_holds(case):
    """And it offers no links, where no party ever comes."""
    first, wrong = signed_in("so-1", Role.SUPERVISOR), f"smallcase:{open_small()}"
    first.post(NEW, form(wrong))
    number = Case.objects.get(type="disclosure").pk
    at = f"/towns/{KEY}/cases/disclosure/{number}"
    assert "Parties" not in text_of(first.get(at)).partition("Names and words")[2]
    empty = first.post(f"{at}/do/correct", {})
    assert (empty.status_code, "Nothing is corrected" in empty.content.decode()) == (422, True)
    first.post(f"{at}/do/correct", {"field-about": case})
    page = text_of(first.post(f"{at}/open", {"purpose": "handling"}, follow=True))
    assert re.search(rf"The one case \S+ \S+ · so-1 replaced {wrong} ", page)
    assert re.search(rf"The one case \S+ \S+ · so-1 holds now {case} ", page)
    assert "All parties and who handles" not in page


def test_next_for_the_handler_of_a_granted_disclosure_is_to_open_it_and_hand_over(case):
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    number = granted_on_its_page(first, second, case)
    at = f"/towns/{KEY}/cases/disclosure/{number}"
    page = first.get(at).content.decode()
    assert '<a href="#disclosure-open">open the case that was asked for' in page
    assert "No next step" not in page
    assert "#disclosure-open" not in second.get(at).content.decode()  # not its to open
    first.post(f"/towns/{KEY}/disclosures/{number}/open")
    then = first.get(at).content.decode()
    _head, _next, after = then.partition('id="actions-next"')
    assert "Note what was handed over" in after.partition("case-group")[0]


def test_the_paper_for_the_printer_holds_the_same_and_no_form(case, monkeypatch):
    monkeypatch.setattr(disclosures, "print_pdf", lambda page: None)  # a system that can't print
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    number = granted_on_its_page(first, second, case)
    file = first.post(f"/towns/{KEY}/disclosures/{number}/open", {"as": "pdf"})
    page = file.content.decode()
    assert file["Content-Type"].startswith("text/html")
    assert all(said in page for said in ("what was said", "12 C 34/26", "order of a court"))
    assert "<form" not in page


def test_a_sealed_case_goes_as_a_file_for_two_custodians_from_the_disclosures_page():
    custody.set_custodians()
    sealed = custody.ended_case(words="said before the sealing")
    custody.seal(sealed)
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    first.post(NEW, form(f"smallcase:{sealed}"))
    number = Case.objects.get(type="disclosure").pk
    at, export = f"/towns/{KEY}/cases/disclosure/{number}", f"/towns/{KEY}/disclosures/{number}"
    assert first.post(f"{export}/export").status_code == 409
    first.post(f"{at}/do/grant", {"field-finding": "it names this case"})
    second.post(f"{at}/open", {"purpose": "deciding"})
    proposal = Case.objects.get(pk=number).proposals.get().pk
    second.post(f"{at}/proposals/{proposal}", {"agree": "yes"})
    assert "/export" not in first.get(at).content.decode()  # whether it is sealed, opening says
    shut = first.post(f"{export}/open").content.decode()
    assert "<h1>Nothing was opened</h1>" in shut
    assert f'action="{export}/export"' in shut  # the way that is left
    answer = first.post(f"{export}/export")
    text = b"".join(answer.streaming_content).decode()
    assert answer["Content-Disposition"] == f'attachment; filename="disclosure-{number}.json"'
    assert f"smallcase:{sealed}" in text
    assert "said before the sealing" not in text
    assert "no-store" in answer["Cache-Control"]
    assert second.post(f"{export}/export").status_code == 403
    assert first.get(f"{export}/export").status_code == 302


def test_what_lacks_is_said_and_what_was_typed_stays(case):
    first = signed_in("so-1", Role.SUPERVISOR)
    for asked in ("smallcase:Mrs Silva", "smallcase:", "smallcase:999999", "x:1", "incident:7"):
        answer = first.post(NEW, form(asked))
        assert answer.status_code == 422
        assert "12 C 34/26" in answer.content.decode()
    assert not Case.objects.filter(type="disclosure").exists()


def test_a_case_is_asked_for_by_the_number_that_its_page_has(case):
    """A case has one number; the board counts incidents by town, and they are named so here."""
    desk = Actor("staff:7", frozenset({Role.DISPATCHER}), shift_ref="shift:7")
    told = {"type": "vehicle_fire", "lon": 0.0, "lat": 0.0, "caller_name": "a caller's words"}
    call = take_call(**told, actor=desk, at=small.AT, recorded_at=small.AT, town_key=KEY)
    board = call.id + 70
    Incident.objects.filter(pk=call.id).update(number=board)
    first, second = signed_in("so-1", Role.SUPERVISOR), signed_in("ad-1", Role.ADMINISTRATOR)
    for asked, named in (
        (case, f"Small case {case.partition(':')[2]}"),
        (f"incident:{board}", f"Incident #{board}"),
    ):
        first.post(NEW, form(asked))
        number = Case.objects.filter(type="disclosure").latest("pk").pk
        at = f"/towns/{KEY}/cases/disclosure/{number}"
        first.post(f"{at}/do/grant", {"field-finding": "it names this case"})
        proposal = Case.objects.get(pk=number).proposals.get().pk
        assert named in text_of(second.post(f"{at}/open", {"purpose": "deciding"}))
        second.post(f"{at}/proposals/{proposal}", {"agree": "yes"})
        opened = text_of(first.post(f"/towns/{KEY}/disclosures/{number}/open"))
        assert named in opened
        assert ("a caller's words" in opened) == asked.startswith("incident")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPERVISOR])
def test_only_supervisors_take_requests_in(case, role):
    assert signed_in("x-1", role).get(NEW).status_code == 403


def test_nobody_without_an_account_comes_here(case):
    assert Client().get(NEW)["Location"].startswith("/accounts/login/")
