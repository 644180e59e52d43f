"""Signing in and out, and changing one's own password. Nobody signs up and nothing is mailed.

allauth looks up the other addresses by name, so they exist and answer 404.
"""

from __future__ import annotations

from allauth.account import views as allauth
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def not_offered(request: HttpRequest) -> HttpResponse:
    """Answer that this page is not offered."""
    raise Http404


NOT_OFFERED = ("signup", "email", "email_verification_sent", "reset_password", "set_password")

urlpatterns = [
    path("login/", allauth.login, name="account_login"),
    path("logout/", allauth.logout, name="account_logout"),
    path("inactive/", allauth.account_inactive, name="account_inactive"),
    path("reauthenticate/", allauth.reauthenticate, name="account_reauthenticate"),
    path("password/change/", allauth.password_change, name="account_change_password"),
    *(path(f"none/{name}/", not_offered, name=f"account_{name}") for name in NOT_OFFERED),
]
