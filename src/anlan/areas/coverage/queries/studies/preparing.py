"""Makes scenarios ready to run on one ground: all places once, a world for each road state."""

from __future__ import annotations

from collections.abc import Sequence

from anlan.areas.coverage.queries.studies.ground import Ground
from anlan.areas.coverage.queries.studies.worlds import (
    Built,
    Spots,
    build,
    chance_of,
    deployment_of,
    spots_of,
    travel_of,
    world_of,
)
from anlan.areas.coverage.rules.scenarios import Roads, Scenario
from anlan.engine.simulation.logged.outcomes import Prepared


def prepare_all(
    ground: Ground, scenarios: Sequence[Scenario], *, seed: int
) -> tuple[list[Built], Spots, list[Prepared]]:
    """Build each scenario; those on the same streets share one world, so calls stand alike."""
    plans = [deployment_of(ground, one) for one in scenarios]
    spots = spots_of(ground, plans)
    worlds = {}
    built, prepared = [], []
    for scenario, plan in zip(scenarios, plans, strict=True):
        roads: Roads = scenario.roads
        if roads not in worlds:
            travel_s = travel_of(ground, spots, roads)
            worlds[roads] = world_of(ground, spots, travel_s, model=ground.model, roads=roads)
        one = build(ground, spots, plan, worlds[roads], scenario=scenario)
        built.append(one)
        prepared.append(
            Prepared(
                chance=chance_of(scenario, times=ground.times),
                world=one.world,
                fleet=one.fleet,
                policy=one.policy,
                calls=one.calls,
                model=ground.model,
                seed=seed,
                duration_s=ground.duration_s,
            )
        )
    return built, spots, prepared
