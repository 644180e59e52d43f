"""The compiled choice of units is the desk's own: same cost, same places filled, same units."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from anlan.engine.assignment import AssignmentProblem, Candidate, CoverArea, Need, solve
from anlan.engine.assignment.kernels import TICKS_PER_MS, bit_count, choose_units
from anlan.engine.assignment.problem import DIVERTING
from anlan.engine.pairing import NO_PAIRING, pair_rows

KINDS = ("engine", "truck", "medic")


def a_problem(rng: np.random.Generator, *, ties: bool) -> AssignmentProblem:
    """A town whose areas can spare one or two, with many alike units, so that each rule bites."""
    areas = int(rng.integers(0, 4))
    units = []
    for at in range(int(rng.integers(0, 14))):
        travel = float(rng.integers(1, 9)) if ties else round(float(rng.random()) * 400, 3)
        units.append(
            Candidate(
                f"U{at}", "unit",
                frozenset(k for k in KINDS if rng.random() < 0.5) or frozenset({"engine"}),
                math.inf if rng.random() < 0.1 else travel,
                DIVERTING if rng.random() < 0.2 else "free",
                int(rng.integers(-1, areas)) if areas else -1,
                blocked="off_shift" if rng.random() < 0.1 else None,
            )
        )  # fmt: skip
    rules = [(KINDS[a % 2], int(rng.integers(0, 4))) for a in range(areas)]
    standing = [
        sum(
            one.area == a and name in one.capabilities and one.state != DIVERTING
            and one.blocked is None and math.isfinite(one.travel_s)
            for one in units
        )
        for a, (name, _) in enumerate(rules)
    ]  # fmt: skip
    return AssignmentProblem(
        needs=tuple(
            Need(str(rng.choice((*KINDS, "boat"))), int(rng.integers(1, 4)))
            for _ in range(rng.integers(1, 4))
        ),
        candidates=units,
        areas=tuple(
            CoverArea(f"a{a}", f"A{a}", name, keep, standing[a])
            for a, (name, keep) in enumerate(rules)
        ),
        cover_penalty_s=float(rng.choice((0, 30, 120))),
        divert_penalty_s=float(rng.choice((0, 50, 300))),
    )


def chosen_by_loop(problem: AssignmentProblem) -> list[tuple[int, int]]:
    """Ask the compiled loop: (line, row of the table), in its order."""
    table = problem.table
    rows = np.flatnonzero(table.not_blocked & np.isfinite(table.travel_s))
    names = (*table.vocabulary, "boat", *KINDS)
    bit = {n: 1 << names.index(n) if n in table.vocabulary else 0 for n in names}
    covers = np.array(
        [
            area if area >= 0
            and problem.areas[area].capability in table.capabilities_of(u)
            and not table.diverting[u] else -1
            for u, area in enumerate(table.area)
        ],
        np.int64,
    )  # fmt: skip
    have = np.bincount(covers[rows][covers[rows] >= 0], minlength=len(problem.areas))
    most = sum(need.count for need in problem.needs)
    sent, line_of = np.zeros(most, np.int64), np.zeros(most, np.int64)
    number = choose_units(
        table.capability_bits[rows].astype(np.int64),
        np.rint(table.travel_s[rows] * 1000).astype(np.int64),
        np.ascontiguousarray(table.diverting[rows]),
        covers[rows],
        np.array([bit[need.capability] for need in problem.needs], np.int64),
        np.array([need.count for need in problem.needs], np.int64),
        have.astype(np.int64),
        np.array([area.keep for area in problem.areas], np.int64),
        problem.cover_penalty_s * 1000 * TICKS_PER_MS,
        problem.divert_penalty_s * 1000 * TICKS_PER_MS,
        sent,
        line_of,
    )
    return [(int(line_of[at]), int(rows[sent[at]])) for at in range(number)]


def cost_of(problem: AssignmentProblem, rows: list[int]) -> float:
    """The objective of the docs, area by area."""
    table = problem.table
    cost = float(table.travel_s[rows].sum())
    cost += problem.divert_penalty_s * int(table.diverting[rows].sum())
    for index, area in enumerate(problem.areas):
        covering = [
            u
            for u in range(len(table))
            if table.area[u] == index
            and area.capability in table.capabilities_of(u)
            and not table.diverting[u]
            and table.not_blocked[u]
            and math.isfinite(table.travel_s[u])
        ]
        left = len(covering) - len(set(covering) & set(rows))
        short = max(0, area.keep - left) - max(0, area.keep - len(covering))
        cost += problem.cover_penalty_s * short
    return cost


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_the_loop_chooses_the_units_that_the_desk_chooses(seed: int) -> None:
    problem = a_problem(np.random.default_rng(seed), ties=False)
    best = solve(problem, alternatives=0, explain=False).best
    ours = chosen_by_loop(problem)
    assert [problem.table.keys[row] for _, row in ours] == [one.key for one in best.units]
    assert [problem.needs[line].capability for line, _ in ours] == [
        one.for_capability for one in best.units
    ]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_equal_times_give_an_equal_cost_and_fill_the_same_places(seed: int) -> None:
    problem = a_problem(np.random.default_rng(seed), ties=True)
    best = solve(problem, alternatives=0, explain=False).best
    ours = chosen_by_loop(problem)
    assert len({row for _, row in ours}) == len(ours)
    filled = [problem.needs[line].capability for line, _ in ours]
    assert filled == [one.for_capability for one in best.units]
    number = {key: row for row, key in enumerate(problem.table.keys)}
    theirs = cost_of(problem, [number[one.key] for one in best.units])
    assert abs(cost_of(problem, [row for _, row in ours]) - theirs) < 1e-6
    for line, row in ours:
        assert problem.needs[line].capability in problem.table.capabilities_of(row)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_pairing_is_scipys_to_the_last_column(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 8))
    cost = rng.integers(0, 6, (rows, rows + int(rng.integers(0, 5)))).astype(float)
    cost[rng.random(cost.shape) < 0.3] = np.inf
    ours = pair_rows(cost)
    try:
        _, theirs = linear_sum_assignment(cost)
    except ValueError:  # scipy's word for "not all rows can be paired"
        assert (ours == NO_PAIRING).all()
    else:
        assert ours.tolist() == theirs.tolist()


def test_bits_are_counted_up_to_the_last_of_64() -> None:
    for bits in (0, 1, 5, 2**62 + 1, -1, -(2**63)):
        assert bit_count(np.int64(bits)) == (bits & (2**64 - 1)).bit_count()
