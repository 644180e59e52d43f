"""Writes of dispatch: one function, one use case, one transaction, one ledger entry or more."""

from anlan.areas.dispatch.services.incident_texts import open_incident_texts
from anlan.areas.dispatch.services.incidents import (
    add_note,
    cancel_incident,
    close_incident,
    create_incident,
    reopen_incident,
    triage_incident,
)
from anlan.areas.dispatch.services.moves import end_move_up, move_up_unit
from anlan.areas.dispatch.services.positions import forget_positions, report_positions
from anlan.areas.dispatch.services.runcards import decide_run_cards, import_run_cards
from anlan.areas.dispatch.services.sealing import seal_incident
from anlan.areas.dispatch.services.sending import dispatch_units
from anlan.areas.dispatch.services.statuses import set_unit_status

__all__ = [
    "add_note",
    "cancel_incident",
    "close_incident",
    "create_incident",
    "decide_run_cards",
    "dispatch_units",
    "end_move_up",
    "forget_positions",
    "import_run_cards",
    "move_up_unit",
    "open_incident_texts",
    "reopen_incident",
    "report_positions",
    "seal_incident",
    "set_unit_status",
    "triage_incident",
]
