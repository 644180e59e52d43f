"""What the API takes and gives of cases: codes, times and references; words only when opened."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

from anlan.api.schemas import Body, Code, OpenedText, Write

Answer = (
    Annotated[bool, Field(strict=True)]
    | Annotated[int, Field(strict=True, ge=-(2**53), le=2**53)]
    | Annotated[str, Field(strict=True, max_length=64)]
)
Words = Annotated[str, Field(max_length=20_000)]
Number = Annotated[int, Field(ge=1, le=32_767)]


class CaseFilters(Schema):
    """Which cases a list holds; `after` is what the page before gave."""

    state: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    office: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,40}$")] = ""
    mine: bool = False
    overdue: bool = False
    after: Annotated[str, Field(max_length=80)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class Act(Write):
    """An action: `expected_version` refuses it when somebody else acted meanwhile."""

    action: Code
    expected_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    values: Annotated[dict[Code, Answer], Field(max_length=60)] = {}
    texts: Annotated[dict[Code, Words], Field(max_length=60)] = {}
    reason: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    result: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    party: Number | None = None


class Decision(Write):
    agree: bool
    reason: str = Field("", max_length=40)


class CaseOpening(Body):
    purpose: Literal["handling", "review", "correction", "own_request", "deciding"] = "handling"


class Coded(Schema):
    code: str
    label: str


class CaseKind(Schema):
    code: str
    label: str
    states: list[Coded]
    actions: list[Coded]
    groups: list[Coded]


class CaseLine(Schema):
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
    due_at: datetime | None
    overdue: bool
    made_up: bool
    version: int


class CaseLines(Schema):
    cases: list[CaseLine]
    after: str


class CaseParty(Schema):
    number: int
    role: str
    kind: str
    minor: bool
    guardian: int | None
    consent: str
    consent_at: datetime | None
    confirmed_at: datetime | None
    left_at: datetime | None
    answers: dict[str, Any]


class CaseClock(Schema):
    code: str
    running: bool
    due_at: datetime | None
    warn_at: datetime | None
    provisional: bool
    extensions: int
    stopped_at: datetime | None
    how: dict[str, Any]


class CaseChoice(Schema):
    value: str | int
    label: str


class CaseAsk(Schema):
    """A question of an action; `choices` is null where no list says what can be answered."""

    field: str
    label: str
    kind: str
    required: bool
    choices: list[CaseChoice] | None


class CaseAction(Schema):
    """An action; `leads_on` says that it brings the case nearer to its goal as it stands."""

    code: str
    label: str
    possible: bool
    sentence: str
    second_person: bool
    leads_on: bool
    group: str
    asks: list[CaseAsk]


class CaseProposal(Schema):
    id: int
    action: str
    result: str
    reason: str
    party: int | None
    values: dict[str, Any]
    proposed_by: str
    proposed_at: datetime


class CaseTask(Schema):
    """A thing to do: for an account, for a role, or for whoever sees the case."""

    id: int
    kind: str
    label: str
    party: int | None
    staff_ref: str
    for_role: str
    due_at: datetime | None
    late: bool
    made_at: datetime


class TaskLine(CaseTask):
    case_id: int
    type: str


class AwaitedLine(Schema):
    """An action that waits for its second person, who may be the one that asks."""

    id: int
    action: str
    label: str
    case_id: int
    type: str
    proposed_by: str
    proposed_at: datetime


class CaseNotice(Schema):
    """How a notice to a party stands; never where it went."""

    id: int
    party: int | None
    channel: str
    template: str
    state: str
    outcome: str
    attempts: int
    made_at: datetime
    ended_at: datetime | None


class CaseWhole(CaseLine):
    answers: dict[str, Any]
    sealed_at: datetime | None
    erased_at: datetime | None
    erase_on: date | None
    parties: list[CaseParty]
    clocks: list[CaseClock]
    actions: list[CaseAction]
    proposals: list[CaseProposal]
    tasks: list[CaseTask]
    notices: list[CaseNotice]


class TaskDone(Schema):
    done: bool


class CaseEvent(Schema):
    seq: int
    action: str
    from_state: str
    to_state: str
    party: int | None
    actor_ref: str
    second_ref: str
    reason: str
    values: dict[str, Any]
    at: datetime


class CaseDone(Schema):
    """What an action came to; `proposal` is set where it now waits for its second person."""

    case_id: int
    version: int
    proposal: int | None


class CaseSpace(Schema):
    """ "" is common to all, "notes" the handlers' own, "p1" the first party's."""

    space: str
    texts: list[OpenedText]


class CaseOpened(Schema):
    spaces: list[CaseSpace]
