"""Reading hazards as things, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from anlan.areas.hazards.models import HazardFacts
from anlan.areas.hazards.queries.premises import premises_by_number
from anlan.areas.hazards.queries.rows import DangerRow, HazardRow, OpenRow, OverdueRow
from anlan.areas.hazards.rules.guards import USE_STOPPED
from anlan.areas.hazards.rules.hazard import CODE, UNVERIFIED
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases.models import CaseClock, CaseStaff
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.values import Actor


def hazard(case_id: int, *, town_key: str) -> HazardRow | None:
    """Give what is known of a hazard as a thing; the caller has asked whether the case is seen."""
    found = HazardFacts.objects.filter(case_id=case_id, case__town__key=town_key)
    one = found.select_related("case").first()
    if one is None:
        return None
    where = premises_by_number([one.premises_id or 0], town_key=town_key)
    return HazardRow(
        case_id=case_id,
        premises=where.get(one.premises_id or 0),
        kind=one.kind,
        remedy_by=one.remedy_by,
        control=one.control,
        in_danger=(one.imminent and one.control != USE_STOPPED and one.case.state in UNVERIFIED),
        verified_at=one.verified_at,
    )


def hazards_named(case_ids: Iterable[int], *, town_key: str) -> dict[int, tuple[str, str]]:
    """Give each hazard's kind and the name of its premises, "" where it is at none, by its case."""
    found = HazardFacts.objects.filter(case_id__in=list(case_ids), case__town__key=town_key)
    rows = found.values_list("case_id", "kind", "premises__name")
    return {case_id: (kind, name or "") for case_id, kind, name in rows}


def hazards_in_danger(town_key: str, *, actor: Actor, most: int = 20) -> list[DangerRow]:
    """Give the hazards by which somebody could be hurt at any moment, of those that an actor may
    see, the longest open first: not stopped yet, and not found fixed.
    """
    seen = cases.visible_cases(actor, town_key=town_key, type=CODE)
    found = (
        HazardFacts.objects.filter(imminent=True, case__in=seen, case__state__in=UNVERIFIED)
        .exclude(control=USE_STOPPED)
        .select_related("case", "premises")
        .order_by("case_id")
    )
    return [
        DangerRow(
            case_id=one.case_id,
            kind=one.kind,
            premises="" if one.premises is None else one.premises.name,
            opened_at=one.case.opened_at,
        )
        for one in found[:most]
    ]


def open_hazards_at(premises_id: int, *, town_key: str, actor: Actor) -> list[OpenRow]:
    """Give the open hazards at premises, of those that an actor may see, the longest open first."""
    seen = cases.visible_cases(actor, town_key=town_key, type=CODE).filter(ended_at__isnull=True)
    found = HazardFacts.objects.filter(premises_id=premises_id, case__in=seen)
    return [
        OpenRow(one.case_id, one.kind, one.case.opened_at)
        for one in found.select_related("case").order_by("case_id")
    ]


def overdue_hazards(
    town_key: str, *, actor: Actor, at: datetime, office: str = "", most: int | None = None
) -> list[OverdueRow]:
    """Give what is overdue among the cases that an actor may see, the longest first.

    Clocks that ran out, an order's day among them; with `office` of one office alone; all, or at
    most so many.
    """
    late = _late(town_key, actor=actor, at=at, office=office).order_by("due_at", "case_id")
    found = late.values_list("case_id", "code", "due_at")[:most]
    return _rows([(number, code, due) for number, code, due in found if due is not None])


def count_overdue(town_key: str, *, actor: Actor, at: datetime, office: str = "") -> int:
    """Give how much is overdue among the cases that an actor may see."""
    return _late(town_key, actor=actor, at=at, office=office).count()


def _late(town_key: str, *, actor: Actor, at: datetime, office: str) -> QuerySet[CaseClock]:
    seen = cases.visible_cases(actor, town_key=town_key, type=CODE).filter(ended_at__isnull=True)
    if office:
        seen = seen.filter(office__ident=office)
    return CaseClock.objects.filter(case__in=seen, running_since__isnull=False, due_at__lte=at)


def _rows(late: list[tuple[int, str, datetime]]) -> list[OverdueRow]:
    numbers = {number for number, _what, _due in late}
    found = HazardFacts.objects.filter(case_id__in=numbers).select_related(
        "case__office", "premises"
    )
    facts = {one.case_id: one for one in found}
    handlers = dict(
        CaseStaff.objects.filter(
            case_id__in=numbers, part=Part.HANDLER.value, until__isnull=True
        ).values_list("case_id", "staff_ref")
    )
    return [
        OverdueRow(
            case_id=number,
            state=facts[number].case.state,
            kind=facts[number].kind,
            premises="" if (where := facts[number].premises) is None else where.name,
            office="" if (at := facts[number].case.office) is None else at.ident,
            handler=handlers.get(number, ""),
            what=what,
            due_at=due,
            control=facts[number].control,
        )
        for number, what, due in late
    ]
