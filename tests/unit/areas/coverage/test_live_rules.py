"""When cover is thin, and when a move is worth a dispatcher's time."""

from __future__ import annotations

import pytest

from anlan.areas.coverage.rules import live as rules
from anlan.areas.coverage.rules.live import CoverState
from anlan.kernel.values import BadInput

GOOD, THIN, BROKEN = CoverState


@pytest.mark.parametrize(
    ("now", "usual", "state"),
    [
        (0.80, 0.80, GOOD),
        (0.90, 1.00, GOOD),
        (0.89, 1.00, THIN),
        (0.50, 1.00, THIN),
        (0.49, 1.00, BROKEN),
        (0.0, 0.0, GOOD),
        (0.9, 0.8, GOOD),
    ],
)
def test_cover_is_judged_by_what_it_usually_is(now, usual, state):
    assert rules.state_of(now, usual) is state


def test_a_broken_area_makes_its_service_thin_and_no_worse():
    assert rules.state_of_service(0.8, 0.8, areas=frozenset({GOOD, BROKEN})) is THIN
    assert rules.state_of_service(0.8, 0.8, areas=frozenset({GOOD, THIN})) is GOOD
    assert rules.state_of_service(0.1, 0.8, areas=frozenset({BROKEN})) is BROKEN


@pytest.mark.parametrize(
    ("gain", "leaves", "worth"),
    [
        (0.019, None, False),
        (0.02, None, True),
        (0.02, THIN, True),
        (0.02, BROKEN, False),
        (0.05, BROKEN, True),
    ],
)
def test_a_move_that_breaks_an_area_must_bring_more(gain, leaves, worth):
    assert rules.is_worth_proposing(gain, leaves=leaves) is worth


@pytest.mark.parametrize(
    ("committed", "on_duty", "share"), [(0, 0, 0.1), (0, 9, 0.1), (3, 10, 0.3), (9, 9, 0.6)]
)
def test_units_are_taken_to_be_as_busy_as_they_are_now_in_bounds(committed, on_duty, share):
    assert rules.busy_share(committed=committed, on_duty=on_duty) == share


@pytest.mark.parametrize("minutes", [0, -1, 31])
def test_minutes_that_cover_is_not_told_by_are_refused(minutes):
    with pytest.raises(BadInput, match="1 to 30 minutes"):
        rules.check_within(minutes)
    assert rules.check_within(8) == 8
