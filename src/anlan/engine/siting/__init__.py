"""Where posts should stand: build a SitingProblem, choose a model, `solve` it."""

from __future__ import annotations

from anlan.engine.siting.models import (
    BackupCovering,
    DoubleStandard,
    ExpectedCovering,
    MaximalCovering,
    Model,
    PCenter,
    PMedian,
    SetCovering,
)
from anlan.engine.siting.problem import NoSuchSiting, SitingProblem, UnusableSiting
from anlan.engine.siting.result import SitingResult
from anlan.engine.siting.solver import solve

__all__ = [
    "BackupCovering",
    "DoubleStandard",
    "ExpectedCovering",
    "MaximalCovering",
    "Model",
    "NoSuchSiting",
    "PCenter",
    "PMedian",
    "SetCovering",
    "SitingProblem",
    "SitingResult",
    "UnusableSiting",
    "solve",
]
