"""Pages: who sees which, in which language, and what a page never gives away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.test import Client
from tests.api.conftest import (  # noqa: F401  (fixtures)
    KEY,
    Member,
    dispatcher,
    little_town,
    make_town,
    member,
)

from anlan.kernel.cases.registry import case_types

pytestmark = pytest.mark.django_db(transaction=True)
BOARD = f"/towns/{KEY}/board"


def page_block(html: str) -> dict[str, Any]:
    """Read the one JSON block of a board page."""
    found = re.search(r'<script id="anlan-page" type="application/json">(.*?)</script>', html, re.S)
    assert found is not None
    return dict(json.loads(found[1]))


@pytest.mark.parametrize("path", ["/", BOARD, "/accounts/password/change/"])
def test_whoever_is_not_signed_in_is_sent_to_sign_in(
    little_town: str,  # noqa: F811
    client: Client,
    path: str,
) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_member_sees_the_board_and_nobody_else_does(
    member: Callable[..., Member],  # noqa: F811
) -> None:
    assert member("dispatcher").client.get(BOARD).status_code == 200
    refused = member(None).client.get(BOARD)
    assert refused.status_code == 403
    assert "No role that you hold in this town" in refused.content.decode()


def test_an_unknown_town_is_not_there(dispatcher: Member) -> None:  # noqa: F811
    answer = dispatcher.client.get("/towns/nowhere/board")
    assert answer.status_code == 404
    assert "nothing at this address" in answer.content.decode()


def test_a_single_town_opens_at_once_and_none_says_what_to_do(
    member: Callable[..., Member],  # noqa: F811
) -> None:
    assert member("dispatcher").client.get("/")["Location"] == BOARD
    assert "anlan staff grant" in member(None).client.get("/").content.decode()


def test_the_board_page_holds_the_words_of_its_language_and_no_text_of_a_call(
    dispatcher: Member,  # noqa: F811
) -> None:
    call = {"type": "medical", "lon": -3.69, "lat": 40.41, "words": "CANARY words"}
    assert dispatcher.post("/incidents", call).status_code == 201
    english = dispatcher.client.get(BOARD)
    assert page_block(english.content.decode())["words"] == {}
    dispatcher.client.cookies["django_language"] = "zh-hans"
    chinese = dispatcher.client.get(BOARD).content.decode()
    assert page_block(chinese)["words"]["Take the call"] == "受理警情"
    assert '<html lang="zh-hans"' in chinese
    assert "CANARY" not in english.content.decode() + chinese


def test_the_key_of_drafts_is_the_sessions_own_and_changes_with_it(
    dispatcher: Member,  # noqa: F811
) -> None:
    first = page_block(dispatcher.client.get(BOARD).content.decode())["draft_key"]
    again = page_block(dispatcher.client.get(BOARD).content.decode())["draft_key"]
    assert first == again
    dispatcher.client.session.flush()
    from django.contrib.auth import get_user_model

    other = Client()
    other.force_login(
        get_user_model().objects.get(username=dispatcher.username),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    assert page_block(other.get(BOARD).content.decode())["draft_key"] != first


def test_the_board_is_not_kept_by_caches(dispatcher: Member) -> None:  # noqa: F811
    assert "no-store" in dispatcher.client.get(BOARD)["Cache-Control"]


def test_the_policy_of_pages_allows_no_inline_code(dispatcher: Member) -> None:  # noqa: F811
    answer = dispatcher.client.get(BOARD)
    assert "unsafe" not in answer["Content-Security-Policy"]
    html = answer.content.decode()
    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    scripts = re.findall(r"<script\b[^>]*>", html)
    assert all("src=" in one or "application/json" in one for one in scripts)


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_theme_is_remembered(db: None, client: Client, theme: str) -> None:
    answer = client.post("/display/theme/", {"theme": theme, "next": "/privacy/"})
    assert answer["Location"] == "/privacy/"
    assert f'data-theme="{theme}"' in client.get("/privacy/").content.decode()


def test_a_made_up_theme_and_a_way_out_of_the_house_are_left_aside(
    db: None, client: Client
) -> None:
    answer = client.post("/display/theme/", {"theme": "<script>", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
    assert "anlan_theme" not in answer.cookies
    client.cookies["anlan_theme"] = '"><script>alert(1)</script>'
    assert "<script>alert" not in client.get("/privacy/").content.decode()


@pytest.mark.parametrize(
    "path",
    ["/accounts/signup/", "/accounts/password/reset/", "/accounts/email/", "/admin/"],
)
def test_nobody_signs_up_and_nothing_is_mailed(db: None, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_what_is_never_stored_is_public_in_both_languages(db: None, client: Client) -> None:
    assert "never stored" in client.get("/privacy/").content.decode()
    client.cookies["django_language"] = "zh-hans"
    assert "绝不保存" in client.get("/privacy/").content.decode()


# --- planning ------------------------------------------------------------------------------------

COVERAGE, SITING = f"/towns/{KEY}/coverage", f"/towns/{KEY}/siting"
PLAN = {"planner", "duty_officer", "supervisor", "administrator"}


@pytest.mark.parametrize("path", [COVERAGE, SITING, f"{COVERAGE}/cover.geojson"])
def test_planning_is_for_those_who_plan(
    member: Callable[..., Member],  # noqa: F811
    client: Client,
    path: str,
) -> None:
    for role in ("dispatcher", "crew", "planner", "duty_officer", "supervisor", "administrator"):
        answer = member(role).client.get(path)
        assert answer.status_code == (200 if role in PLAN else 403), role
    assert member(None).client.get(path).status_code == 403
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_a_planner_begins_at_coverage_and_is_shown_no_board(
    member: Callable[..., Member],  # noqa: F811
) -> None:
    planner = member("planner")
    assert planner.client.get("/")["Location"] == COVERAGE
    refused = planner.client.get(BOARD)
    assert refused.status_code == 403
    assert "no role in this town" not in refused.content.decode()
    assert "The role planner does not open the board" in refused.content.decode()
    assert f'href="{COVERAGE}"' in refused.content.decode()
    page = planner.client.get(COVERAGE).content.decode()
    assert BOARD not in page
    assert SITING in page


def test_a_duty_officer_finds_the_way_between_board_and_coverage(
    member: Callable[..., Member],  # noqa: F811
) -> None:
    officer = member("duty_officer").client
    assert officer.get("/")["Location"] == BOARD
    assert COVERAGE in officer.get(BOARD).content.decode()
    assert BOARD in officer.get(COVERAGE).content.decode()
    assert COVERAGE not in member("dispatcher").client.get(BOARD).content.decode()


def test_the_coverage_page_knows_the_posts_and_units_of_its_town(
    member: Callable[..., Member],  # noqa: F811
) -> None:
    plan = page_block(member("planner").client.get(COVERAGE).content.decode())["plan"]
    assert plan["kinds"] == ["fire"]
    assert {one["code"] for one in plan["unit_kinds"]} >= {"engine", "truck"}
    assert plan["town"]["bounds"]


@pytest.mark.parametrize(
    ("ending", "kind", "begins"),
    [
        ("geojson", "application/geo+json", b'{"type":"FeatureCollection"'),
        ("gpkg", "application/geopackage+sqlite3", b"SQLite format 3"),
        ("png", "image/png", b"\x89PNG"),
    ],
)
def test_coverage_is_taken_along_as_a_file(
    member: Callable[..., Member],  # noqa: F811
    ending: str,
    kind: str,
    begins: bytes,
) -> None:
    query = {"minutes": "1,2", "hour": "8", "gap_minutes": "2"}
    answer = member("planner").client.get(f"{COVERAGE}/cover.{ending}", query)
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer.content.startswith(begins)
    assert f"{KEY}-fire-1-2-08.{ending}" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    "query", [{"minutes": "x"}, {"hour": "99"}, {"kind": "police"}, {"gap_minutes": "0"}], ids=str
)
def test_a_file_that_cannot_be_made_is_refused_in_a_sentence(
    member: Callable[..., Member],  # noqa: F811
    query: dict[str, str],
) -> None:
    answer = member("planner").client.get(f"{COVERAGE}/cover.png", query)
    assert answer.status_code == 422
    assert answer.content.decode().endswith(".")


@pytest.mark.parametrize(("language", "word"), [("en", "sealed"), ("zh-hans", "加密保存")])
def test_anyone_reads_what_each_kind_of_case_asks(client, language, word):
    client.cookies["django_language"] = language
    page = client.get("/privacy/asked/").content.decode()
    for kind in case_types():
        assert f'id="asked-{kind.code}"' in page
        for field in kind.fields:
            assert field.label.in_language(language) in unescape(page)
    assert word in page


def test_the_bar_names_what_it_leads_to_lists_of() -> None:
    from anlan.kernel.values import Actor, Role
    from anlan.web.shell.links import town_links

    actor = Actor("staff:1", frozenset({Role.CLERK, Role.SUPERVISOR}))
    labels = {one.label for one in town_links("town", actor)}
    assert {"Mediations", "Hazards", "Disclosures to authorities"} <= labels
