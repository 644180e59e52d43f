"""When a span is over: the worked examples of docs/method/clocks.md, brute force, invariants."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.cases.published_days import Source, published_year, weekend_of
from anlan.kernel.cases.queries.calendars import RegionCalendar
from anlan.kernel.cases.rules.calendars import (
    add_months,
    before,
    due_as_written,
    due_of,
    end_of,
    keep_until,
)
from anlan.kernel.cases.rules.types import Span, Unit

SHANGHAI = ZoneInfo("Asia/Shanghai")
LISBON = ZoneInfo("Europe/Lisbon")
SANTIAGO = ZoneInfo("America/Santiago")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
CN, CL, PT = RegionCalendar("CN"), RegionCalendar("CL"), RegionCalendar("PT")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Week:
    """Monday to Friday, but for what a test says."""

    free: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    region: str = "XX"
    known_until: int = 9999
    extra: dict[str, int] = field(default_factory=dict)

    def works(self, day: date) -> bool:
        return day in self.worked or (day not in self.free and day.weekday() < 5)

    def usually_works(self, day: date) -> bool:
        return day.weekday() < 5

    def is_final(self, day: date) -> bool:
        return day.year <= self.known_until


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def due(amount, unit, since, *, ran=(), zone=SHANGHAI, calendar=CN):
    spans = [(at(begun, zone), at(to, zone)) for begun, to in ran]
    return due_of(
        Span(amount, unit), running_since=at(since, zone), ran=spans, zone=zone, calendar=calendar
    )


def ends_on(*args, **more) -> str:
    return str(due(*args, **more).how["ends_on"])


# --- worked examples (docs/method/clocks.md) ------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "unit", "since", "expected"),
    [
        # 1: the day on which it begins is not counted, whatever the hour
        (15, Unit.DAYS, "2026-03-02T00:00", "2026-03-17"),
        (15, Unit.DAYS, "2026-03-02T23:59", "2026-03-17"),
        # 2: a free last day gives way to the next working day: Saturday 7 March, Monday 9
        (5, Unit.DAYS, "2026-03-02T10:00", "2026-03-09"),
        # 3: one month from 31 January ends on the last of February, a worked Saturday in 2026
        (1, Unit.MONTHS, "2026-01-31T10:00", "2026-02-28"),
        # 4: one month from 15 March ends on 15 April
        (1, Unit.MONTHS, "2026-03-15T10:00", "2026-04-15"),
        # 5: 15 days from 1 February end on the 16th, in the Spring Festival: the 24th is worked
        (15, Unit.DAYS, "2026-02-01T10:00", "2026-02-24"),
        # 6: 7 working days from Thursday 12 February: 13, Sat 14 (make-up), 24 to 27, Sat 28
        (7, Unit.WORKING_DAYS, "2026-02-12T10:00", "2026-02-28"),
        # 7: 3 working days from Wednesday 30 September: 8, 9 and the make-up Saturday 10 October
        (3, Unit.WORKING_DAYS, "2026-09-30T10:00", "2026-10-10"),
        # 8: 1 working day from a Friday is Monday, but from Friday 18 September make-up Sunday 20
        (1, Unit.WORKING_DAYS, "2026-09-11T10:00", "2026-09-14"),
        (1, Unit.WORKING_DAYS, "2026-09-18T10:00", "2026-09-20"),
    ],
)
def test_spans_in_china_end_where_the_civil_code_says(amount, unit, since, expected):
    found = due(amount, unit, since)
    assert found.how["ends_on"] == expected
    midnight = at(f"{date.fromisoformat(expected) + DAY}T00:00")
    assert (found.at, found.provisional) == (midnight, False)


def test_how_keeps_what_shaped_a_due_date():
    how = due(7, Unit.WORKING_DAYS, "2026-02-12T10:00").how
    assert how == {
        "unit": "working_days",
        "amount": 7,
        "region": "CN",
        "counted_from": "2026-02-12",
        "last_day": "2026-02-28",
        "ends_on": "2026-02-28",
        "free_1": "2026-02-15/2026-02-23",
        "worked_1": "2026-02-14",
        "worked_2": "2026-02-28",
    }
    rolled = due(15, Unit.DAYS, "2026-02-01T10:00").how
    assert (rolled["last_day"], rolled["free_1"]) == ("2026-02-16", "2026-02-16/2026-02-23")


def test_an_unpublished_year_is_expected_and_provisional_until_its_notice_is_loaded():
    late = due(7, Unit.WORKING_DAYS, "2027-02-03T10:00")
    assert (late.provisional, late.how["ends_on"]) == (True, "2027-02-18")
    days = {date(2027, 2, n): False for n in range(5, 12)} | {date(2027, 2, 20): True}
    loaded = RegionCalendar("CN", frozenset({2027}), days)
    final = due(7, Unit.WORKING_DAYS, "2027-02-03T10:00", calendar=loaded)
    assert (final.provisional, final.how["ends_on"]) == (False, "2027-02-19")


def test_late_december_in_china_waits_for_the_next_notice():
    """The notice of 2019 made 29 December 2018 a workday."""
    assert not due(1, Unit.WORKING_DAYS, "2018-12-28T10:00").provisional
    assert ends_on(1, Unit.WORKING_DAYS, "2018-12-28T10:00") == "2018-12-29"
    assert due(1, Unit.WORKING_DAYS, "2026-12-28T10:00").provisional
    assert not due(1, Unit.WORKING_DAYS, "2026-12-14T10:00").provisional


def test_a_last_day_in_an_unpublished_year_is_provisional_though_no_working_day_is_counted():
    found = due(15, Unit.DAYS, "2026-12-25T10:00")
    assert (found.how["ends_on"], found.provisional) == ("2027-01-11", True)


def test_other_regions_count_by_their_own_law():
    # Chile: Friday 18 and Saturday 19 September are free
    assert ends_on(1, Unit.WORKING_DAYS, "2026-09-17T10:00", zone=SANTIAGO, calendar=CL) == (
        "2026-09-21"
    )
    # Corpus Christi, 4 June 2026, is free in Baden-Württemberg and worked in Berlin
    berlin, ulm = RegionCalendar("DE-BE"), RegionCalendar("DE-BW")
    zone = ZoneInfo("Europe/Berlin")
    for calendar, expected in ((berlin, "2026-06-04"), (ulm, "2026-06-05")):
        found = due(1, Unit.WORKING_DAYS, "2026-06-03T10:00", zone=zone, calendar=calendar)
        assert (found.how["ends_on"], found.provisional) == (expected, False)


def test_a_region_whose_weekend_is_friday_and_saturday():
    riyadh = ZoneInfo("Asia/Riyadh")
    saudi = RegionCalendar("SA")
    assert ends_on(1, Unit.WORKING_DAYS, "2024-01-04T10:00", zone=riyadh, calendar=saudi) == (
        "2024-01-07"  # Thursday to Sunday
    )
    assert due(5, Unit.WORKING_DAYS, "2030-01-30T10:00", zone=riyadh, calendar=saudi).provisional


def test_a_region_of_which_nothing_is_known_counts_weekdays_and_says_so():
    found = due(5, Unit.WORKING_DAYS, "2026-03-02T10:00", calendar=RegionCalendar(""))
    assert (found.how["ends_on"], found.provisional) == ("2026-03-09", True)


# --- pauses and extensions ------------------------------------------------------------------------


def test_a_pause_adds_its_days_and_the_day_of_going_on_is_not_counted():
    # 5 days from Monday 2: Tue, Wed counted, paused Wed 4 to Mon 9; then 10, 11, 12
    ran = [("2026-03-02T10:00", "2026-03-04T15:00")]
    found = due(5, Unit.DAYS, "2026-03-09T09:00", ran=ran)
    assert (found.how["ends_on"], found.how["paused_days"]) == ("2026-03-12", 5)


def test_a_pause_within_a_day_costs_and_gives_nothing():
    ran = [("2026-03-02T10:00", "2026-03-03T10:00"), ("2026-03-03T11:00", "2026-03-03T15:00")]
    found = due(5, Unit.WORKING_DAYS, "2026-03-03T16:00", ran=ran)
    assert found.how["ends_on"] == "2026-03-09"
    assert "paused_days" not in found.how


def test_a_clock_paused_on_its_last_day_is_due_on_the_day_it_goes_on():
    ran = [("2026-03-02T10:00", "2026-03-09T15:00")]  # Monday 9 is the fifth working day
    assert ends_on(5, Unit.WORKING_DAYS, "2026-03-18T09:00", ran=ran) == "2026-03-18"


def test_a_clock_going_on_on_a_free_day_counts_from_the_next_one():
    ran = [("2026-03-02T10:00", "2026-03-04T15:00")]
    # Saturday 14: nothing of it counts; Mon 16, Tue 17, Wed 18 are three, four and five
    assert ends_on(5, Unit.WORKING_DAYS, "2026-03-14T09:00", ran=ran) == "2026-03-18"


def test_going_on_never_makes_an_overdue_clock_whole():
    ran = [("2026-03-02T10:00", "2026-03-20T10:00")]
    assert ends_on(5, Unit.WORKING_DAYS, "2026-04-08T09:00", ran=ran) == "2026-03-09"
    hours = [("2026-03-02T10:00", "2026-03-02T20:00")]
    assert due(5, Unit.HOURS, "2026-03-02T22:00", ran=hours).at == at("2026-03-02T15:00")


def test_months_with_a_pause_are_as_many_days_as_the_months_had():
    # one month from 31 January: 28 days, of which 10 passed until 10 February
    ran = [("2026-01-31T10:00", "2026-02-10T10:00")]
    assert ends_on(1, Unit.MONTHS, "2026-03-01T10:00", ran=ran) == "2026-03-19"


def test_an_extension_counts_from_the_same_start():
    assert ends_on(1, Unit.MONTHS, "2026-01-31T10:00") == "2026-02-28"
    assert ends_on(2, Unit.MONTHS, "2026-01-31T10:00") == "2026-03-31"
    assert ends_on(14, Unit.WORKING_DAYS, "2026-02-12T10:00") == "2026-03-10"


# --- hours, midnights and daylight saving ---------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "since", "expected"),
    [
        (LISBON, "2026-03-28T12:00", "2026-03-29T13:00"),  # an hour of the wall is skipped
        (LISBON, "2026-10-24T12:00", "2026-10-25T11:00"),  # and doubled
        (SANTIAGO, "2026-09-05T12:00", "2026-09-06T13:00"),
        (SANTIAGO, "2026-04-04T12:00", "2026-04-05T11:00"),
        (LOS_ANGELES, "2026-03-07T12:00", "2026-03-08T13:00"),
        (LOS_ANGELES, "2026-10-31T12:00", "2026-11-01T11:00"),
    ],
)
def test_24_hours_are_24_hours_across_daylight_saving(zone, since, expected):
    found = due(24, Unit.HOURS, since, zone=zone)
    assert found.at == at(expected, zone)
    assert found.at - at(since, zone).astimezone(UTC) == timedelta(hours=24)


def test_hours_with_a_pause_across_daylight_saving():
    ran = [("2026-03-29T00:00", "2026-03-29T03:00")]  # two real hours in Lisbon
    assert due(24, Unit.HOURS, "2026-03-30T10:00", ran=ran, zone=LISBON).at == (
        at("2026-03-31T08:00", LISBON)
    )


@pytest.mark.parametrize(
    ("zone", "since", "first_moment_after"),
    [
        (LISBON, "2026-03-27T12:00", "2026-03-29T23:00+00:00"),  # end of Sunday 29, summer time
        (SANTIAGO, "2026-09-03T12:00", "2026-09-06T04:00+00:00"),  # midnight is skipped: 1 o'clock
        (SANTIAGO, "2026-04-02T12:00", "2026-04-05T04:00+00:00"),  # 23 to 24 o'clock came twice
        (LOS_ANGELES, "2026-10-30T12:00", "2026-11-02T08:00+00:00"),  # end of Sunday, winter time
    ],
)
def test_a_day_ends_at_local_midnight_also_where_clocks_change(zone, since, first_moment_after):
    begun = at(since, zone)
    last = datetime.fromisoformat(first_moment_after) - timedelta(microseconds=1)
    days = (last.astimezone(zone).date() - begun.date()).days
    everyday = Week(worked=frozenset(begun.date() + n * DAY for n in range(9)))
    found = due(days, Unit.DAYS, since, zone=zone, calendar=everyday)
    assert found.at == datetime.fromisoformat(first_moment_after)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(1, Unit.WORKING_DAYS), "2026-03-09T00:00"),  # as the last day begins
        (Span(2, Unit.WORKING_DAYS), "2026-03-06T00:00"),
        (Span(3, Unit.DAYS), "2026-03-07T00:00"),
        (Span(6, Unit.HOURS), "2026-03-09T18:00"),
        (Span(1, Unit.MONTHS), "2026-02-10T00:00"),
    ],
)
def test_a_warning_comes_as_the_last_days_begin(span, expected):
    found = before(at("2026-03-10T00:00"), span, zone=SHANGHAI, calendar=Week())
    assert found == at(expected)


def test_a_warning_a_day_before_a_moment_comes_as_that_day_begins():
    span = Span(1, Unit.DAYS)
    found = before(at("2026-03-11T15:00"), span, zone=SHANGHAI, calendar=Week())
    assert found == at("2026-03-11T00:00")


def test_a_retention_ends_on_the_same_day_of_a_later_month():
    assert keep_until(date(2026, 1, 31), Span(1, Unit.MONTHS)) == date(2026, 2, 28)
    assert keep_until(date(2024, 2, 29), Span(12, Unit.MONTHS)) == date(2025, 2, 28)
    assert keep_until(date(2026, 3, 2), Span(30, Unit.DAYS)) == date(2026, 4, 1)


# --- two published sources say the same -----------------------------------------------------------


@pytest.mark.parametrize("year", range(2010, 2027))
def test_both_sources_of_china_s_notices_agree(year):
    """`chinesecalendar` and `holidays` were made apart; a slip in one would show."""
    import holidays

    other, calendar = holidays.country_holidays("CN"), RegionCalendar("CN")
    days = [date(year, 1, 1) + n * DAY for n in range(366)]
    assert published_year("CN", year).source is Source.NOTICE
    assert [
        d for d in days if d.year == year and calendar.works(d) != other.is_working_day(d)
    ] == []


def test_2026_is_as_the_state_council_announced_it():
    """Notice of the General Office of the State Council on the holidays of 2026."""
    differs = published_year("CN", 2026).differs
    worked = [day.isoformat()[5:] for day, works in differs.items() if works]
    assert worked == ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    free = [(1, 1, 3), (2, 15, 23), (4, 4, 6), (5, 1, 5), (6, 19, 21), (9, 25, 27), (10, 1, 7)]
    for month, first, last in free:
        assert not any(CN.works(date(2026, month, day)) for day in range(first, last + 1))
    assert sum(day.weekday() < 5 for day, works in differs.items() if not works) == 19


# --- brute force and invariants -------------------------------------------------------------------

ZONES = st.sampled_from([SHANGHAI, LISBON, SANTIAGO, LOS_ANGELES])
GOALS = st.builds(
    Span,
    st.integers(1, 12),
    st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS]),
) | st.builds(Span, st.integers(1, 3), st.just(Unit.MONTHS))
WEEKS = st.builds(
    Week,
    free=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 4, 30)), max_size=12),
    worked=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 4, 30)), max_size=3),
)
# Moments an hour or more apart, from January on; the last one is when it goes on.
MOMENTS = st.lists(st.integers(1, 24 * 20), min_size=1, max_size=7).filter(lambda g: len(g) % 2)


def moments(gaps: list[int]) -> list[datetime]:
    begun, found = datetime(2026, 1, 5, 3, 30, tzinfo=UTC), []
    for gap in gaps:
        begun += timedelta(hours=gap)
        found.append(begun)
    return found


def computed(goal, gaps, zone, calendar):
    *ran, since = moments(gaps)
    pairs = list(zip(ran[::2], ran[1::2], strict=True))
    return due_of(goal, running_since=since, ran=pairs, zone=zone, calendar=calendar)


def by_hand(goal, gaps, zone, calendar) -> datetime:
    """Walk through midnights: count those through which it ran, stop where it is due."""
    *ran, since = moments(gaps)
    spans = [*zip(ran[::2], ran[1::2], strict=True), (since, datetime.max.replace(tzinfo=UTC))]
    first = spans[0][0].astimezone(zone).date()
    need = goal.amount
    if goal.unit is Unit.MONTHS:
        need = (add_months(first, goal.amount) - first).days
    counted, day = 0, first
    while True:
        midnight = datetime.combine(day + DAY, time(), tzinfo=zone).astimezone(UTC)
        if any(begun < midnight <= to for begun, to in spans):
            if counted >= need and calendar.works(day):
                return midnight
            counted += goal.unit is not Unit.WORKING_DAYS or calendar.works(day + DAY)
        day += DAY


@given(GOALS, MOMENTS, ZONES, WEEKS)
def test_due_is_what_a_walk_through_midnights_finds(goal, gaps, zone, calendar):
    assert computed(goal, gaps, zone, calendar).at == by_hand(goal, gaps, zone, calendar)


@given(GOALS, MOMENTS, ZONES, WEEKS)
def test_due_is_the_first_moment_after_a_working_day_and_never_before_the_start(
    goal, gaps, zone, calendar
):
    found = computed(goal, gaps, zone, calendar).at
    last = (found - timedelta(microseconds=1)).astimezone(zone).date()
    assert calendar.works(last)
    assert found.astimezone(zone).date() == last + DAY
    assert found > moments(gaps)[0]


@given(GOALS, MOMENTS, ZONES, WEEKS, st.dates(date(2026, 1, 1), date(2026, 4, 30)))
def test_one_more_holiday_never_makes_it_earlier(goal, gaps, zone, calendar, day):
    more = Week(free=calendar.free | {day}, worked=calendar.worked - {day})
    assert computed(goal, gaps, zone, more).at >= computed(goal, gaps, zone, calendar).at


@given(GOALS, MOMENTS, st.integers(1, 100), st.integers(1, 400), ZONES, WEEKS)
def test_one_more_pause_never_makes_it_earlier(goal, gaps, run, pause, zone, calendar):
    """A pause is cut out of the last, running stretch."""
    paused = [*gaps, run, pause]
    assert computed(goal, paused, zone, calendar).at >= computed(goal, gaps, zone, calendar).at


@given(MOMENTS, st.integers(1, 300))
def test_hours_are_due_when_so_many_have_run(gaps, amount):
    *ran, since = moments(gaps)
    pairs = list(zip(ran[::2], ran[1::2], strict=True))
    found = due_of(
        Span(amount, Unit.HOURS), running_since=since, ran=pairs, zone=LISBON, calendar=Week()
    ).at
    run = sum(
        (max(min(to, found) - begun, timedelta()) for begun, to in [*pairs, (since, found)]),
        timedelta(),
    )
    assert run == timedelta(hours=amount)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 24))
def test_some_months_on_is_the_same_number_or_the_month_s_last(day, months):
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + DAY).day == 1)


def test_regions_of_the_world_have_their_weekends():
    assert weekend_of("CN") == weekend_of("US-CA") == weekend_of("") == {5, 6}
    assert weekend_of("SA") == {4, 5}
    assert PT.source(2026) is Source.LAW
    assert CN.source(2027) is Source.EXPECTED


def test_when_it_is_due_is_written_as_its_last_day_in_the_town_or_as_the_minute():
    santiago = ZoneInfo("America/Santiago")
    ends_with_a_day = datetime(2026, 12, 29, 3, 0, tzinfo=UTC)  # midnight there
    assert due_as_written(ends_with_a_day, zone=santiago) == "2026-12-28"
    assert due_as_written(ends_with_a_day, zone=ZoneInfo("UTC")) == "2026-12-29 03:00"
    assert due_as_written(datetime(2026, 3, 29, tzinfo=UTC), zone=ZoneInfo("UTC")) == "2026-03-28"
    cairo = ZoneInfo("Africa/Cairo")  # its clocks leave out the first hour of 30 April 2027
    assert due_as_written(end_of(date(2027, 4, 29), cairo), zone=cairo) == "2027-04-29"
