"""The page of what a member has to do, and saying that something of it is done."""

from __future__ import annotations

from collections.abc import Sequence
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
from anlan.kernel.cases.queries import AwaitedRow, CaseRow, DeclinedRow, TaskRow
from anlan.kernel.cases.registry import case_type
from anlan.kernel.staff.queries import usernames_of
from anlan.kernel.values import Refused
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.opened_words import standing_words
from anlan.web.cases.page import Back, case_page, frame, where, words_for
from anlan.web.cases.panels import Seen, drawn_to_do, list_column
from anlan.web.cases.shown import Words, action_label, decline_reasons, list_row
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
        "awaited": _awaited(queries.awaited(town_key=key, actor=entered.actor), entered),
        "declined": _declined(queries.declined_lately(**where(entered)), entered),
        "cases": _cases(queries.next_cases(town_key=key, actor=entered.actor), entered),
        "parts": drawn_to_do(request, entered.town, entered.actor, entered.at),
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
        "number": one.case_id,
        "url": reverse("case", args=[entered.town.key, one.type, one.case_id]) + "#to-do",
    }


def _awaited(found: Sequence[AwaitedRow], entered: Entered) -> list[dict[str, Any]]:
    """Say what waits for this member's word, in which case, and who asked."""
    names = usernames_of({one.proposed_by for one in found})
    lines = []
    for one in found:
        words = _words(one.type, entered)
        since = words.local(one.proposed_at)[:10]
        by = names.get(one.proposed_by, one.proposed_by)
        lines.append(
            {"id": one.id, "by": by, "since": since}
            | _where(one, words, entered, anchor="proposals")
        )
    return lines


def _declined(found: Sequence[DeclinedRow], entered: Entered) -> list[dict[str, Any]]:
    """Say what this member proposed and a second person declined lately, who and why."""
    names = usernames_of({one.declined_by for one in found})
    why = {one.code: one.label.in_language(entered.language) for one in decline_reasons()}
    lines = []
    for one in found:
        words = _words(one.type, entered)
        by, at = names.get(one.declined_by, one.declined_by), words.local(one.at)[:10]
        lines.append(
            {"by": by, "why": why.get(one.reason, one.reason), "at": at}
            | _where(one, words, entered, anchor="timeline")
        )
    return lines


def _words(type: str, entered: Entered) -> Words:
    return Words(case_type(type), entered.language, entered.town.tz, entered.at, {}, {})


def _where(
    one: AwaitedRow | DeclinedRow, words: Words, entered: Entered, *, anchor: str
) -> dict[str, Any]:
    """Say which action of which case a line is about, with the way to that part of its page."""
    return {
        "what": capfirst(action_label(one.action, words)),
        "kind": capfirst(words.type.label.in_language(words.language)),
        "number": one.case_id,
        "url": f"{reverse('case', args=[entered.town.key, one.type, one.case_id])}#{anchor}",
    }


def _cases(found: Sequence[CaseRow], entered: Entered) -> list[dict[str, Any]]:
    """Give cases to be taken further as lines of a list, each with its kind, due first."""
    lines: dict[int, dict[str, Any]] = {}
    for code in {one.type for one in found}:
        kind = case_type(code)
        rows = [one for one in found if one.type == code]
        words = words_for(entered, kind, refs=[one.handler for one in rows])
        about = list_column(Seen(entered.town, entered.actor, entered.at, kind), rows) or {}
        for one in rows:
            lines[one.id] = list_row(one, words) | {
                "about": about.get(one.id, ""),
                "kind": capfirst(kind.label.in_language(entered.language)),
                "url": reverse("case", args=[entered.town.key, code, one.id]),
            }
    return [lines[one.id] for one in found]


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
