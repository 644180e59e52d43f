"""Every answer of the hierarchy against scipy's Dijkstra on the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from tests.unit.engine.roads.drawn_towns import Town, make_graph, network_of, oracle_ms, towns

from anlan.engine.roads import Closure, NoRoute, RoadNetwork
from anlan.engine.roads.hierarchy import Weights


def expected(town: Town, closures: list[Closure]) -> np.ndarray:
    return np.array(
        [[oracle_ms(town.graph, closures, a, b) for b in town.targets] for a in town.origins]
    )


def check_all(asked, town: Town, closures: list[Closure]) -> None:
    """Compare every kind of answer, exactly."""
    want = expected(town, closures) * 0.001
    assert np.array_equal(asked.matrix(town.origins, town.targets), want)
    wider = asked.matrix(town.origins * 20, town.targets * 17)  # over 16 lanes
    assert np.array_equal(wider, np.tile(want, (20, 17)))
    for j, target in enumerate(town.targets):
        assert np.array_equal(asked.times_to(target, town.origins), want[:, j])
        # so many that all nodes are swept
        assert np.array_equal(asked.times_to(target, town.origins * 4), np.tile(want[:, j], 4))
    for i, origin in enumerate(town.origins):
        assert np.array_equal(asked.times_from(origin, town.targets), want[i])
        for j, target in enumerate(town.targets):
            check_route(asked, origin, target, want[i, j])


def check_route(asked, origin, target, want) -> None:
    if np.isinf(want):
        with pytest.raises(NoRoute, match="No open street"):
            asked.route(origin, target)
        return
    route = asked.route(origin, target)
    assert route.time_s == want
    assert sum(step.time_s for step in route.steps) == pytest.approx(want)
    assert len(route.lon) == len(route.lat) >= 2


@settings(max_examples=50, deadline=None)
@given(towns())
def test_open_streets_give_exact_times(town):
    check_all(network_of(town), town, [])


@settings(max_examples=50, deadline=None)
@given(towns())
def test_closures_give_exact_times_one_after_another(town):
    network = network_of(town)
    network.apply_closures(town.closures)
    check_all(network, town, town.closures)
    network.apply_closures(town.later)
    check_all(network, town, town.later)


@settings(max_examples=40, deadline=None)
@given(towns())
def test_closing_never_shortens_and_opening_restores(town):
    network = network_of(town)
    before = network.matrix(town.origins, town.targets)
    network.apply_closures(town.closures)
    assert (network.matrix(town.origins, town.targets) >= before).all()
    network.apply_closures([])
    assert np.array_equal(network.matrix(town.origins, town.targets), before)


@pytest.mark.parametrize("seed", range(8))
def test_repaired_weights_equal_weights_made_anew(seed):
    """On a grid of 100 corners, closures by direction; each arc is compared, not only answers."""
    rng = np.random.default_rng(seed)
    side = 10
    corner = np.arange(side * side).reshape(side, side)
    pairs = [*zip(corner[:, :-1].flat, corner[:, 1:].flat, strict=True)]
    pairs += [*zip(corner[:-1].flat, corner[1:].flat, strict=True)]
    streets = [(a, b, float(rng.integers(1, 9)), True, rng.random() < 0.7) for a, b in pairs]
    network = RoadNetwork.build(make_graph(side * side, streets))
    for _ in range(12):
        closures = [
            Closure(int(s), *side_named, speed_factor=float(rng.choice([0.0, 0.5])))
            for s in rng.choice(len(pairs), 6)
            for side_named in [((True, False), (False, True), (True, True))[rng.integers(3)]]
        ]
        weights = network.apply_closures(closures).weights
        anew = Weights.of(weights.shape, weights.cost)
        assert np.array_equal(weights.U, anew.U)
        assert np.array_equal(weights.D, anew.D)
