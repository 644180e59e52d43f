"""The hypercube where a call may want several servers at once.

Chelst & Barlach, "Multiple unit dispatches in emergency services: models to estimate system
performance", Management Science 27 (1981): a call takes the first m free servers of its
preference together, and each is busy for a time of its own, independent of the others. Where
fewer than m are free the call takes those; where none is free it is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from anlan.engine.queueing.kernels import LOW_BITS, backward, forward_listed
from anlan.engine.queueing.problem import F8, I8, NOBODY, Hypercube, UnusableQueue
from anlan.engine.queueing.settling import first_guess, layer_scale, settle

MOST_SEVERAL = 16
U4 = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class SeveralAnswer:
    """What comes of calls that want several servers; columns j are areas.

    `workload[n]`: the share of time that n is busy. `sent[n, j]`: the share of area j's calls to
    which n goes; `first[n, j]`: to which n goes as the most preferred of those sent. `met[j]`,
    `short[j]`, `lost[j]`: the shares that get all, fewer than asked, none. `p_all_busy`, `loss`,
    `residual`, `iterations` are as in `Answer`.
    """

    problem: Hypercube
    units: I8
    workload: F8
    sent: F8
    first: F8
    met: F8
    short: F8
    lost: F8
    p_all_busy: float
    loss: float
    residual: float
    iterations: int
    states: F8


def solve_several(
    problem: Hypercube,
    *,
    units: Sequence[int] | I8,
    tolerance: float = 1e-10,
    max_iterations: int = 1_000,
    stop: Callable[[], bool] = lambda: False,
) -> SeveralAnswer:
    """This will solve exactly; a call of area j wants `units[j]` servers, 1 or more.

    Where one place has calls of several sizes, give it as several areas. Up to 16 servers, loss
    only, one mean busy time a server. Raises UnusableQueue and NotConverged.
    """
    wanted = np.asarray(units, np.int64)
    _check(problem, wanted)
    mu = 1.0 / problem.service_time
    groups, group_of = np.unique(
        np.column_stack([wanted, problem.preference]), axis=0, return_inverse=True
    )
    group_of = group_of.reshape(-1)
    rates = np.zeros(len(groups))
    np.add.at(rates, group_of, problem.rate)
    sends = [_sends(row[1:], int(row[0]), problem.servers) for row in groups]
    p, residual, iterations = _stationary(
        rates, sends, mu, tolerance=tolerance, max_iterations=max_iterations, stop=stop
    )
    sent = np.zeros((problem.servers, len(groups)))
    first, outcome = np.zeros_like(sent), np.zeros((3, len(groups)))
    for g, (who, taken, count) in enumerate(sends):
        some = who != NOBODY
        first[:, g] = np.bincount(who[some], weights=p[some], minlength=problem.servers)
        sent[:, g] = _by_server(taken, p, problem.servers)
        full = count == groups[g, 0]
        outcome[:, g] = p[full].sum(), p[some & ~full].sum(), p[~some].sum()
    met, short, lost = outcome[:, group_of]
    return SeveralAnswer(
        problem=problem,
        units=wanted,
        workload=_by_server(np.arange(len(p), dtype=np.int64), p, problem.servers),
        sent=sent[:, group_of],
        first=first[:, group_of],
        met=met,
        short=short,
        lost=lost,
        p_all_busy=float(p[-1]),
        loss=float((lost * problem.rate).sum() / problem.rate.sum()),
        residual=residual,
        iterations=iterations,
        states=p,
    )


def _check(problem: Hypercube, wanted: I8) -> None:
    if wanted.shape != (problem.areas,) or (wanted < 1).any():
        raise UnusableQueue("units needs a whole number from 1 up for each area.")
    if problem.line:
        raise UnusableQueue("Calls that want several servers can be lost, not kept waiting.")
    if problem.by_area:
        raise UnusableQueue("Calls that want several servers need one mean busy time a server.")
    if problem.servers > MOST_SEVERAL:
        raise UnusableQueue(
            f"Calls that want several servers are solved up to {MOST_SEVERAL} servers."
        )


def _sends(preference: I8, wanted: int, servers: int) -> tuple[I8, I8, I8]:
    """Give [B] who is sent first (or -1), the set sent, and how many, in each state B."""
    state = np.arange(1 << servers, dtype=np.int64)
    first = np.full(len(state), NOBODY, np.int64)
    taken, count = np.zeros_like(state), np.zeros_like(state)
    for n in preference[preference != NOBODY]:
        goes = ((state >> n) & 1 == 0) & (count < wanted)
        first[goes & (count == 0)] = n
        taken |= goes.astype(np.int64) << n
        count += goes
    return first, taken, count


def _by_server(sets: I8, p: F8, servers: int) -> F8:
    """Give [n] the probability that the set of a state holds n."""
    return np.array([p[(sets >> n) & 1 == 1].sum() for n in range(servers)])


def _stationary(
    rates: F8,
    sends: Sequence[tuple[I8, I8, I8]],
    mu: F8,
    *,
    tolerance: float,
    max_iterations: int,
    stop: Callable[[], bool],
) -> tuple[F8, float, int]:
    N, size = len(mu), 1 << len(mu)
    layer = np.array([B.bit_count() for B in range(size)], np.int64)
    most = max(int(count.max()) for _, _, count in sends)
    up = np.zeros((most + 1, size))
    into = csr_matrix((size, size))
    state = np.arange(size, dtype=np.int64)
    for rate, (_, taken, count) in zip(rates, sends, strict=True):
        some = np.flatnonzero(count)
        up[count[some], some] += rate
        part = (np.full(len(some), rate), ((state | taken)[some], some))
        into = into + csr_matrix(part, shape=(size, size))
    start, origin = into.indptr.astype(np.int64), into.indices.astype(np.int64)
    flow = np.ascontiguousarray(into.data)
    busy = np.array([mu[(B >> np.arange(N)) & 1 == 1].sum() for B in range(size)])
    out = up.sum(axis=0) + busy
    inflow = np.empty(size)
    low = min(N, LOW_BITS)

    def sweep(g: F8) -> F8:
        forward_listed(g, inflow, out, mu, start, origin, flow, True)
        mass, _, ended = backward(g, inflow, out, mu, low)
        return _layer_factors(mass, ended, _ups(g, up, layer))

    def imbalance(g: F8) -> float:
        left = forward_listed(g, inflow, out, mu, start, origin, flow, False)
        return float(left) / float(rates.sum())

    return settle(
        first_guess(N),
        sweep=sweep,
        imbalance=imbalance,
        low=low,
        tolerance=tolerance,
        max_iterations=max_iterations,
        stop=stop,
    )


def _ups(g: F8, up: F8, layer: I8) -> F8:
    """Give [d, k]: the rate from all states with k busy servers to such with d more."""
    return np.array([np.bincount(layer, weights=g * each) for each in up])


def _layer_factors(mass: F8, ended: F8, ups: F8) -> F8:
    """Give what each layer is multiplied by so that flows across each cut balance.

    Down across the cut below k goes what layer k ends; up, what layers below k take past it.
    """
    pi = np.zeros(len(mass))
    pi[0] = 1.0
    for k in range(1, len(mass)):
        rise = 0.0
        for i in range(max(0, k - len(ups) + 1), k):
            rise += pi[i] / mass[i] * float(ups[k - i :, i].sum()) if mass[i] > 0 else 0.0
        if mass[k] > 0:
            pi[k] = rise / (ended[k] / mass[k])
    return layer_scale(pi, mass)
