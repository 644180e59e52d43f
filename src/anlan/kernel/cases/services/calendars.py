"""Loading a year's notice of working days, and bringing due dates in line with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import CalendarDay, CalendarYear, CaseClock
from anlan.kernel.cases.published_days import parts_of, waits_for_next_notice, weekend_of
from anlan.kernel.cases.queries.calendars import calendar_of
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules.calendars import WorkingCalendar
from anlan.kernel.cases.rules.facts import Value
from anlan.kernel.cases.rules.types import Span, Unit
from anlan.kernel.cases.services.acting import acting
from anlan.kernel.cases.services.clocks import compute, date_tasks
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.ledger.services import Stamp, Write, write, write_once
from anlan.kernel.places.models import Town
from anlan.kernel.places.queries import town as town_row
from anlan.kernel.places.services.tables import BadRow, Row, read_rows
from anlan.kernel.values import Actor, BadInput, Role, check_role

REGION = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
WORKED = {"yes": True, "1": True, "true": True, "no": False, "0": False, "false": False}
EARLIEST, LATEST = 1950, 2100


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
        asked={"region": region, "year": year, "days": days},
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


def set_region(
    town_key: str,
    *,
    region: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> bool:
    """Say by which part of its country's holidays a town works ("DE-BW"), or by its country's
    ("DE"); gives whether that is new. Due dates follow by `recompute_dues(..., every=True)`.
    """
    check_role(actor, Role.ADMINISTRATOR)
    one = Town.objects.get(pk=town_row(town_key).id)
    part = _part_of(one, region)

    def settle(entry: Write) -> bool:
        new = Town.objects.filter(pk=one.pk).exclude(part=part).update(part=part) == 1
        entry.record(subject=f"town:{town_key}", fields=["part"] if new else [])
        return new

    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    return write_once(settle, action="town.region_set", asked={"region": region}, stamp=stamp)


def _part_of(one: Town, region: str) -> str:
    """Give the part that a region names in a town's own country, "" for the country itself."""
    country, dash, part = region.partition("-")
    if not REGION.match(region) or country != one.country:
        raise BadInput(
            _("{town} lies in {country}; give that, or a part of it such as {example}.").format(
                town=one.key,
                country=one.country or "–",
                example=f"{one.country}-{next(iter(parts_of(one.country)), 'XX')}",
            )
        )
    if dash and part not in parts_of(country):
        raise BadInput(
            _("No holidays are known of {region}; the parts of {country} are {parts}.").format(
                region=region, country=country, parts=", ".join(parts_of(country)) or "–"
            )
        )
    return part


def recompute_dues(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    year: int | None = None,
    every: bool = False,
) -> int:
    """Compute a town's provisional due dates anew; gives in how many cases one moved or is final.

    With `year` also those that were final and reach into that year, whose notice was replaced; with
    `every` all that run, as when the town works by another region's days from now on. A
    clock is computed from the goal that its `how` keeps. Each case is a write of its own, with an
    event and an entry; where nothing moved, nothing is written, so it may be run again at any time.
    """
    check_role(actor, Role.ADMINISTRATOR)
    one = Town.objects.get(pk=town_row(town_key).id)
    calendar = calendar_of(one)
    running = _running(one, year=year, every=every)
    moved = {row.case_id for row in running if _moves(row, calendar)}
    done = 0
    for case_id in sorted(moved):
        with (
            suppress(_NothingMoved),
            acting(
                case_id,
                "due_recomputed",
                town_key=town_key,
                actor=actor,
                at=at,
                recorded_at=recorded_at,
            ) as doing,
        ):
            _recompute_case(doing, calendar, year=year, every=every)
            done += 1
    return done


class _NothingMoved(Exception):
    """Somebody stopped or moved the clocks meanwhile, so that nothing is to be written."""


def _recompute_case(
    doing: Doing, calendar: WorkingCalendar, *, year: int | None, every: bool
) -> None:
    moved: dict[str, Value] = {}
    for row in list(_running(doing.case.town, year=year, every=every, case_id=doing.case.pk)):
        was = str(row.how.get("ends_on", ""))
        if _moves(row, calendar):
            row.save()
            moved |= {row.code: str(row.how["ends_on"]), f"{row.code}_was": was}
    if not moved:
        raise _NothingMoved
    date_tasks(doing.case, doing.type)
    doing.asked = replace(doing.asked, values=moved)  # a clock may be called "reason"


def _running(
    one: Town, *, year: int | None, every: bool, case_id: int | None = None
) -> Iterator[CaseClock]:
    found = CaseClock.objects.filter(case__town=one, running_since__isnull=False)
    if case_id is not None:
        found = found.filter(case_id=case_id)
    if year is None and not every:
        found = found.filter(provisional=True)
    for row in found.select_related("case__town").order_by("case_id", "id").iterator():
        if every or row.provisional or (year is not None and _reaches(row, year)):
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
