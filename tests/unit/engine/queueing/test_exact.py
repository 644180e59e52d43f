"""The exact hypercube: paper, publication, the generator written out, and laws it must obey."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.queueing.written_out import brute_force

from anlan.engine.queueing import (
    Hypercube,
    NotConverged,
    UnusableQueue,
    erlang_b,
    erlang_c,
    mean_wait,
    solve_exact,
)
from anlan.engine.queueing.exact import _stationary

# Larson & Odoni (1981), section 5.4.3: three servers; the rates are grouped by preference
PUBLISHED = dict(
    rate=[0.5, 0.25, 0.35, 0.4],
    preference=[[0, 1, 2], [0, 2, 1], [1, 0, 2], [2, 0, 1]],
    service_time=[1, 1, 1],
)


def random_town(seed, *, servers, areas=6, load=0.6, partial=False, capacity="loss", line=None):
    rng = np.random.default_rng(seed)
    preference = [list(rng.permutation(servers)) for _ in range(areas)]
    if partial:
        preference = [row[: rng.integers(1, servers + 1)] for row in preference]
    mu = rng.uniform(0.5, 2.0, servers)
    rate = rng.random(areas)
    rate *= load * mu.sum() / rate.sum()
    return Hypercube.of(
        rate,
        preference=preference,
        service_time=1 / mu,
        capacity=capacity,
        line=line,
        travel=rng.random((servers, areas)),
    )


def test_one_server_that_loses_calls_is_busy_a_over_one_plus_a():
    answer = solve_exact(Hypercube.of([2.0], preference=[[0]], service_time=[0.25]))
    assert answer.workload == pytest.approx([0.5 / 1.5], abs=1e-12)
    assert answer.loss == pytest.approx(0.5 / 1.5, abs=1e-12)
    assert answer.mean_wait == 0


def test_one_server_with_a_line_is_the_m_m_1_of_the_textbook():
    answer = solve_exact(
        Hypercube.of([2.0], preference=[[0]], service_time=[0.25], capacity="queue")
    )
    assert answer.workload == pytest.approx([0.5], abs=1e-12)
    assert answer.p_wait == pytest.approx(0.5, abs=1e-12)
    assert answer.mean_wait == pytest.approx(0.5 / (4 - 2), abs=1e-12)


def test_two_servers_on_paper():
    # all calls ask server 0 first, λ = μ = 1: p(none), p(0), p(1), p(both) = .4, .3, .1, .2:
    # into {1}: from {0, 1} at 1, out at 2 gives .1; into {0}: .4 + .2 over 2 gives .3
    answer = solve_exact(
        Hypercube.of([1.0], preference=[[0, 1]], service_time=[1, 1]), keep_states=True
    )
    assert answer.states == pytest.approx([0.4, 0.3, 0.1, 0.2], abs=1e-10)
    assert answer.share[:, 0] == pytest.approx([0.5, 0.3], abs=1e-10)
    assert answer.loss == pytest.approx(0.2, abs=1e-10)


def test_the_published_workloads_come_out():
    answer = solve_exact(Hypercube.of(**PUBLISHED, capacity="queue"))
    assert np.round(answer.workload, 4) == pytest.approx([0.5574, 0.4734, 0.4693])


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    servers=st.integers(1, 5),
    load=st.floats(0.05, 2.0),
    kind=st.sampled_from(["loss", "partial", "line"]),
)
def test_the_solver_agrees_with_the_generator_written_out(seed, servers, load, kind):
    line = {"loss": None, "partial": None, "line": 3}[kind]
    town = random_town(
        seed,
        servers=servers,
        load=load,
        partial=kind == "partial",
        capacity="queue" if line else "loss",
        line=line,
    )
    answer = solve_exact(town)
    workload, share, loss, wait, waited = brute_force(
        town.rate, town.preference, 1 / town.service_time, line or 0
    )
    assert answer.workload == pytest.approx(workload, abs=1e-8)
    assert answer.share == pytest.approx(share, abs=1e-8)
    assert (answer.loss, answer.p_wait) == pytest.approx((loss, wait), abs=1e-8)
    assert answer.mean_wait == pytest.approx(waited, abs=1e-8)


def test_a_team_larger_than_a_block_agrees_with_scipy():
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import spsolve

    town = random_town(3, servers=9, areas=12)
    answer = solve_exact(town, keep_states=True)
    size, mu = 1 << 9, 1 / town.service_time
    Q = np.zeros((size, size))
    for busy in range(size):
        for j, calls in enumerate(town.rate):
            for n in town.preference[j]:
                if not busy >> n & 1:
                    Q[busy, busy | 1 << n] += calls
                    break
        for n in range(9):
            if busy >> n & 1:
                Q[busy, busy ^ 1 << n] += mu[n]
    np.fill_diagonal(Q, -Q.sum(axis=1))
    square = Q.T.copy()
    square[-1] = 1.0
    expected = spsolve(csc_matrix(square), np.eye(size)[-1])
    assert answer.states == pytest.approx(expected, abs=1e-11)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), servers=st.integers(1, 8), load=st.floats(0.1, 0.95))
def test_alike_servers_obey_erlang_whatever_is_preferred(seed, servers, load):
    rng = np.random.default_rng(seed)
    preference = [list(rng.permutation(servers)) for _ in range(5)]
    rate = rng.random(5)
    rate *= load * servers / rate.sum()
    a = load * servers
    town = dict(rate=rate, preference=preference, service_time=np.ones(servers))
    lossy = solve_exact(Hypercube.of(**town))
    lined = solve_exact(Hypercube.of(**town, capacity="queue"))
    lost = erlang_b(a, servers=servers)
    assert lossy.loss == pytest.approx(lost, abs=1e-8)
    assert lossy.workload.sum() == pytest.approx(a * (1 - lost), abs=1e-8)
    assert lined.p_wait == pytest.approx(erlang_c(a, servers=servers), abs=1e-8)
    assert lined.workload.sum() == pytest.approx(a, abs=1e-8)
    assert lined.mean_wait == pytest.approx(
        mean_wait(a, servers=servers, service_time=1.0), abs=1e-7
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), servers=st.integers(2, 8), partial=st.booleans())
def test_each_server_is_busy_as_long_as_its_calls_take(seed, servers, partial):
    town = random_town(seed, servers=servers, partial=partial)
    answer = solve_exact(town)
    busy = (answer.share * town.rate).sum(axis=1) * town.service_time
    assert answer.workload == pytest.approx(busy, abs=1e-8)
    assert answer.loss == pytest.approx(
        1 - (answer.share * town.rate).sum() / town.rate.sum(), abs=1e-9
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), servers=st.integers(1, 7))
def test_one_more_server_never_loses_more_calls(seed, servers):
    few = random_town(seed, servers=servers)
    more = Hypercube.of(
        few.rate,
        preference=[[*row, servers] for row in few.preference],
        service_time=[*few.service_time, 1.0],
    )
    assert solve_exact(more).loss <= solve_exact(few).loss + 1e-9


def test_busy_times_by_area_are_met_by_the_calls_answered():
    rng = np.random.default_rng(5)
    travel = rng.uniform(60, 900, (6, 9))
    town = Hypercube.from_travel(
        travel, rng.uniform(0.1, 0.5, 9), service_s=1800, add_travel=True, capacity="queue"
    )
    answer = solve_exact(town)
    calls = answer.share * town.rate
    spent = (calls * town.service_time).sum(axis=1)
    assert answer.workload == pytest.approx(spent, rel=1e-7)
    assert answer.service_rate == pytest.approx(calls.sum(axis=1) / spent, rel=1e-7)
    assert "Mean busy times depend on the area" in answer.notes[0]


def test_units_go_from_their_posts_the_nearest_first_and_not_where_no_road_leads():
    town = Hypercube.from_travel([[100, 50], [100, inf], [20, 50]], [1.0, 0.5], service_s=1200)
    assert town.preference.tolist() == [[2, 0, 1], [0, 2, -1]]
    answer = solve_exact(town)
    assert answer.share[1, 1] == 0
    calls = answer.share * town.rate
    assert answer.mean_travel() == pytest.approx(
        (calls[0] @ [100, 50] + calls[1, 0] * 100 + calls[2] @ [20, 50]) / calls.sum()
    )
    assert answer.share_within(50) == pytest.approx(
        (calls[2].sum() + calls[0, 1]) / town.rate.sum()
    )
    assert answer.mean_travel_by_area()[1] == pytest.approx(50)
    assert answer.mean_travel_by_server()[1] == pytest.approx(100)
    assert answer.interdistrict() == pytest.approx(1 - (calls[2, 0] + calls[0, 1]) / calls.sum())


def test_a_server_nobody_asks_for_is_never_busy():
    answer = solve_exact(
        Hypercube.of([1.0, 0.0], preference=[[2], [1]], service_time=[1, 1, 1]), keep_states=True
    )
    assert answer.workload == pytest.approx([0, 0, 0.5], abs=1e-10)
    assert answer.states == pytest.approx([0.5, 0, 0, 0, 0.5, 0, 0, 0], abs=1e-10)
    assert answer.p_all_busy == 0
    # an area without calls would still find its server free
    assert answer.loss == pytest.approx(0.5, abs=1e-10)


def test_the_residual_is_the_imbalance_of_the_answer():
    town = random_town(8, servers=6)
    answer = solve_exact(town, tolerance=1e-6)
    precise = solve_exact(town, tolerance=1e-13)
    assert precise.residual < 1e-12 < answer.residual < 1e-5
    assert precise.iterations > answer.iterations


def test_a_solver_that_has_not_settled_says_so():
    with pytest.raises(NotConverged, match="had not settled after 2 iterations"):
        solve_exact(random_town(1, servers=8), max_iterations=2)
    with pytest.raises(NotConverged, match="stopped"):
        solve_exact(random_town(1, servers=8), stop=lambda: True)


def test_a_start_elsewhere_ends_at_the_same_answer():
    town = random_town(2, servers=7)
    mu = 1 / town.service_time
    far = np.random.default_rng(1).random(1 << 7)
    given = (town.rate, town.preference, mu, 1e-12, 500)
    plain, *_ = _stationary(*given, None, lambda: False)
    moved, *_ = _stationary(*given, far, lambda: False)
    assert moved == pytest.approx(plain, abs=1e-11)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"rate": [1, -1]}, "from 0 up"),
        ({"rate": [0, 0]}, "some area has calls"),
        ({"rate": []}, "one value an area"),
        ({"rate": ["x", 1]}, "no number"),
        ({"service_time": [1, 0]}, "above 0"),
        ({"service_time": [[1], [1]]}, "1 columns for 2 areas"),
        ({"preference": [[0, 1]]}, "1 preferences for 2 areas"),
        ({"preference": [[0, 2], [0, 1]]}, "not there"),
        ({"preference": [[0, 0], [0, 1]]}, "twice"),
        ({"travel": [[1, 2]]}, "2 rows"),
        ({"line": 3}, "leave line out"),
        ({"capacity": "queue", "line": -1}, "from 0 up"),
        ({"capacity": "wait"}, "loss or queue"),
        ({"capacity": "queue", "preference": [[0], [0, 1]]}, "cannot share a line"),
    ],
)
def test_a_question_that_cannot_be_used_is_refused_in_a_sentence(change, sentence):
    good = {"rate": [1, 1], "preference": [[0, 1], [1, 0]], "service_time": [1, 1]}
    with pytest.raises(UnusableQueue, match=sentence):
        Hypercube.of(**{**good, **change})


def test_a_line_that_grows_without_end_is_refused():
    with pytest.raises(UnusableQueue, match="grows without end"):
        solve_exact(Hypercube.of([2.0], preference=[[0]], service_time=[1], capacity="queue"))


def test_too_many_servers_are_sent_to_the_approximations():
    town = Hypercube.of([1.0], preference=[range(26)], service_time=np.ones(26))
    with pytest.raises(UnusableQueue, match="up to 25 servers, not 26"):
        solve_exact(town)
