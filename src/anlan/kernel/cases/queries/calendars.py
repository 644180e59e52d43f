"""The working calendar of a region: what was loaded, and else what is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from anlan.kernel.cases.models import CalendarDay, CalendarYear
from anlan.kernel.cases.published_days import (
    SETTLED,
    Source,
    published_year,
    waits_for_next_notice,
    weekend_of,
)
from anlan.kernel.cases.rules.calendars import WorkingCalendar, free_stretches
from anlan.kernel.places.models import Town
from anlan.kernel.places.queries import town as town_row

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class RegionCalendar:
    """A region's days: the loaded notices (their years, and the days that differ), else shipped."""

    region: str
    years: frozenset[int] = frozenset()
    days: Mapping[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Say whether a day is worked."""
        said = self.days.get(day)
        if said is None and day.year not in self.years:
            said = published_year(self.region, day.year).differs.get(day)
        return self.usually_works(day) if said is None else said

    def usually_works(self, day: date) -> bool:
        """Say whether a day is worked by its weekday alone."""
        return day.weekday() not in weekend_of(self.region)

    def is_final(self, day: date) -> bool:
        """Say whether a day is settled: its year, and for late December in China the next too."""
        if self.source(day.year) not in SETTLED:
            return False
        late = waits_for_next_notice(self.region, day)
        return not late or self.source(day.year + 1) in SETTLED

    def source(self, year: int) -> Source:
        """Say where a year's days come from."""
        return Source.LOADED if year in self.years else published_year(self.region, year).source


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year of a town's calendar: the free stretches that hold a weekday, the worked weekends."""

    region: str
    year: int
    source: Source
    final: bool
    free: tuple[tuple[date, date], ...]
    worked: tuple[date, ...]


def region_of(town: Town) -> str:
    """Name the region by whose calendar a town works."""
    return f"{town.country}-{town.part}" if town.part else town.country


def towns_in(region: str) -> list[str]:
    """Give the keys of the towns that work by a region's calendar, those of its parts too."""
    towns = Town.objects.order_by("key")
    return [one.key for one in towns if f"{region_of(one)}-".startswith(f"{region}-")]


def calendar_of(town: Town) -> WorkingCalendar:
    """Give a town's working calendar."""
    return calendar_of_region(region_of(town))


def works_on(town_key: str, *, day: date) -> bool:
    """Say whether a day is a working day in a town."""
    return calendar_of(Town.objects.get(key=town_key)).works(day)


def calendar_of_region(region: str) -> RegionCalendar:
    """Give a region's working calendar.

    For a part of a country its own notice of a year goes first; where none was loaded its country's
    does, and on the part's own holidays what is published of the part.
    """
    years, days = _loaded(region)
    country, _dash, part = region.partition("-")
    if part:
        wider, theirs = _loaded(country)
        others = wider - years
        found = {day: works for day, works in theirs.items() if day.year not in years}
        days = found | _own_days(region, country, others) | days
        years |= others
    return RegionCalendar(region, years, days)


def _loaded(region: str) -> tuple[frozenset[int], dict[date, bool]]:
    years = CalendarYear.objects.filter(region=region)
    days = CalendarDay.objects.filter(year__region=region).values_list("day", "works")
    return frozenset(years.values_list("year", flat=True)), dict(days)


def _own_days(region: str, country: str, years: Iterable[int]) -> dict[date, bool]:
    """Give the days of some years that a part of a country keeps otherwise than its country."""
    own, weekend = dict[date, bool](), weekend_of(region)
    for year in years:
        part, whole = published_year(region, year).differs, published_year(country, year).differs
        own |= {
            day: part.get(day, day.weekday() not in weekend)
            for day in part.keys() | whole.keys()
            if part.get(day) != whole.get(day)
        }
    return own


def calendar_year(town_key: str, *, year: int) -> YearRow:
    """Give a year of a town's calendar; raises BadInput where there is no such town."""
    one = Town.objects.get(pk=town_row(town_key).id)
    calendar = calendar_of_region(region_of(one))
    days = [
        date(year, 1, 1) + n * _DAY for n in range((date(year, 12, 31) - date(year, 1, 1)).days + 1)
    ]
    source = calendar.source(year)
    return YearRow(
        region=calendar.region,
        year=year,
        source=source,
        final=source in SETTLED,
        free=tuple(
            (stretch[0], stretch[-1])
            for stretch in free_stretches(days, calendar)
            if any(calendar.usually_works(day) for day in stretch)
        ),
        worked=tuple(
            day for day in days if calendar.works(day) and not calendar.usually_works(day)
        ),
    )
