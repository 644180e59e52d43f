"""The p-median, and maximal covering as one: each demand's nearest site decides what it costs."""

from __future__ import annotations

import numpy as np

from anlan.engine.siting.counting import prove_covering
from anlan.engine.siting.models import MaximalCovering, PMedian
from anlan.engine.siting.nearest import Found, make_lists, solve_nearest
from anlan.engine.siting.problem import F8, SitingProblem, UnusableSiting
from anlan.engine.siting.result import SitingResult, Stop, make_result

METHOD = "swaps with shakes, Lagrangian dual, branch and bound"
COVER_METHOD = "swaps with shakes, Lagrangian dual"


def solve_p_median(
    problem: SitingProblem, model: PMedian, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will choose p sites for the least weighted sum of costs; no capacity, no budget."""
    assert model.p is not None
    problem.check_count(model.p)
    if not np.isfinite(problem.cost[:, problem.open_sites]).all():
        raise UnusableSiting("A cost is not finite; cap unreachable pairs first.")
    sites, found, whole = _nearest(
        problem, problem.weight[:, None] * problem.cost, model.p, seed=seed, stop=stop, prove=prove
    )
    value = float((problem.weight * problem.cost[:, sites].min(axis=1)).sum())
    return make_result(
        sites, value=value, bound=found.bound, sense="min", method=METHOD, whole=whole
    )


def solve_maximal_covering(
    problem: SitingProblem, model: MaximalCovering, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will choose p sites for the most covered weight; no capacity, no budget.

    A demand costs the weight that its best site leaves uncovered, so this is a p-median. Where its
    dual proves too little (many equal costs make it flat), HiGHS takes over from what is found.
    """
    assert model.p is not None
    problem.check_count(model.p)
    share, weight = shares_of(problem, model), problem.weight
    sites, found, whole = _nearest(
        problem, weight[:, None] * (1 - share), model.p, seed=seed, stop=stop, prove=False
    )

    def result(sites: tuple[int, ...], bound: float, method: str) -> SitingResult:
        value = float((weight * share[:, list(sites)].max(axis=1)).sum())
        return make_result(sites, value=value, bound=bound, sense="max", method=method, whole=whole)

    first = result(sites, float(weight.sum()) - found.bound, COVER_METHOD)
    if first.optimal or not prove or stop():
        return first
    sites, bound = prove_covering(problem, model, first, found.state, seed=seed, stop=stop)
    return result(sites, bound, f"{COVER_METHOD}, then HiGHS")


def shares_of(problem: SitingProblem, model: MaximalCovering) -> F8:
    """This will give the share of a demand's weight that each site covers: array[demand, site]."""
    steps = np.array([*model.shares, 0.0])
    return steps[np.searchsorted(np.array(model.radii), problem.cost, side="left")]


def _nearest(
    problem: SitingProblem, weighted: F8, p: int, *, seed: int, stop: Stop, prove: bool
) -> tuple[tuple[int, ...], Found, bool]:
    """This will take existing sites out (they cap every row's cost) and choose among the new."""
    old, new = np.array(problem.existing, np.int64), problem.new_sites
    far = np.full(len(weighted), np.inf)
    if len(old):
        far = weighted[:, old].min(axis=1)
    more = p - len(old)
    if more == 0:
        value = float(far.sum())
        return tuple(problem.existing), Found(old, value, value, 0, np.zeros(0, np.int8)), False
    rows = problem.weight > 0
    columns = weighted[rows] if len(new) == problem.sites else weighted[np.ix_(rows, new)]
    lists = make_lists(np.ascontiguousarray(columns), far[rows], more)
    found = solve_nearest(lists, more, seed=seed, stop=stop, prove=prove)
    sites = tuple(sorted({*problem.existing, *(int(new[one]) for one in found.chosen)}))
    return sites, found, lists.whole
