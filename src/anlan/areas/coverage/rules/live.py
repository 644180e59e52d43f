"""Rules of live cover: when it is thin, when a move is worth proposing. Pure."""

from __future__ import annotations

import enum
from datetime import timedelta

from anlan.areas.coverage.rules.coverage import PlanFault, gettext_noop

#: travel minutes within which an area counts as covered, where the town has set no goal
WITHIN_MIN = 8
LONGEST_MIN = 30

#: shares of the usual: from the first on cover is good, below the second it is broken
GOOD_FROM = 0.9
BROKEN_BELOW = 0.5

#: a move is proposed when it brings back at least this share of the calls, in at most this time;
#: one that breaks the area which the unit leaves must bring back more
LEAST_GAIN = 0.02
LEAST_GAIN_BREAKING = 0.05
LONGEST_DRIVE = timedelta(minutes=20)
MOST_MOVES = 2
#: of moves that gain less than the best by this share of all calls, the shortest drive is proposed
AS_GOOD = 0.005

#: bounds of the share of time that a unit is taken, for the worth of a second unit near by
LEAST_BUSY, MOST_BUSY = 0.1, 0.6

#: a board asks again at every change; it is worked out anew at most this often
ANEW_AFTER = timedelta(seconds=2)
#: hours and duty change by the clock alone, so an answer is worked out anew after this anyhow
OLD_AFTER = timedelta(seconds=20)


#: an area that lost less than this share of the town's calls does not make its service thin
LEAST_LOSS = 0.01


class CoverState(enum.StrEnum):
    """How cover stands against what it usually is."""

    GOOD = "good"
    THIN = "thin"
    BROKEN = "broken"


def state_of(now: float, usual: float) -> CoverState:
    """Judge a share now by the usual one; where nothing is usual, nothing is missing."""
    if now >= GOOD_FROM * usual:
        return CoverState.GOOD
    return CoverState.THIN if now >= BROKEN_BELOW * usual else CoverState.BROKEN


def state_of_service(now: float, usual: float, *, areas: frozenset[CoverState]) -> CoverState:
    """Judge a service: as a whole, and at best thin while one of its areas is broken."""
    whole = state_of(now, usual)
    if whole is CoverState.GOOD and CoverState.BROKEN in areas:
        return CoverState.THIN
    return whole


def is_worth_proposing(gain: float, *, leaves: CoverState | None) -> bool:
    """Say whether a move brings enough back for what it takes away."""
    breaks = leaves is CoverState.BROKEN
    return gain >= (LEAST_GAIN_BREAKING if breaks else LEAST_GAIN)


def check_within(minutes: int) -> int:
    """Give the minutes back; BadInput where they are no travel time that cover is told by."""
    if not 1 <= minutes <= LONGEST_MIN:
        raise PlanFault(
            gettext_noop("Cover is told within 1 to {most} minutes of travel."), most=LONGEST_MIN
        )
    return minutes


def busy_share(*, committed: int, on_duty: int) -> float:
    """Give the share of time that a unit is taken to be busy: as many as are out now, in bounds."""
    share = committed / on_duty if on_duty else LEAST_BUSY
    return min(max(share, LEAST_BUSY), MOST_BUSY)
