"""How allauth and the lock-out are wired for staff accounts."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from anlan.web.shell.addresses import client_address as client_address


class StaffAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Give whom the rate of sign-ins is counted for."""
        return client_address(request)


def attempted_username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str:
    """Name the account that someone tries to enter, cut and small as accounts are written."""
    tried = (credentials or {}).get("username")
    if not tried and request is not None:
        tried = request.POST.get("login", "")
    return str(tried or "").strip().lower()[:40]


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
    """Answer 429 with one sentence when too many sign-ins failed."""
    sentence = _("Too many sign-ins failed for this account from here. Try again in 15 minutes.")
    return HttpResponse(
        sentence,
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": "900"},
    )
