"""Compiled loops of the nearest-site models: swap search, perturbation, Lagrangian dual.

Demands are rows i, sites are columns j. Row i lists its sites by rising cost: `site[ptr[i]:ptr[i +
1]]` and `cost[...]` (weight included). A site that is not listed costs `far[i]`, every
listed one less. The same pairs by site: `col_ptr`, `col_row`, `col_cost`. `chosen[r]` is the site
in slot r, `slot[j]` is site j's slot or -1. `near[0, i]` and `near[1, i]` are the slots of row i's
nearest and second nearest chosen sites at costs `d[0, i]` and `d[1, i]`; -1 and `far[i]` where
none is listed. Of a swap of slot r for site j, the value falls by gain[j] + extra[r, j] - loss[r].

`lists` is all seven in the order (ptr, site, cost, far, col_ptr, col_row, col_cost), `rows` the
first four. No sum is reordered by the compiler (no fastmath): a seed gives the same sites anywhere.

Source: Whitaker (1983); Resende & Werneck (2007), "A fast swap-based local search procedure for
location problems"; Hansen & Mladenović (1997), "Variable neighborhood search for the p-median";
Cornuéjols, Fisher & Nemhauser (1977); Beasley (1993), "Lagrangean heuristics for location
problems". Tested against trying every choice in tests/unit/engine/siting.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

# numba works out types by itself; what arrays hold stands in the module's docstring
Array = Any


@njit(cache=True, nogil=True)
def _settle(
    i: int, ptr: Array, site: Array, cost: Array, far: Array, slot: Array, near: Array, d: Array
) -> None:
    """This will find row i's nearest and second nearest chosen sites."""
    near[0, i] = -1
    near[1, i] = -1
    d[0, i] = far[i]
    d[1, i] = far[i]
    found = 0
    for k in range(ptr[i], ptr[i + 1]):
        r = slot[site[k]]
        if r >= 0:
            near[found, i] = r
            d[found, i] = cost[k]
            found += 1
            if found == 2:
                return


@njit(cache=True, nogil=True)
def _count(
    i: int,
    sign: float,
    ptr: Array,
    site: Array,
    cost: Array,
    near: Array,
    d: Array,
    gain: Array,
    loss: Array,
    extra: Array,
) -> None:
    """This will add (sign 1) or take away (-1) what row i says of every swap."""
    d1, d2, r = d[0, i], d[1, i], near[0, i]
    if r >= 0:
        loss[r] += sign * (d2 - d1)
        for k in range(ptr[i], ptr[i + 1]):
            c = cost[k]
            if c >= d2:
                break
            j = site[k]
            if c < d1:
                gain[j] += sign * (d1 - c)
                extra[r, j] += sign * (d2 - d1)
            else:
                extra[r, j] += sign * (d2 - c)
    else:
        for k in range(ptr[i], ptr[i + 1]):
            c = cost[k]
            if c >= d1:
                break
            gain[site[k]] += sign * (d1 - c)


@njit(cache=True, nogil=True)
def _begin(
    ptr: Array,
    site: Array,
    cost: Array,
    far: Array,
    chosen: Array,
    slot: Array,
    near: Array,
    d: Array,
    gain: Array,
    loss: Array,
    extra: Array,
) -> None:
    """This will set the swap search's tables for `chosen`."""
    slot[:] = -1
    for r in range(len(chosen)):
        slot[chosen[r]] = r
    gain[:] = 0.0
    loss[:] = 0.0
    extra[:, :] = 0.0
    for i in range(len(far)):
        _settle(i, ptr, site, cost, far, slot, near, d)
        _count(i, 1.0, ptr, site, cost, near, d, gain, loss, extra)


@njit(cache=True, nogil=True)
def _swap(
    r: int,
    new: int,
    ptr: Array,
    site: Array,
    cost: Array,
    far: Array,
    col_ptr: Array,
    col_row: Array,
    col_cost: Array,
    chosen: Array,
    slot: Array,
    near: Array,
    d: Array,
    gain: Array,
    loss: Array,
    extra: Array,
    touched: Array,
) -> None:
    """This will put site `new` into slot r and mend the tables of the rows this touches."""
    old = chosen[r]
    many = 0
    for k in range(col_ptr[old], col_ptr[old + 1]):
        i = col_row[k]
        if near[0, i] == r or near[1, i] == r:
            touched[many] = i
            many += 1
    for k in range(col_ptr[new], col_ptr[new + 1]):
        i = col_row[k]
        if col_cost[k] < d[1, i] and near[0, i] != r and near[1, i] != r:
            touched[many] = i
            many += 1
    for t in range(many):
        _count(touched[t], -1.0, ptr, site, cost, near, d, gain, loss, extra)
    slot[old] = -1
    slot[new] = r
    chosen[r] = new
    loss[r] = 0.0  # exactly: no row is r's at this moment, and sums of parts leave crumbs
    extra[r, :] = 0.0
    for t in range(many):
        i = touched[t]
        _settle(i, ptr, site, cost, far, slot, near, d)
        _count(i, 1.0, ptr, site, cost, near, d, gain, loss, extra)


@njit(cache=True, nogil=True)
def _best_swap(slot: Array, gain: Array, loss: Array, extra: Array) -> tuple[int, int, float]:
    """This will find the swap that lowers the value most; of equals the first."""
    best, out, into = 0.0, -1, -1
    for r in range(len(loss)):
        base = loss[r]
        for j in range(len(gain)):
            profit = gain[j] + extra[r, j] - base
            if profit > best and slot[j] < 0:
                best, out, into = profit, r, j
    return out, into, best


@njit(cache=True, nogil=True)
def greedy(
    lists: tuple[Array, ...],
    p: int,
) -> Array:
    """This will add, p times, the site that lowers the value most; of equals the first."""
    ptr, site, cost, far, col_ptr, col_row, col_cost = lists
    m = len(col_ptr) - 1
    d1, gain = far.copy(), np.zeros(m)
    taken, chosen = np.zeros(m, np.bool_), np.empty(p, np.int64)
    for i in range(len(far)):
        for k in range(ptr[i], ptr[i + 1]):
            gain[site[k]] += far[i] - cost[k]
    for r in range(p):
        best = -1
        for j in range(m):
            if not taken[j] and (best < 0 or gain[j] > gain[best]):
                best = j
        chosen[r] = best
        taken[best] = True
        for a in range(col_ptr[best], col_ptr[best + 1]):
            i, c = col_row[a], col_cost[a]
            if c >= d1[i]:
                continue
            for k in range(ptr[i], ptr[i + 1]):
                if cost[k] >= d1[i]:
                    break
                gain[site[k]] -= d1[i] - max(cost[k], c)
            d1[i] = c
    return chosen


@njit(cache=True, nogil=True)
def improve(
    lists: tuple[Array, ...],
    start: Array,
    draws: Array,
    least_gain: float,
) -> tuple[float, Array]:
    """This will swap from `start` to a local best, then shake and swap again, once a row of draws.

    `draws[round, 2 k]` and `[round, 2 k + 1]` in [0, 1) pick the k-th shaken slot and its new site.
    The shake grows by one swap each time it finds nothing better. Gives (value, chosen).
    """
    ptr, site, cost, far, col_ptr, col_row, col_cost = lists
    n, p, m = len(far), len(start), len(col_ptr) - 1
    chosen = start.copy()
    slot = np.full(m, -1, np.int64)
    near, d = np.empty((2, n), np.int64), np.empty((2, n))
    gain, loss, extra = np.zeros(m), np.zeros(p), np.zeros((p, m))
    touched = np.empty(2 * n + 2, np.int64)
    best_chosen, best = start.copy(), np.inf
    strength, widest = 0, draws.shape[1] // 2
    _begin(ptr, site, cost, far, chosen, slot, near, d, gain, loss, extra)
    for turn in range(len(draws) + 1):
        if turn > 0:
            for k in range(strength):
                r = int(draws[turn - 1, 2 * k] * p)
                j = int(draws[turn - 1, 2 * k + 1] * m)
                if slot[j] < 0:
                    _swap(
                        r, j, ptr, site, cost, far, col_ptr, col_row, col_cost,
                        chosen, slot, near, d, gain, loss, extra, touched,
                    )  # fmt: skip
        while True:
            r, j, profit = _best_swap(slot, gain, loss, extra)
            if r < 0 or profit <= least_gain:
                break
            _swap(
                r, j, ptr, site, cost, far, col_ptr, col_row, col_cost,
                chosen, slot, near, d, gain, loss, extra, touched,
            )  # fmt: skip
        value = d[0].sum()
        strength = 1 if value < best - least_gain else strength + 1
        if strength > widest:
            strength = min(1, widest)
        if value <= best + least_gain:
            best = min(best, value)
            best_chosen[:] = chosen
        else:
            chosen[:] = best_chosen
            _begin(ptr, site, cost, far, chosen, slot, near, d, gain, loss, extra)
    return best, best_chosen


@njit(cache=True, nogil=True)
def _worth(ptr: Array, site: Array, cost: Array, price: Array, worth: Array) -> None:
    """This will set worth[j] to the sum over rows of min(0, cost - price)."""
    worth[:] = 0.0
    for i in range(len(price)):
        top = price[i]
        for k in range(ptr[i], ptr[i + 1]):
            if cost[k] >= top:
                break
            worth[site[k]] += cost[k] - top


@njit(cache=True, nogil=True)
def dual_ascent(  # noqa: C901 - one inlined loop; every value it gives is a valid bound
    rows: tuple[Array, ...],
    price: Array,
    state: Array,
    p: int,
    upper: float,
    cutoff: float,
    steps: int,
    scale: float,
    patience: int,
) -> tuple[float, Array, Array, Array, float]:
    """This will raise the Lagrangian dual by deflected subgradient steps from `price`.

    `state[j]` is 1 for a site that is open, -1 closed, 0 free; p counts the open ones. Gives
    (bound, the prices that reach it, each site's worth there, how often each was opened lately,
    the step's last scale). Ends early at `cutoff`.
    """
    ptr, site, cost, far = rows
    n, m = len(far), len(state)
    price = np.minimum(price, far)
    best, best_price, best_worth = -np.inf, price.copy(), np.zeros(m)
    worth, key = np.zeros(m), np.zeros(m)
    slope, way = np.zeros(n), np.zeros(n)
    is_open, often = np.zeros(m, np.bool_), np.zeros(m)
    stale = 0
    for _ in range(steps):
        _worth(ptr, site, cost, price, worth)
        for j in range(m):
            key[j] = worth[j] if state[j] == 0 else (-np.inf if state[j] > 0 else np.inf)
        order = np.argsort(key, kind="mergesort")
        is_open[:] = False
        dual = price.sum()
        for k in range(p):
            is_open[order[k]] = True
            dual += worth[order[k]]
        often *= 0.9
        for k in range(p):
            often[order[k]] += 0.1
        if dual > best + 1e-4 * abs(upper - best):
            stale = 0
        else:
            stale += 1
        if dual > best:
            best = dual
            best_price[:] = price
            best_worth[:] = worth
            if best >= cutoff:
                break
        if stale >= patience:
            scale, stale = scale / 2, 0
            price[:] = best_price
            way[:] = 0.0
            if scale < 1e-3:
                break
            continue
        length = 0.0
        for i in range(n):
            served = 0.0
            for k in range(ptr[i], ptr[i + 1]):
                if cost[k] >= price[i]:
                    break
                if is_open[site[k]]:
                    served += 1.0
            slope[i] = 1.0 - served
            if price[i] >= far[i] and slope[i] > 0:
                slope[i] = 0.0
            way[i] = slope[i] + 0.4 * way[i]
            length += way[i] * way[i]
        if length == 0.0:
            break
        size = scale * max(upper - dual, 1e-9 * abs(upper) + 1e-12) / length
        for i in range(n):
            price[i] = min(max(price[i] + size * way[i], 0.0), far[i])
    return best, best_price, best_worth, often, scale
