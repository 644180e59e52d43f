"""What a move adds to the expected cover: on paper, by counting, and against DMEXCLP."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from anlan.engine.siting.move_up import (
    Dmexclp,
    FreeUnits,
    UnusableMoveUp,
    best_moves,
    expected_cover,
    expected_gains,
    reached_after,
    targets_of,
)

#: two units reach d0; base 0 reaches d0, base 1 reaches d1 and d2, nobody reaches those now
PAPER = FreeUnits(
    unit_reach=np.array([[1, 0, 0], [1, 0, 0]], bool),
    base_reach=np.array([[1, 0, 0], [0, 1, 1]], bool),
    demand=np.array([10.0, 2.0, 3.0]),
    busy=0.5,
)


@st.composite
def situations(draw: st.DrawFn) -> FreeUnits:
    units, bases, places = (draw(st.integers(1, 5)) for _ in range(3))
    reach = st.booleans()
    return FreeUnits(
        unit_reach=draw(hnp.arrays(bool, (units, places), elements=reach)),
        base_reach=draw(hnp.arrays(bool, (bases, places), elements=reach)),
        demand=draw(hnp.arrays(float, places, elements=st.integers(0, 20).map(float))),
        busy=draw(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8])),
    )


def moved(now: FreeUnits, unit: int, base: int) -> FreeUnits:
    """Carry a move out."""
    reach = now.unit_reach.copy()
    reach[unit] = now.base_reach[base]
    return FreeUnits(reach, now.base_reach, now.demand, now.busy)


def test_a_move_worked_on_paper():
    # Twice covered: 10 × (1 - 1/4). One unit to base 1: 10 × 1/2 + 5 × 1/2.
    assert expected_cover(PAPER) == 7.5
    assert expected_gains(PAPER).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    rarely_busy = FreeUnits(PAPER.unit_reach, PAPER.base_reach, PAPER.demand, 0.2)
    # 10 × 0.96 = 9.6 against 10 × 0.8 + 5 × 0.8 = 12
    assert expected_gains(rarely_busy)[0].tolist() == pytest.approx([0.0, 2.4])
    assert reached_after(rarely_busy, unit=0, base=1) == 15.0


@settings(max_examples=60, deadline=None)
@given(situations())
def test_a_gain_is_the_difference_of_two_situations(now):
    gains = expected_gains(now)
    for unit, base in np.ndindex(*gains.shape):
        after = moved(now, unit, base)
        assert gains[unit, base] == pytest.approx(expected_cover(after) - expected_cover(now))
        reached = after.unit_reach.any(axis=0)
        assert reached_after(now, unit=unit, base=base) == after.demand[reached].sum()


@settings(max_examples=60, deadline=None)
@given(situations(), st.data())
def test_a_freed_unit_goes_where_dmexclp_sends_it(now, data):
    """DMEXCLP knows units at bases only, and places the one that got free."""
    bases = len(now.base_reach)
    home = data.draw(st.lists(st.integers(0, bases - 1), min_size=1, max_size=4))
    freed = len(home)
    reach = np.vstack([now.base_reach[home], np.zeros((1, len(now.demand)), bool)])
    live = FreeUnits(reach, now.base_reach, now.demand, now.busy)
    rule = Dmexclp(bases=np.arange(bases), covers=now.base_reach, demand=now.demand, busy=now.busy)
    drive_ms = np.full((freed + 1, bases), 60_000, np.int64)
    target = targets_of(
        rule, ms_to_base=drive_ms, base=np.array([*home, -1]), freed=freed, sent=False
    )[freed]
    gains = expected_gains(live)[freed]
    assert gains[target] == pytest.approx(gains.max())


@settings(max_examples=60, deadline=None)
@given(situations(), st.integers(1, 4))
def test_proposed_moves_gain_and_name_no_unit_and_no_base_twice(now, most):
    shape = (len(now.unit_reach), len(now.base_reach))
    found = best_moves(now, drive_s=np.ones(shape), most=most, as_good=0.0)
    gains = expected_gains(now)
    assert len(found) <= most
    assert len({unit for unit, _ in found}) == len({base for _, base in found}) == len(found)
    assert all(gains[move] > 0 for move in found)
    if gains.max() > 1e-9:
        assert gains[found[0]] == pytest.approx(gains.max())


def test_of_moves_that_are_as_good_the_shortest_drive_is_taken():
    now = FreeUnits(
        unit_reach=np.zeros((3, 1), bool),
        base_reach=np.ones((1, 1), bool),
        demand=np.ones(1),
        busy=0.2,
    )
    drive_s = np.array([[300.0], [120.0], [np.inf]])
    assert best_moves(now, drive_s=drive_s, most=2, as_good=0.01) == [(1, 0)]


def test_a_move_that_is_not_wanted_is_not_proposed():
    drive_s = np.full((2, 2), np.inf)
    assert best_moves(PAPER, drive_s=drive_s, most=3, as_good=0.0) == []


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ({"busy": 1.0}, "below 1"),
        ({"demand": np.array([1.0, -1.0, 0.0])}, "below 0"),
        ({"demand": np.ones(2)}, "one column"),
    ],
)
def test_what_can_not_be_used_is_told(part, sentence):
    given_ = {
        "unit_reach": PAPER.unit_reach,
        "base_reach": PAPER.base_reach,
        "demand": PAPER.demand,
        "busy": 0.5,
    }
    with pytest.raises(UnusableMoveUp, match=sentence):
        FreeUnits(**(given_ | part))
    with pytest.raises(UnusableMoveUp, match="row for each unit"):
        best_moves(PAPER, drive_s=np.ones((1, 2)), most=1, as_good=0.0)
