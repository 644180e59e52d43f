"""Figures for the public: a fixed grid, fixed periods, and sums of it. Pure.

A subject's grid is the one table that is ever published of it: two tables over the same cases could
be subtracted from each other. Periods are quarters and years, or months alone, so a year's tables
share their atoms (one cell of the grid in one quarter or month) and no others.
"""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from anlan.kernel.cases.rules.types import Choice
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import YEARS, BadInput

ALL = "all"
_PERIOD = re.compile(r"^(\d{4})(?:Q([1-4])|-(0[1-9]|1[0-2]))?$", re.ASCII)
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One side of a grid: a closed list."""

    code: str
    label: Label
    members: tuple[Choice, ...]


class Step(enum.StrEnum):
    """The finest period of a subject: quarters make up a year's table, months stand alone."""

    QUARTER = "quarter"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class FigureSubject:
    """What is counted, on which grid, and in which fixed periods."""

    code: str
    label: Label
    dimensions: tuple[Dimension, ...]
    step: Step = Step.QUARTER

    def year_size(self) -> int:
        """Give how many atoms a year has."""
        return len(self.atoms()) * (12 if self.step is Step.MONTH else 4)

    def atoms(self) -> list[Key]:
        """Give the cells of the grid without totals, in order."""
        sides = [[one.code for one in each.members] for each in self.dimensions]
        return list(itertools.product(*sides))

    def published(self) -> list[Key]:
        """Give every published count's key: cells, then totals; `all` stands for a whole side."""
        sides = [[*(one.code for one in each.members), ALL] for each in self.dimensions]
        found = list(itertools.product(*sides))
        return sorted(found, key=lambda key: sum(part == ALL for part in key))


@dataclass(frozen=True, slots=True)
class Period:
    """A quarter (1 to 4), a month (1 to 12), or, with neither, a year."""

    year: int
    quarter: int
    month: int = 0

    @property
    def quarters(self) -> tuple[int, ...]:
        """Give the quarters that it covers, or lies in."""
        if self.month:
            return ((self.month + 2) // 3,)
        return (self.quarter,) if self.quarter else (1, 2, 3, 4)

    @property
    def begins(self) -> date:
        """Give its first day."""
        return date(self.year, self.month or 3 * (self.quarters[0] - 1) + 1, 1)

    @property
    def ends(self) -> date:
        """Give the first day after it."""
        last = self.month or 3 * self.quarters[-1]
        return date(self.year + 1, 1, 1) if last == 12 else date(self.year, last + 1, 1)

    @property
    def slots(self) -> tuple[int, ...]:
        """Give its places among the steps of the year, from 1."""
        return (self.month,) if self.month else self.quarters

    @property
    def order(self) -> tuple[int, bool, int]:
        """Give what sorts periods: oldest first, a year after its quarters."""
        return self.year, not (self.quarter or self.month), self.quarter or self.month

    def __str__(self) -> str:
        if self.month:
            return f"{self.year}-{self.month:02d}"
        return f"{self.year}Q{self.quarter}" if self.quarter else str(self.year)


def read_period(text: str, *, step: Step = Step.QUARTER) -> Period:
    """Read “2026Q1”, “2026” or “2026-03”; raises BadInput for what the step doesn't allow."""
    found = _PERIOD.match(text)
    known = found is not None and int(found[1]) in YEARS
    if found is None or not known or bool(found[3]) is not (step is Step.MONTH):
        raise BadInput(
            "These figures are published by month: give a month such as 2026-03."
            if step is Step.MONTH
            else "Figures are published by quarter or year: give 2026Q1 or 2026."
        )
    return Period(int(found[1]), int(found[2] or 0), int(found[3] or 0))


def period_of(begins: date, ends: date) -> Period:
    """Give the period between two days."""
    days = (ends - begins).days
    if days < 40:
        return Period(begins.year, 0, begins.month)
    return Period(begins.year, 0 if days > 100 else (begins.month + 2) // 3)


def members_of(subject: FigureSubject, period: Period) -> list[tuple[int, ...]]:
    """Give the numbers of a year's atoms that each published count of a period is the sum of."""
    atoms = subject.atoms()
    return [tuple(_atoms_of(atoms, period.slots, key)) for key in subject.published()]


def _atoms_of(atoms: list[Key], slots: Iterable[int], key: Key) -> Iterable[int]:
    for slot in slots:
        for number, atom in enumerate(atoms):
            if all(part in (ALL, mine) for part, mine in zip(key, atom, strict=True)):
                yield (slot - 1) * len(atoms) + number


def with_totals(subject: FigureSubject, cells: Mapping[Key, int]) -> dict[Key, int]:
    """Add the totals to counts by cell; cells that are missing count nought."""
    atoms = subject.atoms()
    unknown = sorted(set(cells) - set(atoms))
    if unknown:
        raise BadInput(f"{subject.code}: {unknown[0]} is no cell of its grid.")
    return {
        key: sum(
            cells.get(atom, 0)
            for atom in atoms
            if all(part in (ALL, mine) for part, mine in zip(key, atom, strict=True))
        )
        for key in subject.published()
    }
