"""Pages that every area shares."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.places import queries as places
from anlan.kernel.staff import queries as staff
from anlan.web.shell.links import first_page

THEME_COOKIE = "anlan_theme"
THEMES = ("system", "light", "dark")
A_YEAR_S = 365 * 24 * 3600


@require_GET
@login_required
def towns(request: HttpRequest) -> HttpResponse:
    """Show the towns in which one holds a role; a single one opens at once."""
    mine = set(staff.towns_of(request.user))
    rows = [row for row in places.towns() if row.key in mine]
    cards = [(row, first_page(row.key, staff.actor_for(request.user, row.key))) for row in rows]
    if len(cards) == 1:
        return redirect(cards[0][1])
    return render(request, "shell/towns.html", {"towns": cards})


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    """Say, to anyone, what is asked and what is never stored."""
    return render(request, "shell/privacy.html")


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice in a cookie, and go back to the page."""
    theme = request.POST.get("theme", "system")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    response = redirect(back)
    if theme in THEMES:
        response.set_cookie(
            THEME_COOKIE, theme, max_age=A_YEAR_S, samesite="Lax", secure=request.is_secure()
        )
    return response
