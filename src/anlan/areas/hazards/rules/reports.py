"""What a resident may report on the public page, and where everything else is turned to. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.areas.hazards.rules.kinds import hazard_kinds
from anlan.kernel.values import RuleSays, gettext_noop

#: what a report can be about; only the first is a hazard
ABOUT = ("thing", "person", "home")
#: what serves where a report is about something else; the page says it at the choice itself
ABOUT_A_PERSON = gettext_noop(
    "Anlan takes no reports about people. If somebody is in danger, call the emergency "
    "number now. If two people can't agree, ask for a mediation: it needs your own "
    "request, and is yours to stop."
)
INSIDE_A_HOME = gettext_noop(
    "What is inside a home isn't reported here. If there is fire, gas or another "
    "danger, call the emergency number now. For your own home, ask the desk for advice."
)
LONGEST_WORDS = 1000
LONGEST_CONTACT = 200
#: reports that one address may send in an hour; past so many in a town each sends one, past the
#: last none does
PER_ADDRESS, PER_TOWN, MOST_OF_TOWN = 5, 200, 2000


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody fills in: closed answers, a place, and a few words that are sealed."""

    about: str
    kind: str
    imminent: bool = False
    premises: str = ""  # an ident of the register
    lon: float | None = None
    lat: float | None = None
    words: str = ""
    spot: str = ""
    name: str = ""
    contact: str = ""


def check_told(told: Told) -> None:
    """Raise the sentence that says what serves instead, or what is missing."""
    if told.about == "person":
        raise RuleSays(ABOUT_A_PERSON, code="about_a_person")
    if told.about == "home":
        raise RuleSays(INSIDE_A_HOME, code="inside_a_home")
    if told.about not in ABOUT or told.kind not in hazard_kinds():
        raise RuleSays(gettext_noop("Choose from the list what is dangerous."), code="kind_missing")
    _check_place(told)
    _check_lengths(told)


def _check_place(told: Told) -> None:
    lon, lat = told.lon, told.lat
    pointed = lon is not None and lat is not None and -180 <= lon <= 180 and -90 <= lat <= 90
    if not (told.premises or pointed or told.spot.strip()) or (lon is not None and not pointed):
        raise RuleSays(
            gettext_noop("Say where it is: a place from the list, a point, or a few words."),
            code="place_missing",
        )


def _check_lengths(told: Told) -> None:
    if len(told.words) > LONGEST_WORDS or len(told.spot) > 400:
        raise RuleSays(
            gettext_noop("Use fewer words: at most {most} letters."),
            code="text_too_long",
            most=LONGEST_WORDS,
        )
    if len(told.contact) > LONGEST_CONTACT or len(told.name) > LONGEST_CONTACT:
        raise RuleSays(
            gettext_noop("Use fewer words: at most {most} letters."),
            code="text_too_long",
            most=LONGEST_CONTACT,
        )


def check_pace(*, by_address: int, by_town: int) -> None:
    """Raise where more reports come in an hour than people would send; this one is counted.

    A flood slows a town's page down, and shuts it to nobody who hasn't reported within the hour.
    """
    most = PER_ADDRESS if by_town <= PER_TOWN else 1
    if by_address > most or by_town > MOST_OF_TOWN:
        raise RuleSays(
            gettext_noop(
                "Too many reports have come from here within the hour. Try again later, or call "
                "the desk; in danger call the emergency number."
            ),
            code="too_many",
        )
