"""Everything a board shows at once, and the rows that a run of ledger entries touched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import get_language

from anlan.areas.dispatch.queries.incidents import incidents_by_id, incidents_on_board
from anlan.areas.dispatch.queries.rows import Board, Changes
from anlan.areas.dispatch.queries.units import units_on_board
from anlan.areas.dispatch.rules import incident_catalogue, profiles, statuses
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.ledger.queries import Entry
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.queries import ClosureRow, TownRow

#: actions after which every unit may look different
_ALL_UNITS = frozenset({"units.imported", "posts.imported", "calls.imported", "posts.sited"})
_STREETS = frozenset({"street.closed", "street.opened", "roads.imported"})


def board(town_key: str, *, at: datetime) -> Board:
    """Give the whole board in the reader's language; the feed goes on from `event_id`.

    The event id is read first, so a change in between is sent again rather than lost.
    """
    event_id = ledger.last_id(town_key)
    town = places.town(town_key)
    language = get_language() or "en"
    return Board(
        town=_town(town),
        event_id=event_id,
        types=incident_types(language),
        statuses=unit_statuses(language),
        unit_kinds=unit_kinds(language),
        results=results(language),
        levels=_levels(town),
        incidents=incidents_on_board(town_key, at=at),
        units=units_on_board(town_key, at=at),
        posts=_posts(town_key),
        closures=closures_on_board(town_key, at=at),
    )


def changes(town_key: str, entries: Sequence[Entry], *, at: datetime) -> Changes:
    """Give the rows that these entries touched, as they are `at`, now by the town's clock.

    Applying them twice is harmless. The entries may be hours old: who is on duty and which streets
    are closed is told as of now.
    """
    if not entries:
        return Changes(event_id=ledger.last_id(town_key))
    incident_ids: set[int] = set()
    idents: set[str] = set()
    actions = {one.action for one in entries}
    for one in entries:
        for reference in one.references:
            kind, _colon, name = reference.partition(":")
            if kind == "incident" and name.isdigit():
                incident_ids.add(int(name))
            elif kind == "unit":
                idents.add(name)
    everyone = bool(actions & _ALL_UNITS)
    return Changes(
        event_id=entries[-1].id,
        incidents=incidents_by_id(incident_ids, town_key=town_key) if incident_ids else (),
        units=units_on_board(town_key, at=at, idents=None if everyone else idents)
        if everyone or idents
        else (),
        closures=closures_on_board(town_key, at=at) if actions & _STREETS else None,
    )


def incident_types(language: str) -> tuple[dict[str, object], ...]:
    """Give the incident types with their labels."""
    catalogue = incident_catalogue()
    return tuple(
        {
            "code": one.code,
            "label": one.label.in_language(language),
            "letters": one.letters,
            "priority": one.priority,
            "group": one.group,
            "group_label": catalogue.groups[one.group].in_language(language),
        }
        for one in catalogue.types.values()
    )


def unit_statuses(language: str) -> tuple[dict[str, object], ...]:
    """Give how unit statuses are drawn."""
    return tuple(
        {
            "code": one.code,
            "letters": one.letters,
            "shape": one.shape,
            "colour": {"light": one.colour_light, "dark": one.colour_dark},
            "label": one.label.in_language(language),
        }
        for one in statuses().values()
    )


def unit_kinds(language: str) -> tuple[dict[str, object], ...]:
    """Give the kinds of units with their letters."""
    return tuple(
        {"code": one.code, "label": one.label.in_language(language), "letters": one.letters}
        for one in unit_catalogue().kinds.values()
    )


def results(language: str) -> tuple[dict[str, object], ...]:
    """Give how incidents may end, and the state that each belongs to."""
    return tuple(
        {"code": one.code, "ends": one.ends, "label": one.label.in_language(language)}
        for one in incident_catalogue().results.values()
    )


def closures_on_board(town_key: str, *, at: datetime) -> tuple[dict[str, object], ...]:
    """Give the closed and slowed streets in force as lines."""
    return tuple(_closure(one) for one in places.closures(town_key, at=at))


def _closure(one: ClosureRow) -> dict[str, object]:
    return {
        "id": one.id,
        "lon": list(one.lon),
        "lat": list(one.lat),
        "ends_at": one.ends_at,
        "speed_factor": one.speed_factor,
        "street": one.street,
    }


def _town(town: TownRow) -> dict[str, object]:
    return {
        "key": town.key,
        "name": town.name,
        "zone": town.zone,
        "made_up": town.made_up,
        "made_up_note": town.made_up_note,
        "clock": {
            "real_anchor": town.clock.real_anchor,
            "town_anchor": town.clock.town_anchor,
            "speed": town.clock.speed,
        },
        "bounds": None if town.bounds is None else list(town.bounds),
        "attribution": list(town.attribution),
    }


def _levels(town: TownRow) -> tuple[dict[str, object], ...]:
    known = profiles()
    return tuple(
        {
            "interval": level.interval,
            "goal_s": level.goal_s,
            "share": level.share,
            "groups": list(level.groups),
            "profile": code,
        }
        for code in town.level_profiles
        if code in known
        for level in known[code].levels
    )


def _posts(town_key: str) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "ident": one.ident,
            "kind": one.kind,
            "name": one.name,
            "lon": one.lon,
            "lat": one.lat,
            "made_up": one.made_up,
        }
        for one in places.posts(town_key)
    )
