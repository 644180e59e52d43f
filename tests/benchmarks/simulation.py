"""Simulation, timed: the event loop beside simpy, and a town of JEMSS's Auckland test size.

`python -m tests.benchmarks simulation --print` takes about a minute. simpy runs as a child process
of the peers' environment, on the first of the same calls.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from tests.benchmarks.harness import Figure, Section, busy_note, peers_python

from anlan.engine.simulation import CallStream, Fleet, Policy, Trace, World, simulate
from anlan.engine.simulation.run import Tables
from anlan.engine.simulation.warming import warm
from anlan.engine.simulation.written import Written
from anlan.engine.siting.move_up import Dmexclp, MoveUp, nested_table

KEY = "simulation"
PEER = Path(__file__).parent / "peers" / "simpy_peer.py"
PEER_CALLS = 50_000
DAY_S = 86_400.0


def a_town(calls: int, units: int, *, places: int, load: float, seed: int = 1) -> dict[str, object]:
    """Make up places on a square, posts, Poisson calls, exponential spells of 35 minutes."""
    rng = np.random.default_rng(seed)
    xy = rng.random((places, 2)) * 20
    weight = rng.random(places)
    return {
        "travel": np.round(np.abs(xy[:, None] - xy[None]).sum(2) * 100, 3),
        "home": rng.choice(places, units, replace=False),
        "place": rng.choice(places, calls, p=weight / weight.sum()),
        "spell": np.round(rng.exponential(2100.0, calls), 3),
        "received": np.round(np.cumsum(rng.exponential(2580.0 / (load * units), calls)), 3),
    }


def parts_of(town: dict[str, object], *, handover: float = 0.0) -> tuple[World, Fleet, CallStream]:
    """Turn it into a world, a fleet and calls; `handover` is the share taken to a hospital."""
    home, place = np.asarray(town["home"], np.intp), np.asarray(town["place"], np.intp)
    received, none = np.asarray(town["received"]), np.zeros(len(place), np.intp)
    units = len(home)
    drawn = np.random.default_rng(2).random(len(place))
    stream = CallStream(
        received_s=received, place=place, kind=none, priority=none, vocabulary=("unit",),
        call=np.arange(len(place)), capability=none, asked_s=received,
        turnout_s=np.zeros(len(place)), on_scene_s=np.asarray(town["spell"]),
        handover_s=np.where(drawn < handover, 1200.0, np.nan),
    )  # fmt: skip
    keys, able = [f"U{u}" for u in range(units)], [frozenset({"unit"})] * units
    travel = np.asarray(town["travel"])
    return World(travel, hospitals=np.arange(3)), Fleet(keys, ["unit"] * units, able, home), stream


def loop_s(world: World, fleet: Fleet, policy: Policy, calls: CallStream) -> float:
    """Give the CPU seconds of the event loop alone, the best of three."""
    took = []
    for _ in range(3):
        tables = Tables.laid_out(world, fleet, policy, calls, Written.for_calls(fleet, calls))
        tables.moves = np.zeros((4 * len(calls) + 10_000, 5), np.int64)
        began = time.process_time()
        tables.run(len(calls) + 1)
        took.append(time.process_time() - began)
    return min(took)


def timed(world: World, fleet: Fleet, policy: Policy, calls: CallStream) -> tuple[Trace, float]:
    """Simulate, laying the tables out and reading the answer included."""
    began = time.process_time()
    trace = simulate(world, fleet, policy, calls)
    return trace, time.process_time() - began


def ask_simpy(town: dict[str, object], *words: str) -> dict[str, float] | None:
    """Run simpy on the first calls, the best of three; None where its environment can't be had."""
    python = peers_python()
    if python is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.npz"
        first = {
            name: value if name in ("travel", "home") else np.asarray(value)[:PEER_CALLS]
            for name, value in town.items()
        }
        np.savez(path, **first)  # type: ignore[arg-type]
        answers: list[dict[str, float]] = [
            json.loads(
                subprocess.run(
                    [python, PEER, path, *words], check=True, capture_output=True, text=True
                ).stdout
            )
            for _ in range(3)
        ]
    return min(answers, key=lambda one: one["cpu_s"])


def beside_simpy() -> tuple[list[Figure], list[str]]:
    """Compare the loop on 50 units and 3 events a call."""
    town = a_town(1_000_000, 50, places=500, load=0.5)
    world, fleet, calls = parts_of(town)
    loop = loop_s(world, fleet, Policy(), calls)
    _, whole = timed(world, fleet, Policy(), calls)
    ours = 3 * len(calls) / loop / 1e6
    text = (
        f"{ours:.3g} M events/s (with tables laid out and read: {3 * len(calls) / whole / 1e6:.3g})"
    )
    figures, notes = [], []
    for words, what in (((), "simpy sends free units home at once"), (("way-home",), "same logic")):
        peer = ask_simpy(town, *words)
        name = f"event loop, 50 units, 3 events a call; {what}"
        if peer is None:
            figures.append(Figure(name, text, aim="≥ 50 × simpy"))
            notes.append("simpy's environment could not be had, so no ratio is shown.")
            continue
        rate = peer["events"] / peer["cpu_s"] / 1e6
        ratio = ours / rate
        figures.append(
            Figure(name, text, "≥ 50 × simpy", ratio >= 50, f"{rate:.3g} M events/s", ratio)
        )
        if words:
            notes.append(_same_answer(world, fleet, calls, peer["mean_s"]))
    return figures, notes


def _same_answer(world: World, fleet: Fleet, calls: CallStream, theirs: float) -> str:
    first = calls.keep(np.arange(len(calls)) < PEER_CALLS)
    mean = float(np.mean(simulate(world, fleet, Policy(), first).response_s(first)))
    if abs(mean - theirs) > 0.01:
        raise AssertionError(f"simpy's mean response is {theirs}, ours {mean}; one is wrong.")
    return (
        f"With the same logic both give one mean response: simpy {theirs:.3f} s, ours {mean:.3f} s."
    )


def auckland_size() -> list[Figure]:
    """Time 40 units × 250 days × 280 calls a day with hospital legs, with and without move-up."""
    town = a_town(70_000, 40, places=1000, load=0.5)
    received = np.asarray(town["received"])
    town["received"] = np.round(received * (250 * DAY_S / received[-1]), 3)
    world, fleet, calls = parts_of(town, handover=0.7)
    bases = np.sort(np.asarray(town["home"])).astype(np.int64)
    covers = np.asarray(town["travel"])[bases][:, :200] < 480
    dmexclp = Dmexclp(bases, covers, np.random.default_rng(3).random(200), 0.3)
    rules: list[tuple[str, MoveUp | None]] = [
        ("hospital legs", None),
        ("hospital legs, compliance table", nested_table(dmexclp, most=40)),
        ("hospital legs, DMEXCLP (200 demands)", dmexclp),
    ]
    figures = []
    for what, rule in rules:
        policy = Policy(move_up=rule)
        trace, whole = timed(world, fleet, policy, calls)
        rate = trace.events / loop_s(world, fleet, policy, calls) / 1e6
        figures.append(
            Figure(f"40 units × 250 days × 280 calls: {what}", f"{whole:.3g} s CPU, all of it",
                   "≤ 5 s", whole <= 5)
        )  # fmt: skip
        figures.append(
            Figure(f"the same, event loop alone: {trace.events:,} changes of state",
                   f"{rate:.3g} M/s", "≥ 5 M/s", rate >= 5)
        )  # fmt: skip
    return figures


def run() -> Section:
    """Time the loop, and a year's part of a city."""
    warm()
    figures, notes = beside_simpy()
    figures += auckland_size()
    notes.append(
        "Ours does its whole logic in each row: ways home, hospital, run cards, queue, trace. A "
        "change of state is a call decided, a dispatch, en route, on scene, leaving for and "
        "reaching the hospital, free, and the two ends of a move-up."
    )
    return Section(KEY, "Simulation", figures, [*notes, *busy_note()])
