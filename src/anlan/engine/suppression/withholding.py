"""Withholding: counts under five, and as many more as it takes that none of them can be worked out.

Complementary suppression by the audit itself: as long as an interval is too narrow, one more count
that stands in a sum with it is withheld, the smallest first, single cells before totals. It ends,
since with every new count withheld only earlier tables are left, and those passed the audit before.
Withholding only widens intervals: one that is wide enough is looked at again at the end only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anlan.engine.milp import Stop
from anlan.engine.suppression.audit import Audit, Bounds, Sum, UnusableCounts

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
    hidden = [each.atoms for each in before if each.count is None]
    audit = Audit(atoms=atoms, stop=stop)
    told = _told_already(table, before, audit=audit, least_shown=least_shown)
    doubtful = [*(table[i].atoms for i, is_shown in enumerate(shown) if not is_shown), *hidden]
    while True:
        bounds = audit.bounds([*before, *_known(table, shown)], doubtful)
        unsafe = [
            members
            for members, each in zip(doubtful, bounds, strict=True)
            if _narrow(each, least_shown)
        ]
        if not unsafe:
            return _withheld(table, shown, before, audit=audit)
        more = _next_to_withhold(table, shown, unsafe, told=told)
        if more is None:
            raise UnusableCounts("What was published before gives a withheld count away already.")
        shown[more] = False
        doubtful = [table[more].atoms, *unsafe]


def _narrow(each: Bounds, least_shown: int) -> bool:
    return not each.proven or each.width() < least_shown - 1


def _known(table: Sequence[Sum], shown: Sequence[bool]) -> list[Sum]:
    return [each for each, is_shown in zip(table, shown, strict=True) if is_shown]


def _told_already(
    table: Sequence[Sum], before: Sequence[Sum], *, audit: Audit, least_shown: int
) -> frozenset[int]:
    """Give the counts that earlier tables tell (a year, by its quarters): hiding them hides naught.

    A count under `least_shown` is never among what may be shown; there the table is refused.
    """
    bounds = audit.bounds(before, [each.atoms for each in table])
    return frozenset(i for i, each in enumerate(bounds) if _narrow(each, least_shown))


def _withheld(
    table: Sequence[Sum], shown: Sequence[bool], before: Sequence[Sum], *, audit: Audit
) -> Withheld:
    published = [*before, *_known(table, shown)]
    new = [i for i, is_shown in enumerate(shown) if not is_shown]
    earlier = [each.atoms for each in before if each.count is None]
    bounds = audit.bounds(published, [*(table[i].atoms for i in new), *earlier])
    return Withheld(
        tuple(shown), dict(zip(new, bounds[: len(new)], strict=True)), tuple(bounds[len(new) :])
    )


def _next_to_withhold(
    table: Sequence[Sum],
    shown: Sequence[bool],
    unsafe: Sequence[tuple[int, ...]],
    *,
    told: frozenset[int],
) -> int | None:
    """Give the shown count to withhold next: near an unsafe one, few atoms, small; never `told`."""
    near = {atom for members in unsafe for atom in members}
    linked = set(near)
    for each, is_shown in zip(table, shown, strict=True):
        if is_shown and near & set(each.atoms):
            linked |= set(each.atoms)
    open_ = [i for i, is_shown in enumerate(shown) if is_shown and i not in told]
    candidates = [i for i in open_ if linked & set(table[i].atoms)] or open_
    if not candidates:
        return None
    return min(candidates, key=lambda i: (len(table[i].atoms), table[i].count or 0, i))
