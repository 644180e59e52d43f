"""Reads of dispatch: the board, what changed, incidents, units, and which units to send."""

from anlan.areas.dispatch.queries.board import board, changes
from anlan.areas.dispatch.queries.incidents import (
    incident,
    incident_ref,
    incidents_by_id,
    incidents_on_board,
)
from anlan.areas.dispatch.queries.recommending import recommend, recommend_for, run_card
from anlan.areas.dispatch.queries.rows import (
    Board,
    Changes,
    IncidentRow,
    Recommendation,
    UnitBoardRow,
)
from anlan.areas.dispatch.queries.runcards import RunCardChangeRow, run_card_changes, run_cards
from anlan.areas.dispatch.queries.standing_units import StandingUnit, standing_units
from anlan.areas.dispatch.queries.units import units_on_board

__all__ = [
    "Board",
    "Changes",
    "IncidentRow",
    "Recommendation",
    "RunCardChangeRow",
    "StandingUnit",
    "UnitBoardRow",
    "board",
    "changes",
    "incident",
    "incident_ref",
    "incidents_by_id",
    "incidents_on_board",
    "recommend",
    "recommend_for",
    "run_card",
    "run_card_changes",
    "run_cards",
    "standing_units",
    "units_on_board",
]
