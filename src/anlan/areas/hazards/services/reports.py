"""A resident's report of a hazard from the public page: no account, a few words, all sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Premises
from anlan.areas.hazards.rules.hazard import CODE
from anlan.areas.hazards.rules.reports import Told, check_told
from anlan.areas.hazards.services.hazards import add_report, known_hazard
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.rules.facts import Asked, NewParty, Value
from anlan.kernel.cases.services import Done
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor, BadInput, Refused

PUBLIC = Actor("job:public_report", frozenset())


@dataclass(frozen=True, slots=True)
class Report:
    """The case that a report came to, the reporter's number in it, and whether it was known.

    `token` opens the reporter's own page at /follow/TOKEN; it is told once, and "" when the same
    report is sent again. Of a hazard that so many reported that it is well known, one more is
    counted alone: `party` is 0.
    """

    case_id: int
    party: int
    known: bool
    token: str


@in_words
def report_hazard(
    told: Told,
    *,
    town_key: str,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    made_up: bool = False,
) -> Report:
    """Take a resident's report: a new case, or one more reporter of the hazard that is known.

    A hazard is known when one of its kind is open at the same premises. Points are sealed with the
    words; in clear stands the area cell alone.
    """
    check_told(told)
    town = places.town(town_key)
    where = _premises(told, town.id)
    stamp: dict[str, Any] = {
        "town_key": town_key,
        "actor": PUBLIC,
        "at": at,
        "recorded_at": recorded_at,
        "client_key": client_key,
    }
    for last in (False, True):
        known = None if where is None else known_hazard(where.pk, kind=told.kind)
        try:
            return _join(known, told, **stamp) or _open(told, where, made_up=made_up, **stamp)
        except Refused as refused:
            if last or refused.code != "known_hazard":
                raise  # else another's report opened it at this moment: it is known now
    raise AssertionError


def _join(known: int | None, told: Told, **stamp: Any) -> Report | None:
    if known is None:
        return None
    try:
        done = add_report(known, texts=_texts(told), imminent=told.imminent, **stamp)
    except Refused as refused:
        if refused.code != "client_key_reused":
            raise
        return None  # this very report opened the case before: it is only told so again
    return _report(done, known=True, **stamp)


def _open(told: Told, where: Premises | None, *, made_up: bool, **stamp: Any) -> Report:
    values: dict[str, Value] = {
        "kind": told.kind,
        "source": "resident",
        "imminent": told.imminent,
    }
    if where is not None:
        values["premises"] = where.pk
    done = cases.open_case(
        CODE,
        asked=Asked(values=values),
        parties=(NewParty("reporter", _texts(told)),),
        cell=_cell(told, where),
        made_up=made_up,
        **stamp,
    )
    return _report(done, known=False, **stamp)


def _premises(told: Told, town_id: int) -> Premises | None:
    if not told.premises:
        return None
    one = Premises.objects.filter(
        town_id=town_id, ident=told.premises, ended_on__isnull=True
    ).first()
    if one is None:
        raise BadInput(_("There are no premises “{ident}” here.").format(ident=told.premises[:40]))
    return one


def _texts(told: Told) -> dict[str, str]:
    spot = told.spot
    if told.lon is not None and told.lat is not None:
        spot = f"{spot}\n{told.lon:.6f},{told.lat:.6f}".strip()
    texts = {"report": told.words, "spot": spot, "name": told.name, "contact": told.contact}
    return {code: text for code, text in texts.items() if text.strip()}


def _cell(told: Told, where: Premises | None) -> str:
    if where is not None:
        return places.cell_of(where.lon, where.lat)
    if told.lon is not None and told.lat is not None:
        return places.cell_of(told.lon, told.lat)
    return ""


def _report(done: Done, *, known: bool, client_key: str | None, **stamp: Any) -> Report:
    if not done.parties:
        return Report(done.case_id, 0, known, "")  # well known: it was counted
    party = done.parties[0]
    key = None if client_key is None else f"{client_key[:59]}.link"
    token = cases.make_link(done.case_id, party=party, client_key=key, **stamp)
    return Report(done.case_id, party, known, token)
