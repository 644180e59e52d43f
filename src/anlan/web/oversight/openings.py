"""Who opened sealed words, when, which part and why: for the town's supervisor, never the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from anlan.kernel.cases import queries as cases
from anlan.kernel.sealing.queries import OpeningEntry, openings_in
from anlan.kernel.sealing.rules import JOINT, Purpose
from anlan.kernel.staff.queries import usernames_of
from anlan.kernel.values import Role, read_day, whole_number
from anlan.web.cases.entering import Entered, enter
from anlan.web.cases.openers import purpose_words, role_words
from anlan.web.cases.shown import actor_words
from anlan.web.shell.links import town_links
from anlan.web.shell.words import listed

SHOWN = 100
DAYS = 7  # without a period, so many days back
READERS = (Role.SUPERVISOR,)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for; a day or a purpose that is none is left out."""

    case: str
    purpose: str
    since: date
    until: date
    over: bool
    before: int | None

    def query(self, **more: str) -> str:
        """Give these questions as an address says them."""
        fields = {
            "case": self.case,
            "purpose": self.purpose,
            "from": self.since.isoformat(),
            "to": self.until.isoformat(),
            "over": "1" if self.over else "",
        }
        return urlencode({name: value for name, value in (fields | more).items() if value})


@login_required
@never_cache
@require_GET
def openings(request: HttpRequest, key: str) -> HttpResponse:
    """List who opened which case's words, by case, purpose and period."""
    entered = enter(request, key)
    if not entered.actor.has(*READERS):
        raise PermissionDenied
    asked = _asked(request.GET, today=entered.at.astimezone(entered.town.tz).date())
    found = openings_in(
        key,
        since=_midnight(asked.since, entered),
        until=_midnight(asked.until + timedelta(days=1), entered),
        case_ref=asked.case,
        purpose=asked.purpose,
        over_budget_only=asked.over,
        before=asked.before,
        limit=SHOWN + 1,
    )
    rows = found[:SHOWN]
    page = {
        "town": entered.town,
        "links": town_links(key, entered.actor),
        "here": "openings",
        "asked": asked,
        "purposes": purpose_words(),
        "rows": _shown(rows, entered),
        "over": sum(each.over_budget for each in rows),
        "next": asked.query(before=str(rows[-1].id)) if len(found) > SHOWN else "",
        "newest": asked.query() if asked.before is not None else "",
    }
    return render(request, "oversight/openings.html", page)


def part_words(part: str) -> str:
    """Name a part of a case: its common words, a party's, the notes, a document."""
    kind, _colon, number = part.partition(":")
    if kind == "document":
        return _("document {number}").format(number=number)
    if part.startswith("p") and part[1:].isdigit():
        return _("words of party {number}").format(number=part[1:])
    return {JOINT: _("common words"), "notes": _("notes")}.get(part, part)


def _asked(sent: QueryDict, *, today: date) -> Asked:
    until = read_day(sent.get("to", "")) or today
    since = min(read_day(sent.get("from", "")) or until - timedelta(days=DAYS - 1), until)
    purpose, before = sent.get("purpose", ""), sent.get("before", "")
    return Asked(
        case=sent.get("case", "").strip()[:96],
        purpose=purpose if purpose in {each.value for each in Purpose} else "",
        since=since,
        until=until,
        over=sent.get("over") == "1",
        before=whole_number(before, longest=15),
    )


def _midnight(day: date, entered: Entered) -> datetime:
    return datetime.combine(day, time(), tzinfo=entered.town.tz)


def _shown(rows: Iterable[OpeningEntry], entered: Entered) -> list[dict[str, Any]]:
    rows = list(rows)
    seen = _seen_cases(rows, entered)
    roles, why = role_words(), purpose_words()
    names = usernames_of(each.actor_ref for each in rows)
    return [
        {
            "at": each.at.astimezone(entered.town.tz).strftime("%Y-%m-%d %H:%M"),
            "who": actor_words(each.actor_ref, names),
            "role": " · ".join(roles.get(one, one) for one in each.role.split("+") if one),
            "case": each.case_ref,
            "url": seen.get(each.case_ref, ""),
            "parts": listed(part_words(part) for part in each.parts),
            "as_file": each.as_file,
            "why": why.get(each.purpose, each.purpose),
            "over": each.over_budget,
        }
        for each in rows
    ]


def _seen_cases(rows: Iterable[OpeningEntry], entered: Entered) -> dict[str, str]:
    """Give the page of each case that this member may see; the others are named without one."""
    numbers: dict[str, set[int]] = {}
    for each in rows:
        kind, _colon, number = each.case_ref.partition(":")
        pk = whole_number(number)
        if pk is not None:
            numbers.setdefault(kind, set()).add(pk)
    found = {}
    for kind, wanted in numbers.items():
        visible = cases.visible_cases(entered.actor, town_key=entered.town.key, type=kind)
        for pk in visible.filter(pk__in=wanted).values_list("pk", flat=True):
            found[f"{kind}:{pk}"] = reverse("case", args=[entered.town.key, kind, pk])
    return found
