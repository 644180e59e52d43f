"""Planning what is due: many inspections at once, a few at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from anlan.areas.hazards.models import Inspection, Premises
from anlan.areas.hazards.queries.checklists import form_of_class
from anlan.areas.hazards.queries.inspections import (
    WorkingDays,
    next_inspections,
    planned_by_day,
)
from anlan.areas.hazards.queries.rows import DueRow
from anlan.areas.hazards.rules.checklists import Form
from anlan.areas.hazards.rules.inspections import Spread, check_planner
from anlan.kernel.ledger.services import write
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor

AHEAD = timedelta(days=30)
BATCH = 200  # rows a transaction: whoever else writes waits for it, some hundredths of a second
PAUSE_S = 0.01  # between two of them: whoever waits comes first, on SQLite too

Planned = tuple[DueRow, date, Form]


def plan_due_inspections(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Plan what the rules make due within a month and nobody has planned; gives how many.

    So many at a time, each time in a transaction with an entry of its own, and others write in
    between. Ended at any moment, or asked again, it goes on with what isn't planned yet: it takes
    no client's key. `progress` is told how many are looked at, of how many.
    """
    check_planner(actor)
    town = places.town(town_key)
    today = at.astimezone(town.tz).date()
    due = _on_their_days(next_inspections(town_key, until=today + AHEAD), town_key, today=today)
    made = 0
    for begin in range(0, len(due), BATCH):
        if begin:
            time.sleep(PAUSE_S)
        with write(
            town=town_key,
            actor=actor,
            action="inspections.planned",
            at=at,
            recorded_at=recorded_at,
        ) as entry:
            made += _plan(due[begin : begin + BATCH], at=at)
            entry.record(subject=f"town:{town_key}", fields=["inspections"])
        if progress is not None:
            progress(min(begin + BATCH, len(due)), len(due))
    return made


def _on_their_days(due: Sequence[DueRow], town_key: str, *, today: date) -> list[Planned]:
    """Give for each that is due the day on which it is planned, and its checklist."""
    if not due:
        return []
    days = WorkingDays(town_key)
    forms = {code: form_of_class(town_key, code) for code in {one.class_code for one in due}}
    soonest = days.from_day(today)
    spread = Spread(planned_by_day(town_key, since=today), working_day=days.from_day)
    return [
        (one, spread.day(max(one.due_on, soonest), latest=one.latest_on), forms[one.class_code])
        for one in due
    ]


def _plan(due: Sequence[Planned], *, at: datetime) -> int:
    """Plan these but where somebody planned or ended the premises meanwhile; gives how many."""
    numbers = [one.premises for one, _day, _form in due]
    standing = Premises.objects.filter(pk__in=numbers, ended_on=None)
    free = set(
        standing.exclude(
            pk__in=Inspection.objects.filter(
                premises__in=numbers, done_at=None, called_off_at=None
            ).values("premises")
        ).values_list("pk", flat=True)
    )
    made = [
        Inspection(
            premises_id=one.premises,
            due_on=day,
            outside_hours=one.outside_hours,
            checklist=form.code,
            checklist_number=form.number,
            planned_at=at,
            made_up=one.made_up,
        )
        for one, day, form in due
        if one.premises in free
    ]
    Inspection.objects.bulk_create(made)
    return len(made)
