"""An authority's request is taken in; once granted, its one case is opened, in sight of all."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.areas.dispatch.queries import incident_ref, incidents_by_id
from anlan.areas.mediation.queries import versions_of_texts
from anlan.areas.mediation.rules import MEDIATION
from anlan.areas.oversight import services
from anlan.areas.oversight.rules import AUTHORITIES, BASES, BY, CODE, GRANTED
from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.registry import case_types
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import OpenedText
from anlan.kernel.values import BadInput, Refused, whole_number
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.page import words_for
from anlan.web.cases.panels import Seen
from anlan.web.cases.shown import field_label, opened_text
from anlan.web.shell.links import town_links

INCIDENT = "incident"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, key: str) -> HttpResponse:
    """Take an authority's request for one case in."""
    entered = _enter(request, key)
    trouble = ""
    if request.method == "POST":
        try:
            number = services.take_disclosure(
                _asked_for(request, key),
                authority=request.POST.get("authority", ""),
                basis=request.POST.get("basis", ""),
                basis_words=request.POST.get("basis_words", ""),
                client_key=client_key_of(request.POST),
                **entered.stamp(),
            )
            return redirect("case", key, CODE, number)
        except (BadInput, Refused) as fault:
            trouble = str(fault)
    more = {
        "kinds": _kinds(entered.language),
        "authorities": _said(AUTHORITIES, entered),
        "bases": _said(BASES, entered),
        "sent": request.POST,
        "trouble": trouble,
        "client_key": str(uuid.uuid4()),
    }
    page = _page(entered) | more
    return render(request, "oversight/new.html", page, status=422 if trouble else 200)


@login_required
@never_cache
@require_POST
def open_it(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Open the one case that a granted disclosure is about."""
    entered = _enter(request, key)
    _kind, row = seen_case(entered, CODE, number)
    try:
        opened = services.open_for_disclosure(number, **entered.stamp())
    except (BadInput, Refused) as fault:
        return _not_opened(request, entered, row, fault)
    page = _page(entered) | {"case": row, "texts": _shown(opened, entered)}
    if opened:
        page["about"] = _named(opened[0].space, key)
    return render(request, "oversight/opened.html", page)


def _not_opened(
    request: HttpRequest, entered: Entered, row: CaseRow, fault: BadInput | Refused
) -> HttpResponse:
    """Say why nothing was opened; where the case is sealed, offer the way that is left."""
    sealed = isinstance(fault, Refused) and fault.code == "sealed"
    page = _page(entered) | {"case": row, "trouble": str(fault), "sealed": sealed}
    return render(request, "oversight/opened.html", page, status=409)


@login_required
@never_cache
@require_POST
def export(request: HttpRequest, key: str, number: int) -> HttpResponseBase:
    """Write the one case of a granted disclosure, sealed since, as a file for two custodians."""
    entered = _enter(request, key)
    _kind, row = seen_case(entered, CODE, number)
    try:
        lines = services.export_for_disclosure(number, **entered.stamp())
    except (BadInput, Refused) as fault:
        return _not_opened(request, entered, row, fault)
    answer = StreamingHttpResponse(lines, content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="disclosure-{number}.json"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _kinds(language: str) -> dict[str, str]:
    """Name the kinds of cases of which an authority may ask for one."""
    of_types = {
        one.code: capfirst(one.label.in_language(language))
        for one in case_types()
        if one.code != CODE
    }
    return {INCIDENT: _("Incident"), **of_types}


def _asked_for(request: HttpRequest, key: str) -> str:
    """Give the reference of the case that was named by its kind and its number."""
    kind, number = request.POST.get("kind", ""), whole_number(request.POST.get("number", ""))
    if number is None:
        raise BadInput(_("Give the case's number, as its page has it."))
    if kind != INCIDENT:
        return f"{kind}:{number}"
    found = incident_ref(number, town_key=key)  # the board counts incidents by town
    if found is None:
        raise BadInput(_("There is no such incident in this town."))
    return found


def _named(reference: str, key: str) -> str:
    """Name a case as its own page and the board do: an incident's reference has another number."""
    kind, number = reference.split(":")[:2]
    if kind == INCIDENT:
        for one in incidents_by_id([int(number)], town_key=key):
            number = f"#{one.number}"
    return f"{_kinds(get_language() or 'en').get(kind, kind)} {number}"


def _enter(request: HttpRequest, key: str) -> Entered:
    entered = enter(request, key)
    if not entered.actor.has(*BY):
        raise PermissionDenied
    return entered


def _page(entered: Entered) -> dict[str, Any]:
    links = town_links(entered.town.key, entered.actor)
    return {"town": entered.town, "links": links, "here": CODE}


def _said(choices: Any, entered: Entered) -> dict[str, str]:
    return {one.code: one.label.in_language(entered.language) for one in choices}


def _shown(opened: Sequence[OpenedText], entered: Entered) -> list[dict[str, Any]]:
    """Give the opened texts in words; of an agreement, which version each is of and if it holds."""
    if not opened:
        return []
    code, number = opened[0].space.split(":")[:2]
    kind = next((one for one in case_types() if one.code == code), None)
    words = None if kind is None else words_for(entered, kind)
    versions = versions_of_texts(int(number)) if code == MEDIATION.code else {}
    return [
        {
            "field": each.field if words is None else field_label(each.field, words),
            "party": each.space.rpartition(":p")[2] if ":p" in each.space else "",
            "text": each.text if words is None else opened_text(each.field, each.text, words),
            "at": each.written_at.astimezone(entered.town.tz).strftime("%Y-%m-%d %H:%M"),
            "version": versions.get(each.id, (0, ""))[0],
            "state": versions.get(each.id, (0, ""))[1],
        }
        for each in opened
    ]


def of_case(seen: Seen) -> dict[str, Any]:
    """Fill what stands on a disclosure: the button that opens the case, for who handles it."""
    if seen.case is None:
        return {}
    mine = seen.case.handler == seen.actor.staff_ref
    decides = Purpose.DECIDING in queries.purposes_of(seen.case.id, actor=seen.actor)
    words = () if seen.opened is None else seen.opened.spaces.get("", ())
    asked = [text.text.strip() for text in words if text.field == "about"]
    return {
        "opens": seen.case.state == GRANTED and mine,
        "decides": decides,
        "about": _named(asked[-1], seen.town.key) if asked else "",
    }


def over_list(seen: Seen) -> dict[str, Any]:
    """Fill what stands over the list: a way to take a request in."""
    return {"takes": seen.actor.has(*BY)}
