"""Sessions by day, rooms, and how many cases there are of each kind."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from anlan.areas.mediation import queries, services
from anlan.areas.mediation.queries.figures import MEDIATIONS, count_mediations
from anlan.areas.mediation.rules.intake import may_set_up_rooms
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases.rules.figures import ALL, Period, read_period, with_totals
from anlan.kernel.values import BadInput, Refused, Role, read_day
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_type
from anlan.web.mediation.panels import session_row
from anlan.web.shell.links import town_links

DAYS = 14


@require_GET
@login_required
@never_cache
def sessions(request: HttpRequest, key: str) -> HttpResponse:
    """Show two weeks of sessions of the cases that this member may see."""
    entered = enter(request, key)
    seen_type(entered, "mediation")
    first = read_day(request.GET.get("from", "")) or entered.at.astimezone(entered.town.tz).date()
    since = datetime.combine(first, time(), tzinfo=entered.town.tz)
    rows = queries.calendar(
        key, actor=entered.actor, since=since, until=since + timedelta(days=DAYS)
    )
    page = _frame(entered) | {
        "days": _by_day([session_row(one, entered.town, {}) for one in rows]),
        "first": first,
        "before": first - timedelta(days=DAYS),
        "after": first + timedelta(days=DAYS),
    }
    return render(request, "mediation/sessions.html", page)


def _by_day(rows: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    days: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        days.setdefault(row["day"], []).append(row)
    return list(days.items())


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def rooms(request: HttpRequest, key: str) -> HttpResponse:
    """Show the rooms to who sees mediations; administrators make and close them by its forms."""
    entered = enter(request, key)
    sets_up = may_set_up_rooms(entered.actor)
    if not sets_up:
        seen_type(entered, "mediation")
        if request.method == "POST":
            raise PermissionDenied
    trouble = ""
    if request.method == "POST":
        try:
            _change_rooms(request, entered)
        except (BadInput, Refused) as fault:
            trouble = str(fault)
        else:
            return redirect("mediation_rooms", key)
    page = _frame(entered) | {
        "here": "offices" if sets_up else "mediation",
        "sets_up": sets_up,
        "rooms": queries.rooms(key),
        "offices": cases.offices(key),
        "sent": request.POST,
        "trouble": trouble,
        "client_key": str(uuid.uuid4()),
    }
    return render(request, "mediation/rooms.html", page, status=422 if trouble else 200)


def _change_rooms(request: HttpRequest, entered: Entered) -> None:
    sent = request.POST
    more: dict[str, Any] = {"client_key": client_key_of(sent), **entered.stamp()}
    if sent.get("do") == "close" and sent.get("room", "").isdigit():
        services.close_room(int(sent["room"]), **more)
    elif sent.get("do") == "create":
        services.create_room(
            office_ident=sent.get("office", ""),
            ident=sent.get("ident", "").strip(),
            name=sent.get("name", ""),
            **more,
        )
    else:
        raise BadInput(_("This is none of the choices offered."))


@require_GET
@login_required
@never_cache
def counts(request: HttpRequest, key: str) -> HttpResponse:
    """Show a supervisor how many cases there are by kind and tier; the public reads releases."""
    entered = enter(request, key)
    if not entered.actor.has(Role.SUPERVISOR):
        raise PermissionDenied
    today = entered.at.astimezone(entered.town.tz).date()
    asked = request.GET.get("period", "") or f"{today.year}Q{(today.month + 2) // 3}"
    try:
        period = read_period(asked)
    except BadInput as fault:
        raise Http404 from fault
    page = _frame(entered) | {
        "table": _table(entered, period),
        "period": str(period),
        "periods": [
            f"{year}{quarter}"
            for year in (today.year, today.year - 1)
            for quarter in ("", "Q4", "Q3", "Q2", "Q1")
        ],
    }
    return render(request, "mediation/counts.html", page)


def _table(entered: Entered, period: Period) -> dict[str, Any]:
    counted = count_mediations(entered.town.key, period.begins, period.ends)
    found = with_totals(MEDIATIONS, counted)
    kinds, tiers = MEDIATIONS.dimensions
    language = entered.language
    rows = [(one.code, one.label.in_language(language)) for one in kinds.members]
    columns = [(one.code, one.label.in_language(language)) for one in tiers.members]
    total = [(ALL, _("all"))]
    return {
        "corner": kinds.label.in_language(language),
        "columns": [label for _code, label in columns + total],
        "rows": [
            (label, [(named, found[code, column]) for column, named in columns + total])
            for code, label in rows + total
        ],
    }


def _frame(entered: Entered) -> dict[str, Any]:
    return {
        "town": entered.town,
        "links": town_links(entered.town.key, entered.actor),
        "here": "mediation",
    }
