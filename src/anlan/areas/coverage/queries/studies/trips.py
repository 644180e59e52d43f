"""How long trips to calls take: fitted to the log's own trips, and what the fit leaves over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.calibration import fit_factors
from anlan.engine.simulation.logged import TripModel
from anlan.kernel.places.queries.calls import TravelPairs

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]

LEAST_TRIPS = 100
"""With fewer trips from known posts nothing is fitted, and nothing scatters."""
HOURS = 24
HOUR_BAND = 4
BANDS_A_DAY = HOURS // HOUR_BAND
WEEK_H = 168


@dataclass(frozen=True, slots=True, eq=False)
class Trips:
    """The log's trips from post to scene; `rank` is the call's class, `hour` and `day` local."""

    free_flow_s: F8
    observed_s: F8
    rank: I8
    hour: I8
    day: I8

    def __len__(self) -> int:
        return len(self.free_flow_s)

    def take(self, chosen: npt.NDArray[np.bool_]) -> Trips:
        """Give the chosen trips."""
        return Trips(
            self.free_flow_s[chosen],
            self.observed_s[chosen],
            self.rank[chosen],
            self.hour[chosen],
            self.day[chosen],
        )


def expected_s(model: TripModel, trips: Trips) -> F8:
    """Give what a model says that trips take."""
    factor = model.factor[trips.rank, trips.hour]  # the same on each day of the week
    seconds: F8 = model.fixed_s + factor * trips.free_flow_s
    return seconds


def trips_of(pairs: TravelPairs, *, rank: I8, zone: ZoneInfo) -> Trips:
    """Give a log's trips with their class and local time; `rank[c]` is the class of call c."""
    at = [datetime.fromtimestamp(s, zone) for s in pairs.received_s.tolist()]
    return Trips(
        free_flow_s=pairs.free_flow_s,
        observed_s=pairs.observed_s,
        rank=rank[pairs.call],
        hour=np.array([one.hour for one in at], np.int64),
        day=np.array([one.date().toordinal() for one in at], np.int64),
    )


def fit_trips(trips: Trips, *, classes: int, town_factor: float) -> TripModel:
    """Fit trips by class and band of the day; the town's one factor where there are too few."""
    if len(trips) < LEAST_TRIPS:
        return TripModel(
            source="free_flow" if town_factor == 1.0 else "town",
            factor=np.full((classes, WEEK_H), town_factor),
            fixed_s=0.0,
            left_over_s=np.zeros(0),
            trips=len(trips),
        )
    band = trips.rank * BANDS_A_DAY + trips.hour // HOUR_BAND
    fit = fit_factors(
        trips.free_flow_s, trips.observed_s, band.astype(np.intp), bands=classes * BANDS_A_DAY
    )
    by_day = np.repeat(fit.factor.reshape(classes, BANDS_A_DAY), HOUR_BAND, axis=1)
    model = TripModel("log", np.tile(by_day, 7), float(fit.fixed_s), np.zeros(0), len(trips))
    left = np.sort(trips.observed_s - expected_s(model, trips))
    return TripModel("log", model.factor, model.fixed_s, left, len(trips))


def folds(days: Sequence[int], *, most: int) -> list[npt.NDArray[np.int64]]:
    """Split days into at most so many groups, each left out in turn; days lie apart in a group."""
    ordered = np.unique(np.asarray(days, np.int64))
    return [ordered[first::most] for first in range(min(most, len(ordered)))]
