"""Notices of working days: loaded once, whole, and due dates that follow them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from unittest.mock import patch

import pytest
from django.utils.translation import override
from tests.services import small_case as small
from tests.services.small_case import CLI, HANDLER, SUPERVISOR, do, open_small, stamp

from anlan.jobs import recompute_dues as job
from anlan.kernel.cases import queries, registry
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import CalendarDay, Case
from anlan.kernel.cases.queries.calendars import calendar_of_region
from anlan.kernel.cases.rules.types import Action, Choice, Span, Unit
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places import services as places
from anlan.kernel.sealing.services import _case_kinds
from anlan.kernel.values import BadInput, Forbidden, Refused

pytestmark = pytest.mark.django_db(transaction=True)

NOTICE = "day,works\n" + "".join(f"2027-02-{n:02d},no\n" for n in range(5, 12)) + "2027-02-20,yes\n"
FEBRUARY = {
    "at": datetime(2027, 2, 3, 2, tzinfo=UTC),
    "recorded_at": datetime(2027, 2, 3, 2, tzinfo=UTC),
}


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type():
        small.make_town()
        yield


@pytest.fixture
def notice(tmp_path):
    """Write a notice and give its path."""

    def one(text: str = NOTICE):
        path = tmp_path / "notice.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return one


def load(path, *, region="CN", year=2027, **more):
    by = {name: value for name, value in (stamp(CLI) | more).items() if name != "town_key"}
    return cases.load_calendar(path, region=region, year=year, **by)


def recompute(**more):
    return cases.recompute_dues(**(stamp(CLI) | FEBRUARY | more))


def clock(case_id):
    return queries.clocks_of(case_id)[0]


def test_a_provisional_due_date_is_computed_anew_when_its_notice_is_loaded(notice):
    one = open_small(**FEBRUARY)
    assert (clock(one).how["ends_on"], clock(one).provisional) == ("2027-02-16", True)
    load(notice())
    assert clock(one).how["ends_on"] == "2027-02-16"
    assert recompute() == 1
    assert (clock(one).how["ends_on"], clock(one).provisional) == ("2027-02-17", False)
    assert clock(one).due_at == datetime(2027, 2, 17, 16, tzinfo=UTC)
    told = queries.events_of(one)[-1]
    assert told.action == "due_recomputed"
    assert told.values == {"handling": "2027-02-17", "handling_was": "2027-02-16"}
    assert (told.from_state, told.to_state) == ("asked", "asked")
    entry = LedgerEntry.objects.get(subject=f"smallcase:{one}", action="smallcase.due_recomputed")
    assert (entry.town, entry.fields) == (small.KEY, ["handling", "handling_was"])
    assert Case.objects.get(pk=one).version == told.seq + 1


def test_what_is_to_be_done_by_a_clock_moves_with_it(notice):
    one = open_small(**FEBRUARY)
    with cases.acting(one, "link_made", **(stamp() | FEBRUARY)) as doing:
        doing.add_task("look_at", for_role="mediator")
        doing.add_task("tell_party", for_role="mediator")
    load(notice())
    recompute()
    assert [task.due_at for task in queries.tasks_of(one)] == [clock(one).due_at, None]


def test_computed_again_nothing_moves_and_nothing_is_written(notice):
    open_small(**FEBRUARY)
    load(notice())
    recompute()
    entries = LedgerEntry.objects.count()
    assert recompute() == 0
    assert recompute(year=2027) == 0
    assert LedgerEntry.objects.count() == entries


def test_a_notice_loaded_again_as_it_is_writes_nothing(notice):
    assert load(notice()).changed
    entries = LedgerEntry.objects.count()
    again = load(notice(NOTICE.replace(",no", ",0").replace(",yes", ",true")))
    assert (again.changed, again.free, again.worked) == (False, 5, 1)
    assert LedgerEntry.objects.count() == entries


def test_a_corrected_notice_replaces_its_year_and_moves_final_dates_too(notice):
    one = open_small(**FEBRUARY)
    load(notice())
    recompute()
    load(notice(NOTICE + "2027-02-12,no\n"))
    assert CalendarDay.objects.filter(day="2027-02-12").count() == 1
    assert recompute() == 0  # it is final: only its year moves it
    assert recompute(year=2027) == 1
    assert clock(one).how["ends_on"] == "2027-02-18"


def test_other_regions_and_paused_or_ended_clocks_stay_as_they_are(notice):
    paused, ended = open_small(**FEBRUARY), open_small(**FEBRUARY)
    for one in (paused, ended):
        do(one, "take", days=340)
    do(paused, "wait", days=341)
    do(ended, "finish", result="good", days=341)
    before = [clock(paused), clock(ended)]
    load(notice())
    load(notice(), region="CL")
    assert recompute() == 0
    assert [clock(paused), clock(ended)] == before


def test_the_notice_of_a_year_may_move_days_of_the_december_before(notice):
    load(notice(NOTICE + "2026-12-26,yes\n"))
    one = open_small(at=datetime(2026, 12, 24, 2, tzinfo=UTC))
    assert clock(one).how["worked_1"] == "2026-12-26"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,works\n2027-02-05,maybe\n", "line 2: “works” is yes or no, not “maybe”"),
        ("day,works\n2027-02-05,no\n2026-02-05,no\n", "line 3: 2026-02-05 is not in 2027"),
        ("day,works\n2027-02-30,no\n", "“2027-02-30” is no day"),
        ("day,works\n2027-02-05,no\n2027-02-05,yes\n", "2027-02-05 twice"),
        ("day,works\n2027-02-06,no\n", "no day of 2027 that differs"),
        ("date,works\n2027-02-05,no\n", "lacks the column “day”"),
        ("", "lacks the column"),
        ("day,works\n2027-02-05\n", "“works” is empty"),
    ],
)
def test_a_bad_notice_is_refused_whole_in_one_sentence(notice, text, said):
    with pytest.raises(BadInput, match=said):
        load(notice(text))
    assert CalendarDay.objects.count() == 0


def test_a_region_or_year_that_is_none_is_refused(notice):
    with pytest.raises(BadInput, match="region"):
        load(notice(), region="China")
    with pytest.raises(BadInput, match="year"):
        load(notice(), year=27)


def test_only_an_administrator_loads_a_calendar(notice):
    with pytest.raises(Forbidden):
        load(notice(), actor=SUPERVISOR)
    with pytest.raises(Forbidden):
        recompute(actor=SUPERVISOR)


def test_a_year_is_shown_with_where_it_comes_from(notice):
    shown = queries.calendar_year(small.KEY, year=2026)
    assert (shown.region, shown.source, shown.final) == ("CN", "notice", True)
    assert (date(2026, 2, 15), date(2026, 2, 23)) in shown.free
    assert date(2026, 2, 28) in shown.worked
    assert not queries.calendar_year(small.KEY, year=2027).final
    load(notice())
    shown = queries.calendar_year(small.KEY, year=2027)
    assert (shown.source, shown.free) == ("loaded", ((date(2027, 2, 5), date(2027, 2, 11)),))
    assert shown.worked == (date(2027, 2, 20),)


def test_the_daily_job_brings_due_dates_in_line_with_what_was_published(notice):
    one = open_small(**FEBRUARY)
    load(notice())
    assert job.recompute(real_now=FEBRUARY["at"]) == 1
    assert queries.events_of(one)[-1].actor_ref == "job:recompute-dues"
    assert job.recompute(real_now=FEBRUARY["at"]) == 0


# --- extending ------------------------------------------------------------------------------------

EXTENDABLE = replace(
    small.SMALL,
    actions=(
        *small.SMALL.actions,
        Action(
            "extend_handling",
            small.label("extend"),
            frozenset({"asked", "working", "waiting"}),
            None,
            (small.Role.MEDIATOR,),
            reasons=(Choice("asked_by_both", small.label("both ask")),),
        ),
    ),
    clocks=(
        replace(small.SMALL.clocks[0], extend_by=Span(3, Unit.WORKING_DAYS), most_extensions=2),
    ),
)


@pytest.fixture
def extendable():
    with patch.dict(registry._types), patch.dict(_case_kinds):
        registry.register_case_type(EXTENDABLE, hooks={"opened": small._opened})
        yield


def extend(case_id, days=1):
    return do(case_id, "extend_handling", HANDLER, days=days, reason="asked_by_both")


def refusal(case_id):
    by = {name: value for name, value in stamp().items() if name != "recorded_at"}
    rows = queries.actions_of(case_id, **by)
    return next(row.refusal for row in rows if row.action.code == "extend_handling")


@pytest.mark.usefixtures("extendable")
def test_a_clock_is_extended_with_a_reason_as_often_as_its_type_allows():
    one = open_small()  # Monday 2 March
    assert refusal(one) is None
    with pytest.raises(BadInput, match="reason"):
        do(one, "extend_handling")
    extend(one)
    assert (clock(one).how["ends_on"], clock(one).how["extensions"]) == ("2026-03-12", 1)
    extend(one)
    assert (clock(one).how["ends_on"], clock(one).extensions) == ("2026-03-17", 2)
    with pytest.raises(Refused, match="extended 2 of 2 times"):
        extend(one)
    assert refusal(one).code == "no_more_extensions"
    assert queries.events_of(one)[-1].reason == "asked_by_both"


@pytest.mark.usefixtures("extendable")
def test_a_clock_that_stands_still_is_not_extended():
    one = open_small()
    do(one, "take")
    do(one, "wait")
    assert refusal(one).code == "clock_not_running"
    with pytest.raises(Refused, match="not running"):
        extend(one)
    assert clock(one).extensions == 0


@pytest.mark.usefixtures("extendable")
def test_a_notice_moves_an_extended_clock_by_its_extended_goal(notice):
    one = open_small(**FEBRUARY)
    do(one, "extend_handling", HANDLER, days=338, reason="asked_by_both")
    before = clock(one).how["ends_on"]
    load(notice())
    recompute()
    assert (before, clock(one).how["ends_on"]) == ("2027-02-19", "2027-02-20")


# --- in words -------------------------------------------------------------------------------------


def test_how_a_due_date_came_about_is_said_in_both_languages():
    one = open_small(at=datetime(2026, 2, 12, 2, tzinfo=UTC))
    with override("en"):
        assert queries.how_in_words(clock(one)) == (
            "5 working days from 12 February 2026, that day not counted; "
            "free: 15 February 2026 to 23 February 2026; "
            "worked though a weekend: 14 February 2026; due at the end of 26 February 2026."
        )
    with override("zh-hans"):
        assert queries.how_in_words(clock(one)) == (
            "自2026年2月12日起5个工作日，当日不计；休息日：2026年2月15日至2026年2月23日；"
            "周末调休上班：2026年2月14日；至2026年2月26日终了时到期。"
        )


def test_a_provisional_date_and_a_pause_are_said():
    one = open_small(**FEBRUARY)
    assert "provisional" in queries.how_in_words(clock(one))
    do(one, "take", days=338)
    do(one, "wait", days=339)
    do(one, "go_on", days=342)
    assert "days of pauses, not counted: 3" in queries.how_in_words(clock(one))


# --- a town in a part of its country --------------------------------------------------------------

ULM = {
    "at": datetime(2026, 5, 27, 8, tzinfo=UTC),  # 5 working days from Wednesday 27 May 2026
    "recorded_at": datetime(2026, 5, 27, 8, tzinfo=UTC),
}


def in_ulm(**more):
    by = {name: value for name, value in (stamp(CLI) | more).items() if name != "town_key"}
    places.create_town(key="ulm", name="Ulm", zone="Europe/Berlin", country="DE", **by)
    cases.create_office(
        ident="v-1", name="Ulm", tier="village", **(stamp(CLI) | {"town_key": "ulm"})
    )
    return open_small(**(ULM | {"town_key": "ulm"}))


def region(to, town="ulm", **more):
    by = {name: value for name, value in (stamp(CLI) | more).items() if name != "town_key"}
    return cases.set_region(town, region=to, **by)


def test_a_town_works_by_the_holidays_of_the_part_of_its_country_that_it_names():
    """Corpus Christi, 4 June 2026, is free in Baden-Württemberg and not in all of Germany."""
    one = in_ulm()
    assert clock(one).how["ends_on"] == "2026-06-03"
    later = {"at": ULM["at"].replace(day=28), "recorded_at": ULM["at"].replace(day=28)}
    other = open_small(**(later | {"town_key": "ulm"}))
    assert clock(other).how["ends_on"] == "2026-06-04"

    assert region("DE-BW") is True
    assert recompute(town_key="ulm", every=True) == 2  # the first one's region changes, no more
    assert (clock(one).how["ends_on"], clock(one).how["region"]) == ("2026-06-03", "DE-BW")
    assert (clock(other).how["ends_on"], clock(other).provisional) == ("2026-06-05", False)
    assert recompute(town_key="ulm", every=True) == 0
    entry = LedgerEntry.objects.get(subject="town:ulm", action="town.region_set")
    assert entry.fields == ["part"]
    assert region("DE-BW") is False
    assert region("DE") is True
    assert queries.calendar_year("ulm", year=2026).region == "DE"
    assert [region("DE-BW", client_key="once") for _time in range(2)] == [True, True]
    assert [region("DE-BW", client_key="anew") for _time in range(2)] == [False, False]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("FR", "ulm lies in DE; give that, or a part of it such as DE-BB."),
        ("de-bw", "ulm lies in DE; give that, or a part of it such as DE-BB."),
        ("DE-XX", "No holidays are known of DE-XX; the parts of DE are BB, BE, BW"),
        ("DE-Augsburg", "ulm lies in DE"),
        ("", "ulm lies in DE"),
    ],
)
def test_a_region_that_the_town_does_not_lie_in_is_refused_in_a_sentence(to, said):
    in_ulm()
    with pytest.raises(BadInput) as refused:
        region(to)
    assert str(refused.value).startswith(said)
    assert queries.calendar_year("ulm", year=2026).region == "DE"


def test_only_an_administrator_says_where_a_town_lies():
    in_ulm()
    with pytest.raises(Forbidden):
        region("DE-BW", actor=HANDLER)


def test_a_province_works_by_the_country_s_notice_unless_its_own_was_loaded(notice):
    assert region("CN-XZ", town=small.KEY) is True
    assert queries.calendar_year(small.KEY, year=2026).source == "notice"
    assert queries.calendar_year(small.KEY, year=2027).source == "expected"
    load(notice())
    shown = queries.calendar_year(small.KEY, year=2027)
    assert (shown.region, shown.source, shown.worked) == ("CN-XZ", "loaded", (date(2027, 2, 20),))
    own = "day,works\n2027-02-08,no\n2027-02-09,no\n"  # the province's own notice goes first
    load(notice(own), region="CN-XZ")
    shown = queries.calendar_year(small.KEY, year=2027)
    assert (shown.free[0][0], shown.worked) == (date(2027, 2, 6), ())
    assert queries.towns_in("CN") == queries.towns_in("CN-XZ") == [small.KEY]
    assert queries.towns_in("C") == queries.towns_in("CN-X") == []


def test_a_country_s_notice_leaves_a_part_its_own_holidays(notice):
    """A notice frees 15 May 2026 in all of Germany: Corpus Christi stays free in the part alone."""
    in_ulm()
    region("DE-BW")
    load(notice("day,works\n2026-05-15,no\n2026-05-01,no\n"), region="DE", year=2026)
    whole, part = (calendar_of_region(name) for name in ("DE", "DE-BW"))
    assert [one.works(date(2026, 5, 15)) for one in (whole, part)] == [False, False]
    assert [one.works(date(2026, 6, 4)) for one in (whole, part)] == [True, False]
