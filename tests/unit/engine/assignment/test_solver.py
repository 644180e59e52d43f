"""The chosen units are the best for the whole incident: on paper, by brute force, by invariants."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.engine.assignment import (
    AssignmentProblem,
    Candidate,
    CandidateTable,
    CoverArea,
    Need,
    UnusableProblem,
    solve,
)

KINDS = ("engine", "truck", "medic")
Fill = tuple[int, ...]


def can_go(one: Candidate) -> bool:
    return one.blocked is None and math.isfinite(one.travel_s)


def covers(one: Candidate, index: int, capability: str) -> bool:
    return one.area == index and one.state != "diverting" and capability in one.capabilities


def fills_of(problem: AssignmentProblem, units: tuple[Candidate, ...]) -> set[Fill]:
    """Every count of filled places per line when each of these units fills exactly one place."""
    found: set[Fill] = {tuple(0 for _ in problem.needs)}
    for unit in units:
        found = {
            (*fill[:line], fill[line] + 1, *fill[line + 1 :])
            for fill in found
            for line, need in enumerate(problem.needs)
            if need.capability in unit.capabilities and fill[line] < need.count
        }
    return found


def cost_of(problem: AssignmentProblem, units: tuple[Candidate, ...]) -> float:
    """The objective as the docs state it, area by area."""
    cost = sum(one.travel_s for one in units)
    cost += problem.divert_penalty_s * sum(one.state == "diverting" for one in units)
    if units:
        cost += problem.first_arrival_weight * min(one.travel_s for one in units)
    for index, area in enumerate(problem.areas):
        taken = sum(covers(one, index, area.capability) for one in units)
        before = max(0, area.keep - area.have)
        after = max(0, area.keep - (area.have - taken))
        cost += problem.cover_penalty_s * (after - before)
    return cost


def ranked_plans(problem: AssignmentProblem) -> tuple[Fill, list[tuple[float, frozenset[str]]]]:
    """The best fill by priority, and every set of units that reaches it, cheapest first."""
    free = [one for one in problem.candidates if can_go(one)]
    most = sum(need.count for need in problem.needs)
    by_fill: dict[Fill, list[tuple[float, frozenset[str]]]] = {}
    for size in range(min(most, len(free)) + 1):
        for units in itertools.combinations(free, size):
            for fill in fills_of(problem, units):
                plan = (cost_of(problem, units), frozenset(one.key for one in units))
                by_fill.setdefault(fill, []).append(plan)
    best = max(by_fill)  # lexicographic: the first line counts most
    return best, sorted(by_fill[best], key=lambda plan: plan[0])


def unit(key: str, travel_s: float, *capabilities: str, **more: object) -> Candidate:
    return Candidate(key, capabilities[0], frozenset(capabilities), travel_s, **more)  # type: ignore[arg-type]


def keys(plan: object) -> set[str]:
    return {one.key for one in plan.units}  # type: ignore[attr-defined]


@st.composite
def problems(
    draw: st.DrawFn, *, kinds: tuple[str, ...] = KINDS, most_units: int = 6, most_lines: int = 3
) -> AssignmentProblem:
    areas = draw(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=3).map(
            lambda rows: tuple(
                CoverArea(f"a{at}", f"Area {at}", "engine", keep, have)
                for at, (keep, have) in enumerate(rows)
            )
        )
    )
    rows = draw(
        st.lists(
            st.tuples(
                st.sets(st.sampled_from(kinds), min_size=1),
                st.one_of(st.integers(0, 400), st.just(math.inf)),
                st.sampled_from(("free", "free", "free", "diverting")),
                st.integers(-1, len(areas) - 1),
                st.sampled_from((None, None, None, "off_shift")),
            ),
            max_size=most_units,
        )
    )
    units = [
        Candidate(f"U{at}", "unit", frozenset(caps), float(travel), state, area, blocked=blocked)
        for at, (caps, travel, state, area, blocked) in enumerate(rows)
    ]
    standing = [sum(covers(u, a, "engine") and can_go(u) for u in units) for a in range(len(areas))]
    areas = tuple(
        dataclasses.replace(area, have=area.have + count)
        for area, count in zip(areas, standing, strict=True)
    )
    needs = draw(
        st.lists(
            st.tuples(st.sampled_from((*kinds, "boat")), st.integers(1, 2)),
            min_size=1,
            max_size=most_lines,
        )
    )
    return AssignmentProblem(
        needs=tuple(Need(*line) for line in needs),
        candidates=units,
        areas=areas,
        cover_penalty_s=float(draw(st.sampled_from((0, 50, 120)))),
        divert_penalty_s=float(draw(st.sampled_from((0, 100)))),
        first_arrival_weight=float(draw(st.sampled_from((0, 0, 1, 2)))),
    )


@settings(max_examples=120, deadline=None)
@given(problems())
def test_plan_and_next_best_plans_agree_with_brute_force(problem: AssignmentProblem) -> None:
    check_against_brute_force(problem, alternatives=3)


@st.composite
def crowded_problems(draw: st.DrawFn) -> AssignmentProblem:
    """Few needs, many units of one kind and areas that can spare one or two: much is left out."""
    spare = draw(st.lists(st.integers(0, 2), min_size=1, max_size=2))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 20),
                st.integers(-1, len(spare) - 1),
                st.sampled_from(("free", "free", "diverting")),
            ),
            min_size=5,
            max_size=8,
        )
    )
    units = [
        Candidate(f"U{at}", "engine", frozenset({"engine"}), travel * 10.0, state, area)
        for at, (travel, area, state) in enumerate(rows)
    ]
    stand = [sum(u.area == a and u.state == "free" for u in units) for a in range(len(spare))]
    areas = tuple(
        CoverArea(f"a{a}", f"Area {a}", "engine", max(0, stand[a] - spare[a]), stand[a])
        for a in range(len(spare))
    )
    return AssignmentProblem(
        needs=(Need("engine", draw(st.integers(1, 3))),),
        candidates=units,
        areas=areas,
        cover_penalty_s=float(draw(st.sampled_from((25, 60, 105)))),
        divert_penalty_s=float(draw(st.sampled_from((0, 45)))),
        first_arrival_weight=float(draw(st.sampled_from((0, 0, 1, 3)))),
    )


@settings(max_examples=250, deadline=None)
@given(crowded_problems(), st.integers(0, 1))
def test_units_left_out_of_the_search_never_matter(
    problem: AssignmentProblem, alternatives: int
) -> None:
    check_against_brute_force(problem, alternatives=alternatives)


def test_unit_without_the_areas_capability_does_not_cover_it() -> None:
    areas = (CoverArea("a", "A", "engine", keep=1, have=1),)
    units = [
        unit("T1", 100, "truck", area=0),
        unit("T2", 150, "truck"),
        unit("E", 9, "engine", area=0),
    ]
    problem = AssignmentProblem(needs=(Need("truck", 1),), candidates=units, areas=areas)
    assert keys(solve(problem).best) == {"T1"}


def test_second_unit_is_not_taken_from_an_area_that_can_spare_one() -> None:
    # Two of A (100 and 110) and its penalty of 120: 330. One of A and the far one: 250.
    areas = (CoverArea("a", "A", "engine", keep=1, have=2),)
    units = [
        unit("A1", 100, "engine", area=0),
        unit("A2", 110, "engine", area=0),
        unit("B", 150, "engine"),
    ]
    problem = AssignmentProblem(needs=(Need("engine", 2),), candidates=units, areas=areas)
    result = solve(problem, alternatives=2)
    assert keys(result.best) == {"A1", "B"}
    assert [keys(plan) for plan in result.alternatives] == [{"A2", "B"}, {"A1", "A2"}]
    assert [plan.cost_s for plan in result.alternatives] == [260, 330]


def check_against_brute_force(problem: AssignmentProblem, *, alternatives: int) -> None:
    fill, ranked = ranked_plans(problem)
    result = solve(problem, alternatives=alternatives)
    missing = {}
    for need, filled in zip(problem.needs, fill, strict=True):
        missing[need.capability] = missing.get(need.capability, 0) + need.count - filled
    got = dict.fromkeys(missing, 0)
    for need in result.missing:
        got[need.capability] += need.count
    assert got == missing
    plans = (result.best, *result.alternatives)
    assert [plan.cost_s for plan in plans] == pytest.approx(
        [cost for cost, _ in ranked[: alternatives + 1]]
    )
    valid = {units: cost for cost, units in ranked}
    for plan in plans:
        assert valid[frozenset(keys(plan))] == pytest.approx(plan.cost_s)
    assert len({frozenset(keys(plan)) for plan in plans}) == len(plans)


@settings(max_examples=50, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_order_of_candidates_does_not_change_the_cost(
    problem: AssignmentProblem, random: object
) -> None:
    shuffled = list(problem.candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    first = solve(problem, alternatives=0).best
    second = solve(dataclasses.replace(problem, candidates=shuffled), alternatives=0).best
    assert first.cost_s == pytest.approx(second.cost_s)


@settings(max_examples=50, deadline=None)
@given(problems())
def test_each_unit_fills_one_place_it_can_fill(problem: AssignmentProblem) -> None:
    by_key = {one.key: one for one in problem.candidates}
    plan = solve(problem).best
    assert len(keys(plan)) == len(plan.units)
    for one in plan.units:
        assert one.for_capability in by_key[one.key].capabilities
        assert can_go(by_key[one.key])


def test_last_engine_of_a_district_is_passed_over_for_one_40_s_later() -> None:
    areas = (CoverArea("d2", "District 2", "engine", keep=1, have=1),)
    units = [unit("E3", 210, "engine", area=0), unit("E7", 250, "engine")]
    problem = AssignmentProblem(
        needs=(Need("engine", 1),), candidates=units, areas=areas, cover_penalty_s=60
    )
    assert keys(solve(problem).best) == {"E7"}
    strict = dataclasses.replace(problem, cover_penalty_s=30)
    best = solve(strict).best
    assert keys(best) == {"E3"}
    assert best.breaks_cover == ("d2",)
    assert best.cost_s == 240


def test_whole_incident_beats_unit_by_unit() -> None:
    # Greedy sends Q as the engine (100) and then T as the truck (500): 600. Jointly 300.
    units = [unit("Q", 100, "engine", "truck"), unit("E", 200, "engine"), unit("T", 500, "truck")]
    result = solve(AssignmentProblem(needs=(Need("engine", 1), Need("truck", 1)), candidates=units))
    assert keys(result.best) == {"Q", "E"}
    assert {one.key: one.for_capability for one in result.best.units} == {
        "Q": "truck",
        "E": "engine",
    }
    assert result.best.cost_s == 300


def test_first_arrival_can_weigh_more_than_the_sum() -> None:
    # A is 60 s away but on another call (150 s more): B at 200 s goes. With the first arrival
    # counted twice, A costs 270 against B's 400.
    units = [
        unit("A", 60, "engine"),
        unit("B", 200, "engine", area=0),
        unit("C", 230, "engine", area=0),
    ]
    areas = (CoverArea("x", "X", "engine", keep=1, have=2),)
    problem = AssignmentProblem(
        needs=(Need("engine", 1),),
        candidates=[dataclasses.replace(units[0], state="diverting"), *units[1:]],
        areas=areas,
        divert_penalty_s=150,
    )
    assert keys(solve(problem).best) == {"B"}  # 200 against 60 + 150
    weighed = dataclasses.replace(problem, first_arrival_weight=1)
    assert keys(solve(weighed).best) == {"A"}  # 400 against 120 + 150


def test_earlier_line_is_filled_first_and_most_lines_are_filled() -> None:
    both = unit("Q", 10, "engine", "truck")
    needs = (Need("engine", 1), Need("truck", 1))
    alone = solve(AssignmentProblem(needs=needs, candidates=[both]))
    assert alone.status == "partial"
    assert alone.best.units[0].for_capability == "engine"
    assert alone.missing == (Need("truck", 1),)
    helped = solve(AssignmentProblem(needs=needs, candidates=[both, unit("E", 9000, "engine")]))
    assert helped.status == "full"
    assert helped.missing == ()


def test_of_two_equal_units_the_one_with_fewer_other_skills_goes() -> None:
    units = [unit("A", 60, "engine", "boat"), unit("B", 60, "engine")]
    assert keys(solve(AssignmentProblem(needs=(Need("engine", 1),), candidates=units)).best) == {
        "B"
    }


def test_nobody_at_all_is_a_clear_answer() -> None:
    result = solve(AssignmentProblem(needs=(Need("engine", 2),), candidates=[]))
    assert result.status == "none"
    assert result.best.units == ()
    assert result.best.first_arrival_s is None
    assert result.missing == (Need("engine", 2),)
    assert result.alternatives == ()


def test_table_by_column_gives_the_answer_of_rows() -> None:
    rng = np.random.default_rng(7)
    areas = tuple(CoverArea(f"a{a}", f"A{a}", "engine", 2, 4) for a in range(10))
    units = [
        Candidate(
            f"U{u}", "k", frozenset({KINDS[u % 3]}), float(rng.integers(60, 900)), area=u % 10
        )
        for u in range(300)
    ]
    needs = (Need("engine", 3), Need("truck", 2), Need("medic", 1))
    by_row = solve(AssignmentProblem(needs=needs, candidates=units, areas=areas))
    table = CandidateTable.from_candidates(units)
    by_column = solve(AssignmentProblem(needs=needs, candidates=table, areas=areas))
    assert by_row == by_column


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"needs": (Need("engine", 0),)}, "count from 1"),
        ({"needs": (Need("engine", 41),)}, "more than 40"),
        ({"candidates": [unit("A", 1, "engine"), unit("A", 2, "engine")]}, "same key"),
        ({"candidates": [unit("A", 1, "engine", area=0)]}, "cover area outside"),
        ({"candidates": [unit("A", -1, "engine")]}, "below 0"),
        ({"areas": (CoverArea("a", "A", "engine", -1, 0),)}, "neither may be"),
        ({"cover_penalty_s": math.nan}, "cover_penalty_s"),
    ],
)
def test_unusable_problem_is_refused_in_a_sentence(change: dict[str, object], words: str) -> None:
    usable = {"needs": (Need("engine", 1),), "candidates": [unit("A", 1, "engine")]}
    assert solve(AssignmentProblem(**usable)).status == "full"  # type: ignore[arg-type]
    with pytest.raises(UnusableProblem, match=words):
        AssignmentProblem(**{**usable, **change})  # type: ignore[arg-type]
