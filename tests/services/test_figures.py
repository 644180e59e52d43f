"""Published counts: once a period, small ones withheld, none to be worked out from all together."""

from __future__ import annotations

from datetime import UTC, date, datetime
from unittest.mock import patch

import pytest
from tests.services import small_case as small
from tests.services.small_case import SUPERVISOR, label

from anlan.kernel.cases import registry
from anlan.kernel.cases.models import Release
from anlan.kernel.cases.queries.figures import audit, releases
from anlan.kernel.cases.registry import register_figures
from anlan.kernel.cases.rules.figures import (
    Dimension,
    FigureSubject,
    Period,
    Step,
    period_of,
    read_period,
)
from anlan.kernel.cases.rules.types import Choice
from anlan.kernel.cases.services.figures import release_counts
from anlan.kernel.values import BadInput, Forbidden, Refused

pytestmark = pytest.mark.django_db(transaction=True)
SUBJECT = FigureSubject(
    "favours",
    label("favours"),
    (
        Dimension("kind", label("kind"), tuple(Choice(k, label(k)) for k in ("a", "b", "c"))),
        Dimension("tier", label("tier"), tuple(Choice(k, label(k)) for k in ("v", "t"))),
    ),
)
CELLS = [("a", "v"), ("a", "t"), ("b", "v"), ("b", "t"), ("c", "v"), ("c", "t")]
COUNTS = {
    quarter: dict(zip(CELLS, counts, strict=True))
    for quarter, counts in {
        1: (3, 20, 30, 40, 9, 8),
        2: (30, 20, 30, 40, 9, 8),
        3: (31, 22, 33, 44, 9, 8),
        4: (32, 23, 34, 45, 9, 8),
    }.items()
}
AFTER = datetime(2027, 2, 1, tzinfo=UTC)


def count(town_key: str, begins: date, ends: date) -> dict[tuple[str, ...], int]:
    months = range(begins.month, begins.month + (ends - begins).days // 30)
    quarters = {(month + 2) // 3 for month in months if month <= 12}
    return {key: sum(COUNTS[q][key] for q in quarters) for key in COUNTS[1]}


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type(), patch.dict(registry._figures):
        register_figures(SUBJECT, count=count)
        small.make_town()
        yield


def release(period: str, *, actor=SUPERVISOR, at=AFTER, **more) -> int:
    return release_counts(
        "favours", period, town_key=small.KEY, actor=actor, at=at, recorded_at=at, **more
    )


def test_a_small_count_is_withheld_and_cannot_be_worked_out():
    release("2026Q1")
    (row,) = releases(small.KEY, subject="favours")
    assert row.counts[("a", "v")] is None
    assert row.counts[("all", "all")] == 110
    assert [each.safe for each in audit(small.KEY)] == [True] * len(audit(small.KEY))


def test_a_year_beside_its_quarters_gives_nothing_away():
    for period in ("2026Q1", "2026Q2", "2026Q3", "2026Q4", "2026"):
        release(period)
    rows = audit(small.KEY)
    assert rows
    assert all(each.safe for each in rows)


@pytest.mark.parametrize("quarters", [(1, 2, 3, 4), (1, 2), ()], ids=["all", "two", "none"])
def test_a_year_is_the_sum_of_its_quarters_as_they_were_published(quarters):
    """A case that came late, changed its kind or was erased would else stand in the difference."""
    for quarter in quarters:
        release(f"2026Q{quarter}")
    then = {key: sum(COUNTS[q][key] for q in COUNTS) for key in CELLS}
    moved = COUNTS[2] | {("a", "v"): COUNTS[2]["a", "v"] - 1, ("b", "t"): COUNTS[2]["b", "t"] + 1}
    with patch.dict(COUNTS, {2: moved}):
        now = {key: sum(COUNTS[q][key] for q in COUNTS) for key in CELLS}
        release("2026")
    (year,) = (row for row in releases(small.KEY, subject="favours") if not row.period.quarter)
    counted = then if 2 in quarters else now
    assert year.counted == counted
    assert all(year.counts[key] in (None, counted[key]) for key in CELLS)
    assert year.counts["all", "all"] == sum(counted.values())
    assert all(each.safe for each in audit(small.KEY))


def test_an_audit_names_the_count_that_a_hand_made_release_gives_away():
    release("2026Q1")
    one = Release.objects.get()
    one.cells = [
        {
            **cell,
            "count": {"a.t": 20, "all.v": 42, "b.v": 30, "c.v": 9}.get(cell["key"], cell["count"]),
        }
        for cell in one.cells
    ]
    one.save()
    given_away = [each for each in audit(small.KEY) if not each.safe]
    assert ("a", "v") in {each.key for each in given_away}
    assert {(each.low, each.high) for each in given_away if each.key == ("a", "v")} == {(3, 3)}


def test_a_period_is_published_once_and_only_after_it_is_over():
    with pytest.raises(Refused, match="over yet"):
        release("2027Q1")
    release("2026Q1")
    with pytest.raises(Refused, match="already"):
        release("2026Q1")


def test_who_handles_cases_does_not_publish_figures():
    with pytest.raises(Forbidden):
        release("2026Q1", actor=small.HANDLER)


@pytest.mark.parametrize("text", ["2026-01", "2026Q5", "last year", "26", "", "٢٠٢٦Q1"])
def test_a_period_of_ones_own_is_refused(text):
    with pytest.raises(BadInput, match="by quarter or year"):
        read_period(text)


def test_periods_begin_and_end_where_they_should():
    assert (Period(2026, 4).begins, Period(2026, 4).ends) == (date(2026, 10, 1), date(2027, 1, 1))
    assert (Period(2026, 0).begins, Period(2026, 0).ends) == (date(2026, 1, 1), date(2027, 1, 1))


def test_a_subject_by_month_takes_months_and_no_other_period():
    assert read_period("2026-12", step=Step.MONTH).ends == date(2027, 1, 1)
    for text in ("2026Q1", "2026", "2026-13", "2026-1"):
        with pytest.raises(BadInput, match="by month"):
            read_period(text, step=Step.MONTH)


@pytest.mark.parametrize("text", ["2026-02", "2026-12", "2026Q1", "2026Q4", "2026"])
def test_a_period_is_known_again_by_its_days(text):
    step = Step.MONTH if "-" in text else Step.QUARTER
    one = read_period(text, step=step)
    assert str(period_of(one.begins, one.ends)) == text


def test_a_quarter_in_which_nearly_all_is_withheld_is_one_line_with_its_reason(client):
    with patch.dict(COUNTS, {1: dict.fromkeys(CELLS, 0) | {("a", "v"): 1}}):
        release("2026Q1")
    page = client.get(f"/figures/{small.KEY}").content.decode()
    assert "All 12 counts are withheld" in page
    assert "a count under 5 isn&#x27;t shown" in page or "a count under 5 isn't shown" in page
    assert "<table" not in page
    assert "<svg viewBox" not in page.split("<main")[1].split("</main")[0]


def test_a_chart_shows_what_the_tables_show_and_names_what_is_withheld(client):
    for quarter in ("2026Q1", "2026Q2"):
        release(quarter)
    page = client.get(f"/figures/{small.KEY}").content.decode()
    chart = page.split("<figure")[1].split("</figure")[0]
    assert "2026Q1" in chart
    assert '<rect width="80"' in chart  # 110 of the 137 of 2026Q2
    assert ">137</span>" in chart
    assert "of 12 counts are withheld" in page


def test_anyone_reads_the_figures_and_a_withheld_count_says_so(client):
    release("2026Q1")
    page = client.get(f"/figures/{small.KEY}")
    assert page.status_code == 200
    assert "withheld" in page.content.decode()
    file = client.get(f"/figures/{small.KEY}/favours.csv").content.decode().splitlines()
    assert "2026Q1,a,v,withheld" in file
    assert "2026Q1,all,all,110" in file


def test_figures_of_a_town_or_subject_that_is_not_there_are_404(client):
    assert client.get("/figures/nowhere").status_code == 404
    assert client.get(f"/figures/{small.KEY}/persons.csv").status_code == 404
