"""Withholding: counts under five, and as many more as it takes that none of them can be worked out.

Complementary suppression by the audit itself: as long as an interval is too narrow, one more count
that stands in a sum with it is withheld, the smallest first, single cells before totals. It ends,
since with every new count withheld only earlier tables are left, and those passed the audit before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anlan.engine.milp import Stop
from anlan.engine.suppression.audit import Bounds, Sum, UnusableCounts, bounds_of

LEAST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Withheld:
    """What of a new table may be shown: a mask by count, and the bounds of each withheld count.

    `earlier` are the bounds of counts that were withheld in earlier tables, in their order.
    """

    shown: tuple[bool, ...]
    bounds: dict[int, Bounds]
    earlier: tuple[Bounds, ...]


def withhold(
    table: Sequence[Sum],
    *,
    atoms: int,
    before: Sequence[Sum] = (),
    least_shown: int = LEAST_SHOWN,
    stop: Stop = lambda: False,
) -> Withheld:
    """This will say which counts of a new table may be shown beside what was published before.

    Every count of `table` is given; `before` holds earlier tables, with None where a count was
    withheld. A withheld count is safe when a reader can't narrow it to fewer than `least_shown`
    values. Raises UnusableCounts where a count is missing, or where no way is left: earlier tables
    give one away already.
    """
    if any(each.count is None for each in table):
        raise UnusableCounts("Each count of a new table is given; what is withheld is found here.")
    shown = [each.count is not None and each.count >= least_shown for each in table]
    while True:
        bounds = _audit(table, shown, before, atoms=atoms, stop=stop)
        earlier = _audit_earlier(table, shown, before, atoms=atoms, stop=stop)
        unsafe = [table[i].atoms for i, each in bounds.items() if _narrow(each, least_shown)]
        hidden = [each.atoms for each in before if each.count is None]
        unsafe += [
            atoms_of
            for atoms_of, each in zip(hidden, earlier, strict=True)
            if _narrow(each, least_shown)
        ]
        if not unsafe:
            return Withheld(tuple(shown), bounds, tuple(earlier))
        more = _next_to_withhold(table, shown, unsafe)
        if more is None:
            raise UnusableCounts("What was published before gives a withheld count away already.")
        shown[more] = False


def _narrow(each: Bounds, least_shown: int) -> bool:
    return not each.proven or each.width() < least_shown - 1


def _known(table: Sequence[Sum], shown: Sequence[bool]) -> list[Sum]:
    return [each for each, is_shown in zip(table, shown, strict=True) if is_shown]


def _audit(
    table: Sequence[Sum],
    shown: Sequence[bool],
    before: Sequence[Sum],
    *,
    atoms: int,
    stop: Stop,
) -> dict[int, Bounds]:
    hidden = [i for i, is_shown in enumerate(shown) if not is_shown]
    known = [*before, *_known(table, shown)]
    found = bounds_of(known, [table[i].atoms for i in hidden], atoms=atoms, stop=stop)
    return dict(zip(hidden, found, strict=True))


def _audit_earlier(
    table: Sequence[Sum],
    shown: Sequence[bool],
    before: Sequence[Sum],
    *,
    atoms: int,
    stop: Stop,
) -> list[Bounds]:
    hidden = [each.atoms for each in before if each.count is None]
    return bounds_of([*before, *_known(table, shown)], hidden, atoms=atoms, stop=stop)


def _next_to_withhold(
    table: Sequence[Sum], shown: Sequence[bool], unsafe: Sequence[tuple[int, ...]]
) -> int | None:
    """Give the shown count to withhold next: near an unsafe one, few atoms, small."""
    near = {atom for members in unsafe for atom in members}
    linked = set(near)
    for each, is_shown in zip(table, shown, strict=True):
        if is_shown and near & set(each.atoms):
            linked |= set(each.atoms)
    candidates = [
        i for i, is_shown in enumerate(shown) if is_shown and linked & set(table[i].atoms)
    ] or [i for i, is_shown in enumerate(shown) if is_shown]
    if not candidates:
        return None
    return min(candidates, key=lambda i: (len(table[i].atoms), table[i].count or 0, i))
