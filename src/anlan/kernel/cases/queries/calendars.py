"""The working calendar of a town."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from anlan.kernel.cases.models import CalendarDay, CalendarYear
from anlan.kernel.cases.rules.calendars import WorkingCalendar
from anlan.kernel.places.models import Town


@dataclass(frozen=True)
class LoadedCalendar:
    """Weekdays are worked but for what a loaded notice says."""

    region: str
    years: frozenset[int]
    days: dict[date, bool] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        """Say whether a day is worked."""
        return self.days.get(day, day.weekday() < 5)

    def is_final(self, year: int) -> bool:
        """Say whether the year's notice was loaded."""
        return year in self.years


def calendar_of(town: Town) -> WorkingCalendar:
    """Give a town's calendar: the one of its country."""
    region = town.country
    years = CalendarYear.objects.filter(region=region)
    days = CalendarDay.objects.filter(year__region=region).values_list("day", "works")
    return LoadedCalendar(region, frozenset(years.values_list("year", flat=True)), dict(days))
