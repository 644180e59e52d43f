"""Compiled loops of the exact hypercube: sweeps, layer sums, sums over supersets.

A state B is a bit mask of busy servers; p[B] its probability, inflow[B] the rate from states with
one server less, out[B] the rate at which B is left. The `low` lowest bits make a block of 2^low
states; H numbers the blocks. The rates at which a state sends each server are made block by block
(`_block_rates`), not kept: a table of them would take 8·N·2^N bytes, 7 GB at 25 servers.

`group_rate[g]`, `preference[g, k]` (-1 behind the last): areas that ask alike are one group.
Reductions may be reordered by the compiler (`reassoc`), so the last bits differ between machines;
the convergence criterion is far above them.
Tested against scipy's spsolve on the written-out generator in tests/unit/engine/queueing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
LOW_BITS = 7  # a block's rates, 128 rows of N + 1 doubles, stay in the nearest caches


@njit(cache=True, nogil=True)
def _block_rates(H: int, low: int, group_rate: Array, preference: Array, rates: Array) -> None:
    """This will fill rates[L·(N + 1) + n]: how fast state (H, L), n free, sends n; n = N: loses.

    A call's server is n when all asked before n are busy, so rates[·, n] sums over the subsets of
    L what `group_rate` puts on the set of those asked before: a zeta transform over the low bits.
    Servers lie next to each other so that even the lowest bit adds a long run.
    """
    N = preference.shape[1]
    width = N + 1
    rates[:] = 0.0
    for g in range(len(group_rate)):
        mask = 0
        sent = False
        for k in range(N):
            n = preference[g, k]
            if n < 0:
                break
            if n < low:
                rates[mask * width + n] += group_rate[g]
                mask |= 1 << n
            elif (H >> (n - low)) & 1 == 0:
                rates[mask * width + n] += group_rate[g]
                sent = True
                break
        if not sent:
            rates[mask * width + N] += group_rate[g]
    for bit in range(low):
        step = width << bit
        for start in range(0, len(rates), 2 * step):
            # slices and an index from 0 spare the test for negative indices, so this runs wide
            without = rates[start : start + step]
            with_bit = rates[start + step : start + 2 * step]
            for i in range(step):
                with_bit[i] += without[i]


@njit(cache=True, nogil=True)
def _from_above(H: int, low: int, mu: Array, p: Array, above: Array) -> None:
    """This will fill above[L] with the rate into (H, L) from states with one high server more."""
    size = 1 << low
    base = H << low
    above[:] = 0.0
    for n in range(low, len(mu)):
        if (H >> (n - low)) & 1 == 0:
            other = base + (1 << n)
            beside = p[other : other + size]
            for i in range(size):
                above[i] += mu[n] * beside[i]


@njit(cache=True, nogil=True)
def forward(  # noqa: C901 - one pass over 2^N states; checked against the written-out generator
    p: Array,
    inflow: Array,
    out: Array,
    mu: Array,
    group_rate: Array,
    preference: Array,
    low: int,
    update: bool,
) -> float:
    """This will solve each state's balance in ascending order; gives the imbalance found before.

    The imbalance is Σ over B of |in − out| for the p before this pass when `update` is False (p
    stays then), and of no meaning otherwise. Fills `inflow` and `out`.
    """
    N = len(mu)
    size = 1 << low
    width = N + 1
    rates = np.empty(size * width)
    above = np.empty(size)
    busy_low = np.zeros(size)
    for L in range(1, size):
        for n in range(low):
            if (L >> n) & 1:
                busy_low[L] += mu[n]
    total = group_rate.sum()
    inflow[:] = 0.0
    imbalance = 0.0
    for H in range(1 << (N - low)):
        base = H << low
        here = p[base : base + size]
        _block_rates(H, low, group_rate, preference, rates)
        _from_above(H, low, mu, p, above)
        busy_high = 0.0
        for n in range(low, N):
            if (H >> (n - low)) & 1:
                busy_high += mu[n]
        for n in range(low):
            step = 1 << n
            for start in range(0, size, 2 * step):
                without = above[start : start + step]
                with_bit = here[start + step : start + 2 * step]
                for i in range(step):
                    without[i] += mu[n] * with_bit[i]
        for L in range(size):
            B = base + L
            below = inflow[B]
            for n in range(low):
                if (L >> n) & 1:
                    below += p[B - (1 << n)] * rates[(L - (1 << n)) * width + n]
            inflow[B] = below
            leave = total - rates[L * width + N] + (busy_low[L] + busy_high)
            out[B] = leave
            if update:
                p[B] = (below + above[L]) / leave
            else:
                imbalance += abs(below + above[L] - p[B] * leave)
        for n in range(low, N):
            if (H >> (n - low)) & 1 == 0:
                other = base + (1 << n)
                beside = inflow[other : other + size]
                column = rates[n::width]
                for i in range(size):
                    beside[i] += here[i] * column[i]
    return imbalance


@njit(cache=True, nogil=True)
def forward_listed(
    p: Array,
    inflow: Array,
    out: Array,
    mu: Array,
    start: Array,
    origin: Array,
    rate: Array,
    update: bool,
) -> float:
    """This will do what `forward` does where calls may take several servers at once.

    rate[i] for i in start[B]:start[B + 1] is how fast the state origin[i], a subset, becomes B;
    `out` is given.
    """
    imbalance = 0.0
    for B in range(len(p)):
        below = 0.0
        for i in range(start[B], start[B + 1]):
            below += rate[i] * p[origin[i]]
        inflow[B] = below
        above = 0.0
        for n in range(len(mu)):
            if (B >> n) & 1 == 0:
                above += mu[n] * p[B + (1 << n)]
        if update:
            p[B] = (below + above) / out[B]
        else:
            imbalance += abs(below + above - p[B] * out[B])
    return imbalance


@njit(cache=True, nogil=True)
def backward(
    p: Array, inflow: Array, out: Array, mu: Array, low: int
) -> tuple[Array, Array, Array]:
    """This will solve each state's balance in descending order, then sum p's layers.

    What comes from below is the same as in the pass before, so no rates are needed. Gives by
    number of busy servers: mass, rate of calls taken up, rate of services ended.
    """
    N = len(mu)
    size = 1 << low
    above = np.empty(size)
    count = np.zeros(size, np.int64)
    busy_low = np.zeros(size)
    for L in range(1, size):
        count[L] = count[L >> 1] + (L & 1)
        for n in range(low):
            if (L >> n) & 1:
                busy_low[L] += mu[n]
    mass, taken, ended = np.zeros(N + 1), np.zeros(N + 1), np.zeros(N + 1)
    for H in range((1 << (N - low)) - 1, -1, -1):
        base = H << low
        _from_above(H, low, mu, p, above)
        high, busy_high = 0, 0.0
        for n in range(low, N):
            if (H >> (n - low)) & 1:
                high += 1
                busy_high += mu[n]
        for L in range(size - 1, -1, -1):
            B = base + L
            rate = inflow[B] + above[L]
            for n in range(low):
                if (L >> n) & 1 == 0:
                    rate += mu[n] * p[B + (1 << n)]
            now = rate / out[B]
            p[B] = now
            k = high + count[L]
            busy = busy_low[L] + busy_high
            mass[k] += now
            ended[k] += now * busy
            taken[k] += now * (out[B] - busy)
    return mass, taken, ended


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def scale_and_step(g: Array, factor: Array, low: int, p: Array, f: Array) -> float:
    """This will scale g's layers and put g − p into f; gives Σ |f|."""
    size = 1 << low
    count = np.zeros(size, np.int64)
    for L in range(1, size):
        count[L] = count[L >> 1] + (L & 1)
    total = 0.0
    for H in range(len(g) >> low):
        base = H << low
        high = 0
        rest = H
        while rest:
            high += rest & 1
            rest >>= 1
        for L in range(size):
            now = g[base + L] * factor[high + count[L]]
            g[base + L] = now
            change = now - p[base + L]
            f[base + L] = change
            total += abs(change)
    return total


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def dot(a: Array, b: Array) -> float:
    """Give Σ a·b."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@njit(cache=True, nogil=True)
def mix(g: Array, weights: Array, steps: Array, p: Array) -> float:
    """This will put g − Σ weights[i]·steps[i] into p; gives the least value of p."""
    least = np.inf
    k = len(weights)
    tile = 2048
    for start in range(0, len(g), tile):
        stop = min(start + tile, len(g))
        for t in range(start, stop):
            p[t] = g[t]
        for i in range(k):
            w = weights[i]
            step = steps[i]
            for t in range(start, stop):
                p[t] -= w * step[t]
        for t in range(start, stop):
            least = min(least, p[t])
    return least


@njit(cache=True, nogil=True)
def sum_supersets(z: Array) -> None:
    """This will turn z[S] into Σ of z over the supersets of S, in place."""
    step = 1
    while step < len(z):
        for start in range(0, len(z), 2 * step):
            for i in range(start, start + step):
                z[i] += z[i + step]
        step *= 2
