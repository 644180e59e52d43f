"""Compiles the simulation's kernels before the first real question."""

from __future__ import annotations

import numpy as np

from anlan.engine.simulation.log import Progress
from anlan.engine.simulation.run import simulate
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.world import Fleet, Policy, World
from anlan.engine.siting.move_up import Ddsm, Dmexclp, targets_of


def warm(*, progress: Progress | None = None) -> None:
    """This will compile every kernel, or load it where that was done before."""
    tell = progress or (lambda label, share: None)
    tell("compiling the simulation", 0.0)
    one, none = np.zeros(1, np.intp), np.full(1, np.nan)
    calls = CallStream(
        received_s=np.zeros(1), place=one, kind=one, priority=one, vocabulary=("unit",), call=one,
        capability=one, asked_s=np.zeros(1), turnout_s=np.zeros(1), on_scene_s=np.ones(1),
        handover_s=none,
    )  # fmt: skip
    fleet = Fleet(["U"], ["unit"], [frozenset({"unit"})], one)
    simulate(World(np.zeros((1, 1))), fleet, Policy(), calls)
    tell("compiling move-up", 0.9)
    reach, near = np.ones((1, 1), np.bool_), np.zeros((1, 1), np.int64)
    for rule in (Dmexclp(near[0], reach, np.ones(1), 0.5), Ddsm(near[0], reach, reach, np.ones(1))):
        targets_of(rule, ms_to_base=near, base=near[0], freed=0, sent=True)
    tell("compiling move-up", 1.0)
