"""What is known of one case, and what somebody asks for in it: codes, times and counts. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

Value = str | int | bool | None


class Consent(enum.StrEnum):
    """What a party said when it was asked."""

    NOT_ASKED = "not_asked"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Part(enum.StrEnum):
    """What a member of staff is in a case."""

    HANDLER = "handler"
    HELPER = "helper"  # a second mediator, a witness: sees what the handler sees
    RECUSED = "recused"  # may not see or do anything
    REFUSED = "refused"  # a party said no to this person: likewise


IN_IT = (Part.HANDLER, Part.HELPER)  # who sees all of a case, and works on it


@dataclass(frozen=True, slots=True)
class NewParty:
    """A party who is to be added, with the words of its own space by field ("name", "contact")."""

    role: str
    texts: Mapping[str, str] = field(default_factory=dict)
    kind: str = "person"
    minor: bool = False
    guardian: int | None = None  # the number of an earlier one
    consent: Consent = Consent.NOT_ASKED


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for when acting: values by field code, words by field code.

    `parties` are added before the hook runs: at the opening, or by an action that `adds` them.
    """

    values: Mapping[str, Value] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    result: str = ""
    party: int | None = None
    parties: tuple[NewParty, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What is known of a party without opening anything."""

    number: int
    role: str
    kind: str
    minor: bool
    guardian: int | None
    consent: Consent
    confirmed: bool
    left: bool
    answers: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """A living clock as guards see it."""

    running: bool
    due_at: datetime | None
    extensions: int


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as guards see it: codes, times and counts, never words."""

    id: int
    type: str
    state: str
    at: datetime
    zone: tzinfo  # the town's
    opened_at: datetime
    state_since: datetime
    ended_at: datetime | None
    result: str
    answers: Mapping[str, Value]
    parties: tuple[PartyFacts, ...]
    staff: frozenset[tuple[str, Part]]
    actions_done: Mapping[str, int]  # how often each action was done
    last_done_by: Mapping[str, str]  # who did each action last
    open_tasks: Mapping[str, int]
    documents: Mapping[str, int]
    extra: Mapping[str, object] = field(default_factory=dict)  # what the area adds
    clocks: Mapping[str, ClockFacts] = field(default_factory=dict)  # those not stopped for good
    done_since_opened: Mapping[str, int] = field(default_factory=dict)  # or since it was reopened
    proposed: frozenset[str] = frozenset()  # actions that wait for their second person

    @property
    def today(self) -> date:
        """Give the town's day on which something is asked."""
        return self.at.astimezone(self.zone).date()

    @property
    def handler(self) -> str | None:
        """Give who handles the case."""
        return next((ref for ref, part in self.staff if part is Part.HANDLER), None)

    def party(self, number: int | None) -> PartyFacts | None:
        """Give one party, None where there is none of this number."""
        return next((one for one in self.parties if one.number == number), None)
