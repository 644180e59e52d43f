"""An authority's request is taken in; once granted, its one case is opened, in sight of all."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from anlan.areas.dispatch.queries import incident_ref
from anlan.areas.oversight import services
from anlan.areas.oversight.queries import grant_of
from anlan.areas.oversight.rules import AUTHORITIES, BASES, BY, CODE, GRANTED, has_lapsed, is_opened
from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Refused, whole_number
from anlan.web.cases.documents import download
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.panels import Seen
from anlan.web.mediation.papers import SANDBOX, print_pdf
from anlan.web.oversight import papers
from anlan.web.oversight.papers import INCIDENT, kinds, named
from anlan.web.shell.links import town_links

PDF = "application/pdf"


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
        "kinds": kinds(entered.language),
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
    """Open the one case that a granted disclosure is about: a page to read, or to hand over.

    As PDF where the system can print, else as a page that stands alone. Each is an opening.
    """
    entered = _enter(request, key)
    _kind, row = seen_case(entered, CODE, number)
    try:
        found = services.open_for_disclosure(number, **entered.stamp())
    except (BadInput, Refused) as fault:
        return _not_opened(request, entered, row, fault)
    grant = grant_of(number, town_key=key)
    with timezone.override(entered.town.tz):
        paper = papers.paper_of(found, number=number, grant=grant, entered=entered)
        if request.POST.get("as") == "pdf":
            return _file(papers.written(paper, entered), name=f"disclosure-{number}")
        page = _page(entered) | {"case": row, "paper": paper}
        return render(request, "oversight/opened.html", page)


def _file(page: str, *, name: str) -> HttpResponse:
    printed = print_pdf(page)
    kind, ending = ("text/html; charset=utf-8", "html") if printed is None else (PDF, "pdf")
    answer = HttpResponse(page if printed is None else printed, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    answer["Content-Security-Policy"] = SANDBOX
    return answer


@login_required
@never_cache
@require_POST
def open_document(request: HttpRequest, key: str, number: int, document: int) -> HttpResponse:
    """Open one document of the one case of a granted disclosure, and hand it out."""
    entered = _enter(request, key)
    _kind, row = seen_case(entered, CODE, number)
    try:
        opened = services.open_document_for_disclosure(number, document, **entered.stamp())
    except (BadInput, Refused) as fault:
        return _not_opened(request, entered, row, fault)
    return download(opened)


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


def of_case(seen: Seen) -> dict[str, Any]:
    """Fill what stands on a disclosure: the button that opens the case, for who handles it."""
    if seen.case is None:
        return {}
    decides = Purpose.DECIDING in queries.purposes_of(seen.case.id, actor=seen.actor)
    words = () if seen.opened is None else seen.opened.spaces.get("", ())
    asked = [text.text.strip() for text in words if text.field == "about"]
    return {
        "opens": _opens(seen) and seen.facts is not None and not has_lapsed(seen.facts),
        "decides": decides,
        "about": named(asked[-1], seen.town.key) if asked else "",
    }


def next_in(seen: Seen) -> tuple[str, str] | None:
    """Say what is next for who handles a granted disclosure: to open the case that it names."""
    if seen.case is None or seen.facts is None or not _opens(seen):
        return None
    if is_opened(seen.facts) or has_lapsed(seen.facts):
        return None
    said = _("open the case that was asked for, then note what was handed over")
    return said, "disclosure-open"


def _opens(seen: Seen) -> bool:
    one = seen.case
    return one is not None and one.state == GRANTED and one.handler == seen.actor.staff_ref


def over_list(seen: Seen) -> dict[str, Any]:
    """Fill what stands over the list: a way to take a request in."""
    return {"takes": seen.actor.has(*BY)}
