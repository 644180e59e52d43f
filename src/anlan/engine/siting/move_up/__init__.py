"""Where free units should wait now: compliance tables, DMEXCLP, DDSM."""

from __future__ import annotations

from anlan.engine.siting.move_up.decide import Packed, pack, targets_of
from anlan.engine.siting.move_up.gains import (
    FreeUnits,
    best_moves,
    expected_cover,
    expected_gains,
    reached_after,
)
from anlan.engine.siting.move_up.rules import (
    ComplianceTable,
    Ddsm,
    Dmexclp,
    MoveUp,
    UnusableMoveUp,
)
from anlan.engine.siting.move_up.tables import nested_table

__all__ = [
    "ComplianceTable",
    "Ddsm",
    "Dmexclp",
    "FreeUnits",
    "MoveUp",
    "Packed",
    "UnusableMoveUp",
    "best_moves",
    "expected_cover",
    "expected_gains",
    "nested_table",
    "pack",
    "reached_after",
    "targets_of",
]
