"""Frozen rows of hazards for callers outside the area: things, days, closed answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class PremisesRow:
    """Premises as the register shows them; `hazards` are the open cases there."""

    id: int
    ident: str
    class_code: str
    name: str
    lon: float
    lat: float
    risk: str
    registered_on: date
    ended_on: date | None
    made_up: bool
    hazards: int = 0
    inspected_at: datetime | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact of a pre-plan; `expires_on` is the first day on which it is no longer shown."""

    id: int
    premises: int
    kind: str
    what: str
    side: str
    floor: int | None
    distance_m: int | None
    un_number: str
    amount: str
    checked_on: date
    expires_on: date


@dataclass(frozen=True, slots=True)
class NearbyPremises:
    """Premises near a point with what a crew may be told of them, warnings first."""

    ident: str
    name: str
    class_code: str
    distance_m: int
    facts: tuple[FactRow, ...]
    open_hazards: tuple[str, ...]  # kinds, each once
    made_up: bool


@dataclass(frozen=True, slots=True)
class DueRow:
    """When premises that nobody has planned for are to be inspected by the rules.

    It may be put off up to `latest_on` where too many are due at once.
    """

    premises: int
    ident: str
    name: str
    class_code: str
    risk: str
    due_on: date
    latest_on: date
    outside_hours: bool
    made_up: bool


@dataclass(frozen=True, slots=True)
class InspectionRow:
    """An inspection: planned, done (by when its checklist was filled in) or called off."""

    id: int
    premises: int
    ident: str
    name: str
    class_code: str
    risk: str
    due_on: date
    first_due_on: date | None  # before it was moved
    outside_hours: bool
    inspector_ref: str
    checklist: str
    checklist_number: int
    answers: Mapping[str, str]
    done_at: datetime | None
    called_off_at: datetime | None
    called_off_for: str
    called_off_until: date | None
    made_up: bool
    failed: int = 0

    def late(self, today: date) -> bool:
        """Say whether it should have been done: computed, never stored."""
        return self.done_at is None and self.called_off_at is None and self.due_on < today


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A question that failed, and the case that was opened for it."""

    question: str
    answer: str
    hazard: str
    danger: bool
    case_id: int | None


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """An overdue hazard: a clock that ran out, or an order whose day has passed."""

    case_id: int
    state: str
    kind: str
    premises: str
    office: str
    handler: str
    what: str  # a clock's code
    due_at: datetime
    control: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open hazard at some premises: its case, and of what kind it is."""

    case_id: int
    kind: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class DangerRow:
    """A hazard by which somebody could be hurt at any moment."""

    case_id: int
    kind: str
    premises: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class HazardRow:
    """What is known of a hazard as a thing, beside its case."""

    case_id: int
    premises: PremisesRow | None
    kind: str
    remedy_by: date | None
    control: str
    in_danger: bool  # somebody could be hurt at any moment, and nobody has stopped its use
    verified_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposedForm:
    """A form that waits for its second person."""

    code: str
    number: int
    proposed_by: str
    proposed_at: datetime
