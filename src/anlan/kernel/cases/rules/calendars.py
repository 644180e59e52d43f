"""When a span that began at a moment is over, by the town's zone and working calendar. Pure.

A span in days doesn't count the day on which it begins and ends with its last day; where that day
is free, it ends with the next working day (Civil Code of the PRC, articles 200 to 204).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from anlan.kernel.cases.rules.types import Span, Unit, Value

RanSpans = Sequence[tuple[datetime, datetime]]
_DAY = timedelta(days=1)


class WorkingCalendar(Protocol):
    """Which days are worked in a region, and whether that year's notice is published."""

    @property
    def region(self) -> str:
        """Name the region."""

    def works(self, day: date) -> bool:
        """Say whether a day is worked."""

    def is_final(self, year: int) -> bool:
        """Say whether the year's days come from a published notice."""


@dataclass(frozen=True, slots=True)
class Due:
    """When it is due (the first moment after), and how that was computed."""

    at: datetime
    provisional: bool
    how: Mapping[str, Value]


def due_of(
    goal: Span,
    *,
    running_since: datetime,
    ran: RanSpans,
    zone: ZoneInfo,
    calendar: WorkingCalendar,
) -> Due:
    """Give when a clock that runs since a moment is due; `ran` are its earlier running spans."""
    if goal.unit is Unit.HOURS:
        spent = sum(((to - begun) for begun, to in ran), timedelta())
        at = running_since + timedelta(hours=goal.amount) - spent
        return Due(at, False, {"unit": goal.unit.value, "amount": goal.amount})
    start = running_since.astimezone(zone).date()
    last = _last_day(goal, start=start, ran=ran, zone=zone, calendar=calendar)
    ends = last
    while not calendar.works(ends):
        ends += _DAY
    final = all(calendar.is_final(year) for year in range(start.year, ends.year + 1))
    how: dict[str, Value] = {
        "unit": goal.unit.value,
        "amount": goal.amount,
        "region": calendar.region,
        "counted_from": start.isoformat(),
        "last_day": last.isoformat(),
        "ends_on": ends.isoformat(),
    }
    return Due(_end_of(ends, zone), not final, how)


def _last_day(
    goal: Span, *, start: date, ran: RanSpans, zone: ZoneInfo, calendar: WorkingCalendar
) -> date:
    spans = [(a.astimezone(zone).date(), b.astimezone(zone).date()) for a, b in ran]
    if goal.unit is Unit.MONTHS:
        spent = sum((b - a).days for a, b in spans)
        return add_months(start, goal.amount) - spent * _DAY
    if goal.unit is Unit.DAYS:
        return start + (goal.amount - sum((b - a).days for a, b in spans)) * _DAY
    left = goal.amount - sum(_worked_between(a, b, calendar) for a, b in spans)
    day = start
    while left > 0:
        day += _DAY
        left -= calendar.works(day)
    return day


def _worked_between(after: date, until: date, calendar: WorkingCalendar) -> int:
    return sum(calendar.works(after + n * _DAY) for n in range(1, (until - after).days + 1))


def _end_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Give the day of the same number some months on, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def before(due: datetime, span: Span, *, zone: ZoneInfo, calendar: WorkingCalendar) -> datetime:
    """Give when to warn: that much before a due moment."""
    if span.unit is Unit.HOURS:
        return due - timedelta(hours=span.amount)
    day = due.astimezone(zone).date() - _DAY
    if span.unit is Unit.MONTHS:
        return _end_of(add_months(day, -span.amount), zone)
    left = span.amount
    while left > 0:
        left -= calendar.works(day) if span.unit is Unit.WORKING_DAYS else 1
        day -= _DAY
    return _end_of(day, zone)


def keep_until(start: date, span: Span) -> date:
    """Give the last day of a retention that begins on a day."""
    if span.unit is Unit.MONTHS:
        return add_months(start, span.amount)
    if span.unit is Unit.HOURS:
        raise ValueError("A retention is given in days or months.")
    return start + span.amount * _DAY
