"""Writes of hazards: the register, pre-plans, checklists, inspections, hazard cases."""

from anlan.areas.hazards.services.checklists import decide_checklist, propose_checklist
from anlan.areas.hazards.services.failures import add_photo, open_cases_of_failures
from anlan.areas.hazards.services.hazards import join_known, known_hazard, open_hazard
from anlan.areas.hazards.services.inspections import (
    assign_inspection,
    call_off_inspection,
    move_inspection,
    plan_inspection,
    record_inspection,
)
from anlan.areas.hazards.services.planning import plan_due_inspections
from anlan.areas.hazards.services.premises import (
    correct_premises,
    end_premises,
    import_premises,
    register_premises,
)
from anlan.areas.hazards.services.preplans import remove_fact, state_fact
from anlan.areas.hazards.services.rechecks import Photos, open_photos, record_recheck
from anlan.areas.hazards.services.reports import Report, report_hazard

__all__ = [
    "Photos",
    "Report",
    "add_photo",
    "assign_inspection",
    "call_off_inspection",
    "correct_premises",
    "decide_checklist",
    "end_premises",
    "import_premises",
    "join_known",
    "known_hazard",
    "move_inspection",
    "open_cases_of_failures",
    "open_hazard",
    "open_photos",
    "plan_due_inspections",
    "plan_inspection",
    "propose_checklist",
    "record_inspection",
    "record_recheck",
    "register_premises",
    "remove_fact",
    "report_hazard",
    "state_fact",
]
