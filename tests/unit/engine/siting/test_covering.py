"""Set covering, p-center, backup, expected and double cover: on paper, by trying all, published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.siting.cases import affordable, choices, counts, least, placements, towns
from tests.unit.engine.siting.test_median import published

from anlan.engine.siting import (
    BackupCovering,
    DoubleStandard,
    ExpectedCovering,
    MaximalCovering,
    Model,
    NoSuchSiting,
    PCenter,
    PMedian,
    SetCovering,
    SitingProblem,
    SitingResult,
    UnusableSiting,
    solve,
)
from anlan.engine.siting.coverage import fewer_columns, fewer_rows, reach
from anlan.engine.siting.orlib import read_orlib
from anlan.engine.siting.setcover import Cover

EXAMPLES = settings(max_examples=50, deadline=None)
AT = np.array([0.0, 1, 2, 10, 11])
VILLAGES = SitingProblem(np.abs(AT[:, None] - AT[None, :]))  # five villages on a road, km 0 to 11


def answer(problem: SitingProblem, model: Model) -> SitingResult | None:
    """Solve; None where no choice keeps the conditions."""
    try:
        return solve(problem, model, seed=1)
    except NoSuchSiting:
        return None


def check(found: SitingResult | None, best: float, problem: SitingProblem) -> None:
    """Compare with the best of all choices, infinite where there is none."""
    if not np.isfinite(best):
        assert found is None
        return
    assert found is not None
    assert found.optimal
    assert found.value == pytest.approx(best)
    assert found.bound == found.value
    assert set(problem.existing) <= set(found.sites)
    assert not set(problem.forbidden) & set(found.sites)


@EXAMPLES
@given(towns(unreachable=True), st.integers(0, 30), st.booleans())
def test_set_covering_is_the_best_of_all_choices(
    problem: SitingProblem, radius: int, priced: bool
) -> None:
    if not priced:
        problem = SitingProblem(
            problem.cost,
            weights=problem.weights,
            existing=problem.existing,
            forbidden=problem.forbidden,
        )

    def value(sites: list[int]) -> float:
        rows = problem.cost[problem.weight > 0]
        if len(rows) and not (rows[:, sites] <= radius).any(axis=1).all():
            return np.inf
        new = [site for site in sites if site not in problem.existing]
        return float(len(sites)) if problem.site_cost is None else problem.site_cost[new].sum()

    best = least(affordable(priced_by_one(problem), np.inf), value)
    if not (problem.weight > 0).any() and not problem.existing:
        best = 0.0  # nobody needs a site
    check(answer(problem, SetCovering(radius)), best, problem)


def priced_by_one(problem: SitingProblem) -> SitingProblem:
    return SitingProblem(
        problem.cost,
        existing=problem.existing,
        forbidden=problem.forbidden,
        site_cost=np.ones(problem.sites),
    )


@EXAMPLES
@given(towns(unreachable=True), st.data())
def test_the_p_center_is_the_best_of_all_choices(
    problem: SitingProblem, data: st.DataObject
) -> None:
    rows = problem.cost[problem.weight > 0]

    def value(sites: list[int]) -> float:
        return float(rows[:, sites].min(axis=1).max(initial=0.0))

    p = data.draw(counts(problem))
    found = answer(problem, PCenter(p))
    check(found, least(choices(problem, p), value), problem)
    if found is not None:
        assert len(found.sites) == p
        assert value(list(found.sites)) == found.value
    budget = data.draw(st.integers(0, 9))
    best = least(affordable(problem, budget), value)
    check(answer(problem, PCenter(budget=budget)), best, problem)


@EXAMPLES
@given(towns(unreachable=True, sites=5), st.data())
def test_expected_and_backup_cover_are_the_best_of_all_placements(
    problem: SitingProblem, data: st.DataObject
) -> None:
    units = data.draw(st.integers(max(1, len(problem.existing)), 4 + len(problem.existing)))
    near = problem.cost <= 12
    every = list(placements(problem, units, units))
    expected = max((problem.weight * (1 - 0.3 ** (near @ held))).sum() for held in every)
    check(answer(problem, ExpectedCovering(units, radius=12, busy=0.3)), expected, problem)

    pairs = list(placements(problem, units, 2))
    one, two = (problem.weight > 0), problem.weight
    twice = [float(two[near @ held >= 2].sum()) for held in pairs if (near @ held >= 1)[one].all()]
    goal = [0.4 * two[near @ held >= 1].sum() + 0.6 * two[near @ held >= 2].sum() for held in pairs]
    if not pairs:
        with pytest.raises(UnusableSiting, match="can't be placed"):
            solve(problem, BackupCovering(units, radius=12, per_site=2))
        return
    worst = max(twice, default=np.inf)
    check(answer(problem, BackupCovering(units, radius=12, per_site=2)), worst, problem)
    both = BackupCovering(units, radius=12, first_share=0.4, per_site=2)
    check(answer(problem, both), max(goal), problem)


@EXAMPLES
@given(towns(sites=5), st.data())
def test_the_double_standard_is_the_best_of_all_placements(
    problem: SitingProblem, data: st.DataObject
) -> None:
    units = data.draw(st.integers(max(1, len(problem.existing)), 2 * len(problem.open_sites)))
    share = data.draw(st.sampled_from([0.0, 0.5, 0.8, 1.0]))
    near, far, weight = problem.cost <= 12, problem.cost <= 22, problem.weight
    kept = [
        float(weight[near @ held >= 2].sum())
        for held in placements(problem, units, 2)
        if (far @ held >= 1)[weight > 0].all()
        and weight[near @ held >= 1].sum() >= share * weight.sum() - 1e-9
    ]
    model = DoubleStandard(units, near=12, far=22, share=share, per_site=2)
    check(answer(problem, model), max(kept, default=np.inf), problem)


@EXAMPLES
@given(towns(sites=5), st.integers(0, 10))
def test_a_budget_is_spent_best(problem: SitingProblem, budget: int) -> None:
    def median(sites: list[int]) -> float:
        return float((problem.weight * problem.cost[:, sites].min(axis=1)).sum())

    def lost(sites: list[int]) -> float:
        nearest = problem.cost[:, sites].min(axis=1)
        share = np.where(nearest <= 8, 0.0, np.where(nearest <= 20, 0.6, 1.0))
        return float((problem.weight * share).sum())

    if (problem.weight > 0).any():
        best = least(affordable(problem, budget), median)
        check(answer(problem, PMedian(budget=budget)), best, problem)
    total = float(problem.weight.sum())
    best = total - min(least(affordable(problem, budget), lost), total)
    steps = MaximalCovering(budget=budget, radius=(8, 20), share=(1, 0.4))
    check(answer(problem, steps), best, problem)


@EXAMPLES
@given(towns(demands=5, sites=4), st.data())
def test_capacities_of_undivided_demands_are_kept(
    problem: SitingProblem, data: st.DataObject
) -> None:
    room = data.draw(st.lists(st.integers(0, 12), min_size=problem.sites, max_size=problem.sites))
    held = SitingProblem(
        problem.cost,
        weights=problem.weights,
        existing=problem.existing,
        forbidden=problem.forbidden,
        capacity=np.array(room, float),
    )
    p = data.draw(counts(problem))
    rows = [i for i in range(problem.demands) if problem.weight[i] > 0]
    median, covered = np.inf, 0.0
    for sites in choices(problem, p):
        for served in np.ndindex(*([len(sites) + 1] * len(rows))):
            load = dict.fromkeys(sites, 0.0)
            cost = cover = 0.0
            for i, at in zip(rows, served, strict=True):
                if at == len(sites):
                    cost = np.inf
                    continue
                load[sites[at]] += problem.weight[i]
                cost += problem.weight[i] * problem.cost[i, sites[at]]
                cover += problem.weight[i] * (problem.cost[i, sites[at]] <= 12)
            if all(load[site] <= room[site] for site in sites):
                median, covered = min(median, cost), max(covered, cover)
    check(answer(held, PMedian(p, divisible=False)), median, held)
    check(answer(held, MaximalCovering(p, radius=12, divisible=False)), covered, held)
    divided = answer(held, PMedian(p))
    if np.isfinite(median):
        assert divided is not None
        assert divided.value <= median + 1e-6


@EXAMPLES
@given(towns(unreachable=True), st.integers(0, 30))
def test_dropping_rows_and_columns_changes_no_cover(problem: SitingProblem, radius: int) -> None:
    everyone = SitingProblem(problem.cost)
    near = reach(everyone, np.arange(problem.sites), (radius,)).near
    rows = fewer_rows(near)
    for pick in range(2**problem.sites):
        sites = [j for j in range(problem.sites) if pick >> j & 1]
        whole = near[:, sites].any(axis=1).all()
        assert near[rows][:, sites].any(axis=1).all() == whole
    kept = fewer_columns(near, np.ones(problem.sites))
    for j in range(problem.sites):
        assert any((near[:, j] <= near[:, k]).all() for k in kept)


@EXAMPLES
@given(towns(), st.integers(0, 30))
def test_demands_that_share_no_site_never_ask_for_more_than_a_cover_costs(
    problem: SitingProblem, radius: int
) -> None:
    near, price = problem.cost <= radius, np.ones(problem.sites)
    floor = Cover(problem, near, price).packing()
    rows = problem.weight > 0
    for sites in affordable(priced_by_one(problem), np.inf):
        if near[rows][:, list(sites)].any(axis=1).all():
            assert floor <= len(sites) - len(problem.existing)


@EXAMPLES
@given(towns(sites=5), st.integers(1, 12))
def test_more_posts_and_wider_radii_never_hurt(problem: SitingProblem, radius: int) -> None:
    p = max(1, len(problem.existing))
    if p < len(problem.open_sites):
        assert solve(problem, PCenter(p + 1)).value <= solve(problem, PCenter(p)).value
    more = [
        solve(problem, ExpectedCovering(p + k, radius=radius, busy=0.4)).value for k in range(3)
    ]
    assert more == sorted(more)
    near, wide = answer(problem, SetCovering(radius)), answer(problem, SetCovering(2 * radius))
    if near is not None:
        assert wide is not None
        assert wide.value <= near.value


def test_villages_on_a_road_on_paper() -> None:
    # Two centres: km 1 and one of km 10, 11; the farthest is 1 km away. One: km 2, 9 km.
    assert solve(VILLAGES, PCenter(2)).value == 1.0
    assert (solve(VILLAGES, PCenter(1)).value, solve(VILLAGES, PCenter(1)).sites) == (9.0, (2,))
    # Within 1 km of all: km 1 and one of the two; with km 0 kept, km 2 needs one more.
    assert solve(VILLAGES, SetCovering(1)).value == 2
    kept = SitingProblem(VILLAGES.cost, existing=[0])
    assert solve(kept, SetCovering(1)).value == 3
    # MEXCLP, busy half the time, 1 km: 3 villages × 1/2 with one unit; the second unit at the same
    # place adds 3 × 1/4, at the two others 2 × 1/2; the third unit then 3/4 at km 1.
    assert solve(VILLAGES, ExpectedCovering(1, radius=1, busy=0.5)).value == 1.5
    assert solve(VILLAGES, ExpectedCovering(2, radius=1, busy=0.5)).value == 2.5
    third = solve(VILLAGES, ExpectedCovering(3, radius=1, busy=0.5))
    assert (third.value, third.sites[0], third.units[0]) == (3.25, 1, 2)
    # BACOP1 with 4 sites of 1 km: km 10 and 11 cover each other; two of the three cover km 1 twice
    # and one of its neighbours.
    assert solve(VILLAGES, BackupCovering(4, radius=1)).value == 4.0
    # DSM: 3 units, near 1, far 9: one at km 1 and one at km 10 must be, the third doubles most.
    double = solve(VILLAGES, DoubleStandard(3, near=1, far=9, share=1))
    assert (double.value, double.units) == (2.0, (1, 1, 1))
    stacked = solve(VILLAGES, DoubleStandard(3, near=1, far=9, share=1, per_site=2))
    assert stacked.value == 3.0


@pytest.mark.parametrize("name", ["pmed1", "pmed5", "pmed10", "pmed20"])
def test_published_radii_are_reached_with_a_proof(shared_data: Path, name: str) -> None:
    folder = shared_data / "bench" / "p-median"
    graph = read_orlib(folder / f"{name}.txt")
    found = solve(SitingProblem(graph.cost), PCenter(graph.p), seed=1)
    assert found.optimal
    assert found.value == published(folder, "p_center.txt")[name]


def test_a_hard_covering_is_proven_by_highs_after_the_swaps(shared_data: Path) -> None:
    graph = read_orlib(shared_data / "bench" / "p-median" / "pmed13.txt")
    weights = np.random.Generator(np.random.PCG64(13)).random(len(graph.cost))
    problem = SitingProblem(graph.cost, weights=weights)
    quick = solve(problem, MaximalCovering(10, radius=30), prove=False)
    proven = solve(problem, MaximalCovering(10, radius=30))
    assert quick.bound is not None
    assert proven.optimal
    assert proven.method.endswith("HiGHS")
    assert quick.value <= proven.value <= quick.bound


def test_a_stopped_search_never_says_optimal_and_keeps_a_bound() -> None:
    rng = np.random.Generator(np.random.PCG64(4))
    problem = SitingProblem(rng.random((60, 40)), weights=rng.random(60))
    for model in (
        ExpectedCovering(6, radius=0.05, busy=0.3),
        MaximalCovering(budget=5, radius=0.05),
        BackupCovering(6, radius=0.05, first_share=0.5),
    ):
        priced = SitingProblem(
            problem.cost, weights=problem.weights, site_cost=rng.random(40) + 0.5
        )
        stopped = solve(priced, model, stop=lambda: True)
        best = solve(priced, model)
        assert best.status == "optimal"
        assert stopped.status == "feasible" or stopped.value == pytest.approx(best.value)
        assert stopped.bound is not None
        assert stopped.value <= best.value <= stopped.bound + 1e-9


@pytest.mark.parametrize(
    ("problem", "model", "words"),
    [
        (VILLAGES, SetCovering(0.5), None),
        (VILLAGES, DoubleStandard(2, near=1, far=1, share=1), None),
        (VILLAGES, DoubleStandard(1, near=1, far=5, share=0), "proven"),
        (VILLAGES, BackupCovering(1, radius=1), "proven"),
        (SitingProblem(np.array([[np.inf]])), PCenter(1), "reaches every demand"),
        (SitingProblem(np.array([[np.inf]])), SetCovering(1), "no choice covers all"),
        (SitingProblem(np.ones((1, 1)), site_cost=np.ones(1)), PCenter(budget=0), "no site"),
        (SitingProblem(np.ones((1, 1)), capacity=np.zeros(1)), PMedian(1), "proven"),
    ],
)
def test_what_cannot_be_is_a_clear_no(
    problem: SitingProblem, model: Model, words: str | None
) -> None:
    if words is None:
        assert solve(problem, model).optimal
        return
    with pytest.raises(NoSuchSiting, match=words):
        solve(problem, model)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: solve(VILLAGES, PMedian(budget=3)), "what each site costs"),
        (lambda: solve(VILLAGES, PCenter(budget=3)), "what each site costs"),
        (lambda: solve(VILLAGES, MaximalCovering(budget=3, radius=1)), "what each site costs"),
        (lambda: solve(VILLAGES, BackupCovering(6, radius=1)), "from 1 to 5"),
        (lambda: solve(VILLAGES, ExpectedCovering(0, radius=1, busy=0.1)), "can't be placed"),
        (
            lambda: solve(SitingProblem(np.ones((1, 1)), capacity=np.ones(1)), PCenter(1)),
            "capacity has a meaning",
        ),
        (lambda: ExpectedCovering(1, radius=1, busy=1.0), "busy fraction"),
        (lambda: BackupCovering(1, radius=1, first_share=2), "first cover"),
        (lambda: DoubleStandard(1, near=2, far=1, share=0.5), "greater than the far"),
        (lambda: DoubleStandard(1, near=1, far=2, share=1.5), "from 0 to 1"),
        (lambda: BackupCovering(1, radius=1, per_site=0), "At least one unit"),
        (lambda: PMedian(budget=-1.0), "budget is negative"),
    ],
)
def test_what_has_no_meaning_is_refused_in_a_sentence(make: object, words: str) -> None:
    with pytest.raises(UnusableSiting, match=words):
        make()  # type: ignore[operator]


def test_more_units_than_a_programme_can_hold_are_refused_at_once():
    problem = SitingProblem(np.array([[0.0, 5.0], [5.0, 0.0]]))
    with pytest.raises(UnusableSiting, match="from 1 to 10000"):
        solve(problem, ExpectedCovering(999_999_999, radius=6, busy=0.3), seed=1)
