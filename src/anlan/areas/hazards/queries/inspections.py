"""What is planned, what is due by the rules, what was done."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import chain
from zoneinfo import ZoneInfo

from django.db.models import (
    Case,
    Count,
    DateField,
    Exists,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, RowNumber

from anlan.areas.hazards.models import Failure, Inspection, Premises
from anlan.areas.hazards.queries.rows import DueRow, FailureRow, InspectionRow
from anlan.areas.hazards.rules.inspections import DONE_TOGETHER, working_day
from anlan.areas.hazards.rules.premises import (
    latest_day,
    next_inspection,
    outside_hours,
    premises_catalogue,
)
from anlan.kernel.cases.queries import calendar_of
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import Town
from anlan.kernel.values import Refused

_OPEN = {"done_at__isnull": True, "called_off_at__isnull": True}


def inspected_on(premises_id: int, *, zone: ZoneInfo) -> date | None:
    """Give the day of the last inspection by the record: when it was filled in, not when it came.

    What premises keep of it is this, found anew whenever an inspection was recorded or called off.
    """
    filled_in = Coalesce("filled_at", "done_at", "called_off_at")
    made = Inspection.objects.filter(_made(), premises_id=premises_id)
    last: datetime | None = made.aggregate(last=Max(filled_in))["last"]
    return None if last is None else last.astimezone(zone).date()


def _made(of: str = "") -> Q:
    """Give which inspections count as made."""
    return Q((f"{of}done_at__isnull", False)) | Q((f"{of}called_off_for", DONE_TOGETHER))


def next_inspections(
    town_key: str, *, most: int | None = None, until: date | None = None
) -> list[DueRow]:
    """Give when premises without a planned inspection are due by the rules, the first one first.

    Of one day the riskiest comes first; only working days are due. One that was called off until a
    day isn't due before, one that was done together with another was done. All of them, or at most
    so many: a register may hold many thousands.
    """
    catalogue, working = premises_catalogue(), WorkingDays(town_key)
    graver = {risk: -rank for rank, risk in enumerate(catalogue.risks)}
    due = []
    for number, class_code, risk, registered_on, last, held in _unplanned(town_key, most):
        following = next_inspection(
            class_code, risk=risk, registered_on=registered_on, last_on=last
        )
        day = working.from_day(max(following, held or following))
        if until is None or day <= until:
            due.append((day, graver[risk], last or registered_on, number))
    due.sort()
    return _due_rows([(day, number) for day, *_order, number in due[:most]])


def _unplanned(
    town_key: str, most: int | None
) -> Iterable[tuple[int, str, str, date, date | None, date | None]]:
    """Give number, class, risk, day of registering, last inspection's day, and the day until which
    it is called off.

    Where at most so many are wanted, the database leaves out what can't be among them: of one risk
    that are due the same months on, as many with the oldest days will do, beside all those that are
    called off until a day.
    """
    planned = Inspection.objects.filter(premises=OuterRef("pk"), **_OPEN)
    held = Inspection.objects.filter(
        premises=OuterRef("pk"), called_off_until__gt=OuterRef("since")
    )
    town = places.town(town_key)
    found = Premises.objects.order_by().filter(~Exists(planned), town=town.id, ended_on=None)
    found = found.alias(since=Coalesce("inspected_on", "registered_on"))
    free = found.filter(~Exists(held)).annotate(until=Value(None, output_field=DateField()))
    if most is not None:
        place = Window(RowNumber(), partition_by=_alike(), order_by=["since", "pk"])
        free = free.alias(place=place).filter(place__lte=most)
    waiting = found.filter(Exists(held)).annotate(until=Max("inspections__called_off_until"))
    asked = ("pk", "class_code", "risk", "registered_on", "inspected_on", "until")
    return chain(free.values_list(*asked), waiting.values_list(*asked))


def _alike() -> Case:
    """Give a number that premises of one risk share whose next inspection is as many months on.

    A number, and its risk asked first: sorting by names of classes, or comparing one after another
    with each, takes a database longer than all the rest.
    """
    catalogue = premises_catalogue()
    of_risks = []
    for rank, risk in enumerate(catalogue.risks):
        classes: dict[int, list[str]] = {}
        for one in catalogue.classes.values():
            classes.setdefault(one.months[risk], []).append(one.code)
        of_months = [
            When(class_code__in=codes, then=Value(months * len(catalogue.risks) + rank))
            for months, codes in sorted(classes.items())
        ]
        first = When(inspected_on=None, then=Value(rank))
        of_risks.append(When(risk=risk, then=_number(first, *of_months)))
    return _number(*of_risks)


def _number(*whens: When) -> Case:
    return Case(*whens, default=Value(-1), output_field=IntegerField())


class WorkingDays:
    """The working days of a town, each looked up once: a register may hold many thousands."""

    def __init__(self, town_key: str) -> None:
        self.calendar = calendar_of(Town.objects.get(key=town_key))
        self.known: dict[date, date] = {}

    def from_day(self, day: date) -> date:
        """Give the first working day from a day on."""
        found = self.known.get(day)
        if found is None:
            found = self.known[day] = working_day(day, calendar=self.calendar)
        return found


def planned_by_day(town_key: str, *, since: date) -> dict[date, int]:
    """Give how many inspections are planned for each day from a day on."""
    found = Inspection.objects.filter(premises__town__key=town_key, due_on__gte=since, **_OPEN)
    return dict(found.order_by().values_list("due_on").annotate(Count("pk")))


def _due_rows(due: list[tuple[date, int]]) -> list[DueRow]:
    counted = Premises.objects.annotate(times=Count("inspections", filter=_made("inspections__")))
    places_of = counted.in_bulk([number for _day, number in due])
    return [
        DueRow(
            premises=number,
            ident=one.ident,
            name=one.name,
            class_code=one.class_code,
            risk=one.risk,
            due_on=day,
            latest_on=latest_day(
                one.class_code,
                risk=one.risk,
                registered_on=one.registered_on,
                last_on=one.inspected_on,
                due_on=day,
            ),
            outside_hours=outside_hours(one.class_code, times=one.times),
            made_up=one.made_up,
        )
        for day, number in due
        for one in (places_of[number],)
    ]


def planned_inspections(
    town_key: str,
    *,
    until: date | None = None,
    inspector: str | None = None,
    outside_hours: bool | None = None,
    first: int = 0,
    most: int | None = None,
) -> list[InspectionRow]:
    """Give the inspections that are planned, by day; those of one inspector or hour if asked.

    All, or at most so many behind the `first` ones.
    """
    found = Inspection.objects.filter(premises__town__key=town_key, **_OPEN)
    if until is not None:
        found = found.filter(due_on__lte=until)
    if inspector is not None:
        found = found.filter(inspector_ref=inspector)
    if outside_hours is not None:
        found = found.filter(outside_hours=outside_hours)
    found = found.order_by("due_on", "pk")
    return _rows(found[first:] if most is None else found[first : first + most])


def done_inspections(
    town_key: str, *, since: datetime | None = None, most: int | None = None
) -> list[InspectionRow]:
    """Give the inspections that were done, the latest first; all, or at most so many."""
    found = Inspection.objects.filter(premises__town__key=town_key, done_at__isnull=False)
    if since is not None:
        found = found.filter(done_at__gte=since)
    return _rows(found.order_by("-done_at", "-pk")[:most])


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
    rows = list(found.select_related("premises"))
    done = [one.pk for one in rows if one.done_at is not None]
    failed = dict(
        Failure.objects.filter(inspection_id__in=done)
        .order_by()
        .values_list("inspection_id")
        .annotate(Count("pk"))
    )
    return [
        InspectionRow(
            id=one.pk,
            premises=one.premises_id,
            ident=one.premises.ident,
            name=one.premises.name,
            class_code=one.premises.class_code,
            risk=one.premises.risk,
            due_on=one.due_on,
            first_due_on=one.first_due_on,
            outside_hours=one.outside_hours,
            inspector_ref=one.inspector_ref,
            checklist=one.checklist,
            checklist_number=one.checklist_number,
            answers=one.answers,
            done_at=one.done_at if one.filled_at is None else one.filled_at,
            called_off_at=one.called_off_at,
            called_off_for=one.called_off_for,
            called_off_until=one.called_off_until,
            made_up=one.made_up,
            failed=failed.get(one.pk, 0),
        )
        for one in rows
    ]
