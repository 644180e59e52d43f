"""Siting, timed: the published p-medians and p-centers, and maximal covering beside spopt."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from tests.benchmarks.harness import SHARED, Figure, Section, busy_note, peers_python

from anlan.engine.milp import load
from anlan.engine.siting import (
    DoubleStandard,
    ExpectedCovering,
    MaximalCovering,
    Model,
    PCenter,
    PMedian,
    SitingProblem,
    SitingResult,
    solve,
)
from anlan.engine.siting.counting import covering_milp, place_units
from anlan.engine.siting.coverage import reach
from anlan.engine.siting.orlib import read_orlib

KEY = "siting"
POINTS, SIDE, RADIUS, SITES = 3038, 1000.0, 40.0, 60
PROOF_S = 60.0
TOWN = (2000, 150)  # demands, sites of a made-up town
PEER = """
import sys, time
import numpy as np
from spopt.locate import MCLP
file, radius, p = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
cost = np.load(file)
began = time.process_time()
MCLP.from_cost_matrix(cost, np.ones(len(cost)), radius, p_facilities=p)
print(time.process_time() - began)
"""


def run() -> Section:
    """This will solve what is published, and time models on made-up points."""
    figures, notes = [], busy_note()
    folder = SHARED / "bench" / "p-median"
    _warm()
    if folder.is_dir():
        figures += _medians(folder) + _centers(folder)
    else:
        notes.append("The folder ../shared/data is absent, so no published instance was solved.")
    covering, told = _covering()
    notes += told
    figures += [*covering, *_town()]
    notes.append(
        "Times are CPU seconds of one process. “proven” means that the bound meets the value; the "
        f"{POINTS} points are drawn evenly on a square (seed 1), no published instance."
    )
    return Section(KEY, "Siting", figures, notes)


def _warm() -> None:
    cost = np.random.Generator(np.random.PCG64(1)).random((20, 15))
    solve(SitingProblem(cost), PMedian(3))


def _solved(
    problem: SitingProblem, model: Model, *, prove: bool = True
) -> tuple[SitingResult, float]:
    end = time.monotonic() + PROOF_S
    began = time.process_time()
    found = solve(problem, model, seed=1, stop=lambda: time.monotonic() > end, prove=prove)
    return found, time.process_time() - began


def _published(path: Path) -> dict[str, float]:
    lines = path.read_text("utf-8").splitlines()[1:]
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.strip()}


def _medians(folder: Path) -> list[Figure]:
    optima = _published(folder / "optima.txt")
    graphs = {name: read_orlib(folder / f"{name}.txt") for name in optima}
    problems = {name: SitingProblem(graph.cost) for name, graph in graphs.items()}
    quick = {n: _solved(problems[n], PMedian(graphs[n].p), prove=False) for n in optima}
    slow = {n: _solved(problems[n], PMedian(graphs[n].p)) for n in optima}
    seconds = sum(took for _, took in quick.values())
    gaps = [quick[n][0].value / optima[n] - 1 for n in optima]
    best = sum(gap <= 0 for gap in gaps)
    assert all(found.value >= optima[n] >= (found.bound or 0) for n, (found, _) in slow.items())
    proven = sum(found.optimal for found, _ in slow.values())
    worst = max(took for _, took in slow.values())
    return [
        Figure("pmed1–20, fixed work, all together", f"{seconds:.2f} s", "≤ 3 s", seconds <= 3),
        Figure("… mean gap to the optimum", f"{np.mean(gaps):.3%}", "≤ 0.05 %", _at_most(gaps)),
        Figure("… optimal", f"{best} of {len(gaps)}", "≥ 18", best >= 18),
        Figure(
            "pmed1–20 with proof, all together",
            f"{proven} of {len(gaps)} proven in {sum(took for _, took in slow.values()):.2f} s, "
            f"the slowest in {worst:.2f} s",
            "proof where reachable in 60 s each",
            proven == len(gaps),
        ),
    ]


def _at_most(gaps: list[float]) -> bool:
    return bool(np.mean(gaps) <= 0.0005)


def _centers(folder: Path) -> list[Figure]:
    radii = _published(folder / "p_center.txt")
    solved = {}
    for name in radii:
        graph = read_orlib(folder / f"{name}.txt")
        solved[name] = _solved(SitingProblem(graph.cost), PCenter(graph.p))
    good = sum(found.optimal and found.value == radii[n] for n, (found, _) in solved.items())
    seconds = [took for _, took in solved.values()]
    return [
        Figure(
            "vertex p-center, pmed1–20, with proof",
            f"{good} of {len(radii)} at the published radius, proven, in {sum(seconds):.1f} s, "
            f"the slowest in {max(seconds):.2f} s",
            "all 20",
            good == len(radii),
        )
    ]


def _covering() -> tuple[list[Figure], list[str]]:
    at = np.random.Generator(np.random.PCG64(1)).random((POINTS, 2)) * SIDE
    cost = np.hypot(*(at[:, None] - at[None, :]).transpose(2, 0, 1))
    problem = SitingProblem(cost)

    def build() -> None:
        units = place_units(problem, SITES, 1)
        found = reach(problem, units.columns, (RADIUS,))
        load(covering_milp(found, units, np.ones(1)), seed=1)

    ours = float(np.median([_cpu(build) for _ in range(5)]))
    peer, notes = _peer(cost)
    found, took = _solved(problem, MaximalCovering(SITES, radius=RADIUS))
    said = "proven" if found.optimal else f"gap {found.gap:.2%}"
    ratio = None if peer is None else peer / ours
    return [
        Figure(
            f"maximal covering, {POINTS:,} × {POINTS:,}: the model built and handed to HiGHS",
            f"{ours:.3f} s",
            "≥ 500 × spopt",
            None if ratio is None else ratio >= 500,
            "" if peer is None else f"spopt, built only: {peer:.1f} s",
            ratio,
        ),
        Figure(
            f"… solved, p = {SITES}: {found.value:,.0f} points covered",
            f"{took:.1f} s, {said}",
        ),
    ], notes


def _peer(cost: np.ndarray) -> tuple[float | None, list[str]]:
    import tempfile

    python = peers_python()
    if python is None:
        return None, ["No Python for the peers was found, so spopt did not run."]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cost.npy"
        np.save(file, cost)
        words = [str(python), "-c", PEER, str(file), str(RADIUS), str(SITES)]
        told = subprocess.run(words, capture_output=True, text=True, check=False)
    if told.returncode:
        return None, ["spopt failed on this instance, so no ratio is given."]
    return float(told.stdout.split()[-1]), []


def _cpu(work: Callable[[], None]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _town() -> list[Figure]:
    """This will time the exact models of units on a made-up town: minutes on a 30 × 30 km plain."""
    rng = np.random.Generator(np.random.PCG64(2))
    people, posts = rng.random((TOWN[0], 2)) * 30, rng.random((TOWN[1], 2)) * 30
    minutes = np.hypot(*(people[:, None] - posts[None, :]).transpose(2, 0, 1)) * 1.5
    problem = SitingProblem(minutes, weights=np.floor(rng.random(TOWN[0]) ** 3 * 100))
    models: dict[str, Model] = {
        "MEXCLP, 15 units, busy 0.3, 8 min": ExpectedCovering(15, radius=8, busy=0.3),
        "DSM, 25 units, 8 and 15 min, 90 %": DoubleStandard(
            25, near=8, far=15, share=0.9, per_site=2
        ),
        "p-median, p = 15": PMedian(15),
    }
    figures = []
    for name, model in models.items():
        found, took = _solved(problem, model)
        said = "proven" if found.optimal else f"gap {found.gap:.2%}"
        size = f"{TOWN[0]:,} demands × {TOWN[1]} sites"
        figures.append(Figure(f"{name}; {size}", f"{took:.1f} s, {said}"))
    return figures
