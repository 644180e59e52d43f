"""Pages of hazards: who sees which, the round, the public report without an account."""

from __future__ import annotations

import re
import sys
import threading
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation
from tests.services import hazard_round as scene
from tests.unit.gateways import hostile

from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.models import Inspection, Premises, PreplanFact
from anlan.areas.hazards.rules.hazard import HAZARD
from anlan.areas.hazards.rules.reports import ABOUT_A_PERSON, INSIDE_A_HOME, Told
from anlan.gateways import content
from anlan.gateways.content import checker
from anlan.kernel.cases.models import Case, Document, FollowLink, Party
from anlan.kernel.cases.services import file_checks, make_link
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places.models import Town
from anlan.kernel.staff.models import Membership, Staff
from anlan.kernel.values import Actor, Role
from anlan.web.cases.forms import fields_for
from anlan.web.hazards import inspections as inspection_pages
from anlan.web.hazards import premises as premises_pages

premises_queries = sys.modules["anlan.areas.hazards.queries.premises"]  # shadowed by its function
pytestmark = pytest.mark.django_db(transaction=True)
BASE = f"/towns/{scene.KEY}"
REPORT = f"/report/{scene.KEY}/hazard"
NAMES = {role: f"{role.value.replace('_', '-')}-1" for role in Role}
KEEPERS = {Role.INSPECTOR, Role.SUPERVISOR, Role.PLANNER, Role.ADMINISTRATOR}
READERS = KEEPERS | {Role.CLERK, Role.DISPATCHER, Role.DUTY_OFFICER, Role.CREW}


@pytest.fixture(autouse=True)
def town():
    cache.clear()
    scene.make_town()
    scene.register()
    here = Town.objects.get(key=scene.KEY)
    for role, name in NAMES.items():
        account = Staff.objects.create(username=name, created_at=scene.AT)
        Membership.objects.create(staff=account, town=here, role=role, granted_at=scene.AT)
    yield
    translation.activate("en")  # a page in Chinese leaves its language to the thread


def signed_in(role: Role, *, lang: str = "en") -> Client:
    client = Client()
    client.force_login(
        Staff.objects.get(username=NAMES[role]),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    client.cookies["django_language"] = lang
    return client


def text_of(answer) -> str:
    body = answer.content.decode()
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def key() -> str:
    return str(uuid4())


def soon() -> str:
    """Give a day to come, by this machine's clock, which these pages go by."""
    return f"{timezone.now() + timedelta(days=9):%F}"


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/premises", READERS),
        ("/premises/s-1", READERS),
        ("/inspections", KEEPERS),
        ("/checklists", KEEPERS),
        ("/hazards/overdue", {Role.INSPECTOR, Role.SUPERVISOR, Role.CLERK}),
        (
            "/hazards/new",
            {Role.CLERK, Role.INSPECTOR, Role.SUPERVISOR, Role.CREW, Role.DUTY_OFFICER},
        ),
    ],
)
def test_each_page_is_for_its_roles(path, may):
    for role in Role:
        status = signed_in(role).get(BASE + path).status_code
        assert (status == 200) == (role in may), (role, status)
        assert status in (200, 403, 404)
    assert Client().get(BASE + path)["Location"].startswith("/accounts/login/")


def test_a_thing_is_registered_by_form_and_a_home_is_refused_with_what_serves():
    inspector = signed_in(Role.INSPECTOR)
    form = {"ident": "s-9", "class": "depot", "risk": "high", "lon": "0.02", "lat": "0.02"}
    home = inspector.post(
        BASE + "/premises", form | {"name": "Mrs Silva's residence", "client_key": key()}
    )
    assert home.status_code == 422
    assert "A home can't be registered" in text_of(home)
    assert "Mrs Silva" in home.content.decode()  # what was typed comes back
    done = inspector.post(BASE + "/premises", form | {"name": "Depot", "client_key": key()})
    assert done.status_code == 302
    assert Premises.objects.filter(ident="s-9").exists()


def test_a_thing_is_corrected_by_its_form_which_comes_back_as_it_was_sent():
    inspector, page = signed_in(Role.INSPECTOR), BASE + "/premises/s-1"
    form = {"do": "correct", "name": "South school", "class": "school", "risk": "major"}
    wrong = inspector.post(page, form | {"lon": "0,03", "lat": "none", "client_key": key()})
    assert wrong.status_code == 422
    assert "South school" in wrong.content.decode()
    right = inspector.post(page, form | {"lon": "0,03", "lat": "0.03", "client_key": key()})
    assert right.status_code == 302
    one = Premises.objects.get(ident="s-1")
    assert (one.name, one.risk, one.lon) == ("South school", "major", 0.03)


def test_a_page_leads_only_to_what_its_reader_may_do():
    for role in READERS:
        page = signed_in(role).get(BASE + "/premises/s-1").content.decode()
        opens = role in {
            Role.CLERK, Role.INSPECTOR, Role.SUPERVISOR, Role.CREW, Role.DUTY_OFFICER,
        }  # fmt: skip
        assert ("A new hazard here" in page) == opens, role
    clerk = signed_in(Role.CLERK).get(f"{BASE}/cases/hazard").content.decode()
    assert "/checklists" not in clerk.partition("hazard-ways")[2].partition("</p>")[0]


def test_a_dispatcher_reads_the_register_and_changes_nothing():
    dispatcher = signed_in(Role.DISPATCHER)
    assert "Register a thing" not in text_of(dispatcher.get(BASE + "/premises"))
    form = {"ident": "s-9", "class": "depot", "risk": "low", "lon": "1", "lat": "1", "name": "x"}
    assert dispatcher.post(BASE + "/premises", form | {"client_key": key()}).status_code == 422
    assert Premises.objects.count() == 1


def test_a_thing_has_the_name_of_a_thing_in_chinese():
    page = text_of(signed_in(Role.INSPECTOR, lang="zh-hans").get(f"{BASE}/premises"))
    assert "名称 类别 风险" in page
    assert "姓名" not in page


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "in danger now: yes"), ("zh-hans", "是否危险迫近：是")]
)
def test_a_question_that_was_answered_has_one_mark_before_its_answer(lang, said):
    number = scene.open_one(imminent=True)
    page = signed_in(Role.INSPECTOR, lang=lang).get(f"{BASE}/cases/hazard/{number}")
    assert said in text_of(page)


def test_a_fact_is_stated_shown_and_removed():
    inspector = signed_in(Role.INSPECTOR)
    page = BASE + "/premises/s-1"
    fresh = inspector.get(page).content.decode().partition('id="s-fact"')[2]
    assert fresh.partition("</option>")[0].endswith('<option value="">–'), "nothing is preset"
    none = inspector.post(page, {"do": "state", "fact": "", "client_key": key()})
    assert (none.status_code, "Choose what crews are to be told" in text_of(none)) == (422, True)
    state = {"do": "state", "fact": "goods:un_goods", "un_number": "9999", "client_key": key()}
    assert "from 1001 to 3999 for all else" in text_of(inspector.post(page, state))
    state |= {"un_number": "1203", "client_key": key()}
    assert inspector.post(page, state).status_code == 302
    assert "UN 1203" in text_of(inspector.get(page))
    fact = PreplanFact.objects.get()
    gone = {"do": "remove", "fact": str(fact.pk), "client_key": key()}
    assert inspector.post(page, gone).status_code == 302
    assert not PreplanFact.objects.exists()


@pytest.mark.parametrize(
    ("path", "fields"), [("/premises", ("class", "risk")), ("/premises/s-1", ("fact",))]
)
def test_no_class_risk_or_fact_is_chosen_for_who_forgets_to(path, fields):
    page = signed_in(Role.INSPECTOR).get(BASE + path).content.decode()
    for field in fields:
        first = re.search(f'name="{field}" required><option value="">', page)
        assert first, field


def test_no_page_of_hazards_links_to_one_that_refuses_its_reader():
    scene.inspect(exits="blocked")
    done = Inspection.objects.get()
    pages = ("/premises/s-1", "/cases/hazard", f"/inspections/{done.pk}", "/inspections")
    linked: dict[Role, set[str]] = {}
    for role in Role:
        member = signed_in(role)
        for page in pages:
            answer = member.get(BASE + page)
            links = set(re.findall(rf'href="({BASE}/[^"#]+)"', answer.content.decode()))
            for link in links if answer.status_code == 200 else ():
                status = member.get(unescape(link)).status_code
                assert status in (200, 302), (role, page, link, status)
                linked.setdefault(role, set()).add(link)
    new = {role for role, links in linked.items() if any("/hazards/new?" in one for one in links)}
    assert new == {Role.CLERK, Role.INSPECTOR, Role.SUPERVISOR, Role.CREW, Role.DUTY_OFFICER}


@pytest.mark.parametrize("wrong", [{"floor": "B1"}, {"distance_m": "12.5"}])
def test_a_fact_with_no_whole_number_is_refused_and_its_form_comes_back(wrong):
    inspector = signed_in(Role.INSPECTOR)
    state = {"do": "state", "fact": "water:hydrant_outside", "side": "right", "floor": "2"}
    answer = inspector.post(BASE + "/premises/s-1", state | wrong | {"client_key": key()})
    assert answer.status_code == 422
    (told,) = wrong.values()
    assert f"“{told}” is no whole number." in text_of(answer)
    assert not PreplanFact.objects.exists()
    page = answer.content.decode()
    assert f'value="{told}"' in page
    assert 'value="water:hydrant_outside" selected' in page
    assert 'value="right" selected' in page


def test_a_plan_that_is_refused_comes_back_as_it_was_filled_in():
    inspector = signed_in(Role.INSPECTOR)
    plan = {"do": "plan", "ident": "s-1", "due_on": "2020-01-05", "outside_hours": "yes"}
    answer = inspector.post(BASE + "/inspections", plan | {"client_key": key()})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert '<option value="s-1" selected>' in page
    assert 'required value="2020-01-05"' in page
    assert 'name="outside_hours" value="yes" checked' in page


def test_a_plan_offers_the_register_and_a_long_one_by_what_is_typed(monkeypatch):
    for n in range(3):
        scene.register(f"w-{n}", name=f"Market {n}")
    planner, path = signed_in(Role.PLANNER), BASE + "/inspections"
    day = {"do": "plan", "due_on": soon()}
    chosen = planner.get(f"{path}?ident=w-1").content.decode()
    assert '<option value="w-1" selected>Market 1 (w-1)</option>' in chosen
    monkeypatch.setattr(premises_queries, "MOST_OFFERED", 2)
    two = planner.get(path).content.decode()
    assert two.count('<option value="Market') + two.count('<option value="North school') == 2
    unsure = planner.post(path, day | {"ident": "market", "client_key": key()})
    assert unsure.status_code == 422
    assert "“market” is not in the list" in text_of(unsure)
    assert '<option value="Market 1 · w-1">' in unsure.content.decode()
    assert "North school ·" not in unsure.content.decode()
    for typed in ("Market 1 · w-1", "w-2", "market 0"):
        done = planner.post(path, day | {"ident": typed, "client_key": key()})
        assert done.status_code == 302, text_of(done)


def test_a_change_of_a_plan_that_is_refused_stays_open_as_it_was_filled_in():
    number, path = scene.plan(), BASE + "/inspections"
    sent = {"inspection": number, "do": "call_off", "reason": "works", "client_key": key()}
    refused = signed_in(Role.PLANNER).post(path, sent).content.decode()
    assert '<details class="action" open>' in refused
    assert '<option value="works" selected>' in refused
    plain = signed_in(Role.PLANNER).get(path).content.decode()
    assert '<details class="action" open>' not in plain
    assert f'href="{BASE}/premises/s-1"' in plain


def test_a_thing_leads_to_its_open_hazards_and_says_how_many_lie_elsewhere():
    scene.open_one()
    case = Case.objects.get()
    path = BASE + "/premises/s-1"
    page = signed_in(Role.SUPERVISOR).get(path).content.decode()
    assert f'href="{BASE}/cases/hazard/{case.pk}"' in page
    planner = signed_in(Role.PLANNER).get(path)
    assert f"cases/hazard/{case.pk}" not in planner.content.decode()
    assert "With other offices: 1" in text_of(planner)
    assert "Plan an inspection here" in text_of(planner)
    scene.plan()
    assert "Plan an inspection here" not in text_of(signed_in(Role.PLANNER).get(path))


def test_a_round_is_planned_filled_in_and_opens_what_failed():
    inspector = signed_in(Role.INSPECTOR)
    plan = {"do": "plan", "ident": "s-1", "due_on": soon(), "client_key": key()}
    assert inspector.post(BASE + "/inspections", plan).status_code == 302
    one = Inspection.objects.get()
    page = f"{BASE}/inspections/{one.pk}"
    filled = scene.answers(exits="blocked") | {"form_number": "0", "client_key": key()}
    lacking = {**filled, "alarm": ""}
    refused = inspector.post(page, lacking)
    assert refused.status_code == 422
    assert "Answer “alarm”" in text_of(refused)
    assert 'value="blocked" selected' in refused.content.decode()
    assert inspector.post(page, filled).status_code == 302
    assert "Exit or stair blocked or locked" in text_of(inspector.get(page))
    case = Case.objects.get()
    shown = text_of(inspector.get(f"{BASE}/cases/hazard/{case.pk}"))
    assert "North school" in shown


def test_the_page_that_a_browser_keeps_holds_no_key_and_no_words():
    scene.inspect(exits="blocked")
    scene.plan()
    one = Inspection.objects.get(done_at=None)
    page = signed_in(Role.INSPECTOR).get(f"{BASE}/inspections/{one.pk}").content.decode()
    assert "draft_key" not in page
    assert '"me": "staff:' in page


def test_the_api_takes_a_form_once_in_the_name_of_who_filled_it_in():
    number = scene.plan(days=400)
    inspector = signed_in(Role.INSPECTOR)
    sent = {"answers": scene.answers(gas="danger"), "form_number": 0, "client_key": "offline-1"}
    address = f"/api/towns/{scene.KEY}/inspections/{number}/record"
    first = inspector.post(address, sent, content_type="application/json")
    assert first.status_code == 200, first.content
    entries = LedgerEntry.objects.count()
    again = inspector.post(address, sent, content_type="application/json")
    assert again.json() == first.json()
    assert LedgerEntry.objects.count() == entries
    assert Case.objects.get(pk=first.json()["cases"][0]["id"]).state == "stopped"


def test_nothing_filled_in_by_a_colleague_is_taken_in_another_name():
    number, inspector = scene.plan(days=400), signed_in(Role.INSPECTOR)
    me = f"staff:{Staff.objects.get(username=NAMES[Role.INSPECTOR]).pk}"
    sent = {"answers": scene.answers(exits="blocked"), "client_key": "shared-1"}
    address = f"/api/towns/{scene.KEY}/inspections/{number}/record"

    def record(who: str):
        return inspector.post(address, sent | {"filled_by": who}, content_type="application/json")

    refused = record("staff:999999")
    assert (refused.status_code, refused.json()["code"]) == (409, "someone_else")
    assert not Inspection.objects.exclude(done_at=None).exists()
    assert record(me).status_code == 200
    photo = send_photo(inspector, number, filled_by="staff:999999")
    assert (photo.status_code, photo.json()["code"]) == (409, "someone_else")
    assert send_photo(inspector, number, filled_by=me).status_code == 200


def test_the_api_and_the_page_take_when_a_form_was_filled_in():
    said, client = "2026-03-03T09:00:00+08:00", signed_in(Role.INSPECTOR)
    number = scene.plan()
    body = {"answers": scene.answers(), "filled_at": said, "client_key": key()}
    address = f"/api/towns/{scene.KEY}/inspections/{number}/record"
    sent = client.post(address, body, content_type="application/json")
    assert sent.status_code == 200, sent.content
    scene.register("s-2")
    other = scene.plan("s-2")
    body = {**scene.answers(), "filled_at": said, "client_key": key()}
    assert client.post(f"{BASE}/inspections/{other}", body).status_code == 302
    found = Inspection.objects.values_list("filled_at", flat=True)
    assert [one.isoformat() for one in found] == ["2026-03-03T01:00:00+00:00"] * 2


def test_the_round_worker_sees_nothing_outside_the_towns_pages():
    answer = Client().get("/towns/round-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "Service-Worker-Allowed" not in answer


def test_what_is_asked_is_public_in_both_languages():
    for lang, word in (("en", "Fire doors close by themselves"), ("zh-hans", "防火门能自行关闭")):
        client = Client()
        client.cookies["django_language"] = lang
        assert word in text_of(client.get(f"/report/{scene.KEY}/asked"))


def test_a_form_is_proposed_by_file_and_agreed_to_by_another(tmp_path):
    file = tmp_path / "form.toml"
    file.write_text(
        'code = "ours"\nlabel = { en = "Our shops", zh = "本镇商店" }\nclasses = ["shop"]\n'
        'questions = [{ code = "exits", about = "exit", answers = "clear", '
        'hazard = "exit_blocked", label = { en = "Exits", zh = "出口" } }]\n',
        encoding="utf-8",
    )
    page = BASE + "/checklists"
    inspector, supervisor = signed_in(Role.INSPECTOR), signed_in(Role.SUPERVISOR)
    with file.open("rb") as handle:
        sent = {"do": "propose", "form": handle, "client_key": key()}
        assert inspector.post(page, sent).status_code == 302
    agree = {"do": "agree", "code": "ours", "client_key": key()}
    own = inspector.post(page, agree)
    assert own.status_code == 422
    assert "nobody agrees for himself" in text_of(own)
    assert supervisor.post(page, agree | {"client_key": key()}).status_code == 302
    assert "Our shops" in text_of(Client().get(f"/report/{scene.KEY}/asked"))


def test_a_clerk_opens_a_hazard_and_its_words_stand_nowhere_in_clear():
    clerk = signed_in(Role.CLERK)
    form = {
        "kind": "wiring",
        "source": "phone",
        "premises": "s-1",
        "name": "金丝雀",
        "report": "金丝雀 said so",
        "client_key": key(),
    }
    assert clerk.post(BASE + "/hazards/new", form).status_code == 201
    one = Case.objects.get()
    assert one.answers["source"] == "phone"
    page = signed_in(Role.SUPERVISOR).get(f"{BASE}/cases/hazard/{one.pk}")
    assert "金丝雀" not in page.content.decode()


def test_a_hazard_that_is_open_is_joined_or_opened_again_for_a_reason():
    clerk = signed_in(Role.CLERK)
    form = {"kind": "wiring", "source": "desk", "premises": "s-1"}
    page = BASE + "/hazards/new"
    unsaid = clerk.post(page, form | {"kind": "", "client_key": key()})
    assert (unsaid.status_code, Case.objects.count()) == (422, 0), "no kind is preset"
    first = form | {"client_key": key()}
    assert clerk.post(page, first).status_code == 201
    assert clerk.post(page, first).status_code == 201, "sent twice it is one case still"
    one = Case.objects.get()
    again = clerk.post(page, form | {"client_key": key()})
    assert again.status_code == 422
    assert "is open at these premises already" in text_of(again)
    joins = form | {"join": str(one.pk), "report": "it sparks", "client_key": key()}
    assert clerk.post(page, joins).status_code == 201
    assert Case.objects.count() == 1
    assert Party.objects.filter(case=one, role="reporter").count() == 1
    told = LedgerEntry.objects.filter(subject=f"hazard:{one.pk}")
    assert told.get(action="hazard.report_too").actor_ref.startswith("job:")
    assert told.get(action="hazard.reported_at_desk").actor_ref.startswith("staff:")
    inspector = signed_in(Role.INSPECTOR).post(page, form | {"client_key": key()})
    assert f"/cases/hazard/{one.pk}" in inspector.content.decode()
    other = form | {"anyway": "another_spot", "client_key": key()}
    assert clerk.post(page, other).status_code == 201
    assert Case.objects.count() == 2
    assert clerk.post(page, form | {"anyway": "nonsense", "client_key": key()}).status_code == 422


def test_who_may_not_see_a_hazard_reads_its_number_and_an_empty_word_more_is_refused():
    crew, page = signed_in(Role.CREW), BASE + "/hazards/new"
    form = {"kind": "wiring", "source": "crew", "premises": "s-1"}
    kept = crew.post(page, form | {"imminent": "yes", "client_key": key()})
    one = Case.objects.get()
    assert kept.status_code == 201
    assert f"as number {one.pk}" in text_of(kept)
    assert "Somebody could be hurt" in text_of(
        signed_in(Role.INSPECTOR).get(f"{BASE}/cases/hazard")
    )
    case = text_of(signed_in(Role.INSPECTOR).get(f"{BASE}/cases/hazard/{one.pk}"))
    assert "Somebody could be hurt" in case
    assert "Nobody has entered yet that it was looked at" in case
    joins = form | {"join": str(one.pk)}
    empty = crew.post(page, joins | {"client_key": key()})
    assert (empty.status_code, "Nothing is filled in" in text_of(empty)) == (422, True)
    more = crew.post(page, joins | {"report": "it sparks", "client_key": key()})
    assert (more.status_code, f"number {one.pk}" in text_of(more)) == (201, True)


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_a_recheck_with_its_photo_is_a_page_and_photos_stand_beside_each_other(
    lang, settings, tmp_path, monkeypatch
):
    settings.ANLAN_DATA = tmp_path / "data"
    monkeypatch.setattr(content, "look_into", lambda data: content.Checked(*checker.check(data)))
    one = scene.open_one()
    scene.order(one)
    scene.fix(one)
    way = f"{BASE}/hazards/{one}/recheck"
    case = f"{BASE}/cases/hazard/{one}"
    member = signed_in(Role.SUPERVISOR, lang=lang)
    assert way in member.get(case).content.decode()
    assert member.get(way).status_code == 200
    form = {"verdict": "recheck_passed", "words": "金丝雀 dry now", "client_key": key()}
    lacking = member.post(way, form)
    assert lacking.status_code == 409  # neither photo nor reason
    assert "金丝雀 dry now" in lacking.content.decode()
    assert member.post(way, form | {"verdict": "maybe"}).status_code == 422
    photo = SimpleUploadedFile("now.jpg", hostile.picture(), "image/jpeg")
    sent = member.post(way, form | {"client_key": key(), "file": photo})
    assert sent["Location"] == f"{case}?done=recheck_passed"
    assert Case.objects.get().state == "verified"
    assert (
        "data:image/jpeg" not in member.get(case).content.decode()
    )  # nothing is opened by looking
    inspector = signed_in(Role.INSPECTOR, lang=lang)
    assert way not in inspector.get(case).content.decode()
    for path, data in (
        (f"{case}/do/join", {"client_key": key()}),
        (f"{case}/open", {"purpose": "handling"}),
    ):
        assert inspector.post(path, data).status_code in (200, 302)
    assert inspector.get(case).content.decode().count("data:image/jpeg;base64,") == 1


def test_whoever_may_not_recheck_reads_who_does():
    account = Staff.objects.get(username=NAMES[Role.INSPECTOR])
    me = Actor(f"staff:{account.pk}", frozenset({Role.INSPECTOR}))
    one = scene.open_one(me)
    scene.fix(scene.order(one, actor=me).case_id, me)
    case = f"{BASE}/cases/hazard/{one}"
    mine = text_of(signed_in(Role.INSPECTOR).get(case))
    assert "No next step is yours just now. Next, by others:" in mine
    assert "Recheck: it is fixed · somebody else: inspector, supervisor" in mine
    told = re.search(r"Recheck it (over)?due .{0,60}For supervisor", mine)
    assert told, "the town has no other inspector"
    theirs = text_of(signed_in(Role.SUPERVISOR).get(case))
    assert "by others" not in theirs
    assert "Recheck" in text_of(signed_in(Role.SUPERVISOR).get(f"{BASE}/to-do"))


def test_a_recheck_is_for_its_roles():
    one = scene.open_one()
    statuses = {
        role: signed_in(role).get(f"{BASE}/hazards/{one}/recheck").status_code for role in Role
    }
    shown = {role for role, status in statuses.items() if status == 200}
    assert shown == {Role.INSPECTOR, Role.SUPERVISOR}
    assert {statuses[role] for role in set(Role) - shown} <= {403, 404}


# --- the public page -----------------------------------------------------------------------------

TOLD = {"about": "thing", "kind": "exit_blocked", "premises": "s-1", "words": "locked"}


def report(client=None, **more):
    return (client or Client()).post(REPORT, TOLD | {"client_key": key()} | more)


def test_anyone_reports_a_hazard_and_is_given_a_link_once():
    answer = report()
    assert answer.status_code == 201
    assert "/follow/" in answer.content.decode()
    assert FollowLink.objects.count() == 1
    again = report(words="still locked")
    assert "known already" in text_of(again)
    assert Case.objects.count() == 1
    assert FollowLink.objects.values("party").distinct().count() == 2


def own_link(body: str) -> str:
    """Give the path of the link that a thank-you page shows once."""
    (path,) = re.findall(r'id="own-link">https?://[^/]+(/follow/[^<]+)<', body)
    return path


def test_a_reporters_link_says_what_and_where_and_an_owners_what_is_in_force_too():
    body = report().content.decode()
    number = Case.objects.get().pk
    link = own_link(body)
    scene.do(number, "take", days=1)
    scene.do(number, "set_control", values={"control": "power_off"}, days=1)
    owner = scene.do(
        number, "add_party", days=1, values={"party_role": "owner"}, texts={"name": "金丝雀 Ltd"}
    )
    token = make_link(number, party=owner.parties[0], **scene.stamp(days=1))
    about = (
        "What it is about Kind of hazard: Exit or stair blocked or locked Premises: North school"
    )
    theirs = text_of(Client().get(f"/follow/{token}/"))
    assert f"{about} Interim measure in force: electricity off" in theirs
    reporters = text_of(Client().get(f"{link}/"))
    assert about in reporters
    assert "electricity off" not in reporters
    assert "金丝雀" not in reporters + theirs


def test_a_hazard_at_no_premises_names_none():
    body = report(premises="", spot="金丝雀 lane").content.decode()
    link = own_link(body)
    page = text_of(Client().get(f"{link}/"))
    assert "Kind of hazard: Exit" in page
    assert "Premises" not in page
    assert "金丝雀" not in page


def test_a_photo_is_added_on_the_thank_you_page_or_later_by_the_link(
    settings, tmp_path, monkeypatch
):
    settings.ANLAN_DATA = tmp_path / "data"
    monkeypatch.setattr(content, "look_into", lambda data: content.Checked(*checker.check(data)))
    assert "A photo can be added" in text_of(Client().get(REPORT))
    body = report().content.decode()
    (form,) = re.findall(r'(?s)<form [^>]*action="(/follow/[^"]+)">(.*?)</form>', body)
    hidden = dict(re.findall(r'name="(\w+)" value="(\w+)"', form[1]))
    picture = SimpleUploadedFile("door.jpg", hostile.picture(), content_type="image/jpeg")
    answer = Client(enforce_csrf_checks=True).post(form[0], {**hidden, "file": picture})
    assert answer.status_code == 302
    kept = Document.objects.get()
    assert (kept.kind, kept.space, kept.added_by.partition(":")[0]) == ("before", "p1", "link")
    page = Client().get(answer.headers["Location"])
    assert "photo before 1" in text_of(page)
    assert "Add a photo" in text_of(page)
    assert "Add a document" not in text_of(page)
    opened = '<details class="own-action" id="add-document" open>'
    assert opened not in page.content.decode()
    assert opened in Client().get(own_link(report().content.decode())).content.decode()


def test_who_is_given_no_link_is_offered_no_photo():
    form = TOLD | {"client_key": key()}
    Client().post(REPORT, form)
    assert "Add a photo" not in text_of(Client().post(REPORT, form))


ALERTS_NOBODY = (
    "This report alerts nobody. Where somebody could be hurt, call the emergency number now."
)


def test_that_a_report_alerts_nobody_is_said_at_the_tick_and_after_it_with_the_numbers():
    fresh = Client().get(REPORT)
    body = fresh.content.decode()
    assert f"{ALERTS_NOBODY} fire 119 · ambulance 120 · police 110" in text_of(fresh)
    assert 'aria-describedby="r-alerts-nobody"' in body
    assert '<a href="tel:119">' in body
    for words in (ABOUT_A_PERSON, INSIDE_A_HOME):
        assert words in text_of(fresh), "at the choice itself"
    assert ALERTS_NOBODY not in text_of(report())
    assert f"{ALERTS_NOBODY} fire 119" in text_of(report(imminent="yes"))
    Town.objects.update(country="XX")
    unknown = Client().get(REPORT)
    assert ALERTS_NOBODY in text_of(unknown)
    assert "tel:" not in unknown.content.decode()


@pytest.mark.parametrize(
    ("contact", "told"),
    [("hallo", False), ("", True), ("+86 138 0000 0000", True), ("a@b.cn", True)],
)
def test_who_gave_no_way_to_be_told_reads_so_and_may_copy_the_link(contact, told):
    answer = report(contact=contact)
    assert ("you can't be told" not in text_of(answer)) == told
    assert 'data-copy="own-link" hidden' in answer.content.decode()


def test_the_same_form_sent_twice_is_one_report_and_shows_no_link_again():
    form = TOLD | {"client_key": key()}
    client = Client()
    client.post(REPORT, form)
    second = client.post(REPORT, form)
    assert second.status_code == 201
    assert "/follow/" not in second.content.decode()
    assert FollowLink.objects.count() == 1


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize("about", ["person", "home"])
def test_a_person_or_a_home_is_turned_to_what_serves_and_nothing_is_kept(about, lang):
    client = Client()
    client.cookies["django_language"] = lang
    answer = report(client, about=about)
    assert answer.status_code == 422
    assert ("emergency number" if lang == "en" else "紧急电话") in text_of(answer)
    assert "locked" in answer.content.decode()  # what was typed is still there
    assert Case.objects.count() == 0


def test_the_sixth_report_within_an_hour_from_one_address_waits():
    for number in range(5):
        assert report(words=str(number)).status_code == 201
    refused = report(words="6")
    assert refused.status_code == 422
    assert "Too many reports" in text_of(refused)
    elsewhere = Client(REMOTE_ADDR="192.0.2.9")
    assert report(elsewhere).status_code == 201


def test_one_line_of_ipv6_is_one_sender_and_what_it_sends_too_often_counts_once_for_the_town(
    monkeypatch,
):
    monkeypatch.setattr("anlan.areas.hazards.rules.reports.PER_TOWN", 6)
    for number in range(8):
        one = report(Client(REMOTE_ADDR=f"2001:db8:0:1::{number}"), words=str(number))
        assert one.status_code == (201 if number < 5 else 422), number
    for number in range(2, 5):
        other = Client(REMOTE_ADDR=f"2001:db8:0:{number}::1")
        assert report(other, words="mine").status_code == 201, "others report still"
    assert report(other, words="more").status_code == 422, "in a flood once an hour"


def test_a_form_with_something_missing_counts_for_nobody():
    for _again in range(7):
        assert report(kind="").status_code == 422
    assert report().status_code == 201


def test_a_public_page_needs_a_town():
    assert Client().get("/report/nowhere/hazard").status_code == 404


def test_an_inspectors_to_do_holds_inspections_that_are_late_and_nobody_elses():
    scene.register("s-2", name="South school")
    scene.plan("s-1")  # months ago
    now = timezone.now()
    today = {**scene.stamp(), "at": now, "recorded_at": now}  # no day is planned years ahead
    hazards.plan_inspection("s-2", due_on=(now + timedelta(days=40)).date(), **today)
    shown = text_of(signed_in(Role.INSPECTOR).get(f"{BASE}/to-do"))
    assert "Inspections due" in shown
    assert "North school" in shown
    assert "late" in shown
    assert "South school" not in shown, "not due for weeks"
    assert "Inspections due" not in text_of(signed_in(Role.CLERK).get(f"{BASE}/to-do"))


def test_the_list_says_how_many_are_overdue():
    one = scene.open_one()  # months ago
    scene.do(one, "add_party", values={"party_role": "owner"}, texts={"name": "School board"})
    scene.do(one, "set_control", values={"control": "cordon"})
    page = text_of(signed_in(Role.INSPECTOR).get(f"{BASE}/cases/hazard"))
    assert "Overdue 1" in page
    assert "Exit or stair blocked or locked · North school" in page
    overdue = text_of(signed_in(Role.INSPECTOR).get(BASE + "/hazards/overdue"))
    assert "Serve the order" in overdue
    assert "cordoned off" in overdue
    assert re.search(r"overdue by \d+ days", overdue)
    day = re.search(r"Serve the order (\d{4}-\d\d-\d\d)", overdue)
    assert day is not None
    for page in (f"{BASE}/cases/hazard", f"{BASE}/cases/hazard/{one}"):
        assert f"days {day[1]}" in text_of(signed_in(Role.INSPECTOR).get(page)), "one rule"
    case = text_of(signed_in(Role.INSPECTOR).get(f"{BASE}/cases/hazard/{one}"))
    assert "not asked yet" not in case


def test_who_could_take_a_case_reads_that_taking_opens_its_words():
    one = hazards.report_hazard(
        Told("thing", "exit_blocked", premises="s-1", words="it is locked"),
        town_key=scene.KEY,
        at=scene.AT,
        recorded_at=scene.AT,
    ).case_id
    case = f"{BASE}/cases/hazard/{one}"
    assert "First “Take it” : then its words open to you." in text_of(
        signed_in(Role.INSPECTOR).get(case)
    )
    account = Staff.objects.get(username=NAMES[Role.INSPECTOR])
    scene.do(one, "take", Actor(f"staff:{account.pk}", frozenset({Role.INSPECTOR})))
    open_now = signed_in(Role.INSPECTOR).get(case).content.decode()
    assert "then its words open" not in open_now
    assert f"{case}/open" in open_now


def test_who_reads_a_row_of_words_stands_once_below_the_first_of_them():
    asked = ("name", "contact", "report", "finding", "notes")
    texts = [str(one.help_text) for _name, one in fields_for(HAZARD, requires=asked, language="en")]
    assert [bool(one) for one in texts] == [True, False, False, True, True]
    assert texts[0].startswith("Only this party")


def send_photo(client: Client, number: int, question: str = "exits", **more):
    data = more.pop("data", hostile.picture())
    sent = {"photo": SimpleUploadedFile("a.jpg", data), "question": question, "client_key": key()}
    return client.post(f"{more.pop('base', BASE)}/inspections/{number}/photo", {**sent, **more})


def done_inspection() -> int:
    scene.inspect(exits="blocked")
    return Inspection.objects.get().pk


def test_a_photo_is_taken_from_inspectors_and_from_nobody_else():
    number = done_inspection()
    for role in Role:
        status = send_photo(signed_in(role), number).status_code
        assert (status == 200) == (role is Role.INSPECTOR), (role, status)
        assert status in (200, 403)
    assert send_photo(Client(), number).headers["Location"].startswith("/accounts/login/")
    assert send_photo(signed_in(Role.INSPECTOR), number, base="/towns/other").status_code == 404
    assert send_photo(signed_in(Role.INSPECTOR), number + 1).status_code == 404
    assert Document.objects.count() == 1


def test_a_photo_that_comes_again_is_kept_once():
    number, client, said = done_inspection(), signed_in(Role.INSPECTOR), key()
    data = hostile.picture()
    first = send_photo(client, number, data=data, client_key=said).json()
    assert send_photo(client, number, data=data, client_key=said).json() == first
    assert Document.objects.count() == 1


def test_a_photo_says_whether_trying_again_helps(settings, monkeypatch):
    scene.plan()
    number, client = Inspection.objects.get().pk, signed_in(Role.INSPECTOR)
    assert send_photo(client, number).status_code == 409  # its checklist is still to come
    scene.inspect(exits="blocked")
    broken = send_photo(client, number, data=b"\xff\xd8\xffcut")
    assert broken.status_code == 422
    assert "damaged" in broken.json()["sentence"]
    assert send_photo(client, number, "gas").status_code == 422  # nothing failed there
    settings.ANLAN_CLAMD = "unix:/nowhere"
    assert send_photo(client, number).status_code == 503
    settings.ANLAN_CLAMD = ""
    monkeypatch.setattr(file_checks, "_places", threading.Semaphore(0))
    monkeypatch.setattr(file_checks, "_queue", threading.Semaphore(0))
    assert send_photo(client, number).status_code == 503
    assert Document.objects.count() == 0


def test_a_register_too_long_to_choose_from_is_paged_and_its_places_are_named_by_code(monkeypatch):
    for n in range(4):
        scene.register(f"w-{n}", name=f"Market {n}")
    monkeypatch.setattr(premises_queries, "MOST_OFFERED", 3)
    monkeypatch.setattr(premises_pages, "MOST_SHOWN", 3)
    inspector = signed_in(Role.INSPECTOR)
    first = inspector.get(BASE + "/premises").content.decode()
    assert first.count('<th scope="row">') == 3
    further = re.search(r'href="(\?[^"]*after=[^"]*)"', first)
    assert further
    rest = inspector.get(f"{BASE}/premises{unescape(further[1])}").content.decode()
    assert rest.count('<th scope="row">') == 2
    assert '<select id="r-where"' not in Client().get(REPORT).content.decode()
    assert "Market 2" in Client().get(f"{REPORT}?at=w-2").content.decode()
    assert report(premises="w-2", spot="").status_code == 201
    assert Case.objects.get().hazard.premises.ident == "w-2"
    wrong = report(premises="w-9", words="bare wires")
    assert wrong.status_code == 422
    assert "w-9" in text_of(wrong)
    assert "bare wires" in wrong.content.decode()


def test_of_a_large_register_what_is_due_is_shown_when_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(inspection_pages, "LARGEST_REGISTER", 0)
    planner = signed_in(Role.PLANNER)
    page = planner.get(BASE + "/inspections").content.decode()
    assert "Plan what is due within a month" in page
    due = f'<a href="{BASE}/premises/s-1">'
    assert due not in page
    shown = planner.get(BASE + "/inspections?due=1").content.decode()
    assert "Plan what is due within a month" in shown
    assert due in shown
