"""One way in: which method answers which model."""

from __future__ import annotations

from anlan.engine.siting.counting import (
    solve_backup_covering,
    solve_covering_on_budget,
    solve_double_standard,
    solve_expected_covering,
)
from anlan.engine.siting.median import shares_of, solve_maximal_covering, solve_p_median
from anlan.engine.siting.models import (
    BackupCovering,
    ExpectedCovering,
    MaximalCovering,
    Model,
    PCenter,
    PMedian,
    SetCovering,
)
from anlan.engine.siting.problem import SitingProblem, UnusableSiting
from anlan.engine.siting.result import SitingResult, Stop, never
from anlan.engine.siting.serving import solve_served_covering, solve_served_median
from anlan.engine.siting.setcover import solve_p_center, solve_set_covering


def solve(
    problem: SitingProblem, model: Model, *, seed: int = 0, stop: Stop = never, prove: bool = True
) -> SitingResult:
    """This will choose the sites that serve `model` best, with a bound and what is proven.

    With `prove` it ends with a proof, or earlier when `stop()` says so, which is asked often;
    without it after a fixed amount of work. The same `seed` gives the same sites on any machine,
    unless a clock in `stop` cuts the run short. Raises UnusableSiting where the model and the
    problem do not fit, NoSuchSiting where no choice keeps the conditions.
    """
    if isinstance(model, PMedian):
        return _median(problem, model, seed=seed, stop=stop, prove=prove)
    if isinstance(model, MaximalCovering):
        return _covering(problem, model, seed=seed, stop=stop, prove=prove)
    if problem.capacity is not None:
        raise UnusableSiting(
            "A capacity has a meaning in the p-median and in maximal covering only."
        )
    if isinstance(model, SetCovering):
        return solve_set_covering(problem, model, seed=seed, stop=stop, prove=prove)
    if isinstance(model, PCenter):
        return solve_p_center(problem, model, seed=seed, stop=stop, prove=prove)
    if isinstance(model, BackupCovering):
        return solve_backup_covering(problem, model, seed=seed, stop=stop, prove=prove)
    if isinstance(model, ExpectedCovering):
        return solve_expected_covering(problem, model, seed=seed, stop=stop, prove=prove)
    return solve_double_standard(problem, model, seed=seed, stop=stop, prove=prove)


def _median(
    problem: SitingProblem, model: PMedian, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    if model.budget is None and problem.capacity is None:
        return solve_p_median(problem, model, seed=seed, stop=stop, prove=prove)
    return solve_served_median(problem, model, seed=seed, stop=stop, prove=prove)


def _covering(
    problem: SitingProblem, model: MaximalCovering, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    if problem.capacity is not None:
        shares = shares_of(problem, model)
        return solve_served_covering(problem, model, shares, seed=seed, stop=stop, prove=prove)
    if model.budget is not None:
        return solve_covering_on_budget(problem, model, seed=seed, stop=stop, prove=prove)
    return solve_maximal_covering(problem, model, seed=seed, stop=stop, prove=prove)
