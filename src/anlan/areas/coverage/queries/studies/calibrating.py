"""How far the simulation is from what was observed: the town as it is, against its own log.

The trip model of each day is fitted without that day, so that nothing is judged by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.studies.ground import Ground
from anlan.areas.coverage.queries.studies.trips import LEAST_TRIPS, expected_s, fit_trips, folds
from anlan.areas.coverage.queries.studies.worlds import (
    build,
    chance_of,
    deployment_of,
    spots_of,
    travel_of,
    with_model,
    world_of,
)
from anlan.areas.coverage.rules.scenarios import Calls, Roads, Scenario, Units
from anlan.engine.simulation.logged import Outcome, Prepared, TripModel
from anlan.engine.simulation.logged.spread import Job, run_all

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]

MOST_FOLDS = 14
LUCK = 3
"""So many replications with drawn left-overs; one more without tells the error of single calls."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Observed and simulated first arrivals of the log's calls, index c; nan where nobody came.

    `simulated_s[r, c]` with the luck of replication r; `expected_s[c]` without any. `first_unit`
    is the unit that came first in the simulation, `observed_unit` in the log, "" for none.
    `trip_off_s` are trips' errors (model less observed) under models of other days,
    `one_factor_off_s` the same under the one factor that the town has. `method` is
    "leave_days_out", "not_fitted", or "no_log" where there is nothing to compare with.
    """

    observed_s: F8
    simulated_s: F8
    expected_s: F8
    first_unit: tuple[str, ...]
    observed_unit: tuple[str, ...]
    trip_off_s: F8
    one_factor_off_s: F8
    folds: int
    method: str


def as_it_is(scenario: Scenario) -> Scenario:
    """Give the town as it is, on the same calls and kinds of units."""
    return Scenario(
        period=scenario.period,
        calls=Calls(),
        units=Units(kinds=scenario.units.kinds, duty=scenario.units.duty),
    )


def observed_of(ground: Ground) -> tuple[F8, tuple[str, ...]]:
    """Give the log's own first arrival of each call in seconds from receipt, and whose it was."""
    log = ground.log
    first = np.full(ground.calls, np.nan)
    np.fmin.at(first, log.call, log.on_scene_s)
    unit = [""] * ground.calls
    for row in np.flatnonzero(log.on_scene_s == first[log.call])[::-1].tolist():
        unit[int(log.call[row])] = log.units[int(log.unit[row])].ident
    return first - log.received_s, tuple(unit)


def calibrate(
    ground: Ground,
    scenario: Scenario,
    *,
    seed: int,
    workers: int = 1,
    progress: Callable[[float], None] | None = None,
) -> Calibration:
    """Simulate the town as it is, each day with a model of the other days, beside the log."""
    if ground.pool is not None:
        return _nothing_known(ground)
    base = as_it_is(scenario)
    days = _day_of(ground)
    groups = _groups(ground, days)
    models = [_model_without(ground, group) for group in groups] or [ground.model]
    prepared = _prepared(ground, base, models, seed=seed)
    jobs: list[Job] = [(2 * fold, luck) for fold in range(len(models)) for luck in range(LUCK)]
    jobs += [(2 * fold + 1, 0) for fold in range(len(models))]
    tell = None if progress is None else lambda done: progress(done / len(jobs))
    outcomes = run_all(prepared, jobs, workers=workers, progress=tell)
    simulated, expected, first = _gather(ground, outcomes, groups or [np.unique(days)], days)
    keys = prepared[0].fleet.keys
    observed_s, observed_unit = observed_of(ground)
    off, one = _trip_errors(ground, groups, models)
    return Calibration(
        observed_s=observed_s,
        simulated_s=simulated,
        expected_s=expected,
        first_unit=tuple("" if unit < 0 else keys[unit] for unit in first.tolist()),
        observed_unit=observed_unit,
        trip_off_s=off,
        one_factor_off_s=one,
        folds=len(groups),
        method="leave_days_out" if groups else "not_fitted",
    )


def _nothing_known(ground: Ground) -> Calibration:
    """Give the calibration of a town without a log: nothing was observed."""
    return Calibration(
        observed_s=np.full(ground.calls, np.nan),
        simulated_s=np.full((LUCK, ground.calls), np.nan),
        expected_s=np.full(ground.calls, np.nan),
        first_unit=("",) * ground.calls,
        observed_unit=("",) * ground.calls,
        trip_off_s=np.zeros(0),
        one_factor_off_s=np.zeros(0),
        folds=0,
        method="no_log",
    )


def _groups(ground: Ground, days: I8) -> list[I8]:
    """Give the groups of days that are left out in turn; none where trips are not fitted."""
    if ground.model.source != "log":
        return []
    groups = folds(np.unique(days).tolist(), most=MOST_FOLDS)
    trips = ground.whole_trips.day
    enough = all((~np.isin(trips, group)).sum() >= LEAST_TRIPS for group in groups)
    return groups if enough and len(groups) > 1 else []


def _model_without(ground: Ground, group: I8) -> TripModel:
    trips = ground.whole_trips
    others = trips.take(~np.isin(trips.day, group))
    return fit_trips(others, classes=len(ground.ranks), town_factor=ground.town.factor)


def _day_of(ground: Ground) -> I8:
    zone = ground.town.tz
    return np.array(
        [datetime.fromtimestamp(s, zone).toordinal() for s in ground.log.received_s.tolist()],
        np.int64,
    )


def _prepared(
    ground: Ground, base: Scenario, models: list[TripModel], *, seed: int
) -> list[Prepared]:
    """Give, for each model, the town as it is with the luck of trips and without it."""
    plan = deployment_of(ground, base)
    spots = spots_of(ground, [plan])
    travel_s = travel_of(ground, spots, Roads())
    world = world_of(ground, spots, travel_s, model=ground.model, roads=base.roads)
    built = build(ground, spots, plan, world, scenario=base)
    return [
        Prepared(
            chance=chance_of(base),
            world=with_model(world, model, roads=base.roads),
            fleet=built.fleet,
            policy=built.policy,
            calls=built.calls,
            model=used,
            seed=seed,
            duration_s=ground.duration_s,
        )
        for model in models
        for used in (model, replace(model, left_over_s=np.zeros(0)))
    ]


def _gather(
    ground: Ground, outcomes: dict[Job, Outcome], groups: list[I8], days: I8
) -> tuple[F8, F8, npt.NDArray[np.intp]]:
    """Take each day's calls from the run whose model did not see that day."""
    simulated = np.full((LUCK, ground.calls), np.nan)
    expected = np.full(ground.calls, np.nan)
    first = np.full(ground.calls, -1, np.intp)
    for fold, group in enumerate(groups):
        mine = np.isin(days, group)
        for luck in range(LUCK):
            simulated[luck, mine] = outcomes[2 * fold, luck].response_s[mine]
        expected[mine] = outcomes[2 * fold + 1, 0].response_s[mine]
        first[mine] = outcomes[2 * fold + 1, 0].first_unit[mine]
    return simulated, expected, first


def _trip_errors(ground: Ground, groups: list[I8], models: list[TripModel]) -> tuple[F8, F8]:
    trips = ground.whole_trips
    off = np.full(len(trips), np.nan)
    for group, model in zip(groups, models, strict=False):
        mine = np.isin(trips.day, group)
        off[mine] = expected_s(model, trips.take(mine)) - trips.observed_s[mine]
    one = ground.town.factor * trips.free_flow_s - trips.observed_s
    known = np.isfinite(off)
    return off[known], one[known]
