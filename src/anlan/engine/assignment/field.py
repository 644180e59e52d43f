"""The part of the problem that can matter: eligible units, reduced to those worth a look.

Costs are whole numbers: milliseconds × 64 + the unit's capabilities that nobody asked for, so
that of two units with equal times the less rare one goes, and so that sums compare exactly.
docs/method/assignment.md proves the reduction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from anlan.engine.assignment.problem import (
    F8,
    AssignmentProblem,
    Bools,
    CandidateTable,
)

TICKS_PER_MS: Final = 64

Index = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Field:
    """Kept units (index k) with what each costs; `unit[k]` is the row in the candidate table.

    `ticks` holds travel and every penalty that is certain. `area[k]` is the area whose slack the
    unit uses up (-1: none that could run out within one incident); `slack[a]` is how many units
    area a can spare before each further one costs `cover_ticks`. `cover_area[k]` is the area the
    unit covers, counted or not.
    """

    unit: Index
    ticks: F8
    travel_ticks: F8
    area: Index
    cover_area: Index
    can_fill: Bools  # [line, k]
    slack: Index
    have: Index
    cover_ticks: float


def signature_of(problem: AssignmentProblem) -> npt.NDArray[np.uint64]:
    """Give each unit's capabilities among those that the run card asks for, as bits."""
    table = problem.table
    asked = np.uint64(0)
    for need in problem.needs:
        asked |= capability_bit(table, need.capability)
    return table.capability_bits & asked


def capability_bit(table: CandidateTable, capability: str) -> np.uint64:
    """Give the bit of a capability, 0 where no unit has it."""
    if capability not in table.vocabulary:
        return np.uint64(0)
    return np.uint64(1 << table.vocabulary.index(capability))


def eligible_units(table: CandidateTable) -> Bools:
    """Tell which units can go at all: not blocked, and a road leads there."""
    return np.isfinite(table.travel_s) & table.not_blocked


def covering_area(problem: AssignmentProblem) -> Index:
    """Give the area each unit covers now: none on its way elsewhere or without its capability."""
    table = problem.table
    bits = {name: capability_bit(table, name) for name in {a.capability for a in problem.areas}}
    asked = np.array([*(bits[one.capability] for one in problem.areas), 0], np.uint64)  # -1: none
    covers = (table.capability_bits & asked[table.area] != 0) & ~table.diverting
    return np.where(covers, table.area, -1).astype(np.intp)


def build_field(problem: AssignmentProblem, *, plans: int) -> Field:
    """Reduce the problem to the units that one of the `plans` best plans can need."""
    table = problem.table
    most_sent = sum(need.count for need in problem.needs)
    signature = signature_of(problem)
    unit = np.flatnonzero(eligible_units(table) & (signature != 0))
    area = covering_area(problem)[unit]
    have, slack = _cover_counts(problem, area=area)
    spare = _bit_count(table.capability_bits[unit] & ~signature[unit])
    travel = np.rint(table.travel_s[unit] * 1000.0) * TICKS_PER_MS
    cover_ticks = np.rint(problem.cover_penalty_s * 1000.0) * TICKS_PER_MS
    divert_ticks = np.rint(problem.divert_penalty_s * 1000.0) * TICKS_PER_MS
    ticks = travel + spare + table.diverting[unit] * divert_ticks
    counted = np.append(slack, most_sent)[area]  # index -1: no area, nothing to run out
    ticks = ticks + (counted == 0) * cover_ticks
    may_run_out = (counted > 0) & (counted < most_sent)
    group = _group_index(signature[unit])
    if problem.first_arrival_weight > 0:  # then compare only units that bear the same penalties
        penalty = _group_index((ticks - travel - spare).astype(np.uint64))
        group = group * (int(penalty.max(initial=0)) + 1) + penalty
    keep = _undominated(
        group,
        low=ticks,
        high=ticks + may_run_out * cover_ticks,
        area=np.where(may_run_out, area, -1),
        slack=slack,
        at_least=most_sent + plans - 1,
    )
    order = keep[np.lexsort((unit[keep], ticks[keep]))]
    bits = signature[unit[order]]
    can_fill = np.array(
        [(bits & capability_bit(table, need.capability)) != 0 for need in problem.needs], np.bool_
    ).reshape(len(problem.needs), len(order))
    return Field(
        unit=unit[order],
        ticks=ticks[order],
        travel_ticks=travel[order],
        area=np.where(may_run_out, area, -1)[order],
        cover_area=area[order],
        can_fill=can_fill,
        slack=slack,
        have=have,
        cover_ticks=float(cover_ticks),
    )


def _cover_counts(problem: AssignmentProblem, *, area: Index) -> tuple[Index, Index]:
    """Count each area's free units (at least those that stand in the table) and what it spares."""
    stated = np.array([one.have for one in problem.areas], np.intp)
    standing = np.bincount(area[area >= 0], minlength=len(problem.areas)).astype(np.intp)
    have = np.maximum(stated, standing)
    keep = np.array([one.keep for one in problem.areas], np.intp)
    return have, np.maximum(have - keep, 0)


def _group_index(values: npt.NDArray[np.uint64]) -> Index:
    """Number the few distinct values from 0."""
    return np.unique(values, return_inverse=True)[1].astype(np.intp)


def _bit_count(bits: npt.NDArray[np.uint64]) -> F8:
    return np.bitwise_count(bits).astype(np.float64)


def _undominated(
    group: Index, *, low: F8, high: F8, area: Index, slack: Index, at_least: int
) -> Index:
    """Keep the units that no `at_least` others of their group replace without loss."""
    if at_least == 0 or not len(low):
        return np.zeros(0, np.intp)
    kept: list[Index] = []
    for value in range(int(group.max()) + 1):
        members = np.flatnonzero(group == value)
        if len(members) > at_least:  # those that cost least at worst replace the dearer ones
            members = _worth_a_look(members, low, dominators=members, by=high, at_least=at_least)
        if len(members) > at_least:  # so do those that their area can spare, at no penalty
            spares = np.append(slack, 0)[area[members]]  # index -1: no area
            spared = members[_rank_in_area(low[members], area[members]) < spares]
            surely = np.concatenate([spared[area[spared] >= 0], members[area[members] < 0]])
            if len(surely) >= at_least:
                members = _worth_a_look(members, low, dominators=surely, by=low, at_least=at_least)
        kept.append(members)
    return np.concatenate(kept)


def _worth_a_look(members: Index, low: F8, *, dominators: Index, by: F8, at_least: int) -> Index:
    """Keep the `at_least` best dominators, and whoever may be cheaper than one of them."""
    best = dominators[np.argpartition(by[dominators], at_least - 1)[:at_least]]
    worth = low[members] < by[best].max()
    worth[np.searchsorted(members, best)] = True
    return members[worth]


def _rank_in_area(low: F8, area: Index) -> Index:
    """Number the units of each area from 0, the cheapest first."""
    order = np.lexsort((low, area))
    ordered = area[order]
    start = np.searchsorted(ordered, ordered)
    rank = np.empty(len(area), np.intp)
    rank[order] = np.arange(len(area)) - start
    return rank
