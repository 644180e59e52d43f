"""Reads of hazards: the register, pre-plans, checklists, inspections, what is overdue."""

from anlan.areas.hazards.queries.checklists import (
    form_of,
    form_of_class,
    forms_in_force,
    proposed_forms,
)
from anlan.areas.hazards.queries.hazards import (
    count_overdue,
    hazard,
    hazard_number,
    hazards_in_danger,
    overdue_hazards,
)
from anlan.areas.hazards.queries.inspections import (
    done_inspections,
    failures_of,
    inspection,
    inspections_of,
    next_inspections,
    planned_inspections,
)
from anlan.areas.hazards.queries.premises import (
    facts_of,
    holds_at_most,
    offered_premises,
    one_premises,
    premises,
    premises_by_number,
    preplans_near,
)
from anlan.areas.hazards.queries.rows import (
    DangerRow,
    DueRow,
    FactRow,
    FailureRow,
    HazardRow,
    InspectionRow,
    NearbyPremises,
    OverdueRow,
    PremisesRow,
    ProposedForm,
)

__all__ = [
    "DangerRow",
    "DueRow",
    "FactRow",
    "FailureRow",
    "HazardRow",
    "InspectionRow",
    "NearbyPremises",
    "OverdueRow",
    "PremisesRow",
    "ProposedForm",
    "count_overdue",
    "done_inspections",
    "facts_of",
    "failures_of",
    "form_of",
    "form_of_class",
    "forms_in_force",
    "hazard",
    "hazard_number",
    "hazards_in_danger",
    "holds_at_most",
    "inspection",
    "inspections_of",
    "next_inspections",
    "offered_premises",
    "one_premises",
    "overdue_hazards",
    "planned_inspections",
    "premises",
    "premises_by_number",
    "preplans_near",
    "proposed_forms",
]
