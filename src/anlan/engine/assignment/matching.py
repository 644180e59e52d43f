"""The least costly set of units, exactly, as one linear assignment problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from anlan.engine.assignment.field import Field, Index
from anlan.engine.assignment.problem import F8, Need


@dataclass(frozen=True)
class Matching:
    """A set of kept units (indices k, ascending), what it costs, and which lines stay open."""

    chosen: tuple[int, ...]
    filled: tuple[int, ...]  # [line]
    ticks: float


class Matcher:
    """Finds the best set of units for a field, with some units demanded and others forbidden.

    Rows are the units wanted (slots) and, for each area that can spare some but not all of its
    units, the places in its cover that should stay filled. Columns are units; an open slot and a
    broken cover place each have a column of their own, priced.
    """

    def __init__(self, field: Field, needs: tuple[Need, ...]) -> None:
        self._field = field
        self._line = np.repeat(np.arange(len(needs)), [need.count for need in needs])
        self._lines = len(needs)
        units, slots = len(field.unit), len(self._line)
        worst = (float(field.ticks.max()) if units else 0.0) + field.cover_ticks + 1.0
        self._bonus = worst * (slots + 1)
        open_price = self._bonus * 2.0 * (slots + 1)
        cover_rows = self._cover_rows()
        self._matrix = np.full((slots + len(cover_rows), units + slots + len(cover_rows)), np.inf)
        self._matrix[:slots, :units] = np.where(field.can_fill[self._line], field.ticks, np.inf)
        diagonal = np.arange(slots)
        self._matrix[diagonal, units + diagonal] = open_price * (self._lines - self._line)
        for row, area in enumerate(cover_rows, start=slots):
            self._matrix[row, :units][field.area == area] = 0.0
            self._matrix[row, units + row] = field.cover_ticks

    def _cover_rows(self) -> list[int]:
        standing = np.bincount(self._field.area[self._field.area >= 0])
        rows: list[int] = []
        for area in np.flatnonzero(standing):
            rows += [int(area)] * max(0, int(standing[area] - self._field.slack[area]))
        return rows

    def best(
        self, *, demanded: Iterable[int] = (), forbidden: Iterable[int] = ()
    ) -> Matching | None:
        """Find the cheapest set that fills most by priority; None where the demand can't be met."""
        slots, demanded = len(self._line), tuple(demanded)
        matrix = self._matrix
        if demanded or forbidden:
            matrix = matrix.copy()
            matrix[:slots, list(demanded)] -= self._bonus
            matrix[:slots, list(forbidden)] = np.inf
        rows, columns = linear_sum_assignment(matrix)
        taken = (rows < slots) & (columns < len(self._field.unit))
        chosen = np.sort(columns[taken])
        if not set(demanded) <= set(chosen.tolist()):
            return None
        filled = np.bincount(self._line[rows[taken]], minlength=self._lines)
        return Matching(
            chosen=tuple(int(one) for one in chosen),
            filled=tuple(int(one) for one in filled),
            ticks=float(self._field.ticks[chosen].sum()) + cover_ticks(self._field, chosen),
        )


def cover_ticks(field: Field, chosen: Index) -> float:
    """Price the cover that a set breaks beyond what `field.ticks` already holds."""
    areas = field.area[chosen]
    taken = np.bincount(areas[areas >= 0], minlength=len(field.slack))
    return float(np.maximum(taken - field.slack, 0).sum()) * field.cover_ticks


def parts_of(field: Field, matching: Matching) -> list[tuple[int, int]]:
    """Say which unit fills which line: (line, k), earlier lines get nearer units."""
    if not matching.chosen:
        return []
    lines = np.repeat(np.arange(len(matching.filled)), matching.filled)
    chosen = np.array(matching.chosen)
    weight = (len(matching.filled) - lines).astype(np.float64)
    price: F8 = np.where(
        field.can_fill[np.ix_(lines, chosen)],
        field.travel_ticks[chosen][None, :] * weight[:, None],
        np.inf,
    )
    rows, columns = linear_sum_assignment(price)
    parts = [
        (int(lines[row]), int(chosen[column])) for row, column in zip(rows, columns, strict=True)
    ]
    return sorted(parts, key=lambda part: (part[0], field.travel_ticks[part[1]], part[1]))


def broken_areas(field: Field, chosen: tuple[int, ...]) -> dict[int, int]:
    """Count, per area that falls below what it keeps, by how many units a set lowers it further."""
    areas = field.cover_area[list(chosen)]
    taken = np.bincount(areas[areas >= 0], minlength=len(field.slack))
    short = np.maximum(taken - field.slack, 0)
    return {int(area): int(short[area]) for area in np.flatnonzero(short)}
