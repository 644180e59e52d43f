"""When a span that began at a moment is over, by the town's zone and working calendar. Pure.

Law: Civil Code of the PRC, articles 200 to 204. A span in days or months doesn't count the day on
which it begins and ends with its last day, at midnight; a month ends on the day of the same number,
or on that month's last; where the last day is free, the next working day is the last. Hours are
counted from the moment itself, as they really pass.

Pauses (docs/method/clocks.md): a day counts if the clock ran when that day began, so no part of a
day is counted twice and none of a pause; and a clock is due only at a moment in which it runs.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Protocol
from zoneinfo import ZoneInfo

from anlan.kernel.cases.rules.facts import Value
from anlan.kernel.cases.rules.types import Span, Unit

RanSpans = Sequence[tuple[datetime, datetime]]
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_MOST_STRETCHES = 6  # how many free stretches are kept to be told


class WorkingCalendar(Protocol):
    """Which days are worked in a region, and whether that is known or only expected."""

    @property
    def region(self) -> str:
        """Name the region: "CN", "US-CA"; "" where none is known."""

    def works(self, day: date) -> bool:
        """Say whether a day is worked."""

    def usually_works(self, day: date) -> bool:
        """Say whether a day is worked by its weekday alone."""

    def is_final(self, day: date) -> bool:
        """Say whether a published notice, or the law itself, settles the day."""


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
    """Give when a clock that runs since a moment is due.

    `ran` are its earlier running spans, oldest first. A goal that was reached in one of them is due
    there: going on never makes an overdue clock whole again.
    """
    how: dict[str, Value] = {"unit": goal.unit.value, "amount": goal.amount}
    if goal.unit is Unit.HOURS:
        return Due(_due_by_hours(goal.amount, running_since, ran), False, how)
    stretches = [*ran, (running_since, None)]
    start = _local(stretches[0][0], zone)
    last, ends = _last_days(goal, start, stretches, zone=zone, calendar=calendar)
    looked_at = _after(start, ends) if goal.unit is Unit.WORKING_DAYS else _after(last - _DAY, ends)
    how |= {
        "region": calendar.region,
        "counted_from": start.isoformat(),
        "last_day": last.isoformat(),
        "ends_on": ends.isoformat(),
    }
    pauses = [(one[1], other[0]) for one, other in pairwise([*ran, (running_since, running_since)])]
    paused = sum((_local(on, zone) - _local(off, zone)).days for off, on in pauses)
    if paused:
        how["paused_days"] = paused
    how |= _what_is_unusual(goal, looked_at, calendar)
    final = all(calendar.is_final(day) for day in looked_at)
    return Due(end_of(ends, zone), not final, how)


def _due_by_hours(hours: int, running_since: datetime, ran: RanSpans) -> datetime:
    """Count real hours: in UTC, since hours of a wall clock are lost and doubled twice a year."""
    left = timedelta(hours=hours)
    for begun, to in ran:
        length = to.astimezone(UTC) - begun.astimezone(UTC)
        if length >= left:
            return begun.astimezone(UTC) + left
        left -= length
    return running_since.astimezone(UTC) + left


def _last_days(
    goal: Span,
    start: date,
    stretches: Sequence[tuple[datetime, datetime | None]],
    *,
    zone: ZoneInfo,
    calendar: WorkingCalendar,
) -> tuple[date, date]:
    """Give the day that makes the count full, and the working day with which the span ends."""
    need = goal.amount
    if goal.unit is Unit.MONTHS:
        need = (add_months(start, goal.amount) - start).days
    counted, last = 0, None
    for begun, to in stretches:
        day = _local(begun, zone)
        while to is None or end_of(day, zone) <= to:
            if last is not None and calendar.works(day):
                return last, day
            day += _DAY
            counted += calendar.works(day) if goal.unit is Unit.WORKING_DAYS else 1
            if last is None and counted >= need:
                last = day
    raise AssertionError("The last stretch has no end.")


def _what_is_unusual(
    goal: Span, looked_at: Sequence[date], calendar: WorkingCalendar
) -> dict[str, Value]:
    """Give the free stretches and worked weekends that shaped a due date, as a page tells them."""
    if goal.unit is Unit.WORKING_DAYS:
        free = [
            stretch
            for stretch in free_stretches(looked_at, calendar)
            if any(calendar.usually_works(day) for day in stretch)
        ]
    else:
        free = list(free_stretches(looked_at, calendar))
    found: dict[str, Value] = {
        f"free_{n}": f"{stretch[0].isoformat()}/{stretch[-1].isoformat()}"
        for n, stretch in enumerate(free[:_MOST_STRETCHES], start=1)
    }
    made_up = [day for day in looked_at if calendar.works(day) and not calendar.usually_works(day)]
    for n, day in enumerate(made_up[:_MOST_STRETCHES], start=1):
        found[f"worked_{n}"] = day.isoformat()
    return found


def free_stretches(days: Sequence[date], calendar: WorkingCalendar) -> Iterator[list[date]]:
    """Give the runs of free days among days that follow each other."""
    run: list[date] = []
    for day in days:
        if not calendar.works(day):
            run.append(day)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _after(day: date, until: date) -> list[date]:
    return [day + n * _DAY for n in range(1, (until - day).days + 1)]


def _local(moment: datetime, zone: ZoneInfo) -> date:
    return moment.astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """Give the first moment after a day; where that midnight is skipped, the skip itself."""
    return datetime.combine(day + _DAY, time(), tzinfo=zone).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """Give the day of the same number some months on, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def before(due: datetime, span: Span, *, zone: ZoneInfo, calendar: WorkingCalendar) -> datetime:
    """Give when to warn: as the last n days (or hours, or months) before a due moment begin."""
    if span.unit is Unit.HOURS:
        return due.astimezone(UTC) - timedelta(hours=span.amount)
    day = _local(due.astimezone(UTC) - _INSTANT, zone)  # the day within which it ends
    if span.unit is Unit.MONTHS:
        return end_of(add_months(day, -span.amount), zone)
    left = span.amount
    while left > 0:
        left -= calendar.works(day) if span.unit is Unit.WORKING_DAYS else 1
        day -= _DAY
    return end_of(day, zone)


def keep_until(start: date, span: Span) -> date:
    """Give the last day of a retention that begins on a day."""
    if span.unit is Unit.MONTHS:
        return add_months(start, span.amount)
    if span.unit is Unit.HOURS:
        raise ValueError("A retention is given in days or months.")
    return start + span.amount * _DAY


def due_as_written(due: datetime, *, zone: ZoneInfo) -> str:
    """Write when it is due by the town's clock: its last day, or the minute where no day ends."""
    last = _local(due.astimezone(UTC) - _INSTANT, zone)
    if end_of(last, zone) == due:  # which is one o'clock where the midnight is skipped
        return last.isoformat()
    return due.astimezone(zone).strftime("%Y-%m-%d %H:%M")
