"""Loading a year's notice of working days, and bringing due dates in line with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db.models import F
from django.utils.translation import gettext as _

from anlan.kernel.cases.models import CalendarDay, CalendarYear, Case, CaseClock, CaseEvent
from anlan.kernel.cases.published_days import waits_for_next_notice, weekend_of
from anlan.kernel.cases.queries.calendars import calendar_of
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules.calendars import WorkingCalendar
from anlan.kernel.cases.rules.types import Span, Unit
from anlan.kernel.cases.services.clocks import compute
from anlan.kernel.ledger.services import Write, write
from anlan.kernel.places.models import Town
from anlan.kernel.places.queries import town as town_row
from anlan.kernel.places.services.tables import BadRow, Row, read_rows
from anlan.kernel.values import Actor, BadInput, Role, check_role

REGION = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
WORKED = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
EARLIEST, LATEST = 1950, 2100
RECOMPUTED = "due_recomputed"  # the event and entry of a due date that a calendar moved


@dataclass(frozen=True, slots=True)
class LoadedYear:
    """What a notice brought: how many days differ from their weekday, and whether it was new."""

    region: str
    year: int
    free: int
    worked: int
    changed: bool


def load_calendar(
    file: Path,
    *,
    region: str,
    year: int,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> LoadedYear:
    """Load a region's year from its published notice: CSV with the columns day, works.

    A row is a day of the year (in China also of the second half of the December before) and yes or
    no; days that are as their weekday may be left out. What was loaded of this year before is
    replaced. Loaded again as it is, nothing is written. Due dates follow by `recompute_dues`.
    """
    check_role(actor, Role.ADMINISTRATOR)
    if not REGION.match(region):
        raise BadInput(_("A region is a country and perhaps its part, such as CN, CL or US-CA."))
    if not EARLIEST <= year <= LATEST:
        raise BadInput(_("A year is from {first} to {last}.").format(first=EARLIEST, last=LATEST))
    days = _read_notice(Path(file), region=region, year=year)
    worked = sum(days.values())
    if _loaded(region, year) == days:
        return LoadedYear(region, year, len(days) - worked, worked, changed=False)
    with write(
        town="",
        actor=actor,
        action="calendar.loaded",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        payload={"region": region, "year": year},
    ) as entry:
        if not entry.replayed:
            CalendarYear.objects.filter(region=region, year=year).delete()
            one = CalendarYear.objects.create(region=region, year=year, loaded_at=recorded_at)
            CalendarDay.objects.bulk_create(
                CalendarDay(year=one, day=day, works=works) for day, works in sorted(days.items())
            )
            entry.record(subject=f"calendar:{region}-{year}", fields=["days"])
    return LoadedYear(region, year, len(days) - worked, worked, changed=True)


def _loaded(region: str, year: int) -> dict[date, bool] | None:
    if not CalendarYear.objects.filter(region=region, year=year).exists():
        return None
    days = CalendarDay.objects.filter(year__region=region, year__year=year)
    return dict(days.values_list("day", "works"))


def _read_notice(file: Path, *, region: str, year: int) -> dict[date, bool]:
    """Give the days that differ from their weekday; BadInput names the first bad line."""
    weekend, seen, differing = weekend_of(region), set[date](), dict[date, bool]()
    for row in read_rows(file, needed=("day", "works")):
        try:
            day, works = _day_of(row, region=region, year=year)
        except BadRow as bad:
            raise BadInput(
                _("{file}, line {line}: {why} Nothing was loaded.").format(
                    file=file.name, line=row.line, why=bad
                )
            ) from bad
        if day in seen:
            raise BadInput(
                _("{file} names {day} twice. Nothing was loaded.").format(file=file.name, day=day)
            )
        seen.add(day)
        if works != (day.weekday() not in weekend):
            differing[day] = works
    if not any(day.year == year for day in differing):
        raise BadInput(
            _("{file} names no day of {year} that differs from its weekday.").format(
                file=file.name, year=year
            )
        )
    return differing


def _day_of(row: Row, *, region: str, year: int) -> tuple[date, bool]:
    raw, said = row.needed("day", longest=10), row.needed("works", longest=5)
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise BadRow(_("“{raw}” is no day such as 2027-01-31.").format(raw=raw)) from None
    late = day.year == year - 1 and waits_for_next_notice(region, day)
    if day.year != year and not late:
        raise BadRow(_("{day} is not in {year}.").format(day=day, year=year))
    if said.casefold() not in WORKED:
        raise BadRow(_("“works” is yes or no, not “{said}”.").format(said=said))
    return day, WORKED[said.casefold()]


def recompute_dues(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    year: int | None = None,
) -> int:
    """Compute a town's provisional due dates anew; gives how many clocks moved or became final.

    With `year` also those that were final and reach into that year, whose notice was replaced. Each
    clock is computed from the goal that its `how` keeps, with an event and an entry. Where nothing
    moved, nothing is written.
    """
    check_role(actor, Role.ADMINISTRATOR)
    one = Town.objects.get(pk=town_row(town_key).id)
    calendar = calendar_of(one)
    moved = [row.pk for row in _running(one, year=year) if _moves(row, calendar)]
    if not moved:
        return 0
    with write(
        town=town_key,
        actor=actor,
        action="calendar.dues_recomputed",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
    ) as entry:
        if entry.replayed:
            return int(entry.result["clocks"])
        done = sum(_recompute_one(pk, calendar, entry) for pk in moved)
        entry.record(subject=f"town:{town_key}", fields=["due_at"])
        entry.result = {"clocks": done}
    return done


def _running(one: Town, *, year: int | None) -> Iterator[CaseClock]:
    found = CaseClock.objects.filter(case__town=one, running_since__isnull=False)
    if year is None:
        found = found.filter(provisional=True)
    for row in found.select_related("case__town").order_by("case_id", "id").iterator():
        if row.provisional or (year is not None and _reaches(row, year)):
            yield row


def _reaches(row: CaseClock, year: int) -> bool:
    """Say whether a due date counted days from the second half of a December to that year's end."""
    first, last = str(row.how.get("counted_from", "9")), str(row.how.get("ends_on", ""))
    return last >= f"{year - 1}-12-18" and first <= f"{year}-12-31"


def _moves(row: CaseClock, calendar: WorkingCalendar) -> bool:
    """Compute a clock anew, without saving it; says whether anything of it changed."""
    clock = case_type(row.case.type).clock(row.code)
    if clock is None or row.how.get("unit") in (None, Unit.HOURS.value):
        return False
    before = (row.due_at, row.warn_at, row.provisional, row.how)
    goal = Span(int(row.how["amount"]), Unit(row.how["unit"]))
    compute(row, clock, row.case, calendar=calendar, goal=goal)
    return (row.due_at, row.warn_at, row.provisional, row.how) != before


def _recompute_one(clock_id: int, calendar: WorkingCalendar, entry: Write) -> int:
    """Do it under the case's lock; gives 0 where somebody stopped or moved the clock meanwhile."""
    case_id = CaseClock.objects.values_list("case_id", flat=True).get(pk=clock_id)
    one = Case.objects.select_for_update(of=("self",)).select_related("town").get(pk=case_id)
    row = CaseClock.objects.filter(pk=clock_id, running_since__isnull=False).first()
    if row is None:
        return 0
    row.case = one
    was = str(row.how.get("ends_on", ""))
    if not _moves(row, calendar):
        return 0
    row.save()
    CaseEvent.objects.create(
        case=one,
        seq=CaseEvent.objects.filter(case=one).count() + 1,
        action=RECOMPUTED,
        from_state=one.state,
        to_state=one.state,
        actor_ref=entry.actor.staff_ref,
        values={"clock": row.code, "was": was, "ends_on": str(row.how["ends_on"])},
        at=entry.at,
        recorded_at=entry.recorded_at,
    )
    Case.objects.filter(pk=one.pk).update(version=F("version") + 1)
    entry.record(subject=one.ref, fields=["due_at"], action=f"{one.type}.{RECOMPUTED}")
    return 1
