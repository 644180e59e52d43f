"""Small siting problems drawn at random, and the answers by trying every choice."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np
from hypothesis import strategies as st

from anlan.engine.siting import SitingProblem


@st.composite
def towns(
    draw: st.DrawFn, *, demands: int = 7, sites: int = 6, unreachable: bool = False
) -> SitingProblem:
    """Draw a small problem with existing and forbidden sites, and what sites cost and can serve."""
    rows, columns = draw(st.integers(1, demands)), draw(st.integers(1, sites))
    figures = st.integers(0, 30).map(float)
    if unreachable:
        figures = figures | st.just(np.inf)
    line = st.lists(figures, min_size=columns, max_size=columns)
    cost = draw(st.lists(line, min_size=rows, max_size=rows))
    weights = draw(st.lists(st.integers(0, 5), min_size=rows, max_size=rows))
    states = draw(st.lists(st.sampled_from("fffeex"), min_size=columns, max_size=columns))
    if "x" in states and set(states) == {"x"}:
        states[0] = "f"
    prices = draw(st.lists(st.integers(1, 4), min_size=columns, max_size=columns))
    return SitingProblem(
        np.array(cost),
        weights=np.array(weights, float),
        existing=[j for j, state in enumerate(states) if state == "e"],
        forbidden=[j for j, state in enumerate(states) if state == "x"],
        site_cost=np.array(prices, float),
    )


def counts(problem: SitingProblem) -> st.SearchStrategy[int]:
    """Draw a p that the problem allows."""
    return st.integers(max(1, len(problem.existing)), len(problem.open_sites))


def choices(problem: SitingProblem, p: int) -> Iterator[tuple[int, ...]]:
    """Give every choice of p sites that keeps the existing and shuns the forbidden."""
    more = p - len(problem.existing)
    for new in itertools.combinations(problem.new_sites.tolist(), more):
        yield tuple(sorted({*problem.existing, *new}))


def affordable(problem: SitingProblem, budget: float) -> Iterator[tuple[int, ...]]:
    """Give every choice of sites, at least one, whose new ones the budget pays for."""
    assert problem.site_cost is not None
    for many in range(max(1, len(problem.existing)), len(problem.open_sites) + 1):
        for sites in choices(problem, many):
            new = [site for site in sites if site not in problem.existing]
            if problem.site_cost[new].sum() <= budget + 1e-9:
                yield sites


def placements(problem: SitingProblem, units: int, per_site: int) -> Iterator[np.ndarray]:
    """Give every way to place units, at least one at each existing site, as counts by site."""
    sites = problem.open_sites.tolist()
    for some in itertools.combinations_with_replacement(sites, units):
        held = np.bincount(np.array(some), minlength=problem.sites)
        if held.max() <= per_site and all(held[one] for one in problem.existing):
            yield held


def least(found: Iterator[tuple[int, ...]], value: Callable[[list[int]], float]) -> float:
    """Give the least value of all choices, infinite where there is none."""
    return min((value(list(sites)) for sites in found), default=np.inf)
