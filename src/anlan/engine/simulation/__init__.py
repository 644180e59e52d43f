"""Replays of call logs, calls drawn from a pattern, and towns simulated under other deployments."""

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
from anlan.engine.simulation.pattern import (
    CallPattern,
    CallType,
    CardLine,
    Quantiles,
    draw_stream,
    thin_stream,
)
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
from anlan.engine.simulation.run import simulate
from anlan.engine.simulation.stream import CallStream, UnusableStream, stream_from_log
from anlan.engine.simulation.trace import Moves, Trace
from anlan.engine.simulation.world import Fleet, Policy, UnusableWorld, World

__all__ = [
    "CallLog",
    "CallPattern",
    "CallStream",
    "CallType",
    "CardLine",
    "Column",
    "CoverRule",
    "DrawnCalls",
    "Fleet",
    "IntervalFigure",
    "Log",
    "ModelError",
    "Modelled",
    "Moves",
    "PairedGap",
    "Policy",
    "Quantiles",
    "Replay",
    "ResponseLog",
    "ServiceLevel",
    "Trace",
    "Units",
    "UnusableLog",
    "UnusablePattern",
    "UnusableStream",
    "UnusableWorld",
    "World",
    "Zones",
    "column",
    "draw_calls",
    "draw_spells",
    "draw_stream",
    "first_on_scene",
    "model_error",
    "observed_times",
    "paired_gap",
    "paired_gaps",
    "replay",
    "simulate",
    "stream_from_log",
    "thin_stream",
    "weekly_rate",
]
