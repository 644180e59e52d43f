"""The audit of published counts: the least and the greatest value of each withheld count.

Everything that was published is a sum over atoms (one category in one tier in one period); a reader
knows that atoms are whole and not negative, and the published sums. What a reader can conclude of a
withheld sum is the interval between its least and its greatest value under these: two integer
programmes for each. It is the audit of cell suppression (Fischetti and Salazar-González,
Management Science 47(7), 2001, section 2), over all tables together instead of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from anlan.engine.milp import INF, Milp, Stop, solve_milp


class UnusableCounts(ValueError):
    """The published sums can't be audited; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Sum:
    """A count: the sum over the atoms of these numbers; `count` is None where it is withheld."""

    atoms: tuple[int, ...]
    count: int | None


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reader can conclude of a withheld count: `high` is None where nothing limits it.

    `proven` is False where the audit was stopped early: the interval is then at least as wide as
    what was found, and may be narrower than what is true.
    """

    low: int
    high: int | None
    proven: bool

    def width(self) -> float:
        """Give how many values lie between, infinity where nothing limits it."""
        return math.inf if self.high is None else self.high - self.low


def bounds_of(
    published: Sequence[Sum],
    wanted: Sequence[tuple[int, ...]],
    *,
    atoms: int,
    stop: Stop = lambda: False,
) -> list[Bounds]:
    """This will give the least and greatest value of each wanted sum, as a reader can conclude it.

    `published` holds shown and withheld counts (the latter say nothing), `wanted` sums of atoms;
    atoms are numbered from 0 to `atoms` - 1. Raises UnusableCounts where the published sums
    contradict each other or name an atom that there isn't.
    """
    _check(published, wanted, atoms)
    shown = [each for each in published if each.count is not None]
    return [_bounds(shown, each, atoms=atoms, stop=stop) for each in wanted]


def _check(published: Sequence[Sum], wanted: Sequence[tuple[int, ...]], atoms: int) -> None:
    for members in (*(each.atoms for each in published), *wanted):
        if any(not 0 <= atom < atoms for atom in members) or len(set(members)) != len(members):
            raise UnusableCounts("A count is a sum over different atoms that there are.")
    if any(each.count is not None and each.count < 0 for each in published):
        raise UnusableCounts("A count is not negative.")


def _bounds(shown: Sequence[Sum], wanted: tuple[int, ...], *, atoms: int, stop: Stop) -> Bounds:
    if any(set(each.atoms) == set(wanted) for each in shown):
        known = next(each.count for each in shown if set(each.atoms) == set(wanted))
        assert known is not None
        return Bounds(known, known, True)
    low, low_proven = _extreme(shown, wanted, atoms=atoms, maximise=False, stop=stop)
    if not set(wanted) <= _limited(shown):
        return Bounds(int(low), None, low_proven)
    high, high_proven = _extreme(shown, wanted, atoms=atoms, maximise=True, stop=stop)
    return Bounds(int(low), int(high), low_proven and high_proven)


def _limited(shown: Sequence[Sum]) -> set[int]:
    """Give the atoms that stand in a shown sum: each is at most that sum."""
    return {atom for each in shown for atom in each.atoms}


def _extreme(
    shown: Sequence[Sum], wanted: tuple[int, ...], *, atoms: int, maximise: bool, stop: Stop
) -> tuple[float, bool]:
    """Solve one programme; its proven bound is taken, so that an early stop errs to the wide."""
    cost = np.zeros(atoms)
    cost[list(wanted)] = 1.0
    totals = np.array([each.count for each in shown], np.float64)
    answer = solve_milp(
        Milp(
            cost=cost,
            lower=np.zeros(atoms),
            upper=np.full(atoms, INF),
            whole=np.ones(atoms, np.bool_),
            matrix=_matrix(shown, atoms),
            row_lower=totals,
            row_upper=totals,
            maximise=maximise,
        ),
        seed=1,
        stop=stop,
    )
    if answer.outcome == "infeasible":
        raise UnusableCounts("The published counts contradict each other.")
    if answer.outcome == "optimal":
        return float(round(answer.bound)), True
    if not math.isfinite(answer.bound):
        return (0.0 if not maximise else float(totals.sum())), False
    return (
        math.ceil(answer.bound - 1e-6) if not maximise else math.floor(answer.bound + 1e-6)
    ), False


def _matrix(shown: Sequence[Sum], atoms: int) -> sparse.csr_array:
    rows = [row for row, each in enumerate(shown) for _ in each.atoms]
    columns = [atom for each in shown for atom in each.atoms]
    ones = np.ones(len(rows))
    return sparse.csr_array((ones, (rows, columns)), shape=(len(shown), atoms))
