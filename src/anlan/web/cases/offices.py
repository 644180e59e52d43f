"""Offices of a town and who works there: for administrators."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import BadInput, Refused, Role
from anlan.web.cases import shown
from anlan.web.cases.entering import Entered, client_key_of, enter
from anlan.web.shell.links import town_links


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def offices(request: HttpRequest, key: str) -> HttpResponse:
    """Show the offices; a form that is sent makes one, or changes who works there."""
    entered = enter(request, key)
    if not entered.actor.has(Role.ADMINISTRATOR):
        raise PermissionDenied(_("Offices are for this town's administrators."))
    trouble = ""
    if request.method == "POST":
        try:
            _change(request, entered)
        except (BadInput, Refused) as fault:
            trouble = str(fault)
        else:
            return redirect("offices", key)
    status = 422 if trouble else 200
    return render(request, "cases/offices.html", _page(request, entered, trouble), status=status)


def _change(request: HttpRequest, entered: Entered) -> None:
    sent = request.POST
    more: dict[str, Any] = {"client_key": client_key_of(sent), **entered.stamp()}
    match sent.get("do", ""):
        case "create":
            cases.create_office(
                ident=sent.get("ident", "").strip(),
                name=sent.get("name", ""),
                telephone=sent.get("telephone", ""),
                tier=sent.get("tier", ""),
                made_up=entered.town.made_up,
                **more,
            )
        case "change":
            cases.change_office(
                sent.get("office", ""),
                name=sent.get("name", ""),
                telephone=sent.get("telephone", ""),
                **more,
            )
        case "add":
            cases.add_member(sent.get("office", ""), username=sent.get("username", ""), **more)
        case "remove":
            cases.remove_member(sent.get("office", ""), username=sent.get("username", ""), **more)
        case "close":
            cases.close_office(sent.get("office", ""), **more)
        case _:
            raise BadInput(_("This is none of the choices offered."))


def _page(request: HttpRequest, entered: Entered, trouble: str) -> dict[str, Any]:
    key = entered.town.key
    members = queries.office_members(key)
    tiers = shown.tier_words()
    changed = request.POST.get("office", "") if request.POST.get("do") == "change" else ""
    return {
        "town": entered.town,
        "links": town_links(key, entered.actor),
        "here": "offices",
        "offices": [
            {
                "row": one,
                "tier": tiers[one.tier],
                "members": members.get(one.ident, ()),
                "sent_again": bool(trouble) and one.ident == changed,
            }
            for one in queries.offices(key)
        ],
        "tiers": tiers,
        "accounts": [one.username for one in staff.members_of(key) if one.active],
        "trouble": trouble,
        "sent": request.POST,
        "client_key": str(uuid.uuid4()),
    }
