"""The register's pages: a list with a form for a new thing, and one thing with its pre-plan."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.areas.hazards import queries, services
from anlan.areas.hazards.queries.rows import PremisesRow
from anlan.areas.hazards.rules.inspections import may_open, may_plan_inspections
from anlan.areas.hazards.rules.preplans import STATERS, Fact, preplan_catalogue
from anlan.kernel.values import BadInput
from anlan.web.cases.entering import Entered, client_key_of
from anlan.web.hazards.frame import (
    carried_out,
    class_words,
    enter_register,
    found_or_404,
    kind_words,
    number,
    off_words,
    page_of,
    risk_words,
    whole,
    whole_or_none,
    words_of,
)

MOST_SHOWN = 100


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: HttpRequest, key: str) -> HttpResponse:
    """Show the register; a form that is sent puts a thing in."""
    entered = enter_register(request, key)
    trouble = ""
    if request.method == "POST":
        trouble = carried_out(lambda: _register(request, entered))
        if not trouble:
            return redirect("premises_one", key, request.POST.get("ident", "").strip())
    asked = {name: request.GET.get(name, "")[:60] for name in ("class", "risk", "search")}
    rows = queries.premises(
        key,
        class_code=asked["class"],
        risk=asked["risk"],
        search=asked["search"],
        after=request.GET.get("after", ""),
        most=MOST_SHOWN + 1,
    )
    filters = {name: value for name, value in asked.items() if value}
    last = rows[MOST_SHOWN - 1].ident if len(rows) > MOST_SHOWN else ""
    page = page_of(
        entered,
        here="premises",
        rows=rows[:MOST_SHOWN],
        next=urlencode({**filters, "after": last}) if last else "",
        first=urlencode(filters) if request.GET.get("after") else None,
        asked=asked,
        classes=class_words(),
        risks=risk_words(),
        sent=request.POST,
        trouble=trouble,
    )
    return render(request, "hazards/premises.html", page, status=422 if trouble else 200)


def _told(request: HttpRequest) -> dict[str, Any]:
    sent = request.POST
    lon, lat = number(sent.get("lon")), number(sent.get("lat"))
    if lon is None or lat is None:
        raise BadInput(_("Give the point as longitude and latitude."))
    return {
        "class_code": sent.get("class", ""),
        "name": sent.get("name", ""),
        "lon": lon,
        "lat": lat,
        "risk": sent.get("risk", ""),
    }


def _register(request: HttpRequest, entered: Entered) -> None:
    sent = request.POST
    services.register_premises(
        sent.get("ident", "").strip(),
        **_told(request),
        made_up=entered.town.made_up,
        client_key=client_key_of(sent),
        **entered.stamp(),
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, key: str, ident: str) -> HttpResponse:
    """Show one thing: what crews are told, its inspections, and a form for each change."""
    entered = enter_register(request, key)
    row = found_or_404(lambda: queries.one_premises(ident, town_key=key))
    trouble = ""
    if request.method == "POST":
        trouble = carried_out(lambda: _change(request, entered, ident))
        if not trouble:
            return redirect("premises_one", key, ident)
    page = page_of(
        entered,
        here="premises",
        row=row,
        corrected=_corrected(request, row),
        may_open=may_open(entered.actor),
        sent=request.POST if request.POST.get("do") == "state" else {},
        trouble=trouble,
        classes=class_words(),
        risks=risk_words(),
        may_state=entered.actor.has(*STATERS),
        may_plan=may_plan_inspections(entered.actor),
        inspections=[
            {"row": one, "off": off_words().get(one.called_off_for, "")}
            for one in queries.inspections_of(row.id)
        ],
        **_hazards(entered, row),
        **_preplan(entered, row.id),
    )
    return render(request, "hazards/premises_one.html", page, status=422 if trouble else 200)


def _corrected(request: HttpRequest, row: PremisesRow) -> dict[str, str]:
    """Give what the form of a correction shows: what was sent, else what stands."""
    sent = request.POST if request.POST.get("do") == "correct" else {}
    return {
        "again": sent.get("do", ""),
        "name": sent.get("name", row.name),
        "class_code": sent.get("class", row.class_code),
        "risk": sent.get("risk", row.risk),
        "lon": sent.get("lon", f"{row.lon}"),
        "lat": sent.get("lat", f"{row.lat}"),
    }


def _hazards(entered: Entered, row: PremisesRow) -> dict[str, Any]:
    """Give the open hazards there that this member sees, and how many lie with others."""
    kinds = kind_words()
    seen = queries.open_hazards_at(row.id, town_key=entered.town.key, actor=entered.actor)
    return {
        "hazards": [{"row": one, "kind": kinds.get(one.kind, one.kind)} for one in seen],
        "elsewhere": max(0, row.hazards - len(seen)),
    }


def _preplan(entered: Entered, premises_id: int) -> dict[str, Any]:
    listed = preplan_catalogue()
    sides, amounts = words_of(listed.sides), words_of(listed.amounts)
    today = entered.at.astimezone(entered.town.tz).date()
    facts = [
        {
            "row": fact,
            "kind": listed.kinds[fact.kind].label.in_language(entered.language),
            "what": listed.kinds[fact.kind].facts[fact.what].in_language(entered.language),
            "side": sides.get(fact.side, ""),
            "amount": amounts.get(fact.amount, ""),
            "over": fact.expires_on <= today,
        }
        for fact in queries.facts_of(premises_id, on=today, expired=True)
    ]
    choices = [
        (
            kind.label.in_language(entered.language),
            [(f"{kind.code}:{code}", text) for code, text in words_of(kind.facts).items()],
        )
        for kind in listed.kinds.values()
    ]
    return {"facts": facts, "fact_choices": choices, "sides": sides, "amounts": amounts}


def _change(request: HttpRequest, entered: Entered, ident: str) -> None:
    sent = request.POST
    more: dict[str, Any] = {"client_key": client_key_of(sent), **entered.stamp()}
    match sent.get("do", ""):
        case "state":
            services.state_fact(ident, fact=_fact(request), **more)
        case "remove":
            services.remove_fact(whole(sent.get("fact")) or 0, **more)
        case "correct":
            services.correct_premises(ident, **_told(request), **more)
        case "end":
            services.end_premises(ident, **more)
        case _:
            raise BadInput(_("This is none of the choices offered."))


def _fact(request: HttpRequest) -> Fact:
    sent = request.POST
    kind, _colon, what = sent.get("fact", "").partition(":")
    return Fact(
        kind=kind,
        what=what,
        side=sent.get("side", ""),
        floor=whole_or_none(sent.get("floor", "")),
        distance_m=whole_or_none(sent.get("distance_m", "")),
        un_number=sent.get("un_number", "").strip(),
        amount=sent.get("amount", ""),
    )
