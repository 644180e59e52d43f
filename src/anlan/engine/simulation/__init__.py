"""Replays of call logs, and calls drawn from a pattern."""

from __future__ import annotations

from anlan.engine.simulation.draw import (
    DrawnCalls,
    UnusablePattern,
    Zones,
    draw_calls,
    draw_spells,
    weekly_rate,
)
from anlan.engine.simulation.log import CallLog, Log, ResponseLog, Units, UnusableLog
from anlan.engine.simulation.replay import CoverRule, Modelled, Replay, replay
from anlan.engine.simulation.report import (
    Column,
    IntervalFigure,
    ModelError,
    PairedGap,
    ServiceLevel,
    column,
    first_on_scene,
    model_error,
    observed_times,
    paired_gap,
    paired_gaps,
)

__all__ = [
    "CallLog",
    "Column",
    "CoverRule",
    "DrawnCalls",
    "IntervalFigure",
    "Log",
    "ModelError",
    "Modelled",
    "PairedGap",
    "Replay",
    "ResponseLog",
    "ServiceLevel",
    "Units",
    "UnusableLog",
    "UnusablePattern",
    "Zones",
    "column",
    "draw_calls",
    "draw_spells",
    "first_on_scene",
    "model_error",
    "observed_times",
    "paired_gap",
    "paired_gaps",
    "replay",
    "weekly_rate",
]
