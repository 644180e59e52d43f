"""One way in: which method answers which model."""

from __future__ import annotations

from anlan.engine.siting.median import solve_maximal_covering, solve_p_median
from anlan.engine.siting.models import MaximalCovering, Model, PMedian
from anlan.engine.siting.problem import SitingProblem, UnusableSiting
from anlan.engine.siting.result import SitingResult, Stop, never


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
        return solve_p_median(problem, model, seed=seed, stop=stop, prove=prove)
    if isinstance(model, MaximalCovering):
        return solve_maximal_covering(problem, model, seed=seed, stop=stop, prove=prove)
    raise UnusableSiting("This model can't be solved.")
