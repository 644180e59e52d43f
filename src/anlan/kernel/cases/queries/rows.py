"""Frozen rows of cases for callers outside the kernel: codes, times, references, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from anlan.kernel.cases.rules.facts import Value
from anlan.kernel.cases.rules.types import Action
from anlan.kernel.values import Refused


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """An office; `telephone` is where residents call it, "" for none."""

    id: int
    ident: str
    name: str
    tier: str
    made_up: bool
    telephone: str = ""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as a list shows it; `due_at` is the nearest due moment of a running clock."""

    id: int
    ref: str
    type: str
    state: str
    confidentiality: str
    office: str
    handler: str
    opened_at: datetime
    state_since: datetime
    ended_at: datetime | None
    result: str
    sealed_at: datetime | None
    erased_at: datetime | None
    erase_on: date | None
    due_at: datetime | None
    warn_at: datetime | None
    answers: Mapping[str, Value]
    made_up: bool
    version: int

    def overdue(self, at: datetime) -> bool:
        """Say whether a due moment has passed: computed, never stored."""
        return self.due_at is not None and at >= self.due_at


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party without its name."""

    number: int
    role: str
    kind: str
    minor: bool
    guardian: int | None
    consent: str
    consent_at: datetime | None
    confirmed_at: datetime | None
    left_at: datetime | None
    answers: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One thing that was done."""

    seq: int
    action: str
    from_state: str
    to_state: str
    party: int | None
    actor_ref: str
    second_ref: str
    reason: str
    values: Mapping[str, Value]
    at: datetime
    texts: tuple[str, ...] = ()  # ids of what was written with it


@dataclass(frozen=True, slots=True)
class ClockRow:
    """A clock with its due moment and how that was computed."""

    code: str
    running: bool
    due_at: datetime | None
    warn_at: datetime | None
    provisional: bool
    extensions: int
    stopped_at: datetime | None
    how: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """An action that waits for its second person."""

    id: int
    action: str
    result: str
    reason: str
    party: int | None
    values: Mapping[str, Value]
    proposed_by: str
    proposed_at: datetime
    texts: tuple[str, ...] = ()
    case_id: int = 0


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action as a page offers it: `refusal` is why it can't be done now.

    `leads_on` says that it brings the case nearer to its goal as it stands.
    """

    action: Action
    refusal: Refused | None
    leads_on: bool = False
