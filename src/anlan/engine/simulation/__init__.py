"""Replays of call logs, and calls drawn from a pattern."""

from __future__ import annotations

from anlan.engine.simulation.log import CallLog, Log, ResponseLog, Units, UnusableLog
from anlan.engine.simulation.replay import CoverRule, Modelled, Replay, replay

__all__ = [
    "CallLog",
    "CoverRule",
    "Log",
    "Modelled",
    "Replay",
    "ResponseLog",
    "Units",
    "UnusableLog",
    "replay",
]
