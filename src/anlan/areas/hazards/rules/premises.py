"""What may be registered as premises, and when each is inspected. A home can't be registered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from anlan.areas.hazards.rules.dwellings import names_a_dwelling
from anlan.kernel.cases.rules.calendars import add_months
from anlan.kernel.places.catalogue import Label, read_catalogue, read_label
from anlan.kernel.values import Actor, BadInput, Role, RuleForbids, RuleSays, gettext_noop

KEEPERS = frozenset({Role.INSPECTOR, Role.SUPERVISOR, Role.PLANNER, Role.ADMINISTRATOR})
READERS = KEEPERS | {Role.CLERK, Role.DISPATCHER, Role.DUTY_OFFICER, Role.CREW}
MOST_MONTHS = 60
#: names in which one of these stands are about a home, unless the class is a building's common part
_OF_A_HOME = re.compile(
    r"\b(bedroom|bungalow|cottage|dwelling|household|living room|private home|residence|"
    r"residential unit)\b|住宅|住户|卧室|户内|民房|民宅|自建房|出租屋|出租房|群租|合租",
    re.IGNORECASE,
)
#: a door within a building: nothing that is registered stands behind one
_A_DOOR = re.compile(
    r"\b(flat|apt|apartment|room)(?![a-z])\.?\s*(no\.?\s*)?\w*\d"
    r"|\b(street|st|road|rd|avenue|ave|lane|drive|court|close)\b\.?,?\s*(unit\s*|#\s*)\w*\d"
    r"|\d+\s*(室|号房|户)|单元\s*\d|(?<![\d-])\d{1,3}-\d{1,2}-\d{3,4}(?![\d-])",
    re.IGNORECASE,
)
_A_NUMBER_ALONE = re.compile(r"^\W*\d+\s*号?\W*$")
_OF_A_HOME_CODES = frozenset(
    {"dwelling", "home", "house", "flat", "apartment", "household", "residence", "bungalow"}
)


@dataclass(frozen=True, slots=True)
class PremisesClass:
    """A class of things: how often it is inspected by risk (months), whether busy at evenings."""

    code: str
    label: Label
    months: Mapping[str, int]
    common: bool
    evening: bool


@dataclass(frozen=True)
class PremisesCatalogue:
    """The listed classes and the levels of risk, from low to major."""

    risks: Mapping[str, Label]
    classes: Mapping[str, PremisesClass]


def parse_premises(raw: Mapping[str, Any]) -> PremisesCatalogue:
    """Check and freeze the classes; one for homes, or with a gap in its intervals, fails."""
    risks = {code: read_label(one, where=f"Risk {code}") for code, one in raw["risks"].items()}
    classes: dict[str, PremisesClass] = {}
    for item in raw["classes"]:
        code = str(item.get("code", ""))
        if not code or code in classes:
            raise BadInput(f"Class {code!r} is empty or stands twice.")
        label = read_label(item.get("label"), where=f"Class {code}")
        if code in _OF_A_HOME_CODES:
            raise BadInput(f"Class {code} is about homes; a home is not a thing.")
        months = {risk: int(item["months"].get(risk, 0)) for risk in risks}
        if not all(1 <= each <= MOST_MONTHS for each in months.values()):
            raise BadInput(f"Class {code} says not after how many months (1 to 60) for each risk.")
        classes[code] = PremisesClass(
            code, label, months, bool(item.get("common")), bool(item.get("evening"))
        )
    return PremisesCatalogue(risks, classes)


@cache
def premises_catalogue() -> PremisesCatalogue:
    """Give the shipped classes."""
    return parse_premises(read_catalogue("premises.toml"))


def check_keeper(actor: Actor) -> None:
    """Raise unless this actor may keep the register."""
    if not actor.has(*KEEPERS):
        raise RuleForbids(
            gettext_noop("The register of premises is kept by inspectors and planners."),
            code="role_missing",
        )


def check_reader(actor: Actor) -> None:
    """Raise unless this actor may look into the register."""
    if not actor.has(*READERS):
        raise RuleForbids(
            gettext_noop("Your role doesn't see the register of premises."), code="role_missing"
        )


def may_read(actor: Actor) -> bool:
    """Say whether an actor may look into the register."""
    return actor.has(*READERS)


def may_keep(actor: Actor) -> bool:
    """Say whether an actor may keep the register."""
    return actor.has(*KEEPERS)


def check_premises(class_code: str, *, name: str, risk: str, ident: str = "") -> PremisesClass:
    """Give the class of premises that are to be registered, or say why they can't be.

    Neither the name nor the ident, its separators read as spaces, may read as a home.
    """
    wanted = class_code.strip().casefold()
    found = premises_catalogue().classes.get(wanted)
    common = found is not None and found.common
    if wanted in _OF_A_HOME_CODES or _names_a_home(name, ident=ident, common=common):
        raise RuleSays(
            gettext_noop(
                "A home can't be registered. Register the common part that it is about (stair, "
                "riser, lift, charging room, yard), without anybody's name or door."
            ),
            code="dwelling",
        )
    if found is None:
        raise RuleSays(
            gettext_noop("“{class_code}” is no listed class of premises; listed are: {known}."),
            code="unknown_class",
            class_code=class_code[:40],
            known=", ".join(premises_catalogue().classes),
        )
    if risk not in premises_catalogue().risks:
        raise RuleSays(
            gettext_noop("“{risk}” is no level of risk; give one of: {known}."),
            code="unknown_risk",
            risk=risk[:20],
            known=", ".join(premises_catalogue().risks),
        )
    return found


def _names_a_home(name: str, *, ident: str, common: bool) -> bool:
    spaced = re.sub(r"[._-]+", " ", ident)
    return bool(_A_NUMBER_ALONE.search(name)) or any(
        names_a_dwelling(text)
        or bool(_A_DOOR.search(text))
        or (not common and bool(_OF_A_HOME.search(text)))
        for text in (name, ident, spaced)
    )


def reads_as_home(class_code: str, name: str, *, ident: str = "") -> bool:
    """Say whether what stands in the register reads as a home, by its class, name or ident."""
    found = premises_catalogue().classes.get(class_code)
    return found is None or _names_a_home(name, ident=ident, common=found.common)


FIRST_AFTER_MONTHS = 1  # after registering


def next_inspection(
    class_code: str, *, risk: str, registered_on: date, last_on: date | None
) -> date:
    """Give the day of the next inspection by class, risk and the last one's day.

    The first is due a month after registering, the others the class's months after the last.
    """
    if last_on is None:
        return add_months(registered_on, FIRST_AFTER_MONTHS)
    return add_months(last_on, premises_catalogue().classes[class_code].months[risk])


def latest_day(
    class_code: str, *, risk: str, registered_on: date, last_on: date | None, due_on: date
) -> date:
    """Give the day up to which the next inspection may be put off where too many are due at once.

    The first one may, as long as the class's months after registering aren't over; no other.
    """
    if last_on is not None:
        return due_on
    months = premises_catalogue().classes[class_code].months[risk]
    return max(due_on, add_months(registered_on, months))


def outside_hours(class_code: str, *, times: int) -> bool:
    """Say whether the next inspection is made outside office hours, by how many there were.

    Of places that are busy at evenings every second one is, the first is not.
    """
    return premises_catalogue().classes[class_code].evening and times % 2 == 1
