"""Larson's and Jarvis's approximations: what they print is published, and near the exact answer."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from tests.unit.engine.queueing.test_exact import PUBLISHED, random_town

from anlan.engine.queueing import (
    Hypercube,
    UnusableQueue,
    correction,
    erlang_b,
    erlang_c,
    solve_exact,
    solve_jarvis,
    solve_larson,
)


def test_the_published_correction_factors_come_out():
    assert correction(0.5, servers=3, line=inf) == pytest.approx([1, 0.73684, 0.63158], abs=5e-6)


def test_the_published_approximate_workloads_come_out():
    answer = solve_larson(Hypercube.of(**PUBLISHED, capacity="queue"))
    # the book prints .5627 .4716 .4657; our group rates are inferred (docs/method/queueing.md)
    assert np.round(answer.workload, 4) == pytest.approx([0.5626, 0.4717, 0.4657])
    assert answer.error.max_abs == pytest.approx(0.5626 - 0.5574, abs=1e-4)


@pytest.mark.parametrize("line", [0.0, inf, 4.0])
def test_the_first_server_asked_needs_no_correction(line):
    assert correction(0.7, servers=6, line=line)[0] == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("solve", [solve_larson, solve_jarvis])
@pytest.mark.parametrize("capacity", ["loss", "queue"])
def test_alike_servers_asked_alike_are_approximated_without_error(solve, capacity):
    ring = [[(j + k) % 5 for k in range(5)] for j in range(5)]
    town = Hypercube.of(
        np.full(5, 0.6), preference=ring, service_time=np.ones(5), capacity=capacity
    )
    answer = solve(town)
    assert answer.error.max_abs < 1e-9
    expected = erlang_b(3, servers=5) if capacity == "loss" else erlang_c(3, servers=5)
    assert (answer.loss if capacity == "loss" else answer.p_wait) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("capacity", ["loss", "queue"])
def test_the_error_printed_is_the_distance_from_the_exact_answer(seed, capacity):
    town = random_town(seed, servers=6, capacity=capacity)
    answer, exact = solve_jarvis(town), solve_exact(town)
    off = np.abs(answer.workload - exact.workload)
    assert answer.error.max_abs == pytest.approx(off.max(), abs=1e-9)
    assert answer.error.mean_abs == pytest.approx(off.mean(), abs=1e-9)
    assert off.max() < 0.06
    assert np.abs(answer.share - exact.share).max() == pytest.approx(answer.error.share_max_abs)


@pytest.mark.parametrize("capacity", ["loss", "queue"])
def test_every_call_is_answered_or_lost(capacity):
    rng = np.random.default_rng(2)
    travel = rng.uniform(60, 900, (30, 80))
    town = Hypercube.from_travel(
        travel, rng.uniform(0.1, 0.5, 80), service_s=1800, add_travel=True, capacity=capacity
    )
    answer = solve_jarvis(town)
    assert answer.share.sum(axis=0) == pytest.approx(np.full(80, 1 - answer.loss))
    assert answer.error is None
    assert "not measured here" in answer.notes[0]


def test_a_large_team_is_approximated_without_overflow():
    rng = np.random.default_rng(2)
    town = Hypercube.from_travel(
        rng.uniform(60, 900, (400, 50)), rng.uniform(1, 9, 50), service_s=3600
    )
    answer = solve_larson(town, measure=False)
    assert np.isfinite(answer.workload).all()
    assert answer.loss == pytest.approx(erlang_b(town.rate.sum(), servers=400), abs=1e-12)


def test_larson_refuses_busy_times_that_differ():
    with pytest.raises(UnusableQueue, match="use jarvis"):
        solve_larson(Hypercube.of([1.0], preference=[[0, 1]], service_time=[1, 2]))


def test_short_preferences_are_approximated_and_said_to_be_unpublished():
    town = Hypercube.of([0.4, 0.3], preference=[[0], [1, 0]], service_time=[1, 1])
    answer = solve_jarvis(town)
    assert "Not published" in answer.notes[0]
    assert answer.error.max_abs < 0.1
    assert 0 < answer.loss < 1
