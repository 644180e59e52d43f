"""Which units to send: the best plan for the whole incident and the next best ones, exactly."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, replace

import numpy as np

from anlan.engine.assignment.field import Field, build_field
from anlan.engine.assignment.matching import Matcher, Matching, broken_areas, parts_of
from anlan.engine.assignment.plan import AssignmentResult, Chosen, Plan, Status
from anlan.engine.assignment.problem import AssignmentProblem, Need
from anlan.engine.assignment.reasons import explain_result


def solve(
    problem: AssignmentProblem, *, alternatives: int = 2, explain: bool = True
) -> AssignmentResult:
    """Choose the units that serve the incident best, with the next best plans and the reasons.

    The method, its proofs and the reason codes stand in docs/method/assignment.md. The answer
    does not depend on the order of candidates except between units equal in every figure.
    """
    field = build_field(problem, plans=alternatives + 1)
    matchings = _best_matchings(problem, field, plans=alternatives + 1)
    filled = matchings[0].filled
    missing = tuple(
        replace(need, count=need.count - count)
        for need, count in zip(problem.needs, filled, strict=True)
        if need.count > count
    )
    parts = [parts_of(field, one) for one in matchings]
    plans = [_plan(problem, field, one, part) for one, part in zip(matchings, parts, strict=True)]
    result = AssignmentResult(
        status=_status(sent=sum(filled), missing=missing),
        best=plans[0],
        alternatives=tuple(plans[1:]),
        missing=missing,
        reasons=(),
    )
    return explain_result(problem, field, parts[0], result) if explain else result


def _status(*, sent: int, missing: tuple[Need, ...]) -> Status:
    if not missing:
        return "full"
    return "partial" if sent else "none"


@dataclass(frozen=True)
class _Search:
    """Answers "the best set with these in and those out", the first arrival's weight included."""

    matcher: Matcher
    field: Field
    weight: float

    def best(
        self, *, demanded: tuple[int, ...] = (), forbidden: tuple[int, ...] = ()
    ) -> tuple[float, Matching] | None:
        """Give the objective in ticks and the set, None where the demand can't be met."""
        found = self.matcher.best(demanded=demanded, forbidden=forbidden)
        if found is None or not found.chosen:
            return None if found is None else (0.0, found)
        answer = (self._objective(found), found)
        if self.weight == 0:
            return answer
        floor = found.ticks
        for first in np.argsort(self.field.travel_ticks, kind="stable"):
            if floor + self.weight * self.field.travel_ticks[first] >= answer[0]:
                break
            if int(first) in forbidden:
                continue
            other = self.matcher.best(demanded={*demanded, int(first)}, forbidden=forbidden)
            if other is not None and other.filled == found.filled:
                answer = min(answer, (self._objective(other), other), key=lambda one: one[0])
        return answer

    def _objective(self, matching: Matching) -> float:
        first = float(self.field.travel_ticks[list(matching.chosen)].min())
        return matching.ticks + self.weight * first


def _best_matchings(problem: AssignmentProblem, field: Field, *, plans: int) -> list[Matching]:
    """Rank the best sets by Lawler's partition: each next set is the best of what is left."""
    search = _Search(
        matcher=Matcher(field, problem.needs), field=field, weight=problem.first_arrival_weight
    )
    top = search.best()
    if top is None:  # nothing is demanded here, so a set (perhaps empty) always exists
        raise AssertionError("the assignment without demands has no answer")
    ranked: list[Matching] = []
    number = 0
    waiting: list[tuple[float, int, Matching, tuple[int, ...], tuple[int, ...]]] = []
    heapq.heappush(waiting, (top[0], number, top[1], (), ()))
    while waiting and len(ranked) < plans:
        _, _, matching, demanded, forbidden = heapq.heappop(waiting)
        ranked.append(matching)
        if len(ranked) == plans:
            break
        kept = demanded
        for unit in (one for one in matching.chosen if one not in demanded):
            found = search.best(demanded=kept, forbidden=(*forbidden, unit))
            if found is not None and found[1].filled == ranked[0].filled:
                number += 1
                heapq.heappush(waiting, (found[0], number, found[1], kept, (*forbidden, unit)))
            kept = (*kept, unit)
    return ranked


def _plan(
    problem: AssignmentProblem, field: Field, matching: Matching, parts: list[tuple[int, int]]
) -> Plan:
    table = problem.table
    units = tuple(
        Chosen(
            key=table.keys[int(field.unit[k])],
            for_capability=problem.needs[line].capability,
            travel_s=float(table.travel_s[int(field.unit[k])]),
        )
        for line, k in parts
    )
    broken = broken_areas(field, matching.chosen)
    diverted = int(table.diverting[field.unit[list(matching.chosen)]].sum())
    times = [one.travel_s for one in units]
    cost_s = (
        sum(times)
        + problem.cover_penalty_s * sum(broken.values())
        + problem.divert_penalty_s * diverted
        + problem.first_arrival_weight * min(times, default=0.0)
    )
    return Plan(
        units=units,
        first_arrival_s=min(times, default=None),
        full_arrival_s=max(times, default=None),
        cost_s=cost_s,
        breaks_cover=tuple(problem.areas[area].key for area in broken),
    )
