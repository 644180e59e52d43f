"""Turning a case's clocks when its state changes: start, pause, go on, stop."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from anlan.kernel.cases.models import Case, CaseClock, Task
from anlan.kernel.cases.queries.calendars import calendar_of
from anlan.kernel.cases.rules.acting import day_of, moment_of
from anlan.kernel.cases.rules.calendars import WorkingCalendar, before, due_of, end_of
from anlan.kernel.cases.rules.extending import check_extension, goal_of, not_running
from anlan.kernel.cases.rules.types import CaseType, Clock, Span


def turn_clocks(one: Case, kind: CaseType, *, before_state: str, at: datetime) -> None:
    """Make the clocks of a case fit the state that it has just come to."""
    rows = {row.code: row for row in CaseClock.objects.filter(case=one, stopped_at__isnull=True)}
    for clock in kind.clocks:
        runs = one.state in clock.runs_in and (clock.applies is None or clock.applies(one.answers))
        row = rows.get(clock.code)
        if one.state in kind.ends:
            if row is not None:
                _stop(row, at=at)
            continue
        if row is not None and clock.per_stay and one.state != before_state:
            _stop(row, at=at)
            row = None
        if runs and row is None:
            begin_clock(one, clock, at=at)
        elif row is not None and runs and row.running_since is None:
            row.running_since = at
            compute(row, clock, one)
            row.save()
        elif row is not None and runs and clock.until:
            compute(row, clock, one)  # the day may have been moved
            row.save()
        elif row is not None and not runs and row.running_since is not None:
            _pause(row, at=at)
    date_tasks(one, kind)


def begin_clock(one: Case, clock: Clock, *, at: datetime) -> None:
    """Let a clock of a case begin to run, from its own moment where it has one."""
    row = CaseClock(case=one, code=clock.code, running_since=_begins(one, clock, at=at))
    compute(row, clock, one)
    row.save()


def _begins(one: Case, clock: Clock, *, at: datetime) -> datetime:
    """Give from when a clock counts: a moment answered before, a day answered that is to come."""
    day = day_of(one.answers, clock.since)
    if day is not None:
        return max(at, datetime.combine(day, time(), ZoneInfo(one.town.zone)))
    return moment_of(one.answers, clock.since) or at


def date_tasks(one: Case, kind: CaseType) -> None:
    """Let what is to be done by a clock of the case be due when that clock is."""
    kinds = {each.code: each.clock for each in kind.task_kinds if each.clock}
    if not kinds:
        return
    running = CaseClock.objects.filter(case=one, running_since__isnull=False)
    dues = dict(running.values_list("code", "due_at"))
    for task in Task.objects.filter(case=one, kind__in=kinds, done_at__isnull=True):
        due = dues.get(kinds[task.kind])
        if task.due_at != due:
            task.due_at = due
            task.save(update_fields=["due_at"])


def extend_clock(one: Case, clock: Clock) -> CaseClock:
    """Extend a running clock once more; raises the sentence that says why it can't be."""
    row = (
        CaseClock.objects.select_for_update()
        .filter(case=one, code=clock.code, stopped_at__isnull=True)
        .first()
    )
    if row is None:
        raise not_running()
    check_extension(clock, running=row.running_since is not None, extensions=row.extensions)
    row.extensions += 1
    compute(row, clock, one)
    row.save()
    return row


def compute(
    row: CaseClock,
    clock: Clock,
    one: Case,
    *,
    calendar: WorkingCalendar | None = None,
    goal: Span | None = None,
) -> None:
    """Compute a running clock's due moment anew from its goal, its running spans, the calendar.

    `calendar` is the town's, where a caller has it; `goal` the one it was computed with before.
    """
    if row.running_since is None:
        return
    zone = ZoneInfo(one.town.zone)
    days = calendar_of(one.town) if calendar is None else calendar
    if clock.until:
        day = day_of(one.answers, clock.until)
        row.due_at = None if day is None else end_of(day, zone)
        row.how = {"source": clock.code, "until": "" if day is None else day.isoformat()}
        row.warn_at = _warn_at(row, clock, zone=zone, calendar=days)
        return
    ran = [
        (datetime.fromisoformat(each["from"]), datetime.fromisoformat(each["to"]))
        for each in row.ran
    ]
    span = goal_of(clock, extensions=row.extensions) if goal is None else goal
    due = due_of(span, running_since=row.running_since, ran=ran, zone=zone, calendar=days)
    row.due_at, row.provisional = due.at, due.provisional
    row.how = {**due.how, "source": clock.code, "extensions": row.extensions}
    row.warn_at = _warn_at(row, clock, zone=zone, calendar=days)


def _warn_at(
    row: CaseClock, clock: Clock, *, zone: ZoneInfo, calendar: WorkingCalendar
) -> datetime | None:
    if row.due_at is None:
        return None
    return before(row.due_at, clock.warn_before, zone=zone, calendar=calendar)


def _pause(row: CaseClock, *, at: datetime) -> None:
    if row.running_since is not None:
        row.ran = [*row.ran, {"from": row.running_since.isoformat(), "to": at.isoformat()}]
    row.running_since, row.due_at, row.warn_at = None, None, None
    row.save()


def _stop(row: CaseClock, *, at: datetime) -> None:
    """Stop a clock for good; until when it ran, by its goal, stays."""
    if row.running_since is not None:
        row.ran = [*row.ran, {"from": row.running_since.isoformat(), "to": at.isoformat()}]
    row.running_since, row.stopped_at = None, at
    row.save()
