"""Siting where who serves whom must be decided: capacities, and the p-median on a budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anlan.engine.milp import INF, Milp, solve_milp
from anlan.engine.siting.models import MaximalCovering, PMedian
from anlan.engine.siting.problem import F8, I8, NoSuchSiting, SitingProblem, UnusableSiting
from anlan.engine.siting.result import SitingResult, Stop, make_result

METHOD = "mixed-integer programme with assignments, by HiGHS"
TOLERANCE = 1e-7


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Which row's weight may be served from which column, and what all of it is worth there."""

    row: I8
    column: I8
    worth: F8


def solve_served_median(
    problem: SitingProblem, model: PMedian, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will choose sites and who serves whom for the least weighted sum of costs."""
    rows = np.flatnonzero(problem.weight > 0)
    cost = problem.cost[np.ix_(rows, problem.open_sites)]
    row, column = np.nonzero(np.isfinite(cost))
    pairs = _Pairs(row, column, problem.weight[rows][row] * cost[row, column])
    return _solve(problem, model, pairs, all_served=True, seed=seed, stop=stop, prove=prove)


def solve_served_covering(
    problem: SitingProblem,
    model: MaximalCovering,
    shares: F8,
    *,
    seed: int,
    stop: Stop,
    prove: bool,
) -> SitingResult:
    """This will choose sites and who is covered from where for the most covered weight."""
    rows = np.flatnonzero(problem.weight > 0)
    share = shares[np.ix_(rows, problem.open_sites)]
    row, column = np.nonzero(share)
    pairs = _Pairs(row, column, problem.weight[rows][row] * share[row, column])
    return _solve(problem, model, pairs, all_served=False, seed=seed, stop=stop, prove=prove)


def _solve(
    problem: SitingProblem,
    model: PMedian | MaximalCovering,
    pairs: _Pairs,
    *,
    all_served: bool,
    seed: int,
    stop: Stop,
    prove: bool,
) -> SitingResult:
    milp = _milp(problem, model, pairs, all_served=all_served)
    answer = solve_milp(milp, seed=seed, stop=stop, root_only=not prove)
    if answer.outcome == "infeasible":
        raise NoSuchSiting("No choice of sites keeps all the conditions; this is proven.")
    if answer.x is None:
        raise NoSuchSiting("No choice of sites was found in the time; none is proven impossible.")
    first = len(problem.open_sites)
    served = np.clip(answer.x[first:], 0.0, 1.0)
    sites = problem.open_sites[np.rint(answer.x[:first]) > 0]
    return make_result(
        tuple(int(site) for site in sites),
        value=float((pairs.worth * served).sum()),
        bound=max(answer.bound, 0.0) if all_served else min(answer.bound, problem.weight.sum()),
        sense="min" if all_served else "max",
        method=METHOD,
        tolerance=TOLERANCE,
    )


def _milp(
    problem: SitingProblem,
    model: PMedian | MaximalCovering,
    pairs: _Pairs,
    *,
    all_served: bool,
) -> Milp:
    """This will build it: y[j] opens a site, x[pair] is the share of a row served from there."""
    columns = problem.open_sites
    first, many = len(columns), len(pairs.row)
    at = np.arange(many)
    weight = problem.weight[problem.weight > 0]
    once = sparse.csr_array((np.ones(many), (pairs.row, first + at)), (len(weight), first + many))
    opened = sparse.csr_array(
        (
            np.concatenate([np.ones(many), -np.ones(many)]),
            (np.concatenate([at, at]), np.concatenate([pairs.column, first + at])),
        ),
        (many, first + many),
    )
    blocks = [
        (once, np.full(len(weight), 1.0 if all_served else -INF), np.ones(len(weight))),
        (opened, np.zeros(many), np.full(many, INF)),
        _limit(problem, model, first + many),
    ]
    if problem.capacity is not None:
        most = problem.capacity[columns]
        load = sparse.csr_array(
            (
                np.concatenate([most, -weight[pairs.row]]),
                (
                    np.concatenate([np.arange(first), pairs.column]),
                    np.concatenate([np.arange(first), first + at]),
                ),
            ),
            (first, first + many),
        )
        blocks.append((load, np.zeros(first), np.full(first, INF)))
    old = np.isin(columns, problem.existing).astype(np.float64)
    whole = not model.divisible and problem.capacity is not None
    return Milp(
        cost=np.concatenate([np.zeros(first), pairs.worth]),
        lower=np.concatenate([old, np.zeros(many)]),
        upper=np.ones(first + many),
        whole=np.concatenate([np.ones(first, np.bool_), np.full(many, whole)]),
        matrix=sparse.csr_array(sparse.vstack([each[0] for each in blocks], format="csr")),
        row_lower=np.concatenate([each[1] for each in blocks]),
        row_upper=np.concatenate([each[2] for each in blocks]),
        maximise=not all_served,
    )


def _limit(
    problem: SitingProblem, model: PMedian | MaximalCovering, width: int
) -> tuple[sparse.csr_array, F8, F8]:
    """This will give the row that counts sites, or adds up what the new ones cost."""
    columns = problem.open_sites
    figures = np.zeros(width)
    if model.p is not None:
        problem.check_count(model.p)
        figures[: len(columns)] = 1.0
        return sparse.csr_array(figures[None, :]), np.array([model.p]), np.array([model.p])
    assert model.budget is not None
    if problem.site_cost is None:
        raise UnusableSiting("A budget needs what each site costs.")
    figures[: len(columns)] = np.where(
        np.isin(columns, problem.existing), 0.0, problem.site_cost[columns]
    )
    return sparse.csr_array(figures[None, :]), np.array([-INF]), np.array([model.budget])
