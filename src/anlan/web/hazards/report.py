"""Public pages: reporting a hazard without an account, and what inspectors ask."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from anlan.areas.hazards import queries, services
from anlan.areas.hazards.rules.reports import (
    ABOUT_A_PERSON,
    INSIDE_A_HOME,
    Told,
    check_pace,
    check_told,
)
from anlan.areas.hazards.services import Report
from anlan.kernel.cases.rules.notices import Channel, ways_to
from anlan.kernel.cases.services import count_one, pace_name
from anlan.kernel.cases.services.words import sentence_of
from anlan.kernel.places import queries as places
from anlan.kernel.places.emergency import emergency_numbers
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.entering import client_key_of
from anlan.web.hazards.checklists import form_words
from anlan.web.hazards.frame import class_words, kind_words, number
from anlan.web.shell.addresses import client_network

AN_HOUR = timedelta(hours=1)


def _town(key: str) -> TownRow:
    try:
        return places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown


@never_cache
@require_http_methods(["GET", "POST"])
def hazard(request: HttpRequest, key: str) -> HttpResponse:
    """Take a report of a dangerous thing; the answer holds the reporter's own link, once."""
    town = _town(key)
    trouble, turned = "", False
    if request.method == "POST":
        try:
            made = _take(request, town)
        except Refused as refused:
            trouble = sentence_of(refused)
            turned = refused.code in ("about_a_person", "inside_a_home")
        except BadInput as fault:
            trouble = str(fault)
        else:
            return _thanks(request, town, made)
    ident = request.POST.get("premises", request.GET.get("at", ""))[:40]
    offered, many = queries.offered_premises(key, chosen=ident)
    page = {
        "town": town,
        "kinds": kind_words(),
        "classes": class_words(),
        "premises": offered,
        "many": many,
        "chosen": ident,
        "sent": {} if turned else request.POST,  # words about a person aren't shown again
        "trouble": trouble,
        "turned": turned,
        "turns": {"person": _(ABOUT_A_PERSON), "home": _(INSIDE_A_HOME)},
        "numbers": _numbers(town),
        "client_key": str(uuid.uuid4()),
    }
    return render(request, "hazards/report.html", page, status=422 if trouble else 200)


def _numbers(town: TownRow) -> list[tuple[str, str]]:
    """Give which numbers to call in this town's country, in words; none where none is known."""
    language = get_language() or "en"
    return [
        (one.label.in_language(language), one.number) for one in emergency_numbers(town.country)
    ]


def _unreachable(contact: str) -> bool:
    """Say whether something was given by which no message reaches anybody."""
    return bool(contact.strip()) and not {Channel.SMS, Channel.EMAIL} & ways_to(contact).keys()


def _thanks(request: HttpRequest, town: TownRow, made: Report) -> HttpResponse:
    path = f"/follow/{made.token}" if made.token else ""
    page = {
        "town": town,
        "made": made,
        "link": request.build_absolute_uri(path) if path else "",
        "imminent": request.POST.get("imminent") == "yes",
        "unreachable": _unreachable(request.POST.get("contact", "")),
        "numbers": _numbers(town),
        "again": reverse("report_hazard", args=[town.key]),
        "photo": {"most_mb": settings.ANLAN_UPLOAD_MB, "client_key": uuid.uuid4().hex},
    }
    return render(request, "hazards/reported.html", page, status=201)


def _take(request: HttpRequest, town: TownRow) -> Report:
    sent = request.POST
    now = datetime.now(UTC)
    told = Told(
        about=sent.get("about", ""),
        kind=sent.get("kind", ""),
        imminent=sent.get("imminent") == "yes",
        premises=sent.get("premises", ""),
        lon=number(sent.get("lon")),
        lat=number(sent.get("lat")),
        words=sent.get("words", ""),
        spot=sent.get("spot", ""),
        name=sent.get("name", ""),
        contact=sent.get("contact", ""),
    )
    check_told(told)
    _count(request, town.key, now=now)
    return services.report_hazard(
        told,
        town_key=town.key,
        at=town.clock.at(now),
        recorded_at=now,
        client_key=client_key_of(sent),
        made_up=town.made_up,
    )


def _count(request: HttpRequest, key: str, *, now: datetime) -> None:
    """Count a report before it is taken, so that many at one moment are as many; under names from
    which no address can be told. What an address sends too often doesn't count for the town.
    """
    address = pace_name(f"report:{key}", client_network(request))
    by_address = count_one(address, now=now, within=AN_HOUR)
    check_pace(by_address=by_address, by_town=0)
    by_town = count_one(pace_name(f"report:{key}"), now=now, within=AN_HOUR)
    check_pace(by_address=by_address, by_town=by_town)


@require_GET
@never_cache
def asked(request: HttpRequest, key: str) -> HttpResponse:
    """Show everything that is asked at inspections, to anyone."""
    town = _town(key)
    forms = [form_words(one) for one in queries.forms_in_force(key)]
    return render(request, "hazards/asked.html", {"town": town, "forms": forms})
