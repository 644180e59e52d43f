"""The hypercube approximated: N unknowns in the place of 2^N, for teams of any size.

Larson, "Approximating the performance of urban emergency service systems" (1975): servers are
busy independently of each other, but for a factor Q that would make it right if servers were
drawn at random. Jarvis, "Approximating the equilibrium behavior of multi-server loss systems"
(1985): the same with a mean busy time for each server and area. Jarvis treats loss; the line is
ours, in Larson's way. Both print how far they lie from the exact answer where that is quick.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from anlan.engine.queueing.answer import Answer, Error
from anlan.engine.queueing.exact import solve_exact
from anlan.engine.queueing.problem import F8, NOBODY, Hypercube, UnusableQueue, line_mass
from anlan.engine.queueing.settling import NotConverged

MEASURED_UP_TO = 15
MAX_ITERATIONS = 10_000
TOLERANCE = 1e-12
MOST_SERVERS = 2_000


def solve_larson(problem: Hypercube, *, measure: bool = True) -> Answer:
    """This will approximate the hypercube by Larson's method: one mean busy time for all.

    `measure` solves exactly beside it, up to 15 servers, and puts the distance into `error`.
    """
    if np.ptp(problem.service_time) > 1e-12 * float(problem.service_time.max()):
        raise UnusableQueue(
            "Larson's approximation holds for one mean busy time for all; use jarvis."
        )
    answer = _approximate(problem, model="larson")
    return with_error(answer) if measure else answer


def solve_jarvis(problem: Hypercube, *, measure: bool = True) -> Answer:
    """This will approximate the hypercube by Jarvis's method: a mean busy time by server and area.

    `measure` solves exactly beside it, up to 15 servers, and puts the distance into `error`.
    """
    answer = _approximate(problem, model="jarvis")
    return with_error(answer) if measure else answer


def correction(load: float, *, servers: int, line: float = 0.0) -> F8:
    """Give [k], k = 0 … N − 1: Larson's Q(N, ρ, k).

    `load` is ρ = λ/(Nμ). Q is the probability that of servers drawn at random the first k are
    busy and the next is free, over r^k·(1 − r), r the share of time that a server is busy.
    """
    team = _team(load, servers, line)
    return np.asarray(team.drawn / team.busy ** np.arange(servers) / (1.0 - team.busy))


@dataclass(frozen=True)
class _Team:
    """N alike servers: `drawn[k]` P(of servers drawn, k busy, then one free), each one's `busy`."""

    drawn: F8
    busy: float
    all_busy: float
    loss: float
    waiting: float
    in_line: float


def _team(load: float, servers: int, line: float) -> _Team:
    in_line, length, turned_away = line_mass(load, line)
    steps = np.log(load * servers) - np.log(np.arange(1, servers + 1))
    weight = np.concatenate([[0.0], np.cumsum(steps)])
    p = np.exp(weight - weight.max())
    p /= p.sum() + p[-1] * in_line
    full = float(p[-1])
    count = np.arange(servers + 1, dtype=np.float64)
    drawn = np.empty(servers)
    for k in range(servers):
        drawn[k] = (p * (servers - count)).sum() / (servers - k)
        p *= np.maximum(count - k, 0.0) / (servers - k)
    return _Team(
        drawn=drawn,
        busy=load * (1.0 - full * turned_away),
        all_busy=full * (1.0 + in_line),
        loss=full * turned_away,
        waiting=full * (1.0 + in_line - turned_away),
        in_line=full * length,
    )


@dataclass(eq=False)
class _Guess:
    """What one round leaves for the next: workloads, shares, the mean busy time of a call."""

    workload: F8
    share: F8
    tau: float
    team: _Team


def _approximate(problem: Hypercube, *, model: str) -> Answer:
    if problem.servers > MOST_SERVERS:
        raise UnusableQueue(f"Up to {MOST_SERVERS:,} servers can be approximated.")
    service = _service(problem)
    tau = float((service.mean(axis=0) * problem.rate).sum() / problem.rate.sum())
    load = float(problem.rate.sum()) * tau / problem.servers
    start = np.full(problem.servers, min(0.9, load))
    even = np.full(service.shape, 1.0 / problem.servers)
    team = _team(load, problem.servers, problem.line)
    guess = _Guess(workload=start, share=even, tau=tau, team=team)
    change = np.inf
    for iteration in range(1, MAX_ITERATIONS + 1):
        new = _round(problem, service, guess, scaled=model == "larson")
        change = float(np.abs(new.workload - guess.workload).max())
        guess = new
        if change <= TOLERANCE:
            return _answer(problem, service, guess, model, change, iteration)
    raise NotConverged(f"The {model} approximation had not settled (last change {change:.1e}).")


def _round(problem: Hypercube, service: F8, guess: _Guess, *, scaled: bool) -> _Guess:
    N, rate = problem.servers, problem.rate
    load = float(rate.sum()) * guess.tau / N
    team = _team(load, N, problem.line)
    asked = _asked(problem, guess.workload / team.busy, team.drawn / (1.0 - team.busy))
    ends = _ends(service, guess.share * rate)
    from_line = np.repeat((team.waiting * ends / ends.sum())[:, None], problem.areas, axis=1)
    # ρ = V·(1 − ρ) + what the line brings: a free server takes calls, a busy one only from the line
    taken = (asked * rate * service).sum(axis=1)
    workload = (taken + (from_line * rate * service).sum(axis=1)) / (1.0 + taken)
    if scaled:
        workload = workload * (N * team.busy / workload.sum())
    share = asked * (1.0 - workload)[:, None]
    if not (problem.preference == NOBODY).any():
        share = share * ((1.0 - team.all_busy) / share.sum(axis=0))
    share = share + from_line
    calls = share * rate
    return _Guess(workload, share, float((calls * service).sum() / calls.sum()), team)


def _asked(problem: Hypercube, busy: F8, drawn: F8) -> F8:
    """Give [n, j]: P(n free is sent to j | n free), `busy` each server's over the team's."""
    order = problem.preference
    some = order != NOBODY
    factor = np.where(some, busy[order], 0.0)
    before = np.ones_like(factor)
    before[:, 1:] = np.cumprod(factor, axis=1)[:, :-1]
    table = np.zeros((problem.servers, problem.areas))
    rows = np.nonzero(some)
    table[order[some], rows[0]] = (before * drawn)[some]
    return table


def _service(problem: Hypercube) -> F8:
    if problem.by_area:
        return problem.service_time
    return np.repeat(problem.service_time[:, None], problem.areas, axis=1)


def _ends(service: F8, calls: F8) -> F8:
    """Give [n] what a server ends per unit of time when busy, by the calls it answers."""
    weight = np.where(calls.sum(axis=1, keepdims=True) > 0, calls, 1.0)
    return np.asarray(weight.sum(axis=1) / (weight * service).sum(axis=1))


def _answer(
    problem: Hypercube, service: F8, guess: _Guess, model: str, change: float, iteration: int
) -> Answer:
    team, rate = guess.team, problem.rate
    partial = bool((problem.preference == NOBODY).any())
    answered = float((guess.share * rate).sum() / rate.sum())
    loss = max(0.0, 1.0 - answered) if partial else team.loss
    notes = ("Not published for preferences that name some servers only.",) if partial else ()
    return Answer(
        model=model,
        problem=problem,
        workload=guess.workload,
        share=guess.share,
        p_all_busy=team.all_busy,
        p_wait=team.waiting,
        mean_wait=team.in_line / (float(rate.sum()) * (1.0 - loss)),
        loss=loss,
        service_rate=_ends(service, guess.share * rate),
        residual=change,
        iterations=iteration,
        notes=notes,
    )


def with_error(answer: Answer) -> Answer:
    """This will solve exactly too, up to 15 servers, and put the distance into `error`."""
    problem = answer.problem
    if problem.servers > MEASURED_UP_TO:
        note = (
            f"Its error is not measured here: the exact answer is solved beside it up to "
            f"{MEASURED_UP_TO} servers. docs/method/queueing.md has errors measured on many cases."
        )
        return replace(answer, notes=(*answer.notes, note))
    exact = solve_exact(problem)
    off = np.abs(answer.workload - exact.workload)
    error = Error(
        max_abs=float(off.max()),
        mean_abs=float(off.mean()),
        share_max_abs=float(np.abs(answer.share - exact.share)[:, problem.rate > 0].max()),
    )
    return replace(answer, error=error, notes=(*answer.notes, *exact.notes))
