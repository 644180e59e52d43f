"""A town is made, its clock is set, its factor is kept."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.translation import gettext as _

from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places.models import Town
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.places.queries.towns import town as town_row
from anlan.kernel.values import Actor, BadInput, Role, check_role

KEY_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def create_town(
    *,
    key: str,
    name: str,
    zone: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    country: str | None = None,
    made_up: bool = False,
    made_up_note: str = "",
    clock_speed: float = 1.0,
    town_anchor: datetime | None = None,
    level_profiles: Sequence[str] | None = None,
) -> TownRow:
    """Make a town. Its clock runs from `recorded_at`, at `town_anchor` (the same by default).

    `country` (two letters) is read from the zone where it is not given.
    """
    check_role(actor, Role.ADMINISTRATOR)
    _check_key(key)
    label = _check_name(name)
    _check_zone(zone)
    _check_speed(clock_speed)
    _check_note(made_up_note)
    nation = _check_country(country) if country is not None else country_of_zone(zone)

    def make(entry: Write) -> None:
        if Town.objects.filter(key=key).exists():
            raise BadInput(_("There is a town {key} already; choose another key.").format(key=key))
        extra = {} if level_profiles is None else {"level_profiles": list(level_profiles)}
        Town.objects.create(
            key=key,
            name=label,
            zone=zone,
            country=nation,
            made_up=made_up,
            made_up_note=made_up_note,
            clock_real_anchor=recorded_at,
            clock_town_anchor=town_anchor or recorded_at,
            clock_speed=clock_speed,
            created_at=recorded_at,
            **extra,
        )
        entry.record(subject=f"town:{key}", fields=["name", "zone", "country", "clock"])

    write_once(
        make,
        action="town.created",
        asked={
            "name": name,
            "zone": zone,
            "country": country,
            "made_up": made_up,
            "made_up_note": made_up_note,
            "clock": (clock_speed, town_anchor),
            "level_profiles": level_profiles,
        },
        stamp=Stamp(key, actor, at, recorded_at, client_key),
    )
    return town_row(key)


def set_clock(
    town_key: str,
    *,
    town_anchor: datetime,
    speed: float,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> TownRow:
    """Set a made-up town's clock: it stands at `town_anchor` now and runs at `speed`.

    A real town's clock is the wall clock and can't be set.
    """
    check_role(actor, Role.ADMINISTRATOR)
    _check_speed(speed)

    def change(entry: Write) -> None:
        if not town_row(town_key).made_up:
            raise BadInput(_("Only a made-up town's clock can be set."))
        Town.objects.filter(key=town_key).update(
            clock_real_anchor=recorded_at, clock_town_anchor=town_anchor, clock_speed=speed
        )
        entry.record(subject=f"town:{town_key}", fields=["clock"])

    write_once(
        change,
        action="town.clock_set",
        asked={"anchor": town_anchor, "speed": speed},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    return town_row(town_key)


def set_factor(
    town_key: str,
    *,
    factor: float,
    error: Mapping[str, float | str],
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> TownRow:
    """Keep the factor between free-flow and observed travel times, with its error."""
    check_role(actor, Role.ADMINISTRATOR)
    if not math.isfinite(factor) or not 0.1 <= factor <= 10:
        raise BadInput(
            _("A factor of {factor} is not usable; give one from 0.1 to 10.").format(factor=factor)
        )

    def change(entry: Write) -> None:
        town_row(town_key)
        Town.objects.filter(key=town_key).update(factor=factor, factor_error=dict(error))
        entry.record(subject=f"town:{town_key}", fields=["factor", "factor_error"])

    write_once(
        change,
        action="town.factor_set",
        asked={"factor": factor, "error": error},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    return town_row(town_key)


def _check_key(key: str) -> None:
    if not KEY_PATTERN.fullmatch(key):
        raise BadInput(
            _(
                "A town's key is small letters, digits and dashes, such as san-francisco; "
                "“{key}” is not."
            ).format(key=key)
        )


def _check_name(name: str) -> str:
    label = " ".join(name.split())
    if not 1 <= len(label) <= 120:
        raise BadInput(_("A town's name has 1 to 120 characters."))
    return label


def _check_note(note: str) -> None:
    if not re.fullmatch(r"[a-z_]{0,40}", note):
        raise BadInput(_("What is made up is named by a code of small letters and underscores."))


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            _("“{zone}” is no time zone; give one such as America/Los_Angeles.").format(zone=zone)
        ) from None


def _check_speed(speed: float) -> None:
    if not math.isfinite(speed) or not 0 < speed <= 3600:
        raise BadInput(_("A clock's speed is a number over 0 and up to 3600."))


def _check_country(country: str) -> str:
    code = country.upper()
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise BadInput(
            _("A country is two letters, such as US or CN; “{country}” is not.").format(
                country=country
            )
        )
    return code


def country_of_zone(zone: str) -> str:
    """Give the country that a zone lies in by the zone table, "" where it names none."""
    return _zone_countries().get(zone, "")


@cache
def _zone_countries() -> dict[str, str]:
    text = _zone_table()
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    found = {row[2]: row[0] for row in rows if len(row) >= 3}
    older = {"Asia/Chongqing": "CN", "Asia/Harbin": "CN", "Asia/Kashgar": "CN", "PRC": "CN"}
    return {"Asia/Shanghai": "CN", "Asia/Urumqi": "CN", **older, **found}


def _zone_table() -> str:
    for place in (Path("/usr/share/zoneinfo/zone.tab"), _packaged_table()):
        if place is not None and place.is_file():
            return place.read_text(encoding="utf-8")
    return ""


def _packaged_table() -> Path | None:
    try:
        return Path(str(files("tzdata.zoneinfo").joinpath("zone.tab")))
    except ModuleNotFoundError:
        return None
