"""The linear assignment problem as a compiled loop: what scipy answers, to the last column.

Source: Crouse, "On implementing 2D rectangular assignment algorithms" (2016): shortest augmenting
paths, the method behind scipy.optimize.linear_sum_assignment. The same order of columns and the
same rule for ties are kept, so that both give one answer; tests/unit/engine/pairing compares them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

NO_PAIRING = -1
Array = Any  # what arrays hold stands in the docstrings


@njit(cache=True, nogil=True, error_model="numpy")
def pair_rows(cost: Array) -> Array:  # noqa: C901 - one search loop, inlined; scipy is its oracle
    """This will give, per row, the column it is paired with at the least sum, i8[rows].

    `cost` is f8[rows, columns] with at least as many columns as rows, inf where a pair may not
    be. Where not all rows can be paired every entry is NO_PAIRING.
    """
    rows, columns = cost.shape
    u = np.zeros(rows)
    v = np.zeros(columns)
    shortest = np.empty(columns)
    path = np.empty(columns, np.int64)
    column_of = np.full(rows, -1, np.int64)
    row_of = np.full(columns, -1, np.int64)
    seen_row = np.empty(rows, np.bool_)
    seen_column = np.empty(columns, np.bool_)
    left = np.empty(columns, np.int64)
    for current in range(rows):
        for at in range(columns):
            left[at] = columns - at - 1
            shortest[at] = np.inf
            seen_column[at] = False
        seen_row[:] = False
        count, sink, row, least = columns, -1, current, 0.0
        while sink == -1:
            seen_row[row] = True
            index, lowest = -1, np.inf
            for at in range(count):
                column = left[at]
                through = least + cost[row, column] - u[row] - v[column]
                if through < shortest[column]:
                    path[column] = row
                    shortest[column] = through
                if shortest[column] < lowest or (
                    shortest[column] == lowest and row_of[column] == -1
                ):
                    lowest, index = shortest[column], at
            least = lowest
            if index < 0 or least == np.inf:
                column_of[:] = NO_PAIRING
                return column_of
            column = left[index]
            if row_of[column] == -1:
                sink = column
            else:
                row = row_of[column]
            seen_column[column] = True
            count -= 1
            left[index] = left[count]
        u[current] += least
        for row in range(rows):
            if seen_row[row] and row != current:
                u[row] += least - shortest[column_of[row]]
        for column in range(columns):
            if seen_column[column]:
                v[column] -= least - shortest[column]
        column = sink
        while True:
            row = path[column]
            row_of[column] = row
            before = column_of[row]
            column_of[row] = column
            column = before
            if row == current:
                break
    return column_of
