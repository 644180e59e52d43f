"""The audit of published counts: the least and the greatest value of each withheld count.

Everything that was published is a sum over atoms (one category in one tier in one period); a reader
knows that atoms are whole and not negative, and the published sums. What a reader can conclude of a
withheld sum is the interval between its least and its greatest value under these: two integer
programmes for each. It is the audit of cell suppression (Fischetti and Salazar-González,
Management Science 47(7), 2001, section 2), over all tables together instead of one. Atoms that no
chain of published sums joins say nothing of each other: each such part is a programme of its own.
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


@dataclass(frozen=True, slots=True)
class _Part:
    """Atoms joined by shown sums, in order, and those sums over the atoms' places in it."""

    places: dict[int, int]
    shown: tuple[Sum, ...]


class Audit:
    """What readers of many published tables conclude; remembers what it has worked out once."""

    def __init__(self, *, atoms: int, stop: Stop = lambda: False) -> None:
        """`atoms` are numbered from 0 to `atoms` - 1; `stop` ends every programme early."""
        self._atoms = atoms
        self._stop = stop
        self._known: dict[tuple[int, tuple[int, ...]], Bounds] = {}
        self._numbers: dict[tuple[Sum, ...], int] = {}

    def bounds(self, published: Sequence[Sum], wanted: Sequence[tuple[int, ...]]) -> list[Bounds]:
        """This will give the least and greatest value of each wanted sum, as `bounds_of` does."""
        _check(published, wanted, self._atoms)
        shown = {frozenset(each.atoms): each for each in published if each.count is not None}
        part_of = _parts(list(shown.values()))
        return [self._one(shown, part_of, each) for each in wanted]

    def _one(
        self,
        shown: dict[frozenset[int], Sum],
        part_of: dict[int, _Part],
        wanted: tuple[int, ...],
    ) -> Bounds:
        known = shown.get(frozenset(wanted))
        if known is not None and known.count is not None:
            return Bounds(known.count, known.count, True)
        by_part: dict[int, tuple[_Part, list[int]]] = {}
        for atom in wanted:
            if atom in part_of:
                by_part.setdefault(id(part_of[atom]), (part_of[atom], []))[1].append(atom)
        found = [self._in_part(part, atoms) for part, atoms in by_part.values()]
        low, proven = sum(each.low for each in found), all(each.proven for each in found)
        if any(atom not in part_of for atom in wanted):
            return Bounds(low, None, proven)
        return Bounds(low, sum(each.high or 0 for each in found), proven)

    def _in_part(self, part: _Part, atoms: Sequence[int]) -> Bounds:
        places = tuple(sorted(part.places[atom] for atom in atoms))
        number = self._numbers.setdefault(part.shown, len(self._numbers))
        found = self._known.get((number, places))
        if found is None:
            size = len(part.places)
            low, low_proven = _extreme(
                part.shown, places, atoms=size, maximise=False, stop=self._stop
            )
            high, high_proven = _extreme(
                part.shown, places, atoms=size, maximise=True, stop=self._stop
            )
            found = Bounds(int(low), int(high), low_proven and high_proven)
            if found.proven:
                self._known[number, places] = found
        return found


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
    return Audit(atoms=atoms, stop=stop).bounds(published, wanted)


def _parts(shown: Sequence[Sum]) -> dict[int, _Part]:
    """Give the part that each atom of a shown sum belongs to."""
    root: dict[int, int] = {}

    def top(atom: int) -> int:
        while root.setdefault(atom, atom) != atom:
            root[atom] = atom = root[root[atom]]
        return atom

    for each in shown:
        for atom in each.atoms[1:]:
            root[top(atom)] = top(each.atoms[0])
        if each.atoms:
            top(each.atoms[0])
    atoms: dict[int, list[int]] = {}
    for atom in sorted(root):
        atoms.setdefault(top(atom), []).append(atom)
    sums: dict[int, list[Sum]] = {}
    for each in shown:
        if each.atoms:
            sums.setdefault(top(each.atoms[0]), []).append(each)
    found: dict[int, _Part] = {}
    for first, members in atoms.items():
        places = {atom: place for place, atom in enumerate(members)}
        part = _Part(
            places,
            tuple(Sum(tuple(places[a] for a in each.atoms), each.count) for each in sums[first]),
        )
        found |= dict.fromkeys(members, part)
    return found


def _check(published: Sequence[Sum], wanted: Sequence[tuple[int, ...]], atoms: int) -> None:
    for members in (*(each.atoms for each in published), *wanted):
        if any(not 0 <= atom < atoms for atom in members) or len(set(members)) != len(members):
            raise UnusableCounts("A count is a sum over different atoms that there are.")
    if any(each.count is not None and each.count < 0 for each in published):
        raise UnusableCounts("A count is not negative.")


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
