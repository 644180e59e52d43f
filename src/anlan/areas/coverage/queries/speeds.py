"""How long a trip takes at an hour: free flow by road, fitted to the trips of the town's log."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.demand import log_of
from anlan.areas.coverage.queries.rows import Before, HourSpeed, Speeds
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.calls import LoggedPeriod, TravelPairs, travel_pairs
from anlan.kernel.places.queries.state import TownState
from anlan.kernel.values import BadInput

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork

LEAST_TRIPS = 30
"""A factor is fitted from at least so many trips, an hour's as well as the day's."""
LONGEST_S = 3600.0
"""A longer wait before travel is a slip of the log, or a call that was put off."""
HOURS = 24
FOLDS = 14
"""Days are left out in so many groups; a fortnight's are left out one by one."""

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]

_held: dict[Path, tuple[object, Speeds]] = {}
_lock = threading.Lock()


def speeds(state: TownState, *, network: RoadNetwork) -> Speeds:
    """Give the town's speeds by hour, kept until its log, roads or factor change."""
    folder = places.town_folder(state.town.key)
    log = log_of(state)
    with _lock:
        held = _held.get(folder)
        if held is None or held[0] is not state.epoch:
            held = (state.epoch, _speeds(state, log, network))
            _held[folder] = held
        return held[1]


def _speeds(state: TownState, log: LoggedPeriod, network: RoadNetwork) -> Speeds:
    pairs = travel_pairs(log, network=network)
    if len(pairs) < LEAST_TRIPS:
        return _without_trips(state, len(pairs))
    at = [datetime.fromtimestamp(s, state.town.tz) for s in pairs.received_s.tolist()]
    hour = np.array([one.hour for one in at], np.int64)
    day = np.array([one.toordinal() for one in at], np.int64)
    return fit(pairs, hour=hour, day=day)


def _without_trips(state: TownState, trips: int) -> Speeds:
    """Give the factor that the town has, since its log says too little."""
    error = state.town.factor_error
    known = bool(error) or state.town.factor != 1.0
    return Speeds(
        source="town" if known else "free_flow",
        factor=state.town.factor,
        fixed_s=0.0,
        trips=trips,
        p50_error_s=error.get("p50_error_s"),
        p90_error_s=error.get("p90_error_s"),
        bias_s=None,
        hours=tuple(
            HourSpeed(h, state.town.factor, 0.0, 0, False, None, None, None) for h in range(HOURS)
        ),
        spread=np.ones(1),
    )


def fit(pairs: TravelPairs, *, hour: I8, day: I8) -> Speeds:
    """Fit fixed seconds and a factor for each hour; errors are of days left out in turn.

    An hour's factor is drawn to the day's by as many trips as serve it best (`fit_factors`).
    """
    from anlan.engine.roads import fit_factors

    modelled, observed = pairs.free_flow_s, pairs.observed_s
    fitted = fit_factors(modelled, observed, hour, bands=HOURS)
    estimate = _held_out(pairs, hour, day, prior_trips=fitted.prior_trips)
    off = estimate - observed
    rows = []
    for one in range(HOURS):
        mine = off[hour == one]
        factor = float(fitted.factor[one])
        own = len(mine) >= LEAST_TRIPS
        rows.append(HourSpeed(one, factor, fitted.fixed_s, len(mine), own, *_errors(mine)))
    overall = float(fitted.overall)
    return Speeds(
        "log",
        overall,
        fitted.fixed_s,
        len(pairs),
        *_errors(off),
        hours=tuple(rows),
        spread=np.sort(observed / estimate),
    )


def _held_out(pairs: TravelPairs, hour: I8, day: I8, *, prior_trips: float) -> F8:
    """Give each trip's estimate, fitted without the trips of its fold of days."""
    from anlan.engine.roads import fit_factors

    modelled, observed = pairs.free_flow_s, pairs.observed_s
    number = np.unique(day, return_inverse=True)[1].ravel()
    fold = number % FOLDS
    if number.max() == 0:  # a single day: nothing else to fit by, so every fifth trip
        fold = np.arange(len(day)) % FOLDS
    estimate = np.zeros(len(day))
    for one in range(FOLDS):
        out = fold == one
        if not out.any():
            continue
        fitted = fit_factors(
            modelled[~out], observed[~out], hour[~out], bands=HOURS, prior_trips=prior_trips
        )
        estimate[out] = fitted.estimate(modelled[out], hour[out])
    return estimate


def _errors(off: F8) -> tuple[float | None, float | None, float | None]:
    """Give the middle and the ninth tenth of |estimate - observed|, and the mean difference."""
    if not len(off):
        return None, None, None
    p50, p90 = np.percentile(np.abs(off), [50, 90])
    return float(p50), float(p90), float(off.mean())


def before(log: LoggedPeriod, *, counted_from: str) -> Before:
    """Give what is counted before travel: the log's medians; BadInput where it has none."""
    if counted_from == "travel":
        return Before()
    turnout = _median(log.en_route_s - log.dispatched_s)
    if turnout is None:
        raise BadInput(_absent("turnout"))
    if counted_from == "turnout":
        return Before(turnout_s=turnout)
    first = np.full(len(log.numbers), np.inf)
    sent = np.isfinite(log.dispatched_s)
    np.minimum.at(first, log.call[sent], log.dispatched_s[sent])
    processing = _median(first - log.received_s)
    if processing is None:
        raise BadInput(_absent("call"))
    return Before(processing_s=processing, turnout_s=turnout)


def _absent(word: str) -> str:
    from django.utils.translation import gettext as _

    return _(
        "The log holds too few times before travel to count from {word}; count from travel."
    ).format(word=word)


def _median(seconds: F8) -> float | None:
    sound = seconds[np.isfinite(seconds) & (seconds >= 0) & (seconds <= LONGEST_S)]
    return float(np.median(sound)) if len(sound) >= LEAST_TRIPS else None


def seen_s(log: LoggedPeriod, *, kind: str, counted_from: str) -> F8:
    """Give, for each call of the log, the least seconds that a unit of such a post needed.

    Counted as asked: from leaving, from being sent, or from the call's receipt. NaN where none came
    or its times are not sound.
    """
    ours = np.array([(one.post or "").startswith(f"{kind} ") for one in log.units], bool)
    start = {
        "travel": log.en_route_s,
        "turnout": log.dispatched_s,
        "call": log.received_s[log.call],
    }[counted_from]
    took = log.on_scene_s - start
    with np.errstate(invalid="ignore"):
        used = ours[log.unit] & (took > 0) & (took <= 4 * LONGEST_S)
    least = np.full(len(log.numbers), np.inf)
    np.minimum.at(least, log.call[used], took[used])
    return np.where(np.isfinite(least), least, np.nan)
