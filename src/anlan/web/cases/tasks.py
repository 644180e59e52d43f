"""The page of what a member has to do, and saying that something of it is done."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import TaskRow
from anlan.kernel.cases.registry import case_type
from anlan.kernel.values import Refused
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.opened_words import standing_words
from anlan.web.cases.page import Back, case_page, frame, where
from anlan.web.cases.shown import Words
from anlan.web.cases.to_do import said_to_do, task_row


@require_GET
@login_required
@never_cache
def to_do(request: HttpRequest, key: str) -> HttpResponse:
    """Show what this member, or its role, has to do in the cases that it may see: due first."""
    entered = enter(request, key)
    if not queries.types_seen_by(entered.actor.roles):
        raise Http404
    found = queries.open_tasks(town_key=key, actor=entered.actor)
    every = queries.to_do(**where(entered))
    page = {
        "rows": [_line(one, entered) for one in found],
        "said": said_to_do(every),
        "more": every.open > len(found),
        **frame(entered, here="to_do"),
    }
    return render(request, "cases/to_do.html", page)


def _line(one: TaskRow, entered: Entered) -> dict[str, Any]:
    kind = case_type(one.type)
    words = Words(kind, entered.language, entered.town.tz, entered.at, {}, {})
    return {
        **task_row(one, words, entered.actor),
        "kind": capfirst(kind.label.in_language(entered.language)),
        "number": one.number,
        "url": reverse("case", args=[entered.town.key, one.type, one.case_id]) + "#to-do",
    }


@require_POST
@login_required
@never_cache
def done(request: HttpRequest, key: str, type: str, number: int, task: int) -> HttpResponse:
    """Say that something of a case is done."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    if queries.case_of_task(task) != row.id:
        raise Http404
    try:
        cases.finish_task(task, client_key=client_key_of(request.POST), **entered.stamp())
    except Refused as refusal:
        return case_page(
            request,
            entered,
            kind,
            row,
            opened=standing_words(request, entered, row),
            back=Back(trouble=refusal.sentence),
            status=409,
        )
    return redirect(reverse("case", args=[key, type, number]) + "?done=task_done")
