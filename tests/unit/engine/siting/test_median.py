"""p-median and maximal covering: on paper, by trying all, with proofs, against published optima."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.siting.cases import choices, counts, least, towns

from anlan.engine.siting import (
    MaximalCovering,
    PMedian,
    SitingProblem,
    UnusableSiting,
    solve,
)
from anlan.engine.siting.orlib import read_orlib


def median_value(problem: SitingProblem, sites: list[int]) -> float:
    return float((problem.weight * problem.cost[:, sites].min(axis=1)).sum())


def covered(problem: SitingProblem, sites: list[int], radius: float) -> float:
    return float(problem.weight[(problem.cost[:, sites] <= radius).any(axis=1)].sum())


@settings(max_examples=120, deadline=None)
@given(towns(), st.data())
def test_the_proven_p_median_is_the_best_of_all_choices(
    problem: SitingProblem, data: st.DataObject
) -> None:
    p = data.draw(counts(problem))
    best = least(choices(problem, p), lambda sites: median_value(problem, sites))
    found = solve(problem, PMedian(p), seed=1)
    assert found.optimal
    assert found.value == pytest.approx(best)
    assert found.value == pytest.approx(median_value(problem, list(found.sites)))
    assert len(found.sites) == p
    assert set(problem.existing) <= set(found.sites)
    assert not set(problem.forbidden) & set(found.sites)


@settings(max_examples=60, deadline=None)
@given(towns(), st.data())
def test_a_fixed_amount_of_work_encloses_the_optimum(
    problem: SitingProblem, data: st.DataObject
) -> None:
    p = data.draw(counts(problem))
    best = least(choices(problem, p), lambda sites: median_value(problem, sites))
    found = solve(problem, PMedian(p), seed=1, prove=False)
    assert found.bound is not None
    assert found.bound <= best + 1e-9 <= found.value + 2e-9


@settings(max_examples=60, deadline=None)
@given(towns(unreachable=True), st.data())
def test_maximal_covering_by_steps_is_the_best_of_all_choices(
    problem: SitingProblem, data: st.DataObject
) -> None:
    p = data.draw(counts(problem))
    steps = MaximalCovering(p, radius=(8, 20), share=(1, 0.4))

    def value(sites: list[int]) -> float:
        nearest = problem.cost[:, sites].min(axis=1)
        share = np.where(nearest <= 8, 1.0, np.where(nearest <= 20, 0.4, 0.0))
        return float((problem.weight * share).sum())

    best = max(value(list(sites)) for sites in choices(problem, p))
    found = solve(problem, steps, seed=1)
    assert found.optimal
    assert found.value == pytest.approx(best)
    assert found.value == pytest.approx(value(list(found.sites)))


@settings(max_examples=40, deadline=None)
@given(towns(sites=7), st.integers(0, 30))
def test_one_more_post_never_hurts_and_a_forbidden_site_never_helps(
    problem: SitingProblem, radius: int
) -> None:
    p = max(1, len(problem.existing))
    if p == len(problem.open_sites):
        return
    median = solve(problem, PMedian(p), seed=1).value
    cover = solve(problem, MaximalCovering(p, radius=radius), seed=1).value
    assert solve(problem, PMedian(p + 1), seed=1).value <= median + 1e-9
    assert solve(problem, MaximalCovering(p + 1, radius=radius), seed=1).value >= cover - 1e-9
    fewer = SitingProblem(
        problem.cost,
        weights=problem.weights,
        existing=problem.existing,
        forbidden=(*problem.forbidden, int(problem.new_sites[0])),
    )
    if len(fewer.open_sites) >= p:
        assert solve(fewer, PMedian(p), seed=1).value >= median - 1e-9
        assert solve(fewer, MaximalCovering(p, radius=radius), seed=1).value <= cover + 1e-9


def test_five_villages_on_a_line() -> None:
    # Villages at km 0, 1, 2, 10, 11, people 1 each: one post among the three, one among the two.
    at = np.array([0.0, 1, 2, 10, 11])
    villages = np.abs(at[:, None] - at[None, :])
    found = solve(SitingProblem(villages), PMedian(2))
    assert (found.value, found.bound, found.status) == (3.0, 3.0, "optimal")
    assert found.sites[0] == 1
    assert found.sites[1] in (3, 4)
    kept = solve(SitingProblem(villages, existing=[0]), PMedian(2))
    assert (kept.sites[0], kept.value) == (0, 4.0)
    # Within 1 km one post covers km 0–2, or km 10–11; half of what lies within 8 km is more.
    assert solve(SitingProblem(villages), MaximalCovering(1, radius=1)).sites == (1,)
    steps = solve(SitingProblem(villages), MaximalCovering(1, radius=(1, 9), share=(1, 0.5)))
    assert (steps.sites, steps.value) == ((1,), 3.5)


def test_swaps_leave_a_greedy_dead_end() -> None:
    # On 0, 1, 2, 3 (weights 2, 1, 1, 2) greedy takes an inner village first and ends with
    # {1, 3} at 3; the best is {0, 3} at 2.
    at = np.array([0.0, 1, 2, 3])
    cost = np.abs(at[:, None] - at[None, :])
    problem = SitingProblem(cost, weights=np.array([2.0, 1, 1, 2]))
    assert solve(problem, PMedian(2), prove=False).value == 2.0


def test_no_single_swap_is_better_than_what_a_fixed_amount_of_work_finds() -> None:
    cost = np.random.Generator(np.random.PCG64(8)).random((50, 30))
    problem = SitingProblem(cost, existing=[3])
    found = solve(problem, PMedian(5), seed=1, prove=False)
    for out, into in itertools.product(set(found.sites) - {3}, set(range(30)) - set(found.sites)):
        assert median_value(problem, [*(set(found.sites) - {out}), into]) >= found.value - 1e-9


def test_same_seed_gives_the_same_sites() -> None:
    cost = np.random.Generator(np.random.PCG64(5)).random((60, 40))
    first, again = (solve(SitingProblem(cost), PMedian(6), seed=3) for _ in range(2))
    assert first == again
    assert first.optimal


def test_a_stopped_search_says_the_gap_and_never_optimal() -> None:
    cost = np.random.Generator(np.random.PCG64(6)).random((80, 60))
    stopped = solve(SitingProblem(cost), PMedian(7), seed=1, stop=lambda: True)
    best = solve(SitingProblem(cost), PMedian(7), seed=1)
    assert stopped.status == "feasible"
    assert stopped.bound is not None
    assert stopped.gap is not None
    assert stopped.bound <= best.value <= stopped.value
    assert stopped.value * (1 - stopped.gap) == pytest.approx(stopped.bound)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SitingProblem(np.array([[-1.0]])), "negative"),
        (lambda: SitingProblem(np.array([[np.nan]])), "no number"),
        (lambda: SitingProblem(np.array([1.0])), "demand × site"),
        (lambda: SitingProblem([["a"]]), "no array"),  # type: ignore[arg-type]
        (lambda: SitingProblem(np.ones((1, 1)), weights=np.ones(2)), "one weight per demand"),
        (lambda: SitingProblem(np.ones((1, 1)), weights=np.array([np.inf])), "weight"),
        (lambda: SitingProblem(np.ones((1, 1)), capacity=np.array([-1.0])), "capacity"),
        (lambda: SitingProblem(np.ones((1, 1)), existing=(4,)), "not a column"),
        (lambda: SitingProblem(np.ones((1, 2)), existing=(0, 0)), "twice"),
        (lambda: SitingProblem(np.ones((1, 2)), existing=[1], forbidden=[1]), "both"),
        (lambda: PMedian(), "p or a budget"),
        (lambda: PMedian(1, budget=2), "p or a budget"),
        (lambda: MaximalCovering(1, radius=-1), "radius"),
        (lambda: MaximalCovering(1, radius=(2, 1), share=(1, 1)), "rising"),
        (lambda: MaximalCovering(1, radius=(1, 2), share=(0.5, 1)), "do not rise"),
        (lambda: MaximalCovering(1, radius=(1, 2)), "one share per radius"),
        (lambda: solve(SitingProblem(np.ones((1, 1))), PMedian(2)), "from 1 to 1"),
        (lambda: solve(SitingProblem(np.ones((1, 2)), existing=(0, 1)), PMedian(1)), "from 2 to 2"),
        (lambda: solve(SitingProblem(np.array([[np.inf]])), PMedian(1)), "cap unreachable"),
    ],
)
def test_unusable_siting_is_refused_in_a_sentence(make: object, words: str) -> None:
    with pytest.raises(UnusableSiting, match=words):
        make()  # type: ignore[operator]


def published(folder: Path, file: str) -> dict[str, float]:
    """Read what is published for each instance."""
    lines = (folder / file).read_text().splitlines()[1:]
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.strip()}


@pytest.mark.parametrize("name", [f"pmed{number}" for number in (1, 3, 6, 10, 15, 18, 20)])
def test_published_optima_are_reached_with_a_proof(shared_data: Path, name: str) -> None:
    folder = shared_data / "bench" / "p-median"
    graph = read_orlib(folder / f"{name}.txt")
    found = solve(SitingProblem(graph.cost), PMedian(graph.p), seed=1)
    assert found.optimal
    assert found.value == found.bound == published(folder, "optima.txt")[name]
