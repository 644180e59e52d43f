"""Figures of a replay: intervals and service levels, the model's error, and the paired gap.

Quantiles are numpy's linear ones. Rows and calls that the log has no figure for are left out of
every column alike, so that observed and modelled figures speak of the same cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from anlan.engine.simulation.log import F8, Bools, Index, Log
from anlan.engine.simulation.replay import Modelled, Replay
from anlan.engine.simulation.spells import measure_spells

Interval = Literal[
    "answer", "processing", "turnout", "travel", "response", "dispatch_to_scene", "full_alarm"
]
INTERVALS: Final[tuple[Interval, ...]] = (
    "answer", "processing", "turnout", "travel", "response", "dispatch_to_scene", "full_alarm",
)  # fmt: skip
SAME_S: Final = 0.5


@dataclass(frozen=True)
class ServiceLevel:
    """A goal: an interval of at most `goal_s`, in a share of cases where the source names one.

    `kinds` are the call kinds (indices of CallLog.kind) it holds for, None for all.
    """

    key: str
    interval: Interval
    goal_s: float
    share: float | None = None
    kinds: frozenset[int] | None = None


@dataclass(frozen=True)
class LevelFigure:
    """How a service level was met: `within` of `n` cases; `met` is None where no share is set."""

    n: int
    within: float | None
    met: bool | None


@dataclass(frozen=True)
class IntervalFigure:
    """One interval in one column; without cases all figures are None and `lacking` says why.

    `lacking`: "log_lacks_ring", "log_lacks_en_route", "log_lacks_on_scene", "no_cases".
    `note`: "from_received" where processing counts from receipt, for want of an answering time.
    """

    n: int
    p50_s: float | None
    p90_s: float | None
    p95_s: float | None
    levels: Mapping[str, LevelFigure]
    lacking: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class ModelError:
    """Recorded-modelled less observed, over the same cases; shares are of absolute errors."""

    n: int
    mean_s: float | None
    p50_s: float | None
    p50_abs_s: float | None
    p90_abs_s: float | None


@dataclass(frozen=True)
class PairedGap:
    """Recommended less recorded, both modelled, call by call; below zero is sooner.

    `better`, `same` (within half a second) and `worse` count calls. The intervals are 95 %
    percentile bootstrap intervals over calls. `unpaired` counts calls that one policy reached and
    the other never did: they are in no figure.
    """

    n: int
    unpaired: int
    better: int
    same: int
    worse: int
    mean_s: float | None
    median_s: float | None
    p10_s: float | None
    p90_s: float | None
    mean_ci_s: tuple[float, float] | None
    median_ci_s: tuple[float, float] | None


@dataclass(frozen=True)
class Cases:
    """One interval's cases in one column: seconds, and the call each belongs to."""

    seconds: F8
    call: Index


@dataclass(frozen=True)
class Column:
    """One column of the report: "observed", "recorded" or "recommended"."""

    name: str
    cases: Mapping[Interval, Cases]
    figures: Mapping[Interval, IntervalFigure]


def observed_times(log: Log) -> Modelled:
    """Put the log's own times in the shape of modelled ones."""
    rows = log.responses
    return Modelled(
        unit=rows.unit,
        dispatch_s=rows.dispatch_s,
        en_route_s=rows.en_route_s,
        on_scene_s=rows.on_scene_s,
        transport_s=rows.transport_s,
        hospital_s=rows.hospital_s,
        available_s=rows.available_s,
        wait_s=np.zeros(len(rows)),
    )


def column(name: str, log: Log, times: Modelled, *, levels: Sequence[ServiceLevel] = ()) -> Column:
    """Work out a column's intervals; `times` are `observed_times(log)` or a replay's."""
    cases = _cases(log, times)
    figures = {
        interval: _figure(
            cases[interval], log, interval, [one for one in levels if one.interval == interval]
        )
        for interval in INTERVALS
    }
    return Column(name=name, cases=cases, figures=figures)


def first_on_scene(log: Log, times: Modelled) -> F8:
    """Give, per call, when the first unit came on scene; nan where none did."""
    return _per_call(log, times.on_scene_s, np.fmin)


def model_error(
    log: Log, recorded: Replay, *, interval: Literal["travel", "response"]
) -> ModelError:
    """Compare what the model makes of the log's own assignments with what was observed."""
    observed = observed_times(log)
    if interval == "travel":
        known = measure_spells(log)[0].travel_known
        gap = (recorded.modelled.on_scene_s - recorded.modelled.en_route_s)[known] - (
            observed.on_scene_s - observed.en_route_s
        )[known]
    else:
        gap = first_on_scene(log, recorded.modelled) - first_on_scene(log, observed)
    gap = gap[np.isfinite(gap)]
    if not len(gap):
        return ModelError(0, None, None, None, None)
    return ModelError(
        n=len(gap),
        mean_s=float(gap.mean()),
        p50_s=float(np.median(gap)),
        p50_abs_s=float(np.median(np.abs(gap))),
        p90_abs_s=float(np.quantile(np.abs(gap), 0.9)),
    )


def paired_gaps(log: Log, recorded: Replay, recommended: Replay) -> F8:
    """Give, per call, recommended less recorded first arrival; nan where either never arrives."""
    gap: F8 = first_on_scene(log, recommended.modelled) - first_on_scene(log, recorded.modelled)
    return gap


def paired_gap(
    log: Log, recorded: Replay, recommended: Replay, *, seed: int, resamples: int = 1000
) -> PairedGap:
    """Compare the two policies call by call; `seed` draws the bootstrap."""
    ours = first_on_scene(log, recommended.modelled)
    theirs = first_on_scene(log, recorded.modelled)
    both = np.isfinite(ours) & np.isfinite(theirs)
    gap = (ours - theirs)[both]
    unpaired = int((np.isfinite(ours) ^ np.isfinite(theirs)).sum())
    if not len(gap):
        return PairedGap(0, unpaired, 0, 0, 0, None, None, None, None, None, None)
    rng = np.random.Generator(np.random.PCG64(seed))
    means, medians = np.empty(resamples), np.empty(resamples)
    for turn in range(resamples):
        drawn = gap[rng.integers(0, len(gap), len(gap))]
        means[turn], medians[turn] = drawn.mean(), np.median(drawn)
    better, worse = int((gap < -SAME_S).sum()), int((gap > SAME_S).sum())
    return PairedGap(
        n=len(gap),
        unpaired=unpaired,
        better=better,
        same=len(gap) - better - worse,
        worse=worse,
        mean_s=float(gap.mean()),
        median_s=float(np.median(gap)),
        p10_s=float(np.quantile(gap, 0.1)),
        p90_s=float(np.quantile(gap, 0.9)),
        mean_ci_s=_middle_95(means),
        median_ci_s=_middle_95(medians),
    )


def _middle_95(values: F8) -> tuple[float, float]:
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def _per_call(log: Log, values: F8, least_or_most: np.ufunc, keep: Bools | None = None) -> F8:
    """Reduce rows to calls with fmin or fmax; nan where a call has no value."""
    result = np.full(len(log.calls), np.nan)
    chosen = np.isfinite(values) if keep is None else np.isfinite(values) & keep
    least_or_most.at(result, log.responses.call[chosen], values[chosen])
    return result


def _cases(log: Log, times: Modelled) -> dict[Interval, Cases]:
    calls, call = log.calls, log.responses.call
    spells, _ = measure_spells(log)
    turnout = np.where(spells.turnout_known, times.en_route_s - times.dispatch_s, np.nan)
    travel = np.where(spells.travel_known, times.on_scene_s - times.en_route_s, np.nan)
    lacks = np.full(len(calls), np.nan)
    rang = lacks if calls.rang_s is None else calls.rang_s
    answered = lacks if calls.answered_s is None else calls.answered_s
    taken = answered if np.isfinite(answered).any() else calls.received_s
    dispatched = _per_call(log, times.dispatch_s, np.fmin)
    arrived = first_on_scene(log, times)
    arrivals = np.bincount(call[~spells.cancelled], minlength=len(calls))
    whole = np.where(arrivals >= 2, _per_call(log, travel, np.fmax), np.nan)
    by_call = np.arange(len(calls))
    return {
        "answer": _known(answered - rang, by_call),
        "processing": _known(dispatched - taken, by_call),
        "turnout": _known(turnout, call),
        "travel": _known(travel, call),
        "response": _known(arrived - calls.received_s, by_call),
        "dispatch_to_scene": _known(arrived - dispatched, by_call),
        "full_alarm": _known(whole, by_call),
    }


def _known(seconds: F8, call: Index) -> Cases:
    known = np.isfinite(seconds)
    return Cases(seconds=seconds[known], call=call[known])


def _figure(
    cases: Cases, log: Log, interval: Interval, levels: Iterable[ServiceLevel]
) -> IntervalFigure:
    answered = log.calls.answered_s
    unanswered = answered is None or not np.isfinite(answered).any()
    note = "from_received" if interval == "processing" and unanswered else None
    if not len(cases.seconds):
        return IntervalFigure(0, None, None, None, {}, lacking=_lacking(log, interval))
    p50, p90, p95 = (float(one) for one in np.quantile(cases.seconds, [0.5, 0.9, 0.95]))
    return IntervalFigure(
        n=len(cases.seconds),
        p50_s=p50,
        p90_s=p90,
        p95_s=p95,
        levels={one.key: _level(cases, log, one) for one in levels},
        note=note,
    )


def _lacking(log: Log, interval: Interval) -> str:
    rows = log.responses
    if interval == "answer":
        return "log_lacks_ring"
    if interval in ("turnout", "travel") and not np.isfinite(rows.en_route_s).any():
        return "log_lacks_en_route"
    if interval != "processing" and not np.isfinite(rows.on_scene_s).any():
        return "log_lacks_on_scene"
    return "no_cases"


def _level(cases: Cases, log: Log, level: ServiceLevel) -> LevelFigure:
    seconds = cases.seconds
    if level.kinds is not None:
        seconds = seconds[np.isin(log.calls.kind[cases.call], list(level.kinds))]
    if not len(seconds):
        return LevelFigure(n=0, within=None, met=None)
    within = float((seconds <= level.goal_s).mean())
    met = None if level.share is None else within >= level.share
    return LevelFigure(n=len(seconds), within=within, met=met)
