"""How allauth and the lock-out are wired for staff accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from axes.handlers.database import AxesDatabaseHandler
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac

from anlan.kernel.staff import services
from anlan.kernel.staff.queries import staff_ref
from anlan.kernel.values import Actor
from anlan.web.shell.addresses import client_address as client_address


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Keep no message: no page of ours shows one, and in the session it would only lie."""

    def set_password(self, user: Any, password: str) -> None:
        """Keep the password that somebody chose, with its entry like every other write."""
        now = datetime.now(UTC)
        actor = Actor(staff_ref(user.pk), frozenset())
        services.change_own_password(password, actor=actor, at=now, recorded_at=now)
        user.refresh_from_db(fields=["password"])  # the session goes on with it

    def get_client_ip(self, request: HttpRequest) -> str:
        """Give whom the rate of sign-ins is counted for."""
        return client_address(request)


def attempted_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Name the account that someone tries to enter, cut and small as accounts are written.

    What names no account may be anything, such as a password typed into the wrong field: of it a
    keyed hash is kept, by which a guesser is locked out all the same.
    """
    tried = (credentials or {}).get("username")
    if not tried and request is not None:
        tried = request.POST.get("login", "")
    name = str(tried or "").strip().lower()[:40]
    if not name or get_user_model().objects.filter(username=name).exists():
        return name
    return salted_hmac("anlan.sign_in.no_account", name, algorithm="sha256").hexdigest()[:32]


class WordlessHandler(AxesDatabaseHandler):
    """Keeps a failed sign-in without what the browser said of itself, which can be anything."""

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count the attempt."""
        if request is not None:
            request.axes_user_agent = request.axes_http_accept = ""
        super().user_login_failed(sender, credentials, request, **kwargs)


def client_without_words(*args: Any, **kwargs: Any) -> str:
    """Name a client in a log line by nothing: the log holds no address and no account."""
    return "client"


def locked_out(
    request: HttpRequest,
    original_response: HttpResponse | None = None,
    credentials: dict[str, Any] | None = None,
    *args: Any,
    **kwargs: Any,
) -> HttpResponse:
    """Answer 429 with a page that says so when too many sign-ins failed, and who can help."""
    page = render(request, "account/locked_out.html", status=429)
    page["Retry-After"] = "900"
    return page
