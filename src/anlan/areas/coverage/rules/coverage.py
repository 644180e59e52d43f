"""Rules of coverage planning. Pure: what may be asked, which calls count, who may look."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from anlan.kernel.values import Actor, BadInput, Role


def gettext_noop(message: str) -> str:
    """Mark a sentence for the translators and give it back as it is."""
    return message


class PlanFault(BadInput):
    """What was asked can't be; the sentence is a template, so that pages can translate it."""

    def __init__(self, template: str, **facts: str | int) -> None:
        super().__init__(template.format(**facts))
        self.template = template
        self.facts = facts


KINDS = ("fire", "ambulance", "police", "hospital")
COUNTED_FROM = ("travel", "turnout", "call")
MINUTES = (5, 10, 30)
MOST_MINUTES = 120
MOST_BANDS = 6

#: who looks at plans; a crew and a dispatcher have their board
PLANS = frozenset({Role.PLANNER, Role.DUTY_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR})

#: types of which a person made the call: somebody asked for help
CALLED_BY_PEOPLE = frozenset(
    {
        "structure_fire",
        "vehicle_fire",
        "outside_fire",
        "smoke_investigation",
        "medical_critical",
        "medical",
        "medical_low",
        "traffic_collision",
        "traffic_collision_trapped",
        "technical_rescue",
        "lift_rescue",
        "water_rescue",
        "hazmat_spill",
        "gas_leak",
        "flood",
        "storm_damage",
        "power_failure",
        "water_main",
        "missing_person",
        "public_assist",
        "domestic_violence",
        "dispute",
        "crime_in_progress",
    }
)
#: types that a device or another agency raises, or of which nobody knows who did
NOT_CALLED_BY_PEOPLE = frozenset(
    {"fire_alarm", "intrusion_alarm", "alarm", "assist_agency", "other"}
)

_MEDICAL = frozenset(
    {
        "medical_critical",
        "medical",
        "medical_low",
        "traffic_collision",
        "traffic_collision_trapped",
        "technical_rescue",
        "water_rescue",
    }
)
_POLICE = frozenset(
    {
        "traffic_collision",
        "traffic_collision_trapped",
        "missing_person",
        "public_assist",
        "domestic_violence",
        "dispute",
        "crime_in_progress",
    }
)
_POLICE_ONLY = frozenset(
    {"missing_person", "domestic_violence", "dispute", "intrusion_alarm", "crime_in_progress"}
)

#: kind of post → types of call by which it is judged
COUNTS: Mapping[str, frozenset[str]] = {
    "fire": (CALLED_BY_PEOPLE | NOT_CALLED_BY_PEOPLE) - _POLICE_ONLY,
    "ambulance": _MEDICAL,
    "hospital": _MEDICAL,
    # Police posts are judged only on calls that people made: an alarm, a request by another agency
    # or a stop by a patrol says where the police look, not where help is asked for.
    "police": _POLICE & CALLED_BY_PEOPLE,
}


def may_plan(actor: Actor) -> bool:
    """Say whether an actor may look at plans."""
    return actor.has(*PLANS)


def read_minutes(text: str) -> tuple[int, ...]:
    """Read "5,10,30": rising whole minutes; BadInput says how it is written."""
    parts = [part.strip() for part in re.split("[,，]", text)]
    if not all(re.fullmatch("[0-9]{1,3}", part) for part in parts):
        raise PlanFault(
            gettext_noop("“{text}” are no minutes; write whole minutes such as 5,10,30."), text=text
        )
    return check_minutes([int(part) for part in parts])


def check_minutes(minutes: Sequence[int]) -> tuple[int, ...]:
    """Give the minutes; BadInput where they are none, too many, too long or not rising."""
    if not 1 <= len(minutes) <= MOST_BANDS:
        raise PlanFault(
            gettext_noop("Give one to {most} numbers of minutes, such as 5,10,30."), most=MOST_BANDS
        )
    if any(not 1 <= one <= MOST_MINUTES for one in minutes):
        raise PlanFault(
            gettext_noop("Minutes are whole numbers from 1 to {most}."), most=MOST_MINUTES
        )
    if any(b <= a for a, b in pairwise(minutes)):
        raise PlanFault(gettext_noop("Minutes must rise, each once, such as 5,10,30."))
    return tuple(minutes)


def read_hour(text: str) -> int | None:
    """Read an hour of the day, 0 to 23, or "all" (None)."""
    if text == "all":
        return None
    if not re.fullmatch("[0-9]{1,2}", text) or int(text) > 23:
        raise PlanFault(gettext_noop("“{text}” is no hour; give 0 to 23, or all."), text=text)
    return int(text)


def check_kind(kind: str) -> str:
    """Give the kind; BadInput names those there are."""
    if kind not in KINDS:
        raise PlanFault(
            gettext_noop("“{kind}” is no kind of post; give one of: {kinds}."),
            kind=kind,
            kinds=", ".join(KINDS),
        )
    return kind


def check_counted_from(word: str) -> str:
    """Give the start of the count; BadInput names those there are."""
    if word not in COUNTED_FROM:
        raise PlanFault(
            gettext_noop("“{word}” is no start; count from one of: {words}."),
            word=word,
            words=", ".join(COUNTED_FROM),
        )
    return word
