"""Calls that want several servers: paper, the generator written out, and events played through."""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.queueing.test_exact import random_town
from tests.unit.engine.queueing.written_out import stationary

from anlan.engine.queueing import Hypercube, UnusableQueue, solve_exact, solve_several


def written_out(town, units):
    """Give (p, sent, met) state by state."""
    N, size = town.servers, 1 << town.servers
    Q, goes = np.zeros((size, size)), {}
    for busy in range(size):
        for j, calls in enumerate(town.rate):
            free = [n for n in town.preference[j] if n >= 0 and not busy >> n & 1][: units[j]]
            goes[busy, j] = free
            if free:
                Q[busy, busy | sum(1 << int(n) for n in free)] += calls
        for n in range(N):
            if busy >> n & 1:
                Q[busy, busy ^ 1 << n] += 1 / town.service_time[n]
    np.fill_diagonal(Q, -Q.sum(axis=1))
    p = stationary(Q)
    sent, met = np.zeros((N, town.areas)), np.zeros(town.areas)
    for (busy, j), free in goes.items():
        sent[free, j] += p[busy]
        met[j] += p[busy] * (len(free) == units[j])
    return p, sent, met


def played(town, units, *, calls, seed):
    """Play calls and services one by one: (workload, share met, share lost)."""
    rng = np.random.default_rng(seed)
    free, ends, now = [True] * town.servers, [], 0.0
    busy_for = np.zeros(town.servers)
    met = np.zeros(town.areas)
    seen, lost = np.zeros(town.areas), np.zeros(town.areas)
    areas = rng.choice(town.areas, calls, p=town.rate / town.rate.sum())
    gaps = rng.exponential(1 / town.rate.sum(), calls)
    for j, gap in zip(areas, gaps, strict=True):
        now += gap
        while ends and ends[0][0] <= now:
            free[heappop(ends)[1]] = True
        going = [n for n in town.preference[j] if free[n]][: units[j]]
        for n in going:
            takes = rng.exponential(town.service_time[n])
            free[n] = False
            busy_for[n] += takes
            heappush(ends, (now + takes, n))
        seen[j] += 1
        met[j] += len(going) == units[j]
        lost[j] += not going
    return busy_for / now, met / seen, lost / seen


def test_two_servers_that_always_go_together_on_paper():
    # λ = μ = 1, both wanted, one comes where one is free. Balance at none: p0 = p1 (one ends);
    # at both: 2·p2 = p0 + p1; so a third each, and “one” is either of the two alike
    town = Hypercube.of([1.0], preference=[[0, 1]], service_time=[1, 1])
    answer = solve_several(town, units=[2])
    assert answer.states == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 3], abs=1e-9)
    assert answer.met == pytest.approx([1 / 3], abs=1e-9)
    assert answer.short == pytest.approx([1 / 3], abs=1e-9)
    assert answer.lost == pytest.approx([1 / 3], abs=1e-9)
    assert answer.first[:, 0] == pytest.approx([1 / 3 + 1 / 6, 1 / 6], abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    servers=st.integers(1, 6),
    load=st.floats(0.1, 1.2),
    partial=st.booleans(),
)
def test_the_solver_agrees_with_the_generator_written_out(seed, servers, load, partial):
    town = random_town(seed, servers=servers, load=load, partial=partial)
    units = np.random.default_rng(seed).integers(1, 4, town.areas)
    answer = solve_several(town, units=units)
    p, sent, met = written_out(town, units)
    assert answer.states == pytest.approx(p, abs=1e-8)
    assert answer.sent == pytest.approx(sent, abs=1e-8)
    assert answer.met == pytest.approx(met, abs=1e-8)
    assert answer.met + answer.short + answer.lost == pytest.approx(np.ones(town.areas))
    assert answer.workload == pytest.approx((sent * town.rate).sum(axis=1) * town.service_time)


def test_calls_that_want_one_server_are_the_plain_hypercube():
    town = random_town(4, servers=8)
    several = solve_several(town, units=np.ones(town.areas, int))
    plain = solve_exact(town)
    assert several.workload == pytest.approx(plain.workload, abs=1e-9)
    assert several.sent == pytest.approx(plain.share, abs=1e-9)
    assert several.first == pytest.approx(plain.share, abs=1e-9)
    assert several.loss == pytest.approx(plain.loss, abs=1e-9)


def test_events_played_through_come_to_the_same():
    town = random_town(11, servers=5, areas=4, load=0.4)
    units = [1, 2, 3, 2]
    answer = solve_several(town, units=units)
    workload, met, lost = played(town, units, calls=120_000, seed=1)
    # about four standard errors of 120,000 calls, which depend on each other
    assert workload == pytest.approx(answer.workload, abs=0.012)
    assert met == pytest.approx(answer.met, abs=0.02)
    assert lost == pytest.approx(answer.lost, abs=0.02)


def test_what_cannot_be_solved_is_refused():
    town = random_town(1, servers=3)
    with pytest.raises(UnusableQueue, match="from 1 up for each area"):
        solve_several(town, units=[0] * town.areas)
    with pytest.raises(UnusableQueue, match="lost, not kept waiting"):
        solve_several(random_town(1, servers=3, capacity="queue"), units=[1] * 6)
    with pytest.raises(UnusableQueue, match="up to 16"):
        solve_several(random_town(1, servers=17), units=[1] * 6)
    by_area = Hypercube.from_travel([[60, 90]], [1, 1], service_s=900, add_travel=True)
    with pytest.raises(UnusableQueue, match="one mean busy time"):
        solve_several(by_area, units=[1, 1])
