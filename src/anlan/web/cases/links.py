"""Parties' links: made and shown once, ended when lost. For who handles a case, and clerks."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.forms import party_words
from anlan.web.cases.page import frame
from anlan.web.cases.shown import refusal_sentence


@require_http_methods(["GET", "POST"])
@login_required
@never_cache
def links(request: HttpRequest, key: str, type: str, number: int) -> HttpResponse:
    """Show a case's links; a sent form makes one, whose address is shown this once."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    if request.method == "GET":
        return _page(request, entered, kind, row)
    asked = request.POST.get("party", "")
    if not asked.isdecimal():  # nobody was chosen: no link that is nobody's is drawn for that
        trouble = _("Choose for whom the link is.")
        return _page(request, entered, kind, row, trouble=trouble, status=422)
    try:
        token = cases.make_link(
            row.id,
            party=int(asked),
            client_key=client_key_of(request.POST),
            **entered.stamp(),
        )
    except (BadInput, Refused) as fault:
        return _page(request, entered, kind, row, trouble=_sentence(fault), status=409)
    address = request.build_absolute_uri(reverse("follow", args=[token])) if token else ""
    return _page(request, entered, kind, row, address=address, shown_before=not token)


@require_POST
@login_required
@never_cache
def end(request: HttpRequest, key: str, type: str, number: int, link: int) -> HttpResponse:
    """End a link that was lost."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    if link not in {one.id for one in queries.links_of(row.id)}:
        return _page(request, entered, kind, row, status=404)
    try:
        cases.end_link(link, **entered.stamp())
    except (BadInput, Refused) as fault:
        return _page(request, entered, kind, row, trouble=_sentence(fault), status=409)
    return redirect("case_links", key, type, number)


def _sentence(fault: BadInput | Refused) -> str:
    return refusal_sentence(fault) if isinstance(fault, Refused) else str(fault)


def _page(
    request: HttpRequest,
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    *,
    address: str = "",
    shown_before: bool = False,
    trouble: str = "",
    status: int = 200,
) -> HttpResponse:
    roles = {one.code: one.label.in_language(entered.language) for one in kind.party_roles}
    parties = queries.parties_of(row.id)
    names = {one.number: party_words(one.number, roles.get(one.role, one.role)) for one in parties}
    page: dict[str, Any] = {
        "kind": kind,
        "row": row,
        "title": kind.label.in_language(entered.language),
        "parties": [(one.number, names[one.number]) for one in parties if one.left_at is None],
        "handed_out": [
            {
                "id": one.id,
                "party": names.get(one.party or 0, ""),
                "made": one.made_at.astimezone(entered.town.tz).strftime("%Y-%m-%d %H:%M"),
                "ended": one.ended_at is not None,
            }
            for one in queries.links_of(row.id)
        ],
        "hands_out": queries.hands_out_links(row.id, entered.actor),
        "address": address,
        "shown_before": shown_before,
        "trouble": trouble,
        "client_key": str(uuid.uuid4()),
        **frame(entered, here=kind.code),
    }
    return render(request, "cases/links.html", page, status=status)
