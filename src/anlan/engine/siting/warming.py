"""Compiles the siting's kernels before the first real question."""

from __future__ import annotations

import numpy as np

from anlan.engine.roads.graph import Progress
from anlan.engine.siting import models
from anlan.engine.siting.problem import SitingProblem
from anlan.engine.siting.solver import solve


def warm(*, progress: Progress | None = None) -> None:
    """This will compile every kernel, or load it where that was done before."""
    if progress:
        progress("compiling sites", 0.0)
    problem = SitingProblem(np.random.Generator(np.random.PCG64(1)).random((20, 15)))
    for model in (
        models.PMedian(3),
        models.PCenter(3),
        models.SetCovering(0.3),
        models.MaximalCovering(3, radius=0.3),
        models.BackupCovering(3, radius=0.3, first_share=0.5),
        models.ExpectedCovering(3, radius=0.3, busy=0.3),
        models.DoubleStandard(3, near=0.3, far=0.6, share=0.5, per_site=2),
    ):
        solve(problem, model, seed=1)
    if progress:
        progress("compiling sites", 1.0)
