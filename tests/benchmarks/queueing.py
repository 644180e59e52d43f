"""The hypercube, timed: exact beside scipy's spsolve, and what the approximations get wrong.

`python -m tests.benchmarks queueing --print` takes about a minute. `python -m
tests.benchmarks.queueing --servers 25` solves one team of that size, which the default leaves out;
`--errors` measures the approximations on many teams and prints the table of
docs/method/queueing.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator

import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, diags
from scipy.sparse.linalg import spsolve
from tests.benchmarks.harness import Figure, Section, busy_note

from anlan.engine.queueing import Answer, Hypercube, solve_exact, solve_jarvis, solve_larson

KEY = "queueing"
AREAS = 71
AIMS_S = {15: 0.05, 20: 3.0, 23: 40.0, 25: 300.0}
DEFAULT = (15, 20, 23)


def town(
    servers: int, *, load: float = 0.5, seed: int = 4, alike: bool = False, areas: int = AREAS
) -> Hypercube:
    """Make up areas and posts on a square, the nearest asked first, services nearly alike."""
    rng = np.random.default_rng(seed)
    places, posts = rng.random((areas, 2)), rng.random((servers, 2))
    travel = np.abs(posts[:, None, :] - places[None]).sum(2)
    share = rng.random(areas)
    mu = np.full(servers, 1.76) if alike else 1.76 + rng.uniform(-0.2, 0.2, servers)
    return Hypercube.of(
        share / share.sum() * load * mu.sum(),
        preference=np.argsort(travel.T, axis=1, kind="stable"),
        service_time=1 / mu,
        travel=travel,
    )


def generator(problem: Hypercube) -> csc_matrix:
    """Write the balance out, its last line replaced by Σ p = 1."""
    N, size = problem.servers, 1 << problem.servers
    state = np.arange(size)
    start, end, rate = [], [], []
    for j, calls in enumerate(problem.rate):
        left = np.ones(size, bool)
        for n in problem.preference[j]:
            goes = left & ((state >> n) & 1 == 0)
            left &= ~goes
            start.append(state[goes])
            end.append(state[goes] | 1 << int(n))
            rate.append(np.full(int(goes.sum()), calls))
    for n in range(N):
        busy = state[(state >> n) & 1 == 1]
        start.append(busy)
        end.append(busy ^ 1 << n)
        rate.append(np.full(len(busy), 1 / problem.service_time[n]))
    where = (np.concatenate(end), np.concatenate(start))
    flow = coo_matrix((np.concatenate(rate), where), shape=(size, size)).tocsc()
    square = (flow - diags(np.asarray(flow.sum(axis=0)).ravel())).tolil()
    square[-1] = np.ones(size)
    return square.tocsc()


def cpu_s(work: Callable[[], object], *, repeats: int = 1) -> float:
    """Give the least CPU seconds of all threads over `repeats` runs."""
    took = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def exact_figures(sizes: tuple[int, ...] = DEFAULT) -> list[Figure]:
    """Time the exact solver for teams of these sizes; the matrix of the peer is made untimed."""
    solve_exact(town(8))
    peer_of = town(12)
    matrix = generator(peer_of)
    aim = np.eye(1 << 12)[-1]
    found = spsolve(matrix, aim)
    if np.abs(found - solve_exact(peer_of, keep_states=True).states).max() > 1e-9:  # type: ignore[operator]
        raise AssertionError("scipy found other probabilities; one of the two is wrong.")
    ours = cpu_s(lambda: solve_exact(peer_of), repeats=20)
    theirs = cpu_s(lambda: spsolve(matrix, aim))
    figures = [
        Figure(
            "exact, 12 servers, residual ≤ 1e-9",
            f"{ours * 1e3:.3g} ms CPU",
            aim="≥ 500 × spsolve",
            met=theirs / ours >= 500,
            peer=f"scipy spsolve {theirs:.3g} s CPU",
            ratio=theirs / ours,
        )
    ]
    return figures + [size_figure(servers) for servers in sizes]


def size_figure(servers: int) -> Figure:
    """Time one size."""
    problem = town(servers)
    took = cpu_s(lambda: solve_exact(problem), repeats=10 if servers < 18 else 1)
    aim = AIMS_S.get(servers)
    return Figure(
        f"exact, {servers} servers, {1 << servers:,} states",
        f"{took:.3g} s CPU",
        aim="" if aim is None else f"≤ {aim:g} s",
        met=None if aim is None else took <= aim,
    )


def approximation_figures() -> list[Figure]:
    """Time the approximations and say how far off they are, on the team of 12 and one of 200."""
    figures = []
    for name, solve in (("Larson", solve_larson), ("Jarvis", solve_jarvis)):
        for servers in (12, 200):
            problem = town(servers, alike=True)
            took = cpu_s(lambda p=problem, s=solve: s(p, measure=False), repeats=3)  # type: ignore[misc]
            what = f"{name}, {servers} servers"
            figures.append(Figure(what, f"{took * 1e3:.3g} ms CPU{_off(solve(problem))}"))
    return figures


def _off(answer: Answer) -> str:
    if answer.error is None:
        return ""
    return f"; workloads off by ≤ {answer.error.max_abs:.3f}, mean {answer.error.mean_abs:.3f}"


def error_rows(seeds: int = 20) -> Iterator[str]:
    """Measure both approximations against the exact answer on many teams; a row a load."""
    yield "| servers | load | Larson: worst, mean | Jarvis: worst, mean | Jarvis, mean travel |"
    yield "|---|---|---|---|---|"
    for servers in (5, 10, 15):
        for load in (0.2, 0.5, 0.8):
            alike = [
                solve_larson(town(servers, load=load, seed=s, alike=True)) for s in range(seeds)
            ]
            other = [solve_jarvis(town(servers, load=load, seed=s)) for s in range(seeds)]
            off = []
            for answer in other:
                exact, near = solve_exact(answer.problem).mean_travel(), answer.mean_travel()
                assert exact is not None
                assert near is not None
                off.append(abs(near / exact - 1))
            yield (
                f"| {servers} | {load} | {_worst(alike)} | {_worst(other)} | "
                f"≤ {max(off):.1%}, mean {np.mean(off):.1%} |"
            )


def _worst(answers: list[Answer]) -> str:
    errors = [answer.error for answer in answers if answer.error is not None]
    worst = max(error.max_abs for error in errors)
    return f"{worst:.3f}, {np.mean([error.mean_abs for error in errors]):.3f}"


def run() -> Section:
    """This will time the exact solver to 23 servers, the peer at 12, and the approximations."""
    notes = [
        "71 areas on a square, calls for half of all time, services nearly alike. CPU seconds of "
        "all threads; the peer's matrix is made untimed. Both answers are compared in the run.",
        "25 servers take 3.8 GB: `python -m tests.benchmarks.queueing --servers 25`.",
    ]
    return Section(
        KEY,
        "Queueing: the hypercube",
        [*exact_figures(), *approximation_figures()],
        [*notes, *busy_note()],
    )


def main() -> None:
    """This will run what the default leaves out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", type=int, help="solve one team of so many servers")
    parser.add_argument("--errors", action="store_true", help="measure the approximations")
    asked = parser.parse_args()
    if asked.servers:
        solve_exact(town(8))
        print(size_figure(asked.servers))
    if asked.errors:
        print("\n".join(error_rows()))


if __name__ == "__main__":
    main()
