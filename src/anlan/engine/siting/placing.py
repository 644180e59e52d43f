"""A first placement of units: greedy, then moves of one unit, then shakes, in compiled loops.

Row j of `near` and `hard` says which demands site j reaches, with one more row of none at the end,
so that "taken from nowhere" and "put nowhere" need no case of their own. Tested against trying
every placement in tests/unit/engine/siting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from anlan.engine.siting.problem import F8, Mask
from anlan.engine.siting.result import Stop

# numba works out types by itself; what arrays hold stands in the docstrings
Array = Any
SHAKES, ROUND, WIDEST = 20, 4, 4
NONE = np.zeros((0, 2))
WORK = 200_000_000  # looks at one demand: from so many for all moves of a unit on, none is tried


@dataclass(frozen=True, eq=False)
class Goal:
    """What a placement is worth: `worth[k]` of a row's weight with k units near (the last: more).

    Rows of `hard` must have a unit within reach, and the weight with one near must be `asked`.
    """

    near: Mask
    weight: F8
    worth: F8
    hard: Mask | None = None
    asked: float = 0.0


def place(
    goal: Goal,
    *,
    low: F8,
    high: F8,
    total: float,
    price: F8,
    money: float,
    seed: int,
    stop: Stop,
) -> F8:
    """This will give how many units stand at each column; where conditions are unmet, nearly."""
    near, hard = _by_site(goal.near), _by_site(goal.near[:0] if goal.hard is None else goal.hard)
    big = 10.0 * max(1.0, float(goal.weight.sum()))
    goals = (near, hard, goal.weight, goal.worth, float(goal.asked), big)
    rng = np.random.Generator(np.random.PCG64(seed))
    limits = (low, high, float(total), price, float(money))
    units = min(total, float(high.sum()))
    moves = bool(units * near.size <= WORK)
    best, held = _improve(goals, limits, low, moves, NONE)
    if (np.diff(goal.worth, 2) > 0).any():  # a second unit is worth more: the first shows no way
        even = np.linspace(0.0, 1.0, len(goal.worth))
        _, first = _improve((near, hard, goal.weight, even, *goals[4:]), limits, low, moves, NONE)
        value, other = _improve(goals, limits, first, moves, NONE)
        if value > best:
            best, held = value, other
    for _ in range(SHAKES // ROUND if moves else 0):
        if stop():
            break
        value, other = _improve(goals, limits, held, True, rng.random((ROUND, 2 * WIDEST)))
        if value > best:
            best, held = value, other
    return np.asarray(held, np.float64)


def _by_site(mask: Mask) -> Array:
    turned = np.zeros((mask.shape[1] + 1, mask.shape[0]), np.uint8)
    turned[:-1] = mask.T
    return turned


@njit(cache=True, nogil=True)
def _after(goals: tuple[Any, ...], count: Array, reached: Array, out: int, into: int) -> float:
    """This will give what the placement is worth once a unit went from `out` to `into`."""
    near, hard, weight, worth, asked, big = goals
    total, within, bare = 0.0, 0.0, 0.0
    top = len(worth) - 1
    for i in range(len(count)):
        k = count[i] + near[into, i] - near[out, i]
        total += weight[i] * worth[min(k, top)]
        if k >= 1:
            within += weight[i]
    for i in range(len(reached)):
        if reached[i] + hard[into, i] - hard[out, i] < 1:
            bare += 1.0
    return total - big * bare - big * max(0.0, asked - within)


@njit(cache=True, nogil=True)
def _move(
    goals: tuple[Any, ...], held: Array, count: Array, reached: Array, out: int, into: int
) -> None:
    near, hard = goals[0], goals[1]
    for i in range(len(count)):
        count[i] += np.int64(near[into, i]) - np.int64(near[out, i])
    for i in range(len(reached)):
        reached[i] += np.int64(hard[into, i]) - np.int64(hard[out, i])
    if out < len(held):
        held[out] -= 1
    if into < len(held):
        held[into] += 1


@njit(cache=True, nogil=True)
def _fill(
    goals: tuple[Any, ...], limits: tuple[Any, ...], held: Array, count: Array, reached: Array
) -> None:
    """This will add units where each is worth most for its price, while any may be added."""
    low, high, total, price, money = limits
    none = len(held)
    left = money - ((held - low) * price).sum()
    while held.sum() < total:
        now = _after(goals, count, reached, none, none)
        best, at = -np.inf, -1
        for j in range(none):
            if held[j] < high[j] and price[j] <= left:
                gain = (_after(goals, count, reached, none, j) - now) / max(price[j], 1e-9)
                if gain > best:
                    best, at = gain, j
        if at < 0:
            return
        _move(goals, held, count, reached, none, at)
        left -= price[at]


@njit(cache=True, nogil=True)
def _best_move(
    goals: tuple[Any, ...], limits: tuple[Any, ...], held: Array, count: Array, reached: Array
) -> tuple[int, int]:
    """This will find the move of one unit that gains most; -1 where none gains."""
    low, high, _, price, money = limits
    none = len(held)
    left = money - ((held - low) * price).sum()
    best, out, into = _after(goals, count, reached, none, none), -1, -1
    best += 1e-9 * max(1.0, abs(best))
    for a in range(none):
        if held[a] <= low[a]:
            continue
        for b in range(none):
            if held[b] < high[b] and b != a and price[b] - price[a] <= left:
                value = _after(goals, count, reached, a, b)
                if value > best:
                    best, out, into = value, a, b
    return out, into


@njit(cache=True, nogil=True)
def _improve(
    goals: tuple[Any, ...], limits: tuple[Any, ...], start: Array, moves: bool, draws: Array
) -> tuple[float, Array]:
    """This will fill up and move units to a local best; with draws, after each row's shake."""
    none = len(start)
    near, hard = goals[0], goals[1]
    best, best_held = -np.inf, start.copy()
    for turn in range(max(1, len(draws))):
        held = best_held.copy()
        count, reached = np.zeros(near.shape[1], np.int64), np.zeros(hard.shape[1], np.int64)
        for j in range(none):
            for _ in range(int(held[j])):
                held[j] -= 1
                _move(goals, held, count, reached, none, j)
        if len(draws):
            _shake(goals, limits, held, count, reached, draws[turn])
        _fill(goals, limits, held, count, reached)
        while moves:
            out, into = _best_move(goals, limits, held, count, reached)
            if out < 0:
                break
            _move(goals, held, count, reached, out, into)
            _fill(goals, limits, held, count, reached)
        value = _after(goals, count, reached, none, none)
        if value >= best:
            best, best_held = value, held
    return best, best_held


@njit(cache=True, nogil=True)
def _shake(
    goals: tuple[Any, ...],
    limits: tuple[Any, ...],
    held: Array,
    count: Array,
    reached: Array,
    draws: Array,
) -> None:
    """This will move some units at random, as far as limits and prices allow."""
    low, high, _, price, money = limits
    for k in range(len(draws) // 2):
        a, b = int(draws[2 * k] * len(held)), int(draws[2 * k + 1] * len(held))
        for _ in range(len(held)):  # the next site that has a unit to give
            if held[a] > low[a]:
                break
            a = (a + 1) % len(held)
        left = money - ((held - low) * price).sum()
        if a != b and held[a] > low[a] and held[b] < high[b] and price[b] - price[a] <= left:
            _move(goals, held, count, reached, a, b)
