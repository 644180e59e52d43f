"""A recheck with its photo on a page of its own; photos beside each other on the case's page."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.areas.hazards import services
from anlan.areas.hazards.rules.guards import order_stands
from anlan.areas.hazards.rules.hazard import CODE, HAZARD
from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules import documents as rules
from anlan.kernel.cases.rules.acting import is_in_it
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Value
from anlan.kernel.cases.services import OpenedDocument
from anlan.kernel.values import Actor, BadInput, Refused
from anlan.web.cases.documents import file_in
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.panels import Seen
from anlan.web.cases.shown import refusal_sentence
from anlan.web.hazards.frame import page_of, words_of

PASSED, FAILED = "recheck_passed", "recheck_failed"


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def recheck(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Show the form of a recheck, and keep what was sent: what can't be taken comes back."""
    entered = enter(request, key)
    _kind, row = seen_case(entered, CODE, number)
    facts = queries.facts_of(row.id, town_key=key, actor=entered.actor, at=entered.at)
    offered = {one.action.code: one for one in queries.offered(facts, actor=entered.actor)}
    if PASSED not in offered:
        raise Http404
    trouble, status = "", 200
    if request.method == "POST":
        try:
            _keep(request, entered, row)
        except (BadInput, Refused) as fault:
            trouble = refusal_sentence(fault) if isinstance(fault, Refused) else str(fault)
            status = 409 if isinstance(fault, Refused) else 422
        else:
            done = request.POST["verdict"]
            return redirect(f"{reverse('case', args=[key, CODE, row.id])}?done={done}")
    reasons = HAZARD.field("no_photo")
    adds = rules.why_not_add(HAZARD, facts, entered.actor) is None
    page = page_of(
        entered,
        here=CODE,
        row=row,
        refusal=refusal_sentence(offered[PASSED].refusal),
        adds=adds,
        orders=order_stands(facts),
        reasons=words_of({one.code: one.label for one in (reasons.choices if reasons else ())}),
        kept=bool(trouble and facts.extra.get("after_photos")),
        most_mb=settings.ANLAN_UPLOAD_MB,
        sent=request.POST,
        trouble=trouble,
    )
    return render(request, "hazards/recheck.html", page, status=status)


def _keep(request: HttpRequest, entered: Entered, row: CaseRow) -> None:
    sent = request.POST
    passed = sent.get("verdict") == PASSED
    if not passed and sent.get("verdict") != FAILED:
        raise BadInput(_("Choose whether it is fixed."))
    values: dict[str, Value] = {}
    if passed and sent.get("no_photo"):
        values["no_photo"] = sent["no_photo"]
    if not passed and "remedy_by" in sent:
        values["remedy_by"] = sent["remedy_by"]
    words = sent.get("words", "").replace("\r\n", "\n")
    texts = {"notes" if passed else "finding": words} if words.strip() else {}
    services.record_recheck(
        row.id,
        passed=passed,
        asked=Asked(values=values, texts=texts),
        photo=file_in(request).read() if _has_file(request) else None,
        client_key=client_key_of(sent),
        **entered.stamp(),
    )


def _has_file(request: HttpRequest) -> bool:
    """Say whether a file was sent, one that was too long to be taken up included."""
    sent = request.META.get("CONTENT_LENGTH") or "0"
    long = sent.isdigit() and int(sent) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    return "file" in request.FILES or long


def may_recheck(facts: CaseFacts, actor: Actor) -> bool:
    """Say whether this member may recheck now: it is said to be fixed, by somebody else."""
    return any(
        one.action.code == PASSED and one.refusal is None
        for one in queries.offered(facts, actor=actor)
    )


def photos_of(seen: Seen) -> dict[str, Any]:
    """Give what the panel shows of photos: themselves once the words were opened for handling."""
    if seen.case is None or seen.facts is None:
        return {}
    counts = {kind: seen.facts.documents.get(kind, 0) for kind in ("before", "after")}
    found: dict[str, Any] = {"photos": counts if any(counts.values()) else None}
    if seen.opened is None or not is_in_it(seen.facts, seen.actor):
        return found
    try:
        opened = services.open_photos(
            seen.case.id,
            town_key=seen.town.key,
            actor=seen.actor,
            at=seen.at,
            recorded_at=datetime.now(UTC),
        )
    except (BadInput, Refused):  # sealed meanwhile, or their bytes are gone: the rest still shows
        return found
    return found | {
        "before": [_inside(one) for one in opened.before],
        "after": [_inside(one) for one in opened.after],
        "left_out": opened.left_out,
        "shown": True,
    }


def _inside(one: OpenedDocument) -> dict[str, Any]:
    """Give a picture as a part of the page: it was written anew by us, and no address serves it."""
    return {
        "id": one.id,
        "src": f"data:{one.media_type};base64,{base64.b64encode(one.data).decode('ascii')}",
    }
