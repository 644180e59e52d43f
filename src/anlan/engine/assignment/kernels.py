"""The desk's choice of units as a compiled loop, for simulations that make it millions of times.

`choose_units` gives the best plan of `solve(problem, alternatives=0)` without a first arrival's
weight: the same objective, the same matrix, the same pairing of lines (docs/method/assignment.md).
tests/unit/engine/assignment/test_kernels.py compares the two.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anlan.engine.pairing.kernels import pair_rows

TICKS_PER_MS = 64
Array = Any  # what arrays hold stands in the docstrings
whole: Any = np.int64  # a typed start, so that each helper is compiled once


@njit(cache=True, nogil=True, error_model="numpy")
def bit_count(bits: int) -> int:
    """This will count the bits of a capability set, i8."""
    count = 0
    left = np.uint64(bits)
    while left != np.uint64(0):
        left &= left - np.uint64(1)
        count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def choose_units(
    bits: Array, ms: Array, diverting: Array, area: Array, wanted: Array, count: Array,
    have: Array, keep: Array, cover_ticks: float, divert_ticks: float, sent: Array, line_of: Array,
) -> int:  # fmt: skip
    """This will choose units for a run card: how many go; who in `sent`, for which line.

    Candidates (index k, all of them able to go): capability `bits`, whole `ms` of travel, whether
    `diverting`, the cover `area` that they cover now (-1: none). Line l wants count[l] units with
    capability bit wanted[l]. Area a has have[a] free units and keeps keep[a]. Answers stand by
    line, the nearest first.
    """
    lines, candidates = len(wanted), len(ms)
    most_sent = whole(0)
    asked = whole(0)
    for line in range(lines):
        most_sent += count[line]
        asked |= wanted[line]
    # ------------------------------------------------ what each candidate costs, as build_field
    ticks = np.empty(candidates)
    loose = np.zeros(candidates, np.bool_)  # its area may run out within this run card
    fits = np.zeros(candidates, np.int64)
    separate, bound = True, False
    for k in range(candidates):
        for line in range(lines):
            if bits[k] & wanted[line]:
                fits[k] |= whole(1) << line
        if fits[k] == 0:
            continue
        ticks[k] = ms[k] * TICKS_PER_MS + bit_count(bits[k] & ~asked)
        if diverting[k]:
            ticks[k] += divert_ticks
        elif area[k] >= 0:
            spare = max(have[area[k]] - keep[area[k]], 0)
            if spare == 0:
                ticks[k] += cover_ticks
            loose[k] = 0 < spare < most_sent
            bound = bound or loose[k]
        separate = separate and (fits[k] & (fits[k] - 1)) == 0
    if separate and not bound:
        return _line_by_line(ticks, ms, fits, count, sent, line_of)
    return _paired(
        ticks, ms, fits, loose, area, count, have, keep, cover_ticks, most_sent, sent, line_of
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _line_by_line(
    ticks: Array, ms: Array, fits: Array, count: Array, sent: Array, line_of: Array
) -> int:
    """This will fill each line with its cheapest, where no unit fits two and no area runs out."""
    number = whole(0)
    for line in range(len(count)):
        first = number
        for _ in range(count[line]):
            best = -1
            for k in range(len(ticks)):
                if fits[k] & (whole(1) << line) and (best < 0 or ticks[k] < ticks[best]):
                    best = k
            if best < 0:
                break
            fits[best] = 0
            sent[number], line_of[number] = best, line
            number += 1
        _by_travel(sent, first, number, ticks, ms)
    return number


@njit(cache=True, nogil=True, error_model="numpy")
def _by_travel(sent: Array, first: int, last: int, ticks: Array, ms: Array) -> None:
    """This will sort the chosen of one line by travel, then cost, then place in the table."""
    for at in range(first + 1, last):
        k = sent[at]
        back = at
        while back > first:
            other = sent[back - 1]
            if (ms[other], ticks[other], other) <= (ms[k], ticks[k], k):
                break
            sent[back] = other
            back -= 1
        sent[back] = k


@njit(cache=True, nogil=True, error_model="numpy")
def _worth_a_look(  # noqa: C901 - the worst cases per kind, then who beats them
    ticks: Array, fits: Array, loose: Array, cover_ticks: float, most_sent: int
) -> Array:
    """This will keep the units that no `most_sent` others of their kind replace without loss.

    Units are alike where they fit the same lines; the kept stand by cost, then place.
    """
    candidates = len(ticks)
    kinds = np.empty(candidates, np.int64)
    worst = np.empty((candidates, most_sent))
    members = np.zeros(candidates, np.int64)
    kind_of = np.empty(candidates, np.int64)
    found = 0
    for k in range(candidates):
        if fits[k] == 0:
            continue
        kind = 0
        while kind < found and kinds[kind] != fits[k]:
            kind += 1
        if kind == found:
            kinds[kind] = fits[k]
            found += 1
        kind_of[k] = kind
        high = ticks[k] + (cover_ticks if loose[k] else 0.0)
        size = members[kind]
        if size == most_sent and high >= worst[kind, size - 1]:
            continue
        at = size if size < most_sent else size - 1
        while at > 0 and worst[kind, at - 1] > high:
            worst[kind, at] = worst[kind, at - 1]
            at -= 1
        worst[kind, at] = high
        members[kind] = min(size + 1, most_sent)
    kept = np.empty(candidates, np.int64)
    number = whole(0)
    for k in range(candidates):
        if fits[k] == 0:
            continue
        kind = kind_of[k]
        if members[kind] == most_sent and ticks[k] > worst[kind, most_sent - 1]:
            continue
        at = number
        while at > 0 and ticks[kept[at - 1]] > ticks[k]:
            kept[at] = kept[at - 1]
            at -= 1
        kept[at] = k
        number += 1
    return kept[:number]


@njit(cache=True, nogil=True, error_model="numpy")
def _paired(  # noqa: C901 - builds Matcher's matrix and reads it, in one place
    ticks: Array, ms: Array, fits: Array, loose: Array, area: Array, count: Array, have: Array,
    keep: Array, cover_ticks: float, most_sent: int, sent: Array, line_of: Array,
) -> int:  # fmt: skip
    """This will choose by one linear assignment, as `Matcher` does."""
    kept = _worth_a_look(ticks, fits, loose, cover_ticks, most_sent)
    units, lines = len(kept), len(count)
    standing = np.zeros(len(have), np.int64)
    worst = 0.0
    for k in kept:
        worst = max(worst, ticks[k])
        if loose[k]:
            standing[area[k]] += 1
    covers = 0
    for a in range(len(have)):
        covers += max(0, standing[a] - max(have[a] - keep[a], 0)) if standing[a] else 0
    worst += cover_ticks + 1.0
    open_price = worst * (most_sent + 1) * 2.0 * (most_sent + 1)
    matrix = np.full((most_sent + covers, units + most_sent + covers), np.inf)
    row_line = np.empty(most_sent, np.int64)
    row = 0
    for line in range(lines):
        for _ in range(count[line]):
            row_line[row] = line
            for at in range(units):
                if fits[kept[at]] & (whole(1) << line):
                    matrix[row, at] = ticks[kept[at]]
            matrix[row, units + row] = open_price * (lines - line)
            row += 1
    for a in range(len(have)):
        rows = max(0, standing[a] - max(have[a] - keep[a], 0)) if standing[a] else 0
        for _ in range(rows):
            for at in range(units):
                if loose[kept[at]] and area[kept[at]] == a:
                    matrix[row, at] = 0.0
            matrix[row, units + row] = cover_ticks
            row += 1
    column_of = pair_rows(matrix)
    chosen = np.zeros(units, np.bool_)
    filled = np.zeros(lines, np.int64)
    number = whole(0)
    for row in range(most_sent):
        if column_of[row] < units:
            chosen[column_of[row]] = True
            filled[row_line[row]] += 1
            number += 1
    return _lines_of(chosen, filled, kept, ticks, ms, fits, number, sent, line_of)


@njit(cache=True, nogil=True, error_model="numpy")
def _lines_of(
    chosen: Array, filled: Array, kept: Array, ticks: Array, ms: Array, fits: Array, number: int,
    sent: Array, line_of: Array,
) -> int:  # fmt: skip
    """This will say which chosen unit fills which line: earlier lines get nearer units."""
    lines = len(filled)
    units = np.empty(number, np.int64)
    at = 0
    for k in range(len(chosen)):
        if chosen[k]:
            units[at] = kept[k]
            at += 1
    price = np.full((number, number), np.inf)
    row = 0
    for line in range(lines):
        for _ in range(filled[line]):
            line_of[row] = line
            for at in range(number):
                if fits[units[at]] & (whole(1) << line):
                    price[row, at] = ms[units[at]] * TICKS_PER_MS * float(lines - line)
            row += 1
    column_of = pair_rows(price)
    for row in range(number):
        sent[row] = units[column_of[row]]
    first = whole(0)
    for line in range(lines):
        _by_travel(sent, first, first + filled[line], ticks, ms)
        first += filled[line]
    return number
