"""Where p posts should stand so that people are reached soonest on average (p-median).

Greedy insertion, then best-improvement swaps with Whitaker's gains kept for all pairs at once
(Resende & Werneck 2007, "A fast swap-based local search procedure for location problems").
The bound is the Lagrangian dual of "each demand is served once" (Cornuéjols, Fisher & Nemhauser
1977), by subgradient. docs/method/siting.md has the formulas and the published check.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Status = Literal["optimal", "feasible"]

PROOF_GAP = 1e-9


class UnusableSiting(ValueError):
    """One clear sentence: what in the siting problem cannot be used."""


@dataclass(frozen=True)
class Siting:
    """Chosen sites (columns of the cost, ascending; the existing ones among them).

    `value` is the weighted sum of each demand's cost to its nearest chosen site; `bound` is a
    proven lower bound on any choice's value, or None where none was asked for. `status` is
    "optimal" only where the bound proves it, up to rounding (a relative gap of 1e-9).
    """

    sites: tuple[int, ...]
    value: float
    bound: float | None
    status: Status


def solve_p_median(
    cost: F8,
    weights: F8,
    p: int,
    *,
    seed: int,
    existing: Sequence[int] = (),
    restarts: int = 1,
    bound_steps: int = 0,
) -> Siting:
    """Choose p sites, the existing ones among them, that lower the weighted sum of costs.

    `cost[demand, site]` is finite and from 0 up (cap an unreachable pair at a cost that says how
    bad it is); `weights[demand]` is from 0 up. The first start is greedy; each further restart
    swaps from random sites drawn with `seed`. Existing sites are never given up. `bound_steps`
    subgradient steps make the bound; 0 leaves it out.
    """
    cost, weights = _checked(cost, weights, p=p, existing=existing)
    weighted = cost * weights[:, None]
    rng = np.random.Generator(np.random.PCG64(seed))
    fixed = np.array(sorted(existing), np.intp)
    best = _swap(weighted, _greedy(weighted, p=p, fixed=fixed), fixed=fixed)
    for _ in range(restarts - 1):
        others = np.setdiff1d(np.arange(cost.shape[1]), fixed)
        drawn = others[np.argsort(rng.random(len(others)), kind="stable")[: p - len(fixed)]]
        found = _swap(weighted, np.concatenate([fixed, drawn]), fixed=fixed)
        if _value(weighted, found) < _value(weighted, best) * (1 - 1e-12):
            best = found
    value = _value(weighted, best)
    bound = None
    if bound_steps:
        bound = min(value, _lower_bound(weighted, p=p, fixed=fixed, value=value, steps=bound_steps))
    proven = bound is not None and value - bound <= PROOF_GAP * max(1.0, value)
    return Siting(
        sites=tuple(sorted(int(site) for site in best)),
        value=value,
        bound=bound,
        status="optimal" if proven else "feasible",
    )


def _checked(cost: F8, weights: F8, *, p: int, existing: Sequence[int]) -> tuple[F8, F8]:
    cost, weights = np.asarray(cost, np.float64), np.asarray(weights, np.float64)
    if cost.ndim != 2 or weights.shape != cost.shape[:1]:
        raise UnusableSiting("Give cost as demand × site and one weight per demand.")
    if not (np.isfinite(cost).all() and (cost >= 0).all()):
        raise UnusableSiting("A cost is negative or not finite; cap unreachable pairs first.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise UnusableSiting("A weight is negative or not finite.")
    sites = cost.shape[1]
    if len(set(existing)) != len(existing) or any(not 0 <= one < sites for one in existing):
        raise UnusableSiting("An existing site stands twice or is not a column of the cost.")
    if not max(1, len(existing)) <= p <= sites:
        raise UnusableSiting(
            f"p is {p}; give a number from {max(1, len(existing))} to {sites}, old ones counted."
        )
    return cost, weights


def _value(weighted: F8, sites: Index) -> float:
    return float(weighted[:, sites].min(axis=1).sum())


def _greedy(weighted: F8, *, p: int, fixed: Index) -> Index:
    """Add, one by one, the site that lowers the sum most; of equals the first."""
    chosen = [int(site) for site in fixed]
    if not chosen:
        chosen = [int(weighted.sum(axis=0).argmin())]
    nearest = weighted[:, chosen].min(axis=1)
    while len(chosen) < p:
        value = np.minimum(weighted, nearest[:, None]).sum(axis=0)
        value[chosen] = np.inf
        chosen.append(int(value.argmin()))
        nearest = np.minimum(nearest, weighted[:, chosen[-1]])
    return np.array(chosen, np.intp)


def _swap(weighted: F8, start: Index, *, fixed: Index) -> Index:
    """Swap the pair that gains most until no pair gains."""
    chosen = start.copy()
    movable = ~np.isin(chosen, fixed)
    if not movable.any() or len(chosen) == weighted.shape[1]:
        return chosen
    while True:
        change = _swap_changes(weighted, chosen)
        change[~movable] = np.inf
        change[:, chosen] = np.inf
        out, into = np.unravel_index(int(change.argmin()), change.shape)
        if change[out, into] >= -1e-9 * max(1.0, _value(weighted, chosen)):
            return chosen
        chosen[out] = into


def _swap_changes(weighted: F8, chosen: Index) -> F8:
    """Give the change in value for giving up chosen[r] and opening i: array[r, i].

    With d1 and d2 a demand's cost to its nearest and second nearest chosen site: opening i alone
    gains max(0, d1 - c_i); giving up its nearest costs min(d2, max(d1, c_i)) - d1 more.
    """
    costs = weighted[:, chosen]
    order = np.argsort(costs, axis=1, kind="stable")
    nearest = order[:, 0]
    rows = np.arange(len(costs))
    d1 = costs[rows, nearest]
    d2 = costs[rows, order[:, 1]] if len(chosen) > 1 else np.full(len(costs), np.inf)
    gain = np.minimum(weighted - d1[:, None], 0.0).sum(axis=0)
    loss = np.minimum(np.maximum(weighted, d1[:, None]), d2[:, None]) - d1[:, None]
    by_nearest = np.argsort(nearest, kind="stable")
    counts = np.bincount(nearest, minlength=len(chosen))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    change = np.zeros((len(chosen), weighted.shape[1]))
    used = np.flatnonzero(counts)
    change[used] = np.add.reduceat(loss[by_nearest], starts[used], axis=0)
    return change + gain


def _lower_bound(weighted: F8, *, p: int, fixed: Index, value: float, steps: int) -> float:
    """Prove a floor: the best Lagrangian dual value over some subgradient steps."""
    price = np.sort(weighted, axis=1)[:, min(1, weighted.shape[1] - 1)].copy()
    best, scale, stale = -np.inf, 1.0, 0
    for _ in range(steps):
        reduced = np.minimum(weighted - price[:, None], 0.0)
        worth = reduced.sum(axis=0)
        free = np.argsort(np.where(np.isin(np.arange(len(worth)), fixed), np.inf, worth))
        opened = np.concatenate([fixed, free[: p - len(fixed)]])
        dual = float(price.sum() + worth[opened].sum())
        stale = 0 if dual > best else stale + 1
        best = max(best, dual)
        if stale >= 15:
            scale, stale = scale / 2, 0
        slope = 1.0 - (reduced[:, opened] < 0).sum(axis=1)
        length = float((slope**2).sum())
        if length == 0 or scale < 1e-6:
            break
        price = np.maximum(price + scale * max(value - dual, 0.0) / length * slope, 0.0)
    return best
