"""Every clock of every registered type has its worked examples in docs/method/clocks.md, and they
are right: across a holiday, a make-up workday, a change of the clock, and each extension."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from anlan.kernel.cases import registry
from anlan.kernel.cases.queries.calendars import RegionCalendar
from anlan.kernel.cases.rules.calendars import due_of
from anlan.kernel.cases.rules.extending import goal_of
from anlan.kernel.cases.rules.types import Clock, Unit

PAGE = Path(__file__).resolve().parents[4] / "docs/method/clocks.md"
ROW = re.compile(r"^\| `(\w+)\.(\w+)` \| (\S+), (\S+) \| (\d) \| (\S+ \S+) \| ([^|]+) \|")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Example:
    """A row of the page's table."""

    type: str
    clock: str
    region: str
    zone: ZoneInfo
    extensions: int
    begins: datetime
    ends: datetime

    def days(self) -> Iterator[date]:
        """Give the days after the first one, to the one with which it ends."""
        day, last = self.begins.date() + DAY, (self.ends - timedelta(microseconds=1)).date()
        while day <= last:
            yield day
            day += DAY

    def crosses(self) -> set[str]:
        """Say what this example is an example of."""
        calendar, found = RegionCalendar(self.region), set[str]()
        for day in self.days():
            if calendar.works(day) != calendar.usually_works(day):
                found.add("make-up workday" if calendar.works(day) else "holiday")
        if self.begins.utcoffset() != self.ends.utcoffset():
            found.add("change of the clock")
        return found | {f"extension {self.extensions}"}


def _example(found: re.Match[str]) -> Example:
    zone, last = ZoneInfo(found[4]), found[7].strip()
    if ":" in last:
        ends = datetime.fromisoformat(last).replace(tzinfo=zone)
    else:
        ends = datetime.combine(date.fromisoformat(last) + DAY, time(), tzinfo=zone)
    begins = datetime.fromisoformat(found[6]).replace(tzinfo=zone)
    return Example(found[1], found[2], found[3], zone, int(found[5]), begins, ends)


EXAMPLES = [
    _example(found)
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if (found := ROW.match(line)) is not None
]
# A clock that ends with an answered day counts nothing: tests/services/test_hazards.py tries it.
CLOCKS = [
    (one.code, clock) for one in registry.case_types() for clock in one.clocks if not clock.until
]


def needed_of(clock: Clock) -> set[str]:
    """Say what a clock needs examples of: hours wait for no holiday, so no day is made up for."""
    needed = {"holiday", "change of the clock"}
    if clock.goal.unit is not Unit.HOURS:
        needed.add("make-up workday")
    return needed | {f"extension {n}" for n in range(clock.most_extensions + 1)}


@pytest.mark.parametrize(
    ("type_code", "clock"), CLOCKS, ids=lambda each: getattr(each, "code", each)
)
def test_every_clock_has_an_example_across_each_kind_of_day(type_code, clock):
    theirs = [one for one in EXAMPLES if (one.type, one.clock) == (type_code, clock.code)]
    crossed = {what for one in theirs for what in one.crosses()}
    lacking = needed_of(clock) - crossed
    assert not lacking, f"{PAGE.name} lacks for {type_code}.{clock.code}: {sorted(lacking)}"


@pytest.mark.parametrize(
    "one", EXAMPLES, ids=lambda one: f"{one.clock}-{one.region}-{one.begins:%Y%m%d}"
)
def test_an_example_on_the_page_is_what_the_kernel_computes(one):
    clock = registry.case_type(one.type).clock(one.clock)
    assert clock is not None, f"{PAGE.name} names {one.type}.{one.clock}, which is no clock"
    due = due_of(
        goal_of(clock, extensions=one.extensions),
        running_since=one.begins,
        ran=[],
        zone=one.zone,
        calendar=RegionCalendar(one.region),
    )
    assert (due.at, due.provisional) == (one.ends, False)
