"""Why these units, why not the nearer ones, and what is next best where a need stays open.

Codes and their parameters are listed in docs/method/assignment.md; the words, in both languages,
are made where people read them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from anlan.engine.assignment.field import (
    Bools,
    Field,
    Index,
    capability_bit,
    covering_area,
    eligible_units,
)
from anlan.engine.assignment.matching import broken_areas
from anlan.engine.assignment.plan import AssignmentResult, Param, Plan, Reason
from anlan.engine.assignment.problem import UNREACHABLE, AssignmentProblem, Need

MOST_NAMED: Final = 2
SAME_TIME_S: Final = 0.001


@dataclass(frozen=True)
class _View:
    """Everything a reason looks at; rows are those of the candidate table."""

    problem: AssignmentProblem
    field: Field
    eligible: Bools
    cover_area: Index
    sent: dict[int, str]  # row -> capability it is sent for
    taken: Index  # [area] units that the plan takes

    def can(self, capability: str) -> Bools:
        """Tell which units can do this."""
        table = self.problem.table
        return (table.capability_bits & capability_bit(table, capability)) != 0

    def travel(self, row: int) -> float:
        """Give a unit's travel time."""
        return float(self.problem.table.travel_s[row])

    def nearest(self, rows: Bools, *, most: int = MOST_NAMED) -> list[int]:
        """Name the nearest of the marked units."""
        found = np.flatnonzero(rows)
        order = np.argsort(self.problem.table.travel_s[found], kind="stable")
        return [int(row) for row in found[order[:most]]]


def explain_result(
    problem: AssignmentProblem,
    field: Field,
    parts: list[tuple[int, int]],
    result: AssignmentResult,
) -> AssignmentResult:
    """Add the reasons to a result."""
    cover_area = covering_area(problem)
    sent = {int(field.unit[k]): problem.needs[line].capability for line, k in parts}
    areas = cover_area[list(sent)] if sent else np.zeros(0, np.intp)
    view = _View(
        problem=problem,
        field=field,
        eligible=eligible_units(problem.table),
        cover_area=cover_area,
        sent=sent,
        taken=np.bincount(areas[areas >= 0], minlength=len(problem.areas)).astype(np.intp),
    )
    reasons: list[Reason] = []
    explained: set[str] = set()
    for row, capability in sent.items():
        reasons += _why_sent(view, row, capability)
        if capability not in explained:
            reasons += _not_in_question(view, row, capability)
        explained.add(capability)
    reasons += _broken_cover(view, tuple(k for _, k in parts))
    for need in result.missing:
        reasons += _why_open(view, need)
    for rank, plan in enumerate(result.alternatives, start=1):
        reasons.append(_against_best(rank, plan, result.best))
    return replace(result, reasons=tuple(reasons))


def _why_sent(view: _View, row: int, capability: str) -> Iterator[Reason]:
    table = view.problem.table
    params: dict[str, Param] = {
        "unit": table.keys[row],
        "capability": capability,
        "travel_s": view.travel(row),
    }
    passed = list(_passed_over(view, row, capability, params))
    free = view.eligible & view.can(capability)
    others = int(free.sum()) - sum(bool(free[one]) for one in view.sent)
    if passed:
        yield from passed
    elif others == 0:
        yield Reason("only_one" if int(free.sum()) == 1 else "no_other", params)
    elif (view.eligible & (table.travel_s < view.travel(row) - SAME_TIME_S)).any():
        yield Reason("nearest_with_capability", params)
    else:
        yield Reason("nearest", params)
    if table.diverting[row]:
        yield Reason("diverted", params)


def _passed_over(
    view: _View, row: int, capability: str, params: dict[str, Param]
) -> Iterator[Reason]:
    """Yield why each nearer unit that could go in this one's place does not."""
    table = view.problem.table
    nearer = view.can(capability) & (table.travel_s < view.travel(row) - SAME_TIME_S)
    for other in view.nearest(nearer & view.eligible, most=MOST_NAMED + len(view.sent)):
        more = _nearer_params(view, row, other, params)
        if other not in view.sent:
            yield _why_passed(view, row, other, more)
        elif view.sent[other] != capability:
            yield Reason("joint_better", {**more, "sent_for": view.sent[other]})


def _why_passed(view: _View, row: int, other: int, params: dict[str, Param]) -> Reason:
    if view.problem.table.diverting[other]:
        return Reason("passed_over_diverting", params)
    area = int(view.cover_area[other])
    if area < 0:
        return Reason("passed_over", params)
    taken = int(view.taken[area]) + 1 - int(view.cover_area[row] == area)
    if taken <= view.field.slack[area]:
        return Reason("passed_over", params)
    rule = view.problem.areas[area]
    return Reason(
        "passed_over_last_cover",
        {
            **params,
            "area": rule.label,
            "area_key": rule.key,
            "cover_capability": rule.capability,
            "left": int(view.field.have[area]) - taken,
            "keep": rule.keep,
        },
    )


def _nearer_params(view: _View, row: int, other: int, params: dict[str, Param]) -> dict[str, Param]:
    return {
        **params,
        "nearer": view.problem.table.keys[other],
        "nearer_by_s": view.travel(row) - view.travel(other),
    }


def _not_in_question(view: _View, row: int, capability: str) -> Iterator[Reason]:
    """Yield, once a capability, the nearer units that can't go or can't do it."""
    table = view.problem.table
    params: dict[str, Param] = {"unit": table.keys[row], "capability": capability}
    nearer = table.travel_s < view.travel(row) - SAME_TIME_S
    can = view.can(capability)
    for other in view.nearest(nearer & can & ~view.eligible):
        more = _nearer_params(view, row, other, params)
        yield Reason("nearer_blocked", {**more, "why": table.blocked_code(other)})
    for other in view.nearest(nearer & ~can & view.eligible, most=1):
        if other not in view.sent:
            yield Reason("nearer_wrong_capability", _nearer_params(view, row, other, params))
    for other in _without_road(view, can):
        yield Reason("unreachable", {"unit": table.keys[other], "capability": capability})


def _without_road(view: _View, can: Bools) -> list[int]:
    table = view.problem.table
    lost = can & ~view.eligible & ~np.isfinite(table.travel_s)
    rows = np.flatnonzero(lost)
    roadless = rows[table.blocked_codes(rows) == UNREACHABLE]
    return [int(row) for row in roadless[:MOST_NAMED]]


def _broken_cover(view: _View, chosen: tuple[int, ...]) -> Iterator[Reason]:
    for area in broken_areas(view.field, chosen):
        rule = view.problem.areas[area]
        yield Reason(
            "breaks_cover",
            {
                "area": rule.label,
                "area_key": rule.key,
                "capability": rule.capability,
                "left": int(view.field.have[area]) - int(view.taken[area]),
                "keep": rule.keep,
            },
        )


def _why_open(view: _View, need: Need) -> Iterator[Reason]:
    """Yield that a need stays open, and the next best thing."""
    can = view.can(need.capability)
    params: dict[str, Param] = {"capability": need.capability, "missing": need.count}
    if not can.any():
        yield Reason("no_such_unit", params)
    else:
        yield Reason("too_few_units", {**params, "free": int((can & view.eligible).sum())})
    for why, row in _next_best(view, can).items():
        yield Reason("next_best", {**_when(view, row), "capability": need.capability, "why": why})
    yield from _partly(view, need, can)


def _partly(view: _View, need: Need, can: Bools) -> Iterator[Reason]:
    """Yield the nearest unit, free and not sent, that can do part of what is missing."""
    table = view.problem.table
    helps = np.zeros(len(table.keys), np.bool_)
    for capability in need.partly:
        helps |= view.can(capability)
    helps &= view.eligible & ~can & ~table.diverting
    helps[list(view.sent)] = False
    for row in view.nearest(helps, most=1):
        does = next(one for one in need.partly if view.can(one)[row])
        other: dict[str, Param] = {"capability": need.capability, "unit": table.keys[row]}
        if table.kinds is not None:
            other["kind"] = table.kinds[row]
        yield Reason("partly", {**other, "does": does, "travel_s": view.travel(row)})


def _next_best(view: _View, can: Bools) -> dict[str, int]:
    """Find, for each code why units can't go, the one that would be there first."""
    table = view.problem.table
    rows = np.flatnonzero(can & ~view.eligible)
    there = _never_if_unknown(table.travel_s[rows])
    if table.free_in_s is not None:
        there = there + np.nan_to_num(table.free_in_s[rows])
    codes = table.blocked_codes(rows)
    best: list[tuple[float, int, str]] = []
    for code in np.unique(codes):
        of_code = np.flatnonzero(codes == code)
        first = of_code[np.argmin(there[of_code])]
        best.append((float(there[first]), int(rows[first]), str(code)))
    return {code: row for _there, row, code in sorted(best)}


def _never_if_unknown(travel_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(np.isnan(travel_s), np.inf, travel_s)


def _when(view: _View, row: int) -> dict[str, Param]:
    table = view.problem.table
    params: dict[str, Param] = {"unit": table.keys[row]}
    if np.isfinite(table.travel_s[row]):
        params["travel_s"] = view.travel(row)
    if table.free_in_s is not None and np.isfinite(table.free_in_s[row]):
        params["free_in_s"] = float(table.free_in_s[row])
    return params


def _against_best(rank: int, plan: Plan, best: Plan) -> Reason:
    return Reason(
        "alternative",
        {
            "rank": rank,
            "first_later_by_s": (plan.first_arrival_s or 0.0) - (best.first_arrival_s or 0.0),
            "full_later_by_s": (plan.full_arrival_s or 0.0) - (best.full_arrival_s or 0.0),
            "cost_more_s": plan.cost_s - best.cost_s,
        },
    )
