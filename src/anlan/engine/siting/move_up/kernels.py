"""The move-up decisions as compiled loops, called by the simulation's loop and by the board.

Rows are free units that may move; `base[row]` is the base where the unit is or is going (-1:
none of them); `ms_to_base[row, b]` are milliseconds, NO_WAY where no road leads. A decision gives
the base for each row, -1 for "stays as it is". Sums run in one order, so results repeat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anlan.engine.pairing.kernels import pair_rows

NO_WAY = 2**31 - 1
UNCOVERED = 1e6  # a unit of demand out of all reach, against one covered twice
SHORT = 1e3  # the same for one that lacks to the share within the shorter time
Array = Any


@njit(cache=True, nogil=True, error_model="numpy")
def spared(units: Array, base: Array) -> Array:
    """This will mark the units that a compliance table may move, bool[free].

    Those at a base that has no more than the table wants there stay.
    """
    free = len(base)
    row = min(free, len(units) - 1)
    left = np.zeros(units.shape[1], np.int64)
    for k in range(free):
        if base[k] >= 0:
            left[base[k]] += 1
    loose = np.empty(free, np.bool_)
    for k in range(free):
        loose[k] = base[k] < 0 or left[base[k]] > units[row, base[k]]
    return loose


@njit(cache=True, nogil=True, error_model="numpy")
def comply(  # noqa: C901 - what lacks, who is spared, the pairing; brute force is its test
    units: Array, base: Array, ms_to_base: Array
) -> Array:  # fmt: skip
    """This will fill the places of the table's row that lack a unit, with the least travel.

    Only rows of `ms_to_base` whose unit is `spared` are read.
    """
    free, bases = ms_to_base.shape
    target = np.full(free, -1, np.int64)
    loose = spared(units, base)
    row = min(free, len(units) - 1)
    count = np.zeros(bases, np.int64)
    crowded = np.zeros(bases, np.bool_)
    movers = np.empty(free, np.int64)
    n = 0
    for k in range(free):
        if loose[k]:
            movers[n] = k
            n += 1
        if base[k] >= 0:
            count[base[k]] += 1
            crowded[base[k]] = loose[k]
    places = np.empty(max(1, free), np.int64)
    wanted, lacking = 0, 0
    for b in range(bases):
        lacks = units[row, b] if crowded[b] else max(0, units[row, b] - count[b])
        lacking += max(0, units[row, b] - count[b])
        for _ in range(lacks):
            if wanted < n:
                places[wanted] = b
                wanted += 1
    if lacking == 0 or wanted == 0:
        return target
    cost = np.empty((wanted, n))
    for place in range(wanted):
        for k in range(n):
            b, mover = places[place], movers[k]
            # of equal ways a unit that is there, or on its way, comes first
            cost[place, k] = 2.0 * ms_to_base[mover, b] - (1.0 if base[mover] == b else 0.0)
    unit_of = pair_rows(cost)
    for place in range(wanted):
        target[movers[unit_of[place]]] = places[place]
    return target


@njit(cache=True, nogil=True, error_model="numpy")
def total_of(worth: Array, reached: Array, first: int, last: int) -> float:
    """This will add up what a base reaches: four sums side by side, always in one order."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    at = first
    while at + 3 < last:
        a += worth[reached[at]]
        b += worth[reached[at + 1]]
        c += worth[reached[at + 2]]
        d += worth[reached[at + 3]]
        at += 4
    while at < last:
        a += worth[reached[at]]
        at += 1
    return (a + b) + (c + d)


@njit(cache=True, nogil=True, error_model="numpy")
def best_base(
    gain_of: Array, demand: Array, ptr: Array, reached: Array, room: Array, base: Array,
    ms_to_base: Array, freed: int,
) -> int:  # fmt: skip
    """This will give the base where one more unit adds the most expected cover (DMEXCLP).

    `gain_of[k]` is (1 - q) q^k; base b reaches demand reached[ptr[b]:ptr[b + 1]]. Of equal gains
    the nearest base wins, then the first. -1 where no base can be reached or has room.
    """
    bases = len(ptr) - 1
    covered = np.zeros(len(demand), np.int64)
    standing = np.zeros(bases, np.int64)
    for k in range(len(base)):
        if k != freed and base[k] >= 0:
            standing[base[k]] += 1
            for at in range(ptr[base[k]], ptr[base[k] + 1]):
                covered[reached[at]] += 1
    worth = np.empty(len(demand))  # what one more unit would add at each demand
    for d in range(len(demand)):
        worth[d] = demand[d] * gain_of[covered[d]]
    best, best_gain, best_ms = -1, -1.0, 0
    for b in range(bases):
        ms = ms_to_base[freed, b]
        if ms >= NO_WAY or standing[b] >= room[b]:
            continue
        gain = total_of(worth, reached, ptr[b], ptr[b + 1])
        if gain > best_gain or (gain == best_gain and ms < best_ms):
            best, best_gain, best_ms = b, gain, ms
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def double_cover_value(
    near: Array, far: Array, demand: Array, share: float, standing: Array
) -> float:
    """This will value a placement: demand covered twice, less what the two limits lack."""
    twice, once, lost, total = 0.0, 0.0, 0.0, 0.0
    for d in range(len(demand)):
        close, reached = 0, False
        for b in range(len(standing)):
            if standing[b] > 0:
                if near[b, d]:
                    close += standing[b]
                reached = reached or far[b, d]
        total += demand[d]
        if close >= 2:
            twice += demand[d]
        if close >= 1:
            once += demand[d]
        if not reached:
            lost += demand[d]
    return twice - UNCOVERED * lost - SHORT * max(0.0, share * total - once)


@njit(cache=True, nogil=True, error_model="numpy")
def double_standard(  # noqa: C901 - one local search, inlined; brute force is its test
    near: Array, far: Array, demand: Array, share: float, cost_per_ms: float, room: Array,
    base: Array, ms_to_base: Array,
) -> Array:  # fmt: skip
    """This will move units while that gains (DDSM): one at a time, then two at a time.

    A local search from the present placement: it ends where no move of one unit and no move of
    two units together gains. Not a proven best; the tests measure how near it comes.
    """
    free, bases = ms_to_base.shape
    standing = np.zeros(bases, np.int64)
    at = base.copy()
    for k in range(free):
        if at[k] >= 0:
            standing[at[k]] += 1
    paid = np.zeros(free)
    value = double_cover_value(near, far, demand, share, standing)
    while True:
        best_gain, first, to, second, there = 1e-9, -1, -1, -1, -1
        for k in range(free):
            if at[k] >= 0:
                standing[at[k]] -= 1
            for b in range(bases):
                if ms_to_base[k, b] >= NO_WAY or b == at[k]:
                    continue
                cost = 0.0 if b == base[k] else cost_per_ms * ms_to_base[k, b]
                standing[b] += 1
                if standing[b] <= room[b]:
                    new = double_cover_value(near, far, demand, share, standing)
                    gain = new - value - cost + paid[k]
                    if gain > best_gain:
                        best_gain, first, to, second = gain, k, b, -1
                standing[b] -= 1
            if at[k] >= 0:
                standing[at[k]] += 1
        if first < 0:
            for k in range(free):
                if at[k] >= 0:
                    standing[at[k]] -= 1
                for m in range(free):
                    if m == k or at[m] < 0:
                        continue
                    b = at[m]  # k takes the place of m, and m goes on
                    if ms_to_base[k, b] >= NO_WAY or b == at[k]:
                        continue
                    cost_k = 0.0 if b == base[k] else cost_per_ms * ms_to_base[k, b]
                    for c in range(bases):
                        if c == b or ms_to_base[m, c] >= NO_WAY:
                            continue
                        cost_m = 0.0 if c == base[m] else cost_per_ms * ms_to_base[m, c]
                        standing[c] += 1
                        if standing[c] <= room[c]:
                            new = double_cover_value(near, far, demand, share, standing)
                            gain = new - value - cost_k - cost_m + paid[k] + paid[m]
                            if gain > best_gain:
                                best_gain, first, to, second, there = gain, k, b, m, c
                        standing[c] -= 1
                if at[k] >= 0:
                    standing[at[k]] += 1
        if first < 0:
            break
        if at[first] >= 0:
            standing[at[first]] -= 1
        standing[to] += 1
        at[first] = to
        paid[first] = 0.0 if to == base[first] else cost_per_ms * ms_to_base[first, to]
        if second >= 0:
            standing[to] -= 1
            standing[there] += 1
            at[second] = there
            paid[second] = 0.0 if there == base[second] else cost_per_ms * ms_to_base[second, there]
        value = double_cover_value(near, far, demand, share, standing)
    for k in range(free):
        if at[k] == base[k]:
            at[k] = -1
    return at
