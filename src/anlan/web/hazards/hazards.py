"""Beside the generic pages of cases: what is overdue, and a form for a new hazard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from anlan.areas.hazards import queries, services
from anlan.areas.hazards.rules.checklists import may_propose
from anlan.areas.hazards.rules.hazard import CODE, HAZARD, OWNER
from anlan.areas.hazards.rules.inspections import may_open
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.facts import Asked, NewParty, Value
from anlan.kernel.staff.queries import usernames_of
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.entering import Entered, client_key_of, seen_type
from anlan.web.cases.page import words_for
from anlan.web.cases.panels import (
    Seen,
    SeenByParty,
    register_follow_panel,
    register_list_column,
    register_list_panel,
    register_panel,
)
from anlan.web.cases.shown import due_moment, due_words
from anlan.web.hazards.frame import (
    LONGEST_TYPED,
    carried_out,
    class_words,
    enter_register,
    kind_words,
    page_of,
    where_of,
    whole,
    words_of,
)
from anlan.web.hazards.rechecks import may_recheck, photos_of

MOST_SHOWN = 200


@require_GET
@login_required
@never_cache
def overdue(request: HttpRequest, key: str) -> HttpResponse:
    """Show what is overdue among the cases that this member may see."""
    entered = enter_register(request, key)
    seen_type(entered, CODE)
    kinds, whats, controls = kind_words(), _whats(), _controls()
    offices = cases.office_names(key)
    asked = request.GET.get("office", "")
    states = {one.code: one.label.in_language(entered.language) for one in HAZARD.states}
    office = asked if asked in offices else ""
    late = queries.overdue_hazards(
        key, actor=entered.actor, at=entered.at, office=office, most=MOST_SHOWN
    )
    every = len(late)
    if every == MOST_SHOWN:
        every = queries.count_overdue(key, actor=entered.actor, at=entered.at, office=office)
    words = words_for(entered, HAZARD)
    names = usernames_of({one.handler for one in late if one.handler})
    rows = [
        {
            "row": one,
            "what": whats.get(one.what, one.what),
            "kind": kinds.get(one.kind, "–"),
            "control": controls.get(one.control, ""),
            "state": states[one.state],
            "due": due_moment(one.due_at, words),
            "late": due_words(one.due_at, at=entered.at, zone=entered.town.tz),
            "office": offices.get(one.office, one.office),
            "handler": names.get(one.handler, ""),
        }
        for one in late
    ]
    page = page_of(
        entered,
        here=CODE,
        rows=rows,
        every=every,
        offices=offices,
        asked=asked,
    )
    return render(request, "hazards/overdue.html", page)


def _controls() -> dict[str, str]:
    field = HAZARD.field("control")
    return words_of({one.code: one.label for one in (field.choices if field else ())})


def _whats() -> dict[str, str]:
    return words_of({one.code: one.label for one in HAZARD.clocks})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, key: str) -> HttpResponse:
    """Open a hazard at the desk or on the round: where, what, and who reports it."""
    entered = enter_register(request, key)
    if not may_open(entered.actor):
        raise PermissionDenied
    trouble, done, known = "", [], None
    if request.method == "POST":
        joins = whole(request.POST.get("join"))
        if joins is None:
            trouble = carried_out(lambda: done.append(_open(request, entered)))
            known = _known(request, entered) if trouble else None
        else:
            trouble = carried_out(lambda: done.append(_join(request, entered, joins)))
        if not trouble:
            sees = entered.actor.has(*HAZARD.readers)
            if sees and _sees(entered, done[0]):
                return redirect("case", key, CODE, done[0])
            page = page_of(entered, here=CODE, number=done[0], joined=joins is not None)
            return render(request, "hazards/kept.html", page, status=201)
    sources, anyway = HAZARD.field("source"), HAZARD.field("anyway")
    chosen = request.POST.get("premises", request.GET.get("premises", ""))[:LONGEST_TYPED]
    offered, many = queries.offered_premises(key, chosen=chosen, search=True)
    page = page_of(
        entered,
        here=CODE,
        premises=offered,
        many=many,
        classes=class_words(),
        kinds=kind_words(),
        sources=words_of({one.code: one.label for one in (sources.choices if sources else ())}),
        chosen=chosen,
        sent=request.POST if request.method == "POST" else _known_of_the_thing(request),
        trouble=trouble,
        known=known,
        reasons=words_of({one.code: one.label for one in (anyway.choices if anyway else ())}),
    )
    return render(request, "hazards/new.html", page, status=422 if trouble else 200)


def _known_of_the_thing(request: HttpRequest) -> dict[str, str]:
    """Give what a link may fill in beforehand: closed answers, never a word."""
    return {name: request.GET.get(name, "")[:40] for name in ("kind", "imminent")}


def _known(request: HttpRequest, entered: Entered) -> dict[str, Any] | None:
    """Give the open case of the same hazard, where there is one: its link, or that one may join."""
    sent = request.POST
    try:
        where = where_of(sent.get("premises", ""), key=entered.town.key).id
    except (BadInput, Refused):
        return None
    one = services.known_hazard(where, kind=sent.get("kind", ""))
    return None if one is None else {"id": one, "seen": _sees(entered, one)}


def _sees(entered: Entered, case_id: int) -> bool:
    try:
        cases.case(case_id, town_key=entered.town.key, actor=entered.actor)
    except (BadInput, Refused):
        return False
    return True


def _join(request: HttpRequest, entered: Entered, known: int) -> int:
    """Add what was told to the open case of the same hazard, where anything was."""
    sent = request.POST
    where = where_of(sent.get("premises", ""), key=entered.town.key).id
    if services.known_hazard(where, kind=sent.get("kind", "")) != known:
        raise BadInput(_("This hazard is no longer open; open a new one."))
    texts = dict(_reporter(sent)[0].texts) if _reporter(sent) else {}
    told = [texts.get("report", ""), sent.get("notes", "").strip()]
    if any(told):
        texts["report"] = "\n".join(filter(None, told))
    imminent = sent.get("imminent") == "yes"
    if not (texts or imminent):
        raise BadInput(_("Nothing is filled in that could be added to the open case."))
    services.join_known(
        known, texts=texts, imminent=imminent, client_key=client_key_of(sent), **entered.stamp()
    )
    return known


def _open(request: HttpRequest, entered: Entered) -> int:
    sent = request.POST
    key = entered.town.key
    values: dict[str, Value] = {
        "kind": sent.get("kind", ""),
        "source": sent.get("source", ""),
        "imminent": sent.get("imminent") == "yes",
    }
    if sent.get("anyway", ""):
        values["anyway"] = sent["anyway"]
    if sent.get("premises", "").strip():
        values["premises"] = where_of(sent["premises"], key=key).id
    notes = {"notes": sent["notes"]} if sent.get("notes", "").strip() else {}
    offices = cases.offices_of(entered.actor.staff_ref, town_key=key)
    done = services.open_hazard(
        asked=Asked(values=values, texts=notes),
        parties=_reporter(sent),
        office=offices[0].ident if offices else "",
        made_up=entered.town.made_up,
        client_key=client_key_of(sent),
        **entered.stamp(),
    )
    return done.case_id


def _reporter(sent: Any) -> tuple[NewParty, ...]:
    texts = {
        name: sent[name].strip()
        for name in ("name", "contact", "report", "spot")
        if sent.get(name, "").strip()
    }
    return (NewParty("reporter", texts),) if texts else ()


def _panel(seen: Seen) -> dict[str, Any]:
    """Fill what stands on each hazard's page: the thing, the order's day, what is in force."""
    if seen.case is None:
        return {}
    found = queries.hazard(seen.case.id, town_key=seen.town.key)
    control = _controls().get(found.control, "") if found is not None else ""
    today = seen.at.astimezone(seen.town.tz).date()
    late = found is not None and found.remedy_by is not None and found.remedy_by < today
    return {
        "found": found,
        "control": control,
        "late": late,
        "unseen": seen.facts is not None and bool(seen.facts.open_tasks.get("look_now")),
        "classes": class_words(),
        "rechecks": seen.facts is not None and may_recheck(seen.facts, seen.actor),
        **photos_of(seen),
    }


def _list_panel(seen: Seen) -> dict[str, Any]:
    """Fill what stands over the list: further pages, and how many are overdue."""
    late = queries.count_overdue(seen.town.key, actor=seen.actor, at=seen.at)
    kinds = kind_words()
    danger = queries.hazards_in_danger(seen.town.key, actor=seen.actor)
    return {
        "overdue": late,
        "may_open": may_open(seen.actor),
        "may_propose": may_propose(seen.actor),
        "danger": [{"row": one, "kind": kinds.get(one.kind, "–")} for one in danger],
    }


def _about(seen: Seen, rows: Sequence[CaseRow]) -> dict[int, str]:
    """Say what is dangerous and where, for each line of the list."""
    kinds = kind_words()
    named = queries.hazards_named([one.id for one in rows], town_key=seen.town.key)
    return {
        number: " · ".join(each for each in (kinds.get(kind, ""), premises) if each)
        for number, (kind, premises) in named.items()
    }


def _follow_panel(seen: SeenByParty) -> dict[str, Any]:
    """Tell a party what is dangerous and where, and whoever answers for it what is in force.

    Closed words and the register's own name: of what anybody wrote nothing stands here.
    """
    named = queries.hazards_named([seen.case_id], town_key=seen.town.key)
    kind, premises = named.get(seen.case_id, ("", ""))
    role = next((p.role for p in cases.parties_of(seen.case_id) if p.number == seen.party), "")
    found = queries.hazard(seen.case_id, town_key=seen.town.key) if role == OWNER else None
    told = (
        (_("Kind of hazard"), kind_words().get(kind, "")),
        (_("Premises"), premises),
        (_("Interim measure in force"), _controls().get(found.control, "") if found else ""),
    )
    return {"about": [{"label": label, "said": said} for label, said in told if said]}


register_panel(CODE, _panel)
register_follow_panel(CODE, _follow_panel)
register_list_panel(CODE, _list_panel)
register_list_column(CODE, _about)
