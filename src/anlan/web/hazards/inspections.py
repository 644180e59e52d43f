"""The plan of inspections, and an inspection's form, which a browser keeps for work offline."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.areas.hazards import queries, services
from anlan.areas.hazards.queries.rows import InspectionRow
from anlan.areas.hazards.rules.checklists import Form, checklist_catalogue
from anlan.areas.hazards.rules.hazard import CODE, HAZARD
from anlan.areas.hazards.rules.inspections import (
    CALL_OFF_REASONS,
    MOVE_REASONS,
    may_inspect,
    may_plan_inspections,
)
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput, Refused, Role, read_day, read_moment
from anlan.web.cases.entering import Entered, client_key_of
from anlan.web.cases.panels import register_to_do
from anlan.web.hazards.frame import (
    LONGEST_TYPED,
    carried_out,
    enter_register,
    found_or_404,
    kind_words,
    off_words,
    page_of,
    risk_words,
    where_of,
    whole,
    words_of,
)
from anlan.web.shell.words import page_words

MOST_SHOWN = 100
MOST_DUE = 20  # on “To do”
SOON = timedelta(days=2)
LARGEST_REGISTER = 5000  # of a larger one, what is due is worked out when it is asked for
#: refusals of a photo that pass by themselves: the form's script keeps it and tries again
_LATER = {"not_done": 409, "someone_else": 409, "no_scanner": 503, "busy": 503}


def enter_plan(request: HttpRequest, key: str) -> Entered:
    """Let a member in who plans or inspects."""
    entered = enter_register(request, key)
    if not (may_plan_inspections(entered.actor) or may_inspect(entered.actor)):
        raise PermissionDenied
    return entered


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, key: str) -> HttpResponse:
    """Show what is planned by day and what the rules make due; forms move, assign, call off."""
    entered = enter_plan(request, key)
    trouble = ""
    if request.method == "POST":
        trouble = carried_out(lambda: _change(request, entered))
        if not trouble:
            return redirect(request.get_full_path())
    mine, hours = request.GET.get("mine", ""), request.GET.get("hours", "")
    first = max(0, whole(request.GET.get("first")) or 0)
    found = queries.planned_inspections(
        key,
        first=first,
        most=MOST_SHOWN + 1,
        inspector=entered.actor.staff_ref if mine else None,
        outside_hours={"outside": True, "office": False}.get(hours),
    )
    rows = found[:MOST_SHOWN]
    filters = {name: value for name, value in (("mine", mine), ("hours", hours)) if value}
    may_plan = may_plan_inspections(entered.actor)
    asked = bool(request.GET.get("due"))
    show_due = may_plan and (asked or queries.holds_at_most(key, LARGEST_REGISTER))
    today = entered.at.astimezone(entered.town.tz).date()
    inspectors, risks = _inspectors(key), risk_words()
    due = queries.next_inspections(key, most=MOST_SHOWN) if show_due else []
    page = page_of(
        entered,
        here="inspections",
        rows=[
            {
                "row": one,
                "late": one.late(today),
                "risk": risks[one.risk],
                "inspector": inspectors.get(one.inspector_ref, ""),
                "change": _changed(request, one),
            }
            for one in rows
        ],
        due=[{"row": one, "risk": risks[one.risk]} for one in due],
        show_due=show_due,
        done=queries.done_inspections(key, most=20),
        next=urlencode({**filters, "first": first + MOST_SHOWN}) if len(found) > len(rows) else "",
        first=urlencode(filters) if first else None,
        today=today,
        mine=mine,
        hours=hours,
        inspectors=inspectors,
        reasons=words_of(CALL_OFF_REASONS),
        move_reasons=words_of(MOVE_REASONS),
        may_plan=may_plan,
        may_inspect=may_inspect(entered.actor),
        sent=request.POST if request.POST.get("do") == "plan" else {},
        **_where(request, key),
        trouble=trouble,
        page={
            **_page_data(entered),
            "round": [one.id for one in rows[:60]],
        },
    )
    return render(request, "hazards/inspections.html", page, status=422 if trouble else 200)


def _page_data(entered: Entered) -> dict[str, Any]:
    """Give what a page's script is told: no key, since a browser may keep this page."""
    return {
        "lang": entered.language,
        "town": entered.town.key,
        "me": entered.actor.staff_ref,
        "words": page_words(),
    }


def _inspectors(key: str) -> dict[str, str]:
    return {
        one.staff_ref: one.username
        for one in staff.members_of(key)
        if one.active and Role.INSPECTOR.value in one.roles
    }


def _where(request: HttpRequest, key: str) -> dict[str, Any]:
    """Give what the form of a new plan offers: the register, or what is found in a long one."""
    chosen = request.POST.get("ident", request.GET.get("ident", ""))[:LONGEST_TYPED]
    offered, many = queries.offered_premises(key, chosen=chosen, search=True)
    return {"premises": offered, "many": many, "chosen": chosen}


def _changed(request: HttpRequest, row: InspectionRow) -> dict[str, Any]:
    """Give what the forms of a planned inspection show: what was sent and refused, or its plan."""
    sent = request.POST if whole(request.POST.get("inspection")) == row.id else {}
    do, moved = sent.get("do", ""), sent.get("do") == "move"
    return {
        "do": do,
        "inspector": sent.get("inspector", row.inspector_ref),
        "due_on": sent.get("due_on", "") if moved else row.due_on.isoformat(),
        "outside_hours": "outside_hours" in sent if moved else row.outside_hours,
        "why_moved": sent.get("reason", "") if moved else "",
        "why_off": sent.get("reason", "") if do == "call_off" else "",
        "until": sent.get("until", ""),
    }


def _change(request: HttpRequest, entered: Entered) -> None:
    sent = request.POST
    more: dict[str, Any] = {"client_key": client_key_of(sent), **entered.stamp()}
    number = whole(sent.get("inspection")) or 0
    match sent.get("do", ""):
        case "plan_due":
            services.plan_due_inspections(**entered.stamp())
        case "plan":
            services.plan_inspection(
                where_of(sent.get("ident", ""), key=entered.town.key).ident,
                due_on=_day(sent.get("due_on", "")),
                outside_hours=sent.get("outside_hours") == "yes",
                inspector=sent.get("inspector", ""),
                **more,
            )
        case "move":
            services.move_inspection(
                number,
                due_on=_day(sent.get("due_on", "")),
                outside_hours=sent.get("outside_hours") == "yes",
                reason=sent.get("reason", ""),
                **more,
            )
        case "assign":
            services.assign_inspection(number, inspector=sent.get("inspector", ""), **more)
        case "call_off":
            until = _day(sent["until"]) if sent.get("until", "") else None
            services.call_off_inspection(number, reason=sent.get("reason", ""), until=until, **more)
        case _:
            raise BadInput(_("This is none of the choices offered."))


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise BadInput(_("Give a day."))
    return day


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def inspection(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Show an inspection's checklist; filled in and sent it is kept, and opens what failed.

    The page holds no key and no word of anybody, so that a browser may keep it for offline work.
    """
    entered = enter_plan(request, key)
    row = found_or_404(lambda: queries.inspection(number, town_key=key))
    form = queries.form_of(key, row.checklist, row.checklist_number)
    trouble = ""
    if request.method == "POST":
        trouble = carried_out(lambda: _record(request, entered, row, form))
        if not trouble:
            return redirect("inspection", key, number)
    page = page_of(
        entered,
        here="inspections",
        row=row,
        form=form,
        title=form.label.in_language(entered.language),
        questions=_questions(request, entered, row, form),
        may_inspect=may_inspect(entered.actor),
        sees_cases=entered.actor.has(*HAZARD.readers),
        open=row.done_at is None and row.called_off_at is None,
        off=off_words().get(row.called_off_for, ""),
        failures=[
            {"row": one, "kind": kind_words().get(one.hazard, one.hazard)}
            for one in queries.failures_of(number)
        ],
        trouble=trouble,
        page={
            **_page_data(entered),
            "inspection": number,
            "form_number": row.checklist_number,
            "ident": row.ident,
            "name": row.name,
        },
    )
    return render(request, "hazards/inspection.html", page, status=422 if trouble else 200)


def _questions(
    request: HttpRequest, entered: Entered, row: InspectionRow, form: Form
) -> list[dict[str, Any]]:
    closed = checklist_catalogue()
    about = words_of(closed.about)
    return [
        {
            "code": one.code,
            "label": one.label.in_language(entered.language),
            "about": about[one.about],
            "choices": words_of(closed.answers[one.answers].choices),
            "fails": sorted(closed.answers[one.answers].fails),
            "danger": sorted(closed.answers[one.answers].danger),
            "hazard": one.hazard,
            "given": request.POST.get(one.code) or row.answers.get(one.code, ""),
        }
        for one in form.questions
    ]


def _record(request: HttpRequest, entered: Entered, row: InspectionRow, form: Form) -> None:
    sent = request.POST
    services.record_inspection(
        row.id,
        answers={one.code: sent.get(one.code, "") for one in form.questions},
        form_number=whole(sent.get("form_number")),
        filled_at=_moment(sent.get("filled_at", "")),
        client_key=client_key_of(sent),
        **entered.stamp(),
    )


def _moment(text: str) -> datetime | None:
    said = read_moment(text)
    return said if said is not None and said.tzinfo is not None else None


@require_GET
def round_worker(request: HttpRequest) -> HttpResponse:
    """Give the script by which a browser keeps a round's pages; where it stands is what it sees."""
    text = files("anlan.web.hazards").joinpath("round_worker.js").read_text(encoding="utf-8")
    answer = HttpResponse(text, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@login_required
@require_POST
def photo(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Add a photo to the case that a failed question opened; sent by the form's script, once."""
    entered = enter_plan(request, key)
    found_or_404(lambda: queries.inspection(number, town_key=key))
    sent = request.FILES.get("photo")
    if not may_inspect(entered.actor):
        raise PermissionDenied
    if not isinstance(sent, UploadedFile):
        raise Http404
    try:
        document = services.add_photo(
            number,
            question=request.POST.get("question", ""),
            data=sent.read(),
            filled_by=request.POST.get("filled_by", "")[:40],
            client_key=request.POST.get("client_key", "")[:64] or None,
            **entered.stamp(),
        )
    except (BadInput, Refused) as fault:
        code = getattr(fault, "code", "bad_input")
        answer = {"sentence": str(fault), "code": code}
        return JsonResponse(answer, status=_LATER.get(code, 422))
    return JsonResponse({"document": document, "type": CODE})


def _due_soon(town: TownRow, actor: Actor, at: datetime) -> dict[str, Any] | None:
    """Give an inspector the late and next inspections that are its own or nobody's."""
    if not actor.has(Role.INSPECTOR):
        return None
    today, risks = at.astimezone(town.tz).date(), risk_words()
    until = today + SOON
    rows = [
        one
        for whose in (actor.staff_ref, "")
        for one in queries.planned_inspections(
            town.key, until=until, inspector=whose, most=MOST_DUE
        )
    ]
    shown = [
        {
            "row": one,
            "late": one.late(today),
            "mine": one.inspector_ref == actor.staff_ref,
            "risk": risks.get(one.risk, one.risk),
        }
        for one in sorted(rows, key=lambda one: (one.due_on, one.id))[:MOST_DUE]
    ]
    return {"rows": shown} if shown else None


register_to_do("hazards/to_do.html", _due_soon)
