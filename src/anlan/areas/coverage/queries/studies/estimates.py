"""Means, shares and quantiles with 95 % intervals: over days of one log, or over replications.

The log is one realisation: its days are resampled whole (block bootstrap by day; Efron and
Tibshirani 1993, ch. 8), so that calls of one busy hour don't count as independent. Drawn calls are
independent replications: a t interval over them (Law 2015, ch. 9). docs/method/what-if.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Method = Literal["days", "replications", "none"]
RESAMPLES = 2000
QUANTILE_RESAMPLES = 400
LEAST_DAYS = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval; None where it can't be told. `n` counts calls a replication."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Sample:
    """Figures of calls, pooled over replications: index k, with its replication and its day."""

    replication: I8
    day: I8
    replications: int
    days: int
    method: Method
    seed: int

    @classmethod
    def of(
        cls, replications: Sequence[int], days: Sequence[I8], *, log: bool, n_days: int, seed: int
    ) -> Sample:
        """Lay out replications after one another; `log` says that all are of one log's days."""
        count = len(replications)
        method: Method = "none"
        if log or count < 2:
            method = "days" if n_days >= LEAST_DAYS else "none"
        else:
            method = "replications"
        return cls(
            replication=np.repeat(np.arange(count), [len(one) for one in days]).astype(np.int64),
            day=np.concatenate(days).astype(np.int64),
            replications=count,
            days=n_days,
            method=method,
            seed=seed,
        )

    @cached_property
    def _draws(self) -> F8:
        """Give how often each day is drawn in each resample, f8[resample, day]."""
        from anlan.engine.simulation import draw_days

        drawn = draw_days(self.seed, resamples=RESAMPLES, days=self.days)
        counts = np.zeros((RESAMPLES, self.days))
        np.add.at(counts, (np.arange(RESAMPLES)[:, None], drawn), 1.0)
        return counts

    def mean(self, values: F8, *, chosen: Bools | None = None) -> Estimate:
        """Give the mean of the finite values; of true and false it is a share."""
        usable = np.isfinite(values) if chosen is None else np.isfinite(values) & chosen
        if not usable.any():
            return Estimate(None, None, None, 0)
        value, n = float(values[usable].mean()), self._per_replication(usable)
        if self.method == "days":
            sums = np.bincount(self.day[usable], values[usable], minlength=self.days)
            counts = np.bincount(self.day[usable], minlength=self.days)
            total = self._draws @ counts
            with np.errstate(invalid="ignore"):
                means = (self._draws @ sums)[total > 0] / total[total > 0]
            return Estimate(value, *self._percentiles(means), n)
        if self.method == "replications":
            sums = np.bincount(
                self.replication[usable], values[usable], minlength=self.replications
            )
            counts = np.bincount(self.replication[usable], minlength=self.replications)
            return Estimate(value, *_student(sums[counts > 0] / counts[counts > 0], value), n)
        return Estimate(value, None, None, n)

    def total(self, values: F8) -> Estimate:
        """Give the sum a replication, such as of calls that come later."""
        sums: F8 = np.bincount(self.replication, values, minlength=self.replications).astype(
            np.float64
        )
        value = float(sums.mean())
        if self.method == "days":
            by_day = np.bincount(self.day, values, minlength=self.days) / self.replications
            return Estimate(value, *self._percentiles(self._draws @ by_day), round(value))
        if self.method == "replications":
            return Estimate(value, *_student(sums, value), round(value))
        return Estimate(value, None, None, round(value))

    def quantile(self, values: F8, share: float, *, chosen: Bools | None = None) -> Estimate:
        """Give a quantile of the finite values."""
        usable = np.isfinite(values) if chosen is None else np.isfinite(values) & chosen
        if not usable.any():
            return Estimate(None, None, None, 0)
        value, n = float(np.quantile(values[usable], share)), self._per_replication(usable)
        if self.method == "days":
            by_day = [values[usable & (self.day == day)] for day in range(self.days)]
            found = []
            for counts in self._draws[:QUANTILE_RESAMPLES].astype(int):
                parts = [
                    part for part, times in zip(by_day, counts, strict=True) for _ in range(times)
                ]
                pooled = np.concatenate(parts)
                if len(pooled):
                    found.append(float(np.quantile(pooled, share)))
            return Estimate(value, *self._percentiles(np.array(found)), n)
        if self.method == "replications":
            each = [
                np.quantile(values[mine], share)
                for one in range(self.replications)
                if (mine := usable & (self.replication == one)).any()
            ]
            return Estimate(value, *_student(np.array(each), value), n)
        return Estimate(value, None, None, n)

    def _per_replication(self, usable: Bools) -> int:
        return round(int(usable.sum()) / self.replications)

    def _percentiles(self, values: F8) -> tuple[float | None, float | None]:
        from anlan.engine.simulation import day_levels

        if len(values) < 2:
            return None, None
        low, high = np.quantile(values, day_levels(self.days))
        return float(low), float(high)


def _student(values: F8, middle: float) -> tuple[float | None, float | None]:
    if len(values) < 2:
        return None, None
    from anlan.engine.simulation import half_width

    half = half_width(values)
    return middle - half, middle + half
