"""Pages: who sees which, in which language, and what a page never gives away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
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
    assert "no role in this town" in refused.content.decode()


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
    assert "永不保存" in client.get("/privacy/").content.decode()
