"""Published counts: what a reader can conclude, by hand, by brute force and by hypothesis."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.engine.suppression import LEAST_SHOWN, Sum, UnusableCounts, bounds_of, withhold


def table(counts: list[list[int]]) -> list[Sum]:
    """Give a two-way table with its margins and total; atoms row by row."""
    rows, columns = len(counts), len(counts[0])

    def atom(r: int, c: int) -> int:
        return r * columns + c

    cells = [Sum((atom(r, c),), counts[r][c]) for r in range(rows) for c in range(columns)]
    by_row = [Sum(tuple(atom(r, c) for c in range(columns)), sum(counts[r])) for r in range(rows)]
    by_column = [
        Sum(tuple(atom(r, c) for r in range(rows)), sum(counts[r][c] for r in range(rows)))
        for c in range(columns)
    ]
    total = Sum(tuple(range(rows * columns)), sum(map(sum, counts)))
    return [*cells, *by_row, *by_column, total]


def brute(published: list[Sum], wanted: tuple[int, ...], atoms: int, most: int):
    """Try every whole number for every atom."""
    found = [
        sum(values[a] for a in wanted)
        for values in itertools.product(range(most + 1), repeat=atoms)
        if all(
            each.count is None or sum(values[a] for a in each.atoms) == each.count
            for each in published
        )
    ]
    return min(found), max(found)


def test_one_withheld_cell_in_a_row_is_found_by_subtraction():
    # 3 + 20 = 23: whoever sees 20 and 23 knows the 3.
    published = [Sum((0,), None), Sum((1,), 20), Sum((0, 1), 23)]
    (found,) = bounds_of(published, [(0,)], atoms=2)
    assert (found.low, found.high, found.proven) == (3, 3, True)


def test_two_by_two_worked_on_paper():
    # Rows 10 and 12, columns 9 and 13, nothing inside: the first cell lies between 0 and 9.
    published = [Sum((0, 1), 10), Sum((2, 3), 12), Sum((0, 2), 9), Sum((1, 3), 13)]
    (found,) = bounds_of(published, [(0,)], atoms=4)
    assert (found.low, found.high) == (0, 9)


def test_a_count_that_stands_in_no_sum_has_no_greatest_value():
    (found,) = bounds_of([Sum((0,), None)], [(0,)], atoms=1)
    assert (found.low, found.high) == (0, None)


def test_small_counts_are_withheld_and_enough_others_with_them():
    counts = table([[3, 20, 30], [40, 50, 60], [70, 80, 90]])
    found = withhold(counts, atoms=9)
    assert not found.shown[0]
    inner = [i for i in range(9) if not found.shown[i]]
    assert len(inner) >= 4  # a rectangle, or margins with it
    assert all(each.width() >= LEAST_SHOWN - 1 for each in found.bounds.values())


def test_a_year_does_not_give_away_what_a_quarter_withheld():
    # Quarters of one category: 3 is withheld; the year of 63 and the others would give it.
    quarters = [Sum((0,), None), Sum((1,), 20), Sum((2,), 20), Sum((3,), 20)]
    year = [Sum((0, 1, 2, 3), 63)]
    found = withhold(year, atoms=4, before=quarters)
    assert found.shown == (False,)


def test_a_year_is_published_though_its_quarters_tell_some_of_it():
    # Q1 shows all; Q2 withholds a 9 and the 3. The year's 12 and 39 are sums of what was shown:
    # hiding them would hide nothing, and no table would ever be safe.
    first = [Sum((0,), 9), Sum((1,), 6), Sum((2,), 6), Sum((0, 1, 2), 21)]
    new = [Sum((3,), 9), Sum((4,), 9), Sum((5,), 3), Sum((3, 4, 5), 21)]
    second = withhold(new, atoms=6, before=first)
    before = [
        *first,
        *(
            Sum(each.atoms, each.count if is_shown else None)
            for each, is_shown in zip(new, second.shown, strict=True)
        ),
    ]
    year = [Sum((0, 3), 18), Sum((1, 4), 15), Sum((2, 5), 9), Sum((0, 1, 2, 3, 4, 5), 42)]
    found = withhold(year, atoms=6, before=before)
    assert second.shown == (False, True, False, True)
    assert found.shown == (False, True, False, True)
    assert all(each.width() >= LEAST_SHOWN - 1 for each in (*found.bounds.values(), *found.earlier))


def test_counts_that_no_sum_joins_are_bounded_each_for_itself():
    # Two rows apart, 10 and 12; one cell of each: 0 to 10 and 0 to 12 are 0 to 22 together.
    published = [Sum((0, 1), 10), Sum((2, 3), 12)]
    (both, alone) = bounds_of(published, [(0, 2), (3,)], atoms=4)
    assert (both.low, both.high) == (0, 22)
    assert (alone.low, alone.high) == (0, 12)


def test_earlier_tables_that_give_a_count_away_are_found():
    leaking = [Sum((0,), None), Sum((1,), 20), Sum((0, 1), 23)]
    with pytest.raises(UnusableCounts, match="gives a withheld count away"):
        withhold([Sum((2,), 9)], atoms=3, before=leaking)


def test_sums_that_contradict_each_other_are_refused():
    with pytest.raises(UnusableCounts, match="contradict"):
        bounds_of([Sum((0,), None), Sum((1,), 9), Sum((0, 1), 8)], [(0,)], atoms=2)


def test_an_audit_that_is_stopped_counts_as_unsafe():
    published = [Sum((0, 1), 10), Sum((2, 3), 12), Sum((0, 2), 9), Sum((1, 3), 13)]
    (found,) = bounds_of(published, [(0,)], atoms=4, stop=lambda: True)
    assert found.width() >= 9 or not found.proven


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=2, max_size=2),
    st.lists(st.booleans(), min_size=9, max_size=9),
)
def test_bounds_are_those_of_brute_force(counts, shown):
    published = [
        Sum(each.atoms, each.count if is_shown else None)
        for each, is_shown in zip(table(counts), [*shown[:8], True], strict=True)
    ]
    most = sum(map(sum, counts))
    for wanted in ((0,), (1, 3)):
        (found,) = bounds_of(published, [wanted], atoms=4)
        if most <= 8:
            assert (found.low, found.high) == brute(published, wanted, 4, most)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.lists(st.integers(0, 40), min_size=3, max_size=3), min_size=2, max_size=4),
)
def test_whatever_is_withheld_stays_hidden_and_small_counts_never_show(counts):
    whole = table(counts)
    found = withhold(whole, atoms=len(counts) * 3)
    for each, is_shown in zip(whole, found.shown, strict=True):
        assert not is_shown or each.count >= LEAST_SHOWN
    published = [
        Sum(each.atoms, each.count if is_shown else None)
        for each, is_shown in zip(whole, found.shown, strict=True)
    ]
    hidden = [each for each, is_shown in zip(whole, found.shown, strict=True) if not is_shown]
    for each, bounds in zip(
        hidden, bounds_of(published, [h.atoms for h in hidden], atoms=len(counts) * 3), strict=True
    ):
        assert bounds.low <= each.count
        assert bounds.high is None or (
            each.count <= bounds.high and bounds.high - bounds.low >= LEAST_SHOWN - 1
        )
