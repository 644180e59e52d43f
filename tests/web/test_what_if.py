"""The what-if pages: who may, what a form asks, how a study shows, and a report apart from us."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation
from tests.services.what_if_town import AT, log_days, street_town

from anlan.areas.coverage.models import Study
from anlan.areas.coverage.queries.studies import asked as studies
from anlan.jobs import run_studies
from anlan.kernel.places.models import LoggedCall, LoggedResponse, Post, Town, Unit
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role

ADMIN = {
    "actor": Actor("cli", frozenset({Role.ADMINISTRATOR})),
    "at": AT,
    "recorded_at": AT,
}
PAGE = "/towns/line/what-if"


@pytest.fixture
def town(transactional_db, settings, tmp_path):
    """The street with its log."""
    settings.ANLAN_DATA = tmp_path
    translation.activate("en")
    town = street_town(tmp_path)
    log_days(town)
    return town


def signed_in(role: Role | None) -> Client:
    name = f"who-{role or 'none'}".replace("_", "-")
    staff.create_staff(username=name, **ADMIN)
    if role is not None:
        staff.grant_role(town_key="line", username=name, role=role, **ADMIN)
    client = Client()
    client.force_login(Staff.objects.get(username=name))
    return client


def form(**more: object) -> dict[str, object]:
    post, unit = Post.objects.get(ident="2"), Unit.objects.get(ident="E2")
    return {"close": [post.pk], "remove": [unit.pk], "dispatch": "recommended"} | more


@pytest.mark.parametrize("role", [*sorted(Role), None])
def test_planners_and_those_above_see_it_and_nobody_else(town, role):
    plans = {Role.PLANNER, Role.DUTY_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR}
    wanted = 200 if role in plans else 403
    assert signed_in(role).get(PAGE).status_code == wanted


def test_whoever_is_not_signed_in_is_sent_to_sign_in(town):
    for path in (PAGE, f"{PAGE}/1", f"{PAGE}/1/report.html"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")


def test_a_made_up_town_without_a_log_is_told_what_its_calls_are(town):
    client = signed_in(Role.PLANNER)
    choice = '<option value="log">'
    logged = client.get(PAGE).content.decode()
    LoggedResponse.objects.all().delete()
    LoggedCall.objects.all().delete()
    real = client.get(PAGE).content.decode()
    Town.objects.update(made_up=True)
    drawn = client.get(PAGE).content.decode()
    assert choice in logged
    assert choice in real
    assert choice not in drawn
    assert "This made-up town has no log" in drawn


def test_a_form_that_is_sent_twice_asks_once(town):
    client = signed_in(Role.PLANNER)
    first = client.post(PAGE, form(client_key="tap-1"))
    again = client.post(PAGE, form(client_key="tap-1"))
    assert first.status_code == again.status_code == 302
    assert first["Location"] == again["Location"]
    assert Study.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({}, "Change something"),
        ({"new_at": "north of here", "new_kind": "engine"}, "Write the place as longitude"),
        ({"close": ["<b>"]}, "none of the choices"),
        ({"new_at": "0.01, 0.0", "new_kind": "tank"}, "none of the choices"),
    ],
)
def test_a_form_that_asks_nothing_sound_comes_back_with_a_sentence(town, sent, sentence):
    answer = signed_in(Role.PLANNER).post(PAGE, sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Study.objects.exists()


def chosen_on(page: str) -> set[str]:
    """Give the tags of all that is ticked or chosen on the form."""
    return set(re.findall(r"<(?:input|option)[^>]* (?:checked|selected)>", page))


@pytest.mark.parametrize("how", ["sent in vain", "asked again"])
def test_what_was_chosen_stands_on_the_form_again(town, how):
    client = signed_in(Role.PLANNER)
    post, unit = Post.objects.get(ident="2"), Unit.objects.get(ident="E2")
    other = Unit.objects.exclude(pk=unit.pk).filter(post__isnull=False).first()
    sent = form(move_unit=other.pk, move_to=Post.objects.get(ident="1").pk, dispatch="closest")
    sent |= {"move_up": "ddsm", "source": "drawn", "new_kind": "engine", "new_at": "0.01, 0"}
    if how == "sent in vain":
        page = client.post(PAGE, sent | {"new_at": "0.01 north"}).content.decode()
        assert 'value="0.01 north"' in page
    else:
        study = client.post(PAGE, sent)["Location"].rsplit("/", 1)[1]
        page = client.get(PAGE, {"again": study}).content.decode()
        assert 'value="0.010000, 0.000000"' in page
    assert chosen_on(page) == {
        f'<input type="checkbox" name="close" value="{post.pk}" checked>',
        f'<input type="checkbox" name="remove" value="{unit.pk}" checked>',
        f'<option value="{other.pk}" selected>',
        f'<option value="{sent["move_to"]}" selected>',
        '<option value="engine" selected>',
        *(f'<option value="{one}" selected>' for one in ("closest", "ddsm", "drawn")),
    }


@pytest.mark.parametrize("again", ["99999", "x", "-1", ""])
def test_asking_again_what_is_not_there_is_the_empty_form(town, again):
    answer = signed_in(Role.PLANNER).get(PAGE, {"again": again})
    assert answer.status_code == 200
    assert not chosen_on(answer.content.decode())


def test_a_study_shows_its_progress_its_stop_and_its_answer(town):
    client = signed_in(Role.PLANNER)
    address = client.post(PAGE, form())["Location"]
    number = int(address.rsplit("/", 1)[1])
    waiting = client.get(address).content.decode()
    assert "Waiting" in waiting
    assert '<progress max="100" value="0">' in waiting
    assert 'id="study" data-state="queued"' in waiting
    run_studies.run_one(number)
    done = client.get(address).content.decode()
    assert "With B the first unit arrives" in done
    assert "<progress" not in done
    listed = client.get(PAGE).content.decode()
    assert "Station 2 closes. E2 is taken away." in listed
    assert client.get(f"/towns/line/what-if/{number + 1}").status_code == 404


def test_a_report_runs_apart_from_this_origin_and_comes_as_files(town):
    client = signed_in(Role.SUPERVISOR)
    address = client.post(PAGE, form())["Location"]
    assert client.get(f"{address}/report.html").status_code == 404
    run_studies.run_one(int(address.rsplit("/", 1)[1]))
    page = client.get(f"{address}/report.html")
    policy = page["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts;")
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert client.get(f"{address}/report.html?download")["Content-Disposition"].startswith(
        "attachment"
    )
    figures = client.get(f"{address}/report.json")
    assert figures["Content-Type"] == "application/json"
    assert figures.json() == studies.report_of(int(address.rsplit("/", 1)[1]), "line")


def test_posts_of_one_name_are_told_apart_by_service_and_number(town):
    Post.objects.update(name="Long Street")
    client = signed_in(Role.PLANNER)
    page = client.get(PAGE).content.decode()
    assert "Fire posts" in page
    assert page.count("fire 2 · Long Street") == 2  # to close, and to move to
    client.post(PAGE, form())
    assert "fire 2 · Long Street closes." in client.get(PAGE).content.decode()


def test_a_real_town_without_a_log_is_told_before_it_asks(town):
    client = signed_in(Role.PLANNER)
    shut = '<button class="primary" disabled aria-describedby="silent">'
    assert shut not in client.get(PAGE).content.decode()
    LoggedResponse.objects.all().delete()
    LoggedCall.objects.all().delete()
    page = client.get(PAGE).content.decode()
    assert shut in page
    assert "This town has no logged calls" in page


def test_a_place_to_be_typed_looks_like_the_towns_own(town):
    assert 'placeholder="0.0200, 0.0000"' in signed_in(Role.PLANNER).get(PAGE).content.decode()


def test_studies_stand_at_the_towns_time(town):
    client = signed_in(Role.PLANNER)
    client.post(PAGE, form())
    Study.objects.update(asked_at=AT)  # noon UTC
    Town.objects.update(zone="America/Santiago")
    assert "2026-03-01 09:00" in client.get(PAGE).content.decode()


def test_a_study_that_failed_says_why_and_what_to_do(town):
    client = signed_in(Role.PLANNER)
    address = client.post(PAGE, form())["Location"]
    Study.objects.update(state="failed", fault_code="no_log")
    page = client.get(address).content.decode()
    assert "<strong>Failed</strong>. The town has no logged calls" in page
    assert "Choose and ask again" in page


def test_stopping_is_a_post_and_shows_at_once(town):
    client = signed_in(Role.DUTY_OFFICER)
    address = client.post(PAGE, form())["Location"]
    assert client.get(f"{address}/stop").status_code == 405
    assert client.post(f"{address}/stop")["Location"] == address
    assert "stopped" in client.get(address).content.decode()


def test_the_pages_speak_chinese(town):
    client = signed_in(Role.PLANNER)
    client.cookies["django_language"] = "zh-hans"
    assert "关闭的站点" in client.get(PAGE).content.decode()
