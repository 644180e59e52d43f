"""What a queueing model answers: who is busy, who answers whose calls, how long calls wait."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from anlan.engine.queueing.problem import F8, NOBODY, Hypercube


@dataclass(frozen=True, eq=False)
class Error:
    """How far an approximation's workloads lie from the exact ones, measured on this question."""

    max_abs: float
    mean_abs: float
    share_max_abs: float


@dataclass(frozen=True, eq=False)
class Answer:
    """The answer of one model to one `Hypercube`.

    `workload[n]`: the share of time that server n is busy. `share[n, j]`: the share of area j's
    calls that n answers; the rest of a column is lost. `p_all_busy`: the share of time when nobody
    is free. `p_wait`: the share of calls that wait; `mean_wait` over all calls answered, in the
    question's unit of time; `loss`: the share of calls lost. `service_rate[n]`: what n ends per
    unit of time when busy (where busy times depend on the area, the mean over n's own calls).
    `residual`: the greatest imbalance left, Σ |in − out| over all states over the rate of calls
    (exact), or the last change of a workload (approximations). `states[B]`, or None: probability
    of the set B of busy servers (bit n is server n), any line counted with the full set.
    """

    model: str
    problem: Hypercube
    workload: F8
    share: F8
    p_all_busy: float
    p_wait: float
    mean_wait: float
    loss: float
    service_rate: F8
    residual: float
    iterations: int
    states: F8 | None = None
    error: Error | None = None
    notes: tuple[str, ...] = field(default=())

    def mean_travel(self) -> float | None:
        """Give the mean of `travel` over all calls answered, waiting ones from the post too."""
        return self._mean(self._calls())

    def mean_travel_by_area(self) -> F8 | None:
        """Give [j] the mean of `travel` over area j's calls answered; nan where there are none."""
        return self._means(self.share, axis=0)

    def mean_travel_by_server(self) -> F8 | None:
        """Give [n] the mean of `travel` over server n's calls; nan where there are none."""
        return self._means(self._calls(), axis=1)

    def share_within(self, limit: float) -> float | None:
        """Give the share of all calls, the lost ones among them, answered from within `limit`."""
        if self.problem.travel is None:
            return None
        near = self.problem.travel <= limit
        return float(self._calls()[near].sum() / self.problem.rate.sum())

    def share_within_by_area(self, limit: float) -> F8 | None:
        """Give [j] the share of area j's calls answered from within `limit`."""
        if self.problem.travel is None:
            return None
        return np.asarray(np.where(self.problem.travel <= limit, self.share, 0.0).sum(axis=0))

    def interdistrict(self) -> float:
        """Give the share of answered calls that another than the area's first choice answers."""
        calls = self._calls()
        first = self.problem.preference[:, 0]
        own = np.flatnonzero(first != NOBODY)
        answered = float(calls.sum())
        return 1.0 - float(calls[first[own], own].sum()) / answered if answered else 0.0

    def _calls(self) -> F8:
        return np.asarray(self.share * self.problem.rate)

    def _mean(self, calls: F8) -> float | None:
        travel = self.problem.travel
        if travel is None or calls.sum() <= 0:
            return None
        used = calls > 0
        return float((calls[used] * travel[used]).sum() / calls.sum())

    def _means(self, calls: F8, *, axis: int) -> F8 | None:
        travel = self.problem.travel
        if travel is None:
            return None
        used = calls > 0
        spent = np.where(used, calls, 0.0) * np.where(used, travel, 0.0)
        answered = calls.sum(axis=axis)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(spent.sum(axis=axis) / answered)
