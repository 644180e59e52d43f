"""One deployment, two models: Larson's hypercube and the simulation must give one workload.

Where both say the same thing (Poisson calls, exponential service, the nearest free unit goes from
its post, the way there is no part of the service) the hypercube's exact workloads lie within the
simulation's confidence intervals, or one of the two is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from anlan.engine.queueing import Hypercube, solve_exact
from anlan.engine.simulation.log import F8, Bools
from anlan.engine.simulation.run import simulate
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.world import Fleet, Policy, World

NEGLIGIBLE_S = 0.5  # the longest way, where the way is no part of the service


@dataclass(frozen=True)
class CrossCheck:
    """Workloads by unit: `exact` by the hypercube, `simulated` with the interval's half `half`."""

    exact: F8
    simulated: F8
    half: F8
    lost_exact: float
    lost_simulated: float

    @property
    def agrees(self) -> Bools:
        """Tell, by unit, whether the exact workload lies within the simulation's interval."""
        return np.asarray(np.abs(self.exact - self.simulated) <= self.half, np.bool_)


def cross_check(
    travel_s: npt.ArrayLike,
    rate_per_hour: npt.ArrayLike,
    *,
    service_s: float,
    simulated_service_s: float | None = None,
    capacity: Literal["loss", "queue"] = "loss",
    replications: int = 20,
    calls: int = 4000,
    confidence: float = 0.999,
    seed: int = 1,
) -> CrossCheck:
    """Work a deployment out by both models; `travel_s[n, j]` is from unit n's post to area j.

    `simulated_service_s` gives the simulation another mean service, to see the check fail.
    """
    travel = np.asarray(travel_s, np.float64)
    rate = np.asarray(rate_per_hour, np.float64)
    exact = solve_exact(Hypercube.from_travel(travel, rate, service_s=service_s, capacity=capacity))
    world, fleet = _town(travel)
    policy = Policy(waits=capacity == "queue")
    spell = service_s if simulated_service_s is None else simulated_service_s
    loads, lost = np.empty((replications, len(travel))), np.empty(replications)
    for replication in range(replications):
        entropy = np.random.SeedSequence([seed, replication])
        rng = np.random.Generator(np.random.PCG64(entropy))
        stream = _stream(rate, spell, calls, len(travel), rng)
        trace = simulate(world, fleet, policy, stream)
        loads[replication] = trace.busy_s / trace.ends_s
        lost[replication] = (trace.unit < 0).mean()
    width = stats.t.ppf(0.5 + confidence / 2, replications - 1) / np.sqrt(replications)
    return CrossCheck(
        exact=exact.workload,
        simulated=loads.mean(0),
        half=width * loads.std(0, ddof=1),
        lost_exact=exact.loss,
        lost_simulated=float(lost.mean()),
    )


def _town(travel: F8) -> tuple[World, Fleet]:
    """Make a town where the ways keep their order and take no time to speak of."""
    units, areas = travel.shape
    longest = travel[np.isfinite(travel)].max(initial=1.0)
    between = np.full((units + areas, units + areas), NEGLIGIBLE_S)
    between[:units, units:] = travel / longest * NEGLIGIBLE_S
    between[units:, :units] = np.minimum(between[:units, units:].T, NEGLIGIBLE_S)
    np.fill_diagonal(between, 0.0)
    able = [frozenset({"unit"})] * units
    keys = [f"U{n}" for n in range(units)]
    return World(between), Fleet(keys, ["unit"] * units, able, np.arange(units))


def _stream(
    rate: F8, service_s: float, calls: int, units: int, rng: np.random.Generator
) -> CallStream:
    gaps = -np.log1p(-rng.random(calls)) * 3600.0 / rate.sum()
    received = np.round(np.cumsum(gaps), 3)
    share = np.cumsum(rate) / rate.sum()
    area = np.minimum(np.searchsorted(share, rng.random(calls), side="right"), len(rate) - 1)
    zero = np.zeros(calls, np.intp)
    return CallStream(
        received_s=received,
        place=(units + area).astype(np.intp),
        kind=zero,
        priority=zero,
        vocabulary=("unit",),
        call=np.arange(calls),
        capability=zero,
        asked_s=received,
        turnout_s=np.zeros(calls),
        on_scene_s=np.round(-np.log1p(-rng.random(calls)) * service_s, 3),
        handover_s=np.full(calls, np.nan),
    )
