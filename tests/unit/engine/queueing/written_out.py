"""The hypercube written out state by state, with no wit: what the solver is checked against."""

from __future__ import annotations

import numpy as np


def stationary(generator: np.ndarray) -> np.ndarray:
    """Solve p·Q = 0, Σ p = 1."""
    size = len(generator)
    square = np.vstack([generator.T, np.ones(size)])
    aim = np.zeros(size + 1)
    aim[-1] = 1.0
    return np.linalg.lstsq(square, aim, rcond=None)[0]


def brute_force(rate, preference, mu, line=0):
    """Give workload, share, loss, wait, mean wait, by the generator over (busy servers, line).

    A call goes to the first free server of its list; where all servers are busy it waits if the
    line has room. A server that ends a service takes the head of the line at once.
    """
    N, full = len(mu), (1 << len(mu)) - 1
    states = [(busy, 0) for busy in range(full + 1)] + [(full, k) for k in range(1, line + 1)]
    at = {state: i for i, state in enumerate(states)}
    Q = np.zeros((len(states), len(states)))
    sent = {}
    for (busy, waiting), i in at.items():
        for j, calls in enumerate(rate):
            free = [n for n in preference[j] if n >= 0 and not busy >> n & 1]
            if free:
                sent[i, j] = free[0]
                Q[i, at[busy | 1 << free[0], 0]] += calls
            elif busy == full and waiting < line:
                Q[i, at[full, waiting + 1]] += calls
        for n in range(N):
            if busy >> n & 1:
                after = (full, waiting - 1) if waiting else (busy & ~(1 << n), 0)
                Q[i, at[after]] += mu[n]
    np.fill_diagonal(Q, Q.diagonal() - Q.sum(axis=1))
    p = stationary(Q)
    workload = np.array([sum(p[i] for (b, _), i in at.items() if b >> n & 1) for n in range(N)])
    share = np.zeros((N, len(rate)))
    for (i, j), n in sent.items():
        share[n, j] += p[i]
    wait = sum(p[at[full, k]] for k in range(line)) if line else 0.0
    share += wait * (np.array(mu) / sum(mu))[:, None]
    total = np.sum(rate)
    loss = 1.0 - (share.sum(axis=0) * rate).sum() / total
    length = sum(k * p[at[full, k]] for k in range(1, line + 1))
    return workload, share, loss, wait, length / (total * (1 - loss))
