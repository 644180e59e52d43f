"""Sites: on paper, by brute force, with an honest bound, and against published optima."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import floyd_warshall

from anlan.engine.siting import UnusableSiting, solve_p_median


def best_by_trying_all(
    cost: np.ndarray, weights: np.ndarray, p: int, existing: tuple[int, ...]
) -> float:
    return min(
        float((cost[:, sites].min(axis=1) * weights).sum())
        for sites in itertools.combinations(range(cost.shape[1]), p)
        if set(existing) <= set(sites)
    )


@st.composite
def towns(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, int, tuple[int, ...]]:
    demands, sites = draw(st.integers(1, 8)), draw(st.integers(1, 7))
    cost = np.array(
        draw(
            st.lists(
                st.lists(st.integers(0, 30), min_size=sites, max_size=sites),
                min_size=demands,
                max_size=demands,
            )
        ),
        float,
    )
    weights = np.array(draw(st.lists(st.integers(0, 5), min_size=demands, max_size=demands)), float)
    p = draw(st.integers(1, sites))
    existing = tuple(draw(st.sets(st.integers(0, sites - 1), max_size=p)))
    return cost, weights, p, existing


@settings(max_examples=150, deadline=None)
@given(towns())
def test_value_and_bound_enclose_the_optimum(town: tuple) -> None:
    cost, weights, p, existing = town
    best = best_by_trying_all(cost, weights, p, existing)
    found = solve_p_median(cost, weights, p, seed=1, existing=existing, restarts=3, bound_steps=60)
    assert found.value >= best - 1e-9
    assert found.bound is not None
    assert found.bound <= best + 1e-9
    assert found.value == pytest.approx((cost[:, found.sites].min(axis=1) * weights).sum())
    assert len(found.sites) == p
    assert set(existing) <= set(found.sites)
    if found.status == "optimal":
        assert found.value == pytest.approx(best)


@settings(max_examples=100, deadline=None)
@given(towns())
def test_no_single_swap_is_better(town: tuple) -> None:
    cost, weights, p, existing = town
    found = solve_p_median(cost, weights, p, seed=1, existing=existing)
    for out in set(found.sites) - set(existing):
        for into in set(range(cost.shape[1])) - set(found.sites):
            other = [*(set(found.sites) - {out}), into]
            assert (cost[:, other].min(axis=1) * weights).sum() >= found.value - 1e-6


def test_five_villages_on_a_line() -> None:
    # Villages at km 0, 1, 2, 10, 11, people 1 each: one post among the three, one among the two.
    at = np.array([0.0, 1, 2, 10, 11])
    cost = np.abs(at[:, None] - at[None, :])
    found = solve_p_median(cost, np.ones(5), 2, seed=0, bound_steps=200)
    assert found.value == 3.0
    assert found.sites[0] == 1
    assert found.sites[1] in (3, 4)
    kept = solve_p_median(cost, np.ones(5), 2, seed=0, existing=[0])
    assert kept.sites[0] == 0
    assert kept.value == 4.0


def test_swap_leaves_a_greedy_dead_end() -> None:
    # On 0, 1, 2, 3 (weights 2, 1, 1, 2) greedy takes an inner village first and ends with
    # {1, 3} at 3; the best is {0, 3} at 2.
    at = np.array([0.0, 1, 2, 3])
    cost = np.abs(at[:, None] - at[None, :])
    assert solve_p_median(cost, np.array([2.0, 1, 1, 2]), 2, seed=0).value == 2.0


def test_same_seed_gives_the_same_sites() -> None:
    cost = np.random.Generator(np.random.PCG64(5)).random((60, 40))
    first, again = (solve_p_median(cost, np.ones(60), 6, seed=3, restarts=4) for _ in range(2))
    assert first == again


def test_without_a_bound_nothing_is_called_optimal() -> None:
    found = solve_p_median(np.zeros((2, 2)), np.ones(2), 1, seed=0)
    assert (found.bound, found.status) == (None, "feasible")


@pytest.mark.parametrize(
    ("cost", "weights", "p", "existing", "words"),
    [
        ([[np.inf]], [1.0], 1, (), "not finite"),
        ([[-1.0]], [1.0], 1, (), "negative"),
        ([[1.0]], [1.0, 2.0], 1, (), "one weight per demand"),
        ([[1.0]], [np.nan], 1, (), "weight"),
        ([[1.0]], [1.0], 2, (), "from 1 to 1"),
        ([[1.0, 2.0]], [1.0], 1, (0, 1), "from 2 to 2"),
        ([[1.0]], [1.0], 1, (4,), "not a column"),
    ],
)
def test_unusable_siting_is_refused_in_a_sentence(
    cost: list, weights: list, p: int, existing: tuple[int, ...], words: str
) -> None:
    with pytest.raises(UnusableSiting, match=words):
        solve_p_median(np.array(cost), np.array(weights), p, seed=0, existing=existing)


def read_orlib(path: Path) -> tuple[np.ndarray, int]:
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    n, _, p = (int(word) for word in rows[0])
    cost = np.full((n, n), np.inf)
    np.fill_diagonal(cost, 0)
    for u, v, length in rows[1:]:
        cost[int(u) - 1, int(v) - 1] = cost[int(v) - 1, int(u) - 1] = float(length)
    return floyd_warshall(cost), p


@pytest.mark.parametrize("name", ["pmed1", "pmed6"])
def test_published_optimum_lies_between_bound_and_value(shared_data: Path, name: str) -> None:
    folder = shared_data / "bench" / "p-median"
    optima = dict(
        line.split()[:2]
        for line in (folder / "optima.txt").read_text().splitlines()
        if line.strip()
    )
    optimum = float(optima[name])
    cost, p = read_orlib(folder / f"{name}.txt")
    found = solve_p_median(cost, np.ones(len(cost)), p, seed=1, bound_steps=100)
    assert found.bound is not None
    assert found.bound <= optimum <= found.value
    assert found.value <= optimum * 1.02
