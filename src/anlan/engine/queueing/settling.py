"""Finds the probabilities of the states by repeated passes, mixed, until they are in balance.

Anderson, "Iterative procedures for nonlinear integral equations" (1965), type II as in Walker & Ni
(2011). A pass is the caller's; what is accepted is judged by the caller's true imbalance.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb

import numpy as np

from anlan.engine.queueing.kernels import dot, mix, scale_and_step
from anlan.engine.queueing.problem import F8, UnusableQueue


class NotConverged(UnusableQueue):
    """The solver ended without an answer that meets the asked precision."""


def settle(
    p: F8,
    *,
    sweep: Callable[[F8], F8],
    imbalance: Callable[[F8], float],
    low: int,
    tolerance: float,
    max_iterations: int,
    stop: Callable[[], bool],
) -> tuple[F8, float, int]:
    """This will give the probabilities, the residual left and the iterations; p is used up.

    `sweep` improves its argument in place and gives what each layer (states with equally many
    busy servers) is then multiplied by. `imbalance` gives Σ |in − out| over the rate of calls.
    Accepted: a last change of at most `tolerance` and an imbalance of at most ten times that.
    """
    servers = len(p).bit_length() - 1
    g, f = np.empty_like(p), np.empty_like(p)
    history = History(size=len(p), keep=5 if servers <= 22 else 3)
    change = np.inf
    for iteration in range(1, max_iterations + 1):
        if stop():
            raise NotConverged("The solver was stopped before it had an answer.")
        g[:] = p
        change = scale_and_step(g, sweep(g), low, p, f)
        if change <= tolerance:
            left = imbalance(g)
            if left <= 10 * tolerance:
                return g / g.sum(), left, iteration
        history.step(p, g, f)
    raise NotConverged(
        f"The hypercube had not settled after {max_iterations} iterations "
        f"(last change {change:.1e}, asked {tolerance:.1e})."
    )


def first_guess(N: int) -> F8:
    """Give probabilities that weigh each number of busy servers alike."""
    layer = np.zeros(1)
    for _ in range(N):
        layer = np.concatenate([layer, layer + 1])
    return np.asarray(1.0 / np.array([comb(N, k) for k in range(N + 1)]))[layer.astype(np.int64)]


def layer_scale(aim: F8, mass: F8) -> F8:
    """Give what brings layers of these masses to the aims, up to a common factor.

    A layer that is too unlikely for a double keeps its zeros.
    """
    some = mass > 0
    return np.where(some, aim / aim.sum() / np.where(some, mass, 1.0), 1.0)


class History:
    """Anderson mixing (type II) of the last few steps: p next is g less a blend of changes of g."""

    def __init__(self, *, size: int, keep: int) -> None:
        self._dg = np.zeros((keep, size))
        self._df = np.zeros((keep, size))
        self._gram = np.zeros((keep, keep))
        self._filled = 0
        self._at = 0
        self._last_g: F8 | None = None
        self._last_f: F8 | None = None

    def step(self, p: F8, g: F8, f: F8) -> None:
        """Put the next guess into p, given g (what p became in one iteration) and f = g − p."""
        if self._last_g is None or self._last_f is None:
            self._last_g, self._last_f = g.copy(), f.copy()
            p[:] = g
            return
        at, keep = self._at, len(self._dg)
        np.subtract(g, self._last_g, out=self._dg[at])
        np.subtract(f, self._last_f, out=self._df[at])
        self._last_g[:] = g
        self._last_f[:] = f
        self._at = (at + 1) % keep
        self._filled = k = min(self._filled + 1, keep)
        for i in range(k):
            self._gram[at, i] = self._gram[i, at] = dot(self._df[at], self._df[i])
        gram = self._gram[:k, :k] + 1e-14 * np.trace(self._gram[:k, :k]) * np.eye(k)
        aims = np.array([dot(self._df[i], f) for i in range(k)])
        try:
            weights = np.linalg.solve(gram, aims)
        except np.linalg.LinAlgError:
            weights = np.zeros(k)
        # a blend may leave the probabilities; a plain step never does
        if not mix(g, weights, self._dg[:k], p) > 0:
            p[:] = g
