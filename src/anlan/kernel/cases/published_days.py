"""Which days are free by what others publish: `chinesecalendar` for China, `holidays` elsewhere.

Both are imported on first use, since the command line must start at once. Nothing here is stored; a
notice that was loaded (`anlan calendar load`) goes before it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

CHINA = "CN"
# Provinces and their like (ISO 3166-2): the State Council's notice holds in all of them, and some
# have days of their own beside it, which only a notice that is loaded can say.
_PARTS_OF_CHINA = frozenset(
    {"AH", "BJ", "CQ", "FJ", "GD", "GS", "GX", "GZ", "HA", "HB", "HE", "HI", "HL", "HN", "JL"}
    | {"JS", "JX", "LN", "NM", "NX", "QH", "SC", "SD", "SH", "SN", "SX", "TJ", "XJ", "XZ", "YN"}
    | {"ZJ"}
)
_DAY = timedelta(days=1)
_USUAL_WEEKEND = frozenset({5, 6})
_PART = re.compile(r"^[A-Z0-9]{1,3}$")


class Source(enum.StrEnum):
    """Where a year's days come from."""

    LOADED = "loaded"  # a notice that an administrator loaded
    NOTICE = "notice"  # a published notice that is shipped
    LAW = "law"  # computed from the law of the region, which needs no yearly notice
    EXPECTED = "expected"  # computed, and a notice or a sighting of the moon will settle it
    NONE = "none"  # nothing is known but the weekdays


SETTLED = frozenset({Source.LOADED, Source.NOTICE, Source.LAW})


@dataclass(frozen=True)
class PublishedYear:
    """A region's year: the days that differ from their weekday, True where one is worked."""

    source: Source
    differs: Mapping[date, bool] = field(default_factory=dict)


@cache
def published_year(region: str, year: int) -> PublishedYear:
    """Give what is published of a region's year; for an unknown region nothing, and no guess."""
    if _country(region) == CHINA and year in _chinese_years():
        import chinese_calendar

        return PublishedYear(Source.NOTICE, _differing(region, year, chinese_calendar.is_workday))
    known = _computed(region, year)
    if known is None:
        return PublishedYear(Source.NONE)
    names = [name for day, name in known.items() if day.year == year]
    settled = _country(region) != CHINA and not any("estimated" in name for name in names)
    source = Source.LAW if settled else Source.EXPECTED
    return PublishedYear(source, _differing(region, year, known.is_working_day))


@cache
def weekend_of(region: str) -> frozenset[int]:
    """Give a region's free weekdays, Monday being 0."""
    known = _known(region)
    return _USUAL_WEEKEND if known is None else frozenset(known.weekend)


def parts_of(country: str) -> tuple[str, ...]:
    """Give the parts of a country that may have holidays of their own, by their code."""
    import holidays

    if country == CHINA:
        return tuple(sorted(_PARTS_OF_CHINA))
    known = holidays.list_supported_countries().get(country, [])
    return tuple(sorted(part for part in known if _PART.match(part)))


def waits_for_next_notice(region: str, day: date) -> bool:
    """Say whether the next year's notice can still change a day.

    China's notice of a year moves days of the December before: 29 December 2018 was made a workday
    by the notice of 2019. The earliest so far is the 29th; two weeks are kept.
    """
    return _country(region) == CHINA and day.month == 12 and day.day >= 18


def _country(region: str) -> str:
    return region.partition("-")[0]


@cache
def _chinese_years() -> frozenset[int]:
    """Give the years whose notice is shipped: those with a National Day, so no half year counts."""
    from chinese_calendar import constants

    return frozenset(day.year for day in constants.holidays if (day.month, day.day) == (10, 1))


def _computed(region: str, year: int) -> Any:
    """Give a `holidays` object with a region's year, None where it computes none."""
    known = _known(region)
    if known is None or not known.start_year <= year <= known.end_year:
        return None
    return _make(region, type(known), years=year)


@cache
def _known(region: str) -> Any:
    """Give the `holidays` object of a region without a year, None where it knows none."""
    import holidays

    country, _, subdivision = region.partition("-")
    if country == CHINA and subdivision in _PARTS_OF_CHINA:
        return _known(CHINA)  # `holidays` has no parts of it
    supported = holidays.list_supported_countries()
    if country not in supported or (subdivision and subdivision not in supported[country]):
        return None
    return holidays.country_holidays(country, subdiv=subdivision or None)


def _make(region: str, kind: Any, *, years: int) -> Any:
    """Make it anew for each year: it fills itself when asked, which no two threads may see."""
    given: dict[str, Any] = {"years": years}
    if _country(region) != CHINA:
        given["subdiv"] = region.partition("-")[2] or None
    if "en_US" in kind.supported_languages:
        given["language"] = "en_US"
    if hasattr(_known(region), "_islamic_calendar_show_estimated"):
        given["islamic_show_estimated"] = True
    return kind(**given)


def _differing(region: str, year: int, works: Any) -> dict[date, bool]:
    weekend = weekend_of(region)
    days = (date(year, 1, 1) + n * _DAY for n in range(366))
    return {
        day: bool(works(day))
        for day in days
        if day.year == year and works(day) != (day.weekday() not in weekend)
    }
