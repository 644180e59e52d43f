"""The whole recommendation, timed: snap, travel times of every unit, plans with their reasons.

The peer beside it in the same run is HiGHS (scipy.optimize.milp) on the same choice of units.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from anlan.engine.assignment import (
    AssignmentProblem,
    CandidateTable,
    CoverArea,
    Need,
    solve,
)

KINDS = ("engine", "truck", "medic", "ambulance", "rescue", "chief")
SHARES = (0.4, 0.15, 0.15, 0.2, 0.05, 0.05)
RUN_CARD = (Need("engine", 3), Need("truck", 1), Need("medic", 1), Need("chief", 1))
AREAS = 45


@dataclass(frozen=True)
class Row:
    """One line of a page of figures; times in milliseconds."""

    task: str
    p50_ms: float
    p99_ms: float
    aim_p99_ms: float | None
    peer: str = ""
    ratio: float | None = None


def fleet(units: int, rng: np.random.Generator) -> CandidateTable:
    """Make up units: kinds by share, a fifth busy, one in twenty on its way elsewhere."""
    kind = rng.choice(len(KINDS), units, p=SHARES)
    bits = (np.uint64(1) << kind.astype(np.uint64)).astype(np.uint64)
    medic_on_board = (kind == 0) & (rng.random(units) < 0.4)
    bits[medic_on_board] |= np.uint64(1 << KINDS.index("medic"))
    return CandidateTable(
        keys=tuple(f"U{unit}" for unit in range(units)),
        vocabulary=KINDS,
        capability_bits=bits,
        travel_s=rng.integers(60_000, 2_400_000, units) / 1000.0,
        area=rng.integers(0, AREAS, units).astype(np.int32),
        kinds=tuple(KINDS[one] for one in kind),
        state=np.where(rng.random(units) < 0.05, "diverting", "free"),
        blocked=np.where(rng.random(units) < 0.2, "busy", ""),
    )


def cover(table: CandidateTable, rng: np.random.Generator) -> tuple[CoverArea, ...]:
    """Let each area spare none to three of its units."""
    assert table.blocked is not None
    assert table.state is not None
    stand = (table.blocked == "") & (table.state == "free")
    have = np.bincount(table.area[stand], minlength=AREAS)
    spare = rng.integers(0, 4, AREAS)
    return tuple(
        CoverArea(f"a{a}", f"Area {a}", "engine", max(0, int(have[a] - spare[a])), int(have[a]))
        for a in range(AREAS)
    )


def times_of(task: Callable[[], object], *, repeats: int) -> np.ndarray:
    """Time a task, in milliseconds, after three runs that do not count."""
    seconds = []
    for turn in range(repeats + 3):
        begin = time.perf_counter()
        task()
        if turn >= 3:
            seconds.append(time.perf_counter() - begin)
    return np.array(seconds) * 1000.0


def milp_cost(problem: AssignmentProblem) -> float:
    """Solve the same choice as a mixed-integer programme; every need can be filled here."""
    table = problem.table
    assert table.blocked is not None
    assert table.state is not None
    units = np.flatnonzero((table.blocked == "") & np.isfinite(table.travel_s))
    pairs = [
        (unit, line)
        for unit in units
        for line, need in enumerate(problem.needs)
        if table.capability_bits[unit] >> np.uint64(KINDS.index(need.capability)) & np.uint64(1)
    ]
    unit_of, line_of = (np.array(column) for column in zip(*pairs, strict=True))
    diverting = table.state[unit_of] == "diverting"
    price = table.travel_s[unit_of] + diverting * problem.divert_penalty_s
    areas = len(problem.areas)
    columns = len(pairs) + areas
    rows_unit = np.zeros((len(table), columns))
    rows_unit[unit_of, np.arange(len(pairs))] = 1
    rows_line = np.zeros((len(problem.needs), columns))
    rows_line[line_of, np.arange(len(pairs))] = 1
    rows_area = np.zeros((areas, columns))
    at = np.flatnonzero(~diverting)
    rows_area[table.area[unit_of[at]], at] = 1
    rows_area[np.arange(areas), len(pairs) + np.arange(areas)] = -1
    counts = [need.count for need in problem.needs]
    spare = [one.have - one.keep for one in problem.areas]
    answer = milp(
        np.concatenate([price, np.full(areas, problem.cover_penalty_s)]),
        constraints=[
            LinearConstraint(rows_unit[units], ub=1),
            LinearConstraint(rows_line, lb=counts, ub=counts),
            LinearConstraint(rows_area, ub=spare),
        ],
        bounds=Bounds(0, np.concatenate([np.ones(len(pairs)), np.full(areas, np.inf)])),
        integrality=np.ones(columns),
    )
    return float(answer.fun)


def solver_rows(*, seed: int = 1, repeats: int = 200) -> list[Row]:
    """Time the solver by itself, with reasons and two alternatives; HiGHS beside it."""
    rows = []
    for units, aim in ((1_000, 5.0), (10_000, 8.0)):
        rng = np.random.default_rng(seed)
        table = fleet(units, rng)
        areas = cover(table, rng)

        def task(table: CandidateTable = table, areas: tuple[CoverArea, ...] = areas) -> object:
            return solve(AssignmentProblem(needs=RUN_CARD, candidates=table, areas=areas))

        spent = times_of(task, repeats=repeats)
        ratio = None
        if units <= 1_000:
            problem = AssignmentProblem(needs=RUN_CARD, candidates=table, areas=areas)
            ours = solve(problem, alternatives=0).best.cost_s
            if abs(milp_cost(problem) - ours) > 0.01:
                raise AssertionError("HiGHS found another cost; one of the two is wrong.")
            peer = times_of(lambda problem=problem: milp_cost(problem), repeats=5)
            ratio = float(np.median(peer) / np.median(spent))
        rows.append(_row(f"choose 6 of {units:,} units, with reasons", spent, aim, ratio))
    return rows


def recommendation_rows(network: Any, *, seed: int = 1, repeats: int = 200) -> list[Row]:
    """Time the whole recommendation on a road network: snap, all travel times, plans, reasons."""
    graph = network.graph
    low = float(graph.node_lon.min()), float(graph.node_lat.min())
    high = float(graph.node_lon.max()), float(graph.node_lat.max())
    rows = []
    for units, aim in ((1_000, 5.0), (10_000, 15.0)):
        rng = np.random.default_rng(seed)
        table = fleet(units, rng)
        areas = cover(table, rng)
        node = rng.integers(0, len(graph.node_lon), units)
        stands = network.snap_many(graph.node_lon[node], graph.node_lat[node])

        def task(
            table: CandidateTable = table,
            areas: tuple[CoverArea, ...] = areas,
            stands: Any = stands,
            rng: np.random.Generator = rng,
        ) -> object:
            place = network.snap(*(rng.uniform(a, b) for a, b in zip(low, high, strict=True)))
            there = table.with_travel(network.times_to(place, stands))
            return solve(AssignmentProblem(needs=RUN_CARD, candidates=there, areas=areas))

        spent = times_of(task, repeats=repeats)
        rows.append(_row(f"recommend 6 of {units:,} units, road times included", spent, aim, None))
    return rows


def _row(task: str, spent: np.ndarray, aim: float, ratio: float | None) -> Row:
    p50, p99 = np.percentile(spent, [50, 99])
    peer = "HiGHS, one plan, no reasons" if ratio is not None else ""
    return Row(task, float(p50), float(p99), aim, peer, ratio)


def main(osm_file: Path) -> None:
    """Print all rows for the roads of an OpenStreetMap file."""
    from anlan.engine.roads import RoadNetwork, read_osm

    network = RoadNetwork.build(read_osm(osm_file))
    network.warm()
    for row in (*solver_rows(), *recommendation_rows(network)):
        print(row)


if __name__ == "__main__":
    main(Path(__file__).resolve().parents[3] / "shared" / "data" / "osm" / "porto.osm.pbf")
