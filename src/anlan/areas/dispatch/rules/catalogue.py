"""Incident types, run cards, service levels and statuses of the shipped catalogue, checked at load.

Types and run cards are data within limits: what a card may ask for is closed, and what may be a
type is the shipped list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from anlan.kernel.places.catalogue import Label, read_catalogue, read_label, unit_catalogue
from anlan.kernel.values import BadInput

HIGHEST_ALARM_LEVEL = 5
MOST_UNITS_PER_NEED = 20
INTERVALS = (
    "answer",
    "processing",
    "turnout",
    "travel",
    "full_alarm",
    "response",
    "dispatch_to_scene",
)


@dataclass(frozen=True, slots=True)
class IncidentType:
    """A type of incident; `priority` 1 is the most urgent of 4."""

    code: str
    group: str
    priority: int
    letters: str
    label: Label
    mediation: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """How an incident ended: `ends` is the state it belongs to, "closed" or "cancelled"."""

    code: str
    ends: str
    label: Label


@dataclass(frozen=True, slots=True)
class CardNeed:
    """One line of a run card: so many units that can do this."""

    capability: str
    count: int


@dataclass(frozen=True, slots=True)
class Card:
    """A type's run card: `levels[0]` is the first alarm; each further level adds its lines."""

    type: str
    levels: tuple[tuple[CardNeed, ...], ...]

    def needs(self, alarm_level: int) -> tuple[CardNeed, ...]:
        """Give what an alarm level asks for in all: the lines of it and of every lower level."""
        total: dict[str, int] = {}
        for lines in self.levels[: max(1, alarm_level)]:
            for line in lines:
                total[line.capability] = total.get(line.capability, 0) + line.count
        return tuple(CardNeed(capability, count) for capability, count in total.items())


@dataclass(frozen=True, slots=True)
class Level:
    """One figure of a service-level profile; `groups` empty means every incident group."""

    profile: str
    interval: str
    goal_s: float
    share: float | None = None
    groups: tuple[str, ...] = ()
    area: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """A service-level profile as its source states it."""

    code: str
    label: Label
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class UnitStatusLook:
    """How a unit status is drawn: letters, shape, a colour for the light and the dark board."""

    code: str
    letters: str
    shape: str
    colour_light: str
    colour_dark: str
    label: Label


@dataclass(frozen=True)
class IncidentCatalogue:
    """Types, groups, results and reasons for taking other units, by code in the file's order."""

    groups: Mapping[str, Label]
    types: Mapping[str, IncidentType]
    results: Mapping[str, Result]
    dispatch_reasons: Mapping[str, Label]


def parse_incident_catalogue(raw: Mapping[str, Any]) -> IncidentCatalogue:
    """Check and freeze incident types, results and reasons."""
    groups = {code: read_label(v, where=f"Group {code}") for code, v in raw["groups"].items()}
    types: dict[str, IncidentType] = {}
    for item in raw["types"]:
        one = _incident_type(item, groups)
        if one.code in types:
            raise BadInput(f"Incident type {one.code} stands twice; give each its own code.")
        types[one.code] = one
    results = {
        item["code"]: Result(
            item["code"],
            item["ends"],
            read_label(item.get("label"), where=f"Result {item['code']}"),
        )
        for item in raw["results"]
    }
    reasons = {
        item["code"]: read_label(item.get("label"), where=f"Reason {item['code']}")
        for item in raw["dispatch_reasons"]
    }
    return IncidentCatalogue(groups, types, results, reasons)


def _incident_type(item: Mapping[str, Any], groups: Mapping[str, Label]) -> IncidentType:
    code, group, priority = item["code"], item["group"], item["priority"]
    if group not in groups:
        raise BadInput(f"Incident type {code} names the unknown group {group}.")
    if priority not in (1, 2, 3, 4):
        raise BadInput(f"Incident type {code} has priority {priority}; give 1 to 4.")
    return IncidentType(
        code=code,
        group=group,
        priority=priority,
        letters=item["letters"],
        label=read_label(item.get("label"), where=f"Incident type {code}"),
        mediation=item.get("mediation", ""),
    )


def parse_cards(
    raw: Mapping[str, Any], *, types: Mapping[str, IncidentType], capabilities: Mapping[str, Label]
) -> dict[str, Card]:
    """Check and freeze run cards; an unknown type or capability fails with a sentence."""
    cards: dict[str, Card] = {}
    items = raw.get("cards")
    if not isinstance(items, list) or not items:
        raise BadInput("The run cards hold no [[cards]] table; give one for each type.")
    for item in items:
        card = _card(item, types, capabilities)
        if card.type in cards:
            raise BadInput(f"The run card of {card.type} stands twice; keep one.")
        cards[card.type] = card
    return cards


def _card(
    item: Mapping[str, Any], types: Mapping[str, IncidentType], capabilities: Mapping[str, Label]
) -> Card:
    code = item.get("type") if isinstance(item, dict) else None
    if code not in types:
        raise BadInput(
            f"A run card names the incident type {code!r}, which the catalogue does not have."
        )
    levels = item.get("levels")
    if not isinstance(levels, list) or not 1 <= len(levels) <= HIGHEST_ALARM_LEVEL:
        raise BadInput(f"The run card of {code} needs 1 to {HIGHEST_ALARM_LEVEL} levels.")
    return Card(
        type=str(code),
        levels=tuple(_lines(str(code), lines, capabilities) for lines in levels),
    )


def _lines(
    code: str, lines: Sequence[Any], capabilities: Mapping[str, Label]
) -> tuple[CardNeed, ...]:
    needs = []
    for line in lines:
        capability = line.get("capability") if isinstance(line, dict) else None
        count = line.get("count") if isinstance(line, dict) else None
        if capability not in capabilities:
            raise BadInput(
                f"The run card of {code} names the unknown capability {capability!r}; "
                f"known are: {', '.join(capabilities)}."
            )
        if type(count) is not int or not 1 <= count <= MOST_UNITS_PER_NEED:
            raise BadInput(
                f"The run card of {code} asks for {count!r} × {capability}; "
                f"give a whole number from 1 to {MOST_UNITS_PER_NEED}."
            )
        needs.append(CardNeed(str(capability), count))
    if not needs:
        raise BadInput(f"A level of the run card of {code} is empty; name what it asks for.")
    return tuple(needs)


def parse_profiles(raw: Mapping[str, Any], *, groups: Mapping[str, Label]) -> dict[str, Profile]:
    """Check and freeze service-level profiles."""
    profiles: dict[str, Profile] = {}
    for item in raw["profiles"]:
        code = item["code"]
        levels = tuple(_level(code, level, groups) for level in item["levels"])
        label = read_label(item.get("label"), where=f"Profile {code}")
        profiles[code] = Profile(code, label, levels)
    return profiles


def _level(code: str, raw: Mapping[str, Any], groups: Mapping[str, Label]) -> Level:
    interval, share = raw.get("interval"), raw.get("share")
    if interval not in INTERVALS:
        raise BadInput(f"Profile {code} names the unknown interval {interval!r}.")
    if not raw.get("goal_s", 0) > 0 or (share is not None and not 0 < share <= 1):
        raise BadInput(f"Profile {code}, {interval}: the goal is over 0 s, the share in 0 … 1.")
    unknown = sorted(set(raw.get("groups", ())) - groups.keys())
    if unknown:
        raise BadInput(f"Profile {code}, {interval}: unknown group {unknown[0]}.")
    return Level(
        profile=code,
        interval=str(interval),
        goal_s=float(raw["goal_s"]),
        share=share,
        groups=tuple(raw.get("groups", ())),
        area=raw.get("area", ""),
        urgent=raw.get("urgent", False),
    )


def parse_statuses(raw: Mapping[str, Any]) -> dict[str, UnitStatusLook]:
    """Check and freeze the looks of unit statuses; letters and shapes are each used once."""
    looks = {
        item["code"]: UnitStatusLook(
            code=item["code"],
            letters=item["letters"],
            shape=item["shape"],
            colour_light=item["colour"]["light"],
            colour_dark=item["colour"]["dark"],
            label=read_label(item.get("label"), where=f"Status {item['code']}"),
        )
        for item in raw["statuses"]
    }
    for what in ("letters", "shape"):
        values = [getattr(look, what) for look in looks.values()]
        if len(set(values)) != len(values):
            raise BadInput(f"Two unit statuses share their {what}; give each its own.")
    return looks


@cache
def incident_catalogue() -> IncidentCatalogue:
    """Give the shipped incident types, results and reasons."""
    return parse_incident_catalogue(read_catalogue("incident_types.toml"))


@cache
def default_cards() -> dict[str, Card]:
    """Give the shipped run cards; there is one for every type."""
    types = incident_catalogue().types
    cards = parse_cards(
        read_catalogue("runcards.toml"),
        types=types,
        capabilities=unit_catalogue().capabilities,
    )
    missing = types.keys() - cards.keys()
    if missing:
        raise BadInput(f"The catalogue lacks a run card for {sorted(missing)[0]}.")
    return cards


@cache
def profiles() -> dict[str, Profile]:
    """Give the shipped service-level profiles."""
    return parse_profiles(read_catalogue("service_levels.toml"), groups=incident_catalogue().groups)


@cache
def statuses() -> dict[str, UnitStatusLook]:
    """Give how each unit status is drawn."""
    return parse_statuses(read_catalogue("unit_statuses.toml"))


def levels_of(codes: Sequence[str]) -> tuple[Level, ...]:
    """Give the levels of the profiles that a town selected; unknown codes are left out."""
    known = profiles()
    return tuple(level for code in codes if code in known for level in known[code].levels)
