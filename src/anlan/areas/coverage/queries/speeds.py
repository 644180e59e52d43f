"""How long a trip takes at an hour: free flow by road, fitted to the trips of the town's log."""

from __future__ import annotations

import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    zone = state.town.tz
    hour = np.array([datetime.fromtimestamp(s, zone).hour for s in pairs.received_s.tolist()])
    return fit(pairs, hour)


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
    )


def fit(pairs: TravelPairs, hour: npt.NDArray[np.int64]) -> Speeds:
    """Fit one factor for the day and one for each hour that has trips enough."""
    from anlan.engine.roads import fit_factor

    whole = fit_factor(pairs.free_flow_s, pairs.observed_s)
    hours = []
    for one in range(HOURS):
        mine = pairs.take(hour == one)
        own = len(mine) >= LEAST_TRIPS
        factor = fit_factor(mine.free_flow_s, mine.observed_s).value if own else whole.value
        hours.append(HourSpeed(one, factor, 0.0, len(mine), own, *_errors(mine, factor, 0.0)))
    factors = np.array([one.factor for one in hours])[hour]
    return Speeds(
        "log", whole.value, 0.0, len(pairs), *_errors(pairs, factors, 0.0), hours=tuple(hours)
    )


def _errors(pairs: TravelPairs, factor: Any, fixed_s: Any) -> tuple[Any, Any, Any]:
    """Give the middle and the ninth tenth of |estimate - observed|, and the mean difference."""
    if not len(pairs):
        return None, None, None
    off = fixed_s + factor * pairs.free_flow_s - pairs.observed_s
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


def _median(seconds: npt.NDArray[np.float64]) -> float | None:
    sound = seconds[np.isfinite(seconds) & (seconds >= 0) & (seconds <= LONGEST_S)]
    return float(np.median(sound)) if len(sound) >= LEAST_TRIPS else None


def seen_s(log: LoggedPeriod, *, kind: str, counted_from: str) -> npt.NDArray[np.float64]:
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
