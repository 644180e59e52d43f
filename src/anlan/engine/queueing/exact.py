"""The hypercube solved exactly: 2^N states, their balance, and what follows from it.

Larson (1974); Larson & Odoni, "Urban Operations Research" (1981), sections 5.4 and 5.5. The solver
is symmetric Gauss–Seidel; after each pair of passes the layers of equally many busy servers are
set to the masses of their birth–death chain (iterative aggregation), and Anderson mixing of the
last steps speeds it up. docs/method/queueing.md says why each part is sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from anlan.engine.queueing.answer import Answer
from anlan.engine.queueing.kernels import LOW_BITS, backward, forward, sum_supersets
from anlan.engine.queueing.problem import F8, I8, NOBODY, Hypercube, UnusableQueue, line_mass
from anlan.engine.queueing.settling import NotConverged, first_guess, layer_scale, settle

MAX_SERVERS = 25
CALIBRATION_ROUNDS = 100


def solve_exact(
    problem: Hypercube,
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 1_000,
    keep_states: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Answer:
    """This will solve the hypercube exactly, up to a residual of `tolerance`.

    Exact for services that last exponentially with one mean a server. Where means depend on the
    area too, each server's mean is set to that over the calls it answers until the two agree
    (Larson's mean service time calibration), which is an approximation; `notes` says so.
    Memory is 8·2^N·(7 + twice the steps kept) bytes: 0.14 GB at 20 servers, 3.5 GB at 25.
    Raises UnusableQueue beyond 25 servers and NotConverged; `stop` is asked once an iteration.
    """
    if problem.servers > MAX_SERVERS:
        raise UnusableQueue(
            f"The exact hypercube takes up to {MAX_SERVERS} servers, not {problem.servers}; "
            "use larson or jarvis."
        )
    used = np.unique(problem.preference[problem.rate > 0])
    used = used[used != NOBODY]
    if len(used) == 0:
        raise UnusableQueue("No server is named in any preference of an area with calls.")
    mu = _mean_rates(problem, share=None)
    answer = _solve_rates(problem, used, mu, tolerance, max_iterations, None, stop)
    if problem.by_area:
        answer = _calibrate(problem, used, answer, tolerance, max_iterations, stop)
    return answer if keep_states else replace(answer, states=None)


def _calibrate(
    problem: Hypercube,
    used: I8,
    answer: Answer,
    tolerance: float,
    max_iterations: int,
    stop: Callable[[], bool],
) -> Answer:
    iterations = answer.iterations
    for _ in range(CALIBRATION_ROUNDS):
        mu = _mean_rates(problem, share=answer.share)
        change = float(np.abs(mu / answer.service_rate - 1).max())
        if change <= 1e-9:
            note = (
                "Mean busy times depend on the area; each server's was set to the mean over its "
                "own calls, so this is exact for those means only."
            )
            return replace(answer, iterations=iterations, notes=(*answer.notes, note))
        answer = _solve_rates(problem, used, mu, tolerance, max_iterations, answer.states, stop)
        iterations += answer.iterations
    raise NotConverged("The servers' mean busy times did not settle; use one time a server.")


def _mean_rates(problem: Hypercube, *, share: F8 | None) -> F8:
    """Give [n] what each server ends per unit of time, by the calls it answers."""
    if not problem.by_area:
        return np.asarray(1.0 / problem.service_time)
    weight = np.broadcast_to(problem.rate, problem.service_time.shape)
    if share is not None:
        answered = share * problem.rate
        weight = np.where(answered.sum(axis=1, keepdims=True) > 0, answered, weight)
    total = weight.sum(axis=1)
    return np.asarray(total / (weight * problem.service_time).sum(axis=1))


def _solve_rates(
    problem: Hypercube,
    used: I8,
    mu: F8,
    tolerance: float,
    max_iterations: int,
    start: F8 | None,
    stop: Callable[[], bool],
) -> Answer:
    """Solve for one rate a server; `used` are the servers that ever get a call."""
    groups, rates, group_of = _groups(problem, used)
    some = rates > 0
    own = np.ascontiguousarray(mu[used])
    load = float(problem.rate.sum() / own.sum())
    in_line, length, turned_away = line_mass(load, problem.line)
    if start is not None and len(used) < problem.servers:
        start = start[_spread(used)]
    p, residual, iterations = _stationary(
        rates[some], np.ascontiguousarray(groups[some]), own, tolerance, max_iterations, start, stop
    )
    whole = 1.0 + p[-1] * in_line
    p /= whole
    p_full = float(p[-1])
    p[-1] = p_full * (1.0 + in_line)
    z = p.copy()
    sum_supersets(z)
    waiting = float(p_full * (1.0 + in_line - turned_away))
    share = np.zeros((problem.servers, len(groups)))
    for g, row in enumerate(groups):
        mask = 0
        for n in row[row != NOBODY]:
            share[used[n], g] = max(0.0, z[mask] - z[mask | (1 << int(n))])
            mask |= 1 << int(n)
    share[used] += waiting * (own / own.sum())[:, None]
    workload = np.zeros(problem.servers)
    workload[used] = z[1 << np.arange(len(used))]
    by_area = np.ascontiguousarray(share[:, group_of])
    answered = float((by_area.sum(axis=0) * problem.rate).sum() / problem.rate.sum())
    # without short preferences only the full team loses calls; so small losses stay precise
    everybody = bool((groups != NOBODY).all()) and len(used) == problem.servers
    loss = float(p_full * turned_away) if everybody else max(0.0, 1.0 - answered)
    full = float(p[-1]) if len(used) == problem.servers else 0.0
    return Answer(
        model="hypercube",
        problem=problem,
        workload=workload,
        share=by_area,
        p_all_busy=full,
        p_wait=waiting,
        mean_wait=float(length * p_full / (float(problem.rate.sum()) * (1 - loss))),
        loss=loss,
        service_rate=mu,
        residual=residual,
        iterations=iterations,
        states=_scatter(p, used, problem.servers),
    )


def _groups(problem: Hypercube, used: I8) -> tuple[I8, F8, I8]:
    """Give the distinct preferences in terms of `used`, their rates, and each area's group."""
    rank = np.full(problem.servers + 1, NOBODY, np.int64)
    rank[used] = np.arange(len(used))
    table = np.full((problem.areas, len(used)), NOBODY, np.int64)
    for j, row in enumerate(problem.preference):
        named = rank[row[row != NOBODY]]
        named = named[named != NOBODY]
        table[j, : len(named)] = named
    groups, group_of = np.unique(table, axis=0, return_inverse=True)
    group_of = group_of.reshape(-1)
    rates = np.zeros(len(groups))
    np.add.at(rates, group_of, problem.rate)
    return groups, rates, group_of.astype(np.int64)


def _stationary(
    rates: F8,
    groups: I8,
    mu: F8,
    tolerance: float,
    max_iterations: int,
    start: F8 | None,
    stop: Callable[[], bool],
) -> tuple[F8, float, int]:
    """Give the probabilities of the loss system's states, the residual left, the iterations."""
    N = len(mu)
    low = min(N, LOW_BITS)
    inflow, out = np.empty(1 << N), np.empty(1 << N)
    total = float(rates.sum())

    def sweep(g: F8) -> F8:
        forward(g, inflow, out, mu, rates, groups, low, True)
        return _layer_factors(*backward(g, inflow, out, mu, low))

    def imbalance(g: F8) -> float:
        return float(forward(g, inflow, out, mu, rates, groups, low, False)) / total

    return settle(
        first_guess(N) if start is None else start / start.sum(),
        sweep=sweep,
        imbalance=imbalance,
        low=low,
        tolerance=tolerance,
        max_iterations=max_iterations,
        stop=stop,
    )


def _layer_factors(mass: F8, taken: F8, ended: F8) -> F8:
    """Give what each layer is multiplied by so that the flows between neighbours balance."""
    pi = np.zeros(len(mass))
    pi[0] = 1.0
    for k in range(1, len(mass)):
        if mass[k] > 0:
            pi[k] = pi[k - 1] * (taken[k - 1] / mass[k - 1]) / (ended[k] / mass[k])
    return layer_scale(pi, mass)


def _spread(used: I8) -> I8:
    """Give, for each set of used servers, its mask among all servers."""
    masks = np.zeros(1, np.int64)
    for n in used:
        masks = np.concatenate([masks, masks | (1 << int(n))])
    return masks


def _scatter(p: F8, used: I8, servers: int) -> F8:
    if len(used) == servers:
        return p
    states = np.zeros(1 << servers)
    states[_spread(used)] = p
    return states
