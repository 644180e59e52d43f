"""Where free units should wait now: compliance tables, DMEXCLP, DDSM."""

from __future__ import annotations

from anlan.engine.siting.move_up.decide import Packed, pack, targets_of
from anlan.engine.siting.move_up.rules import (
    ComplianceTable,
    Ddsm,
    Dmexclp,
    MoveUp,
    UnusableMoveUp,
)

__all__ = [
    "ComplianceTable",
    "Ddsm",
    "Dmexclp",
    "MoveUp",
    "Packed",
    "UnusableMoveUp",
    "pack",
    "targets_of",
]
