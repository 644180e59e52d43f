"""Which units to send to an incident, and why."""

from __future__ import annotations

from anlan.engine.assignment.plan import AssignmentResult, Chosen, Plan, Reason
from anlan.engine.assignment.problem import (
    AssignmentProblem,
    Candidate,
    CandidateTable,
    CoverArea,
    Need,
    UnusableProblem,
)
from anlan.engine.assignment.solver import solve

__all__ = [
    "AssignmentProblem",
    "AssignmentResult",
    "Candidate",
    "CandidateTable",
    "Chosen",
    "CoverArea",
    "Need",
    "Plan",
    "Reason",
    "UnusableProblem",
    "solve",
]
