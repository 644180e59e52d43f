"""What is planned, what is due by the rules, what was done."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, QuerySet

from anlan.areas.hazards.models import Failure, Inspection, Premises
from anlan.areas.hazards.queries.rows import DueRow, FailureRow, InspectionRow
from anlan.areas.hazards.rules.premises import next_inspection, premises_catalogue
from anlan.kernel.places import queries as places
from anlan.kernel.values import Refused

_OPEN = {"done_at__isnull": True, "called_off_at__isnull": True}
MOST = 500


def next_inspections(town_key: str) -> list[DueRow]:
    """Give, for all premises without a planned inspection, when the next is due by the rules."""
    zone = places.town(town_key).tz
    planned = Inspection.objects.filter(premises=OuterRef("pk"), **_OPEN)
    standing = Premises.objects.filter(town__key=town_key, ended_on__isnull=True).filter(
        ~Exists(planned)
    )
    done: dict[int, list[date]] = defaultdict(list)
    before = Inspection.objects.filter(premises__in=standing, done_at__isnull=False)
    for number, moment in before.order_by("done_at").values_list("premises_id", "done_at"):
        if moment is not None:
            done[number].append(moment.astimezone(zone).date())
    return sorted(
        (_due(one, tuple(done[one.pk])) for one in standing.order_by("pk")),
        key=lambda row: (row.due_on, row.premises),
    )


def _due(one: Premises, done_on: tuple[date, ...]) -> DueRow:
    following = next_inspection(
        one.class_code,
        risk=one.risk,
        registered_on=one.registered_on,
        done_on=done_on,
        evening=premises_catalogue().classes[one.class_code].evening,
    )
    return DueRow(
        premises=one.pk,
        ident=one.ident,
        name=one.name,
        class_code=one.class_code,
        risk=one.risk,
        due_on=following.due_on,
        outside_hours=following.outside_hours,
        made_up=one.made_up,
    )


def planned_inspections(
    town_key: str,
    *,
    until: date | None = None,
    inspector: str | None = None,
    outside_hours: bool | None = None,
) -> list[InspectionRow]:
    """Give the inspections that are planned, by day; those of one inspector or hour if asked."""
    found = Inspection.objects.filter(premises__town__key=town_key, **_OPEN)
    if until is not None:
        found = found.filter(due_on__lte=until)
    if inspector is not None:
        found = found.filter(inspector_ref=inspector)
    if outside_hours is not None:
        found = found.filter(outside_hours=outside_hours)
    return _rows(found.order_by("due_on", "pk"))


def done_inspections(town_key: str, *, since: datetime | None = None) -> list[InspectionRow]:
    """Give the inspections that were done, the latest first."""
    found = Inspection.objects.filter(premises__town__key=town_key, done_at__isnull=False)
    if since is not None:
        found = found.filter(done_at__gte=since)
    return _rows(found.order_by("-done_at", "-pk"))


def inspections_of(premises_id: int) -> list[InspectionRow]:
    """Give the history of inspections of one thing, the latest first."""
    return _rows(Inspection.objects.filter(premises_id=premises_id).order_by("-due_on", "-pk"))


def inspection(inspection_id: int, *, town_key: str) -> InspectionRow:
    """Give one inspection."""
    found = _rows(Inspection.objects.filter(pk=inspection_id, premises__town__key=town_key))
    if not found:
        raise Refused("There is no such inspection in this town.", code="no_such_inspection")
    return found[0]


def failures_of(inspection_id: int) -> list[FailureRow]:
    """Give what failed at an inspection."""
    found = Failure.objects.filter(inspection_id=inspection_id).order_by("pk")
    return [
        FailureRow(one.question, one.answer, one.hazard, one.danger, one.case_id) for one in found
    ]


def _rows(found: QuerySet[Inspection]) -> list[InspectionRow]:
    rows = found.select_related("premises").annotate(failed=Count("failures"))[:MOST]
    return [
        InspectionRow(
            id=one.pk,
            premises=one.premises_id,
            ident=one.premises.ident,
            name=one.premises.name,
            class_code=one.premises.class_code,
            risk=one.premises.risk,
            due_on=one.due_on,
            outside_hours=one.outside_hours,
            inspector_ref=one.inspector_ref,
            checklist=one.checklist,
            checklist_number=one.checklist_number,
            answers=one.answers,
            done_at=one.done_at,
            called_off_at=one.called_off_at,
            called_off_for=one.called_off_for,
            made_up=one.made_up,
            failed=one.failed,
        )
        for one in rows
    ]
