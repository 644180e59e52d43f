"""Figures with intervals: over replications, or, for one replayed log, over its days.

Several replications: each gives one figure, and the interval is Student's t over them (Law,
Simulation Modeling and Analysis, 5th ed., section 9.4). One realisation: whole days are drawn with
replacement (block bootstrap, since calls of one busy hour hang together) and the interval holds
the middle of the figures, widened for few days (day_levels). Comparisons are paired: same calls,
same chances.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from anlan.engine.simulation.log import F8, Bools, Index
from anlan.engine.simulation.study import Group, Outcome, Study

DAY_S: Final = 86_400.0
SAME_S: Final = 0.5
RESAMPLES: Final = 1000
FEWEST_DAYS: Final = 3

Times = Literal["response", "full", "wait"]
How = Literal["t over replications", "bootstrap by day", "too few to say"]


class Incomparable(ValueError):
    """One clear sentence: why two studies cannot be compared."""


@dataclass(frozen=True)
class Measure:
    """A figure of calls: a "mean", a "quantile" (at 0 … 1) or the share "within" so many seconds.

    Calls that nobody reached are in no mean or quantile, and are never within.
    """

    kind: Literal["mean", "quantile", "within"]
    at: float = 0.0
    of: Times = "response"

    def value(self, seconds: F8) -> float:
        """Work the figure out; nan without calls."""
        known = seconds[np.isfinite(seconds)]
        if self.kind == "within":
            return float((known <= self.at).sum() / len(seconds)) if len(seconds) else np.nan
        if not len(known):
            return np.nan
        return float(known.mean() if self.kind == "mean" else np.quantile(known, self.at))

    def times(self, outcome: Outcome) -> F8:
        """Give the seconds per call that the figure is about."""
        values: F8 = getattr(outcome, f"{self.of}_s")
        return values


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval. `n` counts calls over all replications, `unserved` of them
    those that nobody reached; `low` and `high` are None where there is too little to say.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    unserved: int
    replications: int
    how: How

    @property
    def surely_not_zero(self) -> bool:
        """Tell whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


@dataclass(frozen=True)
class Gap:
    """B less A over the calls of a group; below zero B is sooner.

    `better`, `same` (within half a second) and `worse` count calls that both reached; `lost` those
    that only A reached, `won` those that only B reached.
    """

    mean: Estimate
    better: int
    same: int
    worse: int
    won: int
    lost: int
    later_than: int  # calls that B reaches more than `later_s` later


def estimate(study: Study, measure: Measure, *, seed: int = 1) -> Estimate:
    """Work out a figure over all calls, with its interval."""
    return next(iter(estimates(study, measure, seed=seed).values()))


def estimates(
    study: Study, measure: Measure, *, group: Group | None = None, seed: int = 1
) -> dict[int, Estimate]:
    """Work out a figure for each group of calls; `seed` draws the bootstrap of one realisation."""
    rows = [(measure.times(one), one) for one in study.outcomes]
    found: dict[int, Estimate] = {}
    for number, marks in _groups([one for _, one in rows], group):
        parts = [
            (times[mark], one.received_s[mark])
            for (times, one), mark in zip(rows, marks, strict=True)
        ]
        found[number] = _estimate([part for part, _ in parts], parts, measure, seed)
    return found


def _estimate(
    values: list[F8], parts: list[tuple[F8, F8]], measure: Measure, seed: int
) -> Estimate:
    n = sum(len(one) for one in values)
    unserved = sum(int((~np.isfinite(one)).sum()) for one in values)
    if len(values) == 1:
        seconds, received = parts[0]
        value = measure.value(seconds)
        low, high, how = _over_days([seconds], received, measure, seed)
    else:
        each = np.array([measure.value(one) for one in values])
        value, low, high, how = _over_replications(each)
    return Estimate(_known(value), low, high, n, unserved, len(values), how)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _over_replications(each: F8) -> tuple[float, float | None, float | None, How]:
    """Give mean and t-interval of the replications that have the figure."""
    each = each[np.isfinite(each)]
    if len(each) < 2:
        return float(each.mean()) if len(each) else np.nan, None, None, "too few to say"
    mean = float(each.mean())
    half = half_width(each)
    return mean, mean - half, mean + half, "t over replications"


def half_width(each: F8) -> float:
    """Give half of the 95 % interval that Student's t gives a mean of two figures or more."""
    return float(stats.t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each)))


def draw_days(seed: int, *, resamples: int, days: int) -> npt.NDArray[np.intp]:
    """Draw so many days with replacement, intp[resample, draw]."""
    rng = np.random.Generator(np.random.PCG64(seed))
    return (rng.random((resamples, days)) * days).astype(np.intp)


def _over_days(
    sides: list[F8], received_s: F8, measure: Measure, seed: int
) -> tuple[float | None, float | None, How]:
    """Give the middle 95 % of a figure (of two: the first less the second) over drawn days."""
    day = (received_s // DAY_S).astype(np.intp)
    days, of_day = np.unique(day, return_inverse=True)
    if len(days) < FEWEST_DAYS:
        return None, None, "too few to say"
    chosen = draw_days(seed, resamples=RESAMPLES, days=len(days))
    each = [_drawn(seconds, of_day.astype(np.intp), chosen, measure) for seconds in sides]
    drawn = each[0] if len(each) == 1 else each[0] - each[1]
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return None, None, "too few to say"
    low, high = np.quantile(drawn, day_levels(len(days)))
    return float(low), float(high), "bootstrap by day"


def day_levels(days: int) -> tuple[float, float]:
    """Give the levels between which draws of so few days hold 95 %.

    The middle 95 % of draws of 14 days hold the truth 91 times in 100, of 7 days 86 times, since
    draws of d days spread by (d - 1)/d too little and the normal's tails are not Student's. Both
    are mended by the levels (the expanded percentile interval; Hesterberg 2015, The American
    Statistician 69, 371-386).
    """
    wide = np.sqrt(days / (days - 1)) * stats.t.ppf(0.975, days - 1)
    low = float(stats.norm.cdf(-wide))
    return low, 1 - low


def _drawn(seconds: F8, of_day: Index, chosen: npt.NDArray[np.intp], measure: Measure) -> F8:
    """Work the figure out for each draw of days; means and shares from the days' sums alone."""
    days, known = chosen.shape[1], np.isfinite(seconds)
    if measure.kind != "quantile":
        within = measure.kind == "within"
        top = known & (seconds <= measure.at) if within else np.where(known, seconds, 0.0)
        bottom = np.ones(len(seconds)) if within else known
        sums = np.bincount(of_day, weights=np.asarray(top, np.float64), minlength=days)
        counts = np.bincount(of_day, weights=np.asarray(bottom, np.float64), minlength=days)
        total: F8 = counts[chosen].sum(1)
        share: F8 = sums[chosen].sum(1) / np.where(total > 0, total, np.nan)
        return share
    order = np.argsort(of_day, kind="stable")
    edges = np.append(np.searchsorted(of_day[order], np.arange(days)), len(of_day))
    rows = [order[edges[d] : edges[d + 1]] for d in range(days)]
    return np.array([measure.value(seconds[np.concatenate([rows[d] for d in c])]) for c in chosen])


def _groups(outcomes: list[Outcome], group: Group | None) -> Iterator[tuple[int, list[Bools]]]:
    """Yield each group's number with the calls in it, replication by replication."""
    if group is None:
        yield 0, [np.ones(len(one), np.bool_) for one in outcomes]
        return
    of = [group(one) for one in outcomes]
    present: Index = np.unique(np.concatenate(of)) if of else np.zeros(0, np.intp)
    for number in present[present >= 0]:
        yield int(number), [one == number for one in of]


# ---------------------------------------------------------------- A against B


def compare(
    a: Study,
    b: Study,
    *,
    group: Group | None = None,
    of: Times = "response",
    later_s: float = 30.0,
    seed: int = 1,
) -> dict[int, Gap]:
    """Compare two studies of one seed call by call: B less A, for each group of calls."""
    pairs = _pairs(a, b)
    measure = Measure("mean", of=of)
    found: dict[int, Gap] = {}
    for number, marks in _groups([one for one, _ in pairs], group):
        gaps, sides = [], []
        for (one, other), mark in zip(pairs, marks, strict=True):
            theirs, ours = measure.times(one)[mark], measure.times(other)[mark]
            gaps.append((ours - theirs, one.received_s[mark]))
            sides.append((theirs, ours))
        found[number] = _gap(gaps, sides, later_s=later_s, seed=seed)
    return found


def compare_measure(
    a: Study, b: Study, measure: Measure, *, group: Group | None = None, seed: int = 1
) -> dict[int, Estimate]:
    """Give the difference of a figure, B less A, paired, with its interval, for each group."""
    pairs = _pairs(a, b)
    found: dict[int, Estimate] = {}
    for number, marks in _groups([one for one, _ in pairs], group):
        sides = [
            (measure.times(one)[mark], measure.times(other)[mark], one.received_s[mark])
            for (one, other), mark in zip(pairs, marks, strict=True)
        ]
        n = sum(len(side[0]) for side in sides)
        unserved = sum(int((~np.isfinite(side[1])).sum()) for side in sides)
        each = np.array([measure.value(ours) - measure.value(theirs) for theirs, ours, _ in sides])
        if len(sides) == 1:
            theirs, ours, received = sides[0]
            value = float(each[0])
            low, high, how = _over_days([ours, theirs], received, measure, seed)
        else:
            value, low, high, how = _over_replications(each)
        found[number] = Estimate(_known(value), low, high, n, unserved, len(sides), how)
    return found


def _pairs(a: Study, b: Study) -> list[tuple[Outcome, Outcome]]:
    """Pair the replications that both have; refuse studies that did not meet the same calls."""
    if a.seed != b.seed:
        raise Incomparable("The two studies have different seeds, so they met different calls.")
    of_b = {one.replication: one for one in b.outcomes}
    pairs = [(one, of_b[one.replication]) for one in a.outcomes if one.replication in of_b]
    if not pairs:
        raise Incomparable("The two studies have no replication in common.")
    for one, other in pairs:
        same = len(one) == len(other) and np.array_equal(one.received_s, other.received_s)
        if not same or not np.array_equal(one.place, other.place):
            raise Incomparable("The two studies did not meet the same calls.")
    return pairs


def _gap(
    gaps: list[tuple[F8, F8]], sides: list[tuple[F8, F8]], *, later_s: float, seed: int
) -> Gap:
    every = np.concatenate([gap for gap, _ in gaps])
    theirs = np.concatenate([side[0] for side in sides])
    ours = np.concatenate([side[1] for side in sides])
    both = every[np.isfinite(every)]
    better, worse = int((both < -SAME_S).sum()), int((both > SAME_S).sum())
    return Gap(
        mean=_estimate([gap for gap, _ in gaps], gaps, Measure("mean"), seed),
        better=better,
        same=len(both) - better - worse,
        worse=worse,
        won=int((np.isfinite(ours) & ~np.isfinite(theirs)).sum()),
        lost=int((~np.isfinite(ours) & np.isfinite(theirs)).sum()),
        later_than=int((both > later_s).sum()),
    )


# ---------------------------------------------------------------- units


@dataclass(frozen=True)
class UnitFigures:
    """One unit: the share of its time in service that calls take, and what else it did a day."""

    key: str
    utilisation: Estimate
    calls_a_day: float
    moving_share: float


def unit_figures(study: Study) -> list[UnitFigures]:
    """Work out each unit's workload; with one realisation the interval is not known."""
    found = []
    for u, key in enumerate(study.units):
        rows = [one for one in study.outcomes if one.service_s[u] > 0]
        each = np.array([one.busy_s[u] / one.service_s[u] for one in rows])
        value, low, high, how = _over_replications(each)
        service = sum(float(one.service_s[u]) for one in rows)
        sent = sum(int(one.sent[u]) for one in rows)
        moving = sum(float(one.moving_s[u]) for one in rows)
        found.append(
            UnitFigures(
                key=key,
                utilisation=Estimate(_known(value), low, high, sent, 0, len(rows), how),
                calls_a_day=sent / service * DAY_S if service else 0.0,
                moving_share=moving / service if service else 0.0,
            )
        )
    return found
