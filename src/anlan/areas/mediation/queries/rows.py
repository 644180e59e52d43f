"""Frozen rows of mediation: times, codes and references, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RoomRow:
    """A room."""

    id: int
    ident: str
    name: str
    office: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session; `came` says of each party whether it came, as far as that was noted.

    One with a `party` alone is for that party and the handlers; `link_text` is its sealed link.
    """

    case_id: int
    number: int
    kind: str
    held_at: str
    room: str
    mediator_ref: str
    starts_at: datetime
    ends_at: datetime
    state: str
    outcome: str
    came: Mapping[int, bool]
    party: int | None = None
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """What a party did with a version."""

    party: int
    heard_at: datetime | None
    confirmed_at: datetime | None
    how: str


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """A version of an agreement."""

    id: int
    version: int
    form: str
    state: str
    drafted_at: datetime
    in_force_at: datetime | None
    confirmations: tuple[ConfirmationRow, ...]
