"""What guards know of a mediation beside the kernel's facts: counts and codes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from anlan.kernel.cases.rules.facts import CaseFacts, Value


@dataclass(frozen=True, slots=True)
class SessionFact:
    """A session: booked, held or cancelled; when it begins; with whom alone."""

    number: int
    kind: str
    state: str
    starts_at: datetime
    party: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """`talked` are the parties spoken to alone, `signs` those whose talk showed coercion.

    `asked` are the parties that were asked to take part, by which action; `asked_anew` those asked
    since the case was opened or taken up again. Who asked itself is in neither.
    `drafted` is the version that waits to be confirmed (0: none), `heard` and `confirmed` the
    parties to whom it was read back and who confirmed it, `opened_by` who opened the case's words
    since it was drafted; `in_force` the version that holds.
    """

    talked: frozenset[int] = frozenset()
    sign: bool = False
    signs: frozenset[int] = frozenset()
    asked: Mapping[int, str] = field(default_factory=dict)
    asked_anew: frozenset[int] = frozenset()
    sessions: tuple[SessionFact, ...] = ()
    drafted: int = 0
    heard: frozenset[int] = frozenset()
    confirmed: frozenset[int] = frozenset()
    opened_by: frozenset[str] = frozenset()
    in_force: int = 0
    written: bool = False
    court_until: date | None = None  # the last day to ask the court together
    agreed_on: date | None = None  # the town's day on which what holds came into force
    mediated: frozenset[str] = frozenset()  # who ever led the talks, or helped in them
    restricted: bool = False  # shown to its mediators only
    tier: str = ""  # of its office

    def session(self, number: Value) -> SessionFact | None:
        """Give a session by its number."""
        return next((one for one in self.sessions if one.number == number), None)


def known(facts: CaseFacts) -> Known:
    """Give what the area adds to the facts; nothing where the case was only just opened."""
    found = facts.extra.get("mediation")
    return found if isinstance(found, Known) else Known()


def by_court(answers: Mapping[str, Value]) -> bool:
    """Say whether a court referred it."""
    return answers.get("source") == "court"


def taken_up(answers: Mapping[str, Value]) -> bool:
    """Say whether a mediator has taken the case up: from then on its month counts."""
    return answers.get("taken_up") is True


def is_labour(answers: Mapping[str, Value]) -> bool:
    """Say whether the labour law's 15 days hold."""
    return answers.get("category") == "labour"


def runs_a_month(answers: Mapping[str, Value]) -> bool:
    """Say whether the usual month holds: neither the court's 30 days nor labour's 15."""
    return taken_up(answers) and answers.get("source") != "court" and not is_labour(answers)


def runs_courts_days(answers: Mapping[str, Value]) -> bool:
    """Say whether a court waits for the outcome."""
    return taken_up(answers) and answers.get("source") == "court"


def second_police_try(answers: Mapping[str, Value]) -> bool:
    """Say whether a first try failed in what the police referred: a second has 7 working days."""
    return answers.get("source") == "police" and tries(answers) > 0


def tries(answers: Mapping[str, Value]) -> int:
    """Count the sessions of all that ended without agreement, since the case was taken up."""
    count = answers.get("tries")
    return count if isinstance(count, int) else 0


def court_may_be_asked(answers: Mapping[str, Value]) -> bool:
    """Say whether the days to ask the court for confirmation count."""
    return answers.get("form") == "written" and "applied_on" not in answers


def house_pace(answers: Mapping[str, Value]) -> bool:
    """Say whether our own pace of assignment holds: a court's steps have clocks of their own."""
    return answers.get("source") != "court"
