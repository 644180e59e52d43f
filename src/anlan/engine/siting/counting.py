"""Cover that counts how many units are in reach: backup, expected and double-standard covering.

Also maximal covering with a budget. Every model is one mixed-integer programme, built as arrays at
once and solved by HiGHS; the value is counted anew from where the units stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from anlan.engine.milp import INF, Milp, solve_milp
from anlan.engine.siting.coverage import Reach, as_rows, fewer_columns, reach
from anlan.engine.siting.models import (
    BackupCovering,
    DoubleStandard,
    ExpectedCovering,
    MaximalCovering,
)
from anlan.engine.siting.placing import Goal, place
from anlan.engine.siting.problem import F8, I8, NoSuchSiting, SitingProblem, UnusableSiting
from anlan.engine.siting.result import SitingResult, Stop, make_result

METHOD = "moves of units with shakes, mixed-integer programme by HiGHS"
TOLERANCE = 1e-7
MOST_UNITS = 10_000  # a programme has a column per demand and unit in reach
Score = Callable[[F8], float | None]


@dataclass(frozen=True, eq=False)
class Units:
    """Where units may stand: columns of the problem, and how many at least and at most at each.

    All `total` of them are placed, or, with a `budget`, as many as the `price` of new ones allows.
    """

    columns: I8
    low: F8
    high: F8
    total: int | None
    price: F8
    budget: float | None = None

    def row(self, width: int) -> tuple[sparse.csr_array, float, float]:
        """This will give the row that limits units, over `width` columns, with its limits."""
        figures = np.zeros(width)
        if self.budget is not None:
            figures[: len(self.columns)] = self.price
            return sparse.csr_array(figures[None, :]), -INF, self.budget
        assert self.total is not None
        figures[: len(self.columns)] = 1.0
        return sparse.csr_array(figures[None, :]), float(self.total), float(self.total)


def place_units(problem: SitingProblem, total: int, per_site: int | None) -> Units:
    """This will let `total` units stand at open sites, at least one at each existing one."""
    most = total if per_site is None else min(per_site, total)
    columns = problem.open_sites
    low, high = max(1, len(problem.existing)), min(most * len(columns), MOST_UNITS)
    if not low <= total <= high:
        raise UnusableSiting(
            f"{total} units can't be placed; give a number from {low} to {high}, "
            "one at each existing site counted."
        )
    old = np.isin(columns, problem.existing)
    return Units(
        columns, old.astype(np.float64), np.full(len(columns), float(most)), total, np.zeros(0)
    )


def _spend(problem: SitingProblem, budget: float) -> Units:
    if problem.site_cost is None:
        raise UnusableSiting("A budget needs what each site costs.")
    columns = problem.open_sites
    old = np.isin(columns, problem.existing)
    price = np.where(old, 0.0, problem.site_cost[columns])
    return Units(columns, old.astype(np.float64), np.ones(len(columns)), None, price, budget)


def solve_expected_covering(
    problem: SitingProblem, model: ExpectedCovering, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will place units for the most weight that a free one is expected to cover."""
    units = place_units(problem, model.units, model.per_site)
    found = reach(problem, units.columns, (model.radius,))
    units, found = _worth_choosing(units, found)
    gains = np.asarray((1 - model.busy) * model.busy ** np.arange(model.units), np.float64)

    def score(held: F8) -> float:
        count = found.near @ held
        return float((found.weight * (1 - model.busy**count)).sum())

    milp = expected_milp(found, units, gains)
    goal = Goal(found.near, found.weight, np.concatenate([[0.0], np.cumsum(gains)]))
    return _solve(milp, units, goal, score, seed=seed, stop=stop, prove=prove)


def expected_milp(found: Reach, units: Units, gains: F8) -> Milp:
    """This will build MEXCLP: z[i, k] says that row i has a k-th unit, worth `gains[k]`.

    Gains fall with k, so the least k are taken first and z need not be whole.
    """
    rows = len(found.weight)
    most = np.minimum(found.near @ units.high, len(gains)).astype(np.int64)
    row = np.repeat(np.arange(rows), most)
    level = np.arange(len(row)) - np.repeat(np.cumsum(most) - most, most)
    taken = sparse.csr_array(
        (np.ones(len(row)), (row, np.arange(len(row)))), shape=(rows, len(row))
    )
    return _milp(
        units,
        worth=found.weight[row] * gains[level],
        blocks=[(sparse.hstack([as_rows(found.near), -taken]), np.zeros(rows), np.full(rows, INF))],
        whole=False,
    )


def solve_backup_covering(
    problem: SitingProblem, model: BackupCovering, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will place units for the most weight covered twice, as Hogan & ReVelle ask."""
    units = place_units(problem, model.p, model.per_site)
    found = reach(problem, units.columns, (model.radius,))
    near, rows = as_rows(found.near), len(found.weight)
    eye, none, zeros, free = sparse.eye_array(rows), np.zeros(rows), np.zeros(rows), _free(rows)
    first = model.first_share
    if first is None:
        _refuse_uncovered(found.near, model.radius)
        blocks = [(sparse.hstack([near, -eye]), np.ones(rows), free)]
        milp = _milp(units, worth=found.weight, blocks=blocks, whole=False)
    else:
        blocks = [
            (sparse.hstack([near, -eye, -eye]), none, free),
            (sparse.hstack([_nothing(near), eye, -eye]), zeros, free),
        ]
        worth = np.concatenate([first * found.weight, (1 - first) * found.weight])
        milp = _milp(units, worth=worth, blocks=blocks, whole=True)

    def score(held: F8) -> float | None:
        count = found.near @ held
        once, twice = (float(found.weight[count >= many].sum()) for many in (1, 2))
        if first is None:
            return twice if (count >= 1).all() else None
        return first * once + (1 - first) * twice

    worth = np.array([0.0, 0.0, 1.0] if first is None else [0.0, first, 1.0])
    goal = Goal(found.near, found.weight, worth, found.near if first is None else None)
    return _solve(milp, units, goal, score, seed=seed, stop=stop, prove=prove)


def solve_double_standard(
    problem: SitingProblem, model: DoubleStandard, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will place units for the most weight with two near, under both standards."""
    units = place_units(problem, model.units, model.per_site)
    found = reach(problem, units.columns, (model.near, model.far))
    near, far = found.masks
    _refuse_uncovered(far, model.far)
    rows, total = len(found.weight), float(found.weight.sum())
    asked = model.share * total
    eye, nothing, free = sparse.eye_array(rows), _nothing(as_rows(near)), _free(rows)
    empty = sparse.csr_array((rows, rows))
    share = np.concatenate([np.zeros(len(units.columns)), found.weight, np.zeros(rows)])[None, :]
    milp = _milp(
        units,
        worth=np.concatenate([np.zeros(rows), found.weight]),
        blocks=[
            (sparse.hstack([as_rows(far), empty, empty]), np.ones(rows), free),
            (sparse.hstack([as_rows(near), -eye, -eye]), np.zeros(rows), free),
            (sparse.hstack([nothing, eye, -eye]), np.zeros(rows), free),
            (sparse.csr_array(share), np.array([asked]), np.array([INF])),
        ],
        whole=True,
    )

    def score(held: F8) -> float | None:
        count = near @ held
        within = float(found.weight[count >= 1].sum())
        if not (far @ held >= 1).all() or within < asked - 1e-9 * max(1.0, total):
            return None
        return float(found.weight[count >= 2].sum())

    goal = Goal(near, found.weight, np.array([0.0, 0.0, 1.0]), far, asked)
    return _solve(milp, units, goal, score, seed=seed, stop=stop, prove=prove)


def solve_covering_on_budget(
    problem: SitingProblem, model: MaximalCovering, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will spend a budget on sites for the most covered weight."""
    assert model.budget is not None
    units = _spend(problem, model.budget)
    found = reach(problem, units.columns, model.radii)
    falls = -np.diff([*model.shares, 0.0])

    def score(held: F8) -> float:
        covered = [(mask @ held >= 1) * fall for mask, fall in zip(found.masks, falls, strict=True)]
        return float((found.weight * np.sum(covered, axis=0)).sum())

    milp = covering_milp(found, units, falls)
    goal = Goal(
        np.concatenate(found.masks),
        np.ascontiguousarray((falls[:, None] * found.weight[None, :]).ravel()),
        np.array([0.0, 1.0]),
    )
    return _solve(milp, units, goal, score, seed=seed, stop=stop, prove=prove)


def prove_covering(
    problem: SitingProblem,
    model: MaximalCovering,
    known: SitingResult,
    state: npt.NDArray[np.int8],
    *,
    seed: int,
    stop: Stop,
) -> tuple[tuple[int, ...], float]:
    """This will look for better than `known` and give the best sites and a proven ceiling.

    `state[k]` is what is proven of new site k in any better choice: 1 in it, -1 not in it.
    """
    assert model.p is not None
    assert known.bound is not None
    units = place_units(problem, model.p, 1)
    new = np.searchsorted(units.columns, problem.new_sites)
    units.low[new[state > 0]] = 1.0
    units.high[new[state < 0]] = 0.0
    found = reach(problem, units.columns, model.radii)
    milp = covering_milp(found, units, -np.diff([*model.shares, 0.0]))
    start = (np.arange(len(units.columns)), np.isin(units.columns, known.sites).astype(np.float64))
    answer = solve_milp(milp, seed=seed, stop=stop, start=start)
    sites = known.sites
    if answer.x is not None:
        held = np.rint(answer.x[: len(units.columns)])
        value = sum(
            float(found.weight[mask @ held >= 1].sum()) * fall
            for mask, fall in zip(found.masks, -np.diff([*model.shares, 0.0]), strict=True)
        )
        if value > known.value:
            sites = tuple(int(site) for site in units.columns[held > 0])
    if answer.outcome == "infeasible":  # nothing better is left
        return sites, known.value
    return sites, min(known.bound, max(answer.bound, known.value))


def covering_milp(found: Reach, units: Units, falls: F8) -> Milp:
    """This will build MCLP: z[r, i] says that row i is within radius r, worth `falls[r]` more."""
    rows, many = len(found.weight), len(found.masks)
    near = sparse.vstack([as_rows(mask) for mask in found.masks], format="csr")
    block = sparse.hstack([near, -sparse.eye_array(rows * many)], format="csr")
    worth = (falls[:, None] * found.weight[None, :]).ravel()
    return _milp(
        units, worth=worth, blocks=[(block, np.zeros(rows * many), _free(rows * many))], whole=False
    )


def _worth_choosing(units: Units, found: Reach) -> tuple[Units, Reach]:
    """This will drop sites whose units could all stand at another that covers as much."""
    assert units.total is not None
    if (units.high < units.total).any() or units.low.any():
        return units, found
    kept = fewer_columns(found.near, np.ones(found.near.shape[1]))
    fewer = Units(units.columns[kept], units.low[kept], units.high[kept], units.total, units.price)
    return fewer, Reach(tuple(mask[:, kept] for mask in found.masks), found.weight)


def _milp(
    units: Units,
    *,
    worth: F8,
    blocks: list[tuple[sparse.sparray, F8, F8]],
    whole: bool,
) -> Milp:
    """This will put units first, then columns from 0 to 1 that are `worth` so much."""
    first, more = len(units.columns), len(worth)
    row, low, high = units.row(first + more)
    return Milp(
        cost=np.concatenate([np.zeros(first), worth]),
        lower=np.concatenate([units.low, np.zeros(more)]),
        upper=np.concatenate([units.high, np.ones(more)]),
        whole=np.concatenate([np.ones(first, np.bool_), np.full(more, whole)]),
        matrix=sparse.csr_array(sparse.vstack([*(each[0] for each in blocks), row], format="csr")),
        row_lower=np.concatenate([*(each[1] for each in blocks), [low]]),
        row_upper=np.concatenate([*(each[2] for each in blocks), [high]]),
        maximise=True,
    )


def _solve(
    milp: Milp, units: Units, goal: Goal, score: Score, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will place units by moves, run HiGHS from there, and count what its units are worth."""
    first = len(units.columns)
    start = place(
        goal,
        low=units.low,
        high=units.high,
        total=float(units.high.sum()) if units.total is None else float(units.total),
        price=np.zeros(first) if units.budget is None else units.price,
        money=0.0 if units.budget is None else units.budget,
        seed=seed,
        stop=stop,
    )
    known = None if score(start) is None else (np.arange(first), start)
    answer = solve_milp(milp, seed=seed, stop=stop, start=known, root_only=not prove)
    if answer.outcome == "infeasible":
        raise NoSuchSiting("No choice of sites keeps all the conditions; this is proven.")
    held, best = start, score(start)
    if answer.x is not None:
        found = np.rint(answer.x[:first])
        value = score(found)
        if value is not None and (best is None or value > best):
            held, best = found, value
    if best is None:
        raise NoSuchSiting("No choice of sites was found in the time; none is proven impossible.")
    at = np.flatnonzero(held)
    return make_result(
        tuple(int(units.columns[one]) for one in at),
        value=best,
        bound=min(answer.bound, float(goal.weight.sum() * goal.worth.max())),
        sense="max",
        method=METHOD,
        units=tuple(int(held[one]) for one in at),
        tolerance=TOLERANCE,
    )


def _refuse_uncovered(mask: np.ndarray, radius: float) -> None:
    missing = int((~mask.any(axis=1)).sum())
    if missing:
        raise NoSuchSiting(
            f"No site that may be used lies within {radius:g} of some demands ({missing} groups), "
            "so no choice covers all."
        )


def _nothing(like: sparse.csr_array) -> sparse.csr_array:
    return sparse.csr_array(like.shape)


def _free(many: int) -> F8:
    return np.full(many, INF)
