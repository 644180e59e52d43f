"""Factors between free flow and what crews really need, with their error: one, or by band."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.graph import F8, I8


@dataclass(frozen=True, slots=True)
class Factor:
    """`value` times the modelled seconds is the estimate; errors are |estimate - observed|.

    `bias_s` is the mean of estimate - observed; `mean_abs_pct_error` is in percent of observed.
    """

    value: float
    n: int
    p50_error_s: float
    p90_error_s: float
    mean_abs_error_s: float
    bias_s: float
    mean_abs_pct_error: float


def fit_factor(modelled_s: npt.ArrayLike, observed_s: npt.ArrayLike) -> Factor:
    """This will fit the factor with the least total absolute error.

    That is the median of observed / modelled, weighted by modelled: a few wild times in a log
    move it little, and long trips count by their length. Pairs that are not finite or not above
    zero are left out (`n` says how many were used). Raises ValueError where none is left.
    """
    modelled = np.asarray(modelled_s, np.float64)
    observed = np.asarray(observed_s, np.float64)
    if modelled.shape != observed.shape or modelled.ndim != 1:
        raise ValueError("Give one observed time for each modelled time.")
    usable = np.isfinite(modelled) & np.isfinite(observed) & (modelled > 0) & (observed > 0)
    modelled, observed = modelled[usable], observed[usable]
    if len(modelled) == 0:
        raise ValueError("There is no trip with both a modelled and an observed time above zero.")
    ratio = observed / modelled
    order = np.argsort(ratio, kind="stable")
    weight = np.cumsum(modelled[order])
    value = float(ratio[order][np.searchsorted(weight, weight[-1] / 2)])
    error = value * modelled - observed
    off = np.abs(error)
    return Factor(
        value=value,
        n=len(modelled),
        p50_error_s=float(np.percentile(off, 50)),
        p90_error_s=float(np.percentile(off, 90)),
        mean_abs_error_s=float(off.mean()),
        bias_s=float(error.mean()),
        mean_abs_pct_error=float((off / observed).mean() * 100.0),
    )


# ---------------------------------------------------------------- by band

FOLDS = 5
# Trips of the overall fit that weigh as much as a band's own trips; inf: no band of its own.
PRIOR_TRIPS = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, np.inf)
LEAST_FACTOR = 0.01
GOLDEN = (5.0**0.5 - 1.0) / 2.0  # of a bracket, what each step of the search keeps
FIXED_TO_S = 0.05  # the fixed seconds are found to this


@dataclass(frozen=True, slots=True, eq=False)
class BandFactors:
    """`fixed_s` + `factor[b]` times the modelled seconds is the estimate for a trip of band b.

    `overall` is the factor that one band for all trips would have beside the same `fixed_s`, and
    what a band without trips has. Arrays have the shape (bands,): `n` trips, then the errors of
    the estimate over them, |estimate - observed|, and `bias_s`, the mean of estimate - observed;
    nan where n is 0. They are errors on the trips that were fitted: judge on others.
    """

    fixed_s: float
    overall: float
    factor: F8
    prior_trips: float
    n: I8
    p50_error_s: F8
    p90_error_s: F8
    mean_abs_error_s: F8
    bias_s: F8

    def estimate(self, modelled_s: npt.ArrayLike, band: npt.ArrayLike) -> F8:
        """This will give the seconds to expect of trips with these modelled seconds and bands."""
        return self.fixed_s + self.factor[np.asarray(band)] * np.asarray(modelled_s, np.float64)


def fit_factors(
    modelled_s: npt.ArrayLike,
    observed_s: npt.ArrayLike,
    band: npt.ArrayLike,
    *,
    bands: int,
    fixed: bool = True,
    prior_trips: float | None = None,
) -> BandFactors:
    """This will fit one factor for each band, and seconds that every trip needs besides.

    `band[i]`, from 0 to `bands` - 1, is the trip's own kind: an hour, a class of call, both. The
    fixed seconds, from 0 on (0 where not `fixed`), and the factors have the least total absolute
    error. Then each factor is drawn to the overall one as by `prior_trips` more trips that obey
    it: (n · own + prior_trips · overall) / (n + prior_trips), the credibility of Bühlmann (1967).
    Where `prior_trips` is None, the one of `PRIOR_TRIPS` is taken with the least error on trips
    held out in turn, every fifth (cross-validation, Stone 1974); of equal ones the largest.
    Unusable pairs are left out as in `fit_factor`. Raises ValueError where none is left.
    """
    trips = _usable_trips(modelled_s, observed_s, band, bands)
    if prior_trips is None:
        prior_trips = _best_prior(trips, fixed=fixed)
    elif not prior_trips >= 0.0:
        raise ValueError(f"{prior_trips:g} prior trips make no sense; give a number from 0 on.")
    fit = _Fit.of(trips, fixed=fixed)
    factor = fit.drawn(prior_trips)
    error = fit.fixed_s + factor[trips.band] * trips.modelled - trips.observed
    of_band = [error[trips.band == b] for b in range(bands)]
    return BandFactors(
        fixed_s=fit.fixed_s,
        overall=fit.overall,
        factor=factor,
        prior_trips=prior_trips,
        n=fit.n,
        p50_error_s=_each(of_band, lambda e: float(np.percentile(np.abs(e), 50))),
        p90_error_s=_each(of_band, lambda e: float(np.percentile(np.abs(e), 90))),
        mean_abs_error_s=_each(of_band, lambda e: float(np.abs(e).mean())),
        bias_s=_each(of_band, lambda e: float(e.mean())),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Trips:
    modelled: F8
    observed: F8
    band: I8
    bands: int

    def take(self, chosen: npt.NDArray[np.bool_]) -> _Trips:
        return _Trips(self.modelled[chosen], self.observed[chosen], self.band[chosen], self.bands)


def _usable_trips(
    modelled_s: npt.ArrayLike, observed_s: npt.ArrayLike, band: npt.ArrayLike, bands: int
) -> _Trips:
    modelled = np.asarray(modelled_s, np.float64)
    observed = np.asarray(observed_s, np.float64)
    kind = np.asarray(band, np.int64)
    if not modelled.shape == observed.shape == kind.shape or modelled.ndim != 1:
        raise ValueError("Give one observed time and one band for each modelled time.")
    if len(kind) and not 0 <= kind.min() <= kind.max() < bands:
        raise ValueError(f"Bands are numbered from 0 to {bands - 1}.")
    usable = np.isfinite(modelled) & np.isfinite(observed) & (modelled > 0) & (observed > 0)
    if not usable.any():
        raise ValueError("There is no trip with both a modelled and an observed time above zero.")
    return _Trips(modelled, observed, kind, bands).take(usable)


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """The fixed seconds and factors with the least total absolute error, nothing shrunk."""

    fixed_s: float
    overall: float
    own: F8
    n: I8

    @classmethod
    def of(cls, trips: _Trips, *, fixed: bool) -> _Fit:
        fixed_s = _best_fixed(trips) if fixed else 0.0
        all_one = np.zeros(len(trips.band), np.int64)
        overall = _least_error_factors(trips, fixed_s, all_one, 1)[0]
        own = _least_error_factors(trips, fixed_s, trips.band, trips.bands)
        n = np.bincount(trips.band, minlength=trips.bands)
        return cls(fixed_s, float(overall), np.where(n > 0, own, overall), n)

    def drawn(self, prior_trips: float) -> F8:
        """Give the factors drawn to the overall one."""
        weight = np.where(self.n > 0, self.n / np.maximum(self.n + prior_trips, 1.0), 0.0)
        return self.overall + weight * (self.own - self.overall)


def _least_error_factors(trips: _Trips, fixed_s: float, band: I8, bands: int) -> F8:
    """Give each band's median of (observed - fixed) / modelled, weighted by modelled."""
    ratio = (trips.observed - fixed_s) / trips.modelled
    order = np.lexsort((ratio, band))
    weight = np.cumsum(trips.modelled[order])
    first = np.searchsorted(band[order], np.arange(bands))
    last = np.searchsorted(band[order], np.arange(bands), "right") - 1
    some = last >= first
    before = np.where(first[some] > 0, weight[first[some] - 1], 0.0)
    half = (before + weight[last[some]]) / 2
    factor = np.ones(bands)
    at = np.clip(np.searchsorted(weight, half), first[some], last[some])
    factor[some] = np.maximum(ratio[order][at], LEAST_FACTOR)
    return factor


def _best_fixed(trips: _Trips) -> float:
    """Find the fixed seconds: the least error over them is convex, so thirds are cut away.

    (For each value the factors are the best ones; a convex function stays convex when some of
    its arguments are minimised out.)
    """

    def error(fixed_s: float) -> float:
        factor = _least_error_factors(trips, fixed_s, trips.band, trips.bands)
        return float(np.abs(fixed_s + factor[trips.band] * trips.modelled - trips.observed).sum())

    low, high = 0.0, float(np.percentile(trips.observed, 90))
    left, right = high - GOLDEN * high, GOLDEN * high
    at_left, at_right = error(left), error(right)
    while high - low > FIXED_TO_S:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = error(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = error(right)
    middle = (low + high) / 2
    return 0.0 if error(0.0) <= error(middle) else middle


def _best_prior(trips: _Trips, *, fixed: bool) -> float:
    """Give the prior with the least error on every fifth trip, fitted on the others, in turn."""
    total = np.zeros(len(PRIOR_TRIPS))
    fold = np.arange(len(trips.band)) % FOLDS
    if len(trips.band) < FOLDS:
        return float(PRIOR_TRIPS[-1])
    for k in range(FOLDS):
        fit, out = _Fit.of(trips.take(fold != k), fixed=fixed), trips.take(fold == k)
        for i, prior in enumerate(PRIOR_TRIPS):
            factor = fit.drawn(prior)[out.band]
            total[i] += np.abs(fit.fixed_s + factor * out.modelled - out.observed).sum()
    return float(PRIOR_TRIPS[len(total) - 1 - int(np.argmin(total[::-1]))])


def _each(of_band: list[F8], figure: Callable[[F8], float]) -> F8:
    return np.array([figure(errors) if len(errors) else np.nan for errors in of_band])
