"""The simulation agrees with queueing theory within its intervals, and the check can fail."""

from __future__ import annotations

import numpy as np
import pytest

from anlan.engine.queueing import erlang_b
from anlan.engine.simulation.cross_check import cross_check

RNG = np.random.default_rng(5)
TRAVEL = RNG.random((5, 12)) * 600
RATE = RNG.random(12) * 0.9


@pytest.mark.parametrize("capacity", ["loss", "queue"])
def test_simulated_workloads_hold_the_hypercubes_exact_ones(capacity: str) -> None:
    found = cross_check(TRAVEL, RATE, service_s=1800, capacity=capacity)  # type: ignore[arg-type]
    assert found.agrees.all(), (found.exact, found.simulated, found.half)
    assert (found.half < 0.02).all()  # an interval that holds everything would say nothing


def test_a_disagreement_beyond_the_interval_is_found() -> None:
    found = cross_check(TRAVEL, RATE, service_s=1800, simulated_service_s=1980)
    assert not found.agrees.all()


def test_the_share_of_lost_calls_is_erlangs() -> None:
    found = cross_check(TRAVEL, RATE, service_s=1800)
    assert found.lost_exact == pytest.approx(erlang_b(RATE.sum() * 0.5, servers=5), abs=1e-6)
    assert found.lost_simulated == pytest.approx(found.lost_exact, abs=0.01)
