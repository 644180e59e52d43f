"""Small frozen values that every area speaks in. Standard library only."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta


class BadInput(ValueError):
    """One clear sentence that says what to do; the command line exits 2, the API answers 422."""


class Refused(Exception):
    """A rule says no, in a sentence that a person can act on; the API answers 409, exit 1."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code


class Forbidden(Refused):
    """This actor may not do this; the API answers 403."""


Fact = str | int | float
YEARS = range(1900, 2201)
"""Years in which what a person writes may lie: from a day near a calendar's end, or in another
zone, no other day can be counted.
"""
_DAY = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")


def whole_number(word: str, *, longest: int = 18) -> int | None:
    """Read a number of the digits 0 to 9 alone, None for all else.

    Python calls "²" a digit too, and reads it as none; a longer one fits no database's column.
    """
    return int(word) if word.isascii() and word.isdigit() and len(word) <= longest else None


def read_day(text: str) -> date | None:
    """Read a day such as 2027-01-31 within `YEARS`; None for all else.

    Python reads other forms too, such as weeks.
    """
    if not _DAY.match(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def read_moment(text: str) -> datetime | None:
    """Read a day or a moment of ISO 8601, with or without a zone, within `YEARS`; None for else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def gettext_noop(message: str) -> str:
    """Mark a sentence for the translators and give it back as it is."""
    return message


class RuleSays(Refused):
    """A refusal whose sentence is a template; `facts` fill it. State and status facts are codes."""

    def __init__(self, template: str, *, code: str, **facts: Fact) -> None:
        super().__init__(template.format(**facts), code=code)
        self.template = template
        self.facts = facts


class RuleForbids(Forbidden, RuleSays):
    """The same for something that this actor may not do."""


class Role(enum.StrEnum):
    """What a member of staff may do in one town."""

    DISPATCHER = "dispatcher"
    DUTY_OFFICER = "duty_officer"
    CREW = "crew"
    SUPERVISOR = "supervisor"
    PLANNER = "planner"
    CLERK = "clerk"  # takes residents' cases at the desk
    MEDIATOR = "mediator"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a staff reference (never a name), the roles held in this town, and the open shift.

    `staff_ref` is "staff:17" for a person, "link:9" for a party who follows its case by a link,
    "job:demo" or "cli" for a machine. `shift_ref` is the
    open shift's reference, or None. `unit_ref` is the unit a crew member is signed in to.
    """

    staff_ref: str
    roles: frozenset[Role]
    shift_ref: str | None = None
    unit_ref: str | None = None

    def has(self, *roles: Role) -> bool:
        """Say whether the actor holds any of these roles."""
        return bool(self.roles.intersection(roles))


def check_role(actor: Actor, *roles: Role) -> None:
    """Raise Forbidden unless the actor holds one of these roles."""
    if not actor.has(*roles):
        needed = " or ".join(role.value.replace("_", " ") for role in roles)
        raise Forbidden(f"This needs the role {needed}.", code="role_missing")


@dataclass(frozen=True, slots=True)
class LonLat:
    """A point on WGS-84, degrees."""

    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class TownClock:
    """A town's clock: runs at `speed` town seconds per real second since the anchors met.

    A real town has speed 1 and equal anchors, so its clock is the wall clock.
    """

    real_anchor: datetime
    town_anchor: datetime
    speed: float = 1.0

    def at(self, real_now: datetime) -> datetime:
        """Give the town's time (UTC, aware) at a real time."""
        return self.town_anchor + (real_now - self.real_anchor) * self.speed

    def real_delay(self, town_delay: timedelta) -> timedelta:
        """Give how long a span of town time lasts in reality."""
        return town_delay / self.speed
