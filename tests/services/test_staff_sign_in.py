"""Signing in by user name and password, and what a guesser meets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.staff import services
from anlan.kernel.values import Actor, Role

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADMINISTRATOR = Actor("cli", frozenset({Role.ADMINISTRATOR}))
LOGIN = "/accounts/login/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def password():
    """The password of desk-2."""
    cache.clear()  # allauth's own rate limits
    made = services.create_staff(username="desk-2", actor=ADMINISTRATOR, at=AT, recorded_at=AT)
    return made.password


def sign_in(client, username, password, address="10.0.0.1"):
    words = {"login": username, "password": password}
    return client.post(LOGIN, words, REMOTE_ADDR=address, HTTP_USER_AGENT="test")


def signed_in(client):
    return "_auth_user_id" in client.session


def test_right_password_signs_in_and_a_wrong_one_does_not(client, password):
    assert sign_in(client, "desk-2", "wrong").status_code == 200
    assert not signed_in(client)
    assert sign_in(client, "desk-2", password).status_code == 302
    assert signed_in(client)


def test_a_password_that_somebody_chose_has_its_entry_and_ends_the_other_sessions(client, password):
    """Who got hold of a session could change the password, and nothing told of it."""
    elsewhere = Client()
    for each in (client, elsewhere):
        sign_in(each, "desk-2", password)
    chosen = {"password1": "brook-stone-lantern-42", "password2": "brook-stone-lantern-42"}
    client.post("/accounts/password/change/", {"oldpassword": password, **chosen})
    entry = LedgerEntry.objects.latest("id")
    assert (entry.action, entry.subject) == ("staff.password_changed", entry.actor_ref)
    assert client.get("/accounts/password/change/").status_code == 200
    assert elsewhere.get("/accounts/password/change/").status_code == 302
    assert sign_in(Client(), "desk-2", "brook-stone-lantern-42").status_code == 302


def test_a_session_holds_no_sentence_that_nobody_is_shown(client, password):
    sign_in(client, "desk-2", password)
    assert "_messages" not in client.session


def test_ended_account_does_not_sign_in(client, password):
    services.end_account(username="desk-2", actor=ADMINISTRATOR, at=AT, recorded_at=AT)
    sign_in(client, "desk-2", password)
    assert not signed_in(client)


def test_session_of_an_ended_account_ends(client, password):
    sign_in(client, "desk-2", password)
    services.end_account(username="desk-2", actor=ADMINISTRATOR, at=AT, recorded_at=AT)
    assert client.get("/").status_code in {302, 403}


def test_guesser_is_locked_out_and_the_owner_elsewhere_is_not(client, settings, password):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = sign_in(client, "desk-2", "wrong")
    assert last.status_code == 429
    assert last["Retry-After"] == "900"
    page = last.content.decode()
    assert "Try again in 15 minutes." in page
    assert 'href="/accounts/login/"' in page
    assert sign_in(client, "desk-2", password).status_code == 429  # the right one comes too late
    assert not signed_in(client)
    assert sign_in(client, "desk-2", password, address="10.0.0.2").status_code == 302


def test_lock_ends_after_its_time(client, settings, password):
    for _ in range(settings.AXES_FAILURE_LIMIT):
        sign_in(client, "desk-2", "wrong")
    long_ago = timezone.now() - settings.AXES_COOLOFF_TIME - timedelta(minutes=1)
    AccessAttempt.objects.update(attempt_time=long_ago)
    assert sign_in(client, "desk-2", password).status_code == 302


def test_neither_password_nor_history_of_sign_ins_is_kept(client, password):
    sign_in(client, "desk-2", "my-secret-guess")
    attempt = str(AccessAttempt.objects.values().get())
    assert "my-secret-guess" not in attempt
    sign_in(client, "desk-2", password)
    client.post("/accounts/logout/")
    assert not AccessLog.objects.exists()


def test_nothing_typed_into_the_wrong_field_and_no_browser_is_kept(client, settings):
    headers = {"HTTP_USER_AGENT": "Mrs Silva's own browser"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        given = {"login": "My secret in the wrong field", "password": "x"}
        last = client.post("/accounts/login/", given, **headers)
    attempts = str(list(AccessAttempt.objects.values()))
    assert "secret" not in attempts
    assert "Silva" not in attempts
    assert last.status_code == 429  # a guesser is locked out all the same


def test_traces_of_signing_in_are_erased_after_their_time(client, settings, password):
    sign_in(client, "desk-2", "wrong")
    sign_in(client, "desk-2x", "wrong")
    now = timezone.now()
    services.forget_sign_in_traces(real_now=now)
    assert AccessAttempt.objects.exists()
    services.forget_sign_in_traces(
        real_now=now + timedelta(hours=settings.ANLAN_SIGN_IN_TRACES_H, minutes=1)
    )
    assert not AccessAttempt.objects.exists()
    sign_in(client, "desk-2", password)
    services.forget_sign_in_traces(real_now=now + timedelta(days=2))
    assert not Session.objects.exists()


def test_nobody_signs_up(client, password):
    from django.urls import NoReverseMatch, reverse

    try:
        address = reverse("account_signup")
    except NoReverseMatch:
        return  # not even offered
    answer = client.post(address, {"username": "intruder", "password1": "long-enough-word-9"})
    assert not signed_in(client)
    assert answer.status_code in {200, 403, 404}
    from anlan.kernel.staff.models import Staff

    assert not Staff.objects.filter(username="intruder").exists()


def test_sign_in_page_carries_a_strict_policy_and_no_framing(client):
    answer = client.get(LOGIN)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_behind_a_proxy_strangers_lock_nobody_else_out(client, settings, password):
    settings.ANLAN_BEHIND_PROXY = True
    words = {"login": "desk-2", "password": "wrong"}
    stranger = {"HTTP_X_FORWARDED_FOR": "10.0.0.7, 203.0.113.9", "REMOTE_ADDR": "127.0.0.1"}
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post(LOGIN, words, **stranger)
    assert answer.status_code == 429
    owner = {"HTTP_X_FORWARDED_FOR": "203.0.113.9, 198.51.100.4", "REMOTE_ADDR": "127.0.0.1"}
    client.post(LOGIN, {**words, "password": password}, **owner)
    assert signed_in(client)


def test_without_a_proxy_nobody_chooses_the_address_that_failures_are_counted_for(
    client, settings, password
):
    for number in range(settings.AXES_FAILURE_LIMIT):
        words = {"login": "desk-2", "password": "wrong"}
        answer = client.post(LOGIN, words, HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
    assert answer.status_code == 429
