"""The linear assignment problem as a compiled loop: what scipy answers, to the last column.

Source: Crouse, "On implementing 2D rectangular assignment algorithms" (2016): shortest augmenting
paths, the method behind scipy.optimize.linear_sum_assignment. The same order of columns and the
same rule for ties are kept, so that both give one answer;
tests/unit/engine/assignment/test_kernels.py compares them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NO_PAIRING = -1
U, V, SHORTEST, REALS = range(4)  # rows of the room for real numbers
COLUMN_OF, ROW_OF, PATH, LEFT, SEEN_ROW, SEEN_COLUMN, WHOLES = range(7)  # and for whole ones
Array = Any  # what arrays hold stands in the docstrings


@njit(cache=True, nogil=True, error_model="numpy")
def pair_rows(cost: Array) -> Array:
    """This will give, per row, the column it is paired with at the least sum, i8[rows].

    `cost` is f8[rows, columns] with at least as many columns as rows, inf where a pair may not
    be. Where not all rows can be paired every entry is NO_PAIRING.
    """
    rows, columns = cost.shape
    reals, wholes = np.empty((REALS, columns)), np.empty((WHOLES, columns), np.int64)
    pair_within(cost, rows, columns, reals, wholes)
    return wholes[COLUMN_OF, :rows].copy()


@njit(cache=True, nogil=True, error_model="numpy")
def pair_within(  # noqa: C901 - one search loop, inlined; scipy is its oracle
    cost: Array, rows: int, columns: int, reals: Array, wholes: Array
) -> None:
    """This will pair as `pair_rows` the first rows and columns of `cost`, in room that is given.

    `reals` is f8[REALS, columns or more], `wholes` i8[WHOLES, the same]; the answer stands in row
    COLUMN_OF of `wholes`. Nothing is allocated, which takes most of the time of a small pairing.
    """
    for row in range(rows):
        reals[U, row], wholes[COLUMN_OF, row] = 0.0, NO_PAIRING
    for column in range(columns):
        reals[V, column], wholes[ROW_OF, column] = 0.0, NO_PAIRING
    for current in range(rows):
        for at in range(columns):
            wholes[LEFT, at] = columns - at - 1
            reals[SHORTEST, at] = np.inf
            wholes[SEEN_COLUMN, at] = 0
        for row in range(rows):
            wholes[SEEN_ROW, row] = 0
        count, sink, row, least = columns, -1, current, 0.0
        while sink == -1:
            wholes[SEEN_ROW, row] = 1
            index, lowest = -1, np.inf
            for at in range(count):
                column = wholes[LEFT, at]
                through = least + cost[row, column] - reals[U, row] - reals[V, column]
                if through < reals[SHORTEST, column]:
                    wholes[PATH, column] = row
                    reals[SHORTEST, column] = through
                if reals[SHORTEST, column] < lowest or (
                    reals[SHORTEST, column] == lowest and wholes[ROW_OF, column] == -1
                ):
                    lowest, index = reals[SHORTEST, column], at
            least = lowest
            if index < 0 or least == np.inf:
                for each in range(rows):
                    wholes[COLUMN_OF, each] = NO_PAIRING
                return
            column = wholes[LEFT, index]
            if wholes[ROW_OF, column] == -1:
                sink = column
            else:
                row = wholes[ROW_OF, column]
            wholes[SEEN_COLUMN, column] = 1
            count -= 1
            wholes[LEFT, index] = wholes[LEFT, count]
        reals[U, current] += least
        for row in range(rows):
            if wholes[SEEN_ROW, row] and row != current:
                reals[U, row] += least - reals[SHORTEST, wholes[COLUMN_OF, row]]
        for column in range(columns):
            if wholes[SEEN_COLUMN, column]:
                reals[V, column] -= least - reals[SHORTEST, column]
        column = sink
        while True:
            row = wholes[PATH, column]
            wholes[ROW_OF, column] = row
            before = wholes[COLUMN_OF, row]
            wholes[COLUMN_OF, row] = column
            column = before
            if row == current:
                break
