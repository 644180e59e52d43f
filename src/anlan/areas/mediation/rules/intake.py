"""Taking a request: who may, what is never mediated, which tier takes it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.areas.mediation.rules.fields import CATEGORIES, DIFFICULTIES, SOURCES
from anlan.areas.mediation.rules.states import UNCONFIRMED_HOURS
from anlan.kernel.cases.rules.acting import AnswerFault
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.values import Actor, Refused, Role, RuleForbids, RuleSays, gettext_noop

TAKES = (Role.CLERK, Role.MEDIATOR)
HANDS_OVER = (Role.DISPATCHER, Role.DUTY_OFFICER)  # from an incident, by the journey
LONGEST_NAME, LONGEST_CONTACT, LONGEST_ADDRESS, LONGEST_REQUEST = 120, 120, 300, 4000
_TIERS = {"simple": Tier.VILLAGE, "ordinary": Tier.TOWN, "hard": Tier.COUNTY}
_ORDER = (Tier.VILLAGE, Tier.TOWN, Tier.COUNTY)


@dataclass(frozen=True, slots=True)
class PartyWords:
    """A party as it was told: a name, how to reach it; a minor's guardian beside.

    Of the other side the name may not be known yet.
    """

    name: str
    contact: str = ""
    address: str = ""
    kind: str = "person"
    minor: bool = False
    guardian_name: str = ""
    guardian_contact: str = ""

    @property
    def texts(self) -> dict[str, str]:
        """Give what is sealed into the party's own space."""
        return {"name": self.name, "contact": self.contact, "address": self.address}


@dataclass(frozen=True, slots=True)
class Intake:
    """A request as it is taken. `asked_for` says that a party asks for it, of its own will.

    `violence_at_home` is asked before anything is written down: with yes, nothing is.
    """

    source: str
    category: str
    asker: PartyWords
    asked_for: bool
    violence_at_home: bool
    request: str = ""
    other: PartyWords | None = None
    difficulty: str = "simple"
    office: str = ""
    incident: str = ""


def check_may_take(actor: Actor, *, source: str) -> None:
    """Raise unless this actor takes requests: the desk and mediators; from an incident, dispatch.

    Never a job or a machine: a mediation needs a person's request, told to a person.
    """
    roles = HANDS_OVER + TAKES if source == "incident" else TAKES
    if not actor.staff_ref.startswith("staff:") or not actor.has(*roles):
        raise RuleForbids(
            gettext_noop("Requests are taken by the desk and by mediators."), code="role_missing"
        )


def check_no_violence(*, violence_at_home: bool) -> None:
    """Raise when there is violence at home: the first question, answered before any other."""
    if violence_at_home:
        raise RuleSays(
            gettext_noop(
                "Violence at home is not mediated, and nothing was written down. Offer help to the "
                "person alone: police, women's federation, a protection order of the court."
            ),
            code="violence_at_home",
        )


def check_intake(asked: Intake) -> None:
    """Raise unless a request can be taken: a party asks, no violence at home, closed answers."""
    check_no_violence(violence_at_home=asked.violence_at_home)
    if not asked.asked_for:
        raise RuleSays(
            gettext_noop("A mediation begins at a party's own request only."), code="not_asked_for"
        )
    _check_codes(asked)
    if (asked.source == "incident") != bool(asked.incident):
        raise AnswerFault(
            gettext_noop("A request out of an incident is taken at the incident."),
            code="not_at_incident",
        )
    if not asked.asker.name.strip():
        raise AnswerFault(gettext_noop("A party needs a name."), code="no_name")
    _check_party(asked.asker)
    if asked.other is not None:
        _check_other(asked.other)
    if len(asked.request) > LONGEST_REQUEST:
        raise AnswerFault(
            gettext_noop("What is asked for is at most {most} characters."),
            code="too_long",
            most=LONGEST_REQUEST,
        )


def _check_codes(asked: Intake) -> None:
    for value, known in (
        (asked.source, SOURCES),
        (asked.category, CATEGORIES),
        (asked.difficulty, DIFFICULTIES),
    ):
        codes = [each.code for each in known]
        if value not in codes:
            raise AnswerFault(
                gettext_noop("“{value}” is none of: {codes}."),
                code="not_listed",
                value=value[:40],
                codes=", ".join(codes),
            )


def _check_other(one: PartyWords) -> None:
    """Raise unless something is known of the other side, its name or where it is found."""
    if not (one.name.strip() or one.contact.strip() or one.address.strip()):
        raise AnswerFault(
            gettext_noop("Say of the other side its name, how it is reached or where it lives."),
            code="no_name",
        )
    _check_party(one)


def _check_party(one: PartyWords) -> None:
    for text, most in (
        (one.name, LONGEST_NAME),
        (one.contact, LONGEST_CONTACT),
        (one.address, LONGEST_ADDRESS),
        (one.guardian_name, LONGEST_NAME),
        (one.guardian_contact, LONGEST_CONTACT),
    ):
        if len(text) > most:
            raise AnswerFault(
                gettext_noop("A party's name, contact or address is too long: at most {most}."),
                code="too_long",
                most=most,
            )
    if one.kind not in {"person", "organisation"}:
        raise AnswerFault(
            gettext_noop("A party is a person or an organisation."), code="not_listed"
        )
    if one.minor and not one.guardian_name.strip():
        raise AnswerFault(
            gettext_noop("A minor needs a guardian: give the guardian's name."),
            code="no_guardian",
        )
    if not one.minor and (one.guardian_name.strip() or one.guardian_contact.strip()):
        raise AnswerFault(
            gettext_noop("A guardian stands for a minor: say that this party is under age."),
            code="no_minor",
        )


def check_lapse(opened_at: datetime, at: datetime) -> None:
    """Raise unless a request has waited its 7 days."""
    if at - opened_at < timedelta(hours=UNCONFIRMED_HOURS):
        raise RuleSays(gettext_noop("A request waits 7 days for its confirmation."), code="early")


def tier_of(difficulty: str) -> Tier:
    """Give the lowest tier that takes a case of this difficulty."""
    return _TIERS.get(difficulty, Tier.VILLAGE)


def fits_tier(difficulty: str, tier: Tier) -> bool:
    """Say whether an office's tier is high enough for a difficulty."""
    return _ORDER.index(tier) >= _ORDER.index(tier_of(difficulty))


def goes_to(difficulty: str) -> str:
    """Say which tier takes a case of a difficulty, as a sentence that is still to be translated."""
    if tier_of(difficulty) is Tier.COUNTY:
        return gettext_noop("A hard case goes to an office of the county.")
    return gettext_noop("An ordinary case goes to an office of the town or the county.")


def check_tier(difficulty: str, tier: Tier) -> None:
    """Raise unless an office's tier is high enough: simple village, ordinary town, hard county."""
    if not fits_tier(difficulty, tier):
        raise RuleSays(goes_to(difficulty), code="tier_too_low")


def check_room_rights(actor: Actor) -> None:
    """Raise unless this actor sets up rooms."""
    if not actor.has(Role.ADMINISTRATOR):
        raise RuleForbids(gettext_noop("Rooms are set up by administrators."), code="role_missing")


def may_set_up_rooms(actor: Actor) -> bool:
    """Say whether check_room_rights would pass."""
    try:
        check_room_rights(actor)
    except Refused:
        return False
    return True


def may_take(actor: Actor, *, source: str = "desk") -> bool:
    """Say whether check_may_take would pass."""
    try:
        check_may_take(actor, source=source)
    except Refused:
        return False
    return True
